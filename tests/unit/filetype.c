/* SPDX-License-Identifier: Apache-2.0 */
/* filetype.c: types by content, what looks alike kept apart, and text told from data. */
#include "detect/filetype.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *bytes, size_t length, const char *type)
{
	uint8_t head[8192] = { 0 };
	memcpy(head, bytes, length);
	assert_string_equal(filetype_of(head, length), type);
}
#define IS(bytes, type) is(bytes, sizeof bytes - 1, type)

static void signs_at_the_beginning(void **state)
{
	(void)state;
	IS("\x7f" "ELF\2\1\1", "elf");
	IS("SQLite format 3\0 more", "sqlite");
	IS("regf....", "regf");
	IS("ElfFile\0", "evtx");
	IS("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "lnk");
	IS("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole");
	IS("!BDN", "pst");
	IS("%PDF-1.7", "pdf");
	IS("{\\rtf1", "rtf");
	IS("Rar!\x1a\x07\x01\0", "rar");
	IS("7z\xbc\xaf\x27\x1c", "7z");
	IS("\x1f\x8b\x08", "gz");
	IS("\x28\xb5\x2f\xfd", "zst");
	IS("bplist00", "bplist");
	IS("hbin", "regf");
}

static void signs_further_in(void **state)
{
	(void)state;
	static char tar[512] = "name";
	memcpy(tar + 257, "ustar", 5);
	is(tar, sizeof tar, "tar");
	IS("\0\0\0\x20" "ftypisom", "mp4");
	IS("\x1e\0\0\0SCCA", "prefetch");
	IS("\x11\x22\x33\x44\xef\xcd\xab\x89", "ese");
	static uint8_t iso[33000];
	memcpy(iso + 32769, "CD001", 5);
	assert_string_equal(filetype_of(iso, sizeof iso), "iso");
	assert_string_equal(filetype_of(iso, 32770), "data");
}

static void programs_are_told_apart(void **state)
{
	(void)state;
	char mz[256] = "MZ";
	mz[60] = 0x40;
	memcpy(mz + 0x40, "PE\0\0", 4);
	is(mz, sizeof mz, "pe");
	memcpy(mz + 0x40, "NE", 2);
	is(mz, sizeof mz, "ne");
	mz[63] = 0x7f;
	is(mz, sizeof mz, "mz");
	is(mz, 2, "mz");
	is(mz, 40, "mz");
	IS("\xca\xfe\xba\xbe\0\0\0\2", "macho");
	IS("\xca\xfe\xba\xbe\0\0\0\x34", "class");
	IS("\xcf\xfa\xed\xfe", "macho");
	IS("\xca\xfe\xba\xbe", "class");
}

static void zip_documents(void **state)
{
	(void)state;
	IS("PK\x03\x04\x14\0\6\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml", "ooxml");
	IS("PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text", "odf");
	IS("PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.exe", "zip");
	IS("PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0META-INF/", "zip");
	IS("PK\x05\x06", "zip");
}

static void text_utf16_and_data(void **state)
{
	(void)state;
	is("", 0, "empty");
	IS("hello\r\nworld\t\n", "text");
	IS("gr\xc3\xbc\xc3\x9f", "text");
	IS("gr\xfc\xdf", "text");
	IS("\xff\xfeh\0i\0", "utf16");
	IS("h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0", "utf16");
	IS("\0h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d", "utf16");
	IS("\x01\x02\x03\x04 binary", "data");
	IS("  \n<!DOCTYPE HTML>", "html");
	IS("#!/bin/sh\n", "script");
	IS("From ann Mon", "mbox");
	IS("Received: from x", "mail");
	IS("MAIL", "text");
}

static void no_head_is_too_short(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		const uint8_t byte = (uint8_t)first;
		assert_non_null(filetype_of(&byte, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_at_the_beginning), cmocka_unit_test(signs_further_in), cmocka_unit_test(programs_are_told_apart),
		cmocka_unit_test(zip_documents), cmocka_unit_test(text_utf16_and_data), cmocka_unit_test(no_head_is_too_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
