/* SPDX-License-Identifier: Apache-2.0 */
/* fstimes.c: an event for each set time of a node, named by what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

static struct parsed run(const struct node *n)
{
	struct parsed d = { .report = { parsed_error, parsed_note, parsed_step } };
	struct parse p = { .node = n, .arena = &d.arena, .out = &d.frames, .report = &d.report };
	fs_times_events(n, &p);
	d.counted = p.events;
	assert_true(parsed_check(&d));
	return d;
}

static void every_set_time_is_an_event_and_no_other(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .path = node_text_of("/Users/ann/x.doc"), .has_allocated = true, .allocated = true };
	for (unsigned i = 0; i < NODE_TIMES; i++)
		n.time[i] = time_from_unix(1700000000 + i, 0, TIME_S);
	struct parsed d = run(&n);
	assert_int_equal(d.events, NODE_TIMES);
	assert_int_equal(said(&d, "\"kind\":\"file_modified\""), 2);
	assert_int_equal(said(&d, "\"kind\":\"file_mft_changed\""), 2);
	assert_int_equal(said(&d, "\"timestamp_desc\":\"Creation Time\""), 1);
	assert_int_equal(said(&d, "\"timestamp_desc\":\"Creation Time ($FILE_NAME)\""), 1);
	assert_int_equal(said(&d, "\"timestamp_desc\":\"Deletion Time\""), 1);
	assert_int_equal(said(&d, "\"path\":\"/Users/ann/x.doc\""), NODE_TIMES);
	assert_int_equal(said(&d, "\"allocated\""), 0);
	assert_true(says(&d, "\"message\":\"modified /Users/ann/x.doc\"") && says(&d, "\"message\":\"created ($FILE_NAME) /Users/ann/x.doc\""));
	parsed_free(&d);
	struct node none = { .kind = NODE_FILE, .path = node_text_of("/x") };
	d = run(&none);
	assert_int_equal(d.events, 0);
	parsed_free(&d);
}

/* (copying from its null pointer is undefined, which the sanitizer sees) */
static void a_node_without_any_name_has_its_times(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_MESSAGE };
	n.time[NODE_MTIME] = time_from_unix(1700000000, 0, TIME_S);
	struct parsed d = run(&n);
	assert_int_equal(d.events, 1);
	assert_int_equal(said(&d, "\"path\""), 0);
	parsed_free(&d);
}

static void signs_of_set_times_are_flags(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .path = node_text_of("/x") };
	for (unsigned i = NODE_MTIME; i <= NODE_CRTIME; i++)
		n.time[i] = time_from_filetime(UINT64_C(131000000000000000));
	for (unsigned i = NODE_FN_MTIME; i <= NODE_FN_CRTIME; i++)
		n.time[i] = time_from_filetime(UINT64_C(131000000000000000) + 12345678);
	struct parsed d = run(&n);
	assert_int_equal(said(&d, "\"flags\":[\"si_before_fn\",\"whole_seconds\"]"), 4);
	parsed_free(&d);
	n.time[NODE_CRTIME] = n.time[NODE_FN_CRTIME];
	d = run(&n);
	assert_int_equal(said(&d, "flags"), 0);
	parsed_free(&d);
}

static void deleted_local_and_invalid_are_told(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .path = node_text_of("/x"), .has_allocated = true };
	n.time[NODE_MTIME] = time_from_dos(0x5764, 0x5000, 0);
	n.time[NODE_ATIME] = time_from_filetime(UINT64_MAX);
	struct parsed d = run(&n);
	assert_int_equal(d.events, 1);
	assert_int_equal(d.notes, 1);
	assert_true(says(&d, "\"zone\":\"local\"") && says(&d, "\"allocated\":false"));
	parsed_free(&d);
}

static void message_undoes_only_harmless_escapes(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .path = node_text_of("/Program%20Files/a%25%2F%1B%E2%80%AE%28x%29%") };
	n.time[NODE_MTIME] = time_from_unix(0, 0, TIME_S);
	struct parsed d = run(&n);
	assert_true(says(&d, "\"message\":\"modified /Program Files/a%25%2F%1B%E2%80%AE(x)%\""));
	assert_true(says(&d, "\"path\":\"/Program%20Files/a%25%2F%1B%E2%80%AE%28x%29%\""));
	parsed_free(&d);
}

static void names_without_a_path_and_long_paths(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .name = { (const uint8_t *)"a\xff", 2 } };
	n.time[NODE_MTIME] = time_from_unix(0, 0, TIME_S);
	struct parsed d = run(&n);
	assert_true(says(&d, "\"name_raw\":\"61ff\""));
	parsed_free(&d);
	struct buffer b = { 0 };
	while (b.length < NODE_PATH_MAX + 1000)
		buffer_text(&b, "/\xc3\xa4" "b");
	n.path = (struct node_text){ b.data, b.length };
	d = run(&n);
	assert_int_equal(d.events, 1);
	parsed_free(&d);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_time_is_an_event_and_no_other), cmocka_unit_test(a_node_without_any_name_has_its_times),
		cmocka_unit_test(signs_of_set_times_are_flags), cmocka_unit_test(deleted_local_and_invalid_are_told),
		cmocka_unit_test(message_undoes_only_harmless_escapes), cmocka_unit_test(names_without_a_path_and_long_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
