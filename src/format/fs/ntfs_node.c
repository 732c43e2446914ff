/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_node.c: one name of an NTFS entry, or one of its streams, as a node. Modes are what libtsk makes of the DOS flags, so that body files compare.
 *
 * Sources: libyal/libfsntfs; [MS-FSCC] 2.1.2 (reparse points), 2.6 (file attributes). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/fs/ntfs.h"
#include "format/fs/reuse.h"

enum { STANDARD_MIN = 48, REPARSE_HEADER = 8, BAD_CLUSTERS = 8 };
enum { DOS_READ_ONLY = 1, DOS_HIDDEN = 2, DOS_SYSTEM = 4, DOS_TEMPORARY = 0x100, DOS_OFFLINE = 0x1000 };
#define REPARSE_MOUNT_POINT 0xa0000003U
#define REPARSE_SYMLINK 0xa000000cU
#define REPARSE_DEDUP 0x80000013U
#define REPARSE_APPEXECLINK 0x8000001bU

enum ntfs_shown ntfs_attribute_shown(const struct ntfs_entry *e, const struct ntfs_attribute *a)
{
	if (a->type != NTFS_DATA && a->type != NTFS_INDEX_ROOT)
		return NTFS_HIDDEN;
	for (const struct ntfs_attribute *b = e->attribute; b < a; b++)         /* a further piece */
		if (ntfs_attributes_join(a, b))
			return NTFS_HIDDEN;
	return !a->name_units || (a->type == NTFS_INDEX_ROOT && ntfs_attribute_named(a, "$I30")) ? NTFS_MAIN : NTFS_STREAM;
}

/* The piece that has the sizes. */
static const struct ntfs_attribute *first_piece(const struct ntfs_entry *e, const struct ntfs_attribute *a)
{
	for (size_t i = 0; i < e->attributes && !a->resident && a->first_vcn; i++)
		if (ntfs_attributes_join(a, &e->attribute[i]) && !e->attribute[i].resident && !e->attribute[i].first_vcn)
			return &e->attribute[i];
	return a;
}

static void standard_fill(const struct ntfs_entry *e, struct node *n)
{
	const struct ntfs_attribute *si = ntfs_attribute_find(e, NTFS_STANDARD_INFORMATION, NULL);
	n->mode[0] = e->flags & NTFS_DIRECTORY ? 'd' : 'r';
	memset(n->mode + 1, '-', 9);
	if (!si || !si->resident || si->value_length < STANDARD_MIN)
		return;
	struct cursor c = cursor_of(si->value, si->value_length, 0);
	n->time[NODE_CRTIME] = time_from_filetime(cursor_u64le(&c));    /* 0 created, 8 modified, 16 entry changed, 24 accessed u64; 32 DOS flags u32 */
	n->time[NODE_MTIME] = time_from_filetime(cursor_u64le(&c));
	n->time[NODE_CTIME] = time_from_filetime(cursor_u64le(&c));
	n->time[NODE_ATIME] = time_from_filetime(cursor_u64le(&c));
	uint32_t dos = cursor_u32le(&c);
	for (size_t i = 1; i < 10; i += 3) {
		if (!(dos & DOS_READ_ONLY))
			n->mode[i] = 'r';
		if (!(dos & DOS_HIDDEN))
			n->mode[i + 1] = 'w';
		n->mode[i + 2] = 'x';
	}
	static const struct { uint32_t bit; const char *name; } flag[] = {
		{ DOS_READ_ONLY, "read-only" }, { DOS_HIDDEN, "hidden" }, { DOS_SYSTEM, "system" }, { DOS_TEMPORARY, "temporary" }, { DOS_OFFLINE, "offline" },
	};
	for (size_t i = 0; i < sizeof flag / sizeof flag[0]; i++)
		if (dos & flag[i].bit)
			node_flag(n, flag[i].name);
	if (si->value_length >= 52) {   /* 48 owner u32, since NTFS 3.0. libtsk reads it in the short form too, where it is the next attribute's type */
		c.at = 48;
		n->uid = cursor_u32le(&c);
	}
}

static void file_name_fill(const struct ntfs_file_name *f, struct node *n)
{
	n->time[NODE_FN_CRTIME] = time_from_filetime(f->created);
	n->time[NODE_FN_MTIME] = time_from_filetime(f->modified);
	n->time[NODE_FN_CTIME] = time_from_filetime(f->changed);
	n->time[NODE_FN_ATIME] = time_from_filetime(f->accessed);
}

static void target_fill(struct cursor *c, size_t buffer_at, struct arena *arena, struct node *n)
{
	uint16_t substitute_at = cursor_u16le(c), substitute = cursor_u16le(c), print_at = cursor_u16le(c), print = cursor_u16le(c);
	struct cursor text = cursor_window(c, buffer_at + (print ? print_at : substitute_at), print ? print : substitute);
	if (text.bad || !text.size)
		return;
	struct buffer b = { 0 };
	bool lossy = text_to_utf8(&b, text.data, text.size, TEXT_UTF16LE) || memchr(b.data, 0, b.length);
	n->target = arena_copy(arena, b.data, b.length);
	if (lossy)
		n->target_raw = (struct node_text){ .bytes = arena_copy(arena, text.data, text.size), .length = text.size };
	buffer_free(&b);
}

const uint8_t *ntfs_reparse_data(const struct ntfs_volume *v, const struct ntfs_entry *e, const char *step, struct arena *a, size_t *length)
{
	const struct ntfs_attribute *reparse = ntfs_attribute_find(e, NTFS_REPARSE_POINT, NULL);
	if (!reparse)
		return NULL;
	if (reparse->resident) {
		*length = reparse->value_length;
		return reparse->value ? reparse->value : (const uint8_t *)"";
	}
	struct source *s = ntfs_stream_open(v, e, reparse, step);
	uint8_t *bytes = s && s->size <= UINT16_MAX + REPARSE_HEADER ? arena_new(a, (size_t)s->size + 1) : NULL;
	*length = bytes ? source_read_at(s, 0, bytes, (size_t)s->size, NULL) : 0;
	source_close(s);
	return bytes ? bytes : (const uint8_t *)"";
}

/* True: the content lies in another stream, packed by the Windows Overlay Filter; what the main stream gives is zeros. */
static bool reparse_fill(const struct ntfs_volume *v, const struct ntfs_entry *e, struct arena *arena, struct node *n)
{
	size_t length;
	const uint8_t *bytes = ntfs_reparse_data(v, e, n->step, arena, &length);
	if (!bytes)
		return false;
	struct cursor c = cursor_of(bytes, length, 0);
	uint32_t tag = cursor_u32le(&c);
	node_flag(n, "reparse");
	c.at = REPARSE_HEADER;          /* names: substitute offset, length, print offset, length u16; symbolic links then have flags u32 */
	if (tag == REPARSE_MOUNT_POINT) {
		node_flag(n, "junction");
		target_fill(&c, REPARSE_HEADER + 8, arena, n);
	} else if (tag == REPARSE_SYMLINK) {
		node_flag(n, "symlink");
		target_fill(&c, REPARSE_HEADER + 12, arena, n);
	} else if (tag == NTFS_REPARSE_WOF) {
		node_flag(n, "wof");
	} else if (tag == REPARSE_DEDUP) {
		node_flag(n, "dedup");
	} else if (tag == REPARSE_APPEXECLINK) {
		node_flag(n, "appexeclink");
	} else if ((tag & 0xffff0fffU) == 0x9000001aU) {
		node_flag(n, "cloud");
	}
	return tag == NTFS_REPARSE_WOF;
}

static void content_fill(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *a, bool wof, struct arena *arena, struct node *n)
{
	if (a->resident) {
		n->content = CONTENT_INLINE;
		n->inline_bytes = a->value ? a->value : (const uint8_t *)"";
		n->inline_length = a->value_length;
		n->order = e->number * v->record_size;
		node_flag(n, "resident");
		return;
	}
	if (a->flags & NTFS_ENCRYPTED)
		node_flag(n, "encrypted");      /* the bytes are EFS ciphertext */
	if (a->flags & NTFS_SPARSE)
		node_flag(n, "sparse");
	if (!v->source) {
		node_flag(n, "content-elsewhere");
		return;
	}
	if (wof && a->type == NTFS_DATA && !a->name_units) {
		uint32_t algorithm;
		size_t length;
		const uint8_t *reparse = ntfs_reparse_data(v, e, n->step, arena, &length);
		if (ntfs_wof_algorithm(reparse, length, &algorithm))
			n->content = CONTENT_COMPUTED;
		else
			report_error(v->report, "unsupported", "ntfs.wof", n->step, 0, 0,
			             "content is packed by the Windows Overlay Filter in a way that is not read (a WIM holds it); the main stream holds zeros and is not given");
		return;
	}
	struct extent *extent;
	size_t extents;
	if (v->slack)
		ntfs_stream_slack(v, e, a, n->step, arena, &extent, &extents, &n->size);
	else
		ntfs_stream_extents(v, e, a, n->step, arena, &extent, &extents);
	for (size_t i = 0; i < extents; i++)
		if (extent[i].kind == EXTENT_DATA) {
			n->order = extent[i].offset;
			break;
		}
	/* $BadClus claims the whole volume and holds nothing unless clusters are bad: nobody should read that many zeros. */
	if (e->number == BAD_CLUSTERS && extents == 1 && extent[0].kind == EXTENT_ZERO)
		return;
	if (a->flags & NTFS_COMPRESSED && a->compression_unit) {
		node_flag(n, "compressed");
		n->content = CONTENT_COMPUTED;
		return;
	}
	n->content = CONTENT_EXTENTS;
	n->extent = extent;
	n->extents = extents;
}

/* "12-3": written by hand, as every node has three of them (bench: listing of 100,000 files). */
static char *pair(struct arena *arena, uint64_t first, uint32_t second)
{
	char digits[32];
	size_t at = sizeof digits;
	digits[--at] = 0;
	do
		digits[--at] = (char)('0' + second % 10);
	while (second /= 10);
	digits[--at] = '-';
	do
		digits[--at] = (char)('0' + first % 10);
	while (first /= 10);
	return arena_copy(arena, digits + at, sizeof digits - 1 - at);
}

/* Is a cluster in use, by $Bitmap? */
static int cluster_used(void *owner, uint64_t cluster)
{
	enum { BITMAP_RECORD = 6 };
	const struct ntfs_volume *v = owner;
	struct ntfs_bitmap *b = v->bitmap;
	if (!b->tried) {
		struct ntfs_entry e;
		b->tried = true;
		b->block = UINT64_MAX;
		if (ntfs_entry_read(v, BITMAP_RECORD, &e, &b->arena)) {
			const struct ntfs_attribute *data = ntfs_attribute_find(&e, NTFS_DATA, NULL);
			b->bytes = data ? ntfs_stream_open(v, &e, data, "ntfs:/%24Bitmap") : NULL;
		}
	}
	uint64_t byte = cluster / 8;
	if (!b->bytes || byte >= b->bytes->size)
		return -1;
	if (byte / sizeof b->cached != b->block) {
		bool taint = false;
		b->block = byte / sizeof b->cached;
		b->length = source_read_at(b->bytes, b->block * sizeof b->cached, b->cached, sizeof b->cached, &taint);
		if (taint)
			b->length = 0;
	}
	size_t at = byte % sizeof b->cached;
	return at < b->length ? b->cached[at] >> cluster % 8 & 1 : -1;
}

static struct node_text wtf8(const uint8_t *name, size_t units, struct arena *arena)
{
	struct buffer b = { 0 };
	locator_wtf8(&b, name, 2 * units);
	struct node_text text = { .bytes = arena_copy(arena, b.data, b.length), .length = b.length };
	buffer_free(&b);
	return text;
}

static char *joined(struct arena *arena, const char *front, struct node_text stream)
{
	struct buffer b = { 0 };
	buffer_text(&b, front);
	buffer_byte(&b, ':');
	locator_escape(&b, stream.bytes, stream.length);
	char *text = arena_copy(arena, b.data, b.length);
	buffer_free(&b);
	return text;
}

/* Whether the record that the name calls its directory is another file's by now. */
static bool parent_reused(const struct ntfs_volume *v, uint64_t parent)
{
	struct arena a = { 0 };
	struct ntfs_entry e;
	bool reused = ntfs_entry_read(v, ntfs_reference_record(parent), &e, &a) && !ntfs_reference_record(e.base) && ntfs_entry_sequence(&e) != ntfs_reference_sequence(parent);
	arena_free(&a);
	return reused;
}

void ntfs_node_fill(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_name *name, const struct ntfs_attribute *a, struct arena *arena,
                    struct node *n)
{
	*n = (struct node){ .kind = name->type == 'd' ? NODE_DIRECTORY : NODE_FILE, .step = name->step };
	n->address = pair(arena, ntfs_reference_record(name->reference), ntfs_reference_sequence(name->reference));
	n->parent = pair(arena, ntfs_reference_record(name->parent), ntfs_reference_sequence(name->parent));
	n->name = wtf8(name->name, name->name_units, arena);
	const char *path = name->path;
	n->name_type = name->type;
	n->has_allocated = true;
	n->allocated = name->allocated;
	n->orphan = name->orphan;
	enum ntfs_shown shown = e && a ? ntfs_attribute_shown(e, a) : NTFS_MAIN;
	if (shown == NTFS_STREAM) {
		n->kind = NODE_STREAM;
		n->name = wtf8(a->name, a->name_units, arena);
		path = joined(arena, path, n->name);
		n->step = joined(arena, n->step, n->name);
	}
	n->path = (struct node_text){ .bytes = (const uint8_t *)path, .length = strlen(path) };
	if (name->file_name)
		file_name_fill(name->file_name, n);
	if (!name->file_name_attribute)
		node_flag(n, !name->file_name ? "no-name" : name->late ? "index-slack" : "index-only");
	if (name->orphan && name->file_name && parent_reused(v, name->parent))
		node_flag(n, "parent-reused");
	if (!e)
		return;
	bool directory = e->flags & NTFS_DIRECTORY;
	if (n->kind != NODE_STREAM)
		n->kind = directory ? NODE_DIRECTORY : NODE_FILE;
	if (directory && a && a->type == NTFS_DATA && !a->name_units) {         /* a directory with data: its index is the directory */
		n->kind = NODE_STREAM;
		n->step = joined(arena, n->step, (struct node_text){ .bytes = (const uint8_t *)"$DATA", .length = 5 });
	}
	n->has_owner = n->has_links = n->has_size = true;
	n->links = e->links;
	n->reallocated = !name->allocated && e->flags & NTFS_IN_USE;
	standard_fill(e, n);
	bool wof = reparse_fill(v, e, arena, n);
	if (e->torn)
		node_flag(n, "torn");
	if (e->incomplete)
		node_flag(n, "incomplete");
	if (!a)
		return;
	n->attribute = pair(arena, a->type, a->unique_id);
	a = first_piece(e, a);
	n->size = a->resident ? a->value_length : a->size;
	if (!n->reallocated && n->kind != NODE_DIRECTORY)
		content_fill(v, e, a, wof, arena, n);
	if (v->bitmap && !(e->flags & NTFS_IN_USE))
		reuse_tell(n, v->cluster_size, cluster_used, (void *)(uintptr_t)v);
}
