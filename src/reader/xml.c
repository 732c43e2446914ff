/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: see xml.h. Every turn moves on by at least one byte. */
#include "reader/xml.h"

#include <string.h>

#include "base/text.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static bool ends_name(char c) { return is_blank(c) || c == '>' || c == '/' || c == '='; }

struct xml xml_of(const void *bytes, size_t length)
{
	return (struct xml){ .at = bytes, .end = (const char *)bytes + length };
}

bool xml_is(struct xml_part part, const char *word) { return part.length == strlen(word) && (!part.length || memcmp(part.text, word, part.length) == 0); }

static bool begins(const struct xml *x, const char *with)
{
	size_t length = strlen(with);
	return (size_t)(x->end - x->at) >= length && memcmp(x->at, with, length) == 0;
}

/* Moves behind the next `stop`; the part before it. Not there: to the end, which is cut. */
static struct xml_part until(struct xml *x, const char *stop)
{
	const char *from = x->at, *found = memmem(from, (size_t)(x->end - from), stop, strlen(stop));
	x->cut |= !found;
	x->at = found ? found + strlen(stop) : x->end;
	return (struct xml_part){ from, (size_t)((found ? found : x->end) - from) };
}

/* From behind '<' or '</' to behind the '>' that no quotes hold. */
static void tag(struct xml *x)
{
	const char *from = x->at;
	while (x->at < x->end && !ends_name(*x->at))
		x->at++;
	x->name = (struct xml_part){ from, (size_t)(x->at - from) };
	const char *attributes = x->at;
	char quote = 0;
	for (; x->at < x->end && (quote || *x->at != '>'); x->at++)
		if (quote ? *x->at == quote : *x->at == '"' || *x->at == '\'')
			quote = quote ? 0 : *x->at;
	x->attributes = (struct xml_part){ attributes, (size_t)(x->at - attributes) };
	x->empty = x->attributes.length && x->at[-1] == '/';
	x->attributes.length -= x->empty;
	if (x->at < x->end)
		x->at++;
	else
		x->cut = true;
}

enum xml_kind xml_next(struct xml *x)
{
	x->literal = x->empty = false;
	x->name = x->attributes = x->text = (struct xml_part){ 0 };
	while (x->at < x->end) {
		if (begins(x, "<!--")) {
			x->at += 4;
			until(x, "-->");
		} else if (begins(x, "<![CDATA[")) {
			x->at += 9;
			x->text = until(x, "]]>");
			x->literal = true;
			return x->kind = XML_TEXT;
		} else if (begins(x, "<?")) {
			until(x, "?>");
		} else if (begins(x, "<!")) {
			/* a document type may hold declarations in brackets */
			struct xml_part declaration = until(x, ">");
			if (memchr(declaration.text, '[', declaration.length) && !memchr(declaration.text, ']', declaration.length))
				until(x, "]>");
		} else if (begins(x, "</")) {
			x->at += 2;
			tag(x);
			return x->kind = XML_CLOSE;
		} else if (*x->at == '<' && x->end - x->at > 1 && !is_blank(x->at[1])) {
			x->at++;
			tag(x);
			return x->kind = XML_OPEN;
		} else {
			const char *from = x->at, *next = memchr(from + 1, '<', (size_t)(x->end - from) - 1);
			x->at = next ? next : x->end;
			x->text = (struct xml_part){ from, (size_t)(x->at - from) };
			return x->kind = XML_TEXT;
		}
	}
	return x->kind = XML_END;
}

struct xml_part xml_attribute(const struct xml *x, const char *name)
{
	const char *at = x->attributes.text, *end = at + x->attributes.length;
	while (at < end) {
		while (at < end && (is_blank(*at) || *at == '/'))
			at++;
		const char *from = at;
		while (at < end && !ends_name(*at))
			at++;
		struct xml_part found = { from, (size_t)(at - from) };
		while (at < end && is_blank(*at))
			at++;
		if (at == end || *at != '=') {
			at += at == from;       /* what is no attribute */
			continue;
		}
		at++;
		while (at < end && is_blank(*at))
			at++;
		char quote = at < end && (*at == '"' || *at == '\'') ? *at++ : 0;
		from = at;
		while (at < end && (quote ? *at != quote : !is_blank(*at)))
			at++;
		if (xml_is(found, name))
			return (struct xml_part){ from, (size_t)(at - from) };
		at += at < end;
	}
	return (struct xml_part){ 0 };
}

/* "#x41;" or "lt;": how many bytes that is; 0: none of those known. */
static size_t reference(struct buffer *out, const char *p, size_t length)
{
	static const struct { const char *name; char is; } named[] = { { "lt;", '<' }, { "gt;", '>' }, { "amp;", '&' }, { "quot;", '"' }, { "apos;", '\'' } };
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (length >= strlen(named[i].name) && memcmp(p, named[i].name, strlen(named[i].name)) == 0) {
			buffer_byte(out, (uint8_t)named[i].is);
			return strlen(named[i].name);
		}
	if (length < 3 || *p != '#')
		return 0;
	unsigned base = p[1] == 'x' ? 16 : 10;
	size_t at = base == 16 ? 2 : 1, from = at;
	uint32_t value = 0;
	for (; at < length && value <= 0x10ffff; at++) {
		unsigned c = (uint8_t)p[at], digit = c - '0' < 10 ? c - '0' : (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : 16;
		if (digit >= base)
			break;
		value = value * base + digit;
	}
	if (at == from || at >= length || p[at] != ';' || !value)
		return 0;
	text_utf8_append(out, value);
	return at + 1;
}

void xml_text(struct buffer *out, struct xml_part raw)
{
	for (size_t at = 0; at < raw.length;) {
		const char *and = memchr(raw.text + at, '&', raw.length - at);
		size_t plain = and ? (size_t)(and - raw.text) : raw.length;
		buffer_append(out, raw.text + at, plain - at);
		at = plain;
		if (!and)
			return;
		size_t length = reference(out, and + 1, raw.length - at - 1);
		if (!length)
			buffer_byte(out, '&');
		at += length + 1;
	}
}
