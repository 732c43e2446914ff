/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_gpt.c: any bytes as media: partitions and gaps lie where they say, their content lies on the media, each is found again by its step. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_gpt;
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
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD };
	format_gpt.probe(&p);
	struct container *c = format_open(&format_gpt, &o);
	struct node n;
	struct buffer steps = { 0 };
	while (c && format_gpt.next(c, &n) == 1) {
		demand(n.has_range && n.has_size && n.size <= n.range_length);
		for (size_t i = 0; i < n.extents; i++)
			demand(n.extent[i].offset <= size && n.extent[i].length <= size - n.extent[i].offset);
		buffer_append(&steps, n.step + strlen(format_gpt.name) + 1, strlen(n.step + strlen(format_gpt.name) + 1) + 1);
	}
	for (size_t at = 0; c && at < steps.length;) {
		struct locator_step step = { .name = { (const char *)steps.data + at, strlen((const char *)steps.data + at) } };
		demand(format_gpt.find(c, &step, &n));
		at += step.name.length + 1;
	}
	buffer_free(&steps);
	format_close(c);
	source_close(s);
	return 0;
}
