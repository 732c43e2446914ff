/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h: allocation that never returns NULL, growable buffers, arenas.
 *
 * Running out of memory is trouble, not damage: every allocator here ends the process with exit status
 * MEMORY_EXHAUSTED_STATUS when the system refuses (in a worker RLIMIT_AS refuses early). The broker reads that status and
 * turns it into an `error` record of kind "memory" for the job in hand; so callers never check for NULL, and a count
 * taken from evidence must be bounded by the bytes that could hold so many *before* it reaches an allocator. */
#ifndef SPOOR_BASE_MEMORY_H
#define SPOOR_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEMORY_EXHAUSTED_STATUS = 77 };

void *memory_new(size_t size);                                  /* zeroed; free() releases; size 0 gives a unique pointer */
void *memory_array(size_t count, size_t size);                  /* zeroed; overflow of count*size counts as exhaustion */
void *memory_resize(void *old, size_t count, size_t size);      /* like reallocarray; new bytes are undefined */
/* A growing array of `count` elements with room for one more: as it is, or moved to twice the room. *capacity is how many fit; both begin as zero. */
void *memory_room(void *old, size_t count, size_t *capacity, size_t size);
void *memory_copy(const void *bytes, size_t length);            /* length bytes plus one NUL */
char *memory_string(const char *text);                          /* strdup */

/* A growable run of bytes. All zero is a valid empty buffer. `data` is NULL until the first byte. */
struct buffer {
	uint8_t *data;
	size_t length, capacity;
};

void buffer_free(struct buffer *b);                             /* releases and zeroes */
void buffer_clear(struct buffer *b);                            /* length 0, keeps the memory */
uint8_t *buffer_grow(struct buffer *b, size_t more);            /* buffer_reserve where there is no room yet */
/* Room for `more` bytes behind length; returns where they go. In line, like the next two, because records are made of these. */
static inline uint8_t *buffer_reserve(struct buffer *b, size_t more)
{
	return b->data && b->capacity - b->length >= more ? b->data + b->length : buffer_grow(b, more);
}

static inline void buffer_append(struct buffer *b, const void *bytes, size_t length)
{
	if (length)
		__builtin_memcpy(buffer_reserve(b, length), bytes, length);
	b->length += length;
}

void buffer_text(struct buffer *b, const char *text);           /* strlen(text) bytes */
static inline void buffer_byte(struct buffer *b, uint8_t byte)
{
	*buffer_reserve(b, 1) = byte;
	b->length++;
}

void buffer_u16le(struct buffer *b, uint16_t v);
void buffer_u32le(struct buffer *b, uint32_t v);
void buffer_u64le(struct buffer *b, uint64_t v);
void buffer_decimal(struct buffer *b, uint64_t v);
void buffer_hex(struct buffer *b, const void *bytes, size_t length);     /* lower case */
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *buffer_string(struct buffer *b);                    /* NUL-terminated view, NUL not counted; valid until the next change */

/* A bump allocator: parsers allocate freely and free nothing; the owner resets it between items. All zero is valid. */
struct arena {
	struct arena_block *block;
	size_t used;                    /* bytes handed out since the last reset, for limits */
};

void *arena_new(struct arena *a, size_t size);                  /* zeroed, 16-byte aligned; lives until reset */
void *arena_array(struct arena *a, size_t count, size_t size);
void *arena_room(struct arena *a, void *old, size_t count, size_t *capacity, size_t size);      /* as memory_room; what it moved from stays until the reset */
void *arena_copy(struct arena *a, const void *bytes, size_t length);     /* plus one NUL */
char *arena_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);                              /* everything handed out becomes invalid; one block is kept */
void arena_free(struct arena *a);

#endif
