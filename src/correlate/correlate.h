/* SPDX-License-Identifier: Apache-2.0 */
/* correlate.h: reducers: what only shows when records from different places are seen together. One file each, one row each in reducers.def.
 *
 * A reducer gets every record of a case, in any order, and gives hits of its own at the end. What it gives depends on the records alone, not on their
 * order; memory is bounded, what grows goes through external sorts. */
#ifndef SPOOR_CORRELATE_CORRELATE_H
#define SPOOR_CORRELATE_CORRELATE_H

#include "record/record.h"

/* Takes a hit; false: output trouble (errno). The view is borrowed for the call. */
typedef bool (*correlate_emit)(void *owner, const struct record_view *hit);

struct reducer {
	const char *name;
	void *(*begin)(int directory);                  /* directory: for runs of sorters; a descriptor that the caller keeps */
	bool (*add)(void *state, const struct record_view *v);  /* false: trouble (errno) */
	bool (*finish)(void *state, correlate_emit emit, void *owner);
	void (*end)(void *state);
};

struct correlate;
struct correlate *correlate_new(int directory);
bool correlate_add(struct correlate *c, const struct record_view *v);
bool correlate_finish(struct correlate *c, correlate_emit emit, void *owner);
void correlate_free(struct correlate *c);

/* For reducers: checks the frame and hands it on; an invalid one (too long) is a fault and gives false with errno EINVAL. */
bool correlate_give(const struct buffer *frame, correlate_emit emit, void *owner);

#endif
