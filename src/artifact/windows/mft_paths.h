/* SPDX-License-Identifier: Apache-2.0 */
/* mft_paths.h: what the $MFT of a volume tells those who read its logs: which name and folder a reference has at the end, and which sequence an entry. */
#ifndef SPOOR_ARTIFACT_WINDOWS_MFT_PATHS_H
#define SPOOR_ARTIFACT_WINDOWS_MFT_PATHS_H

#include "artifact/artifact.h"
#include "artifact/windows/usn_paths.h"
#include "format/fs/number_set.h"

struct mft_paths {
	uint64_t names;                         /* that were put into the paths */
	uint32_t record_size, cluster_size;     /* bytes; 0: not known */
	uint16_t *sequence; size_t sequences, room;     /* of each entry, as references carry it; 0: none. Owned */
};

/* The sizes alone, from the first record of the $MFT that p has as its companion. False: there is none, or it makes no sense. */
bool mft_paths_open(struct mft_paths *m, struct parse *p);
/* Reads the $MFT that p has as its companion: the names of folders, and of the entries whose numbers are in `files` (NULL: of none), go to `paths`. `kind` is that of reports.
 * False: there is none, or it makes no sense, which is told. mft_paths_free frees what it made. */
bool mft_paths_learn(struct mft_paths *m, struct parse *p, const char *kind, const struct number_set *files, struct usn_paths *paths);
/* Whether the entry of a reference is another's by now. */
bool mft_paths_stale(const struct mft_paths *m, uint64_t reference);
void mft_paths_free(struct mft_paths *m);

#endif
