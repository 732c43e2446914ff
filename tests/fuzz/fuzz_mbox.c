/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_mbox.c: any bytes as a mailbox: the ranges of the nodes tile them, each message is found again by its offset, and it is the same one. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_mbox;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *s = source_of_memory(data, size, false);
	struct opening o = { .source = s };
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD, .name = "x.mbox", .name_length = 6 };
	format_mbox.probe(&p);
	struct container *c = format_open(&format_mbox, &o), *again = format_open(&format_mbox, &o);
	struct node n, found;
	uint64_t covered = 0;
	for (unsigned count = 0; format_mbox.next(c, &n) > 0; count++) {
		demand(n.range_offset == covered && n.range_length > 0);
		covered += n.range_length;
		demand(n.extents == 1 && n.extent->offset >= n.range_offset && n.extent->offset + n.extent->length <= covered);
		if (n.kind == NODE_MESSAGE && count < 64) {
			struct locator_step step = { .format = { "mbox", 4 }, .name = { n.address, strlen(n.address) } };
			demand(format_mbox.find(again, &step, &found));
			demand(found.kind == n.kind && found.range_length == n.range_length && found.extent->offset == n.extent->offset && found.extent->length == n.extent->length);
		}
	}
	demand(covered == size);
	format_close(c);
	format_close(again);
	source_close(s);
	return 0;
}
