/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h: what the decoders of registry artefacts share: the hive in hand, the key in hand, and how they give events. */
#ifndef SPOOR_ARTIFACT_WINDOWS_REGISTRY_H
#define SPOOR_ARTIFACT_WINDOWS_REGISTRY_H

#include "artifact/artifact.h"
#include "artifact/windows/registry_rows.h"
#include "reader/regf.h"

struct registry {
	struct parse *parse;
	struct regf hive;
	enum registry_hive kind;
	const char *prefix;                     /* of key paths for people: "HKLM\SYSTEM" */
	struct regf_walk walk;
	struct buffer path;                     /* of the key in hand, without the root's name, UTF-8 */
	size_t path_length[REGF_DEPTH + 1];     /* of the path above each depth */
	struct buffer message, scratch, text;
	uint64_t keys, values;
};

#endif
