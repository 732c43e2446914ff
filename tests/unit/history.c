/* SPDX-License-Identifier: Apache-2.0 */
/* history.c: bash, zsh, fish and tcsh histories; commands of many lines, without times, and far too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

static struct parsed run_bytes(const char *id, const void *bytes, size_t length)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of(".bash_history"), .path = node_text_of("/home/ann%20b/.bash_history") };
	struct parsed d, other;
	assert_true(parsed_run(&d, id, &n, bytes, length, true));
	assert_true(parsed_run(&other, id, &n, bytes, length, false));
	assert_string_equal((const char *)d.json.data, (const char *)other.json.data);
	parsed_free(&other);
	return d;
}

static struct parsed run(const char *id, const char *text)
{
	return run_bytes(id, text, strlen(text));
}

static void bash_commands_reach_to_the_next_stamp(void **state)
{
	(void)state;
	struct parsed d = run("lx.bash", "first\n#1700000001\nfor i in 1 2; do\n  echo $i\ndone\n#1700000005\nid\n");
	assert_int_equal(d.events, 2);
	assert_true(says(&d, "{\"time\":\"2023-11-14T22:13:21.000000000Z\""));
	assert_true(says(&d, "\"user\":\"ann b\",\"data\":{\"shell\":\"bash\",\"command\":\"for i in 1 2; do\\n  echo $i\\ndone\"}"));
	assert_true(says(&d, "\"message\":\"bash: for i in 1 2; do   echo $i done\""));
	assert_true(says(&d, "\"commands\":3,\"without_time\":1"));
	assert_true(says(&d, "\"offset\":\"6\",\"length\":\"43\""));
	parsed_free(&d);
}

static void without_times_there_are_no_events_but_a_count(void **state)
{
	(void)state;
	struct parsed d = run("lx.bash", "id\n# a comment\n#123\nwhoami\n\n");
	assert_int_equal(d.events, 0);
	assert_true(says(&d, "\"commands\":4,\"without_time\":4"));
	parsed_free(&d);
}

static void zsh_lines_go_on_and_are_unmetafied(void **state)
{
	(void)state;
	struct parsed d = run("lx.zsh", ": 1700000001:7;echo a\\\nb\n: 1700000002:0;echo \\\\\n& x\n: 1700000003:0;caf\xc3\x83\x89\nplain\n");
	assert_int_equal(d.events, 3);
	assert_true(says(&d, "\"command\":\"echo a\\nb\",\"elapsed_seconds\":7"));
	assert_true(says(&d, "\"command\":\"echo \\\\\\n& x\""));
	assert_true(says(&d, "\"command\":\"caf\xc3\xa9\""));
	assert_true(says(&d, "\"without_time\":1"));
	parsed_free(&d);
}

static void fish_escapes_are_undone(void **state)
{
	(void)state;
	struct parsed d = run("lx.fish", "- cmd: echo a\\nb\\\\c\n  when: 1700000001\n  paths:\n    - /tmp\n- cmd: no time\n- cmd: last\n  when: 1700000002\n");
	assert_int_equal(d.events, 2);
	assert_true(says(&d, "\"command\":\"echo a\\nb\\\\c\""));
	assert_true(says(&d, "\"without_time\":1"));
	parsed_free(&d);
}

static void tcsh_stamps_are_known(void **state)
{
	(void)state;
	struct parsed d = run("lx.ksh", "#+1700000001\nls\n");
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "\"shell\":\"tcsh\""));
	parsed_free(&d);
}

static void far_too_long_lines_are_cut_and_told(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_text(&b, "#1700000001\n");
	for (size_t i = 0; i < 3 << 20; i++)
		buffer_byte(&b, 'x');
	buffer_text(&b, "\n#1700000002\nid\n");
	struct parsed d = run_bytes("lx.bash", b.data, b.length);
	assert_int_equal(d.events, 2);
	assert_true(told(&d, "error text.line"));
	assert_true(says(&d, "\"command\":\"id\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void bytes_that_are_no_text_are_kept(void **state)
{
	(void)state;
	struct parsed d = run_bytes("lx.bash", "#1700000001\necho \xff\0\x1b\n", 21);
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "\"command_raw\":\"6563686f20ff001b\""));
	parsed_free(&d);
}

static void time_of_ten_digits_is_the_most(void **state)
{
	(void)state;
	struct parsed d = run("lx.bash", "#17000000010\nid\n#9999999999\nlast\n");
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "\"time\":\"2286-11-20"));
	parsed_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_commands_reach_to_the_next_stamp), cmocka_unit_test(without_times_there_are_no_events_but_a_count),
		cmocka_unit_test(zsh_lines_go_on_and_are_unmetafied), cmocka_unit_test(fish_escapes_are_undone), cmocka_unit_test(tcsh_stamps_are_known),
		cmocka_unit_test(far_too_long_lines_are_cut_and_told), cmocka_unit_test(bytes_that_are_no_text_are_kept), cmocka_unit_test(time_of_ten_digits_is_the_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
