/* SPDX-License-Identifier: Apache-2.0 */
/* usnjrnl.c: records of every version, paths of their time, journals that are cut, torn or begin with a hole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/ntfs_log_builder.h"
#include "tests/unit/parse_harness.h"

#define ID "win.usnjrnl"
enum { CREATE = 0x100, DELETE = 0x200, OLD = 0x1000, NEW = 0x2000, CLOSE = (int)0x80000000 };

static void ranges(struct buffer *b, uint64_t reference)
{
	size_t at = b->length;
	buffer_u32le(b, 80);
	buffer_u16le(b, 4);
	buffer_u16le(b, 0);
	buffer_u64le(b, reference);
	buffer_u64le(b, 0);
	buffer_u64le(b, REF(5, 5));
	buffer_u64le(b, 0);
	buffer_u64le(b, at);
	buffer_u32le(b, 1);
	buffer_u32le(b, 0);
	buffer_u32le(b, 0);
	buffer_u16le(b, 1);
	buffer_u16le(b, 16);
	for (int i = 0; i < 16; i++)
		buffer_byte(b, 0);
}

static void run(struct parsed *d, const struct buffer *b, bool in_memory)
{
	struct node n = { .kind = NODE_STREAM, .name = node_text_of("$UsnJrnl:$J") };
	assert_true(parsed_run(d, ID, &n, b->data, b->length, in_memory));
}

static void folders_come_from_the_mft_and_renames_are_undone(void **state)
{
	(void)state;
	static uint8_t mft[64 * 1024];
	for (unsigned i = 0; i < 64; i++)
		mft_record(mft, i, 2, 0, REF(5, 5), "");
	mft_record(mft, 5, 5, 3, REF(5, 5), ".");
	mft_record(mft, 30, 2, 3, REF(5, 5), "Users");
	mft_record(mft, 31, 1, 3, REF(30, 2), "renamed last");
	mft_record(mft, 32, 8, 2, REF(31, 1), "deleted");       /* lived with sequence 7 */
	mft_record(mft, 33, 4, 3, REF(5, 5), "other by now");
	struct buffer b = { 0 };
	usn_put(&b, 2, REF(40, 1), REF(31, 1), CREATE, "a.txt");
	usn_put(&b, 2, REF(41, 1), REF(33, 3), CREATE, "b.txt");
	usn_put(&b, 2, REF(31, 1), REF(30, 2), OLD, "first");
	usn_put(&b, 2, REF(31, 1), REF(30, 2), (uint32_t)NEW, "renamed last");
	usn_put(&b, 2, REF(42, 1), REF(31, 1), CREATE, "c.txt");
	usn_put(&b, 2, REF(43, 1), REF(32, 7), CREATE, "d.txt");
	usn_put(&b, 2, REF(44, 1), REF(63, 9), CREATE, "e.txt");
	struct source *journal = source_of_memory(b.data, b.length, false), *companion[COMPANIONS_ALL] = { [COMPANION_MFT] = source_of_memory(mft, sizeof mft, false) };
	struct node n = { .kind = NODE_STREAM, .name = node_text_of("$UsnJrnl:$J") };
	struct parsed d;
	assert_true(parsed_from(&d, artifact_by_id(ID, strlen(ID)), &n, journal, b.data, b.length, companion));
	assert_int_equal(d.events, 7);
	assert_true(says(&d, "\"path\":\"/Users/first/a.txt\"") && says(&d, "\"path\":\"/Users/renamed%20last/c.txt\""));
	assert_true(says(&d, "\"path\":\"/Users/renamed%20last/deleted/d.txt\""));
	assert_true(says(&d, "\"path\":\"/%3F33-3/b.txt\"") && says(&d, "\"stale_parent\":\"33-3\",\"stale_parent_sequence_now\":4"));
	assert_true(says(&d, "\"path\":\"/%3F63-9/e.txt\"") && says(&d, "\"stale_parents\":2"));
	assert_true(says(&d, "\"folders_of_mft\":5"));
	parsed_free(&d);
	source_close(companion[COMPANION_MFT]);
	/* what is no $MFT is told, and the journal is read as if it were alone */
	companion[COMPANION_MFT] = source_of_memory(mft + 3, sizeof mft - 3, false);
	assert_true(parsed_from(&d, artifact_by_id(ID, strlen(ID)), &n, journal, b.data, b.length, companion));
	assert_true(told(&d, "usn.mft") && says(&d, "\"path\":\"/%3F30-2/first/a.txt\""));
	parsed_free(&d);
	source_close(companion[COMPANION_MFT]);
	source_close(journal);
	buffer_free(&b);
}

static void paths_are_those_of_their_time(void **state)
{
	(void)state;
	for (unsigned version = 2; version <= 3; version++) {
		struct buffer b = { 0 };
		usn_put(&b, version, REF(40, 1), REF(5, 5), CREATE, "staging");
		usn_put(&b, version, REF(41, 1), REF(40, 1), CREATE, "loot:1.zip");
		usn_put(&b, version, REF(40, 1), REF(5, 5), OLD, "staging");
		usn_put(&b, version, REF(40, 1), REF(5, 5), (uint32_t)NEW, "backup");
		usn_put(&b, version, REF(41, 1), REF(40, 1), DELETE | (uint32_t)CLOSE, "loot:1.zip");
		usn_put(&b, version, REF(50, 7), REF(60, 2), CREATE, "x");
		struct parsed d;
		run(&d, &b, version == 2);
		assert_int_equal(d.errors, 0);
		assert_int_equal(d.events, 6);
		assert_true(says(&d, "\"path\":\"/staging/loot%3A1.zip\"") && says(&d, "\"path\":\"/backup/loot%3A1.zip\""));
		assert_true(says(&d, "\"message\":\"loot:1.zip: deleted, closed\"") && says(&d, "\"reasons\":[\"FILE_DELETE\",\"CLOSE\"]"));
		assert_true(says(&d, "\"path\":\"/%3F60-2/x\"") && says(&d, "\"paths_incomplete\":1"));
		parsed_free(&d);
		buffer_free(&b);
	}
}

static void ranges_get_the_name_and_time_of_their_file(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	ranges(&b, REF(70, 1));
	usn_put(&b, 3, REF(41, 1), REF(5, 5), 2, "a");
	ranges(&b, REF(41, 1));
	struct parsed d;
	run(&d, &b, true);
	assert_int_equal(d.events, 2);
	assert_int_equal(d.reported_notes, 1);
	assert_int_equal(said(&d, "\"path\":\"/a\""), 2);
	parsed_free(&d);
	buffer_free(&b);
}

static void wrecks_cost_themselves_alone(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	usn_put(&b, 2, REF(41, 1), REF(5, 5), 2, "a");
	for (int i = 0; i < 40; i++)
		buffer_byte(&b, 0xEE);
	usn_put(&b, 2, REF(42, 1), REF(5, 5), 2, "b");
	while (b.length < 9000)
		buffer_byte(&b, 0);
	usn_put(&b, 2, REF(43, 1), REF(5, 5), 2, "c");
	struct parsed d;
	run(&d, &b, true);
	assert_int_equal(d.events, 3);
	assert_int_equal(d.errors, 1);
	assert_non_null(strstr((const char *)d.told.data, "usn.record@64+40"));
	parsed_free(&d);
	for (size_t cut = b.length - 63; cut < b.length; cut++) {
		b.length = cut;
		run(&d, &b, false);
		assert_int_equal(d.events, 2);
		parsed_free(&d);
	}
	buffer_free(&b);
}

static void long_journals_are_read_in_windows(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	unsigned records = 0;
	while (b.length < 3 << 20) {
		usn_put(&b, 2, REF(100 + records, 1), REF(5, 5), 2, "some file name.txt");
		records++;
	}
	struct parsed d;
	run(&d, &b, false);
	assert_int_equal(d.errors, 0);
	assert_int_equal(d.events, records);
	parsed_free(&d);
	buffer_free(&b);
}

static void folders_in_a_loop_end(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	usn_put(&b, 2, REF(40, 1), REF(41, 1), 2, "a");
	usn_put(&b, 2, REF(41, 1), REF(40, 1), 2, "b");
	usn_put(&b, 2, REF(40, 1), REF(41, 1), 2, "a");
	struct parsed d;
	run(&d, &b, true);
	assert_int_equal(d.events, 3);
	parsed_free(&d);
	buffer_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_those_of_their_time), cmocka_unit_test(ranges_get_the_name_and_time_of_their_file), cmocka_unit_test(wrecks_cost_themselves_alone),
		cmocka_unit_test(long_journals_are_read_in_windows), cmocka_unit_test(folders_in_a_loop_end),
		cmocka_unit_test(folders_come_from_the_mft_and_renames_are_undone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
