/* SPDX-License-Identifier: Apache-2.0 */
/* locator.h: the way from an evidence file to a thing inside it, one step a layer: EVIDENCE[::FORMAT:NAME]...
 *
 *   disk.E01::gpt:2::ntfs:/Users/ann/mail.pst::pst:/Inbox/2097252::attach:1::zip:/inv%20oice.lnk
 *   disk.E01::gpt:2::ntfs:#4711-3:Zone.Identifier
 *
 * FORMAT is a row's name in the format table. NAME begins with '/' (a path; '/' separates components), '#' (an address), or is
 * an ordinal, or '@' and a first and last sector (an area between partitions). A stream of a file follows its name behind ':'. Every byte that a shell would touch (white space, also beyond ASCII, and
 * !"$&'()*;<>?[\]^`{|}~ and controls), '%', ':' inside a name, '/' inside a component, a leading '#', '-' or '=' of an evidence name, invalid UTF-8 and what
 * text_is_dangerous names is written %XX (upper case), byte by byte of the name's raw bytes (UTF-8 where the source was UTF-16; a lone surrogate as its
 * three WTF-8 bytes). So a locator needs no quotes and unescaping is exact. */
#ifndef SPOOR_RECORD_LOCATOR_H
#define SPOOR_RECORD_LOCATOR_H

#include "base/memory.h"

enum { LOCATOR_STEPS_MAX = 64 };

struct locator_part { const char *text; size_t length; };

struct locator_step {
	struct locator_part format;     /* "ntfs" */
	struct locator_part name;       /* "/Users/ann", "#4711-3", "2": still escaped, without the stream */
	struct locator_part stream;     /* still escaped; length 0: none */
};

struct locator {
	struct locator_part evidence;   /* still escaped */
	struct locator_step step[LOCATOR_STEPS_MAX];
	unsigned steps;
};

/* Splits in place (borrows text). NULL, or what is wrong. Takes also names that are escaped less than locator_escape would (people type them);
 * refuses controls and the like, broken escapes, empty parts, and ':' that is no separator. */
const char *locator_parse(struct locator *l, const char *text, size_t length);
/* Appends the escaped form of one name (path component, evidence name if `is_evidence`: there '/' and '.' stay). */
void locator_escape(struct buffer *out, const void *bytes, size_t length);
void locator_escape_evidence(struct buffer *out, const void *bytes, size_t length);
/* Undoes %XX. False on a broken escape (then `out` is as before). */
bool locator_unescape(struct buffer *out, const char *text, size_t length);
/* UTF-16LE name to the bytes that locators and node names carry: UTF-8, lone surrogates as WTF-8. An odd last byte is left out. */
void locator_wtf8(struct buffer *out, const void *utf16le, size_t size);

#endif
