/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_log_builder.h: records of the change journal and of a $MFT, for the tests of those who read NTFS's logs. */
#ifndef SPOOR_TESTS_NTFS_LOG_BUILDER_H
#define SPOOR_TESTS_NTFS_LOG_BUILDER_H

#include <string.h>

#include "base/memory.h"

#define TICKS UINT64_C(130971028239810694)
#define REF(entry, sequence) ((uint64_t)(sequence) << 48 | (entry))

/* A record of the change journal, at the end of one. */
static inline void usn_put(struct buffer *b, unsigned version, uint64_t reference, uint64_t parent, uint32_t reason, const char *name)
{
	size_t at = b->length, name_at = version == 2 ? 60 : 76, bytes = 2 * strlen(name);
	uint32_t length = (uint32_t)((name_at + bytes + 7) & ~(size_t)7);
	buffer_u32le(b, length);
	buffer_u16le(b, (uint16_t)version);
	buffer_u16le(b, 0);
	buffer_u64le(b, reference);
	if (version > 2)
		buffer_u64le(b, 0);
	buffer_u64le(b, parent);
	if (version > 2)
		buffer_u64le(b, 0);
	buffer_u64le(b, at);
	buffer_u64le(b, TICKS + at * 10000);
	buffer_u32le(b, reason);
	buffer_u32le(b, 0);
	buffer_u32le(b, 0);
	buffer_u32le(b, 32);
	buffer_u16le(b, (uint16_t)bytes);
	buffer_u16le(b, (uint16_t)name_at);
	for (; *name; name++)
		buffer_u16le(b, (uint8_t)*name);
	while (b->length < at + length)
		buffer_byte(b, 0);
}

/* A record of a $MFT: entry `number` of that sequence, in use or not, with one name. */
static inline void mft_record(uint8_t *mft, unsigned number, uint16_t sequence, uint16_t flags, uint64_t parent, const char *name)
{
	uint8_t *r = mft + number * 1024, *v = r + 56 + 24;
	size_t units = strlen(name), length = (24 + 66 + 2 * units + 7) / 8 * 8, end = 56 + length;
	memset(r, 0, 1024);
	memcpy(r, "FILE", 4);
	r[4] = 48, r[6] = 3, r[16] = (uint8_t)sequence, r[18] = 1, r[20] = 56, r[22] = (uint8_t)flags;
	r[24] = (uint8_t)(end + 8), r[29] = 4, r[44] = (uint8_t)number;
	r[56] = 0x30, r[60] = (uint8_t)length, r[56 + 16] = (uint8_t)(66 + 2 * units), r[56 + 20] = 24;
	for (size_t i = 0; i < 8; i++)
		v[i] = (uint8_t)(parent >> 8 * i);
	v[59] = flags & 2 ? 0x10 : 0;
	v[64] = (uint8_t)units, v[65] = 1;
	for (size_t i = 0; i < units; i++)
		v[66 + 2 * i] = (uint8_t)name[i];
	memset(r + end, 0xff, 4);
}

#endif
