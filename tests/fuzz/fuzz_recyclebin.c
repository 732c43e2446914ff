/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_recyclebin.c: any bytes as a $I file: every record is valid. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const id[] = { "win.recyclebin_i" };
	struct node n = { .kind = NODE_FILE, .name = node_text_of("$I103S5F.jpg"), .path = node_text_of("/home/a/$I103S5F.jpg") };
	n.time[NODE_MTIME] = time_from_unix(1677747600, 0, TIME_S);
	for (size_t i = 0; i < sizeof id / sizeof *id; i++) {
		struct parsed whole;
		const struct artifact_parser *a = artifact_by_id(id[i], strlen(id[i]));
		(void)a->probe(data, size, true);
		(void)a->probe(data, size, false);
		if (!parsed_run(&whole, id[i], &n, data, size, true))
			abort();
		parsed_free(&whole);
	}
	return 0;
}
