/* SPDX-License-Identifier: Apache-2.0 */
/* dbx.c: stores of Outlook Express that the test writes itself: tree, chains, deleted messages, circles, damage. */
#include "tests/unit/store_harness.h"

extern const struct format format_dbx;

enum { PAGE_AT = 0x400, INFO_AT = 0x800, BLOCK_AT = 0x1000, BLOCK = 0x210, SIZE = BLOCK_AT + 8 * BLOCK };

static uint8_t file[SIZE];

static void put(size_t at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		file[at + i] = (uint8_t)(v >> 8 * i);
}

static uint32_t block_offset(unsigned n) { return BLOCK_AT + n * BLOCK; }

static void start(uint8_t kind)
{
	static const uint8_t class[16] = { 0xcf, 0xad, 0x12, 0xfe, 0xc5, 0xfd, 0x74, 0x6f, 0x66, 0xe3, 0xd1, 0x11, 0x9a, 0x4e, 0x00, 0xc0 };
	memset(file, 0, SIZE);
	memcpy(file, class, sizeof class);
	file[4] = kind;
	put(0xe4, PAGE_AT);
	put(PAGE_AT, PAGE_AT);
}

static void page_entry(unsigned n, uint32_t info)
{
	file[PAGE_AT + 17] = (uint8_t)(n + 1);
	put(PAGE_AT + 24 + n * 12, info);
}

/* An info of three fields: flags (direct), first block (direct), subject. */
static void message_info(uint32_t at, uint32_t flags, uint32_t first, const char *subject)
{
	put(at, at);
	put(at + 4, 12 + (uint32_t)strlen(subject) + 1);
	file[at + 10] = 3;
	put(at + 12, 0x81 | flags << 8);
	put(at + 16, 0x84 | first << 8);
	put(at + 20, 8);
	memcpy(file + at + 24, subject, strlen(subject) + 1);
}

static void live_block(unsigned n, unsigned next, const char *text)
{
	put(block_offset(n), block_offset(n));
	put(block_offset(n) + 4, 0x200);
	put(block_offset(n) + 8, (uint32_t)strlen(text));
	put(block_offset(n) + 12, next ? block_offset(next) : 0);
	memcpy(file + block_offset(n) + 16, text, strlen(text));
}

static void deleted_block(unsigned n, unsigned next, const char *text)
{
	put(block_offset(n), block_offset(n));
	put(block_offset(n) + 4, 0x1fc);
	put(block_offset(n) + 8, 0x210);
	put(block_offset(n) + 12, next ? block_offset(next) : 0);
	memcpy(file + block_offset(n) + 20, text, strlen(text));
}

static const char *listed(void) { return store_list(&format_dbx, file, SIZE, "Inbox.dbx"); }

static void dbx_a_chain_of_blocks_is_a_message(void **state)
{
	(void)state;
	start(0xc5);
	page_entry(0, INFO_AT);
	message_info(INFO_AT, 0x80, block_offset(2), "hello");
	live_block(2, 1, "From: a@b\r\n");
	live_block(1, 0, "\r\ntext\r\n");
	assert_string_equal(listed(), "dbx:5152 message read hello|From: a@b\r\n\r\ntext\r\n\n");
	assert_string_equal(buffer_string(&store_told), "note/dbx.counts ");
}

static void dbx_blocks_without_info_are_recovered(void **state)
{
	(void)state;
	start(0xc5);
	live_block(0, 1, "From: a");
	live_block(1, 0, "@b\r\n");
	deleted_block(3, 4, "m: c@d\r\n");
	deleted_block(4, 0, "more");
	const char *lines = listed();
	assert_non_null(strstr(lines, "dbx:4096 message recovered |From: a@b\r\n"));
	assert_non_null(strstr(lines, "dbx:5680 message recovered,deleted |m: c@d\r\n"));
	assert_null(strstr(lines, "dbx:6208"));
	/* the head of the first block's data is gone, of the second four zeros stand for it */
	struct source *s = source_of_memory(file, SIZE, false);
	struct container *c = store_open(&format_dbx, s, "");
	struct node n;
	struct buffer content = { 0 };
	while (format_dbx.next(c, &n) > 0)
		if (!n.allocated)
			store_content(c, &n, &content);
	assert_int_equal(content.length, 0x1fc + 4 + 0x1fc);
	assert_memory_equal(content.data + 0x1fc, "\0\0\0\0more", 8);
	buffer_free(&content);
	format_close(c);
	source_close(s);
}

static void dbx_circles_and_shared_blocks_end(void **state)
{
	(void)state;
	start(0xc5);
	page_entry(0, INFO_AT);
	page_entry(1, INFO_AT + 0x100);
	message_info(INFO_AT, 0, block_offset(1), "one");
	message_info(INFO_AT + 0x100, 0, block_offset(1), "two");
	live_block(1, 2, "a");
	live_block(2, 3, "b");
	live_block(3, 2, "c");          /* back to the second */
	live_block(5, 6, "d");          /* a circle of its own */
	live_block(6, 5, "e");
	live_block(7, 7, "f");
	const char *lines = listed();
	assert_non_null(strstr(lines, "dbx:4624 message  one|abc\n"));
	assert_non_null(strstr(lines, "dbx:#2304 message partial two|\n"));
	assert_non_null(strstr(lines, "dbx:6736 message recovered |de\n"));
	assert_non_null(strstr(lines, "dbx:7792 message recovered |f\n"));
	assert_non_null(strstr(buffer_string(&store_told), "damage/dbx.block"));
}

static void dbx_a_tree_that_leads_back_ends(void **state)
{
	(void)state;
	start(0xc5);
	put(PAGE_AT + 8, PAGE_AT);
	page_entry(0, INFO_AT);
	put(PAGE_AT + 28, PAGE_AT);
	message_info(INFO_AT, 0, block_offset(1), "one");
	live_block(1, 0, "a");
	assert_string_equal(listed(), "dbx:4624 message  one|a\n");
	assert_string_equal(buffer_string(&store_told), "damage/dbx.page damage/dbx.page note/dbx.counts ");
}

static void dbx_infos_that_lie_are_told(void **state)
{
	(void)state;
	start(0xc5);
	page_entry(0, INFO_AT);
	page_entry(1, SIZE - 4);
	message_info(INFO_AT, 0, 4, "no block there");
	assert_string_equal(listed(), "dbx:#2048 message partial no block there|\n");
	assert_string_equal(buffer_string(&store_told), "damage/dbx.block damage/dbx.info note/dbx.counts ");
	put(INFO_AT + 4, 0xffffff);
	listed();
	assert_string_equal(buffer_string(&store_told), "damage/dbx.info damage/dbx.info note/dbx.counts ");
}

static void dbx_folders_are_named(void **state)
{
	(void)state;
	static const char text[] = "Inbox\0Inbox.dbx";
	start(0xc6);
	page_entry(0, INFO_AT);
	put(INFO_AT, INFO_AT);
	put(INFO_AT + 4, 16 + sizeof text);
	file[INFO_AT + 10] = 4;
	put(INFO_AT + 12, 0x80 | 4 << 8);
	put(INFO_AT + 16, 0x81 | 1 << 8);
	put(INFO_AT + 20, 2);
	put(INFO_AT + 24, 3 | 6 << 8);
	memcpy(file + INFO_AT + 28, text, sizeof text);
	assert_string_equal(listed(), "dbx:#2048 folder  Inbox|\n");
	struct source *s = source_of_memory(file, SIZE, false);
	struct container *c = store_open(&format_dbx, s, "Folders.dbx");
	struct node n;
	assert_int_equal(format_dbx.next(c, &n), 1);
	assert_string_equal(n.target, "Inbox.dbx");
	assert_string_equal(n.parent, "1");
	format_close(c);
	source_close(s);
}

static unsigned bits(size_t length, const char *name)
{
	struct source *s = source_of_memory(file, length, false);
	struct probe p = { .source = s, .head = file, .head_length = length, .name = name, .name_length = strlen(name) };
	unsigned bits = format_dbx.probe(&p);
	source_close(s);
	return bits;
}

static void dbx_probe_knows_damaged_heads(void **state)
{
	(void)state;
	start(0xc5);
	assert_true(bits(SIZE, "") > 64);
	memset(file, 0, 8);
	assert_true(bits(SIZE, "") > 0);
	memset(file, 0, 16);
	assert_int_equal(bits(SIZE, ""), 0);
	assert_true(bits(SIZE, "Inbox.dbx") > 0);
	assert_int_equal(bits(8, "Inbox.dbx"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dbx_a_chain_of_blocks_is_a_message),
		cmocka_unit_test(dbx_blocks_without_info_are_recovered),
		cmocka_unit_test(dbx_circles_and_shared_blocks_end),
		cmocka_unit_test(dbx_a_tree_that_leads_back_ends),
		cmocka_unit_test(dbx_infos_that_lie_are_told),
		cmocka_unit_test(dbx_folders_are_named),
		cmocka_unit_test(dbx_probe_knows_damaged_heads),
	};
	return cmocka_run_group_tests(tests, NULL, store_release);
}
