/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c: events as the report's script reads them. A block is two zlib streams in base64, parted by a dot, both of columns one behind the other:
 *
 *   times   rows (varint); seconds of the first (zigzag varint), then differences (varint); fractions (varint: twice the tenths of microseconds, or twice the nanoseconds and
 *           one); kind (u8); flags (u8)
 *   texts   for each row what, message, locator, host, user (varints): 0 none, 1 the next line that no row named yet, else two more than the number of a line (from 0); then the
 *           dictionary: lines (UTF-8, line feeds)
 *
 * So a page that shows a million events inflates the times once, and texts only of the blocks that are looked at. Strings are those of the database, where nothing acts
 * on screens; long ones are cut. */
#include "bundle/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { SLOTS = 1 << 18, LEVEL = 4 };
_Static_assert(SLOTS > PACK_ROWS * PACK_TEXTS * 3 / 2, "a block's dictionary never fills the table");

struct entry { uint64_t hash; uint32_t at, length, line; };
struct pack {
	unsigned rows;
	int64_t last;
	uint32_t lines;
	struct buffer seconds, nanoseconds, kinds, flags, texts, dictionary, columns;
	struct entry *slot;
};

struct pack *pack_new(void)
{
	struct pack *p = memory_new(sizeof *p);
	p->slot = memory_array(SLOTS, sizeof *p->slot);
	return p;
}

static void varint(struct buffer *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buffer_byte(out, (uint8_t)(v | 0x80));
	buffer_byte(out, (uint8_t)v);
}

/* What stands for a text in a column. */
static uint32_t line_of(struct pack *p, const char *text, size_t length)
{
	if (!text)
		return 0;
	uint64_t hash = text_hash(text, length);
	for (size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
		struct entry *e = &p->slot[i];
		if (e->line && (e->hash != hash || e->length != length))
			continue;
		if (e->line && memcmp(p->dictionary.data + e->at, text, length < PACK_STRING ? length : PACK_STRING) == 0)
			return e->line + 1;
		if (e->line)
			continue;
		*e = (struct entry){ hash, (uint32_t)p->dictionary.length, (uint32_t)length, ++p->lines };
		size_t keep = length;
		if (length > PACK_STRING)
			for (keep = PACK_STRING; keep && ((uint8_t)text[keep] & 0xc0) == 0x80; keep--)
				;
		buffer_append(&p->dictionary, text, keep);
		if (keep < length)
			buffer_format(&p->dictionary, " … %zu bytes more", length - keep);
		buffer_byte(&p->dictionary, '\n');
		return 1;
	}
}

bool pack_add(struct pack *p, const struct pack_row *r)
{
	static const int64_t most = INT64_C(1) << 52;   /* a number of the script */
	int64_t seconds = r->seconds > most ? most : r->seconds < -most ? -most : r->seconds;
	if (!p->rows)
		varint(&p->seconds, seconds < 0 ? (uint64_t)-seconds * 2 - 1 : (uint64_t)seconds * 2);
	else
		varint(&p->seconds, seconds > p->last ? (uint64_t)(seconds - p->last) : 0);
	p->last = seconds;
	varint(&p->nanoseconds, r->nanoseconds % 100 ? 2ull * r->nanoseconds + 1 : r->nanoseconds / 50);
	buffer_byte(&p->kinds, r->kind);
	buffer_byte(&p->flags, r->flags);
	for (unsigned i = 0; i < PACK_TEXTS; i++)
		varint(&p->texts, line_of(p, r->text[i], r->length[i]));
	return ++p->rows == PACK_ROWS || p->dictionary.length >= PACK_TEXT;
}

static void column(struct pack *p, struct buffer *b)
{
	buffer_append(&p->columns, b->data, b->length);
	buffer_clear(b);
}

/* What the columns hold, as base64 of a zlib stream. */
static bool squeeze(struct pack *p, struct buffer *out)
{
	struct buffer small = { 0 };
	uLongf length = compressBound((uLong)p->columns.length);
	bool good = compress2(buffer_reserve(&small, length), &length, p->columns.data, (uLong)p->columns.length, LEVEL) == Z_OK;
	if (good)
		page_base64(out, small.data, length);
	else
		errno = ENOMEM;         /* the room is zlib's own bound: it can only lack memory */
	buffer_free(&small);
	buffer_clear(&p->columns);
	return good;
}

unsigned pack_take(struct pack *p, struct buffer *out)
{
	unsigned rows = p->rows;
	varint(&p->columns, rows);
	column(p, &p->seconds);
	column(p, &p->nanoseconds);
	column(p, &p->kinds);
	column(p, &p->flags);
	bool good = squeeze(p, out);
	buffer_byte(out, '.');
	column(p, &p->texts);
	column(p, &p->dictionary);
	good = squeeze(p, out) && good;
	memset(p->slot, 0, SLOTS * sizeof *p->slot);
	p->rows = p->lines = 0;
	return good ? rows : 0;
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	struct buffer *const own[] = { &p->seconds, &p->nanoseconds, &p->kinds, &p->flags, &p->texts, &p->dictionary, &p->columns };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		buffer_free(own[i]);
	free(p->slot);
	free(p);
}
