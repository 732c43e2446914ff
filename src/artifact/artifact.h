/* SPDX-License-Identifier: Apache-2.0 */
/* artifact.h: what tells of events. One file a parser, one row each in artifact/table.def. */
#ifndef SPOOR_ARTIFACT_ARTIFACT_H
#define SPOOR_ARTIFACT_ARTIFACT_H

#include "base/cursor.h"
#include "format/node.h"

/* What a parser is given, and how it gives back. Everything it allocates comes from `arena`, which is reset after the node. */
struct parse {
	const struct node *node;                /* name, path, times, flags of the thing that is parsed */
	struct source *source;                  /* its content, random access */
	const uint8_t *bytes; size_t length;    /* the whole content when it is at most PARSE_MEMORY bytes, else NULL and 0: use source */
	struct source *const *companion;        /* by enum companion; NULL where there is none; NULL altogether: not looked for (the row has neither `companions` nor `mft`) */
	bool tainted;                           /* set: content lies in damaged ranges; every record that comes of it is marked by the pass */
	struct arena *arena;
	struct buffer *out;                     /* frames; parse_event and friends write here */
	const char *artifact_id;                /* of the row, or of the catalogue row that the path matched; a parser that reads several may say which it was */
	const char *only;                       /* this artefact's events alone (parse --artifact), for parsers that give several; NULL: all */
	const char *locator; size_t locator_length;     /* written into every event and record as LOCATOR; length 0: left out */
	uint64_t events;                        /* counted by parse_event_end */
	struct reporter *report;                /* damage: report_error(p->report, "damage", "utmp.record", NULL, offset, length, ...); step NULL: the node that is parsed */
	void (*flush)(struct parse *p);         /* hands `out` on when it is large; called by parse_event_end; NULL in unit tests */
	/* Only these events are wanted (rules look at them, nothing else does): asked before one is rendered; channel: UTF-8. NULL: all. */
	bool (*wants_log)(struct parse *p, const char *channel, size_t length, uint64_t event_id);
	void *owner;
	const void *parsed;                     /* for the mail parser: the opened mail container's own view (struct mail_message), else NULL */
};
/* What lies beside a file and belongs to it: its name is the file's with one of these behind it, whatever the case. */
enum companion { COMPANION_WAL, COMPANION_SHM, COMPANION_JOURNAL, COMPANION_LOG1, COMPANION_LOG2, COMPANION_LOG, COMPANIONS,
	COMPANION_MFT = COMPANIONS, COMPANIONS_ALL };        /* last: the $MFT of the NTFS volume that holds it, for rows with `mft` */
extern const char *const companion_suffix[COMPANIONS];
enum { PARSE_MEMORY = 64 * 1024 * 1024 };

/* Damage and limits go to p->report, whose own words of classes and kinds are in format/format.h.
 * An event: begin (time, kind, description), add DATA and other fields with the record_* calls, end with its one-line message. Times that are not valid
 * give no event: begin returns false then, and an unset time is silent while an invalid one becomes a note with its raw value. offset/length: bytes of
 * the content that it comes from (length 0: none). */
bool parse_event(struct parse *p, struct record_builder *r, const struct timestamp *t, const char *kind, const char *timestamp_desc,
                 uint64_t offset, uint64_t length);
void parse_event_end(struct parse *p, struct record_builder *r, const char *message, size_t message_length);  /* message: UTF-8 */
void parse_event_close(struct parse *p, struct record_builder *r);      /* for a parser that wrote every field itself, the message too */

/* One event for each time that a node has (artifact/any/fstimes.c). */
void fs_times_events(const struct node *n, struct parse *p);

struct artifact_parser {
	const char *id;                         /* catalogue id: win.recyclebin_i */
	const char *also;                       /* further catalogue ids that it reads, '|' between them; one that ends in '*' is a beginning. NULL: none */
	const char *about;                      /* man-page line */
	const char *events;                     /* "file_deleted" */
	const char *attack;                     /* ATT&CK ids or "" */
	bool companions;                        /* wants what lies beside the file */
	bool mft;                               /* wants the $MFT of its volume, where that is NTFS; without `companions` nothing else */
	/* Content magic: does it look like this artefact? Given the head of the content. NULL: the path alone decides. `named`: the path matched the catalogue row. */
	bool (*probe)(const uint8_t *head, size_t length, bool named);
	void (*parse)(struct parse *p);
	/* Its records carry their locator and are valid whatever the evidence holds (its fuzz target proves it): they go out as they are. Where there are millions of them,
	 * looking at each once more costs as much as making them. */
	bool direct;
	bool carves;                            /* asked for by id it also looks through unallocated space */
};
extern const struct artifact_parser *const artifact_parsers[];   /* NULL-terminated */
bool artifact_reads(const struct artifact_parser *a, const char *id);   /* by `id` or `also` */
const struct artifact_parser *artifact_by_id(const char *id, size_t length);

/* The catalogue (artifact/catalogue.tsv): every row's id, operating system and path globs, whether a parser is there or not. */
struct catalogue_row { const char *id, *os, *category; bool ignore_case; const char *paths; /* '|'-separated globs, tokens expanded by the build */ };
extern const struct catalogue_row catalogue[];          /* ends with id NULL */
/* Which rows of the catalogue a path (escaped components as in node.path; stream behind ':' or NULL) matches: writes at most `most` row indices. `os`: bit set of OS_*. Fast: called for every node. */
enum { OS_WINDOWS = 1, OS_LINUX = 2, OS_MACOS = 4, OS_APP = 8, OS_ANY = 16, OS_ALL = 31 };
size_t catalogue_match(const char *path, size_t length, const char *stream, size_t stream_length, unsigned os, uint16_t *row, size_t most);
/* A profile name: "windows" "linux" "macos" "all", or a catalogue category ("eventlog", "browser", ...), several with commas. False: unknown. */
struct profile { unsigned os; uint64_t rows[16]; bool all; };  /* bit a row */
bool profile_parse(const char *text, struct profile *p);

#endif
