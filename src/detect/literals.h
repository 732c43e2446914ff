/* SPDX-License-Identifier: Apache-2.0 */
/* literals.h: which of many fixed byte sequences may lie in a content? Much faster than finding where they lie, for it looks at every fourth place or so. */
#ifndef SPOOR_DETECT_LITERALS_H
#define SPOOR_DETECT_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LITERAL_LEAST = 2 };                                     /* bytes: shorter ones are not looked for */

struct literals;
struct literals *literals_new(void);
/* bytes: borrowed, LITERAL_LEAST or more. Several may have the same number. any_case: upper and lower case are the same, and so are all bytes that differ in 0x20: it may be found once too
 * often, never too seldom. */
void literals_add(struct literals *l, const uint8_t *bytes, size_t length, bool any_case, uint32_t number);
void literals_finish(struct literals *l);                       /* nothing more is added */
/* Sets the bit of each number of which a literal lies in the content. The longer all literals are, the faster: one place in four is looked at for those of 11 bytes and more, in three for 6, in two for 5, each for 2 to 4. */
void literals_scan(const struct literals *l, const uint8_t *bytes, size_t length, uint64_t *found);
void literals_free(struct literals *l);

#endif
