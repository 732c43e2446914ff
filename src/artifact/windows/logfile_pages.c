/* SPDX-License-Identifier: Apache-2.0 */
/* logfile_pages.c: pages of 4,096 bytes ("RCRD") hold records from byte 64 on, one behind the other and over the pages' borders. A record is known by its own LSN, whose low bits say where
 * in a page it stands: so pages out of order, copies of the last pages (read once: an LSN that was read is passed over) and pieces of a log are read alike.
 *
 * Sources: libyal/libfsntfs, "Log file"; the layout as jschicht/LogFileParser and msuhanov/dfir_ntfs describe it. */
#include "artifact/windows/logfile_pages.h"

#include <stdlib.h>
#include <string.h>

#include "format/format.h"

enum {
	PAGE = LOGFILE_PAGE, STRIDE = 512, PAGE_DATA = 64, TOLD_MOST = 64,
	FLAGS_MOST = 7,                 /* 1 goes on in the next page; 2 and 4 since Windows 10: last and first of a transaction */
};

void log_pages_open(struct log_pages *l, struct parse *p)
{
	*l = (struct log_pages){ .p = p, .client = memory_new(LOGFILE_CLIENT_MOST) };
}

void log_pages_close(struct log_pages *l)
{
	number_set_free(&l->seen);
	free(l->client);
}

/* One page with its update sequence undone. False: it holds no records. */
static bool page_read(struct log_pages *l, uint64_t number, uint8_t *page, bool tell)
{
	if (source_read_at(l->p->source, number * PAGE, page, PAGE, &l->p->tainted) < PAGE || memcmp(page, "RCRD", 4) != 0)
		return false;
	struct cursor c = cursor_of(page, PAGE, 0);
	c.at = 4;                               /* 4 update sequence u16, 6 count u16 */
	uint16_t at = cursor_u16le(&c), count = cursor_u16le(&c);
	bool torn = count != PAGE / STRIDE + 1 || at < 8 || at + 2 * count > STRIDE - 2;
	for (size_t i = 1; i < count && !torn; i++) {
		uint8_t *tail = page + i * STRIDE - 2;
		torn = memcmp(tail, page + at, 2) != 0;
		if (!torn)
			memcpy(tail, page + at + 2 * i, 2);
	}
	if (torn && tell) {
		l->torn++;
		if (l->told++ < TOLD_MOST)
			report_error(l->p->report, "damage", "logfile.page", NULL, number * PAGE, PAGE, "a sector of this page does not belong to it; what is read of it may be of two times");
	}
	return true;
}

/* The record's data, over as many pages as it takes. False: they end before. */
static bool client_read(struct log_pages *l, uint64_t number, size_t at, size_t length)
{
	size_t have = 0, take = PAGE - at < length ? PAGE - at : length;
	memcpy(l->client, l->page + at, take);
	for (have = take; have < length; have += take) {
		if (!page_read(l, ++number, l->next, false))
			return false;
		take = PAGE - PAGE_DATA < length - have ? PAGE - PAGE_DATA : length - have;
		memcpy(l->client + have, l->next + PAGE_DATA, take);
	}
	return true;
}

/* The record at `at` of the page in hand; returns the bytes that it takes, 0: there is none. */
static size_t record_take(struct log_pages *l, size_t at, void (*found)(void *owner, const struct log_record *r), void *owner)
{
	struct log_record r = { .offset = l->number * PAGE + at };
	struct cursor c = cursor_of(l->page + at, PAGE - at, 0);
	r.lsn = cursor_u64le(&c);               /* 0 LSN, 8 previous, 16 undo next u64; 24 length u32, 32 type u32, 40 flags u16 */
	r.previous = cursor_u64le(&c);
	c.at = 24;
	r.length = cursor_u32le(&c);
	c.at = 32;
	uint32_t type = cursor_u32le(&c);
	c.at = 40;
	uint16_t flags = cursor_u16le(&c);
	cursor_skip(&c, 6);
	if (c.bad || !r.lsn || (r.lsn << 3) % PAGE != at || (type != 1 && type != 2) || flags > FLAGS_MOST || r.length > LOGFILE_CLIENT_MOST)
		return 0;
	size_t taken = (LOGFILE_HEADER + (size_t)r.length + 7) & ~(size_t)7;
	if (!number_set_add(&l->seen, r.lsn)) {
		l->copies++;
		return taken;
	}
	l->records++;
	if (!client_read(l, l->number, at + LOGFILE_HEADER, r.length))
		l->cut++;
	else if (type == 1)
		found(owner, &r);
	return taken;
}

void log_pages_walk(struct log_pages *l, void (*found)(void *owner, const struct log_record *r), void *owner)
{
	struct parse *p = l->p;
	uint64_t pages = p->source->size / PAGE, into = 0;
	for (uint64_t i = 0; i < pages; i++) {
		l->held = page_read(l, l->number = i, l->page, true);
		size_t room = PAGE - PAGE_DATA;
		if (!l->held || into >= room) {
			into = l->held ? into - room : 0;
			continue;
		}
		size_t at = PAGE_DATA + (size_t)into;
		for (into = 0; at + LOGFILE_HEADER <= PAGE;) {
			size_t taken = record_take(l, at, found, owner);
			if (taken > PAGE - at)
				into = taken - (PAGE - at);
			at += taken ? taken : 8;
		}
		if (p->report && p->report->step)
			(void)p->report->step(p->report, i);
	}
	if (l->cut)
		report_error(p->report, "damage", "logfile.record", NULL, 0, 0, "%llu records go on in pages that are not there", (unsigned long long)l->cut);
	if (l->told > TOLD_MOST)
		report_error(p->report, "limit", "logfile.page", NULL, 0, 0, "%llu torn pages: those behind the first %d are not told one by one", (unsigned long long)l->told, TOLD_MOST);
}

bool log_record_read(struct log_pages *l, const struct log_record *r)
{
	uint64_t number = r->offset / PAGE;
	if (!l->held || l->number != number)
		l->held = page_read(l, l->number = number, l->page, false);
	return l->held && client_read(l, number, (size_t)(r->offset % PAGE) + LOGFILE_HEADER, r->length);
}
