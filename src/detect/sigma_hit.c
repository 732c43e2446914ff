/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_hit.c: what a rule that matched gives: a hit with what the rule says of itself, what matched, and where the event stands. */
#include "detect/sigma_inside.h"

#include <string.h>

#include "record/frame.h"

enum { SHOWN_MATCHES = 8, SHOWN_BYTES = 256, WHY_BYTES = 96, WHY_MATCHES = 4, PARTS_DEPTH = 256 };

static const char *severity_of(uint64_t score)
{
	return score >= 90 ? "critical" : score >= 75 ? "high" : score >= 60 ? "medium" : score >= 40 ? "low" : "info";
}

static size_t shown(const struct sigma_text *t, size_t most)
{
	size_t n = t->length < most ? t->length : most;
	while (n < t->length && n && (t->raw[n] & 0xC0) == 0x80)
		n--;
	return n;
}

/* Items that made the rule match: those that hold and are not negated. */
static void parts(struct sigma_matcher *m, const struct sigma_node_compiled *n, uint32_t *item, unsigned *items)
{
	if (n->kind == SIGMA_NONE_OF || *items == SHOWN_MATCHES)
		return;
	for (const struct sigma_node_compiled *c = n->child; c; c = c->next)
		parts(m, c, item, items);
	if (n->kind != SIGMA_TEST || !sigma_item_holds(m, n->item))
		return;
	for (unsigned i = 0; i < *items; i++)
		if (m->rules->item[item[i]].slot == m->rules->item[n->item].slot)
			return;
	item[(*items)++] = n->item;
}

static void about(struct record_builder *r, const struct sigma_rule *rule)
{
	const struct { enum record_field field; const char *text; } told[] = {
		{ F_RULE, rule->title }, { F_RULE_ID, rule->id }, { F_FAMILY, rule->family }, { F_ACTORS, rule->actors }, { F_ATTACK, rule->attack }, { F_REFERENCE, rule->reference },
		{ F_AUTHOR, rule->author }, { F_LICENCE, rule->licence }, { F_DESCRIPTION, rule->description }, { F_RULE_FILE, rule->file },
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (told[i].text)
			record_evidence_text(r, told[i].field, told[i].text, strlen(told[i].text), TEXT_UTF8);
	record_number(r, F_SCORE, rule->score);
	record_string(r, F_SEVERITY, severity_of(rule->score));
	record_string(r, F_METHOD, "sigma");
}

/* The value of a slot that an item names; keywords: of none. */
static const struct sigma_found *value_of(struct sigma_matcher *m, uint32_t item)
{
	return sigma_value_of(m, m->rules->item[item].slot);
}

static void copy(struct record_builder *r, enum record_field f, const struct record_value *v)
{
	size_t length;
	const char *text;
	struct timestamp t;
	if (!v->bytes)
		return;
	if (v->kind == VALUE_TIME && record_value_time(v, &t))
		record_time(r, f, &t);
	else if ((text = record_value_text(v, &length)))
		record_text(r, f, text, length);
	else if (v->kind == VALUE_NUMBER || v->kind == VALUE_BIG)
		record_number(r, f, record_value_number(v));
	else if (v->kind == VALUE_FLAG)
		record_flag(r, f, *v->bytes);
}

void sigma_hit(struct sigma_matcher *m, const struct sigma_use *use, struct buffer *hits)
{
	const struct sigma_rule *rule = m->rules->rule[use->rule];
	const struct sigma_event *e = &m->event;
	uint32_t item[SHOWN_MATCHES];
	unsigned items = 0;
	parts(m, use->root, item, &items);
	struct record_builder r = record_begin(hits, RECORD_HIT);
	copy(&r, F_TIME, &e->time);
	copy(&r, F_LOCATOR, &e->locator);
	copy(&r, F_OFFSET, &e->offset);
	copy(&r, F_LENGTH, &e->length);
	copy(&r, F_TAINTED, &e->tainted);
	copy(&r, F_HOST, &e->host);
	if (e->flags.kind == VALUE_LIST) {
		size_t at = frame_field(hits, F_FLAGS, VALUE_LIST);
		buffer_append(hits, e->flags.bytes, e->flags.length);
		frame_close(hits, at);
	}
	about(&r, rule);
	record_list(&r, F_MATCHES);
	buffer_clear(&m->why);
	buffer_text(&m->why, rule->title);
	for (unsigned i = 0; i < items; i++) {
		const struct sigma_found *f = value_of(m, item[i]);
		const char *field = *m->rules->item[item[i]].field ? m->rules->item[item[i]].field : "keywords";
		if (!f)
			continue;
		value_map(&r, NULL);
		value_evidence_text(&r, "id", field, strlen(field), TEXT_UTF8);
		value_evidence_text(&r, "text", f->text.raw, shown(&f->text, SHOWN_BYTES), TEXT_UTF8);
		record_close(&r);
		if (i < WHY_MATCHES) {
			size_t n = shown(&f->text, WHY_BYTES);
			buffer_text(&m->why, i ? ", " : ": ");
			buffer_text(&m->why, field);
			buffer_byte(&m->why, ' ');
			buffer_append(&m->why, f->text.raw, n);
			if (n < f->text.length)
				buffer_text(&m->why, "…");
		}
	}
	record_close(&r);
	record_evidence_text(&r, F_WHY, m->why.data, m->why.length, TEXT_UTF8);
	record_end(&r);
}

void sigma_hit_counted(struct sigma_matcher *m, const struct sigma_counted *c, struct buffer *hits)
{
	const struct sigma_count *how = &c->rule->count;
	struct timestamp t = { .seconds = c->last->seconds, .nanoseconds = c->last->nanoseconds, .state = TIME_VALID, .precision = TIME_100NS };
	struct record_builder r = record_begin(hits, RECORD_HIT);
	record_time(&r, F_TIME, &t);
	record_text(&r, F_LOCATOR, (const char *)m->locator.data, m->locator.length);
	if (c->last->length) {
		record_number(&r, F_OFFSET, c->last->offset);
		record_number(&r, F_LENGTH, c->last->length);
	}
	if (m->host.length)
		record_text(&r, F_HOST, (const char *)m->host.data, m->host.length);
	about(&r, c->rule);
	struct buffer *b = &m->why;
	buffer_clear(b);
	buffer_format(b, "%s: %.0f %s%s", c->rule->title, c->count, how->kind == SIGMA_EVENT_COUNT ? "events" : how->kind == SIGMA_VALUE_COUNT ? "values of " : "rules",
	              how->kind == SIGMA_VALUE_COUNT ? how->field : "");
	if (how->seconds)
		buffer_format(b, " within %llu seconds", (unsigned long long)how->seconds);
	for (unsigned i = 0; i < how->bys; i++)
		buffer_format(b, "%s%s", i ? ", " : ", by ", how->by[i]);
	if (how->bys)
		buffer_format(b, " = %s", c->group);
	record_evidence_text(&r, F_WHY, b->data, b->length, TEXT_UTF8);
	record_end(&r);
}
