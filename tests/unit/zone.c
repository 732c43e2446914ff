/* SPDX-License-Identifier: Apache-2.0 */
/* zone.c: Zone.Identifier streams as browsers write them, in UTF-16, broken, and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

#define ID "win.ads_zone"
static const char usual[] = "[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://mail.example/inbox\r\nHostUrl=https://files.example/inv.iso\r\nHostIpAddress=192.0.2.7\r\n";

static struct node node(bool created, bool modified)
{
	struct node n = { .kind = NODE_STREAM, .name = node_text_of("inv.iso:Zone.Identifier") };
	if (created)
		n.time[NODE_CRTIME] = time_from_unix(1700000000, 0, TIME_S);
	if (modified)
		n.time[NODE_MTIME] = time_from_unix(1600000000, 0, TIME_S);
	return n;
}

static void addresses_and_zone_become_data(void **state)
{
	(void)state;
	struct node n = node(true, true);
	struct parsed d;
	assert_true(parsed_run(&d, ID, &n, usual, sizeof usual - 1, true));
	assert_int_equal(d.events, 1);
	assert_true(says(&d, "\"time\":\"2023-11-14T22:13:20.000000000Z\""));
	assert_true(says(&d, "\"timestamp_desc\":\"File Downloaded\",\"kind\":\"download_marked\""));
	assert_true(says(&d, "\"zone_id\":3,\"zone_name\":\"internet\",\"referrer_url\":\"https://mail.example/inbox\",\"host_url\":\"https://files.example/inv.iso\",\"host_ip\":\"192.0.2.7\",\"time_from\":\"crtime\""));
	parsed_free(&d);
}

static void modification_time_stands_in(void **state)
{
	(void)state;
	struct node n = node(false, true);
	struct parsed d;
	assert_true(parsed_run(&d, ID, &n, usual, sizeof usual - 1, true));
	assert_true(says(&d, "\"time\":\"2020-09-13") && says(&d, "\"time_from\":\"mtime\""));
	parsed_free(&d);
	n = node(false, false);
	assert_true(parsed_run(&d, ID, &n, usual, sizeof usual - 1, true));
	assert_int_equal(d.events, 0);
	parsed_free(&d);
}

static void utf16_is_read(void **state)
{
	(void)state;
	struct buffer wide = { 0 };
	buffer_u16le(&wide, 0xfeff);
	for (const char *at = usual; *at; at++)
		buffer_u16le(&wide, (uint8_t)*at);
	struct node n = node(true, true);
	struct parsed d;
	assert_true(parsed_run(&d, ID, &n, wide.data, wide.length, true));
	assert_true(says(&d, "\"host_url\":\"https://files.example/inv.iso\""));
	parsed_free(&d);
	assert_true(artifact_by_id(ID, strlen(ID))->probe(wide.data, wide.length, false));
	buffer_free(&wide);
}

static void strange_values_stay_text(void **state)
{
	(void)state;
	static const char text[] = "[zonetransfer]\nzoneid=99999999999999999999\nZoneId=3\nhosturl=http://\xff\x1b[2J/\nHostUrl=second\n";
	struct node n = node(true, true);
	struct parsed d;
	assert_true(parsed_run(&d, ID, &n, text, sizeof text - 1, true));
	assert_int_equal(d.events, 1);
	assert_false(says(&d, "zone_id"));      /* the first one counts, and it is no zone */
	assert_false(says(&d, "second"));
	assert_true(says(&d, "host_url_raw"));
	parsed_free(&d);
}

static void nothing_in_it_is_told(void **state)
{
	(void)state;
	struct node n = node(true, true);
	struct parsed d;
	assert_true(parsed_run(&d, ID, &n, "hello", 5, true));
	assert_int_equal(d.events, 0);
	assert_true(told(&d, "error zone.text"));
	parsed_free(&d);
}

static void long_value_is_cut_and_told(void **state)
{
	(void)state;
	struct node n = node(true, true);
	struct parsed d;
	struct buffer b = { 0 };
	buffer_text(&b, "[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=http://x.example/");
	for (unsigned i = 0; i < 20000; i++)
		buffer_byte(&b, 'a');
	assert_true(parsed_run(&d, ID, &n, b.data, b.length, true));
	assert_int_equal(d.events, 1);
	assert_true(told(&d, "error zone.value"));
	parsed_free(&d);
	buffer_free(&b);
}

static void probe_wants_the_name_or_the_first_line(void **state)
{
	(void)state;
	const struct artifact_parser *a = artifact_by_id(ID, strlen(ID));
	assert_true(a->probe((const uint8_t *)usual, sizeof usual - 1, false));
	assert_false(a->probe((const uint8_t *)"see [ZoneTransfer]", 18, false));
	assert_true(a->probe((const uint8_t *)"x", 1, true));
	for (size_t i = 0; i < 20; i++)
		(void)a->probe((const uint8_t *)usual, i, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_zone_become_data), cmocka_unit_test(modification_time_stands_in), cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(strange_values_stay_text), cmocka_unit_test(nothing_in_it_is_told), cmocka_unit_test(long_value_is_cut_and_told), cmocka_unit_test(probe_wants_the_name_or_the_first_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
