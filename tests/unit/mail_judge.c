/* SPDX-License-Identifier: Apache-2.0 */
/* mail_judge.c: each sign with a message that has it, and one that nearly has; classes; what newsletters and lists are spared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/mail.h"
#include "detect/lookalike.h"

#define HEAD "From: Ann <ann@partner.example>\r\nTo: bob@victim-firm.example\r\nSubject: Minutes\r\nMessage-ID: <1@partner.example>\r\nDate: Tue, 5 Mar 2024 10:11:13 +0000\r\n"
#define TEXT(body) HEAD "Content-Type: text/plain\r\n\r\n" body
#define HTML(body) HEAD "Content-Type: text/html\r\n\r\n" body
#define ATTACHED(type, name, body) HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\nContent-Type: " type "; name=\"" name "\"\r\nContent-Disposition: attachment; filename=\"" name "\"\r\n" body "\r\n--b--\r\n"
#define PLAIN(body) "\r\n" body
#define BASE64(body) "Content-Transfer-Encoding: base64\r\n\r\n" body
#define RECEIVED "Received: from mx.sender.example (mx.sender.example [203.0.113.9]) by mx.victim-firm.example with ESMTPS id 1; Tue, 5 Mar 2024 10:11:15 +0000\r\n"
#define CHECKED(results) "Authentication-Results: mx.victim-firm.example; " results "\r\n" RECEIVED
/* zip archives of one small member, stored; the last one says that it is encrypted */
#define ZIP_EXE "UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAAFAAAAYS5leGV4UEsBAhQDFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAUAAAAAAAAAAAAAAIABAAAAAGEuZXhlUEsFBgAAAAABAAEAMwAAACQAAAAAAA=="
#define ZIP_TXT "UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAAFAAAAYS50eHR4UEsBAhQDFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsFBgAAAAABAAEAMwAAACQAAAAAAA=="
#define ZIP_LOCKED "UEsDBBQAAQAAAAAAIQDWgnHkDQAAAA0AAAAFAAAAYS50eHR4eHh4eHh4eHh4eHh4UEsBAhQDFAABAAAAAAAhANaCceQNAAAADQAAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsFBgAAAAABAAEAMwAAADAAAAAAAA=="

static const struct { const char *sign, *has, *has_not; } cases[] = {
	{ "spf_fail", CHECKED("spf=fail smtp.mailfrom=partner.example") TEXT("x"), CHECKED("spf=fail smtp.mailfrom=partner.example; dmarc=pass header.from=partner.example") TEXT("x") },
	{ "dkim_fail", CHECKED("dkim=fail header.d=partner.example") TEXT("x"), CHECKED("dkim=pass header.d=partner.example") TEXT("x") },
	{ "dkim_body_differs", "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=\r\nX-Mailer: gophish\r\n" TEXT("x"), "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=\r\nX-Mailer: gophish\r\n" TEXT("") },
	{ "dmarc_fail", CHECKED("dmarc=fail header.from=partner.example") TEXT("x"), RECEIVED "Authentication-Results: mx.victim-firm.example; dmarc=fail header.from=partner.example\r\n" TEXT("x") },
	{ "compauth_fail", CHECKED("spf=none;compauth=fail reason=001") TEXT("x"), CHECKED("spf=none;compauth=pass reason=100") TEXT("x") },
	{ "auth_claimed", RECEIVED "Authentication-Results: mx.victim-firm.example; dmarc=pass\r\n" TEXT("x"), CHECKED("dmarc=pass") TEXT("x") },
	{ "own_domain_forged", CHECKED("spf=none; dmarc=none header.from=victim-firm.example") "From: Boss <boss@victim-firm.example>\r\nTo: bob@victim-firm.example\r\n\r\nx", CHECKED("dmarc=pass header.from=victim-firm.example") "From: Boss <boss@victim-firm.example>\r\nTo: bob@victim-firm.example\r\n\r\nx" },
	{ "from_missing",  RECEIVED "From: Support\r\nTo: bob@victim-firm.example\r\n\r\nx", "From: Support\r\nTo: bob@victim-firm.example\r\n\r\nx" },
	{ "from_free_host", "From: X <no-reply@abc.firebaseapp.com>\r\nTo: bob@victim-firm.example\r\n\r\nx", TEXT("x") },
	{ "from_cheap_domain", "From: X <no-reply@abc.xyz>\r\nTo: bob@victim-firm.example\r\n\r\nx", TEXT("x") },
	{ "field_twice", "Subject: other\r\n" TEXT("x"), TEXT("x") },
	{ "name_other_address", "From: \"boss@victim-firm.example\" <x@elsewhere.example>\r\n\r\nx", "From: \"ann@mail.partner.example\" <ann@partner.example>\r\n\r\nx" },
	{ "name_brand", "From: PayPal Service <x@elsewhere.example>\r\n\r\nx", "From: PayPal <service@paypal.com>\r\n\r\nx" },
	{ "text_disguised", "From: =?utf-8?q?P=D0=B0yp=D0=B0l?= <x@elsewhere.example>\r\n\r\nx", "From: =?utf-8?q?M=C3=BCller?= <x@elsewhere.example>\r\n\r\nx" },
	{ "sender_elsewhere", "Sender: x@other.example\r\n" TEXT("x"), "Sender: x@mail.partner.example\r\n" TEXT("x") },
	{ "return_elsewhere", "Return-Path: <x@other.example>\r\n" TEXT("x"), "Return-Path: <x@partner.example>\r\n" TEXT("x") },
	{ "reply_elsewhere", "Reply-To: <x@other.example>\r\n" TEXT("x"), "Reply-To: <x@partner.example>\r\n" TEXT("x") },
	{ "reply_freemail", "Reply-To: <x@gmail.com>\r\n" TEXT("x"), "Reply-To: <x@other.example>\r\n" TEXT("x") },
	{ "reply_without_parent", "From: a@b.example\r\nSubject: Re: offer\r\n\r\nx", "From: a@b.example\r\nSubject: Re: offer\r\nIn-Reply-To: <2@b.example>\r\n\r\nx" },
	{ "message_id_missing", RECEIVED "From: a@b.example\r\n\r\nx", RECEIVED TEXT("x") },
	{ "recipients_hidden", RECEIVED "From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\nx", TEXT("x") },
	{ "subject_urgent", "From: a@b.example\r\nSubject: Your account is suspended\r\n\r\nx", TEXT("x") },
	{ "hop_backwards", "Received: from a by b.example; Tue, 5 Mar 2024 09:00:00 +0000\r\n" RECEIVED TEXT("x"), "Received: from a by b.example; Tue, 5 Mar 2024 10:11:20 +0000\r\n" RECEIVED TEXT("x") },
	{ "hop_slow", "Received: from a by b.example; Tue, 5 Mar 2024 13:00:00 +0000\r\n" RECEIVED TEXT("x"), "Received: from a by b.example; Tue, 5 Mar 2024 11:11:20 +0100\r\n" RECEIVED TEXT("x") },
	{ "date_skewed", RECEIVED "Date: Mon, 4 Mar 2024 10:00:00 +0000\r\nFrom: a@b.example\r\n\r\nx", RECEIVED TEXT("x") },
	{ "mailer_script", "X-PHP-Originating-Script: 1000:mail.php\r\n" TEXT("x"), TEXT("x") },
	{ "mailer_kit", "X-Mailer: gophish\r\n" TEXT("x"), "X-Mailer: Thunderbird\r\n" TEXT("x") },
	{ "domain_lookalike", "From: Boss <boss@victirn-firm.example>\r\nTo: bob@victim-firm.example\r\n\r\nx", TEXT("x") },
	{ "domain_disguised", "From: Service <x@paypa1.com>\r\nTo: bob@victim-firm.example\r\n\r\nx", "From: Service <x@paypal.com>\r\nTo: bob@victim-firm.example\r\n\r\nx" },
	{ "link_shortened", TEXT("see https://bit.ly/abc"), TEXT("see https://rabbit.ly.example/abc") },
	{ "link_file_host", TEXT("see https://ws.onehub.com/files/abcd1234"), TEXT("see https://notonehub.com.example/files/abcd1234") },
	{ "link_file_host", ATTACHED("application/pdf", "a.pdf", PLAIN("%PDF-1.4\r\n<< /A << /S /URI /URI (https://salary.egnyte.com/fl/a\\)b) >> >>")), ATTACHED("application/pdf", "a.pdf", PLAIN("%PDF-1.4\r\n(https://salary.egnyte.com/fl/ab)")) },
	{ "link_file_host", ATTACHED("application/octet-stream", "a.html", PLAIN("<a href=https://ln5.sync.com/dl/1>x</a>")), ATTACHED("application/octet-stream", "a.bin", PLAIN("<a href=https://ln5.sync.com/dl/1>x</a>")) },
	{ "link_number", ATTACHED("application/octet-stream", "a.url", PLAIN("[InternetShortcut]\r\nURL=http://203.0.113.9/x")), ATTACHED("application/octet-stream", "a.txt", PLAIN("URL=http://203.0.113.9/x")) },
	{ "link_free_host", HTML("<a href=\"https://x.pages.dev/\">x</a>"), HTML("<a href=\"https://pages.dev.example/\">x</a>") },
	{ "link_cheap_domain", TEXT("see https://x.icu/abc"), TEXT("see https://icu.example/abc") },
	{ "link_number", TEXT("see http://3405803785/x"), TEXT("see http://1.2.3.example/x") },
	{ "link_user", TEXT("see https://www.bank.example@evil.example/x"), TEXT("see https://evil.example/x@y") },
	{ "link_text_differs", HTML("<a href=\"https://evil.example/\">https://www.bank.example/login</a>"), HTML("<a href=\"https://login.bank.example/\">https://www.bank.example/login</a>") },
	{ "link_recipient", TEXT("see https://evil.example/#Ym9iQHZpY3RpbS1maXJtLmV4YW1wbGU="), TEXT("see https://evil.example/#Ym9iQHZpY3Rp") },
	{ "link_redirected", TEXT("see https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F&sa=D"), TEXT("see https://www.google.com/search?q=x") },
	{ "link_scheme", HTML("<a href=\"file://203.0.113.5/share/a\">x</a>"), HTML("<a href=\"https://203-0-113-5.example/share/a\">x</a>") },
	{ "link_lookalike", TEXT("see https://victim-f1rm.example/login"), TEXT("see https://www.victim-firm.example/login") },
	{ "html_password", HTML("<form action=\"https://evil.example\"><input type=\"password\"></form>"), HTML("<form action=\"https://evil.example\"><input type=\"text\"></form>") },
	{ "html_smuggling", HTML("<script>var b=new Blob([atob('AAAA')]);a.href=URL.createObjectURL(b)</script>"), HTML("<script>alert(1)</script>") },
	{ "html_script", HTML("<script>alert(1)</script>"), HTML("<p>script</p>") },
	{ "html_image_only", HTML("<a href=\"https://x.example\"><img src=\"cid:1\"></a>"), HTML("<img src=\"cid:1\"><p>Some words that a person would read in here, and more</p>") },
	{ "attach_program", ATTACHED("application/octet-stream", "a.msi", PLAIN("x")), ATTACHED("application/octet-stream", "a.bin", PLAIN("x")) },
	{ "attach_shortcut", ATTACHED("application/octet-stream", "a.lnk", PLAIN("x")), ATTACHED("application/octet-stream", "lnk", PLAIN("x")) },
	{ "attach_double_name", ATTACHED("application/octet-stream", "a.pdf.exe", PLAIN("x")), ATTACHED("application/octet-stream", "a.v2.exe", PLAIN("x")) },
	{ "attach_type_differs", ATTACHED("application/pdf", "a.pdf", BASE64(ZIP_TXT)), ATTACHED("application/pdf", "a.pdf", PLAIN("%PDF-1.4")) },
	{ "attach_macro", ATTACHED("application/octet-stream", "a.docm", BASE64(ZIP_TXT)), ATTACHED("application/octet-stream", "a.docx", BASE64(ZIP_TXT)) },
	{ "attach_web_page", ATTACHED("text/html", "invoice.html", PLAIN("<p>x</p>")), HTML("<p>x</p>") },
	{ "archive_program", ATTACHED("application/zip", "a.zip", BASE64(ZIP_EXE)), ATTACHED("application/zip", "a.zip", BASE64(ZIP_TXT)) },
	{ "archive_locked", ATTACHED("application/zip", "a.zip", BASE64(ZIP_LOCKED)), ATTACHED("application/zip", "a.zip", BASE64(ZIP_TXT)) },
	{ "archive_password_told", TEXT("get it at https://mega.nz/file/x password: 1234"), TEXT("the password: 1234") },
};

static struct arena arena;
static struct buffer lines;

/* The hit as a JSON line, "" when there is none. */
static const char *judged(const char *raw, const char *own)
{
	struct buffer out = { 0 };
	buffer_clear(&lines);
	arena_reset(&arena);
	mail_judge((const uint8_t *)raw, strlen(raw), &(struct mail_options){ own }, NULL, &arena, &out);
	if (out.length) {
		struct record_view v;
		const char *wrong = record_view_open(&v, out.data, out.length);
		if (wrong)
			fail_msg("%s", wrong);
		record_to_json(&lines, &v);
	}
	buffer_free(&out);
	return buffer_string(&lines);
}

/* A doubled field makes a hit of any message, so that signs without weight show as well. */
static bool shows(const char *raw, const char *sign)
{
	char *text, *id;
	if (asprintf(&text, "MIME-Version: 1.0\r\nMIME-Version: 1.0\r\n%s", raw) < 0 || asprintf(&id, "\"id\":\"%s\"", sign) < 0)
		abort();
	bool found = strcmp(sign, "field_twice") ? strstr(judged(text, NULL), id) != NULL : strstr(judged(raw, NULL), id) != NULL;
	free(text);
	free(id);
	return found;
}

static void mail_signs_show_where_they_are_and_only_there(void **state)
{
	(void)state;
	bool good = true;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (!shows(cases[i].has, cases[i].sign)) {
			print_error("%s is not seen: %s\n", cases[i].sign, buffer_string(&lines));
			good = false;
		}
		if (shows(cases[i].has_not, cases[i].sign)) {
			print_error("%s is seen where it is not: %s\n", cases[i].sign, buffer_string(&lines));
			good = false;
		}
	}
	assert_true(good);
}

static void mail_signs_all_have_a_case(void **state)
{
	static const char *const names[] = {
#define SIGN(name, weight, flags, about) #name,
#include "detect/mail_signs.def"
#undef SIGN
	};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool found = false;
		for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
			found |= !strcmp(cases[k].sign, names[i]);
		if (!found)
			fail_msg("no case for %s", names[i]);
	}
}

static void mail_without_signs_is_no_hit(void **state)
{
	(void)state;
	assert_string_equal(judged(TEXT("Monday: all fine."), NULL), "");
}

static void mail_newsletter_does_not_reach_the_highest_class(void **state)
{
	(void)state;
	static const char letter[] = "List-Unsubscribe: <https://n.example/u>\r\n" CHECKED("spf=fail; dmarc=fail header.from=n.example")
		"From: Netflix News <news@n.example>\r\nTo: bob@victim-firm.example\r\nMessage-ID: <1@n.example>\r\nSubject: Payment offers\r\nContent-Type: text/html\r\n\r\n<a href=\"https://bit.ly/1\">x</a> <a href=\"https://x.icu/\">https://www.other.example</a>";
	assert_non_null(strstr(judged(letter, NULL), "\"rule\":\"MAIL_SUSPICIOUS\""));
	assert_non_null(strstr(judged(strchr(letter, '\n') + 1, NULL), "\"rule\":\"MAIL_LIKELY_PHISHING\""));
}

static void mail_own_domains_can_be_given(void **state)
{
	(void)state;
	static const char raw[] = "From: x@acme-corp.example\r\nTo: list@lists.example, other@people.example\r\nMessage-ID: <1@x>\r\n\r\nx";
	assert_string_equal(judged(raw, NULL), "");
	assert_non_null(strstr(judged(raw, "other.example,acmecorp.example"), "domain_lookalike"));
}

static void lookalike_cases(void **state)
{
	static const struct { const char *domain, *host; bool like; } rows[] = {
		{ "exarnple.net", "exarnple.net", true }, { "example.co", "example.co", true }, { "example-net.com", "example-net.com", true }, { "evil.test", "example.net.evil.test", true }, { "examp1e.net", "examp1e.net", true },
		{ "exmaple.net", "exmaple.net", true }, { "example-billing.net", "example-billing.net", true }, { "examplle.net", "examplle.net", true }, { "xn--exmple-4nf.net", "xn--exmple-4nf.net", true },
		{ "sample.net", "sample.net", false }, { "other.org", "other.org", false }, { "example.net", "mail.example.net", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((lookalike(rows[i].domain, strlen(rows[i].domain), rows[i].host, strlen(rows[i].host), "example.net", 11) != NULL) != rows[i].like)
			fail_msg("%s: not %d", rows[i].host, rows[i].like);
}

static int begin(void **state)
{
	(void)state;
	mail_warm_up();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_signs_show_where_they_are_and_only_there), cmocka_unit_test(mail_signs_all_have_a_case), cmocka_unit_test(mail_without_signs_is_no_hit),
		cmocka_unit_test(mail_newsletter_does_not_reach_the_highest_class), cmocka_unit_test(mail_own_domains_can_be_given), cmocka_unit_test(lookalike_cases),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
