/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.c: CRC-32 and Adler-32 by libdeflate. A file of its own: the broker's program must not link a library that inflates. */
#include "base/hash.h"

#include <libdeflate.h>

uint32_t hash_crc32(uint32_t seed, const void *bytes, size_t length)
{
	return length ? libdeflate_crc32(seed, bytes, length) : seed;  /* libdeflate takes a NULL buffer as "give the first seed" */
}

uint32_t hash_adler32(uint32_t seed, const void *bytes, size_t length)
{
	return length ? libdeflate_adler32(seed, bytes, length) : seed;
}
