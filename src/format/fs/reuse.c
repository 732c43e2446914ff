/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.c: see reuse.h. */
#include "format/fs/reuse.h"

static uint64_t units_of(const struct extent *e, uint64_t unit_bytes)
{
	return e->kind == EXTENT_DATA && e->length ? (e->offset % unit_bytes + e->length - 1) / unit_bytes + 1 : 0;
}

void reuse_tell(struct node *n, uint64_t unit_bytes, int (*used)(void *owner, uint64_t unit), void *owner)
{
	uint64_t units = 0, asked = 0, reused = 0;
	for (size_t i = 0; i < n->extents && n->content == CONTENT_EXTENTS; i++)
		if (__builtin_add_overflow(units, units_of(&n->extent[i], unit_bytes), &units))
			return;
	if (!units)
		return;
	uint64_t stride = units / REUSE_UNITS_MOST + (units % REUSE_UNITS_MOST != 0), skip = 0;
	for (size_t i = 0; i < n->extents; i++) {
		uint64_t count = units_of(&n->extent[i], unit_bytes), unit = skip;
		for (; unit < count; unit += stride, asked++) {
			int answer = used(owner, n->extent[i].offset / unit_bytes + unit);
			if (answer < 0)
				return;
			reused += answer > 0;
		}
		skip = unit - count;
	}
	if (reused)
		node_flag(n, reused == asked ? "clusters-reused" : "clusters-partly-reused");
	else if (stride == 1)
		node_flag(n, "clusters-free");
}
