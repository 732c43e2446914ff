/* SPDX-License-Identifier: Apache-2.0 */
/* exporters.c: the table of exporters, and what those of separated values share.
 *
 * A cell that begins with = + - @ or their full-width forms, with a tab, a carriage return, a line feed or NUL would run as a formula in a
 * spreadsheet: such a cell gets a ' in front (CWE-1236). Whatever acts on terminals stands as \u{hex}, so a row is one line. The true bytes are in JSON Lines. */
#include "bundle/exporting.h"

#include <string.h>

#include "bundle/place.h"

#define EXPORTER(name) extern const struct exporter export_##name;
#include "bundle/exporters.def"
#undef EXPORTER

const struct exporter *const exporters[] = {
#define EXPORTER(name) &export_##name,
#include "bundle/exporters.def"
#undef EXPORTER
	NULL
};

const struct exporter *exporter_by_name(const char *name)
{
	for (size_t i = 0; exporters[i]; i++)
		if (strcmp(exporters[i]->name, name) == 0)
			return exporters[i];
	return NULL;
}

bool cell_is_formula(const void *text, size_t length)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };
	const char *p = text;
	if (!length)
		return false;
	if (!*p || strchr("=+-@\t\r\n", *p))
		return true;
	for (size_t i = 0; i < 4; i++)
		if (length >= 3 && memcmp(p, wide[i], 3) == 0)
			return true;
	return false;
}

void cell_quoted(struct buffer *out, const void *text, size_t length)
{
	struct buffer shown = { 0 };
	text_shown(&shown, text, length);
	buffer_byte(out, '"');
	if (cell_is_formula(text, length))
		buffer_byte(out, '\'');
	for (size_t i = 0; i < shown.length; i++) {
		if (shown.data[i] == '"')
			buffer_byte(out, '"');
		buffer_byte(out, shown.data[i]);
	}
	buffer_byte(out, '"');
	buffer_free(&shown);
}

void cell_field(struct buffer *out, const struct record_view *v, enum record_field f)
{
	struct buffer text = { 0 };
	field_text(&text, v, f);
	cell_quoted(out, text.data, text.length);
	buffer_free(&text);
}

void value_shown(struct buffer *out, const struct record_value *v)
{
	struct timestamp t;
	const char *text;
	size_t length;
	switch ((enum value_kind)v->kind) {
	case VALUE_TEXT: case VALUE_LOSSY:
		text = record_value_text(v, &length);
		buffer_append(out, text, length);
		break;
	case VALUE_NUMBER: case VALUE_BIG: buffer_decimal(out, record_value_number(v)); break;
	case VALUE_SIGNED: buffer_format(out, "%lld", (long long)(int64_t)record_value_number(v)); break;
	case VALUE_FLAG: buffer_text(out, record_value_number(v) ? "true" : "false"); break;
	case VALUE_TIME:
		if (record_value_time(v, &t))
			time_format(out, &t);
		break;
	case VALUE_HEX: buffer_hex(out, v->bytes, v->length); break;
	case VALUE_LITERAL: buffer_append(out, v->bytes, v->length); break;
	case VALUE_INTERNAL: break;
	case VALUE_LIST: case VALUE_MAP:
		text = record_value_text(v, &length);
		if (text) {
			buffer_append(out, text, length);
			break;
		}
		{
			struct record_value item;
			const char *key;
			size_t at = 0, key_length, count = 0;
			while (record_next(v, &at, &key, &key_length, &item)) {
				if (count++)
					buffer_text(out, v->kind == VALUE_MAP ? "; " : ", ");
				if (key) {
					buffer_append(out, key, key_length);
					buffer_text(out, ": ");
				}
				value_shown(out, &item);
			}
		}
		break;
	}
}

void field_text(struct buffer *out, const struct record_view *v, enum record_field f)
{
	if (record_has(v, f))
		value_shown(out, &v->field[f]);
}

bool data_value(const struct record_view *v, const char *name, struct record_value *value)
{
	const char *key;
	size_t at = 0, length, n = strlen(name);
	if (!record_has(v, F_DATA))
		return false;
	while (record_next(&v->field[F_DATA], &at, &key, &length, value))
		if (key && length == n && memcmp(key, name, n) == 0)
			return true;
	return false;
}

static bool begins(const struct record_view *v, enum record_field f, const char *prefix)
{
	size_t length, n = strlen(prefix);
	const char *text = record_get_text(v, f, &length);
	return n == 0 || (text && length >= n && memcmp(text, prefix, n) == 0);
}

const char *event_macb(const struct record_view *v, bool upper)
{
	static const struct { const char *desc, *lower, *upper; } row[] = {
		{ "Content Modification Time", "m...", "M..." }, { "Last Access Time", ".a..", ".A.." }, { "Last Time Executed", ".a..", ".A.." },
		{ "Metadata Modification Time", "..c.", "..C." }, { "Creation Time", "...b", "...B" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (begins(v, F_TIMESTAMP_DESC, row[i].desc))   /* also "... ($FILE_NAME)" */
			return upper ? row[i].upper : row[i].lower;
	return "....";
}

struct data_type event_data_type(const struct record_view *v)
{
	static const struct { const char *artifact, *kind; struct data_type is; } row[] = {
#define DATA_TYPE(artifact, kind, name, source) { artifact, kind, { name, source } },
#include "bundle/data_types.def"
#undef DATA_TYPE
	};
	size_t i = 0;
	while (!begins(v, F_ARTIFACT_ID, row[i].artifact) || !begins(v, F_KIND, row[i].kind))
		i++;                            /* the last row fits all */
	return row[i].is;
}

bool event_of_file_times(const struct record_view *v) { return begins(v, F_ARTIFACT_ID, "fs."); }

int64_t event_time(const struct record_view *v, struct timestamp *t, struct civil *c)
{
	if (!record_get_time(v, F_TIME, t))
		*t = (struct timestamp){ .state = TIME_VALID };
	time_civil(t->seconds, &c->year, &c->month, &c->day);
	int64_t day = t->seconds % 86400;
	unsigned s = (unsigned)(day < 0 ? day + 86400 : day);
	c->hour = s / 3600;
	c->minute = s / 60 % 60;
	c->second = s % 60;
	return c->year;
}
