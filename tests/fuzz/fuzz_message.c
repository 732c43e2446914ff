/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_message.c: any bytes as a message: every record is a valid frame, and events hold what events must. */
#include <stdlib.h>
#include <string.h>

#include "format/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool warm;
	if (!warm)
		text_warm_up();
	warm = true;
	struct arena arena = { 0 };
	struct buffer out = { 0 };
	message_records(data, size, NULL, &arena, &out);
	unsigned messages = 0;
	for (size_t at = 0; at < out.length;) {
		struct record_view v;
		demand(out.length - at >= 4);
		size_t length = 4 + (size_t)out.data[at] + ((size_t)out.data[at + 1] << 8) + ((size_t)out.data[at + 2] << 16) + ((size_t)out.data[at + 3] << 24);
		demand(length <= out.length - at);
		demand(!record_view_open(&v, out.data + at, length));
		if (v.type == RECORD_MESSAGE)
			messages++;
		else
			demand(v.type == RECORD_EVENT && record_has(&v, F_TIME) && record_has(&v, F_PRECISION) && record_has(&v, F_KIND) && record_has(&v, F_MESSAGE_TEXT));
		at += length;
	}
	demand(messages == 1);
	arena_free(&arena);
	buffer_free(&out);
	return 0;
}
