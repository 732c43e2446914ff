/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: records as frames: building, checking, reading, merging. The layout is in record.h.
 *
 * The builder serves parsers of hostile evidence: whatever length, depth, key or encoding a value has, the frame comes out valid, and what was cut
 * says so. The view serves the broker, which trusts no frame: record_view_open walks every byte once with explicit bounds, and what
 * passes can be shown, read again and shown again with the same bytes. */
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_HEADER = 6, FIELD_HEADER = 8, ENTRY_HEADER = 6, TIME_SIZE = 14, USE_OPTIONAL = 1, USE_REQUIRED = 2 };

/* Up to this length no frame's JSON line can be too long: at worst a map's key of control characters before a LOSSY value grows twelvefold
 * (six bytes a control, and the key is shown twice). */
enum { SURELY_FITS = RECORD_LENGTH_MAX / 12 };

enum {
	CUT_ROOM = 32,                          /* bytes that the mark of a cut may take */
	TEXT_KEEP = 64,                         /* texts are not cut below this */
	KEY_KEEP = 1024,
	VALUE_KEEP = 16 * RECORD_LENGTH_MAX,    /* cut at once, so that lengths stay far below 32 bits */
	KEYS_FEW = 24,                          /* compared each with each; more are sorted */
	RENAMES = 8,
};

static const uint64_t NUMBER_END = UINT64_C(1) << 53;
static const char TOO_DEEP[] = "…[nested too deep]";

static const struct { const char *key, *about, *missing; enum value_kind kind; } FIELDS[RECORD_FIELDS] = {
#define RECORD(id, name, about)
#define FIELD(id, key, kind, about) [F_##id] = { key, about, "required field is missing: " key, VALUE_##kind },
#define USES(record, field, need)
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
};

static const struct { const char *name, *about; } TYPES[RECORD_TYPES] = {
#define RECORD(id, name, about) [RECORD_##id] = { name, about },
#define FIELD(id, key, kind, about)
#define USES(record, field, need)
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
	[RECORD_FOREIGN] = { "foreign", "a record of a type that the schema does not know" },
};

static const uint8_t USE[RECORD_TYPES][RECORD_FIELDS] = {
#define RECORD(id, name, about)
#define FIELD(id, key, kind, about)
#define USES(record, field, need) [RECORD_##record][F_##field] = USE_##need,
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
};

const char *record_type_name(enum record_type type) { return TYPES[type].name; }
const char *record_type_about(enum record_type type) { return TYPES[type].about; }
const char *record_field_key(enum record_field f) { return FIELDS[f].key; }
const char *record_field_about(enum record_field f) { return FIELDS[f].about; }
enum value_kind record_field_kind(enum record_field f) { return FIELDS[f].kind; }
int record_field_use(enum record_type type, enum record_field f) { return USE[type][f]; }

/* ---- little-endian */

static uint32_t get_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get_u64(const uint8_t *p)
{
	return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

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

static int name_order(const void *left, const void *right)
{
	const struct frame_name *a = left, *b = right;
	size_t shorter = a->length < b->length ? a->length : b->length;
	int order = shorter ? memcmp(a->text, b->text, shorter) : 0;
	if (order == 0)
		order = (a->length > b->length) - (a->length < b->length);
	return order ? order : (a->index > b->index) - (a->index < b->index);
}

void frame_names_sort(struct frame_name *name, size_t names)
{
	if (names > 1)
		qsort(name, names, sizeof *name, name_order);
}

static size_t map_entries(const uint8_t *map, size_t length)
{
	struct entry e;
	size_t count = 0;
	for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next)
		count++;
	return count;
}

/* How many entries of a map have a key that an earlier one has, or that collides with the "_raw" key of a LOSSY one; marks them by number. */
static size_t map_doubles(const uint8_t *map, size_t length, uint8_t *mark)
{
	struct entry e;
	size_t count = map_entries(map, length), names = 0, doubles = 0, index = 0;
	struct frame_name *name = memory_array(2 * count, sizeof *name);
	struct buffer raw = { 0 };
	buffer_reserve(&raw, length + 4 * count);       /* so that it does not move below */
	for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next, index++) {
		name[names++] = (struct frame_name){ e.key, e.key_length, index };
		if (e.value.kind == VALUE_LOSSY) {
			name[names++] = (struct frame_name){ raw.data + raw.length, e.key_length + 4, index };
			buffer_append(&raw, e.key, e.key_length);
			buffer_text(&raw, "_raw");
		}
	}
	frame_names_sort(name, names);
	for (size_t i = 1; i < names; i++)
		if (frame_names_equal(&name[i - 1], &name[i])) {
			doubles++;
			if (mark)
				mark[name[i].index] = 1;
		}
	buffer_free(&raw);
	free(name);
	return doubles;
}

static bool is_raw_key_of(const struct frame_name *raw, const struct frame_name *shown)
{
	return raw->length == shown->length + 4 && memcmp(raw->text, shown->text, shown->length) == 0 && memcmp(raw->text + shown->length, "_raw", 4) == 0;
}

bool frame_map_keys_differ(const uint8_t *map, size_t length)
{
	struct frame_name seen[KEYS_FEW];       /* index: LOSSY, so that a "_raw" key comes with it */
	struct entry e;
	size_t count = 0;
	for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next) {
		if (count == KEYS_FEW)
			return map_doubles(map, length, NULL) == 0;
		struct frame_name name = { e.key, e.key_length, e.value.kind == VALUE_LOSSY };
		for (size_t i = 0; i < count; i++)
			if (frame_names_equal(&seen[i], &name) || (seen[i].index && is_raw_key_of(&name, &seen[i])) || (name.index && is_raw_key_of(&seen[i], &name)))
				return false;
		seen[count++] = name;
	}
	return true;
}

/* Event data repeats names (EVTX), and different bytes may become the same UTF-8. The new names may clash again, so there are a few rounds; evidence
 * made to outlast them ends as "double key" in record_view_open. */
static void map_rename_doubles(struct buffer *out, size_t map_at)
{
	for (int round = 0; round < RENAMES && !frame_map_keys_differ(out->data + map_at, out->length - map_at); round++) {
		size_t length = out->length - map_at, index = 0;
		uint8_t *map = memory_copy(out->data + map_at, length);
		uint8_t *mark = memory_new(map_entries(map, length));
		map_doubles(map, length, mark);
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

static bool key_is(const struct entry *e, const char *key)
{
	return e->key_length == strlen(key) && memcmp(e->key, key, e->key_length) == 0;
}

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

static const char *view_parse(struct record_view *v, const uint8_t *frame, size_t length);

/* The frame, its line, and the frame that is read back from the line must all be within the limit. The cost is borne by few records. */
static bool view_fits(const struct record_view *v)
{
	if (v->frame_length <= SURELY_FITS)
		return true;
	if (v->frame_length > RECORD_LENGTH_MAX)
		return false;
	struct buffer line = { 0 }, back = { 0 };
	record_to_json(&line, v);
	bool fits = line.length - 1 <= RECORD_LENGTH_MAX && !record_from_json(&back, (const char *)line.data, line.length - 1);
	buffer_free(&line);
	buffer_free(&back);
	return fits;
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
	return !view_parse(&cut, copy->data, copy->length) && view_fits(&cut);
}

/* The largest cap under which the frame fits, found by halving: so it is the longest texts that lose, and no more than they must. */
static void cut_to_limit(struct buffer *out, size_t start)
{
	struct record_view v;
	if (out->length - start <= SURELY_FITS || view_parse(&v, out->data + start, out->length - start) || view_fits(&v))
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
		map_rename_doubles(r->out, at);
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
	put_u64(r, (int)f, NULL, FIELDS[f].kind == VALUE_BIG ? VALUE_BIG : VALUE_NUMBER, v);
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

static bool signed_in_range(int64_t v)
{
	return v > -(int64_t)NUMBER_END && v < (int64_t)NUMBER_END;
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

/* ---- checking */

bool frame_time_in_range(int64_t seconds, uint32_t nanoseconds)
{
	return seconds >= INT64_C(-377705116800) && seconds <= INT64_C(1833017126399) && nanoseconds < 1000000000;     /* years -9999 to 60055 */
}

static const char *check_value(const struct record_value *v, unsigned depth);

static const char *check_entries(const struct record_value *v, unsigned depth)
{
	bool map = v->kind == VALUE_MAP;
	struct entry e;
	size_t at = 0;
	if (depth > RECORD_DEPTH)
		return "lists and maps nested too deep";
	for (; at < v->length; at = e.next) {
		if (!entry_read(v->bytes, v->length, at, map, &e))
			return "length inside a list or map does not add up";
		if (map && !text_is_utf8(e.key, e.key_length))
			return "key is not UTF-8";
		if (e.value.kind == VALUE_INTERNAL || (!map && e.value.kind == VALUE_LOSSY))
			return "kind that a list or map can't hold";
		const char *wrong = check_value(&e.value, depth + 1);
		if (wrong)
			return wrong;
	}
	return map && !frame_map_keys_differ(v->bytes, v->length) ? "double key in a map" : NULL;
}

/* `depth` is the level that v would have if it were a list or map. */
static const char *check_value(const struct record_value *v, unsigned depth)
{
	switch (v->kind) {
	case VALUE_TEXT:
		return text_is_utf8(v->bytes, v->length) ? NULL : "text is not UTF-8";
	case VALUE_LOSSY:
		if (v->length < 5 || get_u32(v->bytes) >= v->length - 4)
			return "length of a text with raw bytes does not add up";
		return text_is_utf8(v->bytes + 4, get_u32(v->bytes)) ? NULL : "text is not UTF-8";
	case VALUE_NUMBER:
		return v->length == 8 && get_u64(v->bytes) < NUMBER_END ? NULL : "number out of range";
	case VALUE_BIG:
		return v->length == 8 ? NULL : "number is not 8 bytes";
	case VALUE_SIGNED:
		return v->length == 8 && signed_in_range((int64_t)get_u64(v->bytes)) ? NULL : "number out of range";
	case VALUE_FLAG:
		return v->length == 1 && v->bytes[0] <= 1 ? NULL : "flag is neither 0 nor 1";
	case VALUE_TIME:
		return v->length == TIME_SIZE && frame_time_in_range((int64_t)get_u64(v->bytes), get_u32(v->bytes + 8)) && v->bytes[12] <= TIME_DAY &&
		               v->bytes[13] <= TIME_LOCAL ? NULL : "time out of range";
	case VALUE_LIST:
	case VALUE_MAP:
		return check_entries(v, depth);
	case VALUE_LITERAL:
		return json_literal_check(v->bytes, v->length) ? NULL : "literal is no JSON number or null";
	case VALUE_HEX:
	case VALUE_INTERNAL:
		return NULL;
	default:
		return "unknown kind";
	}
}

static bool kind_fits(enum record_field f, uint8_t kind)
{
	if (kind == VALUE_LOSSY)        /* these are compared, prefixed or parsed: they are never guesses */
		return FIELDS[f].kind == VALUE_TEXT && f != F_LOCATOR && f != F_PRECISION && f != F_ZONE;
	return FIELDS[f].kind == kind;
}

static struct record_value constant_text(const char *text)
{
	return (struct record_value){ .bytes = (const uint8_t *)text, .length = (uint32_t)strlen(text), .kind = VALUE_TEXT };
}

static bool is_present(const struct record_view *v, enum record_field f)
{
	return v->present[f / 64] >> (f % 64) & 1;
}

static const char *check_together(struct record_view *v, bool local)
{
	if (v->type == RECORD_FOREIGN) {
		for (unsigned f = 0; f < RECORD_FIELDS; f++)
			if (is_present(v, f) != (f == F_EXTRA))
				return "foreign record holds more or less than its line";
	} else
		v->field[F_TYPE] = constant_text(TYPES[v->type].name);
	if (is_present(v, F_EXTRA)) {
		const char *wrong = json_extra_check(v->field[F_EXTRA].bytes, v->field[F_EXTRA].length, v->type == RECORD_FOREIGN);
		if (wrong)
			return wrong;
	}
	if (is_present(v, F_TIME)) {
		const char *name = time_precision_name(v->field[F_TIME].bytes[12]);
		if (is_present(v, F_PRECISION) && !record_text_equals(v, F_PRECISION, name))
			return "precision contradicts the time";
		v->field[F_PRECISION] = constant_text(name);
	}
	if (local && !is_present(v, F_ZONE))
		v->field[F_ZONE] = constant_text("local");
	return NULL;
}

static const char *view_parse(struct record_view *v, const uint8_t *frame, size_t length)
{
	bool local = false;
	memset(v, 0, sizeof *v);
	v->frame = frame;
	v->frame_length = length;
	if (length < FRAME_HEADER || record_frame_length(frame, length) != length)
		return "frame's length does not add up";
	unsigned type = frame[4] | (unsigned)frame[5] << 8;
	if (type >= RECORD_TYPES)
		return "unknown record type";
	v->type = (enum record_type)type;
	struct entry e;
	for (size_t at = FRAME_HEADER; at < length; at = e.next) {
		if (length - at < FIELD_HEADER || !entry_read(frame, length, at + 2, false, &e))
			return "field's length does not add up";
		unsigned f = frame[at] | (unsigned)frame[at + 1] << 8;
		if (f >= RECORD_FIELDS || f == F_TYPE)
			return "unknown field";
		if (is_present(v, f))
			return "double field";
		if (!kind_fits(f, e.value.kind))
			return "field is of the wrong kind";
		const char *wrong = check_value(&e.value, 1);
		if (wrong)
			return wrong;
		v->field[f] = e.value;
		v->present[f / 64] |= UINT64_C(1) << (f % 64);
		local |= e.value.kind == VALUE_TIME && e.value.bytes[13] == TIME_LOCAL;
	}
	return check_together(v, local);
}

const char *record_view_open(struct record_view *v, const uint8_t *frame, size_t length)
{
	if (length > RECORD_LENGTH_MAX)
		return "frame is longer than a record may be";
	const char *wrong = view_parse(v, frame, length);
	return wrong ? wrong : view_fits(v) ? NULL : "line would be longer than a record may be";
}

const char *record_view_complete(const struct record_view *v)
{
	for (unsigned f = 0; f < RECORD_FIELDS; f++)
		if (USE[v->type][f] == USE_REQUIRED && !record_has(v, f))
			return FIELDS[f].missing;
	return NULL;
}

/* ---- reading */

const char *record_value_text(const struct record_value *v, size_t *length)
{
	struct entry e;
	*length = 0;
	if (v->kind == VALUE_TEXT) {
		*length = v->length;
		return (const char *)v->bytes;
	}
	if (v->kind == VALUE_LOSSY) {
		*length = get_u32(v->bytes);
		return (const char *)v->bytes + 4;
	}
	if (v->kind == VALUE_MAP && entry_read(v->bytes, v->length, 0, true, &e) && e.next == v->length && e.value.kind == VALUE_LOSSY && key_is(&e, "text"))
		return record_value_text(&e.value, length);
	return NULL;
}

const char *record_get_text(const struct record_view *v, enum record_field f, size_t *length)
{
	return record_value_text(&v->field[f], length);
}

bool record_text_equals(const struct record_view *v, enum record_field f, const char *text)
{
	size_t length;
	const char *have = record_get_text(v, f, &length);
	return have && length == strlen(text) && memcmp(have, text, length) == 0;
}

uint64_t record_value_number(const struct record_value *v)
{
	switch (v->kind) {
	case VALUE_NUMBER:
	case VALUE_BIG:
	case VALUE_SIGNED:
		return get_u64(v->bytes);
	case VALUE_FLAG:
		return v->bytes[0];
	default:
		return 0;
	}
}

uint64_t record_get_number(const struct record_view *v, enum record_field f)
{
	return record_value_number(&v->field[f]);
}

bool record_value_time(const struct record_value *v, struct timestamp *t)
{
	*t = (struct timestamp){ 0 };
	if (v->kind != VALUE_TIME)
		return false;
	t->seconds = (int64_t)get_u64(v->bytes);
	t->nanoseconds = get_u32(v->bytes + 8);
	t->precision = v->bytes[12];
	t->zone = v->bytes[13];
	t->state = TIME_VALID;
	return true;
}

bool record_get_time(const struct record_view *v, enum record_field f, struct timestamp *t)
{
	return record_value_time(&v->field[f], t);
}

bool record_next(const struct record_value *list, size_t *at, const char **key, size_t *key_length, struct record_value *value)
{
	struct entry e;
	if ((list->kind != VALUE_LIST && list->kind != VALUE_MAP) || !entry_read(list->bytes, list->length, *at, list->kind == VALUE_MAP, &e))
		return false;
	*at = e.next;
	if (key)
		*key = (const char *)e.key;
	if (key_length)
		*key_length = e.key_length;
	*value = e.value;
	return true;
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

void record_prefix_locator(struct buffer *out, const struct record_view *v, const char *prefix, size_t prefix_length)
{
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
