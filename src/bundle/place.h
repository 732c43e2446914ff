/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: what the files of the bundle share among themselves: output files, the database, the ledger. */
#ifndef SPOOR_BUNDLE_PLACE_H
#define SPOOR_BUNDLE_PLACE_H

#include "bundle/bundle.h"

#include <sys/types.h>

/* ---- timeline with a number of the owner's beside each event */
enum { TIMELINE_MEMORY = 128 << 20 };
bool timeline_add_placed(struct timeline *t, const struct record_view *v, uint32_t place);
int timeline_next_placed(struct timeline *t, struct record_view *v, uint32_t *place);

/* ---- output files: NAME.partial while written, synced and renamed when whole; SHA-256 of what was written */
struct output;
struct output *output_new(int directory, const char *name, bool zstd);  /* NULL with errno; the directory's descriptor stays the caller's */
bool output_write(struct output *o, const void *bytes, size_t length);  /* with zstd: whole records only, a frame ends between two calls */
void output_thread(struct output *o);                                   /* from now on compressing and writing happen in a thread of its own; trouble shows one call later */
bool output_flush(struct output *o);                                     /* what a plain file has waiting goes out; with zstd nothing does, its bytes must not depend on when it is asked */
bool output_finish(struct output *o, uint8_t sha256[32], uint64_t *size);       /* frees it in any case */
void output_drop(struct output *o);                                     /* without finishing; NULL is fine */
bool file_sha256(int fd, uint8_t sha256[32], uint64_t *size);           /* from its start */
bool sync_rename(int directory, int fd, const char *from, const char *to);      /* fsync, rename, fsync of the directory */

/* ---- text */
bool text_tame(const uint8_t *text, size_t length);                     /* printable ASCII only: may go out as it is */
void text_shown(struct buffer *out, const void *text, size_t length);   /* what acts on terminals or reorders text as \u{hex} */
void html_text(struct buffer *out, const void *text, size_t length);    /* escaped for text and attributes, URLs defanged */
void json_string(struct buffer *out, const char *text, size_t length);  /* with its quotes */
/* The text of a top-level member of a canonical line ("data": {...}); NULL when it has none. */
const uint8_t *json_member(const struct buffer *line, const char *key, size_t *length);
uint64_t text_hash(const void *text, size_t length);                    /* for tables of bounded size; never written */

/* ---- the ledger of nodes, one row an evidence item */
enum { LEDGER_ITEMS = 1024, LEDGER_WHYS = 48, WHY_LENGTH = 120 };
struct ledger_why { char text[WHY_LENGTH]; uint64_t count; };
enum ledger_kind { LEDGER_FILES, LEDGER_STREAMS, LEDGER_MEMBERS, LEDGER_MESSAGES, LEDGER_PARTS, LEDGER_DIRECTORIES, LEDGER_VOLUMES, LEDGER_UNALLOCATED, LEDGER_OTHERS, LEDGER_KINDS };
extern const char *const ledger_kind_name[LEDGER_KINDS];
struct ledger_sum { uint64_t seen, read, skipped, failed; };
struct ledger_item {
	char *name;                     /* as in locators, still escaped */
	uint64_t listed, seen, read, skipped, failed;
	struct ledger_sum kind[LEDGER_KINDS];
	unsigned skips, fails;
	struct ledger_why skip[LEDGER_WHYS], fail[LEDGER_WHYS];         /* the last one takes all that do not fit */
};
struct ledger { struct ledger_item **item; unsigned items; };
void ledger_add(struct ledger *l, const struct record_view *node);
void ledger_total(const struct ledger *l, struct ledger_item *total);  /* sums only */
void ledger_json(struct buffer *out, const struct ledger *l);
void ledger_free(struct ledger *l);

/* ---- the database */
struct database;
struct database *database_new(int directory, const char *directory_path, const char *name);
bool database_record(struct database *d, const struct record_view *v, const struct buffer *json);       /* all but events */
uint32_t database_place(struct database *d, const struct record_view *event);                           /* row of its locator and path; 0: trouble */
/* All events, in the order of time: asks `next` for one after the other (1, 0 the end, -1 trouble, which is then the result). What a row points at stays until the next call. */
struct event_row { const struct record_view *view; uint32_t place; const uint8_t *data; size_t data_length; };         /* data: JSON text of F_DATA, or NULL */
bool database_events(struct database *d, int (*next)(void *owner, struct event_row *row), void *owner);
bool database_meta(struct database *d, const char *key, const char *value);
bool database_index(struct database *d);                                /* after the last row: counts, views */
bool database_finish(struct database *d, uint8_t sha256[32], uint64_t *size);   /* closes and renames; frees in any case */
void database_drop(struct database *d);
const char *database_trouble(const struct database *d);
struct sqlite3 *database_handle(struct database *d);                    /* for the report's questions */

/* ---- moments of the first findings: times at which something happened to the thing that was found or to what holds it */
enum { CONTEXT_FINDINGS = 200, CONTEXT_MOMENTS = 6, CONTEXT_STEPS = 4, CONTEXT_SECONDS = 3600, CONTEXT_ROWS = 50 };
struct context { int64_t moment[CONTEXT_MOMENTS]; unsigned moments, distance; };
struct context_table;
struct context_table *context_new(void);
void context_finding(struct context_table *c, unsigned finding, const struct record_view *hit);
void context_event(struct context_table *c, const struct record_view *event, int64_t seconds);
const struct context *context_of(const struct context_table *c, unsigned finding);
bool context_holds(const struct context_table *c, const char *locator, size_t length);        /* some finding lies in the thing, or is it */
void context_free(struct context_table *c);

/* ---- report */
struct report_facts {
	const struct bundle_facts *facts;
	const char *profile;
	const struct ledger *ledger;
	const struct context_table *context;
	uint64_t count[RECORD_TYPES], findings, artifacts, artifacts_bytes, artifacts_left, store_most;
	uint64_t local_events;
};
bool report_write(struct output *o, struct database *d, const struct report_facts *f);  /* false: errno */

/* ---- bag */
struct payload { char *name; uint8_t sha256[32]; uint64_t size; };      /* name below data/ */
struct bag { struct payload *file; size_t files, capacity; };
void bag_add(struct bag *b, const char *name, const uint8_t sha256[32], uint64_t size);
bool bag_write(struct bag *b, int case_directory, const char *date, const char *agent, uint8_t tag_manifest[32]);
void bag_free(struct bag *b);
/* The chain of custody.log of an open case directory: calls tell for what is wrong; gives the tag manifest's hash that the last seal names. */
int64_t custody_verify(int case_directory, const uint8_t tag_manifest[32], void (*tell)(void *owner, const char *kind, const char *message), void *owner);

#endif
