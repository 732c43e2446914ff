/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: frames that our own parsers build are valid whatever the evidence holds, and frames that lie are refused. */
#include "record/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer frame, line, other;

static int clear(void **state)
{
	(void)state;
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&other);
	return 0;
}

static const char *opened(struct record_view *v)
{
	return record_view_open(v, frame.data, frame.length);
}

static const char *shown(void)
{
	struct record_view v;
	assert_null(opened(&v));
	buffer_clear(&line);
	record_to_json(&line, &v);
	line.length--;
	return buffer_string(&line);
}

/* A frame of a note with one field's bytes as they are given. */
static const char *verdict(unsigned f, unsigned kind, const void *bytes, size_t length)
{
	struct record_view v;
	buffer_clear(&frame);
	struct record_builder r = record_begin(&frame, RECORD_NOTE);
	size_t at = frame_field(&frame, f, kind);
	buffer_append(&frame, bytes, length);
	frame_close(&frame, at);
	record_end(&r);
	return opened(&v);
}

static struct timestamp moment(void)
{
	return time_from_civil(2024, 5, 4, 10, 11, 12, 123456700, TIME_100NS);
}

static void build_event(void)
{
	struct timestamp t = moment();
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_string(&r, F_MESSAGE_TEXT, "Ann logged on");
	record_string(&r, F_KIND, "evtx:logon");
	record_string(&r, F_LOCATOR, "ntfs:/Security.evtx");
	record_string(&r, F_TIMESTAMP_DESC, "Event Logged");
	record_number(&r, F_OFFSET, UINT64_MAX);
	record_time(&r, F_TIME, &t);
	record_list(&r, F_FLAGS);
	value_string(&r, NULL, "deleted");
	record_close(&r);
	record_map(&r, F_DATA);
	value_number(&r, "LogonType", 3);
	value_big(&r, "LogonId", 999);
	value_signed(&r, "Bias", -60);
	value_flag(&r, "Elevated", true);
	value_hex(&r, "Ticket", "\xde\xad", 2);
	value_time(&r, "Previous", &t);
	value_list(&r, "Groups");
	value_string(&r, NULL, "S-1-5-32-544");
	value_map(&r, NULL);
	value_string(&r, "name", "Users");
	record_close(&r);
	record_close(&r);
	value_evidence_text(&r, "Host", "A\xffZ", 3, TEXT_UTF8);
	record_close(&r);
	record_end(&r);
}

static void record_fields_come_out_in_schema_order(void **state)
{
	(void)state;
	build_event();
	assert_string_equal(shown(), "{\"time\":\"2024-05-04T10:11:12.123456700Z\",\"type\":\"event\",\"precision\":\"100ns\",\"timestamp_desc\":\"Event Logged\","
	                             "\"kind\":\"evtx:logon\",\"locator\":\"ntfs:/Security.evtx\",\"offset\":\"18446744073709551615\",\"message\":\"Ann logged on\","
	                             "\"flags\":[\"deleted\"],\"data\":{\"LogonType\":3,\"LogonId\":\"999\",\"Bias\":-60,\"Elevated\":true,\"Ticket\":\"dead\","
	                             "\"Previous\":\"2024-05-04T10:11:12.123456700Z\",\"Groups\":[\"S-1-5-32-544\",{\"name\":\"Users\"}],"
	                             "\"Host\":\"A\xef\xbf\xbdZ\",\"Host_raw\":\"41ff5a\"}}");
}

static void record_view_gives_what_was_built(void **state)
{
	(void)state;
	struct record_view v;
	struct record_value value;
	struct timestamp t;
	size_t length, at = 0, count = 0;
	const char *key;
	build_event();
	assert_null(opened(&v));
	assert_int_equal(v.type, RECORD_EVENT);
	assert_true(record_text_equals(&v, F_TYPE, "event"));
	assert_true(record_text_equals(&v, F_PRECISION, "100ns"));
	assert_true(record_text_equals(&v, F_KIND, "evtx:logon"));
	assert_false(record_text_equals(&v, F_NAME, ""));
	assert_null(record_get_text(&v, F_NAME, &length));
	assert_int_equal(length, 0);
	assert_true(record_get_number(&v, F_OFFSET) == UINT64_MAX);
	assert_int_equal(record_get_number(&v, F_SIZE), 0);
	assert_true(record_get_time(&v, F_TIME, &t));
	assert_int_equal(t.precision, TIME_100NS);
	assert_false(record_get_time(&v, F_MTIME, &t));
	while (record_next(&v.field[F_DATA], &at, &key, &length, &value))
		count++;
	assert_int_equal(count, 8);
	assert_string_equal(record_value_text(&value, &length) ? "text" : "", "text");
	assert_int_equal(length, 5);
}

static void record_event_is_complete_only_with_its_required_fields(void **state)
{
	(void)state;
	struct record_view v;
	build_event();
	assert_null(opened(&v));
	assert_null(record_view_complete(&v));
	buffer_clear(&frame);
	struct record_builder r = record_begin(&frame, RECORD_HIT);
	record_string(&r, F_LOCATOR, "a");
	record_end(&r);
	assert_null(opened(&v));
	assert_non_null(strstr(record_view_complete(&v), "why"));
}

static void record_local_time_gives_its_zone(void **state)
{
	(void)state;
	struct timestamp t = time_from_dos(0x58a4, 0x5165, 0);
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_time(&r, F_MTIME, &t);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"node\",\"zone\":\"local\",\"mtime\":\"2024-05-04T10:11:10.000000000Z\"}");
}

static void record_time_without_moment_is_left_out(void **state)
{
	(void)state;
	struct timestamp t = time_from_filetime(0);
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_time(&r, F_MTIME, &t);
	record_string(&r, F_NAME, NULL);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"node\"}");
}

static void record_text_that_is_no_utf8_is_kept_with_its_bytes(void **state)
{
	(void)state;
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_text(&r, F_NAME, "a\xc3", 2);
	record_evidence_text(&r, F_PATH, "a\x00\x00\xd8" "b\x00", 6, TEXT_UTF16LE);
	record_evidence_text(&r, F_TARGET, "ok", 2, TEXT_UTF8);
	record_lossy(&r, F_WHY, "x", 1, "\x01", 1);
	record_lossy(&r, F_STORED, "x", 1, NULL, 0);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"node\",\"name\":\"a\xef\xbf\xbd\",\"name_raw\":\"61c3\",\"path\":\"a\xef\xbf\xbd" "b\",\"path_raw\":\"610000d86200\","
	                             "\"target\":\"ok\",\"why\":\"x\",\"why_raw\":\"01\",\"stored\":\"x\"}");
}

static void record_lossy_text_in_a_list_is_a_map(void **state)
{
	(void)state;
	struct record_view v;
	struct record_value value;
	size_t at = 0, length;
	struct record_builder r = record_begin(&frame, RECORD_MESSAGE);
	record_list(&r, F_TO);
	value_evidence_text(&r, NULL, "\xff@x", 3, TEXT_UTF8);
	record_close(&r);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"message\",\"to\":[{\"text\":\"\xef\xbf\xbd@x\",\"text_raw\":\"ff4078\"}]}");
	assert_null(opened(&v));
	assert_true(record_next(&v.field[F_TO], &at, NULL, NULL, &value));
	assert_memory_equal(record_value_text(&value, &length), "\xef\xbf\xbd@x", 5);
	assert_int_equal(length, 5);
}

static void record_double_map_keys_get_numbers(void **state)
{
	(void)state;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_map(&r, F_DATA);
	value_number(&r, "Data", 1);
	value_number(&r, "Data", 2);
	value_number(&r, "Data_2", 3);
	value_evidence_text(&r, "k", "\xff", 1, TEXT_UTF8);
	value_number(&r, "k_raw", 4);
	value_number(&r, "bad\xff", 5);
	value_number(&r, "bad\xfe", 6);
	value_key(&r, "n\0l", 3);
	value_number(&r, NULL, 7);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"event\",\"data\":{\"Data\":1,\"Data_2\":2,\"Data_2_3\":3,\"k\":\"\xef\xbf\xbd\",\"k_raw\":\"ff\",\"k_raw_5\":4,"
	                             "\"bad\xef\xbf\xbd\":5,\"bad\xef\xbf\xbd_7\":6,\"n\\u0000l\":7}}");
}

static void record_many_double_keys_are_no_trouble(void **state)
{
	(void)state;
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_map(&r, F_DATA);
	for (int i = 0; i < 5000; i++)
		value_number(&r, "Data", 1);
	record_end(&r);
	assert_null(opened(&v));
}

static void record_too_deep_nesting_is_marked(void **state)
{
	(void)state;
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_map(&r, F_DATA);
	for (int i = 1; i < 20; i++)
		value_list(&r, "k");
	value_string(&r, NULL, "lost");
	for (int i = 1; i < 20; i++)
		record_close(&r);
	value_number(&r, "after", 1);
	record_close(&r);
	record_close(&r);
	record_end(&r);
	assert_null(opened(&v));
	assert_string_equal(shown(), "{\"type\":\"event\",\"data\":{\"k\":[[[[[\"…[nested too deep]\"]]]]],\"after\":1}}");
}

static void record_lossy_at_the_deepest_list_stays_text(void **state)
{
	(void)state;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_list(&r, F_FLAGS);
	for (int i = 1; i < RECORD_DEPTH; i++)
		value_list(&r, NULL);
	value_evidence_text(&r, NULL, "\xff", 1, TEXT_UTF8);
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"event\",\"flags\":[[[[[[\"\xef\xbf\xbd…[nested too deep]\"]]]]]]}");
}

static void record_numbers_beyond_53_bits_become_strings_in_maps(void **state)
{
	(void)state;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_map(&r, F_DATA);
	value_number(&r, "a", (UINT64_C(1) << 53) - 1);
	value_number(&r, "b", UINT64_C(1) << 53);
	value_signed(&r, "c", INT64_MIN);
	value_signed(&r, "d", -((INT64_C(1) << 53) - 1));
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"event\",\"data\":{\"a\":9007199254740991,\"b\":\"9007199254740992\",\"c\":\"-9223372036854775808\",\"d\":-9007199254740991}}");
}

static void record_values_outside_a_list_are_left_out(void **state)
{
	(void)state;
	struct record_builder r = record_begin(&frame, RECORD_NOTE);
	value_string(&r, "k", "lost");
	value_map(&r, "k");
	value_number(&r, "k", 1);
	record_close(&r);
	record_list(&r, F_FLAGS);
	record_string(&r, F_NAME, "closes the list");
	record_end(&r);
	assert_string_equal(shown(), "{\"type\":\"note\",\"name\":\"closes the list\",\"flags\":[]}");
}

static void record_overlong_loses_of_its_longest_text_only(void **state)
{
	(void)state;
	struct record_view v;
	size_t length;
	char *text = memory_new(3 * 1000 * 1000);
	for (int i = 0; i < 1000 * 1000; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_string(&r, F_LOCATOR, "ntfs:/a");
	record_text(&r, F_WHY, text, 30000);
	record_text(&r, F_NAME, text, 3 * 1000 * 1000);
	record_end(&r);
	free(text);
	assert_null(opened(&v));
	const char *name = record_get_text(&v, F_NAME, &length);
	assert_true(text_is_utf8(name, length));
	assert_true(frame.length > RECORD_LENGTH_MAX - 200);
	size_t mark = strlen("…[cut 1981575]");
	unsigned long long cut = 0;
	char tail[32] = "";
	memcpy(tail, name + length - mark, mark);
	assert_int_equal(sscanf(tail, "…[cut %llu]", &cut), 1);
	assert_int_equal(cut + length - mark, 3 * 1000 * 1000);
	record_get_text(&v, F_WHY, &length);
	assert_int_equal(length, 30000);
}

static void record_overlong_as_a_line_is_cut_too(void **state)
{
	(void)state;
	struct record_view v;
	char *text = memory_new(500000);        /* NUL bytes: six times as long in JSON */
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_text(&r, F_NAME, text, 500000);
	record_end(&r);
	free(text);
	assert_null(opened(&v));
	size_t length = strlen(shown());
	assert_in_range(length, RECORD_LENGTH_MAX - 64, RECORD_LENGTH_MAX);
}

static void record_overlong_lists_maps_and_bytes_are_cut(void **state)
{
	(void)state;
	struct record_view v;
	uint8_t *bytes = memory_new(700000);
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_string(&r, F_LOCATOR, "ntfs:/a");
	record_map(&r, F_DATA);
	value_hex(&r, "blob", bytes, 700000);
	value_list(&r, "many");
	for (int i = 0; i < 200000; i++)
		value_number(&r, NULL, 7);
	record_end(&r);
	assert_null(opened(&v));
	shown();
	assert_non_null(strstr((char *)line.data, "…[cut "));
	assert_non_null(strstr((char *)line.data, " entries]"));
	assert_non_null(strstr((char *)line.data, "\"locator\":\"ntfs:/a\""));
	buffer_clear(&frame);
	r = record_begin(&frame, RECORD_EVENT);
	record_map(&r, F_DATA);
	for (int i = 0; i < 200000; i++) {
		char key[16];
		snprintf(key, sizeof key, "k%d", i);
		value_evidence_text(&r, key, "\xff", 1, TEXT_UTF8);
	}
	record_end(&r);
	assert_null(opened(&v));
	free(bytes);
}

static void record_of_small_bytes_that_grow_on_reading_back_is_cut(void **state)
{
	(void)state;
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_list(&r, F_FLAGS);
	for (int i = 0; i < 149000; i++)
		value_hex(&r, NULL, "x", 1);
	record_end(&r);
	assert_null(opened(&v));
	const char *text = shown();
	assert_null(record_from_json(&other, text, line.length));
}

static void record_internal_bytes_that_do_not_fit_are_refused_not_cut(void **state)
{
	(void)state;
	struct record_view v;
	uint8_t *bytes = memory_new(2 << 20);
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_internal(&r, F_EXTENTS, bytes, 2 << 20);
	record_end(&r);
	free(bytes);
	assert_non_null(opened(&v));
}

static void record_merge_lets_the_changes_win(void **state)
{
	(void)state;
	struct record_view base, changes, merged;
	struct timestamp t = moment();
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_string(&r, F_NAME, "old");
	record_string(&r, F_PATH, "kept");
	record_string(&r, F_PRECISION, "s");
	record_end(&r);
	assert_null(record_view_open(&base, frame.data, frame.length));
	r = record_begin(&other, RECORD_EVENT);
	record_string(&r, F_NAME, "new");
	record_time(&r, F_TIME, &t);
	record_end(&r);
	assert_null(record_view_open(&changes, other.data, other.length));
	record_merge(&line, &base, &changes);
	assert_null(record_view_open(&merged, line.data, line.length));
	buffer_clear(&other);
	record_to_json(&other, &merged);
	assert_string_equal(buffer_string(&other), "{\"time\":\"2024-05-04T10:11:12.123456700Z\",\"type\":\"event\",\"precision\":\"100ns\",\"name\":\"new\",\"path\":\"kept\"}\n");
}

static void record_merge_keeps_unknown_keys_of_both(void **state)
{
	(void)state;
	struct record_view base, changes, merged;
	static const char a[] = "{\"type\":\"note\",\"x\":1,\"y\":[1,{\"q\":\",\\\"}\"}],\"z\":2}", b[] = "{\"type\":\"note\",\"y\":\"new\",\"w\":null}";
	assert_null(record_from_json(&frame, a, sizeof a - 1));
	assert_null(record_from_json(&other, b, sizeof b - 1));
	assert_null(record_view_open(&base, frame.data, frame.length));
	assert_null(record_view_open(&changes, other.data, other.length));
	record_merge(&line, &base, &changes);
	assert_null(record_view_open(&merged, line.data, line.length));
	buffer_clear(&other);
	record_to_json(&other, &merged);
	assert_string_equal(buffer_string(&other), "{\"type\":\"note\",\"x\":1,\"z\":2,\"y\":\"new\",\"w\":null}\n");
}

static void record_prefix_reaches_every_locator(void **state)
{
	(void)state;
	struct record_view v, after;
	struct record_builder r = record_begin(&frame, RECORD_MESSAGE);
	record_string(&r, F_LOCATOR, "mbox:#12");
	record_list(&r, F_ATTACHMENTS);
	value_map(&r, NULL);
	value_string(&r, "locator", "mbox:#12::attach:1");
	value_string(&r, "name", "a.lnk");
	record_close(&r);
	value_map(&r, NULL);
	value_number(&r, "locator", 5);
	record_close(&r);
	value_string(&r, NULL, "text");
	record_end(&r);
	assert_null(opened(&v));
	record_prefix_locator(&other, &v, "d.E01::", 7);
	assert_null(record_view_open(&after, other.data, other.length));
	record_to_json(&line, &after);
	assert_string_equal(buffer_string(&line), "{\"type\":\"message\",\"locator\":\"d.E01::mbox:#12\",\"attachments\":[{\"locator\":\"d.E01::mbox:#12::attach:1\","
	                                          "\"name\":\"a.lnk\"},{\"locator\":\"d.E01::\"},\"text\"]}\n");
	buffer_clear(&frame);
	buffer_clear(&other);
	buffer_clear(&line);
	r = record_begin(&frame, RECORD_ERROR);
	record_string(&r, F_KIND, "damaged");
	record_end(&r);
	assert_null(opened(&v));
	record_prefix_locator(&other, &v, "d.E01", 5);
	assert_null(record_view_open(&after, other.data, other.length));
	assert_true(record_text_equals(&after, F_LOCATOR, "d.E01"));
}

static void frame_truncated_at_any_byte_is_refused(void **state)
{
	(void)state;
	struct record_view v;
	build_event();
	for (size_t length = 0; length < frame.length; length++) {
		uint8_t *exact = memory_copy(frame.data, length);       /* so that the sanitizer sees a read past it */
		uint8_t *end = realloc(exact, length ? length : 1);
		assert_non_null(record_view_open(&v, end, length));
		if (length >= 4) {                                      /* and with a total that fits: only a cut between fields may pass */
			size_t rest = length - 4;
			end[0] = (uint8_t)rest;
			end[1] = (uint8_t)(rest >> 8);
			const char *wrong = record_view_open(&v, end, length);
			if (!wrong) {
				buffer_clear(&line);
				record_to_json(&line, &v);
			}
		}
		free(end);
	}
}

static void frame_with_trailing_byte_or_wrong_total_is_refused(void **state)
{
	(void)state;
	struct record_view v;
	build_event();
	buffer_byte(&frame, 0);
	assert_non_null(opened(&v));
	assert_null(record_view_open(&v, frame.data, frame.length - 1));
	for (int delta = -3; delta <= 3; delta++) {
		uint8_t old = frame.data[0];
		frame.data[0] = (uint8_t)(old + delta);
		assert_int_equal(record_view_open(&v, frame.data, frame.length - 1) == NULL, delta == 0);
		frame.data[0] = old;
	}
	frame.data[3] = 0xff;
	assert_non_null(opened(&v));
}

static void frame_of_unknown_type_or_field_is_refused(void **state)
{
	(void)state;
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_TYPES);
	record_end(&r);
	assert_non_null(opened(&v));
	assert_non_null(verdict(RECORD_FIELDS, VALUE_TEXT, "", 0));
	assert_non_null(verdict(0xffff, VALUE_TEXT, "", 0));
	assert_non_null(verdict(F_TYPE, VALUE_TEXT, "end", 3));
}

static void frame_with_a_double_field_is_refused(void **state)
{
	(void)state;
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_NOTE);
	record_string(&r, F_NAME, "a");
	record_string(&r, F_NAME, "a");
	record_end(&r);
	assert_string_equal(opened(&v), "double field");
}

static void frame_field_of_the_wrong_kind_is_refused(void **state)
{
	(void)state;
	static const uint8_t eight[8] = { 1 };
	for (unsigned f = 0; f < RECORD_FIELDS; f++)
		for (unsigned kind = 0; kind < 16; kind++) {
			bool lossy = kind == VALUE_LOSSY && record_field_kind(f) == VALUE_TEXT;
			if (kind != record_field_kind(f) && !lossy)
				assert_non_null(verdict(f, kind, eight, sizeof eight));
		}
	assert_non_null(verdict(F_LOCATOR, VALUE_LOSSY, "\1\0\0\0xy", 6));
	assert_null(verdict(F_NAME, VALUE_LOSSY, "\1\0\0\0xy", 6));
}

static void frame_with_bad_utf8_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char lossy[16] = { (char)strlen(bad[i]), 0, 0, 0 };
		memcpy(lossy + 4, bad[i], strlen(bad[i]));
		assert_non_null(verdict(F_NAME, VALUE_TEXT, bad[i], strlen(bad[i])));
		assert_non_null(verdict(F_NAME, VALUE_LOSSY, lossy, 5 + strlen(bad[i])));
	}
}

static void frame_with_numbers_out_of_range_is_refused(void **state)
{
	(void)state;
	static const uint8_t two53[8] = { 0, 0, 0, 0, 0, 0, 0x20, 0 }, below[9] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0 };
	assert_non_null(verdict(F_SCORE, VALUE_NUMBER, two53, 8));
	assert_null(verdict(F_SCORE, VALUE_NUMBER, below, 8));
	assert_non_null(verdict(F_SCORE, VALUE_NUMBER, below, 7));
	assert_non_null(verdict(F_SIZE, VALUE_BIG, below, 9));
	assert_non_null(verdict(F_ORPHAN, VALUE_FLAG, "\2", 1));
	assert_non_null(verdict(F_ORPHAN, VALUE_FLAG, "", 0));
	assert_null(verdict(F_ORPHAN, VALUE_FLAG, "\1", 1));
}

static void frame_with_time_out_of_range_is_refused(void **state)
{
	(void)state;
	struct { int64_t seconds; uint32_t ns; uint8_t precision, zone; bool good; } t[] = {
		{ 0, 0, 0, 0, true }, { -377705116800, 0, 0, 0, true }, { -377705116801, 0, 0, 0, false }, { 1833017126399, 999999999, 0, 1, true },
		{ 1833017126400, 0, 0, 0, false }, { 0, 1000000000, 0, 0, false }, { 0, 0, TIME_DAY, 0, true }, { 0, 0, TIME_DAY + 1, 0, false }, { 0, 0, 0, 2, false },
		{ INT64_MIN, 0, 0, 0, false }, { INT64_MAX, 0, 0, 0, false } };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		uint8_t bytes[14];
		memcpy(bytes, &t[i].seconds, 8);
		memcpy(bytes + 8, &t[i].ns, 4);
		bytes[12] = t[i].precision;
		bytes[13] = t[i].zone;
		assert_int_equal(verdict(F_MTIME, VALUE_TIME, bytes, 14) == NULL, t[i].good);
		assert_non_null(verdict(F_MTIME, VALUE_TIME, bytes, 13));
	}
}

static void frame_with_deep_nesting_is_refused(void **state)
{
	(void)state;
	struct buffer nested = { 0 }, deeper = { 0 };
	for (int depth = 1; depth <= 1000; depth++) {
		assert_int_equal(verdict(F_FLAGS, VALUE_LIST, nested.data, nested.length) == NULL, depth <= RECORD_DEPTH);
		buffer_clear(&deeper);
		size_t at = frame_entry(&deeper, VALUE_LIST);
		buffer_append(&deeper, nested.data, nested.length);
		frame_close(&deeper, at);
		struct buffer swap = nested;
		nested = deeper;
		deeper = swap;
	}
	buffer_free(&nested);
	buffer_free(&deeper);
}

static void frame_with_lying_inner_lengths_is_refused(void **state)
{
	(void)state;
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\1\0\5\0\0\0abcd", 10));
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\1\0\xff\xff\xff\xff" "abcd", 10));
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\1\1\4\0\0\0abcd", 10));
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\1\0\4\0\0\0abcde", 11));
	assert_null(verdict(F_FLAGS, VALUE_LIST, "\1\0\4\0\0\0abcd", 10));
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\2\0\6\0\0\0\1\0\0\0xy", 12));
	assert_non_null(verdict(F_FLAGS, VALUE_LIST, "\13\0\0\0\0\0", 6));
	assert_non_null(verdict(F_DATA, VALUE_MAP, "\2\0k", 3));
	assert_non_null(verdict(F_DATA, VALUE_MAP, "\1\0k\1\0\1\0\0\0", 9));
	assert_null(verdict(F_DATA, VALUE_MAP, "\1\0k\1\0\0\0\0\0", 9));
	assert_non_null(verdict(F_DATA, VALUE_MAP, "\1\0\xff\1\0\0\0\0\0", 9));
	assert_non_null(verdict(F_NAME, VALUE_LOSSY, "\2\0\0\0xy", 6));
	assert_non_null(verdict(F_NAME, VALUE_LOSSY, "\xff\xff\xff\xffxy", 6));
	assert_non_null(verdict(F_NAME, VALUE_LOSSY, "\0\0\0", 3));
}

static void frame_with_double_map_keys_is_refused(void **state)
{
	(void)state;
	static const char twice[] = "\1\0k\1\0\0\0\0\0\1\0k\1\0\0\0\0\0";
	static const char hidden[] = "\1\0k\2\0\5\0\0\0\0\0\0\0x\5\0k_raw\1\0\0\0\0\0";
	struct buffer many = { 0 };
	assert_string_equal(verdict(F_DATA, VALUE_MAP, twice, sizeof twice - 1), "double key in a map");
	assert_string_equal(verdict(F_DATA, VALUE_MAP, hidden, sizeof hidden - 1), "double key in a map");
	for (int i = 0; i < 200; i++) {
		buffer_u16le(&many, 1);
		buffer_byte(&many, (uint8_t)(i % 100 + 1));
		frame_entry(&many, VALUE_TEXT);
	}
	assert_string_equal(verdict(F_DATA, VALUE_MAP, many.data, many.length), "double key in a map");
	assert_null(verdict(F_DATA, VALUE_MAP, many.data, many.length / 2));
	buffer_free(&many);
}

static void frame_with_forged_extra_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "\"locator\":\"x\"", "\"x\":1}\n{\"type\":\"end\"", "\"x\":1,\"x\":2", "\"x\":\"\x1b[2J\"", "\"x\":\"\\ud800\"", "\"x\": 1", "\"name_raw\":\"ff\"",
		"\"x\":{\"a\":1,\"a\":2}", "x", "\"\\u0074ype\":\"end\"", "\"x\":01", "\"x\":\"\xe2\x80\xae\"", ",\"x\":1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(verdict(F_EXTRA, VALUE_INTERNAL, bad[i], strlen(bad[i])));
	assert_null(verdict(F_EXTRA, VALUE_INTERNAL, "\"x\":[1,{}]", 10));
	struct record_view v;
	struct record_builder r = record_begin(&other, RECORD_FOREIGN);
	record_internal(&r, F_EXTRA, "{\"type\":\"end\"}", 14);
	record_end(&r);
	assert_non_null(record_view_open(&v, other.data, other.length));
}

static void frame_precision_must_agree_with_the_time(void **state)
{
	(void)state;
	struct record_view v;
	struct timestamp t = moment();
	for (int good = 0; good < 2; good++) {
		buffer_clear(&frame);
		struct record_builder r = record_begin(&frame, RECORD_EVENT);
		record_time(&r, F_TIME, &t);
		record_string(&r, F_PRECISION, good ? "100ns" : "s");
		record_end(&r);
		assert_int_equal(opened(&v) == NULL, good);
	}
}

static void frame_of_random_bytes_does_no_harm(void **state)
{
	(void)state;
	struct record_view v;
	unsigned seed = 1, passed = 0;
	build_event();
	for (int i = 0; i < 200000; i++) {
		uint8_t *copy = memory_copy(frame.data, frame.length);
		for (int flips = 1 + i % 3; flips > 0; flips--) {
			seed = seed * 1664525 + 1013904223;
			copy[4 + (seed >> 8) % (frame.length - 4)] = (uint8_t)(seed >> 24);
		}
		if (!record_view_open(&v, copy, frame.length)) {
			passed++;
			buffer_clear(&line);
			buffer_clear(&other);
			record_to_json(&line, &v);
			assert_null(record_from_json(&other, (char *)line.data, line.length - 1));
			assert_null(record_view_open(&v, other.data, other.length));
			struct buffer again = { 0 };
			record_to_json(&again, &v);
			assert_int_equal(line.length, again.length);
			assert_memory_equal(line.data, again.data, line.length);
			buffer_free(&again);
		}
		free(copy);
	}
	assert_true(passed > 1000);
}

static void schema_says_what_each_type_needs(void **state)
{
	(void)state;
	for (unsigned type = 0; type < RECORD_FOREIGN; type++)
		assert_int_equal(record_field_use(type, F_TYPE), 2);
	assert_int_equal(record_field_use(RECORD_EVENT, F_TIME), 2);
	assert_int_equal(record_field_use(RECORD_NODE, F_SIZE), 1);
	assert_int_equal(record_field_use(RECORD_NODE, F_RULE), 0);
	for (unsigned f = 0; f < RECORD_FIELDS; f++)
		for (unsigned g = f + 1; g < RECORD_FIELDS; g++)
			assert_string_not_equal(record_field_key(f), record_field_key(g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(record_fields_come_out_in_schema_order), TEST(record_view_gives_what_was_built),
		TEST(record_event_is_complete_only_with_its_required_fields), TEST(record_local_time_gives_its_zone),
		TEST(record_time_without_moment_is_left_out), TEST(record_text_that_is_no_utf8_is_kept_with_its_bytes),
		TEST(record_lossy_text_in_a_list_is_a_map), TEST(record_double_map_keys_get_numbers), TEST(record_many_double_keys_are_no_trouble),
		TEST(record_too_deep_nesting_is_marked), TEST(record_lossy_at_the_deepest_list_stays_text),
		TEST(record_numbers_beyond_53_bits_become_strings_in_maps), TEST(record_values_outside_a_list_are_left_out),
		TEST(record_overlong_loses_of_its_longest_text_only), TEST(record_overlong_as_a_line_is_cut_too),
		TEST(record_overlong_lists_maps_and_bytes_are_cut), TEST(record_of_small_bytes_that_grow_on_reading_back_is_cut),
		TEST(record_internal_bytes_that_do_not_fit_are_refused_not_cut), TEST(record_merge_lets_the_changes_win),
		TEST(record_merge_keeps_unknown_keys_of_both), TEST(record_prefix_reaches_every_locator), TEST(frame_truncated_at_any_byte_is_refused),
		TEST(frame_with_trailing_byte_or_wrong_total_is_refused), TEST(frame_of_unknown_type_or_field_is_refused),
		TEST(frame_with_a_double_field_is_refused), TEST(frame_field_of_the_wrong_kind_is_refused), TEST(frame_with_bad_utf8_is_refused),
		TEST(frame_with_numbers_out_of_range_is_refused), TEST(frame_with_time_out_of_range_is_refused), TEST(frame_with_deep_nesting_is_refused),
		TEST(frame_with_lying_inner_lengths_is_refused), TEST(frame_with_double_map_keys_is_refused), TEST(frame_with_forged_extra_is_refused),
		TEST(frame_precision_must_agree_with_the_time), TEST(frame_of_random_bytes_does_no_harm), TEST(schema_says_what_each_type_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
