/* SPDX-License-Identifier: Apache-2.0 */
/* timestamp.h: one moment, how exact it is, and whether its zone is known; conversions from every clock of the field.
 *
 * A timestamp is seconds since 1970-01-01T00:00:00 (negative before) plus nanoseconds 0..999999999, without leap seconds.
 * TIME_UNSET: the source holds its "not set" value (zero FILETIME, 0 seconds where the format says so). TIME_INVALID: the
 * value names no representable moment; `raw` holds it. Only years -9999..60055 occur. Every conversion keeps `raw`. */
#ifndef SPOOR_BASE_TIMESTAMP_H
#define SPOOR_BASE_TIMESTAMP_H

#include "base/memory.h"

enum time_state { TIME_UNSET, TIME_VALID, TIME_INVALID };
enum time_precision { TIME_NS, TIME_100NS, TIME_US, TIME_MS, TIME_10MS, TIME_S, TIME_2S, TIME_MINUTE, TIME_DAY };
/* TIME_LOCAL: wall clock of the writer, zone unknown; shown as it stands. (TIME_ZONE_UTC is a macro of <time.h>.) */
enum time_zone { TIME_ZONE_UTC, TIME_LOCAL };

struct timestamp {
	int64_t seconds;
	uint32_t nanoseconds;
	uint8_t state, precision, zone;
	uint64_t raw;           /* the on-disk value, as an unsigned bit pattern */
};

struct timestamp time_from_filetime(uint64_t ticks);            /* 100 ns since 1601; 0 unset; > INT64_MAX invalid ([MS-DTYP] 2.3.3) */
struct timestamp time_from_unix(int64_t seconds, uint32_t nanoseconds, enum time_precision precision); /* never unset: 1970 is a time */
struct timestamp time_from_unix_ms(int64_t ms);
struct timestamp time_from_unix_us(int64_t us);
struct timestamp time_from_unix_ns(int64_t ns);
/* FAT, local; date 0 unset. hundredths 1..199 of 10 ms make it TIME_10MS, else it is TIME_2S: who knows better (a creation time, a date
 * alone) sets the precision. raw: hundredths << 32 | date << 16 | clock. */
struct timestamp time_from_dos(uint16_t date, uint16_t clock, uint8_t hundredths);
struct timestamp time_from_hfs(uint32_t seconds);               /* since 1904-01-01 UTC; 0 unset (Apple TN1150) */
struct timestamp time_from_webkit(int64_t us);                  /* since 1601; 0 unset */
/* The doubles keep their bits in raw; 0 is a time. */
struct timestamp time_from_cocoa(double seconds);               /* since 2001-01-01, to the nearest us; NaN/infinite invalid */
/* Since 1899-12-30, local, to the nearest ms, years 0100..9999; negative days count the fraction forward ([MS-OAUT] 2.2.25). */
struct timestamp time_from_ole(double days);
/* [MS-DTYP] 2.3.13, UTC as given; all zero unset, bad fields invalid, the day of the week ignored. raw: decimal YYYYMMDDhhmmssmmm. */
struct timestamp time_from_systemtime(const uint8_t bytes[16]);
/* Bad fields invalid. raw: decimal YYYYMMDDhhmmss, for a parser that has no better. */
struct timestamp time_from_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second,
                                 uint32_t nanoseconds, enum time_precision precision); /* proleptic Gregorian, UTC; bad fields invalid; second 60 invalid */

/* RFC 3339 with Z and always nine digits of the second, 30 bytes for years 0000..9999; other years in the expanded form
 * ("+012345-…", "-0001-…"). Only for TIME_VALID. */
void time_format(struct buffer *b, const struct timestamp *t);
/* Reads what time_format writes, and RFC 3339 with any offset and 0..9 digits, which give the precision (nine: TIME_NS). False, and t as it
 * was, when it is none; second 60 is none. */
bool time_parse(const char *text, size_t length, struct timestamp *t);
/* "2024-05-04 10:11:12" for people, seconds only, 19 bytes. Only for TIME_VALID, like time_format: both append nothing else. */
void time_format_short(struct buffer *b, const struct timestamp *t);
int time_compare(const struct timestamp *a, const struct timestamp *b);         /* by moment only; what has none (unset, invalid) is equal and first */
void time_civil(int64_t seconds, int64_t *year, unsigned *month, unsigned *day); /* for exporters */
const char *time_precision_name(enum time_precision p);         /* "ns" "100ns" "us" "ms" "10ms" "s" "2s" "min" "day" */
bool time_precision_parse(const char *name, size_t length, enum time_precision *p);

#endif
