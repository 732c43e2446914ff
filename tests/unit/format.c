/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "format/format.h"

static struct record_view view_of(const struct buffer *frame)
{
	struct record_view v;
	const char *wrong = record_view_open(&v, frame->data, frame->length);
	if (wrong)
		fail_msg("frame is bad: %s", wrong);
	return v;
}

static void same_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_true(!a && !b);
	else
		assert_string_equal(a, b);
}

static void same_bytes(struct node_text a, struct node_text b)
{
	assert_int_equal(a.length, b.length);
	if (a.length)
		assert_memory_equal(a.bytes, b.bytes, a.length);
}

static void check_same(const struct node *a, const struct node *b)
{
	assert_int_equal(a->kind, b->kind);
	same_bytes(a->name, b->name);
	same_bytes(a->path, b->path);
	same_text(a->step, b->step);
	same_text(a->address, b->address);
	same_text(a->parent, b->parent);
	same_text(a->format, b->format);
	same_text(a->attribute, b->attribute);
	same_text(a->target, b->target);
	same_bytes(a->target_raw, b->target_raw);
	assert_int_equal(a->name_type, b->name_type);
	assert_string_equal(a->mode, b->mode);
	assert_int_equal(a->has_owner, b->has_owner);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->has_links, b->has_links);
	assert_int_equal(a->links, b->links);
	assert_int_equal(a->has_size, b->has_size);
	assert_true(a->size == b->size);
	assert_int_equal(a->has_allocated, b->has_allocated);
	assert_int_equal(a->allocated, b->allocated);
	assert_int_equal(a->reallocated, b->reallocated);
	assert_int_equal(a->orphan, b->orphan);
	assert_int_equal(a->tainted, b->tainted);
	assert_int_equal(a->flag_count, b->flag_count);
	for (unsigned i = 0; i < a->flag_count; i++)
		assert_string_equal(a->flags[i], b->flags[i]);
	for (unsigned i = 0; i < NODE_TIMES; i++) {
		assert_int_equal(a->time[i].state, b->time[i].state);
		if (a->time[i].state == TIME_INVALID)
			assert_true(a->time[i].raw == b->time[i].raw);
		if (a->time[i].state != TIME_VALID)
			continue;
		assert_int_equal(time_compare(&a->time[i], &b->time[i]), 0);
		assert_int_equal(a->time[i].precision, b->time[i].precision);
		assert_int_equal(a->time[i].zone, b->time[i].zone);
	}
	assert_int_equal(a->has_range, b->has_range);
	assert_true(a->range_offset == b->range_offset && a->range_length == b->range_length);
	assert_int_equal(a->content, b->content);
	assert_int_equal(a->extents, b->extents);
	for (size_t i = 0; i < a->extents; i++) {
		assert_int_equal(a->extent[i].kind, b->extent[i].kind);
		assert_true(a->extent[i].length == b->extent[i].length);
		assert_true(a->extent[i].kind != EXTENT_DATA || a->extent[i].offset == b->extent[i].offset);
	}
	assert_int_equal(a->inline_length, b->inline_length);
	if (a->inline_length)
		assert_memory_equal(a->inline_bytes, b->inline_bytes, a->inline_length);
	assert_true(a->order == b->order);
}

static void check_round_trip(const struct node *n)
{
	struct buffer frame = { 0 };
	struct arena a = { 0 };
	struct node back;
	node_write(&frame, n);
	struct record_view v = view_of(&frame);
	assert_int_equal(v.type, RECORD_NODE);
	assert_true(node_read(&back, &v, &a));
	check_same(n, &back);
	arena_free(&a);
	buffer_free(&frame);
}

static struct node_text bytes_of(const char *text)
{
	return (struct node_text){ .bytes = (const uint8_t *)text, .length = strlen(text) };
}

static void a_bare_node_comes_back(void **state)
{
	(void)state;
	for (unsigned k = 0; k < NODE_KINDS; k++)
		check_round_trip(&(struct node){ .kind = (enum node_kind)k, .step = "zip:/x" });
	check_round_trip(&(struct node){ .step = "" });
}

static void everything_about_a_node_comes_back(void **state)
{
	(void)state;
	const struct extent run[] = {
		{ 4096, 8192, EXTENT_DATA }, { 0, 512, EXTENT_ZERO }, { 1024, 512, EXTENT_DATA }, { 0, 100, EXTENT_UNREADABLE }, { UINT64_MAX - 10, 5, EXTENT_DATA }, { 0, 1, EXTENT_DATA },
	};
	struct node n = {
		.kind = NODE_FILE, .name = bytes_of("inv\xff\xc3\xb6ice.lnk"), .path = bytes_of("/Users/inv%FFo.lnk"), .step = "ntfs:/Users/inv%FFo.lnk", .address = "4711-3", .parent = "5-5",
		.format = "zip", .attribute = "128-2", .target = "C:\\x\xef\xbf\xbd", .target_raw = bytes_of("C:\\x\xed\xa0\x80"), .name_type = 'r', .mode = "rrwxr-xr-x", .has_owner = true, .uid = UINT32_MAX,
		.gid = 1000, .has_links = true, .links = 2, .has_size = true, .size = UINT64_MAX, .has_allocated = true, .allocated = false, .reallocated = true, .orphan = true, .tainted = true,
		.has_range = true, .range_offset = 7, .range_length = UINT64_MAX, .content = CONTENT_EXTENTS, .extent = run, .extents = 6, .order = UINT64_MAX - 1,
	};
	node_flag(&n, "compressed");
	node_flag(&n, "hidden");
	n.time[NODE_MTIME] = time_from_filetime(UINT64_C(132000000000000001));
	n.time[NODE_ATIME] = time_from_filetime(UINT64_MAX);    /* invalid: only its raw value is known */
	n.time[NODE_CRTIME] = time_from_dos(0x5021, 0x1234, 150);
	n.time[NODE_FN_CRTIME] = time_from_unix(-1, 999999999, TIME_NS);
	check_round_trip(&n);
	for (unsigned i = 0; i < 40; i++)
		node_flag(&n, "more");
	assert_int_equal(n.flag_count, NODE_FLAGS_MAX);
	check_round_trip(&n);
}

static void content_inside_the_node_comes_back(void **state)
{
	(void)state;
	uint8_t bytes[NODE_INLINE_MAX];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	check_round_trip(&(struct node){ .step = "ntfs:#1", .content = CONTENT_INLINE, .inline_bytes = bytes, .inline_length = sizeof bytes, .has_size = true, .size = sizeof bytes });
	check_round_trip(&(struct node){ .step = "ntfs:#1", .content = CONTENT_INLINE, .has_size = true });
}

static void too_many_extents_are_left_out_and_can_be_told(void **state)
{
	(void)state;
	size_t count = 200000;
	struct extent *run = memory_array(count, sizeof *run);
	for (size_t i = 0; i < count; i++)
		run[i] = (struct extent){ .offset = i * 1000003 % 65536 * 4096, .length = 4096, .kind = EXTENT_DATA };
	struct node back, n = { .step = "ntfs:#9", .has_size = true, .size = count * 4096, .content = CONTENT_EXTENTS, .extent = run, .extents = count };
	struct buffer frame = { 0 };
	struct arena a = { 0 };
	node_write(&frame, &n);
	struct record_view v = view_of(&frame);
	assert_true(node_read(&back, &v, &a));
	assert_int_equal(back.content, CONTENT_EXTENTS);
	assert_int_equal(back.extents, 0);
	assert_true(back.size == n.size);
	n.extents = 50000;              /* these still fit */
	arena_reset(&a);
	buffer_clear(&frame);
	node_write(&frame, &n);
	v = view_of(&frame);
	assert_true(node_read(&back, &v, &a));
	assert_int_equal(back.extents, 50000);
	assert_true(back.extent[49999].offset == run[49999].offset);
	arena_free(&a);
	buffer_free(&frame);
	free(run);
}

static void what_is_no_description_is_refused(void **state)
{
	(void)state;
	struct arena a = { 0 };
	struct node n;
	static const struct { const char *kind, *content, *extents; size_t content_length, extents_length; } row[] = {
		{ "file", NULL, NULL, 0, 0 },
		{ "banana", "\1\0\0\0\0\0\0\0\0\0\0\0", NULL, 12, 0 },
		{ "file", "\2\0\0\0\0\0\0\0\0\0\0\0", NULL, 12, 0 },           /* another layout */
		{ "file", "\1\0\0\0\0\0\0\0\0\0\0", NULL, 11, 0 },             /* cut */
		{ "file", "\1\0\0\0\0\0\0\0\0\0\0\0x", NULL, 13, 0 },          /* bytes too many */
		{ "file", "\1\5\0\0\0\0\0\0\0\0\0\0", NULL, 12, 0 },           /* no such content kind */
		{ "file", "\1\0\0\0\0\0\0\0\0\0\1\0", NULL, 12, 0 },           /* an invalid time without its value */
		{ "file", "\1\0\0\0\0\0\0\0\0\0\0\2", NULL, 12, 0 },           /* a time that does not exist */
		{ "file", "\1\0\0\0\0\0\0\0\0\0\0\0", "\4\0", 12, 2 },         /* extents without CONTENT_EXTENTS */
		{ "file", "\1\1\0\0\0\0\0\0\0\0\0\0", "\4", 12, 1 },           /* data without an offset */
		{ "file", "\1\1\0\0\0\0\0\0\0\0\0\0", "\7", 12, 1 },           /* no such extent kind */
		{ "file", "\1\1\0\0\0\0\0\0\0\0\0\0", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1", 12, 12 },
	};
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_NODE);
		record_string(&r, F_KIND, row[i].kind);
		if (row[i].content)
			record_internal(&r, F_CONTENT, row[i].content, row[i].content_length);
		if (row[i].extents)
			record_internal(&r, F_EXTENTS, row[i].extents, row[i].extents_length);
		record_end(&r);
		struct record_view v = view_of(&frame);
		assert_false(node_read(&n, &v, &a));
		buffer_free(&frame);
	}
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_NOTE);
	record_end(&r);
	struct record_view v = view_of(&frame);
	assert_false(node_read(&n, &v, &a));
	buffer_free(&frame);
	arena_free(&a);
}

static void rows_are_found_by_name_and_each_is_complete(void **state)
{
	(void)state;
	assert_non_null(format_by_name("ewf", 3));
	assert_non_null(format_by_name("raw-", 3));
	assert_null(format_by_name("ew", 2));
	assert_null(format_by_name("", 0));
	for (size_t i = 0; formats[i]; i++) {
		const struct format *f = formats[i];
		assert_true(format_by_name(f->name, strlen(f->name)) == f);     /* names are unique */
		assert_true(f->about && f->probe && f->open && f->next && f->close && (unsigned)f->layer < LAYERS);
	}
	assert_string_equal(format_layer_name(LAYER_FS), "fs");
	assert_string_equal(format_layer_name(LAYERS), "unknown");
	assert_string_equal(node_kind_name(NODE_PART), "part");
	assert_string_equal(node_kind_name(NODE_KINDS), "unknown");
}

static const struct format *probe(const void *bytes, size_t length, const char *name)
{
	struct source *s = source_of_memory(bytes, length, false);
	struct probe p = { .source = s, .head = bytes, .head_length = length, .name = name, .name_length = strlen(name), .above = LAYER_IMAGE };
	const struct format *second, *best = format_probe(&p, 1U << LAYER_IMAGE, &second);
	assert_null(second);
	source_close(s);
	return best;
}

static void the_strongest_signature_wins(void **state)
{
	(void)state;
	assert_string_equal(probe("EVF\t\r\n\xff\0\1\1\0\0\0", 13, "x.E01")->name, "ewf");
	assert_string_equal(probe("EVF\t\r\n\xff\0\1\1\0\0\0", 13, "x.raw")->name, "ewf");
	assert_string_equal(probe("LVF\t\r\n\xff\0\1\1\0\0\0", 13, "x")->name, "lvf");
	assert_string_equal(probe("EVF2\r\n\x81\0\2\1\0\0\0", 13, "x")->name, "ewf2");
	assert_string_equal(probe("ADCRYPT\0....", 12, "x")->name, "adcrypt");
	assert_string_equal(probe("hello, world", 12, "dfvfs-bogus.001")->name, "raw");
	assert_null(probe("", 0, "x"));
}

struct log { struct reporter reporter; struct buffer text; unsigned errors; };

static void log_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct log *l = (struct log *)r;
	(void)step;
	l->errors++;
	assert_true(text_is_utf8(message, strlen(message)));
	buffer_format(&l->text, "%s %s %llu %llu %s\n", class, kind, (unsigned long long)offset, (unsigned long long)length, message);
}

static void log_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	log_error(r, "note", kind, step, offset, length, message);
	((struct log *)r)->errors--;
}

static void reports_are_valid_text_of_any_length(void **state)
{
	(void)state;
	struct log log = { .reporter = { .error = log_error, .note = log_note } };
	report_error(&log.reporter, "damage", "x.y", NULL, 1, 2, "%s and %d", "bad \xff byte", 7);
	assert_non_null(strstr(buffer_string(&log.text), "damage x.y 1 2 bad \\x"));
	assert_non_null(strstr(buffer_string(&log.text), " byte and 7\n"));
	buffer_clear(&log.text);
	char *text = memory_new(5001);
	memset(text, 'a', 5000);
	report_note(&log.reporter, "x", NULL, 0, 0, "%s", text);
	assert_int_equal(log.text.length, strlen("note x 0 0 ") + 5001);
	report_error(NULL, "damage", "x", NULL, 0, 0, "no one listens");
	free(text);
	buffer_free(&log.text);
}

static void content_is_a_source_of_the_nodes_bytes(void **state)
{
	(void)state;
	struct source *below = source_of_memory("0123456789", 10, false);
	struct container c = { .format = format_by_name("raw", 3), .source = below };
	const struct extent run = { 2, 3, EXTENT_DATA };
	uint8_t to[16];
	struct source *s = format_content(&c, &(struct node){ .content = CONTENT_EXTENTS, .extent = &run, .extents = 1 });
	assert_int_equal(source_read_at(s, 0, to, sizeof to, NULL), 3);
	assert_memory_equal(to, "234", 3);
	source_close(s);
	s = format_content(&c, &(struct node){ .content = CONTENT_INLINE, .inline_bytes = (const uint8_t *)"abc", .inline_length = 3 });
	assert_int_equal(source_read_at(s, 1, to, sizeof to, NULL), 2);
	source_close(s);
	assert_null(format_content(&c, &(struct node){ .content = CONTENT_NONE }));
	assert_null(format_content(&c, &(struct node){ .content = CONTENT_SEQUENTIAL }));
	source_close(below);
}

/* The raw row over parts of the given sizes; part k is filled with the letter 'a' + k. */
static struct container *raw_open_parts(struct log *log, size_t count, const char *const *name, const size_t *size, struct source **part)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *bytes = memory_new(size[i]);
		memset(bytes, (int)('a' + i), size[i]);
		part[i] = source_of_memory(bytes, size[i], true);
	}
	struct evidence_parts parts = { .source = part, .name = name, .count = count };
	struct opening o = { .source = part[0], .parts = &parts, .report = &log->reporter, .name = name[0], .name_length = strlen(name[0]) };
	return format_open(format_by_name("raw", 3), &o);
}

static void check_raw(size_t count, const char *const *name, const size_t *size, uint64_t media, const char *spots, const char *reported)
{
	struct log log = { .reporter = { .error = log_error, .note = log_note } };
	struct source *part[8];
	struct container *c = raw_open_parts(&log, count, name, size, part);
	struct node n;
	assert_int_equal(c->format->next(c, &n), 1);
	assert_true(n.size == media);
	struct source *s = format_content(c, &n);
	for (uint64_t at = 0; at < media; at += 512) {
		uint8_t byte = 9;
		bool taint = false;
		assert_int_equal(source_read_at(s, at, &byte, 1, &taint), 1);
		assert_int_equal(byte, spots[at / 512] == '.' ? 0 : spots[at / 512]);
		assert_int_equal(taint, spots[at / 512] == '.');
	}
	source_close(s);
	assert_int_equal(c->format->next(c, &n), 0);
	format_close(c);
	if (!strstr(buffer_string(&log.text), reported) || (!*reported && log.text.length))
		fail_msg("reported: %s", buffer_string(&log.text));
	for (size_t i = 0; i < count; i++)
		source_close(part[i]);
	buffer_free(&log.text);
}

static void split_raw_parts_are_never_shifted(void **state)
{
	(void)state;
	check_raw(3, (const char *[]){ "x.001", "x.002", "x.003" }, (size_t[]){ 1024, 1024, 512 }, 2560, "aabbc", "");
	/* a part that is not there comes as an empty one; jobs after the first have no names */
	check_raw(4, (const char *[]){ "x.001", "", "x.003", "x.004" }, (size_t[]){ 1024, 0, 1024, 512 }, 3584, "aa..ccd", "missing raw.part 1024 1024");
	check_raw(5, (const char *[]){ "", "", "", "", "" }, (size_t[]){ 1024, 0, 0, 1024, 512 }, 4608, "aa....dde", "missing raw.part 1024 2048");
	check_raw(4, (const char *[]){ "x.001", "x.002", "x.003", "x.004" }, (size_t[]){ 1024, 512, 1024, 512 }, 3584, "aab.ccd", "damage raw.part 1536 512");
	check_raw(1, (const char *[]){ "x.raw" }, (size_t[]){ 1023 }, 1023, "aa", "");
	/* three sizes, one part missing: where the last one belongs can't be known */
	check_raw(5, (const char *[]){ "x.001", "x.002", "x.003", "", "x.005" }, (size_t[]){ 1024, 512, 1536, 0, 512 }, 3072, "aabccc", "of unknown size missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_node_comes_back),
		cmocka_unit_test(everything_about_a_node_comes_back),
		cmocka_unit_test(content_inside_the_node_comes_back),
		cmocka_unit_test(too_many_extents_are_left_out_and_can_be_told),
		cmocka_unit_test(what_is_no_description_is_refused),
		cmocka_unit_test(rows_are_found_by_name_and_each_is_complete),
		cmocka_unit_test(the_strongest_signature_wins),
		cmocka_unit_test(reports_are_valid_text_of_any_length),
		cmocka_unit_test(content_is_a_source_of_the_nodes_bytes),
		cmocka_unit_test(split_raw_parts_are_never_shifted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
