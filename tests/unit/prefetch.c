/* SPDX-License-Identifier: Apache-2.0 */
/* prefetch.c: each layout, the compressed form, and files that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/xpress.h"
#include "tests/unit/parse_harness.h"

#define TICKS UINT64_C(130971028239810694)      /* 2016-01-12T20:07:03.981069400 */

static void put(struct buffer *b, size_t at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		b->data[at + i] = (uint8_t)(value >> (8 * i));
}

static size_t put_text(struct buffer *b, size_t at, const char *ascii)
{
	for (; *ascii; ascii++, at += 2)
		put(b, at, (uint8_t)*ascii, 2);
	return at + 2;
}

/* A file with two loaded files and one volume. */
static struct buffer file(uint32_t version, uint32_t metrics_at)
{
	struct buffer b = { 0 };
	memset(buffer_reserve(&b, 1024), 0, 1024);
	b.length = 1024;
	put(&b, 0, version, 4);
	memcpy(b.data + 4, "SCCA", 4);
	put(&b, 12, 1024, 4);
	put_text(&b, 16, "EVIL.EXE");
	put(&b, 76, 0xD269B812, 4);
	put(&b, 84, metrics_at, 4);
	size_t end = put_text(&b, 400, "\\V\\TEMP\\EVIL.EXE");
	end = put_text(&b, end, "\\V\\NTDLL.DLL");
	put(&b, 100, 400, 4);
	put(&b, 104, end - 400, 4);
	put(&b, 108, 700, 4);
	put(&b, 112, 1, 4);
	put(&b, 700, 120, 4);
	put(&b, 704, 2, 4);
	put(&b, 708, TICKS, 8);
	put(&b, 716, 0x66F451BC, 4);
	put_text(&b, 820, "\\V");
	size_t runs = version == 17 ? 120 : 128;
	put(&b, runs, TICKS, 8);
	if (version >= 26)
		put(&b, runs + 8, TICKS - 10000000, 8);
	put(&b, version == 17 ? 144 : version == 23 ? 152 : metrics_at == 296 ? 200 : 208, 7, 4);
	if (metrics_at == 296) {
		put(&b, 212, 900, 4);
		put(&b, 216, 2 * 12, 4);
		put_text(&b, 900, "\\W\\EVIL.EXE");
	}
	return b;
}

static void run(struct parsed *d, const struct buffer *b)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("EVIL.EXE-D269B812.pf") };
	assert_true(parsed_run(d, "win.prefetch", &n, b->data, b->length, true));
}

static void every_layout_gives_runs_count_path_and_files(void **state)
{
	(void)state;
	static const struct { uint32_t version, metrics; unsigned events; const char *path; } row[] = {
		{ 17, 152, 1, "TEMP" }, { 23, 240, 1, "TEMP" }, { 26, 304, 2, "TEMP" }, { 30, 304, 2, "TEMP" }, { 30, 296, 2, "W" }, { 31, 296, 2, "W" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buffer b = file(row[i].version, row[i].metrics);
		struct parsed d;
		run(&d, &b);
		assert_int_equal(d.errors, 0);
		assert_int_equal(d.events, row[i].events);
		assert_true(says(&d, "{\"time\":\"2016-01-12T20:07:03.981069400Z\"") && says(&d, "\"program\":\"EVIL.EXE\""));
		assert_true(says(&d, row[i].path[0] == 'W' ? "\"path\":\"\\\\W\\\\EVIL.EXE\"" : "\"path\":\"\\\\V\\\\TEMP\\\\EVIL.EXE\""));
		assert_true(says(&d, "\"run_count\":7,\"prefetch_hash\":\"D269B812\""));
		assert_true(says(&d, "\"serial\":\"66F4-51BC\"") && says(&d, "\"files\":[\"\\\\V\\\\TEMP\\\\EVIL.EXE\",\"\\\\V\\\\NTDLL.DLL\"]"));
		parsed_free(&d);
		buffer_free(&b);
	}
}

static void tables_outside_the_file_are_damage_and_the_rest_is_given(void **state)
{
	(void)state;
	static const size_t at[] = { 100, 104, 108, 112, 212, 216, 700, 704 };
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		struct buffer b = file(31, 296);
		struct parsed d;
		put(&b, at[i], 0xFFFFFFF0, 4);
		run(&d, &b);
		assert_true(d.errors >= 1);
		assert_int_equal(d.events, 2);
		parsed_free(&d);
		buffer_free(&b);
	}
	struct buffer b = file(31, 296);
	for (size_t cut = 0; cut < 300; cut++) {
		struct parsed d;
		b.length = cut;
		run(&d, &b);
		assert_true(d.errors >= 1);
		parsed_free(&d);
	}
	buffer_free(&b);
}

/* All 512 symbols have nine bits: a code is its symbol, so a stream can be written by hand. */
static struct buffer packed(const uint8_t *bytes, size_t length)
{
	struct buffer b = { 0 };
	for (unsigned i = 0; i < 256; i++)
		buffer_byte(&b, 0x99);
	uint32_t window = 0;
	unsigned bits = 0;
	for (size_t i = 0; i < length; i++) {
		window = window << 9 | bytes[i];
		bits += 9;
		for (; bits >= 16; bits -= 16)
			buffer_u16le(&b, (uint16_t)(window >> (bits - 16)));
	}
	buffer_u16le(&b, (uint16_t)(window << (16 - bits)));
	return b;
}

static void literals_inflate_and_cut_data_stop(void **state)
{
	(void)state;
	uint8_t text[1000], back[1000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 7);
	struct buffer b = packed(text, sizeof text);
	assert_int_equal(xpress_huffman(b.data, b.length, back, sizeof back), sizeof back);
	assert_memory_equal(text, back, sizeof text);
	size_t got = xpress_huffman(b.data, b.length / 2, back, sizeof back);
	assert_true(got < sizeof back);
	assert_int_equal(xpress_huffman(b.data, 255, back, sizeof back), 0);
	b.data[3] = 0x98;                       /* no full code */
	assert_int_equal(xpress_huffman(b.data, b.length, back, sizeof back), 0);
	buffer_free(&b);
}

static void compressed_files_are_read_and_named_by_content(void **state)
{
	(void)state;
	struct buffer plain = file(30, 304), data = packed(plain.data, plain.length), b = { 0 };
	buffer_append(&b, "MAM\x04", 4);
	buffer_u32le(&b, (uint32_t)plain.length);
	buffer_append(&b, data.data, data.length);
	struct parsed d;
	run(&d, &b);
	assert_int_equal(d.events, 2);
	assert_int_equal(d.errors, 0);
	parsed_free(&d);
	assert_true(artifact_by_id("win.prefetch", 12)->probe(b.data, b.length, false));
	put(&b, 4, 0xFFFFFFFF, 4);
	run(&d, &b);
	assert_int_equal(d.errors, 1);
	parsed_free(&d);
	b.data[8] ^= 1;
	assert_false(artifact_by_id("win.prefetch", 12)->probe(b.data, b.length, false));
	assert_true(artifact_by_id("win.prefetch", 12)->probe(b.data, b.length, true));         /* at its place it is one, and the damage is told */
	run(&d, &b);
	assert_int_equal(d.errors, 1);
	parsed_free(&d);
	buffer_free(&b);
	buffer_free(&data);
	buffer_free(&plain);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_gives_runs_count_path_and_files), cmocka_unit_test(tables_outside_the_file_are_damage_and_the_rest_is_given),
		cmocka_unit_test(literals_inflate_and_cut_data_stop), cmocka_unit_test(compressed_files_are_read_and_named_by_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
