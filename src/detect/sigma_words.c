/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_words.c: see sigma_words.h. */
#include "detect/sigma_words.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_STATES = 1024, NONE = 0xffffffff };       /* those with a row: depth 1 and the commonest of depth 2; more rows only push one another out of the cache */

struct word { uint32_t at, length, hash_next; };
struct state {
	uint32_t child, fail;                   /* first child; children's bytes are in `label` */
	uint32_t word;                          /* that ends here, or NONE */
	uint32_t shorter;                       /* nearest state on the way of `fail` in which a word ends; 0: none */
	uint16_t children;
};
struct sigma_words {
	struct buffer bytes;
	struct word *word; size_t words, word_capacity;
	uint32_t *slot; size_t slots;           /* by hash: number + 1 */
	struct state *state; size_t states;
	uint8_t *label;                         /* by state: the byte that leads to it */
	uint8_t class_of[256]; unsigned classes;        /* bytes that stand in literals; 0: in none */
	uint32_t *row; size_t rows;             /* of the first `rows` states, one number a class */
};

struct sigma_words *sigma_words_new(void)
{
	return memory_new(sizeof(struct sigma_words));
}

static uint32_t hash_of(const uint8_t *p, size_t length)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

static void slots_grow(struct sigma_words *w)
{
	free(w->slot);
	w->slots = w->slots ? w->slots * 2 : 256;
	w->slot = memory_array(w->slots, sizeof *w->slot);
	for (size_t i = 0; i < w->words; i++) {
		size_t at = hash_of(w->bytes.data + w->word[i].at, w->word[i].length) & (w->slots - 1);
		w->word[i].hash_next = w->slot[at];
		w->slot[at] = (uint32_t)i + 1;
	}
}

uint32_t sigma_words_add(struct sigma_words *w, const void *bytes, size_t length)
{
	if (w->words >= w->slots)
		slots_grow(w);
	size_t at = hash_of(bytes, length) & (w->slots - 1);
	for (uint32_t i = w->slot[at]; i; i = w->word[i - 1].hash_next)
		if (w->word[i - 1].length == length && !memcmp(w->bytes.data + w->word[i - 1].at, bytes, length))
			return i - 1;
	w->word = memory_room(w->word, w->words, &w->word_capacity, sizeof *w->word);
	w->word[w->words] = (struct word){ (uint32_t)w->bytes.length, (uint32_t)length, w->slot[at] };
	buffer_append(&w->bytes, bytes, length);
	w->slot[at] = (uint32_t)++w->words;
	return w->slot[at] - 1;
}

static const struct sigma_words *sorting;       /* qsort has no owner; the nursery has one thread */

static int by_bytes(const void *a, const void *b)
{
	const struct word *x = &sorting->word[*(const uint32_t *)a], *y = &sorting->word[*(const uint32_t *)b];
	size_t n = x->length < y->length ? x->length : y->length;
	int d = memcmp(sorting->bytes.data + x->at, sorting->bytes.data + y->at, n);
	return d ? d : (x->length > y->length) - (x->length < y->length);
}

static uint32_t step(const struct sigma_words *w, uint32_t s, uint8_t byte)
{
	const struct state *t = &w->state[s];
	for (uint32_t c = t->child; c < t->child + t->children; c++)
		if (w->label[c] == byte)
			return c;
	return NONE;
}

/* States by depth: each is a range of the sorted words that share a beginning. */
static void states_make(struct sigma_words *w, const uint32_t *order)
{
	struct range { uint32_t from, to, depth; } *range;
	size_t most = w->bytes.length + 1;
	range = memory_array(most, sizeof *range);
	w->state = memory_array(most, sizeof *w->state);
	w->label = memory_array(most, 1);
	range[0] = (struct range){ 0, (uint32_t)w->words, 0 };
	w->states = 1;
	for (size_t s = 0; s < w->states; s++) {
		struct range r = range[s];
		struct state *t = &w->state[s];
		t->word = NONE;
		t->child = (uint32_t)w->states;
		if (r.from < r.to && w->word[order[r.from]].length == r.depth)
			t->word = order[r.from++];
		while (r.from < r.to) {
			uint8_t byte = w->bytes.data[w->word[order[r.from]].at + r.depth];
			uint32_t to = r.from + 1;
			while (to < r.to && w->bytes.data[w->word[order[to]].at + r.depth] == byte)
				to++;
			w->label[w->states] = byte;
			range[w->states++] = (struct range){ r.from, to, r.depth + 1 };
			t->children++;
			r.from = to;
		}
	}
	free(range);
}

void sigma_words_build(struct sigma_words *w)
{
	uint32_t *order = memory_array(w->words, sizeof *order);
	for (uint32_t i = 0; i < w->words; i++)
		order[i] = i;
	sorting = w;
	qsort(order, w->words, sizeof *order, by_bytes);
	sorting = NULL;
	states_make(w, order);
	free(order);
	for (size_t s = 0; s < w->states; s++) {
		struct state *t = &w->state[s];
		for (uint32_t c = t->child; c < t->child + t->children; c++) {
			uint32_t f = t->fail, to = s ? step(w, f, w->label[c]) : 0;
			while (to == NONE && f) {
				f = w->state[f].fail;
				to = step(w, f, w->label[c]);
			}
			w->state[c].fail = to == NONE ? 0 : to;
			const struct state *fail = &w->state[w->state[c].fail];
			w->state[c].shorter = fail->word != NONE ? w->state[c].fail : fail->shorter;
		}
	}
	w->rows = w->states < ROW_STATES ? w->states : ROW_STATES;
	w->classes = 1;
	for (size_t i = 0; i < w->bytes.length; i++)
		if (!w->class_of[w->bytes.data[i]])
			w->class_of[w->bytes.data[i]] = (uint8_t)w->classes++;  /* fewer than 256: no literal holds the marks of wildcards */
	w->row = memory_array(w->rows * w->classes, sizeof *w->row);
	for (size_t s = 0; s < w->rows; s++) {
		const struct state *t = &w->state[s];
		if (s)
			memcpy(w->row + s * w->classes, w->row + t->fail * w->classes, w->classes * sizeof *w->row);    /* it stands before s */
		for (uint32_t c = t->child; c < t->child + t->children; c++)
			w->row[s * w->classes + w->class_of[w->label[c]]] = c;
	}
}

size_t sigma_words_count(const struct sigma_words *w)
{
	return w->words;
}

size_t sigma_words_length(const struct sigma_words *w, uint32_t word)
{
	return w->word[word].length;
}

const uint8_t *sigma_words_bytes(const struct sigma_words *w, uint32_t word)
{
	return w->bytes.data + w->word[word].at;
}

void sigma_words_find(const struct sigma_words *w, const uint8_t *text, size_t length, void (*hit)(void *owner, uint32_t word, size_t word_length, size_t end), void *owner)
{
	uint32_t s = 0;
	if (!w->words)
		return;
	for (size_t i = 0; i < length; i++) {
		while (s >= w->rows) {
			uint32_t to = step(w, s, text[i]);
			if (to != NONE) {
				s = to;
				goto there;
			}
			s = w->state[s].fail;
		}
		s = w->row[s * w->classes + w->class_of[text[i]]];
there:
		for (uint32_t o = w->state[s].word != NONE ? s : w->state[s].shorter; o; o = w->state[o].shorter)
			hit(owner, w->state[o].word, w->word[w->state[o].word].length, i + 1);
	}
}

void sigma_words_free(struct sigma_words *w)
{
	if (!w)
		return;
	buffer_free(&w->bytes);
	free(w->word);
	free(w->slot);
	free(w->state);
	free(w->label);
	free(w->row);
	free(w);
}
