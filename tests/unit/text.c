/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: text of evidence as UTF-8, judged by Python's codecs (constants), glibc's iconv (code pages, asked here) and ICU's
 * u_foldCase (a checksum over all its answers). */
#include "base/text.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer text;

/* The bytes lie in an allocation of exactly their size, so that a read past them is seen by the address sanitizer. */
static bool decode(const void *bytes, size_t length, enum text_encoding encoding)
{
	uint8_t *exact = malloc(length ? length : 1);
	memcpy(exact, bytes, length);
	buffer_clear(&text);
	bool lost = text_to_utf8(&text, exact, length, encoding);
	free(exact);
	return lost;
}

static void check(const void *bytes, size_t length, enum text_encoding encoding, const char *expected, bool expected_lost)
{
	bool lost = decode(bytes, length, encoding);
	assert_string_equal(buffer_string(&text), expected);
	assert_int_equal(lost, expected_lost);
}

#define assert_text(bytes, encoding, expected) check(bytes, sizeof(bytes) - 1, encoding, expected, false)
#define assert_lossy(bytes, encoding, expected) check(bytes, sizeof(bytes) - 1, encoding, expected, true)

static void text_valid_utf8_stays_as_it_is(void **state)
{
	(void)state;
	static const char all[] = "ascii \t\n\x7f \xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbe \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf";
	assert_text(all, TEXT_UTF8, all);
	assert_text("", TEXT_UTF8, "");
	assert_false(text_to_utf8(&text, NULL, 0, TEXT_UTF8));
	/* not normalised, not trimmed, the byte order mark kept */
	assert_text("\xef\xbb\xbf e\xcc\x81 ", TEXT_UTF8, "\xef\xbb\xbf e\xcc\x81 ");
}

static void text_bad_utf8_gives_one_replacement_a_maximal_subpart(void **state)
{
	(void)state;
	/* bytes and bytes.decode("utf-8", "replace") of Python; the eighth is Unicode's own example (table 3-8) */
	static const char *const cases[][2] = {
		{ "a\xff" "b", "a\xef\xbf\xbd" "b" },
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd" },
		{ "\xe2\x82" "A", "\xef\xbf\xbd" "A" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf1\x80\x80\xe1\x80\xc2" "b\x80" "c\x80\xbf" "d",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd\xef\xbf\xbd" "d" },
		{ "\xf0\x9f\x98", "\xef\xbf\xbd" },
		{ "\xf8\x88\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		check(cases[i][0], strlen(cases[i][0]), TEXT_UTF8, cases[i][1], true);
		assert_false(text_is_utf8(cases[i][0], strlen(cases[i][0])));
		assert_true(text_is_utf8(cases[i][1], strlen(cases[i][1])));
	}
}

static void text_bad_byte_is_found_wherever_it_lies(void **state)
{
	(void)state;
	for (size_t length = 1; length < 70; length++)
		for (size_t bad = 0; bad < length; bad++) {
			uint8_t bytes[70];
			memset(bytes, 'a', sizeof bytes);
			assert_true(text_is_utf8(bytes, length));
			bytes[bad] = 0x80;
			assert_false(text_is_utf8(bytes, length));
			assert_true(decode(bytes, length, TEXT_UTF8));
			assert_int_equal(text.length, length + 2);
			assert_memory_equal(text.data + bad, "\xef\xbf\xbd", 3);
		}
}

static void text_nul_stays_nul(void **state)
{
	(void)state;
	assert_false(decode("a\0b", 3, TEXT_UTF8));
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.data, "a\0b", 3);
	assert_false(decode("a\0\0\0b\0", 6, TEXT_UTF16LE));
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.data, "a\0b", 3);
	assert_false(decode("a\0\x82\xa0", 4, TEXT_CP932));
	assert_int_equal(text.length, 5);
	assert_false(decode("\0", 1, TEXT_CP437));
	assert_int_equal(text.length, 1);
}

static void text_utf16_surrogates(void **state)
{
	(void)state;
	assert_text("A\0\x3d\xd8\0\xde", TEXT_UTF16LE, "A😀");
	assert_text("\0A\xd8\x3d\xde\0", TEXT_UTF16BE, "A😀");
	assert_lossy("\x3d\xd8" "A\0", TEXT_UTF16LE, "\xef\xbf\xbd" "A");
	assert_lossy("\0\xde\x3d\xd8", TEXT_UTF16LE, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_lossy("\x3d\xd8\x3d\xd8\0\xde", TEXT_UTF16LE, "\xef\xbf\xbd😀");
	assert_lossy("A\0B", TEXT_UTF16LE, "A");
	assert_lossy("\x3d\xd8\0", TEXT_UTF16LE, "\xef\xbf\xbd");
	assert_text("\xfd\xff", TEXT_UTF16LE, "\xef\xbf\xbd");  /* U+FFFD that was there loses nothing */
}

static void text_utf16_comes_back_for_every_code_point(void **state)
{
	(void)state;
	struct buffer le = { 0 }, be = { 0 }, expected = { 0 };
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x3000 ? 1 : 7) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		uint32_t above = c - 0x10000;
		uint16_t units[2] = { (uint16_t)(c < 0x10000 ? c : 0xd800 | above >> 10), (uint16_t)(0xdc00 | (above & 0x3ff)) };
		for (size_t i = 0; i < (c < 0x10000 ? 1 : 2); i++) {
			buffer_u16le(&le, units[i]);
			buffer_byte(&be, (uint8_t)(units[i] >> 8));
			buffer_byte(&be, (uint8_t)units[i]);
		}
		text_utf8_append(&expected, c);
	}
	assert_true(text_is_utf8(expected.data, expected.length));
	assert_false(decode(le.data, le.length, TEXT_UTF16LE));
	assert_int_equal(text.length, expected.length);
	assert_memory_equal(text.data, expected.data, expected.length);
	assert_false(decode(be.data, be.length, TEXT_UTF16BE));
	assert_int_equal(text.length, expected.length);
	assert_memory_equal(text.data, expected.data, expected.length);
	const uint8_t *at = expected.data, *end = at + expected.length;
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x3000 ? 1 : 7)
		if (c < 0xd800 || c > 0xdfff)
			assert_int_equal(text_utf8_next(&at, end), c);
	assert_ptr_equal(at, end);
	buffer_free(&le);
	buffer_free(&be);
	buffer_free(&expected);
}

static void text_utf16_turns_do_not_split_pairs(void **state)
{
	(void)state;
	for (size_t before = 4088; before < 4100; before++) {
		struct buffer in = { 0 }, expected = { 0 };
		for (size_t i = 0; i < before; i++) {
			buffer_u16le(&in, i % 3 ? 0x20ac : 'x');
			buffer_text(&expected, i % 3 ? "€" : "x");
		}
		for (size_t i = 0; i < 10; i++) {
			buffer_u16le(&in, 0xd83d);
			buffer_u16le(&in, 0xde00);
			buffer_text(&expected, "😀");
		}
		check(in.data, in.length, TEXT_UTF16LE, buffer_string(&expected), false);
		buffer_free(&in);
		buffer_free(&expected);
	}
}

static void text_appends_behind_what_is_there(void **state)
{
	(void)state;
	buffer_clear(&text);
	assert_false(text_to_utf8(&text, "a\0", 2, TEXT_UTF16LE));
	assert_false(text_to_utf8(&text, "\xe9", 1, TEXT_CP1252));
	assert_false(text_to_utf8(&text, "b", 1, TEXT_UTF8));
	assert_false(text_to_utf8(&text, "\x82\xa0", 2, TEXT_CP932));
	assert_string_equal(buffer_string(&text), "aébあ");
}

static void text_utf16_length_stops_at_the_first_nul_unit(void **state)
{
	(void)state;
	uint8_t units[64];
	for (size_t length = 0; length <= 32; length++)
		for (size_t odd = 0; odd < 2 && 2 * length + odd <= sizeof units; odd++) {
			for (size_t i = 0; i < 32; i++) {
				units[2 * i] = i % 2 ? 0 : 0x41;        /* U+0100 and U+0041: a zero byte is no end */
				units[2 * i + 1] = i % 2 ? 1 : 0;
			}
			assert_int_equal(text_utf16_length(units, 2 * length + odd), length);
			for (size_t nul = 0; nul < length; nul++) {
				uint8_t with[64];
				memcpy(with, units, sizeof with);
				with[2 * nul] = with[2 * nul + 1] = 0;
				assert_int_equal(text_utf16_length(with, 2 * length + odd), nul);
			}
		}
	assert_int_equal(text_utf16_length(NULL, 0), 0);
}

/* One byte by glibc; false where it is unmapped. */
static bool by_iconv(const char *name, uint8_t byte, char out[16])
{
	iconv_t handle = iconv_open("UTF-8", name);
	assert_true(handle != (iconv_t)-1);
	char in = (char)byte, *from = &in, *to = out;
	size_t left = 1, room = 15;
	bool mapped = iconv(handle, &from, &left, &to, &room) != (size_t)-1;
	iconv(handle, NULL, NULL, &to, &room);  /* Hebrew and Vietnamese letters wait for a mark */
	*to = 0;
	iconv_close(handle);
	return mapped;
}

static void text_code_pages_agree_with_iconv(void **state)
{
	(void)state;
	/* Not here: CP720, which glibc lacks, and MacRoman, where it has a Greek delta for the increment sign and no apple. */
	static const struct {
		enum text_encoding encoding;
		const char *name;
	} pages[] = {
		{ TEXT_LATIN1, "ISO-8859-1" }, { TEXT_CP1250, "CP1250" }, { TEXT_CP1251, "CP1251" }, { TEXT_CP1252, "CP1252" },
		{ TEXT_CP1253, "CP1253" }, { TEXT_CP1254, "CP1254" }, { TEXT_CP1255, "CP1255" }, { TEXT_CP1256, "CP1256" },
		{ TEXT_CP1257, "CP1257" }, { TEXT_CP1258, "CP1258" }, { TEXT_CP437, "CP437" }, { TEXT_CP737, "CP737" },
		{ TEXT_CP775, "CP775" }, { TEXT_CP850, "CP850" }, { TEXT_CP852, "CP852" }, { TEXT_CP855, "CP855" },
		{ TEXT_CP857, "CP857" }, { TEXT_CP858, "CP858" }, { TEXT_CP862, "CP862" }, { TEXT_CP866, "CP866" },
		{ TEXT_CP874, "CP874" }, { TEXT_KOI8R, "KOI8-R" }, { TEXT_KOI8U, "KOI8-U" }, { TEXT_ISO8859_2, "ISO-8859-2" },
		{ TEXT_ISO8859_3, "ISO-8859-3" }, { TEXT_ISO8859_4, "ISO-8859-4" }, { TEXT_ISO8859_5, "ISO-8859-5" },
		{ TEXT_ISO8859_6, "ISO-8859-6" }, { TEXT_ISO8859_7, "ISO-8859-7" }, { TEXT_ISO8859_8, "ISO-8859-8" },
		{ TEXT_ISO8859_10, "ISO-8859-10" }, { TEXT_ISO8859_13, "ISO-8859-13" }, { TEXT_ISO8859_14, "ISO-8859-14" },
		{ TEXT_ISO8859_15, "ISO-8859-15" }, { TEXT_ISO8859_16, "ISO-8859-16" },
	};
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		for (unsigned byte = 1; byte < 256; byte++) {
			char expected[16];
			uint8_t one = (uint8_t)byte;
			bool mapped = by_iconv(pages[i].name, one, expected);
			bool lost = decode(&one, 1, pages[i].encoding);
			if (lost == mapped || strcmp(buffer_string(&text), mapped ? expected : "\xef\xbf\xbd") != 0)
				fail_msg("%s, byte 0x%02x", pages[i].name, byte);
		}
}

static void text_code_pages_agree_with_python(void **state)
{
	(void)state;
	assert_text("\xf0\xd2\xc9\xd7\xc5\xd4", TEXT_KOI8R, "Привет");
	assert_text("\x8f\xe0\xa8\xa2\xa5\xe2", TEXT_CP866, "Привет");
	assert_text("\x82\xc4\xea", TEXT_CP437, "é─Ω");
	assert_text("\x9d\xa2\x64\xab", TEXT_CP852, "Łódź");
	assert_text("\xe4\xb7\xc2", TEXT_CP874, "ไทย");
	assert_text("\xd3\xe1\xc7\xe3", TEXT_CP1256, "سلام");
	assert_text("\x8e\xc6", TEXT_MACROMAN, "é∆");
	assert_text("\xab\xe9\x9f\xea", TEXT_CP720, "سلام");
	assert_text("C:\\Users\\Ren\xe9\\a long enough ascii run \x80.txt", TEXT_CP1252, "C:\\Users\\René\\a long enough ascii run €.txt");
}

static void text_code_page_unmapped_byte_is_told(void **state)
{
	(void)state;
	assert_lossy("a\x81" "b", TEXT_CP1252, "a\xef\xbf\xbd" "b");
	assert_text("\x81", TEXT_LATIN1, "\xc2\x81");
}

static void text_code_page_marks_are_not_composed(void **state)
{
	(void)state;
	assert_text("\xf9\xd1\xc8", TEXT_CP1255, "\u05e9\u05c1\u05b8");        /* shin, shin dot, qamats */
	assert_text("e\xec", TEXT_CP1258, "e\u0301");
}

static void text_code_page_long_text_is_whole(void **state)
{
	(void)state;
	struct buffer in = { 0 }, expected = { 0 };
	for (size_t i = 0; i < 10000; i++) {
		buffer_byte(&in, i % 11 < 9 ? 'x' : 0x80);
		buffer_text(&expected, i % 11 < 9 ? "x" : "€");
	}
	check(in.data, in.length, TEXT_CP1252, buffer_string(&expected), false);
	buffer_free(&in);
	buffer_free(&expected);
}

static void text_east_asian_agrees_with_python(void **state)
{
	(void)state;
	assert_text("\x93\xfa\x96\x7b\x8c\xea\x5c\xb1\x87\x40\x81\x60\x2e\x74\x78\x74", TEXT_CP932, "日本語\\ｱ①～.txt");
	assert_text("\xd6\xd0\xce\xc4\xa2\xe3\x94\x39\xfc\x36", TEXT_GB18030, "中文€😀");
	assert_text("\x80", TEXT_GB18030, "€");
	assert_text("\xc7\xd1\xb1\xb9\xbe\xee\x8c\x63", TEXT_CP949, "한국어똠");
	assert_text("\xc1\x63\xc5\xe9\xa4\xa4\xa4\xe5", TEXT_BIG5, "繁體中文");
	assert_text("\xc6\xfc\xcb\xdc\xb8\xec\x8e\xb1", TEXT_EUCJP, "日本語ｱ");
	assert_text("\x1b\x24\x42\x46\x7c\x4b\x5c\x38\x6c\x1b\x28\x42\x41\x42\x43", TEXT_ISO2022JP, "日本語ABC");
	assert_text("\x1b\x28\x49\x31\x32\x1b\x28\x42", TEXT_ISO2022JP, "ｱｲ");
	assert_text("\x1b\x24\x28\x44\x30\x21\x1b\x28\x42", TEXT_ISO2022JP, "丂");
}

static void text_iso2022jp_has_the_vendor_rows_and_line_ends(void **state)
{
	(void)state;
	assert_text("\x1b$B-!\x1b(B\r\n\x1b$@F|\n\x1b(J\\", TEXT_ISO2022JP, "①\r\n日\n\\");
}

static void text_east_asian_bad_bytes_leave_ascii_alone(void **state)
{
	(void)state;
	assert_lossy("\x81\"<b>", TEXT_CP932, "\xef\xbf\xbd\"<b>");
	assert_lossy("a\x93", TEXT_CP932, "a\xef\xbf\xbd");
	assert_lossy("\xff\xffz", TEXT_CP949, "\xef\xbf\xbd\xef\xbf\xbdz");
	assert_lossy("\xd6\xff\xd6\xd0", TEXT_GB18030, "\xef\xbf\xbd中");       /* the bad pair goes as one */
	assert_lossy("\x81\x30", TEXT_GB18030, "\xef\xbf\xbd" "0");
	assert_lossy("\x1b$BF\x1b(BA", TEXT_ISO2022JP, "\xef\xbf\xbd" "A");
	assert_lossy("\x1b$B\x80!", TEXT_ISO2022JP, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_text("\x1b[31m", TEXT_ISO2022JP, "\x1b[31m");
	assert_text("\x1b$B", TEXT_ISO2022JP, "");
}

static void text_east_asian_long_text_is_whole(void **state)
{
	(void)state;
	struct buffer in = { 0 }, expected = { 0 };
	for (size_t i = 0; i < 30000; i++) {
		buffer_text(&in, i % 101 ? "\x82\xa0" : "x\xb1");
		buffer_text(&expected, i % 101 ? "あ" : "xｱ");
	}
	check(in.data, in.length, TEXT_CP932, buffer_string(&expected), false);
	buffer_free(&in);
	buffer_free(&expected);
}

static void text_whatever_comes_in_valid_utf8_goes_out(void **state)
{
	(void)state;
	uint64_t random = 88172645463325252;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t bytes[64];
		size_t length = random >> 20 & 63;
		for (size_t i = 0; i < length; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			bytes[i] = (uint8_t)(random >> 32);
			if (random & 3)         /* mostly what encodings are made of */
				bytes[i] = (uint8_t)"\x1b$B(JI)D@A\x81\x82\xa1\xe3\xfe\x30"[random >> 40 & 15];
		}
		random += round;
		for (unsigned e = 0; e < TEXT_ENCODINGS; e++) {
			decode(bytes, length, (enum text_encoding)e);
			if (!text_is_utf8(text.data, text.length))
				fail_msg("encoding %u", e);
		}
	}
}

static void text_charset_names(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum text_encoding encoding;
	} names[] = {
		{ "utf-8", TEXT_UTF8 }, { "UTF8", TEXT_UTF8 }, { "us-ascii", TEXT_UTF8 }, { "ANSI_X3.4-1968", TEXT_UTF8 }, { "cp65001", TEXT_UTF8 },
		{ "utf-16", TEXT_UTF16LE }, { "UTF-16BE", TEXT_UTF16BE }, { "iso-8859-1", TEXT_CP1252 }, { "ISO_8859-1", TEXT_CP1252 },
		{ "latin1", TEXT_CP1252 }, { "windows-1252", TEXT_CP1252 }, { "cp1252", TEXT_CP1252 }, { "x-cp1252", TEXT_CP1252 }, { "1251", TEXT_CP1251 },
		{ "iso8859-2", TEXT_ISO8859_2 }, { "ISO-8859-15", TEXT_ISO8859_15 }, { "iso-8859-9", TEXT_CP1254 }, { "8859_5", TEXT_ISO8859_5 },
		{ "iso-8859-8-i", TEXT_ISO8859_8 }, { "KOI8-R", TEXT_KOI8R }, { "koi8-u", TEXT_KOI8U }, { "IBM437", TEXT_CP437 }, { "cp866", TEXT_CP866 },
		{ "Shift_JIS", TEXT_CP932 }, { "x-sjis", TEXT_CP932 }, { "csShiftJIS", TEXT_CP932 }, { "windows-31j", TEXT_CP932 }, { "MS932", TEXT_CP932 },
		{ "EUC-JP", TEXT_EUCJP }, { "ISO-2022-JP", TEXT_ISO2022JP }, { "csISO2022JP", TEXT_ISO2022JP }, { "cp50221", TEXT_ISO2022JP },
		{ "gb2312", TEXT_GB18030 }, { "GBK", TEXT_GB18030 }, { "x-gbk", TEXT_GB18030 }, { "GB18030", TEXT_GB18030 }, { "ks_c_5601-1987", TEXT_CP949 },
		{ "euc-kr", TEXT_CP949 }, { "Big5", TEXT_BIG5 }, { "big5-hkscs", TEXT_BIG5 }, { "macintosh", TEXT_MACROMAN }, { "tis-620", TEXT_CP874 },
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		enum text_encoding encoding = TEXT_ENCODINGS;
		if (!text_encoding_of(names[i].name, strlen(names[i].name), &encoding) || encoding != names[i].encoding)
			fail_msg("%s: %u", names[i].name, (unsigned)encoding);
	}
}

static void text_unknown_charset_names_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "-", "utf-7", "utf-81", "iso-8859-12", "iso-8859-17", "iso-8859-0", "iso-8859-", "windows-", "windows-9999", "cp", "x", "cs", "0",
		"windows-1252a", "99999999999999999999", "unknown-8bit", "a name that is much longer than any charset name ever was", "utf-8\x01",
	};
	enum text_encoding encoding = TEXT_ENCODINGS;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (text_encoding_of(bad[i], strlen(bad[i]), &encoding))
			fail_msg("%s: %u", bad[i], (unsigned)encoding);
	assert_false(text_encoding_of("utf-8\0", 6, &encoding));
	assert_int_equal(encoding, TEXT_ENCODINGS);
}

static void text_code_page_numbers(void **state)
{
	(void)state;
	enum text_encoding encoding;
	assert_true(text_encoding_of_code_page(1252, &encoding));
	assert_int_equal(encoding, TEXT_CP1252);
	assert_true(text_encoding_of_code_page(65001, &encoding));
	assert_int_equal(encoding, TEXT_UTF8);
	assert_true(text_encoding_of_code_page(936, &encoding));
	assert_int_equal(encoding, TEXT_GB18030);
	assert_false(text_encoding_of_code_page(0, &encoding));
	assert_false(text_encoding_of_code_page(UINT32_MAX, &encoding));
}

static void text_utf8_next_is_safe_on_bad_bytes(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0xf0, 0x9f, 0x98 };
	const uint8_t *at = bytes;
	assert_int_equal(text_utf8_next(&at, bytes + sizeof bytes), 0xfffd);
	assert_ptr_equal(at, bytes + sizeof bytes);
}

static void text_append_never_writes_bad_utf8(void **state)
{
	(void)state;
	static const uint32_t bad[] = { 0xd800, 0xdfff, 0x110000, UINT32_MAX };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buffer_clear(&text);
		text_utf8_append(&text, bad[i]);
		assert_string_equal(buffer_string(&text), "\xef\xbf\xbd");
	}
}

static void text_dangerous_is_what_acts_on_a_terminal(void **state)
{
	(void)state;
	static const uint32_t ranges[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xd800, 0xdfff }, { 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
	};
	for (uint32_t c = 0; c < 0x110000; c++) {
		bool expected = (c & 0xffff) >= 0xfffe;
		for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
			expected |= c >= ranges[i][0] && c <= ranges[i][1];
		if (text_is_dangerous(c) != expected)
			fail_msg("U+%04x", (unsigned)c);
	}
	assert_true(text_is_dangerous(0x110000));
}

static const char *on_terminal(const char *utf8, size_t length, size_t limit)
{
	buffer_clear(&text);
	text_for_terminal(&text, utf8, length, limit);
	return buffer_string(&text);
}

static void text_for_terminal_shows_escapes(void **state)
{
	(void)state;
	assert_string_equal(on_terminal("a\x1b[2J\n\0b", 8, 0), "a\\u{1b}[2J\\u{a}\\u{0}b");
	assert_string_equal(on_terminal("x\xe2\x80\xae" "fdp.exe", 11, 0), "x\\u{202e}fdp.exe");
	assert_string_equal(on_terminal("\xc2\x9b" "31m", 5, 0), "\\u{9b}31m");
	assert_string_equal(on_terminal("\xf3\xa0\x81\x81", 4, 0), "\\u{e0041}");
	assert_string_equal(on_terminal("日本 é😀", 13, 0), "日本 é😀");
	assert_string_equal(on_terminal("", 0, 0), "");
}

static void text_for_terminal_shows_bad_bytes(void **state)
{
	(void)state;
	assert_string_equal(on_terminal("a\xff\xe2\x82z", 5, 0), "a\\xff\\xe2\\x82z");
}

static void text_for_terminal_ends_at_its_limit(void **state)
{
	(void)state;
	assert_string_equal(on_terminal("abc", 3, 3), "abc");
	assert_string_equal(on_terminal("abcd", 4, 3), "abc…");
	assert_string_equal(on_terminal("日本語", 9, 2), "日本…");
	assert_string_equal(on_terminal("\x1b\x1b", 2, 1), "\\u{1b}…");
}

static void text_count_says_one_thing_and_many_things(void **state)
{
	(void)state;
	struct buffer out = { 0 };
	for (uint64_t n = 0; n < 3; n++) {
		text_count(&out, n, "node");
		buffer_byte(&out, ' ');
	}
	assert_string_equal(buffer_string(&out), "0 nodes 1 node 2 nodes ");
	buffer_free(&out);
}

static void text_equal_nocase_is_ascii_only(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("NTUSER.DAT", 10, "ntuser.dat", 10));
	assert_true(text_equal_nocase("", 0, "", 0));
	assert_false(text_equal_nocase("a", 1, "ab", 2));
	assert_false(text_equal_nocase("@", 1, "`", 1));
	assert_false(text_equal_nocase("[", 1, "{", 1));
	assert_false(text_equal_nocase("É", 2, "é", 2));
	assert_true(text_equal_nocase("a\0B", 3, "A\0b", 3));
}

static void text_fold_is_icus(void **state)
{
	(void)state;
	/* FNV-1a over (code point, u_foldCase(code point, U_FOLD_CASE_DEFAULT)) of all that fold, by ICU 72 */
	uint64_t sum = 0xcbf29ce484222325;
	unsigned folds = 0;
	for (uint32_t c = 0; c < 0x110000; c++) {
		uint32_t folded = text_fold(c);
		if (folded == c)
			continue;
		folds++;
		sum = (sum ^ c) * 0x100000001b3;
		sum = (sum ^ folded) * 0x100000001b3;
	}
	assert_int_equal(folds, 1454);
	assert_true(sum == 0x67bc908b2b286b36);
	assert_int_equal(text_fold('Z'), 'z');
	assert_int_equal(text_fold('['), '[');
	assert_int_equal(text_fold(0x416), 0x436);      /* Zhe */
	assert_int_equal(text_fold(0x3c2), 0x3c3);      /* final sigma */
	assert_int_equal(text_fold(0x130), 0x130);      /* dotted I folds to two: left alone */
	assert_int_equal(text_fold(0xff21), 0xff41);
	assert_int_equal(text_fold(UINT32_MAX), UINT32_MAX);
}

static int warm_up(void **state)
{
	(void)state;
	text_warm_up();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_valid_utf8_stays_as_it_is),
		cmocka_unit_test(text_bad_utf8_gives_one_replacement_a_maximal_subpart),
		cmocka_unit_test(text_bad_byte_is_found_wherever_it_lies),
		cmocka_unit_test(text_nul_stays_nul),
		cmocka_unit_test(text_utf16_surrogates),
		cmocka_unit_test(text_utf16_comes_back_for_every_code_point),
		cmocka_unit_test(text_utf16_turns_do_not_split_pairs),
		cmocka_unit_test(text_appends_behind_what_is_there),
		cmocka_unit_test(text_utf16_length_stops_at_the_first_nul_unit),
		cmocka_unit_test(text_code_pages_agree_with_iconv),
		cmocka_unit_test(text_code_pages_agree_with_python),
		cmocka_unit_test(text_code_page_unmapped_byte_is_told),
		cmocka_unit_test(text_code_page_marks_are_not_composed),
		cmocka_unit_test(text_code_page_long_text_is_whole),
		cmocka_unit_test(text_east_asian_agrees_with_python),
		cmocka_unit_test(text_iso2022jp_has_the_vendor_rows_and_line_ends),
		cmocka_unit_test(text_east_asian_bad_bytes_leave_ascii_alone),
		cmocka_unit_test(text_east_asian_long_text_is_whole),
		cmocka_unit_test(text_whatever_comes_in_valid_utf8_goes_out),
		cmocka_unit_test(text_charset_names),
		cmocka_unit_test(text_unknown_charset_names_are_refused),
		cmocka_unit_test(text_code_page_numbers),
		cmocka_unit_test(text_utf8_next_is_safe_on_bad_bytes),
		cmocka_unit_test(text_append_never_writes_bad_utf8),
		cmocka_unit_test(text_dangerous_is_what_acts_on_a_terminal),
		cmocka_unit_test(text_for_terminal_shows_escapes),
		cmocka_unit_test(text_for_terminal_shows_bad_bytes),
		cmocka_unit_test(text_for_terminal_ends_at_its_limit),
		cmocka_unit_test(text_count_says_one_thing_and_many_things),
		cmocka_unit_test(text_equal_nocase_is_ascii_only),
		cmocka_unit_test(text_fold_is_icus),
	};
	int failed = cmocka_run_group_tests(tests, warm_up, NULL);
	buffer_free(&text);
	return failed;
}
