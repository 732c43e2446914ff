/* SPDX-License-Identifier: Apache-2.0 */
/* unpack-lzx.c: a development tool: the resources of a WIM that wimlib made (LZX, chunks of 32 KiB, not solid) inflated by spoor's LZX, for comparison with what went in. A compressed resource
 * is laid out as a stream WofCompressedData is: offsets of all chunks but the first, then the chunks.
 * usage: unpack-lzx FILE OFFSET PACKED SIZE     bytes of the resource in FILE, bytes that it holds; to standard output */
#include <stdio.h>
#include <stdlib.h>

#include "base/lzx.h"

static uint64_t number(const uint8_t *p)
{
	return p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	FILE *f = fopen(argv[1], "rb");
	uint64_t packed = strtoull(argv[3], NULL, 10), size = strtoull(argv[4], NULL, 10), chunks = (size + LZX_CHUNK_MOST - 1) / LZX_CHUNK_MOST, table = 4 * (chunks - 1);
	uint8_t *bytes = malloc(packed + 1), out[LZX_CHUNK_MOST];
	if (!f || !bytes || fseek(f, strtol(argv[2], NULL, 10), SEEK_SET) || fread(bytes, 1, packed, f) != packed || !size || table > packed)
		return 3;
	for (uint64_t i = 0; i < chunks; i++) {
		uint64_t from = i ? number(bytes + 4 * (i - 1)) : 0, to = i + 1 < chunks ? number(bytes + 4 * i) : packed - table;
		size_t want = i + 1 < chunks ? LZX_CHUNK_MOST : (size_t)(size - i * LZX_CHUNK_MOST);
		if (from > to || to > packed - table)
			return 1;
		const uint8_t *chunk = bytes + table + from;
		size_t made = to - from == want ? want : lzx_chunk(chunk, (size_t)(to - from), out, want);
		if (made != want) {
			fprintf(stderr, "chunk %llu: %zu of %zu bytes\n", (unsigned long long)i, made, want);
			return 1;
		}
		fwrite(to - from == want ? chunk : out, 1, want, stdout);
	}
	free(bytes);
	return fclose(f) != 0;
}
