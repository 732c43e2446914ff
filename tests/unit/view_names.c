/* SPDX-License-Identifier: Apache-2.0 */
/* view_names.c: names of a mounted view: what every file system takes, the locator's name back from each, and links that stay inside. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "record/locator.h"
#include "view/names.h"

static void a_name_is_the_locators_name_less_what_is_printable(void **state)
{
	(void)state;
	static const struct { const char *raw; size_t length; const char *name; } rows[] = {
		{ "plain.txt", 9, "plain.txt" }, { "Program Files (x86)", 19, "Program Files (x86)" }, { "$MFT", 4, "$MFT" }, { "a/b", 3, "a%2Fb" }, { "a\0b", 3, "a%00b" },
		{ ".", 1, "%2E" }, { "..", 2, "%2E%2E" }, { "...", 3, "..." }, { "50%", 3, "50%25" }, { "a:b", 3, "a%3Ab" }, { "bad\xff", 4, "bad%FF" }, { "nl\n", 3, "nl%0A" },
		{ "\xe2\x80\xaegpj.exe", 10, "%E2%80%AEgpj.exe" }, { "caf\xc3\xa9", 5, "caf\xc3\xa9" }, { "%2E", 3, "%252E" }, { "-rf *", 5, "-rf *" }, { "\xed\xa0\x80", 3, "%ED%A0%80" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer escaped = { 0 }, name = { 0 }, back = { 0 };
		locator_escape(&escaped, rows[i].raw, rows[i].length);
		view_name(&name, buffer_string(&escaped), escaped.length);
		assert_string_equal(buffer_string(&name), rows[i].name);
		assert_true(locator_unescape(&back, (const char *)name.data, name.length));
		assert_int_equal(back.length, rows[i].length);
		assert_memory_equal(back.data, rows[i].raw, rows[i].length);
		buffer_free(&escaped);
		buffer_free(&name);
		buffer_free(&back);
	}
}

static void every_single_byte_comes_back(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t raw[3] = { 'x', (uint8_t)byte, 'y' };
		struct buffer escaped = { 0 }, name = { 0 }, back = { 0 };
		locator_escape(&escaped, raw, sizeof raw);
		view_name(&name, buffer_string(&escaped), escaped.length);
		assert_null(memchr(name.data, '/', name.length));
		assert_null(memchr(name.data, 0, name.length));
		assert_true(locator_unescape(&back, (const char *)name.data, name.length));
		assert_int_equal(back.length, sizeof raw);
		assert_memory_equal(back.data, raw, sizeof raw);
		buffer_free(&escaped);
		buffer_free(&name);
		buffer_free(&back);
	}
}

static void steps_give_names(void **state)
{
	(void)state;
	static const struct { const char *step, *path, *name; } rows[] = {
		{ "/Users/ann/My%20mail.pst", "/Users/ann/My%20mail.pst", "My mail.pst" }, { "/a/b:Zone.Identifier", "/a/b:Zone.Identifier", "b:Zone.Identifier" },
		{ "#32-1", "/dir/mult1.dat", "mult1.dat::#32-1" }, { "#32-1:ADS", "/mult1.dat:ADS", "mult1.dat::#32-1:ADS" }, { "2", "", "2" }, { "@0-2047", "", "@0-2047" }, { "#290", "", "#290" },
		{ "/", "", "::~" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer name = { 0 };
		view_name_of_step(&name, rows[i].step, rows[i].path);
		assert_string_equal(buffer_string(&name), rows[i].name);
		buffer_free(&name);
	}
}

static void long_names_are_cut_and_told_apart(void **state)
{
	(void)state;
	char step[3][700];
	struct buffer name[3] = { 0 };
	for (int i = 0; i < 3; i++) {
		memset(step[i], 'a', sizeof step[i]);
		step[i][0] = '/';
		step[i][sizeof step[i] - 1] = 0;
		step[i][sizeof step[i] - 2] = (char)('x' + i);
		for (size_t at = 230; at + 3 < 240; at += 3)    /* the cut falls into escapes */
			memcpy(step[i] + at, "%FF", 3);
		view_name_of_step(&name[i], step[i], step[i]);
		assert_true(name[i].length <= VIEW_NAME_MOST);
		assert_non_null(strstr(buffer_string(&name[i]), "::~"));
		struct buffer back = { 0 };
		assert_true(locator_unescape(&back, (const char *)name[i].data, name[i].length));
		buffer_free(&back);
	}
	assert_string_not_equal(buffer_string(&name[0]), buffer_string(&name[1]));
	assert_string_not_equal(buffer_string(&name[1]), buffer_string(&name[2]));
	for (int i = 0; i < 3; i++)
		buffer_free(&name[i]);
}

static void links_stay_inside(void **state)
{
	(void)state;
	static const struct { const char *target; unsigned depth; const char *link; } rows[] = {
		{ "usr/bin", 0, "usr/bin" }, { "/etc/passwd", 2, "../../etc/passwd" }, { "/etc/passwd", 0, "etc/passwd" }, { "../../../../etc/passwd", 1, "../etc/passwd" }, { "..", 0, "." }, { "/", 3, "../../.." },
		{ "a/../../../../x", 1, "../x" }, { "a/./b//c/", 1, "a/b/c" }, { "x/..", 0, "." }, { "a:b/50%", 0, "a%3Ab/50%25" }, { "", 0, "." }, { "/../../x", 2, "../../x" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer link = { 0 };
		view_target(&link, rows[i].target, strlen(rows[i].target), rows[i].depth);
		assert_string_equal(buffer_string(&link), rows[i].link);
		buffer_free(&link);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_locators_name_less_what_is_printable), cmocka_unit_test(every_single_byte_comes_back), cmocka_unit_test(steps_give_names),
		cmocka_unit_test(long_names_are_cut_and_told_apart), cmocka_unit_test(links_stay_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
