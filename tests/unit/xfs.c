/* SPDX-License-Identifier: Apache-2.0 */
/* xfs.c: a volume of version 5 built in memory: names in each form of directory, extents in a btree, what was deleted, damage, loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "format/format.h"

extern const struct format format_xfs;

enum { BLOCK = 1024, BLOCKS = 512, INODE = 512, ROOT = 64, FORK = 176 };
enum { DIRECTORY = 040755, PLAIN = 0100644, LINK = 0120777 };
enum { LOCAL = 1, EXTENTS, BTREE };
/* inode numbers; two lie in a block */
enum { BLOCK_DIRECTORY = 65, BIG, LINKED, KEPT, GONE, OPEN_STILL };
enum { INODES_AT = 4, DIRECTORY_AT = 100, LEAF_AT, BIG_AT = 110, LINK_AT = 120, KEPT_AT = 125, GONE_AT = 130 };

struct volume {
	uint8_t bytes[BLOCKS * BLOCK];
	struct source *source;
	struct container *container;
	struct reporter report;
	char said[4096];
};

static void said(struct volume *v, const char *class, const char *kind)
{
	size_t n = strlen(v->said);
	snprintf(v->said + n, sizeof v->said - n, "%s:%s ", class, kind);
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length, (void)message;
	said((struct volume *)(void *)((char *)r - offsetof(struct volume, report)), class, kind);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	on_error(r, "note", kind, step, offset, length, message);
}

static uint8_t *put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
	return at + bytes;
}

static void seal(uint8_t *at, size_t length, size_t hole)
{
	uint32_t sum = hash_crc32c(at, length, hole);
	for (size_t i = 0; i < 4; i++)
		at[hole + i] = (uint8_t)(sum >> 8 * i);
}

static uint8_t *block(struct volume *v, unsigned number) { return v->bytes + (size_t)number * BLOCK; }
static uint8_t *inode_of(struct volume *v, unsigned number) { return v->bytes + (size_t)number * INODE; }

static uint8_t *inode(struct volume *v, unsigned number, unsigned mode, unsigned format, uint64_t size, unsigned extents)
{
	uint8_t *i = inode_of(v, number);
	put(i, 0x494e, 2);
	put(i + 2, mode, 2);
	i[4] = 3;
	i[5] = (uint8_t)format;
	put(i + 8, 1000, 4);
	put(i + 12, 100, 4);
	put(i + 16, mode ? 1 : 0, 4);
	/* times of 64 bits: 2^31 s before 1970 is 0; changed 2026-11-24T00:00:01.000000005Z */
	put(i + 48, (UINT64_C(1795478401) + 2147483648U) * 1000000000U + 5, 8);
	put(i + 56, size, 8);
	put(i + 76, extents, 4);
	i[83] = EXTENTS;
	put(i + 120, 8, 8);
	put(i + 152, number, 8);
	return i + FORK;
}

static uint8_t *extent(uint8_t *at, bool unwritten, uint64_t file_block, uint64_t start, uint64_t count)
{
	at = put(at, (uint64_t)unwritten << 63 | file_block << 9 | start >> 43, 8);
	return put(at, start << 21 | count, 8);
}

static uint8_t *local_entry(uint8_t *at, const char *name, unsigned number, unsigned type)
{
	size_t length = strlen(name);
	*at++ = (uint8_t)length;
	at = put(at, 0x60, 2);
	memcpy(at, name, length);
	at[length] = (uint8_t)type;
	return put(at + length + 1, number, 4);
}

/* Gives what follows it. */
static uint8_t *block_entry(const uint8_t *start, uint8_t *at, const char *name, unsigned number)
{
	size_t length = strlen(name), whole = (8 + 1 + length + 1 + 2 + 7) / 8 * 8;
	put(at, number, 8);
	at[8] = (uint8_t)length;
	memcpy(at + 9, name, length);
	put(at + whole - 2, (uint64_t)(at - start), 2);
	return at + whole;
}

static uint8_t *gone_entry(const uint8_t *start, uint8_t *at, const char *name, unsigned number)
{
	uint8_t *end = block_entry(start, at, name, number);
	put(at, 0xffff, 2);
	put(at + 2, (uint64_t)(end - at), 2);
	return end;
}

static void seal_all(struct volume *v)
{
	seal(v->bytes, 512, 224);
	seal(block(v, INODES_AT), BLOCK, 52);
	seal(block(v, DIRECTORY_AT), BLOCK, 4);
	seal(block(v, LEAF_AT), BLOCK, 64);
	for (unsigned n = ROOT; n <= OPEN_STILL; n++)
		seal(inode_of(v, n), INODE, 100);
}

static struct volume *volume_new(void)
{
	struct volume *v = memory_new(sizeof *v);
	uint8_t *s = v->bytes, *at;
	memcpy(s, "XFSB", 4);
	put(s + 4, BLOCK, 4);
	put(s + 8, BLOCKS, 8);
	put(s + 56, ROOT, 8);
	put(s + 84, BLOCKS, 4);
	put(s + 88, 1, 4);
	put(s + 100, 0xb4a5, 2);
	put(s + 102, 512, 2);
	put(s + 104, INODE, 2);
	s[124] = 9;
	put(s + 216, 0xb, 4);
	memcpy(s + 1024, "XAGI", 4);
	put(s + 1024 + 20, INODES_AT, 4);
	put(s + 1024 + 24, 1, 4);
	uint8_t *tree = block(v, INODES_AT);
	memcpy(tree, "IAB3", 4);
	put(tree + 6, 1, 2);
	at = put(tree + 56, ROOT, 4);
	at = put(at, 64, 4);
	put(at, ~UINT64_C(0) << (OPEN_STILL - ROOT + 1) | UINT64_C(1) << (GONE - ROOT), 8);

	at = inode(v, ROOT, DIRECTORY, LOCAL, 60, 0);
	at = put(at, 3, 1);
	at = put(at, 0, 1);
	at = put(at, ROOT, 4);
	at = local_entry(at, "block", BLOCK_DIRECTORY, 2);
	at = local_entry(at, "big", BIG, 1);
	local_entry(at, "link", LINKED, 7);

	extent(inode(v, BLOCK_DIRECTORY, DIRECTORY, EXTENTS, BLOCK, 1), false, 0, DIRECTORY_AT, 1);
	uint8_t *d = block(v, DIRECTORY_AT);
	memcpy(d, "XDB3", 4);
	at = block_entry(d, d + 64, ".", BLOCK_DIRECTORY);
	at = block_entry(d, at, "..", ROOT);
	at = block_entry(d, at, "kept name", KEPT);
	at = gone_entry(d, at, "gone.txt", GONE);
	at = block_entry(d, at, "\xff:odd", KEPT);
	at = gone_entry(d, at, "taken.txt", BIG);
	put(at, 0xffff, 2);
	put(at + 2, (uint64_t)(d + BLOCK - 8 - at), 2);

	at = inode(v, BIG, PLAIN, BTREE, 4 * BLOCK - 100, 3);
	put(at, 1, 2);
	put(at + 2, 1, 2);
	put(at + 4 + 8 * ((INODE - FORK - 4) / 16), LEAF_AT, 8);
	uint8_t *leaf = block(v, LEAF_AT);
	memcpy(leaf, "BMA3", 4);
	put(leaf + 6, 3, 2);
	at = extent(leaf + 72, false, 0, BIG_AT, 1);
	at = extent(at, true, 2, BIG_AT + 1, 1);
	extent(at, false, 3, BIG_AT + 2, 1);
	memset(block(v, BIG_AT), 'A', BLOCK);
	memset(block(v, BIG_AT + 1), 'B', BLOCK);
	memset(block(v, BIG_AT + 2), 'C', BLOCK);

	extent(inode(v, LINKED, LINK, EXTENTS, 400, 1), false, 0, LINK_AT, 1);
	memcpy(block(v, LINK_AT), "XSLM", 4);
	memset(block(v, LINK_AT) + 56, 'l', 400);
	extent(inode(v, KEPT, PLAIN, EXTENTS, 10, 1), false, 0, KEPT_AT, 1);
	memcpy(block(v, KEPT_AT), "0123456789", 10);
	extent(inode(v, GONE, 0, EXTENTS, 0, 0), false, 0, GONE_AT, 2);
	memset(block(v, GONE_AT), 'G', 2 * BLOCK);
	inode(v, OPEN_STILL, PLAIN, EXTENTS, 0, 0);
	seal_all(v);
	v->report.error = on_error;
	v->report.note = on_note;
	return v;
}

static struct container *volume_open(struct volume *v)
{
	v->source = source_of_memory(v->bytes, sizeof v->bytes, false);
	v->container = format_open(&format_xfs, &(struct opening){ .source = v->source, .report = &v->report, .list_deleted = true });
	return v->container;
}

static void volume_free(struct volume *v)
{
	format_close(v->container);
	source_close(v->source);
	free(v);
}

/* The steps of all nodes, each with a letter: l live, d deleted, r deleted and the inode is another's; o no name leads to it. */
static const char *listing(struct volume *v)
{
	static char text[8192];
	struct node n;
	text[0] = 0;
	while (v->container->format->next(v->container, &n) == 1) {
		size_t at = strlen(text);
		snprintf(text + at, sizeof text - at, "%s%s %s\n", n.reallocated ? "r" : n.allocated ? "l" : "d", n.orphan ? "o" : "", n.step);
	}
	return text;
}

static struct source *content(struct volume *v, const char *name, struct node *n)
{
	struct locator_step step = { .name = { name, strlen(name) } };
	return v->container->format->find(v->container, &step, n) ? format_content(v->container, n) : NULL;
}

static const char whole[] =
	"l xfs:/block\nl xfs:/block/kept%20name\nd xfs:#69\nl xfs:/block/%FF%3Aodd\nr xfs:#66@65.168\nl xfs:/big\nl xfs:/link\nlo xfs:#70\n";

static void every_name_is_given_with_those_that_were_deleted(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	assert_non_null(volume_open(v));
	const char *got = listing(v);
	/* the walk goes down at once; the rest of the root follows */
	assert_string_equal(got, whole);
	assert_string_equal(v->said, "");
	volume_free(v);
}

static void content_of_a_btree_has_its_holes_and_what_was_never_written(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct node n;
	volume_open(v);
	struct source *s = content(v, "/big", &n);
	assert_non_null(s);
	assert_int_equal(s->size, 4 * BLOCK - 100);
	static const struct { unsigned at; uint8_t byte; } rows[] = { { 0, 'A' }, { BLOCK - 1, 'A' }, { BLOCK, 0 }, { 2 * BLOCK, 0 }, { 3 * BLOCK, 'C' }, { 4 * BLOCK - 101, 'C' } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t byte = 1;
		source_read_at(s, rows[i].at, &byte, 1, NULL);
		assert_int_equal(byte, rows[i].byte);
	}
	source_close(s);
	volume_free(v);
}

static void inode_says_who_and_when(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct node n;
	struct buffer time = { 0 };
	volume_open(v);
	struct source *s = content(v, "/block/kept%20name", &n);
	assert_non_null(s);
	time_format(&time, &n.time[NODE_CTIME]);
	assert_string_equal(buffer_string(&time), "2026-11-24T00:00:01.000000005Z");
	assert_int_equal(n.time[NODE_MTIME].seconds, -2147483648LL);   /* 0 on the disk is the first moment that can be said */
	assert_string_equal(n.mode, "rrw-r--r--");
	assert_int_equal(n.uid, 1000);
	assert_int_equal(n.gid, 100);
	assert_string_equal(n.address, "68");
	assert_string_equal(n.parent, "65");
	source_close(s);
	struct locator_step step = { .name = { "/link", 5 } };
	assert_true(format_xfs.find(v->container, &step, &n));
	assert_int_equal(strlen(n.target), 400);
	buffer_free(&time);
	volume_free(v);
}

static void what_was_deleted_is_recovered_from_what_its_inode_still_shows(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	struct node n;
	volume_open(v);
	struct source *s = content(v, "#69", &n);
	assert_non_null(s);
	assert_int_equal(n.size, 2 * BLOCK);
	assert_string_equal(n.flags[0], "recovered");
	uint8_t byte = 0;
	source_read_at(s, 2 * BLOCK - 1, &byte, 1, NULL);
	assert_int_equal(byte, 'G');
	source_close(s);
	/* of a name whose inode is another file's by now there is no content */
	assert_null(content(v, "#66@65.168", &n));
	assert_true(n.reallocated);
	assert_string_equal((const char *)n.name.bytes, "taken.txt");
	volume_free(v);
}

static void damage_is_told_and_the_rest_is_read(void **state)
{
	(void)state;
	static const struct { size_t at; uint8_t bits; const char *said, *listed; } rows[] = {
		{ 300, 1, "damage:xfs.superblock ", whole },
		{ KEPT * INODE + 9, 1, "damage:xfs.checksum damage:xfs.checksum ", whole },
		{ KEPT * INODE, 1, "damage:xfs.inode damage:xfs.inode ", NULL },
		{ DIRECTORY_AT * BLOCK + 900, 1, "damage:xfs.directory ", whole },
		{ DIRECTORY_AT * BLOCK, 1, "damage:xfs.directory ", "l xfs:/block\nl xfs:/big\nl xfs:/link\nlo xfs:#68\ndo xfs:#69\nlo xfs:#70\n" },
		{ LEAF_AT * BLOCK + 900, 1, "damage:xfs.btree ", whole },
		{ LEAF_AT * BLOCK, 1, "damage:xfs.btree ", whole },
		{ LEAF_AT * BLOCK + 5, 1, "damage:xfs.btree ", whole },
		{ LEAF_AT * BLOCK + 6, 0xff, "damage:xfs.btree damage:xfs.btree damage:xfs.extents ", whole },
		{ INODES_AT * BLOCK + 900, 1, "damage:xfs.btree ", whole },
		{ LINK_AT * BLOCK, 1, "damage:xfs.link ", whole },
		{ 1024, 1, "damage:xfs.agi ", "l xfs:/block\nl xfs:/block/kept%20name\nd xfs:#69\nl xfs:/block/%FF%3Aodd\nr xfs:#66@65.168\nl xfs:/big\nl xfs:/link\n" },
		{ ROOT * INODE, 1, "damage:xfs.root ", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct volume *v = volume_new();
		v->bytes[rows[i].at] ^= rows[i].bits;
		assert_non_null(volume_open(v));
		const char *got = listing(v);
		if (rows[i].listed)
			assert_string_equal(got, rows[i].listed);
		assert_string_equal(v->said, rows[i].said);
		volume_free(v);
	}
}

static void loops_end(void **state)
{
	(void)state;
	/* a directory in itself */
	struct volume *v = volume_new();
	uint8_t *d = block(v, DIRECTORY_AT);
	put(d + 64 + 16 + 16, ROOT, 8);
	seal_all(v);
	volume_open(v);
	listing(v);
	assert_string_equal(v->said, "note:fs.directory-twice ");
	volume_free(v);
	/* two directories of the same block */
	v = volume_new();
	extent(inode(v, KEPT, DIRECTORY, EXTENTS, BLOCK, 1), false, 0, DIRECTORY_AT, 1);
	seal_all(v);
	volume_open(v);
	listing(v);
	assert_string_equal(v->said, "damage:xfs.directory note:fs.directory-twice ");
	volume_free(v);
	/* a btree that leads to itself; its level can't be right */
	v = volume_new();
	uint8_t *leaf = block(v, LEAF_AT);
	put(leaf + 4, 1, 2);
	put(inode_of(v, BIG) + FORK, 2, 2);
	put(leaf + 72 + 8 * ((BLOCK - 72) / 16), LEAF_AT, 8);
	seal_all(v);
	volume_open(v);
	listing(v);
	assert_non_null(strstr(v->said, "damage:xfs.btree "));
	volume_free(v);
}

static void groups_beyond_the_media_cost_nothing(void **state)
{
	(void)state;
	struct volume *v = volume_new();
	put(v->bytes + 88, UINT32_MAX, 4);
	put(v->bytes + 8, (uint64_t)UINT32_MAX * BLOCKS, 8);
	seal_all(v);
	assert_non_null(volume_open(v));
	assert_string_equal(listing(v), whole);
	assert_string_equal(v->said, "damage:xfs.size ");
	volume_free(v);
}

static void what_can_t_be_a_volume_is_refused(void **state)
{
	(void)state;
	static const struct { size_t at; uint64_t value; size_t bytes; } rows[] = {
		{ 4, 0, 4 }, { 4, 3000, 4 }, { 4, UINT32_MAX, 4 }, { 8, 0, 8 }, { 8, UINT64_MAX, 8 }, { 84, 0, 4 }, { 88, 0, 4 }, { 100, 3, 2 }, { 104, 100, 2 }, { 104, 2048, 2 },
		{ 124, 63, 1 }, { 192, 200, 1 }, { 216, 0x80000000, 4 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct volume *v = volume_new();
		put(v->bytes + rows[i].at, rows[i].value, rows[i].bytes);
		assert_null(volume_open(v));
		assert_string_equal(v->said, "damage:xfs.open ");
		volume_free(v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_given_with_those_that_were_deleted),
		cmocka_unit_test(content_of_a_btree_has_its_holes_and_what_was_never_written),
		cmocka_unit_test(inode_says_who_and_when),
		cmocka_unit_test(what_was_deleted_is_recovered_from_what_its_inode_still_shows),
		cmocka_unit_test(damage_is_told_and_the_rest_is_read),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(groups_beyond_the_media_cost_nothing),
		cmocka_unit_test(what_can_t_be_a_volume_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
