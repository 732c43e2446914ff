/* SPDX-License-Identifier: Apache-2.0 */
/* pst.c: the decoders of a PST from hand-made bytes, and a whole small store that the test writes itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/mail/pst.h"

extern const struct format format_pst;

static void le(uint8_t *to, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void pst_checksum_begins_with_zero_and_is_not_inverted(void **state)
{
	(void)state;
	static const uint8_t zero[16];
	assert_int_equal(pst_crc(zero, sizeof zero), 0);
	assert_int_equal(pst_crc("123456789", 9), 0x2dfd2d88);
}

static void pst_signature_folds_place_and_number(void **state)
{
	(void)state;
	assert_int_equal(pst_signature(0x4400, 0x4400), 0);
	assert_int_equal(pst_signature(0x12340000, 0x0004), 0x1234 ^ 4);
	assert_int_equal(pst_signature(UINT64_C(0x100004600), 8), 0x4608);
}

static void pst_permutation_is_undone(void **state)
{
	(void)state;
	struct pst p = { 0 };
	pst_layout(&p, PST_UNICODE);
	uint8_t bytes[3] = { 0x41, 0x36, 0x13 };        /* of 0, 1, 2 */
	pst_decode(&p, PST_PERMUTE, 4, bytes, sizeof bytes);
	assert_memory_equal(bytes, "\0\1\2", 3);
}

static void pst_cyclic_is_its_own_inverse(void **state)
{
	(void)state;
	struct pst p = { 0 };
	uint8_t bytes[700], before[700];
	pst_layout(&p, PST_UNICODE);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = before[i] = (uint8_t)(i * 7);
	pst_decode(&p, PST_CYCLIC, 0x1234fffe, bytes, sizeof bytes);
	assert_memory_not_equal(bytes, before, sizeof bytes);
	pst_decode(&p, PST_CYCLIC, 0x1234fffe, bytes, sizeof bytes);
	assert_memory_equal(bytes, before, sizeof bytes);
}

/* ---- a store: Unicode, not encoded; what is at which offset is the test's own choice */

enum { SIZE = 0x8000, NBT = 0x6000, BBT = 0x6200 };
struct store { uint8_t bytes[SIZE]; size_t next; struct { uint64_t bid, offset; uint16_t size; } block[16]; size_t blocks; struct { uint32_t nid, parent; uint64_t data; } node[16]; size_t nodes; };

static void block_put(struct store *s, uint64_t bid, const uint8_t *bytes, uint16_t size, bool listed)
{
	size_t total = (size + 16u + 63u) / 64 * 64;
	uint8_t *at = s->bytes + s->next, *t = at + total - 16;
	memcpy(at, bytes, size);
	le(t, size, 2);
	le(t + 2, pst_signature(s->next, bid), 2);
	le(t + 4, pst_crc(bytes, size), 4);
	le(t + 8, bid, 8);
	if (listed) {
		s->block[s->blocks].bid = bid;
		s->block[s->blocks].offset = s->next;
		s->block[s->blocks++].size = size;
	}
	s->next += total;
}

struct value { unsigned id, type; const void *bytes; size_t length; };

static uint16_t context_of(uint8_t *to, const struct value *value, size_t count)
{
	uint16_t start[20] = { 12 };
	size_t at = 12;
	memset(to, 0, 1024);
	to[2] = 0xec;
	to[3] = 0xbc;
	le(to + 4, 0x20, 4);
	memcpy(to + at, "\xb5\2\6\0\x40\0\0\0", 8);
	at += 8;
	start[1] = (uint16_t)at;
	for (size_t i = 0; i < count; i++, at += 8) {
		le(to + at, value[i].id, 2);
		le(to + at + 2, value[i].type, 2);
		le(to + at + 4, (i + 3) << 5, 4);
	}
	start[2] = (uint16_t)at;
	for (size_t i = 0; i < count; i++) {
		memcpy(to + at, value[i].bytes, value[i].length);
		at += value[i].length;
		start[i + 3] = (uint16_t)at;
	}
	at += at & 1;
	le(to, at, 2);
	le(to + at, count + 2, 2);
	for (size_t i = 0; i < count + 3; i++)
		le(to + at + 4 + 2 * i, start[i], 2);
	return (uint16_t)(at + 4 + 2 * (count + 3));
}

/* A property context of texts: pairs of id and ASCII text. */
static uint16_t context(uint8_t *to, const unsigned *id, const char *const *text, size_t count)
{
	static uint8_t wide[16][256];
	struct value value[16];
	memset(wide, 0, sizeof wide);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; text[i][k]; k++)
			wide[i][2 * k] = (uint8_t)text[i][k];
		value[i] = (struct value){ id[i], 0x1f, wide[i], 2 * strlen(text[i]) };
	}
	return context_of(to, value, count);
}

static void node_put(struct store *s, uint32_t nid, uint32_t parent, uint64_t data)
{
	s->node[s->nodes].nid = nid;
	s->node[s->nodes].parent = parent;
	s->node[s->nodes++].data = data;
}

static void page_end(struct store *s, size_t at, uint8_t type, uint8_t entries, uint8_t size, uint64_t bid)
{
	uint8_t *page = s->bytes + at;
	page[488] = entries;
	page[489] = 15;
	page[490] = size;
	page[496] = page[497] = type;
	le(page + 498, pst_signature(at, bid), 2);
	le(page + 500, pst_crc(page, 496), 4);
	le(page + 504, bid, 8);
}

static struct store *store_make(void)
{
	static const unsigned folder_id[] = { 0x3001 }, message_id[] = { 0x001a, 0x0037, 0x1000 };
	struct store *s = memory_new(sizeof *s);
	uint8_t bytes[1024];
	s->next = 0x5000;
	block_put(s, 4, bytes, context(bytes, folder_id, (const char *const[]){ "root" }, 1), true);
	block_put(s, 8, bytes, context(bytes, folder_id, (const char *const[]){ "In box" }, 1), true);
	block_put(s, 12, bytes, context(bytes, message_id, (const char *const[]){ "IPM.Note", "first", "the text of the first = one" }, 3), true);
	block_put(s, 16, bytes, context(bytes, message_id, (const char *const[]){ "IPM.Note", "thrown away", "gone" }, 3), false);
	node_put(s, NID_ROOT, NID_ROOT, 4);
	node_put(s, 0x8022, NID_ROOT, 8);
	node_put(s, 0x200024, 0x8022, 12);
	for (size_t i = 0; i < s->nodes; i++) {
		uint8_t *e = s->bytes + NBT + 32 * i;
		le(e, s->node[i].nid, 8);
		le(e + 8, s->node[i].data, 8);
		le(e + 24, s->node[i].parent, 4);
	}
	page_end(s, NBT, 0x81, (uint8_t)s->nodes, 32, 101);
	for (size_t i = 0; i < s->blocks; i++) {
		uint8_t *e = s->bytes + BBT + 24 * i;
		le(e, s->block[i].bid, 8);
		le(e + 8, s->block[i].offset, 8);
		le(e + 16, s->block[i].size, 2);
		le(e + 18, 2, 2);
	}
	page_end(s, BBT, 0x80, (uint8_t)s->blocks, 24, 102);
	memcpy(s->bytes, "!BDN", 4);
	memcpy(s->bytes + 8, "SM\x17\0\x13\0", 6);
	le(s->bytes + 184, SIZE, 8);
	le(s->bytes + 216, 101, 8);
	le(s->bytes + 224, NBT, 8);
	le(s->bytes + 232, 102, 8);
	le(s->bytes + 240, BBT, 8);
	le(s->bytes + 4, pst_crc(s->bytes + 8, 471), 4);
	return s;
}

static struct buffer listed, counts;
static unsigned errors;

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length, (void)message;
	errors++;
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)offset, (void)length;
	if (!strcmp(kind, "pst.counts"))
		buffer_format(&counts, "%s %s|", step ? step : "-", message);
}

/* "step kind flags|" for each node. */
static const char *list(struct store *s, size_t size)
{
	struct reporter reporter = { .error = on_error, .note = on_note };
	struct source *source = source_of_memory(s->bytes, size, false);
	struct opening o = { .source = source, .report = &reporter };
	struct node n;
	buffer_clear(&listed);
	buffer_clear(&counts);
	errors = 0;
	struct container *c = format_open(&format_pst, &o);
	while (c && format_pst.next(c, &n) > 0) {
		buffer_format(&listed, "%s %s", n.step, node_kind_name(n.kind));
		for (unsigned i = 0; i < n.flag_count; i++)
			buffer_format(&listed, " %s", n.flags[i]);
		buffer_text(&listed, "|");
	}
	if (c)
		format_close(c);
	source_close(source);
	return buffer_string(&listed);
}

static void pst_store_gives_folders_messages_and_what_was_deleted(void **state)
{
	(void)state;
	struct store *s = store_make();
	assert_string_equal(list(s, SIZE), "pst:#290 folder|pst:/In%20box folder|pst:/In%20box/2097188 message|pst:#b16-20864 message recovered block_only|");
	assert_int_equal(errors, 0);
	assert_string_equal(buffer_string(&counts), "pst:/In%20box messages: 0 declared, 1 given, 0 failed, 0 associated, 0 recovered|"
	                    "- messages: 0 declared, 1 given, 0 failed, 0 associated, 1 recovered|");
	free(s);
}

static void pst_steps_find_and_content_is_a_message(void **state)
{
	(void)state;
	static const struct { const char *step; const char *subject, *text; } rows[] = {
		{ "x::pst:/In%20box/2097188", "Subject: first\n", "the text of the first =3D one=\n" },
		{ "x::pst:#2097188", "Subject: first\n", "the text of the first =3D one=\n" },
		{ "x::pst:#b16-20864", "Subject: thrown away\n", "gone=\n" },
	};
	struct store *s = store_make();
	struct source *source = source_of_memory(s->bytes, SIZE, false);
	struct opening o = { .source = source };
	struct container *c = format_open(&format_pst, &o);
	struct locator l;
	struct node n;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_null(locator_parse(&l, rows[i].step, strlen(rows[i].step)));
		assert_true(format_pst.find(c, &l.step[0], &n));
		struct source *content = format_content(c, &n);
		assert_non_null(content);
		char *text = memory_copy(content->memory, (size_t)content->size);
		assert_non_null(strstr(text, rows[i].subject));
		assert_non_null(strstr(text, rows[i].text));
		free(text);
		source_close(content);
	}
	static const char *const nowhere[] = { "x::pst:/In%20box/2097220", "x::pst:/Inbox/2097188", "x::pst:#b16-20480", "x::pst:#1", "x::pst:#2097188-" };
	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
		assert_null(locator_parse(&l, nowhere[i], strlen(nowhere[i])));
		assert_false(format_pst.find(c, &l.step[0], &n));
	}
	format_close(c);
	source_close(source);
	free(s);
}

/* The list of the heap's allocations, or the tree in it, is damaged: the records are found in their row, and what still has a place has its value. */
static void pst_properties_without_their_tree_are_found(void **state)
{
	(void)state;
	static const unsigned id[] = { 0x001a, 0x0037, 0x0e1d, 0x1000 };
	for (unsigned damage = 0; damage < 3; damage++) {
		struct store *s = store_make();
		uint8_t bytes[1024];
		uint16_t size = context(bytes, id, (const char *const[]){ "IPM.Note", "kept", "kept", "the text" }, 4);
		size_t map = (size_t)bytes[0] | (size_t)bytes[1] << 8;
		if (damage == 0)
			memset(bytes + map + 4, 0xff, 6);       /* ends of the tree's header and of its records */
		else if (damage == 1)
			memset(bytes + 12, 0xff, 8);            /* the tree's header */
		else
			memset(bytes, 0xff, 2);                 /* where the list is */
		s->next = 0x6400;
		block_put(s, 32, bytes, size, true);
		uint8_t *e = s->bytes + BBT + 24 * (s->blocks - 1);
		le(e, 32, 8);
		le(e + 8, 0x6400, 8);
		le(e + 16, size, 2);
		page_end(s, BBT, 0x80, (uint8_t)s->blocks, 24, 102);
		le(s->bytes + NBT + 64 + 8, 32, 8);
		page_end(s, NBT, 0x81, 3, 32, 101);
		struct source *source = source_of_memory(s->bytes, SIZE, false);
		struct container *c = format_open(&format_pst, &(struct opening){ .source = source });
		struct locator l;
		struct node n;
		assert_null(locator_parse(&l, "x::pst:#2097188", 15));
		assert_true(format_pst.find(c, &l.step[0], &n));
		struct source *content = format_content(c, &n);
		assert_non_null(content);
		char *text = memory_copy(content->memory, (size_t)content->size);
		assert_non_null(strstr(text, "Subject: kept\n"));
		assert_non_null(strstr(text, "the text"));
		free(text);
		source_close(content);
		format_close(c);
		source_close(source);
		free(s);
	}
}

/* The live message has a property 0x8005; the store's table of names says that it is the file of a reminder's sound. */
static void pst_reminder_file_is_shown(void **state)
{
	(void)state;
	static const unsigned id[] = { 0x001a, 0x0037, 0x8005, 0x8006 };
	uint8_t names[16] = { 0x1f, 0x85, 0, 0, 3 << 1, 0, 5, 0, 0x03, 0x85, 0, 0, 9 << 1, 0, 6, 0 }, bytes[1024];
	struct store *s = store_make();
	s->next = 0x6400;
	block_put(s, 28, bytes, context_of(bytes, (struct value[]){ { 2, 0x102, mapi_set_common, 16 }, { 3, 0x102, names, sizeof names } }, 2), true);
	block_put(s, 32, bytes, context(bytes, id, (const char *const[]){ "IPM.Task", "later", "\\\\203.0.113.5\\a.wav", "of no set" }, 4), true);
	for (size_t i = s->blocks - 2; i < s->blocks; i++) {
		uint8_t *e = s->bytes + BBT + 24 * i;
		le(e, s->block[i].bid, 8);
		le(e + 8, s->block[i].offset, 8);
		le(e + 16, s->block[i].size, 2);
	}
	page_end(s, BBT, 0x80, (uint8_t)s->blocks, 24, 102);
	le(s->bytes + NBT + 64 + 8, 32, 8);
	le(s->bytes + NBT + 96, NID_NAMES, 8);
	le(s->bytes + NBT + 96 + 8, 28, 8);
	page_end(s, NBT, 0x81, 4, 32, 101);
	struct source *source = source_of_memory(s->bytes, SIZE, false);
	struct container *c = format_open(&format_pst, &(struct opening){ .source = source });
	struct locator l;
	struct node n;
	assert_null(locator_parse(&l, "x::pst:#2097188", 15));
	assert_true(format_pst.find(c, &l.step[0], &n));
	struct source *content = format_content(c, &n);
	char *text = memory_copy(content->memory, (size_t)content->size);
	assert_non_null(strstr(text, "X-MAPI-Reminder-File: \\\\203.0.113.5\\a.wav\n"));
	assert_null(strstr(text, "of no set"));
	free(text);
	source_close(content);
	format_close(c);
	source_close(source);
	free(s);
}

static void pst_without_header_or_trees_still_gives_its_messages(void **state)
{
	(void)state;
	struct store *s = store_make();
	memset(s->bytes, 0, 600);
	assert_string_equal(list(s, SIZE), "pst:#290 folder|pst:/In%20box folder|pst:#2097188 message recovered|pst:#b16-20864 message recovered block_only|");
	assert_true(errors > 0);
	memset(s->bytes + NBT, 0, 1024);
	list(s, SIZE);
	assert_non_null(strstr((const char *)listed.data, "pst:#b12-"));
	assert_non_null(strstr((const char *)listed.data, "pst:#b16-"));
	free(s);
}

static void pst_tree_that_points_at_itself_ends(void **state)
{
	(void)state;
	struct store *s = store_make();
	uint8_t *page = s->bytes + NBT;
	le(page + 8, 101, 8);
	le(page + 16, NBT, 8);
	page[488] = 1;
	page[490] = 24;
	page[491] = 1;
	le(page + 500, pst_crc(page, 496), 4);
	list(s, SIZE);
	assert_true(errors > 0);
	assert_non_null(strstr((const char *)listed.data, "pst:#b12-"));
	free(s);
}

static void pst_folder_that_is_its_own_parent_is_an_orphan(void **state)
{
	(void)state;
	struct store *s = store_make();
	le(s->bytes + NBT + 32 + 24, 0x8022, 4);
	le(s->bytes + NBT + 500, pst_crc(s->bytes + NBT, 496), 4);
	list(s, SIZE);
	assert_non_null(strstr((const char *)listed.data, "pst:#32802 folder|pst:#2097188 message|"));
	free(s);
}

static void pst_block_list_that_names_itself_is_refused(void **state)
{
	(void)state;
	struct store *s = store_make();
	uint8_t bytes[16] = { 1, 2, 1, 0, 0xf0, 0xff, 0xff, 0xff };
	le(bytes + 8, 22, 8);
	s->next = 0x6400;
	block_put(s, 22, bytes, sizeof bytes, true);
	uint8_t *e = s->bytes + BBT + 24 * 3;
	le(e, 22, 8);
	le(e + 8, 0x6400, 8);
	le(e + 16, 16, 2);
	page_end(s, BBT, 0x80, 4, 24, 102);
	le(s->bytes + NBT + 64 + 8, 22, 8);
	page_end(s, NBT, 0x81, 3, 32, 101);
	list(s, SIZE);
	assert_non_null(strstr((const char *)listed.data, "pst:/In%20box/2097188 message damaged|"));
	assert_true(errors > 0);
	free(s);
}

/* The first read that meets a wrong trailer has the whole file scanned, and the tables move under whoever walks them. */
static void pst_wrong_trailer_in_a_sound_tree_is_looked_for(void **state)
{
	(void)state;
	struct store *s = store_make();
	memset(s->bytes + 0x5000 + 48, 0xff, 16);               /* the trailer of the root folder's block */
	list(s, SIZE);
	assert_non_null(strstr((const char *)listed.data, "pst:#290 folder|pst:/In%20box folder|pst:/In%20box/2097188 message|"));
	assert_true(errors > 0);
	free(s);
}

static void pst_cut_anywhere_is_read(void **state)
{
	(void)state;
	struct store *s = store_make();
	for (size_t size = 0; size < SIZE; size += 61)
		list(s, size);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pst_checksum_begins_with_zero_and_is_not_inverted),
		cmocka_unit_test(pst_signature_folds_place_and_number),
		cmocka_unit_test(pst_permutation_is_undone),
		cmocka_unit_test(pst_cyclic_is_its_own_inverse),
		cmocka_unit_test(pst_store_gives_folders_messages_and_what_was_deleted),
		cmocka_unit_test(pst_steps_find_and_content_is_a_message),
		cmocka_unit_test(pst_properties_without_their_tree_are_found),
		cmocka_unit_test(pst_reminder_file_is_shown),
		cmocka_unit_test(pst_without_header_or_trees_still_gives_its_messages),
		cmocka_unit_test(pst_tree_that_points_at_itself_ends),
		cmocka_unit_test(pst_folder_that_is_its_own_parent_is_an_orphan),
		cmocka_unit_test(pst_block_list_that_names_itself_is_refused),
		cmocka_unit_test(pst_wrong_trailer_in_a_sound_tree_is_looked_for),
		cmocka_unit_test(pst_cut_anywhere_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
