/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c: see tree.h. */
#include "view/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "triage/pass.h"
#include "view/names.h"

enum { CONTAINER_TEXT_MOST = 1 << 30, CONTAINER_ROWS_MOST = 16 << 20 };       /* bytes of names and paths, and entries, of one container */

/* ---- indexes: open addressing over rows (or containers), by a hash of what they are found by */

static void index_put(struct row_index *x, uint32_t value, uint64_t hash, uint64_t (*hash_of)(const void *owner, uint32_t value), const void *owner)
{
	if ((x->used + 1) * 2 > x->slots) {
		struct row_index bigger = { .slots = x->slots ? x->slots * 2 : 64 };
		bigger.slot = memory_array(bigger.slots, sizeof *bigger.slot);
		for (size_t i = 0; i < x->slots; i++)
			if (x->slot[i])
				index_put(&bigger, x->slot[i] - 1, hash_of(owner, x->slot[i] - 1), hash_of, owner);
		free(x->slot);
		*x = bigger;
	}
	size_t i = hash & (x->slots - 1);
	while (x->slot[i])
		i = (i + 1) & (x->slots - 1);
	x->slot[i] = value + 1;
	x->used++;
}

static void index_free(struct row_index *x)
{
	free(x->slot);
	*x = (struct row_index){ 0 };
}

const char *catalogue_text(const struct container_view *c, uint32_t at)
{
	return at ? (const char *)c->text.data + at : "";
}

static uint32_t text_put(struct container_view *c, const void *bytes, size_t length)
{
	if (!c->text.length)
		buffer_byte(&c->text, 0);
	uint32_t at = (uint32_t)c->text.length;
	buffer_append(&c->text, bytes, length);
	buffer_byte(&c->text, 0);
	return at;
}

static uint64_t hash_of_step(const void *owner, uint32_t row)
{
	const struct container_view *c = owner;
	const char *step = catalogue_text(c, c->rows[row].step);
	return view_hash(step, strlen(step), 1);
}

static uint32_t row_of_step(const struct container_view *c, const char *step, size_t length)
{
	uint64_t hash = view_hash(step, length, 1);
	for (size_t i = hash & (c->steps.slots - 1); c->steps.slots && c->steps.slot[i]; i = (i + 1) & (c->steps.slots - 1)) {
		const char *there = catalogue_text(c, c->rows[c->steps.slot[i] - 1].step);
		if (!strncmp(there, step, length) && !there[length])
			return c->steps.slot[i] - 1;
	}
	return 0;
}

static uint64_t hash_of_name(const void *owner, uint32_t row)
{
	const struct container_view *c = owner;
	const char *name = catalogue_text(c, c->rows[row].name);
	return view_hash(name, strlen(name), c->rows[row].parent + 2);
}

uint32_t tree_child(const struct tree *t, uint32_t container, uint32_t folder, const char *name)
{
	const struct container_view *c = t->container[container];
	uint64_t hash = view_hash(name, strlen(name), folder + UINT64_C(2));
	for (size_t i = hash & (c->names.slots - 1); c->names.slots && c->names.slot[i]; i = (i + 1) & (c->names.slots - 1)) {
		uint32_t row = c->names.slot[i] - 1;
		if (c->rows[row].parent == folder && !strcmp(catalogue_text(c, c->rows[row].name), name))
			return row;
	}
	return 0;
}

static uint64_t place_hash(uint32_t above, uint32_t row, const char *format, size_t length)
{
	return view_hash(format, length, (uint64_t)above << 32 | row);
}

static uint64_t hash_of_place(const void *owner, uint32_t container)
{
	const struct container_view *c = ((const struct tree *)owner)->container[container];
	return place_hash(c->above, c->row, c->format, strlen(c->format));
}

/* ---- containers and entries */

static uint32_t container_new(struct tree *t)
{
	struct container_view *c = memory_new(sizeof *c);
	t->container = memory_room(t->container, t->containers, &t->capacity, sizeof *t->container);
	t->container[t->containers] = c;
	c->rows = memory_room(c->rows, 0, &c->capacity, sizeof *c->rows);
	c->rows[0] = (struct row){ .mode = S_IFDIR | 0555, .links = 2, .inode = 2 };
	c->count = c->settled = 1;
	return t->containers++;
}

void tree_begin(struct tree *t, int directory)
{
	*t = (struct tree){ .spool = { .file = temporary_file(directory) } };
	container_new(t);
	t->container[0]->state = CONTAINER_LISTED;
}

static void container_clear(struct tree *t, struct container_view *c)
{
	t->rows -= c->count - 1;
	c->count = c->settled = 1;
	c->rows = memory_resize(c->rows, 1, sizeof *c->rows);
	c->capacity = 1;
	c->rows[0].first = c->rows[0].last = 0;
	buffer_free(&c->text);
	index_free(&c->steps);
	index_free(&c->names);
	c->state = c->payload ? CONTAINER_LISTABLE : CONTAINER_UNKNOWN;
}

void tree_forget(struct tree *t, uint32_t container)
{
	container_clear(t, t->container[container]);
	for (uint32_t i = 1; i < t->containers; i++)
		if (t->container[i]->above == container)
			t->container[i]->linked = false;
}

void tree_trim(struct tree *t)
{
	if (t->rows < VIEW_ROWS_MOST)
		return;
	for (uint32_t i = 0; i < t->containers; i++)
		if (t->container[i]->jobs || t->container[i]->state == CONTAINER_LISTING)
			return;
	for (uint32_t i = 1; i < t->containers; i++) {
		container_clear(t, t->container[i]);
		t->container[i]->linked = !t->container[i]->above;      /* the evidence itself stays */
	}
	if (!ftruncate(t->spool.file, 0))
		t->spool.size = 0;
}

void tree_end(struct tree *t)
{
	for (uint32_t i = 0; i < t->containers; i++) {
		struct container_view *c = t->container[i];
		free(c->rows);
		free(c->prefix);
		free(c->payload);
		buffer_free(&c->text);
		index_free(&c->steps);
		index_free(&c->names);
		free(c);
	}
	free(t->container);
	index_free(&t->places);
	if (t->spool.file >= 0)
		close(t->spool.file);
	buffer_free(&t->spool.segment);
}

void tree_locator(const struct tree *t, uint32_t container, uint32_t row, struct buffer *out)
{
	const struct container_view *c = t->container[container];
	if (container && (!row || c->rows[row].step)) {
		buffer_text(out, c->prefix);
		if (row)
			buffer_format(out, "::%s:%s", c->format, catalogue_text(c, c->rows[row].step));
	} else if (row) {
		buffer_text(out, catalogue_text(c, c->rows[row].step));
	}
}

static uint32_t inside_get(struct tree *t, uint32_t above, uint32_t row, const char *format, size_t length)
{
	uint64_t hash = place_hash(above, row, format, length);
	uint32_t n = 0;
	if (!length || length >= sizeof t->container[0]->format)
		return 0;
	for (size_t i = hash & (t->places.slots - 1); !n && t->places.slots && t->places.slot[i]; i = (i + 1) & (t->places.slots - 1)) {
		const struct container_view *c = t->container[t->places.slot[i] - 1];
		if (c->above == above && c->row == row && strlen(c->format) == length && !memcmp(c->format, format, length))
			n = t->places.slot[i] - 1;
	}
	if (!n) {
		n = container_new(t);
		struct container_view *c = t->container[n];
		struct buffer prefix = { 0 };
		c->above = above;
		c->row = row;
		memcpy(c->format, format, length);
		tree_locator(t, above, row, &prefix);
		c->prefix = memory_string(buffer_string(&prefix));
		buffer_text(&prefix, "::");
		buffer_append(&prefix, format, length);
		c->inode = c->rows[0].inode = view_hash(prefix.data, prefix.length, 0);
		buffer_free(&prefix);
		c->nesting = above && t->container[above]->rows[row].kind != PASS_JOB_LIST ? t->container[above]->nesting + 1 : 0;
		c->evidence = above ? t->container[above]->evidence : t->container[0]->rows[row].uid;
		index_put(&t->places, n, hash, hash_of_place, t);
	}
	struct container_view *c = t->container[n];
	if (!c->linked) {
		/* in the order in which they came */
		uint32_t *last = &t->container[above]->rows[row].inside;
		while (*last)
			last = &t->container[*last]->next;
		*last = n;
		c->next = 0;
		c->linked = true;
		memcpy(c->rows[0].time, t->container[above]->rows[row].time, sizeof c->rows[0].time);
	}
	return n;
}

uint32_t tree_inside(const struct tree *t, uint32_t container, uint32_t row, const char *format, size_t length)
{
	uint32_t n = t->container[container]->rows[row].inside;
	while (n && (strlen(t->container[n]->format) != length || memcmp(t->container[n]->format, format, length) != 0))
		n = t->container[n]->next;
	return n;
}

static uint32_t row_new(struct tree *t, uint32_t container, const char *step, size_t length)
{
	struct container_view *c = t->container[container];
	c->rows = memory_room(c->rows, c->count, &c->capacity, sizeof *c->rows);
	uint32_t row = (uint32_t)c->count++;
	c->rows[row] = (struct row){ .links = 1 };
	t->rows++;
	if (!length)
		return row;
	uint32_t at = text_put(c, step, length);
	c->rows[row].step = at;
	index_put(&c->steps, row, hash_of_step(c, row), hash_of_step, c);
	struct buffer locator = { 0 };
	tree_locator(t, container, row, &locator);
	c->rows[row].inode = view_hash(locator.data, locator.length, 0);
	buffer_free(&locator);
	return row;
}

/* The entry at a tail of steps from (c, row) on, "::zip:/a::zip:/b"; `make`: made where it is not there. False: there is none. */
static bool resolve(struct tree *t, uint32_t *container, uint32_t *row, const char *tail, size_t length, bool make)
{
	if (length && memchr(tail, 0, length))
		return false;
	while (length) {
		const char *colon = length > 2 ? memchr(tail + 2, ':', length - 2) : NULL;
		if (!colon || memcmp(tail, "::", 2))
			return false;
		size_t left = length - (size_t)(colon + 1 - tail);
		const char *next = memmem(colon + 1, left, "::", 2);
		size_t step = next ? (size_t)(next - colon) - 1 : left;
		uint32_t c = make ? inside_get(t, *container, *row, tail + 2, (size_t)(colon - tail) - 2) : tree_inside(t, *container, *row, tail + 2, (size_t)(colon - tail) - 2);
		if (!c || !step)
			return false;
		uint32_t r = row_of_step(t->container[c], colon + 1, step);
		if (!r && (!make || t->container[c]->text.length > CONTAINER_TEXT_MOST || t->container[c]->count > CONTAINER_ROWS_MOST))
			return false;
		if (!r)
			r = row_new(t, c, colon + 1, step);
		if (t->container[c]->state == CONTAINER_UNKNOWN) {
			t->container[c]->state = CONTAINER_LISTED;
			t->container[c]->inlined = true;
		}
		*container = c;
		*row = r;
		tail = colon + 1 + step;
		length = left - step;
	}
	return true;
}

/* ---- what records say */

static mode_t type_of(const struct record_view *v)
{
	static const struct { const char *kind; mode_t type; } rows[] = { { "directory", S_IFDIR }, { "folder", S_IFDIR }, { "filesystem", S_IFDIR } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (record_text_equals(v, F_KIND, rows[i].kind))
			return rows[i].type;
	if (record_text_equals(v, F_KIND, "virtual") && !record_get_number(v, F_SIZE))
		return S_IFDIR;
	/* devices and pipes are shown as files: nothing in evidence may open or block anything here */
	return record_text_equals(v, F_KIND, "symlink") && record_has(v, F_TARGET) ? S_IFLNK : S_IFREG;
}

static bool permissions(const struct record_view *v, mode_t *bits)
{
	size_t n;
	const char *text = record_get_text(v, F_MODE, &n);
	*bits = 0;
	for (size_t i = 1; text && n == 10 && i < 10; i++)
		*bits = *bits << 1 | (mode_t)(text[i] != '-' && text[i] != 'S' && text[i] != 'T');
	for (size_t i = 3; text && n == 10 && i < 10; i += 3)
		if (strchr("sStT", text[i]))
			*bits |= (mode_t)(04000 >> (i / 3 - 1));
	return text && n == 10;
}

static void fill(struct container_view *c, struct row *r, const struct record_view *v)
{
	static const enum record_field times[3] = { F_MTIME, F_ATIME, F_CTIME };
	size_t n;
	mode_t type = type_of(v), bits;
	const char *text = record_get_text(v, F_PATH, &n);
	if (text && !r->path) {
		uint32_t at = text_put(c, text, n);
		r->path = at;
	}
	text = record_get_text(v, F_TARGET, &n);
	if (text && !r->target)
		r->target = text_put(c, text, n);
	bool stated = permissions(v, &bits) && !record_text_equals(v, F_KIND, "virtual");
	r->mode = type | (stated ? bits : type == S_IFDIR ? 0555 : type == S_IFLNK ? 0777 : 0444);
	r->size = record_get_number(v, F_SIZE);
	if (type == S_IFREG && (record_text_equals(v, F_KIND, "device") || record_text_equals(v, F_KIND, "fifo") || record_text_equals(v, F_KIND, "socket")))
		r->size = 0;
	r->uid = (uint32_t)record_get_number(v, F_UID);
	r->gid = (uint32_t)record_get_number(v, F_GID);
	r->links = record_has(v, F_LINKS) ? (uint32_t)record_get_number(v, F_LINKS) : 1;
	for (size_t i = 0; i < 3; i++) {
		struct timestamp stamp;
		if (record_get_time(v, times[i], &stamp) && stamp.state == TIME_VALID)
			r->time[i] = (struct timespec){ .tv_sec = stamp.seconds, .tv_nsec = stamp.nanoseconds };
	}
	if (record_has(v, F_SHA256) && v->field[F_SHA256].length == 32) {
		memcpy(r->sha256, v->field[F_SHA256].bytes, 32);
		r->hashed = true;
	}
}

struct row *tree_node(struct tree *t, uint32_t c, uint32_t row, const char *tail, size_t length, const struct record_view *v)
{
	if (!resolve(t, &c, &row, tail, length, true))
		return NULL;
	struct container_view *at = t->container[c];
	uint32_t uid = at->rows[row].uid;
	fill(at, &at->rows[row], v);
	if (!c)
		at->rows[row].uid = uid;        /* evidence: the number of its item */
	at->rows[row].work = ROW_DONE;
	return &at->rows[row];
}

bool tree_item(struct tree *t, uint32_t c, uint32_t row, const struct item_head *h, const char *step, const uint8_t *payload, size_t length, bool inside)
{
	struct record_view v;
	size_t n;
	struct buffer tail = { 0 };
	if (record_view_open(&v, payload, length))
		return false;
	if (inside || h->step_length) {
		if (h->step_length) {
			buffer_text(&tail, "::");
			buffer_append(&tail, step, h->step_length);
		}
	} else {
		const char *own = record_get_text(&v, F_LOCATOR, &n);
		buffer_text(&tail, "::");
		buffer_append(&tail, own, n);
	}
	bool good = resolve(t, &c, &row, (const char *)tail.data, tail.length, !inside);
	buffer_free(&tail);
	if (!good)
		return false;
	if (inside) {
		const char *format = record_get_text(&v, F_FORMAT, &n);
		/* the parts of a message are steps of their own name */
		bool message = format && n == 3 && !memcmp(format, "eml", 3);
		uint32_t in = !format ? 0 : message ? inside_get(t, c, row, "attach", 6) : inside_get(t, c, row, format, n);
		if (!in)
			return false;
		struct container_view *i = t->container[in];
		free(i->payload);
		i->payload = memory_copy(payload, length);
		i->payload_length = length;
		if (i->state == CONTAINER_UNKNOWN)
			i->state = CONTAINER_LISTABLE;
		return true;
	}
	struct container_view *at = t->container[c];
	struct row *r = &at->rows[row];
	fill(at, r, &v);
	r->kind = h->kind;
	r->work = ROW_WAITING;
	r->payload = t->spool.size;
	r->payload_length = (uint32_t)length;
	return spool_write_raw(&t->spool, payload, length);
}

bool tree_payload(const struct tree *t, const struct row *r, struct buffer *out)
{
	buffer_u32le(out, r->payload_length);
	bool good = spool_read_raw(&t->spool, r->payload, buffer_reserve(out, r->payload_length + 1u), r->payload_length);
	out->length += good ? r->payload_length : 0;
	return good;
}

uint32_t tree_evidence(struct tree *t, uint32_t item, const char *base)
{
	uint32_t row = row_new(t, 0, base, strlen(base));
	t->container[0]->rows[row].uid = item;
	t->container[0]->rows[row].mode = S_IFREG | 0444;
	return row;
}

/* ---- folders and names, once a listing is whole */

/* Where paths lead, while they are sorted out: a trie of components. */
struct place { uint32_t parent, at, length, row; };
struct places { struct container_view *c; struct place *place; size_t count, capacity; struct row_index index; };

static uint64_t hash_of_component(const void *owner, uint32_t place)
{
	const struct places *p = owner;
	const struct place *x = &p->place[place];
	return view_hash(p->c->text.data + x->at, x->length, x->parent);
}

static uint32_t place_get(struct places *p, uint32_t parent, uint32_t at, uint32_t length)
{
	const uint8_t *text = p->c->text.data;
	uint64_t hash = view_hash(text + at, length, parent);
	for (size_t i = hash & (p->index.slots - 1); p->index.slots && p->index.slot[i]; i = (i + 1) & (p->index.slots - 1)) {
		const struct place *x = &p->place[p->index.slot[i] - 1];
		if (x->parent == parent && x->length == length && !memcmp(text + x->at, text + at, length))
			return p->index.slot[i] - 1;
	}
	p->place = memory_room(p->place, p->count, &p->capacity, sizeof *p->place);
	p->place[p->count] = (struct place){ parent, at, length, 0 };
	index_put(&p->index, (uint32_t)p->count, hash, hash_of_component, p);
	return (uint32_t)p->count++;
}

/* The row's name, if no other entry of its folder has it; else one made of it. */
static void name_give(struct tree *t, uint32_t container, uint32_t row, struct buffer *name)
{
	struct container_view *c = t->container[container];
	struct row *r = &c->rows[row];
	for (unsigned turn = 0; tree_child(t, container, r->parent, buffer_string(name)); turn++) {
		char salt[32];
		snprintf(salt, sizeof salt, "%u.%u", row, turn);
		view_name_other(name, VIEW_NAME_MOST, salt);
	}
	r->name = text_put(c, name->data, name->length);
	index_put(&c->names, row, hash_of_name(c, row), hash_of_name, c);
	struct row *folder = &c->rows[r->parent];
	if (folder->first)
		c->rows[folder->last].next = row;
	else
		folder->first = row;
	folder->last = row;
}

/* The row of a folder's place; made where no entry is it. */
static uint32_t folder_row(struct tree *t, uint32_t container, struct places *p, uint32_t place, uint32_t parent)
{
	struct container_view *c = p->c;
	if (p->place[place].row)
		return p->place[place].row;
	uint32_t row = row_new(t, container, "", 0);
	struct buffer name = { 0 }, id = { 0 };
	c->rows[row].parent = parent;
	c->rows[row].mode = S_IFDIR | 0555;
	c->rows[row].links = 2;
	view_name(&name, (const char *)c->text.data + p->place[place].at, p->place[place].length);
	if (name.length > VIEW_NAME_MOST)
		view_name_other(&name, VIEW_NAME_MOST, "");
	c->rows[row].name = text_put(c, name.data, name.length);
	buffer_format(&id, "%s::%s/%u/%s", c->prefix ? c->prefix : "", c->format, parent, buffer_string(&name));
	c->rows[row].inode = view_hash(id.data, id.length, 3);
	p->place[place].row = row;
	buffer_free(&name);
	buffer_free(&id);
	return row;
}

/* Goes down a path but for its last component (all: with it). rows: folders that no entry is are made on the way. */
static uint32_t path_walk(struct tree *t, uint32_t container, struct places *p, uint32_t path, bool all, bool rows, uint32_t *row)
{
	const char *text = catalogue_text(p->c, path);
	uint32_t place = 0, folder = 0, length = (uint32_t)strlen(text);
	/* what is cut off is the last that counts: a folder never lies in itself */
	while (!all && length && text[length - 1] == '/')
		length--;
	while (!all && length && text[length - 1] != '/')
		length--;
	for (uint32_t at = 0; at < length;) {
		const char *from = catalogue_text(p->c, path) + at, *slash = memchr(from, '/', length - at);
		uint32_t n = slash ? (uint32_t)(slash - from) : length - at;
		if (n)
			place = place_get(p, place, path + at, n);
		if (n && rows)
			folder = folder_row(t, container, p, place, folder);
		at += n + 1;
	}
	*row = folder;
	return place;
}

static void settle(struct tree *t, uint32_t container)
{
	struct container_view *c = t->container[container];
	size_t end = c->count;
	struct places p = { .c = c };
	uint32_t none;
	p.place = memory_room(p.place, 0, &p.capacity, sizeof *p.place);
	p.place[p.count++] = (struct place){ 0 };
	/* folders by their paths: live ones first */
	for (int live = 1; live >= 0; live--)
		for (uint32_t r = 1; r < end; r++) {
			if (!S_ISDIR(c->rows[r].mode) || !c->rows[r].path || !c->rows[r].step || (*catalogue_text(c, c->rows[r].step) == '/') != live)
				continue;
			uint32_t place = path_walk(t, container, &p, c->rows[r].path, true, false, &none);
			if (place && !p.place[place].row)
				p.place[place].row = r;
		}
	for (uint32_t r = (uint32_t)c->settled; r < end; r++) {
		uint32_t folder = 0;
		if (c->rows[r].path)
			path_walk(t, container, &p, c->rows[r].path, false, true, &folder);
		c->rows[r].parent = folder;
	}
	/* entries first: folders that only paths speak of give way */
	for (uint32_t r = (uint32_t)c->settled; r < c->count; r++) {
		struct buffer name = { 0 };
		const char *step = catalogue_text(c, c->rows[r].step), *slash = container ? NULL : strrchr(step, '/');
		if (!*step)
			buffer_text(&name, catalogue_text(c, c->rows[r].name));
		else if (container)
			view_name_of_step(&name, step, catalogue_text(c, c->rows[r].path));
		else
			view_name_of_step(&name, slash && slash[1] ? slash + 1 : step, "");
		name_give(t, container, r, &name);
		buffer_free(&name);
	}
	c->settled = c->count;
	free(p.place);
	index_free(&p.index);
}

void tree_settle(struct tree *t)
{
	for (uint32_t i = 0; i < t->containers; i++)
		if (t->container[i]->settled < t->container[i]->count && t->container[i]->state != CONTAINER_LISTING)
			settle(t, i);
}
