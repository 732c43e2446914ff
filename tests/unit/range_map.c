/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "source/source.h"

static void ranges_that_touch_are_joined(void **state)
{
	(void)state;
	struct range_map m = { 0 };
	range_map_add(&m, 100, 10);
	range_map_add(&m, 110, 10);
	range_map_add(&m, 50, 10);
	range_map_add(&m, 60, 0);
	assert_int_equal(m.count, 2);
	assert_int_equal(m.range[0].offset, 50);
	assert_int_equal(m.range[1].offset, 100);
	assert_int_equal(m.range[1].length, 20);
	range_map_add(&m, 55, 60);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.range[0].offset, 50);
	assert_int_equal(m.range[0].length, 70);
	range_map_free(&m);
	assert_int_equal(m.count, 0);
}

static void a_range_touches_only_its_own_bytes(void **state)
{
	(void)state;
	struct range_map m = { 0 };
	assert_false(range_map_touches(&m, 0, UINT64_MAX));
	range_map_add(&m, 100, 10);
	range_map_add(&m, 200, 10);
	assert_false(range_map_touches(&m, 0, 100));
	assert_true(range_map_touches(&m, 0, 101));
	assert_true(range_map_touches(&m, 109, 1));
	assert_false(range_map_touches(&m, 110, 90));
	assert_true(range_map_touches(&m, 110, 91));
	assert_false(range_map_touches(&m, 105, 0));
	assert_true(range_map_touches(&m, 105, UINT64_MAX));
	assert_false(range_map_touches(&m, 210, UINT64_MAX));
	range_map_free(&m);
}

static void the_end_of_the_number_space_is_no_trap(void **state)
{
	(void)state;
	struct range_map m = { 0 };
	range_map_add(&m, UINT64_MAX - 5, UINT64_MAX);
	range_map_add(&m, 0, UINT64_MAX);
	assert_int_equal(m.count, 1);
	assert_true(m.range[0].offset == 0 && m.range[0].length == UINT64_MAX);
	range_map_free(&m);
}

static void a_map_is_what_a_bit_field_is(void **state)
{
	(void)state;
	enum { SPACE = 300 };
	uint32_t seed = 1101;
	for (unsigned round = 0; round < 200; round++) {
		struct range_map m = { 0 };
		uint8_t bit[SPACE] = { 0 };
		for (unsigned i = 0; i < 25; i++) {
			seed = seed * 1664525 + 1013904223;
			size_t offset = seed >> 8 & 255, length = seed >> 20 & 31;
			range_map_add(&m, offset, length);
			memset(bit + offset, 1, length);
			for (size_t k = 1; k < m.count; k++)
				assert_true(m.range[k].offset > m.range[k - 1].offset + m.range[k - 1].length);
		}
		for (size_t at = 0; at < SPACE; at++)
			assert_int_equal(range_map_touches(&m, at, 1), bit[at]);
		range_map_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_that_touch_are_joined),
		cmocka_unit_test(a_range_touches_only_its_own_bytes),
		cmocka_unit_test(the_end_of_the_number_space_is_no_trap),
		cmocka_unit_test(a_map_is_what_a_bit_field_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
