/* SPDX-License-Identifier: Apache-2.0 */
/* export_tsv.c: tab-separated values with a header, for awk, Miller, VisiData: no quotes; \t, \n and \\ stand for what they name, other
 * characters that act on terminals for themselves as \u{hex}; cells that would be formulas begin with '. */
#include "bundle/exporting.h"

#include "bundle/place.h"

static const enum record_field COLUMN[] = {
	F_TIME, F_PRECISION, F_ZONE, F_TIMESTAMP_DESC, F_KIND, F_MESSAGE_TEXT, F_PATH, F_NAME, F_HOST, F_USER, F_ARTIFACT_ID, F_ALLOCATED, F_TAINTED, F_FLAGS, F_LOCATOR, F_OFFSET, F_LENGTH, F_DATA,
};
enum { COLUMNS = sizeof COLUMN / sizeof *COLUMN };

static void head(struct buffer *out)
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		buffer_text(out, i ? "\t" : "");
		buffer_text(out, record_field_key(COLUMN[i]));
	}
	buffer_byte(out, '\n');
}

static void row(struct buffer *out, const struct record_view *v)
{
	struct buffer text = { 0 }, escaped = { 0 };
	for (unsigned i = 0; i < COLUMNS; i++) {
		buffer_clear(&text);
		buffer_clear(&escaped);
		field_text(&text, v, COLUMN[i]);
		bool formula = COLUMN[i] != F_TIME && cell_is_formula(text.data, text.length);  /* a year above 9999 begins with + and is ours */
		for (size_t k = 0; k < text.length; k++)
			switch (text.data[k]) {
			case '\t': buffer_text(&escaped, "\\t"); break;
			case '\n': buffer_text(&escaped, "\\n"); break;
			case '\r': buffer_text(&escaped, "\\r"); break;
			case '\\': buffer_text(&escaped, "\\\\"); break;
			default: buffer_byte(&escaped, text.data[k]);
			}
		buffer_text(out, i ? "\t" : "");
		buffer_text(out, formula ? "'" : "");
		text_shown(out, escaped.data, escaped.length);
	}
	buffer_byte(out, '\n');
	buffer_free(&text);
	buffer_free(&escaped);
}

extern const struct exporter export_tsv;
const struct exporter export_tsv = { "tsv", "tab-separated values with a header", "tsv", false, head, row, NULL };
