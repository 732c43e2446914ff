/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: what the files behind session.h share among themselves. */
#ifndef SPOOR_CLI_PARTS_H
#define SPOOR_CLI_PARTS_H

#include "cli/session.h"

struct dirent;
int by_name(const struct dirent **a, const struct dirent **b);          /* for scandirat: in byte order */

/* evidence.c. The first two are the engine's: descriptors of an item; a folder's file, which its node record names. */
unsigned evidence_files(void *owner, uint32_t evidence, int *descriptor, unsigned most);
int evidence_item_file(void *owner, const uint8_t *payload, size_t length);
/* An evidence record that says "failed" and the error record that says why. */
void evidence_error(struct session *s, const char *base, const char *kind, const char *text);

/* folder.c: lists a folder as the engine's own root in hand. */
void folder_walk(struct session *s, uint32_t item);

/* intake.c: error records that came in are not to be repeated. line: JSON without its newline. */
void error_heard(struct session *s, const uint8_t *line, size_t length);
bool error_again(struct session *s, const uint8_t *line, size_t length);

/* rules.c: the files of --rules (or spoor's own) behind s->config. False: told. */
bool rules_load(struct session *s);

#endif
