/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: any bytes as a message, as the pieces that header fields and bodies are made of, and as what is judged of them. */
#include "tests/fuzz/fuzz.h"

#include "correlate/correlate.h"
#include "detect/mail.h"
#include "detect/tenant.h"
#include "format/mail/auth.h"
#include "format/mail/link.h"
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

/* Any bytes as a message to be judged: at most one hit, whole and with its reasons. */
void fuzz_mail_judge(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena arena = { 0 };
	struct buffer out = { 0 };
	mail_warm_up();
	mail_judge(data, size, &(struct mail_options){ size & 1 ? "victim.example" : NULL }, &fuzz_reporter, &arena, &out);
	if (out.length) {
		struct record_view v;
		demand(record_frame_length(out.data, out.length) == out.length && !record_view_open(&v, out.data, out.length));
		demand(v.type == RECORD_HIT && record_has(&v, F_RULE) && record_has(&v, F_SCORE) && record_has(&v, F_WHY) && record_has(&v, F_MATCHES));
	}
	arena_free(&arena);
	buffer_free(&out);
}

static void link_check(void *owner, const char *tag, struct mail_text address, struct mail_text text)
{
	const char *by;
	struct link l;
	demand(tag && address.length <= LINK_MOST + 4 && text.length <= 512);
	struct mail_text target = link_target(address, &by, owner);
	text_check(target);
	if (link_split(target, &l)) {
		demand(l.host.text >= target.text && l.host.text + l.host.length <= target.text + target.length);
		demand(domain_registered(l.host).length <= l.host.length);
	}
}

/* A link by itself, and as a page of them: what comes of it is text and lies where it says. A plain link is plain. */
void fuzz_mail_link(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena arena = { 0 };
	struct mail_text raw = { (const char *)data, size }, plain = link_plain(raw, &arena);
	text_check(plain);
	demand(plain.length <= LINK_MOST);
	link_check(&arena, "", (struct mail_text){ raw.text, raw.length < LINK_MOST ? raw.length : LINK_MOST }, (struct mail_text){ "", 0 });
	link_html(data, size, link_check, &arena);
	arena_free(&arena);
}

/* A field of results, and a header with whatever it says: lower case, bounded, and the receiver's border within it. */
void fuzz_mail_auth(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct arena arena = { 0 };
	struct auth_result result[AUTH_RESULTS_MOST];
	struct auth_verdict verdict;
	struct mail_text by;
	size_t n = auth_results_read((struct mail_text){ (const char *)data, size }, &by, result, AUTH_RESULTS_MOST, &arena);
	demand(n <= AUTH_RESULTS_MOST);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < result[i].method.length; k++)
			demand(result[i].method.text[k] < 'A' || result[i].method.text[k] > 'Z');
	struct mail_header h;
	mail_header_read(&h, data, size, &arena);
	demand(auth_border(&h, &arena) <= h.fields);
	auth_judge(&h, &verdict, &arena);
	struct buffer out = { 0 };
	struct record_builder r = record_begin(&out, RECORD_MESSAGE);
	auth_write(&r, &h, data, size, &arena);
	record_end(&r);
	struct record_view v;
	demand(!record_view_open(&v, out.data, out.length));
	buffer_free(&out);
	arena_free(&arena);
}

/* The first byte says which file of settings it is, or a package. */
void fuzz_tenant(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	static const char *const file[] = { "a.msi", "serviceconfig.xml", "MeshAgent.msh", "rport.conf", "client.config.yaml", "config.json", "system.conf", "user.config" };
	static const char path[] = "/ProgramData/JWrapper/AnyDesk/netbird/screenconnect/x";
	(void)t;
	size_t which = (size_t)fuzz_number(&data, &size, 1) % (sizeof file / sizeof *file);
	struct node n = { .name = { (const uint8_t *)file[which], strlen(file[which]) }, .path = { (const uint8_t *)path, sizeof path - 1 } };
	struct arena arena = { 0 };
	struct buffer out = { 0 };
	tenant_find(&n, which ? "text" : "ole", data, size, &arena, &out);
	for (size_t at = 0; at < out.length;) {
		struct record_view v;
		size_t length = record_frame_length(out.data + at, out.length - at);
		demand(length && !record_view_open(&v, out.data + at, length) && v.type == RECORD_HIT && record_has(&v, F_FAMILY));
		at += length;
	}
	buffer_free(&out);
	arena_free(&arena);
}

static bool hit_check(void *owner, const struct record_view *v)
{
	(void)owner;
	demand(v->type == RECORD_HIT && record_has(v, F_LOCATOR) && record_has(v, F_RULE) && record_has(v, F_SCORE) && record_has(v, F_WHY));
	return true;
}

/* Lines of records, as a bundle gives them to the reducers; those that are none are left out. */
void fuzz_correlate(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct correlate *c = correlate_new(-1);
	struct buffer frame = { 0 };
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t length = end ? (size_t)(end - data) - at : size - at;
		struct record_view v;
		buffer_clear(&frame);
		if (!record_from_json(&frame, (const char *)data + at, length) && !record_view_open(&v, frame.data, frame.length) && v.type < RECORD_FOREIGN)
			demand(correlate_add(c, &v));
		at += length + 1;
	}
	demand(correlate_finish(c, hit_check, NULL));
	correlate_free(c);
	buffer_free(&frame);
}
