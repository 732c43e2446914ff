/* SPDX-License-Identifier: Apache-2.0 */
/* sigma.c: CPU seconds for one event log in one process: parsed into frames, the same with Sigma rules over them, and only what the rules want.
 * usage: sigma LOG TURNS RULE.yml...     prints one TSV line a measure: name, best CPU seconds, ratio to frames, records, hits */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "artifact/artifact.h"
#include "detect/sigma.h"
#include "tests/bench/silent.h"

static struct buffer read_file(const char *name)
{
	struct buffer b = { 0 };
	FILE *f = fopen(name, "rb");
	size_t got;
	if (!f) {
		perror(name);
		exit(3);
	}
	while ((got = fread(buffer_reserve(&b, 1 << 20), 1, 1 << 20, f)) > 0)
		b.length += got;
	fclose(f);
	return b;
}

struct sink { struct sigma_matcher *matcher; struct buffer hits; uint64_t records, hit; };

static void take(struct parse *p)
{
	struct sink *s = p->owner;
	for (size_t at = 0, n; (n = record_frame_length(p->out->data + at, p->out->length - at)); at += n) {
		s->records++;
		if (s->matcher)
			s->hit += sigma_match(s->matcher, p->out->data + at, n, &s->hits);
	}
	buffer_clear(&s->hits);
	buffer_clear(p->out);
}

static bool wants(struct parse *p, const char *channel, size_t length, uint64_t event_id)
{
	return sigma_wants_log(((struct sink *)p->owner)->matcher, channel, length, event_id);
}

static void left_out(void *owner, const char *name, const char *title, const char *why, bool elsewhere)
{
	(void)owner, (void)name, (void)title, (void)why, (void)elsewhere;
}

static void limit(void *owner, const char *title, const char *what)
{
	(void)owner;
	fprintf(stderr, "%s: %s\n", title, what);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	struct buffer content = read_file(argv[1]);
	struct sigma_source_text *source = memory_array((size_t)argc, sizeof *source);
	for (int i = 3; i < argc; i++) {
		struct buffer b = read_file(argv[i]);
		source[i - 3] = (struct sigma_source_text){ argv[i], (const char *)b.data, b.length };
	}
	double start = cpu(), frames = 0;
	struct sigma_rules *rules = sigma_compile(source, (size_t)argc - 3, left_out, NULL);
	printf("compile\t%.4f\t\t%zu\t\n", cpu() - start, sigma_rule_count(rules));
	const char *name[] = { "frames", "sigma", "wanted" };
	for (int kind = 0; kind < 3; kind++) {
		double best = 1e9;
		struct sink sink = { 0 };
		for (int turn = 0; turn < atoi(argv[2]); turn++) {
			sink = (struct sink){ .matcher = kind ? sigma_matcher_new(rules) : NULL };
			start = cpu();
			struct source *log = source_of_memory(content.data, content.length, false);
			struct node n = { .kind = NODE_FILE };
			struct reporter report = { silent_error, silent_note, NULL };
			struct arena arena = { 0 };
			struct buffer out = { 0 };
			struct parse p = { .node = &n, .source = log, .bytes = content.data, .length = content.length, .arena = &arena, .out = &out, .artifact_id = "win.evtx",
				.report = &report, .flush = take, .owner = &sink, .locator = "::raw", .locator_length = 5, .wants_log = kind == 2 ? wants : NULL };
			artifact_by_id("win.evtx", 8)->parse(&p);
			take(&p);
			if (sink.matcher)
				sink.hit += sigma_log_end(sink.matcher, &sink.hits, limit, NULL);
			double used = cpu() - start;
			best = used < best ? used : best;
			sigma_matcher_free(sink.matcher);
			buffer_free(&sink.hits);
			buffer_free(&out);
			arena_free(&arena);
			source_close(log);
		}
		frames = kind ? frames : best;
		printf("%s\t%.4f\t%.2f\t%llu\t%llu\n", name[kind], best, best / frames, (unsigned long long)sink.records, (unsigned long long)sink.hit);
	}
	return 0;
}
