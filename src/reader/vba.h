/* SPDX-License-Identifier: Apache-2.0 */
/* vba.h: the compression of macro source in Office documents ([MS-OVBA] 2.4.1). */
#ifndef SPOOR_READER_VBA_H
#define SPOOR_READER_VBA_H

#include "base/memory.h"

/* Decompresses the container that begins at bytes[0] (signature byte 0x01); at most `most` bytes are appended. Returns how many of the input were used: it ends where a chunk
 * is damaged or cut, and what came before it stays. 0: no container. */
size_t vba_decompress(const uint8_t *bytes, size_t length, size_t most, struct buffer *out);

#endif
