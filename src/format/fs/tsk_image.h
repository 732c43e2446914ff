/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_image.h: a struct source as the disk image that libtsk reads from. libtsk never opens a path, and never guesses an image type. */
#ifndef SPOOR_FORMAT_FS_TSK_IMAGE_H
#define SPOOR_FORMAT_FS_TSK_IMAGE_H

#include <tsk/libtsk.h>

#include "source/source.h"

/* The source stays the caller's and must outlive the image; tsk_img_close frees the image. NULL: libtsk refused it (see tsk_error_get). */
TSK_IMG_INFO *tsk_image_open(struct source *source);
/* Whether any byte that libtsk read since the last call lay in a damaged range; clears it. libtsk caches 32 blocks of 64 KiB, so a second read of a
 * damaged block may go unnoticed: callers that need certainty read the extents themselves. */
bool tsk_image_taint(TSK_IMG_INFO *image);

#endif
