/* SPDX-License-Identifier: Apache-2.0 */
/* silent.h: what measurements of parsers share: a reporter that says nothing, and the CPU time of this process in seconds. */
#ifndef SPOOR_TESTS_BENCH_SILENT_H
#define SPOOR_TESTS_BENCH_SILENT_H

#include <time.h>

#include "format/format.h"

static void silent_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static void silent_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static double cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
