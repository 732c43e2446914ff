/* SPDX-License-Identifier: Apache-2.0 */
/* aff.c: images built in memory: pages in each form, damage between segments, what is not read. */
#include <libdeflate.h>

#include "tests/unit/image_harness.h"

extern const struct format format_aff;

enum { PAGE = 1024, PACKED = 1, ZEROS = 0x31, LZMA = 0x21 };

static void put_u32(struct buffer *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buffer_byte(b, (uint8_t)(v >> shift));
}

static void segment(struct image *i, const char *name, uint32_t flags, const void *data, size_t length)
{
	buffer_append(&i->bytes, "AFF", 4);
	put_u32(&i->bytes, (uint32_t)strlen(name));
	put_u32(&i->bytes, (uint32_t)length);
	put_u32(&i->bytes, flags);
	buffer_text(&i->bytes, name);
	buffer_append(&i->bytes, data, length);
	buffer_append(&i->bytes, "ATT", 4);
	put_u32(&i->bytes, (uint32_t)(24 + strlen(name) + length));
}

static void page(struct image *i, const char *name, uint8_t byte)
{
	uint8_t bytes[PAGE];
	memset(bytes, byte, sizeof bytes);
	segment(i, name, 0, bytes, sizeof bytes);
}

static void page_packed(struct image *i, const char *name, uint8_t byte, uint32_t flags)
{
	uint8_t bytes[PAGE], packed[PAGE];
	memset(bytes, byte, sizeof bytes);
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	segment(i, name, flags, packed, libdeflate_zlib_compress(c, bytes, sizeof bytes, packed, sizeof packed));
	libdeflate_free_compressor(c);
}

static struct image *image_new(uint32_t pages)
{
	struct image *i = memory_new(sizeof *i);
	struct buffer size = { 0 };
	buffer_append(&i->bytes, "AFF10\r\n", 8);
	segment(i, "pagesize", PAGE, "", 0);
	put_u32(&size, pages * PAGE);
	put_u32(&size, 0);
	segment(i, "imagesize", 2, size.data, size.length);
	buffer_free(&size);
	return i;
}

static unsigned at(struct image *i, unsigned number) { return image_at(i, (uint64_t)number * PAGE); }        /* the first byte of a page */

static void pages_of_all_forms_make_the_disk(void **state)
{
	(void)state;
	struct image *i = image_new(5);
	page(i, "page3", 'd');
	page_packed(i, "page0", 'a', PACKED);
	segment(i, "page1", ZEROS, "\0\0\4\0", 4);
	page(i, "page4", 'x');
	page(i, "seg2", 'c');
	page(i, "page4", 'e');                  /* written again later: that one counts */
	segment(i, "md5", 0, "0123456789abcdef", 16);
	assert_true(image_open(i, &format_aff));
	assert_int_equal(i->media->size, 5 * PAGE);
	static const unsigned want[] = { 'a', 0, 'c', 'd', 'e' };
	for (unsigned n = 0; n < 5; n++)
		assert_int_equal(at(i, n), want[n]);
	assert_string_equal(i->said, "");
	image_free(i);
}

static void damage_costs_its_pages(void **state)
{
	(void)state;
	struct image *i = image_new(5);
	page(i, "page0", 'a');
	size_t hit = i->bytes.length;
	page(i, "page1", 'b');
	page(i, "page2", 'c');
	page_packed(i, "page3", 'd', PACKED);
	i->bytes.data[i->bytes.length - 20] ^= 0xff;
	page_packed(i, "page4", 'e', LZMA);
	i->bytes.data[hit + 5] ^= 1;
	assert_true(image_open(i, &format_aff));
	assert_string_equal(i->said, "damage:aff.segment ");
	static const unsigned want[] = { 'a', 256, 'c', 256, 256 };
	for (unsigned n = 0; n < 5; n++)
		assert_int_equal(at(i, n), want[n]);
	assert_string_equal(i->said, "damage:aff.segment damage:aff.page damage:aff.page damage:aff.page ");
	image_free(i);
	/* cut off within a page */
	i = image_new(2);
	page(i, "page0", 'a');
	page(i, "page1", 'b');
	i->bytes.length -= 100;
	assert_true(image_open(i, &format_aff));
	assert_int_equal(i->media->size, PAGE);
	assert_string_equal(i->said, "damage:aff.segment damage:aff.size ");
	image_free(i);
}

static void what_is_no_disk_is_refused(void **state)
{
	(void)state;
	struct image *i = image_new(1);
	page(i, "page0/aes256", 'x');
	assert_false(image_open(i, &format_aff));
	assert_string_equal(i->said, "unsupported:aff.open ");
	image_free(i);
	i = image_new(1);                       /* no page at all */
	assert_true(image_open(i, &format_aff));
	assert_int_equal(i->media->size, PAGE);
	assert_int_equal(at(i, 0), 256);
	image_free(i);
	i = image_new(0);
	assert_false(image_open(i, &format_aff));
	assert_string_equal(i->said, "damage:aff.open ");
	image_free(i);
	i = image_new(1);
	segment(i, "pagesize", UINT32_MAX, "", 0);
	assert_false(image_open(i, &format_aff));
	assert_string_equal(i->said, "damage:aff.open ");
	image_free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_all_forms_make_the_disk),
		cmocka_unit_test(damage_costs_its_pages),
		cmocka_unit_test(what_is_no_disk_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
