/* SPDX-License-Identifier: Apache-2.0 */
/* detect.c: what looks into content for detection. */
#include "tests/fuzz/fuzz.h"

#include "detect/filetype.h"
#include "detect/layers.h"

struct layers_seen { size_t size, count; uint64_t all; };

static void on_layer(void *owner, const struct layer *l)
{
	struct layers_seen *s = owner;
	s->count++;
	s->all += l->size;
	demand(l->offset <= s->size && l->length <= s->size - l->offset);
	demand(l->size > 0 && l->way[0] && l->filetype);
}

/* Layers: each lies in the content, and there is an end to them. */
void fuzz_layers(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	static const char *const types[] = { "text", "utf16", "ole", "rtf", "pdf" };
	(void)t;
	for (size_t i = 0; i <= sizeof types / sizeof *types; i++) {
		struct layers_seen s = { .size = size };
		(void)layers_look(data, size, i ? types[i - 1] : filetype_of(data, size), on_layer, &s);
		demand(s.count <= 1024 && s.all <= 64 << 20);
	}
}
