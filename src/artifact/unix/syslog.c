/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c: lines of syslog, messages, auth.log and secure.
 * Two shapes (RFC 3164 section 4.1 as daemons write it to files, and ISO 8601 as rsyslog's default template writes it since Debian 12):
 *   "Mmm dd hh:mm:ss host tag[pid]: message"   no year, local time: the year is inferred from the file's modification time, going up from the last line
 *   "YYYY-MM-DDThh:mm:ss.ffffff+hh:mm host tag[pid]: message"
 * A line that begins otherwise belongs to the one before. Text is the attacker's: names are taken from the right of the last " from ". */
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"

enum { LINE_MOST = 64 * 1024, DAY = 86400 };

struct line { size_t at, length; unsigned month, day, hour, minute, second; struct timestamp t; bool iso, old; int64_t year; };

static bool two(const uint8_t *p, unsigned *v)
{
	if (p[1] < '0' || p[1] > '9' || ((p[0] < '0' || p[0] > '9') && p[0] != ' '))
		return false;
	*v = (unsigned)((p[0] == ' ' ? 0 : p[0] - '0') * 10 + (p[1] - '0'));
	return true;
}

/* Reads the time at the start of a line; returns the length of it, 0 when there is none. */
static size_t stamp(const uint8_t *p, size_t n, struct line *l)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (n >= 20 && p[4] == '-' && p[10] == 'T') {
		size_t i = 19;
		while (i < n && p[i] != ' ')
			i++;
		l->iso = time_parse((const char *)p, i, &l->t);
		return l->iso ? i : 0;
	}
	if (n < 16 || p[3] != ' ' || p[6] != ' ' || p[9] != ':' || p[12] != ':' || p[15] != ' ')
		return 0;
	for (unsigned m = 0; m < 12; m++)
		if (!memcmp(p, months + 3 * m, 3)) {
			l->month = m + 1;
			l->old = two(p + 4, &l->day) && two(p + 7, &l->hour) && two(p + 10, &l->minute) && two(p + 13, &l->second) && l->day && l->day < 32 && l->hour < 24 && l->minute < 60 && l->second < 60;
			return l->old ? 15 : 0;
		}
	return 0;
}

/* Seconds since the start of the year, good enough to see which of two lines is later. */
static int64_t within(const struct line *l)
{
	return (((int64_t)l->month * 31 + l->day) * 24 + l->hour) * 3600 + l->minute * 60 + l->second;
}

static void years(const struct parse *p, struct line *line, size_t lines)
{
	struct timestamp m = p->node->time[NODE_MTIME];
	int64_t year = 0, later = 0;
	unsigned month, day;
	bool first = true;
	if (m.state != TIME_VALID)
		return;
	time_civil(m.seconds, &year, &month, &day);
	for (size_t i = lines; i-- > 0;) {
		struct line *l = &line[i];
		if (!l->old)
			continue;
		struct timestamp t = time_from_civil(year, l->month, l->day, l->hour, l->minute, l->second, 0, TIME_S);
		if (first ? t.state == TIME_VALID && t.seconds > m.seconds + DAY : within(l) > later + DAY)
			year--;
		first = false;
		later = within(l);
		l->year = year;
	}
}

static void words(struct record_builder *r, const uint8_t *m, size_t n)
{
	static const struct { const char *text, *action; } known[] = {
		{ "Accepted ", "accepted" }, { "Failed ", "failed" }, { "Invalid user ", "invalid user" }, { "session opened for user ", "session opened" }, { "session closed for user ", "session closed" }, { "new user: name=", "user added" }, { "password changed for ", "password changed" },
	};
	const uint8_t *from = NULL, *user = NULL;
	for (size_t i = 0; i + 6 <= n; i++)
		if (!memcmp(m + i, " from ", 6))
			from = m + i;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const uint8_t *hit = memmem(m, n, known[i].text, strlen(known[i].text));
		if (!hit)
			continue;
		value_string(r, "action", known[i].action);
		user = hit + strlen(known[i].text);
		if (i < 2) {
			user = memmem(user, n - (size_t)(user - m), " for ", 5);
			user = user ? user + 5 : NULL;
			if (user && n - (size_t)(user - m) > 13 && !memcmp(user, "invalid user ", 13))
				user += 13;
		}
		if (user) {
			const uint8_t *end = from && from > user && i < 3 ? from : user;
			if (end == user)
				while (end < m + n && *end != ' ' && *end != '(' && *end != ',')
					end++;
			value_evidence_text(r, "user", user, (size_t)(end - user), TEXT_UTF8);
		}
		if (from && i < 3) {
			const uint8_t *end = from + 6;
			while (end < m + n && *end != ' ')
				end++;
			value_evidence_text(r, "source_address", from + 6, (size_t)(end - from - 6), TEXT_UTF8);
		}
		break;
	}
	const uint8_t *ran = memmem(m, n, "COMMAND=", 8);
	if (ran)
		value_evidence_text(r, "command", ran + 8, n - (size_t)(ran + 8 - m), TEXT_UTF8);
}

static void syslog_parse(struct parse *p)
{
	if (!p->bytes) {
		report_error(p->report, "limit", "syslog.size", p->node->step, 0, 0, "a log of more than 64 MiB: not read");
		return;
	}
	size_t count = 1, lines = 0;
	for (size_t i = 0; i < p->length; i++)
		count += p->bytes[i] == '\n';
	struct line *line = arena_array(p->arena, count, sizeof *line);
	for (size_t at = 0; at < p->length;) {
		const uint8_t *end = memchr(p->bytes + at, '\n', p->length - at);
		size_t n = end ? (size_t)(end - p->bytes) - at : p->length - at;
		struct line l = { .at = at, .length = n };
		if (stamp(p->bytes + at, n, &l))
			line[lines++] = l;
		else if (lines && n)
			line[lines - 1].length = at + n - line[lines - 1].at;
		at += n + 1;
	}
	years(p, line, lines);
	uint64_t undated = 0;
	for (size_t i = 0; i < lines; i++) {
		struct line *l = &line[i];
		const uint8_t *text = p->bytes + l->at;
		size_t n = l->length < LINE_MOST ? l->length : LINE_MOST, from = stamp(text, n, &(struct line){ 0 });
		struct timestamp t = l->t;
		if (l->old) {
			if (!l->year) {
				undated++;
				continue;
			}
			t = time_from_civil(l->year, l->month, l->day, l->hour, l->minute, l->second, 0, TIME_S);
			t.zone = TIME_LOCAL;
		}
		struct record_builder r;
		if (!parse_event(p, &r, &t, "log:line", "Content Modification Time", l->at, l->length))
			continue;
		from += from < n && text[from] == ' ';
		const uint8_t *host = text + from, *after = memchr(host, ' ', n - from);
		size_t host_length = after ? (size_t)(after - host) : 0;
		const uint8_t *tag = after ? after + 1 : host, *colon = memchr(tag, ':', n - (size_t)(tag - text));
		struct buffer m = { 0 };
		text_to_utf8(&m, tag, n - (size_t)(tag - text), TEXT_UTF8);
		if (host_length)
			record_evidence_text(&r, F_HOST, host, host_length, TEXT_UTF8);
		record_text(&r, F_PATH, (const char *)p->node->path.bytes, p->node->path.length);
		record_map(&r, F_DATA);
		if (colon) {
			const uint8_t *bracket = memchr(tag, '[', (size_t)(colon - tag));
			value_evidence_text(&r, "program", tag, (size_t)((bracket ? bracket : colon) - tag), TEXT_UTF8);
			words(&r, colon + 1, n - (size_t)(colon + 1 - text));
		}
		if (l->old)
			value_flag(&r, "year_inferred", true);
		record_close(&r);
		parse_event_end(p, &r, (const char *)m.data, m.length);
		buffer_free(&m);
	}
	if (undated)
		report_note(p->report, "syslog.undated", p->node->step, 0, 0, "%llu lines have no year, and the file no time to infer it from", (unsigned long long)undated);
}

static bool syslog_probe(const uint8_t *head, size_t length, bool named)
{
	const uint8_t *end = memchr(head, '\n', length);
	return named && length && stamp(head, end ? (size_t)(end - head) : length, &(struct line){ 0 }) > 0;
}

#define ROW(symbol, name, text) const struct artifact_parser symbol = { .id = name, .about = text, .events = "log:line", .attack = "T1078", .probe = syslog_probe, .parse = syslog_parse };
ROW(artifact_auth, "lx.auth", "auth.log and secure: logins, sudo, accounts")
ROW(artifact_syslog, "lx.syslog", "syslog, messages and their kin")
