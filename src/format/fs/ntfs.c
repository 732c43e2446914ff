/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs.c: NTFS by sequential reading of its $MFT, 20 to 100 times faster than by asking for each file.
 *
 * Sources: libyal/libfsntfs; libtsk's ntfs_dent.cpp and fs_dir.c for what counts as a name, so that the listing agrees with fls.
 *
 * Pass one reads all records and keeps a few bytes of each record and of each $FILE_NAME. Then every directory's index is read: it tells which names are
 * in it, and holds old names that no record has any more. Pass two reads the $MFT again and gives nodes in the order of the records, then the names that
 * only indexes have. A name hangs on its parent when the parent is a directory of the same sequence (a deleted directory's is one higher by now); names
 * whose chain breaks are orphans, below "/$OrphanFiles".
 *
 * Where it differs from fls, on purpose: each hard link has the times of its own $FILE_NAME (fls prints the last one's for all); names in use whose
 * parent is gone are listed as orphans (fls leaves them out); the reserved records 12 to 23 are not (fls shows 16 to 23 as deleted files); names are
 * not cut at NULs nor changed; leftovers dated after 2019 are believed (flag index-slack); a record or an index block with a torn sector costs that sector.
 *
 * Steps: "ntfs:/path" where the name is live, alone with its path, and no name in the path is empty; else "ntfs:#ENTRY-SEQUENCE", with "@N" for the Nth further $FILE_NAME of the record
 * or "@DIRECTORY.K" for the Kth name that only the directory's index has. The sequence is the one that references carry: of a deleted file the
 * one it lived with, as in $UsnJrnl and shortcuts, one less than its record shows. ":STREAM" follows for named streams. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/fs/boot_sector.h"
#include "format/fs/ntfs.h"
#include "format/fs/number_set.h"

enum { BLOCK = 1 << 20, DEPTH_MAX = 4096, NO_NAME = -1, RESERVED_FIRST = 12 };
enum { RECORD_BASE = 1, RECORD_IN_USE = 2, RECORD_DIRECTORY = 4, RECORD_FILLED = 8 };
enum { NAME_DOS = 1, NAME_INDEXED = 2, NAME_LEFTOVER = 4, NAME_TWIN = 8 };
enum phase { PHASE_START, PHASE_RECORDS, PHASE_EXTRAS, PHASE_ORPHANS, PHASE_END };

static const char ORPHAN_PATH[] = "/%24OrphanFiles";

/* Flat tables of pass one. */
struct record_info { int32_t first_name; uint16_t sequence; uint8_t flags; };
struct name_info {
	uint32_t child, parent, hash, text;     /* text: offset in directory_names, escaped; 0: not kept */
	int32_t next;                           /* further name of the child */
	uint16_t parent_sequence;
	uint8_t flags;
};

/* A name that only an index has. */
struct extra {
	uint64_t reference;
	uint32_t directory, ordinal;
	size_t name;                            /* in extra_names: name_units, then the UTF-16 */
	uint64_t created, modified, changed, accessed;
	uint8_t units;
	bool allocated, is_directory, late;
};

struct parent_path {
	bool known, by_path, orphan;
	uint32_t record;
	struct buffer path;
};

struct ntfs {
	struct container container;             /* first member */
	struct ntfs_volume volume;
	enum phase phase;
	struct record_info *record;
	struct name_info *name; size_t names, names_capacity;
	struct buffer directory_names;
	struct extra *extra; size_t extras, extras_capacity;
	struct buffer extra_names;
	struct number_set extras_in_use, extras_known;
	struct parent_path parent;              /* of the name at hand: most records lie beside their siblings */
	/* pass two */
	uint8_t *block; uint64_t block_first, block_count, at;
	struct arena entry_arena;
	struct ntfs_entry entry;
	bool has_entry;
	struct ntfs_name *pending; size_t pendings, pending_at, attribute_at;
	bool first_of_name;
	size_t extra_at;
};

/* ---- names ---- */

static uint32_t name_hash(const uint8_t *utf16, size_t units)
{
	uint32_t h = 2166136261U;
	for (size_t i = 0; i < 2 * units; i++)
		h = (h ^ utf16[i]) * 16777619U;
	return h;
}

static int32_t name_find(const struct ntfs *f, uint64_t child, uint64_t parent, uint32_t hash)
{
	if (child >= f->volume.records)
		return NO_NAME;
	for (int32_t i = f->record[child].first_name; i != NO_NAME; i = f->name[i].next)
		if (f->name[i].parent == parent && f->name[i].hash == hash)
			return i;
	return NO_NAME;
}

static void name_add(struct ntfs *f, uint64_t child, const struct ntfs_file_name *file_name, bool keep_text)
{
	uint64_t parent = ntfs_reference_record(file_name->parent);
	if (child >= f->volume.records || parent >= f->volume.records)
		return;
	uint32_t hash = name_hash(file_name->name, file_name->name_units);
	if (f->names == f->names_capacity) {
		if (f->names == INT32_MAX)
			return;
		f->names_capacity = f->names_capacity ? 2 * f->names_capacity : 1024;
		f->name = memory_resize(f->name, f->names_capacity, sizeof *f->name);
	}
	struct name_info n = { .child = (uint32_t)child, .parent = (uint32_t)parent, .hash = hash, .next = NO_NAME,
	                       .parent_sequence = ntfs_reference_sequence(file_name->parent), .flags = file_name->name_space == NTFS_NAMESPACE_DOS ? NAME_DOS : 0 };
	if (keep_text && f->directory_names.length < UINT32_MAX - 4096) {
		struct buffer raw = { 0 };
		locator_wtf8(&raw, file_name->name, 2 * file_name->name_units);
		n.text = (uint32_t)f->directory_names.length;
		locator_escape(&f->directory_names, raw.data, raw.length);
		buffer_byte(&f->directory_names, 0);
		buffer_free(&raw);
	}
	int32_t *link = &f->record[child].first_name;
	while (*link != NO_NAME)
		link = &f->name[*link].next;
	*link = (int32_t)f->names;
	f->name[f->names++] = n;
}

/* Whether a name hangs on its parent. */
static bool name_attached(const struct ntfs *f, const struct name_info *n)
{
	const struct record_info *p = &f->record[n->parent];
	if (!(p->flags & RECORD_BASE) || !(p->flags & RECORD_DIRECTORY) || n->child == n->parent)
		return false;
	return p->flags & RECORD_IN_USE ? p->sequence == n->parent_sequence : p->sequence && p->sequence - 1 == n->parent_sequence;
}

/* The reference that names in a directory carry. */
static uint64_t directory_reference(const struct ntfs *f, uint32_t record)
{
	const struct record_info *r = &f->record[record];
	return record | (uint64_t)(r->flags & RECORD_IN_USE || !r->sequence ? r->sequence : r->sequence - 1u) << 48;
}

/* The name that a directory's content is listed under: the first that hangs on something, else the first. DOS names only where there is no other. */
static int32_t name_of_directory(const struct ntfs *f, uint32_t record)
{
	int32_t best = NO_NAME;
	unsigned best_score = 0;
	for (int32_t i = f->record[record].first_name; i != NO_NAME; i = f->name[i].next) {
		unsigned score = 1U + (f->name[i].flags & NAME_DOS ? 0U : 2U) + (name_attached(f, &f->name[i]) ? 4U : 0U);
		if (score > best_score) {
			best = i;
			best_score = score;
		}
	}
	return best;
}

/* ---- pass one ---- */

static void record_note(struct ntfs *f, uint64_t number, uint8_t *bytes, struct arena *a)
{
	enum ntfs_record_state state = ntfs_record_fix(bytes, f->volume.record_size);
	if (state == NTFS_RECORD_NONE)
		return;
	struct ntfs_entry e = { .number = number };
	ntfs_record_parse(bytes, f->volume.record_size, &e, a);
	uint64_t owner = number;
	if (ntfs_reference_record(e.base)) {
		owner = ntfs_reference_record(e.base);
	} else {
		struct record_info *r = &f->record[number];
		r->sequence = e.sequence;
		r->flags = (uint8_t)(RECORD_BASE | (e.flags & NTFS_IN_USE ? RECORD_IN_USE : 0) | (e.flags & NTFS_DIRECTORY ? RECORD_DIRECTORY : 0) |
		                     (e.attributes ? RECORD_FILLED : 0));
	}
	if (state == NTFS_RECORD_TORN)
		report_error(f->container.report, "damage", "ntfs.record", NULL, 0, 0,
		             "$MFT record %llu is torn: a sector's update sequence does not fit; what is told of it may be of two times", (unsigned long long)number);
	for (size_t i = 0; i < e.attributes; i++) {
		struct ntfs_file_name name;
		if (e.attribute[i].type == NTFS_FILE_NAME && e.attribute[i].resident &&
		    ntfs_file_name_parse(e.attribute[i].value, e.attribute[i].value_length, &name))
			name_add(f, owner, &name, owner != number || e.flags & NTFS_DIRECTORY);
	}
}

static void records_read(struct ntfs *f)
{
	struct ntfs_volume *v = &f->volume;
	struct arena a = { 0 };
	size_t in_block = BLOCK / v->record_size;
	for (uint64_t first = 0; first < v->records; first += in_block) {
		uint64_t count = v->records - first < in_block ? v->records - first : in_block;
		bool taint = false;
		source_read_at(v->mft, first * v->record_size, f->block, (size_t)count * v->record_size, &taint);
		if (taint)
			report_error(f->container.report, "damage", "ntfs.mft", "ntfs:/%24MFT", 0, 0,
			             "$MFT records %llu to %llu lie, at least in part, in a damaged range", (unsigned long long)first,
			             (unsigned long long)(first + count - 1));
		if (f->container.report && f->container.report->step)
			f->container.report->step(f->container.report, first);
		for (uint64_t i = 0; i < count; i++) {
			record_note(f, first + i, f->block + i * v->record_size, &a);
			arena_reset(&a);
		}
	}
	arena_free(&a);
}

/* ---- indexes ---- */

struct index_pass { struct ntfs *f; uint32_t directory, ordinal; };

static void index_entry_note(void *argument, const struct ntfs_index_entry *entry)
{
	struct index_pass *p = argument;
	struct ntfs *f = p->f;
	const struct ntfs_file_name *n = &entry->file_name;
	uint64_t child = ntfs_reference_record(entry->reference);
	if (child == p->directory)      /* the root is in itself, as "." */
		return;
	uint32_t hash = name_hash(n->name, n->name_units);
	int32_t known = name_find(f, child, p->directory, hash);
	if (known != NO_NAME) {
		f->name[known].flags |= entry->allocated ? NAME_INDEXED : entry->late ? 0 : NAME_LEFTOVER;
		return;
	}
	uint64_t key = ((uint64_t)p->directory << 32 ^ hash) * 0x9e3779b97f4a7c15U + entry->reference;
	if (entry->allocated)
		number_set_add(&f->extras_in_use, key);
	if (!number_set_add(&f->extras_known, key ^ entry->allocated))
		return;
	if (f->extras == f->extras_capacity) {
		f->extras_capacity = f->extras_capacity ? 2 * f->extras_capacity : 64;
		f->extra = memory_resize(f->extra, f->extras_capacity, sizeof *f->extra);
	}
	f->extra[f->extras++] = (struct extra){ .reference = entry->reference, .directory = p->directory, .ordinal = p->ordinal++,
		.name = f->extra_names.length, .created = n->created, .modified = n->modified, .changed = n->changed, .accessed = n->accessed,
		.units = (uint8_t)n->name_units, .allocated = entry->allocated, .is_directory = n->flags >> 28 & 1,
		.late = entry->late };
	buffer_append(&f->extra_names, n->name, 2 * n->name_units);
}

/* A record's bytes in the block of records that was read last. */
static uint8_t *record_in_block(struct ntfs *f, uint64_t number)
{
	struct ntfs_volume *v = &f->volume;
	size_t in_block = BLOCK / v->record_size;
	if (number < f->block_first || number >= f->block_first + f->block_count) {
		f->block_first = number;
		f->block_count = v->records - number < in_block ? v->records - number : in_block;
		source_read_at(v->mft, number * v->record_size, f->block, (size_t)f->block_count * v->record_size, NULL);
	}
	return f->block + (number - f->block_first) * v->record_size;
}

static void indexes_read(struct ntfs *f)
{
	struct arena a = { 0 };
	f->block_count = 0;
	for (uint64_t i = 0; i < f->volume.records; i++) {
		uint8_t flags = f->record[i].flags;
		if (!(flags & RECORD_BASE) || !(flags & RECORD_DIRECTORY) || !(flags & RECORD_FILLED))
			continue;
		if (f->container.report && f->container.report->step && !f->container.report->step(f->container.report, i))
			continue;
		struct ntfs_entry e;
		struct index_pass p = { .f = f, .directory = (uint32_t)i };
		uint8_t *record = record_in_block(f, i);
		if (ntfs_record_fix(record, f->volume.record_size) == NTFS_RECORD_NONE)
			continue;
		ntfs_entry_parse(&f->volume, record, i, &e, &a);
		if (!ntfs_index_walk(&f->volume, &e, &a, index_entry_note, &p) && flags & RECORD_IN_USE)
			report_error(f->container.report, "damage", "ntfs.index", NULL, 0, 0, "directory entry %llu has no readable index", (unsigned long long)i);
		arena_reset(&a);
	}
	arena_free(&a);
}

/* Two live names with one path, be it that an index gives the name to another record: neither is found by it. */
static void twins_mark(struct ntfs *f)
{
	struct number_set once = { 0 }, twice = { 0 };
	for (size_t i = 0; i < f->extras; i++) {
		const struct extra *x = &f->extra[i];
		if (x->allocated)
			number_set_add(&once, (uint64_t)x->directory << 32 | name_hash(f->extra_names.data + x->name, x->units));
	}
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < f->names; i++) {
			struct name_info *n = &f->name[i];
			if (n->flags & NAME_DOS || !(f->record[n->child].flags & RECORD_IN_USE) || !name_attached(f, n))
				continue;
			uint64_t key = (uint64_t)n->parent << 32 | n->hash;
			if (!turn && !number_set_add(&once, key))
				number_set_add(&twice, key);
			if (turn && number_set_has(&twice, key))
				n->flags |= NAME_TWIN;
		}
	number_set_free(&once);
	number_set_free(&twice);
}

static void prepare(struct ntfs *f)
{
	if (f->record)
		return;
	f->record = memory_array((size_t)f->volume.records, sizeof *f->record);
	for (uint64_t i = 0; i < f->volume.records; i++)
		f->record[i].first_name = NO_NAME;
	buffer_byte(&f->directory_names, 0);    /* offset 0 stands for no text */
	buffer_reserve(&f->extra_names, 1);     /* an empty name has a place too */
	records_read(f);
	indexes_read(f);
	twins_mark(f);
	f->block_count = 0;
}

/* ---- paths ---- */

static const char *directory_name(const struct ntfs *f, const struct name_info *n)
{
	return n->text ? (const char *)f->directory_names.data + n->text : "%3F";
}

/* The path of a directory; cached for the siblings that follow. */
static const struct parent_path *parent_path(struct ntfs *f, uint32_t record)
{
	struct parent_path *p = &f->parent;
	if (p->known && p->record == record)
		return p;
	p->known = true;
	p->record = record;
	p->by_path = true;
	p->orphan = false;
	buffer_clear(&p->path);
	int32_t chain[DEPTH_MAX];
	size_t depth = 0;
	while (record != NTFS_ROOT) {
		int32_t i = name_of_directory(f, record);
		if (depth == DEPTH_MAX) {
			report_error(f->container.report, "limit", "fs.depth", NULL, 0, 0, "more than %d directories above record %u, or a loop of them", DEPTH_MAX,
			             p->record);
			depth = 0;
			p->orphan = true;
			break;
		}
		if (i == NO_NAME) {
			p->orphan = true;
			break;
		}
		chain[depth++] = i;
		if (!(f->record[record].flags & RECORD_IN_USE) || f->name[i].flags & NAME_TWIN || !directory_name(f, &f->name[i])[0])
			p->by_path = false;
		if (!name_attached(f, &f->name[i])) {
			p->orphan = true;
			break;
		}
		record = f->name[i].parent;
	}
	if (p->orphan)
		buffer_text(&p->path, ORPHAN_PATH);
	while (depth--) {
		const struct name_info *n = &f->name[chain[depth]];
		buffer_byte(&p->path, '/');
		buffer_text(&p->path, directory_name(f, n));
	}
	if (p->path.length > NODE_PATH_MAX) {
		report_error(f->container.report, "limit", "fs.path", NULL, 0, 0, "the path of directory record %u is longer than %d bytes; its names are given as orphans",
		             p->record, NODE_PATH_MAX);
		buffer_clear(&p->path);
		buffer_text(&p->path, ORPHAN_PATH);
		p->orphan = true;
	}
	p->by_path &= !p->orphan;
	return p;
}

static char *path_join(struct arena *a, const char *parent, size_t parent_length, const uint8_t *utf16, size_t units)
{
	struct buffer b = { 0 }, raw = { 0 };
	buffer_append(&b, parent, parent_length);
	buffer_byte(&b, '/');
	locator_wtf8(&raw, utf16, 2 * units);
	locator_escape(&b, raw.data, raw.length);
	char *path = arena_copy(a, b.data, b.length);
	buffer_free(&b);
	buffer_free(&raw);
	return path;
}

/* ---- pass two: the names of one record ---- */

static const uint8_t *orphan_name(struct arena *a, uint64_t number, size_t *units)
{
	char *text = arena_format(a, "OrphanFile-%llu", (unsigned long long)number);
	*units = strlen(text);
	uint8_t *utf16 = arena_new(a, 2 * *units);
	for (size_t i = 0; i < *units; i++)
		utf16[2 * i] = (uint8_t)text[i];
	return utf16;
}

struct own_name { struct ntfs_file_name file_name; const struct ntfs_attribute *attribute; };

/* The $FILE_NAMEs that count, in the order of the record: DOS ones only where there is no other. */
static size_t own_names(const struct ntfs_entry *e, struct own_name **names, struct arena *a)
{
	*names = arena_array(a, e->attributes + 1, sizeof **names);
	for (int dos = 0; dos < 2; dos++) {
		size_t count = 0;
		for (size_t i = 0; i < e->attributes; i++) {
			struct own_name *o = &(*names)[count];
			o->attribute = &e->attribute[i];
			if (o->attribute->type == NTFS_FILE_NAME && o->attribute->resident &&
			    ntfs_file_name_parse(o->attribute->value, o->attribute->value_length, &o->file_name) &&
			    (o->file_name.name_space == NTFS_NAMESPACE_DOS) == dos)
				count++;
		}
		if (count)
			return count;
	}
	return 0;
}

static char *path_step(const struct ntfs *f, struct arena *a, const char *path)
{
	const char *format = f->container.format->name;
	size_t length = strlen(path), prefix = strlen(format);
	char *step = arena_new(a, prefix + length + 2);
	memcpy(step, format, prefix);
	step[prefix] = ':';
	memcpy(step + prefix + 1, path, length);
	return step;
}

static char *address_step(const struct ntfs *f, struct arena *a, uint64_t reference, size_t ordinal)
{
	char *step = arena_format(a, "%s:#%llu-%u", f->container.format->name, (unsigned long long)ntfs_reference_record(reference), ntfs_reference_sequence(reference));
	return ordinal ? arena_format(a, "%s@%zu", step, ordinal) : step;
}

static uint64_t reference_of(const struct ntfs_entry *e)
{
	return e->number | (uint64_t)ntfs_entry_sequence(e) << 48;
}

static void pending_add(struct ntfs *f, const struct ntfs_name *name)
{
	f->pending[f->pendings++] = *name;
}

static void record_names(struct ntfs *f)
{
	struct arena *a = &f->entry_arena;
	struct ntfs_entry *e = &f->entry;
	struct own_name *own;
	size_t count = own_names(e, &own, a), attached = 0;
	bool in_use = e->flags & NTFS_IN_USE;
	f->pending = arena_array(a, count + 1, sizeof *f->pending);
	f->pendings = f->pending_at = f->attribute_at = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t parent = ntfs_reference_record(own[i].file_name.parent);
		int32_t known = name_find(f, e->number, parent, name_hash(own[i].file_name.name, own[i].file_name.name_units));
		if (known == NO_NAME || !name_attached(f, &f->name[known]))
			continue;
		const struct name_info *info = &f->name[known];
		const struct parent_path *p = parent_path(f, (uint32_t)parent);
		struct ntfs_name n = { .reference = reference_of(e), .parent = own[i].file_name.parent, .name = own[i].file_name.name,
			.name_units = own[i].file_name.name_units, .allocated = in_use, .orphan = p->orphan, .file_name = &own[i].file_name,
			.file_name_attribute = own[i].attribute };
		/* fls gives no type to a name that no index holds. */
		bool indexed = info->flags & (in_use ? NAME_INDEXED : NAME_INDEXED | NAME_LEFTOVER);
		n.type = !indexed ? '-' : own[i].file_name.flags >> 28 & 1 ? 'd' : 'r';
		n.path = path_join(a, (const char *)p->path.data, p->path.length, n.name, n.name_units);
		n.step = in_use && p->by_path && n.name_units && f->volume.source && !(info->flags & NAME_TWIN) ? path_step(f, a, n.path) : address_step(f, a, n.reference, i);
		pending_add(f, &n);
		attached++;
	}
	/* The root has no name but itself; reserved records have none and hold nothing. */
	if (attached || e->number == NTFS_ROOT || (!count && e->number >= RESERVED_FIRST && e->number < NTFS_FIRST_USER))
		return;
	struct ntfs_name n = { .reference = reference_of(e), .parent = f->volume.records, .allocated = in_use, .orphan = true, .type = '-' };
	if (count) {
		n.name = own[0].file_name.name;
		n.name_units = own[0].file_name.name_units;
		n.parent = own[0].file_name.parent;
		n.file_name = &own[0].file_name;
		n.file_name_attribute = own[0].attribute;
	} else {
		n.name = orphan_name(a, e->number, &n.name_units);
	}
	n.path = path_join(a, ORPHAN_PATH, strlen(ORPHAN_PATH), n.name, n.name_units);
	n.step = address_step(f, a, n.reference, 0);
	pending_add(f, &n);
}

/* Goes to the next record that has a name; false at the end of the $MFT. */
static bool record_advance(struct ntfs *f)
{
	struct ntfs_volume *v = &f->volume;
	while (f->at < v->records) {
		uint64_t number = f->at++;
		const struct record_info *info = &f->record[number];
		if (!(info->flags & RECORD_BASE) || !(info->flags & RECORD_FILLED))
			continue;
		struct reporter *r = f->container.report;
		if (r && r->step && !r->step(r, number))
			continue;
		arena_reset(&f->entry_arena);
		uint8_t *bytes = record_in_block(f, number);
		enum ntfs_record_state state = ntfs_record_fix(bytes, v->record_size);
		ntfs_entry_parse(v, bytes, number, &f->entry, &f->entry_arena);
		f->entry.torn |= state == NTFS_RECORD_TORN;
		f->has_entry = true;
		record_names(f);
		if (f->pendings)
			return true;
	}
	return false;
}

/* The record that a name which only an index has meant, if that is still the same. */
static bool extra_entry(struct ntfs *f, const struct extra *x, struct ntfs_entry *e, struct arena *a)
{
	uint64_t number = ntfs_reference_record(x->reference);
	return number < f->volume.records && f->record[number].flags & RECORD_BASE && ntfs_entry_read(&f->volume, number, e, a) &&
		ntfs_entry_sequence(e) == ntfs_reference_sequence(x->reference);
}

/* Such a name below the path of its directory. */
static struct ntfs_name extra_name(const struct ntfs *f, const struct extra *x, const char *path, size_t path_length, bool orphan, struct arena *a)
{
	struct ntfs_file_name *times = arena_new(a, sizeof *times);
	*times = (struct ntfs_file_name){ .created = x->created, .modified = x->modified, .changed = x->changed, .accessed = x->accessed };
	struct ntfs_name n = { .reference = x->reference, .parent = directory_reference(f, x->directory), .name = f->extra_names.data + x->name, .name_units = x->units,
		.allocated = x->allocated, .orphan = orphan, .late = x->late, .type = x->is_directory ? 'd' : 'r', .file_name = times };
	n.path = path_join(a, path, path_length, n.name, n.name_units);
	n.step = arena_format(a, "%s@%u.%u", address_step(f, a, x->reference, 0), x->directory, x->ordinal);
	return n;
}

static void extra_load(struct ntfs *f, const struct extra *x)
{
	struct arena *a = &f->entry_arena;
	arena_reset(a);
	f->has_entry = extra_entry(f, x, &f->entry, a);
	const struct parent_path *p = parent_path(f, x->directory);
	struct ntfs_name n = extra_name(f, x, (const char *)p->path.data, p->path.length, p->orphan, a);
	f->pending = arena_array(a, 1, sizeof *f->pending);
	f->pendings = f->pending_at = f->attribute_at = 0;
	pending_add(f, &n);
}

static bool extra_next(struct ntfs *f)
{
	while (f->extra_at < f->extras) {
		const struct extra *x = &f->extra[f->extra_at++];
		uint32_t hash = name_hash(f->extra_names.data + x->name, x->units);
		uint64_t key = ((uint64_t)x->directory << 32 ^ hash) * 0x9e3779b97f4a7c15U + x->reference;
		if (!x->allocated && number_set_has(&f->extras_in_use, key))
			continue;       /* the same name is in use as well */
		extra_load(f, x);
		return true;
	}
	return false;
}

/* For the second line of body files. fls prints none for a $FILE_NAME in an extension record, whose number in there is not its own. */
static void file_name_attribute_fill(struct ntfs *f, const struct ntfs_name *name, struct node *n)
{
	if (name->file_name_attribute->id != name->file_name_attribute->unique_id)
		return;
	n->fn_attribute = arena_format(&f->container.arena, "%u-%u", NTFS_FILE_NAME, name->file_name_attribute->id);
	n->fn_size = (uint32_t)name->file_name_attribute->value_length;
}

/* The next node of the names at hand: each of their streams. False: they are through. */
static bool pending_next(struct ntfs *f, struct node *n)
{
	while (f->pending_at < f->pendings) {
		const struct ntfs_name *name = &f->pending[f->pending_at];
		const struct ntfs_entry *e = f->has_entry ? &f->entry : NULL;
		const struct ntfs_attribute *shown = NULL;
		if (!f->attribute_at)
			f->first_of_name = true;
		while (e && f->attribute_at < e->attributes && !shown) {
			const struct ntfs_attribute *a = &e->attribute[f->attribute_at++];
			if (ntfs_attribute_shown(e, a) != NTFS_HIDDEN)
				shown = a;
		}
		if (!shown) {
			bool nothing = f->first_of_name;
			f->pending_at++;
			f->attribute_at = 0;
			if (!nothing)
				continue;
		}
		ntfs_node_fill(&f->volume, e, name, shown, &f->container.arena, n);
		if (f->first_of_name && name->file_name_attribute)
			file_name_attribute_fill(f, name, n);
		f->first_of_name = false;
		return true;
	}
	return false;
}

static void orphan_directory_fill(struct ntfs *f, struct node *n)
{
	static const char name[] = "$OrphanFiles";
	*n = (struct node){ .kind = NODE_VIRTUAL, .step = path_step(f, &f->container.arena, ORPHAN_PATH), .name_type = 'V', .mode = "V---------", .has_allocated = true, .allocated = true,
		.has_owner = true, .has_size = true };
	n->name = (struct node_text){ .bytes = (const uint8_t *)name, .length = sizeof name - 1 };
	n->path = (struct node_text){ .bytes = (const uint8_t *)ORPHAN_PATH, .length = sizeof ORPHAN_PATH - 1 };
	n->address = arena_format(&f->container.arena, "%llu", (unsigned long long)f->volume.records);
}

static int ntfs_next(struct container *c, struct node *n)
{
	struct ntfs *f = (struct ntfs *)c;
	arena_reset(&c->arena);
	if (f->phase == PHASE_START) {
		prepare(f);
		f->phase = PHASE_RECORDS;
	}
	for (;;) {
		if (f->phase < PHASE_ORPHANS && pending_next(f, n))
			return 1;
		if (f->phase == PHASE_RECORDS && !record_advance(f))
			f->phase = PHASE_EXTRAS;
		if (f->phase == PHASE_EXTRAS && !f->extra_at)
			f->pendings = 0;
		if (f->phase == PHASE_EXTRAS && !extra_next(f))
			f->phase = PHASE_ORPHANS;
		if (f->phase == PHASE_ORPHANS) {
			f->phase = PHASE_END;
			orphan_directory_fill(f, n);
			return 1;
		}
		if (f->phase == PHASE_END)
			return 0;
	}
}

/* ---- finding ---- */

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
	prepare(f);
	for (size_t i = 0; i < f->names && !s->exact; i++) {
		const struct name_info *n = &f->name[i];
		struct ntfs_entry e;
		struct own_name *own;
		if (n->parent != directory || !(f->record[n->child].flags & RECORD_IN_USE) || !name_attached(f, n) || !ntfs_entry_read(&f->volume, n->child, &e, &a))
			continue;
		size_t count = own_names(&e, &own, &a);
		for (size_t k = 0; k < count; k++)
			if (ntfs_reference_record(own[k].file_name.parent) == directory)
				search_entry(s, &(struct ntfs_index_entry){ .reference = reference_of(&e), .file_name = own[k].file_name, .allocated = true });
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
		file_name_attribute_fill(f, name, n);
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
		char *whole = path_join(a, (const char *)path.data, path.length, s.utf16.data, units);
		if (at == end) {
			struct ntfs_name found_name = { .reference = s.reference, .parent = directory, .allocated = true, .path = whole,
				.step = path_step(f, a, whole), .type = e.flags & NTFS_DIRECTORY ? 'd' : 'r' };
			found_name.name = arena_copy(a, s.utf16.data, s.utf16.length);
			found_name.name_units = units;
			struct own_name *own;
			size_t count = own_names(&e, &own, a);
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
		struct own_name *own;
		if (depth == DEPTH_MAX || !ntfs_entry_read(&f->volume, ntfs_reference_record(parent), &e, a) || !(e.flags & NTFS_DIRECTORY) || ntfs_reference_record(e.base) ||
		    ntfs_entry_sequence(&e) != ntfs_reference_sequence(parent)) {
			*orphan = true;
			return arena_format(a, "%s%s", ORPHAN_PATH, path);
		}
		if (e.number == NTFS_ROOT)
			break;
		size_t count = own_names(&e, &own, a);
		if (!count) {
			*orphan = true;
			return arena_format(a, "%s%s", ORPHAN_PATH, path);
		}
		char *component = path_join(a, "", 0, own[0].file_name.name, own[0].file_name.name_units);
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
		prepare(f);
		for (size_t i = 0; i < f->extras; i++) {
			const struct extra *x = &f->extra[i];
			if (x->directory != ordinal || x->ordinal != extra || ntfs_reference_record(x->reference) != number)
				continue;
			/* the walk may stand at another name: its state is left alone */
			bool orphan, live = extra_entry(f, x, &e, a);
			const char *path = path_climb(f, directory_reference(f, x->directory), &orphan, a);
			struct ntfs_name name = extra_name(f, x, path, strlen(path), orphan, a);
			if (live ? !stream_find(&e, &step->stream, &stream) : step->stream.length != 0)
				return false;
			found_fill(f, live ? &e : NULL, &name, stream, n);
			return true;
		}
		return false;
	}
	if (!ntfs_entry_read(&f->volume, number, &e, a) || (!any && ntfs_entry_sequence(&e) != sequence) || !stream_find(&e, &step->stream, &stream))
		return false;
	struct own_name *own;
	size_t count = own_names(&e, &own, a);
	if (ordinal && ordinal >= count)
		return false;
	struct ntfs_name name = { .reference = reference_of(&e), .parent = f->volume.records, .allocated = e.flags & NTFS_IN_USE, .orphan = true, .type = '-' };
	const char *path = ORPHAN_PATH;
	if (count) {
		name.name = own[ordinal].file_name.name;
		name.name_units = own[ordinal].file_name.name_units;
		name.parent = own[ordinal].file_name.parent;
		name.file_name = &own[ordinal].file_name;
		name.file_name_attribute = own[ordinal].attribute;
		path = path_climb(f, name.parent, &name.orphan, a);
		name.type = e.flags & NTFS_DIRECTORY ? 'd' : 'r';
	} else {
		name.name = orphan_name(a, number, &name.name_units);
	}
	name.path = path_join(a, path, strlen(path), name.name, name.name_units);
	name.step = address_step(f, a, name.reference, (size_t)ordinal);
	found_fill(f, &e, &name, stream, n);
	return true;
}

static bool ntfs_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct ntfs *f = (struct ntfs *)c;
	arena_reset(&c->arena);
	if (!step->name.length)
		return false;
	if (step->name.text[0] == '#')
		return find_address(f, step, n);
	if (step->name.text[0] == '/' && find_path(f, step, n))
		return true;
	bool orphans = step->name.length == strlen(ORPHAN_PATH) && memcmp(step->name.text, ORPHAN_PATH, step->name.length) == 0 && !step->stream.length;
	if (orphans)
		orphan_directory_fill(f, n);
	return orphans;
}

/* Compressed streams and packed files: the node's address and attribute say which. */
static struct source *ntfs_content(struct container *c, const struct node *n)
{
	struct ntfs *f = (struct ntfs *)c;
	struct arena a = { 0 };
	struct ntfs_entry e;
	struct source *s = NULL;
	bool there = false;
	char *end;
	unsigned long long number = strtoull(n->address ? n->address : "", &end, 10), sequence = *end == '-' ? strtoull(end + 1, NULL, 10) : 0;
	unsigned long type = strtoul(n->attribute ? n->attribute : "", &end, 10), id = *end == '-' ? strtoul(end + 1, NULL, 10) : 0;
	if (ntfs_entry_read(&f->volume, number, &e, &a) && ntfs_entry_sequence(&e) == sequence)
		for (size_t i = 0; i < e.attributes && !there; i++) {
			const struct ntfs_attribute *x = &e.attribute[i];
			/* numbers of extension records' attributes may collide with others': the name decides */
			if (x->type != type || x->unique_id != id || (!x->resident && x->first_vcn) || (n->kind == NODE_STREAM) != (x->name_units != 0))
				continue;
			there = true;
			uint32_t algorithm;
			size_t length = 0;
			const uint8_t *reparse = type == NTFS_DATA && !x->name_units && !x->resident ? ntfs_reparse_data(&f->volume, &e, n->step, &a, &length) : NULL;
			s = reparse && ntfs_wof_algorithm(reparse, length, &algorithm) ? ntfs_wof_open(&f->volume, &e, algorithm, x->size, n->step) :
			    ntfs_stream_open(&f->volume, &e, x, n->step);
		}
	arena_free(&a);
	if (!there)
		report_error(c->report, "damage", "ntfs.content", n->step, 0, 0, "entry %s has no attribute %s any more", n->address ? n->address : "?",
		             n->attribute ? n->attribute : "?");
	return s;
}

static void ntfs_close(struct container *c)
{
	struct ntfs *f = (struct ntfs *)c;
	free(f->record);
	free(f->name);
	buffer_free(&f->directory_names);
	free(f->extra);
	buffer_free(&f->extra_names);
	number_set_free(&f->extras_in_use);
	number_set_free(&f->extras_known);
	buffer_free(&f->parent.path);
	free(f->block);
	arena_free(&f->entry_arena);
	ntfs_volume_close(&f->volume);
	free(f);
}

static struct container *volume_open(const struct opening *o, bool (*open)(struct ntfs_volume *v, struct source *source, struct reporter *report))
{
	struct ntfs *f = memory_new(sizeof *f);
	f->container.source = o->source;
	f->container.report = o->report;
	if (!open(&f->volume, o->source, o->report)) {
		ntfs_close(&f->container);
		return NULL;
	}
	if (f->volume.records > UINT32_MAX - 1) {
		report_error(o->report, "limit", "ntfs.records", "ntfs:/%24MFT", 0, 0, "$MFT claims %llu records; %u are read", (unsigned long long)f->volume.records,
		             UINT32_MAX - 1);
		f->volume.records = UINT32_MAX - 1;
	}
	f->block = memory_new(BLOCK);
	return &f->container;
}

static struct container *ntfs_open(const struct opening *o) { return volume_open(o, ntfs_volume_open); }
static struct container *mft_open(const struct opening *o) { return volume_open(o, ntfs_volume_of_mft); }

/* Not inside a file system: its own $MFT is what that is listed from. */
static unsigned mft_probe(const struct probe *p) { return p->above != LAYER_FS && ntfs_mft_record_size(p->head, p->head_length) ? 100 : 0; }

static unsigned ntfs_probe(const struct probe *p)
{
	struct ntfs_volume v = { 0 };
	uint64_t mft_at, mirror_at;
	unsigned bits;
	if (boot_sector_kind(p->head, p->head_length, &bits) == BOOT_NTFS)
		return bits;
	/* A wiped boot sector: its copy stands behind the last sector of the volume. It must fit this volume, not the last one of a whole disk. */
	uint8_t boot[512];
	uint64_t size = p->source->size;
	return size >= 1 << 20 && source_read_at(p->source, size - sizeof boot, boot, sizeof boot, NULL) == sizeof boot &&
		ntfs_boot_parse(&v, boot, &mft_at, &mirror_at) && v.clusters == (size / v.sector_size - 1) / (v.cluster_size / v.sector_size) ? 64 : 0;
}

const struct format format_ntfs = {
	.name = "ntfs",
	.layer = LAYER_FS,
	.about = "NTFS, with streams, deleted and orphan entries",
	.probe = ntfs_probe,
	.open = ntfs_open,
	.next = ntfs_next,
	.find = ntfs_find,
	.content = ntfs_content,
	.close = ntfs_close,
};

const struct format format_mft = {
	.name = "mft",
	.layer = LAYER_FS,
	.about = "$MFT saved as a file: names, times, streams, resident content; other content is elsewhere",
	.probe = mft_probe,
	.open = mft_open,
	.next = ntfs_next,
	.find = ntfs_find,
	.content = ntfs_content,
	.close = ntfs_close,
};
