/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_node.c: one entry of a file system that libtsk reads, as a node: names, modes, times from the disk, and where its content lies. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/fs/reuse.h"
#include "format/fs/tsk.h"
#include "format/fs/tsk_times.h"

#include <tsk/fs/tsk_hfs.h>

enum { FAT_ENTRY = 32, FAT_FIRST_ENTRY = 3, BLOCKS_MAX = 1 << 24 };

/* ---- times ---- */

static struct timestamp unix_time(time_t seconds, uint32_t nanoseconds, enum time_precision precision)
{
	if (!seconds && !nanoseconds)
		return (struct timestamp){ .state = TIME_UNSET };
	if (nanoseconds > 999999999)
		return (struct timestamp){ .state = TIME_INVALID, .raw = nanoseconds };
	return time_from_unix(seconds, nanoseconds, precision);
}

/* libtsk numbers FAT directory entries from 3 on, in the order of the sectors behind the FATs. */
static bool fat_entry_read(struct tsk_container *t, uint64_t inode, uint8_t entry[FAT_ENTRY])
{
	uint64_t at;
	return inode >= FAT_FIRST_ENTRY && t->fat_entries_at && !__builtin_mul_overflow(inode - FAT_FIRST_ENTRY, (uint64_t)FAT_ENTRY, &at) &&
		!__builtin_add_overflow(at, t->fat_entries_at, &at) && source_read_at(t->container.source, at, entry, FAT_ENTRY, NULL) == FAT_ENTRY;
}

/* HFS+ counts from 1904; what lies before 1970 libtsk gives as 0, so the catalogue is asked again for those. */
static void hfs_times(struct tsk_container *t, const TSK_FS_META *m, struct timestamp time[NODE_TIMES])
{
	const time_t value[] = { m->mtime, m->atime, m->ctime, m->crtime };
	static const enum node_time which[] = { NODE_MTIME, NODE_ATIME, NODE_CTIME, NODE_CRTIME };
	bool zero = false;
	for (size_t i = 0; i < 4; i++) {
		zero |= !value[i];
		if (value[i])
			time[which[i]] = time_from_hfs((uint32_t)((uint64_t)value[i] + 2082844800U));
	}
	HFS_ENTRY *entry = zero ? memory_new(sizeof *entry) : NULL;
	if (entry && !hfs_cat_file_lookup((HFS_INFO *)t->fs, m->addr, entry, 0)) {
		const uint8_t *raw[] = { entry->cat.std.cmtime, entry->cat.std.atime, entry->cat.std.amtime, entry->cat.std.crtime };
		for (size_t i = 0; i < 4; i++) {
			struct cursor c = cursor_of(raw[i], 4, 0);
			if (!value[i])
				time[which[i]] = time_from_hfs(cursor_u32be(&c));
		}
	}
	tsk_error_reset();
	free(entry);
}

static void times_fill(struct tsk_container *t, const TSK_FS_META *m, const struct ext_inode *inode, struct node *n)
{
	uint8_t entry[FAT_ENTRY];
	if (m->type == TSK_FS_META_TYPE_VIRT || m->type == TSK_FS_META_TYPE_VIRT_DIR)
		return;
	if (inode) {
		if (!tsk_times_ext(inode->bytes, inode->length, n->time))
			node_flag(n, "bad-nanoseconds");
	} else if (t->fs->ftype == TSK_FS_TYPE_EXFAT) {
		if (fat_entry_read(t, m->addr, entry) && (entry[0] & 0x7f) == 0x05)
			tsk_times_exfat(entry, n->time);
	} else if (TSK_FS_TYPE_ISFAT(t->fs->ftype)) {
		if (fat_entry_read(t, m->addr, entry))
			tsk_times_fat(entry, n->time);
	} else if (TSK_FS_TYPE_ISISO9660(t->fs->ftype)) {
		if (m->addr < t->iso_dates)
			n->time[NODE_CRTIME] = tsk_time_iso(t->iso_date + 7 * m->addr);
	} else if (TSK_FS_TYPE_ISHFS(t->fs->ftype)) {
		hfs_times(t, m, n->time);
	} else {
		enum time_precision p = t->fs->ftype == TSK_FS_TYPE_FFS1 || t->fs->ftype == TSK_FS_TYPE_FFS1B ? TIME_S : TIME_NS;
		n->time[NODE_MTIME] = unix_time(m->mtime, m->mtime_nano, p);
		n->time[NODE_ATIME] = unix_time(m->atime, m->atime_nano, p);
		n->time[NODE_CTIME] = unix_time(m->ctime, m->ctime_nano, p);
		/* Of UFS2's birth time libtsk reads the nanoseconds only. */
		n->time[NODE_CRTIME] = m->crtime ? unix_time(m->crtime, m->crtime_nano, p) : (struct timestamp){ .state = TIME_UNSET };
	}
}

/* ---- content ---- */

struct extents { struct extent *extent; size_t count, capacity; };

static void extent_append(struct extents *x, uint64_t offset, uint64_t length, enum extent_kind kind)
{
	struct extent *last = x->count ? &x->extent[x->count - 1] : NULL;
	if (!length)
		return;
	if (last && last->kind == kind && (kind != EXTENT_DATA || last->offset + last->length == offset)) {
		last->length += length;
		return;
	}
	x->extent = memory_room(x->extent, x->count, &x->capacity, sizeof *x->extent);
	x->extent[x->count++] = (struct extent){ .offset = offset, .length = length, .kind = kind };
}

/* exFAT's ValidDataLength, which libtsk ignores: behind it the clusters hold old data and a reader sees zeros. It lies in the stream entry, next to the
 * file entry unless that ends its cluster. */
static uint64_t valid_length(struct tsk_container *t, uint64_t inode, uint64_t size)
{
	uint8_t entry[FAT_ENTRY];
	if (t->fs->ftype != TSK_FS_TYPE_EXFAT || !fat_entry_read(t, inode + 1, entry) || (entry[0] & 0x7f) != 0x40)
		return size;
	struct cursor c = cursor_of(entry, sizeof entry, 0);
	c.at = 8;
	uint64_t valid = cursor_u64le(&c);
	return valid < size ? valid : size;
}

/* The runs of an attribute as ranges of the volume; false: only libtsk can say the bytes. */
static bool attribute_extents(struct tsk_container *t, const TSK_FS_ATTR *attr, uint64_t inode, struct node *n)
{
	if (attr->r || attr->flags & (TSK_FS_ATTR_COMP | TSK_FS_ATTR_ENC) || t->fs->block_pre_size || t->fs->block_post_size || attr->nrd.skiplen)
		return false;
	uint64_t block = t->fs->block_size, size = n->size, at = 0, slack = 0;
	uint64_t valid = attr->nrd.initsize > 0 && (uint64_t)attr->nrd.initsize < size ? (uint64_t)attr->nrd.initsize : size;
	valid = valid_length(t, inode, valid);
	struct extents x = { 0 };
	for (const TSK_FS_ATTR_RUN *run = attr->nrd.run; run && (at < size || t->slack); run = run->next) {
		uint64_t length, offset, left = t->slack ? INT64_MAX - at : size - at;
		if (run->flags & TSK_FS_ATTR_RUN_FLAG_ENCRYPTED) {
			free(x.extent);
			return false;
		}
		if (__builtin_mul_overflow(run->len, block, &length) || length > left)
			length = left;
		if (__builtin_mul_overflow(run->addr, block, &offset) || __builtin_add_overflow(offset, (uint64_t)t->fs->offset, &offset))
			offset = UINT64_MAX;    /* the volume's own offset: HFS+ in a wrapper */
		enum extent_kind kind = run->flags & TSK_FS_ATTR_RUN_FLAG_SPARSE ? EXTENT_ZERO :
			run->flags & TSK_FS_ATTR_RUN_FLAG_FILLER || offset >= t->container.source->size ? EXTENT_UNREADABLE : EXTENT_DATA;
		uint64_t before = content_of_run(at, length, valid);
		if (t->slack && kind == EXTENT_DATA) {
			extent_append(&x, offset + before, length - before, EXTENT_DATA);
			slack += length - before;
		} else if (!t->slack) {
			extent_append(&x, offset, before, kind);
			extent_append(&x, 0, length - before, EXTENT_ZERO);
		}
		at += length;
	}
	if (t->slack)
		n->size = slack;
	else if (at < size)
		extent_append(&x, 0, size - at, EXTENT_UNREADABLE);
	for (size_t i = 0; i < x.count; i++)
		if (x.extent[i].kind == EXTENT_DATA) {
			n->order = x.extent[i].offset;
			break;
		}
	for (size_t i = 0; i < x.count; i++)
		if (x.extent[i].kind == EXTENT_ZERO) {
			node_flag(n, "sparse");
			break;
		}
	if (x.count)
		n->extent = memcpy(arena_array(&t->container.arena, x.count, sizeof *x.extent), x.extent, x.count * sizeof *x.extent);
	n->extents = x.count;
	n->content = CONTENT_EXTENTS;
	free(x.extent);
	return true;
}

static void content_fill(struct tsk_container *t, TSK_FS_FILE *file, struct node *n)
{
	struct reporter *r = t->container.report;
	uint64_t inode = file->meta->addr;
	if (file->meta->size < 0) {
		report_error(r, "damage", "tsk.size", n->step, 0, 0, "inode %s has a negative size", n->address);
		n->size = 0;
		return;
	}
	if (!n->size && !t->slack)
		return;
	if (TSK_FS_TYPE_ISFFS(t->fs->ftype) && n->size / t->fs->block_size > BLOCKS_MAX) {
		report_error(r, "limit", "tsk.blocks", n->step, 0, 0, "inode %s claims %llu bytes, more than %d blocks; its content is not mapped", n->address,
		             (unsigned long long)n->size, BLOCKS_MAX);
		return;
	}
	tsk_error_reset();
	const TSK_FS_ATTR *attr = tsk_fs_file_attr_get(file);
	if (!attr) {
		report_error(r, "damage", "tsk.content", n->step, 0, 0, "inode %s: %s", n->address, tsk_error_line(&t->container.arena));
		return;
	}
	if (attr->size >= 0 && attr->type != TSK_FS_ATTR_TYPE_NOT_FOUND)
		n->size = (uint64_t)attr->size;
	if (attr->flags & TSK_FS_ATTR_COMP || attr->r)
		node_flag(n, "compressed");
	if (attr->flags & TSK_FS_ATTR_ENC)
		node_flag(n, "encrypted");
	if (attr->flags & TSK_FS_ATTR_RECOVERY)
		node_flag(n, "recovered");      /* its clusters are a guess */
	if (attr->flags & TSK_FS_ATTR_RES && !attr->r && n->size <= NODE_INLINE_MAX && n->size <= attr->rd.buf_size) {
		n->content = CONTENT_INLINE;
		n->inline_bytes = arena_copy(&t->container.arena, attr->rd.buf, (size_t)n->size);
		n->inline_length = (size_t)n->size;
		node_flag(n, "resident");
	} else if (attr->flags & TSK_FS_ATTR_RES || !attribute_extents(t, attr, inode, n)) {
		n->content = CONTENT_COMPUTED;
		n->order = attr->flags & TSK_FS_ATTR_RES || !attr->nrd.run ? 0 : attr->nrd.run->addr * t->fs->block_size;
	}
}

/* FAT, exFAT and ext: is a block (FAT: a sector) in use? */
static int block_used(void *owner, uint64_t block)
{
	TSK_FS_INFO *fs = owner;
	if (!fs->block_getflags || block < fs->first_block || block > fs->last_block_act)
		return -1;
	TSK_FS_BLOCK_FLAG_ENUM flags = fs->block_getflags(fs, block);
	tsk_error_reset();
	return flags & TSK_FS_BLOCK_FLAG_ALLOC ? 1 : flags & TSK_FS_BLOCK_FLAG_UNALLOC ? 0 : -1;
}

/* Bytes through libtsk: compressed HFS+ and APFS files, encrypted runs, raw CD sectors. */
struct tsk_source {
	struct source source;
	struct tsk_container *t;
	TSK_FS_FILE *file;
	const TSK_FS_ATTR *attr;
};

static void tsk_source_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct tsk_source *x = (struct tsk_source *)s;
	tsk_image_taint(x->t->image);
	tsk_error_reset();
	ssize_t got = tsk_fs_attr_read(x->attr, (TSK_OFF_T)offset, to, length, TSK_FS_FILE_READ_FLAG_NONE);
	size_t done = got > 0 ? (size_t)got : 0;
	if (done < length) {
		memset((uint8_t *)to + done, 0, length - done);
		*taint = true;
	}
	if (tsk_image_taint(x->t->image))
		*taint = true;
}

static void tsk_source_close(struct source *s)
{
	struct tsk_source *x = (struct tsk_source *)s;
	tsk_entry_close(x->file);
	free(x);
}

struct source *tsk_content(struct container *c, const struct node *n)
{
	static const struct source_operations operations = { tsk_source_read_at, tsk_source_close };
	struct tsk_container *t = (struct tsk_container *)c;
	const char *digits = n->address ? n->address : "";
	unsigned walked = t->volume_number;
	if (walked && *digits == 'v') {
		char *dot = NULL;
		tsk_apfs_volume(t, (unsigned)strtoul(digits + 1, &dot, 10) - 1);
		digits = *dot == '.' ? dot + 1 : "";
	}
	uint64_t inode = strtoull(digits, NULL, 10);
	TSK_FS_FILE *file = tsk_entry_open(t, NULL, inode);
	const TSK_FS_ATTR *attr = file->meta ? tsk_fs_file_attr_get(file) : NULL;
	if (walked)
		tsk_apfs_volume(t, walked - 1);
	if (!attr) {
		report_error(c->report, "damage", "tsk.content", n->step, 0, 0, "inode %s: %s", digits, tsk_error_line(&c->arena));
		tsk_entry_close(file);
		return NULL;
	}
	struct tsk_source *x = memory_new(sizeof *x);
	x->source = (struct source){ .operations = &operations, .size = attr->size > 0 ? (uint64_t)attr->size : 0, .sector_size = 512 };
	x->t = t;
	x->file = file;
	x->attr = attr;
	return &x->source;
}

/* ---- the node ---- */

static enum node_kind kind_of(const TSK_FS_FILE *file)
{
	if (file->meta)
		switch (file->meta->type) {
		case TSK_FS_META_TYPE_REG: return NODE_FILE;
		case TSK_FS_META_TYPE_DIR: return NODE_DIRECTORY;
		case TSK_FS_META_TYPE_FIFO: return NODE_FIFO;
		case TSK_FS_META_TYPE_CHR:
		case TSK_FS_META_TYPE_BLK: return NODE_DEVICE;
		case TSK_FS_META_TYPE_LNK: return NODE_SYMLINK;
		case TSK_FS_META_TYPE_SOCK: return NODE_SOCKET;
		case TSK_FS_META_TYPE_VIRT:
		case TSK_FS_META_TYPE_VIRT_DIR: return NODE_VIRTUAL;
		default: break;
		}
	switch (file->name ? file->name->type : TSK_FS_NAME_TYPE_UNDEF) {
	case TSK_FS_NAME_TYPE_DIR: return NODE_DIRECTORY;
	case TSK_FS_NAME_TYPE_FIFO: return NODE_FIFO;
	case TSK_FS_NAME_TYPE_CHR:
	case TSK_FS_NAME_TYPE_BLK: return NODE_DEVICE;
	case TSK_FS_NAME_TYPE_LNK: return NODE_SYMLINK;
	case TSK_FS_NAME_TYPE_SOCK: return NODE_SOCKET;
	case TSK_FS_NAME_TYPE_VIRT:
	case TSK_FS_NAME_TYPE_VIRT_DIR: return NODE_VIRTUAL;
	default: return NODE_FILE;
	}
}

static void target_fill(struct tsk_container *t, const TSK_FS_META *m, const struct ext_inode *inode, struct node *n)
{
	struct arena *a = &t->container.arena;
	struct node_text raw = { 0 };
	if (inode)
		ext_link_target(&t->ext, inode, &t->container, &raw);
	else if (m->link)
		raw = (struct node_text){ .bytes = arena_copy(a, m->link, strlen(m->link)), .length = strlen(m->link) };
	if (!raw.length)
		return;
	struct buffer b = { 0 };
	bool lossy = text_to_utf8(&b, raw.bytes, raw.length, TEXT_UTF8);
	if (memchr(b.data, 0, b.length))
		lossy = true;
	n->target = arena_copy(a, b.data, b.length);
	if (lossy)
		n->target_raw = raw;
	buffer_free(&b);
}

void tsk_node_fill(struct tsk_container *t, TSK_FS_FILE *file, uint64_t parent, const struct buffer *parent_path, const char *step, struct node *n)
{
	struct arena *a = &t->container.arena;
	const TSK_FS_NAME *name = file->name;
	const TSK_FS_META *m = file->meta;
	*n = (struct node){ .kind = kind_of(file), .step = step };
	uint64_t inode = m ? m->addr : name ? name->meta_addr : 0;
	n->address = tsk_address(t, inode);
	if (name) {
		size_t length = strlen(name->name);
		n->name = (struct node_text){ .bytes = arena_copy(a, name->name, length), .length = length };
		struct buffer path = { 0 };
		buffer_append(&path, parent_path->data, parent_path->length);
		buffer_byte(&path, '/');
		locator_escape(&path, name->name, length);
		n->path = (struct node_text){ .bytes = arena_copy(a, path.data, path.length), .length = path.length };
		buffer_free(&path);
		n->parent = tsk_address(t, parent);
		n->name_type = name->type < TSK_FS_NAME_TYPE_STR_MAX ? "-pcdbrlshwvV"[name->type] : '-';
		n->allocated = name->flags & TSK_FS_NAME_FLAG_ALLOC;
	} else if (m) {
		n->name_type = '-';
		n->allocated = m->flags & TSK_FS_META_FLAG_ALLOC;
		if (m->name2 && m->name2->name[0]) {
			size_t length = strnlen(m->name2->name, TSK_FS_META_NAME_LIST_NSIZE);
			n->name = (struct node_text){ .bytes = arena_copy(a, m->name2->name, length), .length = length };
		}
	}
	n->has_allocated = true;
	if (!m)
		return;
	char mode[12];
	tsk_fs_meta_make_ls(m, mode, sizeof mode);
	memcpy(n->mode, mode, sizeof n->mode - 1);
	n->has_owner = true;
	n->uid = m->uid;
	n->gid = m->gid;
	n->has_links = m->nlink >= 0;
	n->links = m->nlink >= 0 ? (uint32_t)m->nlink : 0;
	n->has_size = true;
	n->size = m->size > 0 ? (uint64_t)m->size : 0;
	n->reallocated = name && !n->allocated && m->flags & TSK_FS_META_FLAG_ALLOC;
	struct ext_inode *ext = NULL;
	if (TSK_FS_TYPE_ISEXT(t->fs->ftype) && n->kind != NODE_VIRTUAL) {
		ext = arena_new(a, sizeof *ext);
		if (!ext_inode_read(&t->ext, inode, ext))
			ext = NULL;
	}
	times_fill(t, m, ext, n);
	if (n->kind == NODE_SYMLINK)
		target_fill(t, m, ext, n);
	/* A deleted name whose inode is another file's by now has no content of its own. */
	bool content = !n->reallocated && (n->kind == NODE_FILE || (n->kind == NODE_SYMLINK && t->slack) || (n->kind == NODE_VIRTUAL && m->type == TSK_FS_META_TYPE_VIRT));
	if (content && ext) {
		n->size = ext->size;
		ext_content(&t->ext, ext, &t->container, n);
	} else if (content) {
		content_fill(t, file, n);
	}
	if (content && !(m->flags & TSK_FS_META_FLAG_ALLOC) && (TSK_FS_TYPE_ISEXT(t->fs->ftype) || TSK_FS_TYPE_ISFAT(t->fs->ftype)))
		reuse_tell(n, t->fs->block_size, block_used, t->fs);
}
