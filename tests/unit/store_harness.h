/* SPDX-License-Identifier: Apache-2.0 */
/* store_harness.h: what the tests of small mail stores share: bytes opened by a row, its nodes as lines, what was told. */
#ifndef SPOOR_TESTS_STORE_HARNESS_H
#define SPOOR_TESTS_STORE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

static struct buffer store_told, store_lines;

static void store_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)offset, (void)length, (void)message;
	buffer_format(&store_told, "%s/%s ", class, kind);
}

static void store_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	store_error(r, "note", kind, step, offset, length, message);
}

static struct reporter store_reporter = { .error = store_error, .note = store_note };

static struct container *store_open(const struct format *f, struct source *s, const char *name)
{
	buffer_clear(&store_told);
	return format_open(f, &(struct opening){ .source = s, .report = &store_reporter, .name = name, .name_length = strlen(name) });
}

static void store_content(struct container *c, const struct node *n, struct buffer *out)
{
	struct source *s = n->content == CONTENT_NONE ? NULL : format_content(c, n);
	if (!s)
		return;
	assert_true(!n->has_size || s->size == n->size);
	source_read_at(s, 0, buffer_reserve(out, (size_t)s->size + 1), (size_t)s->size, NULL);
	out->length += (size_t)s->size;
	source_close(s);
}

/* Every node: "step kind flag,flag name|content" and a line feed; each is found again by its step, with the same content. */
static const char *store_list(const struct format *f, const void *bytes, size_t length, const char *name)
{
	struct source *s = source_of_memory(bytes, length, false);
	struct container *c = store_open(f, s, name), *again;
	struct node n, found;
	buffer_clear(&store_lines);
	if (!c) {
		source_close(s);
		return NULL;
	}
	again = format_open(f, &(struct opening){ .source = s, .name = name, .name_length = strlen(name) });
	while (f->next(c, &n) > 0) {
		struct buffer content = { 0 }, same = { 0 }, text = { 0 };
		struct locator l;
		store_content(c, &n, &content);
		buffer_format(&store_lines, "%s %s ", n.step, node_kind_name(n.kind));
		for (unsigned i = 0; i < n.flag_count; i++)
			buffer_format(&store_lines, "%s%s", i ? "," : "", n.flags[i]);
		buffer_format(&store_lines, " %.*s|%s\n", (int)n.name.length, n.name.length ? (const char *)n.name.bytes : "", buffer_string(&content));
		buffer_format(&text, "x::%s", n.step);
		assert_null(locator_parse(&l, buffer_string(&text), text.length));
		assert_true(f->find(again, &l.step[0], &found));
		assert_string_equal(found.step, n.step);
		store_content(again, &found, &same);
		assert_true(same.length == content.length && !memcmp(buffer_string(&same), buffer_string(&content), content.length));
		buffer_free(&content);
		buffer_free(&same);
		buffer_free(&text);
	}
	format_close(again);
	format_close(c);
	source_close(s);
	return buffer_string(&store_lines);
}

static int store_release(void **state)
{
	(void)state;
	buffer_free(&store_told);
	buffer_free(&store_lines);
	return 0;
}

#endif
