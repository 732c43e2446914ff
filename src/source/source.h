/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: bytes of evidence with random access, and what is known of their damage.
 *
 * Offsets and sizes are bytes. A read never fails: what can't be read comes as zeros and is told through `taint`. So a reader of structure may go
 * on, and whoever emits a record from those bytes marks it tainted. Sources may be read from one process at a time only (no threads);
 * files are read with pread, never with a shared offset. Sources stack: closing one does not close the one below. */
#ifndef SPOOR_SOURCE_SOURCE_H
#define SPOOR_SOURCE_SOURCE_H

#include "base/memory.h"

/* Byte ranges, sorted, disjoint, joined where they touch. All zero is a valid empty map. */
struct range { uint64_t offset, length; };
struct range_map { struct range *range; size_t count, capacity; };
void range_map_add(struct range_map *m, uint64_t offset, uint64_t length);
bool range_map_touches(const struct range_map *m, uint64_t offset, uint64_t length);
void range_map_free(struct range_map *m);

struct source;
struct source_operations {
	/* Fills exactly `length` bytes (the caller has clipped to size); unreadable ones with zeros, then sets *taint. */
	void (*read_at)(struct source *s, uint64_t offset, void *to, size_t length, bool *taint);
	void (*close)(struct source *s);                /* releases what the source owns and s itself */
};

struct source {
	const struct source_operations *operations;
	uint64_t size;
	uint32_t sector_size;                           /* 512 unless the container says otherwise */
	const uint8_t *memory;                          /* when the bytes lie in memory anyway: all `size` of them; else NULL */
};

/* Reads up to length bytes at offset; returns how many (short only at the end of the source). Sets *taint (never clears it) when any of them lie
 * in a damaged range. taint may be NULL. */
size_t source_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint);
void source_close(struct source *s);                    /* NULL is fine */
/* Byte *offset of s becomes the one of `media`, a source somewhere below, through windows and extents. False: it does not lie there as it is. */
bool source_offset_on(struct source *s, const struct source *media, uint64_t *offset);

/* A file descriptor's bytes; the descriptor stays the caller's. I/O errors (EIO) come as tainted zeros, page by page around the bad spot. */
struct source *source_of_descriptor(int fd, uint64_t size);
struct source *source_owning_descriptor(int fd, uint64_t size);         /* the same; closes it */
/* Several sources one after the other; takes ownership of the array's sources (not of the array). */
struct source *source_of_parts(struct source *const *part, size_t parts);
/* [offset, offset+length) of a borrowed source; what lies beyond its end reads as tainted zeros. */
struct source *source_window(struct source *below, uint64_t offset, uint64_t length);
/* Borrowed memory, or owned (freed on close). */
struct source *source_of_memory(const void *bytes, size_t length, bool owned);

/* Runs of a file over a borrowed source, in file order. */
enum extent_kind { EXTENT_DATA, EXTENT_ZERO, EXTENT_UNREADABLE };
struct extent { uint64_t offset, length; enum extent_kind kind; };       /* offset in the source below; meaningless for ZERO and UNREADABLE */
struct source *source_of_extents(struct source *below, const struct extent *extent, size_t extents, uint64_t size); /* copies the array; missing tail reads as zeros, tainted */

/* Keeps the last blocks of a borrowed source in memory: for libraries that read in small pieces. block_size a power of two. */
struct source *source_cached(struct source *below, size_t block_size, size_t blocks);

#endif
