/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ext.c: any bytes as an ext volume: every inode's content maps to ranges that add up to its size and lie in the volume, within bounded work. */
#include <stdlib.h>
#include <string.h>

#include "format/fs/ext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INODES_MAX = 256 };

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *s = source_of_memory(data, size, false);
	struct reporter r = { 0 };
	struct container c = { .source = s, .report = &r };
	struct ext e;
	if (ext_open(&e, s)) {
		for (uint64_t i = 1; i <= e.inodes && i <= INODES_MAX; i++) {
			struct ext_inode inode;
			struct node n = { .kind = NODE_FILE, .address = "1", .step = "ext:#1", .has_size = true };
			struct node_text target;
			if (!ext_inode_read(&e, i, &inode))
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
	return 0;
}
