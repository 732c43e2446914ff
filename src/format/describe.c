/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: see describe.h. */
#include "format/describe.h"

#include <string.h>

#include "format/format.h"

static const char *const layer_title[LAYERS] = { "Images of disks", "Tables of partitions and logical volumes", "Encrypted volumes", "Shadow copies", "File systems", "Archives and packed files", "Mail" };

/* Text of a man page's line: a dot or quote in front would be a request, and a backslash an escape. */
static void mdoc_text(struct buffer *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buffer_text(out, "\\&");
	for (; *text; text++)
		if (*text == '\\')
			buffer_text(out, "\\e");
		else
			buffer_byte(out, (uint8_t)*text);
	buffer_byte(out, '\n');
}

void formats_describe_mdoc(struct buffer *out)
{
	for (unsigned layer = 0; layer < LAYERS; layer++) {
		buffer_format(out, ".Ss %s\n.Bl -tag -width hfs-classic\n", layer_title[layer]);
		for (size_t i = 0; formats[i]; i++)
			if (formats[i]->layer == layer) {
				buffer_format(out, ".It Cm %s\n", formats[i]->name);
				mdoc_text(out, formats[i]->about);
			}
		buffer_text(out, ".El\n");
	}
}
