/* SPDX-License-Identifier: Apache-2.0 */
/* image_harness.h: what the tests of disk images that lie in memory share: the image opened by its row, its media, what was told. */
#ifndef SPOOR_TESTS_IMAGE_HARNESS_H
#define SPOOR_TESTS_IMAGE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/format.h"

struct image {
	struct reporter report;         /* first: the callback gets it back */
	struct buffer bytes;
	struct source *source, *media;
	struct container *container;
	char said[1024];                /* "class:kind " each */
};

static void image_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length, (void)message;
	struct image *i = (struct image *)r;
	size_t n = strlen(i->said);
	snprintf(i->said + n, sizeof i->said - n, "%s:%s ", class, kind);
}

/* Is there media in it? */
static bool image_open(struct image *i, const struct format *f)
{
	struct node n;
	i->report.error = image_error;
	i->source = source_of_memory(i->bytes.data, i->bytes.length, false);
	i->container = format_open(f, &(struct opening){ .source = i->source, .report = &i->report });
	if (i->container && f->next(i->container, &n) == 1)
		i->media = format_content(i->container, &n);
	return i->media;
}

/* A byte of the media, 256: unreadable. */
static unsigned image_at(struct image *i, uint64_t offset)
{
	uint8_t byte = 1;
	bool taint = false;
	source_read_at(i->media, offset, &byte, 1, &taint);
	return taint ? 256 : byte;
}

static void image_free(struct image *i)
{
	source_close(i->media);
	format_close(i->container);
	source_close(i->source);
	buffer_free(&i->bytes);
	free(i);
}

#endif
