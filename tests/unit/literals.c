/* SPDX-License-Identifier: Apache-2.0 */
/* literals.c: whatever lies in a content is found, at every place and of every length; what is not there is hardly ever. */
#include "detect/literals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

enum { LITERALS = 300, CONTENT = 400 };

static uint32_t state_of_random = 1;

static uint32_t random_below(uint32_t n)
{
	state_of_random = state_of_random * 1664525 + 1013904223;
	return (state_of_random >> 8) % n;
}

static bool lies_in(const uint8_t *bytes, size_t length, const uint8_t *literal, size_t size, uint8_t fold)
{
	for (size_t at = 0; at + size <= length; at++) {
		size_t i = 0;
		while (i < size && (bytes[at + i] | fold) == (literal[i] | fold))
			i++;
		if (i == size)
			return true;
	}
	return false;
}

/* Few letters, so that much of what is looked for is there in part. */
static void fill(uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		p[i] = (uint8_t)"abAB\0 xyz\xff"[random_below(10)];
}

static void the_same_is_found_as_by_looking_everywhere(void **state)
{
	(void)state;
	static uint8_t literal[LITERALS][40];
	size_t size[LITERALS];
	struct literals *l = literals_new();
	for (uint32_t i = 0; i < LITERALS; i++) {
		size[i] = LITERAL_LEAST + random_below(i % 3 ? 8 : 30);
		fill(literal[i], size[i]);
		literals_add(l, literal[i], size[i], i % 2, i);
	}
	literals_finish(l);
	unsigned present = 0;
	for (unsigned round = 0; round < 3000; round++) {
		uint64_t found[LITERALS / 64 + 1] = { 0 };
		size_t length = random_below(round % 2 ? 30 : CONTENT);
		uint8_t *bytes = memory_new(length);                    /* of its size: a read past its end shows under the sanitizer */
		fill(bytes, length);
		uint32_t put = random_below(LITERALS);
		if (size[put] <= length)
			memcpy(bytes + random_below((uint32_t)(length - size[put] + 1)), literal[put], size[put]);
		literals_scan(l, bytes, length, found);
		for (uint32_t i = 0; i < LITERALS; i++) {
			bool there = lies_in(bytes, length, literal[i], size[i], i % 2 ? 0x20 : 0);
			present += there;
			assert_int_equal((found[i / 64] >> (i % 64)) & 1, there);
		}
		free(bytes);
	}
	assert_true(present > 3000);
	literals_free(l);
}

static void too_short_is_not_found(void **state)
{
	(void)state;
	uint64_t found[1] = { 0 };
	struct literals *l = literals_new();
	literals_add(l, (const uint8_t *)"a", 1, false, 0);                  /* too short to be looked for */
	literals_finish(l);
	literals_scan(l, (const uint8_t *)"xxaxx", 5, found);
	assert_int_equal(found[0], 0);
	literals_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_is_found_as_by_looking_everywhere), cmocka_unit_test(too_short_is_not_found) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
