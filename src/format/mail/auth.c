/* SPDX-License-Identifier: Apache-2.0 */
/* auth.c: see auth.h. Microsoft leaves the authserv-id out and the blanks behind ";" as well; old writers say "hardfail"; comments hold anything. Without the DNS of then
 * nothing here can be verified: it is what the receiver wrote, where it is the receiver's, and else a claim. */
#include "format/mail/auth.h"

#include <libpsl.h>
#include <string.h>

#include "base/text.h"
#include "format/mail/dkim.h"

enum { FIELD_MOST = 16384, FIELDS_MOST = 64 };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-_.@+%/:", c); }

static struct mail_text lowered(struct arena *a, const char *text, size_t length)
{
	char *copy = arena_copy(a, text, length);
	for (size_t i = 0; i < length; i++)
		copy[i] = lower(copy[i]);
	return (struct mail_text){ copy, length };
}

/* Without comments and folding, quotes kept: what is left is easy to cut. */
static struct mail_text stripped(struct mail_text v, struct arena *a)
{
	size_t length = v.length < FIELD_MOST ? v.length : FIELD_MOST, n = 0;
	char *out = arena_new(a, length + 1);
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		char c = v.text[i];
		if (c == '\\' && (depth || quoted) && i + 1 < length) {
			i++;
			if (quoted && !depth)
				out[n++] = v.text[i] >= ' ' ? v.text[i] : ' ';
		} else if (c == '"' && !depth) {
			quoted = !quoted;
			out[n++] = c;
		} else if (c == '(' && !quoted) {
			depth++;
			out[n++] = ' ';
		} else if (c == ')' && depth) {
			depth--;
		} else if (!depth) {
			out[n++] = (uint8_t)c >= ' ' ? c : ' ';
		}
	}
	return (struct mail_text){ out, n };
}

struct scan { const char *t; size_t at, end; };

static void blanks(struct scan *s)
{
	while (s->at < s->end && s->t[s->at] == ' ')
		s->at++;
}

static struct mail_text word(struct scan *s)
{
	blanks(s);
	struct mail_text w = { s->t + s->at, 0 };
	if (s->at < s->end && s->t[s->at] == '"') {
		w.text++;
		s->at++;
		while (s->at < s->end && s->t[s->at] != '"')
			s->at++;
		w.length = (size_t)(s->t + s->at - w.text);
		s->at += s->at < s->end;
		return w;
	}
	while (s->at < s->end && is_word(s->t[s->at]))
		s->at++;
	w.length = (size_t)(s->t + s->at - w.text);
	return w;
}

static bool names_domain(struct mail_text key)
{
	static const char *const keys[] = { "header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.mail", "smtp.helo", "header.sender" };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (mail_text_is(key, keys[i]))
			return true;
	return false;
}

static struct mail_text after_at(struct mail_text t)
{
	const char *at = t.length ? memrchr(t.text, '@', t.length) : NULL;
	return at ? (struct mail_text){ at + 1, t.length - (size_t)(at + 1 - t.text) } : t;
}

/* method[/version]=result [reason=…] [ptype.property=value]… */
static bool result_read(struct scan *s, struct auth_result *to, struct arena *a)
{
	struct mail_text method = word(s);
	blanks(s);
	if (!method.length || s->at == s->end || s->t[s->at] != '=')
		return false;
	s->at++;
	struct mail_text result = word(s);
	const char *version = memchr(method.text, '/', method.length);
	*to = (struct auth_result){ .method = lowered(a, method.text, version ? (size_t)(version - method.text) : method.length), .result = lowered(a, result.text, result.length) };
	while (s->at < s->end && s->t[s->at] != ';') {
		size_t before = s->at;
		struct mail_text key = word(s);
		blanks(s);
		if (key.length && s->at < s->end && s->t[s->at] == '=') {
			s->at++;
			struct mail_text value = word(s);
			if (mail_text_is(key, "reason"))
				to->about = lowered(a, value.text, value.length < 200 ? value.length : 200);
			else if (!to->domain.length && names_domain(key)) {
				struct mail_text d = after_at(value);
				to->domain = lowered(a, d.text, d.length < 255 ? d.length : 255);
			}
		}
		if (s->at == before)
			s->at++;
	}
	return true;
}

size_t auth_results_read(struct mail_text value, struct mail_text *by, struct auth_result *to, size_t most, struct arena *a)
{
	struct mail_text text = stripped(value, a);
	struct scan s = { text.text, 0, text.length };
	size_t count = 0;
	*by = (struct mail_text){ 0 };
	while (s.at < s.end && count < most) {
		size_t begin = s.at, stop = begin;
		bool quoted = false;
		for (; stop < s.end && (quoted || s.t[stop] != ';'); stop++)
			quoted ^= s.t[stop] == '"';
		struct scan part = { s.t, begin, stop };
		if (result_read(&part, &to[count], a)) {
			/* "i=1" of ARC reads like a result; the identifier follows */
			count += !(to[count].method.length == 1 && *to[count].method.text == 'i');
		} else if (!by->length && !count) {
			part.at = begin;
			struct mail_text id = word(&part);
			*by = lowered(a, id.text, id.length < 255 ? id.length : 255);
		}
		s.at = stop + 1;
	}
	return count;
}

/* ---- domains */

struct mail_text domain_registered(struct mail_text host)
{
	char name[256];
	while (host.length && host.text[host.length - 1] == '.')
		host.length--;
	if (!host.length)
		return (struct mail_text){ "", 0 };
	if (host.length >= sizeof name || memchr(host.text, 0, host.length))
		return host;
	for (size_t i = 0; i < host.length; i++)
		name[i] = lower(host.text[i]);
	name[host.length] = 0;
	const char *found = psl_registrable_domain(psl_builtin(), name);
	size_t skip = found ? (size_t)(found - name) : 0;
	return (struct mail_text){ host.text + skip, host.length - skip };
}

static bool same(struct mail_text a, struct mail_text b) { return a.length == b.length && text_equal_nocase(a.text, a.length, b.text, b.length); }

/* The host behind " by " of a Received field. */
static struct mail_text received_by(struct mail_text value, struct arena *a)
{
	struct mail_text t = stripped(value, a);
	for (size_t i = 0; i + 4 < t.length; i++) {
		if ((i && t.text[i - 1] != ' ') || lower(t.text[i]) != 'b' || lower(t.text[i + 1]) != 'y' || t.text[i + 2] != ' ')
			continue;
		struct scan s = { t.text, i + 3, t.length };
		return word(&s);
	}
	return (struct mail_text){ 0 };
}

/* An address or a bare name says nothing of whose host it is: such a hop is inside. */
static bool inner(struct mail_text host)
{
	return !host.length || !memchr(host.text, '.', host.length) || memchr(host.text, ':', host.length) || (host.text[host.length - 1] >= '0' && host.text[host.length - 1] <= '9');
}

/* Domains of one provider. */
static struct mail_text provider(struct mail_text domain)
{
	static const char *const microsoft[] = { "outlook.com", "exchangelabs.com", "office365.com", "microsoft.com" }, *const google[] = { "google.com", "gmail.com", "googlemail.com" };
	for (size_t i = 0; i < sizeof microsoft / sizeof *microsoft; i++)
		if (mail_text_is(domain, microsoft[i]))
			return (struct mail_text){ "outlook.com", 11 };
	for (size_t i = 0; i < sizeof google / sizeof *google; i++)
		if (mail_text_is(domain, google[i]))
			return (struct mail_text){ "google.com", 10 };
	return domain;
}

size_t auth_border(const struct mail_header *h, struct arena *a)
{
	struct mail_text own = { 0 };
	size_t border = 0;
	unsigned seen = 0;
	for (size_t i = 0; i < h->fields && seen < FIELDS_MOST; i++) {
		if (!mail_text_is(h->field[i].name, "Received"))
			continue;
		seen++;
		struct mail_text by = received_by(h->field[i].value, a);
		struct mail_text domain = inner(by) ? (struct mail_text){ 0 } : provider(domain_registered(by));
		if (domain.length && own.length && !same(domain, own))
			break;
		if (domain.length)
			own = domain;
		border = i;
	}
	return border;
}

static bool is_results(struct mail_text name) { return mail_text_is(name, "Authentication-Results") || mail_text_is(name, "X-MS-Exchange-Authentication-Results"); }

static void verdict_take(struct mail_text *to, struct mail_text result)
{
	if (!to->length)
		*to = result;
}

/* dkim of several signatures: one that passes is what counts. */
static void results_take(struct auth_verdict *v, const struct auth_result *r)
{
	if (mail_text_is(r->method, "spf")) {
		if (!v->spf.length)
			v->spf_domain = r->domain;
		verdict_take(&v->spf, r->result);
	} else if (mail_text_is(r->method, "dkim")) {
		if (!v->dkim.length || (!mail_text_is(v->dkim, "pass") && mail_text_is(r->result, "pass"))) {
			v->dkim = r->result;
			v->dkim_domain = r->domain;
		}
	} else if (mail_text_is(r->method, "dmarc")) {
		verdict_take(&v->dmarc, r->result);
	} else if (mail_text_is(r->method, "arc")) {
		verdict_take(&v->arc, r->result);
	} else if (mail_text_is(r->method, "compauth")) {
		verdict_take(&v->compauth, r->result);
	}
}

void auth_judge(const struct mail_header *h, struct auth_verdict *v, struct arena *a)
{
	size_t border = auth_border(h, a);
	*v = (struct auth_verdict){ 0 };
	for (size_t i = 0; i < h->fields; i++) {
		struct auth_result result[AUTH_RESULTS_MOST];
		struct mail_text by;
		if (!is_results(h->field[i].name))
			continue;
		if (i >= border) {
			v->claimed = true;
			continue;
		}
		if (v->known)
			continue;               /* the topmost is the last word */
		size_t n = auth_results_read(h->field[i].value, &by, result, AUTH_RESULTS_MOST, a);
		for (size_t k = 0; k < n; k++)
			results_take(v, &result[k]);
		v->known = n > 0;
	}
	for (size_t i = 0; i < border && !v->spf.length; i++)
		if (mail_text_is(h->field[i].name, "Received-SPF")) {
			struct mail_text t = stripped(h->field[i].value, a);
			struct scan s = { t.text, 0, t.length };
			struct mail_text w = word(&s);
			v->spf = lowered(a, w.text, w.length < 20 ? w.length : 20);
			v->known = true;
		}
}

void auth_write(struct record_builder *r, const struct mail_header *h, const uint8_t *message, size_t length, struct arena *a)
{
	size_t border = auth_border(h, a), fields = 0;
	bool open = false;
	for (size_t i = 0; i < h->fields && fields < FIELDS_MOST; i++) {
		struct mail_text name = h->field[i].name, by;
		struct auth_result result[AUTH_RESULTS_MOST];
		bool arc = mail_text_is(name, "ARC-Authentication-Results");
		if (!arc && !is_results(name) && !mail_text_is(name, "Authentication-Results-Original"))
			continue;
		fields++;
		size_t n = auth_results_read(h->field[i].value, &by, result, AUTH_RESULTS_MOST, a);
		for (size_t k = 0; k < n; k++) {
			if (!open)
				record_list(r, F_AUTHENTICATION);
			open = true;
			value_map(r, NULL);
			value_evidence_text(r, "method", result[k].method.text, result[k].method.length < 64 ? result[k].method.length : 64, TEXT_UTF8);
			value_evidence_text(r, "result", result[k].result.text, result[k].result.length < 64 ? result[k].result.length : 64, TEXT_UTF8);
			if (result[k].domain.length)
				value_evidence_text(r, "domain", result[k].domain.text, result[k].domain.length, TEXT_UTF8);
			if (result[k].about.length)
				value_evidence_text(r, "reason", result[k].about.text, result[k].about.length, TEXT_UTF8);
			if (by.length)
				value_evidence_text(r, "by", by.text, by.length, TEXT_UTF8);
			value_string(r, "whose", arc ? "arc" : is_results(name) && i < border ? "receiver" : "claimed");
			record_close(r);
		}
	}
	struct dkim_signature signature[DKIM_SIGNATURES_MOST];
	size_t signatures = dkim_bodies(h, message, length, signature, a);
	for (size_t i = 0; i < signatures; i++) {
		if (!open)
			record_list(r, F_AUTHENTICATION);
		open = true;
		value_map(r, NULL);
		value_string(r, "method", "dkim-body-hash");
		value_string(r, "result", dkim_body_word(signature[i].body));
		if (signature[i].domain.length)
			value_evidence_text(r, "domain", signature[i].domain.text, signature[i].domain.length, TEXT_UTF8);
		value_string(r, "whose", "computed");
		record_close(r);
	}
	if (open)
		record_close(r);
}
