/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c: events in the order of time. Frames go into the external sorter as they are, behind four bytes for the owner's own number (the
 * bundle keeps the row of the event's place there), under the key seconds, nanoseconds, arrival. */
#include "bundle/place.h"

#include <stdlib.h>
#include <string.h>

#include "engine/sorter.h"

struct timeline { struct sorter *s; uint64_t arrived; struct buffer entry; };

struct timeline *timeline_new(int directory, size_t memory_bytes)
{
	struct timeline *t = memory_new(sizeof *t);
	t->s = sorter_new(directory, memory_bytes);
	return t;
}

bool timeline_add_placed(struct timeline *t, const struct record_view *v, uint32_t place)
{
	struct timestamp at;
	if (v->type != RECORD_EVENT || !record_get_time(v, F_TIME, &at))
		return true;
	buffer_clear(&t->entry);
	buffer_u32le(&t->entry, place);
	buffer_append(&t->entry, v->frame, v->frame_length);
	struct sort_key key = { { sort_signed(at.seconds), at.nanoseconds, t->arrived++ } };
	return sorter_add(t->s, &key, t->entry.data, t->entry.length);
}

bool timeline_add(struct timeline *t, const struct record_view *v) { return timeline_add_placed(t, v, 0); }
bool timeline_finish(struct timeline *t) { return sorter_finish(t->s); }

int timeline_next_placed(struct timeline *t, struct record_view *v, uint32_t *place)
{
	struct sort_key key;
	const uint8_t *bytes;
	size_t length;
	int got = sorter_next(t->s, &key, &bytes, &length);
	if (got != 1)
		return got;
	if (length < 4 || record_view_again(v, bytes + 4, length - 4))
		return -1;      /* was whole when it was added: the run came back with other bytes */
	memcpy(place, bytes, 4);
	return 1;
}

int timeline_next(struct timeline *t, struct record_view *v)
{
	uint32_t place;
	return timeline_next_placed(t, v, &place);
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	sorter_free(t->s);
	buffer_free(&t->entry);
	free(t);
}
