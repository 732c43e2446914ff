/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_compile.c: from rules as they were read to what a matcher walks: slots (fields of events), items (questions), words (all literals), and for each rule and
 * each of its sources a use: a tree over items, and the items that wake it.
 *
 * A rule is woken by one clause that must hold for it to match: of several it is the one that is expected least often. How often a literal is met can't be known,
 * but rules agree on what is common: a literal that many of them name is one that many events hold. */
#include "detect/sigma_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIXED_LEAST = 3, WORD_SHORT = 4, SHORT_COST = 64 };

struct loading {
	struct sigma_rules *r;
	void (*failed)(void *owner, const char *name, const char *title, const char *why, bool elsewhere);
	void *owner;
	struct { uint64_t hash; const uint8_t *key; size_t length; } *known; size_t known_slots;     /* items by what they ask */
	struct buffer work;
};

uint64_t sigma_hash(const void *bytes, size_t length, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t h = seed ^ (length * UINT64_C(0x9e3779b97f4a7c15)), w;
	for (; length >= 8; p += 8, length -= 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 32;
	}
	w = 0;
	memcpy(&w, p, length);
	h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 29;
}

void sigma_key(struct buffer *out, const void *name, size_t length)
{
	size_t from = out->length, to = from;
	sigma_fold(out, name, length);
	for (size_t i = from; i < out->length; i++)
		if (out->data[i] != ' ')
			out->data[to++] = out->data[i];
	out->length = to;
}

/* ---- slots */

static uint32_t slot_of(struct loading *l, const char *stored, bool system, enum sigma_how how, const char *map, const char *name)
{
	struct sigma_rules *r = l->r;
	buffer_clear(&l->work);
	sigma_key(&l->work, stored, strlen(stored));
	uint64_t hash = sigma_hash(l->work.data, l->work.length, system);
	uint32_t *end = &r->key[hash & (r->keys - 1)];
	for (uint32_t i = *end; i; i = r->slot[i - 1].next) {
		const struct sigma_slot *s = &r->slot[i - 1];
		if (s->system == system && s->how == how && s->map == map && (!map || !strcasecmp(s->name, name)) && s->key_length == l->work.length && !memcmp(s->key, l->work.data, s->key_length))
			return i - 1;
	}
	r->slot = memory_room(r->slot, r->slots, &r->slot_capacity, sizeof *r->slot);
	r->slot[r->slots] = (struct sigma_slot){ .key = arena_copy(&r->arena, l->work.data, l->work.length), .key_length = l->work.length, .system = system, .how = how, .map = map, .name = name, .second = SIGMA_NO_SLOT, .next = *end };
	*end = (uint32_t)++r->slots;
	uint32_t slot = (uint32_t)r->slots - 1;
	if (how == SIGMA_REGISTRY) {
		uint32_t second = slot_of(l, "ObjectValueName", false, SIGMA_AS_IS, NULL, NULL);
		r->slot[slot].second = second;
	}
	return slot;
}

static uint32_t slot_for(struct loading *l, const struct sigma_source *source, const char *field)
{
	const char *map = NULL;
	for (size_t i = 0; i < sigma_value_word_count; i++)
		if (*source->map && !strcmp(sigma_value_words[i].map, source->map) && !strcasecmp(sigma_value_words[i].name, field))
			map = source->map;
	for (size_t i = 0; i < sigma_field_count; i++) {
		const struct sigma_field *f = &sigma_fields[i];
		if (*source->channel && !strcmp(f->map, *f->map ? source->map : "") && !strcasecmp(f->name, field))
			return slot_of(l, f->stored, f->how == SIGMA_SYSTEM, f->how == SIGMA_SYSTEM ? SIGMA_AS_IS : f->how, map, map ? field : NULL);
	}
	return slot_of(l, field, false, SIGMA_AS_IS, map, map ? field : NULL);
}

static void use_slot(struct loading *l, struct sigma_use *u, uint32_t slot)
{
	if (slot == SIGMA_ANY_SLOT) {
		u->keywords = true;
		return;
	}
	for (unsigned i = 0; i < u->slots; i++)
		if (u->slot[i] == slot)
			return;
	u->slot = memory_resize(u->slot, u->slots + 1u, sizeof *u->slot);
	u->slot[u->slots++] = slot;
	if (l->r->slot[slot].second != SIGMA_NO_SLOT)
		use_slot(l, u, l->r->slot[slot].second);
}

/* ---- items */

static void posting_add(struct sigma_rules *r, const uint8_t *text, size_t length, uint32_t slot, uint32_t item, unsigned anchor, bool maybe)
{
	r->posting = memory_room(r->posting, r->postings, &r->posting_capacity, sizeof *r->posting);
	r->posting[r->postings++] = (struct sigma_posting){ sigma_words_add(r->words, text, length), slot, item, (uint8_t)anchor, maybe };
	if (slot != SIGMA_ANY_SLOT)
		r->slot[slot].words = true;
}

static void whole_add(struct sigma_rules *r, const struct sigma_value *v, uint32_t slot, uint32_t item)
{
	size_t before = r->whole_capacity;
	r->whole = memory_room(r->whole, r->wholes, &r->whole_capacity, sizeof *r->whole);
	if (r->whole_capacity != before) {
		r->whole_value = memory_resize(r->whole_value, r->whole_capacity, sizeof *r->whole_value);
		r->whole_next = memory_resize(r->whole_next, r->whole_capacity, sizeof *r->whole_next);
	}
	r->whole_value[r->wholes] = v;
	r->whole[r->wholes++] = (struct sigma_posting){ 0, slot, item, 0, false };
}

static void ask(struct loading *l, uint32_t item, const struct sigma_value *v, const struct sigma_source *source)
{
	struct sigma_item *i = &l->r->item[item];
	uint32_t slot = v->kind == SIGMA_FIELD ? slot_for(l, source, (const char *)v->text) : SIGMA_NO_SLOT;
	i = &l->r->item[item];
	i->asked = memory_resize(i->asked, i->asks + 1u, sizeof *i->asked);
	i->asked[i->asks++] = (struct sigma_asked){ v, slot };
}

/* What an item asks, as bytes. */
static void item_key(struct buffer *b, uint32_t slot, const struct sigma_source *source, const struct sigma_test *t, unsigned group)
{
	unsigned n = 0;
	buffer_clear(b);
	buffer_u32le(b, slot);
	for (const struct sigma_value *v = t->value; v; v = v->next, n++) {
		if (t->all && t->group[n] != group)
			continue;
		buffer_byte(b, (uint8_t)v->kind);
		buffer_byte(b, v->cased);
		buffer_byte(b, (uint8_t)v->anchor);
		buffer_u32le(b, v->length);
		buffer_append(b, v->text, v->length);
		buffer_append(b, &v->regex, sizeof v->regex);
		buffer_append(b, v->address, sizeof v->address);
		buffer_byte(b, v->prefix);
		buffer_byte(b, (uint8_t)v->comparison);
		buffer_append(b, &v->number, sizeof v->number);
		if (v->kind == SIGMA_FIELD)
			buffer_append(b, &source, sizeof source);
	}
}

static void known_grow(struct loading *l)
{
	size_t slots = l->known_slots ? l->known_slots * 2 : 1024;
	void *old = l->known;
	typeof(l->known) was = old, now = memory_array(slots, sizeof *now);
	for (size_t i = 0; i < l->known_slots; i++)
		if (was[i].key) {
			size_t at = was[i].hash & (slots - 1);
			while (now[at].key)
				at = (at + 1) & (slots - 1);
			now[at] = was[i];
		}
	free(old);
	l->known = now;
	l->known_slots = slots;
}

/* The item's number lies behind its key. */
static uint32_t item_of(struct loading *l, const struct sigma_source *source, uint32_t slot, const struct sigma_test *t, unsigned group)
{
	struct sigma_rules *r = l->r;
	if (r->items * 2 >= l->known_slots)
		known_grow(l);
	struct buffer key = { 0 };
	item_key(&key, slot, source, t, group);
	uint64_t hash = sigma_hash(key.data, key.length, 1);
	size_t at = hash & (l->known_slots - 1);
	for (; l->known[at].key; at = (at + 1) & (l->known_slots - 1))
		if (l->known[at].hash == hash && l->known[at].length == key.length && !memcmp(l->known[at].key, key.data, key.length)) {
			uint32_t item;
			memcpy(&item, l->known[at].key + key.length, sizeof item);
			buffer_free(&key);
			return item;
		}
	uint32_t item = (uint32_t)r->items;
	l->known[at].hash = hash;
	l->known[at].length = key.length;
	buffer_append(&key, &item, sizeof item);
	l->known[at].key = arena_copy(&r->arena, key.data, key.length);
	buffer_free(&key);
	r->item = memory_room(r->item, r->items, &r->item_capacity, sizeof *r->item);
	r->item[r->items++] = (struct sigma_item){ .slot = slot, .field = t->field, .gate = true };
	unsigned n = 0;
	for (const struct sigma_value *v = t->value; v; v = v->next, n++) {
		if (t->all && t->group[n] != group)
			continue;
		bool whole = v->anchor == (SIGMA_AT_START | SIGMA_AT_END);
		if (v->kind == SIGMA_LITERAL && !v->cased && v->length && slot != SIGMA_ANY_SLOT && whole) {
			whole_add(r, v, slot, item);
		} else if (v->kind == SIGMA_LITERAL && !v->cased && v->length) {
			posting_add(r, v->text, v->length, slot, item, slot == SIGMA_ANY_SLOT ? 0 : v->anchor, false);
		} else {
			size_t length;
			const uint8_t *fixed = sigma_value_fixed(&r->arena, v, &length);
			if (fixed && length >= FIXED_LEAST) {
				struct buffer folded = { 0 };
				sigma_fold(&folded, fixed, length);
				posting_add(r, folded.data, folded.length, slot, item, 0, true);
				buffer_free(&folded);
			} else {
				r->item[item].gate = false;
			}
			ask(l, item, v, source);
		}
	}
	return item;
}

/* ---- uses */

static struct sigma_node_compiled *node(struct sigma_rules *r, enum sigma_expression_kind kind, struct sigma_node_compiled *child)
{
	struct sigma_node_compiled *n = arena_new(&r->arena, sizeof *n);
	n->kind = kind;
	n->child = child;
	return n;
}

static struct sigma_node_compiled *test_compile(struct loading *l, struct sigma_use *u, const struct sigma_test *t)
{
	struct sigma_rules *r = l->r;
	uint32_t slot = *t->field ? slot_for(l, u->source, t->field) : SIGMA_ANY_SLOT;
	struct sigma_node_compiled *all = t->all ? node(r, SIGMA_ALL_OF, NULL) : NULL, **end = all ? &all->child : NULL, *one = NULL;
	use_slot(l, u, slot);
	for (unsigned i = 0; i < t->values; i++) {
		if (t->all ? i && t->group[i] == t->group[i - 1] : i > 0)
			continue;
		one = node(r, SIGMA_TEST, NULL);
		one->item = item_of(l, u->source, slot, t, t->group[i]);
		for (unsigned k = 0; k < r->item[one->item].asks; k++)
			if (r->item[one->item].asked[k].slot != SIGMA_NO_SLOT)
				use_slot(l, u, r->item[one->item].asked[k].slot);
		if (all) {
			*end = one;
			end = &one->next;
		}
	}
	one = all ? all : one;
	return t->not ? node(r, SIGMA_NONE_OF, one) : one;
}

static struct sigma_node_compiled *compile(struct loading *l, struct sigma_use *u, const struct sigma_expression *e)
{
	if (e->kind == SIGMA_TEST)
		return test_compile(l, u, e->test);
	struct sigma_node_compiled *n = node(l->r, e->kind, NULL), **end = &n->child;
	n->need = e->need;
	for (const struct sigma_expression *c = e->child; c; c = c->next, end = &(*end)->next)
		*end = compile(l, u, c);
	return n;
}

/* The source's own condition: "FIELD=A,B". */
static struct sigma_node_compiled *source_condition(struct loading *l, struct sigma_use *u, struct sigma_rule *rule)
{
	const char *text = u->source->condition, *equals = strchr(text, '='), *wrong;
	if (!equals)
		return NULL;
	struct arena *a = &l->r->arena;
	struct sigma_node list = { .kind = SIGMA_LIST }, **end = &list.child;
	for (const char *at = equals + 1; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
		size_t length = strcspn(at, ",");
		*end = arena_new(a, sizeof **end);
		**end = (struct sigma_node){ .kind = SIGMA_SCALAR, .text = arena_copy(a, at, length), .length = length };
		end = &(*end)->next;
	}
	struct sigma_test *t = arena_new(a, sizeof *t);
	if (!sigma_test_read(a, arena_copy(a, text, (size_t)(equals - text)), &list, t, &wrong))
		return NULL;
	t->next = rule->test;
	rule->test = t;
	return test_compile(l, u, t);
}

static void id_add(struct sigma_use *u, uint64_t **ids, uint64_t id)
{
	*ids = memory_resize(*ids, u->ids + 1u, sizeof **ids);
	(*ids)[u->ids++] = id;
	u->id = *ids;
}

/* Ids without which the expression can't hold. False: there is no such list. */
static bool ids_needed(const struct sigma_expression *e, struct sigma_use *u, uint64_t **ids)
{
	unsigned before = u->ids;
	if (e->kind == SIGMA_TEST) {
		if (e->test->all || e->test->not || strcasecmp(e->test->field, "EventID"))
			return false;
		for (const struct sigma_value *v = e->test->value; v; v = v->next) {
			char *end = NULL, text[24];
			if (v->kind != SIGMA_LITERAL || v->anchor != (SIGMA_AT_START | SIGMA_AT_END) || !v->length || v->length >= sizeof text)
				return false;
			memcpy(text, v->text, v->length);
			text[v->length] = 0;
			uint64_t id = strtoull(text, &end, 10);
			if (*end || text[0] < '0' || text[0] > '9')
				return false;
			id_add(u, ids, id);
		}
		return true;
	}
	if (e->kind == SIGMA_NONE_OF || e->kind == SIGMA_SOME_OF)
		return false;
	for (const struct sigma_expression *c = e->child; c; c = c->next) {
		bool has = ids_needed(c, u, ids);
		if (has && e->kind == SIGMA_ALL_OF)
			return true;
		if (!has)
			u->ids = before;
		if (!has && e->kind == SIGMA_ANY_OF)
			return false;
	}
	return e->kind == SIGMA_ANY_OF && e->child;
}

static void use_add(struct loading *l, uint32_t number, const struct sigma_source *source)
{
	struct sigma_rules *r = l->r;
	struct sigma_rule *rule = r->rule[number];
	struct sigma_use u = { .rule = number, .source = source };
	uint64_t *ids = NULL;
	r->logs |= *source->channel != 0;
	u.root = compile(l, &u, rule->detection);
	struct sigma_node_compiled *more = source_condition(l, &u, rule);
	if (more) {
		more->next = u.root;
		u.root = node(r, SIGMA_ALL_OF, more);
	}
	if (*source->channel) {
		for (const char *at = source->ids; *at; at += strspn(at, ",")) {
			char *end;
			id_add(&u, &ids, strtoull(at, &end, 10));
			at = end;
		}
		if (!*source->ids && !ids_needed(rule->detection, &u, &ids))
			u.ids = 0;
	} else {
		for (unsigned t = 0; t < RECORD_TYPES; t++)
			r->records[t] |= t != RECORD_FOREIGN && !strcmp(record_type_name(t), source->ids);
	}
	u.system = !u.keywords;
	for (unsigned i = 0; i < u.slots; i++)
		u.system &= r->slot[u.slot[i]].system;
	r->use = memory_room(r->use, r->uses, &r->use_capacity, sizeof *r->use);
	r->use[r->uses++] = u;
}

/* ---- counting */

static bool counts(const struct sigma_rule *c, const struct sigma_rule *rule, unsigned *number)
{
	for (unsigned i = 0; i < c->count.rules; i++)
		if ((rule->id && !strcasecmp(rule->id, c->count.rule[i])) || (rule->name && !strcmp(rule->name, c->count.rule[i]))) {
			*number = i;
			return true;
		}
	return false;
}

static void feed_add(struct loading *l, struct sigma_use *u, uint32_t counter, unsigned number, const struct sigma_count *c)
{
	struct sigma_feed f = { .counter = counter, .number = number, .field = SIGMA_NO_SLOT };
	for (unsigned i = 0; i < SIGMA_GROUP_FIELDS; i++) {
		f.by[i] = i < c->bys ? slot_for(l, u->source, c->by[i]) : SIGMA_NO_SLOT;
		if (f.by[i] != SIGMA_NO_SLOT)
			use_slot(l, u, f.by[i]);
	}
	if (c->kind == SIGMA_VALUE_COUNT) {
		f.field = slot_for(l, u->source, c->field);
		use_slot(l, u, f.field);
	}
	u->feed = memory_resize(u->feed, u->feeds + 1u, sizeof *u->feed);
	u->feed[u->feeds++] = f;
}

/* Rules that count themselves or others. What they count must have been loaded. */
static void counters_make(struct loading *l)
{
	struct sigma_rules *r = l->r;
	r->silent = memory_array(r->rules, sizeof *r->silent);
	r->counter_rule = memory_array(r->rules, sizeof *r->counter_rule);
	for (uint32_t i = 0; i < r->rules; i++) {
		const struct sigma_rule *c = r->rule[i];
		unsigned found = 0, number = 0;
		if (!c->count.kind)
			continue;
		for (uint32_t k = 0; k < r->rules && c->count.rules; k++)
			found += r->rule[k]->detection && counts(c, r->rule[k], &number);
		if (found < c->count.rules) {
			l->failed(l->owner, c->file, c->title, "a rule that it counts is not there", false);
			r->silent[i] = true;
			continue;
		}
		uint32_t counter = (uint32_t)r->counters;
		r->counter_rule[r->counters++] = i;
		for (size_t u = 0; u < r->uses; u++) {
			const struct sigma_rule *rule = r->rule[r->use[u].rule];
			if (c->count.rules ? counts(c, rule, &number) : r->use[u].rule == i) {
				feed_add(l, &r->use[u], counter, c->count.rules ? number : 0, &c->count);
				r->silent[r->use[u].rule] |= !c->count.generate;
			}
		}
	}
}

/* ---- what wakes a use */

struct clause { uint32_t *item; unsigned items; uint64_t cost; };

static int by_word(const void *a, const void *b)
{
	const struct sigma_posting *x = a, *y = b;
	return x->word != y->word ? (x->word > y->word) - (x->word < y->word) : x->slot != y->slot ? (x->slot > y->slot) - (x->slot < y->slot) : (x->item > y->item) - (x->item < y->item);
}

static void postings_finish(struct sigma_rules *r)
{
	size_t words = sigma_words_count(r->words);
	if (r->postings)
		qsort(r->posting, r->postings, sizeof *r->posting, by_word);
	r->posting_of = memory_array(words + 1, sizeof *r->posting_of);
	for (size_t i = 0, w = 0; w <= words; w++) {
		while (i < r->postings && r->posting[i].word < w)
			i++;
		r->posting_of[w] = (uint32_t)i;
	}
	r->whole_slots = 64;
	while (r->whole_slots < r->wholes * 2)
		r->whole_slots *= 2;
	r->whole_slot = memory_array(r->whole_slots, sizeof *r->whole_slot);
	for (size_t i = 0; i < r->wholes; i++) {
		size_t at = sigma_hash(r->whole_value[i]->text, r->whole_value[i]->length, r->whole[i].slot) & (r->whole_slots - 1);
		r->whole_next[i] = r->whole_slot[at];
		r->whole_slot[at] = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < r->postings; i++) {
		const struct sigma_posting *p = &r->posting[i];
		size_t length = sigma_words_length(r->words, p->word);
		r->item[p->item].common += r->posting_of[p->word + 1] - r->posting_of[p->word] + (length < WORD_SHORT ? SHORT_COST : 0);
	}
	for (size_t i = 0; i < r->wholes; i++) {
		size_t at = sigma_hash(r->whole_value[i]->text, r->whole_value[i]->length, r->whole[i].slot) & (r->whole_slots - 1);
		for (uint32_t k = r->whole_slot[at]; k; k = r->whole_next[k - 1])
			r->item[r->whole[i].item].common++;
	}
}

/* The cheapest clause that must hold; items NULL: none. */
static struct clause clause_of(const struct sigma_rules *r, const struct sigma_node_compiled *n)
{
	struct clause best = { 0 };
	if (n->kind == SIGMA_NONE_OF)
		return best;
	if (n->kind == SIGMA_TEST) {
		if (!r->item[n->item].gate)
			return best;
		best.item = memory_copy(&n->item, sizeof n->item);
		best.items = 1;
		best.cost = r->item[n->item].common;
		return best;
	}
	bool all = n->kind == SIGMA_ALL_OF;
	for (const struct sigma_node_compiled *c = n->child; c; c = c->next) {
		struct clause one = clause_of(r, c);
		if (!one.item && !all) {
			free(best.item);
			return (struct clause){ 0 };
		}
		if (!one.item)
			continue;
		if (!best.item) {
			best = one;
		} else if (all) {
			bool better = one.cost < best.cost;
			free(better ? best.item : one.item);
			best = better ? one : best;
		} else {
			best.item = memory_resize(best.item, best.items + one.items, sizeof *best.item);
			memcpy(best.item + best.items, one.item, one.items * sizeof *one.item);
			best.items += one.items;
			best.cost += one.cost;
			free(one.item);
		}
	}
	return best;
}

static void wakes_make(struct sigma_rules *r)
{
	struct clause *clause = memory_array(r->uses, sizeof *clause);
	size_t total = 0;
	for (size_t u = 0; u < r->uses; u++) {
		clause[u] = clause_of(r, r->use[u].root);
		r->use[u].gated = clause[u].item != NULL;
		for (unsigned i = 0; r->use[u].gated && i < clause[u].items; i++, total++)
			r->item[clause[u].item[i]].wake++;
	}
	uint32_t *wakes = arena_array(&r->arena, total + 1, sizeof *wakes);
	for (size_t i = 0; i < r->items; i++) {
		r->item[i].wakes = wakes;
		wakes += r->item[i].wake;
		r->item[i].wake = 0;
	}
	for (uint32_t u = 0; u < r->uses; u++) {
		for (unsigned i = 0; r->use[u].gated && i < clause[u].items; i++) {
			struct sigma_item *item = &r->item[clause[u].item[i]];
			((uint32_t *)(uintptr_t)item->wakes)[item->wake++] = u;
		}
		free(clause[u].item);
	}
	free(clause);
}

/* ---- all of it */

static void file_read(struct loading *l, const struct sigma_source_text *s)
{
	struct sigma_rules *r = l->r;
	const char *wrong, *name = arena_copy(&r->arena, s->name, strlen(s->name));
	bool elsewhere;
	struct sigma_node *d = sigma_yaml_read(&r->arena, s->text, s->length, &wrong);
	if (!d)
		l->failed(l->owner, name, NULL, wrong ? wrong : "it is empty", false);
	for (; d; d = d->next) {
		if (sigma_node_is_null(d))
			continue;
		struct sigma_rule *rule = sigma_rule_read(&r->arena, d, name, &wrong, &elsewhere);
		if (!rule) {
			l->failed(l->owner, name, sigma_node_text(sigma_node_get(d, "title")), wrong, elsewhere);
			continue;
		}
		r->rule = memory_room(r->rule, r->rules, &r->rule_capacity, sizeof *r->rule);
		r->rule[r->rules++] = rule;
	}
}

static void finder_add(const struct sigma_rules *r, struct sigma_finder *f, uint32_t word)
{
	if (!f->words)
		f->words = sigma_words_new();
	uint32_t local = sigma_words_add(f->words, sigma_words_bytes(r->words, word), sigma_words_length(r->words, word));
	f->number = memory_room(f->number, f->count, &f->capacity, sizeof *f->number);
	f->number[local] = word;
	f->count = sigma_words_count(f->words);
}

/* A field has few of the many literals: the automaton of its own stays in the cache, and tells of no other field's. */
static void finders_make(struct sigma_rules *r)
{
	for (size_t i = 0; i < r->postings; i++)
		finder_add(r, r->posting[i].slot == SIGMA_ANY_SLOT ? &r->keywords : &r->slot[r->posting[i].slot].find, r->posting[i].word);
	for (size_t s = 0; s < r->slots; s++)
		if (r->slot[s].find.words)
			sigma_words_build(r->slot[s].find.words);
	if (r->keywords.words)
		sigma_words_build(r->keywords.words);
}

static void finder_free(struct sigma_finder *f)
{
	sigma_words_free(f->words);
	free(f->number);
}

struct sigma_rules *sigma_compile(const struct sigma_source_text *source, size_t sources, void (*failed)(void *owner, const char *name, const char *title, const char *why, bool elsewhere), void *owner)
{
	struct sigma_rules *r = memory_new(sizeof *r);
	struct loading l = { .r = r, .failed = failed, .owner = owner };
	r->words = sigma_words_new();
	r->keys = 1024;
	r->key = memory_array(r->keys, sizeof *r->key);
	for (size_t i = 0; i < sources; i++)
		file_read(&l, &source[i]);
	for (uint32_t i = 0; i < r->rules; i++)
		for (unsigned k = 0; k < r->rule[i]->sources; k++)
			use_add(&l, i, r->rule[i]->source[k]);
	counters_make(&l);
	postings_finish(r);
	wakes_make(r);
	finders_make(r);
	free(l.known);
	buffer_free(&l.work);
	return r;
}

size_t sigma_rule_count(const struct sigma_rules *r)
{
	return r->rules;
}

bool sigma_wants_logs(const struct sigma_rules *r)
{
	return r->logs;
}

bool sigma_wants_records(const struct sigma_rules *r, enum record_type type)
{
	return r->records[type];
}

void sigma_rules_free(struct sigma_rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->rules; i++)
		sigma_rule_free(r->rule[i]);
	for (size_t i = 0; i < r->items; i++)
		free(r->item[i].asked);
	for (size_t i = 0; i < r->uses; i++) {
		free((void *)(uintptr_t)r->use[i].id);
		free(r->use[i].slot);
		free(r->use[i].feed);
	}
	for (size_t i = 0; i < r->slots; i++)
		finder_free(&r->slot[i].find);
	finder_free(&r->keywords);
	sigma_words_free(r->words);
	free(r->rule);
	free(r->silent);
	free(r->slot);
	free(r->key);
	free(r->item);
	free(r->use);
	free(r->posting);
	free(r->posting_of);
	free(r->whole);
	free(r->whole_slot);
	free(r->whole_value);
	free(r->whole_next);
	free(r->counter_rule);
	arena_free(&r->arena);
	free(r);
}
