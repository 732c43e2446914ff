/* SPDX-License-Identifier: Apache-2.0 */
/* timestamp.c: every clock of the field to one moment, and the moment to text and back; see timestamp.h.
 *
 * All of it is integer arithmetic on days since 1970 in the proleptic Gregorian calendar, with years that begin on 1 March, in eras
 * of 400 years (146,097 days): "chrono-Compatible Low-Level Date Algorithms", H. Hinnant. libc's time functions are not used: they
 * read the zone from files, which the sandbox forbids, and are several times slower.
 *
 * Traps: a FILETIME is unsigned on disk but Windows takes it as signed, so its upper half is no date; signed clocks before their
 * epoch must round towards the past; a negative OLE date counts its days back but its fraction of the day forward. */
#include "base/timestamp.h"

#include <string.h>

/* Seconds from 1970-01-01T00:00:00 to midnight of the day that a clock counts from. */
#define EPOCH_1601 INT64_C(-11644473600)        /* FILETIME, WebKit */
#define EPOCH_1899 INT64_C(-2209161600)         /* OLE: 1899-12-30 */
#define EPOCH_1904 INT64_C(-2082844800)         /* HFS */
#define EPOCH_2001 INT64_C(978307200)           /* Cocoa */
#define SECONDS_MIN INT64_C(-377705116800)      /* -9999-01-01T00:00:00 */
#define SECONDS_MAX INT64_C(1833017126399)      /* 60055-12-31T23:59:59 */

enum { DAY = 86400, YEAR_MIN = -9999, YEAR_MAX = 60055, NS_MAX = 999999999 };
enum { ERA_YEARS = 400, ERA_DAYS = 146097, DAYS_TO_1970 = 719468 };    /* days from 0000-03-01 to 1970-01-01 */

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263"
	"646566676869707172737475767778798081828384858687888990919293949596979899";

static const char *const precision_name[] = { "ns", "100ns", "us", "ms", "10ms", "s", "2s", "min", "day" };
enum { PRECISIONS = sizeof precision_name / sizeof *precision_name };

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t floor_rest(int64_t a, int64_t b)
{
	return a % b + (a % b < 0 ? b : 0);
}

static struct timestamp unset(enum time_precision precision, enum time_zone zone, uint64_t raw)
{
	return (struct timestamp){ .state = TIME_UNSET, .precision = (uint8_t)precision, .zone = (uint8_t)zone, .raw = raw };
}

static struct timestamp invalid(enum time_precision precision, enum time_zone zone, uint64_t raw)
{
	return (struct timestamp){ .state = TIME_INVALID, .precision = (uint8_t)precision, .zone = (uint8_t)zone, .raw = raw };
}

static struct timestamp moment(int64_t seconds, uint32_t nanoseconds, enum time_precision precision, enum time_zone zone, uint64_t raw)
{
	if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanoseconds > NS_MAX)
		return invalid(precision, zone, raw);
	return (struct timestamp){ .seconds = seconds, .nanoseconds = nanoseconds, .state = TIME_VALID,
	                           .precision = (uint8_t)precision, .zone = (uint8_t)zone, .raw = raw };
}

/* A signed count of units (so many a second) since an epoch. */
static struct timestamp from_count(int64_t count, int64_t units, int64_t epoch, enum time_precision precision)
{
	uint32_t nanoseconds = (uint32_t)(floor_rest(count, units) * (1000000000 / units));
	return moment(floor_div(count, units) + epoch, nanoseconds, precision, TIME_ZONE_UTC, (uint64_t)count);
}

static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = floor_div(year, ERA_YEARS);
	int64_t year_of_era = year - era * ERA_YEARS;
	int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

static unsigned days_in_month(int64_t year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

/* Nanoseconds are judged by moment(). */
static bool civil_is_good(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
	return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month) && hour < 24 &&
	       minute < 60 && second < 60;
}

static int64_t civil_seconds(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
	return days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static uint64_t at_most(uint64_t v, uint64_t limit)
{
	return v < limit ? v : limit;
}

/* Clocks that come in fields have no one number on disk: their `raw` is the decimal YYYYMMDDhhmmss, a field too big for its
 * place as 99, the whole negative before the year 0. */
static uint64_t civil_raw(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
	uint64_t raw = at_most(magnitude(year), 99999);
	const unsigned fields[] = { month, day, hour, minute, second };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		raw = raw * 100 + at_most(fields[i], 99);
	return year < 0 ? 0 - raw : raw;
}

struct timestamp time_from_filetime(uint64_t ticks)
{
	if (ticks == 0)
		return unset(TIME_100NS, TIME_ZONE_UTC, ticks);
	if (ticks > INT64_MAX)
		return invalid(TIME_100NS, TIME_ZONE_UTC, ticks);
	return from_count((int64_t)ticks, 10000000, EPOCH_1601, TIME_100NS);
}

struct timestamp time_from_unix(int64_t seconds, uint32_t nanoseconds, enum time_precision precision)
{
	return moment(seconds, nanoseconds, precision, TIME_ZONE_UTC, (uint64_t)seconds);
}

struct timestamp time_from_unix_ms(int64_t ms)
{
	return from_count(ms, 1000, 0, TIME_MS);
}

struct timestamp time_from_unix_us(int64_t us)
{
	return from_count(us, 1000000, 0, TIME_US);
}

struct timestamp time_from_unix_ns(int64_t ns)
{
	return from_count(ns, 1000000000, 0, TIME_NS);
}

struct timestamp time_from_dos(uint16_t date, uint16_t clock, uint8_t hundredths)
{
	/* date: day 0-4, month 5-8, years since 1980 9-15; clock: seconds/2 0-4, minute 5-10, hour 11-15 */
	uint64_t raw = (uint64_t)hundredths << 32 | (uint64_t)date << 16 | clock;
	bool fine = hundredths > 0 && hundredths < 200;
	enum time_precision precision = fine ? TIME_10MS : TIME_2S;
	if (date == 0)
		return unset(precision, TIME_LOCAL, raw);
	unsigned year = 1980u + (date >> 9), month = date >> 5 & 15u, day = date & 31u;
	unsigned hour = clock >> 11, minute = clock >> 5 & 63u, second = 2 * (clock & 31u);
	if (!civil_is_good(year, month, day, hour, minute, second))
		return invalid(precision, TIME_LOCAL, raw);
	unsigned extra = fine ? hundredths : 0;
	return moment(civil_seconds(year, month, day, hour, minute, second) + extra / 100, extra % 100 * 10000000, precision, TIME_LOCAL, raw);
}

struct timestamp time_from_hfs(uint32_t seconds)
{
	if (seconds == 0)
		return unset(TIME_S, TIME_ZONE_UTC, 0);
	return moment(EPOCH_1904 + seconds, 0, TIME_S, TIME_ZONE_UTC, seconds);
}

struct timestamp time_from_webkit(int64_t us)
{
	if (us == 0)
		return unset(TIME_US, TIME_ZONE_UTC, 0);
	return from_count(us, 1000000, EPOCH_1601, TIME_US);
}

static uint64_t bits_of(double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

static int64_t nearest(double not_negative)
{
	return (int64_t)(not_negative + 0.5);
}

/* Today's values have steps of 0.12 us, so the digits below a microsecond are noise of the double: the nearest one is meant. */
struct timestamp time_from_cocoa(double seconds)
{
	uint64_t raw = bits_of(seconds);
	if (!(seconds > -1e12 && seconds < 1e13))       /* NaN too; keeps the conversion to integer defined */
		return invalid(TIME_US, TIME_ZONE_UTC, raw);
	int64_t whole = (int64_t)seconds;
	whole -= (double)whole > seconds;
	struct timestamp t = from_count(nearest((seconds - (double)whole) * 1e6), 1000000, EPOCH_2001 + whole, TIME_US);
	t.raw = raw;
	return t;
}

/* Automation dates end with the years 0100 and 9999. Today's values have steps of 0.6 us, and the programs that make them add their
 * own rounding: like the platform's own conversions, the nearest millisecond is taken. */
struct timestamp time_from_ole(double days)
{
	uint64_t raw = bits_of(days);
	if (!(days > -657435.0 && days < 2958466.0))    /* NaN too */
		return invalid(TIME_MS, TIME_LOCAL, raw);
	int64_t whole = (int64_t)days;
	double fraction = days < 0 ? (double)whole - days : days - (double)whole;
	struct timestamp t = from_count(nearest(fraction * (DAY * 1000.0)), 1000, EPOCH_1899 + whole * DAY, TIME_MS);
	t.raw = raw;
	t.zone = TIME_LOCAL;
	return t;
}

struct timestamp time_from_systemtime(const uint8_t bytes[16])
{
	/* eight u16: year (1601 to 30827), month, day of the week (Windows ignores it), day, hour, minute, second, millisecond */
	uint16_t field[8], any = 0;
	for (size_t i = 0; i < 8; i++) {
		field[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
		any |= field[i];
	}
	if (!any)
		return unset(TIME_MS, TIME_ZONE_UTC, 0);
	uint64_t raw = civil_raw(field[0], field[1], field[3], field[4], field[5], field[6]) * 1000 + at_most(field[7], 999);
	if (field[0] < 1601 || field[0] > 30827 || field[7] > 999 || !civil_is_good(field[0], field[1], field[3], field[4], field[5], field[6]))
		return invalid(TIME_MS, TIME_ZONE_UTC, raw);
	return moment(civil_seconds(field[0], field[1], field[3], field[4], field[5], field[6]), field[7] * 1000000u, TIME_MS, TIME_ZONE_UTC, raw);
}

struct timestamp time_from_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second, uint32_t nanoseconds,
                                 enum time_precision precision)
{
	uint64_t raw = civil_raw(year, month, day, hour, minute, second);
	if (!civil_is_good(year, month, day, hour, minute, second))
		return invalid(precision, TIME_ZONE_UTC, raw);
	return moment(civil_seconds(year, month, day, hour, minute, second), nanoseconds, precision, TIME_ZONE_UTC, raw);
}

void time_civil(int64_t seconds, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t days = floor_div(seconds, DAY) + DAYS_TO_1970;
	int64_t era = floor_div(days, ERA_DAYS);
	unsigned day_of_era = (unsigned)(days - era * ERA_DAYS);
	unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned from_march = (5 * day_of_year + 2) / 153;
	*day = day_of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = (int64_t)year_of_era + era * ERA_YEARS + (*month <= 2);
}

static char *put_pair(char *at, unsigned v)
{
	memcpy(at, pairs + 2 * v, 2);
	return at + 2;
}

/* Four digits, or the expanded form of ISO 8601: "-" and four, "+" and six (more if a caller's struct holds a wilder year). */
static char *put_year(char *at, int64_t year)
{
	uint64_t size = magnitude(year);
	if (year < 0)
		*at++ = '-';
	if (size < 10000)
		return put_pair(put_pair(at, (unsigned)size / 100), (unsigned)size % 100);
	if (year > 0)
		*at++ = '+';
	unsigned digits = 6;
	for (uint64_t rest = size / 1000000; rest; rest /= 10)
		digits++;
	for (unsigned i = digits; i-- > 0; size /= 10)
		at[i] = (char)('0' + size % 10);
	return at + digits;
}

static char *put_date_and_time(char *at, int64_t seconds, char between)
{
	int64_t year;
	unsigned month, day;
	time_civil(seconds, &year, &month, &day);
	unsigned rest = (unsigned)floor_rest(seconds, DAY);
	at = put_year(at, year);
	*at++ = '-';
	at = put_pair(at, month);
	*at++ = '-';
	at = put_pair(at, day);
	*at++ = between;
	at = put_pair(at, rest / 3600);
	*at++ = ':';
	at = put_pair(at, rest / 60 % 60);
	*at++ = ':';
	return put_pair(at, rest % 60);
}

enum { TEXT_ROOM = 48 };        /* sign, 20 digits of a year, 25 for the rest */

/* Hot (once a record and more): hardly a branch, digits in pairs from a table. That needs no cache of the last day, hence no state. */
void time_format(struct buffer *b, const struct timestamp *t)
{
	if (t->state != TIME_VALID)
		return;
	uint32_t ns = t->nanoseconds <= NS_MAX ? t->nanoseconds : NS_MAX;
	char *start = (char *)buffer_reserve(b, TEXT_ROOM);
	char *at = put_date_and_time(start, t->seconds, 'T');
	*at++ = '.';
	at = put_pair(at, ns / 10000000);
	at = put_pair(at, ns / 100000 % 100);
	at = put_pair(at, ns / 1000 % 100);
	at = put_pair(at, ns / 10 % 100);
	*at++ = (char)('0' + ns % 10);
	*at++ = 'Z';
	b->length += (size_t)(at - start);
}

void time_format_short(struct buffer *b, const struct timestamp *t)
{
	if (t->state != TIME_VALID)
		return;
	char *start = (char *)buffer_reserve(b, TEXT_ROOM);
	b->length += (size_t)(put_date_and_time(start, t->seconds, ' ') - start);
}

struct reader {
	const char *at, *end;
	bool bad;
};

static unsigned take_digits(struct reader *r, unsigned count)
{
	unsigned v = 0;
	for (; count && r->at < r->end && (unsigned char)(*r->at - '0') < 10; count--)
		v = v * 10 + (unsigned)(*r->at++ - '0');
	r->bad |= count != 0;
	return v;
}

static char take_one_of(struct reader *r, const char *accepted)
{
	if (r->at < r->end && *r->at && strchr(accepted, *r->at))
		return *r->at++;
	r->bad = true;
	return 0;
}

static bool next_is(const struct reader *r, char c)
{
	return r->at < r->end && *r->at == c;
}

bool time_parse(const char *text, size_t length, struct timestamp *t)
{
	struct reader r = { .at = text, .end = text + length };
	char sign = next_is(&r, '+') || next_is(&r, '-') ? *r.at++ : 0;
	int64_t year = take_digits(&r, sign == '+' ? 6 : 4);
	if (sign == '-')
		year = -year;
	take_one_of(&r, "-");
	unsigned month = take_digits(&r, 2);
	take_one_of(&r, "-");
	unsigned day = take_digits(&r, 2);
	take_one_of(&r, "Tt ");
	unsigned hour = take_digits(&r, 2);
	take_one_of(&r, ":");
	unsigned minute = take_digits(&r, 2);
	take_one_of(&r, ":");
	unsigned second = take_digits(&r, 2);

	uint32_t nanoseconds = 0;
	unsigned digits = 0;
	if (next_is(&r, '.')) {
		r.at++;
		for (; digits < 9 && r.at < r.end && (unsigned char)(*r.at - '0') < 10; digits++)
			nanoseconds = nanoseconds * 10 + (uint32_t)(*r.at++ - '0');
		r.bad |= digits == 0;
		for (unsigned i = digits; i < 9; i++)
			nanoseconds *= 10;
	}

	int64_t offset = 0;
	char zone = take_one_of(&r, "Zz+-");
	if (zone == '+' || zone == '-') {
		unsigned hours = take_digits(&r, 2);
		take_one_of(&r, ":");
		unsigned minutes = take_digits(&r, 2);
		r.bad |= hours > 23 || minutes > 59;
		offset = (zone == '+' ? 1 : -1) * (int64_t)(hours * 3600 + minutes * 60);
	}
	if (r.bad || r.at != r.end || !civil_is_good(year, month, day, hour, minute, second))
		return false;

	static const uint8_t by_digits[] = { TIME_S, TIME_10MS, TIME_10MS, TIME_MS, TIME_US, TIME_US, TIME_US, TIME_100NS, TIME_NS, TIME_NS };
	struct timestamp found = moment(civil_seconds(year, month, day, hour, minute, second) - offset, nanoseconds, by_digits[digits], TIME_ZONE_UTC,
	                                civil_raw(year, month, day, hour, minute, second));
	if (found.state != TIME_VALID)
		return false;
	*t = found;
	return true;
}

/* Unset and invalid ones hold no moment: they come first, equal among themselves. */
int time_compare(const struct timestamp *a, const struct timestamp *b)
{
	bool a_has = a->state == TIME_VALID, b_has = b->state == TIME_VALID;
	if (!a_has || !b_has)
		return a_has - b_has;
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return (a->nanoseconds > b->nanoseconds) - (a->nanoseconds < b->nanoseconds);
}

const char *time_precision_name(enum time_precision p)
{
	return (unsigned)p < PRECISIONS ? precision_name[p] : "?";
}

bool time_precision_parse(const char *name, size_t length, enum time_precision *p)
{
	for (unsigned i = 0; i < PRECISIONS; i++)
		if (strlen(precision_name[i]) == length && memcmp(precision_name[i], name, length) == 0) {
			*p = (enum time_precision)i;
			return true;
		}
	return false;
}
