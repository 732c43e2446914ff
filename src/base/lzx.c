/* SPDX-License-Identifier: Apache-2.0 */
/* lzx.c: LZX in the variant of WIM and WOF.
 *
 * Bits come out of 16-bit little-endian words, the high bit first. A chunk is a row of blocks (verbatim, with aligned offsets, or stored); code lengths of a block are written as
 * differences to those of the block before. The three last match offsets begin as 1. After all of it, operands of E8 bytes (call) are made relative again, as if the
 * file had 12,000,000 bytes. */
#include "base/lzx.h"

#include <stdbool.h>
#include <string.h>

enum {
	VERBATIM = 1, ALIGNED = 2, STORED = 3,          /* kinds of blocks */
	LITERALS = 256, SLOTS = 30, MAIN = LITERALS + 8 * SLOTS, LENGTHS = 249, PRE = 20, ALIGNMENTS = 8,
	CODE_MOST = 16, LENGTH_MOST = 17,               /* lengths of codes are counted modulo 17 */
	MATCH_LEAST = 2, LENGTH_HEADER = 7, CALL = 0xe8, CALL_TAIL = 10, CALL_FILE_SIZE = 12000000,
};

/* A canonical code: how many codes of each length there are, the symbols in the order of their codes. */
struct code { uint16_t count[CODE_MOST + 1], symbol[MAIN]; };

struct lzx {
	const uint8_t *from;
	size_t length, at;
	uint32_t window; unsigned held;                 /* bits, at the high end */
	bool bad;                                       /* the input ended, or a code makes no sense */
	uint8_t main_length[MAIN], length_length[LENGTHS];
	struct code main, lengths, aligned;
	uint32_t recent[3];
};

static uint32_t bits(struct lzx *z, unsigned n)
{
	if (!n)
		return 0;
	while (z->held < n) {
		if (z->length - z->at < 2) {
			z->bad = true;
			return 0;
		}
		z->window |= (uint32_t)(z->from[z->at] | z->from[z->at + 1] << 8) << (16 - z->held);
		z->at += 2;
		z->held += 16;
	}
	uint32_t v = z->window >> (32 - n);
	z->window <<= n;
	z->held -= n;
	return v;
}

/* False: more codes than fit, or room left over. No codes at all are a code that nothing may use. */
static bool code_make(struct code *c, const uint8_t *length, size_t symbols)
{
	uint16_t next[CODE_MOST + 2] = { 0 };
	int32_t room = 1;
	memset(c->count, 0, sizeof c->count);
	for (size_t i = 0; i < symbols; i++)
		c->count[length[i]]++;
	bool empty = c->count[0] == symbols;
	c->count[0] = 0;
	for (unsigned n = 1; n <= CODE_MOST; n++) {
		room = 2 * room - c->count[n];
		if (room < 0)
			return false;
		next[n + 1] = (uint16_t)(next[n] + c->count[n]);
	}
	for (size_t i = 0; i < symbols; i++)
		if (length[i])
			c->symbol[next[length[i]]++] = (uint16_t)i;
	return empty || room == 0;
}

static unsigned symbol(struct lzx *z, const struct code *c)
{
	uint32_t code = 0, first = 0, index = 0;
	for (unsigned n = 1; n <= CODE_MOST && !z->bad; n++) {
		code |= bits(z, 1);
		if (code - first < c->count[n])
			return c->symbol[index + (code - first)];
		index += c->count[n];
		first = (first + c->count[n]) << 1;
		code <<= 1;
	}
	z->bad = true;
	return 0;
}

/* The code lengths of some symbols, as differences to what stands in `length`. */
static void lengths_read(struct lzx *z, uint8_t *length, size_t count)
{
	uint8_t pre_length[PRE];
	struct code pre;
	for (size_t i = 0; i < PRE; i++)
		pre_length[i] = (uint8_t)bits(z, 4);
	if (!code_make(&pre, pre_length, PRE))
		z->bad = true;
	for (size_t i = 0; i < count && !z->bad;) {
		unsigned s = symbol(z, &pre), run = 1, value = 0;
		if (s == 17) {
			run = 4 + bits(z, 4);
		} else if (s == 18) {
			run = 20 + bits(z, 5);
		} else {
			if (s == 19) {
				run = 4 + bits(z, 1);
				s = symbol(z, &pre);
			}
			if (s >= LENGTH_MOST) {
				z->bad = true;
				return;
			}
			value = (length[i] + LENGTH_MOST - s) % LENGTH_MOST;
		}
		for (; run && i < count; run--)
			length[i++] = (uint8_t)value;
	}
}

static void codes_read(struct lzx *z, unsigned kind)
{
	uint8_t aligned_length[ALIGNMENTS];
	for (size_t i = 0; i < ALIGNMENTS && kind == ALIGNED; i++)
		aligned_length[i] = (uint8_t)bits(z, 3);
	lengths_read(z, z->main_length, LITERALS);
	lengths_read(z, z->main_length + LITERALS, MAIN - LITERALS);
	lengths_read(z, z->length_length, LENGTHS);
	z->bad = z->bad || !code_make(&z->main, z->main_length, MAIN) || !code_make(&z->lengths, z->length_length, LENGTHS) || (kind == ALIGNED && !code_make(&z->aligned, aligned_length, ALIGNMENTS));
}

/* How far back a match goes; the three offsets that were used last are at hand. */
static uint32_t offset_read(struct lzx *z, unsigned slot, unsigned kind)
{
	uint32_t offset;
	if (slot < 3) {
		offset = z->recent[slot];
		z->recent[slot] = z->recent[0];
	} else {
		unsigned extra = slot < 4 ? 0 : slot / 2 - 1;
		offset = slot < 4 ? slot : (2 + (slot & 1)) << extra;
		if (kind == ALIGNED && extra >= 3) {
			offset += bits(z, extra - 3) << 3;
			offset += symbol(z, &z->aligned);
		} else {
			offset += bits(z, extra);
		}
		offset -= 2;
		z->recent[2] = z->recent[1];
		z->recent[1] = z->recent[0];
	}
	z->recent[0] = offset;
	return offset;
}

/* Fills to[at] up to to[end]; returns how far it came. */
static size_t block_inflate(struct lzx *z, unsigned kind, uint8_t *to, size_t at, size_t end)
{
	while (at < end) {
		unsigned s = symbol(z, &z->main);
		if (z->bad)
			break;
		if (s < LITERALS) {
			to[at++] = (uint8_t)s;
			continue;
		}
		s -= LITERALS;
		size_t length = s % 8;
		if (length == LENGTH_HEADER)
			length += symbol(z, &z->lengths);
		length += MATCH_LEAST;
		uint32_t offset = offset_read(z, s / 8, kind);
		if (z->bad || offset == 0 || offset > at || length > end - at)
			break;
		for (; length; length--, at++)
			to[at] = to[at - offset];
	}
	return at;
}

static uint32_t number(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

/* A stored block begins at the next word (a whole empty one, if it is there already): the three offsets, the bytes, one more where they are odd. */
static size_t block_copy(struct lzx *z, uint8_t *to, size_t at, size_t end)
{
	(void)bits(z, z->held % 16 ? z->held % 16 : 16);
	if (z->bad || z->length - z->at < 12) {
		z->bad = true;
		return at;
	}
	for (size_t i = 0; i < 3; i++, z->at += 4)
		z->recent[i] = number(z->from + z->at);
	size_t want = end - at, take = want < z->length - z->at ? want : z->length - z->at;
	memcpy(to + at, z->from + z->at, take);
	z->at += take;
	if (take % 2 && z->at < z->length)
		z->at++;
	z->bad = take < want;
	return at + take;
}

static void calls_restore(uint8_t *to, size_t size)
{
	for (size_t i = 0; size > CALL_TAIL && i < size - CALL_TAIL; i++) {
		if (to[i] != CALL)
			continue;
		int64_t target = (int32_t)number(to + i + 1);
		if (target >= -(int64_t)i && target < CALL_FILE_SIZE) {
			uint32_t relative = (uint32_t)(target >= 0 ? target - (int64_t)i : target + CALL_FILE_SIZE);
			for (unsigned k = 0; k < 4; k++)
				to[i + 1 + k] = (uint8_t)(relative >> 8 * k);
		}
		i += 4;
	}
}

size_t lzx_chunk(const uint8_t *from, size_t length, uint8_t *to, size_t size)
{
	struct lzx z = { .from = from, .length = length, .recent = { 1, 1, 1 } };
	size_t at = 0;
	while (at < size && !z.bad) {
		unsigned kind = bits(&z, 3);
		size_t block = bits(&z, 1) ? LZX_CHUNK_MOST : bits(&z, 16), end = block < size - at ? at + block : size;
		if (z.bad || kind < VERBATIM || kind > STORED || block == 0 || block > size - at)
			break;
		if (kind != STORED)
			codes_read(&z, kind);
		if (!z.bad)
			at = kind == STORED ? block_copy(&z, to, at, end) : block_inflate(&z, kind, to, at, end);
		if (at < end)
			break;
	}
	calls_restore(to, at);
	return at;
}
