/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: conditions mean what they say, on frames and on the same records read from JSON. */
#include "record/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer built, line, read_back;
static struct record_view as_frame, as_json;

static int build(void **state)
{
	(void)state;
	struct timestamp t = time_from_civil(2024, 5, 4, 10, 11, 12, 500000000, TIME_MS);
	struct record_builder r = record_begin(&built, RECORD_EVENT);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_KIND, "evtx:logon");
	record_string(&r, F_USER, "CORP\\Ann Lee");
	record_string(&r, F_PATH, "/\xd0\x96\xd0\x98/x");
	record_string(&r, F_NAME, "");
	record_number(&r, F_OFFSET, UINT64_MAX);
	record_flag(&r, F_ALLOCATED, false);
	record_hex(&r, F_SHA256, "\xde\xad", 2);
	record_list(&r, F_FLAGS);
	value_string(&r, NULL, "deleted");
	value_string(&r, NULL, "encrypted");
	record_close(&r);
	record_list(&r, F_ATTACHMENTS);
	value_map(&r, NULL);
	value_string(&r, "name", "a.lnk");
	record_close(&r);
	value_map(&r, NULL);
	value_string(&r, "name", "b.iso");
	value_number(&r, "size", 77);
	record_close(&r);
	record_close(&r);
	record_map(&r, F_DATA);
	value_number(&r, "LogonType", 10);
	value_big(&r, "LogonId", 999);
	value_signed(&r, "Bias", -60);
	value_time(&r, "Previous", &t);
	value_hex(&r, "Key", "\xbe\xef", 2);
	value_string(&r, "Process Name", "C:\\Windows\\cmd.exe");
	value_list(&r, "Groups");
	value_string(&r, NULL, "Users");
	value_number(&r, NULL, 5);
	record_close(&r);
	record_close(&r);
	record_end(&r);
	assert_null(record_view_open(&as_frame, built.data, built.length));
	record_to_json(&line, &as_frame);
	assert_null(record_from_json(&read_back, (char *)line.data, line.length - 1));
	assert_null(record_view_open(&as_json, read_back.data, read_back.length));
	return 0;
}

static int clear(void **state)
{
	(void)state;
	buffer_free(&built);
	buffer_free(&line);
	buffer_free(&read_back);
	return 0;
}

static bool holds(const char *text)
{
	struct filter *f;
	size_t at;
	const char *wrong = filter_compile(&f, text, &at);
	if (wrong)
		fail_msg("%s: %s at %zu", text, wrong, at);
	bool result = filter_matches(f, &as_frame);
	assert_int_equal(filter_matches(f, &as_json), result);
	filter_free(f);
	return result;
}

static void assert_wrong(const char *text, size_t expected_at)
{
	struct filter *f;
	size_t at;
	assert_non_null(filter_compile(&f, text, &at));
	assert_null(f);
	assert_int_equal(at, expected_at);
}

static void filter_compares_texts(void **state)
{
	(void)state;
	assert_true(holds("kind = evtx:logon"));
	assert_true(holds("kind=\"evtx:logon\""));
	assert_false(holds("kind = evtx"));
	assert_false(holds("kind = EVTX:LOGON"));
	assert_true(holds("kind != evtx"));
	assert_true(holds("type = event"));
	assert_true(holds("precision = ms"));
	assert_true(holds("user = \"CORP\\\\Ann Lee\""));
	assert_true(holds("kind > evtx and kind < evtx:z"));
	assert_true(holds("name = \"\""));
}

static void filter_contains_in_any_case(void **state)
{
	(void)state;
	assert_true(holds("user ~ ann"));
	assert_true(holds("user ~ \"ANN LEE\""));
	assert_true(holds("path ~ \xd0\xb6\xd0\xb8"));
	assert_false(holds("user ~ bob"));
	assert_true(holds("user ~ \"\""));
	assert_true(holds("sha256 ~ DEA"));
}

static void filter_compares_integers_as_numbers(void **state)
{
	(void)state;
	assert_true(holds("offset = 18446744073709551615"));
	assert_true(holds("offset > 2"));
	assert_false(holds("offset < 99999"));
	assert_true(holds("data.LogonType > 9"));
	assert_true(holds("data.LogonId < 1000"));
	assert_true(holds("data.LogonId > -1"));
	assert_true(holds("data.Bias < -6"));
	assert_true(holds("data.Bias > -600"));
	assert_true(holds("data.Bias = -60"));
}

static void filter_compares_times_as_moments(void **state)
{
	(void)state;
	assert_true(holds("time > 2024-05-04"));
	assert_true(holds("time < 2024-05-05"));
	assert_true(holds("time > 2024-05-04T10:11 and time < 2024-05-04T10:12"));
	assert_true(holds("time > 2024-05-04T10:11:12 and time < 2024-05-04T10:11:13Z"));
	assert_true(holds("time = 2024-05-04T12:11:12.5+02:00"));
	assert_true(holds("time ~ 2024-05-04T10:11"));
	assert_true(holds("data.Previous < 2024-05-04T12:11:13+02:00"));
	assert_false(holds("time > 2024-05-05"));
}

static void filter_compares_flags_and_bytes_as_shown(void **state)
{
	(void)state;
	assert_true(holds("allocated = false"));
	assert_true(holds("sha256 = dead"));
	assert_true(holds("data.Key = beef"));
}

static void filter_holds_for_any_entry_of_a_list(void **state)
{
	(void)state;
	assert_true(holds("flags = encrypted"));
	assert_true(holds("flags ~ DELE"));
	assert_false(holds("flags = sparse"));
	assert_true(holds("flags != sparse"));
	assert_false(holds("flags != deleted"));
	assert_true(holds("attachments.name = b.iso"));
	assert_true(holds("attachments.size > 70"));
	assert_false(holds("attachments.size > 80"));
	assert_true(holds("data.Groups = users or data.Groups = Users"));
	assert_true(holds("data.Groups < 6"));
}

static void filter_field_alone_asks_whether_it_is_there(void **state)
{
	(void)state;
	assert_true(holds("sha256"));
	assert_true(holds("name"));
	assert_false(holds("sha1"));
	assert_true(holds("data and data.LogonType and attachments.size"));
	assert_false(holds("data.logontype"));
	assert_false(holds("attachments.hash"));
}

static void filter_absent_field_satisfies_only_unequal(void **state)
{
	(void)state;
	assert_false(holds("host = a"));
	assert_false(holds("host ~ \"\""));
	assert_false(holds("host < a or host > a"));
	assert_true(holds("host != a"));
	assert_true(holds("data.nothing != a"));
	assert_false(holds("data = x"));
}

static void filter_not_and_or_bind_in_this_order(void **state)
{
	(void)state;
	for (int a = 0; a < 2; a++)
		for (int b = 0; b < 2; b++)
			for (int c = 0; c < 2; c++) {
				static const char *const term[2] = { "sha1", "sha256" };
				char text[200];
#define CHECK(format, expected) snprintf(text, sizeof text, format, term[a], term[b], term[c]), assert_int_equal(holds(text), (expected) != 0)
				CHECK("%s or %s and %s", a || (b && c));
				CHECK("%s and %s or %s", (a && b) || c);
				CHECK("not %s and %s or not %s", (!a && b) || !c);
				CHECK("(%s or %s) and not (%s)", (a || b) && !c);
				CHECK("not (%s and (%s or not not %s))", !(a && (b || c)));
				CHECK("%s and %s and %s", a && b && c);
				CHECK("(((%s)))or(%s)or(%s)", a || b || c);
			}
}

static void filter_says_where_it_is_wrong(void **state)
{
	(void)state;
	assert_wrong("", 0);
	assert_wrong("nothing = 1", 0);
	assert_wrong("kind = ", 7);
	assert_wrong("kind = a kind = b", 9);
	assert_wrong("(kind = a", 9);
	assert_wrong("kind = a)", 8);
	assert_wrong("kind = \"a", 9);
	assert_wrong("kind = a and", 12);
	assert_wrong("kind.x = a", 0);
	assert_wrong("extra = a", 0);
	assert_wrong("not", 3);
	assert_wrong("kind ! a", 5);
	assert_wrong("kind = \xff", 0);
	struct buffer deep = { 0 };
	for (int i = 0; i < 100000; i++)
		buffer_byte(&deep, '(');
	struct filter *f;
	size_t at;
	assert_non_null(filter_compile(&f, buffer_string(&deep), &at));
	buffer_free(&deep);
	filter_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_compares_texts), cmocka_unit_test(filter_contains_in_any_case), cmocka_unit_test(filter_compares_integers_as_numbers),
		cmocka_unit_test(filter_compares_times_as_moments), cmocka_unit_test(filter_compares_flags_and_bytes_as_shown),
		cmocka_unit_test(filter_holds_for_any_entry_of_a_list), cmocka_unit_test(filter_field_alone_asks_whether_it_is_there),
		cmocka_unit_test(filter_absent_field_satisfies_only_unequal), cmocka_unit_test(filter_not_and_or_bind_in_this_order),
		cmocka_unit_test(filter_says_where_it_is_wrong),
	};
	return cmocka_run_group_tests(tests, build, clear);
}
