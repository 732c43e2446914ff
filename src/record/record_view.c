/* SPDX-License-Identifier: Apache-2.0 */
/* record_view.c: records as frames: the schema's tables, checking, reading. The layout is in record.h.
 *
 * The view serves the broker, which trusts no frame: record_view_open walks every byte once with explicit bounds, and what
 * passes can be shown, read again and shown again with the same bytes. */
#include <stdlib.h>

#include "record/frame.h"

enum { USE_OPTIONAL = 1, USE_REQUIRED = 2 };
enum { KEYS_FEW = 24 };                         /* compared each with each; more are sorted */

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

/* ---- keys of maps */

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

size_t frame_map_entries(const uint8_t *map, size_t length)
{
	struct entry e;
	size_t count = 0;
	for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next)
		count++;
	return count;
}

size_t frame_map_doubles(const uint8_t *map, size_t length, uint8_t *mark)
{
	struct entry e;
	size_t count = frame_map_entries(map, length), names = 0, doubles = 0, index = 0;
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
	uint64_t marks = 0;                     /* of what the keys begin and end in: most differ there and need no comparing */
	bool lossy = false;
	for (size_t at = 0; entry_read(map, length, at, true, &e); at = e.next) {
		if (count == KEYS_FEW)
			return frame_map_doubles(map, length, NULL) == 0;
		struct frame_name name = { e.key, e.key_length, e.value.kind == VALUE_LOSSY };
		size_t n = e.key_length;
		uint64_t mark = UINT64_C(1) << (n ? (5 * n + 3u * e.key[0] + 7u * e.key[n / 2] + e.key[n - 1]) % 64 : 0);
		bool compare = marks & mark || (lossy |= name.index);
		marks |= mark;
		for (size_t i = 0; compare && i < count; i++)
			if (frame_names_equal(&seen[i], &name) || (seen[i].index && is_raw_key_of(&name, &seen[i])) || (name.index && is_raw_key_of(&seen[i], &name)))
				return false;
		seen[count++] = name;
	}
	return true;
}

/* ---- checking */

bool frame_time_in_range(int64_t seconds, uint32_t nanoseconds)
{
	return seconds >= INT64_C(-377705116800) && seconds <= INT64_C(1833017126399) && nanoseconds < 1000000000;     /* years -9999 to 60055 */
}

static const char *check_value(const struct record_value *v, unsigned depth, bool content);

static const char *check_entries(const struct record_value *v, unsigned depth, bool content)
{
	bool map = v->kind == VALUE_MAP;
	struct entry e;
	size_t at = 0;
	if (depth > RECORD_DEPTH)
		return "lists and maps nested too deep";
	for (; at < v->length; at = e.next) {
		if (!entry_read(v->bytes, v->length, at, map, &e))
			return "length inside a list or map does not add up";
		if (content && map && !text_is_utf8(e.key, e.key_length))
			return "key is not UTF-8";
		if (e.value.kind == VALUE_INTERNAL || (!map && e.value.kind == VALUE_LOSSY))
			return "kind that a list or map can't hold";
		const char *wrong = check_value(&e.value, depth + 1, content);
		if (wrong)
			return wrong;
	}
	return content && map && !frame_map_keys_differ(v->bytes, v->length) ? "double key in a map" : NULL;
}

/* `depth` is the level that v would have if it were a list or map. */
static const char *check_value(const struct record_value *v, unsigned depth, bool content)
{
	switch (v->kind) {
	case VALUE_TEXT:
		return !content || text_is_utf8(v->bytes, v->length) ? NULL : "text is not UTF-8";
	case VALUE_LOSSY:
		if (v->length < 5 || get_u32(v->bytes) >= v->length - 4)
			return "length of a text with raw bytes does not add up";
		return !content || text_is_utf8(v->bytes + 4, get_u32(v->bytes)) ? NULL : "text is not UTF-8";
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
		return check_entries(v, depth, content);
	case VALUE_LITERAL:
		return !content || json_literal_check(v->bytes, v->length) ? NULL : "literal is no JSON number or null";
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

static const char *check_together(struct record_view *v, bool local, bool content)
{
	if (v->type == RECORD_FOREIGN) {
		for (unsigned f = 0; f < RECORD_FIELDS; f++)
			if (is_present(v, f) != (f == F_EXTRA))
				return "foreign record holds more or less than its line";
	} else
		v->field[F_TYPE] = constant_text(TYPES[v->type].name);
	if (content && is_present(v, F_EXTRA)) {
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

static inline __attribute__((always_inline)) const char *view_parse(struct record_view *v, const uint8_t *frame, size_t length, bool content)
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
		if (e.value.kind != VALUE_TEXT || (content && !text_is_utf8(e.value.bytes, e.value.length))) {
			const char *wrong = check_value(&e.value, 1, content);
			if (wrong)
				return wrong;
		}
		v->field[f] = e.value;
		v->present[f / 64] |= UINT64_C(1) << (f % 64);
		local |= e.value.kind == VALUE_TIME && e.value.bytes[13] == TIME_LOCAL;
	}
	return check_together(v, local, content);
}

const char *frame_view_parse(struct record_view *v, const uint8_t *frame, size_t length)
{
	return view_parse(v, frame, length, true);
}

const char *record_view_again(struct record_view *v, const uint8_t *frame, size_t length)
{
	return length > RECORD_LENGTH_MAX ? "frame is longer than a record may be" : view_parse(v, frame, length, false);
}

/* The frame, its line, and the frame that is read back from the line must all be within the limit. The cost is borne by few records. */
bool frame_view_fits(const struct record_view *v)
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

const char *record_view_open(struct record_view *v, const uint8_t *frame, size_t length)
{
	if (length > RECORD_LENGTH_MAX)
		return "frame is longer than a record may be";
	const char *wrong = frame_view_parse(v, frame, length);
	return wrong ? wrong : frame_view_fits(v) ? NULL : "line would be longer than a record may be";
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
