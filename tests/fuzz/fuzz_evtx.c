/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_evtx.c: any bytes as an event log: every record is valid, and reading chunk by chunk gives what memory gives. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As parsed_run, but over a source whose bytes are not in memory. */
static bool piecewise(struct parsed *d, const struct node *n, const void *bytes, size_t length)
{
	*d = (struct parsed){ .report = { parsed_error, parsed_note, parsed_step } };
	struct source *memory = source_of_memory(bytes, length, false), *s = source_cached(memory, 4096, 8);
	struct parse p = { .node = n, .source = s, .arena = &d->arena, .out = &d->frames, .artifact_id = "win.evtx", .report = &d->report };
	artifact_by_id("win.evtx", 8)->parse(&p);
	source_close(s);
	source_close(memory);
	d->counted = p.events;
	return parsed_check(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("a.evtx"), .path = node_text_of("/a.evtx") };
	struct parsed whole, pieces;
	if (!parsed_run(&whole, "win.evtx", &n, data, size, true))
		abort();
	if (!piecewise(&pieces, &n, data, size) || strcmp((const char *)whole.json.data, (const char *)pieces.json.data) != 0)
		abort();
	parsed_free(&pieces);
	parsed_free(&whole);
	return 0;
}
