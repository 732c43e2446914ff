/* SPDX-License-Identifier: Apache-2.0 */
/* sorter.h: external sort. Any number of byte strings under a 24-byte key, in bounded memory; runs go to unlinked files and are merged. Stable. */
#ifndef SPOOR_ENGINE_SORTER_H
#define SPOOR_ENGINE_SORTER_H

#include "base/memory.h"

struct sort_key { uint64_t part[3]; };          /* compared part by part, unsigned */
/* A signed second as a key part that sorts right. */
static inline uint64_t sort_signed(int64_t v) { return (uint64_t)v ^ (UINT64_C(1) << 63); }

struct sorter;
/* directory: where runs are written (O_TMPFILE), a descriptor the caller keeps. memory_bytes: held at most before a run is written. */
struct sorter *sorter_new(int directory, size_t memory_bytes);
bool sorter_add(struct sorter *s, const struct sort_key *key, const void *bytes, size_t length);        /* false: a run could not be written (errno) */
bool sorter_finish(struct sorter *s);                                                                    /* then sorter_next; false as above */
/* 1: the next in order (bytes borrowed until the next call); 0: the end; -1: a run could not be read back. */
int sorter_next(struct sorter *s, struct sort_key *key, const uint8_t **bytes, size_t *length);
uint64_t sorter_count(const struct sorter *s);
void sorter_free(struct sorter *s);

#endif
