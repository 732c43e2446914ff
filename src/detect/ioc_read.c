/* SPDX-License-Identifier: Apache-2.0 */
/* ioc_read.c: lists of indicators in the forms that they are passed on in.
 *   text, CSV   one indicator a line, with what is said of it behind "," or ";" (LOKI's lists); a first line that names its columns is obeyed (Volexity's lists)
 *   STIX 2.1    the pattern of each indicator: comparisons with = and IN, joined by OR; other patterns are told
 *   MISP        each attribute with to_ids, also of objects; "filename|sha256" are two
 *   OpenIOC     each IndicatorItem, by its search term; those below AND are marked as parts
 * JSON is read as RFC 8259 has it, to a depth of 64. */
#include "detect/ioc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FAILURES_MAX = 50, COLUMNS_MAX = 32, JSON_DEPTH = 64 };

struct list {
	struct ioc_set *s;
	const char *name, *at, *end;
	uint32_t line;
	unsigned failures;
	void (*failed)(void *owner, const char *name, const char *message);
	void *owner;
	bool bad;                       /* JSON */
};

static void fail(struct list *l, const char *what, const char *value, size_t length)
{
	char text[256];
	snprintf(text, sizeof text, "line %u: %.*s: %s", l->line, (int)(length < 100 ? length : 100), value, what);
	if (l->failures++ < FAILURES_MAX)
		l->failed(l->owner, l->name, text);
	else if (l->failures == FAILURES_MAX + 1)
		l->failed(l->owner, l->name, "more lines that give no indicator follow: they are not named");
}

static void add(struct list *l, enum ioc_kind kind, const char *value, size_t length, const char *about, size_t about_length, bool part)
{
	const char *wrong = ioc_add(l->s, kind, value, length, about, about_length, l->line, part);
	if (wrong)
		fail(l, wrong, value, length);
}

/* ---- text, CSV */

struct field { const char *at; size_t length; };

static struct field trimmed(const char *from, const char *to)
{
	while (from < to && ((uint8_t)*from <= ' ' || *from == '"'))
		from++;
	while (to > from && ((uint8_t)to[-1] <= ' ' || to[-1] == '"'))
		to--;
	return (struct field){ from, (size_t)(to - from) };
}

static size_t fields_of(const char *from, const char *end, char separator, struct field *field)
{
	size_t n = 0;
	bool quoted = false;
	const char *start = from;
	for (const char *p = from; p <= end && n < COLUMNS_MAX; p++) {
		if (p < end && *p == '"')
			quoted = !quoted;
		if (p == end || (*p == separator && !quoted)) {
			field[n++] = trimmed(start, p);
			start = p + 1;
		}
	}
	return n;
}

static bool named(const struct field *f, const char *const *names)
{
	for (; *names; names++)
		if (text_equal_nocase(f->at, f->length, *names, strlen(*names)))
			return true;
	return false;
}

static void read_lines(struct list *l)
{
	static const char *const value_names[] = { "value", "indicator", "ioc", "observable", "hash", NULL }, *const type_names[] = { "type", "ioc_type", "indicator_type", "kind", NULL },
		*const about_names[] = { "description", "comment", "entity", "name", "family", "note", "info", NULL };
	size_t value = 0, type = COLUMNS_MAX, about = 1;
	bool first = true;
	for (; l->at < l->end; l->line++) {
		const char *end = memchr(l->at, '\n', (size_t)(l->end - l->at));
		end = end ? end : l->end;
		struct field line = trimmed(l->at, end), field[COLUMNS_MAX];
		const char *from = l->at;
		l->at = end < l->end ? end + 1 : l->end;
		if (!line.length || line.at[0] == '#' || line.at[0] == ';')
			continue;
		const char *semicolon = memchr(from, ';', (size_t)(end - from)), *comma = memchr(from, ',', (size_t)(end - from));
		size_t n = fields_of(from, end, semicolon && (!comma || semicolon < comma) ? ';' : ',', field);
		bool header = false;
		for (size_t i = 0; first && i < n; i++) {
			header |= named(&field[i], value_names);
			value = named(&field[i], value_names) ? i : value;
			type = named(&field[i], type_names) ? i : type;
			about = named(&field[i], about_names) ? i : about;
		}
		first = false;
		if (header)
			continue;
		if (value >= n || !field[value].length) {
			fail(l, "no value stands in it", line.at, line.length);
			continue;
		}
		enum ioc_kind kind = type < n ? ioc_kind_named(field[type].at, field[type].length) : IOC_KINDS;
		struct field note = about < n && about != value ? field[about] : (struct field){ "", 0 };
		add(l, kind, field[value].at, field[value].length, note.at, note.length, false);
	}
}

/* ---- JSON */

/* What of an object matters to either form. */
enum member { M_TYPE, M_VALUE, M_COMMENT, M_PATTERN, M_PATTERN_TYPE, M_NAME, M_TO_IDS, MEMBERS };
static const char *const members[MEMBERS] = { "type", "value", "comment", "pattern", "pattern_type", "name", "to_ids" };

static void blank(struct list *l)
{
	for (; l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\r' || *l->at == '\n'); l->at++)
		l->line += *l->at == '\n';
}

static unsigned hex4(struct list *l)
{
	unsigned v = 0;
	for (int i = 0; i < 4; i++, l->at++) {
		char c = l->at < l->end ? *l->at : 0;
		if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'))) {
			l->bad = true;
			return 0;
		}
		v = v << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return v;
}

/* Behind its opening quote. */
static void json_string(struct list *l, struct buffer *out)
{
	buffer_clear(out);
	while (l->at < l->end && *l->at != '"') {
		if (*l->at != '\\') {
			l->line += *l->at == '\n';
			buffer_byte(out, (uint8_t)*l->at++);
			continue;
		}
		if (l->end - l->at < 2)
			break;
		char c = l->at[1];
		l->at += 2;
		if (c != 'u') {
			buffer_byte(out, (uint8_t)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' || c == 'f' ? ' ' : c));
			continue;
		}
		uint8_t unit[4];
		unsigned v = hex4(l), low = 0;
		size_t n = 2;
		if (v >> 10 == 0x36 && l->end - l->at > 6 && l->at[0] == '\\' && l->at[1] == 'u') {
			l->at += 2;
			low = hex4(l);
			n = 4;
		}
		unit[0] = (uint8_t)v, unit[1] = (uint8_t)(v >> 8), unit[2] = (uint8_t)low, unit[3] = (uint8_t)(low >> 8);
		text_to_utf8(out, unit, n, TEXT_UTF16LE);
	}
	l->bad |= l->at >= l->end;
	l->at += l->at < l->end;
}

/* A comparison of a STIX pattern: object:path = 'text', or IN ('a', 'b'). Returns behind it; NULL: something else stands there. */
static const char *stix_comparison(struct list *l, const char *p, const struct buffer *about, bool part, bool dry)
{
	const char *path = p;
	while (*p && *p != '=' && *p != ' ' && *p != '\'')
		p++;
	if (*p == '\'')                                         /* file:hashes.'SHA-256' */
		for (p++; *p && *p++ != '\'';)
			;
	size_t path_length = (size_t)(p - path);
	p += strspn(p, " ");
	bool in = strncmp(p, "IN", 2) == 0;
	if (!in && *p != '=')
		return NULL;
	p += in ? 2 : 1;
	p += strspn(p, " (");
	enum ioc_kind kind = ioc_kind_named(path, path_length);
	for (;;) {
		struct buffer value = { 0 };
		if (*p++ != '\'')
			return NULL;
		for (; *p && *p != '\''; p++) {
			p += *p == '\\' && p[1];
			buffer_byte(&value, (uint8_t)*p);
		}
		bool whole = *p == '\'';
		p += whole;
		if (whole && !dry)
			add(l, kind, buffer_string(&value), value.length, (const char *)about->data, about->length, part);
		buffer_free(&value);
		if (!whole)
			return NULL;
		p += strspn(p, " ");
		if (!in || *p != ',')
			break;
		p++;
		p += strspn(p, " ");
	}
	p += in ? strspn(p, " )") : 0;
	return p;
}

/* All comparisons, where the pattern is comparisons joined by OR. dry: only says whether it is. */
static bool stix_pattern(struct list *l, const char *p, const struct buffer *about, bool dry)
{
	p += strspn(p, " [(");
	while ((p = stix_comparison(l, p, about, false, dry))) {
		p += strspn(p, " )]");
		if (!*p)
			return true;
		if (strncmp(p, "OR", 2) != 0)
			return false;
		p += 2;
		p += strspn(p, " [(");
	}
	return false;
}

static void json_object_end(struct list *l, struct buffer *m)
{
	const char *type = buffer_string(&m[M_TYPE]);
	if (m[M_PATTERN].length && strcmp(type, "indicator") == 0) {
		const char *pattern = buffer_string(&m[M_PATTERN]);
		bool stix = !m[M_PATTERN_TYPE].length || strcmp(buffer_string(&m[M_PATTERN_TYPE]), "stix") == 0;
		if (stix && stix_pattern(l, pattern, &m[M_NAME], true))
			stix_pattern(l, pattern, &m[M_NAME], false);
		else
			fail(l, "a pattern of more than single comparisons joined by OR is not matched", pattern, m[M_PATTERN].length);
	} else if (m[M_VALUE].length && m[M_TO_IDS].length && strcmp(buffer_string(&m[M_TO_IDS]), "false") != 0) {
		const char *value = buffer_string(&m[M_VALUE]), *bar = strchr(type, '|'), *cut = bar ? strchr(value, '|') : NULL;
		size_t length = cut ? (size_t)(cut - value) : m[M_VALUE].length;
		enum ioc_kind kind = ioc_kind_named(type, bar ? (size_t)(bar - type) : m[M_TYPE].length);
		if (kind == IOC_KINDS)
			fail(l, "a kind of attribute that is not matched", type, m[M_TYPE].length);
		else
			add(l, kind, value, length, (const char *)m[M_COMMENT].data, m[M_COMMENT].length, false);
		if (cut)
			add(l, ioc_kind_named(bar + 1, strlen(bar + 1)), cut + 1, strlen(cut + 1), (const char *)m[M_COMMENT].data, m[M_COMMENT].length, false);
	}
}

/* Any value; text: what a string, a number or a word holds. Depth is bounded. */
static void json_value(struct list *l, struct buffer *text, unsigned depth)
{
	blank(l);
	buffer_clear(text);
	if (l->at >= l->end || depth > JSON_DEPTH) {
		l->bad = true;
		return;
	}
	char open = *l->at;
	if (open == '"') {
		l->at++;
		json_string(l, text);
		return;
	}
	if (open != '{' && open != '[') {
		const char *from = l->at;
		while (l->at < l->end && !strchr(",]} \t\r\n", *l->at))
			l->at++;
		buffer_append(text, from, (size_t)(l->at - from));
		l->bad |= l->at == from;
		return;
	}
	struct buffer m[MEMBERS] = { { 0 } }, key = { 0 }, inner = { 0 };
	uint32_t line = l->line;
	l->at++;
	for (blank(l); !l->bad && l->at < l->end && *l->at != '}' && *l->at != ']'; blank(l)) {
		if (open == '{') {
			l->bad |= *l->at++ != '"';
			if (!l->bad)
				json_string(l, &key);
			blank(l);
			l->bad |= l->at >= l->end || *l->at++ != ':';
		}
		if (!l->bad)
			json_value(l, &inner, depth + 1);
		for (int i = 0; open == '{' && i < MEMBERS; i++)
			if (strcmp(buffer_string(&key), members[i]) == 0) {
				buffer_clear(&m[i]);
				buffer_append(&m[i], inner.data, inner.length);
			}
		blank(l);
		if (l->at < l->end && *l->at == ',')
			l->at++;
		else if (l->at < l->end && *l->at != '}' && *l->at != ']')
			l->bad = true;
	}
	l->bad |= l->at >= l->end;
	l->at += l->at < l->end;
	if (open == '{' && !l->bad) {
		uint32_t now = l->line;
		l->line = line;                 /* an object is named by the line that it begins on */
		json_object_end(l, m);
		l->line = now;
	}
	for (int i = 0; i < MEMBERS; i++)
		buffer_free(&m[i]);
	buffer_free(&key);
	buffer_free(&inner);
	buffer_clear(text);
}

/* ---- OpenIOC */

/* The value of an attribute of the tag at `p`, or length 0. */
static struct field attribute(const char *p, const char *end, const char *name)
{
	const char *close = memchr(p, '>', (size_t)(end - p));
	size_t n = strlen(name);
	for (close = close ? close : end; p && p < close; p++) {
		p = memmem(p, (size_t)(close - p), name, n);
		if (p && close - p > (ptrdiff_t)n + 2 && p[n] == '=' && p[n + 1] == '"') {
			const char *quote = memchr(p + n + 2, '"', (size_t)(close - p) - n - 2);
			return quote ? (struct field){ p + n + 2, (size_t)(quote - p) - n - 2 } : (struct field){ "", 0 };
		}
		if (!p)
			break;
	}
	return (struct field){ "", 0 };
}

static void xml_text(struct buffer *out, const char *p, size_t length)
{
	static const struct { const char *entity; char is; } entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	for (size_t at = 0; at < length;) {
		size_t used = 0;
		for (size_t i = 0; p[at] == '&' && i < sizeof entities / sizeof *entities && !used; i++)
			if (length - at >= strlen(entities[i].entity) && memcmp(p + at, entities[i].entity, strlen(entities[i].entity)) == 0) {
				buffer_byte(out, (uint8_t)entities[i].is);
				used = strlen(entities[i].entity);
			}
		if (!used)
			buffer_byte(out, (uint8_t)p[at]);
		at += used ? used : 1;
	}
}

static void openioc_item(struct list *l, const char *item, const char *end, bool part)
{
	const char *context = memmem(item, (size_t)(end - item), "<Context", 8), *content = memmem(item, (size_t)(end - item), "<Content ", 9);
	const char *from = content ? memchr(content, '>', (size_t)(end - content)) : NULL, *to = from ? memmem(from, (size_t)(end - from), "</Content>", 10) : NULL;
	struct field search = context ? attribute(context, end, "search") : (struct field){ "", 0 };
	struct buffer value = { 0 };
	if (!to || !search.length) {
		fail(l, "an item without search term or content", item, (size_t)(end - item));
		return;
	}
	xml_text(&value, from + 1, (size_t)(to - from - 1));
	enum ioc_kind kind = ioc_kind_named(search.at, search.length);
	if (kind == IOC_KINDS)
		fail(l, "a search term that is not matched", search.at, search.length);
	else
		add(l, kind, buffer_string(&value), value.length, search.at, search.length, part);
	buffer_free(&value);
}

static void read_openioc(struct list *l)
{
	bool and[JSON_DEPTH] = { false };
	unsigned depth = 0;
	while (l->at < l->end) {
		const char *tag = memchr(l->at, '<', (size_t)(l->end - l->at));
		if (!tag)
			break;
		for (const char *p = l->at; p < tag; p++)
			l->line += *p == '\n';
		l->at = tag + 1;
		size_t left = (size_t)(l->end - tag);
		if (left > 11 && memcmp(tag, "<Indicator ", 11) == 0 && depth + 1 < JSON_DEPTH) {
			struct field is = attribute(tag, l->end, "operator");
			and[++depth] = is.length == 3;  /* AND, not OR */
		} else if (left > 12 && memcmp(tag, "</Indicator>", 12) == 0 && depth) {
			depth--;
		} else if (left > 14 && memcmp(tag, "<IndicatorItem", 14) == 0) {
			const char *end = memmem(tag, left, "</IndicatorItem>", 16);
			end = end ? end : l->end;
			openioc_item(l, tag, end, and[depth]);
			for (const char *p = l->at; p < end; p++)
				l->line += *p == '\n';
			l->at = end;
		}
	}
}

size_t ioc_read(struct ioc_set *s, const char *name, const char *text, size_t length, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	struct list l = { .s = s, .name = name, .at = text, .end = text + length, .line = 1, .failed = failed, .owner = owner };
	size_t before = s->iocs;
	s->list = memory_resize(s->list, s->lists + 1, sizeof *s->list);
	s->list[s->lists++] = memory_string(name);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		l.at += 3;
	blank(&l);
	if (l.at < l.end && (*l.at == '{' || *l.at == '[')) {
		struct buffer none = { 0 };
		json_value(&l, &none, 0);
		if (l.bad)
			fail(&l, "this is no valid JSON: what follows is not read", l.at, l.at < l.end ? 1 : 0);
		buffer_free(&none);
	} else if (l.at < l.end && *l.at == '<') {
		read_openioc(&l);
	} else {
		read_lines(&l);
	}
	return s->iocs - before;
}
