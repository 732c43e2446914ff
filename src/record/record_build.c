/* SPDX-License-Identifier: Apache-2.0 */
/* record_build.c: records as frames: building, cutting to the limit, copying with changes. The layout is in record.h.
 *
 * The builder serves parsers of hostile evidence: whatever length, depth, key or encoding a value has, the frame comes out valid, and what was cut
 * says so. */
#include <stdlib.h>

#include "record/frame.h"

enum {
	CUT_ROOM = 32,                          /* bytes that the mark of a cut may take */
	TEXT_KEEP = 64,                         /* texts are not cut below this */
	KEY_KEEP = 1024,
	VALUE_KEEP = 16 * RECORD_LENGTH_MAX,    /* cut at once, so that lengths stay far below 32 bits */
	RENAMES = 8,
};

static const char TOO_DEEP[] = "…[nested too deep]";

static void set_u32(uint8_t *p, size_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Both headers end in kind, zero, length. */
static uint8_t *kind_of(const struct buffer *out, size_t value_at)
{
	return out->data + value_at - ENTRY_HEADER;
}

/* Event data repeats names (EVTX), and different bytes may become the same UTF-8. The new names may clash again, so there are a few rounds; evidence
 * made to outlast them ends as "double key" in record_view_open. */
void frame_map_rename(struct buffer *out, size_t map_at)
{
	for (int round = 0; round < RENAMES && !frame_map_keys_differ(out->data + map_at, out->length - map_at); round++) {
		size_t length = out->length - map_at, index = 0;
		uint8_t *map = memory_copy(out->data + map_at, length);
		uint8_t *mark = memory_new(frame_map_entries(map, length));
		frame_map_doubles(map, length, mark);
		out->length = map_at;
		struct entry e;
		for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next, index++) {
			size_t key_at = out->length;
			buffer_u16le(out, 0);
			buffer_append(out, e.key, e.key_length);
			if (mark[index])
				buffer_format(out, "_%zu", index + 1);
			size_t key_length = out->length - key_at - 2;
			out->data[key_at] = (uint8_t)key_length;
			out->data[key_at + 1] = (uint8_t)(key_length >> 8);
			size_t at_value = frame_entry(out, e.value.kind);
			buffer_append(out, e.value.bytes, e.value.length);
			frame_close(out, at_value);
		}
		free(mark);
		free(map);
	}
}

/* ---- cutting */

/* Cuts the text that stands from `at` to the end of out, if it is longer than `keep`, and says how many of its `given` bytes are gone. */
static void cut_tail(struct buffer *out, size_t at, size_t keep, size_t given)
{
	size_t length = out->length - at;
	if (length == given && length <= keep + CUT_ROOM)
		return;
	if (keep < length) {
		while (keep > 0 && (out->data[at + keep] & 0xc0) == 0x80)
			keep--;
		out->length = at + keep;
	}
	buffer_format(out, "…[cut %zu]", given - (out->length - at));
}

struct caps { size_t text, entries; };

static void append_key(struct buffer *out, const uint8_t *key, size_t length)
{
	buffer_u16le(out, (uint16_t)length);
	buffer_append(out, key, length);
}

/* Appends a value with its header, texts and lists cut to caps. The depth is that of a checked frame. */
static void append_capped(struct buffer *out, const struct record_value *v, const struct caps *caps, bool nested, bool whole)
{
	size_t value_at = frame_entry(out, v->kind);
	struct entry e;
	switch (v->kind) {
	case VALUE_TEXT:
		buffer_append(out, v->bytes, v->length);
		if (!whole)
			cut_tail(out, value_at, caps->text, v->length);
		break;
	case VALUE_LOSSY: {
		uint32_t shown = get_u32(v->bytes);
		size_t raw = v->length - 4 - shown;
		buffer_append(out, v->bytes, 4 + (size_t)shown);
		cut_tail(out, value_at + 4, caps->text, shown);
		set_u32(out->data + value_at, out->length - value_at - 4);
		buffer_append(out, v->bytes + 4 + shown, raw < caps->text ? raw : caps->text);
		break;
	}
	case VALUE_HEX:
		if (nested && v->length > caps->text) {
			size_t kept = caps->text / 2;
			*kind_of(out, value_at) = VALUE_TEXT;
			buffer_hex(out, v->bytes, kept);
			buffer_format(out, "…[cut %zu]", v->length - kept);
		} else
			buffer_append(out, v->bytes, v->length);
		break;
	case VALUE_LIST:
	case VALUE_MAP: {
		bool map = v->kind == VALUE_MAP;
		size_t taken = 0, left = 0;
		for (size_t at = 0; entry_read(v->bytes, v->length, at, map, &e); at = e.next) {
			if (taken == caps->entries) {
				left++;
				continue;
			}
			taken++;
			if (map)
				append_key(out, e.key, e.key_length);
			append_capped(out, &e.value, caps, true, map && key_is(&e, "locator"));
		}
		if (left) {
			if (map)
				append_key(out, (const uint8_t *)"…", strlen("…"));
			size_t at = frame_entry(out, VALUE_TEXT);
			buffer_format(out, "…[cut %zu entries]", left);
			frame_close(out, at);
		}
		break;
	}
	default:
		buffer_append(out, v->bytes, v->length);
	}
	frame_close(out, value_at);
}

static bool fits_capped(struct buffer *copy, const struct record_view *v, const struct caps *caps)
{
	struct record_view cut;
	buffer_clear(copy);
	struct record_builder r = record_begin(copy, v->type);
	size_t at = FRAME_HEADER;
	while (at < v->frame_length) {          /* a field is a u16 id and an entry */
		struct entry e;
		enum record_field f = (enum record_field)(v->frame[at] | v->frame[at + 1] << 8);
		if (!entry_read(v->frame, v->frame_length, at + 2, false, &e))
			return false;
		buffer_u16le(copy, (uint16_t)f);
		append_capped(copy, &e.value, caps, false, f == F_LOCATOR);
		at = e.next;
	}
	frame_close(copy, r.start + 4);
	return !frame_view_parse(&cut, copy->data, copy->length) && frame_view_fits(&cut);
}

/* The largest cap under which the frame fits, found by halving: so it is the longest texts that lose, and no more than they must. */
static void cut_to_limit(struct buffer *out, size_t start)
{
	struct record_view v;
	if (out->length - start <= SURELY_FITS || frame_view_parse(&v, out->data + start, out->length - start) || frame_view_fits(&v))
		return;
	struct buffer copy = { 0 };
	struct caps caps = { .text = TEXT_KEEP, .entries = SIZE_MAX };
	size_t *cap = &caps.text, low = TEXT_KEEP, high = v.frame_length;
	if (!fits_capped(&copy, &v, &caps)) {
		cap = &caps.entries;
		low = 0;
		high = v.frame_length / ENTRY_HEADER;
	}
	while (low + 1 < high) {
		*cap = low + (high - low) / 2;
		if (fits_capped(&copy, &v, &caps))
			low = *cap;
		else
			high = *cap;
	}
	*cap = low;
	if (fits_capped(&copy, &v, &caps)) {
		out->length = start;
		buffer_append(out, copy.data, copy.length);
	}
	buffer_free(&copy);
}

/* ---- building */

struct record_builder record_begin(struct buffer *out, enum record_type type)
{
	struct record_builder r = { .out = out, .start = out->length };
	buffer_u32le(out, 0);
	buffer_u16le(out, (uint16_t)type);
	return r;
}

void record_end(struct record_builder *r)
{
	while (r->depth)
		record_close(r);
	frame_close(r->out, r->start + 4);
	cut_to_limit(r->out, r->start);
}

static bool inside_map(const struct record_builder *r)
{
	return *kind_of(r->out, r->open[r->depth - 1]) == VALUE_MAP;
}

static void put_key(struct buffer *out, const char *key, size_t length)
{
	size_t at = out->length;
	buffer_u16le(out, 0);
	size_t taken = length < 4 * KEY_KEEP ? length : 4 * KEY_KEEP;
	text_to_utf8(out, key, taken, TEXT_UTF8);
	if (out->length - at - 2 > KEY_KEEP)
		cut_tail(out, at + 2, KEY_KEEP, out->length - at - 2 + length - taken);
	size_t utf8_length = out->length - at - 2;
	out->data[at] = (uint8_t)utf8_length;
	out->data[at + 1] = (uint8_t)(utf8_length >> 8);
}

/* Field f, or (f < 0) a value inside the open list or map. Returns where the value begins; 0: it is to be left out. */
static size_t open_value(struct record_builder *r, int f, const char *key, enum value_kind kind)
{
	size_t key_length = key ? strlen(key) : r->key_length;
	if (!key)
		key = r->key ? r->key : "";
	r->key = NULL;
	r->key_length = 0;
	if (f >= 0) {
		while (r->depth)
			record_close(r);
		return frame_field(r->out, (enum record_field)f, kind);
	}
	if (r->depth == 0 || r->depth > RECORD_DEPTH)
		return 0;
	if (inside_map(r))
		put_key(r->out, key, key_length);
	return frame_entry(r->out, kind);
}

static void put_bytes(struct record_builder *r, int f, const char *key, enum value_kind kind, const void *bytes, size_t length)
{
	size_t at = open_value(r, f, key, kind);
	if (!at)
		return;
	buffer_append(r->out, bytes, length);
	frame_close(r->out, at);
}

static void put_u64(struct record_builder *r, int f, const char *key, enum value_kind kind, uint64_t v)
{
	size_t at = open_value(r, f, key, kind);
	if (!at)
		return;
	buffer_u64le(r->out, v);
	frame_close(r->out, at);
}

static void open_container(struct record_builder *r, int f, const char *key, enum value_kind kind);

static void put_evidence(struct record_builder *r, int f, const char *key, const void *bytes, size_t length, enum text_encoding encoding)
{
	size_t before = r->out->length, given = length;
	size_t at = open_value(r, f, key, VALUE_TEXT);
	if (!at)
		return;
	if (length > VALUE_KEEP)
		length = VALUE_KEEP;
	bool lossy = text_to_utf8(r->out, bytes, length, encoding) && length;
	if (given > length)
		buffer_format(r->out, "…[cut %zu]", given - length);
	if (lossy && f < 0 && !inside_map(r)) {
		if (r->depth == RECORD_DEPTH)
			buffer_text(r->out, TOO_DEEP);
		else {
			r->out->length = before;
			open_container(r, f, NULL, VALUE_MAP);
			put_evidence(r, -1, "text", bytes, length, encoding);
			record_close(r);
			return;
		}
	} else if (lossy) {
		size_t shown = r->out->length - at;
		buffer_u32le(r->out, 0);
		memmove(r->out->data + at + 4, r->out->data + at, shown);
		set_u32(r->out->data + at, shown);
		*kind_of(r->out, at) = VALUE_LOSSY;
		buffer_append(r->out, bytes, length);
	}
	frame_close(r->out, at);
}

static void put_text(struct record_builder *r, int f, const char *key, const char *utf8, size_t length)
{
	if (!text_is_utf8(utf8, length)) {
		put_evidence(r, f, key, utf8, length, TEXT_UTF8);
		return;
	}
	size_t at = open_value(r, f, key, VALUE_TEXT);
	if (!at)
		return;
	size_t taken = length < VALUE_KEEP ? length : VALUE_KEEP;
	buffer_append(r->out, utf8, taken);
	if (taken < length)
		cut_tail(r->out, at, VALUE_KEEP - 4, length);
	frame_close(r->out, at);
}

static void put_flag(struct record_builder *r, int f, const char *key, bool v)
{
	uint8_t byte = v;
	put_bytes(r, f, key, VALUE_FLAG, &byte, 1);
}

static void put_time(struct record_builder *r, int f, const char *key, const struct timestamp *t)
{
	size_t at = t->state == TIME_VALID ? open_value(r, f, key, VALUE_TIME) : 0;
	if (!at) {
		r->key = NULL;
		return;
	}
	buffer_u64le(r->out, (uint64_t)t->seconds);
	buffer_u32le(r->out, t->nanoseconds);
	buffer_byte(r->out, t->precision);
	buffer_byte(r->out, t->zone);
	frame_close(r->out, at);
}

static void open_container(struct record_builder *r, int f, const char *key, enum value_kind kind)
{
	if (f < 0 && r->depth >= RECORD_DEPTH) {
		if (r->depth == RECORD_DEPTH)
			put_text(r, f, key, TOO_DEEP, sizeof TOO_DEEP - 1);
		r->key = NULL;
		r->depth++;
		return;
	}
	size_t at = open_value(r, f, key, kind);
	if (at)
		r->open[r->depth++] = at;
}

void record_close(struct record_builder *r)
{
	if (r->depth == 0)
		return;
	r->depth--;
	if (r->depth >= RECORD_DEPTH)
		return;
	size_t at = r->open[r->depth];
	if (*kind_of(r->out, at) == VALUE_MAP)
		frame_map_rename(r->out, at);
	frame_close(r->out, at);
}

void record_text(struct record_builder *r, enum record_field f, const char *utf8, size_t length) { put_text(r, (int)f, NULL, utf8, length); }
void record_flag(struct record_builder *r, enum record_field f, bool v) { put_flag(r, (int)f, NULL, v); }
void record_time(struct record_builder *r, enum record_field f, const struct timestamp *t) { put_time(r, (int)f, NULL, t); }
void record_list(struct record_builder *r, enum record_field f) { open_container(r, (int)f, NULL, VALUE_LIST); }
void record_map(struct record_builder *r, enum record_field f) { open_container(r, (int)f, NULL, VALUE_MAP); }
void value_text(struct record_builder *r, const char *key, const char *utf8, size_t length) { put_text(r, -1, key, utf8, length); }
void value_flag(struct record_builder *r, const char *key, bool v) { put_flag(r, -1, key, v); }
void value_big(struct record_builder *r, const char *key, uint64_t v) { put_u64(r, -1, key, VALUE_BIG, v); }
void value_time(struct record_builder *r, const char *key, const struct timestamp *t) { put_time(r, -1, key, t); }
void value_list(struct record_builder *r, const char *key) { open_container(r, -1, key, VALUE_LIST); }
void value_map(struct record_builder *r, const char *key) { open_container(r, -1, key, VALUE_MAP); }

void record_string(struct record_builder *r, enum record_field f, const char *utf8)
{
	if (utf8)
		put_text(r, (int)f, NULL, utf8, strlen(utf8));
}

void value_string(struct record_builder *r, const char *key, const char *utf8)
{
	if (utf8)
		put_text(r, -1, key, utf8, strlen(utf8));
	else
		r->key = NULL;
}

void record_evidence_text(struct record_builder *r, enum record_field f, const void *bytes, size_t length, enum text_encoding encoding)
{
	put_evidence(r, (int)f, NULL, bytes, length, encoding);
}

void value_evidence_text(struct record_builder *r, const char *key, const void *bytes, size_t length, enum text_encoding encoding)
{
	put_evidence(r, -1, key, bytes, length, encoding);
}

void record_lossy(struct record_builder *r, enum record_field f, const char *utf8, size_t length, const void *raw, size_t raw_length)
{
	if (raw_length == 0) {
		put_text(r, (int)f, NULL, utf8, length);
		return;
	}
	size_t at = open_value(r, (int)f, NULL, VALUE_LOSSY);
	size_t taken = length < VALUE_KEEP ? length : VALUE_KEEP;
	buffer_u32le(r->out, 0);
	text_to_utf8(r->out, utf8, taken, TEXT_UTF8);
	if (taken < length)
		buffer_format(r->out, "…[cut %zu]", length - taken);
	set_u32(r->out->data + at, r->out->length - at - 4);
	buffer_append(r->out, raw, raw_length < VALUE_KEEP ? raw_length : VALUE_KEEP);
	frame_close(r->out, at);
}

void record_number(struct record_builder *r, enum record_field f, uint64_t v)
{
	put_u64(r, (int)f, NULL, record_field_kind(f) == VALUE_BIG ? VALUE_BIG : VALUE_NUMBER, v);
}

void record_signed(struct record_builder *r, enum record_field f, int64_t v)
{
	put_u64(r, (int)f, NULL, VALUE_SIGNED, (uint64_t)v);
}

void record_hex(struct record_builder *r, enum record_field f, const void *bytes, size_t length)
{
	put_bytes(r, (int)f, NULL, VALUE_HEX, bytes, length < VALUE_KEEP ? length : VALUE_KEEP);
}

void record_internal(struct record_builder *r, enum record_field f, const void *bytes, size_t length)
{
	put_bytes(r, (int)f, NULL, VALUE_INTERNAL, bytes, length < VALUE_KEEP ? length : VALUE_KEEP);
}

void value_number(struct record_builder *r, const char *key, uint64_t v)
{
	put_u64(r, -1, key, v < NUMBER_END ? VALUE_NUMBER : VALUE_BIG, v);
}

void value_signed(struct record_builder *r, const char *key, int64_t v)
{
	if (signed_in_range(v)) {
		put_u64(r, -1, key, VALUE_SIGNED, (uint64_t)v);
		return;
	}
	struct buffer digits = { 0 };
	if (v < 0)
		buffer_byte(&digits, '-');
	buffer_decimal(&digits, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	put_bytes(r, -1, key, VALUE_TEXT, digits.data, digits.length);
	buffer_free(&digits);
}

void value_hex(struct record_builder *r, const char *key, const void *bytes, size_t length)
{
	put_bytes(r, -1, key, VALUE_HEX, bytes, length < VALUE_KEEP ? length : VALUE_KEEP);
}

/* ---- copying with changes */

static void copy_field(struct buffer *out, enum record_field f, const struct record_value *v)
{
	size_t at = frame_field(out, f, v->kind);
	buffer_append(out, v->bytes, v->length);
	frame_close(out, at);
}

void record_merge(struct buffer *out, const struct record_view *base, const struct record_view *changes)
{
	struct record_builder r = record_begin(out, base->type);
	bool timed = is_present(base, F_TIME) || is_present(changes, F_TIME);
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		bool in_base = is_present(base, f), in_changes = is_present(changes, f);
		if (f == F_PRECISION && timed)          /* the time has its own; that of the other time would contradict it */
			continue;
		if (f == F_EXTRA && in_base && in_changes && base->type != RECORD_FOREIGN) {
			size_t at = frame_field(out, f, VALUE_INTERNAL);
			json_extra_merge(out, &base->field[f], &changes->field[f]);
			frame_close(out, at);
		} else if (in_base || in_changes)
			copy_field(out, f, in_changes ? &changes->field[f] : &base->field[f]);
	}
	record_end(&r);
}

static void append_prefixed(struct buffer *out, const char *prefix, size_t prefix_length, const struct record_value *v)
{
	buffer_append(out, prefix, prefix_length);
	if (v->kind == VALUE_TEXT)
		buffer_append(out, v->bytes, v->length);
}

/* No field is hidden (record_hide): the fields that are present fill the frame. */
static bool is_whole(const struct record_view *v)
{
	size_t length = FRAME_HEADER;
	for (unsigned block = 0; block < sizeof v->present / sizeof *v->present; block++)
		for (uint64_t bits = v->present[block]; bits; bits &= bits - 1)
			length += FIELD_HEADER + v->field[block * 64 + (unsigned)__builtin_ctzll(bits)].length;
	return length == v->frame_length;
}

/* A `locator` that is no text is replaced by the prefix alone: a worker must not get round it by another kind. */
static void prefix_attachments(struct buffer *out, const char *prefix, size_t prefix_length, const struct record_value *list)
{
	struct entry item, e;
	for (size_t at = 0; entry_read(list->bytes, list->length, at, false, &item); at = item.next) {
		size_t item_at = frame_entry(out, item.value.kind);
		if (item.value.kind == VALUE_MAP) {
			for (size_t in = 0; entry_read(item.value.bytes, item.value.length, in, true, &e); in = e.next) {
				bool locator = key_is(&e, "locator");
				append_key(out, e.key, e.key_length);
				size_t value_at = frame_entry(out, locator ? VALUE_TEXT : e.value.kind);
				if (locator)
					append_prefixed(out, prefix, prefix_length, &e.value);
				else
					buffer_append(out, e.value.bytes, e.value.length);
				frame_close(out, value_at);
			}
		} else
			buffer_append(out, item.value.bytes, item.value.length);
		frame_close(out, item_at);
	}
}

/* Hot (each record of a worker): the frame is copied as it is, with the prefix let in. */
void record_prefix_locator(struct buffer *out, const struct record_view *v, const char *prefix, size_t prefix_length)
{
	if (v->type != RECORD_FOREIGN && !is_present(v, F_ATTACHMENTS) && is_whole(v)) {
		struct record_builder r = { .out = out, .start = out->length };
		const struct record_value *locator = &v->field[F_LOCATOR];
		size_t before = is_present(v, F_LOCATOR) ? (size_t)(locator->bytes - v->frame) : v->frame_length;
		buffer_reserve(out, v->frame_length + FIELD_HEADER + prefix_length);
		buffer_append(out, v->frame, before);
		size_t at = is_present(v, F_LOCATOR) ? out->length : frame_field(out, F_LOCATOR, VALUE_TEXT);
		buffer_append(out, prefix, prefix_length);
		buffer_append(out, v->frame + before, v->frame_length - before);
		set_u32(out->data + at - 4, is_present(v, F_LOCATOR) ? prefix_length + locator->length : prefix_length);
		record_end(&r);
		return;
	}
	struct record_builder r = record_begin(out, v->type);
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		if (f == F_LOCATOR && v->type != RECORD_FOREIGN) {
			size_t at = frame_field(out, f, VALUE_TEXT);
			append_prefixed(out, prefix, prefix_length, &v->field[f]);
			frame_close(out, at);
		} else if (f == F_ATTACHMENTS && is_present(v, f)) {
			size_t at = frame_field(out, f, VALUE_LIST);
			prefix_attachments(out, prefix, prefix_length, &v->field[f]);
			frame_close(out, at);
		} else if (is_present(v, f))
			copy_field(out, f, &v->field[f]);
	}
	record_end(&r);
}
