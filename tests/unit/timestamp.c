/* SPDX-License-Identifier: Apache-2.0 */
/* timestamp.c: clocks of the field, judged by dates that Python's datetime gives and by glibc's gmtime_r. */
#include "base/timestamp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct buffer text;

static const char *shown(struct timestamp t)
{
	buffer_clear(&text);
	time_format(&text, &t);
	return buffer_string(&text);
}

static void assert_shows(struct timestamp t, const char *expected, enum time_precision precision, enum time_zone zone)
{
	assert_int_equal(t.state, TIME_VALID);
	assert_string_equal(shown(t), expected);
	assert_int_equal(t.precision, precision);
	assert_int_equal(t.zone, zone);
}

static struct timestamp parsed(const char *from)
{
	struct timestamp t = { 0 };
	assert_true(time_parse(from, strlen(from), &t));
	return t;
}

static bool parses(const char *from)
{
	struct timestamp t;
	return time_parse(from, strlen(from), &t);
}

static void time_filetime_keeps_its_100_ns(void **state)
{
	(void)state;
	assert_shows(time_from_filetime(133276686721234567), "2023-05-04T10:11:12.123456700Z", TIME_100NS, TIME_ZONE_UTC);
	assert_shows(time_from_filetime(132537600000000001), "2020-12-30T00:00:00.000000100Z", TIME_100NS, TIME_ZONE_UTC);
	assert_true(time_from_filetime(132537600000000001).raw == 132537600000000001);
}

static void time_filetime_before_1970_is_kept(void **state)
{
	(void)state;
	assert_shows(time_from_filetime(1), "1601-01-01T00:00:00.000000100Z", TIME_100NS, TIME_ZONE_UTC);
	assert_shows(time_from_filetime(116444735999999990), "1969-12-31T23:59:59.999999000Z", TIME_100NS, TIME_ZONE_UTC);
}

static void time_filetime_zero_is_unset(void **state)
{
	(void)state;
	assert_int_equal(time_from_filetime(0).state, TIME_UNSET);
}

static void time_filetime_upper_half_is_invalid_and_keeps_its_bits(void **state)
{
	(void)state;
	assert_shows(time_from_filetime(INT64_MAX), "+030828-09-14T02:48:05.477580700Z", TIME_100NS, TIME_ZONE_UTC);
	const uint64_t beyond[] = { (uint64_t)INT64_MAX + 1, UINT64_MAX };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(time_from_filetime(beyond[i]).state, TIME_INVALID);
		assert_true(time_from_filetime(beyond[i]).raw == beyond[i]);
	}
}

static void time_unix_zero_is_a_time(void **state)
{
	(void)state;
	assert_shows(time_from_unix(0, 0, TIME_S), "1970-01-01T00:00:00.000000000Z", TIME_S, TIME_ZONE_UTC);
}

static void time_unix_covers_both_sides_of_32_bits(void **state)
{
	(void)state;
	assert_shows(time_from_unix(INT32_MIN, 0, TIME_S), "1901-12-13T20:45:52.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_shows(time_from_unix(INT64_C(2147483648), 0, TIME_S), "2038-01-19T03:14:08.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_true(time_from_unix(-1, 0, TIME_S).raw == UINT64_MAX);
}

static void time_unix_out_of_range_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(time_from_unix(INT64_MAX, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_unix(INT64_MIN, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_unix(0, 1000000000, TIME_NS).state, TIME_INVALID);
	assert_shows(time_from_unix(INT64_C(-377705116800), 0, TIME_S), "-9999-01-01T00:00:00.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_int_equal(time_from_unix(INT64_C(-377705116801), 0, TIME_S).state, TIME_INVALID);
	assert_shows(time_from_unix(INT64_C(1833017126399), 999999999, TIME_NS), "+060055-12-31T23:59:59.999999999Z", TIME_NS, TIME_ZONE_UTC);
	assert_int_equal(time_from_unix(INT64_C(1833017126400), 0, TIME_S).state, TIME_INVALID);
}

static void time_negative_fractions_round_towards_the_past(void **state)
{
	(void)state;
	assert_shows(time_from_unix_ms(-1), "1969-12-31T23:59:59.999000000Z", TIME_MS, TIME_ZONE_UTC);
	assert_shows(time_from_unix_us(-1500001), "1969-12-31T23:59:58.499999000Z", TIME_US, TIME_ZONE_UTC);
	assert_shows(time_from_unix_ns(-1), "1969-12-31T23:59:59.999999999Z", TIME_NS, TIME_ZONE_UTC);
	assert_shows(time_from_unix_ns(INT64_MIN), "1677-09-21T00:12:43.145224192Z", TIME_NS, TIME_ZONE_UTC);
	assert_shows(time_from_unix_ns(INT64_MAX), "2262-04-11T23:47:16.854775807Z", TIME_NS, TIME_ZONE_UTC);
	assert_int_equal(time_from_unix_ms(INT64_MIN).state, TIME_INVALID);
	assert_int_equal(time_from_unix_us(INT64_MAX).state, TIME_INVALID);
}

static void time_dos_is_local_in_steps_of_two_seconds(void **state)
{
	(void)state;
	assert_shows(time_from_dos(44 << 9 | 2 << 5 | 29, 23 << 11 | 59 << 5 | 29, 0), "2024-02-29T23:59:58.000000000Z", TIME_2S, TIME_LOCAL);
	assert_shows(time_from_dos(1 << 5 | 1, 0, 0), "1980-01-01T00:00:00.000000000Z", TIME_2S, TIME_LOCAL);
	assert_shows(time_from_dos(127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29, 0), "2107-12-31T23:59:58.000000000Z", TIME_2S, TIME_LOCAL);
}

static void time_dos_hundredths_make_it_finer(void **state)
{
	(void)state;
	uint16_t date = 44 << 9 | 2 << 5 | 28, clock = 23 << 11 | 59 << 5 | 29;
	assert_shows(time_from_dos(date, clock, 199), "2024-02-28T23:59:59.990000000Z", TIME_10MS, TIME_LOCAL);
	assert_shows(time_from_dos(date, clock, 1), "2024-02-28T23:59:58.010000000Z", TIME_10MS, TIME_LOCAL);
	assert_shows(time_from_dos(date, clock, 200), "2024-02-28T23:59:58.000000000Z", TIME_2S, TIME_LOCAL);
	assert_true(time_from_dos(date, clock, 200).raw == ((uint64_t)200 << 32 | (uint64_t)date << 16 | clock));
}

static void time_dos_bad_fields_are_invalid_and_kept(void **state)
{
	(void)state;
	assert_int_equal(time_from_dos(0, 0, 0).state, TIME_UNSET);
	const uint16_t bad_dates[] = { 1, 1 << 5, 13 << 5 | 1, 4 << 5 | 31, 43 << 9 | 2 << 5 | 29, 0xffff };
	for (size_t i = 0; i < sizeof bad_dates / sizeof *bad_dates; i++) {
		assert_int_equal(time_from_dos(bad_dates[i], 0, 0).state, TIME_INVALID);
		assert_true(time_from_dos(bad_dates[i], 0, 0).raw == (uint64_t)bad_dates[i] << 16);
	}
	const uint16_t bad_clocks[] = { 24 << 11, 60 << 5, 30, 0xffff };
	for (size_t i = 0; i < sizeof bad_clocks / sizeof *bad_clocks; i++)
		assert_int_equal(time_from_dos(1 << 5 | 1, bad_clocks[i], 0).state, TIME_INVALID);
}

static void time_hfs_counts_from_1904(void **state)
{
	(void)state;
	assert_int_equal(time_from_hfs(0).state, TIME_UNSET);
	assert_shows(time_from_hfs(3000000000), "1999-01-24T05:20:00.000000000Z", TIME_S, TIME_ZONE_UTC);
	assert_shows(time_from_hfs(UINT32_MAX), "2040-02-06T06:28:15.000000000Z", TIME_S, TIME_ZONE_UTC);
}

static void time_webkit_counts_from_1601(void **state)
{
	(void)state;
	assert_int_equal(time_from_webkit(0).state, TIME_UNSET);
	assert_shows(time_from_webkit(13327668672123456), "2023-05-04T10:11:12.123456000Z", TIME_US, TIME_ZONE_UTC);
	assert_shows(time_from_webkit(-1), "1600-12-31T23:59:59.999999000Z", TIME_US, TIME_ZONE_UTC);
	assert_int_equal(time_from_webkit(INT64_MIN).state, TIME_INVALID);
}

static void time_cocoa_counts_from_2001_to_the_microsecond(void **state)
{
	(void)state;
	assert_shows(time_from_cocoa(0.0), "2001-01-01T00:00:00.000000000Z", TIME_US, TIME_ZONE_UTC);
	assert_shows(time_from_cocoa(704887872.123456), "2023-05-04T10:11:12.123456000Z", TIME_US, TIME_ZONE_UTC);
	assert_shows(time_from_cocoa(-0.25), "2000-12-31T23:59:59.750000000Z", TIME_US, TIME_ZONE_UTC);
	/* Foundation's distantPast: 0001-01-01 of the Julian calendar */
	assert_shows(time_from_cocoa(-63114076800.0), "0000-12-30T00:00:00.000000000Z", TIME_US, TIME_ZONE_UTC);
	assert_shows(time_from_cocoa(0.9999999), "2001-01-01T00:00:01.000000000Z", TIME_US, TIME_ZONE_UTC);
	assert_true(time_from_cocoa(704887872.123456).raw == 0x41c501de200fcd68);
}

static void time_doubles_that_are_no_moment_are_invalid(void **state)
{
	(void)state;
	const double bad[] = { (double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, 9.3e18, 1e13 };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(time_from_cocoa(bad[i]).state, TIME_INVALID);
		assert_int_equal(time_from_ole(bad[i]).state, TIME_INVALID);
	}
	assert_true(time_from_cocoa(INFINITY).raw == 0x7ff0000000000000);
}

static void time_ole_negative_days_count_the_fraction_forward(void **state)
{
	(void)state;
	assert_shows(time_from_ole(0.0), "1899-12-30T00:00:00.000000000Z", TIME_MS, TIME_LOCAL);
	assert_shows(time_from_ole(5.25), "1900-01-04T06:00:00.000000000Z", TIME_MS, TIME_LOCAL);
	assert_shows(time_from_ole(-1.25), "1899-12-29T06:00:00.000000000Z", TIME_MS, TIME_LOCAL);
	assert_shows(time_from_ole(-0.25), "1899-12-30T06:00:00.000000000Z", TIME_MS, TIME_LOCAL);
}

static void time_ole_noise_of_the_double_is_rounded_away(void **state)
{
	(void)state;
	assert_shows(time_from_ole(45050.4244444444), "2023-05-04T10:11:12.000000000Z", TIME_MS, TIME_LOCAL);
	assert_shows(time_from_ole(2.9999999999), "1900-01-02T00:00:00.000000000Z", TIME_MS, TIME_LOCAL);
}

static void time_ole_ends_with_the_years_100_and_9999(void **state)
{
	(void)state;
	assert_shows(time_from_ole(2958465.0), "9999-12-31T00:00:00.000000000Z", TIME_MS, TIME_LOCAL);
	assert_int_equal(time_from_ole(2958466.0).state, TIME_INVALID);
	assert_shows(time_from_ole(-657434.0), "0100-01-01T00:00:00.000000000Z", TIME_MS, TIME_LOCAL);
	assert_int_equal(time_from_ole(-657435.0).state, TIME_INVALID);
}

static struct timestamp systemtime(const uint16_t field[8])
{
	uint8_t bytes[16];
	for (size_t i = 0; i < 8; i++) {
		bytes[2 * i] = (uint8_t)field[i];
		bytes[2 * i + 1] = (uint8_t)(field[i] >> 8);
	}
	return time_from_systemtime(bytes);
}

static void time_systemtime_is_read_by_field(void **state)
{
	(void)state;
	struct timestamp t = systemtime((const uint16_t[8]){ 2023, 5, 4, 4, 10, 11, 12, 345 });
	assert_shows(t, "2023-05-04T10:11:12.345000000Z", TIME_MS, TIME_ZONE_UTC);
	assert_true(t.raw == 20230504101112345);
	assert_int_equal(systemtime((const uint16_t[8]){ 0 }).state, TIME_UNSET);
}

static void time_systemtime_bad_fields_are_invalid(void **state)
{
	(void)state;
	static const uint16_t bad[][8] = {
		{ 1600, 1, 0, 1, 0, 0, 0, 0 },    { 30828, 1, 0, 1, 0, 0, 0, 0 },   { 2023, 0, 0, 1, 0, 0, 0, 0 },    { 2023, 13, 0, 1, 0, 0, 0, 0 },
		{ 2023, 2, 0, 29, 0, 0, 0, 0 },   { 2023, 1, 0, 0, 0, 0, 0, 0 },    { 2023, 1, 0, 1, 24, 0, 0, 0 },   { 2023, 1, 0, 1, 0, 60, 0, 0 },
		{ 2023, 12, 0, 31, 23, 59, 60, 0 }, { 2023, 1, 0, 1, 0, 0, 0, 1000 }, { 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535 },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(systemtime(bad[i]).state, TIME_INVALID);
	assert_true(systemtime(bad[8]).raw == 20231231235960000);
	assert_true(systemtime(bad[10]).raw == 655359999999999999);
}

static void time_civil_bad_fields_are_invalid(void **state)
{
	(void)state;
	assert_shows(time_from_civil(2000, 2, 29, 0, 0, 0, 5, TIME_NS), "2000-02-29T00:00:00.000000005Z", TIME_NS, TIME_ZONE_UTC);
	assert_int_equal(time_from_civil(1900, 2, 29, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(2023, 4, 31, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(2016, 12, 31, 23, 59, 60, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(2023, 1, 1, 0, 0, 0, 1000000000, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(60056, 1, 1, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(-10000, 12, 31, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(INT64_MIN, UINT32_MAX, UINT32_MAX, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_int_equal(time_from_civil(INT64_MAX, 1, 1, 0, 0, 0, 0, TIME_S).state, TIME_INVALID);
	assert_true(time_from_civil(2023, 13, 4, 10, 11, 12, 0, TIME_S).raw == 20231304101112);
}

static void time_days_agree_with_gmtime_for_every_year(void **state)
{
	(void)state;
	/* every fifth day from -9999-01-01 to 60055-12-31, at a time of day that moves too */
	for (int64_t day = -4371587, step = 0; day <= 21215475; day += 5, step++) {
		time_t seconds = day * 86400 + step % 86400;
		struct tm tm;
		int64_t year;
		unsigned month, day_of_month;
		assert_non_null(gmtime_r(&seconds, &tm));
		time_civil(seconds, &year, &month, &day_of_month);
		if (year != tm.tm_year + 1900 || month != (unsigned)tm.tm_mon + 1 || day_of_month != (unsigned)tm.tm_mday)
			fail_msg("%lld", (long long)seconds);
		struct timestamp back = time_from_civil(year, month, day_of_month, (unsigned)tm.tm_hour, (unsigned)tm.tm_min, (unsigned)tm.tm_sec, 0, TIME_S);
		if (back.state != TIME_VALID || back.seconds != seconds)
			fail_msg("%lld", (long long)seconds);
	}
}

static void time_text_agrees_with_gmtime(void **state)
{
	(void)state;
	for (int64_t seconds = INT64_C(-62167219200); seconds <= INT64_C(253402300799); seconds += INT64_C(1000003) * 101) {
		time_t clock = seconds;
		struct tm tm;
		char expected[64];
		assert_non_null(gmtime_r(&clock, &tm));
		snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d.000000042Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		         tm.tm_min, tm.tm_sec);
		assert_string_equal(shown(time_from_unix(seconds, 42, TIME_NS)), expected);
		assert_int_equal(text.length, 30);
	}
}

static void time_years_outside_four_digits_are_expanded(void **state)
{
	(void)state;
	assert_string_equal(shown(time_from_civil(9999, 12, 31, 23, 59, 59, 0, TIME_S)), "9999-12-31T23:59:59.000000000Z");
	assert_string_equal(shown(time_from_civil(10000, 1, 1, 0, 0, 0, 0, TIME_S)), "+010000-01-01T00:00:00.000000000Z");
	assert_string_equal(shown(time_from_civil(0, 1, 1, 0, 0, 0, 0, TIME_S)), "0000-01-01T00:00:00.000000000Z");
	assert_string_equal(shown(time_from_civil(-1, 12, 31, 23, 59, 59, 0, TIME_S)), "-0001-12-31T23:59:59.000000000Z");
}

static void time_format_writes_nothing_without_a_moment(void **state)
{
	(void)state;
	assert_string_equal(shown(time_from_filetime(0)), "");
	assert_string_equal(shown(time_from_filetime(UINT64_MAX)), "");
}

static void time_format_stands_a_forged_struct(void **state)
{
	(void)state;
	struct timestamp forged = { .seconds = INT64_MIN, .nanoseconds = UINT32_MAX, .state = TIME_VALID };
	assert_string_equal(shown(forged), "-292277022657-01-27T08:29:52.999999999Z");
	forged.seconds = INT64_MAX;
	assert_string_equal(shown(forged), "+292277026596-12-04T15:30:07.999999999Z");
}

static void time_short_form_is_19_bytes(void **state)
{
	(void)state;
	struct timestamp t = time_from_unix(1683195072, 999999999, TIME_NS);
	buffer_clear(&text);
	time_format_short(&text, &t);
	assert_string_equal(buffer_string(&text), "2023-05-04 10:11:12");
}

static void time_parse_reads_what_format_writes(void **state)
{
	(void)state;
	for (int64_t seconds = INT64_C(-377705116800); seconds <= INT64_C(1833017126399); seconds += INT64_C(9999991) * 97) {
		struct timestamp t = time_from_unix(seconds, (uint32_t)(seconds & 0xffffff), TIME_NS), back;
		shown(t);
		assert_true(time_parse((const char *)text.data, text.length, &back));
		assert_int_equal(time_compare(&t, &back), 0);
		assert_int_equal(back.precision, TIME_NS);
	}
}

static void time_parse_takes_any_offset(void **state)
{
	(void)state;
	assert_int_equal(parsed("2023-05-04T10:11:12+05:30").seconds, 1683175272);
	struct timestamp t = parsed("2023-05-04t10:11:12.500-08:00");
	assert_int_equal(t.seconds, 1683223872);
	assert_int_equal(t.nanoseconds, 500000000);
	assert_int_equal(parsed("2023-05-04 10:11:12z").seconds, 1683195072);
	assert_int_equal(parsed("2023-05-04T10:11:12-00:00").seconds, 1683195072);
}

static void time_parse_gives_the_precision_of_its_digits(void **state)
{
	(void)state;
	assert_int_equal(parsed("2023-05-04T10:11:12Z").precision, TIME_S);
	assert_int_equal(parsed("2023-05-04T10:11:12.12Z").precision, TIME_10MS);
	assert_int_equal(parsed("2023-05-04T10:11:12.123Z").precision, TIME_MS);
	assert_int_equal(parsed("2023-05-04T10:11:12.123456Z").precision, TIME_US);
	assert_int_equal(parsed("2023-05-04T10:11:12.1234567Z").precision, TIME_100NS);
	assert_int_equal(parsed("2023-05-04T10:11:12.123456789Z").precision, TIME_NS);
	assert_int_equal(parsed("2023-05-04T10:11:12.1234567Z").nanoseconds, 123456700);
}

static void time_parse_refuses_what_is_none(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "2", "2023-05-04", "2023-05-04T10:11:12", "2023-05-04T10:11Z", "2023-05-04T10:11:12Z ", " 2023-05-04T10:11:12Z", "2023-5-04T10:11:12Z",
		"2023-05-04T10:11:60Z", "2023-05-04T24:00:00Z", "2023-02-29T00:00:00Z", "2023-00-01T00:00:00Z", "2023-05-00T00:00:00Z",
		"2023-05-04T10:60:12Z", "2023-05-04T10:11:12.Z", "2023-05-04T10:11:12.1234567890Z", "2023-05-04T10:11:12,5Z", "2023-05-04T10:11:12+24:00",
		"2023-05-04T10:11:12+05:60", "2023-05-04T10:11:12+0530", "2023-05-04T10:11:12+05", "+2023-05-04T10:11:12Z", "+060056-01-01T00:00:00Z",
		"20230504T101112Z", "2023/05/04T10:11:12Z", "2023-05-04T1a:11:12Z", "-9999-01-01T00:00:00+00:01",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parses(bad[i]))
			fail_msg("taken: %s", bad[i]);
	struct timestamp t = time_from_unix(7, 0, TIME_S);
	assert_false(time_parse("2023-05-04T10:11:12Z\0", 21, &t));
	assert_int_equal(t.seconds, 7);
}

static void time_parse_stays_within_its_length(void **state)
{
	(void)state;
	static const char whole[] = "2023-05-04T10:11:12.123456789+05:30";
	for (size_t length = 0; length < sizeof whole - 1; length++) {
		char *exact = malloc(length + 1);       /* a read at [length] is seen by the address sanitizer */
		memcpy(exact, whole, length);
		char *bounded = realloc(exact, length ? length : 1);
		struct timestamp t;
		assert_false(time_parse(bounded, length, &t));
		free(bounded);
	}
}

static void time_compare_orders_by_moment_only(void **state)
{
	(void)state;
	struct timestamp early = time_from_unix(-1, 999999999, TIME_NS), late = time_from_filetime(116444736000000000), same = time_from_unix(0, 0, TIME_S);
	struct timestamp none = time_from_filetime(0), invalid = time_from_filetime(UINT64_MAX), finer = time_from_unix(0, 1, TIME_NS);
	assert_true(time_compare(&early, &late) < 0);
	assert_true(time_compare(&late, &early) > 0);
	assert_int_equal(time_compare(&late, &same), 0);
	assert_true(time_compare(&same, &finer) < 0);
	assert_true(time_compare(&none, &early) < 0);
	assert_true(time_compare(&early, &invalid) > 0);
	assert_int_equal(time_compare(&none, &invalid), 0);
}

static void time_precision_names_come_back(void **state)
{
	(void)state;
	static const char *const names[] = { "ns", "100ns", "us", "ms", "10ms", "s", "2s", "min", "day" };
	for (unsigned i = TIME_NS; i <= TIME_DAY; i++) {
		enum time_precision p;
		assert_string_equal(time_precision_name((enum time_precision)i), names[i]);
		assert_true(time_precision_parse(names[i], strlen(names[i]), &p));
		assert_int_equal(p, i);
	}
	enum time_precision p;
	assert_false(time_precision_parse("", 0, &p));
	assert_false(time_precision_parse("days", 4, &p));
	assert_false(time_precision_parse("10m", 3, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_filetime_keeps_its_100_ns),
		cmocka_unit_test(time_filetime_before_1970_is_kept),
		cmocka_unit_test(time_filetime_zero_is_unset),
		cmocka_unit_test(time_filetime_upper_half_is_invalid_and_keeps_its_bits),
		cmocka_unit_test(time_unix_zero_is_a_time),
		cmocka_unit_test(time_unix_covers_both_sides_of_32_bits),
		cmocka_unit_test(time_unix_out_of_range_is_invalid),
		cmocka_unit_test(time_negative_fractions_round_towards_the_past),
		cmocka_unit_test(time_dos_is_local_in_steps_of_two_seconds),
		cmocka_unit_test(time_dos_hundredths_make_it_finer),
		cmocka_unit_test(time_dos_bad_fields_are_invalid_and_kept),
		cmocka_unit_test(time_hfs_counts_from_1904),
		cmocka_unit_test(time_webkit_counts_from_1601),
		cmocka_unit_test(time_cocoa_counts_from_2001_to_the_microsecond),
		cmocka_unit_test(time_doubles_that_are_no_moment_are_invalid),
		cmocka_unit_test(time_ole_negative_days_count_the_fraction_forward),
		cmocka_unit_test(time_ole_noise_of_the_double_is_rounded_away),
		cmocka_unit_test(time_ole_ends_with_the_years_100_and_9999),
		cmocka_unit_test(time_systemtime_is_read_by_field),
		cmocka_unit_test(time_systemtime_bad_fields_are_invalid),
		cmocka_unit_test(time_civil_bad_fields_are_invalid),
		cmocka_unit_test(time_days_agree_with_gmtime_for_every_year),
		cmocka_unit_test(time_text_agrees_with_gmtime),
		cmocka_unit_test(time_years_outside_four_digits_are_expanded),
		cmocka_unit_test(time_format_writes_nothing_without_a_moment),
		cmocka_unit_test(time_format_stands_a_forged_struct),
		cmocka_unit_test(time_short_form_is_19_bytes),
		cmocka_unit_test(time_parse_reads_what_format_writes),
		cmocka_unit_test(time_parse_takes_any_offset),
		cmocka_unit_test(time_parse_gives_the_precision_of_its_digits),
		cmocka_unit_test(time_parse_refuses_what_is_none),
		cmocka_unit_test(time_parse_stays_within_its_length),
		cmocka_unit_test(time_compare_orders_by_moment_only),
		cmocka_unit_test(time_precision_names_come_back),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buffer_free(&text);
	return failed;
}
