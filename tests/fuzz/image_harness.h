/* SPDX-License-Identifier: Apache-2.0 */
/* image_harness.h: hostile disk images of one format, given by IMAGE_FORMAT. The first two bytes say where the input is cut into two files (0: one). */
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUT = 2, READ_MOST = 2 << 20, TURN = 1 << 20, PLACES = 32 };

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length;
	if (!text_is_utf8(message, strlen(message)))
		abort();
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	on_error(r, "note", kind, step, offset, length, message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const name[] = { "m", "m-flat.vmdk" };
	if (size < CUT)
		return 0;
	size_t cut = (size_t)data[0] | (size_t)data[1] << 8, rest = size - CUT;
	if (cut >= rest)
		cut = 0;
	struct source *part[2] = { source_of_memory(data + CUT, cut ? cut : rest, false), cut ? source_of_memory(data + CUT + cut, rest - cut, false) : NULL };
	struct reporter report = { .error = on_error, .note = on_note };
	struct evidence_parts parts = { .source = part, .name = name, .count = cut ? 2 : 1 };
	struct opening o = { .source = part[0], .parts = &parts, .report = &report, .name = name[0], .name_length = 1 };
	struct probe p = { .source = part[0], .head = part[0]->memory, .head_length = part[0]->size < PROBE_HEAD ? (size_t)part[0]->size : PROBE_HEAD, .name = "" };
	const struct format *f = format_by_name(IMAGE_FORMAT, strlen(IMAGE_FORMAT));
	(void)f->probe(&p);
	struct container *c = format_open(f, &o);
	struct node n;
	if (c && c->format->next(c, &n) == 1) {
		struct source *s = format_content(c, &n);
		uint8_t *bytes = memory_new(TURN);
		for (uint64_t at = 0; at < s->size && at < READ_MOST; at += TURN)
			source_read_at(s, at, bytes, TURN, NULL);
		for (unsigned i = 1; i <= PLACES; i++)
			source_read_at(s, s->size / PLACES * i - (s->size > 3000 ? 3000 : 0), bytes, 7000, NULL);
		free(bytes);
		source_close(s);
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
		c->format->describe(c, &r);
		record_end(&r);
		buffer_free(&frame);
	}
	format_close(c);
	source_close(part[0]);
	source_close(part[1]);
	return 0;
}
