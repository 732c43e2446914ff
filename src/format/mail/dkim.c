/* SPDX-License-Identifier: Apache-2.0 */
/* dkim.c: see dkim.h. RFC 6376 3.4.3 and 3.4.4 (canonical forms of the body), 3.5 (tags), 3.7 (the hash). A message that spoor put together out of the properties of a store (PST, MSG,
 * OLM, TNEF) has the header that travelled but not the body that did: nothing is said of it. */
#include "format/mail/dkim.h"

#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/mail/transfer.h"

enum { FIELD_MOST = 16384, DOMAIN_MOST = 255 };
#define WHOLE UINT64_MAX

/* The value of a tag, without the white space around it; empty: there is none. */
static struct mail_text tag(struct mail_text field, const char *name)
{
	const char *at = field.text, *end = at + field.length;
	while (at < end) {
		const char *stop = memchr(at, ';', (size_t)(end - at)), *next = stop ? stop + 1 : end, *equals = memchr(at, '=', (size_t)(next - at));
		stop = stop ? stop : end;
		while (at < stop && strchr(" \t\r\n", *at))
			at++;
		const char *name_end = equals ? equals : at;
		while (name_end > at && strchr(" \t\r\n", name_end[-1]))
			name_end--;
		if (equals && (size_t)(name_end - at) == strlen(name) && !memcmp(at, name, strlen(name))) {
			for (at = equals + 1; at < stop && strchr(" \t\r\n", *at); at++)
				;
			while (stop > at && strchr(" \t\r\n", stop[-1]))
				stop--;
			return (struct mail_text){ at, (size_t)(stop - at) };
		}
		at = next;
	}
	return (struct mail_text){ "", 0 };
}

static bool rebuilt(const uint8_t *body, size_t length)
{
	static const char *const first[] = { "\n--=_pst_", "\n--=_msg_", "\n--=_olm", "\n--=_tnef_", "--=_pst_", "--=_msg_", "--=_olm", "--=_tnef_" };
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (length > strlen(first[i]) && !memcmp(body, first[i], strlen(first[i])))
			return true;
	return false;
}

/* One canonical body on its way into a digest, as far as `left` bytes of it are asked for. */
struct canon { struct hasher *hasher; uint64_t left, written; };

static void put(struct canon *c, const void *bytes, size_t length)
{
	size_t n = length < c->left ? length : (size_t)c->left;
	hasher_update(c->hasher, bytes, n);
	c->left -= n;
	c->written += length;
}

static void line_put(struct canon *c, const uint8_t *line, size_t length, bool relaxed)
{
	if (!relaxed) {
		put(c, line, length);
		return;
	}
	while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	for (size_t i = 0; i < length;) {
		size_t from = i;
		while (i < length && line[i] != ' ' && line[i] != '\t')
			i++;
		put(c, line + from, i - from);
		if (i < length)
			put(c, " ", 1);
		while (i < length && (line[i] == ' ' || line[i] == '\t'))
			i++;
	}
}

/* Empty lines count only before another that is not. */
static void body_put(struct canon *c, const uint8_t *body, size_t length, bool relaxed)
{
	uint64_t empty = 0;
	for (size_t at = 0; at < length;) {
		const uint8_t *feed = memchr(body + at, '\n', length - at);
		size_t end = feed ? (size_t)(feed - body) : length, next = feed ? end + 1 : length, text = end;
		if (feed && text > at && body[text - 1] == '\r')
			text--;
		size_t kept = text;
		while (relaxed && kept > at && (body[kept - 1] == ' ' || body[kept - 1] == '\t'))
			kept--;
		if (kept == at) {
			empty++;
		} else {
			for (; empty; empty--)
				put(c, "\r\n", 2);
			line_put(c, body + at, text - at, relaxed);
			put(c, "\r\n", 2);
		}
		at = next;
	}
	if (!c->written && !relaxed)
		put(c, "\r\n", 2);
}

/* l=: how many bytes are signed; WHOLE: no such tag. False: it is no number. */
static bool signed_length(struct mail_text text, uint64_t *length)
{
	*length = text.length ? 0 : WHOLE;
	for (size_t i = 0; i < text.length; i++) {
		if (text.text[i] < '0' || text.text[i] > '9' || *length > WHOLE / 10 - 9)
			return false;
		*length = *length * 10 + (uint64_t)(text.text[i] - '0');
	}
	return true;
}

static enum dkim_body body_check(struct mail_text field, const uint8_t *body, size_t length)
{
	struct mail_text algorithm = tag(field, "a"), hash = tag(field, "bh"), canonical = tag(field, "c");
	enum hash_kind kind = mail_text_is(algorithm, "rsa-sha256") || mail_text_is(algorithm, "ed25519-sha256") ? HASH_SHA256 : HASH_SHA1;
	const char *slash = canonical.length ? memchr(canonical.text, '/', canonical.length) : NULL;
	struct mail_text form = slash ? (struct mail_text){ slash + 1, canonical.length - (size_t)(slash + 1 - canonical.text) } : (struct mail_text){ "simple", 6 };
	bool relaxed = mail_text_is(form, "relaxed");
	struct buffer stated = { 0 };
	uint64_t asked;
	enum dkim_body answer = DKIM_BODY_UNKNOWN;
	transfer_base64(&stated, hash.text, hash.length);
	if (signed_length(tag(field, "l"), &asked) && (kind == HASH_SHA256 || mail_text_is(algorithm, "rsa-sha1")) && stated.length == hash_length(kind) && (relaxed || mail_text_is(form, "simple"))) {
		struct canon c = { .hasher = hasher_new(kind), .left = asked };
		body_put(&c, body, length, relaxed);
		hasher_finish(c.hasher);
		bool same = !memcmp(hasher_digest(c.hasher, kind), stated.data, stated.length) && (asked == WHOLE || !c.left);
		answer = !same ? DKIM_BODY_DIFFERS : c.written > asked ? DKIM_BODY_BEGINS : DKIM_BODY_MATCHES;
		hasher_free(c.hasher);
	}
	buffer_free(&stated);
	return answer;
}

size_t dkim_bodies(const struct mail_header *h, const uint8_t *message, size_t length, struct dkim_signature to[DKIM_SIGNATURES_MOST], struct arena *a)
{
	const struct mail_field *f;
	size_t count = 0, start = h->body < length ? h->body : length;
	for (; count < DKIM_SIGNATURES_MOST && (f = mail_header_find(h, "DKIM-Signature", count)); count++) {
		struct mail_text field = { f->value.text, f->value.length < FIELD_MOST ? f->value.length : FIELD_MOST }, domain = tag(field, "d");
		size_t n = domain.length < DOMAIN_MOST ? domain.length : DOMAIN_MOST;
		char *lower = arena_copy(a, domain.text, n);
		for (size_t i = 0; i < n; i++)
			lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] | 0x20 : lower[i]);
		to[count] = (struct dkim_signature){ { lower, n }, rebuilt(message + start, length - start) ? DKIM_BODY_UNKNOWN : body_check(field, message + start, length - start) };
	}
	return count;
}

const char *dkim_body_word(enum dkim_body body)
{
	static const char *const word[] = { "match", "mismatch", "match_begin", "unknown" };
	return word[body];
}
