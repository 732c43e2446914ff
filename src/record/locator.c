/* SPDX-License-Identifier: Apache-2.0 */
/* locator.c: the text form of the way to a thing in the evidence. The rules are in locator.h.
 *
 * Writing is strict: one spelling a name, so that equal things have equal locators. Reading is kind to people: it also takes names with spaces or
 * in quotes of their shell, and escapes that need not be, in either case of hex; it refuses what would act on a terminal. */
#ifndef _GNU_SOURCE
#endif
#include "record/locator.h"

#include <string.h>

#include "base/text.h"

enum { ORDINAL_DIGITS = 20 };

/* ---- escaping */

/* White space beyond ASCII, which copying from a terminal may lose or a reader not see. */
static bool is_wide_space(uint32_t code)
{
	return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x202f || code == 0x205f || code == 0x3000;
}

/* What no shell, no terminal and no locator takes for more than itself. */
static const bool PLAIN[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	['#'] = true, ['+'] = true, [','] = true, ['-'] = true, ['.'] = true, ['/'] = true, ['='] = true, ['@'] = true, ['_'] = true,
};

/* Length of the valid UTF-8 sequence at `at`, or 0. */
static size_t sequence_length(const uint8_t *at, const uint8_t *end)
{
	size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
	return (size_t)(end - at) >= length && text_is_utf8(at, length) ? length : 0;
}

static void put_escaped(struct buffer *out, uint8_t byte)
{
	static const char digit[] = "0123456789ABCDEF";
	const uint8_t text[3] = { '%', (uint8_t)digit[byte >> 4], (uint8_t)digit[byte & 15] };
	buffer_append(out, text, sizeof text);
}

/* `leading`: characters that are escaped as the first; `slash`: '/' stays. */
static void escape(struct buffer *out, const uint8_t *at, size_t length, const char *leading, bool slash)
{
	const uint8_t *end = length ? at + length : at;
	if (at < end && *at && strchr(leading, *at))
		put_escaped(out, *at++);
	while (at < end) {
		const uint8_t *from = at;
		while (at < end && PLAIN[*at] && (slash || *at != '/'))
			at++;
		buffer_append(out, from, (size_t)(at - from));
		if (at == end)
			break;
		if (*at < 0x80) {
			put_escaped(out, *at++);
			continue;
		}
		size_t take = sequence_length(at, end);
		const uint8_t *next = at;
		uint32_t code = take ? text_utf8_next(&next, end) : 0;
		if (take && !text_is_dangerous(code) && !is_wide_space(code))
			buffer_append(out, at, take);
		else
			for (size_t i = 0; i < (take ? take : 1); i++)
				put_escaped(out, at[i]);
		at += take ? take : 1;
	}
}

void locator_escape(struct buffer *out, const void *bytes, size_t length)
{
	escape(out, bytes, length, "", false);
}

void locator_escape_evidence(struct buffer *out, const void *bytes, size_t length)
{
	escape(out, bytes, length, "#-=", true);
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape at `at` means; -1: broken. */
static int escaped_byte(const char *at, const char *end)
{
	if (end - at < 3)
		return -1;
	int high = hex_digit((uint8_t)at[1]), low = hex_digit((uint8_t)at[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool locator_unescape(struct buffer *out, const char *text, size_t length)
{
	size_t before = out->length;
	const char *at = text, *end = length ? text + length : text;
	while (at < end) {
		const char *escape_at = memchr(at, '%', (size_t)(end - at));
		const char *plain_end = escape_at ? escape_at : end;
		buffer_append(out, at, (size_t)(plain_end - at));
		at = plain_end;
		if (at == end)
			break;
		int byte = escaped_byte(at, end);
		if (byte < 0) {
			out->length = before;
			return false;
		}
		buffer_byte(out, (uint8_t)byte);
		at += 3;
	}
	return true;
}

static uint32_t unit_at(const uint8_t *bytes, size_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8;
}

void locator_wtf8(struct buffer *out, const void *utf16le, size_t size)
{
	const uint8_t *bytes = utf16le;
	for (size_t at = 0; at + 1 < size; at += 2) {
		uint32_t code = unit_at(bytes, at);
		if (code < 0x80) {
			buffer_byte(out, (uint8_t)code);
			continue;
		}
		if (code >= 0xd800 && code < 0xdc00 && at + 3 < size) {
			uint32_t low = unit_at(bytes, at + 2);
			if (low >= 0xdc00 && low < 0xe000) {
				text_utf8_append(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
				at += 2;
				continue;
			}
		}
		if (code >= 0xd800 && code < 0xe000) {
			const uint8_t lone[3] = { (uint8_t)(0xe0 | code >> 12), (uint8_t)(0x80 | (code >> 6 & 0x3f)), (uint8_t)(0x80 | (code & 0x3f)) };
			buffer_append(out, lone, sizeof lone);
		} else
			text_utf8_append(out, code);
	}
}

/* ---- splitting */

static const char *check_characters(const char *text, size_t length)
{
	if (!text_is_utf8(text, length))
		return "locator is not UTF-8: write such bytes as %XX";
	const uint8_t *at = (const uint8_t *)text, *end = at + length;
	while (at < end) {
		if (*at == '%' && escaped_byte((const char *)at, (const char *)end) < 0)
			return "'%' in a locator must be followed by two hex digits";
		if (text_is_dangerous(text_utf8_next(&at, end)))
			return "locator holds a control character: write it as %XX";
	}
	return NULL;
}

static bool is_format_name(const struct locator_part *p)
{
	for (size_t i = 0; i < p->length; i++) {
		char c = p->text[i];
		if (!((c >= 'a' && c <= 'z') || c == 'Z' /* of compress(1) */ || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'))
			return false;
	}
	return p->length > 0;
}

static bool is_ordinal(const struct locator_part *p)
{
	for (size_t i = 0; i < p->length; i++)
		if (p->text[i] < '0' || p->text[i] > '9')
			return false;
	return p->length > 0 && p->length <= ORDINAL_DIGITS;
}

/* "@FIRST-LAST": sectors of a volume that belong to no partition. */
static bool is_range(const struct locator_part *p)
{
	const char *dash = p->length > 1 && p->text[0] == '@' ? memchr(p->text, '-', p->length) : NULL;
	if (!dash)
		return false;
	struct locator_part first = { p->text + 1, (size_t)(dash - p->text) - 1 }, last = { dash + 1, p->length - (size_t)(dash - p->text) - 1 };
	return is_ordinal(&first) && is_ordinal(&last);
}

/* The part up to `stop` or `end`; *at moves past the stop. */
static struct locator_part part_until(const char **at, const char *end, char stop)
{
	const char *found = memchr(*at, stop, (size_t)(end - *at));
	struct locator_part p = { *at, (size_t)((found ? found : end) - *at) };
	*at = found ? found + 1 : end;
	return p;
}

static const char *parse_step(struct locator_step *step, const char *at, const char *end)
{
	step->format = part_until(&at, end, ':');
	if (!is_format_name(&step->format))
		return "step of a locator does not begin with a format's name";
	step->name = part_until(&at, end, ':');
	bool path = step->name.length && step->name.text[0] == '/';
	bool address = step->name.length > 1 && step->name.text[0] == '#';
	if (!path && !address && !is_ordinal(&step->name) && !is_range(&step->name))
		return "name in a locator is neither a path (/...), nor an address (#...), nor a number, nor sectors (@FIRST-LAST)";
	const char *stream = at;
	step->stream = part_until(&at, end, ':');
	if (at != end || (stream > step->name.text + step->name.length && step->stream.length == 0) || end[-1] == ':')
		return "stream in a locator is empty, or ':' is not written %3A";
	return NULL;
}

const char *locator_parse(struct locator *l, const char *text, size_t length)
{
	l->steps = 0;
	l->evidence = (struct locator_part){ text, 0 };
	if (length == 0)
		return "locator names no evidence";
	const char *at = text, *end = text + length, *wrong;
	if ((wrong = check_characters(text, length)))
		return wrong;
	const char *split = memmem(at, length, "::", 2);
	l->evidence.length = (size_t)((split ? split : end) - text);
	if (l->evidence.length == 0)
		return "locator names no evidence";
	if (memchr(text, ':', l->evidence.length))
		return "':' in the name of the evidence must be written %3A";
	while (split) {
		at = split + 2;
		split = memmem(at, (size_t)(end - at), "::", 2);
		if (l->steps == LOCATOR_STEPS_MAX)
			return "locator has too many steps";
		if ((wrong = parse_step(&l->step[l->steps], at, split ? split : end)))
			return wrong;
		l->steps++;
	}
	return NULL;
}
