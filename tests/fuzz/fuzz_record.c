/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_record.c: any bytes as a frame: refused, or shown, read back and shown again the same. The first byte chooses how much of a
 * frame is made for the fuzzer, so that it need not guess totals. */
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void show(struct buffer *out, const struct record_view *v)
{
	buffer_clear(out);
	record_to_json(out, v);
	demand(out->length >= 3 && out->data[0] == '{' && out->data[out->length - 1] == '\n' && !memchr(out->data, '\n', out->length - 1));
	demand(text_is_utf8(out->data, out->length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer frame = { 0 }, line = { 0 }, back = { 0 }, again = { 0 }, copy = { 0 };
	struct record_view v, second, third;
	if (size == 0)
		return 0;
	if (data[0] & 1) {
		struct record_builder r = record_begin(&frame, data[0] >> 1 & 15);
		buffer_append(&frame, data + 1, size - 1);
		record_end(&r);
	} else
		buffer_append(&frame, data + 1, size - 1);
	if (!record_view_open(&v, frame.data, frame.length)) {
		show(&line, &v);
		demand(!record_from_json(&back, (const char *)line.data, line.length - 1));
		demand(!record_view_open(&second, back.data, back.length));
		show(&again, &second);
		demand(line.length == again.length && memcmp(line.data, again.data, line.length) == 0);
		(void)record_view_complete(&v);
		record_merge(&copy, &v, &second);
		demand(!record_view_open(&third, copy.data, copy.length));
		buffer_clear(&copy);
		record_prefix_locator(&copy, &v, "d.E01::", 7);
		demand(!record_view_open(&third, copy.data, copy.length));
		show(&again, &third);
	}
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&back);
	buffer_free(&again);
	buffer_free(&copy);
	return 0;
}
