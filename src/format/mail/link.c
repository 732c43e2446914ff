/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: see link.h. Browsers read more than RFC 3986 allows, and senders use it: "https:\\host", "http:/host", numbers as addresses, full-width dots. Gateways wrap links
 * (Safe Links, URL Defense 1 to 3, others), search engines and mail services redirect; what they wrap stands in the link itself. */
#include "format/mail/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/mail/transfer.h"

enum { TEXT_MOST = 512, TAG_MOST = 4096, LINKS_MOST = 4096 };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool alnum(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'); }

static bool begins(struct mail_text t, const char *with)
{
	size_t n = strlen(with);
	return t.length >= n && text_equal_nocase(t.text, n, with, n);
}

static struct mail_text from(struct mail_text t, size_t at)
{
	return at < t.length ? (struct mail_text){ t.text + at, t.length - at } : (struct mail_text){ t.text + t.length, 0 };
}

static struct mail_text kept(const struct buffer *b, struct arena *a)
{
	struct buffer clean = { 0 };
	const uint8_t *bytes = b->data ? b->data : (const uint8_t *)"";
	text_to_utf8(&clean, bytes, b->length < LINK_MOST ? b->length : LINK_MOST, TEXT_UTF8);
	size_t length = clean.length < LINK_MOST ? clean.length : LINK_MOST;    /* bytes that are no text have grown */
	while (length && length < clean.length && (clean.data[length] & 0xc0) == 0x80)
		length--;
	struct mail_text t = { arena_copy(a, clean.data ? clean.data : (const uint8_t *)"", length), length };
	buffer_free(&clean);
	return t;
}

bool link_split(struct mail_text url, struct link *l)
{
	*l = (struct link){ 0 };
	const char *colon = memmem(url.text ? url.text : "", url.length, "://", 3);
	if (!colon || colon == url.text)
		return false;
	l->scheme = (struct mail_text){ url.text, (size_t)(colon - url.text) };
	for (size_t i = 0; i < l->scheme.length; i++)
		if (!alnum(url.text[i]) && !strchr("+-.", url.text[i]))
			return false;
	const char *at = colon + 3, *end = url.text + url.length, *authority = at;
	while (at < end && *at != '/' && *at != '?' && *at != '#')
		at++;
	const char *sign = memrchr(authority, '@', (size_t)(at - authority)), *host = sign ? sign + 1 : authority, *host_end = at;
	if (sign)
		l->user = (struct mail_text){ authority, (size_t)(sign - authority) };
	if (host < at && *host == '[') {
		const char *shut = memchr(host, ']', (size_t)(at - host));
		host++;
		host_end = shut ? shut : at;
	} else {
		const char *port = memchr(host, ':', (size_t)(at - host));
		host_end = port ? port : at;
	}
	l->host = (struct mail_text){ host, (size_t)(host_end - host) };
	while (l->host.length && l->host.text[l->host.length - 1] == '.')
		l->host.length--;
	const char *question = memchr(at, '?', (size_t)(end - at)), *sharp = memchr(at, '#', (size_t)(end - at));
	if (sharp && question > sharp)
		question = NULL;
	const char *path_end = question ? question : sharp ? sharp : end;
	l->path = (struct mail_text){ at, (size_t)(path_end - at) };
	if (question)
		l->query = (struct mail_text){ question + 1, (size_t)((sharp ? sharp : end) - question - 1) };
	if (sharp)
		l->fragment = (struct mail_text){ sharp + 1, (size_t)(end - sharp - 1) };
	return l->host.length > 0;
}

/* ---- as a browser reads it */

/* inet_aton: one to four parts, each decimal, octal or hex. */
static bool address_of(struct mail_text host, char out[16])
{
	uint64_t part[4];
	unsigned parts = 0;
	const char *at = host.text, *end = host.text + host.length;
	bool odd = false;
	while (at < end) {
		char digits[24], *stop;
		const char *dot = memchr(at, '.', (size_t)(end - at)), *part_end = dot ? dot : end;
		size_t n = (size_t)(part_end - at);
		if (!n || n >= sizeof digits || parts == 4 || at[0] < '0' || at[0] > '9')
			return false;
		memcpy(digits, at, n);
		digits[n] = 0;
		odd |= n > 1 && digits[0] == '0';
		part[parts++] = strtoull(digits, &stop, 0);
		if (*stop)
			return false;
		at = part_end + (dot ? 1 : 0);
	}
	if (!parts || (parts == 4 && !odd))
		return false;                   /* as it should be */
	uint64_t address = 0;
	for (unsigned i = 0; i + 1 < parts; i++) {
		if (part[i] > 255)
			return false;
		address |= part[i] << (24 - 8 * i);
	}
	if (part[parts - 1] >> (8 * (5 - parts)))
		return false;
	address |= part[parts - 1];
	snprintf(out, 16, "%u.%u.%u.%u", (unsigned)(address >> 24 & 255), (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255), (unsigned)(address & 255));
	return true;
}

/* Dots that browsers take for dots, and characters that show nothing. */
static size_t odd_dot(const uint8_t *p, size_t left, bool *nothing)
{
	static const struct { const char bytes[5]; bool nothing; } odd[] = {
		{ "\xe3\x80\x82", false }, { "\xef\xbc\x8e", false }, { "\xef\xbd\xa1", false }, { "\xe2\x80\x8b", true }, { "\xe2\x80\x8c", true }, { "\xe2\x80\x8d", true }, { "\xe2\x81\xa0", true }, { "\xef\xbb\xbf", true }, { "\xc2\xad", true },
	};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		size_t n = strlen(odd[i].bytes);
		if (left >= n && !memcmp(p, odd[i].bytes, n)) {
			*nothing = odd[i].nothing;
			return n;
		}
	}
	return 0;
}

static bool scheme_known(struct mail_text scheme)
{
	static const char *const known[] = { "http", "https", "file", "ftp", "ftps", "smb" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (mail_text_is(scheme, known[i]))
			return true;
	return false;
}

struct mail_text link_plain(struct mail_text url, struct arena *a)
{
	struct buffer b = { 0 };
	size_t i = 0, length = url.length < LINK_MOST ? url.length : LINK_MOST;
	const char *t = url.text;
	while (i < length && (uint8_t)t[i] <= ' ')
		i++;
	struct mail_text rest = { t + i, length - i };
	if (begins(rest, "\\\\") || begins(rest, "//")) {
		buffer_text(&b, rest.text[0] == '\\' ? "file://" : "https://");
		i += 2;
	} else if (begins(rest, "hxxp")) {
		buffer_text(&b, "http");
		i += 4;
	}
	/* scheme and slashes in one form */
	bool whole = b.length > 4;
	while (!whole && i < length && (alnum(t[i]) || strchr("+-.", t[i])))
		buffer_byte(&b, (uint8_t)lower(t[i++]));
	rest = (struct mail_text){ t + i, length - i };
	size_t colon = whole ? 0 : begins(rest, ":") ? 1 : begins(rest, "[:]") ? 3 : 0, slashes = colon;
	while (colon && slashes < rest.length && strchr("/\\\t\r\n", rest.text[slashes]) && rest.text[slashes])
		slashes++;
	if (slashes > colon && scheme_known((struct mail_text){ (const char *)b.data, b.length })) {
		buffer_text(&b, "://");
		i += slashes;
	}
	bool path = false;
	size_t host_at = 0;
	for (size_t k = 2; k < b.length; k++)
		if (!memcmp(b.data + k - 2, "://", 3)) {
			host_at = k + 1;
			break;
		}
	for (bool tail = false; i < length; i++) {
		bool nothing = false;
		size_t n = path ? 0 : odd_dot((const uint8_t *)t + i, length - i, &nothing);
		if (n) {
			if (!nothing)
				buffer_byte(&b, '.');
			i += n - 1;
		} else if (t[i] == '\t' || t[i] == '\r' || t[i] == '\n') {
			continue;
		} else if (!path && (begins(from((struct mail_text){ t, length }, i), "[.]") || begins(from((struct mail_text){ t, length }, i), "(.)"))) {
			buffer_byte(&b, '.');
			i += 2;
		} else {
			char c = t[i] == '\\' && !tail ? '/' : t[i];
			path |= c == '/' || c == '?' || c == '#';
			tail |= c == '?' || c == '#';
			buffer_byte(&b, (uint8_t)c);
		}
	}
	struct mail_text plain = kept(&b, a);
	struct link l;
	char address[16];
	if (host_at && link_split(plain, &l) && address_of(l.host, address)) {
		buffer_clear(&b);
		buffer_append(&b, plain.text, (size_t)(l.host.text - plain.text));
		buffer_text(&b, address);
		buffer_append(&b, l.host.text + l.host.length, plain.length - (size_t)(l.host.text + l.host.length - plain.text));
		plain = kept(&b, a);
	}
	buffer_free(&b);
	return plain;
}

/* ---- rewriters */

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1; }

static void percent_decode(struct buffer *out, struct mail_text t, char sign)
{
	for (size_t i = 0; i < t.length; i++) {
		int high = t.text[i] == sign && i + 2 < t.length ? digit(t.text[i + 1]) : -1, low = high >= 0 ? digit(t.text[i + 2]) : -1;
		if (low >= 0)
			i += 2;
		buffer_byte(out, low >= 0 ? (uint8_t)(high * 16 + low) : (uint8_t)t.text[i]);
	}
}

/* The value of one of the names (";" between them) in a query, raw. */
static bool query_value(struct mail_text query, const char *names, struct mail_text *value)
{
	for (const char *name = names; *name;) {
		size_t n = strcspn(name, ";");
		for (size_t at = 0; at < query.length;) {
			const char *end = memchr(query.text + at, '&', query.length - at);
			size_t stop = end ? (size_t)(end - query.text) : query.length;
			if (stop - at > n && query.text[at + n] == '=' && text_equal_nocase(query.text + at, n, name, n)) {
				*value = (struct mail_text){ query.text + at + n + 1, stop - at - n - 1 };
				return value->length > 0;
			}
			at = stop + 1;
		}
		name += n + (name[n] != 0);
	}
	return false;
}

static void base64url(struct buffer *out, struct mail_text t)
{
	struct buffer plain = { 0 };
	for (size_t i = 0; i < t.length; i++)
		buffer_byte(&plain, t.text[i] == '-' ? '+' : t.text[i] == '_' ? '/' : (uint8_t)t.text[i]);
	while (plain.length % 4)
		buffer_byte(&plain, '=');
	(void)transfer_base64(out, (const char *)(plain.data ? plain.data : (const uint8_t *)""), plain.length);
	buffer_free(&plain);
}

typedef bool (*unwrap)(const struct link *l, struct mail_text url, const char *argument, struct buffer *out);

static bool by_query(const struct link *l, struct mail_text url, const char *names, struct buffer *out)
{
	struct mail_text value;
	(void)url;
	if (!query_value(l->query, names, &value))
		return false;
	percent_decode(out, value, '%');
	return true;
}

static bool by_base64_query(const struct link *l, struct mail_text url, const char *names, struct buffer *out)
{
	struct mail_text value;
	struct buffer plain = { 0 };
	(void)url;
	if (!query_value(l->query, names, &value))
		return false;
	percent_decode(&plain, value, '%');
	base64url(out, (struct mail_text){ (const char *)plain.data, plain.length });
	buffer_free(&plain);
	return out->length > 0;
}

/* Bing: "a1" and base64url */
static bool by_bing(const struct link *l, struct mail_text url, const char *names, struct buffer *out)
{
	struct mail_text value;
	(void)url;
	if (!query_value(l->query, names, &value) || value.length < 4 || memcmp(value.text, "a1", 2) != 0)
		return false;
	base64url(out, from(value, 2));
	return out->length > 0;
}

/* URL Defense 2: "-" stands for "%", "_" for "/" */
static bool by_defense2(const struct link *l, struct mail_text url, const char *names, struct buffer *out)
{
	struct mail_text value;
	struct buffer slashed = { 0 };
	(void)url;
	if (!query_value(l->query, names, &value))
		return false;
	for (size_t i = 0; i < value.length; i++)
		buffer_byte(&slashed, value.text[i] == '_' ? '/' : (uint8_t)value.text[i]);
	percent_decode(out, (struct mail_text){ (const char *)slashed.data, slashed.length }, '-');
	buffer_free(&slashed);
	return true;
}

/* Bytes of the UTF-8 character that begins at p, as far as they are there. */
static size_t character(const uint8_t *p, size_t left)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	return n < left ? n : left;
}

/* URL Defense 3: "__X__;B!!…": in X "*" stands for the next character of base64url(B), "**" and a letter for a run of them */
static bool by_defense3(const struct link *l, struct mail_text url, const char *unused, struct buffer *out)
{
	static const char run[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	(void)l, (void)unused;
	const char *end = url.text + url.length, *open = memmem(url.text, url.length, "/__", 3);
	if (!open)
		return false;
	open += 3;
	const char *shut = NULL, *found = open;
	while ((found = memmem(found, (size_t)(end - found), "__;", 3)) != NULL)
		shut = found++;
	if (!shut)
		return false;
	const char *mark = memchr(shut + 3, '!', (size_t)(end - shut - 3));
	struct buffer bytes = { 0 };
	base64url(&bytes, (struct mail_text){ shut + 3, (size_t)((mark ? mark : end) - shut - 3) });
	size_t at = 0;
	for (const char *p = open; p < shut; p++) {
		if (*p != '*') {
			buffer_byte(out, (uint8_t)*p);
			continue;
		}
		size_t count = 1;
		const char *letter = p + 2 < shut && p[1] == '*' ? strchr(run, p[2]) : NULL;
		if (letter && p[2]) {
			count = (size_t)(letter - run) + 2;
			p += 2;
		}
		if (at >= bytes.length) {               /* a star of the link itself */
			buffer_byte(out, '*');
			continue;
		}
		for (; count && at < bytes.length; count--) {
			size_t n = character(bytes.data + at, bytes.length - at);
			buffer_append(out, bytes.data + at, n);
			at += n;
		}
	}
	buffer_free(&bytes);
	return true;
}

/* The rest of the path behind the argument is a link, with "%" codes or without; a stage of its own ends it. */
static bool by_path(const struct link *l, struct mail_text url, const char *behind, struct buffer *out)
{
	(void)url;
	size_t n = strlen(behind);
	const char *at = memmem(l->path.text, l->path.length, behind, n);
	if (!at)
		return false;
	struct mail_text rest = from(l->path, (size_t)(at + n - l->path.text));
	for (size_t i = 0; i + 6 < rest.length; i++)
		if (begins(from(rest, i), "http") && (!i || rest.text[i - 1] == '/')) {
			rest = from(rest, i);
			bool coded = memmem(rest.text, rest.length < 16 ? rest.length : 16, "%3", 2) != NULL;
			const char *slash = coded ? memchr(rest.text, '/', rest.length) : NULL;
			if (slash)
				rest.length = (size_t)(slash - rest.text);
			percent_decode(out, rest, '%');
			if (!coded && l->query.length) {
				buffer_byte(out, '?');
				buffer_append(out, l->query.text, l->query.length);
			}
			return true;
		}
	return false;
}

/* google.com/amp/s/HOST/PATH */
static bool by_amp(const struct link *l, struct mail_text url, const char *unused, struct buffer *out)
{
	(void)url, (void)unused;
	if (!begins(l->path, "/amp/"))
		return false;
	struct mail_text rest = from(l->path, 5);
	bool secure = begins(rest, "s/");
	rest = from(rest, secure ? 2 : 0);
	if (!memchr(rest.text, '.', rest.length))
		return false;
	buffer_text(out, secure ? "https://" : "http://");
	buffer_append(out, rest.text, rest.length);
	return true;
}

/* my--site-example.translate.goog: "-" for ".", "--" for "-" */
static bool by_translate(const struct link *l, struct mail_text url, const char *suffix, struct buffer *out)
{
	(void)url;
	size_t n = l->host.length - strlen(suffix);
	buffer_text(out, "https://");
	for (size_t i = 0; i < n; i++) {
		bool twice = i + 1 < n && l->host.text[i] == '-' && l->host.text[i + 1] == '-';
		buffer_byte(out, l->host.text[i] == '-' && !twice ? '.' : (uint8_t)l->host.text[i]);
		i += twice;
	}
	buffer_append(out, l->path.text, l->path.length);
	return true;
}

/* "http:/host" as some gateways leave it */
static void slashes_mend(struct buffer *b)
{
	struct mail_text t = { (const char *)b->data, b->length };
	size_t n = begins(t, "https:/") ? 7 : begins(t, "http:/") ? 6 : 0;
	if (!n || (n < b->length && b->data[n] == '/'))
		return;
	buffer_byte(b, 0);
	memmove(b->data + n + 1, b->data + n, b->length - n - 1);
	b->data[n] = '/';
}

/* host: the whole name, or with "." in front the end of one, or with "." behind a name in any country's domain. path: what it begins with. */
static const struct { const char *name, *host, *path; unwrap how; const char *argument; } rewriters[] = {
	{ "safelinks", ".safelinks.protection.outlook.com", "", by_query, "url" }, { "safelinks", ".safelinks.protection.office365.us", "", by_query, "url" }, { "safelinks", ".safelinks.protection.outlook.cn", "", by_query, "url" },
	{ "safelinks", ".teams.cdn.office.net", "", by_query, "url" }, { "safelinks", "statics.teams.cdn.office.net", "", by_query, "url" },
	{ "urldefense 1", "urldefense.proofpoint.com", "/v1/", by_query, "u" }, { "urldefense 2", "urldefense.proofpoint.com", "/v2/", by_defense2, "u" },
	{ "urldefense 3", "urldefense.com", "/v3/", by_defense3, "" }, { "urldefense 3", "urldefense.us", "/v3/", by_defense3, "" }, { "urldefense 3", "urldefense.proofpoint.com", "/v3/", by_defense3, "" },
	{ "google amp", ".google.", "/amp/", by_amp, "" }, { "google", ".google.", "/url", by_query, "q;url" }, { "google", ".google.", "/travel/clk", by_query, "pcurl" }, { "google", "notifications.google.com", "", by_query, "url;q" }, { "google ads", ".", "", by_query, "adurl" },
	{ "google translate", ".translate.goog", "", by_translate, ".translate.goog" }, { "bing", ".bing.com", "/ck/a", by_bing, "u" }, { "youtube", ".youtube.com", "/redirect", by_query, "q" },
	{ "facebook", "l.facebook.com", "", by_query, "u" }, { "facebook", "lm.facebook.com", "", by_query, "u" }, { "instagram", "l.instagram.com", "", by_query, "u" }, { "linkedin", ".linkedin.com", "/redir", by_query, "url" },
	{ "slack", "slack-redir.net", "/link", by_query, "url" }, { "barracuda", "linkprotect.cudasvc.com", "", by_query, "a" }, { "cisco", "secure-web.cisco.com", "", by_path, "/" }, { "trend micro", ".trendmicro.com", "/wis/", by_query, "url" },
	{ "fireeye", ".fireeye.com", "", by_query, "u" }, { "sophos", ".protection.sophos.com", "", by_base64_query, "u" }, { "check point", "url-protection.com", "", by_query, "o" }, { "avanan", "url.avanan.click", "/v2/___", by_path, "___" },
	{ "symantec", "clicktime.symantec.com", "", by_query, "u" }, { "amazon", ".awstrack.me", "/L0/", by_path, "/L0/" }, { "mailchimp", ".list-manage.com", "/track/click", by_query, "url" },
};

static bool host_is(struct mail_text host, const char *pattern)
{
	size_t n = strlen(pattern);
	if (n == 1)
		return true;
	if (pattern[n - 1] == '.') {            /* ".google.": the name before the country */
		for (size_t i = 0; i + n - 2 < host.length; i++)
			if ((!i || host.text[i - 1] == '.') && text_equal_nocase(host.text + i, n - 1, pattern + 1, n - 1) && host.length - i - (n - 1) <= 6)
				return true;
		return false;
	}
	if (pattern[0] != '.')
		return mail_text_is(host, pattern);
	return (host.length > n && text_equal_nocase(host.text + host.length - n, n, pattern, n)) || (host.length == n - 1 && text_equal_nocase(host.text, n - 1, pattern + 1, n - 1));
}

bool link_unwrap(struct mail_text url, struct mail_text *target, const char **by, struct arena *a)
{
	struct link l;
	if (!link_split(url, &l))
		return false;
	struct buffer out = { 0 };
	for (size_t i = 0; i < sizeof rewriters / sizeof *rewriters; i++) {
		buffer_clear(&out);
		if (!host_is(l.host, rewriters[i].host) || !begins(l.path, rewriters[i].path) || !rewriters[i].how(&l, url, rewriters[i].argument, &out))
			continue;
		slashes_mend(&out);
		struct mail_text to = link_plain(kept(&out, a), a);
		struct link inner;
		if (!link_split(to, &inner))
			continue;
		*target = to;
		*by = rewriters[i].name;
		buffer_free(&out);
		return true;
	}
	buffer_free(&out);
	return false;
}

struct mail_text link_target(struct mail_text url, const char **by, struct arena *a)
{
	struct mail_text at = link_plain(url, a), next;
	const char *name;
	*by = NULL;
	for (unsigned stage = 0; stage < LINK_STAGES && link_unwrap(at, &next, &name, a); stage++) {
		if (!*by)
			*by = name;
		at = next;
	}
	return at;
}

/* ---- HTML */

/* The value of an attribute inside a tag. */
static bool attribute(const uint8_t *tag, size_t length, const char *name, struct buffer *out)
{
	size_t n = strlen(name);
	for (size_t i = 1; i + n < length; i++) {
		if (!text_equal_nocase((const char *)tag + i, n, name, n) || (tag[i - 1] > ' ' && tag[i - 1] != '"' && tag[i - 1] != '\'' && tag[i - 1] != '/'))
			continue;
		size_t at = i + n;
		while (at < length && tag[at] <= ' ')
			at++;
		if (at >= length || tag[at] != '=')
			continue;
		at++;
		while (at < length && tag[at] <= ' ')
			at++;
		uint8_t quote = at < length && (tag[at] == '"' || tag[at] == '\'') ? tag[at++] : 0;
		size_t end = at;
		while (end < length && (quote ? tag[end] != quote : tag[end] > ' ' && tag[end] != '>'))
			end++;
		buffer_clear(out);
		for (; at < end && out->length < LINK_MOST; at++) {
			static const struct { const char *name; char c; } entities[] = { { "&amp;", '&' }, { "&#38;", '&' }, { "&quot;", '"' }, { "&#47;", '/' }, { "&#x2f;", '/' }, { "&#58;", ':' }, { "&#x3a;", ':' }, { "&#46;", '.' }, { "&#x2e;", '.' }, { "&#61;", '=' }, { "&lt;", '<' }, { "&gt;", '>' } };
			size_t k = 0;
			for (; tag[at] == '&' && k < sizeof entities / sizeof *entities; k++)
				if (end - at >= strlen(entities[k].name) && text_equal_nocase((const char *)tag + at, strlen(entities[k].name), entities[k].name, strlen(entities[k].name)))
					break;
			if (tag[at] == '&' && k < sizeof entities / sizeof *entities) {
				buffer_byte(out, (uint8_t)entities[k].c);
				at += strlen(entities[k].name) - 1;
			} else if (tag[at] != '\t' && tag[at] != '\r' && tag[at] != '\n') {
				buffer_byte(out, tag[at]);
			}
		}
		return out->length > 0;
	}
	return false;
}

static const struct { const char *tag, *attribute; } linking[] = { { "a", "href" }, { "area", "href" }, { "form", "action" }, { "iframe", "src" }, { "meta", "content" }, { "base", "href" } };

void link_html(const uint8_t *html, size_t length, void (*use)(void *owner, const char *tag, struct mail_text address, struct mail_text text), void *owner)
{
	struct buffer address = { 0 }, shown = { 0 }, value = { 0 };
	bool open = false;
	unsigned links = 0;
	for (size_t i = 0; i < length && links < LINKS_MOST; i++) {
		if (html[i] != '<') {
			bool blank = html[i] <= ' ';
			if (open && shown.length < TEXT_MOST && !(blank && (!shown.length || shown.data[shown.length - 1] == ' ')))
				buffer_byte(&shown, blank ? ' ' : html[i]);
			continue;
		}
		size_t end = i + 1, most = length - i < TAG_MOST * 4 ? length : i + TAG_MOST * 4;
		while (end < most && html[end] != '>')
			end++;
		bool ends = end > i + 2 && html[i + 1] == '/' && (html[i + 2] | 0x20) == 'a' && (end == i + 3 || html[i + 3] <= ' ');
		size_t row = 0, n = 0;
		for (; row < sizeof linking / sizeof *linking; row++) {
			n = strlen(linking[row].tag);
			if (end - i > n + 1 && text_equal_nocase((const char *)html + i + 1, n, linking[row].tag, n) && html[i + 1 + n] <= ' ')
				break;
		}
		bool links_now = row < sizeof linking / sizeof *linking && attribute(html + i, end - i, linking[row].attribute, &value);
		if (open && (ends || (links_now && !row))) {
			while (shown.length && shown.data[shown.length - 1] == ' ')
				shown.length--;
			use(owner, "a", (struct mail_text){ (const char *)address.data, address.length }, (struct mail_text){ (const char *)(shown.data ? shown.data : (const uint8_t *)""), shown.length });
			links++;
			open = false;
		}
		if (links_now && !row) {
			buffer_clear(&address);
			buffer_append(&address, value.data, value.length);
			buffer_clear(&shown);
			open = true;
		} else if (links_now) {
			struct mail_text t = { (const char *)value.data, value.length };
			if (!strcmp(linking[row].tag, "meta")) {        /* "0; url=…" */
				size_t at = 0;
				while (at < t.length && !begins(from(t, at), "url="))
					at++;
				t = at < t.length ? from(t, at + 4) : (struct mail_text){ t.text, 0 };
			}
			if (t.length) {
				use(owner, linking[row].tag, t, (struct mail_text){ "", 0 });
				links++;
			}
		}
		i = end;
	}
	if (open)
		use(owner, "a", (struct mail_text){ (const char *)address.data, address.length }, (struct mail_text){ (const char *)(shown.data ? shown.data : (const uint8_t *)""), shown.length });
	buffer_free(&address);
	buffer_free(&shown);
	buffer_free(&value);
}
