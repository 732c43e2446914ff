/* SPDX-License-Identifier: Apache-2.0 */
/* lzx.h: LZX as WIM files and WOF (CompactOS, "compact /exe:lzx") use it: chunks that stand alone, a window of 32 KiB, calls of x86 code translated. */
#ifndef SPOOR_BASE_LZX_H
#define SPOOR_BASE_LZX_H

#include <stddef.h>
#include <stdint.h>

enum { LZX_CHUNK_MOST = 32768 };

/* Inflates one chunk `from` into `to`, which has room for exactly the `size` (at most LZX_CHUNK_MOST) bytes that it holds. Returns how many bytes were written: less than `size`
 * where the data end or break a rule before. Calls are translated back in what was written. Sources: [MS-PATCH] LZX DELTA; libyal/libfwnt; wimlib's documentation of the WIM variant. */
size_t lzx_chunk(const uint8_t *from, size_t length, uint8_t *to, size_t size);

#endif
