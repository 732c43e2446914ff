/* SPDX-License-Identifier: Apache-2.0 */
/* ole.c: compound files that the test writes itself, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/ole.h"
#include "tests/unit/ole_builder.h"

enum { LARGE = 10000 };
static uint8_t large[LARGE];
static struct buffer file;
static struct ole_built built;
static unsigned damages;

static void on_damage(void *owner, uint64_t offset, uint64_t length, const char *what)
{
	(void)owner, (void)offset, (void)length;
	assert_non_null(what);
	damages++;
}

/* root: Small, LARGE (10000 bytes), store/{inner, more} */
static void build(void)
{
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + i / 256);
	memset(&built, 0, sizeof built);
	ole_build_stream(&built, 0, "Small", "hello", 5);
	ole_build_stream(&built, 0, "LARGE", large, LARGE);
	int store = ole_build_storage(&built, 0, "store");
	ole_build_stream(&built, store, "inner", large, 200);
	ole_build_stream(&built, store, "more", "x", 1);
	ole_build_finish(&built, &file);
	damages = 0;
}

static struct source *source;

static struct ole *opened(size_t length)
{
	source = source_of_memory(file.data, length, false);
	return ole_open(source, on_damage, NULL);
}

static void closed(struct ole *o)
{
	ole_close(o);
	source_close(source);
}

static void content_is(struct ole *o, int32_t storage, const char *name, const void *bytes, size_t length)
{
	struct buffer out = { 0 };
	int32_t entry = ole_child(o, storage, name);
	assert_int_not_equal(entry, OLE_NONE);
	assert_true(ole_read(o, entry, SIZE_MAX, &out));
	assert_int_equal(out.length, length);
	assert_memory_equal(out.data, bytes, length);
	buffer_free(&out);
}

static void all_is_there(struct ole *o)
{
	content_is(o, ole_root(o), "Small", "hello", 5);
	content_is(o, ole_root(o), "large", large, LARGE);
	int32_t store = ole_child(o, ole_root(o), "STORE");
	content_is(o, store, "inner", large, 200);
	content_is(o, store, "more", "x", 1);
	size_t count;
	ole_children(o, ole_root(o), &count);
	assert_int_equal(count, 3);
	ole_children(o, store, &count);
	assert_int_equal(count, 2);
}

static void ole_streams_small_and_large_are_read(void **state)
{
	(void)state;
	build();
	struct ole *o = opened(file.length);
	assert_non_null(o);
	all_is_there(o);
	assert_int_equal(damages, 0);
	assert_false(ole_tainted(o));
	assert_int_equal(ole_child(o, ole_root(o), "inner"), OLE_NONE);
	struct buffer out = { 0 };
	assert_false(ole_read(o, ole_child(o, ole_root(o), "LARGE"), 100, &out));
	assert_int_equal(out.length, 100);
	assert_false(ole_read(o, ole_child(o, ole_root(o), "store"), 100, &out));
	assert_null(ole_stream(o, 1000, NULL));
	buffer_free(&out);
	closed(o);
}

static void ole_without_its_table_is_read_as_it_lies(void **state)
{
	(void)state;
	build();
	struct ole *o = opened(((size_t)built.first_fat + 1) * BUILT_SECTOR);
	assert_non_null(o);
	all_is_there(o);
	assert_true(damages > 0 && ole_tainted(o));
	closed(o);
}

static void ole_stream_that_the_file_cuts_says_so(void **state)
{
	(void)state;
	build();
	/* the directory moves before the stream: the file ends in the middle of it */
	struct buffer moved = { 0 };
	buffer_append(&moved, file.data, BUILT_SECTOR);
	buffer_append(&moved, file.data + ((size_t)built.directory + 1) * BUILT_SECTOR, 1024);
	buffer_append(&moved, large, 3000);
	memcpy(moved.data + 48, "\0\0\0\0", 4);
	moved.data[BUILT_SECTOR + 2 * 128 + 116] = 2;   /* LARGE begins in sector 2 */
	buffer_append(&moved, "", 0);
	struct source *s = source_of_memory(moved.data, moved.length, false);
	struct ole *o = ole_open(s, on_damage, NULL);
	assert_non_null(o);
	bool cut = false;
	struct source *stream = ole_stream(o, ole_child(o, ole_root(o), "LARGE"), &cut);
	assert_non_null(stream);
	assert_true(cut);
	assert_int_equal(stream->size, 3000);
	uint8_t got[3000];
	assert_int_equal(source_read_at(stream, 0, got, sizeof got, NULL), 3000);
	assert_memory_equal(got, large, 3000);
	source_close(stream);
	ole_close(o);
	source_close(s);
	buffer_free(&moved);
}

static void ole_loops_end(void **state)
{
	(void)state;
	build();
	size_t fat = ((size_t)built.first_fat + 1) * BUILT_SECTOR, directory = ((size_t)built.directory + 1) * BUILT_SECTOR;
	/* the directory's last sector leads to its first, the first sector of the large stream to itself */
	file.data[fat + (built.directory + 1) * 4] = (uint8_t)built.directory;
	memset(file.data + fat + (built.directory + 1) * 4 + 1, 0, 3);
	memset(file.data + fat, 0, 4);
	/* the storage is its own child, and a stream its own sibling */
	file.data[directory + 3 * 128 + 76] = 3;
	file.data[directory + 1 * 128 + 72] = 1;
	memset(file.data + directory + 1 * 128 + 73, 0, 3);
	struct ole *o = opened(file.length);
	assert_non_null(o);
	content_is(o, ole_root(o), "Small", "hello", 5);
	content_is(o, ole_root(o), "LARGE", large, LARGE);
	content_is(o, ole_root(o), "inner", large, 200);        /* nothing leads there: an orphan */
	assert_true(ole_entry(o, ole_child(o, ole_root(o), "inner"))->orphan);
	assert_true(damages >= 3);
	closed(o);
}

static void ole_cut_anywhere_ends(void **state)
{
	(void)state;
	build();
	unsigned read = 0;
	for (size_t length = 0; length <= file.length; length += 37) {
		struct ole *o = opened(length);
		for (size_t i = 0; o && i < ole_entries(o); i++) {
			struct source *s = ole_stream(o, (int32_t)i, NULL);
			read += s != NULL;
			source_close(s);
		}
		closed(o);
	}
	assert_true(read > 0);
}

static void ole_other_bytes_are_refused(void **state)
{
	(void)state;
	build();
	file.data[0] = 0;
	struct ole *o = opened(file.length);
	assert_null(o);
	closed(o);
	buffer_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ole_streams_small_and_large_are_read),
		cmocka_unit_test(ole_without_its_table_is_read_as_it_lies),
		cmocka_unit_test(ole_stream_that_the_file_cuts_says_so),
		cmocka_unit_test(ole_loops_end),
		cmocka_unit_test(ole_cut_anywhere_ends),
		cmocka_unit_test(ole_other_bytes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
