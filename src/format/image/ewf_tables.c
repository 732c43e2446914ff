/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_tables.c: which chunks of the media lie where in which segment file of an EWF image.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)", volume, table, sectors. A table says where its chunks lie but not which
 * chunks they are: chunk n of the media is whatever comes n-th in all tables of all segments. So when one table or segment is lost, everything behind it
 * moves, and a reader that just goes on (libewf) shows right data at wrong places. Here each stretch of chunks is a group with a count; where a
 * count may be missing there is a gap. Groups before the first gap are placed from the start, groups behind the last gap from the end of the media
 * (the chunk count of the volume section); if all counts add up to the media no gap holds anything. What lies between two gaps is unreadable: no guess.
 *
 * A table is believed when its two checksums hold. SMART has no checksum over the array: there the chunks must follow at once and in order. Else
 * table2, its copy, is taken; if that is bad too (or both are gone) the chunks are searched: they follow each other without holes, each with a checksum
 * of its own, and the entries that still make sense help over the chunks that are damaged. */
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"
#include "source/evidence_name.h"

enum {
	VOLUME_BODY = 1052, SMART_VOLUME_BODY = 94,
	GROUP_LEAST = 76 + 12 + 76 + 24 + 4 + 4,        /* bytes of the smallest group: sectors, one chunk, table */
	GROUP_LEAST_IN_SECTION = 76 + 24 + 4 + 12,
	CHUNK_LEAST = 12,                               /* bytes of a compressed chunk, at least */
	HINTS_TRIED = 8192,
};

#define NO_GROUP SIZE_MAX
static const uint32_t NO_SEGMENT = UINT32_MAX;

uint8_t *ewf_section_body(const struct ewf_segment *g, const struct ewf_section *s, size_t most, size_t *length)
{
	uint64_t size = s->end - s->start > EWF_DESCRIPTOR ? s->end - s->start - EWF_DESCRIPTOR : 0;
	if (size > most)
		size = most;
	uint8_t *body = memory_new((size_t)size + 1);
	*length = source_read_at(g->source, s->start + EWF_DESCRIPTOR, body, (size_t)size, NULL);
	return body;
}

/* ---- which files are the set ---- */

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

static void segments_choose(struct ewf *e)
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

static void incidents_report(const struct ewf *e)
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

/* ---- geometry ---- */

/* The first volume (disk) section with a right checksum; else a data section, which is a copy; else one with a wrong checksum that agrees with itself. */
static void geometry_read(struct ewf *e)
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

/* ---- tables to groups ---- */

struct table {
	uint64_t count, present, base, first, array;    /* first: where the first of its chunks in the file lies; array: where the entries lie */
	uint32_t offset, lowest;        /* of the first entry and the lowest of all, base not added */
	uint64_t overflow;
	uint32_t sum;                   /* of the array, as stored or computed */
	bool header_ok, footer_ok, ordered, in_section, trusted;
};

/* Sums up and looks through the array. An offset that goes back although it grows when its top bit counts too is the overflow of EnCase 6.7.1. */
static void array_read(struct source *s, struct table *t, uint64_t entries)
{
	uint8_t piece[16 * 1024];
	uint32_t sum = 1, before = 0;
	t->lowest = UINT32_MAX;
	t->ordered = true;
	t->overflow = UINT64_MAX;
	for (uint64_t i = 0; i < entries;) {
		size_t want = entries - i < sizeof piece / 4 ? (size_t)(entries - i) : sizeof piece / 4;
		size_t got = source_read_at(s, t->array + i * 4, piece, want * 4, NULL);
		memset(piece + got, 0, want * 4 - got);
		sum = libdeflate_adler32(sum, piece, want * 4);
		struct cursor c = cursor_of(piece, want * 4, 0);
		for (size_t k = 0; k < want; k++, i++) {
			uint32_t value = cursor_u32le(&c), offset = i >= t->overflow ? value : value & 0x7fffffff;
			if (i && i < t->overflow && offset < before && value > before && value - before <= ewf_chunk_bound(EWF_CHUNK_MAX)) {
				t->overflow = i;
				offset = value;
			}
			t->ordered &= !i || offset > before;
			before = offset;
			if (offset < t->lowest)
				t->lowest = offset;
		}
	}
	t->sum = sum;
}

static uint32_t word_at(struct source *s, uint64_t offset, bool *there)
{
	uint8_t word[4] = { 0 };
	*there = source_read_at(s, offset, word, sizeof word, NULL) == sizeof word;
	struct cursor c = cursor_of(word, sizeof word, offset);
	return cursor_u32le(&c);
}

/* The count of an EnCase 1 or SMART table without its header: the first chunk begins right behind the array (and its checksum). 0: no such table. */
static uint64_t count_in_section(struct source *s, const struct table *t, uint64_t end)
{
	if (t->offset <= t->array || t->offset >= end || (t->offset - t->array) % 4)
		return 0;
	struct table trial = *t;
	uint64_t count = (t->offset - t->array) / 4;
	bool there;
	array_read(s, &trial, count - 1);
	return word_at(s, t->offset - 4, &there) == trial.sum && count > 1 ? count - 1 : count;
}

static struct table table_read(const struct ewf_segment *g, const struct ewf_section *section)
{
	struct table t = { 0 };
	struct source *s = g->source;
	uint8_t head[EWF_TABLE_HEADER] = { 0 };
	uint64_t body = section->start + EWF_DESCRIPTOR;
	t.array = body + EWF_TABLE_HEADER;
	if (section->end < t.array || source_read_at(s, body, head, sizeof head, NULL) < sizeof head)
		return t;
	struct cursor c = cursor_of(head, sizeof head, body);
	t.count = cursor_u32le(&c);
	c.at = 8;       /* 8 base offset, u64 */
	t.base = cursor_u64le(&c);
	c.at = 20;      /* 20 Adler-32 of 0..19 */
	t.header_ok = cursor_u32le(&c) == ewf_adler(head, 20);
	uint64_t room = (section->end - t.array) / 4, in_section = 0;
	bool there;
	t.offset = word_at(s, t.array, &there) & 0x7fffffff;
	if (!t.header_ok) {
		t.base = 0;
		in_section = count_in_section(s, &t, section->end);
		t.count = in_section ? in_section : room ? room - 1 : 0;        /* the footer is the last word */
	}
	t.present = t.count < room ? t.count : room;
	array_read(s, &t, t.present);
	if (!t.present || !there)
		return t;
	if (__builtin_add_overflow(t.base, t.lowest, &t.first))
		t.first = UINT64_MAX;
	uint64_t behind = t.array + t.present * 4;
	bool has_footer = t.present == t.count && section->end - behind >= 4;
	t.footer_ok = has_footer && word_at(s, behind, &there) == t.sum && there;
	t.in_section = t.first >= behind && t.first < section->end;
	t.trusted = (t.header_ok || in_section) && t.present == t.count && (t.footer_ok || (t.ordered && (t.first == behind || !has_footer)));
	return t;
}

static struct ewf_group *group_add(struct ewf *e, enum ewf_group_kind kind, uint32_t segment)
{
	if (e->groups == e->group_capacity) {
		e->group_capacity = e->group_capacity ? e->group_capacity * 2 : 16;
		e->group = memory_resize(e->group, e->group_capacity, sizeof *e->group);
	}
	struct ewf_group *g = &e->group[e->groups++];
	*g = (struct ewf_group){ .kind = kind, .segment = segment, .first = EWF_UNPLACED, .overflow = UINT64_MAX };
	return g;
}

/* Where the order may miss chunks: [start, end) of a segment file is not accounted for. */
static void gap_add(struct ewf *e, uint32_t segment, uint64_t start, uint64_t end, const char *why)
{
	struct ewf_group *g = group_add(e, EWF_GROUP_GAP, segment);
	g->data_start = start;
	g->data_end = end;
	g->damage = why;
}

/* State of making groups from one segment. */
struct making {
	struct ewf *e;
	uint32_t segment;
	uint64_t previous_end;          /* of the section before */
	uint64_t hole_start, hole_end;  /* not accounted for yet; empty when equal */
	bool has_sectors, sectors_cut;
	uint64_t sectors_start, sectors_end;
	size_t group;                   /* the group of these sectors, or NO_GROUP */
	uint64_t table_end;             /* end of that group's table section */
};

static void sectors_finish(struct making *m)
{
	if (m->has_sectors && m->group == NO_GROUP && m->sectors_end - m->sectors_start > EWF_DESCRIPTOR) {
		struct ewf_group *g = group_add(m->e, EWF_GROUP_SEARCH, m->segment);
		g->data_start = m->sectors_start + EWF_DESCRIPTOR;
		g->data_end = m->sectors_end;
		g->damage = "its table and table2 are missing";
		g->damage_at = m->sectors_end;
	}
	m->has_sectors = false;
	m->group = NO_GROUP;
}

static void hole_finish(struct making *m)
{
	if (m->hole_end > m->hole_start)
		gap_add(m->e, m->segment, m->hole_start, m->hole_end, "a part of the section chain is lost");
	m->hole_start = m->hole_end = 0;
}

static void table_into_group(struct ewf_group *g, const struct table *t)
{
	g->kind = EWF_GROUP_TABLE;
	g->count = t->count;
	g->present = t->present;
	g->base = t->base;
	g->table = t->array;
	g->overflow = t->overflow;
	g->sum = t->sum;
	g->count_known = t->header_ok;
}

/* A table that is not to be believed gives its group's hints. */
static void hints_into_group(struct ewf_group *g, const struct table *t)
{
	if (g->kind == EWF_GROUP_TABLE)
		return;
	g->kind = EWF_GROUP_SEARCH;
	if (t->header_ok || !g->count) {
		g->count = t->count;
		g->count_known = t->header_ok;
		g->present = t->present;
	} else if (t->present < g->present) {
		g->present = t->present;
	}
	if (!g->table) {
		g->table = t->array;
		g->base = t->base;
	} else {
		g->spare = t->array;
		g->spare_base = t->base;
	}
}

static void table_of_group(struct making *m, const struct ewf_section *section, struct table *t, bool copy)
{
	struct ewf_group *g = &m->e->group[m->group];
	uint64_t at = section->start;
	static const char mended[] = "the header of a table is damaged; the checksum of its array holds";
	if (g->kind == EWF_GROUP_TABLE) {
		if (t->trusted && !t->header_ok) {
			g->damage = mended;
			g->damage_at = at;
		} else if (!t->trusted) {
			g->damage = "table2 is damaged; table is used";
			g->damage_at = at;
		} else if (t->count != g->count || t->base != g->base) {
			g->damage = "table and table2 differ though the checksums of both are right; table is used";
			g->damage_at = at;
		} else if (t->sum != g->sum) {
			g->damage = "table and table2 differ though the checksums of both are right; table2 serves only chunks that fail";
			g->damage_at = at;
			g->spare = t->array;
			g->spare_base = t->base;
		}
		return;
	}
	if (!t->trusted) {
		hints_into_group(g, t);
		g->damage = copy ? "table and table2 are both damaged" : "table is damaged";
		g->damage_at = at;
		return;
	}
	bool first = !g->table;
	g->spare = 0;
	table_into_group(g, t);
	g->damage = copy ? first ? "table is missing; table2 is used" : "table is damaged; table2 is used" : t->header_ok ? NULL : mended;
	g->damage_at = at;
}

/* A lone wrong header (its base unknown) can be made good when the array's checksum holds: writers use 0 or the sectors section as base. */
static void base_mend(struct table *t, uint64_t sectors_start)
{
	if (t->header_ok || t->trusted)
		return;
	t->base = t->lowest == EWF_DESCRIPTOR ? sectors_start : 0;
	t->first = t->base + t->lowest;
	t->trusted = t->footer_ok && t->first == sectors_start + EWF_DESCRIPTOR;
}

static void table_section(struct making *m, const struct ewf_section *section)
{
	struct ewf *e = m->e;
	struct table t = table_read(&e->segment[m->segment], section);
	bool copy = section->type == EWF_TABLE2;
	if (m->has_sectors)
		base_mend(&t, m->sectors_start);
	if (!t.count)
		return;
	e->unordered |= t.trusted && !t.ordered;
	/* a table with much more in its section than its array, and no sectors before it, holds its chunks wherever its entries point */
	if (!m->has_sectors && !t.trusted && t.header_ok && section->end - t.array > t.present * 4 + 4 + CHUNK_LEAST)
		t.in_section = true;
	if (t.in_section && (t.header_ok || !m->has_sectors)) {         /* EnCase 1, SMART */
		sectors_finish(m);
		hole_finish(m);
		e->in_section = true;
		struct ewf_group *g = group_add(e, EWF_GROUP_SEARCH, m->segment);
		g->data_start = t.array + t.present * 4;
		g->data_end = section->end;
		if (t.trusted) {
			table_into_group(g, &t);
		} else {
			hints_into_group(g, &t);
			g->damage = "table is damaged";
			g->damage_at = section->start;
		}
		return;
	}
	bool ours = m->has_sectors && t.first >= m->sectors_start + EWF_DESCRIPTOR && t.first < m->sectors_end;
	bool hole = m->hole_end > m->hole_start;
	if (m->has_sectors && (ours || (!t.trusted && (!hole || m->hole_end - m->hole_start == section->end - section->start)))) {
		if (m->group == NO_GROUP) {
			m->group = e->groups;
			struct ewf_group *g = group_add(e, EWF_GROUP_SEARCH, m->segment);
			g->data_start = m->sectors_start + EWF_DESCRIPTOR;
			g->data_end = m->sectors_end;
		}
		/* between sectors and their tables there is room for nothing but tables */
		m->hole_start = m->hole_end = 0;
		table_of_group(m, section, &t, copy);
		m->table_end = section->end;
		return;
	}
	if (t.trusted && hole && t.first >= m->hole_start + EWF_DESCRIPTOR && t.first < m->hole_end) {
		/* the sectors section of this table lay in the hole: it began right before its first chunk */
		sectors_finish(m);
		uint64_t begin = t.first - EWF_DESCRIPTOR, end = m->hole_end;
		m->hole_end = begin;
		hole_finish(m);
		m->has_sectors = true;
		m->sectors_cut = false;
		m->sectors_start = begin;
		m->sectors_end = end;
		m->group = e->groups;
		struct ewf_group *g = group_add(e, EWF_GROUP_TABLE, m->segment);
		g->data_start = t.first;
		g->data_end = end;
		table_into_group(g, &t);
		g->damage = "its sectors section's descriptor is destroyed";
		g->damage_at = begin;
		m->table_end = section->end;
		return;
	}
	sectors_finish(m);
	hole_finish(m);
	if (t.trusted) {        /* no writer is known that does this, but the table's word is good: chunks may lie anywhere before it */
		m->group = e->groups;
		struct ewf_group *g = group_add(e, EWF_GROUP_TABLE, m->segment);
		g->data_start = EWF_FILE_HEADER;
		g->data_end = section->start;
		table_into_group(g, &t);
		m->has_sectors = true;  /* so that its copy finds it */
		m->sectors_start = EWF_FILE_HEADER;
		m->sectors_end = section->start;
	} else {
		gap_add(e, m->segment, section->start, section->end, "a damaged table without its chunks");
	}
}

static void segment_groups(struct ewf *e, uint32_t index)
{
	const struct ewf_segment *g = &e->segment[index];
	struct making m = { .e = e, .segment = index, .previous_end = EWF_FILE_HEADER, .group = NO_GROUP };
	for (size_t i = 0; i < g->sections; i++) {
		const struct ewf_section *s = &g->section[i];
		if (s->start > m.previous_end) {
			if (m.hole_end == m.hole_start)
				m.hole_start = m.previous_end;
			m.hole_end = s->start;
		}
		m.previous_end = s->end;
		switch (s->type) {
		case EWF_TABLE:
		case EWF_TABLE2:
			table_section(&m, s);
			break;
		case EWF_SECTORS:
			sectors_finish(&m);
			hole_finish(&m);
			m.has_sectors = true;
			m.sectors_cut = s->cut;
			m.sectors_start = s->start;
			m.sectors_end = s->end;
			break;
		default:
			break;
		}
	}
	sectors_finish(&m);
	hole_finish(&m);
	if (!g->ended_next && !g->ended_done)
		gap_add(e, index, m.previous_end, g->source->size, "the end of the segment file is missing");
}

static void groups_make(struct ewf *e)
{
	uint32_t expected = 1;
	for (size_t k = 0; k < e->ordered; k++) {
		const struct ewf_segment *g = &e->segment[e->order[k]];
		if (g->number > expected) {
			gap_add(e, NO_SEGMENT, expected, g->number - 1, "segment file missing");
			e->group[e->groups - 1].segment = NO_SEGMENT;
		}
		segment_groups(e, e->order[k]);
		expected = g->number + 1;
		if (k + 1 < e->ordered && g->ended_done)
			report_note(e->container.report, "ewf.segment", NULL, 0, 0, "%s says that it is the last segment, but it is not", g->name);
	}
	if (e->ordered && e->segment[e->order[e->ordered - 1]].ended_next)
		gap_add(e, NO_SEGMENT, expected, 0, "segment files missing at the end");
}

/* ---- search ---- */

/* A chunk of `room` bytes (or a shorter one that ends the data) at `offset`. */
static bool chunk_at(struct ewf *e, const struct ewf_group *g, uint64_t offset, uint64_t *used, bool *compressed)
{
	size_t got;
	struct ewf_place p = { .offset = offset, .end = g->data_end, .compressed = true };
	*compressed = true;
	if (!ewf_decode(e, g->segment, &p, e->scratch, e->chunk_size, &got, used) && (got == e->chunk_size || (got && offset + *used == g->data_end)))
		return true;
	*compressed = false;
	p.compressed = false;
	uint64_t left = g->data_end - offset;
	p.end = left < (uint64_t)e->chunk_size + 4 ? g->data_end : offset + e->chunk_size + 4;
	return left > 4 && !ewf_decode(e, g->segment, &p, e->scratch, e->chunk_size, &got, used) && got;
}

/* Where an entry of a damaged table says that its chunk begins, if a chunk that ends where the next entry begins does lie there. */
static uint64_t hint(struct ewf *e, size_t group, uint64_t i, uint64_t after)
{
	for (unsigned spare = 0; spare < 2; spare++) {
		struct ewf_group *g = &e->group[group];
		uint32_t here, next;
		if (!ewf_entry(e, group, spare, i, &here))
			continue;
		uint64_t base = spare ? g->spare_base : g->base, offset = base + (here & 0x7fffffff), used;
		bool compressed;
		if (offset <= after || offset >= g->data_end || !chunk_at(e, g, offset, &used, &compressed))
			continue;
		uint64_t end = i + 1 == g->present ? g->data_end : ewf_entry(e, group, spare, i + 1, &next) ? base + (next & 0x7fffffff) : 0;
		if (offset + used == end)
			return offset;
	}
	return 0;
}

/* Turns a SEARCH group into a FOUND one. Returns whether chunks of unknown number are missing at its end. */
static bool group_search(struct ewf *e, size_t group)
{
	struct ewf_group *g = &e->group[group];
	uint64_t at = g->data_start, k = 0, capacity = 0, *found = NULL, budget = 2 * g->present + HINTS_TRIED;
	bool lost = false;
	while (at < g->data_end && (!g->count_known || k < g->count)) {
		uint64_t used = 0, skipped = 0;
		bool compressed = false, here = chunk_at(e, g, at, &used, &compressed);
		if (!here && !k && g->data_end - at > 4 && e->in_section && chunk_at(e, g, at + 4, &used, &compressed)) {
			at += 4;        /* EnCase 1: the array's checksum, then the chunks */
			here = true;
		}
		if (!here) {
			uint64_t most = k + HINTS_TRIED < g->present ? k + HINTS_TRIED : g->present, next = 0;
			for (uint64_t i = k + 1; i < most && !next && budget; i++, budget--)
				if ((next = hint(e, group, i, at)))
					skipped = i - k;
			if (!next) {
				lost = true;
				break;
			}
			at = next;
		}
		if (k + skipped + 2 > capacity) {
			uint64_t wanted = (k + skipped + 2) * 2;
			found = memory_resize(found, (size_t)wanted, sizeof *found);
			capacity = wanted;
		}
		for (; skipped; skipped--)
			found[k++] = 0;
		if (!here)
			continue;       /* decode it again at its place: simple, and rare */
		found[k++] = at << 1 | compressed;
		at += used;
	}
	if (k)
		found[k] = at << 1;
	g = &e->group[group];
	g->kind = EWF_GROUP_FOUND;
	g->found = found;
	g->present = k;
	if (!g->count_known) {
		g->count = k;
		return lost;
	}
	return false;
}

/* Tables of this image say that its writer did not store chunks in their order: where they lie tells nothing then. */
static bool group_give_up(struct ewf_group *g)
{
	g->kind = EWF_GROUP_FOUND;
	g->present = 0;
	if (!g->count_known)
		g->count = 0;
	return !g->count_known;
}

static void groups_search(struct ewf *e)
{
	for (size_t i = 0; i < e->groups; i++) {
		if (e->group[i].kind != EWF_GROUP_SEARCH || !(e->unordered ? group_give_up(&e->group[i]) : group_search(e, i)))
			continue;
		/* the gap goes right behind its group */
		struct ewf_group *g = group_add(e, EWF_GROUP_GAP, e->group[i].segment), gap = *g;
		gap.segment = e->group[i].segment;
		gap.data_start = e->group[i].present ? e->group[i].found[e->group[i].present] >> 1 : e->group[i].data_start;
		gap.data_end = e->group[i].data_end;
		gap.damage = e->group[i].damage ? e->group[i].damage : "its tables are lost";
		memmove(e->group + i + 2, e->group + i + 1, (e->groups - i - 2) * sizeof *e->group);
		e->group[i + 1] = gap;
		ewf_entries_start(e);
	}
}

/* The size of a chunk, when no section tells: what a first chunk inflates to. */
static void chunk_size_find(struct ewf *e)
{
	for (size_t i = 0; i < e->groups && i < 64 && !e->chunk_size; i++) {
		struct ewf_group *g = &e->group[i];
		if (g->kind == EWF_GROUP_GAP)
			continue;
		uint32_t value = UINT32_C(1) << 31, next = 0;
		struct ewf_place p = { .offset = g->data_start, .end = g->data_end, .compressed = true };
		if (g->kind == EWF_GROUP_TABLE && ewf_entry(e, i, false, 0, &value)) {
			p.offset = g->base + (value & 0x7fffffff);
			p.compressed = value >> 31;
			if (ewf_entry(e, i, false, 1, &next) && g->base + (next & 0x7fffffff) > p.offset)
				p.end = g->base + (next & 0x7fffffff);
		}
		for (size_t room = 32768; room <= EWF_CHUNK_MAX / 4; room *= 8) {
			size_t got;
			uint64_t used;
			uint8_t *out = memory_new(room);
			const char *wrong = ewf_decode(e, g->segment, &p, out, room, &got, &used);
			free(out);
			if (!wrong && got >= 512 && got % 512 == 0) {
				e->chunk_size = (uint32_t)got;
				break;
			}
		}
	}
}

/* ---- places ---- */

/* Nothing of a group can lie in so few bytes, or they are just what other sections that are missing take. */
static bool gap_is_void(const struct ewf *e, size_t i)
{
	const struct ewf_group *g = &e->group[i];
	if (g->segment == NO_SEGMENT)
		return false;
	uint64_t bytes = g->data_end - g->data_start;
	bool found = i && e->group[i - 1].kind == EWF_GROUP_FOUND && e->group[i - 1].segment == g->segment;
	if (found && g->data_start < e->group[i - 1].data_end)
		return false;           /* what a search did not find */
	if (g->data_end == e->segment[g->segment].source->size)
		return false;           /* the end is cut off: what came there is not bounded by these bytes */
	if (bytes < (e->in_section ? GROUP_LEAST_IN_SECTION : GROUP_LEAST))
		return true;
	static const uint64_t fixed[] = { 1052 + 76, 94 + 76, 36 + 76, 80 + 76 };       /* volume or data, SMART volume, hash, digest */
	for (size_t k = 0; k < sizeof fixed / sizeof fixed[0]; k++)
		if (bytes == fixed[k])
			return true;
	if (i && e->group[i - 1].kind != EWF_GROUP_GAP && e->group[i - 1].segment == g->segment) {
		uint64_t table = EWF_DESCRIPTOR + EWF_TABLE_HEADER + e->group[i - 1].count * 4 + 4;
		return bytes == table || bytes == table * 2;
	}
	return false;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Gives groups their chunk numbers; see the top of this file. */
static void groups_place(struct ewf *e)
{
	size_t kept = 0;
	for (size_t i = 0; i < e->groups; i++)
		if (e->group[i].kind != EWF_GROUP_GAP || !gap_is_void(e, i))
			e->group[kept++] = e->group[i];
	e->groups = kept;

	uint64_t known = 0;
	size_t gaps = 0, first_gap = e->groups, last_gap = 0;
	for (size_t i = 0; i < e->groups; i++) {
		if (e->group[i].kind != EWF_GROUP_GAP) {
			known = add(known, e->group[i].count);
			continue;
		}
		/* neighbours are one gap */
		gaps += !i || e->group[i - 1].kind != EWF_GROUP_GAP;
		if (first_gap == e->groups)
			first_gap = i;
		last_gap = i;
	}
	struct reporter *report = e->container.report;
	uint64_t total = e->chunks;
	if (known > total && total)
		report_error(report, "damage", "ewf.table", NULL, 0, 0, "the tables hold %llu chunks, the media has %llu%s", (unsigned long long)known, (unsigned long long)total,
			     gaps ? "; what follows the first broken place is left out" : "; those behind its end are left out");
	if (known == total)
		gaps = 0;
	uint64_t at = 0;
	size_t forward = gaps ? first_gap : e->groups;
	for (size_t i = 0; i < forward; i++) {
		e->group[i].first = at;
		at = add(at, e->group[i].count);
	}
	if (!total) {
		e->chunks = at;
		return;
	}
	if (!gaps || known > total)
		return;
	uint64_t end = total;
	size_t i = e->groups;
	bool backward = true;
	if (gaps == 1) {        /* one hole in one file: does what is missing fit into it? */
		const struct ewf_group *g = &e->group[first_gap];
		backward = g->segment == NO_SEGMENT || first_gap != last_gap || g->data_end == e->segment[g->segment].source->size ||
			   total - known <= (g->data_end - g->data_start) / CHUNK_LEAST;
	}
	while (backward && i-- > last_gap + 1) {
		end -= e->group[i].count;
		e->group[i].first = end;
	}
	if (gaps == 1 && backward) {
		e->group[first_gap].first = at;
		e->group[first_gap].count = end - at;
	}
}

/* The names of segment files that are not there, as the first file's name makes them. */
static char *missing_names(const struct ewf *e, uint64_t from, uint64_t to)
{
	const char *given = e->segment[e->order[0]].name, *dot = strrchr(given, '.');
	struct buffer b = { 0 }, first = { 0 };
	if (dot && dot[1] && strlen(dot) == 4)
		buffer_append(&first, given, (size_t)(dot - given) + 2);
	buffer_text(&first, "01");
	for (uint64_t n = from; n <= to && n < from + 4; n++) {
		if (n > from)
			buffer_text(&b, ", ");
		if (first.length < 4 || !evidence_name_part(&b, (const char *)first.data, first.length, n - 1))
			buffer_format(&b, "segment %llu", (unsigned long long)n);
	}
	if (to > from + 3)
		buffer_text(&b, ", ...");
	char *text = memory_string(buffer_string(&b));
	buffer_free(&b);
	buffer_free(&first);
	return text;
}

static void gap_report(struct ewf *e, const struct ewf_group *g, uint64_t first, uint64_t behind, bool between)
{
	const char *more = between ? "; what lies between this and the next broken place can't be placed and is left out" : "";
	if (g->segment == NO_SEGMENT) {
		bool at_end = !g->data_end;
		char *names = missing_names(e, g->data_start, at_end ? g->data_start : g->data_end);
		if (first < behind)
			ewf_lost(e, first, behind, "missing", "ewf.segment", "%s %s missing%s", names, at_end ? "(and maybe more)" : g->data_end > g->data_start ? "are" : "is", more);
		else
			report_error(e->container.report, "missing", "ewf.segment", NULL, 0, 0, "%s %s missing; %s", names, at_end ? "(and maybe more)" : "is",
				     e->geometry.valid ? "no chunk of the media lies there" : "how many chunks of the media lie there is not known");
		free(names);
	} else if (first < behind) {
		ewf_lost(e, first, behind, "damage", g->data_end == e->segment[g->segment].source->size ? "ewf.segment" : "ewf.table", "%s, from byte %llu on: %s%s", e->segment[g->segment].name,
			 (unsigned long long)g->data_start, g->damage, more);
	}
}

/* Tells what is lost, and what would have been but for a copy; then drops what has no place. */
static void groups_report(struct ewf *e)
{
	uint64_t at = 0;
	const struct ewf_group *gap = NULL;
	bool between = false;
	for (size_t i = 0; i <= e->groups; i++) {
		const struct ewf_group *g = i < e->groups ? &e->group[i] : NULL;
		if (g && g->kind == EWF_GROUP_GAP) {
			if (!gap)
				gap = g;
			else if (g->segment == NO_SEGMENT && gap->segment != NO_SEGMENT && g == gap + 1)
				gap = g;        /* a file that is not there says more than the broken end of the one before */
			continue;
		}
		if (g && g->first == EWF_UNPLACED) {
			between = true;
			continue;
		}
		uint64_t start = g ? g->first : e->chunks;
		if (gap)
			gap_report(e, gap, at, start, between);
		else if (start > at && at < e->chunks)
			ewf_lost(e, at, start, "damage", "ewf.table", "the tables hold no more chunks");
		gap = NULL;
		between = false;
		if (!g)
			break;
		at = add(g->first, g->count);
		const char *name = e->segment[g->segment].name;
		uint64_t first = g->first;
		if (g->damage)
			report_error(e->container.report, "damage", "ewf.table", NULL, first * e->chunk_size, 0, "%s, byte %llu: %s (chunks %llu-%llu)%s", name, (unsigned long long)g->damage_at,
				     g->damage, (unsigned long long)first, (unsigned long long)(at ? at - 1 : 0), g->kind == EWF_GROUP_FOUND ? "; they were searched by their own checksums" : "");
		if (g->kind != EWF_GROUP_FOUND)
			continue;
		for (uint64_t k = 0; k < g->count;) {
			uint64_t run = k;
			while (run < g->present && !g->found[run])
				run++;
			if (run >= g->present)
				run = g->count;
			if (run > k)
				ewf_lost(e, first + k, first + run, "damage", "ewf.table", "%s: %s, and no chunk was found there", name, g->damage ? g->damage : "table lost");
			k = run + 1;
		}
	}
	size_t kept = 0;
	for (size_t i = 0; i < e->groups; i++) {
		if (e->group[i].first == EWF_UNPLACED || e->group[i].kind == EWF_GROUP_GAP || !e->group[i].count)
			free(e->group[i].found);
		else
			e->group[kept++] = e->group[i];
	}
	e->groups = kept;
	ewf_entries_start(e);
}

/* Without a trustworthy volume section the last chunk tells where the media ends. */
static void size_find(struct ewf *e)
{
	if (e->geometry.valid || !e->chunks)
		return;
	if (e->chunks > INT64_MAX / e->chunk_size)
		e->chunks = INT64_MAX / e->chunk_size;
	uint64_t stated = e->size;
	e->size = e->chunks * e->chunk_size;
	const struct ewf_group *g = e->groups ? &e->group[e->groups - 1] : NULL;
	struct ewf_place p;
	if (g && g->kind != EWF_GROUP_GAP && g->first != EWF_UNPLACED && g->first + g->count == e->chunks && ewf_place_of(e, e->groups - 1, false, g->count - 1, &p)) {
		size_t got;
		uint64_t used;
		if (!ewf_decode(e, g->segment, &p, e->scratch, e->chunk_size, &got, &used) && got)
			e->size -= e->chunk_size - got;
		else if (stated > e->size - e->chunk_size && stated < e->size)
			e->size = stated;
	}
	report_note(e->container.report, "ewf.volume", NULL, 0, 0, "the media is taken as %llu bytes (%llu chunks of %u bytes)", (unsigned long long)e->size, (unsigned long long)e->chunks,
		    (unsigned)e->chunk_size);
}

bool ewf_assemble(struct ewf *e)
{
	struct reporter *report = e->container.report;
	segments_choose(e);
	if (!e->ordered) {
		report_error(report, "damage", "ewf.open", NULL, 0, 0, "none of the files is an EWF segment");
		return false;
	}
	incidents_report(e);
	geometry_read(e);
	groups_make(e);
	ewf_entries_start(e);
	if (!e->chunk_size) {
		chunk_size_find(e);
		e->geometry = (struct ewf_geometry){ .sector_size = 512, .sectors_per_chunk = e->chunk_size / 512, .media_type = 1 };
	}
	if (!e->chunk_size) {
		report_error(report, "damage", "ewf.open", NULL, 0, 0, "neither the volume section nor any chunk can be read");
		return false;
	}
	e->scratch = memory_new(e->chunk_size);
	groups_search(e);
	groups_place(e);
	size_find(e);
	groups_report(e);
	return true;
}
