/* SPDX-License-Identifier: Apache-2.0 */
/* find.c: the same answer as memmem, wherever the bytes stand and however long the rest is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/find.h"

static void bytes_are_found_at_every_place(void **state)
{
	(void)state;
	enum { MOST = 100 };
	static const char *const wanted[] = { "\n", "\n-", "\n--", "\nFrom ", "as long as more than one turn of thirty-two bytes" };
	for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++)
		for (size_t length = 0; length <= MOST; length++)
			for (size_t at = 0; at <= length; at++) {
				/* of exactly this length, so that a look behind the end is seen by the sanitizers; others like it stand before */
				size_t n = strlen(wanted[w]);
				char *text = malloc(length + 1);
				assert_non_null(text);
				memset(text, wanted[w][0], length);
				if (at + n <= length)
					memcpy(text + at, wanted[w], n);
				char *exact = malloc(length ? length : 1);
				assert_non_null(exact);
				memcpy(exact, text, length);
				assert_ptr_equal(find_bytes(exact, length, wanted[w], n), memmem(exact, length, wanted[w], n));
				free(exact);
				free(text);
			}
}

static void nothing_is_found_at_once(void **state)
{
	(void)state;
	static const char text[] = "text";
	assert_ptr_equal(find_bytes(text, 4, "", 0), text);
	assert_null(find_bytes(text, 0, "t", 1));
	assert_null(find_bytes(text, 4, "text and more", 13));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_found_at_every_place),
		cmocka_unit_test(nothing_is_found_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
