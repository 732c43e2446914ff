/* SPDX-License-Identifier: Apache-2.0 */
/* header.h: header fields of mail: finding them, unfolding, encoded words, parameters, addresses, dates. Nothing here fails: what cannot be
 * understood is kept as it stands. Lengths are bytes; texts given out are UTF-8 and live in the arena. */
#ifndef SPOOR_FORMAT_MAIL_HEADER_H
#define SPOOR_FORMAT_MAIL_HEADER_H

#include "base/memory.h"
#include "base/text.h"
#include "base/timestamp.h"

enum { MAIL_FIELDS_MAX = 10000 };               /* header fields of one part that are looked at */

struct mail_text { const char *text; size_t length; };

/* One field, in place: `name` without blanks, `value` after the colon up to the line end of its last line, still folded. */
struct mail_field { struct mail_text name, value; size_t offset, length; };     /* offset: from the first byte of the block; length: with the line ends */

struct mail_header {
	struct mail_field *field;               /* in the arena */
	size_t fields;
	size_t length;                          /* bytes of the block, with the empty line that ends it */
	size_t body;                            /* where the body begins; == length, but for a block without its empty line */
	bool odd_lines;                         /* lines that are no field stood between fields */
	bool no_separator;                      /* no empty line before the body (or the end) */
	bool limit;                             /* MAIL_FIELDS_MAX was reached; `length` is right nevertheless */
	bool nul;                               /* holds NUL bytes */
};

/* Takes the fields at the head of the bytes. "From " and ">From " lines in front are passed over. */
void mail_header_read(struct mail_header *h, const uint8_t *bytes, size_t size, struct arena *a);
/* The which-th (from 0) field of that name, any case; NULL: there are fewer. */
const struct mail_field *mail_header_find(const struct mail_header *h, const char *name, size_t which);
bool mail_text_is(struct mail_text t, const char *word);        /* any ASCII case */
/* How many bytes at the head of a line are a field name with its colon; 0: this line begins no field. */
size_t mail_field_name(const uint8_t *line, size_t length);
/* This line begins a field that mail headers have. */
bool mail_field_known(const uint8_t *line, size_t length);

/* The value as UTF-8: unfolded, encoded words (RFC 2047) decoded, raw 8-bit as UTF-8 or else Windows-1252. Sets *lossy when something was lost. */
struct mail_text mail_decode(struct mail_text raw, struct arena *a, bool *lossy);
/* Bytes in a charset by its MIME name to UTF-8; an unknown or wrong charset falls back to UTF-8, then Windows-1252. True: lossy. */
bool mail_charset_decode(struct buffer *out, const void *bytes, size_t length, struct mail_text charset);

/* The value in front of the parameters, lower case (of ASCII) without comments and blanks: "text/plain". Raw 8-bit as in mail_decode. */
struct mail_text mail_value_token(struct mail_text value, struct arena *a);
/* A parameter (RFC 2045, continued and with charset by RFC 2231), decoded. which: several of the same name. Text NULL: not there. With `starred`
 * the RFC 2231 form is asked for, else the plain one. */
struct mail_text mail_parameter(struct mail_text value, const char *name, bool starred, size_t which, struct arena *a);

/* Mailboxes of an address list: display name (may be empty) and address, both decoded. Groups are dissolved. */
struct mail_address { struct mail_text name, address; };
size_t mail_addresses(struct mail_text value, struct mail_address *to, size_t most, struct arena *a);

/* A date (RFC 5322 with its obsolete forms, asctime as in From_ lines, ISO 8601). False: no date in it. */
struct mail_date { struct timestamp time; bool stated; };      /* time in UTC, or zone TIME_LOCAL where none is named; stated: an offset is named and says more than "UTC" */
bool mail_date_read(struct mail_date *d, const char *text, size_t length);

#endif
