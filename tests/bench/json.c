/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: records a second through our writer and reader against yajl and jansson, on the same records in the same run.
 *
 * Build: cc -O2 -Isrc tests/bench/json.c src/record/record_{build,view}.c src/record/json_{read,write}.c src/base/{text,timestamp,memory}.c -lyajl -ljansson
 * Prints CPU times and the ratio of each peer's to ours; absolute figures depend on the machine, the ratios little. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "record/record.h"

enum { RECORDS = 200000, ROUNDS = 5 };

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void build_event(struct buffer *out, unsigned i)
{
	struct timestamp t = time_from_filetime(133276686720000000 + (uint64_t)i * 12345678);
	struct record_builder r = record_begin(out, RECORD_EVENT);
	char path[64], locator[96];
	int path_length = snprintf(path, sizeof path, "/Windows/System32/file%u.dll", i);
	int locator_length = snprintf(locator, sizeof locator, "d.E01::gpt:2::ntfs:%s", path);
	record_time(&r, F_TIME, &t);
	record_text(&r, F_TIMESTAMP_DESC, "Content Modification Time", 25);
	record_text(&r, F_KIND, "file_modified", 7);
	record_text(&r, F_LOCATOR, locator, (size_t)locator_length);
	record_text(&r, F_MESSAGE_TEXT, "file modified", 13);
	record_text(&r, F_PATH, path, (size_t)path_length);
	record_flag(&r, F_ALLOCATED, true);
	record_end(&r);
}

/* Cyrillic names, a map, a list, raw bytes, escapes: what costs more than a plain record. */
static void build_rich(struct buffer *out, unsigned i)
{
	struct timestamp t = time_from_filetime(133276686720000000 + (uint64_t)i * 12345678);
	struct record_builder r = record_begin(out, RECORD_EVENT);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_TIMESTAMP_DESC, "Event Logged");
	record_string(&r, F_KIND, "evtx:process");
	record_string(&r, F_LOCATOR, "d.E01::gpt:2::ntfs:/Windows/System32/winevt/Logs/Security.evtx");
	record_number(&r, F_OFFSET, 65536 + i);
	record_string(&r, F_MESSAGE_TEXT, "Процесс \"powershell.exe\" запущен пользователем Анна Ли");
	record_list(&r, F_FLAGS);
	value_string(&r, NULL, "deleted");
	record_close(&r);
	record_map(&r, F_DATA);
	value_number(&r, "NewProcessId", i);
	value_string(&r, "CommandLine", "powershell.exe -nop -w hidden -enc \"SQBFAFgAIAAoAE4AZQB3\"\r\nC:\\Users\\ann");
	value_evidence_text(&r, "Subject", "caf\xe9", 4, TEXT_UTF8);
	value_big(&r, "LogonId", UINT64_C(0x3e7000000) + i);
	record_close(&r);
	record_end(&r);
}

struct data { struct buffer frames, lines; };

static void per_frame(struct data *d, bool open, bool json)
{
	struct record_view v;
	buffer_clear(&d->lines);
	for (size_t at = 0, length; at < d->frames.length; at += length) {
		length = record_frame_length(d->frames.data + at, d->frames.length - at);
		if (open && record_view_open(&v, d->frames.data + at, length))
			abort();
		if (json)
			record_to_json(&d->lines, &v);
	}
}

/* Writing alone: one frame in so many is opened, and written as often. */
static void write_only(struct data *d)
{
	enum { EACH = 50 };
	struct record_view v;
	size_t number = 0;
	buffer_clear(&d->lines);
	for (size_t at = 0, length; at < d->frames.length; at += length) {
		length = record_frame_length(d->frames.data + at, d->frames.length - at);
		if (number++ % EACH == 0 && record_view_open(&v, d->frames.data + at, length))
			abort();
		record_to_json(&d->lines, &v);
	}
}

static void per_line(struct data *d, void (*use)(struct buffer *, const char *, size_t))
{
	struct buffer scratch = { 0 };
	const char *at = (const char *)d->lines.data, *end = at + d->lines.length;
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		use(&scratch, at, (size_t)(feed - at));
		at = feed + 1;
	}
	buffer_free(&scratch);
}

static void read_ours(struct buffer *scratch, const char *line, size_t length)
{
	buffer_clear(scratch);
	if (record_from_json(scratch, line, length))
		abort();
}

static void read_ours_and_open(struct buffer *scratch, const char *line, size_t length)
{
	struct record_view v;
	read_ours(scratch, line, length);
	if (record_view_open(&v, scratch->data, scratch->length))
		abort();
}

static void read_jansson(struct buffer *scratch, const char *line, size_t length)
{
	(void)scratch;
	json_t *tree = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
	if (!tree)
		abort();
	json_decref(tree);
}

static int on_any(void *context) { ++*(size_t *)context; return 1; }
static int on_boolean(void *context, int v) { (void)v; return on_any(context); }
static int on_text(void *context, const unsigned char *text, size_t length) { *(size_t *)context += text[length ? length - 1 : 0]; return 1; }
static int on_number(void *context, const char *text, size_t length) { *(size_t *)context += (size_t)text[length - 1]; return 1; }
static const yajl_callbacks CALLBACKS = { on_any, on_boolean, NULL, NULL, on_number, on_text, on_any, on_text, on_any, on_any, on_any };

static void read_yajl(struct buffer *scratch, const char *line, size_t length)
{
	size_t sum = 0;
	(void)scratch;
	yajl_handle h = yajl_alloc(&CALLBACKS, NULL, &sum);
	if (yajl_parse(h, (const unsigned char *)line, length) != yajl_status_ok || yajl_complete_parse(h) != yajl_status_ok)
		abort();
	yajl_free(h);
}

static void gen_text(yajl_gen g, const char *text, size_t length)
{
	yajl_gen_string(g, (const unsigned char *)text, length);
}

static void gen_value(yajl_gen g, const struct record_value *v)
{
	struct buffer text = { 0 };
	struct record_value entry;
	struct timestamp t;
	size_t length, at = 0, key_length;
	const char *key, *shown = record_value_text(v, &length);
	if (shown)
		gen_text(g, shown, length);
	else if (v->kind == VALUE_FLAG)
		yajl_gen_bool(g, (int)record_value_number(v));
	else if (v->kind == VALUE_NUMBER)
		yajl_gen_integer(g, (long long)record_value_number(v));
	else if (v->kind == VALUE_LIST || v->kind == VALUE_MAP) {
		bool map = v->kind == VALUE_MAP;
		map ? yajl_gen_map_open(g) : yajl_gen_array_open(g);
		while (record_next(v, &at, &key, &key_length, &entry)) {
			if (map)
				gen_text(g, key, key_length);
			gen_value(g, &entry);
		}
		map ? yajl_gen_map_close(g) : yajl_gen_array_close(g);
	} else {
		if (record_value_time(v, &t))
			time_format(&text, &t);
		else
			buffer_decimal(&text, record_value_number(v));
		gen_text(g, (const char *)text.data, text.length);
	}
	buffer_free(&text);
}

/* The same views through yajl's generator: what it costs to open a frame is in both. */
static void write_yajl(struct data *d)
{
	struct record_view v;
	yajl_gen g = yajl_gen_alloc(NULL);
	const unsigned char *text;
	size_t text_length, sum = 0;
	for (size_t at = 0, length; at < d->frames.length; at += length) {
		length = record_frame_length(d->frames.data + at, d->frames.length - at);
		if (record_view_open(&v, d->frames.data + at, length))
			abort();
		yajl_gen_map_open(g);
		for (unsigned f = 0; f < RECORD_FIELDS; f++)
			if (record_has(&v, f) && v.field[f].kind != VALUE_INTERNAL) {
				gen_text(g, record_field_key(f), strlen(record_field_key(f)));
				gen_value(g, &v.field[f]);
			}
		yajl_gen_map_close(g);
		yajl_gen_get_buf(g, &text, &text_length);
		sum += text_length;
		yajl_gen_clear(g);
		yajl_gen_reset(g, NULL);
	}
	yajl_gen_free(g);
	if (sum == 0)
		abort();
}

enum step { BUILD, OPEN, WRITE_ONLY, WRITE, WRITE_YAJL, READ, READ_OPEN, READ_YAJL, READ_JANSSON, STEPS };
static const char *const NAMES[STEPS] = { "build", "open", "write", "open, write", "open, write by yajl", "read", "read, open", "read by yajl (events only)", "read by jansson" };

static void run(enum step step, struct data *d, void (*build)(struct buffer *, unsigned))
{
	switch (step) {
	case BUILD:
		buffer_clear(&d->frames);
		for (unsigned i = 0; i < RECORDS; i++)
			build(&d->frames, i);
		break;
	case OPEN: per_frame(d, true, false); break;
	case WRITE_ONLY: write_only(d); break;
	case WRITE: per_frame(d, true, true); break;
	case WRITE_YAJL: write_yajl(d); break;
	case READ: per_line(d, read_ours); break;
	case READ_OPEN: per_line(d, read_ours_and_open); break;
	case READ_YAJL: per_line(d, read_yajl); break;
	case READ_JANSSON: per_line(d, read_jansson); break;
	default: break;
	}
}

int main(void)
{
	static const struct { const char *name; void (*build)(struct buffer *, unsigned); } SETS[] = { { "plain", build_event }, { "rich", build_rich } };
	for (size_t s = 0; s < 2; s++) {
		struct data d = { 0 };
		double best[STEPS];
		for (int round = 0; round < ROUNDS; round++)
			for (enum step step = 0; step < STEPS; step++) {
				double start = cpu_seconds();
				run(step, &d, SETS[s].build);
				double took = cpu_seconds() - start;
				if (round == 0 || took < best[step])
					best[step] = took;
			}
		printf("%s records: %zu bytes a line, %zu a frame\n", SETS[s].name, d.lines.length / RECORDS, d.frames.length / RECORDS);
		for (enum step step = 0; step < STEPS; step++) {
			enum step ours = step == WRITE_YAJL ? WRITE : step > READ_OPEN ? READ : step;
			printf("  %-28s %6.1f ns a record  %6.2f M/s", NAMES[step], best[step] / RECORDS * 1e9, RECORDS / best[step] / 1e6);
			printf(ours != step ? "  %5.1f times ours\n" : "\n", best[step] / best[ours]);
		}
		buffer_free(&d.frames);
		buffer_free(&d.lines);
	}
	return 0;
}
