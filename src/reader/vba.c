/* SPDX-License-Identifier: Apache-2.0 */
/* vba.c: see vba.h. [MS-OVBA] 2.4.1: after the signature byte follow chunks of up to 4,096 bytes each; a chunk is a u16 header (12 bits of size, less 3; three bits 011; one bit:
 * compressed) and groups of a flag byte and eight tokens, each a literal byte or a u16 that copies from what the chunk has given so far. How the u16 is split into distance and
 * length depends on how much that is. */
#include "reader/vba.h"

enum { SIGNATURE = 0x01, CHUNK = 4096, HEADER_MARK = 3 };

/* One compressed chunk's data. False: a copy leads before its beginning, or it gives more than a chunk holds. */
static bool chunk(const uint8_t *p, const uint8_t *end, struct buffer *out)
{
	size_t start = out->length;
	while (p < end) {
		unsigned flags = *p++;
		for (unsigned bit = 0; bit < 8 && p < end; bit++) {
			size_t given = out->length - start;
			if (!(flags >> bit & 1)) {
				if (given == CHUNK)
					return false;
				buffer_byte(out, *p++);
				continue;
			}
			if (end - p < 2)
				return false;
			unsigned token = p[0] | (unsigned)p[1] << 8, offset_bits = 4;
			p += 2;
			while (1u << offset_bits < given)
				offset_bits++;
			size_t distance = (token >> (16 - offset_bits)) + 1, length = (token & (0xffffu >> offset_bits)) + 3;
			if (distance > given || length > CHUNK - given)
				return false;
			uint8_t *to = buffer_reserve(out, length);
			for (size_t i = 0; i < length; i++)     /* may copy what it has just written */
				to[i] = to[(ptrdiff_t)i - (ptrdiff_t)distance];
			out->length += length;
		}
	}
	return true;
}

size_t vba_decompress(const uint8_t *bytes, size_t length, size_t most, struct buffer *out)
{
	size_t at = 1, start = out->length;
	if (length < 3 || bytes[0] != SIGNATURE)
		return 0;
	while (length - at >= 2 && out->length - start < most) {
		unsigned header = bytes[at] | (unsigned)bytes[at + 1] << 8;
		size_t size = (header & 0xfff) + 3;
		if ((header >> 12 & 7) != HEADER_MARK)
			break;
		size_t end = size < length - at ? at + size : length;
		bool whole = end == at + size;
		if (header >> 15)
			whole &= chunk(bytes + at + 2, bytes + end, out);
		else
			buffer_append(out, bytes + at + 2, end - at - 2);
		at = end;
		if (!whole)
			break;
	}
	return at > 1 ? at : 0;
}
