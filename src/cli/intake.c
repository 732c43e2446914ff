/* SPDX-License-Identifier: Apache-2.0 */
/* intake.c: what a run is given to do: operands, and records of an earlier stage on standard input, become jobs of the engine. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/parts.h"
#include "record/locator.h"

enum { LINE_TURN = 1 << 20 };

/* ---- error records that came in: a stage that meets the same damage again is silent */

static uint64_t text_hash(const uint8_t *p, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static bool told(const struct session *s, uint64_t h)
{
	for (size_t i = h & (s->told_slots - 1); s->told_slots && s->told[i]; i = (i + 1) & (s->told_slots - 1))
		if (s->told[i] == h)
			return true;
	return false;
}

static void tell(struct session *s, uint64_t h)
{
	if ((s->told_count + 1) * 2 > s->told_slots) {
		size_t slots = s->told_slots ? s->told_slots * 2 : 256, old = s->told_slots;
		uint64_t *was = s->told;
		s->told = memory_array(slots, sizeof *s->told);
		s->told_slots = slots;
		s->told_count = 0;
		for (size_t i = 0; i < old; i++)
			if (was[i])
				tell(s, was[i]);
		free(was);
	}
	size_t i = h & (s->told_slots - 1);
	while (s->told[i] && s->told[i] != h)
		i = (i + 1) & (s->told_slots - 1);
	s->told_count += !s->told[i];
	s->told[i] = h;
}

void error_heard(struct session *s, const uint8_t *line, size_t length)
{
	tell(s, text_hash(line, length));
}

bool error_again(struct session *s, const uint8_t *line, size_t length)
{
	/* those that came in are passed on once */
	uint64_t h = text_hash(line, length);
	bool known = told(s, h), again = known && told(s, ~h);
	if (known && !again)
		tell(s, ~h);
	return again;
}

/* ---- jobs */

static void names_payload(const struct evidence_item *e, struct buffer *out)
{
	for (unsigned i = 0; i < e->files; i++) {
		const char *slash = strrchr(e->file[i], '/'), *name = slash ? slash + 1 : e->file[i];
		buffer_append(out, name, strlen(name) + 1);
	}
}

/* Evidence that was given already, under this or another name, is not read twice. */
static bool given(struct session *s, uint32_t n)
{
	struct evidence_item *e = &s->item[n];
	for (uint32_t i = 0; i < s->items; i++) {
		const struct evidence_item *o = &s->item[i];
		if (!o->added || (o != e && (o->folder != e->folder || o->device != e->device || o->inode != e->inode)))
			continue;
		if (o == e && e->twice)
			return true;
		e->twice = true;
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_NOTE);
		record_string(&r, F_KIND, "evidence.twice");
		record_string(&r, F_LOCATOR, e->base);
		struct buffer text = { 0 };
		buffer_format(&text, o == e ? "it is named more than once: it is read once" : "it is the same as %s: it is read once", o->base);
		record_string(&r, F_MESSAGE_TEXT, buffer_string(&text));
		record_end(&r);
		session_emit(s, &frame);
		buffer_free(&frame);
		buffer_free(&text);
		return true;
	}
	return false;
}

static void add_item(struct session *s, uint32_t n, bool media)
{
	struct buffer names = { 0 };
	if (given(s, n))
		return;
	struct evidence_item *e = &s->item[n];
	e->added = true;
	if (e->folder) {
		engine_own_begin(s->engine, e->base);
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
		record_string(&r, F_LOCATOR, e->base);
		record_evidence_text(&r, F_NAME, e->name, strlen(e->name), TEXT_UTF8);
		record_string(&r, F_FORMAT, "dir");
		record_string(&r, F_LAYER, "directory");
		record_string(&r, F_STATE, "read");
		record_end(&r);
		engine_own_record(s->engine, &frame);
		buffer_free(&frame);
		if (s->pass.operations & PASS_LIST)
			folder_walk(s, n, &names);
		engine_own_end(s->engine);
		struct buffer locator = { 0 };
		for (size_t at = 0; at < names.length; at += strlen((const char *)names.data + at) + 1) {
			const char *tail;
			buffer_clear(&locator);
			buffer_format(&locator, "%s::%s", s->item[n].base, (const char *)names.data + at);
			uint32_t set = session_evidence(s, buffer_string(&locator), locator.length, &tail);
			if (set != UINT32_MAX)
				add_item(s, set, media);
		}
		buffer_free(&locator);
		buffer_free(&names);
		return;
	}
	names_payload(e, &names);
	if (s->pass.operations || !media)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_OPEN, .files = FILES_EVIDENCE, .evidence = n + 1, .prefix = e->base, .payload = names.data, .length = names.length });
	if (media)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_MEDIA, .files = FILES_EVIDENCE, .evidence = n + 1, .prefix = e->base, .payload = names.data, .length = names.length, .cost = e->size });
	buffer_free(&names);
}

/* Nodes to be found again by their locators: gathered per item, handed over in jobs. */
struct gather { struct buffer payload; uint32_t item, count; };
enum { GATHER_ITEMS = 256 };

static void gather_flush(struct session *s, struct gather *g)
{
	if (g->count)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_NODES, .files = FILES_EVIDENCE, .evidence = g->item + 1, .prefix = s->item[g->item].base, .payload = g->payload.data, .length = g->payload.length, .items = g->count });
	buffer_clear(&g->payload);
	g->count = 0;
}

static void gather_add(struct session *s, struct gather *g, uint32_t item, const struct buffer *frame)
{
	if (g->count && (g->item != item || g->count >= GATHER_ITEMS))
		gather_flush(s, g);
	g->item = item;
	buffer_u32le(&g->payload, (uint32_t)frame->length);
	buffer_append(&g->payload, frame->data, frame->length);
	g->count++;
}

static void bare_node(struct buffer *frame, const char *tail, size_t length)
{
	struct record_builder r = record_begin(frame, RECORD_NODE);
	record_text(&r, F_LOCATOR, tail, length);
	record_end(&r);
}

void session_operands(struct session *s, bool media)
{
	struct gather g = { 0 };
	for (unsigned i = 0; i < s->set->operands; i++) {
		const char *tail, *text = s->set->operand[i];
		uint32_t item = session_evidence(s, text, strlen(text), &tail);
		if (item == UINT32_MAX)
			continue;
		if (!*tail) {
			add_item(s, item, media);
		} else {
			struct buffer frame = { 0 };
			bare_node(&frame, tail, strlen(tail));
			gather_add(s, &g, item, &frame);
			gather_flush(s, &g);
			buffer_free(&frame);
		}
	}
	buffer_free(&g.payload);
}

/* May a record lead to this file? The evidence record's facts must match, and it must lie below --evidence-root when that is given. */
static bool allowed(struct session *s, const struct record_view *v, uint32_t item)
{
	const struct evidence_item *e = &s->item[item];
	if (s->set->evidence_root) {
		bool inside = path_below(e->name, s->set->evidence_root);
		if (!inside)
			return false;
	}
	return e->folder || (record_get_number(v, F_FILE_SIZE) == e->size && v->field[F_HEAD_SHA256].length == 32 && !memcmp(v->field[F_HEAD_SHA256].bytes, e->head, 32) &&
	       v->field[F_TAIL_SHA256].length == 32 && !memcmp(v->field[F_TAIL_SHA256].bytes, e->tail, 32));
}

/* Records on their way in. */
struct intake {
	struct session *s;
	struct gather gather;
	bool work, again;                       /* nodes are worked on; the evidence is walked anew */
	bool *trusted; uint32_t trust;          /* by item: may records lead to it? */
	uint64_t line;
};

/* Evidence is gone to again only when it is what the record speaks of. */
static void evidence_came(struct intake *in, const struct record_view *v, const char *locator, size_t length)
{
	struct session *s = in->s;
	const char *tail;
	uint32_t item = session_evidence(s, locator, length, &tail);
	if (item == UINT32_MAX)
		return;
	if (item >= in->trust) {
		in->trusted = memory_resize(in->trusted, item + 1u, sizeof *in->trusted);
		memset(in->trusted + in->trust, 0, item + 1u - in->trust);
		in->trust = item + 1;
	}
	bool was = in->trusted[item];
	in->trusted[item] = allowed(s, v, item);
	s->item[item].refused = !in->trusted[item];
	if (!in->trusted[item])
		evidence_error(s, s->item[item].base, "evidence.changed", "it is not what the record speaks of (size or hash differ), or lies outside --evidence-root");
	else if (in->again && !was)
		add_item(s, item, false);
}

/* A node to be found again: *pass false, it comes out of the pass; else it has no more to say and passes, with the state that a pass would give it. False: no place. */
static bool node_came(struct intake *in, struct record_view *v, struct buffer *frame, const char *locator, size_t length, bool *pass)
{
	struct session *s = in->s;
	/* trust is the evidence record's; a file below a folder is an item of its own under the folder's trust */
	const char *steps = memmem(locator, length, "::", 2), *tail;
	size_t own = steps ? (size_t)(steps - locator) : length;
	uint32_t item = session_evidence(s, locator, own, &tail);
	bool trusted = item != UINT32_MAX && item < in->trust && in->trusted[item];
	if (trusted && s->item[item].folder) {
		const char *inner = steps ? memmem(steps + 2, length - own - 2, "::", 2) : NULL;
		trusted = inner || record_text_equals(v, F_KIND, "file");
		struct buffer whole = { 0 };
		if (!trusted && s->pass.operations & (PASS_CONTENT | PASS_STORE) && !record_has(v, F_STATE) && node_stated(&whole, v, NULL)) {
			buffer_clear(frame);
			buffer_append(frame, whole.data, whole.length);
		}
		buffer_free(&whole);
		if (trusted)
			item = session_evidence(s, locator, length, &tail);
	} else {
		tail = steps ? steps : locator + length;
	}
	if (!trusted || item == UINT32_MAX || s->item[item].refused)
		return true;
	if (record_has(v, F_EXTRA)) {
		if (!foreign_keep(s, v, locator, length)) {
			say(s->module, "no place for what the schema does not know: %s", strerror(errno));
			return false;
		}
		record_hide(v, F_EXTRA);
	}
	struct buffer cut = { 0 }, changes = { 0 };
	struct record_view c;
	struct record_builder r = record_begin(&changes, RECORD_NODE);
	record_text(&r, F_LOCATOR, tail, length - (size_t)(tail - locator));
	record_end(&r);
	if (!record_view_open(&c, changes.data, changes.length))
		record_merge(&cut, v, &c);
	gather_add(s, &in->gather, item, &cut);
	buffer_free(&cut);
	buffer_free(&changes);
	*pass = false;
	return true;
}

/* One line. False: the run can't go on, and why was said. */
static bool line_came(struct intake *in, struct buffer *frame, const char *line, size_t length)
{
	struct session *s = in->s;
	struct record_view v;
	in->line++;
	if (!length)
		return true;
	buffer_clear(frame);
	const char *wrong = record_from_json(frame, line, length);
	if (!wrong)
		wrong = record_view_open(&v, frame->data, frame->length);
	if (wrong) {
		say(s->module, "standard input, line %llu is no record: %s", (unsigned long long)in->line, wrong);
		return false;
	}
	size_t locator_length;
	const char *locator = record_get_text(&v, F_LOCATOR, &locator_length);
	bool pass = v.type != RECORD_START && v.type != RECORD_END;
	s->upstream_seen |= v.type == RECORD_START;
	if (v.type == RECORD_START)
		s->upstream_cut = true;
	if (v.type == RECORD_END)
		s->upstream_cut = !record_text_equals(&v, F_STATUS, "complete");
	if (v.type == RECORD_ERROR)
		error_heard(s, (const uint8_t *)line, length);
	if (locator && v.type == RECORD_EVIDENCE && record_text_equals(&v, F_FORMAT, "dir")) {
		struct locator l;
		struct buffer name = { 0 };
		bool outside = locator_parse(&l, locator, locator_length) || !locator_unescape(&name, l.evidence.text, l.evidence.length) || session_output_outside(s->module, s->set, buffer_string(&name));
		buffer_free(&name);
		if (!outside)
			return false;
	}
	if (in->work && locator && v.type == RECORD_EVIDENCE && !record_text_equals(&v, F_STATE, "failed"))
		evidence_came(in, &v, locator, locator_length);
	/* a walk says all this anew, from the evidence */
	if (in->again && (v.type == RECORD_EVIDENCE || v.type == RECORD_NODE || v.type == RECORD_ERROR || v.type == RECORD_NOTE))
		pass = false;
	if (in->work && !in->again && locator && v.type == RECORD_NODE && !node_came(in, &v, frame, locator, locator_length, &pass))
		return false;
	return !pass || engine_own_record(s->engine, frame);
}

bool session_records(struct session *s, bool work)
{
	struct buffer bytes = { 0 }, frame = { 0 };
	struct intake in = { .s = s, .work = work, .again = work && s->pass.operations & PASS_LIST };
	bool good = true, more = true;
	engine_own_begin(s->engine, "");
	while (good && more) {
		/* never blocked in a read: a signal that comes just before it must be seen */
		struct pollfd in_sight = { .fd = STDIN_FILENO, .events = POLLIN };
		s->progress.lines = in.line;
		progress_tick(s);
		if (session_interrupted())
			break;
		if (poll(&in_sight, 1, 200) <= 0)
			continue;
		ssize_t n = read(STDIN_FILENO, buffer_reserve(&bytes, LINE_TURN), LINE_TURN);
		if (n < 0 && errno == EINTR)
			continue;
		more = n > 0;
		if (more)
			bytes.length += (size_t)n;
		size_t at = 0;
		const uint8_t *end;
		for (; good && at < bytes.length && (end = memchr(bytes.data + at, '\n', bytes.length - at)); at = (size_t)(end - bytes.data) + 1)
			good = line_came(&in, &frame, (const char *)bytes.data + at, (size_t)(end - bytes.data) - at);
		bytes.length -= at;
		memmove(bytes.data, bytes.data + at, bytes.length);
		if (bytes.length && !more)
			s->upstream_cut = true;         /* a line without its end */
		if (good && bytes.length > 2 * RECORD_LENGTH_MAX) {
			say(s->module, "standard input, line %llu is too long for a record", (unsigned long long)in.line + 1);
			good = false;
		}
	}
	s->progress.lines = 0;
	engine_own_end(s->engine);
	gather_flush(s, &in.gather);
	buffer_free(&in.gather.payload);
	buffer_free(&bytes);
	buffer_free(&frame);
	free(in.trusted);
	if (good && !in.line && !s->upstream_seen) {
		say(s->module, "no evidence was named and no records came on standard input");
		return false;
	}
	return good;
}
