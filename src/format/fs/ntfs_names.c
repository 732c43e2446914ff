/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_names.c: flat tables of all names of an NTFS volume, from its $MFT and its directories' indexes, and what is made of names: paths and steps. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/fs/ntfs_listing.h"

uint32_t ntfs_name_hash(const uint8_t *utf16, size_t units)
{
	uint32_t h = 2166136261U;
	for (size_t i = 0; i < 2 * units; i++)
		h = (h ^ utf16[i]) * 16777619U;
	return h;
}

int32_t ntfs_name_find(const struct ntfs *f, uint64_t child, uint64_t parent, uint32_t hash)
{
	if (child >= f->volume.records)
		return NTFS_NO_NAME;
	for (int32_t i = f->record[child].first_name; i != NTFS_NO_NAME; i = f->name[i].next)
		if (f->name[i].parent == parent && f->name[i].hash == hash)
			return i;
	return NTFS_NO_NAME;
}

static void name_add(struct ntfs *f, uint64_t child, const struct ntfs_file_name *file_name, bool keep_text)
{
	uint64_t parent = ntfs_reference_record(file_name->parent);
	if (child >= f->volume.records || parent >= f->volume.records)
		return;
	uint32_t hash = ntfs_name_hash(file_name->name, file_name->name_units);
	if (f->names == INT32_MAX) {
		if (!f->names_full)
			report_error(f->container.report, "limit", "ntfs.names", "ntfs:/%24MFT", 0, 0, "more than %d names; entries behind them are given as orphans", INT32_MAX);
		f->names_full = true;
		return;
	}
	f->name = memory_room(f->name, f->names, &f->names_capacity, sizeof *f->name);
	struct ntfs_listed_name n = { .child = (uint32_t)child, .parent = (uint32_t)parent, .hash = hash, .next = NTFS_NO_NAME,
	                       .parent_sequence = ntfs_reference_sequence(file_name->parent), .flags = file_name->name_space == NTFS_NAMESPACE_DOS ? NTFS_NAME_DOS : 0 };
	if (keep_text && f->directory_names.length < UINT32_MAX - 4096) {
		struct buffer raw = { 0 };
		locator_wtf8(&raw, file_name->name, 2 * file_name->name_units);
		n.text = (uint32_t)f->directory_names.length;
		locator_escape(&f->directory_names, raw.data, raw.length);
		buffer_byte(&f->directory_names, 0);
		buffer_free(&raw);
	}
	int32_t *link = &f->record[child].first_name;
	while (*link != NTFS_NO_NAME)
		link = &f->name[*link].next;
	*link = (int32_t)f->names;
	f->name[f->names++] = n;
}

/* Whether a name hangs on its parent. */
bool ntfs_name_attached(const struct ntfs *f, const struct ntfs_listed_name *n)
{
	const struct ntfs_record_info *p = &f->record[n->parent];
	if (!(p->flags & NTFS_RECORD_BASE) || !(p->flags & NTFS_RECORD_DIRECTORY) || n->child == n->parent)
		return false;
	return p->flags & NTFS_RECORD_IN_USE ? p->sequence == n->parent_sequence : p->sequence && p->sequence - 1 == n->parent_sequence;
}

/* The reference that names in a directory carry. */
uint64_t ntfs_directory_reference(const struct ntfs *f, uint32_t record)
{
	const struct ntfs_record_info *r = &f->record[record];
	return record | (uint64_t)(r->flags & NTFS_RECORD_IN_USE || !r->sequence ? r->sequence : r->sequence - 1u) << 48;
}

/* The name that a directory's content is listed under: the first that hangs on something, else the first. DOS names only where there is no other. */
static int32_t name_of_directory(const struct ntfs *f, uint32_t record)
{
	int32_t best = NTFS_NO_NAME;
	unsigned best_score = 0;
	for (int32_t i = f->record[record].first_name; i != NTFS_NO_NAME; i = f->name[i].next) {
		unsigned score = 1U + (f->name[i].flags & NTFS_NAME_DOS ? 0U : 2U) + (ntfs_name_attached(f, &f->name[i]) ? 4U : 0U);
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
		struct ntfs_record_info *r = &f->record[number];
		r->sequence = e.sequence;
		r->flags = (uint8_t)(NTFS_RECORD_BASE | (e.flags & NTFS_IN_USE ? NTFS_RECORD_IN_USE : 0) | (e.flags & NTFS_DIRECTORY ? NTFS_RECORD_DIRECTORY : 0) |
		                     (e.attributes ? NTFS_RECORD_FILLED : 0));
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
	size_t in_block = NTFS_BLOCK / v->record_size;
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
	uint32_t hash = ntfs_name_hash(n->name, n->name_units);
	int32_t known = ntfs_name_find(f, child, p->directory, hash);
	if (known != NTFS_NO_NAME) {
		f->name[known].flags |= entry->allocated ? NTFS_NAME_INDEXED : entry->late ? 0 : NTFS_NAME_LEFTOVER;
		return;
	}
	uint64_t key = ((uint64_t)p->directory << 32 ^ hash) * 0x9e3779b97f4a7c15U + entry->reference;
	if (entry->allocated)
		number_set_add(&f->extras_in_use, key);
	if (!number_set_add(&f->extras_known, key ^ entry->allocated))
		return;
	f->extra = memory_room(f->extra, f->extras, &f->extras_capacity, sizeof *f->extra);
	f->extra[f->extras++] = (struct ntfs_extra){ .reference = entry->reference, .directory = p->directory, .ordinal = p->ordinal++,
		.name = f->extra_names.length, .created = n->created, .modified = n->modified, .changed = n->changed, .accessed = n->accessed,
		.units = (uint8_t)n->name_units, .allocated = entry->allocated, .is_directory = n->flags >> 28 & 1,
		.late = entry->late };
	buffer_append(&f->extra_names, n->name, 2 * n->name_units);
}

/* A record's bytes in the block of records that was read last. */
uint8_t *ntfs_record_in_block(struct ntfs *f, uint64_t number)
{
	struct ntfs_volume *v = &f->volume;
	size_t in_block = NTFS_BLOCK / v->record_size;
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
		if (!(flags & NTFS_RECORD_BASE) || !(flags & NTFS_RECORD_DIRECTORY) || !(flags & NTFS_RECORD_FILLED))
			continue;
		if (f->container.report && f->container.report->step && !f->container.report->step(f->container.report, i))
			continue;
		struct ntfs_entry e;
		struct index_pass p = { .f = f, .directory = (uint32_t)i };
		uint8_t *record = ntfs_record_in_block(f, i);
		if (ntfs_record_fix(record, f->volume.record_size) == NTFS_RECORD_NONE)
			continue;
		ntfs_entry_parse(&f->volume, record, i, &e, &a);
		if (!ntfs_index_walk(&f->volume, &e, &a, index_entry_note, &p) && flags & NTFS_RECORD_IN_USE)
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
		const struct ntfs_extra *x = &f->extra[i];
		if (x->allocated)
			number_set_add(&once, (uint64_t)x->directory << 32 | ntfs_name_hash(f->extra_names.data + x->name, x->units));
	}
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < f->names; i++) {
			struct ntfs_listed_name *n = &f->name[i];
			if (n->flags & NTFS_NAME_DOS || !(f->record[n->child].flags & NTFS_RECORD_IN_USE) || !ntfs_name_attached(f, n))
				continue;
			uint64_t key = (uint64_t)n->parent << 32 | n->hash;
			if (!turn && !number_set_add(&once, key))
				number_set_add(&twice, key);
			if (turn && number_set_has(&twice, key))
				n->flags |= NTFS_NAME_TWIN;
		}
	number_set_free(&once);
	number_set_free(&twice);
}

void ntfs_tables_read(struct ntfs *f)
{
	if (f->record)
		return;
	f->record = memory_array((size_t)f->volume.records, sizeof *f->record);
	for (uint64_t i = 0; i < f->volume.records; i++)
		f->record[i].first_name = NTFS_NO_NAME;
	buffer_byte(&f->directory_names, 0);    /* offset 0 stands for no text */
	buffer_reserve(&f->extra_names, 1);     /* an empty name has a place too */
	records_read(f);
	indexes_read(f);
	twins_mark(f);
	f->block_count = 0;
}

/* ---- paths ---- */

static const char *directory_name(const struct ntfs *f, const struct ntfs_listed_name *n)
{
	return n->text ? (const char *)f->directory_names.data + n->text : "%3F";
}

const struct ntfs_parent_path *ntfs_parent_path(struct ntfs *f, uint32_t record)
{
	struct ntfs_parent_path *p = &f->parent[record % NTFS_PATHS];
	if (p->known && p->record == record)
		return p;
	p->known = true;
	p->record = record;
	p->by_path = true;
	p->orphan = false;
	buffer_clear(&p->path);
	int32_t chain[NTFS_DEPTH_MAX];
	size_t depth = 0;
	while (record != NTFS_ROOT) {
		int32_t i = name_of_directory(f, record);
		if (depth == NTFS_DEPTH_MAX) {
			report_error(f->container.report, "limit", "fs.depth", NULL, 0, 0, "more than %d directories above record %u, or a loop of them", NTFS_DEPTH_MAX,
			             p->record);
			depth = 0;
			p->orphan = true;
			break;
		}
		if (i == NTFS_NO_NAME) {
			p->orphan = true;
			break;
		}
		chain[depth++] = i;
		if (!(f->record[record].flags & NTFS_RECORD_IN_USE) || f->name[i].flags & NTFS_NAME_TWIN || !directory_name(f, &f->name[i])[0])
			p->by_path = false;
		if (!ntfs_name_attached(f, &f->name[i])) {
			p->orphan = true;
			break;
		}
		record = f->name[i].parent;
	}
	if (p->orphan)
		buffer_text(&p->path, NTFS_ORPHAN_PATH);
	while (depth--) {
		const struct ntfs_listed_name *n = &f->name[chain[depth]];
		buffer_byte(&p->path, '/');
		buffer_text(&p->path, directory_name(f, n));
	}
	if (p->path.length > NODE_PATH_MAX) {
		report_error(f->container.report, "limit", "fs.path", NULL, 0, 0, "the path of directory record %u is longer than %d bytes; its names are given as orphans",
		             p->record, NODE_PATH_MAX);
		buffer_clear(&p->path);
		buffer_text(&p->path, NTFS_ORPHAN_PATH);
		p->orphan = true;
	}
	p->by_path &= !p->orphan;
	return p;
}

char *ntfs_path_join(struct arena *a, const char *parent, size_t parent_length, const uint8_t *utf16, size_t units)
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

/* ---- names and steps of a record */

const uint8_t *ntfs_orphan_name(struct arena *a, uint64_t number, size_t *units)
{
	char *text = arena_format(a, "OrphanFile-%llu", (unsigned long long)number);
	*units = strlen(text);
	uint8_t *utf16 = arena_new(a, 2 * *units);
	for (size_t i = 0; i < *units; i++)
		utf16[2 * i] = (uint8_t)text[i];
	return utf16;
}

/* The $FILE_NAMEs that count, in the order of the record: DOS ones only where there is no other. */
size_t ntfs_own_names(const struct ntfs_entry *e, struct ntfs_own_name **names, struct arena *a)
{
	*names = arena_array(a, e->attributes + 1, sizeof **names);
	for (int dos = 0; dos < 2; dos++) {
		size_t count = 0;
		for (size_t i = 0; i < e->attributes; i++) {
			struct ntfs_own_name *o = &(*names)[count];
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

char *ntfs_path_step(const struct ntfs *f, struct arena *a, const char *path)
{
	const char *format = f->container.format->name;
	size_t length = strlen(path), prefix = strlen(format);
	char *step = arena_new(a, prefix + length + 2);
	memcpy(step, format, prefix);
	step[prefix] = ':';
	memcpy(step + prefix + 1, path, length);
	return step;
}

char *ntfs_address_step(const struct ntfs *f, struct arena *a, uint64_t reference, size_t ordinal)
{
	char *step = arena_format(a, "%s:#%llu-%u", f->container.format->name, (unsigned long long)ntfs_reference_record(reference), ntfs_reference_sequence(reference));
	return ordinal ? arena_format(a, "%s@%zu", step, ordinal) : step;
}

uint64_t ntfs_entry_reference(const struct ntfs_entry *e)
{
	return e->number | (uint64_t)ntfs_entry_sequence(e) << 48;
}

/* The record that a name which only an index has meant, if that is still the same. */
bool ntfs_extra_entry(struct ntfs *f, const struct ntfs_extra *x, struct ntfs_entry *e, struct arena *a)
{
	uint64_t number = ntfs_reference_record(x->reference);
	return number < f->volume.records && f->record[number].flags & NTFS_RECORD_BASE && ntfs_entry_read(&f->volume, number, e, a) &&
		ntfs_entry_sequence(e) == ntfs_reference_sequence(x->reference);
}

/* Such a name below the path of its directory. */
struct ntfs_name ntfs_extra_name(const struct ntfs *f, const struct ntfs_extra *x, const char *path, size_t path_length, bool orphan, struct arena *a)
{
	struct ntfs_file_name *times = arena_new(a, sizeof *times);
	*times = (struct ntfs_file_name){ .created = x->created, .modified = x->modified, .changed = x->changed, .accessed = x->accessed };
	struct ntfs_name n = { .reference = x->reference, .parent = ntfs_directory_reference(f, x->directory), .name = f->extra_names.data + x->name, .name_units = x->units,
		.allocated = x->allocated, .orphan = orphan, .late = x->late, .type = x->is_directory ? 'd' : 'r', .file_name = times };
	n.path = ntfs_path_join(a, path, path_length, n.name, n.name_units);
	n.step = arena_format(a, "%s@%u.%u", ntfs_address_step(f, a, x->reference, 0), x->directory, x->ordinal);
	return n;
}

/* For the second line of body files. fls prints none for a $FILE_NAME in an extension record, whose number in there is not its own. */
void ntfs_file_name_attribute_fill(struct ntfs *f, const struct ntfs_name *name, struct node *n)
{
	if (name->file_name_attribute->id != name->file_name_attribute->unique_id)
		return;
	n->fn_attribute = arena_format(&f->container.arena, "%u-%u", NTFS_FILE_NAME, name->file_name_attribute->id);
	n->fn_size = (uint32_t)name->file_name_attribute->value_length;
}

void ntfs_orphan_directory_fill(struct ntfs *f, struct node *n)
{
	static const char name[] = "$OrphanFiles";
	*n = (struct node){ .kind = NODE_VIRTUAL, .step = ntfs_path_step(f, &f->container.arena, NTFS_ORPHAN_PATH), .name_type = 'V', .mode = "V---------", .has_allocated = true, .allocated = true,
		.has_owner = true, .has_size = true };
	n->name = (struct node_text){ .bytes = (const uint8_t *)name, .length = sizeof name - 1 };
	n->path = (struct node_text){ .bytes = (const uint8_t *)NTFS_ORPHAN_PATH, .length = sizeof NTFS_ORPHAN_PATH - 1 };
	n->address = arena_format(&f->container.arena, "%llu", (unsigned long long)f->volume.records);
}
