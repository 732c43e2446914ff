/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: a mail message (RFC 5322) as a `message` record and events of its Date and of each Received hop. */
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"
#include "format/mail/message.h"

static bool mail_probe(const uint8_t *head, size_t length, bool named)
{
	(void)named;
	struct probe probe = { .head = head, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = "", .above = LAYER_FS };
	const struct format *f = format_by_name("eml", 3);
	return f && f->probe(&probe) > 0 && !(length >= 5 && !memcmp(head, "From ", 5));
}

static void mail_parse(struct parse *p)
{
	struct buffer out = { 0 };
	if (!p->bytes) {
		report_error(p->report, "limit", "mail.size", p->node->step, 0, 0, "a message of more than 64 MiB: its headers are not judged");
		return;
	}
	message_records(p->bytes, p->length, p->report, p->arena, &out);
	for (size_t at = 0; at + 4 <= out.length;) {
		struct record_view v;
		uint32_t n;
		memcpy(&n, out.data + at, 4);
		if (!record_view_open(&v, out.data + at, 4 + (size_t)n)) {
			p->events += v.type == RECORD_EVENT;
			record_prefix_locator(p->out, &v, p->locator, p->locator_length);
		}
		at += 4 + (size_t)n;
	}
	buffer_free(&out);
}

const struct artifact_parser artifact_mail = {
	.id = "ml.eml", .about = "mail messages: headers, hops, attachments", .events = "mail:sent mail:received", .attack = "T1566", .probe = mail_probe, .parse = mail_parse,
};
