/* SPDX-License-Identifier: Apache-2.0 */
/* cached.c: the block cache (a hash of block numbers and a list in order of use), and a source that reads another one through it. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "source/block_cache.h"
#include "source/source.h"

struct slot {
	uint64_t number;
	uint32_t newer, older;          /* list of use; NONE at the ends */
	uint32_t next;                  /* chain of one hash value */
	bool taint;
};

static const uint32_t NONE = UINT32_MAX;
enum { BLOCKS_MAX = 1 << 24, HUGE_PAGE = 2 << 20 };

struct block_cache {
	size_t block_size;
	uint32_t blocks, used, buckets; /* buckets: a power of two */
	uint32_t newest, oldest;
	struct slot *slot;
	uint32_t *bucket;
	uint8_t *bytes;                 /* of all blocks; the kernel gives the pages when they are first used */
};

/* Large caches come in huge pages where the kernel has them: faulting a cache of 32 MiB in by small pages costs as much as inflating 100 MiB. */
static uint8_t *bytes_new(size_t block_size, size_t blocks)
{
	size_t size;
	void *p = NULL;
	if (__builtin_mul_overflow(block_size, blocks, &size) || size > SIZE_MAX - HUGE_PAGE || size < 2 * HUGE_PAGE)
		return memory_array(blocks, block_size);
	if (posix_memalign(&p, HUGE_PAGE, size))
		return memory_array(blocks, block_size);        /* which ends the process */
	(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}

static uint8_t *bytes_of(const struct block_cache *c, uint32_t i)
{
	return c->bytes + (size_t)i * c->block_size;
}

struct block_cache *block_cache_new(size_t block_size, size_t blocks)
{
	struct block_cache *c = memory_new(sizeof *c);
	c->block_size = block_size;
	c->blocks = blocks < 1 ? 1 : blocks > BLOCKS_MAX ? BLOCKS_MAX : (uint32_t)blocks;
	c->buckets = 1;
	while (c->buckets < c->blocks)
		c->buckets *= 2;
	c->newest = c->oldest = NONE;
	c->slot = memory_array(c->blocks, sizeof *c->slot);
	c->bucket = memory_array(c->buckets, sizeof *c->bucket);
	memset(c->bucket, 0xff, c->buckets * sizeof *c->bucket);
	c->bytes = bytes_new(block_size, c->blocks);
	return c;
}

void block_cache_free(struct block_cache *c)
{
	if (!c)
		return;
	free(c->bytes);
	free(c->slot);
	free(c->bucket);
	free(c);
}

static uint32_t *chain_of(struct block_cache *c, uint64_t number)
{
	/* Fibonacci hashing: neighbouring numbers spread over the buckets */
	return &c->bucket[(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->buckets - 1)];
}

static void unlink_use(struct block_cache *c, uint32_t i)
{
	struct slot *s = &c->slot[i];
	if (s->newer != NONE)
		c->slot[s->newer].older = s->older;
	else
		c->newest = s->older;
	if (s->older != NONE)
		c->slot[s->older].newer = s->newer;
	else
		c->oldest = s->newer;
}

static void link_newest(struct block_cache *c, uint32_t i)
{
	c->slot[i].newer = NONE;
	c->slot[i].older = c->newest;
	if (c->newest != NONE)
		c->slot[c->newest].newer = i;
	else
		c->oldest = i;
	c->newest = i;
}

const uint8_t *block_cache_find(struct block_cache *c, uint64_t number, bool *taint)
{
	uint32_t i = *chain_of(c, number);
	while (i != NONE && c->slot[i].number != number)
		i = c->slot[i].next;
	if (i == NONE)
		return NULL;
	if (c->newest != i) {
		unlink_use(c, i);
		link_newest(c, i);
	}
	if (taint)
		*taint = c->slot[i].taint;
	return bytes_of(c, i);
}

uint8_t *block_cache_add(struct block_cache *c, uint64_t number, bool **taint)
{
	uint32_t i;
	if (c->used < c->blocks) {
		i = c->used++;
	} else {
		i = c->oldest;
		unlink_use(c, i);
		uint32_t *at = chain_of(c, c->slot[i].number);
		while (*at != i)
			at = &c->slot[*at].next;
		*at = c->slot[i].next;
	}
	struct slot *s = &c->slot[i];
	uint32_t *chain = chain_of(c, number);
	s->number = number;
	s->taint = false;
	s->next = *chain;
	*chain = i;
	link_newest(c, i);
	*taint = &s->taint;
	return bytes_of(c, i);
}

/* ---- the source ---- */

struct cached_source {
	struct source source, *below;
	size_t block_size;
	struct block_cache *cache;
};

/* A block with damage in it is read again where it lies: its other bytes are not damaged. */
static const uint8_t *block_of(struct cached_source *k, uint64_t number)
{
	bool damaged = false;
	const uint8_t *bytes = block_cache_find(k->cache, number, &damaged);
	if (!bytes) {
		bool *mark;
		uint8_t *fresh = block_cache_add(k->cache, number, &mark);
		source_read_at(k->below, number * k->block_size, fresh, k->block_size, &damaged);       /* short only at the end, which no one reads past */
		*mark = damaged;
		bytes = fresh;
	}
	return damaged ? NULL : bytes;
}

static void cached_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct cached_source *k = (struct cached_source *)s;
	uint8_t *out = to;
	while (length) {
		size_t in = (size_t)(offset & (k->block_size - 1));
		size_t piece = k->block_size - in < length ? k->block_size - in : length;
		const uint8_t *bytes = block_of(k, offset / k->block_size);
		if (bytes)
			memcpy(out, bytes + in, piece);
		else
			source_read_at(k->below, offset, out, piece, taint);
		out += piece;
		offset += piece;
		length -= piece;
	}
}

static void cached_close(struct source *s)
{
	struct cached_source *k = (struct cached_source *)s;
	block_cache_free(k->cache);
	free(k);
}

struct source *source_cached(struct source *below, size_t block_size, size_t blocks)
{
	static const struct source_operations operations = { cached_read_at, cached_close };
	struct cached_source *k = memory_new(sizeof *k);
	k->source = (struct source){ .operations = &operations, .size = below->size, .sector_size = below->sector_size, .memory = below->memory };
	k->below = below;
	k->block_size = block_size;
	k->cache = block_cache_new(block_size, blocks);
	return &k->source;
}
