/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c: digests and checksums, judged by the answers of RFC 1321, FIPS 180-4 and Python's hashlib and zlib. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

enum { ALL = HASH_MD5 | HASH_SHA1 | HASH_SHA256 | HASH_SHA512, PATTERN = 100001 };

static const enum hash_kind kinds[] = { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA512 };
static const char *const of_nothing[] = {
	"d41d8cd98f00b204e9800998ecf8427e",
	"da39a3ee5e6b4b0d3255bfef95601890afd80709",
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
};
static const char *const of_abc[] = {
	"900150983cd24fb0d6963f7d28e17f72",
	"a9993e364706816aba3e25717850c26c9cd0d89d",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};
/* hashlib of bytes((i * 7) & 255 for i in range(100001)) */
static const char *const of_pattern[] = {
	"94b7d83807b84dc7841f29c4fd1cd559",
	"46c52235b0b0c5a0203ea7b468fd9a51dafd47db",
	"7d43909f5b444a28e5df4db80c336f9da966feb9e17e27dc100a1ed1c3fda116",
	"f3449893288c5545442e64920996e5a417c9e215dd61cbf22c7423cc690692a6c0a8ee18cd2b775607d509c150217ead571b0451ef2d6fa23c7bc6968583ff9f",
};

static uint8_t pattern[PATTERN];

static int make_pattern(void **state)
{
	(void)state;
	for (size_t i = 0; i < PATTERN; i++)
		pattern[i] = (uint8_t)(i * 7);
	return 0;
}

static void assert_hex(const uint8_t *bytes, size_t length, const char *expected)
{
	struct buffer hex = { 0 };
	buffer_hex(&hex, bytes, length);
	assert_string_equal(buffer_string(&hex), expected);
	buffer_free(&hex);
}

static void assert_digests(struct hasher *h, const char *const *expected)
{
	for (size_t i = 0; i < 4; i++)
		assert_hex(hasher_digest(h, kinds[i]), hash_length(kinds[i]), expected[i]);
}

static void hash_of_nothing_and_abc_is_the_standards(void **state)
{
	(void)state;
	struct hasher *h = hasher_new(ALL);
	hasher_finish(h);
	assert_digests(h, of_nothing);
	hasher_start(h);
	hasher_update(h, "abc", 3);
	hasher_finish(h);
	assert_digests(h, of_abc);
	hasher_free(h);
}

static void hash_does_not_depend_on_how_the_bytes_come(void **state)
{
	(void)state;
	static const size_t steps[] = { PATTERN, 1, 63, 64, 4095, 32767, 32768, 32769, 65536 };
	struct hasher *h = hasher_new(ALL);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		hasher_start(h);
		for (size_t at = 0; at < PATTERN; at += steps[i])
			hasher_update(h, pattern + at, PATTERN - at < steps[i] ? PATTERN - at : steps[i]);
		hasher_update(h, NULL, 0);
		hasher_finish(h);
		assert_digests(h, of_pattern);
	}
	hasher_free(h);
}

static void hash_start_forgets_an_unfinished_message(void **state)
{
	(void)state;
	struct hasher *h = hasher_new(ALL);
	hasher_update(h, pattern, PATTERN);
	hasher_start(h);
	hasher_update(h, "abc", 3);
	hasher_finish(h);
	hasher_finish(h);
	assert_digests(h, of_abc);
	hasher_free(h);
}

static void hash_gives_only_what_is_in_the_set_and_finished(void **state)
{
	(void)state;
	for (unsigned set = 0; set <= ALL; set++) {
		struct hasher *h = hasher_new(set);
		hasher_update(h, "abc", 3);
		for (size_t i = 0; i < 4; i++)
			assert_null(hasher_digest(h, kinds[i]));
		hasher_finish(h);
		for (size_t i = 0; i < 4; i++) {
			if (set & kinds[i])
				assert_hex(hasher_digest(h, kinds[i]), hash_length(kinds[i]), of_abc[i]);
			else
				assert_null(hasher_digest(h, kinds[i]));
		}
		hasher_free(h);
	}
	hasher_free(NULL);
}

static void hash_two_hashers_do_not_meet(void **state)
{
	(void)state;
	struct hasher *a = hasher_new(ALL), *b = hasher_new(ALL);
	hasher_update(a, "a", 1);
	hasher_update(b, pattern, PATTERN);
	hasher_update(a, "bc", 2);
	hasher_finish(b);
	hasher_finish(a);
	assert_digests(a, of_abc);
	assert_digests(b, of_pattern);
	hasher_free(a);
	hasher_free(b);
}

static void hash_one_shot_sha256_agrees(void **state)
{
	(void)state;
	uint8_t digest[32];
	hash_sha256(NULL, 0, digest);
	assert_hex(digest, 32, of_nothing[2]);
	hash_sha256(pattern, PATTERN, digest);
	assert_hex(digest, 32, of_pattern[2]);
}

static void hash_names_and_lengths(void **state)
{
	(void)state;
	static const char *const names[] = { "md5", "sha1", "sha256", "sha512" };
	static const size_t lengths[] = { 16, 20, 32, 64 };
	for (size_t i = 0; i < 4; i++) {
		unsigned set = 0;
		assert_string_equal(hash_name(kinds[i]), names[i]);
		assert_int_equal(hash_length(kinds[i]), lengths[i]);
		assert_true(hash_set_parse(names[i], &set));
		assert_int_equal(set, kinds[i]);
	}
}

static void hash_set_is_read_or_left_alone(void **state)
{
	(void)state;
	unsigned set = 0;
	assert_true(hash_set_parse("sha256,md5", &set));
	assert_int_equal(set, HASH_SHA256 | HASH_MD5);
	assert_true(hash_set_parse("md5,md5", &set));
	assert_int_equal(set, HASH_MD5);
	static const char *const bad[] = { "", ",", "md5,", ",md5", "md", "md55", "MD5", "sha256, md5", "sha3" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(hash_set_parse(bad[i], &set));
		assert_int_equal(set, HASH_MD5);
	}
}

static void hash_checksums_are_the_standards(void **state)
{
	(void)state;
	assert_int_equal(hash_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(hash_crc32(0, pattern, PATTERN), 0x6ddc219a);
	assert_int_equal(hash_adler32(1, "Wikipedia", 9), 0x11e60398);
	assert_int_equal(hash_adler32(1, pattern, PATTERN), 0xfe9f948f);
}

static void hash_checksums_go_on_from_their_seed(void **state)
{
	(void)state;
	assert_int_equal(hash_crc32(hash_crc32(0, pattern, 777), pattern + 777, PATTERN - 777), 0x6ddc219a);
	assert_int_equal(hash_adler32(hash_adler32(1, pattern, 777), pattern + 777, PATTERN - 777), 0xfe9f948f);
	assert_int_equal(hash_crc32(0x12345678, NULL, 0), 0x12345678);
	assert_int_equal(hash_crc32c("123456789", 9, SIZE_MAX), 0xe3069283);
	assert_int_equal(hash_crc32c("123456789", 9, 2), hash_crc32c("12\0\0\0\0" "789", 9, SIZE_MAX));
	assert_int_equal(hash_adler32(0x12345678, NULL, 0), 0x12345678);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_of_nothing_and_abc_is_the_standards),
		cmocka_unit_test(hash_does_not_depend_on_how_the_bytes_come),
		cmocka_unit_test(hash_start_forgets_an_unfinished_message),
		cmocka_unit_test(hash_gives_only_what_is_in_the_set_and_finished),
		cmocka_unit_test(hash_two_hashers_do_not_meet),
		cmocka_unit_test(hash_one_shot_sha256_agrees),
		cmocka_unit_test(hash_names_and_lengths),
		cmocka_unit_test(hash_set_is_read_or_left_alone),
		cmocka_unit_test(hash_checksums_are_the_standards),
		cmocka_unit_test(hash_checksums_go_on_from_their_seed),
	};
	return cmocka_run_group_tests(tests, make_pattern, NULL);
}
