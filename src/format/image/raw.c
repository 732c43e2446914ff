/* SPDX-License-Identifier: Apache-2.0 */
/* raw.c: a disk image that is nothing but the disk's bytes, in one file or split into parts.
 *
 * Any bytes can be a raw image, so it bids the least. A split set has nothing that says how long it is or where a part belongs but the names: parts that
 * are missing in between, or cut short, would shift all that follows, so both are made up for with unreadable ranges of the right length where that is
 * known (splitting tools give all parts but the last the same size). A map of ddrescue beside the image says which of its zeros were never read. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "format/image/rescue_map.h"


struct raw {
	struct container container;
	struct source *media;           /* owned */
	bool given;
};

static unsigned raw_probe(const struct probe *p)
{
	return p->source->size > 0;
}

/* The parts' places while they are put together. */
struct assembly {
	struct source **source;
	size_t count, capacity;
	uint64_t at;
};

static void assembly_add(struct assembly *a, struct source *s)
{
	a->source = memory_room(a->source, a->count, &a->capacity, sizeof *a->source);
	a->source[a->count++] = s;
	a->at += s->size;
}

static void assembly_unreadable(struct assembly *a, struct source *below, uint64_t length)
{
	struct extent gap = { .length = length, .kind = EXTENT_UNREADABLE };
	assembly_add(a, source_of_extents(below, &gap, 1, length));
}

/* The size of all parts but the last, or 0 when the parts do not tell: the most frequent of the sizes before the last, if it is that of the first
 * part or of two parts at least. */
static uint64_t part_size(const struct evidence_parts *p)
{
	size_t last = p->count - 1;
	uint64_t size = 0;
	size_t most = 0, there = 0;
	for (size_t i = 0; i < last && i < 64; i++) {
		size_t same = 0;
		there += p->source[i]->size != 0;
		for (size_t k = 0; k < last; k++)
			same += p->source[k]->size == p->source[i]->size;
		if (same > most && p->source[i]->size) {
			most = same;
			size = p->source[i]->size;
		}
	}
	return most > 1 || there == 1 ? size : 0;
}

/* A part that is not there comes as an empty one: jobs after the first have no names to tell it by. */
static struct source *media_of_parts(const struct opening *o)
{
	const struct evidence_parts *p = o->parts;
	struct assembly a = { 0 };
	uint64_t size = part_size(p);
	for (size_t i = 0; i < p->count; i++) {
		struct source *s = p->source[i];
		if (i && !s->size) {
			uint64_t missing = 1, length;
			while (i + missing < p->count && !p->source[i + missing]->size)
				missing++;
			if (i + missing == p->count)
				break;                  /* nothing behind it is there either */
			const char *next = p->name[i + missing];
			if (!size || __builtin_mul_overflow(missing, size, &length)) {
				report_error(o->report, "missing", "raw.part", NULL, a.at, 0, "%llu part(s) of unknown size missing before %s: it and what follows are left out, no one knows where they belong",
					     (unsigned long long)missing, next);
				break;
			}
			report_error(o->report, "missing", "raw.part", NULL, a.at, length, "%llu part(s) missing before %s: %llu bytes are unreadable",
				     (unsigned long long)missing, next, (unsigned long long)length);
			assembly_unreadable(&a, s, length);
			i += missing - 1;
			continue;
		}
		assembly_add(&a, source_window(s, 0, s->size));
		if (i + 1 == p->count || !size || s->size == size)
			continue;
		if (s->size < size) {
			report_error(o->report, "damage", "raw.part", NULL, a.at, size - s->size, "%s is shorter than the other parts: taken as cut off, %llu bytes are unreadable",
				     p->name[i], (unsigned long long)(size - s->size));
			assembly_unreadable(&a, s, size - s->size);
		} else {
			report_error(o->report, "damage", "raw.part", NULL, a.at - s->size, s->size, "%s is longer than the other parts", p->name[i]);
		}
	}
	struct source *media = source_of_parts(a.source, a.count);
	free(a.source);
	return media;
}

/* The image without the ranges that the map calls bad. */
static struct source *media_of_map(const struct opening *o)
{
	struct range_map bad = { 0 };
	struct source *image = o->parts->source[0];
	rescue_map_read(o->parts->source[1], image->size, &bad, o->report);
	struct extent *extent = memory_array(2 * bad.count + 1, sizeof *extent);
	size_t n = 0;
	uint64_t at = 0;
	for (size_t i = 0; i < bad.count; i++) {
		extent[n++] = (struct extent){ .offset = at, .length = bad.range[i].offset - at, .kind = EXTENT_DATA };
		extent[n++] = (struct extent){ .length = bad.range[i].length, .kind = EXTENT_UNREADABLE };
		at = bad.range[i].offset + bad.range[i].length;
	}
	extent[n++] = (struct extent){ .offset = at, .length = image->size - at, .kind = EXTENT_DATA };
	struct source *media = source_of_extents(image, extent, n, image->size);
	free(extent);
	range_map_free(&bad);
	return media;
}

static struct container *raw_open(const struct opening *o)
{
	struct raw *r = memory_new(sizeof *r);
	if (o->parts && o->parts->count == 2 && rescue_map_is(o->parts->source[1]))
		r->media = media_of_map(o);
	else
		r->media = o->parts && o->parts->count > 1 ? media_of_parts(o) : source_window(o->source, 0, o->source->size);
	r->container.source = r->media;
	r->container.report = o->report;
	return &r->container;
}

static int raw_next(struct container *c, struct node *n)
{
	struct raw *r = (struct raw *)c;
	*n = (struct node){ 0 };
	if (r->given)
		return 0;
	r->given = true;
	format_media(c, n, r->media->size);
	return 1;
}

static bool raw_find(struct container *c, const struct locator_step *step, struct node *n)
{
	((struct raw *)c)->given = false;
	return format_media_named(step) && raw_next(c, n) == 1;
}

static struct source *raw_content(struct container *c, const struct node *n)
{
	(void)n;
	struct raw *r = (struct raw *)c;
	return source_window(r->media, 0, r->media->size);
}

static void raw_close(struct container *c)
{
	struct raw *r = (struct raw *)c;
	source_close(r->media);
	free(r);
}

static void raw_describe(struct container *c, struct record_builder *r)
{
	record_number(r, F_SIZE, ((struct raw *)c)->media->size);
}

const struct format format_raw = {
	.name = "raw",
	.layer = LAYER_IMAGE,
	.flags = FORMAT_TRANSPARENT,
	.about = "raw disk image, whole or split (.001 .002 ..., .000, .aa .ab ...)",
	.probe = raw_probe,
	.open = raw_open,
	.next = raw_next,
	.find = raw_find,
	.content = raw_content,
	.close = raw_close,
	.describe = raw_describe,
};
