/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_content.c: the bytes of a stream: resident, over the volume's clusters, or compressed with LZNT1.
 *
 * Sources: libyal/libfsntfs; [MS-XCA] 2.5 (LZNT1). A compressed stream is cut into units of 2^n clusters. A unit with all its clusters is stored as it
 * is; one with some holds LZNT1 chunks in those; one with none is zeros. A chunk that is damaged costs that chunk (libtsk loses the file). Bytes behind
 * the initialised size read as zeros, though the clusters hold old data. */
#include <stdlib.h>
#include <string.h>

#include "format/fs/ntfs.h"

enum { CHUNK = 4096, UNIT_MAX = 16 << 20 };

/* ---- LZNT1 ---- */

/* One chunk's body. Returns the bytes made; at most CHUNK. */
static size_t chunk_expand(const uint8_t *from, size_t length, uint8_t *to, size_t room, bool *damaged)
{
	size_t at = 0, made = 0;
	while (at < length && made < room) {
		unsigned flags = from[at++];
		for (unsigned bit = 0; bit < 8 && at < length && made < room; bit++, flags >>= 1) {
			if (!(flags & 1)) {
				to[made++] = from[at++];
				continue;
			}
			if (length - at < 2 || !made) {
				*damaged = true;
				return made;
			}
			unsigned token = (unsigned)from[at] | (unsigned)from[at + 1] << 8, shift = 12, mask = 0xfff;
			at += 2;
			/* The further into the chunk, the more bits the distance takes. */
			for (size_t p = made - 1; p >= 16; p >>= 1) {
				mask >>= 1;
				shift--;
			}
			size_t count = (token & mask) + 3, distance = (token >> shift) + 1;
			if (distance > made) {
				*damaged = true;
				return made;
			}
			for (; count && made < room; count--, made++)
				to[made] = to[made - distance];
		}
	}
	return made;
}

size_t ntfs_lznt1(const uint8_t *from, size_t length, uint8_t *to, size_t room, bool *damaged)
{
	size_t at = 0, made = 0;
	memset(to, 0, room);
	while (at + 2 <= length && made < room) {
		unsigned head = (unsigned)from[at] | (unsigned)from[at + 1] << 8;       /* bit 15 compressed, 12-14 three, 0-11 length - 1 */
		size_t body = (head & 0xfff) + 1;
		if (!head)
			break;
		at += 2;
		if (body > length - at) {
			*damaged = true;
			body = length - at;
		}
		size_t left = room - made < CHUNK ? room - made : CHUNK;
		if (head & 0x8000)
			chunk_expand(from + at, body, to + made, left, damaged);        /* a short last chunk leaves zeros */
		else
			memcpy(to + made, from + at, body < left ? body : left);
		at += body;
		made += left;
	}
	return made;
}

/* ---- clusters ---- */

struct extent_list { struct extent *extent; size_t count; };

static void extent_append(struct extent_list *x, uint64_t offset, uint64_t length, enum extent_kind kind)
{
	struct extent *last = x->count ? &x->extent[x->count - 1] : NULL;
	if (!length)
		return;
	if (last && last->kind == kind && (kind != EXTENT_DATA || last->offset + last->length == offset))
		last->length += length;
	else
		x->extent[x->count++] = (struct extent){ .offset = offset, .length = length, .kind = kind };
}

void ntfs_stream_extents(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                         struct extent **extent, size_t *extents)
{
	struct ntfs_run *run;
	size_t runs;
	bool damaged;
	ntfs_stream_runs(v, e, first, step, arena, &run, &runs, &damaged);
	struct extent_list x = { .extent = arena_array(arena, 2 * runs + 4, sizeof *x.extent) };
	uint64_t size = first->size, valid = first->initialised < size ? first->initialised : size, at = 0;
	for (size_t i = 0; i < runs && at < size; i++) {
		uint64_t start = run[i].vcn * v->cluster_size, length = run[i].count * v->cluster_size;
		if (start > at) {       /* a piece is missing */
			uint64_t gap = start - at < size - at ? start - at : size - at;
			extent_append(&x, 0, gap, EXTENT_UNREADABLE);
			at += gap;
		}
		if (length > size - at)
			length = size - at;
		uint64_t before = content_of_run(at, length, valid);
		extent_append(&x, run[i].lcn * v->cluster_size, before, run[i].hole ? EXTENT_ZERO : EXTENT_DATA);
		extent_append(&x, 0, length - before, EXTENT_ZERO);
		at += length;
	}
	if (at < size)
		extent_append(&x, 0, size - at, at >= valid && !damaged ? EXTENT_ZERO : EXTENT_UNREADABLE);
	*extent = x.extent;
	*extents = x.count;
}

void ntfs_stream_slack(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                       struct extent **extent, size_t *extents, uint64_t *size)
{
	struct ntfs_run *run;
	size_t runs;
	bool damaged;
	ntfs_stream_runs(v, e, first, step, arena, &run, &runs, &damaged);
	struct extent_list x = { .extent = arena_array(arena, runs + 1, sizeof *x.extent) };
	uint64_t written = first->initialised < first->size ? first->initialised : first->size;
	*size = 0;
	for (size_t i = 0; i < runs; i++) {
		uint64_t length = run[i].count * v->cluster_size, content = content_of_run(run[i].vcn * v->cluster_size, length, written);
		if (run[i].hole)
			continue;
		extent_append(&x, run[i].lcn * v->cluster_size + content, length - content, EXTENT_DATA);
		*size += length - content;
	}
	*extent = x.extent;
	*extents = x.count;
}

/* ---- compressed streams ---- */

struct compressed {
	struct source source;
	struct source *volume;
	struct reporter *report;
	char *step;
	uint32_t cluster_size;
	uint64_t unit_size, valid;
	struct ntfs_run *run; size_t runs;
	struct arena arena;
	uint8_t *unit, *packed;         /* one unit, expanded, and as stored */
	uint64_t held;                  /* number of the unit in `unit`; UINT64_MAX: none */
	bool held_taint;
};

/* The run that holds a cluster of the stream; `runs` when none does. */
static size_t run_of(const struct compressed *c, uint64_t vcn)
{
	size_t low = 0, high = c->runs;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->run[middle].vcn + c->run[middle].count <= vcn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->runs && c->run[low].vcn <= vcn ? low : c->runs;
}

static void unit_load(struct compressed *c, uint64_t number)
{
	uint64_t clusters = c->unit_size / c->cluster_size, first = number * clusters, stored = 0;
	bool taint = false, missing = false;
	for (uint64_t i = 0; i < clusters;) {
		size_t r = run_of(c, first + i);
		if (r == c->runs) {
			missing = first + i < (c->source.size + c->cluster_size - 1) / c->cluster_size;
			break;
		}
		uint64_t into = first + i - c->run[r].vcn, count = c->run[r].count - into;
		if (count > clusters - i)
			count = clusters - i;
		if (!c->run[r].hole) {
			source_read_at(c->volume, (c->run[r].lcn + into) * c->cluster_size, c->packed + stored * c->cluster_size, (size_t)count * c->cluster_size, &taint);
			stored += count;
		}
		i += count;
	}
	bool damaged = false;
	if (!stored)
		memset(c->unit, 0, (size_t)c->unit_size);
	else if (stored == clusters)
		memcpy(c->unit, c->packed, (size_t)c->unit_size);
	else
		ntfs_lznt1(c->packed, (size_t)(stored * c->cluster_size), c->unit, (size_t)c->unit_size, &damaged);
	if (damaged)
		report_error(c->report, "damage", "ntfs.compressed", c->step, 0, 0, "compressed data of unit %llu (bytes from %llu) is damaged",
		             (unsigned long long)number, (unsigned long long)(number * c->unit_size));
	c->held = number;
	c->held_taint = taint || damaged || missing;
}

static void compressed_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct compressed *c = (struct compressed *)s;
	uint8_t *out = to;
	while (length) {
		uint64_t number = offset / c->unit_size, into = offset % c->unit_size;
		size_t take = c->unit_size - into < length ? (size_t)(c->unit_size - into) : length;
		if (offset >= c->valid) {
			memset(out, 0, take);
		} else {
			if (number != c->held)
				unit_load(c, number);
			memcpy(out, c->unit + into, take);
			if (offset + take > c->valid)
				memset(out + (c->valid - offset), 0, take - (size_t)(c->valid - offset));
			if (c->held_taint)
				*taint = true;
		}
		out += take;
		offset += take;
		length -= take;
	}
}

static void compressed_close(struct source *s)
{
	struct compressed *c = (struct compressed *)s;
	arena_free(&c->arena);
	free(c->step);
	free(c->unit);
	free(c->packed);
	free(c);
}

static struct source *compressed_open(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step)
{
	static const struct source_operations operations = { compressed_read_at, compressed_close };
	uint64_t unit = (uint64_t)v->cluster_size << first->compression_unit;
	if (first->compression_unit > 16 || unit > UNIT_MAX) {
		report_error(v->report, "damage", "ntfs.compressed", step, 0, 0, "compression unit of 2^%u clusters", first->compression_unit);
		return NULL;
	}
	struct compressed *c = memory_new(sizeof *c);
	c->source = (struct source){ .operations = &operations, .size = first->size, .sector_size = v->sector_size };
	c->volume = v->source;
	c->report = v->report;
	c->step = step ? memory_string(step) : NULL;
	c->cluster_size = v->cluster_size;
	c->unit_size = unit;
	c->valid = first->initialised < first->size ? first->initialised : first->size;
	bool damaged;
	ntfs_stream_runs(v, e, first, step, &c->arena, &c->run, &c->runs, &damaged);
	c->unit = memory_new((size_t)unit);
	c->packed = memory_new((size_t)unit);
	c->held = UINT64_MAX;
	return &c->source;
}

struct source *ntfs_stream_open(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step)
{
	if (first->resident)
		return source_of_memory(memory_copy(first->value ? first->value : (const uint8_t *)"", first->value_length), first->value_length, true);
	if (!v->source)
		return NULL;
	if (first->flags & NTFS_COMPRESSED && first->compression_unit)
		return compressed_open(v, e, first, step);
	struct arena a = { 0 };
	struct extent *extent;
	size_t extents;
	ntfs_stream_extents(v, e, first, step, &a, &extent, &extents);
	struct source *s = source_of_extents(v->source, extent, extents, first->size);
	arena_free(&a);
	return s;
}
