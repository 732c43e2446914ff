/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_places.c: which chunks of the media the groups of an EWF image are.
 *
 * Chunk n of the media is whatever comes n-th in all tables of all segments. So when one table or segment is lost, everything behind it moves, and a
 * reader that just goes on (libewf) shows right data at wrong places. Here groups before the first gap are placed from the start, groups behind the
 * last gap from the end of the media (the chunk count of the volume section); if all counts add up to the media no gap holds anything. What lies
 * between two gaps is unreadable: no guess.
 *
 * Chunks without a table are searched: they follow each other without holes, each with a checksum of its own, and the entries of damaged tables that
 * still make sense help over chunks that are damaged. */
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"
#include "source/evidence_name.h"

enum {
	GROUP_LEAST = 76 + 12 + 76 + 24 + 4 + 4,        /* bytes of the smallest group: sectors, one chunk, table */
	GROUP_LEAST_IN_SECTION = 76 + 24 + 4 + 12,
	CHUNK_LEAST = 12,                               /* bytes of a compressed chunk, at least */
	HINTS_TRIED = 8192,
};

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
	size_t gaps = 0;
	for (size_t i = 0; i < e->groups; i++) {
		struct ewf_group *g = &e->group[i];
		if (g->kind == EWF_GROUP_SEARCH)
			gaps += g->incomplete = e->unordered ? group_give_up(g) : group_search(e, i);
	}
	if (!gaps)
		return;
	/* a gap goes right behind each that is incomplete: from the last one on, so that each group moves once */
	size_t from = e->groups, to = from + gaps;
	e->group = memory_resize(e->group, to, sizeof *e->group);
	e->groups = e->group_capacity = to;
	while (from--) {
		struct ewf_group g = e->group[from];
		if (g.incomplete)
			e->group[--to] = (struct ewf_group){
				.kind = EWF_GROUP_GAP, .segment = g.segment, .first = EWF_UNPLACED, .data_start = g.present ? g.found[g.present] >> 1 : g.data_start, .data_end = g.data_end,
				.damage = g.damage ? g.damage : "its tables are lost",
			};
		e->group[--to] = g;
	}
	ewf_entries_start(e);
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
	if (g->segment == EWF_NO_SEGMENT)
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
		backward = g->segment == EWF_NO_SEGMENT || first_gap != last_gap || g->data_end == e->segment[g->segment].source->size ||
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
	if (g->segment == EWF_NO_SEGMENT) {
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
			else if (g->segment == EWF_NO_SEGMENT && gap->segment != EWF_NO_SEGMENT && g == gap + 1)
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
		e->chunks = (uint64_t)INT64_MAX / e->chunk_size;
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
	ewf_set_choose(e);
	if (!e->ordered) {
		report_error(report, "damage", "ewf.open", NULL, 0, 0, "none of the files is an EWF segment");
		return false;
	}
	ewf_incidents_report(e);
	ewf_geometry_read(e);
	if (e->logical) {
		e->geometry.valid = false;
		e->size = e->chunks = 0;
	}
	ewf_groups_make(e);
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
