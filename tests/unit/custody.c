/* SPDX-License-Identifier: Apache-2.0 */
/* custody.c: custody.log chains, stands torn lines and many writers; a changed line shows. */
#include "bundle/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t TAG[32] = { 0xab, 1 };
static const char SEAL[] = "{\"tagmanifest_sha256\":\"ab01000000000000000000000000000000000000000000000000000000000000\"}";

struct room { char path[64], log[96]; int fd; };

static int room_make(void **state)
{
	struct room *r = calloc(1, sizeof *r);
	snprintf(r->path, sizeof r->path, "/tmp/spoor-custody-XXXXXX");
	if (!r || !mkdtemp(r->path))
		return -1;
	snprintf(r->log, sizeof r->log, "%s/custody.log", r->path);
	r->fd = open(r->path, O_RDONLY | O_DIRECTORY);
	*state = r;
	return 0;
}

static int room_clear(void **state)
{
	struct room *r = *state;
	unlink(r->log);
	close(r->fd);
	rmdir(r->path);
	free(r);
	return 0;
}

static void tell(void *owner, const char *kind, const char *message)
{
	assert_string_equal(kind, "custody");
	assert_non_null(message);
	++*(int *)owner;
}

static int64_t differences(struct room *r)
{
	int told = 0;
	int64_t wrong = custody_verify(r->fd, TAG, tell, &told);
	assert_int_equal(wrong, told);
	return wrong;
}

static void log_read(struct room *r, char *text, size_t size)
{
	FILE *f = fopen(r->log, "r");
	assert_non_null(f);
	text[fread(text, 1, size - 1, f)] = 0;
	fclose(f);
}

static void log_write(struct room *r, const char *text)
{
	FILE *f = fopen(r->log, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void custody_chains_and_seals(void **state)
{
	struct room *r = *state;
	char text[8192];
	assert_true(custody_append(r->path, "examine", "{\"a\":1}"));
	assert_int_equal(differences(r), 1);    /* no seal */
	assert_true(custody_append(r->path, "seal", SEAL));
	assert_int_equal(differences(r), 0);
	assert_true(custody_append(r->path, "verify", NULL));
	assert_int_equal(differences(r), 0);
	log_read(r, text, sizeof text);
	assert_memory_equal(text, "{\"seq\":1,\"time\":\"", 17);
	assert_non_null(strstr(text, "\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}\n"));
	assert_non_null(strstr(text, "\"details\":{\"entries\":1,\"head\":\""));
}

static void custody_changes_show(void **state)
{
	struct room *r = *state;
	char text[8192], other[8192];
	assert_true(custody_append(r->path, "examine", "{\"a\":1}") && custody_append(r->path, "seal", SEAL) && custody_append(r->path, "verify", "{}"));
	log_read(r, text, sizeof text);
	strcpy(other, text);
	*strstr(other, "\"a\":1") = '\'';
	log_write(r, other);
	assert_true(differences(r) > 0);
	char *first = strchr(text, '\n') + 1;
	log_write(r, first);                    /* the first line is gone */
	assert_true(differences(r) > 0);
	strcpy(other, text);
	memcpy(strstr(other, "\"ab01") + 1, "cd", 2);
	log_write(r, other);
	assert_true(differences(r) >= 2);       /* the seal, and the chain behind it */
	log_write(r, text);
	assert_int_equal(differences(r), 0);
}

static void custody_closes_a_torn_line_and_tells(void **state)
{
	struct room *r = *state;
	char text[8192];
	assert_true(custody_append(r->path, "examine", "{}"));
	FILE *f = fopen(r->log, "a");
	fputs("{\"seq\":2,\"time\":\"20", f);
	fclose(f);
	assert_int_equal(differences(r), 2);    /* torn, no seal */
	assert_true(custody_append(r->path, "seal", SEAL));
	log_read(r, text, sizeof text);
	assert_non_null(strstr(text, "{\"seq\":2,\"time\":\"20\n{\"seq\":3,"));
	assert_non_null(strstr(text, "\"action\":\"torn\",\"details\":{\"line\":2,\"bytes\":19}"));
	assert_int_equal(differences(r), 0);
}

static void custody_takes_many_writers(void **state)
{
	struct room *r = *state;
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			bool good = true;
			for (int k = 0; k < 10; k++)
				good &= custody_append(r->path, "read", "{}");
			_exit(good ? 0 : 1);
		}
	int status;
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	assert_true(custody_append(r->path, "seal", SEAL));
	assert_int_equal(differences(r), 0);
}

static void custody_follows_no_link(void **state)
{
	struct room *r = *state;
	assert_int_equal(symlink("/dev/null", r->log), 0);
	assert_false(custody_append(r->path, "examine", "{}"));
	assert_int_equal(differences(r), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(custody_chains_and_seals, room_make, room_clear), cmocka_unit_test_setup_teardown(custody_changes_show, room_make, room_clear),
		cmocka_unit_test_setup_teardown(custody_closes_a_torn_line_and_tells, room_make, room_clear), cmocka_unit_test_setup_teardown(custody_takes_many_writers, room_make, room_clear),
		cmocka_unit_test_setup_teardown(custody_follows_no_link, room_make, room_clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
