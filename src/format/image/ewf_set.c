/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_set.c: which of the given files make up an EWF image, in which order, and how large its media is.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)", volume (disk, data) section. The number in a segment file's header counts, not
 * its name; the set identifier in volume and data sections keeps out segments of other images. */
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"

enum { VOLUME_BODY = 1052, SMART_VOLUME_BODY = 94 };

uint8_t *ewf_section_body(const struct ewf_segment *g, const struct ewf_section *s, size_t most, size_t *length)
{
	uint64_t size = s->end - s->start > EWF_DESCRIPTOR ? s->end - s->start - EWF_DESCRIPTOR : 0;
	if (size > most)
		size = most;
	uint8_t *body = memory_new((size_t)size + 1);
	*length = source_read_at(g->source, s->start + EWF_DESCRIPTOR, body, (size_t)size, NULL);
	return body;
}

static struct ewf_geometry geometry_of(const uint8_t *body, size_t length, uint8_t set[16])
{
	struct ewf_geometry v = { 0 };
	struct cursor c = cursor_of(body, length, 0);
	bool smart = length < VOLUME_BODY;
	size_t check = smart ? SMART_VOLUME_BODY - 4 : VOLUME_BODY - 4;
	v.media_type = smart ? 1 : cursor_u8(&c);
	c.at = 4;       /* 4 chunk count, 8 sectors a chunk, 12 bytes a sector, 16 sectors (u32 in SMART; u32 and zero before EnCase 6) */
	v.chunks = cursor_u32le(&c);
	v.sectors_per_chunk = cursor_u32le(&c);
	v.sector_size = cursor_u32le(&c);
	v.sectors = smart ? cursor_u32le(&c) : cursor_u64le(&c);
	memset(set, 0, 16);
	if (!smart) {
		c.at = 36;      /* 36 media flags, 52 compression level, 64 set identifier */
		v.media_flags = cursor_u8(&c);
		c.at = 52;
		v.compression = cursor_u8(&c);
		c.at = 64;
		const uint8_t *id = cursor_bytes(&c, 16);
		if (id)
			memcpy(set, id, 16);
	}
	c.at = check;
	v.valid = cursor_u32le(&c) == (length > check ? ewf_adler(body, check) : 0) && !c.bad;
	return v;
}

static bool geometry_sane(const struct ewf_geometry *v)
{
	return v->sector_size >= 128 && v->sector_size <= 65536 && v->sectors_per_chunk && v->sectors_per_chunk <= EWF_CHUNK_MAX / v->sector_size &&
	       v->sectors <= INT64_MAX / v->sector_size;
}

static uint64_t chunks_of(const struct ewf_geometry *v)
{
	return v->sectors / v->sectors_per_chunk + (v->sectors % v->sectors_per_chunk != 0);
}

static bool is_geometry(uint8_t type)
{
	return type == EWF_VOLUME || type == EWF_DISK || type == EWF_DATA;
}

static void set_identifier_read(struct ewf_segment *g)
{
	static const uint8_t none[16];
	for (size_t i = 0; i < g->sections && !g->has_set; i++) {
		if (!is_geometry(g->section[i].type))
			continue;
		size_t length;
		uint8_t *body = ewf_section_body(g, &g->section[i], VOLUME_BODY, &length);
		struct ewf_geometry v = geometry_of(body, length, g->set);
		g->has_set = v.valid && memcmp(g->set, none, sizeof none) != 0;
		free(body);
	}
}

/* A file whose header is destroyed may still be a segment: by its name, if that number is not taken. */
static void numbers_from_names(struct ewf *e)
{
	for (size_t i = 0; i < e->segments; i++) {
		struct ewf_segment *g = &e->segment[i];
		if (!g->header_bad)
			continue;
		bool taken = !g->name_number || g->name_number > UINT16_MAX || !g->sections;
		for (size_t k = 0; k < e->segments && !taken; k++)
			taken = k != i && e->segment[k].number == g->name_number;
		if (!taken)
			g->number = (uint32_t)g->name_number;
		report_error(e->container.report, "damage", "ewf.segment", NULL, 0, 0,
			     taken ? "%s is no EWF segment file (its header is destroyed, and its name does not tell which one it is)" : "%s: the file header is destroyed; taken as segment %u by its name",
			     g->name, (unsigned)g->number);
	}
}

/* Of two files with one number: the one whose name has that number, else the one that is complete, else the first given. */
static bool better(const struct ewf_segment *a, const struct ewf_segment *b)
{
	bool a_named = a->name_number == a->number, b_named = b->name_number == b->number;
	if (a_named != b_named)
		return a_named;
	return (a->ended_next || a->ended_done) && !(b->ended_next || b->ended_done);
}

void ewf_set_choose(struct ewf *e)
{
	struct reporter *report = e->container.report;
	numbers_from_names(e);
	/* the set is that of the lowest segment that states one */
	uint32_t lowest = UINT32_MAX;
	for (size_t i = 0; i < e->segments; i++) {
		struct ewf_segment *g = &e->segment[i];
		if (!g->number)
			continue;
		set_identifier_read(g);
		if (g->has_set && g->number < lowest) {
			lowest = g->number;
			e->has_set = true;
			memcpy(e->set, g->set, sizeof e->set);
		}
	}
	uint32_t highest = 0;
	for (size_t i = 0; i < e->segments; i++)
		highest = e->segment[i].number > highest ? e->segment[i].number : highest;
	uint32_t *by_number = memory_array((size_t)highest + 1, sizeof *by_number);     /* index + 1 */
	for (size_t i = 0; i < e->segments; i++) {
		struct ewf_segment *g = &e->segment[i];
		if (!g->number)
			continue;
		if (g->has_set && memcmp(g->set, e->set, sizeof e->set) != 0) {
			report_error(report, "damage", "ewf.segment", NULL, 0, 0, "%s belongs to another image (set identifier); it is left out", g->name);
			continue;
		}
		if (g->name_number && g->name_number != g->number)
			report_note(report, "ewf.segment", NULL, 0, 0, "%s is segment %u by its header, which counts", g->name, (unsigned)g->number);
		uint32_t *slot = &by_number[g->number];
		if (!*slot) {
			*slot = (uint32_t)i + 1;
			continue;
		}
		struct ewf_segment *other = &e->segment[*slot - 1];
		bool swap = better(g, other);
		report_error(report, "damage", "ewf.segment", NULL, 0, 0, "%s and %s both carry segment number %u; %s is used", other->name, g->name, (unsigned)g->number,
			     swap ? g->name : other->name);
		if (swap)
			*slot = (uint32_t)i + 1;
	}
	e->order = memory_array(e->segments, sizeof *e->order);
	for (size_t n = 1; n <= highest; n++)
		if (by_number[n]) {
			e->order[e->ordered++] = by_number[n] - 1;
			e->segment[by_number[n] - 1].chosen = true;
		}
	free(by_number);
}

void ewf_incidents_report(const struct ewf *e)
{
	for (size_t k = 0; k < e->ordered; k++) {
		const struct ewf_segment *g = &e->segment[e->order[k]];
		for (size_t i = 0; i < g->incidents && i < EWF_INCIDENTS_MAX; i++) {
			const struct ewf_incident *n = &g->incident[i];
			if (n->note)
				report_note(e->container.report, "ewf.section", NULL, 0, 0, "%s, byte %llu: %s", g->name, (unsigned long long)n->at, n->what);
			else if (n->resumed < g->source->size)
				report_error(e->container.report, "damage", "ewf.section", NULL, 0, 0, "%s, byte %llu: %s; reading went on at byte %llu", g->name,
					     (unsigned long long)n->at, n->what, (unsigned long long)n->resumed);
			else
				report_error(e->container.report, "damage", "ewf.section", NULL, 0, 0, "%s, byte %llu: %s", g->name, (unsigned long long)n->at, n->what);
		}
		if (g->incidents > EWF_INCIDENTS_MAX)
			report_error(e->container.report, "limit", "ewf.section", NULL, 0, 0, "%s: %llu more places where the section chain is broken", g->name,
				     (unsigned long long)(g->incidents - EWF_INCIDENTS_MAX));
	}
}

/* The first volume (disk) section with a right checksum; else a data section, which is a copy; else one with a wrong checksum that agrees with itself. */
void ewf_geometry_read(struct ewf *e)
{
	struct ewf_geometry best = { 0 };
	unsigned rank = 0;
	const char *from = NULL;
	bool seen_bad = false;
	for (size_t k = 0; k < e->ordered && rank < 3; k++) {
		const struct ewf_segment *g = &e->segment[e->order[k]];
		for (size_t i = 0; i < g->sections && rank < 3; i++) {
			if (!is_geometry(g->section[i].type))
				continue;
			size_t length;
			uint8_t set[16], *body = ewf_section_body(g, &g->section[i], VOLUME_BODY, &length);
			struct ewf_geometry v = geometry_of(body, length, set);
			free(body);
			bool data = g->section[i].type == EWF_DATA;
			seen_bad |= !data && !v.valid;
			unsigned this = !geometry_sane(&v) || !v.sectors ? 0 : v.valid ? data ? 2 : 3 : chunks_of(&v) == v.chunks ? 1 : 0;
			if (this > rank) {
				rank = this;
				best = v;
				from = g->name;
			}
		}
	}
	struct reporter *report = e->container.report;
	if (rank == 2)
		report_error(report, "damage", "ewf.volume", NULL, 0, 0, "the volume section is %s; the size of the media comes from the data section of %s", seen_bad ? "damaged" : "missing", from);
	if (rank == 1)
		report_error(report, "damage", "ewf.volume", NULL, 0, 0, "the checksum of the volume section of %s is wrong; its numbers agree with each other and are used", from);
	if (rank == 0)
		report_error(report, "damage", "ewf.volume", NULL, 0, 0, "no section tells the size of the media; it is worked out from the tables and chunks");
	if (!rank)
		return;
	e->geometry = best;
	e->geometry.valid = rank > 1;
	e->chunk_size = best.sectors_per_chunk * best.sector_size;
	e->size = best.sectors * best.sector_size;
	e->chunks = chunks_of(&best);
	if (best.chunks && best.chunks != e->chunks)
		report_note(report, "ewf.volume", NULL, 0, 0, "the volume section states %llu chunks, its sectors make %llu", (unsigned long long)best.chunks, (unsigned long long)e->chunks);
}
