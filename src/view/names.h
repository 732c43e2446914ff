/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: what things are called in a mounted view: names that every file system and program takes, from which the locator can be had back.
 *
 *   NAME            a live entry: its name as in its locator, but that what is printable ASCII stands as it is: only '/', '%' and ':' are escaped of that
 *   NAME:STREAM     a stream of it
 *   NAME::#ADDRESS  an entry that its locator names by address (deleted, doubled)
 *   NAME::FORMAT    a folder with what NAME holds, opened as FORMAT
 *   NAME::~HASH     a name that was too long, or taken: its beginning, and a hash of what makes it the only one
 *
 * An escaped name never holds ':', so none can be taken for another kind. */
#ifndef SPOOR_VIEW_NAMES_H
#define SPOOR_VIEW_NAMES_H

#include "base/memory.h"

enum { VIEW_NAME_MOST = 255 };          /* bytes: NAME_MAX */

/* The name for `text`, which is escaped as in a locator. */
void view_name(struct buffer *out, const char *text, size_t length);
/* For a name that is too long or taken: at most `most` bytes of it, with "::~" and a hash of name and salt. */
void view_name_other(struct buffer *name, size_t most, const char *salt);
/* The name of a locator's last step, without its format: `step` as in "/a/b", "/a/b:stream", "#12-1", "2"; `path`, escaped, may be empty. */
void view_name_of_step(struct buffer *out, const char *step, const char *path);
/* A link's target so that it stays in the view: names as above, absolute ones from the container's root, `depth` folders above the link; never above that. */
void view_target(struct buffer *out, const char *target, size_t length, unsigned depth);
/* 64 bits of a hash that is the same in each run; neither 0 nor 1. */
uint64_t view_hash(const void *bytes, size_t length, uint64_t seed);

#endif
