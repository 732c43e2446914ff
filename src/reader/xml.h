/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: XML (W3C Recommendation, 1.0, fifth edition) as a run of tags and texts, in one turn over borrowed bytes, without recursion and without memory of its own.
 *
 * For documents that programs write as their store. Declarations, comments and processing instructions are passed over; entities of a document's own are not expanded (so
 * nothing grows). Nothing fails: what is no markup is text, and a document that is cut ends there, with `cut` set. */
#ifndef SPOOR_READER_XML_H
#define SPOOR_READER_XML_H

#include "base/memory.h"

enum xml_kind { XML_END, XML_OPEN, XML_CLOSE, XML_TEXT };
struct xml_part { const char *text; size_t length; };
struct xml {
	const char *at, *end;
	enum xml_kind kind;
	struct xml_part name;           /* of OPEN and CLOSE, as it stands, with its prefix */
	struct xml_part attributes;     /* of OPEN */
	struct xml_part text;           /* of TEXT: raw */
	bool empty, literal;            /* OPEN that closes itself; TEXT of a CDATA section */
	bool cut;
};

struct xml xml_of(const void *bytes, size_t length);            /* UTF-8 */
enum xml_kind xml_next(struct xml *x);
bool xml_is(struct xml_part part, const char *word);
/* The raw value of an attribute of the tag in hand; length 0: it has none. */
struct xml_part xml_attribute(const struct xml *x, const char *name);
/* Appends text or a value with the five entities and character references resolved; others stay as they stand. */
void xml_text(struct buffer *out, struct xml_part raw);

#endif
