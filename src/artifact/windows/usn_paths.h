/* SPDX-License-Identifier: Apache-2.0 */
/* usn_paths.h: which path an MFT reference had at the time of a journal record, by going from the newest record to the oldest and undoing each. */
#ifndef SPOOR_ARTIFACT_WINDOWS_USN_PATHS_H
#define SPOOR_ARTIFACT_WINDOWS_USN_PATHS_H

#include "base/memory.h"

/* References are as NTFS writes them: record number in the low 48 bits, sequence in the high 16. Names are UTF-16LE. */
struct usn_paths;
struct usn_paths *usn_paths_new(void);
void usn_paths_free(struct usn_paths *t);
/* What is known of the reference from now (towards the past) on. */
void usn_paths_set(struct usn_paths *t, uint64_t reference, uint64_t parent, const uint8_t *name, size_t units);
/* What is known of a reference: its folder and name, which stays valid until something is set. False: nothing. */
bool usn_paths_find(const struct usn_paths *t, uint64_t reference, uint64_t *parent, const uint8_t **name, size_t *units);
/* Appends the escaped path (as in locators) of `name` in the directory `parent`: "/Users/ann/x", or "/%3F4711-3/x" where the way up is lost at entry 4711 of sequence 3.
 * False: it is lost at the reference *lost (0: it is longer than any real one, or a loop). */
bool usn_paths_of(const struct usn_paths *t, uint64_t parent, const uint8_t *name, size_t units, struct buffer *out, uint64_t *lost);

#endif
