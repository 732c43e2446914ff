/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c: limits, Landlock and seccomp for the processes that parse evidence.
 *
 * A worker needs no path at all: it gets descriptors. So Landlock handles every right the kernel knows and allows none, and the filter lets through only what the
 * libraries call after lock-down. What libraries probe for harmlessly (open, stat, ioctl) answers with an error; everything else kills the process.
 * Kernel documentation: userspace-api/landlock, userspace-api/seccomp_filter. Debian 12's header knows Landlock ABI 2 only; the later bits stand here. */
#include "engine/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/protocol.h"

enum { NOBODY = 65534 };

/* struct landlock_ruleset_attr as of ABI 6: the kernel takes the leading part that its ABI knows. */
struct ruleset { uint64_t fs, net, scoped; };

static int landlock_nothing(int most)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (most >= 0 && abi > most)
		abi = most;
	if (abi <= 0)
		return 0;
	struct ruleset r = { .fs = (1u << 13) - 1 };            /* ABI 1: EXECUTE .. MAKE_SYM */
	size_t size = 8;
	if (abi >= 2)
		r.fs |= 1u << 13;                               /* REFER */
	if (abi >= 3)
		r.fs |= 1u << 14;                               /* TRUNCATE */
	if (abi >= 4) {
		r.net = 3;                                      /* BIND_TCP, CONNECT_TCP */
		size = 16;
	}
	if (abi >= 5)
		r.fs |= 1u << 15;                               /* IOCTL_DEV */
	if (abi >= 6) {
		r.scoped = 1;                                   /* ABSTRACT_UNIX; SIGNAL would forbid the nursery nothing it needs, but workers can't signal anyway */
		size = 24;
	}
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return 0;
	int bad = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return bad ? 0 : abi;
}

static const int worker_calls[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(ppoll), SCMP_SYS(poll), SCMP_SYS(restart_syscall), SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(uname),
};

static const struct { int call; int answer; } soft_calls[] = {
	{ SCMP_SYS(openat), EACCES }, { SCMP_SYS(open), EACCES }, { SCMP_SYS(stat), EACCES }, { SCMP_SYS(lstat), EACCES }, { SCMP_SYS(access), EACCES }, { SCMP_SYS(faccessat2), EACCES },
	{ SCMP_SYS(faccessat), EACCES }, { SCMP_SYS(readlink), EACCES }, { SCMP_SYS(readlinkat), EACCES }, { SCMP_SYS(statx), EACCES }, { SCMP_SYS(ioctl), ENOTTY }, { SCMP_SYS(clone3), ENOSYS },
	{ SCMP_SYS(getcwd), EACCES }, { SCMP_SYS(unlink), EACCES }, { SCMP_SYS(fadvise64), ENOSYS },
};

/* What the nursery may do above that: fork, wait, pass descriptors, and lock its children down. */
static const int nursery_calls[] = {
	SCMP_SYS(clone), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(getppid),
	SCMP_SYS(pidfd_open), SCMP_SYS(seccomp), SCMP_SYS(prctl), SCMP_SYS(setrlimit), SCMP_SYS(prlimit64), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(mprotect), SCMP_SYS(close_range), SCMP_SYS(newfstatat), SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigtimedwait),
};

static bool filter(bool nursery)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!c)
		return false;
	int bad = 0;
	for (size_t i = 0; i < sizeof worker_calls / sizeof *worker_calls; i++)
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, worker_calls[i], 0);
	for (size_t i = 0; i < sizeof soft_calls / sizeof *soft_calls; i++)
		bad |= seccomp_rule_add(c, SCMP_ACT_ERRNO((uint16_t)soft_calls[i].answer), soft_calls[i].call, 0);
	/* Memory, but none that can be executed. */
	bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (nursery) {
		for (size_t i = 0; i < sizeof nursery_calls / sizeof *nursery_calls; i++)
			bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, nursery_calls[i], 0);
	} else {
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_GETFD));
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_GETFL));
		/* fstat of an open descriptor is newfstatat with an empty path in glibc; a path answers with an error all the same: Landlock does not cover stat. */
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1, SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
		bad |= seccomp_rule_add(c, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1, SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0));
		/* abort() signals its own process. */
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
		bad |= seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
	}
	bad |= seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	bad |= seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1);          /* all threads of the process */
	if (!bad)
		bad = seccomp_load(c);
	seccomp_release(c);
	return !bad;
}

int sandbox_nursery(const struct sandbox_options *o)
{
	int held = 0;
	if (geteuid() == 0 && !o->off) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
			return -1;
		held |= SANDBOX_UID;
	} else if (geteuid() != 0) {
		held |= SANDBOX_UID;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (o->off)
		return SANDBOX_OFF;
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	held |= SANDBOX_NO_NEW_PRIVS;
	held |= landlock_nothing(o->landlock_most) << SANDBOX_LANDLOCK_SHIFT;
	if (!filter(true))
		return -1;
	return held | SANDBOX_SECCOMP | SANDBOX_LIMITS;
}

static bool limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit now;
	if (getrlimit(what, &now))
		return false;
	if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max)
		value = now.rlim_max;
	struct rlimit l = { value, value };
	return setrlimit(what, &l) == 0;
}

bool sandbox_worker(const struct sandbox_options *o, int parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)                                /* died between fork and prctl */
		return false;
	if (!limit(RLIMIT_CORE, 0))
		return false;
	if (o->memory_bytes && !limit(RLIMIT_AS, o->memory_bytes))
		return false;
	if (o->off)
		return true;
	prctl(PR_SET_DUMPABLE, 0);
	return limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_STACK, 8u << 20) && filter(false);
}

const char *const sandbox_deeds[] = { "open", "create", "stat", "socket", "exec", "fork", "ptrace", "mmap-exec", "kill", "prctl", NULL };

bool sandbox_deed(const char *name)
{
	if (!strcmp(name, "open"))
		return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
	if (!strcmp(name, "create"))
		return open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) >= 0;
	if (!strcmp(name, "stat"))
		return access("/etc/passwd", F_OK) == 0;
	if (!strcmp(name, "socket"))
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
	if (!strcmp(name, "exec")) {
		/* A success replaces this process by one that exits 42. */
		char *const argv[] = { "sh", "-c", "exit 42", NULL }, *const envp[] = { NULL };
		execve("/bin/sh", argv, envp);
		return false;
	}
	if (!strcmp(name, "fork")) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
		return child > 0;
	}
	if (!strcmp(name, "ptrace"))
		return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
	if (!strcmp(name, "mmap-exec"))
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	if (!strcmp(name, "kill"))
		return kill(getppid(), 0) == 0;
	if (!strcmp(name, "prctl"))
		return prctl(PR_SET_DUMPABLE, 1) == 0;
	return false;
}
