/* SPDX-License-Identifier: Apache-2.0 */
/* filetype.h: type of content by its head: a table of magics (filetype.def), one line a type. Not libmagic: that costs 0.35 ms a file. */
#ifndef SPOOR_DETECT_FILETYPE_H
#define SPOOR_DETECT_FILETYPE_H

#include <stddef.h>
#include <stdint.h>

/* A stable lower-case word: "pe", "elf", "zip", "lnk", "ole", "text", "utf16", "data", "empty". Static string. head: first bytes (at least 4 KiB where there are so many). */
const char *filetype_of(const uint8_t *head, size_t length);

#endif
