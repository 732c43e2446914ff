/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: the engine alone, with fake jobs that crash, hang, allocate, forge and are killed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"

struct got { struct buffer text; unsigned data, stops; };

static bool record(void *owner, const struct record_view *v)
{
	struct got *g = owner;
	record_to_json(&g->text, v);
	return true;
}

static void *data_begin(void *owner, uint32_t purpose)
{
	assert_int_equal(purpose, 1);
	return owner;
}

static bool data(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	(void)owner, (void)handle, (void)bytes, (void)length;
	return true;
}

static bool data_end(void *owner, void *handle, bool complete, bool keep)
{
	(void)handle;
	((struct got *)owner)->data += complete && keep;
	return true;
}

static const char *worker_path(void)
{
	const char *p = getenv("FAKE_WORKER");
	return p ? p : "./tests/unit/fake-worker";
}

static int directory(void)
{
	int fd = open(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static struct engine_options options(unsigned workers)
{
	return (struct engine_options){ .worker_path = worker_path(), .workers = workers, .hang_seconds = 60, .landlock_most = -1,
#ifdef SPOOR_SANITIZED
		.sandbox_off = true,                    /* and no limit of address space: the address sanitizer's shadow takes terabytes */
#else
		.worker_memory = 128 << 20,
#endif
		.directory = directory(), .batch_cost = 10, .batch_items = 10 };
}

/* Runs the payloads as root jobs and returns all records as JSON lines. */
static char *run(struct engine_options o, const char *const *payload, struct engine_counts *counts, unsigned *kept)
{
	struct got g = { 0 };
	struct engine *e = engine_new(&o, &(struct engine_client){ .owner = &g, .record = record, .data_begin = data_begin, .data = data, .data_end = data_end });
	for (size_t i = 0; payload[i]; i++) {
		char prefix[32];
		snprintf(prefix, sizeof prefix, "job%zu", i);
		engine_add(e, &(struct engine_job){ .kind = 1, .prefix = prefix, .payload = payload[i], .length = strlen(payload[i]) });
	}
	enum engine_end end = engine_run(e);
	if (end != ENGINE_DONE)
		print_error("engine: %s\n", engine_fault(e));
	assert_int_equal(end, ENGINE_DONE);
	if (counts)
		*counts = *engine_counts(e);
	if (kept)
		*kept = g.data;
	engine_free(e);
	close(o.directory);
	return (char *)(buffer_string(&g.text), g.text.data);
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

/* ---- jobs that are asked for */

struct asked { struct engine *e; struct buffer heard[3]; unsigned done, failed; int pipe[2]; };

static void answer(void *owner, void *asker, enum answer kind, const uint8_t *bytes, size_t length)
{
	struct asked *a = owner;
	struct buffer *b = asker;
	struct record_view v;
	struct item_head h;
	switch (kind) {
	case ANSWER_RECORD:
		assert_null(record_view_open(&v, bytes, length));
		record_to_json(b, &v);
		break;
	case ANSWER_ITEM:
		assert_true(length > sizeof h);
		memcpy(&h, bytes, sizeof h);
		buffer_text(b, "item ");
		buffer_append(b, bytes + sizeof h, length - sizeof h);
		break;
	case ANSWER_DATA:
		buffer_append(b, bytes, length);
		break;
	case ANSWER_VOID:
		buffer_clear(b);
		break;
	case ANSWER_DONE:
	case ANSWER_FAILED:
		if (a->done + a->failed == 0)   /* an answer may ask for more */
			engine_ask(a->e, &(struct engine_job){ .kind = 1, .prefix = "more", .payload = "rec:late dat:bytes", .length = 18 }, &a->heard[2]);
		*(kind == ANSWER_DONE ? &a->done : &a->failed) += 1;
		assert_int_equal(write(a->pipe[1], "x", 1), 1);
	}
}

static bool asked_enough(void *owner)
{
	struct asked *a = owner;
	char byte;
	assert_int_equal(read(a->pipe[0], &byte, 1), 1);
	return a->done + a->failed < 3;
}

static void what_is_asked_for_is_answered_as_it_comes(void **state)
{
	(void)state;
	struct asked a = { 0 };
	struct engine_options o = options(2);
	assert_int_equal(pipe(a.pipe), 0);
	a.e = engine_new(&o, &(struct engine_client){ .owner = &a, .record = record, .answer = answer });
	engine_attend(a.e, a.pipe[0], asked_enough);
	static const char whole[] = "rec:a items:2 solo:x dat:xyz", dying[] = "rec:b bad:crash dat:end";
	engine_ask(a.e, &(struct engine_job){ .kind = 1, .prefix = "ask", .payload = whole, .length = sizeof whole - 1 }, &a.heard[0]);
	engine_ask(a.e, &(struct engine_job){ .kind = 1, .prefix = "die", .payload = dying, .length = sizeof dying - 1 }, &a.heard[1]);
	assert_int_equal(engine_run(a.e), ENGINE_DONE);
	assert_int_equal(a.done, 3);
	const char *text = buffer_string(&a.heard[0]);
	assert_non_null(strstr(text, "\"locator\":\"ask::fake:1\",\"message\":\"a\""));
	assert_non_null(strstr(text, "item item 0item item 1item deeper:1x"));
	assert_non_null(strstr(text, "xyz"));
	/* what the two dead workers had sent is void; the third left the step out, and said so */
	text = buffer_string(&a.heard[1]);
	assert_int_equal(occurrences(text, "\"message\":\"b\""), 1);
	assert_int_equal(occurrences(text, "\"kind\":\"crash\""), 1);
	assert_int_equal(occurrences(text, "end"), 1);
	assert_non_null(strstr(buffer_string(&a.heard[2]), "bytes"));
	for (int i = 0; i < 3; i++)
		buffer_free(&a.heard[i]);
	engine_free(a.e);
	close(o.directory);
	close(a.pipe[0]);
	close(a.pipe[1]);
}

static void records_come_in_the_order_of_the_job_tree(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a items:35 rec:b", "rec:c solo:rec:d items:3", "", "rec:e dat:xyz", NULL };
	unsigned kept;
	char *one = run(options(1), jobs, NULL, &kept), *four = run(options(4), jobs, NULL, NULL);
	assert_string_equal(one, four);
	assert_int_equal(kept, 1);
	assert_int_equal(occurrences(one, "\n"), 5 + 38);
	assert_non_null(strstr(one, "\"locator\":\"job1::deeper:1::fake:1\",\"message\":\"d\""));
	assert_true(strstr(one, "item 34") < strstr(one, "item 33"));          /* ascending order, declared descending */
	assert_true(strstr(one, "\"b\"") < strstr(one, "item 34"));
	free(one);
	free(four);
}

static void one_death_costs_one_step_and_one_error(void **state)
{
	(void)state;
	static const struct { const char *how, *kind; } deaths[] = {
		{ "crash", "crash" }, { "exit", "exit" }, { "forge", "protocol" }, { "frame", "protocol" }, { "hang", "hang" }, { "spin", "hang" },
#ifndef SPOOR_SANITIZED
		{ "memory", "memory" }, { "socket", "sandbox" }, { "exec", "sandbox" }, { "fork", "sandbox" }, { "ptrace", "sandbox" },
#endif
	};
	static const char *const sound[] = { "rec:a items:25", "rec:z", NULL };
	char *truth = run(options(2), sound, NULL, NULL);
	for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) {
		char first[64];
		snprintf(first, sizeof first, "rec:a items:25:%s", deaths[i].how);
		const char *const jobs[] = { first, "rec:z", NULL };
		struct engine_counts counts;
		/* the clock decides only where it must: a busy machine is slow, too */
		struct engine_options o = options(2);
		if (!strcmp(deaths[i].kind, "hang"))
			o.hang_seconds = 3;
		char *text = run(o, jobs, &counts, NULL), kind[64];
		snprintf(kind, sizeof kind, "\"kind\":\"%s\"", deaths[i].kind);
		if (occurrences(text, kind) != 1 || occurrences(text, "\"type\":\"error\"") != 1)
			print_error("%s gave\n%s\n", deaths[i].how, text);
		assert_int_equal(occurrences(text, kind), 1);
		assert_int_equal(occurrences(text, "\"type\":\"error\""), 1);
		/* frames travel in batches: where one is forged the step can't be told, and the worker's whole job is described instead */
		unsigned lost = strcmp(deaths[i].kind, "protocol") ? 1 : 10;
		assert_int_equal(occurrences(text, "left out: "), lost);
		assert_int_equal(counts.steps_left_out, lost == 1);
		/* every other line is that of the sound run */
		assert_int_equal(occurrences(text, "\"item "), 25 - lost);
		assert_int_equal(occurrences(text, "\n"), occurrences(truth, "\n") + 1);
		o.workers = 4;
		o.directory = directory();
		char *again = run(o, jobs, NULL, NULL);
		assert_string_equal(text, again);
		free(again);
		free(text);
	}
	free(truth);
}

static void a_refused_open_is_an_error_to_the_library_only(void **state)
{
	(void)state;
#ifndef SPOOR_SANITIZED
	static const char *const jobs[] = { "bad:open", "bad:create", "bad:stat", "bad:mmap-exec", NULL };
	char *text = run(options(2), jobs, NULL, NULL);
	assert_int_equal(occurrences(text, "the deed was refused") + occurrences(text, "\"kind\":\"sandbox\""), 4);
	assert_int_equal(occurrences(text, "the deed succeeded"), 0);
	free(text);
#endif
}

static void the_deeds_succeed_without_the_sandbox(void **state)
{
	(void)state;
	static const char *const jobs[] = { "bad:open", "bad:socket", NULL };
	struct engine_options o = options(1);
	o.sandbox_off = true;
	o.worker_memory = 0;
	char *text = run(o, jobs, NULL, NULL);
	assert_int_equal(occurrences(text, "the deed succeeded"), 2);
	free(text);
}

static void a_death_outside_any_step_gives_the_job_up(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a", "rec:b bad:crash rec:c", "rec:d", NULL };
	char *text = run(options(2), jobs, NULL, NULL);
	assert_int_equal(occurrences(text, "\"type\":\"error\""), 1);
	assert_non_null(strstr(text, "\"locator\":\"job1::fake:bad\""));
	assert_non_null(strstr(text, "\"message\":\"b\""));
	assert_non_null(strstr(text, "\"message\":\"c\""));
	free(text);
}

static void a_death_that_the_second_try_survives_is_told(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a", "rec:b tired rec:c", "rec:d", NULL };
	struct engine_counts counts;
	char *text = run(options(1), jobs, &counts, NULL);
	assert_int_equal(counts.reruns, 1);
	assert_int_equal(counts.steps_left_out + counts.jobs_failed, 0);
	for (const char *each = "abcd"; *each; each++) {
		char message[] = "\"message\":\"x\"";
		message[sizeof message - 3] = *each;
		assert_int_equal(occurrences(text, message), 1);
	}
	assert_int_equal(occurrences(text, "\"type\":\"error\""), 1);
	assert_int_equal(occurrences(text, "\"locator\":\"job1::fake:tired\""), 1);
	assert_int_equal(occurrences(text, "\"kind\":\"crash\""), 1);
	assert_non_null(strstr(text, "once; "));
	free(text);
}

static void what_went_out_before_a_death_is_not_given_again(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a", "many:20000 bad:crash many:30000", "rec:z", NULL }, *const sound[] = { "rec:a", "many:20000 many:30000", "rec:z", NULL };
	struct engine_counts counts;
	char *text = run(options(1), jobs, &counts, NULL), *truth = run(options(1), sound, NULL, NULL);
	assert_int_equal(counts.steps_left_out, 1);
	assert_int_equal(occurrences(text, "one of many "), 50000);
	assert_int_equal(occurrences(text, "\"type\":\"error\""), 1);
	assert_int_equal(occurrences(text, "\n"), occurrences(truth, "\n") + 2);        /* the error, and what stands for the step */
	char *again = run(options(4), jobs, NULL, NULL);
	assert_string_equal(text, again);
	free(again);
	free(truth);
	free(text);
}

static void a_second_try_that_differs_from_what_went_out_is_told(void **state)
{
	(void)state;
	static const char *const jobs[] = { "fickle:20000 bad:crash rec:end", NULL };
	char *text = run(options(1), jobs, NULL, NULL);
	assert_true(occurrences(text, "one of many ") > 20000);
	assert_int_equal(occurrences(text, "one of many 19999 "), 1);
	assert_int_equal(occurrences(text, "some stand twice"), 1);
	assert_int_equal(occurrences(text, "this step was left out"), 1);
	assert_int_equal(occurrences(text, "\"message\":\"end\""), 1);
	free(text);
}

/* hang_seconds is longer than a test may take: what ends the worker is the CPU time that it asked to be held to. A sleeper spends none. */
static void a_worker_that_spins_past_its_patience_is_ended(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a patience:1 bad:spin rec:b", "patience:1 rec:c patience:0 bad:rest rec:d", NULL };
	struct engine_options o = options(2);
	o.hang_seconds = 3600;
	struct engine_counts counts;
	char *text = run(o, jobs, &counts, NULL);
	assert_int_equal(occurrences(text, "\"kind\":\"hang\""), 1);
	assert_int_equal(occurrences(text, "\"type\":\"error\""), 1);
	assert_int_equal(occurrences(text, "\"message\":\"b\""), 1);
	assert_int_equal(occurrences(text, "\"message\":\"d\""), 1);
	assert_true(counts.clock_decided);
	free(text);
}

static void kill_all(const char *of)
{
	char command[64];
	snprintf(command, sizeof command, "pkill -9 -P %s 2>/dev/null", of);
	(void)!system(command);
}

static void remove_directory(const char *path)
{
	char command[256];
	snprintf(command, sizeof command, "rm -rf %s", path);
	(void)!system(command);
}

/* The broker dies by SIGKILL at a moment that the loop moves along; resuming gives the bytes of an undisturbed run. */
static void a_killed_run_resumes_to_the_same_bytes(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a items:400", "rec:b solo:rec:c items:300", "rec:d", NULL };
	char *truth = run(options(2), jobs, NULL, NULL);
	uint64_t resumed = 0;
	for (int round = 0; round < 12; round++) {
		char path[] = "/tmp/spoor-engine-XXXXXX";
		assert_non_null(mkdtemp(path));
		pid_t pid = fork();
		if (pid == 0) {
			struct engine_options o = options(2);
			close(o.directory);
			o.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			o.journal = true;
			free(run(o, jobs, NULL, NULL));
			_exit(0);
		}
		usleep((useconds_t)(round * 2500));
		char number[16];
		snprintf(number, sizeof number, "%d", (int)pid);
		if (round % 3 == 1)
			kill_all(number);               /* the nursery */
		else
			kill(pid, SIGKILL);
		int status;
		waitpid(pid, &status, 0);
		struct engine_options o = options(2);
		close(o.directory);
		o.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		o.journal = true;
		o.resume = access(({ static char name[64]; snprintf(name, sizeof name, "%s/journal", path); name; }), F_OK) == 0;
		struct engine_counts counts;
		char *text = run(o, jobs, &counts, NULL);
		assert_string_equal(text, truth);
		resumed += counts.jobs_resumed;
		free(text);
		remove_directory(path);
	}
	assert_true(resumed > 0);
	free(truth);
}

static void a_journal_of_other_options_is_refused(void **state)
{
	(void)state;
	static const char *const jobs[] = { "rec:a", NULL };
	char path[] = "/tmp/spoor-engine-XXXXXX";
	assert_non_null(mkdtemp(path));
	struct engine_options o = options(1);
	close(o.directory);
	o.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int keep = dup(o.directory);
	o.journal = true;
	free(run(o, jobs, NULL, NULL));
	o.directory = keep;
	o.resume = true;
	o.identity[0] = 1;
	struct got g = { 0 };
	struct engine *e = engine_new(&o, &(struct engine_client){ .owner = &g, .record = record });
	assert_int_equal(engine_run(e), ENGINE_REFUSED);
	assert_non_null(strstr(engine_fault(e), "other"));
	engine_free(e);
	close(keep);
	remove_directory(path);
}

/* What is given and what was found reach a job that asks, and no file of the run. */
static void keys_reach_who_asks_and_no_file(void **state)
{
	(void)state;
	static const char *const jobs[] = { "keys", "rec:a keys", NULL };
	char path[] = "/tmp/spoor-engine-XXXXXX", command[256];
	assert_non_null(mkdtemp(path));
	struct engine_options o = options(1);
	close(o.directory);
	o.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o.journal = true;
	o.keys = (const uint8_t *)"hidden secret";
	o.keys_length = 13;
	char *text = run(o, jobs, NULL, NULL);
	assert_int_equal(occurrences(text, "found 0 given 13, whole"), 1);
	assert_int_equal(occurrences(text, "found 14 given 13, whole"), 1);
	free(text);
	snprintf(command, sizeof command, "test -s %s/spool && ! grep -rqF secret %s", path, path);
	assert_int_equal(system(command), 0);
	remove_directory(path);
	text = run(options(1), jobs, NULL, NULL);
	assert_int_equal(occurrences(text, "found 0 given 0, none"), 2);
	free(text);
}

/* Scratch comes back to read only; the quota holds for the jobs in hand, and what is over it is refused, not fatal. */
static void scratch_comes_back_to_read(void **state)
{
	(void)state;
	static const char *const jobs[] = { "scratch scratch", "scratch", NULL };
	struct engine_options o = options(1);
	o.scratch_most = 1000000;
	struct engine_counts counts;
	char *text = run(o, jobs, &counts, NULL);
	assert_int_equal(occurrences(text, "came back"), 2);
	assert_int_equal(occurrences(text, "no room"), 1);
	assert_int_equal(occurrences(text, "differs") + occurrences(text, "written to"), 0);
	assert_int_equal(counts.reruns, 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_answered_as_it_comes),
		cmocka_unit_test(records_come_in_the_order_of_the_job_tree),
		cmocka_unit_test(one_death_costs_one_step_and_one_error),
		cmocka_unit_test(a_refused_open_is_an_error_to_the_library_only),
		cmocka_unit_test(the_deeds_succeed_without_the_sandbox),
		cmocka_unit_test(a_death_outside_any_step_gives_the_job_up),
		cmocka_unit_test(a_death_that_the_second_try_survives_is_told),
		cmocka_unit_test(what_went_out_before_a_death_is_not_given_again),
		cmocka_unit_test(a_second_try_that_differs_from_what_went_out_is_told),
		cmocka_unit_test(a_worker_that_spins_past_its_patience_is_ended),
		cmocka_unit_test(a_killed_run_resumes_to_the_same_bytes),
		cmocka_unit_test(a_journal_of_other_options_is_refused),
		cmocka_unit_test(keys_reach_who_asks_and_no_file),
		cmocka_unit_test(scratch_comes_back_to_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
