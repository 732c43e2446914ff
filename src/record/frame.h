/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h: the bytes of a frame, for the files that make and read them: record_build.c, record_view.c, json_read.c, json_write.c, and readers that write entries themselves (reader/evtx). */
#ifndef SPOOR_RECORD_FRAME_H
#define SPOOR_RECORD_FRAME_H

#include <string.h>

#include "record/record.h"

enum { FRAME_HEADER = 6, FIELD_HEADER = 8, ENTRY_HEADER = 6, TIME_SIZE = 14 };

/* Up to this length no frame's JSON line can be too long: at worst a map's key of control characters before a LOSSY value grows twelvefold
 * (six bytes a control, and the key is shown twice). */
enum { SURELY_FITS = RECORD_LENGTH_MAX / 12 };

#define NUMBER_END (UINT64_C(1) << 53)

static inline uint32_t get_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_u64(const uint8_t *p)
{
	return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

/* ---- entries of lists and maps */

struct entry {
	const uint8_t *key;
	size_t key_length, next;
	struct record_value value;
};

static inline bool entry_read(const uint8_t *bytes, size_t length, size_t at, bool map, struct entry *e)
{
	size_t left = at < length ? length - at : 0;
	e->key = NULL;
	e->key_length = 0;
	if (map) {
		if (left < 2)
			return false;
		e->key_length = bytes[at] | (size_t)bytes[at + 1] << 8;
		e->key = bytes + at + 2;
		if (left - 2 < e->key_length)
			return false;
		at += 2 + e->key_length;
		left -= 2 + e->key_length;
	}
	if (left < ENTRY_HEADER || bytes[at + 1] != 0)
		return false;
	uint32_t size = get_u32(bytes + at + 2);
	if (size > left - ENTRY_HEADER)
		return false;
	e->value = (struct record_value){ .bytes = bytes + at + ENTRY_HEADER, .length = size, .kind = bytes[at] };
	e->next = at + ENTRY_HEADER + size;
	return true;
}

static inline bool key_is(const struct entry *e, const char *key)
{
	return e->key_length == strlen(key) && memcmp(e->key, key, e->key_length) == 0;
}

static inline bool is_present(const struct record_view *v, enum record_field f)
{
	return v->present[f / 64] >> (f % 64) & 1;
}

static inline bool signed_in_range(int64_t v)
{
	return v > -(int64_t)NUMBER_END && v < (int64_t)NUMBER_END;
}

/* ---- writing */

struct frame_name { const uint8_t *text; size_t length, index; };
void frame_names_sort(struct frame_name *name, size_t names);                          /* by text, then by index */
static inline bool frame_names_equal(const struct frame_name *a, const struct frame_name *b)
{
	return a->length == b->length && __builtin_memcmp(a->text, b->text, a->length) == 0;
}
/* Header of a field, or of an entry in a list or behind a map's key; returns where the value begins. In line, because a record has a dozen. */
static inline size_t frame_field(struct buffer *out, enum record_field f, enum value_kind kind)
{
	const uint8_t header[8] = { (uint8_t)f, (uint8_t)((unsigned)f >> 8), (uint8_t)kind };
	__builtin_memcpy(buffer_reserve(out, sizeof header), header, sizeof header);
	return out->length += sizeof header;
}

static inline size_t frame_entry(struct buffer *out, enum value_kind kind)
{
	const uint8_t header[6] = { (uint8_t)kind };
	__builtin_memcpy(buffer_reserve(out, sizeof header), header, sizeof header);
	return out->length += sizeof header;
}

/* The value that began at value_at ends here: fills in its length. */
static inline void frame_close(struct buffer *out, size_t value_at)
{
	size_t length = out->length - value_at;
	uint8_t *p = out->data + value_at - 4;
	p[0] = (uint8_t)length;
	p[1] = (uint8_t)(length >> 8);
	p[2] = (uint8_t)(length >> 16);
	p[3] = (uint8_t)(length >> 24);
}
bool frame_time_in_range(int64_t seconds, uint32_t nanoseconds);
bool frame_map_keys_differ(const uint8_t *map, size_t length);                         /* also from the "_raw" keys of LOSSY */
void frame_map_rename(struct buffer *out, size_t map_at);                               /* double keys of the map that stands from map_at to the end of out */
const char *json_extra_check(const uint8_t *extra, size_t length, bool foreign);
bool json_literal_check(const uint8_t *literal, size_t length);
/* Members of `base` whose keys `changes` lacks, then those of changes. */
void json_extra_merge(struct buffer *out, const struct record_value *base, const struct record_value *changes);
/* How many entries of a map have a key that an earlier one has, or that collides with the "_raw" key of a LOSSY one; marks them by number (mark may be NULL). */
size_t frame_map_entries(const uint8_t *map, size_t length);
size_t frame_map_doubles(const uint8_t *map, size_t length, uint8_t *mark);
/* Parses and checks, but for the limit of length; then that. */
const char *frame_view_parse(struct record_view *v, const uint8_t *frame, size_t length);
bool frame_view_fits(const struct record_view *v);

#endif
