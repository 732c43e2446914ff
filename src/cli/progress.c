/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c: one line on a terminal while work goes on: phase, bytes read of those known of, rate, time left, what was found. Redrawn at most five times a second, gone at the
 * end and before any message. Nothing of it depends on or changes what is written elsewhere. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/parts.h"

enum { WIDTH_MOST = 240, TRUST_SECONDS = 5 };
static const double REDRAW_SECONDS = 0.2, RATE_SECONDS = 10;

static bool drawn;                              /* is a line on the terminal? say() must know, whatever runs */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_clear(void)
{
	if (drawn)
		fputs("\r\033[K", stderr);
	drawn = false;
}

void progress_begin(struct session *s)
{
	const char *term = getenv("TERM");
	/* records on the same terminal would be torn apart */
	s->progress.on = isatty(STDERR_FILENO) && !s->set->quiet && term && *term && strcmp(term, "dumb") && (s->sink || !isatty(STDOUT_FILENO));
	s->progress.began = s->progress.rated = now();
}

static void draw(struct session *s, const char *text)
{
	struct winsize w;
	unsigned width = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col - 1u : 79;
	fprintf(stderr, "\r%.*s\033[K", (int)(width < WIDTH_MOST ? width : WIDTH_MOST), text);
	drawn = true;
	s->progress.shown = now();
}

void progress_phase(struct session *s, const char *phase)
{
	char line[WIDTH_MOST];
	if (!s->progress.on)
		return;
	snprintf(line, sizeof line, "spoor %s: %s", s->module->name, phase);
	draw(s, line);
}

static void amount(struct buffer *out, double bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;
	for (; bytes >= 1024 && i + 1 < sizeof unit / sizeof *unit; i++)
		bytes /= 1024;
	buffer_format(out, i ? "%.1f %s" : "%.0f %s", bytes, unit[i]);
}

void progress_tick(void *owner)
{
	struct session *s = owner;
	struct progress *p = &s->progress;
	double t = now();
	if (!p->on || t - p->shown < REDRAW_SECONDS)
		return;
	const struct engine_counts *c = engine_counts(s->engine);
	uint64_t done = c->cost_done + c->cost_in_hand;
	struct buffer line = { 0 };
	buffer_format(&line, "spoor %s: ", s->module->name);
	/* an average that forgets what is ten seconds old */
	double passed = t - p->rated, weight = passed / (passed + RATE_SECONDS), rate = passed > 0 && done > p->done ? (double)(done - p->done) / passed : 0;
	p->rate = p->rate != 0 ? p->rate + weight * (rate - p->rate) : rate;
	p->rated = t;
	p->done = done;
	if (p->lines) {
		buffer_format(&line, "records in %llu", (unsigned long long)p->lines);
	} else if (!c->cost) {
		buffer_text(&line, c->jobs_done ? "listing" : "starting");
	} else {
		buffer_text(&line, "reading ");
		amount(&line, (double)done);
		buffer_text(&line, " of ");
		amount(&line, (double)c->cost);
		buffer_format(&line, " %.0f%% ", 100 * (double)done / (double)c->cost);
		amount(&line, p->rate);
		buffer_text(&line, "/s");
		if (t - p->began > TRUST_SECONDS && done > c->cost / 100 && p->rate > 0) {
			double left = (double)(c->cost - done) / p->rate;
			if (left < 360000)
				buffer_format(&line, " eta %u:%02u:%02u", (unsigned)left / 3600, (unsigned)left / 60 % 60, (unsigned)left % 60);
		}
	}
	buffer_format(&line, " | %llu nodes", (unsigned long long)s->count[RECORD_NODE]);
	if (s->count[RECORD_HIT])
		buffer_format(&line, ", %llu hits", (unsigned long long)s->count[RECORD_HIT]);
	if (s->count[RECORD_ERROR])
		buffer_format(&line, ", %llu errors", (unsigned long long)s->count[RECORD_ERROR]);
	draw(s, buffer_string(&line));
	buffer_free(&line);
}
