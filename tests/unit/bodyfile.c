/* SPDX-License-Identifier: Apache-2.0 */
/* bodyfile.c: node records as body lines, judged by what fls 4.11.1 prints for the same things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bundle/bodyfile.h"
#include "format/node.h"

static const char *lines(const struct node *n)
{
	static struct buffer out;
	struct buffer frame = { 0 };
	struct record_view v;
	buffer_clear(&out);
	node_write(&frame, n);
	assert_null(record_view_open(&v, frame.data, frame.length));
	bodyfile_lines(&out, &v);
	buffer_free(&frame);
	return buffer_string(&out);
}

static struct node_text text(const char *s)
{
	return (struct node_text){ .bytes = (const uint8_t *)s, .length = strlen(s) };
}

static struct node file(const char *path)
{
	struct node n = { .kind = NODE_FILE, .step = "ext:/x", .path = text(path), .name = text("x"), .address = "12", .name_type = 'r', .mode = "rrw-r--r--",
		.has_owner = true, .uid = 1000, .gid = 100, .has_size = true, .size = 42, .has_allocated = true, .allocated = true };
	n.time[NODE_MTIME] = time_from_unix(1700000000, 999999999, TIME_NS);
	n.time[NODE_ATIME] = time_from_unix(-2, 5, TIME_NS);
	n.time[NODE_CTIME] = time_from_unix(3, 0, TIME_S);
	return n;
}

static void eleven_fields_with_whole_seconds(void **state)
{
	(void)state;
	struct node n = file("/a/b");
	assert_string_equal(lines(&n), "0|/a/b|12|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n");
}

static void names_come_unescaped_but_never_break_the_line(void **state)
{
	(void)state;
	struct node n = file("/with%20space/p%7Cipe/l%0Af/%25/%FF");
	assert_string_equal(lines(&n), "0|/with space/p\\x7cipe/l\\x0af/%/\xff|12|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n");
}

static void deleted_names_say_so(void **state)
{
	(void)state;
	struct node n = file("/a");
	n.allocated = false;
	assert_string_equal(lines(&n), "0|/a (deleted)|12|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n");
	n.reallocated = true;
	assert_string_equal(lines(&n), "0|/a (deleted-realloc)|12|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n");
}

static void symbolic_links_show_their_target(void **state)
{
	(void)state;
	struct node n = file("/l");
	n.kind = NODE_SYMLINK;
	n.target = "to|x\n";
	n.allocated = false;
	assert_string_equal(lines(&n), "0|/l -> to\\x7cx\\x0a (deleted)|12|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n");
}

static void names_without_metadata_have_zeros(void **state)
{
	(void)state;
	struct node n = { .kind = NODE_FILE, .step = "ext:#0@2.3", .path = text("/gone"), .address = "0", .name_type = 'r', .has_allocated = true };
	assert_string_equal(lines(&n), "0|/gone (deleted)|0|r/----------|0|0|0|0|0|0|0\n");
}

static void ntfs_names_have_a_second_line_and_no_sequence(void **state)
{
	(void)state;
	struct node n = file("/f.txt");
	n.address = "66-3";
	n.attribute = "128-2";
	n.fn_attribute = "48-4";
	n.fn_size = 78;
	n.time[NODE_FN_MTIME] = time_from_unix(7, 0, TIME_S);
	assert_string_equal(lines(&n), "0|/f.txt|66-128-2|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n"
	                               "0|/f.txt ($FILE_NAME)|66-48-4|r/rrw-r--r--|1000|100|78|0|7|0|0\n");
}

static void the_second_line_of_a_stream_names_the_file(void **state)
{
	(void)state;
	struct node n = file("/a%3Ab/f:stream");
	n.kind = NODE_STREAM;
	n.address = "66-3";
	n.attribute = "128-5";
	n.fn_attribute = "48-4";
	n.fn_size = 78;
	assert_string_equal(lines(&n), "0|/a:b/f:stream|66-128-5|r/rrw-r--r--|1000|100|42|-2|1700000000|3|0\n"
	                               "0|/a:b/f ($FILE_NAME)|66-48-4|r/rrw-r--r--|1000|100|78|0|0|0|0\n");
}

static void things_without_a_path_have_no_line(void **state)
{
	(void)state;
	struct node volume = { .kind = NODE_VOLUME, .step = "mbr:1" }, slack = file("/s");
	assert_string_equal(lines(&volume), "");
	node_flag(&slack, "index-slack");
	assert_string_equal(lines(&slack), "");
}

static void an_md5_goes_first(void **state)
{
	(void)state;
	struct node n = file("/a");
	struct buffer frame = { 0 }, more = { 0 }, both = { 0 }, out = { 0 };
	struct record_view v, w, x;
	static const uint8_t md5[16] = { 0xd4, 0x1d };
	node_write(&frame, &n);
	assert_null(record_view_open(&v, frame.data, frame.length));
	struct record_builder r = record_begin(&more, RECORD_NODE);
	record_hex(&r, F_MD5, md5, sizeof md5);
	record_end(&r);
	assert_null(record_view_open(&w, more.data, more.length));
	record_merge(&both, &v, &w);
	assert_null(record_view_open(&x, both.data, both.length));
	bodyfile_lines(&out, &x);
	assert_memory_equal(buffer_string(&out), "d41d0000000000000000000000000000|/a|", 36);
	buffer_free(&frame);
	buffer_free(&more);
	buffer_free(&both);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eleven_fields_with_whole_seconds),
		cmocka_unit_test(names_come_unescaped_but_never_break_the_line),
		cmocka_unit_test(deleted_names_say_so),
		cmocka_unit_test(symbolic_links_show_their_target),
		cmocka_unit_test(names_without_metadata_have_zeros),
		cmocka_unit_test(ntfs_names_have_a_second_line_and_no_sequence),
		cmocka_unit_test(the_second_line_of_a_stream_names_the_file),
		cmocka_unit_test(things_without_a_path_have_no_line),
		cmocka_unit_test(an_md5_goes_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
