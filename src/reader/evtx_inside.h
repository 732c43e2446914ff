/* SPDX-License-Identifier: Apache-2.0 */
/* evtx_inside.h: the state of a log being read, for the evtx reader's own files. */
#ifndef SPOOR_READER_EVTX_INSIDE_H
#define SPOOR_READER_EVTX_INSIDE_H

#include "reader/evtx_template.h"

enum { EVTX_VALUES_MOST = 16384, EVTX_PLACES = 1024, EVTX_BUCKETS = 1024 };

struct evtx_place { uint32_t stamp, offset; struct evtx_program *program; };    /* of a definition in the chunk in hand */
struct evtx_deferred { uint64_t base; uint32_t at, marks; };                    /* a record to come back to when all templates of the file were seen */
struct evtx_instance { struct evtx_program *program; struct evtx_value *value; uint32_t values; size_t after; const char *wrong; };

struct evtx {
	struct source *source;
	bool *taint;
	uint64_t size;
	/* file header */
	bool has_header, header_bad;
	uint32_t flags;
	uint16_t minor;
	uint64_t next_id;
	/* the block in hand */
	uint8_t *room;                          /* when the source's bytes are not in memory */
	const uint8_t *data; size_t length;
	uint64_t base, next_base;
	bool open, magic;
	size_t at, live_end;
	unsigned block_marks;
	uint64_t first_id, last_id;
	size_t hidden_at, hidden_end;           /* room inside the last record that may hold another */
	/* templates */
	struct arena bank_arena, cache_arena, scratch;
	struct evtx_program *bucket[EVTX_BUCKETS], *bank[EVTX_BUCKETS];
	struct evtx_place place[EVTX_PLACES]; uint32_t stamp; unsigned places;
	unsigned generation;
	struct evtx_value *value;               /* outer values, then those of the payload */
	struct evtx_instance inner;
	/* what was left behind */
	struct buffer deferred; size_t deferred_at; bool coming_back;
	struct buffer seen_list; uint64_t *seen; size_t seen_slots;
	struct evtx_counts counts;
	void (*on_chunk)(void *owner, const struct evtx_chunk_info *chunk);
	void *owner;
	/* of the last evtx_render */
	uint32_t *where; size_t where_room;     /* by step: offset of the value from where_base, 0: left out */
	size_t where_base;
	bool moved;                             /* entries were renamed behind it: nothing is where it was */
	const struct evtx_program *tracked;
};

/* The template instance at `at` (its token 0C) that ends before `end`; value: room for EVTX_VALUES_MOST. program NULL: no template (wrong says why, values are there all the
 * same when *values is not 0). */
bool evtx_instance_read(struct evtx *e, size_t at, size_t end, struct evtx_value *value, struct evtx_instance *i, unsigned *marks);
/* A fragment of binary XML: a template instance, or elements without one. */
bool evtx_fragment_read(struct evtx *e, size_t at, size_t end, struct evtx_value *value, struct evtx_instance *i, unsigned *marks);
/* Item after item of an array value; false at its end. */
bool evtx_item(const struct evtx_value *array, uint32_t *at, struct evtx_value *item);

#endif
