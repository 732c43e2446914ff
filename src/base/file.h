/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: files that spoor itself writes. */
#ifndef SPOOR_BASE_FILE_H
#define SPOOR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An unlinked file in `directory` (O_TMPFILE, or a made and unlinked name where the file system lacks that), which the caller closes. -1 with errno. */
int temporary_file(int directory);
/* All bytes at the descriptor's place, through interruptions and short writes. False with errno: how much was written is unknown. */
bool write_whole(int fd, const void *bytes, size_t length);
/* `length` bytes from `offset` on; the descriptor's place stays. False with errno (EIO: the file is shorter). */
bool read_whole_at(int fd, uint64_t offset, void *to, size_t length);

#endif
