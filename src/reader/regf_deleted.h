/* SPDX-License-Identifier: Apache-2.0 */
/* regf_deleted.h: keys and values of a hive that no list leads to any more. */
#ifndef SPOOR_READER_REGF_DELETED_H
#define SPOOR_READER_REGF_DELETED_H

#include "reader/regf.h"

struct regf_deleted {
	struct regf *h;
	uint64_t *used;                         /* a bit for each 8 bytes: what the living keys hold */
	size_t living_end;                      /* of the hive, before what lies behind its last bin was opened, too */
	uint64_t foreign_at, foreign;           /* bytes behind the last bin that are another hive's: where in the file the first lies, how many in all */
	uint32_t at;                            /* next cell to look at */
	bool values;                            /* the second turn: values that belong to no recovered key */
};

/* Goes through the living keys once more, to know what is theirs. The walk must be over. Until the end, cells behind the last bin can be read, too. */
void regf_deleted_start(struct regf_deleted *d, struct regf *h);
/* The next key that was found in free or leaked cells and can be one. k->depth is 0: it has no place but its parent. */
bool regf_deleted_key(struct regf_deleted *d, struct regf_key *k);
/* Values of a key given by regf_deleted_key, as regf_value_at; false: not there any more, or somebody else's now. overwritten: the data's cell is in use again. */
bool regf_deleted_value_at(struct regf_deleted *d, const struct regf_key *k, uint32_t index, struct regf_value *v, bool *overwritten);
/* After the keys: values of which no recovered key knows. */
bool regf_deleted_value(struct regf_deleted *d, struct regf_value *v, bool *overwritten);
/* Is that cell held by a living key? */
bool regf_deleted_used(const struct regf_deleted *d, uint32_t cell);
void regf_deleted_end(struct regf_deleted *d);

#endif
