/* SPDX-License-Identifier: Apache-2.0 */
/* aff.c: disk images of the Advanced Forensic Format, versions 1 to 3 in one file (AFF).
 *
 * Source: S. Garfinkel, "AFF: the advanced forensic format" and the comments of AFFLIB's afflib.h. A file is a row of segments, each with a name; those named page0, page1 ... are
 * the disk, packed or not. Our own reader, because AFFLIB opens paths only, which a worker can't, and brings LDAP, Kerberos and HTTP with it. The segments are walked once;
 * where the walk meets damage, the next head is searched. Not read: pages packed by LZMA, encrypted images, images of many files (AFD, AFM): each is said. */
#include <stdlib.h>
#include <string.h>

#include "format/image/disk.h"

enum {
	FILE_HEAD = 8, HEAD = 16, TAIL = 8, NAME_MOST = 64, PAGE_MOST = 64 << 20, SECTOR = 512, DIGEST_MOST = 20,
	FLAG_PACKED = 1, FLAG_METHOD = 0xf0, METHOD_ZLIB = 0, METHOD_ZEROS = 0x30,
};
#define SEARCH_MOST (UINT64_C(256) << 20)       /* bytes looked through for the next head, altogether */
static const char file_head[] = "AFF10\r\n", head_mark[] = "AFF";        /* each with its NUL */

struct page { uint64_t number, at; uint32_t length, flags; size_t order; };

struct aff {
	struct disk disk;
	struct page *page; size_t pages, capacity;
	uint64_t page_size, searched;
	bool encrypted;
	uint8_t md5[16], sha1[20];
	bool has_md5, has_sha1;
	uint8_t *packed; size_t packed_room;
};

static unsigned aff_probe(const struct probe *p)
{
	return p->head_length >= FILE_HEAD && !memcmp(p->head, file_head, FILE_HEAD) ? 64 : 0;
}

struct segment { char name[NAME_MOST + 1]; uint64_t data, end; uint32_t length, flags; };

/* The segment at a place: head "AFF\0", length of name, length of data, flags u32; name; data; tail "ATT\0", length of all u32. */
static bool segment_read(struct aff *a, uint64_t at, struct segment *s)
{
	uint8_t bytes[HEAD + NAME_MOST], tail[TAIL];
	struct cursor c = cursor_of(bytes, source_read_at(a->disk.tables, at, bytes, sizeof bytes, NULL), at);
	if (!cursor_match(&c, "AFF") || cursor_u8(&c))
		return false;
	uint32_t name_length = cursor_u32be(&c);
	s->length = cursor_u32be(&c);
	s->flags = cursor_u32be(&c);
	s->data = at + HEAD + name_length;
	s->end = s->data + s->length + TAIL;
	const uint8_t *name = cursor_bytes(&c, name_length < NAME_MOST ? name_length : NAME_MOST);
	if (c.bad || s->end > a->disk.file->size || source_read_at(a->disk.tables, s->end - TAIL, tail, TAIL, NULL) < TAIL)
		return false;
	c = cursor_of(tail, TAIL, 0);
	if (!cursor_match(&c, "ATT") || cursor_u8(&c) || cursor_u32be(&c) != s->end - at)
		return false;
	size_t n = name_length < NAME_MOST ? name_length : NAME_MOST;
	memcpy(s->name, name, n);
	s->name[n] = 0;
	return true;
}

/* The number in "page12" or, before version 2, "seg12"; false: it is no page. */
static bool page_number(const char *name, uint64_t *number)
{
	static const char *const before[] = { "page", "seg" };
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		size_t n = strlen(before[i]);
		char *end;
		if (strncmp(name, before[i], n) != 0 || name[n] < '0' || name[n] > '9')
			continue;
		*number = strtoull(name + n, &end, 10);
		return !*end;
	}
	return false;
}

static void digest_read(struct aff *a, const struct segment *s, uint8_t *to, size_t length, bool *has)
{
	*has |= s->length == length && source_read_at(a->disk.tables, s->data, to, length, NULL) == length;
}

static void segment_take(struct aff *a, const struct segment *s, size_t order)
{
	uint64_t number;
	uint8_t quad[8];
	struct cursor c = cursor_of(quad, s->length == sizeof quad ? source_read_at(a->disk.tables, s->data, quad, sizeof quad, NULL) : 0, s->data);
	if (!strcmp(s->name, "pagesize") || !strcmp(s->name, "segsize")) {
		a->page_size = s->flags;
	} else if (!strcmp(s->name, "imagesize")) {     /* low, then high half, u32 each */
		a->disk.size = cursor_u32be(&c);
		a->disk.size |= (uint64_t)cursor_u32be(&c) << 32;
	} else if (!strcmp(s->name, "md5")) {
		digest_read(a, s, a->md5, sizeof a->md5, &a->has_md5);
	} else if (!strcmp(s->name, "sha1")) {
		digest_read(a, s, a->sha1, sizeof a->sha1, &a->has_sha1);
	} else if (!strncmp(s->name, "page", 4) && strstr(s->name, "/aes256")) {
		a->encrypted = true;
	} else if (page_number(s->name, &number)) {
		a->page = memory_room(a->page, a->pages, &a->capacity, sizeof *a->page);
		a->page[a->pages++] = (struct page){ .number = number, .at = s->data, .length = s->length, .flags = s->flags, .order = order };
	}
}

/* Where a head's mark is next, from `at` on; the end of the file: nowhere that is still searched. */
static uint64_t head_search(struct aff *a, uint64_t at)
{
	enum { WINDOW = 64 << 10 };
	uint8_t *window = memory_new(WINDOW);
	uint64_t found = a->disk.file->size;
	while (at < a->disk.file->size && a->searched < SEARCH_MOST && found == a->disk.file->size) {
		size_t got = source_read_at(a->disk.file, at, window, WINDOW, NULL);
		const uint8_t *p = got >= sizeof head_mark ? memmem(window, got, head_mark, sizeof head_mark) : NULL;
		if (p)
			found = at + (uint64_t)(p - window);
		size_t step = got > sizeof head_mark ? got - sizeof head_mark + 1 : got;
		a->searched += step;
		at += step;
		if (got < WINDOW)
			break;
	}
	free(window);
	return found;
}

static void segments_walk(struct aff *a)
{
	uint64_t at = FILE_HEAD, size = a->disk.file->size;
	struct segment s;
	for (size_t order = 0; at < size; order++) {
		if (segment_read(a, at, &s)) {
			segment_take(a, &s, order);
			at = s.end;
			continue;
		}
		uint64_t next = head_search(a, at + 1);
		while (next < size && !segment_read(a, next, &s))
			next = head_search(a, next + 1);
		report_error(a->disk.container.report, "damage", "aff.segment", NULL, at, next - at, "%s", next < size ? "what is here is no segment: it goes on at the next one" : "no segment is found from here on: cut off or damaged");
		at = next;
	}
}

static int by_number(const void *x, const void *y)
{
	const struct page *a = x, *b = y;
	return a->number != b->number ? (a->number < b->number ? -1 : 1) : a->order < b->order ? -1 : a->order > b->order;
}

/* Of pages with one number the last counts. */
static void pages_order(struct aff *a)
{
	size_t kept = 0;
	if (a->pages)
		qsort(a->page, a->pages, sizeof *a->page, by_number);
	for (size_t i = 0; i < a->pages; i++)
		if (i + 1 == a->pages || a->page[i].number != a->page[i + 1].number)
			a->page[kept++] = a->page[i];
	a->pages = kept;
}

static const struct page *page_find(const struct aff *a, uint64_t number)
{
	size_t low = 0, high = a->pages;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (a->page[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->pages && a->page[low].number == number ? &a->page[low] : NULL;
}

static void aff_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct aff *a = (struct aff *)d;
	uint64_t number = at / a->page_size, in = at % a->page_size;
	const struct page *page = page_find(a, number);
	*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = a->page_size - in, .source = d->file, .number = number, .in = in, .why = "a page is not in the image" };
	if (!page)
		return;
	if (page->flags & FLAG_PACKED && (page->flags & FLAG_METHOD) == METHOD_ZEROS) {
		p->kind = PIECE_ZERO;
	} else if (page->flags & FLAG_PACKED) {
		p->kind = PIECE_PACKED;
		p->offset = page->at;
		p->packed = page->length;
	} else if (in < page->length) {
		p->kind = PIECE_DATA;
		p->offset = page->at + in;
		p->length = page->length - in < p->length ? page->length - in : p->length;
	} else {
		p->why = "a page is shorter than the others";
	}
}

static const char *aff_unpack(struct disk *d, const struct disk_piece *p, uint8_t *out)
{
	struct aff *a = (struct aff *)d;
	const struct page *page = page_find(a, p->number);
	bool taint = false;
	if (!page || (page->flags & FLAG_METHOD) != METHOD_ZLIB)
		return "a page is packed by a method that is not read (LZMA)";
	uint64_t start = p->number * a->page_size, least = d->size - start < a->page_size ? d->size - start : a->page_size;
	if (p->packed > a->page_size + a->page_size / 8 + 1024)
		return "a packed page is larger than one that is not";
	if (a->packed_room < p->packed) {
		free(a->packed);
		a->packed_room = (size_t)p->packed;
		a->packed = memory_new(a->packed_room);
	}
	if (source_read_at(p->source, p->offset, a->packed, (size_t)p->packed, &taint) < p->packed || taint)
		return "a packed page lies in a damaged part of the file";
	return disk_inflate(a->packed, (size_t)p->packed, true, out, (size_t)a->page_size, (size_t)least);
}

static void aff_release(struct disk *d)
{
	struct aff *a = (struct aff *)d;
	free(a->page);
	free(a->packed);
}

static struct container *aff_open(const struct opening *o)
{
	struct aff *a = disk_new(o, sizeof *a);
	struct disk *d = &a->disk;
	d->piece = aff_piece;
	d->unpack = aff_unpack;
	d->release = aff_release;
	d->damage_kind = "aff.page";
	segments_walk(a);
	pages_order(a);
	const char *why = a->encrypted && !a->pages ? "its pages are encrypted, which is not read" : !a->page_size || a->page_size % SECTOR || a->page_size > PAGE_MOST ? "it does not say how large its pages are" :
		!d->size || d->size > INT64_MAX ? "it does not say how large the disk is" : NULL;
	if (why) {
		report_error(o->report, a->encrypted ? "unsupported" : "damage", "aff.open", NULL, 0, 0, "AFF image: %s", why);
		disk_close(&d->container);
		return NULL;
	}
	uint64_t last = a->pages ? a->page[a->pages - 1].number : 0, covered = last < d->size / a->page_size ? (last + 1) * a->page_size : d->size;
	if (covered < d->size) {
		report_error(o->report, "damage", "aff.size", NULL, covered, d->size - covered, "the disk has %llu bytes, and no page holds those from %llu on: they are left out", (unsigned long long)d->size, (unsigned long long)covered);
		d->size = covered;
		d->lost = true;
	}
	d->block_size = a->page_size;
	return &d->container;
}

static void aff_describe(struct container *c, struct record_builder *r)
{
	struct aff *a = (struct aff *)c;
	disk_describe(c, r);
	if (a->has_md5)
		record_hex(r, F_STORED_MD5, a->md5, sizeof a->md5);
	if (a->has_sha1)
		record_hex(r, F_STORED_SHA1, a->sha1, sizeof a->sha1);
}

const struct format format_aff = {
	.name = "aff",
	.layer = LAYER_IMAGE,
	.flags = FORMAT_TRANSPARENT,
	.about = "disk images of AFFLIB in one file (AFF, versions 1 to 3); not encrypted ones, nor pages packed by LZMA, nor AFF 4",
	.probe = aff_probe,
	.open = aff_open,
	.next = disk_next,
	.find = disk_find,
	.content = disk_content,
	.close = disk_close,
	.describe = aff_describe,
};
