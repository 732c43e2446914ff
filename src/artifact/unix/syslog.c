/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c: text logs of syslog daemons (syslog, messages, auth.log, secure, cron, mail, kern, macOS system.log): one event a line.
 *
 * Headers that are read (each also with a "<PRI>" in front):
 *   Mmm dd hh:mm:ss[.fraction] host tag[pid]: text           RFC 3164 4.1 and what daemons make of it: no year, the writer's zone
 *   YYYY-MM-DDThh:mm:ss[.fraction]±hh:mm host tag[pid]: text  rsyslog's file format; Chrome OS has a level instead of the host
 *   1 TIME HOST APP PROCID MSGID [SD] text                    RFC 5424 6 (version 1)
 * Any other line continues the record before it. What sshd, sudo, su, cron, useradd and pam_unix say is taken apart by syslog_events.c.
 *
 * Year-less lines get their year from the file: the last one is not later than a day after the file's modification time, and reading upwards a line that is
 * more than a day later in the year belongs to the year before. This fails for files with gaps of more than a year: `year_inferred` marks every such event. Without a
 * modification time there is no year, so no event. Clock steps of up to a day are allowed; 29 February must fall into a leap year. */
#include <string.h>

#include "artifact/artifact.h"
#include "artifact/lines.h"
#include "artifact/unix/syslog.h"
#include "base/text.h"
#include "format/format.h"

enum { RECORD_MAX = 64 * 1024, MESSAGE_BYTES = 8192, HOST_MAX = 255, TAG_MAX = 128, YEAR_DAY_LEAP = 60 /* 29 February */ };

struct header {
	struct syslog_line line;
	struct timestamp time;          /* valid unless yearless */
	bool yearless, stated;          /* stated: with its own zone offset */
	unsigned month, day, hour, minute, second;
	uint32_t nanoseconds;
	enum time_precision precision;
	bool has_priority; unsigned priority;
};

struct reader { const uint8_t *at, *end; };

static bool take(struct reader *r, char c)
{
	if (r->at >= r->end || *r->at != (uint8_t)c)
		return false;
	r->at++;
	return true;
}

static bool number(struct reader *r, unsigned least, unsigned most, unsigned *value)
{
	unsigned n = 0, v = 0;
	while (r->at < r->end && n < most && *r->at >= '0' && *r->at <= '9') {
		v = v * 10 + (unsigned)(*r->at++ - '0');
		n++;
	}
	*value = v;
	return n >= least;
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* "Mmm dd hh:mm:ss", day with a space or zero in front, or one digit. */
static bool yearless_time(struct reader *r, struct header *h)
{
	if (r->end - r->at < 14)
		return false;
	h->month = 0;
	for (unsigned m = 0; m < 12; m++)
		if (memcmp(months + 3 * m, r->at, 3) == 0)
			h->month = m + 1;
	r->at += 3;
	if (!h->month || !take(r, ' '))
		return false;
	(void)take(r, ' ');
	if (!number(r, 1, 2, &h->day) || !take(r, ' ') || !number(r, 2, 2, &h->hour) || !take(r, ':') || !number(r, 2, 2, &h->minute) || !take(r, ':') ||
	    !number(r, 2, 2, &h->second) || h->day < 1 || h->day > 31 || h->hour > 23 || h->minute > 59 || h->second > 60)
		return false;
	h->precision = TIME_S;
	h->nanoseconds = 0;
	if (r->end - r->at > 1 && *r->at == '.' && r->at[1] >= '0' && r->at[1] <= '9') {
		unsigned places = 0;
		r->at++;
		for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, places++)
			if (places < 9)
				h->nanoseconds = h->nanoseconds * 10 + (uint32_t)(*r->at - '0');
		for (unsigned i = places; i < 9; i++)
			h->nanoseconds *= 10;
		h->precision = places <= 3 ? TIME_MS : places <= 6 ? TIME_US : TIME_NS;
	}
	h->yearless = true;
	return true;
}

/* RFC 3339 up to the next space; a space instead of 'T' does not occur here. Without an offset it is the writer's wall clock. */
static bool full_time(struct reader *r, struct header *h)
{
	const uint8_t *space = memchr(r->at, ' ', (size_t)(r->end - r->at));
	size_t length = space ? (size_t)(space - r->at) : (size_t)(r->end - r->at);
	if (length < 19 || length > 40 || r->at[4] != '-' || r->at[10] != 'T')
		return false;
	char text[48];
	memcpy(text, r->at, length);
	bool zoned = text[length - 1] == 'Z';
	for (size_t i = 19; i < length; i++)
		zoned |= text[i] == '+' || text[i] == '-';
	size_t digits = 0;
	while (length > 20 && 20 + digits < length && text[19] == '.' && text[20 + digits] >= '0' && text[20 + digits] <= '9')
		digits++;
	if (!zoned)
		text[length] = 'Z';
	if (!time_parse(text, length + !zoned, &h->time) || h->time.state != TIME_VALID)
		return false;
	h->time.precision = digits == 0 ? TIME_S : digits <= 3 ? TIME_MS : digits <= 6 ? TIME_US : TIME_NS;
	h->time.zone = zoned ? TIME_ZONE_UTC : TIME_LOCAL;
	h->stated = zoned;
	r->at += length;
	return true;
}

static struct syslog_text word(struct reader *r, size_t most)
{
	const uint8_t *from = r->at;
	while (r->at < r->end && *r->at > ' ' && (size_t)(r->at - from) < most)
		r->at++;
	return (struct syslog_text){ from, (size_t)(r->at - from) };
}

static bool is_level(const struct syslog_text *t)
{
	static const char *const level[] = { "DEBUG", "INFO", "NOTICE", "WARNING", "WARN", "ERR", "ERROR", "CRIT", "ALERT", "EMERG" };
	for (size_t i = 0; i < sizeof level / sizeof *level; i++)
		if (t->length == strlen(level[i]) && memcmp(t->bytes, level[i], t->length) == 0)
			return true;
	return false;
}

/* "tag[pid]: text" behind the host. The tag may hold spaces before '[' only in broken writers: then there is none, all is text. */
static void tag_and_text(struct reader *r, struct syslog_line *l)
{
	struct reader t = *r;
	const uint8_t *from = t.at;
	while (t.at < t.end && *t.at > ' ' && *t.at != '[' && *t.at != ':' && t.at - from < TAG_MAX)
		t.at++;
	l->tag = (struct syslog_text){ from, (size_t)(t.at - from) };
	if (take(&t, '[')) {
		l->pid.bytes = t.at;
		while (t.at < t.end && *t.at != ']' && *t.at > ' ' && t.at - l->pid.bytes < TAG_MAX)
			t.at++;
		l->pid.length = (size_t)(t.at - l->pid.bytes);
		if (!take(&t, ']'))
			l->pid.length = 0;
	}
	if (l->tag.length && take(&t, ':')) {
		(void)take(&t, ' ');
		r->at = t.at;
	} else if (l->tag.length && t.at < t.end && *t.at == ' ' && !l->pid.length) {
		t.at++;                                         /* "log_tag text" as logger writes without a colon */
		r->at = t.at;
	} else {
		l->tag.length = l->pid.length = 0;
	}
	l->text = (struct syslog_text){ r->at, (size_t)(r->end - r->at) };
}

/* RFC 5424 6.3: '-' or one or more [id name="value" ...], values with \" \\ \] escaped. */
static struct syslog_text structured_data(struct reader *r)
{
	const uint8_t *from = r->at;
	if (take(r, '-'))
		return (struct syslog_text){ 0 };
	while (r->at < r->end && *r->at == '[') {
		bool quoted = false;
		for (r->at++; r->at < r->end; r->at++) {
			if (quoted && *r->at == '\\' && r->end - r->at > 1)
				r->at++;
			else if (*r->at == '"')
				quoted = !quoted;
			else if (!quoted && *r->at == ']')
				break;
		}
		if (!take(r, ']'))
			break;
	}
	return (struct syslog_text){ from, (size_t)(r->at - from) };
}

static struct syslog_text nil(struct syslog_text t)
{
	return t.length == 1 && *t.bytes == '-' ? (struct syslog_text){ 0 } : t;
}

/* False: no header, so the line continues the one before. */
static bool header_read(struct header *h, const uint8_t *bytes, size_t length)
{
	struct reader r = { bytes, bytes + length };
	*h = (struct header){ 0 };
	if (take(&r, '<')) {
		h->has_priority = number(&r, 1, 3, &h->priority) && h->priority <= 191 && take(&r, '>');
		if (!h->has_priority)
			return false;
	}
	if (h->has_priority && r.end - r.at > 2 && r.at[0] == '1' && r.at[1] == ' ') {
		r.at += 2;
		if (!full_time(&r, h) || !take(&r, ' '))
			return false;
		h->line.host = nil(word(&r, HOST_MAX));
		(void)take(&r, ' ');
		h->line.tag = nil(word(&r, TAG_MAX));
		(void)take(&r, ' ');
		h->line.pid = nil(word(&r, TAG_MAX));
		(void)take(&r, ' ');
		h->line.message_id = nil(word(&r, TAG_MAX));
		(void)take(&r, ' ');
		h->line.structured = structured_data(&r);
		(void)take(&r, ' ');
		(void)take(&r, ' ');                            /* rsyslog's template puts a second one */
		if (r.end - r.at >= 3 && memcmp(r.at, "\xEF\xBB\xBF", 3) == 0)
			r.at += 3;
		h->line.text = (struct syslog_text){ r.at, (size_t)(r.end - r.at) };
		return true;
	}
	if (r.at < r.end && *r.at >= '0' && *r.at <= '9') {
		if (!full_time(&r, h))
			return false;
	} else if (!yearless_time(&r, h)) {
		return false;
	}
	if (take(&r, ':')) {                                    /* "Mmm dd hh:mm:ss: --- last message repeated 5 times ---" */
		(void)take(&r, ' ');
		h->line.text = (struct syslog_text){ r.at, (size_t)(r.end - r.at) };
		return true;
	}
	if (!take(&r, ' '))
		return r.at == r.end;
	(void)take(&r, ' ');
	struct reader before = r;
	h->line.host = word(&r, HOST_MAX);
	if (is_level(&h->line.host)) {
		h->line.level = h->line.host;
		h->line.host.length = 0;
	} else if (h->line.host.length && h->line.host.bytes[h->line.host.length - 1] == ':') {
		h->line.host.length = 0;                        /* no host: that was the tag */
		r = before;
	}
	(void)take(&r, ' ');
	tag_and_text(&r, &h->line);
	return true;
}

/* ---- the year. Days are counted in a year of 366 days, so that comparing two needs no year. */
static unsigned year_day(unsigned month, unsigned day)
{
	static const unsigned before[] = { 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335 };
	return before[month - 1] + day;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* How many years lie between two lines that follow each other: +1 where the later one is in the new year, -1 for a clock set back over New Year. */
static int year_step(unsigned earlier, unsigned later)
{
	if (earlier > later + 1)
		return 1;
	return later > earlier && later - earlier >= 364 ? -1 : 0;
}

struct years { int64_t first; bool known; const char *from; uint64_t lines; };

/* "-YYYYMMDD" that logrotate's dateext appends: nothing in the file is later than that day. */
static bool rotation_date(const struct node *n, int64_t *year, unsigned *month, unsigned *day)
{
	if (!n)
		return false;
	for (size_t i = 0; i + 9 <= n->name.length; i++) {
		struct reader r = { n->name.bytes + i, n->name.bytes + i + 9 };
		unsigned y;
		if (take(&r, '-') && number(&r, 4, 4, &y) && number(&r, 2, 2, month) && number(&r, 2, 2, day) && y >= 1970 && y < 2200 && *month >= 1 && *month <= 12 &&
		    *day >= 1 && *day <= 31 && (i + 9 == n->name.length || n->name.bytes[i + 9] == '.')) {
			*year = y;
			return true;
		}
	}
	return false;
}

/* One pass over the headers: how often the year turns, and from the file's own date which year the first line is in. */
static struct years years_infer(struct parse *p, struct lines *lines)
{
	struct years y = { 0 };
	struct line line;
	struct header h;
	int64_t turned = 0, leap_at = 0;
	bool leap = false;
	unsigned last = 0, month = 0, day = 0;
	lines_rewind(lines);
	while (lines_next(lines, &line)) {
		if (!header_read(&h, line.bytes, line.length) || !h.yearless)
			continue;
		unsigned now = year_day(h.month, h.day);
		if (y.lines++)
			turned += year_step(last, now);
		last = now;
		if (now == YEAR_DAY_LEAP && !leap) {
			leap = true;
			leap_at = turned;
		}
	}
	int64_t bound = 0;
	if (!y.lines)
		return y;
	if (rotation_date(p->node, &bound, &month, &day))
		y.from = "rotation name";
	else if (p->node && p->node->time[NODE_MTIME].state == TIME_VALID) {
		time_civil(p->node->time[NODE_MTIME].seconds, &bound, &month, &day);
		y.from = "mtime";
	} else {
		return y;
	}
	if (last > year_day(month, day) + 1 && last - year_day(month, day) < 365)
		bound--;
	y.first = bound - turned;
	for (int i = 0; leap && i < 8 && !is_leap(y.first + leap_at); i++)
		y.first--;                                      /* the file was touched years after its last line */
	y.known = true;
	return y;
}

/* ---- events */
struct pending {
	struct buffer bytes;            /* the record's lines */
	uint64_t offset, end;
	bool open;
	unsigned lines;
};

struct syslog {
	struct parse *parse;
	struct pending pending;
	struct years years;
	int64_t year;
	unsigned last_day;
	bool begun;
	uint64_t undated, cut, stray;
	struct buffer message;
};

static void value_text_of(struct record_builder *r, const char *key, const struct syslog_text *t)
{
	if (t->length)
		value_evidence_text(r, key, t->bytes, t->length, TEXT_UTF8);
}

static void finish(struct syslog *s)
{
	struct pending *q = &s->pending;
	struct parse *p = s->parse;
	struct header h;
	if (!q->open)
		return;
	q->open = false;
	if (!header_read(&h, q->bytes.data, q->bytes.length))
		return;
	if (h.yearless) {
		unsigned now = year_day(h.month, h.day);
		if (s->begun)
			s->year += year_step(s->last_day, now);
		s->last_day = now;
		s->begun = true;
		if (!s->years.known) {
			s->undated++;
			return;
		}
		h.time = time_from_civil(s->year, h.month, h.day, h.hour, h.minute, h.second, h.nanoseconds, h.precision);
		h.time.zone = TIME_LOCAL;
		h.time.raw = (uint64_t)h.month * 100000000 + h.day * 1000000 + h.hour * 10000 + h.minute * 100 + h.second;
	}
	struct syslog_event what = syslog_event_of(&h.line);
	struct record_builder r;
	if (!parse_event(p, &r, &h.time, what.kind, "Recorded Time", q->offset, q->end - q->offset))
		return;
	if (h.stated)
		record_text(&r, F_ZONE, "stated", 6);
	if (h.line.host.length)
		record_evidence_text(&r, F_HOST, h.line.host.bytes, h.line.host.length, TEXT_UTF8);
	if (what.user.length)
		record_evidence_text(&r, F_USER, what.user.bytes, what.user.length, TEXT_UTF8);
	record_map(&r, F_DATA);
	if (h.yearless) {
		value_flag(&r, "year_inferred", true);
		value_string(&r, "year_from", s->years.from);
	}
	value_text_of(&r, "reporter", &h.line.tag);
	value_text_of(&r, "pid", &h.line.pid);
	value_text_of(&r, "level", &h.line.level);
	value_text_of(&r, "message_id", &h.line.message_id);
	value_text_of(&r, "structured_data", &h.line.structured);
	if (h.has_priority) {
		value_number(&r, "facility", h.priority >> 3);
		value_number(&r, "severity", h.priority & 7);
	}
	for (size_t i = 0; i < what.fields; i++)
		value_text_of(&r, what.field[i].key, &what.field[i].text);
	value_text_of(&r, "text", &h.line.text);
	record_close(&r);
	buffer_clear(&s->message);
	if (h.line.tag.length) {
		message_text(&s->message, h.line.tag.bytes, h.line.tag.length, TAG_MAX);
		if (h.line.pid.length) {
			buffer_byte(&s->message, '[');
			message_text(&s->message, h.line.pid.bytes, h.line.pid.length, TAG_MAX);
			buffer_byte(&s->message, ']');
		}
		buffer_text(&s->message, ": ");
	}
	message_text(&s->message, h.line.text.bytes, h.line.text.length, MESSAGE_BYTES);
	parse_event_end(p, &r, (const char *)s->message.data, s->message.length);
}

static void add(struct syslog *s, const struct line *line)
{
	struct pending *q = &s->pending;
	size_t length = line->length;
	if (q->bytes.length + length + 1 > RECORD_MAX) {
		s->cut += q->lines > 1;
		length = RECORD_MAX > q->bytes.length + 1 ? RECORD_MAX - 1 - q->bytes.length : 0;
	}
	if (q->bytes.length && length)
		buffer_byte(&q->bytes, '\n');
	buffer_append(&q->bytes, line->bytes, length);
	q->end = line->offset + line->length;
	q->lines++;
}

static void syslog_parse(struct parse *p)
{
	struct syslog s = { .parse = p };
	struct lines lines = lines_of(p);
	struct line line;
	struct header h;
	s.years = years_infer(p, &lines);
	s.year = s.years.first;
	lines_rewind(&lines);
	while (lines_next(&lines, &line)) {
		if (header_read(&h, line.bytes, line.length)) {
			finish(&s);
			buffer_clear(&s.pending.bytes);
			s.pending.open = true;
			s.pending.lines = 0;
			s.pending.offset = line.offset;
			add(&s, &line);
		} else if (s.pending.open) {
			if (line.length)
				add(&s, &line);
		} else if (line.length) {
			s.stray++;
		}
	}
	finish(&s);
	lines_close(&lines);
	if (s.cut)
		report_error(p->report, "limit", "syslog.record", NULL, 0, 0, "records of many lines are longer than %d bytes: %llu lines were left out", RECORD_MAX, (unsigned long long)s.cut);
	if (s.undated)
		report_note(p->report, "syslog.year", NULL, 0, 0, "%llu lines have no year, and the file has no date to infer it from: no events", (unsigned long long)s.undated);
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	value_number(&r, "yearless", s.years.lines);
	if (s.years.known) {
		value_signed(&r, "first_year", s.years.first);
		value_signed(&r, "last_year", s.year);
		value_string(&r, "year_from", s.years.from);
	}
	value_number(&r, "undated", s.undated);
	value_number(&r, "stray_lines", s.stray);
	record_close(&r);
	record_end(&r);
	buffer_free(&s.pending.bytes);
	buffer_free(&s.message);
}

/* Two of the first lines must have a header (one, if there is only one). */
static bool syslog_probe(const uint8_t *head, size_t length, bool named)
{
	struct header h;
	size_t seen = 0, good = 0, at = 0;
	if (length > 16384)
		length = 16384;
	if (!named || memchr(head, 0, length < 512 ? length : 512))
		return false;
	while (at < length && seen < 64) {
		const uint8_t *end = memchr(head + at, '\n', length - at);
		size_t size = end ? (size_t)(end - (head + at)) : length - at;
		seen++;
		good += header_read(&h, head + at, size);
		at += size + 1;
	}
	return good >= 2 || (good && seen <= 3);
}

#define EVENTS "log_event,login,login_failed,logout,session,sudo,su,account_change,cron_job"
#define ROW(symbol, row, text) \
	const struct artifact_parser symbol = { .id = row, .about = text, .events = EVENTS, .attack = "T1078,T1110,T1548.003", .probe = syslog_probe, .parse = syslog_parse }

ROW(artifact_syslog, "lx.syslog", "syslog, messages, user, daemon and debug logs");
ROW(artifact_syslog_auth, "lx.auth", "auth.log and secure: log-ins, sudo, su, accounts");
ROW(artifact_syslog_kern, "lx.kern", "kernel and boot logs with syslog headers");
ROW(artifact_syslog_cron, "lx.cronlog", "cron logs");
ROW(artifact_syslog_mail, "lx.maillog", "logs of mail servers with syslog headers");
ROW(artifact_syslog_macos, "mc.systemlog", "macOS system.log");
ROW(artifact_syslog_macos_secure, "mc.securityd", "macOS secure.log");
