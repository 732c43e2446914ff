/* SPDX-License-Identifier: Apache-2.0 */
/* zone.c: Zone.Identifier streams ("mark of the web"): where a file came from.
 *
 * An INI text that browsers, mail programs and unpackers write beside a file they got from elsewhere ([MS-FSCC] 5.6.1): [ZoneTransfer], ZoneId (0 this computer,
 * 1 intranet, 2 trusted, 3 internet, 4 restricted), and since Windows 10 ReferrerUrl, HostUrl, HostIpAddress, LastWriterPackageFamilyName. Usually ANSI or UTF-8,
 * UTF-16 occurs. It holds no time; the stream's file was created when the download began, so its creation time is taken (else its modification
 * time), and `time_from` says which. Values are the sender's text. */
#include "artifact/artifact.h"

#include <string.h>

#include "artifact/lines.h"
#include "base/text.h"
#include "format/format.h"

enum { ZONE_MAX = 64 * 1024, VALUE_MAX = 16 * 1024 };

static bool is_utf16(const uint8_t *bytes, size_t length)
{
	return length >= 4 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[1] == 0 && bytes[3] == 0));
}

/* Without the name the text must begin as its writers begin it: other files that quote such a stream are no artefact. */
static bool zone_probe(const uint8_t *head, size_t length, bool named)
{
	static const char begin[] = "[zonetransfer]";
	if (named || length < 3)
		return named && length > 0;
	size_t at = head[0] == 0xFF && head[1] == 0xFE ? 2 : head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF ? 3 : 0, step = 1;
	if (length - at >= 2 && head[at + 1] == 0)
		step = 2;
	for (size_t i = 0; i < sizeof begin - 1; i++, at += step)
		if (at >= length || (head[at] >= 'A' && head[at] <= 'Z' ? head[at] + 32 : head[at]) != begin[i])
			return false;
	return true;
}

static const char *zone_name(uint64_t id)
{
	static const char *const name[] = { "this computer", "intranet", "trusted site", "internet", "restricted site" };
	return id < sizeof name / sizeof *name ? name[id] : NULL;
}

struct value { const uint8_t *bytes; size_t length; };

static void zone_parse(struct parse *p)
{
	static const struct { const char *key, *field; } known[] = {
		{ "ReferrerUrl", "referrer_url" }, { "HostUrl", "host_url" }, { "HostIpAddress", "host_ip" },
		{ "LastWriterPackageFamilyName", "writer_package" }, { "AppZoneId", "app_zone_id" }, { "AppDefinedZoneId", "app_defined_zone_id" },
	};
	enum { KNOWN = sizeof known / sizeof *known };
	struct value value[KNOWN] = { 0 };
	struct buffer wide = { 0 }, message = { 0 };
	const uint8_t *bytes = p->bytes;
	size_t length = p->length;
	if (length > ZONE_MAX) {
		report_error(p->report, "limit", "zone.size", NULL, ZONE_MAX, length - ZONE_MAX, "only the first %d bytes were read", ZONE_MAX);
		length = ZONE_MAX;
	}
	if (is_utf16(bytes, length)) {
		bool mark = bytes[0] == 0xFF;
		(void)text_to_utf8(&wide, bytes + (mark ? 2 : 0), length - (mark ? 2 : 0), TEXT_UTF16LE);
		bytes = wide.data;
		length = wide.length;
	}

	uint64_t zone = 0;
	bool has_zone = false, has_zone_text = false;
	for (size_t at = 0; at < length;) {
		const uint8_t *line = bytes + at, *end = memchr(line, '\n', length - at);
		size_t size = end ? (size_t)(end - line) : length - at;
		at += size + (end ? 1 : 0);
		while (size && (line[size - 1] == '\r' || line[size - 1] == ' ' || line[size - 1] == 0))
			size--;
		const uint8_t *equals = memchr(line, '=', size);
		if (!equals)
			continue;
		size_t key = (size_t)(equals - line), rest = size - key - 1;
		if (text_equal_nocase((const char *)line, key, "ZoneId", 6) && !has_zone_text) {
			has_zone_text = true;
			has_zone = rest > 0 && rest <= 9;
			for (size_t i = 0; has_zone && i < rest; i++) {
				has_zone = equals[1 + i] >= '0' && equals[1 + i] <= '9';
				zone = zone * 10 + (uint64_t)(equals[1 + i] - '0');
			}
		}
		for (size_t k = 0; k < KNOWN; k++)
			if (!value[k].bytes && text_equal_nocase((const char *)line, key, known[k].key, strlen(known[k].key))) {
				value[k] = (struct value){ equals + 1, rest < VALUE_MAX ? rest : VALUE_MAX };
				if (rest > VALUE_MAX)
					report_error(p->report, "limit", "zone.value", NULL, 0, p->length, "%s: only the first %d of %zu bytes are given", known[k].key, VALUE_MAX, rest);
			}
	}

	const struct timestamp *created = &p->node->time[NODE_CRTIME], *modified = &p->node->time[NODE_MTIME];
	bool by_creation = created->state == TIME_VALID;
	struct record_builder r;
	if (!has_zone_text && !value[0].bytes && !value[1].bytes)
		report_error(p->report, "damage", "zone.text", NULL, 0, p->length, "no ZoneId and no address in the stream");
	else if (parse_event(p, &r, by_creation ? created : modified, "download_marked", "File Downloaded", 0, p->length)) {
		record_map(&r, F_DATA);
		if (has_zone) {
			value_number(&r, "zone_id", zone);
			value_string(&r, "zone_name", zone_name(zone));
		}
		for (size_t k = 0; k < KNOWN; k++)
			if (value[k].bytes)
				value_evidence_text(&r, known[k].field, value[k].bytes, value[k].length, TEXT_UTF8);
		value_string(&r, "time_from", by_creation ? "crtime" : "mtime");
		record_close(&r);
		buffer_text(&message, "came from the ");
		buffer_text(&message, has_zone && zone_name(zone) ? zone_name(zone) : "unknown zone");
		if (value[1].bytes) {
			buffer_text(&message, ": ");
			message_text(&message, value[1].bytes, value[1].length, 2048);
		}
		if (value[0].bytes) {
			buffer_text(&message, ", referred by ");
			message_text(&message, value[0].bytes, value[0].length, 2048);
		}
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&wide);
	buffer_free(&message);
}

const struct artifact_parser artifact_ads_zone = {
	.id = "win.ads_zone",
	.about = "Mark of the web (Zone.Identifier streams): zone, referrer and address a file came from",
	.events = "download_marked",
	.attack = "T1553.005",
	.probe = zone_probe,
	.parse = zone_parse,
};
