/* SPDX-License-Identifier: Apache-2.0 */
/* rescue_map.c: the map file that ddrescue keeps beside a raw image: which ranges of the disk it has read. All others were never read, and are not zeros.
 *
 * Source: GNU ddrescue manual, "Mapfile structure". Lines of position, size, status behind one line of the state of the run; `+` is read, `?` not tried, `*`, `/` and `-` failed.
 * The broker hands it over behind the image when a file that begins like one stands beside it; what is damaged in it counts as nothing said. */
#include "format/image/rescue_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "source/evidence_name.h"

enum { MAP_MAX = 64 << 20 };

bool rescue_map_is(struct source *s)
{
	uint8_t head[EVIDENCE_RESCUE_HEAD];
	return evidence_name_rescue_head(head, source_read_at(s, 0, head, sizeof head, NULL));
}

/* A number as C writes it: 0x or decimal. */
static bool number(struct cursor *c, uint64_t *value)
{
	unsigned base = 10, digits = 0;
	while (cursor_left(c) && (c->data[c->at] == ' ' || c->data[c->at] == '\t'))
		c->at++;
	if (cursor_match(c, "0x") || cursor_match(c, "0X"))
		base = 16;
	for (*value = 0; cursor_left(c); c->at++, digits++) {
		uint8_t b = c->data[c->at], lower = b | 0x20;
		unsigned digit = b >= '0' && b <= '9' ? b - 48u : base == 16 && lower >= 'a' && lower <= 'f' ? lower - 87u : 16;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, digit, value))
			return false;
	}
	return digits;
}

void rescue_map_read(struct source *s, uint64_t size, struct range_map *bad, struct reporter *report)
{
	size_t length = s->size < MAP_MAX ? (size_t)s->size : MAP_MAX;
	uint8_t *text = memory_new(length + 1);
	length = source_read_at(s, 0, text, length, NULL);
	struct range_map said = { 0 };
	bool state = false, odd = s->size > MAP_MAX;
	for (size_t at = 0; at < length;) {
		const uint8_t *newline = memchr(text + at, '\n', length - at);
		size_t n = newline ? (size_t)(newline - text) - at : length - at;
		struct cursor c = cursor_of(text + at, n, at);
		at += n + 1;
		uint64_t from, many;
		if (!n || c.data[0] == '#')
			continue;
		if (!state) {
			state = true;   /* where the run stood */
			continue;
		}
		bool good = number(&c, &from) && number(&c, &many);
		while (good && cursor_left(&c) && (c.data[c.at] == ' ' || c.data[c.at] == '\t'))
			c.at++;
		uint8_t status = good ? cursor_u8(&c) : 0;
		if (!status || !strchr("+?*/-", status) || from > INT64_MAX || many > INT64_MAX) {
			odd = true;
			continue;
		}
		range_map_add(&said, from, many);
		if (status != '+' && from < size)
			range_map_add(bad, from, many < size - from ? many : size - from);
	}
	/* what no line speaks of was not read either */
	uint64_t end = 0;
	for (size_t i = 0; i <= said.count && end < size; i++) {
		uint64_t next = i < said.count ? said.range[i].offset : size;
		if (next > end)
			range_map_add(bad, end, (next < size ? next : size) - end);
		if (i < said.count)
			end = said.range[i].offset + said.range[i].length;
	}
	if (odd)
		report_error(report, "damage", "raw.map", NULL, 0, 0, "the map of ddrescue has lines that can't be read: what they spoke of counts as not read");
	uint64_t sum = 0;
	for (size_t i = 0; i < bad->count; i++)
		sum += bad->range[i].length;
	report_note(report, "raw.map", NULL, 0, 0, "by the map of ddrescue %llu bytes in %zu ranges could not be read from the disk", (unsigned long long)sum, bad->count);
	range_map_free(&said);
	free(text);
}
