/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_wof.c: files packed by the Windows Overlay Filter (CompactOS, "compact /exe"): most system programs of Windows 10 and later. The main stream is a hole of the file's
 * size; the reparse point says how the stream WofCompressedData is to be read. Without this their hashes and every rule would see zeros.
 *
 * Source: libyal/libfsntfs, "Windows Overlay Filter"; [MS-XCA] 2.2 and base/lzx.h. The stream begins with the offsets of all chunks but the first, counted from behind that table, u32 (u64
 * where the file has more than 4 GiB). A chunk that is as long as what it holds is stored as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/lzx.h"
#include "base/xpress.h"
#include "format/fs/ntfs.h"

enum { PROVIDER_FILE = 2, XPRESS_4K = 0, LZX_32K = 1, XPRESS_8K = 2, XPRESS_16K = 3, CHUNK_MOST = LZX_CHUNK_MOST };

/* By algorithm. */
static const struct { size_t chunk_size; size_t (*inflate)(const uint8_t *from, size_t length, uint8_t *to, size_t size); } algorithms[] = {
	[XPRESS_4K] = { 4096, xpress_huffman }, [LZX_32K] = { LZX_CHUNK_MOST, lzx_chunk }, [XPRESS_8K] = { 8192, xpress_huffman }, [XPRESS_16K] = { 16384, xpress_huffman },
};

struct wof {
	struct source source;           /* first member */
	struct source *packed;
	struct reporter *report;
	char *step;
	uint64_t size, chunks, table_size;
	size_t chunk_size, entry_size;
	uint32_t algorithm;
	uint8_t chunk[CHUNK_MOST], stored[CHUNK_MOST];
	uint64_t held;                  /* number of the chunk in hand; UINT64_MAX: none */
	bool held_taint;
};

static bool chunk_place(const struct wof *w, uint64_t number, uint64_t *from, uint64_t *to, bool *taint)
{
	uint8_t entry[8];
	uint64_t place[2] = { 0, w->packed->size - w->table_size };
	for (unsigned i = 0; i < 2; i++) {
		uint64_t index = number + i;            /* where this chunk begins, and the next */
		if (index == 0 || index == w->chunks)
			continue;
		if (source_read_at(w->packed, (index - 1) * w->entry_size, entry, w->entry_size, taint) < w->entry_size)
			return false;
		struct cursor c = cursor_of(entry, w->entry_size, 0);
		place[i] = cursor_le(&c, w->entry_size);
	}
	*from = place[0] + w->table_size;
	*to = place[1] + w->table_size;
	return place[0] < place[1] && place[1] <= w->packed->size - w->table_size;
}

static void chunk_load(struct wof *w, uint64_t number)
{
	uint64_t from = 0, to = 0, left = w->size - number * w->chunk_size;
	size_t want = left < w->chunk_size ? (size_t)left : w->chunk_size, made = 0;
	bool taint = false, placed = chunk_place(w, number, &from, &to, &taint);
	if (placed && to - from <= want) {
		size_t length = source_read_at(w->packed, from, w->stored, (size_t)(to - from), &taint);
		if (length == want) {
			memcpy(w->chunk, w->stored, want);
			made = want;
		} else {
			made = algorithms[w->algorithm].inflate(w->stored, length, w->chunk, want);
		}
	}
	memset(w->chunk + made, 0, want - made);
	if (made < want)
		report_error(w->report, "damage", "ntfs.wof", w->step, 0, 0, "packed chunk %llu (bytes from %llu) is damaged: %zu of its %zu bytes came out", (unsigned long long)number,
		             (unsigned long long)(number * w->chunk_size), made, want);
	w->held = number;
	w->held_taint = taint || made < want;
}

static void wof_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct wof *w = (struct wof *)s;
	for (uint8_t *out = to; length;) {
		uint64_t number = offset / w->chunk_size;
		size_t into = (size_t)(offset % w->chunk_size), take = w->chunk_size - into < length ? w->chunk_size - into : length;
		if (number != w->held)
			chunk_load(w, number);
		memcpy(out, w->chunk + into, take);
		if (w->held_taint)
			*taint = true;
		out += take;
		offset += take;
		length -= take;
	}
}

static void wof_close(struct source *s)
{
	struct wof *w = (struct wof *)s;
	source_close(w->packed);
	free(w->step);
	free(w);
}

bool ntfs_wof_algorithm(const uint8_t *reparse, size_t length, uint32_t *algorithm)
{
	struct cursor c = cursor_of(reparse, length, 0);
	uint32_t tag = cursor_u32le(&c);        /* 0 tag, 8 version, 12 provider, 16 version, 20 algorithm u32 */
	c.at = 12;
	uint32_t provider = cursor_u32le(&c);
	cursor_skip(&c, 4);
	*algorithm = cursor_u32le(&c);
	return !c.bad && tag == NTFS_REPARSE_WOF && provider == PROVIDER_FILE && *algorithm <= XPRESS_16K;
}

struct source *ntfs_wof_open(const struct ntfs_volume *v, const struct ntfs_entry *e, uint32_t algorithm, uint64_t size, const char *step)
{
	static const struct source_operations operations = { wof_read_at, wof_close };
	const struct ntfs_attribute *stream = ntfs_attribute_find(e, NTFS_DATA, "WofCompressedData");
	struct source *packed = stream ? ntfs_stream_open(v, e, stream, step) : NULL;
	struct wof *w = memory_new(sizeof *w);
	*w = (struct wof){ .source = { .operations = &operations, .size = size, .sector_size = v->sector_size }, .packed = packed, .report = v->report, .size = size,
		.chunk_size = algorithms[algorithm].chunk_size, .algorithm = algorithm, .entry_size = size > UINT32_MAX ? 8 : 4, .held = UINT64_MAX };
	w->chunks = size / w->chunk_size + (size % w->chunk_size != 0);
	w->table_size = w->chunks ? (w->chunks - 1) * w->entry_size : 0;
	w->step = step ? memory_string(step) : NULL;
	if (!packed || w->table_size > packed->size) {
		report_error(v->report, "damage", "ntfs.wof", step, 0, 0, packed ? "the packed stream is too short for %llu bytes" : "the stream WofCompressedData is missing (%llu bytes)", (unsigned long long)size);
		wof_close(&w->source);
		return NULL;
	}
	return &w->source;
}
