/* SPDX-License-Identifier: Apache-2.0 */
/* yara.c: rule files alone and together, order and content of hits, which content module rules are left out for (and that no hit is lost), limits, and scanning
 * under a seccomp filter. */
#include "detect/yara.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "detect/yara_carrier.h"
#include "record/record.h"

struct failures { unsigned count; char name[64], message[256]; };

static void on_failed(void *owner, const char *name, const char *message)
{
	struct failures *f = owner;
	f->count++;
	snprintf(f->name, sizeof f->name, "%s", name);
	snprintf(f->message, sizeof f->message, "%s", message);
}

static struct yara_source source(const char *name, const char *text)
{
	return (struct yara_source){ name, text, strlen(text) };
}

/* JSON lines of a scan; freed by the caller. */
static struct buffer scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, bool good)
{
	static const struct yara_subject none = { .filename = "", .filepath = "" };
	struct buffer out = { 0 }, json = { 0 };
	const char *why = NULL;
	assert_int_equal(yara_scan(s, bytes, length, base, subject ? subject : &none, &out, &why), good);
	assert_int_equal(why == NULL, good);
	for (size_t at = 0; at < out.length;) {
		struct record_view v;
		size_t n = record_frame_length(out.data + at, out.length - at);
		assert_true(n > 0);
		assert_null(record_view_open(&v, out.data + at, n));
		record_to_json(&json, &v);
		at += n;
	}
	buffer_free(&out);
	(void)buffer_string(&json);
	return json;
}

static bool has(const struct buffer *b, const char *text)
{
	return strstr((const char *)b->data, text) != NULL;
}

static void broken_files_are_named_and_left_out(void **state)
{
	(void)state;
	static const char zero[] = "rule z { condition: true }\0 rule y { condition: true }";
	struct failures f = { 0 };
	struct yara_source s[] = {
		source("a.yar", "rule a { condition: true }"), source("b/bad.yar", "rule b { condition: nonsense }"), source("c.yar", "include \"a.yar\" rule c { condition: true }"),
		{ "z.yar", zero, sizeof zero - 1 }, source("d.yar", "rule d { strings: $a = \"xyz\" condition: $a }"),
	};
	struct yara_rules *r = yara_compile(s, 5, on_failed, &f);
	assert_int_equal(f.count, 3);
	assert_int_equal(yara_rule_count(r), 2);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer j = scan(scanner, "wxyz", 4, 0, NULL, true);
	assert_true(has(&j, "\"rule\":\"a\"") && has(&j, "\"rule\":\"d\"") && has(&j, "\"rule_file\":\"d.yar\""));
	buffer_free(&j);
	yara_scanner_free(scanner);
	yara_rules_free(r);
	f = (struct failures){ 0 };
	r = yara_compile(&s[1], 1, on_failed, &f);
	assert_string_equal(f.name, "b/bad.yar");
	assert_true(strstr(f.message, "line 1: undefined identifier \"nonsense\"") != NULL);
	scanner = yara_scanner_new(r);
	j = scan(scanner, "x", 1, 0, NULL, true);
	assert_int_equal(j.length, 0);
	buffer_free(&j);
	yara_scanner_free(scanner);
	yara_rules_free(r);
	r = yara_compile(NULL, 0, on_failed, &f);
	assert_int_equal(yara_rule_count(r), 0);
	yara_rules_free(r);
}

static void same_names_in_two_files_do_not_meet(void **state)
{
	(void)state;
	struct failures f = { 0 };
	struct yara_source s[] = { source("x/one.yar", "private rule shape { condition: true } rule a { condition: shape }"), source("y/one.yar", "private rule shape { condition: false } rule a { condition: shape }"),
		source("z/one.yar", "rule a { condition: true }") };
	struct yara_rules *r = yara_compile(s, 3, on_failed, &f);
	assert_int_equal(f.count, 0);
	assert_int_equal(yara_rule_count(r), 3);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer j = scan(scanner, "q", 1, 0, NULL, true);
	assert_true(has(&j, "x/one.yar") && !has(&j, "y/one.yar") && has(&j, "z/one.yar") && !has(&j, "shape"));
	buffer_free(&j);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

static void hit_says_what_why_and_where(void **state)
{
	(void)state;
	static const char rule[] = "rule R { meta: author = \"me\" description = \"Finds it\" reference = \"first\" reference = \"second\" score = 85 family = \"F\" actors = \"A,B\" attack = \"T1\" license = \"L\" "
		"strings: $a = \"needle\" $b = { 00 ff 01 } $unused = \"zzz\" condition: $a and $b or $unused }";
	struct failures f = { 0 };
	struct yara_source s = source("tools/r.yar", rule);
	struct yara_rules *r = yara_compile(&s, 1, on_failed, &f);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer data = { 0 };
	for (int i = 0; i < 7; i++)
		buffer_text(&data, "needle..");
	buffer_append(&data, "\0\xff\1", 3);
	struct buffer j = scan(scanner, data.data, data.length, 0x1000, NULL, true);
	assert_true(has(&j, "\"rule\":\"R\",\"score\":85,\"severity\":\"high\",\"method\":\"yara\""));
	assert_true(has(&j, "\"why\":\"Finds it: $a at 0x1000 0x1008 0x1010 (7 times), $b at 0x1038\""));
	assert_true(has(&j, "\"family\":\"F\",\"actors\":\"A,B\",\"attack\":\"T1\",\"reference\":\"first\",\"author\":\"me\",\"licence\":\"L\",\"description\":\"Finds it\",\"rule_file\":\"tools/r.yar\""));
	assert_true(has(&j, "{\"id\":\"$a\",\"offset\":\"4096\",\"length\":6,\"text\":\"needle\",\"after\":\"..needle..needle..needle..needle\"}"));
	assert_true(has(&j, "{\"id\":\"$b\",\"offset\":\"4152\",\"length\":3,\"hex\":\"00ff01\",\"before\":\"needle..needle..needle..needle..\"}"));
	unsigned shown = 0;
	for (const char *at = (const char *)j.data; (at = strstr(at, "\"id\":\"$a\"")); at++)
		shown++;
	assert_int_equal(shown, 5);
	buffer_free(&j);
	buffer_free(&data);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

static void score_and_severity_have_defaults(void **state)
{
	(void)state;
	struct failures f = { 0 };
	struct yara_source s = source("s.yar", "rule bare { condition: true } rule high { meta: score = 900 condition: true } rule low { meta: score = -3 severity = \"bogus\" condition: true } "
		"rule text { meta: score = \"61\" condition: true } rule said { meta: severity = \"critical\" score = 40 condition: true }");
	struct yara_rules *r = yara_compile(&s, 1, on_failed, &f);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer j = scan(scanner, "q", 1, 0, NULL, true);
	assert_true(has(&j, "\"rule\":\"bare\",\"score\":50,\"severity\":\"low\""));
	assert_true(has(&j, "\"rule\":\"high\",\"score\":100,\"severity\":\"critical\""));
	assert_true(has(&j, "\"rule\":\"low\",\"score\":0,\"severity\":\"info\""));
	assert_true(has(&j, "\"rule\":\"text\",\"score\":61,\"severity\":\"medium\""));
	assert_true(has(&j, "\"rule\":\"said\",\"score\":40,\"severity\":\"critical\""));
	assert_true(has(&j, "\"why\":\"its condition holds"));
	buffer_free(&j);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

static void externals_follow_the_subject(void **state)
{
	(void)state;
	struct failures f = { 0 };
	struct yara_source s = source("e.yar", "rule e { condition: filename == \"x.exe\" and filepath contains \"Users\" and extension == \".exe\" and filetype == \"EXE\" and owner == \"\" and md5 == \"d41d8cd98f00b204e9800998ecf8427e\" and "
		"spoor_path == \"/Users/x.exe\" and spoor_name == filename and spoor_ext == extension and spoor_type == \"pe\" and spoor_origin == \"mail\" and spoor_size == 7 and spoor_deleted }");
	struct yara_rules *r = yara_compile(&s, 1, on_failed, &f);
	assert_int_equal(f.count, 0);
	assert_true(yara_wants_md5(r));
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct yara_subject subject = { .filename = "x.exe", .filepath = "C:\\Users\\x.exe", .extension = ".exe", .filetype = "EXE", .md5 = "d41d8cd98f00b204e9800998ecf8427e", .path = "/Users/x.exe", .type = "pe",
		.origin = "mail", .size = 7, .deleted = true };
	struct buffer j = scan(scanner, "q", 1, 0, &subject, true);
	assert_true(has(&j, "\"rule\":\"e\""));
	buffer_free(&j);
	subject.deleted = false;
	j = scan(scanner, "q", 1, 0, &subject, true);
	assert_int_equal(j.length, 0);
	buffer_free(&j);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

/* A PE header that libyara's module takes: MZ, e_lfanew 64, machine 0x14c, one section. */
static struct buffer small_pe(void)
{
	struct buffer b = { 0 };
	uint8_t *at = buffer_reserve(&b, 1024);
	memset(at, 0, 1024);
	b.length = 1024;
	memcpy(at, "MZ", 2);
	at[60] = 64;
	memcpy(at + 64, "PE\0\0\x4c\x01\x01\0", 8);
	at[64 + 20] = 0xe0;                     /* size of the optional header */
	memcpy(at + 64 + 24, "\x0b\x01", 2);
	return b;
}

static void hits_come_in_order_of_files_over_all_sets(void **state)
{
	(void)state;
	struct failures f = { 0 };
	struct yara_source s[] = {
		source("1.yar", "import \"pe\" rule one { condition: uint16(0) == 0x5A4D and pe.number_of_sections == 1 }"), source("2.yar", "rule two { condition: true } rule two_b { condition: true }"),
		source("3.yar", "import \"pe\" rule three { condition: pe.is_pe } rule three_b { condition: pe.machine == pe.MACHINE_I386 }"), source("4.yar", "rule four { condition: true }"),
	};
	struct yara_rules *r = yara_compile(s, 4, on_failed, &f);
	assert_int_equal(f.count, 0);
	assert_int_equal(yara_rule_count(r), 6);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer pe = small_pe();
	struct buffer j = scan(scanner, pe.data, pe.length, 0, NULL, true);
	static const char *const order[] = { "\"one\"", "\"two\"", "\"two_b\"", "\"three\"", "\"three_b\"", "\"four\"" };
	const char *at = (const char *)j.data;
	for (size_t i = 0; i < 6; i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	buffer_free(&j);
	j = scan(scanner, "text", 4, 0, NULL, true);
	assert_true(has(&j, "two") && has(&j, "four") && !has(&j, "one") && !has(&j, "three"));
	buffer_free(&j);
	buffer_free(&pe);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

/* What a rule's content must begin with, in hex, "|" between; "": nothing is proven. */
static struct buffer starts_of(const struct carrier_file *f, size_t rule)
{
	struct buffer b = { 0 };
	for (size_t i = 0; i < f->rule[rule].starts; i++) {
		const struct carrier_start *s = &f->start[f->rule[rule].start + i];
		if (i)
			buffer_byte(&b, '|');
		buffer_hex(&b, s->bytes, s->length);
	}
	(void)buffer_string(&b);
	return b;
}

static void only_what_is_proven_is_left_out(void **state)
{
	(void)state;
	static const struct { const char *condition, *starts; } proof[] = {
		{ "uint16(0) == 0x5A4D", "4d5a" }, { "uint16(0)==23117 and $a", "4d5a" }, { "0x5a4d == uint16(0) and $a", "4d5a" }, { "uint16be(0) == 0x4D5A", "4d5a" },
		{ "(uint16(0) == 0x5A4D /* x */ and filesize < 5MB) and 2 of them", "4d5a" }, { "$a and ($a or $a) and pe.is_pe", "4d5a" },
		{ "pe.number_of_sections > 3 and $a", "4d5a" }, { "pe.imphash() == \"x\"", "4d5a" }, { "not pe.imphash() == \"x\" and $a", "4d5a" }, { "$a at pe.entry_point", "4d5a" }, { "pe.characteristics & pe.DLL", "4d5a" },
		{ "for any i in (0..pe.number_of_resources - 1) : ( true )", "4d5a" }, { "not pe.number_of_signatures > 0 and $a", "4d5a" }, { "pe.is_dll()", "4d5a" }, { "pe.exports(\"a\") and $a", "4d5a" },
		{ "pe.version_info[\"CompanyName\"] contains \"x\"", "4d5a" }, { "pe.sections[0].name == \".text\" and $a", "4d5a" },
		{ "uint16(0) == 0x5A4D or uint32(0) == 0x464C457F", "4d5a|7f454c46" }, { "(pe.is_pe and $a) or (elf.type == elf.ET_EXEC and $a)", "4d5a|7f454c46" },
		{ "uint32(0) == 0xfeedfacf", "cffaedfe" }, { "uint32be(0) == 0xd0cf11e0 and $a", "d0cf11e0" }, { "uint16(0) == 0xcfd0", "d0cf" }, { "$h at 0 and $a", "4d5a" }, { "$m at 0", "4d5a4d5a" },
		{ "$p at 0", "504b0304" },
		{ "$a", "" }, { "pe.is_pe or $a", "" }, { "not pe.is_dll()", "" }, { "not pe.exports(\"a\") and $a", "" }, { "for all i in (0..pe.number_of_resources) : ( true )", "" }, { "not pe.is_pe", "" }, { "not (uint16(0) == 0x5A4D) and $a", "" }, { "pe.is_pe == 0", "" }, { "uint16(0) == 0x5A4D or $a", "" },
		{ "uint16(1) == 0x5A4D", "" }, { "uint16(0) != 0x5A4D", "" }, { "pe.MACHINE_I386 == 0x14c", "" }, { "for any i in (1..2) : (uint16(0) == 0x5A4D)", "" },
		{ "pe.exports(\"a\") == 0", "" }, { "pe.number_of_sections + 1 == 2", "" }, { "$a matches /x/ or true", "" }, { "defined pe.entry_point", "" },
		{ "$m at 1", "" }, { "$n at 0", "" }, { "$w at 0", "" }, { "$x at 0", "" }, { "$a at 0", "" }, { "$j at 0", "" }, { "$m in (0..1)", "" }, { "uint16(0) == 0x15A4D", "" },
	};
	static const char strings[] = "$a = /fo\\/o\"bar{2}/ $h = { 4D 5A // }\n ?? } $t = \"rule y { condition: true }\" $m = \"MZMZ\" fullword ascii $n = \"MZ\" nocase $w = \"MZ\" ascii wide $x = \"MZ\\x00\" "
		"$j = { 4? 5A 00 } $p = { 50 4B 03 04 [2-3] 00 } private";
	char text[1024];
	for (size_t i = 0; i < sizeof proof / sizeof *proof; i++) {
		struct carrier_file f;
		snprintf(text, sizeof text, "import \"pe\"\nprivate rule x : tag { meta: a = \"condition: } \\\" rule\" strings: %s condition: %s }", strings, proof[i].condition);
		assert_true(carrier_read(&f, text, strlen(text)));
		assert_int_equal(f.rules, 1);
		assert_true(f.rule[0].hidden && f.imports == 1);
		assert_memory_equal(text + f.rule[0].from, "private rule x", 14);
		assert_int_equal(f.rule[0].to, strlen(text));
		assert_int_equal(f.rule[0].modules, strstr(proof[i].condition, "pe.") ? 1 : 0);
		struct buffer got = starts_of(&f, 0);
		if (strcmp((const char *)got.data, proof[i].starts) != 0)
			print_error("%s: %s\n", proof[i].condition, (const char *)got.data);
		assert_string_equal((const char *)got.data, proof[i].starts);
		buffer_free(&got);
		carrier_free(&f);
		for (size_t cut = 0; cut < strlen(text); cut++)
			if (carrier_read(&f, text, cut))
				carrier_free(&f);
	}
}

static void rules_that_name_others_keep_them(void **state)
{
	(void)state;
	static const char text[] = "private rule is_pe { condition: uint16(0) == 0x5A4D } rule a { condition: is_pe and filesize < 9 } rule b { condition: true } rule c { condition: any of (a*) } rule d { condition: not a }";
	struct carrier_file f;
	assert_true(carrier_read(&f, text, sizeof text - 1));
	assert_int_equal(f.rules, 5);
	static const char *const starts[] = { "4d5a", "4d5a", "", "", "" };
	static const size_t needs[] = { 0, 1, 0, 1, 1 };
	for (size_t i = 0; i < 5; i++) {
		struct buffer got = starts_of(&f, i);
		assert_string_equal((const char *)got.data, starts[i]);
		buffer_free(&got);
		assert_int_equal(f.rule[i].needs, needs[i]);
	}
	assert_int_equal(f.need[f.rule[4].need], 1);
	carrier_free(&f);
	static const char *const whole[] = { "global rule g { condition: uint16(0) == 0x5A4D } rule a { condition: true }", "include \"x.yar\" rule a { condition: true }", "rule a { condition: true } /*", "" };
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		assert_false(carrier_read(&f, whole[i], strlen(whole[i])));
}

/* The same rules as a gated set and without any gate must give the same hits on every content. */
static void gate_loses_no_hit(void **state)
{
	(void)state;
	static const char *const condition[] = { "uint16(0) == 0x5A4D", "pe.is_pe", "not pe.is_pe", "pe.is_pe == 0", "pe.number_of_sections >= 0", "pe.number_of_sections != 3", "pe.machine == 0 or filesize > 0",
		"pe.is_dll() or pe.is_32bit() or pe.is_64bit()", "pe.exports(\"x\")", "pe.imports(\"a.dll\")", "pe.imports(\"a.dll\",\"b\")", "pe.section_index(\".text\") >= 0", "pe.rich_signature.version(1)",
		"pe.locale(1)", "pe.language(1)", "pe.calculate_checksum()", "pe.entry_point < 1000", "pe.version_info[\"a\"] != \"b\"", "pe.sections[0].name != \"q\"", "pe.dll_name != \"q\"", "pe.pdb_path != \"q\"",
		"pe.number_of_signatures == 0", "pe.number_of_resources == 0", "pe.number_of_imports == 0", "pe.data_directories[0].size == 0", "elf.type >= 0", "elf.number_of_sections >= 0", "elf.machine != 77",
		"elf.entry_point < 99999", "dotnet.is_dotnet", "dotnet.number_of_streams >= 0", "dotnet.module_name != \"q\"", "uint32(0) == 0x464C457F", "elf.symtab_entries >= 0", "elf.dynsym_entries >= 0",
		"not pe.number_of_signatures > 0", "not pe.imphash() == \"x\"", "pe.imphash() == \"x\" or filesize > 3", "filesize > 3 and not pe.machine == 1", "for any i in (0..pe.number_of_sections) : ( true )",
		"pe.characteristics & 2", "not pe.characteristics & 1", "(pe.number_of_sections == 1 or filesize == 4) and filesize < 2000", "filesize > 3 and not (pe.number_of_sections == 1 or filesize == 10)",
		"uint16(0) == 0x5a4d and pe.is_dll() or filesize == 2", "pe.dll_name == \"a\" or not elf.type == 2", "(elf.type == 2 and filesize > 100) or pe.machine == 0x14c or filesize == 10", "elf.machine & 2 or filesize == 70",
		"pe.pdb_path contains \"a\" or filesize == 8" };
	enum { COUNT = sizeof condition / sizeof *condition };
	struct failures f = { 0 };
	static char text[COUNT][2][256], name[COUNT][2][16];
	struct yara_source gated[COUNT], open_[COUNT];
	for (size_t i = 0; i < COUNT; i++) {
		static const char head[] = "import \"pe\" import \"elf\" import \"dotnet\" ";
		snprintf(text[i][0], sizeof text[i][0], "%srule r%zu { condition: %s }", head, i, condition[i]);
		snprintf(text[i][1], sizeof text[i][1], "%srule r%zu { condition: %s } global rule never { condition: filesize >= 0 }", head, i, condition[i]);   /* a global rule: the file is not taken apart */
		snprintf(name[i][0], sizeof name[i][0], "%zu.yar", i);
		gated[i] = source(name[i][0], text[i][0]);
		open_[i] = source(name[i][0], text[i][1]);
	}
	struct yara_rules *a = yara_compile(gated, COUNT, on_failed, &f), *b = yara_compile(open_, COUNT, on_failed, &f);
	assert_int_equal(f.count, 0);
	assert_true(yara_parted(a) && !yara_parted(b));
	struct yara_scanner *sa = yara_scanner_new(a), *sb = yara_scanner_new(b);
	struct buffer pe = small_pe(), elf = { 0 };
	uint8_t *at = buffer_reserve(&elf, 256);
	memset(at, 0, 256);
	memcpy(at, "\x7f" "ELF\2\1\1", 7);
	at[16] = 2;
	at[18] = 62;
	elf.length = 256;
	const struct { const void *bytes; size_t length; } content[] = { { "plain text", 10 }, { pe.data, pe.length }, { pe.data, 70 }, { "MZ", 2 }, { "M", 1 }, { "ZM", 2 }, { elf.data, elf.length }, { elf.data, 5 },
		{ "\x7f" "ELF", 4 }, { "\xca\xfe\xba\xbe\0\0\0\2", 8 }, { "PK\3\4", 4 }, { "\0\0\0\0", 4 } };
	for (size_t i = 0; i < sizeof content / sizeof *content; i++) {
		struct buffer x = scan(sa, content[i].bytes, content[i].length, 0, NULL, true), y = scan(sb, content[i].bytes, content[i].length, 0, NULL, true);
		/* but for the hits of the global rules, which stand behind each file's own */
		struct buffer kept = { 0 };
		for (char *line = strtok((char *)y.data, "\n"); line; line = strtok(NULL, "\n"))
			if (!strstr(line, "\"rule\":\"never\""))
				buffer_format(&kept, "%s\n", line);
		assert_string_equal((const char *)x.data, buffer_string(&kept));
		buffer_free(&kept);
		buffer_free(&x);
		buffer_free(&y);
	}
	buffer_free(&pe);
	buffer_free(&elf);
	yara_scanner_free(sa);
	yara_scanner_free(sb);
	yara_rules_free(a);
	yara_rules_free(b);
}

/* Conditions over strings, bytes and sizes: what is found to need nothing that the content holds must not match, and of each it is said what it needs. */
static const struct { const char *condition; const char *may; } need[] = {
	/* content: "" | "xalphax" | "BETAGAMMA" wide | "MZ..gammadelta" | base64 of "moduletwo" | xor 5 of "keystone" | "\x01\x02\x03\x04ZZ\x06\x07\x08" | "k5k_end" | "alternative two" */
	{ "$alpha", "010000000" }, { "$beta", "001000000" }, { "not $alpha", "111111111" }, { "any of them", "111111111" }, { "2 of ($alpha, $gamma, $delta)", "000100000" }, { "all of ($gam*, $delta)", "000100000" },
	{ "any of ($a*)", "010000000" }, { "#alpha > 0", "010000000" }, { "#alpha >= 0", "111111111" }, { "#alpha > #beta", "010000000" }, { "#alpha + #gamma > 1 + #beta", "011100000" }, { "#alpha == 1", "010000000" },
	{ "#alpha == 0", "111111111" }, { "$alpha in (0..5)", "010000000" }, { "$alpha at 1", "010000000" }, { "$gamma at 4", "001100000" }, { "uint16(0) == 0x5A4D", "000100000" }, { "uint8(2) != 0x2E", "111111111" }, { "0x4D5A == uint16be(0)", "000100000" },
	{ "filesize < 5", "100000000" }, { "filesize > 10 and filesize <= 15", "000110001" }, { "filesize >= 0", "111111111" }, { "filesize < 1KB and $alpha", "010000000" }, { "uint8(@gamma) == 0x67", "001100000" },
	{ "(@delta - @gamma) < 100", "000100000" }, { "for any i in (1..#gamma) : (@gamma[i] > 0)", "001100000" }, { "for all i in (1..#gamma) : (@gamma[i] > 100)", "111111111" },
	{ "for any of ($alpha, $beta) : ($ at 1)", "011000000" }, { "for any of ($alpha, $beta) : (# == 0)", "111111111" }, { "for any of ($alpha, $beta) : ($ at 1 or # == 0)", "111111111" },
	{ "$coded", "000010000" }, { "$keyed", "000001000" }, { "$hex", "000000100" }, { "$regex", "000000010" }, { "$groups", "000000001" }, { "$alpha or $hex", "010000100" }, { "($alpha and $hex) or $regex", "000000010" },
	{ "$short", "111111111" }, { "earlier", "010000000" }, { "earlier and filesize > 100", "000000000" }, { "none of them", "111111111" }, { "1 of ($alpha) in (0..9)", "010000000" }, { "false or $alpha", "111111111" }, { "defined @alpha", "111111111" },
	{ "spoor_name == \"x\"", "111111111" }, { "$alpha and spoor_name == \"x\"", "010000000" }, { "not ($alpha or $beta)", "111111111" }, { "50% of ($alpha, $beta)", "111111111" },
};

static void what_a_rule_needs_is_found_and_no_hit_is_lost(void **state)
{
	(void)state;
	enum { COUNT = sizeof need / sizeof *need, CONTENTS = 9 };
	static const char strings[] = "$alpha = \"alpha\" $beta = \"beta\" nocase wide $gamma = \"gamma\" nocase ascii wide $delta = \"delta\" $coded = \"moduletwo\" base64 $keyed = \"keystone\" xor "
		"$hex = { 01 02 03 04 [2] 06 ( 07 | 09 ) 08 } $regex = /k[0-9]k_en(d|t)/ $groups = /(alternative|substitute) (one|two)/ $short = \"q\"";
	static const char *const content[CONTENTS] = { "", "xalphax", "B\0E\0T\0A\0G\0A\0M\0M\0A\0", "MZ..gammadelta", "xbW9kdWxldHdv", "n`|vqjk`", "\x01\x02\x03\x04ZZ\x06\x07\x08", "k5k_end", "alternative two" };
	static const size_t length[CONTENTS] = { 0, 7, 18, 14, 13, 8, 9, 7, 15 };
	unsigned wrong = 0;
	for (size_t i = 0; i < COUNT; i++) {
		struct failures f = { 0 };
		struct buffer text = { 0 }, open_text = { 0 };
		/* the rule that names all strings is there for libyara, which takes no string that is not named */
		buffer_format(&text, "private rule earlier { strings: $a = \"alpha\" condition: $a } rule r { strings: %s condition: (%s) and (filesize >= 0 or any of them) }", strings, need[i].condition);
		buffer_format(&open_text, "%s global rule never { condition: filesize >= 0 }", buffer_string(&text));
		struct yara_source one = source("r.yar", buffer_string(&text)), open_ = source("r.yar", buffer_string(&open_text));
		struct yara_rules *a = yara_compile(&one, 1, on_failed, &f), *b = yara_compile(&open_, 1, on_failed, &f);
		if (f.count)
			print_error("%s: %s\n", need[i].condition, f.message);
		assert_int_equal(f.count, 0);
		struct yara_scanner *sa = yara_scanner_new(a), *sb = yara_scanner_new(b);
		for (size_t k = 0; k < CONTENTS; k++) {
			struct buffer x = scan(sa, content[k], length[k], 0, NULL, true), y = scan(sb, content[k], length[k], 0, NULL, true);
			bool hit = has(&x, "\"rule\":\"r\""), open_hit = has(&y, "\"rule\":\"r\"");
			size_t ran = yara_scanner_runs(sa);
			if (hit != open_hit || ran != (size_t)(need[i].may[k] - '0'))
				print_error("%s, content %zu: hit %d, libyara %d, ran %zu\n", need[i].condition, k, hit, open_hit, ran);
			wrong += hit != open_hit || ran != (size_t)(need[i].may[k] - '0');
			buffer_free(&x);
			buffer_free(&y);
		}
		yara_scanner_free(sa);
		yara_scanner_free(sb);
		yara_rules_free(a);
		yara_rules_free(b);
		buffer_free(&text);
		buffer_free(&open_text);
	}
	assert_int_equal(wrong, 0);
}

static void too_many_matches_are_told_and_the_rest_goes_on(void **state)
{
	(void)state;
	struct failures f = { 0 };
	struct yara_source s = source("m.yar", "rule many { strings: $a = \"aa\" $b = \"the end\" condition: #a > 3 or $b } rule last { strings: $b = \"the end\" condition: $b }");
	struct yara_rules *r = yara_compile(&s, 1, on_failed, &f);
	struct yara_scanner *scanner = yara_scanner_new(r);
	struct buffer data = { 0 };
	size_t length = 1100000;
	memset(buffer_reserve(&data, length), 'a', length);
	data.length = length;
	buffer_text(&data, "the end");
	struct buffer j = scan(scanner, data.data, data.length, 0, NULL, false);
	assert_true(has(&j, "\"rule\":\"last\""));
	buffer_free(&j);
	j = scan(scanner, "the end", 7, 0, NULL, true);                 /* and the next scan is none the worse */
	assert_true(has(&j, "\"rule\":\"many\""));
	buffer_free(&j);
	buffer_free(&data);
	yara_scanner_free(scanner);
	yara_rules_free(r);
}

/* What the worker's sandbox leaves: memory, signals, clock, output. Anything else kills. */
static bool close_down(void)
{
	static const int allowed[] = { SYS_read, SYS_write, SYS_mmap, SYS_munmap, SYS_mremap, SYS_brk, SYS_madvise, SYS_mprotect, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
		SYS_clock_gettime, SYS_gettid, SYS_futex, SYS_exit, SYS_exit_group };
	enum { N = sizeof allowed / sizeof *allowed };
	struct sock_filter filter[N + 3];
	filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < N; i++)
		filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], (uint8_t)(N - i), 0);
	filter[N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	filter[N + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { N + 3, filter };
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void scanning_needs_no_file_and_no_thread(void **state)
{
	(void)state;
#ifdef SPOOR_SANITIZED
	skip();
#endif
	struct failures f = { 0 };
	struct yara_source s[] = { source("a.yar", "import \"pe\" rule a { condition: pe.number_of_sections >= 0 }"),
		source("b.yar", "import \"math\" import \"hash\" rule b { strings: $a = /a[b-d]{1,5}x/ condition: $a and math.entropy(0, filesize) > 0 and hash.md5(0, filesize) != \"\" }") };
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct yara_rules *r = yara_compile(s, 2, on_failed, &f);
		struct yara_scanner *warm = yara_scanner_new(r);
		struct buffer out = { 0 }, pe = small_pe();
		struct yara_subject subject = { .filename = "x" };
		const char *why;
		if (f.count || !close_down())
			_exit(3);
		struct yara_scanner *scanner = yara_scanner_new(r);
		bool good = yara_scan(scanner, pe.data, pe.length, 0, &subject, &out, &why) && yara_scan(scanner, "..abcdx..", 9, 0, &subject, &out, &why) && yara_scan(warm, "abx", 3, 0, &subject, &out, &why);
		_exit(good && out.length ? 0 : 4);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_are_named_and_left_out), cmocka_unit_test(same_names_in_two_files_do_not_meet), cmocka_unit_test(hit_says_what_why_and_where),
		cmocka_unit_test(score_and_severity_have_defaults), cmocka_unit_test(externals_follow_the_subject), cmocka_unit_test(hits_come_in_order_of_files_over_all_sets),
		cmocka_unit_test(only_what_is_proven_is_left_out), cmocka_unit_test(rules_that_name_others_keep_them), cmocka_unit_test(gate_loses_no_hit), cmocka_unit_test(what_a_rule_needs_is_found_and_no_hit_is_lost), cmocka_unit_test(too_many_matches_are_told_and_the_rest_goes_on),
		cmocka_unit_test(scanning_needs_no_file_and_no_thread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
