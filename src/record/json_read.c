/* SPDX-License-Identifier: Apache-2.0 */
/* json_read.c: records as JSON Lines, in (RFC 8259).
 *
 * Reading takes any valid JSON object without lone surrogates and double keys, from whoever wrote it: known keys become fields, the rest is kept in
 * EXTRA, written again in our form. Nothing is built as a tree: one pass, straight into the frame.
 *
 * Strings are walked eight bytes at a time, and keys are looked for from the one that came last, because they come in the schema's order
 * (tests/bench/json.c shows what that gives). */
#include "record/json.h"

#include <stdlib.h>

enum { FOREIGN_DEPTH = 64, MAP_KEY_MAX = UINT16_MAX, NAMES_FEW = 8, NUMBER_DIGITS = 16 };

/* ---- tokens */

struct scan {
	const uint8_t *at, *end;        /* valid UTF-8 */
	const char *wrong;
	struct buffer scratch;          /* a string without its escapes */
	struct buffer names;            /* struct frame_name of the keys of open foreign objects; offsets in place of pointers until compared */
};

struct token { const uint8_t *text; size_t length; bool escaped; };

static bool fail(struct scan *s, const char *wrong)
{
	s->wrong = wrong;
	return false;
}

/* The next byte that is no white space; 0 at the end, which is no token. */
static inline uint8_t peek(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
	return s->at < s->end ? *s->at : 0;
}

static inline bool take(struct scan *s, uint8_t byte)
{
	if (peek(s) != byte)
		return false;
	s->at++;
	return true;
}

static inline bool string_token(struct scan *s, struct token *t)
{
	if (!take(s, '"'))
		return fail(s, "no string where one must be");
	const uint8_t *at = s->at, *end = s->end;
	*t = (struct token){ .text = at };
	for (;;) {
		while (end - at >= 8) {
			uint64_t w;
			memcpy(&w, at, 8);
			uint64_t controls = (w - repeated(0x20)) & ~w & UINT64_C(0x8080808080808080);
			uint64_t stop = controls | zero_bytes(w ^ repeated('"')) | zero_bytes(w ^ repeated('\\'));
			if (stop) {
				at += __builtin_ctzll(stop) / 8;
				break;
			}
			at += 8;
		}
		while (at < end && *at >= 0x20 && *at != '"' && *at != '\\')
			at++;
		if (at == end)
			return fail(s, "string without end");
		if (*at == '"')
			break;
		if (*at != '\\')
			return fail(s, "control character in a string");
		t->escaped = true;
		at++;
		if (at == end)
			return fail(s, "string without end");
		at++;                   /* whatever is escaped, a quote above all; may be the first byte of a sequence, which unescape refuses */
	}
	t->length = (size_t)(at - t->text);
	s->at = at + 1;
	return true;
}

static bool hex_unit(const uint8_t *at, const uint8_t *end, uint32_t *unit)
{
	*unit = 0;
	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		uint8_t c = at[i], lower = c | 0x20;
		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*unit = *unit << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* Appends what a token stands for. */
static bool put_token(struct scan *s, struct buffer *out, const struct token *t)
{
	static const char MEANS[128] = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['t'] = '\t', ['n'] = '\n', ['f'] = '\f', ['r'] = '\r' };
	if (!t->escaped) {
		put(out, t->text, t->length);
		return true;
	}
	const uint8_t *at = t->text, *end = at + t->length;
	while (at < end) {
		const uint8_t *plain = memchr(at, '\\', (size_t)(end - at));
		size_t run = (size_t)((plain ? plain : end) - at);
		put(out, at, run);
		at += run;
		if (at == end)
			break;
		uint32_t code, low;
		if (at[1] < 0x80 && MEANS[at[1]]) {
			put_byte(out, MEANS[at[1]]);
			at += 2;
			continue;
		}
		if (at[1] != 'u' || !hex_unit(at + 2, end, &code))
			return fail(s, "broken escape in a string");
		at += 6;
		if (code >= 0xd800 && code < 0xe000) {
			if (code >= 0xdc00 || end - at < 6 || at[0] != '\\' || at[1] != 'u' || !hex_unit(at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
				return fail(s, "lone surrogate in a string");
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			at += 6;
		}
		text_utf8_append(out, code);
	}
	return true;
}

/* The token's meaning as a run of bytes, in place or in scratch (valid until the next call). */
static bool plain_token(struct scan *s, struct token *t)
{
	if (!t->escaped)
		return true;
	buffer_clear(&s->scratch);
	if (!put_token(s, &s->scratch, t))
		return false;
	*t = (struct token){ .text = s->scratch.data, .length = s->scratch.length };
	return true;
}

/* What the grammar of RFC 8259 calls a number: how many bytes; 0: none. */
static size_t number_length(const uint8_t *text, const uint8_t *end, bool *integer)
{
	const uint8_t *at = text, *digits;
	*integer = true;
	if (at < end && *at == '-')
		at++;
	digits = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at == digits || (*digits == '0' && at - digits > 1))
		return 0;
	if (at < end && *at == '.') {
		digits = ++at;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
		if (at == digits)
			return 0;
		*integer = false;
	}
	if (at < end && (*at | 0x20) == 'e') {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		digits = at;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
		if (at == digits)
			return 0;
		*integer = false;
	}
	return (size_t)(at - text);
}

static bool number_token(struct scan *s, struct token *t, bool *integer)
{
	(void)peek(s);
	*t = (struct token){ .text = s->at, .length = number_length(s->at, s->end, integer) };
	s->at += t->length;
	return t->length || fail(s, "no value where one must be");
}

static bool word(struct scan *s, const char *text)
{
	size_t length = strlen(text);
	if ((size_t)(s->end - s->at) < length || memcmp(s->at, text, length) != 0)
		return fail(s, "no value where one must be");
	s->at += length;
	return true;
}

/* Canonical decimal, as buffer_decimal writes it. */
static bool decimal(const uint8_t *text, size_t length, uint64_t *v)
{
	*v = 0;
	if (length == 0 || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(*v, 10, v) || __builtin_add_overflow(*v, (uint64_t)(text[i] - '0'), v))
			return false;
	}
	return true;
}

/* An integer below 2^53 in both directions; "-0" is none, so that it comes out as it went in. */
static bool small_integer(const struct token *t, uint64_t *magnitude, bool *negative)
{
	*negative = t->length && t->text[0] == '-';
	return t->length <= NUMBER_DIGITS + 1 && decimal(t->text + *negative, t->length - *negative, magnitude) && *magnitude < UINT64_C(1) << 53 &&
	       !(*negative && *magnitude == 0);
}

static int hex_digit(uint8_t c, bool upper)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return upper && c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool put_unhexed(struct buffer *out, const uint8_t *text, size_t length, bool upper)
{
	size_t before = out->length;
	if (length % 2)
		return false;
	uint8_t *to = buffer_reserve(out, length / 2 + 1);
	for (size_t i = 0; i < length; i += 2) {
		int high = hex_digit(text[i], upper), low = hex_digit(text[i + 1], upper);
		if (high < 0 || low < 0) {
			out->length = before;
			return false;
		}
		*to++ = (uint8_t)(high << 4 | low);
	}
	out->length += length / 2;
	return true;
}

bool json_literal_check(const uint8_t *literal, size_t length)
{
	bool integer;
	return (length == 4 && memcmp(literal, "null", 4) == 0) || (length && number_length(literal, literal + length, &integer) == length);
}

/* ---- foreign values: copied in canonical form */

static bool copy_string(struct scan *s, struct buffer *out)
{
	struct token t;
	if (!string_token(s, &t) || !plain_token(s, &t))
		return false;
	json_put_string(out, t.text, t.length);
	return true;
}

/* Canonical form has one spelling a key, so keys are equal where their bytes in `out` are. Names above `first` belong to the object at hand. */
static void name_push(struct scan *s, size_t at, size_t length)
{
	struct frame_name name = { .length = length, .index = at };
	buffer_append(&s->names, &name, sizeof name);
}

static bool names_differ(struct scan *s, const struct buffer *out, size_t first)
{
	size_t count = (s->names.length - first) / sizeof(struct frame_name);
	if (count < 2)
		return true;
	struct frame_name *name = (struct frame_name *)(void *)(s->names.data + first);
	for (size_t i = 0; i < count; i++)
		name[i].text = out->data + name[i].index;
	if (count > NAMES_FEW)
		frame_names_sort(name, count);
	for (size_t i = 1; i < count; i++)
		for (size_t j = count > NAMES_FEW ? i - 1 : 0; j < i; j++)
			if (frame_names_equal(&name[i], &name[j]))
				return fail(s, "double key");
	return true;
}

static bool copy_value(struct scan *s, struct buffer *out, unsigned depth);

static bool copy_entries(struct scan *s, struct buffer *out, unsigned depth)
{
	uint8_t opening = *s->at++, closing = opening == '{' ? '}' : ']';
	size_t first = s->names.length;
	if (depth == FOREIGN_DEPTH)
		return fail(s, "nested too deep");
	put_byte(out, (char)opening);
	if (!take(s, closing))
		for (;;) {
			if (opening == '{') {
				size_t at = out->length;
				if (!copy_string(s, out))
					return false;
				name_push(s, at, out->length - at);
				if (!take(s, ':'))
					return fail(s, "no colon after a key");
				put_byte(out, ':');
			}
			if (!copy_value(s, out, depth + 1))
				return false;
			if (take(s, closing))
				break;
			if (!take(s, ','))
				return fail(s, "neither comma nor end after a value");
			put_byte(out, ',');
		}
	put_byte(out, (char)closing);
	bool differ = names_differ(s, out, first);
	s->names.length = first;
	return differ;
}

static bool copy_value(struct scan *s, struct buffer *out, unsigned depth)
{
	static const char *const WORDS[] = { "true", "false", "null" };
	struct token t;
	bool integer;
	uint8_t c = peek(s);
	if (c == '"')
		return copy_string(s, out);
	if (c == '{' || c == '[')
		return copy_entries(s, out, depth);
	for (int i = 0; i < 3; i++)
		if (c == (uint8_t)WORDS[i][0]) {
			buffer_text(out, WORDS[i]);
			return word(s, WORDS[i]);
		}
	if (!number_token(s, &t, &integer))
		return false;
	put(out, t.text, t.length);
	return true;
}

static void scan_free(struct scan *s)
{
	buffer_free(&s->scratch);
	buffer_free(&s->names);
}

/* Steps through the members of a canonical object, whose braces are not in [*at, end). */
struct member { const uint8_t *key, *value, *next; size_t key_length; };

static bool member_next(const uint8_t *at, const uint8_t *end, struct member *m)
{
	unsigned depth = 0;
	if (at < end && *at == ',')
		at++;
	if (at >= end)
		return false;
	*m = (struct member){ .key = at };
	for (bool string = false; at < end; at++) {
		if (string) {
			if (*at == '\\')
				at++;
			else if (*at == '"')
				string = false;
		} else if (*at == '"')
			string = true;
		else if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		else if (*at == ':' && !m->value) {
			m->key_length = (size_t)(at - m->key);
			m->value = at + 1;
		} else if (*at == ',' && depth == 0)
			break;
	}
	m->next = at;
	return true;
}

/* The field with this key; searched from `hint` on and around. RECORD_FIELDS: none. INTERNAL fields have no key in JSON. */
static unsigned field_find(const uint8_t *key, size_t length, unsigned hint)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		unsigned from = pass ? 0 : hint, to = pass ? hint : RECORD_FIELDS;
		for (unsigned f = from; f < to; f++)
			if (json_keys[f].key_length == length && memcmp(json_keys[f].text + 2, key, length) == 0)
				return json_keys[f].kind == VALUE_INTERNAL ? RECORD_FIELDS : f;
	}
	return RECORD_FIELDS;
}

/* The field whose "_raw" key this is. */
static unsigned raw_field_find(const uint8_t *key, size_t length)
{
	if (length < 5 || memcmp(key + length - 4, "_raw", 4) != 0)
		return RECORD_FIELDS;
	unsigned f = field_find(key, length - 4, 0);
	return f < RECORD_FIELDS && json_keys[f].kind == VALUE_TEXT ? f : RECORD_FIELDS;
}

static unsigned type_find(const uint8_t *name, size_t length)
{
	for (unsigned type = 0; type < RECORD_FOREIGN; type++) {
		const char *known = record_type_name(type);
		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return type;
	}
	return RECORD_FOREIGN;
}

static bool members_allowed(const uint8_t *at, const uint8_t *end, bool foreign)
{
	struct member m;
	bool typed = false;
	for (; member_next(at, end, &m); at = m.next) {
		const uint8_t *key = m.key + 1;
		size_t length = m.key_length - 2;
		if (!foreign && (field_find(key, length, 0) < RECORD_FIELDS || raw_field_find(key, length) < RECORD_FIELDS))
			return false;
		if (length == 4 && memcmp(key, "type", 4) == 0)
			typed = *m.value == '"' && type_find(m.value + 1, (size_t)(m.next - m.value) - 2) == RECORD_FOREIGN;
	}
	return !foreign || typed;
}

/* EXTRA holds members without braces, or (foreign) a whole object; only in the form that the reader gives it. */
const char *json_extra_check(const uint8_t *extra, size_t length, bool foreign)
{
	if (length == 0 || !text_is_utf8(extra, length))
		return "unknown keys are not UTF-8";
	struct buffer given = { 0 }, canonical = { 0 };
	if (!foreign)
		put_byte(&given, '{');
	put(&given, extra, length);
	if (!foreign)
		put_byte(&given, '}');
	struct scan s = { .at = given.data, .end = given.data + given.length };
	bool right = *given.data == '{' && copy_value(&s, &canonical, 0) && canonical.length == given.length &&
	             memcmp(canonical.data, given.data, given.length) == 0 && members_allowed(given.data + 1, given.data + given.length - 1, foreign);
	scan_free(&s);
	buffer_free(&given);
	buffer_free(&canonical);
	return right ? NULL : "unknown keys are not as the reader leaves them";
}

void json_extra_merge(struct buffer *out, const struct record_value *base, const struct record_value *changes)
{
	struct member m, other;
	const uint8_t *end = base->bytes + base->length, *changes_end = changes->bytes + changes->length;
	for (const uint8_t *at = base->bytes; member_next(at, end, &m); at = m.next) {
		bool replaced = false;
		for (const uint8_t *in = changes->bytes; member_next(in, changes_end, &other); in = other.next)
			replaced |= other.key_length == m.key_length && memcmp(other.key, m.key, m.key_length) == 0;
		if (replaced)
			continue;
		put(out, m.key, (size_t)(m.next - m.key));
		put_byte(out, ',');
	}
	put(out, changes->bytes, changes->length);
}

/* ---- known keys: straight into the frame */

static bool read_entries(struct scan *s, struct buffer *out, unsigned depth);

static bool read_entry(struct scan *s, struct buffer *out, unsigned depth)
{
	struct token t;
	uint64_t magnitude;
	bool negative, integer;
	uint8_t c = peek(s);
	size_t at;
	switch (c) {
	case '"':
		at = frame_entry(out, VALUE_TEXT);
		if (!string_token(s, &t) || !put_token(s, out, &t))
			return false;
		break;
	case '{':
	case '[':
		at = frame_entry(out, c == '{' ? VALUE_MAP : VALUE_LIST);
		if (!read_entries(s, out, depth + 1))
			return false;
		break;
	case 't':
	case 'f':
		at = frame_entry(out, VALUE_FLAG);
		put_byte(out, c == 't');
		if (!word(s, c == 't' ? "true" : "false"))
			return false;
		break;
	case 'n':
		at = frame_entry(out, VALUE_LITERAL);
		put(out, "null", 4);
		if (!word(s, "null"))
			return false;
		break;
	default:
		if (!number_token(s, &t, &integer))
			return false;
		if (integer && small_integer(&t, &magnitude, &negative)) {
			at = frame_entry(out, negative ? VALUE_SIGNED : VALUE_NUMBER);
			buffer_u64le(out, negative ? 0 - magnitude : magnitude);
		} else {
			at = frame_entry(out, VALUE_LITERAL);
			put(out, t.text, t.length);
		}
	}
	frame_close(out, at);
	return true;
}

struct map_entry { size_t key_at, key_length, value_at; };

/* "k":TEXT,"k_raw":"hex" is how a map shows a LOSSY value. Joins the two where they stand like that; the same bytes come out again either way. */
static void join_raw(struct buffer *out, const struct map_entry *shown, const struct map_entry *raw)
{
	uint8_t *data = out->data;
	size_t hex = out->length - raw->value_at, value = raw->key_at - 2 - shown->value_at;
	if (data[shown->value_at - 6] != VALUE_TEXT || data[raw->value_at - 6] != VALUE_TEXT || hex == 0 || raw->key_length != shown->key_length + 4 ||
	    memcmp(data + raw->key_at, data + shown->key_at, shown->key_length) != 0 || memcmp(data + raw->key_at + shown->key_length, "_raw", 4) != 0)
		return;
	struct buffer bytes = { 0 };
	if (put_unhexed(&bytes, data + raw->value_at, hex, false)) {
		out->length = shown->value_at + value;
		buffer_u32le(out, 0);
		memmove(out->data + shown->value_at + 4, out->data + shown->value_at, value);
		out->length = shown->value_at;
		buffer_u32le(out, (uint32_t)value);
		out->length += value;
		buffer_append(out, bytes.data, bytes.length);
		out->data[shown->value_at - 6] = VALUE_LOSSY;
		frame_close(out, shown->value_at);
	}
	buffer_free(&bytes);
}

static bool read_entries(struct scan *s, struct buffer *out, unsigned depth)
{
	bool map = *s->at++ == '{';
	uint8_t closing = map ? '}' : ']';
	size_t start = out->length;
	struct map_entry last = { 0 };
	struct token t;
	if (depth > RECORD_DEPTH)
		return fail(s, "lists and maps nested too deep");
	if (take(s, closing))
		return true;
	for (;;) {
		struct map_entry entry = { .key_at = out->length + 2 };
		if (map) {
			buffer_u16le(out, 0);
			if (!string_token(s, &t) || !put_token(s, out, &t))
				return false;
			entry.key_length = out->length - entry.key_at;
			if (entry.key_length > MAP_KEY_MAX)
				return fail(s, "key too long");
			out->data[entry.key_at - 2] = (uint8_t)entry.key_length;
			out->data[entry.key_at - 1] = (uint8_t)(entry.key_length >> 8);
			if (!take(s, ':'))
				return fail(s, "no colon after a key");
		}
		entry.value_at = out->length + 6;
		if (!read_entry(s, out, depth))
			return false;
		if (map && last.value_at)
			join_raw(out, &last, &entry);
		last = entry;
		if (take(s, closing))
			break;
		if (!take(s, ','))
			return fail(s, "neither comma nor end after a value");
	}
	return !map || frame_map_keys_differ(out->data + start, out->length - start) || fail(s, "double key");
}

struct pending_raw { unsigned field; const uint8_t *hex; size_t length; };

struct reading {
	struct scan s;
	struct buffer *out;
	size_t start;                           /* of the frame */
	unsigned type;                          /* RECORD_TYPES: not seen */
	uint64_t seen[(RECORD_FIELDS + 63) / 64];
	struct buffer extra;
	struct buffer raws;                     /* struct pending_raw: "_raw" keys, whose text may yet come */
	size_t time_at, precision_at, zone_at;  /* where these values are; 0: not seen */
};

static bool mark_seen(struct reading *r, unsigned f)
{
	uint64_t bit = UINT64_C(1) << (f % 64);
	if (r->seen[f / 64] & bit)
		return fail(&r->s, "double key");
	r->seen[f / 64] |= bit;
	return true;
}

static bool read_time(struct reading *r, unsigned f)
{
	struct token t;
	struct timestamp time;
	if (!string_token(&r->s, &t) || !plain_token(&r->s, &t))
		return false;
	if (!time_parse((const char *)t.text, t.length, &time) || !frame_time_in_range(time.seconds, time.nanoseconds))
		return fail(&r->s, "no time where one must be");
	size_t at = frame_field(r->out, f, VALUE_TIME);
	buffer_u64le(r->out, (uint64_t)time.seconds);
	buffer_u32le(r->out, time.nanoseconds);
	buffer_byte(r->out, time.precision);
	buffer_byte(r->out, TIME_ZONE_UTC);
	frame_close(r->out, at);
	if (f == F_TIME)
		r->time_at = at;
	return true;
}

static bool read_field(struct reading *r, unsigned f)
{
	static const char wrong_kind[] = "value is of the wrong kind";
	struct scan *s = &r->s;
	struct buffer *out = r->out;
	struct token t;
	uint64_t n;
	bool negative, integer;
	enum value_kind kind = json_keys[f].kind;
	size_t at;
	uint8_t c = peek(s);
	switch (kind) {
	case VALUE_TEXT:
		at = frame_field(out, f, kind);
		if (c != '"')
			return fail(s, wrong_kind);
		if (!string_token(s, &t) || !put_token(s, out, &t))
			return false;
		if (f == F_PRECISION)
			r->precision_at = at;
		else if (f == F_ZONE)
			r->zone_at = at;
		break;
	case VALUE_TIME:
		return read_time(r, f);
	case VALUE_BIG:
	case VALUE_HEX:
		at = frame_field(out, f, kind);
		if (c != '"')
			return fail(s, wrong_kind);
		if (!string_token(s, &t) || !plain_token(s, &t))
			return false;
		if (kind == VALUE_BIG ? !decimal(t.text, t.length, &n) : !put_unhexed(out, t.text, t.length, true))
			return fail(s, wrong_kind);
		if (kind == VALUE_BIG)
			buffer_u64le(out, n);
		break;
	case VALUE_NUMBER:
	case VALUE_SIGNED:
		at = frame_field(out, f, kind);
		if (!number_token(s, &t, &integer))
			return false;
		if (!integer || !small_integer(&t, &n, &negative) || (negative && kind == VALUE_NUMBER))
			return fail(s, wrong_kind);
		buffer_u64le(out, negative ? 0 - n : n);
		break;
	case VALUE_FLAG:
		at = frame_field(out, f, kind);
		put_byte(out, c == 't');
		if (!word(s, c == 't' ? "true" : "false"))
			return fail(s, wrong_kind);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		at = frame_field(out, f, kind);
		if (c != (kind == VALUE_MAP ? '{' : '['))
			return fail(s, wrong_kind);
		if (!read_entries(s, out, 1))
			return false;
		break;
	default:
		return fail(s, wrong_kind);
	}
	frame_close(out, at);
	return true;
}

static bool read_type(struct reading *r)
{
	struct token t;
	if (!string_token(&r->s, &t) || !plain_token(&r->s, &t))
		return false;
	r->type = type_find(t.text, t.length);
	return r->type != RECORD_FOREIGN || fail(&r->s, "unknown type");
}

static bool read_raw(struct reading *r, unsigned f)
{
	struct token t;
	if (!string_token(&r->s, &t))
		return false;
	for (size_t at = 0; at < r->raws.length; at += sizeof(struct pending_raw))
		if (((const struct pending_raw *)(const void *)(r->raws.data + at))->field == f)
			return fail(&r->s, "double key");
	if (t.escaped || t.length == 0 || f == F_LOCATOR || f == F_PRECISION || f == F_ZONE || f == F_TYPE)
		return fail(&r->s, "raw bytes where there can be none");
	struct pending_raw raw = { f, t.text, t.length };
	buffer_append(&r->raws, &raw, sizeof raw);
	return true;
}

static bool read_unknown(struct reading *r, const struct token *key)
{
	if (r->extra.length)
		put_byte(&r->extra, ',');
	size_t at = r->extra.length;
	json_put_string(&r->extra, key->text, key->length);
	name_push(&r->s, at, r->extra.length - at);
	put_byte(&r->extra, ':');
	return copy_value(&r->s, &r->extra, 1);
}

static bool read_member(struct reading *r, unsigned *hint)
{
	struct token key;
	if (!string_token(&r->s, &key) || !plain_token(&r->s, &key))
		return false;
	if (peek(&r->s) != ':')
		return fail(&r->s, "no colon after a key");
	r->s.at++;
	unsigned f = field_find(key.text, key.length, *hint);
	if (f == RECORD_FIELDS) {
		unsigned base = raw_field_find(key.text, key.length);
		return base < RECORD_FIELDS ? read_raw(r, base) : read_unknown(r, &key);
	}
	*hint = f + 1;
	return mark_seen(r, f) && (f == F_TYPE ? read_type(r) : read_field(r, f));
}

static size_t length_at(const struct buffer *out, size_t value_at)
{
	const uint8_t *p = out->data + value_at - 4;
	return p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* Where the value of the first field begins that is f, or (RECORD_FIELDS) of this kind, at or behind the field header at `from`; 0: none. */
static size_t field_at(const struct reading *r, size_t from, unsigned f, enum value_kind kind)
{
	const uint8_t *data = r->out->data;
	for (size_t at = from; at < r->out->length; at += 8 + length_at(r->out, at + 8))
		if (f == RECORD_FIELDS ? data[at + 2] == kind : (data[at] | (unsigned)data[at + 1] << 8) == f)
			return at + 8;
	return 0;
}

/* Makes a TEXT field LOSSY by taking it out and putting it at the end. */
static bool apply_raw(struct reading *r, const struct pending_raw *raw)
{
	struct buffer *out = r->out, value = { 0 };
	size_t at = field_at(r, r->start + 6, raw->field, 0);
	if (!at)
		return fail(&r->s, "raw bytes without their text");
	size_t length = length_at(out, at);
	buffer_append(&value, out->data + at, length);
	memmove(out->data + at - 8, out->data + at + length, out->length - at - length);
	out->length -= 8 + length;
	at = frame_field(out, raw->field, VALUE_LOSSY);
	buffer_u32le(out, (uint32_t)length);
	buffer_append(out, value.data, length);
	buffer_free(&value);
	if (!put_unhexed(out, raw->hex, raw->length, true))
		return fail(&r->s, "raw bytes are not hexadecimal");
	frame_close(out, at);
	return true;
}

static bool value_is(const struct reading *r, size_t at, const char *text)
{
	size_t length = strlen(text);
	return length_at(r->out, at) == length && memcmp(r->out->data + at, text, length) == 0;
}

/* Precision and zone stand beside the time in JSON, and in it in frames. */
static bool apply_precision(struct reading *r)
{
	uint8_t *data = r->out->data;
	if (r->zone_at && value_is(r, r->zone_at, "local"))
		for (size_t at = r->start + 6; (at = field_at(r, at, RECORD_FIELDS, VALUE_TIME)) != 0; at += length_at(r->out, at))
			data[at + 13] = TIME_LOCAL;
	if (!r->precision_at || !r->time_at)
		return true;
	for (enum time_precision p = TIME_NS; p <= TIME_DAY; p++)
		if (value_is(r, r->precision_at, time_precision_name(p))) {
			data[r->time_at + 12] = (uint8_t)p;
			return true;
		}
	return fail(&r->s, "unknown precision");
}

static bool read_known(struct reading *r)
{
	struct scan *s = &r->s;
	unsigned hint = 0;
	buffer_u32le(r->out, 0);
	buffer_u16le(r->out, 0);
	if (!take(s, '{'))
		return fail(s, "not an object");
	if (!take(s, '}'))
		for (;;) {
			if (!read_member(r, &hint))
				return false;
			if (take(s, '}'))
				break;
			if (!take(s, ','))
				return fail(s, "neither comma nor end after a value");
		}
	if (peek(s) != 0 || s->at != s->end)
		return fail(s, "more behind the object");
	if (r->type == RECORD_TYPES)
		return fail(s, "no type");
	if (!names_differ(s, &r->extra, 0) || !apply_precision(r))
		return false;
	for (size_t at = 0; at < r->raws.length; at += sizeof(struct pending_raw))
		if (!apply_raw(r, (const struct pending_raw *)(const void *)(r->raws.data + at)))
			return false;
	if (r->extra.length) {
		size_t at = frame_field(r->out, F_EXTRA, VALUE_INTERNAL);
		buffer_append(r->out, r->extra.data, r->extra.length);
		frame_close(r->out, at);
	}
	r->out->data[r->start + 4] = (uint8_t)r->type;
	return true;
}

static bool read_foreign(struct reading *r, const uint8_t *line, size_t length)
{
	struct scan *s = &r->s;
	s->at = line;
	s->end = line + length;
	s->names.length = 0;
	r->out->length = r->start;
	buffer_u32le(r->out, 0);
	buffer_u16le(r->out, RECORD_FOREIGN);
	size_t at = frame_field(r->out, F_EXTRA, VALUE_INTERNAL);
	buffer_clear(&r->extra);
	if (peek(s) != '{')
		return fail(s, "not an object");
	if (!copy_value(s, &r->extra, 0))
		return false;
	if (peek(s) != 0 || s->at != s->end)
		return fail(s, "more behind the object");
	if (!members_allowed(r->extra.data + 1, r->extra.data + r->extra.length - 1, true))
		return fail(s, "no type");
	buffer_append(r->out, r->extra.data, r->extra.length);
	frame_close(r->out, at);
	return true;
}

const char *record_from_json(struct buffer *out, const char *line, size_t length)
{
	if (length > RECORD_LENGTH_MAX)
		return "line is longer than a record may be";
	if (!text_is_utf8(line, length))
		return "line is not UTF-8";
	struct reading r = {
		.s = { .at = (const uint8_t *)line, .end = (const uint8_t *)line + length }, .out = out, .start = out->length, .type = RECORD_TYPES
	};
	const char *wrong = NULL;
	if (!read_known(&r)) {
		wrong = r.s.wrong;
		if (r.type >= RECORD_FOREIGN && read_foreign(&r, (const uint8_t *)line, length))
			wrong = NULL;
		else if (r.type == RECORD_FOREIGN)
			wrong = r.s.wrong;
	}
	if (!wrong && out->length - r.start > RECORD_LENGTH_MAX)
		wrong = "record is longer than a frame may be";
	if (wrong)
		out->length = r.start;
	else
		frame_close(out, r.start + 4);
	scan_free(&r.s);
	buffer_free(&r.extra);
	buffer_free(&r.raws);
	return wrong;
}
