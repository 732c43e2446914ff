/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_times.c: on-disk times of ext, FAT, exFAT and ISO 9660; expected moments from Python's datetime and from debugfs, mtools and isoinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/fs/tsk_times.h"

static void put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static void assert_shows(struct timestamp t, const char *expected, enum time_precision precision, enum time_zone zone)
{
	struct buffer b = { 0 };
	assert_int_equal(t.state, TIME_VALID);
	time_format(&b, &t);
	assert_string_equal(buffer_string(&b), expected);
	assert_int_equal(t.precision, precision);
	assert_int_equal(t.zone, zone);
	buffer_free(&b);
}

static void ext_times(const uint8_t *inode, size_t length, struct timestamp t[NODE_TIMES], bool sane)
{
	memset(t, 0, NODE_TIMES * sizeof *t);
	assert_int_equal(tsk_times_ext(inode, length, t), sane);
}

static void ext_seconds_are_signed_without_extra_fields(void **state)
{
	(void)state;
	uint8_t inode[128] = { 0 };
	struct timestamp t[NODE_TIMES];
	put32(inode + 8, 0x80000000U);
	put32(inode + 12, 1);
	put32(inode + 16, 0xffffffffU);
	ext_times(inode, sizeof inode, t, true);
	assert_shows(t[NODE_ATIME], "1901-12-13T20:45:52.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_shows(t[NODE_CTIME], "1970-01-01T00:00:01.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_shows(t[NODE_MTIME], "1969-12-31T23:59:59.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_int_equal(t[NODE_CRTIME].state, TIME_UNSET);
	assert_int_equal(t[NODE_DTIME].state, TIME_UNSET);
}

static void ext_epoch_bits_and_nanoseconds_count(void **state)
{
	(void)state;
	uint8_t inode[256] = { 0 };
	struct timestamp t[NODE_TIMES];
	inode[128] = 32;
	put32(inode + 16, 0x80000000U);                         /* three epochs on */
	put32(inode + 136, 999999999U << 2 | 3);
	put32(inode + 8, 0x80000000U);                          /* one epoch on */
	put32(inode + 140, 1);
	put32(inode + 144, 1700000000);
	put32(inode + 148, 5U << 2);
	put32(inode + 12, 1700000000);
	ext_times(inode, sizeof inode, t, true);
	assert_shows(t[NODE_MTIME], "2310-04-04T16:10:40.999999999Z", TIME_NS, TIME_ZONE_UTC);
	assert_shows(t[NODE_ATIME], "2038-01-19T03:14:08.000000000Z", TIME_NS, TIME_ZONE_UTC);
	assert_shows(t[NODE_CRTIME], "2023-11-14T22:13:20.000000005Z", TIME_NS, TIME_ZONE_UTC);
}

static void ext_bad_nanoseconds_keep_the_second(void **state)
{
	(void)state;
	uint8_t inode[256] = { 0 };
	struct timestamp t[NODE_TIMES];
	inode[128] = 32;
	put32(inode + 16, 1700000000);
	put32(inode + 136, 0xfffffffcU);
	ext_times(inode, sizeof inode, t, false);
	assert_shows(t[NODE_MTIME], "2023-11-14T22:13:20.000000000Z", TIME_S, TIME_ZONE_UTC);
}

static void ext_extra_fields_end_where_the_inode_says(void **state)
{
	(void)state;
	uint8_t inode[256] = { 0 };
	struct timestamp t[NODE_TIMES];
	inode[128] = 8;                                         /* up to mtime_extra, not further */
	put32(inode + 8, 100);
	put32(inode + 140, 3);                                  /* would be atime_extra */
	put32(inode + 144, 1700000000);                         /* would be crtime */
	ext_times(inode, sizeof inode, t, true);
	assert_shows(t[NODE_ATIME], "1970-01-01T00:01:40.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_int_equal(t[NODE_CRTIME].state, TIME_UNSET);
}

static void ext_deletion_time_needs_an_inode_without_links(void **state)
{
	(void)state;
	uint8_t inode[128] = { 0 };
	struct timestamp t[NODE_TIMES];
	put32(inode + 12, 1);
	put32(inode + 20, 1700000000);
	ext_times(inode, sizeof inode, t, true);
	assert_shows(t[NODE_DTIME], "2023-11-14T22:13:20.000000000Z", TIME_S, TIME_ZONE_UTC);
	inode[26] = 1;
	ext_times(inode, sizeof inode, t, true);
	assert_int_equal(t[NODE_DTIME].state, TIME_UNSET);
}

static void ext_a_cleared_inode_has_no_times(void **state)
{
	(void)state;
	uint8_t inode[256] = { 0 };
	struct timestamp t[NODE_TIMES];
	ext_times(inode, sizeof inode, t, true);
	assert_int_equal(t[NODE_MTIME].state, TIME_UNSET);
	ext_times(inode, 10, t, true);                          /* too short to read anything */
	assert_int_equal(t[NODE_MTIME].state, TIME_UNSET);
}

static void fat_times_are_local_with_their_own_precision(void **state)
{
	(void)state;
	uint8_t entry[32] = { 0 };
	struct timestamp t[NODE_TIMES] = { 0 };
	entry[13] = 150;                                        /* 1.5 s */
	put32(entry + 14, 0x58645145);                          /* 2024-03-04 10:10:10 */
	put32(entry + 22, 0x58645145);
	entry[18] = 0x64, entry[19] = 0x58;
	tsk_times_fat(entry, t);
	assert_shows(t[NODE_CRTIME], "2024-03-04T10:10:11.500000000Z", TIME_10MS, TIME_LOCAL);
	assert_shows(t[NODE_MTIME], "2024-03-04T10:10:10.000000000Z", TIME_2S, TIME_LOCAL);
	assert_shows(t[NODE_ATIME], "2024-03-04T00:00:00.000000000Z", TIME_DAY, TIME_LOCAL);
	assert_int_equal(t[NODE_CTIME].state, TIME_UNSET);
	memset(entry, 0, sizeof entry);
	tsk_times_fat(entry, t);
	assert_int_equal(t[NODE_MTIME].state, TIME_UNSET);
}

static void exfat_offsets_are_subtracted(void **state)
{
	(void)state;
	uint8_t entry[32] = { 0x85 };
	struct timestamp t[NODE_TIMES] = { 0 };
	put32(entry + 8, 0x58645145);
	put32(entry + 12, 0x58645145);
	put32(entry + 16, 0x58645145);
	entry[22] = 0x88;                                       /* two hours east */
	entry[23] = 0xec;                                       /* five hours west */
	entry[24] = 0x08;                                       /* bit 7 clear: not known */
	tsk_times_exfat(entry, t);
	assert_shows(t[NODE_CRTIME], "2024-03-04T08:10:10.000000000Z", TIME_10MS, TIME_ZONE_UTC);
	assert_shows(t[NODE_MTIME], "2024-03-04T15:10:10.000000000Z", TIME_10MS, TIME_ZONE_UTC);
	assert_shows(t[NODE_ATIME], "2024-03-04T10:10:10.000000000Z", TIME_2S, TIME_LOCAL);
}

static void iso_dates_count_from_1900_and_name_their_offset(void **state)
{
	(void)state;
	static const uint8_t vienna[7] = { 121, 7, 22, 16, 7, 32, 8 }, lima[7] = { 100, 2, 29, 23, 59, 59, (uint8_t)-20 };
	static const uint8_t none[7] = { 0 }, month[7] = { 121, 13, 1, 0, 0, 0, 0 }, silly[7] = { 121, 1, 1, 0, 0, 0, 100 };
	assert_shows(tsk_time_iso(vienna), "2021-07-22T14:07:32.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_shows(tsk_time_iso(lima), "2000-03-01T04:59:59.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_int_equal(tsk_time_iso(none).state, TIME_UNSET);
	assert_int_equal(tsk_time_iso(month).state, TIME_INVALID);
	assert_shows(tsk_time_iso(silly), "2021-01-01T00:00:00.000000000Z", TIME_S, TIME_ZONE_UTC);     /* no offset of the standard: left out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ext_seconds_are_signed_without_extra_fields),
		cmocka_unit_test(ext_epoch_bits_and_nanoseconds_count),
		cmocka_unit_test(ext_bad_nanoseconds_keep_the_second),
		cmocka_unit_test(ext_extra_fields_end_where_the_inode_says),
		cmocka_unit_test(ext_deletion_time_needs_an_inode_without_links),
		cmocka_unit_test(ext_a_cleared_inode_has_no_times),
		cmocka_unit_test(fat_times_are_local_with_their_own_precision),
		cmocka_unit_test(exfat_offsets_are_subtracted),
		cmocka_unit_test(iso_dates_count_from_1900_and_name_their_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
