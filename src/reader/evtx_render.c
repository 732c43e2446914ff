/* SPDX-License-Identifier: Apache-2.0 */
/* evtx_render.c: a record's data as entries of a record map: one walk over the steps of its programs.
 *
 * This is the hot path of event logs: an entry is a block copy of its header and one value. Output is bounded, because a short record may ask for long names many times. */
#include "reader/evtx_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY = 6, OPEN_MOST = 12, OUTPUT_MOST = 384 << 10, FRAGMENTS_MOST = 64, ROOM = 64 };
static const char TOO_DEEP[] = "…[nested too deep]";

struct run {
	struct evtx *e;
	struct evtx_event *event;
	struct buffer *out;
	size_t start;
	unsigned fragments;
};

static void run_program(struct run *r, const struct evtx_program *p, const struct evtx_value *value, uint32_t values, unsigned depth);

/* What moves is no longer where it was noted. */
static void rename_doubles(struct evtx *e, struct buffer *out, size_t map)
{
	size_t before = out->length;
	frame_map_rename(out, map);
	e->moved |= out->length != before;
}

static inline bool is_null(const struct evtx_value *v)
{
	return v->type == EVTX_NULL;
}

static inline void copy_header(struct buffer *out, const struct evtx_program *p, const struct evtx_step *s)
{
	if (s->header <= ROOM) {                /* the pool has ROOM bytes behind its end */
		memcpy(buffer_reserve(out, ROOM), p->pool + s->at, ROOM);
		out->length += s->header;
	} else
		buffer_append(out, p->pool + s->at, s->header);
}

/* A fragment inside a value, as entries of the map that is open. */
static void put_fragment(struct run *r, const struct evtx_value *v, unsigned depth)
{
	struct evtx *e = r->e;
	if (++r->fragments > FRAGMENTS_MOST) {
		r->event->marks |= EVTX_CUT;
		return;
	}
	struct evtx_instance i = { 0 };
	struct evtx_value *value = arena_array(&e->scratch, v->size / 4 + 1, sizeof *value);
	size_t at = (size_t)(v->bytes - e->data);
	if (!evtx_fragment_read(e, at, at + v->size, value, &i, &r->event->marks)) {
		r->event->marks |= EVTX_BROKEN;
		r->event->wrong = i.wrong;
		return;
	}
	if (i.program && depth + i.program->levels + 1 <= RECORD_DEPTH) {
		run_program(r, i.program, i.value, i.values, depth);
		return;
	}
	if (!i.program && i.values && depth + 1 < RECORD_DEPTH) {
		for (uint32_t n = 0; n < i.values && r->out->length - r->start < OUTPUT_MOST; n++) {
			char key[16];
			if (is_null(&i.value[n]))
				continue;
			int length = snprintf(key, sizeof key, "v%u", (unsigned)n);
			buffer_u16le(r->out, (uint16_t)length);
			buffer_append(r->out, key, (size_t)length);
			frame_entry(r->out, VALUE_TEXT);
			evtx_put_value(r->out, &i.value[n], false);
		}
		return;
	}
	static const uint8_t deep[] = { 1, 0, '#' };
	buffer_append(r->out, deep, sizeof deep);
	size_t text = frame_entry(r->out, VALUE_TEXT);
	buffer_append(r->out, TOO_DEEP, sizeof TOO_DEEP - 1);
	frame_close(r->out, text);
}

static inline void put_one(struct run *r, const struct evtx_value *v, bool list, unsigned depth)
{
	struct buffer *out = r->out;
	if (v->type != EVTX_BINXML) {
		evtx_put_value(out, v, list);
		return;
	}
	size_t at = out->length;
	put_fragment(r, v, depth + 1);
	rename_doubles(r->e, out, at);
	out->data[at - ENTRY] = VALUE_MAP;
	frame_close(out, at);
}

static void run_program(struct run *r, const struct evtx_program *p, const struct evtx_value *value, uint32_t values, unsigned depth)
{
	static const struct evtx_value null;
	struct buffer *out = r->out;
	struct evtx *e = r->e;
	struct { size_t entry, value; uint8_t flags; bool map; } open[OPEN_MOST] __attribute__((uninitialized));   /* hot: not to be zeroed by the hardened build */
	unsigned opened = 0;
	bool track = e->tracked == p;
	uint32_t *where = e->where;
	for (uint32_t i = 0; i < p->steps; i++) {
		const struct evtx_step *s = &p->step[i];
		if (s->gate != NO_SLOT && (s->gate >= values || is_null(&value[s->gate]))) {
			if (s->jump)
				i = s->jump - 1;
			continue;
		}
		const struct evtx_value *v = s->slot < values ? &value[s->slot] : &null;
		switch (s->kind) {
		case STEP_VALUE:
			if (is_null(v) ? s->flags & STEP_OPTIONAL : s->flags & STEP_EMPTY_TOO && v->size == 0)
				break;
			if (v->type & EVTX_ARRAY && s->flags & STEP_LIST) {
				struct evtx_value item;
				uint32_t at = 0;
				while (evtx_item(v, &at, &item) && out->length - r->start < OUTPUT_MOST) {
					copy_header(out, p, s);
					if (track && !where[i])
						where[i] = (uint32_t)(out->length - r->start);
					put_one(r, &item, true, depth + opened);
				}
				break;
			}
			copy_header(out, p, s);
			if (track)
				where[i] = (uint32_t)(out->length - r->start);
			put_one(r, v, s->flags & STEP_LIST, depth + opened);
			break;
		case STEP_CONSTANT:
			if (s->length <= ROOM) {
				memcpy(buffer_reserve(out, ROOM), p->pool + s->at, ROOM);
				out->length += s->length;
			} else
				buffer_append(out, p->pool + s->at, s->length);
			if (track)
				where[i] = (uint32_t)(out->length - r->start - (s->length - s->header));
			break;
		case STEP_TEXT: {
			size_t entry = out->length;
			copy_header(out, p, s);
			size_t at = out->length;
			for (uint32_t k = i + 1; k < s->jump; k++) {
				const struct evtx_step *t = &p->step[k];
				if (t->kind == STEP_TEXT_PIECE)
					buffer_append(out, p->pool + t->at, t->length);
				else if (t->slot < values)
					evtx_value_text(out, &value[t->slot]);
			}
			if (out->length == at && s->flags & STEP_DROP_EMPTY)
				out->length = entry;
			else {
				frame_close(out, at);
				if (track)
					where[i] = (uint32_t)(at - r->start);
			}
			i = s->jump - 1;
			break;
		}
		case STEP_OPEN:
			if (!s->header)
				break;          /* a gate alone */
			if (opened == OPEN_MOST) {
				i = s->jump - 1;
				break;
			}
			open[opened].entry = out->length;
			copy_header(out, p, s);
			open[opened].value = out->length;
			open[opened].map = out->data[out->length - ENTRY] == VALUE_MAP;
			open[opened++].flags = s->flags;
			break;
		case STEP_CLOSE:
			if (!opened)
				break;
			opened--;
			if (out->length == open[opened].value && open[opened].flags & STEP_DROP_EMPTY) {
				out->length = open[opened].entry;
				break;
			}
			if (p->several && open[opened].map)
				rename_doubles(e, out, open[opened].value);
			frame_close(out, open[opened].value);
			break;
		case STEP_FRAGMENT:
			if (is_null(v))
				break;
			if (v->type != EVTX_BINXML) {
				static const uint8_t key[] = { 7, 0, 'P', 'a', 'y', 'l', 'o', 'a', 'd' };
				buffer_append(out, key, sizeof key);
				frame_entry(out, VALUE_TEXT);
				evtx_put_value(out, v, false);
			} else if (p == r->event->outer && s->slot == p->payload && (r->event->inner || e->inner.values)) {
				if (r->event->inner)
					run_program(r, r->event->inner, e->inner.value, e->inner.values, depth + opened);
				else {          /* its template is lost: values by number */
					static const uint8_t key[] = { 9, 0, 'E', 'v', 'e', 'n', 't', 'D', 'a', 't', 'a' };
					buffer_append(out, key, sizeof key);
					size_t at = frame_entry(out, VALUE_MAP);
					put_fragment(r, v, depth + opened + 1);
					frame_close(out, at);
				}
			} else
				put_fragment(r, v, depth + opened);
			break;
		default:
			break;
		}
		if (out->length - r->start > OUTPUT_MOST) {
			r->event->marks |= EVTX_CUT;
			break;
		}
	}
	while (opened--) {
		if (p->several && open[opened].map)
			rename_doubles(e, out, open[opened].value);
		frame_close(out, open[opened].value);
	}
}

bool evtx_render(struct evtx *e, struct evtx_event *event, struct buffer *out)
{
	struct run r = { .e = e, .event = event, .out = out, .start = out->length };
	e->where_base = out->length;
	e->moved = false;
	e->tracked = event->inner ? event->inner : event->outer;
	if (!event->outer)
		return true;
	uint32_t steps = e->tracked->steps;
	if (steps > e->where_room) {
		e->where = memory_resize(e->where, steps, sizeof *e->where);
		e->where_room = steps;
	}
	if (steps)
		memset(e->where, 0, steps * sizeof *e->where);
	run_program(&r, event->outer, event->value, event->values, 1);
	return !event->outer->several && !event->outer->lower_case_root && !(event->inner && (event->inner->lower_case_root || event->inner->is_event)) &&
	       (event->inner || event->outer->payload == NO_SLOT || e->inner.values);
}

const uint8_t *evtx_leaf_value(const struct evtx *e, const struct buffer *out, uint32_t leaf, uint8_t *kind, uint32_t *length)
{
	if (!e->tracked || e->moved || leaf >= e->tracked->leaves)
		return NULL;
	uint32_t at = e->where[e->tracked->leaf[leaf].step];
	if (!at)
		return NULL;
	const uint8_t *value = out->data + e->where_base + at;
	*kind = value[-ENTRY];
	*length = value[-4] | (uint32_t)value[-3] << 8 | (uint32_t)value[-2] << 16 | (uint32_t)value[-1] << 24;
	return value;
}

uint32_t evtx_leaf(const struct evtx_event *event, const char *name, size_t length, unsigned nth)
{
	const struct evtx_program *p = event->inner ? event->inner : event->outer;
	for (uint32_t i = 0; p && i < p->leaves; i++)
		if (nth ? p->leaf[i].nth == nth : p->leaf[i].name_length == length && memcmp(p->pool + p->leaf[i].name_at, name, length) == 0)
			return i;
	return UINT32_MAX;
}

uint32_t evtx_leaf_at(const struct evtx_event *event, uint32_t number, const char **name, size_t *length)
{
	const struct evtx_program *p = event->inner ? event->inner : event->outer;
	if (!p || number >= p->leaves)
		return UINT32_MAX;
	*name = (const char *)p->pool + p->leaf[number].name_at;
	*length = p->leaf[number].name_length;
	return number;
}
