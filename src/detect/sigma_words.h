/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_words.h: many literals looked for in one walk over a text (Aho and Corasick, Efficient string matching, CACM 18(6), 1975).
 *
 * Rules over process creation alone hold more than ten thousand literals. States stand in the order of their depth, so that the children of one lie side by
 * side: a state is a few numbers, and only the shallow ones, where a text spends its time, have a whole row. The walk is linear in the text, whatever it holds. */
#ifndef SPOOR_DETECT_SIGMA_WORDS_H
#define SPOOR_DETECT_SIGMA_WORDS_H

#include "base/memory.h"

struct sigma_words;
struct sigma_words *sigma_words_new(void);
/* The literal's number, the same for the same bytes. At least one byte. Not after sigma_words_build. */
uint32_t sigma_words_add(struct sigma_words *w, const void *bytes, size_t length);
void sigma_words_build(struct sigma_words *w);
size_t sigma_words_count(const struct sigma_words *w);
size_t sigma_words_length(const struct sigma_words *w, uint32_t word);
const uint8_t *sigma_words_bytes(const struct sigma_words *w, uint32_t word);   /* until another is added */
/* Calls `hit` for each place where a literal ends: its number, its length, and the offset behind it. */
void sigma_words_find(const struct sigma_words *w, const uint8_t *text, size_t length, void (*hit)(void *owner, uint32_t word, size_t word_length, size_t end), void *owner);
void sigma_words_free(struct sigma_words *w);

#endif
