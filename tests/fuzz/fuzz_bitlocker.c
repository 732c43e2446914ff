/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_bitlocker.c: any bytes as a BitLocker volume; the ring gives the volume's own key, so that its content is read, too. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_bitlocker;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct key_ring *r, const uint8_t volume[32], struct key_answer *a)
{
	(void)r, (void)volume;
	/* given 1, protector 0, length, key: for each method one that may be taken */
	a->bytes[0] = 1;
	a->bytes[2] = (uint8_t)(volume[0] % 3 == 0 ? 16 : volume[0] % 3 == 1 ? 32 : 64);
	for (size_t i = 3; i < 67; i++)
		a->bytes[i] = (uint8_t)i;
	a->found = 67;
}

static void found(struct key_ring *r, const uint8_t volume[32], const uint8_t *key, size_t length)
{
	(void)r, (void)volume, (void)key, (void)length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[8192];
	struct source *s = source_of_memory(data, size, false);
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD };
	format_bitlocker.probe(&p);
	struct container *c = format_open(&format_bitlocker, &(struct opening){ .source = s, .keys = &(struct key_ring){ ask, found } });
	struct node n;
	while (c && format_bitlocker.next(c, &n) == 1) {
		struct source *in = format_content(c, &n);
		for (uint64_t at = 0, turns = 0; in && at < in->size && turns < 64; at += in->size / 64 + 1, turns++)
			source_read_at(in, at, bytes, sizeof bytes, NULL);
		source_close(in);
	}
	format_close(c);
	source_close(s);
	return 0;
}
