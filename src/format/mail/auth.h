/* SPDX-License-Identifier: Apache-2.0 */
/* auth.h: what receiving servers wrote into a message about its sender: Authentication-Results (RFC 8601), ARC-Authentication-Results (RFC 8617), Received-SPF (RFC 7208 9.1). */
#ifndef SPOOR_FORMAT_MAIL_AUTH_H
#define SPOOR_FORMAT_MAIL_AUTH_H

#include "format/mail/header.h"
#include "record/record.h"

enum { AUTH_RESULTS_MOST = 32 };                /* of one field */

/* All lower case but for `about`; texts are in the arena. */
struct auth_result {
	struct mail_text method, result;        /* "dmarc", "fail" */
	struct mail_text domain;                /* of the first property that names one: header.from, header.d, header.i, smtp.mailfrom, smtp.helo */
	struct mail_text about;                 /* reason=, or empty */
};
/* Takes a field apart; *by: the authserv-id, empty where there is none (Exchange writes none). Returns how many results, at most `most`. */
size_t auth_results_read(struct mail_text value, struct mail_text *by, struct auth_result *to, size_t most, struct arena *a);

/* Whose word counts: fields are put on top of a message, so what stands above the Received field of the border is the receiver's own, all below came with it. The border is the last
 * of the Received fields from the top whose `by` is in one domain with the first one's. Returns the number of the first header field that came with the message; with no Received
 * field at all 0: nothing is known to be the receiver's. */
size_t auth_border(const struct mail_header *h, struct arena *a);

/* The verdicts of the receiver: the first of each method above the border; absent: empty. */
struct auth_verdict { struct mail_text spf, dkim, dmarc, arc, compauth; struct mail_text spf_domain, dkim_domain; bool known, claimed; };       /* claimed: some came with the message */
void auth_judge(const struct mail_header *h, struct auth_verdict *v, struct arena *a);

/* The list F_AUTHENTICATION of a message record: one map a result, with whether it is the receiver's own; last, one a DKIM signature: whether the body is the one that it speaks of (dkim.h). */
void auth_write(struct record_builder *r, const struct mail_header *h, const uint8_t *message, size_t length, struct arena *a);

/* The domain of a host that somebody registered, by the Public Suffix List that is compiled into libpsl (no file is opened): one label more than the longest suffix under which anybody gets
 * names, those of private operators included ("a.github.io" is one house, "b.github.io" another). A suffix, a single label and what can be no host (longer than 255 bytes) come back
 * whole, without trailing dots. ASCII case does not matter. Borrowed from host. */
struct mail_text domain_registered(struct mail_text host);

#endif
