/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c: see disk.h. */
#include "format/image/disk.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

void *disk_new(const struct opening *o, size_t size)
{
	struct disk *d = memory_new(size);
	d->container.source = o->source;
	d->container.report = o->report;
	d->file = o->source;
	d->tables = source_cached(o->source, DISK_TABLE_BLOCK, DISK_TABLE_BLOCKS);
	return d;
}

static bool number_bytes(struct disk *d, uint64_t at, size_t bytes, struct cursor *c, uint8_t room[8])
{
	bool taint = false;
	bool good = source_read_at(d->tables, at, room, bytes, &taint) == bytes && !taint;
	*c = cursor_of(room, bytes, at);
	return good;
}

bool disk_number_be(struct disk *d, uint64_t at, size_t bytes, uint64_t *value)
{
	uint8_t room[8];
	struct cursor c;
	bool good = number_bytes(d, at, bytes, &c, room);
	*value = good ? cursor_be(&c, bytes) : 0;
	return good;
}

bool disk_number_le(struct disk *d, uint64_t at, size_t bytes, uint64_t *value)
{
	uint8_t room[8];
	struct cursor c;
	bool good = number_bytes(d, at, bytes, &c, room);
	*value = good ? cursor_le(&c, bytes) : 0;
	return good;
}

const char *disk_inflate(const uint8_t *from, size_t length, bool zlib, uint8_t *out, size_t room, size_t least)
{
	/* one for the process: inflating keeps no state in it */
	static struct libdeflate_decompressor *inflater;
	if (!inflater)
		inflater = libdeflate_alloc_decompressor();
	if (!inflater)
		exit(MEMORY_EXHAUSTED_STATUS);
	size_t got = 0;
	enum libdeflate_result result = zlib ? libdeflate_zlib_decompress_ex(inflater, from, length, out, room, NULL, &got)
					     : libdeflate_deflate_decompress_ex(inflater, from, length, out, room, NULL, &got);
	return result != LIBDEFLATE_SUCCESS ? "its packed bytes are damaged" : got < least ? "its packed bytes make less than a block" : NULL;
}

char *disk_name(const void *bytes, size_t length, enum text_encoding encoding)
{
	struct buffer utf8 = { 0 }, safe = { 0 };
	text_to_utf8(&utf8, bytes, length, encoding);
	text_for_terminal(&safe, utf8.data ? utf8.data : (const uint8_t *)"", utf8.length, 256);
	char *name = memory_string(buffer_string(&safe));
	buffer_free(&utf8);
	buffer_free(&safe);
	return name;
}

/* ---- the disk as a source ---- */

enum { LOOK_AHEAD = 1 << 14 };

struct disk_media { struct source source; struct disk *disk; };

static const char cut_off[] = "the image file ends before";

/* Where the damage that begins at or before `end` ends: pieces of the same damage that follow each other are one. */
static uint64_t damage_end(struct disk *d, uint64_t end, const char *why)
{
	for (unsigned i = 0; i < LOOK_AHEAD && end < d->size; i++) {
		struct disk_piece p = { .length = 1 };
		d->piece(d, end, &p);
		if (!(p.kind == PIECE_DAMAGED && p.why == why) && !(why == cut_off && p.kind == PIECE_DATA && p.offset >= p.source->size))
			break;
		end = p.length < d->size - end ? end + p.length : d->size;
	}
	return end;
}

/* Each byte once. */
static void tell(struct disk *d, uint64_t offset, uint64_t length, const char *why)
{
	if (range_map_touches(&d->told, offset, 1) || d->tellings > DISK_TELLINGS_MAX)
		return;
	uint64_t end = damage_end(d, offset + length, why);
	for (size_t i = 0; i < d->told.count; i++)
		if (d->told.range[i].offset > offset && d->told.range[i].offset < end)
			end = d->told.range[i].offset;
	range_map_add(&d->told, offset, end - offset);
	if (++d->tellings <= DISK_TELLINGS_MAX)
		report_error(d->container.report, "damage", d->damage_kind, NULL, offset, end - offset, "%s: %llu bytes of the disk are unreadable", why, (unsigned long long)(end - offset));
	else
		report_error(d->container.report, "limit", d->damage_kind, NULL, offset, end - offset, "%s; more than %d such places: no more of them are named", why, DISK_TELLINGS_MAX);
}

static void packed_read(struct disk *d, uint64_t at, const struct disk_piece *p, uint8_t *out, size_t length, bool *taint)
{
	bool bad = false;
	const uint8_t *block = block_cache_find(d->cache, p->number, &bad);
	if (!block) {
		bool *mark;
		uint8_t *fresh = block_cache_add(d->cache, p->number, &mark);
		memset(fresh, 0, (size_t)d->block_size);
		const char *wrong = d->unpack(d, p, fresh);
		if (wrong) {
			uint64_t start = at - p->in, whole = p->in + p->length;
			memset(fresh, 0, (size_t)d->block_size);
			tell(d, start, d->size - start < whole ? d->size - start : whole, wrong);
		}
		*mark = bad = wrong;
		block = fresh;
	}
	memcpy(out, block + p->in, length);
	*taint |= bad;
}

static void data_read(struct disk *d, uint64_t at, const struct disk_piece *p, uint8_t *out, size_t length, bool *taint)
{
	size_t got = source_read_at(p->source, p->offset, out, length, taint);
	if (got < length) {
		memset(out + got, 0, length - got);
		*taint = true;
		tell(d, at + got, length - got, cut_off);
	}
}

static void media_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct disk *d = ((struct disk_media *)s)->disk;
	uint8_t *out = to;
	while (length) {
		struct disk_piece p = { .length = 1 };
		d->piece(d, offset, &p);
		size_t n = p.length < length ? (size_t)p.length : length;
		switch (p.kind) {
		case PIECE_DATA:
			data_read(d, offset, &p, out, n, taint);
			break;
		case PIECE_PACKED:
			packed_read(d, offset, &p, out, n, taint);
			break;
		case PIECE_DAMAGED:
			tell(d, offset, p.length < d->size - offset ? p.length : d->size - offset, p.why);
			/* fall through */
		case PIECE_PARENT:
			*taint = true;
			/* fall through */
		case PIECE_ZERO:
			memset(out, 0, n);
			break;
		}
		out += n;
		offset += n;
		length -= n;
	}
}

static void media_close(struct source *s)
{
	free(s);
}

struct source *disk_content(struct container *c, const struct node *n)
{
	static const struct source_operations operations = { media_read_at, media_close };
	(void)n;
	struct disk *d = (struct disk *)c;
	if (d->block_size && !d->cache)
		d->cache = block_cache_new((size_t)d->block_size, DISK_CACHE / (size_t)d->block_size);
	struct disk_media *m = memory_new(sizeof *m);
	m->source = (struct source){ .operations = &operations, .size = d->size, .sector_size = 512 };
	m->disk = d;
	return &m->source;
}

/* ---- what is the same in each row ---- */

int disk_next(struct container *c, struct node *n)
{
	struct disk *d = (struct disk *)c;
	*n = (struct node){ 0 };
	if (d->given)
		return 0;
	d->given = true;
	format_media(c, n, d->size);
	n->tainted = d->lost;
	return 1;
}

bool disk_find(struct container *c, const struct locator_step *step, struct node *n)
{
	((struct disk *)c)->given = false;
	return format_media_named(step) && disk_next(c, n) == 1;
}

void disk_close(struct container *c)
{
	struct disk *d = (struct disk *)c;
	if (d->release)
		d->release(d);
	source_close(d->tables);
	block_cache_free(d->cache);
	range_map_free(&d->told);
	free(d);
}

void disk_describe(struct container *c, struct record_builder *r)
{
	record_number(r, F_SIZE, ((struct disk *)c)->size);
}
