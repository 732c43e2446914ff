/* SPDX-License-Identifier: Apache-2.0 */
/* xfs_inode.c: inodes, the btrees that lead to them and to a file's blocks. See xfs.h for the source. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/fs/xfs.h"

enum { AGF_SECTOR = 1, AGI_SECTOR = 2, FREE_RECORD = 8, CORE2 = 100, CORE3 = 176, SUM3 = 100, RECORD = 16, LINK_HEADER = 56, LINK_MAX = 1024, RUNS_MAX = 1 << 21 };
#define BIGTIME_START INT64_C(-2147483648)
#define FLAG2_BIGTIME 8U
#define FLAG2_LARGE_COUNTS 16U

bool xfs_sum_good(const uint8_t *bytes, size_t length, size_t sum_at)
{
	struct cursor c = cursor_of(bytes, length, 0);
	c.at = sum_at;
	return cursor_u32le(&c) == hash_crc32c(bytes, length, sum_at) && !c.bad;
}

uint64_t xfs_block_at(const struct xfs *x, uint64_t number)
{
	uint64_t ag = number >> x->ag_block_bits, block = number & ((UINT64_C(1) << x->ag_block_bits) - 1);
	if (ag >= x->ags || block >= x->ag_blocks || ag * x->ag_blocks + block >= x->blocks)
		return UINT64_MAX;
	return (ag * x->ag_blocks + block) * x->block_size;
}

/* ---- one inode */

static struct timestamp time_read(struct cursor *c, bool big)
{
	uint64_t raw = cursor_u64be(c);
	int64_t seconds = big ? (int64_t)(raw / 1000000000U) + BIGTIME_START : (int32_t)(raw >> 32);
	uint32_t nanoseconds = big ? (uint32_t)(raw % 1000000000U) : (uint32_t)raw;
	if (!seconds && !nanoseconds)
		return (struct timestamp){ .state = TIME_UNSET };
	struct timestamp t = nanoseconds > 999999999 ? (struct timestamp){ .state = TIME_INVALID } : time_from_unix(seconds, nanoseconds, TIME_NS);
	t.raw = raw;
	return t;
}

static void forks_find(struct xfs_inode *i, uint8_t fork_offset)
{
	size_t core = i->version >= 3 ? CORE3 : CORE2, room = i->length - core, data = room;
	if (fork_offset && (size_t)fork_offset * 8 < room) {
		data = (size_t)fork_offset * 8;
		i->attributes = core + data;
		i->attributes_length = room - data;
	}
	i->fork = core;
	i->fork_length = data;
}

bool xfs_inode_read(const struct xfs *x, uint64_t number, struct xfs_inode *i)
{
	uint64_t block = xfs_block_at(x, number >> x->inode_bits);
	*i = (struct xfs_inode){ .number = number, .length = x->inode_size };
	if (block == UINT64_MAX || number >> (x->inode_bits + x->ag_block_bits) >= x->ags)
		return false;
	i->at = block + (number & ((UINT64_C(1) << x->inode_bits) - 1)) * x->inode_size;
	if (source_read_at(x->source, i->at, i->bytes, i->length, NULL) < i->length)
		return false;
	struct cursor c = cursor_of(i->bytes, i->length, i->at);
	i->valid = cursor_u16be(&c) == 0x494e;  /* 0 "IN"; 2 mode u16; 4 version, 5 format u8; 6 links of version 1 u16; 8 uid, 12 gid, 16 links u32 */
	i->mode = cursor_u16be(&c);
	i->version = cursor_u8(&c);
	i->format = cursor_u8(&c);
	uint16_t old_links = cursor_u16be(&c);
	i->uid = cursor_u32be(&c);
	i->gid = cursor_u32be(&c);
	i->links = cursor_u32be(&c);
	if (i->version == 1)
		i->links = old_links;
	c.at = 120;                             /* 120 second flags u64 (version 3) */
	uint64_t flags2 = i->version >= 3 ? cursor_u64be(&c) : 0;
	bool big = flags2 & FLAG2_BIGTIME, large = flags2 & FLAG2_LARGE_COUNTS;
	c.at = 24;                              /* 24 extents u64 where counts are large; 32 atime, 40 mtime, 48 ctime, 56 size u64 */
	uint64_t extents = cursor_u64be(&c);
	i->atime = time_read(&c, big);
	i->mtime = time_read(&c, big);
	i->ctime = time_read(&c, big);
	i->size = cursor_u64be(&c);
	c.at = 76;                              /* 76 extents u32, 80 of attributes u16 (large: 76 of attributes u32); 82 fork offset, 83 format of attributes u8; 90 flags u16 */
	uint32_t narrow = cursor_u32be(&c);
	uint16_t narrow_attributes = cursor_u16be(&c);
	i->extents = large ? extents : narrow;
	i->attribute_extents = large ? narrow : narrow_attributes;
	uint8_t fork_offset = cursor_u8(&c);
	i->attribute_format = cursor_u8(&c);
	c.at = 90;
	i->flags = cursor_u16be(&c);
	if (i->version >= 3) {
		c.at = 144;                     /* 144 crtime */
		i->crtime = time_read(&c, big);
	}
	i->sum_good = i->version < 3 || xfs_sum_good(i->bytes, i->length, SUM3);
	forks_find(i, fork_offset);
	return true;
}

/* ---- btrees */

static void btree_damage(const struct xfs_btree *b, uint64_t at, const char *what)
{
	report_error(b->x->container.report, "damage", "xfs.btree", NULL, at == UINT64_MAX ? 0 : at, at == UINT64_MAX ? 0 : b->x->block_size, "%s: %s", b->kind->what, what);
}

/* The block at a place: a leaf comes into the hand, another one on the stack. */
static bool block_enter(struct xfs_btree *b, uint64_t at, uint32_t level)
{
	struct xfs *x = b->x;
	const struct xfs_btree_kind *k = b->kind;
	if (at == UINT64_MAX || b->visited++ > x->source->size / x->block_size || source_read_at(x->source, at, x->block, x->block_size, NULL) < x->block_size) {
		btree_damage(b, at, at == UINT64_MAX ? "a block lies outside of the volume" : "more blocks than the volume has, or cut off");
		return false;
	}
	struct cursor c = cursor_of(x->block, x->block_size, at);
	uint32_t magic = cursor_u32be(&c);      /* 0 magic u32, 4 level, 6 records u16 */
	uint16_t own = cursor_u16be(&c), records = cursor_u16be(&c);
	if (magic != (x->v5 ? k->magic5 : k->magic) || own != level) {
		btree_damage(b, at, "a block is not what leads to it says");
		return false;
	}
	if (x->v5 && !xfs_sum_good(x->block, x->block_size, k->sum_at))
		btree_damage(b, at, "wrong checksum of a block; it is used all the same");
	size_t header = x->v5 ? k->header5 : k->header, pointer = k->wide ? 8 : 4, room = x->block_size - header;
	size_t most = level ? room / (k->key + pointer) : room / k->record;
	if (records > most) {
		btree_damage(b, at, "a block claims more records than it holds");
		records = (uint16_t)most;
	}
	if (!level) {
		b->leaf = at + header;
		b->records = records;
		return true;
	}
	b->node[b->depth].pointers = at + header + most * k->key;
	b->node[b->depth].at = 0;
	b->node[b->depth].count = records;
	b->node[b->depth++].level = level;
	return false;
}

void xfs_btree_root(struct xfs_btree *b, uint64_t at, uint32_t level)
{
	b->records = 0;
	if (level >= XFS_LEVELS_MAX)
		btree_damage(b, at, "more levels than there can be");
	else if (block_enter(b, at, level))
		b->node[0].level = UINT32_MAX;  /* the root is the one leaf: the next search gives it */
}

bool xfs_btree_leaf(struct xfs_btree *b)
{
	struct xfs *x = b->x;
	if (!b->depth && b->node[0].level == UINT32_MAX) {
		b->node[0].level = 0;
		return true;
	}
	while (b->depth) {
		unsigned top = b->depth - 1;
		if (b->node[top].at == b->node[top].count) {
			b->depth--;
			continue;
		}
		uint8_t bytes[8];
		size_t pointer = b->kind->wide ? 8 : 4;
		struct cursor c = cursor_of(bytes, source_read_at(x->source, b->node[top].pointers + b->node[top].at++ * pointer, bytes, pointer, NULL), 0);
		uint64_t number = cursor_be(&c, pointer);
		if (!b->kind->wide)
			number = number < x->ag_blocks ? b->owner << x->ag_block_bits | number : UINT64_MAX;
		if (block_enter(b, xfs_block_at(x, number), b->node[top].level - 1))
			return true;
	}
	return false;
}

/* A btree that a header of an allocation group leads to. */
struct group_btree { struct xfs_btree_kind kind; uint32_t sector, magic; size_t root, level; const char *report, *lost; };

static bool group_btree(struct xfs *x, uint32_t ag, const struct group_btree *g, struct xfs_btree *b)
{
	uint8_t bytes[512];
	uint64_t at = (uint64_t)ag * x->ag_blocks * x->block_size + (uint64_t)g->sector * x->sector_size;
	struct cursor c = cursor_of(bytes, source_read_at(x->source, at, bytes, sizeof bytes, NULL), at);
	bool good = cursor_u32be(&c) == g->magic;
	c.at = g->root;
	uint32_t root = cursor_u32be(&c);
	c.at = g->level;
	uint32_t level = cursor_u32be(&c);
	*b = (struct xfs_btree){ .x = x, .kind = &g->kind, .owner = ag };
	if (!good || c.bad || root >= x->ag_blocks || !level || level > XFS_LEVELS_MAX) {
		report_error(x->container.report, "damage", g->report, NULL, at, x->sector_size, g->lost, ag);
		return false;
	}
	xfs_btree_root(b, xfs_block_at(x, (uint64_t)ag << x->ag_block_bits | root), level - 1);
	return true;
}

bool xfs_inodes_of(struct xfs *x, uint32_t ag, struct xfs_btree *b)
{
	/* "XAGI": 20 root, 24 level u32; "IABT", "IAB3" */
	static const struct group_btree g = { { 0x49414254, 0x49414233, 16, 56, 52, RECORD, 4, false, "btree of inodes" }, AGI_SECTOR, 0x58414749, 20, 24, "xfs.agi",
		"the header of the inodes of allocation group %u is damaged: inodes there that no name leads to are not found" };
	return group_btree(x, ag, &g, b);
}

bool xfs_free_of(struct xfs *x, uint32_t ag, struct xfs_btree *b)
{
	/* "XAGF": 16 root, 28 level u32; "ABTB", "AB3B" */
	static const struct group_btree g = { { 0x41425442, 0x41423342, 16, 56, 52, FREE_RECORD, 8, false, "btree of free blocks" }, AGF_SECTOR, 0x58414746, 16, 28, "xfs.agf",
		"the header of the free blocks of allocation group %u is damaged: which blocks there are free is not known" };
	return group_btree(x, ag, &g, b);
}

/* ---- where a file's blocks are */

/* A record of an extent: 1 bit not written, 54 bits block of the file, 52 bits block, 21 bits count. */
static bool run_of(const struct xfs *x, struct cursor *c, struct xfs_run *run)
{
	uint64_t high = cursor_u64be(c), low = cursor_u64be(c);
	*run = (struct xfs_run){ .unwritten = high >> 63, .file_block = (high & INT64_MAX) >> 9, .blocks = low & 0x1fffff, .at = xfs_block_at(x, (high & 0x1ff) << 43 | low >> 21) };
	return !c->bad && run->blocks && run->at != UINT64_MAX && run->blocks <= x->blocks - run->at / x->block_size;
}

/* False: the records make no sense from here on. */
static bool run_add(struct xfs_runs *runs, const struct xfs_run *run)
{
	const struct xfs_run *last = runs->count ? &runs->run[runs->count - 1] : NULL;
	if (runs->count == RUNS_MAX || (last && run->file_block < last->file_block + last->blocks))
		return false;
	runs->run = memory_room(runs->run, runs->count, &runs->capacity, sizeof *runs->run);
	runs->run[runs->count++] = *run;
	return true;
}

/* Gives how many of `records` were good. */
static uint64_t runs_add(const struct xfs *x, struct cursor c, uint64_t records, struct xfs_runs *runs)
{
	struct xfs_run run;
	uint64_t n = 0;
	while (n < records && run_of(x, &c, &run) && run_add(runs, &run))
		n++;
	return n;
}

static void runs_damage(struct xfs *x, const struct xfs_inode *i, const char *step, const char *what)
{
	report_error(x->container.report, "damage", "xfs.extents", step, i->at, i->length, "inode %llu: %s", (unsigned long long)i->number, what);
}

static void runs_of_btree(struct xfs *x, const struct xfs_inode *i, const char *step, struct xfs_runs *runs)
{
	static const struct xfs_btree_kind kind = { 0x424d4150, 0x424d4133, 24, 72, 64, RECORD, 8, true, "btree of a file's extents" };      /* "BMAP", "BMA3" */
	struct cursor c = cursor_of(i->bytes + i->fork, i->fork_length, i->at + i->fork);
	uint16_t level = cursor_u16be(&c), records = cursor_u16be(&c);        /* 0 level, 2 records u16, keys u64, pointers u64 */
	size_t most = i->fork_length > 4 ? (i->fork_length - 4) / 16 : 0;
	if (!level || level > XFS_LEVELS_MAX || records > most) {
		runs_damage(x, i, step, "the root of its extents makes no sense");
		return;
	}
	struct xfs_btree b = { .x = x, .kind = &kind, .owner = i->number, .depth = 1 };
	b.node[0].pointers = i->at + i->fork + 4 + 8 * most;
	b.node[0].count = records;
	b.node[0].level = level;
	while (xfs_btree_leaf(&b)) {
		struct cursor leaf = cursor_of(x->block, x->block_size, b.leaf);
		leaf.at = x->v5 ? kind.header5 : kind.header;
		if (runs_add(x, leaf, b.records, runs) == b.records)
			continue;
		runs_damage(x, i, step, runs->count == RUNS_MAX ? "more extents than are followed" : "its extents make no sense from here on");
		return;
	}
}

void xfs_runs_read(struct xfs *x, const struct xfs_inode *i, bool recover, const char *step, struct xfs_runs *runs)
{
	*runs = (struct xfs_runs){ 0 };
	struct cursor c = cursor_of(i->bytes + i->fork, i->fork_length, i->at + i->fork);
	uint64_t room = i->fork_length / RECORD;
	if (recover)
		runs_add(x, c, room, runs);
	else if (i->format == XFS_FORMAT_BTREE)
		runs_of_btree(x, i, step, runs);
	else if (i->format == XFS_FORMAT_EXTENTS && (i->extents > room || runs_add(x, c, i->extents, runs) < i->extents))
		runs_damage(x, i, step, i->extents > room ? "claims more extents than fit" : "its extents make no sense from here on");
}

struct node_text xfs_link_target(struct xfs *x, const struct xfs_inode *i, const struct xfs_runs *runs)
{
	struct node_text target = { 0 };
	if (i->format == XFS_FORMAT_LOCAL && i->size <= i->fork_length) {
		target.bytes = arena_copy(&x->container.arena, i->bytes + i->fork, (size_t)i->size);
		target.length = (size_t)i->size;
		return target;
	}
	if (i->size > LINK_MAX)
		return target;
	uint8_t *text = arena_new(&x->container.arena, LINK_MAX);
	/* of version 5 each block has a header, "XSLM" at its begin; mkfs.xfs 6.1 forgets it when it fills a volume */
	uint8_t magic[4] = { 0 };
	size_t header = x->v5 ? LINK_HEADER : 0;
	if (header && runs->count && source_read_at(x->source, runs->run[0].at, magic, sizeof magic, NULL) && memcmp(magic, "XSLM", sizeof magic) != 0) {
		report_error(x->container.report, "damage", "xfs.link", NULL, runs->run[0].at, x->block_size, "the target of symbolic link %llu has no header: all of its block is taken for text", (unsigned long long)i->number);
		header = 0;
	}
	for (size_t r = 0; r < runs->count; r++)
		for (uint64_t k = 0; k < runs->run[r].blocks && target.length < i->size; k++) {
			size_t left = (size_t)i->size - target.length, n = x->block_size - header < left ? x->block_size - header : left;
			target.length += source_read_at(x->source, runs->run[r].at + k * x->block_size + header, text + target.length, n, NULL);
		}
	target.bytes = text;
	return target;
}
