/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c: jobs that the client asks for while the engine runs, and whose answers it waits for (mount). They stand beside the tree: nothing of them is spooled or
 * journalled, and what a worker sends goes to the client as it comes, until it is DONE or void. Their numbers are used again, so that days of asking cost no memory. */
#include "engine/broker.h"

#include <stdlib.h>
#include <string.h>

void engine_attend(struct engine *e, int descriptor, bool (*ready)(void *owner))
{
	e->attended = descriptor;
	e->ready_to_read = ready;
}

void engine_ask(struct engine *e, const struct engine_job *g, void *asker)
{
	struct ask *a = e->ask_spare;
	if (a) {
		e->ask_spare = a->next;
	} else {
		a = memory_new(sizeof *a);
		a->job = job_new(e);
	}
	a->next = NULL;
	a->asker = asker;
	a->prefix = memory_string(g->prefix);
	a->payload = memory_copy(g->payload ? g->payload : "", g->length);
	e->job[a->job] = (struct job){ .ask = a, .payload_length = (uint32_t)g->length, .item_count = g->items, .batch = g->items > 0, .kind = g->kind, .files = (uint8_t)g->files,
		.evidence = g->evidence, .file_job = g->files == FILES_ITEM ? a->job : 0, .output = SPOOL_NONE, .items = SPOOL_NONE };
	struct ask **last = &e->asked;
	while (*last)
		last = &(*last)->next;
	*last = a;
}

/* Would another worker do better: one that has this evidence open and nothing to do? */
static bool better_elsewhere(const struct engine *e, const struct worker_slot *s, uint32_t evidence)
{
	for (unsigned i = 0; i < e->o.workers && s->evidence != evidence; i++)
		if (e->slot[i].state == SLOT_IDLE && !e->slot[i].job && e->slot[i].evidence == evidence)
			return true;
	return false;
}

uint32_t ask_next(struct engine *e, const struct worker_slot *s)
{
	for (struct ask **at = &e->asked; *at; at = &(*at)->next) {
		struct ask *a = *at;
		const struct job *j = &e->job[a->job];
		if (j->files == FILES_EVIDENCE && better_elsewhere(e, s, j->evidence))
			continue;
		*at = a->next;
		return a->job;
	}
	return 0;
}

bool ask_answer(struct engine *e, const struct worker_slot *s, enum answer answer, const uint8_t *bytes, size_t length)
{
	e->c.answer(e->c.owner, e->job[s->job].ask->asker, answer, bytes, length);
	return true;
}

bool ask_records(struct engine *e, struct worker_slot *s)
{
	for (size_t at = 0, n; (n = record_frame_length(s->records.data + at, s->records.length - at)); at += n) {
		e->counts.records++;
		ask_answer(e, s, ANSWER_RECORD, s->records.data + at, n);
	}
	buffer_clear(&s->records);
	return true;
}

bool ask_done(struct engine *e, struct worker_slot *s)
{
	struct ask *a = e->job[s->job].ask;
	void *asker = a->asker;
	bool failed = s->state == SLOT_EMPTY;           /* the last of its workers is dead */
	for (unsigned i = 0; i < s->streams; i++)
		failed |= !s->stream[i].complete && s->stream[i].purpose != PURPOSE_SCRATCH;
	buffer_append(&s->records, s->errors.data, s->errors.length);
	ask_records(e, s);
	pending_clear(e, s);
	free(a->prefix);
	free(a->payload);
	e->job[a->job] = (struct job){ .output = SPOOL_NONE, .items = SPOOL_NONE };
	a->next = e->ask_spare;
	e->ask_spare = a;
	e->counts.jobs_done++;
	s->job = 0;
	s->sent = false;
	e->c.answer(e->c.owner, asker, failed ? ANSWER_FAILED : ANSWER_DONE, NULL, 0);
	return true;
}

void asks_free(struct engine *e)
{
	for (uint32_t i = 1; i < e->jobs; i++)
		if (e->job[i].ask) {
			free(e->job[i].ask->prefix);
			free(e->job[i].ask->payload);
			free(e->job[i].ask);
		}
	while (e->ask_spare) {
		struct ask *a = e->ask_spare;
		e->ask_spare = a->next;
		free(a);
	}
}
