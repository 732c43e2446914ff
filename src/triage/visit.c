/* SPDX-License-Identifier: Apache-2.0 */
/* visit.c: one node's way through the pass, and into what it holds. */
#include "triage/work.h"

#include <stdlib.h>

#include "format/snapshot/same.h"

extern const struct format format_slack;

enum {
	NESTING_MAX = 8,                        /* containers inside containers, below the first */
	INSIDE_BITS = 32, FS_INSIDE_SIZE = 64 << 10,
};

/* Rules over records of nodes: hits of the one in p->out, which goes out with them behind it. */
static void node_out(struct pass *p, struct work *k)
{
	struct buffer hits = { 0 }, after = k->after;
	if (p->s->sigma && p->out.length && sigma_wants_records(p->s->sigma, RECORD_NODE))
		(void)sigma_match(pass_matcher(p->s), p->out.data, p->out.length, &hits);
	emit(p);
	k->after = (struct buffer){ 0 };
	hits_keep(p, k, &hits, NULL);
	worker_records(p->w, &k->after);
	buffer_free(&k->after);
	buffer_free(&hits);
	k->after = after;
}

/* What the pass found out about it; its place may have another prefix than the record that it was known by. */
static void found_put(struct pass *p, struct work *k, struct record_builder *r)
{
	record_text(r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
	if (k->state) {
		record_string(r, F_STATE, k->state);
		record_string(r, F_WHY, k->why);
	}
	digests_put(p, r, k);
	record_string(r, F_FILETYPE, k->filetype);
	if (p->s->o.use_profile && k->rows) {
		record_list(r, F_PROFILE);
		for (size_t i = 0; i < k->rows; i++)
			value_string(r, NULL, catalogue[k->row[i]].id);
		record_close(r);
	}
	record_end(r);
}

void node_record(struct pass *p, struct work *k)
{
	/* every node has a state once content was asked for */
	if (!k->state && p->s->o.operations & (PASS_CONTENT | PASS_STORE) && !(k->base && record_has(k->base, F_STATE))) {
		struct node_brief brief = k->base ? node_brief(k->base) : (struct node_brief){ k->n->kind, k->n->format, k->n->has_size && !k->n->size };
		node_state(&brief, &k->state, &k->why);
	}
	if (k->base) {
		struct buffer changes = { 0 };
		struct record_view base = *k->base, change;
		struct record_builder r = record_begin(&changes, RECORD_NODE);
		if (k->tainted)
			record_flag(&r, F_TAINTED, true);
		found_put(p, k, &r);
		if (!record_view_open(&change, changes.data, changes.length)) {
			/* what only the workers need does not go out */
			record_hide(&base, F_EXTENTS);
			record_hide(&base, F_CONTENT);
			record_merge(&p->out, &base, &change);
		}
		buffer_free(&changes);
	} else {
		struct record_builder r = record_begin(&p->out, RECORD_NODE);
		node_show(&r, k->n);
		found_put(p, k, &r);
	}
	node_out(p, k);
}

/* ---- containers */

static void list(struct pass *p, struct container *c, bool batches);

static const struct format *strong(const struct probe *p, unsigned layers)
{
	const struct format *f = format_probe(p, layers, NULL);
	return f && f->probe(p) >= INSIDE_BITS ? f : NULL;
}

/* Archives, mail and images by magic; tables and file systems inside files only on strong signs. Any bytes are a raw image, which nothing says of itself. */
const struct format *container_probe(const struct work *k, const struct format **second)
{
	const uint8_t *head = k->whole ? k->whole : k->head;
	size_t length = k->whole ? k->length : k->head_length;
	/* of what came in pieces only the head may be there: what follows is taken for zeros, so that tables of partitions may point to it */
	uint64_t size = k->whole ? length : k->n->has_size ? k->n->size : k->size;
	struct source *given = k->source ? k->source : k->scratch, *memory = given ? NULL : source_of_memory(head, length, false);
	struct source *part = given || k->whole ? NULL : source_of_extents(memory, &(struct extent){ .length = length }, 1, size > length ? size : length);
	struct probe probe = { .source = given ? given : part ? part : memory, .head = head, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = (const char *)k->n->name.bytes, .name_length = k->n->name.length,
		.above = k->c ? k->c->format->layer : LAYER_IMAGE };
	*second = NULL;
	const struct format *f = NULL;
	if (k->n->kind == NODE_VOLUME || k->n->kind == NODE_MEDIA) {
		f = format_probe(&probe, 1u << LAYER_VOLUME | 1u << LAYER_CRYPT | 1u << LAYER_FS | 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, second);
	} else if (length) {
		f = format_probe(&probe, 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, second);
		if (!f)
			f = strong(&probe, 1u << LAYER_IMAGE);
		if (!f && size >= FS_INSIDE_SIZE)
			f = strong(&probe, 1u << LAYER_FS | 1u << LAYER_VOLUME | 1u << LAYER_CRYPT);
	}
	source_close(part);
	source_close(memory);
	/* the area in which a table of volumes lies is none again */
	if (f && k->n->kind == NODE_UNALLOCATED && k->c && k->c->format == f)
		f = NULL;
	return f;
}

/* Is there something beside the file system on `source` that row f gives: copies of it as it was earlier; where it is asked for, what its files do not hold? */
static bool lies_beside(const struct pass *p, const struct work *k, struct source *source, const struct format *f)
{
	if (f->layer != LAYER_SNAPSHOT && (f->layer != LAYER_UNALLOCATED || p->s->o.unallocated < (f == &format_slack ? UNALLOCATED_ALL : UNALLOCATED_FREE)))
		return false;
	struct probe probe = { .source = source, .head = k->whole ? k->whole : k->head, .head_length = k->whole ? (k->length < PROBE_HEAD ? k->length : PROBE_HEAD) : k->head_length, .name = "", .above = LAYER_FS };
	return f->probe(&probe);
}

static void open_and_list(struct pass *p, const struct work *k, struct source *source, const struct format *f, bool batches, uint64_t step)
{
	if (worker_enter(p->w, step, "open"))
		return;
	struct place *place = &p->s->place;
	struct place_beside beside = place_beside(place, place->levels);
	bool on_the_way = place->levels && source == place->level[place->levels - 1].content;
	const struct container *holder = k->c && source == k->source ? k->c : on_the_way ? place->level[place->levels - 1].container : NULL;
	const char *held_as = k->c ? k->n->step : on_the_way ? place->level[place->levels - 1].step : NULL;
	struct buffer first = { 0 };
	if (f->layer == LAYER_IMAGE && part_of_beside(holder, held_as, &first)) {
		report_note(&p->report, "image.part", NULL, 0, 0, "a part of the image that %s beside it begins: opened with that, not by itself", buffer_string(&first));
		buffer_free(&first);
		worker_leave(p->w);
		return;
	}
	buffer_free(&first);
	struct parts_beside *parts = f->layer != LAYER_IMAGE ? NULL : parts_beside_open(holder, held_as, source);
	struct container *c = format_open(f, &(struct opening){ .source = source, .parts = parts ? &parts->parts : NULL, .report = &p->report, .name = (const char *)k->n->name.bytes, .name_length = k->n->name.length, .list_deleted = true,
		.keys = &p->s->keys.ring, .beside = on_the_way ? &beside.beside : NULL });
	p->nesting += !batches;
	if (c) {
		list(p, c, batches);
		format_close(c);
	}
	parts_beside_close(parts);
	p->nesting -= !batches;
	worker_leave(p->w);
	if (f->flags & FORMAT_FOREIGN)
		worker_retire(p->w);
}

/* Whoever looks inside lists it. */
static void inside_later(struct pass *p, const struct work *k, const struct format *f)
{
	struct buffer payload = { 0 };
	struct node n = *k->n;
	n.format = f->name;
	node_write(&payload, &n);
	worker_item(p->w, &(struct item_head){ .order = n.order, .cost = 1, .kind = PASS_JOB_INSIDE, .flags = ITEM_SOLO }, p->locator.length ? buffer_string(&p->locator) + 2 : NULL, payload.data, payload.length);
	buffer_free(&payload);
}

static void nesting_told(struct pass *p)
{
	report_error(&p->report, "limit", "nesting", NULL, 0, 0, "containers inside containers, more than %d deep: not opened", NESTING_MAX);
}

void inside_list(struct pass *p, struct work *k, struct source *source, const struct format *f, unsigned nesting)
{
	if (nesting > NESTING_MAX)
		nesting_told(p);
	else
		open_and_list(p, k, source, f, true, UINT64_C(1) << 35);
}

void descend(struct pass *p, struct work *k, struct source *source, const struct format *f, bool batches)
{
	size_t tail = p->tail.length;
	buffer_clear(&p->tail);
	buffer_append(&p->tail, p->locator.data, p->locator.length);
	if (p->nesting >= NESTING_MAX) {
		nesting_told(p);
	} else {
		/* what came in one piece after the other is at hand only now */
		bool later = p->s->o.operations & PASS_VIEW && source == k->source && !p->nesting;
		if (later)
			inside_later(p, k, f);
		else
			open_and_list(p, k, source, f, batches, UINT64_C(1) << 35);
		for (unsigned i = 0; f->layer == LAYER_FS && formats[i]; i++) {
			if (!lies_beside(p, k, source, formats[i]))
				continue;
			if (later)
				inside_later(p, k, formats[i]);
			else
				open_and_list(p, k, source, formats[i], batches, (UINT64_C(1) << 35) + 1 + i);
		}
	}
	p->tail.length = tail;
}

/* Keeps the content of what was claimed or hit. */
static void store_found(struct pass *p, const struct work *k)
{
	struct source *source = k->source ? k->source : k->scratch;
	if (!k->whole && !source) {
		report_error(&p->report, "limit", "store", k->n->step, 0, k->size, "its content came in one piece after the other and is too large to be kept: it is not in the store; extract gives it");
		return;
	}
	uint32_t stream = worker_data_begin(p->w, PURPOSE_STORE);
	if (k->whole) {
		worker_data(p->w, stream, k->whole, k->length);
	} else {
		uint8_t *turn = memory_new(TURN);
		size_t n;
		for (uint64_t at = 0; (n = source_read_at(source, at, turn, TURN, NULL)); at += n) {
			worker_data(p->w, stream, turn, n);
			worker_beat(p->w);
		}
		free(turn);
	}
	worker_data_end(p->w, stream, !k->incomplete);
}

/* An archive or mail that lies in memory is not read again, but where its source knows of damage in it. */
static bool opened_from_memory(const struct pass *p, const struct work *k, const struct format *f, bool given)
{
	if (!k->whole || !k->source)
		return k->whole && !k->scratch;
	return !k->source->memory && !k->tainted && !(p->s->o.operations & PASS_VIEW) && (f->layer == LAYER_ARCHIVE || f->layer == LAYER_MAIL) &&
	       (given || p->nesting || !k->c || k->length <= INLINE_CONTAINER);
}

/* What the node holds: here and now, or as a job of its own when it is large and can be opened again. */
static void go_inside(struct pass *p, struct work *k, const struct format *f, const struct format *second, bool given)
{
	struct source *inside = k->source ? k->source : k->scratch, *memory = NULL;
	struct buffer content = { 0 };
	if (opened_from_memory(p, k, f, given)) {
		inside = memory = source_of_memory(k->whole, k->length, false);
		/* the buffer of content is the worker's one: what is listed inside would overwrite it */
		content = p->s->content;
		p->s->content = (struct buffer){ 0 };
	}
	uint64_t at = p->at;
	p->at = 0;
	if (!(p->s->o.operations & PASS_VIEW) && inside && inside == k->source && !given && inside->size > INLINE_CONTAINER && !p->nesting && k->c) {
		struct buffer payload = { 0 };
		node_write(&payload, k->n);
		worker_item(p->w, &(struct item_head){ .order = k->n->order, .cost = 1, .kind = PASS_JOB_LIST, .flags = ITEM_SOLO }, buffer_string(&p->locator) + 2, payload.data, payload.length);
		buffer_free(&payload);
	} else if (inside) {
		descend(p, k, inside, f, false);
		if (second)
			descend(p, k, inside, second, false);
	}
	p->at = at;
	if (memory) {
		buffer_free(&p->s->content);
		p->s->content = content;
	}
	source_close(memory);
}

/* The area in front of the first partition holds the table that told of it; free space and slack hold pieces, and it is chance with which of them they begin. */
static bool may_hold(const struct container *c, const struct node *n)
{
	return n->kind != NODE_UNALLOCATED || !((n->has_range && !n->range_offset) || (c && c->format && c->format->layer == LAYER_UNALLOCATED));
}

void node_process(struct pass *p, struct container *c, struct node *n, struct source *given, const struct record_view *base)
{
	struct pass_state *s = p->s;
	struct work k = { .c = c, .n = n, .base = base, .source = given, .companion = given ? p->companion : NULL };
	locate(p, n->step);
	match_rows(p, &k);
	bool want = wants_content(p, &k), descend_wanted = has_content(n) && !base && may_hold(c, n) &&
		(s->o.operations & PASS_DESCEND || (s->o.operations & PASS_LIST && (n->kind == NODE_VOLUME || n->kind == NODE_MEDIA)));
	const char *left = p->job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(p->w, p->at++, "node");
	if (left) {
		k.state = "failed";
		k.why = left;
		node_record(p, &k);
		return;
	}
	bool random = n->content != CONTENT_SEQUENTIAL;
	k.open_inside = descend_wanted;
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
	if (s->o.operations & PASS_VIEW && (k.source || k.size)) {
		n->has_size = true;
		n->size = k.source ? k.source->size : k.size;
	}
	node_record(p, &k);
	if (s->o.operations & PASS_PARSE) {
		struct parse times = { .node = n, .out = &k.after, .artifact_id = "fs.times", .report = &p->report, .arena = &p->arena, .tainted = k.tainted,
			.locator = (const char *)p->locator.data, .locator_length = p->locator.length };
		fs_times_events(n, &times);
	}
	if (s->o.operations & (PASS_PARSE | PASS_SIGMA) && want && !k.incomplete)
		parsers_run(p, &k);
	if (want) {
		scan_whole(p, &k);
		tell_packed_memory(p, &k);
	}
	scan_indicators(p, &k);
	if (want && k.whole) {
		judge_message(p, &k);
		find_tenant(p, &k);
	}
	if (k.found && s->o.operations & PASS_STORE_FOUND)
		store_found(p, &k);
	worker_records(p->w, &k.after);
	buffer_free(&k.after);

	if (f)
		go_inside(p, &k, f, second, given);
	if (!p->nesting) {
		p->expanded = 0;
		p->expansion_told = false;
	}
	if (!given)
		source_close(k.source);
	source_close(k.scratch);
	free(k.head);
	worker_leave(p->w);
}

static void snapshot_told(struct pass *p, const struct node *n)
{
	struct buffer made = { 0 };
	if (n->time[NODE_CRTIME].state == TIME_VALID)
		time_format_short(&made, &n->time[NODE_CRTIME]);
	report_note(&p->report, "snapshot", n->step, 0, 0, "a shadow copy of this volume, made %s, id %s, is not read: with --snapshots it gives what differs from the volume, with --snapshots=all everything",
	            made.length ? buffer_string(&made) : "at no known time", n->address ? n->address : "not known");
	buffer_free(&made);
}

void snapshot_event(struct pass *p, const struct timestamp *made, const char *id)
{
	static const char own[] = "win.vss";
	const char *only = p->s->o.artifact;
	if (!(p->s->o.operations & PASS_PARSE) || (*only && strcmp(only, own) != 0))
		return;
	struct parse parse = { .out = &p->out, .artifact_id = own, .report = &p->report, .arena = &p->arena, .locator = (const char *)p->locator.data, .locator_length = p->locator.length };
	struct record_builder r;
	if (!parse_event(&parse, &r, made, "snapshot_created", "Creation Time", 0, 0))
		return;
	struct buffer message = { 0 };
	buffer_format(&message, "shadow copy of this volume made, id %s", id ? id : "not known");
	parse_event_end(&parse, &r, buffer_string(&message), message.length);
	buffer_free(&message);
	emit(p);
}

/* libarchive turns in circles on some damaged tables of contents; what it decodes between two blocks of new input takes it a fraction of this. */
enum { ARCHIVE_PATIENCE = 20 };

static int container_next(struct pass *p, struct container *c, struct node *n)
{
	worker_patience(p->w, c->format->layer == LAYER_ARCHIVE ? ARCHIVE_PATIENCE : 0);
	int got = c->format->next(c, n);
	worker_patience(p->w, 0);
	return got;
}

/* Nodes of one container. batches: what needs its content read becomes items, worked off in media order; else everything at once. */
static void list(struct pass *p, struct container *c, bool batches)
{
	struct node n;
	struct pass_state *s = p->s;
	const struct format *f = c->format;
	if (!(s->o.operations & PASS_LIST) && f->layer != LAYER_IMAGE && f->layer != LAYER_VOLUME && f->layer != LAYER_CRYPT && f->layer != LAYER_SNAPSHOT)
		return;
	/* not asked for: they are named, and that is all */
	bool told_only = f->layer == LAYER_SNAPSHOT && s->o.operations & PASS_LIST && s->o.snapshots == SNAPSHOTS_TOLD;
	memset(&n, 0, sizeof n);
	uint64_t at = p->at;
	p->at = UINT64_C(1) << 36;
	struct buffer payload = { 0 };
	struct snapshot_same *same = s->o.snapshots == SNAPSHOTS_CHANGED && f->layer == LAYER_FS ? snapshot_same_open(c->source) : NULL;
	uint64_t left_out = 0;
	for (; container_next(p, c, &n) == 1; memset(&n, 0, sizeof n)) {
		if (f->layer == LAYER_SNAPSHOT) {
			locate(p, n.step);
			snapshot_event(p, &n.time[NODE_CRTIME], n.address);
		}
		if (told_only) {
			if (has_content(&n))    /* else why not was told */
				snapshot_told(p, &n);
			continue;
		}
		if (same && snapshot_same(same, &n)) {
			left_out++;
			continue;
		}
		bool volume = n.kind == NODE_VOLUME || n.kind == NODE_MEDIA;
		bool content = has_content(&n) && (s->o.operations & PASS_DESCEND || s->o.operations & (PASS_CONTENT | PASS_HASH | PASS_SCAN | PASS_SIGMA | PASS_STORE | PASS_PARSE));
		if (batches && (volume || (content && (n.kind != NODE_UNALLOCATED || s->o.unallocated))) && !(f->flags & FORMAT_SEQUENTIAL) && n.content != CONTENT_SEQUENTIAL) {
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
	if (same && snapshot_same_spent(same))
		report_error(&p->report, "limit", "snapshot.same", NULL, 0, 0, "the files of this shadow copy claim more bytes than the volume has: not all were compared with it, and the others are given");
	snapshot_same_close(same);
	if (left_out)
		report_note(&p->report, "snapshot.same", NULL, 0, 0, "%llu entries of this shadow copy are as they are on the volume now: they are not given again (--snapshots=all gives them)", (unsigned long long)left_out);
	p->at = at;
}
