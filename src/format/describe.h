/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h: the table of formats for people: spoor-formats(7). */
#ifndef SPOOR_FORMAT_DESCRIBE_H
#define SPOOR_FORMAT_DESCRIBE_H

#include "base/memory.h"

/* mdoc(7): a .Ss a layer with a tagged list of its formats. */
void formats_describe_mdoc(struct buffer *out);

#endif
