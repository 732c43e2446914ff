/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ntfs.c: any bytes as an NTFS volume: the listing ends, every description is a valid record, extents add up to the size, content can be read. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_ntfs;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTENT_MAX = 1 << 20 };

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[CONTENT_MAX];
	struct source *s = source_of_memory(data, size, false);
	struct opening o = { .source = s, .list_deleted = true };
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD };
	format_ntfs.probe(&p);
	struct container *c = format_open(&format_ntfs, &o);
	struct node n;
	struct buffer frame = { 0 };
	while (c && format_ntfs.next(c, &n) == 1) {
		struct record_view v;
		buffer_clear(&frame);
		node_write(&frame, &n);
		demand(!record_view_open(&v, frame.data, frame.length));
		uint64_t sum = 0;
		for (size_t i = 0; i < n.extents; i++)
			sum += n.extent[i].length;
		demand(n.content != CONTENT_EXTENTS || sum == n.size);
		struct source *content = format_content(c, &n);
		if (content)
			source_read_at(content, 0, bytes, sizeof bytes, NULL);
		source_close(content);
	}
	buffer_free(&frame);
	format_close(c);
	source_close(s);
	return 0;
}
