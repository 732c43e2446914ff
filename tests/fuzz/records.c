/* SPDX-License-Identifier: Apache-2.0 */
/* records.c: any bytes as a line, a frame, a locator, a condition. */
#include "tests/fuzz/fuzz.h"

#include "record/filter.h"

/* A line: refused without a trace, or read into a valid frame whose line is read and written the same from then on. */
void fuzz_json(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct buffer frame = { 0 }, line = { 0 }, back = { 0 }, again = { 0 };
	struct record_view v;
	if (record_from_json(&frame, (const char *)data, size))
		demand(frame.length == 0);
	else {
		const char *wrong = record_view_open(&v, frame.data, frame.length);
		/* what a line says tersely may be too long when it is spelled out: that is seen when the frame is opened */
		demand(!wrong || frame.length > RECORD_LENGTH_MAX / 12);
		if (!wrong) {
			record_to_json(&line, &v);
			const uint8_t *at = line.data, *end = at + line.length - 1;
			demand(text_is_utf8(line.data, line.length));
			while (at < end)
				demand(!text_is_dangerous(text_utf8_next(&at, end)));
			demand(!record_from_json(&back, (const char *)line.data, line.length - 1));
			demand(!record_view_open(&v, back.data, back.length));
			record_to_json(&again, &v);
			demand(line.length == again.length && memcmp(line.data, again.data, line.length) == 0);
		}
	}
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&back);
	buffer_free(&again);
}

/* ---- locators */

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

void fuzz_locator(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
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
}

/* ---- frames */

static void show(struct buffer *out, const struct record_view *v)
{
	buffer_clear(out);
	record_to_json(out, v);
	demand(out->length >= 3 && out->data[0] == '{' && out->data[out->length - 1] == '\n' && !memchr(out->data, '\n', out->length - 1));
	demand(text_is_utf8(out->data, out->length));
}

void fuzz_record(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct buffer frame = { 0 }, line = { 0 }, back = { 0 }, again = { 0 }, copy = { 0 };
	struct record_view v, second, third;
	if (size == 0)
		return;
	if (data[0] & 1) {
		struct record_builder r = record_begin(&frame, data[0] >> 1 & 15);
		buffer_append(&frame, data + 1, size - 1);
		record_end(&r);
	} else
		buffer_append(&frame, data + 1, size - 1);
	if (!record_view_open(&v, frame.data, frame.length)) {
		show(&line, &v);
		demand(!record_from_json(&back, (const char *)line.data, line.length - 1));
		demand(!record_view_open(&second, back.data, back.length));
		show(&again, &second);
		demand(line.length == again.length && memcmp(line.data, again.data, line.length) == 0);
		(void)record_view_complete(&v);
		record_merge(&copy, &v, &second);
		demand(!record_view_open(&third, copy.data, copy.length));
		buffer_clear(&copy);
		record_prefix_locator(&copy, &v, "d.E01::", 7);
		demand(!record_view_open(&third, copy.data, copy.length));
		show(&again, &third);
	}
	buffer_free(&frame);
	buffer_free(&line);
	buffer_free(&back);
	buffer_free(&again);
	buffer_free(&copy);
}

/* ---- conditions: refused with a place in the text, or they answer, the same each time. */

void fuzz_filter(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	static const char line[] = "{\"type\":\"event\",\"time\":\"2024-05-04T10:00:00.000000000Z\",\"precision\":\"s\",\"kind\":\"logon\",\"message\":\"a\",\"data\":{\"LogonType\":\"3\"}}";
	char *text = memory_copy(data, size);
	struct buffer frame = { 0 };
	struct record_view v;
	struct filter *f = NULL;
	size_t at = 0;
	demand(!record_from_json(&frame, line, sizeof line - 1) && !record_view_open(&v, frame.data, frame.length));
	if (filter_compile(&f, text, &at))
		demand(at <= strlen(text));
	else
		demand(filter_matches(f, &v) == filter_matches(f, &v));
	filter_free(f);
	buffer_free(&frame);
	free(text);
}
