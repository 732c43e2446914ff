/* SPDX-License-Identifier: Apache-2.0 */
/* format.c: the table of formats, choosing a row for some bytes, and what every row's containers have in common. */
#include "format/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT(symbol) extern const struct format symbol;
#include "format/table.def"
#undef FORMAT

const struct format *const formats[] = {
#define FORMAT(symbol) &symbol,
#include "format/table.def"
#undef FORMAT
	NULL
};

/* A signature of this many bits does not turn up by chance: such a bidder is opened too although another one bid more (an ISO that is a zip as well). */
enum { STRONG_BITS = 32 };

const char *format_layer_name(enum format_layer layer)
{
	static const char *const name[LAYERS] = { "image", "volume", "crypt", "snapshot", "fs", "unallocated", "archive", "mail" };
	return (unsigned)layer < LAYERS ? name[layer] : "unknown";
}

const struct format *format_by_name(const char *name, size_t length)
{
	/* the parts of a message are steps of their own name */
	if (length == 6 && !memcmp(name, "attach", 6)) {
		name = "eml";
		length = 3;
	}
	for (size_t i = 0; formats[i]; i++)
		if (strlen(formats[i]->name) == length && memcmp(formats[i]->name, name, length) == 0)
			return formats[i];
	return NULL;
}

const struct format *format_probe(const struct probe *p, unsigned layers, const struct format **second)
{
	const struct format *best = NULL, *next = NULL;
	unsigned best_bits = 0, next_bits = 0;
	for (size_t i = 0; formats[i]; i++) {
		const struct format *f = formats[i];
		if (!(layers & 1U << f->layer) || !f->probe)
			continue;
		unsigned bits = f->probe(p);
		if (bits > best_bits) {
			next = best;
			next_bits = best_bits;
			best = f;
			best_bits = bits;
		} else if (bits > next_bits) {
			next = f;
			next_bits = bits;
		}
	}
	if (second)
		*second = next && (next_bits == best_bits || next_bits >= STRONG_BITS) ? next : NULL;
	return best;
}

struct container *format_open(const struct format *f, const struct opening *o)
{
	struct container *c = f->open(o);
	if (!c)
		return NULL;
	c->format = f;
	if (!c->source)
		c->source = o->source;
	if (!c->report)
		c->report = o->report;
	return c;
}

void format_close(struct container *c)
{
	if (!c)
		return;
	/* The row frees its struct, and the arena's header lies in there: take it out first. Rows may still look at the current node while closing. */
	struct arena arena = c->arena;
	c->format->close(c);
	arena_free(&arena);
}

static const char media_name[] = "1";

void format_media(struct container *c, struct node *n, uint64_t size)
{
	*n = (struct node){ .kind = NODE_MEDIA, .has_size = true, .size = size, .content = CONTENT_COMPUTED };
	arena_reset(&c->arena);
	n->step = arena_format(&c->arena, "%s:%s", c->format->name, media_name);
}

bool format_media_named(const struct locator_step *step)
{
	return step->name.length == sizeof media_name - 1 && !memcmp(step->name.text, media_name, step->name.length);
}

static uint64_t extents_length(const struct extent *extent, size_t extents)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < extents; i++)
		if (__builtin_add_overflow(sum, extent[i].length, &sum))
			return UINT64_MAX;
	return sum;
}

/* A list of extents that was too long for a description (node_write) is asked for again where it came from. */
static struct source *content_found_again(struct container *c, const struct node *n)
{
	struct buffer text = { 0 };
	buffer_text(&text, "x::");
	buffer_text(&text, n->step);
	struct locator l;
	struct source *s = NULL;
	struct node again = { 0 };
	if (!locator_parse(&l, buffer_string(&text), text.length) && l.steps == 1 && c->format->find(c, &l.step[0], &again) && again.extents)
		s = source_of_extents(c->source, again.extent, again.extents, n->size);
	buffer_free(&text);
	return s;
}

struct source *format_content(struct container *c, const struct node *n)
{
	switch (n->content) {
	case CONTENT_EXTENTS: {
		struct source *s = NULL;
		if (!n->extents && n->has_size && n->size && n->step && c->format->find)
			s = content_found_again(c, n);
		if (!s)
			s = source_of_extents(c->source, n->extent, n->extents, n->has_size ? n->size : extents_length(n->extent, n->extents));
		return s;
	}
	case CONTENT_INLINE:
		/* a copy: the node's bytes end with the next node, the source ends when its owner likes */
		return source_of_memory(memory_copy(n->inline_bytes ? n->inline_bytes : (const uint8_t *)"", n->inline_length), n->inline_length, true);
	case CONTENT_COMPUTED:
		return c->format->content ? c->format->content(c, n) : NULL;
	case CONTENT_NONE:
	case CONTENT_SEQUENTIAL:
		break;
	}
	return NULL;
}

/* The text of a report: valid UTF-8 whatever a row put into it. Returns what to free. */
static char *report_text(const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return memory_string(format);
	char *text = memory_new((size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	if (text_is_utf8(text, (size_t)length))
		return text;
	struct buffer safe = { 0 };
	text_for_terminal(&safe, text, (size_t)length, 0);
	free(text);
	text = memory_copy(safe.data ? safe.data : (const uint8_t *)"", safe.length);
	buffer_free(&safe);
	return text;
}

void report_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *format, ...)
{
	if (!r || !r->error)
		return;
	va_list arguments;
	va_start(arguments, format);
	char *text = report_text(format, arguments);
	va_end(arguments);
	r->error(r, class, kind, step, offset, length, text);
	free(text);
}

void report_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *format, ...)
{
	if (!r || !r->note)
		return;
	va_list arguments;
	va_start(arguments, format);
	char *text = report_text(format, arguments);
	va_end(arguments);
	r->note(r, kind, step, offset, length, text);
	free(text);
}
