/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_pst.c: any bytes as a mail store: it ends, every node has a valid description and a step of its own kind, and is found again by it. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_pst;
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
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD, .name = "x.pst", .name_length = 5 };
	format_pst.probe(&p);
	struct container *c = format_open(&format_pst, &o), *again = c ? format_open(&format_pst, &o) : NULL;
	struct node n, found;
	struct buffer frame = { 0 };
	for (unsigned count = 0; c && count < 4096 && format_pst.next(c, &n) > 0; count++) {
		struct record_view v;
		struct locator l;
		char *whole = memory_new(strlen(n.step) + 4);
		demand(memcmp(n.step, "pst:", 4) == 0);
		buffer_clear(&frame);
		node_write(&frame, &n);
		demand(!record_view_open(&v, frame.data, frame.length));
		strcpy(whole, "x::");
		strcpy(whole + 3, n.step);
		if (count < 64) {
			demand(!locator_parse(&l, whole, strlen(whole)));
			demand(again && format_pst.find(again, &l.step[0], &found));
			demand(found.kind == n.kind && strcmp(found.step, n.step) == 0);
			source_close(format_content(again, &found));
		}
		free(whole);
	}
	buffer_free(&frame);
	if (c)
		format_close(c);
	if (again)
		format_close(again);
	source_close(s);
	return 0;
}
