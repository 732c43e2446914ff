/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: see memory.h. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BLOCK = 64 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
	struct arena_block *previous;
	size_t size, at;
	_Alignas(16) uint8_t bytes[];
};

static _Noreturn void exhausted(void)
{
	static const char text[] = "spoor: out of memory\n";
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(MEMORY_EXHAUSTED_STATUS);
}

void *memory_new(size_t size)
{
	void *p = calloc(1, size ? size : 1);
	if (!p)
		exhausted();
	return p;
}

void *memory_array(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		exhausted();
	return p;
}

void *memory_resize(void *old, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		exhausted();
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		exhausted();
	return p;
}

enum { ROOM_FIRST = 16 };

static size_t room_more(size_t capacity)
{
	size_t more;
	if (__builtin_mul_overflow(capacity, (size_t)2, &more))
		exhausted();
	return more ? more : ROOM_FIRST;
}

void *memory_room(void *old, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return old;
	*capacity = room_more(*capacity);
	return memory_resize(old, *capacity, size);
}

void *memory_copy(const void *bytes, size_t length)
{
	if (length == SIZE_MAX)
		exhausted();
	uint8_t *p = malloc(length + 1);
	if (!p)
		exhausted();
	if (length)
		memcpy(p, bytes, length);
	p[length] = 0;
	return p;
}

char *memory_string(const char *text)
{
	return memory_copy(text, strlen(text));
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}

void buffer_clear(struct buffer *b)
{
	b->length = 0;
}

uint8_t *buffer_grow(struct buffer *b, size_t more)
{
	size_t need;
	if (__builtin_add_overflow(b->length, more, &need) || need > SIZE_MAX / 2)
		exhausted();
	if (need > b->capacity || !b->data) {
		size_t capacity = b->capacity ? b->capacity : 256;
		while (capacity < need)
			capacity *= 2;
		b->data = memory_resize(b->data, capacity, 1);
		b->capacity = capacity;
	}
	return b->data + b->length;
}

void buffer_text(struct buffer *b, const char *text)
{
	buffer_append(b, text, strlen(text));
}

static void append_le(struct buffer *b, uint64_t v, size_t bytes)
{
	uint8_t *p = buffer_reserve(b, bytes);
	for (size_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
	b->length += bytes;
}

void buffer_u16le(struct buffer *b, uint16_t v)
{
	append_le(b, v, 2);
}

void buffer_u32le(struct buffer *b, uint32_t v)
{
	append_le(b, v, 4);
}

void buffer_u64le(struct buffer *b, uint64_t v)
{
	append_le(b, v, 8);
}

void buffer_decimal(struct buffer *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + v % 10);
	while ((v /= 10));
	buffer_append(b, digits + at, sizeof digits - at);
}

void buffer_hex(struct buffer *b, const void *bytes, size_t length)
{
	static const char digit[] = "0123456789abcdef";
	if (length > SIZE_MAX / 4)
		exhausted();
	const uint8_t *from = bytes;
	uint8_t *to = buffer_reserve(b, 2 * length);
	for (size_t i = 0; i < length; i++) {
		to[2 * i] = (uint8_t)digit[from[i] >> 4];
		to[2 * i + 1] = (uint8_t)digit[from[i] & 15];
	}
	b->length += 2 * length;
}

void buffer_format(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf((char *)buffer_reserve(b, 128), 128, format, args);
	if (length >= 128)
		vsnprintf((char *)buffer_reserve(b, (size_t)length + 1), (size_t)length + 1, format, again);
	if (length > 0)
		b->length += (size_t)length;
	va_end(again);
	va_end(args);
}

const char *buffer_string(struct buffer *b)
{
	*buffer_reserve(b, 1) = 0;
	return (const char *)b->data;
}

void *arena_new(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 4)
		exhausted();
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!a->block || a->block->size - a->block->at < size) {
		size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
		struct arena_block *block = malloc(sizeof *block + room);
		if (!block)
			exhausted();
		*block = (struct arena_block){ .previous = a->block, .size = room };
		a->block = block;
	}
	void *p = a->block->bytes + a->block->at;
	a->block->at += size;
	a->used += size;
	memset(p, 0, size);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		exhausted();
	return arena_new(a, bytes);
}

void *arena_room(struct arena *a, void *old, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return old;
	*capacity = room_more(*capacity);
	void *array = arena_array(a, *capacity, size);
	if (count)
		memcpy(array, old, count * size);
	return array;
}

void *arena_copy(struct arena *a, const void *bytes, size_t length)
{
	if (length == SIZE_MAX)
		exhausted();
	uint8_t *p = arena_new(a, length + 1);
	if (length)
		memcpy(p, bytes, length);
	return p;
}

char *arena_format(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char usual[256];                /* steps, paths and addresses fit: then it is formatted once */
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(usual, sizeof usual, format, args);
	size_t size = length < 0 ? 0 : (size_t)length;
	char *p = size < sizeof usual ? arena_copy(a, usual, size) : arena_new(a, size + 1);
	if (size >= sizeof usual)
		vsnprintf(p, size + 1, format, again);
	va_end(again);
	va_end(args);
	return p;
}

void arena_reset(struct arena *a)
{
	struct arena_block *block = a->block;
	while (block && block->previous) {
		struct arena_block *previous = block->previous;
		free(block);
		block = previous;
	}
	if (block)
		block->at = 0;
	a->block = block;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->block);
	*a = (struct arena){ 0 };
}
