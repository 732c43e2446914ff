/* SPDX-License-Identifier: Apache-2.0 */
/* readers.c: walk, parse, scan: the modules that are the pass with one set of operations each, records in, records out. */
#include "config.h"

#include <unistd.h>

#include "modules/modules.h"

static int read_evidence(const struct module *m, struct settings *set, uint32_t operations)
{
	struct session s = { 0 };
	int code;
	s.tap = set->explain ? explain_hit : NULL;
	if (session_begin(&s, m, set, operations, &code)) {
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		bool good = true;
		if (set->operands)
			session_operands(&s, false);
		else
			good = session_records(&s, true);
		code = good ? session_run(&s) : EXIT_USAGE;
	}
	session_free(&s);
	return code;
}

int module_parse(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	return read_evidence(m, set, PASS_CONTENT | PASS_PARSE | (set->operands ? PASS_LIST | PASS_DESCEND : 0));
}

int module_scan(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	return read_evidence(m, set, PASS_CONTENT | PASS_SCAN | (set->sigma.count ? PASS_SIGMA : 0) | (set->operands ? PASS_LIST | PASS_DESCEND : 0));
}

/* ---- walk, also as a body file */

struct body { struct session *s; const struct exporter *e; struct buffer text; };

static bool body_record(void *owner, const struct record_view *v)
{
	struct body *b = owner;
	if (v->type == RECORD_NODE)
		b->e->record(&b->s->out, v);
	if (v->type == RECORD_ERROR) {
		struct buffer line = { 0 };
		record_to_json(&line, v);
		say(b->s->module, "%.*s", (int)line.length - 1, (const char *)line.data);
		buffer_free(&line);
	}
	return b->s->out.length < (1 << 16) || session_flush(b->s);
}

int module_walk(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	const struct exporter *e = NULL;
	if (set->format && strcmp(set->format, "jsonl")) {
		e = exporter_by_name(set->format);
		if (!e || !e->wants_nodes) {
			say(m, "walk writes jsonl or bodyfile, not '%s'", set->format);
			return EXIT_USAGE;
		}
		set->shallow = true;
	}
	uint32_t operations = PASS_LIST | (set->shallow ? 0 : PASS_DESCEND);
	if (!e)
		return read_evidence(m, set, operations);
	struct session s = { 0 };
	struct body b = { .s = &s, .e = e };
	int code;
	s.sink = body_record;
	s.sink_owner = &b;
	if (session_begin(&s, m, set, operations, &code)) {
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		bool good = true;
		if (set->operands)
			session_operands(&s, false);
		else
			good = session_records(&s, true);
		code = good ? session_run(&s) : EXIT_USAGE;
	}
	session_free(&s);
	return code;
}
