/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_index.c: the names in a directory's index $I30, those in use and those left behind in its slack.
 *
 * Source: libyal/libfsntfs, chapter on the index; the rules for what is believed to be a name in slack are libtsk's (ntfs_dent.cpp), so that the listing
 * agrees with fls, with two corrections: libtsk takes no leftover that is dated after 2019 (those are told apart), and it drops the whole directory when
 * one block's update sequence does not fit. The tree is not followed: all blocks are read in the order of the file, since that is where old names are. */
#include <stdlib.h>
#include <string.h>

#include "format/fs/ntfs.h"

enum { ENTRY_HEADER = 16, FILE_NAME_MIN = 67, ROOT_HEADER = 16, BLOCK_LIST = 24, STRIDE = 512, INDEX_MEMORY = 256 << 20 };

/* FILETIMEs of 1970 and of 2100: what lies outside is no leftover name but chance. */
static const uint64_t YEAR_1970 = 116444736000000000U, YEAR_2100 = 157469184000000000U;

struct walk {
	const struct ntfs_volume *volume;
	const struct ntfs_entry *directory;
	void (*found)(void *argument, const struct ntfs_index_entry *entry);
	void *argument;
	bool deleted;
};

/* libtsk counts in steps of a hundred seconds, and its last one is the 153,030th day after 1601-01-01. */
static const uint64_t HUNDRED_SECONDS = 1000000000U, LIBTSK_LAST = UINT64_C(153030) * 864;

static bool time_is_likely(uint64_t t)
{
	return t >= YEAR_1970 && t <= YEAR_2100;
}

static bool time_is_late(uint64_t t)
{
	return t / HUNDRED_SECONDS > LIBTSK_LAST;
}

static bool leftover_is_likely(const struct ntfs_file_name *f)
{
	return f->name_space <= NTFS_NAMESPACE_BOTH && f->allocated >= f->size && f->name_units && f->name[0] && time_is_likely(f->created) &&
		time_is_likely(f->accessed) && time_is_likely(f->modified);
}

/* Entries from `at` on; those that end before `used` are in use. A step of four bytes looks for the next one where there is none. */
static void entries_walk(struct walk *w, const uint8_t *bytes, size_t size, size_t at, size_t used)
{
	size_t begin = at;
	while (at + ENTRY_HEADER + FILE_NAME_MIN < size) {
		struct cursor c = cursor_of(bytes, size, 0);
		c.at = at;              /* 0 reference u64, 8 entry length, 10 key length u16, 12 flags u32 */
		struct ntfs_index_entry found = { .reference = cursor_u64le(&c) };
		uint16_t length = cursor_u16le(&c), key_length = cursor_u16le(&c);
		struct cursor key = c;
		key.at = at + ENTRY_HEADER;
		size_t left = size - key.at;
		if (ntfs_reference_record(found.reference) > w->volume->records || length <= key_length || length % 4 || length > size - begin ||
		    !ntfs_file_name_parse(bytes + key.at, left, &found.file_name) ||
		    ntfs_reference_record(found.file_name.parent) != w->directory->number) {
			at += 4;
			continue;
		}
		bool leftover = !key_length || at + length > used;
		if (leftover && !leftover_is_likely(&found.file_name)) {
			at += 4;
			continue;
		}
		found.allocated = !leftover && !w->deleted;
		found.late = leftover && (time_is_late(found.file_name.created) || time_is_late(found.file_name.accessed) || time_is_late(found.file_name.modified));
		if (found.file_name.name_space != NTFS_NAMESPACE_DOS)
			w->found(w->argument, &found);
		/* A removed entry has lost its length; the name tells it. */
		at = key_length ? at + length : (at + ENTRY_HEADER + FILE_NAME_MIN - 1 + 2 * found.file_name.name_units + 3) / 4 * 4;
	}
}

/* The update sequence of a block, undone as far as it fits. */
static bool block_fix(uint8_t *block, size_t size)
{
	struct cursor c = cursor_of(block, size, 0);
	c.at = 4;
	uint16_t at = cursor_u16le(&c), count = cursor_u16le(&c);
	bool fits = true;
	if (!count || (size_t)at + 2 * (size_t)count > size || (count - 1U) * STRIDE > size)
		return false;
	for (size_t i = 1; i < count; i++) {
		uint8_t *tail = block + i * STRIDE - 2;
		if (memcmp(tail, block + at, 2) == 0)
			memcpy(tail, block + at + 2 * i, 2);
		else
			fits = false;
	}
	return fits;
}

static void block_walk(struct walk *w, uint8_t *block, size_t size, uint64_t where)
{
	bool fits = block_fix(block, size);
	struct cursor c = cursor_of(block, size, 0);
	c.at = BLOCK_LIST;      /* offsets from 24: first entry u32, end of those in use u32 */
	uint64_t first = cursor_u32le(&c), end = cursor_u32le(&c);
	bool sane = !c.bad && first >= 16 && first <= end && BLOCK_LIST + end <= size;
	if (!fits || !sane)
		report_error(w->volume->report, "damage", "ntfs.index", NULL, 0, 0, "directory entry %llu: index block at byte %llu of its index: %s",
		             (unsigned long long)w->directory->number, (unsigned long long)where, fits ? "bad offsets" : "bad update sequence");
	if (sane)
		entries_walk(w, block, size, BLOCK_LIST + (size_t)first, BLOCK_LIST + (size_t)end);
}

static void allocation_walk(struct walk *w, const struct ntfs_attribute *allocation, struct arena *a)
{
	if (!w->volume->source)
		return;
	struct ntfs_attribute whole = *allocation;
	whole.size = whole.initialised = whole.allocated;       /* slack included */
	whole.flags = 0;
	struct extent *extent;
	size_t extents;
	ntfs_stream_extents(w->volume, w->directory, &whole, NULL, a, &extent, &extents);
	uint64_t size = 0, at_extent = 0;
	for (size_t i = 0; i < extents; i++) {          /* as far as there are clusters, whatever the attribute claims */
		at_extent += extent[i].length;
		if (extent[i].kind == EXTENT_DATA)
			size = at_extent;
	}
	if (size > INDEX_MEMORY) {
		report_error(w->volume->report, "limit", "ntfs.index", NULL, 0, 0, "directory entry %llu: index of %llu bytes; %d are read",
		             (unsigned long long)w->directory->number, (unsigned long long)size, INDEX_MEMORY);
		size = INDEX_MEMORY;
	}
	struct source *s = source_of_extents(w->volume->source, extent, extents, whole.size);
	uint8_t *bytes = memory_new((size_t)size);
	size_t length = source_read_at(s, 0, bytes, (size_t)size, NULL);
	source_close(s);
	size_t step = w->volume->index_size < w->volume->cluster_size ? w->volume->index_size : w->volume->cluster_size, block = SIZE_MAX;
	for (size_t at = 0; at < length; at += step) {
		if (length - at < 4 || memcmp(bytes + at, "INDX", 4) != 0)
			continue;       /* goes on, or is the slack of the block before */
		if (block != SIZE_MAX)
			block_walk(w, bytes + block, at - block, block);
		block = at;
	}
	if (block != SIZE_MAX)
		block_walk(w, bytes + block, length - block, block);
	free(bytes);
}

bool ntfs_index_walk(const struct ntfs_volume *v, const struct ntfs_entry *directory, struct arena *a,
                     void (*found)(void *argument, const struct ntfs_index_entry *entry), void *argument)
{
	struct walk w = { .volume = v, .directory = directory, .found = found, .argument = argument, .deleted = !(directory->flags & NTFS_IN_USE) };
	const struct ntfs_attribute *root = ntfs_attribute_find(directory, NTFS_INDEX_ROOT, "$I30");
	if (!root || !root->resident)
		return false;
	struct cursor c = cursor_of(root->value, root->value_length, 0);
	uint32_t indexed = cursor_u32le(&c);
	c.at = ROOT_HEADER;     /* offsets from 16: first entry u32, end of those in use u32, end of the room u32 */
	uint64_t first = cursor_u32le(&c), end = cursor_u32le(&c), room = cursor_u32le(&c);
	if (indexed != NTFS_FILE_NAME || c.bad)
		return false;
	if (first <= end && end <= room && ROOT_HEADER + room <= root->value_length)
		entries_walk(&w, root->value, ROOT_HEADER + (size_t)room, ROOT_HEADER + (size_t)first, ROOT_HEADER + (size_t)end);
	else
		report_error(v->report, "damage", "ntfs.index", NULL, 0, 0, "directory entry %llu: bad offsets in its index root",
		             (unsigned long long)directory->number);
	const struct ntfs_attribute *allocation = ntfs_attribute_find(directory, NTFS_INDEX_ALLOCATION, "$I30");
	if (allocation && !allocation->resident && allocation->allocated)
		allocation_walk(&w, allocation, a);
	return true;
}
