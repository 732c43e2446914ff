/* SPDX-License-Identifier: Apache-2.0 */
/* indicators.c: lists of indicators against the name of the node in hand, the digests of its content, and the records made of it. */
#include "triage/work.h"

#include "record/locator.h"

enum { TOLD_MAX = 64 };

struct matched { struct pass *p; const char *where; size_t where_length; const struct record_view *record; struct buffer *out; const struct ioc *told[TOLD_MAX]; unsigned tolds; };

/* A hash says the same bytes; names and places are used by others, too. */
static unsigned indicator_score(const struct ioc *i)
{
	static const uint8_t score[IOC_KINDS] = { [IOC_MD5] = 75, [IOC_SHA1] = 75, [IOC_SHA256] = 75, [IOC_NAME] = 50, [IOC_DOMAIN] = 65, [IOC_IP] = 60, [IOC_URL] = 75, [IOC_EMAIL] = 65 };
	return i->part ? 40 : score[i->kind];
}

static void indicator_hit(void *owner, const struct ioc *i, const char *at, size_t length)
{
	struct matched *m = owner;
	struct pass *p = m->p;
	const char *list = p->s->iocs.list[i->list];
	for (unsigned t = 0; t < m->tolds; t++)
		if (m->told[t] == i)
			return;
	if (m->tolds < TOLD_MAX)
		m->told[m->tolds++] = i;
	struct buffer frame = { 0 }, why = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_HIT);
	size_t n;
	unsigned score = indicator_score(i);
	buffer_format(&why, "%s %s, in %.*s, is in the list %s, line %u%s", ioc_kind_name(i->kind), i->value, (int)m->where_length, m->where, list, i->line, i->part ? ", which asks for others beside it" : "");
	if (*i->about)
		buffer_format(&why, ": %s", i->about);
	record_string(&r, F_METHOD, "ioc");
	record_string(&r, F_RULE, i->kind == IOC_MD5 || i->kind == IOC_SHA1 || i->kind == IOC_SHA256 ? "IOC_HASH" : i->kind == IOC_NAME ? "IOC_NAME" : "IOC_NETWORK");
	record_number(&r, F_SCORE, score);
	record_string(&r, F_SEVERITY, score >= 75 ? "high" : score >= 60 ? "medium" : "low");
	record_evidence_text(&r, F_WHY, why.data, why.length, TEXT_UTF8);
	record_evidence_text(&r, F_RULE_FILE, list, strlen(list), TEXT_UTF8);
	if (*i->about)
		record_evidence_text(&r, F_DESCRIPTION, i->about, strlen(i->about), TEXT_UTF8);
	record_list(&r, F_MATCHES);
	value_map(&r, NULL);
	value_string(&r, "id", ioc_kind_name(i->kind));
	value_evidence_text(&r, "text", at, length, TEXT_UTF8);
	value_evidence_text(&r, "indicator", i->value, strlen(i->value), TEXT_UTF8);
	value_number(&r, "line", i->line);
	record_close(&r);
	record_close(&r);
	if (m->record) {                        /* where the record is from, so is the hit */
		const char *locator = record_get_text(m->record, F_LOCATOR, &n);
		record_text(&r, F_LOCATOR, locator ? locator : (const char *)p->locator.data, locator ? n : p->locator.length);
	}
	record_end(&r);
	buffer_append(m->out, frame.data, frame.length);
	buffer_free(&frame);
	buffer_free(&why);
}

static bool has_indicators(const struct pass *p)
{
	return p->s->o.operations & PASS_SCAN && p->s->iocs.iocs;
}

void scan_indicators(struct pass *p, struct work *k)
{
	const struct ioc_set *s = &p->s->iocs;
	struct buffer path = { 0 }, hits = { 0 };
	struct matched m = { .p = p, .out = &hits };
	if (!has_indicators(p))
		return;
	m.where = "the content";
	m.where_length = strlen(m.where);
	if (k->hashed)
		ioc_match_hash(s, IOC_SHA256, k->sha256, sizeof k->sha256, indicator_hit, &m);
	if (k->digests & HASH_SHA1)
		ioc_match_hash(s, IOC_SHA1, k->sha1, sizeof k->sha1, indicator_hit, &m);
	if (k->digests & HASH_MD5)
		ioc_match_hash(s, IOC_MD5, k->md5, sizeof k->md5, indicator_hit, &m);
	if (k->n->path.length && !locator_unescape(&path, (const char *)k->n->path.bytes, k->n->path.length))
		buffer_append(&path, k->n->path.bytes, k->n->path.length);
	if (!path.length)
		buffer_append(&path, k->n->name.bytes, k->n->name.length);
	m.where = "the name";
	m.where_length = strlen(m.where);
	ioc_match_path(s, (const char *)path.data, path.length, indicator_hit, &m);
	hits_keep(p, k, &hits, NULL);
	buffer_free(&path);
	buffer_free(&hits);
}

bool scan_matches_records(const struct pass *p)
{
	return has_indicators(p);
}

static void value_match(struct matched *m, const struct record_value *v, unsigned depth)
{
	const struct ioc_set *s = &m->p->s->iocs;
	size_t at = 0, n;
	struct record_value inner;
	const char *text = record_value_text(v, &n);
	if (text) {
		ioc_match_text(s, text, n, indicator_hit, m);
		if (memchr(text, '\\', n) || memchr(text, '/', n))
			ioc_match_path(s, text, n, indicator_hit, m);
	} else if ((v->kind == VALUE_LIST || v->kind == VALUE_MAP) && depth < RECORD_DEPTH) {
		while (record_next(v, &at, &(const char *){ NULL }, &(size_t){ 0 }, &inner))
			value_match(m, &inner, depth + 1);
	}
}

void scan_record(struct pass *p, const struct record_view *v, struct buffer *hits)
{
	static const enum record_field own[] = { F_LOCATOR, F_TYPE, F_KIND, F_TIME, F_SHA256 };
	if (v->type != RECORD_EVENT && v->type != RECORD_MESSAGE && v->type != RECORD_ARTIFACT)
		return;
	struct matched m = { .p = p, .record = v, .out = hits };
	for (int f = 0; f < RECORD_FIELDS; f++) {
		bool skip = !record_has(v, (enum record_field)f);
		for (size_t i = 0; i < sizeof own / sizeof *own; i++)
			skip |= own[i] == (enum record_field)f;
		if (skip)
			continue;
		m.where = record_field_key((enum record_field)f);
		m.where_length = strlen(m.where);
		value_match(&m, &v->field[f], 0);
	}
}
