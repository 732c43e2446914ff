/* SPDX-License-Identifier: Apache-2.0 */
/* filetype.c: see filetype.h. */
#include "detect/filetype.h"

#include <string.h>

#include "base/text.h"

enum { TEXT_LOOK = 4096 };

static const struct { size_t offset, length; const char *bytes, *type; } magics[] = {
#define MAGIC(at, sign, name) { at, sizeof sign - 1, sign, name },
#include "detect/filetype.def"
#undef MAGIC
};

static const char *text_or_data(const uint8_t *p, size_t length)
{
	size_t look = length < TEXT_LOOK ? length : TEXT_LOOK, zeros_odd = 0, controls = 0;
	if (length >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		return "utf16";
	for (size_t i = 0; i < look; i++) {
		zeros_odd += i % 2 && !p[i];
		controls += (p[i] < 32 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r' && p[i] != 27 && p[i] != '\f') || p[i] == 127;
	}
	if (look >= 16 && zeros_odd > look * 2 / 5 && controls <= zeros_odd + look / 50)
		return "utf16";
	if (controls)
		return "data";
	static const char *const html[] = { "<!doctype html", "<html", "<script", "<head", "<body" };
	size_t at = length >= 3 && !memcmp(p, "\xef\xbb\xbf", 3) ? 3 : 0;
	while (at < look && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r' || p[at] == '\n'))
		at++;
	for (size_t i = 0; i < sizeof html / sizeof *html; i++)
		if (look - at >= strlen(html[i]) && text_equal_nocase((const char *)p + at, strlen(html[i]), html[i], strlen(html[i])))
			return "html";
	return "text";
}

const char *filetype_of(const uint8_t *p, size_t length)
{
	if (!length)
		return "empty";
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (length >= magics[i].offset + magics[i].length && !memcmp(p + magics[i].offset, magics[i].bytes, magics[i].length))
			return magics[i].type;
	if (length > 64 && p[0] == 'M' && p[1] == 'Z') {
		size_t at = p[60] | (size_t)p[61] << 8 | (size_t)p[62] << 16 | (size_t)p[63] << 24;
		return at <= length - 4 && !memcmp(p + at, "PE\0", 4) ? "pe" : "mz";
	}
	return text_or_data(p, length);
}
