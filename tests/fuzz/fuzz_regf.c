/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_regf.c: any bytes as a hive, with or without a log ("HIVE", u32 length, hive, log), through reader, recovery and all decoders. */
#include "tests/unit/parse_harness.h"

#include "base/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of("NTUSER.DAT"), .path = node_text_of("/Users/ann/NTUSER.DAT") };
	struct source *companion[COMPANIONS] = { 0 };
	struct parsed d = { .report = { parsed_error, parsed_note, parsed_step } };
	const struct artifact_parser *a = artifact_by_id("win.reg_system", 14);
	struct cursor c = cursor_of(data, size, 0);
	const uint8_t *hive = data, *log = NULL;
	size_t hive_length = size, log_length = 0;
	if (cursor_match(&c, "HIVE")) {
		size_t want = cursor_u32le(&c);
		struct cursor part = cursor_sub(&c, want);
		hive = part.data ? part.data : data;
		hive_length = part.size;
		log_length = cursor_left(&c);
		log = log_length ? c.data + c.at : NULL;
		if (log)
			companion[COMPANION_LOG1] = source_of_memory(log, log_length, false);
	}
	(void)a->probe(hive, hive_length, true);
	struct source *s = source_of_memory(hive, hive_length, false);
	struct parse p = { .node = &n, .source = s, .bytes = hive, .length = hive_length, .companion = companion, .arena = &d.arena, .out = &d.frames, .artifact_id = a->id, .report = &d.report };
	a->parse(&p);
	d.counted = p.events;
	if (!parsed_check(&d))
		abort();
	source_close(s);
	source_close(companion[COMPANION_LOG1]);
	parsed_free(&d);
	return 0;
}
