/* SPDX-License-Identifier: Apache-2.0 */
/* boot_sector.c: see boot_sector.h. Sources: "Microsoft Extensible Firmware Initiative FAT32 File System Specification" 1.03, the exFAT specification
 * (sections 3.1, 3.2), libfsntfs and libbde documentation.
 *
 * FAT names itself only in a comment field that formatters need not fill, so its parameter block is weighed field by field: all of them must be legal,
 * and the more narrow they are the more bits they count. */
#include "format/fs/boot_sector.h"

#include <string.h>

#include "base/cursor.h"

enum { SECTOR = 512 };

static bool power_of_two(uint32_t v)
{
	return v && !(v & (v - 1));
}

static enum boot_sector fat_kind(const uint8_t *s, unsigned *bits)
{
	struct cursor c = cursor_of(s, SECTOR, 0);
	c.at = 11;              /* 11 bytes a sector u16; 13 sectors a cluster u8; 14 reserved sectors u16; 16 FATs u8; 17 root entries u16; 19 sectors u16 */
	uint32_t sector = cursor_u16le(&c), cluster = cursor_u8(&c), reserved = cursor_u16le(&c), tables = cursor_u8(&c), entries = cursor_u16le(&c);
	uint64_t sectors = cursor_u16le(&c);
	uint8_t media = cursor_u8(&c);          /* 21 */
	uint64_t table = cursor_u16le(&c);      /* 22 sectors a FAT u16 */
	bool wide_table = !table;
	c.at = 32;              /* 32 sectors u32; 36 (FAT32) sectors a FAT u32 */
	uint32_t sectors32 = cursor_u32le(&c), table32 = cursor_u32le(&c);
	if (!sectors)
		sectors = sectors32;
	if (wide_table)
		table = table32;
	if (sector < 512 || sector > 4096 || !power_of_two(sector) || !power_of_two(cluster) || !reserved || !tables || tables > 2 || !table)
		return BOOT_NONE;
	if (media < 0xf0 || (media > 0xf0 && media < 0xf8))
		return BOOT_NONE;
	uint64_t root = ((uint64_t)entries * 32 + sector - 1) / sector;
	uint64_t before = reserved + tables * table + root;
	if (before >= sectors)
		return BOOT_NONE;
	bool jump = s[0] == 0xe9 || (s[0] == 0xeb && s[2] == 0x90);
	bool signature = s[510] == 0x55 && s[511] == 0xaa;
	bool named = memcmp(s + 54, "FAT", 3) == 0 || memcmp(s + 82, "FAT32", 5) == 0;
	if (!signature && !named)
		return BOOT_NONE;
	*bits = 24 + (jump ? 8U : 0) + (signature ? 16U : 0) + (named ? 24U : 0);
	uint64_t clusters = (sectors - before) / cluster;
	if (!entries && wide_table)
		return BOOT_FAT32;
	return clusters < 4085 ? BOOT_FAT12 : BOOT_FAT16;
}

enum boot_sector boot_sector_kind(const uint8_t *s, size_t length, unsigned *bits)
{
	unsigned ignored;
	if (!bits)
		bits = &ignored;
	*bits = 0;
	if (length < SECTOR)
		return BOOT_NONE;
	bool signature = s[510] == 0x55 && s[511] == 0xaa;
	*bits = 64 + (signature ? 16U : 0);
	if (memcmp(s + 3, "NTFS    ", 8) == 0)
		return BOOT_NTFS;
	if (memcmp(s + 3, "EXFAT   ", 8) == 0)
		return BOOT_EXFAT;
	if (memcmp(s + 3, "-FVE-FS-", 8) == 0)
		return BOOT_BITLOCKER;
	if (memcmp(s + 3, "ReFS\0\0\0\0", 8) == 0)
		return BOOT_REFS;
	/* BitLocker To Go keeps a FAT32 parameter block in front; its GUID lies at 424 (libbde, "BitLocker To Go"). */
	static const uint8_t to_go[16] = { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01 };
	if (memcmp(s + 3, "MSWIN4.1", 8) == 0 && memcmp(s + 424, to_go, sizeof to_go) == 0)
		return BOOT_BITLOCKER;
	*bits = 0;
	return fat_kind(s, bits);
}
