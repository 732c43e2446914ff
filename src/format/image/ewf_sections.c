/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_sections.c: the section chain of one EWF segment file.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)", section descriptor. A segment file is a 13-byte header and sections, each with a
 * 76-byte descriptor that carries its own checksum:
 *
 *   0 type, 16 bytes NUL-padded   16 offset of the next section, u64   24 size with the descriptor, u64   32 padding   72 Adler-32 of bytes 0..71
 *
 * libewf follows the chain and, where it breaks, goes on as if what it has were all: chunks of later segments then appear at the wrong place. Here a
 * broken link is mended from what else is known (the size, the next valid descriptor, a table whose own checksums hold), and what can't be explained
 * stays as a hole that ewf_places.c has to account for.
 *
 * Oddities: `next` and `done` point at themselves with size 0 (EnCase) or behind themselves (SMART); Expert Witness 1.35 leaves all sizes 0;
 * EnCase 2 for DOS leaves garbage in the padding. */
#include <string.h>

#include "format/image/ewf.h"

enum { SCAN_WINDOW = 1 << 20, TYPE_LENGTH = 16 };

struct descriptor {
	uint64_t next, size;
	enum ewf_section_type type;
	bool there, valid;              /* valid: the checksum holds */
};

uint32_t ewf_adler(const void *bytes, size_t length)
{
	return libdeflate_adler32(1, bytes, length);
}

enum ewf_section_type ewf_section_type_of(const uint8_t type[16])
{
	static const char name[EWF_SECTION_TYPES][TYPE_LENGTH] = {
		[EWF_HEADER] = "header", [EWF_HEADER2] = "header2", [EWF_XHEADER] = "xheader", [EWF_VOLUME] = "volume", [EWF_DISK] = "disk", [EWF_DATA] = "data",
		[EWF_SECTORS] = "sectors", [EWF_TABLE] = "table", [EWF_TABLE2] = "table2", [EWF_NEXT] = "next", [EWF_DONE] = "done", [EWF_HASH] = "hash",
		[EWF_DIGEST] = "digest", [EWF_XHASH] = "xhash", [EWF_ERROR2] = "error2", [EWF_SESSION] = "session", [EWF_LTREE] = "ltree", [EWF_LTYPES] = "ltypes",
		[EWF_MAP] = "map", [EWF_INCOMPLETE] = "incomplete",
	};
	for (unsigned i = EWF_OTHER + 1; i < EWF_SECTION_TYPES; i++)
		if (memcmp(type, name[i], strlen(name[i]) + 1) == 0)    /* what follows the NUL may be garbage */
			return (enum ewf_section_type)i;
	return EWF_OTHER;
}

static struct descriptor descriptor_of(const uint8_t bytes[EWF_DESCRIPTOR])
{
	struct cursor c = cursor_of(bytes, EWF_DESCRIPTOR, 0);
	struct descriptor d = { .there = true, .type = ewf_section_type_of(bytes) };
	c.at = TYPE_LENGTH;
	d.next = cursor_u64le(&c);
	d.size = cursor_u64le(&c);
	c.at = EWF_DESCRIPTOR - 4;
	d.valid = cursor_u32le(&c) == ewf_adler(bytes, EWF_DESCRIPTOR - 4) && bytes[0] >= 0x20 && bytes[0] < 0x7f;
	return d;
}

static struct descriptor descriptor_read(struct source *s, uint64_t offset)
{
	uint8_t bytes[EWF_DESCRIPTOR];
	if (source_read_at(s, offset, bytes, sizeof bytes, NULL) < sizeof bytes)
		return (struct descriptor){ 0 };
	return descriptor_of(bytes);
}

bool ewf_descriptor_at(struct source *s, uint64_t offset)
{
	return descriptor_read(s, offset).valid;
}

/* A descriptor found by search must fit where it was found: an E01 that lies inside the media (stored plain) has offsets of its own. */
static bool descriptor_fits(const struct descriptor *d, uint64_t at, uint64_t file_size)
{
	uint64_t end;
	if (!d->valid || d->type == EWF_OTHER)
		return false;
	if (d->type == EWF_NEXT || d->type == EWF_DONE)
		return d->next == at || d->next == at + EWF_DESCRIPTOR;
	if (d->next <= at || __builtin_add_overflow(at, d->size, &end))
		return false;
	return d->size ? d->next == end : d->next <= file_size;
}

/* The first fitting descriptor at or behind `from`; the file's size when there is none. Looks only where eight bytes at +8 are zero (all types are
 * shorter than that but one that no one writes): a byte that is not rules out eight places at once. */
static uint64_t descriptor_search(struct source *s, uint64_t from, struct reporter *report)
{
	struct buffer window = { 0 };
	size_t length = s->size - from < SCAN_WINDOW ? (size_t)(s->size - from) : SCAN_WINDOW;
	uint8_t *bytes = buffer_reserve(&window, length);
	uint64_t found = s->size;
	for (uint64_t at = from; at < s->size && found == s->size;) {
		size_t got = source_read_at(s, at, bytes, length, NULL);
		if (got < EWF_DESCRIPTOR)
			break;
		if (report && report->step && !report->step(report, at))
			break;
		for (size_t i = 0; i + EWF_DESCRIPTOR <= got; i++) {
			if (bytes[i + 15]) {
				i += 7;
				continue;
			}
			uint64_t zeros;
			memcpy(&zeros, bytes + i + 8, 8);
			if (zeros || bytes[i] < 'a' || bytes[i] > 'z' || ewf_section_type_of(bytes + i) == EWF_OTHER)
				continue;
			struct descriptor d = descriptor_of(bytes + i);
			if (descriptor_fits(&d, at + i, s->size)) {
				found = at + i;
				break;
			}
		}
		at += got - (EWF_DESCRIPTOR - 1);
	}
	buffer_free(&window);
	return found;
}

static void incident_add(struct ewf_segment *g, uint64_t at, uint64_t resumed, bool note, const char *what)
{
	if (g->incidents < EWF_INCIDENTS_MAX)
		g->incident[g->incidents] = (struct ewf_incident){ .at = at, .resumed = resumed, .section = (uint32_t)g->sections, .what = what, .note = note };
	g->incidents++;
}

static struct ewf_section *section_add(struct ewf_segment *g, enum ewf_section_type type, uint64_t start, uint64_t end)
{
	g->section = memory_room(g->section, g->sections, &g->section_capacity, sizeof *g->section);
	struct ewf_section *s = &g->section[g->sections++];
	*s = (struct ewf_section){ .type = (uint8_t)type, .start = start, .end = end };
	return s;
}

/* A table whose descriptor is destroyed can still be known by its header's and its array's checksums. Returns its end, 0 when it is none.
 * *budget bounds the bytes that a hostile file with many such headers makes us sum up. */
static uint64_t table_without_descriptor(struct source *s, uint64_t at, uint64_t *budget)
{
	uint8_t head[EWF_TABLE_HEADER];
	uint64_t body = at + EWF_DESCRIPTOR;
	if (source_read_at(s, body, head, sizeof head, NULL) < sizeof head)
		return 0;
	struct cursor c = cursor_of(head, sizeof head, body);
	uint64_t count = cursor_u32le(&c);
	c.at = 20;      /* 20 Adler-32 of 0..19 */
	uint64_t array = body + EWF_TABLE_HEADER;
	if (cursor_u32le(&c) != ewf_adler(head, 20) || !count || count > (s->size - array) / 4 || count * 4 > *budget)
		return 0;
	*budget -= count * 4;
	uint32_t sum = 1;
	uint8_t piece[4096];
	for (uint64_t done = 0; done < count * 4;) {
		size_t want = count * 4 - done < sizeof piece ? (size_t)(count * 4 - done) : sizeof piece;
		source_read_at(s, array + done, piece, want, NULL);
		sum = libdeflate_adler32(sum, piece, want);
		done += want;
	}
	uint8_t foot[4];
	if (source_read_at(s, array + count * 4, foot, sizeof foot, NULL) < sizeof foot)
		return 0;
	c = cursor_of(foot, sizeof foot, 0);
	return cursor_u32le(&c) == sum ? array + count * 4 + sizeof foot : 0;
}

/* Where the section at `at` ends and the next begins (*next), from its own pointers; 0: they don't tell. */
static uint64_t section_end(struct ewf_segment *g, const struct descriptor *d, uint64_t at, bool *cut, uint64_t *next)
{
	struct source *s = g->source;
	uint64_t by_size, least = at + EWF_DESCRIPTOR;
	if (__builtin_add_overflow(at, d->size, &by_size))
		by_size = 0;
	*next = d->next;
	bool next_in = d->next >= least && d->next <= s->size, size_in = by_size >= least && by_size <= s->size;
	if (next_in && size_in && by_size == d->next && d->valid)
		return d->next;
	if (next_in && ewf_descriptor_at(s, d->next)) {
		if (d->valid && d->size && by_size != d->next) {
			incident_add(g, at, d->next, false, "a section's size does not reach to the next one (bytes that belong to no section, or to a second image)");
			return size_in && by_size < d->next ? by_size : d->next;
		}
		return d->next;
	}
	if (size_in && ewf_descriptor_at(s, by_size)) {
		if (d->valid)
			incident_add(g, at, by_size, false, "a section's pointer to the next one leads nowhere; its size leads on");
		return *next = by_size;
	}
	if (!d->valid)
		return 0;
	if (next_in)
		return d->next;
	if (d->next > s->size) {
		*cut = true;
		return *next = s->size;
	}
	return 0;
}

static void file_header_read(struct ewf_segment *g)
{
	static const uint8_t signature[9] = { 0x45, 0x56, 0x46, 0x09, 0x0d, 0x0a, 0xff, 0x00, 0x01 };
	uint8_t head[EWF_FILE_HEADER];
	if (source_read_at(g->source, 0, head, sizeof head, NULL) < sizeof head)
		memset(head, 0, sizeof head);
	struct cursor c = cursor_of(head, sizeof head, 0);
	c.at = sizeof signature;        /* 9 u16 segment number; 11 u16 zero */
	g->number = cursor_u16le(&c);
	/* of logical evidence the first letter is another one */
	g->header_bad = (head[0] != signature[0] && head[0] != 'L') || memcmp(head + 1, signature + 1, sizeof signature - 1) != 0 || !g->number || cursor_u16le(&c);
	if (g->header_bad)
		g->number = 0;
}

void ewf_segment_walk(struct ewf_segment *g, struct reporter *report)
{
	struct source *s = g->source;
	file_header_read(g);
	uint64_t at = EWF_FILE_HEADER, budget = s->size;
	while (at < s->size) {
		if (g->sections >= EWF_SECTIONS_MAX) {
			incident_add(g, at, s->size, false, "more sections than any writer makes: the rest of the file is not looked at");
			return;
		}
		struct descriptor d = descriptor_read(s, at);
		bool cut = false;
		if (d.valid && (d.type == EWF_NEXT || d.type == EWF_DONE)) {
			uint64_t end = at + EWF_DESCRIPTOR;
			section_add(g, d.type, at, end);
			g->ended_next = d.type == EWF_NEXT;
			g->ended_done = d.type == EWF_DONE;
			if (end < s->size)
				incident_add(g, end, s->size, true, "bytes follow the last section");
			return;
		}
		uint64_t next = 0, end = d.there ? section_end(g, &d, at, &cut, &next) : 0;
		if (end && (d.valid || d.type != EWF_OTHER)) {
			if (!d.valid)
				incident_add(g, at, next, false, "a section descriptor's checksum is wrong; its pointers lead on");
			struct ewf_section *section = section_add(g, d.type, at, end);
			section->cut = cut;
			at = next;
			continue;
		}
		end = table_without_descriptor(s, at, &budget);
		if (end) {
			incident_add(g, at, end, false, "a table's section descriptor is destroyed; the table's own checksums hold");
			section_add(g, EWF_TABLE, at, end);
			at = end;
			continue;
		}
		/* what it says of itself can't be used; a valid type is kept with the bytes up to the next known thing */
		uint64_t resumed = descriptor_search(s, at + 1, report);
		incident_add(g, at, resumed, false, resumed < s->size ? "the section chain is broken" : s->size - at < EWF_DESCRIPTOR || !d.there ? "the file is cut off" : "the section chain is broken and nothing follows");
		if (d.valid)
			section_add(g, d.type, at, resumed)->cut = resumed == s->size;
		at = resumed;
	}
	if (!g->incidents || g->incidents > EWF_INCIDENTS_MAX || g->incident[g->incidents - 1].resumed < s->size)
		incident_add(g, s->size, s->size, false, "the file is cut off");
}
