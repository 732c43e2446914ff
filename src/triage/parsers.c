/* SPDX-License-Identifier: Apache-2.0 */
/* parsers.c: which artefact parsers a node's content goes to, and what they get and give. */
#include "config.h"

#include "triage/work.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "engine/sandbox.h"

/* A parser at work on a node. What it reports without a step is about that node. */
struct parsing { struct reporter report; struct pass *pass; struct work *work; struct buffer own, hits; bool direct; };

static void parsing_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct parsing *g = (struct parsing *)r;
	g->pass->report.error(&g->pass->report, class, kind, step ? step : g->work->n->step, offset, length, message);
}

static void parsing_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct parsing *g = (struct parsing *)r;
	g->pass->report.note(&g->pass->report, kind, step ? step : g->work->n->step, offset, length, message);
}

static bool parsing_step(struct reporter *r, uint64_t at)
{
	struct pass *p = ((struct parsing *)r)->pass;
	return p->report.step(&p->report, at);
}

static void frames_out(struct pass *p, const struct buffer *frames, size_t from, size_t to)
{
	if (to > from)
		worker_records(p->w, &(struct buffer){ .data = frames->data + from, .length = to - from, .capacity = to - from });
}

/* What a parser has made so far goes out behind what is there; its word on the whole is kept for its claim. */
static void parser_flush(struct parse *parse)
{
	struct parsing *g = parse->owner;
	struct pass *p = g->pass;
	struct buffer *made = parse->out, *after = &g->work->after;
	size_t at = 0, n, run = 0;              /* from `run` on frames go out as they are */
	bool told = p->s->o.operations & PASS_PARSE;
	if (g->direct) {
		worker_records(p->w, after);
		buffer_clear(after);
	}
	for (size_t i = 0; p->s->matcher && (n = record_frame_length(made->data + i, made->length - i)) >= 6; i += n)
		(void)sigma_match(p->s->matcher, made->data + i, n, &g->hits);
	struct record_view seen;
	for (size_t i = 0; scan_matches_records(p) && (n = record_frame_length(made->data + i, made->length - i)) >= 6; i += n)
		if (!record_view_open(&seen, made->data + i, n))
			scan_record(p, &seen, &g->hits);
	for (; (n = record_frame_length(made->data + at, made->length - at)) >= 6; at += n) {
		bool claim = made->data[at + 4] == RECORD_ARTIFACT && made->data[at + 5] == 0;
		if (!told) {            /* it was made for the rules */
			run = at + n;
			continue;
		}
		if (g->direct && !claim)
			continue;
		if (g->direct)
			frames_out(p, made, run, at);
		run = at + n;
		struct record_view v;
		if (record_view_open(&v, made->data + at, n))
			continue;
		if (claim) {
			buffer_clear(&g->own);
			buffer_append(&g->own, made->data + at, n);
		} else if (record_has(&v, F_LOCATOR)) {
			buffer_append(after, made->data + at, n);
		} else {        /* what a parser took from a shared reader (mail) has no locator yet */
			record_prefix_locator(after, &v, (const char *)p->locator.data, p->locator.length);
		}
	}
	if (g->direct)
		frames_out(p, made, run, at);
	buffer_clear(made);
	hits_keep(p, g->work, &g->hits, NULL);
	buffer_clear(&g->hits);
	worker_beat(p->w);
	worker_records(p->w, after);
	buffer_clear(after);
}

/* The content of a thing that another step of the same container names; NULL: there is none. */
static struct source *source_at(struct container *beside, struct arena *a, const char *step)
{
	struct locator l;
	struct node n = { 0 };
	char *text = arena_format(a, "x::%s", step);
	bool there = !locator_parse(&l, text, strlen(text)) && beside->format->find(beside, &l.step[0], &n) && n.size && n.content != CONTENT_NONE && n.content != CONTENT_SEQUENTIAL;
	return there ? format_content(beside, &n) : NULL;
}

/* What lies beside the node: given with the job, or found in its file system, for which that is opened once more (the node in hand lives in its own container's
 * memory). The sources that were found are the caller's to close, then *beside. */
static bool companions_find(struct pass *p, const struct work *k, const struct artifact_parser *a, struct source **companion, struct container **beside)
{
	const struct container *c = k->c;
	memset(companion, 0, COMPANIONS_ALL * sizeof *companion);
	if (a->companions && k->companion)
		memcpy(companion, k->companion, COMPANIONS * sizeof *companion);
	else if (a->companions && !c && k->source == p->s->place.media && p->s->place.companions == COMPANIONS)
		memcpy(companion, p->s->place.companion, COMPANIONS * sizeof *companion);
	if (!c || !c->format || !c->source || c->format->flags & FORMAT_SEQUENTIAL)
		return false;
	bool mft = a->mft && !strcmp(c->format->name, "ntfs"), named = a->companions && k->n->kind != NODE_STREAM && strchr(k->n->step, '/');
	if (!mft && !named)
		return false;
	bool steady = c->source == p->steady && (!p->beside || p->beside->format == c->format);
	*beside = steady && p->beside ? p->beside : format_open(c->format, &(struct opening){ .source = c->source, .report = &p->s->muted.reporter, .name = "", .list_deleted = true });
	if (steady)
		p->beside = *beside;
	for (unsigned i = 0; i < COMPANIONS && *beside && named; i++)
		companion[i] = source_at(*beside, &p->arena, arena_format(&p->arena, "%s%s", k->n->step, companion_suffix[i]));
	if (*beside && mft)
		companion[COMPANION_MFT] = source_at(*beside, &p->arena, "ntfs:/%24MFT");
	return *beside;
}

struct sigma_matcher *pass_matcher(struct pass_state *s)
{
	if (s->sigma && !s->matcher)
		s->matcher = sigma_matcher_new(s->sigma);
	return s->matcher;
}

static bool wants_log(struct parse *parse, const char *channel, size_t length, uint64_t event_id)
{
	return sigma_wants_log(((struct parsing *)parse->owner)->pass->s->matcher, channel, length, event_id);
}

static void sigma_limit(void *owner, const char *title, const char *what)
{
	struct parsing *g = owner;
	report_error(&g->report, "limit", "sigma", NULL, 0, 0, "%s: %s", title, what);
}

/* The rules' last word on a log: counts. */
static void rules_end(struct parsing *g)
{
	struct pass_state *s = g->pass->s;
	if (s->matcher) {
		(void)sigma_log_end(s->matcher, &g->hits, sigma_limit, g);
		hits_keep(g->pass, g->work, &g->hits, NULL);
	}
	buffer_free(&g->hits);
}

/* id: of the catalogue row that led here; only: see struct parse. */
static void parser_run(struct pass *p, struct work *k, const struct artifact_parser *a, const char *id, const char *only)
{
	struct source *companion[COMPANIONS_ALL];
	struct container *beside = NULL;
	bool asked = a->companions || a->mft, owned = asked && companions_find(p, k, a, companion, &beside);
	struct buffer made = { 0 }, claim = { 0 };
	struct parsing parsing = { .report = { parsing_error, parsing_note, parsing_step }, .pass = p, .work = k, .direct = a->direct };
	struct buffer *own = &parsing.own;
	bool told = p->s->o.operations & PASS_PARSE;
	(void)pass_matcher(p->s);
	struct parse parse = { .node = k->n, .source = k->source ? k->source : k->scratch, .bytes = k->whole, .length = k->whole ? k->length : 0, .tainted = k->tainted, .arena = &p->arena, .out = &made,
		.artifact_id = id, .only = only, .report = &parsing.report, .locator = (const char *)p->locator.data, .locator_length = p->locator.length, .flush = parser_flush, .owner = &parsing,
		.companion = asked ? companion : NULL, .wants_log = told ? NULL : wants_log };
	const char *left = worker_enter(p->w, (UINT64_C(1) << 32) + (uint64_t)(uintptr_t)a->id % 65521, "parse");
	struct source *memory = NULL;
	if (!parse.source && k->whole)
		parse.source = memory = source_of_memory(k->whole, k->length, false);
	if (!left && parse.source) {
		a->parse(&parse);
		worker_leave(p->w);
	} else if (!left) {
		worker_leave(p->w);
		left = "too large to be held";
	}
	source_close(memory);
	for (unsigned i = 0; i < COMPANIONS_ALL && owned; i++)
		source_close(companion[i]);
	if (beside && beside != p->beside)
		format_close(beside);
	arena_reset(&p->arena);
	parser_flush(&parse);
	rules_end(&parsing);
	buffer_free(&made);
	/* looked through and nothing there: no claim */
	if (!told || (k->n->kind == NODE_UNALLOCATED && !parse.events && !p->s->o.artifact[0])) {
		buffer_free(own);
		return;
	}
	struct record_builder r = record_begin(&claim, RECORD_ARTIFACT);
	record_text(&r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
	record_string(&r, F_ARTIFACT_ID, parse.artifact_id);
	record_evidence_text(&r, F_NAME, k->n->name.bytes, k->n->name.length, TEXT_UTF8);
	record_text(&r, F_PATH, (const char *)k->n->path.bytes, k->n->path.length);
	if (k->hashed)
		record_hex(&r, F_SHA256, k->sha256, sizeof k->sha256);
	record_number(&r, F_SIZE, k->size);
	if (k->tainted)
		record_flag(&r, F_TAINTED, true);
	record_number(&r, F_EVENTS, parse.events);
	record_string(&r, F_STATE, left ? "failed" : "read");
	record_string(&r, F_WHY, left);
	record_end(&r);
	/* what the parser has to say of the whole (layout, counts) goes into the same record */
	struct record_view said, change;
	if (own->length && !record_view_open(&said, own->data, own->length) && !record_view_open(&change, claim.data, claim.length))
		record_merge(&k->after, &said, &change);
	else
		buffer_append(&k->after, claim.data, claim.length);
	buffer_free(own);
	buffer_free(&claim);
	k->found = true;
}

#ifdef SPOOR_FAULTS
void planted_fault(struct pass *p, const void *name, size_t length, const char *step)
{
	const struct pass_options *o = &p->s->o;
	if (!o->fault[0] || length != strlen(o->fault_name) || memcmp(name, o->fault_name, length))
		return;
	if (!strcmp(o->fault, "crash"))
		raise(SIGSEGV);
	else if (!strcmp(o->fault, "hang"))
		for (;;)
			nanosleep(&(struct timespec){ 1, 0 }, NULL);
	else if (!strcmp(o->fault, "spin"))
		for (volatile int i = 0;; i++)
			;
	else if (!strcmp(o->fault, "memory"))
		for (;;)
			memset(memory_new(1 << 20), 1, 1 << 20);
	else
		report_error(&p->report, "fault", sandbox_deed(o->fault) ? "planted.succeeded" : "planted.refused", step, 0, 0, "planted fault: %s", o->fault);
}
#endif

/* Is there a rule over what this parser makes? */
static bool for_rules(const struct pass *p, const struct artifact_parser *a)
{
	const struct sigma_rules *r = p->s->sigma;
	return r && (strstr(a->events, "log_event") ? sigma_wants_logs(r) : sigma_wants_records(r, RECORD_EVENT) || sigma_wants_records(r, RECORD_MESSAGE));
}

/* Does this parser read the node? *id: of the catalogue row that led here, or NULL. */
static bool takes(const struct pass *p, const struct work *k, const struct artifact_parser *a, const char **id)
{
	const struct pass_options *o = &p->s->o;
	*id = NULL;
	if (!(o->operations & PASS_PARSE) && !for_rules(p, a))
		return false;
	for (size_t r = 0; r < k->rows && !*id; r++)
		if (artifact_reads(a, catalogue[k->row[r]].id))
			*id = catalogue[k->row[r]].id;
	if (o->artifact[0])
		return artifact_reads(a, o->artifact);
	if (k->n->kind == NODE_UNALLOCATED)
		return a->carves;
	return a->probe ? a->probe(k->whole ? k->whole : k->head, k->whole ? k->length : k->head_length, *id != NULL) : *id != NULL;
}

bool parsers_want(const struct pass *p, const struct work *k)
{
	const char *id;
	for (size_t i = 0; artifact_parsers[i]; i++)
		if (takes(p, k, artifact_parsers[i], &id))
			return true;
	return false;
}

void parsers_run(struct pass *p, struct work *k)
{
	const char *id, *only = p->s->o.artifact[0] ? p->s->o.artifact : NULL;
	for (size_t i = 0; artifact_parsers[i]; i++)
		if (takes(p, k, artifact_parsers[i], &id))
			parser_run(p, k, artifact_parsers[i], id ? id : artifact_parsers[i]->id, only);
#ifdef SPOOR_FAULTS
	if (worker_enter(p->w, UINT64_C(1) << 34, "planted fault"))
		return;
	planted_fault(p, k->n->name.bytes, k->n->name.length, k->n->step);
	worker_leave(p->w);
#endif
}
