/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h: what the image formats of virtual machines share: a disk in pieces, each of which lies somewhere in the file, is zeros, is packed, or is not there.
 *
 * A row fills a `struct disk` and gives `piece`; the rest of the row is disk_next and its kin. Tables are never held: they are read where they lie, through
 * d->tables, so that their claimed sizes cost nothing. What can't be read is zeros, tainted, and told once with its range on the disk. */
#ifndef SPOOR_FORMAT_IMAGE_DISK_H
#define SPOOR_FORMAT_IMAGE_DISK_H

#include "base/cursor.h"
#include "format/format.h"
#include "source/block_cache.h"

enum disk_piece_kind {
	PIECE_ZERO,
	PIECE_DATA,             /* bytes at `offset` of `source` */
	PIECE_PACKED,           /* a block that d->unpack makes */
	PIECE_PARENT,           /* in the image that this one builds on, which is not there: told when it was opened */
	PIECE_DAMAGED,          /* `why` */
};
struct disk_piece {
	enum disk_piece_kind kind;
	uint64_t length;        /* so many bytes from the place asked for are of this kind: at least 1; may go beyond the end of the disk */
	struct source *source;  /* borrowed */
	uint64_t offset;        /* PACKED: where the packed bytes begin */
	uint64_t packed;        /* PACKED: how many there are at most */
	uint64_t number, in;    /* PACKED: which block of the disk, and where in it the place lies */
	const char *why;        /* static text */
};

struct disk {
	struct container container;
	bool given;
	uint64_t size;                                  /* bytes of the disk */
	uint64_t block_size;                            /* of the largest packed block; 0: there are none */
	struct source *file;                            /* borrowed: the image file */
	struct source *tables;                          /* owned: the same, cached, for tables */
	/* What lies at a place of the disk (below its size). */
	void (*piece)(struct disk *d, uint64_t at, struct disk_piece *p);
	/* Makes a block of its packed bytes (out: block_size bytes, zeroed). NULL, or what is wrong. */
	const char *(*unpack)(struct disk *d, const struct disk_piece *p, uint8_t *out);
	void (*release)(struct disk *d);                /* what the row owns but not d itself; may be NULL */
	bool lost;                                      /* parts of it are known not to be there */
	struct block_cache *cache;
	const char *damage_kind;                        /* "qcow2.cluster" */
	struct range_map told;
	unsigned tellings;
};

enum { DISK_TABLE_BLOCK = 4096, DISK_TABLE_BLOCKS = 1024, DISK_CACHE = 8 << 20, DISK_TELLINGS_MAX = 1000 };

/* A row's own struct (first member: struct disk), of `size` bytes, with file, tables, container filled in. */
void *disk_new(const struct opening *o, size_t size);
/* A number of `bytes` bytes in the tables; false: it does not lie in the file or is damaged. */
bool disk_number_be(struct disk *d, uint64_t at, size_t bytes, uint64_t *value);
bool disk_number_le(struct disk *d, uint64_t at, size_t bytes, uint64_t *value);
/* Inflates a raw deflate (zlib: false) or zlib stream that ends somewhere in `length` bytes to `room` bytes, at least `least`. NULL, or what is wrong. */
const char *disk_inflate(const uint8_t *from, size_t length, bool zlib, uint8_t *out, size_t room, size_t least);
/* Name of another file as the image states it, fit for messages; owned by the caller. */
char *disk_name(const void *bytes, size_t length, enum text_encoding encoding);

int disk_next(struct container *c, struct node *n);
bool disk_find(struct container *c, const struct locator_step *step, struct node *n);
struct source *disk_content(struct container *c, const struct node *n);
void disk_close(struct container *c);
void disk_describe(struct container *c, struct record_builder *r);

#define DISK_ROW .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .next = disk_next, .find = disk_find, .content = disk_content, .close = disk_close, .describe = disk_describe

#endif
