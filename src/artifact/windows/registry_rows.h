/* SPDX-License-Identifier: Apache-2.0 */
/* registry_rows.h: the table of registry artefacts, made from registry.tsv by make-registry. Data alone: the broker looks into it for the ids. */
#ifndef SPOOR_ARTIFACT_WINDOWS_REGISTRY_ROWS_H
#define SPOOR_ARTIFACT_WINDOWS_REGISTRY_ROWS_H

#include <stdbool.h>

enum registry_hive { HIVE_OTHER, HIVE_SYSTEM, HIVE_SOFTWARE, HIVE_SAM, HIVE_SECURITY, HIVE_NTUSER, HIVE_USRCLASS, HIVE_AMCACHE, HIVE_SYSCACHE, HIVE_BCD, HIVE_COMPONENTS, HIVES };

struct registry_row {
	const char *id;                 /* "reg.run.00" */
	unsigned hives;                 /* bit 1 << enum registry_hive */
	const char *keys;               /* in lower case, ';' between alternatives */
	const char *values;             /* as in registry.tsv, ';' between them */
	const char *decoder, *kind, *time, *attack, *message;
	bool bare;                      /* "-" among the values: the key alone is enough */
};
extern const struct registry_row registry_rows[];       /* ends with id NULL */

#endif
