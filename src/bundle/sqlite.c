/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.c: timeline.sqlite. Plain STRICT tables and views for people; opens read-only from any medium (journal mode DELETE).
 *
 * Events go in in the order of time, all by one statement, without a journal (the file is a .partial until it is whole). So their index on time only grows at its end: that
 * costs what making it afterwards costs, and no temporary files.
 * Words that repeat (kinds, descriptions, hosts) are a table, so are places (locator and path); a place may stand there more than once: only near repetitions are
 * told, so memory stays flat. Text acts on no terminal: what would stands as \u{hex}; the true bytes are in records.jsonl.zst. Numbers above 2^63-1 are NULL here. The
 * same rows give the same bytes. */
#include "bundle/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

enum { ROWS = 32, COLUMNS_MAX = 24, WORD_SLOTS = 1 << 17, WORDS_MOST = 1 << 16, WORD_LENGTH = 200, PLACE_SLOTS = 4096, APPLICATION_ID = 0x73706f72, SCHEMA = 2 };

enum cell_kind { CELL_NULL, CELL_NUMBER, CELL_TEXT };
struct cell { enum cell_kind kind; int64_t number; size_t at, length; };

/* How a column comes from a record. */
enum how { AS_TEXT, AS_NUMBER, AS_HEX, AS_JSON, AS_TIME };
struct column { const char *name; enum record_field field; enum how how; };

#define NO_FIELD RECORD_FIELDS
static const struct column EVIDENCE_COLUMNS[] = {
	{ "locator", F_LOCATOR, AS_TEXT }, { "name", F_NAME, AS_TEXT }, { "format", F_FORMAT, AS_TEXT }, { "size", F_SIZE, AS_NUMBER }, { "files", F_FILES, AS_JSON }, { "file_size", F_FILE_SIZE, AS_NUMBER },
	{ "md5", F_MD5, AS_HEX }, { "sha1", F_SHA1, AS_HEX }, { "sha256", F_SHA256, AS_HEX }, { "head_sha256", F_HEAD_SHA256, AS_HEX }, { "tail_sha256", F_TAIL_SHA256, AS_HEX },
	{ "stored_md5", F_STORED_MD5, AS_HEX }, { "stored_sha1", F_STORED_SHA1, AS_HEX }, { "verified", F_VERIFIED, AS_TEXT }, { "state", F_STATE, AS_TEXT }, { "why", F_WHY, AS_TEXT },
	{ "tainted", F_TAINTED, AS_NUMBER }, { "properties", F_PROPERTIES, AS_JSON },
};
static const struct column FINDING_COLUMNS[] = {
	{ "score", F_SCORE, AS_NUMBER }, { "severity", F_SEVERITY, AS_TEXT }, { "rule", F_RULE, AS_TEXT }, { "method", F_METHOD, AS_TEXT }, { "why", F_WHY, AS_TEXT }, { "description", F_DESCRIPTION, AS_TEXT },
	{ "family", F_FAMILY, AS_TEXT }, { "actors", F_ACTORS, AS_TEXT }, { "attack", F_ATTACK, AS_TEXT }, { "reference", F_REFERENCE, AS_TEXT }, { "author", F_AUTHOR, AS_TEXT },
	{ "licence", F_LICENCE, AS_TEXT }, { "rule_file", F_RULE_FILE, AS_TEXT }, { "locator", F_LOCATOR, AS_TEXT }, { "path", F_PATH, AS_TEXT }, { "name", F_NAME, AS_TEXT }, { "sha256", F_SHA256, AS_HEX },
	{ "tainted", F_TAINTED, AS_NUMBER }, { "offset", F_OFFSET, AS_NUMBER }, { "length", F_LENGTH, AS_NUMBER }, { "matches", F_MATCHES, AS_JSON }, { "data", F_DATA, AS_JSON },
};
static const struct column ARTIFACT_COLUMNS[] = {
	{ "artifact", F_ARTIFACT_ID, AS_TEXT }, { "locator", F_LOCATOR, AS_TEXT }, { "path", F_PATH, AS_TEXT }, { "name", F_NAME, AS_TEXT }, { "sha256", F_SHA256, AS_HEX }, { "size", F_SIZE, AS_NUMBER },
	{ "events", F_EVENTS, AS_NUMBER }, { "state", F_STATE, AS_TEXT }, { "why", F_WHY, AS_TEXT }, { "tainted", F_TAINTED, AS_NUMBER }, { "data", F_DATA, AS_JSON },
};
static const struct column MESSAGE_COLUMNS[] = {
	{ "date", F_DATE, AS_TIME }, { "subject", F_SUBJECT, AS_TEXT }, { "sender", F_SENDER, AS_TEXT }, { "from_addresses", F_FROM, AS_JSON }, { "to_addresses", F_TO, AS_JSON }, { "cc", F_CC, AS_JSON }, { "bcc", F_BCC, AS_JSON },
	{ "reply_to", F_REPLY_TO, AS_JSON }, { "return_path", F_RETURN_PATH, AS_TEXT }, { "message_id", F_MESSAGE_ID, AS_TEXT }, { "in_reply_to", F_IN_REPLY_TO, AS_TEXT }, { "attachments", F_ATTACHMENTS, AS_JSON },
	{ "urls", F_URLS, AS_JSON }, { "same", F_SAME, AS_HEX }, { "received", F_RECEIVED, AS_JSON }, { "sha256", F_SHA256, AS_HEX }, { "locator", F_LOCATOR, AS_TEXT }, { "offset", F_OFFSET, AS_NUMBER }, { "length", F_LENGTH, AS_NUMBER }, { "tainted", F_TAINTED, AS_NUMBER },
};
static const struct column ERROR_COLUMNS[] = {
	{ "kind", F_KIND, AS_TEXT }, { "class", F_SEVERITY_CLASS, AS_TEXT }, { "message", F_MESSAGE_TEXT, AS_TEXT }, { "locator", F_LOCATOR, AS_TEXT }, { "offset", F_OFFSET, AS_NUMBER }, { "length", F_LENGTH, AS_NUMBER },
	{ "limit_name", F_LIMIT, AS_TEXT }, { "step", F_STEP, AS_TEXT }, { "signal", F_SIGNAL, AS_NUMBER }, { "module", F_MODULE, AS_TEXT },
};
static const struct column NOTE_COLUMNS[] = {
	{ "kind", F_KIND, AS_TEXT }, { "message", F_MESSAGE_TEXT, AS_TEXT }, { "locator", F_LOCATOR, AS_TEXT }, { "offset", F_OFFSET, AS_NUMBER }, { "length", F_LENGTH, AS_NUMBER }, { "data", F_DATA, AS_JSON },
};
static const struct column PATH_COLUMNS[] = { { "locator", F_LOCATOR, AS_TEXT }, { "path", F_PATH, AS_TEXT } };
static const struct column WORD_COLUMNS[] = { { "text", NO_FIELD, AS_TEXT } };
static const struct column EVENT_COLUMNS[] = {
	{ "time", F_TIME, AS_NUMBER }, { "ns", F_TIME, AS_NUMBER }, { "precision", F_PRECISION, AS_NUMBER }, { "zone", F_ZONE, AS_NUMBER }, { "what", F_TIMESTAMP_DESC, AS_NUMBER }, { "kind", F_KIND, AS_NUMBER },
	{ "path", NO_FIELD, AS_NUMBER }, { "lead", NO_FIELD, AS_NUMBER }, { "message", F_MESSAGE_TEXT, AS_TEXT }, { "host", F_HOST, AS_NUMBER }, { "user", F_USER, AS_NUMBER }, { "artifact", F_ARTIFACT_ID, AS_NUMBER },
	{ "deleted", F_ALLOCATED, AS_NUMBER }, { "tainted", F_TAINTED, AS_NUMBER }, { "offset", F_OFFSET, AS_NUMBER }, { "length", F_LENGTH, AS_NUMBER }, { "data", F_DATA, AS_JSON },
};

static const struct column KIND_COLUMNS[] = { { "kind", NO_FIELD, AS_TEXT }, { "events", NO_FIELD, AS_NUMBER }, { "first", NO_FIELD, AS_NUMBER }, { "last", NO_FIELD, AS_NUMBER } };

enum table_id { T_EVIDENCE, T_FINDING, T_ARTIFACT, T_MESSAGE, T_ERROR, T_NOTE, T_PATH, T_WORD, T_EVENT, T_KIND, TABLES };
#define TABLE(name, columns) { name, columns, sizeof columns / sizeof *columns }
static const struct { const char *name; const struct column *column; unsigned columns; } TABLE[TABLES] = {
	TABLE("evidence", EVIDENCE_COLUMNS), TABLE("finding", FINDING_COLUMNS), TABLE("artifact", ARTIFACT_COLUMNS), TABLE("message", MESSAGE_COLUMNS), TABLE("error", ERROR_COLUMNS),
	TABLE("note", NOTE_COLUMNS), TABLE("path", PATH_COLUMNS), TABLE("word", WORD_COLUMNS), TABLE("event", EVENT_COLUMNS), TABLE("event_kind", KIND_COLUMNS),
};

struct inserter {
	sqlite3_stmt *many, *one;
	struct cell cell[ROWS * COLUMNS_MAX];
	struct buffer text;             /* of the waiting rows */
	unsigned columns, rows, filled; /* filled: cells of the row in the making */
	int64_t id;                     /* of the last row */
};

struct place { struct buffer text; uint32_t id; };
struct word { uint64_t hash; char *text; size_t length; int64_t id, events, first, last; };         /* events: as a kind */

/* The row of events at hand, as the virtual table "feed" shows it. Texts are borrowed until the next row. */
struct feed_cell { enum cell_kind kind; int64_t number; const void *text; size_t length; };
struct feed {
	int (*next)(void *owner, struct event_row *row);
	void *owner;
	struct feed_cell cell[COLUMNS_MAX];
	unsigned filled;
	struct buffer shown;            /* texts that may not stand as they are */
	int64_t row;
	int trouble;                    /* errno of next */
	bool end;
};

struct database {
	int directory;
	sqlite3 *db;
	char name[64], partial[80];
	struct inserter insert[TABLES];
	struct place *place, *last_place;
	struct feed feed;
	struct word *word;
	unsigned words;
	struct buffer scratch;
	char trouble[256];
};

const char *database_trouble(const struct database *d) { return d->trouble[0] ? d->trouble : NULL; }
struct sqlite3 *database_handle(struct database *d) { return d->db; }

static bool fail(struct database *d, const char *what)
{
	int system = sqlite3_system_errno(d->db);
	bool full = sqlite3_errcode(d->db) == SQLITE_FULL;
	snprintf(d->trouble, sizeof d->trouble, "%s: %s: %s", d->name, what, full ? strerror(ENOSPC) : sqlite3_errmsg(d->db));
	errno = full ? ENOSPC : system ? system : EIO;
	return false;
}

static bool run(struct database *d, const char *sql) { return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(d, "statement"); }

/* "INSERT INTO table(columns)" without the id: SQLite counts those itself, as we do, and appends without looking for the place. */
static void columns_named(struct buffer *sql, enum table_id t)
{
	buffer_format(sql, "INSERT INTO %s", TABLE[t].name);
	for (unsigned c = 0; c < TABLE[t].columns; c++)
		buffer_format(sql, "%c%s", c ? ',' : '(', TABLE[t].column[c].name);
	buffer_byte(sql, ')');
}

static bool prepare(struct database *d, enum table_id t, unsigned rows, sqlite3_stmt **statement)
{
	struct buffer sql = { 0 };
	columns_named(&sql, t);
	for (unsigned r = 0; r < rows; r++) {
		buffer_text(&sql, r ? ",(" : " VALUES (");
		for (unsigned c = 0; c < TABLE[t].columns; c++)
			buffer_text(&sql, c ? ",?" : "?");
		buffer_byte(&sql, ')');
	}
	bool good = sqlite3_prepare_v2(d->db, buffer_string(&sql), -1, statement, NULL) == SQLITE_OK || fail(d, "prepare");
	buffer_free(&sql);
	return good;
}

static bool step(struct database *d, struct inserter *i, sqlite3_stmt *s, unsigned from, unsigned rows)
{
	for (unsigned k = 0; k < rows * i->columns; k++) {
		const struct cell *c = &i->cell[from * i->columns + k];
		int at = (int)k + 1, got;
		if (c->kind == CELL_TEXT)
			got = sqlite3_bind_text64(s, at, c->length ? (const char *)i->text.data + c->at : "", c->length, SQLITE_STATIC, SQLITE_UTF8);
		else
			got = c->kind == CELL_NUMBER ? sqlite3_bind_int64(s, at, c->number) : sqlite3_bind_null(s, at);
		if (got != SQLITE_OK)
			return fail(d, "bind");
	}
	bool good = sqlite3_step(s) == SQLITE_DONE || fail(d, "insert");
	sqlite3_reset(s);
	return good;
}

static bool flush(struct database *d, enum table_id t)
{
	struct inserter *i = &d->insert[t];
	bool good = true;
	if (i->rows == ROWS)
		good = step(d, i, i->many, 0, ROWS);
	else
		for (unsigned r = 0; good && r < i->rows; r++)
			good = step(d, i, i->one, r, 1);
	i->rows = 0;
	buffer_clear(&i->text);
	return good;
}

static struct cell *cell(struct inserter *i) { return &i->cell[i->rows * i->columns + i->filled++]; }
static void cell_null(struct inserter *i) { *cell(i) = (struct cell){ 0 }; }
static void cell_number(struct inserter *i, int64_t v) { *cell(i) = (struct cell){ .kind = CELL_NUMBER, .number = v }; }

static void cell_text(struct inserter *i, const void *text, size_t length)
{
	size_t at = i->text.length;
	text_shown(&i->text, text, length);
	*cell(i) = (struct cell){ CELL_TEXT, 0, at, i->text.length - at };
}

static int64_t row_begin(struct database *d, enum table_id t)
{
	struct inserter *i = &d->insert[t];
	i->filled = 0;
	return ++i->id;
}

static bool row_end(struct database *d, enum table_id t)
{
	struct inserter *i = &d->insert[t];
	return ++i->rows < ROWS || flush(d, t);
}

static void cell_field(struct inserter *i, const struct column *c, const struct record_view *v, const struct buffer *json, struct buffer *scratch)
{
	size_t length;
	const void *text;
	struct timestamp t;
	if (c->field == NO_FIELD || !record_has(v, c->field)) {
		cell_null(i);
		return;
	}
	switch (c->how) {
	case AS_TEXT:
		text = record_get_text(v, c->field, &length);
		cell_text(i, text ? text : "", length);
		break;
	case AS_NUMBER: {
		uint64_t n = record_get_number(v, c->field);
		if (n > INT64_MAX)
			cell_null(i);
		else
			cell_number(i, (int64_t)n);
		break;
	}
	case AS_HEX:
		buffer_clear(scratch);
		buffer_hex(scratch, v->field[c->field].bytes, v->field[c->field].length);
		cell_text(i, scratch->data, scratch->length);
		break;
	case AS_JSON:
		text = json_member(json, record_field_key(c->field), &length);
		if (text)
			cell_text(i, text, length);
		else
			cell_null(i);
		break;
	case AS_TIME:
		buffer_clear(scratch);
		if (record_get_time(v, c->field, &t))
			time_format(scratch, &t);
		cell_text(i, scratch->data, scratch->length);
		break;
	}
}

bool database_record(struct database *d, const struct record_view *v, const struct buffer *json)
{
	static const uint8_t table[RECORD_TYPES] = {
		[RECORD_EVIDENCE] = T_EVIDENCE + 1, [RECORD_HIT] = T_FINDING + 1, [RECORD_ARTIFACT] = T_ARTIFACT + 1, [RECORD_MESSAGE] = T_MESSAGE + 1, [RECORD_ERROR] = T_ERROR + 1, [RECORD_NOTE] = T_NOTE + 1,
	};
	if (!table[v->type])
		return true;
	enum table_id t = table[v->type] - 1u;
	row_begin(d, t);
	for (unsigned c = 0; c < TABLE[t].columns; c++)
		cell_field(&d->insert[t], &TABLE[t].column[c], v, json, &d->scratch);
	return row_end(d, t);
}

uint32_t database_place(struct database *d, const struct record_view *v)
{
	size_t length, path_length;
	const char *locator = record_get_text(v, F_LOCATOR, &length), *path = record_get_text(v, F_PATH, &path_length);
	struct place *last = d->last_place;     /* most events are of the thing of the one before */
	if (last && last->id && locator && path && last->text.length == length + 1 + path_length && memcmp(last->text.data, locator, length) == 0 && !last->text.data[length] &&
	    memcmp(last->text.data + length + 1, path, path_length) == 0)
		return last->id;
	buffer_clear(&d->scratch);
	buffer_append(&d->scratch, locator ? locator : "", length);
	buffer_byte(&d->scratch, 0);
	buffer_append(&d->scratch, path ? path : "", path_length);
	struct place *p = &d->place[text_hash(d->scratch.data, d->scratch.length) % PLACE_SLOTS];
	d->last_place = p;
	if (p->id && p->text.length == d->scratch.length && memcmp(p->text.data, d->scratch.data, p->text.length) == 0)
		return p->id;
	p->id = (uint32_t)row_begin(d, T_PATH);
	cell_text(&d->insert[T_PATH], locator ? locator : "", length);
	if (path)
		cell_text(&d->insert[T_PATH], path, path_length);
	else
		cell_null(&d->insert[T_PATH]);
	if (d->scratch.length > 4096) {         /* the cache stays small: long ones get a row each time */
		uint32_t id = p->id;
		p->id = 0;
		return row_end(d, T_PATH) ? id : 0;
	}
	buffer_clear(&p->text);
	buffer_append(&p->text, d->scratch.data, d->scratch.length);
	return row_end(d, T_PATH) ? p->id : 0;
}

/* The word's slot, or the free one where it would go. */
static struct word *word_slot(struct database *d, const char *text, size_t length, uint64_t hash)
{
	size_t i = hash % WORD_SLOTS;
	while (d->word[i].text && (d->word[i].hash != hash || d->word[i].length != length || memcmp(d->word[i].text, text, length) != 0))
		i = (i + 1) % WORD_SLOTS;
	return &d->word[i];
}

static int64_t word_of(struct database *d, const char *text, size_t length)
{
	uint64_t hash = text_hash(text, length);
	struct word *w = word_slot(d, text, length, hash);
	if (w->text)
		return w->id;
	int64_t id = row_begin(d, T_WORD);
	cell_text(&d->insert[T_WORD], text, length);
	if (d->words < WORDS_MOST && length <= WORD_LENGTH) {
		d->words++;
		*w = (struct word){ .hash = hash, .text = memory_copy(text, length), .length = length, .id = id };
	}
	return row_end(d, T_WORD) ? id : -1;
}

/* Rows come in the order of time. Kinds beyond the dictionary are counted nowhere but in the rows. */
static void kind_count(struct database *d, const struct record_view *v, int64_t seconds)
{
	size_t length;
	const char *kind = record_get_text(v, F_KIND, &length);
	struct word *w = kind ? word_slot(d, kind, length, text_hash(kind, length)) : NULL;
	if (!w || !w->text)
		return;
	if (!w->events++)
		w->first = seconds;
	w->last = seconds;
}

static bool kinds_write(struct database *d)
{
	struct inserter *i = &d->insert[T_KIND];
	bool good = true;
	for (size_t k = 0; good && k < WORD_SLOTS; k++) {
		const struct word *w = &d->word[k];
		if (!w->events)
			continue;
		row_begin(d, T_KIND);
		cell_text(i, w->text, w->length);
		cell_number(i, w->events);
		cell_number(i, w->first);
		cell_number(i, w->last);
		good = row_end(d, T_KIND);
	}
	return good;
}

/* ---- events: one statement for all of them. INSERT ... SELECT from a virtual table binds nothing and opens no statement a batch (tests/bench/events.c). */

static void feed_null(struct feed *f) { f->cell[f->filled++].kind = CELL_NULL; }
static void feed_number(struct feed *f, int64_t v) { f->cell[f->filled++] = (struct feed_cell){ .kind = CELL_NUMBER, .number = v }; }

static void feed_text(struct feed *f, const void *text, size_t length)
{
	if (!text) {
		feed_null(f);
		return;
	}
	if (!text_tame(text, length)) {
		size_t at = f->shown.length;    /* room for all that a row may need was made, so nothing moves */
		text_shown(&f->shown, text, length);
		text = f->shown.data + at;
		length = f->shown.length - at;
	}
	f->cell[f->filled++] = (struct feed_cell){ .kind = CELL_TEXT, .text = length ? text : "", .length = length };
}

static void feed_field_number(struct feed *f, const struct record_view *v, enum record_field field)
{
	uint64_t n = record_get_number(v, field);
	if (!record_has(v, field) || n > INT64_MAX)
		feed_null(f);
	else
		feed_number(f, (int64_t)n);
}

static bool feed_word(struct database *d, const struct record_view *v, enum record_field field)
{
	size_t length;
	const char *text = record_get_text(v, field, &length);
	int64_t id = text ? word_of(d, text, length) : 0;
	if (text)
		feed_number(&d->feed, id);
	else
		feed_null(&d->feed);
	return id >= 0;
}

/* Columns lead and message. Most messages end in the path: then the lead alone is kept, as a word, and the message is lead and path. */
static bool feed_message(struct database *d, const struct record_view *v)
{
	size_t length, path_length;
	const char *text = record_get_text(v, F_MESSAGE_TEXT, &length), *path = record_get_text(v, F_PATH, &path_length);
	if (!text || !path || length <= path_length || length - path_length > WORD_LENGTH || d->words == WORDS_MOST || memcmp(text + length - path_length, path, path_length) != 0) {
		feed_null(&d->feed);
		feed_text(&d->feed, text, length);
		return true;
	}
	int64_t id = word_of(d, text, length - path_length);
	feed_number(&d->feed, id);
	feed_null(&d->feed);
	return id >= 0;
}

static bool feed_row(struct database *d, const struct event_row *row)
{
	struct feed *f = &d->feed;
	const struct record_view *v = row->view;
	struct timestamp t = { 0 };
	record_get_time(v, F_TIME, &t);
	buffer_clear(&f->shown);
	buffer_reserve(&f->shown, 8 * (v->frame_length + row->data_length) + 256);      /* \u{10ffff} for four bytes, \u{1} for one */
	f->filled = 0;
	feed_number(f, t.seconds);
	feed_number(f, t.nanoseconds);
	if (!feed_word(d, v, F_PRECISION) || !feed_word(d, v, F_ZONE) || !feed_word(d, v, F_TIMESTAMP_DESC) || !feed_word(d, v, F_KIND))
		return false;
	kind_count(d, v, t.seconds);
	feed_number(f, row->place);
	if (!feed_message(d, v))
		return false;
	if (!feed_word(d, v, F_HOST) || !feed_word(d, v, F_USER) || !feed_word(d, v, F_ARTIFACT_ID))
		return false;
	if (record_has(v, F_ALLOCATED))
		feed_number(f, !record_get_number(v, F_ALLOCATED));
	else
		feed_null(f);
	feed_field_number(f, v, F_TAINTED);
	feed_field_number(f, v, F_OFFSET);
	feed_field_number(f, v, F_LENGTH);
	if (row->data)                  /* our JSON: what acts on terminals is escaped there already */
		f->cell[f->filled++] = (struct feed_cell){ .kind = CELL_TEXT, .text = row->data, .length = row->data_length };
	else
		feed_null(f);
	return true;
}

struct feed_table { sqlite3_vtab base; struct database *d; };
struct feed_cursor { sqlite3_vtab_cursor base; struct database *d; };

static int feed_connect(sqlite3 *db, void *owner, int argc, const char *const *argv, sqlite3_vtab **table, char **error)
{
	(void)argc, (void)argv, (void)error;
	struct buffer sql = { 0 };
	buffer_text(&sql, "CREATE TABLE feed");
	for (unsigned c = 0; c < TABLE[T_EVENT].columns; c++)
		buffer_format(&sql, "%c%s", c ? ',' : '(', TABLE[T_EVENT].column[c].name);
	buffer_byte(&sql, ')');
	int got = sqlite3_declare_vtab(db, buffer_string(&sql));
	buffer_free(&sql);
	if (got != SQLITE_OK)
		return got;
	struct feed_table *t = memory_new(sizeof *t);
	t->d = owner;
	*table = &t->base;
	return SQLITE_OK;
}

static int feed_disconnect(sqlite3_vtab *table)
{
	free(table);
	return SQLITE_OK;
}

static int feed_plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void)table;
	info->estimatedCost = 1e6;
	return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	struct feed_cursor *c = memory_new(sizeof *c);
	c->d = ((struct feed_table *)table)->d;
	*cursor = &c->base;
	return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *cursor)
{
	free(cursor);
	return SQLITE_OK;
}

static int feed_next(sqlite3_vtab_cursor *cursor)
{
	struct database *d = ((struct feed_cursor *)cursor)->d;
	struct event_row row = { 0 };
	int got = d->feed.next(d->feed.owner, &row);
	d->feed.end = got <= 0;
	d->feed.row++;
	if (got > 0 && feed_row(d, &row))
		return SQLITE_OK;
	d->feed.trouble = got ? errno : 0;
	return got ? SQLITE_ERROR : SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int argc, sqlite3_value **argv)
{
	(void)number, (void)text, (void)argc, (void)argv;
	return feed_next(cursor);
}

static int feed_eof(sqlite3_vtab_cursor *cursor) { return ((struct feed_cursor *)cursor)->d->feed.end; }

static int feed_column(sqlite3_vtab_cursor *cursor, sqlite3_context *to, int column)
{
	const struct feed_cell *c = &((struct feed_cursor *)cursor)->d->feed.cell[column];
	if (c->kind == CELL_NUMBER)
		sqlite3_result_int64(to, c->number);
	else if (c->kind == CELL_TEXT)
		sqlite3_result_text64(to, c->text, c->length, SQLITE_STATIC, SQLITE_UTF8);
	return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row)
{
	*row = ((struct feed_cursor *)cursor)->d->feed.row;
	return SQLITE_OK;
}

static const sqlite3_module feed_module = {
	.xConnect = feed_connect, .xDisconnect = feed_disconnect, .xBestIndex = feed_plan, .xOpen = feed_open, .xClose = feed_close, .xFilter = feed_filter, .xNext = feed_next,
	.xEof = feed_eof, .xColumn = feed_column, .xRowid = feed_rowid,
};

bool database_events(struct database *d, int (*next)(void *owner, struct event_row *row), void *owner)
{
	struct buffer sql = { 0 };
	d->feed.next = next;
	d->feed.owner = owner;
	columns_named(&sql, T_EVENT);
	buffer_text(&sql, " SELECT * FROM feed;");
	errno = 0;
	bool good = sqlite3_exec(d->db, buffer_string(&sql), NULL, NULL, NULL) == SQLITE_OK;
	if (!good && d->feed.trouble)
		errno = d->feed.trouble;
	else if (!good && !d->trouble[0])
		fail(d, "insert");
	int was = errno;
	buffer_free(&sql);
	buffer_free(&d->feed.shown);
	errno = was;
	return good;
}

bool database_meta(struct database *d, const char *key, const char *value)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(d->db, "INSERT INTO meta VALUES (?,?)", -1, &s, NULL) != SQLITE_OK)
		return fail(d, "meta");
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
	bool good = sqlite3_step(s) == SQLITE_DONE || fail(d, "meta");
	sqlite3_finalize(s);
	return good;
}

struct database *database_new(int directory, const char *directory_path, const char *name)
{
	struct database *d = memory_new(sizeof *d);
	struct buffer path = { 0 }, sql = { 0 };
	d->directory = directory;
	snprintf(d->name, sizeof d->name, "%s", name);
	snprintf(d->partial, sizeof d->partial, "%s.partial", name);
	d->place = memory_array(PLACE_SLOTS, sizeof *d->place);
	d->word = memory_array(WORD_SLOTS, sizeof *d->word);
	unlinkat(directory, d->partial, 0);
	int fd = openat(directory, d->partial, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0) {
		database_drop(d);
		return NULL;
	}
	close(fd);
	buffer_format(&path, "%s%s/%s", directory_path[0] == '/' ? "" : "./", directory_path, d->partial);       /* no "file:" address by chance */
	bool good = sqlite3_open_v2(buffer_string(&path), &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK || fail(d, "open");
	buffer_format(&sql, "PRAGMA page_size=8192; PRAGMA auto_vacuum=NONE; PRAGMA encoding='UTF-8'; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-65536;"
		" PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN; CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) STRICT;", APPLICATION_ID, SCHEMA);
	for (unsigned t = 0; t < TABLES; t++) {
		buffer_format(&sql, "CREATE TABLE %s(id INTEGER PRIMARY KEY", TABLE[t].name);
		for (unsigned c = 0; c < TABLE[t].columns; c++)
			buffer_format(&sql, ", %s %s", TABLE[t].column[c].name, TABLE[t].column[c].how == AS_NUMBER ? "INTEGER" : "TEXT");
		buffer_text(&sql, ") STRICT;");
		d->insert[t].columns = TABLE[t].columns;
	}
	buffer_text(&sql, "CREATE INDEX event_time ON event(time);");
	good = good && (sqlite3_create_module(d->db, "feed", &feed_module, d) == SQLITE_OK || fail(d, "module")) && run(d, buffer_string(&sql));
	for (unsigned t = 0; good && t < TABLES; t++)
		good = prepare(d, t, ROWS, &d->insert[t].many) && prepare(d, t, 1, &d->insert[t].one);
	buffer_free(&path);
	buffer_free(&sql);
	if (!good) {
		int was = errno;
		database_drop(d);
		errno = was;
		return NULL;
	}
	return d;
}

bool database_index(struct database *d)
{
	if (!kinds_write(d))
		return false;
	for (unsigned t = 0; t < TABLES; t++)
		if (!flush(d, t))
			return false;
	return run(d,
		"CREATE VIEW v_timeline AS SELECT event.id, CASE WHEN time BETWEEN -62167219200 AND 253402300799 THEN"
		" strftime('%Y-%m-%dT%H:%M:%S', time, 'unixepoch') || printf('.%09d', ns) || iif(zone.text='local', '', 'Z') END AS time, what.text AS timestamp_desc, kind.text AS kind, coalesce(message, lead.text || path.path) AS message,"
		" path.path AS path, host.text AS host, user.text AS user, artifact.text AS artifact, precision.text AS precision, zone.text AS zone, deleted, tainted, data, path.locator AS locator, offset, length,"
		" event.time AS seconds, ns FROM event LEFT JOIN path ON path.id=event.path LEFT JOIN word AS what ON what.id=event.what LEFT JOIN word AS kind ON kind.id=event.kind"
		" LEFT JOIN word AS host ON host.id=event.host LEFT JOIN word AS user ON user.id=event.user LEFT JOIN word AS artifact ON artifact.id=event.artifact"
		" LEFT JOIN word AS lead ON lead.id=event.lead LEFT JOIN word AS precision ON precision.id=event.precision LEFT JOIN word AS zone ON zone.id=event.zone;"
		"CREATE VIEW v_findings AS SELECT score, severity, rule, why, coalesce(path, name) AS thing, family, actors, attack, sha256, locator FROM finding ORDER BY id;"
		"CREATE VIEW v_mail AS SELECT date, (SELECT group_concat(value, ', ') FROM json_each(iif(json_valid(from_addresses), from_addresses, '[]'))) AS sender,"
		" (SELECT group_concat(value, ', ') FROM json_each(iif(json_valid(to_addresses), to_addresses, '[]'))) AS recipients, subject,"
		" (SELECT group_concat(coalesce(iif(type='object', json_extract(value, '$.name'), value), '(no name)'), ', ') FROM json_each(iif(json_valid(attachments), attachments, '[]'))) AS attachments,"
		" (SELECT group_concat(value, ' ') FROM json_each(iif(json_valid(urls), urls, '[]'))) AS urls, message_id, locator FROM message ORDER BY id;"
		/* copies of one message, and what has a Message-ID in common with others but not the rest */
		"CREATE VIEW v_mail_copies AS SELECT count(*) AS copies, min(date) AS date, subject, message_id, group_concat(locator, char(10)) AS locators, same FROM message"
		" WHERE same IS NOT NULL GROUP BY same HAVING count(*)>1 ORDER BY min(id);"
		"CREATE VIEW v_mail_same_id AS SELECT count(DISTINCT same) AS contents, count(*) AS messages, message_id, group_concat(locator, char(10)) AS locators FROM message"
		" WHERE message_id IS NOT NULL GROUP BY message_id HAVING count(DISTINCT same)>1 ORDER BY min(id);"
		"CREATE VIEW v_errors AS SELECT class, kind, limit_name, count(*) AS errors, message AS first_message, min(locator) AS first_locator FROM error GROUP BY class, kind, limit_name ORDER BY errors DESC;"
		"COMMIT; PRAGMA mmap_size=67108864;");         /* the report asks for places again and again, and they lie in front */
}

static void statements_free(struct database *d)
{
	for (unsigned t = 0; t < TABLES; t++) {
		sqlite3_finalize(d->insert[t].many);
		sqlite3_finalize(d->insert[t].one);
		d->insert[t].many = d->insert[t].one = NULL;
	}
}

bool database_finish(struct database *d, uint8_t sha256[32], uint64_t *size)
{
	bool good = run(d, "PRAGMA mmap_size=0; PRAGMA journal_mode=DELETE;");
	statements_free(d);
	if (good && sqlite3_close(d->db) != SQLITE_OK)
		good = fail(d, "close");
	else if (good)
		d->db = NULL;
	int fd = good ? openat(d->directory, d->partial, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	good = good && fd >= 0 && file_sha256(fd, sha256, size) && sync_rename(d->directory, fd, d->partial, d->name);
	if (fd >= 0)
		close(fd);
	database_drop(d);
	return good;
}

void database_drop(struct database *d)
{
	if (!d)
		return;
	int was = errno;
	statements_free(d);
	sqlite3_close(d->db);
	unlinkat(d->directory, d->partial, 0);
	for (unsigned t = 0; t < TABLES; t++)
		buffer_free(&d->insert[t].text);
	for (size_t i = 0; d->place && i < PLACE_SLOTS; i++)
		buffer_free(&d->place[i].text);
	for (size_t i = 0; d->word && i < WORD_SLOTS; i++)
		free(d->word[i].text);
	free(d->place);
	free(d->word);
	buffer_free(&d->scratch);
	free(d);
	errno = was;
}
