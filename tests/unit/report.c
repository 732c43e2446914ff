/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: events come out of the page as they went in; the page runs only what its policy names; the histogram counts every event; errors are all there. */
#include "bundle/page.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "base/hash.h"

struct room { char path[256]; };

static int room_make(void **state)
{
	struct room *r = calloc(1, sizeof *r);
	snprintf(r->path, sizeof r->path, "/tmp/spoor-report-XXXXXX");
	if (!mkdtemp(r->path))
		return -1;
	*state = r;
	return 0;
}

static int room_clear(void **state)
{
	struct room *r = *state;
	char command[320];
	snprintf(command, sizeof command, "rm -rf -- '%s'", r->path);
	int status = system(command);
	free(r);
	return status;
}

static char *whole(const struct room *r, const char *name, size_t *length)
{
	char path[384];
	snprintf(path, sizeof path, "%s/data/%s", r->path, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*length = (size_t)ftell(f);
	rewind(f);
	char *text = malloc(*length + 1);
	assert_int_equal(fread(text, 1, *length, f), *length);
	text[*length] = 0;
	fclose(f);
	return text;
}

/* ---- what pack.c writes, read back */

static uint8_t *stream(const char *text, size_t length, size_t *size)
{
	uint8_t *packed = malloc(length + 1);
	assert_int_equal(length % 4, 0);
	int got = EVP_DecodeBlock(packed, (const uint8_t *)text, (int)length);
	assert_true(got >= 0);
	uLongf room = 64 << 20;
	uint8_t *out = malloc(room);
	assert_int_equal(uncompress(out, &room, packed, (uLong)got), Z_OK);
	free(packed);
	*size = room;
	return out;
}

static uint64_t varint(const uint8_t **p)
{
	uint64_t v = 0;
	for (unsigned shift = 0;; shift += 7) {
		v |= (uint64_t)(**p & 0x7f) << shift;
		if (!(*(*p)++ & 0x80))
			return v;
	}
}

/* Calls back with each row of a block "times.texts"; returns how many. */
static unsigned unpack(const char *block, size_t length, void (*row)(void *owner, unsigned n, int64_t seconds, uint32_t ns, uint8_t kind, uint8_t flags, const char *const text[PACK_TEXTS], const size_t size[PACK_TEXTS]), void *owner)
{
	const char *dot = memchr(block, '.', length);
	assert_non_null(dot);
	size_t n1, n2;
	uint8_t *times = stream(block, (size_t)(dot - block), &n1), *texts = stream(dot + 1, length - (size_t)(dot + 1 - block), &n2);
	const uint8_t *p = times, *q = texts;
	unsigned rows = (unsigned)varint(&p);
	int64_t *seconds = calloc(rows, sizeof *seconds);
	uint32_t *ns = calloc(rows, sizeof *ns);
	uint32_t *line = calloc(rows, PACK_TEXTS * sizeof *line), lines = 0;
	for (unsigned i = 0; i < rows; i++) {
		uint64_t v = varint(&p);
		seconds[i] = i ? seconds[i - 1] + (int64_t)v : v % 2 ? -(int64_t)(v / 2) - 1 : (int64_t)(v / 2);
	}
	for (unsigned i = 0; i < rows; i++) {
		uint64_t v = varint(&p);
		ns[i] = (uint32_t)(v % 2 ? v / 2 : v * 50);
	}
	for (unsigned i = 0; i < rows * PACK_TEXTS; i++) {
		uint64_t v = varint(&q);
		line[i] = v == 1 ? ++lines : v ? (uint32_t)v - 1 : 0;
	}
	const char **start = calloc(lines + 2, sizeof *start);
	start[1] = (const char *)q;
	for (uint32_t i = 1; i <= lines; i++) {
		start[i + 1] = (const char *)memchr(start[i], '\n', (size_t)((const char *)texts + n2 - start[i])) + 1;
		assert_ptr_not_equal(start[i + 1], (const char *)1);
	}
	assert_ptr_equal(start[lines + 1], texts + n2);
	for (unsigned i = 0; i < rows; i++) {
		const char *text[PACK_TEXTS];
		size_t size[PACK_TEXTS];
		for (unsigned k = 0; k < PACK_TEXTS; k++) {
			uint32_t at = line[i * PACK_TEXTS + k];
			assert_true(at <= lines);
			text[k] = at ? start[at] : NULL;
			size[k] = at ? (size_t)(start[at + 1] - start[at] - 1) : 0;
		}
		row(owner, i, seconds[i], ns[i], p[i], p[rows + i], text, size);
	}
	assert_ptr_equal(p + 2 * rows, times + n1);
	free(times), free(texts), free(seconds), free(ns), free(line), free(start);
	return rows;
}

static const int64_t SECONDS[] = { -11644473600, -11644473600, -1, 0, 1700000000, 1700000000, 4102444800, INT64_C(1) << 60 };
static const uint32_t FRACTION[] = { 0, 100, 123456700, 999999999, 1, 500, 0, 42 };

static void row_is_as_given(void *owner, unsigned n, int64_t seconds, uint32_t ns, uint8_t kind, uint8_t flags, const char *const text[PACK_TEXTS], const size_t size[PACK_TEXTS])
{
	(void)owner;
	char message[32];
	assert_int_equal(seconds, n == 7 ? INT64_C(1) << 52 : SECONDS[n]);
	assert_int_equal(ns, FRACTION[n]);
	assert_int_equal(kind, n % 3);
	assert_int_equal(flags, n % 8);
	assert_int_equal(size[PACK_WHAT], 4);
	assert_memory_equal(text[PACK_WHAT], "what", 4);
	if (n == 6) {           /* long and in letters of three bytes: cut between two of them */
		assert_int_equal((uint8_t)text[PACK_MESSAGE][998], 0xac);
		assert_memory_equal(text[PACK_MESSAGE] + 999, " \xe2\x80\xa6 2001 bytes more", 20);
	} else {
		snprintf(message, sizeof message, "message %u", n / 2);
		assert_int_equal(size[PACK_MESSAGE], strlen(message));
		assert_memory_equal(text[PACK_MESSAGE], message, strlen(message));
	}
	assert_null(text[PACK_HOST]);
	assert_true(n % 2 ? text[PACK_USER] && size[PACK_USER] == 0 : !text[PACK_USER]);
}

static void pack_gives_back_what_it_got(void **state)
{
	(void)state;
	struct pack *p = pack_new();
	struct buffer out = { 0 };
	char *wide = malloc(3001);
	for (unsigned i = 0; i < 1000; i++)
		memcpy(wide + 3 * i, "\xe2\x82\xac", 3);
	for (int turn = 0; turn < 2; turn++) {          /* a second block starts anew */
		for (unsigned n = 0; n < 8; n++) {
			char message[32];
			snprintf(message, sizeof message, "message %u", n / 2);
			struct pack_row r = { .seconds = SECONDS[n], .nanoseconds = FRACTION[n], .kind = (uint8_t)(n % 3), .flags = (uint8_t)(n % 8), .text = { "what", n == 6 ? wide : message, "locator", NULL, n % 2 ? "" : NULL },
				.length = { 4, n == 6 ? 3000 : strlen(message), 7, 0, 0 } };
			assert_false(pack_add(p, &r));
		}
		buffer_clear(&out);
		assert_int_equal(pack_take(p, &out), 8);
		assert_int_equal(unpack((const char *)out.data, out.length, row_is_as_given, NULL), 8);
	}
	buffer_free(&out);
	pack_free(p);
	free(wide);
}

static void pack_is_full_by_rows_or_text(void **state)
{
	(void)state;
	struct pack *p = pack_new();
	struct buffer out = { 0 };
	char text[PACK_STRING];
	memset(text, 'x', sizeof text);
	unsigned rows = 1;
	while (!pack_add(p, &(struct pack_row){ .seconds = rows, .text = { "a" }, .length = { 1 } }))
		rows++;
	assert_int_equal(rows, PACK_ROWS);
	assert_int_equal(pack_take(p, &out), PACK_ROWS);
	for (rows = 1;; rows++) {
		snprintf(text, 12, "%011u", rows);
		if (pack_add(p, &(struct pack_row){ .text = { NULL, text }, .length = { 0, sizeof text } }))
			break;
	}
	assert_in_range(rows, PACK_TEXT / sizeof text - 20, PACK_TEXT / sizeof text + 1);
	assert_int_equal(pack_take(p, &out), rows);
	buffer_free(&out);
	pack_free(p);
}

/* ---- the page */

#define EVIL "<script>alert(1)</script>\"'&\x1b[2J\xe2\x80\xae\xe2\x80\xa8]]>--><!-- </title></style> http://evil.example.com/x.y"

static void give(struct bundle *b, struct record_builder *r, struct buffer *frame)
{
	struct record_view v;
	record_end(r);
	assert_null(record_view_open(&v, frame->data, frame->length));
	assert_true(bundle_record(b, &v));
	buffer_clear(frame);
}

enum { EVENTS = 40000, ERRORS = 120 };

static void make(const struct room *r)
{
	struct buffer f = { 0 };
	struct bundle *b = bundle_new(&(struct bundle_options){ .path = r->path });
	assert_non_null(b);
	char *huge = malloc(200000);
	memset(huge, '<', 200000);
	for (unsigned i = 0; i < EVENTS; i++) {
		char locator[64];
		struct timestamp t = time_from_unix(i == 0 ? -11644473600 : 1600000000 + 3600 * (int64_t)i, i, TIME_NS);
		struct record_builder e = record_begin(&f, RECORD_EVENT);
		snprintf(locator, sizeof locator, "disk.E01::ntfs:/%u", i);
		record_time(&e, F_TIME, &t);
		record_string(&e, F_TIMESTAMP_DESC, i % 100 == 0 ? EVIL : "Creation Time");
		record_string(&e, F_KIND, i % 200 == 0 ? EVIL : "fs:stat");
		record_string(&e, F_LOCATOR, locator);
		if (i == 7)
			record_evidence_text(&e, F_MESSAGE_TEXT, huge, 200000, TEXT_UTF8);
		else
			record_string(&e, F_MESSAGE_TEXT, i % 2 ? EVIL : "plain");
		record_string(&e, F_USER, EVIL);
		give(b, &e, &f);
	}
	for (unsigned i = 0; i < ERRORS; i++) {
		struct record_builder e = record_begin(&f, RECORD_ERROR);
		record_string(&e, F_KIND, i % 3 ? "ntfs.fixup" : EVIL);
		record_string(&e, F_SEVERITY_CLASS, "damage");
		record_string(&e, F_MESSAGE_TEXT, EVIL);
		record_string(&e, F_LOCATOR, "disk.E01::ntfs:/x");
		give(b, &e, &f);
	}
	struct record_builder h = record_begin(&f, RECORD_HIT);
	record_string(&h, F_LOCATOR, "disk.E01::ntfs:/100");
	record_string(&h, F_RULE, EVIL);
	record_number(&h, F_SCORE, 90);
	record_string(&h, F_WHY, EVIL);
	give(b, &h, &f);
	assert_true(bundle_finish(b, &(struct bundle_facts){ .version = "0", .status = "complete" }));
	bundle_free(b);
	buffer_free(&f);
	free(huge);
}

static void policy_names(const char *page, const char *kind, const char *from, size_t length)
{
	uint8_t digest[32], text[64];
	char wanted[96];
	hash_sha256(from, length, digest);
	EVP_EncodeBlock(text, digest, 32);
	snprintf(wanted, sizeof wanted, "%s 'sha256-%s';", kind, text);
	const char *policy = strstr(page, "http-equiv=\"Content-Security-Policy\"");
	assert_non_null(policy);
	assert_true(strstr(policy, wanted) && strstr(policy, wanted) < strchr(policy, '>'));
}

static void report_runs_only_what_its_policy_names(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r);
	char *text = whole(r, "report.html", &length);
	assert_int_equal(strlen(text), length);
	assert_non_null(strstr(text, "content=\"default-src 'none'; style-src 'sha256-"));
	assert_null(strstr(text, "unsafe-"));
	char *kinds = strstr(text, "id=\"kinds\">"), *kinds_end = strstr(kinds, "</script>");
	assert_null(memchr(kinds + 11, '<', (size_t)(kinds_end - kinds - 11)));
	char *live = strstr(text, "http://");           /* data of the script alone, which shows it as hxxp */
	assert_true(live > kinds && live < kinds_end && !strstr(kinds_end, "http://"));
	assert_null(strstr(text, "alert(1)<"));
	assert_null(strstr(text, "\xe2\x80\xa8"));
	const char *style = strstr(text, "<style>");
	policy_names(text, "style-src", style + 7, (size_t)(strstr(style, "</style>") - style - 7));
	unsigned running = 0;
	for (const char *s = text; (s = strstr(s, "<script")); s++) {
		if (strncmp(s, "<script type=\"application/", 26) == 0) {
			const char *end = strstr(s, "</script>"), *inside = strchr(s, '>') + 1;
			assert_true(end && !memchr(inside, '<', (size_t)(end - inside)));
			continue;
		}
		assert_memory_equal(s, "<script>", 8);
		policy_names(text, "script-src", s + 8, (size_t)(strstr(s, "</script>") - s - 8));
		running++;
	}
	assert_int_equal(running, 1);
	for (const char *s = text; (s = strstr(s, " on")); s++)         /* no handler in any tag of ours */
		assert_false(strncmp(s, " onerror=", 9) == 0 || strncmp(s, " onclick=", 9) == 0 || strncmp(s, " onload=", 8) == 0);
	for (const char *s = text; (s = strstr(s, "href=")); s++)
		assert_memory_equal(s, "href=\"#", 7);
	free(text);
}

struct told { unsigned rows, evil, huge; int64_t last; };

static void row_told(void *owner, unsigned n, int64_t seconds, uint32_t ns, uint8_t kind, uint8_t flags, const char *const text[PACK_TEXTS], const size_t size[PACK_TEXTS])
{
	struct told *t = owner;
	(void)n, (void)kind, (void)flags, (void)ns;
	assert_true(seconds >= t->last);
	t->last = seconds;
	t->rows++;
	t->evil += text[PACK_MESSAGE] && size[PACK_MESSAGE] > 25 && memcmp(text[PACK_MESSAGE], "<script>alert(1)</script>", 25) == 0;
	t->huge += size[PACK_MESSAGE] > 900;
	assert_true(size[PACK_MESSAGE] < PACK_STRING + 40);
	for (unsigned k = 0; k < PACK_TEXTS; k++)
		for (size_t i = 0; i < size[k]; i++)
			assert_true((uint8_t)text[k][i] >= 0x20);
}

static void report_holds_every_event(void **state)
{
	struct room *r = *state;
	size_t length;
	struct told t = { .last = INT64_MIN };
	make(r);
	char *text = whole(r, "report.html", &length);
	unsigned blocks = 0;
	for (const char *s = text; (s = strstr(s, "class=\"events\">")); blocks++) {
		s += 15;
		unpack(s, (size_t)(strstr(s, "</script>") - s), row_told, &t);
	}
	assert_int_equal(t.rows, EVENTS);
	assert_int_equal(t.evil, EVENTS / 2 - 1);
	assert_int_equal(t.huge, 1);
	assert_true(blocks >= 2);
	assert_non_null(strstr(text, "<data id=\"embedded\" value=\"40000\">"));
	free(text);
}

static void report_counts_in_its_histogram(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r);
	char *text = whole(r, "report.html", &length), *svg = strstr(text, "<svg"), *end = strstr(svg, "</svg>");
	unsigned long long sum = 0, before = 0, after = 0;
	for (char *s = svg; (s = strstr(s, "<title>")) && s < end; s++)
		sum += strtoull(strstr(s, ": ") + 2, NULL, 10);
	char *left = strstr(text, "Not in the picture: ");
	assert_non_null(left);
	assert_int_equal(sscanf(left, "Not in the picture: %llu earlier, %llu later", &before, &after), 2);
	assert_int_equal(sum + before + after, EVENTS);
	assert_true(before >= 1 && before < EVENTS / 100 && after < EVENTS / 100);
	assert_non_null(strstr(svg, "class=\"mark\""));
	free(text);
}

static void report_groups_every_error(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r);
	char *text = whole(r, "report.html", &length), *first = strstr(text, "<summary><b>80</b> × <bdi>damage</bdi> · <bdi>ntfs.fixup</bdi>"), *second = strstr(text, "<summary><b>40</b> × ");
	assert_true(first && second && first < second);
	assert_true(strstr(first, "30 more of this kind: errors.jsonl.") < second);
	assert_true(second < strstr(text, "id=\"findings\""));
	free(text);
}

static void report_is_the_same_twice(void **state)
{
	struct room *r = *state, two = { "" };
	size_t one_length, two_length;
	snprintf(two.path, sizeof two.path, "%.200s/two", r->path);
	assert_int_equal(mkdir(two.path, 0777), 0);
	make(&two);
	char *a = whole(&two, "report.html", &two_length);
	make(r);
	char *b = whole(r, "report.html", &one_length);
	assert_int_equal(one_length, two_length);
	assert_memory_equal(a, b, one_length);
	free(a);
	free(b);
}

/* Two findings of one rule, with matched strings of both kinds, and one of a list: what a rule says stands once, what matched with each finding. */
static void report_tells_rules_once_and_matches_each_time(void **state)
{
	struct room *r = *state;
	struct buffer f = { 0 };
	struct bundle *b = bundle_new(&(struct bundle_options){ .path = r->path });
	for (unsigned i = 0; i < 3; i++) {
		char locator[64];
		struct record_builder h = record_begin(&f, RECORD_HIT);
		snprintf(locator, sizeof locator, "disk.E01::ntfs:/%u", i);
		record_string(&h, F_LOCATOR, locator);
		record_string(&h, F_RULE, i < 2 ? "RULE_ONE" : "IOC_NAME");
		record_number(&h, F_SCORE, 80 - i);
		record_string(&h, F_METHOD, i < 2 ? "yara" : "ioc");
		record_string(&h, F_FAMILY, "A family");
		record_string(&h, F_ATTACK, "T1059.001");
		record_string(&h, F_REFERENCE, EVIL);
		record_string(&h, F_AUTHOR, "an author");
		record_string(&h, F_LICENCE, "a licence");
		record_string(&h, F_DESCRIPTION, i == 1 ? "said of the second alone" : "Finds it");
		record_list(&h, F_MATCHES);
		for (unsigned k = 0; k < 12; k++) {
			value_map(&h, NULL);
			value_string(&h, "id", k ? "$again" : EVIL);
			value_big(&h, "offset", 4096 + k);
			value_string(&h, "before", "<b>before");
			if (i)
				value_hex(&h, "hex", (const uint8_t *)"W\0o\0r\0d\0<\0\1", 11);
			else
				value_string(&h, "text", "<script>alert(2)</script>");
			record_close(&h);
		}
		value_string(&h, NULL, "no map");
		record_close(&h);
		record_string(&h, F_WHY, "the rule's words");
		give(b, &h, &f);
	}
	assert_true(bundle_finish(b, &(struct bundle_facts){ .version = "0", .status = "complete" }));
	bundle_free(b);
	size_t length;
	char *text = whole(r, "report.html", &length);
	static const struct { const char *part; unsigned times; } expected[] = {
		{ "<details class=\"rule\"", 2 }, { "an author", 2 }, { "a licence", 2 }, { "Finds it", 2 }, { "said of the second alone", 1 }, { "T1059.001", 2 }, { "the rule&#39;s words", 5 },
		{ "check next", 2 }, { "alert(2)&lt;/script&gt;", 8 }, { ">Word&lt;.<", 16 }, { "4 more matches", 3 }, { "at 4096", 0 }, { "<b>before", 0 }, { "alert(1)</script>", 0 }, { "alert(2)</script>", 0 },
		{ "<a href=\"#r1\">", 2 }, { "<a href=\"#f1\">", 1 },
	};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		unsigned times = 0;
		for (const char *at = text; (at = strstr(at, expected[i].part)); at++)
			times++;
		if (times != expected[i].times)
			fail_msg("%s: %u times, not %u", expected[i].part, times, expected[i].times);
	}
	free(text);
	buffer_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pack_gives_back_what_it_got),
		cmocka_unit_test(pack_is_full_by_rows_or_text),
		cmocka_unit_test_setup_teardown(report_runs_only_what_its_policy_names, room_make, room_clear),
		cmocka_unit_test_setup_teardown(report_holds_every_event, room_make, room_clear),
		cmocka_unit_test_setup_teardown(report_tells_rules_once_and_matches_each_time, room_make, room_clear),
		cmocka_unit_test_setup_teardown(report_counts_in_its_histogram, room_make, room_clear),
		cmocka_unit_test_setup_teardown(report_groups_every_error, room_make, room_clear),
		cmocka_unit_test_setup_teardown(report_is_the_same_twice, room_make, room_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
