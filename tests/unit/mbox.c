/* SPDX-License-Identifier: Apache-2.0 */
/* mbox.c: what splits a mailbox and what does not; every byte in exactly one node; a message found again by its offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

extern const struct format format_mbox;

#define ENVELOPE "From a@example.org Tue Mar  5 10:00:00 2024\n"
#define HEADER "From: a@example.org\nSubject: one\n\n"

struct told { struct reporter reporter; unsigned errors, notes; char kind[64]; };

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct told *t = (struct told *)r;
	(void)class, (void)step, (void)offset, (void)length, (void)message;
	t->errors++;
	snprintf(t->kind, sizeof t->kind, "%s", kind);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct told *t = (struct told *)r;
	(void)step, (void)offset, (void)length, (void)message;
	t->notes++;
	snprintf(t->kind, sizeof t->kind, "%s", kind);
}

static struct told told;

/* A source that does not lie in memory: so the window is used. */
struct hidden { struct source source; const uint8_t *bytes; };
static void hidden_read(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	(void)taint;
	memcpy(to, ((struct hidden *)s)->bytes + offset, length);
}
static void hidden_close(struct source *s) { (void)s; }
static const struct source_operations hidden_operations = { hidden_read, hidden_close };

static unsigned messages(const char *text, size_t length, char *steps, size_t most)
{
	struct hidden hidden = { { &hidden_operations, length, 512, NULL }, (const uint8_t *)text };
	told = (struct told){ .reporter = { .error = on_error, .note = on_note } };
	struct opening o = { .source = &hidden.source, .report = &told.reporter };
	struct container *c = format_open(&format_mbox, &o);
	struct node n;
	uint64_t covered = 0;
	unsigned count = 0;
	steps[0] = 0;
	assert_non_null(c);
	while (format_mbox.next(c, &n) > 0) {
		assert_true(n.has_range && n.range_offset == covered);
		covered += n.range_length;
		assert_int_equal(n.extents, 1);
		assert_true(n.extent->offset >= n.range_offset && n.extent->offset + n.extent->length <= n.range_offset + n.range_length);
		snprintf(steps + strlen(steps), most - strlen(steps), "%s%s%s ", n.step, n.kind == NODE_MESSAGE ? "" : "?", n.flag_count ? n.flags[0] : "");
		count += n.kind == NODE_MESSAGE;
	}
	assert_true(covered == length);
	format_close(c);
	return count;
}

static char steps[4096];
static unsigned count_of(const char *text) { return messages(text, strlen(text), steps, sizeof steps); }

static void mbox_two_messages(void **state)
{
	(void)state;
	assert_int_equal(count_of(ENVELOPE HEADER "text\n\n" ENVELOPE HEADER "text\n"), 2);
	assert_string_equal(steps, "mbox:0 mbox:84 ");
}

static void mbox_without_empty_line_between(void **state)
{
	(void)state;
	assert_int_equal(count_of(ENVELOPE HEADER "text\n" ENVELOPE HEADER "text\n"), 2);
}

static void mbox_prose_that_begins_with_from_does_not_split(void **state)
{
	(void)state;
	assert_int_equal(count_of(ENVELOPE HEADER "text\n\nFrom here we go on\nand on: and on\n\nFrom the 5th of March 2024 on,\nnothing.\n"), 1);
	assert_int_equal(told.notes, 1);
	assert_string_equal(told.kind, "mbox.from_lines");
}

static void mbox_quoted_from_does_not_split(void **state)
{
	(void)state;
	assert_int_equal(count_of(ENVELOPE HEADER "\n>" ENVELOPE HEADER), 1);
}

static void mbox_crlf_zone_and_no_last_line_end(void **state)
{
	(void)state;
	assert_int_equal(count_of("From a Tue Mar  5 10:00:00 +0000 2024\r\nFrom: a\r\n\r\nx\r\n\r\nFrom b Tue Mar  5 10:00:00 2024 remote from host\r\nFrom: b\r\n\r\ny"), 2);
}

static void mbox_cr_alone(void **state)
{
	(void)state;
	assert_int_equal(count_of("From a Tue Mar  5 10:00:00 2024\rFrom: a\r\rx\r\rFrom b Tue Mar  5 10:00:00 2024\rFrom: b\r\ry\r"), 2);
}

static void mbox_thunderbird_without_date(void **state)
{
	(void)state;
	assert_int_equal(count_of("From - \nX-Mozilla-Status: 0001\nFrom: a\n\nx\nFrom - \nX-Mozilla-Status: 0009\nFrom: b\n\ny\nFrom 1844347792267117879@xxx\nMIME-Version: 1.0\nDate: x\n\nz\n"), 3);
	assert_string_equal(steps, "mbox:0read mbox:42deleted mbox:84 ");
}

static void mbox_mmdf(void **state)
{
	(void)state;
	assert_int_equal(count_of("\1\1\1\1\nFrom: a\n\nFrom x\n\1\1\1\1\n\1\1\1\1\nFrom: b\n\ny\n\1\1\1\1\n"), 2);
}

static void mbox_junk_in_front_is_kept(void **state)
{
	(void)state;
	assert_int_equal(count_of("junk\nmore\n" ENVELOPE HEADER "x\n"), 1);
	assert_string_equal(steps, "mbox:0?preamble mbox:10 ");
}

static void mbox_message_inside_a_true_content_length_is_flagged(void **state)
{
	(void)state;
	static const char inner[] = "text\n\n" ENVELOPE HEADER "quoted\n";
	char text[1024];
	snprintf(text, sizeof text, ENVELOPE "From: a\nContent-Length: %zu\n\n%s\n" ENVELOPE HEADER "x\n", sizeof inner - 1, inner);
	assert_int_equal(count_of(text), 3);
	assert_non_null(strstr(steps, "inside_content_length"));
	/* a false one swallows nothing */
	snprintf(text, sizeof text, ENVELOPE "From: a\nContent-Length: 18708448\n\n%s\n" ENVELOPE HEADER "x\n", inner);
	assert_int_equal(count_of(text), 3);
	assert_null(strstr(steps, "inside_content_length"));
}

static void mbox_a_line_over_the_window(void **state)
{
	(void)state;
	size_t size = 3 << 20;
	char *text = malloc(size + 512);
	size_t at = (size_t)sprintf(text, ENVELOPE HEADER);
	memset(text + at, 'x', size);
	at += size;
	at += (size_t)sprintf(text + at, "\n\n" ENVELOPE HEADER "y\n");
	assert_int_equal(messages(text, at, steps, sizeof steps), 2);
	free(text);
}

static void mbox_a_start_on_every_place_of_a_window_border(void **state)
{
	(void)state;
	enum { WINDOW = (1 << 20) + 64 * 1024 };
	char *text = malloc(WINDOW + 1024);
	for (unsigned shift = 0; shift < 8; shift++) {
		size_t at = (size_t)sprintf(text, ENVELOPE HEADER);
		memset(text + at, 'x', WINDOW - 4 - shift + 1 - at);
		at = WINDOW - 4 - shift + 1;
		at += (size_t)sprintf(text + at, "\n\n" ENVELOPE HEADER "y\n");
		assert_int_equal(messages(text, at, steps, sizeof steps), 2);
	}
	free(text);
}

static void mbox_find_goes_by_offset(void **state)
{
	(void)state;
	static const char text[] = ENVELOPE HEADER "text\n\n" ENVELOPE HEADER "text\n";
	struct source *s = source_of_memory(text, sizeof text - 1, false);
	struct opening o = { .source = s };
	struct container *c = format_open(&format_mbox, &o);
	struct node n;
	struct locator_step step = { .format = { "mbox", 4 }, .name = { "84", 2 } };
	assert_true(format_mbox.find(c, &step, &n));
	assert_true(n.range_offset == 84 && n.extent->offset == 84 + strlen(ENVELOPE));
	step.name = (struct locator_part){ "85", 2 };
	assert_false(format_mbox.find(c, &step, &n));
	step.name = (struct locator_part){ "99999999999999999999999", 23 };
	assert_false(format_mbox.find(c, &step, &n));
	format_close(c);
	source_close(s);
}

static unsigned bits_of(const char *text, const char *name)
{
	struct source *s = source_of_memory(text, strlen(text), false);
	struct probe p = { .source = s, .head = (const uint8_t *)text, .head_length = strlen(text), .name = name, .name_length = strlen(name) };
	unsigned bits = format_mbox.probe(&p);
	source_close(s);
	return bits;
}

static void mbox_probe_asks_for_an_envelope(void **state)
{
	(void)state;
	assert_true(bits_of(ENVELOPE HEADER "x\n", "") > 32);
	assert_int_equal(bits_of("From: a\nSubject: b\n\n", ""), 0);
	assert_int_equal(bits_of("From here on\nall is prose\n", ""), 0);
	assert_int_equal(bits_of("", ""), 0);
	assert_true(bits_of("junk\n" ENVELOPE HEADER "x\n", "old.mbox") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mbox_two_messages),
		cmocka_unit_test(mbox_without_empty_line_between),
		cmocka_unit_test(mbox_prose_that_begins_with_from_does_not_split),
		cmocka_unit_test(mbox_quoted_from_does_not_split),
		cmocka_unit_test(mbox_crlf_zone_and_no_last_line_end),
		cmocka_unit_test(mbox_cr_alone),
		cmocka_unit_test(mbox_thunderbird_without_date),
		cmocka_unit_test(mbox_mmdf),
		cmocka_unit_test(mbox_junk_in_front_is_kept),
		cmocka_unit_test(mbox_message_inside_a_true_content_length_is_flagged),
		cmocka_unit_test(mbox_a_line_over_the_window),
		cmocka_unit_test(mbox_a_start_on_every_place_of_a_window_border),
		cmocka_unit_test(mbox_find_goes_by_offset),
		cmocka_unit_test(mbox_probe_asks_for_an_envelope),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
