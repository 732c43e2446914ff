/* SPDX-License-Identifier: Apache-2.0 */
/* cache.h: content that was read for a view, in blocks, the longest unused given up first; and how far ahead a reader is to be read for. */
#ifndef SPOOR_VIEW_CACHE_H
#define SPOOR_VIEW_CACHE_H

#include "base/memory.h"

enum { BLOCK = 128 << 10,               /* what the kernel asks for at most */
	BLOCKS_MOST = 512,              /* held: 64 MiB */
	ASK_BLOCKS = 32,                /* of one job: its start costs more than the reading of a few */
	AHEAD_MOST = 96 };              /* blocks that are read ahead of a reader who goes on from where it was */

enum block_state { BLOCK_ASKED, BLOCK_READY, BLOCK_FAILED };
struct block { struct block *next, *newer, *older; uint64_t node, number; enum block_state state; uint32_t length, filled; uint8_t *bytes; };

/* spare: given-up blocks, whose memory is touched already: fresh pages cost as much as the copying */
struct cache { struct block *bucket[1024]; struct block *newest, *oldest, *spare; size_t blocks; };

struct block *cache_find(struct cache *c, uint64_t node, uint64_t number);      /* NULL: not there; else it is the newest now */
/* A block that was asked for; length: bytes that it will have. */
struct block *cache_add(struct cache *c, uint64_t node, uint64_t number, uint32_t length);
void cache_drop(struct cache *c, struct block *b);
void cache_free(struct cache *c);

#endif
