/* SPDX-License-Identifier: Apache-2.0 */
/* block_cache.h: the last used blocks of one size, by number, in bounded memory. */
#ifndef SPOOR_SOURCE_BLOCK_CACHE_H
#define SPOOR_SOURCE_BLOCK_CACHE_H

#include "base/memory.h"

struct block_cache;
struct block_cache *block_cache_new(size_t block_size, size_t blocks);  /* blocks: at least 1 is kept */
void block_cache_free(struct block_cache *c);                   /* NULL is fine */
/* The block, now the most recently used one, or NULL. `taint` as given to block_cache_add; may be NULL. Valid until the next add. */
const uint8_t *block_cache_find(struct block_cache *c, uint64_t number, bool *taint);
/* Memory of block_size bytes for a block that is not there, to be filled by the caller; the least recently used one goes. The taint
 * flag behind *taint is the caller's to set, before the next add. */
uint8_t *block_cache_add(struct block_cache *c, uint64_t number, bool **taint);

#endif
