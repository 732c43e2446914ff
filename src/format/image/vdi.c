/* SPDX-License-Identifier: Apache-2.0 */
/* vdi.c: disk images of VirtualBox (VDI): fixed and dynamic; differencing ones without their parent.
 *
 * Source: VirtualBox, "VDI" header as its own sources and QEMU's document it (block/vdi.c). A header, a map with a number for each block of the disk, the blocks in the order in
 * which they were first written. Numbers are little-endian. */
#include <stdlib.h>
#include <string.h>

#include "format/image/disk.h"

enum { HEADER = 0x190, BLOCK_MOST = 256 << 20, TYPE_DIFFERENCING = 4 };
static const uint32_t NO_BLOCK = UINT32_MAX, ZERO_BLOCK = UINT32_MAX - 1;

struct vdi {
	struct disk disk;
	uint32_t type;
	uint64_t map, data, block, extra, blocks;       /* bytes; extra: in front of each block */
};

static unsigned vdi_probe(const struct probe *p)
{
	return p->head_length >= HEADER && !memcmp(p->head + 0x40, "\x7f\x10\xda\xbe", 4) ? 32 : 0;
}

static void vdi_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct vdi *v = (struct vdi *)d;
	uint64_t number = at / v->block, in = at % v->block, entry;
	*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = v->block - in, .source = d->file, .why = "the map of blocks is cut off or damaged" };
	if (!disk_number_le(d, v->map + number * 4, 4, &entry))
		return;
	if (entry == NO_BLOCK || entry == ZERO_BLOCK) {
		p->kind = entry == NO_BLOCK && v->type == TYPE_DIFFERENCING ? PIECE_PARENT : PIECE_ZERO;
		return;
	}
	uint64_t start = v->data + entry * (v->block + v->extra) + v->extra;
	if (start >= d->file->size) {
		p->why = "a block lies outside of the file";
		return;
	}
	p->kind = PIECE_DATA;
	p->offset = start + in;
}

static struct container *vdi_open(const struct opening *o)
{
	struct vdi *v = disk_new(o, sizeof *v);
	struct disk *d = &v->disk;
	uint8_t bytes[HEADER];
	struct cursor c = cursor_of(bytes, source_read_at(o->source, 0, bytes, sizeof bytes, NULL), 0);
	c.at = 0x44;                    /* 0x44 version, 0x48 size of the header, 0x4c type u32; 0x154 map, 0x158 data u32; 0x170 disk u64; 0x178 block, 0x17c extra, 0x180 blocks u32 */
	uint32_t version = cursor_u32le(&c);
	c.at = 0x4c;
	v->type = cursor_u32le(&c);
	c.at = 0x154;
	v->map = cursor_u32le(&c);
	v->data = cursor_u32le(&c);
	c.at = 0x170;
	d->size = cursor_u64le(&c);
	v->block = cursor_u32le(&c);
	v->extra = cursor_u32le(&c);
	v->blocks = cursor_u32le(&c);
	d->piece = vdi_piece;
	d->damage_kind = "vdi.block";
	const char *why = c.bad || version >> 16 != 1 ? "its version is not known" : !v->block || v->block > BLOCK_MOST || v->block % 512 ? "its header gives an impossible size of blocks" :
		v->extra > v->block ? "its header gives an impossible size of what lies before blocks" : NULL;
	if (why) {
		report_error(o->report, "damage", "vdi.open", NULL, 0, 0, "VDI image: %s", why);
		disk_close(&d->container);
		return NULL;
	}
	uint64_t room = v->map < o->source->size ? (o->source->size - v->map) / 4 : 0, covered = (v->blocks < room ? v->blocks : room) * v->block;
	if (d->size > covered) {
		report_error(o->report, "damage", "vdi.size", NULL, covered, d->size - covered, "the header says %llu bytes, and its map leads to %llu only: the rest is left out", (unsigned long long)d->size, (unsigned long long)covered);
		d->size = covered;
		d->lost = true;
	}
	if (v->type == TYPE_DIFFERENCING) {
		d->lost = true;
		report_error(o->report, "missing", "vdi.parent", NULL, 0, 0, "this image holds only what was changed after another one, its parent, which is not read: all else on the disk is unreadable");
	}
	return &d->container;
}

const struct format format_vdi = {
	.name = "vdi",
	.about = "disk images of VirtualBox (VDI), fixed and dynamic; differencing ones without their parent",
	.probe = vdi_probe,
	.open = vdi_open,
	DISK_ROW,
};
