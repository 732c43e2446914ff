/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h: lines of a text artefact, whatever its size, and lines of people's text.
 *
 * Text is attacker-written: a line keeps at most LINE_MAX_BYTES, the rest of it is passed over and counted. Offsets are bytes of the content. */
#ifndef SPOOR_ARTIFACT_LINES_H
#define SPOOR_ARTIFACT_LINES_H

#include "artifact/artifact.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

struct lines {
	struct parse *parse;                    /* borrowed */
	uint64_t size, next;                    /* of the content; where the next line begins */
	uint8_t *window;                        /* from the arena when the content is not in memory */
	uint64_t window_at; size_t window_length;
	uint64_t cut;                           /* lines that were longer than LINE_MAX_BYTES */
};

struct line { const uint8_t *bytes; size_t length; uint64_t offset; };  /* without its line feed or CR LF; valid until the next call */

struct lines lines_of(struct parse *p);
bool lines_next(struct lines *l, struct line *line);
void lines_rewind(struct lines *l);
/* Tells the reporter about lines that were cut, once. */
void lines_close(struct lines *l);

/* Appends text of evidence as one line of UTF-8 for F_MESSAGE_TEXT: line ends and tabs become spaces, at most `most` bytes, cut at a character. */
void message_text(struct buffer *out, const void *bytes, size_t length, size_t most);
/* The account whose folder a path lies in ("/home/ann/.x": "ann"; "/root/x": "root"): unescaped where that is plain UTF-8; empty: none. */
void path_user(struct buffer *out, const struct node *n);

#endif
