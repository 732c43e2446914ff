/* SPDX-License-Identifier: Apache-2.0 */
/* iso_tree.c: see iso_tree.h. Source: ECMA-119 (ISO 9660) 8.4, 8.5, 9.1; ISO 9660:1999 adds a second descriptor whose names are any bytes, up to 207.
 *
 * libtsk 4.11.1 takes that descriptor for an empty Joliet one and then waits for its own lock for ever, though the volume is valid (genisoimage
 * -iso-level 4). Only the tree is read here: no Rock Ridge, no path table. An entry's address is the byte offset of its directory record. */
#include "format/fs/iso_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/fs/number_set.h"
#include "format/fs/tsk_times.h"

enum {
	SECTOR = 2048, FIRST = 16, DESCRIPTORS_MAX = 64, RECORD_MIN = 34, DEPTH_MAX = 4096, DIRECTORY_MAX = 64 << 20, ROOT_AT = 156, SECTIONS_MAX = 4096,
	FLAG_HIDDEN = 1, FLAG_DIRECTORY = 2, FLAG_MORE = 0x80,
};

struct level {
	uint64_t at, end;               /* bytes of the volume */
	size_t path_length;
	bool by_path;
};

struct iso_tree {
	uint32_t block_size;
	uint64_t root_at, root_size;
	bool started;
	struct level *level; size_t depth, capacity;
	struct buffer path;
	struct number_set directories, paths;
};

struct record {
	uint64_t at, length;            /* of the directory record */
	uint64_t start, size;           /* of the content, bytes */
	const uint8_t *name; size_t name_length;
	uint8_t date[7], flags;
	bool interleaved;
	uint8_t bytes[256];
};

/* The record at a place; false: none (the rest of the sector is empty) or it makes no sense. */
static bool record_read(const struct iso_tree *t, struct source *s, uint64_t at, uint64_t end, struct record *r)
{
	memset(r, 0, offsetof(struct record, bytes));
	size_t got = source_read_at(s, at, r->bytes, end - at < sizeof r->bytes ? (size_t)(end - at) : sizeof r->bytes, NULL);
	struct cursor c = cursor_of(r->bytes, got, at);
	uint8_t length = cursor_u8(&c), extended = cursor_u8(&c);       /* 0 length, 1 blocks of extended attributes u8; 2 block u32 LE (then BE); 10 size u32 LE */
	uint64_t block = cursor_u32le(&c);
	c.at = 10;
	r->size = cursor_u32le(&c);
	c.at = 18;              /* 18 date; 25 flags; 26 unit, 27 gap u8; 32 name length u8; 33 name */
	const uint8_t *date = cursor_bytes(&c, 7);
	r->flags = cursor_u8(&c);
	r->interleaved = cursor_u8(&c) != 0;
	c.at = 32;
	r->name_length = cursor_u8(&c);
	r->name = cursor_bytes(&c, r->name_length);
	if (c.bad || length < RECORD_MIN || length > got || 33 + r->name_length > length || !r->name_length)
		return false;
	memcpy(r->date, date, sizeof r->date);
	r->at = at;
	r->length = length;
	r->start = (block + extended) * t->block_size;
	/* File identifiers end with a version, and a dot where there is no extension. */
	for (size_t i = r->name_length; i-- > 1 && r->name[i] >= '0' && r->name[i] <= '9';)
		if (r->name[i - 1] == ';') {
			r->name_length = i - 1;
			break;
		}
	if (r->name_length > 1 && r->name[r->name_length - 1] == '.')
		r->name_length--;
	return true;
}

static bool record_is_dots(const struct record *r)
{
	return r->name_length == 1 && r->name[0] <= 1;
}

static void level_push(struct iso_tree *t, struct container *c, const struct record *r, bool by_path, const char *step)
{
	uint64_t size = r->size;
	if (t->depth == DEPTH_MAX || t->path.length > NODE_PATH_MAX) {
		report_error(c->report, "limit", t->depth == DEPTH_MAX ? "fs.depth" : "fs.path", step, r->at, r->length, "directory not entered: nested too deeply");
		return;
	}
	if (!number_set_add(&t->directories, r->start)) {
		report_note(c->report, "fs.directory-twice", step, r->at, r->length, "directory has more than one name; its content is listed under the first");
		return;
	}
	if (r->start > c->source->size || size > c->source->size - r->start || size > DIRECTORY_MAX) {
		report_error(c->report, "damage", "iso.directory", step, r->at, r->length, "directory of %llu bytes reaches beyond the volume", (unsigned long long)size);
		size = r->start < c->source->size ? c->source->size - r->start : 0;
		if (size > DIRECTORY_MAX)
			size = DIRECTORY_MAX;
	}
	t->level = memory_room(t->level, t->depth, &t->capacity, sizeof *t->level);
	t->level[t->depth++] = (struct level){ .at = r->start, .end = r->start + size, .path_length = t->path.length, .by_path = by_path };
}

/* The next record of a directory that has a name, and what follows it of the same file. False: the end. */
static bool level_record(const struct iso_tree *t, struct container *c, struct level *level, struct record *r)
{
	while (level->at < level->end) {
		if (!record_read(t, c->source, level->at, level->end, r)) {
			uint8_t length = 0;
			source_read_at(c->source, level->at, &length, 1, NULL);
			if (length)
				report_error(c->report, "damage", "iso.record", NULL, level->at, length, "directory record makes no sense; the rest of its sector is left out");
			level->at = (level->at / SECTOR + 1) * SECTOR;
			continue;
		}
		level->at += r->length;
		if (!record_is_dots(r))
			return true;
	}
	return false;
}

static uint64_t hash_of(const struct buffer *b)
{
	uint64_t h = 14695981039346656037U;
	for (size_t i = 0; i < b->length; i++)
		h = (h ^ b->data[i]) * 1099511628211U;
	return h;
}

/* `level`: where the sections of the same file follow. path: escaped, of the entry. */
static void node_fill(const struct iso_tree *t, struct container *c, struct level *level, const struct record *r, const struct buffer *path, const char *step,
                      struct node *n)
{
	struct arena *a = &c->arena;
	bool directory = r->flags & FLAG_DIRECTORY;
	*n = (struct node){ .kind = directory ? NODE_DIRECTORY : NODE_FILE, .step = step, .has_allocated = true, .allocated = true, .has_size = true,
		.size = r->size, .has_owner = true };
	n->name = (struct node_text){ .bytes = arena_copy(a, r->name, r->name_length), .length = r->name_length };
	n->path = (struct node_text){ .bytes = arena_copy(a, path->data, path->length), .length = path->length };
	n->address = arena_format(a, "%llu", (unsigned long long)r->at);
	n->name_type = directory ? 'd' : 'r';
	memcpy(n->mode, directory ? "d---------" : "r---------", 11);
	n->time[NODE_CRTIME] = tsk_time_iso(r->date);
	if (r->flags & FLAG_HIDDEN)
		node_flag(n, "hidden");
	if (directory)
		return;
	if (r->interleaved) {
		report_error(c->report, "unsupported", "iso.interleaved", step, r->at, r->length, "interleaved file: its content is not put together");
		return;
	}
	struct extent *extent = arena_array(a, SECTIONS_MAX, sizeof *extent);
	size_t extents = 0;
	uint64_t size = 0;
	struct record section = *r;
	for (;;) {
		if (section.size)
			extent[extents++] = (struct extent){ .offset = section.start, .length = section.size,
				.kind = section.start < c->source->size ? EXTENT_DATA : EXTENT_UNREADABLE };
		size += section.size;
		if (!(section.flags & FLAG_MORE) || !level || extents == SECTIONS_MAX || !level_record(t, c, level, &section))
			break;
	}
	n->size = size;
	n->extent = extent;
	n->extents = extents;
	n->content = CONTENT_EXTENTS;
	n->order = r->start;
}

static char *address_step(struct container *c, const struct record *r)
{
	return arena_format(&c->arena, "%s:#%llu", c->format->name, (unsigned long long)r->at);
}

static char *path_step(struct container *c, const struct buffer *path)
{
	return arena_format(&c->arena, "%s:%.*s", c->format->name, (int)path->length, (const char *)path->data);
}

int iso_tree_next(struct iso_tree *t, struct container *c, struct node *n)
{
	if (!t->started) {
		t->started = true;
		level_push(t, c, &(struct record){ .start = t->root_at, .size = t->root_size }, true, NULL);
	}
	while (t->depth) {
		struct level *level = &t->level[t->depth - 1];
		struct record r;
		t->path.length = level->path_length;
		if (!level_record(t, c, level, &r)) {
			t->depth--;
			continue;
		}
		if (c->report && c->report->step && !c->report->step(c->report, r.at))
			continue;
		buffer_byte(&t->path, '/');
		locator_escape(&t->path, r.name, r.name_length);
		bool by_path = level->by_path && number_set_add(&t->paths, hash_of(&t->path));
		const char *step = by_path ? path_step(c, &t->path) : address_step(c, &r);
		node_fill(t, c, level, &r, &t->path, step, n);
		if (r.flags & FLAG_DIRECTORY)
			level_push(t, c, &r, by_path, step);
		return 1;
	}
	return 0;
}

static bool find_path(struct iso_tree *t, struct container *c, const char *path, size_t length, struct node *n)
{
	struct buffer wanted = { 0 }, whole = { 0 };
	struct level level = { .at = t->root_at, .end = t->root_at + t->root_size };
	const char *at = path, *end = path + length;
	bool found = false, there = true;
	while (at < end && *at == '/' && there && !found) {
		const char *part = ++at;
		struct record r;
		while (at < end && *at != '/')
			at++;
		buffer_clear(&wanted);
		there = false;
		if (!locator_unescape(&wanted, part, (size_t)(at - part)))
			break;
		while (!there && level_record(t, c, &level, &r))
			there = r.name_length == wanted.length && memcmp(r.name, wanted.data, wanted.length) == 0;
		if (!there)
			break;
		buffer_byte(&whole, '/');
		locator_escape(&whole, r.name, r.name_length);
		if (at == end) {
			node_fill(t, c, &level, &r, &whole, path_step(c, &whole), n);
			found = true;
		}
		there = r.flags & FLAG_DIRECTORY;
		level = (struct level){ .at = r.start, .end = r.start + (r.size < DIRECTORY_MAX ? r.size : DIRECTORY_MAX) };
	}
	buffer_free(&wanted);
	buffer_free(&whole);
	return found;
}

bool iso_tree_find(struct iso_tree *t, struct container *c, const struct locator_step *step, struct node *n)
{
	if (step->stream.length || !step->name.length)
		return false;
	if (step->name.text[0] == '/')
		return find_path(t, c, step->name.text, step->name.length, n);
	char *digits = arena_copy(&c->arena, step->name.text + 1, step->name.length - 1), *end;
	unsigned long long at = strtoull(digits, &end, 10);
	struct record r;
	struct buffer no_path = { 0 };
	if (end == digits || *end || at >= c->source->size || !record_read(t, c->source, at, c->source->size, &r))
		return false;
	struct level after = { .at = at + r.length, .end = c->source->size };
	node_fill(t, c, &after, &r, &no_path, address_step(c, &r), n);
	return true;
}

struct iso_tree *iso_tree_open(struct container *c)
{
	struct iso_tree *t = memory_new(sizeof *t);
	bool enhanced = false;
	for (uint64_t i = FIRST; i < FIRST + DESCRIPTORS_MAX && !enhanced; i++) {
		uint8_t sector[SECTOR];
		if (source_read_at(c->source, i * SECTOR, sector, sizeof sector, NULL) < sizeof sector || memcmp(sector + 1, "CD001", 5) != 0 || sector[0] == 255)
			break;
		struct cursor s = cursor_of(sector, sizeof sector, i * SECTOR);
		enhanced = sector[0] == 2 && sector[6] == 2;            /* type 2 supplementary, version 2: ISO 9660:1999 */
		if (sector[0] != 1 && !enhanced)
			continue;
		s.at = 128;     /* 128 block size u16 */
		t->block_size = cursor_u16le(&s);
		s.at = ROOT_AT + 2;
		uint64_t block = cursor_u32le(&s);
		s.at = ROOT_AT + 10;
		t->root_size = cursor_u32le(&s);
		t->root_at = block * t->block_size;
	}
	if (t->block_size >= 512 && t->root_at && t->root_at < c->source->size)
		return t;
	iso_tree_close(t);
	return NULL;
}

void iso_tree_close(struct iso_tree *t)
{
	if (!t)
		return;
	free(t->level);
	buffer_free(&t->path);
	number_set_free(&t->directories);
	number_set_free(&t->paths);
	free(t);
}
