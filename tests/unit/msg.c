/* SPDX-License-Identifier: Apache-2.0 */
/* msg.c: messages of Outlook that the test writes itself. */
#include "tests/unit/mapi_harness.h"
#include "tests/unit/ole_builder.h"

extern const struct format format_msg;

#define MESSAGE "\x0b\x0d\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

static struct ole_built built;

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)offset, (void)length, (void)message;
	buffer_format(&told, "%s/%s ", class, kind);
}

static struct reporter reporter = { .error = on_error };

/* A text value, UTF-16. */
static void text(int storage, unsigned id, const char *value)
{
	size_t length = strlen(value);
	uint8_t *wide = arena_new(&arena, 2 * length + 1);
	for (size_t i = 0; i < length; i++)
		wide[2 * i] = (uint8_t)value[i];
	ole_build_stream(&built, storage, arena_format(&arena, "__substg1.0_%04X001F", id), wide, 2 * length);
}

static void bytes(int storage, unsigned id, unsigned type, const void *value, size_t length)
{
	ole_build_stream(&built, storage, arena_format(&arena, "__substg1.0_%04X%04X", id, type), value, length);
}

/* The stream of fixed values: head bytes, then { type, id, value } in threes, ended by type 0. */
static void fixed(int storage, size_t head, ...)
{
	struct buffer out = { 0 };
	va_list list;
	va_start(list, head);
	for (size_t i = 0; i < head; i++)
		buffer_byte(&out, 0);
	for (unsigned type; (type = va_arg(list, unsigned)) != 0;) {
		unsigned id = va_arg(list, unsigned);
		buffer_u32le(&out, id << 16 | type);
		buffer_u32le(&out, 6);
		buffer_u64le(&out, va_arg(list, uint64_t));
	}
	va_end(list);
	ole_build_stream(&built, storage, "__properties_version1.0", arena_copy(&arena, out.data, out.length), out.length);
	buffer_free(&out);
}

static void begin(void)
{
	memset(&built, 0, sizeof built);
	memcpy(built.clsid, MESSAGE, 16);
	buffer_clear(&told);
}

static int recipient(int storage, unsigned number, uint64_t kind, const char *name, const char *address)
{
	int r = ole_build_storage(&built, storage, arena_format(&arena, "__recip_version1.0_#%08X", number));
	fixed(r, 8, 3u, 0x0c15u, kind, 0u);
	text(r, 0x3001, name);
	text(r, 0x39fe, address);
	return r;
}

static int attachment(int storage, unsigned number, uint64_t method, const char *name)
{
	int a = ole_build_storage(&built, storage, arena_format(&arena, "__attach_version1.0_#%08X", number));
	fixed(a, 8, 3u, 0x3705u, method, 0u);
	text(a, 0x3707, name);
	return a;
}

static struct opened opened(void)
{
	struct probe p = { .head = file.data, .head_length = file.length < PROBE_HEAD ? file.length : PROBE_HEAD, .name = "a", .name_length = 1 };
	p.source = source_of_memory(file.data, file.length, false);
	assert_true(format_msg.probe(&p) > 64);
	source_close(p.source);
	return opened_as(&format_msg, &reporter, "a.msg", file.length);
}

static void msg_header_is_made_of_properties(void **state)
{
	(void)state;
	begin();
	text(0, 0x001a, "IPM.Note");
	text(0, 0x0037, "a subject");
	text(0, 0x0c1a, "Ann A");
	text(0, 0x5d01, "ann@example.org");
	text(0, 0x1000, "the text\r\n");
	recipient(0, 0, 1, "Bob", "bob@example.org");
	recipient(0, 7, 2, "Cid", "cid@example.org");
	fixed(0, 32, 0x40u, 0x0039u, UINT64_C(132223104000000000), 3u, 0x0e07u, UINT64_C(9), 0u);       /* 2020-01-01T00:00:00Z; read, draft */
	ole_build_finish(&built, &file);
	struct opened o = opened();
	const char *all = rendered(&o);
	has(all, "From: \"Ann A\" <ann@example.org>\n");
	has(all, "To: \"Bob\" <bob@example.org>\n");
	has(all, "Cc: \"Cid\" <cid@example.org>\n");
	has(all, "Subject: a subject\n");
	has(all, "Date: Wed, 1 Jan 2020 00:00:00 +0000\n");
	has(all, "X-MAPI-Message-Class: IPM.Note\n");
	has(all, "the text=0D\n");
	struct node n;
	struct locator_step step = { .format = { "msg", 3 }, .name = { "1", 1 } };
	assert_true(format_msg.find(o.container, &step, &n));
	assert_string_equal(n.flags[0], "read");
	assert_string_equal(n.flags[1], "draft");
	assert_false(n.tainted);
	step.name = (struct locator_part){ "2", 1 };
	assert_false(format_msg.find(o.container, &step, &n));
	assert_int_equal(format_msg.next(o.container, &n), 0);
	assert_int_equal(told.length, 0);
	closed(&o);
}

static void msg_header_that_came_with_it_stands_first(void **state)
{
	(void)state;
	begin();
	text(0, 0x007d, "Received: from a by b\r\nContent-Type: text/plain\r\nSubject: came\r\n\r\n");
	text(0, 0x0037, "kept");
	ole_build_finish(&built, &file);
	struct opened o = opened();
	const char *all = rendered(&o);
	static const char first[] = "Received: from a by b\nX-Original-Content-Type: text/plain\nSubject: came\nX-MAPI-Subject: kept\n";
	assert_memory_equal(all, first, sizeof first - 1);
	closed(&o);
}

static void msg_attachments_and_messages_in_it_are_parts(void **state)
{
	(void)state;
	begin();
	bytes(attachment(0, 0, 1, "a b.bin"), 0x3701, 0x102, "hello", 5);
	int holder = attachment(0, 4, 5, "inner");
	int inner = ole_build_storage(&built, holder, "__substg1.0_3701000D");
	text(inner, 0x0037, "inside");
	fixed(inner, 24, 0x40u, 0x0039u, UINT64_C(132223104000000000), 0u);
	bytes(attachment(inner, 0, 1, "deep"), 0x3701, 0x102, "deep", 4);
	attachment(0, 5, 2, "linked");
	int object = ole_build_storage(&built, attachment(0, 6, 6, "drawing"), "__substg1.0_3701000D");
	ole_build_stream(&built, ole_build_storage(&built, object, "sub"), "CONTENTS", "drawn", 5);
	attachment(0, 9, 1, "gone");
	ole_build_finish(&built, &file);
	struct opened o = opened();
	const char *all = rendered(&o);
	has(all, "filename*=utf-8''a%20b.bin\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n");
	has(all, "Content-Type: message/rfc822\nContent-Disposition: attachment; filename*=utf-8''inner\n");
	has(all, "access-type=x-mapi-reference\nContent-Disposition: attachment; filename*=utf-8''linked\nX-MAPI-Attach-Method: 2\n");
	has(all, "filename*=utf-8''drawing%2Fsub%2FCONTENTS\nContent-Transfer-Encoding: base64\n\nZHJhd24=\n");
	has(buffer_string(&told), "damage/msg.attachment");
	/* the inner message, through the row that opens mail */
	struct source *s = source_of_memory(all, strlen(all), false);
	struct opening how = { .source = s, .report = &reporter };
	struct container *eml = format_open(format_by_name("eml", 3), &how);
	struct node n;
	bool seen = false;
	while (eml->format->next(eml, &n) > 0)
		if (n.kind == NODE_MESSAGE && n.name.length == 5 && memcmp(n.name.bytes, "inner", 5) == 0) {
			char text[2000] = { 0 };
			struct source *c = format_content(eml, &n);
			source_read_at(c, 0, text, sizeof text - 1, NULL);
			source_close(c);
			has(text, "Date: Wed, 1 Jan 2020 00:00:00 +0000\nSubject: inside\n");
			has(text, "filename*=utf-8''deep\nContent-Transfer-Encoding: base64\n\nZGVlcA==\n");
			seen = true;
		}
	assert_true(seen);
	format_close(eml);
	source_close(s);
	closed(&o);
}

static void msg_messages_in_messages_end(void **state)
{
	(void)state;
	begin();
	for (int storage = 0, i = 0; i < 12; i++) {
		text(storage, 0x0037, "level");
		storage = ole_build_storage(&built, attachment(storage, 0, 5, "next"), "__substg1.0_3701000D");
	}
	ole_build_finish(&built, &file);
	struct opened o = opened();
	has(rendered(&o), "Subject: level\n");
	assert_string_equal(buffer_string(&told), "limit/msg.embedded ");
	closed(&o);
}

static void msg_eight_bit_texts_have_the_page_of_their_language(void **state)
{
	(void)state;
	begin();
	bytes(0, 0x0037, 0x1e, "\xcf\xf0", 2);
	fixed(0, 32, 3u, 0x3ff1u, UINT64_C(1049), 0u);
	ole_build_finish(&built, &file);
	struct opened o = opened();
	has(rendered(&o), "Subject: \xd0\x9f\xd1\x80\n");
	closed(&o);
}

static void msg_reminder_file_is_shown(void **state)
{
	(void)state;
	uint8_t entry[8] = { 0x1f, 0x85, 0, 0, 3 << 1, 0, 0, 0 };
	begin();
	int names = ole_build_storage(&built, 0, "__nameid_version1.0");
	bytes(names, 0x0002, 0x102, mapi_set_common, 16);
	bytes(names, 0x0003, 0x102, entry, 8);
	text(0, 0x8000, "\\\\203.0.113.5\\share\\a.wav");
	text(0, 0x8001, "of no name");
	ole_build_finish(&built, &file);
	struct opened o = opened();
	has(rendered(&o), "X-MAPI-Reminder-File: \\\\203.0.113.5\\share\\a.wav\n");
	closed(&o);
}

static void msg_large_attachment_is_a_node(void **state)
{
	(void)state;
	begin();
	size_t length = MAPI_ATTACHED_MAX + 1;
	uint8_t *large = memory_new(length);
	large[length - 1] = 'x';
	bytes(attachment(0, 0, 1, "small"), 0x3701, 0x102, "hello", 5);
	bytes(attachment(0, 1, 1, "large.iso"), 0x3701, 0x102, large, length);
	ole_build_finish(&built, &file);
	struct opened o = opened();
	has(rendered(&o), "access-type=x-msg-stream\n");
	struct node n, again;
	assert_int_equal(format_msg.next(o.container, &n), 1);
	assert_int_equal(n.kind, NODE_ATTACHMENT);
	assert_int_equal(n.size, length);
	assert_memory_equal(n.name.bytes, "large.iso", 9);
	struct source *s = format_content(o.container, &n);
	char last = 0;
	source_read_at(s, length - 1, &last, 1, NULL);
	assert_int_equal(last, 'x');
	source_close(s);
	char *address = memory_string(n.step + 4);
	struct locator_step step = { .format = { "msg", 3 }, .name = { address, strlen(address) } };
	assert_true(format_msg.find(o.container, &step, &again));
	assert_int_equal(again.size, length);
	assert_int_equal(format_msg.next(o.container, &n), 0);
	free(address);
	free(large);
	closed(&o);
}

static void msg_other_compound_files_are_none(void **state)
{
	(void)state;
	begin();
	memset(built.clsid, 0, 16);
	ole_build_stream(&built, 0, "WordDocument", "x", 1);
	ole_build_finish(&built, &file);
	struct source *s = source_of_memory(file.data, file.length, false);
	struct probe p = { .source = s, .head = file.data, .head_length = file.length, .name = "a.doc", .name_length = 5 };
	assert_int_equal(format_msg.probe(&p), 0);
	p.name = "a.msg";
	assert_true(format_msg.probe(&p) > 0);
	source_close(s);
}

static void msg_cut_anywhere_is_read(void **state)
{
	(void)state;
	unsigned messages = 0;
	begin();
	text(0, 0x0037, "a subject");
	bytes(attachment(0, 0, 1, "a"), 0x3701, 0x102, "hello", 5);
	ole_build_finish(&built, &file);
	for (size_t length = 512; length <= file.length; length += 61) {
		struct source *s = source_of_memory(file.data, length, false);
		struct opening how = { .source = s, .report = &reporter };
		struct container *c = format_open(&format_msg, &how);
		struct node n;
		while (c && format_msg.next(c, &n) > 0)
			messages += n.kind == NODE_MESSAGE;
		format_close(c);
		source_close(s);
	}
	assert_true(messages > 0);
	buffer_free(&file);
	buffer_free(&told);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msg_header_is_made_of_properties),
		cmocka_unit_test(msg_header_that_came_with_it_stands_first),
		cmocka_unit_test(msg_attachments_and_messages_in_it_are_parts),
		cmocka_unit_test(msg_messages_in_messages_end),
		cmocka_unit_test(msg_eight_bit_texts_have_the_page_of_their_language),
		cmocka_unit_test(msg_reminder_file_is_shown),
		cmocka_unit_test(msg_large_attachment_is_a_node),
		cmocka_unit_test(msg_other_compound_files_are_none),
		cmocka_unit_test(msg_cut_anywhere_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
