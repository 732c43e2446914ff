/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.h: what a worker gives up before it sees the first byte of evidence. */
#ifndef SPOOR_ENGINE_SANDBOX_H
#define SPOOR_ENGINE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox_options {
	uint64_t memory_bytes;          /* RLIMIT_AS of a worker; 0: none */
	int32_t landlock_most;          /* use at most this ABI (test switch); -1: what the kernel has; 0: none */
	bool off;                       /* test builds only: no kernel sandbox at all */
};

/* The nursery: drops to an unprivileged user when started as root, no_new_privs, not dumpable, dies with its parent, Landlock without any rule, and a
 * filter that still lets it fork. Returns the SANDBOX_ bits that hold, or -1: something that must hold could not be had. */
int sandbox_nursery(const struct sandbox_options *o);
/* A worker, after fork: limits, dies with the nursery, and the narrow filter. False: must not run. */
bool sandbox_worker(const struct sandbox_options *o, int parent);
/* One forbidden deed by name ("open", "create", "socket", "exec", "fork", "ptrace", "mmap-exec", "kill", "prctl"); true when the kernel let it happen. Some deeds end the process when refused. */
bool sandbox_deed(const char *name);
extern const char *const sandbox_deeds[];       /* NULL-terminated */

#endif
