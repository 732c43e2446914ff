/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: the record of a message, its events, its times; and the fields beneath (header.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mail/header.h"
#include "format/mail/maildir.h"
#include "format/mail/message.h"
#include "format/mail/transfer.h"

static struct buffer lines;
static struct message_state store_says;
static struct arena arena;
static char told[4096];

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)step, (void)offset, (void)length, (void)message;
	snprintf(told + strlen(told), sizeof told - strlen(told), "%s ", kind);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	on_error(r, "", kind, step, offset, length, message);
}

/* All records as JSON lines. */
static const char *records(const void *raw, size_t length)
{
	struct reporter reporter = { .error = on_error, .note = on_note };
	struct buffer out = { 0 };
	told[0] = 0;
	buffer_clear(&lines);
	arena_reset(&arena);
	message_records(raw, length, store_says, &reporter, &arena, &out);
	for (size_t at = 0; at < out.length;) {
		struct record_view v;
		size_t size = (size_t)out.data[at] + ((size_t)out.data[at + 1] << 8) + ((size_t)out.data[at + 2] << 16) + 4;
		const char *wrong = record_view_open(&v, out.data + at, size);
		if (wrong)
			fail_msg("%s", wrong);
		record_to_json(&lines, &v);
		at += size;
	}
	buffer_free(&out);
	return buffer_string(&lines);
}

static const char *of(const char *raw) { return records(raw, strlen(raw)); }

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void message_sent_event_is_in_utc(void **state)
{
	(void)state;
	const char *json = of("From: Ann <a@b.example>\nTo: c@d.example\nSubject: hello\nDate: Tue, 5 Mar 2024 10:11:13 +0200\nMessage-ID: <1@b>\n\nx\n");
	assert_holds(json, "\"subject\":\"hello\"");
	assert_holds(json, "\"from\":[\"Ann <a@b.example>\"]");
	assert_holds(json, "\"to\":[\"c@d.example\"]");
	assert_holds(json, "{\"time\":\"2024-03-05T08:11:13.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"zone\":\"stated\",\"timestamp_desc\":\"Sent Time\",\"kind\":\"mail_message\"");
	assert_holds(json, "\"message\":\"mail from a@b.example to c@d.example: hello\"");
	assert_string_equal(told, "");
}

static void message_date_without_zone_is_local(void **state)
{
	(void)state;
	assert_holds(of("Date: 5 Mar 2024 10:11\n\n"), "\"precision\":\"min\",\"zone\":\"local\"");
	assert_null(strstr(of("Date: 5 Mar 2024 10:11:12 +0000\n\n"), "\"zone\":\"local\""));
}

static void message_invalid_date_is_a_note(void **state)
{
	(void)state;
	assert_null(strstr(of("From: a\nDate: Whenever\n\nx"), "mail_message"));
	assert_string_equal(told, "mail.date ");
	of("From: a\nDate: Tue, 32 Foo 2024 99:99\n\nx");
	assert_string_equal(told, "mail.date ");
}

static void message_hops_are_cut_by_their_clauses(void **state)
{
	(void)state;
	const char *json = of("Received: from helo.example (host.example [203.0.113.13] (may be forged))\n\t(authenticated bits=0) by mx.example.net (8.15.2; x)\n"
	                      " with ESMTP id 425A (version=TLSv1.2) for <victim@example.net>;\n Tue, 5 Mar 2024 05:11:12 -0500\nReceived: (qmail 1 invoked by uid 48); 5 Mar 2024 10:11:12 -0000\nFrom: a@b\n\n");
	assert_holds(json, "\"from\":\"helo.example (host.example [203.0.113.13] (may be forged))\\t(authenticated bits=0)\"");
	assert_holds(json, "\"by\":\"mx.example.net (8.15.2; x)\"");
	assert_holds(json, "\"with\":\"ESMTP\"");
	assert_holds(json, "\"for\":\"<victim@example.net>\"");
	assert_holds(json, "\"kind\":\"mail_transfer\"");
	assert_holds(json, "mail received by mx.example.net from a@b to (none): ");
	assert_holds(json, "{\"time\":\"2024-03-05T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"zone\":\"stated\",\"timestamp_desc\":\"Received Time\"");
	assert_holds(json, "{\"time\":\"2024-03-05T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Received Time\"");
}

static void message_headers_are_decoded(void **state)
{
	(void)state;
	const char *json = of("Subject: =?utf-8?Q?a=C3?= =?UTF-8?Q?=A4_b?=\n =?iso-8859-1?B?5A==?= end\nFrom: \"=?utf-8?Q?M=C3=BCller?=, x\" <m@x>, y@z (Comment)\nX-Raw: \xe4\nCc: list: a@b, c@d;\n\n");
	assert_holds(json, "\"subject\":\"aä bä end\"");
	assert_holds(json, "\"from\":[\"Müller, x <m@x>\",\"Comment <y@z>\"]");
	assert_holds(json, "{\"name\":\"X-Raw\",\"value\":\"ä\"}");
	assert_holds(json, "\"cc\":[\"a@b\",\"c@d\"]");
}

static void message_doubled_fields_are_flagged_and_all_kept(void **state)
{
	(void)state;
	const char *json = of("From: a@b\nFrom: c@d\nSubject: 1\nSubject: 2\n\n");
	assert_holds(json, "\"several_from\"");
	assert_holds(json, "\"several_subject\"");
	assert_holds(json, "\"from\":[\"a@b\",\"c@d\"]");
	assert_holds(json, "\"value\":\"2\"");
}

static void message_links_are_found_once(void **state)
{
	(void)state;
	const char *json = of("From: a\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<a href=3D\"http://evil.example/x?a=3D1&amp;b=\n=3D2\">http://shown.example/</a> <a href=3D'ht=\ntps://t.example/&#x61;\n\tb'>x</a> HTTP://shown.example/ http://shown.example/.");
	assert_holds(json, "\"urls\":[\"http://evil.example/x?a=1&b=2\",\"http://shown.example/\",\"https://t.example/ab\",\"HTTP://shown.example/\"]");
	json = of("From: a\n\nsee (https://x.example/a_(b)) and <ftp://y.example/>.\n");
	assert_holds(json, "\"urls\":[\"https://x.example/a_(b)\",\"ftp://y.example/\"]");
}

static void message_attachments_name_their_step(void **state)
{
	(void)state;
	const char *json = of("From: a\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\ntext\n--X\nContent-Type: application/zip; name=b.zip\n"
	                      "Content-Disposition: attachment; filename=a.zip\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--X--\n");
	assert_holds(json, "\"attachments\":[{\"locator\":\"::attach:2\",\"name\":\"a.zip\",\"type\":\"application/zip\",\"size\":5,\"names\":[\"a.zip\",\"b.zip\"],\"flags\":[\"names_differ\"]}]");
}

static void message_limits_are_told(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, "From: a\nContent-Type: text/plain\n");
	for (unsigned i = 0; i < 12000; i++)
		buffer_format(&text, "X-%u: %u\n", i, i);
	buffer_text(&text, "\n");
	for (unsigned i = 0; i < 1500; i++)
		buffer_format(&text, "http://h%u.example/\n", i);
	records(text.data, text.length);
	assert_non_null(strstr(told, "mail.headers"));
	assert_non_null(strstr(told, "mail.urls"));
	buffer_clear(&text);
	buffer_text(&text, "Subject: ");
	for (unsigned i = 0; i < 2000000; i++)
		buffer_byte(&text, 'x');
	buffer_text(&text, "\nTo: ");
	for (unsigned i = 0; i < 5000; i++)
		buffer_format(&text, "a%u@b, ", i);
	buffer_text(&text, "\n\n");
	records(text.data, text.length);
	assert_non_null(strstr(told, "mail.addresses"));
	buffer_free(&text);
}

static const char *date(const char *text)
{
	static struct buffer shown;
	struct mail_date d;
	buffer_clear(&shown);
	if (!mail_date_read(&d, text, strlen(text)))
		return "none";
	time_format_short(&shown, &d.time);
	buffer_text(&shown, d.time.zone == TIME_LOCAL ? " local" : d.stated ? " stated" : " utc");
	return buffer_string(&shown);
}

static void value_tokens_are_utf8_whatever_the_header_holds(void **state)
{
	(void)state;
	static const struct { const char *value, *token; } rows[] = {
		{ " Text/(a comment)HTML ; charset=x", "text/html" }, { "text/pl\xE4in; x=y", "text/pl\xC3\xA4in" }, { "text/pl\xC3\xA4in", "text/pl\xC3\xA4in" }, { "", "" },
	};
	struct arena a = { 0 };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mail_text t = mail_value_token((struct mail_text){ rows[i].value, strlen(rows[i].value) }, &a);
		assert_int_equal(t.length, strlen(rows[i].token));
		assert_memory_equal(t.text, rows[i].token, t.length);
	}
	arena_free(&a);
}

static void message_flags_of_the_store_are_in_the_record(void **state)
{
	(void)state;
	static const char *const words[] = { "read", "deleted" };
	store_says = (struct message_state){ words, 2 };
	assert_holds(of("From: a@b\nFrom: c@d\n\n"), "\"flags\":[\"read\",\"deleted\",\"several_from\"]");
	assert_holds(of("From: a@b\n\n"), "\"flags\":[\"read\",\"deleted\"]");
	store_says = (struct message_state){ 0 };
	assert_null(strstr(of("From: a@b\n\n"), "flags"));
}

/* The value of "same", in turns of four places; empty: none. */
static const char *same(const char *raw)
{
	static char kept[4][65];
	static unsigned turn;
	char *to = kept[turn++ % 4];
	const char *json = of(raw), *at = strstr(json, "\"same\":\"");
	snprintf(to, 65, "%.64s", at ? at + 8 : "");
	return to;
}

#define MIXED(head, text, more) head "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: text/plain\n\n" text "\n--X\n" more "--X--\n"
#define HEAD "From: Ann <a@b>\nTo: c@d\nSubject: hello\nDate: Tue, 5 Mar 2024 10:11:13 +0200\nMessage-ID: <1@b>\n"
#define FILE_ZIP "Content-Type: application/zip; name=b.zip\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n"

static void message_copies_are_the_same_whatever_store_wrote_them(void **state)
{
	(void)state;
	const char *one = same(MIXED(HEAD, "a text\nof two lines\n", FILE_ZIP));
	assert_int_equal(strlen(one), 64);
	/* names, order, encodings, line ends, a further form of the text and what is on the way differ */
	assert_string_equal(same("Received: from x by y; Tue, 5 Mar 2024 10:11:14 +0200\nMessage-ID: <1@b>\nDate: Tue, 5 Mar 2024 08:11:13 +0000\nSubject: =?utf-8?q?hello?=\nTo: \"C\" <C@d>\nFrom: a@b\n"
	                         "X-MAPI-Flags: 0x1\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=Y\n\n--Y\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=20text=0D=0Aof two lines=\n\n"
	                         "--Y\nContent-Type: text/html\n\n<p>a text\n--Y\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=other.zip\n\nhello\n--Y--\n"), one);
	/* the id alone is not enough */
	assert_string_not_equal(same(MIXED(HEAD, "another text\n", FILE_ZIP)), one);
	assert_string_not_equal(same(MIXED(HEAD, "a text\nof two lines\n", "Content-Type: application/zip; name=b.zip\n\nother\n")), one);
	assert_string_equal(same("Subject: neither id nor date\n\nx"), "");
}

static void message_labels_of_takeout_are_decoded(void **state)
{
	(void)state;
	assert_holds(of("X-GM-THRID: 1\nX-Gmail-Labels: =?UTF-8?Q?Bo=C3=AEte_de_r=C3=A9ception,Non_lus?=\nFrom: a@b\n\n"), "{\"name\":\"X-Gmail-Labels\",\"value\":\"Boîte de réception,Non lus\"}");
}

static const char *maildir(const char *path)
{
	static char line[256];
	const char *flag[MAILDIR_FLAGS_MAX], *name = strrchr(path, '/') + 1;
	struct node n = { .kind = NODE_FILE, .path = { (const uint8_t *)path, strlen(path) }, .name = { (const uint8_t *)name, strlen(name) } };
	size_t flags = maildir_flags(&n, flag);
	line[0] = 0;
	for (size_t i = 0; i < flags; i++)
		snprintf(line + strlen(line), sizeof line - strlen(line), "%s ", flag[i]);
	return line;
}

static void maildir_names_tell_the_state(void **state)
{
	(void)state;
	assert_string_equal(maildir("/home/ann/Maildir/cur/1709632980.M333P2003.host,S=6602:2,PS"), "forwarded read ");
	assert_string_equal(maildir("/Maildir/.Sent.2023/cur/1709632980.M333.host;2,DFRTSSab"), "draft flagged replied deleted read keyword_a keyword_b ");
	assert_string_equal(maildir("/Maildir/cur/1709632980.M333.host:2,"), "");
	assert_string_equal(maildir("/Maildir/cur/1709632980.M333.host"), "");
	assert_string_equal(maildir("/Maildir/new/1709632860.M111P2001.host,S=6055"), "new ");
	assert_string_equal(maildir("/Maildir/tmp/1709632860.M111P2001.host"), "incomplete ");
	assert_string_equal(maildir("/tmp/letter.eml"), "");
	assert_string_equal(maildir("/home/new/1709632860.M1:2,S/letter.eml"), "");
	assert_string_equal(maildir("/1709632980.M333.host:2,S"), "read ");
	assert_string_equal(maildir("/concur/letter:2,S"), "");
	assert_string_equal(maildir("cur/letter:2,S"), "");
}

static void date_in_all_its_forms(void **state)
{
	(void)state;
	assert_string_equal(date("Tue, 5 Mar 2024 10:11:12 +0100 (CET)"), "2024-03-05 09:11:12 stated");
	assert_string_equal(date(" 5 Mar 24 10:11 EST"), "2024-03-05 15:11:00 stated");
	assert_string_equal(date("5 Mar 99 10:11:12 -0000"), "1999-03-05 10:11:12 utc");
	assert_string_equal(date("Tue Mar  5 10:11:12 2024"), "2024-03-05 10:11:12 local");
	assert_string_equal(date("Tue Mar  5 10:11:12 +0000 2024"), "2024-03-05 10:11:12 stated");
	assert_string_equal(date("Tue,5 Mar 2024 10:11:12GMT"), "2024-03-05 10:11:12 utc");
	assert_string_equal(date("2024-03-05T10:11:12+02:00"), "2024-03-05 08:11:12 stated");
	assert_string_equal(date("Thu, 31 Dec 1998 23:59:60 +0000"), "1999-01-01 00:00:00 stated");
	assert_string_equal(date("5-Mar-2024 10:11:12 +0000"), "2024-03-05 10:11:12 stated");
	assert_string_equal(date("Whenever"), "none");
	assert_string_equal(date("here we go on"), "none");
	assert_string_equal(date("Mon, 30 Feb 2024 10:11:12 +0000"), "none");
	assert_string_equal(date(""), "none");
}

static void transfer_uu_and_base64_stop_where_they_end(void **state)
{
	(void)state;
	struct buffer out = { 0 };
	assert_int_equal(transfer_uu(&out, "%:&5L;&\\\n`\nend\nmore", 19), 15);
	assert_int_equal(out.length, 5);
	buffer_clear(&out);
	assert_false(transfer_base64(&out, "aGVs\r\nbG8=\r\n", 12));
	assert_memory_equal(out.data, "hello", 5);
	buffer_clear(&out);
	assert_true(transfer_base64(&out, "a", 1));
	assert_int_equal(out.length, 0);
	buffer_free(&out);
}

/* Any byte at any place of a long run of digits decodes as it does in a run that is too short for the fast way. */
static void transfer_base64_is_the_same_in_long_runs(void **state)
{
	(void)state;
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buffer fast = { 0 }, slow = { 0 };
	char text[64];
	for (unsigned c = 0; c < 256; c++)
		for (unsigned at = 0; at < 32; at++) {
			buffer_clear(&fast);
			buffer_clear(&slow);
			for (unsigned i = 0; i < sizeof text; i++)
				text[i] = digits[(i * 7 + c) % 64];
			text[at] = (char)c;
			bool is_digit = c && strchr(digits, (int)c);
			transfer_base64(&fast, text, sizeof text);
			for (unsigned i = 0; is_digit && i < sizeof text; i += 4)
				transfer_base64(&slow, text + i, 4);
			if (is_digit) {
				assert_int_equal(fast.length, 48);
				assert_memory_equal(fast.data, slow.data, 48);
			} else {
				assert_true(fast.length < 48);
			}
		}
	buffer_free(&fast);
	buffer_free(&slow);
}

static int release(void **state)
{
	(void)state;
	arena_free(&arena);
	buffer_free(&lines);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_sent_event_is_in_utc),
		cmocka_unit_test(message_date_without_zone_is_local),
		cmocka_unit_test(message_invalid_date_is_a_note),
		cmocka_unit_test(message_hops_are_cut_by_their_clauses),
		cmocka_unit_test(message_headers_are_decoded),
		cmocka_unit_test(message_doubled_fields_are_flagged_and_all_kept),
		cmocka_unit_test(message_links_are_found_once),
		cmocka_unit_test(message_attachments_name_their_step),
		cmocka_unit_test(message_limits_are_told),
		cmocka_unit_test(value_tokens_are_utf8_whatever_the_header_holds),
		cmocka_unit_test(message_flags_of_the_store_are_in_the_record),
		cmocka_unit_test(message_copies_are_the_same_whatever_store_wrote_them),
		cmocka_unit_test(message_labels_of_takeout_are_decoded),
		cmocka_unit_test(maildir_names_tell_the_state),
		cmocka_unit_test(date_in_all_its_forms),
		cmocka_unit_test(transfer_uu_and_base64_stop_where_they_end),
		cmocka_unit_test(transfer_base64_is_the_same_in_long_runs),
	};
	text_warm_up();
	return cmocka_run_group_tests(tests, NULL, release);
}
