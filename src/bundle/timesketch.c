/* SPDX-License-Identifier: Apache-2.0 */
/* timesketch.c: what a Timesketch import gets of an event (timesketch/lib/utils.py, docs/guides/user/import-from-json-csv.md).
 *
 * One fixed set of flat names, since more than about 330 over a timeline break its index: the data of events is one text, `attributes`, but
 * for the keys that searches and Sigma rules expect under Plaso's names. Times are microseconds; the exact one is `time`. Timesketch reads CSV through
 * pandas, which knows the years 1678 to 2261 and drops other rows without a word: such an event goes to 1970 with the description "Not a time" and its time in the
 * message, so nothing is lost. Values are cut at 32,000 bytes. */
#include "bundle/exporting.h"

#include <string.h>

#include "base/hash.h"
#include "bundle/place.h"

enum { VALUE_MOST = 32000, YEAR_FIRST = 1700, YEAR_LAST = 2261 };

const char *const timesketch_column[TIMESKETCH_COLUMNS] = {
	"message", "datetime", "timestamp", "timestamp_desc", "data_type", "source_short", "time", "precision", "zone", "filename", "name", "hostname", "username", "artifact",
	"locator", "offset", "length", "allocated", "tainted", "flags", "event_identifier", "source_name", "url", "sha256_hash", "md5_hash", "xml_string", "tag", "attributes",
};
static const struct { enum record_field field; const char *data; } FROM[TIMESKETCH_COLUMNS] = {
	[0] = { F_MESSAGE_TEXT, 0 }, [3] = { F_TIMESTAMP_DESC, 0 }, [4] = { F_KIND, 0 }, [6] = { F_TIME, 0 }, [7] = { F_PRECISION, 0 }, [8] = { F_ZONE, 0 }, [9] = { F_PATH, 0 }, [10] = { F_NAME, 0 },
	[11] = { F_HOST, 0 }, [12] = { F_USER, 0 }, [13] = { F_ARTIFACT_ID, 0 }, [14] = { F_LOCATOR, 0 }, [15] = { F_OFFSET, 0 }, [16] = { F_LENGTH, 0 }, [17] = { F_ALLOCATED, 0 }, [18] = { F_TAINTED, 0 },
	[19] = { F_FLAGS, 0 }, [20] = { 0, "event_id" }, [21] = { 0, "provider" }, [22] = { 0, "url" }, [23] = { 0, "sha256" }, [24] = { 0, "md5" }, [25] = { 0, "xml" }, [27] = { F_DATA, 0 },
};

static void cut(struct buffer *text)
{
	if (text->length <= VALUE_MOST)
		return;
	uint8_t digest[32];
	hash_sha256(text->data, text->length, digest);
	size_t length = text->length, keep = VALUE_MOST - 160;
	while (keep && (text->data[keep] & 0xc0) == 0x80)
		keep--;
	text->length = keep;
	buffer_format(text, "…[cut %zu bytes, sha256=", length - keep);
	buffer_hex(text, digest, 32);
	buffer_text(text, ", see locator]");
}

void timesketch_value(struct buffer *out, const struct record_view *v, unsigned column)
{
	struct timestamp t;
	struct civil c;
	struct record_value value;
	int64_t year = event_time(v, &t, &c);
	bool known = year >= YEAR_FIRST && year <= YEAR_LAST;
	switch (column) {
	case 0:
		if (!known) {
			buffer_text(out, "[time ");
			time_format(out, &t);
			buffer_text(out, "] ");
		}
		break;
	case 1:
		if (known)
			buffer_format(out, "%04lld-%02u-%02uT%02u:%02u:%02u.%06u+00:00", (long long)year, c.month, c.day, c.hour, c.minute, c.second, t.nanoseconds / 1000);
		else
			buffer_text(out, "1970-01-01T00:00:00.000000+00:00");
		return;
	case 2:
		buffer_format(out, "%lld", known ? (long long)(t.seconds * 1000000 + t.nanoseconds / 1000) : 0);
		return;
	case 3:
		if (!known) {
			buffer_text(out, "Not a time");
			return;
		}
		break;
	case 4:
		if (event_data_type(v).name) {
			buffer_text(out, event_data_type(v).name);
			return;
		}
		break;
	case 5: buffer_text(out, event_data_type(v).source); return;
	case 26:
		buffer_text(out, t.zone == TIME_LOCAL ? "local-time" : "");
		if (record_get_number(v, F_TAINTED))
			buffer_text(out, out->length ? ",tainted" : "tainted");
		if (record_has(v, F_ALLOCATED) && !record_get_number(v, F_ALLOCATED))
			buffer_text(out, out->length ? ",deleted" : "deleted");
		return;
	default: break;
	}
	if (FROM[column].data) {
		if (data_value(v, FROM[column].data, &value))
			value_shown(out, &value);
	} else {
		field_text(out, v, FROM[column].field);
	}
	cut(out);
}
