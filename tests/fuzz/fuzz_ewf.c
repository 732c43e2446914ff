/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ewf: hostile EWF images. The first two bytes say where the input is cut into two segment files (0: one file). Most mutations would
 * only meet checksums, so the mutator makes those of descriptors, tables and volume sections right again three times out of four. */
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { CUT = 2, DESCRIPTOR = 76, SECTIONS = 200, READ_MOST = 2 << 20, TURN = 1 << 20 };

static void ignore_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length;
	if (!text_is_utf8(message, strlen(message)))
		abort();
}

static void ignore_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	ignore_error(r, "note", kind, step, offset, length, message);
}

static uint64_t get(const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;
	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static void seal(uint8_t *data, size_t size, size_t from, size_t length)
{
	if (from > size || length > size - from || size - from - length < 4)
		return;
	uint32_t sum = libdeflate_adler32(1, data + from, length);
	for (size_t i = 0; i < 4; i++)
		data[from + length + i] = (uint8_t)(sum >> 8 * i);
}

static void seal_chain(uint8_t *data, size_t size)
{
	size_t at = 13;
	for (unsigned n = 0; n < SECTIONS && at + DESCRIPTOR <= size; n++) {
		uint8_t *d = data + at;
		size_t body = at + DESCRIPTOR;
		uint64_t next = get(d + 16, 8);
		size_t end = next < size ? (size_t)next : size;
		if (!memcmp(d, "table", 5) && body + 24 <= size) {
			uint64_t count = get(data + body, 4);
			seal(data, size, body, 20);
			if (count < size / 4)
				seal(data, size, body + 24, (size_t)count * 4);
		} else if (!memcmp(d, "volume", 7) || !memcmp(d, "data", 5) || !memcmp(d, "disk", 5)) {
			seal(data, size, body, end > body && end - body < 1052 ? 90 : 1048);
		} else if (!memcmp(d, "error2", 7)) {
			seal(data, size, body, 516);
		}
		seal(data, size, at, 72);
		if (next <= at)
			return;
		at = end;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (seed % 4 == 0 || size < CUT)
		return size;
	size_t cut = (size_t)get(data, CUT), rest = size - CUT;
	if (!cut || cut >= rest)
		cut = rest;
	seal_chain(data + CUT, cut);
	seal_chain(data + CUT + cut, rest - cut);
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const name[] = { "m.E01", "m.E02" };
	if (size < CUT)
		return 0;
	size_t cut = (size_t)get(data, CUT), rest = size - CUT;
	if (cut >= rest)
		cut = 0;
	struct source *part[2] = { source_of_memory(data + CUT, cut ? cut : rest, false), cut ? source_of_memory(data + CUT + cut, rest - cut, false) : NULL };
	struct reporter report = { .error = ignore_error, .note = ignore_note };
	struct evidence_parts parts = { .source = part, .name = name, .count = cut ? 2 : 1 };
	struct opening o = { .source = part[0], .parts = &parts, .report = &report, .name = name[0], .name_length = 5 };
	struct probe p = { .source = part[0], .head = part[0]->memory, .head_length = part[0]->size < PROBE_HEAD ? (size_t)part[0]->size : PROBE_HEAD };
	const struct format *f = format_by_name("ewf", 3);
	(void)f->probe(&p);
	struct container *c = format_open(f, &o);
	struct node n;
	if (c && c->format->next(c, &n)) {
		struct source *s = format_content(c, &n);
		uint8_t *bytes = memory_new(TURN);
		for (uint64_t at = 0; at < s->size && at < READ_MOST; at += TURN)
			source_read_at(s, at, bytes, TURN, NULL);
		for (unsigned i = 1; i <= 16; i++)
			source_read_at(s, s->size / 16 * i - (s->size > 3000 ? 3000 : 0), bytes, 7000, NULL);
		free(bytes);
		source_close(s);
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
		c->format->describe(c, &r);
		record_end(&r);
		struct record_view v;
		if (record_view_open(&v, frame.data, frame.length))
			abort();
		buffer_free(&frame);
	}
	format_close(c);
	source_close(part[0]);
	source_close(part[1]);
	return 0;
}
