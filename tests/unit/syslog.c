/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c: headers of every kind, the year that is not there, and what sshd, sudo and su say, injections included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/parse_harness.h"

static struct parsed run_at(const char *text, const char *name, int64_t mtime)
{
	struct node n = { .kind = NODE_FILE, .name = node_text_of(name) };
	if (mtime)
		n.time[NODE_MTIME] = time_from_unix(mtime, 0, TIME_S);
	struct parsed d, other;
	assert_true(parsed_run(&d, "lx.auth", &n, text, strlen(text), true));
	assert_true(parsed_run(&other, "lx.auth", &n, text, strlen(text), false));
	assert_string_equal((const char *)d.json.data, (const char *)other.json.data);
	parsed_free(&other);
	return d;
}

static struct parsed run(const char *text)
{
	return run_at(text, "auth.log", 1677747600);            /* 2023-03-02T09:00Z */
}

static void year_comes_from_the_file_and_turns_at_new_year(void **state)
{
	(void)state;
	struct parsed d = run("Dec 30 01:02:03 h a: x\nDec 31 01:02:03 h a: x\nJan  1 00:00:01 h a: x\nMar 2 08:59:59 h a: x\n");
	assert_int_equal(said(&d, "{\"time\":\"2022-12"), 2);
	assert_true(says(&d, "{\"time\":\"2023-01-01T00:00:01") && says(&d, "{\"time\":\"2023-03-02T08:59:59"));
	assert_int_equal(said(&d, "\"zone\":\"local\""), 4);
	assert_int_equal(said(&d, "\"year_inferred\":true,\"year_from\":\"mtime\""), 4);
	parsed_free(&d);
}

static void clock_steps_over_new_year_turn_back(void **state)
{
	(void)state;
	struct parsed d = run("Dec 31 23:59:59 h a: x\nJan 1 00:00:01 h a: x\nDec 31 23:59:58 h a: x\nJan 1 00:00:02 h a: x\n");
	assert_int_equal(said(&d, "{\"time\":\"2022-12-31"), 2);
	assert_int_equal(said(&d, "{\"time\":\"2023-01-01"), 2);
	parsed_free(&d);
}

static void last_line_is_not_after_the_file(void **state)
{
	(void)state;
	struct parsed d = run("Mar  3 09:00:00 h a: a day of disorder\n");
	assert_true(says(&d, "{\"time\":\"2023-03-03"));
	parsed_free(&d);
	d = run("Mar  4 09:00:00 h a: more than that\n");
	assert_true(says(&d, "{\"time\":\"2022-03-04"));
	parsed_free(&d);
}

static void leap_day_must_exist(void **state)
{
	(void)state;
	struct parsed d = run("Feb 29 01:15:43 h a: x\nMar  1 01:00:00 h a: y\n");
	assert_true(says(&d, "{\"time\":\"2020-02-29") && says(&d, "{\"time\":\"2020-03-01"));
	parsed_free(&d);
}

static void rotation_name_is_the_bound(void **state)
{
	(void)state;
	struct parsed d = run_at("Dec 30 01:02:03 h a: x\nJan  1 00:00:01 h a: x\n", "auth.log-20190106", 1677747600);
	assert_true(says(&d, "{\"time\":\"2018-12-30") && says(&d, "{\"time\":\"2019-01-01") && says(&d, "rotation name"));
	parsed_free(&d);
}

static void without_a_date_there_is_no_event(void **state)
{
	(void)state;
	struct parsed d = run_at("Dec 30 01:02:03 h a: x\n2024-01-01T00:00:00Z h a: y\n", "auth.log", 0);
	assert_int_equal(d.events, 1);
	assert_true(told(&d, "note syslog.year"));
	assert_true(says(&d, "\"undated\":1"));
	parsed_free(&d);
}

static void iso_headers_state_their_zone(void **state)
{
	(void)state;
	struct parsed d = run("2024-05-04T10:11:12.123456+02:00 host sshd[7]: x\n2024-05-04T10:11:12 host a: y\n2016-10-25T12:37:23.29-07:00 INFO p[1]: z\n");
	assert_true(says(&d, "{\"time\":\"2024-05-04T08:11:12.123456000Z\",\"type\":\"event\",\"precision\":\"us\",\"zone\":\"stated\""));
	assert_true(says(&d, "{\"time\":\"2024-05-04T10:11:12.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"zone\":\"local\""));
	assert_true(says(&d, "\"reporter\":\"p\",\"pid\":\"1\",\"level\":\"INFO\",\"text\":\"z\""));
	parsed_free(&d);
}

static void rfc5424_fields(void **state)
{
	(void)state;
	struct parsed d = run("<34>1 2024-03-10T01:02:03.000001Z h app 77 ID47 [x@1 q=\"a\\\"]b\"][y] \xef\xbb\xbfhello\n<13>1 2024-03-10T01:02:03Z - - - - - x\n");
	assert_int_equal(d.events, 2);
	assert_true(says(&d, "\"host\":\"h\",\"data\":{\"reporter\":\"app\",\"pid\":\"77\",\"message_id\":\"ID47\",\"structured_data\":\"[x@1 q=\\\"a\\\\\\\"]b\\\"][y]\",\"facility\":4,\"severity\":2,\"text\":\"hello\""));
	parsed_free(&d);
}

static void other_lines_continue_the_record(void **state)
{
	(void)state;
	struct parsed d = run("stray\nMar  1 01:00:00 h a: one\n\ttwo\nMMM 22 07:54:32 three\nMar  1 01:00:01: --- last message repeated 5 times ---\n");
	assert_int_equal(d.events, 2);
	assert_true(says(&d, "\"text\":\"one\\n\\ttwo\\nMMM 22 07:54:32 three\""));
	assert_true(says(&d, "\"stray_lines\":1"));
	parsed_free(&d);
}

static void sshd_names_are_taken_from_the_end(void **state)
{
	(void)state;
	struct parsed d = run("Mar  1 01:00:00 h sshd[1]: Invalid user x from 1.2.3.4 port 22 ssh2 from 203.0.113.11 port 30430\n"
		"Mar  1 01:00:01 h sshd[1]: Accepted publickey for ann from 192.0.2.7 port 45678 ssh2: RSA SHA256:abc\n"
		"Mar  1 01:00:02 h sshd-session[1]: Failed password for invalid user a b from 192.0.2.8 port 1 ssh2\n"
		"Mar  1 01:00:03 h sshd[1]: Connection closed by invalid user adm in 192.0.2.9 port 7 [preauth]\n"
		"Mar  1 01:00:04 h sshd[1]: Server listening on 0.0.0.0 port 22.\n");
	assert_true(says(&d, "\"kind\":\"login_failed\"") && says(&d, "\"user\":\"x from 1.2.3.4 port 22 ssh2\"") && says(&d, "\"remote_address\":\"203.0.113.11\",\"remote_port\":\"30430\""));
	assert_true(says(&d, "\"kind\":\"login\"") && says(&d, "\"user\":\"ann\",\"data\":{\"year_inferred\":true,\"year_from\":\"mtime\",\"reporter\":\"sshd\",\"pid\":\"1\",\"method\":\"publickey\",\"remote_address\":\"192.0.2.7\",\"remote_port\":\"45678\",\"key\":\"RSA SHA256:abc\""));
	assert_true(says(&d, "\"user\":\"a b\"") && says(&d, "\"account_exists\":\"no\""));
	assert_true(says(&d, "\"user\":\"adm in\"") && says(&d, "\"remote_address\":\"192.0.2.9\",\"remote_port\":\"7\""));
	assert_int_equal(said(&d, "\"kind\":\"log_event\""), 1);
	parsed_free(&d);
}

static void sudo_su_accounts_cron_and_sessions(void **state)
{
	(void)state;
	struct parsed d = run("Mar  1 01:00:00 h sudo:      ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/sh -c x ; y\n"
		"Mar  1 01:00:01 h sudo:  eve : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/ls\n"
		"Mar  1 01:00:02 h su[2]: FAILED SU (to root) www-data on pts/1\n"
		"Mar  1 01:00:03 h su[2]: (to root) bob on pts/0\n"
		"Mar  1 01:00:04 h useradd[3]: new user: name=sysupd, UID=1007, GID=1007, home=/home/sysupd, shell=/bin/bash, from=/dev/pts/0\n"
		"Mar  1 01:00:05 h passwd[4]: pam_unix(passwd:chauthtok): password changed for ann\n"
		"Mar  1 01:00:06 h CRON[5]: (root) CMD (run-parts /etc/cron.hourly)\n"
		"Mar  1 01:00:07 h sshd(pam_unix)[6]: session opened for user ann by (uid=0)\n"
		"Mar  1 01:00:08 h systemd-logind[7]: New session 4 of user ann.\n");
	assert_true(says(&d, "\"terminal\":\"pts/0\",\"directory\":\"/home/ann\",\"as_user\":\"root\",\"command\":\"/bin/sh -c x ; y\""));
	assert_true(says(&d, "\"refused\":\"user NOT in sudoers\""));
	assert_true(says(&d, "\"user\":\"www-data\"") && says(&d, "\"as_user\":\"root\",\"result\":\"failed\""));
	assert_true(says(&d, "\"user\":\"bob\"") && says(&d, "\"result\":\"ok\""));
	assert_true(says(&d, "\"kind\":\"account_change\"") && says(&d, "\"home\":\"/home/sysupd\""));
	assert_true(says(&d, "\"kind\":\"account_change\""));
	assert_true(says(&d, "\"kind\":\"cron_job\"") && says(&d, "\"command\":\"run-parts /etc/cron.hourly\""));
	assert_int_equal(said(&d, "\"kind\":\"session\""), 2);
	parsed_free(&d);
}

static void repeated_keys_stay_single(void **state)
{
	(void)state;
	struct parsed d = run("Mar  1 01:00:01 h sudo:  eve : a ; b ; USER=x ; USER=y ; COMMAND=z\n");
	assert_int_equal(d.events, 1);
	assert_int_equal(said(&d, "\"refused\""), 1);
	assert_int_equal(said(&d, "\"as_user\""), 1);
	parsed_free(&d);
}

static void probe_tells_logs_from_other_files(void **state)
{
	(void)state;
	const struct artifact_parser *a = artifact_by_id("lx.syslog", 9);
	static const char log[] = "Mar  1 01:00:00 h a: x\nMar  1 01:00:00 h a: x\n";
	assert_true(a->probe((const uint8_t *)log, sizeof log - 1, true));
	assert_false(a->probe((const uint8_t *)log, sizeof log - 1, false));
	assert_false(a->probe((const uint8_t *)"\x1f\x8b\x08\0", 4, true));
	assert_false(a->probe((const uint8_t *)"hello\nworld\nhello\nworld\n", 24, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(year_comes_from_the_file_and_turns_at_new_year), cmocka_unit_test(clock_steps_over_new_year_turn_back),
		cmocka_unit_test(last_line_is_not_after_the_file), cmocka_unit_test(leap_day_must_exist), cmocka_unit_test(rotation_name_is_the_bound),
		cmocka_unit_test(without_a_date_there_is_no_event), cmocka_unit_test(iso_headers_state_their_zone), cmocka_unit_test(rfc5424_fields),
		cmocka_unit_test(other_lines_continue_the_record), cmocka_unit_test(sshd_names_are_taken_from_the_end),
		cmocka_unit_test(sudo_su_accounts_cron_and_sessions), cmocka_unit_test(repeated_keys_stay_single), cmocka_unit_test(probe_tells_logs_from_other_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
