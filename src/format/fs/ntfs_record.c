/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_record.c: the volume, FILE records, attributes and run lists of NTFS, from the bytes.
 *
 * Sources: libyal/libfsntfs "New Technologies File System (NTFS)"; linux-ntfs documentation; Microsoft [MS-FSCC]. What is easily got wrong: the update
 * sequence has a stride of 512 whatever the sector size; sizes hold only in the piece that starts at VCN 0; the $MFT may have an attribute list whose
 * pieces lie in the $MFT; a deleted record's sequence is one higher than in the names that point to it. */
#include <stdlib.h>
#include <string.h>

#include "format/fs/boot_sector.h"
#include "format/fs/ntfs.h"

enum { STRIDE = 512, HEADER = 42, ATTRIBUTE_MIN = 16, RESIDENT_HEADER = 24, RUN_HEADER = 64, FILE_NAME_HEADER = 66, LIST_ENTRY = 26, LIST_MAP_MAX = 255 };
#define END_MARK 0xffffffffU

/* ---- volume ---- */

bool ntfs_boot_parse(struct ntfs_volume *v, const uint8_t *boot, uint64_t *mft_at, uint64_t *mirror_at)
{
	struct cursor c = cursor_of(boot, 512, 0);
	c.at = 11;              /* 11 bytes a sector u16; 13 sectors a cluster u8 (above 0x80: 2^(256 - n)) */
	v->sector_size = cursor_u16le(&c);
	uint32_t per_cluster = cursor_u8(&c);
	if (per_cluster > 0x80)
		per_cluster = per_cluster >= 0xe1 ? 1U << (256 - per_cluster) : 0;
	c.at = 40;              /* 40 sectors u64; 48 $MFT, 56 $MFTMirr LCN u64; 64 clusters a record i8 (negative: 2^-n bytes); 68 the same for index blocks */
	uint64_t sectors = cursor_u64le(&c), mft = cursor_u64le(&c), mirror = cursor_u64le(&c);
	int record = (int8_t)cursor_u8(&c);
	c.at = 68;
	int index = (int8_t)cursor_u8(&c);
	if (boot_sector_kind(boot, 512, NULL) != BOOT_NTFS || v->sector_size < 256 || v->sector_size > 4096 || v->sector_size & (v->sector_size - 1) ||
	    !per_cluster || per_cluster & (per_cluster - 1) || per_cluster > (2U << 20) / v->sector_size)
		return false;
	v->cluster_size = per_cluster * v->sector_size;
	v->clusters = sectors / per_cluster;
	uint64_t record_size = record > 0 ? (uint64_t)record * v->cluster_size : record > -32 ? UINT64_C(1) << -record : 0;
	uint64_t index_size = index > 0 ? (uint64_t)index * v->cluster_size : index > -32 ? UINT64_C(1) << -index : 0;
	if (record_size < STRIDE || record_size > NTFS_RECORD_MAX || record_size % STRIDE || mft >= v->clusters)
		return false;
	v->record_size = (uint32_t)record_size;
	v->index_size = index_size >= STRIDE && index_size <= (2U << 20) ? (uint32_t)index_size : 4096;
	*mft_at = mft * v->cluster_size;
	*mirror_at = mirror < v->clusters ? mirror * v->cluster_size : 0;
	return true;
}

/* The boot sector, or its copy behind the last sector of the volume. */
static bool boot_find(struct ntfs_volume *v, uint64_t *mft_at, uint64_t *mirror_at)
{
	uint8_t boot[STRIDE];
	struct source *s = v->source;
	if (source_read_at(s, 0, boot, sizeof boot, NULL) == sizeof boot && ntfs_boot_parse(v, boot, mft_at, mirror_at))
		return true;
	for (uint64_t sector = 512; sector <= 4096; sector *= 8)
		if (s->size >= 2 * sector && source_read_at(s, (s->size / sector - 1) * sector, boot, sizeof boot, NULL) == sizeof boot &&
		    ntfs_boot_parse(v, boot, mft_at, mirror_at)) {
			report_error(v->report, "damage", "ntfs.boot", NULL, 0, STRIDE, "the boot sector is damaged; its copy at the end of the volume is used");
			return true;
		}
	report_error(v->report, "damage", "ntfs.boot", NULL, 0, STRIDE, "the boot sector makes no sense, and there is no copy at the end of the volume");
	return false;
}

static void mft_append(struct ntfs_volume *v, const struct ntfs_run *run, size_t runs)
{
	v->mft_extent = memory_resize(v->mft_extent, v->mft_extents + runs, sizeof *v->mft_extent);
	for (size_t i = 0; i < runs; i++)
		v->mft_extent[v->mft_extents++] = (struct extent){ .offset = run[i].lcn * v->cluster_size, .length = run[i].count * v->cluster_size,
		                                                   .kind = run[i].hole ? EXTENT_UNREADABLE : EXTENT_DATA };
}

static void mft_source_make(struct ntfs_volume *v, uint64_t size)
{
	uint64_t mapped = 0;
	for (size_t i = 0; i < v->mft_extents; i++)
		mapped += v->mft_extent[i].length;
	source_close(v->mft);
	v->mft = source_of_extents(v->source, v->mft_extent, v->mft_extents, size < mapped ? size : mapped);
	v->records = v->mft->size / v->record_size;
}

/* Pieces of the $MFT in extension records: each is found through the pieces before it. */
static void mft_extend(struct ntfs_volume *v, const struct ntfs_entry *mft, uint64_t size, struct arena *a)
{
	const struct ntfs_attribute *list = ntfs_attribute_find(mft, NTFS_ATTRIBUTE_LIST, NULL);
	if (!list)
		return;
	struct source *s = ntfs_stream_open(v, mft, list, NULL);
	uint64_t next = 0;
	for (size_t i = 0; i < v->mft_extents; i++)
		next += v->mft_extent[i].length / v->cluster_size;
	size_t length = s && s->size < NTFS_LIST_MAX ? (size_t)s->size : 0;
	uint8_t *bytes = arena_new(a, length + 1);
	if (s)
		source_read_at(s, 0, bytes, length, NULL);
	source_close(s);
	struct cursor c = cursor_of(bytes, length, 0);
	for (size_t at = 0; at + LIST_ENTRY <= length;) {       /* 0 type u32, 4 length u16, 6 name length u8, 8 first VCN u64, 16 reference u64, 24 id u16 */
		c.at = at;
		uint32_t type = cursor_u32le(&c);
		uint16_t entry_length = cursor_u16le(&c);
		uint8_t name_units = cursor_u8(&c);
		c.at = at + 8;
		uint64_t first = cursor_u64le(&c), holder = ntfs_reference_record(cursor_u64le(&c));
		if (entry_length < LIST_ENTRY)
			break;
		at += entry_length;
		if (type != NTFS_DATA || name_units || first != next || !holder)
			continue;
		enum ntfs_record_state state;
		uint8_t *record = ntfs_record_read(v, holder, a, &state);
		struct ntfs_entry piece = { 0 };
		if (record)
			ntfs_record_parse(record, v->record_size, &piece, a);
		for (size_t i = 0; record && ntfs_reference_record(piece.base) == 0 && i < piece.attributes; i++) {
			const struct ntfs_attribute *d = &piece.attribute[i];
			struct ntfs_run *run;
			size_t runs;
			if (d->type != NTFS_DATA || d->name_units || d->resident || d->first_vcn != next)
				continue;
			ntfs_runs_parse(v, d, a, &run, &runs);
			mft_append(v, run, runs);
			for (size_t k = 0; k < runs; k++)
				next += run[k].count;
			mft_source_make(v, size);
		}
	}
}

static bool mft_load(struct ntfs_volume *v, uint64_t at, struct arena *a)
{
	struct ntfs_entry mft = { 0 };
	uint8_t *record = arena_new(a, v->record_size);
	if (source_read_at(v->source, at, record, v->record_size, NULL) < v->record_size || ntfs_record_fix(record, v->record_size) == NTFS_RECORD_NONE)
		return false;
	ntfs_record_parse(record, v->record_size, &mft, a);
	const struct ntfs_attribute *data = ntfs_attribute_find(&mft, NTFS_DATA, NULL);
	struct ntfs_run *run;
	size_t runs = 0;
	if (!data || data->resident || !(mft.flags & NTFS_IN_USE))
		return false;
	ntfs_runs_parse(v, data, a, &run, &runs);
	if (!runs)
		return false;
	mft_append(v, run, runs);
	mft_source_make(v, data->size);
	mft_extend(v, &mft, data->size, a);
	if (v->records * v->record_size + v->record_size <= data->size)
		report_error(v->report, "damage", "ntfs.mft", "ntfs:/%24MFT", at, v->record_size, "the runs of $MFT cover %llu of %llu bytes",
		             (unsigned long long)v->mft->size, (unsigned long long)data->size);
	return v->records > NTFS_ROOT;
}

bool ntfs_volume_open(struct ntfs_volume *v, struct source *source, struct reporter *report)
{
	*v = (struct ntfs_volume){ .source = source, .report = report };
	uint64_t mft_at, mirror_at;
	if (!boot_find(v, &mft_at, &mirror_at))
		return false;
	struct arena a = { 0 };
	bool found = mft_load(v, mft_at, &a);
	if (!found) {
		v->mft_extents = 0;
		report_error(report, "damage", "ntfs.mft", "ntfs:/%24MFT", mft_at, v->record_size, "the first record of $MFT is damaged; $MFTMirr is asked");
		found = mirror_at && mft_load(v, mirror_at, &a);
		if (!found)
			report_error(report, "damage", "ntfs.mft", "ntfs:/%24MFT", mirror_at, v->record_size, "no record tells where $MFT lies");
	}
	arena_free(&a);
	return found;
}

void ntfs_volume_close(struct ntfs_volume *v)
{
	source_close(v->mft);
	if (v->bitmap) {
		source_close(v->bitmap->bytes);
		arena_free(&v->bitmap->arena);
	}
	free(v->bitmap);
	free(v->extension);
	free(v->mft_extent);
}

/* ---- records ---- */

enum ntfs_record_state ntfs_record_fix(uint8_t *record, size_t size)
{
	struct cursor c = cursor_of(record, size, 0);
	uint32_t magic = cursor_u32le(&c);
	uint16_t at = cursor_u16le(&c), count = cursor_u16le(&c);       /* 4 update sequence u16, 6 its words u16: one, then one a stride */
	bool named = magic == 0x454c4946 || magic == 0x44414142;        /* FILE, BAAD */
	if (!count || at < 8 || (size_t)at + 2 * (size_t)count > size || count - 1U > size / STRIDE)
		return NTFS_RECORD_NONE;
	bool fits = true;
	for (size_t i = 1; i < count; i++) {
		uint8_t *tail = record + i * STRIDE - 2;
		if (memcmp(tail, record + at, 2) != 0) {
			fits = false;
			continue;
		}
		memcpy(tail, record + at + 2 * i, 2);
	}
	if (!named && (!fits || count < 2))
		return NTFS_RECORD_NONE;
	return fits ? NTFS_RECORD_GOOD : NTFS_RECORD_TORN;
}

static struct ntfs_attribute *attribute_new(struct ntfs_entry *e, struct arena *a)
{
	e->attribute = arena_room(a, e->attribute, e->attributes, &e->capacity, sizeof *e->attribute);
	struct ntfs_attribute *made = &e->attribute[e->attributes++];
	*made = (struct ntfs_attribute){ 0 };
	return made;
}

/* Attributes from `at` on, as many as hold together. */
static void attributes_parse(const uint8_t *record, size_t size, size_t at, struct ntfs_entry *e, struct arena *arena)
{
	while (at + ATTRIBUTE_MIN <= size) {
		struct cursor c = cursor_of(record, size, 0);
		c.at = at;              /* 0 type, 4 length u32; 8 not resident u8, 9 name length u8, 10 name offset u16, 12 flags u16, 14 id u16 */
		uint32_t type = cursor_u32le(&c), length = cursor_u32le(&c);
		if (type == END_MARK || length < ATTRIBUTE_MIN || length > size - at)
			return;
		struct cursor x = cursor_window(&c, at, length);
		x.at = 8;
		bool resident = cursor_u8(&x) == 0;
		uint8_t name_units = cursor_u8(&x);
		uint16_t name_at = cursor_u16le(&x), flags = cursor_u16le(&x), id = cursor_u16le(&x);
		struct ntfs_attribute made = { .type = type, .id = id, .unique_id = id, .flags = flags, .resident = resident };
		struct cursor name = cursor_window(&x, name_at, (uint64_t)name_units * 2);
		made.name = name_units ? cursor_bytes(&name, (size_t)name_units * 2) : NULL;
		made.name_units = made.name ? name_units : 0;
		if (resident) {         /* 16 value length u32, 20 value offset u16 */
			uint32_t value_length = cursor_u32le(&x);
			uint16_t value_at = cursor_u16le(&x);
			struct cursor value = cursor_window(&x, value_at, value_length);
			if (value.bad) {        /* cut at the end of the attribute */
				value = cursor_window(&x, value_at, value_at < length ? length - value_at : 0);
				e->incomplete = true;
			}
			made.value = value.data;
			made.value_length = value.size;
		} else {                /* 16 first, 24 last VCN u64; 32 run list u16, 34 compression unit u8; 40 allocated, 48 size, 56 initialised u64 */
			made.first_vcn = cursor_u64le(&x);
			made.last_vcn = cursor_u64le(&x);
			uint16_t runs_at = cursor_u16le(&x);
			made.compression_unit = cursor_u8(&x);
			x.at = 40;
			made.allocated = cursor_u64le(&x);
			made.size = cursor_u64le(&x);
			made.initialised = cursor_u64le(&x);
			if (length < RUN_HEADER || runs_at > length || x.bad) {
				at += length;
				e->incomplete = true;
				continue;
			}
			made.runs = record + at + runs_at;
			made.runs_length = length - runs_at;
		}
		*attribute_new(e, arena) = made;
		at += length;
	}
}

void ntfs_record_parse(const uint8_t *record, size_t size, struct ntfs_entry *e, struct arena *a)
{
	struct cursor c = cursor_of(record, size, 0);
	c.at = 16;              /* 16 sequence, 18 links, 20 first attribute, 22 flags u16; 24 bytes used u32; 32 base reference u64 */
	e->sequence = cursor_u16le(&c);
	e->links = cursor_u16le(&c);
	uint16_t first = cursor_u16le(&c);
	e->flags = cursor_u16le(&c);
	c.at = 32;
	e->base = cursor_u64le(&c);
	if (first >= HEADER)
		attributes_parse(record, size, first, e, a);
}

uint8_t *ntfs_record_read(const struct ntfs_volume *v, uint64_t number, struct arena *a, enum ntfs_record_state *state)
{
	*state = NTFS_RECORD_NONE;
	if (number >= v->records)
		return NULL;
	uint8_t *record = arena_new(a, v->record_size);
	source_read_at(v->mft, number * v->record_size, record, v->record_size, NULL);
	*state = ntfs_record_fix(record, v->record_size);
	return *state == NTFS_RECORD_NONE ? NULL : record;
}

/* fls gives the attributes of extension records numbers of their own, counted on from the highest of the list: one for each type and name. */
struct list_map {
	struct { uint32_t type; const uint8_t *name; size_t name_units; uint64_t holder; uint16_t id; } entry[LIST_MAP_MAX];
	size_t count;
	uint64_t holder[NTFS_EXTENSIONS_MAX];
	size_t holders;
};

static void list_parse(const uint8_t *bytes, size_t length, const struct ntfs_entry *e, uint16_t list_id, struct list_map *m)
{
	struct cursor c = cursor_of(bytes, length, 0);
	uint16_t highest = list_id;
	for (size_t at = 0; at + LIST_ENTRY <= length;) {
		c.at = at;
		uint32_t type = cursor_u32le(&c);
		uint16_t entry_length = cursor_u16le(&c);
		uint8_t name_units = cursor_u8(&c);
		c.at = at + 16;
		uint64_t holder = ntfs_reference_record(cursor_u64le(&c));
		uint16_t id = cursor_u16le(&c);
		const uint8_t *name = name_units ? cursor_bytes(&c, (size_t)name_units * 2) : (const uint8_t *)"";
		if (entry_length < LIST_ENTRY || !name)
			break;
		at += entry_length;
		if (id > highest)
			highest = id;
		bool known = false;
		for (size_t i = 0; i < m->count && !known; i++)
			known = m->entry[i].type == type && m->entry[i].name_units == name_units && memcmp(m->entry[i].name, name, (size_t)name_units * 2) == 0;
		if (!known && m->count < LIST_MAP_MAX) {
			m->entry[m->count].type = type;
			m->entry[m->count].name = name;
			m->entry[m->count].name_units = name_units;
			m->entry[m->count++].holder = holder;
		}
		known = holder == e->number;
		for (size_t i = 0; i < m->holders && !known; i++)
			known = m->holder[i] == holder;
		if (!known && m->holders < NTFS_EXTENSIONS_MAX)
			m->holder[m->holders++] = holder;
	}
	for (size_t i = 0; i < m->count; i++)
		if (m->entry[i].holder != e->number)
			m->entry[i].id = ++highest;
}

static int extension_compare(const void *a, const void *b)
{
	const struct ntfs_extension *x = a, *y = b;
	return x->base != y->base ? (x->base > y->base) - (x->base < y->base) : (x->number > y->number) - (x->number < y->number);
}

/* The list itself lies outside a saved $MFT: the records that name this one as their base. */
static void extensions_find(const struct ntfs_volume *v, struct ntfs_entry *e, struct list_map *m)
{
	size_t low = 0, high = v->extensions;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (v->extension[middle].base < e->number)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < v->extensions && v->extension[low].base == e->number && m->holders < NTFS_EXTENSIONS_MAX; low++)
		m->holder[m->holders++] = v->extension[low].number;
	e->incomplete = !m->holders;
}

static uint16_t list_id(const struct list_map *m, const struct ntfs_entry *e, const struct ntfs_attribute *a)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->entry[i].type == a->type && m->entry[i].name_units == a->name_units &&
		    (!a->name_units || memcmp(m->entry[i].name, a->name, 2 * a->name_units) == 0)) {
			if (m->entry[i].id)
				return m->entry[i].id;
			for (size_t k = 0; k < e->attributes; k++)      /* goes on with one of the base record */
				if (ntfs_attributes_join(&e->attribute[k], a))
					return e->attribute[k].unique_id;
			return 0;
		}
	return a->id;
}

void ntfs_entry_parse(const struct ntfs_volume *v, const uint8_t *record, uint64_t number, struct ntfs_entry *e, struct arena *a)
{
	*e = (struct ntfs_entry){ .number = number };
	ntfs_record_parse(record, v->record_size, e, a);
	const struct ntfs_attribute *list = ntfs_attribute_find(e, NTFS_ATTRIBUTE_LIST, NULL);
	if (!list)
		return;
	uint16_t id = list->id;
	struct source *s = ntfs_stream_open(v, e, list, NULL);
	size_t length = s ? (s->size < NTFS_LIST_MAX ? (size_t)s->size : NTFS_LIST_MAX) : 0;
	uint8_t *bytes = arena_new(a, length + 1);
	if (s)
		source_read_at(s, 0, bytes, length, NULL);
	source_close(s);
	struct list_map *m = memory_new(sizeof *m);
	list_parse(bytes, length, e, id, m);
	if (!s)
		extensions_find(v, e, m);
	for (size_t i = 0; i < m->holders; i++) {
		enum ntfs_record_state state;
		uint8_t *more = ntfs_record_read(v, m->holder[i], a, &state);
		struct ntfs_entry piece = { .number = m->holder[i] };
		if (more)
			ntfs_record_parse(more, v->record_size, &piece, a);
		/* A deleted file's extension records may have become another's. */
		if (!more || ntfs_reference_record(piece.base) != number || !piece.base) {
			e->incomplete = true;
			continue;
		}
		e->torn |= state == NTFS_RECORD_TORN;
		for (size_t k = 0; k < piece.attributes; k++) {
			struct ntfs_attribute *made = attribute_new(e, a);
			*made = piece.attribute[k];
			e->attributes--;        /* not its own forerunner */
			made->unique_id = list_id(m, e, made);
			e->attributes++;
		}
	}
	free(m);
}

bool ntfs_entry_read(const struct ntfs_volume *v, uint64_t number, struct ntfs_entry *e, struct arena *a)
{
	enum ntfs_record_state state;
	uint8_t *record = ntfs_record_read(v, number, a, &state);
	if (!record)
		return false;
	ntfs_entry_parse(v, record, number, e, a);
	e->torn |= state == NTFS_RECORD_TORN;
	return true;
}

uint16_t ntfs_entry_sequence(const struct ntfs_entry *e)
{
	return (uint16_t)(e->flags & NTFS_IN_USE || !e->sequence ? e->sequence : e->sequence - 1);
}

/* ---- attributes ---- */

bool ntfs_attribute_named(const struct ntfs_attribute *a, const char *ascii)
{
	size_t length = ascii ? strlen(ascii) : 0;
	if (a->name_units != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (a->name[2 * i] != (uint8_t)ascii[i] || a->name[2 * i + 1])
			return false;
	return true;
}

bool ntfs_attributes_join(const struct ntfs_attribute *a, const struct ntfs_attribute *b)
{
	return a->type == b->type && a->name_units == b->name_units && (!a->name_units || memcmp(a->name, b->name, 2 * a->name_units) == 0);
}

const struct ntfs_attribute *ntfs_attribute_find(const struct ntfs_entry *e, uint32_t type, const char *name)
{
	for (size_t i = 0; i < e->attributes; i++)
		if (e->attribute[i].type == type && ntfs_attribute_named(&e->attribute[i], name) && (e->attribute[i].resident || !e->attribute[i].first_vcn))
			return &e->attribute[i];
	return NULL;
}

bool ntfs_file_name_parse(const uint8_t *value, size_t length, struct ntfs_file_name *f)
{
	struct cursor c = cursor_of(value, length, 0);
	if (length < FILE_NAME_HEADER)
		return false;
	f->parent = cursor_u64le(&c);           /* 0 parent; 8 created, 16 modified, 24 changed, 32 accessed, 40 allocated, 48 size u64; 56 flags u32 */
	f->created = cursor_u64le(&c);
	f->modified = cursor_u64le(&c);
	f->changed = cursor_u64le(&c);
	f->accessed = cursor_u64le(&c);
	f->allocated = cursor_u64le(&c);
	f->size = cursor_u64le(&c);
	f->flags = cursor_u32le(&c);
	c.at = 64;              /* 64 name length u8, 65 name space u8, 66 name */
	f->name_units = cursor_u8(&c);
	f->name_space = cursor_u8(&c);
	f->name = cursor_bytes(&c, 2 * f->name_units);
	return !c.bad;
}

/* ---- runs ---- */

bool ntfs_runs_parse(const struct ntfs_volume *v, const struct ntfs_attribute *a, struct arena *arena, struct ntfs_run **run, size_t *runs)
{
	struct cursor c = cursor_of(a->runs, a->runs_length, 0);
	struct ntfs_run *made = arena_array(arena, a->runs_length / 2 + 1, sizeof *made);       /* a run takes two bytes or more */
	uint64_t vcn = a->first_vcn;
	int64_t lcn = 0;
	*run = made;
	*runs = 0;
	while (cursor_left(&c)) {
		uint8_t head = cursor_u8(&c);
		unsigned length_bytes = head & 15, offset_bytes = head >> 4;
		if (!head)
			return true;
		if (!length_bytes || length_bytes > 8 || offset_bytes > 8)
			return false;
		uint64_t count = cursor_le(&c, length_bytes), offset = cursor_le(&c, offset_bytes);
		if (offset_bytes && offset_bytes < 8 && offset >> (8 * offset_bytes - 1))
			offset |= UINT64_MAX << (8 * offset_bytes);     /* a signed step from the run before */
		if (c.bad || !count || count > UINT64_MAX / 2 / v->cluster_size || __builtin_add_overflow(lcn, (int64_t)offset, &lcn))
			return false;
		struct ntfs_run r = { .vcn = vcn, .lcn = (uint64_t)lcn, .count = count, .hole = !offset_bytes };
		if (__builtin_add_overflow(vcn, count, &vcn))
			return false;
		if (!r.hole && (lcn < 0 || r.lcn >= v->clusters || count > v->clusters - r.lcn))
			return false;
		made[(*runs)++] = r;
	}
	return true;            /* the attribute ends without the closing zero: some writers do that */
}

static int by_vcn(const void *a, const void *b)
{
	const struct ntfs_attribute *const *x = a, *const *y = b;
	return (*x)->first_vcn < (*y)->first_vcn ? -1 : (*x)->first_vcn > (*y)->first_vcn;
}

void ntfs_stream_runs(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                      struct ntfs_run **run, size_t *runs, bool *damaged)
{
	const struct ntfs_attribute **piece = arena_array(arena, e->attributes + 1, sizeof *piece);
	size_t pieces = 0, count = 0, bytes = 0;
	for (size_t i = 0; i < e->attributes; i++)
		if (!e->attribute[i].resident && ntfs_attributes_join(first, &e->attribute[i])) {
			piece[pieces++] = &e->attribute[i];
			bytes += e->attribute[i].runs_length;
		}
	qsort(piece, pieces, sizeof *piece, by_vcn);
	struct ntfs_run *all = arena_array(arena, bytes / 2 + 2 * pieces + 1, sizeof *all);
	uint64_t next = 0;
	*damaged = false;
	for (size_t i = 0; i < pieces; i++) {
		struct ntfs_run *some;
		size_t some_count;
		if (piece[i]->first_vcn < next) {       /* the same piece twice */
			*damaged = true;
			continue;
		}
		if (piece[i]->first_vcn > next)
			*damaged = true;
		if (!ntfs_runs_parse(v, piece[i], arena, &some, &some_count))
			*damaged = true;
		memcpy(all + count, some, some_count * sizeof *all);
		count += some_count;
		next = some_count ? some[some_count - 1].vcn + some[some_count - 1].count : piece[i]->first_vcn;
	}
	if (*damaged)
		report_error(v->report, "damage", "ntfs.runs", step, 0, 0, "entry %llu, attribute %u-%u: its run list is damaged or incomplete",
		             (unsigned long long)e->number, first->type, first->unique_id);
	*run = all;
	*runs = count;
}

/* ---- a $MFT saved as a file ---- */

uint32_t ntfs_mft_record_size(const uint8_t *head, size_t length)
{
	struct cursor c = cursor_of(head, length, 0);
	uint32_t magic = cursor_u32le(&c);              /* 0 "FILE"; 20 first attribute u16, 24 bytes used u32, 28 bytes allocated u32, 44 number u32 in newer ones */
	uint16_t sequence_at = cursor_u16le(&c);        /* 4 */
	c.at = 20;
	uint16_t first = cursor_u16le(&c);
	c.at = 24;
	uint32_t used = cursor_u32le(&c), size = cursor_u32le(&c);
	bool sane = !c.bad && magic == 0x454c4946 && sequence_at >= 0x28 && sequence_at < 0x40 && first >= sequence_at && first < 0x200 && first % 8 == 0 && used <= size &&
		(size == 1024 || size == 2048 || size == 4096);
	/* record 1 is a record, too */
	return sane && (length < 2 * (size_t)size || memcmp(head + size, "FILE", 4) == 0 || memcmp(head + size, "BAAD", 4) == 0) ? size : 0;
}

bool ntfs_volume_of_mft(struct ntfs_volume *v, struct source *mft, struct reporter *report)
{
	uint8_t head[2 * 4096];
	size_t length = source_read_at(mft, 0, head, sizeof head, NULL);
	*v = (struct ntfs_volume){ .report = report, .sector_size = 512, .cluster_size = 4096, .index_size = 4096, .clusters = UINT64_C(1) << 48 };
	v->record_size = ntfs_mft_record_size(head, length);
	if (!v->record_size) {
		report_error(report, "damage", "ntfs.mft", NULL, 0, length < 48 ? length : 48, "no $MFT: its first record makes no sense");
		return false;
	}
	v->mft = source_window(mft, 0, mft->size);
	v->records = mft->size / v->record_size;
	size_t capacity = 0;
	for (uint64_t i = 0; i < v->records; i++) {
		uint8_t record[48];
		source_read_at(mft, i * v->record_size, record, sizeof record, NULL);
		struct cursor c = cursor_of(record, sizeof record, 0);
		c.at = 32;
		uint64_t base = ntfs_reference_record(cursor_u64le(&c));
		if (!base || memcmp(record, "FILE", 4) != 0)
			continue;
		v->extension = memory_room(v->extension, v->extensions, &capacity, sizeof *v->extension);
		v->extension[v->extensions++] = (struct ntfs_extension){ .base = base, .number = i };
	}
	if (v->extensions)
		qsort(v->extension, v->extensions, sizeof *v->extension, extension_compare);
	if (mft->size % v->record_size)
		report_note(report, "ntfs.mft", NULL, v->records * v->record_size, mft->size % v->record_size, "the $MFT ends inside a record");
	return true;
}
