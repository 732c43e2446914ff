/* SPDX-License-Identifier: Apache-2.0 */
/* boot_sector.h: what the first sector of a volume says the volume is. A boot sector ends with 55 AA as a master boot record does, so the partition
 * table rows ask here too. */
#ifndef SPOOR_FORMAT_FS_BOOT_SECTOR_H
#define SPOOR_FORMAT_FS_BOOT_SECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum boot_sector { BOOT_NONE, BOOT_FAT12, BOOT_FAT16, BOOT_FAT32, BOOT_EXFAT, BOOT_NTFS, BOOT_BITLOCKER, BOOT_REFS };

/* `bits` (may be NULL): how many bits of signature and of fields with few legal values matched. length: at least 512, else BOOT_NONE. */
enum boot_sector boot_sector_kind(const uint8_t *sector, size_t length, unsigned *bits);

#endif
