/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.c: compressed RTF that the test packs itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "format/mail/rtf.h"

static void le(uint8_t *to, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void rtf_repeats_and_ends(void **state)
{
	(void)state;
	/* "{\rtf1" by reference to the window's begin, then "abc", then three bytes of it again, then the end mark */
	uint8_t packed[64] = { 0 };
	struct buffer out = { 0 };
	size_t at = 16;
	packed[at++] = 0x31;                            /* bits: 1 0 0 0 1 1 */
	packed[at++] = 0x00; packed[at++] = 0x04;       /* place 0, 6 bytes */
	packed[at++] = 'a'; packed[at++] = 'b'; packed[at++] = 'c';
	unsigned w = 207 + 9;
	packed[at++] = (uint8_t)((w - 3) >> 4); packed[at++] = (uint8_t)((w - 3) << 4 | 1);     /* 3 bytes */
	w += 3;
	packed[at++] = (uint8_t)(w >> 4); packed[at++] = (uint8_t)(w << 4);
	le(packed, at - 4, 4);
	le(packed + 4, 12, 4);
	memcpy(packed + 8, "LZFu", 4);
	le(packed + 12, hash_crc32(UINT32_MAX, packed + 16, at - 16) ^ UINT32_MAX, 4);
	assert_false(rtf_expand(packed, at, 1000, &out));
	assert_int_equal(out.length, 12);
	assert_memory_equal(out.data, "{\\rtf1abcabc", 12);
	buffer_clear(&out);
	assert_true(rtf_expand(packed, at - 3, 1000, &out));       /* cut */
	buffer_clear(&out);
	assert_false(rtf_expand(packed, at, 5, &out));             /* a bound of the caller's is no damage */
	assert_int_equal(out.length, 5);
	buffer_clear(&out);
	packed[12] ^= 1;
	assert_true(rtf_expand(packed, at, 1000, &out));        /* a wrong checksum: told, and all is there */
	assert_int_equal(out.length, 12);
	buffer_free(&out);
}

static void rtf_stored_as_it_is(void **state)
{
	(void)state;
	uint8_t packed[32] = { 0 };
	struct buffer out = { 0 };
	le(packed, 12 + 5, 4);
	le(packed + 4, 5 + 12, 4);                      /* writers count the header in */
	memcpy(packed + 8, "MELA", 4);
	memcpy(packed + 16, "{\rt}", 5);
	assert_false(rtf_expand(packed, 21, 1000, &out));
	assert_int_equal(out.length, 5);
	assert_memory_equal(out.data, "{\rt}", 5);
	buffer_clear(&out);
	assert_true(rtf_expand(packed, 20, 1000, &out));
	assert_int_equal(out.length, 4);
	buffer_clear(&out);
	packed[8] = 'X';
	assert_true(rtf_expand(packed, 21, 1000, &out));
	assert_int_equal(out.length, 0);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtf_repeats_and_ends),
		cmocka_unit_test(rtf_stored_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
