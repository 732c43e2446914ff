/* SPDX-License-Identifier: Apache-2.0 */
/* ext.h: inodes and block maps of ext2, ext3 and ext4, read from the disk. */
#ifndef SPOOR_FORMAT_FS_EXT_H
#define SPOOR_FORMAT_FS_EXT_H

#include "format/format.h"

enum { EXT_INODE_MAX = 4096 };

struct ext {
	struct source *source;
	uint32_t block_size, inode_size, inodes_per_group, inodes, first_data_block, blocks_per_group, groups, descriptor_size, first_meta_group;
	uint64_t blocks;
	bool meta_groups, sparse_super, huge_file, directories_large;
	bool slack;                     /* ext_content gives what lies behind the end of the content, or was never written */
	const char *type;               /* "ext2", "ext3", "ext4" by features, for people */
};

struct ext_inode {
	uint8_t bytes[EXT_INODE_MAX];
	size_t length;
	uint64_t offset;                /* where it lies in the volume */
	uint64_t size;                  /* of the content */
	uint64_t allocated;             /* bytes that its block count claims */
	uint32_t flags;
	uint16_t mode;
};

/* Reads the superblock (1,024 bytes at 1,024). False: none, or geometry that makes no sense. */
bool ext_open(struct ext *e, struct source *source);
/* The volume with the copies of superblock and group descriptors of its second group in place of the first ones, to be closed by the caller; it reads from `source`, which must outlive
 * it. NULL: there is no such copy. */
struct source *ext_backup_source(struct source *source, uint64_t *copy_at);
bool ext_superblock_fits(const uint8_t *superblock, size_t length);     /* at least 1,024 bytes; for probes */
/* False: the number is out of range, or its table lies outside the volume. */
bool ext_inode_read(const struct ext *e, uint64_t number, struct ext_inode *inode);
/* Sets content, extents or inline bytes, order and the flags of a node from its inode. `step`: for reports. */
void ext_content(const struct ext *e, const struct ext_inode *inode, struct container *c, struct node *n);
/* The target of a symbolic link: arena bytes. False: none, or it can't be read. */
bool ext_link_target(const struct ext *e, const struct ext_inode *inode, struct container *c, struct node_text *target);

#endif
