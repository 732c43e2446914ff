/* SPDX-License-Identifier: Apache-2.0 */
/* registry_rows.h: the table of registry artefacts, made from registry.tsv. Data alone: the broker looks into it for the ids. */
#ifndef SPOOR_ARTIFACT_WINDOWS_REGISTRY_ROWS_H
#define SPOOR_ARTIFACT_WINDOWS_REGISTRY_ROWS_H

#include <stdbool.h>

enum registry_hive { HIVE_OTHER, HIVE_SYSTEM, HIVE_SOFTWARE, HIVE_SAM, HIVE_SECURITY, HIVE_NTUSER, HIVE_USRCLASS, HIVE_AMCACHE, HIVE_SYSCACHE, HIVE_BCD, HIVE_COMPONENTS, HIVES };

#endif
