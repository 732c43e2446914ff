/* SPDX-License-Identifier: Apache-2.0 */
/* mail_message.c: a single mail message, as a file (.eml, .emlx) or as a node of a mail store: format/mail/message.c does the work.
 *
 * An .emlx file of Apple Mail is a decimal length, a line feed, the message, and a property list. Whole mailboxes and Outlook's .msg are containers
 * and come here message by message, if at all. */
#include "artifact/artifact.h"

#include <string.h>

#include "format/format.h"
#include "format/mail/message.h"

/* Moves past the length line of .emlx; `length` becomes that of the message. */
static const uint8_t *emlx_message(const uint8_t *bytes, size_t *length)
{
	size_t at = 0, size = 0;
	while (at < *length && at < 10 && bytes[at] >= '0' && bytes[at] <= '9')
		size = size * 10 + (size_t)(bytes[at++] - '0');
	if (!at)
		return bytes;
	while (at < *length && bytes[at] == ' ')
		at++;
	if (at >= *length || bytes[at] != '\n')
		return bytes;
	at++;
	*length = size < *length - at ? size : *length - at;
	return bytes + at;
}

/* The mail format's own probe knows headers; a mailbox ("From ") is its container's business. */
static bool mail_probe(const uint8_t *head, size_t length, bool named)
{
	(void)named;
	const struct format *f = format_by_name("eml", 3);
	if (!f || (length >= 5 && memcmp(head, "From ", 5) == 0))
		return false;
	const uint8_t *message = emlx_message(head, &length);
	struct probe probe = { .head = message, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = "", .above = LAYER_FS };
	return f->probe(&probe) > 0;
}

static void mail_parse(struct parse *p)
{
	if (!p->bytes) {
		if (p->source && p->source->size)
			report_error(p->report, "limit", "mail.size", NULL, 0, p->source->size, "a message of more than %d bytes is not parsed", PARSE_MEMORY);
		return;
	}
	size_t length = p->length, before = p->out->length;
	const uint8_t *message = emlx_message(p->bytes, &length);
	message_records(message, length, p->report, p->arena, p->out);
	struct cursor c = cursor_of(p->out->data, p->out->length, 0);
	c.at = before;
	while (cursor_left(&c) >= 6) {
		uint32_t size = cursor_u32le(&c);
		struct cursor frame = cursor_sub(&c, size);
		p->events += cursor_u16le(&frame) == RECORD_EVENT;
	}
	if (p->flush)
		p->flush(p);
}

const struct artifact_parser artifact_mail_message = {
	.id = "ml.eml",
	.about = "Mail messages: headers, hops, attachments, links",
	.events = "mail_message,mail_transfer",
	.attack = "T1566",
	.probe = mail_probe,
	.parse = mail_parse,
};
