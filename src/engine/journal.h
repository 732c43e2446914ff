/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: which jobs are done and where their bytes lie in the spool, so that a run that was cut off goes on from there.
 *
 * The spool is synced before the entries that speak of it are written; entries are committed in groups. An entry that is cut short or whose checksum is wrong ends the reading. */
#ifndef SPOOR_ENGINE_JOURNAL_H
#define SPOOR_ENGINE_JOURNAL_H

#include "base/memory.h"

struct journal_entry {
	uint64_t key;                   /* of the job: made of the way from the root, see job_tree.c */
	uint64_t output, items;         /* last segments of its chains in the spool; SPOOL_NONE: nothing */
	uint64_t records, item_count;
	uint32_t state, reserved;       /* how it ended */
	uint64_t check;                 /* over all before */
};

struct journal;
/* Opens (or makes) `journal` in the directory. resume: reads what is there; *refused says why not (other identity, no journal, in use). NULL with errno or *refused. */
struct journal *journal_open(int directory, const uint8_t identity[32], bool resume, const char **refused);
const struct journal_entry *journal_find(const struct journal *j, uint64_t key);
/* Notes an entry; it is on disk after the next commit. */
void journal_add(struct journal *j, const struct journal_entry *e);
/* Syncs the spool, then writes and syncs the entries. False with errno. */
bool journal_commit(struct journal *j, int spool);
size_t journal_waiting(const struct journal *j);
void journal_close(struct journal *j);

#endif
