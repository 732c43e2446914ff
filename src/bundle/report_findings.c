/* SPDX-License-Identifier: Apache-2.0 */
/* report_findings.c: the findings of report.html: each rule once with what it says of itself and what to look at next, then the findings by score, each with why, the matched
 * strings in their surroundings, and what happened within an hour around it. What a finding shares with the first of its rule is told with the rule. All is bounded: rules, findings,
 * matches of one, and the length of each text. */
#include "bundle/page.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/next_step.h"

enum { RULES_SHOWN = 300, MATCHES_SHOWN = 8, CONTEXTS_OPEN = 5, RULE_FIELDS = 9, OWN_FIELDS = 5, MATCH_PARTS = 8 };

static int number_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

struct questions { sqlite3_stmt *before, *after, *row; };

/* The event's row, and what makes two rows one: time and locator. */
static bool event_ask(struct page *p, sqlite3_stmt *s, int64_t id, struct buffer *key)
{
	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, id);
	if (!page_row(p, s))
		return false;
	buffer_clear(key);
	for (int k = 0; k < 5; k += 4) {
		const char *text = (const char *)sqlite3_column_text(s, k);
		buffer_append(key, text ? text : "", (size_t)sqlite3_column_bytes(s, k) + (text ? 1 : 0));
	}
	return true;
}

/* What happened within an hour of the moments of a finding: the nearest rows of each, once, in order. */
static void around(struct page *p, const struct questions *q, const struct context *c, const char *locator, bool open)
{
	int64_t id[CONTEXT_ROWS + CONTEXT_MOMENTS * 2];
	unsigned count = 0, each = CONTEXT_ROWS / 2 / (c->moments ? c->moments : 1);
	for (unsigned m = 0; m < c->moments; m++)
		for (int side = 0; side < 2; side++) {
			sqlite3_stmt *s = side ? q->after : q->before;
			int64_t at = c->moment[m], edge = side ? at + CONTEXT_SECONDS : at - CONTEXT_SECONDS;
			sqlite3_reset(s);
			sqlite3_bind_int64(s, 1, at);
			sqlite3_bind_int64(s, 2, edge);
			sqlite3_bind_int(s, 3, (int)each);
			while (count < CONTEXT_ROWS && page_row(p, s))
				id[count++] = sqlite3_column_int64(s, 0);
		}
	if (!count) {
		page_text(p, "<p class=\"soft\">No event of the timeline belongs to it.</p>\n");
		return;
	}
	qsort(id, count, sizeof *id, number_order);
	buffer_format(&p->html, "<details%s><summary>Timeline within an hour of ", open ? " open" : "");
	for (unsigned m = 0; m < c->moments; m++) {
		page_text(p, m ? ", " : "");
		page_moment(p, c->moment[m]);
	}
	buffer_format(&p->html, " (the nearest %u events at most)</summary><table><thead><tr><th scope=\"col\">time (UTC)</th><th scope=\"col\">what</th><th scope=\"col\">kind</th><th scope=\"col\">message</th><th scope=\"col\">locator</th></tr></thead><tbody>\n", (unsigned)CONTEXT_ROWS);
	/* The times that a file system keeps of a thing are one row when they are one moment (made, changed, read); a message says only one of them, so the path stands there. */
	struct buffer key = { 0 }, next = { 0 };
	for (unsigned i = 0; i < count; i++) {
		if (i && id[i] == id[i - 1])
			continue;
		event_ask(p, q->row, id[i], &key);
		const char *where = (const char *)sqlite3_column_text(q->row, 4);
		page_text(p, where && locator && strcmp(where, locator) == 0 ? "<tr class=\"own\"><td class=\"t\">" : "<tr><td class=\"t\">");
		page_value(p, q->row, 0, true);
		const char *zone = (const char *)sqlite3_column_text(q->row, 5);
		page_text(p, zone && strcmp(zone, "local") == 0 ? " <span class=\"warn\">local</span>" : "");
		page_text(p, "</td><td>");
		page_value(p, q->row, 1, false);
		unsigned from = i;
		bool several = false, mergeable = sqlite3_column_type(q->row, 6) != SQLITE_NULL;
		while (mergeable && i + 1 < count && event_ask(p, q->row, id[i + 1], &next) && sqlite3_column_type(q->row, 6) != SQLITE_NULL && next.length == key.length && memcmp(next.data, key.data, key.length) == 0) {
			i++;
			if (id[i] == id[i - 1])
				continue;
			page_text(p, ", ");
			page_value(p, q->row, 1, false);
			several = true;
		}
		page_text(p, "</td><td>");
		for (unsigned k = from; k <= i; k++)
			if ((k == from || id[k] != id[k - 1]) && event_ask(p, q->row, id[k], &next)) {
				page_text(p, k == from ? "" : ", ");
				page_value(p, q->row, 2, false);
			}
		for (int k = 3; k < 5; k++) {
			page_text(p, "</td><td>");
			page_value(p, q->row, k == 3 && several ? 6 : k, k == 4);
		}
		page_text(p, "</td></tr>\n");
		page_flush(p, false);
	}
	buffer_free(&key);
	buffer_free(&next);
	page_text(p, "</tbody></table></details>\n");
}

/* ---- rules */

/* What is told of a rule, in the order of RULE_COLUMNS. */
static const char *const rule_label[RULE_FIELDS] = { "description", "method", "family", "known users", "ATT&amp;CK", "reference", "author", "licence", "rule file" };
#define RULE_COLUMNS "description, method, family, actors, attack, reference, author, licence, rule_file"
struct rule { uint64_t key, told[RULE_FIELDS]; };
struct rules { struct rule rule[RULES_SHOWN]; unsigned count; };

static uint64_t column_hash(sqlite3_stmt *s, int column)
{
	const void *text = sqlite3_column_text(s, column);
	return text ? text_hash(text, (size_t)sqlite3_column_bytes(s, column)) : 0;
}

static uint64_t rule_key(sqlite3_stmt *s, int rule, int file) { return column_hash(s, rule) * 31 + column_hash(s, file); }

static void told(struct page *p, const char *label, sqlite3_stmt *s, int column, bool whole)
{
	if (!sqlite3_column_bytes(s, column))           /* NULL, or the path of what has none */
		return;
	buffer_format(&p->html, "<dt>%s</dt><dd>", label);
	page_value(p, s, column, whole);
	page_text(p, "</dd>\n");
}

static void rules(struct page *p, struct rules *known)
{
	enum { RULE, TOP, NUMBER, FIRST, WHY, FIELDS };
	sqlite3_stmt *s = page_ask(p, "SELECT g.rule, top, n, first, why, " RULE_COLUMNS " FROM (SELECT rule, rule_file AS file, max(score) AS top, count(*) AS n, min(id) AS first FROM finding GROUP BY rule, rule_file) AS g"
		" JOIN finding ON id=first ORDER BY top DESC, n DESC, first");
	unsigned more = 0;
	for (; page_row(p, s); page_flush(p, false)) {
		if (known->count == RULES_SHOWN) {
			more++;
			continue;
		}
		struct rule *r = &known->rule[known->count++];
		r->key = rule_key(s, RULE, FIELDS + 8);
		buffer_format(&p->html, "%s<details class=\"rule\" id=\"r%u\"><summary><b>%lld</b> · ", known->count == 1 ? "<h3>Rules that matched</h3>\n" : "", known->count, (long long)sqlite3_column_int64(s, TOP));
		page_value(p, s, RULE, false);
		page_text(p, " · ");
		text_count(&p->html, (uint64_t)sqlite3_column_int64(s, NUMBER), "finding");
		if (sqlite3_column_type(s, FIELDS + 2) != SQLITE_NULL) {
			page_text(p, " · ");
			page_value(p, s, FIELDS + 2, false);
		}
		page_text(p, "</summary><dl>\n");
		for (int k = 0; k < RULE_FIELDS; k++) {
			r->told[k] = column_hash(s, FIELDS + k);
			told(p, rule_label[k], s, FIELDS + k, false);
		}
		told(p, "why, the first", s, WHY, false);
		const char *method = (const char *)sqlite3_column_text(s, FIELDS + 1), *next = next_step(method ? method : "", method ? strlen(method) : 0);
		if (next)
			buffer_format(&p->html, "<dt>check next</dt><dd>%s</dd>\n", next);
		page_text(p, "</dl>");
		if (sqlite3_column_int64(s, FIRST) <= FINDINGS_SHOWN)
			buffer_format(&p->html, "<p><a href=\"#f%lld\">The first of its findings</a></p>", (long long)sqlite3_column_int64(s, FIRST));
		page_text(p, "</details>\n");
	}
	sqlite3_finalize(s);
	if (more)
		buffer_format(&p->html, "<p class=\"warn\">%u more rules matched: findings.jsonl.</p>\n", more);
}

static const struct rule *rule_of(const struct rules *known, uint64_t key)
{
	for (unsigned i = 0; i < known->count; i++)
		if (known->rule[i].key == key)
			return &known->rule[i];
	return NULL;
}

/* ---- findings */

#define MATCH_COLUMNS "substr(json_extract(value,'$.id'),1,120), substr(json_extract(value,'$.text'),1,300), substr(json_extract(value,'$.hex'),1,256), substr(json_extract(value,'$.before'),1,64)," \
	" substr(json_extract(value,'$.after'),1,64), json_extract(value,'$.layer'), json_extract(value,'$.offset'), json_extract(value,'$.length'), json_extract(value,'$.weight'), json_extract(value,'$.indicator')," \
	" json_extract(value,'$.line'), json_extract(value,'$.time'), json_extract(value,'$.locator')"

/* Hex of a match as the text in it, where there is some. */
static void hex_told(struct page *p, sqlite3_stmt *s, int column)
{
	const char *hex = (const char *)sqlite3_column_text(s, column);
	struct buffer text = { 0 };
	uint8_t bytes[128];
	size_t n = 0, length = hex ? (size_t)sqlite3_column_bytes(s, column) : 0;
	for (; n < sizeof bytes && 2 * n + 1 < length; n++) {
		char pair[3] = { hex[2 * n], hex[2 * n + 1], 0 }, *end;
		bytes[n] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2)
			break;
	}
	text_readable(&text, bytes, n);
	page_text(p, "<mark>");
	page_evidence(p, (const char *)text.data, text.length, true);
	page_text(p, "</mark>");
	buffer_free(&text);
}

/* The strings, fields, signs or traces that made the rule match. */
static void matches(struct page *p, sqlite3_stmt *s, int64_t finding)
{
	enum { ID, TEXT, HEX, BEFORE, AFTER, PARTS };
	static const char *const before[MATCH_PARTS] = { "", "at ", "", "weight ", "", "line ", "", "" }, *const after[MATCH_PARTS] = { "", "", " bytes", "", "", "", "", "" };
	unsigned rows = 0;
	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, finding);
	while (page_row(p, s)) {
		if (rows++ == 0)
			page_text(p, "<table class=\"matches\"><thead><tr><th scope=\"col\">matched</th><th scope=\"col\">as it stands there</th><th scope=\"col\">where</th></tr></thead><tbody>\n");
		if (rows > MATCHES_SHOWN)
			continue;
		page_text(p, "<tr><td>");
		page_value(p, s, ID, false);
		page_text(p, "</td><td>");
		if (sqlite3_column_type(s, BEFORE) != SQLITE_NULL) {
			page_text(p, "<span class=\"soft\">…");
			page_value(p, s, BEFORE, true);
			page_text(p, "</span>");
		}
		if (sqlite3_column_type(s, TEXT) != SQLITE_NULL) {
			page_text(p, "<mark>");
			page_value(p, s, TEXT, true);
			page_text(p, "</mark>");
		} else if (sqlite3_column_type(s, HEX) != SQLITE_NULL) {
			hex_told(p, s, HEX);
		}
		if (sqlite3_column_type(s, AFTER) != SQLITE_NULL) {
			page_text(p, "<span class=\"soft\">");
			page_value(p, s, AFTER, true);
			page_text(p, "…</span>");
		}
		page_text(p, "</td><td>");
		for (int k = 0, some = 0; k < MATCH_PARTS; k++)
			if (sqlite3_column_type(s, PARTS + k) != SQLITE_NULL) {
				buffer_format(&p->html, "%s%s", some++ ? ", " : "", before[k]);
				page_value(p, s, PARTS + k, false);
				page_text(p, after[k]);
			}
		page_text(p, "</td></tr>\n");
	}
	if (rows)
		page_text(p, "</tbody></table>\n");
	if (rows > MATCHES_SHOWN)
		buffer_format(&p->html, "<p class=\"soft\">%u more matches: findings.jsonl.</p>\n", rows - MATCHES_SHOWN);
}

static void finding(struct page *p, sqlite3_stmt *s, const struct rules *known, unsigned number, const struct context *c)
{
	enum { ID, SCORE, RULE, SEVERITY, OWN, FIELDS = OWN + OWN_FIELDS, TAINTED = FIELDS + RULE_FIELDS };
	static const char *const own_label[OWN_FIELDS] = { "why", "path", "locator", "bytes", "SHA-256" };
	int64_t score = sqlite3_column_int64(s, SCORE);
	const struct rule *r = rule_of(known, rule_key(s, RULE, FIELDS + 8));
	buffer_format(&p->html, "<article class=\"%s\" id=\"f%u\" data-moments=\"", score >= 70 ? "high" : score >= 40 ? "medium" : "low", number + 1);
	for (unsigned m = 0; c && m < c->moments; m++)
		buffer_format(&p->html, "%s%lld", m ? " " : "", (long long)c->moment[m]);
	buffer_format(&p->html, "\"><h3>%lld · ", (long long)score);
	if (r)
		buffer_format(&p->html, "<a href=\"#r%u\">", (unsigned)(r - known->rule) + 1);
	page_value(p, s, RULE, false);
	page_text(p, r ? "</a>" : "");
	if (sqlite3_column_type(s, SEVERITY) != SQLITE_NULL) {
		page_text(p, " <span class=\"soft\">");
		page_value(p, s, SEVERITY, false);
		page_text(p, "</span>");
	}
	page_text(p, "</h3><dl>\n");
	for (int k = 0; k < OWN_FIELDS; k++)
		told(p, own_label[k], s, OWN + k, k == 2 || k == 4);
	for (int k = 0; k < RULE_FIELDS; k++)
		if (!r || r->told[k] != column_hash(s, FIELDS + k))
			told(p, rule_label[k], s, FIELDS + k, false);
	told(p, "damaged", s, TAINTED, false);
	page_text(p, "</dl>\n");
}

void report_findings(struct page *p, const struct report_facts *f)
{
	buffer_format(&p->html, "<section id=\"findings\"><h2>Findings: %llu</h2>\n", (unsigned long long)f->findings);
	if (!f->findings)
		page_text(p, "<p>No rule matched in what was read. What was not read is in the part above.</p>\n");
	else
		page_text(p, "<p class=\"soft\">A finding is a reason to look, not a verdict: “why” says what matched; score 0 to 100. <code>spoor cat LOCATOR</code> gives the bytes. All of them: findings.jsonl.</p>\n");
	struct rules *known = memory_new(sizeof *known);
	rules(p, known);
	struct questions q = {
		page_ask(p, "SELECT id FROM event WHERE time<?1 AND time>=?2 ORDER BY time DESC, id DESC LIMIT ?3"), page_ask(p, "SELECT id FROM event WHERE time>=?1 AND time<=?2 ORDER BY time, id LIMIT ?3"),
		page_ask(p, "SELECT replace(coalesce(time, seconds), '.000000000', ''), timestamp_desc, kind, message, locator, zone, iif(artifact='fs.times', path, NULL) FROM v_timeline WHERE id=?1"),
	};
	sqlite3_stmt *match = page_ask(p, "SELECT " MATCH_COLUMNS " FROM finding, json_each(iif(json_valid(matches), matches, '[]')) AS m WHERE finding.id=?1 AND m.type='object'");
	sqlite3_stmt *s = page_ask(p, "SELECT id, score, rule, severity, why, coalesce(path,name), locator, iif(offset IS NULL, NULL, offset || iif(length IS NULL, '', ' + ' || length)), sha256, " RULE_COLUMNS ","
		" iif(tainted, 'some of its bytes lie in a damaged part of the evidence', NULL), locator FROM finding ORDER BY id");
	unsigned number = 0;
	while (p->good && number < FINDINGS_SHOWN && page_row(p, s)) {
		const struct context *c = context_of(f->context, number);
		finding(p, s, known, number, c);
		matches(p, match, sqlite3_column_int64(s, 0));
		if (c)
			around(p, &q, c, (const char *)sqlite3_column_text(s, 6), number < CONTEXTS_OPEN);
		else
			page_text(p, "<p class=\"soft\">Only the first findings are shown with the timeline around them.</p>\n");
		page_text(p, "</article>\n");
		number++;
		page_flush(p, false);
	}
	sqlite3_finalize(s);
	sqlite3_finalize(match);
	sqlite3_finalize(q.before);
	sqlite3_finalize(q.after);
	sqlite3_finalize(q.row);
	free(known);
	if (f->findings > number)
		buffer_format(&p->html, "<p class=\"warn\">%llu further findings, of lower or equal score, are in findings.jsonl.</p>\n", (unsigned long long)(f->findings - number));
	page_text(p, "</section>\n");
}
