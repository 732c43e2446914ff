/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h: the broker. Runs a function over jobs in sandboxed workers and gives back their records in an order that does not depend on who was faster.
 *
 * Jobs form a tree. A root job is given by the client; a job that is done may have declared items: things that become jobs of their own or are gathered, in ascending
 * order, into batches. Records come out parent first, then its children in order, whatever finished when. A job whose worker dies is tried once more alone; if
 * it dies again the step it died at is left out; at last the job is run in "give up" mode, which only describes. An `error` record says so each time, also
 * where the second try went well, unless the worker was killed from outside.
 * The engine doesn't know what jobs mean. */
#ifndef SPOOR_ENGINE_ENGINE_H
#define SPOOR_ENGINE_ENGINE_H

#include "engine/protocol.h"
#include "record/record.h"

enum { PURPOSE_SCRATCH = 0 };                   /* DATA streams of this purpose go to a file of the broker that the worker gets back to read (worker_scratch); others are the client's */
enum { EVIDENCE_FILES = 0x40000000 };

struct engine_options {
	const char *worker_path;                /* spoor-worker */
	unsigned workers;                       /* 1..64 */
	uint64_t worker_memory;                 /* bytes of address space; 0: no limit */
	unsigned hang_seconds;                  /* a heartbeat that stands still so long ends the worker (last resort; a run in which it decided says so) */
	int landlock_most;                      /* -1 */
	bool sandbox_off;                       /* test builds */
	const void *config; size_t config_length;       /* for the worker function's warm_up */
	int directory;                          /* where spool and runs go, a descriptor that the caller keeps */
	bool journal;                           /* keep spool and journal as files in `directory`, so that engine_resume can go on */
	bool resume;                            /* go on from a journal that is there */
	uint8_t identity[32];                   /* hash of evidence and options: a journal with another one is refused */
	const uint8_t *keys; size_t keys_length;        /* for jobs that meet a locked volume and ask (worker_keys); borrowed, KEYS_MOST at most; never to the nursery, a spool, a journal */
	uint32_t batch_cost, batch_items;       /* a batch is closed when it holds so much; 0: defaults */
	uint64_t scratch_most;                  /* bytes of scratch of all jobs in hand; 0: default */
};

enum job_files { FILES_NONE, FILES_EVIDENCE, FILES_ITEM };     /* none; of the numbered evidence; each item brings its own (client's `item_file`) */

struct engine_job {
	uint16_t kind;
	enum job_files files;
	uint32_t evidence;                      /* FILES_EVIDENCE */
	const char *prefix;                     /* locator that the job's records begin with */
	const void *payload; size_t length;
	uint64_t cost;                          /* bytes that it will read, for progress */
	uint32_t items;                         /* how many items the payload holds, each with its u32 length in front; 0: it is no batch */
};

/* What comes of a job that was asked for: a record frame; an item (struct item_head, step, payload); content; all that came is void, the job runs once more;
 * its end, good, or without (all of) what was asked. */
enum answer { ANSWER_RECORD, ANSWER_ITEM, ANSWER_DATA, ANSWER_VOID, ANSWER_DONE, ANSWER_FAILED };

struct engine_client {
	void *owner;
	bool (*record)(void *owner, const struct record_view *v);              /* in order; false: output trouble, stop */
	/* The descriptors of an evidence item, in order; returns how many (at most `most`), kept open by the client. The last *companions of them lie beside it. */
	unsigned (*evidence)(void *owner, uint32_t evidence, int *descriptor, unsigned most, unsigned *companions);
	/* The files of an item, its own first; how many (1 to `most`). Opens, the engine closes; -1: gone. */
	unsigned (*item_files)(void *owner, const uint8_t *payload, size_t length, int *descriptor, unsigned most);
	/* Content that leaves. begin: a handle, or NULL to throw the stream away. end: complete false or keep false: it is to be forgotten. */
	void *(*data_begin)(void *owner, uint32_t purpose);
	bool (*data)(void *owner, void *handle, const uint8_t *bytes, size_t length);
	void (*data_close)(void *owner, void *handle);                          /* may be NULL: all bytes came, data_end follows when the job is done */
	bool (*data_end)(void *owner, void *handle, bool complete, bool keep);
	bool (*settle)(void *owner);                                            /* before the journal says that jobs are done: what they gave away is to be on disk; NULL: nothing is kept */
	void (*tick)(void *owner);                                              /* several times a second, for progress */
	void (*answer)(void *owner, void *asker, enum answer answer, const uint8_t *bytes, size_t length);     /* engine_ask's; may ask more */
	bool (*stop)(void *owner);                                              /* asked often; true: finish no more jobs */
};

struct engine_counts {
	uint64_t jobs, jobs_done, jobs_resumed, jobs_run, reruns,  /* resumed: taken from the journal; run: handed to a worker, however often */
		 steps_left_out, jobs_failed, worker_starts, nursery_starts, records;
	uint64_t cost, cost_done, cost_in_hand; /* bytes to be read by the jobs known so far, by those that are done, and read by those at work: for progress only */
	uint32_t sandbox;                       /* SANDBOX_ bits */
	bool clock_decided;                     /* a hang limit ended a job */
};

/* All done; the client asked; output trouble; sandbox or protocol could not be had; the journal there is not of this run, or another run holds it. */
enum engine_end { ENGINE_DONE, ENGINE_STOPPED, ENGINE_OUTPUT, ENGINE_FAULT, ENGINE_REFUSED };

struct engine;
struct engine *engine_new(const struct engine_options *o, const struct engine_client *c);
void engine_add(struct engine *e, const struct engine_job *job);       /* a root job; copies what it needs */
/* Begins a root that the client lists itself (a plain folder): add items, then end. No worker runs for the root; its records are what engine_own_record gave. */
void engine_own_begin(struct engine *e, const char *prefix);
bool engine_own_record(struct engine *e, const struct buffer *frame);
bool engine_own_item(struct engine *e, const struct item_head *head, const char *step, const void *payload, size_t length);
bool engine_own_end(struct engine *e);
/* For engine_run to go on when its jobs are done: it calls `ready` whenever `descriptor` can be read, until that says that no more will be asked (false).
 * Before engine_run, and in answers: then another descriptor (-1: none yet), or NULL to end. */
void engine_attend(struct engine *e, int descriptor, bool (*ready)(void *owner));
/* A job whose answers go to the client's `answer` as they come, with `asker`. Copies what it needs. For an engine that attends. */
void engine_ask(struct engine *e, const struct engine_job *job, void *asker);
enum engine_end engine_run(struct engine *e);
const struct engine_counts *engine_counts(const struct engine *e);
const char *engine_fault(const struct engine *e);                       /* why it was not ENGINE_DONE */
bool engine_client_failed(const struct engine *e);                      /* ENGINE_OUTPUT: the client could not write; else it was the engine's working files */
void engine_free(struct engine *e);

#endif
