/* SPDX-License-Identifier: Apache-2.0 */
/* blame.c: a worker died. Its job is tried once more alone; if that dies too, the step it was at is left out, and at last the job is only described.
 * Each is an error record, also the death that the second try survived: evidence that ends a worker is a finding. Only a worker that something else killed once leaves none. */
#include "engine/broker.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct { const char *kind, *text; } death_text[] = {
	{ "crash", "the worker crashed" },
	{ "hang", "the worker made no progress and was ended" },
	{ "memory", "the worker ran out of memory" },
	{ "sandbox", "the worker tried what the sandbox forbids" },
	{ "protocol", "the worker sent what it must not" },
	{ "killed", "the worker was killed" },
	{ "exit", "the worker ended without an answer" },
};

static const char *death_name(const struct worker_slot *s, int *signal_number)
{
	*signal_number = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;
	if (s->protocol)
		return "protocol";
	if (s->killed_hang)
		return "hang";
	if (*signal_number == SIGSYS)
		return "sandbox";
	if (*signal_number == SIGKILL)
		return "killed";
	if (*signal_number)
		return "crash";
	return WIFEXITED(s->status) && WEXITSTATUS(s->status) == MEMORY_EXHAUSTED_STATUS ? "memory" : "exit";
}

static void error_record(struct engine *e, struct worker_slot *s, const struct death *d, const char *consequence)
{
	struct buffer frame = { 0 }, text = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_ERROR);
	const struct black_box *box = &d->box;
	record_string(&r, F_KIND, d->kind);
	record_string(&r, F_SEVERITY_CLASS, "fault");
	size_t tail = strnlen(box->locator, sizeof box->locator);
	if (tail > 2 && tail < sizeof box->locator && !memcmp(box->locator, "::", 2) && text_is_utf8(box->locator, tail))
		record_text(&r, F_LOCATOR, box->locator, tail);
	char what[sizeof box->what];
	memcpy(what, box->what, sizeof what);
	what[sizeof what - 1] = 0;
	if (*what && text_is_utf8(what, strlen(what)))
		record_string(&r, F_STEP, what);
	if (d->signal)
		record_number(&r, F_SIGNAL, (uint64_t)d->signal);
	for (size_t i = 0; i < sizeof death_text / sizeof *death_text; i++)
		if (!strcmp(death_text[i].kind, d->kind))
			buffer_text(&text, death_text[i].text);
	if (d->protocol)
		buffer_format(&text, " (%s)", d->protocol);
	buffer_text(&text, consequence);
	record_text(&r, F_MESSAGE_TEXT, (const char *)text.data, text.length);
	record_end(&r);
	struct record_view v;
	const char *prefix = prefix_of(e, &e->job[s->job]);
	if (!record_view_open(&v, frame.data, frame.length))
		record_prefix_locator(&s->errors, &v, prefix, strlen(prefix));
	buffer_free(&frame);
	buffer_free(&text);
}

void death_survived(struct engine *e, struct worker_slot *s)
{
	if (s->blamed && !s->outside && !s->errors.length)
		error_record(e, s, &s->death, ", once; tried again alone in a fresh worker this part was read, nothing was left out");
}

void given_differs(struct engine *e, struct worker_slot *s)
{
	static const struct death unknown = { .kind = "killed" };
	char consequence[192];
	snprintf(consequence, sizeof consequence, "; tried again this part did not begin with the same %llu records, which are given already: what it gave stands behind them, so some stand twice",
	         (unsigned long long)s->given.records);
	error_record(e, s, s->attempts ? &s->death : &unknown, consequence);
}

/* The worker is dead and all it sent was read. Decides what becomes of its job. */
static bool blame(struct engine *e, struct worker_slot *s)
{
	struct death *d = &s->death;
	memcpy(&d->box, s->box, sizeof d->box);
	d->kind = death_name(s, &d->signal);
	d->protocol = s->protocol;
	bool outside = !strcmp(d->kind, "killed") && !s->attempts;
	slot_close(s);
	pending_clear(e, s);
	if (e->job[s->job].ask)
		ask_answer(e, s, ANSWER_VOID, NULL, 0);
	e->counts.reruns++;
	s->attempts++;
	if (!s->blamed || outside) {
		s->blamed = true;
		s->outside = outside;
		return true;            /* once more, alone in a fresh worker */
	}
	if (!strcmp(d->kind, "hang"))
		e->counts.clock_decided = true;
	if (s->give_up) {
		/* not even a description: the job ends here */
		memset(d->box.locator, 0, sizeof d->box.locator);
		char consequence[112];
		snprintf(consequence, sizeof consequence, ", twice; nothing of this part could be described (%u nodes, which no sum counts)", e->job[s->job].item_count);
		error_record(e, s, d, consequence);
		e->counts.jobs_failed++;
		s->output = s->items = SPOOL_NONE;
		return job_commit(e, s);
	}
	bool told = d->box.path.depth >= 1 && d->box.path.depth <= STEP_DEPTH && d->box.job == s->job;
	if (told && s->skips < SKIP_MAX) {
		struct skip *k = &s->skip[s->skips++];
		*k = (struct skip){ .path = d->box.path };
		k->path.reserved = 0;
		snprintf(k->why, sizeof k->why, "%s", d->kind);
		e->counts.steps_left_out++;
		error_record(e, s, d, ", twice; this step was left out, all else went on");
		return true;
	}
	s->give_up = true;
	error_record(e, s, d, ", twice; this part was described but not read");
	return true;
}

bool slot_dead(struct engine *e, struct worker_slot *s)
{
	bool end = false;
	while (!end && s->pipe >= 0) {
		struct pollfd p = { .fd = s->pipe, .events = POLLIN };
		if (poll(&p, 1, 0) <= 0)
			break;
		if (!pipe_read(e, s, &end))
			return false;
	}
	if (s->job && s->sent)
		return blame(e, s);
	slot_close(s);                          /* a job that was not handed over yet waits for the next worker */
	return true;
}
