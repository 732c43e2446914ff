/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_count.c: counts and correlations over one log (Sigma specification 2.1, "Correlation"; the aggregations of Sigma 1).
 *
 * Each event that a counted rule matches is kept as a flat entry; when the log ends, entries are sorted by counter, group and time. A condition that more events can only
 * meet better (gt, gte) is looked for in a window that slides, and one that is met takes in what else lies in its timespan, so that a burst is one hit; any other condition is
 * asked of windows that begin at the first event and follow one another. */
#include "detect/sigma_inside.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MOST = 1 << 20, GROUP_TEXT_MOST = 256 };

/* The group's values as one text; equal groups have the same number. */
static uint32_t group_of(struct sigma_matcher *m, const struct sigma_feed *feed, uint64_t *hash)
{
	struct buffer *b = &m->why;
	buffer_clear(b);
	uint64_t h = feed->counter;
	for (unsigned i = 0; i < SIGMA_GROUP_FIELDS && feed->by[i] != SIGMA_NO_SLOT; i++) {
		const struct sigma_found *f = sigma_value_of(m, feed->by[i]);
		size_t n = f ? f->text.length : 0;
		struct buffer folded = { 0 };
		sigma_fold(&folded, f ? f->text.raw : (const uint8_t *)"", n);
		h = sigma_hash(folded.data ? folded.data : (const uint8_t *)"", folded.length, h + !f);
		buffer_free(&folded);
		while (n > GROUP_TEXT_MOST || (f && n && n < f->text.length && (f->text.raw[n] & 0xC0) == 0x80))
			n--;
		if (i)
			buffer_text(b, ", ");
		buffer_append(b, f ? f->text.raw : NULL, n);
	}
	*hash = h;
	if (m->groups * 2 >= m->group_slots) {
		/* by hash alone: texts are for people, entries are told apart by their hash */
		size_t slots = m->group_slots ? m->group_slots * 2 : 256;
		free(m->group_slot);
		m->group_slot = memory_array(slots, sizeof *m->group_slot);
		m->group_slots = slots;
		for (uint32_t i = 0; i < m->entries; i++) {
			size_t at = m->entry[i].group & (slots - 1);
			while (m->group_slot[at] && m->group_slot[at] != m->entry[i].group_text + 1)
				at = (at + 1) & (slots - 1);
			m->group_slot[at] = m->entry[i].group_text + 1;
		}
	}
	for (size_t at = h & (m->group_slots - 1);; at = (at + 1) & (m->group_slots - 1)) {
		uint32_t n = m->group_slot[at];
		if (n && !strcmp(m->group_text[n - 1], buffer_string(b)))
			return n - 1;
		if (n)
			continue;
		m->group_text = memory_room(m->group_text, m->groups, &m->group_capacity, sizeof *m->group_text);
		m->group_text[m->groups] = arena_copy(&m->groups_arena, b->data ? b->data : (const uint8_t *)"", b->length);
		m->group_slot[at] = (uint32_t)++m->groups;
		return (uint32_t)m->groups - 1;
	}
}

void sigma_count_add(struct sigma_matcher *m, const struct sigma_feed *feed)
{
	if (m->entries >= ENTRIES_MOST) {
		m->entries_full = true;
		return;
	}
	struct timestamp t = { 0 };
	const struct sigma_event *e = &m->event;
	struct sigma_entry x = { .counter = feed->counter, .number = feed->number };
	if (e->time.bytes && record_value_time(&e->time, &t)) {
		x.seconds = t.seconds;
		x.nanoseconds = t.nanoseconds;
	}
	x.offset = e->offset.bytes ? record_value_number(&e->offset) : 0;
	x.length = e->length.bytes ? record_value_number(&e->length) : 0;
	if (feed->field != SIGMA_NO_SLOT) {
		const struct sigma_found *f = sigma_value_of(m, feed->field);
		if (!f)
			return;         /* nothing to tell apart */
		struct buffer folded = { 0 };
		sigma_fold(&folded, f->text.raw, f->text.length);
		x.value = sigma_hash(folded.data ? folded.data : (const uint8_t *)"", folded.length, 0);
		buffer_free(&folded);
	}
	x.group_text = group_of(m, feed, &x.group);
	if (!m->entries && e->locator.bytes) {
		buffer_clear(&m->locator);
		buffer_append(&m->locator, e->locator.bytes, e->locator.length);
		buffer_clear(&m->host);
		buffer_append(&m->host, e->host.bytes, e->host.bytes ? e->host.length : 0);
	}
	m->entry = memory_room(m->entry, m->entries, &m->entry_capacity, sizeof *m->entry);
	m->entry[m->entries++] = x;
}

static int by_time(const void *a, const void *b)
{
	const struct sigma_entry *x = a, *y = b;
	return x->counter != y->counter ? (x->counter > y->counter) - (x->counter < y->counter) : x->group != y->group ? (x->group > y->group) - (x->group < y->group) :
	       x->seconds != y->seconds ? (x->seconds > y->seconds) - (x->seconds < y->seconds) :
	       x->nanoseconds != y->nanoseconds ? (x->nanoseconds > y->nanoseconds) - (x->nanoseconds < y->nanoseconds) :
	       x->offset != y->offset ? (x->offset > y->offset) - (x->offset < y->offset) : (x->number > y->number) - (x->number < y->number);
}

/* Do b's moments lie within the span behind a's? */
static bool within(const struct sigma_entry *a, const struct sigma_entry *b, uint64_t span)
{
	uint64_t apart = (uint64_t)b->seconds - (uint64_t)a->seconds;
	return !span || apart < span || (apart == span && b->nanoseconds <= a->nanoseconds);
}

static bool meets(const struct sigma_count *c, double n)
{
	for (unsigned i = 0; i < c->ranges; i++)
		if (!sigma_comparison_holds(c->range[i].comparison, n, c->range[i].number))
			return false;
	return true;
}

/* Different values in a window that entries come into and go out of. */
struct window { struct { uint64_t value; uint32_t count; bool used; } *slot; size_t slots; size_t different; };

static void window_move(struct window *w, uint64_t value, int by)
{
	size_t at = (value ^ value >> 31) & (w->slots - 1);
	while (w->slot[at].used && w->slot[at].value != value)
		at = (at + 1) & (w->slots - 1);
	w->slot[at].used = true;
	w->slot[at].value = value;
	w->different -= w->slot[at].count > 0;
	w->slot[at].count = (uint32_t)((int64_t)w->slot[at].count + by);
	w->different += w->slot[at].count > 0;
}

static double window_count(const struct sigma_count *c, const struct window *w, size_t events)
{
	return c->kind == SIGMA_EVENT_COUNT ? (double)events : (double)w->different;
}

static void hit(struct sigma_matcher *m, const struct sigma_rule *rule, const struct sigma_entry *last, double count, struct buffer *hits, unsigned *given)
{
	sigma_hit_counted(m, &(struct sigma_counted){ rule, last, count, m->group_text[last->group_text] }, hits);
	++*given;
}

static uint64_t counted_value(const struct sigma_count *c, const struct sigma_entry *e)
{
	return c->kind == SIGMA_TEMPORAL ? e->number : e->value;
}

/* One group, in order of time. */
static unsigned group_count(struct sigma_matcher *m, const struct sigma_rule *rule, const struct sigma_entry *e, size_t n, struct buffer *hits)
{
	struct sigma_count c = rule->count;
	unsigned given = 0;
	if (c.kind == SIGMA_TEMPORAL) {
		c.range[0].comparison = SIGMA_GTE;
		c.range[0].number = c.rules;
		c.ranges = 1;
	}
	bool growing = true;
	for (unsigned i = 0; i < c.ranges; i++)
		growing &= c.range[i].comparison == SIGMA_GT || c.range[i].comparison == SIGMA_GTE;
	struct window w = { .slots = 16 };
	while (w.slots < n * 2)
		w.slots *= 2;
	w.slot = memory_array(w.slots, sizeof *w.slot);
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		while (growing && !within(&e[from], &e[i], c.seconds))
			window_move(&w, counted_value(&c, &e[from++]), -1);
		window_move(&w, counted_value(&c, &e[i]), 1);
		bool last = i + 1 == n || !within(&e[from], &e[i + 1], c.seconds), met = meets(&c, window_count(&c, &w, i + 1 - from));
		if (growing ? !met : !last)
			continue;
		for (; growing && !last; last = i + 1 == n || !within(&e[from], &e[i + 1], c.seconds))
			window_move(&w, counted_value(&c, &e[++i]), 1);
		if (met)
			hit(m, rule, &e[i], window_count(&c, &w, i + 1 - from), hits, &given);
		while (from <= i)
			window_move(&w, counted_value(&c, &e[from++]), -1);
	}
	free(w.slot);
	return given;
}

/* Rule after rule within the span: for each the latest beginning of a chain that has come so far. */
static unsigned group_ordered(struct sigma_matcher *m, const struct sigma_rule *rule, const struct sigma_entry *e, size_t n, struct buffer *hits)
{
	const struct sigma_entry *begin[SIGMA_CORRELATED] = { NULL };
	unsigned given = 0, rules = rule->count.rules;
	for (size_t i = 0; i < n; i++) {
		unsigned k = e[i].number;
		if (k == 0)
			begin[0] = &e[i];
		else if (begin[k - 1] && within(begin[k - 1], &e[i], rule->count.seconds))
			begin[k] = begin[k - 1];
		if (k + 1 == rules && begin[k]) {
			hit(m, rule, &e[i], rules, hits, &given);
			memset(begin, 0, sizeof begin);
		}
	}
	return given;
}

unsigned sigma_count_end(struct sigma_matcher *m, struct buffer *hits)
{
	unsigned given = 0;
	if (m->entries > 1)
		qsort(m->entry, m->entries, sizeof *m->entry, by_time);
	for (size_t from = 0, to; from < m->entries; from = to) {
		const struct sigma_entry *e = &m->entry[from];
		for (to = from + 1; to < m->entries && m->entry[to].counter == e->counter && m->entry[to].group == e->group;)
			to++;
		const struct sigma_rule *rule = m->rules->rule[m->rules->counter_rule[e->counter]];
		given += (rule->count.kind == SIGMA_TEMPORAL_ORDERED ? group_ordered : group_count)(m, rule, e, to - from, hits);
	}
	m->entries = 0;
	m->groups = 0;
	if (m->group_slots)
		memset(m->group_slot, 0, m->group_slots * sizeof *m->group_slot);
	arena_reset(&m->groups_arena);
	return given;
}
