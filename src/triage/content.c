/* SPDX-License-Identifier: Apache-2.0 */
/* content.c: a node's content, read once: hashes, type, rules over what is too large to be held. */
#include "triage/work.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
	HUGE_PAGE = 2 << 20, HUGE_FROM = 2 * HUGE_PAGE,
	SCAN_WINDOW = 32 << 20, SCAN_OVERLAP = 64 << 10,
};
#define EXPANSION_MOST (UINT64_C(4) << 30)      /* bytes out of nested containers below one top-level node */
#define SPARSE_MOST (UINT64_C(1) << 30)         /* bytes of a content of which less than one in SPARSE_RATIO is stored */
enum { SPARSE_RATIO = 200 };

static const struct { enum hash_kind kind; enum record_field field; size_t at; } digests[] = {
	{ HASH_MD5, F_MD5, offsetof(struct work, md5) }, { HASH_SHA1, F_SHA1, offsetof(struct work, sha1) },
	{ HASH_SHA256, F_SHA256, offsetof(struct work, sha256) }, { HASH_SHA512, F_SHA512, offsetof(struct work, sha512) },
};

bool has_content(const struct node *n)
{
	return n->content != CONTENT_NONE;
}

bool wants_content(const struct pass *p, const struct work *k)
{
	const struct pass_options *o = &p->s->o;
	if (!has_content(k->n) || !(o->operations & (PASS_HASH | PASS_CONTENT | PASS_PARSE | PASS_SCAN | PASS_SIGMA | PASS_STORE)))
		return false;
	if (k->base && record_has(k->base, F_STATE) && !record_text_equals(k->base, F_STATE, "read"))
		return false;
	if (k->n->kind == NODE_VOLUME || k->n->kind == NODE_MEDIA)
		return false;
	if (k->n->kind == NODE_UNALLOCATED && !o->unallocated && !p->named) {
		const struct artifact_parser *a = o->operations & PASS_PARSE && o->artifact[0] ? artifact_by_id(o->artifact, strlen(o->artifact)) : NULL;
		return a && a->carves;
	}
	return !o->use_profile || k->rows || k->n->kind == NODE_UNALLOCATED;
}

void match_rows(struct pass *p, struct work *k)
{
	const struct node *n = k->n;
	const struct pass_options *o = &p->s->o;
	if ((!(o->operations & (PASS_PARSE | PASS_SIGMA)) && !o->use_profile) || n->kind == NODE_UNALLOCATED)
		return;         /* slack has the path of its file, but is none */
	/* the colon before a stream is the only one that a path has: those of names are escaped */
	const char *path = (const char *)n->path.bytes, *colon = n->kind == NODE_STREAM && n->path.length ? memchr(path, ':', n->path.length) : NULL;
	size_t length = colon ? (size_t)(colon - path) : n->path.length;
	size_t got = catalogue_match(path, length, colon ? colon + 1 : NULL, colon ? n->path.length - length - 1 : 0, OS_ALL, k->row, sizeof k->row / sizeof *k->row);
	if (o->use_profile && !o->profile.all) {
		size_t kept = 0;
		for (size_t i = 0; i < got; i++)
			if (o->profile.rows[k->row[i] / 64] >> (k->row[i] % 64) & 1)
				k->row[kept++] = k->row[i];
		got = kept;
	}
	k->rows = got;
}

void damage_find(struct source *s, uint64_t at, size_t length, uint64_t *first, uint64_t *end)
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

/* How much of a content in a file system is read: all, but where next to nothing of a claimed size is stored. Any size costs nothing to claim (one damaged field does),
 * and to hash its zeros would take days. */
static uint64_t content_most(const struct work *k)
{
	if (!k->source || !k->c || !k->c->source || k->source->size <= SPARSE_MOST)
		return UINT64_MAX;
	uint64_t stored = 0, media = k->c->source->size;
	for (size_t i = 0; i < k->n->extents && stored < media; i++)
		if (k->n->extent[i].kind == EXTENT_DATA)
			stored += k->n->extent[i].length < media ? k->n->extent[i].length : media;
	if (k->n->content != CONTENT_EXTENTS || stored > media)
		stored = media;                 /* more can't be */
	return k->source->size / SPARSE_RATIO < stored ? UINT64_MAX : SPARSE_MOST;
}

/* Which digests are to be made of it: none when an earlier stage has. */
static unsigned hash_begin(struct pass *p, struct work *k)
{
	struct pass_state *s = p->s;
	unsigned more = scan_digests(s), set = s->o.hash_set | more | (s->o.operations & (PASS_CONTENT | PASS_PARSE | PASS_SCAN | PASS_SIGMA | PASS_STORE) ? HASH_SHA256 : 0);
	if (k->base && record_has(k->base, F_SHA256)) {
		k->hashed = record_get_text(k->base, F_SHA256, &(size_t){ 0 }) == NULL && k->base->field[F_SHA256].length == 32;
		if (k->hashed)
			memcpy(k->sha256, k->base->field[F_SHA256].bytes, 32);
		set = more;
	}
	if (set && s->hashed != set) {
		hasher_free(s->hasher);
		s->hasher = hasher_new(set);
		s->hashed = set;
	}
	if (set)
		hasher_start(s->hasher);
	return set;
}

static void head_keep(struct work *k, const uint8_t *bytes, size_t length)
{
	size_t take = length < HEAD - k->head_length ? length : HEAD - k->head_length;
	k->head = memory_resize(k->head, HEAD, 1);
	memcpy(k->head + k->head_length, bytes, take);
	k->head_length += take;
}

/* Content that comes in pieces and turns out too large for memory: is it needed at any place? */
static bool wanted_again(const struct pass *p, const struct work *k)
{
	const struct format *second;
	return !k->source && ((k->open_inside && container_probe(k, &second)) || (p->s->o.operations & (PASS_PARSE | PASS_SIGMA) && parsers_want(p, k)));
}

/* What is only hashed or stored, and can be read again where something else is to be known of it, is not collected in memory. */
static bool held_whole(const struct pass *p, const struct work *k)
{
	return !k->source || (k->open_inside && k->source->size <= INLINE_CONTAINER) || p->s->o.operations & (PASS_PARSE | PASS_SCAN | PASS_SIGMA | PASS_STORE_FOUND);
}

void content_read(struct pass *p, struct work *k)
{
	struct pass_state *s = p->s;
	struct buffer *b = &s->content;
	struct scratch scratch = { .w = p->w };
	buffer_clear(b);
	unsigned set = hash_begin(p, k);
	/* store streams begin with the first byte: what a profile picked goes out whole */
	bool store = s->o.operations & PASS_STORE;
	uint32_t stream = store ? worker_data_begin(p->w, PURPOSE_STORE) : 0;
	bool windows = false;
	uint64_t window_at = 0, most = content_most(k);
	if (k->source && k->source->memory && k->source->size <= MEMORY_CONTENT) {
		k->whole = k->source->memory;
		k->length = (size_t)k->source->size;
		k->size = k->source->size;
		if (set)
			hasher_update(s->hasher, k->whole, k->length);
		if (store)
			worker_data(p->w, stream, k->whole, k->length);
	}
	bool hold = held_whole(p, k);
	if (!k->whole && hold && k->source && k->source->size <= MEMORY_CONTENT)
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
		if (k->head_length < HEAD && at == k->head_length)
			head_keep(k, to, (size_t)got);
		if (scratch.begun)
			scratch_put(&scratch, to, (size_t)got);
		at += (uint64_t)got;
		k->size = at;
		b->length += hold ? (size_t)got : 0;
		if (p->nesting)
			p->expanded += (uint64_t)got;
		if (p->nesting && p->expanded > EXPANSION_MOST) {
			if (!p->expansion_told)
				report_error(&p->report, "limit", "expansion", k->n->step, 0, 0, "more than 4 GiB came out of containers inside one file: the rest is not read");
			p->expansion_told = k->incomplete = true;
			k->why = "limit";
			break;
		}
		if (at >= most) {
			report_error(&p->report, "limit", "sparse", k->n->step, at, k->source->size - at, "of its %llu bytes less than one in %d is stored: the rest is not read", (unsigned long long)k->source->size, SPARSE_RATIO);
			k->incomplete = true;
			k->why = "limit";
			break;
		}
		if (b->length > MEMORY_CONTENT || (windows && b->length >= SCAN_WINDOW)) {
			if (!k->filetype)
				k->filetype = filetype_of(k->head, k->head_length);
			if (!windows && wanted_again(p, k))
				scratch_put(&scratch, b->data, b->length);
			scan_piece(p, k, b->data, b->length, window_at);
			size_t keep = b->length < SCAN_OVERLAP ? b->length : SCAN_OVERLAP;
			memmove(b->data, b->data + b->length - keep, keep);
			window_at += b->length - keep;
			b->length = keep;
			windows = true;
		}
	}
	if (scratch.begun) {
		k->scratch = scratch_source(&scratch);
		if (!k->scratch)
			report_error(&p->report, "limit", "scratch", k->n->step, 0, 0, "no room for its %llu bytes: what is in it is not looked at", (unsigned long long)scratch.size);
	}
	if (!k->whole && hold && !windows) {
		buffer_reserve(b, 1);           /* an empty content is a pointer all the same */
		k->whole = b->data;
		k->length = b->length;
	}
	if (set)
		hasher_finish(s->hasher);
	if (set && !k->incomplete) {            /* a hash of half a content is that of another one */
		k->digests = set;
		k->hashed |= (set & HASH_SHA256) != 0;
		for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
			if (set & digests[i].kind)
				memcpy((uint8_t *)k + digests[i].at, hasher_digest(s->hasher, digests[i].kind), hash_length(digests[i].kind));
	}
	if (store)
		worker_data_end(p->w, stream, !k->incomplete);
	k->filetype = k->whole ? filetype_of(k->whole, k->length < HEAD ? k->length : HEAD) : filetype_of(k->head, k->head_length);
	k->state = k->incomplete ? "failed" : "read";
	if (k->incomplete && !k->why)
		k->why = "damage";
	if (windows)
		scan_piece(p, k, b->data, b->length, window_at);
}

void digests_put(const struct pass *p, struct record_builder *r, const struct work *k)
{
	unsigned told = p->s->o.hash_set | HASH_SHA256;         /* what only rules ask for is not */
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		if (k->digests & told & digests[i].kind)
			record_hex(r, digests[i].field, (const uint8_t *)k + digests[i].at, hash_length(digests[i].kind));
}
