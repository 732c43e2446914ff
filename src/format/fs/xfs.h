/* SPDX-License-Identifier: Apache-2.0 */
/* xfs.h: what the files of the XFS reader share: the volume, its inodes, where a fork's blocks lie, its directories.
 *
 * Source: "XFS Algorithms & Data Structures" (the xfs-documentation of kernel.org), 3rd edition. All numbers are big-endian but the checksums. */
#ifndef SPOOR_FORMAT_FS_XFS_H
#define SPOOR_FORMAT_FS_XFS_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/fs/number_set.h"

enum { XFS_INODE_MAX = 2048, XFS_BLOCK_MAX = 64 << 10, XFS_LEVELS_MAX = 9 };
#define XFS_MODE_TYPE 0170000U
#define XFS_MODE_FILE 0100000U
#define XFS_MODE_DIRECTORY 0040000U
#define XFS_MODE_LINK 0120000U

enum xfs_fork_format { XFS_FORMAT_DEVICE, XFS_FORMAT_LOCAL, XFS_FORMAT_EXTENTS, XFS_FORMAT_BTREE };

struct xfs {
	struct container container;
	struct source *source;                          /* owned: the volume, cached */
	bool v5;                                        /* checksums, owners, inodes of version 3 */
	bool entry_types;                               /* directory entries hold the type */
	bool sparse_inodes;                             /* chunks of inodes may have holes */
	uint32_t block_size, sector_size, inode_size, directory_block_size, ag_blocks, ags;
	uint8_t inode_bits, ag_block_bits;              /* inode_bits: of the inodes of a block */
	uint64_t blocks, root;
	uint64_t internal[5]; unsigned internals;       /* inodes that no name leads to: bitmaps of the realtime part, quotas */
	uint8_t *block;                                 /* scratch: one block or directory block */
	bool slack;                                     /* nodes have as content what lies behind the end of theirs */
};

struct xfs_inode {
	uint64_t number, at;                            /* at: bytes of the volume */
	size_t length;
	bool valid;                                     /* it has an inode's magic */
	bool sum_good;
	uint16_t mode;
	uint8_t version, format, attribute_format;      /* enum xfs_fork_format */
	uint32_t uid, gid, links;
	uint64_t size, extents, attribute_extents;
	uint16_t flags;
	size_t fork, fork_length, attributes, attributes_length;        /* in bytes */
	struct timestamp mtime, atime, ctime, crtime;
	uint8_t bytes[XFS_INODE_MAX];
};

struct xfs_run { uint64_t file_block, at, blocks; bool unwritten; };     /* at: bytes of the volume */
struct xfs_runs { struct xfs_run *run; size_t count, capacity; };

/* A walk over the leaves of one btree, from the left. Damage is told, and the walk goes on behind it. */
struct xfs_btree_kind { uint32_t magic, magic5; size_t header, header5, sum_at, record, key; bool wide; const char *what; };
struct xfs_btree {
	struct xfs *x;
	const struct xfs_btree_kind *kind;
	uint64_t owner;                                 /* of narrow ones: the allocation group that pointers count in */
	struct { uint64_t pointers; uint32_t at, count, level; } node[XFS_LEVELS_MAX + 1];
	unsigned depth;
	uint64_t visited;
	uint64_t leaf;                                  /* bytes of the volume: where the records of the leaf in hand begin */
	uint32_t records;
};

bool xfs_sum_good(const uint8_t *bytes, size_t length, size_t sum_at);          /* CRC-32C, little-endian, over `length` bytes with the sum taken as zero */
/* Byte offset of a block by its number (allocation group in the high bits); UINT64_MAX: not on the volume. */
uint64_t xfs_block_at(const struct xfs *x, uint64_t number);
/* False: no such place on the volume. What lies there may be no inode: see valid. */
bool xfs_inode_read(const struct xfs *x, uint64_t number, struct xfs_inode *i);
/* The runs of the data fork, in file order, to be freed by the caller. Of an inode that is not in use: what its record still shows, which may be another file's by now. step: for reports. */
void xfs_runs_read(struct xfs *x, const struct xfs_inode *i, bool recover, const char *step, struct xfs_runs *runs);
void xfs_btree_root(struct xfs_btree *b, uint64_t at, uint32_t level);
bool xfs_btree_leaf(struct xfs_btree *b);
/* Where the inodes of an allocation group are: a walk over records of 16 bytes. False: its header is damaged (told). */
bool xfs_inodes_of(struct xfs *x, uint32_t ag, struct xfs_btree *b);
/* The free blocks of an allocation group: a walk over records of 8 bytes. False: its header is damaged (told). */
bool xfs_free_of(struct xfs *x, uint32_t ag, struct xfs_btree *b);
/* A symbolic link's target; length 0: damaged. Bytes live in the container's arena. */
struct node_text xfs_link_target(struct xfs *x, const struct xfs_inode *i, const struct xfs_runs *runs);

/* ---- directories (xfs_directory.c) */

struct xfs_entry {
	uint64_t inode, position;       /* position: of the next search, after this entry */
	uint64_t own;                   /* position of this one: names it in a locator */
	uint64_t at; size_t length;     /* where the entry lies on the volume */
	const uint8_t *name; size_t name_length;        /* borrowed until the next call */
	bool deleted;                   /* only the low 32 bits of its inode number are left */
};
struct xfs_directory {
	struct xfs_inode inode;
	struct xfs_runs runs;
	bool open, quiet;               /* quiet: damage was told before */
	uint64_t block_number;          /* of the block in hand, in directory blocks; UINT64_MAX: none */
	uint64_t block_at;              /* its first byte on the volume */
	uint8_t *block;
	struct place { uint32_t at, length; bool deleted; } *place; size_t places, capacity;
};
/* The first entry at or behind `position` (0: the first of all); false: there are no more. `.` and `..` are left out. */
bool xfs_directory_next(struct xfs *x, struct xfs_directory *d, uint64_t position, struct xfs_entry *e);
void xfs_directory_open(struct xfs *x, struct xfs_directory *d, const struct xfs_inode *i, bool quiet);
void xfs_directory_close(struct xfs_directory *d);

#endif
