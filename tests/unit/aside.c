/* SPDX-License-Identifier: Apache-2.0 */
/* aside.c: the digests are those of the bytes in their order, with a thread and without; the thread lies under the same filters as the worker that made it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/sandbox.h"
#include "triage/aside.h"

enum { ROUNDS = 3, TURNS_GIVEN = 40 };

static void the_digest_is_that_of_all_turns_in_order(void **state)
{
	(void)state;
	static struct aside *of_worker[2];      /* it lives as long as its worker: nothing frees it */
	for (unsigned thread = 0; thread < 2; thread++) {
		struct aside *a = of_worker[thread] = aside_new(thread);
		struct hasher *h = hasher_new(HASH_MD5 | HASH_SHA256), *want = hasher_new(HASH_MD5 | HASH_SHA256);
		for (unsigned round = 0; round < ROUNDS; round++) {
			hasher_start(h);
			hasher_start(want);
			aside_begin(a, h);
			for (unsigned i = 0; i < TURNS_GIVEN; i++) {
				size_t length = i % 3 ? ASIDE_TURN - 1000 * i : i + 1;
				uint8_t *room = aside_room(a);
				for (size_t k = 0; k < length; k++)
					room[k] = (uint8_t)(k * (i + 1) + round);
				hasher_update(want, room, length);
				aside_give(a, length);
			}
			aside_end(a);
			hasher_finish(h);
			hasher_finish(want);
			assert_memory_equal(hasher_digest(h, HASH_MD5), hasher_digest(want, HASH_MD5), 16);
			assert_memory_equal(hasher_digest(h, HASH_SHA256), hasher_digest(want, HASH_SHA256), 32);
		}
		hasher_free(h);
		hasher_free(want);
	}
}

/* What /proc says of one thread; -1: nothing. */
static long status_of(pid_t pid, const char *thread, const char *key)
{
	char path[300], line[256];
	long value = -1;
	snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, thread);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, key, strlen(key)))
			value = strtol(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static void the_thread_is_under_the_workers_filter(void **state)
{
	(void)state;
#ifdef SPOOR_SANITIZED
	print_message("skip: a build with sanitizers has no filter\n");
	skip();
#else
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		struct sandbox_options o = { .landlock_most = -1 };
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!aside_new(true) || !sandbox_worker(&o, parent) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			sleep(1000);
	}
	close(ready[1]);
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	char path[64];
	unsigned threads = 0;
	snprintf(path, sizeof path, "/proc/%d/task", (int)child);
	DIR *tasks = opendir(path);
	assert_non_null(tasks);
	for (struct dirent *e; (e = readdir(tasks)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		threads++;
		assert_int_equal(status_of(child, e->d_name, "Seccomp:"), 2);
		assert_int_equal(status_of(child, e->d_name, "NoNewPrivs:"), 1);
	}
	closedir(tasks);
	assert_int_equal(threads, 2);
	kill(child, SIGKILL);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);       /* not by the filter, before */
	close(ready[0]);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digest_is_that_of_all_turns_in_order),
		cmocka_unit_test(the_thread_is_under_the_workers_filter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
