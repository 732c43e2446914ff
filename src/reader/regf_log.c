/* SPDX-License-Identifier: Apache-2.0 */
/* regf_log.c: transaction logs of hives: what the kernel wrote to .LOG1 and .LOG2 but not yet to the hive itself.
 *
 * Public description: msuhanov/regf, "Format of transaction log files". Each log begins with a copy of the base block, its own checksum and file type in it.
 *   type 6 (8.1 and later): entries from 512 on, each "HvLE"  4 size  12 sequence  16 size of the bins  20 pages  24 hash of 40 and on  32 hash of 0..31
 *                           40 (offset, size) a page, then their bytes. The hash is Marvin32; its seed is a 64-bit number, low word first.
 *   type 1, 2 (before):     512 "DIRT", then a bit for each 512 bytes of the bins, then from the next multiple of 512 on those that are set
 * A log applies when it goes on from where the hive's base block stopped; of several the older one first, and the next only where the one before ended. */
#include "reader/regf_log.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_BASE = 512, SECTOR = 512, ENTRY_HEADER = 40, LOGS_MAX = 4, GROWTH = 16 << 20 };
#define LOG_SEED UINT64_C(0x82EF4D887A4E55C5)

static inline uint32_t u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

uint32_t regf_checksum(const uint8_t *base)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < 508; i += 4)
		sum ^= u32(base + i);
	return sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

static inline uint32_t rotate(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

static inline void mix(uint32_t *low, uint32_t *high, uint32_t v)
{
	*low += v;
	*high ^= *low;
	*low = rotate(*low, 20) + *high;
	*high = rotate(*high, 9) ^ *low;
	*low = rotate(*low, 27) + *high;
	*high = rotate(*high, 19);
}

uint64_t regf_marvin32(const uint8_t *bytes, size_t length, uint64_t seed)
{
	uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32), last = 0x80;
	size_t at = 0;
	for (; length - at >= 4; at += 4)
		mix(&low, &high, u32(bytes + at));
	for (size_t i = length; i > at; i--)
		last = last << 8 | bytes[i - 1];
	mix(&low, &high, last);
	mix(&low, &high, 0);
	return low | (uint64_t)high << 32;
}

/* A log whose base block is whole. */
static bool log_good(const struct regf_log *l, uint32_t *type)
{
	if (l->length < LOG_BASE || memcmp(l->bytes, "regf", 4) != 0 || regf_checksum(l->bytes) != u32(l->bytes + 508) || u32(l->bytes + 4) != u32(l->bytes + 8))
		return false;
	*type = u32(l->bytes + 28);
	return *type == 1 || *type == 2 || *type == 6;
}

static inline bool later_or_same(uint32_t a, uint32_t b)
{
	return a - b <= 0x7FFFFFFF;
}

static void image_grow(struct regf *h, size_t size)
{
	if (h->copy && size <= h->size)
		return;
	if (size < h->size)
		size = h->size;
	uint8_t *more = memory_new(size);
	memcpy(more, h->image, h->size);
	free(h->copy);
	h->copy = more;
	h->image = more;
	h->size = size;
}

static void base_finish(struct regf *h, uint32_t sequence, uint32_t bins)
{
	put_u32(h->copy + 4, sequence);
	put_u32(h->copy + 8, sequence);
	put_u32(h->copy + 28, 0);
	put_u32(h->copy + 40, bins);
	put_u32(h->copy + 508, regf_checksum(h->copy));
}

/* Entries from the log's first on, as long as they are whole and follow each other. How many were applied. */
static unsigned entries_apply(struct regf *h, const struct regf_log *l, bool rebuild)
{
	uint32_t expected = u32(l->bytes + 4);
	unsigned applied = 0;
	size_t most = h->size + l->length + GROWTH;
	for (size_t at = LOG_BASE; l->length - at >= ENTRY_HEADER;) {
		const uint8_t *e = l->bytes + at;
		uint32_t size = u32(e + 4), bins = u32(e + 16), pages = u32(e + 20);
		if (memcmp(e, "HvLE", 4) != 0 || size % SECTOR || size < ENTRY_HEADER || size > l->length - at || pages > (size - ENTRY_HEADER) / 8 || u32(e + 12) != expected || bins % 4096 || bins > most)
			break;
		if (regf_marvin32(e + ENTRY_HEADER, size - ENTRY_HEADER, LOG_SEED) != u64(e + 24) || regf_marvin32(e, 32, LOG_SEED) != u64(e + 32))
			break;
		size_t data = ENTRY_HEADER + (size_t)pages * 8;
		bool good = true;
		for (uint32_t i = 0; i < pages && good; i++) {
			uint32_t offset = u32(e + ENTRY_HEADER + (size_t)i * 8), length = u32(e + ENTRY_HEADER + (size_t)i * 8 + 4);
			good = offset <= bins && length <= bins - offset && length <= size - data;
			data += good ? length : 0;
		}
		if (!good)
			break;
		image_grow(h, (size_t)bins + REGF_BASE_BLOCK);
		if (rebuild && !applied)
			memcpy(h->copy, l->bytes, LOG_BASE);
		data = ENTRY_HEADER + (size_t)pages * 8;
		for (uint32_t i = 0; i < pages; i++) {
			uint32_t offset = u32(e + ENTRY_HEADER + (size_t)i * 8), length = u32(e + ENTRY_HEADER + (size_t)i * 8 + 4);
			memcpy(h->copy + REGF_BASE_BLOCK + offset, e + data, length);
			data += length;
		}
		base_finish(h, expected + 1, bins);
		if (!h->entries_applied)
			h->first_sequence = expected;
		h->last_sequence = expected;
		h->entries_applied++;
		applied++;
		expected++;
		at += size;
	}
	return applied;
}

/* The dirty sectors of an old log. */
static bool sectors_apply(struct regf *h, const struct regf_log *l)
{
	uint32_t bins = u32(l->bytes + 40);
	size_t bitmap = bins / 4096, start = (LOG_BASE + 4 + bitmap + SECTOR - 1) / SECTOR * SECTOR, at = start;
	if (l->length < start || memcmp(l->bytes + LOG_BASE, "DIRT", 4) != 0 || bins > h->size + l->length + GROWTH)
		return false;
	for (size_t i = 0; i < bitmap * 8; i++)         /* all of them must be there */
		at += l->bytes[LOG_BASE + 4 + i / 8] >> i % 8 & 1 ? SECTOR : 0;
	if (at > l->length)
		return false;
	image_grow(h, (size_t)bins + REGF_BASE_BLOCK);
	memcpy(h->copy, l->bytes, LOG_BASE);
	at = start;
	for (size_t i = 0; i < bitmap * 8; i++)
		if (l->bytes[LOG_BASE + 4 + i / 8] >> i % 8 & 1) {
			memcpy(h->copy + REGF_BASE_BLOCK + i * SECTOR, l->bytes + at, SECTOR);
			at += SECTOR;
		}
	h->first_sequence = h->last_sequence = u32(l->bytes + 4);
	h->entries_applied = 1;
	base_finish(h, u32(l->bytes + 4), bins);
	return true;
}

void regf_replay(struct regf *h, const struct regf_log *log, size_t logs, bool good_base)
{
	const struct regf_log *fresh[LOGS_MAX], *old[LOGS_MAX];
	size_t fresh_count = 0, old_count = 0;
	for (size_t i = 0; i < logs; i++) {
		uint32_t type;
		if (!log_good(&log[i], &type))
			continue;
		if (type == 6 && fresh_count < LOGS_MAX) {
			size_t at = fresh_count++;
			for (; at && !later_or_same(u32(log[i].bytes + 4), u32(fresh[at - 1]->bytes + 4)); at--)
				fresh[at] = fresh[at - 1];
			fresh[at] = &log[i];
		} else if (type != 6 && old_count < LOGS_MAX) {
			size_t at = old_count++;                /* the newest first */
			for (; at && u64(log[i].bytes + 12) > u64(old[at - 1]->bytes + 12); at--)
				old[at] = old[at - 1];
			old[at] = &log[i];
		}
	}
	h->state = fresh_count || old_count ? REGF_LOG_MISMATCH : REGF_DIRTY_NO_LOG;
	if (!good_base && fresh_count) {
		(void)entries_apply(h, fresh[fresh_count - 1], true);
	} else if (fresh_count) {
		uint32_t secondary = u32(h->image + 8);
		for (size_t i = 0; i < fresh_count; i++) {
			uint32_t first = u32(fresh[i]->bytes + 4);
			if (h->entries_applied ? first == h->last_sequence + 1 : later_or_same(first, secondary))
				(void)entries_apply(h, fresh[i], false);
		}
	}
	uint64_t written = good_base ? u64(h->image + 12) : h->size >= REGF_BASE_BLOCK + 32 ? u64(h->image + REGF_BASE_BLOCK + 20) : 0;
	for (size_t i = 0; i < old_count && !h->entries_applied; i++)
		if (u64(old[i]->bytes + 12) >= written)
			(void)sectors_apply(h, old[i]);
	if (h->entries_applied)
		h->state = REGF_REPLAYED;
}
