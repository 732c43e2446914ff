/* SPDX-License-Identifier: Apache-2.0 */
/* yara_carrier.c: reads rule sources as far as is needed to prove that a file's rules match nothing but certain executables.
 *
 * Why: importing `pe` costs 0.2 ms a scan whatever the content is (the module's structure is built each time), so such files are to be left out for other content;
 * but never at the price of a hit. A condition counts as proven when, taken apart at its top-level `and` and `or`, it can't be true without
 *   - a check of the first bytes, uint16(0) == 0x5A4D and the like (uint16be, uint32, uint32be; either side), or
 *   - a value of the module: `pe.number_of_sections > 2`, `pe.is_dll()`, `pe.is_pe`; module values are undefined without the header, comparisons with
 *     undefined are undefined, and undefined is false; or
 *   - an earlier rule of the file that is proven itself.
 * All else (not, for, of, values that exist without a header such as pe.is_pe == 0 or constants) proves nothing. The grammar read is that of libyara 4.2
 * (lexer.l, grammar.y); compiled rules are counted against the rules seen here, so a misreading can only lose speed. */
#include "detect/yara_carrier.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 4096, DEPTH_MAX = 32, PROVEN_MAX = 256 };

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_REGEX, TOKEN_MARK };
struct token { enum token_kind kind; const char *text; size_t length; };
struct lexer { const char *at, *end; bool bad; };

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' || c == '#' || c == '@';
}

/* White space and comments. */
static void skip(struct lexer *l)
{
	while (l->at < l->end) {
		size_t left = (size_t)(l->end - l->at);
		if (*l->at == ' ' || *l->at == '\t' || *l->at == '\r' || *l->at == '\n') {
			l->at++;
		} else if (left >= 2 && l->at[0] == '/' && l->at[1] == '/') {
			const char *end = memchr(l->at, '\n', left);
			l->at = end ? end : l->end;
		} else if (left >= 2 && l->at[0] == '/' && l->at[1] == '*') {
			l->at += 2;
			while (l->end - l->at >= 2 && (l->at[0] != '*' || l->at[1] != '/'))
				l->at++;
			l->bad |= l->end - l->at < 2;
			l->at = l->end - l->at < 2 ? l->end : l->at + 2;
		} else {
			return;
		}
	}
}

static struct token quoted(struct lexer *l, char mark, enum token_kind kind)
{
	const char *from = ++l->at;
	while (l->at < l->end && *l->at != mark && *l->at != '\n') {
		if (*l->at == '\\' && l->end - l->at > 1)
			l->at++;
		l->at++;
	}
	struct token t = { kind, from, (size_t)(l->at - from) };
	if (l->at < l->end && *l->at == mark)
		l->at++;
	else
		l->bad = true;
	return t;
}

static struct token next(struct lexer *l)
{
	skip(l);
	if (l->at >= l->end)
		return (struct token){ 0 };
	if (*l->at == '"')
		return quoted(l, '"', TOKEN_STRING);
	if (*l->at == '/') {                                    /* no division by '/' in this language */
		struct token t = quoted(l, '/', TOKEN_REGEX);
		while (l->at < l->end && (*l->at == 'i' || *l->at == 's'))
			l->at++;
		return t;
	}
	const char *from = l->at++;
	if (!is_word(*from))
		return (struct token){ TOKEN_MARK, from, 1 };
	while (l->at < l->end && is_word(*l->at))
		l->at++;
	return (struct token){ TOKEN_WORD, from, (size_t)(l->at - from) };
}

/* Behind the '{' of a hex string. */
static void skip_hex(struct lexer *l)
{
	while (l->at < l->end) {
		skip(l);
		if (l->at < l->end && *l->at++ == '}')
			return;
	}
	l->bad = true;
}

static bool is(const struct token *t, const char *text)
{
	return t->kind != TOKEN_STRING && t->kind != TOKEN_REGEX && t->kind != TOKEN_END && t->length == strlen(text) && memcmp(t->text, text, t->length) == 0;
}

static bool begins(const struct token *t, const char *text)
{
	return t->kind == TOKEN_WORD && t->length > strlen(text) && memcmp(t->text, text, strlen(text)) == 0;
}

static bool number(const struct token *t, uint64_t *value)
{
	char text[24], *end;
	if (t->kind != TOKEN_WORD || t->length >= sizeof text || t->text[0] < '0' || t->text[0] > '9')
		return false;
	memcpy(text, t->text, t->length);
	text[t->length] = 0;
	if (text[0] == '0' && text[1] != 'x' && text[1] != 'X' && text[1])
		return false;                                   /* octal 0o17 and the like */
	*value = strtoull(text, &end, 0);
	return !*end;
}

struct file {
	struct token token[TOKENS_MAX];                         /* of the condition in hand */
	struct token proven[PROVEN_MAX];
	unsigned carriers[PROVEN_MAX];
	size_t provens;
};

/* function(0) == value, seven marks. */
static unsigned by_bytes(const struct token *call, const struct token *constant)
{
	static const struct { const char *function; uint64_t value; unsigned carrier; } check[] = {
		{ "uint16", 0x5A4D, CARRIER_MZ }, { "uint16be", 0x4D5A, CARRIER_MZ },
		{ "uint32", 0x464C457F, CARRIER_ELF }, { "uint32be", 0x7F454C46, CARRIER_ELF },
		{ "uint32", 0xFEEDFACE, CARRIER_MACHO }, { "uint32", 0xFEEDFACF, CARRIER_MACHO }, { "uint32", 0xCEFAEDFE, CARRIER_MACHO }, { "uint32", 0xCFFAEDFE, CARRIER_MACHO },
		{ "uint32", 0xBEBAFECA, CARRIER_MACHO }, { "uint32", 0xCAFEBABE, CARRIER_MACHO },
		{ "uint32be", 0xFEEDFACE, CARRIER_MACHO }, { "uint32be", 0xFEEDFACF, CARRIER_MACHO }, { "uint32be", 0xCEFAEDFE, CARRIER_MACHO }, { "uint32be", 0xCFFAEDFE, CARRIER_MACHO },
		{ "uint32be", 0xBEBAFECA, CARRIER_MACHO }, { "uint32be", 0xCAFEBABE, CARRIER_MACHO },
		{ "uint32", 0x0A786564, CARRIER_DEX }, { "uint32be", 0x6465780A, CARRIER_DEX },
	};
	uint64_t zero, value;
	if (!is(&call[1], "(") || !number(&call[2], &zero) || zero || !is(&call[3], ")") || !number(constant, &value))
		return 0;
	for (size_t i = 0; i < sizeof check / sizeof *check; i++)
		if (is(&call[0], check[i].function) && check[i].value == value)
			return check[i].carrier;
	return 0;
}

static unsigned by_module(const struct token *t, size_t count)
{
	static const struct { const char *prefix; unsigned carrier; } module[] = {
		{ "pe.", CARRIER_MZ }, { "dotnet.", CARRIER_MZ }, { "elf.", CARRIER_ELF },
	};
	unsigned carrier = 0;
	for (size_t i = 0; i < sizeof module / sizeof *module; i++)
		if (begins(&t[0], module[i].prefix) && t[0].text[strlen(module[i].prefix)] >= 'a' && t[0].text[strlen(module[i].prefix)] <= 'z')
			carrier = module[i].carrier;
	if (!carrier)
		return 0;
	bool flag = is(&t[0], "pe.is_pe") || is(&t[0], "dotnet.is_dotnet");
	if (count == 1)
		return carrier;
	if (flag)
		return 0;
	/* the attribute may be an array's or dictionary's; a call only stands alone */
	size_t at = 1;
	unsigned depth = 0;
	bool called = false;
	for (; at < count; at++) {
		if (is(&t[at], "(") || is(&t[at], "[")) {
			called |= depth == 0 && is(&t[at], "(");
			depth++;
		} else if (is(&t[at], ")") || is(&t[at], "]")) {
			if (!depth)
				return 0;
			depth--;
		} else if (!depth && !(t[at].kind == TOKEN_WORD && t[at].text[0] == '.')) {
			break;
		}
	}
	if (depth)
		return 0;
	if (at == count)
		return carrier;
	if (called)
		return 0;
	/* one comparison, and nothing that could make something else of it */
	static const char *const text_operator[] = { "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches" };
	bool compared = is(&t[at], "=") || is(&t[at], "!") || is(&t[at], "<") || is(&t[at], ">");
	for (size_t i = 0; i < sizeof text_operator / sizeof *text_operator; i++)
		compared |= is(&t[at], text_operator[i]);
	if (!compared)
		return 0;
	for (at++; at < count; at++)
		if (t[at].kind == TOKEN_MARK && !is(&t[at], "=") && !is(&t[at], "-"))
			return 0;
	return carrier;
}

static unsigned atom(const struct file *f, const struct token *t, size_t count)
{
	if (count == 7 && is(&t[4], "=") && is(&t[5], "="))
		return by_bytes(t, &t[6]);
	if (count == 7 && is(&t[1], "=") && is(&t[2], "="))
		return by_bytes(t + 3, &t[0]);
	if (count == 1 && t->kind == TOKEN_WORD)
		for (size_t i = 0; i < f->provens; i++)
			if (f->proven[i].length == t->length && memcmp(f->proven[i].text, t->text, t->length) == 0)
				return f->carriers[i];
	return count ? by_module(t, count) : 0;
}

/* The first `word` outside of parentheses from `at` on, or count. */
static size_t top_level(const struct token *t, size_t count, size_t at, const char *word)
{
	unsigned depth = 0;
	for (; at < count; at++) {
		if (is(&t[at], "(") || is(&t[at], "["))
			depth++;
		else if (is(&t[at], ")") || is(&t[at], "]"))
			depth -= depth > 0;
		else if (!depth && is(&t[at], word))
			break;
	}
	return at;
}

/* "not", "for" and "defined" rule the part that they begin: such a part proves nothing. Depth is bounded. */
static unsigned expression(const struct file *f, const struct token *t, size_t count, unsigned depth)
{
	if (!count || depth > DEPTH_MAX)
		return 0;
	if (is(&t[0], "(")) {
		unsigned open = 0;
		size_t at = 0;
		for (; at < count; at++) {
			open += is(&t[at], "(");
			if (is(&t[at], ")") && --open == 0)
				break;
		}
		if (at == count - 1)                            /* the first one closes at the end: all of it is in parentheses */
			return expression(f, t + 1, count - 2, depth + 1);
	}
	size_t split = top_level(t, count, 0, "or");
	if (split < count) {
		unsigned all = 0;
		for (size_t from = 0; from <= count; from = split + 1) {
			split = top_level(t, count, from, "or");
			unsigned one = expression(f, t + from, split - from, depth + 1);
			if (!one)
				return 0;
			all |= one;
			if (split == count)
				break;
		}
		return all;
	}
	split = top_level(t, count, 0, "and");
	if (split < count) {
		for (size_t from = 0; from <= count; from = split + 1) {
			split = top_level(t, count, from, "and");
			unsigned one = expression(f, t + from, split - from, depth + 1);
			if (one || split == count)
				return one;
		}
		return 0;
	}
	return is(&t[0], "not") || is(&t[0], "for") || is(&t[0], "defined") ? 0 : atom(f, t, count);
}

unsigned carrier_proven(const char *text, size_t length, size_t rules)
{
	struct lexer l = { text, text + length, false };
	struct file *f = calloc(1, sizeof *f);
	unsigned all = 0;
	size_t seen = 0;
	bool proven = f != NULL;
	while (proven) {
		struct token t = next(&l);
		if (t.kind == TOKEN_END)
			break;
		if (!is(&t, "rule"))
			continue;
		struct token name = next(&l), before = { 0 };
		bool body = false;
		seen++;
		for (t = next(&l); t.kind != TOKEN_END; before = t, t = next(&l)) {
			if (is(&t, "{") && !body)
				body = true;
			else if (is(&t, "{") && is(&before, "="))
				skip_hex(&l);
			else if (body && is(&t, "condition"))
				break;
		}
		t = next(&l);
		size_t count = 0;
		proven = body && is(&t, ":");
		while (proven) {
			t = next(&l);
			if (is(&t, "}"))
				break;
			if (t.kind == TOKEN_END || count == TOKENS_MAX)
				proven = false;
			else
				f->token[count++] = t;
		}
		unsigned one = proven ? expression(f, f->token, count, 0) : 0;
		proven = one && f->provens < PROVEN_MAX;
		all |= one;
		if (proven) {
			f->proven[f->provens] = name;
			f->carriers[f->provens++] = one;
		}
	}
	proven = proven && !l.bad && seen == rules;
	free(f);
	return proven ? all : 0;
}

bool carrier_imports(const char *text, size_t length)
{
	static const char *const module[] = { "pe", "dotnet", "elf", "macho", "dex" };
	struct lexer l = { text, text + length, false };
	for (struct token t = next(&l); t.kind != TOKEN_END; t = next(&l)) {
		if (!is(&t, "import"))
			continue;
		t = next(&l);
		for (size_t i = 0; i < sizeof module / sizeof *module; i++)
			if (t.kind == TOKEN_STRING && t.length == strlen(module[i]) && memcmp(t.text, module[i], t.length) == 0)
				return true;
	}
	return false;
}

unsigned carrier_of(const void *bytes, size_t length)
{
	const uint8_t *b = bytes;
	if (length < 4)
		return length >= 2 && b[0] == 'M' && b[1] == 'Z' ? CARRIER_MZ : 0;
	uint32_t first = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	if (first >> 16 == 0x4D5A)
		return CARRIER_MZ;
	switch (first) {
	case 0x7F454C46: return CARRIER_ELF;
	case 0xFEEDFACE: case 0xFEEDFACF: case 0xCEFAEDFE: case 0xCFFAEDFE: case 0xCAFEBABE: case 0xBEBAFECA: return CARRIER_MACHO;
	case 0x6465780A: return CARRIER_DEX;
	default: return 0;
	}
}
