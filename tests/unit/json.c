/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: any record we write, parsed and written again, gives the same bytes; what is written is safe to show; what others write is read
 * or refused, never bent. */
#include "record/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct buffer frame, line, again;
static uint64_t seed;

static int clear(void **state)
{
	(void)state;
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&again);
	return 0;
}

static unsigned chance(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % below;
}

/* What the reader makes of a line, as JSON again; or what is wrong with it. */
static const char *reread(const char *text, size_t length)
{
	struct record_view v;
	buffer_clear(&frame);
	buffer_clear(&again);
	const char *wrong = record_from_json(&frame, text, length);
	if (wrong) {
		assert_int_equal(frame.length, 0);
		return wrong;
	}
	assert_null(record_view_open(&v, frame.data, frame.length));
	record_to_json(&again, &v);
	again.length--;
	return buffer_string(&again);
}

static void assert_comes_back(const char *text)
{
	assert_string_equal(reread(text, strlen(text)), text);
}

static void assert_becomes(const char *text, const char *expected)
{
	assert_string_equal(reread(text, strlen(text)), expected);
	assert_comes_back(expected);
}

static bool refused(const char *text)
{
	return *reread(text, strlen(text)) != '{';
}

/* ---- random records */

static void random_bytes(struct buffer *out)
{
	static const char *const nasty[] = { "\"", "\\", "/", "\n", "\x1b[31m", "\x7f", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xae", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xf0\x9f\x98\x80",
		"\xf3\xa0\x81\x81", "\xd8\x9c", "\xd0\x96", "\xf4\x8f\xbf\xbf", "plain text of some length", "</script>", "\\u0041", "\xff", "\xed\xa0\x80", "\xc3", "2024-05-04T10:11:12.123456700Z", "deadbeef",
		"9007199254740993", "null", "_raw" };
	buffer_clear(out);
	for (unsigned parts = chance(6); parts > 0; parts--) {
		if (chance(8) == 0)
			buffer_byte(out, (uint8_t)chance(256));
		const char *part = nasty[chance(sizeof nasty / sizeof *nasty)];
		buffer_text(out, part);
		if (chance(20) == 0)
			buffer_byte(out, 0);
	}
}

static struct timestamp random_time(void)
{
	static const int64_t spans[] = { -377705116800, 1833017126399, 0, 1714817472 };
	int64_t seconds = spans[chance(4)];
	return time_from_unix(seconds + (seconds < 0 ? 1 : -1) * (int64_t)chance(1000000000), chance(1000000000), chance(TIME_DAY + 1));
}

static const char *random_key(unsigned number)
{
	static const char *const keys[] = { "a", "a_raw", "text", "text_raw", "b\"\x1b", "\xff", "", "k_raw_raw", "locator" };
	static char key[32];
	if (chance(3) == 0)
		return keys[chance(sizeof keys / sizeof *keys)];
	snprintf(key, sizeof key, "k%u%s", number, chance(5) == 0 ? "_raw" : "");
	return key;
}

static void random_values(struct record_builder *r, bool map, unsigned depth)
{
	struct buffer text = { 0 };
	for (unsigned i = chance(depth ? 5 : 9); i > 0; i--) {
		const char *key = map ? random_key(i) : NULL;
		struct timestamp t = random_time();
		random_bytes(&text);
		uint64_t number = (uint64_t)chance(1u << 31) << chance(33);
		switch (chance(10)) {
		case 0: value_text(r, key, (const char *)text.data, text.length); break;
		case 1: value_evidence_text(r, key, text.data, text.length, chance(2) ? TEXT_UTF8 : TEXT_UTF16LE); break;
		case 2: value_number(r, key, number); break;
		case 3: value_big(r, key, number); break;
		case 4: value_signed(r, key, -(int64_t)(number >> 8)); break;
		case 5: value_flag(r, key, chance(2)); break;
		case 6: value_time(r, key, &t); break;
		case 7: value_hex(r, key, text.data, text.length); break;
		case 8: value_list(r, key); if (depth < 8) random_values(r, false, depth + 1); record_close(r); break;
		default: value_map(r, key); if (depth < 8) random_values(r, true, depth + 1); record_close(r);
		}
	}
	buffer_free(&text);
}

static void random_record(struct buffer *out)
{
	struct buffer text = { 0 };
	struct record_builder r = record_begin(out, chance(RECORD_FOREIGN));
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		if (f == F_TYPE || f == F_PRECISION || chance(6) != 0)
			continue;
		struct timestamp t = random_time();
		random_bytes(&text);
		if (chance(4) == 0)
			t.zone = TIME_LOCAL;
		switch (record_field_kind(f)) {
		case VALUE_TEXT:
			if (f == F_LOCATOR || f == F_ZONE)
				record_string(&r, f, chance(2) ? "local" : "d.E01::gpt:2");
			else
				record_evidence_text(&r, f, text.data, text.length, chance(2) ? TEXT_UTF8 : TEXT_UTF16LE);
			break;
		case VALUE_NUMBER: record_number(&r, f, chance(1u << 31)); break;
		case VALUE_BIG: record_number(&r, f, (uint64_t)chance(1u << 31) << chance(33)); break;
		case VALUE_SIGNED: record_signed(&r, f, -(int64_t)chance(1000)); break;
		case VALUE_FLAG: record_flag(&r, f, chance(2)); break;
		case VALUE_TIME: record_time(&r, f, &t); break;
		case VALUE_HEX: record_hex(&r, f, text.data, text.length); break;
		case VALUE_LIST: record_list(&r, f); random_values(&r, false, 0); record_close(&r); break;
		case VALUE_MAP: record_map(&r, f); random_values(&r, true, 0); record_close(&r); break;
		default: break;
		}
	}
	record_end(&r);
	buffer_free(&text);
}

/* ---- properties */

static void json_of_any_record_comes_back_byte_for_byte(void **state)
{
	(void)state;
	struct record_view v;
	struct buffer built = { 0 };
	unsigned good = 0;
	seed = 42;
	for (int i = 0; i < 20000; i++) {
		buffer_clear(&built);
		buffer_clear(&line);
		random_record(&built);
		const char *wrong = record_view_open(&v, built.data, built.length);
		if (wrong) {            /* keys made to clash again and again */
			assert_string_equal(wrong, "double key in a map");
			continue;
		}
		good++;
		record_to_json(&line, &v);
		line.length--;
		assert_null(memchr(line.data, '\n', line.length));
		assert_string_equal(reread((char *)line.data, line.length), buffer_string(&line));
	}
	buffer_free(&built);
	assert_true(good > 19900);
}

/* A random record's line; false: it is no record (keys clash). */
static bool random_line(struct buffer *built)
{
	struct record_view v;
	buffer_clear(built);
	buffer_clear(&line);
	random_record(built);
	if (record_view_open(&v, built->data, built->length))
		return false;
	record_to_json(&line, &v);
	return true;
}

static void json_holds_no_byte_that_acts_on_a_terminal(void **state)
{
	(void)state;
	struct buffer built = { 0 };
	seed = 7;
	for (int i = 0; i < 2000; i++) {
		if (!random_line(&built))
			continue;
		const uint8_t *at = line.data, *end = at + line.length - 1;
		assert_true(text_is_utf8(at, line.length));
		while (at < end)
			assert_false(text_is_dangerous(text_utf8_next(&at, end)));
	}
	buffer_free(&built);
}

static void json_line_with_random_damage_is_refused_or_read_once_and_for_all(void **state)
{
	(void)state;
	struct buffer built = { 0 }, once = { 0 };
	unsigned read = 0;
	static const char spice[] = "{}[]\",:\\ \t0-9eE.untf/\x80\xff";
	seed = 99;
	for (int i = 0; i < 60000; i++) {
		if (!random_line(&built))
			continue;
		line.length--;
		for (unsigned n = 1 + chance(2); n > 0 && line.length; n--) {
			size_t at = chance((unsigned)line.length);
			if (chance(3) == 0)
				memmove(line.data + at, line.data + at + 1, --line.length - at);
			else
				line.data[at] = (uint8_t)spice[chance(sizeof spice - 1)];
		}
		char *exact = memory_copy(line.data, line.length);
		exact = realloc(exact, line.length ? line.length : 1);
		const char *result = reread(exact, line.length);
		if (*result == '{') {
			read++;
			buffer_clear(&once);
			buffer_append(&once, again.data, again.length);
			assert_string_equal(reread((char *)once.data, once.length), buffer_string(&once));
		}
		free(exact);
	}
	buffer_free(&built);
	buffer_free(&once);
	assert_true(read > 5000);
}

static void json_truncated_at_any_byte_is_refused(void **state)
{
	(void)state;
	static const char text[] = "{\"time\":\"2024-05-04T10:11:12.123456700Z\",\"type\":\"event\",\"precision\":\"100ns\",\"name\":\"a\\u007f\\\"\",\"name_raw\":\"ff\",\"size\":\"12\",\"uid\":5,"
	                           "\"allocated\":false,\"flags\":[\"a\",1,-1,true,null,1.5e3,{}],\"data\":{\"k\":\"x\",\"k_raw\":\"00\"},\"md5\":\"00ff\",\"other\":[{\"a\":\"\\ud83d\\ude00\"}]}";
	for (size_t length = 0; length + 1 < sizeof text; length++) {
		char *exact = memory_copy(text, length);
		exact = realloc(exact, length ? length : 1);
		assert_true(*reread(exact, length) != '{');
		free(exact);
	}
	assert_false(refused(text));
}

/* ---- escapes */

static void json_escapes_every_dangerous_code_point_and_no_other(void **state)
{
	(void)state;
	static const char shorts[] = "\"\\\b\t\n\f\r", letters[] = "\"\\btnfr";
	struct buffer text = { 0 }, expected = { 0 };
	for (uint32_t code = 0; code < 0x110000; code++) {
		if (code >= 0xd800 && code < 0xe000)
			continue;
		struct record_view v;
		buffer_clear(&frame);
		buffer_clear(&line);
		buffer_clear(&text);
		buffer_clear(&expected);
		buffer_text(&text, "abcdefg");          /* so that places in and beyond a block of eight are met */
		text.length -= code % 8 < 7 ? code % 8 : 0;
		text_utf8_append(&text, code);
		buffer_text(&text, "xyz");
		struct record_builder r = record_begin(&frame, RECORD_NOTE);
		record_text(&r, F_NAME, (char *)text.data, text.length);
		record_end(&r);
		assert_null(record_view_open(&v, frame.data, frame.length));
		record_to_json(&line, &v);
		const char *at = code < 128 && code ? strchr(shorts, (int)code) : NULL;
		buffer_text(&expected, "{\"type\":\"note\",\"name\":\"");
		buffer_append(&expected, "abcdefg", 7 - (code % 8 < 7 ? code % 8 : 0));
		if (at)
			buffer_format(&expected, "\\%c", letters[at - shorts]);
		else if (!text_is_dangerous(code))
			text_utf8_append(&expected, code);
		else if (code < 0x10000)
			buffer_format(&expected, "\\u%04x", code);
		else
			buffer_format(&expected, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
		buffer_text(&expected, "xyz\"}\n");
		assert_int_equal(line.length, expected.length);
		assert_memory_equal(line.data, expected.data, line.length);
		line.length--;
		buffer_clear(&again);
		assert_null(record_from_json(&again, (char *)line.data, line.length));
		assert_int_equal(again.length, frame.length);
		assert_memory_equal(again.data, frame.data, frame.length);
	}
	buffer_free(&text);
	buffer_free(&expected);
}

static void json_reads_any_escape_of_the_grammar(void **state)
{
	(void)state;
	assert_becomes("{\"\\u0074ype\":\"n\\u006fte\",\"name\":\"\\/\\u00e9\\uD83D\\uDE00\\u0041\"}", "{\"type\":\"note\",\"name\":\"/\xc3\xa9\xf0\x9f\x98\x80" "A\"}");
}

static void json_refuses_strings_that_are_none(void **state)
{
	(void)state;
	static const char *const bad[] = { "\"\\ud800\"", "\"\\ud800x\"", "\"\\udc00\\ud800\"", "\"\\ud800\\u0041\"", "\"\\x41\"", "\"\\u12g4\"", "\"\\u12\"", "\"\t\"", "\"\x01\"", "\"\\", "\"\\\xc3\xa9\"", "\"a",
		"\"\xff\"", "\"\xed\xa0\x80\"", "'a'" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[128];
		snprintf(text, sizeof text, "{\"type\":\"note\",\"name\":%s}", bad[i]);
		assert_true(refused(text));
		snprintf(text, sizeof text, "{\"type\":\"note\",\"unknown\":%s}", bad[i]);
		assert_true(refused(text));
		snprintf(text, sizeof text, "{\"type\":\"unknown\",\"name\":%s}", bad[i]);
		assert_true(refused(text));
	}
}

/* ---- what others write */

static void json_takes_white_space_and_any_order(void **state)
{
	(void)state;
	assert_becomes(" { \"name\" : \"a\" ,\t\"flags\" : [ \"x\" , { \"k\" : 1 } ] , \"type\" : \"node\" } \r", "{\"type\":\"node\",\"name\":\"a\",\"flags\":[\"x\",{\"k\":1}]}");
	assert_becomes("{\"name_raw\":\"FF\",\"type\":\"node\",\"uid\":3,\"name\":\"x\"}", "{\"type\":\"node\",\"name\":\"x\",\"name_raw\":\"ff\",\"uid\":3}");
	assert_becomes("{\"zone\":\"local\",\"type\":\"event\",\"time\":\"2024-05-04T12:11:12+02:00\",\"precision\":\"s\"}",
	               "{\"time\":\"2024-05-04T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"zone\":\"local\"}");
}

static void json_precision_and_zone_enter_the_time(void **state)
{
	(void)state;
	static const char text[] = "{\"time\":\"2024-05-04T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"2s\",\"zone\":\"local\",\"mtime\":\"2024-05-04T10:11:12.000000000Z\"}";
	struct record_view v;
	struct timestamp t;
	assert_comes_back(text);
	assert_null(record_view_open(&v, frame.data, frame.length));
	assert_true(record_get_time(&v, F_TIME, &t));
	assert_int_equal(t.precision, TIME_2S);
	assert_int_equal(t.zone, TIME_LOCAL);
	assert_true(record_get_time(&v, F_MTIME, &t));
	assert_int_equal(t.zone, TIME_LOCAL);
	assert_true(refused("{\"time\":\"2024-05-04T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"often\"}"));
	assert_comes_back("{\"type\":\"event\",\"precision\":\"often\",\"zone\":\"stated\"}");
}

static void json_keeps_unknown_keys(void **state)
{
	(void)state;
	assert_comes_back("{\"type\":\"note\",\"message\":\"m\",\"zeta\":{\"b\":[1.50,-0,1E+9,null],\"a\":\"\\u202e\"},\"alpha\":18446744073709551616}");
	assert_comes_back("{\"type\":\"note\",\"extra\":1,\"content\":\"c\",\"extents\":[],\"size_raw\":1,\"flags_raw\":2}");
	assert_becomes("{\"x\":[ 1 , {\"\\u0061\":\"\x7f\xe2\x80\xae\"} ],\"type\":\"note\"}", "{\"type\":\"note\",\"x\":[1,{\"a\":\"\\u007f\\u202e\"}]}");
}

static void json_keeps_unknown_types(void **state)
{
	(void)state;
	struct record_view v;
	assert_comes_back("{\"z\":1,\"type\":\"other.tool\",\"size\":5,\"name\":null,\"locator\":[],\"name_raw\":{}}");
	assert_null(record_view_open(&v, frame.data, frame.length));
	assert_int_equal(v.type, RECORD_FOREIGN);
	assert_false(record_has(&v, F_TYPE));
	assert_null(record_view_complete(&v));
	assert_becomes("{ \"size\": 5, \"type\":\"o\\u0074her\" }", "{\"size\":5,\"type\":\"other\"}");
	assert_true(refused("{\"size\":5,\"type\":\"n\\u006fde\"}"));
	assert_true(refused("{\"type\":5}"));
	assert_true(refused("{\"type\":\"other\",\"type\":\"node\"}"));
	assert_true(refused("{\"type\":\"other\",\"a\":{\"b\":1,\"b\":1}}"));
	assert_true(refused("{\"type\":\"other\"} x"));
	assert_true(refused("{\"name\":\"x\"}"));
	assert_true(refused("{}"));
	assert_true(refused("[]"));
	assert_true(refused(""));
	assert_true(refused("null"));
}

static void json_refuses_double_keys(void **state)
{
	(void)state;
	assert_true(refused("{\"type\":\"note\",\"name\":\"a\",\"name\":\"a\"}"));
	assert_true(refused("{\"type\":\"note\",\"name\":\"a\",\"n\\u0061me\":\"a\"}"));
	assert_true(refused("{\"type\":\"note\",\"x\":1,\"y\":2,\"\\u0078\":1}"));
	assert_true(refused("{\"type\":\"note\",\"type\":\"note\"}"));
	assert_true(refused("{\"type\":\"note\",\"name\":\"a\",\"name_raw\":\"ff\",\"name_raw\":\"ff\"}"));
	assert_true(refused("{\"type\":\"note\",\"data\":{\"a\":1,\"\\u0061\":2}}"));
	assert_true(refused("{\"type\":\"note\",\"x\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"a\":2}}"));
	assert_true(refused("{\"type\":\"note\",\"data\":{\"a\":\"x\",\"a_raw\":\"ff\",\"a_raw\":\"ff\"}}"));
}

static void json_refuses_the_wrong_kind(void **state)
{
	(void)state;
	static const char *const bad[] = { "\"name\":5", "\"name\":null", "\"size\":5", "\"size\":\"05\"", "\"size\":\"\"", "\"size\":\"18446744073709551616\"", "\"size\":\"-1\"", "\"uid\":\"5\"", "\"uid\":-1",
		"\"uid\":1.0", "\"uid\":01", "\"uid\":9007199254740992", "\"uid\":-0", "\"allocated\":1", "\"allocated\":\"true\"", "\"allocated\":tru", "\"mtime\":\"yesterday\"", "\"mtime\":5",
		"\"mtime\":\"2024-02-30T00:00:00.000000000Z\"", "\"md5\":\"f\"", "\"md5\":\"zz\"", "\"flags\":{}", "\"flags\":\"x\"", "\"data\":[]", "\"name_raw\":\"ff\"", "\"name\":\"x\",\"name_raw\":\"\"",
		"\"name\":\"x\",\"name_raw\":\"f\"", "\"name\":\"x\",\"name_raw\":7", "\"locator\":\"x\",\"locator_raw\":\"ff\"", "\"zone\":\"x\",\"zone_raw\":\"ff\"" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[256];
		snprintf(text, sizeof text, "{\"type\":\"node\",%s}", bad[i]);
		assert_true(refused(text));
	}
}

static void json_refuses_what_is_no_json(void **state)
{
	(void)state;
	static const char *const bad[] = { "{\"type\":\"note\",}", "{,\"type\":\"note\"}", "{\"type\" \"note\"}", "{\"type\":\"note\"", "{\"type\":\"note\"}}", "{\"type\":\"note\"}\n{}", "{type:\"note\"}",
		"{\"type\":\"note\",\"flags\":[1,]}", "{\"type\":\"note\",\"flags\":[,]}", "{\"type\":\"note\",\"flags\":[1 2]}", "{\"type\":\"note\",\"data\":{\"a\"}}", "{\"type\":\"note\",\"data\":{\"a\":}}",
		"{\"type\":\"note\",\"flags\":[nul]}", "{\"type\":\"note\",\"flags\":[.5]}", "{\"type\":\"note\",\"flags\":[5.]}", "{\"type\":\"note\",\"flags\":[1e]}", "{\"type\":\"note\",\"flags\":[+1]}",
		"{\"type\":\"note\",\"flags\":[00]}", "{\"type\":\"note\",\"flags\":[-]}", "{\"type\":\"note\",\"flags\":[NaN]}", "\xef\xbb\xbf{\"type\":\"note\"}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_true(refused(bad[i]));
	assert_true(*reread("{\"type\":\"note\"}\0", 16) != '{');
}

static void json_nesting_has_its_limits(void **state)
{
	(void)state;
	struct { const char *before, *open, *middle, *close, *after; unsigned limit; } shapes[] = {
		{ "{\"type\":\"note\",\"flags\":", "[", "", "]", "}", RECORD_DEPTH }, { "{\"type\":\"note\",\"x\":", "[", "", "]", "}", 63 },
		{ "{\"type\":\"note\",\"data\":", "{\"a\":", "1", "}", "}", RECORD_DEPTH }, { "{\"type\":\"other\",\"flags\":", "{\"a\":", "1", "}", "}", 63 } };
	for (size_t s = 0; s < 4; s++)
		for (unsigned depth = 1; depth < 1000; depth = depth < 100 ? depth + 1 : depth * 3) {
			struct buffer text = { 0 };
			buffer_text(&text, shapes[s].before);
			for (unsigned i = 0; i < depth; i++)
				buffer_text(&text, shapes[s].open);
			buffer_text(&text, shapes[s].middle);
			for (unsigned i = 0; i < depth; i++)
				buffer_text(&text, shapes[s].close);
			buffer_text(&text, shapes[s].after);
			assert_int_equal(!refused(buffer_string(&text)), depth <= shapes[s].limit);
			buffer_free(&text);
		}
}

static void json_line_longer_than_the_limit_is_refused(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, "{\"type\":\"note\",\"name\":\"");
	while (text.length < RECORD_LENGTH_MAX - 2)
		buffer_byte(&text, 'a');
	buffer_text(&text, "\"}");
	assert_int_equal(text.length, RECORD_LENGTH_MAX);
	assert_string_equal(reread((char *)text.data, text.length), buffer_string(&text));
	text.data[text.length - 2] = 'a';
	text.data[text.length - 1] = '"';
	buffer_byte(&text, '}');
	assert_true(refused(buffer_string(&text)));
	buffer_clear(&text);
	buffer_text(&text, "{\"type\":\"note\",\"flags\":[0");             /* small as text, large as a frame */
	while (text.length < RECORD_LENGTH_MAX - 10)
		buffer_text(&text, ",0");
	buffer_text(&text, "]}");
	assert_true(refused(buffer_string(&text)));
	buffer_free(&text);
}

static void json_map_texts_stay_texts(void **state)
{
	(void)state;
	struct record_view v;
	struct record_value value;
	size_t at = 0;
	assert_comes_back("{\"type\":\"note\",\"data\":{\"t\":\"2024-05-04T10:11:12.123456700Z\",\"n\":\"12\",\"h\":\"00ff\",\"b\":\"true\"}}");
	assert_null(record_view_open(&v, frame.data, frame.length));
	while (record_next(&v.field[F_DATA], &at, NULL, NULL, &value))
		assert_int_equal(value.kind, VALUE_TEXT);
	at = 0;
	assert_comes_back("{\"type\":\"note\",\"data\":{\"k\":\"x\",\"k_raw\":\"ff\",\"k_raw_raw\":\"ff\",\"m\":\"x\",\"n\":1,\"m_raw\":\"ff\",\"o\":\"x\",\"o_raw\":\"FF\",\"p\":\"x\",\"p_raw\":\"\",\"_raw\":\"ff\",\"\":\"\",\"x_raw\":1.5}}");
	assert_null(record_view_open(&v, frame.data, frame.length));
	assert_true(record_next(&v.field[F_DATA], &at, NULL, NULL, &value));
	assert_int_equal(value.kind, VALUE_LOSSY);
}

/* jq and Python read what we write, agree on it, and find no key twice. */
static void json_is_read_by_other_readers(void **state)
{
	(void)state;
	char script[4096];
	struct record_view v;
	const char *source = getenv("srcdir");
	snprintf(script, sizeof script, "%s/tests/oracle/json-readers", source ? source : ".");
	if (access(script, X_OK) != 0 || system("jq --version >/dev/null 2>&1 && python3 -c '' 2>/dev/null") != 0) {
		print_message("left out: needs tests/oracle/json-readers (found by $srcdir), jq and python3\n");
		skip();
	}
	FILE *readers = popen(script, "w");
	assert_non_null(readers);
	seed = 5;
	for (int i = 0; i < 3000; i++) {
		buffer_clear(&frame);
		buffer_clear(&line);
		random_record(&frame);
		if (record_view_open(&v, frame.data, frame.length))
			continue;
		record_to_json(&line, &v);
		assert_int_equal(fwrite(line.data, 1, line.length, readers), line.length);
	}
	assert_int_equal(pclose(readers), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, clear)
		TEST(json_of_any_record_comes_back_byte_for_byte), TEST(json_holds_no_byte_that_acts_on_a_terminal),
		TEST(json_line_with_random_damage_is_refused_or_read_once_and_for_all), TEST(json_truncated_at_any_byte_is_refused),
		TEST(json_escapes_every_dangerous_code_point_and_no_other), TEST(json_reads_any_escape_of_the_grammar),
		TEST(json_refuses_strings_that_are_none), TEST(json_takes_white_space_and_any_order), TEST(json_precision_and_zone_enter_the_time),
		TEST(json_keeps_unknown_keys), TEST(json_keeps_unknown_types), TEST(json_refuses_double_keys), TEST(json_refuses_the_wrong_kind),
		TEST(json_refuses_what_is_no_json), TEST(json_nesting_has_its_limits), TEST(json_line_longer_than_the_limit_is_refused),
		TEST(json_map_texts_stay_texts), TEST(json_is_read_by_other_readers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
