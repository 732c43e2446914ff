/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_eml.c: any bytes as a message: parts are numbered without gaps, their ranges lie in it, their content is as long as they say. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_eml;
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
	format_eml.probe(&p);
	struct container *c = format_open(&format_eml, &o);
	struct node n;
	struct buffer frame = { 0 };
	unsigned count = 0;
	while (format_eml.next(c, &n) > 0) {
		struct record_view v;
		demand(strtoul(n.address, NULL, 10) == ++count);
		demand(!n.has_range || (n.range_offset <= size && n.range_length <= size - n.range_offset));
		struct source *content = format_content(c, &n);
		demand(content && content->size == n.size);
		source_close(content);
		buffer_clear(&frame);
		node_write(&frame, &n);
		demand(!record_view_open(&v, frame.data, frame.length));
	}
	buffer_free(&frame);
	format_close(c);
	source_close(s);
	return 0;
}
