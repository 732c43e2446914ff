/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c: events come back in the order of time, ties in the order of arrival, whatever the memory; frames as they were. */
#include "bundle/bundle.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void event(struct buffer *out, int64_t seconds, uint32_t nanoseconds, unsigned number)
{
	char message[64];
	struct timestamp t = time_from_unix(seconds, nanoseconds, TIME_NS);
	struct record_builder r = record_begin(out, RECORD_EVENT);
	snprintf(message, sizeof message, "event %u", number);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_TIMESTAMP_DESC, "Creation Time");
	record_string(&r, F_KIND, "file_modified");
	record_string(&r, F_LOCATOR, "disk.raw::ntfs:/x");
	record_string(&r, F_MESSAGE_TEXT, message);
	record_end(&r);
}

static void add(struct timeline *t, int64_t seconds, uint32_t nanoseconds, unsigned number)
{
	struct buffer b = { 0 };
	struct record_view v;
	event(&b, seconds, nanoseconds, number);
	assert_null(record_view_open(&v, b.data, b.length));
	assert_true(timeline_add(t, &v));
	buffer_free(&b);
}

static void expect(struct timeline *t, const char *message, int64_t seconds)
{
	struct record_view v;
	struct timestamp at;
	assert_int_equal(timeline_next(t, &v), 1);
	assert_true(record_text_equals(&v, F_MESSAGE_TEXT, message));
	assert_true(record_get_time(&v, F_TIME, &at));
	assert_int_equal(at.seconds, seconds);
}

static int here(void)
{
	int fd = open(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void timeline_sorts_by_time_then_arrival(void **state)
{
	(void)state;
	int fd = here();
	struct timeline *t = timeline_new(fd, 1 << 20);
	struct record_view v;
	add(t, 5, 0, 1);
	add(t, -7, 999999999, 2);
	add(t, 5, 0, 3);
	add(t, -7, 0, 4);
	add(t, INT64_C(253402300800), 0, 5);
	add(t, 4, 1, 6);
	assert_true(timeline_finish(t));
	expect(t, "event 4", -7);
	expect(t, "event 2", -7);
	expect(t, "event 6", 4);
	expect(t, "event 1", 5);
	expect(t, "event 3", 5);
	expect(t, "event 5", INT64_C(253402300800));
	assert_int_equal(timeline_next(t, &v), 0);
	timeline_free(t);
	close(fd);
}

static void timeline_takes_events_only(void **state)
{
	(void)state;
	int fd = here();
	struct buffer b = { 0 };
	struct record_view v;
	struct timeline *t = timeline_new(fd, 1 << 20);
	struct record_builder r = record_begin(&b, RECORD_NOTE);
	record_string(&r, F_MESSAGE_TEXT, "no event");
	record_end(&r);
	assert_null(record_view_open(&v, b.data, b.length));
	assert_true(timeline_add(t, &v));
	assert_true(timeline_finish(t));
	assert_int_equal(timeline_next(t, &v), 0);
	timeline_free(t);
	buffer_free(&b);
	close(fd);
}

/* Ends that a path, locator and message share are left out on the way: whichever of them does, and in whatever order the fields stand, the bytes come back. */
static void timeline_gives_frames_back_as_they_were(void **state)
{
	(void)state;
	static const char path[] = "/Users/anna/Documents/quarterly report.docx", other[] = "/Users/anna/Documents/quarterly report.doc";
	static const struct { const char *locator, *message, *path; bool path_first; } row[] = {
		{ "disk.raw::ntfs:/Users/anna/Documents/quarterly report.docx", "modified /Users/anna/Documents/quarterly report.docx", path, false },
		{ "disk.raw::ntfs:/Users/anna/Documents/quarterly report.docx", "modified /Users/anna/Documents/quarterly report.docx", path, true },
		{ "disk.raw::ntfs:/Users/anna/Documents/quarterly report.docx", "modified", path, false }, { "disk.raw::ntfs:#4711", "modified /Users/anna/Documents/quarterly report.docx", path, false },
		{ "disk.raw::ntfs:/Users/anna/Documents/quarterly report.docx", path, path, true }, { path, path, path, false },
		{ "disk.raw::ntfs:/Users/anna/Documents/quarterly report.docx", "x", other, false }, { "disk.raw::ntfs:/x", "modified /x", "/x", true }, { "disk.raw", "no path", NULL, false },
	};
	enum { ROWS = sizeof row / sizeof *row };
	int fd = here();
	struct timeline *t = timeline_new(fd, 1 << 20);
	struct buffer frame[ROWS] = { 0 };
	struct record_view v;
	for (size_t i = 0; i < ROWS; i++) {
		struct timestamp at = time_from_unix((int64_t)i, 0, TIME_NS);
		struct record_builder r = record_begin(&frame[i], RECORD_EVENT);
		if (row[i].path_first)
			record_string(&r, F_PATH, row[i].path);
		record_string(&r, F_MESSAGE_TEXT, row[i].message);
		record_time(&r, F_TIME, &at);
		record_string(&r, F_TIMESTAMP_DESC, "Creation Time");
		record_string(&r, F_LOCATOR, row[i].locator);
		record_string(&r, F_KIND, "fs:stat");
		if (!row[i].path_first)
			record_string(&r, F_PATH, row[i].path);
		record_end(&r);
		assert_null(record_view_open(&v, frame[i].data, frame[i].length));
		assert_true(timeline_add(t, &v));
	}
	assert_true(timeline_finish(t));
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(timeline_next(t, &v), 1);
		assert_int_equal(v.frame_length, frame[i].length);
		assert_memory_equal(v.frame, frame[i].data, frame[i].length);
		buffer_free(&frame[i]);
	}
	assert_int_equal(timeline_next(t, &v), 0);
	timeline_free(t);
	close(fd);
}

static void timeline_is_the_same_in_little_memory(void **state)
{
	(void)state;
	int fd = here();
	struct timeline *small = timeline_new(fd, 16 << 10), *large = timeline_new(fd, 64 << 20);
	uint32_t x = 1;
	for (unsigned i = 0; i < 5000; i++) {
		x = x * 1664525 + 1013904223;
		add(small, (int64_t)(x % 1000) - 500, x % 3, i);
		add(large, (int64_t)(x % 1000) - 500, x % 3, i);
	}
	assert_true(timeline_finish(small) && timeline_finish(large));
	struct record_view a, b;
	int got;
	unsigned count = 0;
	while ((got = timeline_next(small, &a)) == 1) {
		assert_int_equal(timeline_next(large, &b), 1);
		assert_int_equal(a.frame_length, b.frame_length);
		assert_memory_equal(a.frame, b.frame, a.frame_length);
		count++;
	}
	assert_int_equal(got, 0);
	assert_int_equal(count, 5000);
	timeline_free(small);
	timeline_free(large);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeline_sorts_by_time_then_arrival),
		cmocka_unit_test(timeline_takes_events_only),
		cmocka_unit_test(timeline_gives_frames_back_as_they_were),
		cmocka_unit_test(timeline_is_the_same_in_little_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
