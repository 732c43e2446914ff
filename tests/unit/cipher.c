/* SPDX-License-Identifier: Apache-2.0 */
/* cipher.c: sector ciphers against the vectors of IEEE 1619, PBKDF2 against RFC 6070, splitting against its reverse, reads that begin and end anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/crypt/cipher.h"

static void xts_gives_the_standard_s_vector(void **state)
{
	(void)state;
	/* IEEE 1619-2007, vectors 1 and 2: both with units of 32 bytes */
	static const uint8_t key2[32] = { 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
		0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22 };
	uint8_t text[32] = { 0xc4, 0x54, 0x18, 0x5e, 0x6a, 0x16, 0x93, 0x6e, 0x39, 0x33, 0x40, 0x38, 0xac, 0xef, 0x83, 0x8b,
		0xfb, 0x18, 0x6f, 0xff, 0x74, 0x80, 0xad, 0xc4, 0x28, 0x93, 0x82, 0xec, 0xd6, 0xd3, 0x94, 0xf0 };
	const char *why;
	struct sector_cipher *c = sector_cipher_new("aes-xts-plain64", key2, sizeof key2, &why);
	assert_non_null(c);
	sector_cipher_decrypt(c, UINT64_C(0x3333333333), text, sizeof text, sizeof text);
	for (size_t i = 0; i < sizeof text; i++)
		assert_int_equal(text[i], 0x44);
	sector_cipher_free(c);
}

static void the_tweak_counts_sectors_of_512_bytes(void **state)
{
	(void)state;
	const uint8_t key[32] = { 1, 2, 3 };
	const char *why;
	static const char *const names[] = { "aes-cbc-plain", "aes-cbc-plain64", "aes-cbc-essiv:sha256", "aes-xts-plain64", "aes-xts-plain64be" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		uint8_t a[8192] = { 0 }, b[8192] = { 0 };
		struct sector_cipher *c = sector_cipher_new(names[i], key, sizeof key, &why);
		assert_non_null(c);
		sector_cipher_decrypt(c, 3, a, sizeof a, 4096);
		sector_cipher_decrypt(c, 11, b + 4096, 4096, 4096);
		assert_memory_equal(a + 4096, b + 4096, 4096);
		assert_memory_not_equal(a, b + 4096, 16);
		sector_cipher_free(c);
	}
}

static void what_is_not_a_cipher_says_why(void **state)
{
	(void)state;
	const uint8_t key[64] = { 1 };
	const char *why = NULL;
	assert_null(sector_cipher_new("serpent-xts-plain64", key, 64, &why));
	assert_non_null(why);
	assert_null(sector_cipher_new("aes-xts-plain64", key, 16, &why));
	assert_null(sector_cipher_new("aes-cbc-plain", key, 33, &why));
	assert_null(sector_cipher_new("", key, 32, &why));
}

static void pbkdf2_gives_rfc_6070(void **state)
{
	(void)state;
	static const uint8_t want[20] = { 0x4b, 0x00, 0x79, 0x01, 0xb7, 0x65, 0x48, 0x9a, 0xbe, 0xad, 0x49, 0xd9, 0x26, 0xf7, 0x21, 0xd0, 0x65, 0xa4, 0x29, 0xc1 };
	uint8_t out[20];
	assert_true(pbkdf2("sha1", (const uint8_t *)"password", 8, (const uint8_t *)"salt", 4, 4096, out, sizeof out));
	assert_memory_equal(out, want, sizeof out);
	assert_false(pbkdf2("nothing", (const uint8_t *)"password", 8, (const uint8_t *)"salt", 4, 4096, out, sizeof out));
	assert_false(pbkdf2("sha1", (const uint8_t *)"password", 8, (const uint8_t *)"salt", 4, 0, out, sizeof out));
}

static void merge_undoes_split(void **state)
{
	(void)state;
	static const size_t lengths[] = { 16, 20, 32, 33, 64, 1 };
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		for (uint32_t stripes = 1; stripes < 50; stripes += 7) {
			uint8_t key[64], back[64], *blocks = memory_new(lengths[i] * stripes);
			for (size_t k = 0; k < sizeof key; k++)
				key[k] = (uint8_t)(k * 7 + i);
			for (size_t k = 0; k < lengths[i] * (stripes - 1); k++)
				blocks[k] = (uint8_t)(k * 31 + stripes);
			assert_true(af_split(key, lengths[i], stripes, i % 2 ? "sha1" : "sha256", blocks));
			assert_true(af_merge(blocks, lengths[i], stripes, i % 2 ? "sha1" : "sha256", back));
			assert_memory_equal(key, back, lengths[i]);
			blocks[0] ^= 1;
			assert_true(af_merge(blocks, lengths[i], stripes, i % 2 ? "sha1" : "sha256", back));
			assert_memory_not_equal(key, back, lengths[i]);
			free(blocks);
		}
	assert_false(af_merge((const uint8_t *)"x", 1, 1, "nothing", (uint8_t[1]){ 0 }));
}

/* Adds to each byte the number of its sector: a read that takes a wrong one shows. */
static void mark(void *owner, uint64_t at, uint8_t *bytes, size_t length)
{
	size_t sector = *(size_t *)owner;
	assert_int_equal(at % sector, 0);
	assert_int_equal(length % sector, 0);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(bytes[i] + (at + i) / sector);
}

static void reads_begin_and_end_anywhere(void **state)
{
	(void)state;
	enum { SIZE = 300000, FROM = 4096 };
	uint8_t *bytes = memory_new(SIZE + FROM), *got = memory_new(SIZE);
	size_t sector = 4096;
	struct source *below = source_of_memory(bytes, SIZE + FROM, false), *s = source_decrypted(below, FROM, UINT64_MAX, sector, mark, &sector);
	assert_int_equal(s->size, SIZE);
	for (uint64_t at = 0; at < SIZE; at += 7919)
		for (size_t n = 1; n < SIZE; n = n * 5 + 1) {
			bool taint = false;
			size_t want = n < SIZE - at ? n : (size_t)(SIZE - at);
			assert_int_equal(source_read_at(s, at, got, n, &taint), want);
			assert_false(taint);
			assert_int_equal(got[0], (uint8_t)(at / sector));
			assert_int_equal(got[want - 1], (uint8_t)((at + want - 1) / sector));
		}
	source_close(s);
	source_close(below);
	free(bytes);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xts_gives_the_standard_s_vector),
		cmocka_unit_test(the_tweak_counts_sectors_of_512_bytes),
		cmocka_unit_test(what_is_not_a_cipher_says_why),
		cmocka_unit_test(pbkdf2_gives_rfc_6070),
		cmocka_unit_test(merge_undoes_split),
		cmocka_unit_test(reads_begin_and_end_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
