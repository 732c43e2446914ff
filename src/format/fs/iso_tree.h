/* SPDX-License-Identifier: Apache-2.0 */
/* iso_tree.h: the directory tree of one ISO 9660 volume descriptor, for volumes that libtsk can't read. */
#ifndef SPOOR_FORMAT_FS_ISO_TREE_H
#define SPOOR_FORMAT_FS_ISO_TREE_H

#include "format/format.h"

struct iso_tree;
/* The tree of the enhanced descriptor (ISO 9660:1999), else of the primary one. c: source, report and the arena for nodes. NULL: there is none. */
struct iso_tree *iso_tree_open(struct container *c);
int iso_tree_next(struct iso_tree *t, struct container *c, struct node *n);
bool iso_tree_find(struct iso_tree *t, struct container *c, const struct locator_step *step, struct node *n);
void iso_tree_close(struct iso_tree *t);        /* NULL is fine */

#endif
