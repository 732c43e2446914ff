/* SPDX-License-Identifier: Apache-2.0 */
/* filetype.c: type of content by its head. Called for every file, so the signs are not tried one by one: a memchr over their first bytes names the few that
 * can fit. What no sign names is text (UTF-8, a single-byte code page), UTF-16 or data, by its first 4 KiB. */
#include "detect/filetype.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum { TEXT_LOOK = 4096 };
#define EIGHT UINT64_C(0x0101010101010101)

struct sign { const char *bytes; size_t length; const char *type; };

static const struct sign strong[] = {
#define MAGIC(sign, type) { sign, sizeof sign - 1, type },
#define MAGIC_AT(offset, sign, type)
#define MAGIC_WEAK(sign, type)
#include "detect/filetype.def"
#undef MAGIC
#undef MAGIC_AT
#undef MAGIC_WEAK
};
static const uint8_t strong_first[] = {
#define MAGIC(sign, type) (uint8_t)sign[0],
#define MAGIC_AT(offset, sign, type)
#define MAGIC_WEAK(sign, type)
#include "detect/filetype.def"
#undef MAGIC
#undef MAGIC_AT
#undef MAGIC_WEAK
};
static const struct { size_t offset; struct sign sign; } inside[] = {
#define MAGIC(sign, type)
#define MAGIC_AT(offset, sign, type) { offset, { sign, sizeof sign - 1, type } },
#define MAGIC_WEAK(sign, type)
#include "detect/filetype.def"
#undef MAGIC
#undef MAGIC_AT
#undef MAGIC_WEAK
};
static const struct sign weak[] = {
#define MAGIC(sign, type)
#define MAGIC_AT(offset, sign, type)
#define MAGIC_WEAK(sign, type) { sign, sizeof sign - 1, type },
#include "detect/filetype.def"
#undef MAGIC
#undef MAGIC_AT
#undef MAGIC_WEAK
};

static bool fits(const struct sign *s, const uint8_t *at, size_t length)
{
	return length >= s->length && memcmp(at, s->bytes, s->length) == 0;
}

static bool begins(const uint8_t *at, size_t length, const char *text)
{
	return length >= strlen(text) && memcmp(at, text, strlen(text)) == 0;
}

static const char *strong_type(const uint8_t *head, size_t length)
{
	for (size_t at = 0; at < sizeof strong_first;) {
		const uint8_t *next = memchr(strong_first + at, head[0], sizeof strong_first - at);
		if (!next)
			break;
		at = (size_t)(next - strong_first);
		if (fits(&strong[at], head, length))
			return strong[at].type;
		at++;
	}
	return NULL;
}

/* DOS programs: what stands at e_lfanew (offset 60) tells which kind. */
static const char *program_type(const uint8_t *head, size_t length)
{
	if (length < 64)
		return "mz";
	uint32_t at = (uint32_t)head[60] | (uint32_t)head[61] << 8 | (uint32_t)head[62] << 16 | (uint32_t)head[63] << 24;
	if (at > length || length - at < 4)
		return "mz";
	if (memcmp(head + at, "PE\0", 4) == 0)
		return "pe";
	return memcmp(head + at, "NE", 2) == 0 ? "ne" : memcmp(head + at, "LE", 2) == 0 || memcmp(head + at, "LX", 2) == 0 ? "le" : "mz";
}

/* The first member's name (local header: name length at 26, extra length at 28, name at 30) tells the documents among the archives. */
static const char *zip_type(const uint8_t *head, size_t length)
{
	if (length < 30 || head[2] != 3)
		return "zip";
	size_t name = (size_t)(head[26] | head[27] << 8), extra = (size_t)(head[28] | head[29] << 8);
	const uint8_t *at = head + 30;
	size_t left = length - 30;
	if (left < name)
		return "zip";
	if (begins(at, name, "[Content_Types].xml") || begins(at, name, "_rels/") || begins(at, name, "docProps/") || begins(at, name, "word/") || begins(at, name, "xl/") ||
	    begins(at, name, "ppt/"))
		return "ooxml";
	if (begins(at, name, "META-INF/"))
		return "jar";
	if (begins(at, name, "AndroidManifest.xml") || begins(at, name, "classes.dex"))
		return "apk";
	if (name == 8 && begins(at, name, "mimetype") && left - name >= extra) {
		if (begins(at + name + extra, left - name - extra, "application/vnd.oasis.opendocument"))
			return "odf";
		if (begins(at + name + extra, left - name - extra, "application/epub"))
			return "epub";
	}
	return "zip";
}

/* Universal Mach-O binaries and Java classes share their sign: then comes the number of architectures, or the class file's version, 45 and more. */
static const char *cafebabe_type(const uint8_t *head, size_t length)
{
	return length >= 8 && !head[4] && !head[5] && !head[6] && head[7] < 45 ? "macho" : "class";
}

static bool is_html(const uint8_t *head, size_t look)
{
	static const char *const html[] = { "<!doctype html", "<html", "<script", "<head", "<body", "<svg" };
	size_t at = look >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (at < look && (head[at] == ' ' || head[at] == '\t' || head[at] == '\r' || head[at] == '\n'))
		at++;
	for (size_t i = 0; i < sizeof html / sizeof *html; i++)
		if (look - at >= strlen(html[i]) && text_equal_nocase((const char *)head + at, strlen(html[i]), html[i], strlen(html[i])))
			return true;
	return false;
}

static const char *text_or_data(const uint8_t *head, size_t length)
{
	size_t look = length < TEXT_LOOK ? length : TEXT_LOOK, zeros[2] = { 0 }, controls = 0, at = 0;
	if (length >= 2 && ((head[0] == 0xff && head[1] == 0xfe) || (head[0] == 0xfe && head[1] == 0xff)))
		return "utf16";
	/* eight at a time where no byte is below 32 or 127, as most of a text */
	while (at < look) {
		uint64_t eight;
		if (look - at >= sizeof eight) {
			memcpy(&eight, head + at, sizeof eight);
			uint64_t delete = eight ^ (EIGHT * 0x7f);
			if (!((((eight - EIGHT * 0x20) & ~eight) | ((delete - EIGHT) & ~delete)) & (EIGHT * 0x80))) {
				at += sizeof eight;
				continue;
			}
		}
		for (size_t end = look - at < sizeof eight ? look : at + sizeof eight; at < end; at++) {
			zeros[at & 1] += !head[at];
			controls += (head[at] < 32 && head[at] != '\t' && head[at] != '\n' && head[at] != '\r' && head[at] != 27 && head[at] != '\f') || head[at] == 127;
		}
	}
	size_t most = zeros[0] > zeros[1] ? zeros[0] : zeros[1];
	if (look >= 16 && most > look * 2 / 5 && controls <= most + look / 50)
		return "utf16";
	if (controls)
		return "data";
	return is_html(head, look) ? "html" : "text";
}

const char *filetype_of(const uint8_t *head, size_t length)
{
	if (!length)
		return "empty";
	const char *type = strong_type(head, length);
	if (type && head[0] == 'P' && strcmp(type, "zip") == 0)
		return zip_type(head, length);
	if (type && head[0] == 0xca)
		return cafebabe_type(head, length);
	if (type)
		return type;
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		if (length > inside[i].offset && head[inside[i].offset] == (uint8_t)inside[i].sign.bytes[0] &&
		    fits(&inside[i].sign, head + inside[i].offset, length - inside[i].offset))
			return inside[i].sign.type;
	if (length >= 2 && head[0] == 'M' && head[1] == 'Z')
		return program_type(head, length);
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (fits(&weak[i], head, length))
			return weak[i].type;
	return text_or_data(head, length);
}
