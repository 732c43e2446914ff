/* SPDX-License-Identifier: Apache-2.0 */
/* json_write.c: records as JSON Lines, out (RFC 8259, the canonical subset of spoor-records(5)).
 *
 * Writing never lets a byte through that acts on a terminal or reorders text, and never writes what a reader of the field stumbles over (lone
 * surrogates, double keys, numbers beyond 2^53: jq 1.6, jansson, Python). Strings are walked in blocks (tests/bench/json.c shows what that gives). */
#include "record/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const struct json_key json_keys[RECORD_FIELDS] = {
#define RECORD(id, name, about)
#define FIELD(id, key, kind, about) [F_##id] = { ",\"" key "\":", sizeof key + 3, sizeof key - 1, VALUE_##kind },
#define USES(record, field, need)
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
};

static void put_key(struct buffer *out, enum record_field f)
{
	memcpy(buffer_reserve(out, KEY_ROOM), json_keys[f].text, KEY_ROOM);
	out->length += json_keys[f].length;
}

/* Any of eight bytes a control, quote, backslash, DEL or not ASCII? */
static inline bool eight_need_care(uint64_t w)
{
	uint64_t controls = (w - repeated(0x20)) & ~w;
	return ((controls | w) & UINT64_C(0x8080808080808080)) || (zero_bytes(w ^ repeated('"')) | zero_bytes(w ^ repeated('\\')) | zero_bytes(w ^ repeated(0x7f)));
}

/* Copies from *s while that needs no care and a block is left; returns where the copy ends. */
#ifdef __SSE2__
enum { BLOCK = 16 };
static inline unsigned need_care(__m128i w)
{
	__m128i low = _mm_cmplt_epi8(w, _mm_set1_epi8(0x20));   /* signed: all that is not ASCII too */
	__m128i marks = _mm_or_si128(_mm_cmpeq_epi8(w, _mm_set1_epi8('"')), _mm_cmpeq_epi8(w, _mm_set1_epi8('\\')));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, marks), _mm_cmpeq_epi8(w, _mm_set1_epi8(0x7f))));
}

static inline uint8_t *copy_plain(uint8_t *to, const uint8_t **s, const uint8_t *end)
{
	const uint8_t *at = *s;
	while (end - at >= BLOCK) {
		__m128i w = _mm_loadu_si128((const __m128i *)(const void *)at);
		_mm_storeu_si128((__m128i *)(void *)to, w);
		unsigned care = need_care(w), plain = care ? (unsigned)__builtin_ctz(care) : BLOCK;
		at += plain;
		to += plain;
		if (care)
			break;
	}
	*s = at;
	return to;
}
#else
enum { BLOCK = 8 };
static inline uint8_t *copy_plain(uint8_t *to, const uint8_t **s, const uint8_t *end)
{
	uint64_t w;
	for (; end - *s >= BLOCK; *s += BLOCK, to += BLOCK) {
		memcpy(&w, *s, BLOCK);
		memcpy(to, &w, BLOCK);
		if (eight_need_care(w))
			break;
	}
	return to;
}
#endif

/* Bytes that must be looked at: the ASCII ones that are escaped, and the first bytes of all sequences that text_is_dangerous may name. */
static const bool SUSPECT[256] = {
	[0 ... 0x1f] = true, ['"'] = true, ['\\'] = true, [0x7f] = true, [0xc2] = true, [0xd8] = true, [0xe2] = true, [0xef] = true, [0xf0 ... 0xf4] = true,
};

static uint8_t *put_unit(uint8_t *to, uint32_t unit)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t escape[6] = { '\\', 'u', (uint8_t)digit[unit >> 12 & 15], (uint8_t)digit[unit >> 8 & 15], (uint8_t)digit[unit >> 4 & 15], (uint8_t)digit[unit & 15] };
	memcpy(to, escape, sizeof escape);
	return to + sizeof escape;
}

static uint8_t *put_escape(uint8_t *to, uint32_t code)
{
	static const char SHORT[128] = { ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
	if (code < sizeof SHORT && SHORT[code]) {
		*to++ = '\\';
		*to++ = (uint8_t)SHORT[code];
		return to;
	}
	if (code < 0x10000)
		return put_unit(to, code);
	to = put_unit(to, 0xd800 + ((code - 0x10000) >> 10));
	return put_unit(to, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

static uint8_t *put_careful(struct buffer *out, uint8_t *to, const uint8_t **s, const uint8_t *end);

/* There is always room for what is left, a quote, and the bytes that a block copy may write too far. */
void json_put_string(struct buffer *out, const uint8_t *s, size_t length)
{
	const uint8_t *start = s, *end = length ? s + length : s;
	uint8_t *to = buffer_reserve(out, length + 32);
	uint64_t w;
	*to++ = '"';
	while (s < end) {
		to = copy_plain(to, &s, end);
		if (BLOCK > 8 && end - s >= 8 && end - s < BLOCK) {
			memcpy(&w, s, 8);
			memcpy(to, &w, 8);
			if (!eight_need_care(w)) {
				s += 8;
				to += 8;
				continue;
			}
		} else if (s < end && end - s < 8 && s - start >= 8) {         /* the rest, as the end of a block that overlaps bytes which stand there just so */
			memcpy(&w, end - 8, 8);
			if (!eight_need_care(w)) {
				memcpy(to - 8 + (end - s), &w, 8);
				to += end - s;
				break;
			}
		}
		to = put_careful(out, to, &s, end);
	}
	*to++ = '"';
	out->length = (size_t)(to - out->data);
}

/* Characters one by one while they need care or are not ASCII; where no block is left, eight at least. */
static uint8_t *put_careful(struct buffer *out, uint8_t *to, const uint8_t **s, const uint8_t *end)
{
	const uint8_t *at = *s;
	int least = BLOCK > 8 && end - at >= BLOCK ? 0 : 8;
	for (int i = 0; at < end && (i < least || *at >= 0x80 || SUSPECT[*at]); i++) {
		if (!SUSPECT[*at]) {
			*to++ = *at++;
			continue;
		}
		if (*at < 0x80) {
			to = put_escape(to, *at++);
		} else {
			const uint8_t *from = at;
			uint32_t code = text_utf8_next(&at, end);
			if (!text_is_dangerous(code)) {
				while (from < at)
					*to++ = *from++;
				continue;
			}
			to = put_escape(to, code);
		}
		out->length = (size_t)(to - out->data);
		to = buffer_reserve(out, (size_t)(end - at) + 32);
	}
	*s = at;
	return to;
}

static void put_hex(struct buffer *out, const uint8_t *bytes, size_t length)
{
	put_byte(out, '"');
	buffer_hex(out, bytes, length);
	put_byte(out, '"');
}

static void put_value(struct buffer *out, const struct record_value *v);

/* The shown half of a LOSSY value; the raw half comes behind a key of its own. */
static void put_raw(struct buffer *out, const struct record_value *v)
{
	size_t shown;
	(void)record_value_text(v, &shown);
	put_hex(out, v->bytes + 4 + shown, v->length - 4 - shown);
}

static void put_entries(struct buffer *out, const struct record_value *v)
{
	bool map = v->kind == VALUE_MAP;
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, start = out->length;
	while (record_next(v, &at, &key, &key_length, &value)) {
		put_byte(out, ',');
		if (map) {
			json_put_string(out, (const uint8_t *)key, key_length);
			put_byte(out, ':');
		}
		put_value(out, &value);
		if (value.kind == VALUE_LOSSY) {
			put_byte(out, ',');
			json_put_string(out, (const uint8_t *)key, key_length);
			out->length--;
			put(out, "_raw\":", 6);
			put_raw(out, &value);
		}
	}
	if (out->length == start)
		put_byte(out, ',');
	out->data[start] = map ? '{' : '[';
	put_byte(out, map ? '}' : ']');
}

/* The depth is that of a checked frame. */
static void put_value(struct buffer *out, const struct record_value *v)
{
	struct timestamp t;
	size_t length;
	switch (v->kind) {
	case VALUE_TEXT:
	case VALUE_LOSSY: {
		const char *text = record_value_text(v, &length);
		json_put_string(out, (const uint8_t *)text, length);
		break;
	}
	case VALUE_BIG:
		put_byte(out, '"');
		buffer_decimal(out, record_value_number(v));
		put_byte(out, '"');
		break;
	case VALUE_NUMBER:
		buffer_decimal(out, record_value_number(v));
		break;
	case VALUE_SIGNED: {
		int64_t n = (int64_t)record_value_number(v);
		if (n < 0)
			put_byte(out, '-');
		buffer_decimal(out, (uint64_t)(n < 0 ? -n : n));
		break;
	}
	case VALUE_FLAG:
		if (record_value_number(v))
			put(out, "true", 4);
		else
			put(out, "false", 5);
		break;
	case VALUE_TIME:
		put_byte(out, '"');
		if (record_value_time(v, &t))
			time_format(out, &t);
		put_byte(out, '"');
		break;
	case VALUE_HEX:
		put_hex(out, v->bytes, v->length);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		put_entries(out, v);
		break;
	default:
		put(out, v->bytes, v->length);
	}
}

void record_to_json(struct buffer *out, const struct record_view *v)
{
	record_to_json_marked(out, v, RECORD_FIELDS, NULL, NULL);
}

void record_to_json_marked(struct buffer *out, const struct record_view *v, enum record_field mark, size_t *mark_at, size_t *mark_length)
{
	size_t start = out->length;
	if (v->type == RECORD_FOREIGN) {
		put(out, v->field[F_EXTRA].bytes, v->field[F_EXTRA].length);
		put_byte(out, '\n');
		return;
	}
	for (unsigned block = 0; block < sizeof v->present / sizeof *v->present; block++) {
		uint64_t bits = v->present[block];
		if (block == 0)         /* these may be there without being in the frame */
			bits |= UINT64_C(1) << F_TYPE | (uint64_t)record_has(v, F_PRECISION) << F_PRECISION | (uint64_t)record_has(v, F_ZONE) << F_ZONE;
		for (; bits; bits &= bits - 1) {
			enum record_field f = (enum record_field)(block * 64 + (unsigned)__builtin_ctzll(bits));
			const struct record_value *value = &v->field[f];
			if (value->kind == VALUE_INTERNAL)
				continue;
			put_key(out, f);
			if (value->kind == VALUE_TEXT) {
				json_put_string(out, value->bytes, value->length);
				continue;
			}
			size_t at = out->length;
			put_value(out, value);
			if (f == mark) {
				*mark_at = at;
				*mark_length = out->length - at;
			}
			if (value->kind == VALUE_LOSSY) {
				put_key(out, f);
				out->length -= 2;
				put(out, "_raw\":", 6);
				put_raw(out, value);
			}
		}
	}
	if (record_has(v, F_EXTRA)) {
		put_byte(out, ',');
		put(out, v->field[F_EXTRA].bytes, v->field[F_EXTRA].length);
	}
	out->data[start] = '{';
	put(out, "}\n", 2);
}

_Static_assert(F_TYPE < 64 && F_PRECISION < 64 && F_ZONE < 64, "record_to_json adds these to the first block of bits");
