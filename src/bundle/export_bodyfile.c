/* SPDX-License-Identifier: Apache-2.0 */
/* export_bodyfile.c: The Sleuth Kit's body file 3.x, for mactime and Plaso: node records, in any order; see bodyfile.h. */
#include "bundle/bodyfile.h"
#include "bundle/bundle.h"

static void lines(struct buffer *out, const struct record_view *v)
{
	if (v->type == RECORD_NODE)
		bodyfile_lines(out, v);
}

extern const struct exporter export_bodyfile;
const struct exporter export_bodyfile = { "bodyfile", "body file 3.x of The Sleuth Kit", "body", true, NULL, lines, NULL };
