/* SPDX-License-Identifier: Apache-2.0 */
/* pst_ndb.c: the node database of a PST ([MS-PST] 2.2): header, the two B-trees, blocks, lists of blocks, subnodes.
 *
 * Both trees are loaded into flat tables (some 24 bytes a block, 40 a node). A page whose checksum is wrong is used all the same, for one changed byte
 * leaves the other entries right; but then, and wherever a tree ends in damage, the trailers of the whole file are read too (pst_scan.c). A block is
 * believed when its trailer fits by checksum or by signature; one that fits by neither is looked for elsewhere, and used as it is if it is nowhere. */
#include "format/mail/pst.h"

#include <libdeflate.h>
#include <zlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

enum { PAGE_BBT = 0x80, PAGE_NBT = 0x81, HEADER_SIZE = 580, INTERNAL = 2, VOTES = 64 };

void pst_error(struct pst *p, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *format, ...)
{
	char text[512];
	va_list arguments;
	if (p->quiet)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	report_error(p->container.report, class, kind, NULL, offset, length, "%s", text);
}

uint32_t pst_crc(const void *bytes, size_t length)
{
	return hash_crc32(0xffffffff, bytes, length) ^ 0xffffffff;     /* begins with 0 and is not inverted */
}

uint16_t pst_signature(uint64_t offset, uint64_t bid)
{
	uint32_t x = (uint32_t)(offset ^ bid);
	return (uint16_t)(x >> 16 ^ (x & 0xffff));
}

/* ---- tables */

void pst_node_add(struct pst *p, struct pst_node n)
{
	p->node = memory_room(p->node, p->nodes, &p->nodes_room, sizeof *p->node);
	p->node[p->nodes++] = n;
}

void pst_block_add(struct pst *p, struct pst_block b)
{
	p->block = memory_room(p->block, p->blocks, &p->blocks_room, sizeof *p->block);
	p->block[p->blocks++] = b;
}

/* By number; of several the live one, then the newest. */
static int by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;
	if (x->nid != y->nid)
		return x->nid < y->nid ? -1 : 1;
	if (x->stale != y->stale)
		return x->stale ? 1 : -1;
	return x->data > y->data ? -1 : x->data < y->data;
}

static int by_bid(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;
	if (x->bid != y->bid)
		return x->bid < y->bid ? -1 : 1;
	/* a place that only the tree names, and where no trailer fits, comes last */
	if ((x->grade == PST_C) != (y->grade == PST_C))
		return x->grade == PST_C ? 1 : -1;
	if (x->listed != y->listed)
		return x->listed ? -1 : 1;
	if (x->grade != y->grade)
		return x->grade < y->grade ? -1 : 1;
	return x->offset > y->offset ? -1 : x->offset < y->offset;
}

void pst_sort(struct pst *p)
{
	if (p->nodes)
		qsort(p->node, p->nodes, sizeof *p->node, by_nid);
	size_t kept = 0;
	for (size_t i = 0; i < p->nodes; i++)
		if (!kept || p->node[kept - 1].nid != p->node[i].nid)
			p->node[kept++] = p->node[i];
	p->nodes = kept;
	if (p->blocks)
		qsort(p->block, p->blocks, sizeof *p->block, by_bid);
}

/* Nodes and folders both begin with their number. */
int pst_nid_compare(const void *nid, const void *entry)
{
	uint32_t a = *(const uint32_t *)nid, b = *(const uint32_t *)entry;
	return a < b ? -1 : a > b;
}

const struct pst_node *pst_node_find(const struct pst *p, uint32_t nid)
{
	return p->nodes ? bsearch(&nid, p->node, p->nodes, sizeof *p->node, pst_nid_compare) : NULL;
}

static struct pst_block *block_find(const struct pst *p, uint64_t bid)
{
	size_t low = 0, high = p->blocks;
	bid &= ~UINT64_C(1);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->block[middle].bid < bid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->blocks && p->block[low].bid == bid ? &p->block[low] : NULL;
}

const struct pst_block *pst_block_find(const struct pst *p, uint64_t bid) { return block_find(p, bid); }

/* ---- pages */

void pst_page_read(const struct pst *p, const uint8_t *page, struct pst_page *g)
{
	struct cursor c = cursor_of(page, p->page_size, 0);
	size_t area = p->kind == PST_ANSI ? 496 : p->kind == PST_4K ? 4056 : 488, checked = p->kind == PST_ANSI ? 500 : p->kind == PST_4K ? 4072 : 496;
	unsigned most;
	*g = (struct pst_page){ 0 };
	c.at = area;                            /* cEnt, cEntMax, cbEnt, cLevel */
	g->entries = p->kind == PST_4K ? cursor_u16le(&c) : cursor_u8(&c);
	most = p->kind == PST_4K ? cursor_u16le(&c) : cursor_u8(&c);
	g->entry_size = cursor_u8(&c);
	g->level = cursor_u8(&c);
	c.at = checked;                         /* ptype, ptypeRepeat, wSig, then crc and bid; ANSI: bid and crc */
	g->type = cursor_u8(&c);
	bool repeats = cursor_u8(&c) == g->type;
	cursor_u16le(&c);
	uint32_t crc;
	if (p->kind == PST_ANSI) {
		g->bid = cursor_u32le(&c);
		crc = cursor_u32le(&c);
	} else {
		crc = cursor_u32le(&c);
		g->bid = cursor_u64le(&c);
	}
	g->crc_good = crc == pst_crc(page, checked);
	if (!repeats && g->crc_good)
		g->type = 0;
	unsigned key = p->kind == PST_ANSI ? 4 : 8, least = g->level ? 3 * key : g->type == PAGE_NBT ? (key == 4 ? 16 : 28) : key == 4 ? 12 : 20;
	g->sane = (g->type == PAGE_BBT || g->type == PAGE_NBT) && g->level <= PST_LEVELS_MAX && g->entry_size >= least && g->entries <= most && (size_t)g->entries * g->entry_size <= area;
}

void pst_leaf_entries(struct pst *p, const uint8_t *page, const struct pst_page *g, bool stale)
{
	unsigned key = p->kind == PST_ANSI ? 4 : 8;
	for (unsigned i = 0; i < g->entries; i++) {
		struct cursor c = cursor_of(page + (size_t)i * g->entry_size, g->entry_size, 0);
		if (g->type == PAGE_NBT) {
			struct pst_node n = { .stale = stale };
			n.nid = (uint32_t)cursor_le(&c, key);   /* the upper half may hold anything */
			n.data = cursor_le(&c, key);
			n.sub = cursor_le(&c, key);
			n.parent = cursor_u32le(&c);
			if (n.nid)
				pst_node_add(p, n);
		} else {
			struct pst_block b = { .listed = !stale, .grade = PST_C };
			b.bid = cursor_le(&c, key) & ~UINT64_C(1);
			b.offset = cursor_le(&c, key);
			b.size = cursor_u16le(&c);
			b.inflated = p->kind == PST_4K ? cursor_u16le(&c) : b.size;
			if (b.bid && b.size && b.size <= p->block_data_max && b.offset && b.offset < p->container.source->size)
				pst_block_add(p, b);
		}
	}
}

/* All leaves below one root, bounded by the pages that the file could hold. */
static void tree_load(struct pst *p, unsigned type, uint64_t root_bid, uint64_t root)
{
	struct place { uint64_t offset, bid; int level; };
	struct source *s = p->container.source;
	uint64_t pages_left = s->size / p->page_size + 1;
	size_t room = 256, count = 0;
	struct place *stack = memory_array(room, sizeof *stack);
	const char *tree = type == PAGE_NBT ? "node" : "block";
	uint8_t page[4096];
	if (!root) {
		pst_error(p, "damage", "pst.tree", 0, 0, "the header names no %s B-tree", tree);
		p->tree_bad = true;
	} else
		stack[count++] = (struct place){ root, root_bid, -1 };
	while (count) {
		struct place at = stack[--count];
		struct pst_page g;
		bool taint = false;
		if (!pages_left--) {
			pst_error(p, "damage", "pst.tree", root, p->page_size, "the %s B-tree has more pages than the file: it runs in a circle", tree);
			p->tree_bad = true;
			break;
		}
		memset(page, 0, sizeof page);
		size_t got = source_read_at(s, at.offset, page, p->page_size, &taint);
		pst_page_read(p, page, &g);
		if (got < p->page_size || g.type != type || !g.sane || (at.level >= 0 && (int)g.level != at.level)) {
			pst_error(p, "damage", "pst.page", at.offset, p->page_size, "a page of the %s B-tree %s", tree, got < p->page_size ? "lies behind the end of the file" : "is none");
			p->tree_bad = true;
			continue;
		}
		if (!g.crc_good || taint || g.bid != at.bid) {
			pst_error(p, "damage", "pst.page", at.offset, p->page_size, "a page of the %s B-tree %s", tree, g.crc_good && !taint ? "has another number than the one asked for" : "has a wrong checksum");
			p->tree_bad = true;
		}
		if (!g.level) {
			pst_leaf_entries(p, page, &g, false);
			continue;
		}
		unsigned key = p->kind == PST_ANSI ? 4 : 8;
		for (unsigned i = g.entries; i-- > 0;) {
			struct cursor c = cursor_of(page + (size_t)i * g.entry_size, g.entry_size, 0);
			cursor_skip(&c, key);
			uint64_t bid = cursor_le(&c, key), offset = cursor_le(&c, key);
			stack = memory_room(stack, count, &room, sizeof *stack);
			stack[count++] = (struct place){ offset, bid, (int)g.level - 1 };
		}
	}
	free(stack);
}

/* Which encoding the heaps have: the header of some files lies ("none" while all is permuted), or is gone. */
static void crypt_vote(struct pst *p, unsigned stated)
{
	unsigned votes[PST_CRYPTS] = { 0 }, seen = 0;
	for (size_t i = 0; i < p->nodes && seen < VOTES; i++) {
		const struct pst_block *found = p->node[i].data & INTERNAL ? NULL : pst_block_find(p, p->node[i].data);
		if (!found)
			continue;
		struct pst_block b = *found;    /* a scan moves the table */
		buffer_clear(&p->bytes);
		if (!pst_block_read(p, &b, PST_PLAIN, &p->bytes) || p->bytes.length < 12)
			continue;
		seen++;
		for (unsigned k = 0; k < PST_CRYPTS; k++) {
			uint8_t head[3];
			memcpy(head, p->bytes.data, 3);
			pst_decode(p, (enum pst_crypt)k, b.bid, head, 3);
			votes[k] += head[2] == 0xec;
		}
	}
	unsigned best = stated < PST_CRYPTS ? stated : 0;
	for (unsigned k = 0; k < PST_CRYPTS; k++)
		if (votes[k] > votes[best])
			best = k;
	if (best != stated && stated < PST_CRYPTS && votes[best])
		report_note(p->container.report, "pst.encoding", NULL, p->kind == PST_ANSI ? 461 : 513, 1, "the header says encoding %u, the blocks have encoding %u", stated, best);
	p->crypt = (enum pst_crypt)best;
}

bool pst_ndb_open(struct pst *p)
{
	struct source *s = p->container.source;
	uint8_t head[HEADER_SIZE] = { 0 };
	size_t got = source_read_at(s, 0, head, sizeof head, NULL);
	struct cursor c = cursor_of(head, got, 0);
	bool magic = cursor_match(&c, "!BDN");
	uint32_t crc = (c.at = 4, cursor_u32le(&c));
	cursor_u16le(&c);                       /* "SM", "SO" or "AB" */
	unsigned version = cursor_u16le(&c);
	bool known = magic && (version == 14 || version == 15 || (version >= 20 && version < 64));
	if (known)
		pst_layout(p, version < 20 ? PST_ANSI : version < 36 ? PST_UNICODE : PST_4K);
	if (!known) {
		pst_error(p, "damage", "pst.header", 0, HEADER_SIZE, magic ? "the header names version %u, which there is not" : "there is no header: what follows comes from trailers of pages and blocks", version);
		p->tree_bad = true;
		if (!pst_guess_kind(p))
			return false;
	} else if (crc != pst_crc(head + 8, 471)) {
		pst_error(p, "damage", "pst.header", 4, 4, "the header has a wrong checksum");
	}
	unsigned stated = PST_CRYPTS;
	if (magic) {
		unsigned key = p->kind == PST_ANSI ? 4 : 8;
		c.at = p->kind == PST_ANSI ? 168 : 184;         /* ibFileEof */
		uint64_t end = cursor_le(&c, key);
		if (known && end > s->size)
			pst_error(p, "damage", "pst.cut", s->size, end - s->size, "the file is %llu bytes shorter than its header says", (unsigned long long)(end - s->size));
		c.at = p->kind == PST_ANSI ? 184 : 216;         /* BREFNBT, BREFBBT */
		uint64_t nbt_bid = cursor_le(&c, key), nbt = cursor_le(&c, key), bbt_bid = cursor_le(&c, key), bbt = cursor_le(&c, key);
		c.at = p->kind == PST_ANSI ? 461 : 513;         /* bCryptMethod */
		stated = cursor_u8(&c);
		if (stated == 0x10)
			pst_error(p, "locked", "pst.wip", c.at - 1, 1, "the content is encrypted with Windows Information Protection; it can't be read here");
		tree_load(p, PAGE_NBT, nbt_bid, nbt);
		tree_load(p, PAGE_BBT, bbt_bid, bbt);
	}
	pst_sort(p);
	if (p->tree_bad)
		pst_scan(p);
	bool quiet = p->quiet;
	p->quiet = true;
	crypt_vote(p, stated);
	p->quiet = quiet;
	return p->nodes || p->blocks || magic;
}

void pst_ndb_close(struct pst *p)
{
	free(p->node);
	free(p->block);
	free(p->old);
	free(p->folder);
	buffer_free(&p->names);
	buffer_free(&p->stored);
	buffer_free(&p->bytes);
	buffer_free(&p->pending);
	if (p->inflater)
		libdeflate_free_decompressor(p->inflater);
}

/* ---- blocks */

/* What of a damaged stream (RFC 1950) can be had: up to where its codes make no sense; neither its head nor its checksum is asked. */
static size_t inflate_damaged(const uint8_t *in, size_t length, uint8_t *to, size_t most)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in + 2, .avail_in = (uInt)(length > 2 ? length - 2 : 0), .next_out = to, .avail_out = (uInt)most };
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		exit(MEMORY_EXHAUSTED_STATUS);
	inflate(&z, Z_SYNC_FLUSH);
	inflateEnd(&z);
	return z.total_out;
}

static void inflate_block(struct pst *p, const struct pst_block *b, size_t from, struct buffer *out)
{
	size_t size = out->length - from, got = 0;
	if (!p->inflater)
		p->inflater = libdeflate_alloc_decompressor();
	if (!p->inflater)
		exit(MEMORY_EXHAUSTED_STATUS);
	uint8_t *plain = memory_new(PST_BLOCK_MAX);
	if (libdeflate_zlib_decompress(p->inflater, out->data + from, size, plain, PST_BLOCK_MAX, &got) != LIBDEFLATE_SUCCESS) {
		got = inflate_damaged(out->data + from, size, plain, PST_BLOCK_MAX);
		pst_error(p, "damage", "pst.block", b->offset, b->size, "block %llu can't be inflated but for %zu bytes", (unsigned long long)b->bid, got);
		p->tainted = true;
		got = got < b->inflated ? b->inflated : got;    /* zeros for the rest: what follows keeps its place */
	}
	out->length = from;
	buffer_append(out, plain, got);
	free(plain);
}

bool pst_block_read(struct pst *p, const struct pst_block *asked, enum pst_crypt crypt, struct buffer *out)
{
	struct pst_block wanted = *asked;       /* a scan moves the table */
	for (unsigned attempt = 0; attempt < 2; attempt++) {
		struct pst_block b = wanted;
		uint64_t total = ((uint64_t)b.size + p->block_trailer + p->block_align - 1) / p->block_align * p->block_align;
		size_t from = out->length;
		bool taint = false;
		uint8_t *to = buffer_reserve(out, (size_t)total);
		size_t got = source_read_at(p->container.source, b.offset, to, (size_t)total, &taint);
		struct cursor c = cursor_of(to, got, b.offset);
		c.at = (size_t)total - p->block_trailer;
		uint16_t size = cursor_u16le(&c), signature = cursor_u16le(&c);
		uint64_t crc, bid;
		if (p->kind == PST_ANSI) {
			bid = cursor_u32le(&c);
			crc = cursor_u32le(&c);
		} else {
			crc = cursor_u32le(&c);
			bid = cursor_u64le(&c);
		}
		if (got < b.size && got < total)
			b.size = (uint16_t)got;
		bool sum = b.size && !c.bad && size == b.size && crc == pst_crc(to, b.size), sign = !c.bad && (bid & ~UINT64_C(1)) == b.bid && signature == pst_signature(b.offset, bid);
		if (!sum && !sign && attempt == 0) {
			/* not here: perhaps the trailers of the file know better */
			if (!p->scanned)
				pst_scan(p);
			const struct pst_block *other = pst_block_find(p, b.bid);
			if (other && other->offset != b.offset) {
				wanted = *other;
				continue;
			}
		}
		if (!b.size) {
			pst_error(p, "damage", "pst.block", b.offset, wanted.size, "block %llu lies behind the end of the file", (unsigned long long)b.bid);
			return false;
		}
		if (!sum || taint || b.size < wanted.size) {
			pst_error(p, "damage", "pst.block", b.offset, b.size, "block %llu has a wrong checksum%s", (unsigned long long)b.bid, sign ? "" : ", and its trailer does not fit it");
			p->tainted = true;
		}
		out->length = from + b.size;
		if (!(b.bid & INTERNAL))
			pst_decode(p, crypt, b.bid, to, b.size);
		if (p->kind == PST_4K && b.inflated && b.inflated != wanted.size)
			inflate_block(p, &b, from, out);
		return out->length > from;
	}
	return false;
}

static bool block_by_bid(struct pst *p, uint64_t bid, enum pst_crypt crypt, struct buffer *out)
{
	const struct pst_block *b = pst_block_find(p, bid);
	if (!b && !p->scanned) {
		pst_scan(p);
		b = pst_block_find(p, bid);
	}
	if (!b) {
		pst_error(p, "damage", "pst.block", 0, 0, "block %llu is nowhere in the file", (unsigned long long)bid);
		p->tainted = true;
		return false;
	}
	struct pst_block copy = *b;             /* a scan moves the table */
	return pst_block_read(p, &copy, crypt, out);
}

/* ---- lists of blocks: XBLOCK (level 1) and XXBLOCK (level 2) */

static void stream_add(struct pst *p, struct pst_stream *s, uint64_t bid, size_t *room, struct arena *a)
{
	const struct pst_block *b = pst_block_find(p, bid);
	if (!b && !p->scanned) {
		pst_scan(p);
		b = pst_block_find(p, bid);
	}
	if (!b) {
		pst_error(p, "damage", "pst.block", 0, 0, "block %llu of a list is nowhere in the file", (unsigned long long)bid);
		s->incomplete = true;
		p->tainted = true;
		return;
	}
	s->block = arena_room(a, s->block, s->blocks, room, sizeof *s->block);
	s->block[s->blocks++] = *b;
	s->size += p->kind == PST_4K && b->inflated ? b->inflated : b->size;
}

/* level: what it may be at most; a list never holds one of its own level, so nothing runs in circles. */
static void stream_list(struct pst *p, uint64_t bid, unsigned level, struct pst_stream *s, size_t *room, struct arena *a)
{
	struct buffer bytes = { 0 };
	unsigned key = p->kind == PST_ANSI ? 4 : 8;
	if (!block_by_bid(p, bid, PST_PLAIN, &bytes)) {
		s->incomplete = true;
		buffer_free(&bytes);
		return;
	}
	struct cursor c = cursor_of(bytes.data, bytes.length, 0);
	unsigned type = cursor_u8(&c), own = cursor_u8(&c), entries = cursor_u16le(&c);
	cursor_u32le(&c);                       /* lcbTotal */
	if (type != 1 || own < 1 || own > level) {
		pst_error(p, "damage", "pst.list", 0, 0, "block %llu is no list of blocks of the level that it should be", (unsigned long long)bid);
		s->incomplete = true;
		p->tainted = true;
		buffer_free(&bytes);
		return;
	}
	for (unsigned i = 0; i < entries && cursor_left(&c) >= key; i++) {
		uint64_t child = cursor_le(&c, key);
		if (s->blocks > p->blocks) {
			pst_error(p, "damage", "pst.list", 0, 0, "a list of blocks names more blocks than the file has");
			s->incomplete = true;
			p->tainted = true;
			break;
		}
		if (own == 2)
			stream_list(p, child, 1, s, room, a);
		else if (!(child & INTERNAL))
			stream_add(p, s, child, room, a);
		else
			s->incomplete = true;
	}
	buffer_free(&bytes);
}

void pst_stream_open(struct pst *p, uint64_t bid, struct pst_stream *s, struct arena *a)
{
	size_t room = 0;
	*s = (struct pst_stream){ 0 };
	if (!bid)
		return;
	if (bid & INTERNAL)
		stream_list(p, bid, 2, s, &room, a);
	else
		stream_add(p, s, bid, &room, a);
}

void pst_stream_read(struct pst *p, const struct pst_stream *s, enum pst_crypt crypt, size_t most, struct buffer *out)
{
	size_t from = out->length;
	for (size_t i = 0; i < s->blocks && out->length - from < most; i++)
		pst_block_read(p, &s->block[i], crypt, out);
	if (out->length - from > most)
		out->length = from + most;
}

/* A value as a source: one block is held. */
struct stream_source {
	struct source source;
	struct pst *p;
	struct pst_block *block; uint64_t *start; size_t blocks;
	enum pst_crypt crypt;
	size_t held; struct buffer bytes; bool held_bad;
};

static void stream_source_read(struct source *source, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct stream_source *s = (struct stream_source *)source;
	uint8_t *bytes = to;
	while (length) {
		size_t low = 0, high = s->blocks;
		while (high - low > 1) {
			size_t middle = low + (high - low) / 2;
			if (s->start[middle] <= offset)
				low = middle;
			else
				high = middle;
		}
		if (s->held != low) {
			bool before = s->p->tainted;
			s->p->tainted = false;
			buffer_clear(&s->bytes);
			s->held_bad = !pst_block_read(s->p, &s->block[low], s->crypt, &s->bytes) || s->p->tainted;
			s->p->tainted = before;
			s->held = low;
		}
		uint64_t inside = offset - s->start[low], left = s->start[low + 1] - offset;
		size_t n = length < left ? length : (size_t)left, there = inside < s->bytes.length ? s->bytes.length - (size_t)inside : 0;
		if (there > n)
			there = n;
		if (there)
			memcpy(bytes, s->bytes.data + inside, there);
		memset(bytes + there, 0, n - there);
		if (taint && (s->held_bad || there < n))
			*taint = true;
		bytes += n;
		offset += n;
		length -= n;
	}
}

static void stream_source_close(struct source *source)
{
	struct stream_source *s = (struct stream_source *)source;
	free(s->block);
	free(s->start);
	buffer_free(&s->bytes);
	free(s);
}

struct source *pst_stream_source(struct pst *p, const struct pst_stream *list, enum pst_crypt crypt)
{
	static const struct source_operations operations = { stream_source_read, stream_source_close };
	struct stream_source *s = memory_new(sizeof *s);
	s->source = (struct source){ .operations = &operations, .size = list->size, .sector_size = 512 };
	s->p = p;
	s->blocks = list->blocks;
	s->crypt = crypt;
	s->held = SIZE_MAX;
	s->block = memory_array(list->blocks + 1, sizeof *s->block);
	s->start = memory_array(list->blocks + 1, sizeof *s->start);
	for (size_t i = 0; i < list->blocks; i++) {
		s->block[i] = list->block[i];
		s->start[i + 1] = s->start[i] + (p->kind == PST_4K && list->block[i].inflated ? list->block[i].inflated : list->block[i].size);
	}
	return &s->source;
}

/* ---- subnodes: SLBLOCK (level 0) and SIBLOCK (level 1) */

static void subnodes_add(struct pst *p, uint64_t bid, unsigned level, struct pst_node **list, size_t *count, size_t *room, struct arena *a)
{
	struct buffer bytes = { 0 };
	unsigned key = p->kind == PST_ANSI ? 4 : 8;
	if (!block_by_bid(p, bid, PST_PLAIN, &bytes)) {
		buffer_free(&bytes);
		return;
	}
	struct cursor c = cursor_of(bytes.data, bytes.length, 0);
	unsigned type = cursor_u8(&c), own = cursor_u8(&c), entries = cursor_u16le(&c);
	if (p->kind != PST_ANSI)
		cursor_u32le(&c);
	if (type != 2 || own > level) {
		pst_error(p, "damage", "pst.subnodes", 0, 0, "block %llu is no list of subnodes of the level that it should be", (unsigned long long)bid);
		p->tainted = true;
		entries = 0;
	}
	for (unsigned i = 0; i < entries && cursor_left(&c) >= key * (own ? 2 : 3); i++) {
		struct pst_node n = { .nid = (uint32_t)cursor_le(&c, key) };
		n.data = cursor_le(&c, key);
		if (own) {
			subnodes_add(p, n.data, 0, list, count, room, a);
			continue;
		}
		n.sub = cursor_le(&c, key);
		if (*count >= PST_SUBNODES_MAX) {
			pst_error(p, "limit", "pst.subnodes", 0, 0, "more than %d subnodes of one node", PST_SUBNODES_MAX);
			break;
		}
		*list = arena_room(a, *list, *count, room, sizeof **list);
		(*list)[(*count)++] = n;
	}
	buffer_free(&bytes);
}

size_t pst_subnodes(struct pst *p, uint64_t bid, struct pst_node **list, struct arena *a)
{
	size_t count = 0, room = 0;
	*list = NULL;
	if (bid)
		subnodes_add(p, bid, 1, list, &count, &room, a);
	return count;
}

const struct pst_node *pst_subnode_find(const struct pst_node *list, size_t count, uint32_t nid)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].nid == nid)
			return &list[i];
	return NULL;
}

/* ---- which blocks are in use */

/* True: it was not marked yet. */
static bool mark_one(struct pst *p, uint64_t bid)
{
	struct pst_block *b = block_find(p, bid);
	if (!b || b->used)
		return false;
	b->used = true;
	return true;
}

static void mark(struct pst *p, uint64_t data, uint64_t sub, unsigned depth)
{
	struct arena a = { 0 };
	if (data && mark_one(p, data) && data & INTERNAL) {
		struct pst_stream s;
		pst_stream_open(p, data, &s, &a);
		for (size_t i = 0; i < s.blocks; i++)
			mark_one(p, s.block[i].bid);
	}
	if (sub && depth < 2 * PST_LEVELS_MAX && mark_one(p, sub)) {
		struct pst_node *list;
		size_t count = pst_subnodes(p, sub, &list, &a);
		for (size_t i = 0; i < count; i++)
			mark(p, list[i].data, list[i].sub, depth + 1);
	}
	arena_free(&a);
}

void pst_mark(struct pst *p, uint64_t data, uint64_t sub)
{
	bool quiet = p->quiet, tainted = p->tainted;
	p->quiet = true;                        /* whoever reads it tells */
	mark(p, data, sub, 0);
	p->quiet = quiet;
	p->tainted = tainted;
}
