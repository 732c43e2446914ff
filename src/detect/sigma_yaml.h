/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_yaml.h: the YAML of a rule file as trees, one a document (libyaml's events; YAML 1.1).
 *
 * Bounded in depth and in nodes. Anchors, aliases and tags of one's own are refused: no rule needs them, and an alias is how a small text
 * becomes an endless tree. A key that a map has twice is refused as well, because which one counts would be a guess. */
#ifndef SPOOR_DETECT_SIGMA_YAML_H
#define SPOOR_DETECT_SIGMA_YAML_H

#include "base/memory.h"

enum sigma_node_kind { SIGMA_SCALAR, SIGMA_LIST, SIGMA_MAP };
struct sigma_node {
	enum sigma_node_kind kind;
	bool quoted;                            /* of a scalar: '' is then an empty text, not null */
	uint32_t line, children;
	const char *text; size_t length;        /* of a scalar, NUL-terminated */
	const char *key; size_t key_length;     /* inside a map */
	struct sigma_node *child, *next;
};

enum { SIGMA_YAML_MOST = 4 << 20, SIGMA_YAML_DEPTH = 16, SIGMA_YAML_NODES = 1 << 16, SIGMA_YAML_DOCUMENTS = 1024 };

/* All documents of a text, chained by `next`; NULL with `*wrong` (in arena) when the text is none: the documents before it are lost with it. An empty text gives NULL, too. */
struct sigma_node *sigma_yaml_read(struct arena *arena, const char *text, size_t length, const char **wrong);
/* Value of a key, in any case; NULL: none, or n is no map (NULL is fine). */
const struct sigma_node *sigma_node_get(const struct sigma_node *n, const char *key);
/* Its text when it is a scalar and not null, else NULL. */
const char *sigma_node_text(const struct sigma_node *n);
bool sigma_node_is_null(const struct sigma_node *n);

#endif
