/* SPDX-License-Identifier: Apache-2.0 */
/* emlx.c: messages of Apple Mail: the length line, the message, its flags, and lengths that lie. */
#include "tests/unit/store_harness.h"

extern const struct format format_emlx;

#define MESSAGE "From: a@example.org\nSubject: one\n\ntext\n"
#define LIST(flags) "<?xml version=\"1.0\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>date-received</key>\n\t<integer>1555588849</integer>\n\t<key>flags</key>\n\t<integer>" flags "</integer>\n</dict>\n</plist>\n"

static const char *list_of(const char *text, const char *name) { return store_list(&format_emlx, text, strlen(text), name); }

static void emlx_message_and_list_are_two_nodes(void **state)
{
	(void)state;
	assert_string_equal(list_of("39        \n" MESSAGE LIST("8623750273"), "1.emlx"), "emlx:1 message read message|" MESSAGE "\nemlx:2 part  properties|" LIST("8623750273") "\n");
	assert_string_equal(buffer_string(&store_told), "");
}

static void emlx_flags_and_times_are_read(void **state)
{
	(void)state;
	static const char text[] = "39\n" MESSAGE LIST("16777302");        /* deleted, replied, flagged, draft, junk */
	assert_non_null(strstr(list_of(text, "1.partial.emlx"), "emlx:1 message deleted,replied,flagged,draft,junk,partial message|"));
	struct source *s = source_of_memory(text, sizeof text - 1, false);
	struct container *c = store_open(&format_emlx, s, "1.emlx");
	struct node n;
	assert_int_equal(format_emlx.next(c, &n), 1);
	assert_int_equal(n.time[NODE_CRTIME].seconds, 1555588849);
	format_close(c);
	source_close(s);
}

static void emlx_length_that_lies_loses_nothing(void **state)
{
	(void)state;
	assert_string_equal(list_of("5000\n" MESSAGE, ""), "emlx:1 message  message|" MESSAGE "\n");
	assert_string_equal(buffer_string(&store_told), "damage/emlx.length ");
	assert_string_equal(list_of("5000\n" MESSAGE LIST("1"), ""), "emlx:1 message read message|" MESSAGE "\nemlx:2 part  properties|" LIST("1") "\n");
	assert_string_equal(list_of("5\n" MESSAGE, ""), "emlx:1 message  message|From:\nemlx:2 part  properties| a@example.org\nSubject: one\n\ntext\n\n");
	assert_string_equal(buffer_string(&store_told), "damage/emlx.list ");
	assert_null(list_of("99999999999999999999999\n" MESSAGE, ""));
	assert_string_equal(buffer_string(&store_told), "damage/emlx.open ");
}

static unsigned bits(const char *text, const char *name)
{
	struct source *s = source_of_memory(text, strlen(text), false);
	struct probe p = { .source = s, .head = (const uint8_t *)text, .head_length = strlen(text), .name = name, .name_length = strlen(name) };
	unsigned bits = format_emlx.probe(&p);
	source_close(s);
	return bits;
}

static void emlx_probe_asks_for_a_length_and_a_header(void **state)
{
	(void)state;
	assert_true(bits("39\n" MESSAGE, "") > 32);
	assert_true(bits("39\nno header", "1.emlx") > 0);
	assert_int_equal(bits("39\nno header", "1.txt"), 0);
	assert_int_equal(bits(MESSAGE, "1.emlx"), 0);
	assert_int_equal(bits("39", "1.emlx"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emlx_message_and_list_are_two_nodes),
		cmocka_unit_test(emlx_flags_and_times_are_read),
		cmocka_unit_test(emlx_length_that_lies_loses_nothing),
		cmocka_unit_test(emlx_probe_asks_for_a_length_and_a_header),
	};
	return cmocka_run_group_tests(tests, NULL, store_release);
}
