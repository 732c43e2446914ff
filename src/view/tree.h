/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h: what a mounted view shows, as far as it was looked at: containers, each with its entries in the order of its listing.
 *
 * It is made of records and items that workers sent. They are hostile: names are data here, a way is found by comparing texts, never by following them.
 * An entry's number in its container is its place in the listing, so that it is the same when a container that was given up is listed again. */
#ifndef SPOOR_VIEW_TREE_H
#define SPOOR_VIEW_TREE_H

#include <sys/stat.h>

#include "engine/protocol.h"
#include "engine/spool.h"
#include "record/record.h"

enum { VIEW_ROWS_MOST = 4 << 20 };      /* entries in memory before containers are given up; one container may have more */

enum row_work { ROW_DONE, ROW_WAITING, ROW_IN_HAND };   /* does a job have to look at it before it can be shown? */

struct row {
	uint32_t name, step, path, target;      /* places in the container's text; 0: none */
	uint32_t parent, first, last, next;     /* entries of this container: folder it lies in; what lies in it, in order */
	uint32_t inside;                        /* first container that it was opened as; 0: none */
	uint32_t mode, uid, gid, links;         /* mode: st_mode */
	uint64_t size, inode;
	struct timespec time[3];                /* mtime, atime, ctime */
	uint64_t payload;                       /* in the spool: what the job gets */
	uint32_t payload_length;
	uint16_t kind;                          /* of the job */
	uint8_t work;                           /* enum row_work */
	bool looked;                            /* a folder: no entry of it waits for a job */
	bool hashed;
	uint8_t sha256[32];
};

struct row_index { uint32_t *slot; size_t slots, used; };        /* row + 1; 0: empty */

enum container_state { CONTAINER_UNKNOWN /* its row has to be looked at first */, CONTAINER_LISTABLE, CONTAINER_LISTING, CONTAINER_LISTED, CONTAINER_FAILED };

struct container_view {
	uint32_t above, row, next;              /* whose entry it is, which; the same entry opened as another format */
	uint32_t evidence;                      /* item */
	uint32_t nesting;                       /* containers that it lies in, below the volume or the evidence */
	enum container_state state;
	bool linked, inlined;                   /* found from its row; its entries came with the job that looked at the row */
	char format[16];
	char *prefix;                           /* locator of what it was opened from */
	uint8_t *payload; size_t payload_length;        /* for the job that lists it */
	struct row *rows; size_t count, capacity, settled;      /* row 0 is its own folder */
	struct buffer text;
	struct row_index steps, names;
	uint64_t inode;
	unsigned jobs;                          /* in hand over its entries */
};

struct tree {
	struct container_view **container; uint32_t containers; size_t capacity;        /* 0: the view's root; its entries are the evidence */
	struct row_index places;                /* containers by entry and format */
	struct spool spool;                     /* payloads */
	uint64_t rows;
};

void tree_begin(struct tree *t, int directory);
void tree_end(struct tree *t);
/* Evidence as an entry of the root; base: its locator. */
uint32_t tree_evidence(struct tree *t, uint32_t item, const char *base);
/* A node record or the description of one, from a job on behalf of entry (c, row) or of what is opened from there. tail: its locator behind that entry's. */
struct row *tree_node(struct tree *t, uint32_t c, uint32_t row, const char *tail, size_t length, const struct record_view *v);
/* An item of such a job: what has to be looked at (kind, payload), or what a node holds. False: not to be placed. */
bool tree_item(struct tree *t, uint32_t c, uint32_t row, const struct item_head *h, const char *step, const uint8_t *payload, size_t length, bool inside);
/* After a job: new entries get their names and folders. */
void tree_settle(struct tree *t);
/* Forgets a container's entries; they are listed again when looked at. */
void tree_forget(struct tree *t, uint32_t c);
/* Gives up what is listed, when it is much and no job is in hand. */
void tree_trim(struct tree *t);
uint32_t tree_inside(const struct tree *t, uint32_t c, uint32_t row, const char *format, size_t length); /* 0: none */
uint32_t tree_child(const struct tree *t, uint32_t c, uint32_t folder, const char *name);      /* 0: none */
const char *catalogue_text(const struct container_view *c, uint32_t at);
void tree_locator(const struct tree *t, uint32_t c, uint32_t row, struct buffer *out);         /* empty: a folder that only paths speak of */
bool tree_payload(const struct tree *t, const struct row *r, struct buffer *out);              /* appends: u32 length, bytes */

#endif
