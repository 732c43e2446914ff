/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "source/block_cache.h"
#include "source/evidence_name.h"
#include "source/source.h"

static const uint8_t letters[] = "abcdefghijklmnopqrstuvwxyz";

/* Counts reads, and says that bytes 10..11 are damaged. */
struct counting { struct source source; unsigned reads; uint64_t bytes; };

static void counting_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct counting *c = (struct counting *)s;
	c->reads++;
	c->bytes += length;
	memcpy(to, letters + offset, length);
	*taint |= offset < 12 && offset + length > 10;
}

static void counting_close(struct source *s)
{
	(void)s;
}

static const struct source_operations counting_operations = { counting_read_at, counting_close };

static struct counting counting_source(void)
{
	return (struct counting){ .source = { .operations = &counting_operations, .size = 26, .sector_size = 512 } };
}

static void expect(struct source *s, uint64_t offset, size_t length, const char *bytes, size_t got, bool tainted)
{
	uint8_t to[64];
	bool taint = false;
	memset(to, '#', sizeof to);
	assert_int_equal(source_read_at(s, offset, to, length, &taint), got);
	assert_memory_equal(to, bytes, got);
	assert_int_equal(to[got], '#');
	assert_int_equal(taint, tainted);
}

static void a_read_is_short_only_at_the_end(void **state)
{
	(void)state;
	struct source *s = source_of_memory(letters, 26, false);
	expect(s, 0, 3, "abc", 3, false);
	expect(s, 24, 10, "yz", 2, false);
	expect(s, 26, 10, "", 0, false);
	expect(s, UINT64_MAX, 10, "", 0, false);
	source_close(s);
	s = source_of_memory(memory_copy(letters, 26), 26, true);
	assert_int_equal(source_read_at(s, 25, (uint8_t[1]){ 0 }, 1, NULL), 1);
	source_close(s);
	s = source_of_memory(NULL, 0, false);
	expect(s, 0, 1, "", 0, false);
	source_close(s);
	source_close(NULL);
}

static void taint_is_set_and_never_cleared(void **state)
{
	(void)state;
	struct counting c = counting_source();
	bool taint = false;
	uint8_t to[26];
	source_read_at(&c.source, 0, to, 10, &taint);
	assert_false(taint);
	source_read_at(&c.source, 0, to, 11, &taint);
	assert_true(taint);
	source_read_at(&c.source, 0, to, 1, &taint);
	assert_true(taint);
	assert_int_equal(source_read_at(&c.source, 10, to, 1, NULL), 1);
}

static void parts_follow_each_other(void **state)
{
	(void)state;
	struct source *part[] = { source_of_memory("abc", 3, false), source_of_memory("", 0, false), source_of_memory("d", 1, false), source_of_memory("efgh", 4, false) };
	struct source *s = source_of_parts(part, 4);
	assert_int_equal(s->size, 8);
	assert_null(s->memory);
	expect(s, 0, 20, "abcdefgh", 8, false);
	expect(s, 3, 1, "d", 1, false);
	expect(s, 2, 3, "cde", 3, false);
	expect(s, 7, 2, "h", 1, false);
	source_close(s);
	s = source_of_parts(NULL, 0);
	expect(s, 0, 1, "", 0, false);
	source_close(s);
}

static void a_window_beyond_its_source_is_tainted_zeros(void **state)
{
	(void)state;
	struct source *below = source_of_memory(letters, 26, false), *s = source_window(below, 24, 4), *in = source_window(below, 1, 2), *out = source_window(below, UINT64_MAX - 1, 9);
	expect(s, 0, 4, "yz\0\0", 4, true);
	expect(s, 0, 2, "yz", 2, false);
	expect(in, 0, 9, "bc", 2, false);
	assert_ptr_equal(in->memory, letters + 1);
	expect(out, 5, 2, "\0\0", 2, true);
	source_close(s);
	source_close(in);
	source_close(out);
	source_close(below);
}

static void extents_give_a_file_from_its_runs(void **state)
{
	(void)state;
	struct source *below = source_of_memory(letters, 26, false);
	const struct extent run[] = {
		{ 20, 2, EXTENT_DATA }, { 0, 0, EXTENT_DATA }, { 99, 2, EXTENT_ZERO }, { 0, 3, EXTENT_DATA }, { 0, 1, EXTENT_UNREADABLE }, { 25, 3, EXTENT_DATA }, { 0, 1, EXTENT_DATA },
	};
	struct source *s = source_of_extents(below, run, 7, 14);
	expect(s, 0, 7, "uv\0\0abc", 7, false);
	expect(s, 4, 3, "abc", 3, false);
	expect(s, 0, 2, "uv", 2, false);
	expect(s, 7, 2, "\0z", 2, true);
	expect(s, 8, 1, "z", 1, false);
	expect(s, 9, 1, "\0", 1, true);         /* past the end of the source below */
	expect(s, 11, 1, "a", 1, false);
	expect(s, 11, 9, "a\0\0", 3, true);     /* the runs end before the file does */
	source_close(s);
	s = source_of_extents(below, run, 7, 3);        /* runs go on behind the end of the file */
	expect(s, 0, 9, "uv\0", 3, false);
	source_close(s);
	s = source_of_extents(below, &(struct extent){ 3, 5, EXTENT_DATA }, 1, 4);
	assert_ptr_equal(s->memory, letters + 3);
	source_close(s);
	s = source_of_extents(below, NULL, 0, 2);
	expect(s, 0, 2, "\0\0", 2, true);
	source_close(s);
	const struct extent huge[] = { { 0, UINT64_MAX, EXTENT_ZERO }, { 5, UINT64_MAX, EXTENT_DATA } };
	s = source_of_extents(below, huge, 2, UINT64_MAX);
	expect(s, UINT64_MAX - 2, 2, "\0\0", 2, false);
	source_close(s);
	source_close(below);
}

static void a_cached_source_reads_each_block_once(void **state)
{
	(void)state;
	struct counting c = counting_source();
	struct source *s = source_cached(&c.source, 4, 3);
	for (unsigned i = 0; i < 5; i++)
		expect(s, 12, 10, "mnopqrstuv", 10, false);
	assert_int_equal(c.reads, 3);
	expect(s, 24, 9, "yz", 2, false);
	assert_int_equal(c.reads, 4);
	expect(s, 17, 2, "rs", 2, false);
	assert_int_equal(c.reads, 4);
	source_close(s);
}

static void damage_in_a_cached_block_taints_only_its_own_bytes(void **state)
{
	(void)state;
	struct counting c = counting_source();
	struct source *s = source_cached(&c.source, 4, 3);
	for (unsigned i = 0; i < 2; i++) {
		expect(s, 8, 2, "ij", 2, false);
		expect(s, 9, 2, "jk", 2, true);
		expect(s, 6, 3, "ghi", 3, false);
	}
	source_close(s);
}

static void the_cache_forgets_what_was_used_longest_ago(void **state)
{
	(void)state;
	struct block_cache *c = block_cache_new(8, 4);
	bool *taint, was;
	for (uint64_t i = 0; i < 4; i++)
		memset(block_cache_add(c, i * 1000, &taint), (int)i, 8);
	*taint = true;
	assert_non_null(block_cache_find(c, 0, NULL));
	memset(block_cache_add(c, 7, &taint), 7, 8);
	assert_null(block_cache_find(c, 1000, NULL));
	assert_int_equal(block_cache_find(c, 0, &was)[7], 0);
	assert_false(was);
	assert_int_equal(block_cache_find(c, 3000, &was)[0], 3);
	assert_true(was);
	for (uint64_t i = 100; i < 1000; i++)
		memset(block_cache_add(c, i, &taint), (int)(i & 0xff), 8);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(block_cache_find(c, i, NULL) != NULL, i >= 996);
	block_cache_free(c);
	block_cache_free(NULL);
}

static void a_file_that_shrinks_gives_tainted_zeros(void **state)
{
	(void)state;
	char path[] = "/tmp/spoor-source-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, letters, 26), 26);
	struct source *s = source_of_descriptor(fd, 30);
	expect(s, 0, 26, (const char *)letters, 26, false);
	expect(s, 25, 9, "z\0\0\0\0", 5, true);
	expect(s, 0, 3, "abc", 3, false);
	expect(s, 27, 1, "\0", 1, true);
	source_close(s);
	close(fd);
	s = source_of_descriptor(-1, 10);       /* every read fails */
	expect(s, 0, 2, "\0\0", 2, true);
	source_close(s);
}

static void check_part(const char *first, uint64_t n, const char *wanted)
{
	struct buffer b = { 0 };
	buffer_text(&b, "dir/");
	bool has = evidence_name_part(&b, first, strlen(first), n);
	assert_int_equal(has, wanted != NULL);
	assert_string_equal(buffer_string(&b) + 4, wanted ? wanted : "");
	buffer_free(&b);
}

static void names_of_parts_follow_each_tools_rule(void **state)
{
	(void)state;
	check_part("a.E01", 0, "a.E01");
	check_part("a.E01", 1, "a.E02");
	check_part("a.E01", 98, "a.E99");
	check_part("a.E01", 99, "a.EAA");
	check_part("a.E01", 100, "a.EAB");
	check_part("a.E01", 99 + 26, "a.EBA");
	check_part("a.E01", 99 + 675, "a.EZZ");
	check_part("a.E01", 99 + 676, "a.FAA");
	check_part("a.E01", 99 + 22 * 676 - 1, "a.ZZZ");
	check_part("a.E01", 99 + 22 * 676, NULL);
	check_part("a.e01", 99, "a.eaa");
	check_part("a.e01", 99 + 22 * 676 - 1, "a.zzz");
	check_part("a.s01", 99, "a.saa");
	check_part("a.S01", 99 + 676, "a.TAA");
	check_part("a.L01", 1, "a.L02");
	check_part("a.Ex01", 98, "a.Ex99");
	check_part("a.Ex01", 99, "a.ExAA");
	check_part("a.Ex01", 99 + 676, "a.EyAA");
	check_part("a.Ex01", 99 + 3 * 676, NULL);
	check_part("a.001", 0, "a.001");
	check_part("a.001", 1, "a.002");
	check_part("a.001", 998, "a.999");
	check_part("a.001", 999, "a.1000");
	check_part("a.000", 1, "a.001");
	check_part("a.00001", 9, "a.00010");
	check_part("a.001", UINT64_MAX, NULL);
	check_part("a.aa", 1, "a.ab");
	check_part("a.aa", 26, "a.ba");
	check_part("a.aa", 675, "a.zz");
	check_part("a.aa", 676, NULL);
	check_part("a.raw", 0, "a.raw");
	check_part("a.raw", 1, NULL);
	check_part("a.E02", 0, NULL);
	check_part("a.b.E01", 2, "a.b.E03");
	check_part(".E01", 1, NULL);
	check_part("", 0, "");
	check_part("", 1, NULL);
	check_part("a.vmdk", 0, "a.vmdk");
	check_part("a.vmdk", 1, "a-flat.vmdk");
	check_part("a.vmdk", 2, "a-delta.vmdk");
	check_part("a.vmdk", 3, "a-s001.vmdk");
	check_part("a.vmdk", 6, "a-f002.vmdk");
	check_part("a-flat.vmdk", 1, NULL);
	check_part("a.qcow2", 1, NULL);
}

static void a_name_tells_whether_a_set_begins_with_it(void **state)
{
	(void)state;
	static const struct { const char *name; bool first; enum evidence_naming scheme; uint64_t number; } row[] = {
		{ "a.E01", true, NAMING_EWF, 0 }, { "a.E02", false, NAMING_EWF, 1 }, { "a.EAA", false, NAMING_EWF, 99 }, { "a.s01", true, NAMING_EWF, 0 }, { "a.e00", true, NAMING_SINGLE, 0 },
		{ "a.FAA", true, NAMING_SINGLE, 0 }, { "a.Ex02", false, NAMING_EWF2, 1 }, { "a.001", true, NAMING_NUMBERS, 1 }, { "a.000", true, NAMING_NUMBERS, 0 },
		{ "a.002", false, NAMING_NUMBERS, 2 }, { "a.01", true, NAMING_SINGLE, 0 }, { "a.aa", true, NAMING_LETTERS, 0 }, { "a.ab", false, NAMING_LETTERS, 1 },
		{ "a.gz", true, NAMING_SINGLE, 0 }, { "a.dd", true, NAMING_SINGLE, 0 }, { "a.img", true, NAMING_SINGLE, 0 }, { "dfvfs-bogus.001", true, NAMING_NUMBERS, 1 }, { "x", true, NAMING_SINGLE, 0 },
		{ "a.1234567890", true, NAMING_SINGLE, 0 }, { "a.vmdk", true, NAMING_VMDK, 0 }, { "a-flat.vmdk", false, NAMING_VMDK, 1 }, { "a-delta.vmdk", false, NAMING_VMDK, 2 },
		{ "a-s001.VMDK", false, NAMING_VMDK, 3 }, { "a-f001.vmdk", false, NAMING_VMDK, 4 }, { "a-s012.vmdk", false, NAMING_VMDK, 25 }, { "a-s000.vmdk", true, NAMING_VMDK, 0 },
		{ "a-000001.vmdk", true, NAMING_VMDK, 0 }, { "a-s1.vmdk", true, NAMING_VMDK, 0 }, { "-flat.vmdk", true, NAMING_VMDK, 0 }, { "a.vhdx", true, NAMING_IMAGE, 0 }, { "a.qcow2", true, NAMING_IMAGE, 0 },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint64_t number = 77;
		assert_int_equal(evidence_name_scheme(row[i].name, strlen(row[i].name), &number), row[i].scheme);
		assert_int_equal(number, row[i].number);
		assert_int_equal(evidence_name_is_first(row[i].name, strlen(row[i].name)), row[i].first);
	}
}

static void a_byte_is_followed_to_the_media(void **state)
{
	(void)state;
	static const struct extent runs[] = { { .offset = 50, .length = 10, .kind = EXTENT_DATA }, { .length = 5, .kind = EXTENT_ZERO }, { .offset = 20, .length = 10, .kind = EXTENT_DATA },
		{ .offset = 95, .length = 10, .kind = EXTENT_DATA } };
	uint8_t bytes[200] = { 0 };
	struct source *media = source_of_memory(bytes, sizeof bytes, false), *volume = source_window(media, 100, 100), *file = source_of_extents(volume, runs, 4, 35), *other = source_of_memory(bytes, 10, false);
	static const struct { uint64_t in, at; } there[] = { { 0, 150 }, { 9, 159 }, { 15, 120 }, { 24, 129 }, { 25, 195 } };
	static const uint64_t nowhere[] = { 10, 14, 30, 35, UINT64_MAX };
	for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
		uint64_t at = there[i].in;
		assert_true(source_offset_on(file, media, &at));
		assert_int_equal(at, there[i].at);
	}
	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
		assert_false(source_offset_on(file, media, &(uint64_t){ nowhere[i] }));
	assert_false(source_offset_on(file, other, &(uint64_t){ 0 }));
	assert_false(source_offset_on(file, NULL, &(uint64_t){ 0 }));   /* a file of a folder lies on no media */
	source_close(other);
	source_close(file);
	source_close(volume);
	source_close(media);
}

static void a_later_part_leads_to_the_first(void **state)
{
	(void)state;
	static const struct { const char *name; unsigned way; const char *first; } row[] = {
		{ "a.E02", 0, "a.E01" }, { "a.e99", 0, "a.e01" }, { "a.EAA", 0, "a.E01" }, { "b.s03", 0, "b.s01" }, { "a.Ex02", 0, "a.Ex01" }, { "a.002", 0, "a.000" }, { "a.002", 1, "a.001" },
		{ "a.001", 0, "a.000" }, { "a.001", 1, NULL }, { "a.0010", 1, "a.0001" }, { "x.ab", 0, "x.aa" }, { "x.ab", 1, NULL }, { "a.E01", 0, NULL }, { "a.000", 0, NULL }, { "a.img", 0, NULL },
		{ "a-s002.vmdk", 0, "a.vmdk" }, { "a-000001-delta.vmdk", 0, "a-000001.vmdk" }, { "a-flat.vmdk", 1, NULL }, { "a.vmdk", 0, NULL }, { "a.vhd", 0, NULL },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct buffer b = { 0 };
		assert_int_equal(evidence_name_first(&b, row[i].name, strlen(row[i].name), row[i].way), row[i].first != NULL);
		assert_string_equal(buffer_string(&b), row[i].first ? row[i].first : "");
		buffer_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_is_short_only_at_the_end),
		cmocka_unit_test(taint_is_set_and_never_cleared),
		cmocka_unit_test(parts_follow_each_other),
		cmocka_unit_test(a_window_beyond_its_source_is_tainted_zeros),
		cmocka_unit_test(extents_give_a_file_from_its_runs),
		cmocka_unit_test(a_cached_source_reads_each_block_once),
		cmocka_unit_test(damage_in_a_cached_block_taints_only_its_own_bytes),
		cmocka_unit_test(the_cache_forgets_what_was_used_longest_ago),
		cmocka_unit_test(a_file_that_shrinks_gives_tainted_zeros),
		cmocka_unit_test(names_of_parts_follow_each_tools_rule),
		cmocka_unit_test(a_name_tells_whether_a_set_begins_with_it),
		cmocka_unit_test(a_byte_is_followed_to_the_media),
		cmocka_unit_test(a_later_part_leads_to_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
