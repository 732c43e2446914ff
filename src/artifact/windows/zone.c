/* SPDX-License-Identifier: Apache-2.0 */
/* zone.c: Zone.Identifier, the mark of the web: an INI text in an alternate stream that says where a file came from.
 * Public description: [MS-FSCC] 5.6.1 (Zone.Identifier stream). It holds no time: the event takes the stream's file times, which the download set. */
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"

enum { ZONE_MOST = 64 * 1024 };

static const struct { const char *key; const char *name; } keys[] = {
	{ "ZoneId=", "zone" }, { "ReferrerUrl=", "referrer_url" }, { "HostUrl=", "host_url" }, { "HostIpAddress=", "host_ip" }, { "LastWriterPackageFamilyName=", "writer_package" }, { "AppZoneId=", "app_zone" },
};

static bool zone_probe(const uint8_t *head, size_t length, bool named)
{
	static const char sign[] = "[ZoneTransfer]";
	(void)named;
	return length >= sizeof sign - 1 && !memcmp(head, sign, sizeof sign - 1);
}

static void zone_parse(struct parse *p)
{
	struct timestamp t = p->node->time[NODE_CRTIME];
	struct record_builder r;
	if (t.state != TIME_VALID)
		t = p->node->time[NODE_MTIME];
	if (!p->bytes || p->length > ZONE_MOST) {
		report_error(p->report, "limit", "zone.size", p->node->step, 0, 0, "a mark of the web of more than 64 KiB: not read");
		return;
	}
	if (!parse_event(p, &r, &t, "download:marked", "File Downloaded", 0, p->length))
		return;
	struct buffer message = { 0 };
	buffer_text(&message, "marked as downloaded");
	record_text(&r, F_PATH, (const char *)p->node->path.bytes, p->node->path.length);
	record_map(&r, F_DATA);
	for (size_t at = 0; at < p->length;) {
		const uint8_t *line = p->bytes + at, *end = memchr(line, '\n', p->length - at);
		size_t n = end ? (size_t)(end - line) : p->length - at;
		at += n + 1;
		while (n && (line[n - 1] == '\r' || line[n - 1] == 0))
			n--;
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			size_t key = strlen(keys[i].key);
			if (n <= key || memcmp(line, keys[i].key, key))
				continue;
			value_evidence_text(&r, keys[i].name, line + key, n - key, TEXT_UTF8);
			if (i == 2) {
				buffer_text(&message, " from ");
				text_to_utf8(&message, line + key, n - key, TEXT_UTF8);
			}
		}
	}
	record_close(&r);
	parse_event_end(p, &r, (const char *)message.data, message.length);
	buffer_free(&message);
}

const struct artifact_parser artifact_zone = {
	.id = "win.ads_zone", .about = "Zone.Identifier: where a file was downloaded from", .events = "download:marked", .attack = "T1553.005", .probe = zone_probe, .parse = zone_parse,
};
