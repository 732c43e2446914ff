/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs.c: the pieces of the NTFS reader on bytes built here: update sequences, attributes, run lists, LZNT1. Whole volumes are compared with fls in
 * tests/oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/fs/ntfs.h"
#include "tests/unit/lzx_sample.h"

extern const struct format format_ntfs;

static struct ntfs_volume volume(void)
{
	return (struct ntfs_volume){ .sector_size = 512, .cluster_size = 4096, .record_size = 1024, .index_size = 4096, .clusters = 1000, .records = 100 };
}

/* A record with its update sequence in place: value 7, the words that it hides 0x1111 and 0x2222. */
static void record_make(uint8_t record[1024])
{
	memset(record, 0, 1024);
	memcpy(record, "FILE", 4);
	record[4] = 48;
	record[6] = 3;
	record[16] = 5;                 /* sequence */
	record[20] = 56;                /* first attribute */
	record[22] = 1;
	record[48] = 7;
	record[50] = record[51] = 0x11;
	record[52] = record[53] = 0x22;
	record[510] = record[1022] = 7;
	memset(record + 56, 0xff, 4);
}

static void an_update_sequence_is_undone(void **state)
{
	(void)state;
	uint8_t record[1024];
	record_make(record);
	assert_int_equal(ntfs_record_fix(record, sizeof record), NTFS_RECORD_GOOD);
	assert_true(record[510] == 0x11 && record[511] == 0x11 && record[1022] == 0x22 && record[1023] == 0x22);
}

static void a_torn_sector_is_told_and_the_rest_kept(void **state)
{
	(void)state;
	uint8_t record[1024];
	record_make(record);
	record[1022] = 6;
	assert_int_equal(ntfs_record_fix(record, sizeof record), NTFS_RECORD_TORN);
	assert_true(record[510] == 0x11 && record[1022] == 6);
}

static void what_is_no_record_is_left_alone(void **state)
{
	(void)state;
	uint8_t record[1024] = { 0 };
	assert_int_equal(ntfs_record_fix(record, sizeof record), NTFS_RECORD_NONE);
	record_make(record);
	record[4] = 0xff, record[5] = 0xff;     /* update sequence outside */
	assert_int_equal(ntfs_record_fix(record, sizeof record), NTFS_RECORD_NONE);
	record_make(record);
	record[6] = 200;                        /* more words than sectors */
	assert_int_equal(ntfs_record_fix(record, sizeof record), NTFS_RECORD_NONE);
}

static void attributes_stop_at_the_first_that_does_not_fit(void **state)
{
	(void)state;
	uint8_t record[1024];
	struct arena a = { 0 };
	struct ntfs_entry e = { 0 };
	record_make(record);
	uint8_t *x = record + 56;
	memset(x, 0, 100);
	x[0] = 0x10, x[4] = 32, x[16] = 8, x[20] = 24, x[24] = 'v';             /* resident, value of 8 bytes at 24 */
	x += 32;
	x[0] = 0x30, x[4] = 24, x[16] = 200, x[20] = 24;                        /* value beyond the attribute: cut */
	x += 24;
	x[0] = 0x80, x[5] = 0xff;                                               /* longer than the record */
	ntfs_record_parse(record, sizeof record, &e, &a);
	assert_int_equal(e.sequence, 5);
	assert_int_equal(e.attributes, 2);
	assert_int_equal(e.attribute[0].value_length, 8);
	assert_int_equal(e.attribute[0].value[0], 'v');
	assert_int_equal(e.attribute[1].value_length, 0);
	assert_true(e.incomplete);
	arena_free(&a);
}

static bool runs_of(const uint8_t *bytes, size_t length, struct ntfs_run **run, size_t *runs, struct arena *a)
{
	struct ntfs_volume v = volume();
	struct ntfs_attribute attribute = { .runs = bytes, .runs_length = length };
	return ntfs_runs_parse(&v, &attribute, a, run, runs);
}

static void runs_step_forth_and_back(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0x21, 8, 0x2c, 1, 0x11, 4, 0x9c, 0x01, 16, 0x11, 1, 1, 0 };    /* +300, -100, hole, +1 */
	struct arena a = { 0 };
	struct ntfs_run *run;
	size_t runs;
	assert_true(runs_of(bytes, sizeof bytes, &run, &runs, &a));
	assert_int_equal(runs, 4);
	assert_true(run[0].lcn == 300 && run[0].count == 8 && run[0].vcn == 0);
	assert_true(run[1].lcn == 200 && run[1].count == 4 && run[1].vcn == 8);
	assert_true(run[2].hole && run[2].count == 16 && run[2].vcn == 12);
	assert_true(run[3].lcn == 201 && run[3].vcn == 28);
	arena_free(&a);
}

static void bad_runs_end_the_list_and_are_told(void **state)
{
	(void)state;
	static const uint8_t outside[] = { 0x21, 8, 0x2c, 1, 0x21, 8, 0xff, 0x7f, 0 }, before[] = { 0x11, 1, 0xff, 0 }, empty[] = { 0x11, 0, 5, 0 };
	static const uint8_t wide[] = { 0x99, 1, 2, 3 }, cut[] = { 0x44, 1, 2 };
	struct arena a = { 0 };
	struct ntfs_run *run;
	size_t runs;
	assert_false(runs_of(outside, sizeof outside, &run, &runs, &a));
	assert_int_equal(runs, 1);
	assert_false(runs_of(before, sizeof before, &run, &runs, &a));
	assert_false(runs_of(empty, sizeof empty, &run, &runs, &a));
	assert_false(runs_of(wide, sizeof wide, &run, &runs, &a));
	assert_false(runs_of(cut, sizeof cut, &run, &runs, &a));
	assert_int_equal(runs, 0);
	arena_free(&a);
}

static void extents_know_holes_and_what_was_never_written(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0x11, 2, 10, 0x01, 2, 0x11, 2, 10, 0 };
	struct ntfs_volume v = volume();
	struct arena a = { 0 };
	struct ntfs_attribute attribute = { .type = NTFS_DATA, .runs = bytes, .runs_length = sizeof bytes, .size = 6 * 4096 - 100, .initialised = 5 * 4096,
		.allocated = 6 * 4096 };
	struct ntfs_entry e = { .attribute = &attribute, .attributes = 1 };
	struct extent *x;
	size_t n;
	ntfs_stream_extents(&v, &e, &attribute, "ntfs:/x", &a, &x, &n);
	assert_int_equal(n, 4);
	assert_true(x[0].kind == EXTENT_DATA && x[0].offset == 10 * 4096 && x[0].length == 2 * 4096);
	assert_true(x[1].kind == EXTENT_ZERO && x[1].length == 2 * 4096);
	assert_true(x[2].kind == EXTENT_DATA && x[2].offset == 20 * 4096 && x[2].length == 4096);
	assert_true(x[3].kind == EXTENT_ZERO && x[3].length == 4096 - 100);
	arena_free(&a);
}

static void a_missing_piece_is_unreadable(void **state)
{
	(void)state;
	static const uint8_t first[] = { 0x11, 2, 10, 0 }, third[] = { 0x11, 2, 40, 0 };
	struct ntfs_volume v = volume();
	struct arena a = { 0 };
	struct ntfs_attribute piece[2] = {
		{ .type = NTFS_DATA, .first_vcn = 4, .runs = third, .runs_length = sizeof third },
		{ .type = NTFS_DATA, .runs = first, .runs_length = sizeof first, .size = 6 * 4096, .initialised = 6 * 4096, .allocated = 6 * 4096 },
	};
	struct ntfs_entry e = { .attribute = piece, .attributes = 2 };
	struct extent *x;
	size_t n;
	ntfs_stream_extents(&v, &e, &piece[1], "ntfs:/x", &a, &x, &n);
	assert_int_equal(n, 3);
	assert_true(x[1].kind == EXTENT_UNREADABLE && x[1].length == 2 * 4096);
	assert_true(x[2].kind == EXTENT_DATA && x[2].offset == 40 * 4096);
	arena_free(&a);
}

/* [MS-XCA] 3.2, the standard's own example. */
static void lznt1_expands_the_example_of_the_standard(void **state)
{
	(void)state;
	static const uint8_t packed[] = { 0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10, 0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20,
		0x44, 0x00, 0x08, 0x45, 0x01, 0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4, 0x02, 0x4a, 0x44, 0xef, 0x03, 0x58, 0x02,
		0x8c, 0x09, 0x16, 0x01, 0x48, 0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00 };
	static const char plain[] = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D";
	uint8_t out[4096];
	bool damaged = false;
	ntfs_lznt1(packed, sizeof packed, out, sizeof out, &damaged);
	assert_false(damaged);
	assert_memory_equal(out, plain, sizeof plain - 1);
	assert_int_equal(out[sizeof plain], 0);
}

static void lznt1_damage_costs_one_chunk(void **state)
{
	(void)state;
	/* a chunk whose first token points before its start, then one stored as it is */
	uint8_t packed[2 + 3 + 2 + 4096] = { 0x02, 0xb0, 0x01, 0xff, 0xff, 0xff, 0x3f }, out[2 * 4096];
	memset(packed + 7, 'x', 4096);
	bool damaged = false;
	assert_int_equal(ntfs_lznt1(packed, sizeof packed, out, sizeof out, &damaged), sizeof out);
	assert_true(damaged);
	assert_true(out[0] == 0 && out[4095] == 0 && out[4096] == 'x' && out[8191] == 'x');
}

static void boot_sectors_with_odd_geometry_are_refused(void **state)
{
	(void)state;
	uint8_t boot[512] = { 0 };
	struct ntfs_volume v;
	uint64_t mft, mirror;
	memcpy(boot + 3, "NTFS    ", 8);
	boot[12] = 2;           /* 512 */
	boot[13] = 8;
	boot[41] = 0x80;        /* 32,768 sectors */
	boot[48] = 4;
	boot[56] = 2;
	boot[64] = 0xf6;
	boot[68] = 1;
	assert_true(ntfs_boot_parse(&v, boot, &mft, &mirror));
	assert_true(v.cluster_size == 4096 && v.record_size == 1024 && v.index_size == 4096 && mft == 4 * 4096 && mirror == 2 * 4096 && v.clusters == 4096);
	boot[13] = 0xf4;        /* 2^12 sectors: 2 MiB */
	boot[48] = 0;
	assert_true(ntfs_boot_parse(&v, boot, &mft, &mirror) && v.cluster_size == 2 << 20);
	boot[13] = 0xf3;
	assert_false(ntfs_boot_parse(&v, boot, &mft, &mirror));
	boot[13] = 3;
	assert_false(ntfs_boot_parse(&v, boot, &mft, &mirror));
	boot[13] = 8;
	boot[64] = 0;
	assert_false(ntfs_boot_parse(&v, boot, &mft, &mirror));
	boot[64] = 0xf6;
	boot[55] = 0x7f;        /* $MFT outside */
	assert_false(ntfs_boot_parse(&v, boot, &mft, &mirror));
}

/* ---- a whole volume of 256 KiB: the boot sector, a $MFT of 32 records at cluster 4 */

enum { VOLUME = 256 << 10, MFT_AT = 4 * 4096, RECORDS = 32, RECORD = 1024, FILE_RECORD = 24, DIRECTORY_RECORD = 25, GONE_RECORD = 26 };

struct media { uint8_t bytes[VOLUME]; struct source *source; struct reporter report; char said[512]; };

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length;
	struct media *m = (struct media *)(void *)((char *)r - offsetof(struct media, report));
	size_t n = strlen(m->said);
	snprintf(m->said + n, sizeof m->said - n, "%s:%s:%s;", class, kind, message);
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t reference(uint64_t number, uint64_t sequence)
{
	return number | sequence << 48;
}

/* An empty record; attributes are appended at the place that its field "bytes used" names. */
static uint8_t *record_begin_at(struct media *m, unsigned number, uint16_t flags, uint16_t sequence)
{
	uint8_t *r = m->bytes + MFT_AT + number * RECORD;
	memcpy(r, "FILE", 4);
	put(r + 4, 48, 2);
	put(r + 6, 3, 2);
	put(r + 16, sequence, 2);
	put(r + 18, 1, 2);
	put(r + 20, 56, 2);
	put(r + 22, flags, 2);
	put(r + 24, 56, 4);
	put(r + 28, RECORD, 4);
	put(r + 44, number, 4);
	put(r + 56, 0xffffffff, 4);
	return r;
}

/* Bytes for an attribute of `length`; ids count. */
static uint8_t *attribute_add(uint8_t *r, uint32_t type, size_t length)
{
	uint8_t *a = r + (r[24] | r[25] << 8);
	length = (length + 7) / 8 * 8;
	put(a, type, 4);
	put(a + 4, length, 4);
	put(a + 14, r[40]++, 2);
	put(r + 24, (size_t)(a - r) + length, 4);
	put(a + length, 0xffffffff, 4);
	return a;
}

/* Returns where its value goes. name: ASCII, may be empty. */
static uint8_t *resident_add(uint8_t *r, uint32_t type, const char *name, size_t length)
{
	size_t units = strlen(name), at = (24 + 2 * units + 7) / 8 * 8;
	uint8_t *a = attribute_add(r, type, at + length);
	a[9] = (uint8_t)units;
	put(a + 10, 24, 2);
	put(a + 16, length, 4);
	put(a + 20, at, 2);
	for (size_t i = 0; i < units; i++)
		a[24 + 2 * i] = (uint8_t)name[i];
	return a + at;
}

/* A stream of `size` bytes in one run of clusters. */
static void stream_add(uint8_t *r, uint8_t cluster, uint8_t clusters, uint64_t size)
{
	uint8_t *a = attribute_add(r, NTFS_DATA, 72);
	a[8] = 1;
	put(a + 24, clusters - 1u, 8);
	put(a + 32, 64, 2);
	put(a + 40, clusters * 4096u, 8);
	put(a + 48, size, 8);
	put(a + 56, size, 8);
	a[64] = 0x11, a[65] = clusters, a[66] = cluster;
}

static size_t file_name_put(uint8_t *v, uint64_t parent, const char *name, bool directory)
{
	put(v, parent, 8);
	for (size_t i = 8; i < 40; i += 8)
		put(v + i, UINT64_C(0x01d9000000000000), 8);
	put(v + 56, directory ? 0x10000000 : 0x20, 4);
	v[64] = (uint8_t)strlen(name);
	v[65] = NTFS_NAMESPACE_WIN32;
	for (size_t i = 0; name[i]; i++)
		v[66 + 2 * i] = (uint8_t)name[i];
	return 66 + 2 * strlen(name);
}

static void file_name_add(uint8_t *r, uint64_t parent, const char *name)
{
	file_name_put(resident_add(r, NTFS_FILE_NAME, "", 66 + 2 * strlen(name)), parent, name, r[22] & NTFS_DIRECTORY);
}

struct entry { uint64_t reference; const char *name; bool directory; };

static void index_add(uint8_t *r, uint64_t parent, const struct entry *entry, size_t entries)
{
	uint8_t index[512] = { 0 };
	size_t at = 32;
	for (size_t i = 0; i < entries; i++) {
		uint8_t *e = index + at;
		size_t key = file_name_put(e + 16, parent, entry[i].name, entry[i].directory), length = (16 + key + 7) / 8 * 8;
		put(e, entry[i].reference, 8);
		put(e + 8, length, 2);
		put(e + 10, key, 2);
		at += length;
	}
	put(index + at + 8, 16, 2);
	put(index + at + 12, 2, 4);
	at += 16;
	put(index, NTFS_FILE_NAME, 4);
	put(index + 4, 1, 4);
	put(index + 8, 4096, 4);
	put(index + 12, 1, 1);
	put(index + 16, 16, 4);
	put(index + 20, at - 16, 4);
	put(index + 24, at - 16, 4);
	memcpy(resident_add(r, NTFS_INDEX_ROOT, "$I30", at), index, at);
}

/* With a boot sector and $MFT; the records come after it, and `volume_seal` last. */
static struct media *volume_begin(void)
{
	struct media *m = memory_new(sizeof *m);
	memcpy(m->bytes + 3, "NTFS    ", 8);
	put(m->bytes + 11, 512, 2);
	m->bytes[13] = 8;
	put(m->bytes + 40, VOLUME / 512, 8);
	put(m->bytes + 48, 4, 8);
	put(m->bytes + 56, 2, 8);
	m->bytes[64] = 0xf6;
	m->bytes[68] = 1;
	m->bytes[510] = 0x55, m->bytes[511] = 0xaa;
	uint8_t *r = record_begin_at(m, 0, NTFS_IN_USE, 1);
	file_name_add(r, reference(NTFS_ROOT, 5), "$MFT");
	stream_add(r, 4, RECORDS * RECORD / 4096, RECORDS * RECORD);
	return m;
}

static struct container *volume_seal(struct media *m)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		uint8_t *r = m->bytes + MFT_AT + i * RECORD;
		if (memcmp(r, "FILE", 4))
			continue;
		put(r + 48, 7, 2);
		for (unsigned sector = 0; sector < 2; sector++) {
			memcpy(r + 50 + 2 * sector, r + 510 + 512 * sector, 2);
			put(r + 510 + 512 * sector, 7, 2);
		}
	}
	m->source = source_of_memory(m->bytes, VOLUME, false);
	m->report.error = on_error;
	struct container *c = format_open(&format_ntfs, &(struct opening){ .source = m->source, .report = &m->report, .list_deleted = true });
	assert_non_null(c);
	return c;
}

static void volume_end(struct media *m, struct container *c)
{
	format_close(c);
	source_close(m->source);
	free(m);
}

/* Every node is found again by its step, with the same parent. */
static unsigned all_found(struct media *m)
{
	struct container *c = volume_seal(m), *again = format_open(&format_ntfs, &(struct opening){ .source = m->source });
	struct node n, found;
	unsigned count = 0;
	while (format_ntfs.next(c, &n) > 0) {
		struct buffer text = { 0 };
		struct locator l;
		buffer_format(&text, "x::%s", n.step);
		assert_null(locator_parse(&l, buffer_string(&text), text.length));
		if (!format_ntfs.find(again, &l.step[0], &found))
			fail_msg("not found: %s", n.step);
		assert_string_equal(found.step, n.step);
		assert_true(found.has_size == n.has_size && found.size == n.size);
		assert_true(!n.parent == !found.parent);
		if (n.parent)
			assert_string_equal(found.parent, n.parent);
		count += n.kind != NODE_VIRTUAL;
		buffer_free(&text);
	}
	assert_string_equal(m->said, "");
	format_close(again);
	volume_end(m, c);
	return count;
}

static void a_name_without_letters_is_found_by_its_address(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5), directory = reference(DIRECTORY_RECORD, 1);
	struct media *m = volume_begin();
	uint8_t *r = record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5);
	index_add(r, root, (struct entry[]){ { directory, "", true }, { reference(0, 1), "$MFT", false } }, 2);
	r = record_begin_at(m, DIRECTORY_RECORD, NTFS_IN_USE | NTFS_DIRECTORY, 1);
	file_name_add(r, root, "");
	index_add(r, directory, &(struct entry){ reference(FILE_RECORD, 1), "a", false }, 1);
	r = record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1);
	file_name_add(r, directory, "a");
	assert_int_equal(all_found(m), 3);
}

static void a_name_in_a_deleted_directory_says_the_parent_that_can_be_opened(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5), directory = reference(DIRECTORY_RECORD, 1);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, &(struct entry){ reference(0, 1), "$MFT", false }, 1);
	uint8_t *r = record_begin_at(m, DIRECTORY_RECORD, NTFS_DIRECTORY, 2);
	file_name_add(r, root, "d");
	index_add(r, directory, &(struct entry){ reference(GONE_RECORD, 3), "gone", false }, 1);
	assert_int_equal(all_found(m), 3);
}

/* In the listing and when it is found: flagged where the directory's record was given to another file, not where it is just deleted. */
static void an_orphan_says_that_its_parents_record_was_used_again(void **state)
{
	(void)state;
	for (unsigned reused = 0; reused < 2; reused++) {
		const uint64_t root = reference(NTFS_ROOT, 5);
		struct media *m = volume_begin();
		index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, &(struct entry){ reference(0, 1), "$MFT", false }, 1);
		file_name_add(record_begin_at(m, DIRECTORY_RECORD, reused ? NTFS_IN_USE : NTFS_DIRECTORY, reused ? 7 : 2), root, "d");
		file_name_add(record_begin_at(m, GONE_RECORD, 0, 4), reference(DIRECTORY_RECORD, 1), "loot.zip");
		struct container *c = volume_seal(m);
		struct node n;
		unsigned seen = 0;
		while (format_ntfs.next(c, &n) > 0)
			if (n.name.length == 8 && memcmp(n.name.bytes, "loot.zip", 8) == 0) {
				bool flagged = false;
				for (size_t i = 0; i < n.flag_count; i++)
					flagged |= !strcmp(n.flags[i], "parent-reused");
				assert_int_equal(flagged, reused);
				assert_int_equal(n.orphan, reused);
				seen++;
			}
		assert_int_equal(seen, 1);
		volume_end(m, c);
	}
}

static void the_mirror_leads_where_the_first_record_is_damaged(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, (struct entry[]){ { reference(0, 1), "$MFT", false }, { reference(FILE_RECORD, 1), "kept.txt", false } }, 2);
	file_name_add(record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1), root, "kept.txt");
	format_close(volume_seal(m));
	memcpy(m->bytes + 2 * 4096, m->bytes + MFT_AT, RECORD);
	memset(m->bytes + MFT_AT, 0, RECORD);
	struct container *c = format_open(&format_ntfs, &(struct opening){ .source = m->source, .report = &m->report, .list_deleted = true });
	assert_non_null(c);
	assert_non_null(strstr(m->said, "ntfs.mft"));
	struct node n;
	unsigned kept = 0;
	while (format_ntfs.next(c, &n) > 0)
		kept += n.name.length == 8 && memcmp(n.name.bytes, "kept.txt", 8) == 0;
	assert_int_equal(kept, 1);
	format_close(c);
	memset(m->bytes + 2 * 4096, 0, RECORD);
	assert_null(format_open(&format_ntfs, &(struct opening){ .source = m->source, .report = &m->report, .list_deleted = true }));
	source_close(m->source);
	free(m);
}

/* In the listing and when it is found: the record is no file of its own. */
static void a_name_of_an_extension_record_has_no_size(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, (struct entry[]){ { reference(GONE_RECORD, 1), "x", false }, { reference(0, 1), "$MFT", false } }, 2);
	uint8_t *r = record_begin_at(m, GONE_RECORD, NTFS_IN_USE, 1);
	put(r + 32, reference(FILE_RECORD, 1), 8);
	resident_add(r, NTFS_DATA, "", 5);
	assert_int_equal(all_found(m), 2);
}

static void a_name_that_the_index_gives_to_another_record_is_found_by_its_address(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, (struct entry[]){ { reference(GONE_RECORD, 1), "a", false }, { reference(0, 1), "$MFT", false } }, 2);
	file_name_add(record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1), root, "a");
	assert_int_equal(all_found(m), 3);
}

static void an_exact_name_in_a_record_alone_comes_before_an_indexed_one_in_other_case(void **state)
{
	(void)state;
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, (struct entry[]){ { reference(GONE_RECORD, 1), "A", false }, { reference(0, 1), "$MFT", false } }, 2);
	file_name_add(record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1), root, "a");
	file_name_add(record_begin_at(m, GONE_RECORD, NTFS_IN_USE, 1), root, "A");
	assert_int_equal(all_found(m), 3);
}

static void a_file_packed_with_lzx_comes_out(void **state)
{
	(void)state;
	static const uint8_t reparse[24] = { 0x17, 0, 0, 0x80, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1 };
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, &(struct entry){ reference(FILE_RECORD, 1), "a", false }, 1);
	uint8_t *r = record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1), want[512], made[LZX_PLAIN];
	file_name_add(r, root, "a");
	stream_add(r, 20, 1, lzx_plain(want));
	memcpy(resident_add(r, NTFS_DATA, "WofCompressedData", sizeof lzx_packed), lzx_packed, sizeof lzx_packed);
	memcpy(resident_add(r, NTFS_REPARSE_POINT, "", sizeof reparse), reparse, sizeof reparse);
	struct container *c = volume_seal(m);
	struct node n;
	assert_true(format_ntfs.find(c, &(struct locator_step){ .name = { "/a", 2 } }, &n));
	struct source *s = format_content(c, &n);
	bool taint = false;
	assert_non_null(s);
	assert_int_equal(source_read_at(s, 0, made, sizeof made, &taint), LZX_PLAIN);
	assert_false(taint);
	assert_memory_equal(made, want, LZX_PLAIN);
	assert_string_equal(m->said, "");
	source_close(s);
	volume_end(m, c);
}

static void a_packed_file_without_its_stream_is_told_once(void **state)
{
	(void)state;
	static const uint8_t reparse[24] = { 0x17, 0, 0, 0x80, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0 };
	const uint64_t root = reference(NTFS_ROOT, 5);
	struct media *m = volume_begin();
	index_add(record_begin_at(m, NTFS_ROOT, NTFS_IN_USE | NTFS_DIRECTORY, 5), root, &(struct entry){ reference(FILE_RECORD, 1), "a", false }, 1);
	uint8_t *r = record_begin_at(m, FILE_RECORD, NTFS_IN_USE, 1);
	file_name_add(r, root, "a");
	stream_add(r, 20, 2, 5000);
	memcpy(resident_add(r, NTFS_REPARSE_POINT, "", sizeof reparse), reparse, sizeof reparse);
	struct container *c = volume_seal(m);
	struct node n;
	assert_true(format_ntfs.find(c, &(struct locator_step){ .name = { "/a", 2 } }, &n));
	assert_int_equal(n.content, CONTENT_COMPUTED);
	assert_null(format_content(c, &n));
	assert_string_equal(m->said, "damage:ntfs.wof:the stream WofCompressedData is missing (5000 bytes);");
	volume_end(m, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_sequence_is_undone),
		cmocka_unit_test(a_torn_sector_is_told_and_the_rest_kept),
		cmocka_unit_test(what_is_no_record_is_left_alone),
		cmocka_unit_test(attributes_stop_at_the_first_that_does_not_fit),
		cmocka_unit_test(runs_step_forth_and_back),
		cmocka_unit_test(bad_runs_end_the_list_and_are_told),
		cmocka_unit_test(extents_know_holes_and_what_was_never_written),
		cmocka_unit_test(a_missing_piece_is_unreadable),
		cmocka_unit_test(lznt1_expands_the_example_of_the_standard),
		cmocka_unit_test(lznt1_damage_costs_one_chunk),
		cmocka_unit_test(boot_sectors_with_odd_geometry_are_refused),
		cmocka_unit_test(a_name_without_letters_is_found_by_its_address),
		cmocka_unit_test(a_name_in_a_deleted_directory_says_the_parent_that_can_be_opened), cmocka_unit_test(the_mirror_leads_where_the_first_record_is_damaged), cmocka_unit_test(an_orphan_says_that_its_parents_record_was_used_again),
		cmocka_unit_test(a_name_of_an_extension_record_has_no_size),
		cmocka_unit_test(a_name_that_the_index_gives_to_another_record_is_found_by_its_address),
		cmocka_unit_test(an_exact_name_in_a_record_alone_comes_before_an_indexed_one_in_other_case),
		cmocka_unit_test(a_file_packed_with_lzx_comes_out), cmocka_unit_test(a_packed_file_without_its_stream_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
