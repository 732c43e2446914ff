/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h: content that lies encoded in other content without being a file of its own: text in base64, streams of documents, macros. Bounded. */
#ifndef SPOOR_DETECT_LAYERS_H
#define SPOOR_DETECT_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layer {
	const char *way;                /* from the content to the layer: "base64@0x40/utf16@0x0"; lives during the call */
	uint64_t offset, length;        /* of the content's bytes that it was made from */
	const uint8_t *bytes; size_t size;      /* decoded; borrowed during the call */
	const char *filetype;           /* of what was decoded */
};
typedef void layer_found(void *owner, const struct layer *l);

/* Calls `found` for each layer in the content (of this type by filetype_of), and for layers in layers, each after what it lies in. Looks no deeper than 4 layers, at no more than 1,024
 * of them and 64 MiB of decoded bytes a content; NULL, or which of these limits left something out (static text). What is damaged gives what can be decoded before it. */
const char *layers_look(const uint8_t *bytes, size_t length, const char *filetype, layer_found *found, void *owner);
bool layers_may_be(const char *filetype);        /* is there anything to look for in content of this type? */

#endif
