/* SPDX-License-Identifier: Apache-2.0 */
/* evtx.c: every kind of value, the rules by which XML becomes a map, and that damage costs what is damaged alone. Chunks are made here, token by token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/hash.h"
#include "reader/evtx.h"
#include "tests/unit/parse_harness.h"

enum { CHUNK_AT = 4096, CHUNK = 65536, FIRST = 512 };

/* A log of one chunk. Names stand inline where they are used first. */
struct made {
	uint8_t b[CHUNK_AT + CHUNK];
	size_t at;                              /* in the chunk */
	size_t record, outer, inner;            /* of the record in hand; of the definitions, 0: not yet there */
	struct { char text[40]; size_t at; } name[64];
	size_t names;
	uint64_t id;
	bool depends;
};

static uint8_t *chunk_of(struct made *m) { return m->b + CHUNK_AT; }

static void put(struct made *m, const void *bytes, size_t n)
{
	memcpy(chunk_of(m) + m->at, bytes, n);
	m->at += n;
}

static void set(uint8_t *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static void number(struct made *m, uint64_t v, size_t n)
{
	set(chunk_of(m) + m->at, v, n);
	m->at += n;
}

static void units(struct made *m, const char *text)
{
	for (; *text; text++)
		number(m, (uint8_t)*text, 2);
}

static void name(struct made *m, const char *text)
{
	for (size_t i = 0; i < m->names; i++)
		if (!strcmp(m->name[i].text, text)) {
			number(m, m->name[i].at, 4);
			return;
		}
	strcpy(m->name[m->names].text, text);
	m->name[m->names++].at = m->at + 4;
	number(m, m->at + 4, 4);
	number(m, 0, 4);
	number(m, 0, 2);
	number(m, strlen(text), 2);
	units(m, text);
	number(m, 0, 2);
}

/* <name …: returns where the element's length stands. attributes: whether some follow. */
static size_t start(struct made *m, const char *text, bool attributes, unsigned dependency)
{
	number(m, attributes ? 0x41 : 0x01, 1);
	if (m->depends)
		number(m, dependency, 2);
	size_t at = m->at;
	number(m, 0, 4);
	name(m, text);
	if (attributes)
		number(m, 0, 4);
	return at;
}

static void finish(struct made *m, size_t at, uint8_t token)
{
	number(m, token, 1);
	set(chunk_of(m) + at, m->at - at - 4, 4);
}

static void text(struct made *m, const char *words)
{
	number(m, 0x05, 1);
	number(m, 1, 1);
	number(m, strlen(words), 2);
	units(m, words);
}

static void hole(struct made *m, unsigned index, unsigned type, bool optional)
{
	number(m, optional ? 0x0e : 0x0d, 1);
	number(m, index, 2);
	number(m, type, 1);
}

static void attribute(struct made *m, const char *key)
{
	number(m, 0x06, 1);
	name(m, key);
}

static void leaf(struct made *m, const char *element, const char *words, int index, unsigned type)
{
	size_t at = start(m, element, false, 0xffff);
	number(m, 0x02, 1);
	if (words)
		text(m, words);
	else
		hole(m, (unsigned)index, type, true);
	finish(m, at, 0x04);
}

static void system_part(struct made *m)
{
	size_t system = start(m, "System", false, 0xffff);
	number(m, 0x02, 1);
	size_t at = start(m, "Provider", true, 0xffff);
	attribute(m, "Name");
	text(m, "Spoor-Test");
	finish(m, at, 0x03);
	leaf(m, "EventID", NULL, 0, EVTX_UINT16);
	at = start(m, "TimeCreated", true, 0xffff);
	attribute(m, "SystemTime");
	hole(m, 1, EVTX_FILETIME, true);
	finish(m, at, 0x03);
	leaf(m, "Channel", "Lab", 0, 0);
	leaf(m, "Computer", "HOST-1", 0, 0);
	at = start(m, "Security", true, 0xffff);
	attribute(m, "UserID");
	hole(m, 2, EVTX_SID, true);
	finish(m, at, 0x03);
	finish(m, system, 0x04);
}

typedef void payload(struct made *m);

/* <EventData><Data Name="v">%0</Data><Data Name="kept">%1</Data><Data Name="gone">%2 optional</Data></EventData> */
static void event_data(struct made *m)
{
	static const char *const key[] = { "v", "kept", "gone" };
	size_t data = start(m, "EventData", false, 0xffff);
	number(m, 0x02, 1);
	for (unsigned i = 0; i < 3; i++) {
		size_t at = start(m, "Data", true, 0xffff);
		attribute(m, "Name");
		text(m, key[i]);
		number(m, 0x02, 1);
		hole(m, i, EVTX_STRING, i == 2);
		finish(m, at, 0x04);
	}
	finish(m, data, 0x04);
}

static void definition(struct made *m, uint32_t id, payload *body)
{
	number(m, 0, 4);
	number(m, id, 4);
	number(m, 0x1122334455667788, 8);
	number(m, 0, 4);
	size_t at = m->at;
	number(m, 0, 4);
	put(m, "\x0f\1\1", 4);
	bool was = m->depends;
	m->depends = true;
	body(m);
	m->depends = was;
	number(m, 0, 1);
	set(chunk_of(m) + at, m->at - at - 4, 4);
}

static void instance(struct made *m, uint32_t id, size_t *at, payload *body)
{
	put(m, "\x0f\1\1", 4);
	put(m, "\x0c\1", 2);
	number(m, id, 4);
	if (*at) {
		number(m, *at, 4);
		return;
	}
	*at = m->at + 4;
	number(m, *at, 4);
	definition(m, id, body);
}

static void outer_body(struct made *m)
{
	size_t event = start(m, "Event", false, 0xffff);
	number(m, 0x02, 1);
	system_part(m);
	hole(m, 3, EVTX_BINXML, true);
	finish(m, event, 0x04);
}

static void made_begin(struct made *m)
{
	memset(m, 0, sizeof *m);
	memcpy(m->b, "ElfFile", 8);
	set(m->b + 32, 128, 4);
	set(m->b + 36, 1, 2);
	set(m->b + 38, 3, 2);
	set(m->b + 40, 4096, 2);
	set(m->b + 42, 1, 2);
	memcpy(chunk_of(m), "ElfChnk", 8);
	m->at = FIRST;
}

static void record_start(struct made *m)
{
	m->record = m->at;
	put(m, "\x2a\x2a\0\0", 4);
	number(m, 0, 4);
	number(m, ++m->id, 8);
	number(m, 133276686720000000 + m->id, 8);
}

static void record_finish(struct made *m)
{
	while ((m->at + 4 - m->record) % 8)
		number(m, 0xee, 1);             /* padding is garbage */
	size_t size = m->at + 4 - m->record;
	number(m, size, 4);
	set(chunk_of(m) + m->record + 4, size, 4);
}

struct value { uint8_t type; uint16_t size; const void *bytes; };

/* A record by templates: System values, then a payload of `body` (its template id is `id`) with values. */
static void record_of(struct made *m, uint32_t id, size_t *inner, payload *body, const struct value *value, size_t values)
{
	record_start(m);
	instance(m, 7, &m->outer, outer_body);
	number(m, 4, 4);
	number(m, 2, 2), number(m, EVTX_UINT16, 2);
	number(m, 8, 2), number(m, EVTX_FILETIME, 2);
	number(m, 0, 2), number(m, EVTX_NULL, 2);
	size_t size_at = m->at;
	number(m, 0, 2), number(m, EVTX_BINXML, 2);
	number(m, 4711, 2);
	number(m, 133276686720000000, 8);
	size_t from = m->at;
	instance(m, id, inner, body);
	number(m, values, 4);
	for (size_t i = 0; i < values; i++)
		number(m, value[i].size, 2), number(m, value[i].type, 2);
	for (size_t i = 0; i < values; i++)
		put(m, value[i].bytes, value[i].size);
	number(m, 0, 1);
	set(chunk_of(m) + size_at, m->at - from, 2);
	number(m, 0, 1);
	record_finish(m);
}

static void record(struct made *m, const struct value *value, size_t values)
{
	record_of(m, 9, &m->inner, event_data, value, values);
}

/* Fills in the headers and their checksums; everything up to `live` is live. */
static void made_end(struct made *m, size_t live)
{
	uint8_t *c = chunk_of(m);
	set(c + 24, 1, 8);
	set(c + 32, m->id, 8);
	set(c + 40, 128, 4);
	set(c + 48, live, 4);
	set(c + 52, hash_crc32(0, c + FIRST, live - FIRST), 4);
	set(c + 124, hash_crc32(hash_crc32(0, c, 120), c + 128, FIRST - 128), 4);
	set(m->b + 124, hash_crc32(0, m->b, 120), 4);
}

static struct parsed run_bytes(const void *bytes, size_t length)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("a.evtx") };
	struct parsed d;
	assert_true(parsed_run(&d, "win.evtx", &n, bytes, length, true));
	return d;
}

/* The whole log, which gives so many events. */
static struct parsed run(const struct made *m, unsigned events)
{
	struct parsed d = run_bytes(m->b, sizeof m->b);
	assert_int_equal(d.events, events);
	return d;
}

#define CHECK(d, words) do { if (!says(&(d), words)) fail_msg("not said: %s\n%s%s", words, (char *)(d).json.data, (char *)(d).told.data); } while (0)
#define U(s) (uint16_t)(sizeof u##s - 2), u##s

static void values_of_every_type(void **state)
{
	(void)state;
	static const struct { struct value v; const char *json; } row[] = {
		{ { EVTX_STRING, U("ab\"\n") }, "\"v\":\"ab\\\"\\n\"" },
		{ { EVTX_STRING, U("abc\0") }, "\"v\":\"abc\"" },
		{ { EVTX_STRING, U("ab\0cd") }, "\"v\":\"ab\",\"v_raw\":\"61006200000063006400\"" },
		{ { EVTX_STRING, U("a longer text of more than sixteen units, all ASCII") }, "\"v\":\"a longer text of more than sixteen units, all ASCII\"" },
		{ { EVTX_STRING, U("ASCII first, then \u00e4\u20ac\U0001f600.") }, "\"v\":\"ASCII first, then \u00e4\u20ac\U0001f600.\"" },
		{ { EVTX_STRING, 4, "a\0\0\xd8" }, "\"v\":\"a\xef\xbf\xbd\",\"v_raw\":\"610000d8\"" },
		{ { EVTX_STRING, 3, "a\0b" }, "\"v\":\"a\",\"v_raw\":\"610062\"" },
		{ { EVTX_STRING, 0, "" }, "\"v\":\"\"" },
		{ { EVTX_ANSI, 5, "a\xe4z\0" }, "\"v\":\"a\u00e4z\"" },
		{ { EVTX_INT8, 1, "\xff" }, "\"v\":-1," },
		{ { EVTX_UINT8, 1, "\xff" }, "\"v\":255," },
		{ { EVTX_INT16, 2, "\xfe\xff" }, "\"v\":-2," },
		{ { EVTX_UINT16, 2, "\xfe\xff" }, "\"v\":65534," },
		{ { EVTX_INT32, 4, "\0\0\0\x80" }, "\"v\":-2147483648," },
		{ { EVTX_UINT32, 4, "\xff\xff\xff\xff" }, "\"v\":4294967295," },
		{ { EVTX_INT64, 8, "\xff\xff\xff\xff\xff\xff\xff\xff" }, "\"v\":-1," },
		{ { EVTX_INT64, 8, "\0\0\0\0\0\0\0\x80" }, "\"v\":\"-9223372036854775808\"" },
		{ { EVTX_UINT64, 8, "\0\0\0\0\0\0\x20\0" }, "\"v\":\"9007199254740992\"" },
		{ { EVTX_UINT64, 8, "\xff\xff\xff\xff\xff\xff\x1f\0" }, "\"v\":9007199254740991," },
		{ { EVTX_REAL32, 4, "\xcd\xcc\xcc\x3d" }, "\"v\":0.1," },
		{ { EVTX_REAL64, 8, "\x9a\x99\x99\x99\x99\x99\xb9\x3f" }, "\"v\":0.1," },
		{ { EVTX_REAL64, 8, "\0\0\0\0\0\0\xf0\x7f" }, "\"v\":\"inf\"" },
		{ { EVTX_BOOL, 4, "\x10\0\0\0" }, "\"v\":true," },
		{ { EVTX_BOOL, 1, "\0" }, "\"v\":false," },
		{ { EVTX_BINARY, 3, "\1\xab\xff" }, "\"v\":\"01abff\"" },
		{ { EVTX_GUID, 16, "\x33\x22\x11\0\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff" }, "\"v\":\"{00112233-4455-6677-8899-aabbccddeeff}\"" },
		{ { EVTX_SIZE, 8, "\xff\0\0\0\0\0\0\x80" }, "\"v\":\"0x80000000000000ff\"" },
		{ { EVTX_SIZE, 4, "\0\0\0\0" }, "\"v\":\"0x0\"" },
		{ { EVTX_FILETIME, 8, "\0\x80\x3e\xd5\xde\xb1\x9d\x01" }, "\"v\":\"1970-01-01T00:00:00.000000000Z\"" },
		{ { EVTX_FILETIME, 8, "\0\0\0\0\0\0\0\0" }, "\"v\":\"0\"" },
		{ { EVTX_SYSTEMTIME, 16, "\xe8\7\5\0\6\0\4\0\x0a\0\x0b\0\x0c\0\x7b\0" }, "\"v\":\"2024-05-04T10:11:12.123000000Z\"" },
		{ { EVTX_SYSTEMTIME, 16, "\xe8\7\x55\0\6\0\4\0\x0a\0\x0b\0\x0c\0\x7b\0" }, "\"v\":\"e80755000600" },
		{ { EVTX_SID, 12, "\1\1\0\0\0\0\0\5\x12\0\0" }, "\"v\":\"S-1-5-18\"" },
		{ { EVTX_SID, 8, "\1\0\1\0\0\0\0\5" }, "\"v\":\"S-1-0x10000000005\"" },
		{ { EVTX_SID, 8, "\1\1\0\0\0\0\0\5" }, "\"v\":\"0101000000000005\"" },
		{ { EVTX_HEX32, 4, "\xe7\3\0\0" }, "\"v\":\"0x3e7\"" },
		{ { EVTX_HEX64, 8, "\0\0\0\0\0\0\x20\x80" }, "\"v\":\"0x8020000000000000\"" },
		{ { EVTX_HANDLE, 4, "\1\2\3\4" }, "\"v\":\"01020304\"" },
		{ { EVTX_UINT32, 2, "\1\2" }, "\"v\":\"0102\"" },
		{ { EVTX_STRING | EVTX_ARRAY, U("one\0two\0\0") }, "\"v\":[\"one\",\"two\",\"\"]" },
		{ { EVTX_STRING | EVTX_ARRAY, U("one\0two") }, "\"v\":[\"one\",\"two\"]" },
		{ { EVTX_STRING | EVTX_ARRAY, 0, "" }, "\"v\":[]" },
		{ { EVTX_ANSI | EVTX_ARRAY, 4, "a\0b" }, "\"v\":[\"a\",\"b\"]" },
		{ { EVTX_UINT16 | EVTX_ARRAY, 4, "\1\0\2" }, "\"v\":[1,2]" },
		{ { EVTX_UINT32 | EVTX_ARRAY, 6, "\1\0\0\0\2" }, "\"v\":[1,\"0200\"]" },
		{ { EVTX_SID | EVTX_ARRAY, 24, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0" }, "\"v\":[\"S-1-5-18\",\"S-1-5-19\"]" },
		{ { EVTX_STRING | EVTX_ARRAY, 4, "\0\xd8\0" }, "\"v\":[{\"text\":\"\xef\xbf\xbd\",\"text_raw\":\"00d8\"}]" },
		{ { EVTX_NULL, 0, "" }, "\"v\":\"\"" },
		{ { EVTX_NULL, 3, "abc" }, "\"v\":\"\"" },
		{ { EVTX_UTF8, 2, "\xff\xfe" }, "\"v\":\"fffe\"" },
		{ { EVTX_UTF8 | EVTX_ARRAY, 2, "\xff\xfe" }, "\"v\":\"fffe\"" },
		{ { 0x55, 2, "\1\2" }, "\"v\":\"0102\"" },
		{ { EVTX_XML, U("<a/>") }, "\"v\":\"<a/>\"" },
	};
	static struct made m;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		made_begin(&m);
		struct value v[3] = { row[i].v, { EVTX_NULL, 0, "" }, { EVTX_NULL, 0, "" } };
		record(&m, v, 3);
		made_end(&m, m.at);
		struct parsed d = run(&m, 1);
		CHECK(d, row[i].json);
		CHECK(d, "\"kept\":\"\"");                      /* a NULL that is not optional stays, empty */
		assert_false(says(&d, "\"gone\""));             /* one that is goes */
		assert_int_equal(d.errors, 0);
		parsed_free(&d);
	}
}

static void system_part_is_typed(void **state)
{
	(void)state;
	static struct made m;
	made_begin(&m);
	record(&m, (struct value[]){ { EVTX_UINT8, 1, "\7" } }, 1);
	record(&m, (struct value[]){ { EVTX_UINT8, 1, "\x08" } }, 1);
	made_end(&m, m.at);
	struct parsed d = run(&m, 2);
	CHECK(d, "{\"time\":\"2023-05-04T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"100ns\",\"timestamp_desc\":\"Creation Time\",\"kind\":\"log_event\",\"offset\":\"4608\"");
	CHECK(d, "\"host\":\"HOST-1\",\"data\":{\"provider\":\"Spoor-Test\",\"event_id\":4711,\"channel\":\"Lab\",\"record_id\":1,\"written\":\"2023-05-04T10:11:12.000000100Z\",\"EventData\":{\"v\":7,\"kept\":\"\"}}}");
	CHECK(d, "\"message\":\"Spoor-Test event 4711: v 8\"");
	parsed_free(&d);
}

static void lists_body(struct made *m)
{
	size_t data = start(m, "EventData", false, 0xffff), at;
	number(m, 0x02, 1);
	for (unsigned i = 0; i < 2; i++) {              /* <Data>%i</Data>, unnamed */
		at = start(m, "Data", false, 0xffff);
		number(m, 0x02, 1);
		hole(m, i, EVTX_STRING, true);
		finish(m, at, 0x04);
	}
	for (unsigned i = 0; i < 3; i++)
		leaf(m, "Twice", i == 1 ? NULL : "x", 1, EVTX_STRING);
	at = start(m, "Deep", true, 0xffff);            /* <Deep a="" b="t%0"><In/>loose</Deep> */
	attribute(m, "a");
	hole(m, 2, EVTX_STRING, true);
	attribute(m, "b");
	text(m, "t");
	hole(m, 0, EVTX_STRING, false);
	number(m, 0x02, 1);
	finish(m, start(m, "In", false, 0xffff), 0x03);
	text(m, "loose");
	number(m, 0x08, 1), number(m, 0x21, 2);         /* &#33; */
	number(m, 0x09, 1), name(m, "amp");
	finish(m, at, 0x04);
	at = start(m, "Depends", false, 2);             /* left out with value 2 */
	number(m, 0x02, 1);
	text(m, "never");
	finish(m, at, 0x04);
	finish(m, data, 0x04);
}

static void xml_becomes_a_map(void **state)
{
	(void)state;
	static struct made m;
	size_t inner = 0;
	made_begin(&m);
	struct value v[] = { { EVTX_STRING, U("one") }, { EVTX_STRING | EVTX_ARRAY, U("two\0three\0") }, { EVTX_NULL, 0, "" } };
	record_of(&m, 11, &inner, lists_body, v, 3);
	made_end(&m, m.at);
	struct parsed d = run(&m, 1);
	CHECK(d, "\"EventData\":{\"Data\":[\"one\",\"two\",\"three\"],\"Twice\":\"x\",\"Twice_3\":[\"two\",\"three\"],\"Twice_4\":\"x\",\"Deep\":{\"@b\":\"tone\",\"In\":\"\",\"#text\":\"loose!&\"}}");
	parsed_free(&d);
}

static void deep_body(struct made *m)
{
	size_t at[20];
	for (unsigned i = 0; i < 20; i++) {
		at[i] = start(m, "L", true, 0xffff);
		attribute(m, "k");
		hole(m, 0, EVTX_UINT8, false);
		number(m, 0x02, 1);
	}
	for (unsigned i = 20; i--;)
		finish(m, at[i], 0x04);
}

static void deep_elements_become_paths(void **state)
{
	(void)state;
	static struct made m;
	size_t inner = 0;
	made_begin(&m);
	record_of(&m, 12, &inner, deep_body, (struct value[]){ { EVTX_UINT8, 1, "\3" } }, 1);
	made_end(&m, m.at);
	struct parsed d = run(&m, 1);
	assert_int_equal(d.errors, 0);
	CHECK(d, "\"L\":{\"@k\":3,\"L\":{\"@k\":3,\"L\":{\"@k\":3,\"L/@k\":3,\"L/L/@k\":3,");
	assert_int_equal(said(&d, "@k\":3"), 20);
	parsed_free(&d);
}

static void record_without_template(void **state)
{
	(void)state;
	static struct made m;
	made_begin(&m);
	record_start(&m);
	put(&m, "\x0f\1\1", 4);
	size_t event = start(&m, "Event", false, 0);    /* no dependency ids: m.depends is off */
	number(&m, 0x02, 1);
	size_t system = start(&m, "System", false, 0);
	number(&m, 0x02, 1);
	size_t at = start(&m, "Provider", true, 0);
	attribute(&m, "Name");
	text(&m, "Direct");
	finish(&m, at, 0x03);
	leaf(&m, "EventID", "42", 0, 0);
	at = start(&m, "TimeCreated", true, 0);
	attribute(&m, "SystemTime");
	text(&m, "2024-01-02T03:04:05.1234567Z");
	finish(&m, at, 0x03);
	leaf(&m, "EventRecordID", "77", 0, 0);
	finish(&m, system, 0x04);
	at = start(&m, "EventData", false, 0);
	number(&m, 0x02, 1);
	leaf(&m, "Field", "value", 0, 0);
	finish(&m, at, 0x04);
	finish(&m, event, 0x04);
	number(&m, 0, 1);
	record_finish(&m);
	made_end(&m, m.at);
	struct parsed d = run(&m, 1);
	assert_int_equal(d.errors, 0);
	CHECK(d, "{\"time\":\"2024-01-02T03:04:05.123456700Z\"");
	CHECK(d, "\"provider\":\"Direct\",\"event_id\":42,\"record_id\":1,\"event_record_id\":77,");
	CHECK(d, "\"EventData\":{\"Field\":\"value\"}");
	parsed_free(&d);
}

/* Three records; returns where the second begins. */
static size_t three(struct made *m)
{
	size_t second = 0;
	made_begin(m);
	for (uint8_t i = 1; i <= 3; i++) {
		if (i == 2)
			second = m->at;
		record(m, (struct value[]){ { EVTX_UINT8, 1, &i } }, 1);
	}
	return second;
}

static void broken_record_costs_itself(void **state)
{
	(void)state;
	static struct made m;
	size_t second = three(&m);
	memset(chunk_of(&m) + second + 24, 0x77, 8);
	made_end(&m, m.at);
	struct parsed d = run(&m, 3);
	assert_int_equal(d.errors, 1);
	assert_true(told(&d, "error evtx.record@"));
	CHECK(d, "\"flags\":[\"broken\"]");
	CHECK(d, "\"v\":1");
	CHECK(d, "\"v\":3");
	parsed_free(&d);
}

static void so_many_broken_records_that_some_are_not_told_one_by_one(void **state)
{
	(void)state;
	static struct made m;
	enum { RECORDS = 80 };
	made_begin(&m);
	for (unsigned i = 0; i < RECORDS; i++) {
		size_t at = m.at;
		record(&m, (struct value[]){ { EVTX_UINT8, 1, "\1" } }, 1);
		if (i)                                  /* the first one holds the template */
			memset(chunk_of(&m) + at + 24, 0x77, 8);
	}
	made_end(&m, m.at);
	struct parsed d = run(&m, RECORDS);
	assert_int_equal(d.errors, 64 + 1);
	assert_true(told(&d, "error evtx.damage@0+0: 79 damaged chunks and records"));
	parsed_free(&d);
}

static void wrong_size_is_survived(void **state)
{
	(void)state;
	static struct made m;
	size_t second = three(&m);
	set(chunk_of(&m) + second + 4, 0, 4);
	made_end(&m, m.at);
	struct parsed d = run(&m, 3);
	CHECK(d, "\"flags\":[\"size_damaged\"]");
	for (unsigned i = 1; i <= 3; i++) {
		char want[16];
		snprintf(want, sizeof want, "\"v\":%u", i);
		CHECK(d, want);
	}
	parsed_free(&d);
}

static void slack_is_recovered_and_copies_are_left_out(void **state)
{
	(void)state;
	static struct made m;
	/* behind the live area: the third record, and a copy of the second, which is live */
	size_t second = three(&m);
	uint32_t size = chunk_of(&m)[second + 4] | (uint32_t)chunk_of(&m)[second + 5] << 8;
	memcpy(chunk_of(&m) + m.at, chunk_of(&m) + second, size);
	made_end(&m, second + size);
	set(chunk_of(&m) + 32, 9, 8);                   /* the header knows of later numbers: so the third is no fresh one */
	set(chunk_of(&m) + 124, hash_crc32(hash_crc32(0, chunk_of(&m), 120), chunk_of(&m) + 128, FIRST - 128), 4);
	struct parsed d = run(&m, 3);
	assert_int_equal(said(&d, "\"flags\":[\"recovered\",\"slack\"]"), 1);
	CHECK(d, "\"allocated\":false");
	CHECK(d, "\"message\":\"recovered: Spoor-Test");
	CHECK(d, "\"records\":2,\"recovered\":1,");
	CHECK(d, "\"duplicates_left_out\":1");
	assert_int_equal(d.errors, 0);
	parsed_free(&d);
}

static void another_event_behind_the_same_header_is_no_copy(void **state)
{
	(void)state;
	static struct made m;
	size_t second = three(&m), live = m.at;
	uint32_t size = chunk_of(&m)[second + 4] | (uint32_t)chunk_of(&m)[second + 5] << 8;
	uint8_t made_at[8], *copy = chunk_of(&m) + live, *time;
	memcpy(copy, chunk_of(&m) + second, size);
	set(made_at, 133276686720000000, 8);
	time = memmem(copy, size, made_at, 8);
	assert_non_null(time);
	set(time, 133276686720000000 + 600000000, 8);
	made_end(&m, live);
	struct parsed d = run(&m, 4);
	CHECK(d, "\"records\":3,\"recovered\":1,");
	CHECK(d, "\"duplicates_left_out\":0");
	parsed_free(&d);
}

static void lost_template_leaves_values_by_number(void **state)
{
	(void)state;
	static struct made m;
	three(&m);
	set(chunk_of(&m) + m.inner + 4, 0xdeadbeef, 4); /* the definition's GUID no longer begins with the id */
	made_end(&m, m.at);
	struct parsed d = run(&m, 3);
	assert_int_equal(said(&d, "\"flags\":[\"template_lost\"]"), 3);
	CHECK(d, "\"EventData\":{\"v0\":1}");
	CHECK(d, "\"event_id\":4711");
	parsed_free(&d);
}

static void definition_beyond_the_chunk_is_none(void **state)
{
	(void)state;
	static struct made m;
	static const uint32_t at[] = { CHUNK - 1, CHUNK - 10, CHUNK - 24, CHUNK - 20, CHUNK, UINT32_MAX, 0 };
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		size_t second = three(&m);
		set(chunk_of(&m) + second + 24 + 4 + 6, at[i], 4);
		made_end(&m, m.at);
		struct parsed d = run(&m, 3);
		assert_int_equal(said(&d, "\"template_lost\""), 1);
		parsed_free(&d);
	}
}

static void unlinked_record_is_found(void **state)
{
	(void)state;
	static struct made m;
	/* the first record is made larger, so that its room spans the second, and its size's copy stands behind that */
	size_t second = three(&m), size2 = chunk_of(&m)[second + 4] | (uint32_t)chunk_of(&m)[second + 5] << 8;
	size_t third = second + size2, left = m.at - third;
	memmove(chunk_of(&m) + third + 8, chunk_of(&m) + third, left);
	m.at += 8;
	size_t first_size = third + 8 - FIRST;
	set(chunk_of(&m) + FIRST + 4, first_size, 4);
	set(chunk_of(&m) + third, 0, 4);
	set(chunk_of(&m) + third + 4, first_size, 4);
	made_end(&m, m.at);
	struct parsed d = run(&m, 3);
	CHECK(d, "\"flags\":[\"recovered\",\"unlinked\"]");
	assert_true(told(&d, "note evtx.unlinked"));
	parsed_free(&d);
}

static void checksums_are_told_and_nothing_is_lost(void **state)
{
	(void)state;
	static struct made m;
	three(&m);
	made_end(&m, m.at);
	chunk_of(&m)[m.at - 5] ^= 1;                    /* padding: no record is the worse for it */
	m.b[20] ^= 1;
	struct parsed d = run(&m, 3);
	assert_int_equal(said(&d, "\"flags\":[\"checksum_mismatch\"]"), 3);
	assert_true(told(&d, "error evtx.checksum@4096+65536: the checksum of the data does not match"));
	assert_true(told(&d, "error evtx.header@0+128"));
	parsed_free(&d);
	chunk_of(&m)[120] = 1;                          /* in use when it was copied: no damage */
	set(chunk_of(&m) + 124, hash_crc32(hash_crc32(0, chunk_of(&m), 120), chunk_of(&m) + 128, FIRST - 128), 4);
	d = run(&m, 3);
	assert_true(told(&d, "note evtx.checksum@4096+65536"));
	parsed_free(&d);
}

static void headerless_and_shifted_chunks_are_found(void **state)
{
	(void)state;
	static struct made m;
	static uint8_t carved[3 * 512 + CHUNK + 100];
	three(&m);
	made_end(&m, m.at);
	memcpy(carved + 3 * 512, chunk_of(&m), CHUNK);
	struct parsed d = run_bytes(carved, sizeof carved);
	assert_int_equal(d.events, 3);
	assert_true(told(&d, "error evtx.header@0+4096"));
	CHECK(d, "\"headerless\":true,\"chunks\":1");
	parsed_free(&d);
	memset(chunk_of(&m), 0, 8);                     /* the chunk's signature is gone: its records are not */
	d = run(&m, 3);
	assert_int_equal(said(&d, "\"flags\":[\"recovered\",\"no_chunk\"]"), 3);
	parsed_free(&d);
	d = run_bytes(m.b, 0);
	assert_int_equal(d.events, 0);
	parsed_free(&d);
}

static void greedy_body(struct made *m)
{
	size_t data = start(m, "EventData", false, 0xffff);
	number(m, 0x02, 1);
	for (unsigned i = 0; i < 900; i++) {
		size_t at = start(m, "Data", false, 0xffff);
		number(m, 0x02, 1);
		hole(m, 0, EVTX_STRING, false);
		finish(m, at, 0x04);
	}
	finish(m, data, 0x04);
}

static void output_is_bounded(void **state)
{
	(void)state;
	static struct made m;
	static uint8_t many[20000];
	size_t inner = 0;
	made_begin(&m);
	memset(many, 'x', sizeof many);
	record_of(&m, 13, &inner, greedy_body, (struct value[]){ { EVTX_UINT8 | EVTX_ARRAY, sizeof many, many } }, 1);
	made_end(&m, m.at);
	struct parsed d = run(&m, 1);
	CHECK(d, "\"cut\"");
	assert_true(d.frames.length < RECORD_LENGTH_MAX);
	parsed_free(&d);
}

static void filter_needs_no_rendering(void **state)
{
	(void)state;
	static struct made m;
	three(&m);
	made_end(&m, m.at);
	bool taint = false;
	struct source *s = source_of_memory(m.b, sizeof m.b, false);
	struct evtx *e = evtx_open(s, &taint);
	struct evtx_event ev;
	unsigned n = 0;
	while (evtx_next(e, &ev)) {
		struct evtx_value v;
		assert_true(evtx_system(&ev, EVTX_EVENT_ID, &v));
		assert_int_equal(evtx_number(&v), 4711);
		assert_true(evtx_system(&ev, EVTX_CHANNEL, &v));
		assert_int_equal(v.type, EVTX_UTF8);
		assert_memory_equal(v.bytes, "Lab", v.size);
		assert_false(evtx_system(&ev, EVTX_USER_ID, &v));
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(evtx_counts(e)->templates, 2);         /* compiled once, used thrice */
	evtx_close(e);
	source_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_type), cmocka_unit_test(system_part_is_typed), cmocka_unit_test(xml_becomes_a_map), cmocka_unit_test(deep_elements_become_paths),
		cmocka_unit_test(record_without_template), cmocka_unit_test(broken_record_costs_itself), cmocka_unit_test(so_many_broken_records_that_some_are_not_told_one_by_one), cmocka_unit_test(wrong_size_is_survived),
		cmocka_unit_test(slack_is_recovered_and_copies_are_left_out), cmocka_unit_test(another_event_behind_the_same_header_is_no_copy), cmocka_unit_test(lost_template_leaves_values_by_number), cmocka_unit_test(unlinked_record_is_found), cmocka_unit_test(definition_beyond_the_chunk_is_none),
		cmocka_unit_test(checksums_are_told_and_nothing_is_lost), cmocka_unit_test(headerless_and_shifted_chunks_are_found), cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(filter_needs_no_rendering),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
