/* SPDX-License-Identifier: Apache-2.0 */
/* pass.c: what a worker does with a job: the table of jobs, the warm-up before, and the jobs that touch no evidence. */
#include "triage/work.h"

#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/sandbox.h"
#include "triage/versions.h"

static void keys_ask(struct key_ring *r, const uint8_t volume[32], struct key_answer *a)
{
	worker_keys(((struct pass_keys *)r)->w, volume, a->bytes, &a->found, &a->given);
}

static void keys_found(struct key_ring *r, const uint8_t volume[32], const uint8_t *key, size_t length)
{
	worker_key_found(((struct pass_keys *)r)->w, volume, key, length);
}
static void preamble_job(struct pass *p)
{
	for (size_t i = 0; i < p->s->failures; i++) {
		struct buffer text = { 0 };
		const struct failed_rule *f = &p->s->failed[i];
		if (f->list)
			buffer_format(&text, "indicators in %s: %s", f->name, f->message);
		else if (f->title)
			buffer_format(&text, "rule %s in %s is left out: %s", f->title, f->name, f->message);
		else
			buffer_format(&text, "rule file %s did not compile: %s", f->name, f->message);
		if (f->elsewhere)
			report_note(&p->report, "rule.elsewhere", NULL, 0, 0, "%s", buffer_string(&text));
		else
			report_error(&p->report, "unsupported", f->list ? "ioc.list" : "rule.compile", NULL, 0, 0, "%s", buffer_string(&text));
		buffer_free(&text);
	}
	report_note(&p->report, "rules", NULL, 0, 0, "%zu rules loaded", p->s->rules ? yara_rule_count(p->s->rules) : 0);
	if (p->s->o.ioc_files)
		report_note(&p->report, "ioc", NULL, 0, 0, "%zu indicators loaded from %u lists", p->s->iocs.iocs, p->s->o.ioc_files);
	if (p->s->o.operations & PASS_SIGMA)
		report_note(&p->report, "rules", NULL, 0, 0, "%zu Sigma rules loaded", p->s->sigma ? sigma_rule_count(p->s->sigma) : 0);
}

static void deed_job(struct pass *p)
{
	char deed[32];
	snprintf(deed, sizeof deed, "%.*s", (int)p->job->length, (const char *)p->job->payload);
	if (worker_enter(p->w, 1, deed))
		return;
	report_note(&p->report, deed, NULL, 0, 0, "%s", sandbox_deed(deed) ? "allowed" : "refused");
	worker_leave(p->w);
}

static void versions_job(struct pass *p)
{
	versions_report(&p->report);
}

static void run(struct worker *w, void *state, const struct worker_job *job)
{
	static void (*const jobs[])(struct pass *) = {
		[PASS_JOB_PREAMBLE] = preamble_job, [PASS_JOB_OPEN] = open_job, [PASS_JOB_LIST] = list_job, [PASS_JOB_BATCH] = batch_job, [PASS_JOB_NODES] = nodes_job,
		[PASS_JOB_MEDIA] = media_job, [PASS_JOB_CAT] = cat_job, [PASS_JOB_FILES] = files_job, [PASS_JOB_DEED] = deed_job, [PASS_JOB_VERSIONS] = versions_job,
		[PASS_JOB_INSIDE] = inside_job, [PASS_JOB_READ] = read_job,
	};
	struct pass p = { .w = w, .s = state, .job = job };
	reporter_begin(&p.report);
	muted_begin(&p.s->muted, w);
	p.s->keys = (struct pass_keys){ { keys_ask, keys_found }, w };
	p.s->place.keys = &p.s->keys.ring;
	p.s->place.w = w;
	if (job->kind < sizeof jobs / sizeof *jobs && jobs[job->kind])
		jobs[job->kind](&p);
	emit(&p);
	buffer_free(&p.out);
	buffer_free(&p.tail);
	buffer_free(&p.locator);
	arena_free(&p.arena);
}

/* libyara makes and drops thousands of small objects for each content (the structures of its modules) and one large one. What is freed at the end of the heap is kept, and small pieces are
 * not hoarded only to be merged for the large one (tests/bench, row scan-signature-base). Contents of up to HEAP_PIECE come out of the heap too: fresh pages from the
 * kernel for each decoded attachment cost as much as decoding it (row mbox). */
enum { HEAP_KEPT = 32 << 20, HEAP_GROWS = 1 << 20, HEAP_PIECE = 8 << 20 };

static void preload(void)
{
	mallopt(M_MXFAST, 0);
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	mallopt(M_TOP_PAD, HEAP_GROWS);
	mallopt(M_MMAP_THRESHOLD, HEAP_PIECE);
	setenv("TZ", "UTC", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	text_warm_up();
	hash_warm_up();
	mail_warm_up();
}

static void rule_failed(void *owner, const char *name, const char *message)
{
	struct pass_state *s = owner;
	s->failed = memory_resize(s->failed, s->failures + 1, sizeof *s->failed);
	s->failed[s->failures++] = (struct failed_rule){ .name = memory_string(name), .message = memory_string(message) };
}

static void list_failed(void *owner, const char *name, const char *message)
{
	struct pass_state *s = owner;
	rule_failed(s, name, message);
	s->failed[s->failures - 1].list = true;
}

static void sigma_failed(void *owner, const char *name, const char *title, const char *why, bool elsewhere)
{
	struct pass_state *s = owner;
	s->failed = memory_resize(s->failed, s->failures + 1, sizeof *s->failed);
	s->failed[s->failures++] = (struct failed_rule){ memory_string(name), title ? memory_string(title) : NULL, memory_string(why), elsewhere, false };
}

/* A rule file out of the configuration; false: the last was given. */
static bool file_next(struct cursor *c, const char **name, const char **text, size_t *length)
{
	uint32_t name_length = cursor_u32le(c), text_length = cursor_u32le(c);
	const uint8_t *n = cursor_bytes(c, name_length), *t = cursor_bytes(c, text_length);
	if (!n || !t)
		return false;
	*name = memory_copy(n, name_length);
	*text = memory_copy(t, text_length);
	*length = text_length;
	return true;
}

static void *warm_up(const uint8_t *config, size_t length, void (*progress)(uint64_t at))
{
	struct pass_state *s = memory_new(sizeof *s);
	if (length < sizeof s->o)
		return s;
	memcpy(&s->o, config, sizeof s->o);
	struct cursor c = cursor_of(config + sizeof s->o, length - sizeof s->o, 0);
	struct yara_source *yara = memory_array(s->o.rule_files, sizeof *yara);
	struct sigma_source_text *sigma = memory_array(s->o.sigma_files, sizeof *sigma);
	size_t yaras = 0, sigmas = 0;
	while (yaras < s->o.rule_files && file_next(&c, &yara[yaras].name, &yara[yaras].text, &yara[yaras].length))
		yaras++;
	while (sigmas < s->o.sigma_files && file_next(&c, &sigma[sigmas].name, &sigma[sigmas].text, &sigma[sigmas].length))
		sigmas++;
	struct yara_source list;
	for (uint32_t i = 0; i < s->o.ioc_files && file_next(&c, &list.name, &list.text, &list.length); i++) {
		ioc_read(&s->iocs, list.name, list.text, list.length, list_failed, s);
		free((void *)list.name);
		free((void *)list.text);
	}
	progress(0);
	if (yaras && s->o.operations & PASS_SCAN)
		s->rules = yara_compile(yara, yaras, rule_failed, s);
	if (sigmas && s->o.operations & PASS_SIGMA)
		s->sigma = sigma_compile(sigma, sigmas, sigma_failed, s);
	while (yaras--) {
		free((void *)yara[yaras].name);
		free((void *)yara[yaras].text);
	}
	while (sigmas--) {
		free((void *)sigma[sigmas].name);
		free((void *)sigma[sigmas].text);
	}
	free(yara);
	free(sigma);
	return s;
}

/* Where nothing is done but read the whole media, it is hashed beside that. */
static void settle(void *state)
{
	struct pass_state *s = state;
	s->aside = aside_new(!s->o.operations);
}

const struct worker_function pass_function = { preload, warm_up, run, settle };
