/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: see lines.h. */
#include "artifact/lines.h"

#include <string.h>

#include "base/text.h"
#include "format/format.h"

enum { WINDOW = 1 << 20 };

_Static_assert(WINDOW > 2 * LINE_MAX_BYTES, "a whole line fits behind any refill");

struct lines lines_of(struct parse *p)
{
	struct lines l = { .parse = p };
	if (p->bytes || !p->source) {
		l.window = NULL;
		l.size = p->length;
	} else {
		l.size = p->source->size;
		l.window = arena_new(p->arena, l.size < WINDOW ? (size_t)l.size : WINDOW);
	}
	return l;
}

void lines_rewind(struct lines *l)
{
	l->next = 0;
	l->cut = 0;
}

/* The bytes from `at` on that are in memory, at least LINE_MAX_BYTES of them where there are so many. */
static const uint8_t *view(struct lines *l, uint64_t at, size_t *length)
{
	if (!l->window) {
		*length = (size_t)(l->size - at);
		return l->parse->bytes + at;
	}
	uint64_t have = at >= l->window_at && at - l->window_at < l->window_length ? l->window_length - (at - l->window_at) : 0;
	if (have <= LINE_MAX_BYTES && at + have < l->size) {
		l->window_length = source_read_at(l->parse->source, at, l->window, l->size < WINDOW ? (size_t)l->size : WINDOW, &l->parse->tainted);
		l->window_at = at;
		have = l->window_length;
	}
	*length = (size_t)have;
	return l->window + (at - l->window_at);
}

bool lines_next(struct lines *l, struct line *line)
{
	if (l->next >= l->size)
		return false;
	size_t have;
	const uint8_t *bytes = view(l, l->next, &have);
	if (!have)
		return false;
	line->offset = l->next;
	line->bytes = bytes;
	size_t limit = have < LINE_MAX_BYTES + 1 ? have : LINE_MAX_BYTES + 1;
	const uint8_t *end = memchr(bytes, '\n', limit);
	if (end) {
		line->length = (size_t)(end - bytes);
		l->next += line->length + 1;
	} else if (limit <= LINE_MAX_BYTES) {
		line->length = limit;
		l->next += limit;
	} else {
		/* Too long: find where it ends without keeping it; then make its head valid again, since the window may have moved. */
		uint64_t at = l->next + limit;
		l->cut++;
		l->next = l->size;
		while (at < l->size) {
			bytes = view(l, at, &have);
			if (!have)
				break;
			end = memchr(bytes, '\n', have);
			if (end) {
				l->next = at + (uint64_t)(end - bytes) + 1;
				break;
			}
			at += have;
		}
		line->bytes = view(l, line->offset, &have);
		line->length = have < LINE_MAX_BYTES ? have : LINE_MAX_BYTES;
		return true;
	}
	if (line->length && line->bytes[line->length - 1] == '\r')
		line->length--;
	return true;
}

void lines_close(struct lines *l)
{
	if (l->cut && l->parse->report)
		report_error(l->parse->report, "limit", "text.line", NULL, 0, 0, "%llu lines are longer than %d bytes: only their beginning was read",
		             (unsigned long long)l->cut, LINE_MAX_BYTES);
	l->cut = 0;
}

void message_text(struct buffer *out, const void *bytes, size_t length, size_t most)
{
	size_t start = out->length;
	if (length > most)
		length = most;
	(void)text_to_utf8(out, bytes, length, TEXT_UTF8);
	if (out->length - start > most) {
		out->length = start + most;
		while (out->length > start && (out->data[out->length] & 0xC0) == 0x80)
			out->length--;
	}
	for (size_t i = start; i < out->length; i++)
		if (out->data[i] == '\n' || out->data[i] == '\r' || out->data[i] == '\t')
			out->data[i] = ' ';
}

static bool begins(const struct node_text *t, size_t at, const char *word)
{
	size_t length = strlen(word);
	return t->length - at >= length && memcmp(t->bytes + at, word, length) == 0;
}

void path_user(struct buffer *out, const struct node *n)
{
	static const char *const homes[] = { "/home/", "/Users/", "/export/home/", "/usr/home/" };
	if (!n || !n->path.length)
		return;
	if (begins(&n->path, 0, "/root/") || begins(&n->path, 0, "/var/root/") || begins(&n->path, 0, "/private/var/root/")) {
		buffer_text(out, "root");
		return;
	}
	for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
		size_t at = strlen(homes[i]);
		if (!begins(&n->path, 0, homes[i]))
			continue;
		const uint8_t *name = n->path.bytes + at, *slash = memchr(name, '/', n->path.length - at);
		if (!slash || slash == name)
			return;
		size_t start = out->length;
		if (!locator_unescape(out, (const char *)name, (size_t)(slash - name)) || !text_is_utf8(out->data + start, out->length - start)) {
			out->length = start;
			buffer_append(out, name, (size_t)(slash - name));       /* as the locator shows it */
		}
		return;
	}
}
