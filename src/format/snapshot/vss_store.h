/* SPDX-License-Identifier: Apache-2.0 */
/* vss_store.h: what one shadow copy keeps of the blocks that were written over after it was made. */
#ifndef SPOOR_FORMAT_SNAPSHOT_VSS_STORE_H
#define SPOOR_FORMAT_SNAPSHOT_VSS_STORE_H

#include "base/cursor.h"
#include "base/text.h"
#include "format/format.h"
#include "format/fs/number_set.h"

enum { VSS_BLOCK = 16384, VSS_HEADER = 128, VSS_SECTOR = 512 };
enum vss_record { VSS_VOLUME = 1, VSS_CATALOG = 2, VSS_LIST = 3, VSS_STORE = 4, VSS_BITMAP = 6 };

extern const uint8_t vss_identifier[16];        /* what all of VSS's own blocks begin with */

/* One block of the volume as it was. */
struct vss_block {
	uint64_t number;                /* of the volume, in blocks of VSS_BLOCK bytes */
	uint64_t place;                 /* if `here`: where its bytes are now: in the volume; if `forward`: in the volume as the next newer shadow copy has it */
	uint64_t overlay;               /* where the sectors of `sectors` are now, for this shadow copy only; lowest bit: first sector */
	uint32_t sectors;
	bool here, forward;
};

/* From numbers to indexes, by hashing. All zero is a valid empty map. */
struct vss_slot { uint64_t number; uint32_t index, used; };
struct vss_map { struct vss_slot *slot; size_t count, slots; };

struct vss_store {
	uint8_t id[16];
	uint64_t created, volume_size;  /* FILETIME; bytes */
	bool described, inside;         /* the catalog tells of the copy; and where its data lies, in this volume */
	uint64_t list, header, bitmap, previous;        /* where they begin, bytes of the volume; 0: none */
	bool readable;                  /* its data and that of all newer copies lies in this volume */
	char copy_id[TEXT_GUID], set_id[TEXT_GUID];   /* "": not known */
	/* vss_store_load */
	struct vss_block *block; size_t blocks, capacity;
	struct vss_map by_number, by_target;            /* blocks; those that forward, by the block that they lead to */
	uint8_t *unused; size_t unused_bytes;           /* a bit a block: it held nothing when the copy was made */
};

/* Reads a block of VSS's own (header and VSS_BLOCK bytes in all). NULL, or what is wrong with it. */
const char *vss_block_read(struct source *s, uint64_t at, enum vss_record record, uint8_t bytes[VSS_BLOCK]);
/* Where the next block of the chain lies, 0: there is none. */
uint64_t vss_block_next(const uint8_t bytes[VSS_BLOCK]);
/* What the stores of one volume share while they are read. */
struct vss_reading {
	struct source *volume;
	struct reporter *report;
	struct number_set seen;         /* VSS's own blocks: each belongs to one store; the caller frees it */
	size_t room;                    /* how many blocks may be kept yet */
};
/* Reads the list of blocks, of the newest copy the bitmaps too. What is damaged is told with `step`. */
void vss_store_load(struct vss_store *t, struct vss_reading *r, const char *step, bool newest);
const struct vss_block *vss_store_block(const struct vss_store *t, uint64_t number);     /* NULL: as in the next newer copy */
/* Whether the block held nothing when the copy, the newest one, was made: its bytes then are not known. */
bool vss_store_unused(const struct vss_store *t, uint64_t number);
void vss_store_free(struct vss_store *t);

#endif
