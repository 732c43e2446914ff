/* SPDX-License-Identifier: Apache-2.0 */
/* shellitem.h: shell items (ITEMIDLIST), the form in which Windows Explorer keeps paths: shell bags, dialog histories, shortcuts. */
#ifndef SPOOR_READER_SHELLITEM_H
#define SPOOR_READER_SHELLITEM_H

#include "base/cursor.h"
#include "base/memory.h"
#include "base/timestamp.h"

struct shell_item {
	uint8_t class;
	const char *kind;               /* "root" "volume" "directory" "file" "network" "uri" "control_panel" "delegate" "mtp" "known_folder" "property_view" "zip" "other" */
	struct buffer name;             /* UTF-8; the long name where there is one; may be empty */
	char guid[39];                  /* "" when there is none */
	struct timestamp modified, created, accessed, connected;        /* FAT (UTC, 2 s) or FILETIME; TIME_UNSET where there is none */
	uint32_t size; bool has_size;
	uint64_t mft_entry; uint16_t mft_sequence; bool has_mft;
	bool bad;                       /* cut or with lengths that can't be */
};

/* The next item of a list, whose bytes the cursor moves past. False: the end of the list (or of the bytes). `item` is reset; shell_item_free at last. */
bool shell_item_next(struct cursor *list, struct shell_item *item);
void shell_item_free(struct shell_item *item);
/* Names of known folders and shell folders by "{...}" in lower case; NULL: not known. */
const char *shell_folder_name(const char *guid);

#endif
