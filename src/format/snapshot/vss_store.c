/* SPDX-License-Identifier: Apache-2.0 */
/* vss_store.c: see vss_store.h. Source: libyal/libvshadow, "Volume Shadow Snapshot (VSS) format", sections Store block list, Successive block descriptors, Store bitmap.
 *
 * A list is read from front to back, and what comes later counts. Windows notes a block that it only moved as a forwarder (block A of this copy is block B of
 * the next newer one); when B is then written over itself, the note that comes for B stands for A. */
#include "format/snapshot/vss_store.h"

#include <stdlib.h>

enum { ENTRY = 32, FLAG_FORWARD = 1, FLAG_OVERLAY = 2, FLAG_UNUSED = 4, GONE = UINT32_MAX };

/* 3808876b-c176-4e48-b7ae-04046e6cc752 */
const uint8_t vss_identifier[16] = { 0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e, 0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52 };

const char *vss_block_read(struct source *s, uint64_t at, enum vss_record record, uint8_t bytes[VSS_BLOCK])
{
	bool taint = false;
	if (source_read_at(s, at, bytes, VSS_BLOCK, &taint) != VSS_BLOCK)
		return "it lies beyond the end of the volume";
	if (taint)
		return "it lies in a damaged part of the evidence";
	struct cursor c = cursor_of(bytes, VSS_BLOCK, at);
	if (memcmp(cursor_bytes(&c, 16), vss_identifier, sizeof vss_identifier))
		return "it does not begin as such a block does";
	c.at = 20;              /* 20 kind of record, u32; 24 offset in the store, u64; 32 offset in the volume, u64; 40 next block, u64 */
	if (cursor_u32le(&c) != record)
		return "it is a block of another kind";
	c.at = 32;
	return cursor_u64le(&c) != at ? "it says that it lies elsewhere" : NULL;
}

uint64_t vss_block_next(const uint8_t bytes[VSS_BLOCK])
{
	struct cursor c = cursor_of(bytes, VSS_BLOCK, 0);
	c.at = 40;
	return cursor_u64le(&c);
}

/* ---- the map */

static struct vss_slot *map_place(const struct vss_map *m, uint64_t number)
{
	size_t at = (size_t)(number * 0x9e3779b97f4a7c15U >> 20) & (m->slots - 1);
	while (m->slot[at].used && m->slot[at].number != number)
		at = (at + 1) & (m->slots - 1);
	return &m->slot[at];
}

static struct vss_slot *map_find(const struct vss_map *m, uint64_t number)
{
	struct vss_slot *s = m->slots ? map_place(m, number) : NULL;
	return s && s->used && s->index != GONE ? s : NULL;
}

static void map_put(struct vss_map *m, uint64_t number, uint32_t index)
{
	if (m->count >= m->slots / 2) {
		struct vss_map bigger = { .slots = m->slots ? 2 * m->slots : 256, .count = m->count };
		bigger.slot = memory_array(bigger.slots, sizeof *bigger.slot);
		for (size_t i = 0; i < m->slots; i++)
			if (m->slot[i].used)
				*map_place(&bigger, m->slot[i].number) = m->slot[i];
		free(m->slot);
		*m = bigger;
	}
	struct vss_slot *s = map_place(m, number);
	m->count += !s->used;
	*s = (struct vss_slot){ number, index, 1 };
}

/* ---- the list of blocks */

struct entry { uint64_t original, relative, place; uint32_t flags, sectors; };

static struct vss_block *block_of(struct vss_store *t, uint64_t number, size_t *room)
{
	struct vss_slot *known = map_find(&t->by_number, number);
	if (known)
		return &t->block[known->index];
	if (!*room)
		return NULL;
	--*room;
	t->block = memory_room(t->block, t->blocks, &t->capacity, sizeof *t->block);
	t->block[t->blocks] = (struct vss_block){ .number = number };
	map_put(&t->by_number, number, (uint32_t)t->blocks);
	return &t->block[t->blocks++];
}

/* False: no room. */
static bool entry_take(struct vss_store *t, const struct entry *e, size_t *room)
{
	uint64_t number = e->original / VSS_BLOCK;
	if (e->flags & FLAG_UNUSED)
		return true;
	if (!(e->flags & FLAG_OVERLAY)) {
		struct vss_slot *from = map_find(&t->by_target, number);
		if (from) {
			number = t->block[from->index].number;
			from->index = GONE;
		}
	}
	bool forward = e->flags & FLAG_FORWARD;
	if (forward && number == e->relative / VSS_BLOCK)
		return true;
	struct vss_block *b = block_of(t, number, room);
	if (!b)
		return false;
	if (e->flags & FLAG_OVERLAY) {
		if (!b->sectors)
			b->overlay = e->place;
		b->sectors |= e->sectors;
		return true;
	}
	b->here = true;
	b->forward = forward;
	b->place = forward ? e->relative : e->place;
	if (forward)
		map_put(&t->by_target, e->relative / VSS_BLOCK, (uint32_t)(b - t->block));
	return true;
}

static const char *list_take(struct vss_store *t, const uint8_t bytes[VSS_BLOCK], size_t *room)
{
	struct cursor c = cursor_of(bytes, VSS_BLOCK, 0);
	c.at = VSS_HEADER;      /* of each: 0 place in the volume, u64; 8 place in the store, or in the next copy, u64; 16 where it is now, u64; 24 flags, u32; 28 its sectors, u32 */
	while (cursor_left(&c) >= ENTRY) {
		struct entry e = { .original = cursor_u64le(&c), 0 };
		e.relative = cursor_u64le(&c);
		e.place = cursor_u64le(&c);
		e.flags = cursor_u32le(&c);
		e.sectors = cursor_u32le(&c);
		bool empty = !e.original && !e.relative && !e.place && !e.flags && !e.sectors;
		if (!empty && !entry_take(t, &e, room))
			return "more blocks are kept than are read";
	}
	return NULL;
}

/* A bit of the result is set only where both bitmaps have it, if there are two. */
static void bitmap_take(struct vss_store *t, const uint8_t *bytes, size_t at, bool second)
{
	for (size_t i = 0; i < VSS_BLOCK - VSS_HEADER && at + i < t->unused_bytes; i++)
		t->unused[at + i] = second ? t->unused[at + i] & bytes[VSS_HEADER + i] : bytes[VSS_HEADER + i];
}

enum chain { CHAIN_LIST, CHAIN_BITMAP, CHAIN_PREVIOUS };

/* Follows one chain of blocks from `at`. */
static void chain_read(struct vss_store *t, struct vss_reading *r, const char *step, uint64_t at, enum chain chain)
{
	static const char *const name[] = { "list of kept blocks", "bitmap", "bitmap of the copy before" };
	uint8_t *bytes = memory_new(VSS_BLOCK);
	size_t taken = 0;
	while (at) {
		const char *wrong = number_set_add(&r->seen, at) ? vss_block_read(r->volume, at, chain == CHAIN_LIST ? VSS_LIST : VSS_BITMAP, bytes) : "it leads to what was read already", *full = NULL;
		if (!wrong && chain == CHAIN_LIST)
			full = list_take(t, bytes, &r->room);
		if (!wrong && chain != CHAIN_LIST)
			bitmap_take(t, bytes, taken * (VSS_BLOCK - VSS_HEADER), chain == CHAIN_PREVIOUS);
		if (wrong)
			report_error(r->report, "damage", "vss.store", step, at, VSS_BLOCK, "the %s of this shadow copy breaks off after %zu of its blocks, %s: some of what it holds may be of a later time", name[chain], taken, wrong);
		if (full)
			report_error(r->report, "limit", "vss.blocks", step, at, VSS_BLOCK, "%s: some of what this shadow copy holds may be of a later time", full);
		if (wrong || full)
			break;
		taken++;
		at = vss_block_next(bytes);
	}
	/* what the second bitmap does not cover has no bit in it */
	size_t covered = taken * (VSS_BLOCK - VSS_HEADER);
	if (chain == CHAIN_PREVIOUS && covered < t->unused_bytes)
		memset(t->unused + covered, 0, t->unused_bytes - covered);
	free(bytes);
}

void vss_store_load(struct vss_store *t, struct vss_reading *r, const char *step, bool newest)
{
	chain_read(t, r, step, t->list, CHAIN_LIST);
	if (!newest)
		return;
	t->unused_bytes = (size_t)(r->volume->size / VSS_BLOCK / 8 + 1);
	t->unused = memory_new(t->unused_bytes);
	chain_read(t, r, step, t->bitmap, CHAIN_BITMAP);
	if (t->previous)
		chain_read(t, r, step, t->previous, CHAIN_PREVIOUS);
}

const struct vss_block *vss_store_block(const struct vss_store *t, uint64_t number)
{
	const struct vss_slot *s = map_find(&t->by_number, number);
	return s ? &t->block[s->index] : NULL;
}

bool vss_store_unused(const struct vss_store *t, uint64_t number)
{
	return number / 8 < t->unused_bytes && t->unused[number / 8] >> number % 8 & 1 && !map_find(&t->by_target, number);
}

void vss_store_free(struct vss_store *t)
{
	free(t->block);
	free(t->by_number.slot);
	free(t->by_target.slot);
	free(t->unused);
}
