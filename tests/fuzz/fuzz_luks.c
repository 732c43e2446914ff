/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_luks.c: any bytes as a LUKS volume without keys (a derivation is as long as the input says), and as the two kinds of metadata text. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "format/volume/text_tree.h"

extern const struct format format_luks;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[8192];
	struct source *s = source_of_memory(data, size, false);
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD };
	format_luks.probe(&p);
	struct container *c = format_open(&format_luks, &(struct opening){ .source = s });
	struct node n;
	while (c && format_luks.next(c, &n) == 1) {
		struct source *in = format_content(c, &n);
		for (uint64_t at = 0, turns = 0; in && at < in->size && turns < 64; at += in->size / 64 + 1, turns++)
			source_read_at(in, at, bytes, sizeof bytes, NULL);
		source_close(in);
	}
	format_close(c);
	source_close(s);
	struct arena a = { 0 };
	uint64_t number;
	tree_number(tree_json((const char *)data, size, &a), "a", &number);
	tree_text(tree_lvm((const char *)data, size, &a), "a");
	arena_free(&a);
	return 0;
}
