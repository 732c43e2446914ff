/* SPDX-License-Identifier: Apache-2.0 */
/* detect.c: what looks into content for detection. */
#include "tests/fuzz/fuzz.h"

#include "detect/filetype.h"
#include "detect/ioc.h"
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

static void ioc_failed(void *owner, const char *name, const char *message)
{
	(void)owner;
	demand(name && *message);
}

static void ioc_met(void *owner, const struct ioc *i, const char *at, size_t length)
{
	(void)at;
	demand(i->value[0] && length);
	++*(size_t *)owner;
}

/* A list of indicators, and the same bytes as text in which they are looked for. */
void fuzz_ioc(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	struct ioc_set s = { 0 };
	size_t met = 0;
	(void)t;
	demand(ioc_read(&s, "l", (const char *)data, size, ioc_failed, NULL) == s.iocs);
	ioc_match_text(&s, (const char *)data, size, ioc_met, &met);
	ioc_match_path(&s, (const char *)data, size, ioc_met, &met);
	for (size_t i = 0; i < s.iocs; i++) {
		size_t before = met;
		if (s.ioc[i].kind == IOC_NAME)
			ioc_match_path(&s, s.ioc[i].value, strlen(s.ioc[i].value), ioc_met, &met);
		demand(s.ioc[i].line >= 1 && (s.ioc[i].kind != IOC_NAME || met > before));
	}
	ioc_free(&s);
}
