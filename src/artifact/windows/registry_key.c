/* SPDX-License-Identifier: Apache-2.0 */
/* registry_key.c: events of the key in hand, values by their types, and the decoders that need no more than that: key, each, times. */
#include "artifact/windows/registry.h"

#include <string.h>

enum { HEX_SHOWN = 256, HEX_SAID = 32, ALL_SAID = 1024, VALUE_SAID = 2048 };
#define FILETIME_NEVER UINT64_C(0x7FFFFFFFFFFFFFFF)

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool registry_name_like(const char *pattern, size_t pattern_length, const char *name, size_t length)
{
	size_t p = 0, at = 0, star = SIZE_MAX, star_at = 0;
	while (at < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			star_at = at;
		} else if (p < pattern_length && lower((uint8_t)pattern[p]) == lower((uint8_t)name[at])) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (p < pattern_length && pattern[p] == '*')
		p++;
	return p == pattern_length;
}

void registry_guid(const uint8_t b[16], char text[39])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	char *to = text;
	*to++ = '{';
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = "0123456789abcdef"[b[order[i]] >> 4];
		*to++ = "0123456789abcdef"[b[order[i]] & 15];
	}
	*to++ = '}';
	*to = 0;
}

void registry_sid(struct cursor *c, struct buffer *out)
{
	uint8_t revision = cursor_u8(c), count = cursor_u8(c);
	uint64_t authority = cursor_be(c, 6);
	buffer_format(out, "S-%u-%llu", revision, (unsigned long long)authority);
	for (unsigned i = 0; i < count && i < 15; i++)
		buffer_format(out, "-%u", cursor_u32le(c));
}

const struct registry_value *registry_find(const struct registry *g, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < g->all_count; i++)
		if (text_equal_nocase(g->all[i].name, g->all[i].name_length, name, length))
			return &g->all[i];
	return NULL;
}

const char *registry_utf16(struct registry *g, const uint8_t *bytes, size_t size, size_t *length)
{
	struct buffer b = { 0 };
	(void)text_to_utf8(&b, bytes, text_utf16_length(bytes, size) * 2, TEXT_UTF16LE);
	char *text = arena_copy(&g->arena, b.data ? (const char *)b.data : "", b.length);
	*length = b.length;
	buffer_free(&b);
	return text;
}

static bool is_text(const struct registry_value *v)
{
	return v->type == REGF_SZ || v->type == REGF_EXPAND_SZ || v->type == REGF_LINK;
}

static size_t text_bytes(const struct registry_value *v)
{
	return text_utf16_length(v->data, v->length) * 2;
}

bool registry_number(const struct registry_value *v, uint64_t *number)
{
	struct cursor c = registry_cursor(v);
	if (v->type == REGF_DWORD && v->length >= 4) {
		*number = cursor_u32le(&c);
	} else if (v->type == REGF_DWORD_BE && v->length >= 4) {
		*number = cursor_u32be(&c);
	} else if (v->type == REGF_QWORD && v->length >= 8) {
		*number = cursor_u64le(&c);
	} else if (is_text(v)) {
		size_t n = text_bytes(v) / 2;
		uint64_t x = 0;
		if (!n || n > 19)
			return false;
		for (size_t i = 0; i < n; i++) {
			if (v->data[2 * i] < '0' || v->data[2 * i] > '9' || v->data[2 * i + 1])
				return false;
			x = x * 10 + (v->data[2 * i] - (uint8_t)'0');
		}
		*number = x;
	} else {
		return false;
	}
	return true;
}

/* Bytes of a form that is no type: as text; false: they are not that, or have none. */
static bool form_text(const struct registry_value *v, struct buffer *out)
{
	struct cursor c = registry_cursor(v);
	if (v->form == FORM_UTF8)
		(void)text_to_utf8(out, v->data, strnlen((const char *)v->data, v->length), TEXT_UTF8);
	else if (v->form == FORM_SID && v->length >= 8 && v->data[0] == 1 && v->length == 8 + 4 * (size_t)v->data[1])
		registry_sid(&c, out);
	else
		return false;
	return true;
}

/* Passwords and keys of remote-control tools don't leave the evidence; what a password is hinted by does. */
static bool is_secret(const struct registry_value *v)
{
	static const char *const pattern[] = { "*password", "password*", "*passwd", "token", "*secret" };
	if (registry_name_like("*strength", 9, v->name, v->name_length) || registry_name_like("*hint", 5, v->name, v->name_length) || v->type == REGF_DWORD)
		return false;
	for (size_t i = 0; i < sizeof pattern / sizeof *pattern; i++)
		if (registry_name_like(pattern[i], strlen(pattern[i]), v->name, v->name_length))
			return v->length > 2;
	return false;
}

void registry_value_text(const struct registry *g, struct buffer *out, const struct registry_value *v)
{
	uint64_t number;
	(void)g;
	if (is_secret(v)) {
		buffer_format(out, "(%zu bytes, not shown)", v->length);
	} else if (form_text(v, out)) {
		return;
	} else if (is_text(v)) {
		size_t n = text_bytes(v);
		(void)text_to_utf8(out, v->data, n < VALUE_SAID * 2 ? n : VALUE_SAID * 2, TEXT_UTF16LE);
		if (n > VALUE_SAID * 2)
			buffer_text(out, "…");
	} else if (v->type == REGF_MULTI_SZ) {
		size_t start = out->length;
		for (size_t at = 0; at + 2 <= v->length && out->length - start < VALUE_SAID;) {
			size_t n = text_utf16_length(v->data + at, v->length - at) * 2;
			if (n) {
				if (out->length > start)
					buffer_text(out, ", ");
				(void)text_to_utf8(out, v->data + at, n, TEXT_UTF16LE);
			}
			at += n + 2;
		}
	} else if (registry_number(v, &number)) {
		buffer_decimal(out, number);
	} else {
		buffer_hex(out, v->data, v->length < HEX_SAID ? v->length : HEX_SAID);
		if (v->length > HEX_SAID)
			buffer_text(out, "…");
	}
}

void registry_value_put(struct registry *g, struct record_builder *r, const char *key, const struct registry_value *v)
{
	uint64_t number;
	struct buffer text = { 0 };
	if (!key)
		value_key(r, v->name, v->name_length);
	if (is_secret(v)) {
		value_string(r, key, "not shown");
	} else if (v->form == FORM_UTF8) {
		value_evidence_text(r, key, v->data, strnlen((const char *)v->data, v->length), TEXT_UTF8);
	} else if (form_text(v, &text)) {
		value_text(r, key, (const char *)text.data, text.length);
	} else if (is_text(v)) {
		size_t n = text_bytes(v);
		value_evidence_text(r, key, v->data, n, TEXT_UTF16LE);
		/* more behind the NUL: nobody who looks with the usual tools sees it */
		for (size_t i = n; i < v->length; i++)
			if (v->data[i]) {
				struct buffer name = { 0 };
				buffer_append(&name, key ? key : v->name, key ? strlen(key) : v->name_length);
				buffer_text(&name, ".behind_nul");
				value_key(r, (const char *)name.data, name.length);
				value_hex(r, NULL, v->data + n, v->length - n < HEX_SHOWN ? v->length - n : HEX_SHOWN);
				buffer_free(&name);
				break;
			}
	} else if (v->type == REGF_MULTI_SZ) {
		value_list(r, key);
		for (size_t at = 0; at + 2 <= v->length;) {
			size_t n = text_utf16_length(v->data + at, v->length - at) * 2;
			if (n)
				value_evidence_text(r, NULL, v->data + at, n, TEXT_UTF16LE);
			at += n + 2;
		}
		record_close(r);
	} else if (registry_number(v, &number)) {
		value_number(r, key, number);
	} else {
		value_hex(r, key, v->data, v->length < HEX_SHOWN ? v->length : HEX_SHOWN);
		if (v->length > HEX_SHOWN) {
			struct buffer name = { 0 };
			buffer_append(&name, key ? key : v->name, key ? strlen(key) : v->name_length);
			buffer_text(&name, ".bytes");
			value_key(r, (const char *)name.data, name.length);
			value_number(r, NULL, v->length);
			buffer_free(&name);
		}
	}
	buffer_free(&text);
	(void)g;
}

/* ---- times of values */

static bool digits(const char *text, size_t at, size_t n, unsigned *number)
{
	*number = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[at + i] < '0' || text[at + i] > '9')
			return false;
		*number = *number * 10 + (unsigned)(text[at + i] - '0');
	}
	return true;
}

void registry_time_of(const struct registry_value *v, struct timestamp *t)
{
	const char *f = v->time_format;
	size_t n = v->time_format_length;
	struct cursor c = registry_cursor(v);
	uint64_t number;
	*t = (struct timestamp){ .state = TIME_UNSET };
	char text[32] = "";
	size_t length = 0;
	if (is_text(v))
		for (size_t at = 0; at + 2 <= v->length && length < sizeof text - 1 && v->data[at] && !v->data[at + 1]; at += 2)
			text[length++] = (char)v->data[at];
#define IS(name) (n == sizeof name - 1 && !memcmp(f, name, n))
	if (IS("filetime")) {
		uint64_t ticks = cursor_u64le(&c);
		if (!c.bad && ticks != FILETIME_NEVER)
			*t = time_from_filetime(ticks);
	} else if (IS("unix")) {
		if (registry_number(v, &number) && number && number != UINT32_MAX)
			*t = time_from_unix((int64_t)(number > INT64_MAX ? INT64_MAX : number), 0, TIME_S);
	} else if (IS("systemtime") || IS("systemtimeutc")) {
		if (v->length >= 16)
			*t = time_from_systemtime(v->data);
		t->zone = IS("systemtime") ? TIME_LOCAL : TIME_ZONE_UTC;
	} else if (IS("mdy") || IS("mdylocal")) {
		unsigned y, m, d, h = 0, i = 0, s = 0;
		if (length >= 10 && digits(text, 0, 2, &m) && digits(text, 3, 2, &d) && digits(text, 6, 4, &y)) {
			bool clock = length >= 19 && digits(text, 11, 2, &h) && digits(text, 14, 2, &i) && digits(text, 17, 2, &s);
			*t = time_from_civil(y, m, d, clock ? h : 0, clock ? i : 0, clock ? s : 0, 0, clock ? TIME_S : TIME_DAY);
			t->zone = IS("mdylocal") ? TIME_LOCAL : TIME_ZONE_UTC;
		}
	} else if (IS("ymd")) {
		unsigned y, m, d;
		if (length == 8 && digits(text, 0, 4, &y) && digits(text, 4, 2, &m) && digits(text, 6, 2, &d))
			*t = time_from_civil(y, m, d, 0, 0, 0, 0, TIME_DAY);
		t->zone = TIME_LOCAL;
	} else if (IS("iso")) {
		unsigned y, m, d, h, i;
		if (length >= 16 && digits(text, 0, 4, &y) && digits(text, 5, 2, &m) && digits(text, 8, 2, &d) && digits(text, 11, 2, &h) && digits(text, 14, 2, &i))
			*t = time_from_civil(y, m, d, h, i, 0, 0, TIME_MINUTE);
		t->zone = TIME_LOCAL;
	}
#undef IS
}

/* ---- events */

struct timestamp registry_key_time(const struct registry *g)
{
	return time_from_filetime(g->key.written);
}

static const char *desc_of(struct registry *g, const char *desc, size_t length)
{
	return arena_copy(&g->arena, desc, length);
}

bool registry_event(struct registry *g, struct record_builder *r, const struct timestamp *t, const char *desc, size_t desc_length, uint64_t offset, uint64_t length)
{
	struct parse *p = g->parse;
	const char *id = p->artifact_id;
	p->artifact_id = g->row->id;
	bool good = parse_event(p, r, t, g->row->kind, desc_of(g, desc, desc_length), offset, length);
	p->artifact_id = id;
	if (!good)
		return false;
	record_text(r, F_PATH, (const char *)g->path.data, g->path.length);
	if (g->user_length)
		record_evidence_text(r, F_USER, g->user, g->user_length, TEXT_UTF8);
	if (g->deleted && !(p->node && p->node->has_allocated && !p->node->allocated))
		record_flag(r, F_ALLOCATED, false);
	record_map(r, F_DATA);
	value_string(r, "hive", g->hive_name);
	value_string(r, "attack", g->row->attack);
	if (g->deleted)
		value_string(r, "path_confidence", g->confidence);
	return true;
}

bool registry_key_event(struct registry *g, struct record_builder *r)
{
	struct timestamp t = registry_key_time(g);
	return registry_event(g, r, &t, "Content Modification Time", 25, regf_offset(g->key.cell), g->key.cell_length);
}

static void say_all(struct registry *g)
{
	size_t start = g->message.length;
	for (size_t i = 0; i < g->values && g->message.length - start < ALL_SAID; i++) {
		if (i)
			buffer_text(&g->message, ", ");
		buffer_append(&g->message, g->value[i].name, g->value[i].name_length);
		buffer_text(&g->message, " = ");
		registry_value_text(g, &g->message, &g->value[i]);
	}
}

static void say_field(struct registry *g, const char *field, size_t length, const struct registry_value *v)
{
#define IS(name) (length == sizeof name - 1 && !memcmp(field, name, length))
	if (IS("key")) {
		buffer_append(&g->message, g->key_name, g->key_name_length);
	} else if (IS("parent")) {
		buffer_append(&g->message, g->parent_name, g->parent_name_length);
	} else if (IS("all")) {
		say_all(g);
	} else if (IS("name") || IS("value")) {
		if (v && IS("name"))
			buffer_append(&g->message, v->name, v->name_length);
		else if (v)
			registry_value_text(g, &g->message, v);
	} else {
		for (size_t i = 0; i < g->values; i++)
			if (text_equal_nocase(g->value[i].name, g->value[i].name_length, field, length)) {
				registry_value_text(g, &g->message, &g->value[i]);
				break;
			}
	}
#undef IS
}

void registry_event_end(struct registry *g, struct record_builder *r, const struct registry_value *v)
{
	record_close(r);
	buffer_clear(&g->message);
	for (const char *at = g->row->message; *at;) {
		const char *close = *at == '{' ? strchr(at, '}') : NULL;
		if (close) {
			say_field(g, at + 1, (size_t)(close - at - 1), v);
			at = close + 1;
		} else {
			buffer_byte(&g->message, (uint8_t)*at++);
		}
	}
	while (g->message.length && (g->message.data[g->message.length - 1] == ' ' || g->message.data[g->message.length - 1] == ':'))
		g->message.length--;
	if (g->deleted)
		buffer_text(&g->message, " (deleted)");
	parse_event_end(g->parse, r, (const char *)g->message.data, g->message.length);
}

void registry_event_say(struct registry *g, struct record_builder *r, const char *text, size_t length)
{
	record_close(r);
	buffer_clear(&g->message);
	buffer_append(&g->message, g->row->message, strcspn(g->row->message, ":{"));
	if (length) {
		buffer_text(&g->message, ": ");
		buffer_append(&g->message, text, length);
	}
	if (g->deleted)
		buffer_text(&g->message, " (deleted)");
	parse_event_end(g->parse, r, (const char *)g->message.data, g->message.length);
}

/* One event for the key, one more for each of its values that is a time. */
void registry_decode_key(struct registry *g)
{
	struct record_builder r;
	if (registry_key_event(g, &r)) {
		for (size_t i = 0; i < g->values; i++)
			registry_value_put(g, &r, NULL, &g->value[i]);
		registry_event_end(g, &r, NULL);
	}
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct timestamp t;
		if (!v->time_format)
			continue;
		registry_time_of(v, &t);
		if (!registry_event(g, &r, &t, v->time_desc, v->time_desc_length, v->offset, v->length))
			continue;
		for (size_t k = 0; k < g->values; k++)
			if (!g->value[k].time_format)
				registry_value_put(g, &r, NULL, &g->value[k]);
		registry_event_end(g, &r, v);
	}
}

/* One event for each value, at the key's time: only the newest of them was certainly written then. */
void registry_decode_each(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct record_builder r;
		struct timestamp t = registry_key_time(g);
		if (!registry_event(g, &r, &t, "Content Modification Time", 25, v->offset, v->length))
			return;
		value_text(&r, "name", v->name, v->name_length);
		registry_value_put(g, &r, "value", v);
		if (g->values > 1)
			value_number(&r, "values_of_key", g->values);
		registry_event_end(g, &r, v);
	}
}

/* Each value is a FILETIME by itself. */
void registry_decode_times(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		struct registry_value v = g->value[i];
		struct timestamp t;
		struct record_builder r;
		if (v.length < 8)
			continue;
		v.time_format = "filetime";
		v.time_format_length = 8;
		registry_time_of(&v, &t);
		if (!registry_event(g, &r, &t, g->row->time, strlen(g->row->time), v.offset, v.length))
			continue;
		value_text(&r, "name", v.name, v.name_length);
		registry_event_end(g, &r, &v);
	}
}
