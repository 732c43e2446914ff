/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.c: compressed RTF of Outlook ([MS-OXRTFCP]): LZ77 over a window of 4 KiB that begins with a text of RTF words; or stored as it is. */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/mail/rtf.h"

enum { COMPRESSED = 0x75465a4c, STORED = 0x414c454d, WINDOW = 4096, HEAD = 16 };

static const char begin[] = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
	"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

static bool expand(const uint8_t *bytes, size_t length, size_t most, struct buffer *out)
{
	struct cursor c = cursor_of(bytes, length, 0);
	uint32_t size = cursor_u32le(&c), raw = cursor_u32le(&c), kind = cursor_u32le(&c);
	cursor_u32le(&c);                       /* checksum of what follows */
	if (c.bad || (kind != COMPRESSED && kind != STORED))
		return true;
	bool cut = size > length - 4;
	if (raw < most)
		most = raw;
	if (kind == STORED) {
		size_t n = cursor_left(&c) < most ? cursor_left(&c) : most;
		buffer_append(out, bytes + c.at, n);
		return cut || n + 12 < most;   /* writers count the header in */
	}
	uint8_t window[WINDOW] = { 0 };
	size_t at = sizeof begin - 1, from = out->length;
	memcpy(window, begin, at);
	while (cursor_left(&c) && out->length - from < most) {
		unsigned control = cursor_u8(&c);
		for (unsigned bit = 0; bit < 8 && out->length - from < most; bit++) {
			if (!(control >> bit & 1)) {
				if (!cursor_left(&c))
					return true;
				uint8_t b = cursor_u8(&c);
				buffer_byte(out, b);
				window[at] = b;
				at = (at + 1) % WINDOW;
				continue;
			}
			unsigned token = cursor_u16be(&c), place = token >> 4, count = (token & 15) + 2;
			if (c.bad)
				return true;
			if (place == at)                /* the end */
				return cut || out->length - from < most;
			for (unsigned i = 0; i < count && out->length - from < most; i++) {
				uint8_t b = window[(place + i) % WINDOW];
				buffer_byte(out, b);
				window[at] = b;
				at = (at + 1) % WINDOW;
			}
		}
	}
	return cut || out->length - from < most;
}

bool rtf_expand(const uint8_t *bytes, size_t length, size_t most, struct buffer *out)
{
	struct cursor c = cursor_of(bytes, length, 0);
	uint32_t size = cursor_u32le(&c);
	cursor_u32le(&c);                       /* size of what comes of it */
	uint32_t kind = cursor_u32le(&c), stored = cursor_u32le(&c);
	size_t packed = size >= HEAD - 4 ? size - (HEAD - 4) : 0;
	bool damaged = expand(bytes, length, most, out);
	/* the checksum of the packed bytes begins with zero and is not inverted; stored text has none */
	bool wrong = kind == COMPRESSED && packed <= cursor_left(&c) && (hash_crc32(UINT32_MAX, bytes + c.at, packed) ^ UINT32_MAX) != stored;
	return damaged || wrong;
}
