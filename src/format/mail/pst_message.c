/* SPDX-License-Identifier: Apache-2.0 */
/* pst_message.c: a message of a PST as RFC 5322, so that the rows and parsers of mail read it as any other.
 *
 * A PST keeps no original bytes: it has properties. What is here is made of them. The header fields that came with the message (PidTagTransportMessageHeaders)
 * stand first and as they are, but for those that describe the encoding of a body that is not there any more ("X-Original-…"). Where the store has none
 * (drafts, sent mail) the fields are made of sender, recipients, subject and times. What only the store says follows as "X-MAPI-…". Then all bodies that it has,
 * and the attachments, in base64; a boundary can stand in no part, for it holds "=_". */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "format/mail/header.h"
#include "format/mail/pst.h"

enum { LINE = 72, NAME_MAX_SHOWN = 1024, HEADERS_MAX = 4 << 20, BY_VALUE = 1, OLE = 6 };

struct render {
	struct pst *p;
	struct buffer *out, *large;
	size_t left;                            /* bytes of attachments that still fit */
	uint64_t way[PST_EMBEDDED_MAX + 1];     /* data of the messages that hold this one */
	unsigned depth, parts;
};

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

static void field(struct buffer *out, const char *name, const char *text, size_t length)
{
	if (!text || !length)
		return;
	buffer_format(out, "%s: ", name);
	flat(out, text, length, false);
	buffer_byte(out, '\n');
}

static void base64(struct buffer *out, const uint8_t *bytes, size_t length)
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

static void time_field(struct render *r, struct pst_properties *c, const char *name, unsigned id)
{
	struct timestamp t = pst_property_time(r->p, c, id);
	if (t.state != TIME_VALID)
		return;
	buffer_format(r->out, "%s: ", name);
	time_format(r->out, &t);
	buffer_byte(r->out, '\n');
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

static void person(struct render *r, struct pst_properties *c, const char *header, unsigned name_id, unsigned smtp_id, unsigned address_id)
{
	size_t name_length, length;
	const char *name = pst_property_text(r->p, c, name_id, &name_length), *address = pst_property_text(r->p, c, smtp_id, &length);
	if (!address || !length)
		address = pst_property_text(r->p, c, address_id, &length);
	if (!name_length && !length)
		return;
	buffer_format(r->out, "%s: ", header);
	mailbox(r->out, name, name_length, address, length);
	buffer_byte(r->out, '\n');
}

static const char *cell_text(struct render *r, const struct pst_table *t, size_t row, unsigned id, size_t *length)
{
	unsigned type = 0;
	size_t size;
	const uint8_t *bytes = pst_table_cell(r->p, t, row, id, &type, &size);
	*length = 0;
	return bytes ? pst_text(r->p, type, bytes, size, 0, t->arena, length) : NULL;
}

static void recipients(struct render *r, struct pst_properties *c)
{
	static const struct { unsigned kind; const char *name; unsigned shown; } rows[] = { { 1, "To", 0x0e04 }, { 2, "Cc", 0x0e03 }, { 3, "Bcc", 0x0e02 } };
	const struct pst_node *n = pst_subnode_find(c->sub, c->subs, NID_RECIPIENTS);
	struct pst_table t = { 0 };
	bool table = n && pst_table_open(r->p, n->data, n->sub, &t, c->arena);
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		bool any = false;
		for (size_t i = 0; table && i < t.rows; i++) {
			unsigned type;
			size_t length, name_length;
			const uint8_t *kind = pst_table_cell(r->p, &t, i, 0x0c15, &type, &length);
			if (!kind || length < 1 || (kind[0] & 0xf) != rows[k].kind)
				continue;
			const char *name = cell_text(r, &t, i, 0x3001, &name_length), *address = cell_text(r, &t, i, 0x39fe, &length);
			if (!address || !length)
				address = cell_text(r, &t, i, 0x3003, &length);
			if (!name_length && !length)
				continue;
			buffer_format(r->out, any ? ",\n\t" : "%s: ", rows[k].name);
			mailbox(r->out, name, name_length, address, length);
			any = true;
		}
		size_t length;
		const char *shown = any ? NULL : pst_property_text(r->p, c, rows[k].shown, &length);
		for (size_t at = 0; shown && at < length;) {
			const char *end = memchr(shown + at, ';', length - at);
			size_t n_length = end ? (size_t)(end - shown) - at : length - at;
			while (n_length && shown[at] == ' ') {
				at++;
				n_length--;
			}
			if (n_length) {
				buffer_format(r->out, any ? ",\n\t" : "%s: ", rows[k].name);
				mailbox(r->out, shown + at, n_length, NULL, 0);
				any = true;
			}
			at += n_length + 1;
		}
		if (any)
			buffer_byte(r->out, '\n');
	}
}

/* The header that came with the message. False: there is none. */
static bool transport_headers(struct render *r, struct pst_properties *c)
{
	static const char *const ours[] = { "content-type", "content-transfer-encoding", "mime-version", "content-disposition" };
	size_t length;
	const char *text = pst_property_text(r->p, c, 0x007d, &length);
	struct mail_header h;
	if (!text || !length)
		return false;
	if (length > HEADERS_MAX)
		length = HEADERS_MAX;
	mail_header_read(&h, (const uint8_t *)text, length, c->arena);
	for (size_t i = 0; i < h.fields; i++) {
		const struct mail_field *f = &h.field[i];
		for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
			if (mail_text_is(f->name, ours[k]))
				buffer_text(r->out, "X-Original-");
		const char *raw = text + f->offset;
		for (size_t k = 0; k < f->length; k++)
			if (raw[k] != '\r')
				buffer_byte(r->out, (uint8_t)raw[k]);
		if (f->length && r->out->data[r->out->length - 1] != '\n')
			buffer_byte(r->out, '\n');
	}
	return h.fields > 0;
}

static void header(struct render *r, struct pst_properties *c)
{
	size_t length;
	const char *subject = pst_property_text(r->p, c, 0x0037, &length);
	if (subject && length >= 2 && subject[0] == 1) {        /* U+0001 and the length of "RE: " */
		size_t skip = 1 + ((uint8_t)subject[1] < 0x80 ? 1 : (uint8_t)subject[1] < 0xe0 ? 2 : 3);
		subject += skip < length ? skip : length;
		length -= skip < length ? skip : length;
	}
	bool came = transport_headers(r, c);
	if (!came) {
		struct timestamp t = pst_property_time(r->p, c, 0x0039);
		if (t.state != TIME_VALID)
			t = pst_property_time(r->p, c, 0x0e06);
		if (t.state == TIME_VALID)
			date_field(r->out, t);
		size_t before = r->out->length;
		person(r, c, "From", 0x0042, 0x5d02, 0x0065);
		person(r, c, r->out->length == before ? "From" : "Sender", 0x0c1a, 0x5d01, 0x0c1f);
		recipients(r, c);
		size_t n;
		field(r->out, "Subject", subject, length);
		const char *text = pst_property_text(r->p, c, 0x1035, &n);
		field(r->out, "Message-ID", text, n);
		text = pst_property_text(r->p, c, 0x1042, &n);
		field(r->out, "In-Reply-To", text, n);
		text = pst_property_text(r->p, c, 0x1039, &n);
		field(r->out, "References", text, n);
	} else
		field(r->out, "X-MAPI-Subject", subject, length);
	const char *class = pst_property_text(r->p, c, 0x001a, &length);
	field(r->out, "X-MAPI-Message-Class", class, length);
	time_field(r, c, "X-MAPI-Submit-Time", 0x0039);
	time_field(r, c, "X-MAPI-Delivery-Time", 0x0e06);
	time_field(r, c, "X-MAPI-Creation-Time", 0x3007);
	time_field(r, c, "X-MAPI-Modification-Time", 0x3008);
	const char *who = pst_property_text(r->p, c, 0x3ffa, &length);
	field(r->out, "X-MAPI-Last-Modifier", who, length);
	if (pst_property_find(c, 0x0e07))
		buffer_format(r->out, "X-MAPI-Flags: 0x%x\n", pst_property_number(c, 0x0e07, 0));
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

static void part_begin(struct render *r, const char *boundary)
{
	buffer_format(r->out, "\n--%s\n", boundary);
	r->parts++;
}

static void body_text(struct render *r, const char *boundary, const char *type, const char *text, size_t length)
{
	part_begin(r, boundary);
	buffer_format(r->out, "Content-Type: %s; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n", type);
	quoted_printable(r->out, (const uint8_t *)text, length);
}

static void bodies(struct render *r, struct pst_properties *c, const char *boundary)
{
	size_t length;
	bool cut = false;
	const char *text = pst_property_text(r->p, c, 0x1000, &length);
	if (text && length)
		body_text(r, boundary, "text/plain", text, length);
	const struct pst_property *html = pst_property_find(c, 0x1013);
	if (html && html->type == 0x102) {
		const uint8_t *bytes = pst_property_bytes(r->p, c, 0x1013, PST_BODY_MAX, &length, &cut);
		if (bytes && length) {
			part_begin(r, boundary);
			buffer_text(r->out, "Content-Type: text/html; charset=");
			charset_name(r->out, pst_property_number(c, 0x3fde, pst_property_number(c, 0x3ffd, r->p->code_page)));
			buffer_text(r->out, "\nContent-Transfer-Encoding: quoted-printable\n\n");
			quoted_printable(r->out, bytes, length);
		}
	} else if (html) {
		text = pst_property_text(r->p, c, 0x1013, &length);
		if (text && length)
			body_text(r, boundary, "text/html", text, length);
	}
	const uint8_t *packed = pst_property_bytes(r->p, c, 0x1009, PST_BODY_MAX, &length, &cut);
	if (packed && length) {
		struct buffer rtf = { 0 };
		if (pst_rtf_expand(packed, length, PST_BODY_MAX, &rtf)) {
			pst_error(r->p, "damage", "pst.rtf", 0, 0, "the RTF text of the message is damaged: %zu bytes of it can be read", rtf.length);
			r->p->tainted = true;
		}
		if (rtf.length) {
			part_begin(r, boundary);
			buffer_text(r->out, "Content-Type: text/rtf\nContent-Transfer-Encoding: quoted-printable\n\n");
			quoted_printable(r->out, rtf.data, rtf.length);
		}
		buffer_free(&rtf);
	}
	if (cut)
		pst_error(r->p, "limit", "pst.body", 0, 0, "a text of the message is longer than %d bytes: the rest is left out", PST_BODY_MAX);
}

/* ---- attachments */

static void message_write(struct render *r, const struct pst_node *n, struct pst_properties *c);

static void attachment_name(struct render *r, struct pst_properties *c)
{
	static const unsigned ids[] = { 0x3707, 0x3704, 0x3001 };
	static const char digits[] = "0123456789ABCDEF";
	size_t length = 0;
	const char *name = NULL;
	for (size_t i = 0; i < sizeof ids / sizeof *ids && !length; i++)
		name = pst_property_text(r->p, c, ids[i], &length);
	buffer_text(r->out, "Content-Disposition: attachment");
	if (name && length) {
		if (length > NAME_MAX_SHOWN)
			length = NAME_MAX_SHOWN;
		buffer_text(r->out, "; filename*=utf-8''");
		for (size_t i = 0; i < length; i++) {
			uint8_t b = (uint8_t)name[i];
			if ((b >= '0' && b <= '9') || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') || b == '.' || b == '-' || b == '_') {
				buffer_byte(r->out, b);
			} else {
				buffer_byte(r->out, '%');
				buffer_byte(r->out, (uint8_t)digits[b >> 4]);
				buffer_byte(r->out, (uint8_t)digits[b & 15]);
			}
		}
	}
	buffer_byte(r->out, '\n');
}

static void content_type(struct render *r, struct pst_properties *c, const char *otherwise)
{
	size_t length;
	const char *type = pst_property_text(r->p, c, 0x370e, &length);
	bool good = type && length && length < 128 && memchr(type, '/', length);
	for (size_t i = 0; good && i < length; i++)
		good = type[i] > ' ' && type[i] < 0x7f && type[i] != ';' && type[i] != '"' && type[i] != '(';
	/* what would be taken apart again is no leaf */
	if (!good || (length > 10 && text_equal_nocase(type, 10, "multipart/", 10)) || (length > 8 && text_equal_nocase(type, 8, "message/", 8)))
		buffer_format(r->out, "Content-Type: %s\n", otherwise);
	else
		buffer_format(r->out, "Content-Type: %.*s\n", (int)length, type);
}

/* The node that an object property names (0x3701 of embedded messages and OLE objects): HID of { nid, size }. */
static const struct pst_node *object_node(struct pst *p, struct pst_properties *c)
{
	size_t length;
	const uint8_t *bytes = pst_property_bytes(p, c, 0x3701, 8, &length, NULL);
	struct cursor at = cursor_of(bytes, bytes ? length : 0, 0);
	uint32_t nid = cursor_u32le(&at);
	return at.bad ? NULL : pst_subnode_find(c->sub, c->subs, nid);
}

static void attachment(struct render *r, const struct pst_node *n, const char *boundary)
{
	struct arena a = { 0 };
	struct pst_properties c;
	struct buffer bytes = { 0 };
	struct pst_stream s = { 0 };
	part_begin(r, boundary);
	if (!pst_properties_open(r->p, n->data, n->sub, &c, &a)) {
		pst_error(r->p, "damage", "pst.attachment", 0, 0, "attachment %u can't be read", n->nid);
		r->p->tainted = true;
		buffer_format(r->out, "Content-Type: application/octet-stream\nContent-Disposition: attachment\nX-MAPI-Damaged: attachment %u\n\n", n->nid);
		arena_free(&a);
		return;
	}
	size_t length = 0;
	const struct pst_property *data = pst_property_find(&c, 0x3701);
	uint32_t method = pst_property_number(&c, 0x3705, data ? BY_VALUE : 0);
	const struct pst_node *object = data && data->type == 0xd ? object_node(r->p, &c) : NULL;
	if (object && pst_nid_type(object->nid) == NID_MESSAGE) {
		bool circle = r->depth >= PST_EMBEDDED_MAX;
		for (unsigned i = 0; i <= r->depth && i <= PST_EMBEDDED_MAX && !circle; i++)
			circle = r->way[i] == object->data;
		struct pst_properties inner;
		buffer_text(r->out, "Content-Type: message/rfc822\n");
		attachment_name(r, &c);
		buffer_text(r->out, "Content-Transfer-Encoding: base64\n\n");
		if (circle) {
			pst_error(r->p, r->depth >= PST_EMBEDDED_MAX ? "limit" : "damage", "pst.embedded", 0, 0, r->depth >= PST_EMBEDDED_MAX ? "messages in messages more than %d deep" : "a message is an attachment of itself", PST_EMBEDDED_MAX);
		} else if (!pst_properties_open(r->p, object->data, object->sub, &inner, &a)) {
			pst_error(r->p, "damage", "pst.attachment", 0, 0, "the message that is attachment %u can't be read", n->nid);
			r->p->tainted = true;
		} else {
			struct buffer *out = r->out;
			unsigned parts = r->parts;
			r->out = &bytes;
			r->parts = 0;
			r->way[++r->depth] = object->data;
			message_write(r, object, &inner);
			r->depth--;
			r->parts = parts;
			r->out = out;
			base64(r->out, bytes.data, bytes.length);
		}
	} else if (data && (data->type == 0x102 || object)) {
		bool stream = object || pst_property_stream(r->p, &c, 0x3701, &s);
		if (object)
			pst_stream_open(r->p, object->data, &s, &a);
		bool big = stream && s.size > r->left;
		content_type(r, &c, big ? "message/external-body; access-type=x-pst-node" : method == OLE ? "application/x-ole-storage" : "application/octet-stream");
		attachment_name(r, &c);
		const char *id = pst_property_text(r->p, &c, 0x3712, &length);
		if (length && length < NAME_MAX_SHOWN) {
			buffer_text(r->out, "Content-ID: <");
			flat(r->out, id, length, false);
			buffer_text(r->out, ">\n");
		}
		if (big) {
			buffer_format(r->out, "X-MAPI-Left-Out: attachment %u of %llu bytes\n\n", n->nid, (unsigned long long)s.size);
			if (r->large)
				buffer_u32le(r->large, n->nid);
			if (r->depth || !r->large)
				pst_error(r->p, "limit", "pst.attachment", 0, 0, "attachment %u of %llu bytes is left out: attachments of one message beyond %d bytes", n->nid, (unsigned long long)s.size, PST_ATTACHED_MAX);
		} else {
			buffer_text(r->out, "Content-Transfer-Encoding: base64\n\n");
			if (stream) {
				if (s.incomplete) {
					pst_error(r->p, "damage", "pst.attachment", 0, 0, "attachment %u is incomplete", n->nid);
					r->p->tainted = true;
				}
				pst_stream_read(r->p, &s, c.heap.crypt, (size_t)s.size, &bytes);
				base64(r->out, bytes.data, bytes.length);
				r->left -= bytes.length < r->left ? bytes.length : r->left;
			} else {
				const uint8_t *value = pst_property_bytes(r->p, &c, 0x3701, PST_BODY_MAX, &length, NULL);
				if (!value && data->value) {
					pst_error(r->p, "damage", "pst.attachment", 0, 0, "the content of attachment %u is nowhere", n->nid);
					r->p->tainted = true;
				}
				base64(r->out, value, length);
				r->left -= length < r->left ? length : r->left;
			}
		}
	} else {
		/* by reference, or nothing: the content lies elsewhere */
		buffer_text(r->out, "Content-Type: message/external-body; access-type=x-mapi-reference\n");
		attachment_name(r, &c);
		buffer_format(r->out, "X-MAPI-Attach-Method: %u\n", method);
		const char *path = pst_property_text(r->p, &c, 0x370d, &length);
		field(r->out, "X-MAPI-Attach-Path", path, length < NAME_MAX_SHOWN ? length : NAME_MAX_SHOWN);
		buffer_byte(r->out, '\n');
	}
	buffer_free(&bytes);
	arena_free(&a);
}

static void message_write(struct render *r, const struct pst_node *n, struct pst_properties *c)
{
	char boundary[64];
	snprintf(boundary, sizeof boundary, "=_pst_%u_%x", r->depth, n->nid);
	header(r, c);
	buffer_format(r->out, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"%s\"\n", boundary);
	bodies(r, c, boundary);
	for (size_t i = 0; i < c->subs; i++)
		if (pst_nid_type(c->sub[i].nid) == NID_ATTACHMENT)
			attachment(r, &c->sub[i], boundary);
	if (!r->parts)
		buffer_format(r->out, "\n--%s\n", boundary);
	buffer_format(r->out, "\n--%s--\n", boundary);
}

void pst_message_render(struct pst *p, const struct pst_node *n, struct pst_properties *c, struct buffer *out, struct buffer *large)
{
	struct render r = { .p = p, .out = out, .large = large, .left = PST_ATTACHED_MAX, .way = { n->data } };
	message_write(&r, n, c);
}
