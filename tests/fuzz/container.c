/* SPDX-License-Identifier: Apache-2.0 */
/* container.c: any bytes as a container of one format: opening, listing and reading it ends; every node's description and everything that is told is valid;
 * and what the target's `checks` say. */
#include "tests/fuzz/fuzz.h"

#include "base/hash.h"

enum { TURN = 1 << 20, READ_MOST = 2 << 20, PIECE = 8192, PLACES = 64, FOUND_MOST = 64, WALKED_MOST = 64 << 20 };

static uint8_t bytes[TURN];

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length;
	demand(text_is_utf8(message, strlen(message)));
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	on_error(r, "note", kind, step, offset, length, message);
}

static bool on_step(struct reporter *r, uint64_t at)
{
	(void)r, (void)at;
	return true;
}

struct reporter fuzz_reporter = { on_error, on_note, on_step };

/* For each method of encryption a key that may be taken: given 1, protector 0, length, key. */
static void key_ask(struct key_ring *r, const uint8_t volume[32], struct key_answer *a)
{
	(void)r;
	a->bytes[0] = 1;
	a->bytes[2] = (uint8_t)(volume[0] % 3 == 0 ? 16 : volume[0] % 3 == 1 ? 32 : 64);
	for (size_t i = 3; i < 67; i++)
		a->bytes[i] = (uint8_t)i;
	a->found = 67;
}

static void key_found(struct key_ring *r, const uint8_t volume[32], const uint8_t *key, size_t length)
{
	(void)r, (void)volume, (void)key, (void)length;
}

void fuzz_read(struct source *s)
{
	if (!s)
		return;
	for (uint64_t at = 0; at < s->size && at < READ_MOST; at += TURN)
		source_read_at(s, at, bytes, TURN, NULL);
	if (s->size > READ_MOST) {
		for (uint64_t i = 0; i < PLACES; i++)
			source_read_at(s, s->size / PLACES * i, bytes, PIECE, NULL);
		source_read_at(s, s->size - PIECE / 2, bytes, PIECE, NULL);
	}
	source_close(s);
}

void fuzz_describe(const struct node *n)
{
	struct buffer frame = { 0 };
	struct record_view v;
	node_write(&frame, n);
	demand(!record_view_open(&v, frame.data, frame.length));
	buffer_free(&frame);
}

void fuzz_same(const struct node *n, const struct node *found)
{
	demand(found->kind == n->kind && found->step && !strcmp(found->step, n->step));
	demand(!found->parent == !n->parent && (!n->parent || !strcmp(found->parent, n->parent)));
	demand(found->has_size == n->has_size && found->size == n->size);
	demand(found->has_range == n->has_range && found->range_offset == n->range_offset && found->range_length == n->range_length);
	demand(found->content == n->content && found->extents == n->extents);
	for (size_t i = 0; i < n->extents; i++)
		demand(found->extent[i].kind == n->extent[i].kind && found->extent[i].offset == n->extent[i].offset && found->extent[i].length == n->extent[i].length);
}

void fuzz_step(const struct node *n, struct buffer *text, struct locator_step *step)
{
	struct locator l;
	buffer_clear(text);
	buffer_format(text, "x::%s", n->step);
	demand(!locator_parse(&l, buffer_string(text), text->length) && l.steps == 1);
	*step = l.step[0];
}

static void node_check(const struct fuzz_target *t, struct container *c, const struct node *n)
{
	uint64_t size = c->source->size, sum = 0;
	for (size_t i = 0; i < n->extents; i++) {
		sum += n->extent[i].length;
		if (t->checks & FUZZ_EXTENTS && n->extent[i].kind == EXTENT_DATA)
			demand(n->extent[i].offset <= size && n->extent[i].length <= size - n->extent[i].offset);
	}
	if (t->checks & FUZZ_FILLED)
		demand(n->content != CONTENT_EXTENTS || sum == n->size);
	if (t->checks & FUZZ_RANGES && n->has_range)
		demand(n->range_offset <= size && n->range_length <= size - n->range_offset);
	if (t->checks & FUZZ_PARTITIONS)
		demand(n->has_range && n->has_size && n->size <= n->range_length);
	fuzz_describe(n);
}

static void content_check(const struct fuzz_target *t, struct container *c, const struct node *n, uint64_t *walked)
{
	if (n->content == CONTENT_SEQUENTIAL) {
		for (ssize_t got = 1; got > 0 && *walked < WALKED_MOST; *walked += (uint64_t)(got > 0 ? got : 0)) {
			got = c->format->read(c, bytes, PIECE);
			demand(got <= PIECE);
		}
		return;
	}
	struct source *s = format_content(c, n);
	demand(s || !(t->checks & FUZZ_NUMBERED));
	if (s && t->checks & FUZZ_FILLED && n->has_size)
		demand(s->size == n->size);
	if (s)
		*walked += s->size < READ_MOST ? s->size : READ_MOST;
	if (*walked < WALKED_MOST)
		fuzz_read(s);
	else
		source_close(s);
}

void fuzz_walk(const struct fuzz_target *t, const struct opening *o)
{
	const struct format *f = format_by_name(t->subject, strlen(t->subject));
	struct container *c = format_open(f, o), *again = NULL;
	if (!c)
		return;
	if (t->checks & FUZZ_FOUND) {
		/* without a reporter, which must do as well */
		struct opening quiet = *o;
		quiet.report = NULL;
		again = format_open(f, &quiet);
		demand(again);
	}
	if (f->describe) {
		struct buffer frame = { 0 };
		struct record_view v;
		struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
		f->describe(c, &r);
		record_end(&r);
		demand(!record_view_open(&v, frame.data, frame.length));
		buffer_free(&frame);
	}
	struct node n, found;
	struct buffer text = { 0 };
	uint64_t covered = 0, walked = 0;
	for (uint64_t count = 1; f->next(c, &n) > 0; count++) {
		struct locator_step step;
		node_check(t, c, &n);
		if (t->checks & FUZZ_TILES) {
			demand(n.range_offset == covered && n.range_length > 0);
			covered += n.range_length;
			demand(n.extents == 1 && n.extent->offset >= n.range_offset && n.extent->offset + n.extent->length <= covered);
		}
		if (t->checks & FUZZ_NUMBERED)
			demand(n.address && strtoull(n.address, NULL, 10) == count);
		if (again && count <= FOUND_MOST) {
			fuzz_step(&n, &text, &step);
			if (!f->find(again, &step, &found))
				fuzz_refuse(__FILE__, __LINE__, buffer_string(&text));
			fuzz_same(&n, &found);
			content_check(t, again, &found, &walked);
		}
		content_check(t, c, &n, &walked);
	}
	demand(!(t->checks & FUZZ_TILES) || covered == o->source->size);
	buffer_free(&text);
	format_close(again);
	format_close(c);
}

void fuzz_container(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	const char *name[] = { t->file ? t->file : "", t->second };
	size_t cut = 0;
	if (t->second)
		cut = (size_t)fuzz_number(&data, &size, 2);
	if (cut >= size)
		cut = 0;
	struct source *part[2] = { source_of_memory(data, cut ? cut : size, false), cut ? source_of_memory(data + cut, size - cut, false) : NULL };
	struct evidence_parts parts = { .source = part, .name = name, .count = cut ? 2 : 1 };
	struct probe p = { .source = part[0], .head = part[0]->memory, .head_length = part[0]->size < PROBE_HEAD ? (size_t)part[0]->size : PROBE_HEAD,
		.name = name[0], .name_length = strlen(name[0]) };
	(void)format_by_name(t->subject, strlen(t->subject))->probe(&p);
	fuzz_walk(t, &(struct opening){ .source = part[0], .parts = t->second ? &parts : NULL, .report = &fuzz_reporter, .name = name[0], .name_length = strlen(name[0]),
		.list_deleted = true, .keys = t->checks & FUZZ_KEYS ? &(struct key_ring){ key_ask, key_found } : NULL });
	source_close(part[0]);
	source_close(part[1]);
}

/* What lies beside a file system, of those that are read here and by no library. */
void fuzz_unallocated(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	struct source *s = source_of_memory(data, size, false);
	struct probe p = { .source = s, .head = data, .head_length = size < PROBE_HEAD ? size : PROBE_HEAD, .name = "", .above = LAYER_VOLUME };
	const struct format *f = format_probe(&p, 1U << LAYER_FS, NULL);
	if (f == format_by_name("ntfs", 4) || f == format_by_name("xfs", 3))
		fuzz_container(t, data, size);
	source_close(s);
}

/* ---- EWF: most mutations would only meet the checksums of descriptors, tables and volume sections. */

enum { EWF_HEAD = 13, EWF_DESCRIPTOR = 76, EWF_SECTIONS = 200 };

static uint64_t get(const uint8_t *p, size_t length)
{
	return fuzz_number(&p, &length, length);
}

static void seal(uint8_t *data, size_t size, size_t from, size_t length)
{
	if (from > size || length > size - from || size - from - length < 4)
		return;
	uint32_t sum = hash_adler32(1, data + from, length);
	for (size_t i = 0; i < 4; i++)
		data[from + length + i] = (uint8_t)(sum >> 8 * i);
}

static void seal_chain(uint8_t *data, size_t size)
{
	size_t at = EWF_HEAD;
	for (unsigned n = 0; n < EWF_SECTIONS && at + EWF_DESCRIPTOR <= size; n++) {
		uint8_t *d = data + at;
		size_t body = at + EWF_DESCRIPTOR;
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

void fuzz_ewf_seal(const struct fuzz_target *t, uint8_t *data, size_t size)
{
	(void)t;
	if (size < 2)
		return;
	size_t cut = (size_t)get(data, 2), rest = size - 2;
	if (!cut || cut >= rest)
		cut = rest;
	seal_chain(data + 2, cut);
	seal_chain(data + 2 + cut, rest - cut);
}
