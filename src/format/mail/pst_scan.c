/* SPDX-License-Identifier: Apache-2.0 */
/* pst_scan.c: blocks and B-tree pages of a PST found by their trailers alone ([MS-PST] 2.2.2.7.1 and 2.2.2.8.1), without header and trees.
 *
 * Every block ends at a multiple of 64 bytes (512 in files of 4096-byte pages) with its length, a signature made of place and number, and a checksum. So a cut or
 * damaged file still gives what is in it, and a sound one its deleted messages and older versions. What fits by one of the two only is taken, too. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/mail/pst.h"

enum { STEP = 1 << 20, BEFORE = 128 * 1024, INTERNAL = 2, GUESS = 8 << 20 };
#define BID_MOST (UINT64_C(1) << 40)

static uint64_t le(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;
	while (bytes-- > 0)
		v = v << 8 | p[bytes];
	return v;
}

/* The block whose trailer ends at `end`; `bytes` are those before it, `have` of them. */
static bool block_ends(const struct pst *p, const uint8_t *bytes, size_t have, uint64_t end, struct pst_block *b)
{
	if (have < p->block_align)
		return false;
	const uint8_t *t = bytes + have - p->block_trailer;
	unsigned size = (unsigned)le(t, 2);
	uint64_t bid = p->kind == PST_ANSI ? le(t + 4, 4) : le(t + 8, 8);
	if (!size || size > p->block_data_max || !bid || bid >= BID_MOST)
		return false;
	size_t total = (size + p->block_trailer + p->block_align - 1) / p->block_align * p->block_align;
	if (total > have)
		return false;
	bid &= ~UINT64_C(1);
	uint64_t start = end - total;
	bool sign = le(t + 2, 2) == pst_signature(start, bid) || le(t + 2, 2) == pst_signature(start, bid | 1);
	bool sum = le(p->kind == PST_ANSI ? t + 8 : t + 4, 4) == pst_crc(bytes + have - total, size);
	if (!sign && !sum)
		return false;
	*b = (struct pst_block){ .bid = bid, .offset = start, .size = (uint16_t)size, .inflated = (uint16_t)size, .grade = sign && sum ? PST_A : PST_B };
	if (p->kind == PST_4K)
		b->inflated = (uint16_t)le(t + 18, 2);
	return true;
}

typedef void seen_block(void *owner, struct pst_block b);
typedef void seen_page(void *owner, const uint8_t *page, uint64_t offset);

static void walk(struct pst *p, uint64_t to, seen_block *on_block, seen_page *on_page, void *owner)
{
	struct source *s = p->container.source;
	uint8_t *window = memory_new(BEFORE + STEP);
	size_t kept = 0;
	if (to > s->size)
		to = s->size;
	for (uint64_t at = 0; at < to;) {
		/* window: `kept` bytes before `at`, then the next step */
		size_t got = source_read_at(s, at, window + kept, STEP, NULL);
		if (!got)
			break;
		if (p->container.report && p->container.report->step)
			p->container.report->step(p->container.report, UINT64_C(1) << 40 | at);
		for (uint64_t end = at + p->block_align; end <= at + got; end += p->block_align) {
			struct pst_block b;
			size_t have = kept + (size_t)(end - at);
			if (block_ends(p, window, have, end, &b))
				on_block(owner, b);
			if (on_page && end % p->page_size == 0 && have >= p->page_size) {
				const uint8_t *page = window + have - p->page_size;
				uint8_t type = page[p->kind == PST_ANSI ? 500 : p->kind == PST_4K ? 4072 : 496];
				if (type == 0x80 || type == 0x81)
					on_page(owner, page, end - p->page_size);
			}
		}
		size_t have = kept + got, keep = have < BEFORE ? have : BEFORE;
		memmove(window, window + have - keep, keep);
		kept = keep;
		at += got;
		if (got % p->block_align)
			break;
	}
	free(window);
}

static void count_block(void *owner, struct pst_block b)
{
	(void)b;
	++*(uint64_t *)owner;
}

bool pst_guess_kind(struct pst *p)
{
	/* the first allocation map knows its own place: type twice, signature 0, its number is its offset */
	static const struct { enum pst_kind kind; uint64_t page; size_t trailer, bid; unsigned length; } maps[] = {
		{ PST_UNICODE, 0x4400, 496, 504, 8 }, { PST_ANSI, 0x4400, 500, 504, 4 }, { PST_4K, 0x22000, 4072, 4080, 8 },
	};
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		uint8_t page[4096] = { 0 };
		source_read_at(p->container.source, maps[i].page, page, maps[i].bid + maps[i].length, NULL);
		if (page[maps[i].trailer] == 0x84 && page[maps[i].trailer + 1] == 0x84 && le(page + maps[i].bid, maps[i].length) == maps[i].page) {
			pst_layout(p, maps[i].kind);
			return true;
		}
	}
	uint64_t best = 0;
	enum pst_kind kind = PST_UNICODE;
	for (int k = PST_ANSI; k <= PST_4K; k++) {
		uint64_t count = 0;
		pst_layout(p, (enum pst_kind)k);
		walk(p, GUESS, count_block, NULL, &count);
		if (count > best) {
			best = count;
			kind = (enum pst_kind)k;
		}
	}
	pst_layout(p, kind);
	return best > 0;
}

struct scanning { struct pst *p; struct pst_block *found; size_t founds, room; };

static void keep_block(void *owner, struct pst_block b)
{
	struct scanning *g = owner;
	g->found = memory_room(g->found, g->founds, &g->room, sizeof *g->found);
	g->found[g->founds++] = b;
}

static void keep_page(void *owner, const uint8_t *page, uint64_t offset)
{
	struct scanning *g = owner;
	struct pst_page page_head;
	(void)offset;
	pst_page_read(g->p, page, &page_head);
	if (page_head.sane && !page_head.level && (page_head.crc_good || page_head.entry_size == (page_head.type == 0x80 ? (g->p->kind == PST_ANSI ? 12 : 24) : g->p->kind == PST_ANSI ? 16 : 32)))
		pst_leaf_entries(g->p, page, &page_head, true);
}

static int by_data(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;
	return x->data != y->data ? (x->data < y->data ? -1 : 1) : x->nid < y->nid ? -1 : x->nid > y->nid;
}

static int by_bid_and_place(const void *a, const void *b)
{
	const struct pst_block *x = a, *y = b;
	if (x->bid != y->bid)
		return x->bid < y->bid ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void pst_scan(struct pst *p)
{
	struct scanning g = { .p = p };
	size_t live_nodes = p->nodes;
	if (p->scanned)
		return;
	p->scanned = true;
	walk(p, p->container.source->size, keep_block, keep_page, &g);
	/* blocks: what the tree lists gets its grade; the rest is added. Old leaves may name places that no trailer fits any more: only where nothing better is known. */
	for (size_t i = 0; i < g.founds; i++)
		pst_block_add(p, g.found[i]);
	free(g.found);
	if (p->blocks)
		qsort(p->block, p->blocks, sizeof *p->block, by_bid_and_place);
	size_t kept = 0;
	for (size_t i = 0; i < p->blocks; i++) {
		struct pst_block *last = kept ? &p->block[kept - 1] : NULL, *b = &p->block[i];
		if (last && last->bid == b->bid && last->offset == b->offset) {
			if (b->grade < last->grade) {
				last->grade = b->grade;
				last->size = b->size;
				last->inflated = b->inflated;
			}
			last->listed |= b->listed;
			continue;
		}
		p->block[kept++] = *b;
	}
	p->blocks = kept;
	/* nodes: of a sound tree what only old pages name is history; of a damaged one it is what is left */
	size_t stale = p->nodes - live_nodes;
	if (stale) {
		p->old = memory_array(stale, sizeof *p->old);
		memcpy(p->old, p->node + live_nodes, stale * sizeof *p->old);
		p->olds = stale;
		qsort(p->old, p->olds, sizeof *p->old, by_data);
	}
	if (!p->tree_bad)
		p->nodes = live_nodes;
	pst_sort(p);
}
