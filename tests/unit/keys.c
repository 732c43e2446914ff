/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: the list of keys: what is taken, what is refused, and that a refusal says nothing of the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/keys.h"

static uint8_t list[4096];
static size_t length;
static unsigned line;

static const char *parse(const char *text)
{
	return keys_parse(text, strlen(text), list, sizeof list, &length, &line);
}

static void each_line_is_a_key_of_its_kind(void **state)
{
	(void)state;
	static const struct { enum key_kind kind; const char *bytes; size_t length; } want[] = {
		{ KEY_PASSWORD, " a:b # \xc3\xa9 ", 10 }, { KEY_RECOVERY, "284867596541514998422114660297261613215424199408", 48 }, { KEY_RAW, "\0\xff\x10", 3 }, { KEY_FILE, "file\nbytes", 10 },
	};
	char path[] = "/tmp/spoor-keys-XXXXXX", text[512];
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, "file\nbytes", 10) == 10);
	close(fd);
	snprintf(text, sizeof text, "# keys\n\npassword: a:b # \xc3\xa9 \r\nrecovery:284867-596541-514998-422114-660297-261613-215424-199408\nhex:00fF10\nfile:%s", path);
	assert_null(parse(text));
	size_t at = 0;
	struct key k;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		assert_true(keys_next(list, length, &at, &k));
		assert_int_equal(k.kind, want[i].kind);
		assert_int_equal(k.length, want[i].length);
		assert_memory_equal(k.bytes, want[i].bytes, k.length);
	}
	assert_false(keys_next(list, length, &at, &k));
	unlink(path);
}

static void what_is_wrong_is_told_without_the_key(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"hunter2", "passwort:hunter2", "hex:hunter2", "hex:abc", "recovery:284867-596541-514998-422114-660297-261613-215424-199409", "recovery:1", "recovery:720896-720896-720896-720896-720896-720896-720896-720896",
		"password:", "bek:/nonexistent/hunter2", "file:",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[256];
		snprintf(text, sizeof text, "password:x\n%s\n", wrong[i]);
		const char *why = parse(text);
		assert_non_null(why);
		assert_int_equal(line, 2);
		assert_null(strstr(why, "hunter2"));
	}
}

static void a_full_list_is_refused(void **state)
{
	(void)state;
	const char text[] = "password:0123456789";
	assert_non_null(keys_parse(text, sizeof text - 1, list, 14, &length, &line));
	assert_null(keys_parse(text, sizeof text - 1, list, 15, &length, &line));
	assert_int_equal(length, 15);
}

static void a_broken_run_ends(void **state)
{
	(void)state;
	static const uint8_t broken[] = { 1, 5, 0, 0, 0, 'a', 'b' };
	struct key k;
	for (size_t n = 0; n <= sizeof broken; n++)
		assert_false(keys_next(broken, n, &(size_t){ 0 }, &k));
}

static void a_recovery_password_is_sixteen_bytes(void **state)
{
	(void)state;
	uint8_t out[16];
	assert_true(recovery_bytes((const uint8_t *)"000011000022000000720885000000000000000000000000", 48, out));
	static const uint8_t want[16] = { 1, 0, 2, 0, 0, 0, 0xff, 0xff };
	assert_memory_equal(out, want, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_key_of_its_kind),
		cmocka_unit_test(what_is_wrong_is_told_without_the_key),
		cmocka_unit_test(a_full_list_is_refused),
		cmocka_unit_test(a_broken_run_ends),
		cmocka_unit_test(a_recovery_password_is_sixteen_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
