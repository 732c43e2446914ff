/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h: content that comes in one piece after the other and is too large for memory, but is to be read at any place: kept in a file of the broker. */
#ifndef SPOOR_TRIAGE_SCRATCH_H
#define SPOOR_TRIAGE_SCRATCH_H

#include "engine/worker.h"
#include "source/source.h"

/* w: set by who makes it; the rest zero. */
enum { SCRATCH_FROM = 64 << 20 };        /* bytes that are held in memory before */

struct scratch { struct worker *w; uint32_t stream; bool begun; uint64_t size; };

void scratch_put(struct scratch *s, const void *bytes, size_t length);
/* What was put, to read; the caller's. NULL: nothing was, or the broker had no room for it. */
struct source *scratch_source(struct scratch *s);

#endif
