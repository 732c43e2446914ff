/* SPDX-License-Identifier: Apache-2.0 */
/* artifact.c: any bytes as an artefact: every record is valid, and content that comes piece by piece gives what content in memory gives. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/parse_harness.h"

#include "base/cursor.h"

/* The content's own log behind it, so that both can change: the parts of FUZZ_LOG's input. */
static struct source *log_take(const uint8_t **data, size_t *size)
{
	struct cursor c = cursor_of(*data, *size, 0);
	if (!cursor_match(&c, "HIVE"))
		return NULL;
	struct cursor part = cursor_sub(&c, cursor_u32le(&c));
	if (part.data) {
		*data = part.data;
		*size = part.size;
	}
	return cursor_left(&c) ? source_of_memory(c.data + c.at, cursor_left(&c), false) : NULL;
}

void fuzz_artifact(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	struct source *companion[COMPANIONS_ALL] = { 0 };
	struct node n = { .kind = NODE_FILE, .name = node_text_of(strrchr(t->file, '/') + 1), .path = node_text_of(t->file) };
	n.time[NODE_MTIME] = time_from_unix(1677747600, 0, TIME_S);
	if (t->checks & FUZZ_LOG)
		companion[COMPANION_LOG1] = companion[COMPANION_MFT] = log_take(&data, &size);
	for (const char *id = t->subject, *end; *id; id = *end ? end + 1 : end) {
		struct parsed whole, pieces;
		end = id + strcspn(id, "|");
		const struct artifact_parser *a = artifact_by_id(id, (size_t)(end - id));
		demand(a != NULL);
		if (a->probe) {
			(void)a->probe(data, size, true);
			(void)a->probe(data, size, false);
		}
		struct source *memory = source_of_memory(data, size, false);
		demand(parsed_from(&whole, a, &n, memory, data, size, companion));
		if (!(t->checks & FUZZ_SMALL)) {
			/* two parts do not lie in memory as one */
			struct source *half[] = { source_of_memory(data, size / 2, false), source_of_memory(data + size / 2, size - size / 2, false) };
			struct source *apart = source_of_parts(half, 2);
			demand(!apart->memory && parsed_from(&pieces, a, &n, apart, NULL, 0, companion));
			source_close(apart);
			demand(!strcmp((const char *)whole.json.data, (const char *)pieces.json.data));
			parsed_free(&pieces);
		}
		parsed_free(&whole);
		source_close(memory);
	}
	source_close(companion[COMPANION_LOG1]);
}
