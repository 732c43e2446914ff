/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: tags, texts, attributes and references, of documents that are sound, odd and cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/xml.h"

static struct buffer shown;

/* "<a|attributes>", "</a>", "[text]", "/" behind a tag that closes itself, "!" at the end of what is cut. */
static const char *tokens(const char *text)
{
	struct xml x = xml_of(text, strlen(text));
	buffer_clear(&shown);
	for (size_t turns = 0; xml_next(&x) != XML_END; turns++) {
		assert_true(turns <= strlen(text));
		if (x.kind == XML_TEXT) {
			buffer_byte(&shown, '[');
			if (x.literal)
				buffer_append(&shown, x.text.text, x.text.length);
			else
				xml_text(&shown, x.text);
			buffer_byte(&shown, ']');
		} else {
			buffer_format(&shown, "<%s%.*s|%.*s>%s", x.kind == XML_CLOSE ? "/" : "", (int)x.name.length, x.name.text, (int)x.attributes.length, x.attributes.text, x.empty ? "/" : "");
		}
	}
	buffer_text(&shown, x.cut ? "!" : "");
	return buffer_string(&shown);
}

static void xml_tags_and_texts(void **state)
{
	(void)state;
	assert_string_equal(tokens("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a x='>'>t<b/>u<!-- <c> --></a>"), "<a| x='>'>[t]<b|>/[u]</a|>");
	assert_string_equal(tokens("<a><![CDATA[<&amp;]]></a>"), "<a|>[<&amp;]</a|>");
	assert_string_equal(tokens("a < b <c>"), "[a ][< b ]<c|>");
}

static void xml_references_are_resolved_once(void **state)
{
	(void)state;
	assert_string_equal(tokens("&lt;&gt;&amp;lt;&quot;&apos;&#65;&#x42;&#x1F600;"), "[<>&lt;\"'AB\xf0\x9f\x98\x80]");
	assert_string_equal(tokens("&b; & &#; &#0; &#xZZ; &#99999999999; &#55296;&"), "[&b; & &#; &#0; &#xZZ; &#99999999999; \xef\xbf\xbd&]");
}

static void xml_cut_documents_end(void **state)
{
	(void)state;
	assert_string_equal(tokens("<a><b c='"), "<a|><b| c='>!");
	assert_string_equal(tokens("<a><!-- x"), "<a|>!");
	assert_string_equal(tokens("<![CDATA[x"), "[x]!");
	assert_string_equal(tokens("</"), "</|>!");
	assert_string_equal(tokens("<"), "[<]");
	assert_string_equal(tokens("<!"), "!");
}

static void xml_attributes_are_found_by_name(void **state)
{
	(void)state;
	static const char text[] = "<a one=\"1\" two = '2 \"' three=3 four five='5' / =x six=\"6>\"/>";
	struct xml x = xml_of(text, sizeof text - 1);
	assert_int_equal(xml_next(&x), XML_OPEN);
	assert_true(x.empty);
	static const struct { const char *name, *value; } rows[] = { { "one", "1" }, { "two", "2 \"" }, { "three", "3" }, { "four", "" }, { "five", "5" }, { "six", "6>" }, { "seven", "" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(xml_is(xml_attribute(&x, rows[i].name), rows[i].value));
}

static int release(void **state)
{
	(void)state;
	buffer_free(&shown);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml_tags_and_texts),
		cmocka_unit_test(xml_references_are_resolved_once),
		cmocka_unit_test(xml_cut_documents_end),
		cmocka_unit_test(xml_attributes_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, release);
}
