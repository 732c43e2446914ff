/* SPDX-License-Identifier: Apache-2.0 */
/* vhdx.c: disk images of Hyper-V (VHDX): fixed, dynamic, differencing.
 *
 * Source: Microsoft, [MS-VHDX] Virtual Hard Disk v2 File Format. Our own reader for the same reasons as vhd.c.
 *
 * Two headers (the one with the higher number counts), two copies of a table of regions, a region of metadata and one of blocks (BAT), in which after each so many blocks stands
 * an entry for the bitmap of their sectors. An image that was not closed has changes to its tables in a log: they are put over what the file holds, in memory. */
#include <stdlib.h>
#include <string.h>

#include "format/image/disk.h"
#include "format/image/vhdx_log.h"

enum {
	HEADER_1 = 64 << 10, HEADER_2 = 128 << 10, REGIONS_1 = 192 << 10, REGIONS_2 = 256 << 10,
	HEADER = 4096, REGIONS = 64 << 10, ENTRY = 32, ENTRIES_MAX = 2047,
	BLOCK_MIN = 1 << 20, BLOCK_MAX = 256 << 20,
	LOCATOR_MAX = 64 << 10,
};
enum { BLOCK_NONE, BLOCK_UNDEFINED, BLOCK_ZERO, BLOCK_UNMAPPED, BLOCK_WHOLE = 6, BLOCK_PARTLY };

static const uint8_t region_bat[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42, 0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
static const uint8_t region_metadata[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
static const uint8_t item_parameters[16] = { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b };
static const uint8_t item_size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };
static const uint8_t item_sector[16] = { 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f };
static const uint8_t item_parent[16] = { 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c };

struct vhdx {
	struct disk disk;
	struct source *replayed;        /* owned: the file with its log put over it; NULL: no log */
	uint64_t bat, entries;
	uint64_t metadata, metadata_length;
	uint64_t block, sector, ratio;  /* ratio: blocks for each bitmap */
	bool has_parent;
};

static unsigned vhdx_probe(const struct probe *p)
{
	return p->head_length >= 8 && !memcmp(p->head, "vhdxfile", 8) ? 64 : 0;
}

/* The header that counts; false: neither is whole. */
static bool header_choose(struct disk *d, struct vhdx_log *log)
{
	uint8_t bytes[HEADER];
	uint64_t best = 0;
	bool found = false;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t at = i ? HEADER_2 : HEADER_1;
		if (source_read_at(d->file, at, bytes, sizeof bytes, NULL) < sizeof bytes || memcmp(bytes, "head", 4) || !vhdx_sum_good(bytes, sizeof bytes))
			continue;
		struct cursor c = cursor_of(bytes, sizeof bytes, at);
		c.at = 8;               /* 8 sequence number, u64 */
		uint64_t sequence = cursor_u64le(&c);
		if (found && sequence <= best)
			continue;
		found = true;
		best = sequence;
		c.at = 48;              /* 48 log GUID; 64 log version, u16; 66 version, u16; 68 log length, u32; 72 log offset, u64 */
		memcpy(log->guid, cursor_bytes(&c, 16), 16);
		c.at = 68;
		log->length = cursor_u32le(&c);
		log->offset = cursor_u64le(&c);
	}
	return found;
}

static bool regions_read(struct vhdx *v)
{
	uint8_t *bytes = memory_new(REGIONS);
	bool good = false;
	for (unsigned i = 0; i < 2 && !good; i++) {
		struct cursor c = cursor_of(bytes, source_read_at(v->disk.file, i ? REGIONS_2 : REGIONS_1, bytes, REGIONS, NULL), i ? REGIONS_2 : REGIONS_1);
		if (c.size < REGIONS || !cursor_match(&c, "regi") || !vhdx_sum_good(bytes, REGIONS))
			continue;
		c.at = 8;               /* 8 number of entries, u32 */
		uint32_t n = cursor_u32le(&c);
		uint64_t length = 0;
		for (uint32_t k = 0; k < n && k < ENTRIES_MAX; k++) {
			c.at = 16 + (size_t)k * ENTRY;
			const uint8_t *guid = cursor_bytes(&c, 16);
			uint64_t offset = cursor_u64le(&c);
			uint32_t size = cursor_u32le(&c);
			if (guid && !memcmp(guid, region_bat, 16)) {
				v->bat = offset;
				length = size;
			} else if (guid && !memcmp(guid, region_metadata, 16)) {
				v->metadata = offset;
				v->metadata_length = size;
			}
		}
		good = v->bat && v->metadata;
		v->entries = length / 8;
	}
	free(bytes);
	return good;
}

static void parent_tell(struct vhdx *v, uint64_t at, uint32_t length)
{
	size_t size = length < LOCATOR_MAX ? length : LOCATOR_MAX;
	uint8_t *bytes = memory_new(size);
	struct cursor c = cursor_of(bytes, source_read_at(v->disk.file, at, bytes, size, NULL), at);
	char *name = NULL;
	c.at = 18;                      /* 18 number of pairs, u16; each: place of key and value, u32; their lengths, u16 */
	for (unsigned n = cursor_u16le(&c); n && !name && !c.bad; n--) {
		uint32_t key = cursor_u32le(&c), value = cursor_u32le(&c);
		uint16_t key_length = cursor_u16le(&c), value_length = cursor_u16le(&c);
		struct cursor k = cursor_window(&c, key, key_length), t = cursor_window(&c, value, value_length);
		char *word = disk_name(k.data ? k.data : bytes, k.size, TEXT_UTF16LE);
		if (!strcmp(word, "relative_path") || !strcmp(word, "absolute_win32_path"))
			name = disk_name(t.data ? t.data : bytes, t.size, TEXT_UTF16LE);
		free(word);
	}
	report_error(v->disk.container.report, "missing", "vhdx.parent", NULL, 0, 0, "this image holds only what was changed after %s, its parent, which is not read: all else on the disk is unreadable", name ? name : "another one");
	free(name);
	free(bytes);
}

/* NULL: all is well. */
static const char *metadata_read(struct vhdx *v)
{
	struct disk *d = &v->disk;
	uint64_t n, parent = 0, value;
	uint32_t parent_length = 0;
	uint8_t head[ENTRY];
	if (source_read_at(d->file, v->metadata, head, sizeof head, NULL) < sizeof head || memcmp(head, "metadata", 8))
		return "its metadata is not where the table of regions says";
	disk_number_le(d, v->metadata + 10, 2, &n);     /* 10 number of entries, u16 */
	for (uint64_t i = 0; i < n && i < ENTRIES_MAX; i++) {
		uint8_t entry[ENTRY];
		struct cursor c = cursor_of(entry, source_read_at(d->tables, v->metadata + ENTRY * (i + 1), entry, sizeof entry, NULL), 0);
		const uint8_t *guid = cursor_bytes(&c, 16);
		uint64_t at = v->metadata + cursor_u32le(&c);
		uint32_t length = cursor_u32le(&c);
		if (!guid)
			break;
		if (!memcmp(guid, item_parameters, 16)) {
			disk_number_le(d, at, 4, &v->block);
			disk_number_le(d, at + 4, 4, &value);
			v->has_parent = value & 2;
		} else if (!memcmp(guid, item_size, 16)) {
			disk_number_le(d, at, 8, &d->size);
		} else if (!memcmp(guid, item_sector, 16)) {
			disk_number_le(d, at, 4, &v->sector);
		} else if (!memcmp(guid, item_parent, 16)) {
			parent = at;
			parent_length = length;
		}
	}
	if (v->block < BLOCK_MIN || v->block > BLOCK_MAX || v->block & (v->block - 1) || (v->sector != 512 && v->sector != 4096))
		return "its metadata gives an impossible size of blocks or sectors";
	v->ratio = (v->sector << 23) / v->block;
	if (v->has_parent) {
		d->lost = true;
		parent_tell(v, parent, parent_length);
	}
	return NULL;
}

/* A block of which only some sectors are here: a bit for each tells. */
static void sectors_piece(struct vhdx *v, uint64_t at, struct disk_piece *p)
{
	struct disk *d = &v->disk;
	uint64_t chunk = at / (v->block * v->ratio), sector = at % (v->block * v->ratio) / v->sector, entry, bits;
	uint64_t place = chunk * (v->ratio + 1) + v->ratio;
	if (place >= v->entries || !disk_number_le(d, v->bat + place * 8, 8, &entry) || (entry & 7) != BLOCK_WHOLE || !disk_number_le(d, (entry >> 20 << 20) + sector / 8, 1, &bits)) {
		p->kind = PIECE_DAMAGED;
		p->why = "the bitmap of a block's sectors is cut off or damaged";
		return;
	}
	unsigned first = (unsigned)(sector % 8), n = 0;
	bool here = bits >> first & 1;
	while (first + n < 8 && (bits >> (first + n) & 1) == here)
		n++;
	uint64_t length = n * v->sector - at % v->sector;
	p->length = length < p->length ? length : p->length;
	p->kind = here ? PIECE_DATA : PIECE_PARENT;
}

static void vhdx_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct vhdx *v = (struct vhdx *)d;
	uint64_t number = at / v->block, in = at % v->block, entry;
	*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = v->block - in, .source = d->file, .why = "the table of blocks is cut off or damaged" };
	uint64_t place = number + number / v->ratio;
	if (place >= v->entries || !disk_number_le(d, v->bat + place * 8, 8, &entry))
		return;
	uint64_t start = entry >> 20 << 20;
	switch (entry & 7) {
	case BLOCK_NONE:
		p->kind = v->has_parent ? PIECE_PARENT : PIECE_ZERO;
		return;
	case BLOCK_UNDEFINED: case BLOCK_ZERO: case BLOCK_UNMAPPED:
		p->kind = PIECE_ZERO;
		return;
	case BLOCK_WHOLE: case BLOCK_PARTLY:
		break;
	default:
		p->why = "an entry of the table of blocks is of no known kind";
		return;
	}
	if (!start || start >= d->file->size) {
		p->why = "a block lies outside of the file";
		return;
	}
	p->kind = PIECE_DATA;
	p->offset = start + in;
	if ((entry & 7) == BLOCK_PARTLY)
		sectors_piece(v, at, p);
}

static void vhdx_release(struct disk *d)
{
	source_close(((struct vhdx *)d)->replayed);
}

static struct container *vhdx_open(const struct opening *o)
{
	struct vhdx *v = disk_new(o, sizeof *v);
	struct disk *d = &v->disk;
	struct vhdx_log log = { 0 };
	d->piece = vhdx_piece;
	d->release = vhdx_release;
	d->damage_kind = "vhdx.block";
	const char *why = NULL;
	if (!header_choose(d, &log))
		why = "neither of its headers is whole";
	if (!why && (v->replayed = vhdx_log_replay(o->source, &log, o->report))) {
		source_close(d->tables);
		d->file = v->replayed;
		d->tables = source_cached(d->file, DISK_TABLE_BLOCK, DISK_TABLE_BLOCKS);
	}
	if (!why && !regions_read(v))
		why = "neither of its tables of regions is whole";
	if (!why)
		why = metadata_read(v);
	if (why) {
		report_error(o->report, "damage", "vhdx.open", NULL, 0, 0, "VHDX image: %s", why);
		disk_close(&d->container);
		return NULL;
	}
	uint64_t room = v->bat < d->file->size ? (d->file->size - v->bat) / 8 : 0;
	if (v->entries > room)
		v->entries = room;
	uint64_t blocks = v->entries / (v->ratio + 1) * v->ratio + v->entries % (v->ratio + 1), covered;
	if (__builtin_mul_overflow(blocks, v->block, &covered))
		covered = INT64_MAX;
	if (d->size > covered) {
		report_error(o->report, "damage", "vhdx.size", NULL, covered, d->size - covered, "the metadata says %llu bytes, and the table of blocks leads to %llu only: the rest is left out", (unsigned long long)d->size, (unsigned long long)covered);
		d->size = covered;
		d->lost = true;
	}
	return &d->container;
}

const struct format format_vhdx = {
	.name = "vhdx",
	.about = "disk images of Hyper-V (VHDX), fixed and dynamic, with their log; differencing ones without their parent",
	.probe = vhdx_probe,
	.open = vhdx_open,
	DISK_ROW,
};
