/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_text.c: what an RTF text of Outlook was made of ([MS-OXRTFEX]): HTML that lies in it piece by piece, or text.
 *
 * HTML: what stands in {\*\htmltag...} as it is, and text outside of it; not what \htmlrtf ... \htmlrtf0 encloses, which is there for programs that know only RTF.
 * Text: all text that is no property of the document (fonts, colours, pictures). Deeper groups than are remembered keep the state of the deepest that is. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/mail/rtf.h"

enum { DEPTH_MAX = 256, FONTS_MAX = 4096, WORD_MAX = 32, HEAD = 512, ANSI = 1252 };

struct group { bool skipped, hidden, fonts; uint8_t fallback; uint16_t font; };     /* hidden: \htmlrtf; fallback: \uc */

struct unwrap {
	const uint8_t *at, *end;
	struct buffer *out, run;        /* run: bytes that wait for their code page */
	bool html, starred;
	struct group group[DEPTH_MAX];
	size_t depth;                   /* may be more than there are groups */
	uint32_t page, font_page[FONTS_MAX];
	uint32_t high;                  /* a first surrogate */
	unsigned ignored;               /* characters that only stand in for a \u */
};

static struct group *here(struct unwrap *u) { return &u->group[u->depth < DEPTH_MAX ? u->depth : DEPTH_MAX - 1]; }
static bool shown(struct unwrap *u) { return !here(u)->skipped && !here(u)->hidden; }

static void run_end(struct unwrap *u)
{
	enum text_encoding encoding;
	if (!u->run.length)
		return;
	uint32_t page = here(u)->font < FONTS_MAX ? u->font_page[here(u)->font] : 0;
	if (!text_encoding_of_code_page(page ? page : u->page, &encoding) || encoding == TEXT_UTF16LE || encoding == TEXT_UTF16BE)
		encoding = TEXT_CP1252;
	text_to_utf8(u->out, u->run.data, u->run.length, encoding);
	buffer_clear(&u->run);
}

static void byte(struct unwrap *u, uint8_t b)
{
	if (u->ignored)
		u->ignored--;
	else if (shown(u))
		buffer_byte(&u->run, b);
}

static void words(struct unwrap *u, const char *html, const char *text)
{
	run_end(u);
	if (u->ignored)
		u->ignored--;
	else if (shown(u))
		buffer_text(u->out, u->html ? html : text);
}

static void code_point(struct unwrap *u, int32_t number)
{
	uint32_t c = (uint32_t)(number < 0 ? number + 0x10000 : number);
	run_end(u);
	u->ignored = here(u)->fallback;
	if (!shown(u))
		return;
	if (c >= 0xd800 && c < 0xdc00) {
		u->high = c;
		return;
	}
	if (c >= 0xdc00 && c < 0xe000 && u->high)
		c = 0x10000 + ((u->high - 0xd800) << 10) + (c - 0xdc00);
	u->high = 0;
	text_utf8_append(u->out, c);
}

/* \fcharset, as Windows numbers its character sets; 0: the document's. */
static uint32_t page_of_charset(int32_t charset)
{
	static const struct { uint8_t charset; uint16_t page; } rows[] = { { 0, 1252 }, { 77, 10000 }, { 128, 932 }, { 129, 949 }, { 134, 936 }, { 136, 950 }, { 161, 1253 }, { 162, 1254 },
		{ 163, 1258 }, { 177, 1255 }, { 178, 1256 }, { 186, 1257 }, { 204, 1251 }, { 222, 874 }, { 238, 1250 }, { 255, 437 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].charset == charset)
			return rows[i].page;
	return 0;
}

static bool is(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static void control_word(struct unwrap *u, const char *word, bool numbered, int32_t number)
{
	static const char *const destinations[] = { "colortbl", "stylesheet", "info", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf",
		"footnote", "listtable", "rsidtbl", "fldinst" };
	static const struct { const char *word, *html, *text; } characters[] = { { "par", "\r\n", "\r\n" }, { "line", "\r\n", "\r\n" }, { "tab", "\t", "\t" },
		{ "lquote", "&lsquo;", "\xe2\x80\x98" }, { "rquote", "&rsquo;", "\xe2\x80\x99" }, { "ldblquote", "&ldquo;", "\xe2\x80\x9c" }, { "rdblquote", "&rdquo;", "\xe2\x80\x9d" },
		{ "bullet", "&bull;", "\xe2\x80\xa2" }, { "endash", "&ndash;", "\xe2\x80\x93" }, { "emdash", "&mdash;", "\xe2\x80\x94" } };
	struct group *g = here(u);
	bool starred = u->starred;
	u->starred = false;
	if (starred) {
		if (strcmp(word, "htmltag") != 0)
			g->skipped = true;
		return;
	}
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
		if (!strcmp(word, characters[i].word)) {
			words(u, characters[i].html, characters[i].text);
			return;
		}
	if (!strcmp(word, "u") && numbered) {
		code_point(u, number);
		return;
	}
	run_end(u);
	u->ignored = 0;
	if (!strcmp(word, "htmlrtf"))
		g->hidden = u->html && (!numbered || number != 0);
	else if (!strcmp(word, "uc") && numbered)
		g->fallback = (uint8_t)(number < 0 ? 0 : number > 255 ? 255 : number);
	else if (!strcmp(word, "f") && numbered)
		g->font = (uint16_t)(number < 0 || number >= FONTS_MAX ? FONTS_MAX : number);
	else if (!strcmp(word, "fcharset") && g->fonts && g->font < FONTS_MAX)
		u->font_page[g->font] = page_of_charset(number);
	else if (!strcmp(word, "ansicpg") && number > 0)
		u->page = (uint32_t)number;
	else if (!strcmp(word, "fonttbl"))
		g->skipped = g->fonts = true;
	else if (!strcmp(word, "bin") && number > 0)
		u->at += number < u->end - u->at ? number : u->end - u->at;
	else if (is(word, destinations, sizeof destinations / sizeof *destinations))
		g->skipped = true;
}

static int hex(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Behind a backslash. */
static void control(struct unwrap *u)
{
	char word[WORD_MAX + 1];
	size_t length = 0;
	uint8_t c = *u->at;
	if ((c | 0x20) < 'a' || (c | 0x20) > 'z') {
		u->at++;
		if (c == '\'') {
			int high = u->end - u->at >= 2 ? hex(u->at[0]) : -1, low = high < 0 ? -1 : hex(u->at[1]);
			if (low >= 0) {
				u->at += 2;
				byte(u, (uint8_t)(high << 4 | low));
			}
		} else if (c == '*')
			u->starred = true;
		else if (c == '~')
			words(u, "&nbsp;", "\xc2\xa0");
		else if (c == '_')
			words(u, "&shy;", "\xc2\xad");
		else if (c == '\r' || c == '\n')
			words(u, "\r\n", "\r\n");
		else if (c == '{' || c == '}' || c == '\\')
			byte(u, c);
		return;
	}
	for (; u->at < u->end && (*u->at | 0x20) >= 'a' && (*u->at | 0x20) <= 'z'; u->at++)
		if (length < WORD_MAX)
			word[length++] = (char)*u->at;
	word[length] = 0;
	bool minus = u->at < u->end && *u->at == '-', numbered = false;
	int32_t number = 0;
	if (minus && u->end - u->at > 1 && u->at[1] >= '0' && u->at[1] <= '9')
		u->at++;
	else
		minus = false;
	for (; u->at < u->end && *u->at >= '0' && *u->at <= '9'; u->at++, numbered = true)
		if (number < 100000000)
			number = number * 10 + (*u->at - '0');
	if (u->at < u->end && *u->at == ' ')
		u->at++;
	control_word(u, word, numbered, minus ? -number : number);
}

static bool head_has(const uint8_t *rtf, size_t length, const char *word)
{
	return memmem(rtf, length < HEAD ? length : HEAD, word, strlen(word)) != NULL;
}

enum rtf_origin rtf_unwrap(const uint8_t *rtf, size_t length, struct buffer *out)
{
	struct unwrap *u = memory_new(sizeof *u);
	enum rtf_origin origin = head_has(rtf, length, "\\fromhtml1") ? RTF_OF_HTML : head_has(rtf, length, "\\fromtext") ? RTF_OF_TEXT : RTF_ALONE;
	*u = (struct unwrap){ .at = rtf, .end = rtf + length, .out = out, .html = origin == RTF_OF_HTML, .page = ANSI };
	u->group[0].fallback = 1;
	while (u->at < u->end) {
		uint8_t c = *u->at++;
		if (c == '{') {
			run_end(u);
			struct group g = *here(u);
			u->depth++;
			*here(u) = g;
			u->starred = false;
			u->ignored = 0;
		} else if (c == '}') {
			run_end(u);
			u->depth -= u->depth > 0;
			u->starred = false;
			u->ignored = 0;
		} else if (c == '\\') {
			if (u->at < u->end)
				control(u);
		} else if (c != '\r' && c != '\n' && c)
			byte(u, c);
	}
	run_end(u);
	buffer_free(&u->run);
	free(u);
	return origin;
}
