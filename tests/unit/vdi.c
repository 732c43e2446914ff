/* SPDX-License-Identifier: Apache-2.0 */
/* vdi.c: images built in memory: blocks that are there, zeros, elsewhere, in a parent; headers that can't be true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

extern const struct format format_vdi;

enum { BLOCK = 4096, BLOCKS = 5, MAP = 512, DATA = 1024, SIZE = DATA + 2 * BLOCK };

struct image {
	uint8_t bytes[SIZE];
	struct source *source, *media;
	struct container *container;
	struct reporter report;
	char said[1024];
};

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length, (void)message;
	struct image *i = (struct image *)(void *)((char *)r - offsetof(struct image, report));
	size_t n = strlen(i->said);
	snprintf(i->said + n, sizeof i->said - n, "%s:%s ", class, kind);
}

static void put(struct image *i, size_t at, uint64_t v, size_t bytes)
{
	for (size_t k = 0; k < bytes; k++)
		i->bytes[at + k] = (uint8_t)(v >> 8 * k);
}

static struct image *image_new(uint32_t type)
{
	struct image *i = memory_new(sizeof *i);
	i->report.error = on_error;
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
	memset(i->bytes + DATA, 'a', BLOCK);
	memset(i->bytes + DATA + BLOCK, 'b', BLOCK);
	return i;
}

static bool image_open(struct image *i)
{
	struct node n;
	i->source = source_of_memory(i->bytes, sizeof i->bytes, false);
	i->container = format_open(&format_vdi, &(struct opening){ .source = i->source, .report = &i->report });
	if (i->container && format_vdi.next(i->container, &n) == 1)
		i->media = format_content(i->container, &n);
	return i->media;
}

static void image_free(struct image *i)
{
	source_close(i->media);
	format_close(i->container);
	source_close(i->source);
	free(i);
}

/* The last byte of a block, 256: unreadable. */
static unsigned at(struct image *i, unsigned number)
{
	uint8_t byte = 1;
	bool taint = false;
	source_read_at(i->media, (uint64_t)(number + 1) * BLOCK - 1, &byte, 1, &taint);
	return taint ? 256 : byte;
}

static void blocks_are_where_the_map_says(void **state)
{
	(void)state;
	static const unsigned types[] = { 1, 4 };
	for (size_t t = 0; t < 2; t++) {
		struct image *i = image_new(types[t]);
		assert_true(image_open(i));
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
	assert_true(image_open(i));
	assert_int_equal(i->media->size, (uint64_t)(SIZE - MAP) / 4 * BLOCK);
	assert_string_equal(i->said, "damage:vdi.size ");
	image_free(i);
	static const struct { size_t at; uint64_t value; } rows[] = { { 0x44, 0x20000 }, { 0x178, 0 }, { 0x178, 1000 }, { 0x178, UINT32_MAX }, { 0x17c, UINT32_MAX } };
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		i = image_new(1);
		put(i, rows[k].at, rows[k].value, 4);
		assert_false(image_open(i));
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
