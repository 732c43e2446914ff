/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.c: see scratch.h. */
#include "triage/scratch.h"

#include "engine/engine.h"

void scratch_put(struct scratch *s, const void *bytes, size_t length)
{
	if (!s->begun)
		s->stream = worker_data_begin(s->w, PURPOSE_SCRATCH);
	s->begun = true;
	worker_data(s->w, s->stream, bytes, length);
	s->size += length;
}

struct source *scratch_source(struct scratch *s)
{
	int fd = s->begun ? worker_scratch(s->w, s->stream) : -1;
	s->begun = false;
	return fd < 0 ? NULL : source_owning_descriptor(fd, s->size);
}
