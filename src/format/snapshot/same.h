/* SPDX-License-Identifier: Apache-2.0 */
/* same.h: whether a thing in a shadow copy is still on the volume, as it was. */
#ifndef SPOOR_FORMAT_SNAPSHOT_SAME_H
#define SPOOR_FORMAT_SNAPSHOT_SAME_H

#include "format/format.h"

struct snapshot_same;
/* NULL: `then`, borrowed, is no shadow copy, or one of the two volumes can't be read as NTFS (nothing is told of it: everything counts as changed). */
struct snapshot_same *snapshot_same_open(struct source *then);
/* A node of the row ntfs over the shadow copy: is the entry of its address on the volume now with the same sequence, names, times, sizes and attributes, and is each byte of its
 * streams the same? The path may be another one (a folder above it was renamed or moved). Exact, and reads only what Windows kept a copy of. */
bool snapshot_same(struct snapshot_same *s, const struct node *n);
/* More was compared than the files of a sound volume hold: from then on everything counts as changed. */
bool snapshot_same_spent(const struct snapshot_same *s);
void snapshot_same_close(struct snapshot_same *s);      /* NULL is fine */

#endif
