/* SPDX-License-Identifier: Apache-2.0 */
/* registry_account.c: local accounts (SAM), group members, user profiles.
 *
 * SAM\Domains\Account\Users\<RID in hex>: value F, 80 bytes: 8 last logon, 24 password set, 32 expires, 40 last bad password (FILETIME), 48 RID, 56 flags, 64 bad and 66 good
 * logons; value V: descriptors of 12 bytes (offset from 0xCC, length): 1 user name, 2 full name, 3 comment, 13 and 14 the password hashes, of which only the presence is
 * told. Users\Names\<name>: the type of the nameless value is the RID. Builtin\Aliases\<RID>: value C, offsets from 0x34. Public: libyal/winreg-kb, [MS-SAMR] for the flags.
 * A RID in F that is not the key's, or two names of one RID: somebody made an account another one. */
#include "artifact/windows/registry_decoders.h"

#include <stdlib.h>
#include <string.h>

enum { V_DATA = 0xCC, C_DATA = 0x34, MEMBERS_MAX = 1024 };
#define FILETIME_NEVER UINT64_C(0x7FFFFFFFFFFFFFFF)

static const char *v_text(struct registry *g, const struct registry_value *v, unsigned descriptor, size_t *length)
{
	struct cursor c = registry_cursor(v);
	*length = 0;
	c.at = (size_t)descriptor * 12;
	uint32_t offset = cursor_u32le(&c), bytes = cursor_u32le(&c);
	struct cursor w = cursor_window(&c, (uint64_t)offset + V_DATA, bytes);
	return c.bad || w.bad ? "" : registry_utf16(g, w.data, w.size, length);
}

static bool v_present(const struct registry_value *v, unsigned descriptor)
{
	struct cursor c = registry_cursor(v);
	c.at = (size_t)descriptor * 12 + 4;
	return cursor_u32le(&c) > 20;
}

void registry_decode_samuser(struct registry *g)
{
	static const struct { size_t at; const char *desc, *says; } times[] = {
		{ 8, "Last Login Time", "last log-in" }, { 24, "Last Password Reset", "password set" }, { 32, "Expiration Time", "account expires" }, { 40, "Last Failed Login Time", "last failed log-in" },
	};
	static const struct { uint32_t bit; const char *name; } bits[] = {
		{ 0x1, "disabled" }, { 0x2, "home_directory_required" }, { 0x4, "no_password_required" }, { 0x10, "normal" }, { 0x200, "password_never_expires" }, { 0x400, "locked" },
	};
	const struct registry_value *f = registry_find(g, "F"), *v = registry_find(g, "V");
	if (!f || g->key_name_length != 8 || strspn(g->key_name, "0123456789ABCDEFabcdef") < 8)
		return;
	uint32_t key_rid = (uint32_t)strtoul(g->key_name, NULL, 16);
	struct cursor c = registry_cursor(f);
	size_t name_length = 0, full_length = 0, comment_length = 0;
	const char *name = v ? v_text(g, v, 1, &name_length) : "", *full = v ? v_text(g, v, 2, &full_length) : "", *comment = v ? v_text(g, v, 3, &comment_length) : "";
	c.at = 48;
	uint32_t rid = cursor_u32le(&c);
	c.at = 56;
	uint32_t flags = cursor_u16le(&c);
	c.at = 64;
	uint16_t bad = cursor_u16le(&c), good = cursor_u16le(&c);
	if (c.bad) {
		report_error(g->parse->report, "damage", "sam.f", NULL, f->offset, f->length, "an account's F value of %zu bytes", f->length);
		return;
	}
	bool hijack = rid != key_rid;
	for (size_t i = 0; i <= sizeof times / sizeof *times; i++) {
		struct record_builder r;
		struct timestamp t = registry_key_time(g);
		bool key = i == sizeof times / sizeof *times;   /* the key's own time last: always there */
		if (!key) {
			c.at = times[i].at;
			uint64_t ticks = cursor_u64le(&c);
			t = time_from_filetime(ticks == FILETIME_NEVER ? 0 : ticks);
		}
		const char *desc = key ? "Content Modification Time" : times[i].desc;
		if (!registry_event(g, &r, &t, desc, strlen(desc), f->offset, f->length))
			continue;
		value_text(&r, "account", name, name_length);
		value_number(&r, "rid", key_rid);
		if (hijack) {
			value_number(&r, "rid_stored", rid);
			value_flag(&r, "rid_mismatch", true);
		}
		if (full_length)
			value_text(&r, "full_name", full, full_length);
		if (comment_length)
			value_text(&r, "comment", comment, comment_length);
		value_number(&r, "logons", good);
		value_number(&r, "bad_passwords", bad);
		value_list(&r, "account_flags");
		for (size_t k = 0; k < sizeof bits / sizeof *bits; k++)
			if (flags & bits[k].bit)
				value_string(&r, NULL, bits[k].name);
		record_close(&r);
		if (v)
			value_flag(&r, "has_password_hash", v_present(v, 14));
		for (size_t k = 0; k < g->all_count; k++)
			if (registry_name_like("*Hint", 5, g->all[k].name, g->all[k].name_length) || registry_name_like("InternetUserName", 16, g->all[k].name, g->all[k].name_length)) {
				size_t n;
				const char *text = registry_utf16(g, g->all[k].data, g->all[k].length, &n);
				value_key(&r, g->all[k].name, g->all[k].name_length);
				value_text(&r, NULL, text, n);
			}
		struct buffer text = { 0 };
		buffer_append(&text, name, name_length);
		buffer_format(&text, " (RID %u): %s, %u log-ins", key_rid, key ? "account changed" : times[i].says, good);
		if (hijack)
			buffer_format(&text, "; it says that its RID is %u", rid);
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&text);
	}
}

void registry_decode_samname(struct registry *g)
{
	struct record_builder r;
	struct timestamp t = registry_key_time(g);
	if (!g->all_count || !registry_event(g, &r, &t, g->row->time, strlen(g->row->time), regf_offset(g->key.cell), g->key.cell_length))
		return;
	value_text(&r, "account", g->key_name, g->key_name_length);
	value_number(&r, "rid", g->all[0].type);
	registry_event_say(g, &r, g->key_name, g->key_name_length);
}

void registry_decode_samgroup(struct registry *g)
{
	const struct registry_value *v = registry_find(g, "C");
	struct record_builder r;
	if (!v || v->length < C_DATA || !registry_key_event(g, &r))
		return;
	struct cursor c = registry_cursor(v);
	uint32_t rid = cursor_u32le(&c);
	c.at = 16;
	uint32_t name_at = cursor_u32le(&c), name_bytes = cursor_u32le(&c);
	c.at = 40;
	uint32_t sids_at = cursor_u32le(&c), sids_bytes = cursor_u32le(&c), count = cursor_u32le(&c);
	struct cursor name = cursor_window(&c, (uint64_t)name_at + C_DATA, name_bytes), sids = cursor_window(&c, (uint64_t)sids_at + C_DATA, sids_bytes);
	size_t length = 0;
	const char *text = name.bad ? "" : registry_utf16(g, name.data, name.size, &length);
	value_text(&r, "group", text, length);
	value_number(&r, "rid", rid);
	value_list(&r, "members");
	struct buffer sid = { 0 }, said = { 0 };
	buffer_append(&said, text, length);
	buffer_format(&said, ": %u members", count);
	uint32_t given = 0;
	for (; given < count && given < MEMBERS_MAX && cursor_left(&sids) >= 8; given++) {
		buffer_clear(&sid);
		registry_sid(&sids, &sid);
		if (sids.bad)
			break;
		value_text(&r, NULL, (const char *)sid.data, sid.length);
		if (given < 16) {
			buffer_byte(&said, ' ');
			buffer_append(&said, sid.data, sid.length);
		}
	}
	record_close(&r);
	registry_event_say(g, &r, (const char *)said.data, said.length);
	if (given < count)
		report_error(g->parse->report, given == MEMBERS_MAX ? "limit" : "damage", "sam.members", NULL, v->offset, v->length, "%u members are stated, %u are given", count, given);
	buffer_free(&sid);
	buffer_free(&said);
}

static bool halves(const struct registry *g, const char *high, const char *low, struct timestamp *t, uint64_t *offset)
{
	const struct registry_value *h = registry_find(g, high), *l = registry_find(g, low);
	uint64_t a, b;
	if (!h || !l || !registry_number(h, &a) || !registry_number(l, &b))
		return false;
	*t = time_from_filetime(a << 32 | (b & UINT32_MAX));
	*offset = l->offset;
	return true;
}

void registry_decode_profile(struct registry *g)
{
	static const struct { const char *high, *low, *desc, *says; } times[] = {
		{ "LocalProfileLoadTimeHigh", "LocalProfileLoadTimeLow", "Last Login Time", "loaded" },
		{ "LocalProfileUnloadTimeHigh", "LocalProfileUnloadTimeLow", "Last Logout Time", "unloaded" },
		{ "ProfileLoadTimeHigh", "ProfileLoadTimeLow", "Last Login Time", "loaded (domain)" },
	};
	const struct registry_value *path = registry_find(g, "ProfileImagePath"), *state = registry_find(g, "State");
	for (size_t i = 0; i <= sizeof times / sizeof *times; i++) {
		bool key = i == sizeof times / sizeof *times;
		struct timestamp t = registry_key_time(g);
		uint64_t offset = regf_offset(g->key.cell), length = g->key.cell_length;
		struct record_builder r;
		if (!key) {
			length = 4;
			if (!halves(g, times[i].high, times[i].low, &t, &offset))
				continue;
		}
		const char *desc = key ? "Content Modification Time" : times[i].desc;
		if (!registry_event(g, &r, &t, desc, strlen(desc), offset, length))
			continue;
		value_text(&r, "sid", g->key_name, g->key_name_length);
		if (path)
			registry_value_put(g, &r, "ProfileImagePath", path);
		if (state)
			registry_value_put(g, &r, "State", state);
		struct buffer text = { 0 };
		buffer_append(&text, g->key_name, g->key_name_length);
		buffer_byte(&text, ' ');
		if (path)
			registry_value_text(g, &text, path);
		if (!key)
			buffer_format(&text, " %s", times[i].says);
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&text);
	}
}
