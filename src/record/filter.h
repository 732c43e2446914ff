/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h: conditions over the fields of a record, as modules take them with --where.
 *
 *   type = event and (kind ~ logon or user = "Ann Lee") and not data.LogonType = 3
 *   time > 2024-05-04 and time < 2024-05-05T12:00:00Z
 *   flags = encrypted          a list: any of its entries
 *   sha256                     a field alone: it is there
 *
 * FIELD is a key of the schema, or a key of a map (or of the maps in a list) behind a dot. OP is = != ~ (contains, in any case) < >. VALUE is a word, or a text in
 * double quotes with \" and \\ inside. `not` binds tighter than `and`, `and` tighter than `or`. A comparison with an absent field is
 * false; != is the opposite of =, so it holds for one. Integers compare as numbers, times as moments (a date stands for its first moment), all
 * else byte by byte as JSON shows it: so a record gives the same answer as a frame and as a line. */
#ifndef SPOOR_RECORD_FILTER_H
#define SPOOR_RECORD_FILTER_H

#include "record/record.h"

struct filter;
/* NULL and *f, which filter_free releases; or what is wrong, with *at the byte in text where. */
const char *filter_compile(struct filter **f, const char *text, size_t *at);
bool filter_matches(const struct filter *f, const struct record_view *v);
void filter_free(struct filter *f);                     /* NULL is fine */

#endif
