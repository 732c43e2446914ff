/* SPDX-License-Identifier: Apache-2.0 */
/* zip.c: ZIP archives, and all that is one: Office documents (OOXML, ODF), jar, apk, xps, nupkg, self-extracting programs.
 *
 * Source: PKWARE APPNOTE.TXT 6.3 (sections 4.3.7 local header, 4.3.12 central directory, 4.3.16 end record, 4.5 extra fields). Members come from the central directory, as
 * unpackers show them, and are decoded in any order, with their CRC checked. What a reader of local headers would see is compared: names and sizes that differ are told
 * ("zip.mismatch"), and local headers in bytes that the directory does not account for are members too, flagged "unlisted" ("zip.hidden"): mail filters and
 * unpackers differ there, and malware travels in between. Without a directory (a cut file) the local headers alone give the members.
 *
 * Stored and deflated members are decoded here; other methods go to libarchive (zip_stream_open). Encrypted members are listed, not read. DOS times are the
 * writer's wall clock; extra fields with UTC times win. */
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/archive/member.h"
#include "format/archive/zip_crypt.h"

enum {
	LOCAL = 30, CENTRAL = 46, END = 22, END64 = 56, LOCATOR64 = 20, DESCRIPTOR = 16,        /* sizes without what follows them */
	WINDOW = 256 * 1024,
	LOCALS_READ = 4096,                     /* local headers lie far apart, each before its content */
	END_SEEN = 65535 + END + 4096,          /* the end record lies in these last bytes, some junk behind it allowed */
	MEMORY_MAX = 64 * 1024 * 1024,          /* a member up to here is decoded at once */
	PIECE = 64 * 1024,
	TARGET_MAX = 4096,
};

enum { METHOD_STORED = 0, METHOD_DEFLATED = 8, METHOD_AES = 99 };
enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8, FLAG_STRONG = 0x40, FLAG_MASKED = 0x2000 };

struct window { uint8_t *bytes; uint64_t offset; size_t length, turn; };        /* turn: bytes a read, or as many as are wanted */

struct member {
	uint64_t central;               /* offset of its directory entry; UINT64_MAX: only the local header */
	uint64_t local, data, packed, size;     /* local header, content as it lies there (0: no local header), its length, its length unpacked */
	uint32_t crc;
	uint16_t method, flags;
	uint16_t key;                   /* number of the password that opens it; 0: it is not encrypted, or none was found */
	bool size_unknown, counted;     /* counted: its content is in zip.given already */
	bool placed;                    /* its local header was looked for: data and packed are right */
};

struct zip {
	struct container container;
	struct member *member; size_t members, capacity;
	struct member_names twice;      /* names that occur more than once */
	struct window directory, locals;
	uint64_t directory_start, directory_end;
	size_t at;                      /* next member to give */
	uint64_t given;
	bool has_directory, gaps_searched;
	struct libdeflate_decompressor *inflater;
	struct buffer packed;           /* of the member that is read */
	struct zip_passwords passwords;
	/* a member that is read in pieces */
	struct { const struct member *member; z_stream z; bool open, ended; uint64_t in, out; uint32_t crc; struct zip_stream *other; uint8_t *piece; } stream;
};

extern const struct format format_zip;

/* ---- bytes */

static const uint8_t *window_get(struct zip *z, struct window *w, uint64_t offset, size_t want)
{
	struct source *s = z->container.source;
	if (offset > s->size || want > s->size - offset)
		return NULL;
	if (s->memory)
		return s->memory + offset;
	if (offset < w->offset || offset + want > w->offset + w->length || !w->bytes) {
		if (!w->bytes)
			w->bytes = memory_new(WINDOW);
		if (want > WINDOW)
			return NULL;
		w->offset = offset;
		w->length = source_read_at(s, offset, w->bytes, want > w->turn ? want : w->turn, NULL);
		if (w->length < want)
			return NULL;
	}
	return w->bytes + (offset - w->offset);
}

static bool signature(const uint8_t *p, uint8_t a, uint8_t b)
{
	return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

/* ---- headers */

/* What both kinds of header say; name and extra point into a window: valid until the next read. */
struct header {
	uint16_t made_by, flags, method, clock, date, comment;
	uint32_t crc, external;
	uint64_t packed, size, local;
	const uint8_t *name, *extra;
	size_t name_length, extra_length, length;
};

/* The extra field of that id; *at continues the search. */
static struct cursor extra_find(const struct header *h, uint16_t id)
{
	struct cursor c = cursor_of(h->extra, h->extra_length, 0);
	while (cursor_left(&c) >= 4) {
		uint16_t found = cursor_u16le(&c);
		struct cursor field = cursor_sub(&c, cursor_u16le(&c));
		if (found == id)
			return field;
	}
	return (struct cursor){ .bad = true };
}

/* Zip64 extended information (4.5.3): only those that are all ones in the header, in this order. */
static void zip64_read(struct header *h, bool local)
{
	struct cursor c = extra_find(h, 1);
	if (h->size == UINT32_MAX && cursor_left(&c) >= 8)
		h->size = cursor_u64le(&c);
	if (h->packed == UINT32_MAX && cursor_left(&c) >= 8)
		h->packed = cursor_u64le(&c);
	if (!local && h->local == UINT32_MAX && cursor_left(&c) >= 8)
		h->local = cursor_u64le(&c);
}

static bool central_read(struct zip *z, struct window *w, uint64_t offset, struct header *h)
{
	const uint8_t *p = window_get(z, w, offset, CENTRAL);
	if (!p || !signature(p, 1, 2))
		return false;
	struct cursor c = cursor_of(p, CENTRAL, offset);
	*h = (struct header){ 0 };
	c.at = 4;
	h->made_by = cursor_u16le(&c);
	cursor_skip(&c, 2);
	h->flags = cursor_u16le(&c);
	h->method = cursor_u16le(&c);
	h->clock = cursor_u16le(&c);
	h->date = cursor_u16le(&c);
	h->crc = cursor_u32le(&c);
	h->packed = cursor_u32le(&c);
	h->size = cursor_u32le(&c);
	h->name_length = cursor_u16le(&c);
	h->extra_length = cursor_u16le(&c);
	h->comment = cursor_u16le(&c);
	cursor_skip(&c, 4);
	h->external = cursor_u32le(&c);
	h->local = cursor_u32le(&c);
	h->length = CENTRAL + h->name_length + h->extra_length + h->comment;
	p = window_get(z, w, offset, CENTRAL + h->name_length + h->extra_length);
	if (!p)
		return false;
	h->name = p + CENTRAL;
	h->extra = h->name + h->name_length;
	zip64_read(h, false);
	return true;
}

static bool local_read(struct zip *z, struct window *w, uint64_t offset, struct header *h)
{
	const uint8_t *p = window_get(z, w, offset, LOCAL);
	if (!p || !signature(p, 3, 4))
		return false;
	struct cursor c = cursor_of(p, LOCAL, offset);
	*h = (struct header){ 0 };
	c.at = 6;
	h->flags = cursor_u16le(&c);
	h->method = cursor_u16le(&c);
	h->clock = cursor_u16le(&c);
	h->date = cursor_u16le(&c);
	h->crc = cursor_u32le(&c);
	h->packed = cursor_u32le(&c);
	h->size = cursor_u32le(&c);
	h->name_length = cursor_u16le(&c);
	h->extra_length = cursor_u16le(&c);
	h->length = LOCAL + h->name_length + h->extra_length;
	p = window_get(z, w, offset, h->length);
	if (!p)
		return false;
	h->name = p + LOCAL;
	h->extra = h->name + h->name_length;
	zip64_read(h, true);
	return true;
}

/* Info-ZIP's Unicode path (0x7075) replaces the name when its CRC shows that it was made for this name. */
static void name_choose(const struct header *h, const uint8_t **name, size_t *length)
{
	struct cursor c = extra_find(h, 0x7075);
	*name = h->name;
	*length = h->name_length;
	if (cursor_left(&c) > 5 && cursor_u8(&c) == 1 && cursor_u32le(&c) == hash_crc32(0, h->name, h->name_length) && text_is_utf8(c.data + c.at, cursor_left(&c))) {
		*length = cursor_left(&c);
		*name = c.data + c.at;
	}
}

/* ---- finding the members */

static struct member *member_add(struct zip *z)
{
	z->member = memory_room(z->member, z->members, &z->capacity, sizeof *z->member);
	z->member[z->members] = (struct member){ .central = UINT64_MAX };
	return &z->member[z->members++];
}

struct end_record { uint64_t at, entries, size, offset; bool zip64; };

/* Reads the record at the offset and finds where the directory really is: bytes in front of the archive shift everything. */
static bool end_read(struct zip *z, const uint8_t *p, uint64_t at, struct end_record *e, uint64_t *base)
{
	struct cursor c = cursor_of(p, END, at);
	c.at = 10;
	*e = (struct end_record){ .at = at, .entries = cursor_u16le(&c), .size = cursor_u32le(&c), .offset = cursor_u32le(&c) };
	uint64_t end = at;
	const uint8_t *locator = at >= LOCATOR64 ? window_get(z, &z->locals, at - LOCATOR64, LOCATOR64) : NULL;
	if (locator && signature(locator, 6, 7)) {
		struct cursor l = cursor_of(locator + 8, 8, 0);
		uint64_t place[2] = { cursor_u64le(&l), at - LOCATOR64 >= END64 ? at - LOCATOR64 - END64 : 0 };
		for (unsigned i = 0; i < 2; i++) {
			const uint8_t *q = window_get(z, &z->locals, place[i], END64);
			if (!q || !signature(q, 6, 6))
				continue;
			struct cursor d = cursor_of(q, END64, place[i]);
			d.at = 32;
			e->entries = cursor_u64le(&d);
			e->size = cursor_u64le(&d);
			e->offset = cursor_u64le(&d);
			e->zip64 = true;
			end = place[i];
			break;
		}
	}
	*base = 0;
	if (e->entries == 0 && e->size == 0) {
		e->offset = end;                                /* whatever it states: what lies in front of it is looked at */
		return true;
	}
	uint64_t shifted;
	if (__builtin_add_overflow(e->size, e->offset, &shifted))
		return false;
	if (shifted < end) {                                    /* the directory ends where the record begins */
		const uint8_t *moved = window_get(z, &z->directory, end - e->size, 4);
		if (moved && signature(moved, 1, 2)) {
			*base = end - shifted;
			return true;
		}
	}
	const uint8_t *stated = window_get(z, &z->directory, e->offset, 4);
	return stated && signature(stated, 1, 2);
}

static bool end_find(struct zip *z, struct end_record *e, uint64_t *base)
{
	struct source *s = z->container.source;
	size_t length = s->size < END_SEEN ? (size_t)s->size : END_SEEN;
	uint8_t *tail = memory_new(length + 1);
	source_read_at(s, s->size - length, tail, length, NULL);
	unsigned found = 0;
	for (size_t i = length >= END ? length - END + 1 : 0; i-- > 0 && found < 2;) {
		if (!signature(tail + i, 5, 6))
			continue;
		struct end_record other;
		uint64_t other_base;
		if (!end_read(z, tail + i, s->size - length + i, &other, &other_base))
			continue;
		if (found && other.offset + other_base == e->offset + *base)
			continue;
		if (!found) {
			*e = other;
			*base = other_base;
		} else if (other.entries) {
			report_note(z->container.report, "zip.directories", NULL, other.at, END, "a second end record points to another directory; the last one is used");
		}
		found++;
	}
	free(tail);
	return found > 0;
}

static void member_of_central(struct member *m, const struct header *h, uint64_t base)
{
	m->local = h->local + base;
	m->packed = h->packed;
	m->size = h->size;
	m->crc = h->crc;
	m->method = h->method;
	m->flags = h->flags;
}

/* Only here the local headers of members that the directory lists are read: whoever wants one member reads one. */
static void member_place_content(struct zip *z, struct member *m)
{
	struct header local;
	if (m->placed)
		return;
	m->placed = true;
	if (local_read(z, &z->locals, m->local, &local)) {
		m->data = m->local + local.length;
		if (m->packed > z->container.source->size - m->data)
			m->packed = z->container.source->size - m->data;        /* what is missing is told when it is read */
	}
}

/* Where the next entry's signature is, at or after `at`; `to`: nowhere before it. */
static uint64_t central_search(struct zip *z, uint64_t at, uint64_t to)
{
	for (; at < to && to - at >= CENTRAL; at++) {
		const uint8_t *p = window_get(z, &z->directory, at, CENTRAL);
		if (p && signature(p, 1, 2))
			return at;
	}
	return to;
}

/* A damaged entry costs itself only: while the end record states more than were found, the next signature is looked for. */
static void directory_read(struct zip *z, const struct end_record *e, uint64_t base)
{
	struct member_names once = { 0 };
	uint64_t at = e->offset + base, after = at;             /* the first byte that no found entry must have */
	z->directory_start = at;
	struct header h;
	for (;;) {
		if (at >= e->at || !central_read(z, &z->directory, at, &h)) {
			uint64_t next = z->members && z->members < e->entries ? central_search(z, after, e->at) : e->at;
			if (next >= e->at)
				break;
			report_error(z->container.report, "damage", "zip.directory", NULL, after, next - after, "no entry of the directory there; it goes on behind");
			at = next;
			after = next + 4;
			continue;
		}
		if (z->members == ARCHIVE_MEMBERS_MAX) {
			report_error(z->container.report, "limit", "zip.members", NULL, at, e->at - at, "more than %d members", ARCHIVE_MEMBERS_MAX);
			break;
		}
		struct member *m = member_add(z);
		m->central = at;
		const uint8_t *name;
		size_t length;
		name_choose(&h, &name, &length);
		length = member_name_length(true, name, length);
		if (member_name_add(&once, name, length))
			member_name_add(&z->twice, name, length);
		member_of_central(m, &h, base);
		after = at + CENTRAL;
		at += h.length;
	}
	z->directory_end = at;
	if (e->entries != z->members && !(e->zip64 == false && e->entries == (z->members & 0xffff)) && z->members < ARCHIVE_MEMBERS_MAX)
		report_error(z->container.report, "damage", "zip.directory", NULL, z->directory_start, e->at > z->directory_start ? e->at - z->directory_start : 0,
		             "the directory states %llu members and holds %zu", (unsigned long long)e->entries, z->members);
	member_names_free(&once);
}

/* How long a deflate stream is whose header does not say so; `*size` gets its length unpacked. */
static uint64_t deflate_length(struct zip *z, uint64_t from, uint64_t to, uint64_t *size)
{
	z_stream s = { 0 };
	uint8_t *in = memory_new(PIECE), *out = memory_new(PIECE);
	int rc = inflateInit2(&s, -15) == Z_OK ? Z_OK : Z_MEM_ERROR;
	uint64_t at = from;
	*size = 0;
	while (rc == Z_OK && at < to && *size < archive_output_most(z->container.source->size)) {
		size_t length = to - at < PIECE ? (size_t)(to - at) : PIECE;
		s.next_in = in;
		s.avail_in = (uInt)source_read_at(z->container.source, at, in, length, NULL);
		if (!s.avail_in)
			break;
		at += s.avail_in;
		do {
			s.next_out = out;
			s.avail_out = PIECE;
			rc = inflate(&s, Z_NO_FLUSH);
			*size += PIECE - s.avail_out;
		} while (rc == Z_OK && (s.avail_in || !s.avail_out));
		if (*size > ARCHIVE_RATIO_FROM && *size / (at - from) >= ARCHIVE_RATIO_MAX)
			break;                                  /* reading it will tell */
		if (rc == Z_BUF_ERROR)
			rc = Z_OK;
	}
	uint64_t length = at - s.avail_in - from;
	inflateEnd(&s);
	free(in);
	free(out);
	return length;
}

static bool method_known(uint16_t method)
{
	return method <= 20 || (method >= 93 && method <= 99);
}

/* Local headers in [from, to), bytes that no directory entry accounts for. */
static void gap_search(struct zip *z, uint64_t from, uint64_t to)
{
	struct source *s = z->container.source;
	while (from + LOCAL <= to) {
		size_t length = to - from < WINDOW ? (size_t)(to - from) : WINDOW;
		const uint8_t *p = window_get(z, &z->locals, from, length);
		const uint8_t *hit = p ? memmem(p, length, "PK\3\4", 4) : NULL;
		if (!hit) {
			from += length > 3 ? length - 3 : length;
			continue;
		}
		uint64_t at = from + (uint64_t)(hit - p);
		struct header h;
		if (!local_read(z, &z->locals, at, &h) || h.name_length > ARCHIVE_NAME_MAX || !method_known(h.method) || at + h.length > to ||
		    (!h.name_length && h.packed > to - at - h.length)) {
			from = at + 4;
			continue;
		}
		if (z->members == ARCHIVE_MEMBERS_MAX) {
			report_error(z->container.report, "limit", "zip.members", NULL, at, to - at, "more than %d members", ARCHIVE_MEMBERS_MAX);
			return;
		}
		struct member *m = member_add(z);
		m->local = at;
		m->placed = true;
		m->data = at + h.length;
		m->packed = h.packed;
		m->size = h.size;
		m->crc = h.crc;
		m->method = h.method;
		m->flags = h.flags;
		uint64_t left = to - m->data;
		if (h.flags & FLAG_DESCRIPTOR && !h.packed) {
			m->size_unknown = true;
			if (m->method == METHOD_DEFLATED && !(m->flags & FLAG_ENCRYPTED)) {
				m->packed = deflate_length(z, m->data, to, &m->size);
			} else {                                /* up to what looks like the next header */
				uint64_t end = m->data;
				while (end + 4 <= to) {
					const uint8_t *q = window_get(z, &z->locals, end, 4);
					if (q && q[0] == 'P' && q[1] == 'K' && (signature(q, 7, 8) || signature(q, 3, 4) || signature(q, 1, 2)))
						break;
					end++;
				}
				m->packed = m->size = end + 4 > to ? to - m->data : end - m->data;
			}
		} else if (m->packed > left) {
			m->packed = m->data + m->packed > s->size ? s->size - m->data : left;
			if (m->packed > left)
				m->packed = left;
		}
		from = m->data + m->packed;
		if (z->has_directory)
			report_error(z->container.report, "damage", "zip.hidden", arena_format(&z->container.arena, "zip:#%zu", z->members), at, h.length + m->packed,
			             "a member that the directory does not list");
	}
}

struct span { uint64_t from, to; };

static int span_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	return x->from < y->from ? -1 : x->from > y->from;
}

static void gaps_search(struct zip *z)
{
	size_t listed = z->members;
	struct span *span = memory_array(listed + 1, sizeof *span);
	size_t spans = 0;
	z->gaps_searched = true;
	for (size_t i = 0; i < listed; i++) {
		member_place_content(z, &z->member[i]);
		if (z->member[i].data)
			span[spans++] = (struct span){ z->member[i].local, z->member[i].data + z->member[i].packed };
	}
	qsort(span, spans, sizeof *span, span_compare);
	uint64_t at = 0, end = z->has_directory ? z->directory_start : z->container.source->size;
	size_t overlaps = 0;
	uint64_t overlap_at = 0;
	for (size_t i = 0; i < spans; i++) {
		if (span[i].from > at) {
			gap_search(z, at, span[i].from < end ? span[i].from : end);
		} else if (span[i].from < at && i) {
			overlap_at = overlaps++ ? overlap_at : span[i].from;
		}
		if (span[i].to > at)
			at = span[i].to;
	}
	if (at < end)
		gap_search(z, at, end);
	if (overlaps)
		report_error(z->container.report, "damage", "zip.overlap", NULL, overlap_at, 0, "%zu members lie over others", overlaps);
	free(span);
}

/* ---- content */

static const char *step_of(struct zip *z, const struct member *m)
{
	return arena_format(&z->container.arena, "zip:#%zu", (size_t)(m - z->member) + 1);
}

static void damage(struct zip *z, const struct member *m, const char *kind, const char *what)
{
	report_error(z->container.report, "damage", kind, step_of(z, m), m->local, m->data - m->local + m->packed, "%s", what);
}

/* How much of the member may come out; told when that is less than it states. */
static uint64_t size_allowed(struct zip *z, const struct member *m, uint64_t size)
{
	uint64_t most = m->packed > UINT64_MAX / ARCHIVE_RATIO_MAX ? UINT64_MAX : m->packed * ARCHIVE_RATIO_MAX;
	if (most < ARCHIVE_RATIO_FROM)
		most = ARCHIVE_RATIO_FROM;
	if (size > most) {
		report_error(z->container.report, "limit", "zip.ratio", step_of(z, m), m->local, m->data - m->local + m->packed,
		             "%llu bytes from %llu: the first %llu are read", (unsigned long long)size, (unsigned long long)m->packed, (unsigned long long)most);
		return most;
	}
	return size;
}

/* Members that lie over each other can each be harmless and together be a bomb: the whole archive has the same limits. */
static bool output_allowed(struct zip *z, const struct member *m, uint64_t more)
{
	uint64_t sum = z->given + (m->counted ? 0 : more), size = z->container.source->size;
	const char *kind = sum > archive_output_most(size) ? "zip.output" : sum > ARCHIVE_RATIO_FROM && sum / (size ? size : 1) >= ARCHIVE_RATIO_MAX ? "zip.ratio" : NULL;
	if (!kind)
		return true;
	report_error(z->container.report, "limit", kind, step_of(z, m), m->local, 0, "the archive gave %llu bytes: this member is not read", (unsigned long long)z->given);
	return false;
}

/* Deflate as far as it goes, at most `most` bytes. Returns zlib's last word. */
static int inflate_some(const uint8_t *in, size_t length, struct buffer *out, size_t most)
{
	z_stream s = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)length };
	if (inflateInit2(&s, -15) != Z_OK)
		exit(MEMORY_EXHAUSTED_STATUS);
	int rc = Z_OK;
	while (rc == Z_OK && out->length < most) {
		size_t room = most - out->length < PIECE ? most - out->length : PIECE;
		s.next_out = buffer_reserve(out, room);
		s.avail_out = (uInt)room;
		rc = inflate(&s, Z_SYNC_FLUSH);
		out->length += room - s.avail_out;
		if (!s.avail_in && s.avail_out)
			break;
	}
	inflateEnd(&s);
	return rc;
}

static void deflated_read(struct zip *z, const struct member *m, const uint8_t *in, struct buffer *out)
{
	uint64_t allowed = size_allowed(z, m, m->size);
	size_t want = (size_t)(allowed < MEMORY_MAX ? allowed : MEMORY_MAX), used = 0, got = 0;
	enum libdeflate_result rc = LIBDEFLATE_BAD_DATA;
	if (allowed == m->size && !m->size_unknown) {
		if (!z->inflater)
			z->inflater = libdeflate_alloc_decompressor();
		if (!z->inflater)
			exit(MEMORY_EXHAUSTED_STATUS);
		rc = libdeflate_deflate_decompress_ex(z->inflater, in, (size_t)m->packed, buffer_reserve(out, want + 1), want, &used, &got);
		if (rc == LIBDEFLATE_SUCCESS) {
			out->length = got;
			if (used < m->packed)
				report_note(z->container.report, "zip.slack", step_of(z, m), m->data + used, m->packed - used, "bytes behind the end of the compressed data");
			if (got < m->size)
				damage(z, m, "zip.size", "the member is shorter than it states");
			return;
		}
	}
	/* damaged, longer than stated, or cut on purpose: what there is of it */
	buffer_clear(out);
	size_t most = allowed < m->size ? want : MEMORY_MAX;
	uint64_t ratio = m->packed * ARCHIVE_RATIO_MAX;
	if (ratio < ARCHIVE_RATIO_FROM)
		ratio = ARCHIVE_RATIO_FROM;
	if (most > ratio)
		most = (size_t)ratio;
	int end = inflate_some(in, (size_t)m->packed, out, most);
	if (end != Z_STREAM_END && !(allowed < m->size))
		damage(z, m, "zip.deflate", out->length == most ? "the member is longer than it states" : "the compressed data is damaged or cut");
	else if (end == Z_STREAM_END && !m->size_unknown && out->length != m->size)
		damage(z, m, "zip.size", "the member is longer than it states");
}

static void other_read(struct zip *z, const struct member *m, struct buffer *out)
{
	struct zip_stream *other = zip_stream_open(z->container.source, m->local);
	uint64_t most = size_allowed(z, m, m->size);
	ssize_t got = 0;
	if (most > MEMORY_MAX)
		most = MEMORY_MAX;
	while (out->length < most && (got = zip_stream_read(other, buffer_reserve(out, PIECE), PIECE)) > 0)
		out->length += (size_t)got;
	if (got < 0) {
		bool unknown = strstr(zip_stream_error(other), "nsupported") != NULL;
		report_error(z->container.report, unknown ? "unsupported" : "damage", "zip.method", step_of(z, m), m->local, m->data - m->local + m->packed, "method %u: %s", m->method,
		             zip_stream_error(other));
	}
	zip_stream_close(other);
}

static bool in_memory(const struct member *m)
{
	return m->size <= MEMORY_MAX && m->packed <= MEMORY_MAX + (1 << 20);
}

static bool is_encrypted(const struct member *m) { return m->flags & FLAG_ENCRYPTED || m->method == METHOD_AES; }

/* False: of a kind that is not known. */
static bool lock_read(struct zip *z, const struct member *m, struct zip_lock *l)
{
	struct header h;
	*l = (struct zip_lock){ .method = m->method };
	if (m->flags & FLAG_STRONG || !(m->central != UINT64_MAX ? central_read(z, &z->directory, m->central, &h) : local_read(z, &z->locals, m->local, &h)))
		return false;
	if (m->method != METHOD_AES) {
		l->check = (uint8_t)(m->flags & FLAG_DESCRIPTOR ? h.clock >> 8 : m->crc >> 24);
		return true;
	}
	struct cursor c = extra_find(&h, 0x9901);
	cursor_skip(&c, 4);                     /* AE-1 or AE-2, "AE" */
	l->aes = cursor_u8(&c);
	l->method = cursor_u16le(&c);
	return !c.bad && l->aes >= 1 && l->aes <= 3;
}

/* The content of an encrypted member as if it were none, with a password that fits. */
static void locked_read(struct zip *z, struct member *m, unsigned key, const struct zip_lock *l, struct buffer *out)
{
	struct member was = *m;
	struct key k;
	size_t head = zip_lock_head(l), tail = zip_lock_tail(l), length = (size_t)m->packed;
	uint8_t *bytes = memory_new(length + 1);
	source_read_at(z->container.source, m->data, bytes, length, NULL);
	bool good = zip_password_get(&z->passwords, z->container.source, key, &k) && length >= head + tail;
	if (good && !zip_lock_open(l, k.bytes, k.length, bytes, length))
		damage(z, m, "zip.auth", "wrong authentication code: the encrypted bytes were changed, or the password is another");
	if (good) {
		m->data += head;
		m->packed -= head + tail;
		m->method = l->method;
		if (l->method == METHOD_STORED)
			buffer_append(out, bytes + head, (size_t)m->packed);
		else if (l->method == METHOD_DEFLATED)
			deflated_read(z, m, bytes + head, out);
		else
			report_error(z->container.report, "unsupported", "zip.method", step_of(z, m), m->local, 0, "method %u inside encryption", l->method);
	}
	free(bytes);
	*m = was;
}

/* Looks for the password of a member, once. */
static bool unlock(struct zip *z, struct member *m)
{
	struct zip_lock l;
	uint8_t head[ZIP_LOCK_HEAD_MOST];
	if (m->key || !z->passwords.ring || !in_memory(m) || !lock_read(z, m, &l))
		return m->key;
	if (m->packed < zip_lock_head(&l) + zip_lock_tail(&l) || source_read_at(z->container.source, m->data, head, zip_lock_head(&l), NULL) < zip_lock_head(&l))
		return false;
	struct reporter *report = z->container.report;
	for (unsigned n = 0; !m->key && (n = zip_password_next(&z->passwords, z->container.source, &l, head, n)) != 0;) {
		/* a wrong one fits traditional encryption by chance: the checksum tells, until one has opened a member */
		struct buffer out = { 0 };
		z->container.report = NULL;
		if (!l.aes && n != z->passwords.right)
			locked_read(z, m, n, &l, &out);
		z->container.report = report;
		if (l.aes || n == z->passwords.right || hash_crc32(0, out.data ? out.data : (const uint8_t *)"", out.length) == m->crc)
			m->key = (uint16_t)n;
		buffer_free(&out);
	}
	bool another = m->key && m->key != z->passwords.right;
	z->passwords.right = m->key ? m->key : z->passwords.right;
	if (another)
		report_note(report, "zip.opened", step_of(z, m), m->local, 0, "encrypted: this member and those that follow are opened with key %u of those given", m->key);
	else if (z->passwords.work >= ZIP_WORK_MAX)
		report_error(report, "limit", "zip.work", step_of(z, m), m->local, 0, "more than %d tries of passwords in this archive: no more are made", ZIP_WORK_MAX);
	return m->key;
}

/* The whole content of a member of at most MEMORY_MAX bytes. */
static void member_read(struct zip *z, struct member *m, struct buffer *out)
{
	struct zip_lock l = { 0 };
	if (is_encrypted(m)) {
		if (m->key && lock_read(z, m, &l))
			locked_read(z, m, m->key, &l, out);
		if (!l.aes && out->length == m->size && hash_crc32(0, out->data ? out->data : (const uint8_t *)"", out->length) != m->crc)
			damage(z, m, "zip.crc", "wrong CRC");
		z->given += m->counted ? 0 : out->length;
		m->counted = true;
		return;
	}
	struct source *s = z->container.source;
	const uint8_t *in = s->memory ? s->memory + m->data : NULL;
	bool taint = false;
	if (!in && (m->method == METHOD_STORED || m->method == METHOD_DEFLATED)) {
		buffer_clear(&z->packed);
		uint8_t *to = buffer_reserve(&z->packed, (size_t)m->packed + 1);
		size_t got = source_read_at(s, m->data, to, (size_t)m->packed, &taint);
		memset(to + got, 0, (size_t)m->packed - got);
		in = to;
	}
	if (m->method == METHOD_STORED)
		buffer_append(out, in, (size_t)m->packed);
	else if (m->method == METHOD_DEFLATED)
		deflated_read(z, m, in, out);
	else
		other_read(z, m, out);
	if (m->method == METHOD_STORED && m->packed != m->size)
		damage(z, m, "zip.size", "stored, and the two sizes differ");
	else if (!m->size_unknown && out->length == m->size && hash_crc32(0, out->data ? out->data : (const uint8_t *)"", out->length) != m->crc &&
	         !(m->method == 99 || (m->crc == 0 && m->flags & FLAG_DESCRIPTOR && m->central == UINT64_MAX)))
		damage(z, m, "zip.crc", taint ? "wrong CRC: it lies in a damaged part of the evidence" : "wrong CRC");
	z->given += m->counted ? 0 : out->length;
	m->counted = true;
}

/* By its number from 1: those that the directory does not list come behind the others. */
static struct member *member_numbered(struct zip *z, uint64_t ordinal)
{
	if (ordinal > z->members && !z->gaps_searched)
		gaps_search(z);
	if (ordinal < 1 || ordinal > z->members)
		return NULL;
	member_place_content(z, &z->member[ordinal - 1]);
	return &z->member[ordinal - 1];
}

static struct source *zip_content(struct container *container, const struct node *n)
{
	struct zip *z = (struct zip *)container;
	struct reporter *report = container->report;
	container->report = NULL;               /* who listed it told of members without an entry, and with which key it opens, or that there is none */
	struct member *m = member_numbered(z, n->address ? strtoull(n->address, NULL, 10) : 0);
	bool open = m && m->data && in_memory(m) && (!is_encrypted(m) || unlock(z, m));
	container->report = report;
	if (!open || !output_allowed(z, m, m->size))
		return NULL;
	struct buffer out = { 0 };
	member_read(z, m, &out);
	return source_of_memory(out.data ? out.data : memory_new(1), out.length, true);
}

/* ---- large members, piece by piece */

static void stream_end(struct zip *z)
{
	if (z->stream.open)
		inflateEnd(&z->stream.z);
	if (z->stream.other)
		zip_stream_close(z->stream.other);
	free(z->stream.piece);
	memset(&z->stream, 0, sizeof z->stream);
}

static void stream_start(struct zip *z, const struct member *m)
{
	stream_end(z);
	z->stream.member = m;
	if (m->method != METHOD_DEFLATED) {
		z->stream.other = zip_stream_open(z->container.source, m->local);
		return;
	}
	z->stream.piece = memory_new(PIECE);
	if (inflateInit2(&z->stream.z, -15) != Z_OK)
		exit(MEMORY_EXHAUSTED_STATUS);
	z->stream.open = true;
}

/* -1: told why; no more comes. */
static ssize_t stream_deflated(struct zip *z, void *to, size_t length)
{
	const struct member *m = z->stream.member;
	z_stream *s = &z->stream.z;
	s->next_out = to;
	s->avail_out = (uInt)(length < 1 << 30 ? length : 1 << 30);
	size_t room = s->avail_out;
	int rc = z->stream.ended ? Z_STREAM_END : Z_OK;
	while (rc == Z_OK && s->avail_out) {
		if (!s->avail_in) {
			uint64_t left = m->packed - z->stream.in;
			if (!left)
				break;
			s->next_in = z->stream.piece;
			s->avail_in = (uInt)source_read_at(z->container.source, m->data + z->stream.in, z->stream.piece, left < PIECE ? (size_t)left : PIECE, NULL);
			if (!s->avail_in)
				break;
			z->stream.in += s->avail_in;
		}
		rc = inflate(s, Z_NO_FLUSH);
		if (rc == Z_BUF_ERROR)
			rc = Z_OK;
	}
	z->stream.ended = rc == Z_STREAM_END;
	size_t got = room - s->avail_out;
	z->stream.crc = hash_crc32(z->stream.crc, to, got);
	if (got)
		return (ssize_t)got;
	if (rc != Z_STREAM_END) {
		damage(z, m, "zip.deflate", "the compressed data is damaged or cut");
		return -1;
	}
	if (!m->size_unknown && z->stream.out != m->size)
		damage(z, m, "zip.size", "the member's size is not what it states");
	else if (!m->size_unknown && z->stream.crc != m->crc)
		damage(z, m, "zip.crc", "wrong CRC");
	return 0;
}

static ssize_t zip_read(struct container *container, void *to, size_t length)
{
	struct zip *z = (struct zip *)container;
	const struct member *m = z->stream.member;
	if (!m || !length)
		return 0;
	uint64_t in = m->packed ? m->packed : 1;
	if (z->stream.out > ARCHIVE_RATIO_FROM && z->stream.out / in >= ARCHIVE_RATIO_MAX) {
		size_allowed(z, m, z->stream.out + length);
		stream_end(z);
		return -1;
	}
	ssize_t got = -1;
	if (output_allowed(z, m, length)) {
		got = z->stream.other ? zip_stream_read(z->stream.other, to, length) : stream_deflated(z, to, length);
		if (got < 0 && z->stream.other)
			damage(z, m, "zip.method", zip_stream_error(z->stream.other));
	}
	if (got <= 0) {
		stream_end(z);
		return got;
	}
	z->stream.out += (uint64_t)got;
	z->given += (uint64_t)got;
	return got;
}

/* ---- nodes */

static struct timestamp unix_time(struct cursor *c)
{
	return time_from_unix((int32_t)cursor_u32le(c), 0, TIME_S);
}

/* The best time that is given: NTFS (100 ns), extended timestamp, old Unix field, DOS. */
static void times_read(const struct header *h, const struct header *local, struct node *n)
{
	n->time[NODE_MTIME] = time_from_dos(h->date, h->clock, 0);
	const struct header *both[] = { local, h };             /* the local one holds more of them */
	for (unsigned i = 0; i < 2; i++) {
		if (!both[i])
			continue;
		struct cursor c = extra_find(both[i], 0x5855);  /* Info-ZIP Unix, old: atime, mtime */
		if (cursor_left(&c) >= 8) {
			n->time[NODE_ATIME] = unix_time(&c);
			n->time[NODE_MTIME] = unix_time(&c);
		}
	}
	for (unsigned i = 2; i-- > 0;) {
		if (!both[i])
			continue;
		struct cursor c = extra_find(both[i], 0x5455);  /* extended timestamp: flags, then mtime, atime, ctime as far as they are there */
		uint8_t flags = cursor_u8(&c);
		if (flags & 1 && cursor_left(&c) >= 4)
			n->time[NODE_MTIME] = unix_time(&c);
		if (flags & 2 && cursor_left(&c) >= 4)
			n->time[NODE_ATIME] = unix_time(&c);
		if (flags & 4 && cursor_left(&c) >= 4)
			n->time[NODE_CRTIME] = unix_time(&c);
	}
	struct cursor c = extra_find(h, 0x000a);                /* NTFS: reserved u32, then tag 1 of 24 bytes: mtime, atime, ctime (creation) */
	cursor_skip(&c, 4);
	if (cursor_u16le(&c) == 1 && cursor_u16le(&c) >= 24 && cursor_left(&c) >= 24) {
		static const enum node_time order[] = { NODE_MTIME, NODE_ATIME, NODE_CRTIME };
		for (unsigned i = 0; i < 3; i++) {
			struct timestamp t = time_from_filetime(cursor_u64le(&c));
			if (t.state == TIME_VALID)
				n->time[order[i]] = t;
		}
	}
}

static bool same_name(const struct header *a, const struct header *b)
{
	return a->name_length == b->name_length && memcmp(a->name, b->name, a->name_length) == 0;
}

/* What the two headers of a member say differently. */
static void headers_compare(struct zip *z, const struct member *m, const struct header *h, const struct header *l, const char *step)
{
	struct reporter *r = z->container.report;
	if (!same_name(h, l) && !(h->flags & FLAG_MASKED)) {
		struct buffer name = { 0 };
		text_for_terminal(&name, l->name, l->name_length, 200);
		report_error(r, "damage", "zip.mismatch", step, m->local, l->length, "the local header names another file: %s", buffer_string(&name));
		buffer_free(&name);
	}
	if (h->method != l->method || (h->flags & FLAG_ENCRYPTED) != (l->flags & FLAG_ENCRYPTED))
		report_error(r, "damage", "zip.mismatch", step, m->local, l->length, "the local header states method %u%s, the directory %u%s", l->method,
		             l->flags & FLAG_ENCRYPTED ? " and encryption" : "", h->method, h->flags & FLAG_ENCRYPTED ? " and encryption" : "");
	if (!(l->flags & FLAG_DESCRIPTOR) && !(l->flags & FLAG_MASKED) && (h->packed != l->packed || h->size != l->size || h->crc != l->crc))
		report_error(r, "damage", "zip.mismatch", step, m->local, l->length, "the local header states other sizes or another CRC");
}

static void target_read(struct zip *z, struct member *m, struct node *n)
{
	if (!m->data || m->size > TARGET_MAX || m->flags & FLAG_ENCRYPTED)
		return;
	struct buffer raw = { 0 }, text = { 0 };
	member_read(z, m, &raw);
	bool lossy = text_to_utf8(&text, raw.data ? raw.data : (const uint8_t *)"", raw.length, TEXT_UTF8);
	n->target = arena_copy(&z->container.arena, text.data ? text.data : (const uint8_t *)"", text.length);
	if (lossy)
		n->target_raw = (struct node_text){ arena_copy(&z->container.arena, raw.data, raw.length), raw.length };
	buffer_free(&raw);
	buffer_free(&text);
}

static void member_describe(struct zip *z, struct member *m, struct node *n)
{
	struct arena *a = &z->container.arena;
	uint64_t ordinal = (uint64_t)(m - z->member) + 1;
	struct header h = { 0 }, l = { 0 };
	*n = (struct node){ .kind = NODE_MEMBER };
	bool listed = m->central != UINT64_MAX && central_read(z, &z->directory, m->central, &h);
	bool has_local = m->data && local_read(z, &z->locals, m->local, &l);
	if (!listed)
		h = l;
	const uint8_t *name = h.name;
	size_t length = h.name_length;
	if (h.name)
		name_choose(&h, &name, &length);
	unsigned system = h.made_by >> 8;
	unsigned mode = system == 3 || system == 19 || (system != 0 && h.external >> 16 & S_IFMT) ? h.external >> 16 : 0;
	if ((length && name[length - 1] == '/') || S_ISDIR(mode) || (h.external & 0x10 && (system == 0 || system == 10 || system == 11) && !m->size))
		n->kind = NODE_DIRECTORY;
	else if (S_ISLNK(mode))
		n->kind = NODE_SYMLINK;
	if (mode)
		member_mode(n->mode, mode);
	bool by_path = listed && !member_name_known(&z->twice, name, member_name_length(true, name, length));
	if (!z->has_directory)
		by_path = false;
	member_place(&z->container, "zip", n, name, length, by_path, ordinal);
	if (!mode && h.external & 2)
		node_flag(n, "hidden");
	if (!mode && h.external & 4)
		node_flag(n, "system");
	times_read(&h, has_local && listed ? &l : NULL, n);
	n->has_size = true;
	n->size = m->size;
	n->order = m->data ? m->data : m->local;
	n->has_range = m->data > 0;
	n->range_offset = m->local;
	n->range_length = m->data > 0 ? m->data - m->local + m->packed : 0;
	if (!listed && z->has_directory)
		node_flag(n, "unlisted");
	if (m->method != METHOD_STORED)
		node_flag(n, "compressed");
	if (listed && has_local)
		headers_compare(z, m, &h, &l, n->step);
	if (!m->data) {
		report_error(z->container.report, "damage", "zip.local", n->step, m->local, 0, "no local header there: the content is out of reach");
		return;
	}
	if (is_encrypted(m))
		node_flag(n, "encrypted");
	if (is_encrypted(m) && n->kind != NODE_DIRECTORY && unlock(z, m)) {
		n->content = CONTENT_COMPUTED;
		return;
	}
	if (is_encrypted(m)) {
		report_error(z->container.report, "locked", "zip.encrypted", n->step, m->local, n->range_length, "the member is encrypted (%s): %s", m->method == METHOD_AES ? "AES" :
		             m->flags & FLAG_STRONG ? "strong encryption" : "ZipCrypto", !z->passwords.answer || !z->passwords.answer->given ? "--keys with a line password:TEXT opens it, if that is its password" :
		             in_memory(m) ? "none of the keys that were given opens it" : "it is larger than what is decrypted");
		return;
	}
	if (n->kind == NODE_SYMLINK)
		target_read(z, m, n);
	if (n->kind == NODE_DIRECTORY && !m->size)
		return;
	if (in_memory(m)) {
		n->content = CONTENT_COMPUTED;
	} else if (m->method == METHOD_STORED) {
		struct extent *e = arena_new(a, sizeof *e);
		*e = (struct extent){ .offset = m->data, .length = m->packed, .kind = EXTENT_DATA };
		n->content = CONTENT_EXTENTS;
		n->extent = e;
		n->extents = 1;
		n->size = m->packed;
	} else {
		n->content = CONTENT_SEQUENTIAL;
		stream_start(z, m);
	}
}

static int zip_next(struct container *container, struct node *n)
{
	struct zip *z = (struct zip *)container;
	arena_reset(&container->arena);
	stream_end(z);
	for (struct member *m; (m = member_numbered(z, z->at + 1)) != NULL;) {
		z->at++;
		if (container->report && container->report->step && !container->report->step(container->report, z->at))
			continue;
		member_describe(z, m, n);
		return 1;
	}
	return 0;
}

/* By path: the directory is read along, names only; nothing is decoded. Who looks up one after the other mostly wants the one behind the last
 * (bench: archive-zip), so the search begins there; a name that occurs more than once means the first of them. */
static bool zip_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct zip *z = (struct zip *)container;
	uint64_t ordinal = member_step_ordinal(step);
	arena_reset(&container->arena);
	stream_end(z);
	struct buffer want = { 0 };
	if (!ordinal && step->name.length && step->name.text[0] == '/' && z->has_directory) {
		/* the path without its first '/', unescaped: the name itself, with or without a '/' at its end */
		if (locator_unescape(&want, step->name.text + 1, step->name.length - 1))
			for (size_t k = 0, from = member_name_known(&z->twice, want.data, want.length) ? 0 : z->at; k < z->members && !ordinal; k++) {
				size_t i = (from + k) % z->members;
				struct header h;
				const uint8_t *name;
				size_t length;
				if (z->member[i].central == UINT64_MAX || !central_read(z, &z->directory, z->member[i].central, &h))
					continue;
				name_choose(&h, &name, &length);
				length = member_name_length(true, name, length);
				if (length == want.length && (!length || memcmp(name, want.data, length) == 0))
					ordinal = i + 1;
			}
	}
	buffer_free(&want);
	struct member *m = member_numbered(z, ordinal);
	if (!m)
		return false;
	z->at = (size_t)ordinal;
	member_describe(z, m, n);
	return true;
}

static void zip_close(struct container *container)
{
	struct zip *z = (struct zip *)container;
	stream_end(z);
	member_names_free(&z->twice);
	zip_passwords_close(&z->passwords);
	free(z->member);
	buffer_free(&z->packed);
	free(z->directory.bytes);
	free(z->locals.bytes);
	if (z->inflater)
		libdeflate_free_decompressor(z->inflater);
	free(z);
}

static struct container *zip_open(const struct opening *o)
{
	struct zip *z = memory_new(sizeof *z);
	z->container = (struct container){ .format = &format_zip, .source = o->source, .report = o->report };
	z->directory.turn = WINDOW;
	z->locals.turn = LOCALS_READ;
	z->passwords.ring = o->keys;
	struct end_record e = { 0 };
	uint64_t base = 0;
	z->has_directory = end_find(z, &e, &base);
	if (z->has_directory)
		directory_read(z, &e, base);
	if (!z->members && e.entries)
		z->has_directory = false;
	if (!z->has_directory)
		report_error(z->container.report, "damage", "zip.directory", NULL, 0, 0, "no directory at the end: the members are those that have a local header");
	return &z->container;
}

static bool named_as_zip(const struct probe *p)
{
	static const char *const suffix[] = { ".zip", ".jar", ".docx", ".docm", ".xlsx", ".xlsm", ".xlsb", ".pptx", ".pptm", ".odt", ".ods", ".apk", ".war", ".ear", ".xps", ".epub",
		".nupkg", ".vsix", ".appx", ".msix", ".xpi", ".crx", ".ipa", ".olm" };
	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		size_t n = strlen(suffix[i]);
		if (p->name_length > n && text_equal_nocase(p->name + p->name_length - n, n, suffix[i], n))
			return true;
	}
	return false;
}

static unsigned zip_probe(const struct probe *p)
{
	const uint8_t *h = p->head;
	if (p->head_length >= 4 && (signature(h, 3, 4) || signature(h, 5, 6)))
		return 32;
	if (p->head_length >= 8 && h[0] == 'P' && h[1] == 'K' && ((h[2] == '0' && h[3] == '0') || (h[2] == 7 && h[3] == 8)) && signature(h + 4, 3, 4))
		return 64;
	/* behind a program, or behind junk: the end record tells; looked for only where it costs nothing or is likely */
	bool program = p->head_length > 64 && ((h[0] == 'M' && h[1] == 'Z') || memcmp(h, "\x7f" "ELF", 4) == 0 || (h[0] == '#' && h[1] == '!'));
	if (p->source->size < END || (!program && !named_as_zip(p) && p->source->size > p->head_length))
		return 0;
	uint8_t tail[1024];
	size_t length = p->source->size < sizeof tail ? (size_t)p->source->size : sizeof tail;
	source_read_at(p->source, p->source->size - length, tail, length, NULL);
	for (size_t i = length - END + 1; i-- > 0;) {
		if (!signature(tail + i, 5, 6))
			continue;
		size_t comment = (size_t)tail[i + 20] | (size_t)tail[i + 21] << 8;
		if (i + END + comment <= length)
			return 31;
	}
	return 0;
}

const struct format format_zip = { .name = "zip", .layer = LAYER_ARCHIVE, .flags = FORMAT_DESCRIBED, .about = "ZIP archive, Office document, jar, self-extracting zip; encrypted members with the passwords of --keys, else their names and sizes only", .probe = zip_probe, .open = zip_open,
	.next = zip_next, .find = zip_find, .content = zip_content, .read = zip_read, .close = zip_close };
