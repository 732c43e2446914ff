/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_match.c: each modifier and each form of a condition matches what it says and nothing else; a rule gives the same alone and among all others. */
#include "detect/sigma.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SYSMON "Microsoft-Windows-Sysmon/Operational"

static struct buffer said;

static void failed(void *owner, const char *name, const char *title, const char *why, bool elsewhere)
{
	(void)owner, (void)name;
	buffer_format(&said, "%s%s: %s\n", title ? title : "", elsewhere ? " (elsewhere)" : "", why);
}

static void limited(void *owner, const char *title, const char *what)
{
	(void)owner;
	buffer_format(&said, "limit %s: %s\n", title, what);
}

static struct sigma_rules *rules_of(const char *const *text, size_t texts)
{
	struct sigma_source_text *source = memory_array(texts, sizeof *source);
	buffer_clear(&said);
	for (size_t i = 0; i < texts; i++)
		source[i] = (struct sigma_source_text){ "test.yml", text[i], strlen(text[i]) };
	struct sigma_rules *r = sigma_compile(source, texts, failed, NULL);
	free(source);
	return r;
}

/* A log event: channel, id, its System part's rest, its EventData as JSON members. */
static void event_frame(struct buffer *frame, const char *time, const char *channel, int id, const char *extra, const char *data)
{
	struct buffer line = { 0 };
	buffer_format(&line, "{\"time\":\"%s\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Creation Time\",\"kind\":\"log_event\",\"locator\":\"a.evtx\",\"offset\":\"4608\",\"length\":\"100\","
	              "\"message\":\"m\",\"host\":\"PC1\",%s\"data\":{\"provider\":\"P\",\"event_id\":%d,\"channel\":\"%s\",\"level\":4,\"EventData\":{%s}}}", time, extra, id, channel, data);
	const char *wrong = record_from_json(frame, (const char *)line.data, line.length);
	if (wrong)
		fail_msg("%s: %s", wrong, buffer_string(&line));
	buffer_free(&line);
}

static unsigned match(struct sigma_matcher *m, const char *channel, int id, const char *data, struct buffer *hits)
{
	struct buffer frame = { 0 };
	event_frame(&frame, "2024-05-04T10:11:12Z", channel, id, "", data);
	unsigned n = sigma_match(m, frame.data, frame.length, hits);
	buffer_free(&frame);
	return n;
}

/* Rules over Sysmon's event 1: the detection's text, data that match, data that don't. */
static const struct { const char *detection, *yes, *no; } cases[] = {
	/* texts */
	{ "s: {A: 'cmd.exe'}\ncondition: s", "\"A\":\"CMD.exe\"", "\"A\":\"xcmd.exe\"" },
	{ "s: {A|contains: 'Evil'}\ncondition: s", "\"A\":\"an eviL thing\"", "\"A\":\"evi l\"" },
	{ "s: {A|startswith: 'C:\\Win'}\ncondition: s", "\"A\":\"c:\\\\windows\"", "\"A\":\" c:\\\\windows\"" },
	{ "s: {A|endswith: '\\cmd.exe'}\ncondition: s", "\"A\":\"x\\\\CMD.EXE\"", "\"A\":\"x\\\\cmd.exe \"" },
	{ "s: {A|contains: ['aaa', 'bbb']}\ncondition: s", "\"A\":\"xbbbx\"", "\"A\":\"aabb\"" },
	{ "s: {A|contains|all: ['aaa', 'bbb']}\ncondition: s", "\"A\":\"bbb aaa\"", "\"A\":\"bbb aa\"" },
	{ "s: {A|contains: 'x', A|endswith: 'y'}\ncondition: s", "\"A\":\"xzy\"", "\"A\":\"yx\"" },
	{ "s: {A|contains|cased: 'Evil'}\ncondition: s", "\"A\":\"an Evil thing\"", "\"A\":\"an evil thing\"" },
	{ "s: {A|contains: 'ÄRGER'}\ncondition: s", "\"A\":\"großer ärger\"", "\"A\":\"arger\"" },
	{ "s: {A: ''}\ncondition: s", "\"A\":\"\"", "\"A\":\"x\"" },
	{ "s: {A|contains: ''}\ncondition: s", "\"A\":\"x\"", "\"B\":\"x\"" },
	/* wildcards and escapes */
	{ "s: {A: '*\\temp\\\\*.exe'}\ncondition: s", "\"A\":\"c:\\\\Temp\\\\a.exe\"", "\"A\":\"c:\\\\temp\\\\a.exe2\"" },
	{ "s: {A: 'a?c'}\ncondition: s", "\"A\":\"aüc\"", "\"A\":\"ac\"" },
	{ "s: {A|contains: 'x*y'}\ncondition: s", "\"A\":\"..x..y..\"", "\"A\":\"..y..x..\"" },
	{ "s: {A|contains: 'x\\*y'}\ncondition: s", "\"A\":\"..x*y..\"", "\"A\":\"..x.y..\"" },
	{ "s: {A|contains: 'x\\?y'}\ncondition: s", "\"A\":\"x?y\"", "\"A\":\"x.y\"" },
	{ "s: {A: 'x\\\\*'}\ncondition: s", "\"A\":\"x\\\\abc\"", "\"A\":\"xabc\"" },
	{ "s: {A: '\\\\\\\\srv\\a'}\ncondition: s", "\"A\":\"\\\\\\\\srv\\\\a\"", "\"A\":\"\\\\srv\\\\a\"" },
	{ "s: {A: '*'}\ncondition: s", "\"A\":\"anything\"", "\"B\":\"anything\"" },
	/* numbers, null, existence */
	{ "s: {EventID: 1}\ncondition: s", "\"A\":\"\"", NULL },
	{ "s: {A: 4624}\ncondition: s", "\"A\":4624", "\"A\":46240" },
	{ "s: {A: '0x0017'}\ncondition: s", "\"A\":\"0x17\"", "\"A\":\"0x170\"" },
	{ "s: {A: true}\ncondition: s", "\"A\":true", "\"A\":false" },
	{ "s: {A: null}\ncondition: s", "\"B\":\"x\"", "\"A\":\"x\"" },
	{ "s: {A: [null, 'y']}\ncondition: s", "\"A\":\"y\"", "\"A\":\"x\"" },
	{ "s: {A|exists: true}\ncondition: s", "\"A\":\"\"", "\"B\":1" },
	{ "s: {A|exists: false}\ncondition: s", "\"B\":1", "\"A\":1" },
	{ "s: {A|gt: 10}\ncondition: s", "\"A\":11", "\"A\":10" },
	{ "s: {A|gte: 10}\ncondition: s", "\"A\":\"0xa\"", "\"A\":9" },
	{ "s: {A|lt: 10}\ncondition: s", "\"A\":9.5", "\"A\":10" },
	{ "s: {A|lte: 10}\ncondition: s", "\"A\":10", "\"A\":\"ten\"" },
	{ "s: {A|neq: 'x'}\ncondition: s", "\"A\":\"y\"", "\"A\":\"X\"" },
	/* regular expressions */
	{ "s: {A|re: '^a\\d+z$'}\ncondition: s", "\"A\":\"a12z\"", "\"A\":\"A12z\"" },
	{ "s: {A|re|i: '^a\\d+z$'}\ncondition: s", "\"A\":\"A12Z\"", "\"A\":\"a12zz\"" },
	{ "s: {A|re|m|s: '^b.c$'}\ncondition: s", "\"A\":\"a\\nb\\nc\"", "\"A\":\"a\\nbc\"" },
	{ "s: {A|re: '(?:foo|bar)baz(?!x)'}\ncondition: s", "\"A\":\"barbazy\"", "\"A\":\"barbazx\"" },
	{ "s: {A|re: 'abc?d'}\ncondition: s", "\"A\":\"abd\"", "\"A\":\"acd\"" },
	{ "s: {A|re: 'abcd|wxyz'}\ncondition: s", "\"A\":\"wxyz\"", "\"A\":\"xyz\"" },
	{ "s: {A|re: '[ab]{2}\\$psh[o]me\\['}\ncondition: s", "\"A\":\"ba$pshome[\"", "\"A\":\"b$pshome[\"" },
	/* encodings */
	{ "s: {A|base64|contains: 'foobar'}\ncondition: s", "\"A\":\"-e Zm9vYmFy\"", "\"A\":\"foobar\"" },
	{ "s: {A|base64offset|contains: 'foobar'}\ncondition: s", "\"A\":\"eGZvb2Jhcg==\"", "\"A\":\"foobar\"" },
	{ "s: {A|base64offset|contains: 'foobar'}\ncondition: s", "\"A\":\"eHhmb29iYXI=\"", "\"A\":\"eHhmb29iYgo=\"" },
	{ "s: {A|wide|base64offset|contains: 'ping'}\ncondition: s", "\"A\":\"cABpAG4AZwAgAA==\"", "\"A\":\"cGluZw==\"" },
	{ "s: {A|utf16be|base64|contains: 'pi'}\ncondition: s", "\"A\":\"AHAAaQ==\"", "\"A\":\"cABpAA==\"" },
	{ "s: {A|windash|contains: ' -enc '}\ncondition: s", "\"A\":\"x /enc y\"", "\"A\":\"x +enc y\"" },
	{ "s: {A|windash|contains: ' -a -b'}\ncondition: s", "\"A\":\"x \u2013a /b\"", "\"A\":\"x -a b\"" },
	{ "s: {A|contains|all|windash: ['-aa', '-bb']}\ncondition: s", "\"A\":\"/bb -aa\"", "\"A\":\"/aa -aa\"" },
	/* addresses, other fields */
	{ "s: {A|cidr: '10.0.0.0/9'}\ncondition: s", "\"A\":\"10.127.0.1\"", "\"A\":\"10.128.0.1\"" },
	{ "s: {A|cidr: ['192.168.1.0/24', '127.0.0.0/8']}\ncondition: s", "\"A\":\"::ffff:127.9.9.9\"", "\"A\":\"::1\"" },
	{ "s: {A|cidr: 'fe80::/10'}\ncondition: s", "\"A\":\"FE80::1\"", "\"A\":\"fec0::1\"" },
	{ "s: {A|fieldref: B}\ncondition: s", "\"A\":\"x\",\"B\":\"X\"", "\"A\":\"x\",\"B\":\"y\"" },
	{ "s: {A|fieldref|endswith: B}\ncondition: s", "\"A\":\"a\\\\x\",\"B\":\"X\"", "\"A\":\"xa\",\"B\":\"x\"" },
	/* selections */
	{ "s: [{A: x}, {B: y, C: z}]\ncondition: s", "\"B\":\"y\",\"C\":\"z\"", "\"B\":\"y\",\"C\":\"x\"" },
	{ "s: ['evil', 'w*rd']\ncondition: s", "\"Q\":\"so evil\"", "\"Q\":\"good\"" },
	{ "s: ['evil', 'w*rd']\ncondition: s", "\"Q\":{\"R\":[\"a woord\"]}", "\"evil\":\"good\"" },
	{ "s: {'|all': ['one', 'two']}\ncondition: s", "\"Q\":\"one\",\"R\":\"two\"", "\"Q\":\"one\"" },
	{ "s: {Threat Name: x}\ncondition: s", "\"ThreatName\":\"x\"", "\"Threat_Name\":\"x\"" },
	{ "s: {ThreatName: x}\ncondition: s", "\"Threat Name\":\"x\"", "\"Threat\":\"x\"" },
	{ "s: {Computer: pc1, Provider_Name: p, A: x}\ncondition: s", "\"A\":\"x\"", "\"A\":\"y\"" },
	{ "s: {Data|contains: foo}\ncondition: s", "\"Data\":[\"a\",\"foo\"]", "\"Data\":[\"a\"]" },
	/* conditions */
	{ "a: {A: x}\nb: {B: y}\ncondition: a and not b", "\"A\":\"x\"", "\"A\":\"x\",\"B\":\"y\"" },
	{ "a: {A: x}\nb: {B: y}\nc: {C: z}\ncondition: a or b and c", "\"A\":\"x\"", "\"B\":\"y\"" },
	{ "a: {A: x}\nb: {B: y}\nc: {C: z}\ncondition: (a or b) and c", "\"A\":\"x\",\"C\":\"z\"", "\"A\":\"x\",\"B\":\"y\"" },
	{ "a: {A: x}\nb: {B: y}\ncondition: not (a or b)", "\"C\":1", "\"B\":\"y\"" },
	{ "sel_a: {A: x}\nsel_b: {B: y}\nother: {C: z}\ncondition: 1 of sel_*", "\"B\":\"y\"", "\"C\":\"z\"" },
	{ "sel_a: {A: x}\nsel_b: {B: y}\nother: {C: z}\ncondition: all of sel_*", "\"A\":\"x\",\"B\":\"y\"", "\"A\":\"x\",\"C\":\"z\"" },
	{ "a: {A: x}\nb: {B: y}\nc: {C: z}\ncondition: 2 of them", "\"A\":\"x\",\"C\":\"z\"", "\"A\":\"x\"" },
	{ "a: {A: x}\n_b: {B: y}\ncondition: 1 of them", "\"A\":\"x\"", "\"B\":\"y\"" },
	{ "a: {A: x}\nb: {B: y}\ncondition: all of them", "\"A\":\"x\",\"B\":\"y\"", "\"A\":\"x\"" },
	{ "a: {A: x}\nf_1: {B: y}\nf_2: {C: z}\ncondition: a and not 1 of f_*", "\"A\":\"x\"", "\"A\":\"x\",\"C\":\"z\"" },
	{ "a: {A: x}\nb: {B: y}\ncondition: [a, b]", "\"B\":\"y\"", "\"C\":\"z\"" },
};
enum { CASES = sizeof cases / sizeof *cases };

/* A whole rule around a detection. */
static char *rule_text(const char *detection, const char *logsource, int number)
{
	struct buffer b = { 0 };
	buffer_format(&b, "title: T%d\nid: %d\nlevel: high\nlogsource: {product: windows, %s}\ndetection:\n", number, number, logsource);
	for (const char *line = detection; *line; line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n'))
		buffer_format(&b, "    %.*s\n", (int)strcspn(line, "\n"), line);
	char *text = memory_copy(b.data, b.length);
	buffer_free(&b);
	return text;
}

static void modifiers_and_conditions_match_what_they_say(void **state)
{
	(void)state;
	for (int i = 0; i < CASES; i++) {
		const char *text = rule_text(cases[i].detection, "category: process_creation", i);
		struct sigma_rules *r = rules_of(&text, 1);
		struct sigma_matcher *m = sigma_matcher_new(r);
		struct buffer hits = { 0 };
		if (said.length)
			fail_msg("case %d (%s): %s", i, cases[i].detection, buffer_string(&said));
		/* twice: the second time values are known */
		for (int turn = 0; turn < 2; turn++) {
			if (match(m, SYSMON, 1, cases[i].yes, &hits) != 1)
				fail_msg("case %d (%s) misses %s", i, cases[i].detection, cases[i].yes);
			if (cases[i].no && match(m, SYSMON, 1, cases[i].no, &hits) != 0)
				fail_msg("case %d (%s) hits %s", i, cases[i].detection, cases[i].no);
		}
		buffer_free(&hits);
		sigma_matcher_free(m);
		sigma_rules_free(r);
		free((void *)text);
	}
}

static void fired_of(const struct buffer *hits, bool fired[CASES])
{
	struct record_view v;
	memset(fired, 0, CASES * sizeof *fired);
	for (size_t at = 0, n; (n = record_frame_length(hits->data + at, hits->length - at)); at += n) {
		size_t length;
		const char *wrong = record_view_open(&v, hits->data + at, n), *id = wrong ? NULL : record_get_text(&v, F_RULE_ID, &length);
		if (wrong || !id)
			fail_msg("a hit's frame: %s", wrong ? wrong : "no id");
		fired[strtoul(id, NULL, 10)] = true;
	}
}

/* Rules share words, questions and what is known of values; none may change another. */
static void a_rule_gives_the_same_alone_and_among_others(void **state)
{
	(void)state;
	const char *text[CASES];
	for (int i = 0; i < CASES; i++)
		text[i] = rule_text(cases[i].detection, "category: process_creation", i);
	struct sigma_rules *all = rules_of(text, CASES);
	struct sigma_matcher *together = sigma_matcher_new(all);
	assert_int_equal(sigma_rule_count(all), CASES);
	for (int i = 0; i < CASES; i++) {
		struct sigma_rules *r = rules_of(&text[i], 1);
		struct sigma_matcher *alone = sigma_matcher_new(r);
		for (int e = 0; e < CASES * 2; e++) {
			const char *data = e % 2 ? cases[e / 2].no : cases[e / 2].yes;
			struct buffer hits = { 0 }, none = { 0 };
			bool fired[CASES];
			if (!data)
				continue;
			(void)match(together, SYSMON, 1, data, &hits);
			fired_of(&hits, fired);
			if (fired[i] != (match(alone, SYSMON, 1, data, &none) == 1))
				fail_msg("case %d (%s) differs over %s", i, cases[i].detection, data);
			buffer_free(&hits);
			buffer_free(&none);
		}
		sigma_matcher_free(alone);
		sigma_rules_free(r);
	}
	sigma_matcher_free(together);
	sigma_rules_free(all);
	for (int i = 0; i < CASES; i++)
		free((void *)text[i]);
}

static unsigned hits_of(const char *text, const char *channel, int id, const char *data)
{
	struct sigma_rules *r = rules_of(&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer hits = { 0 };
	unsigned n = match(m, channel, id, data, &hits);
	buffer_free(&hits);
	sigma_matcher_free(m);
	sigma_rules_free(r);
	return n;
}

static void log_sources_name_channels_ids_and_fields(void **state)
{
	static const struct { const char *logsource, *detection, *channel; int id; const char *data; unsigned want; } one[] = {
		{ "category: process_creation", "s: {Image|endswith: 'x.exe'}\ncondition: s", "Security", 4688, "\"NewProcessName\":\"C:\\\\x.exe\"", 1 },
		{ "category: process_creation", "s: {Image|endswith: 'x.exe'}\ncondition: s", "security", 4689, "\"NewProcessName\":\"C:\\\\x.exe\"", 0 },
		{ "category: process_creation", "s: {IntegrityLevel: High}\ncondition: s", "Security", 4688, "\"MandatoryLabel\":\"S-1-16-12288\"", 1 },
		{ "category: process_creation", "s: {ParentProcessId: 16}\ncondition: s", "Security", 4688, "\"ProcessId\":\"0x10\"", 1 },
		{ "category: process_creation", "s: {Image|endswith: 'x.exe'}\ncondition: s", SYSMON, 3, "\"Image\":\"C:\\\\x.exe\"", 0 },
		{ "category: registry_set", "s: {TargetObject: 'HKLM\\Software\\Run\\Name', Details: v}\ncondition: s", "Security", 4657,
		  "\"ObjectName\":\"\\\\REGISTRY\\\\MACHINE\\\\Software\\\\Run\",\"ObjectValueName\":\"Name\",\"NewValue\":\"v\",\"OperationType\":\"%%1905\"", 1 },
		{ "category: registry_set", "s: {Details: v}\ncondition: s", "Security", 4657, "\"NewValue\":\"v\",\"OperationType\":\"%%1906\"", 0 },
		{ "category: registry_delete", "s: {TargetObject|contains: Run}\ncondition: s", SYSMON, 12, "\"TargetObject\":\"HKLM\\\\Run\",\"EventType\":\"DeleteValue\"", 1 },
		{ "category: registry_delete", "s: {TargetObject|contains: Run}\ncondition: s", SYSMON, 12, "\"TargetObject\":\"HKLM\\\\Run\",\"EventType\":\"CreateKey\"", 0 },
		{ "category: network_connection", "s: {Initiated: 'true', DestinationPort: 80}\ncondition: s", "Security", 5156, "\"Direction\":\"%%14593\",\"DestPort\":80", 1 },
		{ "service: windefend", "s: {EventID: [1, 1116]}\ncondition: s", "microsoft-windows-windows defender/OPERATIONAL", 1116, "\"A\":1", 1 },
		{ "service: windefend", "s: {EventID: [1, 1116]}\ncondition: s", "Microsoft-Windows-Windows Defender/Operational", 1117, "\"A\":1", 0 },
		{ "service: system", "s: {Provider_Name: P, A: 1}\ncondition: s", "System", 7, "\"A\":1", 1 },
		{ "definition: none", "s: [evil]\ncondition: s", "Any/Log", 7, "\"A\":\"evil\"", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
		char *text = rule_text(one[i].detection, one[i].logsource, 1);
		unsigned n = hits_of(text, one[i].channel, one[i].id, one[i].data);
		if (n != one[i].want || said.length)
			fail_msg("source %zu: %u hits, not %u %s", i, n, one[i].want, buffer_string(&said));
		free(text);
	}
}

static void what_no_rule_asks_for_is_known_before_it_is_rendered(void **state)
{
	(void)state;
	char *text = rule_text("s: {EventID: 1102}\ncondition: s", "service: security", 1);
	struct sigma_rules *r = rules_of((const char *const *)&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	assert_true(sigma_wants_logs(r));
	assert_false(sigma_wants_records(r, RECORD_EVENT));
	assert_true(sigma_wants_log(m, "SECURITY", 8, 1102));
	assert_false(sigma_wants_log(m, "Security", 8, 4624));
	assert_false(sigma_wants_log(m, "System", 6, 1102));
	sigma_matcher_free(m);
	sigma_rules_free(r);
	free(text);
}

static void a_hit_says_what_matched_and_where(void **state)
{
	(void)state;
	const char *text = "title: A title\nid: 11111111-2222-3333-4444-555555555555\nlevel: critical\ntags: [attack.execution, attack.t1059.001, attack.s0002]\nscore: 55\nfamily: Fam\nactors: X, Y\n"
			   "references: [https://example.invalid/a, b]\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s: {Image|endswith: '\\x.exe', B|contains: y}\n  f: {C: z}\n  condition: s and not f\n";
	struct sigma_rules *r = rules_of(&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer hits = { 0 }, json = { 0 };
	struct record_view v;
	assert_int_equal(match(m, SYSMON, 1, "\"Image\":\"C:\\\\x.exe\",\"B\":\"xyz\"", &hits), 1);
	assert_null(record_view_open(&v, hits.data, hits.length));
	record_to_json(&json, &v);
	const char *const want[] = {
		"\"time\":\"2024-05-04T10:11:12.000000000Z\"", "\"locator\":\"a.evtx\"", "\"offset\":\"4608\"", "\"length\":\"100\"", "\"rule\":\"A title\"", "\"score\":55", "\"severity\":\"low\"",
		"\"method\":\"sigma\"", "\"family\":\"Fam\"", "\"actors\":\"X, Y\"", "\"attack\":\"T1059.001,S0002\"", "\"reference\":\"https://example.invalid/a\"", "\"rule_file\":\"test.yml\"",
		"\"rule_id\":\"11111111-2222-3333-4444-555555555555\"", "\"host\":\"PC1\"", "\"why\":\"A title: Image C:\\\\x.exe, B xyz\"",
		"\"matches\":[{\"id\":\"Image\",\"text\":\"C:\\\\x.exe\"},{\"id\":\"B\",\"text\":\"xyz\"}]",
	};
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (!strstr(buffer_string(&json), want[i]))
			fail_msg("no %s in %s", want[i], buffer_string(&json));
	buffer_free(&hits);
	buffer_free(&json);
	sigma_matcher_free(m);
	sigma_rules_free(r);
}

static void values_without_names_answer_only_what_the_system_part_says(void **state)
{
	(void)state;
	char *text[] = { rule_text("s: {EventID: 7}\nf: {A: x}\ncondition: s and not f", "service: system", 1), rule_text("s: {EventID: 7}\ncondition: s", "service: system", 2) };
	struct sigma_rules *r = rules_of((const char *const *)text, 2);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer frame = { 0 }, hits = { 0 };
	event_frame(&frame, "2024-05-04T10:11:12Z", "System", 7, "\"flags\":[\"recovered\",\"template_lost\"],", "\"v0\":\"x\"");
	assert_int_equal(sigma_match(m, frame.data, frame.length, &hits), 1);
	buffer_clear(&frame);
	event_frame(&frame, "2024-05-04T10:11:12Z", "System", 7, "", "\"B\":\"x\"");
	assert_int_equal(sigma_match(m, frame.data, frame.length, &hits), 2);
	buffer_free(&frame);
	buffer_free(&hits);
	sigma_matcher_free(m);
	sigma_rules_free(r);
	free(text[0]);
	free(text[1]);
}

static void own_rules_look_at_records_of_artefacts(void **state)
{
	(void)state;
	const char *text = "title: T\nlogsource: {product: spoor, category: event, service: reg.*}\ndetection:\n  s: {path|contains: '\\Run', command|endswith: evil.exe}\n  condition: s\n";
	const char *yes = "{\"time\":\"2024-05-04T10:11:12Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"d\",\"kind\":\"registry_key\",\"locator\":\"a\",\"message\":\"m\",\"path\":\"HKLM\\\\Run\",\"artifact\":\"reg.run\","
			  "\"data\":{\"values\":[{\"command\":\"C:\\\\evil.exe\"}]}}";
	const char *no = "{\"time\":\"2024-05-04T10:11:12Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"d\",\"kind\":\"file\",\"locator\":\"a\",\"message\":\"m\",\"path\":\"HKLM\\\\Run\",\"artifact\":\"win.lnk\","
			 "\"data\":{\"command\":\"C:\\\\evil.exe\"}}";
	struct sigma_rules *r = rules_of(&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer frame = { 0 }, hits = { 0 };
	assert_true(sigma_wants_records(r, RECORD_EVENT));
	assert_false(sigma_wants_logs(r));
	assert_null(record_from_json(&frame, yes, strlen(yes)));
	assert_int_equal(sigma_match(m, frame.data, frame.length, &hits), 1);
	buffer_clear(&frame);
	assert_null(record_from_json(&frame, no, strlen(no)));
	assert_int_equal(sigma_match(m, frame.data, frame.length, &hits), 0);
	buffer_free(&frame);
	buffer_free(&hits);
	sigma_matcher_free(m);
	sigma_rules_free(r);
}

/* Events "minute:user" of one log, with spaces between; hits that come of it. */
static unsigned counted(const char *text, const char *events)
{
	struct sigma_rules *r = rules_of(&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer hits = { 0 };
	unsigned minute, n = 0;
	char user[8];
	int id;
	for (int at = 0, used; sscanf(events + at, "%u:%7[^:]:%d%n", &minute, user, &id, &used) == 3; at += used) {
		struct buffer frame = { 0 };
		char time[40], data[80];
		snprintf(time, sizeof time, "2024-05-04T10:%02u:00Z", minute);
		snprintf(data, sizeof data, "\"TargetUserName\":\"%s\",\"IpAddress\":\"10.0.0.1\"", user);
		event_frame(&frame, time, "Security", id, "", data);
		n += sigma_match(m, frame.data, frame.length, &hits);
		buffer_free(&frame);
	}
	n += sigma_log_end(m, &hits, limited, NULL);
	/* the next log begins anew */
	assert_int_equal(sigma_log_end(m, &hits, limited, NULL), 0);
	buffer_free(&hits);
	sigma_matcher_free(m);
	sigma_rules_free(r);
	return n;
}

#define BASE(name, id) "title: B" name "\nname: " name "\nlogsource: {product: windows, service: security}\ndetection:\n  s: {EventID: " id "}\n  condition: s\n---\n"
#define CORRELATION(type, rules, rest) "title: C\ncorrelation:\n  type: " type "\n  rules: [" rules "]\n  group-by: [IpAddress]\n  timespan: 5m\n" rest

static void counts_and_correlations_look_at_windows_of_time(void **state)
{
	static const char old[] = "title: O\nlogsource: {product: windows, service: security}\ndetection:\n  s: {EventID: 4625}\n  timeframe: 5m\n  condition: s | count() by TargetUserName >= 3\n";
	static const char values[] = "title: O\nlogsource: {product: windows, service: security}\ndetection:\n  s: {EventID: 4625}\n  timeframe: 5m\n  condition: s | count(TargetUserName) by IpAddress > 2\n";
	static const char events[] = BASE("b", "4625") CORRELATION("event_count", "b", "  condition: {gte: 3}\n");
	static const char different[] = BASE("b", "4625") CORRELATION("value_count", "b", "  condition: {field: TargetUserName, gte: 3}\n");
	static const char both[] = BASE("b", "4625") BASE("c", "4624") CORRELATION("temporal", "b, c", "");
	static const char ordered[] = BASE("b", "4625") BASE("c", "4624") CORRELATION("temporal_ordered", "b, c", "");
	static const char loud[] = BASE("b", "4625") CORRELATION("event_count", "b", "  generate: true\n  condition: {gte: 2}\n");
	static const char few[] = BASE("b", "4625") CORRELATION("event_count", "b", "  condition: {lt: 2}\n");
	static const struct { const char *rules, *log; unsigned hits; } one[] = {
		{ old, "1:a:4625 2:a:4625 3:a:4625", 1 },
		{ old, "1:a:4625 2:b:4625 3:a:4625", 0 },
		{ old, "1:a:4625 7:a:4625 13:a:4625", 0 },
		{ old, "3:a:4625 1:a:4625 2:a:4625 20:a:4625 21:a:4625 22:a:4625", 2 },          /* not in order of time */
		{ old, "1:a:4625 5:a:4625 6:a:4625 7:a:4625", 1 },                                /* the window slides */
		{ values, "1:a:4625 2:b:4625 3:c:4625", 1 },
		{ values, "1:a:4625 2:b:4625 3:a:4625 4:b:4625", 0 },
		{ events, "1:a:4625 2:b:4625 3:c:4625 4:d:4625 5:e:4625", 1 },                    /* a burst is one hit */
		{ events, "1:a:4625 2:b:4625 3:c:4624", 0 },
		{ different, "1:a:4625 2:a:4625 3:b:4625 4:c:4625", 1 },
		{ both, "1:a:4624 2:a:4625", 1 },
		{ both, "1:a:4624 9:a:4625", 0 },
		{ ordered, "1:a:4625 2:a:4624", 1 },
		{ ordered, "1:a:4624 2:a:4625", 0 },
		{ loud, "1:a:4625 2:a:4625", 3 },
		{ few, "1:a:4625 9:a:4625 10:a:4625", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
		unsigned n = counted(one[i].rules, one[i].log);
		if (n != one[i].hits || said.length)
			fail_msg("count %zu: %u hits, not %u %s", i, n, one[i].hits, buffer_string(&said));
	}
}

static void a_rule_that_cannot_be_used_says_why_and_the_rest_runs(void **state)
{
	static const struct { const char *rule, *why; } bad[] = {
		{ "title: [", "line 2" },
		{ "", "empty" },
		{ "title: T\nlogsource: {product: linux}\ndetection: {s: {A: 1}, condition: s}\n", "(elsewhere)" },
		{ "title: T\nlogsource: {product: windows, category: file_access}\ndetection: {s: {A: 1}, condition: s}\n", "category file_access" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A|expand: '%x%'}, condition: s}\n", "expand" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A|re: '('}, condition: s}\n", "regular expression" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A|cidr: '10.0.0.0/33'}, condition: s}\n", "network" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A|gt: x}, condition: s}\n", "number" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A: 1}, condition: t}\n", "no selection" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A: 1}, condition: s and}\n", "condition" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A: 1}, condition: s | near t}\n", "aggregation" },
		{ "title: T\nlogsource: {category: process_creation}\ndetection: {s: {A: 1}}\n", "no condition" },
		{ "logsource: {category: process_creation}\ndetection: {s: {A: 1}, condition: s}\n", "title" },
		{ "title: T\ncorrelation: {type: event_count, rules: [x], timespan: 1m, condition: {gt: 1}}\n", "not there" },
		{ "title: T\ncorrelation: {type: value_median, rules: [x], timespan: 1m, condition: {gt: 1}}\n", "not supported" },
	};
	(void)state;
	char *good = rule_text(cases[0].detection, "category: process_creation", 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *text[] = { bad[i].rule, good };
		struct sigma_rules *r = rules_of(text, 2);
		struct sigma_matcher *m = sigma_matcher_new(r);
		struct buffer hits = { 0 };
		if (!strstr(buffer_string(&said), bad[i].why))
			fail_msg("%s: said %s", bad[i].rule, buffer_string(&said));
		assert_int_equal(match(m, SYSMON, 1, cases[0].yes, &hits), 1);
		buffer_free(&hits);
		sigma_matcher_free(m);
		sigma_rules_free(r);
	}
	free(good);
}

static void a_regular_expression_that_explodes_is_bounded_and_told(void **state)
{
	(void)state;
	char *text = rule_text("s: {A|re: '^(a+)+$'}\ncondition: s", "category: process_creation", 1);
	struct sigma_rules *r = rules_of((const char *const *)&text, 1);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer hits = { 0 };
	for (int i = 0; i < 40; i++)
		assert_int_equal(match(m, SYSMON, 1, "\"A\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"", &hits), 0);
	assert_int_equal(said.length, 0);
	assert_int_equal(sigma_log_end(m, &hits, limited, NULL), 0);
	assert_non_null(strstr(buffer_string(&said), "T1: its regular expression took too many steps on 16 values and was not asked again"));
	assert_int_equal(match(m, SYSMON, 1, "\"A\":\"aaa\"", &hits), 1);
	buffer_free(&hits);
	sigma_matcher_free(m);
	sigma_rules_free(r);
	free(text);
}

static int clear(void **state)
{
	(void)state;
	buffer_free(&said);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modifiers_and_conditions_match_what_they_say), cmocka_unit_test(a_rule_gives_the_same_alone_and_among_others), cmocka_unit_test(log_sources_name_channels_ids_and_fields),
		cmocka_unit_test(what_no_rule_asks_for_is_known_before_it_is_rendered), cmocka_unit_test(a_hit_says_what_matched_and_where),
		cmocka_unit_test(values_without_names_answer_only_what_the_system_part_says), cmocka_unit_test(own_rules_look_at_records_of_artefacts),
		cmocka_unit_test(counts_and_correlations_look_at_windows_of_time), cmocka_unit_test(a_rule_that_cannot_be_used_says_why_and_the_rest_runs),
		cmocka_unit_test(a_regular_expression_that_explodes_is_bounded_and_told),
	};
	return cmocka_run_group_tests(tests, NULL, clear);
}
