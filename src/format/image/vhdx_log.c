/* SPDX-License-Identifier: Apache-2.0 */
/* vhdx_log.c: see vhdx_log.h.
 *
 * The log is a ring of entries, each of whole sectors of 4 KiB with a sum and a number; the youngest whole one says where the oldest begins that still counts. An entry
 * holds descriptors (a sector of the file, or a range of zeros) and the sectors' bytes, of which the first 8 and the last 4 are in the descriptor. */
#include "format/image/vhdx_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

enum { SECTOR = 4096, HEAD = 64, DESCRIPTOR = 32, LOG_MAX = 16 << 20, PATCHES_MAX = 65536, SUM_BYTES_MAX = 256 << 20 };

struct entry { uint64_t number; uint32_t at, length, tail; };  /* at, tail: bytes in the log */
struct patch { uint64_t at, length; const uint8_t *bytes; uint8_t first[8], last[4]; };        /* bytes NULL: zeros */

struct replayed {
	struct source source, *below;
	uint8_t *log;                   /* owned */
	struct patch *patch;
	size_t patches;
};

bool vhdx_sum_good(const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	c.at = 4;
	return cursor_u32le(&c) == hash_crc32c(bytes, length, 4) && !c.bad;
}

/* Bytes of the ring from `at` on as one piece; they may go around its end. */
static const uint8_t *ring(const uint8_t *log, uint32_t size, uint32_t at, uint32_t length, struct buffer *room)
{
	if (length <= size - at)
		return log + at;
	buffer_clear(room);
	buffer_append(room, log + at, size - at);
	buffer_append(room, log, length - (size - at));
	return room->data;
}

static size_t entries_find(const uint8_t *log, uint32_t size, const uint8_t guid[16], struct entry *entry)
{
	struct buffer room = { 0 };
	uint64_t summed = 0;
	size_t n = 0;
	for (uint32_t at = 0; at + SECTOR <= size && summed < SUM_BYTES_MAX; at += SECTOR) {
		struct cursor c = cursor_of(log + at, HEAD, at);
		if (!cursor_match(&c, "loge"))
			continue;
		c.at = 8;               /* 8 length, u32; 12 tail, u32; 16 number, u64; 24 descriptors, u32; 32 GUID */
		uint32_t length = cursor_u32le(&c), tail = cursor_u32le(&c);
		uint64_t number = cursor_u64le(&c);
		if (length < SECTOR || length % SECTOR || length > size || tail >= size || tail % SECTOR || !number || memcmp(log + at + 32, guid, 16))
			continue;
		summed += length;
		if (vhdx_sum_good(ring(log, size, at, length, &room), length))
			entry[n++] = (struct entry){ number, at, length, tail };
	}
	buffer_free(&room);
	return n;
}

static const struct entry *entry_at(const struct entry *entry, size_t n, uint32_t at)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (entry[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && entry[low].at == at ? &entry[low] : NULL;
}

/* The entry that follows in the ring with the next number. */
static const struct entry *entry_behind(const struct entry *entry, size_t n, const struct entry *e, uint32_t size)
{
	const struct entry *next = entry_at(entry, n, (uint32_t)(((uint64_t)e->at + e->length) % size));
	return next && next->number == e->number + 1 ? next : NULL;
}

/* The youngest entry to which an unbroken row leads from its tail. */
static const struct entry *row_find(const struct entry *entry, size_t n, uint32_t size, const struct entry **youngest)
{
	const struct entry *best = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = entry_at(entry, n, entry[i].tail), *first = e;
		while (e && e != &entry[i])
			e = entry_behind(entry, n, e, size);    /* numbers rise: it ends */
		if (e && (!best || e->number > (*youngest)->number)) {
			best = first;
			*youngest = e;
		}
	}
	return best;
}

/* Puts what an entry says behind the patches; false: it contradicts itself. bytes: the whole entry, which stays. */
static bool entry_take(struct replayed *r, const uint8_t *bytes, uint32_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	c.at = 24;
	uint32_t n = cursor_u32le(&c);
	uint64_t data = ((uint64_t)HEAD + (uint64_t)n * DESCRIPTOR + SECTOR - 1) / SECTOR * SECTOR;
	if (data > length)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		c.at = HEAD + (size_t)i * DESCRIPTOR;
		bool zero = cursor_match(&c, "zero");
		if (!zero && !cursor_match(&c, "desc"))
			return false;
		if (r->patches >= PATCHES_MAX)
			return false;
		struct patch *p = &r->patch[r->patches];
		*p = (struct patch){ .length = SECTOR };
		if (zero) {
			cursor_skip(&c, 4);
			p->length = cursor_u64le(&c);
		} else {
			memcpy(p->last, cursor_bytes(&c, 4), 4);
			memcpy(p->first, cursor_bytes(&c, 8), 8);
			if (data + SECTOR > length || memcmp(bytes + data, "data", 4))
				return false;
			p->bytes = bytes + data;
			data += SECTOR;
		}
		p->at = cursor_u64le(&c);
		if (p->length > INT64_MAX || p->at > INT64_MAX - p->length)
			return false;
		r->patches++;
	}
	return true;
}

static void patch_put(const struct patch *p, uint64_t offset, uint8_t *out, size_t length)
{
	uint64_t from = p->at > offset ? p->at : offset, end = p->at + p->length < offset + length ? p->at + p->length : offset + length;
	if (from >= end)
		return;
	if (!p->bytes) {
		memset(out + (from - offset), 0, (size_t)(end - from));
		return;
	}
	uint8_t sector[SECTOR];
	memcpy(sector, p->bytes, SECTOR);
	memcpy(sector, p->first, sizeof p->first);
	memcpy(sector + SECTOR - sizeof p->last, p->last, sizeof p->last);
	memcpy(out + (from - offset), sector + (from - p->at), (size_t)(end - from));
}

static void replayed_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct replayed *r = (struct replayed *)s;
	size_t got = source_read_at(r->below, offset, to, length, taint);
	memset((uint8_t *)to + got, 0, length - got);
	for (size_t i = 0; i < r->patches; i++)
		patch_put(&r->patch[i], offset, to, length);
}

static void replayed_close(struct source *s)
{
	struct replayed *r = (struct replayed *)s;
	free(r->patch);
	free(r->log);
	free(r);
}

struct source *vhdx_log_replay(struct source *file, const struct vhdx_log *log, struct reporter *report)
{
	static const struct source_operations operations = { replayed_read_at, replayed_close };
	static const uint8_t none[16];
	if (!memcmp(log->guid, none, sizeof none))
		return NULL;
	uint32_t size = log->length;
	if (size < SECTOR || size % SECTOR || size > LOG_MAX || log->offset >= file->size || size > file->size - log->offset) {
		report_error(report, "damage", "vhdx.log", NULL, log->offset, size, "the image was not closed, and its log lies outside of the file: what is shown is the disk without the last changes to its tables");
		return NULL;
	}
	struct replayed *r = memory_new(sizeof *r);
	r->source = (struct source){ .operations = &operations, .size = file->size, .sector_size = file->sector_size };
	r->below = file;
	/* twice, so that an entry that goes around the end is one piece */
	r->log = memory_new(2 * (size_t)size);
	source_read_at(file, log->offset, r->log, size, NULL);
	memcpy(r->log + size, r->log, size);
	struct entry *entry = memory_array(size / SECTOR, sizeof *entry);
	size_t n = entries_find(r->log, size, log->guid, entry);
	const struct entry *youngest = NULL, *e = row_find(entry, n, size, &youngest);
	bool whole = e;
	unsigned taken = 0;
	r->patch = memory_array(PATCHES_MAX, sizeof *r->patch);
	for (; whole && e; e = e == youngest ? NULL : entry_behind(entry, n, e, size)) {
		whole = entry_take(r, r->log + e->at, e->length);
		taken++;
	}
	free(entry);
	if (!whole) {
		report_error(report, "damage", "vhdx.log", NULL, log->offset, size, "the image was not closed, and its log is damaged: what is shown is the disk without the last changes to its tables");
		replayed_close(&r->source);
		return NULL;
	}
	for (size_t i = 0; i < r->patches; i++)
		if (r->patch[i].bytes && r->patch[i].at + r->patch[i].length > r->source.size)
			r->source.size = r->patch[i].at + r->patch[i].length;
	report_note(report, "vhdx.log", NULL, log->offset, size, "the image was not closed: %u entries of its log were put over its tables", taken);
	return &r->source;
}
