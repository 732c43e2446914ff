/* SPDX-License-Identifier: Apache-2.0 */
/* vss.h: a shadow copy as a source, for who compares it with the volume as it is now. */
#ifndef SPOOR_FORMAT_SNAPSHOT_VSS_H
#define SPOOR_FORMAT_SNAPSHOT_VSS_H

#include "format/snapshot/vss_store.h"

/* The volume as it is now, borrowed, if `s` is one of its shadow copies; else NULL. */
struct source *vss_live(struct source *s);
/* Whether the bytes of a block (VSS_BLOCK bytes) of the shadow copy may differ from those of the volume now; those of all other blocks are the same ones. */
bool vss_differs(struct source *s, uint64_t block);

#endif
