/* SPDX-License-Identifier: Apache-2.0 */
/* mail_headers.c: signs in the header of a message: who it says to come from, what the receiver found, the way it took. */
#include "detect/mail_signs.h"

#include <string.h>

#include "detect/lookalike.h"
#include "format/mail/dkim.h"

enum { VALUE_MOST = 16384, HOPS_MOST = 64, SKEW = 300, SLOW = 3600 };

static struct mail_text cut(struct mail_text t) { return (struct mail_text){ t.text, t.length < VALUE_MOST ? t.length : VALUE_MOST }; }

static struct mail_text field_of(const struct judging *j, const char *name)
{
	const struct mail_field *f = mail_header_find(&j->mime->header, name, 0);
	return f ? cut(f->value) : (struct mail_text){ "", 0 };
}

static struct mail_text text_of(const char *text) { return (struct mail_text){ text, strlen(text) }; }

static bool text_has(struct mail_text t, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= t.length; i++)
		if ((t.text[i] | 0x20) == (*word | 0x20) && text_equal_nocase(t.text + i, n, word, n))
			return true;
	return false;
}

/* ---- who */

/* A name on the internet: labels of letters, digits and hyphens, more than one. */
static bool host_possible(struct mail_text host)
{
	bool dot = false;
	for (size_t i = 0; i < host.length; i++) {
		char c = host.text[i];
		if (c == '.')
			dot |= i > 0;
		else if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' && !((uint8_t)c & 0x80))
			return host.text[0] == '[';
	}
	return dot;
}

/* Some server passed it on: items of stores that never went anywhere (contacts, calendar, drafts) lack what mail has, and mean nothing by it. */
static bool travelled(const struct judging *j)
{
	return mail_header_find(&j->mime->header, "Received", 0) || mail_header_find(&j->mime->header, "Return-Path", 0) || mail_header_find(&j->mime->header, "Authentication-Results", 0);
}

static void judge_from(struct judging *j)
{
	struct mail_address list[8];
	size_t n = mail_addresses(field_of(j, "From"), list, 8, j->arena);
	for (size_t i = 0; i < n && !j->from.address.length; i++)
		if (mail_host_of(list[i].address).length)
			j->from = list[i];
	if (!j->from.address.length) {
		if (travelled(j))
			sign_seen(j, SIGN_from_missing, field_of(j, "From"));
		j->from.name = n ? list[0].name.length ? list[0].name : list[0].address : (struct mail_text){ "", 0 };
	}
	struct mail_text host = mail_host_of(j->from.address);
	if (host.length && !host_possible(host) && travelled(j))
		sign_seen(j, SIGN_from_missing, j->from.address);
	if (host_known(host, WORD_FREE_HOST))
		sign_seen(j, SIGN_from_free_host, host);
	if (host_known(host, WORD_CHEAP_TLD))
		sign_seen(j, SIGN_from_cheap_domain, host);
	j->from_domain = domain_registered(host);
	struct mail_text shown = mail_host_of(j->from.name);
	if (shown.length && memchr(shown.text, '.', shown.length)) {
		struct mail_text end = shown;
		end.length = 0;
		while (end.length < shown.length && (((shown.text[end.length] | 0x20) >= 'a' && (shown.text[end.length] | 0x20) <= 'z') || strchr("0123456789.-", shown.text[end.length])))
			end.length++;
		if (end.length && memchr(end.text, '.', end.length) && !mail_same(domain_registered(end), j->from_domain))
			sign_seen(j, SIGN_name_other_address, j->from.name);
	}
	const char *brand = brand_in_name(j->from.name, j->from_domain);
	if (brand)
		sign_seen(j, SIGN_name_brand, text_of(arena_format(j->arena, "%s: %.*s <%.*s>", brand, (int)j->from.name.length, j->from.name.text, (int)j->from.address.length, j->from.address.text ? j->from.address.text : "")));
	struct mail_text subject = mail_decode(field_of(j, "Subject"), j->arena, NULL);
	if (script_mixed(j->from.name.text ? j->from.name.text : "", j->from.name.length))
		sign_seen(j, SIGN_text_disguised, j->from.name);
	if (script_mixed(subject.text, subject.length))
		sign_seen(j, SIGN_text_disguised, subject);
}

/* Other addresses that the header names, against From's. */
static void judge_others(struct judging *j)
{
	static const struct { const char *field; enum mail_sign sign; } others[] = { { "Sender", SIGN_sender_elsewhere }, { "Return-Path", SIGN_return_elsewhere }, { "Reply-To", SIGN_reply_elsewhere } };
	bool own;
	const char *how = j->from_domain.length ? domain_disguise(j, mail_host_of(j->from.address), &own) : NULL;
	if (how)
		sign_seen(j, own ? SIGN_domain_lookalike : SIGN_domain_disguised, text_of(arena_format(j->arena, "%.*s (%s)", (int)j->from_domain.length, j->from_domain.text, how)));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct mail_address a = { 0 };
		mail_addresses(field_of(j, others[i].field), &a, 1, j->arena);
		struct mail_text host = mail_host_of(a.address), domain = domain_registered(host);
		if (!domain.length || mail_same(domain, j->from_domain))
			continue;
		sign_seen(j, others[i].sign, a.address);
		if (others[i].sign == SIGN_reply_elsewhere && host_known(domain, WORD_FREEMAIL) && !host_known(j->from_domain, WORD_FREEMAIL))
			sign_seen(j, SIGN_reply_freemail, a.address);
		how = domain_disguise(j, host, &own);
		if (how)
			sign_seen(j, own ? SIGN_domain_lookalike : SIGN_domain_disguised, text_of(arena_format(j->arena, "%.*s (%s)", (int)host.length, host.text, how)));
	}
}

/* ---- what the receiver found */

static bool failed(struct mail_text result) { return mail_text_is(result, "fail") || mail_text_is(result, "softfail") || mail_text_is(result, "hardfail"); }

static void judge_authentication(struct judging *j)
{
	struct auth_verdict *v = &j->auth;
	auth_judge(&j->mime->header, v, j->arena);
	if (v->claimed && !v->known)
		sign_seen(j, SIGN_auth_claimed, field_of(j, "Authentication-Results"));
	const struct { enum mail_sign sign; struct mail_text result; } checks[] = { { SIGN_spf_fail, v->spf }, { SIGN_dkim_fail, v->dkim }, { SIGN_dmarc_fail, v->dmarc }, { SIGN_compauth_fail, v->compauth } };
	bool vouched = mail_text_is(v->dkim, "pass") || mail_text_is(v->dmarc, "pass");
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (failed(checks[i].result) && !(checks[i].sign == SIGN_spf_fail && vouched))
			sign_seen(j, checks[i].sign, checks[i].result);
	bool passed = mail_text_is(v->dmarc, "pass") || mail_text_is(v->compauth, "pass") || (mail_text_is(v->dkim, "pass") && mail_same(domain_registered(v->dkim_domain), j->from_domain)) ||
		(mail_text_is(v->spf, "pass") && mail_same(domain_registered(v->spf_domain), j->from_domain));
	for (unsigned i = 0; i < j->owns && v->known && (v->dmarc.length || v->compauth.length) && !passed; i++)
		if (mail_same(j->own[i], j->from_domain) && !j->bulk)
			sign_seen(j, SIGN_own_domain_forged, j->from.address);
}

static void judge_signed_body(struct judging *j)
{
	struct dkim_signature signature[DKIM_SIGNATURES_MOST];
	size_t n = dkim_bodies(&j->mime->header, j->message, j->length, signature, j->arena), differs = 0;
	for (size_t i = 0; i < n; i++)
		differs += signature[i].body == DKIM_BODY_DIFFERS;
	for (size_t i = 0; i < n && differs == n; i++)
		sign_seen(j, SIGN_dkim_body_differs, signature[i].domain);
}

/* ---- the header itself */

static void judge_fields(struct judging *j)
{
	static const char *const once[] = { "From", "Date", "Sender", "Subject", "To", "Cc", "Reply-To", "Message-ID", "Content-Type", "MIME-Version" };        /* not Content-Length: mailboxes write their own */
	static const char *const kits[] = { "X-Gophish-Contact", "X-Gophish-Signature", "X-PHISHTEST" };
	static const char *const scripts[] = { "X-PHP-Originating-Script", "X-PHP-Script", "X-Source-Args" };
	static const char *const kit_mailers[] = { "gophish", "king-mailer", "king phisher", "leaf phpmailer", "swaks" };
	static const char *const urgent[] = { "urgent", "verify", "suspend", "locked", "limited", "unusual", "action required", "payment", "overdue", "invoice", "password", "expire", "winner", "congratulation", "reward", "final notice", "last warning", "security alert", "account", "refund",
		"wire", "bank details", "confirm your", "deactivat", "storage", "quota", "delivery failed", "your package", "dringend", "konto", "rechnung", "mahnung", "facture", "compte", "cuenta", "factura", "conta", "fatura" };
	const struct mail_header *h = &j->mime->header;
	for (size_t i = 0; i < sizeof once / sizeof *once; i++)
		if (mail_header_find(h, once[i], 1))
			sign_seen(j, SIGN_field_twice, text_of(once[i]));
	struct mail_text subject = mail_decode(field_of(j, "Subject"), j->arena, NULL), mailer = field_of(j, "X-Mailer");
	for (size_t i = 0; i < sizeof urgent / sizeof *urgent; i++)
		if (text_has(subject, urgent[i])) {
			sign_seen(j, SIGN_subject_urgent, subject);
			break;
		}
	bool answer = false;
	static const char *const prefixes[] = { "re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "rv:", "tr:", "odp:", "antw:" };
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		answer |= subject.length > strlen(prefixes[i]) && text_equal_nocase(subject.text, strlen(prefixes[i]), prefixes[i], strlen(prefixes[i]));
	if (answer && !mail_header_find(h, "In-Reply-To", 0) && !mail_header_find(h, "References", 0) && !mail_header_find(h, "Thread-Index", 0))
		sign_seen(j, SIGN_reply_without_parent, subject);
	if (!mail_header_find(h, "Message-ID", 0) && mail_header_find(h, "Received", 0))
		sign_seen(j, SIGN_message_id_missing, (struct mail_text){ "", 0 });
	if (!j->recipients && travelled(j))
		sign_seen(j, SIGN_recipients_hidden, field_of(j, "To"));
	for (size_t i = 0; i < sizeof kits / sizeof *kits; i++)
		if (mail_header_find(h, kits[i], 0))
			sign_seen(j, SIGN_mailer_kit, text_of(kits[i]));
	for (size_t i = 0; i < sizeof kit_mailers / sizeof *kit_mailers; i++)
		if (text_has(mailer, kit_mailers[i]))
			sign_seen(j, SIGN_mailer_kit, mailer);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (mail_header_find(h, scripts[i], 0))
			sign_seen(j, SIGN_mailer_script, field_of(j, scripts[i]));
}

/* ---- the way */

static bool hop_time(const struct judging *j, size_t hop, struct mail_date *date)
{
	const struct mail_field *f = mail_header_find(&j->mime->header, "Received", hop);
	const char *semicolon = f && f->value.length ? memrchr(f->value.text, ';', f->value.length) : NULL;
	return semicolon && mail_date_read(date, semicolon + 1, f->value.length - (size_t)(semicolon + 1 - f->value.text)) && date->time.zone != TIME_LOCAL;
}

static void judge_hops(struct judging *j)
{
	struct mail_date above = { 0 }, below = { 0 }, sent;
	bool known = false;
	for (size_t hop = 0; hop < HOPS_MOST && mail_header_find(&j->mime->header, "Received", hop); hop++) {
		bool now = hop_time(j, hop, &below);
		if (known && now) {
			int64_t delay = above.time.seconds - below.time.seconds;
			if (delay < -SKEW)
				sign_seen(j, SIGN_hop_backwards, text_of(arena_format(j->arena, "hop %zu: %lld s", hop, (long long)delay)));
			else if (delay > SLOW)
				sign_seen(j, SIGN_hop_slow, text_of(arena_format(j->arena, "hop %zu: %lld s", hop, (long long)delay)));
		}
		if (now) {
			above = below;
			known = true;
		}
	}
	struct mail_text date = field_of(j, "Date");
	if (known && mail_date_read(&sent, date.text, date.length) && sent.time.zone != TIME_LOCAL) {
		int64_t skew = above.time.seconds - sent.time.seconds;
		if (skew > SLOW || skew < -SLOW)
			sign_seen(j, SIGN_date_skewed, text_of(arena_format(j->arena, "%lld s", (long long)skew)));
	}
}

void judge_headers(struct judging *j)
{
	judge_from(j);
	judge_others(j);
	judge_authentication(j);
	judge_signed_body(j);
	judge_fields(j);
	judge_hops(j);
}
