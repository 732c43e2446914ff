/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c: a small bundle from records whose every text is an attack: it is a bag that sha256sum accepts, verifies, tells of every change, and comes out the same twice. */
#include "bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <zstd.h>

#include "base/hash.h"

#define EVIL "<script>alert(1)</script>\"'&\x1b[2J\xe2\x80\xae http://evil.example.com/x.y =cmd"
static const char LOCATOR[] = "disk.E01::ntfs:/Users/%3Cscript%3E.exe";

struct room { char path[64], one[96], two[96]; };

static int room_make(void **state)
{
	struct room *r = calloc(1, sizeof *r);
	snprintf(r->path, sizeof r->path, "/tmp/spoor-bundle-XXXXXX");
	if (!r || !mkdtemp(r->path))
		return -1;
	snprintf(r->one, sizeof r->one, "%s/one.spoor", r->path);
	snprintf(r->two, sizeof r->two, "%s/two.spoor", r->path);
	if (mkdir(r->one, 0777) || mkdir(r->two, 0777))
		return -1;
	*state = r;
	return 0;
}

static int shell(const char *format, ...)
{
	char command[512];
	va_list list;
	va_start(list, format);
	vsnprintf(command, sizeof command, format, list);
	va_end(list);
	return system(command);
}

static int room_clear(void **state)
{
	struct room *r = *state;
	shell("rm -rf -- '%s'", r->path);
	free(r);
	return 0;
}

static void give(struct bundle *b, struct record_builder *r, struct buffer *frame)
{
	struct record_view v;
	record_end(r);
	assert_null(record_view_open(&v, frame->data, frame->length));
	assert_true(bundle_record(b, &v));
	buffer_clear(frame);
}

static void event(struct bundle *b, struct buffer *f, int64_t seconds, const char *locator, const char *message)
{
	struct timestamp t = time_from_unix(seconds, 123456789, TIME_NS);
	struct record_builder r = record_begin(f, RECORD_EVENT);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_TIMESTAMP_DESC, "Creation Time");
	record_string(&r, F_KIND, "file_modified");
	record_string(&r, F_LOCATOR, locator);
	record_string(&r, F_PATH, "/Users/" EVIL);
	record_string(&r, F_MESSAGE_TEXT, message);
	record_map(&r, F_DATA);
	value_string(&r, "key\"}", EVIL);
	value_text(&r, "nul", "a\0b", 3);
	record_close(&r);
	give(b, &r, f);
}

static void node(struct bundle *b, struct buffer *f, const char *state, const char *why)
{
	struct record_builder r = record_begin(f, RECORD_NODE);
	record_string(&r, F_KIND, "file");
	record_string(&r, F_LOCATOR, LOCATOR);
	record_string(&r, F_STATE, state);
	record_string(&r, F_WHY, why);
	give(b, &r, f);
}

static void make(const char *path, uint64_t store_most)
{
	static const char content[] = "MZ evil content";
	static const char *const rules[] = { "yara-rules sha256:00 31 rules" };
	struct buffer f = { 0 };
	uint8_t sha256[32];
	hash_sha256(content, sizeof content, sha256);
	struct bundle *b = bundle_new(&(struct bundle_options){ .path = path, .profile = "windows", .command = "spoor triage " EVIL, .store_most = store_most });
	assert_non_null(b);
	struct record_builder r = record_begin(&f, RECORD_EVIDENCE);
	record_string(&r, F_LOCATOR, "disk.E01");
	record_string(&r, F_NAME, EVIL);
	record_number(&r, F_SIZE, 1 << 20);
	record_hex(&r, F_SHA256, sha256, 32);
	record_string(&r, F_VERIFIED, "mismatch");
	give(b, &r, &f);
	node(b, &f, "read", NULL);
	node(b, &f, "skipped", "over the size limit");
	node(b, &f, "failed", EVIL);
	node(b, &f, NULL, NULL);
	event(b, &f, 1700000000, LOCATOR, "created " EVIL);
	event(b, &f, 1600000000, "disk.E01::ntfs:/other", "far away");
	event(b, &f, 1700000100, "disk.E01::ntfs:/other", "near by");
	event(b, &f, 1700009999, "disk.E01::ntfs:/other", "out of the hour");
	struct content *first = content_begin(bundle_store(b)), *second = content_begin(bundle_store(b)), *third = content_begin(bundle_store(b));
	assert_true(content_write(first, content, sizeof content));
	content_close(first);
	assert_true(content_write(second, content, sizeof content));
	assert_true(content_end(first, true));
	assert_true(content_end(second, true));
	assert_true(content_end(third, false));
	r = record_begin(&f, RECORD_ARTIFACT);
	record_string(&r, F_LOCATOR, LOCATOR);
	record_string(&r, F_ARTIFACT_ID, "windows.pe");
	record_hex(&r, F_SHA256, sha256, 32);
	record_string(&r, F_STATE, "read");
	give(b, &r, &f);
	for (unsigned score = 20; score <= 90; score += 70) {
		r = record_begin(&f, RECORD_HIT);
		record_string(&r, F_LOCATOR, LOCATOR);
		record_string(&r, F_RULE, score == 90 ? "Top_Rule" : "Low_Rule");
		record_number(&r, F_SCORE, score);
		record_string(&r, F_WHY, EVIL);
		record_hex(&r, F_SHA256, sha256, 32);
		give(b, &r, &f);
	}
	r = record_begin(&f, RECORD_MESSAGE);
	record_string(&r, F_LOCATOR, "mail.mbox::mbox:0");
	record_string(&r, F_SUBJECT, EVIL);
	record_list(&r, F_FROM);
	value_string(&r, NULL, EVIL);
	record_close(&r);
	record_list(&r, F_ATTACHMENTS);
	value_map(&r, NULL);
	value_string(&r, "name", "invoice<b>.lnk");
	record_close(&r);
	record_close(&r);
	give(b, &r, &f);
	r = record_begin(&f, RECORD_ERROR);
	record_string(&r, F_KIND, "damaged");
	record_string(&r, F_SEVERITY_CLASS, "damage");
	record_string(&r, F_LOCATOR, "disk.E01");
	record_string(&r, F_MESSAGE_TEXT, EVIL);
	give(b, &r, &f);
	r = record_begin(&f, RECORD_NOTE);
	record_string(&r, F_KIND, "zone");
	record_string(&r, F_MESSAGE_TEXT, EVIL);
	give(b, &r, &f);
	assert_true(bundle_finish(b, &(struct bundle_facts){ .version = "0.1.0", .sandbox = "seccomp", .rule_sets = rules, .rule_set_count = 1, .status = "complete" }));
	bundle_free(b);
	buffer_free(&f);
	char work[128];
	snprintf(work, sizeof work, "%s/.work", path);
	assert_int_equal(rmdir(work), 0);       /* nothing is left in it */
}

static void *whole(const char *folder, const char *name, size_t *length)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	char *text = malloc(1 << 20);
	*length = fread(text, 1, (1 << 20) - 1, f);
	text[*length] = 0;
	fclose(f);
	return text;
}

static void tell(void *owner, const char *kind, const char *message)
{
	assert_non_null(kind);
	assert_null(strchr(message, 0x1b));
	++*(int *)owner;
}

static int64_t differences(const char *path)
{
	int told = 0;
	int64_t wrong = bundle_verify(path, tell, &told);
	if (wrong >= 0)
		assert_int_equal(wrong, told);
	return wrong;
}

static void bundle_is_a_bag_that_verifies(void **state)
{
	struct room *r = *state;
	make(r->one, 0);
	assert_int_equal(shell("cd '%s' && sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt >/dev/null", r->one), 0);
	assert_int_equal(shell("cd '%s' && test \"$(cut -c67- manifest-sha256.txt)\" = \"$(find data -type f | LC_ALL=C sort)\"", r->one), 0);
	assert_int_equal(differences(r->one), 0);
	assert_int_equal(differences(r->path), -1);
	assert_int_equal(shell("cd '%s' && test $(head -1 bag-info.txt | cut -c1-20) = 'Bag-Software-Agent:' && grep -q '^Bagging-Date: 2023-11-15$' bag-info.txt && test -z \"$(find . -name '*.partial')\"", r->one), 0);
}

static void bundle_is_the_same_twice(void **state)
{
	struct room *r = *state;
	make(r->one, 0);
	make(r->two, 0);
	assert_int_equal(shell("diff -r --exclude=custody.log '%s' '%s'", r->one, r->two), 0);
}

static void bundle_changes_show(void **state)
{
	struct room *r = *state;
	make(r->one, 0);
	static const struct { const char *break_it, *mend; int64_t least; } tamper[] = {
		{ "printf x >> data/findings.jsonl", "truncate -s -1 data/findings.jsonl", 2 }, { "mv data/report.html ..", "mv ../report.html data", 2 },
		{ "printf x > data/added", "rm data/added", 1 }, { "printf x >> tagmanifest-sha256.txt", "truncate -s -1 tagmanifest-sha256.txt", 2 },
		{ "mv custody.log ..", "mv ../custody.log .", 1 }, { "sed -i.was 's/\"seq\":1/\"seq\":7/' custody.log", "mv custody.log.was custody.log", 2 },
		{ "ln -s /etc/passwd data/link", "rm data/link", 1 }, { "mv data/errors.jsonl .. && ln -s ../../errors.jsonl data/errors.jsonl", "mv ../errors.jsonl data", 1 },
		{ "cp manifest-sha256.txt .. && printf '%064d  data/../../secret\\n' 0 >> manifest-sha256.txt", "mv ../manifest-sha256.txt .", 2 },
		{ "mkfifo data/pipe", "rm data/pipe", 1 },
	};
	for (size_t i = 0; i < sizeof tamper / sizeof *tamper; i++) {
		assert_int_equal(shell("cd '%s' && %s", r->one, tamper[i].break_it), 0);
		if (differences(r->one) < tamper[i].least)
			fail_msg("not seen: %s", tamper[i].break_it);
		assert_int_equal(shell("cd '%s' && %s", r->one, tamper[i].mend), 0);
		assert_int_equal(differences(r->one), 0);
	}
}

static void bundle_findings_are_sorted_and_files_hold_what_they_should(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r->one, 0);
	char *text = whole(r->one, "data/findings.jsonl", &length);
	assert_true(strstr(text, "Top_Rule") < strstr(text, "Low_Rule"));
	free(text);
	text = whole(r->one, "data/coverage.json", &length);
	assert_memory_equal(text, "{\"listed\":4,\"seen\":3,\"read\":1,\"skipped\":1,\"failed\":1,", 52);
	free(text);
	text = whole(r->one, "data/artifacts.jsonl", &length);
	assert_non_null(strstr(text, "\"size\":\"16\",\"stored\":true,\"by\":\"artifact\",\"locator\":\"disk.E01::ntfs:/Users/%3Cscript%3E.exe\"}"));
	assert_non_null(strstr(text, "\"by\":\"hit\""));
	free(text);
	text = whole(r->one, "data/timeline.jsonl.zst", &length);
	char *plain = malloc(1 << 16);
	size_t got = ZSTD_decompress(plain, (1 << 16) - 1, text, length);
	assert_false(ZSTD_isError(got));
	plain[got] = 0;
	char *far = strstr(plain, "far away"), *created = strstr(plain, "created"), *near = strstr(plain, "near by");
	assert_true(far && created && near && far < created && created < near);
	free(plain);
	free(text);
}

static void bundle_report_is_inert(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r->one, 0);
	char *text = whole(r->one, "data/report.html", &length);
	assert_null(strstr(text, "<script>alert"));     /* the scripts that are there: tests/unit/report.c */
	assert_null(strstr(text, "http://"));
	assert_null(strchr(text, 0x1b));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "seccomp"));
	assert_non_null(strstr(text, "hxxp://evil[.]example[.]com/x.y"));
	assert_non_null(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_non_null(strstr(text, "Evidence whose stored hash differs from the computed one: 1."));
	assert_non_null(strstr(text, "<span class=\"bad\">mismatch</span>"));
	assert_non_null(strstr(text, "near by"));
	assert_non_null(strstr(text, "<bdi>invoice&lt;b&gt;.lnk</bdi>"));
	assert_null(strstr(text, "out of the hour"));
	assert_null(strstr(text, "far away"));
	assert_true(strstr(text, "id=\"coverage\"") < strstr(text, "id=\"findings\""));
	for (char *a = text; (a = strstr(a, "href=")); a++)
		assert_memory_equal(a, "href=\"#", 7);
	free(text);
}

static void bundle_database_answers(void **state)
{
	struct room *r = *state;
	char path[128];
	sqlite3 *db;
	sqlite3_stmt *s;
	make(r->one, 0);
	snprintf(path, sizeof path, "%s/data/timeline.sqlite", r->one);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	static const struct { const char *ask, *answer; } row[] = {
		{ "PRAGMA integrity_check", "ok" }, { "PRAGMA journal_mode", "delete" }, { "PRAGMA user_version", "2" }, { "SELECT group_concat(id) FROM event", "1,2,3,4" }, { "SELECT count(*) FROM path", "2" },
		{ "SELECT time FROM v_timeline WHERE id=2", "2023-11-14T22:13:20.123456789Z" }, { "SELECT rule FROM v_findings LIMIT 1", "Top_Rule" }, { "SELECT locator FROM v_timeline WHERE id=2", LOCATOR },
		{ "SELECT instr(data, 'a' || char(92) || 'u0000b') > 0 AND json_valid(data) FROM event WHERE id=2", "1" }, { "SELECT kind || timestamp_desc FROM v_timeline WHERE id=1", "file_modifiedCreation Time" },
		{ "SELECT json_extract(from_addresses, '$[0]') = char(60) || substr(json_extract(from_addresses, '$[0]'), 2) FROM message", "1" }, { "SELECT count(*) FROM error", "1" }, { "SELECT value FROM meta WHERE key='status'", "complete" },
		{ "SELECT count(*) FROM event WHERE instr(message, char(27))", "0" }, { "SELECT verified FROM evidence", "mismatch" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		assert_int_equal(sqlite3_prepare_v2(db, row[i].ask, -1, &s, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(s, 0), row[i].answer);
		sqlite3_finalize(s);
	}
	sqlite3_close(db);
}

static void bundle_quota_leaves_out_and_tells(void **state)
{
	struct room *r = *state;
	size_t length;
	make(r->one, 8);
	char *text = whole(r->one, "data/artifacts.jsonl", &length);
	assert_non_null(strstr(text, "\"stored\":false,\"why\":\"quota of artifacts\""));
	free(text);
	text = whole(r->one, "data/report.html", &length);
	assert_non_null(strstr(text, "1 more were left out: the quota is 8 bytes."));
	free(text);
	assert_int_equal(differences(r->one), 0);
}

static void bundle_trouble_is_told(void **state)
{
	struct room *r = *state;
	char path[160];
	assert_null(bundle_new(&(struct bundle_options){ .path = "/nowhere/at/all" }));
	struct bundle *b = bundle_new(&(struct bundle_options){ .path = r->one });
	assert_non_null(b);
	assert_null(bundle_trouble(b));
	snprintf(path, sizeof path, "%s/data/findings.jsonl.partial", r->one);
	assert_int_equal(mkdir(path, 0777), 0); /* in the way */
	assert_false(bundle_finish(b, &(struct bundle_facts){ .version = "0", .status = "complete" }));
	assert_non_null(strstr(bundle_trouble(b), "findings.jsonl"));
	bundle_free(b);
}

/* A child that may write no file above 4 KiB: every way to fail says so, and nothing crashes. */
static void bundle_full_disk_is_told(void **state)
{
	struct room *r = *state;
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit = { 4096, 4096 };
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		struct bundle *b = bundle_new(&(struct bundle_options){ .path = r->one });
		if (!b)
			_exit(errno ? 0 : 1);
		bool good = !bundle_finish(b, &(struct bundle_facts){ .version = "0", .status = "complete" });
		good = good && errno && bundle_trouble(b);
		bundle_free(b);
		_exit(good ? 0 : 2);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* An interrupted run left content, half files and a custody log: the next one comes out as if nothing had been. */
static void bundle_goes_on_after_an_interruption(void **state)
{
	struct room *r = *state;
	make(r->two, 0);
	assert_int_equal(shell("cd '%s' && mkdir -p .work/artifacts data/artifacts && echo x > data/report.html.partial && echo y > data/timeline.sqlite.partial && echo z > .work/artifacts/.opening && "
		"printf 'MZ evil content\\0' > data/artifacts/f && mv data/artifacts/f data/artifacts/$(sha256sum data/artifacts/f | cut -c1-64)", r->one), 0);
	make(r->one, 0);
	assert_int_equal(shell("diff -r --exclude=custody.log '%s' '%s'", r->one, r->two), 0);
	assert_int_equal(differences(r->one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_make, room_clear)
		TEST(bundle_is_a_bag_that_verifies), TEST(bundle_is_the_same_twice), TEST(bundle_changes_show), TEST(bundle_findings_are_sorted_and_files_hold_what_they_should),
		TEST(bundle_report_is_inert), TEST(bundle_database_answers), TEST(bundle_quota_leaves_out_and_tells), TEST(bundle_trouble_is_told), TEST(bundle_full_disk_is_told), TEST(bundle_goes_on_after_an_interruption),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
