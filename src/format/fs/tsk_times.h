/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_times.h: times of file systems decoded from their bytes on disk, where libtsk 4.11.1 cuts, wraps or misreads them.
 *
 * All of them write t[NODE_MTIME, _ATIME, _CTIME, _CRTIME, _DTIME] and leave the others alone. */
#ifndef SPOOR_FORMAT_FS_TSK_TIMES_H
#define SPOOR_FORMAT_FS_TSK_TIMES_H

#include "format/node.h"

/* An ext2/3/4 inode, `length` bytes of it (128, or the inode size where the superblock says that there are more). A time whose nanoseconds are above
 * 999,999,999 keeps its seconds, exact to the second; false then. Deletion times of inodes with links are left out: there the field is a link of a list. */
bool tsk_times_ext(const uint8_t *inode, size_t length, struct timestamp t[NODE_TIMES]);
/* A FAT directory entry: local time of the writer, zone unknown. */
void tsk_times_fat(const uint8_t entry[32], struct timestamp t[NODE_TIMES]);
/* An exFAT file entry (type 85 or 05): UTC where the entry states its offset, else local. */
void tsk_times_exfat(const uint8_t entry[32], struct timestamp t[NODE_TIMES]);
/* ISO 9660 recording date: seven bytes, 9.1.5; the offset from Greenwich is subtracted. All zero: unset. */
struct timestamp tsk_time_iso(const uint8_t date[7]);

#endif
