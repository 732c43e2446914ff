/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_text.c: HTML and text that lie in RTF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mail/rtf.h"

static struct buffer out;

static enum rtf_origin unwrap(const char *rtf)
{
	buffer_clear(&out);
	return rtf_unwrap((const uint8_t *)rtf, strlen(rtf), &out);
}

#define HTML "{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}{\\f1\\fcharset204 Other;}{\\f2\\fcharset128 Third;}}{\\colortbl\\red0;}\n"

static void gives(const char *rtf, const char *what)
{
	unwrap(rtf);
	assert_string_equal(buffer_string(&out), what);
}

static void rtf_html_tags_and_text_are_kept_and_the_rest_is_not(void **state)
{
	(void)state;
	assert_int_equal(unwrap(HTML "{\\*\\htmltag19 <html>}{\\*\\htmltag34 \\par }{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 text\\htmlrtf }\\htmlrtf0 {\\*\\mhtmltag64 <q>}"
	                        "{\\*\\htmltag72 </p>}\\htmlrtf\\par hidden\\htmlrtf0 \\~{\\*\\htmltag84 &lt;}\\lquote}"), RTF_OF_HTML);
	assert_string_equal(buffer_string(&out), "<html>\r\n<p>text</p>&nbsp;&lt;&lsquo;");
}

static void rtf_escapes_in_tags_are_undone(void **state)
{
	(void)state;
	gives(HTML "{\\*\\htmltag241 <style>\\par\\tab a\\{b\\}\\\\c</style>}}", "<style>\r\n\ta{b}\\c</style>");
}

static void rtf_bytes_have_the_page_of_their_font(void **state)
{
	(void)state;
	gives(HTML "\\f1 \\'cf\\f0 \\'e4\\f2 \\'82\\'a0\\f9 \\'cf}", "\xd0\x9f\xc3\xa4\xe3\x81\x82\xd0\x9f");
	/* back to the font of the group outside */
	gives(HTML "\\f1{\\f0 \\'e4}\\'cf}", "\xc3\xa4\xd0\x9f");
}

static void rtf_code_points_and_what_stands_in_for_them(void **state)
{
	(void)state;
	gives(HTML "\\u1055?a}", "\xd0\x9f" "a");
	gives(HTML "\\uc2\\u1055\\'8f\\'90b}", "\xd0\x9f" "b");
	gives(HTML "\\uc0\\u-10179\\u-8704 c}", "\xf0\x9f\x98\x80" "c");
	gives(HTML "\\uc1\\u-10179?\\u-8704?d}", "\xf0\x9f\x98\x80" "d");
	gives(HTML "{\\uc0\\u65}\\u66?c}", "ABc");
}

static void rtf_text_is_all_but_properties(void **state)
{
	(void)state;
	assert_int_equal(unwrap("{\\rtf1\\ansi\\ansicpg1252\\fromtext \\fbidi{\\fonttbl{\\f0 Arial;}}{\\*\\generator Word;}\\pard one\\par\n two \\emdash\\par{\\pict 0102}{\\object{\\*\\objdata 01}}three}"), RTF_OF_TEXT);
	assert_string_equal(buffer_string(&out), "one\r\n two \xe2\x80\x94\r\nthree");
	assert_int_equal(unwrap("{\\rtf1 {\\b bold} plain\\bin3 }{\\ text}"), RTF_ALONE);
	assert_string_equal(buffer_string(&out), "bold plain text");
}

static void rtf_deep_or_broken_groups_end(void **state)
{
	(void)state;
	struct buffer deep = { 0 };
	buffer_text(&deep, "{\\rtf1\\fromtext ");
	for (unsigned i = 0; i < 1000; i++)
		buffer_byte(&deep, '{');
	buffer_text(&deep, "in");
	for (unsigned i = 0; i < 2000; i++)
		buffer_byte(&deep, '}');
	buffer_text(&deep, "out\\'4");
	gives(buffer_string(&deep), "inout4");
	buffer_free(&deep);
	gives("\\", "");
	gives("", "");
	gives("{\\bin99999999 x", "");
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtf_html_tags_and_text_are_kept_and_the_rest_is_not),
		cmocka_unit_test(rtf_escapes_in_tags_are_undone),
		cmocka_unit_test(rtf_bytes_have_the_page_of_their_font),
		cmocka_unit_test(rtf_code_points_and_what_stands_in_for_them),
		cmocka_unit_test(rtf_text_is_all_but_properties),
		cmocka_unit_test(rtf_deep_or_broken_groups_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
