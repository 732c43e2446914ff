/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.h: how sure the content of a deleted file is: whether the units (clusters, blocks) that its metadata still names are in use again by something else.
 *
 * "clusters-free": none is, by the file system's own bitmap or table (one that was used and freed again since can't be told). "clusters-partly-reused",
 * "clusters-reused": some, all are: those bytes are another file's. */
#ifndef SPOOR_FORMAT_FS_REUSE_H
#define SPOOR_FORMAT_FS_REUSE_H

#include "format/node.h"

/* Asks for each unit of the node's ranges, in units of the volume from its start: 1 in use, 0 free, -1 not known (then nothing is said). Of more than REUSE_UNITS_MOST units
 * that many are asked, evenly spread; that all are free is not said then. */
enum { REUSE_UNITS_MOST = 65536 };
void reuse_tell(struct node *n, uint64_t unit_bytes, int (*used)(void *owner, uint64_t unit), void *owner);

#endif
