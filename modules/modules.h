/* SPDX-License-Identifier: Apache-2.0 */
/* modules.h: every module's entry; the table stands in spoor.c. */
#ifndef SPOOR_MODULES_H
#define SPOOR_MODULES_H

#include <string.h>

#include "bundle/bundle.h"
#include "cli/session.h"

#define MODULE(name) int module_##name(const struct module *m, struct settings *set, int argc, char **argv);
MODULE(mount) MODULE(walk) MODULE(cat) MODULE(extract) MODULE(parse) MODULE(scan) MODULE(timeline) MODULE(bundle) MODULE(triage) MODULE(verify) MODULE(selftest) MODULE(version)
#undef MODULE

/* explain.c: a hit in words, on standard error; other records are passed over. */
void explain_hit(void *owner, const struct record_view *v);

#endif
