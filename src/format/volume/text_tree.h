/* SPDX-License-Identifier: Apache-2.0 */
/* text_tree.h: metadata that volume layers keep as text (LVM2's configuration language, LUKS2's JSON) as a tree. */
#ifndef SPOOR_FORMAT_VOLUME_TEXT_TREE_H
#define SPOOR_FORMAT_VOLUME_TEXT_TREE_H

#include "base/memory.h"

enum tree_kind { TREE_SECTION, TREE_ARRAY, TREE_TEXT, TREE_NUMBER, TREE_OTHER };
struct tree {
	enum tree_kind kind;
	const char *name;               /* NUL-terminated; "" in arrays */
	const char *text; size_t length;/* TREE_TEXT: without quotes and escapes, NUL-terminated; may hold any byte but NUL */
	uint64_t number;                /* TREE_NUMBER; a text of digits only has its value here, too (LUKS2 writes 64-bit numbers as texts) */
	bool is_number;
	struct tree *child, *next;
};
enum { TREE_DEPTH = 12, TREE_NODES_MOST = 200000 };

/* The tree lives in the arena. NULL: damaged (or too deep, or too many nodes). */
struct tree *tree_lvm(const char *text, size_t length, struct arena *a);
struct tree *tree_json(const char *text, size_t length, struct arena *a);
/* A child by name, NULL: none (also of NULL). */
const struct tree *tree_get(const struct tree *t, const char *name);
const char *tree_string(const struct tree *t, const char *name);                   /* of the child; NULL: none */
bool tree_number(const struct tree *t, const char *name, uint64_t *value);       /* of the child */

#endif
