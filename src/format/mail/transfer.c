/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c: base64, quoted-printable, uuencode, yEnc, read as tolerantly as the most tolerant mail program does. Blanks at the end of quoted-printable lines, which
 * RFC 2045 wants deleted, stay: mail programs keep them, and an attachment's hash depends on it. */
#include "format/mail/transfer.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif
#include <string.h>

int transfer_hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum { PASS = 64, PAD = 65, WHITE = 66 };

static const uint8_t base64_value[256] = {
#define ROW16 PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS
	PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, WHITE, WHITE, WHITE, WHITE, WHITE, PASS, PASS, ROW16,
	WHITE, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, 62, PASS, PASS, PASS, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, PASS, PASS, PASS, PAD, PASS, PASS,
	PASS, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, PASS, PASS, PASS, PASS, PASS,
	PASS, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, PASS, PASS, PASS, PASS, PASS,
	ROW16, ROW16, ROW16, ROW16, ROW16, ROW16, ROW16, ROW16
#undef ROW16
};

#ifdef __x86_64__
enum { SIMD_CHARACTERS = 16, SIMD_BYTES = 12 };

/* 16 characters a turn, as long as all of them are digits; how many (W. Mula, D. Lemire: Faster Base64 Encoding and Decoding Using AVX2 Instructions, ACM TWEB 2018, section 4.
 * bench: mbox). Writes 4 bytes more than it gives. A character is a digit when the sets that its two halves may be in have nothing in common; what is added to it depends on
 * its upper half, and for '/' alone on all of it. */
__attribute__((target("ssse3"))) static size_t base64_simd(const uint8_t *p, size_t length, uint8_t *to)
{
	const __m128i low_sets = _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
	const __m128i high_sets = _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
	const __m128i shift = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	const __m128i nibble = _mm_set1_epi8(0x0f), slash = _mm_set1_epi8('/');
	size_t done = 0;
	for (; length - done >= SIMD_CHARACTERS; done += SIMD_CHARACTERS, to += SIMD_BYTES) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + done));
		__m128i high = _mm_and_si128(_mm_srli_epi32(v, 4), nibble), low = _mm_and_si128(v, nibble);
		__m128i common = _mm_and_si128(_mm_shuffle_epi8(low_sets, low), _mm_shuffle_epi8(high_sets, high));
		if (_mm_movemask_epi8(_mm_cmpeq_epi8(common, _mm_setzero_si128())) != 0xffff)
			break;
		v = _mm_add_epi8(v, _mm_shuffle_epi8(shift, _mm_add_epi8(_mm_cmpeq_epi8(v, slash), high)));
		v = _mm_madd_epi16(_mm_maddubs_epi16(v, _mm_set1_epi32(0x01400140)), _mm_set1_epi32(0x00011000));
		_mm_storeu_si128((__m128i *)(void *)to, _mm_shuffle_epi8(v, order));
	}
	return done;
}

static size_t base64_fast(const uint8_t *p, size_t length, uint8_t *to) { return __builtin_cpu_supports("ssse3") ? base64_simd(p, length, to) : 0; }
#else
static size_t base64_fast(const uint8_t *p, size_t length, uint8_t *to)
{
	(void)p, (void)length, (void)to;
	return 0;
}
#endif

bool transfer_base64(struct buffer *out, const char *text, size_t length)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + length;
	uint8_t *to = buffer_reserve(out, length / 4 * 3 + 3 + 4);
	uint8_t *start = to;
	uint32_t bits = 0;
	unsigned have = 0;
	bool odd = false;
	while (p < end) {
		/* a line's worth of whole quanta: what all attachments go through */
		if (have == 0) {
			size_t done = base64_fast(p, (size_t)(end - p), to);
			p += done;
			to += done / 4 * 3;
		}
		while (have == 0 && end - p >= 4) {
			unsigned a = base64_value[p[0]], b = base64_value[p[1]], c = base64_value[p[2]], d = base64_value[p[3]];
			if ((a | b | c | d) & 0xc0)
				break;
			uint32_t quantum = a << 18 | b << 12 | c << 6 | d;
			to[0] = (uint8_t)(quantum >> 16);
			to[1] = (uint8_t)(quantum >> 8);
			to[2] = (uint8_t)quantum;
			to += 3;
			p += 4;
		}
		if (p == end)
			break;
		unsigned v = base64_value[*p++];
		if (v < 64) {
			bits = bits << 6 | v;
			if (++have == 4) {
				*to++ = (uint8_t)(bits >> 16);
				*to++ = (uint8_t)(bits >> 8);
				*to++ = (uint8_t)bits;
				have = 0;
			}
		} else if (v == PAD) {
			if (have == 2) {
				*to++ = (uint8_t)(bits >> 4);
			} else if (have == 3) {
				*to++ = (uint8_t)(bits >> 10);
				*to++ = (uint8_t)(bits >> 2);
			}
			have = 0;
		} else if (v == PASS) {
			odd = true;
		}
	}
	if (have >= 2)                          /* padding is missing */
		*to++ = (uint8_t)(bits >> (have == 2 ? 4 : 10));
	if (have == 3)
		*to++ = (uint8_t)(bits >> 2);
	out->length += (size_t)(to - start);
	return odd || have;
}

bool transfer_quoted_printable(struct buffer *out, const char *text, size_t length)
{
	bool odd = false;
	uint8_t *to = buffer_reserve(out, length);
	uint8_t *start = to;
	const char *p = text, *end = text + length;
	while (p < end) {
		if (*p != '=') {
			*to++ = (uint8_t)*p++;
			continue;
		}
		int high = end - p > 2 ? transfer_hex(p[1]) : -1, low = high >= 0 ? transfer_hex(p[2]) : -1;
		if (low >= 0) {
			*to++ = (uint8_t)(high << 4 | low);
			p += 3;
			continue;
		}
		const char *q = p + 1;
		while (q < end && (*q == ' ' || *q == '\t'))
			q++;
		if (q == end || *q == '\n') {
			p = q < end ? q + 1 : end;
		} else if (*q == '\r') {
			p = q + 1 < end && q[1] == '\n' ? q + 2 : q + 1;
		} else {
			odd = true;
			*to++ = (uint8_t)*p++;
		}
	}
	out->length += (size_t)(to - start);
	return odd;
}

void transfer_q(struct buffer *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int high = text[i] == '=' && length - i > 2 ? transfer_hex(text[i + 1]) : -1, low = high >= 0 ? transfer_hex(text[i + 2]) : -1;
		if (low >= 0) {
			buffer_byte(out, (uint8_t)(high << 4 | low));
			i += 2;
		} else {
			buffer_byte(out, text[i] == '_' ? ' ' : (uint8_t)text[i]);
		}
	}
}

size_t transfer_uu(struct buffer *out, const char *text, size_t length)
{
	size_t at = 0;
	while (at < length) {
		const char *lf = memchr(text + at, '\n', length - at);
		size_t end = lf ? (size_t)(lf - text) : length, next = lf ? end + 1 : length;
		while (end > at && text[end - 1] == '\r')
			end--;
		const char *line = text + at;
		size_t n = end - at;
		if (n >= 3 && memcmp(line, "end", 3) == 0 && (n == 3 || line[3] == ' '))
			return next;
		if (!n || line[0] < ' ' || line[0] > '`')
			return at;
		unsigned count = (unsigned)(line[0] - ' ') & 63;
		if (count && n - 1 < count)             /* fewer characters than bytes: not a line of it */
			return at;
		for (unsigned i = 0; i < count; i += 3) {
			uint32_t quantum = 0;
			for (unsigned k = 0; k < 4; k++) {
				size_t place = 1 + (size_t)i / 3 * 4 + k;
				/* blanks at line ends get lost on the way: what is missing is zero */
				quantum = quantum << 6 | (place < n ? ((unsigned)line[place] - ' ') & 63 : 0);
			}
			for (unsigned k = 0; k < 3 && i + k < count; k++)
				buffer_byte(out, (uint8_t)(quantum >> (16 - 8 * k)));
		}
		at = next;
	}
	return at;
}

size_t transfer_yenc(struct buffer *out, const char *text, size_t length)
{
	size_t at = 0;
	while (at < length) {
		const char *lf = memchr(text + at, '\n', length - at);
		size_t end = lf ? (size_t)(lf - text) : length, next = lf ? end + 1 : length;
		if (end - at >= 5 && memcmp(text + at, "=yend", 5) == 0)
			return next;
		if (end - at >= 6 && memcmp(text + at, "=ypart", 6) == 0)
			end = at;
		while (end > at && text[end - 1] == '\r')
			end--;
		for (size_t i = at; i < end; i++) {
			uint8_t c = (uint8_t)text[i];
			if (c == '=' && i + 1 < end)
				c = (uint8_t)((uint8_t)text[++i] - 64);
			buffer_byte(out, (uint8_t)(c - 42));
		}
		at = next;
	}
	return at;
}
