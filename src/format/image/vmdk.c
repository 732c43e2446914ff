/* SPDX-License-Identifier: Apache-2.0 */
/* vmdk.c: disk images of VMware: one file that grows, stream-optimised (OVA), and a descriptor with extents in files of their own (flat, growing, of ESX snapshots).
 *
 * Source: VMware, "Virtual Disk Format 5.0". Our own reader because libvmdk refuses a file that was renamed, and a child without its parent fails on every read.
 *
 * A descriptor (text, in a file of its own or inside the first extent) lists the extents in their order. A growing extent has a directory of tables of grains (64 KiB); numbers are
 * little-endian and count sectors. The directory has a copy, which is asked where the first leads out of the file. Which file an extent lies in is told by the end of its
 * name in the descriptor alone (evidence_name.h), whatever the set is called now. */
#include <stdlib.h>
#include <string.h>

#include "format/image/disk.h"
#include "source/evidence_name.h"

enum {
	SECTOR = 512, HEADER = 512, MARKER = 12,
	DESCRIPTOR_MAX = 1 << 20, EXTENTS_MAX = 4096, LINE_MAX_BYTES = 4096,
	GRAIN_MAX = 1 << 20,
	COWD_TABLE = 4096,
};
enum { FLAG_ZERO_GRAIN = 4, FLAG_PACKED = 1 << 16 };
static const uint64_t DIRECTORY_AT_END = UINT64_MAX;
static const uint64_t SECTORS_MAX = INT64_MAX / SECTOR;

enum vmdk_kind { EXTENT_GROWS, EXTENT_FLAT, EXTENT_ZEROS, EXTENT_MISSING };

struct vmdk_extent {
	enum vmdk_kind kind;
	uint64_t start, length;         /* bytes of the disk */
	struct source *source;          /* borrowed */
	struct source *tables;          /* owned */
	uint64_t offset;                /* FLAT: of its first byte */
	uint64_t grain, directory, copy, tables_count, table_entries;  /* GROWS: bytes; places; entries */
	bool packed, zero_grains;
};

struct vmdk {
	struct disk disk;
	struct vmdk_extent *extent;
	size_t extents;
	bool child;
	uint8_t *room; size_t room_size;        /* for packed bytes */
};

/* A descriptor in a file of its own. */
static bool is_descriptor(const uint8_t *bytes, size_t length)
{
	static const char word[] = "# disk descriptorfile";
	size_t at = 0;
	while (at < length && at < 64 && (bytes[at] == ' ' || bytes[at] == '\r' || bytes[at] == '\n' || bytes[at] == '\t'))
		at++;
	return length - at >= sizeof word - 1 && text_equal_nocase((const char *)bytes + at, sizeof word - 1, word, sizeof word - 1);
}

static unsigned vmdk_probe(const struct probe *p)
{
	if (is_descriptor(p->head, p->head_length))
		return 64;
	struct cursor c = cursor_of(p->head, p->head_length, 0);
	if (p->head_length < HEADER)
		return 0;
	if (cursor_match(&c, "KDMV") || cursor_match(&c, "COWD")) {
		uint32_t version = cursor_u32le(&c);
		return version >= 1 && version <= 3 ? 56 : 0;
	}
	return 0;
}

/* ---- extents that grow */

static bool power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

/* Reads the header of a growing extent; NULL: all is well. descriptor (may be NULL): where its own one lies, in bytes. */
static const char *extent_header(struct vmdk_extent *e, struct source *s, uint64_t *descriptor, uint64_t *descriptor_length)
{
	uint8_t bytes[HEADER];
	struct cursor c = cursor_of(bytes, source_read_at(s, 0, bytes, sizeof bytes, NULL), 0);
	uint64_t capacity, grain;
	e->source = s;
	e->kind = EXTENT_GROWS;
	if (cursor_match(&c, "COWD")) {
		c.at = 12;              /* 12 sectors; 16 sectors of a grain; 20 directory; 24 entries: all u32 */
		capacity = cursor_u32le(&c);
		grain = cursor_u32le(&c);
		e->directory = (uint64_t)cursor_u32le(&c) * SECTOR;
		e->tables_count = cursor_u32le(&c);
		e->table_entries = COWD_TABLE;
	} else if (cursor_match(&c, "KDMV")) {
		c.at = 8;               /* 8 flags, u32; 12 sectors, u64; 20 sectors of a grain, u64; 28 descriptor, u64; 36 its length, u64; 44 entries of a table, u32; 48 copy of the directory, u64; 56 directory, u64 */
		uint32_t flags = cursor_u32le(&c);
		capacity = cursor_u64le(&c);
		grain = cursor_u64le(&c);
		uint64_t text = cursor_u64le(&c), text_length = cursor_u64le(&c);
		e->table_entries = cursor_u32le(&c);
		uint64_t copy = cursor_u64le(&c), directory = cursor_u64le(&c);
		e->packed = flags & FLAG_PACKED;
		e->zero_grains = flags & FLAG_ZERO_GRAIN;
		if (directory == DIRECTORY_AT_END) {
			/* a stream: the header that counts is the last but one sector */
			if (s->size < 3 * SECTOR || source_read_at(s, s->size - 2 * SECTOR, bytes, sizeof bytes, NULL) < sizeof bytes || memcmp(bytes, "KDMV", 4))
				return "the directory of its grains should lie at its end, and the end is not there";
			c.at = 56;
			directory = cursor_u64le(&c);
			copy = 0;
		}
		if (directory > SECTORS_MAX || copy > SECTORS_MAX || text > SECTORS_MAX || text_length > SECTORS_MAX)
			return "its header leads out of the file";
		e->directory = directory * SECTOR;
		e->copy = copy * SECTOR;
		if (descriptor) {
			*descriptor = text * SECTOR;
			*descriptor_length = text_length * SECTOR;
		}
		e->tables_count = UINT32_MAX;
	} else {
		return "it is no extent of a disk";
	}
	if (capacity > SECTORS_MAX || !power_of_two(grain) || grain > GRAIN_MAX / SECTOR || !e->table_entries || e->table_entries > 1 << 20)
		return "its header gives impossible sizes";
	e->grain = grain * SECTOR;
	e->length = capacity * SECTOR;
	e->tables = source_cached(s, DISK_TABLE_BLOCK, DISK_TABLE_BLOCKS);
	return NULL;
}

/* A number of 32 bits in the tables. */
static bool table_number(struct vmdk_extent *e, uint64_t at, uint32_t *value)
{
	uint8_t bytes[4];
	bool taint = false;
	struct cursor c = cursor_of(bytes, source_read_at(e->tables, at, bytes, sizeof bytes, &taint), at);
	*value = cursor_u32le(&c);
	return !c.bad && !taint;
}

/* Where the grain of this number lies (sectors; 0: nowhere); false: its table can't be read by this directory. */
static bool grain_find(struct vmdk_extent *e, uint64_t directory, uint64_t number, uint32_t *grain)
{
	uint32_t table;
	*grain = 0;
	if (!directory || number / e->table_entries >= e->tables_count || !table_number(e, directory + number / e->table_entries * 4, &table))
		return false;
	return !table || table_number(e, (uint64_t)table * SECTOR + number % e->table_entries * 4, grain);
}

static void grain_piece(const struct vmdk *v, struct vmdk_extent *e, uint64_t in, struct disk_piece *p)
{
	uint64_t number = in / e->grain, at = in % e->grain;
	uint32_t grain;
	p->length = e->grain - at < p->length ? e->grain - at : p->length;
	if (!grain_find(e, e->directory, number, &grain) && !grain_find(e, e->copy, number, &grain)) {
		uint64_t table = (e->table_entries - number % e->table_entries) * e->grain - at, left = e->length - in;
		p->length = table < left ? table : left;
		p->why = "the tables of grains are cut off or damaged";
		return;
	}
	if (!grain || (grain == 1 && e->zero_grains)) {
		p->kind = grain || !v->child ? PIECE_ZERO : PIECE_PARENT;
		return;
	}
	uint64_t place = (uint64_t)grain * SECTOR;
	if (place >= e->source->size) {
		p->why = "a grain lies outside of the file";
		return;
	}
	p->kind = e->packed ? PIECE_PACKED : PIECE_DATA;
	p->source = e->source;
	p->offset = e->packed ? place : place + at;
	/* extents may begin anywhere: the number is unique by where the grain begins on the disk */
	p->number = e->start + number * e->grain;
	p->in = at;
}

static void vmdk_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct vmdk *v = (struct vmdk *)d;
	size_t low = 0, high = v->extents;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (v->extent[middle].start <= at)
			low = middle;
		else
			high = middle;
	}
	struct vmdk_extent *e = &v->extent[low];
	uint64_t in = at - e->start;
	*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = e->length - in };
	switch (e->kind) {
	case EXTENT_GROWS:
		grain_piece(v, e, in, p);
		break;
	case EXTENT_FLAT:
		p->kind = PIECE_DATA;
		p->source = e->source;
		p->offset = e->offset + in;
		break;
	case EXTENT_ZEROS:
		p->kind = PIECE_ZERO;
		break;
	case EXTENT_MISSING:
		p->kind = PIECE_PARENT;         /* told when it was opened */
		break;
	}
}

static const char *vmdk_unpack(struct disk *d, const struct disk_piece *p, uint8_t *out)
{
	struct vmdk *v = (struct vmdk *)d;
	size_t most = (size_t)d->block_size * 2;
	uint8_t marker[MARKER];
	bool taint = false;
	struct cursor c = cursor_of(marker, source_read_at(p->source, p->offset, marker, sizeof marker, &taint), p->offset);
	uint64_t sector = cursor_u64le(&c);     /* 0 sector of the extent, u64; 8 packed bytes, u32 */
	uint32_t length = cursor_u32le(&c);
	(void)sector;
	if (c.bad || taint || !length || length > most)
		return "a packed grain lies outside of the file or in a damaged part of it";
	if (!v->room)
		v->room = memory_new(most);
	size_t got = source_read_at(p->source, p->offset + MARKER, v->room, length, &taint);
	if (got < length || taint)
		return "a packed grain lies outside of the file or in a damaged part of it";
	/* the last grain may be as short as the disk; extents may have grains of several sizes */
	uint64_t left = d->size - p->number, whole = p->in + p->length;
	return disk_inflate(v->room, length, true, out, (size_t)d->block_size, (size_t)(left < whole ? left : whole));
}

static void vmdk_release(struct disk *d)
{
	struct vmdk *v = (struct vmdk *)d;
	for (size_t i = 0; i < v->extents; i++)
		source_close(v->extent[i].tables);
	free(v->extent);
	free(v->room);
}

/* ---- the descriptor */

static struct vmdk_extent *extent_add(struct vmdk *v)
{
	v->extent = memory_resize(v->extent, v->extents + 1, sizeof *v->extent);
	struct vmdk_extent *e = &v->extent[v->extents++];
	*e = (struct vmdk_extent){ 0 };
	return e;
}

/* Behind the `"` that opens at c->at: the text to the next one. */
static bool quoted(struct cursor *c, const char **text, size_t *length)
{
	while (cursor_left(c) && c->data[c->at] != '"')
		c->at++;
	if (!cursor_left(c))
		return false;
	const uint8_t *start = c->data + ++c->at, *end = memchr(start, '"', cursor_left(c));
	if (!end)
		return false;
	*text = (const char *)start;
	*length = (size_t)(end - start);
	c->at += *length + 1;
	return true;
}

static uint64_t decimal(struct cursor *c)
{
	uint64_t v = 0;
	while (cursor_left(c) && c->data[c->at] == ' ')
		c->at++;
	for (; cursor_left(c) && c->data[c->at] >= '0' && c->data[c->at] <= '9'; c->at++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, c->data[c->at] - '0', &v))
			v = SECTORS_MAX;
	return v < SECTORS_MAX ? v : SECTORS_MAX;
}

static void extent_missing(struct vmdk *v, struct vmdk_extent *e, const char *class, const char *name, size_t length, const char *why)
{
	char *shown = disk_name(name, length, TEXT_UTF8);
	e->kind = EXTENT_MISSING;
	v->disk.lost = true;
	report_error(v->disk.container.report, class, "vmdk.extent", NULL, e->start, e->length, "extent %s: %s: %llu bytes of the disk are unreadable", shown, why, (unsigned long long)e->length);
	free(shown);
}

/* One line: RW 4192256 SPARSE "disk-s001.vmdk" [offset]. */
static void extent_line(struct vmdk *v, const struct opening *o, struct cursor c)
{
	uint64_t length = decimal(&c) * SECTOR;
	while (cursor_left(&c) && c.data[c.at] == ' ')
		c.at++;
	size_t from = c.at;
	while (cursor_left(&c) && c.data[c.at] > ' ')
		c.at++;
	const char *type = (const char *)c.data + from, *name = "";
	size_t type_length = c.at - from, name_length = 0;
	struct vmdk_extent *e = extent_add(v);
	e->start = v->disk.size;
	e->length = length;
	bool zero = text_equal_nocase(type, type_length, "ZERO", 4), flat = text_equal_nocase(type, type_length, "FLAT", 4) || text_equal_nocase(type, type_length, "VMFS", 4);
	bool grows = text_equal_nocase(type, type_length, "SPARSE", 6) || text_equal_nocase(type, type_length, "VMFSSPARSE", 10);
	e->kind = EXTENT_ZEROS;
	if (__builtin_add_overflow(v->disk.size, length, &v->disk.size) || v->disk.size > INT64_MAX) {
		v->disk.size = e->start;
		e->length = 0;
		return;
	}
	if (zero)
		return;
	if (!quoted(&c, &name, &name_length) || (!flat && !grows)) {
		extent_missing(v, e, "unsupported", name, name_length, "of a kind that is not read");
		return;
	}
	uint64_t number = 0;
	struct source *s = evidence_name_scheme(name, name_length, &number) != NAMING_VMDK ? NULL : number ? o->parts && number < o->parts->count ? o->parts->source[number] : NULL : o->source;
	if (!s || !s->size) {
		extent_missing(v, e, "missing", name, name_length, "its file is not there");
		return;
	}
	if (flat) {
		e->kind = EXTENT_FLAT;
		e->source = s;
		e->offset = decimal(&c) * SECTOR;
		return;
	}
	uint64_t start = e->start;
	const char *why = extent_header(e, s, NULL, NULL);
	if (!why && e->length < length)
		why = "it is shorter than the descriptor says";
	e->length = length;
	e->start = start;
	if (why)
		extent_missing(v, e, "damage", name, name_length, why);
}

/* True: the line is `key=value`. */
static bool line_key(struct cursor *c, const char *key)
{
	size_t length = strlen(key);
	if (cursor_left(c) < length + 1 || !text_equal_nocase((const char *)c->data + c->at, length, key, length))
		return false;
	size_t at = c->at + length;
	while (at < c->size && c->data[at] == ' ')
		at++;
	if (at >= c->size || c->data[at] != '=')
		return false;
	c->at = at + 1;
	while (cursor_left(c) && c->data[c->at] == ' ')
		c->at++;
	return true;
}

/* Reads the descriptor's lines; extents only when it stands alone. parent: name of what the disk builds on, to be freed; NULL: nothing. */
static void descriptor_read(struct vmdk *v, const struct opening *o, const uint8_t *text, size_t length, bool alone, char **parent)
{
	size_t end = strnlen((const char *)text, length);
	for (size_t at = 0; at < end;) {
		const uint8_t *newline = memchr(text + at, '\n', end - at);
		size_t n = newline ? (size_t)(newline - text) - at : end - at;
		struct cursor c = cursor_of(text + at, n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES, at);
		at += n + 1;
		while (c.size && (c.data[c.size - 1] == '\r' || c.data[c.size - 1] == ' '))
			c.size--;
		const char *name;
		size_t name_length;
		if (line_key(&c, "parentCID"))
			v->child = !(cursor_left(&c) >= 8 && text_equal_nocase((const char *)c.data + c.at, 8, "ffffffff", 8));
		else if (line_key(&c, "parentFileNameHint") && !*parent && quoted(&c, &name, &name_length))
			*parent = disk_name(name, name_length, TEXT_UTF8);
		else if (alone && v->extents < EXTENTS_MAX && (cursor_match(&c, "RW ") || cursor_match(&c, "RDONLY ") || cursor_match(&c, "NOACCESS ")))
			extent_line(v, o, c);
	}
}

static struct container *vmdk_open(const struct opening *o)
{
	struct vmdk *v = disk_new(o, sizeof *v);
	struct disk *d = &v->disk;
	d->piece = vmdk_piece;
	d->unpack = vmdk_unpack;
	d->release = vmdk_release;
	d->damage_kind = "vmdk.grain";
	uint8_t head[128];
	bool alone = is_descriptor(head, source_read_at(o->source, 0, head, sizeof head, NULL));
	uint64_t text = 0, length = o->source->size;
	char *parent = NULL;
	const char *why = NULL;
	if (!alone) {
		struct vmdk_extent *e = extent_add(v);
		why = extent_header(e, o->source, &text, &length);
		d->size = e->length;
		if (!text && !why)
			report_note(o->report, "vmdk.part", NULL, 0, 0, "an extent without its descriptor: what is shown may be only a part of a disk");
	}
	if (length > DESCRIPTOR_MAX)
		length = DESCRIPTOR_MAX;
	if (!why && (alone || text)) {
		uint8_t *bytes = memory_new((size_t)length + 1);
		length = source_read_at(o->source, text, bytes, (size_t)length, NULL);
		descriptor_read(v, o, bytes, (size_t)length, alone, &parent);
		free(bytes);
		if (!v->extents)
			why = "its descriptor names no extents";
	}
	if (why) {
		report_error(o->report, "damage", "vmdk.open", NULL, 0, 0, "VMDK image: %s", why);
		free(parent);
		disk_close(&d->container);
		return NULL;
	}
	for (size_t i = 0; i < v->extents; i++)
		if (v->extent[i].packed && v->extent[i].grain > d->block_size)
			d->block_size = v->extent[i].grain;
	if (v->child) {
		d->lost = true;
		report_error(o->report, "missing", "vmdk.parent", NULL, 0, 0, "this image holds only what was changed after %s, its parent, which is not read: all else on the disk is unreadable", parent && *parent ? parent : "another one");
	}
	free(parent);
	return &d->container;
}

const struct format format_vmdk = {
	.name = "vmdk",
	.about = "disk images of VMware (VMDK), growing, stream-optimised, flat and in several files; snapshots without their parent",
	.probe = vmdk_probe,
	.open = vmdk_open,
	DISK_ROW,
};
