/* SPDX-License-Identifier: Apache-2.0 */
/* logfile.c: the transaction log of NTFS ($LogFile): names and times of files that were made, changed, renamed and deleted lately, also where the change journal was thrown away.
 *
 * Sources: libyal/libfsntfs, "Log file"; jschicht/LogFileParser; logfile.def has the operations. No transaction is played back: redo data say what came to be, undo data what was.
 *
 * What is given: whole new records of the $MFT, entries put into and taken out of directories, and $FILE_NAME attributes made and deleted, each with the four times of its $FILE_NAME;
 * times of $STANDARD_INFORMATION and of directories' entries that were changed, with those before; records of the change journal that passed through the log.
 *
 * Three ways through the records. First as they stand, for what the volume's clusters and records measure. Then from the oldest to the newest, for which file an operation is about: it
 * tells of a place (record of the $MFT, entry of an index), and who was there is known by what the log put there. Last from the newest to the oldest, which gives the events: so each path is
 * that of its time, as in usnjrnl.c; names that the log does not tell come from the $MFT where the log lies in its volume. */
#include "artifact/artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/windows/logfile_pages.h"
#include "artifact/windows/mft_paths.h"
#include "artifact/windows/usn_record.h"
#include "base/text.h"
#include "format/format.h"
#include "format/fs/ntfs.h"

enum {
	OPERATION = 32, NAME_AT = 66, TIMES = 4, TIMES_LENGTH = 8 * TIMES, INDEX_TIMES_LENGTH = 56,
	ATTRIBUTE_HEADER = 24,          /* of one that is resident */
	LOOK_BACK = 1024,               /* places among which an entry of an index is looked for */
	STEPS_MOST = 1 << 20,           /* a log of 64 MiB, which is Windows' own size, has fewer */
	SYSTEM_FILES = 16,              /* whose sequences never change: they are their numbers, and 1 of the first */
	OLD_OPEN = 44, NEW_OPEN = 40, TABLE_HEADER = 24,
};

enum holds { HOLDS_NOTHING, HOLDS_RECORD, HOLDS_INDEX_ENTRY, HOLDS_ATTRIBUTE, HOLDS_VALUE, HOLDS_INDEX_TIMES, HOLDS_JOURNAL, HOLDS_OPEN, HOLDS_OPEN_TABLE };
enum side { REDO, UNDO };

static const struct { const char *name; enum side side; enum holds holds; const char *says; } operations[] = {
#define OPERATION(number, name, side, holds, says) [number] = { name, side, HOLDS_##holds, says },
#include "artifact/windows/logfile.def"
#undef OPERATION
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

/* The record in hand. */
struct operation {
	uint16_t number;
	const uint8_t *data[2]; uint16_t length[2];             /* by enum side */
	uint16_t target, record_at, attribute_at, block;        /* opened attribute; places in a record and an attribute, bytes; sector in its cluster */
	uint64_t vcn;
};

/* A record that is looked at again. */
struct step {
	struct log_record at;
	uint8_t operation;
	bool has_record;
	uint64_t record;                /* of the $MFT, that the operation changes */
	uint64_t subject, directory;    /* references; 0: not known */
	const char *known_by;
};

/* An entry that was put into an index. */
struct place { uint16_t target, record_at, attribute_at, block; uint64_t vcn, reference, created; };

struct log {
	struct log_pages pages;
	struct parse *p;
	uint64_t names, times, journal_records, nameless, lost_paths, stale_parents, counts[OPERATIONS];
	struct step *step; size_t steps, room;
	uint64_t left_out;              /* behind STEPS_MOST */
	struct place *place; size_t places, places_room;
	uint64_t *open;                 /* UINT16_MAX + 1 references by target */
	struct usn_paths *paths;
	struct usn_paths *holder;       /* by record number, as "parent": the reference that it had last */
	struct mft_paths mft;
	struct number_set changed;      /* records whose names are wanted of the $MFT */
	struct number_set remade;       /* records that a later operation made */
	uint32_t record_size, cluster_size;     /* 0: not known */
};

static const struct { const char *kind, *desc[2], *word; } times[TIMES] = {
	{ "file_created", { "Creation Time", "Creation Time ($FILE_NAME)" }, "created" },
	{ "file_modified", { "Content Modification Time", "Content Modification Time ($FILE_NAME)" }, "modified" },
	{ "file_mft_changed", { "Metadata Modification Time", "Metadata Modification Time ($FILE_NAME)" }, "changed" },
	{ "file_accessed", { "Last Access Time", "Last Access Time ($FILE_NAME)" }, "accessed" },
};
enum owner { STANDARD_INFORMATION, FILE_NAME };

static uint64_t u64_at(const uint8_t *bytes, size_t length, size_t at)
{
	struct cursor c = cursor_of(bytes, length, 0);
	c.at = at;
	return cursor_u64le(&c);
}

/* ---- reading */

/* 0 redo, 2 undo operation u16; 4 place, 6 length of redo data, 8 and 10 of undo data u16, from the operation's beginning; 12 target, 16 place in its record, 18 in its attribute u16, 20 sector
 * in the cluster u16, 24 VCN u64. */
static bool operation_read(const struct log *l, size_t length, struct operation *o)
{
	struct cursor c = cursor_of(l->pages.client, length, 0);
	o->number = cursor_u16le(&c);
	cursor_skip(&c, 2);
	for (size_t i = 0; i < 2; i++) {
		uint16_t place = cursor_u16le(&c), size = cursor_u16le(&c);
		bool inside = place <= length && size <= length - place;
		o->data[i] = l->pages.client + (inside ? place : 0);
		o->length[i] = inside ? size : 0;
	}
	o->target = cursor_u16le(&c);
	cursor_skip(&c, 2);
	o->record_at = cursor_u16le(&c);
	o->attribute_at = cursor_u16le(&c);
	o->block = cursor_u16le(&c);
	cursor_skip(&c, 2);
	o->vcn = cursor_u64le(&c);
	return !c.bad && o->number < OPERATIONS;
}

/* A $FILE_NAME that fills its room, as no other index's key does. */
static bool file_name_in(const uint8_t *value, size_t length, struct ntfs_file_name *f)
{
	return ntfs_file_name_parse(value, length, f) && f->name_units && f->name_space <= NTFS_NAMESPACE_BOTH && length >= NAME_AT + 2 * f->name_units && length - NAME_AT - 2 * f->name_units < 8;
}

static bool attribute_name(const uint8_t *bytes, size_t length, struct ntfs_file_name *f)
{
	struct cursor c = cursor_of(bytes, length, 0);
	uint32_t type = cursor_u32le(&c);               /* 0 type u32, 8 not resident u8, 16 length of the value u32, 20 its place u16 */
	c.at = 8;
	uint8_t elsewhere = cursor_u8(&c);
	c.at = 16;
	uint32_t size = cursor_u32le(&c);
	uint16_t at = cursor_u16le(&c);
	return !c.bad && type == NTFS_FILE_NAME && !elsewhere && at <= length && size <= length - at && file_name_in(bytes + at, size, f);
}

static bool index_entry_name(const uint8_t *bytes, size_t length, uint64_t *reference, struct ntfs_file_name *f)
{
	struct cursor c = cursor_of(bytes, length, 0);
	*reference = cursor_u64le(&c);                  /* 0 reference u64, 8 length u16, 10 length of the key u16, 16 key */
	cursor_skip(&c, 2);
	uint16_t key = cursor_u16le(&c);
	return !c.bad && length >= 16 && key <= length - 16 && file_name_in(bytes + 16, key, f);
}

/* A record of the $MFT as it stands in the log, where its update sequence was not applied. */
static bool record_in(const uint8_t *bytes, size_t length, struct ntfs_entry *e, uint64_t *reference, struct arena *a)
{
	struct cursor c = cursor_of(bytes, length, 0);
	if (length < 48 || memcmp(bytes, "FILE", 4) != 0)
		return false;
	ntfs_record_parse(bytes, length, e, a);
	c.at = 44;
	*reference = ntfs_reference_record(e->base) ? e->base : cursor_u32le(&c) | (uint64_t)e->sequence << 48;
	return true;
}

/* The record of the $MFT that an operation changes. */
static bool mft_record_of(const struct log *l, const struct operation *o, uint64_t *number)
{
	uint64_t at;
	if (!l->record_size || !l->cluster_size || __builtin_mul_overflow(o->vcn, l->cluster_size, &at) || at > INT64_MAX)
		return false;
	*number = (at + (uint64_t)o->block * 512) / l->record_size;
	return true;
}

static bool changes_record(uint8_t operation)
{
	enum holds h = operations[operation].holds;
	return h == HOLDS_ATTRIBUTE || h == HOLDS_VALUE || operation == 0x0c || operation == 0x0d || operation == 0x13;
}

/* What of the four times of $STANDARD_INFORMATION an operation sets: a bit each. It is a record's first attribute, behind the header and the update sequence. */
static unsigned standard_times(const struct operation *o, uint64_t now[TIMES], uint64_t before[TIMES], unsigned *has_before)
{
	unsigned set = 0;
	*has_before = 0;
	if ((o->record_at != 0x30 && o->record_at != 0x38 && o->record_at != 0x48) || o->attribute_at < ATTRIBUTE_HEADER)
		return 0;
	size_t from = o->attribute_at - ATTRIBUTE_HEADER;
	for (size_t i = 0; i < TIMES; i++) {
		if (8 * i < from)
			continue;
		size_t at = 8 * i - from;
		if (at + 8 <= o->length[REDO]) {
			set |= 1U << i;
			now[i] = u64_at(o->data[REDO], o->length[REDO], at);
		}
		if (at + 8 <= o->length[UNDO]) {
			*has_before |= 1U << i;
			before[i] = u64_at(o->data[UNDO], o->length[UNDO], at);
		}
	}
	return set;
}

/* ---- first: as they stand */

/* A new record tells its own number: with its place that gives the size of clusters. */
static void geometry_learn(struct log *l, const struct operation *o)
{
	struct cursor c = cursor_of(o->data[REDO], o->length[REDO], 0);
	c.at = 28;                              /* 28 bytes allocated u32, 44 number u32 */
	uint32_t size = cursor_u32le(&c);
	c.at = 44;
	uint64_t number = cursor_u32le(&c), into = (uint64_t)o->block * 512;
	if (c.bad || memcmp(o->data[REDO], "FILE", 4) != 0 || (size != 1024 && size != 2048 && size != 4096))
		return;
	l->record_size = size;
	if (!o->vcn || number * size < into || (number * size - into) % o->vcn)
		return;
	uint64_t cluster = (number * size - into) / o->vcn;
	if (cluster >= 512 && cluster <= 2 << 20 && !(cluster & (cluster - 1)))
		l->cluster_size = (uint32_t)cluster;
}

static void step_found(void *owner, const struct log_record *r)
{
	struct log *l = owner;
	struct operation o;
	if (r->length < OPERATION || !operation_read(l, r->length, &o))
		return;
	l->counts[o.number]++;
	if (operations[o.number].holds == HOLDS_NOTHING)
		return;
	if (operations[o.number].holds == HOLDS_RECORD && !l->cluster_size)
		geometry_learn(l, &o);
	if (l->steps == STEPS_MOST) {
		l->left_out++;
		return;
	}
	l->step = memory_room(l->step, l->steps, &l->room, sizeof *l->step);
	l->step[l->steps++] = (struct step){ .at = *r, .operation = (uint8_t)o.number };
}

static int by_lsn(const void *a, const void *b)
{
	uint64_t x = ((const struct step *)a)->at.lsn, y = ((const struct step *)b)->at.lsn;
	return x < y ? -1 : x > y;
}

/* ---- second: from the oldest to the newest, what is known of whom */

static uint64_t holder_of(const struct log *l, uint64_t record)
{
	uint64_t reference;
	const uint8_t *name;
	size_t units;
	return usn_paths_find(l->holder, record, &reference, &name, &units) ? reference : 0;
}

static void holder_set(struct log *l, uint64_t reference)
{
	usn_paths_set(l->holder, ntfs_reference_record(reference), reference, (const uint8_t *)"", 0);
}

/* DOS names are nobody's only ones. */
static void name_learn(struct log *l, uint64_t reference, const struct ntfs_file_name *f)
{
	if (f->name_space != NTFS_NAMESPACE_DOS)
		usn_paths_set(l->paths, reference, f->parent, f->name, f->name_units);
}

static void open_learn(struct log *l, size_t target, const uint8_t *entry, size_t length)
{
	if (target <= UINT16_MAX && length >= NEW_OPEN && memcmp(entry, "\xff\xff\xff\xff", 4) == 0)
		l->open[target] = u64_at(entry, length, length == OLD_OPEN ? 8 : 16);
}

/* 0 bytes of an entry u16, 2 entries u16. */
static void open_table_learn(struct log *l, const struct operation *o)
{
	struct cursor c = cursor_of(o->data[REDO], o->length[REDO], 0);
	size_t size = cursor_u16le(&c), entries = cursor_u16le(&c);
	if (c.bad || (size != OLD_OPEN && size != NEW_OPEN))
		return;
	for (size_t i = 0, at = TABLE_HEADER; i < entries && at + size <= o->length[REDO]; i++, at += size)
		open_learn(l, at, o->data[REDO] + at, size);
}

/* The step of an LSN; NULL: it was not one that is looked at. */
static const struct step *step_of(const struct log *l, uint64_t lsn)
{
	const struct step wanted = { .at.lsn = lsn };
	return l->steps ? bsearch(&wanted, l->step, l->steps, sizeof *l->step, by_lsn) : NULL;
}

/* Whose times in the index change: the file whose own times the same transaction has just set to the same; else who was put into that place, made at the same moment. The operation in hand is
 * read anew by the caller when this returns. */
static void index_times_subject(struct log *l, struct step *s, const struct operation *o)
{
	if (o->length[REDO] < INDEX_TIMES_LENGTH)
		return;
	struct operation then;
	uint8_t entry[INDEX_TIMES_LENGTH];
	memcpy(entry, o->data[REDO], sizeof entry);
	for (size_t i = l->places, looked = 0; i-- > 0 && looked < LOOK_BACK; looked++) {
		const struct place *x = &l->place[i];
		if (x->target != o->target || x->record_at != o->record_at || x->attribute_at != o->attribute_at || x->block != o->block || x->vcn != o->vcn)
			continue;
		if (x->created == u64_at(entry, sizeof entry, 0)) {
			s->subject = x->reference;
			s->known_by = "place";
		}
		break;
	}
	const struct step *before = step_of(l, s->at.previous);
	if (!before || operations[before->operation].holds != HOLDS_VALUE || !before->has_record || !before->subject || !log_record_read(&l->pages, &before->at) || !operation_read(l, before->at.length, &then))
		return;
	uint64_t value[TIMES] = { 0 }, old[TIMES];
	unsigned has, set = standard_times(&then, value, old, &has), same = set;
	for (size_t i = 0; i < TIMES; i++)
		if (set & 1U << i && value[i] != u64_at(entry, sizeof entry, 8 * i))
			same = 0;
	if (same) {
		s->subject = before->subject;
		s->known_by = "transaction";
	}
}

static void entry_learn(struct log *l, const struct step *s, const struct operation *o, uint64_t reference, const struct ntfs_file_name *f)
{
	bool added = operations[s->operation].side == REDO;
	name_learn(l, reference, f);
	holder_set(l, reference);
	if (s->has_record)
		holder_set(l, f->parent);
	if (!added)
		return;
	l->place = memory_room(l->place, l->places, &l->places_room, sizeof *l->place);
	l->place[l->places++] = (struct place){ o->target, o->record_at, o->attribute_at, o->block, o->vcn, reference, f->created };
}

static void journal_learn(struct log *l, const struct operation *o);

static void step_learn(struct log *l, struct step *s, struct arena *a)
{
	struct operation o;
	struct ntfs_file_name f;
	struct ntfs_entry e = { 0 };
	uint64_t reference;
	if (!log_record_read(&l->pages, &s->at) || !operation_read(l, s->at.length, &o))
		return;
	enum side side = operations[s->operation].side;
	const uint8_t *data = o.data[side];
	size_t length = o.length[side];
	s->has_record = changes_record(s->operation) && mft_record_of(l, &o, &s->record);
	uint64_t holder = s->has_record ? holder_of(l, s->record) : 0;
	if (s->has_record)
		(void)number_set_add(&l->changed, s->record);
	switch (operations[s->operation].holds) {
	case HOLDS_RECORD:
		if (!record_in(data, length, &e, &reference, a))
			break;
		holder_set(l, reference);
		for (size_t i = 0; i < e.attributes; i++)
			if (e.attribute[i].type == NTFS_FILE_NAME && e.attribute[i].resident && file_name_in(e.attribute[i].value, e.attribute[i].value_length, &f))
				name_learn(l, reference, &f);
		break;
	case HOLDS_INDEX_ENTRY:
		if (index_entry_name(data, length, &reference, &f))
			entry_learn(l, s, &o, reference, &f);
		break;
	case HOLDS_ATTRIBUTE:
		s->subject = holder;
		if (holder && attribute_name(data, length, &f))
			name_learn(l, holder, &f);
		break;
	case HOLDS_VALUE:
		s->subject = holder;
		break;
	case HOLDS_INDEX_TIMES:
		s->directory = s->has_record ? holder : l->open[o.target];
		index_times_subject(l, s, &o);
		break;
	case HOLDS_JOURNAL:
		journal_learn(l, &o);
		break;
	case HOLDS_OPEN:
		open_learn(l, o.target, data, length);
		break;
	case HOLDS_OPEN_TABLE:
		open_table_learn(l, &o);
		break;
	case HOLDS_NOTHING:
		break;
	}
}

/* ---- third: from the newest to the oldest, the events */

/* What an event is about. */
struct subject {
	const struct step *s;
	uint64_t reference, parent;     /* 0: not known */
	const uint8_t *name; size_t units;      /* NULL: not known */
	const struct ntfs_file_name *f; /* for its size and attributes; NULL: they are not told */
};

static void path_write(struct log *l, struct record_builder *r, const struct subject *t, uint64_t *stale)
{
	struct buffer path = { 0 };
	uint64_t lost;
	*stale = 0;
	if (ntfs_reference_record(t->reference) == NTFS_ROOT) {
		record_string(r, F_PATH, "/");
	} else if (t->name && t->parent) {
		l->lost_paths += !usn_paths_of(l->paths, t->parent, t->name, t->units, &path, &lost);
		if (lost && mft_paths_stale(&l->mft, lost)) {
			l->stale_parents++;
			*stale = lost;
		}
		record_text(r, F_PATH, (const char *)path.data, path.length);
	}
	buffer_free(&path);
}

static void subject_values(struct log *l, struct record_builder *r, const struct subject *t, uint64_t stale)
{
	const struct step *s = t->s;
	if (t->name)
		value_evidence_text(r, "name", t->name, 2 * t->units, TEXT_UTF16LE);
	value_string(r, "change", operations[s->operation].says);
	value_number(r, "operation", s->operation);
	value_string(r, "operation_name", operations[s->operation].name);
	value_big(r, "lsn", s->at.lsn);
	if (t->reference)
		usn_reference_value(r, "reference", t->reference, 0);
	else if (s->has_record && operations[s->operation].holds == HOLDS_VALUE)
		value_big(r, "mft_entry", s->record);
	if (t->parent)
		usn_reference_value(r, "parent", t->parent, 0);
	value_string(r, "known_by", s->known_by);
	if (stale) {
		usn_reference_value(r, "stale_parent", stale, 0);
		value_number(r, "stale_parent_sequence_now", l->mft.sequence[ntfs_reference_record(stale)]);
	}
	if (t->f) {
		value_big(r, "size", t->f->size);
		value_number(r, "attributes", t->f->flags);
	}
}

/* before NULL: what was is not told. */
static void time_write(struct log *l, const struct subject *t, enum owner owner, size_t i, uint64_t value, const uint64_t *before)
{
	struct timestamp time = time_from_filetime(value), old = before ? time_from_filetime(*before) : (struct timestamp){ 0 };
	struct record_builder r;
	struct buffer message = { 0 };
	uint64_t stale;
	if (!parse_event(l->p, &r, &time, times[i].kind, times[i].desc[owner], t->s->at.offset, LOGFILE_HEADER))
		return;
	bool back = old.state == TIME_VALID && (time.seconds < old.seconds || (time.seconds == old.seconds && time.nanoseconds < old.nanoseconds));
	path_write(l, &r, t, &stale);
	if (back) {
		record_list(&r, F_FLAGS);
		value_string(&r, NULL, "set_back");
		record_close(&r);
	}
	record_map(&r, F_DATA);
	subject_values(l, &r, t, stale);
	if (old.state == TIME_VALID)
		value_time(&r, "before", &old);
	record_close(&r);
	if (t->name)
		(void)text_to_utf8(&message, t->name, 2 * t->units, TEXT_UTF16LE);
	else
		buffer_text(&message, "a file whose name is not known");
	buffer_format(&message, ": %s", operations[t->s->operation].says);
	if (old.state == TIME_VALID) {
		buffer_format(&message, ", %s %s ", times[i].word, back ? "set back from" : "was");
		time_format(&message, &old);
	}
	parse_event_end(l->p, &r, (const char *)message.data, message.length);
	buffer_free(&message);
}

static void name_write(struct log *l, const struct step *s, uint64_t reference, const struct ntfs_file_name *f)
{
	const struct subject t = { s, reference, f->parent, f->name, f->name_units, f };
	const uint64_t value[TIMES] = { f->created, f->modified, f->changed, f->accessed };
	l->names++;
	uint64_t events = l->p->events;
	for (size_t i = 0; i < TIMES; i++)
		time_write(l, &t, FILE_NAME, i, value[i], NULL);
	if (events == l->p->events) {
		struct buffer name = { 0 };
		(void)text_to_utf8(&name, f->name, 2 * f->name_units, TEXT_UTF16LE);
		report_note(l->p->report, "logfile.name", NULL, s->at.offset, LOGFILE_HEADER, "%s: %s; none of its times is set", buffer_string(&name), operations[s->operation].says);
		buffer_free(&name);
	}
	if (reference)
		name_learn(l, reference, f);
}

/* The names of a new record, and those of its own times that are none of a name's. */
static void record_write(struct log *l, const struct step *s, const struct ntfs_entry *e, uint64_t reference)
{
	const struct ntfs_attribute *si = ntfs_attribute_find(e, NTFS_STANDARD_INFORMATION, NULL);
	struct ntfs_file_name f, last = { 0 };
	unsigned told = (1U << TIMES) - 1;
	for (size_t i = 0; i < e->attributes; i++) {
		const struct ntfs_attribute *x = &e->attribute[i];
		if (x->type != NTFS_FILE_NAME || !x->resident || !file_name_in(x->value, x->value_length, &f))
			continue;
		const uint64_t value[TIMES] = { f.created, f.modified, f.changed, f.accessed };
		for (size_t k = 0; si && k < TIMES; k++)
			told &= u64_at(si->value, si->value_length, 8 * k) == value[k] ? ~(1U << k) : ~0U;
		name_write(l, s, reference, &f);
		last = f;
	}
	const struct subject t = { s, reference, last.parent, last.name, last.name_units, NULL };
	for (size_t k = 0; k < TIMES && si && si->resident && si->value_length >= TIMES_LENGTH && last.name; k++)
		if (told & 1U << k)
			time_write(l, &t, STANDARD_INFORMATION, k, u64_at(si->value, si->value_length, 8 * k), NULL);
	(void)number_set_add(&l->remade, ntfs_reference_record(reference));
}

/* The reference that a record of the $MFT had at the time of a step. */
static uint64_t reference_then(const struct log *l, const struct step *s, uint64_t known, uint64_t record)
{
	if (known || !s->has_record || number_set_has(&l->remade, record) || record >= l->mft.sequences || !l->mft.sequence[record])
		return known;
	return record | (uint64_t)l->mft.sequence[record] << 48;
}

static void changes_write(struct log *l, const struct step *s, uint64_t reference, enum owner owner, unsigned set, unsigned has, const uint64_t *now, const uint64_t *before)
{
	struct subject t = { .s = s, .reference = reference };
	bool told = false;
	if (ntfs_reference_record(reference) == NTFS_ROOT)
		t.parent = reference, t.name = (const uint8_t *)".\0", t.units = 1;
	else if (reference && !usn_paths_find(l->paths, reference, &t.parent, &t.name, &t.units))
		t.name = NULL;
	for (size_t i = 0; i < TIMES; i++) {
		if (!(set & 1U << i) || (has & 1U << i && now[i] == before[i]))
			continue;
		if (!t.parent)
			t.parent = owner == FILE_NAME ? s->directory : 0;
		time_write(l, &t, owner, i, now[i], has & 1U << i ? &before[i] : NULL);
		told = true;
	}
	l->times += told;
	l->nameless += told && !t.name;
}

static void value_write(struct log *l, const struct step *s, const struct operation *o)
{
	uint64_t now[TIMES] = { 0 }, before[TIMES] = { 0 };
	unsigned has, set = standard_times(o, now, before, &has);
	for (size_t i = 0; i < TIMES; i++) {            /* no attribute of another kind */
		struct timestamp t = time_from_filetime(now[i]);
		if (set & 1U << i && (t.state != TIME_VALID || t.seconds < 0 || t.seconds >= INT64_C(4102444800)))
			return;
	}
	changes_write(l, s, reference_then(l, s, s->subject, s->record), STANDARD_INFORMATION, set, has, now, before);
}

static void index_times_write(struct log *l, struct step *s, const struct operation *o)
{
	uint64_t now[TIMES], before[TIMES];
	if (o->length[REDO] < INDEX_TIMES_LENGTH || o->length[UNDO] < INDEX_TIMES_LENGTH)
		return;
	for (size_t i = 0; i < TIMES; i++) {
		now[i] = u64_at(o->data[REDO], o->length[REDO], 8 * i);
		before[i] = u64_at(o->data[UNDO], o->length[UNDO], 8 * i);
	}
	s->directory = reference_then(l, s, s->directory, s->record);
	changes_write(l, s, s->subject, FILE_NAME, (1U << TIMES) - 1, (1U << TIMES) - 1, now, before);
}

/* ---- the change journal in the log */

/* The records of the change journal at the beginning of what was written: each tells its own place in the journal, which must fit the place that is written to. */
static bool journal_next(const struct operation *o, size_t *at, struct usn_record *u)
{
	while (*at + 8 <= o->length[REDO]) {
		const uint8_t *here = o->data[REDO] + *at;
		if (!usn_record_read(here, o->length[REDO] - *at, *at, u) || u->version == 4 || (u->usn - o->record_at - o->attribute_at - *at) % 512 || u->time.state != TIME_VALID)
			return false;
		*at += u->length;
		if (u->name_units)
			return true;
	}
	return false;
}

static void journal_learn(struct log *l, const struct operation *o)
{
	struct usn_record u;
	for (size_t at = 0; journal_next(o, &at, &u);) {
		usn_paths_set(l->paths, u.reference, u.parent, u.name, u.name_units);
		holder_set(l, u.reference);
	}
}

static void journal_write(struct log *l, const struct step *s, const struct operation *o)
{
	struct usn_record u;
	for (size_t at = 0; journal_next(o, &at, &u);) {
		const struct subject t = { s, u.reference, u.parent, u.name, u.name_units, NULL };
		struct record_builder r;
		struct buffer message = { 0 };
		uint64_t stale;
		l->journal_records++;
		if (!parse_event(l->p, &r, &u.time, "fs_change", "Metadata Modification Time", s->at.offset, LOGFILE_HEADER))
			continue;
		path_write(l, &r, &t, &stale);
		record_map(&r, F_DATA);
		(void)text_to_utf8(&message, u.name, 2 * u.name_units, TEXT_UTF16LE);
		usn_reasons_value(&r, u.reason, &message);
		value_big(&r, "usn", u.usn);
		subject_values(l, &r, &t, stale);
		record_close(&r);
		parse_event_end(l->p, &r, (const char *)message.data, message.length);
		usn_paths_set(l->paths, u.reference, u.parent, u.name, u.name_units);
		buffer_free(&message);
	}
}

static void step_write(struct log *l, struct step *s, struct arena *a)
{
	struct operation o;
	struct ntfs_file_name f;
	struct ntfs_entry e = { 0 };
	uint64_t reference;
	if (!log_record_read(&l->pages, &s->at) || !operation_read(l, s->at.length, &o))
		return;
	enum side side = operations[s->operation].side;
	const uint8_t *data = o.data[side];
	size_t length = o.length[side];
	switch (operations[s->operation].holds) {
	case HOLDS_RECORD:
		if (record_in(data, length, &e, &reference, a))
			record_write(l, s, &e, reference);
		break;
	case HOLDS_INDEX_ENTRY:
		if (index_entry_name(data, length, &reference, &f))
			name_write(l, s, reference, &f);
		break;
	case HOLDS_ATTRIBUTE:
		if (attribute_name(data, length, &f))
			name_write(l, s, reference_then(l, s, s->subject, s->record), &f);
		break;
	case HOLDS_VALUE:
		value_write(l, s, &o);
		break;
	case HOLDS_INDEX_TIMES:
		index_times_write(l, s, &o);
		break;
	case HOLDS_JOURNAL:
		journal_write(l, s, &o);
		break;
	case HOLDS_OPEN:
	case HOLDS_OPEN_TABLE:
	case HOLDS_NOTHING:
		break;
	}
}

static void log_summary(struct log *l)
{
	struct record_builder r = record_begin(l->p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, l->p->artifact_id);
	record_number(&r, F_EVENTS, l->p->events);
	record_map(&r, F_DATA);
	value_number(&r, "records", l->pages.records);
	value_number(&r, "copies_left_out", l->pages.copies);
	value_number(&r, "cut_records", l->pages.cut);
	value_number(&r, "torn_pages", l->pages.torn);
	value_number(&r, "names", l->names);
	value_number(&r, "times_changed", l->times);
	value_number(&r, "times_without_a_name", l->nameless);
	value_number(&r, "journal_records", l->journal_records);
	value_number(&r, "paths_incomplete", l->lost_paths);
	if (l->p->companion && l->p->companion[COMPANION_MFT]) {
		value_number(&r, "names_of_mft", l->mft.names);
		value_number(&r, "stale_parents", l->stale_parents);
	}
	value_list(&r, "operations");
	for (size_t i = 0; i < OPERATIONS; i++)
		value_number(&r, NULL, l->counts[i]);
	record_close(&r);
	record_close(&r);
	record_end(&r);
}

static void logfile_parse(struct parse *p)
{
	struct log *l = memory_new(sizeof *l);
	struct arena a = { 0 };
	l->p = p;
	l->paths = usn_paths_new();
	l->holder = usn_paths_new();
	l->open = memory_array(UINT16_MAX + 1, sizeof *l->open);
	for (uint64_t i = 0; i < SYSTEM_FILES; i++)
		holder_set(l, i | (i ? i : 1) << 48);
	log_pages_open(&l->pages, p);
	if (mft_paths_open(&l->mft, p)) {
		l->record_size = l->mft.record_size;
		l->cluster_size = l->mft.cluster_size;
	}
	log_pages_walk(&l->pages, step_found, l);
	if (l->left_out)
		report_error(p->report, "limit", "logfile.records", NULL, 0, 0, "%llu records behind the first %d that tell of names or times are not read", (unsigned long long)l->left_out, STEPS_MOST);
	if (l->steps)
		qsort(l->step, l->steps, sizeof *l->step, by_lsn);
	for (size_t i = 0; i < l->steps; i++, arena_reset(&a))
		step_learn(l, &l->step[i], &a);
	(void)mft_paths_learn(&l->mft, p, "logfile.mft", &l->changed, l->paths);
	for (size_t i = l->steps; i-- > 0; arena_reset(&a))
		step_write(l, &l->step[i], &a);
	log_summary(l);
	arena_free(&a);
	mft_paths_free(&l->mft);
	number_set_free(&l->changed);
	number_set_free(&l->remade);
	usn_paths_free(l->paths);
	usn_paths_free(l->holder);
	log_pages_close(&l->pages);
	free(l->open);
	free(l->place);
	free(l->step);
	free(l);
}

static bool logfile_probe(const uint8_t *head, size_t length, bool named)
{
	/* a file of that name beside an NTFS volume may be anything: the restart page (also of chkdsk) or a page of records decides */
	return length >= 8 && (memcmp(head, "RSTR\x1e\0\x09\0", 8) == 0 || (named && (memcmp(head, "RSTR", 4) == 0 || memcmp(head, "CHKD", 4) == 0 || memcmp(head, "RCRD", 4) == 0)));
}

const struct artifact_parser artifact_logfile = {
	.id = "win.logfile",
	.about = "NTFS transaction log ($LogFile): names and times of files made, changed, renamed and deleted lately, with the paths of that time",
	.events = "file_created,file_modified,file_mft_changed,file_accessed,fs_change",
	.attack = "T1070.006",
	.mft = true,
	.probe = logfile_probe,
	.parse = logfile_parse,
};
