/* SPDX-License-Identifier: Apache-2.0 */
/* link.c, auth.c: links as browsers read them and where rewriters lead; what receivers wrote of a sender, and whose word it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mail/auth.h"
#include "format/mail/dkim.h"
#include "format/mail/link.h"

static struct arena arena;

static struct mail_text of(const char *text) { return (struct mail_text){ text, strlen(text) }; }

static void link_leads(void **state)
{
	static const struct { const char *url, *to, *by; } rows[] = {
		{ "https://eur03.safelinks.protection.outlook.com/?url=http%3A%2F%2Fa.example%2Fp%3Fi%3D1%26j%3D2&data=05", "http://a.example/p?i=1&j=2", "safelinks" },
		{ "https://urldefense.proofpoint.com/v1/url?u=http%3A%2F%2Fa.example%2F&k=x", "http://a.example/", "urldefense 1" },
		{ "https://urldefense.proofpoint.com/v2/url?u=http-3A__a.example_p&d=x", "http://a.example/p", "urldefense 2" },
		{ "https://urldefense.com/v3/__https://a.example/*b**Bc*d__;w7zml6XmnKzoqp4!!x!y$", "https://a.example/\xc3\xbc" "b\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" "c*d", "urldefense 3" },
		{ "https://urldefense.com/v3/__http:/a.example/__;!!x", "http://a.example/", "urldefense 3" },
		{ "https://www.google.co.uk/url?sa=t&q=https://a.example/", "https://a.example/", "google" },
		{ "https://www.google.com.evil.example/url?q=https://a.example/", "https://www.google.com.evil.example/url?q=https://a.example/", NULL },
		{ "https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fa.example%252F", "https://a.example/", "safelinks" },
		{ "hxxps://a[.]example/x", "https://a.example/x", NULL }, { "https:\\\\a.example\\x", "https://a.example/x", NULL }, { "ht\ntps://a.exa\r\nmple/x", "ht\ntps://a.exa\r\nmple/x", "" },
		{ "http://0x7f.1/", "http://127.0.0.1/", NULL }, { "http://2130706433/", "http://127.0.0.1/", NULL }, { "http://127.0.0.1/", "http://127.0.0.1/", NULL }, { "http://99999999999/", "http://99999999999/", NULL },
		{ "\\\\203.0.113.5\\share", "file://203.0.113.5/share", NULL }, { "//a.example/x", "https://a.example/x", NULL }, { "mailto:a@b.example", "mailto:a@b.example", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *by;
		struct mail_text to = link_target(of(rows[i].url), &by, &arena);
		if (rows[i].by && !*rows[i].by)
			continue;               /* must only end */
		if (to.length != strlen(rows[i].to) || memcmp(to.text, rows[i].to, to.length) || (by == NULL) != (rows[i].by == NULL) || (by && strcmp(by, rows[i].by)))
			fail_msg("%s leads to %.*s by %s", rows[i].url, (int)to.length, to.text, by ? by : "nothing");
		arena_reset(&arena);
	}
}

static void link_nested_without_end_ends(void **state)
{
	struct buffer b = { 0 };
	const char *by;
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		buffer_text(&b, "https://www.google.com/url?q=");
	struct mail_text to = link_target((struct mail_text){ (const char *)b.data, b.length }, &by, &arena);
	assert_true(to.length > 0 && to.length < b.length);
	buffer_free(&b);
	arena_reset(&arena);
}

static void link_plain_is_text_and_bounded(void **state)
{
	char bytes[2 * LINK_MOST];
	(void)state;
	memset(bytes, 0xff, sizeof bytes);
	memcpy(bytes, "https://a.example/", 18);
	struct mail_text plain = link_plain((struct mail_text){ bytes, sizeof bytes }, &arena);
	assert_true(plain.length <= LINK_MOST && plain.length > LINK_MOST - 3);
	assert_true(text_is_utf8(plain.text, plain.length));
	assert_int_equal(domain_registered((struct mail_text){ 0 }).length, 0);
	arena_reset(&arena);
}

static void link_parts(void **state)
{
	struct link l;
	(void)state;
	assert_true(link_split(of("https://user:pw@host.example.:8443/a?b=c#d?e"), &l));
	assert_memory_equal(l.host.text, "host.example", 12);
	assert_int_equal(l.host.length, 12);
	assert_int_equal(l.user.length, 7);
	assert_int_equal(l.query.length, 3);
	assert_int_equal(l.fragment.length, 3);
	assert_true(link_split(of("https://[2001:db8::1]:80/"), &l));
	assert_int_equal(l.host.length, 11);
	assert_false(link_split(of("://x"), &l));
	assert_false(link_split(of("https:///x"), &l));
}

static char told[1000];

static void tell(void *owner, const char *tag, struct mail_text address, struct mail_text text)
{
	(void)owner;
	snprintf(told + strlen(told), sizeof told - strlen(told), "%s|%.*s|%.*s;", tag, (int)address.length, address.text, (int)text.length, text.text);
}

static void link_html_gives_address_and_text(void **state)
{
	static const char html[] = "<A class=x HREF='https://a.example/?a=1&amp;b=2'> see <b>this</b>\n site</a><area href=/x><form action=\"https://f.example\"><meta http-equiv=refresh content=\"0; URL=https://m.example\"><a href=https://open.example>open";
	(void)state;
	told[0] = 0;
	link_html((const uint8_t *)html, sizeof html - 1, tell, NULL);
	assert_string_equal(told, "a|https://a.example/?a=1&b=2|see this site;area|/x|;form|https://f.example|;meta|https://m.example|;a|https://open.example|open;");
}

/* ---- authentication */

static void auth_results_of_several_writers(void **state)
{
	static const struct { const char *field, *by, *results; } rows[] = {
		{ " mx.google.com; dkim=pass header.i=@a.example header.s=s; spf=pass (google.com: domain of x designates 1.2.3.4; as sender) smtp.mailfrom=x@a.example; dmarc=pass (p=REJECT sp=REJECT) header.from=A.example", "mx.google.com", "dkim=pass@a.example spf=pass@a.example dmarc=pass@a.example " },
		{ " spf=fail (sender IP is 1.2.3.4) smtp.mailfrom=a.example; dkim=none (message not signed) header.d=none;dmarc=fail action=none header.from=b.example;compauth=fail reason=001", "", "spf=fail@a.example dkim=none@none dmarc=fail@b.example compauth=fail@ " },
		{ " example.org 1; none", "example.org", "" }, { " example.org; iprev/1=pass policy.iprev=\"192.0.2.1\"; auth=pass reason=\"a;b=c\" smtp.auth=x", "example.org", "iprev=pass@ auth=pass@ " },
		{ " i=1; mx.example; spf=pass smtp.helo=h.example", "mx.example", "spf=pass@h.example " }, { "", "", "" }, { " ;;;=;a=", "", "a=@ " }, { " (((", "", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct auth_result r[AUTH_RESULTS_MOST];
		struct mail_text by;
		struct buffer b = { 0 };
		size_t n = auth_results_read(of(rows[i].field), &by, r, AUTH_RESULTS_MOST, &arena);
		for (size_t k = 0; k < n; k++)
			buffer_format(&b, "%.*s=%.*s@%.*s ", (int)r[k].method.length, r[k].method.text, (int)r[k].result.length, r[k].result.text, (int)r[k].domain.length, r[k].domain.text ? r[k].domain.text : "");
		if (strcmp(buffer_string(&b), rows[i].results) || by.length != strlen(rows[i].by) || (by.length && memcmp(by.text, rows[i].by, by.length)))
			fail_msg("%s: by %.*s: %s", rows[i].field, (int)by.length, by.text ? by.text : "", buffer_string(&b));
		buffer_free(&b);
		arena_reset(&arena);
	}
}

#define HOP(from, by) "Received: from " from " by " by " with ESMTPS id 1; Tue, 5 Mar 2024 10:11:12 +0000\r\n"
#define SAYS(what) "Authentication-Results: mx.victim.example; dmarc=" what " header.from=a.example\r\n"

static void auth_counts_above_the_border_only(void **state)
{
	static const struct { const char *head, *dmarc; } rows[] = {
		{ SAYS("fail") HOP("evil.example", "mx.victim.example") SAYS("pass") HOP("a", "evil.example") "\r\n", "fail" },
		{ HOP("evil.example", "mx.victim.example") SAYS("pass") "\r\n", "" },             /* what came along */
		{ HOP("mx.victim.example", "store.victim.example") SAYS("pass") HOP("a.example", "mx.victim.example") HOP("pc", "mail.a.example") "\r\n", "pass" },      /* two hops of the receiver's */
		{ HOP("x", "10.0.0.1") SAYS("pass") HOP("a.example", "mx.victim.example") "\r\n", "pass" },
		{ SAYS("pass") "\r\n", "" },    /* no hop: nobody knows */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mail_header h;
		struct auth_verdict v;
		mail_header_read(&h, (const uint8_t *)rows[i].head, strlen(rows[i].head), &arena);
		auth_judge(&h, &v, &arena);
		if (v.dmarc.length != strlen(rows[i].dmarc) || (v.dmarc.length && memcmp(v.dmarc.text, rows[i].dmarc, v.dmarc.length)))
			fail_msg("row %zu: %.*s", i, (int)v.dmarc.length, v.dmarc.text ? v.dmarc.text : "");
		arena_reset(&arena);
	}
}

static void domain_that_is_registered(void **state)
{
	static const struct { const char *host, *domain; } rows[] = { { "a.b.example.com", "example.com" }, { "example.com.", "example.com" }, { "mail.example.co.uk", "example.co.uk" }, { "example.co.uk", "example.co.uk" }, { "co.uk", "co.uk" }, { "localhost", "localhost" }, { "x.me.example", "me.example" }, { "WWW.Example.CO.UK", "Example.CO.UK" }, { "a.b.c.kawasaki.jp", "b.c.kawasaki.jp" }, { "x.city.kawasaki.jp", "city.kawasaki.jp" }, { "mail.one.github.io", "one.github.io" }, { "github.io", "github.io" }, { "a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn" }, { "", "" }, { "...", "" } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mail_text d = domain_registered(of(rows[i].host));
		if (d.length != strlen(rows[i].domain) || memcmp(d.text, rows[i].domain, d.length))
			fail_msg("%s: %.*s", rows[i].host, (int)d.length, d.text);
	}
}

/* Hashes: RFC 6376, appendix A.2 and 3.4.3/3.4.4 (of the empty body); the others by openssl(1) over the canonical form written out. */
static void dkim_body_is_compared(void **state)
{
#define SIGNED(tags) "DKIM-Signature: v=1; d=Example.COM;\r\n\ts=x; " tags "\r\n\r\n"
#define GAME "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"
#define GAME_HASH "a=rsa-sha256; c=simple/simple; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
#define NOTHING "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
#define NOTHING_RELAXED "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	static const struct { const char *message; enum dkim_body body; } rows[] = {
		{ SIGNED(GAME_HASH) GAME, DKIM_BODY_MATCHES },
		{ SIGNED(GAME_HASH) "Hi.\n\nWe lost the game. Are you hungry yet?\n\nJoe.\n\n\n", DKIM_BODY_MATCHES },       /* line ends of a store, empty lines behind */
		{ SIGNED(GAME_HASH) "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.", DKIM_BODY_MATCHES },
		{ SIGNED(GAME_HASH) "Hi. \r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n", DKIM_BODY_DIFFERS },
		{ SIGNED(GAME_HASH) "Hi.\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n", DKIM_BODY_DIFFERS },
		{ SIGNED(GAME_HASH) GAME "More.\r\n", DKIM_BODY_DIFFERS },
		{ SIGNED(GAME_HASH "; l=54") GAME "More.\r\n", DKIM_BODY_BEGINS },
		{ SIGNED(GAME_HASH "; l=54") GAME, DKIM_BODY_MATCHES },
		{ SIGNED(GAME_HASH "; l=55") GAME, DKIM_BODY_DIFFERS },
		{ SIGNED(GAME_HASH "; l=5x") GAME, DKIM_BODY_UNKNOWN },
		{ SIGNED(GAME_HASH "; l=99999999999999999999999999") GAME, DKIM_BODY_UNKNOWN },
		{ SIGNED("a=rsa-sha256; bh=" NOTHING), DKIM_BODY_MATCHES },
		{ SIGNED("a=rsa-sha256; c=relaxed; bh=" NOTHING) "\r\n\r\n", DKIM_BODY_MATCHES },     /* no form of the body is named: simple */
		{ SIGNED("a=ed25519-sha256; c=simple/relaxed; bh=\r\n\t47DEQpj8HBSa+/TImW+5JCeu\r\n\tQeRkm5NMpJWZG3hSuFU=") " \r\n\t\r\n", DKIM_BODY_MATCHES },
		{ SIGNED("a=rsa-sha1; bh=uoq1oCgLlTqpdDX/iUbLy7J1Wic="), DKIM_BODY_MATCHES },
		{ SIGNED("a=rsa-sha1; c=relaxed/relaxed; bh=2jmj7l5rSw0yVb/vlWAYkK/YBwk="), DKIM_BODY_MATCHES },
		{ SIGNED("a=rsa-sha256; c=relaxed/relaxed; bh=unak6JHq0wL+Q1HP7dW1tjBx9FLA6DffoZ0qrLwbbpo=") " C \t \r\nD \t E\r\n\r\n\r\n", DKIM_BODY_MATCHES },
		{ SIGNED("a=rsa-sha512; bh=" NOTHING), DKIM_BODY_UNKNOWN },
		{ SIGNED("a=rsa-sha256; c=odd/odd; bh=" NOTHING), DKIM_BODY_UNKNOWN },
		{ SIGNED("a=rsa-sha256; bh=AAAA"), DKIM_BODY_UNKNOWN },
		{ SIGNED("a=rsa-sha256; bh=" NOTHING) "\n--=_pst_0_2\nx", DKIM_BODY_UNKNOWN },
		{ "DKIM-Signature:;;=;=\r\n\r\n", DKIM_BODY_UNKNOWN },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mail_header h;
		struct dkim_signature s[DKIM_SIGNATURES_MOST];
		mail_header_read(&h, (const uint8_t *)rows[i].message, strlen(rows[i].message), &arena);
		assert_int_equal(dkim_bodies(&h, (const uint8_t *)rows[i].message, strlen(rows[i].message), s, &arena), 1);
		if (s->body != rows[i].body || (i + 1 < sizeof rows / sizeof *rows && (s->domain.length != 11 || memcmp(s->domain.text, "example.com", 11))))
			fail_msg("row %zu: %s, %.*s", i, dkim_body_word(s->body), (int)s->domain.length, s->domain.text);
		arena_reset(&arena);
	}
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_leads), cmocka_unit_test(link_nested_without_end_ends), cmocka_unit_test(link_plain_is_text_and_bounded), cmocka_unit_test(link_parts), cmocka_unit_test(link_html_gives_address_and_text),
		cmocka_unit_test(auth_results_of_several_writers), cmocka_unit_test(auth_counts_above_the_border_only), cmocka_unit_test(domain_that_is_registered), cmocka_unit_test(dkim_body_is_compared),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
