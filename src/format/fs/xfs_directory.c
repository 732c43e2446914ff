/* SPDX-License-Identifier: Apache-2.0 */
/* xfs_directory.c: the entries of a directory, whatever its form: within the inode, in one block, in many. See xfs.h for the source.
 *
 * The index of hashes of large directories is not needed: all entries lie in the data blocks below 32 GiB of the directory. What was removed from a block keeps its name: the
 * entry becomes free space, of which the first four bytes say so, and only they are lost of it (the upper half of the inode number). Such entries are given as deleted where
 * their own end still says where they begin. */
#include <stdlib.h>
#include <string.h>

#include "format/fs/xfs.h"

enum { HEADER = 16, HEADER5 = 64, SUM5 = 4, TAIL = 8, HASH = 8, ENTRY_MIN = 16, FREE_TAG = 0xffff, NAME_MAX_BYTES = 255 };
#define INDEX_FROM (UINT64_C(1) << 35)          /* bytes of the directory */
#define NONE UINT64_MAX

void xfs_directory_open(struct xfs *x, struct xfs_directory *d, const struct xfs_inode *i, bool quiet)
{
	*d = (struct xfs_directory){ .inode = *i, .open = true, .quiet = quiet, .block_number = NONE };
	if (i->format != XFS_FORMAT_LOCAL)
		xfs_runs_read(x, i, false, NULL, &d->runs);
}

void xfs_directory_close(struct xfs_directory *d)
{
	free(d->runs.run);
	free(d->block);
	free(d->place);
	*d = (struct xfs_directory){ 0 };
}

static void damage(struct xfs *x, const struct xfs_directory *d, uint64_t at, uint64_t length, const char *what)
{
	if (!d->quiet)
		report_error(x->container.report, "damage", "xfs.directory", NULL, at, length, "directory inode %llu: %s", (unsigned long long)d->inode.number, what);
}

/* ---- within the inode: count u8, of them with long numbers u8, parent; entries: length u8, offset u16, name, type u8, number of 4 or 8 bytes */

static bool local_next(struct xfs *x, struct xfs_directory *d, uint64_t position, struct xfs_entry *e)
{
	struct cursor c = cursor_of(d->inode.bytes + d->inode.fork, d->inode.fork_length, d->inode.at + d->inode.fork);
	uint8_t count = cursor_u8(&c), longs = cursor_u8(&c);
	size_t number = longs ? 8 : 4;
	cursor_skip(&c, number);
	for (unsigned i = 0; i < count; i++) {
		size_t at = c.at;
		e->name_length = cursor_u8(&c);
		cursor_skip(&c, 2);
		e->name = cursor_bytes(&c, e->name_length);
		cursor_skip(&c, x->entry_types);
		e->inode = cursor_be(&c, number);
		if (c.bad || !e->name_length) {
			if (at >= position)
				damage(x, d, d->inode.at, d->inode.length, "an entry makes no sense; the rest of them is left out");
			return false;
		}
		if (at < position)
			continue;
		e->own = at;
		e->at = d->inode.at + d->inode.fork + at;
		e->length = c.at - at;
		e->position = c.at;
		e->deleted = false;
		return true;
	}
	return false;
}

/* ---- in blocks */

static void place_add(struct xfs_directory *d, size_t at, size_t length, bool deleted)
{
	d->place = memory_room(d->place, d->places, &d->capacity, sizeof *d->place);
	d->place[d->places++] = (struct place){ .at = (uint32_t)at, .length = (uint32_t)length, .deleted = deleted };
}

/* Length of the entry at a place: number u64, length u8, name, type u8, padding to 8 bytes, of which the last two say where the entry begins. 0: it makes no sense. */
static size_t entry_length(const struct xfs *x, const uint8_t *block, size_t at, size_t end)
{
	if (end - at < ENTRY_MIN)
		return 0;
	size_t name = block[at + 8], length = (8 + 1 + name + x->entry_types + 2 + 7) / 8 * 8;
	return name && length <= end - at ? length : 0;
}

/* Entries that became free space. The one that ends where the space does had its own mark written over. */
static void deleted_find(const struct xfs *x, struct xfs_directory *d, size_t from, size_t end)
{
	for (size_t at = from, length; end - at >= ENTRY_MIN; at += length ? length : 8) {
		length = entry_length(x, d->block, at, end);
		if (!length)
			continue;
		size_t mark = (size_t)d->block[at + length - 2] << 8 | d->block[at + length - 1];
		bool name = true;
		for (size_t i = 0; i < d->block[at + 8]; i++)
			name &= d->block[at + 9 + i] != 0 && d->block[at + 9 + i] != '/';
		if (name && (mark == at || (at + length == end && mark == from)))
			place_add(d, at, length, true);
		else
			length = 0;
	}
}

static void places_find(struct xfs *x, struct xfs_directory *d, size_t at, size_t end)
{
	while (end - at >= 8) {
		size_t length, tag = (size_t)d->block[at] << 8 | d->block[at + 1];
		if (tag == FREE_TAG) {
			length = (size_t)d->block[at + 2] << 8 | d->block[at + 3];
			if (length >= 8 && length % 8 == 0 && length <= end - at)
				deleted_find(x, d, at, at + length);
			else
				length = 0;
		} else {
			length = entry_length(x, d->block, at, end);
			if (length)
				place_add(d, at, length, false);
		}
		if (!length) {
			damage(x, d, d->block_at + at, end - at, "an entry makes no sense; the rest of its block is left out");
			return;
		}
		at += length;
	}
}

/* The bytes of directory block `number`; its blocks may lie apart. */
static bool block_gather(struct xfs *x, struct xfs_directory *d, uint64_t number)
{
	uint64_t first = number * (x->directory_block_size / x->block_size);
	uint32_t done = 0;
	for (size_t r = 0; r < d->runs.count && done < x->directory_block_size; r++) {
		const struct xfs_run *run = &d->runs.run[r];
		uint64_t block = first + done / x->block_size;
		while (block >= run->file_block && block - run->file_block < run->blocks && done < x->directory_block_size) {
			uint64_t at = run->at + (block - run->file_block) * x->block_size;
			if (!done)
				d->block_at = at;
			source_read_at(x->source, at, d->block + done, x->block_size, NULL);
			done += x->block_size;
			block++;
		}
	}
	return done == x->directory_block_size;
}

static void block_load(struct xfs *x, struct xfs_directory *d, uint64_t number)
{
	d->block_number = number;
	d->places = 0;
	if (!d->block)
		d->block = memory_new(x->directory_block_size);
	if (!block_gather(x, d, number)) {
		damage(x, d, d->inode.at, d->inode.length, "a part of a block is missing: its entries are left out");
		return;
	}
	struct cursor c = cursor_of(d->block, x->directory_block_size, d->block_at);
	uint32_t magic = cursor_u32be(&c);
	bool single = magic == (x->v5 ? 0x58444233 : 0x58443242);       /* "XDB3", "XD2B"; "XDD3", "XD2D" */
	size_t end = x->directory_block_size;
	if (!single && magic != (x->v5 ? 0x58444433 : 0x58443244)) {
		damage(x, d, d->block_at, x->directory_block_size, "a block is no directory's: its entries are left out");
		return;
	}
	if (x->v5 && !xfs_sum_good(d->block, x->directory_block_size, SUM5))
		damage(x, d, d->block_at, x->directory_block_size, "wrong checksum of a block; it is used all the same");
	if (single) {           /* at its end: the index, then how many there are in it */
		c.at = end - TAIL;
		uint64_t index = (uint64_t)cursor_u32be(&c) * HASH;
		if (index > end - TAIL - HEADER5)
			damage(x, d, d->block_at + end - TAIL, TAIL, "the index at the end of its block makes no sense");
		else
			end -= TAIL + (size_t)index;
	}
	places_find(x, d, x->v5 ? HEADER5 : HEADER, end);
}

/* The first directory block from `number` on that has blocks; NONE: there are no more. */
static uint64_t block_from(const struct xfs *x, const struct xfs_directory *d, uint64_t number)
{
	uint32_t each = x->directory_block_size / x->block_size;
	for (size_t r = 0; r < d->runs.count; r++) {
		const struct xfs_run *run = &d->runs.run[r];
		if (run->file_block + run->blocks <= number * each)
			continue;
		uint64_t found = run->file_block > number * each ? run->file_block / each : number;
		return found < INDEX_FROM / x->directory_block_size ? found : NONE;
	}
	return NONE;
}

static bool is_dots(const uint8_t *name, size_t length)
{
	return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

static bool block_next(struct xfs *x, struct xfs_directory *d, uint64_t position, struct xfs_entry *e)
{
	for (;;) {
		uint64_t number = block_from(x, d, position / x->directory_block_size);
		if (number == NONE)
			return false;
		uint64_t start = number * x->directory_block_size;
		if (start > position)
			position = start;
		if (number != d->block_number)
			block_load(x, d, number);
		size_t low = 0, high = d->places;
		while (low < high) {
			size_t middle = (low + high) / 2;
			if (start + d->place[middle].at < position)
				low = middle + 1;
			else
				high = middle;
		}
		if (low == d->places) {
			position = start + x->directory_block_size;
			continue;
		}
		const struct place *p = &d->place[low];
		struct cursor c = cursor_of(d->block + p->at, p->length, 0);
		*e = (struct xfs_entry){ .own = start + p->at, .position = start + p->at + p->length, .at = d->block_at + p->at, .length = p->length, .deleted = p->deleted };
		if (p->deleted)
			cursor_skip(&c, 4);
		e->inode = p->deleted ? cursor_u32be(&c) : cursor_u64be(&c);
		e->name_length = cursor_u8(&c);
		e->name = cursor_bytes(&c, e->name_length);
		position = e->position;
		if (!is_dots(e->name, e->name_length))
			return true;
	}
}

bool xfs_directory_next(struct xfs *x, struct xfs_directory *d, uint64_t position, struct xfs_entry *e)
{
	return d->inode.format == XFS_FORMAT_LOCAL ? local_next(x, d, position, e) : block_next(x, d, position, e);
}
