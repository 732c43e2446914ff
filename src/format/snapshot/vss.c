/* SPDX-License-Identifier: Apache-2.0 */
/* vss.c: the shadow copies of an NTFS volume (Windows Vista and later): the volume as it was when each of them was made.
 *
 * Source: libyal/libvshadow, "Volume Shadow Snapshot (VSS) format". Our own reader because libvshadow refuses a whole volume for one damaged store, and gives no way to ask which blocks
 * differ from the volume, by which unchanged files are left out without being read.
 *
 * A header at 0x1e00 of the volume leads to the catalog, which names the copies and where each keeps its list of blocks. A copy holds only what was written over before the next one was made:
 * a block that it does not have is that of the next newer copy, after the newest that of the volume. Copies are numbered from 1, the oldest, as vshadowinfo numbers them. What was free
 * when the newest copy was made reads as zeros in it: Windows kept nothing of it. */
#include "format/snapshot/vss.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/timestamp.h"

enum { HEADER_AT = 0x1e00, ENTRY = 128, ENTRY_COPY = 2, ENTRY_PLACES = 3, STORES_MOST = 1024, STEP = 32 };
enum { BLOCKS_MOST = 1 << 24 };         /* of all copies of a volume: 256 GiB that were written over */
static const uint64_t SIZE_MOST = UINT64_C(32) << 40;   /* two bits a block are held: 512 MiB */

struct vss {
	struct container container;
	struct vss_store *store; size_t stores, at, capacity;
};

/* Where the catalog begins; 0: there is none. */
static uint64_t catalog_of(const uint8_t *head, size_t length)
{
	struct cursor c = cursor_of(head, length, 0);
	c.at = HEADER_AT;       /* 0 VSS identifier; 16 version u32; 20 kind of record u32; 48 catalog u64 */
	const uint8_t *bytes = cursor_bytes(&c, sizeof vss_identifier);
	cursor_skip(&c, 4);
	uint32_t record = cursor_u32le(&c);
	cursor_skip(&c, 24);
	uint64_t catalog = cursor_u64le(&c);
	return !c.bad && !memcmp(bytes, vss_identifier, sizeof vss_identifier) && record == VSS_VOLUME ? catalog : 0;
}

static unsigned vss_probe(const struct probe *p)
{
	return !vss_live(p->source) && catalog_of(p->head, p->head_length) ? 128 : 0;
}

/* ---- the catalog */

static struct vss_store *store_of(struct vss *v, const uint8_t id[16])
{
	for (size_t i = 0; i < v->stores; i++)
		if (!memcmp(v->store[i].id, id, 16))
			return &v->store[i];
	if (v->stores >= STORES_MOST)
		return NULL;
	v->store = memory_room(v->store, v->stores, &v->capacity, sizeof *v->store);
	struct vss_store *t = &v->store[v->stores++];
	*t = (struct vss_store){ 0 };
	memcpy(t->id, id, 16);
	return t;
}

/* False: there are more copies than are read. */
static bool catalog_take(struct vss *v, const uint8_t bytes[VSS_BLOCK], uint64_t at)
{
	struct cursor c = cursor_of(bytes, VSS_BLOCK, at);
	for (c.at = VSS_HEADER; cursor_left(&c) >= ENTRY;) {
		struct cursor e = cursor_sub(&c, ENTRY);
		uint64_t kind = cursor_u64le(&e), first = cursor_u64le(&e);     /* 8 size of the volume, or list of blocks, u64; 16 identifier */
		const uint8_t *id = cursor_bytes(&e, 16);
		if (kind != ENTRY_COPY && kind != ENTRY_PLACES)
			continue;
		struct vss_store *t = store_of(v, id);
		if (!t)
			return false;
		if (kind == ENTRY_COPY) {
			t->described = true;
			t->volume_size = first;
			cursor_skip(&e, 16);    /* 32 sequence, u64; 40 flags, u64; 48 time, FILETIME */
			t->created = cursor_u64le(&e);
		} else {
			t->inside = true;
			t->list = first;
			t->header = cursor_u64le(&e);   /* 32 header of the store, u64; 40 ranges, u64; 48 bitmap, u64; 56 file, u64; 64 size, u64; 72 bitmap before, u64 */
			cursor_skip(&e, 8);
			t->bitmap = cursor_u64le(&e);
			cursor_skip(&e, 16);
			t->previous = cursor_u64le(&e);
		}
	}
	return true;
}

static void catalog_read(struct vss *v, struct vss_reading *r, uint64_t at)
{
	uint8_t *bytes = memory_new(VSS_BLOCK);
	while (at) {
		const char *wrong = number_set_add(&r->seen, at) ? vss_block_read(r->volume, at, VSS_CATALOG, bytes) : "it leads back to itself";
		if (wrong) {
			report_error(r->report, "damage", "vss.catalog", NULL, at, VSS_BLOCK, "the catalog of shadow copies breaks off here, %s: copies may be missing, and those that are there may show later bytes than theirs", wrong);
			break;
		}
		if (!catalog_take(v, bytes, at)) {
			report_error(r->report, "limit", "vss.copies", NULL, at, VSS_BLOCK, "the catalog names more than %d shadow copies: the others are left out, and those that are there may show later bytes than theirs", STORES_MOST);
			break;
		}
		at = vss_block_next(bytes);
	}
	free(bytes);
}

/* Who made it and under which id: what people and logs call it by. */
static void store_describe(struct vss *v, struct vss_store *t, const char *step)
{
	uint8_t *bytes = memory_new(VSS_BLOCK);
	const char *wrong = vss_block_read(v->container.source, t->header, VSS_STORE, bytes);
	struct cursor c = cursor_of(bytes, VSS_BLOCK, t->header);
	c.at = VSS_HEADER + 16;         /* 16 id of the copy; 32 id of the set */
	if (wrong) {
		report_error(v->container.report, "damage", "vss.header", step, t->header, VSS_BLOCK, "the header of this shadow copy can't be read, %s: its id is not known", wrong);
	} else {
		text_guid(cursor_bytes(&c, 16), t->copy_id);
		text_guid(cursor_bytes(&c, 16), t->set_id);
	}
	free(bytes);
}

static int by_age(const void *a, const void *b)
{
	const struct vss_store *x = a, *y = b;
	return x->created != y->created ? (x->created > y->created ? 1 : -1) : memcmp(x->id, y->id, sizeof x->id);
}

static void vss_close(struct container *c)
{
	struct vss *v = (struct vss *)c;
	for (size_t i = 0; i < v->stores; i++)
		vss_store_free(&v->store[i]);
	free(v->store);
	free(v);
}

static struct container *vss_open(const struct opening *o)
{
	struct vss *v = memory_new(sizeof *v);
	uint8_t head[HEADER_AT + VSS_SECTOR];
	v->container.source = o->source;
	v->container.report = o->report;
	struct vss_reading r = { .volume = o->source, .report = o->report, .room = BLOCKS_MOST };
	catalog_read(v, &r, catalog_of(head, source_read_at(o->source, 0, head, sizeof head, NULL)));
	size_t kept = 0;
	for (size_t i = 0; i < v->stores; i++)
		if (v->store[i].described)
			v->store[kept++] = v->store[i];
		else
			report_error(o->report, "damage", "vss.catalog", NULL, v->store[i].header, VSS_BLOCK, "the catalog says where a shadow copy lies, and not when it was made: it is left out, and older ones may show later bytes than theirs");
	v->stores = kept;
	if (kept)
		qsort(v->store, kept, sizeof *v->store, by_age);
	bool readable = o->source->size <= SIZE_MOST;
	if (kept && !readable)
		report_error(o->report, "limit", "vss.size", NULL, 0, 0, "the shadow copies of a volume of more than 32 TiB are not read");
	for (size_t i = kept; i-- > 0; v->store[i].readable = readable) {
		char step[STEP];
		snprintf(step, sizeof step, "vss:%zu", i + 1);
		if (v->store[i].inside)
			store_describe(v, &v->store[i], step);
		else if (readable)
			report_error(o->report, "missing", "vss.outside", step, 0, 0, "this shadow copy keeps its data on another volume: neither it nor an older one can be read from here");
		readable &= v->store[i].inside;
		/* now, not when it is read: what is damaged is told by whoever lists the volume */
		if (readable)
			vss_store_load(&v->store[i], &r, step, i + 1 == kept);
	}
	number_set_free(&r.seen);
	return &v->container;
}

/* ---- nodes */

static void node_fill(struct vss *v, size_t i, struct node *n)
{
	struct arena *a = &v->container.arena;
	struct vss_store *t = &v->store[i];
	uint64_t size = v->container.source->size;
	*n = (struct node){ .kind = NODE_VOLUME, .step = arena_format(a, "vss:%zu", i + 1), .address = *t->copy_id ? t->copy_id : NULL, .has_size = true, .has_allocated = true, .allocated = true,
		.content = t->readable ? CONTENT_COMPUTED : CONTENT_NONE, .order = i };
	n->size = t->volume_size && t->volume_size < size ? t->volume_size : size;
	n->time[NODE_CRTIME] = time_from_filetime(t->created);
	node_flag(n, "shadow-copy");
	if (*t->set_id)
		node_flag(n, arena_format(a, "set:%s", t->set_id));
}

static int vss_next(struct container *c, struct node *n)
{
	struct vss *v = (struct vss *)c;
	arena_reset(&c->arena);
	if (v->at >= v->stores)
		return 0;
	node_fill(v, v->at++, n);
	return 1;
}

/* The copy that a step's number means; v->stores: none. */
static size_t store_number(const struct vss *v, const char *text, size_t length)
{
	size_t number = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || number > STORES_MOST || (!number && text[i] == '0'))
			return v->stores;
		number = 10 * number + (size_t)(text[i] - '0');
	}
	return number && number <= v->stores ? number - 1 : v->stores;
}

static bool vss_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct vss *v = (struct vss *)c;
	size_t i = store_number(v, step->name.text, step->name.length);
	if (i == v->stores || step->stream.length)
		return false;
	arena_reset(&c->arena);
	node_fill(v, i, n);
	return true;
}

/* ---- the volume as it was */

struct copy { struct source source; struct vss *v; size_t number; uint8_t *differs; };

/* What stands at `offset`, for at most *length bytes: `place` in the volume; false: nothing is known of it, it reads as zeros. */
static bool copy_place(const struct copy *k, uint64_t offset, size_t *length, uint64_t *place)
{
	const struct vss *v = k->v;
	for (size_t i = k->number; i < v->stores; i++) {
		size_t in = (size_t)(offset % VSS_BLOCK), left = VSS_BLOCK - in;
		*length = *length < left ? *length : left;
		const struct vss_block *b = vss_store_block(&v->store[i], offset / VSS_BLOCK);
		if (b && b->sectors && i == k->number) {
			unsigned sector = (unsigned)(in / VSS_SECTOR), end = sector;
			bool over = b->sectors >> sector & 1;
			while (end < VSS_BLOCK / VSS_SECTOR && (b->sectors >> end & 1) == over)
				end++;
			left = end * VSS_SECTOR - in;
			*length = *length < left ? *length : left;
			if (over) {
				*place = b->overlay + in;
				return true;
			}
		}
		if (!b || !b->here)
			continue;
		*place = offset = b->place + in;
		if (!b->forward || i + 1 == v->stores)
			return true;
	}
	return !(k->number + 1 == v->stores && vss_store_unused(&v->store[k->number], offset / VSS_BLOCK));
}

static void copy_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct copy *k = (struct copy *)s;
	uint8_t *out = to;
	while (length) {
		uint64_t place = offset;
		size_t n = VSS_BLOCK - (size_t)(offset % VSS_BLOCK);
		n = n < length ? n : length;
		bool known = true;
		if (vss_differs(s, offset / VSS_BLOCK))
			known = copy_place(k, offset, &n, &place);
		else
			while (n < length && !vss_differs(s, (offset + n) / VSS_BLOCK))
				n = length - n < VSS_BLOCK ? length : n + VSS_BLOCK;
		size_t got = known ? source_read_at(k->v->container.source, place, out, n, taint) : 0;
		memset(out + got, 0, n - got);
		*taint |= known && got < n;
		offset += n;
		out += n;
		length -= n;
	}
}

static void copy_close(struct source *s)
{
	free(((struct copy *)s)->differs);
	free(s);
}

static const struct source_operations copy_operations = { copy_read_at, copy_close };

struct source *vss_live(struct source *s)
{
	return s && s->operations == &copy_operations ? ((struct copy *)s)->v->container.source : NULL;
}

bool vss_differs(struct source *s, uint64_t block)
{
	const struct copy *k = (const struct copy *)s;
	return block < s->size / VSS_BLOCK + 1 && k->differs[block / 8] >> block % 8 & 1;
}

static struct source *vss_content(struct container *c, const struct node *n)
{
	struct vss *v = (struct vss *)c;
	size_t number = store_number(v, n->step + sizeof "vss:" - 1, strlen(n->step + sizeof "vss:" - 1));
	if (number == v->stores)
		return NULL;
	struct copy *k = memory_new(sizeof *k);
	k->source = (struct source){ .operations = &copy_operations, .size = n->size, .sector_size = c->source->sector_size };
	k->v = v;
	k->number = number;
	uint64_t blocks = n->size / VSS_BLOCK + 1;
	k->differs = memory_new((size_t)(blocks / 8 + 1));
	for (size_t i = number; i < v->stores; i++) {
		const struct vss_store *t = &v->store[i];
		for (size_t b = 0; b < t->blocks; b++)
			if (t->block[b].number < blocks)
				k->differs[t->block[b].number / 8] |= (uint8_t)(1u << t->block[b].number % 8);
	}
	/* what was free then is not known */
	for (uint64_t b = 0; number + 1 == v->stores && b < blocks; b++)
		if (vss_store_unused(&v->store[number], b))
			k->differs[b / 8] |= (uint8_t)(1u << b % 8);
	return &k->source;
}

const struct format format_vss = {
	.name = "vss", .layer = LAYER_SNAPSHOT, .about = "volume shadow copies of NTFS volumes, with --snapshots; those that keep their data on another volume are named only", .probe = vss_probe,
	.open = vss_open, .next = vss_next, .find = vss_find, .content = vss_content, .close = vss_close,
};
