/* SPDX-License-Identifier: Apache-2.0 */
/* option_table.h: the one table of options, from which parsing, help, man pages and completions come. */
#ifndef SPOOR_CLI_OPTION_TABLE_H
#define SPOOR_CLI_OPTION_TABLE_H

#include "cli/options.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_CHOICE /* a flag that takes a value behind "="; a text, "" without one */, OPTION_NUMBER, OPTION_RULES };
struct option_row {
	char letter;
	const char *name, *argument;    /* argument: NULL for a flag; DIR, FILE and PATH are completed as such */
	enum option_kind kind;
	size_t at;                      /* in struct settings */
	unsigned modules;
	uint64_t least, most;
	const char *help;
};
extern const struct option_row option_rows[];   /* ends with name NULL */

#endif
