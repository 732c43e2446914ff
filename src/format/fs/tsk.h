/* SPDX-License-Identifier: Apache-2.0 */
/* tsk.h: what the files of the libtsk rows share: tsk.c walks, tsk_node.c describes an entry, tsk_rows.c probes and opens. */
#ifndef SPOOR_FORMAT_FS_TSK_H
#define SPOOR_FORMAT_FS_TSK_H

#include "format/format.h"
#include "format/fs/ext.h"
#include "format/fs/iso_tree.h"
#include "format/fs/number_set.h"
#include "format/fs/tsk_image.h"

enum { TSK_DEPTH_MAX = 4096, TSK_ORPHANS_MAX = 2000000 };

/* One directory that the walk is in. Its names come from libtsk, or, for the orphans, from a list of our own. */
struct tsk_level {
	TSK_FS_DIR *dir;                /* NULL: the top level of the orphans */
	size_t at;
	size_t path_length;             /* of the walk's path when this directory is done */
	uint64_t inode;
	bool by_path;                   /* live, alone with its path: entries may be named by path */
	bool orphan;
	uint8_t *twice;                 /* a byte a name: another live entry has the same name; NULL: none has */
};

struct tsk_walk {
	struct tsk_level *level;
	size_t depth, capacity;
	struct buffer path;             /* escaped, of the directory on top; "" for the root */
	struct number_set directories;  /* opened: none is listed twice */
	struct number_set named;        /* inodes not in use that some name leads to */
	struct number_set addressed;    /* inodes that a step "#INODE" was given for */
};

struct tsk_container {
	struct container container;     /* first member */
	TSK_IMG_INFO *image;
	const TSK_POOL_INFO *pool;      /* APFS */
	TSK_FS_INFO **volume_fs;        /* APFS: by index; NULL: not opened, or could not be */
	TSK_IMG_INFO **volume_image;
	bool *volume_failed;
	unsigned volumes;
	const TSK_POOL_VOLUME_INFO *volume;     /* APFS: the one that fs is */
	unsigned volume_number;         /* index + 1; 0: there is only one */
	TSK_FS_INFO *fs;
	struct ext ext;                 /* ext */
	struct source *repaired;        /* ext: the volume with its second superblock in place of the first; NULL: as it is */
	uint64_t fat_entries_at;        /* FAT, exFAT: where the sectors begin that libtsk numbers entries in */
	uint8_t *iso_date;              /* ISO: seven bytes of recording date by inode */
	size_t iso_dates;
	struct iso_tree *tree;          /* ISO: a volume that is read without libtsk; fs is not asked then */
	bool ignore_case;
	bool slack;                     /* nodes have as content what lies behind the end of theirs */
	bool started, orphans_wanted, orphans_started;
	struct tsk_walk walk;
	struct tsk_orphan { uint64_t inode; size_t name; } *orphan;     /* top level of the orphans; name: offset in orphan_names, NUL-terminated */
	size_t orphans;
	struct buffer orphan_names;
};

/* The text of libtsk's last error, in one line, and clears it. Arena bytes. */
const char *tsk_error_line(struct arena *a);
/* The metadata of a name; NULL meta where it can't be read or is another one's. Closed by tsk_entry_close. */
TSK_FS_FILE *tsk_entry_open(struct tsk_container *t, TSK_FS_NAME *name, uint64_t inode);
void tsk_entry_close(TSK_FS_FILE *file);
/* Fills the node of a name (or of metadata without one: file->name NULL). `parent_path`: escaped; `step`: see tsk.c. */
void tsk_node_fill(struct tsk_container *t, TSK_FS_FILE *file, uint64_t parent, const struct buffer *parent_path, const char *step, struct node *n);
/* Steps and addresses carry the volume's number when an APFS container has several. */
char *tsk_address(struct tsk_container *t, uint64_t inode);
struct source *tsk_content(struct container *c, const struct node *n);
bool tsk_apfs_volume(struct tsk_container *t, unsigned index);          /* makes fs the volume, or the next one that opens; false: no more */

int tsk_next(struct container *c, struct node *n);
bool tsk_find(struct container *c, const struct locator_step *step, struct node *n);
void tsk_close(struct container *c);
void tsk_free_space(struct container *c, free_run run, void *owner);

#endif
