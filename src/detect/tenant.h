/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.h: to whom a remote tool reports, as its settings and its installer say. */
#ifndef SPOOR_DETECT_TENANT_H
#define SPOOR_DETECT_TENANT_H

#include "format/format.h"

/* Appends a hit frame without LOCATOR (RULE, SCORE 40, METHOD "rmm", FAMILY: the tool, WHY, DATA: the values) for each tool whose settings (by file name and path) or installer package (by content)
 * this is. */
void tenant_find(const struct node *n, const char *filetype, const uint8_t *bytes, size_t length, struct arena *a, struct buffer *out);

#endif
