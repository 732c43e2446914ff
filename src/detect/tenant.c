/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: see tenant.h. Installer packages are compound files whose streams are tables of a database: all texts lie one behind the other in _StringData, their lengths in _StringPool; the
 * table Property has two columns of text numbers, first all names, then all values (public descriptions of the format; streams' names are packed two letters a character). What is
 * damaged in a package its own reader tells; here it only ends the search. */
#include "detect/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/setting.h"
#include "reader/ole.h"

enum { SETTINGS_MOST = 1 << 20, PACKAGE_MOST = 64 << 20, TABLE_MOST = 8 << 20, VALUES_MOST = 16, VALUE_MOST = 400, STRINGS_MOST = 1 << 20, PROPERTIES_MOST = 100000 };

static const struct { const char *file, *path, *tool, *names; } settings[] = {
#define SETTINGS(file, path, tool, names) { file, path, tool, names },
#define PACKAGE(property, tool)
#include "detect/tenant.def"
#undef SETTINGS
#undef PACKAGE
};
static const struct { const char *property, *tool; } packages[] = {
#define SETTINGS(file, path, tool, names)
#define PACKAGE(property, tool) { property, tool },
#include "detect/tenant.def"
#undef SETTINGS
#undef PACKAGE
};

struct value { const char *name, *text; size_t name_length, length; };

static void hit_write(struct buffer *out, const char *rule, const char *tool, const struct value *value, unsigned values)
{
	struct buffer why = { 0 };
	struct record_builder r = record_begin(out, RECORD_HIT);
	record_string(&r, F_RULE, rule);
	record_number(&r, F_SCORE, 40);
	record_string(&r, F_SEVERITY, "low");
	record_string(&r, F_METHOD, "rmm");
	record_string(&r, F_FAMILY, tool);
	record_string(&r, F_ATTACK, "T1219");
	record_string(&r, F_DESCRIPTION, "tells to whom a remote management tool reports");
	buffer_format(&why, "%s reports to", tool);
	record_map(&r, F_DATA);
	for (unsigned i = 0; i < values; i++) {
		struct buffer clean = { 0 };
		char *key = memory_copy(value[i].name, value[i].name_length);
		text_to_utf8(&clean, value[i].text, value[i].length < VALUE_MOST ? value[i].length : VALUE_MOST, TEXT_UTF8);
		value_text(&r, key, (const char *)clean.data, clean.length);
		buffer_format(&why, "%s %s=%s", i ? "," : "", key, buffer_string(&clean));
		buffer_free(&clean);
		free(key);
	}
	record_close(&r);
	record_evidence_text(&r, F_WHY, why.data, why.length, TEXT_UTF8);
	record_end(&r);
	buffer_free(&why);
}

/* ---- settings */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* One "*" at most. */
static bool name_fits(const char *pattern, const uint8_t *name, size_t length)
{
	size_t n = strlen(pattern), front = strcspn(pattern, "*"), back = n - front - (front < n);
	if (front == n ? length != n : length < front + back)
		return false;
	return text_equal_nocase((const char *)name, front, pattern, front) && (front == n || text_equal_nocase((const char *)name + length - back, back, pattern + n - back, back));
}

static bool path_holds(const char *part, const uint8_t *path, size_t length)
{
	size_t n = strlen(part);
	for (size_t i = 0; i + n <= length; i++) {
		size_t k = 0, at = i;
		/* node paths have their blanks as "%20" */
		for (; k < n && at < length; k++, at++) {
			if (part[k] == ' ' && at + 2 < length && !memcmp(path + at, "%20", 3))
				at += 2;
			else if (lower((char)path[at]) != part[k])
				break;
		}
		if (k == n)
			return true;
	}
	return !n;
}

static void settings_find(const struct node *n, const uint8_t *bytes, size_t length, struct buffer *out)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		struct value value[VALUES_MOST];
		unsigned values = 0;
		if (!name_fits(settings[i].file, n->name.bytes, n->name.length) || !path_holds(settings[i].path, n->path.bytes, n->path.length))
			continue;
		for (const char *name = settings[i].names; *name && values < VALUES_MOST; name += strcspn(name, ";"), name += *name == ';') {
			struct value v = { .name = name, .name_length = strcspn(name, ";") };
			size_t at = 0;
			if (setting_next((const char *)bytes, length, &at, name, v.name_length, &v.text, &v.length))
				value[values++] = v;
		}
		if (values)
			hit_write(out, "REMOTE_TOOL_SETTINGS", settings[i].tool, value, values);
	}
}

/* ---- packages */

/* "!Name" of a table's stream: characters from U+3800 on hold two of 64 letters, those from U+4800 one, U+4840 stands before tables. */
static bool table_is(const struct ole_entry *e, const char *name)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
	const uint8_t *at = (const uint8_t *)e->name, *end = at + e->name_length;
	if (at == end || text_utf8_next(&at, end) != 0x4840)
		return false;
	while (at < end && *name) {
		uint32_t c = text_utf8_next(&at, end);
		if (c < 0x3800 || c >= 0x4840 || letters[c < 0x4800 ? (c - 0x3800) & 63 : c - 0x4800] != *name++)
			return false;
		if (c < 0x4800 && (!*name || letters[(c - 0x3800) >> 6] != *name++))
			return false;
	}
	return at == end && !*name;
}

static bool table_read(struct ole *o, const char *name, struct buffer *out)
{
	for (size_t i = 0; i < ole_entries(o); i++) {
		const struct ole_entry *e = ole_entry(o, (int32_t)i);
		if (e && e->type == OLE_STREAM && table_is(e, name))
			return ole_read(o, (int32_t)i, TABLE_MOST, out) && out->length;
	}
	return false;
}

struct texts { const uint8_t *data; size_t *at; size_t count; };        /* text N is data[at[N - 1]] up to at[N] */

static bool texts_read(struct texts *t, const struct buffer *pool, const struct buffer *data, bool *wide, struct arena *a)
{
	struct cursor c = cursor_of(pool->data, pool->length, 0);
	uint16_t flags;
	(void)cursor_u16le(&c);                 /* code page */
	flags = cursor_u16le(&c);
	*wide = flags & 0x8000;
	t->data = data->data;
	t->at = arena_array(a, pool->length / 4 + 1, sizeof *t->at);
	for (size_t from = 0; cursor_left(&c) >= 4 && t->count < STRINGS_MOST; t->count++) {
		uint32_t length = cursor_u16le(&c);
		uint16_t uses = cursor_u16le(&c);
		if (!length && uses && cursor_left(&c) >= 4) {          /* 64 KiB and more: the length is in two entries */
			length = (uint32_t)uses << 16 | cursor_u16le(&c);
			(void)cursor_u16le(&c);
		}
		if (length > data->length - from)
			return t->count > 0;
		from += length;
		t->at[t->count + 1] = from;
	}
	return t->count > 0;
}

static bool text_of(const struct texts *t, uint32_t number, const char **text, size_t *length)
{
	if (!number || number > t->count)
		return false;
	*text = (const char *)t->data + t->at[number - 1];
	*length = t->at[number] - t->at[number - 1];
	return true;
}

static uint32_t number_at(const struct buffer *table, size_t at, size_t width)
{
	uint32_t v = 0;
	for (size_t i = 0; i < width; i++)
		v |= (uint32_t)table->data[at + i] << (8 * i);
	return v;
}

static void properties_find(const struct buffer *table, size_t width, const struct texts *texts, struct buffer *out)
{
	size_t rows = table->length / (2 * width);
	rows = rows < PROPERTIES_MOST ? rows : PROPERTIES_MOST;
	for (size_t p = 0; p < sizeof packages / sizeof *packages; p++) {
		struct value value[VALUES_MOST];
		unsigned values = 0;
		if (p && !strcmp(packages[p].tool, packages[p - 1].tool))
			continue;               /* with the first of the tool */
		for (size_t row = 0; row < rows && values < VALUES_MOST; row++) {
			struct value v;
			if (!text_of(texts, number_at(table, row * width, width), &v.name, &v.name_length) || !text_of(texts, number_at(table, (rows + row) * width, width), &v.text, &v.length) || !v.length)
				continue;
			for (size_t k = p; k < sizeof packages / sizeof *packages && !strcmp(packages[k].tool, packages[p].tool); k++)
				if (text_equal_nocase(v.name, v.name_length, packages[k].property, strlen(packages[k].property)) && values < VALUES_MOST)
					value[values++] = v;
		}
		if (values)
			hit_write(out, "REMOTE_TOOL_PACKAGE", packages[p].tool, value, values);
	}
}

static void package_find(const uint8_t *bytes, size_t length, struct arena *a, struct buffer *out)
{
	struct source *source = source_of_memory(bytes, length, false);
	struct ole *o = ole_open(source, NULL, NULL);
	struct buffer pool = { 0 }, data = { 0 }, table = { 0 };
	struct texts texts = { 0 };
	bool wide = false;
	if (o && table_read(o, "_StringPool", &pool) && table_read(o, "_StringData", &data) && table_read(o, "Property", &table) && texts_read(&texts, &pool, &data, &wide, a))
		properties_find(&table, wide ? 3 : 2, &texts, out);
	ole_close(o);
	source_close(source);
	buffer_free(&pool);
	buffer_free(&data);
	buffer_free(&table);
}

void tenant_find(const struct node *n, const char *filetype, const uint8_t *bytes, size_t length, struct arena *a, struct buffer *out)
{
	if (length && length <= SETTINGS_MOST)
		settings_find(n, bytes, length, out);
	if (filetype && !strcmp(filetype, "ole") && length <= PACKAGE_MOST)
		package_find(bytes, length, a, out);
}
