/* SPDX-License-Identifier: Apache-2.0 */
/* ole.c: OLE2 compound files ([MS-CFB]): sectors, their chains, the directory, streams.
 *
 * Libraries of the field refuse a file that lacks its end, because the table of chains (FAT) often lies there. Here nothing but the directory must be found: chains that
 * break off are taken as lying one sector behind the other, which is how most writers place them. Neither the colours of the tree, its order, nor the counts of the header
 * are believed. Every walk is bounded by the sectors or entries of the file. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "reader/ole.h"

enum {
	DIFAT_IN_HEADER = 109, ENTRY = 128, NAME_BYTES = 64, MINI_SHIFT = 6,
	SECTORS_MAX = 1 << 26,          /* of one file that are followed: 32 GiB of 512 bytes */
	ENTRIES_MAX = 1 << 22,
};
#define SECTOR_LAST UINT32_C(0xfffffffa)        /* above: marks */
#define SECTOR_END UINT32_C(0xfffffffe)
#define SECTOR_UNKNOWN UINT32_C(0xfffffffb)     /* ours: the table's sector that says it can't be read */
static const uint8_t magic[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };

struct chain { uint32_t *sector; size_t count, room; bool broken; };

struct ole {
	struct source *source;
	ole_damage *damage;
	void *owner;
	bool tainted;
	unsigned shift, version;
	uint32_t cutoff, first_directory, first_mini, first_difat;
	uint32_t sectors;                       /* that the file has, the last perhaps in part */
	uint32_t *fat;                          /* `sectors` of them */
	uint32_t *mini; size_t minis;           /* chains of the mini stream */
	struct chain mini_stream;               /* sectors of the mini stream */
	struct chain directory;
	struct ole_entry *entry; size_t entries;
	int32_t *order, root;                   /* entries with a parent, by parent and name */
	size_t ordered;
	struct arena arena;
};

static void damaged(struct ole *o, uint64_t offset, uint64_t length, const char *what)
{
	o->tainted = true;
	if (o->damage)
		o->damage(o->owner, offset, length, what);
}

static uint64_t sector_offset(const struct ole *o, uint32_t sector) { return ((uint64_t)sector + 1) << o->shift; }

/* ---- chains */

static void chain_add(struct chain *c, uint32_t sector)
{
	c->sector = memory_room(c->sector, c->count, &c->room, sizeof *c->sector);
	c->sector[c->count++] = sector;
}

/* From `at` along `table`, up to `most` sectors (SIZE_MAX: to the end of the chain). Where the chain breaks before `most`, the sectors that follow on the media stand in. */
static void chain_read(const uint32_t *table, size_t size, uint32_t at, size_t most, struct chain *c)
{
	size_t bound = most < size ? most : size;
	while (c->count < bound && at < size) {
		chain_add(c, at);
		uint32_t next = table[at];
		if (next == at)
			next = SECTOR_UNKNOWN;
		at = next;
	}
	if (c->count == bound || (most == SIZE_MAX && at == SECTOR_END))
		c->broken = most == SIZE_MAX && c->count == bound && at < size;         /* a loop */
	else {
		c->broken = true;
		if (most == SIZE_MAX)
			return;
		at = c->count ? c->sector[c->count - 1] + 1 : UINT32_MAX;
		for (; c->count < bound && at < size; at++)
			chain_add(c, at);
	}
}

/* ---- tables */

static bool sector_read(struct ole *o, uint32_t sector, uint8_t *to)
{
	size_t size = (size_t)1 << o->shift;
	memset(to, 0xff, size);
	return sector < o->sectors && source_read_at(o->source, sector_offset(o, sector), to, size, &o->tainted) == size;
}

static void fat_load(struct ole *o, const uint8_t *header)
{
	uint32_t each = UINT32_C(1) << (o->shift - 2), loaded = 0, lost = 0, extents = 0;
	uint32_t parts = (o->sectors + each - 1) / each;         /* sectors of the table that say something of this file */
	uint8_t *bytes = memory_new((size_t)1 << o->shift), *list = memory_new((size_t)1 << o->shift);
	struct cursor c = cursor_of(header, OLE_HEADER, 0);
	uint32_t in_list = DIFAT_IN_HEADER, next = o->first_difat;
	c.at = 76;
	for (uint32_t i = 0; i < o->sectors; i++)
		o->fat[i] = SECTOR_UNKNOWN;
	while (loaded < parts) {
		if (!in_list) {
			if (next >= SECTOR_LAST || extents++ > o->sectors || !sector_read(o, next, list))
				break;
			c = cursor_of(list, (size_t)1 << o->shift, 0);
			in_list = each - 1;
			struct cursor end = c;
			end.at = c.size - 4;
			next = cursor_u32le(&end);
		}
		uint32_t at = cursor_u32le(&c);
		in_list--;
		if (sector_read(o, at, bytes)) {
			struct cursor t = cursor_of(bytes, (size_t)1 << o->shift, 0);
			for (uint32_t i = 0, k = loaded * each; i < each && k < o->sectors; i++, k++)
				o->fat[k] = cursor_u32le(&t);
		} else
			lost++;
		loaded++;
	}
	if (lost || loaded < parts)
		damaged(o, 0, 0, "part of the table of sectors lies outside the file: what lies one behind the other is taken as a chain");
	free(bytes);
	free(list);
}

static void mini_load(struct ole *o)
{
	struct chain c = { 0 };
	uint32_t each = UINT32_C(1) << (o->shift - 2);
	uint8_t *bytes = memory_new((size_t)1 << o->shift);
	chain_read(o->fat, o->sectors, o->first_mini, SIZE_MAX, &c);
	o->mini = memory_array(c.count * each + 1, sizeof *o->mini);
	for (size_t i = 0; i < c.count; i++) {
		bool good = sector_read(o, c.sector[i], bytes);
		struct cursor t = cursor_of(bytes, (size_t)1 << o->shift, 0);
		for (uint32_t k = 0; k < each; k++)
			o->mini[o->minis++] = good ? cursor_u32le(&t) : SECTOR_UNKNOWN;
	}
	if (c.broken && o->first_mini < SECTOR_LAST)
		damaged(o, 0, 0, "the table of small sectors breaks off");
	free(c.sector);
	free(bytes);
}

/* ---- directory */

/* Four (or 32) entries that may be ones, at least one with a name. */
static bool directory_like(const uint8_t *bytes, size_t size)
{
	bool any = false;
	for (size_t at = 0; at + ENTRY <= size; at += ENTRY) {
		struct cursor c = cursor_of(bytes + at, ENTRY, 0);
		c.at = NAME_BYTES;
		unsigned length = cursor_u16le(&c), type = cursor_u8(&c), colour = cursor_u8(&c);
		if (type == OLE_FREE && !length)
			continue;
		if (length < 4 || length > NAME_BYTES || length % 2 || colour > 1 || (type != OLE_STORAGE && type != OLE_STREAM && type != OLE_ROOT))
			return false;
		if (bytes[at + length - 2] || bytes[at + length - 1] || (!bytes[at] && !bytes[at + 1]))
			return false;
		any = true;
	}
	return any;
}

static void directory_find(struct ole *o)
{
	uint8_t *bytes = memory_new((size_t)1 << o->shift);
	bool *have = memory_new(o->sectors);
	chain_read(o->fat, o->sectors, o->first_directory, SIZE_MAX, &o->directory);
	bool good = o->directory.count && sector_read(o, o->directory.sector[0], bytes) && directory_like(bytes, (size_t)1 << o->shift);
	if (!good || o->directory.broken) {
		damaged(o, 0, 0, "the directory's chain of sectors is broken: its sectors are looked for in the whole file");
		if (!good)
			o->directory.count = 0;
		for (size_t i = 0; i < o->directory.count; i++)
			have[o->directory.sector[i]] = true;
		for (uint32_t i = 0; i < o->sectors; i++)
			if (!have[i] && sector_read(o, i, bytes) && directory_like(bytes, (size_t)1 << o->shift))
				chain_add(&o->directory, i);
	}
	free(have);
	free(bytes);
}

static void entry_read(struct ole *o, const uint8_t *bytes, struct ole_entry *e, uint32_t link[3])
{
	struct cursor c = cursor_of(bytes, ENTRY, 0);
	c.at = NAME_BYTES;
	size_t length = cursor_u16le(&c);
	struct buffer name = { 0 };
	length = length > NAME_BYTES ? NAME_BYTES : length;
	text_to_utf8(&name, bytes, text_utf16_length(bytes, length) * 2, TEXT_UTF16LE);
	e->name_length = name.length;
	e->name = arena_copy(&o->arena, name.data ? name.data : (const uint8_t *)"", name.length);
	buffer_free(&name);
	e->type = cursor_u8(&c);
	cursor_u8(&c);                          /* colour */
	for (unsigned i = 0; i < 3; i++)
		link[i] = cursor_u32le(&c);     /* left, right, child */
	memcpy(e->clsid, cursor_bytes(&c, 16), 16);
	cursor_u32le(&c);                       /* state */
	e->created = time_from_filetime(cursor_u64le(&c));
	e->modified = time_from_filetime(cursor_u64le(&c));
	e->start = cursor_u32le(&c);
	e->size = cursor_u64le(&c);
	if (o->version < 4)
		e->size &= UINT32_MAX;          /* the upper half may be garbage */
	e->parent = OLE_NONE;
}

struct place { uint32_t entry; int32_t parent; };

/* Gives everything below `from` its parent. False: an entry had one already, or is none. */
static bool tree_walk(struct ole *o, uint32_t (*link)[3], uint32_t from, int32_t parent, struct place *stack)
{
	size_t depth = 0;
	bool good = true;
	stack[depth++] = (struct place){ from, parent };
	while (depth) {
		struct place p = stack[--depth];
		if (p.entry == UINT32_MAX)
			continue;
		struct ole_entry *e = p.entry < o->entries ? &o->entry[p.entry] : NULL;
		if (!e || e->parent != OLE_NONE || (int32_t)p.entry == o->root || (e->type != OLE_STORAGE && e->type != OLE_STREAM)) {
			good = false;
			continue;
		}
		e->parent = p.parent;
		stack[depth++] = (struct place){ link[p.entry][0], p.parent };
		stack[depth++] = (struct place){ link[p.entry][1], p.parent };
		if (e->type == OLE_STORAGE)
			stack[depth++] = (struct place){ link[p.entry][2], (int32_t)p.entry };
	}
	return good;
}

static int name_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	for (size_t i = 0; i < a_length; i++) {
		unsigned x = (uint8_t)a[i], y = (uint8_t)b[i];
		x -= x >= 'a' && x <= 'z' ? 32 : 0;
		y -= y >= 'a' && y <= 'z' ? 32 : 0;
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int by_parent(const void *a, const void *b, void *owner)
{
	const struct ole *o = owner;
	int32_t i = *(const int32_t *)a, k = *(const int32_t *)b;
	const struct ole_entry *x = &o->entry[i], *y = &o->entry[k];
	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	int order = name_compare(x->name, x->name_length, y->name, y->name_length);
	return order ? order : (i > k) - (i < k);
}

static void directory_load(struct ole *o)
{
	size_t each = (size_t)1 << o->shift, most = o->directory.count * (each / ENTRY), orphans = 0;
	uint8_t *bytes = memory_new(each);
	if (most > ENTRIES_MAX) {
		damaged(o, 0, 0, "more entries of the directory than are read");
		most = ENTRIES_MAX;
	}
	uint32_t (*link)[3] = memory_array(most + 1, sizeof *link);
	o->entry = memory_array(most + 1, sizeof *o->entry);
	o->root = OLE_NONE;
	for (size_t i = 0; i < o->directory.count && o->entries < most; i++) {
		sector_read(o, o->directory.sector[i], bytes);
		for (size_t at = 0; at < each && o->entries < most; at += ENTRY, o->entries++) {
			entry_read(o, bytes + at, &o->entry[o->entries], link[o->entries]);
			if (o->entry[o->entries].type == OLE_ROOT && o->root == OLE_NONE)
				o->root = (int32_t)o->entries;
		}
	}
	free(bytes);
	/* without a root (its sector is lost) one is made up: a free entry behind the others */
	bool made = o->root == OLE_NONE;
	if (made) {
		o->root = (int32_t)o->entries;
		o->entry[o->entries] = (struct ole_entry){ .name = "", .type = OLE_ROOT, .start = SECTOR_END, .parent = OLE_NONE };
		link[o->entries][2] = UINT32_MAX;
		o->entries++;
		damaged(o, 0, 0, "the directory has no root");
	}
	struct place *stack = memory_array(3 * o->entries + 4, sizeof *stack);
	bool good = tree_walk(o, link, link[o->root][2], o->root, stack);
	for (size_t i = 0; i < o->entries; i++)
		if (o->entry[i].type == OLE_STORAGE && o->entry[i].parent == OLE_NONE)
			tree_walk(o, link, link[i][2], (int32_t)i, stack);
	free(stack);
	free(link);
	o->order = memory_array(o->entries + 1, sizeof *o->order);
	for (size_t i = 0; i < o->entries; i++) {
		struct ole_entry *e = &o->entry[i];
		if (e->type != OLE_STORAGE && e->type != OLE_STREAM)
			continue;
		if (e->parent == OLE_NONE) {
			e->parent = o->root;
			e->orphan = true;
			orphans++;
		}
		o->order[o->ordered++] = (int32_t)i;
	}
	if (!good && !made)
		damaged(o, 0, 0, "the tree of the directory leads to an entry twice, or to none");
	if (orphans && !made)
		damaged(o, 0, 0, "entries of the directory are not in its tree: they are taken as the root's");
	if (o->ordered)
		qsort_r(o->order, o->ordered, sizeof *o->order, by_parent, o);
}

/* ---- public */

struct ole *ole_open(struct source *source, ole_damage *damage, void *owner)
{
	uint8_t header[OLE_HEADER] = { 0 };
	bool taint = false;
	if (source_read_at(source, 0, header, sizeof header, &taint) < sizeof header || memcmp(header, magic, sizeof magic) != 0)
		return NULL;
	struct ole *o = memory_new(sizeof *o);
	*o = (struct ole){ .source = source, .damage = damage, .owner = owner, .tainted = taint, .root = OLE_NONE };
	struct cursor c = cursor_of(header, sizeof header, 0);
	c.at = 26;
	o->version = cursor_u16le(&c);
	c.at = 30;
	o->shift = cursor_u16le(&c);
	c.at = 48;
	o->first_directory = cursor_u32le(&c);
	cursor_u32le(&c);                       /* transaction signature */
	o->cutoff = cursor_u32le(&c);
	o->first_mini = cursor_u32le(&c);
	cursor_u32le(&c);                       /* its sectors: not believed */
	o->first_difat = cursor_u32le(&c);
	if (o->shift != 9 && o->shift != 12) {
		o->shift = o->version == 4 ? 12 : 9;
		damaged(o, 30, 2, "the header's size of sectors is none");
	}
	if (o->cutoff != 4096) {
		o->cutoff = 4096;
		damaged(o, 56, 4, "the header's limit of small streams is not 4096");
	}
	uint64_t size = (uint64_t)1 << o->shift, sectors = source->size > size ? (source->size - size + size - 1) >> o->shift : 0;
	if (sectors > SECTORS_MAX) {
		sectors = SECTORS_MAX;
		damaged(o, (uint64_t)SECTORS_MAX << o->shift, 0, "more sectors than are read");
	}
	o->sectors = (uint32_t)sectors;
	o->fat = memory_array(sectors + 1, sizeof *o->fat);
	fat_load(o, header);
	directory_find(o);
	if (!o->directory.count) {
		ole_close(o);
		return NULL;
	}
	directory_load(o);
	mini_load(o);
	const struct ole_entry *root = &o->entry[o->root];
	uint64_t mini_sectors = (root->size + size - 1) >> o->shift;
	chain_read(o->fat, o->sectors, root->start, mini_sectors < o->sectors ? (size_t)mini_sectors : o->sectors, &o->mini_stream);
	if (o->mini_stream.broken && root->size)
		damaged(o, 0, 0, "the stream that holds the small streams breaks off: what lies behind it is taken as its rest");
	return o;
}

void ole_close(struct ole *o)
{
	if (!o)
		return;
	free(o->fat);
	free(o->mini);
	free(o->mini_stream.sector);
	free(o->directory.sector);
	free(o->entry);
	free(o->order);
	arena_free(&o->arena);
	free(o);
}

bool ole_tainted(const struct ole *o) { return o->tainted; }
size_t ole_entries(const struct ole *o) { return o->entries; }
int32_t ole_root(const struct ole *o) { return o->root; }

const struct ole_entry *ole_entry(const struct ole *o, int32_t entry)
{
	return entry >= 0 && (size_t)entry < o->entries ? &o->entry[entry] : NULL;
}

/* The first of the ordered ones that is not before (parent, name). */
static size_t order_find(const struct ole *o, int32_t parent, const char *name, size_t length)
{
	size_t low = 0, high = o->ordered;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct ole_entry *e = &o->entry[o->order[middle]];
		bool before = e->parent != parent ? e->parent < parent : name_compare(e->name, e->name_length, name, length) < 0;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const int32_t *ole_children(const struct ole *o, int32_t storage, size_t *count)
{
	size_t from = order_find(o, storage, "", 0);
	*count = order_find(o, storage + 1, "", 0) - from;
	return o->order + from;
}

int32_t ole_entry_of_step(const char *text, size_t length)
{
	int32_t entry = 0;
	if (length < 2 || length > 9 || *text != '#')
		return OLE_NONE;
	for (size_t i = 1; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return OLE_NONE;
		entry = entry * 10 + (text[i] - '0');
	}
	return entry;
}

int32_t ole_child(const struct ole *o, int32_t storage, const char *name)
{
	size_t length = strlen(name), at = order_find(o, storage, name, length);
	if (at == o->ordered)
		return OLE_NONE;
	const struct ole_entry *e = &o->entry[o->order[at]];
	return e->parent == storage && name_compare(e->name, e->name_length, name, length) == 0 ? o->order[at] : OLE_NONE;
}

static void extent_add(struct extent **list, size_t *count, size_t *room, uint64_t offset, uint64_t length)
{
	if (*count && (*list)[*count - 1].offset + (*list)[*count - 1].length == offset) {
		(*list)[*count - 1].length += length;
		return;
	}
	*list = memory_room(*list, *count, room, sizeof **list);
	(*list)[(*count)++] = (struct extent){ .offset = offset, .length = length, .kind = EXTENT_DATA };
}

struct source *ole_stream(struct ole *o, int32_t entry, bool *cut)
{
	const struct ole_entry *e = ole_entry(o, entry);
	if (!e || e->type != OLE_STREAM)
		return NULL;
	bool small = e->size < o->cutoff;
	unsigned shift = small ? MINI_SHIFT : o->shift, in_sector = o->shift - MINI_SHIFT;
	size_t table = small ? o->minis : o->sectors, count = 0, room = 0, have = 0;
	uint64_t sectors = (e->size >> shift) + ((e->size & ((UINT64_C(1) << shift) - 1)) != 0), size = 0;
	struct chain c = { 0 };
	struct extent *list = NULL;
	/* without its table (cut off) a small stream lies in one piece */
	if (small && (e->start >= table || !table)) {
		c.broken = e->size != 0;
		for (uint32_t i = 0; i < sectors && e->start < SECTOR_LAST - i && (e->start + i) >> in_sector < o->mini_stream.count; i++)
			chain_add(&c, e->start + i);
	} else
		chain_read(small ? o->mini : o->fat, table, e->start, sectors < table ? (size_t)sectors : table, &c);
	for (; have < c.count && size < e->size; have++) {
		uint64_t offset, length = UINT64_C(1) << shift;
		if (small) {
			size_t big = c.sector[have] >> in_sector;
			if (big >= o->mini_stream.count)
				break;
			offset = sector_offset(o, o->mini_stream.sector[big]) + ((uint64_t)(c.sector[have] & ((1u << in_sector) - 1)) << MINI_SHIFT);
		} else
			offset = sector_offset(o, c.sector[have]);
		if (length > e->size - size)
			length = e->size - size;
		if (offset >= o->source->size)
			break;
		uint64_t there = o->source->size - offset < length ? o->source->size - offset : length;
		extent_add(&list, &count, &room, offset, there);
		size += there;
		if (there < length)
			break;
	}
	if (c.broken && e->size)
		damaged(o, count ? list[0].offset : 0, 0, "a stream's chain of sectors breaks off: what lies behind it is taken as its rest");
	if (cut)
		*cut = size < e->size;
	struct source *s = source_of_extents(o->source, list, count, size);
	free(list);
	free(c.sector);
	return s;
}

bool ole_read(struct ole *o, int32_t entry, uint64_t most, struct buffer *out)
{
	bool cut = false;
	struct source *s = ole_stream(o, entry, &cut);
	if (!s)
		return false;
	size_t length = (size_t)(s->size < most ? s->size : most);
	bool whole = !cut && length == s->size;
	if (length)
		out->length += source_read_at(s, 0, buffer_reserve(out, length), length, &o->tainted);
	source_close(s);
	return whole;
}
