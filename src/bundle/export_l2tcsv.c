/* SPDX-License-Identifier: Apache-2.0 */
/* export_l2tcsv.c: log2timeline's 17 columns as Plaso writes them (plaso/output/l2t_csv.py): no quotes, so a comma inside a value becomes a
 * space; seconds only; "-" for what is missing. Lossy by design. A value that begins as a formula or with a quote gets a ' in front. */
#include "bundle/exporting.h"

#include "bundle/place.h"

static void head(struct buffer *out)
{
	buffer_text(out, "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra\n");
}

static void cell(struct buffer *out, const struct buffer *text, bool last)
{
	struct buffer shown = { 0 };
	text_shown(&shown, text->data, text->length);
	if (!shown.length)
		buffer_byte(&shown, '-');
	else if (cell_is_formula(text->data, text->length) || shown.data[0] == '"')
		buffer_byte(out, '\'');
	for (size_t i = 0; i < shown.length; i++)
		buffer_byte(out, shown.data[i] == ',' ? ' ' : shown.data[i]);
	buffer_byte(out, last ? '\n' : ',');
	buffer_free(&shown);
}

static void row(struct buffer *out, const struct record_view *v)
{
	static const enum record_field rest[] = { F_TIMESTAMP_DESC, F_USER, F_HOST };
	struct timestamp t;
	struct civil c;
	struct buffer text = { 0 };
	struct record_value value;
	int64_t year = event_time(v, &t, &c);
	if (year < 1 || year > 9999)
		buffer_text(out, "00/00/0000,--:--:--,");
	else
		buffer_format(out, "%02u/%02u/%04lld,%02u:%02u:%02u,", c.month, c.day, (long long)year, c.hour, c.minute, c.second);
	buffer_format(out, "%s,%s,", t.zone == TIME_LOCAL ? "-" : "UTC", event_macb(v, true));
	buffer_text(&text, event_data_type(v).source);
	cell(out, &text, false);
	buffer_clear(&text);
	field_text(&text, v, F_KIND);
	cell(out, &text, false);
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
		buffer_clear(&text);
		field_text(&text, v, rest[i]);
		cell(out, &text, false);
	}
	buffer_clear(&text);
	size_t length;
	const char *message = record_get_text(v, F_MESSAGE_TEXT, &length);
	text_for_terminal(&text, message ? message : "", length, 80);
	cell(out, &text, false);
	buffer_clear(&text);
	if (year < 1 || year > 9999) {
		field_text(&text, v, F_TIME);
		buffer_byte(&text, ' ');
	}
	field_text(&text, v, F_MESSAGE_TEXT);
	cell(out, &text, false);
	buffer_text(out, "2,");
	buffer_clear(&text);
	field_text(&text, v, record_has(v, F_PATH) ? F_PATH : F_LOCATOR);
	cell(out, &text, false);
	buffer_clear(&text);
	if (data_value(v, "address", &value))
		value_shown(&text, &value);
	cell(out, &text, false);
	buffer_text(out, record_get_number(v, F_TAINTED) ? "tainted," : "-,");
	buffer_clear(&text);
	field_text(&text, v, F_ARTIFACT_ID);
	cell(out, &text, false);
	buffer_clear(&text);
	buffer_text(&text, "locator: ");
	field_text(&text, v, F_LOCATOR);
	if (record_has(v, F_DATA)) {
		buffer_text(&text, "; ");
		field_text(&text, v, F_DATA);
	}
	cell(out, &text, true);
	buffer_free(&text);
}

extern const struct exporter export_l2tcsv;
const struct exporter export_l2tcsv = { "l2tcsv", "log2timeline's 17 columns", "csv", false, head, row, NULL };
