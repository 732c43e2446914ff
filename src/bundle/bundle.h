/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h: the timeline bundle, a BagIt bag (RFC 8493) that a court, a colleague and a script can use; and timelines on standard output.
 *
 * Records come in key order. Events are sorted by time in an external sorter (key: seconds, nanoseconds, number of arrival), so ties keep key order. Everything is written to
 * `.partial` names and renamed; the same records give the same bytes, but for custody.log. False means output trouble (errno). */
#ifndef SPOOR_BUNDLE_BUNDLE_H
#define SPOOR_BUNDLE_BUNDLE_H

#include "bundle/content.h"
#include "record/record.h"

/* ---- a timeline: events sorted by time, after the reducers */
struct timeline;
struct timeline *timeline_new(int directory, size_t memory_bytes);      /* runs go to `directory` */
bool timeline_add(struct timeline *t, const struct record_view *v);     /* takes events; everything else is ignored */
bool timeline_finish(struct timeline *t);                               /* then timeline_next */
int timeline_next(struct timeline *t, struct record_view *v);           /* 1, 0 end, -1 trouble; the view is borrowed until the next call */
void timeline_free(struct timeline *t);

/* ---- exporters: one file each (export_NAME.c), one row each in exporters.def */
struct exporter {
	const char *name, *about, *extension;   /* "timesketch-csv" */
	bool wants_nodes;                       /* works on node records (bodyfile), else on events in time order */
	void (*head)(struct buffer *out);
	void (*record)(struct buffer *out, const struct record_view *v);
	void (*tail)(struct buffer *out);
};
extern const struct exporter *const exporters[];        /* NULL-terminated: jsonl, timesketch-csv, timesketch-jsonl, csv (mactime), l2tcsv, tsv, bodyfile */
const struct exporter *exporter_by_name(const char *name);

/* ---- the bundle */
struct bundle_options {
	const char *path;               /* of the case directory; must exist and be empty but for .work */
	const char *profile, *command;  /* for custody and report; command: argv joined, shell-quoted */
	uint64_t store_most;            /* quota of artifacts/, bytes; applied in key order; 0: default 4 GiB */
	void (*stage)(void *owner, const char *what);   /* told by bundle_finish as it goes on: "writing the timeline"; NULL: nobody asks */
	void *owner;
};
struct bundle_facts {                   /* for the custody log and the report */
	const char *version, *sandbox;  /* "seccomp, landlock ABI 7, no_new_privs, ..." */
	const char *const *rule_sets; size_t rule_set_count;    /* "yara-rules sha256:... 31 rules" lines */
	const char *status;             /* "complete" or "interrupted" */
	uint64_t jobs, jobs_resumed, jobs_run;  /* for the custody log: in all, from the journal, worked off now */
};
struct bundle;
struct bundle *bundle_new(const struct bundle_options *o);      /* NULL with errno */
bool bundle_begin(struct bundle *b, bool resumed);              /* tells custody.log that a run begins or goes on */
bool bundle_record(struct bundle *b, const struct record_view *v);      /* every record but start and end, in key order */
/* Where content for data/artifacts/ is written to (in .work); the bundle copies nothing twice. */
struct content_store *bundle_store(struct bundle *b);
/* What was stored so far is on disk, the errors so far can be read. */
bool bundle_settle(struct bundle *b);
/* Sorts, writes all files of the bundle (records.jsonl.zst, timeline.jsonl.zst, timeline.sqlite, findings.jsonl, messages.jsonl.zst, errors.jsonl, report.html, artifacts/), manifests, custody log. */
bool bundle_finish(struct bundle *b, const struct bundle_facts *f);
uint64_t bundle_best_score(const struct bundle *b);              /* after bundle_finish: of all findings, those over several records among them */
const char *bundle_trouble(const struct bundle *b);             /* what could not be written */
void bundle_free(struct bundle *b);

/* ---- the case directory: one run at a time */
struct case_directory { int directory, work, lock; bool unfinished; };  /* unfinished: a run that was cut off lies there */
enum case_state { CASE_READY, CASE_REFUSED, CASE_TROUBLE };
/* Makes and locks it. REFUSED: *why says what to do; TROUBLE: errno. case_leave in any case. */
enum case_state case_open(const char *path, bool resume, struct case_directory *c, const char **why);
void case_leave(struct case_directory *c, bool done);   /* done: .work goes */

/* Appends one chained line to custody.log of the case directory (flock, fsync): action and a JSON object text of details. */
bool custody_append(const char *path, const char *action, const char *details_json);
/* The SHA-256 of custody.log's last line, which stands for all of the log: worth writing on paper. */
bool custody_head(const char *path, char hex[65]);
/* How the evidence of this name stands in custody.log: 1 with this SHA-256 of its media; 0 with another one, which goes into `then`; -1 it is not named there. */
int custody_evidence(const char *path, const char *name, size_t length, const char sha256[65], char then[65]);
/* custody.log.sig (signature.c). The key is the file of an SSH key (private, or public with an agent) or "gpg:" and the name of a GPG key. False: `why`. */
bool bundle_key_there(const char *key, struct buffer *why);     /* asked before the work begins */
bool bundle_sign(const char *path, const char *key, struct buffer *why);
/* `signers`: an allowed_signers file of OpenSSH or a keyring of GnuPG; NULL: only whether the signature, if there is one, fits. Returns the number of differences (told); `said`: who signed. */
int64_t bundle_verify_signature(const char *path, const char *signers, void (*tell)(void *owner, const char *kind, const char *message), void *owner, struct buffer *said);
/* Checks manifests, the tag manifest, the custody chain and its seal. Calls `tell` for each difference. Returns the number of differences, -1 when it is no bundle. */
int64_t bundle_verify(const char *path, void (*tell)(void *owner, const char *kind, const char *message), void *owner);

#endif
