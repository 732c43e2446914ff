/* SPDX-License-Identifier: Apache-2.0 */
/* correlate.c: the table of reducers, and every record to each of them. */
#include "correlate/correlate.h"

#include <errno.h>
#include <stdlib.h>

#define REDUCER(id) extern const struct reducer reducer_##id;
#include "correlate/reducers.def"
#undef REDUCER

static const struct reducer *const reducers[] = {
#define REDUCER(id) &reducer_##id,
#include "correlate/reducers.def"
#undef REDUCER
};
enum { REDUCERS = sizeof reducers / sizeof *reducers };

struct correlate { void *state[REDUCERS]; };

struct correlate *correlate_new(int directory)
{
	struct correlate *c = memory_new(sizeof *c);
	for (unsigned i = 0; i < REDUCERS; i++)
		c->state[i] = reducers[i]->begin(directory);
	return c;
}

bool correlate_add(struct correlate *c, const struct record_view *v)
{
	for (unsigned i = 0; i < REDUCERS; i++)
		if (!reducers[i]->add(c->state[i], v))
			return false;
	return true;
}

bool correlate_finish(struct correlate *c, correlate_emit emit, void *owner)
{
	for (unsigned i = 0; i < REDUCERS; i++)
		if (!reducers[i]->finish(c->state[i], emit, owner))
			return false;
	return true;
}

void correlate_free(struct correlate *c)
{
	for (unsigned i = 0; c && i < REDUCERS; i++)
		reducers[i]->end(c->state[i]);
	free(c);
}

bool correlate_give(const struct buffer *frame, correlate_emit emit, void *owner)
{
	struct record_view v;
	if (record_view_open(&v, frame->data, frame->length)) {
		errno = EINVAL;
		return false;
	}
	return emit(owner, &v);
}
