/* SPDX-License-Identifier: Apache-2.0 */
/* evtx_value.c: the values of binary XML (MS-EVEN6 2.2.12) as typed values of a record, and as text.
 *
 * The instance's type counts, not the template's. A size that does not fit its type gives the bytes as hex, never a loss. Strings end at the first NUL, as Windows shows
 * them; where something other than NULs follows, the raw bytes are kept. Nearly all strings are ASCII in UTF-16: those are narrowed sixteen units at a time
 * (tests/bench/evtx.c shows what that gives). */
#include "reader/evtx_inside.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { ENTRY = 6, RAW_MOST = EVTX_CHUNK };

static const uint8_t SIZES[32] = {
	[EVTX_INT8] = 1, [EVTX_UINT8] = 1, [EVTX_INT16] = 2, [EVTX_UINT16] = 2, [EVTX_INT32] = 4, [EVTX_UINT32] = 4, [EVTX_INT64] = 8, [EVTX_UINT64] = 8, [EVTX_REAL32] = 4,
	[EVTX_REAL64] = 8, [EVTX_BOOL] = 4, [EVTX_GUID] = 16, [EVTX_FILETIME] = 8, [EVTX_SYSTEMTIME] = 16, [EVTX_HEX32] = 4, [EVTX_HEX64] = 8,
};

/* A value whose size is not its type's is shown as its bytes. Truth is also written in one byte. */
static bool size_fits(uint8_t type, uint32_t size)
{
	return type >= sizeof SIZES || !SIZES[type] || size == SIZES[type] || (type == EVTX_BOOL && size == 1);
}

static const char HEX[] = "0123456789abcdef";

static uint64_t little(const uint8_t *p, size_t size)
{
	uint64_t v = 0;
	switch (size) {
	case 8:
		memcpy(&v, p, 8);
		return le64toh(v);
	case 4: {
		uint32_t w;
		memcpy(&w, p, 4);
		return le32toh(w);
	}
	default:
		for (size_t i = 0; i < size && i < 8; i++)
			v |= (uint64_t)p[i] << (8 * i);
		return v;
	}
}

uint64_t evtx_number(const struct evtx_value *v)
{
	switch (v->type) {
	case EVTX_UTF8: {
		uint64_t n = 0;
		for (uint32_t i = 0; i < v->size && i < 19 && v->bytes[i] >= '0' && v->bytes[i] <= '9'; i++)
			n = n * 10 + (uint64_t)(v->bytes[i] - '0');
		return n;
	}
	case EVTX_STRING: {
		uint64_t n = 0;
		for (uint32_t i = 0; i + 1 < v->size && i < 38 && v->bytes[i] >= '0' && v->bytes[i] <= '9' && !v->bytes[i + 1]; i += 2)
			n = n * 10 + (uint64_t)(v->bytes[i] - '0');
		return n;
	}
	case EVTX_INT8: case EVTX_UINT8: case EVTX_INT16: case EVTX_UINT16: case EVTX_INT32: case EVTX_UINT32: case EVTX_INT64: case EVTX_UINT64: case EVTX_SIZE:
	case EVTX_FILETIME: case EVTX_HEX32: case EVTX_HEX64: case EVTX_BOOL:
		return v->size <= 8 ? little(v->bytes, v->size) : 0;
	default:
		return 0;
	}
}

static inline uint8_t *room(struct buffer *out, size_t more)
{
	return buffer_reserve(out, more);
}

/* ASCII units up to the first that is none, or NUL, or `units`; returns how many. Sixteen bytes more than the result may be written. */
static size_t narrow(uint8_t *to, const uint8_t *from, size_t units)
{
	size_t i = 0;
#ifdef __SSE2__
	const __m128i high = _mm_set1_epi16((short)0xff80), zero = _mm_setzero_si128();
	for (; i + 8 <= units; i += 8) {
		__m128i w = _mm_loadu_si128((const __m128i *)(const void *)(from + 2 * i));
		__m128i odd = _mm_or_si128(_mm_cmpeq_epi16(w, zero), _mm_xor_si128(_mm_cmpeq_epi16(_mm_and_si128(w, high), zero), _mm_set1_epi16(-1)));
		_mm_storel_epi64((__m128i *)(void *)(to + i), _mm_packus_epi16(w, w));
		unsigned stop = (unsigned)_mm_movemask_epi8(odd);
		if (stop)
			return i + (unsigned)__builtin_ctz(stop) / 2;
	}
#endif
	for (; i < units; i++) {
		if (from[2 * i + 1] || from[2 * i] == 0 || from[2 * i] >= 0x80)
			return i;
		to[i] = from[2 * i];
	}
	return i;
}

/* Appends the string up to its first NUL; *lossy: something is not shown by it. */
static void put_string(struct buffer *out, const uint8_t *bytes, size_t size, bool *lossy)
{
	size_t units = size / 2;
	uint8_t *to = room(out, units + 32);
	size_t done = narrow(to, bytes, units);
	out->length += done;
	if (done == units) {
		*lossy |= size & 1;
		return;
	}
	size_t shown = done;
	if (bytes[2 * done] | bytes[2 * done + 1]) {
		shown = done + text_utf16_length(bytes + 2 * done, (units - done) * 2);
		if (text_to_utf8(out, bytes + 2 * done, (shown - done) * 2, TEXT_UTF16LE))
			*lossy = true;
	}
	for (size_t i = 2 * shown; i < size; i++)
		if (bytes[i]) {
			*lossy = true;
			break;
		}
}

static void put_ansi(struct buffer *out, const uint8_t *bytes, size_t size, bool *lossy)
{
	const uint8_t *end = size ? memchr(bytes, 0, size) : NULL;
	size_t shown = end ? (size_t)(end - bytes) : size;
	if (text_to_utf8(out, bytes, shown, TEXT_CP1252) && shown)
		*lossy = true;
	for (size_t i = shown; i < size; i++)
		if (bytes[i]) {
			*lossy = true;
			break;
		}
}

static void put_guid(struct buffer *out, const uint8_t *g)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t *to = room(out, 40);
	*to++ = '{';
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = (uint8_t)HEX[g[order[i]] >> 4];
		*to++ = (uint8_t)HEX[g[order[i]] & 15];
	}
	*to = '}';
	out->length += 38;
}

static bool put_sid(struct buffer *out, const uint8_t *s, size_t size)
{
	if (size < 8 || size != 8 + 4 * (size_t)s[1])
		return false;
	uint64_t authority = 0;
	for (int i = 2; i < 8; i++)
		authority = authority << 8 | s[i];
	buffer_append(out, "S-", 2);
	buffer_decimal(out, s[0]);
	if (authority >> 32)
		buffer_format(out, "-0x%llx", (unsigned long long)authority);
	else {
		buffer_byte(out, '-');
		buffer_decimal(out, authority);
	}
	for (unsigned i = 0; i < s[1]; i++) {
		buffer_byte(out, '-');
		buffer_decimal(out, little(s + 8 + 4 * i, 4));
	}
	return true;
}

static void put_hex_number(struct buffer *out, uint64_t v)
{
	uint8_t *to = room(out, 20);
	unsigned digits = v ? (67 - (unsigned)__builtin_clzll(v)) / 4 : 1;
	to[0] = '0';
	to[1] = 'x';
	for (unsigned i = 0; i < digits; i++)
		to[2 + i] = (uint8_t)HEX[v >> 4 * (digits - 1 - i) & 15];
	out->length += 2 + digits;
}

static double real_of(const struct evtx_value *v)
{
	uint64_t bits = little(v->bytes, v->size);
	if (v->size == 4) {
		float f;
		uint32_t low = (uint32_t)bits;
		memcpy(&f, &low, 4);
		return f;
	}
	double d;
	memcpy(&d, &bits, 8);
	return d;
}

/* The shortest of the usual precisions that reads back as the same number; no exponent that JSON would not have. */
static void put_real(struct buffer *out, const struct evtx_value *v)
{
	double d = real_of(v), back;
	char text[40];
	for (int digits = v->size == 4 ? 6 : 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, d);
		if (sscanf(text, "%lf", &back) == 1 && (v->size == 4 ? (float)back == (float)d : back == d))
			break;
	}
	buffer_text(out, text);
}

bool evtx_item(const struct evtx_value *array, uint32_t *at, struct evtx_value *item)
{
	if (*at >= array->size)
		return false;
	uint8_t type = array->type & 0x7f;
	const uint8_t *from = array->bytes + *at;
	uint32_t left = array->size - *at, take = type < sizeof SIZES ? SIZES[type] : 0, skip = 0;
	if (type == EVTX_STRING) {
		take = (uint32_t)text_utf16_length(from, left) * 2;
		skip = take + 2 <= left ? 2 : left - take;
	} else if (type == EVTX_ANSI) {
		const uint8_t *end = memchr(from, 0, left);
		take = end ? (uint32_t)(end - from) : left;
		skip = end ? 1 : 0;
	} else if (type == EVTX_SID)
		take = left >= 8 ? 8 + 4 * (uint32_t)from[1] : left;
	if (!take && !skip)
		take = left;
	if (take > left)
		take = left;
	*item = (struct evtx_value){ from, take, type };
	*at += take + skip;
	return true;
}

void evtx_value_text(struct buffer *out, const struct evtx_value *v)
{
	bool lossy = false;
	uint8_t type = v->type;
	if (type & EVTX_ARRAY && type != EVTX_UTF8) {
		struct evtx_value item;
		uint32_t at = 0;
		while (evtx_item(v, &at, &item)) {
			evtx_value_text(out, &item);
			if (at < v->size)
				buffer_append(out, ", ", 2);
		}
		return;
	}
	if (!size_fits(type, v->size)) {
		buffer_hex(out, v->bytes, v->size);
		return;
	}
	switch (type) {
	case EVTX_NULL:
		break;
	case EVTX_UTF8:
		buffer_append(out, v->bytes, v->size);
		break;
	case EVTX_STRING:
	case EVTX_XML:
		put_string(out, v->bytes, v->size, &lossy);
		break;
	case EVTX_ANSI:
		put_ansi(out, v->bytes, v->size, &lossy);
		break;
	case EVTX_UINT8: case EVTX_UINT16: case EVTX_UINT32: case EVTX_UINT64:
		buffer_decimal(out, little(v->bytes, v->size));
		break;
	case EVTX_INT8: case EVTX_INT16: case EVTX_INT32: case EVTX_INT64: {
		unsigned shift = 64 - 8 * v->size;
		int64_t n = (int64_t)(little(v->bytes, v->size) << shift) >> shift;
		if (n < 0)
			buffer_byte(out, '-');
		buffer_decimal(out, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
		break;
	}
	case EVTX_REAL32: case EVTX_REAL64:
		put_real(out, v);
		break;
	case EVTX_BOOL:
		buffer_text(out, little(v->bytes, v->size) ? "true" : "false");
		break;
	case EVTX_GUID:
		put_guid(out, v->bytes);
		break;
	case EVTX_SIZE:
		if (v->size != 4 && v->size != 8) {
			buffer_hex(out, v->bytes, v->size);
			break;
		}
		put_hex_number(out, little(v->bytes, v->size));
		break;
	case EVTX_HEX32: case EVTX_HEX64:
		put_hex_number(out, little(v->bytes, v->size));
		break;
	case EVTX_FILETIME: case EVTX_SYSTEMTIME: {
		struct timestamp t = type == EVTX_FILETIME ? time_from_filetime(little(v->bytes, 8)) : time_from_systemtime(v->bytes);
		if (t.state == TIME_VALID)
			time_format(out, &t);
		else if (type == EVTX_FILETIME)
			buffer_decimal(out, little(v->bytes, 8));
		else
			buffer_hex(out, v->bytes, v->size);
		break;
	}
	case EVTX_SID:
		if (!put_sid(out, v->bytes, v->size))
			buffer_hex(out, v->bytes, v->size);
		break;
	default:
		buffer_hex(out, v->bytes, v->size);
	}
}

/* ---- as a value of a record */

static inline void close_as(struct buffer *out, size_t at, enum value_kind kind)
{
	out->data[at - ENTRY] = (uint8_t)kind;
	frame_close(out, at);
}

static void put_u64(struct buffer *out, size_t at, enum value_kind kind, uint64_t v)
{
	uint8_t *to = room(out, 8);
	v = htole64(v);
	memcpy(to, &v, 8);
	out->length += 8;
	close_as(out, at, kind);
}

static void put_time(struct buffer *out, size_t at, const struct timestamp *t)
{
	uint8_t *to = room(out, 16);
	uint64_t seconds = htole64((uint64_t)t->seconds);
	uint32_t ns = htole32(t->nanoseconds);
	memcpy(to, &seconds, 8);
	memcpy(to + 8, &ns, 4);
	to[12] = t->precision;
	to[13] = t->zone;
	out->length += 14;
	close_as(out, at, VALUE_TIME);
}

/* The text that stands from `at` on, with its original bytes behind it; in a list it is a map of its own. */
static void make_lossy(struct buffer *out, size_t at, const uint8_t *raw, size_t size, bool list)
{
	static const uint8_t key[] = { 4, 0, 't', 'e', 'x', 't', VALUE_LOSSY, 0, 0, 0, 0, 0 };
	size_t shown = out->length - at, inner = list ? sizeof key : 0;
	uint32_t length = htole32((uint32_t)shown);
	room(out, inner + 4 + size);
	memmove(out->data + at + inner + 4, out->data + at, shown);
	memcpy(out->data + at, key, inner);
	memcpy(out->data + at + inner, &length, 4);
	out->length += inner + 4;
	buffer_append(out, raw, size);
	if (list) {
		frame_close(out, at + inner);
		close_as(out, at, VALUE_MAP);
	} else
		close_as(out, at, VALUE_LOSSY);
}

void evtx_put_value(struct buffer *out, const struct evtx_value *v, bool list)
{
	size_t at = out->length;
	uint8_t type = v->type;
	bool lossy = false;
	if (type & EVTX_ARRAY) {
		struct evtx_value item;
		uint32_t next = 0;
		while (evtx_item(v, &next, &item) && out->length - at < RECORD_LENGTH_MAX / 2) {
			frame_entry(out, VALUE_TEXT);
			evtx_put_value(out, &item, true);
		}
		close_as(out, at, VALUE_LIST);
		return;
	}
	if (!size_fits(type, v->size))
		type = EVTX_BINARY;
	switch (type) {
	case EVTX_STRING:
	case EVTX_XML:
		put_string(out, v->bytes, v->size, &lossy);
		break;
	case EVTX_ANSI:
		put_ansi(out, v->bytes, v->size, &lossy);
		break;
	case EVTX_UINT8: case EVTX_UINT16: case EVTX_UINT32: case EVTX_UINT64: {
		uint64_t n = little(v->bytes, v->size);
		put_u64(out, at, n >> 53 ? VALUE_BIG : VALUE_NUMBER, n);
		return;
	}
	case EVTX_INT8: case EVTX_INT16: case EVTX_INT32: case EVTX_INT64: {
		unsigned shift = 64 - 8 * v->size;
		int64_t n = (int64_t)(little(v->bytes, v->size) << shift) >> shift;
		if (n > -(INT64_C(1) << 53) && n < INT64_C(1) << 53) {
			put_u64(out, at, n < 0 ? VALUE_SIGNED : VALUE_NUMBER, (uint64_t)n);
			return;
		}
		evtx_value_text(out, v);
		break;
	}
	case EVTX_REAL32: case EVTX_REAL64:
		evtx_value_text(out, v);
		if (isfinite(real_of(v))) {
			close_as(out, at, VALUE_LITERAL);
			return;
		}
		break;
	case EVTX_BOOL:
		*room(out, 1) = little(v->bytes, v->size) != 0;
		out->length++;
		close_as(out, at, VALUE_FLAG);
		return;
	case EVTX_FILETIME: case EVTX_SYSTEMTIME: {
		struct timestamp t = type == EVTX_FILETIME ? time_from_filetime(little(v->bytes, 8)) : time_from_systemtime(v->bytes);
		if (t.state == TIME_VALID) {
			put_time(out, at, &t);
			return;
		}
		evtx_value_text(out, v);
		break;
	}
	case EVTX_GUID:
		put_guid(out, v->bytes);
		break;
	case EVTX_HEX32: case EVTX_HEX64:
		put_hex_number(out, little(v->bytes, v->size));
		break;
	case EVTX_SID:
		if (put_sid(out, v->bytes, v->size))
			break;
		buffer_append(out, v->bytes, v->size);
		close_as(out, at, VALUE_HEX);
		return;
	case EVTX_NULL: case EVTX_UTF8: case EVTX_SIZE:
		evtx_value_text(out, v);
		break;
	default:
		buffer_append(out, v->bytes, v->size);
		close_as(out, at, VALUE_HEX);
		return;
	}
	if (lossy)
		make_lossy(out, at, v->bytes, v->size < RAW_MOST ? v->size : RAW_MOST, list);
	else
		close_as(out, at, VALUE_TEXT);
}
