/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_objects.c: objects in RTF, with what is put among their digits; packaged files; documents that end early. */
#include "tests/unit/store_harness.h"

extern const struct format format_rtf;

static struct buffer object, document;

static void text(const char *t)
{
	buffer_u32le(&object, t ? (uint32_t)strlen(t) + 1 : 0);
	if (t)
		buffer_append(&object, t, strlen(t) + 1);
}

/* [MS-OLEDS] 2.2.5: an embedded object. */
static void embedded(const char *class, const void *data, size_t length)
{
	buffer_clear(&object);
	buffer_u32le(&object, 0x0501);
	buffer_u32le(&object, 2);
	text(class);
	text(NULL);
	text(NULL);
	buffer_u32le(&object, (uint32_t)length);
	buffer_append(&object, data, length);
}

/* The digits of `object`, with `between` after each byte. */
static void digits(const char *between)
{
	for (size_t i = 0; i < object.length; i++) {
		buffer_hex(&document, object.data + i, 1);
		buffer_text(&document, between);
	}
}

static const char *listed(void) { return store_list(&format_rtf, document.data, document.length, "a.rtf"); }

static void rtf_object_gives_its_native_data(void **state)
{
	(void)state;
	static const char *const between[] = { "", "\r\n", "{\\*\\x abc}", "\\ignored12 ", "\\'41", "{}{{ }}" };
	for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
		buffer_clear(&document);
		buffer_text(&document, "{\\rtf1 text{\\object\\objemb{\\*\\objdata ");
		embedded("Equation.3", "native", 6);
		digits(between[i]);
		buffer_text(&document, "}}more 0102}");
		assert_string_equal(listed(), "rtf:1 member  Equation.3|native\n");
		assert_string_equal(buffer_string(&store_told), "");
	}
}

static void rtf_binary_runs_are_taken(void **state)
{
	(void)state;
	embedded("X", "native", 6);
	buffer_clear(&document);
	buffer_format(&document, "{\\rt{\\*\\objdata\\bin%zu ", object.length);
	buffer_append(&document, object.data, object.length);
	buffer_text(&document, "}}");
	assert_string_equal(listed(), "rtf:1 member  X|native\n");
}

static void rtf_packaged_file_is_a_node(void **state)
{
	(void)state;
	static const char package[] = "\2\0run.cmd\0C:\\run.cmd\0\0\0\3\0\x0b\0\0\0C:\\run.cmd\0\4\0\0\0echo and more";
	embedded("Package", package, sizeof package - 1);
	buffer_clear(&document);
	buffer_text(&document, "{\\rtf1{\\*\\objdata ");
	digits("");
	buffer_text(&document, "}}");
	assert_non_null(strstr(listed(), "rtf:#1-1 member packaged run.cmd|echo\n"));
}

static void rtf_what_makes_no_sense_is_given_as_it_is(void **state)
{
	(void)state;
	buffer_clear(&document);
	buffer_text(&document, "{\\rtf1{\\*\\objdata 414243}{\\*\\objdata 4\\objdata 44}{\\*\\objdata");
	assert_string_equal(listed(), "rtf:1 member  |ABC\nrtf:2 member  |\nrtf:3 member  |D\nrtf:4 member  |\n");
	embedded("X", "native", 6);
	buffer_clear(&document);
	buffer_text(&document, "{\\rtf1{\\*\\objdata ");
	object.length -= 3;                     /* cut in its data */
	digits("");
	assert_string_equal(listed(), "rtf:1 member  X|nat\n");
}

static int release(void **state)
{
	buffer_free(&object);
	buffer_free(&document);
	return store_release(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtf_object_gives_its_native_data),
		cmocka_unit_test(rtf_binary_runs_are_taken),
		cmocka_unit_test(rtf_packaged_file_is_a_node),
		cmocka_unit_test(rtf_what_makes_no_sense_is_given_as_it_is),
	};
	text_warm_up();
	return cmocka_run_group_tests(tests, NULL, release);
}
