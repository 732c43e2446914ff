/* SPDX-License-Identifier: Apache-2.0 */
/* session.h: what every module that reads evidence shares: evidence from arguments or records, the engine, records to standard output, counts, exit status. */
#ifndef SPOOR_CLI_SESSION_H
#define SPOOR_CLI_SESSION_H

#include "cli/options.h"
#include "engine/engine.h"
#include "record/filter.h"
#include "triage/pass.h"

struct evidence_item {
	char *name;                     /* as given: what locators begin with, unescaped */
	char *base;                     /* escaped; with "::dir:/x" for a file below a folder */
	char **file; unsigned files;    /* paths of its parts; a folder has none */
	int *descriptor; unsigned open; /* opened when first asked for */
	bool folder;
	bool added, twice;              /* its jobs were given to the engine; it was named again, which was told */
	bool refused;                   /* it is not what the record that led to it speaks of */
	uint64_t device, inode;         /* of its first file, or of the folder */
	bool missing;                   /* could not be opened; told once */
	bool lazy;                      /* below a folder, or one of many: open only while a job with it is handed out */
	bool borrowed;                  /* folder_descriptor is another item's */
	int folder_descriptor;
	int companion[COMPANIONS]; bool companions_open;        /* what lies beside its only file */
	uint64_t size;
	uint8_t head[32], tail[32];     /* SHA-256 of the first 64 KiB of the first file and the last 64 KiB of the last */
	bool facts;
};

struct progress {
	bool on;
	double began, shown, rated, rate;       /* seconds; bytes a second */
	uint64_t done, lines;                   /* bytes at the last look; lines of standard input while they are read */
};

struct session {
	const struct module *module;
	struct settings *set;
	struct evidence_item *item;
	uint32_t items;
	unsigned held;                  /* descriptors of evidence that stay open */
	struct evidence_item *opened;   /* the lazy one that is open now */
	struct engine *engine;
	struct pass_options pass;
	struct buffer config, out;
	uint8_t *keys; size_t keys_length;      /* what --keys gave: secret memory (base/keys.h), KEYS_MOST bytes */
	int directory;                  /* for runs and spools; -1: none can be written */
	const char *directory_name;     /* as told when it is full; borrowed */
	struct progress progress;
	struct foreign *foreign;        /* fields that the schema does not know */
	struct filter *where;           /* --where */
	uint64_t count[RECORD_TYPES];   /* records written */
	uint64_t seen, read, skipped, failed;   /* the ledger of nodes with content */
	void (*summary)(const struct session *s, struct buffer *line);  /* the last line for people; NULL: counts of records */
	uint64_t best_score;
	uint64_t unreadable;            /* evidence that could not be opened at all */
	uint64_t *told; size_t told_slots, told_count;  /* hashes of error records that came in: not to be repeated */
	/* where records go instead of standard output (bundle, timeline); false: output trouble */
	bool (*sink)(void *owner, const struct record_view *v);
	const char *(*sink_trouble)(const void *owner);         /* which of its files failed and why, below --output; NULL: unknown */
	void *sink_owner;
	void (*tap)(void *owner, const struct record_view *v);  /* sees each record before it goes to standard output; may emit */
	void *(*store_begin)(void *owner);
	bool (*store_write)(void *owner, void *handle, const uint8_t *bytes, size_t length);
	void (*store_close)(void *owner, void *handle);         /* may be NULL */
	bool (*store_end)(void *owner, void *handle, bool complete, bool keep);
	bool (*store_settle)(void *owner);
	void (*answer)(void *owner, void *asker, enum answer answer, const uint8_t *bytes, size_t length);      /* the engine's; owner: the session */
	bool broken;                    /* standard output failed */
	bool upstream_cut;              /* the stream that was read has no end record */
	bool upstream_seen;
};

/* The evidence, rules and options in; `operations` as pass.h. False with *exit set. */
bool session_begin(struct session *s, const struct module *m, struct settings *set, uint32_t operations, int *exit);
/* False: output would lie inside an evidence folder that is named on the command line (told). Asked before anything is made. */
bool session_output_allowed(const struct module *m, const struct settings *set);
/* The same for one folder. */
bool session_output_outside(const struct module *m, const struct settings *set, const char *folder);
/* Engine options for this run; a caller may change them before session_engine. */
struct engine_options session_options(struct session *s);
bool session_engine(struct session *s, const struct engine_options *o);
/* An operand or a locator from a record to an item; UINT32_MAX: told and counted as unreadable. *tail: the steps behind the item, borrowed. */
uint32_t session_evidence(struct session *s, const char *locator, size_t length, const char **tail);
/* Adds all operands as jobs: OPEN (and MEDIA when `media`) for whole items, NODES for locators, own listings for folders. */
void session_operands(struct session *s, bool media);
/* Reads records from standard input and passes them on; nodes become jobs when `work`. False: a line is no record (told). */
bool session_records(struct session *s, bool work);
/* Tells that working files can't be written, where they are, and what helps. */
void session_work_trouble(const struct session *s, const char *why);
/* Runs, writes the end record, and gives the exit status. */
int session_finish(struct session *s);
/* The one line on standard error that sums a run up. For whoever writes more after session_finish: once that is written. */
void session_summary(const struct session *s, int code);
/* Both. */
int session_run(struct session *s);
void session_free(struct session *s);
/* A record of the broker's own to where records go. */
bool session_emit(struct session *s, const struct buffer *frame);
/* What a worker said, to where records go: with what only the broker knows of evidence, and without errors that came in. */
bool session_record(struct session *s, const struct record_view *v);
/* A word on the terminal for what takes its time after the engine. */
void progress_phase(struct session *s, const char *phase);
/* After the engine: was it asked to stop meanwhile (*code is then 128 + signal)? From now on SIGINT and SIGTERM end the process at once. */
bool session_stopped(int *code);
/* A folder's names, sizes and times of modification as its `head`: what --resume compares. */
void session_folder_facts(struct session *s, uint32_t item);
/* Flushes standard output; false with errno (told). */
bool session_flush(struct session *s);
/* The worker beside this program (build tree) or in libexec. */
const char *session_worker(void);
/* "seccomp, no_new_privs, ..." for people. */
void sandbox_text(struct buffer *out, uint32_t bits);
/* How many rule files were loaded, and one hash of their names and texts. */
void session_rules_text(const struct session *s, struct buffer *out);

#endif
