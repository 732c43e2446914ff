/* SPDX-License-Identifier: Apache-2.0 */
/* utmp.c: logins, logouts, boots of utmp, wtmp and btmp.
 * glibc's struct utmp (utmp.h, bits/utmp.h). x86 and most: 384 bytes; aarch64, s390x: 400 bytes with 64-bit times; big-endian on s390, ppc. The
 * system's own tools misread foreign layouts silently; here the layout is chosen by how many records make sense in it.
 *   384: 0 i16 type; 4 i32 pid; 8 line 32; 40 id 4; 44 user 32; 76 host 256; 336 i32 session; 340 u32 s; 344 i32 us; 348 address 16
 *   400: the same to 332; 336 i64 session; 344 i64 s; 352 i64 us; 360 address 16
 * An all-zero record between valid ones is what a log wiper leaves: it is told. */
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"

enum { LINE = 8, LINE_SIZE = 32, USER = 44, USER_SIZE = 32, HOST = 76, HOST_SIZE = 256, TYPES = 10 };

struct layout { size_t size, seconds, micros, address; bool wide, big; };
static const struct layout layouts[] = { { 384, 340, 344, 348, false, false }, { 400, 344, 352, 360, true, false }, { 384, 340, 344, 348, false, true }, { 400, 344, 352, 360, true, true } };

static const struct { const char *kind, *desc, *verb; } types[TYPES] = {
	[1] = { "login:run_level", "Event Time", "run level changed" }, [2] = { "login:boot", "Start Time", "system booted" }, [3] = { "login:clock", "Event Time", "clock changed, new time" },
	[4] = { "login:clock", "Event Time", "clock changed, old time" }, [5] = { "login:init", "Start Time", "process started by init" }, [6] = { "login:prompt", "Start Time", "login prompt" },
	[7] = { "login:login", "Logon Time", "logged in" }, [8] = { "login:logout", "Logoff Time", "logged out" }, [9] = { "login:accounting", "Event Time", "accounting" },
};

static uint64_t number(const uint8_t *p, size_t bytes, bool big)
{
	uint64_t v = 0;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | p[big ? i : bytes - 1 - i];
	return v;
}

static bool zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static bool sensible(const uint8_t *p, const struct layout *l)
{
	uint64_t type = number(p, 2, l->big), micros = number(p + l->micros, l->wide ? 8 : 4, l->big), seconds = number(p + l->seconds, l->wide ? 8 : 4, l->big);
	if (type >= TYPES || micros >= 1000000 || seconds > UINT32_MAX)
		return false;
	for (size_t i = 0; i < LINE_SIZE && p[LINE + i]; i++)
		if (p[LINE + i] < 32)
			return false;
	return true;
}

static const struct layout *layout_of(const uint8_t *p, size_t length)
{
	const struct layout *best = NULL;
	size_t best_good = 0;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		size_t count = length / layouts[i].size, good = 0;
		if (count > 1000)
			count = 1000;
		for (size_t k = 0; k < count; k++)
			good += sensible(p + k * layouts[i].size, &layouts[i]) && !zero(p + k * layouts[i].size, layouts[i].size);
		/* the size decides between layouts that make equal sense */
		bool fits = length % layouts[i].size == 0;
		if (good * 10 >= count * 8 && good && (good * 2 + fits > best_good)) {
			best_good = good * 2 + fits;
			best = &layouts[i];
		}
	}
	return best;
}

static bool utmp_probe(const uint8_t *head, size_t length, bool named)
{
	return named && length >= 384 && layout_of(head, length);
}

static void address_text(struct record_builder *r, const uint8_t *a)
{
	struct buffer t = { 0 };
	if (zero(a, 16))
		return;
	if (zero(a + 4, 12))
		buffer_format(&t, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	else
		for (int i = 0; i < 16; i += 2)
			buffer_format(&t, "%s%x", i ? ":" : "", (unsigned)(a[i] << 8 | a[i + 1]));
	value_text(r, "address", (const char *)t.data, t.length);
	buffer_free(&t);
}

static void utmp_parse(struct parse *p)
{
	const struct layout *l = p->bytes ? layout_of(p->bytes, p->length) : NULL;
	if (!l) {
		report_error(p->report, "damage", "utmp.layout", p->node->step, 0, p->length, "no known layout of login records fits");
		return;
	}
	bool failed = memmem(p->node->name.bytes, p->node->name.length, "btmp", 4);
	size_t holes = 0, at = 0;
	for (; at + l->size <= p->length; at += l->size) {
		const uint8_t *e = p->bytes + at;
		uint64_t type = number(e, 2, l->big);
		struct record_builder r;
		if (zero(e, l->size)) {
			holes++;
			continue;
		}
		if (type >= TYPES || !types[type].kind) {
			if (type >= TYPES)
				report_error(p->report, "damage", "utmp.record", p->node->step, at, l->size, "a login record of unknown type %llu", (unsigned long long)type);
			continue;
		}
		if (holes)
			report_note(p->report, "utmp.hole", p->node->step, at - holes * l->size, holes * l->size, "%zu login records were overwritten with zeros", holes);
		holes = 0;
		uint64_t seconds = number(e + l->seconds, l->wide ? 8 : 4, l->big);
		struct timestamp t = time_from_unix((int64_t)seconds, (uint32_t)(number(e + l->micros, l->wide ? 8 : 4, l->big) % 1000000 * 1000), TIME_US);
		if (!seconds || !parse_event(p, &r, &t, failed && type != 2 ? "login:failed" : types[type].kind, types[type].desc, at, l->size))
			continue;
		size_t line = strnlen((const char *)e + LINE, LINE_SIZE), user = strnlen((const char *)e + USER, USER_SIZE), host = strnlen((const char *)e + HOST, HOST_SIZE);
		struct buffer m = { 0 };
		text_to_utf8(&m, e + USER, user, TEXT_UTF8);
		buffer_format(&m, "%s%s", user ? " " : "", failed && type != 2 ? "failed to log in" : types[type].verb);
		if (line) {
			buffer_text(&m, " on ");
			text_to_utf8(&m, e + LINE, line, TEXT_UTF8);
		}
		if (host) {
			buffer_text(&m, " from ");
			text_to_utf8(&m, e + HOST, host, TEXT_UTF8);
		}
		record_text(&r, F_PATH, (const char *)p->node->path.bytes, p->node->path.length);
		if (user)
			record_evidence_text(&r, F_USER, e + USER, user, TEXT_UTF8);
		record_map(&r, F_DATA);
		value_number(&r, "type", type);
		value_number(&r, "pid", number(e + 4, 4, l->big));
		value_evidence_text(&r, "line", e + LINE, line, TEXT_UTF8);
		if (host)
			value_evidence_text(&r, "remote_host", e + HOST, host, TEXT_UTF8);
		address_text(&r, e + l->address);
		record_close(&r);
		parse_event_end(p, &r, (const char *)m.data, m.length);
		buffer_free(&m);
	}
	if (at < p->length)
		report_error(p->report, "damage", "utmp.record", p->node->step, at, p->length - at, "the last login record is cut short");
}

#define ROW(symbol, name, text) const struct artifact_parser symbol = { .id = name, .about = text, .events = "login:login login:logout login:boot login:failed", .attack = "T1078", .probe = utmp_probe, .parse = utmp_parse };
ROW(artifact_utmp, "lx.utmp", "logins, logouts and boots of utmp and wtmp")
ROW(artifact_btmp, "lx.btmp", "failed logins of btmp")
