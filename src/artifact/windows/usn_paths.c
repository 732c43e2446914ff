/* SPDX-License-Identifier: Apache-2.0 */
/* usn_paths.c: a hash table from reference to name and parent. Open addressing. */
#include "artifact/windows/usn_paths.h"

#include <stdlib.h>
#include <string.h>

#include "record/locator.h"

enum { DEPTH_MAX = 256, ROOT = 5, SLOTS_FIRST = 1024 };
#define RECORD_OF(reference) ((reference) & UINT64_C(0xffffffffffff))

struct slot { uint64_t reference, parent; uint32_t name; uint8_t units; bool used; };

struct usn_paths {
	struct slot *slot;
	size_t slots, used;             /* slots: a power of two */
	struct buffer names;            /* UTF-16LE; what is replaced stays until the end */
};

struct usn_paths *usn_paths_new(void)
{
	struct usn_paths *t = memory_new(sizeof *t);
	t->slots = SLOTS_FIRST;
	t->slot = memory_array(t->slots, sizeof *t->slot);
	return t;
}

void usn_paths_free(struct usn_paths *t)
{
	buffer_free(&t->names);
	free(t->slot);
	free(t);
}

static struct slot *find(const struct usn_paths *t, uint64_t reference)
{
	uint64_t h = reference * UINT64_C(0x9E3779B97F4A7C15);
	size_t i = (size_t)(h >> 20) & (t->slots - 1);
	while (t->slot[i].used && t->slot[i].reference != reference)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static void grow(struct usn_paths *t)
{
	struct slot *old = t->slot;
	size_t slots = t->slots;
	t->slots *= 2;
	t->slot = memory_array(t->slots, sizeof *t->slot);
	for (size_t i = 0; i < slots; i++)
		if (old[i].used)
			*find(t, old[i].reference) = old[i];
	free(old);
}

void usn_paths_set(struct usn_paths *t, uint64_t reference, uint64_t parent, const uint8_t *name, size_t units)
{
	if (units > 255 || t->names.length > UINT32_MAX - 512)
		return;
	struct slot *s = find(t, reference);
	if (!s->used) {
		if (++t->used > t->slots / 2) {
			grow(t);
			s = find(t, reference);
		}
		s->used = true;
		s->reference = reference;
	}
	bool same = s->units && s->units == units && memcmp(t->names.data + s->name, name, 2 * units) == 0;
	if (!same) {
		s->name = (uint32_t)t->names.length;
		buffer_append(&t->names, name, 2 * units);
	}
	s->units = (uint8_t)units;
	s->parent = parent;
}

bool usn_paths_find(const struct usn_paths *t, uint64_t reference, uint64_t *parent, const uint8_t **name, size_t *units)
{
	const struct slot *s = find(t, reference);
	if (!s->used)
		return false;
	*parent = s->parent;
	*name = t->names.data + s->name;
	*units = s->units;
	return true;
}

bool usn_paths_of(const struct usn_paths *t, uint64_t parent, const uint8_t *name, size_t units, struct buffer *out, uint64_t *lost)
{
	const struct slot *way[DEPTH_MAX];
	size_t depth = 0;
	struct buffer raw = { 0 };
	bool whole = true;
	*lost = 0;
	while (RECORD_OF(parent) != ROOT) {
		const struct slot *s = find(t, parent);
		if (!s->used || depth == DEPTH_MAX) {      /* a loop ends at the depth, too */
			buffer_format(out, "/%%3F%llu-%u", (unsigned long long)RECORD_OF(parent), (unsigned)(parent >> 48));
			whole = false;
			*lost = s->used ? 0 : parent;
			depth = depth == DEPTH_MAX ? 0 : depth;
			break;
		}
		way[depth++] = s;
		parent = s->parent;
	}
	while (depth) {
		const struct slot *s = way[--depth];
		raw.length = 0;
		locator_wtf8(&raw, t->names.data + s->name, (size_t)s->units * 2);
		buffer_byte(out, '/');
		locator_escape(out, raw.data, raw.length);
	}
	raw.length = 0;
	locator_wtf8(&raw, name, 2 * units);
	buffer_byte(out, '/');
	locator_escape(out, raw.data, raw.length);
	buffer_free(&raw);
	return whole;
}
