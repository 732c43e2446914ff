/* SPDX-License-Identifier: Apache-2.0 */
/* vdi.c: images built in memory: blocks that are there, zeros, elsewhere, in a parent; headers that can't be true. */
#include "tests/unit/image_harness.h"

extern const struct format format_vdi;

enum { BLOCK = 4096, BLOCKS = 5, MAP = 512, DATA = 1024, SIZE = DATA + 2 * BLOCK };

static void put(struct image *i, size_t at, uint64_t v, size_t bytes)
{
	for (size_t k = 0; k < bytes; k++)
		i->bytes.data[at + k] = (uint8_t)(v >> 8 * k);
}

static struct image *image_new(uint32_t type)
{
	struct image *i = memory_new(sizeof *i);
	memset(buffer_reserve(&i->bytes, SIZE), 0, SIZE);
	i->bytes.length = SIZE;
	put(i, 0x40, 0xbeda107f, 4);
	put(i, 0x44, 0x10001, 4);
	put(i, 0x4c, type, 4);
	put(i, 0x154, MAP, 4);
	put(i, 0x158, DATA, 4);
	put(i, 0x170, BLOCKS * BLOCK, 8);
	put(i, 0x178, BLOCK, 4);
	put(i, 0x180, BLOCKS, 4);
	static const uint32_t map[BLOCKS] = { 1, UINT32_MAX, UINT32_MAX - 1, 0, 77 };
	for (size_t k = 0; k < BLOCKS; k++)
		put(i, MAP + 4 * k, map[k], 4);
	memset(i->bytes.data + DATA, 'a', BLOCK);
	memset(i->bytes.data + DATA + BLOCK, 'b', BLOCK);
	return i;
}

static unsigned at(struct image *i, unsigned number) { return image_at(i, (uint64_t)(number + 1) * BLOCK - 1); }        /* the last byte of a block */

static void blocks_are_where_the_map_says(void **state)
{
	(void)state;
	static const unsigned types[] = { 1, 4 };
	for (size_t t = 0; t < 2; t++) {
		struct image *i = image_new(types[t]);
		assert_true(image_open(i, &format_vdi));
		const unsigned want[] = { 'b', types[t] == 4 ? 256 : 0, 0, 'a', 256 };
		for (unsigned n = 0; n < BLOCKS; n++)
			assert_int_equal(at(i, n), want[n]);
		assert_string_equal(i->said, types[t] == 4 ? "missing:vdi.parent damage:vdi.block " : "damage:vdi.block ");
		image_free(i);
	}
}

static void a_header_is_not_believed_beyond_its_file(void **state)
{
	(void)state;
	struct image *i = image_new(1);
	put(i, 0x170, UINT64_MAX, 8);
	put(i, 0x180, UINT32_MAX, 4);
	assert_true(image_open(i, &format_vdi));
	assert_int_equal(i->media->size, (uint64_t)(SIZE - MAP) / 4 * BLOCK);
	assert_string_equal(i->said, "damage:vdi.size ");
	image_free(i);
	static const struct { size_t at; uint64_t value; } rows[] = { { 0x44, 0x20000 }, { 0x178, 0 }, { 0x178, 1000 }, { 0x178, UINT32_MAX }, { 0x17c, UINT32_MAX } };
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		i = image_new(1);
		put(i, rows[k].at, rows[k].value, 4);
		assert_false(image_open(i, &format_vdi));
		assert_string_equal(i->said, "damage:vdi.open ");
		image_free(i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_where_the_map_says),
		cmocka_unit_test(a_header_is_not_believed_beyond_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
