/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_chunks.c: the media of an EWF image, chunk by chunk.
 *
 * A chunk is either a zlib stream (RFC 1950) or plain bytes with an Adler-32 behind them; both carry their own checksum, so every read verifies. A chunk
 * that fails is zeros and taint, and is told once with its sectors (neighbours together). libewf is inflated through zlib at some 500 MB/s; libdeflate
 * does 1,250, so nothing but inflating may happen on the way: whole chunks go straight into the caller's memory, the segment file comes through
 * one window, and small or odd reads go through a cache of chunks (bench: E01 reading).
 *
 * Tables are not kept in memory: their entries come through a small cache of pieces, so memory does not grow with the image. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"

enum {
	CACHE_BYTES = 32 << 20,
	PIECE_ENTRIES = 4096, PIECES = 64,      /* table entries in memory: 1 MiB */
	READ_AHEAD = 256 * 1024,                /* stays in the second-level cache beside the chunk */
};

/* ---- bytes of segment files ---- */

/* `length` bytes of a segment file in place; fewer at its end. Reads ahead only while places follow each other. */
static const uint8_t *input(struct ewf *e, uint32_t segment, uint64_t offset, size_t length, size_t *got)
{
	struct source *s = e->segment[segment].source;
	if (offset >= s->size) {
		*got = 0;
		return NULL;
	}
	if (length > s->size - offset)
		length = (size_t)(s->size - offset);
	*got = length;
	if (s->memory)
		return s->memory + offset;
	bool same = e->window_segment == segment;
	if (same && offset >= e->window_start && offset - e->window_start <= e->window_length && e->window_length - (offset - e->window_start) >= length)
		return e->window + (offset - e->window_start);
	size_t fill = length;
	/* a chunk that begins in the window, or right behind it, continues a sequential read */
	if (same && offset >= e->window_start && offset <= e->window_start + e->window_length && fill < READ_AHEAD)
		fill = READ_AHEAD;
	if (fill > e->window_capacity) {
		e->window_capacity = fill;
		free(e->window);
		e->window = memory_new(fill);
	}
	e->window_segment = segment;
	e->window_start = offset;
	e->window_length = source_read_at(s, offset, e->window, fill, NULL);   /* unreadable bytes are zeros: the chunk's checksum finds them */
	return e->window;
}

/* ---- one chunk ---- */

/* A stream of stored blocks only, whose complement of the length may be wrong: Tableau TD3 wrote NLEN as 0, which every inflater refuses. The
 * Adler-32 at the end decides. Returns bytes of the stream, 0: it is none. */
static size_t stored_blocks(const uint8_t *in, size_t length, uint8_t *out, size_t room, size_t *got)
{
	struct cursor c = cursor_of(in, length, 0);
	c.at = 2;               /* 0 u8 method and window, 1 u8 flags */
	*got = 0;
	bool last = false;
	while (!last) {
		uint8_t head = cursor_u8(&c);
		size_t n = cursor_u16le(&c);
		cursor_skip(&c, 2);
		const uint8_t *bytes = cursor_bytes(&c, n);
		if (c.bad || head & 0xfe || n > room - *got)
			return 0;
		if (n)
			memcpy(out + *got, bytes, n);
		*got += n;
		last = head & 1;
	}
	uint32_t sum = cursor_u32be(&c);
	return !c.bad && sum == ewf_adler(out, *got) ? c.at : 0;
}

const char *ewf_decode(struct ewf *e, uint32_t segment, const struct ewf_place *p, uint8_t *out, size_t room, size_t *got, uint64_t *used)
{
	*got = 0;
	*used = 0;
	if (p->end <= p->offset)
		return "its place is not in the segment file";
	uint64_t bound = ewf_chunk_bound(room);
	size_t length = (size_t)(p->end - p->offset < bound ? p->end - p->offset : bound), there;
	const uint8_t *in = input(e, segment, p->offset, length, &there);
	if (!p->compressed) {
		if (there < length || length < 5 || length - 4 > room)
			return there < length ? "it reaches past the end of the segment file" : "its length is impossible";
		struct cursor c = cursor_of(in, length, 0);
		c.at = length - 4;
		if (cursor_u32le(&c) != ewf_adler(in, length - 4))
			return "its checksum is wrong";
		memcpy(out, in, length - 4);
		*got = length - 4;
		*used = length;
		return NULL;
	}
	if (there < 6 || (in[0] & 0x0f) != 8 || (in[0] << 8 | in[1]) % 31)
		return "no compressed data where it should lie";
	size_t stream;
	enum libdeflate_result result = libdeflate_zlib_decompress_ex(e->inflater, in, there, out, room, &stream, got);
	if (result != LIBDEFLATE_SUCCESS && (in[2] & 6) == 0) {
		stream = stored_blocks(in, there, out, room, got);
		result = stream ? LIBDEFLATE_SUCCESS : LIBDEFLATE_BAD_DATA;
	}
	if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
		return "its compressed data hold more than a chunk";
	if (result != LIBDEFLATE_SUCCESS)
		return "its compressed data are damaged";
	*used = stream;
	return NULL;
}

/* ---- tables ---- */

bool ewf_entry(struct ewf *e, size_t group, bool spare, uint64_t i, uint32_t *value)
{
	const struct ewf_group *g = &e->group[group];
	uint64_t array = spare ? g->spare : g->table;
	if (!array || i >= g->present)
		return false;
	uint64_t number = ((uint64_t)group << 21 | i / PIECE_ENTRIES) << 1 | spare;     /* 2^32 entries are 2^20 pieces */
	const uint8_t *piece = block_cache_find(e->entries, number, NULL);
	if (!piece) {
		bool *taint;
		uint8_t *fresh = block_cache_add(e->entries, number, &taint);
		uint64_t from = i / PIECE_ENTRIES * PIECE_ENTRIES, left = g->present - from;
		size_t want = (size_t)(left < PIECE_ENTRIES ? left : PIECE_ENTRIES) * 4;
		size_t got = source_read_at(e->segment[g->segment].source, array + from * 4, fresh, want, NULL);
		memset(fresh + got, 0, PIECE_ENTRIES * 4 - got);
		piece = fresh;
	}
	struct cursor c = cursor_of(piece, PIECE_ENTRIES * 4, 0);
	c.at = (size_t)(i % PIECE_ENTRIES) * 4;
	*value = cursor_u32le(&c);
	return true;
}

/* Offset of an entry in the segment file. */
static uint64_t entry_offset(const struct ewf_group *g, bool spare, uint64_t i, uint32_t value)
{
	uint64_t offset = i >= g->overflow ? value : value & 0x7fffffff, sum;
	return __builtin_add_overflow(spare ? g->spare_base : g->base, offset, &sum) ? UINT64_MAX : sum;
}

bool ewf_place_of(struct ewf *e, size_t group, bool spare, uint64_t i, struct ewf_place *p)
{
	const struct ewf_group *g = &e->group[group];
	if (g->kind == EWF_GROUP_FOUND) {
		if (i >= g->present || !g->found[i])
			return false;
		p->offset = g->found[i] >> 1;
		p->compressed = g->found[i] & 1;
		p->end = g->found[i + 1] ? g->found[i + 1] >> 1 : g->data_end;
		if (!p->compressed && p->end - p->offset > (uint64_t)e->chunk_size + 4)
			p->end = p->offset + e->chunk_size + 4;
		return true;
	}
	uint32_t value, next;
	if (!ewf_entry(e, group, spare, i, &value))
		return false;
	p->offset = entry_offset(g, spare, i, value);
	p->compressed = value >> 31 && i < g->overflow;
	p->end = ewf_entry(e, group, spare, i + 1, &next) ? entry_offset(g, spare, i + 1, next) : g->data_end;
	if (p->offset < g->data_start || p->offset >= g->data_end)
		return false;
	/* Not all writers store chunks in order: then the next entry says nothing of this one's length. */
	if (p->end <= p->offset || p->end > g->data_end || p->end - p->offset > ewf_chunk_bound(e->chunk_size))
		p->end = p->compressed ? g->data_end : p->offset + e->chunk_size + 4;
	if (!p->compressed && p->end - p->offset > (uint64_t)e->chunk_size + 4)
		p->end = p->offset + e->chunk_size + 4;
	if (p->end > g->data_end)
		p->end = g->data_end;
	return true;
}

/* ---- telling ---- */

static uint64_t sectors_before(const struct ewf *e, uint64_t chunk)
{
	uint64_t bytes = chunk * e->chunk_size < e->size ? chunk * e->chunk_size : e->size;
	return bytes / e->geometry.sector_size + (bytes % e->geometry.sector_size != 0);
}

static void report_chunks(struct ewf *e, uint64_t first, uint64_t behind, const char *class, const char *kind, const char *why)
{
	uint64_t offset = first * e->chunk_size, end = behind * e->chunk_size < e->size ? behind * e->chunk_size : e->size;
	uint64_t last = sectors_before(e, behind);
	report_error(e->container.report, class, kind, NULL, offset, end - offset, "sectors %llu-%llu (chunks %llu-%llu) are unreadable: %s",
		     (unsigned long long)(offset / e->geometry.sector_size), (unsigned long long)(last ? last - 1 : 0), (unsigned long long)first,
		     (unsigned long long)(behind - 1), why);
}

void ewf_flush(struct ewf *e)
{
	struct ewf_range_report *p = &e->pending;
	if (p->behind > p->first)
		report_chunks(e, p->first, p->behind, "damage", "ewf.chunk", p->why);
	*p = (struct ewf_range_report){ 0 };
}

static void chunk_bad(struct ewf *e, uint64_t chunk, const char *why)
{
	if (range_map_touches(&e->told, chunk, 1))
		return;
	range_map_add(&e->told, chunk, 1);
	struct ewf_range_report *p = &e->pending;
	if (p->behind > p->first && p->behind == chunk && p->why == why) {
		p->behind++;
		return;
	}
	ewf_flush(e);
	*p = (struct ewf_range_report){ .first = chunk, .behind = chunk + 1, .why = why };
}

void ewf_lost(struct ewf *e, uint64_t first, uint64_t behind, const char *class, const char *kind, const char *format, ...)
{
	if (behind > e->chunks)
		behind = e->chunks;
	if (first >= behind)
		return;
	range_map_add(&e->told, first, behind - first);
	char why[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	report_chunks(e, first, behind, class, kind, why);
}

/* ---- the media ---- */

/* The group that holds a chunk; e->groups: none. Groups with places are in ascending order. */
static size_t group_of(struct ewf *e, uint64_t chunk)
{
	if (e->last_group < e->groups && chunk >= e->group[e->last_group].first && chunk - e->group[e->last_group].first < e->group[e->last_group].count)
		return e->last_group;
	size_t low = 0, high = e->groups;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (e->group[middle].first <= chunk)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || chunk - e->group[low - 1].first >= e->group[low - 1].count)
		return e->groups;
	return e->last_group = low - 1;
}

/* One try; the last chunk of the media may be stored whole though the media ends inside it. */
static const char *chunk_try(struct ewf *e, uint32_t segment, const struct ewf_place *p, uint8_t *out, size_t want)
{
	size_t got;
	uint64_t used;
	if (want == e->chunk_size) {
		const char *wrong = ewf_decode(e, segment, p, out, want, &got, &used);
		return wrong ? wrong : got < want ? "it holds less than a chunk" : NULL;
	}
	const char *wrong = ewf_decode(e, segment, p, e->scratch, e->chunk_size, &got, &used);
	if (wrong || got < want)
		return wrong ? wrong : "it holds less than the rest of the media";
	memcpy(out, e->scratch, want);
	return NULL;
}

static const char *chunk_from(struct ewf *e, size_t group, bool spare, uint64_t i, uint8_t *out, size_t want)
{
	const struct ewf_group *g = &e->group[group];
	struct ewf_place p;
	if (!ewf_place_of(e, group, spare, i, &p))
		return g->kind == EWF_GROUP_FOUND ? "its place is lost with its table" : "its table entry points outside of the chunk data";
	const char *wrong = chunk_try(e, g->segment, &p, out, want);
	if (wrong && p.compressed && p.end < g->data_end) {
		/* the next entry may be the wrong one, not this one: let the stream end by itself */
		p.end = g->data_end;
		if (!chunk_try(e, g->segment, &p, out, want))
			return NULL;
	}
	return wrong;
}

/* The bytes of a chunk. False: zeros. */
static bool chunk_read(struct ewf *e, uint64_t chunk, uint8_t *out, size_t want)
{
	size_t group = group_of(e, chunk);
	const char *wrong = "no table tells where it lies";
	if (group < e->groups && e->group[group].kind != EWF_GROUP_GAP) {
		uint64_t i = chunk - e->group[group].first;
		wrong = chunk_from(e, group, false, i, out, want);
		if (wrong && e->group[group].spare && e->group[group].kind == EWF_GROUP_TABLE && !chunk_from(e, group, true, i, out, want))
			wrong = NULL;
	}
	if (!wrong) {
		if (e->pending.behind > e->pending.first)
			ewf_flush(e);
		return true;
	}
	memset(out, 0, want);
	chunk_bad(e, chunk, wrong);
	return false;
}

struct ewf_media {
	struct source source;
	struct ewf *ewf;
};

static void media_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct ewf *e = ((struct ewf_media *)s)->ewf;
	uint8_t *out = to;
	if (range_map_touches(&e->acquisition, offset, length))
		*taint = true;
	while (length) {
		uint64_t chunk = offset / e->chunk_size, start = chunk * e->chunk_size;
		size_t in = (size_t)(offset - start);
		size_t whole = e->size - start < e->chunk_size ? (size_t)(e->size - start) : e->chunk_size;
		size_t piece = whole - in < length ? whole - in : length;
		bool damaged = false;
		const uint8_t *bytes = block_cache_find(e->cache, chunk, &damaged);
		if (bytes) {
			memcpy(out, bytes + in, piece);
		} else if (piece == whole) {
			damaged = !chunk_read(e, chunk, out, whole);
		} else {
			bool *mark;
			uint8_t *fresh = block_cache_add(e->cache, chunk, &mark);
			damaged = *mark = !chunk_read(e, chunk, fresh, whole);
			memcpy(out, fresh + in, piece);
		}
		*taint |= damaged;
		out += piece;
		offset += piece;
		length -= piece;
	}
}

static void media_close(struct source *s)
{
	ewf_flush(((struct ewf_media *)s)->ewf);
	free(s);
}

struct source *ewf_media(struct ewf *e)
{
	static const struct source_operations operations = { media_read_at, media_close };
	struct ewf_media *m = memory_new(sizeof *m);
	m->source = (struct source){ .operations = &operations, .size = e->size, .sector_size = e->geometry.sector_size };
	m->ewf = e;
	uint64_t blocks = CACHE_BYTES / e->chunk_size;
	if (!e->cache)
		e->cache = block_cache_new(e->chunk_size, (size_t)(blocks < e->chunks ? blocks : e->chunks));
	return &m->source;
}

void ewf_entries_start(struct ewf *e)
{
	uint64_t pieces = 0;
	for (size_t i = 0; i < e->groups && pieces < PIECES; i++)
		pieces += (e->group[i].present / PIECE_ENTRIES + 1) * (e->group[i].spare ? 2 : 1);
	block_cache_free(e->entries);
	e->entries = block_cache_new(PIECE_ENTRIES * 4, pieces < PIECES ? (size_t)pieces : PIECES);
}
