/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: see mail.h. Signs have weights (mail_signs.def); their sum gives a class: low, suspicious, likely phishing. A class is no verdict: each sign is told with what it was
 * seen in. That a sender is authenticated says nothing for a message: four in ten phishing messages pass DMARC. */
#include "detect/mail_signs.h"

#include <string.h>

#include "detect/lookalike.h"

enum { BULK = 1, PAYLOAD = 2 };
enum { BRAND_FROM = 5, STRONG = 3, SUSPICIOUS_FROM = 2, LIKELY_FROM = 5 };

static const struct { const char *name; unsigned weight, flags; const char *about; } signs[] = {
#define SIGN(name, weight, flags, about) { #name, weight, flags, about },
#include "detect/mail_signs.def"
#undef SIGN
};

/* From the highest on: what the sum must be at least, and whether one sign must be strong. */
static const struct { unsigned sum; bool strong; const char *rule, *word; unsigned score; const char *severity; } classes[] = {
	{ LIKELY_FROM, true, "MAIL_LIKELY_PHISHING", "likely phishing", 75, "high" },
	{ SUSPICIOUS_FROM, false, "MAIL_SUSPICIOUS", "suspicious", 50, "low" },
	{ 1, false, "MAIL_LOW", "low", 20, "info" },
};

void mail_warm_up(void) { lookalike_warm_up(); }

void sign_seen(struct judging *j, enum mail_sign sign, struct mail_text in)
{
	unsigned kept = j->seen[sign] < SEEN_MOST ? j->seen[sign] : SEEN_MOST;
	size_t n = in.length < SEEN_LENGTH ? in.length : SEEN_LENGTH;
	while (n && n < in.length && ((uint8_t)in.text[n] & 0xc0) == 0x80)
		n--;
	for (unsigned i = 0; i < kept; i++)
		if (strlen(j->text[sign][i]) == n && !memcmp(j->text[sign][i], in.text, n))
			return;
	if (kept < SEEN_MOST) {
		struct buffer b = { 0 };
		text_for_terminal(&b, in.text ? in.text : "", n, 0);
		j->text[sign][kept] = arena_copy(j->arena, buffer_string(&b), b.length);
		buffer_free(&b);
	}
	j->seen[sign]++;
}

bool mail_same(struct mail_text a, struct mail_text b) { return a.length == b.length && text_equal_nocase(a.text ? a.text : "", a.length, b.text ? b.text : "", b.length); }

struct mail_text mail_host_of(struct mail_text address)
{
	const char *at = address.length ? memrchr(address.text, '@', address.length) : NULL;
	struct mail_text host = { at ? at + 1 : "", at ? address.length - (size_t)(at + 1 - address.text) : 0 };
	while (host.length && strchr(" >\t\r\n.", host.text[host.length - 1]))
		host.length--;
	return host;
}

/* ---- names */

static const struct { enum mail_word kind; const char *name; } words[] = {
#define WORD(kind, name) { WORD_##kind, name },
#define BRAND(word, domains)
#include "detect/mail_words.def"
#undef WORD
#undef BRAND
};
static const struct { const char *word, *domains; } brands[] = {
#define WORD(kind, name)
#define BRAND(word, domains) { word, domains },
#include "detect/mail_words.def"
#undef WORD
#undef BRAND
};

bool host_known(struct mail_text host, enum mail_word kind)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].name);
		if (words[i].kind != kind || host.length < n || !text_equal_nocase(host.text + host.length - n, n, words[i].name, n))
			continue;
		if (host.length == n ? kind != WORD_CHEAP_TLD : host.text[host.length - n - 1] == '.')
			return true;
	}
	return false;
}

static bool list_has(const char *list, struct mail_text domain)
{
	for (; *list; list += strcspn(list, ";"), list += *list == ';') {
		size_t n = strcspn(list, ";");
		if (text_equal_nocase(list, n, domain.text, domain.length))
			return true;
	}
	return false;
}

static bool letter(char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || (uint8_t)c >= 0x80; }

const char *brand_in_name(struct mail_text name, struct mail_text domain)
{
	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
		size_t n = strlen(brands[i].word);
		for (size_t at = 0; at + n <= name.length; at++) {
			if ((name.text[at] | 0x20) != (*brands[i].word | 0x20) || !text_equal_nocase(name.text + at, n, brands[i].word, n) || (at && letter(name.text[at - 1])) || (at + n < name.length && letter(name.text[at + n])))
				continue;
			/* the brand in another country's domain is taken for the brand's own; not where anyone gets a name */
			const char *dot = domain.length ? memchr(domain.text, '.', domain.length) : NULL;
			size_t label = dot ? (size_t)(dot - domain.text) : domain.length;
			bool own = list_has(brands[i].domains, domain) || (!host_known(domain, WORD_FREE_HOST) && text_equal_nocase(domain.text ? domain.text : "", label, brands[i].word, n));
			if (!own)
				return brands[i].word;
			break;
		}
	}
	return NULL;
}

static const char *disguise_find(const struct judging *j, struct mail_text host, bool *own)
{
	struct mail_text domain = domain_registered(host);
	*own = false;
	for (unsigned i = 0; i < j->owns; i++)
		if (mail_same(j->own[i], domain))
			return NULL;
	for (unsigned i = 0; i < j->owns; i++) {
		const char *how = lookalike(domain.text, domain.length, host.text, host.length, j->own[i].text, j->own[i].length);
		if (how) {
			*own = true;
			return how;
		}
	}
	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++) {
		const char *first = brands[i].domains;
		size_t n = strcspn(first, ";");
		if (list_has(brands[i].domains, domain) || strcspn(first, ".") < BRAND_FROM)
			continue;
		const char *how = lookalike(domain.text, domain.length, domain.text, domain.length, first, n);
		if (how && !strcmp(how, "confusable letters"))
			return how;
	}
	return script_mixed(host.text, host.length) ? "letters of several scripts" : NULL;
}

const char *domain_disguise(struct judging *j, struct mail_text host, bool *own)
{
	for (unsigned i = 0; i < j->disguises; i++)
		if (mail_same(j->disguise[i].host, host)) {
			*own = j->disguise[i].own;
			return j->disguise[i].how;
		}
	const char *how = disguise_find(j, host, own);
	if (j->disguises < HOSTS_KEPT) {
		j->disguise[j->disguises].host = (struct mail_text){ arena_copy(j->arena, host.text, host.length), host.length };
		j->disguise[j->disguises].how = how;
		j->disguise[j->disguises++].own = *own;
	}
	return how;
}

/* ---- the message */

static void own_add(struct judging *j, struct mail_text domain)
{
	domain = domain_registered(domain);
	for (unsigned i = 0; i < j->owns; i++)
		if (mail_same(j->own[i], domain))
			return;
	if (domain.length && j->owns < OWN_MOST && memchr(domain.text, '.', domain.length))
		j->own[j->owns++] = domain;
}

static void recipients_find(struct judging *j)
{
	/* the first three are the reader's; To may name anybody, so it counts where all its addresses are of one domain and the message is no list's */
	static const char *const fields[] = { "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc" };
	enum { TO = 3 };
	for (const char *at = j->o->own_domains ? j->o->own_domains : ""; *at;) {
		size_t n = strcspn(at, ",");
		own_add(j, (struct mail_text){ at, n });
		at += n + (at[n] != 0);
		j->own_given = true;
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct mail_field *f = mail_header_find(&j->mime->header, fields[i], 0);
		struct mail_address list[OWN_MOST];
		size_t n = f ? mail_addresses((struct mail_text){ f->value.text, f->value.length < 16384 ? f->value.length : 16384 }, list, OWN_MOST, j->arena) : 0;
		bool own = i < TO || (i == TO && !j->bulk && !j->owns);
		for (size_t k = 1; k < n && i == TO; k++)
			own &= mail_same(domain_registered(mail_host_of(list[k].address)), domain_registered(mail_host_of(list[0].address)));
		for (size_t k = 0; k < n; k++) {
			struct mail_text host = mail_host_of(list[k].address);
			if (!host.length)
				continue;
			if (j->recipients < OWN_MOST)
				j->recipient[j->recipients++] = list[k].address;
			if (!j->own_given && own && !host_known(domain_registered(host), WORD_FREEMAIL))
				own_add(j, host);
		}
	}
}

/* Lists and newsletters name themselves. */
static bool bulk_traffic(const struct mail_header *h)
{
	static const char *const fields[] = { "List-Id", "List-Unsubscribe", "List-Post", "Mailing-List", "Feedback-ID" };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (mail_header_find(h, fields[i], 0))
			return true;
	const struct mail_field *f = mail_header_find(h, "Precedence", 0);
	return f && (mail_text_is(f->value, "bulk") || mail_text_is(f->value, "list") || mail_text_is(f->value, " bulk") || mail_text_is(f->value, " list"));
}

static void verdict_put(struct record_builder *r, const char *method, struct mail_text result)
{
	if (result.length)
		value_evidence_text(r, method, result.text, result.length < 40 ? result.length : 40, TEXT_UTF8);
}

static void data_put(struct record_builder *r, const struct judging *j, unsigned sum, const char *class)
{
	record_map(r, F_DATA);
	value_string(r, "class", class);
	value_number(r, "sum", sum);
	if (j->bulk)
		value_flag(r, "bulk", true);
	if (j->auth.known) {
		value_map(r, "receiver");
		verdict_put(r, "spf", j->auth.spf);
		verdict_put(r, "dkim", j->auth.dkim);
		verdict_put(r, "dmarc", j->auth.dmarc);
		verdict_put(r, "compauth", j->auth.compauth);
		verdict_put(r, "arc", j->auth.arc);
		record_close(r);
	}
	if (j->from.address.length)
		value_evidence_text(r, "from", j->from.address.text, j->from.address.length < 512 ? j->from.address.length : 512, TEXT_UTF8);
	if (j->links_kept) {
		value_list(r, "links");
		for (unsigned i = 0; i < j->links_kept; i++) {
			value_map(r, NULL);
			value_evidence_text(r, "target", j->link[i].target.text, j->link[i].target.length, TEXT_UTF8);
			value_string(r, "by", j->link[i].by);
			value_evidence_text(r, "url", j->link[i].shown.text, j->link[i].shown.length < 2048 ? j->link[i].shown.length : 2048, TEXT_UTF8);
			record_close(r);
		}
		record_close(r);
	}
	record_close(r);
}

static void matches_put(struct record_builder *r, const struct judging *j, struct buffer *why)
{
	record_list(r, F_MATCHES);
	/* the heaviest first */
	for (unsigned weight = 9; weight-- > 0;)
		for (unsigned s = 0; s < MAIL_SIGNS; s++) {
			bool counts = !(j->bulk && signs[s].flags & BULK);
			if (!j->seen[s] || (counts ? signs[s].weight : 0) != weight)
				continue;
			value_map(r, NULL);
			value_string(r, "id", signs[s].name);
			value_number(r, "weight", weight);
			struct buffer text = { 0 };
			for (unsigned i = 0; i < j->seen[s] && i < SEEN_MOST; i++) {
				buffer_text(&text, i ? " | " : "");
				buffer_text(&text, j->text[s][i]);
			}
			value_text(r, "text", (const char *)(text.data ? text.data : (const uint8_t *)""), text.length);
			record_close(r);
			if (weight) {
				buffer_format(why, "; %s", signs[s].about);
				if (text.length) {
					buffer_text(why, ": ");
					size_t n = text.length < 160 ? text.length : 160;
					while (n < text.length && n && (text.data[n] & 0xc0) == 0x80)
						n--;
					buffer_append(why, text.data, n);
				}
			}
			buffer_free(&text);
		}
	record_close(r);
}

static void hit_write(const struct judging *j, struct buffer *out)
{
	unsigned sum = 0;
	bool strong = false, payload = false;
	for (unsigned s = 0; s < MAIL_SIGNS; s++)
		if (j->seen[s] && !(j->bulk && signs[s].flags & BULK)) {
			sum += signs[s].weight;
			strong |= signs[s].weight >= STRONG;
			payload |= (signs[s].flags & PAYLOAD) != 0;
		}
	size_t c = 0;
	while (c < sizeof classes / sizeof *classes && (sum < classes[c].sum || (classes[c].strong && !strong) || (!c && j->bulk && !payload)))
		c++;
	if (c == sizeof classes / sizeof *classes)
		return;
	struct buffer why = { 0 };
	struct record_builder r = record_begin(out, RECORD_HIT);
	buffer_format(&why, "%s, weight %u", classes[c].word, sum);
	record_string(&r, F_RULE, classes[c].rule);
	record_number(&r, F_SCORE, classes[c].score);
	record_string(&r, F_SEVERITY, classes[c].severity);
	record_string(&r, F_METHOD, "mail");
	matches_put(&r, j, &why);
	record_text(&r, F_WHY, (const char *)why.data, why.length);
	record_string(&r, F_ATTACK, j->seen[SIGN_attach_program] || j->seen[SIGN_attach_shortcut] || j->seen[SIGN_archive_program] || j->seen[SIGN_attach_macro] ? "T1566.001" : j->links ? "T1566.002" : "T1566");
	const struct mail_field *subject = mail_header_find(&j->mime->header, "Subject", 0);
	if (subject) {
		struct mail_text t = mail_decode((struct mail_text){ subject->value.text, subject->value.length < 2048 ? subject->value.length : 2048 }, j->arena, NULL);
		record_text(&r, F_NAME, t.text, t.length);
	}
	data_put(&r, j, sum, classes[c].word);
	record_end(&r);
	buffer_free(&why);
}

void mail_judge(const uint8_t *raw, size_t length, const struct mail_options *o, struct reporter *report, struct arena *arena, struct buffer *out)
{
	struct mime *mime = arena_new(arena, sizeof *mime);
	struct judging *j = arena_new(arena, sizeof *j);
	/* lines that end in CR alone: as in message.c */
	if (length && !memchr(raw, '\n', length) && memchr(raw, '\r', length)) {
		uint8_t *copy = arena_copy(arena, raw, length);
		for (size_t i = 0; i < length; i++)
			if (copy[i] == '\r')
				copy[i] = '\n';
		raw = copy;
	}
	size_t skip = length > 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (skip < length && (raw[skip] == '\n' || raw[skip] == '\r'))
		skip++;
	mime_read(mime, raw + skip, length - skip, arena, NULL);        /* what is wrong with it the parser of messages has told */
	*j = (struct judging){ .o = o, .mime = mime, .message = raw + skip, .length = length - skip, .report = report, .arena = arena, .bulk = bulk_traffic(&mime->header) };
	recipients_find(j);
	judge_headers(j);
	judge_bodies(j);
	judge_attachments(j);
	hit_write(j, out);
}
