/* SPDX-License-Identifier: Apache-2.0 */
/* mapi_harness.h: what the tests of single messages of Outlook share (msg.c, tnef.c): the file that a test writes, opened by its row, the message rendered, what was told. */
#ifndef SPOOR_TESTS_MAPI_HARNESS_H
#define SPOOR_TESTS_MAPI_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"
#include "format/mail/mapi.h"

static struct buffer file, told;
static struct arena arena;

struct opened { const struct format *format; struct source *source; struct container *container; };

/* The first `length` bytes of the file, which its row opens. */
static struct opened opened_as(const struct format *f, struct reporter *reporter, const char *name, size_t length)
{
	struct opened o = { .format = f, .source = source_of_memory(file.data, length, false) };
	o.container = format_open(f, &(struct opening){ .source = o.source, .report = reporter, .name = name, .name_length = strlen(name), .list_deleted = true });
	assert_non_null(o.container);
	return o;
}

static void closed(struct opened *o)
{
	format_close(o->container);
	source_close(o->source);
}

/* The message, its first node, as RFC 5322. */
static const char *rendered(struct opened *o)
{
	struct node n;
	assert_int_equal(o->format->next(o->container, &n), 1);
	assert_int_equal(n.kind, NODE_MESSAGE);
	assert_string_equal(n.step, arena_format(&arena, "%s:1", o->format->name));
	assert_string_equal(n.format, "eml");
	struct source *s = format_content(o->container, &n);
	assert_int_equal(s->size, n.size);
	char *all = arena_new(&arena, (size_t)s->size + 1);
	source_read_at(s, 0, all, (size_t)s->size, NULL);
	source_close(s);
	return all;
}

static void has(const char *all, const char *what)
{
	if (!strstr(all, what))
		fail_msg("no \"%s\" in:\n%.3000s", what, all);
}

#endif
