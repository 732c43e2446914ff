/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.c: fields that the schema doesn't know, on node records that go through a worker. No worker may write such fields, so they wait here, in an unlinked
 * file, until the node comes back. Memory holds 16 bytes for each node that has any. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/parts.h"
#include "engine/spool.h"

struct place { uint64_t hash, at; };            /* at: in the file, a u32 length and a frame of locator and foreign fields; hash 0: free */
struct foreign { struct spool file; struct place *slot; size_t slots, used; };

static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static void put(struct foreign *f, struct place p)
{
	size_t i = p.hash & (f->slots - 1);
	while (f->slot[i].hash)
		i = (i + 1) & (f->slots - 1);
	f->slot[i] = p;
}

bool foreign_keep(struct session *s, const struct record_view *v, const char *locator, size_t length)
{
	struct foreign *f = s->foreign;
	if (!f) {
		f = s->foreign = memory_new(sizeof *f);
		f->file.file = temporary_file(s->directory);
	}
	if (f->file.file < 0)
		return false;
	if (2 * (f->used + 1) > f->slots) {
		struct place *was = f->slot;
		size_t old = f->slots;
		f->slots = old ? 2 * old : 256;
		f->slot = memory_array(f->slots, sizeof *f->slot);
		for (size_t i = 0; i < old; i++)
			if (was[i].hash)
				put(f, was[i]);
		free(was);
	}
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	struct record_view only, extra = *v;
	record_text(&r, F_LOCATOR, locator, length);
	record_end(&r);
	struct buffer kept = { 0 };
	for (unsigned k = 0; k < RECORD_FIELDS; k++)
		if (k != F_EXTRA)
			record_hide(&extra, k);
	bool good = !record_view_open(&only, frame.data, frame.length);
	if (good) {
		record_merge(&kept, &extra, &only);
		uint32_t n = (uint32_t)kept.length;
		put(f, (struct place){ hash_of(locator, length), f->file.size });
		f->used++;
		good = spool_write_raw(&f->file, &n, sizeof n) && spool_write_raw(&f->file, kept.data, n);
	}
	buffer_free(&frame);
	buffer_free(&kept);
	return good;
}

bool foreign_give(const struct session *s, const struct record_view *v, struct buffer *merged)
{
	const struct foreign *f = s->foreign;
	size_t length, n;
	const char *locator = f && f->used ? record_get_text(v, F_LOCATOR, &length) : NULL;
	bool found = false;
	if (!locator)
		return false;
	uint64_t h = hash_of(locator, length);
	for (size_t i = h & (f->slots - 1); f->slot[i].hash && !found; i = (i + 1) & (f->slots - 1)) {
		uint32_t size;
		struct record_view kept;
		struct buffer frame = { 0 };
		if (f->slot[i].hash == h && spool_read_raw(&f->file, f->slot[i].at, &size, sizeof size) && spool_read_raw(&f->file, f->slot[i].at + sizeof size, buffer_reserve(&frame, size), size) &&
		    !record_view_open(&kept, frame.data, size)) {
			const char *own = record_get_text(&kept, F_LOCATOR, &n);
			found = own && n == length && !memcmp(own, locator, n);
			if (found) {
				record_hide(&kept, F_LOCATOR);
				record_merge(merged, v, &kept);
			}
		}
		buffer_free(&frame);
	}
	return found;
}

void foreign_free(struct foreign *f)
{
	if (!f)
		return;
	if (f->file.file >= 0)
		close(f->file.file);
	free(f->slot);
	free(f);
}
