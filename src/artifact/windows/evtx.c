/* SPDX-License-Identifier: Apache-2.0 */
/* evtx.c: Windows event logs (Vista and later): one event a record, all its fields, a message for people.
 *
 * Formats and recovery are the reader's (reader/evtx.h); here is what the System part means. Most of a record is the same for all records of its kind: provider, id, level,
 * keywords, host and the entries that show them. They are made once and kept as a plan, found again by the raw bytes of the values; a record then adds its time,
 * its numbers and its data. The event's time is TimeCreated (the provider's clock); the record's own time of writing is kept where it differs. */
#include "artifact/artifact.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/windows/event_tables.h"
#include "base/text.h"
#include "format/format.h"
#include "reader/evtx.h"

enum {
	KEY_MOST = 768, PLANS_MOST = 4096, PLAN_SLOTS = 1024, SHOWN_MOST = 16, VALUE_SHOWN = 160, MESSAGE_SHOWN = 600, UNKNOWN_FIELDS = 6, FLUSH_BYTES = 64 * 1024,
	DIRTY = 1, TOLD_MOST = 64,
};

/* Fields that are the same for all events of a kind, in the order of their entries. */
static const struct { enum evtx_field field; const char *key; } KIND_FIELDS[] = {
	{ EVTX_PROVIDER, "provider" }, { EVTX_EVENT_ID, "event_id" }, { EVTX_QUALIFIERS, "qualifiers" }, { EVTX_CHANNEL, "channel" }, { EVTX_LEVEL, "level" },
	{ EVTX_VERSION, "version" }, { EVTX_TASK, "task" }, { EVTX_OPCODE, "opcode" }, { EVTX_KEYWORDS, "keywords" }, { EVTX_PROVIDER_GUID, "provider_guid" },
	{ EVTX_EVENT_SOURCE, "event_source" }, { EVTX_COMPUTER, NULL },
};
static const struct { enum evtx_field field; const char *key; } OWN_FIELDS[] = {
	{ EVTX_PROCESS_ID, "process_id" }, { EVTX_THREAD_ID, "thread_id" }, { EVTX_USER_ID, "user_sid" }, { EVTX_ACTIVITY_ID, "activity_id" },
	{ EVTX_RELATED_ACTIVITY_ID, "related_activity_id" },
};
enum { KIND_FIELD_COUNT = sizeof KIND_FIELDS / sizeof *KIND_FIELDS, OWN_FIELD_COUNT = sizeof OWN_FIELDS / sizeof *OWN_FIELDS };

static const struct { unsigned mark; const char *name; } MARKS[] = {
	{ EVTX_RECOVERED, "recovered" }, { EVTX_SLACK, "slack" }, { EVTX_UNFLUSHED, "unflushed" }, { EVTX_ORPHAN, "no_chunk" }, { EVTX_HIDDEN, "unlinked" },
	{ EVTX_SIZE_DAMAGED, "size_damaged" }, { EVTX_CHECKSUM, "checksum_mismatch" }, { EVTX_BAD_TEMPLATE, "template_lost" }, { EVTX_BROKEN, "broken" }, { EVTX_CUT, "cut" },
};

static const char *const USER_FIELDS[] = { "TargetUserName", "SubjectUserName", "User", "AccountName", "UserName" };
enum { USER_FIELD_COUNT = sizeof USER_FIELDS / sizeof *USER_FIELDS };

struct shown { uint32_t leaf; const char *name; uint16_t name_length; const struct event_field *field; };
struct plan {
	struct plan *next;
	const struct evtx_program *outer, *inner;
	uint64_t hash;
	const uint8_t *key; uint32_t key_length;
	const uint8_t *fields; uint32_t fields_length;          /* of the record: what is fixed */
	const uint8_t *entries; uint32_t entries_length;        /* of DATA */
	const uint8_t *title; uint32_t title_length;            /* the message's beginning */
	struct shown shown[SHOWN_MOST]; unsigned shown_count;
	uint32_t user[USER_FIELD_COUNT]; unsigned user_count;
	bool left_out;                                          /* nobody wants such events */
};

struct log {
	struct parse *p;
	struct evtx *e;
	struct arena plans_arena;
	struct plan *plan[PLAN_SLOTS]; unsigned plans, generation;
	struct buffer key, message, user, work;
	uint8_t own_entry[OWN_FIELD_COUNT][32]; uint32_t own_length[OWN_FIELD_COUNT];
	uint64_t told;                          /* damaged records and chunks; the first TOLD_MOST got a record */
	uint64_t last_id, gaps, missing, oldest, newest;
	bool first;
};

/* ---- plans */

static void entry_key(struct buffer *out, const char *key)
{
	size_t length = strlen(key);
	buffer_u16le(out, (uint16_t)length);
	buffer_append(out, key, length);
	frame_entry(out, VALUE_TEXT);
}

/* A number of the System part: as text in logs without templates, as a number all the same. */
static struct evtx_value numeric(const struct evtx_value *v, uint8_t room[8])
{
	if (v->type != EVTX_UTF8 && v->type != EVTX_STRING)
		return *v;
	uint64_t n = htole64(evtx_number(v));
	memcpy(room, &n, 8);
	return (struct evtx_value){ room, 8, EVTX_UINT64 };
}

static bool is_number(enum evtx_field f)
{
	return f == EVTX_EVENT_ID || f == EVTX_QUALIFIERS || f == EVTX_LEVEL || f == EVTX_VERSION || f == EVTX_TASK || f == EVTX_OPCODE || f == EVTX_PROCESS_ID ||
	       f == EVTX_THREAD_ID || f == EVTX_RECORD_ID;
}

static bool put_field(struct buffer *out, const struct evtx_event *ev, enum evtx_field f, const char *key)
{
	struct evtx_value v;
	uint8_t room[8];
	if (!evtx_system(ev, f, &v))
		return false;
	if (is_number(f))
		v = numeric(&v, room);
	if (v.size == 0)
		return false;
	entry_key(out, key);
	if (v.type == EVTX_BINXML)
		v.type = EVTX_BINARY;
	evtx_put_value(out, &v, false);
	return true;
}

/* What tells events of one kind from others: the raw values of the fields that a plan fixes. False: too long to be kept. */
static bool plan_key(struct log *l, const struct evtx_event *ev)
{
	struct evtx_value v;
	buffer_clear(&l->key);
	uint8_t *start = buffer_reserve(&l->key, KEY_MOST + 64), *to = start;
	for (size_t i = 0; i < KIND_FIELD_COUNT; i++) {
		if (!evtx_system(ev, KIND_FIELDS[i].field, &v) || v.type == EVTX_UTF8) {        /* a literal goes with its template */
			*to++ = 0xff;
			continue;
		}
		if (v.size + 3 > (size_t)(start + KEY_MOST - to))
			return false;
		*to++ = v.type;
		*to++ = (uint8_t)v.size;
		*to++ = (uint8_t)(v.size >> 8);
		memcpy(to, v.bytes, v.size);
		to += v.size;
	}
	memset(to, 0, 8);
	l->key.length = (size_t)(to - start);
	return true;
}

static uint64_t hash_of(const uint8_t *p, size_t length)
{
	uint64_t h = length, w;
	for (size_t i = 0; i < length; i += 8) {        /* eight zero bytes lie behind it */
		memcpy(&w, p + i, 8);
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

static void plan_message(struct log *l, struct plan *n, const struct evtx_event *ev)
{
	struct evtx_value provider, id = { 0 };
	struct buffer *b = &l->work;
	const struct event_row *row = NULL;
	buffer_clear(b);
	if (evtx_system(ev, EVTX_PROVIDER, &provider))
		evtx_value_text(b, &provider);
	uint64_t number = evtx_system(ev, EVTX_EVENT_ID, &id) ? evtx_number(&id) : 0;
	row = event_row_find((const char *)b->data, b->length, number);
	struct evtx_value source;
	if (!row && evtx_system(ev, EVTX_EVENT_SOURCE, &source)) {      /* classic providers may be known by their old name */
		size_t length = b->length;
		evtx_value_text(b, &source);
		row = event_row_find((const char *)b->data + length, b->length - length, number);
		b->length = length;
	}
	if (row) {
		buffer_clear(b);
		buffer_text(b, row->title);
		buffer_format(b, " (event %llu)", (unsigned long long)number);
		for (unsigned i = 0; i < row->fields && n->shown_count < SHOWN_MOST; i++) {
			const struct event_field *f = &event_field[row->field + i];
			uint32_t leaf = evtx_leaf(ev, f->name, strlen(f->name), f->nth);
			if (leaf != UINT32_MAX)
				n->shown[n->shown_count++] = (struct shown){ leaf, f->nth ? "" : f->name, (uint16_t)(f->nth ? 0 : strlen(f->name)), f };
		}
	} else {
		buffer_format(b, "%s%llu", b->length ? " event " : "event ", (unsigned long long)number);
		const char *name;
		size_t length;
		for (uint32_t i = 0; n->shown_count < UNKNOWN_FIELDS && evtx_leaf_at(ev, i, &name, &length) != UINT32_MAX; i++)
			if (length == 0 || name[0] != '@')
				n->shown[n->shown_count++] = (struct shown){ i, name, (uint16_t)length, NULL };
	}
	for (size_t i = 0; i < USER_FIELD_COUNT; i++) {
		uint32_t leaf = evtx_leaf(ev, USER_FIELDS[i], strlen(USER_FIELDS[i]), 0);
		if (leaf != UINT32_MAX)
			n->user[n->user_count++] = leaf;
	}
	n->title_length = (uint32_t)b->length;
	n->title = arena_copy(&l->plans_arena, b->data, b->length);
}

static bool wanted(struct log *l, const struct evtx_event *ev)
{
	struct evtx_value channel, id;
	buffer_clear(&l->work);
	if (evtx_system(ev, EVTX_CHANNEL, &channel))
		evtx_value_text(&l->work, &channel);
	return l->p->wants_log(l->p, l->work.length ? (const char *)l->work.data : "", l->work.length, evtx_system(ev, EVTX_EVENT_ID, &id) ? evtx_number(&id) : 0);
}

static struct plan *plan_make(struct log *l, const struct evtx_event *ev)
{
	struct parse *p = l->p;
	struct plan *n = arena_new(&l->plans_arena, sizeof *n);
	struct evtx_value v;
	struct buffer b = { 0 };
	struct record_builder r = record_begin(&b, RECORD_EVENT);
	size_t start = b.length;
	record_string(&r, F_TIMESTAMP_DESC, "Creation Time");
	record_string(&r, F_KIND, "log_event");
	if (p->locator_length)
		record_text(&r, F_LOCATOR, p->locator, p->locator_length);
	if (p->tainted)
		record_flag(&r, F_TAINTED, true);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	if (evtx_system(ev, EVTX_COMPUTER, &v) && v.size) {
		buffer_clear(&l->work);
		evtx_value_text(&l->work, &v);
		record_text(&r, F_HOST, (const char *)l->work.data, l->work.length);
	}
	n->fields_length = (uint32_t)(b.length - start);
	n->fields = arena_copy(&l->plans_arena, b.data + start, n->fields_length);
	b.length = 0;
	for (size_t i = 0; i < KIND_FIELD_COUNT; i++)
		if (KIND_FIELDS[i].key)
			(void)put_field(&b, ev, KIND_FIELDS[i].field, KIND_FIELDS[i].key);
	n->entries_length = (uint32_t)b.length;
	n->entries = arena_copy(&l->plans_arena, b.data ? b.data : (const uint8_t *)"", b.length);
	buffer_free(&b);
	plan_message(l, n, ev);
	n->outer = ev->outer;
	n->inner = ev->inner;
	n->left_out = l->p->wants_log && !wanted(l, ev);
	return n;
}

static struct plan *plan_of(struct log *l, const struct evtx_event *ev)
{
	if (l->generation != evtx_generation(l->e) || l->plans > PLANS_MOST || l->plans_arena.used > (16u << 20)) {
		memset(l->plan, 0, sizeof l->plan);
		arena_reset(&l->plans_arena);
		l->plans = 0;
		l->generation = evtx_generation(l->e);
	}
	if (!ev->plain || !plan_key(l, ev))
		return plan_make(l, ev);
	uint64_t hash = hash_of(l->key.data, l->key.length) ^ (uint64_t)(uintptr_t)ev->outer ^ (uint64_t)(uintptr_t)ev->inner >> 4;
	hash ^= hash >> 29;
	struct plan **slot = &l->plan[hash % PLAN_SLOTS];
	for (struct plan *n = *slot; n; n = n->next)
		if (n->hash == hash && n->outer == ev->outer && n->inner == ev->inner && n->key_length == l->key.length && memcmp(n->key, l->key.data, n->key_length) == 0)
			return n;
	struct plan *n = plan_make(l, ev);
	n->hash = hash;
	n->key_length = (uint32_t)l->key.length;
	n->key = arena_copy(&l->plans_arena, l->key.data, l->key.length);
	n->next = *slot;
	*slot = n;
	l->plans++;
	return n;
}

/* ---- the message */

/* UTF-8 cut at VALUE_SHOWN, control characters as spaces. */
static void message_value(struct buffer *m, const char *text, size_t length)
{
	size_t most = length < VALUE_SHOWN ? length : VALUE_SHOWN;
	while (most < length && most && ((uint8_t)text[most] & 0xC0) == 0x80)
		most--;
	uint8_t *to = buffer_reserve(m, most);
	for (size_t i = 0; i < most; i++)
		to[i] = (uint8_t)text[i] < 0x20 ? ' ' : (uint8_t)text[i];
	m->length += most;
	if (most < length)
		buffer_text(m, "…");
}

/* What a value shows, for the kinds that a message can hold; false: nothing worth showing. */
static bool leaf_shown(struct log *l, const struct buffer *out, uint32_t leaf, const char **text, size_t *length)
{
	uint8_t kind;
	uint32_t size;
	const uint8_t *value = evtx_leaf_value(l->e, out, leaf, &kind, &size);
	if (!value)
		return false;
	struct record_value v = { .bytes = value, .length = size, .kind = kind };
	struct timestamp t;
	*text = record_value_text(&v, length);
	if (*text)
		return *length && !(*length == 1 && **text == '-');
	buffer_clear(&l->work);
	if (kind == VALUE_NUMBER || kind == VALUE_BIG)
		buffer_decimal(&l->work, record_value_number(&v));
	else if (kind == VALUE_SIGNED)
		buffer_format(&l->work, "%lld", (long long)record_value_number(&v));
	else if (kind == VALUE_FLAG)
		buffer_text(&l->work, *value ? "true" : "false");
	else if (kind == VALUE_TIME && record_value_time(&v, &t))
		time_format_short(&l->work, &t);
	else if (kind == VALUE_HEX)
		buffer_hex(&l->work, value, size < 16 ? size : 16);
	else if (kind == VALUE_LITERAL)
		buffer_append(&l->work, value, size);
	*text = (const char *)l->work.data;
	*length = l->work.length;
	return *length != 0;
}

static void make_message(struct log *l, const struct plan *n, const struct evtx_event *ev, const struct buffer *out)
{
	struct buffer *m = &l->message;
	const char *text;
	size_t length;
	bool first = true;
	buffer_clear(m);
	if (ev->marks & EVTX_RECOVERED)
		buffer_text(m, "recovered: ");
	buffer_append(m, n->title, n->title_length);
	for (unsigned i = 0; i < n->shown_count && m->length < MESSAGE_SHOWN; i++) {
		const struct shown *s = &n->shown[i];
		if (!leaf_shown(l, out, s->leaf, &text, &length))
			continue;
		buffer_append(m, first ? ": " : ", ", 2);
		first = false;
		if (s->name_length) {
			message_value(m, s->name, s->name_length);
			buffer_byte(m, ' ');
		}
		const char *words = s->field && s->field->values ? event_value_words(s->field, text, length) : NULL;
		message_value(m, text, length);
		if (words) {
			buffer_text(m, " (");
			buffer_text(m, words);
			buffer_byte(m, ')');
		}
	}
}

/* ---- events */

static void put_u64_field(struct buffer *out, enum record_field f, enum value_kind kind, uint64_t v)
{
	size_t at = frame_field(out, f, kind);
	v = htole64(v);
	memcpy(buffer_reserve(out, 8), &v, 8);
	out->length += 8;
	frame_close(out, at);
}

static void put_time_field(struct buffer *out, enum record_field f, const struct timestamp *t)
{
	size_t at = frame_field(out, f, VALUE_TIME);
	uint64_t seconds = htole64((uint64_t)t->seconds);
	uint32_t ns = htole32(t->nanoseconds);
	uint8_t *to = buffer_reserve(out, 14);
	memcpy(to, &seconds, 8);
	memcpy(to + 8, &ns, 4);
	to[12] = t->precision;
	to[13] = t->zone;
	out->length += 14;
	frame_close(out, at);
}

static struct timestamp created(const struct evtx_event *ev)
{
	struct evtx_value v;
	struct timestamp t = { 0 };
	if (evtx_system(ev, EVTX_TIME_CREATED, &v)) {
		if (v.type == EVTX_FILETIME && v.size == 8)
			return time_from_filetime(evtx_number(&v));
		struct buffer text = { 0 };
		evtx_value_text(&text, &v);
		if (!text.length || !time_parse((const char *)text.data, text.length, &t))
			t.state = TIME_UNSET;
		buffer_free(&text);
	}
	return t;
}

static void count_ids(struct log *l, const struct evtx_event *ev)
{
	if (ev->marks & EVTX_RECOVERED)
		return;
	if (!l->first && ev->id > l->last_id + 1) {
		l->gaps++;
		l->missing += ev->id - l->last_id - 1;
	}
	l->first = false;
	l->last_id = ev->id;
	if (ev->written && (!l->oldest || ev->written < l->oldest))
		l->oldest = ev->written;
	if (ev->written > l->newest)
		l->newest = ev->written;
}

static void put_event(struct log *l, struct evtx_event *ev)
{
	struct parse *p = l->p;
	struct buffer *out = p->out;
	struct timestamp written = time_from_filetime(ev->written), time = created(ev);
	count_ids(l, ev);
	if (ev->marks & EVTX_BROKEN && !(ev->marks & EVTX_RECOVERED) && l->told++ < TOLD_MOST)
		report_error(p->report, "damage", "evtx.record", NULL, ev->offset, ev->length, "record %llu can't be read: %s", (unsigned long long)ev->id,
		             ev->wrong ? ev->wrong : "its data are damaged");
	if (time.state != TIME_VALID)
		time = written;
	if (time.state != TIME_VALID) {         /* parse_event tells of it */
		struct record_builder r;
		time.state = TIME_INVALID;
		(void)parse_event(p, &r, &time, "log_event", "Creation Time", ev->offset, ev->length);
		return;
	}
	struct plan *n = plan_of(l, ev);
	if (n->left_out)
		return;
	struct record_builder r = { .out = out, .start = out->length };
	static const uint8_t begin[6] = { 0, 0, 0, 0, RECORD_EVENT, 0 };
	buffer_append(out, begin, sizeof begin);
	put_time_field(out, F_TIME, &time);
	buffer_append(out, n->fields, n->fields_length);
	put_u64_field(out, F_OFFSET, VALUE_BIG, ev->offset);
	put_u64_field(out, F_LENGTH, VALUE_BIG, ev->length);

	/* data */
	size_t data = frame_field(out, F_DATA, VALUE_MAP);
	static const uint8_t record_id[] = { 9, 0, 'r', 'e', 'c', 'o', 'r', 'd', '_', 'i', 'd', VALUE_NUMBER, 0, 8, 0, 0, 0 };
	buffer_append(out, n->entries, n->entries_length);
	buffer_append(out, record_id, sizeof record_id);
	if (ev->id >> 53)
		out->data[out->length - 6] = VALUE_BIG;
	uint64_t id = htole64(ev->id);
	memcpy(buffer_reserve(out, 8), &id, 8);
	out->length += 8;
	struct evtx_value v;
	if (evtx_system(ev, EVTX_RECORD_ID, &v) && evtx_number(&v) != ev->id)
		(void)put_field(out, ev, EVTX_RECORD_ID, "event_record_id");    /* forwarded events keep the number they had */
	for (size_t i = 0; i < OWN_FIELD_COUNT; i++) {
		if (!evtx_system(ev, OWN_FIELDS[i].field, &v))
			continue;
		if (v.type == EVTX_UTF8 || v.type == EVTX_STRING || v.type == EVTX_BINXML) {
			(void)put_field(out, ev, OWN_FIELDS[i].field, OWN_FIELDS[i].key);
			continue;
		}
		memcpy(buffer_reserve(out, 32), l->own_entry[i], 32);
		out->length += l->own_length[i];
		evtx_put_value(out, &v, false);
	}
	if (written.state == TIME_VALID && time_compare(&written, &time) != 0) {
		static const uint8_t key[] = { 7, 0, 'w', 'r', 'i', 't', 't', 'e', 'n' };
		buffer_append(out, key, sizeof key);
		size_t at = frame_entry(out, VALUE_TIME);
		uint64_t seconds = htole64((uint64_t)written.seconds);
		uint32_t ns = htole32(written.nanoseconds);
		uint8_t *to = buffer_reserve(out, 14);
		memcpy(to, &seconds, 8);
		memcpy(to + 8, &ns, 4);
		to[12] = written.precision;
		to[13] = written.zone;
		out->length += 14;
		frame_close(out, at);
	}
	bool distinct = evtx_render(l->e, ev, out);
	make_message(l, n, ev, out);
	const char *text;
	size_t length;
	buffer_clear(&l->user);
	for (unsigned i = 0; i < n->user_count && !l->user.length; i++)
		if (leaf_shown(l, out, n->user[i], &text, &length))
			buffer_append(&l->user, text, length);
	if (!distinct)
		frame_map_rename(out, data);
	frame_close(out, data);
	if (ev->marks) {
		record_list(&r, F_FLAGS);
		for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
			if (ev->marks & MARKS[i].mark)
				value_string(&r, NULL, MARKS[i].name);
		record_close(&r);
	}
	if (ev->marks & (EVTX_SLACK | EVTX_HIDDEN) || (p->node && p->node->has_allocated && !p->node->allocated))
		record_flag(&r, F_ALLOCATED, false);
	if (l->user.length)
		record_text(&r, F_USER, (const char *)l->user.data, l->user.length);
	size_t at = frame_field(out, F_MESSAGE_TEXT, VALUE_TEXT);
	buffer_append(out, l->message.data, l->message.length);
	frame_close(out, at);
	parse_event_close(p, &r);
}

static void on_chunk(void *owner, const struct evtx_chunk_info *chunk)
{
	struct log *l = owner;
	if (!(chunk->header_bad || chunk->data_bad) || l->told++ >= TOLD_MOST)
		return;
	const char *what = chunk->header_bad && chunk->data_bad ? "checksums of header and data do" : chunk->header_bad ? "checksum of the header does" : "checksum of the data does";
	if (chunk->flags & DIRTY)
		report_note(l->p->report, "evtx.checksum", NULL, chunk->offset, EVTX_CHUNK, "the %s not match; the chunk was in use when it was copied", what);
	else
		report_error(l->p->report, "damage", "evtx.checksum", NULL, chunk->offset, EVTX_CHUNK, "the %s not match; its records are read all the same", what);
}

static void put_log(struct log *l)
{
	const struct evtx_counts *c = evtx_counts(l->e);
	uint32_t flags;
	uint16_t minor;
	uint64_t next;
	bool bad;
	struct record_builder r = record_begin(l->p->out, RECORD_ARTIFACT);
	record_map(&r, F_DATA);
	if (evtx_header(l->e, &flags, &minor, &next, &bad)) {
		value_number(&r, "minor_version", minor);
		value_flag(&r, "dirty", flags & DIRTY);
		value_flag(&r, "full", flags & 2);
		value_number(&r, "next_record_id", next);
	} else
		value_flag(&r, "headerless", true);
	value_number(&r, "chunks", c->chunks);
	value_number(&r, "blocks_without_signature", c->chunks_without_magic);
	value_number(&r, "records", c->live);
	value_number(&r, "recovered", c->recovered);
	value_number(&r, "unlinked", c->hidden);
	value_number(&r, "broken", c->broken);
	value_number(&r, "duplicates_left_out", c->duplicates);
	value_number(&r, "checksum_mismatches", c->checksums_bad);
	value_number(&r, "id_gaps", l->gaps);
	value_number(&r, "ids_missing", l->missing);
	struct timestamp t = time_from_filetime(l->oldest);
	value_time(&r, "first_written", &t);
	t = time_from_filetime(l->newest);
	value_time(&r, "last_written", &t);
	record_close(&r);
	record_end(&r);
}

static void evtx_parse(struct parse *p)
{
	if (!p->source || p->source->size == 0)
		return;
	struct log l = { .p = p, .first = true };
	struct evtx_event ev;
	for (size_t i = 0; i < OWN_FIELD_COUNT; i++) {
		struct buffer b = { 0 };
		entry_key(&b, OWN_FIELDS[i].key);
		l.own_length[i] = (uint32_t)b.length;
		memcpy(l.own_entry[i], b.data, b.length);
		buffer_free(&b);
	}
	l.e = evtx_open(p->source, &p->tainted);
	uint32_t flags;
	uint16_t minor;
	uint64_t next;
	bool bad;
	if (!evtx_header(l.e, &flags, &minor, &next, &bad) && !(p->node && p->node->kind == NODE_UNALLOCATED))
		report_error(p->report, "damage", "evtx.header", NULL, 0, p->source->size < EVTX_FILE_HEADER ? p->source->size : EVTX_FILE_HEADER,
		             "no header of an event log; chunks and records are looked for");
	else if (bad)
		report_error(p->report, "damage", "evtx.header", NULL, 0, 128, "the checksum of the log's header does not match");
	evtx_on_chunk(l.e, on_chunk, &l);
	while (evtx_next(l.e, &ev))
		put_event(&l, &ev);
	if (l.told > TOLD_MOST)
		report_error(p->report, "limit", "evtx.damage", NULL, 0, 0, "%llu damaged chunks and records: those behind the first %d are not told one by one", (unsigned long long)l.told, TOLD_MOST);
	if (evtx_counts(l.e)->hidden)
		report_note(p->report, "evtx.unlinked", NULL, 0, 0, "%llu records lie unlinked in the room of others: someone took them out of this log",
		            (unsigned long long)evtx_counts(l.e)->hidden);
	if (evtx_counts(l.e)->left_out)
		report_error(p->report, "limit", "evtx.recovered", NULL, 0, 0, "%llu recovered records are left out: too many of them", (unsigned long long)evtx_counts(l.e)->left_out);
	put_log(&l);
	evtx_close(l.e);
	arena_free(&l.plans_arena);
	buffer_free(&l.key);
	buffer_free(&l.message);
	buffer_free(&l.user);
	buffer_free(&l.work);
}

static bool evtx_probe(const uint8_t *head, size_t length, bool named)
{
	/* at its place a log whose header and first chunk are gone may still have others */
	return (named && length) || (length >= 8 && (memcmp(head, "ElfFile", 8) == 0 || memcmp(head, "ElfChnk", 8) == 0));
}

const struct artifact_parser artifact_evtx = {
	.id = "win.evtx",
	.about = "Windows event logs (.evtx): each record with all its fields; records in chunk slack and of damaged logs as well",
	.events = "log_event",
	.attack = "",
	.probe = evtx_probe,
	.parse = evtx_parse,
	.direct = true,
	.carves = true,
};
