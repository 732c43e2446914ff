/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_value.c: see sigma_value.h; PCRE2's documentation, pcre2api(3), for the limits of regular expressions.
 *
 * A value goes through three forms: as the rule writes it (backslash escapes a wildcard and a backslash before one), as bytes with marks for wildcards, and as what
 * its modifiers make of it: several spellings (windash, base64offset), a pattern, a network, a number. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "detect/sigma_value.h"

#include <arpa/inet.h>
#include <math.h>
#include <openssl/evp.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { DASHES_MOST = 4, MATCH_LIMIT = 250000, HEAP_LIMIT_KIB = 16384 };

enum modifier {
	M_CONTAINS = 1 << 0, M_STARTSWITH = 1 << 1, M_ENDSWITH = 1 << 2, M_ALL = 1 << 3, M_RE = 1 << 4, M_RE_I = 1 << 5, M_RE_M = 1 << 6, M_RE_S = 1 << 7, M_BASE64 = 1 << 8,
	M_BASE64OFFSET = 1 << 9, M_UTF16LE = 1 << 10, M_UTF16BE = 1 << 11, M_UTF16 = 1 << 12, M_CIDR = 1 << 13, M_WINDASH = 1 << 14, M_EXISTS = 1 << 15, M_CASED = 1 << 16,
	M_FIELDREF = 1 << 17, M_GT = 1 << 18, M_GTE = 1 << 19, M_LT = 1 << 20, M_LTE = 1 << 21, M_NEQ = 1 << 22, M_UNSUPPORTED = 1 << 23,
	M_ANCHOR = M_CONTAINS | M_STARTSWITH | M_ENDSWITH, M_WIDE = M_UTF16LE | M_UTF16BE | M_UTF16, M_CODED = M_BASE64 | M_BASE64OFFSET, M_NUMBER = M_GT | M_GTE | M_LT | M_LTE,
};
static const struct { const char *name; unsigned bits; } modifiers[] = {
	{ "contains", M_CONTAINS }, { "startswith", M_STARTSWITH }, { "endswith", M_ENDSWITH }, { "all", M_ALL }, { "re", M_RE }, { "i", M_RE_I }, { "m", M_RE_M }, { "s", M_RE_S },
	{ "base64", M_BASE64 }, { "base64offset", M_BASE64OFFSET }, { "wide", M_UTF16LE }, { "utf16le", M_UTF16LE }, { "utf16be", M_UTF16BE }, { "utf16", M_UTF16 },
	{ "cidr", M_CIDR }, { "windash", M_WINDASH }, { "exists", M_EXISTS }, { "cased", M_CASED }, { "fieldref", M_FIELDREF }, { "equalsfield", M_FIELDREF },
	{ "endswithfield", M_FIELDREF | M_ENDSWITH }, { "gt", M_GT }, { "gte", M_GTE }, { "lt", M_LT }, { "lte", M_LTE }, { "neq", M_NEQ },
};

/* A test on its way. */
struct making {
	struct arena *arena;
	struct sigma_test *test;
	struct sigma_value **end;
	unsigned bits, group;
	struct buffer groups;
	bool keywords;
	const char *wrong;
};

static void refuse(struct making *m, const char *why, const char *what)
{
	if (!m->wrong)
		m->wrong = arena_format(m->arena, "%s%s%s", why, what ? ": " : "", what ? what : "");
}

void sigma_fold(struct buffer *out, const void *utf8, size_t length)
{
	const uint8_t *p = utf8, *end = p + length;
	uint8_t *to = buffer_reserve(out, length ? length : 1);
	size_t i = 0;
	for (; i < length && p[i] < 0x80; i++)
		to[i] = (uint8_t)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
	out->length += i;
	for (p += i; p < end;) {
		if (*p >= SIGMA_ANY_ONE)
			buffer_byte(out, *p++);
		else if (*p < 0x80)
			buffer_byte(out, (uint8_t)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p)), p++;
		else
			text_utf8_append(out, text_fold(text_utf8_next(&p, end)));
	}
}

/* ---- from the rule's spelling */

/* Escapes resolved: \* \? are the characters, \\ is one backslash before these and before another; any other backslash is itself. */
static void pattern_of(struct buffer *out, const char *text, size_t length, bool wildcards)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i], after = i + 1 < length ? text[i + 1] : 0;
		if (wildcards && c == '\\' && (after == '*' || after == '?' || after == '\\')) {
			buffer_byte(out, (uint8_t)after);
			i++;
		} else if (wildcards && (c == '*' || c == '?')) {
			buffer_byte(out, c == '*' ? SIGMA_ANY_RUN : SIGMA_ANY_ONE);
		} else {
			buffer_byte(out, (uint8_t)c);
		}
	}
}

static struct sigma_value *value_add(struct making *m, enum sigma_value_kind kind)
{
	struct sigma_value *v = arena_new(m->arena, sizeof *v);
	v->kind = kind;
	v->cased = m->bits & M_CASED;
	if (m->test->values >= SIGMA_VALUES_MOST)
		refuse(m, "too many values", NULL);
	*m->end = v;
	m->end = &v->next;
	m->test->values++;
	buffer_append(&m->groups, &m->group, sizeof m->group);
	return v;
}

static bool has_wildcard(const uint8_t *p, size_t length)
{
	return memchr(p, SIGMA_ANY_RUN, length) || memchr(p, SIGMA_ANY_ONE, length);
}

/* A number in hexadecimal without zeros in front, as logs have it. */
static size_t hex_zeros(const uint8_t *p, size_t length)
{
	size_t i = 2;
	if (length < 4 || p[0] != '0' || (p[1] | 0x20) != 'x')
		return 0;
	for (size_t k = 2; k < length; k++)
		if (!strchr("0123456789abcdefABCDEF", p[k]))
			return 0;
	while (i + 1 < length && p[i] == '0')
		i++;
	return i - 2;
}

/* A pattern with the anchors that the modifiers ask for becomes a literal where it can. */
static void pattern_add(struct making *m, const uint8_t *p, size_t length)
{
	struct buffer b = { 0 };
	bool loose = m->keywords;
	if (loose || m->bits & (M_CONTAINS | M_ENDSWITH))
		buffer_byte(&b, SIGMA_ANY_RUN);
	size_t zeros = loose || m->bits & M_ANCHOR ? 0 : hex_zeros(p, length);
	if (zeros) {
		buffer_text(&b, "0x");
		p += 2 + zeros;
		length -= 2 + zeros;
	}
	buffer_append(&b, p, length);
	if (loose || m->bits & (M_CONTAINS | M_STARTSWITH))
		buffer_byte(&b, SIGMA_ANY_RUN);
	const uint8_t *at = b.data ? b.data : (const uint8_t *)"";
	size_t n = b.length;
	unsigned anchor = SIGMA_AT_START | SIGMA_AT_END;
	while (n && *at == SIGMA_ANY_RUN)
		at++, n--, anchor &= ~(unsigned)SIGMA_AT_START;
	while (n && at[n - 1] == SIGMA_ANY_RUN)
		n--, anchor &= ~(unsigned)SIGMA_AT_END;
	bool glob = has_wildcard(at, n);
	struct sigma_value *v = value_add(m, glob ? SIGMA_GLOB : !n && !anchor ? SIGMA_SOMETHING : SIGMA_LITERAL);
	if (!n && anchor != (SIGMA_AT_START | SIGMA_AT_END))
		v->kind = SIGMA_SOMETHING;
	v->anchor = anchor;
	if (glob) {
		at = b.data;
		n = b.length;
	}
	struct buffer folded = { 0 };
	if (m->bits & M_CASED)
		buffer_append(&folded, at, n);
	else
		sigma_fold(&folded, at, n);
	v->text = arena_copy(m->arena, folded.data ? folded.data : (const uint8_t *)"", folded.length);
	v->length = (uint32_t)folded.length;
	buffer_free(&folded);
	buffer_free(&b);
}

/* ---- modifiers that change the text */

static bool word_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_dash(const uint8_t *p, size_t length, size_t i)
{
	return (p[i] == '-' || p[i] == '/') && (i == 0 || !word_byte(p[i - 1])) && i + 1 < length && word_byte(p[i + 1]);
}

/* Every way to write the dashes of options: hyphen, slash, en dash, em dash, horizontal bar. */
static void dashes_add(struct making *m, const uint8_t *p, size_t length)
{
	static const char *const dash[] = { "-", "/", "\u2013", "\u2014", "\u2015" };
	enum { WAYS = sizeof dash / sizeof *dash };
	unsigned found = 0, ways = 1;
	for (size_t i = 0; i < length; i++)
		if (is_dash(p, length, i) && found < DASHES_MOST)
			found++, ways *= WAYS;
	for (unsigned way = 0; way < ways && !m->wrong; way++) {
		struct buffer b = { 0 };
		unsigned rest = way, done = 0;
		for (size_t i = 0; i < length; i++) {
			if (is_dash(p, length, i) && done < DASHES_MOST) {
				buffer_text(&b, dash[rest % WAYS]);
				rest /= WAYS;
				done++;
			} else {
				buffer_byte(&b, p[i]);
			}
		}
		pattern_add(m, b.data ? b.data : (const uint8_t *)"", b.length);
		buffer_free(&b);
	}
}

static void wide_of(struct buffer *out, const uint8_t *p, size_t length, unsigned bits)
{
	const uint8_t *end = p + length;
	bool big = bits & M_UTF16BE;
	if (bits & M_UTF16)
		buffer_append(out, "\xff\xfe", 2);
	while (p < end) {
		uint32_t c = text_utf8_next(&p, end), unit[2] = { c, 0 };
		unsigned units = 1;
		if (c >= 0x10000) {
			unit[0] = 0xD800 + ((c - 0x10000) >> 10);
			unit[1] = 0xDC00 + ((c - 0x10000) & 0x3ff);
			units = 2;
		}
		for (unsigned i = 0; i < units; i++) {
			buffer_byte(out, (uint8_t)(big ? unit[i] >> 8 : unit[i]));
			buffer_byte(out, (uint8_t)(big ? unit[i] : unit[i] >> 8));
		}
	}
}

/* What stays the same of the base64 text of these bytes wherever they begin in a group of three. */
static void base64_add(struct making *m, const uint8_t *p, size_t length)
{
	static const unsigned skip[3] = { 0, 2, 3 }, drop[3] = { 0, 3, 2 };
	for (unsigned offset = 0; offset < (m->bits & M_BASE64OFFSET ? 3u : 1u); offset++) {
		struct buffer in = { 0 };
		buffer_append(&in, "\0\0", offset);
		buffer_append(&in, p, length);
		uint8_t *out = memory_new(in.length / 3 * 4 + 8);
		size_t n = (size_t)EVP_EncodeBlock(out, in.data ? in.data : (const uint8_t *)"", (int)in.length), from = 0;
		if (m->bits & M_BASE64OFFSET) {
			from = skip[offset];
			n -= n >= drop[in.length % 3] ? drop[in.length % 3] : n;
		}
		pattern_add(m, out + (from < n ? from : n), from < n ? n - from : 0);
		free(out);
		buffer_free(&in);
	}
}

static void regex_add(struct making *m, const struct sigma_node *n)
{
	int code;
	PCRE2_SIZE at;
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | (m->bits & M_RE_I ? PCRE2_CASELESS : 0) |
			   (m->bits & M_RE_M ? PCRE2_MULTILINE : 0) | (m->bits & M_RE_S ? PCRE2_DOTALL : 0);
	if (n->length > SIGMA_REGEX_MOST) {
		refuse(m, "a regular expression that is too long", NULL);
		return;
	}
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_set_parens_nest_limit(context, 64);
	pcre2_code *regex = pcre2_compile((PCRE2_SPTR)n->text, n->length, options, &code, &at, context);
	pcre2_compile_context_free(context);
	if (!regex) {
		char said[160] = "";
		pcre2_get_error_message(code, (PCRE2_UCHAR *)said, sizeof said);
		refuse(m, "a regular expression", said);
		return;
	}
	struct sigma_value *v = value_add(m, SIGMA_REGEX);
	v->regex = regex;
	v->text = (const uint8_t *)n->text;
	v->length = (uint32_t)n->length;
}

/* ---- addresses and numbers */

static bool address_of(const char *text, size_t length, uint8_t a[16], bool *four)
{
	char copy[64];
	if (length >= sizeof copy)
		return false;
	memcpy(copy, text, length);
	copy[length] = 0;
	memset(a, 0, 16);
	a[10] = a[11] = 0xff;
	*four = inet_pton(AF_INET, copy, a + 12) == 1;
	return *four || inet_pton(AF_INET6, copy, a) == 1;
}

static void cidr_add(struct making *m, const char *text)
{
	const char *slash = strchr(text, '/');
	char *end = NULL;
	uint8_t a[16];
	bool four = false;
	unsigned long bits = slash ? strtoul(slash + 1, &end, 10) : 0;
	if (!slash || end == slash + 1 || *end || !address_of(text, (size_t)(slash - text), a, &four) || bits > (four ? 32 : 128)) {
		refuse(m, "not a network", text);
		return;
	}
	struct sigma_value *v = value_add(m, SIGMA_CIDR);
	memcpy(v->address, a, sizeof a);
	v->prefix = (uint8_t)(four ? 96 + bits : bits);
}

static bool in_network(const struct sigma_value *v, const struct sigma_text *t)
{
	uint8_t a[16];
	bool four;
	if (!address_of((const char *)t->raw, t->length, a, &four))
		return false;
	unsigned whole = v->prefix / 8, rest = v->prefix % 8;
	return !memcmp(a, v->address, whole) && (!rest || !((a[whole] ^ v->address[whole]) >> (8 - rest)));
}

static bool number_of(const void *text, size_t length, double *n)
{
	char copy[64], *end;
	if (!length || length >= sizeof copy)
		return false;
	memcpy(copy, text, length);
	copy[length] = 0;
	if (!strchr("+-.0123456789", copy[0]))
		return false;
	*n = strtod(copy, &end);        /* hexadecimal, too */
	return !*end && isfinite(*n);
}

static void number_add(struct making *m, const char *text)
{
	double number;
	if (!number_of(text, strlen(text), &number)) {
		refuse(m, "not a number", text);
		return;
	}
	struct sigma_value *v = value_add(m, SIGMA_NUMBER);
	v->number = number;
	v->comparison = m->bits & M_GT ? SIGMA_GT : m->bits & M_GTE ? SIGMA_GTE : m->bits & M_LT ? SIGMA_LT : SIGMA_LTE;
}

/* ---- one value, all modifiers */

static void exists_add(struct making *m, const char *text)
{
	bool yes = !strcasecmp(text, "true") || !strcasecmp(text, "yes");
	if (!yes && strcasecmp(text, "false") && strcasecmp(text, "no"))
		refuse(m, "exists takes true or false", NULL);
	value_add(m, yes ? SIGMA_PRESENT : SIGMA_ABSENT);
}

static void node_add(struct making *m, const struct sigma_node *n)
{
	if (n->kind != SIGMA_SCALAR) {
		refuse(m, "a value is no text", NULL);
		return;
	}
	if (sigma_node_is_null(n)) {
		if (m->keywords || m->bits & ~(unsigned)(M_ALL | M_NEQ | M_CASED))
			refuse(m, "null with a modifier", NULL);
		value_add(m, SIGMA_NULL);
		return;
	}
	if (m->bits & M_EXISTS) {
		exists_add(m, n->text);
	} else if (m->bits & M_RE) {
		regex_add(m, n);
	} else if (m->bits & M_CIDR) {
		cidr_add(m, n->text);
	} else if (m->bits & M_NUMBER) {
		number_add(m, n->text);
	} else if (m->bits & M_FIELDREF) {
		struct sigma_value *v = value_add(m, SIGMA_FIELD);
		v->text = (const uint8_t *)n->text;
		v->length = (uint32_t)n->length;
		v->anchor = m->bits & M_CONTAINS ? 0 : m->bits & M_STARTSWITH ? SIGMA_AT_START : m->bits & M_ENDSWITH ? SIGMA_AT_END : SIGMA_AT_START | SIGMA_AT_END;
	} else {
		struct buffer b = { 0 };
		bool coded = m->bits & (M_CODED | M_WIDE);
		pattern_of(&b, n->text, n->length, true);
		if (coded && has_wildcard(b.data ? b.data : (const uint8_t *)"", b.length)) {
			refuse(m, "a wildcard in what is to be encoded", NULL);
		} else if (m->bits & M_WIDE) {
			struct buffer w = { 0 };
			wide_of(&w, b.data ? b.data : (const uint8_t *)"", b.length, m->bits);
			if (m->bits & M_CODED)
				base64_add(m, w.data ? w.data : (const uint8_t *)"", w.length);
			else
				refuse(m, "wide text that is not encoded further can't stand in an event", NULL);
			buffer_free(&w);
		} else if (m->bits & M_CODED) {
			base64_add(m, b.data ? b.data : (const uint8_t *)"", b.length);
		} else if (m->bits & M_WINDASH) {
			dashes_add(m, b.data ? b.data : (const uint8_t *)"", b.length);
		} else {
			pattern_add(m, b.data ? b.data : (const uint8_t *)"", b.length);
		}
		buffer_free(&b);
	}
}

static bool modifiers_read(struct making *m, const char *at)
{
	while (*at) {
		size_t n = strcspn(++at, "|");
		bool known = false;
		for (size_t i = 0; i < sizeof modifiers / sizeof *modifiers && !known; i++)
			if (strlen(modifiers[i].name) == n && !strncasecmp(modifiers[i].name, at, n)) {
				m->bits |= modifiers[i].bits;
				known = true;
			}
		if (!known) {
			refuse(m, "modifier that is not supported", arena_copy(m->arena, at, n));
			return false;
		}
		at += n;
	}
	if (m->bits & (M_RE_I | M_RE_M | M_RE_S) && !(m->bits & M_RE))
		refuse(m, "i, m and s belong behind re", NULL);
	if (m->bits & M_RE && m->bits & ~(unsigned)(M_RE | M_RE_I | M_RE_M | M_RE_S | M_ALL | M_NEQ))
		refuse(m, "re together with another modifier", NULL);
	if (m->bits & M_CODED && m->bits & M_WINDASH)
		refuse(m, "windash together with base64", NULL);
	return !m->wrong;
}

bool sigma_test_read(struct arena *arena, const char *field, const struct sigma_node *values, struct sigma_test *test, const char **wrong)
{
	struct making m = { .arena = arena, .test = test, .end = &test->value };
	*test = (struct sigma_test){ 0 };
	size_t name = field ? strcspn(field, "|") : 0;
	m.keywords = !name;
	test->field = arena_copy(arena, field ? field : "", name);
	if (field)
		modifiers_read(&m, field + name);
	test->all = m.bits & M_ALL;
	test->not = m.bits & M_NEQ;
	if (m.keywords && m.bits & ~(unsigned)(M_ALL | M_RE | M_RE_I | M_RE_M | M_RE_S | M_CASED | M_CODED | M_WIDE | M_WINDASH | M_CONTAINS))
		refuse(&m, "a modifier that needs a field", NULL);
	if (!m.wrong && values->kind == SIGMA_LIST)
		for (const struct sigma_node *n = values->child; n && !m.wrong; n = n->next, m.group++)
			node_add(&m, n);
	else if (!m.wrong)
		node_add(&m, values);
	if (!m.wrong && !test->values)
		refuse(&m, "a list without values", NULL);
	test->group = arena_copy(arena, m.groups.data ? m.groups.data : (const uint8_t *)"", m.groups.length);
	buffer_free(&m.groups);
	*wrong = m.wrong;
	if (m.wrong)
		sigma_test_free(test);
	return !m.wrong;
}

void sigma_test_free(struct sigma_test *t)
{
	for (struct sigma_value *v = t->value; v; v = v->next)
		if (v->regex) {
			pcre2_code_free(v->regex);
			v->regex = NULL;
		}
}

/* ---- meeting a text */

/* Without backtracking over more than the last run: the earliest place of a piece is as good as any. */
static bool glob_fits(const uint8_t *p, size_t p_length, const uint8_t *t, size_t t_length)
{
	size_t i = 0, k = 0, star = SIZE_MAX, back = 0;
	while (k < t_length) {
		if (i < p_length && p[i] == SIGMA_ANY_RUN) {
			star = ++i;
			back = k;
		} else if (i < p_length && p[i] == SIGMA_ANY_ONE) {
			i++;
			k++;
			while (k < t_length && (t[k] & 0xC0) == 0x80)
				k++;
		} else if (i < p_length && p[i] == t[k]) {
			i++;
			k++;
		} else if (star != SIZE_MAX) {
			if (star == p_length)
				return true;
			i = star;
			k = ++back;
		} else {
			return false;
		}
	}
	while (i < p_length && p[i] == SIGMA_ANY_RUN)
		i++;
	return i == p_length;
}

static bool literal_meets(const struct sigma_value *v, const uint8_t *t, size_t length)
{
	if (v->length > length)
		return false;
	if (v->anchor == (SIGMA_AT_START | SIGMA_AT_END) && v->length != length)
		return false;
	if (v->anchor & SIGMA_AT_START)
		return !memcmp(t, v->text, v->length);
	if (v->anchor & SIGMA_AT_END)
		return !memcmp(t + length - v->length, v->text, v->length);
	return memmem(t, length, v->text, v->length) != NULL;
}

static enum sigma_answer regex_meets(const struct sigma_value *v, const struct sigma_text *t)
{
	/* made once a process: a worker has one thread */
	static pcre2_match_context *limits;
	static pcre2_match_data *data;
	if (!limits) {
		limits = pcre2_match_context_create(NULL);
		data = pcre2_match_data_create(1, NULL);
		pcre2_set_match_limit(limits, MATCH_LIMIT);
		pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
	}
	int n = pcre2_match(v->regex, t->raw, t->length, 0, 0, data, limits);
	return n >= 0 ? SIGMA_YES : n == PCRE2_ERROR_NOMATCH ? SIGMA_NO : SIGMA_GAVE_UP;
}

enum sigma_answer sigma_value_meets(const struct sigma_value *v, const struct sigma_text *t)
{
	const uint8_t *text = v->cased ? t->raw : t->folded;
	size_t length = v->cased ? t->length : t->folded_length;
	double number;
	switch (v->kind) {
	case SIGMA_LITERAL: return literal_meets(v, text, length) ? SIGMA_YES : SIGMA_NO;
	case SIGMA_GLOB: return glob_fits(v->text, v->length, text, length) ? SIGMA_YES : SIGMA_NO;
	case SIGMA_REGEX: return regex_meets(v, t);
	case SIGMA_CIDR: return in_network(v, t) ? SIGMA_YES : SIGMA_NO;
	case SIGMA_NUMBER: return number_of(t->raw, t->length, &number) && sigma_comparison_holds(v->comparison, number, v->number) ? SIGMA_YES : SIGMA_NO;
	case SIGMA_PRESENT: case SIGMA_SOMETHING: return SIGMA_YES;
	default: return SIGMA_NO;
	}
}

/* The longest run of characters that every match of a regular expression holds, as far as that is plain: those outside of groups, classes and alternatives, not repeated. */
static const uint8_t *regex_fixed(struct arena *arena, const struct sigma_value *v, size_t *length)
{
	struct buffer run = { 0 }, best = { 0 };
	const char *p = (const char *)v->text, *end = p + v->length;
	unsigned depth = 0;
	bool in_class = false, plain = !strstr(p, "\\Q") && !strstr(p, "(?x") && !strchr(p, '#');
	for (; p < end && plain; p++) {
		char c = *p;
		bool escaped = c == '\\' && p + 1 < end, literal = false;
		if (escaped)
			c = *++p;
		if (in_class) {
			in_class = escaped || c != ']';
			continue;
		}
		if (escaped)
			literal = strchr("\\.+*?()[]{}|^$/-\"'`,:;=<>!@#%&~ _", c) != NULL;
		else if (c == '[')
			in_class = true, p += p + 1 < end && p[1] == '^', p += p + 1 < end && p[1] == ']';
		else if (c == '(')
			depth++;
		else if (c == ')')
			depth -= depth > 0;
		else
			literal = (unsigned char)c < 0x80 && !strchr(".+*?{}|^$", c);
		plain = escaped || c != '|' || depth;
		if (escaped && !literal && !strchr("dDsSwWbBAzZ", c))
			plain = false;          /* a number, a property: what follows belongs to it */
		char after = p + 1 < end ? p[1] : 0;
		bool optional = after == '?' || after == '*' || after == '{';
		if (literal && !depth && !optional)
			buffer_byte(&run, (uint8_t)c);
		if (!literal || depth || optional || after == '+' || p + 1 == end) {
			if (run.length > best.length) {
				struct buffer was = best;
				best = run;
				run = was;
			}
			buffer_clear(&run);
		}
	}
	*length = plain ? best.length : 0;
	const uint8_t *fixed = arena_copy(arena, best.data ? best.data : (const uint8_t *)"", best.length);
	buffer_free(&run);
	buffer_free(&best);
	return *length ? fixed : NULL;
}

const uint8_t *sigma_value_fixed(struct arena *arena, const struct sigma_value *v, size_t *length)
{
	const uint8_t *best = v->text;
	*length = 0;
	if (v->kind == SIGMA_REGEX)
		return regex_fixed(arena, v, length);
	if (v->kind != SIGMA_LITERAL && v->kind != SIGMA_GLOB)
		return NULL;
	for (size_t from = 0, i = 0; i <= v->length; i++)
		if (i == v->length || v->text[i] >= SIGMA_ANY_ONE) {
			if (i - from > *length) {
				*length = i - from;
				best = v->text + from;
			}
			from = i + 1;
		}
	return best;
}
