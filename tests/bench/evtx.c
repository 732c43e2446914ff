/* SPDX-License-Identifier: Apache-2.0 */
/* evtx.c: CPU seconds for one event log in one process: System part alone (what a filter needs), frames, frames and JSON lines.
 * usage: evtx LOG [TURNS]     prints one TSV line a measure: name, best CPU seconds, MB of log a second, records, bytes made */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "artifact/artifact.h"
#include "reader/evtx.h"
#include "tests/bench/silent.h"

struct sink { struct buffer json; uint64_t bytes, records; bool write; };

static void take(struct parse *p)
{
	struct sink *s = p->owner;
	for (size_t at = 0, n; (n = record_frame_length(p->out->data + at, p->out->length - at)); at += n) {
		struct record_view v;
		s->records++;
		if (!s->write) {
			s->bytes += n;
			continue;
		}
		const char *wrong = record_view_open(&v, p->out->data + at, n);
		if (wrong) {
			fprintf(stderr, "bad frame: %s\n", wrong);
			exit(1);
		}
		record_to_json(&s->json, &v);
	}
	s->bytes += s->json.length;
	buffer_clear(&s->json);
	buffer_clear(p->out);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	FILE *f = fopen(argv[1], "rb");
	if (!f)
		return 3;
	struct buffer content = { 0 };
	size_t got;
	while ((got = fread(buffer_reserve(&content, 1 << 20), 1, 1 << 20, f)) > 0)
		content.length += got;
	fclose(f);
	int turns = argc > 2 ? atoi(argv[2]) : 7;
	const char *name[] = { "system", "frames", "json" };
	for (int kind = 0; kind < 3; kind++) {
		double best = 1e9;
		uint64_t records = 0, bytes = 0;
		for (int turn = 0; turn < turns; turn++) {
			double start = cpu();
			struct source *source = source_of_memory(content.data, content.length, false);
			if (kind == 0) {
				struct evtx_event ev;
				struct evtx_value id;
				bool taint = false;
				struct evtx *e = evtx_open(source, &taint);
				for (records = bytes = 0; evtx_next(e, &ev); records++)
					bytes += evtx_system(&ev, EVTX_EVENT_ID, &id) && evtx_number(&id) == 4624;
				evtx_close(e);
			} else {
				struct node n = { .kind = NODE_FILE };
				struct reporter report = { silent_error, silent_note, NULL };
				struct arena arena = { 0 };
				struct buffer out = { 0 };
				struct sink sink = { .write = kind == 2 };
				struct parse p = { .node = &n, .source = source, .bytes = content.data, .length = content.length, .arena = &arena, .out = &out, .artifact_id = "win.evtx",
					.report = &report, .flush = take, .owner = &sink, .locator = "::raw", .locator_length = 5 };
				artifact_by_id("win.evtx", 8)->parse(&p);
				take(&p);
				records = sink.records;
				bytes = sink.bytes;
				buffer_free(&out);
				buffer_free(&sink.json);
				arena_free(&arena);
			}
			source_close(source);
			double used = cpu() - start;
			if (used < best)
				best = used;
		}
		printf("evtx-%s\t%.4f\t%.0f\t%llu\t%llu\n", name[kind], best, (double)content.length / best / 1e6, (unsigned long long)records, (unsigned long long)bytes);
	}
	buffer_free(&content);
	return 0;
}
