/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_json.c: any bytes as a line: refused without a trace, or read into a valid frame whose line is read and written the same from then on. */
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer frame = { 0 }, line = { 0 }, back = { 0 }, again = { 0 };
	struct record_view v;
	if (record_from_json(&frame, (const char *)data, size))
		demand(frame.length == 0);
	else {
		const char *wrong = record_view_open(&v, frame.data, frame.length);
		/* what a line says tersely may be too long when it is spelled out: that is seen when the frame is opened */
		demand(!wrong || frame.length > RECORD_LENGTH_MAX / 12);
		if (!wrong) {
			record_to_json(&line, &v);
			const uint8_t *at = line.data, *end = at + line.length - 1;
			demand(text_is_utf8(line.data, line.length));
			while (at < end)
				demand(!text_is_dangerous(text_utf8_next(&at, end)));
			demand(!record_from_json(&back, (const char *)line.data, line.length - 1));
			demand(!record_view_open(&v, back.data, back.length));
			record_to_json(&again, &v);
			demand(line.length == again.length && memcmp(line.data, again.data, line.length) == 0);
		}
	}
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&back);
	buffer_free(&again);
	return 0;
}
