/* SPDX-License-Identifier: Apache-2.0 */
/* mbr.c: the DOS partition table: four primary entries in sector 0, and chains of extended boot records for logical ones.
 *
 * Source: UEFI specification 2.10 section 5.2 (legacy MBR); the numbering is that of Linux (block/partitions/msdos.c): 1 to 4 as they stand in the
 * table, 5 and up in the order in which the chain gives them. 55 AA also ends every FAT, NTFS and exFAT boot sector: those are asked for first, and a
 * table whose entries make no sense is refused. Chains may loop, nest and fork in damaged or hostile tables; each extended record is read once. */
#include <stdlib.h>

#include "base/cursor.h"
#include "format/fs/boot_sector.h"
#include "format/volume/partitions.h"

enum { SECTOR = 512, TABLE_AT = 446, ENTRIES = 4, ENTRY_SIZE = 16, EXTENDED_MAX = 1024 };

struct entry { uint8_t status, type; uint32_t start, sectors; };

static const struct { uint8_t type; const char *name; } type_name[] = {
	{ 0x01, "FAT12" }, { 0x04, "FAT16 below 32 MiB" }, { 0x05, "extended" }, { 0x06, "FAT16" }, { 0x07, "NTFS, exFAT or HPFS" }, { 0x0b, "FAT32" },
	{ 0x0c, "FAT32 LBA" }, { 0x0e, "FAT16 LBA" }, { 0x0f, "extended LBA" }, { 0x11, "hidden FAT12" }, { 0x12, "vendor diagnostics" },
	{ 0x14, "hidden FAT16 below 32 MiB" }, { 0x16, "hidden FAT16" }, { 0x17, "hidden NTFS or HPFS" }, { 0x1b, "hidden FAT32" },
	{ 0x1c, "hidden FAT32 LBA" }, { 0x1e, "hidden FAT16 LBA" }, { 0x27, "Windows recovery" }, { 0x42, "Windows dynamic disk" },
	{ 0x63, "Unix System V" }, { 0x81, "Minix" }, { 0x82, "Linux swap or Solaris" }, { 0x83, "Linux" }, { 0x84, "hibernation" },
	{ 0x85, "Linux extended" }, { 0x86, "NTFS volume set" }, { 0x87, "NTFS volume set" }, { 0x88, "Linux plain text" }, { 0x8e, "Linux LVM" },
	{ 0xa0, "hibernation" }, { 0xa5, "FreeBSD" }, { 0xa6, "OpenBSD" }, { 0xa8, "macOS UFS" }, { 0xa9, "NetBSD" }, { 0xab, "macOS boot" },
	{ 0xaf, "HFS or HFS+" }, { 0xbe, "Solaris boot" }, { 0xbf, "Solaris" }, { 0xde, "Dell utility" }, { 0xee, "GPT protective" },
	{ 0xef, "EFI system" }, { 0xfb, "VMware VMFS" }, { 0xfc, "VMware swap" }, { 0xfd, "Linux RAID" },
};

static const char *name_of(uint8_t type)
{
	for (size_t i = 0; i < sizeof type_name / sizeof type_name[0]; i++)
		if (type_name[i].type == type)
			return type_name[i].name;
	return NULL;
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

/* False without the signature. */
static bool table_read(const uint8_t sector[SECTOR], struct entry entry[ENTRIES])
{
	struct cursor c = cursor_of(sector, SECTOR, 0);
	c.at = TABLE_AT;
	for (unsigned i = 0; i < ENTRIES; i++) {
		entry[i].status = cursor_u8(&c);        /* 0x80 active; 1..3 CHS of the first sector, not used */
		cursor_skip(&c, 3);
		entry[i].type = cursor_u8(&c);
		cursor_skip(&c, 3);
		entry[i].start = cursor_u32le(&c);
		entry[i].sectors = cursor_u32le(&c);
	}
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

static bool entry_used(const struct entry *e)
{
	return e->type && e->sectors;
}

/* A table is believed when every status is 0 or 80, at least one entry is used, and the used ones start behind the table and on the media. */
static unsigned table_bits(const struct entry entry[ENTRIES], uint64_t media)
{
	unsigned used = 0, on_media = 0;
	for (unsigned i = 0; i < ENTRIES; i++) {
		if (entry[i].status & 0x7f)
			return 0;
		if (!entry_used(&entry[i]))
			continue;
		used++;
		if (!entry[i].start)
			return 0;
		if (entry[i].start < media)
			on_media++;
	}
	return on_media && used ? 16 + 4 * 7 + 4 * on_media : 0;
}

static unsigned mbr_probe(const struct probe *p)
{
	struct entry entry[ENTRIES];
	if (p->head_length < SECTOR || boot_sector_kind(p->head, p->head_length, NULL) != BOOT_NONE || !table_read(p->head, entry))
		return 0;
	uint32_t size = p->source->sector_size ? p->source->sector_size : SECTOR;
	unsigned bits = table_bits(entry, p->source->size / size);
	for (unsigned i = 0; i < ENTRIES && bits; i++)
		if (entry[i].type == 0xee)
			return 8;       /* a GPT's cover: only where no header of one is left */
	return bits;
}

static void entry_add(struct partitions *p, const struct entry *e, uint64_t start, unsigned number)
{
	struct partition part = { .start = start, .sectors = e->sectors, .number = number, .name = name_of(e->type) };
	unsigned flags = 0;
	part.flag[flags++] = arena_format(&p->kept, "type:0x%02x", e->type);
	if (e->status & 0x80)
		part.flag[flags++] = "active";
	if (number > ENTRIES)
		part.flag[flags++] = "logical";
	partition_add(p, &part);
}

struct chain {
	uint64_t seen[EXTENDED_MAX];
	size_t read, known;             /* records [read, known) wait */
};

static void chain_add(struct partitions *p, struct chain *chain, uint64_t sector)
{
	for (size_t i = 0; i < chain->known; i++)
		if (chain->seen[i] == sector) {
			report_error(p->container.report, "damage", "mbr.loop", NULL, sector * p->sector_size, SECTOR,
			             "chain of extended boot records comes back to sector %llu", (unsigned long long)sector);
			return;
		}
	if (chain->known == EXTENDED_MAX) {
		report_error(p->container.report, "limit", "mbr.extended", NULL, sector * p->sector_size, SECTOR,
		             "more than %d extended boot records; the rest is not read", EXTENDED_MAX);
		return;
	}
	chain->seen[chain->known++] = sector;
}

/* One extended partition: logical ones are counted from the record that names them, links from the start of the whole. */
static unsigned extended_read(struct partitions *p, uint64_t base, uint64_t length, unsigned number)
{
	struct chain *chain = memory_new(sizeof *chain);
	chain_add(p, chain, base);
	while (chain->read < chain->known) {
		uint64_t at = chain->seen[chain->read++];
		uint8_t sector[SECTOR];
		struct entry entry[ENTRIES];
		bool taint = false;
		size_t got = source_read_at(p->container.source, at * p->sector_size, sector, sizeof sector, &taint);
		if (got < sizeof sector || !table_read(sector, entry)) {
			report_error(p->container.report, got < sizeof sector ? "missing" : "damage", "mbr.extended", NULL, at * p->sector_size, SECTOR,
			             "no extended boot record at sector %llu", (unsigned long long)at);
			continue;
		}
		if (taint)
			report_error(p->container.report, "damage", "mbr.extended", NULL, at * p->sector_size, SECTOR,
			             "extended boot record at sector %llu lies in a damaged range", (unsigned long long)at);
		for (unsigned i = 0; i < ENTRIES; i++) {
			if (!entry_used(&entry[i]))
				continue;
			if (is_extended(entry[i].type)) {
				chain_add(p, chain, base + entry[i].start);
				continue;
			}
			/* Entries three and four are not used by the book; some tables hold garbage there. */
			if (i >= 2 && (uint64_t)entry[i].start + entry[i].sectors > length)
				continue;
			entry_add(p, &entry[i], at + entry[i].start, number++);
		}
	}
	free(chain);
	return number;
}

static struct container *mbr_open(const struct opening *o)
{
	uint8_t sector[SECTOR] = { 0 };
	struct entry entry[ENTRIES];
	bool taint = false;
	if (source_read_at(o->source, 0, sector, sizeof sector, &taint) < sizeof sector || !table_read(sector, entry)) {
		report_error(o->report, "damage", "mbr.signature", NULL, 0, SECTOR, "no partition table in the first sector");
		return NULL;
	}
	struct partitions *p = partitions_new(o, o->source->sector_size >= SECTOR ? o->source->sector_size : SECTOR);
	if (taint)
		report_error(o->report, "damage", "mbr.table", NULL, 0, SECTOR, "the partition table lies in a damaged range");
	unsigned logical = ENTRIES + 1;
	for (unsigned i = 0; i < ENTRIES; i++) {
		if (!entry_used(&entry[i]))
			continue;
		if (is_extended(entry[i].type))
			logical = extended_read(p, entry[i].start, entry[i].sectors, logical);
		else
			entry_add(p, &entry[i], entry[i].start, i + 1);
		if (entry[i].type == 0xee)
			report_error(o->report, "damage", "gpt.header", NULL, 0, SECTOR,
			             "the protective entry announces a GPT, but neither header of one is there; the area is given as one partition");
	}
	partitions_finish(p, "mbr");
	return &p->container;
}

const struct format format_mbr = {
	.name = "mbr",
	.layer = LAYER_VOLUME,
	.about = "DOS partition table, primary and logical partitions",
	.probe = mbr_probe,
	.open = mbr_open,
	.next = partitions_next,
	.find = partitions_find,
	.close = partitions_close,
};
