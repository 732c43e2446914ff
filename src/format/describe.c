/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: see describe.h. */
#include "format/describe.h"

#include <string.h>

#include "format/format.h"

static const char *const layer_title[LAYERS] = { "Images of disks", "Tables of partitions and logical volumes", "Encrypted volumes", "Shadow copies", "File systems", "What no file holds", "Archives and packed files", "Mail" };

void formats_describe_mdoc(struct buffer *out)
{
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		buffer_format(out, ".Ss %s\n.Bl -tag -width hfs-classic\n", layer_title[layer]);
		for (size_t i = 0; formats[i]; i++)
			if (formats[i]->layer == layer) {
				buffer_format(out, ".It Cm %s\n", formats[i]->name);
				text_mdoc(out, formats[i]->about);
			}
		buffer_text(out, ".El\n");
	}
}
