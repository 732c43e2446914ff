/* SPDX-License-Identifier: Apache-2.0 */
/* export_csv.c: the columns of `mactime -d -y` (The Sleuth Kit), which Timeline Explorer knows by their header. One row an event: equal times of a
 * file are not merged. Events of file systems name the file; all others say what happened. Every cell is quoted (mactime quotes only the name). */
#include "bundle/exporting.h"

#include <string.h>

static void head(struct buffer *out) { buffer_text(out, "Date,Size,Type,Mode,UID,GID,Meta,File Name\n"); }

static void data_cell(struct buffer *out, const struct record_view *v, const char *name, const char *missing)
{
	struct record_value value;
	struct buffer text = { 0 };
	if (data_value(v, name, &value))
		value_shown(&text, &value);
	else
		buffer_text(&text, missing);
	cell_quoted(out, text.data, text.length);
	buffer_byte(out, ',');
	buffer_free(&text);
}

static void row(struct buffer *out, const struct record_view *v)
{
	static const struct { const char *name, *missing; } own[] = { { "mode", "" }, { "uid", "0" }, { "gid", "0" }, { "address", "0" } };
	struct timestamp t;
	struct civil c;
	struct buffer name = { 0 };
	int64_t year = event_time(v, &t, &c);
	buffer_format(out, year < 0 || year > 9999 ? "\"%+07lld-" : "\"%04lld-", (long long)year);
	buffer_format(out, "%02u-%02uT%02u:%02u:%02u%s\",", c.month, c.day, c.hour, c.minute, c.second, t.zone == TIME_LOCAL ? "" : "Z");
	data_cell(out, v, "size", "0");
	cell_quoted(out, event_macb(v, false), 4);
	buffer_byte(out, ',');
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		data_cell(out, v, own[i].name, own[i].missing);
	bool file = event_of_file_times(v) && record_has(v, F_PATH);
	field_text(&name, v, file ? F_PATH : F_MESSAGE_TEXT);
	size_t length;
	const char *desc = record_get_text(v, F_TIMESTAMP_DESC, &length);
	if (file && desc && memmem(desc, length, "$FILE_NAME", 10))
		buffer_text(&name, " ($FILE_NAME)");
	if (record_has(v, F_ALLOCATED) && !record_get_number(v, F_ALLOCATED))
		buffer_text(&name, " (deleted)");
	if (!file) {
		buffer_text(&name, " [");
		field_text(&name, v, F_LOCATOR);
		buffer_byte(&name, ']');
	}
	cell_quoted(out, name.data, name.length);
	buffer_byte(out, '\n');
	buffer_free(&name);
}

extern const struct exporter export_csv;
const struct exporter export_csv = { "csv", "the columns of mactime -d, for Timeline Explorer", "csv", false, head, row, NULL };
