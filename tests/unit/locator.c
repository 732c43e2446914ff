/* SPDX-License-Identifier: Apache-2.0 */
/* locator.c: any bytes become a word that a shell leaves alone, and come back as they were. */
#include "record/locator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static struct buffer out, back;

static int clear(void **state)
{
	(void)state;
	buffer_free(&out);
	buffer_free(&back);
	return 0;
}

static const char *escaped(const char *bytes, size_t length)
{
	buffer_clear(&out);
	locator_escape(&out, bytes, length);
	return buffer_string(&out);
}

static const char *escaped_evidence(const char *name)
{
	buffer_clear(&out);
	locator_escape_evidence(&out, name, strlen(name));
	return buffer_string(&out);
}

static void assert_part(struct locator_part part, const char *expected)
{
	assert_int_equal(part.length, strlen(expected));
	assert_memory_equal(part.text, expected, part.length);
}

static const char *parsed(struct locator *l, const char *text)
{
	return locator_parse(l, text, strlen(text));
}

static void locator_splits_into_its_steps(void **state)
{
	(void)state;
	struct locator l;
	assert_null(parsed(&l, "old.iso.Z::Z:/old.iso"));
	assert_null(parsed(&l, "case/disk.E01::gpt:2::ntfs:/Users/ann/mail.pst::pst:/Inbox/2097252::attach:1::zip:/inv%20oice.lnk"));
	assert_part(l.evidence, "case/disk.E01");
	assert_int_equal(l.steps, 5);
	assert_part(l.step[0].format, "gpt");
	assert_part(l.step[0].name, "2");
	assert_part(l.step[0].stream, "");
	assert_part(l.step[1].name, "/Users/ann/mail.pst");
	assert_part(l.step[4].format, "zip");
	assert_part(l.step[4].name, "/inv%20oice.lnk");
}

static void locator_stream_follows_its_name(void **state)
{
	(void)state;
	struct locator l;
	assert_null(parsed(&l, "d::ntfs:#4711-3:Zone.Identifier::zip:/"));
	assert_part(l.step[0].name, "#4711-3");
	assert_part(l.step[0].stream, "Zone.Identifier");
	assert_part(l.step[1].name, "/");
	assert_null(parsed(&l, "d::ntfs:/a:b%3Ac"));
	assert_part(l.step[0].stream, "b%3Ac");
	assert_null(parsed(&l, "d::mbr:@0-2047"));      /* between partitions */
	assert_part(l.step[0].name, "@0-2047");
}

static void locator_of_evidence_alone_has_no_steps(void **state)
{
	(void)state;
	struct locator l;
	assert_null(parsed(&l, "/cases/2024/disk.E01"));
	assert_int_equal(l.steps, 0);
	assert_part(l.evidence, "/cases/2024/disk.E01");
}

static void locator_as_people_type_it_is_taken(void **state)
{
	(void)state;
	struct locator l;
	assert_null(parsed(&l, "my disk.E01::ntfs:/Documents and Settings/a(1)%2fb.txt"));
	assert_null(parsed(&l, "d::ntfs:/\xd0\x96"));
}

static void locator_that_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "::gpt:2", "d::", "d::gpt", "d::gpt:", "d:gpt:2", "d::gpt:2::", "d::gpt:2:", "d::gpt:2:a:b", "d::mbr:@", "d::mbr:@1", "d::mbr:@1-", "d::mbr:@-1", "d::mbr:@1-x", "d:::gpt:2", "d::gpt:x", "d::GPT:2", "d::gpt:-1", "d::gpt:#", "d::gpt:/a:::zip:/b",
		"d::gpt:123456789012345678901", "d::ntfs:/a%", "d::ntfs:/a%2", "d::ntfs:/a%zz", "%", "d::ntfs:/a\n", "d::ntfs:/\x1b[2J", "d::ntfs:/\xff", "d::ntfs:/\xe2\x80\xae", "d\x7f", "d:" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct locator l;
		assert_non_null(parsed(&l, bad[i]));
	}
	struct locator l;
	assert_non_null(locator_parse(&l, "d\0", 2));
}

static void locator_has_at_most_its_steps(void **state)
{
	(void)state;
	struct locator l;
	struct buffer text = { 0 };
	buffer_text(&text, "d");
	for (unsigned steps = 1; steps < 80; steps++) {
		buffer_text(&text, "::zip:/a");
		assert_int_equal(locator_parse(&l, (char *)text.data, text.length) == NULL, steps <= LOCATOR_STEPS_MAX);
	}
	buffer_free(&text);
}

static void locator_escape_leaves_nothing_to_a_shell(void **state)
{
	(void)state;
	assert_string_equal(escaped("inv oice.lnk", 12), "inv%20oice.lnk");
	assert_string_equal(escaped("a/b:c%d", 7), "a%2Fb%3Ac%25d");
	assert_string_equal(escaped("!\"$&'()*;<>?[\\]^`{|}~\t\n", 23), "%21%22%24%26%27%28%29%2A%3B%3C%3E%3F%5B%5C%5D%5E%60%7B%7C%7D%7E%09%0A");
	assert_string_equal(escaped("-_.,+@=#", 8), "-_.,+@=#");
	assert_string_equal(escaped("\xd0\x96\xf0\x9f\x98\x80", 6), "\xd0\x96\xf0\x9f\x98\x80");
	assert_string_equal(escaped("\0", 1), "%00");
	assert_string_equal(escaped("", 0), "");
}

static void locator_escape_hides_what_acts_or_is_not_seen(void **state)
{
	(void)state;
	assert_string_equal(escaped("a\xe2\x80\xae" "b", 5), "a%E2%80%AEb");
	assert_string_equal(escaped("\xc2\xa0\xe3\x80\x80", 5), "%C2%A0%E3%80%80");
	assert_string_equal(escaped("\xff\xc3", 2), "%FF%C3");
	assert_string_equal(escaped("\xed\xa0\x80x", 4), "%ED%A0%80x");
	assert_string_equal(escaped("\xc0\xaf", 2), "%C0%AF");
}

static void locator_evidence_keeps_its_slashes_and_can_be_no_option(void **state)
{
	(void)state;
	assert_string_equal(escaped_evidence("/cases/my disk.E01"), "/cases/my%20disk.E01");
	assert_string_equal(escaped_evidence("#x-#"), "%23x-#");
	assert_string_equal(escaped_evidence("-rf"), "%2Drf");
	assert_string_equal(escaped_evidence("=ls"), "%3Dls");
	assert_string_equal(escaped_evidence("a::b"), "a%3A%3Ab");
}

static void locator_unescape_undoes_escape_for_any_bytes(void **state)
{
	(void)state;
	unsigned seed = 3;
	struct locator l;
	for (int i = 0; i < 100000; i++) {
		uint8_t bytes[12];
		size_t length = (size_t)i % (sizeof bytes + 1);
		for (size_t at = 0; at < length; at++) {
			seed = seed * 1664525 + 1013904223;
			bytes[at] = i % 3 == 0 ? (uint8_t)"\xed\xa0\x80\xe2\xae\xf0\x9f:/%#a"[(seed >> 24) % 12] : (uint8_t)(seed >> 24);
		}
		buffer_clear(&out);
		buffer_text(&out, "d::ntfs:/");
		locator_escape(&out, bytes, length);
		assert_null(locator_parse(&l, (char *)out.data, out.length));
		assert_int_equal(l.steps, 1);
		assert_null(memchr(l.step[0].name.text + 1, '/', l.step[0].name.length - 1));
		buffer_clear(&back);
		assert_true(locator_unescape(&back, l.step[0].name.text + 1, l.step[0].name.length - 1));
		assert_int_equal(back.length, length);
		if (length)
			assert_memory_equal(back.data, bytes, length);
	}
}

static void locator_unescape_refuses_broken_escapes_and_leaves_no_trace(void **state)
{
	(void)state;
	buffer_text(&back, "x");
	assert_false(locator_unescape(&back, "abc%4", 5));
	assert_false(locator_unescape(&back, "abc%", 4));
	assert_false(locator_unescape(&back, "abc%g0", 6));
	assert_int_equal(back.length, 1);
	assert_true(locator_unescape(&back, "%4a%4A", 6));
	assert_string_equal(buffer_string(&back), "xJJ");
}

static void locator_wtf8_keeps_lone_surrogates_apart(void **state)
{
	(void)state;
	static const uint8_t name[] = { 'a', 0, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8, 'b', 0, 0x00, 0xde, 0x3d, 0xd8 };
	locator_wtf8(&back, name, sizeof name);
	assert_string_equal(buffer_string(&back), "a\xf0\x9f\x98\x80\xed\xa0\xbd" "b\xed\xb8\x80\xed\xa0\xbd");
	assert_string_equal(escaped((char *)back.data, back.length), "a\xf0\x9f\x98\x80%ED%A0%BDb%ED%B8%80%ED%A0%BD");
	buffer_clear(&back);
	locator_wtf8(&back, "a\0b", 3);
	assert_string_equal(buffer_string(&back), "a");
}

static void locator_is_one_word_for_the_shell(void **state)
{
	(void)state;
	struct buffer command = { 0 };
	char all[256];
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	buffer_text(&command, "set -- ");
	locator_escape(&command, all, 255);
	buffer_text(&command, "; test $# -eq 1 && printf %s ");
	locator_escape(&command, all, 255);
	FILE *shell = popen(buffer_string(&command), "r");
	char shown[1024];
	size_t length = fread(shown, 1, sizeof shown, shell);
	assert_int_equal(pclose(shell), 0);
	assert_int_equal(length, strlen(escaped(all, 255)));
	assert_memory_equal(shown, out.data, length);
	buffer_free(&command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(locator_splits_into_its_steps), TEST(locator_stream_follows_its_name), TEST(locator_of_evidence_alone_has_no_steps),
		TEST(locator_as_people_type_it_is_taken), TEST(locator_that_is_none_is_refused), TEST(locator_has_at_most_its_steps),
		TEST(locator_escape_leaves_nothing_to_a_shell), TEST(locator_escape_hides_what_acts_or_is_not_seen),
		TEST(locator_evidence_keeps_its_slashes_and_can_be_no_option), TEST(locator_unescape_undoes_escape_for_any_bytes),
		TEST(locator_unescape_refuses_broken_escapes_and_leaves_no_trace), TEST(locator_wtf8_keeps_lone_surrogates_apart),
		TEST(locator_is_one_word_for_the_shell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
