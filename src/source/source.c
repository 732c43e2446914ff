/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: files, memory, and the ways to put bytes together from other sources; see source.h. The cache is in cached.c. */
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, PAGE = 4096, READ_MAX = 1 << 30 };

size_t source_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	if (offset >= s->size || !length)
		return 0;
	if (length > s->size - offset)
		length = (size_t)(s->size - offset);
	if (s->memory) {
		memcpy(to, s->memory + offset, length);
		return length;
	}
	bool damaged = false;
	s->operations->read_at(s, offset, to, length, &damaged);
	if (damaged && taint)
		*taint = true;
	return length;
}

void source_close(struct source *s)
{
	if (s)
		s->operations->close(s);
}

/* `length` bytes of a borrowed source, zeros and taint beyond its end. */
static void read_or_zeros(struct source *below, uint64_t offset, uint8_t *to, size_t length, bool *taint)
{
	size_t got = source_read_at(below, offset, to, length, taint);
	if (got < length) {
		memset(to + got, 0, length - got);
		*taint = true;
	}
}

/* ---- a file descriptor ---- */

struct descriptor_source {
	struct source source;
	int fd;
	bool owned;
	struct range_map bad;   /* pages that gave an I/O error: a failing disk takes seconds for each try, so none is tried twice */
};

/* Bytes that pread gave before its first error or the end of the file. */
static size_t read_some(int fd, uint64_t offset, uint8_t *to, size_t length)
{
	size_t done = 0;
	while (done < length) {
		size_t want = length - done < READ_MAX ? length - done : READ_MAX;
		ssize_t got = pread(fd, to + done, want, (off_t)(offset + done));
		if (got > 0)
			done += (size_t)got;
		else if (got == 0 || errno != EINTR)
			break;
	}
	return done;
}

static void descriptor_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct descriptor_source *d = (struct descriptor_source *)s;
	uint8_t *out = to;
	size_t done = 0;
	if (!range_map_touches(&d->bad, offset, length))
		done = read_some(d->fd, offset, out, length);
	while (done < length) {
		uint64_t at = offset + done;
		size_t piece = PAGE - (size_t)(at % PAGE);
		if (piece > length - done)
			piece = length - done;
		size_t got = 0;
		if (!range_map_touches(&d->bad, at, piece)) {
			got = read_some(d->fd, at, out + done, piece);
			if (got < piece)
				range_map_add(&d->bad, at + got, piece - got);
		}
		if (got < piece) {
			memset(out + done + got, 0, piece - got);
			*taint = true;
		}
		done += piece;
	}
}

static void descriptor_close(struct source *s)
{
	struct descriptor_source *d = (struct descriptor_source *)s;
	range_map_free(&d->bad);
	if (d->owned)
		close(d->fd);
	free(d);
}

struct source *source_of_descriptor(int fd, uint64_t size)
{
	static const struct source_operations operations = { descriptor_read_at, descriptor_close };
	struct descriptor_source *d = memory_new(sizeof *d);
	if (size > INT64_MAX)
		size = INT64_MAX;
	d->source = (struct source){ .operations = &operations, .size = size, .sector_size = SECTOR };
	d->fd = fd;
	return &d->source;
}

struct source *source_owning_descriptor(int fd, uint64_t size)
{
	struct source *s = source_of_descriptor(fd, size);
	((struct descriptor_source *)s)->owned = true;
	return s;
}

/* ---- memory ---- */

struct memory_source {
	struct source source;
	void *owned;
};

/* Only reached through a wrapper that hides `memory`. */
static void memory_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	(void)taint;
	memcpy(to, s->memory + offset, length);
}

static void memory_close(struct source *s)
{
	free(((struct memory_source *)s)->owned);
	free(s);
}

struct source *source_of_memory(const void *bytes, size_t length, bool owned)
{
	static const struct source_operations operations = { memory_read_at, memory_close };
	struct memory_source *m = memory_new(sizeof *m);
	m->source = (struct source){ .operations = &operations, .size = length, .sector_size = SECTOR };
	m->source.memory = length ? bytes : (const uint8_t *)"";
	if (owned)
		memcpy(&m->owned, &bytes, sizeof bytes);        /* ours now: const no more */
	return &m->source;
}

/* ---- one after the other ---- */

struct parts_source {
	struct source source;
	size_t parts;
	struct part { struct source *source; uint64_t start; } part[];
};

static void parts_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct parts_source *p = (struct parts_source *)s;
	size_t low = 0, high = p->parts;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (p->part[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	uint8_t *out = to;
	for (; length && low < p->parts; low++) {
		size_t got = source_read_at(p->part[low].source, offset - p->part[low].start, out, length, taint);
		out += got;
		offset += got;
		length -= got;
	}
	if (length) {           /* cannot happen while size is the sum of the parts */
		memset(out, 0, length);
		*taint = true;
	}
}

static void parts_close(struct source *s)
{
	struct parts_source *p = (struct parts_source *)s;
	for (size_t i = 0; i < p->parts; i++)
		source_close(p->part[i].source);
	free(p);
}

struct source *source_of_parts(struct source *const *part, size_t parts)
{
	static const struct source_operations operations = { parts_read_at, parts_close };
	struct parts_source *p = memory_new(sizeof *p + parts * sizeof p->part[0]);
	p->source = (struct source){ .operations = &operations, .sector_size = parts ? part[0]->sector_size : SECTOR };
	p->parts = parts;
	for (size_t i = 0; i < parts; i++) {
		p->part[i] = (struct part){ .source = part[i], .start = p->source.size };
		if (__builtin_add_overflow(p->source.size, part[i]->size, &p->source.size))
			p->source.size = UINT64_MAX;
	}
	if (parts == 1)
		p->source.memory = part[0]->memory;
	return &p->source;
}

/* ---- a part of another one ---- */

struct window_source {
	struct source source, *below;
	uint64_t offset;
};

static void window_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct window_source *w = (struct window_source *)s;
	uint64_t at;
	if (__builtin_add_overflow(w->offset, offset, &at))
		at = UINT64_MAX;
	read_or_zeros(w->below, at, to, length, taint);
}

static void plain_close(struct source *s)
{
	free(s);
}

static const struct source_operations window_operations = { window_read_at, plain_close };

static struct source *window_origin(struct source *s, uint64_t *offset)
{
	struct window_source *w = (struct window_source *)s;
	return __builtin_add_overflow(w->offset, *offset, offset) ? NULL : w->below;
}

/* The bytes of [offset, offset+length) when the source below has them all in memory. */
static const uint8_t *memory_of(const struct source *below, uint64_t offset, uint64_t length)
{
	return below->memory && offset <= below->size && length <= below->size - offset ? below->memory + offset : NULL;
}

struct source *source_window(struct source *below, uint64_t offset, uint64_t length)
{
	struct window_source *w = memory_new(sizeof *w);
	w->source = (struct source){ .operations = &window_operations, .size = length, .sector_size = below->sector_size };
	w->source.memory = memory_of(below, offset, length);
	w->below = below;
	w->offset = offset;
	return &w->source;
}

/* ---- runs of a file ---- */

struct extents_source {
	struct source source, *below;
	size_t extents, last;   /* last: where the read before ended; sequential readers need no search */
	struct run { uint64_t start; struct extent extent; } run[];
};

static size_t run_of(const struct extents_source *e, uint64_t offset)
{
	size_t low = 0, high = e->extents;
	if (e->last < e->extents && e->run[e->last].start <= offset) {
		low = e->last;
		if (low + 1 == e->extents || offset < e->run[low + 1].start)
			return low;
	}
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (e->run[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void extents_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct extents_source *e = (struct extents_source *)s;
	uint8_t *out = to;
	size_t i = e->extents ? run_of(e, offset) : 0;
	for (; length && i < e->extents; i++) {
		const struct run *r = &e->run[i];
		uint64_t in = offset - r->start;
		if (in >= r->extent.length)     /* an empty run, or behind the last one */
			continue;
		size_t piece = r->extent.length - in < length ? (size_t)(r->extent.length - in) : length;
		if (r->extent.kind == EXTENT_DATA) {
			uint64_t at;
			if (__builtin_add_overflow(r->extent.offset, in, &at))
				at = UINT64_MAX;
			read_or_zeros(e->below, at, out, piece, taint);
		} else {
			memset(out, 0, piece);
			*taint |= r->extent.kind == EXTENT_UNREADABLE;
		}
		e->last = i;
		out += piece;
		offset += piece;
		length -= piece;
	}
	if (length) {
		memset(out, 0, length);
		*taint = true;
	}
}

static const struct source_operations extents_operations = { extents_read_at, plain_close };

static struct source *extents_origin(struct source *s, uint64_t *offset)
{
	struct extents_source *e = (struct extents_source *)s;
	const struct run *r = e->extents ? &e->run[run_of(e, *offset)] : NULL;
	if (!r || r->extent.kind != EXTENT_DATA || *offset - r->start >= r->extent.length)
		return NULL;
	return __builtin_add_overflow(r->extent.offset, *offset - r->start, offset) ? NULL : e->below;
}

struct source *source_of_extents(struct source *below, const struct extent *extent, size_t extents, uint64_t size)
{
	if (extents > (SIZE_MAX - sizeof(struct extents_source)) / sizeof(struct run))
		extents = 0;            /* no array of so many exists */
	struct extents_source *e = memory_new(sizeof *e + extents * sizeof e->run[0]);
	e->source = (struct source){ .operations = &extents_operations, .size = size, .sector_size = below->sector_size };
	e->below = below;
	uint64_t start = 0;
	for (size_t i = 0; i < extents && start < size; i++) {
		if (!extent[i].length)
			continue;
		struct run *r = &e->run[e->extents++];
		*r = (struct run){ .start = start, .extent = extent[i] };
		if (r->extent.length > size - start)
			r->extent.length = size - start;
		start += r->extent.length;
	}
	if (e->extents == 1 && start == size && e->run[0].extent.kind == EXTENT_DATA)
		e->source.memory = memory_of(below, e->run[0].extent.offset, size);
	return &e->source;
}

bool source_offset_on(struct source *s, const struct source *media, uint64_t *offset)
{
	while (s && s != media && *offset < s->size)
		s = s->operations == &window_operations ? window_origin(s, offset) : s->operations == &extents_operations ? extents_origin(s, offset) : NULL;
	return s && s == media && *offset < s->size;
}
