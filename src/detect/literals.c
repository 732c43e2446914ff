/* SPDX-License-Identifier: Apache-2.0 */
/* literals.c: see literals.h.
 *
 * Of each literal a stretch of three windows, one byte apart, goes into a hash table; wherever the literal lies, one of these windows begins at a multiple of three, so only such places
 * of the content are looked at: the hash of what begins there, and a small table that says whether any window has it. Only there is the literal compared. The longer the literal, the wider
 * its windows. For brief literals every place is looked at. */
#include "detect/literals.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FOLD UINT64_C(0x2020202020202020)
#define NONE UINT32_MAX

enum { WIDE, MIDDLE, NARROW, BRIEF, TABLES, STRIDE = 3 };
static const struct { unsigned window, stride; } shape[TABLES] = { { 8, STRIDE }, { 6, STRIDE }, { 4, STRIDE }, { 4, 1 } };
enum { BITS_LEAST = 13, BITS_MOST = 21, BITS_AN_ENTRY = 64 };

struct entry { uint64_t window; uint32_t literal, next; uint16_t at; };         /* at: of the window in the literal */
struct literal { const uint8_t *bytes; size_t length; uint32_t number; };
struct table {
	struct entry *entry; size_t entries, room;
	uint64_t *bit; unsigned shift;                          /* a Bloom filter, both bits of an entry in the word that `shift` leaves of its hash; small, so that it stays in the nearest cache */
	uint32_t *first; unsigned places;                       /* of the chains; log2 */
};
struct literals { struct literal *literal; size_t count, room; struct table table[TABLES]; };

struct literals *literals_new(void)
{
	return memory_new(sizeof(struct literals));
}

static inline uint64_t folded(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return v | FOLD;
}

/* Up to 8 bytes that begin at p, of the little-endian number of 8 on every machine. */
static inline uint64_t window_of(uint64_t eight, unsigned window)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return window == 8 ? eight : eight & ((UINT64_C(1) << (8 * window)) - 1);
#else
	return eight >> (64 - 8 * window);
#endif
}

static uint64_t window_at(const uint8_t *p, unsigned window)
{
	uint8_t eight[8] = { 0 };
	memcpy(eight, p, window);
	return window_of(folded(eight), window);
}

static inline uint64_t hash_of(uint64_t window)
{
	return window * UINT64_C(0x9e3779b97f4a7c15);
}

/* Two bits of a word, from bits of the hash that don't choose the word. */
static inline unsigned first_bit(uint64_t hash)
{
	return hash >> 43 & 63;
}

static inline unsigned second_bit(uint64_t hash)
{
	return hash >> 37 & 63;
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

void literals_add(struct literals *l, const uint8_t *bytes, size_t length, uint32_t number)
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
		t->entry[t->entries++] = (struct entry){ window_at(bytes + at + i, shape[s].window), (uint32_t)l->count, NONE, (uint16_t)(at + i) };
	}
	l->literal = memory_room(l->literal, l->count, &l->room, sizeof *l->literal);
	l->literal[l->count++] = (struct literal){ bytes, length, number };
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
		unsigned bits = log2_of(t->entries * BITS_AN_ENTRY, BITS_LEAST, BITS_MOST);
		t->shift = 64 - (bits - 6);
		t->places = log2_of(t->entries * 2, 8, 24);
		t->bit = memory_array((size_t)1 << (bits - 6), sizeof *t->bit);
		t->first = memory_array((size_t)1 << t->places, sizeof *t->first);
		memset(t->first, 0xff, sizeof *t->first << t->places);
		for (size_t i = 0; i < t->entries; i++) {
			uint64_t h = hash_of(t->entry[i].window);
			uint32_t *first = &t->first[h >> (64 - t->places)];
			t->bit[h >> t->shift] |= UINT64_C(1) << first_bit(h) | UINT64_C(1) << second_bit(h);
			t->entry[i].next = *first;
			*first = (uint32_t)i;
		}
	}
}

static bool same_folded(const uint8_t *a, const uint8_t *b, size_t length)
{
	size_t i = 0;
	for (; i + 8 <= length; i += 8)
		if (folded(a + i) != folded(b + i))
			return false;
	for (; i < length; i++)
		if ((a[i] | 0x20) != (b[i] | 0x20))
			return false;
	return true;
}

/* The windows of one hash: which literals lie here? */
static void look_closer(const struct literals *l, const struct table *t, const uint8_t *bytes, size_t length, size_t at, uint64_t window, uint64_t hash, uint64_t *found)
{
	for (uint32_t i = t->first[hash >> (64 - t->places)]; i != NONE; i = t->entry[i].next) {
		const struct entry *e = &t->entry[i];
		if (e->window != window)
			continue;
		const struct literal *x = &l->literal[e->literal];
		uint64_t *word = &found[x->number / 64], bit = UINT64_C(1) << (x->number % 64);
		if (!(*word & bit) && at >= e->at && length - (at - e->at) >= x->length && same_folded(bytes + at - e->at, x->bytes, x->length))
			*word |= bit;
	}
}

static inline __attribute__((always_inline)) uint64_t some_at(const struct literals *l, int table, uint64_t window)
{
	const struct table *t = &l->table[table];
	uint64_t h = hash_of(window), word = t->bit[h >> t->shift];
	return word >> first_bit(h) & word >> second_bit(h) & 1;
}

/* One place, one table. */
static void place_look(const struct literals *l, int table, const uint8_t *bytes, size_t length, size_t at, uint64_t window, uint64_t *found)
{
	if (some_at(l, table, window))
		look_closer(l, &l->table[table], bytes, length, at, window, hash_of(window), found);
}

/* Four places at a time: most often one test says of all of them that nothing begins there. */
static void longer_scan(const struct literals *l, const uint8_t *bytes, size_t length, uint64_t *found)
{
	enum { TURN = 4 };
	size_t at = 0;
	for (; at + (TURN - 1) * STRIDE + 8 <= length; at += TURN * STRIDE) {
		uint64_t some = 0;
		for (unsigned i = 0; i < TURN; i++) {
			uint64_t eight = folded(bytes + at + i * STRIDE);
			some |= some_at(l, WIDE, eight) | some_at(l, MIDDLE, window_of(eight, 6)) | some_at(l, NARROW, window_of(eight, 4));
		}
		for (unsigned i = 0; some && i < TURN; i++) {
			uint64_t eight = folded(bytes + at + i * STRIDE);
			for (int table = WIDE; table <= NARROW; table++)
				place_look(l, table, bytes, length, at + i * STRIDE, window_of(eight, shape[table].window), found);
		}
	}
	for (; at < length; at += STRIDE)
		for (int table = WIDE; table <= NARROW; table++)
			if (at + shape[table].window <= length)
				place_look(l, table, bytes, length, at, window_at(bytes + at, shape[table].window), found);
}

static void brief_scan(const struct literals *l, const uint8_t *bytes, size_t length, uint64_t *found)
{
	enum { TURN = 4 };
	size_t at = 0;
	for (; at + TURN - 1 + 8 <= length; at += TURN) {
		uint64_t some = 0;
		for (unsigned i = 0; i < TURN; i++)
			some |= some_at(l, BRIEF, window_of(folded(bytes + at + i), 4));
		for (unsigned i = 0; some && i < TURN; i++)
			place_look(l, BRIEF, bytes, length, at + i, window_of(folded(bytes + at + i), shape[BRIEF].window), found);
	}
	for (; at + shape[BRIEF].window <= length; at++)
		place_look(l, BRIEF, bytes, length, at, window_at(bytes + at, shape[BRIEF].window), found);
}

void literals_scan(const struct literals *l, bool brief, const uint8_t *bytes, size_t length, uint64_t *found)
{
	if (brief && l->table[BRIEF].entries)
		brief_scan(l, bytes, length, found);
	if (!brief && (l->table[WIDE].entries || l->table[MIDDLE].entries || l->table[NARROW].entries))
		longer_scan(l, bytes, length, found);
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
