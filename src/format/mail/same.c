/* SPDX-License-Identifier: Apache-2.0 */
/* same.c: the digest by which copies of a message are known. Stores keep a message in different words (line ends, encodings, order of headers, further fields), so only what
 * they all keep goes in: names of people, header lines on the way, and second forms of the text do not. Of a message in the message its own Message-ID and Subject stand for it. */
#include "format/mail/same.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { ADDRESSES_MAX = 1000, TEXT_MAX = 16 << 20, DIGEST = 32 };

struct content { uint8_t digest[DIGEST]; };

static int content_compare(const void *a, const void *b) { return memcmp(a, b, DIGEST); }

/* Lower case, without white space; a mark behind it, so that two fields are not one. */
static void squeezed(struct buffer *out, const void *text, size_t length)
{
	const uint8_t *p = text;
	for (size_t i = 0; i < length; i++) {
		if (p[i] == 0xc2 && i + 1 < length && p[i + 1] == 0xa0)         /* no-break space */
			i++;
		else if (p[i] > ' ')
			buffer_byte(out, p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
	}
	buffer_byte(out, 0);
}

static void field(struct buffer *out, const struct mail_header *h, const char *name, struct arena *a)
{
	const struct mail_field *f = mail_header_find(h, name, 0);
	struct mail_text t = f ? mail_decode(f->value, a, NULL) : (struct mail_text){ 0 };
	squeezed(out, t.text, t.length);
}

static void addresses(struct buffer *out, const struct mail_header *h, const char *name, struct arena *a)
{
	const struct mail_field *f = mail_header_find(h, name, 0);
	struct mail_address *list = f ? arena_array(a, ADDRESSES_MAX, sizeof *list) : NULL;
	for (size_t i = 0, count = f ? mail_addresses(f->value, list, ADDRESSES_MAX, a) : 0; i < count; i++)
		squeezed(out, list[i].address.text, list[i].address.length);
	buffer_byte(out, 0);
}

static void date(struct buffer *out, const struct mail_header *h)
{
	const struct mail_field *f = mail_header_find(h, "Date", 0);
	struct mail_date d;
	if (f && mail_date_read(&d, f->value.text, f->value.length))
		buffer_decimal(out, (uint64_t)d.time.seconds);
	buffer_byte(out, 0);
}

static bool is_body(const struct mime_part *p)
{
	return p->type.length >= 5 && memcmp(p->type.text, "text/", 5) == 0 && !p->names && !mail_text_is(p->disposition, "attachment");
}

/* The first text/plain; where there is none, the first text/html. */
static void body(struct buffer *out, const struct mime *m)
{
	const struct mime_part *chosen = NULL;
	for (unsigned i = 0; i < m->parts; i++) {
		const struct mime_part *p = &m->part[i];
		if (p->flags & MIME_EXTRA || !is_body(p) || p->raw_length > TEXT_MAX)
			continue;
		bool plain = mail_text_is(p->type, "text/plain");
		if (plain || (!chosen && mail_text_is(p->type, "text/html")))
			chosen = p;
		if (plain)
			break;
	}
	struct buffer bytes = { 0 }, text = { 0 };
	if (chosen) {
		mime_decode(chosen, &bytes);
		mail_charset_decode(&text, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length, chosen->charset);
	}
	squeezed(out, text.data, text.length);
	buffer_free(&bytes);
	buffer_free(&text);
}

static void attachments(struct buffer *out, const struct mime *m, struct hasher *hasher, struct arena *a)
{
	struct content *list = arena_array(a, m->parts + 1, sizeof *list);
	struct buffer bytes = { 0 }, inner = { 0 };
	size_t count = 0;
	for (unsigned i = 0; i < m->parts; i++) {
		const struct mime_part *p = &m->part[i];
		if (p->flags & MIME_EXTRA || is_body(p))
			continue;
		buffer_clear(&bytes);
		mime_decode(p, &bytes);
		if (p->message) {
			struct mail_header h;
			buffer_clear(&inner);
			mail_header_read(&h, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length, a);
			field(&inner, &h, "Message-ID", a);
			field(&inner, &h, "Subject", a);
		}
		const struct buffer *content = p->message ? &inner : &bytes;
		hasher_start(hasher);
		hasher_update(hasher, content->data ? content->data : (const uint8_t *)"", content->length);
		hasher_finish(hasher);
		memcpy(list[count++].digest, hasher_digest(hasher, HASH_SHA256), DIGEST);
	}
	qsort(list, count, sizeof *list, content_compare);
	buffer_append(out, list, count * sizeof *list);
	buffer_free(&bytes);
	buffer_free(&inner);
}

void message_same(const struct mime *m, struct arena *a, uint8_t digest[DIGEST])
{
	struct buffer all = { 0 };
	struct hasher *hasher = hasher_new(HASH_SHA256);
	field(&all, &m->header, "Message-ID", a);
	date(&all, &m->header);
	addresses(&all, &m->header, "From", a);
	addresses(&all, &m->header, "To", a);
	addresses(&all, &m->header, "Cc", a);
	field(&all, &m->header, "Subject", a);
	body(&all, m);
	attachments(&all, m, hasher, a);
	hasher_start(hasher);
	hasher_update(hasher, all.data, all.length);
	hasher_finish(hasher);
	memcpy(digest, hasher_digest(hasher, HASH_SHA256), DIGEST);
	hasher_free(hasher);
	buffer_free(&all);
}
