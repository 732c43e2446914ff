/* SPDX-License-Identifier: Apache-2.0 */
/* fail_point.c: test build only (--enable-faults). The broker's N-th call that writes, syncs, renames or links a file fails, or the process dies at it. The linker leads
 * those calls here (--wrap, modules/Makefile.inc), so none is left out; SQLite's come by its own table of system calls. Pipes, sockets, terminals and memfds are not counted.
 *
 * SPOOR_FAIL_AT=N          which call, from 1; without it calls are only counted
 * SPOOR_FAIL_HOW=once      that call gives ENOSPC (the default)
 *                full      that one and all later ones do, as on a disk that stays full
 *                kill      the process ends by SIGKILL before it; torn: after half of a write
 *                term      the process gets SIGTERM before it and goes on; int: SIGINT
 * SPOOR_FAIL_COUNT=FILE    gets the number of calls at the end */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#define WRAP(type, name, ...) type __real_##name(__VA_ARGS__); type __wrap_##name(__VA_ARGS__); type __wrap_##name(__VA_ARGS__)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long calls, at;
static enum { ONCE, FULL, KILL, TORN, TERM, INT } how;
static pid_t owner;                     /* a child between fork and exec is not counted */

static bool is_file(int fd)
{
	struct stat st;
	char link[32], target[16] = "";
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return fd < 0 || S_ISDIR(st.st_mode);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, target, sizeof target - 1);
	return n < 7 || memcmp(target, "/memfd:", 7) != 0;
}

/* True: the call is to fail, errno is set. *torn: half of it is to be done, then the end. */
static bool point(int fd, bool *torn)
{
	int was = errno;
	bool fails = false;
	if (torn)
		*torn = false;
	if (getpid() != owner || !is_file(fd)) {
		errno = was;
		return false;
	}
	pthread_mutex_lock(&lock);
	unsigned long n = ++calls;
	pthread_mutex_unlock(&lock);
	if (at && (n == at || (how == FULL && n > at))) {
		fails = how == ONCE || how == FULL;
		if (how == TORN && torn)
			*torn = true;
		else if (how == KILL || how == TORN)
			kill(getpid(), SIGKILL);
		else if (how == TERM || how == INT)
			kill(getpid(), how == TERM ? SIGTERM : SIGINT);
	}
	errno = fails ? ENOSPC : was;
	return fails;
}

WRAP(ssize_t, write, int fd, const void *bytes, size_t length)
{
	bool torn;
	if (point(fd, &torn))
		return -1;
	if (!torn)
		return __real_write(fd, bytes, length);
	if (__real_write(fd, bytes, length / 2) >= 0)
		kill(getpid(), SIGKILL);
	return -1;
}

WRAP(ssize_t, pwrite, int fd, const void *bytes, size_t length, off_t offset)
{
	bool torn;
	if (point(fd, &torn))
		return -1;
	if (!torn)
		return __real_pwrite(fd, bytes, length, offset);
	if (__real_pwrite(fd, bytes, length / 2, offset) >= 0)
		kill(getpid(), SIGKILL);
	return -1;
}

WRAP(int, fsync, int fd) { return point(fd, NULL) ? -1 : __real_fsync(fd); }
WRAP(int, fdatasync, int fd) { return point(fd, NULL) ? -1 : __real_fdatasync(fd); }
WRAP(int, syncfs, int fd) { return point(fd, NULL) ? -1 : __real_syncfs(fd); }
WRAP(int, ftruncate, int fd, off_t length) { return point(fd, NULL) ? -1 : __real_ftruncate(fd, length); }
WRAP(int, renameat, int a, const char *from, int b, const char *to) { return point(-1, NULL) ? -1 : __real_renameat(a, from, b, to); }
WRAP(int, linkat, int a, const char *from, int b, const char *to, int flags) { return point(-1, NULL) ? -1 : __real_linkat(a, from, b, to, flags); }
WRAP(int, mkdirat, int a, const char *name, mode_t mode) { return point(-1, NULL) ? -1 : __real_mkdirat(a, name, mode); }

static void count_told(void)
{
	const char *name = getenv("SPOOR_FAIL_COUNT");
	FILE *f = name && getpid() == owner ? fopen(name, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%lu\n", calls);
	owner = 0;
	fclose(f);
}

__attribute__((constructor)) static void begin(void)
{
	static const char *const hows[] = { "once", "full", "kill", "torn", "term", "int" };
	const char *n = getenv("SPOOR_FAIL_AT"), *h = getenv("SPOOR_FAIL_HOW");
	at = n ? strtoul(n, NULL, 10) : 0;
	for (unsigned i = 0; h && i < sizeof hows / sizeof *hows; i++)
		if (!strcmp(h, hows[i]))
			how = i;
	owner = getpid();
	atexit(count_told);
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	if (vfs && vfs->xSetSystemCall) {
		vfs->xSetSystemCall(vfs, "write", (sqlite3_syscall_ptr)__wrap_write);
		vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)__wrap_pwrite);
		vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)__wrap_pwrite);
		vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)__wrap_ftruncate);
	}
}
