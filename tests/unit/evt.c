/* SPDX-License-Identifier: Apache-2.0 */
/* evt.c: old event logs made here: the ring in its order, a record over the end of the file, stale headers and records, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

#define T UINT32_C(1000000000)                  /* 2001-09-09T01:46:40Z */

struct log { struct buffer file; };

static void put32(struct buffer *b, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->data[at + (size_t)i] = (uint8_t)(v >> 8 * i);
}

static void text(struct buffer *b, const char *ascii)
{
	for (const char *c = ascii;; c++) {
		buffer_u16le(b, (uint8_t)*c);
		if (!*c)
			break;
	}
}

/* Sources and their strings; the record's size is a multiple of 4. */
static void record(struct log *l, uint32_t number, uint32_t id, const char *source, const char *string)
{
	struct buffer r = { 0 };
	const uint32_t head[] = { 0, 0x654C664C, number, T + number, T + number, id, 8 | 1u << 16, 3, 0, 0, 0, 0, 0, 0 };
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		buffer_u32le(&r, head[i]);
	text(&r, source);
	text(&r, "HOST");
	put32(&r, 36, (uint32_t)r.length);
	text(&r, string);
	while (r.length % 4)
		buffer_byte(&r, 0);
	put32(&r, 0, (uint32_t)r.length + 4);
	buffer_u32le(&r, (uint32_t)r.length + 4);
	buffer_append(&l->file, r.data, r.length);
	buffer_free(&r);
}

static void end_record(struct buffer *b, uint32_t first, uint32_t end, uint32_t next, uint32_t oldest)
{
	const uint32_t field[] = { 0x28, 0x11111111, 0x22222222, 0x33333333, 0x44444444, first, end, next, oldest, 0x28 };
	for (size_t i = 0; i < sizeof field / sizeof *field; i++)
		buffer_u32le(b, field[i]);
}

static void header(struct buffer *b, uint32_t first, uint32_t end, uint32_t next, uint32_t oldest, uint32_t flags)
{
	const uint32_t field[] = { 48, 0x654C664C, 1, 1, first, end, next, oldest, 0, flags, 0, 48 };
	if (!b->length) {
		memset(buffer_reserve(b, 48), 0, 48);
		b->length = 48;
	}
	for (size_t i = 0; i < sizeof field / sizeof *field; i++)
		put32(b, 4 * i, field[i]);
}

/* Three records in a row. */
static struct log three(void)
{
	struct log l = { 0 };
	header(&l.file, 48, 48, 1, 1, 0);
	record(&l, 1, 528, "Security", "ann");
	record(&l, 2, 7, "disk", "one");
	record(&l, 3, 517, "Security", "gone");
	uint32_t end = (uint32_t)l.file.length;
	header(&l.file, 48, end, 4, 1, 0);
	end_record(&l.file, 48, end, 4, 1);
	return l;
}

static void run(struct parsed *d, const struct log *l)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("SecEvent.Evt"), .path = node_text_of("/WINDOWS/system32/config/SecEvent.Evt") };
	assert_true(parsed_run(d, "win.evt", &n, l->file.data, l->file.length, true));
}

/* The numbers of the records in the order in which they were given. */
static void assert_numbers(const struct parsed *d, const char *expected)
{
	char got[64] = "";
	for (const char *at = (const char *)d->json.data; at && (at = strstr(at, "\"record_id\":")); at++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%d ", atoi(at + 12));
	assert_string_equal(got, expected);
}

static void records_tell_who_what_and_when(void **state)
{
	(void)state;
	struct log l = three();
	struct parsed d;
	run(&d, &l);
	assert_numbers(&d, "1 2 3 ");
	assert_int_equal(d.errors + d.reported_notes, 0);
	assert_true(says(&d, "{\"time\":\"2001-09-09T01:46:41.000000000Z\",\"type\":\"event\",\"precision\":\"s\""));
	assert_true(says(&d, "\"host\":\"HOST\""));
	assert_true(says(&d, "\"provider\":\"disk\",\"event_id\":7,\"channel\":\"Security\",\"level_name\":\"audit success\""));
	assert_true(says(&d, "\"EventData\":{\"Data\":[\"one\"]}"));
	assert_int_equal(said(&d, "(event 528): ann"), 1);      /* its meaning comes from the later event 4624 */
	assert_int_equal(said(&d, "\"recovered\""), 1);          /* the count in the record of the whole, nothing else */
	assert_true(says(&d, "\"records\":3,\"recovered\":0"));
	parsed_free(&d);
	buffer_free(&l.file);
}

static void ring_goes_on_behind_the_header_in_the_middle_of_a_record(void **state)
{
	(void)state;
	struct log l = three();
	/* the ring turned: it begins with record 2, record 3 goes on behind the header, then comes the end record, then what is left of record 1 */
	size_t tail = 20, cut = l.file.length - 40 - tail;
	uint32_t second = 48 + (uint32_t)(l.file.data[48] | l.file.data[49] << 8);
	uint8_t rest[20];
	memcpy(rest, l.file.data + cut, tail);
	l.file.length = cut;
	struct buffer end = { 0 };
	end_record(&end, second, 48 + (uint32_t)tail, 4, 2);
	memcpy(l.file.data + 48, rest, tail);
	memcpy(l.file.data + 48 + tail, end.data, end.length);
	header(&l.file, second, 48 + (uint32_t)tail, 4, 2, 2);
	struct parsed d;
	run(&d, &l);
	assert_numbers(&d, "2 3 ");
	assert_int_equal(d.errors + d.reported_notes, 0);
	assert_true(says(&d, "\"wrapped\":true"));
	assert_true(says(&d, "gone"));
	parsed_free(&d);
	buffer_free(&end);
	buffer_free(&l.file);
}

static void stale_header_is_told_and_the_end_record_believed(void **state)
{
	(void)state;
	struct log l = three();
	header(&l.file, 48, 48, 1, 1, 1);       /* as it was when the log was opened */
	struct parsed d;
	run(&d, &l);
	assert_numbers(&d, "1 2 3 ");
	assert_int_equal(d.errors, 0);
	assert_true(told(&d, "note evt.header@0+48"));
	assert_true(says(&d, "\"dirty\":true"));
	assert_true(says(&d, "\"records\":3,\"recovered\":0"));
	parsed_free(&d);
	buffer_free(&l.file);
}

static void records_outside_the_ring_are_marked(void **state)
{
	(void)state;
	struct log l = three();
	record(&l, 99, 7, "disk", "earlier");
	struct parsed d;
	run(&d, &l);
	assert_numbers(&d, "1 2 3 99 ");
	assert_true(says(&d, "\"message\":\"recovered: disk event 7: earlier\""));
	assert_true(says(&d, "\"allocated\":false"));
	assert_true(says(&d, "\"records\":3,\"recovered\":1"));
	parsed_free(&d);
	buffer_free(&l.file);
}

static void damage_costs_the_record_it_hits(void **state)
{
	(void)state;
	struct log l = three();
	memset(l.file.data, 0, 48);             /* no header */
	l.file.data[48 + 4] = 'X';              /* no first record */
	struct parsed d;
	run(&d, &l);
	assert_numbers(&d, "2 3 ");
	assert_true(told(&d, "error evt.header@0+48"));
	parsed_free(&d);
	/* a field that points outside: the record is given, marked */
	struct log m = three();
	put32(&m.file, 48 + 36, 0x7FFFFFFF);
	run(&d, &m);
	assert_numbers(&d, "1 2 3 ");
	assert_true(says(&d, "\"flags\":[\"broken\"]"));
	parsed_free(&d);
	/* cut anywhere it ends, and never reads outside */
	for (size_t length = 1; length < m.file.length; length++) {
		struct log part = { 0 };
		buffer_append(&part.file, m.file.data, length);
		run(&d, &part);
		assert_true(d.events <= 3);
		parsed_free(&d);
		buffer_free(&part.file);
	}
	buffer_free(&l.file);
	buffer_free(&m.file);
}

static void what_is_left_out_of_too_many_strings_is_told(void **state)
{
	(void)state;
	struct log l = three();
	l.file.data[48 + 26] = 0xFF;
	l.file.data[48 + 27] = 0xFF;
	struct parsed d;
	run(&d, &l);
	assert_true(told(&d, "error evt.strings"));
	parsed_free(&d);
	buffer_free(&l.file);
}

static void probe_knows_the_header_or_the_place(void **state)
{
	(void)state;
	struct log l = three();
	const struct artifact_parser *a = artifact_by_id("win.evt", 7);
	assert_true(a->probe(l.file.data, l.file.length, false));
	l.file.data[5] = 'X';
	assert_false(a->probe(l.file.data, l.file.length, false));
	assert_true(a->probe(l.file.data, l.file.length, true));
	assert_false(a->probe(l.file.data, 0, true));
	buffer_free(&l.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_tell_who_what_and_when),
		cmocka_unit_test(ring_goes_on_behind_the_header_in_the_middle_of_a_record),
		cmocka_unit_test(stale_header_is_told_and_the_end_record_believed),
		cmocka_unit_test(records_outside_the_ring_are_marked),
		cmocka_unit_test(damage_costs_the_record_it_hits),
		cmocka_unit_test(what_is_left_out_of_too_many_strings_is_told),
		cmocka_unit_test(probe_knows_the_header_or_the_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
