/* SPDX-License-Identifier: Apache-2.0 */
/* logfile.c: names out of log records: within a page and over a page's border, once where a page has a copy, from undo data where something was deleted; times that were changed, whose
 * they are, and the paths of that time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/ntfs_log_builder.h"
#include "tests/unit/parse_harness.h"

enum { PAGE = 4096, PAGES = 6, ADD = 0x0e, REMOVE = 0x0f, VALUE = 0x07, INDEX_TIMES = 0x14, JOURNAL = 0x08, MAKE = 0x02, OPEN = 0x1c };
#define MADE UINT64_C(0x01d9000000000000)
#define LATER (MADE + 10000000)
#define EARLIER (MADE - 10000000)
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

/* What an operation changes, and its data. */
struct change { unsigned operation, target, record_at, attribute_at, block; uint64_t vcn, previous; const uint8_t *redo; size_t redo_length; const uint8_t *undo; size_t undo_length; };

/* A record at `at` of the log, going on in the next page's data. Returns where the next may stand; its LSN is at / 8. */
static size_t change_put(size_t at, const struct change *x)
{
	uint8_t r[48 + 32 + 1024 + 128] = { 0 }, *op = r + 48;
	size_t redo = (x->redo_length + 7) / 8 * 8, length = 32 + redo + x->undo_length;
	put(r, at / 8, 8);
	put(r + 8, x->previous, 8);
	put(r + 24, length, 4);
	put(r + 32, 1, 4);
	put(op, x->operation, 2);
	put(op + 4, 32, 2);
	put(op + 6, x->redo_length, 2);
	put(op + 8, 32 + redo, 2);
	put(op + 10, x->undo_length, 2);
	put(op + 12, x->target, 2);
	put(op + 16, x->record_at, 2);
	put(op + 18, x->attribute_at, 2);
	put(op + 20, x->block, 2);
	put(op + 24, x->vcn, 8);
	if (x->redo_length)
		memcpy(op + 32, x->redo, x->redo_length);
	if (x->undo_length)
		memcpy(op + 32 + redo, x->undo, x->undo_length);
	for (size_t i = 0; i < 48 + length; i++, at++) {
		at += at % PAGE ? 0 : 64;
		media[at] = r[i];
	}
	return (at + 7) / 8 * 8;
}

/* An entry of a directory. */
static size_t entry_make(uint8_t *entry, uint64_t reference, uint64_t parent, uint64_t created, const char *name)
{
	size_t units = strlen(name), key = 66 + 2 * units, length = (16 + key + 7) / 8 * 8;
	memset(entry, 0, length);
	put(entry, reference, 8);
	put(entry + 8, length, 2);
	put(entry + 10, key, 2);
	put(entry + 16, parent, 8);
	for (size_t i = 0; i < 4; i++)
		put(entry + 24 + 8 * i, created, 8);
	entry[16 + 64] = (uint8_t)units;
	entry[16 + 65] = 1;
	for (size_t i = 0; i < units; i++)
		entry[16 + 66 + 2 * i] = (uint8_t)name[i];
	return length;
}

/* An entry in the redo or the undo data. */
static size_t entry_put(size_t at, unsigned operation, uint64_t reference, uint64_t parent, const char *name)
{
	uint8_t entry[256];
	size_t length = entry_make(entry, reference, parent, MADE, name);
	struct change x = { .operation = operation, .target = 0x40, .attribute_at = 0x100 };
	if (operation == REMOVE)
		x.undo = entry, x.undo_length = length;
	else
		x.redo = entry, x.redo_length = length;
	return change_put(at, &x);
}

static void record_put(size_t at, unsigned operation, const char *name)
{
	(void)entry_put(at, operation, REF(77, 3), REF(5, 5), name);
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

/* A $MFT whose first record says that clusters have 4,096 bytes. */
static void mft_make(uint8_t *mft, unsigned records)
{
	for (unsigned i = 0; i < records; i++)
		mft_record(mft, i, 2, 0, REF(5, 5), "");
	uint8_t *data = mft + 56;
	memset(data, 0, 80);
	data[0] = 0x80, data[4] = 72, data[8] = 1;      /* not resident; 24 last VCN, 32 place of the runs, 40 allocated */
	put(data + 24, records / 4 - 1, 8);
	put(data + 32, 64, 2);
	put(data + 40, records * 1024, 8);
	put(data + 48, records * 1024, 8);
	memset(data + 72, 0xff, 4);
	mft_record(mft, 5, 5, 3, REF(5, 5), ".");
	mft_record(mft, 30, 2, 3, REF(5, 5), "last name");
	mft_record(mft, 40, 1, 1, REF(30, 2), "evil.dll");
}

static void run_in_volume(struct parsed *d, unsigned records)
{
	static uint8_t mft[64 * 1024];
	mft_make(mft, records);
	struct source *log = source_of_memory(media, sizeof media, false), *companion[COMPANIONS_ALL] = { [COMPANION_MFT] = source_of_memory(mft, records * 1024, false) };
	struct node n = { .kind = NODE_FILE, .name = node_text_of("$LogFile") };
	assert_true(parsed_from(d, artifact_by_id("win.logfile", 11), &n, log, media, sizeof media, companion));
	source_close(companion[COMPANION_MFT]);
	source_close(log);
}

/* Times of $STANDARD_INFORMATION from `from` on, in entry `number` (clusters of 4,096, records of 1,024 bytes). */
static size_t times_put(size_t at, uint64_t number, size_t from, uint64_t now, uint64_t before)
{
	uint8_t redo[32], undo[32];
	for (size_t i = 0; i < 4; i++) {
		put(redo + 8 * i, now, 8);
		put(undo + 8 * i, before, 8);
	}
	return change_put(at, &(struct change){ .operation = VALUE, .target = 0x18, .record_at = 0x38, .attribute_at = (unsigned)(24 + 8 * from), .block = (unsigned)(number % 4 * 2), .vcn = number / 4,
	                                        .redo = redo, .redo_length = 8 * (4 - from), .undo = undo, .undo_length = 8 * (4 - from) });
}

static void times_that_were_set_back_are_told_with_those_before(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	(void)times_put(4 * PAGE + 64, 40, 0, EARLIER, MADE);
	run_in_volume(&d, 64);
	assert_int_equal(d.events, 4);
	assert_true(says(&d, "\"path\":\"/last%20name/evil.dll\"") && says(&d, "\"flags\":[\"set_back\"]") && says(&d, "evil.dll: times of the file changed, created set back from "));
	assert_true(says(&d, "\"reference\":\"40-1\"") && says(&d, "\"timestamp_desc\":\"Creation Time\"") && says(&d, "\"times_without_a_name\":0"));
	parsed_free(&d);
	/* later times, and one that is not written at all */
	pages_begin();
	(void)times_put(4 * PAGE + 64, 40, 1, LATER, MADE);
	run_in_volume(&d, 64);
	assert_int_equal(d.events, 3);
	assert_false(says(&d, "set_back"));
	parsed_free(&d);
	/* without the volume the entry's number is not known either, where the log does not tell how large clusters are */
	run(&d, sizeof media);
	assert_int_equal(d.events, 3);
	assert_true(says(&d, "a file whose name is not known: times of the file changed") && says(&d, "\"times_without_a_name\":1"));
	parsed_free(&d);
}

static void a_new_record_tells_how_large_clusters_are(void **state)
{
	(void)state;
	static uint8_t mft[64 * 1024];
	struct parsed d;
	pages_begin();
	mft_record(mft, 41, 6, 1, REF(5, 5), "made.txt");
	for (size_t i = 0; i < 4; i++)
		put(mft + 41 * 1024 + 56 + 24 + 8 + 8 * i, MADE, 8);
	size_t at = change_put(4 * PAGE + 64, &(struct change){ .operation = MAKE, .target = 0x18, .block = 2, .vcn = 10, .redo = mft + 41 * 1024, .redo_length = 200 });
	(void)times_put(at, 41, 0, LATER, MADE);
	run(&d, sizeof media);
	assert_int_equal(d.events, 8);
	assert_true(says(&d, "made.txt: record made") && says(&d, "made.txt: times of the file changed, created was "));
	parsed_free(&d);
}

static void folders_have_the_names_of_the_time(void **state)
{
	(void)state;
	struct parsed d;
	pages_begin();
	size_t at = entry_put(4 * PAGE + 64, ADD, REF(50, 1), REF(30, 2), "before.txt");
	at = times_put(at, 40, 3, LATER, MADE);
	at = entry_put(at, REMOVE, REF(30, 2), REF(5, 5), "first name");
	at = entry_put(at, ADD, REF(30, 2), REF(5, 5), "last name");
	(void)entry_put(at, ADD, REF(51, 1), REF(30, 2), "after.txt");
	run_in_volume(&d, 64);
	assert_true(says(&d, "\"path\":\"/first%20name/before.txt\"") && says(&d, "\"path\":\"/last%20name/after.txt\"") && says(&d, "\"path\":\"/first%20name/evil.dll\""));
	assert_true(says(&d, "\"paths_incomplete\":0"));
	parsed_free(&d);
	/* an entry that was made anew is another file's: what was there before has no name */
	static uint8_t mft[64 * 1024];
	pages_begin();
	mft_record(mft, 40, 1, 1, REF(5, 5), "new.txt");
	at = times_put(4 * PAGE + 64, 40, 3, LATER, MADE);
	(void)change_put(at, &(struct change){ .operation = MAKE, .target = 0x18, .vcn = 10, .redo = mft + 40 * 1024, .redo_length = 200 });
	run_in_volume(&d, 64);
	assert_false(says(&d, "evil.dll"));
	assert_true(says(&d, "\"times_without_a_name\":1"));
	parsed_free(&d);
}

static void times_in_an_index_are_of_who_was_put_there_or_of_the_transaction(void **state)
{
	(void)state;
	uint8_t now[56] = { 0 }, before[56] = { 0 };
	struct parsed d;
	for (size_t i = 0; i < 4; i++) {
		put(now + 8 * i, i ? LATER : MADE, 8);
		put(before + 8 * i, MADE, 8);
	}
	struct change x = { .operation = INDEX_TIMES, .target = 0x40, .attribute_at = 0x100, .redo = now, .redo_length = 56, .undo = before, .undo_length = 56 };
	pages_begin();
	size_t at = entry_put(4 * PAGE + 64, ADD, REF(50, 1), REF(5, 5), "there.txt");
	(void)change_put(at, &x);
	run(&d, sizeof media);
	assert_int_equal(d.events, 4 + 3);
	assert_true(says(&d, "there.txt: times in its directory changed") && says(&d, "\"known_by\":\"place\""));
	parsed_free(&d);
	/* another moment of making: somebody else is there by then */
	pages_begin();
	put(now, EARLIER, 8);
	put(before, EARLIER, 8);
	at = entry_put(4 * PAGE + 64, ADD, REF(50, 1), REF(5, 5), "there.txt");
	(void)change_put(at, &x);
	run(&d, sizeof media);
	assert_true(says(&d, "a file whose name is not known: times in its directory changed") && says(&d, "\"times_without_a_name\":1"));
	parsed_free(&d);
	/* the same transaction has just set these times of entry 40 */
	pages_begin();
	x.attribute_at = 0x200;
	x.previous = (4 * PAGE + 64) / 8;
	at = times_put(4 * PAGE + 64, 40, 1, LATER, MADE);
	(void)change_put(at, &x);
	run_in_volume(&d, 64);
	assert_false(says(&d, "known_by"));             /* nobody was known to be entry 40 at that time of going through the log */
	parsed_free(&d);
	pages_begin();
	at = entry_put(4 * PAGE + 64, ADD, REF(40, 1), REF(30, 2), "evil.dll");
	x.previous = at / 8;
	at = times_put(at, 40, 1, LATER, MADE);
	(void)change_put(at, &x);
	run_in_volume(&d, 64);
	assert_true(says(&d, "\"known_by\":\"transaction\"") && says(&d, "evil.dll: times in its directory changed"));
	parsed_free(&d);
}

static void records_of_the_change_journal_are_found_in_the_log(void **state)
{
	(void)state;
	struct parsed d;
	struct buffer b = { 0 };
	usn_put(&b, 2, REF(40, 1), REF(5, 5), 0x100, "a.txt");
	usn_put(&b, 2, REF(41, 1), REF(40, 1), 0x200, "b.txt");
	pages_begin();
	size_t at = change_put(4 * PAGE + 64, &(struct change){ .operation = JOURNAL, .redo = b.data, .redo_length = b.length });
	/* elsewhere than they say of themselves */
	(void)change_put(at, &(struct change){ .operation = JOURNAL, .record_at = 8, .redo = b.data, .redo_length = b.length });
	run(&d, sizeof media);
	assert_int_equal(d.events, 2);
	assert_true(says(&d, "a.txt: created") && says(&d, "\"path\":\"/a.txt/b.txt\"") && says(&d, "\"journal_records\":2"));
	parsed_free(&d);
	buffer_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_from_redo_and_undo_data), cmocka_unit_test(a_copy_of_a_page_gives_nothing_twice), cmocka_unit_test(torn_pages_are_told_and_read),
		cmocka_unit_test(a_place_that_no_lsn_fits_is_no_record), cmocka_unit_test(times_that_were_set_back_are_told_with_those_before), cmocka_unit_test(a_new_record_tells_how_large_clusters_are),
		cmocka_unit_test(folders_have_the_names_of_the_time), cmocka_unit_test(times_in_an_index_are_of_who_was_put_there_or_of_the_transaction),
		cmocka_unit_test(records_of_the_change_journal_are_found_in_the_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
