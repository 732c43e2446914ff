/* SPDX-License-Identifier: Apache-2.0 */
/* olm.c: archives of Outlook for Mac that the test writes itself, in a zip without compression. */
#include "tests/unit/store_harness.h"

#include "base/hash.h"

extern const struct format format_olm, format_zip;

static struct buffer file, central;
static unsigned members;

static void header(struct buffer *to, bool local, const char *name, const char *content, uint32_t at)
{
	size_t length = strlen(content);
	buffer_append(to, local ? "PK\3\4" : "PK\1\2", 4);
	buffer_append(to, "\24\0\24\0", local ? 2 : 4);
	buffer_append(to, "\0\0\0\0\0\0\0\0", 8);      /* flags, method, time and date */
	buffer_u32le(to, hash_crc32(0, content, length));
	buffer_u32le(to, (uint32_t)length);
	buffer_u32le(to, (uint32_t)length);
	buffer_u16le(to, (uint16_t)strlen(name));
	buffer_u16le(to, 0);
	if (!local) {
		buffer_append(to, "\0\0\0\0\0\0\0\0\0\0", 10);
		buffer_u32le(to, at);
	}
	buffer_text(to, name);
}

static void member(const char *name, const char *content)
{
	header(&central, false, name, content, (uint32_t)file.length);
	header(&file, true, name, content, 0);
	buffer_text(&file, content);
	members++;
}

static void begin(void)
{
	buffer_clear(&file);
	buffer_clear(&central);
	members = 0;
}

static const char *listed(void)
{
	uint32_t at = (uint32_t)file.length;
	buffer_append(&file, central.data, central.length);
	buffer_append(&file, "PK\5\6\0\0\0\0", 8);
	buffer_u16le(&file, (uint16_t)members);
	buffer_u16le(&file, (uint16_t)members);
	buffer_u32le(&file, (uint32_t)central.length);
	buffer_u32le(&file, at);
	buffer_u16le(&file, 0);
	return store_list(&format_olm, file.data, file.length, "a.olm");
}

#define BOX "Local/com.microsoft.__Messages/"
#define PERSON(name, address) "<emailAddress OPFContactEmailAddressAddress=\"" address "\" OPFContactEmailAddressName=\"" name "\"></emailAddress>"

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void olm_messages_are_made_of_their_xml(void **state)
{
	(void)state;
	begin();
	member("Categories.xml", "<categories/>");
	member(BOX "Inbox/message_00000.xml", "<emails elementCount=\"1\"><email><OPFMessageCopySubject>a &amp; b</OPFMessageCopySubject><OPFMessageCopyBody>plain text</OPFMessageCopyBody>"
	       "<OPFMessageCopyHTMLBody>&lt;b&gt;text&lt;/b&gt;</OPFMessageCopyHTMLBody><OPFMessageCopyMessageID>1@b</OPFMessageCopyMessageID><OPFMessageCopySentTime>2011-06-21T23:48:10</OPFMessageCopySentTime>"
	       "<OPFMessageCopyFromAddresses>" PERSON("Ann", "ann@b.example") "</OPFMessageCopyFromAddresses><OPFMessageCopyToAddresses>" PERSON("Bob", "bob@c.example") PERSON("", "dan@c.example")
	       "</OPFMessageCopyToAddresses><OPFMessageCopyCCAddresses>" PERSON("Eve", "eve@c.example") "</OPFMessageCopyCCAddresses><OPFMessageGetIsRead>1E0</OPFMessageGetIsRead></email></emails>");
	const char *lines = listed();
	assert_holds(lines, "olm:/Local/com.microsoft.__Messages/Inbox/message_00000.xml message read message_00000.xml|Date: Tue, 21 Jun 2011 23:48:10 +0000\nFrom: \"Ann\" <ann@b.example>\n"
	             "To: \"Bob\" <bob@c.example>,\n\t\"\" <dan@c.example>\nCc: \"Eve\" <eve@c.example>\nSubject: a & b\nMessage-ID: <1@b>\n");
	assert_holds(lines, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nplain text=\n");
	assert_holds(lines, "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<b>text</b>=\n");
	assert_null(strstr(lines, "Categories"));
	assert_string_equal(buffer_string(&store_told), "");
}

static void olm_header_of_the_source_stands_first(void **state)
{
	(void)state;
	begin();
	member(BOX "Inbox/message_00000.xml", "<email><OPFMessageCopySource>Received: from a by b; Tue, 5 Mar 2024 10:11:12 +0000\nSubject: s\n</OPFMessageCopySource><OPFMessageCopyBody>&lt;html&gt;x</OPFMessageCopyBody></email>");
	const char *lines = listed();
	assert_holds(lines, "|Received: from a by b; Tue, 5 Mar 2024 10:11:12 +0000\nSubject: s\n");
	assert_holds(lines, "Content-Type: text/html");
	assert_null(strstr(lines, "text/plain"));
}

#define ATTACHMENT(name, type, url) "<messageAttachment OPFAttachmentContentType=\"" type "\" OPFAttachmentName=\"" name "\" OPFAttachmentURL=\"" url "\"></messageAttachment>"

static void olm_attachments_come_from_the_zip(void **state)
{
	(void)state;
	begin();
	member(BOX "In box/message_00000.xml", "<email><OPFMessageCopyAttachmentList>" ATTACHMENT("a.txt", "text/plain", BOX "In box/com.microsoft.__Attachments/x@b_0000")
	       ATTACHMENT("b.eml", "message/rfc822", BOX "In box/com.microsoft.__Attachments/x@b_0001") ATTACHMENT("c.txt", "text/plain", "nowhere") "</OPFMessageCopyAttachmentList></email>");
	member(BOX "In box/com.microsoft.__Attachments/x@b_0000", "hello");
	member(BOX "In box/com.microsoft.__Attachments/x@b_0001", "From: a");
	const char *lines = listed();
	assert_holds(lines, "Content-Type: text/plain\nContent-Disposition: attachment; filename*=utf-8''a.txt\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n");
	assert_holds(lines, "Content-Type: message/rfc822\nContent-Disposition: attachment; filename*=utf-8''b.eml\nContent-Transfer-Encoding: base64\n\nRnJvbTogYQ==\n");
	assert_holds(lines, "Content-Type: message/external-body");
	assert_string_equal(buffer_string(&store_told), "damage/olm.attachment ");
}

static void olm_damage_and_oddities_are_told(void **state)
{
	(void)state;
	begin();
	member(BOX "Inbox/message_00000.xml", "<email><OPFMessageCopySubject>one</OPFMessageCopySubject></email><email><OPFMessageCopySubject>two</OPFMessageCopySubject></email>");
	member(BOX "Inbox/message_00001.xml", "<email><OPFMessageCopySubject>cut sho");
	member(BOX "Inbox/message_00002.xml", "");
	const char *lines = listed();
	assert_holds(lines, "Subject: one\n");
	assert_null(strstr(lines, "two"));
	assert_holds(lines, "Subject: cut sho\n");
	assert_holds(lines, "message_00002.xml message ");
	assert_string_equal(buffer_string(&store_told), "unsupported/olm.message ");
}

static void olm_probe_bids_with_zip(void **state)
{
	(void)state;
	begin();
	member(BOX "Inbox/message_00000.xml", "<email/>");
	listed();
	struct source *s = source_of_memory(file.data, file.length, false);
	struct probe p = { .source = s, .head = file.data, .head_length = file.length, .name = "" };
	assert_int_equal(format_olm.probe(&p), format_zip.probe(&p));
	assert_true(format_olm.probe(&p) > 0);
	p.head_length = 30;
	assert_int_equal(format_olm.probe(&p), 0);
	p.name = "a.olm";
	p.name_length = 5;
	assert_true(format_olm.probe(&p) > 0);
	source_close(s);
}

static int release(void **state)
{
	buffer_free(&file);
	buffer_free(&central);
	return store_release(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(olm_messages_are_made_of_their_xml),
		cmocka_unit_test(olm_header_of_the_source_stands_first),
		cmocka_unit_test(olm_attachments_come_from_the_zip),
		cmocka_unit_test(olm_damage_and_oddities_are_told),
		cmocka_unit_test(olm_probe_bids_with_zip),
	};
	text_warm_up();
	return cmocka_run_group_tests(tests, NULL, release);
}
