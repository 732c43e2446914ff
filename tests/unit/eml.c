/* SPDX-License-Identifier: Apache-2.0 */
/* eml.c: every part of a message is given, also those that some mail programs do not see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

extern const struct format format_eml;

#define MIXED "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"X\"\n\n"
#define TEXT "--X\nContent-Type: text/plain\n\nhello\n"
#define FILE_PART(name, content) "--X\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"" name "\"\nContent-Transfer-Encoding: base64\n\n" content "\n"

static struct buffer listed, last_error;

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)offset, (void)length, (void)message;
	buffer_format(&last_error, "%s/%s ", class, kind);
}

/* "attach:1 part text|" for each node: step, kind, name, content, flags. */
static const char *list(const char *text, size_t length)
{
	struct reporter reporter = { .error = on_error };
	struct source *s = source_of_memory(text, length, false);
	struct opening o = { .source = s, .report = &reporter };
	struct node n;
	buffer_clear(&listed);
	buffer_clear(&last_error);
	struct container *c = format_open(&format_eml, &o);
	assert_non_null(c);
	while (format_eml.next(c, &n) > 0) {
		char content[65];
		struct source *inner = format_content(c, &n);
		assert_non_null(inner);
		assert_true(inner->size == n.size);
		content[source_read_at(inner, 0, content, 64, NULL)] = 0;
		source_close(inner);
		buffer_format(&listed, "%s %s %.*s <%s>", n.step, node_kind_name(n.kind), (int)n.name.length, (const char *)n.name.bytes, content);
		for (unsigned i = 0; i < n.flag_count; i++)
			buffer_format(&listed, " %s", n.flags[i]);
		buffer_text(&listed, "|");
	}
	format_close(c);
	source_close(s);
	return buffer_string(&listed);
}

static const char *parts(const char *text) { return list(text, strlen(text)); }

static void eml_plain_message_is_one_part(void **state)
{
	(void)state;
	assert_string_equal(parts("From: a\nSubject: s\n\nbody\n"), "attach:1 part  <body\n>|");
	assert_string_equal(parts("From: a\r\n\r\nbody\r\n"), "attach:1 part  <body\r\n>|");
	assert_string_equal(parts("From: a\r\rbody\r"), "attach:1 part  <body\n>|");
	assert_string_equal(parts(""), "attach:1 part  <>|");
}

static void eml_attachments_are_decoded(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED TEXT FILE_PART("a.bin", "aGVsbG8=") "--X--\n"), "attach:1 part  <hello>|attach:2 attachment a.bin <hello>|");
	assert_string_equal(parts(MIXED "--X\nContent-Type: text/plain; name=a.txt\nContent-Transfer-Encoding: quoted-printable \n\na=3Db=\nc=zz\n--X--\n"),
	                    "attach:1 attachment a.txt <a=bc=zz>|");
	/* junk, missing padding, two runs one after the other */
	assert_string_equal(parts(MIXED FILE_PART("a", "aGVs!bG8=\naGVsbG8") "--X--\n"), "attach:1 attachment a <hellohello>|");
}

static void eml_missing_closing_boundary_loses_nothing(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED TEXT FILE_PART("a.bin", "aGVsbG8=")), "attach:1 part  <hello>|attach:2 attachment a.bin <hello> not_closed|");
}

static void eml_boundary_is_the_whole_line(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED "--X  \n\none\n--XY\ntwo\n--X\n\nthree\n--X-- \n"), "attach:1 part  <one\n--XY\ntwo>|attach:2 part  <three>|");
}

static void eml_outer_boundary_closes_the_inner_one(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED "--X\nContent-Type: multipart/alternative; boundary=Y\n\n--Y\n\nin\n" FILE_PART("a", "aGk=") "--X--\n"),
	                    "attach:1 part  <in>|attach:2 attachment a <hi>|");
}

static void eml_duplicate_content_type_is_read_both_ways(void **state)
{
	(void)state;
	static const char hidden[] = "From: a\nContent-Type: text/plain\nContent-Type: multipart/mixed; boundary=X\n\n" TEXT FILE_PART("evil.exe", "aGk=") "--X--\n";
	const char *found = parts(hidden);
	assert_non_null(strstr(found, "attachment evil.exe <hi> second_reading"));
	found = parts("From: a\nContent-Type: multipart/mixed; boundary=X\nContent-Type: text/plain\n\n" TEXT FILE_PART("evil.exe", "aGk=") "--X--\n");
	assert_non_null(strstr(found, "attach:2 attachment evil.exe <hi>"));
	found = parts("From: a\nContent-Type: multipart/mixed; boundary=Q\nContent-Type: multipart/mixed; boundary=X\n\n--Q\n\nseen\n--Q--\n" FILE_PART("evil.exe", "aGk=") "--X--\n");
	assert_non_null(strstr(found, "evil.exe <hi>"));
}

static void eml_duplicate_transfer_encoding_is_read_both_ways(void **state)
{
	(void)state;
	const char *found = parts("From: a\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\naGVsbG8=");
	assert_string_equal(found, "attach:1 part  <aGVsbG8=> fields_differ|attach:2 part  <hello> second_reading fields_differ|");
}

static void eml_message_in_base64_is_opened(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED "--X\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW5uZXIKCmhp\n--X--\n"),
	                    "attach:1 message  <Subject: inner\n\nhi>|");
	/* declared base64, but plain */
	assert_string_equal(parts(MIXED "--X\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: inner\n\nhi\n--X--\n"),
	                    "attach:1 message  <Subject: inner\n\nhi>|");
}

static void eml_digest_parts_are_messages(void **state)
{
	(void)state;
	assert_string_equal(parts("From: a\nContent-Type: multipart/digest; boundary=X\n\n--X\n\nSubject: i\n\nhi\n--X--\n"), "attach:1 message  <Subject: i\n\nhi>|");
}

static void eml_boundary_missing_or_wrong_is_guessed(void **state)
{
	(void)state;
	const char *found = parts("From: a\nContent-Type: multipart/mixed\n\n" TEXT FILE_PART("a", "aGk=") "--X--\n");
	assert_string_equal(found, "attach:1 part  <hello>|attach:2 attachment a <hi>|");
	found = parts("From: a\nContent-Type: multipart/mixed; boundary=other\n\n" TEXT FILE_PART("a", "aGk=") "--X--\n");
	assert_non_null(strstr(found, "attachment a <hi> guessed_boundary"));
}

static void eml_parts_behind_the_end_are_given(void **state)
{
	(void)state;
	assert_string_equal(parts(MIXED TEXT "--X--\n" FILE_PART("late.bin", "aGk=") "--X--\n"), "attach:1 part  <hello>|attach:2 attachment late.bin <hi> epilogue|");
}

static void eml_uuencode_and_yenc_in_text(void **state)
{
	(void)state;
	assert_non_null(strstr(parts("From: a\n\ntext\nbegin 644 evil.exe\n%:&5L;&\\\n`\nend\nmore\n"), "attach:2 attachment evil.exe <hello> embedded"));
	assert_non_null(strstr(parts("From: a\n\n=ybegin line=128 size=2 name=y.txt\n\x92\x93\n=yend size=2\n"), "attach:2 attachment y.txt <hi> embedded"));
	assert_string_equal(parts("From: a\n\nbegin 644 is no file\nat all\n"), "attach:1 part  <begin 644 is no file\nat all\n>|");
}

static void eml_names_in_all_forms(void **state)
{
	(void)state;
	const char *found = parts("From: a\nContent-Type: application/x; name=\"invoice.pdf\"\nContent-Disposition: attachment;\n filename*0*=utf-8''invoice;\n filename*1=\".pdf\";\n filename*2*=%2Eexe\n\nx");
	assert_string_equal(found, "attach:1 attachment invoice.pdf.exe <x> names_differ|");
	found = parts("From: a\nContent-Type: application/x; name=\"=?utf-8?B?w6Q=?= .txt\"\n\nx");
	assert_string_equal(found, "attach:1 attachment \xc3\xa4 .txt <x>|");
	found = parts("From: a\nContent-Type: application/x\nContent-Disposition: attachment; filename=a b.txt; size=1\n\nx");
	assert_string_equal(found, "attach:1 attachment a b.txt <x>|");
	found = parts("From: a\nContent-Disposition: attachment; filename*=iso-8859-1'de'%E4.txt\n\nx");
	assert_string_equal(found, "attach:1 attachment \xc3\xa4.txt <x>|");
}

static void eml_limits_are_told(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, "From: a\n");
	for (unsigned i = 0; i < 100; i++)
		buffer_format(&text, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
	buffer_text(&text, "\ndeep\n");
	const char *found = list((const char *)text.data, text.length);
	assert_non_null(strstr(found, "limit"));
	assert_non_null(strstr(buffer_string(&last_error), "limit/mail.depth"));
	buffer_clear(&text);
	buffer_text(&text, MIXED);
	for (unsigned i = 0; i < 10001; i++)
		buffer_text(&text, "--X\n\nx\n");
	list((const char *)text.data, text.length);
	assert_non_null(strstr(buffer_string(&last_error), "limit/mail.parts"));
	assert_non_null(strstr(buffer_string(&listed), "attach:10000 "));
	buffer_free(&text);
	buffer_free(&listed);
	buffer_free(&last_error);
}

static void eml_large_part_is_computed_and_ranges_are_right(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, MIXED "--X\nContent-Type: text/plain\n\n");
	size_t start = text.length;
	for (unsigned i = 0; i < 20000; i++)
		buffer_text(&text, "12345678\n");
	buffer_text(&text, "\n--X--\n");
	struct source *s = source_of_memory(text.data, text.length, false);
	struct opening o = { .source = s };
	struct container *c = format_open(&format_eml, &o);
	struct node n;
	struct locator_step step = { .format = { "attach", 6 }, .name = { "1", 1 } };
	assert_true(format_eml.find(c, &step, &n));
	assert_int_equal(n.content, CONTENT_COMPUTED);
	assert_true(n.has_range && n.range_offset == start && n.range_length == 180000 && n.size == 180000);
	step.name.text = "2";
	assert_false(format_eml.find(c, &step, &n));
	format_close(c);
	source_close(s);
	buffer_free(&text);
}

static unsigned bits_of(const char *text, const char *name, enum format_layer above)
{
	struct source *s = source_of_memory(text, strlen(text), false);
	struct probe p = { .source = s, .head = (const uint8_t *)text, .head_length = strlen(text), .name = name, .name_length = strlen(name), .above = above };
	unsigned bits = format_eml.probe(&p);
	source_close(s);
	return bits;
}

static void eml_probe_wants_mail_fields(void **state)
{
	(void)state;
	assert_true(bits_of("Received: from a\n\tby b\nFrom: a\n\nx", "", LAYER_FS) > 0);
	assert_true(bits_of("\xef\xbb\xbf" "From: a\nTo: b\n\nx", "", LAYER_FS) > 0);
	assert_int_equal(bits_of("Subject: note\n\nx", "", LAYER_FS), 0);
	assert_true(bits_of("Subject: note\n\nx", "a.eml", LAYER_FS) > 0);
	assert_int_equal(bits_of("#!/bin/sh\n", "", LAYER_FS), 0);
	assert_int_equal(bits_of("", "", LAYER_FS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eml_plain_message_is_one_part),
		cmocka_unit_test(eml_attachments_are_decoded),
		cmocka_unit_test(eml_missing_closing_boundary_loses_nothing),
		cmocka_unit_test(eml_boundary_is_the_whole_line),
		cmocka_unit_test(eml_outer_boundary_closes_the_inner_one),
		cmocka_unit_test(eml_duplicate_content_type_is_read_both_ways),
		cmocka_unit_test(eml_duplicate_transfer_encoding_is_read_both_ways),
		cmocka_unit_test(eml_message_in_base64_is_opened),
		cmocka_unit_test(eml_digest_parts_are_messages),
		cmocka_unit_test(eml_boundary_missing_or_wrong_is_guessed),
		cmocka_unit_test(eml_parts_behind_the_end_are_given),
		cmocka_unit_test(eml_uuencode_and_yenc_in_text),
		cmocka_unit_test(eml_names_in_all_forms),
		cmocka_unit_test(eml_limits_are_told),
		cmocka_unit_test(eml_large_part_is_computed_and_ranges_are_right),
		cmocka_unit_test(eml_probe_wants_mail_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
