/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: see place.h. */
#include "triage/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/evidence_name.h"

static const uint8_t *probe_head(struct source *s, struct buffer *b, size_t *length)
{
	buffer_clear(b);
	*length = source_read_at(s, 0, buffer_reserve(b, PROBE_HEAD), PROBE_HEAD, NULL);
	return b->data;
}

bool place_open(struct place *p, uint32_t number, const int *descriptor, unsigned descriptors, unsigned companions, const char *const *names, struct reporter *report)
{
	place_close(p);
	p->number = number;
	p->descriptor = memory_copy(descriptor, descriptors * sizeof *descriptor);
	p->descriptors = descriptors;
	p->companion = memory_array(companions, sizeof *p->companion);
	p->companions = companions;
	p->part = memory_array(descriptors, sizeof *p->part);
	p->report = report;
	for (unsigned i = 0; i < descriptors; i++) {
		struct stat st;
		uint64_t size = fstat(descriptor[i], &st) ? 0 : (uint64_t)st.st_size;
		if (S_ISBLK(st.st_mode)) {
			off_t end = lseek(descriptor[i], 0, SEEK_END);
			size = end < 0 ? 0 : (uint64_t)end;
		}
		if (i < descriptors - companions)
			p->part[i] = source_of_descriptor(descriptor[i], size);
		else if (size)
			p->companion[i - (descriptors - companions)] = source_of_descriptor(descriptor[i], size);
	}
	descriptors -= companions;
	if (!descriptors)
		return false;
	struct buffer head = { 0 };
	struct probe probe = { .source = p->part[0], .name = names ? names[0] : "", .name_length = names ? strlen(names[0]) : 0, .above = LAYER_IMAGE };
	probe.head = probe_head(p->part[0], &head, &probe.head_length);
	const struct format *f = format_probe(&probe, 1u << LAYER_IMAGE, NULL);
	buffer_free(&head);
	/* jobs after the first have no names at hand: messages that need them were given when the evidence was opened first */
	const char **nameless = memory_array(descriptors, sizeof *nameless);
	for (unsigned i = 0; i < descriptors; i++)
		nameless[i] = names ? names[i] : "";
	struct evidence_parts parts = { .source = p->part, .name = nameless, .count = descriptors };
	struct node n;
	if (!f)
		f = format_by_name("raw", 3);
	p->image_format = f;
	p->image = f ? format_open(f, &(struct opening){ .source = p->part[0], .parts = &parts, .report = report, .name = probe.name, .name_length = probe.name_length, .list_deleted = true }) : NULL;
	memset(&n, 0, sizeof n);
	if (p->image && f->next(p->image, &n) == 1)
		p->media = format_content(p->image, &n);
	free(nameless);
	return p->media != NULL;
}

static void part_add(struct parts_beside *b, struct source *s, const char *name, size_t length)
{
	size_t n = b->parts.count++;
	b->source = memory_resize(b->source, n + 1, sizeof *b->source);
	b->name = memory_resize(b->name, n + 1, sizeof *b->name);
	b->source[n] = s;
	b->name[n] = memory_copy(name, length);
}

/* The content of what another step of the container names; NULL: there is none that can be read at any place. */
static struct source *part_find(struct container *c, const char *step)
{
	struct locator l;
	struct buffer text = { 0 };
	struct node n = { 0 };
	buffer_format(&text, "x::%s", step);
	bool there = !locator_parse(&l, (const char *)text.data, text.length) && c->format->find(c, &l.step[0], &n) && n.has_size && n.size && n.content != CONTENT_NONE && n.content != CONTENT_SEQUENTIAL;
	struct source *s = there ? format_content(c, &n) : NULL;
	buffer_free(&text);
	return s;
}

/* The name of a file in a folder of a container that may belong to an image in several files; NULL: it does not. *name: unescaped. Points to the last '/' of the step. */
static const char *part_name(const struct container *holder, const char *step, struct buffer *name, enum evidence_naming *scheme)
{
	const char *slash = step ? strrchr(step, '/') : NULL;
	if (!holder || !holder->format || holder->format->flags & FORMAT_SEQUENTIAL || !slash || strchr(slash, ':') || !locator_unescape(name, slash + 1, strlen(slash + 1)))
		return NULL;
	*scheme = evidence_name_scheme((const char *)name->data, name->length, NULL);
	return *scheme == NAMING_EWF || *scheme == NAMING_VMDK ? slash : NULL;
}

static void part_step(struct buffer *whole, const char *step, const char *slash, const struct buffer *name)
{
	buffer_clear(whole);
	buffer_append(whole, step, (size_t)(slash + 1 - step));
	locator_escape(whole, name->data, name->length);
}

bool part_of_beside(const struct container *holder, const char *step, struct buffer *first)
{
	struct buffer name = { 0 }, whole = { 0 };
	enum evidence_naming scheme;
	const char *slash = part_name(holder, step, &name, &scheme);
	bool later = slash && !evidence_name_is_first((const char *)name.data, name.length) && evidence_name_first(first, (const char *)name.data, name.length, 0), there = false;
	struct container *c = later ? format_open(holder->format, &(struct opening){ .source = holder->source, .name = "", .list_deleted = true }) : NULL;
	if (c) {
		part_step(&whole, step, slash, first);
		struct source *s = part_find(c, buffer_string(&whole));
		there = s;
		source_close(s);
		format_close(c);
	}
	buffer_free(&name);
	buffer_free(&whole);
	return there;
}

struct parts_beside *parts_beside_open(const struct container *holder, const char *step, struct source *first)
{
	enum { PARTS_MOST = 4096, LOOK_ON = 4 };
	struct buffer name = { 0 }, next = { 0 }, whole = { 0 };
	struct parts_beside *b = NULL;
	enum evidence_naming scheme;
	const char *slash = part_name(holder, step, &name, &scheme);
	if (!slash || !evidence_name_is_first((const char *)name.data, name.length))
		goto end;
	b = memory_new(sizeof *b);
	b->container = format_open(holder->format, &(struct opening){ .source = holder->source, .name = "", .list_deleted = true });
	part_add(b, first, (const char *)name.data, name.length);
	for (unsigned i = 1, missing = 0; b->container && i < PARTS_MOST && missing < LOOK_ON; i++) {
		buffer_clear(&next);
		if (!evidence_name_part(&next, (const char *)name.data, name.length, i))
			break;
		part_step(&whole, step, slash, &next);
		struct source *s = part_find(b->container, buffer_string(&whole));
		if (!s) {
			missing++;
			continue;
		}
		/* the order of a VMDK's files says which they are */
		for (; missing && scheme == NAMING_VMDK; missing--)
			part_add(b, source_of_memory(NULL, 0, false), "", 0);
		missing = 0;
		part_add(b, s, (const char *)next.data, next.length);
	}
	b->parts.source = b->source;
	b->parts.name = b->name;
	if (b->parts.count == 1) {
		parts_beside_close(b);
		b = NULL;
	}
end:
	buffer_free(&name);
	buffer_free(&next);
	buffer_free(&whole);
	return b;
}

void parts_beside_close(struct parts_beside *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->parts.count; i++) {
		if (i)
			source_close(b->source[i]);
		free((void *)(uintptr_t)b->name[i]);
	}
	if (b->container)
		format_close(b->container);
	free(b->source);
	free(b->name);
	free(b);
}

static void level_pop(struct place *p)
{
	struct level *l = &p->level[--p->levels];
	source_close(l->content);
	if (l->container)
		format_close(l->container);
	parts_beside_close(l->parts);
	free(l->step);
	*l = (struct level){ 0 };
}

void place_close(struct place *p)
{
	while (p->levels)
		level_pop(p);
	source_close(p->media);
	if (p->image)
		format_close(p->image);
	for (unsigned i = 0; i < p->descriptors; i++) {
		source_close(p->part[i]);
		close(p->descriptor[i]);
	}
	for (unsigned i = 0; i < p->companions; i++)
		source_close(p->companion[i]);
	free(p->companion);
	free(p->part);
	free(p->descriptor);
	*p = (struct place){ .keys = p->keys, .w = p->w };
}

/* Whole content of the current node of a sequential container: in memory, or in scratch when it is large. NULL: damaged, or no room (reported). */
static struct source *slurp(struct place *p, const struct node *n, struct container *c, struct reporter *report)
{
	enum { TURN = 256 * 1024 };
	struct buffer b = { 0 };
	struct scratch scratch = { .w = p->w };
	ssize_t got;
	while ((got = c->format->read(c, buffer_reserve(&b, TURN), TURN)) > 0) {
		b.length += (size_t)got;
		worker_beat(p->w);
		if (b.length > SCRATCH_FROM || scratch.begun) {
			scratch_put(&scratch, b.data, b.length);
			buffer_clear(&b);
		}
	}
	struct source *s = NULL;
	if (scratch.begun) {
		s = scratch_source(&scratch);
		if (!s)
			report_error(report, "limit", "scratch", n->step, 0, 0, "no room for its %llu bytes: not opened from here", (unsigned long long)scratch.size);
	}
	if (scratch.size || got < 0)
		buffer_free(&b);
	else
		s = source_of_memory(b.data ? b.data : memory_new(1), b.length, true);
	if (got < 0) {
		source_close(s);
		return NULL;
	}
	return s;
}

/* Sequential containers: on from where it stands, once around. */
static bool find_forward(struct level *l, const char *whole, struct node *n)
{
	struct container *c = l->container;
	while (c->format->next(c, n) == 1)
		if (c->format->flags & FORMAT_ONE || !strcmp(n->step, whole))
			return true;
	return false;
}

static bool level_find(struct place *p, struct level *l, struct source *below, const struct locator_step *step, const char *whole, struct node *n, struct reporter *report)
{
	memset(n, 0, sizeof *n);
	if (!(l->container->format->flags & FORMAT_SEQUENTIAL))
		return l->container->format->find(l->container, step, n);
	if (find_forward(l, whole, n))
		return true;
	const struct format *f = l->container->format;
	format_close(l->container);
	l->container = format_open(f, &(struct opening){ .source = below, .report = report, .name = "", .list_deleted = true, .keys = p->keys });
	return l->container && find_forward(l, whole, n);
}

static size_t volumes_beside(struct beside *b, struct source **out, size_t most)
{
	const struct place_beside *at = (const struct place_beside *)b;
	struct place *p = at->place;
	struct level *own = at->level ? &p->level[at->level - 1] : NULL;
	if (!own || !own->container || !own->step || own->container->format->layer != LAYER_VOLUME)
		return 0;
	/* opened once more: the one on the way stands at the volume in hand */
	struct container *c = format_open(own->container->format, &(struct opening){ .source = own->container->source, .name = "" });
	struct node n;
	size_t count = 0;
	while (c && count < most && c->format->next(c, &n) == 1)
		if (n.kind == NODE_VOLUME && n.content == CONTENT_EXTENTS && strcmp(n.step, own->step) != 0)
			out[count++] = format_content(c, &n);
	if (c)
		format_close(c);
	return count;
}

struct place_beside place_beside(struct place *p, unsigned level)
{
	return (struct place_beside){ { volumes_beside }, p, level };
}

/* Opens the format of level i over what level i-1 gave. */
static struct container *level_open(struct place *p, unsigned i, const struct format *f, struct reporter *report)
{
	struct source *below = i ? p->level[i - 1].content : p->media;
	if (p->levels > i && p->level[i].container && p->level[i].container->format == f)
		return p->level[i].container;
	while (p->levels > i)
		level_pop(p);
	struct place_beside beside = place_beside(p, i);
	struct parts_beside *parts = i && f->layer == LAYER_IMAGE ? parts_beside_open(p->level[i - 1].container, p->level[i - 1].step, below) : NULL;
	struct container *c = format_open(f, &(struct opening){ .source = below, .parts = parts ? &parts->parts : NULL, .report = report, .name = "", .list_deleted = true, .keys = p->keys, .beside = &beside.beside });
	if (!c) {
		parts_beside_close(parts);
		return NULL;
	}
	p->level[p->levels++] = (struct level){ .container = c, .parts = parts };
	return c;
}

/* ---- a step that leads nowhere: what a person would look for next */

enum { NAMED_MOST = 8 };

/* For a step that container `c` does not have: the deepest part of its path that is there, or the names of the first few things. */
static void tell_what_is_there(struct buffer *out, struct container *c, const struct locator_step *step)
{
	struct node n;
	const struct format *f = c->format;
	size_t length = step->name.length;
	if (f->flags & FORMAT_SEQUENTIAL)
		return;
	while (length > 1 && step->name.text[0] == '/') {
		length--;
		if (step->name.text[length] != '/')
			continue;
		struct locator_step above = { .format = step->format, .name = { step->name.text, length } };
		memset(&n, 0, sizeof n);
		if (f->find(c, &above, &n)) {
			buffer_text(out, "; there is ");
			buffer_append(out, step->name.text, length);
			return;
		}
	}
	if (f->layer != LAYER_VOLUME)
		return;
	unsigned named = 0;
	for (memset(&n, 0, sizeof n); named < NAMED_MOST && f->next(c, &n) == 1; memset(&n, 0, sizeof n))
		buffer_format(out, "%s%s", named++ ? ", " : "; there are ", n.step);
}

/* For a format that does not begin here: what does. */
static void tell_what_begins(struct buffer *out, struct source *s, const struct format *wanted)
{
	struct buffer head = { 0 };
	struct probe probe = { .source = s, .name = "", .above = LAYER_IMAGE };
	probe.head = probe_head(s, &head, &probe.head_length);
	const struct format *f = format_probe(&probe, 1u << LAYER_VOLUME | 1u << LAYER_CRYPT | 1u << LAYER_FS | 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, NULL);
	const struct format *image = f ? NULL : format_probe(&probe, 1u << LAYER_IMAGE, NULL);
	if (image && image != format_by_name("raw", 3))
		f = image;
	buffer_format(out, f == wanted ? ": the %s here could not be opened" : ": no %s begins here; what begins here is %s", wanted->name, f ? f->name : "nothing that is known");
	buffer_free(&head);
}

static bool go(struct place *p, const char *tail, size_t length, unsigned *depth, struct reporter *report)
{
	struct locator l;
	struct buffer text = { 0 };
	buffer_text(&text, "x");
	buffer_append(&text, tail, length);
	const char *wrong = locator_parse(&l, (const char *)text.data, text.length);
	bool good = !wrong;
	if (wrong)
		report_error(report, "damage", "locator", NULL, 0, 0, "not a locator: %s", wrong);
	unsigned i = 0;
	for (; good && i < l.steps; i++) {
		const char *start = l.step[i].format.text;
		const char *end = l.step[i].stream.length ? l.step[i].stream.text + l.step[i].stream.length : l.step[i].name.text + l.step[i].name.length;
		char *whole = memory_copy(start, (size_t)(end - start));
		const struct format *f = format_by_name(l.step[i].format.text, l.step[i].format.length);
		if (p->levels > i && p->level[i].step && !strcmp(p->level[i].step, whole) && p->level[i].content) {
			free(whole);
			continue;
		}
		struct node n;
		good = false;
		if (!f) {
			report_error(report, "unsupported", "locator.format", NULL, 0, 0, "no format is called %.*s", (int)l.step[i].format.length, l.step[i].format.text);
		} else if (!level_open(p, i, f, report)) {
			struct buffer there = { 0 };
			tell_what_begins(&there, i ? p->level[i - 1].content : p->media, f);
			report_error(report, "missing", "locator.step", NULL, 0, 0, "step %u of the locator, %s, can't be gone%s", i + 1, whole, buffer_string(&there));
			buffer_free(&there);
		} else {
			struct level *v = &p->level[i];
			while (p->levels > i + 1)
				level_pop(p);
			source_close(v->content);
			free(v->step);
			v->content = NULL;
			v->step = NULL;
			if (!level_find(p, v, i ? p->level[i - 1].content : p->media, &l.step[i], whole, &n, report)) {
				struct buffer there = { 0 };
				if (v->container)
					tell_what_is_there(&there, v->container, &l.step[i]);
				report_error(report, "missing", "locator.step", NULL, 0, 0, "step %u of the locator: there is no %s here%s", i + 1, whole, buffer_string(&there));
				buffer_free(&there);
			} else if (n.content == CONTENT_SEQUENTIAL)
				v->content = slurp(p, &n, v->container, report);
			else
				v->content = format_content(v->container, &n);
			good = v->content != NULL;
		}
		if (good)
			p->level[i].step = whole;
		else
			free(whole);
	}
	*depth = i;
	buffer_free(&text);
	return good;
}

struct source *place_source(struct place *p, const char *tail, size_t length, struct reporter *report)
{
	unsigned depth;
	if (!p->media || !go(p, tail, length, &depth, report))
		return NULL;
	return depth ? p->level[depth - 1].content : p->media;
}

struct container *place_container(struct place *p, const char *tail, size_t length, const struct format *f, struct reporter *report)
{
	unsigned depth;
	if (!p->media || !go(p, tail, length, &depth, report))
		return NULL;
	return level_open(p, depth, f, report);
}

bool place_find(struct place *p, struct container *c, const char *step, struct node *n)
{
	struct level *v = &p->level[p->levels - 1];
	return v->container == c && level_find(p, v, p->levels > 1 ? p->level[p->levels - 2].content : p->media, NULL, step, n, c->report);
}
