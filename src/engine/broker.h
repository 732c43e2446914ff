/* SPDX-License-Identifier: Apache-2.0 */
/* broker.h: what the files of the broker share: its jobs, its workers, its state. Nobody else includes it; engine.h is what clients see. */
#ifndef SPOOR_ENGINE_BROKER_H
#define SPOOR_ENGINE_BROKER_H

#include "engine/engine.h"
#include "engine/journal.h"
#include "engine/sorter.h"
#include "engine/spool.h"

enum { STREAMS_MAX = 4096, NURSERY_STARTS_MAX = 20 };

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

struct ask { struct ask *next; void *asker; char *prefix; uint8_t *payload; uint32_t job; };

struct job {
	uint64_t key;
	uint64_t cost;                          /* bytes of content that it is to read, for progress */
	uint64_t payload, output, items;        /* in the spool: raw offset of the payload; last segments of the two chains */
	struct ask *ask;                        /* it was asked for and is not of the tree; NULL */
	uint32_t payload_length, item_count;
	uint32_t parent, first_child, children; /* children lie side by side */
	uint32_t prefix;                        /* in the pool of prefixes */
	uint32_t evidence;
	uint32_t file_job;                      /* FILES_ITEM inherited: the job whose payload names the file; 0 none */
	uint16_t kind;
	uint8_t state, files, own, batch;       /* own: the client lists it itself; batch: payloads carry their lengths */
	bool emitted;                           /* its records went out before it was done */
};

struct stream {
	uint32_t number, purpose;
	void *handle;                           /* the client's */
	int scratch; uint64_t scratch_bytes;    /* file, -1: none; bytes that count against the quota until the job is done */
	bool open, complete, over;              /* over: the quota was met, what came after it is not kept */
};

/* What opens a volume, as a worker found it: opaque bytes. In memory that is not dumped and not inherited (base/keys.h). */
struct volume_key { uint8_t volume[KEY_VOLUME], bytes[KEY_FOUND_MOST]; uint8_t length; };
enum { VOLUME_KEYS = 256 };

/* How a worker ended: kind and words of blame.c, signal (0: none), what was wrong with its frames (NULL), and the place it was at. */
struct death { const char *kind, *protocol; int signal; struct black_box box; };

struct worker_slot {
	enum { SLOT_EMPTY, SLOT_STARTING, SLOT_IDLE, SLOT_BUSY, SLOT_DYING } state;
	int control, pipe, pidfd, pid;
	struct black_box *box;
	struct buffer in;
	size_t used;
	uint32_t job;
	uint32_t keys_asked;            /* by the job in hand */
	uint64_t beat;
	double beat_at, beat_cpu;       /* broker_now(); the worker's own CPU seconds, negative: not looked at since that beat */
	uint32_t evidence;              /* whose descriptors it holds */
	bool killed_hang, retire, fresh, sent;  /* sent: the job in hand was handed over */
	int status;
	const char *protocol;           /* what was wrong with its frames */
	/* pending output of the job in hand */
	struct buffer records, item_bytes;
	uint64_t output, items, record_count, item_count;
	uint64_t sum;                   /* over the records of this attempt */
	struct given { uint64_t records, sum; } given;  /* what of the job went out before its DONE (records_give in frames.c): the next attempt must repeat it */
	bool differs;                   /* and did not */
	struct stream *stream;
	unsigned streams, streams_capacity;
	/* retrying */
	struct skip skip[SKIP_MAX];
	uint32_t skips;
	unsigned attempts;
	bool give_up, blamed;           /* the next attempt is a rerun: alone in a fresh worker */
	bool outside;                   /* blamed, but what ended the worker came from elsewhere: SIGKILL */
	struct death death;             /* the last one of the job in hand */
	struct buffer errors;           /* error records to put behind the job's own */
};

struct engine {
	struct engine_options o;
	struct engine_client c;
	struct engine_counts counts;
	struct spool spool;
	struct journal *journal;
	const char *fault;
	struct job *job;
	uint32_t jobs, jobs_capacity;
	uint32_t *ready;                /* stack of ranges: first, count */
	size_t ready_length, ready_capacity;
	struct buffer prefixes;
	struct worker_slot *slot;
	int nursery, nursery_pid, nursery_pidfd;
	struct black_box *nursery_box;
	bool nursery_ready;
	uint32_t cursor;                /* the job whose output is next; 0: nothing left */
	bool finished, output_failed, client_failed, refused;
	uint64_t scratch_bytes;
	struct volume_key *volume_key;  /* VOLUME_KEYS of them; NULL: no keys were given */
	unsigned volume_keys;
	double committed_at;
	struct buffer config;
	struct ask *asked, *ask_spare;  /* waiting for a worker, in order; for the next */
	int attended; bool (*ready_to_read)(void *owner);       /* engine_attend; NULL: it doesn't */
	uint32_t own;                   /* root that the client is listing itself */
	struct buffer own_records, own_items;
};

/* broker.c: trouble: a fault, working files, what the client writes (errno). All give false; the first reason stays. */
double broker_now(void);
bool broker_fault(struct engine *e, const char *why);
bool broker_output_trouble(struct engine *e, const char *why);
bool broker_client_trouble(struct engine *e);

/* job_tree.c */
uint32_t job_new(struct engine *e);
uint32_t prefix_add(struct engine *e, const char *a, size_t a_length, const char *step, size_t step_length);
const char *prefix_of(const struct engine *e, const struct job *j);
void ready_push(struct engine *e, uint32_t first, uint32_t count);
bool children_make(struct engine *e, uint32_t parent);  /* jobs from the items that it declared */
bool emit_ready(struct engine *e);                      /* gives out what is next in the order of the tree and done */
bool emit_records(struct engine *e, const struct buffer *records);
bool emit_pending(struct engine *e, uint64_t last, const struct buffer *records);     /* gives out a chain of the spool and what follows it in memory */
bool chain_write(struct engine *e, const struct buffer *b, uint64_t *last);     /* the bytes as the next segment of a chain of the spool */
bool chain_spill(struct engine *e, struct buffer *b, uint64_t *last, size_t most);    /* so, and they are cleared, when there are at least `most` */
void item_put(struct buffer *out, const struct item_head *head, const char *step, size_t step_length, const void *payload, size_t length);

/* slots.c */
void nursery_gone(struct engine *e);
bool nursery_start(struct engine *e);
void slot_close(struct worker_slot *s);
bool slot_start(struct engine *e, struct worker_slot *s);
void pending_clear(struct engine *e, struct worker_slot *s);
bool job_send(struct engine *e, struct worker_slot *s);
/* Gives the worker what it wrote to a scratch stream, to read. */
bool scratch_answer(struct engine *e, struct worker_slot *s, struct stream *t);
void keys_answer(struct engine *e, struct worker_slot *s, const uint8_t *volume);
void key_keep(struct engine *e, const uint8_t *volume, const uint8_t *bytes, size_t length);

/* frames.c */
bool journal_settle(struct engine *e);                  /* commits what the journal has waiting */
bool job_commit(struct engine *e, struct worker_slot *s);
bool pipe_read(struct engine *e, struct worker_slot *s, bool *end);    /* reads what is there; *end: the worker closed its side */

/* ask.c */
uint32_t ask_next(struct engine *e, const struct worker_slot *s);       /* the next asked job that this worker should do; 0: none */
bool ask_answer(struct engine *e, const struct worker_slot *s, enum answer answer, const uint8_t *bytes, size_t length);     /* of the job in hand; true */
bool ask_records(struct engine *e, struct worker_slot *s);              /* gives on its pending records; true */
bool ask_done(struct engine *e, struct worker_slot *s);                 /* the job in hand ends; true */
void asks_free(struct engine *e);

/* blame.c */
void given_differs(struct engine *e, struct worker_slot *s);            /* error record: what went out of the job in hand was not repeated */
void death_survived(struct engine *e, struct worker_slot *s);           /* the job in hand is done; where its first worker died and the second did not, its errors say so */
bool slot_dead(struct engine *e, struct worker_slot *s);                /* its exit status is known: takes what it still sent, then decides what becomes of its job */

#endif
