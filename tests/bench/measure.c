/* SPDX-License-Identifier: Apache-2.0 */
/* measure -o FILE COMMAND...: runs a command and writes what it and every process below it cost, as one line:
 *
 *     STATUS WALL USER SYS CPU SAMPLED PEAK PROCESSES      (seconds; PEAK in KiB)
 *
 * USER and SYS are what the kernel adds up as processes are waited for: exact, but a process whose parent ignores SIGCHLD is missing
 * there, so its last times as /proc showed them are added. SAMPLED is the sum of the last times that /proc showed of every process; it
 * misses what came after the last look and serves as a check: CPU is the greater of the two. Processes that outlive their parent come to
 * us (subreaper) and are waited for.
 * PEAK is the greatest sum over the tree of RssAnon and RssShmem (not file pages, which the kernel may drop), looked at every 20 ms;
 * pages that a fork shares count once for each process. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLE_MS = 20, MOST = 1 << 16 };

/* One process that was seen; a number that comes back with another start time is another process. */
struct seen {
	long pid;
	unsigned long long start, ticks, below; /* own, and of the children that it waited for */
	int unwaited;
};
static struct seen *all;
static size_t count;

static ssize_t slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

static long memory_kib(long pid, int *ignores_children)
{
	char path[64], text[4096];
	snprintf(path, sizeof path, "/proc/%ld/status", pid);
	if (slurp(path, text, sizeof text) <= 0)
		return 0;
	long sum = 0;
	const char *p = strstr(text, "\nRssAnon:");
	if (p)
		sum += strtol(p + 9, NULL, 10);
	if ((p = strstr(text, "\nRssShmem:")))
		sum += strtol(p + 10, NULL, 10);
	*ignores_children = (p = strstr(text, "\nSigIgn:")) && strtoull(p + 8, NULL, 16) >> (SIGCHLD - 1) & 1;
	return sum;
}

/* Reads /proc once; who descends from us is decided when all are read, since children may come before parents. Gives the memory of the tree. */
static long sample(long root)
{
	struct now {
		long pid, parent;
		unsigned long long start, ticks, below;
		int ours, ignores_children;
	} *now = calloc(MOST, sizeof *now);
	size_t n = 0;
	DIR *d = opendir("/proc");
	if (!now || !d)
		exit(125);
	for (struct dirent *e; (e = readdir(d)) && n < MOST;) {
		char path[300], text[1024];
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		if (slurp(path, text, sizeof text) <= 0)
			continue;
		const char *p = strrchr(text, ')'); /* the name before it may hold anything */
		unsigned long long user, sys, waited_user, waited_sys, start;
		long parent;
		if (!p || sscanf(p + 2, "%*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu %*d %*d %*d %*d %llu", &parent, &user, &sys, &waited_user, &waited_sys, &start) != 6)
			continue;
		now[n++] = (struct now){ .pid = atol(e->d_name), .parent = parent, .start = start, .ticks = user + sys, .below = waited_user + waited_sys };
	}
	closedir(d);
	for (int again = 1; again;) {
		again = 0;
		for (size_t i = 0; i < n; i++) {
			if (now[i].ours)
				continue;
			int ours = now[i].parent == root;
			for (size_t j = 0; j < n && !ours; j++)
				ours = now[j].ours && now[j].pid == now[i].parent;
			again |= now[i].ours = ours;
		}
	}
	long kib = 0;
	for (size_t i = 0; i < n; i++)
		if (now[i].ours)
			kib += memory_kib(now[i].pid, &now[i].ignores_children);
	for (size_t i = 0; i < n; i++) {
		if (!now[i].ours)
			continue;
		size_t k = 0;
		while (k < count && (all[k].pid != now[i].pid || all[k].start != now[i].start))
			k++;
		if (k == count) {
			if (count % 64 == 0 && !(all = realloc(all, (count + 64) * sizeof *all)))
				exit(125);
			all[count++] = (struct seen){ .pid = now[i].pid, .start = now[i].start };
		}
		all[k].ticks = now[i].ticks;
		all[k].below = now[i].below;
		all[k].unwaited = 0;
		for (size_t j = 0; j < n; j++)
			all[k].unwaited |= now[j].ours && now[j].pid == now[i].parent && now[j].ignores_children;
	}
	free(now);
	return kib;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[1], "-o")) {
		fprintf(stderr, "usage: measure -o FILE COMMAND...\n");
		return 125;
	}
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) || sigprocmask(SIG_BLOCK, &child, NULL)) {
		perror("measure");
		return 125;
	}
	double begin = clock_now();
	pid_t pid = fork();
	if (pid < 0) {
		perror("measure");
		return 125;
	}
	if (!pid) {
		sigprocmask(SIG_UNBLOCK, &child, NULL);
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	long peak = 0;
	int status = 0;
	for (;;) {
		long kib = sample(getpid());
		peak = kib > peak ? kib : peak;
		int how;
		pid_t gone;
		while ((gone = waitpid(-1, &how, WNOHANG)) > 0)
			if (gone == pid)
				status = how;
		if (gone < 0 && errno == ECHILD)
			break;
		sigtimedwait(&child, NULL, &(struct timespec){ .tv_nsec = SAMPLE_MS * 1000000L });
	}
	double wall = clock_now() - begin;
	struct rusage use;
	getrusage(RUSAGE_CHILDREN, &use);
	double user = seconds(use.ru_utime), sys = seconds(use.ru_stime), cpu = user + sys, sampled = 0, tick = (double)sysconf(_SC_CLK_TCK);
	for (size_t i = 0; i < count; i++) {
		sampled += (double)all[i].ticks / tick;
		if (all[i].unwaited)
			cpu += (double)(all[i].ticks + all[i].below) / tick;
	}
	FILE *out = fopen(argv[2], "w");
	if (!out) {
		perror(argv[2]);
		return 125;
	}
	fprintf(out, "%d %.3f %.3f %.3f %.3f %.3f %ld %zu\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall, user, sys,
		cpu > sampled ? cpu : sampled, sampled, peak, count);
	return fclose(out) ? 125 : 0;
}
