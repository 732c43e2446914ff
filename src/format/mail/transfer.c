/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c: base64, quoted-printable, uuencode, yEnc, read as tolerantly as the most tolerant mail program does. Blanks at the end of quoted-printable lines, which
 * RFC 2045 wants deleted, stay: mail programs keep them, and an attachment's hash depends on it. */
#include "format/mail/transfer.h"

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

bool transfer_base64(struct buffer *out, const char *text, size_t length)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + length;
	uint8_t *to = buffer_reserve(out, length / 4 * 3 + 3);
	uint8_t *start = to;
	uint32_t bits = 0;
	unsigned have = 0;
	bool odd = false;
	while (p < end) {
		/* a line's worth of whole quanta, four characters a turn: the loop that all attachments go through */
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
