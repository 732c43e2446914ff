/* SPDX-License-Identifier: Apache-2.0 */
/* mapi_message.c: a message that is made of MAPI properties as RFC 5322, so that the rows and parsers of mail read it as any other: of mail stores (PST), of single
 * messages (MSG) and of winmail.dat (TNEF).
 *
 * No original bytes are kept there. The header fields that came with the message (PidTagTransportMessageHeaders) stand first and as they are, but for those that
 * describe the encoding of a body that is not there any more ("X-Original-..."). Where there are none (drafts, sent mail) the fields are made of sender, recipients,
 * subject and times. What only the properties say follows as "X-MAPI-...". Then all bodies that it has, and where RTF is all that is kept of an HTML text or of
 * any text, that one too as it lies in the RTF; and the attachments, in base64. A boundary can stand in no part, for it holds "=_". */
#include <string.h>

#include "base/cursor.h"
#include "format/mail/header.h"
#include "format/mail/mapi.h"
#include "format/mail/rtf.h"

enum { LINE = 72, NAME_MAX_SHOWN = 1024, HEADERS_MAX = 4 << 20, TO = 1, CC, BCC };

/* ---- writing */

/* One line: what would end it becomes a blank. */
static void flat(struct buffer *out, const char *text, size_t length, bool quoted)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t c = (uint8_t)text[i];
		if (quoted && (c == '"' || c == '\\'))
			buffer_byte(out, '\\');
		buffer_byte(out, c < 0x20 || c == 0x7f ? ' ' : c);
	}
}

void mapi_field(struct buffer *out, const char *name, const char *text, size_t length)
{
	if (!text || !length)
		return;
	buffer_format(out, "%s: ", name);
	flat(out, text, length, false);
	buffer_byte(out, '\n');
}

void mapi_base64(struct buffer *out, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		size_t n = length - i < 3 ? length - i : 3;
		uint32_t v = (uint32_t)bytes[i] << 16 | (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (n > 2 ? bytes[i + 2] : 0);
		uint8_t *to = buffer_reserve(out, 5);
		to[0] = (uint8_t)digits[v >> 18];
		to[1] = (uint8_t)digits[v >> 12 & 63];
		to[2] = n > 1 ? (uint8_t)digits[v >> 6 & 63] : '=';
		to[3] = n > 2 ? (uint8_t)digits[v & 63] : '=';
		out->length += 4;
		if (i % 54 == 51 || i + 3 >= length)
			buffer_byte(out, '\n');
	}
}

/* RFC 2045 6.7; a line feed of the text stays one, so that decoding gives the same bytes. */
static void quoted_printable(struct buffer *out, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t column = 0;
	for (size_t i = 0; i < length; i++) {
		uint8_t c = bytes[i];
		if (c == '\n') {
			buffer_byte(out, '\n');
			column = 0;
			continue;
		}
		bool last = i + 1 == length || bytes[i + 1] == '\n';
		bool plain = (c >= 33 && c <= 126 && c != '=' && !(column == 0 && (c == '.' || c == 'F' || c == '-'))) || ((c == ' ' || c == '\t') && !last);
		if (column + 3 > LINE) {
			buffer_text(out, "=\n");
			column = 0;
			plain = plain && c != '.' && c != 'F' && c != '-';
		}
		if (plain) {
			buffer_byte(out, c);
			column++;
		} else {
			buffer_byte(out, '=');
			buffer_byte(out, (uint8_t)digits[c >> 4]);
			buffer_byte(out, (uint8_t)digits[c & 15]);
			column += 3;
		}
	}
	if (column)
		buffer_text(out, "=\n");        /* the text did not end in a line end */
}

static void time_field(struct buffer *out, const struct mapi_properties *p, const char *name, unsigned id)
{
	struct timestamp t = mapi_time(p, id);
	if (t.state != TIME_VALID)
		return;
	buffer_format(out, "%s: ", name);
	time_format(out, &t);
	buffer_byte(out, '\n');
}

static void date_field(struct buffer *out, struct timestamp t)
{
	static const char days[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t year, day = t.seconds / 86400, rest = t.seconds % 86400;
	unsigned month, of_month;
	if (rest < 0) {
		rest += 86400;
		day--;
	}
	time_civil(t.seconds, &year, &month, &of_month);
	buffer_format(out, "Date: %.3s, %u %.3s %04lld %02d:%02d:%02d +0000\n", days + ((day % 7 + 7) % 7) * 3, of_month, months + (month - 1) * 3, (long long)year,
		(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

/* ---- header */

static void mailbox(struct buffer *out, const char *name, size_t name_length, const char *address, size_t address_length)
{
	if (name_length > NAME_MAX_SHOWN)
		name_length = NAME_MAX_SHOWN;
	if (address_length > NAME_MAX_SHOWN)
		address_length = NAME_MAX_SHOWN;
	buffer_byte(out, '"');
	flat(out, name, name_length, true);
	buffer_text(out, "\" <");
	for (size_t i = 0; i < address_length; i++)
		if ((uint8_t)address[i] > ' ' && address[i] != '<' && address[i] != '>')
			buffer_byte(out, (uint8_t)address[i]);
	buffer_byte(out, '>');
}

static void person(struct buffer *out, const struct mapi_properties *p, const char *header, unsigned name_id, unsigned smtp_id, unsigned address_id)
{
	size_t name_length, length;
	const char *name = mapi_text(p, name_id, &name_length), *address = mapi_text(p, smtp_id, &length);
	if (!length)
		address = mapi_text(p, address_id, &length);
	if (!name_length && !length)
		return;
	buffer_format(out, "%s: ", header);
	mailbox(out, name, name_length, address, length);
	buffer_byte(out, '\n');
}

static void recipients(struct buffer *out, const struct mapi_message *m)
{
	static const struct { unsigned kind; const char *name; unsigned shown; } rows[] = { { TO, "To", 0x0e04 }, { CC, "Cc", 0x0e03 }, { BCC, "Bcc", 0x0e02 } };
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		bool any = false;
		for (size_t i = 0; i < m->recipients; i++) {
			const struct mapi_properties *p = &m->recipient[i];
			size_t length, name_length;
			if ((mapi_number(p, 0x0c15, 0) & 0xf) != rows[k].kind)
				continue;
			const char *name = mapi_text(p, 0x3001, &name_length), *address = mapi_text(p, 0x39fe, &length);
			if (!length)
				address = mapi_text(p, 0x3003, &length);
			if (!name_length && !length)
				continue;
			buffer_format(out, any ? ",\n\t" : "%s: ", rows[k].name);
			mailbox(out, name, name_length, address, length);
			any = true;
		}
		size_t length = 0;
		const char *shown = any ? NULL : mapi_text(m->properties, rows[k].shown, &length);
		for (size_t at = 0; shown && at < length;) {
			const char *end = memchr(shown + at, ';', length - at);
			size_t n_length = end ? (size_t)(end - shown) - at : length - at;
			while (n_length && shown[at] == ' ') {
				at++;
				n_length--;
			}
			if (n_length) {
				buffer_format(out, any ? ",\n\t" : "%s: ", rows[k].name);
				mailbox(out, shown + at, n_length, NULL, 0);
				any = true;
			}
			at += n_length + 1;
		}
		if (any)
			buffer_byte(out, '\n');
	}
}

/* The header that came with the message. False: there is none. */
static bool transport_headers(struct buffer *out, const struct mapi_properties *p)
{
	static const char *const ours[] = { "content-type", "content-transfer-encoding", "mime-version", "content-disposition" };
	size_t length;
	const char *text = mapi_text(p, 0x007d, &length);
	struct mail_header h;
	if (!length)
		return false;
	if (length > HEADERS_MAX)
		length = HEADERS_MAX;
	mail_header_read(&h, (const uint8_t *)text, length, p->arena);
	for (size_t i = 0; i < h.fields; i++) {
		const struct mail_field *f = &h.field[i];
		for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
			if (mail_text_is(f->name, ours[k]))
				buffer_text(out, "X-Original-");
		const char *raw = text + f->offset;
		for (size_t k = 0; k < f->length; k++)
			if (raw[k] != '\r')
				buffer_byte(out, (uint8_t)raw[k]);
		if (f->length && out->data[out->length - 1] != '\n')
			buffer_byte(out, '\n');
	}
	return h.fields > 0;
}

static void text_field(struct buffer *out, const struct mapi_properties *p, const char *name, unsigned id)
{
	size_t length;
	const char *text = mapi_text(p, id, &length);
	mapi_field(out, name, text, length);
}

static void header(struct buffer *out, const struct mapi_message *m)
{
	const struct mapi_properties *p = m->properties;
	size_t length;
	const char *subject = mapi_text(p, 0x0037, &length);
	if (length >= 2 && subject[0] == 1) {   /* U+0001 and the length of "RE: " */
		size_t skip = 1 + ((uint8_t)subject[1] < 0x80 ? 1 : (uint8_t)subject[1] < 0xe0 ? 2 : 3);
		subject += skip < length ? skip : length;
		length -= skip < length ? skip : length;
	}
	if (!transport_headers(out, p)) {
		struct timestamp t = mapi_time(p, 0x0039);
		if (t.state != TIME_VALID)
			t = mapi_time(p, 0x0e06);
		if (t.state == TIME_VALID)
			date_field(out, t);
		size_t before = out->length;
		person(out, p, "From", 0x0042, 0x5d02, 0x0065);
		person(out, p, out->length == before ? "From" : "Sender", 0x0c1a, 0x5d01, 0x0c1f);
		recipients(out, m);
		mapi_field(out, "Subject", subject, length);
		text_field(out, p, "Message-ID", 0x1035);
		text_field(out, p, "In-Reply-To", 0x1042);
		text_field(out, p, "References", 0x1039);
	} else
		mapi_field(out, "X-MAPI-Subject", subject, length);
	text_field(out, p, "X-MAPI-Message-Class", 0x001a);
	time_field(out, p, "X-MAPI-Submit-Time", 0x0039);
	time_field(out, p, "X-MAPI-Delivery-Time", 0x0e06);
	time_field(out, p, "X-MAPI-Creation-Time", 0x3007);
	time_field(out, p, "X-MAPI-Modification-Time", 0x3008);
	text_field(out, p, "X-MAPI-Last-Modifier", 0x3ffa);
	text_field(out, p, "X-MAPI-Reminder-File", MAPI_REMINDER_FILE);
	if (mapi_find(p, 0x0e07))
		buffer_format(out, "X-MAPI-Flags: 0x%x\n", mapi_number(p, 0x0e07, 0));
}

/* ---- bodies */

static void charset_name(struct buffer *out, uint32_t page)
{
	static const struct { uint32_t page; const char *name; } names[] = { { 65001, "utf-8" }, { 20127, "us-ascii" }, { 20866, "koi8-r" }, { 21866, "koi8-u" }, { 50220, "iso-2022-jp" },
		{ 50221, "iso-2022-jp" }, { 50222, "iso-2022-jp" }, { 51932, "euc-jp" }, { 51949, "euc-kr" }, { 936, "gb18030" }, { 54936, "gb18030" }, { 950, "big5" }, { 932, "shift_jis" } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].page == page) {
			buffer_text(out, names[i].name);
			return;
		}
	if (page > 28590 && page < 28606)
		buffer_format(out, "iso-8859-%u", page - 28590);
	else
		buffer_format(out, "cp%u", page ? page : 1252);
}

/* fields: further ones of the part. */
static void body_text(struct buffer *out, const char *boundary, const char *type, const char *fields, const void *text, size_t length)
{
	mapi_part_begin(out, boundary);
	buffer_format(out, "Content-Type: %s; charset=utf-8\n%sContent-Transfer-Encoding: quoted-printable\n\n", type, fields);
	quoted_printable(out, text, length);
}

void mapi_part_begin(struct buffer *out, const char *boundary) { buffer_format(out, "\n--%s\n", boundary); }

static bool text_body(struct buffer *out, const struct mapi_properties *p, const char *boundary, unsigned id, const char *type)
{
	size_t length;
	const char *text = mapi_text(p, id, &length);
	if (length)
		body_text(out, boundary, type, "", text, length);
	return length > 0;
}

static bool html_body(struct buffer *out, const struct mapi_properties *p, const char *boundary)
{
	const struct mapi_property *html = mapi_find(p, 0x1013);
	if (!html || html->type != MAPI_BINARY)
		return text_body(out, p, boundary, 0x1013, "text/html");
	if (!html->length)
		return false;
	mapi_part_begin(out, boundary);
	buffer_text(out, "Content-Type: text/html; charset=");
	charset_name(out, mapi_number(p, 0x3fde, mapi_code_page(p)));
	buffer_text(out, "\nContent-Transfer-Encoding: quoted-printable\n\n");
	quoted_printable(out, html->bytes, html->length);
	return true;
}

static unsigned bodies(struct buffer *out, struct mapi_message *m, const char *boundary)
{
	const struct mapi_properties *p = m->properties;
	bool text = text_body(out, p, boundary, 0x1000, "text/plain"), html = html_body(out, p, boundary);
	unsigned parts = (unsigned)text + (unsigned)html;
	const struct mapi_property *packed = mapi_find(p, 0x1009);
	if (!packed || !packed->length)
		return parts;
	struct buffer rtf = { 0 };
	m->rtf_damaged = rtf_expand(packed->bytes, packed->length, MAPI_BODY_MAX, &rtf);
	m->rtf_length = rtf.length;
	if (rtf.length && !html) {
		struct buffer inside = { 0 };
		enum rtf_origin origin = rtf_unwrap(rtf.data, rtf.length, &inside);
		if (inside.length && (origin == RTF_OF_HTML || !text)) {
			body_text(out, boundary, origin == RTF_OF_HTML ? "text/html" : "text/plain", "X-MAPI-Taken-From: text/rtf\n", inside.data, inside.length);
			parts++;
		}
		buffer_free(&inside);
	}
	if (rtf.length) {
		mapi_part_begin(out, boundary);
		buffer_text(out, "Content-Type: text/rtf\nContent-Transfer-Encoding: quoted-printable\n\n");
		quoted_printable(out, rtf.data, rtf.length);
		parts++;
	}
	buffer_free(&rtf);
	return parts;
}

unsigned mapi_message_begin(struct buffer *out, struct mapi_message *m, const char *boundary)
{
	header(out, m);
	buffer_format(out, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"%s\"\n", boundary);
	return bodies(out, m, boundary);
}

void mapi_message_end(struct buffer *out, const char *boundary, bool any)
{
	if (!any)
		mapi_part_begin(out, boundary);
	buffer_format(out, "\n--%s--\n", boundary);
}

void mapi_message_describe(struct node *n, const struct mapi_properties *p, const char *step, uint64_t size)
{
	*n = (struct node){ .kind = NODE_MESSAGE, .format = "eml", .content = CONTENT_COMPUTED, .has_size = true, .size = size, .has_allocated = true, .allocated = true,
		.step = step, .address = "1", .name = { (const uint8_t *)"1", 1 } };
	n->time[NODE_CRTIME] = mapi_time(p, 0x3007);
	n->time[NODE_MTIME] = mapi_time(p, 0x3008);
	uint32_t flags = mapi_number(p, 0x0e07, 0);
	if (flags & 1)
		node_flag(n, "read");
	if (flags & 8)
		node_flag(n, "draft");
}

/* ---- attachments */

const char *mapi_attachment_name(const struct mapi_properties *p, size_t *length)
{
	static const unsigned ids[] = { 0x3707, 0x3704, 0x3001 };
	const char *name = NULL;
	*length = 0;
	for (size_t i = 0; i < sizeof ids / sizeof *ids && !*length; i++)
		name = mapi_text(p, ids[i], length);
	return *length ? name : NULL;
}

static void disposition(struct buffer *out, const struct mapi_properties *p)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t length;
	const char *name = mapi_attachment_name(p, &length);
	buffer_text(out, "Content-Disposition: attachment");
	if (name) {
		if (length > NAME_MAX_SHOWN)
			length = NAME_MAX_SHOWN;
		buffer_text(out, "; filename*=utf-8''");
		for (size_t i = 0; i < length; i++) {
			uint8_t b = (uint8_t)name[i];
			if ((b >= '0' && b <= '9') || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') || b == '.' || b == '-' || b == '_') {
				buffer_byte(out, b);
			} else {
				buffer_byte(out, '%');
				buffer_byte(out, (uint8_t)digits[b >> 4]);
				buffer_byte(out, (uint8_t)digits[b & 15]);
			}
		}
	}
	buffer_byte(out, '\n');
}

void mapi_attachment_head(struct buffer *out, const struct mapi_properties *p, const char *otherwise)
{
	size_t length;
	const char *type = mapi_text(p, 0x370e, &length);
	bool good = length && length < 128 && memchr(type, '/', length);
	for (size_t i = 0; good && i < length; i++)
		good = type[i] > ' ' && type[i] < 0x7f && type[i] != ';' && type[i] != '"' && type[i] != '(';
	/* what would be taken apart again is no leaf */
	if (!good || (length > 10 && text_equal_nocase(type, 10, "multipart/", 10)) || (length > 8 && text_equal_nocase(type, 8, "message/", 8)))
		buffer_format(out, "Content-Type: %s\n", otherwise);
	else
		buffer_format(out, "Content-Type: %.*s\n", (int)length, type);
	disposition(out, p);
	const char *id = mapi_text(p, 0x3712, &length);
	if (length && length < NAME_MAX_SHOWN) {
		buffer_text(out, "Content-ID: <");
		flat(out, id, length, false);
		buffer_text(out, ">\n");
	}
}

void mapi_attachment_message(struct buffer *out, const struct mapi_properties *p)
{
	buffer_text(out, "Content-Type: message/rfc822\n");
	disposition(out, p);
	buffer_text(out, "Content-Transfer-Encoding: base64\n\n");
}

void mapi_attachment_elsewhere(struct buffer *out, const struct mapi_properties *p, uint32_t method)
{
	buffer_text(out, "Content-Type: message/external-body; access-type=x-mapi-reference\n");
	disposition(out, p);
	buffer_format(out, "X-MAPI-Attach-Method: %u\n", method);
	size_t length;
	const char *path = mapi_text(p, 0x370d, &length);
	mapi_field(out, "X-MAPI-Attach-Path", path, length < NAME_MAX_SHOWN ? length : NAME_MAX_SHOWN);
	buffer_byte(out, '\n');
}
