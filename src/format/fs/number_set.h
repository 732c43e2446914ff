/* SPDX-License-Identifier: Apache-2.0 */
/* number_set.h: a set of numbers (inodes seen), flat, 8 bytes a number and some room. All zero is a valid empty set. */
#ifndef SPOOR_FORMAT_FS_NUMBER_SET_H
#define SPOOR_FORMAT_FS_NUMBER_SET_H

#include <stdlib.h>

#include "base/memory.h"

struct number_set {
	uint64_t *slot;         /* number + 1; 0: free */
	size_t count, slots;    /* slots: a power of two */
	bool has_most;          /* UINT64_MAX, which has no slot value */
};

static inline size_t number_set_place(const struct number_set *s, uint64_t number)
{
	uint64_t hash = (number + 1) * 0x9e3779b97f4a7c15U;
	size_t at = (size_t)(hash >> 20) & (s->slots - 1);
	while (s->slot[at] && s->slot[at] != number + 1)
		at = (at + 1) & (s->slots - 1);
	return at;
}

static inline bool number_set_has(const struct number_set *s, uint64_t number)
{
	if (number == UINT64_MAX)
		return s->has_most;
	return s->slots && s->slot[number_set_place(s, number)];
}

/* False when it was there already. */
static inline bool number_set_add(struct number_set *s, uint64_t number)
{
	if (number_set_has(s, number))
		return false;
	if (number == UINT64_MAX)
		return s->has_most = true;
	if (s->count >= s->slots / 2) {
		struct number_set bigger = { .slots = s->slots ? 2 * s->slots : 256 };
		bigger.slot = memory_array(bigger.slots, sizeof *bigger.slot);
		for (size_t i = 0; i < s->slots; i++)
			if (s->slot[i])
				bigger.slot[number_set_place(&bigger, s->slot[i] - 1)] = s->slot[i];
		free(s->slot);
		s->slot = bigger.slot;
		s->slots = bigger.slots;
	}
	s->slot[number_set_place(s, number)] = number + 1;
	s->count++;
	return true;
}

static inline void number_set_free(struct number_set *s)
{
	free(s->slot);
	*s = (struct number_set){ 0 };
}

#endif
