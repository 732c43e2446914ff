/* SPDX-License-Identifier: Apache-2.0 */
/* l01.c: logical evidence built in memory: files, folders, a second segment, what its tree says wrongly, and what must not be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "format/format.h"

extern const struct format format_l01, format_lvf;

enum { CHUNK = 64 * 512, MEDIA = 1000, TREE_HEADER = 48 };
#define KEYS "mid\tls\tbe\tcr\tac\twr\tmo\tdl\tha\tsha\tp\tn\tdu\topr\n"

struct evidence {
	struct buffer bytes;
	uint64_t tree;                          /* where the section's body begins */
	uint8_t media[MEDIA];
	struct reporter report;
	char said[1024];
};

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length, (void)message;
	struct evidence *e = (struct evidence *)(void *)((char *)r - offsetof(struct evidence, report));
	size_t n = strlen(e->said);
	snprintf(e->said + n, sizeof e->said - n, "%s:%s ", class, kind);
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static void segment_begin(struct buffer *b, unsigned number)
{
	uint8_t head[13] = "LVF\t\r\n\xff\0\1";
	put(head + 9, number, 2);
	buffer_append(b, head, sizeof head);
}

/* from: where the segment begins in b. The last section of a segment points to itself. */
static uint64_t section_put(struct buffer *b, size_t from, const char *type, const void *body, size_t length, bool last)
{
	uint8_t d[76] = { 0 };
	memcpy(d, type, strlen(type));
	uint64_t at = b->length - from;
	put(d + 16, last ? at : at + sizeof d + length, 8);
	put(d + 24, last ? 0 : sizeof d + length, 8);
	put(d + 72, hash_adler32(1, d, 72), 4);
	buffer_append(b, d, sizeof d);
	uint64_t start = b->length;
	buffer_append(b, body, length);
	return start;
}

static struct evidence *evidence_new(const char *tree, unsigned segments)
{
	struct evidence *e = memory_new(sizeof *e);
	e->report.error = on_error;
	struct buffer *b = &e->bytes, text = { 0 };
	size_t from = 0;
	for (size_t i = 0; i < MEDIA; i++)
		e->media[i] = i < 900 ? (uint8_t)(i * 7 + i / 256) : 0;
	segment_begin(b, 1);
	uint8_t volume[1052] = { 0x0e };
	put(volume + 8, 64, 4);
	put(volume + 12, 512, 4);
	put(volume + 16, 524160, 8);            /* as writers have it: more than there is */
	put(volume + 64, 0x1101, 8);
	put(volume + 1048, hash_adler32(1, volume, 1048), 4);
	section_put(b, from, "volume", volume, sizeof volume, false);
	uint8_t chunk[MEDIA + 4], table[24 + 4 + 4] = { 1 };
	memcpy(chunk, e->media, MEDIA);
	put(chunk + MEDIA, hash_adler32(1, chunk, MEDIA), 4);
	uint64_t data = section_put(b, from, "sectors", chunk, sizeof chunk, false);
	put(table + 20, hash_adler32(1, table, 20), 4);
	put(table + 24, data, 4);
	put(table + 28, hash_adler32(1, table + 24, 4), 4);
	section_put(b, from, "table", table, sizeof table, false);
	for (unsigned n = 2; n <= segments; n++) {
		section_put(b, from, "next", "", 0, true);
		from = b->length;
		segment_begin(b, n);
	}
	buffer_append(&text, (uint8_t[TREE_HEADER]){ 0 }, TREE_HEADER);
	for (const char *p = tree; *p; p++)
		buffer_u16le(&text, (uint8_t)*p);
	put(text.data + 16, text.length - TREE_HEADER, 8);
	struct hasher *h = hasher_new(HASH_MD5);
	hasher_update(h, text.data + TREE_HEADER, text.length - TREE_HEADER);
	hasher_finish(h);
	memcpy(text.data, hasher_digest(h, HASH_MD5), 16);
	hasher_free(h);
	e->tree = section_put(b, from, "ltree", text.data, text.length, false);
	section_put(b, from, "done", "", 0, true);
	buffer_free(&text);
	return e;
}

static void evidence_free(struct evidence *e)
{
	buffer_free(&e->bytes);
	free(e);
}

static struct container *open_it(struct evidence *e, struct source **source)
{
	*source = source_of_memory(e->bytes.data, e->bytes.length, false);
	return format_open(&format_l01, &(struct opening){ .source = *source, .report = &e->report });
}

static const char tree[] =
	"5\nrec\ntb\n1000\n\nentry\n1\t1\n" KEYS
	"26\t3\n\t\t\t\t\t\t\t\t\t\t1\tC\t\t\n"
	"26\t2\n\t\t\t\t\t\t\t\t\t\t1 \tUsers\t\t\n"
	"26\t0\n\t300\t2 64 c8 0 64\t1688029932\t1697763638\t1689578880\t\t\t0123456789ABCDEF0123456789ABCDEF\t0000000000000000000000000000000000000000\t\ta b.txt\t\t2\n"
	"26\t0\n\t100\t1 190 64\t\t\t\t\t\t\t\t\ttwin\t\t128\n"
	"26\t0\n\t100\t1 1f4 64\t\t\t\t\t\t\t\t\ttwo\t\t\n"
	"26\t0\n\t5000\t1 384 1\t\t\t\t\t\t\t\t\ttwo\t\t67108864\n"
	"\nmore\n";

static void bytes_are(struct container *c, const struct node *n, const uint8_t *wanted, size_t length)
{
	uint8_t got[6000];
	bool taint = false;
	struct source *s = format_content(c, n);
	assert_non_null(s);
	assert_int_equal(source_read_at(s, 0, got, sizeof got, &taint), length);
	assert_memory_equal(got, wanted, length);
	assert_false(taint);
	source_close(s);
}

static void files_have_what_the_tree_says(void **state)
{
	(void)state;
	for (unsigned segments = 1; segments <= 3; segments++) {
		struct evidence *e = evidence_new(tree, segments);
		struct source *source;
		struct container *c = open_it(e, &source);
		struct node n;
		assert_non_null(c);
		static const char *const steps[] = { "l01:/C", "l01:/C/Users", "l01:/C/Users/a%20b.txt", "l01:/C/Users/twin", "l01:/C/two", "l01:#6" };
		for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
			assert_int_equal(c->format->next(c, &n), 1);
			assert_string_equal(n.step, steps[i]);
			assert_int_equal(n.kind, i < 2 ? NODE_DIRECTORY : NODE_FILE);
		}
		assert_int_equal(c->format->next(c, &n), 0);
		struct locator_step step = { .name = { "/C/Users/a%20b.txt", 18 } };
		assert_true(c->format->find(c, &step, &n));
		uint8_t wanted[5000] = { 0 };
		memcpy(wanted, e->media + 100, 200);
		memcpy(wanted + 200, e->media, 100);
		bytes_are(c, &n, wanted, 300);
		assert_int_equal(n.time[NODE_CRTIME].seconds, 1688029932);
		assert_int_equal(n.time[NODE_MTIME].seconds, 1689578880);
		assert_int_equal(n.time[NODE_DTIME].state, TIME_UNSET);
		assert_string_equal(n.stored_md5, "0123456789abcdef0123456789abcdef");
		assert_null(n.stored_sha1);
		assert_string_equal(n.flags[0], "hidden");
		assert_string_equal(n.parent, "2");
		step.name.text = "/C/Users/twin";
		step.name.length = 13;
		assert_true(c->format->find(c, &step, &n));
		assert_false(n.allocated);
		step.name.text = "#6";
		step.name.length = 2;
		assert_true(c->format->find(c, &step, &n));
		assert_string_equal(n.flags[0], "sparse");
		memset(wanted, 0, sizeof wanted);
		bytes_are(c, &n, wanted, sizeof wanted);
		step.name.text = "/C/none";
		step.name.length = 7;
		assert_false(c->format->find(c, &step, &n));
		assert_string_equal(e->said, "");
		format_close(c);
		source_close(source);
		evidence_free(e);
	}
}

static void a_changed_tree_is_told_and_read(void **state)
{
	(void)state;
	struct evidence *e = evidence_new(tree, 1);
	struct source *source;
	uint8_t *name = memmem(e->bytes.data + e->tree, e->bytes.length - e->tree, "t\0w\0i\0n\0", 8);
	assert_non_null(name);
	name[0] = 'T';
	struct container *c = open_it(e, &source);
	struct node n;
	struct locator_step step = { .name = { "/C/Users/Twin", 13 } };
	assert_non_null(c);
	assert_true(c->format->find(c, &step, &n));
	bytes_are(c, &n, e->media + 400, 100);
	assert_string_equal(e->said, "damage:l01.tree ");
	format_close(c);
	source_close(source);
	evidence_free(e);
}

static void what_a_tree_can_t_mean_is_told(void **state)
{
	(void)state;
#define HEAD "5\nentry\n1\t1\n" KEYS
	static const struct { const char *text; size_t entries; const char *said; } rows[] = {
		{ "5\nrec\n", 0, "damage:l01.tree " },
		{ HEAD, 0, "damage:l01.tree " },
		{ HEAD "26\t9\n\t\t\t\t\t\t\t\t\t\t1\tC\t\t\n", 1, "damage:l01.tree " },
		{ HEAD "26\t18446744073709551615\n\t\t\n26\tx\n", 1, "damage:l01.tree " },
		{ HEAD "26\t0\n\t10\t1 ffffffff 10\t\t\t\t\t\t\t\t\tfar\t\t\n", 1, "missing:l01.extent " },
		{ HEAD "26\t0\n\t10\t1 0 1\t\t\t\t\t\t\t\t\tfill\t\t67108864\n", 1, "" },
		{ HEAD "26\t0\n\t10\t1 1 1\t\t\t\t\t\t\t\t\tfill\t\t67108864\n", 1, "unsupported:l01.sparse " },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct evidence *e = evidence_new(rows[i].text, 1);
		struct source *source;
		struct container *c = open_it(e, &source);
		struct node n;
		size_t entries = 0;
		assert_non_null(c);
		while (c->format->next(c, &n) == 1)
			entries++;
		assert_int_equal(entries, rows[i].entries);
		assert_string_equal(e->said, rows[i].said);
		format_close(c);
		source_close(source);
		evidence_free(e);
	}
}

static void no_tree_no_files(void **state)
{
	(void)state;
	struct evidence *e = evidence_new("", 1);
	struct source *source;
	assert_null(open_it(e, &source));
	assert_non_null(strstr(e->said, "damage:l01.tree "));
	source_close(source);
	e->said[0] = 0;
	e->bytes.length = 0;                    /* nor in no bytes at all */
	assert_null(open_it(e, &source));
	assert_string_equal(e->said, "damage:l01.tree ");
	source_close(source);
	evidence_free(e);
}

static void folders_too_deep_are_a_limit(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, "entry\n1\t1\n" KEYS);
	for (size_t i = 0; i < 3000; i++)
		buffer_text(&text, "26\t1\n\t\t\t\t\t\t\t\t\t\t1\td\t\t\n");
	struct evidence *e = evidence_new(buffer_string(&text), 1);
	struct source *source;
	struct container *c = open_it(e, &source);
	struct node n;
	assert_non_null(c);
	while (c->format->next(c, &n) == 1)
		;
	assert_string_equal(e->said, "limit:l01.depth ");
	format_close(c);
	source_close(source);
	evidence_free(e);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_have_what_the_tree_says),
		cmocka_unit_test(a_changed_tree_is_told_and_read),
		cmocka_unit_test(what_a_tree_can_t_mean_is_told),
		cmocka_unit_test(no_tree_no_files),
		cmocka_unit_test(folders_too_deep_are_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
