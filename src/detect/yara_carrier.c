/* SPDX-License-Identifier: Apache-2.0 */
/* yara_carrier.c: reads rule sources as far as is needed to prove of a rule that it matches nothing but content that begins in certain ways.
 *
 * Why: importing `pe` costs 0.2 ms a scan whatever the content is (the module's structure is built each time), and text full of UTF-16 meets the strings of thousands of rules
 * for programs; so such rules are to be left out for other content, but never at the price of a hit. A condition counts as proven when, taken apart at its top-level
 * `and` and `or`, it can't be true without
 *   - a check of the first bytes, uint16(0) == 0x5A4D and the like (uint16be, uint32, uint32be; either side), or
 *   - a string at the beginning, `$mz at 0`, of fixed bytes; or
 *   - a value of a module: `pe.number_of_sections > 2`, `not pe.number_of_sections > 2`, `pe.is_dll()`, `pe.is_pe`, `$a at pe.entry_point`, a loop over
 *     `(0..pe.number_of_resources)`; module values are undefined without the header, comparisons with undefined and their negations are undefined, and undefined is false; or
 *   - an earlier rule of the file that is proven itself.
 * All else (not, for, of, values that exist without a header such as pe.is_pe == 0 or constants) proves nothing. The grammar read is that of libyara 4.2
 * (lexer.l, grammar.y). Values of modules are also marked where they are one of several alternatives: for other content `false` can stand there. The rules seen here are compared with those compiled, so a misreading can only lose speed. */
#include "detect/yara_carrier.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detect/yara_tokens.h"

enum { TOKENS_MAX = 4096, DEPTH_MAX = 32, STRINGS_MAX = 256, RULES_MAX = 5000 };

/* Behind the '{' of a hex string; what it begins with goes to `start`. */
static void hex_string(struct lexer *l, struct carrier_start *start)
{
	bool fixed = true;
	while (l->at < l->end) {
		tokens_skip(l);
		if (l->at >= l->end)
			break;
		int high = token_hex_digit(l->at[0]), low = l->end - l->at > 1 ? token_hex_digit(l->at[1]) : -1;
		if (fixed && high >= 0 && low >= 0 && start->length < sizeof start->bytes) {
			start->bytes[start->length++] = (uint8_t)(high << 4 | low);
			l->at += 2;
			continue;
		}
		fixed = false;
		if (*l->at++ == '}')
			return;
	}
	l->bad = true;
}

/* Ways in which content may begin, one of them; none: nothing is proven. */
struct starts { struct carrier_start start[CARRIER_STARTS_MAX]; size_t count; };
struct text_string { struct token name; struct carrier_start start; };

struct reader {
	struct carrier_file *file;
	struct token token[TOKENS_MAX]; size_t tokens;          /* of the condition in hand */
	struct text_string string[STRINGS_MAX]; size_t strings; /* of the rule in hand: those of which the first bytes are fixed */
};

static struct starts one(const void *bytes, size_t length)
{
	struct starts s = { .count = 1 };
	memcpy(s.start[0].bytes, bytes, length);
	s.start[0].length = (uint8_t)length;
	return s;
}

/* function(0) == value, seven marks. */
static struct starts by_bytes(const struct token *call, const struct token *constant)
{
	static const struct { const char *function; unsigned width; bool big; } check[] = { { "uint16", 2, false }, { "uint32", 4, false }, { "uint16be", 2, true }, { "uint32be", 4, true } };
	uint64_t zero, value;
	if (!token_is(&call[1], "(") || !token_number(&call[2], &zero) || zero || !token_is(&call[3], ")") || !token_number(constant, &value))
		return (struct starts){ 0 };
	for (size_t i = 0; i < sizeof check / sizeof *check; i++) {
		if (!token_is(&call[0], check[i].function) || value >> (8 * check[i].width))
			continue;
		uint8_t bytes[4];
		for (unsigned k = 0; k < check[i].width; k++)
			bytes[check[i].big ? check[i].width - 1 - k : k] = (uint8_t)(value >> (8 * k));
		return one(bytes, check[i].width);
	}
	return (struct starts){ 0 };
}

enum module_value { NO_VALUE, VALUE_ALONE, VALUE_COMPARED };

/* Is it a value of a module alone, or one comparison with such a value? */
static enum module_value module_value(const struct token *t, size_t count)
{
	bool flag = token_is(&t[0], "pe.is_pe") || token_is(&t[0], "dotnet.is_dotnet");
	if (count == 1)
		return VALUE_ALONE;
	if (flag)
		return NO_VALUE;
	/* the attribute may be an array's or dictionary's; a call only stands alone */
	size_t at = 1;
	unsigned depth = 0;
	bool called = false;
	for (; at < count; at++) {
		if (token_is(&t[at], "(") || token_is(&t[at], "[")) {
			called |= depth == 0 && token_is(&t[at], "(");
			depth++;
		} else if (token_is(&t[at], ")") || token_is(&t[at], "]")) {
			if (!depth)
				return NO_VALUE;
			depth--;
		} else if (!depth && !(t[at].kind == TOKEN_WORD && t[at].text[0] == '.')) {
			break;
		}
	}
	if (depth)
		return NO_VALUE;
	if (at == count)
		return VALUE_ALONE;
	if (called && !token_is(&t[0], "pe.imphash"))
		return NO_VALUE;
	/* one comparison, and nothing that could make something else of it */
	static const char *const text_operator[] = { "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches" };
	bool compared = token_is(&t[at], "=") || token_is(&t[at], "!") || token_is(&t[at], "<") || token_is(&t[at], ">") || token_is(&t[at], "&");
	for (size_t i = 0; i < sizeof text_operator / sizeof *text_operator; i++)
		compared |= token_is(&t[at], text_operator[i]);
	if (!compared)
		return NO_VALUE;
	for (at++; at < count; at++)
		if (t[at].kind == TOKEN_MARK && !token_is(&t[at], "=") && !token_is(&t[at], "-"))
			return NO_VALUE;
	return VALUE_COMPARED;
}

/* What content a word of a module needs: `pe.number_of_sections`, also behind "0..". */
static struct starts module_word(const struct token *t)
{
	static const struct { const char *prefix, *bytes; } module[] = { { "pe.", "MZ" }, { "dotnet.", "MZ" }, { "elf.", "\x7f" "ELF" } };
	struct token word = *t;
	for (size_t i = 0; t->kind == TOKEN_WORD && i + 2 < t->length; i++)
		if (t->text[i] == '.' && t->text[i + 1] == '.')
			word = (struct token){ TOKEN_WORD, t->text + i + 2, t->length - i - 2 };
	for (size_t i = 0; i < sizeof module / sizeof *module; i++)
		if (token_begins(&word, module[i].prefix) && word.text[strlen(module[i].prefix)] >= 'a' && word.text[strlen(module[i].prefix)] <= 'z')
			return one(module[i].bytes, strlen(module[i].bytes));
	return (struct starts){ 0 };
}

/* for any i in (0..pe.number_of_resources - 1) : (…): nothing to go through without the header. */
static struct starts by_loop(const struct token *t, size_t count)
{
	struct starts found = { 0 };
	if (count < 7 || !token_is(&t[0], "for") || !token_is(&t[1], "any") || t[2].kind != TOKEN_WORD || !token_is(&t[3], "in") || !token_is(&t[4], "("))
		return found;
	size_t at = 5;
	for (; at < count && (t[at].kind == TOKEN_WORD || token_is(&t[at], "-") || token_is(&t[at], "+")); at++)
		if (!found.count)
			found = module_word(&t[at]);
	return at + 1 < count && token_is(&t[at], ")") && token_is(&t[at + 1], ":") ? found : (struct starts){ 0 };
}

/* A part without `and` and `or` that is false or undefined when a module's header is not there. */
static struct starts by_module(const struct token *t, size_t count)
{
	if (count == 3 && t[0].kind == TOKEN_WORD && t[0].text[0] == '$' && token_is(&t[1], "at"))
		return module_word(&t[2]);
	if (token_is(&t[0], "for"))
		return by_loop(t, count);
	bool negated = token_is(&t[0], "not");
	t += negated;
	count -= negated;
	enum module_value value = count ? module_value(t, count) : NO_VALUE;
	if (value == NO_VALUE || (negated && value != VALUE_COMPARED))
		return (struct starts){ 0 };
	return module_word(t);
}

static struct starts atom(const struct reader *r, const struct token *t, size_t count)
{
	uint64_t zero;
	struct starts found = { 0 };
	if (count == 7 && token_is(&t[4], "=") && token_is(&t[5], "="))
		found = by_bytes(t, &t[6]);
	else if (count == 7 && token_is(&t[1], "=") && token_is(&t[2], "="))
		found = by_bytes(t + 3, &t[0]);
	if (found.count)
		return found;
	if (count == 3 && token_is(&t[1], "at") && token_number(&t[2], &zero) && !zero)
		for (size_t i = 0; i < r->strings; i++)
			if (token_same(&t[0], r->string[i].name.text, r->string[i].name.length))
				return one(r->string[i].start.bytes, r->string[i].start.length);
	if (count == 1)
		for (size_t i = 0; i < r->file->rules; i++) {
			const struct carrier_rule *earlier = &r->file->rule[i];
			if (!token_same(&t[0], earlier->name, earlier->name_length))
				continue;
			struct starts s = { .count = earlier->starts };
			if (earlier->starts)
				memcpy(s.start, r->file->start + earlier->start, earlier->starts * sizeof *s.start);
			return s;
		}
	return count ? by_module(t, count) : (struct starts){ 0 };
}

/* "not", "for" and "defined" rule the part that they begin. Depth is bounded. */
static struct starts expression(const struct reader *r, const struct token *t, size_t count, unsigned depth)
{
	if (!count || depth > DEPTH_MAX)
		return (struct starts){ 0 };
	if (token_is(&t[0], "(") && tokens_close_at(t, count) == count - 1)         /* all of it is in parentheses */
		return expression(r, t + 1, count - 2, depth + 1);
	size_t split = tokens_top_level(t, count, 0, "or");
	if (split < count) {
		struct starts all = { 0 };
		for (size_t from = 0; from <= count; from = split + 1) {
			split = tokens_top_level(t, count, from, "or");
			struct starts part = expression(r, t + from, split - from, depth + 1);
			if (!part.count || all.count + part.count > CARRIER_STARTS_MAX)
				return (struct starts){ 0 };
			memcpy(all.start + all.count, part.start, part.count * sizeof *part.start);
			all.count += part.count;
			if (split == count)
				break;
		}
		return all;
	}
	split = tokens_top_level(t, count, 0, "and");
	if (split < count) {
		for (size_t from = 0; from <= count; from = split + 1) {
			split = tokens_top_level(t, count, from, "and");
			struct starts part = expression(r, t + from, split - from, depth + 1);
			if (part.count || split == count)
				return part;
		}
		return (struct starts){ 0 };
	}
	return atom(r, t, count);
}

/* Marks the parts of the condition that a module's header decides alone, wherever they are alternatives or demands (not below `not`, `for` and the like). */
static void cuts_find(const struct reader *r, const char *text, const struct token *t, size_t count, unsigned depth)
{
	if (!count || depth > DEPTH_MAX)
		return;
	if (token_is(&t[0], "(") && tokens_close_at(t, count) == count - 1) {
		cuts_find(r, text, t + 1, count - 2, depth + 1);
		return;
	}
	for (int i = 0; i < 2; i++) {
		const char *word = i ? "and" : "or";
		size_t split = tokens_top_level(t, count, 0, word);
		if (split == count)
			continue;
		for (size_t from = 0; from <= count; from = split + 1) {
			split = tokens_top_level(t, count, from, word);
			cuts_find(r, text, t + from, split - from, depth + 1);
		}
		return;
	}
	struct starts s = by_module(t, count);
	struct carrier_file *f = r->file;
	for (size_t i = 1; i < count; i++)                      /* a string that nothing else names would be an error */
		if (t[i].kind == TOKEN_WORD && strchr("$#@!", t[i].text[0]))
			return;
	if (s.count != 1)
		return;
	if (t[count - 1].kind == TOKEN_REGEX || token_is(&t[0], "for"))
		return;                                         /* (where it ends is not known here) */
	struct carrier_cut cut = { .start = s.start[0], .from = (size_t)(t[0].text - text), .to = (size_t)(t[count - 1].text + t[count - 1].length - text) };
	cut.to += t[count - 1].kind == TOKEN_STRING;            /* its closing quote */
	f->cut = memory_room(f->cut, f->cuts, &f->cut_room, sizeof *f->cut);
	f->cut[f->cuts++] = cut;
}

/* `= "text" modifiers` or `= { hex }`: are its first bytes fixed? Gives the token behind it. */
static struct token string_read(struct reader *r, struct lexer *l, struct token name)
{
	struct text_string s = { .name = name };
	tokens_skip(l);
	bool hex = l->at < l->end && *l->at == '{', fixed = true;
	struct token t = token_next(l);
	if (hex) {
		hex_string(l, &s.start);
	} else {
		fixed = t.kind == TOKEN_STRING && !memchr(t.text, '\\', t.length);
		s.start.length = (uint8_t)(t.length < sizeof s.start.bytes ? t.length : sizeof s.start.bytes);
		if (fixed)
			memcpy(s.start.bytes, t.text, s.start.length);
	}
	for (t = token_next(l); t.kind != TOKEN_END && !(t.kind == TOKEN_WORD && t.text[0] == '$') && !token_is(&t, "condition"); t = token_next(l))
		fixed = fixed && (token_is(&t, "ascii") || token_is(&t, "fullword") || token_is(&t, "private"));
	if (fixed && s.start.length >= 2 && name.length > 1 && r->strings < STRINGS_MAX)
		r->string[r->strings++] = s;
	return t;
}

/* What else of the file the rule needs: rules that it names, one by one or by `name*`, and modules. */
static void needs_read(struct reader *r, struct carrier_rule *rule)
{
	struct carrier_file *f = r->file;
	for (size_t i = 0; i < r->tokens; i++) {
		const struct token *t = &r->token[i];
		if (t->kind != TOKEN_WORD)
			continue;
		bool many = i + 1 < r->tokens && token_is(&r->token[i + 1], "*");
		for (size_t k = 0; k < f->rules; k++) {
			const struct carrier_rule *earlier = &f->rule[k];
			if (earlier->name_length < t->length || (!many && earlier->name_length != t->length) || memcmp(earlier->name, t->text, t->length) != 0)
				continue;
			f->need = memory_room(f->need, f->needs, &f->need_room, sizeof *f->need);
			f->need[f->needs++] = k;
			rule->needs++;
		}
		for (size_t k = 0; k < f->imports; k++) {
			size_t length = f->import[k].length;
			const char *word = t->text + t->length;
			/* "pe", "pe.x", "0..pe.x" */
			for (size_t left = t->length; left >= length; left--)
				if (memcmp(word - left, f->import[k].name, length) == 0 && (left == length || word[(ptrdiff_t)length - (ptrdiff_t)left] == '.') && (left == t->length || word[-(ptrdiff_t)left - 1] == '.'))
					rule->modules |= 1u << k;
		}
	}
}

static bool rule_read(struct reader *r, const char *text, struct lexer *l, struct carrier_rule *rule)
{
	struct carrier_file *f = r->file;
	struct token t = token_next(l);
	rule->name = t.text;
	rule->name_length = t.length;
	rule->start = f->starts;
	rule->need = f->needs;
	r->tokens = r->strings = 0;
	for (t = token_next(l); t.kind != TOKEN_END && !token_is(&t, "{"); t = token_next(l))
		;
	bool strings = false;
	for (t = token_next(l); t.kind != TOKEN_END && !token_is(&t, "condition");) {
		strings |= token_is(&t, "strings");
		struct token name = t;
		t = token_next(l);
		if (strings && name.kind == TOKEN_WORD && name.text[0] == '$' && token_is(&t, "="))
			t = string_read(r, l, name);
	}
	t = token_next(l);
	if (!token_is(&t, ":"))
		return false;
	for (t = token_next(l); !token_is(&t, "}"); t = token_next(l)) {
		if (t.kind == TOKEN_END || r->tokens == TOKENS_MAX)
			return false;
		r->token[r->tokens++] = t;
	}
	struct starts s = expression(r, r->token, r->tokens, 0);
	for (size_t i = 0; i < s.count; i++) {
		f->start = memory_room(f->start, f->starts, &f->start_room, sizeof *f->start);
		f->start[f->starts++] = s.start[i];
	}
	rule->starts = s.count;
	rule->cut = f->cuts;
	cuts_find(r, text, r->token, r->tokens, 0);
	rule->cuts = f->cuts - rule->cut;
	needs_read(r, rule);
	return true;
}

bool carrier_read(struct carrier_file *f, const char *text, size_t length)
{
	struct lexer l = { text, text + length, false };
	struct reader *r = memory_new(sizeof *r);
	struct carrier_rule rule = { 0 };
	const char *from = NULL;                                /* of the rule in hand: where its modifiers begin */
	bool good = true;
	*f = (struct carrier_file){ 0 };
	r->file = f;
	for (struct token t = token_next(&l); good && t.kind != TOKEN_END; t = token_next(&l)) {
		if (token_is(&t, "import") && !from) {
			t = token_next(&l);
			good = t.kind == TOKEN_STRING && f->imports < CARRIER_IMPORTS;
			if (good) {
				f->import[f->imports].name = t.text;
				f->import[f->imports++].length = t.length;
			}
			continue;
		}
		from = from ? from : t.text;
		rule.hidden |= token_is(&t, "private");
		if (token_is(&t, "private"))
			continue;
		/* a global rule speaks for all others of its file */
		good = token_is(&t, "rule") && f->rules < RULES_MAX && rule_read(r, text, &l, &rule);
		rule.from = (size_t)(from - text);
		rule.to = (size_t)(l.at - text);
		f->rule = memory_room(f->rule, f->rules, &f->rule_room, sizeof *f->rule);
		f->rule[f->rules++] = rule;
		rule = (struct carrier_rule){ 0 };
		from = NULL;
	}
	free(r);
	good = good && !l.bad && !from && f->rules;
	if (!good)
		carrier_free(f);
	return good;
}

void carrier_free(struct carrier_file *f)
{
	free(f->rule);
	free(f->start);
	free(f->need);
	free(f->cut);
	*f = (struct carrier_file){ 0 };
}
