/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive.c: the archives that libarchive reads, each under its own name: 7z, rar, cab, tar, cpio, ar, lha, xar, warc, and single compressed files.
 *
 * Formats and filters are switched on by name, never all of them: the library would look for helper programs and run them. Filters are not left to the
 * library's guess either (it nests up to 25, and 300 bytes then cost a GiB): the compressions around an archive are found here, at most
 * ARCHIVE_FILTERS_MAX of them, and put before the reader one by one. What a header declares (sizes, counts) is a claim: limits count what really came out.
 *
 * Names are the bytes that the archive holds where the library leaves them alone; names that it holds as UTF-16 (7z, rar5, xar) come as UTF-8, and the library brings
 * UTF-8 names of pax headers into composed form (NFC). The locale must be a UTF-8 one. Clock times of cab, rar 4 and old lha members are the writer's wall clock.
 *
 * The zip row is in zip.c; here is its way to the compression methods that it leaves to the library. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/archive/member.h"

enum {
	BLOCK = 128 * 1024,             /* bytes a read */
	DECODED_HEAD = 1024,            /* bytes decoded to see what a compressed file holds */
	PROBE_INPUT_MAX = 5 << 20,      /* bytes read for that: more than the largest bzip2 or lz4 block */
	RETRIES_MAX = 1000,             /* turns of the library without a byte of content */
	FAILURES_MAX = 16,              /* headers in a row that could not be read */
};

/* ---- the library's view of a source */

struct feed {
	struct source *source;
	struct archive *below;          /* bytes come out of this one instead (see stages) */
	struct reporter *const *report; /* its container's, which may change from job to job; NULL: nobody watches */
	uint64_t at, end, taken;        /* taken: bytes in all, also those that were taken again */
	uint8_t *block;                 /* NULL when the source lies in memory */
	bool taint;
};

/* Tells the watchdog. False: what is there is to be left out. */
static bool step_told(struct reporter *r, uint64_t at)
{
	return !r || !r->step || r->step(r, at);
}

static la_ssize_t feed_read(struct archive *a, void *data, const void **bytes)
{
	struct feed *f = data;
	if (f->below) {
		if (!f->block)
			f->block = memory_new(BLOCK);
		la_ssize_t got = archive_read_data(f->below, f->block, BLOCK);
		if (got < 0)
			archive_set_error(a, EIO, "%s", archive_error_string(f->below) ? archive_error_string(f->below) : "damaged");
		*bytes = f->block;
		return got < 0 ? ARCHIVE_FATAL : got;
	}
	uint64_t left = f->at < f->end ? f->end - f->at : 0;
	size_t length = left < BLOCK ? (size_t)left : BLOCK;
	if (f->source->memory) {
		*bytes = f->source->memory + f->at;
	} else {
		if (!f->block)
			f->block = memory_new(BLOCK);
		length = length ? source_read_at(f->source, f->at, f->block, length, &f->taint) : 0;
		*bytes = f->block;
	}
	f->at += length;
	f->taken += length;
	/* new bytes are progress, also in a call that decodes gigabytes to pass over members; but formats seek: what was taken twice and more is a circle */
	if (length && f->report && f->taken / 2 <= f->end)
		(void)step_told(*f->report, f->at);
	return (la_ssize_t)length;
}

static la_int64_t feed_skip(struct archive *a, void *data, la_int64_t request)
{
	struct feed *f = data;
	(void)a;
	uint64_t left = f->at < f->end ? f->end - f->at : 0;
	uint64_t step = request > 0 ? (uint64_t)request : 0;
	if (step > left)
		step = left;
	f->at += step;
	return (la_int64_t)step;
}

static la_int64_t feed_seek(struct archive *a, void *data, la_int64_t offset, int whence)
{
	struct feed *f = data;
	(void)a;
	int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)f->at : (int64_t)f->end;
	int64_t to;
	if (__builtin_add_overflow(base, offset, &to) || to < 0 || (uint64_t)to > f->end)
		return ARCHIVE_FATAL;
	f->at = (uint64_t)to;
	return to;
}

/* Without seek and skip where the bytes come out of another archive. */
static int feed_open(struct archive *a, struct feed *f)
{
	if (f->below)
		return archive_read_open2(a, f, NULL, feed_read, NULL, NULL);
	archive_read_set_seek_callback(a, feed_seek);
	return archive_read_open2(a, f, NULL, feed_read, feed_skip, NULL);
}

/* ---- compressions */

struct compression { const char *row; int filter; unsigned bits; const char *suffix; };
static const struct compression compressions[] = {
	{ "gz", ARCHIVE_FILTER_GZIP, 24, ".gz" },
	{ "bz2", ARCHIVE_FILTER_BZIP2, 80, ".bz2" },
	{ "xz", ARCHIVE_FILTER_XZ, 48, ".xz" },
	{ "zst", ARCHIVE_FILTER_ZSTD, 32, ".zst" },
	{ "lz4", ARCHIVE_FILTER_LZ4, 32, ".lz4" },
	{ "lzma", ARCHIVE_FILTER_LZMA, 20, ".lzma" },
	{ "lz", ARCHIVE_FILTER_LZIP, 32, ".lz" },
	{ "Z", ARCHIVE_FILTER_COMPRESS, 19, ".Z" },
	{ "rpm", ARCHIVE_FILTER_RPM, 32, "" },          /* no row of its own: a cpio behind a lead and headers */
};
enum { COMPRESSIONS = sizeof compressions / sizeof *compressions };

static bool starts(const uint8_t *p, size_t n, const void *magic, size_t length)
{
	return n >= length && memcmp(p, magic, length) == 0;
}

/* Skippable frames (of Zstandard and LZ4 alike) may stand in front. Returns what they leave. */
static size_t frames_skip(const uint8_t *p, size_t n)
{
	size_t at = 0;
	while (n - at >= 8 && (p[at] & 0xf0) == 0x50 && memcmp(p + at + 1, "\x2a\x4d\x18", 3) == 0) {
		size_t length = (size_t)p[at + 4] | (size_t)p[at + 5] << 8 | (size_t)p[at + 6] << 16 | (size_t)p[at + 7] << 24;
		if (length > n - at - 8)
			return 0;
		at += 8 + length;
	}
	return at;
}

/* LZMA alone has no magic: the usual properties byte, a dictionary size of 2^n or 2^n + 2^(n-1), a length that is unknown or below 1 TiB. */
static bool lzma_alone(const uint8_t *p, size_t n)
{
	if (n < 14 || (p[0] != 0x5d && p[0] != 0x5e) || p[13] != 0)
		return false;
	uint32_t dictionary = (uint32_t)p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24;
	if (dictionary < 4096)
		return false;
	uint32_t low = dictionary & (0 - dictionary);
	if (dictionary != low && dictionary != low * 3 && dictionary != UINT32_MAX)
		return false;
	return memcmp(p + 5, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0 || (!p[10] && !p[11] && !p[12]);
}

static const struct compression *compression_of(const uint8_t *p, size_t n)
{
	int filter = ARCHIVE_FILTER_NONE;
	size_t skipped = frames_skip(p, n);
	if (starts(p, n, "\x1f\x8b\x08", 3) && n > 3 && !(p[3] & 0xe0))
		filter = ARCHIVE_FILTER_GZIP;
	else if (starts(p, n, "BZh", 3) && n >= 10 && p[3] >= '1' && p[3] <= '9' && (starts(p + 4, 6, "1AY&SY", 6) || starts(p + 4, 6, "\x17\x72\x45\x38\x50\x90", 6)))
		filter = ARCHIVE_FILTER_BZIP2;
	else if (starts(p, n, "\xfd" "7zXZ", 6))
		filter = ARCHIVE_FILTER_XZ;
	else if (starts(p + skipped, n - skipped, "\x28\xb5\x2f\xfd", 4))
		filter = ARCHIVE_FILTER_ZSTD;
	else if (starts(p + skipped, n - skipped, "\x04\x22\x4d\x18", 4) || starts(p, n, "\x02\x21\x4c\x18", 4))
		filter = ARCHIVE_FILTER_LZ4;
	else if (starts(p, n, "LZIP", 4) && n > 5 && p[4] <= 1)
		filter = ARCHIVE_FILTER_LZIP;
	else if (starts(p, n, "\x1f\x9d", 2) && n > 3 && (p[2] & 0x60) == 0 && (p[2] & 0x1f) >= 9 && (p[2] & 0x1f) <= 16)
		filter = ARCHIVE_FILTER_COMPRESS;
	else if (starts(p, n, "\xed\xab\xee\xdb", 4))
		filter = ARCHIVE_FILTER_RPM;
	else if (lzma_alone(p, n))
		filter = ARCHIVE_FILTER_LZMA;
	for (unsigned i = 0; i < COMPRESSIONS && filter; i++)
		if (compressions[i].filter == filter)
			return &compressions[i];
	return NULL;
}

/* The decompressors around an archive, and what feeds them. Usually they are filters of the archive itself. The one for compress(1) reads when it is made, before
 * there is anything to read, and falls over: with that one among them, each is an archive of its own that feeds the next. */
struct stages {
	struct feed feed[ARCHIVE_FILTERS_MAX + 1];
	struct archive *archive[ARCHIVE_FILTERS_MAX];
	unsigned count;
};

static void stages_close(struct stages *s)
{
	for (unsigned i = s->count; i-- > 0;)
		archive_read_free(s->archive[i]);
	for (unsigned i = 0; i <= ARCHIVE_FILTERS_MAX; i++) {
		free(s->feed[i].block);
		s->feed[i].block = NULL;
	}
	s->count = 0;
}

/* Opens `a`, whose formats are set, behind the filters over the first `end` bytes of the source. Less than ARCHIVE_WARN: it could not. */
static int stages_open(struct stages *s, struct archive *a, struct source *source, struct reporter *const *report, uint64_t end, const int *filter, unsigned filters)
{
	bool apart = false;
	for (unsigned i = 0; i < filters; i++)
		apart |= filter[i] == ARCHIVE_FILTER_COMPRESS;
	s->feed[0] = (struct feed){ .source = source, .report = report, .end = end };
	if (!apart) {
		for (unsigned i = 0; i < filters; i++)
			if (archive_read_append_filter(a, filter[i]) < ARCHIVE_WARN)
				return ARCHIVE_FATAL;
		return feed_open(a, &s->feed[0]);
	}
	for (unsigned i = 0; i < filters; i++) {
		struct archive *stage = archive_read_new();
		struct archive_entry *e;
		if (!stage)
			exit(MEMORY_EXHAUSTED_STATUS);
		s->archive[s->count++] = stage;
		archive_read_support_format_raw(stage);
		int rc = filter[i] == ARCHIVE_FILTER_COMPRESS ? archive_read_support_filter_compress(stage) : archive_read_append_filter(stage, filter[i]);
		if (rc >= ARCHIVE_WARN)
			rc = feed_open(stage, &s->feed[i]);
		if (rc >= ARCHIVE_WARN)
			rc = archive_read_next_header(stage, &e);
		if (rc != ARCHIVE_EOF && rc < ARCHIVE_WARN) {
			archive_set_error(a, EIO, "%s", archive_error_string(stage) ? archive_error_string(stage) : "damaged");
			return ARCHIVE_FATAL;
		}
		s->feed[i + 1] = (struct feed){ .below = stage };
	}
	return feed_open(a, &s->feed[filters]);
}

static size_t decoded_head(struct source *source, const int *filter, unsigned filters, uint8_t *to, size_t most)
{
	struct stages stages = { 0 };
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	size_t got = 0;
	if (a && archive_read_support_format_raw(a) == ARCHIVE_OK &&
	    stages_open(&stages, a, source, NULL, source->size < PROBE_INPUT_MAX ? source->size : PROBE_INPUT_MAX, filter, filters) == ARCHIVE_OK && archive_read_next_header(a, &e) >= ARCHIVE_WARN)
		while (got < most) {
			la_ssize_t n = archive_read_data(a, to + got, most - got);
			if (n <= 0)
				break;
			got += (size_t)n;
		}
	archive_read_free(a);
	stages_close(&stages);
	return got;
}

/* The compressions around something, and the head of that. */
struct pipeline {
	int filter[ARCHIVE_FILTERS_MAX];
	unsigned filters;
	bool deeper;                    /* still compressed after ARCHIVE_FILTERS_MAX */
	uint8_t head[DECODED_HEAD];
	size_t head_length;
};

static void pipeline_find(struct pipeline *p, struct source *source, const uint8_t *head, size_t length)
{
	*p = (struct pipeline){ .head_length = length < DECODED_HEAD ? length : DECODED_HEAD };
	if (p->head_length)
		memcpy(p->head, head, p->head_length);
	const struct compression *c;
	while ((c = compression_of(p->head, p->head_length)) != NULL) {
		if (p->filters == ARCHIVE_FILTERS_MAX) {
			p->deeper = true;
			return;
		}
		p->filter[p->filters++] = c->filter;
		p->head_length = decoded_head(source, p->filter, p->filters, p->head, sizeof p->head);
	}
}

/* ---- probes */

static bool octal_field(const uint8_t *p, size_t length)
{
	bool digit = false;
	for (size_t i = 0; i < length; i++) {
		if (p[i] >= '0' && p[i] <= '7')
			digit = true;
		else if (p[i] != ' ' && p[i] != 0)
			return false;
	}
	return digit;
}

/* A tar header's checksum, signed or unsigned, is right. */
static unsigned tar_bits(const uint8_t *p, size_t n)
{
	if (n < 512 || !octal_field(p + 148, 8))
		return 0;
	uint32_t stated = 0;
	for (unsigned i = 0; i < 8; i++)
		if (p[148 + i] >= '0' && p[148 + i] <= '7')
			stated = stated * 8 + (uint32_t)(p[148 + i] - '0');
	uint32_t sum = 0;
	int32_t signed_sum = 0;
	for (unsigned i = 0; i < 512; i++) {
		uint8_t byte = i >= 148 && i < 156 ? ' ' : p[i];
		sum += byte;
		signed_sum += (int8_t)byte;
	}
	if (sum != stated && signed_sum != (int32_t)stated)
		return 0;
	return memcmp(p + 257, "ustar", 5) == 0 ? 40 + 16 : 16 + 16;
}

static unsigned cpio_bits(const uint8_t *p, size_t n)
{
	if (n >= 76 && (starts(p, n, "070701", 6) || starts(p, n, "070702", 6) || starts(p, n, "070707", 6))) {
		for (unsigned i = 6; i < 76; i++)
			if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f') || (p[i] >= 'A' && p[i] <= 'F')))
				return 0;
		return 48;
	}
	if (n >= 28 && (starts(p, n, "\xc7\x71", 2) || starts(p, n, "\x71\xc7", 2))) {
		bool little = p[0] == 0xc7;
		unsigned name = little ? p[20] | (unsigned)p[21] << 8 : p[21] | (unsigned)p[20] << 8;
		if (name >= 2 && name <= ARCHIVE_NAME_MAX && (size_t)26 + name <= n && p[26 + name - 1] == 0 && memchr(p + 26, 0, name) == p + 26 + name - 1)
			return 16 + 8 + 4;
	}
	return 0;
}

static unsigned probe_through(const struct probe *p, unsigned (*bits)(const uint8_t *, size_t))
{
	if (!compression_of(p->head, p->head_length))
		return bits(p->head, p->head_length);
	struct pipeline pipe;
	pipeline_find(&pipe, p->source, p->head, p->head_length);
	unsigned inner = bits(pipe.head, pipe.head_length);
	return inner ? inner + 16 : 0;
}

static unsigned tar_probe(const struct probe *p) { return probe_through(p, tar_bits); }
static unsigned cpio_probe(const struct probe *p) { return probe_through(p, cpio_bits); }

static unsigned probe_magic(const struct probe *p, const char *magic, size_t length)
{
	return starts(p->head, p->head_length, magic, length) ? (unsigned)length * 8 : 0;
}

static unsigned sevenzip_probe(const struct probe *p) { return probe_magic(p, "7z\xbc\xaf\x27\x1c", 6); }
static unsigned rar_probe(const struct probe *p)
{
	unsigned old = probe_magic(p, "Rar!\x1a\x07\0", 7);
	return old ? old : probe_magic(p, "Rar!\x1a\x07\1\0", 8);
}
static unsigned cab_probe(const struct probe *p) { return probe_magic(p, "MSCF\0\0\0\0", 8); }
static unsigned ar_probe(const struct probe *p) { return probe_magic(p, "!<arch>\n", 8); }
static unsigned xar_probe(const struct probe *p) { return probe_magic(p, "xar!", 4); }
static unsigned warc_probe(const struct probe *p)
{
	return starts(p->head, p->head_length, "WARC/", 5) && p->head_length > 8 && p->head[6] == '.' ? 48 : 0;
}
static unsigned lha_probe(const struct probe *p)
{
	const uint8_t *h = p->head;
	if (p->head_length < 22 || h[2] != '-' || h[3] != 'l' || h[6] != '-' || h[20] > 3 || (h[4] != 'h' && h[4] != 'z'))
		return 0;
	return (h[5] >= '0' && h[5] <= '9') || h[5] == 'd' || h[5] == 's' ? 8 * 4 + 6 : 0;
}

/* A compressed file that holds a tar or a cpio belongs to those rows alone: the same bytes need not be opened twice. */
static unsigned single_probe(const struct probe *p, unsigned which)
{
	const struct compression *c = compression_of(p->head, p->head_length);
	if (c != &compressions[which] || tar_probe(p) || cpio_probe(p))
		return 0;
	return c->bits;
}

/* ---- containers */

enum { KIND_OWNER = 1, KIND_LOCAL = 2, KIND_FILTERS = 4, KIND_SINGLE = 8 };

struct kind {
	const struct format *format;
	int (*support)(struct archive *a);
	unsigned flags;
};

struct archive_container {
	struct container container;
	const struct kind *kind;
	struct archive *archive;
	struct archive_entry *entry;    /* the current one; belongs to `archive` */
	struct stages stages;
	struct pipeline pipe;
	struct member_names names;
	struct buffer single;           /* name of the one member of a single compressed file */
	uint64_t ordinal, given;        /* members so far; bytes of content given */
	const char *step;               /* of the current node, in its arena */
	bool local, ended, standing;
	const uint8_t *block;           /* what the library gave last, and where it belongs */
	size_t block_length;
	uint64_t block_offset, at;
	bool block_last;                /* only a hole is left, up to block_offset */
};

static const char *kind_word(struct archive_container *c, const char *word)
{
	return arena_format(&c->container.arena, "%s.%s", c->kind->format->name, word);
}

static const char *archive_text(struct archive *a)
{
	const char *text = a ? archive_error_string(a) : NULL;
	return text ? text : "no reason given";
}

static void limit_reached(struct archive_container *c, const char *word, const char *step, const char *what)
{
	report_error(c->container.report, "limit", kind_word(c, word), step, 0, 0, "%s", what);
}

/* False: told why. */
static bool archive_start(struct archive_container *c)
{
	if (c->archive)
		archive_read_free(c->archive);
	stages_close(&c->stages);
	c->archive = archive_read_new();
	c->ordinal = c->given = 0;
	c->ended = c->standing = false;
	c->entry = NULL;
	c->step = NULL;
	member_names_free(&c->names);
	if (!c->archive)
		exit(MEMORY_EXHAUSTED_STATUS);
	struct source *source = c->container.source;
	if (c->kind->support(c->archive) < ARCHIVE_WARN || stages_open(&c->stages, c->archive, source, &c->container.report, source->size, c->pipe.filter, c->pipe.filters) < ARCHIVE_WARN) {
		report_error(c->container.report, "damage", kind_word(c, "open"), NULL, 0, 0, "cannot be opened: %s", archive_text(c->archive));
		return false;
	}
	return true;
}

static void archive_close(struct container *container)
{
	struct archive_container *c = (struct archive_container *)container;
	if (c->archive)
		archive_read_free(c->archive);
	stages_close(&c->stages);
	member_names_free(&c->names);
	buffer_free(&c->single);
	free(c);
}

/* The name of what a single compressed file holds: the gzip header's (RFC 1952, FNAME), else the outer name without its suffix. */
static void single_name(struct archive_container *c, const struct opening *o, const uint8_t *head, size_t length)
{
	const struct compression *compression = compression_of(head, length);
	if (compression && compression->filter == ARCHIVE_FILTER_GZIP && length > 10 && head[3] & 8) {
		size_t at = 10;
		if (head[3] & 4)
			at += length >= 12 ? 2 + (size_t)(head[10] | head[11] << 8) : 2;
		const uint8_t *end = at < length ? memchr(head + at, 0, length - at) : NULL;
		if (end && end > head + at) {
			buffer_append(&c->single, head + at, (size_t)(end - head) - at);
			return;
		}
	}
	size_t suffix = compression ? strlen(compression->suffix) : 0;
	size_t keep = o->name_length;
	if (suffix && keep > suffix && text_equal_nocase(o->name + keep - suffix, suffix, compression->suffix, suffix))
		keep -= suffix;
	buffer_append(&c->single, o->name, keep);
	if (!c->single.length)
		buffer_text(&c->single, "content");
}

static struct container *archive_open(const struct opening *o, const struct kind *kind)
{
	struct archive_container *c = memory_new(sizeof *c);
	c->container = (struct container){ .format = kind->format, .source = o->source, .report = o->report };
	c->kind = kind;
	uint8_t head[4096];
	size_t length = source_read_at(o->source, 0, head, sizeof head, NULL);
	if (kind->flags & KIND_SINGLE) {
		const struct compression *compression = compression_of(head, length);
		if (compression) {
			c->pipe.filter[0] = compression->filter;
			c->pipe.filters = 1;
		}
		single_name(c, o, head, length);
	} else if (kind->flags & KIND_FILTERS) {
		pipeline_find(&c->pipe, o->source, head, length);
		if (c->pipe.deeper)
			limit_reached(c, "filters", NULL, "more compressions around the archive than the limit");
	}
	c->local = kind->flags & KIND_LOCAL;
	if (strcmp(kind->format->name, "rar") == 0)
		c->local = length > 6 && head[6] == 0;
	if (strcmp(kind->format->name, "lha") == 0)
		c->local = length > 20 && head[20] < 2;
	if (c->pipe.deeper || !archive_start(c)) {
		arena_free(&c->container.arena);
		archive_close(&c->container);
		return NULL;
	}
	return &c->container;
}

/* Bytes that went in, for the ratio. */
static bool ratio_reached(struct archive_container *c, uint64_t out)
{
	if (out <= ARCHIVE_RATIO_FROM)
		return false;
	uint64_t in = c->stages.feed[0].at;             /* with what is read ahead: at most BLOCK more */
	return !in || out / in >= ARCHIVE_RATIO_MAX;
}

/* The next piece of the current member from the library; false: no more (told why if that was not the end). */
static int block_next(struct archive_container *c)
{
	for (unsigned tries = 0; tries < RETRIES_MAX; tries++) {
		const void *bytes = NULL;
		size_t length = 0;
		la_int64_t offset = 0;
		int rc = archive_read_data_block(c->archive, &bytes, &length, &offset);
		if (rc == ARCHIVE_EOF) {
			c->block_length = 0;
			c->block_last = true;
			/* a hole at the end; xar counts over all members here, so what the member's size does not cover is none */
			uint64_t size = archive_entry_size_is_set(c->entry) && archive_entry_size(c->entry) > 0 ? (uint64_t)archive_entry_size(c->entry) : 0;
			c->block_offset = offset > 0 && (uint64_t)offset > c->at && (uint64_t)offset <= size ? (uint64_t)offset : c->at;
			return 1;
		}
		if (rc < ARCHIVE_WARN) {
			const char *text = archive_text(c->archive);
			bool unknown = strstr(text, "nsupported") || strstr(text, "Unknown codec") || strstr(text, "not supported");
			report_error(c->container.report, unknown ? "unsupported" : "damage", kind_word(c, "member"), c->step, 0, 0, "%s", text);
			return -1;
		}
		if (rc == ARCHIVE_RETRY || !length)
			continue;
		c->block = bytes;
		c->block_length = length;
		/* pieces that would go back are taken as following: nothing is overwritten, nothing is lost */
		c->block_offset = offset > 0 && (uint64_t)offset > c->at ? (uint64_t)offset : c->at;
		return 1;
	}
	report_error(c->container.report, "damage", kind_word(c, "member"), c->step, 0, 0, "the library makes no progress");
	return -1;
}

static ssize_t archive_read(struct container *container, void *to, size_t length)
{
	struct archive_container *c = (struct archive_container *)container;
	if (!c->standing || !length)
		return 0;
	if (!c->block_length && !c->block_last) {
		if (block_next(c) < 0) {
			c->standing = false;
			return -1;
		}
	}
	uint64_t most = archive_output_most(c->container.source->size);
	if (c->given >= most) {
		limit_reached(c, "output", c->step, "the archive gave more bytes than the limit");
		c->standing = false;
		c->ended = c->pipe.filters > 0;                 /* else the other names cost little */
		return -1;
	}
	size_t take = length;
	if (take > most - c->given)
		take = (size_t)(most - c->given);
	if (c->at < c->block_offset) {                          /* a hole */
		if (take > c->block_offset - c->at)
			take = (size_t)(c->block_offset - c->at);
		memset(to, 0, take);
	} else if (c->block_length) {
		if (take > c->block_length)
			take = c->block_length;
		memcpy(to, c->block, take);
		c->block += take;
		c->block_length -= take;
		if (ratio_reached(c, c->given + take)) {
			limit_reached(c, "ratio", c->step, "the archive grows more than the limit allows: a compression bomb");
			c->standing = false;
			c->ended = true;
			return -1;
		}
	} else {
		/* the library ends a member quietly where the next volume is missing */
		uint64_t size = archive_entry_size_is_set(c->entry) && archive_entry_size(c->entry) > 0 ? (uint64_t)archive_entry_size(c->entry) : 0;
		if (c->at < size && !(c->kind->flags & KIND_SINGLE))
			report_error(c->container.report, "damage", kind_word(c, "member"), c->step, 0, 0, "the content ends after %llu of %llu bytes", (unsigned long long)c->at, (unsigned long long)size);
		c->standing = false;
		return 0;
	}
	c->at += take;
	c->given += take;
	if (c->at > c->block_offset)
		c->block_offset = c->at;
	return (ssize_t)take;
}

/* A long member behind a filter is decoded even where nobody reads it: that counts too, and is progress. */
static void member_drain(struct archive_container *c)
{
	uint8_t *waste = c->standing && c->pipe.filters ? memory_new(BLOCK) : NULL;
	while (waste && archive_read(&c->container, waste, BLOCK) > 0)
		(void)step_told(c->container.report, c->ordinal);
	free(waste);
}

static const char *entry_name(struct archive_container *c, struct archive_entry *e, size_t *length)
{
	const char *name = archive_entry_pathname(e);
	if (!name)
		name = archive_entry_pathname_utf8(e);
	if (name) {
		*length = strlen(name);
		return name;
	}
	const wchar_t *wide = archive_entry_pathname_w(e);
	struct buffer text = { 0 };
	for (; wide && *wide; wide++)
		text_utf8_append(&text, (uint32_t)*wide);
	*length = text.length;
	name = arena_copy(&c->container.arena, text.data ? text.data : (const uint8_t *)"", text.length);
	buffer_free(&text);
	return name;
}

static struct timestamp entry_time(struct archive_container *c, bool set, time_t seconds, long nanoseconds)
{
	if (!set)
		return (struct timestamp){ 0 };
	bool valid = nanoseconds >= 0 && nanoseconds < 1000000000;
	struct timestamp t = time_from_unix(seconds, valid ? (uint32_t)nanoseconds : 0, valid && nanoseconds ? (nanoseconds % 100 ? TIME_NS : TIME_100NS) : c->local ? TIME_2S : TIME_S);
	if (c->local)
		t.zone = TIME_LOCAL;
	return t;
}

static void target_set(struct archive_container *c, struct node *n, const char *target)
{
	if (!target)
		return;
	size_t length = strlen(target);
	struct buffer text = { 0 };
	bool lossy = text_to_utf8(&text, target, length, TEXT_UTF8);
	n->target = arena_copy(&c->container.arena, text.data ? text.data : (const uint8_t *)"", text.length);
	if (lossy)
		n->target_raw = (struct node_text){ arena_copy(&c->container.arena, target, length), length };
	buffer_free(&text);
}

static void entry_describe(struct archive_container *c, struct archive_entry *e, struct node *n)
{
	unsigned mode = archive_entry_mode(e);
	unsigned type = archive_entry_filetype(e);
	const char *hardlink = archive_entry_hardlink(e);
	n->kind = type == AE_IFDIR ? NODE_DIRECTORY : type == AE_IFLNK ? NODE_SYMLINK : type == AE_IFCHR || type == AE_IFBLK ? NODE_DEVICE :
		type == AE_IFIFO ? NODE_FIFO : type == AE_IFSOCK ? NODE_SOCKET : NODE_MEMBER;
	if (mode & 07777 || type)
		member_mode(n->mode, mode);
	n->content = n->kind == NODE_MEMBER && !(hardlink && !archive_entry_size(e)) ? CONTENT_SEQUENTIAL : CONTENT_NONE;
	if (archive_entry_size_is_set(e) && archive_entry_size(e) >= 0) {
		n->has_size = true;
		n->size = (uint64_t)archive_entry_size(e);
	}
	if (c->kind->flags & KIND_OWNER && archive_entry_uid(e) >= 0 && archive_entry_uid(e) <= UINT32_MAX && archive_entry_gid(e) >= 0 && archive_entry_gid(e) <= UINT32_MAX) {
		n->has_owner = true;
		n->uid = (uint32_t)archive_entry_uid(e);
		n->gid = (uint32_t)archive_entry_gid(e);
	}
	n->time[NODE_MTIME] = entry_time(c, archive_entry_mtime_is_set(e), archive_entry_mtime(e), archive_entry_mtime_nsec(e));
	n->time[NODE_ATIME] = entry_time(c, archive_entry_atime_is_set(e), archive_entry_atime(e), archive_entry_atime_nsec(e));
	n->time[NODE_CTIME] = entry_time(c, archive_entry_ctime_is_set(e), archive_entry_ctime(e), archive_entry_ctime_nsec(e));
	n->time[NODE_CRTIME] = entry_time(c, archive_entry_birthtime_is_set(e), archive_entry_birthtime(e), archive_entry_birthtime_nsec(e));
	if (hardlink) {
		node_flag(n, "hardlink");
		target_set(c, n, hardlink);
	} else if (n->kind == NODE_SYMLINK) {
		target_set(c, n, archive_entry_symlink(e));
	}
	if (c->pipe.filters)
		node_flag(n, "compressed");
	n->order = c->ordinal;
	n->tainted = c->stages.feed[0].taint;
}

static int archive_next(struct container *container, struct node *n)
{
	struct archive_container *c = (struct archive_container *)container;
	member_drain(c);                /* before the arena goes: what it tells names the member */
	arena_reset(&c->container.arena);
	c->step = NULL;
	*n = (struct node){ 0 };
	for (unsigned tries = 0; !c->ended; tries++) {
		member_drain(c);
		c->standing = false;
		if (c->ended)
			return 0;
		if (c->ordinal >= ARCHIVE_MEMBERS_MAX) {
			limit_reached(c, "members", NULL, "more members than the limit");
			c->ended = true;
			return 0;
		}
		struct archive_entry *e = NULL;
		int rc = archive_read_next_header(c->archive, &e);
		if (rc == ARCHIVE_EOF) {
			c->ended = true;
			return 0;
		}
		if (rc == ARCHIVE_FATAL || tries == FAILURES_MAX) {
			bool locked = archive_read_has_encrypted_entries(c->archive) > 0;
			report_error(c->container.report, locked ? "locked" : "damage", kind_word(c, locked ? "encrypted" : "header"), NULL, 0, 0, "after member %llu: %s%s",
			             (unsigned long long)c->ordinal, archive_text(c->archive), locked ? "; passwords of --keys open members of a zip only" : "");
			c->ended = true;
			return 0;
		}
		if (rc < ARCHIVE_WARN) {                        /* FAILED, RETRY: this header is lost, the next may be right */
			report_error(c->container.report, "damage", kind_word(c, "header"), NULL, 0, 0, "after member %llu: %s", (unsigned long long)c->ordinal, archive_text(c->archive));
			continue;
		}
		c->ordinal++;
		if (!step_told(c->container.report, c->ordinal))
			continue;
		c->entry = e;
		c->standing = true;
		c->block_length = 0;
		c->block_last = false;
		c->at = c->block_offset = 0;
		entry_describe(c, e, n);
		size_t length;
		const char *name = entry_name(c, e, &length);
		if (c->kind->flags & KIND_SINGLE) {
			name = (const char *)c->single.data;
			length = c->single.length;
		}
		bool known = member_name_add(&c->names, name, member_name_length(n->kind == NODE_DIRECTORY, name, length));
		member_place(container, c->kind->format->name, n, name, length, !known, c->ordinal);
		c->step = n->step;
		if (rc == ARCHIVE_WARN)
			report_note(c->container.report, kind_word(c, "warning"), n->step, 0, 0, "%s", archive_text(c->archive));
		if (archive_entry_is_encrypted(e)) {
			node_flag(n, "encrypted");
			n->content = CONTENT_NONE;
			c->standing = false;
			report_error(c->container.report, "locked", kind_word(c, "encrypted"), n->step, 0, 0, "the member is encrypted: only its name, times and size are read; passwords of --keys open members of a zip only");
		}
		if (n->content != CONTENT_SEQUENTIAL)
			c->standing = false;
		return 1;
	}
	return 0;
}

static bool archive_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct archive_container *c = (struct archive_container *)container;
	uint64_t ordinal = member_step_ordinal(step);
	if ((ordinal == 0 || ordinal <= c->ordinal || c->ended) && !archive_start(c))
		return false;
	while (archive_next(container, n) > 0)
		if (member_is(n, step))
			return true;
	return false;
}

/* ---- one member of a zip */

struct zip_stream { struct archive *archive; struct feed feed; };

struct zip_stream *zip_stream_open(struct source *below, uint64_t local_header)
{
	struct zip_stream *z = memory_new(sizeof *z);
	z->feed = (struct feed){ .source = below, .at = local_header, .end = below->size };
	z->archive = archive_read_new();
	struct archive_entry *e;
	if (!z->archive)
		exit(MEMORY_EXHAUSTED_STATUS);
	if (archive_read_support_format_zip_streamable(z->archive) >= ARCHIVE_WARN &&
	    archive_read_open2(z->archive, &z->feed, NULL, feed_read, feed_skip, NULL) >= ARCHIVE_WARN)
		archive_read_next_header(z->archive, &e);
	return z;
}

ssize_t zip_stream_read(struct zip_stream *z, void *to, size_t length)
{
	la_ssize_t got = archive_read_data(z->archive, to, length);
	return got < 0 ? -1 : (ssize_t)got;
}

const char *zip_stream_error(struct zip_stream *z)
{
	return archive_text(z->archive);
}

void zip_stream_close(struct zip_stream *z)
{
	archive_read_free(z->archive);
	free(z->feed.block);
	free(z);
}

/* ---- the rows */

static int support_rar(struct archive *a)
{
	int old = archive_read_support_format_rar(a);
	return old < ARCHIVE_WARN ? old : archive_read_support_format_rar5(a);
}

#define ROW(symbol, title, supports, flag_bits, sees, line)                                                                     \
	static struct container *row_##symbol##_open(const struct opening *o)                                                         \
	{                                                                                                                       \
		static const struct kind kind = { &format_##symbol, supports, flag_bits };                                      \
		return archive_open(o, &kind);                                                                                  \
	}                                                                                                                       \
	const struct format format_##symbol = { .name = title, .layer = LAYER_ARCHIVE, .flags = FORMAT_SEQUENTIAL | FORMAT_FOREIGN | ((flag_bits) & KIND_SINGLE ? FORMAT_ONE : 0), .about = line, .probe = sees, \
		.open = row_##symbol##_open, .next = archive_next, .find = archive_find, .read = archive_read, .close = archive_close };
#define SINGLE(symbol, index, line)                                                                                             \
	extern const struct format format_##symbol;                                                                             \
	static unsigned symbol##_probe(const struct probe *p) { return single_probe(p, index); }                                \
	ROW(symbol, #symbol, archive_read_support_format_raw, KIND_SINGLE, symbol##_probe, line)

extern const struct format format_7z, format_rar, format_cab, format_tar, format_cpio, format_ar, format_lha, format_xar, format_warc;

ROW(7z, "7z", archive_read_support_format_7zip, 0, sevenzip_probe, "7-Zip archive")
ROW(rar, "rar", support_rar, 0, rar_probe, "RAR archive, versions 4 and 5")
ROW(cab, "cab", archive_read_support_format_cab, KIND_LOCAL, cab_probe, "Microsoft cabinet")
ROW(tar, "tar", archive_read_support_format_tar, KIND_OWNER | KIND_FILTERS, tar_probe, "tar archive, also compressed (gz bz2 xz zst lz4 lzma lz Z)")
ROW(cpio, "cpio", archive_read_support_format_cpio, KIND_OWNER | KIND_FILTERS, cpio_probe, "cpio archive, also compressed or in an RPM package")
ROW(ar, "ar", archive_read_support_format_ar, KIND_OWNER, ar_probe, "Unix ar archive, Debian package")
ROW(lha, "lha", archive_read_support_format_lha, 0, lha_probe, "LHA archive")
ROW(xar, "xar", archive_read_support_format_xar, KIND_OWNER, xar_probe, "XAR archive, macOS installer package")
ROW(warc, "warc", archive_read_support_format_warc, 0, warc_probe, "web archive")
SINGLE(gz, 0, "one gzip-compressed file")
SINGLE(bz2, 1, "one bzip2-compressed file")
SINGLE(xz, 2, "one xz-compressed file")
SINGLE(zst, 3, "one Zstandard-compressed file")
SINGLE(lz4, 4, "one LZ4-compressed file")
SINGLE(lzma, 5, "one LZMA-compressed file")
SINGLE(lz, 6, "one lzip-compressed file")
SINGLE(Z, 7, "one file compressed by compress(1)")
