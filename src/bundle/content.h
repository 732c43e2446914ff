/* SPDX-License-Identifier: Apache-2.0 */
/* content.h: content that leaves the evidence, kept in a folder under its SHA-256. Holds a descriptor only while bytes come in: a batch may have hundreds of them. */
#ifndef SPOOR_BUNDLE_CONTENT_H
#define SPOOR_BUNDLE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content_store { int directory; uint64_t begun; };       /* the caller's descriptor; begun: starts at 0 */
struct content;

/* Never NULL: what goes wrong here is told by the calls below, with errno. */
struct content *content_begin(struct content_store *s);
bool content_write(struct content *c, const void *bytes, size_t length);
/* No more bytes come: the descriptor is given back. Before content_end, at most once. */
void content_close(struct content *c);
/* Renames it to its SHA-256, read-only and not executable, or forgets it. Frees. */
bool content_end(struct content *c, bool keep);

#endif
