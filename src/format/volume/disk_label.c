/* SPDX-License-Identifier: Apache-2.0 */
/* disk_label.c: three older partition schemes: the Apple partition map, BSD disk labels, Sun (SPARC) disk labels.
 *
 * Sources: Inside Macintosh "Devices" (SCSI Manager, partition map entry); FreeBSD sys/disklabel.h; Linux block/partitions/sun.c. libtsk 4.11.1 knows the
 * three but refuses labels that parted writes (BSD: "cannot determine", Sun: no partition), hence our own few lines. Numbers are the slots of the
 * table, counted from 1. Slots that stand for the whole disk (BSD "c", Sun tag 5) are told in a note and not given as partitions, as they hold
 * the others. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/volume/partitions.h"

enum { SECTOR = 512, APM_ENTRIES_MAX = 1024, BSD_PARTITIONS_MAX = 22, BSD_TABLE_AT = 148, SUN_PARTITIONS = 8 };
#define BSD_MAGIC 0x82564557U
#define SUN_MAGIC 0xdabeU
#define SUN_SANE 0x600ddeeeU

/* A fixed field of text that a NUL may end. */
static const char *field_text(struct partitions *p, const uint8_t *bytes, size_t size)
{
	size_t length = bytes ? strnlen((const char *)bytes, size) : 0;
	struct buffer b = { 0 };
	text_to_utf8(&b, bytes, length, TEXT_UTF8);
	const char *text = length ? arena_copy(&p->kept, b.data, b.length) : NULL;
	buffer_free(&b);
	return text;
}

/* ---- Apple ---- */

/* The map lies behind the driver record "ER", and its first entry is the map's own: without either, this is the inside of a map, not its disk. */
static uint32_t apm_block_size(const uint8_t *head, size_t length)
{
	static const uint32_t sizes[] = { 512, 1024, 2048, 4096 };
	static const char own_type[] = "Apple_partition_map";
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (length >= sizes[i] + SECTOR && memcmp(head + sizes[i], "PM\0\0", 4) == 0 &&
		    (memcmp(head, "ER", 2) == 0 || memcmp(head + sizes[i] + 48, own_type, sizeof own_type) == 0))
			return sizes[i];
	return 0;
}

static unsigned apm_probe(const struct probe *p)
{
	if (!apm_block_size(p->head, p->head_length))
		return 0;
	return 32 + (memcmp(p->head, "ER", 2) == 0 ? 16U : 0);
}

static struct container *apm_open(const struct opening *o)
{
	uint8_t head[4096 + SECTOR];
	uint32_t block = apm_block_size(head, source_read_at(o->source, 0, head, sizeof head, NULL));
	if (!block) {
		report_error(o->report, "damage", "apm.map", NULL, SECTOR, SECTOR, "no partition map entry behind the driver map");
		return NULL;
	}
	struct partitions *p = partitions_new(o, block);
	uint32_t entries = 1;
	for (uint32_t i = 0; i < entries && i < APM_ENTRIES_MAX; i++) {
		uint8_t entry[SECTOR];
		uint64_t at = (uint64_t)block * (i + 1);
		size_t got = source_read_at(o->source, at, entry, sizeof entry, NULL);
		struct cursor c = cursor_of(entry, got, at);
		if (!cursor_match(&c, "PM")) {
			report_error(o->report, "damage", "apm.entry", NULL, at, SECTOR, "partition map entry %u of %u has no signature", i + 1, entries);
			break;
		}
		c.at = 4;       /* 4 entries of the map, 8 start, 12 blocks, 16 name, 48 type */
		entries = cursor_u32be(&c);
		struct partition part = { .number = i + 1 };
		part.start = cursor_u32be(&c);
		part.sectors = cursor_u32be(&c);
		part.name = field_text(p, cursor_bytes(&c, 32), 32);
		part.flag[0] = field_text(p, cursor_bytes(&c, 32), 32);
		if (!part.flag[0] || (strcmp(part.flag[0], "Apple_Free") != 0 && strcmp(part.flag[0], "Apple_Void") != 0))
			partition_add(p, &part);
	}
	if (entries > APM_ENTRIES_MAX)
		report_error(o->report, "limit", "apm.entries", NULL, block, 0, "the map claims %u entries; %d are read", entries, APM_ENTRIES_MAX);
	partitions_finish(p, "apm");
	return &p->container;
}

/* ---- BSD ---- */

static const struct { uint8_t type; const char *name; } bsd_type[] = {
	{ 1, "swap" }, { 7, "4.2BSD" }, { 8, "MSDOS" }, { 9, "4.4LFS" }, { 12, "ISO9660" }, { 13, "boot" }, { 14, "vinum" }, { 15, "RAID" }, { 17, "ext2" },
	{ 18, "NTFS" }, { 20, "ccd" }, { 22, "HAMMER" }, { 27, "ZFS" },
};

/* Where the label lies: behind the boot sector, or (Alpha, parted) inside it. */
static size_t bsd_label_at(const uint8_t *head, size_t length)
{
	static const size_t places[] = { SECTOR, 64, 0 };
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct cursor c = cursor_of(head, length, 0);
		c.at = places[i];
		uint32_t first = cursor_u32le(&c);
		c.at = places[i] + 132;
		uint32_t second = cursor_u32le(&c);
		c.at = places[i] + 138;
		uint16_t partitions = cursor_u16le(&c);
		if (!c.bad && first == BSD_MAGIC && second == BSD_MAGIC && partitions && partitions <= BSD_PARTITIONS_MAX)
			return places[i] + 1;
	}
	return 0;
}

static unsigned bsd_probe(const struct probe *p)
{
	return bsd_label_at(p->head, p->head_length) ? 64 : 0;
}

static struct container *bsd_open(const struct opening *o)
{
	uint8_t head[2 * SECTOR];
	size_t got = source_read_at(o->source, 0, head, sizeof head, NULL), at = bsd_label_at(head, got);
	if (!at) {
		report_error(o->report, "damage", "bsd.label", NULL, SECTOR, SECTOR, "no BSD disk label");
		return NULL;
	}
	struct cursor c = cursor_window(&(struct cursor){ .data = head, .size = got }, at - 1, got - (at - 1));
	c.at = 40;
	uint32_t sector = cursor_u32le(&c);
	c.at = 138;
	unsigned count = cursor_u16le(&c);
	struct partitions *p = partitions_new(o, sector >= SECTOR && sector <= 4096 && sector % SECTOR == 0 ? sector : SECTOR);
	/* Inside a slice the offsets still count from the start of the disk; slot c, the whole slice, says how far that is away. */
	c.at = BSD_TABLE_AT + 2 * 16 + 4;
	uint64_t base = count > 2 ? cursor_u32le(&c) : 0;
	for (unsigned i = 0; i < count; i++) {
		c.at = BSD_TABLE_AT + i * (size_t)16;   /* 0 sectors u32, 4 start u32, 12 type u8 */
		uint64_t sectors = cursor_u32le(&c), start = cursor_u32le(&c);
		cursor_skip(&c, 4);
		uint8_t type = cursor_u8(&c);
		if (c.bad || !sectors)
			continue;
		if (i == 2 && type == 0) {
			report_note(o->report, "bsd.whole", NULL, 0, 0, "slot 3 stands for the whole disk: %llu sectors from %llu", (unsigned long long)sectors,
			            (unsigned long long)start);
			continue;
		}
		struct partition part = { .start = start >= base ? start - base : start, .sectors = sectors, .number = i + 1 };
		char name[2] = { (char)('a' + i), 0 };
		part.name = arena_copy(&p->kept, name, 1);
		for (size_t k = 0; k < sizeof bsd_type / sizeof bsd_type[0]; k++)
			if (bsd_type[k].type == type)
				part.flag[0] = bsd_type[k].name;
		if (!part.flag[0])
			part.flag[0] = arena_format(&p->kept, "type:%u", type);
		partition_add(p, &part);
	}
	partitions_finish(p, "bsd");
	return &p->container;
}

/* ---- Sun ---- */

static const char *const sun_tag[] = { "unassigned", "boot", "root", "swap", "usr", "whole disk", "stand", "var", "home", "alternates", "cache" };

static bool sun_sum_holds(const uint8_t label[SECTOR])
{
	uint8_t high = 0, low = 0;
	for (size_t i = 0; i < SECTOR; i += 2) {
		high ^= label[i];
		low ^= label[i + 1];
	}
	return !high && !low;
}

static unsigned sun_probe(const struct probe *p)
{
	return p->head_length >= SECTOR && p->head[508] == SUN_MAGIC >> 8 && p->head[509] == (SUN_MAGIC & 0xff) && sun_sum_holds(p->head) ? 32 : 0;
}

static struct container *sun_open(const struct opening *o)
{
	uint8_t label[SECTOR] = { 0 };
	struct cursor c = cursor_of(label, source_read_at(o->source, 0, label, sizeof label, NULL), 0);
	c.at = 188;
	bool tags = cursor_u32be(&c) == SUN_SANE;
	c.at = 436;             /* 436 tracks a cylinder u16, 438 sectors a track u16 */
	uint64_t cylinder = cursor_u16be(&c);
	cylinder *= cursor_u16be(&c);
	if (!sun_sum_holds(label))
		report_error(o->report, "damage", "sun.label", NULL, 0, SECTOR, "the label's checksum does not hold");
	struct partitions *p = partitions_new(o, SECTOR);
	for (unsigned i = 0; i < SUN_PARTITIONS; i++) {
		c.at = 142 + i * (size_t)4;             /* tag u16, flags u16 */
		uint16_t tag = cursor_u16be(&c);
		c.at = 444 + i * (size_t)8;             /* first cylinder u32, sectors u32 */
		uint64_t start = cursor_u32be(&c) * cylinder, sectors = cursor_u32be(&c);
		if (c.bad || !sectors)
			continue;
		if ((tags && tag == 5) || (!tags && i == 2)) {
			report_note(o->report, "sun.whole", NULL, 0, 0, "slot %u stands for the whole disk: %llu sectors from %llu", i + 1,
			            (unsigned long long)sectors, (unsigned long long)start);
			continue;
		}
		struct partition part = { .start = start, .sectors = sectors, .number = i + 1 };
		if (tags)
			part.flag[0] = tag < sizeof sun_tag / sizeof sun_tag[0] ? sun_tag[tag] : arena_format(&p->kept, "tag:%u", tag);
		partition_add(p, &part);
	}
	partitions_finish(p, "sun");
	return &p->container;
}

const struct format format_apm = {
	.name = "apm", .layer = LAYER_VOLUME, .about = "Apple partition map", .probe = apm_probe, .open = apm_open,
	.next = partitions_next, .find = partitions_find, .close = partitions_close,
};

const struct format format_bsd = {
	.name = "bsd", .layer = LAYER_VOLUME, .about = "BSD disk label", .probe = bsd_probe, .open = bsd_open,
	.next = partitions_next, .find = partitions_find, .close = partitions_close,
};

const struct format format_sun = {
	.name = "sun", .layer = LAYER_VOLUME, .about = "Sun (SPARC) disk label", .probe = sun_probe, .open = sun_open,
	.next = partitions_next, .find = partitions_find, .close = partitions_close,
};
