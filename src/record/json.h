/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: what json_write.c and json_read.c share; for these two only. */
#ifndef SPOOR_RECORD_JSON_H
#define SPOOR_RECORD_JSON_H

#include <string.h>

#include "record/frame.h"

enum { KEY_ROOM = 24 };

/* `,"key":` padded, so that it is copied as a block of constant size. */
struct json_key { char text[KEY_ROOM]; uint8_t length, key_length, kind; };
extern const struct json_key json_keys[RECORD_FIELDS];

/* Valid UTF-8 between quotes, with what text_is_dangerous names escaped. */
void json_put_string(struct buffer *out, const uint8_t *s, size_t length);

static inline void put(struct buffer *out, const void *bytes, size_t length)
{
	if (length)
		memcpy(buffer_reserve(out, length), bytes, length);
	out->length += length;
}

static inline void put_byte(struct buffer *out, char byte)
{
	*buffer_reserve(out, 1) = (uint8_t)byte;
	out->length++;
}

/* 0x80 in each byte that is zero in w; exact for the lowest such byte, which is enough for "is there any". */
static inline uint64_t zero_bytes(uint64_t w)
{
	return (w - UINT64_C(0x0101010101010101)) & ~w & UINT64_C(0x8080808080808080);
}

static inline uint64_t repeated(uint8_t byte)
{
	return byte * UINT64_C(0x0101010101010101);
}

#endif
