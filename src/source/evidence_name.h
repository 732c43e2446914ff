/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_name.h: how imaging tools name the parts of one evidence item. Looks at names only, never at bytes (but for the first line of a ddrescue map): the broker uses it to find the
 * siblings of the file that it was given.
 *
 *   E01 E02 ... E99 EAA EAB ... EZZ FAA ... ZZZ      (EnCase, FTK, linen; s01 of SMART and L01 likewise; the first part's case is kept)
 *   Ex01 ... Ex99 ExAA ... ExZZ EyAA ... EzZZ        (EnCase 7; Lx01 likewise)
 *   001 002 ... 999 1000 ... or from 000, any width from three digits on    (split raw)
 *   aa ab ... az ba ... zz                           (split(1) with a dot before its suffix)
 *   x.vmdk x-flat.vmdk x-delta.vmdk x-s001.vmdk x-f001.vmdk x-s002.vmdk x-f002.vmdk ...  (VMware: numbered in this order; each is there or not)
 *   x.qcow2 x.qcow x.vhd x.avhd x.vhdx x.avhdx x.vdi x.aff                              (images in one file)
 *
 * Names are last path components, raw bytes. Parts are counted from 0. */
#ifndef SPOOR_SOURCE_EVIDENCE_NAME_H
#define SPOOR_SOURCE_EVIDENCE_NAME_H

#include "base/memory.h"

enum evidence_naming { NAMING_SINGLE, NAMING_EWF, NAMING_EWF2, NAMING_NUMBERS, NAMING_LETTERS, NAMING_VMDK, NAMING_IMAGE };

/* The scheme of a name, and which part it is in that scheme: E01, 001 and aa are 0; 000 is 0 of a set that starts with 000, so of NAMING_NUMBERS
 * `number` is the number itself, and the caller who sees 001 looks whether there is a 000. NAMING_SINGLE: number 0. number may be NULL. */
enum evidence_naming evidence_name_scheme(const char *name, size_t length, uint64_t *number);

/* True for a name that a set may begin with: E01, s01, Ex01, 000, 001, aa; false for a later part; true for names outside all schemes (a single file). */
bool evidence_name_is_first(const char *name, size_t length);

/* Appends the name of part `n` (0 is the first) of the set that `first` begins. False: the scheme has no such name, or `first` is
 * single (n > 0) or no first part. */
bool evidence_name_part(struct buffer *out, const char *first, size_t length, uint64_t n);

/* Appends the name that the first part of the set would have in which `name` is a later part. way 1: that of a set of numbers that begins with 001, not 000.
 * False: there is none, or it is `name` itself. */
bool evidence_name_first(struct buffer *out, const char *name, size_t length, unsigned way);

/* The name that the map file of ddrescue beside an image may have: way 0 to 5: image.map, image.mapfile, image.log, and the same in place of the extension. False: no such way. */
bool evidence_name_rescue(struct buffer *out, const char *name, size_t length, unsigned way);
/* Whether a file begins like such a map. */
enum { EVIDENCE_RESCUE_HEAD = 64 };
bool evidence_name_rescue_head(const uint8_t *bytes, size_t length);

#endif
