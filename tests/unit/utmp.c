/* SPDX-License-Identifier: Apache-2.0 */
/* utmp.c: every layout of login records is told apart, and holes, wrecks and hostile names are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

static void put(uint8_t *at, uint64_t v, size_t bytes, bool big)
{
	for (size_t i = 0; i < bytes; i++)
		at[big ? bytes - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

/* layout: 384 or 400 bytes of either byte order. */
static void add(struct buffer *b, size_t size, bool big, unsigned type, const char *line, const char *user, const char *host, uint32_t seconds)
{
	uint8_t *at = buffer_reserve(b, size);
	memset(at, 0, size);
	bool wide = size == 400;
	put(at, type, 2, big);
	put(at + 4, 4711, 4, big);
	memcpy(at + 8, line, strlen(line));
	memcpy(at + 44, user, strlen(user));
	memcpy(at + 76, host, strlen(host));
	put(at + (wide ? 344 : 340), seconds, wide ? 8 : 4, big);
	put(at + (wide ? 352 : 344), 250000, wide ? 8 : 4, big);
	memcpy(at + (wide ? 360 : 348), "\xc0\x00\x02\x07", 4);
	b->length += size;
}

static struct parsed run(const char *id, const struct buffer *b, bool in_memory)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("wtmp") };
	struct parsed d;
	assert_true(parsed_run(&d, id, &n, b->data, b->length, in_memory));
	return d;
}

static void layouts_are_told_apart(void **state)
{
	(void)state;
	static const struct { size_t size; bool big; const char *name; } layout[] = { { 384, false, "384LE" }, { 384, true, "384BE" }, { 400, false, "400LE" }, { 400, true, "400BE" } };
	for (size_t k = 0; k < 4; k++) {
		struct buffer b = { 0 };
		add(&b, layout[k].size, layout[k].big, 2, "~", "reboot", "6.1.0-13-amd64", 1700000000);
		add(&b, layout[k].size, layout[k].big, 7, "pts/0", "ann", "192.0.2.7", 1700000100);
		add(&b, layout[k].size, layout[k].big, 8, "pts/0", "", "", 1700000200);
		for (int memory = 0; memory < 2; memory++) {
			struct parsed d = run("lx.utmp", &b, memory);
			char want[32];
			snprintf(want, sizeof want, "\"layout\":\"%s\"", layout[k].name);
			assert_true(says(&d, want));
			assert_int_equal(d.events, 3);
			assert_int_equal(d.artifacts, 1);
			assert_true(says(&d, "\"time\":\"2023-11-14T22:15:00.250000000Z\",\"type\":\"event\",\"precision\":\"us\",\"timestamp_desc\":\"Start Time\",\"kind\":\"login\""));
			assert_true(says(&d, "\"user\":\"ann\",\"data\":{\"record_type\":\"user\",\"terminal\":\"pts/0\",\"remote_host\":\"192.0.2.7\",\"remote_address\":\"192.0.2.7\",\"pid\":4711"));
			assert_true(says(&d, "\"kind\":\"boot\"") && says(&d, "\"kind\":\"logout\"") && says(&d, "\"kernel\":\"6.1.0-13-amd64\""));
			parsed_free(&d);
		}
		buffer_free(&b);
	}
}

static void btmp_calls_it_failed_and_keeps_what_was_typed(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	add(&b, 384, false, 6, "ssh:notty", "pass\x1b[2Jword", "192.0.2.7", 1700000000);
	add(&b, 384, false, 6, "ssh:notty", "r\xff\xfe", "192.0.2.7", 1700000001);
	struct parsed d = run("lx.btmp", &b, true);
	assert_int_equal(said(&d, "\"kind\":\"login_failed\""), 2);
	assert_true(says(&d, "\"user\":\"pass\\u001b[2Jword\""));
	assert_true(says(&d, "\"user_raw\":\"72fffe\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void zeroed_records_are_a_note_wrecks_an_error_the_tail_a_note(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	add(&b, 384, false, 7, "pts/0", "ann", "", 1700000000);
	memset(buffer_reserve(&b, 768), 0, 768);
	b.length += 768;
	add(&b, 384, false, 7, "pts/1", "bob", "", 1700000002);
	add(&b, 384, false, 99, "pts/1", "eve", "", 1700000003);
	buffer_append(&b, "\7\7\7", 3);
	struct parsed d = run("lx.utmp", &b, true);
	assert_int_equal(d.events, 2);
	assert_true(told(&d, "note utmp.zeroed@384+768"));
	assert_true(told(&d, "error utmp.record@1536+384"));
	assert_true(told(&d, "note utmp.tail@1920+3"));
	assert_true(says(&d, "\"records\":5,\"zeroed\":2,\"damaged\":1,\"tail_bytes\":3"));
	parsed_free(&d);
	buffer_free(&b);
}

static void seconds_after_2038_are_unsigned(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	add(&b, 384, false, 7, "pts/0", "ann", "", 4000000000u);
	struct parsed d = run("lx.utmp", &b, true);
	assert_true(says(&d, "\"time\":\"2096-10-02"));
	parsed_free(&d);
	buffer_free(&b);
}

static void shutdown_and_run_level(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	add(&b, 384, false, 1, "~", "shutdown", "6.1", 1700000000);
	add(&b, 384, false, 1, "~", "runlevel", "6.1", 1700000001);
	struct parsed d = run("lx.utmp", &b, true);
	assert_true(says(&d, "\"kind\":\"shutdown\"") && says(&d, "\"kind\":\"run_level\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void noise_has_no_layout(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	for (size_t i = 0; i < 3000; i++)
		buffer_byte(&b, (uint8_t)(i * 7 + 13));
	struct parsed d = run("lx.utmp", &b, true);
	assert_int_equal(d.events, 0);
	parsed_free(&d);
	b.length = 100;
	d = run("lx.utmp", &b, true);
	assert_true(told(&d, "error utmp.layout"));
	parsed_free(&d);
	b.length = 0;
	d = run("lx.utmp", &b, true);
	assert_int_equal(d.errors, 0);
	parsed_free(&d);
	buffer_free(&b);
}

static void probe_leaves_compressed_rotations(void **state)
{
	(void)state;
	const struct artifact_parser *a = artifact_by_id("lx.utmp", 7);
	struct buffer b = { 0 };
	add(&b, 384, false, 7, "pts/0", "ann", "", 1700000000);
	assert_true(a->probe(b.data, b.length, true));
	assert_false(a->probe(b.data, b.length, false));
	assert_false(a->probe((const uint8_t *)"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, true));
	assert_false(a->probe((const uint8_t *)"SQLite format 3\0", 16, true));
	assert_false(a->probe((const uint8_t *)"plain text, only", 16, true));
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts_are_told_apart), cmocka_unit_test(btmp_calls_it_failed_and_keeps_what_was_typed),
		cmocka_unit_test(zeroed_records_are_a_note_wrecks_an_error_the_tail_a_note), cmocka_unit_test(seconds_after_2038_are_unsigned),
		cmocka_unit_test(shutdown_and_run_level), cmocka_unit_test(noise_has_no_layout), cmocka_unit_test(probe_leaves_compressed_rotations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
