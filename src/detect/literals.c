/* SPDX-License-Identifier: Apache-2.0 */
/* literals.c: see literals.h.
 *
 * Of each literal a stretch of as many windows as the stride, one byte apart, goes into a hash table; wherever the literal lies, one of these windows begins at a multiple of the stride, so only
 * such places of the content are looked at: the hash of what begins there, and a bit of a small table that says whether any window has it. Only there is the literal compared. The
 * longer the literal, the wider its windows and strides. */
#include "detect/literals.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FOLD UINT64_C(0x2020202020202020)
#define NONE UINT32_MAX

static const struct { unsigned window, stride; } shape[] = { { 8, 4 }, { 4, 3 }, { 4, 2 }, { 4, 1 }, { 2, 1 } };
enum { TABLES = sizeof shape / sizeof *shape, BITS_LEAST = 13, BITS_MOST = 21, BITS_AN_ENTRY = 32 };

struct entry { uint64_t window; uint32_t literal, next, same; uint16_t at; };   /* next: of another window, same: of the same one; at: of the window in the literal */
struct literal { const uint8_t *bytes; uint32_t length, number; bool any_case; };
struct table {
	struct entry *entry; size_t entries, room;
	uint64_t *bit; unsigned bits;                           /* by hash: is there any entry? log2 of their number; small, so that it stays in the processor's nearest cache */
	uint32_t *first; unsigned places;                       /* of the chains; log2 */
};
struct literals { struct literal *literal; size_t count, room; struct table table[TABLES]; };

struct literals *literals_new(void)
{
	return memory_new(sizeof(struct literals));
}

static inline uint64_t window_at(const uint8_t *p, unsigned window)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;
	if (window == 2) {
		memcpy(&two, p, 2);
		return two | (uint16_t)FOLD;
	}
	if (window == 8) {
		memcpy(&eight, p, 8);
		return eight | FOLD;
	}
	memcpy(&four, p, 4);
	return four | (uint32_t)FOLD;
}

static inline uint64_t hash_of(uint64_t window)
{
	return window * UINT64_C(0x9e3779b97f4a7c15);
}

/* How rare a byte is likely to be, behind the one before it. */
static unsigned rarity(const uint8_t *p, size_t at)
{
	uint8_t c = p[at] | 0x20;
	if (c == 0x20 || c == 0xff || (at && c == (p[at - 1] | 0x20)))
		return 0;
	return strchr("etaoinsr", c) ? 2 : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? 3 : 4;
}

/* The stretch of the literal of which all windows together are the rarest. */
static size_t rarest(const uint8_t *p, size_t length, size_t stretch)
{
	size_t best = 0;
	unsigned sum = 0, most;
	for (size_t i = 0; i < stretch; i++)
		sum += rarity(p, i);
	most = sum;
	for (size_t at = 1; at + stretch <= length && at < UINT16_MAX - 8; at++) {
		sum += rarity(p, at + stretch - 1) - rarity(p, at - 1);
		if (sum > most) {
			most = sum;
			best = at;
		}
	}
	return best;
}

void literals_add(struct literals *l, const uint8_t *bytes, size_t length, bool any_case, uint32_t number)
{
	size_t s = 0;
	while (s < TABLES && length < shape[s].window + shape[s].stride - 1)
		s++;
	if (s == TABLES)
		return;
	struct table *t = &l->table[s];
	size_t at = rarest(bytes, length, shape[s].window + shape[s].stride - 1);
	for (unsigned i = 0; i < shape[s].stride; i++) {
		t->entry = memory_room(t->entry, t->entries, &t->room, sizeof *t->entry);
		t->entry[t->entries++] = (struct entry){ window_at(bytes + at + i, shape[s].window), (uint32_t)l->count, NONE, NONE, (uint16_t)(at + i) };
	}
	l->literal = memory_room(l->literal, l->count, &l->room, sizeof *l->literal);
	l->literal[l->count++] = (struct literal){ bytes, (uint32_t)length, number, any_case };
}

static unsigned log2_of(size_t n, unsigned least, unsigned most)
{
	unsigned bits = least;
	while (bits < most && (size_t)1 << bits < n)
		bits++;
	return bits;
}

void literals_finish(struct literals *l)
{
	for (size_t s = 0; s < TABLES; s++) {
		struct table *t = &l->table[s];
		if (!t->entries)
			continue;
		t->bits = log2_of(t->entries * BITS_AN_ENTRY, BITS_LEAST, BITS_MOST);
		t->places = log2_of(t->entries * 2, 8, 24);
		t->bit = memory_array(((size_t)1 << t->bits) / 64, sizeof *t->bit);
		t->first = memory_array((size_t)1 << t->places, sizeof *t->first);
		memset(t->first, 0xff, sizeof *t->first << t->places);
		for (size_t i = 0; i < t->entries; i++) {
			uint64_t h = hash_of(t->entry[i].window), b = h >> (64 - t->bits);
			uint32_t *first = &t->first[h >> (64 - t->places)];
			t->bit[b / 64] |= UINT64_C(1) << (b % 64);
			uint32_t other = *first;
			while (other != NONE && t->entry[other].window != t->entry[i].window)
				other = t->entry[other].next;
			if (other != NONE) {
				t->entry[i].same = t->entry[other].same;
				t->entry[other].same = (uint32_t)i;
			} else {
				t->entry[i].next = *first;
				*first = (uint32_t)i;
			}
		}
	}
}

static bool same_folded(const uint8_t *a, const uint8_t *b, size_t length)
{
	size_t i = 0;
	for (; i + 8 <= length; i += 8)
		if (window_at(a + i, 8) != window_at(b + i, 8))
			return false;
	for (; i < length; i++)
		if ((a[i] | 0x20) != (b[i] | 0x20))
			return false;
	return true;
}

/* The windows of one hash: which literals lie here? */
static __attribute__((noinline)) void look_closer(const struct literals *l, const struct table *t, const uint8_t *bytes, size_t length, size_t at, uint64_t window, uint64_t hash, uint64_t *found)
{
	uint32_t i = t->first[hash >> (64 - t->places)];
	while (i != NONE && t->entry[i].window != window)
		i = t->entry[i].next;
	for (; i != NONE; i = t->entry[i].same) {
		const struct entry *e = &t->entry[i];
		const struct literal *x = &l->literal[e->literal];
		const uint8_t *begin = bytes + at - e->at;
		uint64_t *word = &found[x->number / 64], bit = UINT64_C(1) << (x->number % 64);
		if (!(*word & bit) && at >= e->at && length - (at - e->at) >= x->length && (x->any_case ? same_folded(begin, x->bytes, x->length) : memcmp(begin, x->bytes, x->length) == 0))
			*word |= bit;
	}
}

/* In line, so that window and stride are constants in each copy of the loop. */
static inline __attribute__((always_inline)) void table_scan(const struct literals *l, const struct table *t, unsigned window, unsigned stride, const uint8_t *bytes, size_t length, uint64_t *found)
{
	const uint64_t *bit = t->bit;
	unsigned shift = 64 - t->bits;
	if (!t->entries || length < window)
		return;
	for (size_t at = 0, end = length - window; at <= end; at += stride) {
		uint64_t v = window_at(bytes + at, window), h = hash_of(v), b = h >> shift;
		if (bit[b / 64] >> (b % 64) & 1)
			look_closer(l, t, bytes, length, at, v, h, found);
	}
}

void literals_scan(const struct literals *l, const uint8_t *bytes, size_t length, uint64_t *found)
{
	const struct table *t = l->table;
	table_scan(l, &t[0], 8, 4, bytes, length, found);
	table_scan(l, &t[1], 4, 3, bytes, length, found);
	table_scan(l, &t[2], 4, 2, bytes, length, found);
	table_scan(l, &t[3], 4, 1, bytes, length, found);
	table_scan(l, &t[4], 2, 1, bytes, length, found);
}

void literals_free(struct literals *l)
{
	if (!l)
		return;
	for (size_t s = 0; s < TABLES; s++) {
		free(l->table[s].entry);
		free(l->table[s].bit);
		free(l->table[s].first);
	}
	free(l->literal);
	free(l);
}
