/* SPDX-License-Identifier: Apache-2.0 */
/* evtx.h: reads Windows event logs (EVTX) chunk by chunk: records, their System part, and their data as entries of a record map.
 *
 * The reader knows bytes, templates and the fixed outline of an event (System, then a payload), not what an event means. What it promises: each record that is
 * there comes once, a record that can't be read is told as one and costs no other, and bytes behind the live area of a chunk are searched as well. A
 * template is compiled once into pieces with holes (evtx_template.h); a record is then one walk over its value descriptors and one over those pieces.
 * Nothing but the record in hand is held: pointers in an event are valid until the next evtx_next. */
#ifndef SPOOR_READER_EVTX_H
#define SPOOR_READER_EVTX_H

#include "record/frame.h"
#include "source/source.h"

enum { EVTX_CHUNK = 65536, EVTX_FILE_HEADER = 4096 };

/* Where a record stood and what is odd about it. */
enum evtx_mark {
	EVTX_SLACK = 1,                 /* behind the live area: deleted or left out by an export */
	EVTX_UNFLUSHED = 2,             /* behind the live area, and its number goes on from there: the header was not yet written */
	EVTX_ORPHAN = 4,                /* in a block without a chunk header */
	EVTX_HIDDEN = 8,                /* inside another record's room, unlinked */
	EVTX_SIZE_DAMAGED = 16,
	EVTX_CHECKSUM = 32,             /* the chunk's checksum does not match */
	EVTX_BAD_TEMPLATE = 64,         /* its own template is gone: one with the same id elsewhere in the file was used, or none (then values are v0, v1, ...) */
	EVTX_BROKEN = 128,              /* its binary XML can't be read, wholly or from some point on */
	EVTX_CUT = 256,                 /* more output than a record may have */
	EVTX_RECOVERED = EVTX_SLACK | EVTX_UNFLUSHED | EVTX_ORPHAN | EVTX_HIDDEN,
};

enum evtx_field { EVTX_LEVEL, EVTX_OPCODE, EVTX_TASK, EVTX_EVENT_ID, EVTX_QUALIFIERS, EVTX_KEYWORDS, EVTX_TIME_CREATED, EVTX_ACTIVITY_ID, EVTX_PROCESS_ID,
	EVTX_THREAD_ID, EVTX_RECORD_ID, EVTX_VERSION, EVTX_USER_ID, EVTX_RELATED_ACTIVITY_ID, EVTX_PROVIDER, EVTX_PROVIDER_GUID, EVTX_CHANNEL,
	EVTX_COMPUTER, EVTX_EVENT_SOURCE, EVTX_SYSTEM_FIELDS };

/* Types of values; 0x80 is added for arrays. */
enum { EVTX_NULL, EVTX_STRING, EVTX_ANSI, EVTX_INT8, EVTX_UINT8, EVTX_INT16, EVTX_UINT16, EVTX_INT32, EVTX_UINT32, EVTX_INT64, EVTX_UINT64, EVTX_REAL32, EVTX_REAL64,
	EVTX_BOOL, EVTX_BINARY, EVTX_GUID, EVTX_SIZE, EVTX_FILETIME, EVTX_SYSTEMTIME, EVTX_SID, EVTX_HEX32, EVTX_HEX64, EVTX_HANDLE = 0x20, EVTX_BINXML = 0x21,
	EVTX_XML = 0x23, EVTX_UTF8 = 0x7f /* text of the template itself */, EVTX_ARRAY = 0x80 };

struct evtx_value { const uint8_t *bytes; uint32_t size; uint8_t type; };

struct evtx_program;
struct evtx_event {
	uint64_t id, written, offset;   /* of the record's header; written is a FILETIME; offset in the file */
	uint32_t length;
	unsigned marks;
	const char *wrong;              /* EVTX_BROKEN, EVTX_BAD_TEMPLATE: what is wrong, static text; else NULL */
	/* The outline. `outer` NULL: nothing could be read; `inner`: the program of the payload, NULL when there is none or it stands in the outer one. */
	const struct evtx_program *outer, *inner;
	const struct evtx_value *value; uint32_t values;
	bool plain;                     /* outer and inner came from templates that are kept: their addresses name them until evtx_generation changes */
};

struct evtx_chunk_info { uint64_t offset, first_id, last_id; uint32_t flags; bool header_bad, data_bad; };
struct evtx_counts { uint64_t chunks, chunks_without_magic, live, recovered, hidden, broken, duplicates, checksums_bad, templates, left_out; };

struct evtx;
/* Borrows the source. It need not be a log: any bytes (unallocated space, memory) are looked through for chunks at sector borders and for lone records anywhere. */
struct evtx *evtx_open(struct source *source, bool *taint);
bool evtx_next(struct evtx *e, struct evtx_event *event);
void evtx_close(struct evtx *e);

/* A System field of the event: false when it is absent or NULL. Texts of templates are of type EVTX_UTF8. */
bool evtx_system(const struct evtx_event *event, enum evtx_field f, struct evtx_value *v);
uint64_t evtx_number(const struct evtx_value *v);       /* integers of any width, FILETIME, decimal text; else 0 */
/* Changes whenever addresses of programs that events named are no longer theirs. */
unsigned evtx_generation(const struct evtx *e);
const struct evtx_counts *evtx_counts(const struct evtx *e);
/* Header facts; false: no valid file header (carved, headerless). */
bool evtx_header(const struct evtx *e, uint32_t *flags, uint16_t *minor, uint64_t *next_id, bool *checksum_bad);
/* What there is to tell of a chunk as a whole; called by evtx_next. */
void evtx_on_chunk(struct evtx *e, void (*told)(void *owner, const struct evtx_chunk_info *chunk), void *owner);

/* Appends the event's data (everything but System) as entries of the map that is open at out's end. Returns false when names may be double, so that the
 * map is to be closed with record_close; marks of the event may grow. */
bool evtx_render(struct evtx *e, struct evtx_event *event, struct buffer *out);
/* Value of an entry that the last evtx_render wrote, as long as out was not changed since, for the leaf number `leaf` of evtx_leaf: header (kind, length) lies before it. NULL: left out. */
const uint8_t *evtx_leaf_value(const struct evtx *e, const struct buffer *out, uint32_t leaf, uint8_t *kind, uint32_t *length);
/* The leaf that gives the value of a name in the payload's program (or the outer one); `nth` (from 1): the nth unnamed <Data>. UINT32_MAX: none. */
uint32_t evtx_leaf(const struct evtx_event *event, const char *name, size_t length, unsigned nth);
uint32_t evtx_leaf_at(const struct evtx_event *event, uint32_t number, const char **name, size_t *length); /* leaf number 0, 1, ... in order; UINT32_MAX at the end */

/* One value as text in `out` (no quotes, nothing escaped), as it would be shown. */
void evtx_value_text(struct buffer *out, const struct evtx_value *v);
/* Value behind an entry header that was just written with kind and length unset (both are filled in). list: inside a LIST. */
void evtx_put_value(struct buffer *out, const struct evtx_value *v, bool list);

#endif
