/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.h: a read position over borrowed bytes that cannot read past their end.
 *
 * A read past the end gives zero and sets `bad`, which sticks: parse straight down, look at `bad` where it matters.
 * `origin` is where byte 0 of `data` lies in the item (file, stream), so that any place can be named in a record. */
#ifndef SPOOR_BASE_CURSOR_H
#define SPOOR_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *data;
	size_t size, at;        /* at may be set directly; beyond size every read is bad */
	uint64_t origin;        /* offset of data[0] in the item, bytes */
	bool bad;
};

static inline struct cursor cursor_of(const void *data, size_t size, uint64_t origin)
{
	return (struct cursor){ .data = data, .size = size, .origin = origin };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->at < c->size ? c->size - c->at : 0;
}

/* Where the next read happens, in bytes from the start of the item. */
static inline uint64_t cursor_offset(const struct cursor *c)
{
	return c->origin + c->at;
}

/* `length` bytes in place, or NULL (and bad) when fewer are left. Valid as long as the underlying bytes. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t length)
{
	if (cursor_left(c) < length || c->at > c->size) {
		c->bad = true;
		c->at = c->size;
		return NULL;
	}
	const uint8_t *p = c->data + c->at;
	c->at += length;
	return p;
}

static inline void cursor_skip(struct cursor *c, size_t length)
{
	(void)cursor_bytes(c, length);
}

/* A child over [at, at+length) of its parent, clipped to what is there (clipped: bad in the parent). Advances the parent. */
static inline struct cursor cursor_sub(struct cursor *c, size_t length)
{
	size_t left = cursor_left(c);
	size_t take = length < left ? length : left;
	struct cursor child = { .data = take ? c->data + c->at : NULL, .size = take, .origin = c->origin + c->at };
	if (take < length)
		c->bad = child.bad = true;
	c->at += take;
	return child;
}

/* A child over [offset, offset+length) counted from the start of c; out of range: empty and bad. c itself does not move. */
static inline struct cursor cursor_window(const struct cursor *c, uint64_t offset, uint64_t length)
{
	if (offset > c->size || length > c->size - offset)
		return (struct cursor){ .origin = c->origin + offset, .bad = true };
	return (struct cursor){ .data = c->data ? c->data + offset : NULL, .size = (size_t)length, .origin = c->origin + offset };
}

static inline uint64_t cursor_le(struct cursor *c, size_t bytes)
{
	const uint8_t *p = cursor_bytes(c, bytes);
	uint64_t v = 0;
	for (size_t i = bytes; p && i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static inline uint64_t cursor_be(struct cursor *c, size_t bytes)
{
	const uint8_t *p = cursor_bytes(c, bytes);
	uint64_t v = 0;
	for (size_t i = 0; p && i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint8_t cursor_u8(struct cursor *c) { return (uint8_t)cursor_le(c, 1); }
static inline uint16_t cursor_u16le(struct cursor *c) { return (uint16_t)cursor_le(c, 2); }
static inline uint32_t cursor_u32le(struct cursor *c) { return (uint32_t)cursor_le(c, 4); }
static inline uint64_t cursor_u64le(struct cursor *c) { return cursor_le(c, 8); }
static inline uint16_t cursor_u16be(struct cursor *c) { return (uint16_t)cursor_be(c, 2); }
static inline uint32_t cursor_u32be(struct cursor *c) { return (uint32_t)cursor_be(c, 4); }
static inline uint64_t cursor_u64be(struct cursor *c) { return cursor_be(c, 8); }

/* True when the next bytes equal `text` (strlen bytes); moves past them only then; never sets bad. */
static inline bool cursor_match(struct cursor *c, const char *text)
{
	size_t length = strlen(text);
	if (cursor_left(c) < length || memcmp(c->data + c->at, text, length) != 0)
		return false;
	c->at += length;
	return true;
}

#endif
