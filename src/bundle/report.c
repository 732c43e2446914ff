/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: report.html. One file without links or anything from outside; readable on paper and with JavaScript off, which adds nothing but the table of all events
 * (report_timeline.c) and the choice of colours. What was read and what was not comes first, then rules and findings (report_findings.c),
 * mail, artefacts, the timeline, limits, versions. Everything is asked of the finished database, with bounded answers; what is left out is counted. Evidence is escaped, stands
 * in <bdi>, its URLs are defanged; the page's policy lets run only the script and the style of this program (report_script.js, report_style.css), named by their hashes. Nothing
 * here tells of host, time or command: that is in custody.log. */
#include "bundle/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bundle/report_parts.h"

enum { MESSAGES_SHOWN = 200, ROWS_SHOWN = 200, TEXT_SHOWN = 600, LOCATOR_SHOWN = 8192, ERROR_GROUPS = 200, ERRORS_EACH = 50, FLUSH = 1 << 18 };


void page_flush(struct page *p, bool all)
{
	if (p->html.length < FLUSH && !all)
		return;
	p->good = p->good && output_write(p->out, p->html.data, p->html.length);
	buffer_clear(&p->html);
}

void page_text(struct page *p, const char *plain) { buffer_text(&p->html, plain); }

void page_base64(struct buffer *out, const uint8_t *b, size_t length)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (i + 1 < length ? (uint32_t)b[i + 1] << 8 : 0) | (i + 2 < length ? b[i + 2] : 0);
		buffer_byte(out, (uint8_t)digit[v >> 18]);
		buffer_byte(out, (uint8_t)digit[v >> 12 & 63]);
		buffer_byte(out, (uint8_t)(i + 1 < length ? digit[v >> 6 & 63] : '='));
		buffer_byte(out, (uint8_t)(i + 2 < length ? digit[v & 63] : '='));
	}
}

void page_evidence(struct page *p, const char *bytes, size_t length, bool whole)
{
	size_t keep = length, most = whole ? LOCATOR_SHOWN : TEXT_SHOWN;
	if (length > most)
		for (keep = most; keep && ((uint8_t)bytes[keep] & 0xc0) == 0x80; keep--)
			;
	page_text(p, whole ? "<bdi class=\"c\">" : "<bdi>");
	html_text(&p->html, bytes, keep);
	page_text(p, "</bdi>");
	if (keep < length)
		buffer_format(&p->html, " <span class=\"soft\">… %zu bytes more</span>", length - keep);
}

void page_value(struct page *p, sqlite3_stmt *s, int column, bool whole)
{
	const char *bytes = (const char *)sqlite3_column_text(s, column);
	if (bytes && sqlite3_column_type(s, column) == SQLITE_INTEGER)
		page_text(p, bytes);
	else if (bytes && (strcmp(bytes, "mismatch") == 0 || strcmp(bytes, "failed") == 0 || strcmp(bytes, "unreadable") == 0))
		buffer_format(&p->html, "<span class=\"bad\">%s</span>", bytes);
	else if (bytes && *bytes)
		page_evidence(p, bytes, (size_t)sqlite3_column_bytes(s, column), whole);
}

sqlite3_stmt *page_ask(struct page *p, const char *sql)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(p->db, sql, -1, &s, NULL) != SQLITE_OK) {
		p->good = false;
		errno = EIO;
	}
	return s;
}

bool page_row(struct page *p, sqlite3_stmt *s)
{
	int got = s ? sqlite3_step(s) : SQLITE_DONE;
	if (got != SQLITE_ROW && got != SQLITE_DONE) {
		p->good = false;
		errno = EIO;
	}
	return got == SQLITE_ROW;
}

int64_t page_number(struct page *p, const char *sql)
{
	sqlite3_stmt *s = page_ask(p, sql);
	int64_t n = page_row(p, s) ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return n;
}

unsigned page_table(struct page *p, const char *caption, const char *headings, const char *sql, unsigned most)
{
	sqlite3_stmt *s = page_ask(p, sql);
	unsigned rows = 0;
	char kind[32] = "";
	while (rows < most && page_row(p, s)) {
		if (rows++ == 0) {
			buffer_format(&p->html, "<table><caption>%s</caption><thead><tr>", caption);
			int c = 0;
			for (const char *h = headings; *h && c < 31; c++) {
				size_t n = strcspn(h, "|");
				kind[c] = *h;
				bool marked = *h == '#' || *h == '@';
				buffer_format(&p->html, "<th scope=\"col\"%s>%.*s</th>", *h == '#' ? " class=\"n\"" : "", (int)(n - marked), h + marked);
				h += n + (h[n] == '|');
			}
			page_text(p, "</tr></thead><tbody>\n");
		}
		page_text(p, "<tr>");
		for (int c = 0; c < sqlite3_column_count(s) && kind[c]; c++) {
			page_text(p, kind[c] == '#' ? "<td class=\"n\">" : kind[c] == '@' ? "<td class=\"m\">" : "<td>");
			page_value(p, s, c, kind[c] == '@');
			page_text(p, "</td>");
		}
		page_text(p, "</tr>\n");
		page_flush(p, false);
	}
	sqlite3_finalize(s);
	if (rows)
		page_text(p, "</tbody></table>\n");
	return rows;
}

void page_moment(struct page *p, int64_t seconds)
{
	struct timestamp t = time_from_unix(seconds, 0, TIME_S);
	if (t.state == TIME_VALID)
		time_format_short(&p->html, &t);
}

static void whys(struct page *p, const struct ledger_why *why, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buffer_format(&p->html, "%s%llu × ", i ? "<br>" : "", (unsigned long long)why[i].count);
		page_evidence(p, why[i].text, strlen(why[i].text), false);
	}
}

/* Every kind of error with its number, and under it the first ERRORS_EACH of that kind. */
static void errors(struct page *p)
{
	sqlite3_stmt *groups = page_ask(p, "SELECT class, kind, limit_name, count(*) AS n FROM error GROUP BY class, kind, limit_name ORDER BY n DESC, min(id)");
	sqlite3_stmt *each = page_ask(p, "SELECT message, locator, iif(offset IS NULL, NULL, offset || iif(length IS NULL, '', ' + ' || length)) FROM error WHERE class IS ?1 AND kind IS ?2 AND limit_name IS ?3 ORDER BY id LIMIT ?4");
	unsigned shown = 0, more = 0;
	while (each && page_row(p, groups)) {
		if (shown == ERROR_GROUPS) {
			more++;
			continue;
		}
		int64_t count = sqlite3_column_int64(groups, 3);
		if (!shown++)
			page_text(p, "<h3>Errors, by kind</h3>\n");
		buffer_format(&p->html, "<details class=\"errors\"><summary><b>%lld</b> × ", (long long)count);
		for (int c = 0; c < 3; c++)
			if (sqlite3_column_type(groups, c) != SQLITE_NULL) {
				page_text(p, c ? " · " : "");
				page_value(p, groups, c, false);
			}
		sqlite3_reset(each);
		for (int c = 0; c < 3; c++)
			sqlite3_bind_value(each, c + 1, sqlite3_column_value(groups, c));
		sqlite3_bind_int(each, 4, ERRORS_EACH);
		for (unsigned k = 0; page_row(p, each); k++) {
			if (k == 0) {
				page_text(p, ": ");
				page_value(p, each, 0, false);
				page_text(p, "</summary><table><thead><tr><th scope=\"col\">what</th><th scope=\"col\">where</th><th scope=\"col\">bytes</th></tr></thead><tbody>\n");
			}
			for (int c = 0; c < 3; c++) {
				page_text(p, c == 0 ? "<tr><td>" : c == 1 ? "</td><td class=\"m\">" : "</td><td class=\"t\">");
				page_value(p, each, c, c == 1);
			}
			page_text(p, "</td></tr>\n");
			page_flush(p, false);
		}
		page_text(p, "</tbody></table>");
		if (count > ERRORS_EACH)
			buffer_format(&p->html, "<p class=\"soft\">%lld more of this kind: errors.jsonl.</p>", (long long)(count - ERRORS_EACH));
		page_text(p, "</details>\n");
	}
	if (!shown)
		page_text(p, "<p class=\"good\">No errors.</p>\n");
	if (more)
		buffer_format(&p->html, "<p class=\"warn\">%u more kinds of errors: errors.jsonl.</p>\n", more);
	sqlite3_finalize(groups);
	sqlite3_finalize(each);
}

/* An item is described twice: when it is opened, and when its media was hashed. */
static void evidence(struct page *p)
{
	static const char *const hash[] = { "SHA-256", "SHA-1", "MD5", "stored SHA-1", "stored MD5" };
	sqlite3_stmt *s = page_ask(p, "SELECT coalesce(max(name),locator), max(format), coalesce(max(size),max(file_size)), max(sha256), max(sha1), max(md5), max(stored_sha1), max(stored_md5), max(verified),"
		" coalesce(min(state),''), max(why), iif(max(tainted),'damaged parts',''), locator FROM evidence GROUP BY locator ORDER BY min(id) LIMIT 1000");
	unsigned rows = 0;
	for (; page_row(p, s); rows++) {
		if (!rows)
			page_text(p, "<table><caption>Evidence</caption><thead><tr><th scope=\"col\">evidence</th><th scope=\"col\">format</th><th scope=\"col\" class=\"n\">bytes</th><th scope=\"col\">hashes of the media</th>"
				"<th scope=\"col\">stored against computed</th><th scope=\"col\">state</th></tr></thead><tbody>\n");
		page_text(p, "<tr><td class=\"m\">");
		page_value(p, s, 12, true);
		page_text(p, "</td><td>");
		page_value(p, s, 1, false);
		page_text(p, "</td><td class=\"n\">");
		page_value(p, s, 2, false);
		page_text(p, "</td><td class=\"m\">");
		for (int k = 0, some = 0; k < 5; k++)
			if (sqlite3_column_type(s, 3 + k) != SQLITE_NULL) {
				buffer_format(&p->html, "%s<span class=\"soft\">%s</span> ", some++ ? "<br>" : "", hash[k]);
				page_value(p, s, 3 + k, true);
			}
		page_text(p, "</td><td>");
		page_value(p, s, 8, false);
		page_text(p, "</td><td>");
		for (int k = 9; k < 12; k++) {
			page_value(p, s, k, false);
			page_text(p, k < 11 && sqlite3_column_bytes(s, k + 1) ? ", " : "");
		}
		page_text(p, "</td></tr>\n");
	}
	sqlite3_finalize(s);
	page_text(p, rows ? "</tbody></table>\n" : "<p class=\"warn\">No evidence is described in these records.</p>\n");
}

static void coverage(struct page *p, const struct report_facts *f)
{
	page_text(p, "<section id=\"coverage\"><h2>What was read and what was not</h2>\n");
	evidence(p);
	struct ledger_item total;
	ledger_total(f->ledger, &total);
	page_text(p, "<table><caption>Coverage by kind: seen = read + skipped + failed</caption><thead><tr><th scope=\"col\">kind</th><th scope=\"col\" class=\"n\">seen</th><th scope=\"col\" class=\"n\">read</th>"
		"<th scope=\"col\" class=\"n\">skipped</th><th scope=\"col\" class=\"n\">failed</th></tr></thead><tbody>\n");
	for (unsigned k = 0; k <= LEDGER_KINDS; k++) {
		struct ledger_sum sum = k < LEDGER_KINDS ? total.kind[k] : (struct ledger_sum){ total.seen, total.read, total.skipped, total.failed };
		if (sum.seen || k == LEDGER_KINDS)
			buffer_format(&p->html, "<tr><td>%s</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td></tr>\n", k < LEDGER_KINDS ? ledger_kind_name[k] : "all",
				(unsigned long long)sum.seen, (unsigned long long)sum.read, (unsigned long long)sum.skipped, (unsigned long long)sum.failed);
	}
	page_text(p, "</tbody></table>\n<table><caption>Coverage by evidence: seen = read + skipped + failed</caption><thead><tr><th scope=\"col\">evidence</th><th scope=\"col\" class=\"n\">listed</th>"
		"<th scope=\"col\" class=\"n\">seen</th><th scope=\"col\" class=\"n\">read</th><th scope=\"col\" class=\"n\">skipped</th><th scope=\"col\">why</th><th scope=\"col\" class=\"n\">failed</th><th scope=\"col\">why</th><th scope=\"col\">sum</th></tr></thead><tbody>\n");
	for (unsigned i = 0; i < f->ledger->items; i++) {
		const struct ledger_item *l = f->ledger->item[i];
		page_text(p, "<tr><td>");
		page_evidence(p, l->name, strlen(l->name), true);
		buffer_format(&p->html, "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>", (unsigned long long)l->listed, (unsigned long long)l->seen,
			(unsigned long long)l->read, (unsigned long long)l->skipped);
		whys(p, l->skip, l->skips);
		buffer_format(&p->html, "</td><td class=\"n\">%llu</td><td>", (unsigned long long)l->failed);
		whys(p, l->fail, l->fails);
		buffer_format(&p->html, "</td><td>%s</td></tr>\n", l->seen == l->read + l->skipped + l->failed ? "<span class=\"good\">adds up</span>" : "<span class=\"bad\">does not add up</span>");
		page_flush(p, false);
	}
	page_text(p, "</tbody></table>\n");
	errors(p);
	if (f->count[RECORD_NOTE]) {
		page_table(p, "Notes, by kind", "kind|#count|the first of them|@where",
			"SELECT kind, n, (SELECT message FROM note WHERE id=first), (SELECT locator FROM note WHERE id=first) FROM (SELECT kind, count(*) AS n, min(id) AS first FROM note GROUP BY kind) ORDER BY n DESC, first LIMIT 100", 100);
	}
	page_text(p, "</section>\n");
}

static void mail(struct page *p, const struct report_facts *f)
{
	uint64_t all = f->count[RECORD_MESSAGE], shown = 0;
	if (!all)
		return;
	buffer_format(&p->html, "<section id=\"mail\"><h2>Mail: %llu messages</h2>\n<p>%lld with attachments, %lld with links; copies taken as one, %lld are different. ", (unsigned long long)all,
		(long long)page_number(p, "SELECT count(*) FROM message WHERE attachments IS NOT NULL"), (long long)page_number(p, "SELECT count(*) FROM message WHERE urls IS NOT NULL"),
		(long long)page_number(p, "SELECT count(DISTINCT coalesce(same, id)) FROM message"));
	page_text(p, all > MESSAGES_SHOWN ? "Shown are messages in which something was found. All of them: messages.jsonl.zst.</p>\n" : "In the order of the evidence.</p>\n");
	sqlite3_stmt *s = page_ask(p, "SELECT locator, replace(date, '.000000000', ''), (SELECT group_concat(value, ', ') FROM json_each(iif(json_valid(from_addresses), from_addresses, '[]'))),"
		" (SELECT group_concat(value, ', ') FROM json_each(iif(json_valid(to_addresses), to_addresses, '[]'))), subject,"
		" (SELECT group_concat(coalesce(iif(type='object', json_extract(value, '$.name'), value), '(no name)'), ', ') FROM json_each(iif(json_valid(attachments), attachments, '[]'))), locator FROM message ORDER BY id");
	while (p->good && shown < MESSAGES_SHOWN && page_row(p, s)) {
		const char *locator = (const char *)sqlite3_column_text(s, 0);
		bool found = locator && context_holds(f->context, locator, strlen(locator));
		if (all > MESSAGES_SHOWN && !found)
			continue;
		if (!shown++)
			page_text(p, "<table><thead><tr><th scope=\"col\">date</th><th scope=\"col\">from</th><th scope=\"col\">to</th><th scope=\"col\">subject</th><th scope=\"col\">attachments</th><th scope=\"col\">locator</th></tr></thead><tbody>\n");
		page_text(p, found ? "<tr class=\"own\">" : "<tr>");
		for (int c = 1; c < 7; c++) {
			page_text(p, c == 6 ? "<td class=\"m\">" : "<td>");
			page_value(p, s, c, c == 6);
			page_text(p, "</td>");
		}
		page_text(p, "</tr>\n");
		page_flush(p, false);
	}
	sqlite3_finalize(s);
	page_text(p, shown ? "</tbody></table></section>\n" : "</section>\n");
}

static void artifacts(struct page *p, const struct report_facts *f)
{
	page_text(p, "<section id=\"artifacts\"><h2>Artefacts</h2>\n");
	if (!page_table(p, "What parsers claimed, by artefact", "artefact|#files|#events|#failed|@the first of them",
		"SELECT artifact, n, events, failed, (SELECT locator FROM artifact WHERE id=first) FROM (SELECT artifact, count(*) AS n, sum(events) AS events, sum(state='failed') AS failed, min(id) AS first FROM artifact GROUP BY artifact)"
		" ORDER BY artifact LIMIT 1000", 1000))
		page_text(p, "<p>No artefact parser claimed anything.</p>\n");
	page_table(p, "Parsers that failed or stopped early", "artefact|why|@where", "SELECT artifact, why, locator FROM artifact WHERE state='failed' ORDER BY id LIMIT 200", ROWS_SHOWN);
	page_table(p, "Events, by kind", "kind|#events|from|to",
		"SELECT kind, events, iif(first BETWEEN -62167219200 AND 253402300799, strftime('%Y-%m-%d %H:%M:%S', first, 'unixepoch'), first || ' s'),"
		" iif(last BETWEEN -62167219200 AND 253402300799, strftime('%Y-%m-%d %H:%M:%S', last, 'unixepoch'), last || ' s') FROM event_kind ORDER BY events DESC, kind LIMIT 200", 200);
	buffer_format(&p->html, "<p>Content of %llu files (%llu bytes) lies in artifacts/ under its SHA-256; artifacts.jsonl names where each is from.", (unsigned long long)f->artifacts, (unsigned long long)f->artifacts_bytes);
	if (f->artifacts_left)
		buffer_format(&p->html, " <span class=\"warn\">%llu more were left out: the quota is %llu bytes.</span>", (unsigned long long)f->artifacts_left, (unsigned long long)f->store_most);
	page_text(p, "</p></section>\n");
}

static void limits(struct page *p, const struct report_facts *f)
{
	page_text(p, "<section id=\"limits\"><h2>Limits</h2>\n");
	if (!page_table(p, "Limits that were reached", "limit|#times|the first of them", "SELECT coalesce(limit_name, kind), count(*), min(message) FROM error WHERE class='limit' OR limit_name IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 200", 200))
		page_text(p, "<p>No limit was reached.</p>\n");
	page_text(p, "<ul><li>Rules find what their authors described; what no rule describes is not found. No finding does not mean clean.</li>"
		"<li>Times are as the evidence states them: clocks run wrong and times can be forged. ");
	buffer_format(&p->html, "%llu events carry a wall clock of unknown zone and stand in the timeline as if it were UTC, marked “local”.</li>", (unsigned long long)f->local_events);
	buffer_format(&p->html, "<li>This page shows at most %u findings (%u with the timeline around them, %u rows each), %u messages, and cuts long texts; the files beside it hold everything.</li>"
		"<li>Characters that act on screens or reorder text are shown as <code>\\u{…}</code>, addresses of the web as hxxp and [.].</li></ul></section>\n", (unsigned)FINDINGS_SHOWN, (unsigned)CONTEXT_FINDINGS, (unsigned)CONTEXT_ROWS, (unsigned)MESSAGES_SHOWN);
	page_text(p, "<section id=\"versions\"><h2>Versions</h2><dl><dt>spoor</dt><dd>");
	html_text(&p->html, f->facts->version ? f->facts->version : "", f->facts->version ? strlen(f->facts->version) : 0);
	page_text(p, "</dd><dt>profile</dt><dd>");
	html_text(&p->html, f->profile ? f->profile : "all", strlen(f->profile ? f->profile : "all"));
	buffer_format(&p->html, "</dd><dt>records</dt><dd>schema %d</dd>", RECORD_SCHEMA_VERSION);
	for (size_t i = 0; i < f->facts->rule_set_count; i++) {
		page_text(p, "<dt>rules</dt><dd>");
		html_text(&p->html, f->facts->rule_sets[i], strlen(f->facts->rule_sets[i]));
		page_text(p, "</dd>");
	}
	page_text(p, "</dl><p class=\"soft\">Who ran it, when, where and how: custody.log. <code>spoor verify</code> or <code>sha256sum -c manifest-sha256.txt</code> checks this bundle.</p></section>\n");
}

bool report_write(struct output *o, struct database *d, const struct report_facts *f)
{
	struct page p = { .out = o, .db = database_handle(d), .good = true };
	uint8_t style[32], script[32];
	hash_sha256(REPORT_STYLE, sizeof REPORT_STYLE - 1, style);
	hash_sha256(REPORT_SCRIPT, sizeof REPORT_SCRIPT - 1, script);
	page_text(&p, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	page_base64(&p.html, style, sizeof style);
	page_text(&p, "'; script-src 'sha256-");
	page_base64(&p.html, script, sizeof script);
	buffer_format(&p.html, "'; base-uri 'none'; form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"viewport\" content=\"width=device-width\"><title>spoor report</title><style>%s</style></head><body>\n", REPORT_STYLE);
	page_text(&p, "<header><h1>spoor report</h1>\n");
	if (f->facts->status && strcmp(f->facts->status, "complete") == 0) {
		page_text(&p, "<p>The run is complete. ");
	} else {
		page_text(&p, "<p><span class=\"bad\">The run was not complete (");
		html_text(&p.html, f->facts->status ? f->facts->status : "unknown", strlen(f->facts->status ? f->facts->status : "unknown"));
		page_text(&p, ").</span> ");
	}
	const struct { uint64_t number; const char *thing; } told[] = {
		{ f->count[RECORD_NODE], "node" }, { f->count[RECORD_EVENT], "event" }, { f->count[RECORD_MESSAGE], "message" }, { f->findings, "finding" }, { f->count[RECORD_ERROR], "error" },
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		text_count(&p.html, told[i].number, told[i].thing);
		page_text(&p, i ? i + 1 < sizeof told / sizeof *told ? ", " : ".</p>\n" : " listed, ");
	}
	uint64_t failed = 0, skipped = 0;
	for (unsigned i = 0; i < f->ledger->items; i++) {
		failed += f->ledger->item[i]->failed;
		skipped += f->ledger->item[i]->skipped;
	}
	int64_t unopened = page_number(&p, "SELECT count(*) FROM evidence WHERE state='failed'"), mismatch = page_number(&p, "SELECT count(*) FROM evidence WHERE verified='mismatch'");
	if (unopened)
		buffer_format(&p.html, "<p class=\"bad\">Evidence that could not be opened: %lld.</p>\n", (long long)unopened);
	if (mismatch)
		buffer_format(&p.html, "<p class=\"bad\">Evidence whose stored hash differs from the computed one: %lld.</p>\n", (long long)mismatch);
	if (failed || skipped)
		buffer_format(&p.html, "<p class=\"warn\">Not read: %llu skipped, %llu failed; the reasons are in the coverage table.</p>\n", (unsigned long long)skipped, (unsigned long long)failed);
	page_text(&p, "<nav><a href=\"#coverage\">Coverage</a><a href=\"#findings\">Findings</a>");
	page_text(&p, f->count[RECORD_MESSAGE] ? "<a href=\"#mail\">Mail</a>" : "");
	page_text(&p, "<a href=\"#artifacts\">Artefacts</a><a href=\"#timeline\">Timeline</a><a href=\"#limits\">Limits</a><a href=\"#versions\">Versions</a></nav></header>\n<main>\n");
	coverage(&p, f);
	report_findings(&p, f);
	mail(&p, f);
	artifacts(&p, f);
	report_timeline(&p, f);
	limits(&p, f);
	buffer_format(&p.html, "</main><script>%s</script></body></html>\n", REPORT_SCRIPT);
	page_flush(&p, true);
	buffer_free(&p.html);
	return p.good;
}
