/* SPDX-License-Identifier: Apache-2.0 */
/* bodyfile.h: node records as lines of a body file, The Sleuth Kit's format 3.x, as mactime and others read it. */
#ifndef SPOOR_BUNDLE_BODYFILE_H
#define SPOOR_BUNDLE_BODYFILE_H

#include "record/record.h"

/* Appends the node's line, and for an NTFS name a second one with the times of its $FILE_NAME. Nothing for a record without a path. */
void bodyfile_lines(struct buffer *out, const struct record_view *node);

#endif
