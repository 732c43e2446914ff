/* SPDX-License-Identifier: Apache-2.0 */
/* spool.h: an append-only file of chains. A chain is one job's bytes: segments that each point back at the one before. */
#ifndef SPOOR_ENGINE_SPOOL_H
#define SPOOR_ENGINE_SPOOL_H

#include "base/memory.h"

#define SPOOL_NONE UINT64_MAX
struct spool { int file; uint64_t size; bool failed; struct buffer segment; };  /* segment: kept from one spool_read to the next; the owner frees it */

/* Appends a segment behind `previous` (SPOOL_NONE: the first). Returns its offset; SPOOL_NONE with errno when it can't be written. */
uint64_t spool_append(struct spool *s, uint64_t previous, const void *bytes, size_t length);
/* Calls `each` for the chain's segments from the first to `last`. False when a segment can't be read back (errno) or `each` says false. */
bool spool_read(struct spool *s, uint64_t last, bool (*each)(void *owner, const uint8_t *bytes, size_t length), void *owner);
bool spool_write_raw(struct spool *s, const void *bytes, size_t length);        /* at the end, without a head */
bool spool_read_raw(const struct spool *s, uint64_t offset, void *to, size_t length);

#endif
