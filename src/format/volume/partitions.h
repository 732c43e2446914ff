/* SPDX-License-Identifier: Apache-2.0 */
/* partitions.h: what all partition table rows have in common: a list of slices of the media, the gaps between them, and both as nodes.
 *
 * A row's open fills the list (partition_add), then calls partitions_finish; partitions_next, _find and _close are its operations. Steps are
 * "ROW:NUMBER" for partitions and "ROW:@FIRST-LAST" (sectors, LAST included) for the areas that no partition holds. Table sectors belong to those
 * areas, so boot code and what hides between partitions is read like everything else. */
#ifndef SPOOR_FORMAT_VOLUME_PARTITIONS_H
#define SPOOR_FORMAT_VOLUME_PARTITIONS_H

#include "format/format.h"

struct partition {
	uint64_t start, sectors;                /* sectors of the media */
	unsigned number;                        /* 0: an area without a partition */
	const char *name;                       /* UTF-8, owned by the list; NULL: none */
	const char *flag[6];                    /* owned by the list; NULL after the last */
};

struct partitions {
	struct container container;             /* first member */
	struct arena kept;                      /* names and flags live as long as the container */
	struct partition *part;
	size_t count, capacity, at;
	uint32_t sector_size;
};

struct partitions *partitions_new(const struct opening *o, uint32_t sector_size);
/* A copy is kept; name and flags must be static or from p->kept. Sectors 0: left out. */
void partition_add(struct partitions *p, const struct partition *part);
/* Sorts by start, reports overlaps and what lies beyond the media (kinds "ROW.overlap", "ROW.beyond-end"), adds the gaps. row: "mbr" */
void partitions_finish(struct partitions *p, const char *row);

int partitions_next(struct container *c, struct node *n);
bool partitions_find(struct container *c, const struct locator_step *step, struct node *n);
void partitions_close(struct container *c);

#endif
