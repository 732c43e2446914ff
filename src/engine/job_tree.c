/* SPDX-License-Identifier: Apache-2.0 */
/* job_tree.c: the tree of jobs: roots, children made from declared items, and the records' way out in preorder.
 *
 * A job's key is its place among its parent's children; output walks the tree in preorder, so it does not depend on who was faster. */
#include "engine/broker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OWN_SPILL = 4 << 20, PAYLOADS_SPILL = 1 << 20, SORT_MEMORY = 32 << 20 };

static uint64_t key_of(uint64_t parent, uint64_t ordinal)
{
	/* splitmix of the way from the root: 64 bits, the chance of two equal ones among 10^7 jobs is 10^-6 */
	uint64_t z = parent + UINT64_C(0x9e3779b97f4a7c15) * (ordinal + 1);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t job_new(struct engine *e)
{
	if (e->jobs == e->jobs_capacity) {
		e->jobs_capacity = e->jobs_capacity ? e->jobs_capacity * 2 : 256;
		e->job = memory_resize(e->job, e->jobs_capacity, sizeof *e->job);
	}
	e->job[e->jobs] = (struct job){ .output = SPOOL_NONE, .items = SPOOL_NONE };
	e->counts.jobs++;
	return e->jobs++;
}

uint32_t prefix_add(struct engine *e, const char *a, size_t a_length, const char *step, size_t step_length)
{
	uint32_t at = (uint32_t)e->prefixes.length;
	buffer_append(&e->prefixes, a, a_length);
	if (step_length) {
		buffer_text(&e->prefixes, "::");
		buffer_append(&e->prefixes, step, step_length);
	}
	buffer_byte(&e->prefixes, 0);
	return at;
}

const char *prefix_of(const struct engine *e, const struct job *j)
{
	return j->ask ? j->ask->prefix : (const char *)e->prefixes.data + j->prefix;
}

/* Roots become the children of job 0; they are given before engine_run, so they lie side by side. */
static uint32_t root_new(struct engine *e, const char *prefix)
{
	uint32_t j = job_new(e);
	e->job[j].parent = 0;
	e->job[j].key = key_of(1, e->job[0].children);
	e->job[j].prefix = prefix_add(e, prefix, strlen(prefix), "", 0);
	if (!e->job[0].children++)
		e->job[0].first_child = j;
	return j;
}

void engine_add(struct engine *e, const struct engine_job *g)
{
	uint32_t n = root_new(e, g->prefix);
	struct job *j = &e->job[n];
	j->kind = g->kind;
	j->files = (uint8_t)g->files;
	j->evidence = g->evidence;
	j->cost = g->cost;
	e->counts.cost += g->cost;
	j->payload = e->spool.size;
	j->payload_length = (uint32_t)g->length;
	j->item_count = g->items;
	j->batch = g->items > 0;
	if (g->files == FILES_ITEM)
		j->file_job = n;
	if (e->spool.file >= 0 && !spool_write_raw(&e->spool, g->payload, g->length))
		broker_output_trouble(e, strerror(errno));
}

void ready_push(struct engine *e, uint32_t first, uint32_t count)
{
	if (!count)
		return;
	if (e->ready_length + 2 > e->ready_capacity) {
		e->ready_capacity = e->ready_capacity ? e->ready_capacity * 2 : 64;
		e->ready = memory_resize(e->ready, e->ready_capacity, sizeof *e->ready);
	}
	e->ready[e->ready_length++] = first;
	e->ready[e->ready_length++] = count;
}

/* ---- items: what a job declared, sorted and cut into the jobs below it */

struct items_in { struct sorter *sorter; uint64_t count; };

/* Items in the chain: u32 length, then item_head, step, payload. Segments end between items. */
static bool items_each(void *owner, const uint8_t *bytes, size_t length)
{
	struct items_in *in = owner;
	for (size_t at = 0; at + 4 <= length;) {
		uint32_t n;
		struct item_head h;
		memcpy(&n, bytes + at, 4);
		memcpy(&h, bytes + at + 4, sizeof h);
		struct sort_key key = { { h.order, in->count++, 0 } };
		if (!sorter_add(in->sorter, &key, bytes + at + 4, n))
			return false;
		at += 4 + n;
	}
	return true;
}

/* Payloads go to the spool many at once: most are a few hundred bytes long. */
static bool payloads_spill(struct engine *e, struct buffer *b, size_t most)
{
	bool good = b->length < most || spool_write_raw(&e->spool, b->data, b->length);
	if (b->length >= most)
		buffer_clear(b);
	return good;
}

bool children_make(struct engine *e, uint32_t parent)
{
	if (e->job[parent].items == SPOOL_NONE)
		return true;
	struct items_in in = { .sorter = sorter_new(e->o.directory, SORT_MEMORY) };
	bool good = spool_read(&e->spool, e->job[parent].items, items_each, &in) && sorter_finish(in.sorter);
	uint32_t first = e->jobs, open = 0;
	uint64_t open_cost = 0;
	struct sort_key key;
	struct buffer payloads = { 0 };
	const uint8_t *bytes;
	size_t length;
	int got = 0;
	while (good && (got = sorter_next(in.sorter, &key, &bytes, &length)) > 0) {
		struct item_head h;
		memcpy(&h, bytes, sizeof h);
		const char *step = (const char *)bytes + sizeof h;
		const uint8_t *payload = bytes + sizeof h + h.step_length;
		uint32_t payload_length = (uint32_t)(length - sizeof h - h.step_length);
		bool solo = h.flags & ITEM_SOLO;
		if (solo || !open || e->job[open].kind != h.kind || open_cost + h.cost > e->o.batch_cost || e->job[open].item_count >= e->o.batch_items) {
			uint32_t n = job_new(e);
			const struct job *p = &e->job[parent];
			struct job *j = &e->job[n];
			j->parent = parent;
			j->kind = h.kind;
			j->files = p->files;
			j->evidence = p->evidence;
			j->file_job = p->file_job;
			j->payload = e->spool.size + payloads.length;
			j->key = key_of(p->key, n - first);
			j->batch = !solo;
			if (p->own || (p->files == FILES_ITEM && h.flags & ITEM_FILE))
				j->file_job = n;                /* its payload names its files itself */
			if (solo && h.step_length) {
				struct buffer prefix = { 0 };
				buffer_text(&prefix, prefix_of(e, p));
				uint32_t at = prefix_add(e, (const char *)prefix.data, prefix.length, step, h.step_length);
				e->job[n].prefix = at;
				buffer_free(&prefix);
			} else {
				j->prefix = p->prefix;
			}
			open = solo ? 0 : n;
			open_cost = 0;
			if (solo)
				e->job[n].item_count = 1;
		}
		struct job *j = &e->job[solo ? e->jobs - 1 : open];
		if (!solo)
			j->item_count++;
		open_cost += h.cost;
		j->cost += solo ? 0 : h.cost;
		e->counts.cost += solo ? 0 : h.cost;
		/* in a batch each payload carries its length in front */
		if (!solo)
			buffer_u32le(&payloads, payload_length);
		buffer_append(&payloads, payload, payload_length);
		j->payload_length += payload_length + (solo ? 0 : 4);
		good = payloads_spill(e, &payloads, PAYLOADS_SPILL);
	}
	good = good && got == 0 && payloads_spill(e, &payloads, 0);
	buffer_free(&payloads);
	sorter_free(in.sorter);
	if (!good)
		return broker_output_trouble(e, strerror(errno));
	e->job[parent].first_child = first;
	e->job[parent].children = e->jobs - first;
	ready_push(e, first, e->job[parent].children);
	return true;
}

/* ---- output in preorder */

static bool emit_each(void *owner, const uint8_t *bytes, size_t length)
{
	struct engine *e = owner;
	for (size_t at = 0; at + 4 <= length;) {
		uint32_t n;
		memcpy(&n, bytes + at, 4);
		struct record_view v;
		if (n > length - at - 4 || record_view_again(&v, bytes + at, 4 + (size_t)n)) {
			broker_fault(e, "the spool was damaged");
			return false;
		}
		e->counts.records++;
		if (!e->c.record(e->c.owner, &v))
			return broker_client_trouble(e);
		at += 4 + (size_t)n;
	}
	return true;
}

bool emit_records(struct engine *e, const struct buffer *records)
{
	return emit_each(e, records->data, records->length);
}

bool emit_pending(struct engine *e, uint64_t last, const struct buffer *records)
{
	bool good = (last == SPOOL_NONE || spool_read(&e->spool, last, emit_each, e)) && emit_records(e, records);
	return good || (!e->fault && broker_output_trouble(e, strerror(errno)));
}

bool emit_ready(struct engine *e)
{
	while (!e->finished && e->job[e->cursor].state == JOB_DONE) {
		struct job *j = &e->job[e->cursor];
		if (!j->emitted && !emit_pending(e, j->output, &(struct buffer){ 0 }))
			return false;
		uint32_t n = e->cursor;
		if (j->children) {
			e->cursor = j->first_child;
			continue;
		}
		/* the next sibling, of it or of what holds it */
		while (n && n + 1 == e->job[e->job[n].parent].first_child + e->job[e->job[n].parent].children)
			n = e->job[n].parent;
		if (!n)
			e->finished = true;
		else
			e->cursor = n + 1;
	}
	return true;
}

/* ---- a client's own listing */

void engine_own_begin(struct engine *e, const char *prefix)
{
	e->own = root_new(e, prefix);
	e->job[e->own].own = 1;
	e->job[e->own].files = FILES_ITEM;
}

bool chain_write(struct engine *e, const struct buffer *b, uint64_t *last)
{
	if (!b->length)
		return true;
	*last = spool_append(&e->spool, *last, b->data, b->length);
	return *last != SPOOL_NONE || broker_output_trouble(e, strerror(errno));
}

bool chain_spill(struct engine *e, struct buffer *b, uint64_t *last, size_t most)
{
	if (b->length < most)
		return true;
	bool good = chain_write(e, b, last);
	buffer_clear(b);
	return good;
}

bool engine_own_record(struct engine *e, const struct buffer *frame)
{
	buffer_append(&e->own_records, frame->data, frame->length);
	return chain_spill(e, &e->own_records, &e->job[e->own].output, OWN_SPILL);
}

void item_put(struct buffer *out, const struct item_head *head, const char *step, size_t step_length, const void *payload, size_t length)
{
	struct item_head h = *head;
	h.step_length = (uint32_t)step_length;
	buffer_u32le(out, (uint32_t)(sizeof h + step_length + length));
	buffer_append(out, &h, sizeof h);
	buffer_append(out, step, step_length);
	buffer_append(out, payload, length);
}

bool engine_own_item(struct engine *e, const struct item_head *head, const char *step, const void *payload, size_t length)
{
	item_put(&e->own_items, head, step, step ? strlen(step) : 0, payload, length);
	return chain_spill(e, &e->own_items, &e->job[e->own].items, OWN_SPILL);
}

bool engine_own_end(struct engine *e)
{
	return chain_spill(e, &e->own_records, &e->job[e->own].output, 0) && chain_spill(e, &e->own_items, &e->job[e->own].items, 0);
}
