/* SPDX-License-Identifier: Apache-2.0 */
/* lzx.c: a chunk of a text with calls, a stored block, and damage: never more than there is room for, and what came out before it is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/lzx.h"
#include "tests/unit/lzx_sample.h"

static void a_chunk_with_calls_comes_out_as_it_was(void **state)
{
	(void)state;
	uint8_t want[512], made[512];
	size_t size = lzx_plain(want);
	assert_int_equal(lzx_chunk(lzx_packed, sizeof lzx_packed, made, size), size);
	assert_memory_equal(made, want, size);
}

static void a_stored_block_is_copied(void **state)
{
	(void)state;
	static const uint8_t stored[] = { 0x00, 0x60, 0x00, 0x50, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0 };
	uint8_t made[5];
	assert_int_equal(lzx_chunk(stored, sizeof stored, made, 5), 5);
	assert_memory_equal(made, "hello", 5);
	assert_int_equal(lzx_chunk(stored, 19, made, 5), 3);
	assert_int_equal(lzx_chunk(stored, 10, made, 5), 0);
}

static void a_cut_chunk_gives_what_came_before(void **state)
{
	(void)state;
	uint8_t want[512], made[512 + 1];
	size_t size = lzx_plain(want), last = 0;
	for (size_t cut = 0; cut < sizeof lzx_packed; cut++) {
		made[size] = 0xA5;
		size_t got = lzx_chunk(lzx_packed, cut, made, size);
		assert_true(got >= last && got < size && made[size] == 0xA5);
		assert_memory_equal(made, want, got < 200 ? got : 200);        /* before the calls */
		last = got;
	}
	assert_true(last > 200);
}

static void damage_stays_within_the_room(void **state)
{
	(void)state;
	uint8_t made[300 + 1], broken[sizeof lzx_packed];
	for (size_t bit = 0; bit < 8 * sizeof lzx_packed; bit++) {
		memcpy(broken, lzx_packed, sizeof lzx_packed);
		broken[bit / 8] ^= (uint8_t)(1u << bit % 8);
		made[292] = 0xA5;
		assert_true(lzx_chunk(broken, sizeof broken, made, 292) <= 292);
		assert_int_equal(made[292], 0xA5);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chunk_with_calls_comes_out_as_it_was), cmocka_unit_test(a_stored_block_is_copied), cmocka_unit_test(a_cut_chunk_gives_what_came_before),
		cmocka_unit_test(damage_stays_within_the_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
