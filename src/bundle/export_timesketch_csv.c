/* SPDX-License-Identifier: Apache-2.0 */
/* export_timesketch_csv.c: CSV for a Timesketch import; see timesketch.c. */
#include "bundle/exporting.h"

static void head(struct buffer *out)
{
	for (unsigned i = 0; i < TIMESKETCH_COLUMNS; i++)
		buffer_format(out, "%s%s", i ? "," : "", timesketch_column[i]);
	buffer_byte(out, '\n');
}

static void row(struct buffer *out, const struct record_view *v)
{
	struct buffer text = { 0 };
	for (unsigned i = 0; i < TIMESKETCH_COLUMNS; i++) {
		buffer_clear(&text);
		timesketch_value(&text, v, i);
		if (i)
			buffer_byte(out, ',');
		if (i == 2)             /* a number, negative before 1970: a quote in front would spoil it */
			buffer_append(out, text.data, text.length);
		else
			cell_quoted(out, text.data, text.length);
	}
	buffer_byte(out, '\n');
	buffer_free(&text);
}

extern const struct exporter export_timesketch_csv;
const struct exporter export_timesketch_csv = { "timesketch-csv", "CSV for an import into Timesketch", "csv", false, head, row, NULL };
