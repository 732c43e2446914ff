/* SPDX-License-Identifier: Apache-2.0 */
/* unallocated.c: what no file of a file system holds, as streams: its free space in one (`free:1`), and the slack of each file (`slack:` and the step of the file in its file system).
 *
 * Both are rows that open beside a file system, over the same volume, as shadow copies do. Free space is all free clusters or blocks, one run behind the other in the order of the
 * volume: what blkls of the Sleuth Kit gives. Slack is what is allocated to a file in use and is not its content: the rest of its last cluster, clusters behind its end, and what was
 * reserved but never written (which a reader of the file sees as zeros). Without slack: files that are packed, and those whose content lies in their own entry.
 *
 * That the file system below is damaged is told by who lists it; here only what that means for the free space. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

enum { RUNS_MAX = 4 << 20 };            /* of free space, 24 bytes each while they are listed */

struct unallocated {
	struct container container;     /* first member */
	struct reporter quiet;          /* for the file system below */
	struct container *below;
	bool mapped, given;
	struct extent *run; size_t runs, capacity;
	uint64_t free_bytes, end;       /* end: of the last run */
};

/* ---- the file system below */

static const struct format *file_system(struct source *source, const uint8_t *head, size_t length)
{
	struct probe p = { .source = source, .head = head, .head_length = length, .name = "", .above = LAYER_VOLUME };
	const struct format *f = format_probe(&p, 1U << LAYER_FS, NULL);
	return f && f->free_space ? f : NULL;
}

static unsigned unallocated_probe(const struct probe *p)
{
	return file_system(p->source, p->head, p->head_length) ? 1 : 0;
}

static bool step_on(struct reporter *r, uint64_t at)
{
	struct unallocated *u = (struct unallocated *)((char *)r - offsetof(struct unallocated, quiet));
	struct reporter *own = u->container.report;
	return !own || !own->step || own->step(own, at);
}

static void unallocated_close(struct container *c)
{
	struct unallocated *u = (struct unallocated *)c;
	format_close(u->below);
	free(u->run);
	free(u);
}

static struct container *unallocated_open(const struct opening *o, bool slack)
{
	struct unallocated *u = memory_new(sizeof *u);
	uint8_t *head = memory_new(PROBE_HEAD);
	const struct format *f = file_system(o->source, head, source_read_at(o->source, 0, head, PROBE_HEAD, NULL));
	free(head);
	u->container.source = o->source;
	u->container.report = o->report;
	u->quiet.step = step_on;
	u->below = f ? format_open(f, &(struct opening){ .source = o->source, .report = &u->quiet, .name = "", .list_deleted = true, .slack = slack }) : NULL;
	if (u->below)
		return &u->container;
	report_error(o->report, "missing", "unallocated.open", NULL, 0, 0, "no file system is found here of which it is known what its files do not hold");
	unallocated_close(&u->container);
	return NULL;
}

/* ---- free space */

static bool free_add(void *owner, uint64_t offset, uint64_t length)
{
	struct unallocated *u = owner;
	uint64_t size = u->container.source->size;
	if (offset >= size || offset < u->end)
		return true;            /* beyond what there is, or given already: damage that the listing tells of */
	if (u->runs == RUNS_MAX) {
		report_error(u->container.report, "limit", "free.runs", "free:1", offset, size - offset, "free space lies in more than %d pieces: the rest of it is not given", RUNS_MAX);
		return false;
	}
	length = length < size - offset ? length : size - offset;
	u->run = memory_room(u->run, u->runs, &u->capacity, sizeof *u->run);
	u->run[u->runs++] = (struct extent){ .offset = offset, .length = length, .kind = EXTENT_DATA };
	u->free_bytes += length;
	u->end = offset + length;
	return true;
}

static bool free_fill(struct container *c, struct node *n)
{
	struct unallocated *u = (struct unallocated *)c;
	arena_reset(&c->arena);
	if (!u->mapped) {
		u->mapped = true;
		u->below->report = c->report;
		u->below->format->free_space(u->below, free_add, u);
		u->below->report = &u->quiet;
	}
	if (!u->runs)
		return false;
	static const char name[] = "unallocated";
	*n = (struct node){ .kind = NODE_UNALLOCATED, .name = { (const uint8_t *)name, sizeof name - 1 }, .step = "free:1", .address = "1", .has_allocated = true, .has_size = true, .size = u->free_bytes,
		.content = CONTENT_EXTENTS, .extent = u->run, .extents = u->runs, .order = u->run->offset };
	return true;
}

static int free_next(struct container *c, struct node *n)
{
	struct unallocated *u = (struct unallocated *)c;
	bool more = !u->given && free_fill(c, n);
	u->given = true;
	return more;
}

static bool free_find(struct container *c, const struct locator_step *step, struct node *n)
{
	return step->name.length == 1 && step->name.text[0] == '1' && !step->stream.length && free_fill(c, n);
}

static struct container *free_open(const struct opening *o) { return unallocated_open(o, false); }

/* ---- slack */

/* From the node of the file to that of its slack. Nothing but the place is the slack's own: times and owners are the file's. False: it has none. */
static bool slack_fill(struct container *c, const struct node *file, struct node *n)
{
	if (file->content != CONTENT_EXTENTS || !file->size || !file->extents || (file->has_allocated && !file->allocated))
		return false;
	const char *step = strchr(file->step, ':');
	*n = (struct node){ .kind = NODE_UNALLOCATED, .name = file->name, .path = file->path, .address = file->address, .parent = file->parent, .attribute = file->attribute,
		.step = arena_format(&c->arena, "slack%s", step ? step : ":"), .has_allocated = true, .has_size = true, .size = file->size,
		.content = CONTENT_EXTENTS, .extent = file->extent, .extents = file->extents, .order = file->order };
	return true;
}

static int slack_next(struct container *c, struct node *n)
{
	struct unallocated *u = (struct unallocated *)c;
	struct node file;
	arena_reset(&c->arena);
	for (memset(&file, 0, sizeof file); u->below->format->next(u->below, &file) == 1; memset(&file, 0, sizeof file))
		if (slack_fill(c, &file, n))
			return 1;
	return 0;
}

static bool slack_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct unallocated *u = (struct unallocated *)c;
	const char *name = u->below->format->name;
	struct locator_step file_step = { .format = { name, strlen(name) }, .name = step->name, .stream = step->stream };
	struct node file = { 0 };
	arena_reset(&c->arena);
	return u->below->format->find(u->below, &file_step, &file) && slack_fill(c, &file, n);
}

static struct container *slack_open(const struct opening *o) { return unallocated_open(o, true); }

#define ROW(kind, text) const struct format format_##kind = { .name = #kind, .layer = LAYER_UNALLOCATED, .about = text, .probe = unallocated_probe, .open = kind##_open, \
	.next = kind##_next, .find = kind##_find, .close = unallocated_close }
ROW(free, "all free clusters or blocks of a file system in the order of the volume, with --unallocated; not of ISO 9660, which has none, nor of APFS");
ROW(slack, "of each file what is allocated to it behind its end, or was never written, with --unallocated=all; not of packed files, nor of ISO 9660 and APFS");
