/* SPDX-License-Identifier: Apache-2.0 */
/* same.h: what copies of a message have in common, wherever they lie and whatever store keeps them. */
#ifndef SPOOR_FORMAT_MAIL_SAME_H
#define SPOOR_FORMAT_MAIL_SAME_H

#include "format/mail/mime.h"

/* SHA-256 over Message-ID, moment of Date, addresses of From, To and Cc, Subject, the text without white space, and the contents of the attachments in any order. Two messages
 * with this in common are copies; two with a Message-ID alone in common need not be. */
void message_same(const struct mime *m, struct arena *a, uint8_t digest[32]);

#endif
