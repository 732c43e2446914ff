/* SPDX-License-Identifier: Apache-2.0 */
/* utmp.c: utmp, wtmp, btmp and macOS utmpx: who logged in from where, failed log-ins, boots and shutdowns.
 *
 * The layout is that of the writer's C library and machine, and no header tells it (glibc bits/types/struct_utmp.h, Darwin utmpx.h); system tools misread foreign
 * ones silently. So every layout is tried, and that one is taken whose records are plausible (type, seconds, microseconds, printable text); the file's
 * size decides between equals. Offsets:
 *             size  type  pid  line  id      user     host     exit      session  seconds  microseconds  address
 *   384 LE/BE 384   0 i16 4    8,32  40,4    44,32    76,256   332 2*i16 336 i32  340 u32  344 i32       348,16   (most machines)
 *   400 LE/BE 400   0     4    8     40      44       76       332       336 i64  344 i64  352 i64       360,16   (aarch64, s390x)
 *   628 LE    628   296   292  260,32 256,4  0,256    308,256  -         -        300 i32  304 i32       -        (macOS; the first record is a signature)
 * 32-bit seconds are unsigned. In btmp the user may be a mistyped password. Records that are all zero between others are what wiping one entry leaves: a note. */
#include <arpa/inet.h>
#include <string.h>

#include "artifact/artifact.h"
#include "artifact/lines.h"
#include "base/text.h"
#include "format/format.h"

enum { RECORD_SIZE_MAX = 628, SAMPLE_RECORDS = 512, TURN_BYTES = 96 * 1024 };
enum { EMPTY, RUN_LEVEL, BOOT, NEW_TIME, OLD_TIME, INIT, LOGIN, USER, DEAD, ACCOUNTING, SIGNATURE, SHUTDOWN, TYPES };

struct layout {
	const char *name;
	size_t size, type, pid, line, id, user, user_size, host, exit, session, seconds, microseconds, address;
	bool big_endian, wide;          /* wide: session, seconds and microseconds are 64 bits */
	unsigned types;                 /* types are below this */
};

static const struct layout layouts[] = {
	{ "384LE", 384, 0, 4, 8, 40, 44, 32, 76, 332, 336, 340, 344, 348, false, false, SIGNATURE },
	{ "400LE", 400, 0, 4, 8, 40, 44, 32, 76, 332, 336, 344, 352, 360, false, true, SIGNATURE },
	{ "384BE", 384, 0, 4, 8, 40, 44, 32, 76, 332, 336, 340, 344, 348, true, false, SIGNATURE },
	{ "400BE", 400, 0, 4, 8, 40, 44, 32, 76, 332, 336, 344, 352, 360, true, true, SIGNATURE },
	{ "628LE", 628, 296, 292, 260, 256, 0, 256, 308, 0, 0, 300, 304, 0, false, false, TYPES },
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts, LINE_SIZE = 32, ID_SIZE = 4, HOST_SIZE = 256 };

struct entry {
	unsigned type;
	uint32_t pid;
	int64_t seconds, microseconds, session;
	const uint8_t *line, *id, *user, *host, *address;
	uint16_t termination, exit;
	bool zero;
};

static uint64_t field(const uint8_t *record, size_t at, size_t bytes, bool big_endian)
{
	struct cursor c = cursor_of(record, RECORD_SIZE_MAX, 0);
	c.at = at;
	return big_endian ? cursor_be(&c, bytes) : cursor_le(&c, bytes);
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* record: at least layout->size bytes in a buffer of RECORD_SIZE_MAX. */
static struct entry entry_of(const uint8_t *record, const struct layout *l)
{
	struct entry e = {
		.type = (unsigned)field(record, l->type, 2, l->big_endian), .pid = (uint32_t)field(record, l->pid, 4, l->big_endian),
		.line = record + l->line, .id = record + l->id, .user = record + l->user, .host = record + l->host, .address = l->address ? record + l->address : NULL,
		.zero = all_zero(record, l->size),
	};
	size_t width = l->wide ? 8 : 4;
	e.seconds = (int64_t)field(record, l->seconds, width, l->big_endian);
	e.microseconds = l->wide ? (int64_t)field(record, l->microseconds, 8, l->big_endian) : (int32_t)field(record, l->microseconds, 4, l->big_endian);
	if (l->session)
		e.session = l->wide ? (int64_t)field(record, l->session, 8, l->big_endian) : (int32_t)field(record, l->session, 4, l->big_endian);
	if (l->exit) {
		e.termination = (uint16_t)field(record, l->exit, 2, l->big_endian);
		e.exit = (uint16_t)field(record, l->exit + 2, 2, l->big_endian);
	}
	return e;
}

static size_t text_length(const uint8_t *bytes, size_t most)
{
	const uint8_t *end = memchr(bytes, 0, most);
	return end ? (size_t)(end - bytes) : most;
}

static bool printable(const uint8_t *bytes, size_t most)
{
	size_t length = text_length(bytes, most);
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] == 0x7F)
			return false;
	return true;
}

/* A record that can be one. Its texts may hold anything: the user of a failed log-in is what somebody typed. */
static bool possible(const struct entry *e, const struct layout *l)
{
	return e->type < l->types && e->seconds >= 0 && e->seconds < INT64_C(0x100000000);
}

/* A record that speaks for the layout. */
static bool plausible(const struct entry *e, const struct layout *l)
{
	return possible(e, l) && e->type != EMPTY && e->seconds && e->microseconds >= 0 && e->microseconds < 1000000 && printable(e->line, LINE_SIZE);
}

/* Records of one layout, read in turns. */
struct records {
	struct parse *parse;
	const struct layout *layout;
	uint64_t size, at;              /* at: of the record that the last call gave */
	uint8_t *turn;                  /* TURN_BYTES, as much of it filled as turn_length says; behind that RECORD_SIZE_MAX zeros */
	uint64_t turn_at; size_t turn_length;
};

static const uint8_t *record_at(struct records *r, uint64_t index)
{
	uint64_t at = index * r->layout->size;
	if (at > r->size || r->size - at < r->layout->size)
		return NULL;
	if (!r->turn_length || at < r->turn_at || at - r->turn_at + r->layout->size > r->turn_length) {
		size_t want = r->size - at < TURN_BYTES ? (size_t)(r->size - at) : TURN_BYTES;
		r->turn_at = at;
		if (r->parse->bytes) {
			memcpy(r->turn, r->parse->bytes + at, want);
			r->turn_length = want;
		} else {
			r->turn_length = source_read_at(r->parse->source, at, r->turn, want, &r->parse->tainted);
		}
		memset(r->turn + r->turn_length, 0, RECORD_SIZE_MAX);
		if (r->turn_length < r->layout->size)
			return NULL;
	}
	r->at = at;
	return r->turn + (at - r->turn_at);
}

/* The layout that most records of the beginning fit, or NULL when none fits one. `share`: per mille of the records that are not zero. */
static const struct layout *layout_choose(struct records *r, unsigned *share)
{
	const struct layout *best = NULL;
	unsigned best_share = 0;
	bool best_exact = false;
	for (size_t k = 0; k < LAYOUTS; k++) {
		r->layout = &layouts[k];
		r->turn_length = 0;
		size_t seen = 0, good = 0;
		const uint8_t *record;
		for (uint64_t i = 0; i < SAMPLE_RECORDS && (record = record_at(r, i)); i++) {
			struct entry e = entry_of(record, r->layout);
			if (e.zero)
				continue;
			seen += e.type != EMPTY || e.seconds || e.microseconds || e.pid;
			good += plausible(&e, r->layout);
		}
		if (layouts[k].types == TYPES) {                /* the macOS layout must show its signature */
			record = record_at(r, 0);
			if (!record || memcmp(record, "utmpx-", 6) != 0)
				continue;
		}
		unsigned part = seen ? (unsigned)(good * 1000 / seen) : 0;
		bool exact = r->size % layouts[k].size == 0;
		if (part > best_share || (part && part == best_share && exact && !best_exact)) {
			best = &layouts[k];
			best_share = part;
			best_exact = exact;
		}
	}
	r->turn_length = 0;
	*share = best_share;
	return best;
}

static const struct { const char *name, *kind, *desc, *says; } type_row[TYPES] = {
	[EMPTY] = { "empty", "login_record", "Recorded Time", "login record without a type" },
	[RUN_LEVEL] = { "run_level", "run_level", "Recorded Time", "run level changed" },
	[BOOT] = { "boot", "boot", "Start Time", "system boot" },
	[NEW_TIME] = { "new_time", "clock_set", "Recorded Time", "clock set, new time" },
	[OLD_TIME] = { "old_time", "clock_set", "Recorded Time", "clock set, old time" },
	[INIT] = { "init", "login_record", "Start Time", "process started by init" },
	[LOGIN] = { "login", "login_record", "Start Time", "waiting for log-in" },
	[USER] = { "user", "login", "Start Time", "log-in" },
	[DEAD] = { "dead", "logout", "End Time", "session ended" },
	[ACCOUNTING] = { "accounting", "login_record", "Recorded Time", "accounting" },
	[SIGNATURE] = { "signature", "login_record", "Recorded Time", "signature" },
	[SHUTDOWN] = { "shutdown", "shutdown", "End Time", "system shutdown" },
};

/* IPv4 in the first four bytes, or IPv6; empty when there is none. */
static void address_text(const uint8_t *bytes, char text[INET6_ADDRSTRLEN])
{
	text[0] = 0;
	if (!bytes || all_zero(bytes, 16))
		return;
	(void)inet_ntop(all_zero(bytes + 4, 12) ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN);
}

static void entry_event(struct parse *p, const struct entry *e, const struct layout *l, uint64_t offset, bool failed)
{
	size_t user_length = text_length(e->user, l->user_size), line_length = text_length(e->line, LINE_SIZE), host_length = text_length(e->host, HOST_SIZE);
	const char *kind = type_row[e->type].kind, *says = type_row[e->type].says, *desc = type_row[e->type].desc;
	if (e->type == RUN_LEVEL && user_length == 8 && memcmp(e->user, "shutdown", 8) == 0) {
		kind = "shutdown";
		says = "system shutdown";
		desc = "End Time";
	} else if (failed && (e->type == LOGIN || e->type == USER)) {
		kind = "login_failed";
		says = "failed log-in";
		desc = "Recorded Time";
	}
	bool exact = e->microseconds >= 0 && e->microseconds < 1000000;
	struct timestamp t = time_from_unix(e->seconds, exact ? (uint32_t)e->microseconds * 1000 : 0, exact ? TIME_US : TIME_S);
	t.raw = (uint64_t)e->seconds;
	if (e->seconds == 0)
		t.state = TIME_UNSET;
	struct record_builder r;
	if (!parse_event(p, &r, &t, kind, desc, offset, l->size))
		return;
	bool by_user = e->type == USER || e->type == LOGIN || e->type == DEAD || e->type == INIT;
	if (by_user && user_length)
		record_evidence_text(&r, F_USER, e->user, user_length, TEXT_UTF8);
	char address[INET6_ADDRSTRLEN];
	address_text(e->address, address);
	record_map(&r, F_DATA);
	value_string(&r, "record_type", type_row[e->type].name);
	if (!by_user && user_length)
		value_evidence_text(&r, "user", e->user, user_length, TEXT_UTF8);
	if (line_length)
		value_evidence_text(&r, "terminal", e->line, line_length, TEXT_UTF8);
	size_t id_length = text_length(e->id, ID_SIZE);
	if (id_length)
		value_evidence_text(&r, "terminal_id", e->id, id_length, TEXT_UTF8);
	if (host_length)
		value_evidence_text(&r, e->type == BOOT || e->type == RUN_LEVEL ? "kernel" : "remote_host", e->host, host_length, TEXT_UTF8);
	if (address[0])
		value_string(&r, "remote_address", address);
	value_number(&r, "pid", e->pid);
	if (e->type == RUN_LEVEL)
		value_number(&r, "run_level", e->pid & 0xFF);
	if (e->session)
		value_signed(&r, "session", e->session > INT32_MAX || e->session < INT32_MIN ? 0 : e->session);
	if (e->type == DEAD && (e->exit || e->termination)) {
		value_number(&r, "exit_code", e->exit);
		value_number(&r, "termination", e->termination);
	}
	record_close(&r);
	struct buffer message = { 0 };
	buffer_text(&message, says);
	if (user_length) {
		buffer_text(&message, ": ");
		message_text(&message, e->user, user_length, 256);
	}
	if (line_length) {
		buffer_text(&message, " on ");
		message_text(&message, e->line, line_length, 32);
	}
	if (host_length || address[0]) {
		buffer_text(&message, e->type == BOOT || e->type == RUN_LEVEL ? ", kernel " : " from ");
		if (host_length)
			message_text(&message, e->host, host_length, 256);
		else
			buffer_text(&message, address);
	}
	parse_event_end(p, &r, (const char *)message.data, message.length);
	buffer_free(&message);
}

static void utmp_parse_all(struct parse *p, bool failed)
{
	struct records *records = arena_new(p->arena, sizeof *records);
	records->parse = p;
	records->size = p->bytes || !p->source ? p->length : p->source->size;
	if (!records->size)
		return;
	records->turn = arena_new(p->arena, (records->size < TURN_BYTES ? (size_t)records->size : TURN_BYTES) + RECORD_SIZE_MAX);
	unsigned share;
	const struct layout *l = layout_choose(records, &share);
	if (!l) {
		report_error(p->report, "damage", "utmp.layout", NULL, 0, records->size, "no login record of a known layout");
		return;
	}
	records->layout = l;
	uint64_t zero = 0, damaged = 0, hole = 0, hole_at = 0, last = 0, index = 0;
	const uint8_t *record;
	for (; (record = record_at(records, index)); index++) {
		uint64_t offset = records->at;
		struct entry e = entry_of(record, l);
		if (e.zero) {
			zero++;
			if (!hole++)
				hole_at = offset;
			continue;
		}
		if (hole)
			report_note(p->report, "utmp.zeroed", NULL, hole_at, hole * l->size, "%llu login records are all zero%s: wiping an entry leaves this",
			            (unsigned long long)hole, last ? " between others" : " before the first");
		hole = 0;
		last = index + 1;
		if (e.type == SIGNATURE && l->types == TYPES)
			continue;
		if (!possible(&e, l)) {
			damaged++;
			report_error(p->report, "damage", "utmp.record", NULL, offset, l->size, "a login record that can't be: type %u, seconds %lld", e.type, (long long)e.seconds);
			continue;
		}
		entry_event(p, &e, l, offset, failed);
	}
	uint64_t tail = records->size - index * l->size;
	if (tail)
		report_note(p->report, "utmp.tail", NULL, index * l->size, tail, "%llu bytes behind the last whole record", (unsigned long long)tail);
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	value_string(&r, "layout", l->name);
	value_number(&r, "plausible_per_mille", share);
	value_number(&r, "records", index);
	value_number(&r, "zeroed", zero);
	value_number(&r, "damaged", damaged);
	value_number(&r, "tail_bytes", tail);
	record_close(&r);
	record_end(&r);
}

/* The path decides; here only what is certainly none: compressed rotations, text. */
static bool utmp_probe(const uint8_t *head, size_t length, bool named)
{
	if (!named || length < 16)
		return false;
	if ((head[0] == 0x1F && head[1] == 0x8B) || memcmp(head, "\xFD" "7zXZ", 5) == 0 || memcmp(head, "BZh", 3) == 0 || memcmp(head, "SQLite format 3", 15) == 0 ||
	    (head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD))
		return false;
	if (memcmp(head, "utmpx-", 6) == 0)
		return true;
	for (size_t i = 0; i < 16; i++)
		if (!head[i] || head[i] >= 0x7F)
			return true;                            /* a type below 10 in 16 bits always brings a zero */
	return false;
}

static void utmp_parse(struct parse *p)
{
	utmp_parse_all(p, false);
}

static void btmp_parse(struct parse *p)
{
	utmp_parse_all(p, true);
}

const struct artifact_parser artifact_utmp = {
	.id = "lx.utmp", .about = "utmp and wtmp: log-ins, log-outs, boots",
	.events = "login,logout,login_record,boot,shutdown,run_level,clock_set",
	.attack = "T1078", .probe = utmp_probe, .parse = utmp_parse,
};

const struct artifact_parser artifact_btmp = {
	.id = "lx.btmp", .about = "btmp: failed log-ins", .events = "login_failed", .attack = "T1110", .probe = utmp_probe, .parse = btmp_parse,
};

const struct artifact_parser artifact_utmpx = {
	.id = "mc.utmpx", .about = "macOS utmpx: log-ins, log-outs, boots", .events = "login,logout,boot,shutdown",
	.attack = "T1078", .probe = utmp_probe, .parse = utmp_parse,
};
