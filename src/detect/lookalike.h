/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike.h: does a domain pass for another one? */
#ifndef SPOOR_DETECT_LOOKALIKE_H
#define SPOOR_DETECT_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the tables of confusable characters; once, before the sandbox closes. */
void lookalike_warm_up(void);

/* Both registered domains, UTF-8 or "xn--", any case. NULL: nothing of the kind (or the same domain); else how: "confusable letters", "one letter apart", "letters swapped", "other suffix",
 * "name with a word added", "name as a part of another domain". host: the whole host below `domain`, for the last of these. */
const char *lookalike(const char *domain, size_t domain_length, const char *host, size_t host_length, const char *own, size_t own_length);

/* Letters of scripts that do not go together (UTS #39, highly restrictive), in one label of a host or one word of a text; or characters that show nothing. */
bool script_mixed(const char *text, size_t length);

#endif
