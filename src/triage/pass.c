/* SPDX-License-Identifier: Apache-2.0 */
/* pass.c: what a worker does with a job. One node's way: description -> content read once -> hashes, type -> children -> artefacts -> rules -> its record.
 *
 * Everything a job emits hangs below the job's prefix; `tail` is the way from there to the container in hand. A node that is a container itself is opened where its
 * bytes are (up to INLINE_CONTAINER), else it becomes a job of its own. */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "detect/filetype.h"
#include "detect/yara.h"
#include "engine/sandbox.h"
#include "triage/pass.h"
#include "triage/place.h"
#include "triage/versions.h"

enum {
	NESTING_MAX = 8,                        /* containers inside containers, below the first */
	INLINE_CONTAINER = 16 << 20,            /* larger ones become a job of their own */
	MEMORY_CONTENT = PARSE_MEMORY,          /* content up to this is held whole while it is worked on */
	TURN = 1 << 20, PAGE = 4096,
	MEDIA_RANGES = 1000,                    /* error records of unreadable ranges of one media */
	HUGE_PAGE = 2 << 20, HUGE_FROM = 2 * HUGE_PAGE,
	SCAN_WINDOW = 32 << 20, SCAN_OVERLAP = 64 << 10,
	FOUND_SCORE = 40,
	SECTOR = 512,
	HEAD = PROBE_HEAD,
	FS_INSIDE_BITS = 32, FS_INSIDE_SIZE = 64 << 10,
};
#define EXPANSION_MOST (UINT64_C(4) << 30)      /* bytes out of nested containers below one top-level node */

struct failed_rule { char *name, *message; };

/* What the formats ask for keys: hands it on to the broker. */
struct pass_keys { struct key_ring ring; struct worker *w; };

struct pass_state {
	struct pass_options o;
	struct pass_keys keys;
	struct yara_rules *rules;
	struct failed_rule *failed;
	size_t failures;
	/* of the worker after the fork */
	struct place place;
	struct yara_scanner *scanner;
	struct hasher *hasher;
	unsigned hashed;
	struct buffer content;                  /* of the node in hand */
};

struct pass {
	struct reporter report;                 /* first: the callbacks get it back */
	struct worker *w;
	struct pass_state *s;
	const struct worker_job *job;
	struct buffer out, tail, locator;
	struct arena arena;
	unsigned nesting;
	struct source *const *companion;        /* of the file that the job brought; NULL: none came */
	uint64_t expanded;                      /* bytes out of nested containers below the top-level node */
	bool expansion_told;
	uint64_t at;                            /* number of the next node at this level, for steps */
};

static void emit(struct pass *p)
{
	worker_records(p->w, &p->out);
	buffer_clear(&p->out);
}

/* tail + "::" + step into p->locator. */
static void locate(struct pass *p, const char *step)
{
	buffer_clear(&p->locator);
	buffer_append(&p->locator, p->tail.data, p->tail.length);
	if (step && *step) {
		buffer_text(&p->locator, "::");
		buffer_text(&p->locator, step);
	}
	worker_at(p->w, (const char *)p->locator.data, p->locator.length);
}

static void report_record(struct pass *p, enum record_type type, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct record_builder r = record_begin(&p->out, type);
	struct buffer l = { 0 };
	buffer_append(&l, p->tail.data, p->tail.length);
	if (step && *step) {
		buffer_text(&l, "::");
		buffer_text(&l, step);
	}
	record_string(&r, F_KIND, kind);
	if (class)
		record_string(&r, F_SEVERITY_CLASS, class);
	if (l.length)
		record_text(&r, F_LOCATOR, (const char *)l.data, l.length);
	if (length) {
		record_number(&r, F_OFFSET, offset);
		record_number(&r, F_LENGTH, length);
	}
	record_evidence_text(&r, F_MESSAGE_TEXT, message, strlen(message), TEXT_UTF8);
	record_end(&r);
	buffer_free(&l);
	emit(p);
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_record((struct pass *)r, RECORD_ERROR, class, kind, step, offset, length, message);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_record((struct pass *)r, RECORD_NOTE, NULL, kind, step, offset, length, message);
}

static bool on_step(struct reporter *r, uint64_t at)
{
	struct pass *p = (struct pass *)r;
	if (worker_enter(p->w, at, "list"))
		return false;
	worker_leave(p->w);
	return true;
}

/* For ways that were gone before: what they had to say was said by the job that listed them. */
static void mute_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static void mute_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static bool mute_step(struct reporter *r, uint64_t at)
{
	(void)r, (void)at;
	return true;
}

static void keys_ask(struct key_ring *r, const uint8_t volume[32], struct key_answer *a)
{
	worker_keys(((struct pass_keys *)r)->w, volume, a->bytes, &a->found, &a->given);
}

static void keys_found(struct key_ring *r, const uint8_t volume[32], const uint8_t *key, size_t length)
{
	worker_key_found(((struct pass_keys *)r)->w, volume, key, length);
}

static struct reporter muted = { mute_error, mute_note, mute_step };

/* ---- one node */

struct work {
	struct container *c;                    /* that gives it; NULL for a plain file */
	struct node *n;
	struct source *source;                  /* random access, or NULL: sequential through c */
	struct source *const *companion;        /* given with the job, by enum companion; NULL: to be looked for */
	const struct record_view *base;         /* the record that came in, in later stages */
	bool has_head;
	uint8_t *head; size_t head_length;
	const uint8_t *whole; size_t length;    /* all of it when it fits, else NULL */
	uint64_t size;                          /* of what was read */
	bool tainted, incomplete;
	uint64_t bad_first, bad_end;            /* where in it the damage lies; equal: not known */
	bool hashed;                            /* sha256 is there */
	uint8_t sha256[32], md5[16], sha1[20], sha512[64];
	unsigned digests;                       /* which are */
	const char *filetype;
	const char *state, *why;
	uint16_t row[32]; size_t rows;          /* catalogue rows that its path matches */
	bool found;                             /* claimed or hit: worth keeping */
	struct buffer after;                    /* records that follow its own */
};

static const struct { enum hash_kind kind; enum record_field field; size_t at; } digests[] = {
	{ HASH_MD5, F_MD5, offsetof(struct work, md5) }, { HASH_SHA1, F_SHA1, offsetof(struct work, sha1) },
	{ HASH_SHA256, F_SHA256, offsetof(struct work, sha256) }, { HASH_SHA512, F_SHA512, offsetof(struct work, sha512) },
};

static bool has_content(const struct node *n)
{
	return n->content != CONTENT_NONE;
}

static bool wants_content(const struct pass *p, const struct work *k)
{
	const struct pass_options *o = &p->s->o;
	if (!has_content(k->n) || !(o->operations & (PASS_HASH | PASS_CONTENT | PASS_PARSE | PASS_SCAN | PASS_STORE)))
		return false;
	if (k->base && record_has(k->base, F_STATE) && !record_text_equals(k->base, F_STATE, "read"))
		return false;
	if (k->n->kind == NODE_VOLUME || k->n->kind == NODE_MEDIA)
		return false;
	if (k->n->kind == NODE_UNALLOCATED) {
		const struct artifact_parser *a = o->operations & PASS_PARSE && o->artifact[0] ? artifact_by_id(o->artifact, strlen(o->artifact)) : NULL;
		return a && a->carves;
	}
	return !o->use_profile || k->rows;
}

static void match_rows(struct pass *p, struct work *k)
{
	const struct node *n = k->n;
	const struct pass_options *o = &p->s->o;
	if (!(o->operations & PASS_PARSE) && !o->use_profile)
		return;
	const char *stream = NULL;
	size_t stream_length = 0;
	if (n->kind == NODE_STREAM) {
		stream = memchr(n->name.bytes, ':', n->name.length);
		if (stream) {
			stream++;
			stream_length = n->name.length - (size_t)((const uint8_t *)stream - n->name.bytes);
		}
	}
	size_t got = catalogue_match((const char *)n->path.bytes, n->path.length, stream, stream_length, OS_ALL, k->row, sizeof k->row / sizeof *k->row);
	if (o->use_profile && !o->profile.all) {
		size_t kept = 0;
		for (size_t i = 0; i < got; i++)
			if (o->profile.rows[k->row[i] / 64] >> (k->row[i] % 64) & 1)
				k->row[kept++] = k->row[i];
		got = kept;
	}
	k->rows = got;
}

static void scan_piece(struct pass *p, struct work *k, const uint8_t *bytes, size_t length, uint64_t base)
{
	struct pass_state *s = p->s;
	if (!(s->o.operations & PASS_SCAN) || !s->rules)
		return;
	const char *left = worker_enter(p->w, UINT64_C(1) << 33, "scan");
	if (left)
		return;
	char *path = memory_copy(k->n->path.bytes ? k->n->path.bytes : (const uint8_t *)"", k->n->path.length);
	char *name = memory_copy(k->n->name.bytes ? k->n->name.bytes : (const uint8_t *)"", k->n->name.length);
	const char *dot = strrchr(name, '.');
	struct yara_subject subject = { .filename = name, .filepath = path, .extension = dot ? dot : "", .filetype = k->filetype ? k->filetype : "", .owner = "", .origin = k->n->kind == NODE_ATTACHMENT || k->n->kind == NODE_PART || k->n->kind == NODE_MESSAGE ? "mail" : k->n->kind == NODE_MEMBER ? "archive" : "fs",
		.size = k->n->size, .deleted = k->n->has_allocated && !k->n->allocated };
	const char *why = NULL;
	if (!s->scanner)
		s->scanner = yara_scanner_new(s->rules);
	struct buffer hits = { 0 };
	if (!yara_scan(s->scanner, bytes, length, base, &subject, &hits, &why))
		report_error(&p->report, "limit", "yara", k->n->step, base, length, "rules did not run to their end: %s", why ? why : "unknown");
	for (size_t at = 0; at + 4 <= hits.length;) {
		uint32_t n;
		memcpy(&n, hits.data + at, 4);
		struct record_view v;
		if (!record_view_open(&v, hits.data + at, 4 + (size_t)n)) {
			struct buffer more = { 0 };
			struct record_builder r = record_begin(&more, RECORD_HIT);
			record_text(&r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
			record_evidence_text(&r, F_NAME, k->n->name.bytes, k->n->name.length, TEXT_UTF8);
			record_text(&r, F_PATH, (const char *)k->n->path.bytes, k->n->path.length);
			if (k->hashed)
				record_hex(&r, F_SHA256, k->sha256, sizeof k->sha256);
			if (k->tainted)
				record_flag(&r, F_TAINTED, true);
			record_end(&r);
			struct record_view changes;
			if (!record_view_open(&changes, more.data, more.length))
				record_merge(&k->after, &v, &changes);
			buffer_free(&more);
			if (record_get_number(&v, F_SCORE) >= FOUND_SCORE)
				k->found = true;
		}
		at += 4 + (size_t)n;
	}
	buffer_free(&hits);
	free(path);
	free(name);
	worker_leave(p->w);
}

#ifdef SPOOR_FAULTS
static void planted_fault(struct pass *p, const struct work *k)
{
	const struct pass_options *o = &p->s->o;
	if (!o->fault[0] || k->n->name.length != strlen(o->fault_name) || memcmp(k->n->name.bytes, o->fault_name, k->n->name.length))
		return;
	if (worker_enter(p->w, UINT64_C(1) << 34, "planted fault"))
		return;
	if (!strcmp(o->fault, "crash"))
		raise(SIGSEGV);
	else if (!strcmp(o->fault, "hang"))
		for (;;)
			nanosleep(&(struct timespec){ 1, 0 }, NULL);
	else if (!strcmp(o->fault, "spin"))
		for (volatile int i = 0;; i++)
			;
	else if (!strcmp(o->fault, "memory"))
		for (;;)
			memset(memory_new(1 << 20), 1, 1 << 20);
	else
		report_error(&p->report, "fault", sandbox_deed(o->fault) ? "planted.succeeded" : "planted.refused", k->n->step, 0, 0, "planted fault: %s", o->fault);
	worker_leave(p->w);
}
#endif

/* Which pages of a stretch that gave damage are damaged: widens first..end. */
static void damage_find(struct source *s, uint64_t at, size_t length, uint64_t *first, uint64_t *end)
{
	uint8_t page[PAGE];
	for (uint64_t to = at + length; at < to;) {
		size_t n = PAGE - (size_t)(at % PAGE);
		bool bad = false;
		n = source_read_at(s, at, page, n < to - at ? n : (size_t)(to - at), &bad);
		if (!n)
			break;
		if (bad && *first == *end)
			*first = at;
		if (bad)
			*end = at + n;
		at += n;
	}
}

/* Room for content of a known size, in huge pages where it is large: touching it page by page costs more than reading it. */
static void content_room(struct buffer *b, size_t size)
{
	if (size < HUGE_FROM || size <= b->capacity)
		return;
	uint8_t *room = buffer_reserve(b, size);
	uintptr_t from = ((uintptr_t)room + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE, to = ((uintptr_t)room + b->capacity) / HUGE_PAGE * HUGE_PAGE;
	if (from < to)
		(void)madvise(room + (from - (uintptr_t)room), to - from, MADV_HUGEPAGE);      /* a wish: it may be refused */
}

/* Reads the content once: hashes, keeps it when it fits, scans large ones in windows. */
static void content_read(struct pass *p, struct work *k)
{
	struct pass_state *s = p->s;
	struct buffer *b = &s->content;
	buffer_clear(b);
	unsigned set = s->o.hash_set | (s->o.operations & (PASS_CONTENT | PASS_PARSE | PASS_SCAN | PASS_STORE) ? HASH_SHA256 : 0);
	if (k->base && record_has(k->base, F_SHA256)) {
		k->hashed = record_get_text(k->base, F_SHA256, &(size_t){ 0 }) == NULL && k->base->field[F_SHA256].length == 32;
		if (k->hashed)
			memcpy(k->sha256, k->base->field[F_SHA256].bytes, 32);
		set = 0;
	}
	if (set && s->hashed != set) {
		hasher_free(s->hasher);
		s->hasher = hasher_new(set);
		s->hashed = set;
	}
	if (set)
		hasher_start(s->hasher);
	/* store streams begin with the first byte: what a profile picked goes out whole */
	bool store = s->o.operations & PASS_STORE;
	uint32_t stream = store ? worker_data_begin(p->w, PURPOSE_STORE) : 0;
	bool windows = false;
	uint64_t window_at = 0;
	if (k->source && k->source->memory && k->source->size <= MEMORY_CONTENT) {
		k->whole = k->source->memory;
		k->length = (size_t)k->source->size;
		k->size = k->source->size;
		if (set)
			hasher_update(s->hasher, k->whole, k->length);
		if (store)
			worker_data(p->w, stream, k->whole, k->length);
	}
	if (!k->whole && k->source && k->source->size <= MEMORY_CONTENT)
		content_room(b, (size_t)k->source->size + TURN);
	for (uint64_t at = 0; !k->whole;) {
		uint8_t *to = buffer_reserve(b, TURN);
		ssize_t got;
		bool bad = false;
		if (k->source)
			got = (ssize_t)source_read_at(k->source, at, to, TURN, &bad);
		else
			got = k->c->format->read(k->c, to, TURN);
		if (got < 0)
			k->incomplete = true;
		if (got <= 0)
			break;
		worker_read(p->w, (size_t)got);
		if (bad) {
			k->tainted = true;
			damage_find(k->source, at, (size_t)got, &k->bad_first, &k->bad_end);
		}
		if (set)
			hasher_update(s->hasher, to, (size_t)got);
		if (store)
			worker_data(p->w, stream, to, (size_t)got);
		if (k->head_length < HEAD && at == k->head_length) {
			size_t take = (size_t)got < HEAD - k->head_length ? (size_t)got : HEAD - k->head_length;
			k->head = memory_resize(k->head, HEAD, 1);
			memcpy(k->head + k->head_length, to, take);
			k->head_length += take;
		}
		at += (uint64_t)got;
		k->size = at;
		b->length += (size_t)got;
		if (p->nesting)
			p->expanded += (uint64_t)got;
		if (p->nesting && p->expanded > EXPANSION_MOST) {
			if (!p->expansion_told)
				report_error(&p->report, "limit", "expansion", k->n->step, 0, 0, "more than 4 GiB came out of containers inside one file: the rest is not read");
			p->expansion_told = k->incomplete = true;
			k->why = "limit";
			break;
		}
		if (b->length > MEMORY_CONTENT || (windows && b->length >= SCAN_WINDOW)) {
			if (!k->filetype)
				k->filetype = filetype_of(k->head, k->head_length);
			scan_piece(p, k, b->data, b->length, window_at);
			size_t keep = b->length < SCAN_OVERLAP ? b->length : SCAN_OVERLAP;
			memmove(b->data, b->data + b->length - keep, keep);
			window_at += b->length - keep;
			b->length = keep;
			windows = true;
		}
	}
	if (!k->whole && !windows) {
		buffer_reserve(b, 1);           /* an empty content is a pointer all the same */
		k->whole = b->data;
		k->length = b->length;
	}
	if (set) {
		hasher_finish(s->hasher);
		k->digests = set;
		k->hashed = set & HASH_SHA256;
		for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
			if (set & digests[i].kind)
				memcpy((uint8_t *)k + digests[i].at, hasher_digest(s->hasher, digests[i].kind), hash_length(digests[i].kind));
	}
	if (store)
		worker_data_end(p->w, stream, !k->incomplete);
	k->filetype = k->whole ? filetype_of(k->whole, k->length) : filetype_of(k->head, k->head_length);
	k->state = k->incomplete ? "failed" : "read";
	if (k->incomplete && !k->why)
		k->why = "damage";
	if (windows)
		scan_piece(p, k, b->data, b->length, window_at);
}

/* What a parser has made so far goes out behind what is there; its word on the whole is kept for its claim. */
struct parsing { struct pass *pass; struct work *work; struct buffer own; bool direct; };

static void frames_out(struct pass *p, const struct buffer *frames, size_t from, size_t to)
{
	if (to > from)
		worker_records(p->w, &(struct buffer){ .data = frames->data + from, .length = to - from, .capacity = to - from });
}

static void parser_flush(struct parse *parse)
{
	struct parsing *g = parse->owner;
	struct pass *p = g->pass;
	struct buffer *made = parse->out, *after = &g->work->after;
	size_t at = 0, n, run = 0;              /* from `run` on frames go out as they are */
	if (g->direct) {
		worker_records(p->w, after);
		buffer_clear(after);
	}
	for (; (n = record_frame_length(made->data + at, made->length - at)) >= 6; at += n) {
		bool claim = made->data[at + 4] == RECORD_ARTIFACT && made->data[at + 5] == 0;
		if (g->direct && !claim)
			continue;
		if (g->direct)
			frames_out(p, made, run, at);
		run = at + n;
		struct record_view v;
		if (record_view_open(&v, made->data + at, n))
			continue;
		if (claim) {
			buffer_clear(&g->own);
			buffer_append(&g->own, made->data + at, n);
		} else if (record_has(&v, F_LOCATOR)) {
			buffer_append(after, made->data + at, n);
		} else {        /* what a parser took from a shared reader (mail) has no locator yet */
			record_prefix_locator(after, &v, (const char *)p->locator.data, p->locator.length);
		}
	}
	if (g->direct)
		frames_out(p, made, run, at);
	buffer_clear(made);
	worker_beat(p->w);
	worker_records(p->w, after);
	buffer_clear(after);
}

/* What lies beside the node: given with the job, or found in its file system, for which that is opened once more (the node in hand lives in its own container's
 * memory). The sources that were found are the caller's to close, then *beside. */
static bool companions_find(struct pass *p, const struct work *k, struct source **companion, struct container **beside)
{
	const struct container *c = k->c;
	memset(companion, 0, COMPANIONS * sizeof *companion);
	if (k->companion)
		memcpy(companion, k->companion, COMPANIONS * sizeof *companion);
	else if (!c && k->source == p->s->place.media && p->s->place.companions == COMPANIONS)
		memcpy(companion, p->s->place.companion, COMPANIONS * sizeof *companion);
	if (!c || !c->format || !c->source || c->format->flags & FORMAT_SEQUENTIAL || k->n->kind == NODE_STREAM || !strchr(k->n->step, '/'))
		return false;
	*beside = format_open(c->format, &(struct opening){ .source = c->source, .report = &muted, .name = "", .list_deleted = true });
	for (unsigned i = 0; i < COMPANIONS && *beside; i++) {
		struct locator l;
		struct node n = { 0 };
		char *text = arena_format(&p->arena, "x::%s%s", k->n->step, companion_suffix[i]);
		if (!locator_parse(&l, text, strlen(text)) && c->format->find(*beside, &l.step[0], &n) && n.size && n.content != CONTENT_NONE && n.content != CONTENT_SEQUENTIAL)
			companion[i] = format_content(*beside, &n);
	}
	return *beside;
}

/* id: of the catalogue row that led here; only: see struct parse. */
static void parser_run(struct pass *p, struct work *k, const struct artifact_parser *a, const char *id, const char *only)
{
	struct source *companion[COMPANIONS];
	struct container *beside = NULL;
	bool owned = a->companions && companions_find(p, k, companion, &beside);
	struct buffer made = { 0 }, claim = { 0 };
	struct parsing parsing = { .pass = p, .work = k, .direct = a->direct };
	struct buffer *own = &parsing.own;
	struct parse parse = { .node = k->n, .source = k->source, .bytes = k->whole, .length = k->whole ? k->length : 0, .tainted = k->tainted, .arena = &p->arena, .out = &made,
		.artifact_id = id, .only = only, .report = &p->report, .locator = (const char *)p->locator.data, .locator_length = p->locator.length, .flush = parser_flush, .owner = &parsing,
		.companion = a->companions ? companion : NULL };
	const char *left = worker_enter(p->w, (UINT64_C(1) << 32) + (uint64_t)(uintptr_t)a->id % 65521, "parse");
	struct source *memory = NULL;
	if (!parse.source && k->whole)
		parse.source = memory = source_of_memory(k->whole, k->length, false);
	if (!left && parse.source) {
		a->parse(&parse);
		worker_leave(p->w);
	} else if (!left) {
		worker_leave(p->w);
		left = "too large to be held";
	}
	source_close(memory);
	for (unsigned i = 0; i < COMPANIONS && owned; i++)
		source_close(companion[i]);
	if (beside)
		format_close(beside);
	arena_reset(&p->arena);
	parser_flush(&parse);
	buffer_free(&made);
	struct record_builder r = record_begin(&claim, RECORD_ARTIFACT);
	record_text(&r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
	record_string(&r, F_ARTIFACT_ID, parse.artifact_id);
	record_evidence_text(&r, F_NAME, k->n->name.bytes, k->n->name.length, TEXT_UTF8);
	record_text(&r, F_PATH, (const char *)k->n->path.bytes, k->n->path.length);
	if (k->hashed)
		record_hex(&r, F_SHA256, k->sha256, sizeof k->sha256);
	record_number(&r, F_SIZE, k->size);
	if (k->tainted)
		record_flag(&r, F_TAINTED, true);
	record_number(&r, F_EVENTS, parse.events);
	record_string(&r, F_STATE, left ? "failed" : "read");
	record_string(&r, F_WHY, left);
	record_end(&r);
	/* what the parser has to say of the whole (layout, counts) goes into the same record */
	struct record_view said, change;
	if (own->length && !record_view_open(&said, own->data, own->length) && !record_view_open(&change, claim.data, claim.length))
		record_merge(&k->after, &said, &change);
	else
		buffer_append(&k->after, claim.data, claim.length);
	buffer_free(own);
	buffer_free(&claim);
	k->found = true;
}

static void parsers_run(struct pass *p, struct work *k)
{
	const struct pass_options *o = &p->s->o;
	const uint8_t *head = k->whole ? k->whole : k->head;
	size_t length = k->whole ? k->length : k->head_length;
	for (size_t i = 0; artifact_parsers[i]; i++) {
		const struct artifact_parser *a = artifact_parsers[i];
		const char *id = NULL;
		for (size_t r = 0; r < k->rows && !id; r++)
			if (artifact_reads(a, catalogue[k->row[r]].id))
				id = catalogue[k->row[r]].id;
		bool take = o->artifact[0] ? artifact_reads(a, o->artifact) : a->probe ? a->probe(head, length, id != NULL) : id != NULL;
		if (take)
			parser_run(p, k, a, id ? id : a->id, o->artifact[0] ? o->artifact : NULL);
	}
}

static void node_record(struct pass *p, struct work *k)
{
	struct buffer description = { 0 }, changes = { 0 };
	struct record_view base, change;
	struct record_builder r = record_begin(&changes, RECORD_NODE);
	if (k->base)
		base = *k->base;
	else
		node_write(&description, k->n);
	bool described = k->base || !record_view_open(&base, description.data, description.length);
	/* every node has a state once content was asked for */
	if (described && !k->state && p->s->o.operations & (PASS_CONTENT | PASS_STORE) && !record_has(&base, F_STATE))
		node_state(&base, &k->state, &k->why);
	record_text(&r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
	if (k->state) {
		record_string(&r, F_STATE, k->state);
		record_string(&r, F_WHY, k->why);
	}
	if (k->tainted)
		record_flag(&r, F_TAINTED, true);
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		if (k->digests & digests[i].kind)
			record_hex(&r, digests[i].field, (const uint8_t *)k + digests[i].at, hash_length(digests[i].kind));
	record_string(&r, F_FILETYPE, k->filetype);
	if (p->s->o.use_profile && k->rows) {
		record_list(&r, F_PROFILE);
		for (size_t i = 0; i < k->rows; i++)
			value_string(&r, NULL, catalogue[k->row[i]].id);
		record_close(&r);
	}
	record_end(&r);
	if (described && !record_view_open(&change, changes.data, changes.length)) {
		/* what only the workers need does not go out */
		record_hide(&base, F_EXTENTS);
		record_hide(&base, F_CONTENT);
		record_merge(&p->out, &base, &change);
	}
	emit(p);
	buffer_free(&description);
	buffer_free(&changes);
}

/* ---- containers */

static void list(struct pass *p, struct container *c, bool batches);
static void node_process(struct pass *p, struct container *c, struct node *n, struct source *given, const struct record_view *base);

/* The formats that this node's content may be opened as: archives and mail by magic; images, tables and file systems inside files only on strong signs. */
static const struct format *container_probe(const struct work *k, const struct format **second)
{
	const uint8_t *head = k->whole ? k->whole : k->head;
	size_t length = k->whole ? k->length : k->head_length;
	struct source *memory = k->source ? NULL : source_of_memory(head, length, false);
	struct probe probe = { .source = k->source ? k->source : memory, .head = head, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = (const char *)k->n->name.bytes, .name_length = k->n->name.length,
		.above = k->c ? k->c->format->layer : LAYER_IMAGE };
	*second = NULL;
	const struct format *f = NULL;
	if (k->n->kind == NODE_VOLUME || k->n->kind == NODE_MEDIA) {
		f = format_probe(&probe, 1u << LAYER_VOLUME | 1u << LAYER_CRYPT | 1u << LAYER_FS | 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, second);
	} else if (length) {
		f = format_probe(&probe, 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, second);
		if (!f && k->n->has_size && k->n->size >= FS_INSIDE_SIZE) {
			const struct format *fs = format_probe(&probe, 1u << LAYER_FS | 1u << LAYER_VOLUME | 1u << LAYER_CRYPT, NULL);
			if (fs && fs->probe(&probe) >= FS_INSIDE_BITS)
				f = fs;
		}
	}
	source_close(memory);
	return f;
}

/* Opens and lists what the node holds, below its own locator. */
static void descend(struct pass *p, struct work *k, struct source *source, const struct format *f, bool batches)
{
	size_t tail = p->tail.length;
	buffer_clear(&p->tail);
	buffer_append(&p->tail, p->locator.data, p->locator.length);
	if (p->nesting >= NESTING_MAX) {
		report_error(&p->report, "limit", "nesting", NULL, 0, 0, "containers inside containers, more than %d deep: not opened", NESTING_MAX);
	} else {
		const char *left = worker_enter(p->w, UINT64_C(1) << 35, "open");
		if (!left) {
			struct container *c = format_open(f, &(struct opening){ .source = source, .report = &p->report, .name = (const char *)k->n->name.bytes, .name_length = k->n->name.length, .list_deleted = true, .keys = &p->s->keys.ring });
			p->nesting += !batches;
			if (c) {
				list(p, c, batches);
				format_close(c);
			}
			p->nesting -= !batches;
			worker_leave(p->w);
			if (f->flags & FORMAT_FOREIGN)
				worker_retire(p->w);
		}
	}
	p->tail.length = tail;
}

static void node_process(struct pass *p, struct container *c, struct node *n, struct source *given, const struct record_view *base)
{
	struct pass_state *s = p->s;
	struct work k = { .c = c, .n = n, .base = base, .source = given, .companion = given ? p->companion : NULL };
	locate(p, n->step);
	match_rows(p, &k);
	bool want = wants_content(p, &k), descend_wanted = has_content(n) && !base &&
		(s->o.operations & PASS_DESCEND || (s->o.operations & PASS_LIST && (n->kind == NODE_VOLUME || n->kind == NODE_MEDIA)));
	const char *left = p->job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(p->w, p->at++, "node");
	if (left) {
		k.state = "failed";
		k.why = left;
		node_record(p, &k);
		return;
	}
	bool random = n->content != CONTENT_SEQUENTIAL;
	if ((want || descend_wanted) && !given && random) {
		k.source = format_content(c, n);
		if (!k.source) {
			k.state = want ? "failed" : NULL;
			k.why = want ? "no content" : NULL;
			want = descend_wanted = false;
		}
	}
	if (want || (descend_wanted && !random)) {
		content_read(p, &k);
		if (!want) {
			k.state = NULL;         /* read only to look inside */
			k.why = NULL;
			k.digests = 0;
			k.hashed = false;
			k.filetype = NULL;
		}
	} else if (descend_wanted) {
		k.head = memory_new(HEAD);
		k.head_length = source_read_at(k.source, 0, k.head, HEAD, &(bool){ false });
	}
	/* what a content stage leaves out says so, unless an earlier stage has said it */
	if (!k.state && !want && s->o.operations & (PASS_CONTENT | PASS_STORE) && has_content(n) && n->kind != NODE_VOLUME && n->kind != NODE_MEDIA && n->kind != NODE_UNALLOCATED &&
	    !(base && record_has(base, F_STATE))) {
		k.state = "skipped";
		k.why = "profile";
	}
	if (k.tainted && want)
		report_error(&p->report, "damage", "tainted", n->step, k.bad_first, k.bad_end - k.bad_first, "some of its bytes lie in a damaged part of the evidence; they read as zeros");

	const struct format *second = NULL, *f = descend_wanted ? container_probe(&k, &second) : NULL;
	if (f && !n->format)
		n->format = f->name;
	if (!base)
		n->tainted |= k.tainted;
	node_record(p, &k);
	if (s->o.operations & PASS_PARSE) {
		struct parse times = { .node = n, .out = &k.after, .artifact_id = "fs.times", .report = &p->report, .arena = &p->arena, .tainted = k.tainted,
			.locator = (const char *)p->locator.data, .locator_length = p->locator.length };
		fs_times_events(n, &times);
		if (want && !k.incomplete)
			parsers_run(p, &k);
	}
#ifdef SPOOR_FAULTS
	if (want && s->o.operations & PASS_PARSE)
		planted_fault(p, &k);
#endif
	if (want && k.whole)
		scan_piece(p, &k, k.whole, k.length, 0);
	if (k.found && s->o.operations & PASS_STORE_FOUND && k.whole) {
		uint32_t stream = worker_data_begin(p->w, PURPOSE_STORE);
		worker_data(p->w, stream, k.whole, k.length);
		worker_data_end(p->w, stream, !k.incomplete);
	}
	worker_records(p->w, &k.after);
	buffer_free(&k.after);

	if (f) {
		struct source *inside = k.source, *memory = NULL;
		if (!inside && k.whole)
			inside = memory = source_of_memory(k.whole, k.length, false);
		/* the buffer of content is the worker's one: what is listed inside would overwrite it */
		struct buffer content = { 0 };
		if (memory) {
			content = s->content;
			s->content = (struct buffer){ 0 };
		}
		uint64_t size = inside ? inside->size : k.size;
		uint64_t at = p->at;
		p->at = 0;
		if (inside && random && !given && size > INLINE_CONTAINER && !p->nesting && c) {
			struct buffer payload = { 0 };
			node_write(&payload, n);
			worker_item(p->w, &(struct item_head){ .order = n->order, .cost = 1, .kind = PASS_JOB_LIST, .flags = ITEM_SOLO }, (const char *)p->locator.data + 2, payload.data, payload.length);
			buffer_free(&payload);
		} else if (inside) {
			descend(p, &k, inside, f, false);
			if (second)
				descend(p, &k, inside, second, false);
		} else {
			report_error(&p->report, "limit", "memory", n->step, 0, 0, "a container of %llu bytes inside a container: not opened", (unsigned long long)size);
		}
		p->at = at;
		if (memory) {
			buffer_free(&s->content);
			s->content = content;
		}
		source_close(memory);
	}
	if (!p->nesting) {
		p->expanded = 0;
		p->expansion_told = false;
	}
	if (!given)
		source_close(k.source);
	free(k.head);
	worker_leave(p->w);
}

/* Nodes of one container. batches: what needs its content read becomes items, worked off in media order; else everything at once. */
static void list(struct pass *p, struct container *c, bool batches)
{
	struct node n;
	struct pass_state *s = p->s;
	const struct format *f = c->format;
	if (!(s->o.operations & PASS_LIST) && f->layer != LAYER_VOLUME && f->layer != LAYER_CRYPT)
		return;
	memset(&n, 0, sizeof n);
	uint64_t at = p->at;
	p->at = UINT64_C(1) << 36;
	struct buffer payload = { 0 };
	for (; f->next(c, &n) == 1; memset(&n, 0, sizeof n)) {
		worker_beat(p->w);
		bool volume = n.kind == NODE_VOLUME;
		bool content = has_content(&n) && (s->o.operations & PASS_DESCEND || s->o.operations & (PASS_CONTENT | PASS_HASH | PASS_SCAN | PASS_STORE | PASS_PARSE));
		if (batches && (volume || (content && n.kind != NODE_UNALLOCATED)) && !(f->flags & FORMAT_SEQUENTIAL) && n.content != CONTENT_SEQUENTIAL) {
			buffer_clear(&payload);
			node_write(&payload, &n);
			struct item_head h = { .order = n.order, .cost = n.size < UINT32_MAX / 2 ? (uint32_t)n.size + 4096 : UINT32_MAX / 2, .kind = volume ? PASS_JOB_LIST : PASS_JOB_BATCH, .flags = volume ? ITEM_SOLO : 0 };
			struct buffer step = { 0 };
			if (volume && p->tail.length) {
				buffer_append(&step, p->tail.data + 2, p->tail.length - 2);
				buffer_text(&step, "::");
			}
			if (volume)
				buffer_text(&step, n.step);
			worker_item(p->w, &h, volume ? buffer_string(&step) : NULL, payload.data, payload.length);
			buffer_free(&step);
		} else {
			node_process(p, c, &n, NULL, NULL);
		}
	}
	buffer_free(&payload);
	p->at = at;
}

/* ---- jobs */

static void part_names(const struct worker_job *job, const char **name, unsigned most)
{
	const char *p = (const char *)job->payload, *end = p + job->length;
	for (unsigned i = 0; i < most; i++) {
		size_t n = p < end ? strnlen(p, (size_t)(end - p)) : 0;
		name[i] = p < end && p + n < end ? p : "";
		p += n + 1;
	}
}

/* The evidence of the job, opened once for all jobs of a worker. */
static bool evidence(struct pass *p, const char *const *names, struct reporter *report)
{
	struct place *place = &p->s->place;
	if (p->job->descriptors) {
		/* job descriptors of a folder's batch are used one by one elsewhere */
		return place_open(place, p->job->evidence, p->job->descriptor, p->job->descriptors, p->job->companions, names, report);
	}
	return place->number == p->job->evidence && place->media;
}

/* How much of a prefix names the evidence itself: all before the first "::", or with the step below a folder. */
static const char *tail_of(const char *prefix)
{
	const char *tail = strstr(prefix, "::");
	if (tail && !strncmp(tail, "::dir:", 6)) {
		const char *next = strstr(tail + 2, "::");
		tail = next;
	}
	return tail ? tail : prefix + strlen(prefix);
}

/* What an evidence item is, and what lies on it. */
static void open_job(struct pass *p)
{
	struct place *place = &p->s->place;
	unsigned parts = p->job->descriptors - p->job->companions;
	const char **name = memory_array(parts + 1u, sizeof *name);
	part_names(p->job, name, parts);
	bool good = evidence(p, name, &p->report), raw = place->image_format && !strcmp(place->image_format->name, "raw"), file = false;
	struct node n = { .kind = NODE_MEDIA, .content = CONTENT_COMPUTED };
	struct work k = { .n = &n };
	const struct format *second = NULL, *f = NULL;
	if (good) {
		n.has_size = true;
		n.size = k.size = place->media->size;
		n.name = (struct node_text){ (const uint8_t *)name[0], strlen(name[0]) };
		k.source = place->media;
		locate(p, NULL);
		k.head = memory_new(HEAD);
		k.head_length = source_read_at(place->media, 0, k.head, HEAD, &k.tainted);
		f = container_probe(&k, &second);
		k.filetype = filetype_of(k.head, k.head_length);
		/* raw is what any bytes can be: a file that is known as something else is called that */
		file = raw && parts == 1 && (f ? f->layer == LAYER_ARCHIVE || f->layer == LAYER_MAIL : strcmp(k.filetype, "data") != 0);
	}
	struct record_builder r = record_begin(&p->out, RECORD_EVIDENCE);
	record_evidence_text(&r, F_NAME, name[0] ? name[0] : "", strlen(name[0] ? name[0] : ""), TEXT_UTF8);
	record_string(&r, F_LAYER, !file ? "image" : !f ? "file" : f->layer == LAYER_MAIL ? "mail" : "archive");
	record_string(&r, F_FORMAT, file ? f ? f->name : "file" : place->image_format ? place->image_format->name : NULL);
	record_string(&r, F_STATE, good ? "read" : "failed");
	if (place->image && place->image_format->describe)
		place->image_format->describe(place->image, &r);
	else if (place->media)
		record_number(&r, F_SIZE, place->media->size);
	record_end(&r);
	emit(p);
	if (good) {
		if (raw && !file && n.size % SECTOR)
			report_note(&p->report, "raw.size", NULL, n.size - n.size % SECTOR, n.size % SECTOR, "%llu bytes are no whole number of %d-byte sectors: no image of a disk, or cut off", (unsigned long long)n.size, SECTOR);
		bool plain = !f && raw;
		n.step = "";
		if (plain) {
			/* a file that holds nothing else: it is worked on as a file */
			n.kind = NODE_FILE;
			n.path = (struct node_text){ 0 };
			uint64_t at = p->at;
			node_process(p, NULL, &n, place->media, NULL);
			p->at = at;
		} else {
			bool told = f;
			n.format = f ? f->name : NULL;
			n.tainted = k.tainted;
			/* an archive or a mailbox is evidence of its own: its bytes are read like any file's */
			bool inside = f && (f->layer == LAYER_ARCHIVE || f->layer == LAYER_MAIL);
			if (inside) {
				n.kind = NODE_FILE;
				k.filetype = NULL;
			}
			if (inside && p->s->o.operations & ~(unsigned)(PASS_LIST | PASS_DESCEND)) {
				uint32_t operations = p->s->o.operations;
				p->s->o.operations &= ~(unsigned)PASS_DESCEND;
				node_process(p, NULL, &n, place->media, NULL);
				p->s->o.operations = operations;
			} else {
				node_record(p, &k);
			}
			if (!told)
				report_error(&p->report, "unsupported", "media.unknown", NULL, 0, 0, "nothing that is known begins on this media");
			locate(p, NULL);
			if (f)
				descend(p, &k, place->media, f, true);
			locate(p, NULL);
			if (second)
				descend(p, &k, place->media, second, true);
		}
		free(k.head);
	}
	free(name);
}

/* The source at a place that an earlier job listed: what there is to say of the way was said then, but for its being lost. */
static struct source *gone_before(struct pass *p, const char *tail)
{
	struct source *source = place_source(&p->s->place, tail, strlen(tail), &muted);
	return source ? source : place_source(&p->s->place, tail, strlen(tail), &p->report);
}

static void list_job(struct pass *p)
{
	struct record_view v;
	struct node n;
	const char *tail = tail_of(p->job->prefix);
	if (record_view_open(&v, p->job->payload, p->job->length) || !node_read(&n, &v, &p->arena))
		return;
	n.step = "";
	struct work k = { .n = &n };
	locate(p, NULL);
	const char *left = p->job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(p->w, 1, "open");
	struct source *source = NULL;
	if (!left && evidence(p, NULL, &muted))
		source = gone_before(p, tail);
	const struct format *second = NULL, *f = NULL;
	if (source) {
		k.source = source;
		k.head = memory_new(HEAD);
		k.head_length = source_read_at(source, 0, k.head, HEAD, &k.tainted);
		f = container_probe(&k, &second);
	} else if (left) {
		k.state = "failed";
		k.why = left;
	}
	if (n.kind == NODE_VOLUME || left) {
		n.format = f ? f->name : NULL;
		node_record(p, &k);
		if (source && !f)
			report_note(&p->report, "volume.unknown", NULL, 0, 0, "no file system or other content is recognised here");
	}
	if (f)
		descend(p, &k, source, f, true);
	locate(p, NULL);
	if (second)
		descend(p, &k, source, second, true);
	if (!left)
		worker_leave(p->w);
	free(k.head);
}

/* Node descriptions of one container: only its source is needed, unless content must be computed. */
static void batch_job(struct pass *p)
{
	const char *tail = tail_of(p->job->prefix);
	bool ready = evidence(p, NULL, &muted);
	struct source *source = ready ? gone_before(p, tail) : NULL;
	size_t at = 0;
	for (uint32_t i = 0; i < p->job->items && at + 4 <= p->job->length; i++) {
		uint32_t length;
		struct record_view v;
		struct node n;
		memcpy(&length, p->job->payload + at, 4);
		const uint8_t *frame = p->job->payload + at + 4;
		at += 4 + (size_t)length;
		if (record_view_open(&v, frame, length) || !node_read(&n, &v, &p->arena))
			continue;
		struct container *c = NULL;
		struct container borrowed = { .format = NULL, .source = source, .report = &p->report };
		size_t colon = strcspn(n.step, ":");
		const struct format *f = format_by_name(n.step, colon);
		borrowed.format = f;
		if (n.content == CONTENT_COMPUTED && ready && !(p->job->flags & JOB_GIVE_UP))
			c = place_container(&p->s->place, tail, strlen(tail), f, &muted);
		char *step = memory_string(n.step);
		if (c && f) {
			struct locator l;
			char *text = arena_format(&p->arena, "x::%s", step);
			struct node found;
			memset(&found, 0, sizeof found);
			if (!locator_parse(&l, text, strlen(text)) && f->find(c, &l.step[0], &found)) {
				n.content = found.content;
				n.extent = found.extent;
				n.extents = found.extents;
				n.inline_bytes = found.inline_bytes;
				n.inline_length = found.inline_length;
			}
			c->report = &p->report;
		}
		p->at = i;
		node_process(p, c ? c : &borrowed, &n, NULL, NULL);
		if (c)
			c->report = &muted;
		free(step);
		arena_reset(&p->arena);
	}
}

/* A plain folder's files: each brings its descriptor. */
static void files_job(struct pass *p)
{
	size_t at = 0;
	unsigned next = 0;                      /* descriptor */
	for (uint32_t i = 0; i < p->job->items && at + 4 <= p->job->length; i++) {
		uint32_t length;
		struct record_view v;
		struct node n;
		memcpy(&length, p->job->payload + at, 4);
		const uint8_t *frame = p->job->payload + at + 4;
		at += 4 + (size_t)length;
		size_t own = record_frame_length(frame, length), inside = own;
		if (record_view_open(&v, frame, own) || !node_read(&n, &v, &p->arena) || next >= p->job->descriptors)
			continue;
		struct source *source = source_of_descriptor(p->job->descriptor[next], n.size), *companion[COMPANIONS] = { 0 };
		unsigned first = next++;
		/* what lies beside it has its node record and its descriptor behind the file's own */
		for (size_t more; next < p->job->descriptors && (more = record_frame_length(frame + inside, length - inside)); inside += more, next++) {
			struct node beside;
			if (record_view_open(&v, frame + inside, more) || !node_read(&beside, &v, &p->arena) || !beside.size)
				continue;
			for (unsigned c = 0; c < COMPANIONS; c++)
				if (beside.name.length == n.name.length + strlen(companion_suffix[c]) &&
				    text_equal_nocase((const char *)beside.name.bytes + n.name.length, strlen(companion_suffix[c]), companion_suffix[c], strlen(companion_suffix[c])) && !companion[c])
					companion[c] = source_of_descriptor(p->job->descriptor[next], beside.size);
		}
		p->at = i;
		n.content = CONTENT_COMPUTED;
		p->companion = companion;
		node_process(p, NULL, &n, source, NULL);
		p->companion = NULL;
		source_close(source);
		for (unsigned c = 0; c < COMPANIONS; c++)
			source_close(companion[c]);
		for (; first < next; first++)
			close(p->job->descriptor[first]);
		arena_reset(&p->arena);
	}
}

/* Records of an earlier stage: each node is found again by its locator and worked on; its record comes out with what was added. */
static void nodes_job(struct pass *p)
{
	bool ready = evidence(p, NULL, &muted);
	size_t at = 0;
	for (uint32_t i = 0; i < p->job->items && at + 4 <= p->job->length; i++) {
		uint32_t length;
		struct record_view v;
		memcpy(&length, p->job->payload + at, 4);
		const uint8_t *frame = p->job->payload + at + 4;
		at += 4 + (size_t)length;
		size_t text_length;
		const char *text = record_view_open(&v, frame, length) ? NULL : record_get_text(&v, F_LOCATOR, &text_length);
		if (!text)
			continue;
		/* the last step, and the way to its container */
		size_t cut = text_length;
		while (cut > 1 && !(text[cut - 1] == ':' && text[cut - 2] == ':'))
			cut--;
		struct node n;
		memset(&n, 0, sizeof n);
		struct container *c = NULL;
		struct source *given = NULL;
		bool there = false, unallocated = record_text_equals(&v, F_KIND, "unallocated") || record_text_equals(&v, F_KIND, "volume");
		buffer_clear(&p->tail);
		char *step = NULL;
		if (ready && cut <= 1) {
			given = p->s->place.media;
			n = (struct node){ .kind = record_text_equals(&v, F_KIND, "file") ? NODE_FILE : NODE_MEDIA, .step = "", .has_size = true, .size = given->size, .content = CONTENT_COMPUTED };
			n.name.bytes = (const uint8_t *)record_get_text(&v, F_NAME, &n.name.length);
			n.path.bytes = (const uint8_t *)record_get_text(&v, F_PATH, &n.path.length);
			static const struct { enum record_field field; enum node_time time; } times[] = { { F_MTIME, NODE_MTIME }, { F_ATIME, NODE_ATIME }, { F_CTIME, NODE_CTIME }, { F_CRTIME, NODE_CRTIME } };
			for (size_t t = 0; t < sizeof times / sizeof *times; t++)
				record_get_time(&v, times[t].field, &n.time[times[t].time]);
			there = true;
		} else if (ready && !unallocated) {
			step = memory_copy(text + cut, text_length - cut);
			const struct format *f = format_by_name(step, strcspn(step, ":"));
			c = f ? place_container(&p->s->place, text, cut - 2, f, &muted) : NULL;
			struct locator l;
			char *whole = arena_format(&p->arena, "x::%s", step);
			if (c && !locator_parse(&l, whole, strlen(whole)))
				there = c->format->flags & FORMAT_SEQUENTIAL ? place_find(&p->s->place, c, step, &n) : c->format->find(c, &l.step[0], &n);
			if (c && c->format->flags & FORMAT_SEQUENTIAL && p->s->place.levels)
				c = p->s->place.level[p->s->place.levels - 1].container;
			buffer_append(&p->tail, text, cut - 2);
		}
		p->at = i;
		if (there) {
			if (c)
				c->report = &p->report;
			if (step)
				n.step = step;
			if (record_has(&v, F_KIND))
				node_recall(&n, &v);
			/* a locator that a person gave leads to a node of which nothing was said yet */
			node_process(p, c, &n, given, record_has(&v, F_KIND) ? &v : NULL);
			if (c)
				c->report = &muted;
		} else {
			/* areas and partitions are passed on: their content is what lies on them */
			buffer_clear(&p->tail);
			buffer_append(&p->tail, text, text_length);
			locate(p, NULL);
			struct work k = { .n = &n, .base = &v };
			bool lost = !record_has(&v, F_STATE) && !unallocated;
			if (lost) {
				k.state = "failed";
				k.why = "not found again";
			}
			node_record(p, &k);
			if (lost)
				report_error(&p->report, "missing", "locator", NULL, 0, 0, "the record's locator leads nowhere in this evidence");
		}
		free(step);
		arena_reset(&p->arena);
	}
}

/* Unreadable ranges of a raw image, each an error record; neighbours are one. Without a source: the last one goes out. */
struct media_damage { uint64_t first, end, told; };

static void media_damage(struct pass *p, struct source *media, uint64_t at, size_t length, struct media_damage *d)
{
	for (uint64_t to = at + length; !media || at < to;) {
		uint64_t first = 0, end = 0;
		size_t n = PAGE - (size_t)(at % PAGE);
		n = n < to - at ? n : (size_t)(to - at);
		if (media)
			damage_find(media, at, n, &first, &end);
		if (d->end > d->first && (first >= end ? at > d->end || !media : first != d->end)) {
			if (d->told++ < MEDIA_RANGES)
				report_error(&p->report, "damage", "media.unreadable", NULL, d->first, d->end - d->first, "the evidence can't be read here; it reads as zeros");
			else if (d->told == MEDIA_RANGES + 1)
				report_error(&p->report, "limit", "media.unreadable", NULL, d->first, d->end - d->first, "more than %d unreadable ranges: those from here on are not named one by one", MEDIA_RANGES);
			d->first = d->end = 0;
		}
		if (end > first && d->end > d->first)
			d->end = end;
		else if (end > first) {
			d->first = first;
			d->end = end;
		}
		if (!media)
			break;
		at += n;
	}
}

/* The whole media through the digests that the container states, and SHA-256. */
static void media_job(struct pass *p)
{
	unsigned parts = p->job->descriptors - p->job->companions;
	const char **name = memory_array(parts + 1u, sizeof *name);
	part_names(p->job, name, parts);
	struct place *place = &p->s->place;
	/* in triage the job that opened it has told of its structure; verify has none */
	bool good = evidence(p, name, p->s->o.operations ? &muted : &p->report);
	const char *left = p->job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(p->w, 1, "hash media");
	struct buffer stated = { 0 };
	struct record_builder r = record_begin(&stated, RECORD_EVIDENCE);
	if (place->image && place->image_format->describe)
		place->image_format->describe(place->image, &r);
	record_end(&r);
	struct record_view v;
	bool described = !record_view_open(&v, stated.data, stated.length);
	bool md5 = described && record_has(&v, F_STORED_MD5), sha1 = described && record_has(&v, F_STORED_SHA1), tainted = false;
	r = record_begin(&p->out, RECORD_EVIDENCE);
	record_evidence_text(&r, F_NAME, name[0], strlen(name[0]), TEXT_UTF8);
	const char *verified = "unreadable";
	struct hasher *h = NULL;
	struct media_damage damage = { 0 };
	bool raw = place->image_format && !strcmp(place->image_format->name, "raw");    /* other formats tell of their damage themselves */
	if (good && !left) {
		p->s->place.image->report = &p->report;
		h = hasher_new(HASH_SHA256 | (md5 ? HASH_MD5 : 0) | (sha1 ? HASH_SHA1 : 0));
		uint8_t *turn = memory_new(TURN);
		struct buffer keep = p->out;            /* errors come in between */
		p->out = (struct buffer){ 0 };
		for (uint64_t at = 0; at < place->media->size;) {
			bool bad = false;
			size_t n = source_read_at(place->media, at, turn, TURN, &bad);
			if (!n)
				break;
			hasher_update(h, turn, n);
			tainted |= bad;
			if (bad && raw)
				media_damage(p, place->media, at, n, &damage);
			at += n;
			worker_read(p->w, n);
		}
		media_damage(p, NULL, 0, 0, &damage);
		free(turn);
		hasher_finish(h);
		buffer_free(&p->out);
		p->out = keep;
		verified = !md5 && !sha1 ? "none stored" :
			(md5 && memcmp(hasher_digest(h, HASH_MD5), v.field[F_STORED_MD5].bytes, 16)) || (sha1 && memcmp(hasher_digest(h, HASH_SHA1), v.field[F_STORED_SHA1].bytes, 20)) ? "mismatch" : "match";
		record_number(&r, F_SIZE, place->media->size);
		record_hex(&r, F_SHA256, hasher_digest(h, HASH_SHA256), 32);
		if (md5) {
			record_hex(&r, F_MD5, hasher_digest(h, HASH_MD5), 16);
			record_hex(&r, F_STORED_MD5, v.field[F_STORED_MD5].bytes, 16);
		}
		if (sha1) {
			record_hex(&r, F_SHA1, hasher_digest(h, HASH_SHA1), 20);
			record_hex(&r, F_STORED_SHA1, v.field[F_STORED_SHA1].bytes, 20);
		}
	}
	record_string(&r, F_VERIFIED, verified);
	record_string(&r, F_STATE, good && !left ? "read" : "failed");
	record_string(&r, F_WHY, left);
	if (tainted)
		record_flag(&r, F_TAINTED, true);
	record_end(&r);
	emit(p);
	if (!strcmp(verified, "mismatch"))
		report_error(&p->report, "damage", "media.hash", NULL, 0, 0, "the media's hash is not the one that the container states");
	if (!left)
		worker_leave(p->w);
	hasher_free(h);
	buffer_free(&stated);
	free(name);
}

/* One locator's bytes, as they are. The job's prefix is the evidence; the payload holds the tail. */
static void cat_job(struct pass *p)
{
	uint32_t stream = worker_data_begin(p->w, PURPOSE_STDOUT);
	bool tainted = false, complete = false;
	buffer_append(&p->tail, p->job->payload, p->job->length);
	locate(p, NULL);
	const char *left = worker_enter(p->w, 1, "cat");
	struct source *source = NULL;
	if (!left && evidence(p, NULL, &p->report))
		source = place_source(&p->s->place, (const char *)p->job->payload, p->job->length, &p->report);
	if (source) {
		uint8_t *turn = memory_new(TURN);
		for (uint64_t at = 0; at < source->size;) {
			size_t n = source_read_at(source, at, turn, TURN, &tainted);
			if (!n)
				break;
			worker_data(p->w, stream, turn, n);
			at += n;
			worker_beat(p->w);
		}
		free(turn);
		complete = true;
	}
	worker_data_end(p->w, stream, complete);
	if (tainted)
		report_error(&p->report, "damage", "tainted", NULL, 0, 0, "some of its bytes lie in a damaged part of the evidence; they read as zeros");
	if (!left)
		worker_leave(p->w);
}

static void preamble_job(struct pass *p)
{
	for (size_t i = 0; i < p->s->failures; i++) {
		struct buffer text = { 0 };
		buffer_format(&text, "rule file %s did not compile: %s", p->s->failed[i].name, p->s->failed[i].message);
		report_error(&p->report, "unsupported", "rule.compile", NULL, 0, 0, "%s", buffer_string(&text));
		buffer_free(&text);
	}
	report_note(&p->report, "rules", NULL, 0, 0, "%zu rules loaded", p->s->rules ? yara_rule_count(p->s->rules) : 0);
}

static void deed_job(struct pass *p)
{
	char deed[32];
	snprintf(deed, sizeof deed, "%.*s", (int)p->job->length, (const char *)p->job->payload);
	if (worker_enter(p->w, 1, deed))
		return;
	report_note(&p->report, deed, NULL, 0, 0, "%s", sandbox_deed(deed) ? "allowed" : "refused");
	worker_leave(p->w);
}

static void versions_job(struct pass *p)
{
	versions_report(&p->report);
}

static void run(struct worker *w, void *state, const struct worker_job *job)
{
	static void (*const jobs[])(struct pass *) = {
		[PASS_JOB_PREAMBLE] = preamble_job, [PASS_JOB_OPEN] = open_job, [PASS_JOB_LIST] = list_job, [PASS_JOB_BATCH] = batch_job, [PASS_JOB_NODES] = nodes_job,
		[PASS_JOB_MEDIA] = media_job, [PASS_JOB_CAT] = cat_job, [PASS_JOB_FILES] = files_job, [PASS_JOB_DEED] = deed_job, [PASS_JOB_VERSIONS] = versions_job,
	};
	struct pass p = { .report = { on_error, on_note, on_step }, .w = w, .s = state, .job = job };
	p.s->keys = (struct pass_keys){ { keys_ask, keys_found }, w };
	p.s->place.keys = &p.s->keys.ring;
	if (job->kind < sizeof jobs / sizeof *jobs && jobs[job->kind])
		jobs[job->kind](&p);
	emit(&p);
	buffer_free(&p.out);
	buffer_free(&p.tail);
	buffer_free(&p.locator);
	arena_free(&p.arena);
}

static void preload(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	text_warm_up();
	hash_warm_up();
}

static void rule_failed(void *owner, const char *name, const char *message)
{
	struct pass_state *s = owner;
	s->failed = memory_resize(s->failed, s->failures + 1, sizeof *s->failed);
	s->failed[s->failures++] = (struct failed_rule){ memory_string(name), memory_string(message) };
}

static void *warm_up(const uint8_t *config, size_t length, void (*progress)(uint64_t at))
{
	struct pass_state *s = memory_new(sizeof *s);
	if (length < sizeof s->o)
		return s;
	memcpy(&s->o, config, sizeof s->o);
	struct cursor c = cursor_of(config + sizeof s->o, length - sizeof s->o, 0);
	struct yara_source *source = memory_array(s->o.rule_files, sizeof *source);
	size_t sources = 0;
	for (uint32_t i = 0; i < s->o.rule_files && !c.bad; i++) {
		uint32_t name_length = cursor_u32le(&c), text_length = cursor_u32le(&c);
		const uint8_t *name = cursor_bytes(&c, name_length), *text = cursor_bytes(&c, text_length);
		if (name && text)
			source[sources++] = (struct yara_source){ memory_copy(name, name_length), memory_copy(text, text_length), text_length };
	}
	progress(0);
	if (sources && s->o.operations & PASS_SCAN)
		s->rules = yara_compile(source, sources, rule_failed, s);
	return s;
}

const struct worker_function pass_function = { preload, warm_up, run };
