/* SPDX-License-Identifier: Apache-2.0 */
/* versions.h: one note a library that the worker links: kind is its name, message its version. */
#ifndef SPOOR_TRIAGE_VERSIONS_H
#define SPOOR_TRIAGE_VERSIONS_H

#include "format/format.h"

void versions_report(struct reporter *report);

#endif
