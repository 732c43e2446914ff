/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c: CRC-32 and Adler-32 by libdeflate, CRC-32C by a table. A file of its own: the broker's program must not link a library that inflates. */
#include "base/hash.h"

#include <libdeflate.h>

uint32_t hash_crc32(uint32_t seed, const void *bytes, size_t length)
{
	return length ? libdeflate_crc32(seed, bytes, length) : seed;  /* libdeflate takes a NULL buffer as "give the first seed" */
}

uint32_t hash_crc32c(const void *bytes, size_t length, size_t hole)
{
	static uint32_t table[256];
	const uint8_t *p = bytes;
	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t v = i;
			for (int k = 0; k < 8; k++)
				v = v & 1 ? v >> 1 ^ 0x82f63b78 : v >> 1;
			table[i] = v;
		}
	uint32_t sum = UINT32_MAX;
	for (size_t i = 0; i < length; i++)
		sum = sum >> 8 ^ table[(sum ^ (i >= hole && i - hole < 4 ? 0 : p[i])) & 0xff];
	return ~sum;
}

uint32_t hash_adler32(uint32_t seed, const void *bytes, size_t length)
{
	return length ? libdeflate_adler32(seed, bytes, length) : seed;
}
