/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_prefetch.c: any bytes as a prefetch file, plain or compressed: every record is valid. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("A.EXE-01234567.pf") };
	struct parsed d;
	(void)artifact_by_id("win.prefetch", 12)->probe(data, size, false);
	if (!parsed_run(&d, "win.prefetch", &n, data, size, true))
		abort();
	parsed_free(&d);
	return 0;
}
