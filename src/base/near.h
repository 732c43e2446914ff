/* SPDX-License-Identifier: Apache-2.0 */
/* near.h: how far two words are apart, and what ASCII letters pass for each other. */
#ifndef SPOOR_BASE_NEAR_H
#define SPOOR_BASE_NEAR_H

#include <stddef.h>

enum { NEAR_MOST = 255 };

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment); more than `cap` is cap + 1, and so is anything longer than NEAR_MOST. */
unsigned near_distance(const char *a, size_t a_length, const char *b, size_t b_length, unsigned cap);
/* The word in which "rn" is "m", "vv" is "w", "cl" is "d", and digits and "i" are the letters they pass for; lower case. Returns its length, at most `most`. */
size_t near_fold(const char *text, size_t length, char *out, size_t most);

#endif
