/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: allocators that end the process rather than give NULL, buffers, arenas. */
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The address sanitizer would abort where the system's malloc gives NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static bool is_zero(const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < length; i++)
		if (p[i])
			return false;
	return true;
}

static void ask_resize_overflow(void)
{
	memory_resize(NULL, SIZE_MAX / 2, 4);
}

static void ask_resize_too_much(void)
{
	memory_resize(NULL, SIZE_MAX / 4, 1);
}

static void ask_array_overflow(void)
{
	memory_array(SIZE_MAX / 2, 4);
}

static void ask_new_too_much(void)
{
	memory_new(SIZE_MAX / 4);
}

static void ask_copy_of_everything(void)
{
	memory_copy("", SIZE_MAX);
}

static void ask_buffer_overflow(void)
{
	struct buffer b = { 0 };
	buffer_byte(&b, 1);
	buffer_reserve(&b, SIZE_MAX);
}

static void ask_hex_overflow(void)
{
	struct buffer b = { 0 };
	buffer_hex(&b, "", SIZE_MAX / 2);
}

static void ask_arena_overflow(void)
{
	struct arena a = { 0 };
	arena_new(&a, SIZE_MAX);
}

static void ask_arena_array_overflow(void)
{
	struct arena a = { 0 };
	arena_array(&a, SIZE_MAX / 2, 4);
}

static void memory_exhaustion_ends_with_its_status(void **state)
{
	(void)state;
	void (*const asks[])(void) = {
		ask_resize_overflow, ask_resize_too_much, ask_array_overflow, ask_new_too_much, ask_copy_of_everything, ask_buffer_overflow, ask_hex_overflow,
		ask_arena_overflow, ask_arena_array_overflow,
	};
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			if (!freopen("/dev/null", "w", stderr))
				_exit(1);
			asks[i]();
			_exit(0);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), MEMORY_EXHAUSTED_STATUS);
	}
}

static void memory_new_is_zeroed_even_of_size_zero(void **state)
{
	(void)state;
	uint8_t *a = memory_new(1000), *b = memory_new(0), *c = memory_new(0), *d = memory_array(0, 8), *e = memory_array(10, 8);
	assert_true(is_zero(a, 1000) && is_zero(e, 80));
	assert_non_null(b);
	assert_non_null(d);
	assert_ptr_not_equal(b, c);
	free(a);
	free(b);
	free(c);
	free(d);
	free(e);
}

static void memory_copies_end_with_nul(void **state)
{
	(void)state;
	char *a = memory_copy("a\0b", 3), *b = memory_copy(NULL, 0), *c = memory_string("text");
	assert_memory_equal(a, "a\0b\0", 4);
	assert_int_equal(*b, 0);
	assert_string_equal(c, "text");
	free(a);
	free(b);
	free(c);
}

static void memory_resize_keeps_what_was_there(void **state)
{
	(void)state;
	char *a = memory_resize(NULL, 3, 2);
	memcpy(a, "hello", 6);
	a = memory_resize(a, 100000, 2);
	assert_string_equal(a, "hello");
	a = memory_resize(a, 0, 2);
	assert_non_null(a);
	free(a);
}

static void a_growing_array_keeps_what_it_holds(void **state)
{
	(void)state;
	enum { MANY = 10000 };
	struct arena a = { 0 };
	uint32_t *heap = NULL, *in_arena = NULL;
	size_t heap_capacity = 0, arena_capacity = 0, moves = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t *before = heap;
		size_t capacity = heap_capacity;
		heap = memory_room(heap, i, &heap_capacity, sizeof *heap);
		in_arena = arena_room(&a, in_arena, i, &arena_capacity, sizeof *in_arena);
		assert_true(heap_capacity > i && arena_capacity > i);
		assert_true(heap_capacity != capacity || heap == before);
		moves += heap_capacity != capacity;
		heap[i] = in_arena[i] = i;
	}
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(heap[i] == i && in_arena[i] == i);
	assert_true(moves < 16);
	free(heap);
	arena_free(&a);
}

static void buffer_all_zero_is_empty(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_append(&b, NULL, 0);
	buffer_append(&b, "x", 0);
	assert_int_equal(b.length, 0);
	assert_string_equal(buffer_string(&b), "");
	buffer_free(&b);
	assert_null(b.data);
	assert_int_equal(b.capacity, 0);
	buffer_free(&b);
}

static void buffer_grows_without_losing_a_byte(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	for (unsigned i = 0; i < 100000; i++)
		buffer_byte(&b, (uint8_t)(i * 31 >> 3));
	assert_int_equal(b.length, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], (uint8_t)(i * 31 >> 3));
	uint8_t *data = b.data;
	buffer_clear(&b);
	assert_int_equal(b.length, 0);
	assert_ptr_equal(b.data, data);
	buffer_free(&b);
}

static void buffer_reserve_gives_room_behind_the_length(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_text(&b, "abc");
	uint8_t *room = buffer_reserve(&b, 5000);
	assert_ptr_equal(room, b.data + 3);
	assert_int_equal(b.length, 3);
	memset(room, 'x', 5000);
	buffer_free(&b);
}

static void buffer_numbers_are_little_endian(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u16le(&b, 0x0102);
	buffer_u32le(&b, 0x03040506);
	buffer_u64le(&b, 0x0708090a0b0c0d0e);
	assert_int_equal(b.length, 14);
	assert_memory_equal(b.data, "\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07", 14);
	buffer_free(&b);
}

static void buffer_decimal_writes_every_size(void **state)
{
	(void)state;
	static const uint64_t values[] = { 0, 9, 10, 4294967295, 18446744073709551615u };
	struct buffer b = { 0 };
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		buffer_decimal(&b, values[i]);
		buffer_byte(&b, ' ');
	}
	assert_string_equal(buffer_string(&b), "0 9 10 4294967295 18446744073709551615 ");
	buffer_free(&b);
}

static void buffer_hex_is_lower_case(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_hex(&b, "\x00\x0f\xa5\xff", 4);
	assert_string_equal(buffer_string(&b), "000fa5ff");
	buffer_free(&b);
}

static void buffer_format_fits_any_length(void **state)
{
	(void)state;
	char expected[400];
	for (int width = 1; width < 300; width++) {
		struct buffer b = { 0 };
		buffer_text(&b, ">");
		buffer_format(&b, "%*d%s", width, 7, "<");
		snprintf(expected, sizeof expected, ">%*d<", width, 7);
		assert_string_equal(buffer_string(&b), expected);
		assert_int_equal(b.length, strlen(expected));
		buffer_free(&b);
	}
}

static void buffer_string_does_not_count_its_nul(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(strlen(buffer_string(&b)), i);
		buffer_byte(&b, 'x');
	}
	buffer_free(&b);
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
	(void)state;
	struct arena a = { 0 };
	for (unsigned round = 0; round < 3; round++) {
		uint8_t *before = NULL;
		size_t before_size = 0;
		for (size_t size = 0; size < 3000; size += 7) {
			uint8_t *p = arena_new(&a, size);
			assert_int_equal((uintptr_t)p % 16, 0);
			assert_true(is_zero(p, size));
			memset(p, 0xee, size);
			for (size_t i = 0; i < before_size; i++)
				assert_int_equal(before[i], 0xdd);
			memset(p, 0xdd, size);
			before = p;
			before_size = size;
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	arena_free(&a);
}

static void arena_gives_blocks_larger_than_its_own(void **state)
{
	(void)state;
	struct arena a = { 0 };
	uint8_t *small = arena_new(&a, 16), *large = arena_new(&a, 1 << 20), *next = arena_new(&a, 16);
	memset(large, 1, 1 << 20);
	assert_true(is_zero(small, 16) && is_zero(next, 16));
	assert_true(a.used >= (1 << 20) + 32);
	arena_free(&a);
}

static void arena_copies_and_formats(void **state)
{
	(void)state;
	struct arena a = { 0 };
	assert_memory_equal(arena_copy(&a, "a\0b", 3), "a\0b\0", 4);
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	assert_string_equal(arena_format(&a, "%s-%04d", "x", 42), "x-0042");
	char *wide = arena_format(&a, "%1000d", 1);
	assert_int_equal(strlen(wide), 1000);
	uint64_t *array = arena_array(&a, 100, sizeof *array);
	assert_true(is_zero(array, 100 * sizeof *array));
	arena_free(&a);
}

static void arena_can_be_reset_and_freed_when_empty(void **state)
{
	(void)state;
	struct arena a = { 0 };
	arena_reset(&a);
	arena_free(&a);
	arena_new(&a, 1);
	arena_free(&a);
	arena_free(&a);
	assert_null(a.block);
	assert_int_equal(a.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_exhaustion_ends_with_its_status),
		cmocka_unit_test(memory_new_is_zeroed_even_of_size_zero),
		cmocka_unit_test(memory_copies_end_with_nul),
		cmocka_unit_test(memory_resize_keeps_what_was_there),
		cmocka_unit_test(a_growing_array_keeps_what_it_holds),
		cmocka_unit_test(buffer_all_zero_is_empty),
		cmocka_unit_test(buffer_grows_without_losing_a_byte),
		cmocka_unit_test(buffer_reserve_gives_room_behind_the_length),
		cmocka_unit_test(buffer_numbers_are_little_endian),
		cmocka_unit_test(buffer_decimal_writes_every_size),
		cmocka_unit_test(buffer_hex_is_lower_case),
		cmocka_unit_test(buffer_format_fits_any_length),
		cmocka_unit_test(buffer_string_does_not_count_its_nul),
		cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(arena_gives_blocks_larger_than_its_own),
		cmocka_unit_test(arena_copies_and_formats),
		cmocka_unit_test(arena_can_be_reset_and_freed_when_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
