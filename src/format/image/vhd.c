/* SPDX-License-Identifier: Apache-2.0 */
/* vhd.c: disk images of Virtual PC, Hyper-V and Azure (VHD): fixed, dynamic, differencing.
 *
 * Source: Microsoft, "Virtual Hard Disk Image Format Specification" (2006). Our own reader because libvhdi fails on every read of a differencing image without its parent,
 * also of what the image holds itself, and stops at the first damage.
 *
 * Each image ends with a footer of 512 bytes (511 in old ones); those that grow begin with a copy of it, and have a table of blocks. A block begins with a bitmap of its sectors.
 * Numbers are big-endian. The size is what the footer states, not what its cylinders, heads and sectors make. */
#include <stdlib.h>
#include <string.h>

#include "format/image/disk.h"

enum { FOOTER = 512, FOOTER_OLD = 511, HEADER = 1024, SECTOR = 512, BLOCK_MAX = 1 << 30, PARENT_NAME = 512 };
enum { TYPE_FIXED = 2, TYPE_DYNAMIC = 3, TYPE_DIFFERENCING = 4 };
static const uint32_t NO_BLOCK = UINT32_MAX;

struct footer { uint64_t header, size; uint32_t type; bool sum_good; };

struct vhd {
	struct disk disk;
	uint32_t type;
	uint64_t table, entries;        /* of blocks */
	uint64_t block, bitmap;         /* bytes of a block's sectors and of its bitmap */
};

static bool footer_read(const uint8_t *bytes, size_t length, struct footer *f)
{
	struct cursor c = cursor_of(bytes, length, 0);
	if (length < FOOTER_OLD || memcmp(bytes, "conectix", 8))
		return false;
	c.at = 16;                      /* 16 where the header lies, u64 */
	f->header = cursor_u64be(&c);
	c.at = 48;                      /* 48 size now, u64 */
	f->size = cursor_u64be(&c);
	c.at = 60;                      /* 60 type of disk, u32; 64 sum */
	f->type = cursor_u32be(&c);
	uint32_t stated = cursor_u32be(&c), sum = 0;
	for (size_t i = 0; i < length && i < FOOTER; i++)
		sum += i >= 64 && i < 68 ? 0 : bytes[i];
	f->sum_good = ~sum == stated;
	return f->type >= TYPE_FIXED && f->type <= TYPE_DIFFERENCING;
}

/* The one at the end, whole or cut by a byte. */
static bool footer_last(struct source *s, struct footer *f)
{
	uint8_t bytes[FOOTER];
	for (unsigned length = FOOTER; length >= FOOTER_OLD; length--)
		if (s->size >= length && footer_read(bytes, source_read_at(s, s->size - length, bytes, length, NULL), f))
			return true;
	return false;
}

static bool named_as_vhd(const struct probe *p)
{
	static const char ending[] = "vhd";
	return p->name_length > sizeof ending && text_equal_nocase(p->name + p->name_length - sizeof ending + 1, sizeof ending - 1, ending, sizeof ending - 1);
}

static unsigned vhd_probe(const struct probe *p)
{
	struct footer f;
	/* inside other containers the end of every file is not read for it */
	bool end = p->above == LAYER_IMAGE || p->source->size <= p->head_length || named_as_vhd(p);
	return footer_read(p->head, p->head_length, &f) || (end && footer_last(p->source, &f)) ? 64 : 0;
}

static void fixed_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	*p = (struct disk_piece){ .kind = PIECE_DATA, .length = d->size - at, .source = d->file, .offset = at };
}

/* A sector of a differencing image is here when its bit is set: the run of sectors from `at` on whose bits are alike, within a byte of the bitmap. */
static void sectors_piece(struct vhd *v, uint64_t bitmap, uint64_t in, struct disk_piece *p)
{
	uint64_t sector = in / SECTOR, bits;
	if (!disk_number_be(&v->disk, bitmap + sector / 8, 1, &bits)) {
		*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = SECTOR - in % SECTOR, .why = "the bitmap of a block is cut off or damaged" };
		return;
	}
	unsigned first = (unsigned)(sector % 8), n = 0;
	bool here = bits >> (7 - first) & 1;
	while (first + n < 8 && (bits >> (7 - first - n) & 1) == here)
		n++;
	uint64_t length = n * SECTOR - in % SECTOR;
	p->length = length < p->length ? length : p->length;
	if (!here)
		p->kind = PIECE_PARENT;
}

static void block_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct vhd *v = (struct vhd *)d;
	uint64_t number = at / v->block, in = at % v->block, entry;
	*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = v->block - in, .source = d->file, .why = "the table of blocks is cut off or damaged" };
	if (number >= v->entries || !disk_number_be(d, v->table + number * 4, 4, &entry))
		return;
	if (entry == NO_BLOCK) {
		p->kind = v->type == TYPE_DIFFERENCING ? PIECE_PARENT : PIECE_ZERO;
		return;
	}
	uint64_t start = entry * SECTOR;
	if (!entry || start >= d->file->size) {
		p->why = "a block lies outside of the file";
		return;
	}
	p->kind = PIECE_DATA;
	p->offset = start + v->bitmap + in;
	if (v->type == TYPE_DIFFERENCING)
		sectors_piece(v, start, in, p);
}

/* NULL: all is well. */
static const char *header_read(struct vhd *v, uint64_t at)
{
	uint8_t bytes[HEADER];
	struct cursor c = cursor_of(bytes, source_read_at(v->disk.file, at, bytes, sizeof bytes, NULL), at);
	if (!cursor_match(&c, "cxsparse") || cursor_left(&c) < 64)
		return "the header of its blocks is not where the footer says";
	c.at = 16;                      /* 16 table, u64; 24 version; 28 entries, u32; 32 size of a block, u32 */
	v->table = cursor_u64be(&c);
	c.at = 28;
	v->entries = cursor_u32be(&c);
	v->block = cursor_u32be(&c);
	if (!v->block || v->block % SECTOR || v->block > BLOCK_MAX)
		return "its header gives an impossible size of blocks";
	v->bitmap = ((v->block / SECTOR + 7) / 8 + SECTOR - 1) / SECTOR * SECTOR;
	if (v->type == TYPE_DIFFERENCING) {
		c.at = 64;              /* 64 name of the parent, UTF-16 */
		const uint8_t *name = cursor_bytes(&c, PARENT_NAME);
		size_t length = 0;
		while (name && length + 1 < PARENT_NAME && (name[length] || name[length + 1]))
			length += 2;
		char *text = disk_name(name ? name : bytes, length, TEXT_UTF16BE);
		report_error(v->disk.container.report, "missing", "vhd.parent", NULL, 0, 0, "this image holds only what was changed after %s, its parent, which is not read: all else on the disk is unreadable", text);
		free(text);
		v->disk.lost = true;
	}
	return NULL;
}

static struct container *vhd_open(const struct opening *o)
{
	struct vhd *v = disk_new(o, sizeof *v);
	struct disk *d = &v->disk;
	struct footer f;
	uint8_t bytes[FOOTER];
	bool last = footer_last(o->source, &f), first = false;
	if (!last || f.type != TYPE_FIXED) {
		struct footer copy;
		first = footer_read(bytes, source_read_at(o->source, 0, bytes, sizeof bytes, NULL), &copy) && copy.type != TYPE_FIXED;
		if (first && (!last || copy.sum_good))
			f = copy;
	}
	const char *why = NULL;
	if (!last && !first)
		why = "its footer is not there";
	d->size = why ? 0 : f.size;
	d->damage_kind = "vhd.block";
	v->type = why ? 0 : f.type;
	d->piece = v->type == TYPE_FIXED ? fixed_piece : block_piece;
	if (!why && v->type != TYPE_FIXED)
		why = header_read(v, f.header);
	if (why) {
		report_error(o->report, "damage", "vhd.open", NULL, 0, 0, "VHD image: %s", why);
		disk_close(&d->container);
		return NULL;
	}
	if (!last)
		report_error(o->report, "damage", "vhd.footer", NULL, 0, 0, "the footer at the end of the image is missing: it is cut off");
	else if (!f.sum_good)
		report_note(o->report, "vhd.sum", NULL, 0, 0, "the sum of the footer is wrong");
	uint64_t covered = v->type == TYPE_FIXED ? o->source->size - FOOTER_OLD : 0;
	if (v->type != TYPE_FIXED) {
		uint64_t room = v->table < o->source->size ? (o->source->size - v->table) / 4 : 0;
		if (v->entries > room)
			v->entries = room;
		covered = v->entries * v->block;
	}
	if (d->size > covered) {
		report_error(o->report, "damage", "vhd.size", NULL, covered, d->size - covered, "the footer says %llu bytes, and there is room for %llu only: the rest is left out", (unsigned long long)d->size, (unsigned long long)covered);
		d->size = covered;
		d->lost = true;
	}
	return &d->container;
}

const struct format format_vhd = {
	.name = "vhd",
	.about = "disk images of Virtual PC, Hyper-V and Azure (VHD), fixed and dynamic; differencing ones without their parent",
	.probe = vhd_probe,
	.open = vhd_open,
	DISK_ROW,
};
