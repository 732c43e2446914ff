/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_rule.c: see sigma_rule.h. */
#include "detect/sigma_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct sigma_source sigma_sources[] = {
#define SIGMA_SOURCE(category, service, channel, ids, condition, map) { category, service, channel, ids, condition, map },
#define SIGMA_FIELD(map, name, stored, how)
#define SIGMA_WORD(map, name, stored, shown)
#include "detect/sigma_source.def"
#undef SIGMA_SOURCE
#undef SIGMA_FIELD
#undef SIGMA_WORD
};
const size_t sigma_source_count = sizeof sigma_sources / sizeof *sigma_sources;
const struct sigma_field sigma_fields[] = {
#define SIGMA_SOURCE(category, service, channel, ids, condition, map)
#define SIGMA_FIELD(map, name, stored, how) { map, name, stored, how },
#define SIGMA_WORD(map, name, stored, shown)
#include "detect/sigma_source.def"
#undef SIGMA_SOURCE
#undef SIGMA_FIELD
#undef SIGMA_WORD
};
const size_t sigma_field_count = sizeof sigma_fields / sizeof *sigma_fields;
const struct sigma_word sigma_value_words[] = {
#define SIGMA_SOURCE(category, service, channel, ids, condition, map)
#define SIGMA_FIELD(map, name, stored, how)
#define SIGMA_WORD(map, name, stored, shown) { map, name, stored, shown },
#include "detect/sigma_source.def"
#undef SIGMA_SOURCE
#undef SIGMA_FIELD
#undef SIGMA_WORD
};
const size_t sigma_value_word_count = sizeof sigma_value_words / sizeof *sigma_value_words;

enum { DEFAULT_SCORE = 50, SCORE_MOST = 100, EXPRESSIONS_MOST = 1 << 14 };
static const struct { const char *name; uint64_t score; } levels[] = {
	{ "informational", 20 }, { "low", 40 }, { "medium", 60 }, { "high", 75 }, { "critical", 90 },
};

struct rule_reader { struct arena *arena; struct sigma_rule *rule; const struct sigma_node *detection; unsigned expressions; const char *wrong; bool elsewhere; };

static void refuse(struct rule_reader *r, const char *why, const char *what)
{
	if (!r->wrong)
		r->wrong = arena_format(r->arena, "%s%s%s", why, what ? ": " : "", what ? what : "");
}

/* ---- detection */

static struct sigma_expression *expression(struct rule_reader *r, enum sigma_expression_kind kind)
{
	if (++r->expressions > EXPRESSIONS_MOST)
		refuse(r, "its condition is too large", NULL);
	struct sigma_expression *e = arena_new(r->arena, sizeof *e);
	e->kind = kind;
	return e;
}

static void adopt(struct sigma_expression *parent, struct sigma_expression *child)
{
	struct sigma_expression **end = &parent->child;
	while (*end)
		end = &(*end)->next;
	*end = child;
	parent->children++;
}

static struct sigma_expression *test(struct rule_reader *r, const char *field, const struct sigma_node *values)
{
	struct sigma_expression *e = expression(r, SIGMA_TEST);
	const char *wrong;
	e->test = arena_new(r->arena, sizeof *e->test);
	if (r->rule->tests == SIGMA_TESTS_MOST)
		refuse(r, "too many tests", NULL);
	if (r->wrong)
		return e;
	if (!sigma_test_read(r->arena, field, values, e->test, &wrong)) {
		refuse(r, arena_format(r->arena, "%s: %s", field ? field : "keywords", wrong), NULL);
	} else {
		e->test->next = r->rule->test;
		r->rule->test = e->test;
		r->rule->tests++;
	}
	return e;
}

static struct sigma_expression *selection(struct rule_reader *r, const struct sigma_node *n)
{
	if (n->kind == SIGMA_SCALAR)
		return test(r, NULL, n);
	if (n->kind == SIGMA_MAP) {
		struct sigma_expression *all = expression(r, SIGMA_ALL_OF);
		if (!n->children)
			refuse(r, "a selection without tests", NULL);
		for (const struct sigma_node *c = n->child; c && !r->wrong; c = c->next)
			adopt(all, test(r, c->key, c));
		return all;
	}
	struct sigma_expression *any = expression(r, SIGMA_ANY_OF);
	bool words = true;
	for (const struct sigma_node *c = n->child; c; c = c->next)
		words &= c->kind == SIGMA_SCALAR;
	if (!n->children)
		refuse(r, "a selection without tests", NULL);
	if (words && n->children)
		return test(r, NULL, n);
	for (const struct sigma_node *c = n->child; c && !r->wrong; c = c->next)
		if (c->kind == SIGMA_LIST)
			refuse(r, "a list in a list", NULL);
		else
			adopt(any, selection(r, c));
	return any;
}

static const struct sigma_node *selection_named(const struct rule_reader *r, const char *name)
{
	for (const struct sigma_node *n = r->detection->child; n; n = n->next)
		if (!strcmp(n->key, name) && strcasecmp(n->key, "condition") && strcasecmp(n->key, "timeframe"))
			return n;
	return NULL;
}

static struct sigma_expression *several(struct rule_reader *r, const struct sigma_term *t)
{
	struct sigma_expression *e = expression(r, t->need == 0 ? SIGMA_ALL_OF : t->need == 1 ? SIGMA_ANY_OF : SIGMA_SOME_OF);
	e->need = t->need;
	for (const struct sigma_node *n = r->detection->child; n && !r->wrong; n = n->next)
		if (strcasecmp(n->key, "condition") && strcasecmp(n->key, "timeframe") && !(t->them && n->key[0] == '_') && sigma_name_fits(t->name, n->key))
			adopt(e, selection(r, n));
	if (!e->children)
		refuse(r, "no selection has such a name", t->name);
	return e;
}

static struct sigma_expression *condition(struct rule_reader *r, const struct sigma_term *t)
{
	struct sigma_expression *e;
	const struct sigma_node *n;
	switch (t->kind) {
	case SIGMA_TERM_NAME:
		n = selection_named(r, t->name);
		if (!n) {
			refuse(r, "no selection has this name", t->name);
			return NULL;
		}
		return selection(r, n);
	case SIGMA_TERM_OF:
		return several(r, t);
	case SIGMA_TERM_NOT:
		e = expression(r, SIGMA_NONE_OF);
		adopt(e, condition(r, t->left));
		return e;
	default:
		e = expression(r, t->kind == SIGMA_TERM_AND ? SIGMA_ALL_OF : SIGMA_ANY_OF);
		adopt(e, condition(r, t->left));
		if (!r->wrong)
			adopt(e, condition(r, t->right));
		return e;
	}
}

/* "15m": seconds. */
static bool timespan(const char *text, uint64_t *seconds)
{
	static const struct { char unit; uint64_t seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 }, { 'M', 2629746 }, { 'y', 31556952 } };
	char *end;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;
	if (!n || n > 100000 || !isdigit((unsigned char)text[0]) || !*end || end[1])
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == *end) {
			*seconds = n * units[i].seconds;
			return true;
		}
	return false;
}

static void detection(struct rule_reader *r, const struct sigma_node *document)
{
	struct sigma_rule *rule = r->rule;
	struct sigma_aggregate a = { 0 };
	r->detection = sigma_node_get(document, "detection");
	const struct sigma_node *line = sigma_node_get(r->detection, "condition"), *frame = sigma_node_get(r->detection, "timeframe");
	if (!line || r->detection->kind != SIGMA_MAP) {
		refuse(r, "no condition", NULL);
		return;
	}
	rule->detection = expression(r, SIGMA_ANY_OF);
	for (const struct sigma_node *n = line->kind == SIGMA_LIST ? line->child : line; n && !r->wrong; n = line->kind == SIGMA_LIST ? n->next : NULL) {
		const char *text = sigma_node_text(n), *wrong = NULL;
		struct sigma_term *t = text ? sigma_condition_read(r->arena, text, &a, &wrong) : NULL;
		if (t)
			adopt(rule->detection, condition(r, t));
		else
			refuse(r, wrong ? wrong : "its condition is no text", NULL);
	}
	if (a.is) {
		struct sigma_count *c = &rule->count;
		c->kind = a.field ? SIGMA_VALUE_COUNT : SIGMA_EVENT_COUNT;
		c->field = a.field;
		memcpy(c->by, a.by, sizeof c->by);
		c->bys = a.bys;
		c->range[c->ranges].comparison = a.comparison;
		c->range[c->ranges++].number = (double)a.number;
	}
	if (frame && !timespan(sigma_node_text(frame), &rule->count.seconds))
		refuse(r, "its timeframe", sigma_node_text(frame));
}

/* ---- correlation */

static void texts(struct rule_reader *r, const struct sigma_node *n, const char **to, unsigned most, unsigned *count)
{
	for (const struct sigma_node *c = n && n->kind == SIGMA_LIST ? n->child : n; c && !r->wrong; c = n->kind == SIGMA_LIST ? c->next : NULL) {
		const char *text = sigma_node_text(c);
		if (!text || *count == most)
			refuse(r, "a list in its correlation", NULL);
		else
			to[(*count)++] = text;
	}
}

static void correlation(struct rule_reader *r, const struct sigma_node *n)
{
	static const struct { const char *name; enum sigma_count_kind kind; } types[] = {
		{ "event_count", SIGMA_EVENT_COUNT }, { "value_count", SIGMA_VALUE_COUNT }, { "temporal", SIGMA_TEMPORAL }, { "temporal_ordered", SIGMA_TEMPORAL_ORDERED },
	};
	static const struct { const char *name; enum sigma_comparison comparison; } comparisons[] = {
		{ "gt", SIGMA_GT }, { "gte", SIGMA_GTE }, { "lt", SIGMA_LT }, { "lte", SIGMA_LTE }, { "eq", SIGMA_EQ }, { "neq", SIGMA_NEQ },
	};
	struct sigma_count *c = &r->rule->count;
	const char *type = sigma_node_text(sigma_node_get(n, "type")), *generate = sigma_node_text(sigma_node_get(n, "generate"));
	const struct sigma_node *range = sigma_node_get(n, "condition");
	for (size_t i = 0; i < sizeof types / sizeof *types && type; i++)
		if (!strcasecmp(types[i].name, type))
			c->kind = types[i].kind;
	if (!c->kind)
		refuse(r, "a correlation that is not supported", type);
	if (sigma_node_get(n, "aliases"))
		refuse(r, "aliases in a correlation are not supported", NULL);
	texts(r, sigma_node_get(n, "rules"), c->rule, SIGMA_CORRELATED, &c->rules);
	texts(r, sigma_node_get(n, "group-by"), c->by, SIGMA_GROUP_FIELDS, &c->bys);
	if (!c->rules)
		refuse(r, "a correlation without rules", NULL);
	if (!timespan(sigma_node_text(sigma_node_get(n, "timespan")), &c->seconds))
		refuse(r, "the timespan of its correlation", sigma_node_text(sigma_node_get(n, "timespan")));
	c->generate = generate && !strcasecmp(generate, "true");
	for (const struct sigma_node *k = range && range->kind == SIGMA_MAP ? range->child : NULL; k && !r->wrong; k = k->next) {
		char *end;
		const char *text = sigma_node_text(k);
		size_t i = 0;
		if (!strcasecmp(k->key, "field")) {
			c->field = text;
			continue;
		}
		while (i < sizeof comparisons / sizeof *comparisons && strcasecmp(comparisons[i].name, k->key))
			i++;
		double number = text ? strtod(text, &end) : 0;
		if (i == sizeof comparisons / sizeof *comparisons || c->ranges == SIGMA_RANGES || !text || *end || !*text) {
			refuse(r, "the condition of its correlation", k->key);
			return;
		}
		c->range[c->ranges].comparison = comparisons[i].comparison;
		c->range[c->ranges++].number = number;
	}
	bool temporal = c->kind == SIGMA_TEMPORAL || c->kind == SIGMA_TEMPORAL_ORDERED;
	if (!c->ranges && !temporal)
		refuse(r, "a correlation without condition", NULL);
	if (c->ranges && temporal)
		refuse(r, "a temporal correlation with a condition of its own is not supported", NULL);
	if (c->kind == SIGMA_VALUE_COUNT && !c->field)
		refuse(r, "value_count without a field", NULL);
}

/* ---- what it says of itself, and which events it speaks of */

static void logsource(struct rule_reader *r, const struct sigma_node *n)
{
	struct sigma_rule *rule = r->rule;
	const char *product = sigma_node_text(sigma_node_get(n, "product")), *category = sigma_node_text(sigma_node_get(n, "category")), *service = sigma_node_text(sigma_node_get(n, "service"));
	bool own = product && !strcasecmp(product, "spoor");
	if (!n || (product && !own && strcasecmp(product, "windows"))) {
		r->elsewhere = n && !r->wrong;
		refuse(r, n ? "log source that spoor has no events of: product" : "no log source", product);
		return;
	}
	for (size_t i = 0; i < sigma_source_count; i++) {
		const struct sigma_source *s = &sigma_sources[i];
		bool fits = own == !*s->channel && !strcasecmp(s->category, category ? category : "") && (own || !strcasecmp(s->service, category ? "" : service ? service : ""));
		if (fits && rule->sources < SIGMA_SOURCES_MOST)
			rule->source[rule->sources++] = s;
	}
	if (own)
		rule->service = service ? service : "*";
	r->elsewhere = !rule->sources && !r->wrong;
	if (!rule->sources)
		refuse(r, "log source that spoor has no events of", category ? arena_format(r->arena, "category %s", category) : arena_format(r->arena, "service %s", service));
}

static const char *attack_of(struct rule_reader *r, const struct sigma_node *tags)
{
	struct buffer b = { 0 };
	for (const struct sigma_node *t = tags && tags->kind == SIGMA_LIST ? tags->child : NULL; t; t = t->next) {
		const char *text = sigma_node_text(t);
		if (!text || strncasecmp(text, "attack.", 7) || !text[7] || !strchr("tTsSgG", text[7]) || !isdigit((unsigned char)text[8]))
			continue;
		if (b.length)
			buffer_byte(&b, ',');
		for (const char *p = text + 7; *p; p++)
			buffer_byte(&b, (uint8_t)toupper((unsigned char)*p));
	}
	const char *attack = b.length ? arena_copy(r->arena, b.data, b.length) : NULL;
	buffer_free(&b);
	return attack;
}

static void about(struct rule_reader *r, const struct sigma_node *d)
{
	struct sigma_rule *rule = r->rule;
	const struct { const char *key; const char **to; } text[] = {
		{ "title", &rule->title }, { "id", &rule->id }, { "name", &rule->name }, { "description", &rule->description }, { "author", &rule->author }, { "license", &rule->licence },
		{ "licence", &rule->licence }, { "family", &rule->family }, { "actors", &rule->actors }, { "level", &rule->level },
	};
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		const char *value = sigma_node_text(sigma_node_get(d, text[i].key));
		if (value)
			*text[i].to = value;
	}
	const struct sigma_node *references = sigma_node_get(d, "references");
	rule->reference = sigma_node_text(references && references->kind == SIGMA_LIST ? references->child : references);
	rule->attack = attack_of(r, sigma_node_get(d, "tags"));
	rule->score = DEFAULT_SCORE;
	for (size_t i = 0; i < sizeof levels / sizeof *levels && rule->level; i++)
		if (!strcasecmp(levels[i].name, rule->level))
			rule->score = levels[i].score;
	const char *score = sigma_node_text(sigma_node_get(d, "score"));
	if (score) {
		char *end;
		unsigned long n = strtoul(score, &end, 10);
		if (!isdigit((unsigned char)*score) || *end || n > SCORE_MOST)
			refuse(r, "its score", score);
		rule->score = n;
	}
	if (!rule->title)
		refuse(r, "no title", NULL);
}

struct sigma_rule *sigma_rule_read(struct arena *arena, const struct sigma_node *d, const char *file, const char **wrong, bool *elsewhere)
{
	struct rule_reader r = { .arena = arena, .rule = arena_new(arena, sizeof *r.rule) };
	const struct sigma_node *correlated = sigma_node_get(d, "correlation");
	r.rule->file = file;
	if (d->kind != SIGMA_MAP)
		refuse(&r, "it is no map", NULL);
	else if (sigma_node_get(d, "action"))
		refuse(&r, "rule collections of Sigma 1 (action) are not supported", NULL);
	else if (sigma_node_get(d, "filter") && !sigma_node_get(d, "detection"))
		refuse(&r, "Sigma filters are not supported", NULL);
	else
		about(&r, d);
	if (!r.wrong && correlated)
		correlation(&r, correlated);
	if (!r.wrong && !correlated)
		logsource(&r, sigma_node_get(d, "logsource"));
	if (!r.wrong && !correlated)
		detection(&r, d);
	*wrong = r.wrong;
	*elsewhere = r.elsewhere;
	if (!r.wrong)
		return r.rule;
	sigma_rule_free(r.rule);
	return NULL;
}

void sigma_rule_free(struct sigma_rule *r)
{
	for (struct sigma_test *t = r->test; t; t = t->next)
		sigma_test_free(t);
	r->test = NULL;
}
