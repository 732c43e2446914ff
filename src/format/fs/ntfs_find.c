/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_find.c: one file, stream or name of an NTFS volume by its locator step: by path along the directories' indexes, by address from its record. Nothing is listed for it
 * unless an index has lost the name. */
#include <string.h>

#include "base/text.h"
#include "format/fs/ntfs_listing.h"

struct search {
	const uint8_t *name; size_t length;     /* WTF-8 */
	bool exact, found;
	uint64_t reference;
	struct buffer utf16;
};

static bool same_folded(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	if (!a_length || !b_length || !text_is_utf8(a, a_length) || !text_is_utf8(b, b_length))
		return false;
	const uint8_t *a_end = a + a_length, *b_end = b + b_length;
	while (a < a_end && b < b_end)
		if (text_fold(text_utf8_next(&a, a_end)) != text_fold(text_utf8_next(&b, b_end)))
			return false;
	return a == a_end && b == b_end;
}

static void search_entry(void *argument, const struct ntfs_index_entry *entry)
{
	struct search *s = argument;
	if (!entry->allocated || s->exact)
		return;
	struct buffer raw = { 0 };
	locator_wtf8(&raw, entry->file_name.name, 2 * entry->file_name.name_units);
	bool exact = raw.length == s->length && memcmp(raw.data, s->name, s->length) == 0;
	if (exact || (!s->found && same_folded(raw.data, raw.length, s->name, s->length))) {
		s->found = true;
		s->exact = exact;
		s->reference = entry->reference;
		buffer_clear(&s->utf16);
		buffer_append(&s->utf16, entry->file_name.name, 2 * entry->file_name.name_units);
	}
	buffer_free(&raw);
}

/* A name that its directory's index lost, or knows in other case only: the records are asked. */
static void search_records(struct ntfs *f, uint64_t directory, struct search *s)
{
	struct arena a = { 0 };
	ntfs_tables_read(f);
	for (size_t i = 0; i < f->names && !s->exact; i++) {
		const struct ntfs_listed_name *n = &f->name[i];
		struct ntfs_entry e;
		struct ntfs_own_name *own;
		if (n->parent != directory || !(f->record[n->child].flags & NTFS_RECORD_IN_USE) || !ntfs_name_attached(f, n) || !ntfs_entry_read(&f->volume, n->child, &e, &a))
			continue;
		size_t count = ntfs_own_names(&e, &own, &a);
		for (size_t k = 0; k < count; k++)
			if (ntfs_reference_record(own[k].file_name.parent) == directory)
				search_entry(s, &(struct ntfs_index_entry){ .reference = ntfs_entry_reference(&e), .file_name = own[k].file_name, .allocated = true });
		arena_reset(&a);
	}
	arena_free(&a);
}

/* Which attribute a step's stream means. False: there is none of that name. */
static bool stream_find(const struct ntfs_entry *e, const struct locator_part *stream, const struct ntfs_attribute **found)
{
	struct buffer wanted = { 0 };
	bool there = !stream->length;
	*found = NULL;
	if (stream->length && !locator_unescape(&wanted, stream->text, stream->length))
		return false;
	for (size_t i = 0; i < e->attributes && !*found; i++) {
		const struct ntfs_attribute *a = &e->attribute[i];
		enum ntfs_shown shown = ntfs_attribute_shown(e, a);
		if (!stream->length && shown == NTFS_MAIN && (a->type == NTFS_INDEX_ROOT || !(e->flags & NTFS_DIRECTORY)))
			*found = a;
		if (!stream->length || shown == NTFS_HIDDEN)
			continue;
		struct buffer name = { 0 };
		locator_wtf8(&name, a->name, 2 * a->name_units);
		if (shown == NTFS_MAIN && a->type == NTFS_DATA && e->flags & NTFS_DIRECTORY)
			buffer_text(&name, "$DATA");
		if (name.length == wanted.length && memcmp(name.data, wanted.data, name.length) == 0)
			*found = a;
		buffer_free(&name);
	}
	buffer_free(&wanted);
	return there || *found;
}

static void found_fill(struct ntfs *f, const struct ntfs_entry *e, struct ntfs_name *name, const struct ntfs_attribute *a, struct node *n)
{
	ntfs_node_fill(&f->volume, e, name, a, &f->container.arena, n);
	bool first = true;      /* the $FILE_NAME goes with the first of a name's nodes */
	for (const struct ntfs_attribute *b = e ? e->attribute : NULL; a && b < a; b++)
		first &= ntfs_attribute_shown(e, b) == NTFS_HIDDEN;
	if (name->file_name_attribute && first)
		ntfs_file_name_attribute_fill(f, name, n);
}

static bool find_path(struct ntfs *f, const struct locator_step *step, struct node *n)
{
	struct arena *a = &f->container.arena;
	const char *at = step->name.text, *end = at + step->name.length;
	struct buffer name = { 0 }, path = { 0 };
	struct search s = { 0 };
	uint64_t directory = NTFS_ROOT;
	bool found = false;
	while (at < end && *at == '/') {
		const char *part = ++at;
		while (at < end && *at != '/')
			at++;
		buffer_clear(&name);
		struct ntfs_entry e;
		if (part == at || !locator_unescape(&name, part, (size_t)(at - part)) || !ntfs_entry_read(&f->volume, directory, &e, a))
			break;
		s.name = name.data;
		s.length = name.length;
		s.found = s.exact = false;
		ntfs_index_walk(&f->volume, &e, a, search_entry, &s);
		if (!s.exact)
			search_records(f, directory, &s);
		if (!s.found || !ntfs_entry_read(&f->volume, ntfs_reference_record(s.reference), &e, a) ||
		    ntfs_entry_sequence(&e) != ntfs_reference_sequence(s.reference))
			break;
		size_t units = s.utf16.length / 2;
		char *whole = ntfs_path_join(a, (const char *)path.data, path.length, s.utf16.data, units);
		if (at == end) {
			struct ntfs_name found_name = { .reference = s.reference, .parent = directory, .allocated = true, .path = whole,
				.step = ntfs_path_step(f, a, whole), .type = e.flags & NTFS_DIRECTORY ? 'd' : 'r' };
			found_name.name = arena_copy(a, s.utf16.data, s.utf16.length);
			found_name.name_units = units;
			struct ntfs_own_name *own;
			size_t count = ntfs_own_names(&e, &own, a);
			for (size_t i = 0; i < count; i++)
				if (ntfs_reference_record(own[i].file_name.parent) == directory && own[i].file_name.name_units == units &&
				    memcmp(own[i].file_name.name, s.utf16.data, s.utf16.length) == 0) {
					found_name.parent = own[i].file_name.parent;
					found_name.file_name = &own[i].file_name;
					found_name.file_name_attribute = own[i].attribute;
				}
			const struct ntfs_attribute *stream;
			found = stream_find(&e, &step->stream, &stream);
			if (found)
				found_fill(f, &e, &found_name, stream, n);
			break;
		}
		directory = ntfs_reference_record(s.reference);
		buffer_clear(&path);
		buffer_text(&path, whole);
	}
	buffer_free(&name);
	buffer_free(&path);
	buffer_free(&s.utf16);
	return found;
}

/* The path of a directory from its records alone, for one name: no pass is needed. */
static char *path_climb(struct ntfs *f, uint64_t parent, bool *orphan, struct arena *a)
{
	char *path = arena_format(a, "%s", "");
	*orphan = false;
	for (unsigned depth = 0; ntfs_reference_record(parent) != NTFS_ROOT || !depth; depth++) {
		struct ntfs_entry e;
		struct ntfs_own_name *own;
		if (depth == NTFS_DEPTH_MAX || !ntfs_entry_read(&f->volume, ntfs_reference_record(parent), &e, a) || !(e.flags & NTFS_DIRECTORY) || ntfs_reference_record(e.base) ||
		    ntfs_entry_sequence(&e) != ntfs_reference_sequence(parent)) {
			*orphan = true;
			return arena_format(a, "%s%s", NTFS_ORPHAN_PATH, path);
		}
		if (e.number == NTFS_ROOT)
			break;
		size_t count = ntfs_own_names(&e, &own, a);
		if (!count) {
			*orphan = true;
			return arena_format(a, "%s%s", NTFS_ORPHAN_PATH, path);
		}
		char *component = ntfs_path_join(a, "", 0, own[0].file_name.name, own[0].file_name.name_units);
		path = arena_format(a, "%s%s", component, path);
		parent = own[0].file_name.parent;
	}
	return path;
}

static bool number_read(const char **at, const char *end, uint64_t *number)
{
	const char *start = *at;
	*number = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if (__builtin_mul_overflow(*number, (uint64_t)10, number) || __builtin_add_overflow(*number, (uint64_t)(**at - '0'), number))
			return false;
	return *at > start;
}

/* "#ENTRY", "#ENTRY-SEQUENCE", with "@N" or "@DIRECTORY.K". */
static bool find_address(struct ntfs *f, const struct locator_step *step, struct node *n)
{
	struct arena *a = &f->container.arena;
	const char *at = step->name.text + 1, *end = step->name.text + step->name.length;
	uint64_t number, sequence = 0, ordinal = 0, extra = 0;
	bool any = true, only_index = false;
	if (!number_read(&at, end, &number))
		return false;
	if (at < end && *at == '-') {
		at++;
		any = false;
		if (!number_read(&at, end, &sequence))
			return false;
	}
	if (at < end && *at == '@') {
		at++;
		if (!number_read(&at, end, &ordinal))
			return false;
		only_index = at < end && *at == '.';
		if (only_index && (at++, !number_read(&at, end, &extra)))
			return false;
	}
	if (at != end)
		return false;
	struct ntfs_entry e;
	const struct ntfs_attribute *stream = NULL;
	if (only_index) {
		ntfs_tables_read(f);
		for (size_t i = 0; i < f->extras; i++) {
			const struct ntfs_extra *x = &f->extra[i];
			if (x->directory != ordinal || x->ordinal != extra || ntfs_reference_record(x->reference) != number)
				continue;
			/* the walk may stand at another name: its state is left alone */
			bool orphan, live = ntfs_extra_entry(f, x, &e, a);
			const char *path = path_climb(f, ntfs_directory_reference(f, x->directory), &orphan, a);
			struct ntfs_name name = ntfs_extra_name(f, x, path, strlen(path), orphan, a);
			if (live ? !stream_find(&e, &step->stream, &stream) : step->stream.length != 0)
				return false;
			found_fill(f, live ? &e : NULL, &name, stream, n);
			return true;
		}
		return false;
	}
	if (!ntfs_entry_read(&f->volume, number, &e, a) || (!any && ntfs_entry_sequence(&e) != sequence) || !stream_find(&e, &step->stream, &stream))
		return false;
	struct ntfs_own_name *own;
	size_t count = ntfs_own_names(&e, &own, a);
	if (ordinal && ordinal >= count)
		return false;
	struct ntfs_name name = { .reference = ntfs_entry_reference(&e), .parent = f->volume.records, .allocated = e.flags & NTFS_IN_USE, .orphan = true, .type = '-' };
	const char *path = NTFS_ORPHAN_PATH;
	if (count) {
		name.name = own[ordinal].file_name.name;
		name.name_units = own[ordinal].file_name.name_units;
		name.parent = own[ordinal].file_name.parent;
		name.file_name = &own[ordinal].file_name;
		name.file_name_attribute = own[ordinal].attribute;
		path = path_climb(f, name.parent, &name.orphan, a);
		name.type = e.flags & NTFS_DIRECTORY ? 'd' : 'r';
	} else {
		name.name = ntfs_orphan_name(a, number, &name.name_units);
	}
	name.path = ntfs_path_join(a, path, strlen(path), name.name, name.name_units);
	name.step = ntfs_address_step(f, a, name.reference, (size_t)ordinal);
	found_fill(f, &e, &name, stream, n);
	return true;
}

bool ntfs_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct ntfs *f = (struct ntfs *)c;
	arena_reset(&c->arena);
	if (!step->name.length)
		return false;
	if (step->name.text[0] == '#')
		return find_address(f, step, n);
	if (step->name.text[0] == '/' && find_path(f, step, n))
		return true;
	bool orphans = step->name.length == strlen(NTFS_ORPHAN_PATH) && memcmp(step->name.text, NTFS_ORPHAN_PATH, step->name.length) == 0 && !step->stream.length;
	if (orphans)
		ntfs_orphan_directory_fill(f, n);
	return orphans;
}
