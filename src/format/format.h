/* SPDX-License-Identifier: Apache-2.0 */
/* format.h: everything that holds something else (disk image, partition table, file system, archive, mail store) is a row of one table.
 *
 * A row is one file: it reads a `struct source`, gives nodes, and knows nothing of who asks. The life of a container: open, then next until it
 * returns 0, or find; content/read for the node just given; close. Damage goes to the reporter and reading goes on; out of memory ends the process. */
#ifndef SPOOR_FORMAT_FORMAT_H
#define SPOOR_FORMAT_FORMAT_H

#include <sys/types.h>

#include "format/node.h"
#include "record/locator.h"

enum format_layer { LAYER_IMAGE, LAYER_VOLUME, LAYER_CRYPT, LAYER_SNAPSHOT, LAYER_FS, LAYER_UNALLOCATED, LAYER_ARCHIVE, LAYER_MAIL, LAYERS };
const char *format_layer_name(enum format_layer layer);

/* Where findings about the container itself go. Classes of errors: "damage" (bytes are wrong), "limit" (a named bound was reached), "unsupported",
 * "locked" (needs a key), "missing" (a part is not there). `kind` is a stable word with a dot: "ewf.chunk", "tsk.open", "zip.encrypted". offset/length are
 * bytes in the container's source (length 0: no range). step: the node it concerns, as in node.step, or NULL for the container. */
struct reporter {
	void (*error)(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message);
	void (*note)(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message);
	/* Tells the watchdog that work goes on and what it is at (an address, a member number). A false answer: leave this one out, a worker died on it twice. */
	bool (*step)(struct reporter *r, uint64_t at);
};
void report_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *format, ...)
	__attribute__((format(printf, 7, 8)));
void report_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

struct probe {
	struct source *source;
	const uint8_t *head; size_t head_length;        /* first bytes, up to PROBE_HEAD */
	const char *name; size_t name_length;           /* file name (raw bytes), for ties only; may be empty */
	enum format_layer above;                        /* layer of what holds it (LAYER_IMAGE also for plain evidence files) */
};
enum { PROBE_HEAD = 68 * 1024 };                        /* covers ext, UFS2, ISO and APFS signatures */

struct format;
struct container {                                      /* the first member of every row's own struct */
	const struct format *format;
	struct source *source;                          /* borrowed */
	struct reporter *report;                        /* borrowed */
	struct arena arena;                             /* for the current node; reset by next and find; format_close frees it */
};

/* Parts of one evidence item, for image rows that consist of several files (E01 E02..., 001 002...): opened by the broker by name, in order. */
struct evidence_parts {
	struct source *const *source; const char *const *name; size_t count;    /* names: last path component */
};

/* Keys of locked volumes, for the rows that need them. `volume` names a volume: SHA-256 over what its key is derived from. */
enum { KEY_ANSWER_MOST = 49 * 1024 };
struct key_answer { size_t found, given; uint8_t bytes[KEY_ANSWER_MOST]; };    /* what an earlier job found to open it; then a list as base/keys.h has it. Wiped by who asked */
struct key_ring {
	void (*ask)(struct key_ring *r, const uint8_t volume[32], struct key_answer *a);
	void (*found)(struct key_ring *r, const uint8_t volume[32], const uint8_t *key, size_t length);       /* at most KEY_FOUND bytes, for the jobs that open it again */
};
enum { KEY_FOUND = 160 };

/* What lies beside the thing that is opened, for rows whose things are spread over several volumes of one disk. */
struct beside {
	/* The other volumes of the same table, at most `most` of them; how many. The caller closes them, before what they lie in. */
	size_t (*volumes)(struct beside *b, struct source **out, size_t most);
};

struct opening {
	struct source *source;                          /* the first part, or the thing itself */
	const struct evidence_parts *parts;             /* NULL inside containers */
	struct reporter *report;
	const char *name; size_t name_length;
	bool list_deleted;                              /* always true but for probes of cost */
	bool slack;                                     /* rows with free_space: the content of a file is what is allocated to it behind its end, or was never written */
	struct key_ring *keys;                          /* NULL: there are none */
	struct beside *beside;                          /* NULL: nothing is known of it */
};

enum { FORMAT_SEQUENTIAL = 1,                           /* members only one after the other; find must walk */
       FORMAT_TRANSPARENT = 2,                          /* image layer: one child; its content replaces the source. No locator step where it is the evidence itself, NAME:1 inside containers */
       FORMAT_FOREIGN = 4,                              /* a library reads it: what it may have done to the heap must not reach another job */
       FORMAT_ONE = 8,                                  /* holds one thing, called after the file around it: so any name finds it */
       FORMAT_DESCRIBED = 16 };                         /* content needs nothing but a node's step and address: who has its description need not find it again */

typedef bool (*free_run)(void *owner, uint64_t offset, uint64_t length);       /* bytes */

struct format {
	const char *name;                               /* locator step: "ntfs", "zip" */
	enum format_layer layer;
	unsigned flags;
	const char *about;                              /* man page line */
	/* How many signature bits matched (0: not this). Reads little, allocates nothing, never reports. */
	unsigned (*probe)(const struct probe *p);
	/* NULL: could not be opened, and the reporter has been told why. */
	struct container *(*open)(const struct opening *o);
	/* Fills *n; 1 a node, 0 the end. */
	int (*next)(struct container *c, struct node *n);
	/* The node that a locator step names, without walking everything where the format allows; false: not there. Steps with '#' go by address. */
	bool (*find)(struct container *c, const struct locator_step *step, struct node *n);
	/* Random access to the content of a node (CONTENT_COMPUTED); caller closes it before the container. NULL: told why. */
	struct source *(*content)(struct container *c, const struct node *n);
	/* The next bytes of the current node (CONTENT_SEQUENTIAL); 0 at its end; -1 after damage that was reported (no more bytes come). */
	ssize_t (*read)(struct container *c, void *to, size_t length);
	void (*close)(struct container *c);             /* frees what the row owns, not c->arena */
	/* For file systems: gives `run` the ranges of c->source that no file and no structure holds, rising, until it returns false. What can't be told is reported. NULL: there is no such thing. */
	void (*free_space)(struct container *c, free_run run, void *owner);
	/* For image rows: what the container states of its media (stored hashes, case data), put into an `evidence` record. May be NULL. */
	void (*describe)(struct container *c, struct record_builder *r);
};

/* The table: every row, in the order of format/table.def. */
extern const struct format *const formats[];            /* NULL-terminated */
const struct format *format_by_name(const char *name, size_t length);
/* The best bidder of the layers in `layers` (bit 1 << layer); `second` (may be NULL) gets another one of the best bid's strength that should be opened as well. */
const struct format *format_probe(const struct probe *p, unsigned layers, const struct format **second);
struct container *format_open(const struct format *f, const struct opening *o);
void format_close(struct container *c);
/* The one node of an image row: a media of `size` bytes, its step NAME:1. Whether a step names it. */
void format_media(struct container *c, struct node *n, uint64_t size);
bool format_media_named(const struct locator_step *step);
/* Content of a node as a random-access source whatever its kind, except SEQUENTIAL (NULL). Extents go over c->source. */
struct source *format_content(struct container *c, const struct node *n);

#endif
