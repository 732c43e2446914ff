/* SPDX-License-Identifier: Apache-2.0 */
/* fstimes.h: the times that a file system keeps of a node, as events. */
#ifndef SPOOR_ARTIFACT_ANY_FSTIMES_H
#define SPOOR_ARTIFACT_ANY_FSTIMES_H

#include "artifact/artifact.h"

/* One event for each set time of the node: kind "fs:stat", and "fs:file_name" for those of NTFS $FILE_NAME, which programs can't set at will. */
void fs_times_events(const struct node *n, struct parse *p);

#endif
