/* SPDX-License-Identifier: Apache-2.0 */
/* telling.c: what goes out of a job, and where it says it comes from. */
#include "triage/work.h"

void emit(struct pass *p)
{
	worker_records(p->w, &p->out);
	buffer_clear(&p->out);
}

void locate(struct pass *p, const char *step)
{
	buffer_clear(&p->locator);
	buffer_append(&p->locator, p->tail.data, p->tail.length);
	if (step && *step) {
		buffer_text(&p->locator, "::");
		buffer_text(&p->locator, step);
	}
	worker_at(p->w, (const char *)p->locator.data, p->locator.length);
}

static void report_record(struct pass *p, enum record_type type, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct record_builder r = record_begin(&p->out, type);
	struct buffer l = { 0 };
	buffer_append(&l, p->tail.data, p->tail.length);
	if (step && *step) {
		buffer_text(&l, "::");
		buffer_text(&l, step);
	}
	record_string(&r, F_KIND, kind);
	if (class)
		record_string(&r, F_SEVERITY_CLASS, class);
	if (l.length)
		record_text(&r, F_LOCATOR, (const char *)l.data, l.length);
	if (length) {
		record_number(&r, F_OFFSET, offset);
		record_number(&r, F_LENGTH, length);
	}
	record_evidence_text(&r, F_MESSAGE_TEXT, message, strlen(message), TEXT_UTF8);
	record_end(&r);
	buffer_free(&l);
	emit(p);
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_record((struct pass *)r, RECORD_ERROR, class, kind, step, offset, length, message);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_record((struct pass *)r, RECORD_NOTE, NULL, kind, step, offset, length, message);
}

static bool on_step(struct reporter *r, uint64_t at)
{
	struct pass *p = (struct pass *)r;
	if (worker_enter(p->w, at, "list"))
		return false;
	worker_leave(p->w);
	return true;
}

static void mute_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static void mute_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static bool mute_step(struct reporter *r, uint64_t at)
{
	(void)at;
	worker_beat(((struct pass_muted *)r)->w);
	return true;
}

void muted_begin(struct pass_muted *m, struct worker *w)
{
	*m = (struct pass_muted){ { mute_error, mute_note, mute_step }, w };
}

void reporter_begin(struct reporter *r)
{
	*r = (struct reporter){ on_error, on_note, on_step };
}
