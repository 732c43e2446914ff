/* SPDX-License-Identifier: Apache-2.0 */
/* lvm.c: an LVM2 physical volume: the logical volumes of its group as far as their bytes lie here.
 *
 * Source: lvm2, lib/format_text/layout.h and lib/label/label.h; libvslvm, "Logical Volume Manager (LVM) format". A label in one of the first four sectors names the
 * volume and up to two metadata areas; each is a ring of texts whose header points to the committed one. The newest text whose sum holds is taken, from either
 * area; where none holds, the ring is searched for an older one, and a record says so.
 *
 * Segments of type "striped" (one stripe: linear) are read; of mirrors and RAID 1 one whole leg is. Thin, snapshot, other raid, cache and further mappings are told for each logical
 * volume; the parts that they are made of (NAME_tdata, ...) are logical volumes of their own and are listed with the flag "internal". The group's other physical volumes
 * are looked for among the partitions of the same disk; a logical volume is given by the physical volume that holds its first extent. Extents on one that is not there are unreadable:
 * the volume is flagged "incomplete", and an `error` record of class "missing" names what it needs. libvslvm refuses groups of several
 * physical volumes, striped volumes, and two segments on one physical volume. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/format.h"
#include "format/volume/text_tree.h"

enum {
	SECTOR = 512, LABEL_SECTORS = 4, AREAS_MOST = 8, UUID = 32, UUID_TEXT = 40,
	MDA_HEADER = 512, TEXT_MOST = 16 << 20, VOLUMES_MOST = 10000, SEGMENTS_MOST = 100000, STRIPES_MOST = 1024,
	SEARCH_MOST = 8 << 20,          /* of a ring without a valid text */
	PEERS_MOST = 128, LEGS_MOST = 64,
};
static const uint32_t LVM_CRC_SEED = 0xf597a6cf;

struct area { uint64_t offset, size; };

struct stripe { struct source *source; uint64_t offset; };       /* source NULL: on a physical volume that is not here */
struct segment { uint64_t start, length, stripe_bytes; size_t stripes; const struct stripe *stripe; };     /* bytes */

struct logical {
	const char *name, *step, *id;
	uint64_t size, order;
	bool internal, incomplete;
	bool computed;                  /* striped, or partly on another physical volume */
	bool elsewhere;                 /* given by another physical volume that is here */
	bool leg;                       /* of a mirror that is read */
	const struct segment *segment; size_t segments;
};

struct group {
	struct container container;             /* first member */
	struct arena kept;
	char uuid[UUID_TEXT];
	struct logical *logical; size_t logicals;
	struct range *gap; size_t gaps, gap_capacity;
	struct source *peer[PEERS_MOST]; char peer_uuid[PEERS_MOST][UUID_TEXT]; size_t peers;   /* owned: the other physical volumes that are here */
	size_t at;
};

/* A CRC-32 without the inversion at both ends, with a seed of its own. */
static uint32_t lvm_crc(const void *bytes, size_t length)
{
	return ~hash_crc32(~LVM_CRC_SEED, bytes, length);
}

static unsigned lvm_probe(const struct probe *p)
{
	for (size_t sector = 0; sector < LABEL_SECTORS; sector++) {
		size_t at = sector * SECTOR;
		if (p->head_length >= at + SECTOR && !memcmp(p->head + at, "LABELONE", 8) && !memcmp(p->head + at + 24, "LVM2 001", 8))
			return 128;
	}
	return 0;
}

/* ---- label and metadata areas */

/* The label: id of the physical volume, its metadata areas. */
static bool label_read(const struct opening *o, char uuid[UUID_TEXT], struct area *area, size_t *areas)
{
	uint8_t sector[SECTOR];
	for (uint64_t at = 0; at < LABEL_SECTORS * SECTOR; at += SECTOR) {
		if (source_read_at(o->source, at, sector, SECTOR, NULL) < SECTOR || memcmp(sector, "LABELONE", 8) || memcmp(sector + 24, "LVM2 001", 8))
			continue;
		/* 8 sector u64; 16 sum over 20..511 u32; 20 offset of the header u32; header: 0 id, 32 size u64, 40 data areas, metadata areas: each offset, size u64, ended by zeros */
		struct cursor c = cursor_of(sector, SECTOR, at);
		c.at = 16;
		uint32_t sum = cursor_u32le(&c), header = cursor_u32le(&c);
		if (lvm_crc(sector + 20, SECTOR - 20) != sum)
			report_error(o->report, "damage", "lvm.label", NULL, at, SECTOR, "the label's checksum does not hold");
		c.at = header;
		const uint8_t *id = cursor_bytes(&c, UUID);
		if (!id)
			continue;
		memcpy(uuid, id, UUID);
		uuid[UUID] = 0;
		cursor_skip(&c, 8);
		*areas = 0;
		for (int kind = 0; kind < 2; kind++)
			for (;;) {
				struct area a = { .offset = cursor_u64le(&c), .size = cursor_u64le(&c) };
				if (c.bad || !a.offset)
					break;
				if (kind && *areas < AREAS_MOST)
					area[(*areas)++] = a;
			}
		return true;
	}
	return false;
}

struct text { char *bytes; size_t length; uint64_t sequence; struct tree *tree; const struct tree *group; };

/* Is it a volume group's text? Then it is the one to take if it is newer. */
static bool text_consider(char *bytes, size_t length, struct arena *a, struct text *best)
{
	size_t end = strnlen(bytes, length);
	struct tree *t = tree_lvm(bytes, end, a);
	for (const struct tree *g = t ? t->child : NULL; g; g = g->next) {
		uint64_t extent, sequence;
		if (g->kind != TREE_SECTION || !tree_number(g, "extent_size", &extent))
			continue;
		if (!tree_number(g, "seqno", &sequence))
			sequence = 0;
		if (best->group && best->sequence >= sequence)
			return true;
		*best = (struct text){ .bytes = bytes, .length = end, .sequence = sequence, .tree = t, .group = g };
		return true;
	}
	return false;
}

/* The committed text of one area. True: it is good (and in *best if it is the newest). */
static bool area_read(const struct opening *o, const struct area *a, struct arena *kept, struct text *best)
{
	uint8_t header[MDA_HEADER];
	if (source_read_at(o->source, a->offset, header, sizeof header, NULL) < sizeof header) {
		report_error(o->report, "missing", "lvm.metadata", NULL, a->offset, a->size, "a metadata area lies beyond the end");
		return false;
	}
	/* 0 sum over 4..511 u32; 4 magic; 20 version u32; 24 start, 32 size u64; 40 texts: offset, size u64, sum, flags u32, ended by zeros */
	struct cursor c = cursor_of(header, sizeof header, a->offset);
	uint32_t sum = cursor_u32le(&c);
	if (!cursor_match(&c, " LVM2 x[5A%r0N*>")) {
		report_error(o->report, "damage", "lvm.metadata", NULL, a->offset, MDA_HEADER, "no header begins a metadata area");
		return false;
	}
	if (lvm_crc(header + 4, sizeof header - 4) != sum)
		report_error(o->report, "damage", "lvm.metadata", NULL, a->offset, MDA_HEADER, "the checksum of a metadata area's header does not hold");
	c.at = 32;
	uint64_t ring = cursor_u64le(&c), offset = cursor_u64le(&c), length = cursor_u64le(&c);
	uint32_t text_sum = cursor_u32le(&c), flags = cursor_u32le(&c);
	if (!offset || !length || flags & 1)
		return false;           /* none is written here (a group may keep its text on other volumes) */
	if (ring <= MDA_HEADER || offset < MDA_HEADER || offset >= ring || length > ring - MDA_HEADER || length > TEXT_MOST) {
		report_error(o->report, "damage", "lvm.metadata", NULL, a->offset, MDA_HEADER, "a metadata area's header points outside the area");
		return false;
	}
	char *text = arena_new(kept, (size_t)length + 1);
	size_t first = length < ring - offset ? (size_t)length : (size_t)(ring - offset);
	size_t got = source_read_at(o->source, a->offset + offset, text, first, NULL);
	if (got == first && first < length)
		got += source_read_at(o->source, a->offset + MDA_HEADER, text + first, (size_t)length - first, NULL);
	if (got < length || lvm_crc(text, (size_t)length) != text_sum || !text_consider(text, (size_t)length, kept, best)) {
		report_error(o->report, "damage", "lvm.metadata", NULL, a->offset + offset, length, "the metadata text of this area is damaged");
		return false;
	}
	return true;
}

/* Older texts lie in the ring at sector boundaries until they are written over: for when the committed ones are damaged. */
static bool ring_search(const struct opening *o, const struct area *a, struct arena *kept, struct text *best)
{
	uint64_t size = a->size < SEARCH_MOST ? a->size : SEARCH_MOST;
	if (a->offset >= o->source->size || size <= MDA_HEADER)
		return false;
	if (size > o->source->size - a->offset)
		size = o->source->size - a->offset;
	char *ring = arena_new(kept, (size_t)size + 1);
	size_t got = source_read_at(o->source, a->offset, ring, (size_t)size, NULL);
	bool found = false;
	for (size_t at = MDA_HEADER; at + SECTOR <= got; at += SECTOR) {
		size_t end = strnlen(ring + at, got - at);
		if (end < 64 || !memmem(ring + at, end < 1024 ? end : 1024, "\nseqno = ", 9))
			continue;
		found |= text_consider(ring + at, end, kept, best);
		at += end / SECTOR * SECTOR;
	}
	return found;
}

/* ---- from the text to volumes */

/* "abcdef-ghij-..." as the 32 characters of the label. */
static bool uuid_same(const char *text, const char *uuid)
{
	for (; text && *text; text++) {
		if (*text == '-')
			continue;
		if (*uuid != *text)
			return false;
		uuid++;
	}
	return text && !*uuid;
}

struct physical { const struct tree *section; struct source *source; uint64_t start, extents; };
struct physicals { struct physical *of; size_t count; };

static const struct physical *physical_find(const struct physicals *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->of[i].section->name, name))
			return &p->of[i];
	return NULL;
}

static bool bytes_of(uint64_t extents, uint64_t extent_bytes, uint64_t *bytes)
{
	return !__builtin_mul_overflow(extents, extent_bytes, bytes);
}

/* NULL: read; else the word that says what the segment is, or "damaged". */
static const char *segment_read(struct group *g, const struct physicals *p, const struct tree *t, uint64_t extent_bytes, struct segment *s, struct buffer *missing)
{
	uint64_t start, count, stripes, stripe_size = 0;
	const char *type = tree_string(t, "type");
	if (!type)
		return "damaged";
	if (strcmp(type, "striped") && strcmp(type, "linear"))
		return type;
	const struct tree *list = tree_get(t, "stripes");
	if (!tree_number(t, "start_extent", &start) || !tree_number(t, "extent_count", &count) || !tree_number(t, "stripe_count", &stripes) || !list || list->kind != TREE_ARRAY ||
	    !stripes || stripes > STRIPES_MOST || !bytes_of(start, extent_bytes, &s->start) || !bytes_of(count, extent_bytes, &s->length))
		return "damaged";
	if (stripes > 1 && (!tree_number(t, "stripe_size", &stripe_size) || !stripe_size || stripe_size > UINT32_MAX || s->length % (stripes * stripe_size * SECTOR)))
		return "damaged";
	s->stripes = (size_t)stripes;
	s->stripe_bytes = stripes > 1 ? stripe_size * SECTOR : s->length;
	struct stripe *stripe = arena_array(&g->kept, s->stripes, sizeof *stripe);
	const struct tree *at = list->child;
	for (size_t i = 0; i < s->stripes; i++) {
		if (!at || at->kind != TREE_TEXT || !at->next || !at->next->is_number)
			return "damaged";
		const struct physical *v = physical_find(p, at->text);
		uint64_t first = at->next->number, offset, end;
		if (!v)
			return "on another logical volume";
		if (!bytes_of(first, extent_bytes, &offset) || __builtin_add_overflow(offset, v->start, &offset) || __builtin_add_overflow(offset, s->length / s->stripes, &end))
			return "damaged";
		stripe[i] = (struct stripe){ v->source, offset };
		const char *id = tree_string(v->section, "id");
		if (!v->source && !(missing->length && memmem(missing->data, missing->length, at->text, at->length)))
			buffer_format(missing, "%s%s %.40s", missing->length ? ", " : "", at->text, id ? id : "(no id)");
		at = at->next->next;
	}
	s->stripe = stripe;
	return NULL;
}

static bool name_good(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("+_.-", *p)))
			return false;
	return *name && strlen(name) < 128;
}

static int by_start(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static bool visible(const struct tree *volume)
{
	const struct tree *status = tree_get(volume, "status");
	for (const struct tree *s = status ? status->child : NULL; s; s = s->next)
		if (s->kind == TREE_TEXT && !strcmp(s->text, "VISIBLE"))
			return true;
	return false;
}

/* The legs of a segment that is mirrored; NULL: it is not. */
static const struct tree *mirror_list(const struct tree *segment)
{
	const char *type = segment ? tree_string(segment, "type") : NULL;
	const struct tree *list = !type ? NULL : !strcmp(type, "raid1") ? tree_get(segment, "raids") : !strcmp(type, "mirror") ? tree_get(segment, "mirrors") : NULL;
	return list && list->kind == TREE_ARRAY ? list : NULL;
}

static void logical_add(struct group *g, struct logical l)
{
	const struct source *first = l.segment[0].stripe[0].source;
	l.elsewhere = first && first != g->container.source;
	l.order = first && !l.elsewhere ? l.segment[0].stripe[0].offset : UINT64_MAX;
	g->logical[g->logicals++] = l;
}

static void logical_read(struct group *g, const struct physicals *p, const struct tree *t, uint64_t extent_bytes, size_t *segments_left)
{
	struct reporter *report = g->container.report;
	uint64_t wanted;
	size_t count = 0;
	if (!name_good(t->name)) {
		report_error(report, "damage", "lvm.name", NULL, 0, 0, "a logical volume has a name that LVM does not allow");
		return;
	}
	struct logical l = { .name = t->name, .id = tree_string(t, "id"), .internal = !visible(t), .step = arena_format(&g->kept, "lvm:/%s", t->name) };
	for (size_t i = 0; i < g->logicals; i++)
		if (!strcmp(g->logical[i].name, l.name)) {
			report_error(report, "damage", "lvm.name", l.step, 0, 0, "two logical volumes have this name; the first one is read");
			return;
		}
	for (const struct tree *s = t->child; s; s = s->next)
		count += s->kind == TREE_SECTION && !strncmp(s->name, "segment", 7);
	if (!tree_number(t, "segment_count", &wanted) || wanted != count || !count || count > *segments_left) {
		report_error(report, count > *segments_left ? "limit" : "damage", "lvm.segments", l.step, 0, 0, "logical volume %s: %zu segments are there, %llu are stated", l.name, count, (unsigned long long)wanted);
		return;
	}
	*segments_left -= count;
	struct segment *segment = arena_array(&g->kept, count, sizeof *segment);
	struct buffer missing = { 0 };
	const char *what = NULL;
	size_t at = 0;
	for (const struct tree *s = t->child; s && !what; s = s->next)
		if (s->kind == TREE_SECTION && !strncmp(s->name, "segment", 7))
			what = segment_read(g, p, s, extent_bytes, &segment[at++], &missing);
	if (!what) {
		qsort(segment, count, sizeof *segment, by_start);
		for (at = 0; at < count && !what; at++) {
			if (segment[at].start != l.size || __builtin_add_overflow(l.size, segment[at].length, &l.size))
				what = "damaged";
			for (size_t k = 0; k < segment[at].stripes; k++)
				l.computed |= segment[at].stripes > 1 || (segment[at].stripe[k].source && segment[at].stripe[k].source != g->container.source);
		}
	}
	if (what && count == 1 && mirror_list(tree_get(t, "segment1")))
		return;                 /* once its legs are known */
	if (what && !strcmp(what, "damaged"))
		report_error(report, "damage", "lvm.segment", l.step, 0, 0, "the segments of logical volume %s are damaged", l.name);
	else if (what && !l.internal)
		report_error(report, "unsupported", "lvm.segment", l.step, 0, 0, "logical volume %s is made of parts that are not put together yet (%.40s); its parts are read by themselves where they are plain", l.name, what);
	if (missing.length && !what)
		report_error(report, "missing", "lvm.physical", l.step, 0, 0, "logical volume %s: a part of it lies on physical volumes that are not here: %s", l.name, buffer_string(&missing));
	l.incomplete = missing.length;
	buffer_free(&missing);
	if (what)
		return;
	l.segment = segment;
	l.segments = count;
	logical_add(g, l);
}

/* A mirror or RAID 1 is what its first whole leg is. */
static void mirror_read(struct group *g, const struct tree *t)
{
	const struct tree *list = mirror_list(tree_get(t, "segment1"));
	if (!list || !name_good(t->name))
		return;
	for (size_t i = 0; i < g->logicals; i++)
		if (!strcmp(g->logical[i].name, t->name))
			return;
	bool pairs = !strcmp(list->name, "raids");      /* of a leg's metadata and its data */
	struct logical *best = NULL;
	size_t legs = 0, item = 0;
	for (const struct tree *s = list->child; s && legs < LEGS_MOST; s = s->next) {
		if (s->kind != TREE_TEXT || (pairs && item++ % 2 == 0))
			continue;
		legs++;
		for (size_t i = 0; i < g->logicals; i++)
			if (!strcmp(g->logical[i].name, s->text)) {
				g->logical[i].leg = true;
				if (!best || (best->incomplete && !g->logical[i].incomplete))
					best = &g->logical[i];
			}
	}
	struct reporter *report = g->container.report;
	char *step = arena_format(&g->kept, "lvm:/%s", t->name);
	if (!best) {
		report_error(report, "damage", "lvm.mirror", step, 0, 0, "no leg of the mirrored volume %s can be read", t->name);
		return;
	}
	struct logical l = *best;
	l.name = t->name;
	l.step = step;
	l.id = tree_string(t, "id");
	l.leg = false;
	l.internal = !visible(t);
	if (!l.internal && !l.elsewhere)
		report_note(report, "lvm.mirror", step, 0, 0, "a mirror of %zu legs: %s is read, the others are not compared with it and can be opened by their names", legs, best->name);
	logical_add(g, l);
}

static int by_offset(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* What of the physical volume no logical volume here covers: label, metadata, free extents, and mappings that are not read. */
static void gaps_find(struct group *g)
{
	struct source *own = g->container.source;
	size_t count = 0, at = 0;
	for (size_t i = 0; i < g->logicals; i++)
		for (size_t s = 0; s < g->logical[i].segments; s++)
			count += g->logical[i].segment[s].stripes;
	struct range *used = memory_array(count + 1, sizeof *used);
	for (size_t i = 0; i < g->logicals; i++)
		for (size_t s = 0; s < g->logical[i].segments; s++)
			for (size_t k = 0; k < g->logical[i].segment[s].stripes; k++)
				if (g->logical[i].segment[s].stripe[k].source == own)
					used[at++] = (struct range){ g->logical[i].segment[s].stripe[k].offset, g->logical[i].segment[s].length / g->logical[i].segment[s].stripes };
	qsort(used, at, sizeof *used, by_offset);
	g->gap = memory_array(at + 1, sizeof *g->gap);
	uint64_t end = 0;
	for (size_t i = 0; i <= at; i++) {
		uint64_t next = i < at && used[i].offset < own->size ? used[i].offset : own->size;
		if (next > end)
			g->gap[g->gaps++] = (struct range){ end, next - end };
		if (i < at && used[i].offset + used[i].length > end)
			end = used[i].offset + used[i].length;
	}
	free(used);
}

/* The physical volumes among what lies beside this one. */
static void peers_find(struct group *g, const struct opening *o)
{
	struct source *volume[PEERS_MOST];
	size_t volumes = o->beside ? o->beside->volumes(o->beside, volume, PEERS_MOST) : 0;
	for (size_t i = 0; i < volumes; i++) {
		struct area area[AREAS_MOST];
		size_t areas;
		if (label_read(&(struct opening){ .source = volume[i] }, g->peer_uuid[g->peers], area, &areas) && strcmp(g->peer_uuid[g->peers], g->uuid) != 0)
			g->peer[g->peers++] = volume[i];
		else
			source_close(volume[i]);
	}
}

/* A physical volume may leave its group's text to others. */
static void peers_text(struct group *g, struct text *best)
{
	for (size_t i = 0; i < g->peers && !best->group; i++) {
		struct opening o = { .source = g->peer[i] };
		struct area area[AREAS_MOST];
		struct text theirs = { 0 };
		char uuid[UUID_TEXT];
		size_t areas = 0;
		label_read(&o, uuid, area, &areas);
		for (size_t k = 0; k < areas; k++)
			area_read(&o, &area[k], &g->kept, &theirs);
		const struct tree *list = theirs.group ? tree_get(theirs.group, "physical_volumes") : NULL;
		for (const struct tree *t = list ? list->child : NULL; t; t = t->next)
			if (t->kind == TREE_SECTION && uuid_same(tree_string(t, "id"), g->uuid))
				*best = theirs;
	}
}

static struct source *physical_source(const struct group *g, const char *id)
{
	if (uuid_same(id, g->uuid))
		return g->container.source;
	for (size_t i = 0; i < g->peers; i++)
		if (uuid_same(id, g->peer_uuid[i]))
			return g->peer[i];
	return NULL;
}

static void group_free(struct group *g)
{
	for (size_t i = 0; i < g->peers; i++)
		source_close(g->peer[i]);
	free(g->gap);
	arena_free(&g->kept);
	free(g);
}

static struct container *lvm_open(const struct opening *o)
{
	struct group *g = memory_new(sizeof *g);
	g->container.source = o->source;
	g->container.report = o->report;
	struct area area[AREAS_MOST];
	size_t areas = 0, good = 0;
	struct text best = { 0 };
	uint64_t extent_sectors = 0, extent_bytes = 0;
	if (!label_read(o, g->uuid, area, &areas)) {
		report_error(o->report, "damage", "lvm.label", NULL, 0, LABEL_SECTORS * SECTOR, "the label is damaged: nothing of the volume group can be read");
		free(g);
		return NULL;
	}
	peers_find(g, o);
	for (size_t i = 0; i < areas; i++)
		good += area_read(o, &area[i], &g->kept, &best);
	if (!areas)
		peers_text(g, &best);
	if (!good && areas) {
		for (size_t i = 0; i < areas; i++)
			ring_search(o, &area[i], &g->kept, &best);
		if (best.group)
			report_error(o->report, "damage", "lvm.metadata", NULL, 0, 0, "no current metadata text is whole; an older one (number %llu) is used: volumes may have been changed since", (unsigned long long)best.sequence);
	}
	if (best.group && tree_number(best.group, "extent_size", &extent_sectors) && extent_sectors)
		(void)__builtin_mul_overflow(extent_sectors, (uint64_t)SECTOR, &extent_bytes);
	if (!extent_bytes) {
		report_error(o->report, areas ? "damage" : "missing", "lvm.metadata", NULL, 0, 0, "%s", areas ? "no metadata text of a volume group can be read here" : "this physical volume keeps no metadata; another one of its group has it");
		group_free(g);
		return NULL;
	}
	const struct tree *list = tree_get(best.group, "physical_volumes"), *logicals = tree_get(best.group, "logical_volumes");
	struct physicals p = { 0 };
	for (const struct tree *t = list ? list->child : NULL; t; t = t->next)
		p.count += t->kind == TREE_SECTION;
	p.of = arena_array(&g->kept, p.count, sizeof *p.of);
	p.count = 0;
	for (const struct tree *t = list ? list->child : NULL; t; t = t->next) {
		uint64_t start = 0;
		if (t->kind != TREE_SECTION)
			continue;
		tree_number(t, "pe_start", &start);
		struct physical *v = &p.of[p.count++];
		*v = (struct physical){ .section = t, .source = physical_source(g, tree_string(t, "id")) };
		if (__builtin_mul_overflow(start, (uint64_t)SECTOR, &v->start))
			v->start = UINT64_MAX;
	}
	size_t count = 0, segments_left = SEGMENTS_MOST;
	for (const struct tree *t = logicals ? logicals->child : NULL; t; t = t->next)
		count += t->kind == TREE_SECTION;
	if (count > VOLUMES_MOST)
		report_error(o->report, "limit", "lvm.volumes", NULL, 0, 0, "%zu logical volumes: only %d are read", count, VOLUMES_MOST);
	g->logical = arena_array(&g->kept, count < VOLUMES_MOST ? count : VOLUMES_MOST, sizeof *g->logical);
	count = 0;
	for (const struct tree *t = logicals ? logicals->child : NULL; t && count < VOLUMES_MOST; t = t->next)
		if (t->kind == TREE_SECTION) {
			logical_read(g, &p, t, extent_bytes, &segments_left);
			count++;
		}
	for (const struct tree *t = logicals ? logicals->child : NULL; t && g->logicals < VOLUMES_MOST; t = t->next)
		if (t->kind == TREE_SECTION)
			mirror_read(g, t);
	gaps_find(g);
	return &g->container;
}

/* ---- nodes and content */

static void node_fill(struct group *g, const struct logical *l, struct node *n)
{
	struct arena *a = &g->container.arena;
	*n = (struct node){ .kind = NODE_VOLUME, .has_allocated = true, .allocated = true, .step = l->step, .address = l->id, .has_size = true, .size = l->size, .order = l->order };
	n->name = (struct node_text){ (const uint8_t *)l->name, strlen(l->name) };
	if (l->internal)
		node_flag(n, "internal");
	if (l->incomplete)
		node_flag(n, "incomplete");
	if (!l->size)
		return;
	n->content = CONTENT_COMPUTED;
	if (l->computed)
		return;
	struct extent *e = arena_array(a, l->segments, sizeof *e);
	for (size_t i = 0; i < l->segments; i++) {
		const struct segment *s = &l->segment[i];
		e[i] = (struct extent){ .offset = s->stripe[0].source ? s->stripe[0].offset : 0, .length = s->length, .kind = s->stripe[0].source ? EXTENT_DATA : EXTENT_UNREADABLE };
	}
	n->content = CONTENT_EXTENTS;
	n->extent = e;
	n->extents = l->segments;
}

static void gap_fill(struct group *g, const struct range *gap, struct node *n)
{
	struct arena *a = &g->container.arena;
	uint64_t first = gap->offset / SECTOR, last = (gap->offset + gap->length - 1) / SECTOR;
	*n = (struct node){ .kind = NODE_UNALLOCATED, .has_allocated = true, .has_size = true, .size = gap->length, .has_range = true, .range_offset = gap->offset, .range_length = gap->length, .order = gap->offset };
	n->step = arena_format(a, "lvm:@%llu-%llu", (unsigned long long)first, (unsigned long long)last);
	n->name = (struct node_text){ (const uint8_t *)"unallocated", 11 };
	struct extent *e = arena_new(a, sizeof *e);
	*e = (struct extent){ .offset = gap->offset, .length = gap->length, .kind = EXTENT_DATA };
	n->content = CONTENT_EXTENTS;
	n->extent = e;
	n->extents = 1;
}

static int lvm_next(struct container *c, struct node *n)
{
	struct group *g = (struct group *)c;
	arena_reset(&c->arena);
	while (g->at < g->logicals + g->gaps) {
		size_t at = g->at++;
		if (c->report && c->report->step && !c->report->step(c->report, at))
			continue;
		if (at < g->logicals && (g->logical[at].elsewhere || g->logical[at].leg))
			continue;
		if (at < g->logicals)
			node_fill(g, &g->logical[at], n);
		else
			gap_fill(g, &g->gap[at - g->logicals], n);
		return 1;
	}
	return 0;
}

static bool lvm_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct group *g = (struct group *)c;
	arena_reset(&c->arena);
	const char *wanted = arena_format(&c->arena, "lvm:%.*s", (int)step->name.length, step->name.text);
	if (step->stream.length)
		return false;
	for (size_t i = 0; i < g->logicals; i++)
		if (!strcmp(g->logical[i].step, wanted)) {
			node_fill(g, &g->logical[i], n);
			return true;
		}
	for (size_t i = 0; i < g->gaps; i++) {
		gap_fill(g, &g->gap[i], n);
		if (!strcmp(n->step, wanted))
			return true;
	}
	return false;
}

/* A logical volume with striped segments. */
struct striped_source { struct source source; const struct logical *logical; };

static void striped_read_at(struct source *source, uint64_t offset, void *to, size_t length, bool *taint)
{
	const struct logical *l = ((struct striped_source *)source)->logical;
	uint8_t *out = to;
	size_t low = 0, high = l->segments;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (l->segment[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	while (length) {
		const struct segment *s = &l->segment[low];
		uint64_t in = offset - s->start;
		if (in >= s->length) {          /* the segments cover the size: the next one */
			low++;
			continue;
		}
		uint64_t chunk = in / s->stripe_bytes, within = in % s->stripe_bytes, left = s->stripe_bytes - within;
		const struct stripe *stripe = &s->stripe[chunk % s->stripes];
		size_t piece = left < length ? (size_t)left : length, got = 0;
		if (stripe->source)
			got = source_read_at(stripe->source, stripe->offset + chunk / s->stripes * s->stripe_bytes + within, out, piece, taint);
		if (got < piece) {
			memset(out + got, 0, piece - got);
			*taint = true;
		}
		out += piece;
		offset += piece;
		length -= piece;
	}
}

static void striped_close(struct source *s)
{
	free(s);
}

static struct source *lvm_content(struct container *c, const struct node *n)
{
	static const struct source_operations operations = { striped_read_at, striped_close };
	struct group *g = (struct group *)c;
	for (size_t i = 0; i < g->logicals; i++)
		if (!strcmp(g->logical[i].step, n->step)) {
			struct striped_source *s = memory_new(sizeof *s);
			s->source = (struct source){ .operations = &operations, .size = g->logical[i].size, .sector_size = c->source->sector_size };
			s->logical = &g->logical[i];
			return &s->source;
		}
	return NULL;
}

static void lvm_close(struct container *c)
{
	group_free((struct group *)c);
}

const struct format format_lvm = {
	.name = "lvm", .layer = LAYER_VOLUME, .about = "LVM2 physical volume: linear, striped and mirrored logical volumes, also over several physical volumes of one disk; what lies on others is told as missing; other RAID, thin, cached volumes and snapshots are told, their parts listed", .probe = lvm_probe, .open = lvm_open, .next = lvm_next, .find = lvm_find,
	.content = lvm_content, .close = lvm_close,
};
