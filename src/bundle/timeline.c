/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c: events in the order of time. Frames go into the external sorter behind four bytes for the owner's own number (the bundle keeps the row
 * of the event's place there), under the key seconds, nanoseconds, arrival.
 *
 * Most events are times of files, whose locator and message both end in the path: there those ends are left out on the way through the sorter, which
 * halves what is written to its runs and read back (tests/bench/events.c). A squeezed entry is: u32 place, u32 length of the frame, u32 where the path's
 * bytes are, u32 their length, u32 how many ends are left out, u32 each where one belongs (in ascending order); then the frame without them. */
#include "bundle/place.h"

#include <stdlib.h>
#include <string.h>

#include "engine/sorter.h"

enum { ENDS = 2, WORTH = 24 };       /* shorter paths stay */
struct timeline { struct sorter *s; uint64_t arrived; struct buffer entry, frame; };

/* Where in the frame the text of f ends, if it ends in `path` and is not the path; 0: it doesn't. */
static uint32_t end_of(const struct record_view *v, enum record_field f, const struct record_value *path)
{
	const struct record_value *text = &v->field[f];
	if (text->kind != VALUE_TEXT || text->length <= path->length || memcmp(text->bytes + text->length - path->length, path->bytes, path->length) != 0)
		return 0;
	return (uint32_t)(text->bytes - v->frame) + text->length;
}

static void squeeze(struct buffer *out, const struct record_view *v)
{
	const struct record_value *path = &v->field[F_PATH];
	uint32_t end[ENDS], ends = 0, at = 0, path_at = 0;
	if (path->kind == VALUE_TEXT && path->length >= WORTH) {
		uint32_t locator = end_of(v, F_LOCATOR, path), message = end_of(v, F_MESSAGE_TEXT, path);
		path_at = (uint32_t)(path->bytes - v->frame);
		if (locator)
			end[ends++] = locator;
		if (message)
			end[ends++] = message;
		if (ends == 2 && end[0] > end[1]) {
			uint32_t swap = end[0];
			end[0] = end[1];
			end[1] = swap;
		}
	}
	buffer_u32le(out, (uint32_t)v->frame_length);
	buffer_u32le(out, path_at);
	buffer_u32le(out, path->length);
	buffer_u32le(out, ends);
	for (uint32_t i = 0; i < ends; i++)
		buffer_u32le(out, end[i]);
	for (uint32_t i = 0; i < ends; i++) {
		buffer_append(out, v->frame + at, end[i] - path->length - at);
		at = end[i];
	}
	buffer_append(out, v->frame + at, v->frame_length - at);
}

/* The frame again, in t->frame. False: the run came back with other bytes. */
static bool unsqueeze(struct timeline *t, const uint8_t *bytes, size_t length)
{
	uint32_t head[4], end[ENDS], removed;
	if (length < sizeof head)
		return false;
	memcpy(head, bytes, sizeof head);
	uint32_t whole = head[0], path_at = head[1], path = head[2], ends = head[3], before = 0, given = 0;
	if (ends > ENDS || length - sizeof head < ends * 4 || whole > RECORD_LENGTH_MAX || path > whole || path_at > whole - path)
		return false;
	memcpy(end, bytes + sizeof head, ends * 4);
	bytes += sizeof head + ends * 4;
	length -= sizeof head + ends * 4;
	removed = ends * path;
	if (length + removed != whole)
		return false;
	buffer_clear(&t->frame);
	uint8_t *to = buffer_reserve(&t->frame, whole);
	/* the parts first, each to its place; then the ends, from where the path now stands */
	for (uint32_t i = 0; i <= ends; i++) {
		uint32_t stop = i < ends ? end[i] : whole, gap = i < ends ? path : 0;
		if (stop < before || stop > whole || stop - before < gap)
			return false;
		uint32_t part = stop - gap - before;
		memcpy(to + before, bytes + given, part);
		given += part;
		before = stop;
	}
	for (uint32_t i = 0; i < ends; i++)
		memmove(to + end[i] - path, to + path_at, path);
	t->frame.length = whole;
	return true;
}

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
	squeeze(&t->entry, v);
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
	if (length < 4 || !unsqueeze(t, bytes + 4, length - 4) || record_view_again(v, t->frame.data, t->frame.length))
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
	buffer_free(&t->frame);
	free(t);
}
