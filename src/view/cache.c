/* SPDX-License-Identifier: Apache-2.0 */
/* cache.c: see cache.h. */
#include "view/cache.h"

#include <stdlib.h>

static struct block **bucket_of(struct cache *c, uint64_t node, uint64_t number)
{
	uint64_t h = (node * UINT64_C(0x9e3779b97f4a7c15)) ^ (number * UINT64_C(0xbf58476d1ce4e5b9));
	return &c->bucket[(h ^ h >> 32) % (sizeof c->bucket / sizeof *c->bucket)];
}

static void unlink_age(struct cache *c, struct block *b)
{
	*(b->newer ? &b->newer->older : &c->newest) = b->older;
	*(b->older ? &b->older->newer : &c->oldest) = b->newer;
}

static void link_newest(struct cache *c, struct block *b)
{
	b->newer = NULL;
	b->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = b;
	c->newest = b;
}

struct block *cache_find(struct cache *c, uint64_t node, uint64_t number)
{
	for (struct block *b = *bucket_of(c, node, number); b; b = b->next)
		if (b->node == node && b->number == number) {
			unlink_age(c, b);
			link_newest(c, b);
			return b;
		}
	return NULL;
}

void cache_drop(struct cache *c, struct block *b)
{
	struct block **at = bucket_of(c, b->node, b->number);
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	unlink_age(c, b);
	c->blocks--;
	b->next = c->spare;
	c->spare = b;
}

struct block *cache_add(struct cache *c, uint64_t node, uint64_t number, uint32_t length)
{
	/* those that are on their way stay: an answer is to come to them */
	for (struct block *b = c->oldest, *newer; b && c->blocks >= BLOCKS_MOST; b = newer) {
		newer = b->newer;
		if (b->state != BLOCK_ASKED)
			cache_drop(c, b);
	}
	struct block *b = c->spare;
	if (b)
		c->spare = b->next;
	else
		b = memory_new(sizeof *b);
	*b = (struct block){ .node = node, .number = number, .state = BLOCK_ASKED, .length = length, .bytes = b->bytes ? b->bytes : memory_resize(NULL, BLOCK, 1) };
	struct block **at = bucket_of(c, node, number);
	b->next = *at;
	*at = b;
	link_newest(c, b);
	c->blocks++;
	return b;
}

void cache_free(struct cache *c)
{
	while (c->oldest)
		cache_drop(c, c->oldest);
	while (c->spare) {
		struct block *b = c->spare;
		c->spare = b->next;
		free(b->bytes);
		free(b);
	}
}
