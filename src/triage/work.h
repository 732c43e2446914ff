/* SPDX-License-Identifier: Apache-2.0 */
/* work.h: what the files of the pass share: the worker's state, the job in hand, the node in hand. Nobody else includes it; pass.h is what others see.
 *
 * One node's way: description -> content read once (content.c) -> hashes, type -> its record -> artefacts (parsers.c) -> rules -> what it holds (visit.c).
 * Everything a job emits hangs below the job's prefix; `tail` is the way from there to the container in hand. */
#ifndef SPOOR_TRIAGE_WORK_H
#define SPOOR_TRIAGE_WORK_H

#include <string.h>

#include "base/hash.h"
#include "detect/filetype.h"
#include "detect/ioc.h"
#include "detect/sigma.h"
#include "detect/mail.h"
#include "detect/tenant.h"
#include "detect/yara.h"
#include "triage/aside.h"
#include "triage/pass.h"
#include "triage/place.h"

enum {
	MEMORY_CONTENT = PARSE_MEMORY,          /* content up to this is held whole while it is worked on */
	INLINE_CONTAINER = 16 << 20,            /* containers that are larger become a job of their own */
	TURN = 1 << 20, PAGE = 4096,
	HEAD = PROBE_HEAD,
};

/* elsewhere: of Sigma, for events that spoor has none of. */
struct failed_rule { char *name, *title, *message; bool elsewhere, list; };       /* list: of indicators */

/* What the formats ask for keys: hands it on to the broker. */
struct pass_keys { struct key_ring ring; struct worker *w; };

/* For ways that were gone before: what they had to say was said by the job that listed them. The watchdog hears of it all the same. */
struct pass_muted { struct reporter reporter; struct worker *w; };

struct pass_state {
	struct pass_options o;
	struct pass_keys keys;
	struct yara_rules *rules;
	struct ioc_set iocs;
	struct sigma_rules *sigma;
	struct sigma_matcher *matcher;
	struct failed_rule *failed;
	size_t failures;
	/* of the worker after the fork */
	struct pass_muted muted;                /* here, not in a pass: places outlive it */
	struct place place;
	struct yara_scanner *scanner;
	struct hasher *hasher;
	unsigned hashed;
	struct aside *aside;
	struct buffer content;                  /* of the node in hand */
};

struct pass {
	struct reporter report;                 /* first: the callbacks get it back */
	struct worker *w;
	struct pass_state *s;
	const struct worker_job *job;
	struct buffer out, tail, locator;
	struct arena arena;
	unsigned nesting;
	struct source *const *companion;        /* of the file that the job brought; NULL: none came */
	struct source *steady;                  /* of the container whose nodes the job brought: it stays open to the job's end */
	struct container *beside;               /* opened over it once more, to look for what lies beside a node (parsers.c) */
	uint64_t expanded;                      /* bytes out of nested containers below the top-level node */
	bool expansion_told;
	bool named;                             /* the node in hand is one that a person named by its locator */
	uint64_t at;                            /* number of the next node at this level, for steps */
};

/* A node while it is worked on. */
struct work {
	struct container *c;                    /* that gives it; NULL for a plain file */
	struct node *n;
	struct source *source;                  /* random access, or NULL: sequential through c */
	struct source *const *companion;        /* given with the job, by enum companion; NULL: to be looked for */
	bool open_inside;                       /* what it holds is to be given too */
	const struct record_view *base;         /* the record that came in, in later stages */
	uint8_t *head; size_t head_length;
	const uint8_t *whole; size_t length;    /* all of it when it fits, else NULL */
	struct source *scratch;                 /* all of it when it came in pieces, is too large for memory, and may be a container */
	uint64_t size;                          /* of what was read */
	bool tainted, incomplete;
	uint64_t bad_first, bad_end;            /* where in it the damage lies; equal: not known */
	bool hashed;                            /* sha256 is there */
	uint8_t sha256[32], md5[16], sha1[20], sha512[64];
	unsigned digests;                       /* which are */
	const char *filetype;
	const char *state, *why;
	uint16_t row[32]; size_t rows;          /* catalogue rows that its path matches */
	bool found;                             /* claimed or hit: worth keeping */
	struct buffer after;                    /* records that follow its own */
};

/* telling.c: records go out, each with its locator. */
void emit(struct pass *p);                      /* p->out */
void locate(struct pass *p, const char *step);  /* p->locator = tail + "::" + step; tells the black box */
void reporter_begin(struct reporter *r);        /* of a struct pass */
void muted_begin(struct pass_muted *m, struct worker *w);

/* content.c */
bool has_content(const struct node *n);
bool wants_content(const struct pass *p, const struct work *k);
void match_rows(struct pass *p, struct work *k);        /* the catalogue's rows, within the profile */
void content_read(struct pass *p, struct work *k);      /* once: hashes, type, state; content that is held whole is in k->whole, larger is scanned on the way */
void damage_find(struct source *s, uint64_t at, size_t length, uint64_t *first, uint64_t *end);           /* which pages of a stretch that gave damage are damaged: widens first..end */
void digests_put(const struct pass *p, struct record_builder *r, const struct work *k);

/* scanning.c */
unsigned scan_digests(const struct pass_state *s);      /* digests that a scan needs and nobody asked for */
void scan_piece(struct pass *p, struct work *k, const uint8_t *bytes, size_t length, uint64_t base);     /* rules over a piece that begins at `base` */
/* Hits of rules over this node go out behind its record, with its name, path and hash. layer: in which they lie, or NULL. */
struct layer;
void hits_keep(struct pass *p, struct work *k, const struct buffer *hits, const struct layer *layer);
void scan_whole(struct pass *p, struct work *k);        /* content that is held whole: rules over it and over the layers in it */
void tell_packed_memory(struct pass *p, struct work *k); /* of hiberfil.sys: what rules do not see */
void find_tenant(struct pass *p, struct work *k);        /* of a remote tool, in settings or a package held whole */
void judge_message(struct pass *p, struct work *k);      /* of a mail message that is held whole: signs that speak against it */

/* indicators.c */
void scan_indicators(struct pass *p, struct work *k);   /* the node's name and the digests of its content */
bool scan_matches_records(const struct pass *p);
void scan_record(struct pass *p, const struct record_view *v, struct buffer *hits);       /* indicators in an event, a message and the like */

/* parsers.c */
struct sigma_matcher *pass_matcher(struct pass_state *s);      /* the worker's one; NULL without Sigma rules */
bool parsers_want(const struct pass *p, const struct work *k);
void parsers_run(struct pass *p, struct work *k);       /* what claims it: by path, by head, or by --artifact */

#ifdef SPOOR_FAULTS
void planted_fault(struct pass *p, const void *name, size_t length, const char *step);        /* if --fault names this file */
#endif

/* visit.c */
void node_record(struct pass *p, struct work *k);
/* The formats that this node's content may be opened as, best first. NULL: none. */
const struct format *container_probe(const struct work *k, const struct format **second);
/* Opens and lists what the node holds, below its own locator. batches: what needs its content read becomes items, worked off in media order; else everything at once. */
void descend(struct pass *p, struct work *k, struct source *source, const struct format *f, bool batches);
/* That a copy of a volume was made, at p->locator. */
void snapshot_event(struct pass *p, const struct timestamp *made, const char *id);
/* Lists what a node holds as format f, batches as above; the node lies in `nesting` containers, below those of the media. */
void inside_list(struct pass *p, struct work *k, struct source *source, const struct format *f, unsigned nesting);
/* All that is to be done with one node. c: gives it, NULL for a plain file; given: its content when it is open already, borrowed; base: its record of an earlier stage, or NULL. */
void node_process(struct pass *p, struct container *c, struct node *n, struct source *given, const struct record_view *base);

/* jobs.c: opens the job's evidence, once for all jobs of a worker. names: of its parts, or NULL. */
bool evidence(struct pass *p, const char *const *names, struct reporter *report);
/* The source at a place that an earlier job listed: what there is to say of the way was said then, but for its being lost. */
struct source *gone_before(struct pass *p, const char *tail, size_t length);
void part_names(const struct worker_job *job, const char **name, unsigned most);
void open_job(struct pass *p);
void list_job(struct pass *p);
void batch_job(struct pass *p);
void files_job(struct pass *p);
void nodes_job(struct pass *p);
void inside_job(struct pass *p);

/* media.c */
void media_job(struct pass *p);
void cat_job(struct pass *p);
void read_job(struct pass *p);

#endif
