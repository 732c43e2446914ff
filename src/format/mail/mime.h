/* SPDX-License-Identifier: Apache-2.0 */
/* mime.h: the parts of one message, flat and in order, with every reading that mail programs differ in. */
#ifndef SPOOR_FORMAT_MAIL_MIME_H
#define SPOOR_FORMAT_MAIL_MIME_H

#include "format/format.h"
#include "format/mail/header.h"

/* Reaching one is an error of class "limit", kind "mail.depth", "mail.parts", "mail.readings", "mail.size". */
enum {
	MAIL_DEPTH_MAX = 32,                    /* multiparts in multiparts */
	MAIL_PARTS_MAX = 10000,
	MAIL_READINGS_MAX = 64,                 /* second readings of one message */
	MAIL_SIZE_MAX = 128 * 1024 * 1024,      /* bytes of one message that are looked at */
};

enum mime_encoding { MIME_IDENTITY, MIME_BASE64, MIME_QUOTED_PRINTABLE, MIME_UU, MIME_YENC };

/* What is odd about a part or a message. */
enum {
	MIME_EXTRA = 1,                 /* no part of the usual reading: found by one of the following */
	MIME_SECOND_READING = 2,        /* by another one of several Content-Type or transfer encoding fields */
	MIME_GUESSED_BOUNDARY = 4,
	MIME_EPILOGUE = 8,              /* behind the closing boundary */
	MIME_PREAMBLE = 16,             /* before the first boundary */
	MIME_EMBEDDED = 32,             /* uuencode or yEnc in a text */
	MIME_ODD_ENCODING = 64,         /* the encoding is broken or unknown */
	MIME_NAMES_DIFFER = 128,        /* several names */
	MIME_FIELDS_DIFFER = 256,       /* several Content-Type, -Disposition or -Transfer-Encoding fields that differ */
	MIME_NOT_CLOSED = 512,          /* the closing boundary is missing */
	MIME_LIMIT = 1024,
	MIME_PARTIAL = 2048,            /* message/partial or message/external-body: the content is elsewhere */
};

enum { MIME_NAMES = 4 };

struct mime_part {
	unsigned number;                /* N of "attach:N": 1.. in tree order, then the MIME_EXTRA ones as they were found */
	unsigned depth, flags;
	const uint8_t *raw;             /* bytes as they are encoded, borrowed or in the arena */
	size_t raw_length;
	bool in_message;                /* raw lies in the message itself, at: */
	size_t offset, header_offset;
	enum mime_encoding encoding;
	struct mail_text type, charset; /* "text/plain", "utf-8"; charset may be empty */
	struct mail_text disposition;   /* "attachment", "inline", or empty */
	struct mail_text name[MIME_NAMES];      /* candidates, best first; the raw text of the header where it had no encoding */
	unsigned names;
	bool message;                   /* its content is a message */
};

struct mime {
	struct mime_part *part;         /* in the arena, by number */
	unsigned parts;
	unsigned flags;                 /* of the whole message: sum of the above */
	struct mail_header header;      /* of the message */
};

/* Finds the parts. `bytes` must stay while the parts are used. Limits and damage go to the reporter (NULL: nowhere). */
void mime_read(struct mime *m, const uint8_t *bytes, size_t length, struct arena *a, struct reporter *report);
/* The decoded content, appended. */
void mime_decode(const struct mime_part *p, struct buffer *out);
/* The words for MIME_* flags that a record carries; `at` counts from 0; NULL: no more. */
const char *mime_flag_word(unsigned flags, unsigned *at);

#endif
