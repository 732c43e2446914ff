/* SPDX-License-Identifier: Apache-2.0 */
/* regf_deleted.c: recovery from a hive's unused cells.
 *
 * Windows wipes nothing: freeing a cell turns its size positive and joins it with free neighbours, so that old records lie at any multiple of 8 inside, often with their
 * old size fields. Whatever the living keys don't hold is searched: free cells, cells in use that nothing leads to (cut off, or hidden), truncated trees, and what lies in the file behind the
 * last bin. A record is
 * believed when its fields can be those of one (the limits are yarp's: github.com/msuhanov/yarp): a year of 1970 to 2100, known flags, a name that fits. */
#include "reader/regf_deleted.h"

#include <stdlib.h>
#include <string.h>

#include "reader/regf_log.h"

enum { NK_NAME = 76, VK_NAME = 20, NAME_MOST = 1024, NULS_MOST = 5, SUBKEYS_MOST = 10000, VALUES_MOST = 1000, SEGMENT = 16344, PAGE = 4096 };
#define YEAR_1970 UINT64_C(116444736000000000)
#define YEAR_2100 UINT64_C(157469184000000000)

static void mark(struct regf_deleted *d, uint32_t cell)
{
	size_t length;
	if (!regf_cell(d->h, cell, &length, NULL))
		return;
	for (size_t unit = cell / 8, end = (cell + length + 4 + 7) / 8; unit < end;)
		if (unit % 64 == 0 && end - unit >= 64) {
			d->used[unit / 64] = UINT64_MAX;
			unit += 64;
		} else {
			d->used[unit / 64] |= UINT64_C(1) << unit % 64;
			unit++;
		}
}

bool regf_deleted_used(const struct regf_deleted *d, uint32_t cell)
{
	return cell < d->h->end - REGF_BASE_BLOCK && d->used[cell / 8 / 64] >> cell / 8 % 64 & 1;
}

static void mark_value(struct regf_deleted *d, uint32_t cell)
{
	struct regf *h = d->h;
	struct regf_value v;
	size_t length, list_length;
	if (!regf_value_of_cell(h, cell, &v, false))
		return;
	mark(d, cell);
	const uint8_t *p = v.in_cell || !v.size ? NULL : regf_cell(h, v.data_cell, &length, NULL);
	if (!p)
		return;
	mark(d, v.data_cell);
	if (v.size > SEGMENT && h->minor > 3 && length >= 8 && p[0] == 'd' && p[1] == 'b') {
		uint32_t list = cursor_u32le(&(struct cursor){ .data = p, .size = length, .at = 4 });
		const uint8_t *segments = regf_cell(h, list, &list_length, NULL);
		if (!segments)
			return;
		mark(d, list);
		struct cursor c = cursor_of(segments, list_length, 0);
		for (size_t i = 0, n = (size_t)(p[2] | p[3] << 8); i < n && cursor_left(&c) >= 4 && h->entries_left; i++, h->entries_left--)
			mark(d, cursor_u32le(&c));
	}
}

static void muted(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	(void)owner, (void)class, (void)kind, (void)offset, (void)length, (void)message;
}

/* What lies behind the last bin is what the hive was before it became smaller: from now on it can be read like the bins. A bin there that stands where it says it does ends what is before it.
 * One that says it stands elsewhere is another hive's, which had these clusters before: its keys are none of this one's. */
static void remnant_open(struct regf_deleted *d)
{
	struct regf *h = d->h;
	uint32_t size, from = (uint32_t)((h->end - REGF_BASE_BLOCK + PAGE - 1) / PAGE), pages = h->size > h->end ? (uint32_t)((h->size - REGF_BASE_BLOCK) / PAGE) : 0;
	if (pages <= from || pages > UINT32_MAX / PAGE)
		return;
	h->end = REGF_BASE_BLOCK + (size_t)pages * PAGE;
	for (uint32_t page = pages, limit = pages * PAGE; page-- > from;) {
		h->bin_end[page] = limit;
		limit = regf_bin_at(h, REGF_BASE_BLOCK + (size_t)page * PAGE, &size) ? page * PAGE : limit;
	}
	bool foreign = false;
	for (uint32_t page = from; page < pages; page++) {
		size_t at = REGF_BASE_BLOCK + (size_t)page * PAGE;
		if (memcmp(h->image + at, "hbin", 4) == 0)
			foreign = !regf_bin_at(h, at, &size);
		if (!foreign)
			continue;
		d->foreign_at = d->foreign ? d->foreign_at : at;
		d->foreign += PAGE;
		memset(d->used + page * (PAGE / 512), 0xff, PAGE / 64);
	}
	free(h->seen);
	h->seen = memory_array((h->end - REGF_BASE_BLOCK) / 512 + 1, sizeof *h->seen);
}

void regf_deleted_start(struct regf_deleted *d, struct regf *h)
{
	size_t units = (h->end - REGF_BASE_BLOCK) / 8, all_units = h->size > h->end ? (h->size - REGF_BASE_BLOCK) / 8 : units;
	regf_damage damage = h->damage;
	struct regf_walk w;
	struct regf_key k;
	*d = (struct regf_deleted){ .h = h, .used = memory_array(all_units / 64 + 2, sizeof *d->used), .living_end = h->end };
	/* all that is wrong was told on the first walk */
	h->damage = muted;
	memset(h->seen, 0, (units / 64 + 1) * sizeof *h->seen);
	h->entries_left = units * 2 + 64;
	regf_walk_start(&w, h, h->root);
	while (regf_walk_next(&w, &k)) {
		mark(d, k.cell);
		if (k.class_length)
			mark(d, k.class_cell);
		mark(d, k.security);
		if (!k.values)
			continue;
		mark(d, k.value_list);
		size_t length;
		const uint8_t *list = regf_cell(h, k.value_list, &length, NULL);
		struct cursor c = cursor_of(list, list ? length : 0, 0);
		for (uint32_t i = 0; i < k.values && cursor_left(&c) >= 4 && h->entries_left; i++, h->entries_left--)
			mark_value(d, cursor_u32le(&c));
	}
	regf_walk_end(&w);
	/* the lists of subkeys were marked in `seen` when they were taken */
	for (size_t unit = 0; unit < units; unit++)
		if (h->seen[unit / 64] >> unit % 64 & 1)
			mark(d, (uint32_t)(unit * 8));
	remnant_open(d);
	h->entries_left = all_units * 2 + 64;
	h->damage = damage;
}

static bool name_plausible(const uint8_t *name, size_t length, bool latin1)
{
	size_t nuls = 0;
	if (length > NAME_MOST || (!latin1 && length % 2))
		return false;
	for (size_t i = 0; i < length; i += latin1 ? 1 : 2)
		nuls += !name[i] && (latin1 || !name[i + 1]);
	return nuls <= NULS_MOST;
}

/* What can be read from a position whose size field may be anybody's: up to the bin's end. */
static const uint8_t *body(const struct regf *h, uint32_t cell, size_t *length)
{
	uint32_t limit = h->bin_end[cell / 4096];
	*length = limit > cell + 4 ? limit - cell - 4 : 0;
	return h->image + REGF_BASE_BLOCK + cell + 4;
}

static bool key_plausible(const struct regf *h, const struct regf_key *k, size_t stated_name)
{
	return k->name_length && stated_name == k->name_length && k->written >= YEAR_1970 && k->written < YEAR_2100 && k->subkeys <= SUBKEYS_MOST && k->values <= VALUES_MOST &&
		!(k->flags & 0x0F00) && (k->parent % 8 == 0 || k->parent == REGF_NONE) && k->parent < h->end && name_plausible(k->name, k->name_length, k->name_latin1);
}

static bool value_plausible(const struct regf *h, const struct regf_value *v, size_t stated_name)
{
	/* a nameless value without data may be of any type: of an account's name in SAM it is the account's number */
	bool known = v->type <= REGF_QWORD || v->type >> 16 == 0xFFFF || (v->in_cell && !v->size && !v->name_length && v->type <= UINT16_MAX);
	return stated_name == v->name_length && known && !(v->flags & ~3u) && (v->in_cell ? v->size <= 4 : !v->size || (v->data_cell >= 8 && v->data_cell % 8 == 0 && v->data_cell < h->end && v->size <= h->end)) &&
		name_plausible(v->name, v->name_length, v->name_latin1);
}

/* The cell's own length: by its size field where that can be, else what the record needs. */
static size_t cell_length(const struct regf *h, uint32_t cell, size_t needed)
{
	size_t length;
	return regf_cell(h, cell, &length, NULL) && length >= needed ? length + 4 : needed + 4;
}

static void claim(struct regf_deleted *d, uint32_t cell, size_t length)
{
	for (size_t unit = cell / 8, end = unit + (length + 7) / 8; unit < end && unit < (d->h->end - REGF_BASE_BLOCK) / 8; unit++)
		d->used[unit / 64] |= UINT64_C(1) << unit % 64;
}

/* Steps to the next unused position with that signature. */
static const uint8_t *next_record(struct regf_deleted *d, char first, char second, size_t least, uint32_t *cell, size_t *length)
{
	struct regf *h = d->h;
	size_t end = h->end - REGF_BASE_BLOCK;
	for (; d->at + 8 <= end; d->at += 8) {
		if (d->at / 8 % 64 == 0 && d->used[d->at / 512] == UINT64_MAX) {
			d->at += 512 - 8;
			continue;
		}
		const uint8_t *p = h->image + REGF_BASE_BLOCK + d->at + 4;
		if (p[0] != first || p[1] != second || regf_deleted_used(d, d->at))
			continue;
		p = body(h, d->at, length);
		if (*length < least)
			continue;
		*cell = d->at;
		d->at += 8;
		return p;
	}
	return NULL;
}

bool regf_deleted_key(struct regf_deleted *d, struct regf_key *k)
{
	struct regf *h = d->h;
	uint32_t cell;
	size_t length;
	const uint8_t *p;
	while ((p = next_record(d, 'n', 'k', NK_NAME, &cell, &length))) {
		size_t stated = (size_t)(p[72] | p[73] << 8);
		regf_key_read(k, cell, p, length);
		if (!key_plausible(h, k, stated))
			continue;
		k->cell_length = cell_length(h, cell, NK_NAME + k->name_length);
		claim(d, cell, 4 + NK_NAME + k->name_length);
		return true;
	}
	d->at = 0;
	d->values = true;
	return false;
}

bool regf_deleted_value_at(struct regf_deleted *d, const struct regf_key *k, uint32_t index, struct regf_value *v, bool *overwritten)
{
	struct regf *h = d->h;
	size_t length;
	const uint8_t *list = k->values <= VALUES_MOST && !regf_deleted_used(d, k->value_list) ? regf_cell(h, k->value_list, &length, NULL) : NULL;
	if (!list || index >= length / 4 || !h->entries_left)
		return false;
	h->entries_left--;
	struct cursor c = cursor_of(list, length, 0);
	c.at = (size_t)index * 4;
	uint32_t cell = cursor_u32le(&c);
	if (cell % 8 || regf_deleted_used(d, cell) || !regf_value_of_cell(h, cell, v, false))
		return false;
	*overwritten = !v->in_cell && v->size && regf_deleted_used(d, v->data_cell);
	claim(d, cell, 4 + VK_NAME + v->name_length);
	return true;
}

bool regf_deleted_value(struct regf_deleted *d, struct regf_value *v, bool *overwritten)
{
	struct regf *h = d->h;
	uint32_t cell;
	size_t length;
	const uint8_t *p;
	while ((p = next_record(d, 'v', 'k', VK_NAME, &cell, &length))) {
		size_t stated = (size_t)(p[2] | p[3] << 8);
		regf_value_read(v, cell, p, length);
		if (!value_plausible(h, v, stated))
			continue;
		v->cell_length = cell_length(h, cell, VK_NAME + v->name_length);
		*overwritten = !v->in_cell && v->size && regf_deleted_used(d, v->data_cell);
		claim(d, cell, 4 + VK_NAME + v->name_length);
		return true;
	}
	return false;
}

void regf_deleted_end(struct regf_deleted *d)
{
	d->h->end = d->living_end;
	free(d->used);
	d->used = NULL;
}
