/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_times.c: see tsk_times.h. Sources: Linux Documentation/filesystems/ext4/inodes.rst; Microsoft FAT32 specification 1.03 "Directory structure";
 * exFAT specification 7.4; ECMA-119 9.1.5.
 *
 * libtsk reads ext times as unsigned 32 bit without the epoch bits, ignores exFAT's and ISO's offset from Greenwich, and hands on nanoseconds that are none. */
#include "format/fs/tsk_times.h"

#include "base/cursor.h"

/* Seconds are signed; the two low bits of the extra field count further epochs of 2^32 seconds, the rest is nanoseconds. */
static struct timestamp ext_time(uint32_t seconds, uint32_t extra, bool has_extra)
{
	int64_t s = (int32_t)seconds;
	if (!has_extra)
		return time_from_unix(s, 0, TIME_S);
	s += (int64_t)(extra & 3) << 32;
	uint32_t nanoseconds = extra >> 2;
	bool bad = nanoseconds > 999999999;
	struct timestamp t = time_from_unix(s, bad ? 0 : nanoseconds, bad ? TIME_S : TIME_NS);
	t.raw = (uint64_t)extra << 32 | seconds;
	return t;
}

bool tsk_times_ext(const uint8_t *inode, size_t length, struct timestamp t[NODE_TIMES])
{
	struct cursor c = cursor_of(inode, length, 0);
	c.at = 8;               /* 8 atime, 12 ctime, 16 mtime, 20 dtime, u32 each; 26 links u16 */
	uint32_t atime = cursor_u32le(&c), ctime = cursor_u32le(&c), mtime = cursor_u32le(&c), dtime = cursor_u32le(&c);
	c.at = 26;
	uint16_t links = cursor_u16le(&c);
	if (c.bad)
		return true;
	/* 128 extra size u16; 132 ctime_extra, 136 mtime_extra, 140 atime_extra, 144 crtime, 148 crtime_extra */
	c.at = 128;
	uint16_t extra_size = length >= 132 ? cursor_u16le(&c) : 0;
	size_t end = 128 + (size_t)extra_size;
	if (end > length)
		end = length;
	c.at = 132;
	uint32_t ctime_extra = end >= 136 ? cursor_u32le(&c) : 0, mtime_extra = end >= 140 ? cursor_u32le(&c) : 0;
	uint32_t atime_extra = end >= 144 ? cursor_u32le(&c) : 0, crtime = end >= 148 ? cursor_u32le(&c) : 0;
	uint32_t crtime_extra = end >= 152 ? cursor_u32le(&c) : 0;
	bool wiped = !atime && !ctime && !mtime && !ctime_extra && !mtime_extra && !atime_extra;        /* never used, or cleared */
	if (!wiped) {
		t[NODE_MTIME] = ext_time(mtime, mtime_extra, end >= 140);
		t[NODE_ATIME] = ext_time(atime, atime_extra, end >= 144);
		t[NODE_CTIME] = ext_time(ctime, ctime_extra, end >= 136);
	}
	if (end >= 148 && (crtime || crtime_extra))
		t[NODE_CRTIME] = ext_time(crtime, crtime_extra, end >= 152);
	/* While an unlinked file is still open the field is the next inode of the orphan list: no time can be told from small numbers. */
	if (dtime && !links)
		t[NODE_DTIME] = ext_time(dtime, 0, false);
	uint32_t most = 999999999;
	return mtime_extra >> 2 <= most && atime_extra >> 2 <= most && ctime_extra >> 2 <= most && crtime_extra >> 2 <= most;
}

void tsk_times_fat(const uint8_t entry[32], struct timestamp t[NODE_TIMES])
{
	struct cursor c = cursor_of(entry, 32, 0);
	c.at = 13;              /* 13 created, 10 ms units u8; 14 created time, 16 created date, 18 accessed date, u16 each; 22 written time, 24 written date */
	uint8_t hundredths = cursor_u8(&c);
	uint16_t created_time = cursor_u16le(&c), created_date = cursor_u16le(&c), accessed_date = cursor_u16le(&c);
	c.at = 22;
	uint16_t written_time = cursor_u16le(&c), written_date = cursor_u16le(&c);
	t[NODE_MTIME] = time_from_dos(written_date, written_time, 0);
	t[NODE_MTIME].precision = TIME_2S;
	t[NODE_ATIME] = time_from_dos(accessed_date, 0, 0);
	t[NODE_ATIME].precision = TIME_DAY;
	t[NODE_CRTIME] = time_from_dos(created_date, created_time, hundredths);
	t[NODE_CRTIME].precision = TIME_10MS;
}

/* Bit 7: the low seven bits are a signed count of quarters of an hour east of Greenwich. */
static struct timestamp exfat_time(uint32_t stamp, uint8_t hundredths, uint8_t offset, enum time_precision precision)
{
	struct timestamp t = time_from_dos((uint16_t)(stamp >> 16), (uint16_t)stamp, hundredths);
	t.precision = (uint8_t)precision;
	t.raw = (uint64_t)offset << 40 | (uint64_t)hundredths << 32 | stamp;
	if (t.state == TIME_VALID && offset & 0x80) {
		int quarters = offset & 0x7f;
		if (quarters >= 64)
			quarters -= 128;
		t.seconds -= quarters * 15 * 60;
		t.zone = TIME_ZONE_UTC;
	}
	return t;
}

void tsk_times_exfat(const uint8_t entry[32], struct timestamp t[NODE_TIMES])
{
	struct cursor c = cursor_of(entry, 32, 0);
	c.at = 8;               /* 8 created, 12 modified, 16 accessed, u32 each; 20 created and 21 modified, 10 ms units u8; 22, 23, 24 their offsets u8 */
	uint32_t created = cursor_u32le(&c), modified = cursor_u32le(&c), accessed = cursor_u32le(&c);
	uint8_t created_10ms = cursor_u8(&c), modified_10ms = cursor_u8(&c);
	uint8_t created_offset = cursor_u8(&c), modified_offset = cursor_u8(&c), accessed_offset = cursor_u8(&c);
	t[NODE_MTIME] = exfat_time(modified, modified_10ms, modified_offset, TIME_10MS);
	t[NODE_ATIME] = exfat_time(accessed, 0, accessed_offset, TIME_2S);
	t[NODE_CRTIME] = exfat_time(created, created_10ms, created_offset, TIME_10MS);
}

struct timestamp tsk_time_iso(const uint8_t date[7])
{
	uint64_t raw = 0;
	for (unsigned i = 7; i-- > 0;)
		raw = raw << 8 | date[i];
	struct timestamp t = { .state = TIME_UNSET, .raw = raw, .precision = TIME_S };
	if (!(raw & 0xffffffffffff))
		return t;
	t = time_from_civil(1900 + date[0], date[1], date[2], date[3], date[4], date[5], 0, TIME_S);
	t.raw = raw;
	int quarters = (int8_t)date[6];
	if (t.state == TIME_VALID && quarters >= -48 && quarters <= 52)
		t.seconds -= quarters * 15 * 60;
	return t;
}
