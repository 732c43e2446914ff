/* SPDX-License-Identifier: Apache-2.0 */
/* ext.c: see ext.h. Source: Linux Documentation/filesystems/ext4 (super, group_descr, inodes, blockmap, ifork, attributes).
 *
 * libtsk 4.11.1 lists directories well, but it builds the block map of a file for the whole size that the inode claims and walks the list of runs for
 * each further run: an inode with a damaged size keeps it busy for ever, and one with inline data takes as much memory as it claims. So the content of
 * ext files is mapped here: work is bounded by the blocks that the volume has, holes cost nothing. */
#include "format/fs/ext.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

enum {
	SUPERBLOCK_AT = 1024, SUPERBLOCK_SIZE = 1024, MAGIC_AT = 56, DIRECT = 12, POINTERS = 15, POINTERS_AT = 40, POINTERS_SIZE = 60, EXTENT_DEPTH_MAX = 5,
	EXTENT_SIZE = 12, XATTR_SYSTEM = 7, TARGET_MAX = 4096,
};
#define INCOMPAT_META_BG 0x10U
#define INCOMPAT_64BIT 0x80U
#define INCOMPAT_EXTENTS 0x40U
#define INCOMPAT_LARGEDIR 0x4000U
#define COMPAT_JOURNAL 0x4U
#define RO_COMPAT_SPARSE_SUPER 0x1U
#define RO_COMPAT_HUGE_FILE 0x8U
#define INODE_COMPRESSED 0x4U
#define INODE_IMMUTABLE 0x10U
#define INODE_APPEND 0x20U
#define INODE_ENCRYPTED 0x800U
#define INODE_HUGE_FILE 0x40000U
#define INODE_EXTENTS 0x80000U
#define INODE_VERITY 0x100000U
#define INODE_INLINE 0x10000000U
#define INODE_CASEFOLD 0x40000000U
#define XATTR_MAGIC 0xea020000U
#define MODE_TYPE 0xf000
#define MODE_FILE 0x8000
#define MODE_DIRECTORY 0x4000
#define MODE_LINK 0xa000

bool ext_superblock_fits(const uint8_t *s, size_t length)
{
	struct cursor c = cursor_of(s, length, 0);
	uint32_t inodes = cursor_u32le(&c), blocks = cursor_u32le(&c);          /* 0, 4 */
	c.at = 20;
	uint32_t first = cursor_u32le(&c), log_size = cursor_u32le(&c);         /* 20 first data block, 24 log2(block size) - 10 */
	c.at = 32;
	uint32_t group_blocks = cursor_u32le(&c);
	c.at = 40;
	uint32_t group_inodes = cursor_u32le(&c);
	c.at = MAGIC_AT;
	uint16_t magic = cursor_u16le(&c);
	return length >= SUPERBLOCK_SIZE && magic == 0xef53 && inodes && blocks && first <= 1 && log_size <= 6 && group_blocks && group_inodes &&
		group_blocks <= 8U << (log_size + 10) && group_inodes <= 8U << (log_size + 10);
}

bool ext_open(struct ext *e, struct source *source)
{
	uint8_t s[SUPERBLOCK_SIZE];
	*e = (struct ext){ .source = source, .type = "ext2" };
	if (source_read_at(source, SUPERBLOCK_AT, s, sizeof s, NULL) < sizeof s || !ext_superblock_fits(s, sizeof s))
		return false;
	struct cursor c = cursor_of(s, sizeof s, SUPERBLOCK_AT);
	e->inodes = cursor_u32le(&c);
	e->blocks = cursor_u32le(&c);
	c.at = 20;
	e->first_data_block = cursor_u32le(&c);
	e->block_size = 1024U << cursor_u32le(&c);
	c.at = 32;
	e->blocks_per_group = cursor_u32le(&c);
	c.at = 40;
	e->inodes_per_group = cursor_u32le(&c);
	c.at = 76;              /* 76 revision u32; 88 inode size u16; 92 compat, 96 incompat, 100 ro_compat u32; 254 descriptor size u16; 260 first meta group u32 */
	uint32_t revision = cursor_u32le(&c);
	c.at = 88;
	e->inode_size = revision ? cursor_u16le(&c) : 128;
	c.at = 92;
	uint32_t compat = cursor_u32le(&c), incompat = cursor_u32le(&c), ro_compat = cursor_u32le(&c);
	if (!revision)
		compat = incompat = ro_compat = 0;
	c.at = 254;
	e->descriptor_size = incompat & INCOMPAT_64BIT ? cursor_u16le(&c) : 32;
	c.at = 260;
	e->first_meta_group = cursor_u32le(&c);
	c.at = 336;
	if (incompat & INCOMPAT_64BIT)
		e->blocks |= (uint64_t)cursor_u32le(&c) << 32;
	e->meta_groups = incompat & INCOMPAT_META_BG;
	e->sparse_super = ro_compat & RO_COMPAT_SPARSE_SUPER;
	e->huge_file = ro_compat & RO_COMPAT_HUGE_FILE;
	e->directories_large = incompat & INCOMPAT_LARGEDIR;
	if (incompat & (INCOMPAT_EXTENTS | INCOMPAT_64BIT))
		e->type = "ext4";
	else if (compat & COMPAT_JOURNAL)
		e->type = "ext3";
	e->groups = (e->inodes - 1) / e->inodes_per_group + 1;
	return e->blocks <= INT64_MAX / e->block_size && e->inode_size >= 128 && e->inode_size <= e->block_size && e->inode_size <= EXT_INODE_MAX && !(e->inode_size & (e->inode_size - 1)) &&
		e->descriptor_size >= 32 && e->descriptor_size <= e->block_size;
}

/* A copy in the second group says so itself (90 number of its group), and lies where its own geometry puts it. */
static bool backup_at(struct source *source, uint64_t at, struct ext *e)
{
	uint8_t s[SUPERBLOCK_SIZE];
	struct source *moved = at < source->size ? source_window(source, at - SUPERBLOCK_AT, source->size - at + SUPERBLOCK_AT) : NULL;
	bool good = moved && source_read_at(source, at, s, sizeof s, NULL) == sizeof s && ext_superblock_fits(s, sizeof s) && s[90] == 1 && !s[91] && ext_open(e, moved);
	source_close(moved);
	return good && ((uint64_t)e->first_data_block + e->blocks_per_group) * e->block_size == at;
}

struct source *ext_backup_source(struct source *source, uint64_t *copy_at)
{
	static const uint32_t sizes[] = { 1024, 2048, 4096, 65536 };    /* of blocks; groups as mke2fs makes them */
	struct ext e;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint64_t size = sizes[i], copy = (size == 1024 ? size : 0) + 8 * size * size;
		if (!backup_at(source, copy, &e) || e.block_size != size)
			continue;
		uint64_t table = ((uint64_t)e.first_data_block + 1) * size, table_size = ((uint64_t)e.groups * e.descriptor_size + size - 1) / size * size;
		uint64_t pieces[][2] = { { 0, SUPERBLOCK_AT }, { copy, SUPERBLOCK_SIZE }, { SUPERBLOCK_AT + SUPERBLOCK_SIZE, 0 }, { copy + size, table_size }, { 0, 0 } };
		if (table > SUPERBLOCK_AT + SUPERBLOCK_SIZE)
			pieces[2][1] = table - SUPERBLOCK_AT - SUPERBLOCK_SIZE;
		if (e.meta_groups || table + table_size > copy || copy + size + table_size > source->size)
			pieces[3][0] = table, pieces[3][1] = 0, table_size = 0;
		pieces[4][0] = table + table_size;
		pieces[4][1] = source->size - pieces[4][0];
		struct source *part[sizeof pieces / sizeof *pieces];
		size_t parts = 0;
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
			if (pieces[k][1])
				part[parts++] = source_window(source, pieces[k][0], pieces[k][1]);
		*copy_at = copy;
		return source_of_parts(part, parts);
	}
	return NULL;
}

static bool power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

static bool group_has_superblock(const struct ext *e, uint32_t group)
{
	return !e->sparse_super || group <= 1 || power_of(group, 3) || power_of(group, 5) || power_of(group, 7);
}

/* Byte offset of a group's descriptor. */
static uint64_t descriptor_at(const struct ext *e, uint32_t group)
{
	uint32_t a_block = e->block_size / e->descriptor_size, meta = group / a_block;
	uint64_t block = (uint64_t)e->first_data_block + 1 + meta;
	if (e->meta_groups && meta >= e->first_meta_group) {
		uint32_t first = meta * a_block;
		block = e->first_data_block + (uint64_t)first * e->blocks_per_group + (group_has_superblock(e, first) ? 1 : 0);
	}
	return block * e->block_size + (uint64_t)(group % a_block) * e->descriptor_size;
}

bool ext_inode_read(const struct ext *e, uint64_t number, struct ext_inode *inode)
{
	if (!number || number > e->inodes)
		return false;
	uint32_t group = (uint32_t)((number - 1) / e->inodes_per_group);
	uint8_t descriptor[64] = { 0 };
	size_t length = e->descriptor_size >= 64 ? 64 : 32;
	if (source_read_at(e->source, descriptor_at(e, group), descriptor, length, NULL) < length)
		return false;
	struct cursor c = cursor_of(descriptor, sizeof descriptor, 0);
	c.at = 8;               /* 8 inode table u32, 40 its high half */
	uint64_t table = cursor_u32le(&c);
	c.at = 40;
	table |= (uint64_t)cursor_u32le(&c) << 32;
	uint64_t at;
	if (__builtin_mul_overflow(table, (uint64_t)e->block_size, &at) ||
	    __builtin_add_overflow(at, (number - 1) % e->inodes_per_group * e->inode_size, &at))
		return false;
	inode->length = source_read_at(e->source, at, inode->bytes, e->inode_size, NULL);
	inode->offset = at;
	if (inode->length < 128)
		return false;
	c = cursor_of(inode->bytes, inode->length, at);
	inode->mode = cursor_u16le(&c);
	c.at = 4;               /* 4 size u32; 28 blocks of 512 u32; 32 flags u32; 108 high half of the size; 116 high half of the blocks u16 */
	inode->size = cursor_u32le(&c);
	c.at = 28;
	uint64_t blocks = cursor_u32le(&c);
	inode->flags = cursor_u32le(&c);
	c.at = 108;
	uint64_t high = cursor_u32le(&c);
	c.at = 116;
	if (e->huge_file)
		blocks |= (uint64_t)cursor_u16le(&c) << 32;
	if ((inode->mode & MODE_TYPE) == MODE_FILE || ((inode->mode & MODE_TYPE) == MODE_DIRECTORY && e->directories_large))
		inode->size |= high << 32;
	inode->allocated = blocks * (e->huge_file && inode->flags & INODE_HUGE_FILE ? e->block_size : 512);
	return true;
}

/* ---- block maps ---- */

struct map {
	const struct ext *ext;
	struct container *container;
	struct node *node;
	struct extent *extent;
	size_t count, capacity;
	uint64_t next;                  /* first file block that is not mapped yet */
	uint64_t size;                  /* of the content, bytes */
	uint64_t blocks;                /* file blocks that are wanted: those that the size needs */
	uint64_t budget;                /* data and index blocks that may still be taken: as many as the volume has */
	bool stopped;
};

static void map_damage(struct map *m, uint64_t block, const char *what)
{
	if (!m->stopped)
		report_error(m->container->report, "damage", "ext.map", m->node->step, block < m->ext->blocks ? block * m->ext->block_size : 0,
		             block < m->ext->blocks ? m->ext->block_size : 0, "inode %s: %s at block %llu", m->node->address, what, (unsigned long long)block);
	m->stopped = true;
}

static void extent_append(struct map *m, uint64_t offset, uint64_t length, enum extent_kind kind)
{
	if (!length)
		return;
	struct extent *last = m->count ? &m->extent[m->count - 1] : NULL;
	if (last && last->kind == kind && (kind != EXTENT_DATA || last->offset + last->length == offset)) {
		last->length += length;
		return;
	}
	m->extent = memory_room(m->extent, m->count, &m->capacity, sizeof *m->extent);
	m->extent[m->count++] = (struct extent){ .offset = offset, .length = length, .kind = kind };
}

/* File blocks [first, first+count) lie at `block`, or are a hole (block 0). Holes before them are filled in. */
static void map_add(struct map *m, uint64_t first, uint64_t count, uint64_t block, enum extent_kind kind)
{
	if (m->stopped || first >= m->blocks)
		return;
	if (count > m->blocks - first)
		count = m->blocks - first;
	uint64_t size = m->ext->block_size;
	if (first > m->next) {
		if (!m->ext->slack)
			extent_append(m, 0, (first - m->next) * size, EXTENT_ZERO);
		m->next = first;
	}
	if (kind == EXTENT_DATA || m->ext->slack) {
		if (block >= m->ext->blocks || count > m->ext->blocks - block) {
			map_damage(m, block, "run outside the volume");
			return;
		}
		if (count > m->budget) {
			map_damage(m, block, "more blocks than the volume has");
			return;
		}
		m->budget -= count;
	}
	if (m->ext->slack) {
		uint64_t content = content_of_run(first * size, count * size, m->size);
		if (kind == EXTENT_ZERO)
			content = 0;
		extent_append(m, block * size + content, count * size - content, EXTENT_DATA);
	} else {
		extent_append(m, block * size, count * size, kind);
	}
	m->next = first + count;
}

static bool block_read(struct map *m, uint64_t block, uint8_t *to)
{
	if (m->stopped)
		return false;
	if (block >= m->ext->blocks || source_read_at(m->ext->source, block * m->ext->block_size, to, m->ext->block_size, NULL) < m->ext->block_size) {
		map_damage(m, block, "index block outside the volume");
		return false;
	}
	if (!m->budget) {
		map_damage(m, block, "more blocks than the volume has");
		return false;
	}
	m->budget--;
	return true;
}

/* A block of pointers, `level` 1 to 3 above the data; covers file blocks from `first` on. The depth is fixed by the format. */
static void pointers_map(struct map *m, uint64_t block, unsigned level, uint64_t first)
{
	if (!block || first >= m->blocks)
		return;
	uint8_t *bytes = memory_new(m->ext->block_size);
	if (block_read(m, block, bytes)) {
		uint64_t count = m->ext->block_size / 4, span = 1;
		for (unsigned i = 1; i < level; i++)
			span *= count;
		struct cursor c = cursor_of(bytes, m->ext->block_size, block * m->ext->block_size);
		for (uint64_t i = 0; i < count && first < m->blocks && !m->stopped; i++, first += span) {
			uint32_t pointer = cursor_u32le(&c);
			if (pointer && level == 1)
				map_add(m, first, 1, pointer, EXTENT_DATA);
			else if (pointer)
				pointers_map(m, pointer, level - 1, first);
		}
	}
	free(bytes);
}

static void blockmap(struct map *m, const struct ext_inode *inode)
{
	struct cursor c = cursor_of(inode->bytes, inode->length, inode->offset);
	c.at = POINTERS_AT;
	uint64_t first = 0, count = m->ext->block_size / 4, span = 1;
	for (unsigned i = 0; i < POINTERS && !m->stopped; i++) {
		uint32_t pointer = cursor_u32le(&c);
		if (i < DIRECT) {
			if (pointer)
				map_add(m, first, 1, pointer, EXTENT_DATA);
			first++;
		} else {
			span *= count;
			pointers_map(m, pointer, i - DIRECT + 1, first);
			first += span;
		}
	}
}

/* One node of an extent tree. Depth falls by one a level, so it ends; logical blocks must rise, so no part is mapped twice. */
static void extents_map(struct map *m, const uint8_t *bytes, size_t length, unsigned depth, uint64_t where)
{
	struct cursor c = cursor_of(bytes, length, 0);
	uint16_t magic = cursor_u16le(&c), entries = cursor_u16le(&c);          /* 0, 2; 4 most entries, 6 depth u16, 8 generation u32 */
	cursor_u16le(&c);
	uint16_t own_depth = cursor_u16le(&c);
	if (magic != 0xf30a || own_depth != depth || entries > (length - EXTENT_SIZE) / EXTENT_SIZE) {
		map_damage(m, where, "bad extent tree");
		return;
	}
	for (unsigned i = 0; i < entries && !m->stopped; i++) {
		c.at = EXTENT_SIZE + i * (size_t)EXTENT_SIZE;
		uint64_t first = cursor_u32le(&c);
		if (depth) {            /* 4 block u32, 8 its high half u16 */
			uint64_t block = cursor_u32le(&c);
			block |= (uint64_t)cursor_u16le(&c) << 32;
			uint8_t *child = memory_new(m->ext->block_size);
			if (block_read(m, block, child))
				extents_map(m, child, m->ext->block_size, depth - 1, block);
			free(child);
			continue;
		}
		uint64_t count = cursor_u16le(&c);      /* 4 blocks u16 (above 32,768: allocated, not written), 6 high half u16, 8 block u32 */
		uint64_t block = (uint64_t)cursor_u16le(&c) << 32;
		block |= cursor_u32le(&c);
		bool written = count <= 32768;
		if (!written)
			count -= 32768;
		if (first < m->next) {
			map_damage(m, where, "extents out of order");
			return;
		}
		map_add(m, first, count, block, written ? EXTENT_DATA : EXTENT_ZERO);
	}
}

/* ---- inline data: the 60 bytes of the pointers, then the value of the attribute system.data ---- */

static void inline_content(const struct ext_inode *inode, struct container *c, struct node *n)
{
	size_t head = inode->size < POINTERS_SIZE ? (size_t)inode->size : POINTERS_SIZE;
	uint8_t *bytes = arena_new(&c->arena, POINTERS_SIZE + EXT_INODE_MAX);
	memcpy(bytes, inode->bytes + POINTERS_AT, head);
	size_t length = head;
	struct cursor x = cursor_of(inode->bytes, inode->length, inode->offset);
	x.at = 128;
	size_t base = 128 + (size_t)cursor_u16le(&x);
	x.at = base;
	if (cursor_u32le(&x) == XATTR_MAGIC) {
		base += 4;      /* entries; values are counted from here */
		size_t at = base;
		for (;;) {      /* 0 name length u8, 1 name index u8, 2 value offset u16, 4 value inode u32, 8 value size u32, 12 hash u32, 16 name */
			x.at = at;
			uint8_t name_length = cursor_u8(&x), index = cursor_u8(&x);
			uint16_t offset = cursor_u16le(&x);
			uint32_t elsewhere = cursor_u32le(&x), size = cursor_u32le(&x);
			cursor_u32le(&x);
			const uint8_t *name = cursor_bytes(&x, name_length);
			if (x.bad || (!name_length && !index && !offset))
				break;
			if (index == XATTR_SYSTEM && name_length == 4 && name && memcmp(name, "data", 4) == 0 && !elsewhere) {
				struct cursor value = cursor_window(&x, base + offset, size);
				size_t take = inode->size - head < size ? (size_t)(inode->size - head) : size;
				const uint8_t *v = take ? cursor_bytes(&value, take) : NULL;
				if (v) {
					memcpy(bytes + head, v, take);
					length += take;
				}
				break;
			}
			at += 16 + ((size_t)name_length + 3) / 4 * 4;
		}
	}
	if (length < inode->size)
		report_error(c->report, "damage", "ext.inline", n->step, inode->offset, inode->length, "inode %s claims %llu bytes of inline data and holds %zu",
		             n->address, (unsigned long long)inode->size, length);
	n->content = CONTENT_INLINE;
	n->inline_bytes = bytes;
	n->inline_length = length;
	n->size = length;
	n->order = inode->offset;
	node_flag(n, "inline");
}

static void flags_of(const struct ext_inode *inode, struct node *n)
{
	static const struct { uint32_t bit; const char *name; } flag[] = {
		{ INODE_COMPRESSED, "compressed" }, { INODE_ENCRYPTED, "encrypted" }, { INODE_IMMUTABLE, "immutable" }, { INODE_APPEND, "append-only" },
		{ INODE_VERITY, "verity" }, { INODE_CASEFOLD, "casefold" },
	};
	for (size_t i = 0; i < sizeof flag / sizeof flag[0]; i++)
		if (inode->flags & flag[i].bit)
			node_flag(n, flag[i].name);
}

/* The map becomes the node's content. */
static void map_give(struct map *m)
{
	struct node *n = m->node;
	if (m->count) {
		n->extent = memcpy(arena_array(&m->container->arena, m->count, sizeof *m->extent), m->extent, m->count * sizeof *m->extent);
		n->extents = m->count;
		n->content = CONTENT_EXTENTS;
		for (size_t i = 0; i < m->count && !n->order; i++)
			if (m->extent[i].kind == EXTENT_DATA)
				n->order = m->extent[i].offset;
	}
	free(m->extent);
}

static void slack_give(struct map *m)
{
	m->node->size = 0;
	for (size_t i = 0; i < m->count; i++)
		m->node->size += m->extent[i].length;
	map_give(m);
}

void ext_content(const struct ext *e, const struct ext_inode *inode, struct container *c, struct node *n)
{
	flags_of(inode, n);
	bool link_in_blocks = e->slack && (inode->mode & MODE_TYPE) == MODE_LINK && (inode->flags & INODE_EXTENTS || inode->size >= POINTERS_SIZE);
	if ((inode->mode & MODE_TYPE) != MODE_FILE && n->kind != NODE_FILE && !link_in_blocks)
		return;
	if (inode->flags & INODE_INLINE) {
		inline_content(inode, c, n);
		return;
	}
	uint64_t there = e->source->size / e->block_size + 1;   /* a claim of more blocks than there are bytes for buys no work */
	struct map m = { .ext = e, .container = c, .node = n, .size = inode->size, .budget = e->blocks < there ? e->blocks : there };
	m.blocks = inode->size / e->block_size + (inode->size % e->block_size != 0);
	/* A size that no map can reach is damage, and nobody should hash its zeros: what is mapped is given. */
	uint64_t a_block = e->block_size / 4;
	uint64_t most = inode->flags & INODE_EXTENTS ? UINT64_C(1) << 32 : DIRECT + a_block + a_block * a_block + a_block * a_block * a_block;
	bool absurd = m.blocks > most;
	if (absurd || e->slack)
		m.blocks = most;
	if (inode->flags & INODE_EXTENTS) {
		struct cursor h = cursor_of(inode->bytes, inode->length, 0);
		h.at = POINTERS_AT + 6;
		unsigned depth = cursor_u16le(&h);
		if (depth > EXTENT_DEPTH_MAX)
			map_damage(&m, inode->offset / e->block_size, "extent tree too deep");
		else
			extents_map(&m, inode->bytes + POINTERS_AT, POINTERS_SIZE, depth, inode->offset / e->block_size);
	} else {
		blockmap(&m, inode);
	}
	if (e->slack) {
		slack_give(&m);
		return;
	}
	uint64_t size = inode->size;
	if (absurd) {
		m.blocks = m.next;
		size = m.next * e->block_size;
		report_error(c->report, "damage", "ext.size", n->step, inode->offset, inode->length, "inode %s claims %llu bytes; %llu are mapped", n->address,
		             (unsigned long long)inode->size, (unsigned long long)size);
		n->size = size;
	}
	/* What no pointer covers is a hole; behind damage it is unreadable. */
	if (m.next < m.blocks)
		extent_append(&m, 0, (m.blocks - m.next) * (uint64_t)e->block_size, m.stopped ? EXTENT_UNREADABLE : EXTENT_ZERO);
	bool sparse = false;
	for (size_t i = 0; i < m.count; i++)
		sparse |= m.extent[i].kind == EXTENT_ZERO;
	if (sparse)
		node_flag(n, "sparse");
	if (m.count) {
		uint64_t over = m.blocks * (uint64_t)e->block_size - size;
		m.extent[m.count - 1].length -= over;
	}
	map_give(&m);
}

bool ext_link_target(const struct ext *e, const struct ext_inode *inode, struct container *c, struct node_text *target)
{
	if ((inode->mode & MODE_TYPE) != MODE_LINK || !inode->size || inode->size > TARGET_MAX || inode->flags & INODE_ENCRYPTED)
		return false;
	if (!(inode->flags & INODE_EXTENTS) && inode->size < POINTERS_SIZE) {
		target->bytes = arena_copy(&c->arena, inode->bytes + POINTERS_AT, (size_t)inode->size);
		target->length = (size_t)inode->size;
		return true;
	}
	struct node n = { .kind = NODE_FILE, .has_size = true, .size = inode->size, .address = "?" };
	struct reporter silent = { 0 };
	struct container quiet = { .report = &silent };
	ext_content(e, inode, &quiet, &n);
	uint8_t *bytes = arena_new(&c->arena, (size_t)inode->size + 1);
	size_t length = 0;
	if (n.content == CONTENT_INLINE) {
		length = n.inline_length;
		memcpy(bytes, n.inline_bytes, length);
	} else if (n.content == CONTENT_EXTENTS) {
		struct source *s = source_of_extents(e->source, n.extent, n.extents, inode->size);
		length = source_read_at(s, 0, bytes, (size_t)inode->size, NULL);
		source_close(s);
	}
	arena_free(&quiet.arena);
	target->bytes = bytes;
	target->length = length;
	return length != 0;
}
