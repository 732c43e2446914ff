/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: text of evidence made safe. Everything shown is UTF-8; what could not be shown is told ("lossy"), so that the caller can
 * keep the raw bytes beside it. Nothing is normalised, folded or trimmed. */
#ifndef SPOOR_BASE_TEXT_H
#define SPOOR_BASE_TEXT_H

#include "base/memory.h"

/* Single-byte code pages have tables here; the East Asian ones go through iconv, which text_warm_up opens before lock-down.
 * The handles are shared: one thread a process decodes these. The values are not stable and belong in no file. */
enum text_encoding {
	TEXT_UTF8, TEXT_UTF16LE, TEXT_UTF16BE, TEXT_LATIN1, TEXT_CP1250, TEXT_CP1251, TEXT_CP1252, TEXT_CP1253, TEXT_CP1254, TEXT_CP1255,
	TEXT_CP1256, TEXT_CP1257, TEXT_CP1258, TEXT_CP437, TEXT_CP850, TEXT_CP852, TEXT_CP866, TEXT_KOI8R, TEXT_CP874,
	TEXT_CP932, TEXT_GB18030, TEXT_CP949, TEXT_BIG5, TEXT_EUCJP, TEXT_ISO2022JP,
	TEXT_CP720, TEXT_CP737, TEXT_CP775, TEXT_CP855, TEXT_CP857, TEXT_CP858, TEXT_CP862, TEXT_KOI8U, TEXT_MACROMAN,
	TEXT_ISO8859_2, TEXT_ISO8859_3, TEXT_ISO8859_4, TEXT_ISO8859_5, TEXT_ISO8859_6, TEXT_ISO8859_7, TEXT_ISO8859_8, TEXT_ISO8859_10,
	TEXT_ISO8859_13, TEXT_ISO8859_14, TEXT_ISO8859_15, TEXT_ISO8859_16, TEXT_ENCODINGS
};

void text_warm_up(void);                                        /* opens the iconv tables; call once before the sandbox closes */
/* Appends the bytes as UTF-8. Returns true when the mapping lost something (a U+FFFD stands for one maximal bad subpart of UTF-8, Unicode
 * 3.9 D93b; for one lone surrogate; for one unmapped byte, or pair of them in an East Asian encoding). NUL stays NUL, a byte order
 * mark stays U+FEFF. An odd last byte of UTF-16 is lost. `bytes` must not lie in `out`. */
bool text_to_utf8(struct buffer *out, const void *bytes, size_t length, enum text_encoding encoding);
bool text_is_utf8(const void *bytes, size_t length);            /* strict: no overlong, no surrogates, at most U+10FFFF */
size_t text_utf16_length(const void *bytes, size_t size);       /* units before the first NUL unit (or all of them), little-endian */
/* The encoding that a MIME or Windows charset name means, in any case and with any punctuation ("UTF-8", "x-sjis", "cp1252", "ISO_8859-1").
 * As mail programs do and the WHATWG Encoding Standard says, a name stands for the Windows superset that its writers use: iso-8859-1 for
 * CP1252, iso-8859-9 for CP1254, gb2312 for GB18030, euc-kr for CP949; us-ascii for UTF-8; utf-16 without a byte order for little-endian. */
bool text_encoding_of(const char *charset, size_t length, enum text_encoding *encoding);
bool text_encoding_of_code_page(uint32_t code_page, enum text_encoding *encoding);      /* Windows numbers: 1252, 65001, 1200, 20866 ... */
/* Decodes one character of UTF-8 and advances; needs *at < end. Invalid bytes: U+FFFD, past one maximal bad subpart. */
uint32_t text_utf8_next(const uint8_t **at, const uint8_t *end);
void text_utf8_append(struct buffer *out, uint32_t code_point);         /* a surrogate or anything above U+10FFFF becomes U+FFFD */
/* True for no code point at all (surrogates, above U+10FFFF) and for what acts on a terminal or reorders text: C0, DEL, C1, U+061C,
 * U+200E/F, U+2028/9, U+202A..E, U+2066..9, U+FEFF, noncharacters, tag characters. */
bool text_is_dangerous(uint32_t code_point);
/* Bytes of whatever kind as the letters in them: NULs are left out, so UTF-16 reads as its letters; any other byte that is no printable ASCII is ".". */
void text_readable(struct buffer *out, const uint8_t *bytes, size_t length);
/* For terminals and messages: dangerous code points as \u{hex}, invalid bytes as \xNN; at most `limit` code points, then "…" (0: no limit). */
void text_for_terminal(struct buffer *out, const void *utf8, size_t length, size_t limit);
/* A number and what there is so many of, for people: "1 node", "2 nodes". `thing`: a word that takes an s. */
void text_count(struct buffer *out, uint64_t number, const char *thing);
/* A line of text for a man page (mdoc(7)), with its line feed: no dot, quote or backslash in it acts. */
void text_mdoc(struct buffer *out, const char *text);
bool text_equal_nocase(const char *a, size_t a_length, const char *b, size_t b_length);         /* ASCII case only */
/* Simple case folding of a code point (status C and S of Unicode's CaseFolding.txt, all scripts): enough for Windows names. */
uint32_t text_fold(uint32_t code_point);

/* A GUID as Windows stores it (RFC 9562 4.2, first three fields little-endian) in lower case without braces, NUL-terminated. */
enum { TEXT_GUID = 37 };
void text_guid(const uint8_t g[16], char out[TEXT_GUID]);

#endif
