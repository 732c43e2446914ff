/* SPDX-License-Identifier: Apache-2.0 */
/* message.h: an opened mail message, shared by the mail formats and by the artefact parser that turns it into `message` records and events. */
#ifndef SPOOR_FORMAT_MAIL_MESSAGE_H
#define SPOOR_FORMAT_MAIL_MESSAGE_H

#include "format/format.h"

/* Writes the `message` record frame (headers decoded, hops, attachments with the locator step "::attach:N", URLs of the text parts) and the events (mail_message from Date,
 * mail_transfer for each Received hop with its own time) for one RFC 5322 message. raw: the whole message, offset its place in the container's source. Damage goes to the reporter.
 * state: what the store that holds it says of it ("read", "deleted", ...), put into the record's flags. Frames get no LOCATOR (the caller puts the node's). */
struct message_state { const char *const *word; size_t words; };
void message_records(const uint8_t *raw, size_t length, struct message_state state, struct reporter *report, struct arena *arena, struct buffer *out);

/* By the mail format's own probe; a mailbox ("From ") is its container's business. */
bool message_is(const uint8_t *head, size_t length);

#endif
