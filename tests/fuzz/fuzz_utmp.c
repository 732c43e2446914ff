/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_utmp.c: any bytes as login records: every record is valid, and content in memory gives what a source gives. */
#include "tests/unit/parse_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const id[] = { "lx.utmp", "lx.btmp", "mc.utmpx" };
	struct node n = { .kind = NODE_FILE, .name = node_text_of("wtmp"), .path = node_text_of("/home/a/wtmp") };
	n.time[NODE_MTIME] = time_from_unix(1677747600, 0, TIME_S);
	for (size_t i = 0; i < sizeof id / sizeof *id; i++) {
		struct parsed whole, piecewise;
		const struct artifact_parser *a = artifact_by_id(id[i], strlen(id[i]));
		(void)a->probe(data, size, true);
		(void)a->probe(data, size, false);
		if (!parsed_run(&whole, id[i], &n, data, size, true))
			abort();
		if (!parsed_run(&piecewise, id[i], &n, data, size, false) || strcmp((const char *)whole.json.data, (const char *)piecewise.json.data) != 0)
			abort();
		parsed_free(&piecewise);
		parsed_free(&whole);
	}
	return 0;
}
