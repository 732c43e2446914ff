/* SPDX-License-Identifier: Apache-2.0 */
/* xfs.c: XFS of versions 4 and 5: every name, live or deleted, then the inodes that no name leads to. See xfs.h for the source.
 *
 * Our own reader because libtsk has none, and libfsxfs (20201117) gives times of a wrong year for every file system that mkfs.xfs makes today (times of 64 bits), and nothing
 * deleted. A deleted inode keeps its times and, mostly, the list of its blocks, but neither size nor type: what the list shows is given as recovered, whole blocks of it. The
 * log is not replayed: what was changed last may be shown as it was before. Wrong checksums are told, and what they are of is used all the same.
 *
 * Steps are those of the rows that libtsk reads (tsk.c): "xfs:/path", "xfs:#INODE", "xfs:#INODE@DIRECTORY.POSITION". */
#include "format/fs/xfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { SUPERBLOCK = 264, DEPTH_MAX = 4096, INODES_A_CHUNK = 64, INODES_A_HOLE = 4, RECORD = 16 };
#define VERSION_TYPES 0x200U            /* second features of version 4: entries hold the type */
#define INCOMPAT_TYPES 1U
#define INCOMPAT_SPARSE_INODES 2U
#define INCOMPAT_KNOWN 0x3fU            /* and: another uuid, times of 64 bits, needs repair, counts of 64 bits */
#define FLAG_REALTIME 1U

struct level { uint64_t inode, position, block; size_t path_length; bool by_path; };

struct volume {
	struct xfs x;
	/* the walk */
	bool started, orphans_started;
	struct level *level; size_t depth, capacity;
	struct xfs_directory directory;         /* of the level in hand */
	struct buffer path;
	struct number_set directories, named, addressed, paths, blocks_read;
	/* the inodes that no name led to */
	uint32_t ag;
	bool ag_open;
	struct xfs_btree chunks;
	uint32_t record, in_chunk;
	uint64_t chunk_first, chunk_free;
	uint16_t chunk_holes;
};

static const char ORPHAN_DIRECTORY[] = "/%24OrphanFiles";

static char *address(struct container *c, uint64_t inode)
{
	return arena_format(&c->arena, "%llu", (unsigned long long)inode);
}

/* ---- a node */

static enum node_kind kind_of(uint16_t mode, char *letter)
{
	static const struct { uint16_t type; enum node_kind kind; char letter; } rows[] = {
		{ XFS_MODE_FILE, NODE_FILE, 'r' }, { XFS_MODE_DIRECTORY, NODE_DIRECTORY, 'd' }, { XFS_MODE_LINK, NODE_SYMLINK, 'l' }, { 0020000, NODE_DEVICE, 'c' },
		{ 0060000, NODE_DEVICE, 'b' }, { 0010000, NODE_FIFO, 'p' }, { 0140000, NODE_SOCKET, 's' },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((mode & XFS_MODE_TYPE) == rows[i].type) {
			*letter = rows[i].letter;
			return rows[i].kind;
		}
	*letter = '-';
	return NODE_FILE;
}

static void mode_text(char text[11], uint16_t mode, char letter)
{
	static const char bits[] = "rwxrwxrwx";
	static const struct { uint16_t bit; size_t at; char with, without; } special[] = { { 04000, 3, 's', 'S' }, { 02000, 6, 's', 'S' }, { 01000, 9, 't', 'T' } };
	text[0] = letter;
	for (size_t i = 0; i < 9; i++)
		text[1 + i] = mode >> (8 - i) & 1 ? bits[i] : '-';
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (mode & special[i].bit)
			text[special[i].at] = text[special[i].at] == 'x' ? special[i].with : special[i].without;
	text[10] = 0;
}

static struct extent *extent_add(struct extent *e, uint64_t offset, uint64_t length, enum extent_kind kind)
{
	if (length)
		*e++ = (struct extent){ .offset = offset, .length = length, .kind = kind };
	return e;
}

/* What lies behind the end of the content, or was never written. */
static void slack_map(struct xfs *x, const struct xfs_runs *runs, struct node *n)
{
	struct extent *extent = arena_array(&x->container.arena, runs->count + 1, sizeof *extent), *e = extent;
	uint64_t size = n->size;
	n->size = 0;
	for (size_t i = 0; i < runs->count; i++) {
		const struct xfs_run *r = &runs->run[i];
		uint64_t start, length = r->blocks * x->block_size;
		if (__builtin_mul_overflow(r->file_block, (uint64_t)x->block_size, &start))
			start = UINT64_MAX;
		uint64_t content = r->unwritten ? 0 : content_of_run(start, length, size);
		e = extent_add(e, r->at + content, length - content, EXTENT_DATA);
		n->size += length - content;
	}
	n->order = e > extent ? extent->offset : 0;
	n->extent = extent;
	n->extents = (size_t)(e - extent);
	n->content = CONTENT_EXTENTS;
}

/* Holes and what was reserved but never written are zeros. */
static void content_map(struct xfs *x, const struct xfs_runs *runs, struct node *n)
{
	struct extent *extent = arena_array(&x->container.arena, 2 * runs->count + 1, sizeof *extent), *e = extent;
	uint64_t at = 0;
	n->order = runs->count ? runs->run[0].at : 0;
	for (size_t i = 0; i < runs->count && at < n->size; i++) {
		const struct xfs_run *r = &runs->run[i];
		if (r->file_block > n->size / x->block_size)
			break;
		uint64_t start = r->file_block * x->block_size, length = r->blocks * x->block_size;
		e = extent_add(e, 0, start - at, EXTENT_ZERO);
		if (length > n->size - start)
			length = n->size - start;
		e = extent_add(e, r->at, length, r->unwritten ? EXTENT_ZERO : r->at < x->source->size ? EXTENT_DATA : EXTENT_UNREADABLE);
		at = start + length;
	}
	e = extent_add(e, 0, n->size - at, EXTENT_ZERO);
	for (const struct extent *k = extent; k < e; k++)
		if (k->kind == EXTENT_ZERO) {
			node_flag(n, "sparse");
			break;
		}
	n->extent = extent;
	n->extents = (size_t)(e - extent);
	n->content = CONTENT_EXTENTS;
}

static void file_content(struct xfs *x, const struct xfs_inode *i, struct node *n)
{
	bool recover = !n->allocated && !i->size;
	if (i->flags & FLAG_REALTIME && !recover) {
		report_error(x->container.report, "unsupported", "xfs.realtime", n->step, i->at, i->length, "inode %s lies in the realtime part, which is another device", n->address);
		return;
	}
	if (i->format == XFS_FORMAT_LOCAL && i->size <= i->fork_length && !recover) {
		n->content = CONTENT_INLINE;
		n->inline_bytes = arena_copy(&x->container.arena, i->bytes + i->fork, (size_t)i->size);
		n->inline_length = (size_t)i->size;
		return;
	}
	struct xfs_runs runs;
	xfs_runs_read(x, i, recover, n->step, &runs);
	if (recover && runs.count) {
		const struct xfs_run *last = &runs.run[runs.count - 1];
		n->size = (last->file_block + last->blocks) * x->block_size;
		node_flag(n, "recovered");
	}
	if (n->size > INT64_MAX) {
		report_error(x->container.report, "damage", "xfs.size", n->step, i->at, i->length, "inode %s claims an impossible size", n->address);
		n->size = 0;
	}
	if (x->slack)
		slack_map(x, &runs, n);
	else if (n->size)
		content_map(x, &runs, n);
	free(runs.run);
}

static void target_fill(struct xfs *x, const struct xfs_inode *i, struct node *n)
{
	struct xfs_runs runs;
	xfs_runs_read(x, i, false, n->step, &runs);
	struct node_text raw = xfs_link_target(x, i, &runs);
	free(runs.run);
	struct buffer b = { 0 };
	bool lossy = text_to_utf8(&b, raw.bytes, raw.length, TEXT_UTF8);
	if (b.length) {
		lossy |= memchr(b.data, 0, b.length) != NULL;
		n->target = arena_copy(&x->container.arena, b.data, b.length);
	} else {
		report_error(x->container.report, "damage", "xfs.link", n->step, i->at, i->length, "the target of symbolic link %s can't be read", n->address);
	}
	if (lossy)
		n->target_raw = raw;
	buffer_free(&b);
}

/* What the inode says; i: NULL where there is none. allocated: of the name, or of the inode where there is no name. */
static void inode_fill(struct xfs *x, const struct xfs_inode *i, struct node *n)
{
	struct reporter *r = x->container.report;
	char letter;
	if (!i->valid) {
		report_error(r, "damage", "xfs.inode", n->step, i->at, i->length, "inode %s is damaged: nothing is known of what it describes", n->address);
		return;
	}
	if (!i->sum_good)
		report_error(r, "damage", "xfs.checksum", n->step, i->at, i->length, "wrong checksum of inode %s; it is used all the same", n->address);
	n->reallocated = !n->allocated && i->mode && !n->orphan;
	if (n->reallocated)             /* what it describes by now has other names */
		return;
	if (!i->mode && n->allocated) {
		report_error(r, "damage", "xfs.inode", n->step, i->at, i->length, "inode %s is not in use, and a name leads to it", n->address);
		n->allocated = false;
	}
	n->kind = kind_of(i->mode, &letter);
	if (!n->name_type)
		n->name_type = '-';
	else
		n->name_type = letter;
	if (i->mode)
		mode_text(n->mode, i->mode, letter);
	n->has_owner = n->has_links = n->has_size = true;
	n->uid = i->uid;
	n->gid = i->gid;
	n->links = i->links;
	n->size = i->size;
	n->time[NODE_MTIME] = i->mtime;
	n->time[NODE_ATIME] = i->atime;
	n->time[NODE_CTIME] = i->ctime;
	n->time[NODE_CRTIME] = i->crtime;
	if (i->flags & 8)
		node_flag(n, "immutable");
	if (i->flags & 16)
		node_flag(n, "append-only");
	if (i->attributes && i->attribute_format == XFS_FORMAT_LOCAL ? i->bytes[i->attributes + 2] != 0 : i->attribute_extents != 0)
		node_flag(n, "xattr");
	if (n->kind == NODE_FILE)
		file_content(x, i, n);
	else if (n->kind == NODE_SYMLINK)
		target_fill(x, i, n);
}

static void name_fill(struct xfs *x, const uint8_t *name, size_t length, const struct buffer *path, struct node *n)
{
	n->name = (struct node_text){ .bytes = arena_copy(&x->container.arena, name, length), .length = length };
	n->path = (struct node_text){ .bytes = arena_copy(&x->container.arena, path->data, path->length), .length = path->length };
}

static void entry_fill(struct volume *v, const struct xfs_entry *e, const struct xfs_inode *i, uint64_t parent, const char *step, struct node *n)
{
	struct container *c = &v->x.container;
	*n = (struct node){ .kind = NODE_FILE, .step = step, .has_allocated = true, .allocated = !e->deleted, .name_type = 'r' };
	n->address = address(c, e->inode);
	n->parent = address(c, parent);
	name_fill(&v->x, e->name, e->name_length, &v->path, n);
	if (i)
		inode_fill(&v->x, i, n);
	else
		report_error(c->report, "damage", "xfs.inode", step, e->at, e->length, "inode %s lies outside of the volume", n->address);
}

static void orphan_fill(struct volume *v, const struct xfs_inode *i, bool used, const char *step, struct node *n)
{
	struct container *c = &v->x.container;
	struct buffer path = { 0 };
	buffer_format(&path, "%s/OrphanFile-%llu", ORPHAN_DIRECTORY, (unsigned long long)i->number);
	*n = (struct node){ .kind = NODE_FILE, .step = step, .has_allocated = true, .allocated = used, .orphan = true };
	n->address = address(c, i->number);
	name_fill(&v->x, path.data + sizeof ORPHAN_DIRECTORY, path.length - sizeof ORPHAN_DIRECTORY, &path, n);
	buffer_free(&path);
	inode_fill(&v->x, i, n);
}

/* ---- the walk */

static uint64_t hash_of(const struct buffer *b)
{
	uint64_t h = 14695981039346656037U;
	for (size_t i = 0; i < b->length; i++)
		h = (h ^ b->data[i]) * 1099511628211U;
	return h;
}

static void level_enter(struct volume *v, const struct xfs_inode *i, bool by_path, const char *step)
{
	struct reporter *r = v->x.container.report;
	if (v->depth == DEPTH_MAX || v->path.length > NODE_PATH_MAX) {
		report_error(r, "limit", v->depth == DEPTH_MAX ? "fs.depth" : "fs.path", step, i->at, i->length, "directory inode %llu is not entered: nested too deeply", (unsigned long long)i->number);
		return;
	}
	if (!number_set_add(&v->directories, i->number)) {
		report_note(r, "fs.directory-twice", step, i->at, i->length, "directory inode %llu has more than one name; its content is listed under the first", (unsigned long long)i->number);
		return;
	}
	v->level = memory_room(v->level, v->depth, &v->capacity, sizeof *v->level);
	v->level[v->depth++] = (struct level){ .inode = i->number, .block = UINT64_MAX, .path_length = v->path.length, .by_path = by_path };
	xfs_directory_close(&v->directory);
	xfs_directory_open(&v->x, &v->directory, i, false);
}

/* The directory of the level in hand is open again after one below it was left. */
static void level_reopen(struct volume *v, const struct level *l)
{
	struct xfs_inode *i = memory_new(sizeof *i);
	xfs_directory_close(&v->directory);
	if (xfs_inode_read(&v->x, l->inode, i))
		xfs_directory_open(&v->x, &v->directory, i, true);
	free(i);
}

/* A block of directory entries belongs to one directory: else a damaged or hostile list of blocks would be read over and over. */
static bool block_is_new(struct volume *v, struct level *l)
{
	if (v->directory.inode.format == XFS_FORMAT_LOCAL || l->block == v->directory.block_number)
		return true;
	l->block = v->directory.block_number;
	v->directory.quiet = false;
	if (number_set_add(&v->blocks_read, v->directory.block_at))
		return true;
	report_error(v->x.container.report, "damage", "xfs.directory", NULL, v->directory.block_at, v->x.directory_block_size, "directory inode %llu: a block of it was read before, as another part of a directory", (unsigned long long)l->inode);
	return false;
}

static const char *step_of(struct volume *v, const struct level *l, const struct xfs_entry *e, bool own, bool *by_path)
{
	struct container *c = &v->x.container;
	*by_path = l->by_path && !e->deleted && number_set_add(&v->paths, hash_of(&v->path));
	if (*by_path)
		return arena_format(&c->arena, "xfs:%.*s", (int)v->path.length, (const char *)v->path.data);
	if (own && number_set_add(&v->addressed, e->inode))
		return arena_format(&c->arena, "xfs:#%llu", (unsigned long long)e->inode);
	return arena_format(&c->arena, "xfs:#%llu@%llu.%llu", (unsigned long long)e->inode, (unsigned long long)l->inode, (unsigned long long)e->own);
}

static bool name_next(struct volume *v, struct node *n)
{
	struct container *c = &v->x.container;
	struct xfs_inode *i = memory_new(sizeof *i);
	bool given = false;
	while (v->depth && !given) {
		struct level *l = &v->level[v->depth - 1];
		struct xfs_entry e;
		if (!v->directory.open)
			level_reopen(v, l);
		v->path.length = l->path_length;
		bool more = v->directory.open && xfs_directory_next(&v->x, &v->directory, l->position, &e);
		if (!more || !block_is_new(v, l)) {
			v->depth--;
			xfs_directory_close(&v->directory);
			continue;
		}
		l->position = e.position;
		if (c->report && c->report->step && !c->report->step(c->report, e.inode))
			continue;
		bool there = xfs_inode_read(&v->x, e.inode, i), by_path;
		buffer_byte(&v->path, '/');
		locator_escape(&v->path, e.name, e.name_length);
		const char *step = step_of(v, l, &e, there && i->valid && (!e.deleted || !i->mode), &by_path);
		if (!e.deleted || (there && !i->mode))
			number_set_add(&v->named, e.inode);
		entry_fill(v, &e, there ? i : NULL, l->inode, step, n);
		if (n->kind == NODE_DIRECTORY && n->allocated && there)
			level_enter(v, i, by_path, step);
		given = true;
	}
	free(i);
	return given;
}

/* ---- what no name leads to */

/* The next record of inodes in the group in hand; false: no more. */
static bool chunk_next(struct volume *v)
{
	struct xfs *x = &v->x;
	while (!v->ag_open || v->record == v->chunks.records) {
		if (v->ag_open && xfs_btree_leaf(&v->chunks)) {
			v->record = 0;
			continue;
		}
		v->ag += v->ag_open;
		v->ag_open = false;
		/* that the media ends before the volume does was told when it was opened */
		if (v->ag >= x->ags || (uint64_t)v->ag * x->ag_blocks >= x->source->size / x->block_size)
			return false;
		v->ag_open = xfs_inodes_of(x, v->ag, &v->chunks);
		v->record = v->chunks.records = v->ag_open ? v->chunks.records : 0;
		if (!v->ag_open)
			v->ag++;
	}
	uint8_t bytes[RECORD];
	struct cursor c = cursor_of(bytes, source_read_at(x->source, v->chunks.leaf + (uint64_t)v->record++ * RECORD, bytes, sizeof bytes, NULL), 0);
	v->chunk_first = (uint64_t)v->ag << (x->ag_block_bits + x->inode_bits) | cursor_u32be(&c);    /* 0 first inode u32; 4 holes u16 (sparse), count, free u8; 8 free u64 */
	v->chunk_holes = x->sparse_inodes ? cursor_u16be(&c) : 0;
	c.at = 8;
	v->chunk_free = cursor_u64be(&c);
	v->in_chunk = 0;
	return true;
}

static bool is_internal(const struct xfs *x, uint64_t inode)
{
	for (unsigned i = 0; i < x->internals; i++)
		if (x->internal[i] == inode)
			return true;
	return inode == x->root;
}

static bool orphan_next(struct volume *v, struct node *n)
{
	struct xfs *x = &v->x;
	struct container *c = &x->container;
	struct xfs_inode *i = memory_new(sizeof *i);
	bool given = false;
	while (!given && (v->in_chunk < INODES_A_CHUNK || chunk_next(v))) {
		uint32_t k = v->in_chunk++;
		uint64_t number = v->chunk_first + k;
		if (v->chunk_holes >> k / INODES_A_HOLE & 1 || number_set_has(&v->named, number) || is_internal(x, number) || !xfs_inode_read(x, number, i))
			continue;
		/* one that was never used has no times; one with the wrong magic is no inode, and no name says that it was one */
		bool used = !(v->chunk_free >> k & 1) && i->mode;
		if (!i->valid || (!i->mode && i->ctime.state == TIME_UNSET) || !number_set_add(&v->named, number))
			continue;
		if (c->report && c->report->step && !c->report->step(c->report, number))
			continue;
		orphan_fill(v, i, used, number_set_add(&v->addressed, number) ? arena_format(&c->arena, "xfs:#%llu", (unsigned long long)number) : arena_format(&c->arena, "xfs:#%llu@0.0", (unsigned long long)number), n);
		given = true;
	}
	free(i);
	return given;
}

static int xfs_next(struct container *c, struct node *n)
{
	struct volume *v = (struct volume *)c;
	arena_reset(&c->arena);
	if (!v->started) {
		v->started = true;
		struct xfs_inode *root = memory_new(sizeof *root);
		if (xfs_inode_read(&v->x, v->x.root, root) && root->valid && (root->mode & XFS_MODE_TYPE) == XFS_MODE_DIRECTORY)
			level_enter(v, root, true, NULL);
		else
			report_error(c->report, "damage", "xfs.root", NULL, root->at, root->length, "the root directory is damaged: inodes are given by their numbers");
		free(root);
	}
	if (name_next(v, n))
		return 1;
	if (!v->orphans_started) {
		v->orphans_started = true;
		v->in_chunk = INODES_A_CHUNK;
	}
	return orphan_next(v, n);
}

/* ---- finding */

static bool find_path(struct volume *v, const char *path, size_t length, struct node *n)
{
	struct container *c = &v->x.container;
	struct xfs_inode *i = memory_new(sizeof *i);
	struct xfs_directory d = { 0 };
	struct buffer wanted = { 0 }, kept = v->path;
	const char *at = path, *end = path + length;
	bool there = xfs_inode_read(&v->x, v->x.root, i), found = false;
	v->path = (struct buffer){ 0 };
	while (there && at < end && *at == '/' && i->valid && (i->mode & XFS_MODE_TYPE) == XFS_MODE_DIRECTORY) {
		const char *part = ++at;
		struct xfs_entry e;
		uint64_t parent = i->number;
		while (at < end && *at != '/')
			at++;
		buffer_clear(&wanted);
		if (!locator_unescape(&wanted, part, (size_t)(at - part)))
			break;
		xfs_directory_close(&d);
		xfs_directory_open(&v->x, &d, i, true);
		there = false;
		for (uint64_t position = 0; !there && xfs_directory_next(&v->x, &d, position, &e); position = e.position)
			there = !e.deleted && e.name_length == wanted.length && !memcmp(e.name, wanted.data, wanted.length);
		if (!there)
			break;
		buffer_byte(&v->path, '/');
		locator_escape(&v->path, e.name, e.name_length);
		there = xfs_inode_read(&v->x, e.inode, i);
		found = at == end;
		if (found)
			entry_fill(v, &e, there ? i : NULL, parent, arena_format(&c->arena, "xfs:%.*s", (int)v->path.length, (const char *)v->path.data), n);
	}
	buffer_free(&v->path);
	v->path = kept;
	buffer_free(&wanted);
	xfs_directory_close(&d);
	free(i);
	return found;
}

/* #INODE or #INODE@DIRECTORY.POSITION. What is in use by the bitmap of its chunk is not asked: an inode with a mode is. */
static bool find_address(struct volume *v, const struct locator_step *step, struct node *n)
{
	struct container *c = &v->x.container;
	char *text = arena_copy(&c->arena, step->name.text + 1, step->name.length - 1), *end;
	uint64_t number = strtoull(text, &end, 10), directory = 0, position = 0;
	bool named = *end == '@', found = false;
	if (end == text)
		return false;
	if (named) {
		directory = strtoull(end + 1, &end, 10);
		if (*end == '.')
			position = strtoull(end + 1, &end, 10);
	}
	if (*end)
		return false;
	char *own = arena_format(&c->arena, "xfs:#%.*s", (int)step->name.length - 1, text);
	struct xfs_inode *i = memory_new(sizeof *i);
	struct xfs_directory d = { 0 };
	struct xfs_entry e;
	struct buffer kept = v->path;
	v->path = (struct buffer){ 0 };
	if (directory) {
		if (xfs_inode_read(&v->x, directory, i) && i->valid) {
			xfs_directory_open(&v->x, &d, i, true);
			found = xfs_directory_next(&v->x, &d, position, &e) && e.own == position && e.inode == number;
		}
		if (found)
			entry_fill(v, &e, xfs_inode_read(&v->x, number, i) ? i : NULL, directory, own, n);
	} else if (xfs_inode_read(&v->x, number, i) && i->valid) {
		orphan_fill(v, i, i->mode != 0, own, n);
		n->path = n->name = (struct node_text){ 0 };
		n->orphan = false;
		found = true;
	}
	v->path = kept;
	xfs_directory_close(&d);
	free(i);
	return found;
}

static bool xfs_find(struct container *c, const struct locator_step *step, struct node *n)
{
	arena_reset(&c->arena);
	if (step->stream.length || !step->name.length)
		return false;
	return step->name.text[0] == '/' ? find_path((struct volume *)c, step->name.text, step->name.length, n) :
	       step->name.text[0] == '#' ? find_address((struct volume *)c, step, n) : false;
}

/* ---- the volume */

static uint8_t bits_of(uint64_t n)
{
	uint8_t bits = 0;
	while (bits < 63 && UINT64_C(1) << bits < n)
		bits++;
	return bits;
}

/* NULL: all is well. */
static const char *superblock_read(struct xfs *x, const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	cursor_skip(&c, 4);             /* 0 "XFSB"; 4 block size u32; 8 blocks u64 */
	x->block_size = cursor_u32be(&c);
	x->blocks = cursor_u64be(&c);
	c.at = 56;                      /* 56 root, 64 and 72 realtime bitmap and summary u64; 84 blocks of a group, 88 groups u32; 100 version, 102 sector size, 104 inode size u16 */
	x->root = cursor_u64be(&c);
	x->internal[x->internals++] = cursor_u64be(&c);
	x->internal[x->internals++] = cursor_u64be(&c);
	c.at = 84;
	x->ag_blocks = cursor_u32be(&c);
	x->ags = cursor_u32be(&c);
	c.at = 100;
	uint16_t version = cursor_u16be(&c);
	x->sector_size = cursor_u16be(&c);
	x->inode_size = cursor_u16be(&c);
	c.at = 124;                     /* 124 bits of a block's number in its group u8; 160 user, 168 group quota inodes u64; 192 bits of a directory block over a block u8 */
	x->ag_block_bits = cursor_u8(&c);
	c.at = 160;
	x->internal[x->internals++] = cursor_u64be(&c);
	x->internal[x->internals++] = cursor_u64be(&c);
	c.at = 192;
	uint8_t directory_bits = cursor_u8(&c);
	c.at = 200;                     /* 200 second features u32; 216 incompatible features u32; 232 project quota inode u64 */
	uint32_t features2 = cursor_u32be(&c);
	c.at = 216;
	uint32_t incompatible = cursor_u32be(&c);
	c.at = 232;
	x->v5 = (version & 15) == 5;
	if (x->v5)
		x->internal[x->internals++] = cursor_u64be(&c);
	if (c.bad || ((version & 15) != 5 && (version & 15) != 4))
		return "its version is not known";
	if (x->v5 && incompatible & ~INCOMPAT_KNOWN)
		return "it has features that are not known";
	x->entry_types = x->v5 ? incompatible & INCOMPAT_TYPES : features2 & VERSION_TYPES;
	x->sparse_inodes = x->v5 && incompatible & INCOMPAT_SPARSE_INODES;
	if (x->block_size < 512 || x->block_size > XFS_BLOCK_MAX || x->block_size & (x->block_size - 1) || x->sector_size < 512 || x->inode_size < 256 || x->inode_size > XFS_INODE_MAX ||
	    x->inode_size > x->block_size || x->inode_size & (x->inode_size - 1) || !x->ag_blocks || !x->ags || x->ag_block_bits > 31 || x->ag_block_bits != bits_of(x->ag_blocks) ||
	    directory_bits > 16 || (uint64_t)x->block_size << directory_bits > XFS_BLOCK_MAX || !x->blocks || x->blocks > (uint64_t)x->ags * x->ag_blocks)
		return "its superblock makes no sense";
	x->inode_bits = bits_of(x->block_size / x->inode_size);
	x->directory_block_size = x->block_size << directory_bits;
	return NULL;
}

static void xfs_close(struct container *c)
{
	struct volume *v = (struct volume *)c;
	xfs_directory_close(&v->directory);
	free(v->level);
	buffer_free(&v->path);
	number_set_free(&v->directories);
	number_set_free(&v->named);
	number_set_free(&v->addressed);
	number_set_free(&v->paths);
	number_set_free(&v->blocks_read);
	free(v->x.block);
	source_close(v->x.source);
	free(v);
}

static void xfs_free_space(struct container *c, free_run run, void *owner)
{
	struct xfs *x = &((struct volume *)c)->x;
	struct xfs_btree b;
	bool wanted = true;
	for (uint32_t ag = 0; ag < x->ags && wanted && (uint64_t)ag * x->ag_blocks < x->source->size / x->block_size; ag++) {
		if (!xfs_free_of(x, ag, &b))
			continue;
		while (wanted && xfs_btree_leaf(&b)) {
			struct cursor leaf = cursor_of(x->block, x->block_size, b.leaf);
			leaf.at = (size_t)(b.leaf % x->block_size);
			for (uint32_t i = 0; i < b.records && wanted; i++) {     /* 0 first block of the group, 4 blocks u32 */
				uint64_t first = xfs_block_at(x, (uint64_t)ag << x->ag_block_bits | cursor_u32be(&leaf)), blocks = cursor_u32be(&leaf);
				if (first == UINT64_MAX || blocks > x->ag_blocks || leaf.bad)
					report_error(c->report, "damage", "xfs.free", NULL, b.leaf, 0, "a record of free blocks of allocation group %u leads outside", ag);
				else
					wanted = run(owner, first, blocks * x->block_size);
			}
			if (c->report && c->report->step)
				(void)c->report->step(c->report, ag);
		}
	}
}

static struct container *xfs_open(const struct opening *o)
{
	enum { CACHE_BLOCK = 4096, CACHE_BLOCKS = 2048 };
	struct volume *v = memory_new(sizeof *v);
	struct xfs *x = &v->x;
	uint8_t bytes[SUPERBLOCK];
	x->container.source = o->source;
	x->container.report = o->report;
	x->slack = o->slack;
	x->source = source_cached(o->source, CACHE_BLOCK, CACHE_BLOCKS);
	size_t length = source_read_at(o->source, 0, bytes, sizeof bytes, NULL);
	const char *why = superblock_read(x, bytes, length);
	if (why) {
		report_error(o->report, "damage", "xfs.open", NULL, 0, length, "XFS: %s", why);
		xfs_close(&x->container);
		return NULL;
	}
	x->block = memory_new(x->block_size);
	uint8_t *sector = memory_new(x->sector_size);
	if (x->v5 && source_read_at(o->source, 0, sector, x->sector_size, NULL) == x->sector_size && !xfs_sum_good(sector, x->sector_size, 224))
		report_error(o->report, "damage", "xfs.superblock", NULL, 0, x->sector_size, "wrong checksum of the superblock; it is used all the same");
	free(sector);
	if (x->blocks > o->source->size / x->block_size)
		report_error(o->report, "damage", "xfs.size", NULL, o->source->size, x->blocks * x->block_size - o->source->size, "the file system has %llu blocks, and the media ends before", (unsigned long long)x->blocks);
	return &x->container;
}

static unsigned xfs_probe(const struct probe *p)
{
	return p->head_length >= SUPERBLOCK && !memcmp(p->head, "XFSB", 4) ? 32 : 0;
}

const struct format format_xfs = {
	.name = "xfs",
	.layer = LAYER_FS,
	.about = "XFS, versions 4 and 5, with names and inodes that were deleted; not its log, nor files of the realtime part, nor the values of extended attributes",
	.probe = xfs_probe,
	.open = xfs_open,
	.next = xfs_next,
	.find = xfs_find,
	.close = xfs_close,
	.free_space = xfs_free_space,
};
