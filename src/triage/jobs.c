/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: the jobs that list and work on nodes: an evidence item, a container in it, a batch of nodes, files of a folder, records of an earlier stage. */
#include "config.h"

#include "triage/work.h"

#include <stdlib.h>
#include <unistd.h>

enum { SECTOR = 512 };

/* ---- jobs */

void part_names(const struct worker_job *job, const char **name, unsigned most)
{
	const char *p = (const char *)job->payload, *end = p + job->length;
	for (unsigned i = 0; i < most; i++) {
		size_t n = p < end ? strnlen(p, (size_t)(end - p)) : 0;
		name[i] = p < end && p + n < end ? p : "";
		p += n + 1;
	}
}

bool evidence(struct pass *p, const char *const *names, struct reporter *report)
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
void open_job(struct pass *p)
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

struct source *gone_before(struct pass *p, const char *tail, size_t length)
{
	struct source *source = place_source(&p->s->place, tail, length, &p->s->muted.reporter);
	return source ? source : place_source(&p->s->place, tail, length, &p->report);
}

void list_job(struct pass *p)
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
	if (!left && evidence(p, NULL, &p->s->muted.reporter))
		source = gone_before(p, tail, strlen(tail));
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
	if (n.kind == NODE_VOLUME || n.kind == NODE_MEDIA || left) {
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

void inside_job(struct pass *p)
{
	struct record_view v;
	struct node n;
	const char *tail = tail_of(p->job->prefix);
	uint32_t stream = worker_data_begin(p->w, PURPOSE_STDOUT);
	uint32_t nesting = 0;
	bool whole = p->job->length > sizeof nesting, known = whole && !record_view_open(&v, p->job->payload + sizeof nesting, p->job->length - sizeof nesting) && node_read(&n, &v, &p->arena) && n.format, left = p->job->flags & JOB_GIVE_UP || worker_enter(p->w, 1, "open");
	const struct format *f = known ? format_by_name(n.format, strlen(n.format)) : NULL;
	struct source *source = f && !left && evidence(p, NULL, &p->s->muted.reporter) ? gone_before(p, tail, strlen(tail)) : NULL;
	locate(p, NULL);
	if (source) {
		n.step = "";
		struct work k = { .n = &n, .source = source };
#ifdef SPOOR_FAULTS
		planted_fault(p, n.name.bytes, n.name.length, NULL);
#endif
		memcpy(&nesting, p->job->payload, sizeof nesting);
		inside_list(p, &k, source, f, nesting);
	}
	worker_data_end(p->w, stream, source != NULL);
	if (!left)
		worker_leave(p->w);
}

/* Node descriptions of one container: only its source is needed, unless content must be computed. */
void batch_job(struct pass *p)
{
	const char *tail = tail_of(p->job->prefix);
	bool ready = evidence(p, NULL, &p->s->muted.reporter);
	struct source *source = ready ? gone_before(p, tail, strlen(tail)) : NULL;
	size_t at = 0;
	p->steady = source;
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
		bool extents_left_out = n.content == CONTENT_EXTENTS && !n.extents && n.size;   /* see node.c */
		if ((n.content == CONTENT_COMPUTED || extents_left_out) && ready && !(p->job->flags & JOB_GIVE_UP))
			c = place_container(&p->s->place, tail, strlen(tail), f, &p->s->muted.reporter);
		char *step = memory_string(n.step);
		if (c && f && !(f->flags & FORMAT_DESCRIBED)) {
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
		}
		if (c)
			c->report = &p->report;
		p->at = i;
		node_process(p, c ? c : &borrowed, &n, NULL, NULL);
		if (c) {
			c->report = &p->s->muted.reporter;
			arena_reset(&c->arena);
		}
		free(step);
		arena_reset(&p->arena);
	}
	if (p->beside)
		format_close(p->beside);
	p->steady = NULL;
	p->beside = NULL;
}

/* A plain folder's files: each brings its descriptor. */
void files_job(struct pass *p)
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
void nodes_job(struct pass *p)
{
	bool ready = evidence(p, NULL, &p->s->muted.reporter);
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
		bool there = false, unallocated = (record_text_equals(&v, F_KIND, "unallocated") && !p->s->o.unallocated) || record_text_equals(&v, F_KIND, "volume") || (cut > 1 && record_text_equals(&v, F_KIND, "media"));
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
			c = f ? place_container(&p->s->place, text, cut - 2, f, &p->s->muted.reporter) : NULL;
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
			p->named = !record_has(&v, F_KIND);
			node_process(p, c, &n, given, p->named ? NULL : &v);
			p->named = false;
			if (c)
				c->report = &p->s->muted.reporter;
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
			const char *colon = memchr(text + cut, ':', text_length - cut);
			const struct format *f = colon ? format_by_name(text + cut, (size_t)(colon - (text + cut))) : NULL;
			if (f && f->layer == LAYER_SNAPSHOT) {
				struct timestamp made = { 0 };
				size_t id_length;
				const char *id = record_get_text(&v, F_ADDRESS, &id_length);
				record_get_time(&v, F_CRTIME, &made);
				snapshot_event(p, &made, id ? arena_copy(&p->arena, id, id_length) : NULL);
			}
			if (lost)
				report_error(&p->report, "missing", "locator", NULL, 0, 0, "the record's locator leads nowhere in this evidence");
		}
		free(step);
		arena_reset(&p->arena);
	}
}
