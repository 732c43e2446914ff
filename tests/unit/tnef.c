/* SPDX-License-Identifier: Apache-2.0 */
/* tnef.c: winmail.dat that the test writes itself. */
#include "tests/unit/mapi_harness.h"

extern const struct format format_tnef;

enum { MESSAGE = 1, ATTACHMENT = 2 };
enum { SUBJECT = 0x00018004, CLASS = 0x00078008, SENT = 0x00038005, FROM = 0x00008000, BODY = 0x0002800c, PAGE = 0x00069007, PROPERTIES = 0x00069003, RECIPIENTS = 0x00069004,
	BEGIN = 0x00069002, TITLE = 0x00018010, DATA = 0x0006800f, ATTACHED = 0x00069005 };

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)message;
	buffer_format(&told, "%s/%s@%llu+%llu ", class, kind, (unsigned long long)offset, (unsigned long long)length);
}

static struct reporter reporter = { .error = on_error };

static void begin(struct buffer *out)
{
	buffer_clear(out);
	buffer_u32le(out, 0x223e9f78);
	buffer_u16le(out, 1);
}

static void attribute(struct buffer *out, unsigned level, unsigned id, const void *bytes, size_t length)
{
	uint16_t sum = 0;
	for (size_t i = 0; i < length; i++)
		sum = (uint16_t)(sum + ((const uint8_t *)bytes)[i]);
	buffer_byte(out, (uint8_t)level);
	buffer_u32le(out, id);
	buffer_u32le(out, (uint32_t)length);
	buffer_append(out, bytes, length);
	buffer_u16le(out, sum);
}

#define ATTRIBUTE_TEXT(out, level, id, text) attribute(out, level, id, text, sizeof text)

static void attachment(struct buffer *out, const char *name, const char *bytes)
{
	static const uint8_t rendering[14];
	attribute(out, ATTACHMENT, BEGIN, rendering, sizeof rendering);
	attribute(out, ATTACHMENT, DATA, bytes, strlen(bytes));
	attribute(out, ATTACHMENT, TITLE, name, strlen(name) + 1);
}

static void value(struct buffer *p, unsigned type, unsigned id, const void *bytes, size_t length)
{
	buffer_u16le(p, (uint16_t)type);
	buffer_u16le(p, (uint16_t)id);
	buffer_u32le(p, 1);
	buffer_u32le(p, (uint32_t)length);
	buffer_append(p, bytes, length);
	while (length++ % 4)
		buffer_byte(p, 0);
}

static struct opened opened(size_t length)
{
	buffer_clear(&told);
	return opened_as(&format_tnef, &reporter, "winmail.dat", length);
}

static void tnef_attributes_make_a_message(void **state)
{
	(void)state;
	static const uint8_t when[14] = { 0xe4, 7, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0 }, page[8] = { 0xe3, 4 };      /* 2020-01-01; 1251 */
	begin(&file);
	attribute(&file, MESSAGE, PAGE, page, sizeof page);
	ATTRIBUTE_TEXT(&file, MESSAGE, SUBJECT, "\xcf\xf0");
	attribute(&file, MESSAGE, SENT, when, sizeof when);
	attribute(&file, MESSAGE, FROM, "\x04\0\x20\0\x04\0\x14\0Ann\0SMTP:ann@example.x\0", 32);
	ATTRIBUTE_TEXT(&file, MESSAGE, BODY, "the text");
	attachment(&file, "a b.bin", "hello");
	attachment(&file, "c", "");
	struct opened o = opened(file.length);
	const char *all = rendered(&o);
	has(all, "Date: Wed, 1 Jan 2020 00:00:00 +0000\n");
	has(all, "From: \"Ann\" <ann@example.x>\n");
	has(all, "Subject: \xd0\x9f\xd1\x80\n");
	has(all, "\nthe text");
	has(all, "filename*=utf-8''a%20b.bin\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n");
	has(all, "filename*=utf-8''c\n");
	assert_int_equal(told.length, 0);
	closed(&o);
}

static void tnef_properties_win_and_recipients_are_named(void **state)
{
	(void)state;
	struct buffer p = { 0 };
	static const uint8_t number[] = { 3, 0, 0x15, 0x0c, 2, 0, 0, 0 };       /* PidTagRecipientType: Cc */
	begin(&file);
	ATTRIBUTE_TEXT(&file, MESSAGE, SUBJECT, "short");
	buffer_u32le(&p, 2);
	value(&p, MAPI_TEXT16, 0x0037, "l\0o\0n\0g\0\0\0", 10);
	/* a named one: set, kind, number */
	buffer_u16le(&p, MAPI_TEXT8);
	buffer_u16le(&p, 0x8001);
	buffer_append(&p, mapi_set_common, 16);
	buffer_u32le(&p, 0);
	buffer_u32le(&p, 0x851f);
	buffer_u32le(&p, 1);
	buffer_u32le(&p, 15);
	buffer_append(&p, "\\\\203.0.113.5\\a\0", 16);
	attribute(&file, MESSAGE, PROPERTIES, p.data, p.length);
	buffer_clear(&p);
	buffer_u32le(&p, 1);
	buffer_u32le(&p, 3);
	buffer_append(&p, number, sizeof number);
	value(&p, MAPI_TEXT8, 0x3001, "Cid", 4);
	value(&p, MAPI_TEXT8, 0x3003, "cid@example.x", 14);
	attribute(&file, MESSAGE, RECIPIENTS, p.data, p.length);
	struct opened o = opened(file.length);
	const char *all = rendered(&o);
	has(all, "Subject: long\n");
	has(all, "Cc: \"Cid\" <cid@example.x>\n");
	has(all, "X-MAPI-Reminder-File: \\\\203.0.113.5\\a\n");
	assert_int_equal(told.length, 0);
	closed(&o);
	buffer_free(&p);
}

static void tnef_message_in_it_is_a_part(void **state)
{
	(void)state;
	struct buffer inner = { 0 }, object = { 0 }, p = { 0 };
	static const uint8_t message[16] = { 7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
	begin(&inner);
	ATTRIBUTE_TEXT(&inner, MESSAGE, SUBJECT, "inside");
	buffer_append(&object, message, 16);
	buffer_append(&object, inner.data, inner.length);
	buffer_u32le(&p, 1);
	value(&p, MAPI_OBJECT, 0x3701, object.data, object.length);
	begin(&file);
	attribute(&file, ATTACHMENT, BEGIN, "", 0);
	attribute(&file, ATTACHMENT, ATTACHED, p.data, p.length);
	struct opened o = opened(file.length);
	has(rendered(&o), "Content-Type: message/rfc822\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW5zaWRl");     /* Subject: inside */
	assert_int_equal(told.length, 0);
	closed(&o);
	buffer_free(&inner);
	buffer_free(&object);
	buffer_free(&p);
}

static void tnef_goes_on_behind_what_is_damaged(void **state)
{
	(void)state;
	begin(&file);
	attachment(&file, "first", "one");
	file.data[file.length - 1] ^= 1;                /* a checksum */
	buffer_text(&file, "\x07 some bytes that are no attribute");
	attachment(&file, "second", "two");
	size_t at = file.length;
	attachment(&file, "third", "three");
	attachment(&file, "fourth", "four");
	file.data[at + 9 + 14 + 2 + 7] = 0x70;          /* the length of the third one's bytes: beyond the end */
	struct opened o = opened(file.length);
	const char *all = rendered(&o);
	has(all, "filename*=utf-8''first\nContent-Transfer-Encoding: base64\n\nb25l\n");
	has(all, "filename*=utf-8''second\nContent-Transfer-Encoding: base64\n\ndHdv\n");
	has(all, "filename*=utf-8''third\nContent-Transfer-Encoding: base64\n\ndGhyZWU=\n");
	has(all, "filename*=utf-8''fourth\nContent-Transfer-Encoding: base64\n\nZm91cg==\n");
	struct node n;
	struct locator_step step = { .format = { "tnef", 4 }, .name = { "1", 1 } };
	assert_true(format_tnef.find(o.container, &step, &n));
	assert_true(n.tainted);
	has(buffer_string(&told), "damage/tnef.attribute");
	closed(&o);
}

static void tnef_large_attachment_is_a_node(void **state)
{
	(void)state;
	size_t length = MAPI_ATTACHED_MAX + 1;
	uint8_t *large = memory_new(length);
	memset(large, 'x', length);
	begin(&file);
	attribute(&file, ATTACHMENT, BEGIN, "", 0);
	size_t at = file.length + 9;
	attribute(&file, ATTACHMENT, DATA, large, length);
	attribute(&file, ATTACHMENT, TITLE, "l.iso", 6);
	free(large);
	struct opened o = opened(file.length);
	has(rendered(&o), "access-type=x-tnef-range\n");
	struct node n, again;
	assert_int_equal(format_tnef.next(o.container, &n), 1);
	assert_int_equal(n.kind, NODE_ATTACHMENT);
	assert_int_equal(n.size, length);
	assert_int_equal(n.range_offset, at);
	assert_memory_equal(n.name.bytes, "l.iso", 5);
	struct source *s = format_content(o.container, &n);
	char first = 0;
	assert_int_equal(s->size, length);
	source_read_at(s, 0, &first, 1, NULL);
	assert_int_equal(first, 'x');
	source_close(s);
	char *address = memory_string(n.step + 5);
	struct locator_step step = { .format = { "tnef", 4 }, .name = { address, strlen(address) } };
	assert_true(format_tnef.find(o.container, &step, &again));
	assert_int_equal(again.size, length);
	step.name = (struct locator_part){ "#1", 2 };
	assert_false(format_tnef.find(o.container, &step, &again));
	assert_int_equal(format_tnef.next(o.container, &n), 0);
	free(address);
	closed(&o);
}

static void tnef_findings_are_bounded(void **state)
{
	(void)state;
	begin(&file);
	for (unsigned i = 0; i < 1500; i++) {
		ATTRIBUTE_TEXT(&file, MESSAGE, CLASS, "x");
		file.data[file.length - 1] ^= 1;
	}
	struct opened o = opened(file.length);
	unsigned count = 0;
	for (const char *at = buffer_string(&told); (at = strstr(at, "damage/")) != NULL; at++)
		count++;
	assert_int_equal(count, 1000);
	has(buffer_string(&told), "limit/tnef.findings");
	closed(&o);
}

static void tnef_cut_anywhere_is_read(void **state)
{
	(void)state;
	begin(&file);
	attachment(&file, "first", "one");
	attachment(&file, "second", "two");
	for (size_t length = 0; length < file.length; length++) {
		struct opened o = opened(length);
		const char *all = rendered(&o);
		if (length > 6 + 9 + 14 + 2 + 9 + 3)
			has(all, "\n\nb25l\n");
		closed(&o);
		arena_reset(&arena);
	}
	buffer_free(&file);
	buffer_free(&told);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tnef_attributes_make_a_message),
		cmocka_unit_test(tnef_properties_win_and_recipients_are_named),
		cmocka_unit_test(tnef_message_in_it_is_a_part),
		cmocka_unit_test(tnef_goes_on_behind_what_is_damaged),
		cmocka_unit_test(tnef_large_attachment_is_a_node),
		cmocka_unit_test(tnef_findings_are_bounded),
		cmocka_unit_test(tnef_cut_anywhere_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
