/* SPDX-License-Identifier: Apache-2.0 */
/* export_timesketch_jsonl.c: JSON Lines for a Timesketch import; see timesketch.c. All values are strings but `timestamp` and the list `tag`. */
#include "bundle/exporting.h"

#include <string.h>

#include "bundle/place.h"

static void row(struct buffer *out, const struct record_view *v)
{
	struct buffer text = { 0 };
	for (unsigned i = 0; i < TIMESKETCH_COLUMNS; i++) {
		buffer_clear(&text);
		timesketch_value(&text, v, i);
		if (!text.length && i > 3)
			continue;
		buffer_byte(out, i ? ',' : '{');
		json_string(out, timesketch_column[i], strlen(timesketch_column[i]));
		buffer_byte(out, ':');
		if (i == 2) {
			buffer_append(out, text.data, text.length);
		} else if (i == 26) {
			buffer_text(out, "[\"");
			for (size_t k = 0; k < text.length; k++)
				if (text.data[k] == ',')
					buffer_text(out, "\",\"");
				else
					buffer_byte(out, text.data[k]);
			buffer_text(out, "\"]");
		} else {
			json_string(out, (const char *)text.data, text.length);
		}
	}
	buffer_text(out, "}\n");
	buffer_free(&text);
}

extern const struct exporter export_timesketch_jsonl;
const struct exporter export_timesketch_jsonl = { "timesketch-jsonl", "JSON Lines for an import into Timesketch", "jsonl", false, NULL, row, NULL };
