/* SPDX-License-Identifier: Apache-2.0 */
/* ioc.c: see ioc.h. One hash table by kind and key: the value itself, for names of files their last component. Text is cut into words, and each is looked up; no automaton
 * is needed, and the cost does not depend on how long the lists are. */
#include "detect/ioc.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 2048, NAME_LEAST = 4, SUFFIXES_MAX = 12 };
#define NONE UINT32_MAX

static const struct { const char *name; size_t digits; } kinds[IOC_KINDS] = {
	[IOC_MD5] = { "md5", 32 }, [IOC_SHA1] = { "sha1", 40 }, [IOC_SHA256] = { "sha256", 64 }, [IOC_NAME] = { "name", 0 }, [IOC_DOMAIN] = { "domain", 0 }, [IOC_IP] = { "ip", 0 }, [IOC_URL] = { "url", 0 },
	[IOC_EMAIL] = { "email", 0 },
};

const char *ioc_kind_name(enum ioc_kind kind)
{
	return kind < IOC_KINDS ? kinds[kind].name : "unknown";
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' || (uint8_t)c >= 0x80;
}

/* ---- the table */

static uint64_t key_hash(enum ioc_kind kind, const char *key, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)kind;     /* FNV-1a; the lists are the user's own */
	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)key[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static const char *key_of(const struct ioc *i)
{
	const char *slash = i->kind == IOC_NAME ? strrchr(i->value, '/') : NULL;
	return slash ? slash + 1 : i->value;
}

static uint32_t *slot_of(const struct ioc_set *s, enum ioc_kind kind, const char *key, size_t length)
{
	size_t at = (size_t)key_hash(kind, key, length) & (s->slots - 1);
	for (;; at = (at + 1) & (s->slots - 1)) {
		const struct ioc *i = s->slot[at] == NONE ? NULL : &s->ioc[s->slot[at]];
		if (!i || (i->kind == kind && strlen(key_of(i)) == length && memcmp(key_of(i), key, length) == 0))
			return &s->slot[at];
	}
}

static void table_put(struct ioc_set *s, uint32_t number)
{
	struct ioc *i = &s->ioc[number];
	uint32_t *slot = slot_of(s, i->kind, key_of(i), strlen(key_of(i)));
	i->next = *slot;
	*slot = number;
}

static void table_grow(struct ioc_set *s)
{
	if (2 * (s->iocs + 1) <= s->slots)
		return;
	s->slots = s->slots ? 2 * s->slots : 1024;
	s->slot = memory_resize(s->slot, s->slots, sizeof *s->slot);
	memset(s->slot, 0xff, s->slots * sizeof *s->slot);
	for (size_t i = 0; i < s->iocs; i++)
		table_put(s, (uint32_t)i);
}

void ioc_free(struct ioc_set *s)
{
	for (size_t i = 0; i < s->iocs; i++) {
		free(s->ioc[i].value);
		free(s->ioc[i].about);
	}
	for (size_t i = 0; i < s->lists; i++)
		free(s->list[i]);
	free(s->ioc);
	free(s->list);
	free(s->slot);
	*s = (struct ioc_set){ 0 };
}

/* ---- values */

/* hxxp, [.], (.), {.}, [dot], [:], [@] as what they stand for; white space around is left out; letters small. */
static void refang(struct buffer *out, const char *v, size_t length)
{
	static const struct { const char *from, *to; } harmless[] = {
		{ "hxxp", "http" }, { "[.]", "." }, { "(.)", "." }, { "{.}", "." }, { "[dot]", "." }, { "(dot)", "." }, { "[:]", ":" }, { "[://]", "://" }, { "[@]", "@" }, { "[at]", "@" },
	};
	while (length && (uint8_t)v[length - 1] <= ' ')
		length--;
	for (size_t at = 0; at < length;) {
		size_t used = 0;
		for (size_t i = 0; i < sizeof harmless / sizeof *harmless && !used; i++) {
			size_t n = strlen(harmless[i].from);
			bool same = n <= length - at;
			for (size_t k = 0; same && k < n; k++)
				same = small(v[at + k]) == harmless[i].from[k];
			if (same) {
				buffer_text(out, harmless[i].to);
				used = n;
			}
		}
		if (!used && (out->length || (uint8_t)v[at] > ' '))
			buffer_byte(out, (uint8_t)small(v[at]));
		at += used ? used : 1;
	}
}

static bool is_address(const char *v)
{
	uint8_t bytes[16];
	return inet_pton(AF_INET, v, bytes) == 1 || inet_pton(AF_INET6, v, bytes) == 1;
}

static bool is_domain(const char *v)
{
	size_t label = 0, labels = 0, length = strlen(v);
	const char *last = strrchr(v, '.');
	for (size_t i = 0; i < length; i++) {
		if (v[i] == '.') {
			if (!label)
				return false;
			labels++;
			label = 0;
		} else if (!word_char(v[i]) || ++label > 63) {
			return false;
		}
	}
	return labels && label >= 2 && !(last[1] >= '0' && last[1] <= '9');
}

static bool is_file_name(const char *v)
{
	static const char *const ending[] = { "exe", "dll", "sys", "ps1", "psm1", "bat", "cmd", "vbs", "vbe", "js", "jse", "wsf", "hta", "lnk", "doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pptx", "pdf", "rtf",
		"zip", "rar", "7z", "iso", "img", "msi", "scr", "cpl", "ocx", "tmp", "dat", "bin", "txt", "log", "php", "asp", "aspx", "jsp", "jar", "py", "elf", "chm", "cab", "ini", "inf", "reg", "eml", "msg", "one", "html", "htm" };
	const char *dot = strrchr(v, '.');
	if (strchr(v, '\\') || (strchr(v, '/') && !strstr(v, "://")))
		return true;
	for (size_t i = 0; dot && i < sizeof ending / sizeof *ending; i++)
		if (strcmp(dot + 1, ending[i]) == 0)
			return true;
	return false;
}

static enum ioc_kind kind_of(const char *v)
{
	size_t length = strlen(v), hex = 0;
	while (is_hex(v[hex]))
		hex++;
	for (int i = 0; i < IOC_KINDS; i++)
		if (hex == length && kinds[i].digits == length)
			return (enum ioc_kind)i;
	return is_address(v) ? IOC_IP : strstr(v, "://") ? IOC_URL : strchr(v, '@') ? IOC_EMAIL : is_file_name(v) ? IOC_NAME : is_domain(v) ? IOC_DOMAIN : IOC_KINDS;
}

/* What would be met everywhere and says nothing. */
static bool is_useless(enum ioc_kind kind, const char *v)
{
	static const char *const nothing[] = { "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "127.0.0.1", "0.0.0.0", "::1", "localhost" };
	uint8_t a[4];
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
		if (strcmp(v, nothing[i]) == 0)
			return true;
	return kind == IOC_IP && inet_pton(AF_INET, v, a) == 1 && (a[0] == 10 || (a[0] == 172 && a[1] >> 4 == 1) || (a[0] == 192 && a[1] == 168));
}

/* A URL as it is compared: without scheme and "www.", without a slash at the end. */
static void url_key(struct buffer *b)
{
	const char *text = buffer_string(b), *from = strstr(text, "://");
	from = from ? from + 3 : text;
	from += strncmp(from, "www.", 4) == 0 ? 4 : 0;
	size_t skip = (size_t)(from - text);
	memmove(b->data, b->data + skip, b->length - skip);
	b->length -= skip;
	while (b->length && b->data[b->length - 1] == '/')
		b->length--;
}

const char *ioc_add(struct ioc_set *s, enum ioc_kind kind, const char *value, size_t length, const char *about, size_t about_length, uint32_t line, bool part)
{
	struct buffer v = { 0 };
	const char *wrong = NULL;
	if (length > VALUE_MAX || memchr(value, 0, length))
		return "too long, or no text";
	refang(&v, value, length);
	const char *text = buffer_string(&v);
	if (kind == IOC_KINDS || kind <= IOC_SHA256 || (kind == IOC_DOMAIN && is_address(text)))
		kind = kind_of(text);
	if (kind == IOC_KINDS)
		wrong = "not known what kind of indicator this is";
	else if (is_useless(kind, text))
		wrong = "of no use as an indicator: it is met everywhere";
	else if (kind == IOC_NAME && v.length < NAME_LEAST)
		wrong = "too short to be of use as a name";
	else if (kind == IOC_IP && !is_address(text))
		wrong = "no address";
	if (!wrong && kind == IOC_URL)
		url_key(&v);
	if (!wrong && kind == IOC_DOMAIN)
		while (v.length && v.data[v.length - 1] == '.')
			v.length--;
	for (size_t i = 0; i < v.length && kind == IOC_NAME; i++)
		v.data[i] = v.data[i] == '\\' ? '/' : v.data[i];
	if (!wrong && (!v.length || (kind == IOC_NAME && v.data[v.length - 1] == '/')))
		wrong = "nothing is left of it to compare";
	if (!wrong) {
		table_grow(s);
		s->ioc = memory_room(s->ioc, s->iocs, &s->room, sizeof *s->ioc);
		s->ioc[s->iocs] = (struct ioc){ .kind = kind, .value = memory_copy(v.data, v.length), .about = memory_copy(about_length ? about : "", about_length), .list = (uint32_t)(s->lists ? s->lists - 1 : 0), .line = line, .part = part };
		table_put(s, (uint32_t)s->iocs++);
		s->has[kind] = true;
	}
	buffer_free(&v);
	return wrong;
}

enum ioc_kind ioc_kind_named(const char *word, size_t length)
{
	/* the first that the word holds */
	static const struct { const char *part; enum ioc_kind kind; } name[] = {
		{ "md5", IOC_MD5 }, { "sha256", IOC_SHA256 }, { "sha-256", IOC_SHA256 }, { "sha1", IOC_SHA1 }, { "sha-1", IOC_SHA1 }, { "email", IOC_EMAIL }, { "domain", IOC_DOMAIN }, { "hostname", IOC_DOMAIN }, { "dnsentryitem", IOC_DOMAIN },
		{ "ipv4", IOC_IP }, { "ipv6", IOC_IP }, { "ip-", IOC_IP }, { "remoteip", IOC_IP }, { "url", IOC_URL }, { "uri", IOC_URL }, { "filename", IOC_NAME }, { "file:name", IOC_NAME }, { "filepath", IOC_NAME }, { "fullpath", IOC_NAME },
		{ "path", IOC_NAME }, { "fqdn", IOC_DOMAIN },
	};
	char low[80];
	size_t n = length < sizeof low - 1 ? length : sizeof low - 1;
	for (size_t i = 0; i < n; i++)
		low[i] = small(word[i]);
	low[n] = 0;
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (strstr(low, name[i].part))
			return name[i].kind;
	return strcmp(low, "ip") == 0 ? IOC_IP : strcmp(low, "file") == 0 || strcmp(low, "name") == 0 ? IOC_NAME : strcmp(low, "host") == 0 ? IOC_DOMAIN : IOC_KINDS;
}

/* ---- matching */

struct matching { const struct ioc_set *s; ioc_found *found; void *owner; };

static void look_up(const struct matching *m, enum ioc_kind kind, const char *key, size_t length, const char *at, size_t shown)
{
	if (!m->s->has[kind])
		return;
	for (uint32_t i = *slot_of(m->s, kind, key, length); i != NONE; i = m->s->ioc[i].next)
		m->found(m->owner, &m->s->ioc[i], at, shown);
}

void ioc_match_hash(const struct ioc_set *s, enum ioc_kind kind, const uint8_t *digest, size_t length, ioc_found *found, void *owner)
{
	struct buffer hex = { 0 };
	if (!s->has[kind])
		return;
	buffer_hex(&hex, digest, length);
	look_up(&(struct matching){ s, found, owner }, kind, buffer_string(&hex), hex.length, (const char *)hex.data, hex.length);
	buffer_free(&hex);
}

static void path_match(const struct matching *m, const char *low, size_t length, const char *shown)
{
	size_t last = length;
	while (last && low[last - 1] != '/')
		last--;
	if (!m->s->has[IOC_NAME] || last == length)
		return;
	for (uint32_t i = *slot_of(m->s, IOC_NAME, low + last, length - last); i != NONE; i = m->s->ioc[i].next) {
		const char *value = m->s->ioc[i].value;
		size_t n = strlen(value);
		if (n <= length && memcmp(low + length - n, value, n) == 0 && (n == length || value[0] == '/' || low[length - n - 1] == '/'))
			m->found(m->owner, &m->s->ioc[i], shown, length);
	}
}

void ioc_match_path(const struct ioc_set *s, const char *path, size_t length, ioc_found *found, void *owner)
{
	if (!s->has[IOC_NAME] || length > VALUE_MAX * 4)
		return;
	char *low = memory_copy(path, length);
	for (size_t i = 0; i < length; i++)
		low[i] = low[i] == '\\' ? '/' : small(low[i]);
	path_match(&(struct matching){ s, found, owner }, low, length, path);
	free(low);
}

/* A word, small: as a hash, a name, an address, a domain and its parents. */
static void word_match(const struct matching *m, const char *low, size_t length, const char *shown)
{
	while (length && low[length - 1] == '.')
		length--;
	for (int kind = IOC_MD5; kind <= IOC_SHA256; kind++)
		if (length == kinds[kind].digits)
			look_up(m, (enum ioc_kind)kind, low, length, shown, length);
	if (length < NAME_LEAST || !memchr(low, '.', length))
		return;
	path_match(m, low, length, shown);
	look_up(m, IOC_IP, low, length, shown, length);
	const char *from = low;
	for (int i = 0; from && i < SUFFIXES_MAX; i++) {
		size_t left = length - (size_t)(from - low);
		if (!memchr(from, '.', left))
			break;
		look_up(m, IOC_DOMAIN, from, left, shown, length);
		from = memchr(from, '.', left);
		from = from ? from + 1 : NULL;
	}
}

static bool ends_url(char c)
{
	return (uint8_t)c <= ' ' || strchr("\"'<>`{}|\\^", c);
}

void ioc_match_text(const struct ioc_set *s, const char *text, size_t length, ioc_found *found, void *owner)
{
	struct matching m = { s, found, owner };
	struct buffer url = { 0 };
	if (!s->iocs || !length)
		return;
	char *low = memory_copy(text, length);
	for (size_t i = 0; i < length; i++)
		low[i] = small(low[i]);
	for (size_t at = 0; at < length;) {
		size_t from = at;
		while (at < length && word_char(low[at]))
			at++;
		if (at > from)
			word_match(&m, low + from, at - from, text + from);
		if (at < length && low[at] == '@' && at > from && s->has[IOC_EMAIL]) {
			size_t end = at + 1;
			while (end < length && word_char(low[end]))
				end++;
			look_up(&m, IOC_EMAIL, low + from, end - from, text + from, end - from);
		}
		if (s->has[IOC_URL] && length - at > 3 && memcmp(low + at, "://", 3) == 0) {
			size_t end = at;
			while (end < length && end - at < VALUE_MAX && !ends_url(low[end]))
				end++;
			buffer_clear(&url);
			buffer_append(&url, low + at, end - at);
			url_key(&url);
			look_up(&m, IOC_URL, (const char *)url.data, url.length, text + from, end - from);
		}
		at += at == from || (at < length && !word_char(low[at]));
	}
	if (s->has[IOC_IP] && memchr(low, ':', length) && length < 64)          /* IPv6 stands alone, or not at all */
		look_up(&m, IOC_IP, low, length, text, length);
	buffer_free(&url);
	free(low);
}
