/* SPDX-License-Identifier: Apache-2.0 */
/* report_timeline.c: the report's timeline: a histogram that reads without scripts, and the events themselves for the filterable table, packed (pack.c).
 *
 * Rows of the database are in the order of time, so how many events lie before a moment is one look at the index. Far-off times (clocks that ran wrong, dates that
 * software makes up) would press all others into one bar: the picture leaves out a thousandth at its old end and a hundred-thousandth at its new end, unless a finding's moment
 * lies there, and says how many. At most EVENTS_MOST events are embedded: of more, those within an hour of a finding's moment and, in the room that is left, the newest. */
#include "bundle/page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MOST = 2000000, KINDS_MOST = 254, KIND_OTHER = 255, BARS_MOST = 160, WIDTH = 1000, HEIGHT = 120, DAY = 86400, MOMENTS = CONTEXT_FINDINGS * CONTEXT_MOMENTS };

struct span { int64_t from, to; };

/* ---- histogram */

/* Widths of bars: seconds, or months. */
static const struct unit { int64_t seconds; unsigned months; const char *name; } UNIT[] = {
	{ 1, 0, "second" }, { 60, 0, "minute" }, { 600, 0, "10 minutes" }, { 3600, 0, "hour" }, { 6 * 3600, 0, "6 hours" }, { DAY, 0, "day" }, { 7 * DAY, 0, "week" },
	{ 0, 1, "month" }, { 0, 3, "3 months" }, { 0, 12, "year" }, { 0, 120, "10 years" }, { 0, 1200, "100 years" }, { 0, 12000, "1000 years" },
};
enum { UNITS = sizeof UNIT / sizeof *UNIT };

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t bar_of(const struct unit *u, int64_t seconds)
{
	int64_t year;
	unsigned month, day;
	if (u->seconds)
		return floor_div(seconds - (u->seconds == 7 * DAY ? 4 * DAY : 0), u->seconds);  /* weeks begin on Mondays */
	time_civil(seconds, &year, &month, &day);
	return floor_div(year * 12 + month - 1, u->months);
}

static int64_t bar_begin(const struct unit *u, int64_t bar)
{
	if (u->seconds)
		return bar * u->seconds + (u->seconds == 7 * DAY ? 4 * DAY : 0);
	int64_t months = bar * u->months, year = floor_div(months, 12);
	struct timestamp t = time_from_civil(year, (unsigned)(months - year * 12 + 1), 1, 0, 0, 0, 0, TIME_S);
	return t.state == TIME_VALID ? t.seconds : year < 0 ? INT64_MIN : INT64_MAX;    /* beyond the years that occur */
}

static void bar_label(struct buffer *out, const struct unit *u, int64_t bar)
{
	int64_t at = bar_begin(u, bar), year;
	unsigned month, day;
	time_civil(at, &year, &month, &day);
	buffer_format(out, "%04lld", (long long)year);
	if (u->seconds || u->months < 12)
		buffer_format(out, "-%02u", month);
	if (u->seconds)
		buffer_format(out, "-%02u", day);
	if (u->seconds && u->seconds < DAY) {
		int64_t s = at - floor_div(at, DAY) * DAY;
		buffer_format(out, " %02d:%02d", (int)(s / 3600), (int)(s / 60 % 60));
		if (u->seconds < 60)
			buffer_format(out, ":%02d", (int)(s % 60));
	}
}

static int64_t asked(struct page *p, sqlite3_stmt *s, int64_t with, int64_t otherwise)
{
	if (s) {
		sqlite3_reset(s);
		sqlite3_bind_int64(s, 1, with);
	}
	return page_row(p, s) ? sqlite3_column_int64(s, 0) : otherwise;
}

struct marks { int64_t at[MOMENTS]; unsigned count; };

static int number_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void marks_of(struct marks *m, const struct report_facts *f)
{
	const struct context *c;
	for (unsigned i = 0; i < f->findings && (c = context_of(f->context, i)); i++)
		for (unsigned k = 0; k < c->moments; k++)
			m->at[m->count++] = c->moment[k];
	if (m->count)
		qsort(m->at, m->count, sizeof *m->at, number_order);
}

static void histogram(struct page *p, int64_t events, const struct marks *m)
{
	sqlite3_stmt *time_at = page_ask(p, "SELECT time FROM event WHERE id=?1"), *before = page_ask(p, "SELECT id-1 FROM event WHERE time>=?1 ORDER BY time, id LIMIT 1");
	int64_t from = asked(p, time_at, 1 + events / 1000, 0), to = asked(p, time_at, events - events / 100000, 0);
	for (unsigned i = 0; i < m->count; i++) {
		from = m->at[i] < from ? m->at[i] : from;
		to = m->at[i] > to ? m->at[i] : to;
	}
	unsigned u = 0;
	while (u + 1 < UNITS && (bar_of(&UNIT[u], to) - bar_of(&UNIT[u], from) >= BARS_MOST))
		u++;
	const struct unit *unit = &UNIT[u];
	int64_t first = bar_of(unit, from), bars = bar_of(unit, to) - first + 1, most = 0, *count, *edge;
	if (bars > BARS_MOST)
		bars = BARS_MOST;       /* times of other aeons: the last width is what there is */
	count = memory_array((size_t)bars, sizeof *count);
	edge = memory_array((size_t)bars + 1, sizeof *edge);
	for (int64_t i = 0; i <= bars; i++)
		edge[i] = asked(p, before, bar_begin(unit, first + i), events);
	for (int64_t i = 0; i < bars; i++) {
		count[i] = edge[i + 1] - edge[i];
		most = count[i] > most ? count[i] : most;
	}
	buffer_format(&p->html, "<figure id=\"histogram\"><figcaption>Events, one bar a %s (UTC); the height is logarithmic, the highest bar is %lld events. ", unit->name, (long long)most);
	if (edge[0] || edge[bars] < events)
		buffer_format(&p->html, "Not in the picture: %lld earlier, %lld later. ", (long long)edge[0], (long long)(events - edge[bars]));
	page_text(p, m->count ? "<span class=\"bad\">▾</span> marks moments of findings." : "");
	buffer_format(&p->html, "</figcaption><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Events over time\">\n", WIDTH, HEIGHT);
	double width = (double)WIDTH / (double)bars, scale = most ? (HEIGHT - 12) / log2(1 + (double)most) : 0;
	for (int64_t i = 0; i < bars; i++) {
		if (!count[i])
			continue;
		double height = scale * log2(1 + (double)count[i]);
		buffer_format(&p->html, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>", (double)i * width, HEIGHT - height, width > 2 ? width - 0.5 : width, height);
		bar_label(&p->html, unit, first + i);
		buffer_format(&p->html, ": %lld</title></rect>\n", (long long)count[i]);
	}
	int64_t marked = -1;
	for (unsigned i = 0; i < m->count; i++) {
		int64_t bar = bar_of(unit, m->at[i]) - first;
		if (bar == marked || bar < 0 || bar >= bars)
			continue;
		marked = bar;
		double x = ((double)bar + 0.5) * width;
		buffer_format(&p->html, "<path class=\"mark\" d=\"M%.2f 0h6l-3 8z\"/>\n", x - 3);
	}
	page_text(p, "</svg><div class=\"axis\">");
	for (unsigned i = 0; i < 5; i++) {
		page_text(p, "<span>");
		bar_label(&p->html, unit, first + (bars - 1) * i / 4);
		page_text(p, "</span>");
		if (bars < 5)
			break;
	}
	page_text(p, "</div></figure>\n");
	sqlite3_finalize(time_at);
	sqlite3_finalize(before);
	free(count);
	free(edge);
}

/* ---- the events */

static unsigned kinds(struct page *p, int64_t kind[KINDS_MOST])
{
	sqlite3_stmt *s = page_ask(p, "SELECT min(word.id), event_kind.kind, events FROM event_kind JOIN word ON word.text=event_kind.kind GROUP BY event_kind.kind ORDER BY events DESC, event_kind.kind LIMIT 254");
	unsigned count = 0;
	page_text(p, "<script type=\"application/json\" id=\"kinds\">[");
	while (count < KINDS_MOST && page_row(p, s)) {
		struct buffer json = { 0 };
		kind[count] = sqlite3_column_int64(s, 0);
		json_string(&json, (const char *)sqlite3_column_text(s, 1), (size_t)sqlite3_column_bytes(s, 1));
		page_text(p, count++ ? "," : "");
		for (size_t i = 0; i < json.length; i++)
			if (json.data[i] == '<')        /* nothing ends the element or opens a comment in it */
				page_text(p, "\\u003c");
			else
				buffer_byte(&p->html, json.data[i]);
		buffer_free(&json);
	}
	sqlite3_finalize(s);
	page_text(p, "]</script>\n");
	return count;
}

/* Which rows of the database are embedded, as spans of ids; the last one reaches to the end. */
static unsigned choose(struct page *p, int64_t events, const struct marks *m, struct span *span)
{
	if (events <= EVENTS_MOST) {
		span[0] = (struct span){ 1, events };
		return 1;
	}
	sqlite3_stmt *before = page_ask(p, "SELECT id-1 FROM event WHERE time>=?1 ORDER BY time, id LIMIT 1");
	int64_t room = EVENTS_MOST;
	unsigned spans = 0;
	for (unsigned i = 0; i < m->count && room; i++) {
		struct span s = { asked(p, before, m->at[i] - CONTEXT_SECONDS, events) + 1, asked(p, before, m->at[i] + CONTEXT_SECONDS + 1, events) };
		if (spans && s.from <= span[spans - 1].to)
			s.from = span[spans - 1].to + 1;
		if (s.to - s.from + 1 > room)
			s.to = s.from + room - 1;
		if (s.from > s.to)
			continue;
		room -= s.to - s.from + 1;
		span[spans++] = s;
	}
	sqlite3_finalize(before);
	/* the newest in the room that is left: backwards over the gaps */
	int64_t end = events;
	unsigned k = spans;
	while (room > 0 && end > 0) {
		int64_t gap_from = k ? span[k - 1].to + 1 : 1, take = end - gap_from + 1 < room ? end - gap_from + 1 : room;
		room -= take > 0 ? take : 0;
		if (!room || !k) {
			int64_t from = end - take + 1;
			if (k && from == gap_from) {    /* joins the span before */
				from = span[k - 1].from;
				k--;
			}
			span[k] = (struct span){ from, events };
			return k + 1;
		}
		end = span[--k].from - 1;
	}
	return spans;
}

static void block(struct page *p, struct pack *pack)
{
	page_text(p, "<script type=\"application/octet-stream\" class=\"events\">");
	p->good = pack_take(pack, &p->html) && p->good;
	page_text(p, "</script>\n");
	page_flush(p, true);
}

static uint64_t embed(struct page *p, const struct span *span, unsigned spans)
{
	int64_t kind[KINDS_MOST], last = -1;
	unsigned count = kinds(p, kind);
	uint8_t last_kind = KIND_OTHER;
	uint64_t rows = 0;
	bool open = false;
	sqlite3_stmt *s = page_ask(p, "SELECT event.time, ns, event.kind, zone.text='local', deleted, tainted, what.text, coalesce(message, lead.text || path.path), path.locator, host.text, user.text FROM event LEFT JOIN path ON path.id=event.path"
		" LEFT JOIN word AS what ON what.id=event.what LEFT JOIN word AS host ON host.id=event.host LEFT JOIN word AS user ON user.id=event.user"
		" LEFT JOIN word AS lead ON lead.id=event.lead LEFT JOIN word AS zone ON zone.id=event.zone WHERE event.id BETWEEN ?1 AND ?2 ORDER BY event.id");
	struct pack *pack = pack_new();
	for (unsigned i = 0; s && i < spans; i++) {
		sqlite3_reset(s);
		sqlite3_bind_int64(s, 1, span[i].from);
		sqlite3_bind_int64(s, 2, span[i].to);
		while (p->good && page_row(p, s)) {
			struct pack_row r = { .seconds = sqlite3_column_int64(s, 0), .nanoseconds = (uint32_t)sqlite3_column_int64(s, 1), .kind = last_kind };
			int64_t word = sqlite3_column_int64(s, 2);
			if (word != last) {
				unsigned k = 0;
				while (k < count && kind[k] != word)
					k++;
				last = word;
				r.kind = last_kind = (uint8_t)(k < count ? k : KIND_OTHER);
			}
			r.flags = (uint8_t)((sqlite3_column_int(s, 3) ? PACK_LOCAL : 0) | (sqlite3_column_int(s, 4) ? PACK_DELETED : 0) | (sqlite3_column_int(s, 5) ? PACK_TAINTED : 0));
			for (unsigned t = 0; t < PACK_TEXTS; t++) {
				r.text[t] = (const char *)sqlite3_column_text(s, 6 + (int)t);
				r.length[t] = r.text[t] ? (size_t)sqlite3_column_bytes(s, 6 + (int)t) : 0;
			}
			rows++;
			open = !pack_add(pack, &r);
			if (!open)
				block(p, pack);
		}
	}
	if (open)
		block(p, pack);
	pack_free(pack);
	sqlite3_finalize(s);
	return rows;
}

void report_timeline(struct page *p, const struct report_facts *f)
{
	int64_t events = (int64_t)f->count[RECORD_EVENT];
	buffer_format(&p->html, "<section id=\"timeline\"><h2>Timeline: %lld events</h2>\n", (long long)events);
	if (!events) {
		page_text(p, "<p>No event was found in what was read.</p></section>\n");
		return;
	}
	struct marks *m = memory_new(sizeof *m);
	struct span *span = memory_array(MOMENTS + 1, sizeof *span);
	marks_of(m, f);
	histogram(p, events, m);
	unsigned spans = choose(p, events, m, span);
	if (events > EVENTS_MOST)
		buffer_format(&p->html, "<p class=\"warn\">The table holds %u of them, more than this page takes: those within an hour of a finding and the newest. All are in timeline.jsonl.zst and timeline.sqlite.</p>\n", (unsigned)EVENTS_MOST);
	page_text(p, "<noscript><p>The table of events needs JavaScript. Without it: each finding above stands with the events around it, and all events are in timeline.jsonl.zst and timeline.sqlite (view v_timeline).</p></noscript>\n<div id=\"table\"></div>\n");
	uint64_t rows = embed(p, span, spans);
	buffer_format(&p->html, "<data id=\"embedded\" value=\"%llu\"></data></section>\n", (unsigned long long)rows);
	free(m);
	free(span);
}
