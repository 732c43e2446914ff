/* SPDX-License-Identifier: Apache-2.0 */
/* logfile.c: names out of log records: within a page and over a page's border, once where a page has a copy, from undo data where something was deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

enum { PAGE = 4096, PAGES = 6, ADD = 0x0e, REMOVE = 0x0f };
static uint8_t media[PAGES * PAGE];

static void put(uint8_t *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void pages_begin(void)
{
	memset(media, 0, sizeof media);
	for (unsigned i = 0; i < PAGES; i++) {
		memcpy(media + i * PAGE, i < 2 ? "RSTR" : "RCRD", 4);
		put(media + i * PAGE + 4, i < 2 ? 30 : 40, 2);
		put(media + i * PAGE + 6, 9, 2);
	}
}

/* A record at `at` of the log, going on in the next page's data: an entry of a directory, in the redo or the undo data. */
static void record_put(size_t at, unsigned operation, const char *name)
{
	uint8_t r[48 + 32 + 16 + 66 + 64] = { 0 }, *op = r + 48, *entry = op + 32;
	size_t units = strlen(name), key = 66 + 2 * units, length = (16 + key + 7) / 8 * 8, undo = operation == REMOVE;
	put(r, at / 8, 8);
	put(r + 24, 32 + length, 4);
	put(r + 32, 1, 4);
	put(op, operation, 2);
	put(op + 4 + 4 * undo, 32, 2);
	put(op + 6 + 4 * undo, length, 2);
	put(entry, UINT64_C(3) << 48 | 77, 8);
	put(entry + 8, length, 2);
	put(entry + 10, key, 2);
	put(entry + 16, UINT64_C(5) << 48 | 5, 8);
	for (size_t i = 0; i < 4; i++)
		put(entry + 24 + 8 * i, UINT64_C(0x01d9000000000000), 8);
	entry[16 + 64] = (uint8_t)units;
	entry[16 + 65] = 1;
	for (size_t i = 0; i < units; i++)
		entry[16 + 66 + 2 * i] = (uint8_t)name[i];
	for (size_t i = 0; i < 80 + length; i++, at++) {
		at += at % PAGE ? 0 : 64;
		media[at] = r[i];
	}
}

static void run(struct parsed *d, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("$LogFile") };
	assert_true(parsed_run(d, "win.logfile", &n, media, size, false));
}

static void names_come_from_redo_and_undo_data(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	record_put(4 * PAGE + 64, ADD, "staged.zip");
	record_put(5 * PAGE - 96, REMOVE, "loot.txt");
	run(&d, sizeof media);
	assert_int_equal(d.errors, 0);
	assert_int_equal(d.events, 8);
	assert_true(says(&d, "staged.zip: added to its directory") && says(&d, "loot.txt: removed from its directory"));
	assert_true(says(&d, "\"reference\":\"77-3\",\"parent\":\"5-5\"") && says(&d, "\"records\":2,\"copies_left_out\":0,\"cut_records\":0"));
	parsed_free(&d);
	/* the page after is gone: what went on there is told, the rest is read */
	run(&d, 5 * PAGE);
	assert_int_equal(d.events, 4);
	assert_true(told(&d, "logfile.record") && says(&d, "\"cut_records\":1"));
	parsed_free(&d);
}

static void a_copy_of_a_page_gives_nothing_twice(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	record_put(4 * PAGE + 64, ADD, "a");
	memcpy(media + 2 * PAGE, media + 4 * PAGE, PAGE);
	run(&d, sizeof media);
	assert_int_equal(d.events, 4);
	assert_true(says(&d, "\"copies_left_out\":1"));
	parsed_free(&d);
}

static void torn_pages_are_told_and_read(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	record_put(4 * PAGE + 64, ADD, "a");
	media[4 * PAGE + 1022] = 7;
	run(&d, sizeof media);
	assert_int_equal(d.events, 4);
	assert_true(told(&d, "logfile.page") && says(&d, "\"torn_pages\":1"));
	parsed_free(&d);
}

static void a_place_that_no_lsn_fits_is_no_record(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	record_put(4 * PAGE + 64, ADD, "a");
	media[4 * PAGE + 64]++;
	run(&d, sizeof media);
	assert_int_equal(d.events, 0);
	parsed_free(&d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_from_redo_and_undo_data), cmocka_unit_test(a_copy_of_a_page_gives_nothing_twice), cmocka_unit_test(torn_pages_are_told_and_read),
		cmocka_unit_test(a_place_that_no_lsn_fits_is_no_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
