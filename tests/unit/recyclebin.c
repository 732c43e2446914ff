/* SPDX-License-Identifier: Apache-2.0 */
/* recyclebin.c: $I files of both versions, cut ones, and paths that are no text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

#define ID "win.recyclebin_i"
#define TICKS UINT64_C(131117098656180000)      /* 2016-06-29T21:37:45.618 */

static void put_path(struct buffer *b, const char *ascii)
{
	for (; *ascii; ascii++)
		buffer_u16le(b, (uint8_t)*ascii);
}

static struct buffer file(uint64_t version, const char *path, uint32_t units)
{
	struct buffer b = { 0 };
	buffer_u64le(&b, version);
	buffer_u64le(&b, 222255);
	buffer_u64le(&b, TICKS);
	if (version == 2)
		buffer_u32le(&b, units);
	put_path(&b, path);
	if (version == 2)
		buffer_u16le(&b, 0);
	while (version == 1 && b.length < 544)
		buffer_byte(&b, 0);
	return b;
}

static struct node node(void)
{
	return (struct node){ .kind = NODE_FILE, .name = node_text_of("$I103S5F.jpg"), .path = node_text_of("/%24Recycle.Bin/S-1-5-21-7-1001/%24I103S5F.jpg") };
}

static void run(struct buffer *b, struct parsed *d)
{
	struct node n = node();
	assert_true(parsed_run(d, ID, &n, b->data, b->length, true));
}

static void version_2_gives_path_size_time_owner_and_content(void **state)
{
	(void)state;
	struct buffer b = file(2, "C:\\a b.jpg", 11);
	struct parsed d;
	run(&b, &d);
	assert_int_equal(d.events, 1);
	assert_int_equal(d.errors, 0);
	assert_true(says(&d, "{\"time\":\"2016-06-29T21:37:45.618000000Z\",\"type\":\"event\",\"precision\":\"100ns\""));
	assert_true(says(&d, "\"timestamp_desc\":\"Deletion Time\",\"kind\":\"file_deleted\""));
	assert_true(says(&d, "\"original_path\":\"C:\\\\a b.jpg\",\"file_size\":\"222255\",\"version\":2,\"sid\":\"S-1-5-21-7-1001\",\"content_name\":\"$R103S5F.jpg\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void version_1_is_padded_to_520_bytes(void **state)
{
	(void)state;
	struct buffer b = file(1, "D:\\x", 0);
	struct parsed d;
	run(&b, &d);
	assert_int_equal(d.events, 1);
	assert_int_equal(d.errors, 0);
	assert_true(says(&d, "\"original_path\":\"D:\\\\x\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void cut_path_is_shown_and_told(void **state)
{
	(void)state;
	struct buffer b = file(2, "C:\\long name", 200);
	struct parsed d;
	run(&b, &d);
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "C:\\\\long name"));
	assert_true(told(&d, "error recycle.path"));
	parsed_free(&d);
	b.length = 30;                          /* one unit of the path */
	run(&b, &d);
	assert_int_equal(d.events, 1);
	parsed_free(&d);
	buffer_free(&b);
}

static void lone_surrogate_keeps_its_bytes(void **state)
{
	(void)state;
	struct buffer b = file(2, "C:\\", 4);
	b.data[28] = 0x00, b.data[29] = 0xd8;
	struct parsed d;
	run(&b, &d);
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "original_path_raw"));
	parsed_free(&d);
	buffer_free(&b);
}

static void foreign_version_and_unset_time_give_no_event(void **state)
{
	(void)state;
	struct buffer b = file(3, "C:\\x", 5);
	struct parsed d;
	run(&b, &d);
	assert_int_equal(d.events, 0);
	assert_true(told(&d, "error recycle.version"));
	parsed_free(&d);
	b.data[0] = 2;
	memset(b.data + 16, 0, 8);
	run(&b, &d);
	assert_int_equal(d.events, 0);
	assert_int_equal(d.notes, 0);
	parsed_free(&d);
	memset(b.data + 16, 0xff, 8);           /* no moment: a note keeps the raw value */
	run(&b, &d);
	assert_int_equal(d.events, 0);
	assert_int_equal(d.notes, 1);
	assert_true(says(&d, "18446744073709551615"));
	parsed_free(&d);
	buffer_free(&b);
}

static void probe_without_a_name_asks_for_more(void **state)
{
	(void)state;
	const struct artifact_parser *a = artifact_by_id(ID, strlen(ID));
	struct buffer b = file(2, "C:\\a b.jpg", 11);
	assert_true(a->probe(b.data, b.length, true));
	assert_true(a->probe(b.data, b.length, false));
	b.data[30] = 'x';                       /* no colon */
	assert_true(a->probe(b.data, b.length, true));
	assert_false(a->probe(b.data, b.length, false));
	assert_false(a->probe(b.data, 24, true));
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_2_gives_path_size_time_owner_and_content), cmocka_unit_test(version_1_is_padded_to_520_bytes),
		cmocka_unit_test(cut_path_is_shown_and_told), cmocka_unit_test(lone_surrogate_keeps_its_bytes),
		cmocka_unit_test(foreign_version_and_unset_time_give_no_event), cmocka_unit_test(probe_without_a_name_asks_for_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
