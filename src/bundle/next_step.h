/* SPDX-License-Identifier: Apache-2.0 */
/* next_step.h: what to look at next, by the method of a hit: for `scan --explain` and the report. */
#ifndef SPOOR_BUNDLE_NEXT_STEP_H
#define SPOOR_BUNDLE_NEXT_STEP_H

#include <stddef.h>

const char *next_step(const char *method, size_t length);       /* NULL: a method of somebody else's */

#endif
