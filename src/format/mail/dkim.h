/* SPDX-License-Identifier: Apache-2.0 */
/* dkim.h: is the body of a message the one that its DKIM signatures (RFC 6376) speak of? The signature itself needs the signer's key of then, from the DNS; the hash of the body (bh=)
 * needs nothing. A body that differs was changed on the way (lists and gateways do) or was never signed; one that matches was not changed since, if the signature is genuine. */
#ifndef SPOOR_FORMAT_MAIL_DKIM_H
#define SPOOR_FORMAT_MAIL_DKIM_H

#include "format/mail/header.h"

enum { DKIM_SIGNATURES_MOST = 8 };              /* of a message; further ones are not looked at */
enum dkim_body {
	DKIM_BODY_MATCHES, DKIM_BODY_DIFFERS,
	DKIM_BODY_BEGINS,       /* its first part matches, behind it stands what is not signed (l=) */
	DKIM_BODY_UNKNOWN,      /* no hash, no known algorithm, or the body here is not as it travelled */
};
struct dkim_signature { struct mail_text domain; enum dkim_body body; };        /* d=, lower case, in the arena */

/* Of each DKIM-Signature field, in order. message: all of it, from the first byte of the header on; line ends may be LF alone, as stores have them. Returns how many. */
size_t dkim_bodies(const struct mail_header *h, const uint8_t *message, size_t length, struct dkim_signature to[DKIM_SIGNATURES_MOST], struct arena *a);
/* "match", "mismatch", "match_begin", "unknown" */
const char *dkim_body_word(enum dkim_body body);

#endif
