/* SPDX-License-Identifier: Apache-2.0 */
/* same.c: see same.h. A file is the same one when its record says so: then its clusters lie in the same places, and only those of its blocks can have other bytes of which a
 * shadow copy keeps older ones. A change of the record that says nothing of the file (log sequence number, update sequence) does not count, nor does what a folder's index repeats of the
 * files in it. */
#include "format/snapshot/same.h"

#include <stdlib.h>

#include "format/fs/ntfs.h"
#include "format/snapshot/vss.h"

enum { NTFS_BITMAP = 0xb0, CACHE_BLOCK = 64 << 10, CACHE_BLOCKS = 64, BUDGET_VOLUMES = 8 };

struct snapshot_same {
	struct source *then, *now;                      /* borrowed */
	struct source *then_cached, *now_cached;
	struct ntfs_volume volume_then, volume_now;
	struct arena arena;
	bool known, known_same, known_indexes;          /* of the entry asked for last: a file has several nodes */
	uint64_t known_number;
	uint64_t budget;                                /* bytes of files that are compared yet: run lists may lead to the same bytes again and again */
};

static bool of_index(const struct ntfs_attribute *a)
{
	return a->type == NTFS_INDEX_ROOT || a->type == NTFS_INDEX_ALLOCATION || a->type == NTFS_BITMAP;
}

/* A stretch of both volumes. */
static bool bytes_same(struct snapshot_same *s, uint64_t at, uint64_t length)
{
	static uint8_t then[VSS_BLOCK], now[VSS_BLOCK];
	if (length > s->budget) {
		s->budget = 0;
		return false;
	}
	s->budget -= length;
	for (uint64_t end = at + length; at < end;) {
		uint64_t left = VSS_BLOCK - at % VSS_BLOCK;
		size_t n = (size_t)(left < end - at ? left : end - at);
		bool taint = false;
		if (at / VSS_BLOCK > s->then->size / VSS_BLOCK)
			return true;    /* beyond the end of both */
		if (vss_differs(s->then, at / VSS_BLOCK)) {
			size_t a = source_read_at(s->then, at, then, n, &taint), b = source_read_at(s->now, at, now, n, &taint);
			if (taint || a != b || memcmp(then, now, a))
				return false;
		}
		at += n;
	}
	return true;
}

/* The bytes of one run list, which both have. */
static bool runs_same(struct snapshot_same *s, const struct ntfs_attribute *a)
{
	struct ntfs_run *run;
	size_t runs;
	if (!ntfs_runs_parse(&s->volume_then, a, &s->arena, &run, &runs))
		return false;
	uint64_t cluster = s->volume_then.cluster_size;
	for (size_t i = 0; i < runs; i++) {
		uint64_t length = run[i].count * cluster, from = run[i].vcn * cluster;
		if (run[i].hole || run[i].lcn >= s->volume_then.clusters)
			continue;
		if (!a->first_vcn && from + length > a->size)
			length = from < a->size ? a->size - from : 0;
		if (!bytes_same(s, run[i].lcn * cluster, length))
			return false;
	}
	return true;
}

static bool attribute_same(struct snapshot_same *s, const struct ntfs_attribute *a, const struct ntfs_attribute *b)
{
	if (a->type != b->type || a->unique_id != b->unique_id || a->flags != b->flags || a->resident != b->resident || a->name_units != b->name_units ||
	    (a->name_units && memcmp(a->name, b->name, 2 * a->name_units)))
		return false;
	if (a->resident)
		return a->value_length == b->value_length && (!a->value_length || !memcmp(a->value, b->value, a->value_length));
	return a->first_vcn == b->first_vcn && a->last_vcn == b->last_vcn && a->size == b->size && a->initialised == b->initialised && a->compression_unit == b->compression_unit &&
		a->runs_length == b->runs_length && (!a->runs_length || !memcmp(a->runs, b->runs, a->runs_length)) && runs_same(s, a);
}

/* indexes: those of a folder count, too. */
static bool entry_same(struct snapshot_same *s, uint64_t number, bool indexes)
{
	struct ntfs_entry a, b;
	arena_reset(&s->arena);
	if (!ntfs_entry_read(&s->volume_then, number, &a, &s->arena) || !ntfs_entry_read(&s->volume_now, number, &b, &s->arena))
		return false;
	if (a.sequence != b.sequence || a.flags != b.flags || a.links != b.links || a.base != b.base || a.torn || b.torn || a.incomplete || b.incomplete)
		return false;
	size_t i = 0, k = 0;
	for (;; i++, k++) {
		while (i < a.attributes && !indexes && of_index(&a.attribute[i]))
			i++;
		while (k < b.attributes && !indexes && of_index(&b.attribute[k]))
			k++;
		if (i >= a.attributes || k >= b.attributes)
			return i >= a.attributes && k >= b.attributes;
		if (!attribute_same(s, &a.attribute[i], &b.attribute[k]))
			return false;
	}
}

bool snapshot_same(struct snapshot_same *s, const struct node *n)
{
	if (n->kind == NODE_VIRTUAL)
		return true;            /* made by the listing */
	const char *in_index = strchr(n->step, '@'), *dot = in_index && !strchr(in_index, '/') ? strchr(in_index, '.') : NULL;
	char *end;
	/* a name that only a folder's index holds is as that index is */
	uint64_t number = strtoull(dot ? in_index + 1 : n->address ? n->address : "", &end, 10);
	if (dot ? end != dot : *end != '-')
		return false;
	bool indexes = dot || n->kind == NODE_STREAM;
	if (!s->known || s->known_number != number || s->known_indexes != indexes)
		s->known_same = entry_same(s, number, indexes);
	s->known = true;
	s->known_number = number;
	s->known_indexes = indexes;
	return s->known_same;
}

struct snapshot_same *snapshot_same_open(struct source *then)
{
	struct source *now = vss_live(then);
	if (!now)
		return NULL;
	struct snapshot_same *s = memory_new(sizeof *s);
	s->then = then;
	s->now = now;
	s->budget = (then->size < UINT64_MAX / BUDGET_VOLUMES ? then->size : UINT64_MAX / BUDGET_VOLUMES) * BUDGET_VOLUMES;
	s->then_cached = source_cached(then, CACHE_BLOCK, CACHE_BLOCKS);
	s->now_cached = source_cached(now, CACHE_BLOCK, CACHE_BLOCKS);
	if (!ntfs_volume_open(&s->volume_then, s->then_cached, NULL) || !ntfs_volume_open(&s->volume_now, s->now_cached, NULL) || s->volume_then.cluster_size != s->volume_now.cluster_size) {
		snapshot_same_close(s);
		return NULL;
	}
	return s;
}

bool snapshot_same_spent(const struct snapshot_same *s)
{
	return !s->budget;
}

void snapshot_same_close(struct snapshot_same *s)
{
	if (!s)
		return;
	ntfs_volume_close(&s->volume_then);
	ntfs_volume_close(&s->volume_now);
	source_close(s->then_cached);
	source_close(s->now_cached);
	arena_free(&s->arena);
	free(s);
}
