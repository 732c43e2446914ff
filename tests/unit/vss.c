/* SPDX-License-Identifier: Apache-2.0 */
/* vss.c: volumes with shadow copies built in memory: which bytes a copy has, and what damage does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/snapshot/vss.h"

extern const struct format format_vss;

enum { BLOCKS = 64, CATALOG = 40, OLD = 41, NEW = 44, HEADER = 0, LIST = 1, BITMAP = 2, FORWARD = 1, OVERLAY = 2, UNUSED = 4, HEADER_AT = 0x1e00 };

struct volume {
	uint8_t bytes[BLOCKS * VSS_BLOCK];
	unsigned entries[2];            /* in the list of each store */
	struct source *source;
	struct reporter report;
	char said[4096];
};

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)offset, (void)length, (void)message;
	struct volume *v = (struct volume *)(void *)((char *)r - offsetof(struct volume, report));
	size_t n = strlen(v->said);
	snprintf(v->said + n, sizeof v->said - n, "%s:%s:%s ", class, kind, step ? step : "-");
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *at_block(struct volume *v, unsigned block)
{
	return v->bytes + block * VSS_BLOCK;
}

static void header_put(uint8_t *at, enum vss_record record, uint64_t own)
{
	memcpy(at, vss_identifier, sizeof vss_identifier);
	put(at + 16, 1, 4);
	put(at + 20, record, 4);
	put(at + 32, own, 8);
}

static void block_put(struct volume *v, unsigned block, enum vss_record record)
{
	memset(at_block(v, block), 0, VSS_BLOCK);
	header_put(at_block(v, block), record, (uint64_t)block * VSS_BLOCK);
}

static void store_put(struct volume *v, unsigned entry, unsigned first, uint64_t created)
{
	uint8_t *copy = at_block(v, CATALOG) + VSS_HEADER + entry * 256, *places = copy + 128;
	put(copy, 2, 8);
	put(copy + 8, sizeof v->bytes, 8);
	put(copy + 16, first, 8);
	put(copy + 48, created, 8);
	put(places, 3, 8);
	put(places + 8, (first + LIST) * VSS_BLOCK, 8);
	put(places + 16, first, 8);
	put(places + 32, (first + HEADER) * VSS_BLOCK, 8);
	put(places + 48, (first + BITMAP) * VSS_BLOCK, 8);
	block_put(v, first + HEADER, VSS_STORE);
	put(at_block(v, first + HEADER) + VSS_HEADER + 16, first, 1);
	block_put(v, first + LIST, VSS_LIST);
	block_put(v, first + BITMAP, VSS_BITMAP);
}

/* Each block is full of its own number. Two copies, the newer one first in the catalog. */
static struct volume *volume_new(void)
{
	struct volume *v = test_malloc(sizeof *v);
	memset(v, 0, sizeof *v);
	for (unsigned b = 0; b < BLOCKS; b++)
		memset(at_block(v, b), (int)b, VSS_BLOCK);
	header_put(v->bytes + HEADER_AT, VSS_VOLUME, HEADER_AT);
	put(v->bytes + HEADER_AT + 48, CATALOG * VSS_BLOCK, 8);
	block_put(v, CATALOG, VSS_CATALOG);
	store_put(v, 0, NEW, 130300000000000000);
	store_put(v, 1, OLD, 130200000000000000);
	v->report.error = on_error;
	v->source = source_of_memory(v->bytes, sizeof v->bytes, false);
	return v;
}

static void entry_put(struct volume *v, unsigned store, uint64_t block, uint64_t relative, uint64_t kept, unsigned flags, uint32_t sectors)
{
	uint8_t *at = at_block(v, store + LIST) + VSS_HEADER + v->entries[store == NEW]++ * 32;
	put(at, block * VSS_BLOCK, 8);
	put(at + 8, relative * VSS_BLOCK, 8);
	put(at + 16, kept * VSS_BLOCK, 8);
	put(at + 24, flags, 4);
	put(at + 28, sectors, 4);
}

static struct container *volume_open(struct volume *v)
{
	return format_open(&format_vss, &(struct opening){ .source = v->source, .report = &v->report, .name = "" });
}

static void volume_free(struct volume *v, struct container *c)
{
	format_close(c);
	source_close(v->source);
	test_free(v);
}

static struct source *copy_open(struct container *c, const char *number)
{
	struct node n;
	memset(&n, 0, sizeof n);
	struct locator_step step = { .format = { "vss", 3 }, .name = { number, strlen(number) } };
	assert_true(c->format->find(c, &step, &n));
	return format_content(c, &n);
}

/* Number of a block of a copy, all of whose bytes must be alike. */
static int copy_block(struct source *s, unsigned block)
{
	static uint8_t bytes[VSS_BLOCK];
	bool taint = false;
	assert_int_equal(source_read_at(s, block * VSS_BLOCK, bytes, VSS_BLOCK, &taint), VSS_BLOCK);
	for (size_t i = 1; i < VSS_BLOCK; i++)
		assert_int_equal(bytes[i], bytes[0]);
	return taint ? -1 : bytes[0];
}

static void copies_are_listed_from_the_oldest_with_time_and_id(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct container *c = volume_open(v);
	struct node n;
	memset(&n, 0, sizeof n);
	assert_int_equal(c->format->next(c, &n), 1);
	assert_string_equal(n.step, "vss:1");
	assert_string_equal(n.address, "00000029-0000-0000-0000-000000000000");
	assert_int_equal(n.time[NODE_CRTIME].raw, 130200000000000000);
	assert_int_equal(n.size, sizeof v->bytes);
	assert_int_equal(c->format->next(c, &n), 1);
	assert_string_equal(n.step, "vss:2");
	assert_string_equal(n.address, "0000002c-0000-0000-0000-000000000000");
	assert_int_equal(c->format->next(c, &n), 0);
	assert_string_equal(v->said, "");
	volume_free(v, c);
}

static void a_number_that_is_no_copy_is_not_found(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct container *c = volume_open(v);
	static const char *const none[] = { "0", "3", "01", "x", "1x", "", "99999999999999999999999" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct node n;
		struct locator_step step = { .format = { "vss", 3 }, .name = { none[i], strlen(none[i]) } };
		assert_false(c->format->find(c, &step, &n));
	}
	volume_free(v, c);
}

static void a_block_that_was_written_over_is_read_from_where_it_was_kept(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	entry_put(v, OLD, 5, 0, 50, 0, 0);
	entry_put(v, NEW, 5, 0, 51, 0, 0);
	entry_put(v, NEW, 6, 0, 52, 0, 0);
	entry_put(v, NEW, 7, 0, 53, UNUSED, 0);
	struct container *c = volume_open(v);
	struct source *old = copy_open(c, "1"), *new = copy_open(c, "2");
	assert_int_equal(copy_block(old, 5), 50);
	assert_int_equal(copy_block(old, 6), 52);       /* what the newer copy kept is the older one's, too */
	assert_int_equal(copy_block(old, 7), 7);
	assert_int_equal(copy_block(new, 5), 51);
	assert_int_equal(copy_block(new, 4), 4);
	assert_true(vss_differs(old, 6));
	assert_false(vss_differs(old, 7));
	assert_ptr_equal(vss_live(old), v->source);
	assert_null(vss_live(v->source));
	uint8_t bytes[3 * VSS_BLOCK];                   /* across blocks of both kinds */
	assert_int_equal(source_read_at(new, 3 * VSS_BLOCK + 1, bytes, sizeof bytes, NULL), sizeof bytes);
	assert_int_equal(bytes[0], 3);
	assert_int_equal(bytes[2 * VSS_BLOCK - 2], 4);
	assert_int_equal(bytes[2 * VSS_BLOCK - 1], 51);
	assert_int_equal(bytes[3 * VSS_BLOCK - 1], 52);
	source_close(old);
	source_close(new);
	volume_free(v, c);
}

static void a_block_that_was_moved_is_looked_for_in_the_newer_copy(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	entry_put(v, OLD, 5, 9, 0, FORWARD, 0);
	entry_put(v, OLD, 8, 8, 0, FORWARD, 0);         /* to itself: says nothing */
	entry_put(v, OLD, 20, 21, 0, FORWARD, 0);
	entry_put(v, OLD, 21, 0, 54, 0, 0);             /* and then written over where it had moved to: is block 20 */
	entry_put(v, NEW, 9, 0, 52, 0, 0);
	entry_put(v, NEW, 10, 11, 0, FORWARD, 0);       /* no newer copy: on the volume */
	struct container *c = volume_open(v);
	struct source *old = copy_open(c, "1"), *new = copy_open(c, "2");
	assert_int_equal(copy_block(old, 5), 52);
	assert_int_equal(copy_block(old, 8), 8);
	assert_int_equal(copy_block(old, 20), 54);
	assert_int_equal(copy_block(old, 21), 21);
	assert_int_equal(copy_block(new, 10), 11);
	source_close(old);
	source_close(new);
	volume_free(v, c);
}

static void an_overlay_counts_for_its_sectors_and_its_own_copy_only(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	entry_put(v, NEW, 5, 0, 50, 0, 0);
	entry_put(v, NEW, 5, 0, 51, OVERLAY, 1 << 2);
	entry_put(v, NEW, 5, 0, 55, OVERLAY, 1u << 31);         /* extends the one that is there */
	struct container *c = volume_open(v);
	struct source *old = copy_open(c, "1"), *new = copy_open(c, "2");
	uint8_t bytes[VSS_BLOCK];
	source_read_at(new, 5 * VSS_BLOCK, bytes, sizeof bytes, NULL);
	for (unsigned sector = 0; sector < 32; sector++) {
		assert_int_equal(bytes[sector * VSS_SECTOR], sector == 2 || sector == 31 ? 51 : 50);
		assert_int_equal(bytes[sector * VSS_SECTOR + VSS_SECTOR - 1], bytes[sector * VSS_SECTOR]);
	}
	assert_int_equal(copy_block(old, 5), 50);
	source_close(old);
	source_close(new);
	volume_free(v, c);
}

static void what_was_free_reads_as_zeros_in_the_newest_copy_only(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	at_block(v, NEW + BITMAP)[VSS_HEADER + 1] = 1 << 2 | 1 << 3;    /* blocks 10, 11 */
	at_block(v, OLD + BITMAP)[VSS_HEADER + 1] = 1 << 2;
	entry_put(v, NEW, 11, 0, 50, 0, 0);
	struct container *c = volume_open(v);
	struct source *old = copy_open(c, "1"), *new = copy_open(c, "2");
	assert_int_equal(copy_block(new, 10), 0);
	assert_int_equal(copy_block(new, 11), 50);
	assert_int_equal(copy_block(old, 10), 10);
	assert_true(vss_differs(new, 10));
	source_close(old);
	source_close(new);
	volume_free(v, c);
}

static void a_copy_whose_data_lies_elsewhere_is_named_and_not_read(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	memset(at_block(v, CATALOG) + VSS_HEADER + 128, 0, 128);        /* where the newer one lies */
	struct container *c = volume_open(v);
	struct node n;
	memset(&n, 0, sizeof n);
	assert_string_equal(v->said, "missing:vss.outside:vss:2 ");
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(n.content, CONTENT_NONE);                      /* the older one needs it */
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(n.content, CONTENT_NONE);
	volume_free(v, c);
}

static void a_catalog_that_leads_back_to_itself_ends(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	put(at_block(v, CATALOG) + 40, CATALOG * VSS_BLOCK, 8);
	struct container *c = volume_open(v);
	struct node n;
	memset(&n, 0, sizeof n);
	assert_string_equal(v->said, "damage:vss.catalog:- ");
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(c->format->next(c, &n), 0);
	volume_free(v, c);
}

static void a_list_that_breaks_off_is_told_and_what_it_had_counts(void **state)
{
	(void)state;
	static const uint64_t bad[] = { (NEW + LIST) * VSS_BLOCK /* another copy's */, (OLD + LIST) * VSS_BLOCK, CATALOG * VSS_BLOCK, BLOCKS * VSS_BLOCK, UINT64_MAX, 12345 };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct volume *v = volume_new();
		entry_put(v, OLD, 5, 0, 50, 0, 0);
		put(at_block(v, OLD + LIST) + 40, bad[i], 8);
		struct container *c = volume_open(v);
		struct source *old = copy_open(c, "1");
		assert_int_equal(copy_block(old, 5), 50);
		assert_string_equal(v->said, "damage:vss.store:vss:1 ");
		source_close(old);
		volume_free(v, c);
	}
}

static void a_block_kept_beyond_the_end_is_tainted(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	entry_put(v, NEW, 5, 0, BLOCKS, 0, 0);
	entry_put(v, NEW, 6, 0, UINT64_MAX / VSS_BLOCK, 0, 0);
	entry_put(v, NEW, UINT64_MAX / VSS_BLOCK, 0, 50, 0, 0);
	struct container *c = volume_open(v);
	struct source *new = copy_open(c, "2");
	assert_int_equal(copy_block(new, 5), -1);
	assert_int_equal(copy_block(new, 6), -1);
	source_close(new);
	volume_free(v, c);
}

static void only_a_volume_with_a_catalog_is_recognised(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct probe p = { .source = v->source, .head = v->bytes, .head_length = PROBE_HEAD, .name = "" };
	assert_true(format_vss.probe(&p));
	struct container *c = volume_open(v);
	struct source *new = copy_open(c, "2");
	p.source = new;
	assert_false(format_vss.probe(&p));             /* a copy has the header, too */
	source_close(new);
	p.source = v->source;
	p.head_length = HEADER_AT + 50;
	assert_false(format_vss.probe(&p));
	p.head_length = PROBE_HEAD;
	put(v->bytes + HEADER_AT + 48, 0, 8);
	assert_false(format_vss.probe(&p));             /* switched on, and no copy made */
	volume_free(v, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_listed_from_the_oldest_with_time_and_id),
		cmocka_unit_test(a_number_that_is_no_copy_is_not_found),
		cmocka_unit_test(a_block_that_was_written_over_is_read_from_where_it_was_kept),
		cmocka_unit_test(a_block_that_was_moved_is_looked_for_in_the_newer_copy),
		cmocka_unit_test(an_overlay_counts_for_its_sectors_and_its_own_copy_only),
		cmocka_unit_test(what_was_free_reads_as_zeros_in_the_newest_copy_only),
		cmocka_unit_test(a_copy_whose_data_lies_elsewhere_is_named_and_not_read),
		cmocka_unit_test(a_catalog_that_leads_back_to_itself_ends),
		cmocka_unit_test(a_list_that_breaks_off_is_told_and_what_it_had_counts),
		cmocka_unit_test(a_block_kept_beyond_the_end_is_tainted),
		cmocka_unit_test(only_a_volume_with_a_catalog_is_recognised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
