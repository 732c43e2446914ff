/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: what the files behind session.h share among themselves. */
#ifndef SPOOR_CLI_PARTS_H
#define SPOOR_CLI_PARTS_H

#include "cli/session.h"

struct dirent;
int by_name(const struct dirent **a, const struct dirent **b);          /* for scandirat: in byte order */

/* session.c: SIGINT or SIGTERM came. */
bool session_interrupted(void);

/* evidence.c. Does a path, there or not yet, lie in this folder or below it? Links are followed. */
bool path_below(const char *path, const char *folder);
/* The next two are the engine's: descriptors of an item; a folder's file, which its node record names. */
unsigned evidence_files(void *owner, uint32_t evidence, int *descriptor, unsigned most, unsigned *companions);
unsigned evidence_item_files(void *owner, const uint8_t *payload, size_t length, int *descriptor, unsigned most);
/* An evidence record that says "failed" and the error record that says why. */
void evidence_error(struct session *s, const char *base, const char *kind, const char *text);

/* Parts of a split raw image all have the first one's size, but for the last; a rotated log looks otherwise. */
bool evidence_parts_fit(uint64_t first, uint64_t other);

/* folder.c: lists a folder as the engine's own root in hand. Sets of image files in it are left to be added as evidence of their own: their locators, each ended by a NUL. */
bool node_stated(struct buffer *out, const struct record_view *v, const char *failed);   /* a node with its state in the ledger: failed (why), or what is said of a thing without content */
void folder_walk(struct session *s, uint32_t item, struct buffer *sets);

/* intake.c: error records that came in are not to be repeated. line: JSON without its newline. */
void error_heard(struct session *s, const uint8_t *line, size_t length);
bool error_again(struct session *s, const uint8_t *line, size_t length);

/* foreign.c: fields of a node record that the schema doesn't know, kept while the node is with a worker. False: they can't be kept (errno). */
bool foreign_keep(struct session *s, const struct record_view *v, const char *locator, size_t length);
/* True: `merged` is v with the fields that were kept for its locator. */
bool foreign_give(const struct session *s, const struct record_view *v, struct buffer *merged);
void foreign_free(struct foreign *f);

/* progress.c */
void progress_begin(struct session *s);
void progress_tick(void *owner);

/* rules.c: the files of --rules (or spoor's own), then those of --ioc, behind s->config. False: told. */
bool rules_load(struct session *s);

#endif
