/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_tables.c: from the table sections of an EWF image to groups of chunks.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)", table, sectors. A table says where its chunks lie but not which chunks they are:
 * that is for ewf_places.c. Each stretch of chunks becomes a group with a count; where a count may be missing there is a gap.
 *
 * A table is believed when its two checksums hold. SMART has no checksum over the array: there the chunks must follow at once and in order. Else
 * table2, its copy, is taken; if that is bad too (or both are gone) the chunks are left to be searched. */
#include <string.h>

#include "format/image/ewf.h"

enum { CHUNK_LEAST = 12 };      /* bytes of a compressed chunk, at least */

#define NO_GROUP SIZE_MAX

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

struct ewf_group *ewf_group_add(struct ewf *e, enum ewf_group_kind kind, uint32_t segment)
{
	e->group = memory_room(e->group, e->groups, &e->group_capacity, sizeof *e->group);
	struct ewf_group *g = &e->group[e->groups++];
	*g = (struct ewf_group){ .kind = kind, .segment = segment, .first = EWF_UNPLACED, .overflow = UINT64_MAX };
	return g;
}

/* Where the order may miss chunks: [start, end) of a segment file is not accounted for. */
static void gap_add(struct ewf *e, uint32_t segment, uint64_t start, uint64_t end, const char *why)
{
	struct ewf_group *g = ewf_group_add(e, EWF_GROUP_GAP, segment);
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
		struct ewf_group *g = ewf_group_add(m->e, EWF_GROUP_SEARCH, m->segment);
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
		struct ewf_group *g = ewf_group_add(e, EWF_GROUP_SEARCH, m->segment);
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
			struct ewf_group *g = ewf_group_add(e, EWF_GROUP_SEARCH, m->segment);
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
		struct ewf_group *g = ewf_group_add(e, EWF_GROUP_TABLE, m->segment);
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
		struct ewf_group *g = ewf_group_add(e, EWF_GROUP_TABLE, m->segment);
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

void ewf_groups_make(struct ewf *e)
{
	uint32_t expected = 1;
	for (size_t k = 0; k < e->ordered; k++) {
		const struct ewf_segment *g = &e->segment[e->order[k]];
		if (g->number > expected) {
			gap_add(e, EWF_NO_SEGMENT, expected, g->number - 1, "segment file missing");
			e->group[e->groups - 1].segment = EWF_NO_SEGMENT;
		}
		segment_groups(e, e->order[k]);
		expected = g->number + 1;
		if (k + 1 < e->ordered && g->ended_done)
			report_note(e->container.report, "ewf.segment", NULL, 0, 0, "%s says that it is the last segment, but it is not", g->name);
	}
	if (e->ordered && e->segment[e->order[e->ordered - 1]].ended_next)
		gap_add(e, EWF_NO_SEGMENT, expected, 0, "segment files missing at the end");
}
