/* SPDX-License-Identifier: Apache-2.0 */
/* xpress.c: LZXPRESS Huffman ([MS-XCA] 2.2).
 *
 * Every 65,536 bytes of output begin with a table of 512 code lengths, four bits each. Bits come out of 16-bit little-endian words, the high bit first;
 * long match lengths stand as whole bytes between those words, so the bit reader and they share one position. Past the end of the input the words are
 * zero: a writer may leave out the last ones. */
#include "base/xpress.h"

#include <stdbool.h>
#include <string.h>

enum { SYMBOLS = 512, TABLE_BYTES = 256, CODE_MOST = 15, BLOCK = 65536 };

struct bits {
	const uint8_t *from;
	size_t length, at;
	uint32_t window;                /* the next bits, high end first */
	int extra;                      /* bits of the window beyond the 16 that are always there */
	unsigned missing;               /* words read past the end */
};

static uint32_t word(struct bits *b)
{
	uint32_t v = 0;
	if (b->length - b->at >= 2)
		v = (uint32_t)(b->from[b->at] | b->from[b->at + 1] << 8);
	else
		b->missing++;
	b->at = b->length - b->at >= 2 ? b->at + 2 : b->length;
	return v;
}

static void bits_start(struct bits *b)
{
	b->window = word(b) << 16;
	b->window |= word(b);
	b->extra = 16;
}

static void consume(struct bits *b, unsigned n)
{
	b->window = n ? b->window << n : b->window;
	b->extra -= (int)n;
	if (b->extra < 0) {
		b->window |= word(b) << -b->extra;
		b->extra += 16;
	}
}

/* table[15 bits] = symbol << 4 | length. False: the lengths do not make a full code. */
static bool table_make(const uint8_t *lengths, uint16_t *table)
{
	size_t at = 0;
	for (unsigned length = 1; length <= CODE_MOST; length++) {
		size_t slots = (size_t)1 << (CODE_MOST - length);
		for (unsigned symbol = 0; symbol < SYMBOLS; symbol++) {
			unsigned is = symbol & 1 ? lengths[symbol / 2] >> 4 : lengths[symbol / 2] & 15;
			if (is != length)
				continue;
			if (slots > ((size_t)1 << CODE_MOST) - at)
				return false;
			for (size_t i = 0; i < slots; i++)
				table[at + i] = (uint16_t)(symbol << 4 | length);
			at += slots;
		}
	}
	return at == (size_t)1 << CODE_MOST;
}

/* The match length of a token whose low four bits are 15: one byte, else two, else four. 0: the input ends. */
static size_t long_length(struct bits *b)
{
	if (b->at >= b->length)
		return 0;
	size_t n = b->from[b->at++];
	if (n < 255)
		return n + 15;
	if (b->length - b->at < 2)
		return 0;
	n = (size_t)(b->from[b->at] | b->from[b->at + 1] << 8);
	b->at += 2;
	if (n == 0) {
		if (b->length - b->at < 4)
			return 0;
		for (unsigned i = 4; i-- > 0;)
			n = n << 8 | b->from[b->at + i];
		b->at += 4;
	}
	return n;
}

size_t xpress_huffman(const uint8_t *from, size_t length, uint8_t *to, size_t size)
{
	uint16_t table[1 << CODE_MOST];
	struct bits b = { .from = from, .length = length };
	size_t out = 0;
	while (out < size) {
		if (b.length - b.at < TABLE_BYTES || !table_make(b.from + b.at, table))
			return out;
		b.at += TABLE_BYTES;
		bits_start(&b);
		size_t end = size - out > BLOCK ? out + BLOCK : size;
		while (out < end) {
			if (b.missing > 4)
				return out;
			unsigned symbol = table[b.window >> 17];
			consume(&b, symbol & 15);
			symbol >>= 4;
			if (symbol < 256) {
				to[out++] = (uint8_t)symbol;
				continue;
			}
			symbol -= 256;
			size_t match = symbol & 15;
			unsigned distance_bits = symbol >> 4;
			if (match == 15) {
				match = long_length(&b);
				if (match < 15)
					return out;
			}
			match += 3;
			size_t distance = ((size_t)1 << distance_bits) + (distance_bits ? b.window >> (32 - distance_bits) : 0);
			consume(&b, distance_bits);
			if (distance > out)
				return out;
			if (match > size - out)
				match = size - out;
			for (; match; match--, out++)
				to[out] = to[out - distance];
		}
	}
	return out;
}
