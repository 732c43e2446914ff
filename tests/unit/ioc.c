/* SPDX-License-Identifier: Apache-2.0 */
/* ioc.c: each form of list gives its indicators with their lines; what is no indicator is told; each kind is met where it must be, and nowhere else. */
#include "detect/ioc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer said;

static void on_failed(void *owner, const char *name, const char *message)
{
	(void)owner;
	buffer_format(&said, "%s: %s\n", name, message);
}

static void on_found(void *owner, const struct ioc *i, const char *at, size_t length)
{
	buffer_format(owner, "%s:%s<%.*s> ", ioc_kind_name(i->kind), i->value, (int)length, at);
}

/* "kind:value@line " for each indicator of a list. */
static struct buffer read_list(struct ioc_set *s, const char *text)
{
	struct buffer b = { 0 };
	buffer_clear(&said);
	ioc_read(s, "l", text, strlen(text), on_failed, NULL);
	for (size_t i = 0; i < s->iocs; i++)
		buffer_format(&b, "%s:%s@%u%s%s%s ", ioc_kind_name(s->ioc[i].kind), s->ioc[i].value, s->ioc[i].line, *s->ioc[i].about ? "=" : "", s->ioc[i].about, s->ioc[i].part ? "&" : "");
	(void)buffer_string(&b);
	(void)buffer_string(&said);
	return b;
}

static void check_list(const char *text, const char *wanted, unsigned failures)
{
	struct ioc_set s = { 0 };
	struct buffer b = read_list(&s, text);
	unsigned lines = 0;
	assert_string_equal((const char *)b.data, wanted);
	for (const char *p = (const char *)said.data; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, failures);
	buffer_free(&b);
	ioc_free(&s);
	for (size_t cut = 0; cut < strlen(text); cut++) {
		char *exact = memory_copy(text, cut);
		s = (struct ioc_set){ 0 };
		ioc_read(&s, "l", exact, cut, on_failed, NULL);
		ioc_free(&s);
		free(exact);
	}
}

static void lines_and_columns_are_read(void **state)
{
	(void)state;
	check_list("# a comment\nevil[.]example.test,why\nhxxp://Bad.test/a/;note\n\n192.0.2.7\nABCDEFABCDEFABCDEFABCDEFABCDEFAB;dropper\nloader.exe\nsome words\n10.0.0.1\nd41d8cd98f00b204e9800998ecf8427e\n",
		"domain:evil.example.test@2=why url:bad.test/a@3=note ip:192.0.2.7@5 md5:abcdefabcdefabcdefabcdefabcdefab@6=dropper name:loader.exe@7 ", 3);
	check_list("value,type,description\r\nC:\\Temp\\x.dat,filename,\"first, of two\"\r\na@b.test,email,\r\n2001:db8::5,ipv6,x\r\n",
		"name:c:/temp/x.dat@2=first, of two email:a@b.test@3 ip:2001:db8::5@4=x ", 0);
	check_list("type;indicator\ndomain;one.test\n", "domain:one.test@2 ", 0);
}

static void stix_patterns_are_read(void **state)
{
	(void)state;
	check_list("{\"type\":\"bundle\",\"objects\":[\n{\"type\":\"indicator\",\"name\":\"N \\u00e9\",\"pattern_type\":\"stix\",\"pattern\":\"[file:hashes.'SHA-256' = 'ABCDEFABCDEFABCDEFABCDEFABCDEFABABCDEFABCDEFABCDEFABCDEFABCDEFAB' OR file:name = 'it\\\\'s.exe']\"},\n"
		"{\"type\":\"indicator\",\"pattern\":\"[domain-name:value IN ('a.test', 'b.test')] OR [ipv4-addr:value='192.0.2.1']\"},\n"
		"{\"type\":\"indicator\",\"pattern\":\"[file:name = 'a.exe' AND file:size = 3]\"},{\"type\":\"malware\",\"pattern\":\"[url:value = 'http://x.test/']\"}]}",
		"sha256:abcdefabcdefabcdefabcdefabcdefababcdefabcdefabcdefabcdefabcdefab@2=N \xc3\xa9 name:it's.exe@2=N \xc3\xa9 domain:a.test@3 domain:b.test@3 ip:192.0.2.1@3 ", 1);
}

static void misp_attributes_are_read(void **state)
{
	(void)state;
	check_list("{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"filename|md5\",\"value\":\"d.exe|ABCDEFABCDEFABCDEFABCDEFABCDEFAB\",\"to_ids\":true,\"comment\":\"c\"},\n"
		"{\"type\":\"domain\",\"value\":\"no.test\",\"to_ids\":false}],\"Object\":[{\"Attribute\":[\n{\"type\":\"url\",\"value\":\"https://u.test/p?q=1\",\"to_ids\":true},{\"type\":\"mutex\",\"value\":\"m\",\"to_ids\":true}]}]}}",
		"name:d.exe@1=c md5:abcdefabcdefabcdefabcdefabcdefab@1=c url:u.test/p?q=1@3 ", 1);
	check_list("{\"a\":[1,{\"b\":tru", "", 1);
}

static void openioc_items_are_read(void **state)
{
	(void)state;
	check_list("<?xml version=\"1.0\"?>\n<ioc><definition><Indicator operator=\"OR\" id=\"1\">\n<IndicatorItem id=\"2\" condition=\"is\"><Context document=\"FileItem\" search=\"FileItem/Md5sum\" type=\"mir\"/>"
		"<Content type=\"md5\">abcdefabcdefabcdefabcdefabcdefab</Content></IndicatorItem>\n<Indicator operator=\"AND\" id=\"3\"><IndicatorItem><Context search=\"FileItem/FileName\"/><Content type=\"string\">a&amp;b.exe</Content>"
		"</IndicatorItem></Indicator>\n<IndicatorItem><Context search=\"ProcessItem/HandleList\"/><Content>x</Content></IndicatorItem></Indicator></definition></ioc>",
		"md5:abcdefabcdefabcdefabcdefabcdefab@3=FileItem/Md5sum name:a&b.exe@4=FileItem/FileName& ", 1);
}

static void each_kind_is_met_where_it_stands(void **state)
{
	(void)state;
	static const char list[] = "bad.test\n192.0.2.7\nhttp://www.site.test/x/\nloader.exe\nC:\\Users\\Public\\drop.dat\na@b.test\nabcdefabcdefabcdefabcdefabcdefab\n2001:db8::5\n";
	static const struct { const char *text, *found; } met[] = {
		{ "see bad.test, now", "domain:bad.test<bad.test> " }, { "HTTPS://Cdn.BAD.test/q", "domain:bad.test<Cdn.BAD.test> " }, { "notbad.test", "" }, { "bad.testing", "" }, { "x 192.0.2.7:80", "ip:192.0.2.7<192.0.2.7> " },
		{ "1192.0.2.7", "" }, { "<http://SITE.test/x>", "url:site.test/x<http://SITE.test/x> " }, { "https://site.test/x/y", "" }, { "run LOADER.exe now", "name:loader.exe<LOADER.exe> " },
		{ "from a@B.test to", "email:a@b.test<a@B.test> " }, { "md5=ABCDEFABCDEFABCDEFABCDEFABCDEFAB.", "md5:abcdefabcdefabcdefabcdefabcdefab<ABCDEFABCDEFABCDEFABCDEFABCDEFAB> " }, { "2001:db8::5", "ip:2001:db8::5<2001:db8::5> " },
		{ "bad.test.", "domain:bad.test<bad.test> " }, { "", "" }, { "...", "" }, { "://", "" }, { "a@", "" },
	};
	struct ioc_set s = { 0 };
	struct buffer b = { 0 }, got = read_list(&s, list);
	assert_int_equal(s.iocs, 8);
	for (size_t i = 0; i < sizeof met / sizeof *met; i++) {
		buffer_clear(&b);
		char *exact = memory_copy(met[i].text, strlen(met[i].text));
		ioc_match_text(&s, exact, strlen(exact), on_found, &b);
		assert_string_equal(buffer_string(&b), met[i].found);
		free(exact);
	}
	static const struct { const char *path; bool met; } paths[] = { { "/Users/x/loader.exe", true }, { "LOADER.EXE", true }, { "/myloader.exe", false }, { "/loader.exe/x", false }, { "C:\\users\\public\\DROP.dat", true },
		{ "\\users\\public\\drop.dat", false }, { "/drop.dat", false } };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		buffer_clear(&b);
		ioc_match_path(&s, paths[i].path, strlen(paths[i].path), on_found, &b);
		assert_int_equal(b.length > 0, paths[i].met);
	}
	buffer_clear(&b);
	char *zero = memory_copy("loader.exe\0and more", 19);            /* a name of the evidence may hold any byte */
	ioc_match_path(&s, zero, 19, on_found, &b);
	assert_int_equal(b.length, 0);
	free(zero);
	ioc_match_hash(&s, IOC_MD5, (const uint8_t *)"\xab\xcd\xef\xab\xcd\xef\xab\xcd\xef\xab\xcd\xef\xab\xcd\xef\xab", 16, on_found, &b);
	assert_true(b.length > 0);
	buffer_clear(&b);
	ioc_match_hash(&s, IOC_SHA1, (const uint8_t *)"12345678901234567890", 20, on_found, &b);
	assert_int_equal(b.length, 0);
	buffer_free(&b);
	buffer_free(&got);
	ioc_free(&s);
}

static void long_lists_are_met_in_full(void **state)
{
	(void)state;
	struct ioc_set s = { 0 };
	struct buffer text = { 0 }, b = { 0 };
	for (int i = 0; i < 5000; i++)
		buffer_format(&text, "host%d.example.test\n", i);
	assert_int_equal(ioc_read(&s, "l", buffer_string(&text), text.length, on_failed, NULL), 5000);
	for (int i = 0; i < 5000; i++) {
		char host[40];
		snprintf(host, sizeof host, "host%d.example.test", i);
		buffer_clear(&b);
		ioc_match_text(&s, host, strlen(host), on_found, &b);
		assert_true(b.length > 0);
	}
	buffer_free(&text), buffer_free(&b);
	ioc_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_columns_are_read), cmocka_unit_test(stix_patterns_are_read), cmocka_unit_test(misp_attributes_are_read), cmocka_unit_test(openioc_items_are_read),
		cmocka_unit_test(each_kind_is_met_where_it_stands), cmocka_unit_test(long_lists_are_met_in_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
