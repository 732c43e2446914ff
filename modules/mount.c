/* SPDX-License-Identifier: Apache-2.0 */
/* mount.c: what the evidence is: as records, for people as a tree, or mounted (view/serve.h). */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "modules/modules.h"
#include "view/serve.h"

/* ---- the tree: one line a thing, and below it what is wrong with it */

enum { REMARKS_MOST = 10000, LINE_MOST = 300 };

struct remark { char *locator, *text; };
struct tree_lines {
	struct session *s;
	struct remark *thing, *remark;          /* in the order in which they came */
	size_t things, thing_room, remarks, remark_room;
	uint64_t more;                          /* remarks that were left out */
};

static void size_text(struct buffer *out, uint64_t bytes)
{
	static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	size_t u = 0;
	uint64_t rest = 0;
	for (; bytes >= 1024 && u + 1 < sizeof unit / sizeof *unit; bytes /= 1024, u++)
		rest = bytes % 1024;
	buffer_decimal(out, bytes);
	if (u)
		buffer_format(out, ".%u", (unsigned)(rest * 10 / 1024));
	buffer_format(out, " %s", unit[u]);
}

static char *text_of(const struct record_view *v, enum record_field f)
{
	size_t n;
	const char *text = record_get_text(v, f, &n);
	return memory_copy(text ? text : "", text ? n : 0);
}

static void part(struct buffer *line, const char *text)
{
	if (*text)
		buffer_format(line, "%s%s", line->length ? ", " : "", text);
}

/* What begins on the evidence that was just told: it goes on that one's line. */
static bool thing_more(struct tree_lines *t, const struct record_view *v)
{
	size_t n;
	const char *locator = record_get_text(v, F_LOCATOR, &n);
	struct remark *last = t->things ? &t->thing[t->things - 1] : NULL;
	if (!last || v->type != RECORD_NODE || !locator || strlen(last->locator) != n || memcmp(last->locator, locator, n))
		return false;
	struct buffer line = { 0 };
	char *format = text_of(v, F_FORMAT);
	buffer_text(&line, last->text);
	if (*format && !record_text_equals(v, F_KIND, "file"))
		buffer_format(&line, ", holds %s", format);
	part(&line, record_get_number(v, F_TAINTED) ? "damaged" : "");
	free(format);
	free(last->text);
	last->text = memory_string(buffer_string(&line));
	buffer_free(&line);
	return true;
}

static void thing_add(struct tree_lines *t, const struct record_view *v)
{
	struct buffer line = { 0 };
	char *locator = text_of(v, F_LOCATOR), *name = text_of(v, F_NAME), *format = text_of(v, F_FORMAT), *kind = text_of(v, F_KIND), *layer = text_of(v, F_LAYER), *why = text_of(v, F_WHY);
	bool evidence = v->type == RECORD_EVIDENCE, volume = !strcmp(kind, "volume");
	if (volume)
		part(&line, name);
	else if (!evidence)
		part(&line, kind);
	if (record_has(v, F_SIZE)) {
		buffer_text(&line, line.length ? ", " : "");
		size_text(&line, record_get_number(v, F_SIZE));
	}
	if (evidence) {
		part(&line, strcmp(format, "raw") || strcmp(layer, "image") ? format : "raw image");
		part(&line, record_has(v, F_STORED_MD5) || record_has(v, F_STORED_SHA1) ? "hash of the media stored" : "");
		part(&line, record_text_equals(v, F_STATE, "failed") ? "can't be opened" : "");
	} else if (*format || volume || !strcmp(kind, "media")) {
		part(&line, *format ? format : "nothing that is known");
	}
	part(&line, record_get_number(v, F_TAINTED) ? "damaged" : "");
	t->thing = memory_room(t->thing, t->things, &t->thing_room, sizeof *t->thing);
	t->thing[t->things++] = (struct remark){ locator, memory_string(buffer_string(&line)) };
	buffer_free(&line);
	free(name);
	free(format);
	free(kind);
	free(layer);
	free(why);
}

static void remark_add(struct tree_lines *t, const struct record_view *v)
{
	struct buffer line = { 0 };
	char *class = text_of(v, F_SEVERITY_CLASS), *message = text_of(v, F_MESSAGE_TEXT);
	const char *word = v->type == RECORD_NOTE ? "note" : !strcmp(class, "damage") ? "damaged" : class;
	buffer_format(&line, "%s: %s", word, message);
	t->remark = memory_room(t->remark, t->remarks, &t->remark_room, sizeof *t->remark);
	t->remark[t->remarks++] = (struct remark){ text_of(v, F_LOCATOR), memory_string(buffer_string(&line)) };
	buffer_free(&line);
	free(class);
	free(message);
}

static bool tree_record(void *owner, const struct record_view *v)
{
	struct tree_lines *t = owner;
	bool thing = v->type == RECORD_EVIDENCE || v->type == RECORD_NODE, remark = v->type == RECORD_ERROR || v->type == RECORD_NOTE;
	if (thing && !thing_more(t, v))
		thing_add(t, v);
	if (remark && t->remarks < REMARKS_MOST)
		remark_add(t, v);
	else
		t->more += remark;
	return true;
}

/* The thing that a remark is about: the one with the longest locator that leads to where the remark is. */
static size_t thing_of(const struct tree_lines *t, const char *locator)
{
	size_t best = SIZE_MAX, longest = 0;
	for (size_t i = 0; i < t->things; i++) {
		size_t n = strlen(t->thing[i].locator);
		if (n >= longest && !strncmp(locator, t->thing[i].locator, n) && (!locator[n] || !strncmp(locator + n, "::", 2))) {
			best = i;
			longest = n;
		}
	}
	return best;
}

static void line_put(struct tree_lines *t, unsigned depth, const char *a, const char *between, const char *b)
{
	struct buffer *out = &t->s->out;
	for (unsigned i = 0; i < depth; i++)
		buffer_text(out, "  ");
	text_for_terminal(out, a, strlen(a), LINE_MOST);
	buffer_text(out, between);
	text_for_terminal(out, b, strlen(b), LINE_MOST);
	buffer_byte(out, '\n');
}

static void tree_print(struct tree_lines *t)
{
	size_t *owner = memory_array(t->remarks, sizeof *owner);
	for (size_t r = 0; r < t->remarks; r++)
		owner[r] = thing_of(t, t->remark[r].locator);
	for (size_t i = 0; i < t->things; i++) {
		const char *locator = t->thing[i].locator, *step = locator;
		unsigned depth = 0;
		for (const char *next; (next = strstr(step, "::")); depth++)
			step = next + 2;
		line_put(t, depth, step, "  ", t->thing[i].text);
		for (size_t r = 0; r < t->remarks; r++)
			if (owner[r] == i)
				line_put(t, depth + 1, t->remark[r].text, "", "");
	}
	for (size_t r = 0; r < t->remarks; r++)
		if (owner[r] == SIZE_MAX)
			line_put(t, 0, t->remark[r].locator, *t->remark[r].locator ? ": " : "", t->remark[r].text);
	if (t->more)
		buffer_format(&t->s->out, "and %llu more remarks: --format jsonl gives all\n", (unsigned long long)t->more);
	free(owner);
}

static void remarks_free(struct remark *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(r[i].locator);
		free(r[i].text);
	}
	free(r);
}

/* ---- the module */

int module_mount(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct tree_lines t = { .s = &s };
	const char *format = set->format ? set->format : !set->output && isatty(STDOUT_FILENO) ? "tree" : "jsonl";
	bool tree = !strcmp(format, "tree"), view = set->output, good = true;
	int code;
	if (!tree && strcmp(format, "jsonl")) {
		say(m, "mount writes jsonl or tree, not '%s'", format);
		return EXIT_USAGE;
	}
	if (view && (!set->operands || tree)) {
		say(m, tree ? "--at: what is mounted is told as records" : "--at: which evidence?");
		return EXIT_USAGE;
	}
	if (tree) {
		s.sink = tree_record;
		s.sink_owner = &t;
	}
	if (session_begin(&s, m, set, view ? PASS_LIST | PASS_DESCEND | PASS_VIEW : 0, &code)) {
		if (view) {
			code = view_serve(&s, set->output);
		} else {
			struct engine_options o = session_options(&s);
			session_engine(&s, &o);
			if (set->operands)
				session_operands(&s, false);
			else
				good = session_records(&s, true);
			code = good ? session_finish(&s) : EXIT_USAGE;
			tree_print(&t);
			if (!session_flush(&s))
				code = EXIT_OUTPUT;
			session_summary(&s, code);
		}
	}
	remarks_free(t.thing, t.things);
	remarks_free(t.remark, t.remarks);
	session_free(&s);
	return code;
}
