/* SPDX-License-Identifier: Apache-2.0 */
/* yara_carrier.h: on which content can a rule match at all? For yara.c alone. */
#ifndef SPOOR_DETECT_YARA_CARRIER_H
#define SPOOR_DETECT_YARA_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CARRIER_IMPORTS = 16, CARRIER_STARTS_MAX = 16 };         /* of a file; of a rule */

struct carrier_start { uint8_t bytes[8]; uint8_t length; };     /* content begins so; length 2 or more */

struct carrier_rule {
	const char *name; size_t name_length;   /* in the text */
	size_t from, to;                        /* the rule's source, modifiers included: bytes of the text */
	bool hidden;                            /* private */
	size_t start, starts;                   /* it can match only on content that begins as one of these starts of the file; 0: on any */
	size_t need, needs;                     /* rules of the file that its condition names (numbers of rules, in carrier_file.need) */
	size_t cut, cuts;                       /* parts of its condition, in carrier_file.cut */
	unsigned modules;                       /* bits: imports of the file that its condition names */
};

/* A part of a condition that is false or undefined on content that does not begin with `start`. */
struct carrier_cut { size_t from, to; struct carrier_start start; };

struct carrier_file {
	struct carrier_rule *rule; size_t rules, rule_room;
	struct carrier_start *start; size_t starts, start_room;
	size_t *need, needs, need_room;
	struct carrier_cut *cut; size_t cuts, cut_room;
	struct { const char *name; size_t length; } import[CARRIER_IMPORTS]; size_t imports;
};

/* Takes a rule file that compiles apart, in the order of its rules. The text is borrowed. False: it can't be taken apart (a global rule, or something that is not
 * understood); then there is nothing to free. */
bool carrier_read(struct carrier_file *f, const char *text, size_t length);
void carrier_free(struct carrier_file *f);

#endif
