/* SPDX-License-Identifier: Apache-2.0 */
/* yara_carrier.h: on which content can a rule file match at all? For yara.c alone. */
#ifndef SPOOR_DETECT_YARA_CARRIER_H
#define SPOOR_DETECT_YARA_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

/* Bits of executables, by the first bytes of a buffer. */
enum { CARRIER_MZ = 1, CARRIER_ELF = 2, CARRIER_MACHO = 4, CARRIER_DEX = 8 };

unsigned carrier_of(const void *bytes, size_t length);          /* one bit, or 0: none of them */
/* Does the text import a module that parses executables (pe dotnet elf macho dex)? May err; only speed depends on it. */
bool carrier_imports(const char *text, size_t length);
/* The carriers outside of which no rule of the file can match, or 0 when that can't be proven. `rules`: how many libyara found in the file; when another
 * number is seen here nothing counts as proven. */
unsigned carrier_proven(const char *text, size_t length, size_t rules);

#endif
