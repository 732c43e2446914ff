/* SPDX-License-Identifier: Apache-2.0 */
/* mail.h: judges one mail message by itself: signs (mail_signs.def) that speak against it, each with what it was seen in. What needs the whole mailbox is src/correlate/'s. */
#ifndef SPOOR_DETECT_MAIL_H
#define SPOOR_DETECT_MAIL_H

#include "format/format.h"

struct mail_options { const char *own_domains; };       /* with "," between them; NULL or "": those of the recipients */

/* Tables that are opened on first use are opened here, before the sandbox closes. */
void mail_warm_up(void);
/* Appends a hit frame without LOCATOR (RULE, SCORE, SEVERITY, METHOD "mail", WHY, ATTACK, NAME, DATA, MATCHES: one map a sign) where signs count. raw: a whole message. Limits go to the reporter. */
void mail_judge(const uint8_t *raw, size_t length, const struct mail_options *o, struct reporter *report, struct arena *arena, struct buffer *out);

#endif
