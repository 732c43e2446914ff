/* SPDX-License-Identifier: Apache-2.0 */
/* xpress.h: LZXPRESS Huffman, the compression of MAM files (prefetch) and of WOF (CompactOS). */
#ifndef SPOOR_BASE_XPRESS_H
#define SPOOR_BASE_XPRESS_H

#include <stddef.h>
#include <stdint.h>

/* Inflates `from` into `to`, which has room for exactly the `size` bytes that the container declares. Returns how many bytes were written: less than `size` where the
 * data end or break a rule before. What was written is right in any case. Source: [MS-XCA] 2.2. */
size_t xpress_huffman(const uint8_t *from, size_t length, uint8_t *to, size_t size);

#endif
