/* SPDX-License-Identifier: Apache-2.0 */
/* mbr.c: DOS partition tables built in memory: numbering, gaps, chains that loop or break, what must not be taken for a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

extern const struct format format_mbr;

enum { SECTOR = 512, SECTORS = 4096 };

struct media {
	uint8_t bytes[SECTORS * SECTOR];
	struct source *source;
	struct reporter report;
	unsigned errors;
	char kinds[1024];
};

static struct media *media_of(struct reporter *r)
{
	return (struct media *)(void *)((char *)r - offsetof(struct media, report));
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)class, (void)step, (void)offset, (void)length, (void)message;
	struct media *m = media_of(r);
	m->errors++;
	strncat(m->kinds, kind, sizeof m->kinds - strlen(m->kinds) - 2);
	strncat(m->kinds, " ", 2);
}

static struct media *media_new(void)
{
	struct media *m = memory_new(sizeof *m);
	m->source = source_of_memory(m->bytes, sizeof m->bytes, false);
	m->report.error = on_error;
	return m;
}

static void media_free(struct media *m)
{
	source_close(m->source);
	free(m);
}

static void put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static void entry(struct media *m, uint32_t sector, unsigned slot, uint8_t status, uint8_t type, uint32_t start, uint32_t sectors)
{
	uint8_t *e = m->bytes + sector * SECTOR + 446 + slot * 16;
	e[0] = status;
	e[4] = type;
	put32(e + 8, start);
	put32(e + 12, sectors);
	m->bytes[sector * SECTOR + 510] = 0x55;
	m->bytes[sector * SECTOR + 511] = 0xaa;
}

static unsigned bid(struct media *m)
{
	struct probe p = { .source = m->source, .head = m->bytes, .head_length = PROBE_HEAD };
	return format_mbr.probe(&p);
}

/* All steps, separated by spaces. */
static const char *listed(struct media *m)
{
	static char steps[4096];
	struct opening o = { .source = m->source, .report = &m->report };
	struct container *c = format_open(&format_mbr, &o);
	struct node n;
	steps[0] = 0;
	while (c && format_mbr.next(c, &n) == 1) {
		strcat(steps, n.step);
		strcat(steps, " ");
	}
	format_close(c);
	return steps;
}

static void primaries_keep_their_slot_and_gaps_are_given(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 1, 0x80, 0x07, 1000, 500);
	entry(m, 0, 3, 0, 0x83, 100, 100);
	assert_true(bid(m) >= 40);
	assert_string_equal(listed(m), "mbr:@0-99 mbr:4 mbr:@200-999 mbr:2 mbr:@1500-4095 ");
	assert_int_equal(m->errors, 0);
	media_free(m);
}

static void a_partition_is_a_range_of_the_media(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0x80, 0x07, 64, 10);
	struct opening o = { .source = m->source, .report = &m->report };
	struct container *c = format_open(&format_mbr, &o);
	struct locator_step step = { .name = { "1", 1 } };
	struct node n;
	assert_true(format_mbr.find(c, &step, &n));
	assert_int_equal(n.kind, NODE_VOLUME);
	assert_string_equal(n.address, "64");
	assert_true(n.has_range && n.range_offset == 64 * SECTOR && n.range_length == 10 * SECTOR && n.size == 10 * SECTOR);
	assert_int_equal(n.content, CONTENT_EXTENTS);
	assert_int_equal(n.extent[0].offset, 64 * SECTOR);
	assert_memory_equal(n.name.bytes, "NTFS", 4);
	assert_string_equal(n.flags[0], "type:0x07");
	assert_string_equal(n.flags[1], "active");
	struct locator_step gap = { .name = { "@0-63", 5 } }, none = { .name = { "2", 1 } };
	assert_true(format_mbr.find(c, &gap, &n) && n.kind == NODE_UNALLOCATED);
	assert_false(format_mbr.find(c, &none, &n));
	format_close(c);
	media_free(m);
}

static void logical_partitions_count_from_five_in_chain_order(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x83, 10, 90);
	entry(m, 0, 1, 0, 0x05, 1000, 2000);
	entry(m, 1000, 0, 0, 0x83, 10, 100);            /* from this record */
	entry(m, 1000, 1, 0, 0x05, 500, 200);           /* from the start of the whole */
	entry(m, 1500, 0, 0, 0x82, 1, 50);
	assert_string_equal(listed(m), "mbr:@0-9 mbr:1 mbr:@100-1009 mbr:5 mbr:@1110-1500 mbr:6 mbr:@1551-4095 ");
	assert_int_equal(m->errors, 0);
	media_free(m);
}

static void a_looping_chain_ends_and_is_told(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x0f, 1000, 2000);
	entry(m, 1000, 0, 0, 0x83, 10, 100);
	entry(m, 1000, 1, 0, 0x05, 500, 200);
	entry(m, 1500, 0, 0, 0x83, 10, 100);
	entry(m, 1500, 1, 0, 0x05, 500, 200);
	assert_string_equal(listed(m), "mbr:@0-1009 mbr:5 mbr:@1110-1509 mbr:6 mbr:@1610-4095 ");
	assert_string_equal(m->kinds, "mbr.loop ");
	media_free(m);
}

static void a_broken_chain_is_told(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x05, 1000, 2000);
	entry(m, 1000, 0, 0, 0x83, 10, 100);
	entry(m, 1000, 1, 0, 0x05, 700, 200);           /* nothing there */
	listed(m);
	assert_string_equal(m->kinds, "mbr.extended ");
	media_free(m);
}

static void what_lies_beyond_the_media_is_told_and_cut(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x83, 4000, 1000);
	entry(m, 0, 1, 0, 0x83, 9000, 10);
	assert_string_equal(listed(m), "mbr:@0-3999 mbr:1 mbr:2 ");
	assert_string_equal(m->kinds, "mbr.beyond-end mbr.beyond-end ");
	struct opening o = { .source = m->source, .report = &m->report };
	struct container *c = format_open(&format_mbr, &o);
	struct locator_step step = { .name = { "1", 1 } };
	struct node n;
	assert_true(format_mbr.find(c, &step, &n));
	assert_int_equal(n.size, 96 * SECTOR);
	assert_int_equal(n.range_length, 1000 * SECTOR);
	format_close(c);
	media_free(m);
}

static void overlapping_partitions_are_told(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x83, 100, 100);
	entry(m, 0, 1, 0, 0x83, 150, 100);
	listed(m);
	assert_string_equal(m->kinds, "mbr.overlap ");
	media_free(m);
}

static void boot_sectors_are_no_tables(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0x83, 100, 100);
	assert_true(bid(m) > 0);
	memcpy(m->bytes + 3, "NTFS    ", 8);
	assert_int_equal(bid(m), 0);
	memcpy(m->bytes + 3, "EXFAT   ", 8);
	assert_int_equal(bid(m), 0);
	memcpy(m->bytes + 3, "-FVE-FS-", 8);
	assert_int_equal(bid(m), 0);
	/* a FAT parameter block: 512-byte sectors, 4 a cluster, 1 reserved, 2 FATs of 8, 512 root entries, 4096 sectors */
	static const uint8_t fat[] = { 0xeb, 0x3c, 0x90, 'm', 'k', 'f', 's', '.', 'f', 'a', 't', 0, 2, 4, 1, 0, 2, 0, 2, 0, 16, 0xf8, 8, 0 };
	memcpy(m->bytes, fat, sizeof fat);
	assert_int_equal(bid(m), 0);
	media_free(m);
}

static void implausible_tables_are_refused(void **state)
{
	(void)state;
	struct media *m = media_new();
	assert_int_equal(bid(m), 0);                            /* no signature */
	m->bytes[510] = 0x55, m->bytes[511] = 0xaa;
	assert_int_equal(bid(m), 0);                            /* no entry */
	entry(m, 0, 0, 0x12, 0x83, 100, 100);
	assert_int_equal(bid(m), 0);                            /* status is neither 0 nor 80 */
	entry(m, 0, 0, 0, 0x83, 0, 100);
	assert_int_equal(bid(m), 0);                            /* covers the table */
	entry(m, 0, 0, 0, 0x83, 100000, 100);
	assert_int_equal(bid(m), 0);                            /* nothing on the media */
	media_free(m);
}

static void a_protective_entry_yields_to_a_gpt(void **state)
{
	(void)state;
	struct media *m = media_new();
	entry(m, 0, 0, 0, 0xee, 1, 4095);
	assert_true(bid(m) > 0 && bid(m) < 32);
	assert_string_equal(listed(m), "mbr:@0-0 mbr:1 ");
	assert_string_equal(m->kinds, "gpt.header ");           /* opened as an MBR: there was no GPT */
	media_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(primaries_keep_their_slot_and_gaps_are_given),
		cmocka_unit_test(a_partition_is_a_range_of_the_media),
		cmocka_unit_test(logical_partitions_count_from_five_in_chain_order),
		cmocka_unit_test(a_looping_chain_ends_and_is_told),
		cmocka_unit_test(a_broken_chain_is_told),
		cmocka_unit_test(what_lies_beyond_the_media_is_told_and_cut),
		cmocka_unit_test(overlapping_partitions_are_told),
		cmocka_unit_test(boot_sectors_are_no_tables),
		cmocka_unit_test(implausible_tables_are_refused),
		cmocka_unit_test(a_protective_entry_yields_to_a_gpt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
