/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h: what schema.def says, for people (spoor-records(5)) and for other people's validators (JSON Schema). */
#ifndef SPOOR_RECORD_DESCRIBE_H
#define SPOOR_RECORD_DESCRIBE_H

#include "base/memory.h"

/* mdoc(7): a .Ss a record type with a tagged list of its keys. */
void record_describe_mdoc(struct buffer *out);
/* JSON Schema, draft 2020-12, of one line, with a line feed. Unknown keys and types are valid, as they are for spoor. */
void record_schema_json(struct buffer *out);

#endif
