/* SPDX-License-Identifier: Apache-2.0 */
/* partitions.c: see partitions.h. */
#include "format/volume/partitions.h"

#include <stdlib.h>
#include <string.h>

struct partitions *partitions_new(const struct opening *o, uint32_t sector_size)
{
	struct partitions *p = memory_new(sizeof *p);
	p->container.source = o->source;
	p->container.report = o->report;
	p->sector_size = sector_size;
	return p;
}

void partition_add(struct partitions *p, const struct partition *part)
{
	if (!part->sectors)
		return;
	p->part = memory_room(p->part, p->count, &p->capacity, sizeof *p->part);
	p->part[p->count++] = *part;
}

static int by_start(const void *a, const void *b)
{
	const struct partition *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* First sector behind a partition; a table that claims more than 2^64 sectors ends at the last one. */
static uint64_t end_of(const struct partition *part)
{
	uint64_t end;
	return __builtin_add_overflow(part->start, part->sectors, &end) ? UINT64_MAX : end;
}

static uint64_t byte_of(const struct partitions *p, uint64_t sector)
{
	uint64_t byte;
	return __builtin_mul_overflow(sector, (uint64_t)p->sector_size, &byte) ? UINT64_MAX : byte;
}

static void gap_add(struct partitions *p, uint64_t from, uint64_t to)
{
	if (from < to)
		partition_add(p, &(struct partition){ .start = from, .sectors = to - from });
}

void partitions_finish(struct partitions *p, const char *row)
{
	struct reporter *report = p->container.report;
	uint64_t size = p->container.source->size;
	uint64_t media = size / p->sector_size + (size % p->sector_size != 0);
	if (p->count)
		qsort(p->part, p->count, sizeof *p->part, by_start);
	uint64_t end = 0;
	size_t partitions = p->count;
	for (size_t i = 0; i < partitions; i++) {
		struct partition part = p->part[i];
		char *step = arena_format(&p->kept, "%s:%u", row, part.number);
		char *kind = arena_format(&p->kept, "%s.overlap", row);
		if (part.start < end)
			report_error(report, "damage", kind, step, byte_of(p, part.start), 0,
			             "partition %u starts at sector %llu, inside the one before, which ends before sector %llu", part.number,
			             (unsigned long long)part.start, (unsigned long long)end);
		kind = arena_format(&p->kept, "%s.beyond-end", row);
		if (end_of(&part) > media)
			report_error(report, "missing", kind, step, byte_of(p, part.start), 0,
			             "partition %u ends at sector %llu, the media has %llu sectors", part.number, (unsigned long long)(end_of(&part) - 1),
			             (unsigned long long)media);
		gap_add(p, end, part.start < media ? part.start : media);
		if (end_of(&part) > end)
			end = end_of(&part);
	}
	gap_add(p, end, media);
	if (p->count)
		qsort(p->part, p->count, sizeof *p->part, by_start);
}

static void node_fill(struct partitions *p, const struct partition *part, struct node *n)
{
	struct arena *a = &p->container.arena;
	const char *row = p->container.format->name;
	*n = (struct node){ .kind = part->number ? NODE_VOLUME : NODE_UNALLOCATED, .has_allocated = true, .allocated = part->number != 0 };
	uint64_t last = end_of(part) - 1;
	if (part->number)
		n->step = arena_format(a, "%s:%u", row, part->number);
	else
		n->step = arena_format(a, "%s:@%llu-%llu", row, (unsigned long long)part->start, (unsigned long long)last);
	n->address = arena_format(a, "%llu", (unsigned long long)part->start);
	const char *name = part->name ? part->name : part->number ? NULL : "unallocated";
	if (name)
		n->name = (struct node_text){ .bytes = (const uint8_t *)name, .length = strlen(name) };
	for (size_t i = 0; i < sizeof part->flag / sizeof part->flag[0] && part->flag[i]; i++)
		node_flag(n, part->flag[i]);
	n->has_range = true;
	n->range_offset = byte_of(p, part->start);
	n->range_length = byte_of(p, part->sectors);
	/* Content is what the media has of it: a table may claim exabytes. */
	uint64_t media = p->container.source->size;
	uint64_t there = n->range_offset < media ? media - n->range_offset : 0;
	n->has_size = true;
	n->size = n->range_length < there ? n->range_length : there;
	n->order = n->range_offset;
	if (n->size) {
		struct extent *e = arena_new(a, sizeof *e);
		*e = (struct extent){ .offset = n->range_offset, .length = n->size, .kind = EXTENT_DATA };
		n->content = CONTENT_EXTENTS;
		n->extent = e;
		n->extents = 1;
	}
	if (n->size < n->range_length && part->number)
		node_flag(n, "incomplete");
}

int partitions_next(struct container *c, struct node *n)
{
	struct partitions *p = (struct partitions *)c;
	arena_reset(&c->arena);
	while (p->at < p->count) {
		const struct partition *part = &p->part[p->at++];
		if (c->report && c->report->step && !c->report->step(c->report, part->start))
			continue;
		node_fill(p, part, n);
		return 1;
	}
	return 0;
}

bool partitions_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct partitions *p = (struct partitions *)c;
	arena_reset(&c->arena);
	char *wanted = arena_copy(&c->arena, step->name.text, step->name.length);
	for (size_t i = 0; i < p->count && !step->stream.length; i++) {
		const struct partition *part = &p->part[i];
		char *name = part->number ? arena_format(&c->arena, "%u", part->number) :
			arena_format(&c->arena, "@%llu-%llu", (unsigned long long)part->start, (unsigned long long)(end_of(part) - 1));
		if (strcmp(name, wanted) == 0) {
			node_fill(p, part, n);
			return true;
		}
	}
	return false;
}

void partitions_close(struct container *c)
{
	struct partitions *p = (struct partitions *)c;
	free(p->part);
	arena_free(&p->kept);
	free(p);
}
