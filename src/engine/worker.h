/* SPDX-License-Identifier: Apache-2.0 */
/* worker.h: the life of a process that parses evidence, seen from inside.
 *
 * spoor-worker's main calls worker_main with one function table. The nursery calls warm_up once (libraries, rules; under the nursery's sandbox), then forks a worker
 * whenever the broker asks; a worker calls run for one job after the other. run emits frames; nothing else leaves the process. */
#ifndef SPOOR_ENGINE_WORKER_H
#define SPOOR_ENGINE_WORKER_H

#include "base/memory.h"
#include "engine/protocol.h"

struct worker;
struct worker_job {
	uint64_t number;
	uint32_t kind, flags, evidence, items;
	const char *prefix;                     /* NUL-terminated locator of the container the job works in */
	const uint8_t *payload; size_t length;
	const int *descriptor; unsigned descriptors;    /* the evidence's files when the worker sees this evidence first; worker-owned afterwards (keep them) */
	unsigned companions;                    /* of these, the last so many lie beside the evidence */
};

struct worker_function {
	void (*preload)(void);                  /* before the nursery's own lock-down: locale, iconv, algorithms */
	/* under the nursery's sandbox; tells its progress so that a death can be blamed (rule file number) */
	void *(*warm_up)(const uint8_t *config, size_t length, void (*progress)(uint64_t at));
	void (*run)(struct worker *w, void *state, const struct worker_job *job);
	/* in a new worker, before its own filter is loaded: the place to make threads, which the filter covers too. May be NULL */
	void (*settle)(void *state);
};
int worker_main(const struct worker_function *f);

void worker_records(struct worker *w, const struct buffer *frames);     /* any number of whole record frames */
/* payload: handed back in a job. A SOLO item becomes a job of its own kind with prefix + "::" + step (step NULL or "": the same prefix). */
void worker_item(struct worker *w, const struct item_head *head, const char *step, const void *payload, size_t length);
/* Content on its way out; purpose is the client's number. Returns the stream. */
uint32_t worker_data_begin(struct worker *w, uint32_t purpose);
void worker_data(struct worker *w, uint32_t stream, const void *bytes, size_t length);
void worker_data_end(struct worker *w, uint32_t stream, bool complete);
/* Ends a stream of PURPOSE_SCRATCH: its bytes to read, a descriptor of the caller's. -1: there was no room for them. */
int worker_scratch(struct worker *w, uint32_t stream);

/* Enters a step (a node's number, a member's, a phase's) inside the steps that are open. NULL: go on. Else the reason why this step is to be left out ("crash", "hang", ...): it is not entered. */
const char *worker_enter(struct worker *w, uint64_t at, const char *what);
void worker_leave(struct worker *w);
void worker_at(struct worker *w, const char *locator_tail, size_t length);       /* for the error record if this is where it dies */
void worker_read(struct worker *w, size_t length);                             /* so much content was read: a beat, and progress */
/* For a locked volume: what was found for it by an earlier job (*found bytes), then the keys that the responder gave (*given bytes), both written to `to`, which has room for
 * KEYS_MOST + KEY_FOUND_MOST and which the caller wipes. */
void worker_keys(struct worker *w, const uint8_t volume[KEY_VOLUME], uint8_t *to, size_t *found, size_t *given);
/* What opens it, for the jobs that will open it again; at most KEY_FOUND_MOST bytes. */
void worker_key_found(struct worker *w, const uint8_t volume[KEY_VOLUME], const uint8_t *key, size_t length);
void worker_beat(struct worker *w);                                             /* work goes on */
/* From now on so many seconds of CPU without a beat are a hang, too (0: not). For calls of a library that is known to loop on damage, and which beat often. A beat. */
void worker_patience(struct worker *w, unsigned cpu_seconds);
void worker_retire(struct worker *w);                                           /* asks for a new worker after this job */
unsigned worker_depth(const struct worker *w);

#endif
