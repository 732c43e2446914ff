/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_locator.c: any bytes survive escaping, parsing and unescaping; a locator that is taken is spelled in one way after one round. */
#include <stdlib.h>
#include <string.h>

#include "record/locator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void check_name(const uint8_t *bytes, size_t size)
{
	struct buffer text = { 0 }, back = { 0 };
	struct locator l;
	buffer_text(&text, "d::ntfs:/");
	locator_escape(&text, bytes, size);
	demand(!locator_parse(&l, (const char *)text.data, text.length));
	demand(l.steps == 1 && l.step[0].stream.length == 0 && !memchr(l.step[0].name.text + 1, '/', l.step[0].name.length - 1));
	demand(locator_unescape(&back, l.step[0].name.text + 1, l.step[0].name.length - 1));
	demand(back.length == size && (size == 0 || memcmp(back.data, bytes, size) == 0));
	buffer_free(&text);
	buffer_free(&back);
}

/* Unescaped and escaped again, a part means the same bytes. */
static void check_part(struct locator_part part)
{
	struct buffer bytes = { 0 };
	demand(locator_unescape(&bytes, part.text, part.length));
	check_name(bytes.data, bytes.length);
	buffer_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct locator l;
	struct buffer text = { 0 };
	if (!locator_parse(&l, (const char *)data, size)) {
		demand(l.evidence.length > 0 && l.steps <= LOCATOR_STEPS_MAX);
		check_part(l.evidence);
		size_t total = l.evidence.length;
		for (unsigned i = 0; i < l.steps; i++) {
			struct locator_step *step = &l.step[i];
			total += 2 + step->format.length + 1 + step->name.length + (step->stream.length ? 1 + step->stream.length : 0);
			check_part(step->name);
			check_part(step->stream);
		}
		demand(total == size);
	}
	check_name(data, size);
	if (size) {
		locator_escape_evidence(&text, data, size);
		demand(!locator_parse(&l, (const char *)text.data, text.length) && l.steps == 0);
		buffer_clear(&text);
		locator_wtf8(&text, data, size);
		check_name(text.data, text.length);
	}
	buffer_free(&text);
	return 0;
}
