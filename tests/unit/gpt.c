/* SPDX-License-Identifier: Apache-2.0 */
/* gpt.c: GUID partition tables built in memory: primary and backup, sums, both sector sizes, claims that lead nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "format/format.h"

extern const struct format format_gpt;

enum { BYTES = 4 << 20, ENTRIES = 128, ENTRY = 128 };

struct media {
	uint8_t bytes[BYTES];
	struct source *source;
	struct reporter report;
	char kinds[1024];
	uint32_t sector;
};

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)class, (void)step, (void)offset, (void)length, (void)message;
	struct media *m = (struct media *)(void *)((char *)r - offsetof(struct media, report));
	strncat(m->kinds, kind, sizeof m->kinds - strlen(m->kinds) - 2);
	strncat(m->kinds, " ", 2);
}

static void put(uint8_t *at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t last(const struct media *m)
{
	return BYTES / m->sector - 1;
}

static uint8_t *entry_at(struct media *m, uint64_t table, unsigned index)
{
	return m->bytes + table * m->sector + index * ENTRY;
}

static void partition(uint8_t *entry, uint64_t first, uint64_t end, const char *name)
{
	static const uint8_t basic[16] = { 0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7 };
	memcpy(entry, basic, 16);
	memset(entry + 16, 0x11, 16);
	put(entry + 32, first, 8);
	put(entry + 40, end, 8);
	for (size_t i = 0; name[i]; i++)
		entry[56 + 2 * i] = (uint8_t)name[i];
}

static void header(struct media *m, uint64_t at, uint64_t other, uint64_t table)
{
	uint8_t *h = m->bytes + at * m->sector;
	memcpy(h, "EFI PART", 8);
	put(h + 8, 0x10000, 4);
	put(h + 12, 92, 4);
	put(h + 16, 0, 4);
	put(h + 24, at, 8);
	put(h + 32, other, 8);
	put(h + 40, 34, 8);
	put(h + 48, last(m) - 33, 8);
	put(h + 72, table, 8);
	put(h + 80, ENTRIES, 4);
	put(h + 84, ENTRY, 4);
	put(h + 88, hash_crc32(0, m->bytes + table * m->sector, ENTRIES * ENTRY), 4);
	put(h + 16, hash_crc32(0, h, 92), 4);
}

static struct media *media_new(uint32_t sector)
{
	struct media *m = memory_new(sizeof *m);
	m->sector = sector;
	m->source = source_of_memory(m->bytes, sizeof m->bytes, false);
	m->report.error = on_error;
	uint64_t table = ENTRIES * ENTRY / sector, tables[2] = { 2, last(m) - table };
	for (int i = 0; i < 2; i++) {
		partition(entry_at(m, tables[i], 0), 100, 199, "Basic");
		partition(entry_at(m, tables[i], 4), 300, 399, "");
	}
	header(m, 1, last(m), tables[0]);
	header(m, last(m), 1, tables[1]);
	return m;
}

static void media_free(struct media *m)
{
	source_close(m->source);
	free(m);
}

static unsigned bid(struct media *m)
{
	struct probe p = { .source = m->source, .head = m->bytes, .head_length = PROBE_HEAD };
	return format_gpt.probe(&p);
}

static const char *listed(struct media *m)
{
	static char steps[4096];
	struct opening o = { .source = m->source, .report = &m->report };
	m->kinds[0] = steps[0] = 0;
	struct container *c = format_open(&format_gpt, &o);
	struct node n;
	while (c && format_gpt.next(c, &n) == 1) {
		strcat(steps, n.step);
		strcat(steps, " ");
	}
	format_close(c);
	return steps;
}

static const char ALL[] = "gpt:@0-99 gpt:1 gpt:@200-299 gpt:5 gpt:@400-8191 ";

static void partitions_are_numbered_by_their_entry(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	assert_true(bid(m) > 100);
	assert_string_equal(listed(m), ALL);
	assert_string_equal(m->kinds, "");
	struct opening o = { .source = m->source, .report = &m->report };
	struct container *c = format_open(&format_gpt, &o);
	struct locator_step first = { .name = { "1", 1 } }, fifth = { .name = { "5", 1 } };
	struct node n;
	assert_true(format_gpt.find(c, &first, &n));
	assert_int_equal(n.name.length, 5);
	assert_memory_equal(n.name.bytes, "Basic", 5);
	assert_string_equal(n.flags[0], "type:ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
	assert_true(n.size == 100 * 512 && n.range_offset == 100 * 512);
	assert_true(format_gpt.find(c, &fifth, &n));
	assert_memory_equal(n.name.bytes, "Microsoft basic data", 20);  /* no name of its own: the type's */
	format_close(c);
	media_free(m);
}

static void the_backup_is_found_when_the_primary_is_wiped(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	memset(m->bytes + 512, 0, 33 * 512);
	assert_true(bid(m) > 64);
	assert_string_equal(listed(m), ALL);
	assert_string_equal(m->kinds, "gpt.header ");
	media_free(m);
}

static void the_backup_of_the_disk_is_not_that_of_the_area_before_it(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	struct source *gap = source_window(m->source, 400 * 512, m->source->size - 400 * 512);
	assert_int_equal(format_gpt.probe(&(struct probe){ .source = gap, .head = m->bytes + 400 * 512, .head_length = PROBE_HEAD }), 0);
	source_close(gap);
	media_free(m);
}

static void a_wrong_sum_of_entries_leads_to_the_backup(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	put(entry_at(m, 2, 0) + 32, 150, 8);
	assert_string_equal(listed(m), ALL);
	assert_string_equal(m->kinds, "gpt.entries ");
	media_free(m);
}

static void two_wrong_sums_are_told_and_the_primary_is_read(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	m->bytes[512 + 56] ^= 1;
	m->bytes[last(m) * 512 + 56] ^= 1;
	assert_string_equal(listed(m), ALL);
	assert_string_equal(m->kinds, "gpt.header gpt.header ");
	media_free(m);
}

static void sectors_of_4096_bytes_are_tried(void **state)
{
	(void)state;
	struct media *m = media_new(4096);
	assert_true(bid(m) > 64);
	assert_string_equal(listed(m), "gpt:@0-99 gpt:1 gpt:@200-299 gpt:5 gpt:@400-1023 ");
	media_free(m);
}

static void entries_that_end_before_they_start_are_damage(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	put(entry_at(m, 2, 0) + 40, 50, 8);
	header(m, 1, last(m), 2);
	assert_string_equal(listed(m), "gpt:@0-299 gpt:5 gpt:@400-8191 ");
	assert_string_equal(m->kinds, "gpt.entry ");
	media_free(m);
}

static void claims_of_the_largest_numbers_end(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	put(entry_at(m, 2, 0) + 32, UINT64_MAX - 1, 8);
	put(entry_at(m, 2, 0) + 40, UINT64_MAX - 1, 8);
	header(m, 1, last(m), 2);
	put(m->bytes + 512 + 80, UINT32_MAX, 4);
	listed(m);
	put(m->bytes + 512 + 72, UINT64_MAX / 512, 8);
	listed(m);
	put(m->bytes + 512 + 84, 0, 4);
	listed(m);
	media_free(m);
}

static void nothing_is_no_gpt(void **state)
{
	(void)state;
	struct media *m = media_new(512);
	memset(m->bytes, 0, sizeof m->bytes);
	assert_int_equal(bid(m), 0);
	assert_string_equal(listed(m), "");
	assert_string_equal(m->kinds, "gpt.header ");
	media_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partitions_are_numbered_by_their_entry),
		cmocka_unit_test(the_backup_is_found_when_the_primary_is_wiped),
		cmocka_unit_test(the_backup_of_the_disk_is_not_that_of_the_area_before_it),
		cmocka_unit_test(a_wrong_sum_of_entries_leads_to_the_backup),
		cmocka_unit_test(two_wrong_sums_are_told_and_the_primary_is_read),
		cmocka_unit_test(sectors_of_4096_bytes_are_tried),
		cmocka_unit_test(entries_that_end_before_they_start_are_damage),
		cmocka_unit_test(claims_of_the_largest_numbers_end),
		cmocka_unit_test(nothing_is_no_gpt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
