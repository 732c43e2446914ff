/* SPDX-License-Identifier: Apache-2.0 */
/* exporters.c: the rows of each export format, with names and messages as an attacker would choose them. */
#include "bundle/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buffer frame, text;
static struct record_view view;

static struct record_builder start(int64_t seconds, uint32_t nanoseconds, const char *kind, const char *desc, const char *message)
{
	buffer_clear(&frame);
	struct timestamp t = time_from_unix(seconds, nanoseconds, TIME_100NS);
	struct record_builder r = record_begin(&frame, RECORD_EVENT);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_TIMESTAMP_DESC, desc);
	record_string(&r, F_KIND, kind);
	record_string(&r, F_LOCATOR, "disk.raw::ntfs:#66-1");
	if (!strncmp(kind, "file_", 5))
		record_string(&r, F_ARTIFACT_ID, "fs.times");
	record_string(&r, F_MESSAGE_TEXT, message);
	return r;
}

static const char *row(const char *format, struct record_builder *r)
{
	const struct exporter *e = exporter_by_name(format);
	assert_non_null(e);
	record_end(r);
	assert_null(record_view_open(&view, frame.data, frame.length));
	buffer_clear(&text);
	e->record(&text, &view);
	return buffer_string(&text);
}

static void assert_begins(const char *text_, const char *with)
{
	if (strncmp(text_, with, strlen(with)) != 0)
		fail_msg("%s does not begin with %s", text_, with);
}

static const char *head(const char *format)
{
	buffer_clear(&text);
	exporter_by_name(format)->head(&text);
	return buffer_string(&text);
}

static unsigned count(const char *hay, char needle)
{
	unsigned n = 0;
	for (; *hay; hay++)
		n += *hay == needle;
	return n;
}

static void exporter_names_are_found(void **state)
{
	(void)state;
	static const char *const names[] = { "jsonl", "timesketch-csv", "timesketch-jsonl", "csv", "l2tcsv", "tsv", "bodyfile" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(exporter_by_name(names[i])->name, names[i]);
	assert_null(exporter_by_name("nothing"));
	assert_true(exporter_by_name("bodyfile")->wants_nodes);
	assert_false(exporter_by_name("csv")->wants_nodes);
}

static void csv_is_what_mactime_writes(void **state)
{
	(void)state;
	assert_string_equal(head("csv"), "Date,Size,Type,Mode,UID,GID,Meta,File Name\n");
	struct record_builder r = start(1600000000, 0, "file_modified", "Content Modification Time", "modified");
	record_string(&r, F_PATH, "/a \"b\".txt");
	record_map(&r, F_DATA);
	value_number(&r, "size", 111);
	value_string(&r, "mode", "r/rrwxrwxrwx");
	value_string(&r, "address", "66-128-2");
	record_close(&r);
	assert_string_equal(row("csv", &r), "\"2020-09-13T12:26:40Z\",\"111\",\"m...\",\"r/rrwxrwxrwx\",\"0\",\"0\",\"66-128-2\",\"/a \"\"b\"\".txt\"\n");
}

static void csv_cells_are_no_formulas(void **state)
{
	(void)state;
	static const char *const evil[] = { "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\xef\xbc\x9d" "1", "\xef\xbc\xa0" "x" };
	static const char *const formats[] = { "csv", "timesketch-csv", "l2tcsv", "tsv" };
	for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
		for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
			struct record_builder r = start(0, 0, "file_modified", "Creation Time", evil[i]);
			record_string(&r, F_PATH, evil[i]);
			record_string(&r, F_USER, evil[i]);
			const char *line = row(formats[f], &r);
			assert_int_equal(count(line, '\n'), 1);
			for (const char *p = line; *p; p++)
				if ((p == line || p[-1] == ',' || (p[-1] == '\t' && f == 3) || (p[-1] == '"' && (p == line + 1 || p[-2] == ','))) && *p != '"')
					assert_false(strchr("=+@", *p) || (*p == '-' && p[1] != ',' && p[1] != '-') || (uint8_t)*p == 0xef);
		}
}

static void tsv_is_one_line_with_escapes(void **state)
{
	(void)state;
	unsigned columns = count(head("tsv"), '\t');
	struct record_builder r = start(0, 0, "file_modified", "Creation Time", "a\tb\nc\\d\x1b[2J\xe2\x80\xae");
	const char *line = row("tsv", &r);
	assert_int_equal(count(line, '\t'), columns);
	assert_int_equal(count(line, '\n'), 1);
	assert_non_null(strstr(line, "a\\tb\\nc\\\\d\\u{1b}[2J\\u{202e}"));
	assert_null(strchr(line, 0x1b));
}

static void l2tcsv_has_seventeen_columns(void **state)
{
	(void)state;
	assert_int_equal(count(head("l2tcsv"), ','), 16);
	struct record_builder r = start(1600000000, 5, "file_modified", "Creation Time", "one, two,\nthree");
	record_string(&r, F_PATH, "/a,b");
	const char *line = row("l2tcsv", &r);
	assert_int_equal(count(line, ','), 16);
	assert_begins(line, "09/13/2020,12:26:40,UTC,...B,FILE,file_modified,Creation Time,-,-,");
	r = start(INT64_C(-70000000000), 0, "x", "y", "z");
	assert_begins(row("l2tcsv", &r), "00/00/0000,--:--:--,UTC,....");
}

static void timesketch_has_what_it_needs(void **state)
{
	(void)state;
	assert_begins(head("timesketch-csv"), "message,datetime,timestamp,timestamp_desc,data_type,");
	struct record_builder r = start(1437764341, 123456700, "windows:evtx:record", "Content Modification Time", "logon");
	record_map(&r, F_DATA);
	value_number(&r, "event_id", 4624);
	value_string(&r, "x", "<&>");
	record_close(&r);
	const char *line = row("timesketch-jsonl", &r);
	assert_begins(line, "{\"message\":\"logon\",\"datetime\":\"2015-07-24T18:59:01.123456+00:00\",\"timestamp\":1437764341123456,\"timestamp_desc\":\"Content Modification Time\",\"data_type\":\"windows:evtx:record\"");
	assert_non_null(strstr(line, "\"event_identifier\":\"4624\""));
	assert_non_null(strstr(line, "\"time\":\"2015-07-24T18:59:01.123456700Z\""));
	r = start(1437764341, 0, "k", "d", "m");
	assert_begins(row("timesketch-csv", &r), "\"m\",\"2015-07-24T18:59:01.000000+00:00\",1437764341000000,\"d\",\"k\",");
}

static void timesketch_keeps_events_of_years_it_would_drop(void **state)
{
	(void)state;
	struct record_builder r = start(INT64_C(-11644473600), 0, "k", "Creation Time", "m");
	const char *line = row("timesketch-jsonl", &r);
	assert_non_null(strstr(line, "\"message\":\"[time 1601-01-01T00:00:00.000000000Z] m\""));
	assert_non_null(strstr(line, "\"timestamp\":0,\"timestamp_desc\":\"Not a time\""));
}

static void timesketch_values_are_cut(void **state)
{
	(void)state;
	char *message = malloc(100001);
	memset(message, 'x', 100000);
	message[100000] = 0;
	struct record_builder r = start(0, 0, "k", "d", message);
	const char *line = row("timesketch-jsonl", &r);
	assert_true(strlen(line) < 33500);
	assert_non_null(strstr(line, "[cut 68160 bytes, sha256="));
	free(message);
}

static void jsonl_is_the_record(void **state)
{
	(void)state;
	struct record_builder r = start(0, 0, "k", "d", "m");
	assert_begins(row("jsonl", &r), "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"type\":\"event\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exporter_names_are_found), cmocka_unit_test(csv_is_what_mactime_writes), cmocka_unit_test(csv_cells_are_no_formulas), cmocka_unit_test(tsv_is_one_line_with_escapes),
		cmocka_unit_test(l2tcsv_has_seventeen_columns), cmocka_unit_test(timesketch_has_what_it_needs), cmocka_unit_test(timesketch_keeps_events_of_years_it_would_drop),
		cmocka_unit_test(timesketch_values_are_cut), cmocka_unit_test(jsonl_is_the_record),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	buffer_free(&frame);
	buffer_free(&text);
	return failed;
}
