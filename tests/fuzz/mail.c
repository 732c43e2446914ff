/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: any bytes as a message, and as the pieces that header fields and bodies are made of. */
#include "tests/fuzz/fuzz.h"

#include "format/mail/message.h"
#include "format/mail/mime.h"
#include "format/mail/rtf.h"
#include "format/mail/transfer.h"

/* Every record is a valid frame, one is the message, events hold what events must. */
void fuzz_message(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena arena = { 0 };
	struct buffer out = { 0 };
	message_records(data, size, (struct message_state){ 0 }, NULL, &arena, &out);
	unsigned messages = 0;
	for (size_t at = 0; at < out.length;) {
		struct record_view v;
		demand(out.length - at >= 4);
		size_t length = 4 + (size_t)out.data[at] + ((size_t)out.data[at + 1] << 8) + ((size_t)out.data[at + 2] << 16) + ((size_t)out.data[at + 3] << 24);
		demand(length <= out.length - at);
		demand(!record_view_open(&v, out.data + at, length));
		if (v.type == RECORD_MESSAGE)
			messages++;
		else
			demand(v.type == RECORD_EVENT && record_has(&v, F_TIME) && record_has(&v, F_PRECISION) && record_has(&v, F_KIND) && record_has(&v, F_MESSAGE_TEXT));
		at += length;
	}
	demand(messages == 1);
	arena_free(&arena);
	buffer_free(&out);
}

static void text_check(struct mail_text text)
{
	demand(!text.text || text_is_utf8(text.text, text.length));
}

static void value_check(struct mail_text value, struct arena *a)
{
	static const char *const parameter[] = { "boundary", "charset", "filename", "name" };
	struct mail_address address[16];
	struct mail_date date;
	bool lossy = false;
	text_check(mail_decode(value, a, &lossy));
	struct mail_text token = mail_value_token(value, a);
	text_check(token);
	demand(token.length <= 3 * value.length);       /* a byte of Windows-1252 may take three */
	for (size_t i = 0; i < 4 * sizeof parameter / sizeof *parameter; i++)
		text_check(mail_parameter(value, parameter[i / 4], i & 1, i / 2 % 2, a));
	size_t addresses = mail_addresses(value, address, sizeof address / sizeof *address, a);
	demand(addresses <= sizeof address / sizeof *address);
	for (size_t i = 0; i < addresses; i++) {
		text_check(address[i].name);
		text_check(address[i].address);
	}
	(void)mail_date_read(&date, value.text, value.length);
}

/* Fields lie in the block one behind the other; what is decoded of them is text; parts are numbered and, where they say so, lie in the message. */
void fuzz_mail_tokens(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena arena = { 0 };
	struct mail_header h;
	mail_header_read(&h, data, size, &arena);
	demand(h.length <= size && h.body <= h.length && h.fields <= MAIL_FIELDS_MAX);
	size_t end = 0;
	for (size_t i = 0; i < h.fields; i++) {
		const struct mail_field *f = &h.field[i];
		demand(f->offset >= end && f->offset + f->length <= h.length);
		end = f->offset + f->length;
		demand(f->name.length && mail_header_find(&h, arena_copy(&arena, f->name.text, f->name.length), 0));
		value_check(f->value, &arena);
	}
	value_check((struct mail_text){ (const char *)data, size }, &arena);
	struct buffer out = { 0 };
	(void)transfer_base64(&out, (const char *)data, size);
	(void)transfer_quoted_printable(&out, (const char *)data, size);
	transfer_q(&out, (const char *)data, size);
	demand(transfer_uu(&out, (const char *)data, size) <= size);
	demand(transfer_yenc(&out, (const char *)data, size) <= size);
	struct mime m;
	mime_read(&m, data, size, &arena, &fuzz_reporter);
	demand(m.parts <= MAIL_PARTS_MAX);
	for (unsigned i = 0; i < m.parts; i++) {
		const struct mime_part *p = &m.part[i];
		demand(p->number == i + 1 && p->names <= MIME_NAMES);
		demand(!p->in_message || (p->offset <= size && p->raw_length <= size - p->offset && p->header_offset <= p->offset));
		if (out.length < 16 << 20)
			mime_decode(p, &out);
		unsigned word = 0;
		while (mime_flag_word(p->flags, &word))
			;
		for (unsigned k = 0; k < p->names; k++)
			text_check(p->name[k]);
	}
	buffer_free(&out);
	arena_free(&arena);
}

/* Packed or not: it ends, within its bound, and what lies in it is text. */
void fuzz_rtf(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	enum { MOST = 1 << 20 };
	(void)t;
	struct buffer rtf = { 0 }, out = { 0 };
	rtf_expand(data, size, MOST, &rtf);
	demand(rtf.length <= MOST);
	rtf_unwrap(rtf.data ? rtf.data : data, rtf.length, &out);
	demand(text_is_utf8(out.data, out.length));
	buffer_clear(&out);
	rtf_unwrap(data, size, &out);
	demand(text_is_utf8(out.data, out.length));
	buffer_free(&rtf);
	buffer_free(&out);
}
