/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_lvm.c: any bytes as a physical volume: label, metadata text, volumes and what they hold. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_lvm;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[8192];
	struct source *s = source_of_memory(data, size, false);
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD };
	format_lvm.probe(&p);
	struct container *c = format_open(&format_lvm, &(struct opening){ .source = s });
	struct node n;
	while (c && format_lvm.next(c, &n) == 1) {
		struct source *in = format_content(c, &n);
		for (uint64_t at = 0, turns = 0; in && at < in->size && turns < 64; at += in->size / 64 + 1, turns++)
			source_read_at(in, at, bytes, sizeof bytes, NULL);
		source_close(in);
	}
	format_close(c);
	source_close(s);
	return 0;
}
