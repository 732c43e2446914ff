/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: text of evidence made safe UTF-8; see text.h.
 *
 * UTF-8, UTF-16 and the single-byte code pages are decoded here (tables: text_tables.def): iconv loads even these from files, which the
 * sandbox forbids. The East Asian ones use iconv handles that were opened before. ISO-2022-JP becomes EUC-JP first, as it is the
 * same characters in another dress: so the vendor rows that Japanese mail uses are there, and iconv's own stateful decoders, which
 * have a history of faults, never see evidence.
 *
 * Traps: names of NTFS, the registry, EVTX and PST are sequences of 16-bit units with lone surrogates and NUL, not valid UTF-16;
 * what UTF-8 decoders replace by one U+FFFD differs (here the maximal subpart, Unicode 3.9 D93b, as Python and browsers). */
#include "base/text.h"

#include <endian.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

#define REPLACEMENT 0xfffdu
#define NO_CODE_POINT UINT32_MAX

/* Work goes in turns, so that one check of the buffer's room serves many characters and a big text is not reserved threefold. */
enum { TURN_UNITS = 4096, UTF8_MAX = 4 };

static inline uint8_t *put(uint8_t *to, uint32_t code_point)
{
	if (code_point < 0x80) {
		*to++ = (uint8_t)code_point;
	} else if (code_point < 0x800) {
		*to++ = (uint8_t)(0xc0 | code_point >> 6);
		*to++ = (uint8_t)(0x80 | (code_point & 0x3f));
	} else if (code_point < 0x10000) {
		*to++ = (uint8_t)(0xe0 | code_point >> 12);
		*to++ = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
		*to++ = (uint8_t)(0x80 | (code_point & 0x3f));
	} else {
		*to++ = (uint8_t)(0xf0 | code_point >> 18);
		*to++ = (uint8_t)(0x80 | (code_point >> 12 & 0x3f));
		*to++ = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
		*to++ = (uint8_t)(0x80 | (code_point & 0x3f));
	}
	return to;
}

static bool is_code_point(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* The length of the character at `at`; or NO_CODE_POINT and the length (1 to 3) of the maximal bad subpart. Needs at < end. */
static inline size_t utf8_at(const uint8_t *at, const uint8_t *end, uint32_t *code_point)
{
	uint8_t lead = *at, low = 0x80, high = 0xbf;    /* low, high: what the second byte may be (Unicode table 3-7) */
	size_t length;
	uint32_t c;
	if (lead < 0x80) {
		*code_point = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		length = 2;
		c = lead & 0x1f;
	} else if (lead >= 0xe0 && lead <= 0xef) {
		length = 3;
		c = lead & 0x0f;
		low = lead == 0xe0 ? 0xa0 : 0x80;
		high = lead == 0xed ? 0x9f : 0xbf;
	} else if (lead >= 0xf0 && lead <= 0xf4) {
		length = 4;
		c = lead & 0x07;
		low = lead == 0xf0 ? 0x90 : 0x80;
		high = lead == 0xf4 ? 0x8f : 0xbf;
	} else {
		*code_point = NO_CODE_POINT;
		return 1;
	}
	for (size_t i = 1; i < length; i++) {
		if ((size_t)(end - at) <= i || at[i] < low || at[i] > high) {
			*code_point = NO_CODE_POINT;
			return i;
		}
		c = c << 6 | (at[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*code_point = c;
	return length;
}

uint32_t text_utf8_next(const uint8_t **at, const uint8_t *end)
{
	uint32_t c;
	*at += utf8_at(*at, end, &c);
	return c == NO_CODE_POINT ? REPLACEMENT : c;
}

void text_utf8_append(struct buffer *out, uint32_t code_point)
{
	uint8_t *to = buffer_reserve(out, UTF8_MAX);
	out->length += (size_t)(put(to, is_code_point(code_point) ? code_point : REPLACEMENT) - to);
}

static inline uint64_t load64(const uint8_t *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof v);
	return v;
}

/* Where the ASCII that begins at `at` ends. Hot: 16 bytes a turn. */
static inline const uint8_t *ascii_end(const uint8_t *at, const uint8_t *end)
{
	while (end - at >= 16 && !((load64(at) | load64(at + 8)) & UINT64_C(0x8080808080808080)))
		at += 16;
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/* Where the valid UTF-8 that begins at `at` ends. */
static const uint8_t *utf8_end(const uint8_t *at, const uint8_t *end)
{
	uint32_t c;
	while ((at = ascii_end(at, end)) < end)
		do {
			size_t length = utf8_at(at, end, &c);
			if (c == NO_CODE_POINT)
				return at;
			at += length;
		} while (at < end && *at >= 0x80);
	return at;
}

bool text_is_utf8(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	return length == 0 || utf8_end(at, at + length) == at + length;
}

static bool from_utf8(struct buffer *out, const uint8_t *at, const uint8_t *end)
{
	bool lost = false;
	while (at < end) {
		const uint8_t *good = utf8_end(at, end);
		buffer_append(out, at, (size_t)(good - at));
		at = good;
		if (at < end) {
			text_utf8_append(out, text_utf8_next(&at, end));
			lost = true;
		}
	}
	return lost;
}

static inline uint16_t unit_at(const uint8_t *at, bool big)
{
	return (uint16_t)(big ? at[0] << 8 | at[1] : at[0] | at[1] << 8);
}

/* Hot, and inlined once for each byte order: eight ASCII units a turn, narrowed in two registers; else a unit at a time until the
 * next ASCII one. */
static inline __attribute__((always_inline)) bool from_utf16(struct buffer *out, const uint8_t *at, const uint8_t *end, bool big)
{
	const uint64_t not_ascii = big ? UINT64_C(0x80ff80ff80ff80ff) : UINT64_C(0xff80ff80ff80ff80);
	bool lost = (end - at) % 2 != 0;
	end -= lost;
	while (at < end) {
		size_t units = (size_t)(end - at) / 2;
		const uint8_t *stop = at + 2 * (units < TURN_UNITS ? units : TURN_UNITS);
		uint8_t *to = buffer_reserve(out, 3 * TURN_UNITS + UTF8_MAX), *start = to;
		while (at < stop) {
			for (; stop - at >= 16; at += 16, to += 8) {
				uint64_t a = le64toh(load64(at)), b = le64toh(load64(at + 8));
				if ((a | b) & not_ascii)
					break;
				a >>= big ? 8 : 0;
				b >>= big ? 8 : 0;
				a = (a | a >> 8) & UINT64_C(0x0000ffff0000ffff);
				b = (b | b >> 8) & UINT64_C(0x0000ffff0000ffff);
				a = (a | a >> 16) & UINT64_C(0x00000000ffffffff);
				b = (b | b >> 16) & UINT64_C(0x00000000ffffffff);
				uint64_t eight = htole64(a | b << 32);
				memcpy(to, &eight, sizeof eight);
			}
			for (uint32_t c = 0x80; at < stop && c >= 0x80;) {
				c = unit_at(at, big);
				at += 2;
				if (__builtin_expect((c & 0xf800) == 0xd800, false)) {
					uint16_t next = at < end ? unit_at(at, big) : 0;
					bool pair = c < 0xdc00 && (next & 0xfc00) == 0xdc00;
					c = pair ? 0x10000 + ((c & 0x3ff) << 10) + (next & 0x3ff) : REPLACEMENT;
					at += pair ? 2 : 0;
					lost |= !pair;
				}
				to = put(to, c);
			}
		}
		out->length += (size_t)(to - start);
	}
	return lost;
}

void text_count(struct buffer *out, uint64_t number, const char *thing)
{
	buffer_format(out, "%llu %s%s", (unsigned long long)number, thing, number == 1 ? "" : "s");
}

size_t text_utf16_length(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	size_t units = size / 2, i = 0;
	for (; units - i >= 4; i += 4) {
		uint64_t four = load64(at + 2 * i);
		if ((four - UINT64_C(0x0001000100010001)) & ~four & UINT64_C(0x8000800080008000))
			break;  /* one of them is zero */
	}
	while (i < units && (at[2 * i] | at[2 * i + 1]))
		i++;
	return i;
}

static const uint16_t upper_half[TEXT_ENCODINGS][128] = {
#define CODE_PAGE(encoding, ...) [encoding] = { __VA_ARGS__ },
#include "base/text_tables.def"
#undef CODE_PAGE
};

static bool from_code_page(struct buffer *out, const uint8_t *at, const uint8_t *end, const uint16_t *upper)
{
	bool lost = false;
	while (at < end) {
		size_t left = (size_t)(end - at);
		const uint8_t *stop = at + (left < TURN_UNITS ? left : TURN_UNITS);
		uint8_t *to = buffer_reserve(out, 3 * TURN_UNITS), *start = to;
		while (at < stop) {
			for (; stop - at >= 8 && !(load64(at) & UINT64_C(0x8080808080808080)); at += 8, to += 8)
				memcpy(to, at, 8);
			for (uint8_t byte = 0x80; at < stop && byte >= 0x80;) {
				byte = *at++;
				uint32_t c = byte < 0x80 ? byte : upper[byte - 0x80];
				if (!c && byte) {
					c = REPLACEMENT;
					lost = true;
				}
				to = put(to, c);
			}
		}
		out->length += (size_t)(to - start);
	}
	return lost;
}

/* glibc's names for the tables that agree with Windows' own. */
static const char *const iconv_name[TEXT_ENCODINGS] = {
	[TEXT_CP932] = "CP932", [TEXT_GB18030] = "GB18030", [TEXT_CP949] = "CP949", [TEXT_BIG5] = "BIG5", [TEXT_EUCJP] = "EUC-JP-MS",
};
static iconv_t handles[TEXT_ENCODINGS];         /* NULL: not opened yet; (iconv_t)-1: this machine lacks it */

static iconv_t handle_of(enum text_encoding encoding)
{
	if (!handles[encoding])
		handles[encoding] = iconv_open("UTF-8", iconv_name[encoding]);
	return handles[encoding];
}

void text_warm_up(void)
{
	for (unsigned i = 0; i < TEXT_ENCODINGS; i++)
		if (iconv_name[i])
			(void)handle_of((enum text_encoding)i);
}

/* Bytes that mean nothing: a lead byte takes an unmapped second byte with it, but never an ASCII one (which could be a quote or a
 * separator), as the WHATWG Encoding Standard says. */
static size_t bad_length(const uint8_t *at, const uint8_t *end)
{
	return at[0] > 0x80 && at[0] < 0xff && end - at > 1 && at[1] >= 0x80 ? 2 : 1;
}

static bool from_iconv(struct buffer *out, const uint8_t *at, const uint8_t *end, enum text_encoding encoding)
{
	iconv_t handle = handle_of(encoding);
	bool lost = false, usable = handle != (iconv_t)-1;
	if (usable)
		iconv(handle, NULL, NULL, NULL, NULL);
	while (at < end) {
		const uint8_t *ascii = ascii_end(at, end);
		buffer_append(out, at, (size_t)(ascii - at));
		at = ascii;
		if (at == end)
			break;
		if (usable) {
			size_t left = (size_t)(end - at), room = 3 * (left < TURN_UNITS ? left : TURN_UNITS) + UTF8_MAX, free_room = room;
			char *from = (char *)at, *to = (char *)buffer_reserve(out, room);
			size_t result = iconv(handle, &from, &left, &to, &free_room);
			at = (const uint8_t *)from;
			out->length += room - free_room;
			if (result != (size_t)-1 || errno == E2BIG)
				continue;
		}
		if (encoding == TEXT_GB18030 && *at == 0x80) {  /* Windows' 936 has the euro sign there, the standard nothing */
			text_utf8_append(out, 0x20ac);
			at++;
			continue;
		}
		at += bad_length(at, end);
		text_utf8_append(out, REPLACEMENT);
		lost = true;
	}
	return lost;
}

/* ISO-2022-JP (RFC 1468, with the half-width katakana and JIS X 0212 that mail programs add): an escape sequence says what the
 * following 7-bit bytes are. An unknown one stays as it is; JIS X 0201 Roman is read as ASCII, as Windows does. */
enum jis_mode { JIS_ASCII, JIS_KATAKANA, JIS_0208, JIS_0212 };

static const struct {
	const char *escape;
	enum jis_mode mode;
} jis_escape[] = {
	{ "\033(B", JIS_ASCII }, { "\033(J", JIS_ASCII }, { "\033(I", JIS_KATAKANA },
	{ "\033$@", JIS_0208 }, { "\033$B", JIS_0208 }, { "\033$(B", JIS_0208 }, { "\033$(D", JIS_0212 },
};

static size_t jis_escape_at(const uint8_t *at, const uint8_t *end, enum jis_mode *mode)
{
	for (size_t i = 0; i < sizeof jis_escape / sizeof *jis_escape; i++) {
		size_t length = strlen(jis_escape[i].escape);
		if ((size_t)(end - at) >= length && memcmp(at, jis_escape[i].escape, length) == 0) {
			*mode = jis_escape[i].mode;
			return length;
		}
	}
	return 0;
}

static bool from_iso2022jp(struct buffer *out, const uint8_t *at, const uint8_t *end)
{
	enum { EUC_KATAKANA = 0x8e, EUC_0212 = 0x8f, EUC_NOTHING = 0xff };
	struct buffer euc = { 0 };
	enum jis_mode mode = JIS_ASCII;
	while (at < end) {
		size_t escape = *at == '\033' ? jis_escape_at(at, end, &mode) : 0;
		bool graphic = *at > 0x20 && *at < 0x7f;
		if (escape) {
			at += escape;
		} else if (*at >= 0x80) {
			buffer_byte(&euc, EUC_NOTHING);
			at++;
		} else if (mode == JIS_ASCII || !graphic) {
			buffer_byte(&euc, *at++);
		} else if (mode == JIS_KATAKANA) {
			buffer_byte(&euc, EUC_KATAKANA);
			buffer_byte(&euc, *at++ | 0x80);
		} else if (end - at < 2 || at[1] <= 0x20 || at[1] >= 0x7f) {
			buffer_byte(&euc, EUC_NOTHING);
			at++;
		} else {
			if (mode == JIS_0212)
				buffer_byte(&euc, EUC_0212);
			buffer_byte(&euc, *at++ | 0x80);
			buffer_byte(&euc, *at++ | 0x80);
		}
	}
	bool lost = euc.length && from_iconv(out, euc.data, euc.data + euc.length, TEXT_EUCJP);
	buffer_free(&euc);
	return lost;
}

bool text_to_utf8(struct buffer *out, const void *bytes, size_t length, enum text_encoding encoding)
{
	if (length == 0)
		return false;
	const uint8_t *at = bytes, *end = at + length;
	switch (encoding) {
	case TEXT_UTF8:
		return from_utf8(out, at, end);
	case TEXT_UTF16LE:
		return from_utf16(out, at, end, false);
	case TEXT_UTF16BE:
		return from_utf16(out, at, end, true);
	case TEXT_ISO2022JP:
		return from_iso2022jp(out, at, end);
	default:
		return iconv_name[encoding] ? from_iconv(out, at, end, encoding) : from_code_page(out, at, end, upper_half[encoding]);
	}
}

static const struct {
	uint32_t number;
	enum text_encoding encoding;
} windows_number[] = {
	{ 437, TEXT_CP437 }, { 720, TEXT_CP720 }, { 737, TEXT_CP737 }, { 775, TEXT_CP775 }, { 850, TEXT_CP850 }, { 852, TEXT_CP852 },
	{ 855, TEXT_CP855 }, { 857, TEXT_CP857 }, { 858, TEXT_CP858 }, { 862, TEXT_CP862 }, { 866, TEXT_CP866 }, { 874, TEXT_CP874 },
	{ 932, TEXT_CP932 }, { 936, TEXT_GB18030 }, { 949, TEXT_CP949 }, { 950, TEXT_BIG5 }, { 1200, TEXT_UTF16LE }, { 1201, TEXT_UTF16BE },
	{ 1250, TEXT_CP1250 }, { 1251, TEXT_CP1251 }, { 1252, TEXT_CP1252 }, { 1253, TEXT_CP1253 }, { 1254, TEXT_CP1254 }, { 1255, TEXT_CP1255 },
	{ 1256, TEXT_CP1256 }, { 1257, TEXT_CP1257 }, { 1258, TEXT_CP1258 }, { 10000, TEXT_MACROMAN }, { 20127, TEXT_UTF8 }, { 20866, TEXT_KOI8R },
	{ 20932, TEXT_EUCJP }, { 20936, TEXT_GB18030 }, { 20949, TEXT_CP949 }, { 21866, TEXT_KOI8U }, { 28591, TEXT_CP1252 }, { 28592, TEXT_ISO8859_2 },
	{ 28593, TEXT_ISO8859_3 }, { 28594, TEXT_ISO8859_4 }, { 28595, TEXT_ISO8859_5 }, { 28596, TEXT_ISO8859_6 }, { 28597, TEXT_ISO8859_7 },
	{ 28598, TEXT_ISO8859_8 }, { 28599, TEXT_CP1254 }, { 28600, TEXT_ISO8859_10 }, { 28601, TEXT_CP874 }, { 28603, TEXT_ISO8859_13 },
	{ 28604, TEXT_ISO8859_14 }, { 28605, TEXT_ISO8859_15 }, { 28606, TEXT_ISO8859_16 }, { 38598, TEXT_ISO8859_8 }, { 50220, TEXT_ISO2022JP },
	{ 50221, TEXT_ISO2022JP }, { 50222, TEXT_ISO2022JP }, { 51932, TEXT_EUCJP }, { 51936, TEXT_GB18030 }, { 51949, TEXT_CP949 },
	{ 54936, TEXT_GB18030 }, { 65001, TEXT_UTF8 },
};

/* Lower case, without punctuation, without a leading "x" or "cs"; names that are a prefix and a number are not here. */
static const struct {
	const char *name;
	enum text_encoding encoding;
} charset_name[] = {
	{ "utf8", TEXT_UTF8 }, { "unicode11utf8", TEXT_UTF8 }, { "usascii", TEXT_UTF8 }, { "ascii", TEXT_UTF8 }, { "ansix341968", TEXT_UTF8 },
	{ "iso646us", TEXT_UTF8 }, { "utf16", TEXT_UTF16LE }, { "utf16le", TEXT_UTF16LE }, { "ucs2", TEXT_UTF16LE }, { "unicode", TEXT_UTF16LE },
	{ "iso10646ucs2", TEXT_UTF16LE }, { "utf16be", TEXT_UTF16BE }, { "unicodefffe", TEXT_UTF16BE },
	{ "latin1", TEXT_CP1252 }, { "isolatin1", TEXT_CP1252 }, { "l1", TEXT_CP1252 }, { "latin2", TEXT_ISO8859_2 }, { "isolatin2", TEXT_ISO8859_2 },
	{ "latin3", TEXT_ISO8859_3 }, { "latin4", TEXT_ISO8859_4 }, { "latin5", TEXT_CP1254 }, { "latin6", TEXT_ISO8859_10 },
	{ "latin9", TEXT_ISO8859_15 }, { "iso88596i", TEXT_ISO8859_6 }, { "iso88596e", TEXT_ISO8859_6 }, { "iso88598i", TEXT_ISO8859_8 },
	{ "iso88598e", TEXT_ISO8859_8 }, { "koi8r", TEXT_KOI8R }, { "koi8", TEXT_KOI8R }, { "koi8u", TEXT_KOI8U }, { "koi8ru", TEXT_KOI8U },
	{ "macintosh", TEXT_MACROMAN }, { "macroman", TEXT_MACROMAN }, { "mac", TEXT_MACROMAN }, { "tis620", TEXT_CP874 },
	{ "shiftjis", TEXT_CP932 }, { "sjis", TEXT_CP932 }, { "mskanji", TEXT_CP932 }, { "windows31j", TEXT_CP932 },
	{ "eucjp", TEXT_EUCJP }, { "ujis", TEXT_EUCJP }, { "eucpkdfmtjapanese", TEXT_EUCJP }, { "iso2022jp", TEXT_ISO2022JP },
	{ "iso2022jp1", TEXT_ISO2022JP }, { "iso2022jp2", TEXT_ISO2022JP }, { "iso2022jp3", TEXT_ISO2022JP }, { "iso2022jpms", TEXT_ISO2022JP },
	{ "gb18030", TEXT_GB18030 }, { "gbk", TEXT_GB18030 }, { "gb2312", TEXT_GB18030 }, { "gb231280", TEXT_GB18030 }, { "euccn", TEXT_GB18030 },
	{ "iso58gb231280", TEXT_GB18030 }, { "euckr", TEXT_CP949 }, { "korean", TEXT_CP949 }, { "ksc5601", TEXT_CP949 },
	{ "ksc56011987", TEXT_CP949 }, { "ksc56011989", TEXT_CP949 }, { "uhc", TEXT_CP949 }, { "big5", TEXT_BIG5 }, { "cnbig5", TEXT_BIG5 },
	{ "big5hkscs", TEXT_BIG5 },
};

bool text_encoding_of_code_page(uint32_t code_page, enum text_encoding *encoding)
{
	for (size_t i = 0; i < sizeof windows_number / sizeof *windows_number; i++)
		if (windows_number[i].number == code_page) {
			*encoding = windows_number[i].encoding;
			return true;
		}
	return false;
}

static uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Up to five digits and nothing else; 0 otherwise. */
static uint32_t number_of(const char *text)
{
	size_t length = strlen(text);
	if (length == 0 || length > 5 || strspn(text, "0123456789") != length)
		return 0;
	uint32_t v = 0;
	for (; *text; text++)
		v = v * 10 + (uint32_t)(*text - '0');
	return v;
}

static const char *without_prefix(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

bool text_encoding_of(const char *charset, size_t length, enum text_encoding *encoding)
{
	char plain[32];
	size_t used = 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t c = ascii_lower((uint8_t)charset[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			if (used == sizeof plain - 1)
				return false;
			plain[used++] = (char)c;
		} else if (c >= 0x80 || c < 0x20) {
			return false;
		}
	}
	plain[used] = 0;

	const char *name = plain, *rest;
	if ((rest = without_prefix(name, "x")))
		name = rest;
	if ((rest = without_prefix(name, "cs")))
		name = rest;
	for (size_t i = 0; i < sizeof charset_name / sizeof *charset_name; i++)
		if (strcmp(charset_name[i].name, name) == 0) {
			*encoding = charset_name[i].encoding;
			return true;
		}

	uint32_t part;
	if ((rest = without_prefix(name, "iso8859")) || (rest = without_prefix(name, "8859")))
		return (part = number_of(rest)) && part <= 16 && text_encoding_of_code_page(28590 + part, encoding);
	static const char *const prefixes[] = { "windows", "win", "cp", "ibm", "ms", "dos", "oem", "codepage", "" };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if ((rest = without_prefix(name, prefixes[i])) && (part = number_of(rest)))
			return text_encoding_of_code_page(part, encoding);
	return false;
}

bool text_is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xe0000 && c <= 0xe007f) || !is_code_point(c);
}

void text_readable(struct buffer *out, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			buffer_byte(out, bytes[i] >= 32 && bytes[i] < 127 ? bytes[i] : '.');
}

void text_for_terminal(struct buffer *out, const void *utf8, size_t length, size_t limit)
{
	if (length == 0)
		return;
	const uint8_t *at = utf8, *end = at + length;
	for (size_t shown = 0; at < end; shown++) {
		if (limit && shown == limit) {
			buffer_text(out, "…");
			return;
		}
		uint32_t c;
		size_t size = utf8_at(at, end, &c);
		if (c == NO_CODE_POINT) {
			size = 1;       /* the rest of a bad subpart is bad by itself */
			buffer_format(out, "\\x%02x", *at);
		} else if (text_is_dangerous(c)) {
			buffer_format(out, "\\u{%x}", c);
		} else {
			buffer_append(out, at, size);
		}
		at += size;
	}
}

bool text_equal_nocase(const char *a, size_t a_length, const char *b, size_t b_length)
{
	if (a_length != b_length)
		return false;
	for (size_t i = 0; i < a_length; i++)
		if (ascii_lower((uint8_t)a[i]) != ascii_lower((uint8_t)b[i]))
			return false;
	return true;
}

static const struct {
	uint32_t first, last;
	int32_t delta;
	uint32_t step;
} fold_range[] = {
#define FOLD(first, last, step, delta) { first, last, delta, step },
#include "base/text_tables.def"
#undef FOLD
};

uint32_t text_fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	size_t low = 0, high = sizeof fold_range / sizeof *fold_range;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (fold_range[middle].last < c)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == sizeof fold_range / sizeof *fold_range || c < fold_range[low].first || (c - fold_range[low].first) % fold_range[low].step)
		return c;
	return (uint32_t)((int32_t)c + fold_range[low].delta);
}

void text_guid(const uint8_t g[16], char out[TEXT_GUID])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const char digit[] = "0123456789abcdef";
	size_t at = 0;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = digit[g[order[i]] >> 4];
		out[at++] = digit[g[order[i]] & 15];
	}
	out[at] = 0;
}

void text_mdoc(struct buffer *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buffer_text(out, "\\&");
	for (; *text; text++)
		if (*text == '\\')
			buffer_text(out, "\\e");
		else
			buffer_byte(out, (uint8_t)*text);
	buffer_byte(out, '\n');
}
