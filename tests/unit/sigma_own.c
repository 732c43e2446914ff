/* SPDX-License-Identifier: Apache-2.0 */
/* sigma-rules/: each of spoor's own rules loads, says what it has to say, finds the records made for it in tests/rules/sigma.cases, and nothing that is made for another. Run from the source tree. */
#include "detect/sigma_rule.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/sigma.h"

enum { RULES_MOST = 256, FIELDS = 6 };

static struct sigma_source_text file[RULES_MOST];
static size_t files;
static struct sigma_rules *rules;

static char *whole(const char *name, size_t *length)
{
	struct buffer b = { 0 };
	size_t got;
	FILE *f = fopen(name, "rb");
	if (!f)
		fail_msg("%s: run this from the source tree", name);
	while ((got = fread(buffer_reserve(&b, 4096), 1, 4096, f)) > 0)
		b.length += got;
	fclose(f);
	char *text = memory_copy(b.data, b.length);
	*length = b.length;
	buffer_free(&b);
	return text;
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	size_t n = strlen(path), length;
	(void)st, (void)ftw;
	if (kind != FTW_F || n < 4 || strcmp(path + n - 4, ".yml"))
		return 0;
	assert_true(files < RULES_MOST);
	char *text = whole(path, &length);
	file[files++] = (struct sigma_source_text){ memory_string(path), text, length };
	return 0;
}

static void failed(void *owner, const char *name, const char *title, const char *why, bool elsewhere)
{
	(void)owner, (void)elsewhere;
	fail_msg("%s (%s): %s", name, title ? title : "", why);
}

static int load(void **state)
{
	(void)state;
	nftw("sigma-rules", visit, 8, FTW_PHYS);
	rules = sigma_compile(file, files, failed, NULL);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	sigma_rules_free(rules);
	while (files--) {
		free((void *)file[files].name);
		free((void *)file[files].text);
	}
	return 0;
}

static void own_rules_say_what_they_have_to(void **state)
{
	static const char *const need[] = { "title", "id", "status", "description", "references", "author", "date", "tags", "logsource", "detection", "level", "score", "family", "actors", "licence" };
	static const struct { const char *level; unsigned long least, most; } level[] = { { "informational", 0, 39 }, { "low", 40, 59 }, { "medium", 40, 74 }, { "high", 75, 89 }, { "critical", 90, 100 } };
	const char *id[RULES_MOST] = { NULL };
	struct arena a = { 0 };
	(void)state;
	assert_true(files > 10);
	for (size_t i = 0; i < files; i++) {
		const char *wrong;
		struct sigma_node *d = sigma_yaml_read(&a, file[i].text, file[i].length, &wrong);
		for (size_t k = 0; k < sizeof need / sizeof *need; k++)
			if (!sigma_node_get(d, need[k]))
				fail_msg("%s: no %s", file[i].name, need[k]);
		unsigned long score = strtoul(sigma_node_text(sigma_node_get(d, "score")), NULL, 10);
		const char *said = sigma_node_text(sigma_node_get(d, "level"));
		bool fits = false;
		for (size_t k = 0; k < sizeof level / sizeof *level; k++)
			fits |= !strcmp(level[k].level, said) && score >= level[k].least && score <= level[k].most;
		if (!fits)
			fail_msg("%s: level %s and score %lu", file[i].name, said, score);
		id[i] = sigma_node_text(sigma_node_get(d, "id"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(id[k], id[i]);
	}
	arena_free(&a);
}

static void frame_of(struct buffer *frame, char *const field[FIELDS])
{
	struct buffer line = { 0 };
	const char *kind = field[2];
	if (!strcmp(kind, "log")) {
		buffer_format(&line, "{\"time\":\"2024-05-04T10:11:12Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"d\",\"kind\":\"log_event\",\"locator\":\"a\",\"message\":\"m\","
		              "\"data\":{\"provider\":\"%s\",\"event_id\":%s,\"channel\":\"%s\",\"EventData\":%s}}",
		              !strcmp(field[4], "104") ? "Microsoft-Windows-Eventlog" : "Service Control Manager", field[4], field[3], field[5]);
	} else {
		struct buffer path = { 0 };
		for (const char *p = field[4]; *p; p++) {
			if (*p == '\\')
				buffer_byte(&path, '\\');
			if (*p == ' ' && !strcmp(kind, "node"))
				buffer_text(&path, "%20");      /* as paths of nodes are written */
			else
				buffer_byte(&path, (uint8_t)*p);
		}
		if (!strcmp(kind, "node"))
			buffer_format(&line, "{\"type\":\"node\",\"kind\":\"%s\",\"locator\":\"a\",\"name\":\"%s\",\"path\":\"%s\"}", field[3], strrchr(field[4], '/') + 1, buffer_string(&path));
		else
			buffer_format(&line, "{\"time\":\"2024-05-04T10:11:12Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"d\",\"kind\":\"k\",\"locator\":\"a\",\"message\":\"m\",\"path\":\"%s\",\"artifact\":\"%s\",\"data\":%s}",
			              buffer_string(&path), field[3], field[5]);
		buffer_free(&path);
	}
	const char *wrong = record_from_json(frame, (const char *)line.data, line.length);
	if (wrong)
		fail_msg("%s: %s", wrong, buffer_string(&line));
	buffer_free(&line);
}

static void own_rules_find_what_was_made_for_them(void **state)
{
	size_t length;
	char *text = whole("tests/rules/sigma.cases", &length);
	struct sigma_matcher *m = sigma_matcher_new(rules);
	struct buffer titles = { 0 };
	(void)state;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *field[FIELDS] = { NULL };
		struct buffer frame = { 0 }, hits = { 0 };
		struct record_view v;
		if (*line == '#')
			continue;
		for (unsigned i = 0; i < FIELDS; i++)
			field[i] = strsep(&line, "\t");
		assert_non_null(field[FIELDS - 1]);
		bool yes = !strcmp(field[1], "yes"), hit = false;
		frame_of(&frame, field);
		(void)sigma_match(m, frame.data, frame.length, &hits);
		for (size_t at = 0, n; (n = record_frame_length(hits.data + at, hits.length - at)); at += n) {
			assert_null(record_view_open(&v, hits.data + at, n));
			if (record_text_equals(&v, F_RULE, field[0]))
				hit = true;
			else if (yes)
				print_message("%s: another rule finds it, too\n", field[0]);
		}
		if (hit != yes)
			fail_msg("%s %s %s %s", field[0], yes ? "misses" : "finds", field[4], field[5]);
		buffer_format(&titles, "%s\t%s\n", field[0], field[1]);
		buffer_free(&frame);
		buffer_free(&hits);
	}
	struct arena a = { 0 };
	for (size_t i = 0; i < files; i++) {
		const char *wrong, *title = sigma_node_text(sigma_node_get(sigma_yaml_read(&a, file[i].text, file[i].length, &wrong), "title"));
		if (!strstr(buffer_string(&titles), arena_format(&a, "%s\tyes\n", title)) || !strstr(buffer_string(&titles), arena_format(&a, "%s\tno\n", title)))
			fail_msg("%s: no made record that it must find, or none that it must not", title);
	}
	arena_free(&a);
	buffer_free(&titles);
	sigma_matcher_free(m);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(own_rules_say_what_they_have_to), cmocka_unit_test(own_rules_find_what_was_made_for_them) };
	return cmocka_run_group_tests(tests, load, clear);
}
