/* SPDX-License-Identifier: Apache-2.0 */
/* correlate_harness.h: what the tests of reducers share: records as JSON lines in, the hits over them as JSON lines out. */
#ifndef SPOOR_TESTS_CORRELATE_HARNESS_H
#define SPOOR_TESTS_CORRELATE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "correlate/correlate.h"

struct kept { const char *method; struct buffer text; };

static bool keep(void *owner, const struct record_view *hit)
{
	struct kept *k = owner;
	if (!k->method || record_text_equals(hit, F_METHOD, k->method))
		record_to_json(&k->text, hit);
	return true;
}

/* The method's hits (NULL: all) over these records, taken from the front or from the back; the caller frees them. */
static char *hits_of(const char *method, const char *const *line, size_t lines, bool backwards)
{
	struct correlate *c = correlate_new(-1);
	struct buffer frame = { 0 };
	struct kept out = { .method = method };
	for (size_t i = 0; i < lines; i++) {
		const char *text = line[backwards ? lines - 1 - i : i];
		struct record_view v;
		buffer_clear(&frame);
		const char *wrong = record_from_json(&frame, text, strlen(text));
		if (wrong || (wrong = record_view_open(&v, frame.data, frame.length)))
			fail_msg("%s: %s", wrong, text);
		assert_true(correlate_add(c, &v));
	}
	assert_true(correlate_finish(c, keep, &out));
	correlate_free(c);
	char *result = memory_string(buffer_string(&out.text));
	buffer_free(&frame);
	buffer_free(&out.text);
	return result;
}

#endif
