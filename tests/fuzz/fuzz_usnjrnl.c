/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_usnjrnl.c: any bytes as a change journal: every record is valid. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("$J") };
	struct parsed d;
	(void)artifact_by_id("win.usnjrnl", 11)->probe(data, size, false);
	if (!parsed_run(&d, "win.usnjrnl", &n, data, size, true))
		abort();
	parsed_free(&d);
	return 0;
}
