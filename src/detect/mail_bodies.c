/* SPDX-License-Identifier: Apache-2.0 */
/* mail_bodies.c: signs in the texts of a message: links and where they lead, forms and scripts in HTML, words that tell a password. */
#include "detect/mail_signs.h"

#include <string.h>

#include "detect/lookalike.h"

enum { TEXT_MOST = 8 << 20, LINKS_LOOKED_AT = 2000, LONG_RUN = 8192 };

struct body { struct judging *j; bool html, words, picture; };

static bool begins(struct mail_text t, const char *with)
{
	size_t n = strlen(with);
	return t.length >= n && text_equal_nocase(t.text, n, with, n);
}

static bool holds(struct mail_text t, struct mail_text part)
{
	for (size_t i = 0; part.length && i + part.length <= t.length; i++)
		if ((t.text[i] | 0x20) == (*part.text | 0x20) && text_equal_nocase(t.text + i, part.length, part.text, part.length))
			return true;
	return false;
}

static bool number_host(struct mail_text host)
{
	unsigned dots = 0;
	for (size_t i = 0; i < host.length; i++) {
		if (host.text[i] == '.')
			dots++;
		else if (host.text[i] < '0' || host.text[i] > '9')
			return memchr(host.text, ':', host.length) != NULL;
	}
	return dots == 3;
}

/* The first thing in a text that looks like a host. */
static struct mail_text host_in_text(struct mail_text t)
{
	for (size_t i = 0; i < t.length;) {
		size_t start = i, dots = 0;
		while (i < t.length && (((t.text[i] | 0x20) >= 'a' && (t.text[i] | 0x20) <= 'z') || (t.text[i] >= '0' && t.text[i] <= '9') || t.text[i] == '-' || t.text[i] == '.'))
			dots += t.text[i++] == '.';
		struct mail_text host = { t.text + start, i - start };
		while (host.length && host.text[host.length - 1] == '.')
			host.length--;
		const char *last = host.length ? memrchr(host.text, '.', host.length) : NULL;
		size_t tld = last ? host.length - (size_t)(last + 1 - host.text) : 0;
		bool mail = (start && t.text[start - 1] == '@') || (i < t.length && t.text[i] == '@');
		bool web = begins(host, "www.") || (start >= 3 && !memcmp(t.text + start - 3, "://", 3));
		if (web && dots && tld >= 2 && last > host.text && !mail)
			return host;
		if (i == start)
			i++;
	}
	return (struct mail_text){ "", 0 };
}

/* The recipient's address, as it is or as base64, in what a link carries. */
static bool carries_recipient(const struct judging *j, struct mail_text url)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (unsigned i = 0; i < j->recipients; i++) {
		struct mail_text r = j->recipient[i];
		char coded[400];
		size_t n = 0;
		if (r.length < 6 || r.length > 200)
			continue;
		if (holds(url, r))
			return true;
		const char *at = memchr(r.text, '@', r.length);
		char escaped[256];
		if (at && r.length + 3 < sizeof escaped) {
			size_t before = (size_t)(at - r.text);
			memcpy(escaped, r.text, before);
			memcpy(escaped + before, "%40", 3);
			memcpy(escaped + before + 3, at + 1, r.length - before - 1);
			if (holds(url, (struct mail_text){ escaped, r.length + 2 }))
				return true;
		}
		/* whole groups only: what follows the address does not change them */
		for (size_t k = 0; k + 3 <= r.length; k += 3) {
			uint32_t v = (uint32_t)(uint8_t)r.text[k] << 16 | (uint32_t)(uint8_t)r.text[k + 1] << 8 | (uint8_t)r.text[k + 2];
			for (unsigned d = 0; d < 4; d++)
				coded[n++] = digits[v >> (18 - 6 * d) & 63];
		}
		if (memmem(url.text, url.length, coded, n))
			return true;
	}
	return false;
}

void judge_link(struct judging *j, struct mail_text raw, struct mail_text text)
{
	static const struct { const char *scheme; } odd[] = { { "file:" }, { "smb:" }, { "search-ms:" }, { "search:" }, { "ms-msdt:" }, { "ms-appinstaller:" }, { "ms-word:" }, { "ms-excel:" }, { "javascript:" }, { "data:text/html" }, { "data:application/" }, { "vbscript:" } };
	const char *by;
	struct link l, outer;
	if (j->links_seen++ == LINKS_LOOKED_AT)
		report_error(j->report, "limit", "mail.links", NULL, 0, 0, "more than %d links: the others are not judged", LINKS_LOOKED_AT);
	if (j->links_seen > LINKS_LOOKED_AT || begins(raw, "mailto:") || begins(raw, "tel:") || begins(raw, "cid:") || begins(raw, "#"))
		return;
	struct mail_text plain = link_plain(raw, j->arena), url = link_target(raw, &by, j->arena);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (begins(url, odd[i].scheme) || begins(plain, odd[i].scheme)) {
			sign_seen(j, SIGN_link_scheme, url);
			return;
		}
	if (!link_split(url, &l) || !link_split(plain, &outer))
		return;
	j->links = true;
	if (by && j->links_kept < LINKS_KEPT) {
		j->link[j->links_kept].shown = plain;
		j->link[j->links_kept].target = url;
		j->link[j->links_kept++].by = by;
	}
	if (by && (!strncmp(by, "google", 6) || !strcmp(by, "bing") || !strcmp(by, "youtube") || !strcmp(by, "facebook") || !strcmp(by, "linkedin")))
		sign_seen(j, SIGN_link_redirected, plain);
	if (host_known(l.host, WORD_SHORTENER))
		sign_seen(j, SIGN_link_shortened, url);
	if (host_known(l.host, WORD_FILE_HOST))
		sign_seen(j, SIGN_link_file_host, url);
	else if (host_known(l.host, WORD_FREE_HOST))
		sign_seen(j, SIGN_link_free_host, url);
	if (host_known(l.host, WORD_CHEAP_TLD) && !mail_same(domain_registered(l.host), j->from_domain))
		sign_seen(j, SIGN_link_cheap_domain, url);
	if (number_host(l.host))
		sign_seen(j, SIGN_link_number, url);
	if (l.user.length && memchr(l.user.text, '.', l.user.length))
		sign_seen(j, SIGN_link_user, url);
	if (carries_recipient(j, url) && !j->bulk)
		sign_seen(j, SIGN_link_recipient, url);
	bool own;
	const char *how = domain_disguise(j, l.host, &own);
	if (how)
		sign_seen(j, SIGN_link_lookalike, (struct mail_text){ arena_format(j->arena, "%.*s (%s)", (int)l.host.length, l.host.text, how), l.host.length + strlen(how) + 3 });
	struct mail_text named = host_in_text(text), domain = domain_registered(named);
	if (named.length && !mail_same(domain, domain_registered(l.host)) && !mail_same(domain, domain_registered(outer.host)))
		sign_seen(j, SIGN_link_text_differs, (struct mail_text){ arena_format(j->arena, "%.*s -> %.*s", (int)named.length, named.text, (int)l.host.length, l.host.text), named.length + l.host.length + 4 });
}

static void html_link(void *owner, const char *tag, struct mail_text address, struct mail_text text)
{
	(void)tag;
	judge_link(owner, address, text);
}

/* Links in plain text. */
static void text_links(struct judging *j, struct mail_text t)
{
	static const char *const schemes[] = { "http://", "https://", "hxxp://", "hxxps://", "file://", "search-ms:", "smb://", "ftp://" };
	for (size_t i = 0; i < t.length; i++) {
		char c = (char)(t.text[i] | 0x20);
		if (c != 'h' && c != 'f' && c != 's')
			continue;
		for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
			struct mail_text rest = { t.text + i, t.length - i };
			if (!begins(rest, schemes[k]))
				continue;
			size_t n = strlen(schemes[k]);
			while (n < rest.length && n < LINK_MOST && (uint8_t)rest.text[n] > ' ' && !strchr("<>\"`", rest.text[n]))
				n++;
			while (n > 8 && strchr(".,;:!?')]}", rest.text[n - 1]))
				n--;
			judge_link(j, (struct mail_text){ rest.text, n }, (struct mail_text){ "", 0 });
			i += n - 1;
			break;
		}
	}
}

/* ---- HTML and script */

static bool text_has(struct mail_text t, const char *word) { return holds(t, (struct mail_text){ word, strlen(word) }); }

/* A run of what base64 or numbers are made of. */
static bool long_run(struct mail_text t)
{
	size_t run = 0;
	for (size_t i = 0; i < t.length; i++) {
		char c = t.text[i];
		run = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' || c == ',' ? run + 1 : c == '\r' || c == '\n' || c == '"' ? run : 0;
		if (run >= LONG_RUN)
			return true;
	}
	return false;
}

static void html_judge(struct body *b, struct mail_text t)
{
	static const char *const building[] = { "createObjectURL", "msSaveOrOpenBlob", "new Blob(", "atob(", "data:application/octet", "data:application/zip", "data:application/x-", "fromCharCode" };
	struct judging *j = b->j;
	unsigned made = 0;
	const char *first = NULL;
	bool script = text_has(t, "<script");
	for (size_t i = 0; i < sizeof building / sizeof *building; i++)
		if (text_has(t, building[i])) {
			made++;
			first = first ? first : building[i];
		}
	if (script)
		sign_seen(j, SIGN_html_script, (struct mail_text){ "<script", 7 });
	if (first && (made >= 2 || (script && long_run(t))))
		sign_seen(j, SIGN_html_smuggling, (struct mail_text){ first, strlen(first) });
	if (text_has(t, "type=\"password\"") || text_has(t, "type=password") || text_has(t, "type='password'"))
		sign_seen(j, SIGN_html_password, (struct mail_text){ "<input type=password", 20 });
	b->picture |= text_has(t, "<img");
	/* letters outside tags */
	size_t letters = 0;
	bool tag = false;
	for (size_t i = 0; i < t.length && letters < 40; i++) {
		if (t.text[i] == '<') {
			struct mail_text rest = { t.text + i, t.length - i };
			tag = true;
			if (begins(rest, "<style") || begins(rest, "<script") || begins(rest, "<title")) {
				const char *end = memmem(rest.text, rest.length, "</", 2);
				i += end ? (size_t)(end - rest.text) : rest.length - 1;
			}
		} else if (t.text[i] == '>') {
			tag = false;
		} else if (!tag && (((t.text[i] | 0x20) >= 'a' && (t.text[i] | 0x20) <= 'z') || (uint8_t)t.text[i] >= 0x80)) {
			letters++;
		}
	}
	b->words |= letters >= 40;
}

void judge_page(struct judging *j, struct mail_text html)
{
	struct body b = { .j = j };
	link_html((const uint8_t *)html.text, html.length, html_link, j);
	html_judge(&b, html);
}

static void password_told(struct judging *j, struct mail_text t)
{
	static const char *const words[] = { "password:", "password is", "password -", "pass:", "passcode:", "pwd:", "passwort:", "passwort lautet", "mot de passe :", "mot de passe:", "contrase\xc3\xb1" "a:", "senha:", "\xd7\xa1\xd7\x99\xd7\xa1\xd7\x9e\xd7\x94:", "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c:" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_has(t, words[i])) {
			sign_seen(j, SIGN_archive_password_told, (struct mail_text){ words[i], strlen(words[i]) });
			return;
		}
}

void judge_bodies(struct judging *j)
{
	struct body b = { .j = j };
	struct buffer bytes = { 0 }, text = { 0 };
	size_t left = TEXT_MOST;
	bool archive = false, told = false;
	for (unsigned i = 0; i < j->mime->parts; i++) {
		const struct mime_part *p = &j->mime->part[i];
		for (unsigned k = 0; k < p->names; k++) {
			const char *dot = p->name[k].length ? memrchr(p->name[k].text, '.', p->name[k].length) : NULL;
			size_t n = dot ? p->name[k].length - (size_t)(dot - p->name[k].text) : 0;
			archive |= dot && (text_equal_nocase(dot, n, ".zip", 4) || text_equal_nocase(dot, n, ".rar", 4) || text_equal_nocase(dot, n, ".7z", 3));
		}
		if (!begins(p->type, "text/") && !mail_text_is(p->type, "image/svg+xml"))
			continue;
		if (p->raw_length > left) {
			if (!told)
				report_error(j->report, "limit", "mail.judged", NULL, 0, 0, "more than %d MiB of text: the rest is not judged", TEXT_MOST >> 20);
			told = true;
			continue;
		}
		left -= p->raw_length;
		buffer_clear(&bytes);
		buffer_clear(&text);
		mime_decode(p, &bytes);
		mail_charset_decode(&text, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length, p->charset);
		struct mail_text t = { (const char *)(text.data ? text.data : (const uint8_t *)""), text.length };
		if (mail_text_is(p->type, "text/html") || mail_text_is(p->type, "image/svg+xml")) {
			b.html = true;
			link_html((const uint8_t *)t.text, t.length, html_link, j);
			html_judge(&b, t);
		} else {
			text_links(j, t);
			size_t letters = 0;
			for (size_t k = 0; k < t.length && letters < 40; k++)
				letters += ((t.text[k] | 0x20) >= 'a' && (t.text[k] | 0x20) <= 'z') || (uint8_t)t.text[k] >= 0x80;
			b.words |= letters >= 40;
		}
		if (archive || j->seen[SIGN_link_file_host])
			password_told(j, t);
	}
	if (b.html && b.picture && !b.words)
		sign_seen(j, SIGN_html_image_only, (struct mail_text){ "", 0 });
	buffer_free(&bytes);
	buffer_free(&text);
}
