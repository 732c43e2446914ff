/* SPDX-License-Identifier: Apache-2.0 */
/* mail_message.c: a single mail message, as a file (.eml, in a Maildir) or as a node of a mail store: format/mail/message.c does the work.
 * Mailboxes, Outlook's .msg and Apple's .emlx are containers and come here message by message. */
#include "artifact/artifact.h"

#include <string.h>

#include "format/format.h"
#include "format/mail/maildir.h"
#include "format/mail/message.h"

/* What the store says of the message: its node's flags, or the name of its file. */
static struct message_state state_of(struct parse *p)
{
	const char **word = arena_array(p->arena, MAILDIR_FLAGS_MAX, sizeof *word);
	if (!p->node)
		return (struct message_state){ 0 };
	if (p->node->kind == NODE_MESSAGE)
		return (struct message_state){ p->node->flags, p->node->flag_count };
	return (struct message_state){ word, maildir_flags(p->node, word) };
}

static bool mail_probe(const uint8_t *head, size_t length, bool named)
{
	(void)named;
	return message_is(head, length);
}

static void mail_parse(struct parse *p)
{
	if (!p->bytes) {
		if (p->source && p->source->size)
			report_error(p->report, "limit", "mail.size", NULL, 0, p->source->size, "a message of more than %d bytes is not parsed", PARSE_MEMORY);
		return;
	}
	size_t before = p->out->length;
	message_records(p->bytes, p->length, state_of(p), p->report, p->arena, p->out);
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
