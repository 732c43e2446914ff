/* SPDX-License-Identifier: Apache-2.0 */
/* emlx.c: a message as Apple Mail keeps it (.emlx, .partial.emlx): a line with a decimal length, so many bytes of RFC 5322, and a property list (XML) with what the
 * program knows of the message.
 *
 * No specification was published; bits of `flags` are those that readers of the format agree on. Of a partial message the attachments lie beside it, in
 * Attachments/NUMBER/PART/, as files of their own; their parts are here, but empty.
 *
 * Steps: "emlx:1" (the message), "emlx:2" (what follows it: the property list). A length that does not fit is told; every byte behind the first line is in one of the two. */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

extern const struct format format_emlx, format_eml;

enum { DIGITS_MAX = 20, LINE_MAX = 64, LIST_MAX = 1 << 20, LIST_SEARCHED = 64 * 1024, STEPS = 2 };

struct emlx {
	struct container container;
	uint64_t from[STEPS], to[STEPS];
	struct extent extent;
	uint64_t flags;
	struct timestamp received;
	bool partial;
	unsigned at;
};

/* How many bytes the first line is; 0: it is no length. */
static size_t length_line(const uint8_t *p, size_t size, uint64_t *length)
{
	size_t at = 0;
	for (*length = 0; at < size && at < DIGITS_MAX && p[at] >= '0' && p[at] <= '9'; at++)
		if (__builtin_mul_overflow(*length, 10, length) || __builtin_add_overflow(*length, (unsigned)(p[at] - '0'), length))
			return 0;
	size_t digits = at;
	while (at < size && at < LINE_MAX && (p[at] == ' ' || p[at] == '\r'))
		at++;
	return digits && at < size && p[at] == '\n' ? at + 1 : 0;
}

/* The number that stands behind a key of the property list; false: there is none. */
static bool list_number(const char *list, size_t size, const char *key, uint64_t *value)
{
	static const char open[] = "<integer>";
	const char *at = memmem(list, size, key, strlen(key)), *end = list + size;
	if (!at)
		return false;
	at += strlen(key);
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
		at++;
	if ((size_t)(end - at) < sizeof open - 1 || memcmp(at, open, sizeof open - 1) != 0)
		return false;
	at += sizeof open - 1;
	const char *digits = at;
	for (*value = 0; at < end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, (unsigned)(*at - '0'), value))
			return false;
	return at > digits;
}

static void list_read(struct emlx *e)
{
	size_t size = e->to[1] - e->from[1] < LIST_MAX ? (size_t)(e->to[1] - e->from[1]) : LIST_MAX;
	char *list = memory_new(size + 1);
	uint64_t seconds;
	size = source_read_at(e->container.source, e->from[1], list, size, NULL);
	const char *begin = memmem(list, size, "<plist", 6);
	if (!begin && size)
		report_error(e->container.report, "damage", "emlx.list", "emlx:2", e->from[1], e->to[1] - e->from[1], "what follows the message is no property list");
	list_number(list, size, "<key>flags</key>", &e->flags);
	if (list_number(list, size, "<key>date-received</key>", &seconds) && seconds)
		e->received = time_from_unix((int64_t)(seconds < INT64_MAX ? seconds : INT64_MAX), 0, TIME_S);
	free(list);
}

/* Where the property list at the end of the file begins, if there is one; else the end. */
static uint64_t list_at_end(struct source *source, uint64_t from)
{
	uint64_t size = source->size, at = size - from < LIST_SEARCHED ? from : size - LIST_SEARCHED, found = size;
	size_t length = (size_t)(size - at);
	char *tail = memory_new(length + 1), *list = NULL;
	length = source_read_at(source, at, tail, length, NULL);
	for (char *next = tail; (next = memmem(next, length - (size_t)(next - tail), "<?xml", 5)) != NULL; next++)
		list = next;
	if (list && memmem(list, length - (size_t)(list - tail), "<plist", 6))
		found = at + (uint64_t)(list - tail);
	free(tail);
	return found;
}

static void flags_describe(const struct emlx *e, struct node *n)
{
	static const struct { unsigned bit; const char *word; } rows[] = { { 0, "read" }, { 1, "deleted" }, { 2, "replied" }, { 3, "encrypted" }, { 4, "flagged" }, { 6, "draft" },
		{ 8, "forwarded" }, { 9, "redirected" }, { 23, "signed" }, { 24, "junk" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (e->flags >> rows[i].bit & 1)
			node_flag(n, rows[i].word);
	if (e->partial)
		node_flag(n, "partial");
}

static void describe(struct emlx *e, unsigned which, struct node *n)
{
	static const char *const step[STEPS] = { "emlx:1", "emlx:2" }, *const address[STEPS] = { "1", "2" }, *const name[STEPS] = { "message", "properties" };
	uint64_t length = e->to[which] - e->from[which];
	e->extent = (struct extent){ .offset = e->from[which], .length = length, .kind = EXTENT_DATA };
	*n = (struct node){ .kind = which ? NODE_PART : NODE_MESSAGE, .format = which ? NULL : "eml", .step = step[which], .address = address[which], .content = CONTENT_EXTENTS,
		.extent = &e->extent, .extents = 1, .has_size = true, .size = length, .has_range = true, .range_offset = e->from[which], .range_length = length, .order = e->from[which],
		.has_allocated = true, .allocated = true, .name = { (const uint8_t *)name[which], strlen(name[which]) } };
	if (which == 0) {
		n->time[NODE_CRTIME] = e->received;
		flags_describe(e, n);
	}
}

static int emlx_next(struct container *container, struct node *n)
{
	struct emlx *e = (struct emlx *)container;
	struct reporter *r = container->report;
	arena_reset(&container->arena);
	while (e->at < STEPS) {
		unsigned which = e->at++;
		if (e->from[which] == e->to[which] || (r && r->step && !r->step(r, which + 1)))
			continue;
		describe(e, which, n);
		return 1;
	}
	return 0;
}

static bool emlx_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct emlx *e = (struct emlx *)container;
	arena_reset(&container->arena);
	unsigned which = step->name.length == 1 && !step->stream.length ? (unsigned)(step->name.text[0] - '1') : STEPS;
	if (which >= STEPS || e->from[which] == e->to[which])
		return false;
	describe(e, which, n);
	return true;
}

static void emlx_close(struct container *container) { free(container); }

static struct container *emlx_open(const struct opening *o)
{
	static const char partial[] = ".partial.emlx";
	struct emlx *e = memory_new(sizeof *e);
	uint8_t head[LINE_MAX + 1];
	uint64_t length, size = o->source->size;
	e->container = (struct container){ .format = &format_emlx, .source = o->source, .report = o->report };
	size_t line = length_line(head, source_read_at(o->source, 0, head, sizeof head, NULL), &length);
	if (!line) {
		report_error(o->report, "damage", "emlx.open", NULL, 0, 0, "the first line is not the length of a message");
		free(e);
		return NULL;
	}
	if (length > size - line) {
		report_error(o->report, "damage", "emlx.length", "emlx:1", line, size - line, "the message is said to have %llu bytes: the file ends before", (unsigned long long)length);
		length = list_at_end(o->source, line) - line;
	}
	e->from[0] = line;
	e->to[0] = e->from[1] = line + length;
	e->to[1] = size;
	e->partial = o->name_length > sizeof partial - 1 && text_equal_nocase(o->name + o->name_length - (sizeof partial - 1), sizeof partial - 1, partial, sizeof partial - 1);
	list_read(e);
	return &e->container;
}

static unsigned emlx_probe(const struct probe *p)
{
	uint64_t length;
	size_t line = length_line(p->head, p->head_length, &length);
	if (!line)
		return 0;
	struct probe message = *p;
	message.head += line;
	message.head_length -= line;
	message.above = LAYER_MAIL;             /* one field is enough */
	bool named = p->name_length > 5 && text_equal_nocase(p->name + p->name_length - 5, 5, ".emlx", 5);
	return format_eml.probe(&message) ? 48 : named ? 24 : 0;
}

const struct format format_emlx = { .name = "emlx", .layer = LAYER_MAIL, .about = "message of Apple Mail (EMLX)", .probe = emlx_probe, .open = emlx_open, .next = emlx_next,
	.find = emlx_find, .close = emlx_close };
