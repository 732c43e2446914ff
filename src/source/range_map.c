/* SPDX-License-Identifier: Apache-2.0 */
/* range_map.c: sorted, disjoint byte ranges; see source.h. Ranges mostly arrive in ascending order: that case appends. */
#include "source/source.h"

#include <stdlib.h>
#include <string.h>

static uint64_t range_end(const struct range *r)
{
	return r->offset + r->length;
}

/* Index of the first range that ends at or behind `offset`. */
static size_t first_reaching(const struct range_map *m, uint64_t offset)
{
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (range_end(&m->range[middle]) < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void range_map_add(struct range_map *m, uint64_t offset, uint64_t length)
{
	if (length > UINT64_MAX - offset)
		length = UINT64_MAX - offset;
	if (!length)
		return;
	uint64_t end = offset + length;
	size_t first = first_reaching(m, offset), behind = first;
	while (behind < m->count && m->range[behind].offset <= end) {
		const struct range *r = &m->range[behind++];
		if (r->offset < offset)
			offset = r->offset;
		if (range_end(r) > end)
			end = range_end(r);
	}
	if (first == behind) {
		m->range = memory_room(m->range, m->count, &m->capacity, sizeof *m->range);
		memmove(m->range + first + 1, m->range + first, (m->count - first) * sizeof *m->range);
		m->count++;
	} else {
		memmove(m->range + first + 1, m->range + behind, (m->count - behind) * sizeof *m->range);
		m->count -= behind - first - 1;
	}
	m->range[first] = (struct range){ .offset = offset, .length = end - offset };
}

bool range_map_touches(const struct range_map *m, uint64_t offset, uint64_t length)
{
	if (!length || !m->count)
		return false;
	uint64_t end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
	size_t i = first_reaching(m, offset);
	if (i < m->count && range_end(&m->range[i]) == offset)
		i++;            /* it only touches the first byte's left edge */
	return i < m->count && m->range[i].offset < end;
}

void range_map_free(struct range_map *m)
{
	free(m->range);
	*m = (struct range_map){ 0 };
}
