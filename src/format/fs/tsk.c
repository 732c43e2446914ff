/* SPDX-License-Identifier: Apache-2.0 */
/* tsk.c: the walk over a file system that libtsk reads: every name, live or deleted, then what no name leads to.
 *
 * libtsk lists single directories; the walk is ours, because libtsk's own stops at 128 levels without a word, lists a directory twice that two names lead
 * to (twelve such levels make 16,727 lines), and gives up on the rest of a directory that is damaged in one place. A directory is listed once; a second
 * name for it is told in a note. The search for orphans is ours for the same reason; its rules are libtsk's (fs_dir.c, tsk_fs_dir_find_orphans), so that
 * the names agree with fls: metadata not in use that no walked name leads to, found below "/$OrphanFiles", directories among them with their content.
 *
 * Steps: "ext:/path" where every part of the path is live and has no twin in its directory; else "ext:#INODE" for the first name that needs it, and
 * "ext:#INODE@DIRECTORY.INDEX" (the INDEXth name of that directory, from 0) where the inode alone would be ambiguous: a second deleted name, a name whose
 * inode is in use by another file, or one that leads nowhere. */
#include "format/fs/tsk.h"

#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_FITS = 1 << 20 };      /* a directory of this size is read whatever its inode says is allocated */
static const char ORPHAN_DIRECTORY[] = "$OrphanFiles";

/* libtsk exports it but does not install its header. It remembers the parent of a FAT directory; without, libtsk walks the whole volume to find it. */
extern uint8_t fatfs_dir_buf_add(TSK_FS_INFO *fat, TSK_INUM_T parent, TSK_INUM_T directory);

const char *tsk_error_line(struct arena *a)
{
	const char *text = tsk_error_get();
	char *line = arena_format(a, "%s", text ? text : "no reason given");
	tsk_error_reset();
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	return line;
}

char *tsk_address(struct tsk_container *t, uint64_t inode)
{
	struct arena *a = &t->container.arena;
	return t->volume_number ? arena_format(a, "v%u.%llu", t->volume_number, (unsigned long long)inode) : arena_format(a, "%llu", (unsigned long long)inode);
}

TSK_FS_FILE *tsk_entry_open(struct tsk_container *t, TSK_FS_NAME *name, uint64_t inode)
{
	TSK_FS_FILE *file = memory_new(sizeof *file);
	file->tag = TSK_FS_FILE_TAG;
	file->fs_info = t->fs;
	file->name = name;
	if (!inode && name && !(name->flags & TSK_FS_NAME_FLAG_ALLOC))
		return file;
	/* libtsk allocates and clears what an inode with inline data claims to hold. */
	if (TSK_FS_TYPE_ISEXT(t->fs->ftype) && inode != TSK_FS_ORPHANDIR_INUM(t->fs)) {
		struct ext_inode i;
		if (ext_inode_read(&t->ext, inode, &i) && i.flags & 0x10000000U && i.size > t->ext.inode_size) {
			report_error(t->container.report, "damage", "ext.inline", NULL, i.offset, i.length, "inode %llu claims %llu bytes of inline data",
			             (unsigned long long)inode, (unsigned long long)i.size);
			return file;
		}
	}
	if (t->fs->file_add_meta(t->fs, file, inode)) {
		if (inode)
			report_error(t->container.report, "damage", "tsk.metadata", NULL, 0, 0, "inode %llu: %s", (unsigned long long)inode,
			             tsk_error_line(&t->container.arena));
		tsk_error_reset();
	}
	return file;
}

void tsk_entry_close(TSK_FS_FILE *file)
{
	if (!file)
		return;
	file->name = NULL;              /* the directory's */
	tsk_fs_file_close(file);
}

static bool name_is_dots(const char *name)
{
	return name && name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Sizes that would keep libtsk busy or fill the memory. */
static bool directory_size_fits(struct tsk_container *t, uint64_t inode)
{
	struct reporter *r = t->container.report;
	if (TSK_FS_TYPE_ISEXT(t->fs->ftype)) {
		struct ext_inode i;
		if (!ext_inode_read(&t->ext, inode, &i))
			return true;    /* libtsk will say why */
		if (i.size <= i.allocated || i.size <= DIRECTORY_FITS || i.flags & 0x10000000U)
			return true;
		report_error(r, "damage", "ext.directory-size", NULL, i.offset, i.length,
		             "directory inode %llu claims %llu bytes and %llu are allocated; it is not listed", (unsigned long long)inode,
		             (unsigned long long)i.size, (unsigned long long)i.allocated);
		return false;
	}
	if (!TSK_FS_TYPE_ISFFS(t->fs->ftype))
		return true;
	TSK_FS_FILE *file = tsk_entry_open(t, NULL, inode);
	uint64_t size = file->meta && file->meta->size > 0 ? (uint64_t)file->meta->size : 0;
	bool fits = size / t->fs->block_size <= t->fs->block_count;
	tsk_entry_close(file);
	if (!fits)
		report_error(r, "damage", "tsk.directory-size", NULL, 0, 0, "directory inode %llu claims %llu bytes, more than the volume has; it is not listed",
		             (unsigned long long)inode, (unsigned long long)size);
	return fits;
}

/* What libtsk could read of a directory, even when it met damage; NULL: nothing. */
static TSK_FS_DIR *directory_open(struct tsk_container *t, uint64_t inode)
{
	if (!directory_size_fits(t, inode))
		return NULL;
	TSK_FS_DIR *dir = NULL;
	tsk_error_reset();
	if (t->fs->dir_open_meta(t->fs, &dir, inode, 0) != TSK_OK)
		report_error(t->container.report, "damage", "tsk.directory", NULL, 0, 0, "directory inode %llu: %s", (unsigned long long)inode,
		             tsk_error_line(&t->container.arena));
	return dir;
}

static int by_name(const void *a, const void *b)
{
	const TSK_FS_NAME *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static bool name_is_live(const TSK_FS_NAME *n)
{
	return n->name && n->flags & TSK_FS_NAME_FLAG_ALLOC && !name_is_dots(n->name);
}

/* Marks the live names that are there more than once. */
static uint8_t *twins_mark(const TSK_FS_DIR *dir)
{
	const TSK_FS_NAME **live = memory_array(dir->names_used, sizeof *live);
	size_t count = 0;
	uint8_t *twice = NULL;
	for (size_t i = 0; i < dir->names_used; i++)
		if (name_is_live(&dir->names[i]))
			live[count++] = &dir->names[i];
	qsort(live, count, sizeof *live, by_name);
	for (size_t i = 1; i < count; i++)
		if (strcmp(live[i - 1]->name, live[i]->name) == 0) {
			if (!twice)
				twice = memory_new(dir->names_used);
			twice[live[i - 1] - dir->names] = twice[live[i] - dir->names] = 1;
		}
	free(live);
	return twice;
}

static struct tsk_level *level_push(struct tsk_walk *w, const struct tsk_level *level)
{
	w->level = memory_room(w->level, w->depth, &w->capacity, sizeof *w->level);
	w->level[w->depth] = *level;
	return &w->level[w->depth++];
}

static void level_pop(struct tsk_walk *w)
{
	struct tsk_level *level = &w->level[--w->depth];
	w->path.length = level->path_length;
	if (level->dir)
		tsk_fs_dir_close(level->dir);
	free(level->twice);
}

/* Enters a directory whose name is appended to the path. Says why when it does not. */
static void directory_enter(struct tsk_container *t, uint64_t inode, const char *name, bool by_path, bool orphan, const char *step)
{
	struct tsk_walk *w = &t->walk;
	struct reporter *r = t->container.report;
	if (w->depth >= TSK_DEPTH_MAX) {
		report_error(r, "limit", "fs.depth", step, 0, 0, "more than %d levels of directories; inode %llu is not entered", TSK_DEPTH_MAX,
		             (unsigned long long)inode);
		return;
	}
	size_t before = w->path.length;
	if (name) {
		buffer_byte(&w->path, '/');
		locator_escape(&w->path, name, strlen(name));
	}
	if (w->path.length > NODE_PATH_MAX) {
		report_error(r, "limit", "fs.path", step, 0, 0, "path of more than %d bytes; directory inode %llu is not entered", NODE_PATH_MAX,
		             (unsigned long long)inode);
		w->path.length = before;
		return;
	}
	if (!number_set_add(&w->directories, inode)) {
		report_note(r, "fs.directory-twice", step, 0, 0, "directory inode %llu has more than one name; its content is listed under the first",
		            (unsigned long long)inode);
		w->path.length = before;
		return;
	}
	TSK_FS_DIR *dir = directory_open(t, inode);
	if (!dir) {
		w->path.length = before;
		return;
	}
	level_push(w, &(struct tsk_level){ .dir = dir, .path_length = before, .inode = inode, .by_path = by_path, .orphan = orphan,
	                                   .twice = by_path ? twins_mark(dir) : NULL });
}

/* ---- orphans ---- */

struct orphan_search {
	struct tsk_container *t;
	struct number_set below;        /* reachable from an orphan directory */
	size_t capacity;
	bool full;
};

/* The content of an orphan directory is no orphan itself. libtsk leaves off at the first entry in use: by then it reads somebody else's cluster. */
static void orphan_directory_mark(struct orphan_search *o, uint64_t inode)
{
	struct tsk_walk stack = { 0 };
	TSK_FS_DIR *dir = directory_open(o->t, inode);
	if (dir)
		level_push(&stack, &(struct tsk_level){ .dir = dir, .inode = inode });
	while (stack.depth) {
		struct tsk_level *level = &stack.level[stack.depth - 1];
		if (level->at == level->dir->names_used) {
			level_pop(&stack);
			continue;
		}
		TSK_FS_NAME *name = &level->dir->names[level->at++];
		if (name_is_dots(name->name))
			continue;
		TSK_FS_FILE *file = tsk_entry_open(o->t, name, name->meta_addr);
		bool stop = false, enter = false;
		if (file->meta) {
			bool deleted_name = !(name->flags & TSK_FS_NAME_FLAG_ALLOC);
			if (deleted_name)
				stop = file->meta->flags & TSK_FS_META_FLAG_ALLOC || !number_set_add(&o->below, file->meta->addr);
			enter = !stop && TSK_FS_IS_DIR_META(file->meta->type) && stack.depth < TSK_DEPTH_MAX &&
				(TSK_FS_IS_DIR_NAME(name->type) || name->type == TSK_FS_NAME_TYPE_UNDEF) &&
				(!deleted_name || file->meta->flags & TSK_FS_META_FLAG_UNALLOC) && number_set_add(&stack.directories, file->meta->addr);
			if (enter && TSK_FS_TYPE_ISFAT(o->t->fs->ftype))
				fatfs_dir_buf_add(o->t->fs, level->inode, file->meta->addr);
		}
		uint64_t child = name->meta_addr;
		tsk_entry_close(file);
		if (stop)
			break;
		if (enter && (dir = directory_open(o->t, child)))
			level_push(&stack, &(struct tsk_level){ .dir = dir, .inode = child });
	}
	while (stack.depth)
		level_pop(&stack);
	free(stack.level);
	number_set_free(&stack.directories);
}

static TSK_WALK_RET_ENUM orphan_found(TSK_FS_FILE *file, void *argument)
{
	struct orphan_search *o = argument;
	struct tsk_container *t = o->t;
	uint64_t inode = file->meta->addr;
	if (number_set_has(&t->walk.named, inode) || number_set_has(&o->below, inode))
		return TSK_WALK_CONT;
	struct reporter *r = t->container.report;
	if (r && r->step && !r->step(r, inode))
		return TSK_WALK_CONT;
	if (t->orphans == TSK_ORPHANS_MAX) {
		report_error(r, "limit", "fs.orphans", NULL, 0, 0, "more than %d orphans; the rest is not listed", TSK_ORPHANS_MAX);
		return TSK_WALK_STOP;
	}
	t->orphan = memory_room(t->orphan, t->orphans, &o->capacity, sizeof *t->orphan);
	t->orphan[t->orphans++] = (struct tsk_orphan){ .inode = inode, .name = t->orphan_names.length };
	if (file->meta->name2 && file->meta->name2->name[0])
		buffer_append(&t->orphan_names, file->meta->name2->name, strnlen(file->meta->name2->name, TSK_FS_META_NAME_LIST_NSIZE));
	else
		buffer_format(&t->orphan_names, "OrphanFile-%llu", (unsigned long long)inode);
	buffer_byte(&t->orphan_names, 0);
	if (file->meta->type == TSK_FS_META_TYPE_DIR) {
		/* FAT looks for the parent of a directory by walking everything unless it is told. */
		if (TSK_FS_TYPE_ISFAT(t->fs->ftype))
			fatfs_dir_buf_add(t->fs, TSK_FS_ORPHANDIR_INUM(t->fs), inode);
		orphan_directory_mark(o, inode);
	}
	return TSK_WALK_CONT;
}

static void orphans_start(struct tsk_container *t)
{
	struct orphan_search o = { .t = t };
	t->orphans_started = true;
	tsk_error_reset();
	if (tsk_fs_meta_walk(t->fs, t->fs->first_inum, t->fs->last_inum, TSK_FS_META_FLAG_UNALLOC | TSK_FS_META_FLAG_USED, orphan_found, &o))
		report_error(t->container.report, "damage", "tsk.orphans", NULL, 0, 0, "the search for orphans ended early: %s",
		             tsk_error_line(&t->container.arena));
	size_t kept = 0;
	for (size_t i = 0; i < t->orphans; i++)
		if (!number_set_has(&o.below, t->orphan[i].inode))
			t->orphan[kept++] = t->orphan[i];
	t->orphans = kept;
	number_set_free(&o.below);
	size_t before = t->walk.path.length;
	buffer_byte(&t->walk.path, '/');
	locator_escape(&t->walk.path, ORPHAN_DIRECTORY, strlen(ORPHAN_DIRECTORY));
	level_push(&t->walk, &(struct tsk_level){ .path_length = before, .inode = TSK_FS_ORPHANDIR_INUM(t->fs), .orphan = true });
}

/* ---- the walk ---- */

static bool level_next(struct tsk_container *t, struct tsk_level *level, TSK_FS_NAME *made, TSK_FS_NAME **name)
{
	if (level->dir) {
		if (level->at >= level->dir->names_used)
			return false;
		*name = &level->dir->names[level->at++];
		return true;
	}
	if (level->at >= t->orphans)
		return false;
	const struct tsk_orphan *o = &t->orphan[level->at++];
	*made = (TSK_FS_NAME){ .tag = TSK_FS_NAME_TAG, .meta_addr = o->inode, .par_addr = level->inode, .flags = TSK_FS_NAME_FLAG_UNALLOC };
	made->name = (char *)t->orphan_names.data + o->name;
	*name = made;
	return true;
}

static char *step_of(struct tsk_container *t, const struct tsk_level *level, const TSK_FS_FILE *file)
{
	struct arena *a = &t->container.arena;
	const TSK_FS_NAME *name = file->name;
	const char *row = t->container.format->name;
	size_t index = level->at - 1;
	if (level->by_path && name->flags & TSK_FS_NAME_FLAG_ALLOC && !(level->twice && level->twice[index])) {
		struct buffer b = { 0 };
		buffer_format(&b, "%s:", row);
		buffer_append(&b, t->walk.path.data, t->walk.path.length);
		buffer_byte(&b, '/');
		locator_escape(&b, name->name, strlen(name->name));
		char *step = arena_copy(a, b.data, b.length);
		buffer_free(&b);
		return step;
	}
	char *address = tsk_address(t, name->meta_addr);
	bool own = file->meta && (file->meta->flags & TSK_FS_META_FLAG_UNALLOC || name->flags & TSK_FS_NAME_FLAG_ALLOC);
	if (own && number_set_add(&t->walk.addressed, name->meta_addr))
		return arena_format(a, "%s:#%s", row, address);
	return arena_format(a, "%s:#%s@%llu.%zu", row, address, (unsigned long long)level->inode, index);
}

static bool name_leads_down(const TSK_FS_FILE *file)
{
	const TSK_FS_NAME *name = file->name;
	if (!file->meta || !TSK_FS_IS_DIR_META(file->meta->type) || (!TSK_FS_IS_DIR_NAME(name->type) && name->type != TSK_FS_NAME_TYPE_UNDEF))
		return false;
	return name->flags & TSK_FS_NAME_FLAG_ALLOC || file->meta->flags & TSK_FS_META_FLAG_UNALLOC;
}

static void volume_walk_start(struct tsk_container *t)
{
	t->orphans_wanted = t->orphans_started = false;
	t->orphans = 0;
	buffer_clear(&t->orphan_names);
	number_set_free(&t->walk.directories);
	number_set_free(&t->walk.named);
	number_set_free(&t->walk.addressed);
	buffer_clear(&t->walk.path);
	const char *name = t->volume_number && t->volume ? t->volume->desc : NULL;
	directory_enter(t, t->fs->root_inum, name, true, false, NULL);
}

int tsk_next(struct container *c, struct node *n)
{
	struct tsk_container *t = (struct tsk_container *)c;
	arena_reset(&c->arena);
	if (!t->started) {
		t->started = true;
		volume_walk_start(t);
	}
	for (;;) {
		if (!t->walk.depth) {
			if (t->orphans_wanted && !t->orphans_started)
				orphans_start(t);
			else if (t->volume_number && tsk_apfs_volume(t, t->volume_number))
				volume_walk_start(t);
			else
				return 0;
			continue;
		}
		struct tsk_level *level = &t->walk.level[t->walk.depth - 1];
		TSK_FS_NAME made, *name;
		if (!level_next(t, level, &made, &name)) {
			level_pop(&t->walk);
			continue;
		}
		if (!name->name || name_is_dots(name->name))
			continue;
		if (c->report && c->report->step && !c->report->step(c->report, name->meta_addr))
			continue;
		TSK_FS_FILE *file = tsk_entry_open(t, name, name->meta_addr);
		bool orphan_directory = name->meta_addr == TSK_FS_ORPHANDIR_INUM(t->fs) && level->inode == t->fs->root_inum;
		if (orphan_directory)
			t->orphans_wanted = true;
		if (file->meta && file->meta->flags & TSK_FS_META_FLAG_UNALLOC && !level->orphan)
			number_set_add(&t->walk.named, file->meta->addr);
		char *step = step_of(t, level, file);
		tsk_node_fill(t, file, level->inode, &t->walk.path, step, n);
		n->orphan = level->orphan;
		if (!orphan_directory && name_leads_down(file)) {
			bool by_path = level->by_path && name->flags & TSK_FS_NAME_FLAG_ALLOC && !(level->twice && level->twice[level->at - 1]);
			directory_enter(t, name->meta_addr, name->name, by_path, level->orphan, step);      /* may move the levels */
		}
		tsk_entry_close(file);
		return 1;
	}
}

/* ---- finding ---- */

static bool names_equal(const char *a, const char *b, size_t b_length, bool ignore_case)
{
	size_t length = strlen(a);
	if (!ignore_case)
		return length == b_length && memcmp(a, b, length) == 0;
	const uint8_t *x = (const uint8_t *)a, *x_end = x + length, *y = (const uint8_t *)b, *y_end = y + b_length;
	if (!text_is_utf8(a, length) || !text_is_utf8(b, b_length))
		return text_equal_nocase(a, length, b, b_length);
	while (x < x_end && y < y_end)
		if (text_fold(text_utf8_next(&x, x_end)) != text_fold(text_utf8_next(&y, y_end)))
			return false;
	return x == x_end && y == y_end;
}

/* The live entry of that name: exactly so, else by the file system's own rule for case. SIZE_MAX: none. */
static size_t name_find(const struct tsk_container *t, const TSK_FS_DIR *dir, const char *name, size_t length)
{
	for (int loose = 0; loose <= (t->ignore_case ? 1 : 0); loose++)
		for (size_t i = 0; i < dir->names_used; i++)
			if (name_is_live(&dir->names[i]) && names_equal(dir->names[i].name, name, length, loose))
				return i;
	return SIZE_MAX;
}

static bool find_path(struct tsk_container *t, const char *path, size_t length, struct node *n)
{
	struct buffer parent = { 0 }, name = { 0 };
	uint64_t inode = t->fs->root_inum;
	bool found = false;
	const char *at = path, *end = path + length;
	unsigned number = t->volume_number;
	while (at < end && *at == '/' && !found) {
		const char *part = ++at;
		while (at < end && *at != '/')
			at++;
		size_t part_length = (size_t)(at - part);
		buffer_clear(&name);
		if (!part_length || !locator_unescape(&name, part, part_length))
			break;
		if (number && !parent.length) {         /* several volumes: the first component names one */
			bool there = false;
			for (unsigned i = 0; !there && tsk_apfs_volume(t, i); i++)
				there = names_equal(t->volume->desc, (const char *)name.data, name.length, false);
			if (!there)
				break;
			inode = t->fs->root_inum;
			buffer_byte(&parent, '/');
			locator_escape(&parent, name.data, name.length);
			continue;
		}
		TSK_FS_DIR *dir = directory_open(t, inode);
		if (!dir)
			break;
		size_t i = name_find(t, dir, (const char *)name.data, name.length);
		if (i == SIZE_MAX) {
			tsk_fs_dir_close(dir);
			break;
		}
		TSK_FS_FILE *file = tsk_entry_open(t, &dir->names[i], dir->names[i].meta_addr);
		if (at == end) {
			struct buffer step = { 0 };
			buffer_format(&step, "%s:", t->container.format->name);
			buffer_append(&step, parent.data, parent.length);
			buffer_byte(&step, '/');
			locator_escape(&step, dir->names[i].name, strlen(dir->names[i].name));
			char *kept = arena_copy(&t->container.arena, step.data, step.length);
			buffer_free(&step);
			tsk_node_fill(t, file, inode, &parent, kept, n);
			found = true;
		}
		inode = dir->names[i].meta_addr;
		buffer_byte(&parent, '/');
		locator_escape(&parent, dir->names[i].name, strlen(dir->names[i].name));
		tsk_entry_close(file);
		tsk_fs_dir_close(dir);
	}
	buffer_free(&parent);
	buffer_free(&name);
	return found;
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

/* "INODE", "vVOLUME.INODE", each with "@DIRECTORY.INDEX" or without. */
static bool find_address(struct tsk_container *t, const struct locator_step *wanted, struct node *n)
{
	const char *at = wanted->name.text + 1, *end = wanted->name.text + wanted->name.length;
	uint64_t inode, directory = 0, index = 0, volume;
	if (t->volume_number && at < end && *at == 'v') {
		at++;
		if (!number_read(&at, end, &volume) || !volume || volume > UINT32_MAX || at == end || *at++ != '.' ||
		    !tsk_apfs_volume(t, (unsigned)volume - 1))
			return false;
	}
	if (!number_read(&at, end, &inode))
		return false;
	bool named = at < end && *at == '@';
	if (named) {
		at++;
		if (!number_read(&at, end, &directory) || at == end || *at++ != '.' || !number_read(&at, end, &index))
			return false;
	}
	if (at != end)
		return false;
	struct arena *a = &t->container.arena;
	char *step = arena_format(a, "%.*s:%.*s", (int)wanted->format.length, wanted->format.text, (int)wanted->name.length, wanted->name.text);
	struct buffer no_path = { 0 };
	if (named) {
		TSK_FS_DIR *dir = directory_open(t, directory);
		bool found = dir && index < dir->names_used && dir->names[index].meta_addr == inode;
		if (found) {
			TSK_FS_FILE *file = tsk_entry_open(t, &dir->names[index], inode);
			tsk_node_fill(t, file, directory, &no_path, step, n);
			tsk_entry_close(file);
		}
		if (dir)
			tsk_fs_dir_close(dir);
		return found;
	}
	if (inode < t->fs->first_inum || inode > t->fs->last_inum)
		return false;
	TSK_FS_FILE *file = tsk_entry_open(t, NULL, inode);
	bool found = file->meta != NULL;
	if (found)
		tsk_node_fill(t, file, 0, &no_path, step, n);
	tsk_entry_close(file);
	return found;
}

bool tsk_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct tsk_container *t = (struct tsk_container *)c;
	arena_reset(&c->arena);
	if (step->stream.length || !step->name.length)
		return false;
	unsigned walked = t->volume_number;
	bool found = step->name.text[0] == '#' ? find_address(t, step, n) :
		step->name.text[0] == '/' && find_path(t, step->name.text, step->name.length, n);
	if (walked)
		tsk_apfs_volume(t, walked - 1);
	return found;
}

/* ---- what no file holds */

struct free_walk { struct tsk_container *t; free_run run; void *owner; uint64_t first, blocks; };

static bool free_walk_give(struct free_walk *w)
{
	uint64_t block = w->t->fs->block_size, blocks = w->blocks;
	w->blocks = 0;
	return !blocks || w->run(w->owner, w->first * block + (uint64_t)w->t->fs->offset, blocks * block);
}

static TSK_WALK_RET_ENUM free_block(const TSK_FS_BLOCK *b, void *argument)
{
	struct free_walk *w = argument;
	if (w->blocks && b->addr == w->first + w->blocks) {
		w->blocks++;
		return TSK_WALK_CONT;
	}
	struct reporter *r = w->t->container.report;
	if (!free_walk_give(w) || (r && r->step && !r->step(r, b->addr)))
		return TSK_WALK_STOP;
	w->first = b->addr;
	w->blocks = 1;
	return TSK_WALK_CONT;
}

void tsk_free_space(struct container *c, free_run run, void *owner)
{
	struct tsk_container *t = (struct tsk_container *)c;
	struct free_walk w = { .t = t, .run = run, .owner = owner };
	if (t->pool || t->fs->block_pre_size || t->fs->block_post_size) {
		report_error(c->report, "unsupported", "tsk.free", NULL, 0, 0, "which blocks of this file system are free is not read");
		return;
	}
	tsk_error_reset();
	if (tsk_fs_block_walk(t->fs, t->fs->first_block, t->fs->last_block_act, TSK_FS_BLOCK_WALK_FLAG_UNALLOC | TSK_FS_BLOCK_WALK_FLAG_AONLY, free_block, &w))
		report_error(c->report, "damage", "tsk.free", NULL, 0, 0, "which blocks are free is not known for all: %s", tsk_error_line(&c->arena));
	free_walk_give(&w);
	if (t->fs->last_block_act < t->fs->last_block)
		report_error(c->report, "missing", "tsk.free", NULL, c->source->size, 0, "the file system claims more blocks than the volume has: of those behind its end none is given");
}

void tsk_close(struct container *c)
{
	struct tsk_container *t = (struct tsk_container *)c;
	while (t->walk.depth)
		level_pop(&t->walk);
	free(t->walk.level);
	buffer_free(&t->walk.path);
	number_set_free(&t->walk.directories);
	number_set_free(&t->walk.named);
	number_set_free(&t->walk.addressed);
	free(t->orphan);
	buffer_free(&t->orphan_names);
	free(t->iso_date);
	if (!t->pool && t->fs)
		tsk_fs_close(t->fs);
	for (unsigned i = 0; i < t->volumes; i++) {
		if (t->volume_fs[i])
			tsk_fs_close(t->volume_fs[i]);
		if (t->volume_image[i])
			tsk_img_close(t->volume_image[i]);
	}
	free(t->volume_image);
	free(t->volume_fs);
	free(t->volume_failed);
	if (t->pool)
		tsk_pool_close(t->pool);
	if (t->image)
		tsk_img_close(t->image);
	source_close(t->repaired);
	free(t);
}
