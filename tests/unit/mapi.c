/* SPDX-License-Identifier: Apache-2.0 */
/* mapi.c: values of properties, as files hold them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mail/mapi.h"

static struct arena arena;

static void mapi_numbers_only_of_their_types(void **state)
{
	(void)state;
	struct mapi_properties p = { .arena = &arena };
	mapi_add(&p, 0x0e07, MAPI_LONG, "\x09\0\0\x80", 4);
	mapi_add(&p, 0x0e08, MAPI_SHORT, "\x34\x12", 2);
	mapi_add(&p, 0x0e09, MAPI_TEXT8, "abcd", 4);
	mapi_add(&p, 0x0e0a, MAPI_LONG, NULL, 0);
	assert_int_equal(mapi_number(&p, 0x0e07, 1), 0x80000009);
	assert_int_equal(mapi_number(&p, 0x0e08, 1), 0x1234);
	assert_int_equal(mapi_number(&p, 0x0e09, 1), 1);
	assert_int_equal(mapi_number(&p, 0x0e0a, 1), 0);
	assert_int_equal(mapi_number(&p, 0x0e0b, 7), 7);
}

static void mapi_times_that_are_short_are_none(void **state)
{
	(void)state;
	struct mapi_properties p = { .arena = &arena };
	mapi_add(&p, 0x0039, MAPI_TIME, "\0\0\0\0\0\0\0\x01", 8);
	mapi_add(&p, 0x0e06, MAPI_TIME, "\0\0\0\0\0\0\0", 7);
	assert_int_equal(mapi_time(&p, 0x0039).state, TIME_VALID);
	assert_int_equal(mapi_time(&p, 0x0e06).state, TIME_UNSET);
	assert_int_equal(mapi_time(&p, 0x3007).state, TIME_UNSET);
}

static void text_is(const struct mapi_properties *p, uint32_t id, const char *want)
{
	size_t length;
	const char *text = mapi_text(p, id, &length);
	assert_non_null(text);
	assert_string_equal(text, want);
	assert_int_equal(length, strlen(want));
}

static void mapi_texts_are_utf8(void **state)
{
	(void)state;
	struct mapi_properties p = { .arena = &arena, .code_page = 1251 };
	size_t length = 1;
	mapi_add(&p, 1, MAPI_TEXT16, "a\0\xe4\0\0\0", 6);
	mapi_add(&p, 2, MAPI_TEXT8, "\xcf\0", 2);
	mapi_add(&p, 3, MAPI_BINARY, "x", 1);
	text_is(&p, 1, "a\xc3\xa4");
	text_is(&p, 2, "\xd0\x9f");
	assert_null(mapi_text(&p, 3, &length));
	assert_int_equal(length, 0);
	/* what the message says of its code page wins; one that is unknown: UTF-8, else Windows-1252 */
	mapi_add(&p, 0x3ffd, MAPI_LONG, "\xe4\x04\0\0", 4);
	text_is(&p, 2, "\xc3\x8f");
	p.property[3].bytes = (const uint8_t *)"\x01\0\0\0";
	text_is(&p, 2, "\xc3\x8f");
}

static void mapi_pages_of_languages(void **state)
{
	(void)state;
	static const struct { uint32_t locale, page; } rows[] = { { 0x0409, 1252 }, { 0x0419, 1251 }, { 0x0804, 936 }, { 0x0404, 950 }, { 0x0c04, 950 }, { 0x0411, 932 }, { 0x0429, 1256 }, { 0x040d, 1255 },
		{ 0x0c1a, 1251 }, { 0x041a, 1250 }, { 0, 1252 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(mapi_code_page_of_locale(rows[i].locale), rows[i].page);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapi_numbers_only_of_their_types),
		cmocka_unit_test(mapi_times_that_are_short_are_none),
		cmocka_unit_test(mapi_texts_are_utf8),
		cmocka_unit_test(mapi_pages_of_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
