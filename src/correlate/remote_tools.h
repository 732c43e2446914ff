/* SPDX-License-Identifier: Apache-2.0 */
/* remote_tools.h: the table of remote tools (remote_tools.tsv). Lists have ";" between their values and are empty where there are none. */
#ifndef SPOOR_CORRELATE_REMOTE_TOOLS_H
#define SPOOR_CORRELATE_REMOTE_TOOLS_H

struct remote_tool { const char *name, *vendor, *programs, *services, *folders, *keys, *installers, *domains, *tenant, *users; };
extern const struct remote_tool remote_tools[];         /* ends with name NULL */

#endif
