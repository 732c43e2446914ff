/* SPDX-License-Identifier: Apache-2.0 */
/* pieces.c: readers below the rows of the format table, which their rows alone would seldom reach with any bytes. */
#include "tests/fuzz/fuzz.h"

#include "base/hash.h"
#include "format/fs/ext.h"
#include "format/fs/iso_tree.h"
#include "format/fs/ntfs.h"
#include "format/image/rescue_map.h"
#include "format/volume/text_tree.h"

enum { INODES_MAX = 256 };

/* ext: every inode's content maps to ranges that add up to its size and lie in the volume, within bounded work. */
void fuzz_ext(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct source *s = source_of_memory(data, size, false);
	struct reporter r = { 0 };
	struct container c = { .source = s, .report = &r };
	struct ext e;
	if (ext_open(&e, s)) {
		/* each as its content and as its slack */
		for (uint64_t i = 2; i / 2 <= e.inodes && i <= 2 * (uint64_t)INODES_MAX; i++) {
			struct ext_inode inode;
			e.slack = i % 2;
			struct node n = { .kind = NODE_FILE, .address = "1", .step = "ext:#1", .has_size = true };
			struct node_text target;
			if (!ext_inode_read(&e, i / 2, &inode))
				continue;
			n.size = inode.size;
			ext_content(&e, &inode, &c, &n);
			uint64_t sum = 0;
			for (size_t k = 0; k < n.extents; k++) {
				sum += n.extent[k].length;
				demand(n.extent[k].kind != EXTENT_DATA || n.extent[k].offset <= e.blocks * e.block_size);
			}
			demand(n.content != CONTENT_EXTENTS || sum == n.size);
			demand(n.content != CONTENT_INLINE || n.inline_length == n.size);
			ext_link_target(&e, &inode, &c, &target);
			arena_reset(&c.arena);
		}
	}
	arena_free(&c.arena);
	source_close(s);
}

/* The tree of an ISO 9660 volume: it ends, and each entry is found again by its step. */
void fuzz_iso_tree(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	const struct format *f = format_by_name(t->subject, strlen(t->subject));
	struct source *s = source_of_memory(data, size, false);
	struct container c = { .format = f, .source = s, .report = &fuzz_reporter }, other = c;
	struct iso_tree *tree = iso_tree_open(&c), *again = tree ? iso_tree_open(&other) : NULL;
	struct node n, found;
	struct buffer text = { 0 };
	while (tree && iso_tree_next(tree, &c, &n)) {
		struct locator_step step;
		fuzz_describe(&n);
		fuzz_step(&n, &text, &step);
		demand(again && iso_tree_find(again, &other, &step, &found));
		demand(!strcmp(found.step, n.step));
		fuzz_read(format_content(&c, &n));
		arena_reset(&c.arena);
		arena_reset(&other.arena);
	}
	buffer_free(&text);
	iso_tree_close(again);
	iso_tree_close(tree);
	arena_free(&other.arena);
	arena_free(&c.arena);
	source_close(s);
}

/* The input: u8 algorithm, u24 size of the file, the packed stream. Pieces in any order hold what the whole holds. */
void fuzz_wof(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	static const uint8_t name[] = "W\0o\0f\0C\0o\0m\0p\0r\0e\0s\0s\0e\0d\0D\0a\0t\0a";
	enum { TURN = 3000 };
	(void)t;
	uint8_t reparse[24] = { NTFS_REPARSE_WOF & 0xff, 0, 0, NTFS_REPARSE_WOF >> 24, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0 };
	uint32_t algorithm;
	reparse[20] = (uint8_t)(fuzz_number(&data, &size, 1) % 4);
	uint64_t length = fuzz_number(&data, &size, 3) % (1 << 20);
	if (!ntfs_wof_algorithm(reparse, sizeof reparse, &algorithm))
		return;
	struct ntfs_volume v = { .sector_size = 512, .cluster_size = 4096, .report = &fuzz_reporter };
	struct ntfs_attribute a = { .type = NTFS_DATA, .resident = true, .name = name, .name_units = sizeof name / 2, .value = data, .value_length = size };
	struct ntfs_entry e = { .number = 64, .attribute = &a, .attributes = 1 };
	struct source *s = ntfs_wof_open(&v, &e, algorithm, length, NULL);
	if (!s)
		return;
	uint8_t *whole = memory_new((size_t)length), piece[TURN];
	bool taint = false, again = false;
	demand(s->size == length && source_read_at(s, 0, whole, (size_t)length, &taint) == length);
	for (uint64_t turns = length / TURN + 1; turns--;) {
		size_t n = source_read_at(s, turns * TURN, piece, TURN, &again);
		demand(!memcmp(piece, whole + turns * TURN, n));
	}
	demand(again == taint);
	free(whole);
	source_close(s);
}

/* The two kinds of metadata text. */
void fuzz_text_tree(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena a = { 0 };
	uint64_t number;
	tree_number(tree_json((const char *)data, size, &a), "a", &number);
	tree_string(tree_lvm((const char *)data, size, &a), "a");
	arena_free(&a);
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* Any text as that of a volume group: label, header and sums around it are right. */
void fuzz_lvm_text(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	enum { LABEL = 512, AREA = 4096, TEXT = 512, RING = 128 << 10, EXTENTS = AREA + RING, SIZE = EXTENTS + (128 << 10), SEED = 0x0a695930 };
	static uint8_t media[SIZE];
	if (size >= RING - TEXT)
		return;
	memset(media, 0, sizeof media);
	uint8_t *l = media + LABEL, *h = media + AREA;
	memcpy(l, "LABELONE", 8);
	put(l + 20, 32, 4);
	memcpy(l + 24, "LVM2 001" "aaaaaabbbbccccddddeeeeffffgggggg", 40);
	put(l + 64, SIZE, 8);
	put(l + 72, EXTENTS, 8);
	put(l + 104, AREA, 8);
	put(l + 112, RING, 8);
	put(l + 16, ~hash_crc32(SEED, l + 20, 492), 4);
	memcpy(h + 4, " LVM2 x[5A%r0N*>", 16);
	put(h + 20, 1, 4);
	put(h + 24, AREA, 8);
	put(h + 32, RING, 8);
	put(h + 40, TEXT, 8);
	put(h + 48, size, 8);
	put(h + 56, ~hash_crc32(SEED, data, size), 4);
	memcpy(h + TEXT, data, size);
	put(h, ~hash_crc32(SEED, h + 4, 508), 4);
	struct source *s = source_of_memory(media, SIZE, false);
	fuzz_walk(t, &(struct opening){ .source = s, .report = &fuzz_reporter, .list_deleted = true });
	source_close(s);
}

/* The input: u40 size of the disk, the map of ddrescue. The ranges are sorted, apart, and on the disk. */
void fuzz_rescue_map(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	uint64_t disk = fuzz_number(&data, &size, 5), end = 0;
	struct source *s = source_of_memory(data, size, false);
	struct range_map bad = { 0 };
	(void)rescue_map_is(s);
	rescue_map_read(s, disk, &bad, &fuzz_reporter);
	for (size_t i = 0; i < bad.count; i++) {
		const struct range *r = &bad.range[i];
		demand(r->length && (!i || r->offset > end) && r->offset <= disk && r->length <= disk - r->offset);
		end = r->offset + r->length;
	}
	range_map_free(&bad);
	source_close(s);
}
