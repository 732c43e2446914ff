/* SPDX-License-Identifier: Apache-2.0 */
/* logfile.c: the transaction log of NTFS ($LogFile): names and times of files that were made, renamed and deleted lately, also where the change journal was thrown away.
 *
 * Sources: libyal/libfsntfs, "Log file"; the layout as jschicht/LogFileParser and msuhanov/dfir_ntfs describe it. Pages of 4,096 bytes ("RCRD") hold records from byte 64 on, one behind the
 * other and over the pages' borders. A record is known by its own LSN, whose low bits say where in a page it stands: so pages out of order, copies of the last pages (read once: an LSN that was
 * read is passed over) and pieces of a log are read alike. No transaction is played back: redo data say what came to be, undo data what was.
 *
 * What is given: whole new records of the $MFT, entries put into and taken out of directories, and $FILE_NAME attributes made and deleted, each with the four times of its $FILE_NAME. */
#include "artifact/artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/format.h"
#include "format/fs/ntfs.h"
#include "format/fs/number_set.h"

enum {
	PAGE = 4096, STRIDE = 512, PAGE_DATA = 64, HEADER = 48, OPERATION = 32,
	CLIENT_MOST = 1 << 20,          /* bytes of one record; real ones are smaller by far */
	OPERATIONS = 0x26, TOLD_MOST = 64, NAME_AT = 66,
	FLAGS_MOST = 7,                 /* 1 goes on in the next page; 2 and 4 since Windows 10: last and first of a transaction */
};

enum holds { HOLDS_NOTHING, HOLDS_RECORD, HOLDS_INDEX_ENTRY, HOLDS_ATTRIBUTE };
/* The operations that hold names, and where. */
static const struct { uint8_t operation; bool undo; enum holds holds; const char *says; } sources[] = {
	{ 0x02, false, HOLDS_RECORD, "record made" }, { 0x05, false, HOLDS_ATTRIBUTE, "name added" }, { 0x06, true, HOLDS_ATTRIBUTE, "name removed" },
	{ 0x0c, false, HOLDS_INDEX_ENTRY, "added to its directory" }, { 0x0d, true, HOLDS_INDEX_ENTRY, "removed from its directory" },
	{ 0x0e, false, HOLDS_INDEX_ENTRY, "added to its directory" }, { 0x0f, true, HOLDS_INDEX_ENTRY, "removed from its directory" },
};

struct log {
	struct parse *p;
	uint8_t page[PAGE], next[PAGE];
	uint8_t *client;                        /* CLIENT_MOST bytes: what the record in hand holds */
	struct number_set seen;                 /* LSNs */
	uint64_t records, copies, cut, torn, names, told, operations[OPERATIONS];
};

/* One page with its update sequence undone. False: it holds no records. */
static bool page_read(struct log *l, uint64_t number, uint8_t *page, bool tell)
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
static bool client_read(struct log *l, uint64_t number, size_t at, size_t length)
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

static void reference_put(struct record_builder *r, const char *key, uint64_t reference)
{
	char text[32];
	(void)snprintf(text, sizeof text, "%llu-%u", (unsigned long long)ntfs_reference_record(reference), (unsigned)ntfs_reference_sequence(reference));
	value_string(r, key, text);
}

struct told_name { uint64_t reference, lsn, offset; bool has_reference; uint8_t operation; const char *says; };

static void name_write(struct log *l, const struct told_name *t, const struct ntfs_file_name *f)
{
	static const struct { const char *kind, *desc; } times[] = {
		{ "file_created", "Creation Time ($FILE_NAME)" }, { "file_modified", "Content Modification Time ($FILE_NAME)" }, { "file_mft_changed", "Metadata Modification Time ($FILE_NAME)" },
		{ "file_accessed", "Last Access Time ($FILE_NAME)" },
	};
	const uint64_t value[] = { f->created, f->modified, f->changed, f->accessed };
	struct parse *p = l->p;
	struct buffer message = { 0 };
	(void)text_to_utf8(&message, f->name, 2 * f->name_units, TEXT_UTF16LE);
	buffer_format(&message, ": %s", t->says);
	l->names++;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct timestamp time = time_from_filetime(value[i]);
		struct record_builder r;
		if (!parse_event(p, &r, &time, times[i].kind, times[i].desc, t->offset, HEADER))
			continue;
		record_map(&r, F_DATA);
		value_evidence_text(&r, "name", f->name, 2 * f->name_units, TEXT_UTF16LE);
		value_string(&r, "change", t->says);
		value_number(&r, "operation", t->operation);
		value_big(&r, "lsn", t->lsn);
		if (t->has_reference)
			reference_put(&r, "reference", t->reference);
		reference_put(&r, "parent", f->parent);
		value_big(&r, "size", f->size);
		value_number(&r, "attributes", f->flags);
		record_close(&r);
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&message);
}

/* A $FILE_NAME that fills its room, as no other index's key does. */
static bool file_name_in(const uint8_t *value, size_t length, struct ntfs_file_name *f)
{
	return ntfs_file_name_parse(value, length, f) && f->name_units && f->name_space <= NTFS_NAMESPACE_BOTH && length >= NAME_AT + 2 * f->name_units && length - NAME_AT - 2 * f->name_units < 8;
}

static void attribute_names(struct log *l, struct told_name *t, const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	struct ntfs_file_name f;
	uint32_t type = cursor_u32le(&c);               /* 0 type u32, 8 not resident u8, 16 length of the value u32, 20 its place u16 */
	c.at = 8;
	uint8_t elsewhere = cursor_u8(&c);
	c.at = 16;
	uint32_t size = cursor_u32le(&c);
	uint16_t at = cursor_u16le(&c);
	if (!c.bad && type == NTFS_FILE_NAME && !elsewhere && at <= length && size <= length - at && file_name_in(bytes + at, size, &f))
		name_write(l, t, &f);
}

static void index_entry_names(struct log *l, struct told_name *t, const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	struct ntfs_file_name f;
	t->reference = cursor_u64le(&c);                /* 0 reference u64, 8 length u16, 10 length of the key u16, 16 key */
	t->has_reference = true;
	cursor_skip(&c, 2);
	uint16_t key = cursor_u16le(&c);
	if (!c.bad && length >= 16 && key <= length - 16 && file_name_in(bytes + 16, key, &f))
		name_write(l, t, &f);
}

/* The update sequence of a record of the $MFT that stands in the log was not applied. */
static void record_names(struct log *l, struct told_name *t, const uint8_t *bytes, size_t length)
{
	struct arena a = { 0 };
	struct ntfs_entry e = { 0 };
	struct cursor c = cursor_of(bytes, length, 0);
	if (length < HEADER || memcmp(bytes, "FILE", 4) != 0)
		return;
	ntfs_record_parse(bytes, length, &e, &a);
	c.at = 44;
	t->reference = ntfs_reference_record(e.base) ? e.base : cursor_u32le(&c) | (uint64_t)e.sequence << 48;
	t->has_reference = true;
	for (size_t i = 0; i < e.attributes; i++) {
		struct ntfs_file_name f;
		if (e.attribute[i].type == NTFS_FILE_NAME && e.attribute[i].resident && file_name_in(e.attribute[i].value, e.attribute[i].value_length, &f))
			name_write(l, t, &f);
	}
	arena_free(&a);
}

/* 0 redo, 2 undo operation u16; 4 place, 6 length of redo data, 8 and 10 of undo data u16, from the operation's beginning. */
static void operation_take(struct log *l, size_t length, uint64_t lsn, uint64_t offset)
{
	struct cursor c = cursor_of(l->client, length, 0);
	uint16_t operation = cursor_u16le(&c);
	cursor_skip(&c, 2);
	uint16_t place[2], size[2];
	for (size_t i = 0; i < 2; i++) {
		place[i] = cursor_u16le(&c);
		size[i] = cursor_u16le(&c);
	}
	if (c.bad || operation >= OPERATIONS)
		return;
	l->operations[operation]++;
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		bool undo = sources[i].undo;
		if (sources[i].operation != operation || place[undo] > length || size[undo] > length - place[undo])
			continue;
		struct told_name t = { .lsn = lsn, .offset = offset, .operation = (uint8_t)operation, .says = sources[i].says };
		const uint8_t *data = l->client + place[undo];
		if (sources[i].holds == HOLDS_RECORD)
			record_names(l, &t, data, size[undo]);
		else if (sources[i].holds == HOLDS_INDEX_ENTRY)
			index_entry_names(l, &t, data, size[undo]);
		else
			attribute_names(l, &t, data, size[undo]);
	}
}

/* The record at `at` of the page in hand; returns the bytes that it takes, 0: there is none. */
static size_t record_take(struct log *l, uint64_t number, size_t at)
{
	struct cursor c = cursor_of(l->page + at, PAGE - at, 0);
	uint64_t lsn = cursor_u64le(&c);                /* 0 LSN, 8 previous, 16 undo next u64; 24 length u32, 32 type u32, 40 flags u16 */
	c.at = 24;
	uint32_t length = cursor_u32le(&c);
	c.at = 32;
	uint32_t type = cursor_u32le(&c);
	c.at = 40;
	uint16_t flags = cursor_u16le(&c);
	cursor_skip(&c, 6);
	if (c.bad || !lsn || (lsn << 3) % PAGE != at || (type != 1 && type != 2) || flags > FLAGS_MOST || length > CLIENT_MOST)
		return 0;
	size_t taken = (HEADER + (size_t)length + 7) & ~(size_t)7;
	if (!number_set_add(&l->seen, lsn)) {
		l->copies++;
		return taken;
	}
	l->records++;
	if (!client_read(l, number, at + HEADER, length))
		l->cut++;
	else if (type == 1 && length >= OPERATION)
		operation_take(l, length, lsn, number * PAGE + at);
	return taken;
}

static void log_summary(struct log *l)
{
	struct record_builder r = record_begin(l->p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, l->p->artifact_id);
	record_number(&r, F_EVENTS, l->p->events);
	record_map(&r, F_DATA);
	value_number(&r, "records", l->records);
	value_number(&r, "copies_left_out", l->copies);
	value_number(&r, "cut_records", l->cut);
	value_number(&r, "torn_pages", l->torn);
	value_number(&r, "names", l->names);
	value_list(&r, "operations");
	for (size_t i = 0; i < OPERATIONS; i++)
		value_number(&r, NULL, l->operations[i]);
	record_close(&r);
	record_close(&r);
	record_end(&r);
}

static void logfile_parse(struct parse *p)
{
	struct log *l = memory_new(sizeof *l);
	l->p = p;
	l->client = memory_new(CLIENT_MOST);
	uint64_t pages = p->source->size / PAGE;
	for (uint64_t i = 0, into = 0; i < pages; i++) {
		if (!page_read(l, i, l->page, true)) {
			into = 0;
			continue;
		}
		size_t room = PAGE - PAGE_DATA;
		if (into >= room) {
			into -= room;
			continue;
		}
		size_t at = PAGE_DATA + (size_t)into;
		for (into = 0; at + HEADER <= PAGE;) {
			size_t taken = record_take(l, i, at);
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
	log_summary(l);
	number_set_free(&l->seen);
	free(l->client);
	free(l);
}

static bool logfile_probe(const uint8_t *head, size_t length, bool named)
{
	/* a file of that name beside an NTFS volume may be anything: the restart page (also of chkdsk) or a page of records decides */
	return length >= 8 && (memcmp(head, "RSTR\x1e\0\x09\0", 8) == 0 || (named && (memcmp(head, "RSTR", 4) == 0 || memcmp(head, "CHKD", 4) == 0 || memcmp(head, "RCRD", 4) == 0)));
}

const struct artifact_parser artifact_logfile = {
	.id = "win.logfile",
	.about = "NTFS transaction log ($LogFile): names and times of files made, renamed and deleted lately",
	.events = "file_created,file_modified,file_mft_changed,file_accessed",
	.attack = "",
	.probe = logfile_probe,
	.parse = logfile_parse,
};
