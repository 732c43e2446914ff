/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_match.c: one event after the other against all rules. See sigma.h.
 *
 * The first event of a channel and id makes a bucket: which uses it can meet, which slots they ask for. After that an event costs a look at its channel and id, one
 * walk over its data, one over the text of each value that a rule of its bucket asks for, and the rules that this woke. */
#include "detect/sigma_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/frame.h"

enum { KNOWN = 4096, KNOWN_BYTES = 2048, KNOWN_ARENA_MOST = 8 << 20 };
enum { BUCKETS = 1024, BUCKETS_MOST = 8192, GAVE_UP_MOST = 16 };
#define BUCKET_BYTES_MOST (UINT64_C(32) << 20)

struct sigma_bucket {
	struct sigma_bucket *next;
	uint64_t hash, id;
	const uint8_t *name; size_t name_length;        /* channel, folded; or type, kind and artefact of a record */
	uint64_t *use, *slot;                           /* one bit each */
	uint32_t *always; unsigned alwayses;            /* uses that nothing wakes */
	bool any, keywords;
};

static bool bit(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void bit_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

struct sigma_matcher *sigma_matcher_new(const struct sigma_rules *r)
{
	struct sigma_matcher *m = memory_new(sizeof *m);
	m->rules = r;
	m->bucket = memory_array(BUCKETS, sizeof *m->bucket);
	m->cell = memory_array(r->slots, sizeof *m->cell);
	m->seen = memory_array(r->items, sizeof *m->seen);
	m->maybe = memory_array(r->items, sizeof *m->maybe);
	m->answered = memory_array(r->items, sizeof *m->answered);
	m->asked_use = memory_array(r->uses, sizeof *m->asked_use);
	m->touched = memory_array(r->items, sizeof *m->touched);
	m->woken = memory_array(r->uses, sizeof *m->woken);
	m->gave_up = memory_array(r->items, 1);
	m->walk_seen = memory_array(r->items * 2, sizeof *m->walk_seen);
	m->walk_touch = memory_array(r->items * 2, sizeof *m->walk_touch);
	m->known = memory_array(KNOWN, sizeof *m->known);
	return m;
}

/* ---- buckets */

/* key: of sigma_use's source; does the use speak of such events? */
static bool use_fits(const struct sigma_rules *r, const struct sigma_use *u, bool log, const char *folded, size_t length, uint64_t id, const struct sigma_event *e)
{
	const struct sigma_source *s = u->source;
	if (log != (*s->channel != 0))
		return false;
	if (log) {
		bool listed = !u->ids;
		for (unsigned i = 0; i < u->ids && !listed; i++)
			listed = u->id[i] == id;
		return listed && (!strcmp(s->channel, "*") || text_equal_nocase(s->channel, strlen(s->channel), folded, length));
	}
	if (strcmp(s->ids, record_type_name(e->type)))
		return false;
	const struct record_value *name[] = { &e->kind, &e->artifact };
	if (!strcmp(r->rule[u->rule]->service, "*"))
		return true;
	for (size_t i = 0; i < 2; i++) {
		char text[128];
		if (!name[i]->bytes || name[i]->kind != VALUE_TEXT || name[i]->length >= sizeof text)
			continue;
		memcpy(text, name[i]->bytes, name[i]->length);
		text[name[i]->length] = 0;
		if (sigma_name_fits(r->rule[u->rule]->service, text))
			return true;
	}
	return false;
}

static struct sigma_bucket *bucket_make(struct sigma_matcher *m, bool log, const uint8_t *name, size_t length, uint64_t id, uint64_t hash)
{
	const struct sigma_rules *r = m->rules;
	struct arena *a = &m->buckets_arena;
	if (m->buckets >= BUCKETS_MOST || a->used > BUCKET_BYTES_MOST) {        /* made anew as they are met */
		memset(m->bucket, 0, BUCKETS * sizeof *m->bucket);
		arena_reset(a);
		m->buckets = 0;
	}
	struct sigma_bucket *b = arena_new(a, sizeof *b);
	*b = (struct sigma_bucket){ .next = m->bucket[hash % BUCKETS], .hash = hash, .id = id, .name = arena_copy(a, name, length), .name_length = length };
	m->bucket[hash % BUCKETS] = b;
	m->buckets++;
	for (uint32_t u = 0; u < r->uses; u++) {
		const struct sigma_use *use = &r->use[u];
		if (!use_fits(r, use, log, (const char *)name, length, id, &m->event))
			continue;
		if (!b->any) {
			b->use = arena_array(a, r->uses / 64 + 1, sizeof *b->use);
			b->slot = arena_array(a, r->slots / 64 + 1, sizeof *b->slot);
			b->any = true;
		}
		bit_set(b->use, u);
		b->keywords |= use->keywords;
		for (unsigned i = 0; i < use->slots; i++)
			bit_set(b->slot, use->slot[i]);
		b->alwayses += !use->gated;
	}
	b->always = arena_array(a, b->alwayses + 1u, sizeof *b->always);
	b->alwayses = 0;
	for (uint32_t u = 0; u < r->uses && b->any; u++)
		if (bit(b->use, u) && !r->use[u].gated)
			b->always[b->alwayses++] = u;
	return b;
}

static struct sigma_bucket *bucket_of(struct sigma_matcher *m, bool log, const uint8_t *name, size_t length, uint64_t id)
{
	uint64_t hash = sigma_hash(name, length, id * 2 + log);
	for (struct sigma_bucket *b = m->bucket[hash % BUCKETS]; b; b = b->next)
		if (b->hash == hash && b->id == id && b->name_length == length && !memcmp(b->name, name, length))
			return b;
	return bucket_make(m, log, name, length, id, hash);
}

static struct sigma_bucket *log_bucket(struct sigma_matcher *m, const char *channel, size_t length, uint64_t id)
{
	buffer_clear(&m->work);
	sigma_fold(&m->work, channel, length);
	return bucket_of(m, true, m->work.data ? m->work.data : (const uint8_t *)"", m->work.length, id);
}

bool sigma_wants_log(struct sigma_matcher *m, const char *channel, size_t length, uint64_t event_id)
{
	return log_bucket(m, channel, length, event_id)->any;
}

/* ---- values of the event in hand */

static const uint8_t *to_text(struct sigma_matcher *m, const struct record_value *v, size_t *length)
{
	const char *text = record_value_text(v, length);
	if (text)
		return (const uint8_t *)text;
	struct buffer *b = &m->work;
	struct timestamp t;
	buffer_clear(b);
	if (v->kind == VALUE_NUMBER || v->kind == VALUE_BIG)
		buffer_decimal(b, record_value_number(v));
	else if (v->kind == VALUE_SIGNED)
		buffer_format(b, "%lld", (long long)record_value_number(v));
	else if (v->kind == VALUE_FLAG)
		buffer_text(b, v->length && *v->bytes ? "true" : "false");
	else if (v->kind == VALUE_TIME && record_value_time(v, &t))
		time_format_short(b, &t);
	else if (v->kind == VALUE_HEX)
		buffer_hex(b, v->bytes, v->length);
	else if (v->kind == VALUE_LITERAL)
		buffer_append(b, v->bytes, v->length);
	*length = b->length;
	return arena_copy(&m->event_arena, b->data ? b->data : (const uint8_t *)"", b->length);
}

static void made_by(struct sigma_matcher *m, const struct sigma_slot *s, struct sigma_text *t)
{
	if (s->how == SIGMA_DECIMAL && t->length > 2 && t->length < 20 && !memcmp(t->raw, "0x", 2)) {
		char text[24];
		memcpy(text, t->raw, t->length);
		text[t->length] = 0;
		const char *decimal = arena_format(&m->event_arena, "%llu", strtoull(text, NULL, 16));
		*t = (struct sigma_text){ .raw = (const uint8_t *)decimal, .length = strlen(decimal) };
	}
	for (size_t i = 0; s->map && i < sigma_value_word_count; i++) {
		const struct sigma_word *w = &sigma_value_words[i];
		if (!strcmp(w->map, s->map) && text_equal_nocase(w->name, strlen(w->name), s->name, strlen(s->name)) && text_equal_nocase(w->stored, strlen(w->stored), (const char *)t->raw, t->length)) {
			*t = (struct sigma_text){ .raw = (const uint8_t *)w->shown, .length = strlen(w->shown) };
			return;
		}
	}
}

static struct sigma_found *found_add(struct sigma_matcher *m)
{
	m->found = memory_room(m->found, m->founds, &m->found_capacity, sizeof *m->found);
	m->found[m->founds] = (struct sigma_found){ 0 };
	return &m->found[m->founds++];
}

static void slot_put(struct sigma_matcher *m, uint32_t slot, const struct sigma_text *t)
{
	struct sigma_found *f = found_add(m);
	struct sigma_cell *c = &m->cell[slot];
	f->text = *t;
	f->next = c->stamp == m->stamp ? c->first : 0;
	*c = (struct sigma_cell){ m->stamp, (uint32_t)m->founds };
}

const struct sigma_found *sigma_value_of(struct sigma_matcher *m, uint32_t slot)
{
	return slot < m->rules->slots && m->cell[slot].stamp == m->stamp ? &m->found[m->cell[slot].first - 1] : NULL;
}

static const struct sigma_found *found_next(const struct sigma_matcher *m, const struct sigma_found *f)
{
	return f->next ? &m->found[f->next - 1] : NULL;
}

static void value_came(struct sigma_matcher *m, bool system, const uint8_t *key, size_t key_length, const struct record_value *v)
{
	const struct sigma_rules *r = m->rules;
	struct sigma_text t = { 0 };
	bool made = false;
	uint8_t folded[128];
	size_t n = 0;
	const uint8_t *name = folded;
	for (; n < key_length && n < sizeof folded && key[n] < 0x80 && key[n] != ' '; n++)
		folded[n] = (uint8_t)(key[n] >= 'A' && key[n] <= 'Z' ? key[n] | 0x20 : key[n]);
	if (n < key_length) {
		buffer_clear(&m->work);
		sigma_key(&m->work, key, key_length);
		name = m->work.data;
		n = m->work.length;
	}
	uint64_t hash = sigma_hash(name, n, system);
	for (uint32_t i = r->key[hash & (r->keys - 1)]; i; i = r->slot[i - 1].next) {
		const struct sigma_slot *s = &r->slot[i - 1];
		if (s->system != system || s->key_length != n || !bit(m->now->slot, i - 1) || memcmp(s->key, name, n))
			continue;
		struct sigma_text own;
		if (!made) {
			if (name != folded)     /* work is needed for the value */
				name = arena_copy(&m->event_arena, name, n);
			t.raw = to_text(m, v, &t.length);
			made = true;
		}
		own = t;
		if (s->how != SIGMA_AS_IS || s->map)
			made_by(m, s, &own);
		slot_put(m, i - 1, &own);
	}
	if (!made && m->now->keywords && !system) {
		struct sigma_found *f;
		t.raw = to_text(m, v, &t.length);
		f = found_add(m);
		f->text = t;
	}
}

static void values_of(struct sigma_matcher *m, bool system, const uint8_t *key, size_t key_length, const struct record_value *v, unsigned depth)
{
	struct entry e;
	if (v->kind != VALUE_MAP && v->kind != VALUE_LIST) {
		value_came(m, system, key, key_length, v);
		return;
	}
	for (size_t at = 0; depth && entry_read(v->bytes, v->length, at, v->kind == VALUE_MAP, &e); at = e.next)
		values_of(m, false, e.key ? e.key : key, e.key ? e.key_length : key_length, &e.value, depth - 1);
}

/* ObjectName and ObjectValueName as Sysmon would write them. */
static void registry_names(struct sigma_matcher *m)
{
	static const struct { const char *stored, *shown; } roots[] = { { "\\REGISTRY\\MACHINE", "HKLM" }, { "\\REGISTRY\\USER", "HKU" } };
	const struct sigma_rules *r = m->rules;
	for (uint32_t s = 0; s < r->slots; s++) {
		if (r->slot[s].how != SIGMA_REGISTRY || m->cell[s].stamp != m->stamp)
			continue;
		struct sigma_text *t = &m->found[m->cell[s].first - 1].text;
		const struct sigma_found *value = sigma_value_of(m, r->slot[s].second);
		const char *root = "";
		size_t skip = 0;
		for (size_t i = 0; i < sizeof roots / sizeof *roots && !skip; i++) {
			size_t n = strlen(roots[i].stored);
			if (t->length >= n && text_equal_nocase((const char *)t->raw, n, roots[i].stored, n)) {
				root = roots[i].shown;
				skip = n;
			}
		}
		struct buffer *b = &m->work;
		buffer_clear(b);
		buffer_text(b, root);
		buffer_append(b, t->raw + skip, t->length - skip);
		if (value && value->text.length) {
			buffer_byte(b, '\\');
			buffer_append(b, value->text.raw, value->text.length);
		}
		*t = (struct sigma_text){ .raw = arena_copy(&m->event_arena, b->data ? b->data : (const uint8_t *)"", b->length), .length = b->length };
	}
}

static void fold(struct sigma_matcher *m, struct sigma_found *f)
{
	if (f->folded)
		return;
	buffer_clear(&m->work);
	sigma_fold(&m->work, f->text.raw, f->text.length);
	f->text.folded = arena_copy(&m->event_arena, m->work.data ? m->work.data : (const uint8_t *)"", m->work.length);
	f->text.folded_length = m->work.length;
	f->folded = true;
}

/* ---- words */

static void touch(struct sigma_matcher *m, uint32_t item, bool maybe)
{
	if (m->seen[item] != m->stamp && m->maybe[item] != m->stamp)
		m->touched[m->touches++] = item;
	(maybe ? m->maybe : m->seen)[item] = m->stamp;
}

static void walk_touch(struct sigma_matcher *m, uint32_t item, bool maybe)
{
	uint32_t both = item * 2 + maybe;
	if (m->walk_seen[both] != m->walk)
		m->walk_touch[m->walk_touches++] = both;
	m->walk_seen[both] = m->walk;
}

static void word_hit(void *owner, uint32_t word, size_t word_length, size_t end)
{
	struct sigma_matcher *m = owner;
	const struct sigma_rules *r = m->rules;
	word = m->finder->number[word];
	for (uint32_t i = r->posting_of[word]; i < r->posting_of[word + 1]; i++) {
		const struct sigma_posting *p = &r->posting[i];
		if (p->slot != m->walking && !(p->slot == SIGMA_ANY_SLOT && m->now->keywords))
			continue;
		if ((p->anchor & SIGMA_AT_START && end != word_length) || (p->anchor & SIGMA_AT_END && end != m->walking_length))
			continue;
		walk_touch(m, p->item, p->maybe);
	}
}

static void words_of_text(struct sigma_matcher *m, uint32_t slot, struct sigma_found *f)
{
	const struct sigma_rules *r = m->rules;
	fold(m, f);
	m->walk++;
	m->walk_touches = 0;
	m->walking = slot;
	m->walking_length = f->text.folded_length;
	const struct sigma_finder *finder[] = { slot != SIGMA_NO_SLOT ? &r->slot[slot].find : NULL, m->now->keywords ? &r->keywords : NULL };
	for (size_t i = 0; i < sizeof finder / sizeof *finder; i++)
		if (finder[i] && finder[i]->words) {
			m->finder = finder[i];
			sigma_words_find(m->finder->words, f->text.folded, f->text.folded_length, word_hit, m);
		}
	if (slot == SIGMA_NO_SLOT)
		return;
	for (uint32_t i = r->whole_slot[sigma_hash(f->text.folded, f->text.folded_length, slot) & (r->whole_slots - 1)]; i; i = r->whole_next[i - 1]) {
		const struct sigma_value *v = r->whole_value[i - 1];
		if (r->whole[i - 1].slot == slot && v->length == f->text.folded_length && !memcmp(v->text, f->text.folded, v->length))
			walk_touch(m, r->whole[i - 1].item, false);
	}
}

/* Values come again and again: paths of programs, names of users. What they say stays the same. */
static void text_walk(struct sigma_matcher *m, uint32_t slot, struct sigma_found *f)
{
	const struct sigma_text *t = &f->text;
	if (slot == SIGMA_NO_SLOT) {            /* few words: looking is cheaper than remembering */
		words_of_text(m, slot, f);
		for (size_t i = 0; i < m->walk_touches; i++)
			touch(m, m->walk_touch[i] / 2, m->walk_touch[i] & 1);
		return;
	}
	struct sigma_known *k = &m->known[sigma_hash(t->raw, t->length < KNOWN_BYTES ? t->length : KNOWN_BYTES, slot) % KNOWN];
	f->walked = true;
	if (!k->raw || k->slot != slot || k->keywords != m->now->keywords || k->length != t->length || memcmp(k->raw, t->raw, t->length)) {
		words_of_text(m, slot, f);
		if (t->length > KNOWN_BYTES) {
			for (size_t i = 0; i < m->walk_touches; i++)
				touch(m, m->walk_touch[i] / 2, m->walk_touch[i] & 1);
			return;
		}
		if (m->known_arena.used > KNOWN_ARENA_MOST) {
			arena_reset(&m->known_arena);
			memset(m->known, 0, KNOWN * sizeof *m->known);
		}
		*k = (struct sigma_known){ .raw = arena_copy(&m->known_arena, t->raw, t->length), .touch = arena_copy(&m->known_arena, m->walk_touch, m->walk_touches * sizeof *m->walk_touch),
			.length = (uint32_t)t->length, .slot = slot, .touches = (uint32_t)m->walk_touches, .keywords = m->now->keywords };
	}
	f->known = (uint32_t)(k - m->known) + 1;
	for (uint32_t i = 0; i < k->touches; i++)
		touch(m, k->touch[i] / 2, k->touch[i] & 1);
}

static void words_walk(struct sigma_matcher *m)
{
	for (size_t w = 0; w <= m->rules->slots / 64; w++)
		for (uint64_t bits = m->now->slot[w]; bits; bits &= bits - 1) {
			uint32_t slot = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(bits);
			for (uint32_t i = slot < m->rules->slots && m->cell[slot].stamp == m->stamp ? m->cell[slot].first : 0; i; i = m->found[i - 1].next)
				text_walk(m, slot, &m->found[i - 1]);
		}
	for (size_t i = 0; i < m->founds && m->now->keywords; i++)
		if (!m->found[i].walked)
			text_walk(m, SIGMA_NO_SLOT, &m->found[i]);
}

/* ---- questions */

static bool field_meets(struct sigma_matcher *m, const struct sigma_asked *a, const struct sigma_found *f)
{
	const struct sigma_found *other = sigma_value_of(m, a->slot);
	for (; other; other = found_next(m, other)) {
		fold(m, (struct sigma_found *)(uintptr_t)other);
		struct sigma_value v = *a->value;
		v.kind = SIGMA_LITERAL;
		v.text = v.cased ? other->text.raw : other->text.folded;
		v.length = (uint32_t)(v.cased ? other->text.length : other->text.folded_length);
		if (sigma_value_meets(&v, &f->text) == SIGMA_YES)
			return true;
	}
	return false;
}

static bool found_meets(struct sigma_matcher *m, uint32_t item, const struct sigma_asked *a, struct sigma_found *f)
{
	fold(m, f);
	if (a->value->kind == SIGMA_FIELD)
		return field_meets(m, a, f);
	if (a->value->kind == SIGMA_REGEX && m->gave_up[item] >= GAVE_UP_MOST)
		return false;
	enum sigma_answer answer = sigma_value_meets(a->value, &f->text);
	if (answer == SIGMA_GAVE_UP) {
		m->gave_up[item]++;
		m->any_gave_up = true;
	}
	return answer == SIGMA_YES;
}

static bool asked_holds(struct sigma_matcher *m, uint32_t item, const struct sigma_asked *a)
{
	const struct sigma_item *i = &m->rules->item[item];
	if (i->slot == SIGMA_ANY_SLOT) {
		for (size_t k = 0; k < m->founds; k++)
			if (found_meets(m, item, a, &m->found[k]))
				return true;
		return false;
	}
	const struct sigma_found *f = sigma_value_of(m, i->slot);
	if (a->value->kind == SIGMA_NULL)
		return !f || (!f->text.length && !f->next);
	if (a->value->kind == SIGMA_ABSENT)
		return !f;
	for (; f; f = found_next(m, f))
		if (found_meets(m, item, a, (struct sigma_found *)(uintptr_t)f))
			return true;
	return false;
}

/* The memory of the one value that an item's slot has; NULL: it has several, or it is not kept. */
static struct sigma_known *known_alone(struct sigma_matcher *m, const struct sigma_item *i)
{
	const struct sigma_found *f = i->slot == SIGMA_ANY_SLOT ? NULL : sigma_value_of(m, i->slot);
	struct sigma_known *k = f && !f->next && f->known ? &m->known[f->known - 1] : NULL;
	/* another value of the event may have its place by now */
	return k && k->raw && k->slot == i->slot && k->length == f->text.length && !memcmp(k->raw, f->text.raw, k->length) ? k : NULL;
}

bool sigma_item_holds(struct sigma_matcher *m, uint32_t item)
{
	const struct sigma_item *i = &m->rules->item[item];
	if (m->seen[item] == m->stamp)
		return true;
	if (!i->asks || m->answered[item] == m->stamp || (i->gate && m->maybe[item] != m->stamp))
		return false;
	struct sigma_known *known = known_alone(m, i);
	for (unsigned k = 0; known && k < known->answers; k++)
		if (known->answer[k] / 2 == item) {
			(known->answer[k] & 1 ? m->seen : m->answered)[item] = m->stamp;
			return known->answer[k] & 1;
		}
	unsigned gave_up = m->gave_up[item];
	bool yes = false, alone = true;
	for (unsigned k = 0; k < i->asks && !yes; k++) {
		alone &= i->asked[k].value->kind != SIGMA_FIELD;
		yes = asked_holds(m, item, &i->asked[k]);
	}
	(yes ? m->seen : m->answered)[item] = m->stamp;
	/* not where a limit decided: how often that happens is counted anew in each log */
	if (known && alone && !gave_up && !m->gave_up[item] && known->answers < SIGMA_ANSWERS)
		known->answer[known->answers++] = item * 2 + yes;
	return yes;
}

static bool holds(struct sigma_matcher *m, const struct sigma_node_compiled *n)
{
	unsigned good = 0;
	switch (n->kind) {
	case SIGMA_TEST: return sigma_item_holds(m, n->item);
	case SIGMA_NONE_OF: return !holds(m, n->child);
	case SIGMA_ALL_OF:
		for (const struct sigma_node_compiled *c = n->child; c; c = c->next)
			if (!holds(m, c))
				return false;
		return true;
	default:
		for (const struct sigma_node_compiled *c = n->child; c; c = c->next)
			if (holds(m, c) && ++good >= (n->kind == SIGMA_ANY_OF ? 1 : n->need))
				return true;
		return false;
	}
}

/* ---- an event */

static void wake(struct sigma_matcher *m, uint32_t use)
{
	/* where values have no names, a field that a rule excludes would be absent from any event */
	if (m->asked_use[use] == m->stamp || !bit(m->now->use, use) || (m->event.nameless && !m->rules->use[use].system))
		return;
	m->asked_use[use] = m->stamp;
	m->woken[m->wakes++] = use;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static unsigned rules_ask(struct sigma_matcher *m, struct buffer *hits)
{
	const struct sigma_rules *r = m->rules;
	unsigned count = 0;
	m->wakes = 0;
	for (unsigned i = 0; i < m->now->alwayses; i++)
		wake(m, m->now->always[i]);
	for (size_t i = 0; i < m->touches; i++)
		for (unsigned k = 0; k < r->item[m->touched[i]].wake; k++)
			wake(m, r->item[m->touched[i]].wakes[k]);
	if (m->wakes > 1)
		qsort(m->woken, m->wakes, sizeof *m->woken, by_number);
	uint32_t last = UINT32_MAX;
	for (size_t i = 0; i < m->wakes; i++) {
		const struct sigma_use *u = &r->use[m->woken[i]];
		if (u->rule == last || !holds(m, u->root))
			continue;
		last = u->rule;
		for (unsigned k = 0; k < u->feeds; k++)
			sigma_count_add(m, &u->feed[k]);
		if (!r->silent[u->rule]) {
			sigma_hit(m, u, hits);
			count++;
		}
	}
	return count;
}

/* The fields that are needed of a frame; false: it is none that rules look at. */
static bool event_open(struct sigma_matcher *m, const uint8_t *frame, size_t length)
{
	struct sigma_event *e = &m->event;
	if (length < FRAME_HEADER)
		return false;
	*e = (struct sigma_event){ .type = frame[4] | (enum record_type)(frame[5] << 8) };
	const struct { enum record_field field; struct record_value *to; } wanted[] = {
		{ F_TIME, &e->time }, { F_LOCATOR, &e->locator }, { F_HOST, &e->host }, { F_KIND, &e->kind }, { F_ARTIFACT_ID, &e->artifact }, { F_OFFSET, &e->offset }, { F_LENGTH, &e->length },
		{ F_TAINTED, &e->tainted }, { F_FLAGS, &e->flags }, { F_DATA, &e->data },
	};
	for (size_t at = FRAME_HEADER; at + FIELD_HEADER <= length;) {
		unsigned field = frame[at] | (unsigned)frame[at + 1] << 8;
		struct record_value v = { .bytes = frame + at + FIELD_HEADER, .length = get_u32(frame + at + 4), .kind = frame[at + 2] };
		if (v.length > length - at - FIELD_HEADER)
			return false;
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
			if (wanted[i].field == field)
				*wanted[i].to = v;
		at += FIELD_HEADER + v.length;
	}
	static const char lost[] = "template_lost";
	e->nameless = e->flags.bytes && memmem(e->flags.bytes, e->flags.length, lost, sizeof lost - 1);
	e->log = e->type == RECORD_EVENT && e->kind.length == 9 && !memcmp(e->kind.bytes, "log_event", 9);
	return e->log ? m->rules->logs && e->data.kind == VALUE_MAP : e->type < RECORD_TYPES && m->rules->records[e->type];
}

static struct sigma_bucket *event_bucket(struct sigma_matcher *m)
{
	const struct sigma_event *e = &m->event;
	if (e->log) {
		struct entry x;
		struct record_value channel = { 0 };
		uint64_t id = 0;
		bool have = false;
		for (size_t at = 0; !(have && channel.bytes) && entry_read(e->data.bytes, e->data.length, at, true, &x) && x.value.kind != VALUE_MAP; at = x.next) {
			if (key_is(&x, "event_id") && (x.value.kind == VALUE_NUMBER || x.value.kind == VALUE_BIG)) {
				id = record_value_number(&x.value);
				have = true;
			} else if (key_is(&x, "channel")) {
				channel = x.value;
			}
		}
		size_t length = 0;
		const char *text = channel.bytes ? record_value_text(&channel, &length) : NULL;
		return log_bucket(m, text ? text : "", text ? length : 0, id);
	}
	buffer_clear(&m->work);
	buffer_byte(&m->work, (uint8_t)e->type);
	buffer_append(&m->work, e->kind.bytes, e->kind.kind == VALUE_TEXT ? e->kind.length : 0);
	buffer_byte(&m->work, 0);
	buffer_append(&m->work, e->artifact.bytes, e->artifact.kind == VALUE_TEXT ? e->artifact.length : 0);
	return bucket_of(m, false, m->work.data, m->work.length, 0);
}

unsigned sigma_match(struct sigma_matcher *m, const uint8_t *frame, size_t length, struct buffer *hits)
{
	struct entry x;
	if (!event_open(m, frame, length))
		return 0;
	m->now = event_bucket(m);
	if (!m->now->any)
		return 0;
	const struct sigma_event *e = &m->event;
	m->stamp++;
	m->founds = 0;
	m->touches = 0;
	arena_reset(&m->event_arena);
	if (e->log) {
		if (e->host.bytes)
			value_came(m, true, (const uint8_t *)"host", 4, &e->host);
		for (size_t at = 0; entry_read(e->data.bytes, e->data.length, at, true, &x); at = x.next)
			values_of(m, x.value.kind != VALUE_MAP && x.value.kind != VALUE_LIST, x.key, x.key_length, &x.value, RECORD_DEPTH);
		registry_names(m);
	} else {
		for (size_t at = FRAME_HEADER; at + FIELD_HEADER <= length;) {
			unsigned field = frame[at] | (unsigned)frame[at + 1] << 8;
			struct record_value v = { .bytes = frame + at + FIELD_HEADER, .length = get_u32(frame + at + 4), .kind = frame[at + 2] };
			const char *key = field < RECORD_FIELDS && record_field_kind(field) != VALUE_INTERNAL ? record_field_key(field) : NULL;
			if (key)
				values_of(m, false, (const uint8_t *)key, strlen(key), &v, RECORD_DEPTH);
			at += FIELD_HEADER + v.length;
		}
	}
	words_walk(m);
	return rules_ask(m, hits);
}

unsigned sigma_log_end(struct sigma_matcher *m, struct buffer *hits, void (*limits)(void *owner, const char *title, const char *what), void *owner)
{
	const struct sigma_rules *r = m->rules;
	unsigned count = sigma_count_end(m, hits);
	if (m->entries_full)
		limits(owner, "all that count", "more events than can be counted: those behind are not");
	m->entries_full = false;
	for (uint32_t i = 0; m->any_gave_up && i < r->items; i++) {
		char what[160];
		if (!m->gave_up[i])
			continue;
		snprintf(what, sizeof what, "its regular expression took too many steps on %u values%s", m->gave_up[i], m->gave_up[i] >= GAVE_UP_MOST ? " and was not asked again" : "");
		for (uint32_t u = 0, told = 0; u < r->uses && !told; u++)
			for (struct sigma_test *t = r->rule[r->use[u].rule]->test; t && !told; t = t->next)
				for (const struct sigma_value *v = t->value; v && !told; v = v->next)
					if (v == r->item[i].asked[0].value || (r->item[i].asks > 1 && v == r->item[i].asked[r->item[i].asks - 1].value)) {
						limits(owner, r->rule[r->use[u].rule]->title, what);
						told = 1;
					}
		m->gave_up[i] = 0;
	}
	m->any_gave_up = false;
	return count;
}

void sigma_matcher_free(struct sigma_matcher *m)
{
	if (!m)
		return;
	arena_free(&m->buckets_arena);
	arena_free(&m->event_arena);
	arena_free(&m->groups_arena);
	free(m->bucket);
	free(m->cell);
	free(m->seen);
	free(m->maybe);
	free(m->answered);
	free(m->asked_use);
	free(m->touched);
	free(m->woken);
	free(m->found);
	free(m->gave_up);
	free(m->walk_seen);
	free(m->walk_touch);
	free(m->known);
	arena_free(&m->known_arena);
	free(m->entry);
	free(m->group_slot);
	free(m->group_text);
	buffer_free(&m->locator);
	buffer_free(&m->host);
	buffer_free(&m->work);
	buffer_free(&m->why);
	free(m);
}
