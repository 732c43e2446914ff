/* SPDX-License-Identifier: Apache-2.0 */
/* outputs.c: timeline, bundle, triage: where sorted records end. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "modules/modules.h"
#include "record/locator.h"

enum { SORT_MEMORY = 128 << 20 };

static const uint32_t everything = PASS_LIST | PASS_DESCEND | PASS_CONTENT | PASS_PARSE;

/* ---- timeline */

struct sorted { struct session *s; struct timeline *t; const struct exporter *e; };

static bool sort_record(void *owner, const struct record_view *v)
{
	struct sorted *o = owner;
	if (o->e->wants_nodes) {
		if (v->type == RECORD_NODE)
			o->e->record(&o->s->out, v);
		return o->s->out.length < (1 << 16) || session_flush(o->s);
	}
	return timeline_add(o->t, v);
}

int module_timeline(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct sorted o = { .s = &s, .e = exporter_by_name(set->format ? set->format : "jsonl") };
	int code;
	if (!o.e) {
		say(m, "there is no format '%s'", set->format);
		for (size_t i = 0; exporters[i]; i++)
			fprintf(stderr, "  %-18s %s\n", exporters[i]->name, exporters[i]->about);
		return EXIT_USAGE;
	}
	s.sink = sort_record;
	s.sink_owner = &o;
	if (session_begin(&s, m, set, set->operands ? everything : 0, &code)) {
		struct engine_options options = session_options(&s);
		o.t = timeline_new(s.directory, SORT_MEMORY);
		session_engine(&s, &options);
		bool good = true;
		if (set->operands)
			session_operands(&s, false);
		else
			good = session_records(&s, false);
		code = good ? session_finish(&s) : EXIT_USAGE;
		if (code <= EXIT_ERRORS || code == EXIT_FOUND) {
			struct record_view v;
			int got;
			if (o.e->head)
				o.e->head(&s.out);
			progress_phase(&s, "sorting");
			good = timeline_finish(o.t);
			while (good && (got = timeline_next(o.t, &v)) > 0) {
				o.e->record(&s.out, &v);
				good = s.out.length < (1 << 16) || session_flush(&s);
			}
			if (o.e->tail)
				o.e->tail(&s.out);
			if (!good && !s.broken)
				session_work_trouble(&s, strerror(errno));
			if (!good || !session_flush(&s))
				code = EXIT_OUTPUT;
			progress_clear();
		}
		session_summary(&s, code);
	}
	timeline_free(o.t);
	session_free(&s);
	return code;
}

/* ---- bundle and triage */

struct casework { struct session *s; struct bundle *b; };

static bool case_record(void *owner, const struct record_view *v)
{
	return bundle_record(((struct casework *)owner)->b, v);
}

static const char *case_trouble(const void *owner)
{
	return bundle_trouble(((const struct casework *)owner)->b);
}

static void *case_begin(void *owner)
{
	return content_begin(bundle_store(((struct casework *)owner)->b));
}

static bool case_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	(void)owner;
	return content_write(handle, bytes, length);
}

static void case_close(void *owner, void *handle)
{
	(void)owner;
	content_close(handle);
}

static bool case_end(void *owner, void *handle, bool complete, bool keep)
{
	(void)owner;
	return content_end(handle, keep && complete);
}

static bool case_settle(void *owner)
{
	return bundle_settle(((struct casework *)owner)->b);
}

/* Why a directory could not be made: a mistake on the command line, or trouble with what holds it? */
static int directory_trouble(const struct module *m, const char *path)
{
	int why = errno;
	say(m, "%s: %s", path, why == ENOENT ? "the folder that is to hold it is not there" : why == ENOTDIR || why == EEXIST ? "something that is no directory is in the way" : strerror(why));
	return why == ENOENT || why == ENOTDIR || why == EEXIST ? EXIT_USAGE : EXIT_OUTPUT;
}

/* What a run must share with the one that it goes on with: options and rules, evidence, and this very build. */
static void identity(struct session *s, uint32_t batch_items, uint8_t out[32])
{
	struct hasher *h = hasher_new(HASH_SHA256);
	uint8_t *bytes = memory_new(1 << 16);
	hasher_update(h, s->config.data, s->config.length);
	for (unsigned i = 0; i < s->set->operands; i++) {
		const char *tail;
		uint32_t item = session_evidence(s, s->set->operand[i], strlen(s->set->operand[i]), &tail);
		hasher_update(h, s->set->operand[i], strlen(s->set->operand[i]) + 1);
		if (item == UINT32_MAX)
			continue;
		if (s->item[item].folder)
			session_folder_facts(s, item);
		hasher_update(h, s->item[item].base, strlen(s->item[item].base) + 1);
		hasher_update(h, s->item[item].head, 32);
		hasher_update(h, s->item[item].tail, 32);
		hasher_update(h, &s->item[item].size, sizeof s->item[item].size);
	}
	int worker = open(session_worker(), O_RDONLY | O_CLOEXEC);
	for (ssize_t n; worker >= 0 && (n = read(worker, bytes, 1 << 16)) > 0;)
		hasher_update(h, bytes, (size_t)n);
	if (worker >= 0)
		close(worker);
	hasher_update(h, &batch_items, sizeof batch_items);     /* the journal names jobs by their place among others */
	hasher_finish(h);
	memcpy(out, hasher_digest(h, HASH_SHA256), 32);
	hasher_free(h);
	free(bytes);
}

/* Before anything is written: is there any evidence? What could not be opened is told here when nothing could. */
static bool evidence_there(const struct module *m, const struct settings *set)
{
	for (unsigned i = 0; i < set->operands; i++) {
		struct locator l;
		struct buffer name = { 0 };
		struct stat st;
		bool there = stat(set->operand[i], &st) == 0 || (!locator_parse(&l, set->operand[i], strlen(set->operand[i])) && locator_unescape(&name, l.evidence.text, l.evidence.length) && stat(buffer_string(&name), &st) == 0);
		buffer_free(&name);
		if (there)
			return true;
	}
	for (unsigned i = 0; i < set->operands; i++)
		say(m, "%s: there is no such file", set->operand[i]);
	return false;
}

/* What helps a case that this run leaves half done. */
static void unfinished_tell(const struct module *m, const struct settings *set, int code)
{
	if (code == EXIT_OUTPUT || code > 128)
		say(m, "%s is unfinished: %s the same command with --resume goes on with it", set->output, code == EXIT_OUTPUT ? "when it can be written again," : "interrupted;");
}

static void case_stage(void *owner, const char *what) { progress_phase(owner, what); }

/* Whether there is any use in beginning: else told, with the exit status. */
static bool case_possible(const struct module *m, const struct settings *set, int *code)
{
	struct buffer why = { 0 };
	*code = EXIT_USAGE;
	bool good = false;
	if (!set->output)
		say(m, "where to? give -o DIR");
	else if (set->sign && !bundle_key_there(set->sign, &why))
		say(m, "%s", buffer_string(&why));
	else if (set->operands && !evidence_there(m, set))
		*code = EXIT_NO_EVIDENCE;
	else
		good = session_output_allowed(m, set);
	buffer_free(&why);
	return good;
}

/* The records are there: puts the bundle together. False: it could not be written, told. */
static bool case_finish(const struct casework *w, uint32_t operations)
{
	struct session *s = w->s;
	struct buffer sandbox = { 0 }, rules = { 0 };
	const struct engine_counts *c = engine_counts(s->engine);
	sandbox_text(&sandbox, c->sandbox);
	session_rules_text(s, &rules);
	const char *set_line = buffer_string(&rules);
	struct bundle_facts f = { .version = PACKAGE_VERSION, .sandbox = buffer_string(&sandbox), .rule_sets = &set_line, .rule_set_count = operations & PASS_SCAN ? 1 : 0, .status = s->upstream_cut ? "interrupted" : "complete",
		.jobs = c->jobs, .jobs_resumed = c->jobs_resumed, .jobs_run = c->jobs_run };
	progress_phase(s, "writing the bundle");
	bool done = bundle_finish(w->b, &f);
	progress_clear();
	if (!done)
		say(s->module, "%s: %s", s->set->output, bundle_trouble(w->b) ? bundle_trouble(w->b) : strerror(errno));
	buffer_free(&sandbox);
	buffer_free(&rules);
	return done;
}

/* Evidence, or records, into the bundle that was begun. *done: it is whole. The exit status. */
static int case_run(struct casework *w, const struct case_directory *directory, uint32_t operations, bool *done)
{
	struct session *s = w->s;
	struct settings *set = s->set;
	s->directory = dup(directory->work);
	s->directory_name = set->output;
	struct engine_options o = session_options(s);
	if (operations) {
		o.journal = true;
		o.resume = directory->unfinished && faccessat(directory->work, "journal", F_OK, 0) == 0;
		identity(s, o.batch_items, o.identity);
	}
	session_engine(s, &o);
	bool good = true;
	if (operations)
		session_operands(s, true);
	else
		good = session_records(s, false);
	int code = good ? session_run(s) : EXIT_USAGE;
	if ((code < EXIT_OUTPUT || code == EXIT_FOUND) && code != EXIT_USAGE && code != EXIT_NO_EVIDENCE && !session_stopped(&code)) {
		*done = case_finish(w, operations);
		if (!*done)
			code = EXIT_OUTPUT;
		else if (code <= EXIT_ERRORS && set->exit_findings && bundle_best_score(w->b) >= set->exit_findings)
			code = EXIT_FOUND;
	}
	if (!*done)
		unfinished_tell(s->module, set, code);
	return code;
}

/* What a person does with a bundle that is whole: signs it, notes the custody log's end, opens the report. The exit status. */
static int case_told(const struct module *m, const struct settings *set, int code)
{
	struct buffer why = { 0 };
	char head[65];
	if (set->sign && !bundle_sign(set->output, set->sign, &why)) {
		say(m, "the bundle is not signed: %s", buffer_string(&why));
		code = EXIT_OUTPUT;
	}
	buffer_free(&why);
	if (set->quiet)
		return code;
	if (custody_head(set->output, head))
		fprintf(stderr, "spoor %s: the last line of %s/custody.log has the SHA-256 %s, worth writing on paper\n", m->name, set->output, head);
	fprintf(stderr, "spoor %s: the bundle is in %s; open %s/data/report.html\n", m->name, set->output, set->output);
	return code;
}

static int make_case(const struct module *m, struct settings *set, int argc, char **argv, uint32_t operations)
{
	struct session s = { 0 };
	struct case_directory directory;
	struct buffer command = { 0 };
	const char *refused;
	bool done = false;
	int code;
	if (!case_possible(m, set, &code))
		return code;
	enum case_state state = case_open(set->output, set->resume, &directory, &refused);
	if (state != CASE_READY) {
		code = state == CASE_TROUBLE ? directory_trouble(m, set->output) : EXIT_USAGE;
		if (state == CASE_REFUSED)
			say(m, "%s: %s", set->output, refused);
		case_leave(&directory, false);
		return code;
	}
	buffer_text(&command, "spoor");
	for (int i = 0; i < argc; i++) {
		buffer_byte(&command, ' ');
		locator_escape_evidence(&command, argv[i], strlen(argv[i]));
	}
	struct casework w = { .s = &s, .b = bundle_new(&(struct bundle_options){ .path = set->output, .profile = set->profile, .command = buffer_string(&command), .stage = case_stage, .owner = &s }) };
	if (!w.b || !bundle_begin(w.b, directory.unfinished)) {
		say(m, "%s can't be written: %s", set->output, strerror(errno));
		code = EXIT_OUTPUT;
		unfinished_tell(m, set, code);
	} else {
		s.sink = case_record;
		s.sink_trouble = case_trouble;
		s.sink_owner = &w;
		s.store_begin = case_begin;
		s.store_write = case_write;
		s.store_close = case_close;
		s.store_end = case_end;
		s.store_settle = case_settle;
		if (session_begin(&s, m, set, operations, &code))
			code = case_run(&w, &directory, operations, &done);
		session_free(&s);       /* first: streams that were open are forgotten through the bundle */
	}
	bundle_free(w.b);
	case_leave(&directory, done);
	if (done)
		code = case_told(m, set, code);
	buffer_free(&command);
	return code;
}

int module_bundle(const struct module *m, struct settings *set, int argc, char **argv)
{
	return make_case(m, set, argc, argv, set->operands ? everything : 0);
}

int module_triage(const struct module *m, struct settings *set, int argc, char **argv)
{
	if (!set->operands) {
		say(m, "which evidence?");
		return EXIT_USAGE;
	}
	return make_case(m, set, argc, argv, everything | PASS_SCAN | PASS_SIGMA | PASS_STORE_FOUND);
}
