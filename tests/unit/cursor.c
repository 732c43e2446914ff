/* SPDX-License-Identifier: Apache-2.0 */
/* cursor.h: a read position that cannot leave its bytes. */
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t bytes[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };

static struct cursor at(size_t position)
{
	struct cursor c = cursor_of(bytes, sizeof bytes, 1000);
	c.at = position;
	return c;
}

static void cursor_reads_both_byte_orders(void **state)
{
	(void)state;
	struct cursor c = at(0);
	assert_int_equal(cursor_u8(&c), 0x01);
	c = at(0);
	assert_int_equal(cursor_u16le(&c), 0x2301);
	c = at(0);
	assert_int_equal(cursor_u16be(&c), 0x0123);
	c = at(4);
	assert_int_equal(cursor_u32le(&c), 0xefcdab89);
	c = at(4);
	assert_int_equal(cursor_u32be(&c), 0x89abcdef);
	c = at(8);
	assert_true(cursor_u64le(&c) == 0x1032547698badcfe);
	c = at(8);
	assert_true(cursor_u64be(&c) == 0xfedcba9876543210);
	assert_int_equal(cursor_left(&c), 0);
	c = at(1);
	assert_int_equal(cursor_le(&c, 3), 0x674523);
	assert_int_equal(cursor_be(&c, 3), 0x89abcd);
	assert_false(c.bad);
}

static void cursor_read_past_the_end_is_zero_and_bad(void **state)
{
	(void)state;
	for (size_t size = 0; size < 8; size++) {
		uint8_t *exact = malloc(size ? size : 1);       /* a read too far is seen by the address sanitizer */
		memset(exact, 0xff, size ? size : 1);
		struct cursor c = cursor_of(exact, size, 0);
		assert_true(cursor_u64le(&c) == 0);
		assert_true(c.bad);
		c = cursor_of(exact, size, 0);
		assert_true(cursor_u64be(&c) == 0);
		assert_true(c.bad);
		free(exact);
	}
}

static void cursor_bad_sticks(void **state)
{
	(void)state;
	struct cursor c = at(14);
	cursor_u32le(&c);
	assert_true(c.bad);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	c.at = 0;
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_true(c.bad);
}

static void cursor_position_beyond_the_size_is_bad(void **state)
{
	(void)state;
	static const size_t beyond[] = { 17, SIZE_MAX };
	for (size_t i = 0; i < 2; i++) {
		struct cursor c = at(beyond[i]);
		assert_int_equal(cursor_left(&c), 0);
		assert_null(cursor_bytes(&c, 0));
		assert_true(c.bad);
		c = at(beyond[i]);
		assert_int_equal(cursor_u8(&c), 0);
		assert_true(c.bad);
		c = at(beyond[i]);
		assert_false(cursor_match(&c, "\x01"));
	}
}

static void cursor_lengths_from_evidence_do_not_overflow(void **state)
{
	(void)state;
	struct cursor c = at(8);
	assert_null(cursor_bytes(&c, SIZE_MAX));
	assert_true(c.bad);
	c = at(8);
	cursor_skip(&c, SIZE_MAX - 4);
	assert_true(c.bad);
	c = at(8);
	assert_int_equal(cursor_window(&c, UINT64_MAX, 2).size, 0);
	assert_true(cursor_window(&c, UINT64_MAX, 2).bad);
	assert_true(cursor_window(&c, 2, UINT64_MAX).bad);
	struct cursor child = cursor_sub(&c, SIZE_MAX);
	assert_int_equal(child.size, 8);
	assert_true(child.bad && c.bad);
}

static void cursor_bytes_are_in_place(void **state)
{
	(void)state;
	struct cursor c = at(4);
	assert_ptr_equal(cursor_bytes(&c, 12), bytes + 4);
	assert_int_equal(cursor_left(&c), 0);
	assert_non_null(cursor_bytes(&c, 0));
	assert_false(c.bad);
}

static void cursor_offset_counts_from_the_item(void **state)
{
	(void)state;
	struct cursor c = at(0);
	cursor_skip(&c, 5);
	assert_int_equal(cursor_offset(&c), 1005);
	struct cursor child = cursor_sub(&c, 4);
	assert_int_equal(cursor_offset(&child), 1005);
	assert_int_equal(cursor_offset(&c), 1009);
	cursor_u8(&child);
	assert_int_equal(cursor_offset(&child), 1006);
}

static void cursor_sub_is_clipped_and_tells(void **state)
{
	(void)state;
	struct cursor c = at(2), child = cursor_sub(&c, 6);
	assert_false(c.bad || child.bad);
	assert_int_equal(child.size, 6);
	assert_int_equal(cursor_u8(&child), 0x45);
	child = cursor_sub(&c, 100);
	assert_true(c.bad && child.bad);
	assert_int_equal(child.size, 8);
	assert_int_equal(cursor_u8(&child), 0xfe);
	child = cursor_sub(&c, 1);
	assert_int_equal(child.size, 0);
	assert_int_equal(cursor_u8(&child), 0);
}

static void cursor_window_leaves_its_parent_alone(void **state)
{
	(void)state;
	struct cursor c = at(3), window = cursor_window(&c, 8, 8);
	assert_int_equal(c.at, 3);
	assert_false(c.bad || window.bad);
	assert_int_equal(cursor_u8(&window), 0xfe);
	assert_int_equal(cursor_offset(&window), 1009);
	assert_false(cursor_window(&c, 16, 0).bad);
	assert_true(cursor_window(&c, 8, 9).bad);
	assert_true(cursor_window(&c, 17, 0).bad);
}

static void cursor_match_moves_only_when_it_matches(void **state)
{
	(void)state;
	struct cursor c = cursor_of("regfxyz", 7, 0);
	assert_false(cursor_match(&c, "hbin"));
	assert_false(cursor_match(&c, "regfxyz1"));
	assert_int_equal(c.at, 0);
	assert_true(cursor_match(&c, "regf"));
	assert_int_equal(c.at, 4);
	assert_true(cursor_match(&c, "xyz"));
	assert_false(cursor_match(&c, "x"));
	assert_false(c.bad);
}

static void cursor_over_nothing_is_empty(void **state)
{
	(void)state;
	struct cursor c = cursor_of(NULL, 0, 0);
	assert_false(cursor_match(&c, "x"));
	struct cursor child = cursor_sub(&c, 0), window = cursor_window(&c, 0, 0);
	assert_false(child.bad || window.bad || c.bad);
	assert_int_equal(cursor_u64le(&child), 0);
	assert_int_equal(cursor_u8(&window), 0);
	assert_true(child.bad && window.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_reads_both_byte_orders),
		cmocka_unit_test(cursor_read_past_the_end_is_zero_and_bad),
		cmocka_unit_test(cursor_bad_sticks),
		cmocka_unit_test(cursor_position_beyond_the_size_is_bad),
		cmocka_unit_test(cursor_lengths_from_evidence_do_not_overflow),
		cmocka_unit_test(cursor_bytes_are_in_place),
		cmocka_unit_test(cursor_offset_counts_from_the_item),
		cmocka_unit_test(cursor_sub_is_clipped_and_tells),
		cmocka_unit_test(cursor_window_leaves_its_parent_alone),
		cmocka_unit_test(cursor_match_moves_only_when_it_matches),
		cmocka_unit_test(cursor_over_nothing_is_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
