/* SPDX-License-Identifier: Apache-2.0 */
/* registry_exec.c: programs that ran or were there: AppCompatCache (ShimCache), UserAssist, BAM and DAM.
 *
 * AppCompatCache has no public specification; the layouts agree in EricZimmerman/AppCompatCacheParser, Mandiant's ShimCacheParser and libyal/winreg-kb. Its time is the
 * file's own modification time, not when the program ran; whether it ran is a flag, and only in some versions:
 *   XP          u32 0xDEADBEEF, 400 bytes of header, entries of 552: path 528 bytes UTF-16, modified 528, size 536, updated 544
 *   2003, Vista u32 0xBADC0FFE, 8 bytes; entry 24 (32 bit): lengths u16 u16, offset u32, modified 8, flags 16 20; 32 (64 bit): offset u64 at 8, modified 16, flags 24 28
 *   7           u32 0xBADC0FEE, 128 bytes; entry 32: ... offset 4, modified 8, flags 16 20, blob 24 28; 48: offset 8, modified 16, flags 24 28, blob 32 40
 *   8, 8.1, 10  "00ts" or "10ts" at 0x80, 0x30, 0x34: 4 CRC-32  8 length  12 path length u16, path, [8.x: u16 package length, package, flags u32 u32], modified, u32 blob, blob
 * UserAssist: names in ROT13; version 3: 16 bytes, count 4 (Windows XP: begins at 5), last run 8; version 5: 72 bytes, count 4, focus 8, focus time 12 (ms), last run 60. */
#include "artifact/windows/registry_decoders.h"

#include <string.h>

#include "base/hash.h"
#include "reader/shellitem.h"

enum { SHIM_ENTRIES_MAX = 65536 };

/* ---- AppCompatCache */

struct shim {
	struct registry *g;
	const struct registry_value *v;
	unsigned number;                        /* of the entry: 0 is the one put in last */
	const char *version;
};

static void shim_event(struct shim *s, uint64_t modified, const uint8_t *path, size_t path_bytes, const uint8_t *package, size_t package_bytes, int executed, bool stale, uint64_t at, uint64_t length)
{
	struct registry *g = s->g;
	struct timestamp t = time_from_filetime(modified);
	struct record_builder r;
	size_t text_length;
	if (!path_bytes) {                      /* a packaged app has no path */
		path = package;
		path_bytes = package_bytes;
	}
	const char *text = registry_utf16(g, path, path_bytes, &text_length);
	if (text_length > 4 && !memcmp(text, "\\??\\", 4)) {
		text += 4;
		text_length -= 4;
	}
	unsigned number = s->number++;
	if (!text_length)
		return;
	/* no time: the program was there all the same, as of the cache's own time */
	struct timestamp key = registry_key_time(g);
	bool timed = t.state == TIME_VALID;
	if (!registry_event(g, &r, timed ? &t : &key, timed ? g->row->time : "Content Modification Time", timed ? strlen(g->row->time) : 25, s->v->offset + at, length))
		return;
	value_evidence_text(&r, "program", path, path_bytes, TEXT_UTF16LE);
	value_number(&r, "position", number);
	value_string(&r, "version", s->version);
	if (executed >= 0)
		value_flag(&r, "executed", executed);
	if (stale)
		value_flag(&r, "stale", true);
	registry_event_say(g, &r, text, text_length);
}

static void shim_xp(struct shim *s)
{
	struct cursor c = registry_cursor(s->v);
	s->version = "xp";
	for (size_t at = 400; at + 552 <= s->v->length; at += 552) {
		c.at = at;
		const uint8_t *path = cursor_bytes(&c, 528);
		uint64_t modified = cursor_u64le(&c);
		if (path && (path[0] || path[1]))
			shim_event(s, modified, path, text_utf16_length(path, 528) * 2, NULL, 0, -1, false, at, 552);
	}
}

/* 2003 to 7: a table of entries that point to their paths. */
static void shim_table(struct shim *s, bool seven)
{
	struct cursor c = registry_cursor(s->v);
	size_t header = seven ? 128 : 8;
	c.at = 4;
	uint32_t count = cursor_u32le(&c);
	c.at = header + 4;
	uint32_t pad = cursor_u32le(&c);
	uint64_t offset = cursor_u64le(&c);
	size_t wide_size = seven ? 48 : 32;
	bool wide = !pad && offset < s->v->length && offset >= header + (uint64_t)(count < SHIM_ENTRIES_MAX ? count : 0) * wide_size;
	size_t size = wide ? wide_size : seven ? 32 : 24;
	s->version = seven ? "7" : "2003/vista";
	if (count > (s->v->length - header) / size) {
		report_error(s->g->parse->report, "damage", "shimcache.count", NULL, s->v->offset + 4, 4, "%u entries stated, %zu fit", count, (s->v->length - header) / size);
		count = (uint32_t)((s->v->length - header) / size);
	}
	for (uint32_t i = 0; i < count; i++) {
		size_t at = header + (size_t)i * size;
		c.at = at;
		uint16_t length = cursor_u16le(&c);
		cursor_skip(&c, wide ? 6 : 2);
		offset = wide ? cursor_u64le(&c) : cursor_u32le(&c);
		uint64_t modified = cursor_u64le(&c);
		uint32_t insert = cursor_u32le(&c), shim = cursor_u32le(&c);
		struct cursor path = cursor_window(&c, offset, length);
		if (path.bad) {
			report_error(s->g->parse->report, "damage", "shimcache.path", NULL, s->v->offset + at, size, "an entry's path lies behind the cache's end");
			s->number++;
			continue;
		}
		/* the two words are flags from Vista on, a file size before that */
		shim_event(s, modified, path.data, path.size, NULL, 0, seven ? (insert & 2) != 0 : shim ? (int)((insert & 2) != 0) : -1, false, at, size);
	}
}

/* 8 and later: entries one behind the other. Returns where they end. */
static size_t shim_entries(struct shim *s, size_t at, const char signature[4], bool packages, bool ten, bool stale)
{
	while (at + 12 <= s->v->length && s->number < SHIM_ENTRIES_MAX) {
		struct cursor c = registry_cursor(s->v);
		c.at = at;
		if (!cursor_match(&c, signature))
			break;
		uint32_t crc = cursor_u32le(&c), length = cursor_u32le(&c);
		struct cursor e = cursor_window(&c, at + 12, length);
		bool good = !e.bad && hash_crc32(0, e.data, e.size) == crc;
		if (stale && !good)
			return at;
		if (e.bad) {
			report_error(s->g->parse->report, "damage", "shimcache.entry", NULL, s->v->offset + at, s->v->length - at, "an entry of %u bytes ends behind the cache's end", length);
			return s->v->length;
		}
		uint16_t path_bytes = cursor_u16le(&e);
		const uint8_t *path = cursor_bytes(&e, path_bytes), *package = NULL;
		uint16_t package_bytes = 0;
		int executed = -1;
		if (packages) {
			package_bytes = cursor_u16le(&e);
			package = cursor_bytes(&e, package_bytes);
			executed = (cursor_u32le(&e) & 2) != 0;
			cursor_skip(&e, 4);
		}
		uint64_t modified = cursor_u64le(&e);
		uint32_t blob = cursor_u32le(&e);
		const uint8_t *data = cursor_bytes(&e, blob);
		if (ten && data && blob >= 4)
			executed = data[blob - 4] == 1 && !data[blob - 3] && !data[blob - 2] && !data[blob - 1];
		if (e.bad || !good)
			report_error(s->g->parse->report, "damage", "shimcache.entry", NULL, s->v->offset + at, 12 + (uint64_t)length, e.bad ? "an entry whose parts are longer than itself" : "an entry whose checksum is wrong");
		if (path)
			shim_event(s, modified, path, path_bytes, package, package_bytes, executed, stale, at, 12 + (uint64_t)length);
		at += 12 + (size_t)length;
	}
	return at;
}

void registry_decode_shimcache(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct shim s = { g, v, 0, "" };
		struct cursor c = registry_cursor(v);
		uint32_t magic = cursor_u32le(&c);
		if (c.bad)
			continue;
		size_t at = magic;
		if (magic == 0xDEADBEEF) {
			shim_xp(&s);
			continue;
		}
		if (magic == 0xBADC0FFE || magic == 0xBADC0FEE) {
			shim_table(&s, magic == 0xBADC0FEE);
			continue;
		}
		if (v->length > 0x84 && (magic == 0x80 || magic == 0) && (!memcmp(v->data + 0x80, "00ts", 4) || !memcmp(v->data + 0x80, "10ts", 4)))
			at = 0x80;
		if (at > v->length || v->length - at < 12 || (memcmp(v->data + at, "10ts", 4) != 0 && memcmp(v->data + at, "00ts", 4) != 0)) {
			report_error(g->parse->report, "unsupported", "shimcache.version", NULL, v->offset, 4, "an AppCompatCache of a layout that is not known (0x%08x)", magic);
			continue;
		}
		bool eight = at == 0x80;
		char signature[5] = "";
		memcpy(signature, v->data + at, 4);
		s.version = eight ? signature[0] == '0' ? "8" : "8.1" : at == 0x30 ? "10" : "10 1703";
		at = shim_entries(&s, at, signature, eight, !eight, false);
		/* what was there before lies behind the end of what counts */
		for (; at + 12 <= v->length && s.number < SHIM_ENTRIES_MAX; at++) {
			const uint8_t *next = memmem(v->data + at, v->length - at, signature, 4);
			if (!next)
				break;
			at = shim_entries(&s, (size_t)(next - v->data), signature, eight, !eight, true);
		}
		if (s.number >= SHIM_ENTRIES_MAX)
			report_error(g->parse->report, "limit", "shimcache.count", NULL, v->offset, v->length, "%d entries or more: those behind are left out", SHIM_ENTRIES_MAX);
	}
}

/* ---- UserAssist */

void registry_decode_userassist(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct cursor c = registry_cursor(v);
		char *name = arena_copy(&g->arena, v->name, v->name_length);
		for (size_t k = 0; k < v->name_length; k++) {
			char low = (char)(name[k] | 0x20);
			if (low >= 'a' && low <= 'z')
				name[k] = (char)(low < 'n' ? name[k] + 13 : name[k] - 13);
		}
		if (!strncmp(name, "UEME_CTL", 8) || (v->length != 16 && v->length != 72))
			continue;
		bool five = v->length == 72;
		c.at = 4;
		uint32_t count = cursor_u32le(&c), focus = 0, focus_ms = 0;
		if (five) {
			focus = cursor_u32le(&c);
			focus_ms = cursor_u32le(&c);
			c.at = 60;
		}
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		struct record_builder r;
		/* Version 3 of Windows XP counts from 5; its names have no folder GUIDs, those of later ones do. */
		bool from_five = !five && count >= 5;
		char *text = name, *folder = strchr(name, '{');
		struct buffer shown = { 0 };
		if (folder && strlen(folder) >= 38 && folder[37] == '}') {
			char guid[39];
			memcpy(guid, folder, 38);
			guid[38] = 0;
			for (char *p = guid; *p; p++)
				*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
			const char *known = shell_folder_name(guid);
			if (known) {
				buffer_append(&shown, name, (size_t)(folder - name));
				buffer_text(&shown, known);
				buffer_text(&shown, folder + 38);
			}
		}
		if (!shown.length)
			buffer_text(&shown, text);
		/* used, but never started by itself: only the focus counts, which has no time */
		struct timestamp key = registry_key_time(g);
		bool timed = t.state == TIME_VALID;
		if (registry_event(g, &r, timed ? &t : &key, timed ? g->row->time : "Content Modification Time", timed ? strlen(g->row->time) : 25, v->offset, v->length)) {
			value_text(&r, "program", (const char *)shown.data, shown.length);
			value_string(&r, "name", name);
			value_number(&r, "run_count", from_five ? count - 5 : count);
			if (from_five)
				value_number(&r, "run_count_stored", count);
			if (five) {
				value_number(&r, "focus_count", focus);
				value_number(&r, "focus_ms", focus_ms);
			}
			value_text(&r, "group", g->parent_name, g->parent_name_length);
			buffer_format(&shown, " (run %u times)", from_five ? count - 5 : count);
			registry_event_say(g, &r, (const char *)shown.data, shown.length);
		}
		buffer_free(&shown);
	}
}

/* ---- BAM and DAM */

void registry_decode_bam(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct cursor c = registry_cursor(v);
		struct record_builder r;
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		if (v->type != REGF_BINARY || v->length < 8 || !registry_event(g, &r, &t, g->row->time, strlen(g->row->time), v->offset, v->length))
			continue;
		value_text(&r, "program", v->name, v->name_length);
		value_text(&r, "sid", g->key_name, g->key_name_length);
		struct buffer text = { 0 };
		buffer_append(&text, v->name, v->name_length);
		buffer_text(&text, " by ");
		buffer_append(&text, g->key_name, g->key_name_length);
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&text);
	}
}
