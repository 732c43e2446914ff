/* SPDX-License-Identifier: Apache-2.0 */
/* vhdx_log.h: the log of a VHDX image ([MS-VHDX] 2.3): changes to its tables that were not yet made when the image was left. */
#ifndef SPOOR_FORMAT_IMAGE_VHDX_LOG_H
#define SPOOR_FORMAT_IMAGE_VHDX_LOG_H

#include "format/format.h"

struct vhdx_log { uint8_t guid[16]; uint64_t offset; uint32_t length; };        /* guid all zero: it is empty */

/* CRC-32C of the bytes, those of the sum itself (4 to 8) taken as zeros, is what stands there. */
bool vhdx_sum_good(const uint8_t *bytes, size_t length);
/* The file with its log put over it; the caller closes it before the file. NULL: there is nothing to put over it, or (told) it can't be. */
struct source *vhdx_log_replay(struct source *file, const struct vhdx_log *log, struct reporter *report);

#endif
