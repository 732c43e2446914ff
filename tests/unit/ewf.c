/* SPDX-License-Identifier: Apache-2.0 */
/* Images are made here in memory, in the styles of several writers, then damaged. What must hold whatever is damaged: each byte that is not
 * marked is the media's, at its place; each byte that is marked is told, with its sectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

#include "format/format.h"

enum { SECTOR = 512, DESCRIPTOR = 76, PARTS_MAX = 8, ROUNDS = 1000 };

/* ---- making images ---- */

struct style {
	const char *name;
	unsigned chunk_sectors;
	bool based;             /* EnCase 6: offsets count from the sectors section */
	bool in_section;        /* EnCase 1, SMART: chunks follow the table in its section */
	bool smart;             /* SMART: short volume section, no checksum of the array, last sections point behind themselves */
	bool no_copy;           /* no table2 */
	bool no_sizes;          /* Expert Witness 1.35 */
	bool plain;             /* chunks not compressed */
	bool stored;            /* Tableau TD3: stored blocks with a wrong complement */
	bool reversed;          /* chunks of a table stored last one first */
	bool garbage;           /* EnCase 2 DOS: memory in the descriptors' padding */
	bool data_section;      /* a copy of the volume section in later segments */
};

static const struct style encase6 = { .name = "encase6", .chunk_sectors = 8, .based = true, .data_section = true };

struct image {
	const struct style *style;
	uint8_t *media;
	uint64_t sectors, chunks;
	struct libdeflate_compressor *compressor;
	struct buffer part[PARTS_MAX];
	char name[PARTS_MAX][32];
	size_t parts;
	struct { size_t part; uint64_t at, end; } place[512];   /* of each chunk */
	struct { size_t part; char type[16]; uint64_t at, end; } section[256];
	size_t sections;
};

static uint32_t adler(const void *bytes, size_t length)
{
	return libdeflate_adler32(1, bytes, length);
}

static uint64_t section_open(struct image *m, size_t part, const char *type)
{
	struct buffer *b = &m->part[part];
	uint64_t at = b->length;
	memset(buffer_reserve(b, DESCRIPTOR), 0, DESCRIPTOR);
	b->length += DESCRIPTOR;
	memcpy(b->data + at, type, strlen(type));
	if (m->style->garbage)
		memcpy(b->data + at + 32, "memory garbage of a DOS program", 31);
	m->section[m->sections].part = part;
	m->section[m->sections].at = at;
	strcpy(m->section[m->sections].type, type);
	return at;
}

static void put_le(uint8_t *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void descriptor_seal(struct buffer *b, uint64_t at)
{
	put_le(b->data + at + 72, adler(b->data + at, 72), 4);
}

static void section_close(struct image *m, size_t part, uint64_t at)
{
	struct buffer *b = &m->part[part];
	const char *type = (const char *)b->data + at;
	bool last = !strcmp(type, "next") || !strcmp(type, "done");
	put_le(b->data + at + 16, last && !m->style->smart ? at : b->length, 8);
	put_le(b->data + at + 24, (last && !m->style->smart) || m->style->no_sizes ? 0 : b->length - at, 8);
	descriptor_seal(b, at);
	m->section[m->sections++].end = b->length;
}

static void simple_section(struct image *m, size_t part, const char *type, const void *body, size_t length)
{
	uint64_t at = section_open(m, part, type);
	buffer_append(&m->part[part], body, length);
	section_close(m, part, at);
}

static void compressed_section(struct image *m, size_t part, const char *type, const void *body, size_t length)
{
	uint8_t out[4096];
	size_t n = libdeflate_zlib_compress(m->compressor, body, length, out, sizeof out);
	assert_true(n > 0);
	simple_section(m, part, type, out, n);
}

static void volume_section(struct image *m, size_t part, const char *type)
{
	uint8_t body[1052] = { 0 };
	size_t length = m->style->smart ? 94 : sizeof body;
	body[0] = 1;
	put_le(body + 4, m->chunks, 4);
	put_le(body + 8, m->style->chunk_sectors, 4);
	put_le(body + 12, SECTOR, 4);
	put_le(body + 16, m->sectors, m->style->smart ? 4 : 8);
	if (m->style->smart) {
		memcpy(body + 85, "SMART", 5);
	} else {
		body[36] = 3;
		memcpy(body + 64, "set identifier..", 16);
	}
	put_le(body + length - 4, adler(body, length - 4), 4);
	simple_section(m, part, type, body, length);
}

static void chunk_append(struct image *m, struct buffer *b, uint64_t chunk, bool *compressed)
{
	size_t size = m->style->chunk_sectors * SECTOR;
	uint64_t start = chunk * size, left = m->sectors * SECTOR - start;
	size_t n = left < size ? (size_t)left : size;
	const uint8_t *bytes = m->media + start;
	uint8_t sum[4];
	*compressed = !m->style->plain;
	if (m->style->stored) {
		buffer_append(b, "\x78\x01", 2);
		for (size_t at = 0; at < n; at += 1000) {
			size_t piece = n - at < 1000 ? n - at : 1000;
			uint8_t head[5] = { at + piece == n, (uint8_t)piece, (uint8_t)(piece >> 8), 0, 0 };
			buffer_append(b, head, 5);
			buffer_append(b, bytes + at, piece);
		}
		uint32_t a = adler(bytes, n);
		buffer_append(b, (uint8_t[]){ (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a }, 4);
		return;
	}
	if (*compressed) {
		uint8_t *out = buffer_reserve(b, n + 4096);
		size_t got = libdeflate_zlib_compress(m->compressor, bytes, n, out, n + 4096);
		if (got && (got < n + 4 || m->style->smart)) {
			b->length += got;
			return;
		}
		*compressed = false;
	}
	buffer_append(b, bytes, n);
	put_le(sum, adler(bytes, n), 4);
	buffer_append(b, sum, 4);
}

static void chunks_append(struct image *m, size_t part, uint64_t first, uint64_t count, uint32_t *entry)
{
	for (uint64_t k = 0; k < count; k++) {
		uint64_t i = m->style->reversed ? count - 1 - k : k, chunk = first + i;
		bool compressed;
		m->place[chunk].part = part;
		m->place[chunk].at = m->part[part].length;
		chunk_append(m, &m->part[part], chunk, &compressed);
		m->place[chunk].end = m->part[part].length;
		entry[i] = (uint32_t)m->place[chunk].at | (compressed ? UINT32_C(0x80000000) : 0);
	}
}

static void table_body(struct image *m, size_t part, const uint32_t *entry, uint64_t count, uint64_t base)
{
	uint8_t head[24] = { 0 };
	put_le(head, count, 4);
	put_le(head + 8, base, 8);
	put_le(head + 20, adler(head, 20), 4);
	buffer_append(&m->part[part], head, 24);
	size_t array = m->part[part].length;
	for (uint64_t i = 0; i < count; i++)
		buffer_u32le(&m->part[part], entry[i] - (uint32_t)base);
	if (!m->style->smart)
		buffer_u32le(&m->part[part], adler(m->part[part].data + array, count * 4));
}

static void group_append(struct image *m, size_t part, uint64_t first, uint64_t count)
{
	uint32_t entry[512];
	if (m->style->in_section) {
		uint64_t at = section_open(m, part, "table");
		size_t table = m->part[part].length, array = 24 + count * 4 + (m->style->smart ? 0 : 4);
		memset(buffer_reserve(&m->part[part], array), 0, array);
		m->part[part].length += array;
		chunks_append(m, part, first, count, entry);
		size_t end = m->part[part].length;
		m->part[part].length = table;
		table_body(m, part, entry, count, 0);
		m->part[part].length = end;
		section_close(m, part, at);
		return;
	}
	uint64_t sectors = section_open(m, part, "sectors");
	chunks_append(m, part, first, count, entry);
	section_close(m, part, sectors);
	for (unsigned copy = 0; copy < (m->style->no_copy ? 1U : 2U); copy++) {
		uint64_t at = section_open(m, part, copy ? "table2" : "table");
		table_body(m, part, entry, count, m->style->based ? sectors : 0);
		section_close(m, part, at);
	}
}

/* chunks of 2 groups in each of `parts` segments, `group` chunks each; the last chunk is short. */
static struct image *image_new(const struct style *style, size_t parts, unsigned group)
{
	struct image *m = memory_new(sizeof *m);
	m->style = style;
	m->compressor = libdeflate_alloc_compressor(1);
	m->parts = parts;
	m->chunks = parts * 2 * group;
	m->sectors = m->chunks * style->chunk_sectors - style->chunk_sectors / 2;
	m->media = memory_new((size_t)m->sectors * SECTOR);
	uint32_t seed = 1101;
	for (uint64_t i = 0; i < m->sectors; i++) {
		uint8_t *s = m->media + i * SECTOR;
		bool dense = i / style->chunk_sectors % 5 == 4;         /* every fifth chunk does not compress */
		for (size_t k = 0; k < SECTOR; k++)
			s[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24 & (dense ? 0xff : 0x0f));
		snprintf((char *)s, 16, "%u", (unsigned)i);
	}
	for (size_t p = 0; p < parts; p++) {
		static const uint8_t signature[] = { 0x45, 0x56, 0x46, 9, 13, 10, 255, 0, 1 };
		uint8_t number[4] = { (uint8_t)(p + 1), 0, 0, 0 };
		snprintf(m->name[p], sizeof m->name[p], "m.%c%02zu", style->smart ? 's' : 'E', p + 1);
		buffer_append(&m->part[p], signature, sizeof signature);
		buffer_append(&m->part[p], number, sizeof number);
		if (p == 0) {
			static const char header[] = "1\r\nmain\r\nc\tn\ta\te\tt\tav\tov\tm\tu\tp\tr\r\ncase 7\tev 1\twhat\tann\tnotes \xe4\t7.1\tWindows 10\t2002 3 4 10 19 59\t1015237199\t0\tf\r\n\r\n";
			compressed_section(m, p, "header", header, sizeof header - 1);
			volume_section(m, p, "volume");
		} else if (style->data_section) {
			volume_section(m, p, "data");
		}
		group_append(m, p, p * 2 * group, group);
		group_append(m, p, (p * 2 + 1) * group, group);
		if (p + 1 < parts) {
			simple_section(m, p, "next", "", 0);
			continue;
		}
		uint8_t hash[36] = "0123456789abcdef", digest[80] = "0123456789abcdefSHA-1 of the media..";
		put_le(hash + 32, adler(hash, 32), 4);
		memset(digest + 36, 0, 44);
		put_le(digest + 76, adler(digest, 76), 4);
		simple_section(m, p, "digest", digest, sizeof digest);
		simple_section(m, p, "hash", hash, sizeof hash);
		simple_section(m, p, "done", "", 0);
	}
	return m;
}

static void image_free(struct image *m)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		buffer_free(&m->part[i]);
	libdeflate_free_compressor(m->compressor);
	free(m->media);
	free(m);
}

/* Where the nth section of a type begins in a part. */
static uint64_t section_at(const struct image *m, size_t part, const char *type, unsigned nth)
{
	for (size_t i = 0; i < m->sections; i++)
		if (m->section[i].part == part && !strcmp(m->section[i].type, type) && !nth--)
			return m->section[i].at;
	fail_msg("no section %s", type);
	return 0;
}

/* ---- reading them ---- */

struct result {
	struct reporter reporter;
	struct buffer text;
	struct range_map bad;           /* bytes of media */
	unsigned errors, notes;
};

static void result_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct result *x = (struct result *)r;
	(void)step;
	x->errors++;
	range_map_add(&x->bad, offset, length);
	buffer_format(&x->text, "%s %s %llu+%llu %s\n", class, kind, (unsigned long long)offset, (unsigned long long)length, message);
}

static void result_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct result *x = (struct result *)r;
	(void)step;
	x->notes++;
	buffer_format(&x->text, "note %s %llu+%llu %s\n", kind, (unsigned long long)offset, (unsigned long long)length, message);
}

static void result_free(struct result *x)
{
	buffer_free(&x->text);
	range_map_free(&x->bad);
	*x = (struct result){ 0 };
}

struct opened {
	struct source *part[PARTS_MAX + 1];
	const char *name[PARTS_MAX + 1];
	struct evidence_parts parts;
	struct container *container;
};

static void image_open(struct opened *o, const struct image *m, struct result *x)
{
	*x = (struct result){ .reporter = { .error = result_error, .note = result_note } };
	*o = (struct opened){ 0 };
	size_t count = 0;
	for (size_t i = 0; i < m->parts; i++)
		if (m->part[i].length) {
			o->part[count] = source_of_memory(m->part[i].data, m->part[i].length, false);
			o->name[count++] = m->name[i];
		}
	o->parts = (struct evidence_parts){ .source = o->part, .name = o->name, .count = count };
	struct opening opening = { .source = o->part[0], .parts = &o->parts, .report = &x->reporter, .name = o->name[0], .name_length = strlen(o->name[0]) };
	o->container = format_open(format_by_name("ewf", 3), &opening);
}

static void image_close(struct opened *o)
{
	format_close(o->container);
	for (size_t i = 0; o->part[i]; i++)
		source_close(o->part[i]);
}

static uint64_t media_size(struct opened *o)
{
	struct node n;
	assert_int_equal(o->container->format->next(o->container, &n), 1);
	assert_int_equal(n.kind, NODE_MEDIA);
	assert_int_equal(n.content, CONTENT_COMPUTED);
	return n.size;
}

/* Reads all of it in turns of `turn` bytes. Whatever is not tainted must be the media's; whatever is tainted must be zeros, or the
 * media's in a turn where some other byte is bad; bad ranges must be told. Returns sectors that are lost. */
static uint64_t check_media(const struct image *m, struct opened *o, struct result *x, size_t turn)
{
	uint64_t size = media_size(o), lost = 0, end = m->sectors * SECTOR;
	struct source *s = format_content(o->container, &(struct node){ .content = CONTENT_COMPUTED });
	assert_true(s->size == size);
	uint8_t *bytes = memory_new((size_t)(size < end ? end : size));
	struct range_map tainted = { 0 };
	for (uint64_t at = 0; at < size && at < end; at += turn) {
		bool taint = false;
		size_t got = source_read_at(s, at, bytes + at, turn, &taint);
		if (taint)
			range_map_add(&tainted, at, got);
	}
	source_close(s);
	for (uint64_t i = 0; i < m->sectors && (i + 1) * SECTOR <= size; i++) {
		bool bad = range_map_touches(&x->bad, i * SECTOR, SECTOR), same = !memcmp(bytes + i * SECTOR, m->media + i * SECTOR, SECTOR);
		static const uint8_t zeros[SECTOR];
		lost += bad;
		if (bad ? memcmp(bytes + i * SECTOR, zeros, SECTOR) != 0 || !range_map_touches(&tainted, i * SECTOR, SECTOR) : !same)
			fail_msg("%s: sector %llu is %s\n%s", m->style->name, (unsigned long long)i, bad ? "told as bad but not marked zeros" : "wrong and not told", buffer_string(&x->text));
	}
	range_map_free(&tainted);
	free(bytes);
	return lost;
}

static void check_damage(const struct image *m, uint64_t lost_chunks_first, uint64_t lost_chunks_behind, const char *told)
{
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_non_null(o.container);
	uint64_t per = m->style->chunk_sectors, first = lost_chunks_first * per, behind = lost_chunks_behind * per < m->sectors ? lost_chunks_behind * per : m->sectors;
	uint64_t lost = check_media(m, &o, &x, 1 << 20);
	if (lost != behind - first || (lost && !range_map_touches(&x.bad, first * SECTOR, 1)))
		fail_msg("lost %llu sectors, not %llu-%llu\n%s", (unsigned long long)lost, (unsigned long long)first, (unsigned long long)behind, buffer_string(&x.text));
	if (!strstr(buffer_string(&x.text), told))
		fail_msg("not told: %s\n%s", told, buffer_string(&x.text));
	assert_true(x.errors > 0);
	assert_true(o.container->format->describe != NULL);
	image_close(&o);
	result_free(&x);
}

static const struct style styles[] = {
	{ .name = "encase5", .chunk_sectors = 8 },
	{ .name = "encase6", .chunk_sectors = 8, .based = true, .data_section = true },
	{ .name = "encase1", .chunk_sectors = 8, .in_section = true },
	{ .name = "smart", .chunk_sectors = 8, .in_section = true, .smart = true },
	{ .name = "expert witness 1.35", .chunk_sectors = 8, .no_sizes = true, .no_copy = true },
	{ .name = "encase2 dos", .chunk_sectors = 8, .garbage = true, .no_copy = true },
	{ .name = "plain", .chunk_sectors = 8, .plain = true, .based = true },
	{ .name = "tableau", .chunk_sectors = 8, .stored = true },
	{ .name = "reversed", .chunk_sectors = 8, .reversed = true, .based = true },
	{ .name = "odd chunks", .chunk_sectors = 7, .based = true },
};
enum { STYLES = sizeof styles / sizeof styles[0] };

static void every_writers_style_is_read(void **state)
{
	(void)state;
	static const size_t turns[] = { 1 << 20, 4096, 512, 100, 5000 };
	for (size_t i = 0; i < STYLES; i++)
		for (size_t parts = 1; parts <= 3; parts += 2)
			for (size_t t = 0; t < sizeof turns / sizeof turns[0]; t++) {
				struct image *m = image_new(&styles[i], parts, 6);
				struct opened o;
				struct result x;
				image_open(&o, m, &x);
				assert_non_null(o.container);
				assert_int_equal(check_media(m, &o, &x, turns[t]), 0);
				if (x.text.length)
					fail_msg("%s: %s", styles[i].name, buffer_string(&x.text));
				image_close(&o);
				result_free(&x);
				image_free(m);
			}
}

static void a_bad_chunk_is_zeros_and_told_once(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 2, 6);
	m->part[0].data[m->place[3].at + 9] ^= 1;
	m->part[0].data[m->place[4].at + 9] ^= 1;       /* stored plain: another reason */
	m->part[1].data[m->place[20].at + 9] ^= 1;
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_int_equal(x.errors, 0);
	media_size(&o);
	struct source *s = format_content(o.container, &(struct node){ .content = CONTENT_COMPUTED });
	uint8_t bytes[8192];
	for (unsigned again = 0; again < 3; again++)
		for (uint64_t at = 0; at < s->size; at += sizeof bytes)
			source_read_at(s, at, bytes, sizeof bytes, NULL);
	bool taint = false;
	source_read_at(s, 3 * 4096, bytes, 1, &taint);
	assert_true(taint);
	taint = false;
	source_read_at(s, 3 * 4096 - 1, bytes, 1, &taint);
	assert_false(taint);
	source_close(s);
	assert_string_equal(buffer_string(&x.text),
			    "damage ewf.chunk 12288+4096 sectors 24-31 (chunks 3-3) are unreadable: its compressed data are damaged\n"
			    "damage ewf.chunk 16384+4096 sectors 32-39 (chunks 4-4) are unreadable: its checksum is wrong\n"
			    "damage ewf.chunk 81920+4096 sectors 160-167 (chunks 20-20) are unreadable: its compressed data are damaged\n");
	image_close(&o);
	result_free(&x);
	image_free(m);
}

static void neighbouring_bad_chunks_are_one_report(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 1, 6);
	for (unsigned i = 7; i < 11; i++)
		if (i != 9)
			memset(m->part[0].data + m->place[i].at, 0, 20);
	memset(m->part[0].data + m->place[11].at, 0, 20);
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_int_equal(check_media(m, &o, &x, 4096), 3 * 8 + 4);
	assert_int_equal(x.errors, 2);
	image_close(&o);
	assert_string_equal(buffer_string(&x.text),
			    "damage ewf.chunk 28672+8192 sectors 56-71 (chunks 7-8) are unreadable: no compressed data where it should lie\n"
			    "damage ewf.chunk 40960+6144 sectors 80-91 (chunks 10-11) are unreadable: no compressed data where it should lie\n");
	result_free(&x);
	image_free(m);
}

static void missing_segments_cost_only_their_own_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++) {
		struct image *m = image_new(&styles[i], 4, 6);
		m->part[1].length = 0;
		check_damage(m, 12, 24, "missing ewf.segment");
		image_free(m);
		m = image_new(&styles[i], 4, 6);
		m->part[1].length = m->part[2].length = 0;
		check_damage(m, 12, 36, styles[i].smart ? "m.s02, m.s03 are missing" : "m.E02, m.E03 are missing");
		image_free(m);
		m = image_new(&styles[i], 4, 6);
		m->part[3].length = 0;
		check_damage(m, 36, 48, "missing ewf.segment");
		image_free(m);
		if (!styles[i].data_section)
			continue;
		m = image_new(&styles[i], 4, 6);        /* a later segment tells the geometry too */
		m->part[0].length = 0;
		check_damage(m, 0, 12, "m.E01 is missing");
		image_free(m);
	}
}

static void between_two_gaps_nothing_is_guessed(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 5, 6);
	m->part[1].length = m->part[3].length = 0;
	check_damage(m, 12, 48, "can't be placed");     /* segment 3 is whole, but no one knows where it belongs */
	image_free(m);
}

static void a_truncated_segment_is_read_up_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++) {
		if (styles[i].reversed)
			continue;
		for (unsigned chunk = 13; chunk < 48; chunk += 11) {
			struct image *m = image_new(&styles[i], 4, 6);
			size_t part = m->place[chunk].part;
			m->part[part].length = m->place[chunk].at + 5;
			check_damage(m, chunk, (part + 1) * 12, "is cut off");
			image_free(m);
		}
	}
}

static void segments_count_by_their_header_not_by_their_name(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 3, 6);
	struct buffer swap = m->part[1];
	m->part[1] = m->part[2];
	m->part[2] = swap;
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_int_equal(check_media(m, &o, &x, 4096), 0);
	assert_int_equal(x.errors, 0);
	assert_int_equal(x.notes, 2);
	image_close(&o);
	result_free(&x);
	image_free(m);
}

static void a_copy_in_place_of_a_segment_is_told(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 4, 6);
	buffer_clear(&m->part[2]);
	buffer_append(&m->part[2], m->part[1].data, m->part[1].length);
	check_damage(m, 24, 36, "m.E02 and m.E03 both carry segment number 2; m.E02 is used");
	image_free(m);
}

static void a_segment_of_another_image_is_left_out(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 3, 6);
	uint64_t body = section_at(m, 1, "data", 0) + DESCRIPTOR;
	m->part[1].data[body + 64] ^= 1;
	put_le(m->part[1].data + body + 1048, adler(m->part[1].data + body, 1048), 4);
	check_damage(m, 12, 24, "m.E02 belongs to another image");
	image_free(m);
}

static void a_destroyed_file_header_is_made_good_by_the_name(void **state)
{
	(void)state;
	for (size_t part = 0; part < 3; part++) {
		struct image *m = image_new(&encase6, 3, 6);
		memset(m->part[part].data, 0, 13);
		check_damage(m, 0, 0, "taken as segment");
		struct source *s = source_of_memory(m->part[part].data, m->part[part].length, false);
		struct probe p = { .source = s, .head = s->memory, .head_length = (size_t)s->size, .name = "x", .name_length = 1, .above = LAYER_IMAGE };
		assert_ptr_equal(format_probe(&p, 1U << LAYER_IMAGE, NULL), format_by_name("ewf", 3));  /* never raw */
		source_close(s);
		image_free(m);
	}
}

static void a_damaged_table_is_replaced_by_its_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++) {
		if (styles[i].no_copy || styles[i].in_section)
			continue;
		for (unsigned at = 0; at < 24 + 6 * 4 + 4; at++) {
			if (at >= 4 && at < 8)
				continue;
			struct image *m = image_new(&styles[i], 3, 6);
			m->part[1].data[section_at(m, 1, "table", 1) + DESCRIPTOR + at] ^= 0x41;
			check_damage(m, 0, 0, "damage ewf.table");
			image_free(m);
			m = image_new(&styles[i], 3, 6);
			m->part[1].data[section_at(m, 1, "table2", 1) + DESCRIPTOR + at] ^= 0x41;
			check_damage(m, 0, 0, "damage ewf.table");
			image_free(m);
		}
	}
}

static void without_any_table_the_chunks_are_searched(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++) {
		if (styles[i].reversed)
			continue;
		for (unsigned at = 24; at < 24 + 6 * 4; at += 4) {
			struct image *m = image_new(&styles[i], 3, 6);
			m->part[1].data[section_at(m, 1, "table", 1) + DESCRIPTOR + at + 1] ^= 0x01;
			if (!styles[i].no_copy && !styles[i].in_section)
				m->part[1].data[section_at(m, 1, "table2", 1) + DESCRIPTOR + at + 1] ^= 0x01;
			if (styles[i].smart) {
				/* no checksum over the array: the chunk of the entry may be lost, no other one */
				struct opened o;
				struct result x;
				image_open(&o, m, &x);
				assert_true(check_media(m, &o, &x, 4096) <= 16);
				image_close(&o);
				result_free(&x);
			} else {
				check_damage(m, 0, 0, "searched by their own checksums");
			}
			image_free(m);
		}
	}
}

static void entries_of_damaged_tables_help_over_damaged_chunks(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 3, 6);
	uint64_t table = section_at(m, 1, "table", 1), copy = section_at(m, 1, "table2", 1);
	m->part[1].data[table + DESCRIPTOR + 24 + 5] ^= 1;
	m->part[1].data[copy + DESCRIPTOR + 24 + 9] ^= 1;
	m->part[1].data[m->place[20].at + 40] ^= 1;
	check_damage(m, 20, 21, "no chunk was found there");
	image_free(m);
}

static void broken_section_chains_are_mended(void **state)
{
	(void)state;
	static const char *const types[] = { "volume", "data", "sectors", "table", "table2", "digest", "hash", "header" };
	for (size_t i = 0; i < STYLES; i++)
		for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
			for (unsigned how = 0; how < 5; how++)
				for (size_t part = 0; part < 3; part++) {
					struct image *m = image_new(&styles[i], 3, 6);
					bool has = false;
					for (size_t k = 0; k < m->sections; k++)
						has |= m->section[k].part == part && !strcmp(m->section[k].type, types[t]);
					if (!has || (styles[i].reversed && !strcmp(types[t], "table") && how > 3)) {
						image_free(m);
						continue;
					}
					uint64_t at = section_at(m, part, types[t], 0);
					uint8_t *d = m->part[part].data + at;
					switch (how) {
					case 0: d[72] ^= 0xff; break;                                                   /* checksum */
					case 1: put_le(d + 16, at, 8); descriptor_seal(&m->part[part], at); break;      /* points to itself */
					case 2: put_le(d + 16, 13, 8); break;                                           /* points back, checksum not made good */
					case 3: put_le(d + 16, UINT64_MAX, 8); descriptor_seal(&m->part[part], at); break;
					case 4: memset(d, 0, DESCRIPTOR); break;                                        /* destroyed */
					}
					struct opened o;
					struct result x;
					image_open(&o, m, &x);
					assert_non_null(o.container);
					uint64_t lost = check_media(m, &o, &x, 1 << 20);
					/* where the format has what it takes, nothing is lost: sizes, a copy of the table */
					if (lost && !styles[i].no_sizes && !styles[i].no_copy && !(styles[i].in_section && how == 4))
						fail_msg("%s: %s of part %zu, %u: lost %llu\n%s", styles[i].name, types[t], part, how, (unsigned long long)lost, buffer_string(&x.text));
					assert_true(x.errors > 0);
					image_close(&o);
					result_free(&x);
					image_free(m);
				}
}

static void a_hole_over_tables_and_the_next_sectors_costs_one_chunk(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 3, 6);
	uint64_t from = section_at(m, 1, "table", 0), to = section_at(m, 1, "sectors", 1) + DESCRIPTOR + 10;
	memset(m->part[1].data + from, 0, to - from);
	m->part[2].length = 0;          /* so the count can't be worked out from the end */
	/* the first chunk behind the hole is damaged by it; segment 3 is missing */
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_int_equal(check_media(m, &o, &x, 1 << 20), 8 + 12 * 8 - 4);
	image_close(&o);
	result_free(&x);
	image_free(m);
}

static void a_lost_volume_section_is_worked_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++) {
		for (unsigned how = 0; how < 2; how++) {
			struct image *m = image_new(&styles[i], 2, 6);
			uint64_t at = section_at(m, 0, "volume", 0);
			if (how)
				memset(m->part[0].data + at, 0, DESCRIPTOR + 90);
			else
				m->part[0].data[at + DESCRIPTOR + 4] ^= 1;
			check_damage(m, 0, 0, "damage ewf.volume");
			struct opened o;
			struct result x;
			image_open(&o, m, &x);
			assert_true(media_size(&o) == m->sectors * SECTOR);
			image_close(&o);
			result_free(&x);
			image_free(m);
		}
	}
}

static void damaged_hashes_cost_no_data(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 2, 6);
	m->part[1].data[section_at(m, 1, "digest", 0) + DESCRIPTOR] ^= 1;
	check_damage(m, 0, 0, "damage ewf.hash");
	image_free(m);
	m = image_new(&encase6, 2, 6);
	m->part[0].data[section_at(m, 0, "header", 0) + DESCRIPTOR + 5] ^= 0xff;
	check_damage(m, 0, 0, "damage ewf.header");
	image_free(m);
}

static void sections_left_out_by_the_chain_are_told(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 2, 6);
	uint64_t table2 = section_at(m, 0, "table2", 0), next = section_at(m, 0, "next", 0);
	put_le(m->part[0].data + table2 + 16, next, 8);         /* skips the second group */
	descriptor_seal(&m->part[0], table2);
	check_damage(m, 6, 12, "does not reach to the next one");
	image_free(m);
}

static void sectors_that_the_tool_could_not_read_are_tainted(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 1, 6);
	uint64_t done = section_at(m, 0, "done", 0);
	m->part[0].length = done;
	uint8_t body[520 + 16 + 4] = { 0 };
	put_le(body, 2, 4);
	put_le(body + 516, adler(body, 516), 4);
	put_le(body + 520, 10, 4);
	put_le(body + 524, 2, 4);
	put_le(body + 528, 90, 4);
	put_le(body + 532, UINT32_MAX, 4);
	simple_section(m, 0, "error2", body, sizeof body);
	simple_section(m, 0, "done", "", 0);
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_string_equal(buffer_string(&x.text), "damage ewf.acquisition 5120+1024 sectors 10-11 could not be read when the image was made\n"
						    "damage ewf.acquisition 46080+1024 sectors 90-91 could not be read when the image was made\n");
	media_size(&o);
	struct source *s = format_content(o.container, &(struct node){ .content = CONTENT_COMPUTED });
	uint8_t byte;
	bool taint = false;
	source_read_at(s, 10 * SECTOR - 1, &byte, 1, &taint);
	assert_false(taint);
	source_read_at(s, 10 * SECTOR, &byte, 1, &taint);
	assert_true(taint);
	source_close(s);
	image_close(&o);
	result_free(&x);
	image_free(m);
}

static void the_case_data_are_described(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 2, 6);
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	struct buffer frame = { 0 }, json = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
	o.container->format->describe(o.container, &r);
	record_end(&r);
	struct record_view v;
	assert_null(record_view_open(&v, frame.data, frame.length));
	assert_int_equal(record_get_number(&v, F_SIZE), m->sectors * SECTOR);
	assert_int_equal(record_get_number(&v, F_SECTOR_SIZE), SECTOR);
	assert_int_equal(v.field[F_STORED_MD5].length, 16);
	assert_memory_equal(v.field[F_STORED_MD5].bytes, "0123456789abcdef", 16);
	assert_int_equal(v.field[F_STORED_SHA1].length, 20);
	record_to_json(&json, &v);
	static const char *const wanted[] = { "\"case_number\":\"case 7\"", "\"evidence_number\":\"ev 1\"", "\"examiner\":\"ann\"", "\"description\":\"what\"", "\"notes\":\"notes \xc3\xa4\"", "\"software_version\":\"7.1\"",
		"\"os\":\"Windows 10\"", "\"acquisition_date_local\":\"2002-03-04 10:19:59\"", "\"system_date\":\"2002-03-04T10:19:59", "\"media_type\":\"fixed\"", "\"segments\":2" };
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (!strstr(buffer_string(&json), wanted[i]))
			fail_msg("not described: %s\n%s", wanted[i], buffer_string(&json));
	buffer_free(&frame);
	buffer_free(&json);
	image_close(&o);
	result_free(&x);
	image_free(m);
}

/* EnCase 6.7.1: a sectors section beyond 2 GiB, whose offsets run over into the bit that means "compressed". The chunks are zeros: they are made by
 * extents, no gigabytes are needed. */
static void offsets_that_overflow_into_bit_31_are_read(void **state)
{
	(void)state;
	enum { CHUNK = 16 << 20, CHUNKS = 130 };
	static const struct style big = { .name = "encase 6.7.1", .chunk_sectors = CHUNK / SECTOR };
	struct image *m = memory_new(sizeof *m);
	m->style = &big;
	m->chunks = CHUNKS;
	m->sectors = (uint64_t)CHUNKS * big.chunk_sectors;
	struct buffer *head = &m->part[0], *sums = &m->part[1], *tail = &m->part[2];
	buffer_append(head, "EVF\t\r\n\xff\0\1\1\0\0\0", 13);
	volume_section(m, 0, "volume");
	uint64_t sectors = section_open(m, 0, "sectors");
	uint64_t table = head->length + (uint64_t)CHUNKS * (CHUNK + 4);
	put_le(head->data + sectors + 16, table, 8);
	put_le(head->data + sectors + 24, table - sectors, 8);
	descriptor_seal(head, sectors);
	uint8_t *zeros = memory_new(CHUNK);
	uint32_t sum = adler(zeros, CHUNK), entry[CHUNKS];
	buffer_u32le(sums, sum);
	struct extent run[2 + 2 * CHUNKS] = { { 0, head->length, EXTENT_DATA } };
	for (unsigned i = 0; i < CHUNKS; i++) {
		entry[i] = (uint32_t)(head->length + (uint64_t)i * (CHUNK + 4));
		run[1 + 2 * i] = (struct extent){ 0, CHUNK, EXTENT_ZERO };
		run[2 + 2 * i] = (struct extent){ head->length, 4, EXTENT_DATA };
	}
	assert_true(entry[CHUNKS - 1] >> 31);
	uint64_t at = section_open(m, 2, "table");
	table_body(m, 2, entry, CHUNKS, 0);
	put_le(tail->data + at + 16, table + tail->length, 8);
	put_le(tail->data + at + 24, tail->length, 8);
	descriptor_seal(tail, at);
	at = section_open(m, 2, "done");
	put_le(tail->data + at + 16, table + at, 8);
	descriptor_seal(tail, at);
	struct buffer all = { 0 };
	buffer_append(&all, head->data, head->length);
	buffer_append(&all, sums->data, sums->length);
	run[1 + 2 * CHUNKS] = (struct extent){ all.length, tail->length, EXTENT_DATA };
	buffer_append(&all, tail->data, tail->length);
	struct source *below = source_of_memory(all.data, all.length, false), *file = source_of_extents(below, run, 2 + 2 * CHUNKS, table + tail->length);
	struct result x = { .reporter = { .error = result_error, .note = result_note } };
	struct opening opening = { .source = file, .report = &x.reporter, .name = "m.E01", .name_length = 5 };
	struct container *c = format_open(format_by_name("ewf", 3), &opening);
	assert_non_null(c);
	struct source *s = format_content(c, &(struct node){ .content = CONTENT_COMPUTED });
	assert_true(s->size == (uint64_t)CHUNKS * CHUNK);
	for (unsigned i = 120; i < CHUNKS; i++) {
		bool taint = false;
		source_read_at(s, (uint64_t)i * CHUNK, zeros, CHUNK, &taint);
		assert_false(taint);
	}
	source_close(s);
	format_close(c);
	if (x.text.length)
		fail_msg("%s", buffer_string(&x.text));
	source_close(file);
	source_close(below);
	buffer_free(&all);
	free(zeros);
	result_free(&x);
	image_free(m);
}

static void hostile_numbers_cost_nothing(void **state)
{
	(void)state;
	struct image *m = image_new(&encase6, 1, 6);
	uint64_t volume = section_at(m, 0, "volume", 0) + DESCRIPTOR, table = section_at(m, 0, "table", 0) + DESCRIPTOR, copy = section_at(m, 0, "table2", 0) + DESCRIPTOR;
	uint8_t *b = m->part[0].data;
	put_le(b + volume + 16, UINT64_C(0x7fffffffffff), 8);   /* 2^56 bytes of media */
	put_le(b + volume + 1048, adler(b + volume, 1048), 4);
	put_le(b + table, UINT32_MAX, 4);
	put_le(b + table + 20, adler(b + table, 20), 4);
	put_le(b + copy, UINT32_MAX, 4);
	put_le(b + copy + 8, UINT64_MAX, 8);
	put_le(b + copy + 20, adler(b + copy, 20), 4);
	struct opened o;
	struct result x;
	image_open(&o, m, &x);
	assert_non_null(o.container);
	uint64_t size = media_size(&o);
	assert_true(size == UINT64_C(0x7fffffffffff) * SECTOR);
	struct source *s = format_content(o.container, &(struct node){ .content = CONTENT_COMPUTED });
	uint8_t bytes[100];
	bool taint = false;
	assert_int_equal(source_read_at(s, 0, bytes, sizeof bytes, &taint), sizeof bytes);
	assert_memory_equal(bytes, m->media, sizeof bytes);
	assert_int_equal(source_read_at(s, size - 50, bytes, sizeof bytes, &taint), 50);
	assert_true(taint);
	source_close(s);
	image_close(&o);
	result_free(&x);
	image_free(m);
}

static void what_is_no_segment_is_not_opened(void **state)
{
	(void)state;
	static const char *const bytes[] = { "", "EVF", "EVF\t\r\n\xff" };
	for (size_t i = 0; i < 3; i++) {
		struct source *s = source_of_memory(bytes[i], strlen(bytes[i]), false);
		struct result x = { .reporter = { .error = result_error, .note = result_note } };
		struct opening opening = { .source = s, .report = &x.reporter };
		assert_null(format_open(format_by_name("ewf", 3), &opening));
		assert_true(x.errors > 0);
		source_close(s);
		result_free(&x);
	}
	static const char *const known[][2] = { { "ewf2", "EVF2\r\n\x81" }, { "adcrypt", "ADCRYPT" }, { "ad1", "ADSEGMENTEDFILE" } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct source *s = source_of_memory(known[i][1], strlen(known[i][1]) + 1, false);
		struct result x = { .reporter = { .error = result_error, .note = result_note } };
		struct opening opening = { .source = s, .report = &x.reporter };
		assert_null(format_open(format_by_name(known[i][0], strlen(known[i][0])), &opening));
		assert_true(strstr(buffer_string(&x.text), "unsupported ") == buffer_string(&x.text));
		source_close(s);
		result_free(&x);
	}
}

/* Whatever is overwritten, zeroed or cut: what comes out unmarked is right. */
static void no_damage_shows_wrong_data(void **state)
{
	(void)state;
	uint32_t seed = 1101;
#define RANDOM(n) ((seed = seed * 1664525 + 1013904223) >> 8) % (uint32_t)(n)
	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct style *style = &styles[round % STYLES];
		/* an image without order and without any table left can't be told from one with order: leave it a table */
		struct image *m = image_new(style, (style->reversed ? 2 : 1) + round / STYLES % 4, 3 + round % 4);
		for (unsigned times = style->reversed ? 1 : 1 + RANDOM(3); times; times--) {
			size_t part = RANDOM(m->parts);
			struct buffer *b = &m->part[part];
			if (!b->length)
				continue;
			size_t at = RANDOM(b->length), length = 1 + RANDOM(8);
			switch (RANDOM(6)) {
			case 0:
				b->length = at;
				break;
			case 1:
				length = RANDOM(6000);
				/* fall through */
			case 2:
				memset(b->data + at, 0, length < b->length - at ? length : b->length - at);
				break;
			case 3: {
				size_t k = RANDOM(m->sections);
				at = m->section[k].at + RANDOM(DESCRIPTOR + 24);
				b = &m->part[m->section[k].part];
				if (at < b->length)
					b->data[at] ^= (uint8_t)(1 + RANDOM(255));
				break;
			}
			case 4:
				if (m->parts > 1 && RANDOM(3) == 0)
					b->length = 0;
				break;
			default:
				for (size_t k = 0; k < length && at + k < b->length; k++)
					b->data[at + k] = (uint8_t)(RANDOM(256));
			}
		}
		bool any = false;
		for (size_t i = 0; i < m->parts; i++)
			any |= m->part[i].length > 0;
		if (any) {
			struct opened o;
			struct result x;
			image_open(&o, m, &x);
			if (o.container) {
				check_media(m, &o, &x, round & 1 ? 1 << 20 : 3000);
				image_close(&o);
			} else {
				assert_true(x.errors > 0);
				for (size_t i = 0; o.part[i]; i++)
					source_close(o.part[i]);
			}
			result_free(&x);
		}
		image_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_writers_style_is_read),
		cmocka_unit_test(a_bad_chunk_is_zeros_and_told_once),
		cmocka_unit_test(neighbouring_bad_chunks_are_one_report),
		cmocka_unit_test(missing_segments_cost_only_their_own_chunks),
		cmocka_unit_test(between_two_gaps_nothing_is_guessed),
		cmocka_unit_test(a_truncated_segment_is_read_up_to_its_end),
		cmocka_unit_test(segments_count_by_their_header_not_by_their_name),
		cmocka_unit_test(a_copy_in_place_of_a_segment_is_told),
		cmocka_unit_test(a_segment_of_another_image_is_left_out),
		cmocka_unit_test(a_destroyed_file_header_is_made_good_by_the_name),
		cmocka_unit_test(a_damaged_table_is_replaced_by_its_copy),
		cmocka_unit_test(without_any_table_the_chunks_are_searched),
		cmocka_unit_test(entries_of_damaged_tables_help_over_damaged_chunks),
		cmocka_unit_test(broken_section_chains_are_mended),
		cmocka_unit_test(a_hole_over_tables_and_the_next_sectors_costs_one_chunk),
		cmocka_unit_test(a_lost_volume_section_is_worked_out),
		cmocka_unit_test(damaged_hashes_cost_no_data),
		cmocka_unit_test(sections_left_out_by_the_chain_are_told),
		cmocka_unit_test(sectors_that_the_tool_could_not_read_are_tainted),
		cmocka_unit_test(the_case_data_are_described),
		cmocka_unit_test(offsets_that_overflow_into_bit_31_are_read),
		cmocka_unit_test(hostile_numbers_cost_nothing),
		cmocka_unit_test(what_is_no_segment_is_not_opened),
		cmocka_unit_test(no_damage_shows_wrong_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
