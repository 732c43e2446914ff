/* SPDX-License-Identifier: Apache-2.0 */
/* evt.c: a header of 48 bytes, then a ring of records, public in the Windows SDK (EVENTLOGRECORD, ELF_LOGFILE_HEADER).
 *
 * Record: size, "LfLe", number, time generated, time written, id, type u16, strings u16, category u16, flags u16, closing record, strings offset, SID size and offset, data size
 * and offset; at 56 source and computer as UTF-16 with NUL; at the end the size again. Traps: a record may go on at offset 48 behind the end of the file; fewer than 56
 * bytes left there are filled with 0x27; the header of a log in use is stale, the record that marks the end of the ring holds the true offsets. */
#include "reader/evt.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

enum { HEADER = 48, RECORD_LEAST = 56, RECORD_MOST = 1 << 20, END_RECORD = 40, DIRTY = 1, WRAPPED = 2, WINDOW = 1 << 20, FILLER = 0x27 };

struct evt {
	struct source *source;
	bool *taint;
	uint64_t size;                          /* a multiple of 4: what is behind can hold no record */
	struct evt_header header;
	struct buffer record;                   /* the record in hand, joined */
	uint64_t at, end;                       /* of the live part */
	bool live, joined;                      /* joined: the ring has gone round once */
	struct buffer given;                    /* u32 offsets / 4 of live records, ascending within each turn */
	uint64_t scan_at;
	uint8_t *window; uint64_t window_at; size_t window_length;
};

static size_t read_at(struct evt *e, uint64_t offset, void *to, size_t length)
{
	return source_read_at(e->source, offset, to, length, e->taint);
}

/* Bytes of the ring from `offset` on: behind the end of the file it goes on behind the header. */
static bool ring_read(struct evt *e, uint64_t offset, uint8_t *to, size_t length)
{
	size_t first = offset < e->size && e->size - offset < length ? (size_t)(e->size - offset) : length;
	return offset < e->size && length <= e->size - HEADER && read_at(e, offset, to, first) == first &&
	       (first == length || read_at(e, HEADER, to + first, length - first) == length - first);
}

/* The end record's signature: its offsets are true even where the header is stale. */
static bool end_record(struct evt *e, uint64_t offset, struct evt_header *h)
{
	uint8_t b[END_RECORD];
	static const uint8_t mark[20] = { 0x28, 0, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0x44, 0x44, 0x44, 0x44 };
	if (!ring_read(e, offset, b, sizeof b) || memcmp(b, mark, sizeof mark) != 0)
		return false;
	struct cursor c = cursor_of(b, sizeof b, offset);
	c.at = 20;
	h->first = cursor_u32le(&c);
	h->end = cursor_u32le(&c);
	h->next_number = cursor_u32le(&c);
	h->oldest_number = cursor_u32le(&c);
	return true;
}

static const uint8_t *view(struct evt *e, uint64_t at, size_t *length)
{
	if (at < e->window_at || at + RECORD_LEAST > e->window_at + e->window_length) {
		if (!e->window)
			e->window = memory_new(WINDOW);
		e->window_at = at;
		e->window_length = read_at(e, at, e->window, e->size - at < WINDOW ? (size_t)(e->size - at) : WINDOW);
	}
	*length = (size_t)(e->window_length - (at - e->window_at));
	return e->window + (at - e->window_at);
}

static void find_end(struct evt *e)
{
	for (uint64_t at = HEADER; at + 8 <= e->size; at += 4) {
		size_t have;
		const uint8_t *p = view(e, at, &have);
		if (have >= 8 && p[4] == 0x11 && memcmp(p, "\x28\0\0\0\x11\x11\x11\x11", 8) == 0 && end_record(e, at, &e->header)) {
			e->header.end = (uint32_t)at;
			return;
		}
	}
}

struct evt *evt_open(struct source *source, bool *taint)
{
	struct evt *e = memory_new(sizeof *e);
	e->source = source;
	e->taint = taint;
	e->size = source->size & ~UINT64_C(3);
	uint8_t b[HEADER];
	struct evt_header *h = &e->header;
	if (e->size > HEADER && read_at(e, 0, b, sizeof b) == sizeof b) {
		struct cursor c = cursor_of(b, sizeof b, 0);
		h->valid = cursor_u32le(&c) == HEADER && memcmp(b + 4, "LfLe", 4) == 0;
		c.at = 16;
		h->first = cursor_u32le(&c);
		h->end = cursor_u32le(&c);
		h->next_number = cursor_u32le(&c);
		h->oldest_number = cursor_u32le(&c);
		c.at = 36;
		uint32_t flags = cursor_u32le(&c);
		h->dirty = flags & DIRTY;
		h->wrapped = flags & WRAPPED;
		struct evt_header true_one;
		h->stale = !end_record(e, h->end, &true_one);
		if (h->stale || h->dirty)
			find_end(e);
	}
	e->at = h->first;
	e->end = h->end;
	e->live = h->valid && e->at >= HEADER && e->at < e->size && e->end >= HEADER && e->end < e->size;
	e->scan_at = HEADER;
	return e;
}

static struct evt_text text_at(const uint8_t *bytes, size_t *at, size_t end)
{
	size_t from = *at;
	while (*at + 2 <= end && (bytes[*at] | bytes[*at + 1]))
		*at += 2;
	struct evt_text t = { bytes + from, *at - from };
	if (*at + 2 <= end)
		*at += 2;
	return t;
}

/* The record at an offset of the ring: its length, or 0 when none stands there. */
static uint32_t record_read(struct evt *e, uint64_t offset, struct evt_event *ev)
{
	uint8_t head[8];
	if (!ring_read(e, offset, head, sizeof head) || memcmp(head + 4, "LfLe", 4) != 0)
		return 0;
	uint32_t size = head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	if (size < RECORD_LEAST + 4 || size > RECORD_MOST || size % 4)
		return 0;
	buffer_clear(&e->record);
	if (!ring_read(e, offset, buffer_reserve(&e->record, size), size))
		return 0;
	const uint8_t *b = e->record.data;
	if (memcmp(b + size - 4, head, 4) != 0)
		return 0;
	struct cursor c = cursor_of(b, size, offset);
	*ev = (struct evt_event){ .offset = offset, .length = size };
	c.at = 8;
	ev->number = cursor_u32le(&c);                          /* 8 */
	ev->generated = cursor_u32le(&c);                       /* 12 */
	ev->written = cursor_u32le(&c);                         /* 16 */
	ev->id = cursor_u32le(&c);                              /* 20 */
	ev->type = cursor_u16le(&c);                            /* 24 */
	ev->string_count = cursor_u16le(&c);                    /* 26 */
	ev->category = cursor_u16le(&c);                        /* 28 */
	c.at = 36;
	uint32_t strings = cursor_u32le(&c), sid_length = cursor_u32le(&c), sid = cursor_u32le(&c), data_length = cursor_u32le(&c), data = cursor_u32le(&c);
	size_t end = size - 4, at = RECORD_LEAST;
	ev->source = text_at(b, &at, end);
	ev->computer = text_at(b, &at, end);
	if (sid_length) {
		if (sid < end && sid_length <= end - sid) {
			ev->sid = b + sid;
			ev->sid_length = sid_length;
		} else
			ev->marks |= EVT_CUT;
	}
	if (data_length) {
		if (data < end && data_length <= end - data) {
			ev->data = b + data;
			ev->data_length = data_length;
		} else
			ev->marks |= EVT_CUT;
	}
	if (ev->string_count) {
		if (strings < end) {
			size_t until = data > strings && data <= end ? data : end;
			ev->strings = b + strings;
			ev->strings_length = until - strings;
		} else {
			ev->marks |= EVT_CUT;
			ev->string_count = 0;
		}
	}
	return size;
}

static int offset_order(const void *a, const void *b)
{
	uint32_t x, y;
	memcpy(&x, a, 4);
	memcpy(&y, b, 4);
	return (x > y) - (x < y);
}

static bool live_next(struct evt *e, struct evt_event *ev)
{
	while (e->live) {
		if (e->at == e->end && (e->joined || e->end >= e->header.first)) {
			e->live = false;
			break;
		}
		uint32_t size = record_read(e, e->at, ev);
		if (!size) {
			/* too little room for a record before the end of the file: it goes on behind the header */
			if (!e->joined && e->end < e->header.first && e->size - e->at < RECORD_MOST) {
				uint8_t filler[4] = { 0 };
				if (e->size - e->at < RECORD_LEAST && read_at(e, e->at, filler, 4) == 4 && filler[0] == FILLER) {
					e->at = HEADER;
					e->joined = true;
					continue;
				}
			}
			e->live = false;        /* the rest is found by scanning */
			break;
		}
		uint32_t mark = (uint32_t)(e->at / 4);
		buffer_append(&e->given, &mark, sizeof mark);
		e->at += size;
		if (e->at >= e->size) {
			if (e->joined || e->end >= e->header.first)
				e->live = false;
			e->at = HEADER + (e->at - e->size);
			e->joined = true;
		}
		return true;
	}
	return false;
}

bool evt_next(struct evt *e, struct evt_event *ev)
{
	if (e->live) {
		if (live_next(e, ev))
			return true;
		if (e->given.length)
			qsort(e->given.data, e->given.length / 4, 4, offset_order);
	}
	while (e->scan_at + RECORD_LEAST <= e->size) {
		size_t have;
		const uint8_t *p = view(e, e->scan_at, &have);
		uint64_t at = e->scan_at;
		e->scan_at += 4;
		if (have < 8 || memcmp(p + 4, "LfLe", 4) != 0)
			continue;
		uint32_t mark = (uint32_t)(at / 4);
		bool given = e->given.length && bsearch(&mark, e->given.data, e->given.length / 4, 4, offset_order);
		uint32_t size = record_read(e, at, ev);
		if (!size || (given && at + size > e->size))
			continue;
		e->scan_at = at + size;
		if (given)
			continue;
		ev->marks |= EVT_STALE;
		return true;
	}
	return false;
}

const struct evt_header *evt_header(const struct evt *e) { return &e->header; }

void evt_close(struct evt *e)
{
	if (!e)
		return;
	buffer_free(&e->record);
	buffer_free(&e->given);
	free(e->window);
	free(e);
}
