/* SPDX-License-Identifier: Apache-2.0 */
/* yara_need.c: reads conditions and strings of rules as far as is needed to say of a content that a rule can't match on it, without running it.
 *
 * Why: libyara looks at every byte with an automaton of all strings, and then evaluates all conditions; nearly all of that is for nothing. What a rule needs is kept as a tree of
 * what must hold: so many of these, a string, bytes at an offset, a size. What is not understood (not, for, values of modules, externals) is left out of the tree, so it says
 * "can't match" only where that is proven. Strings stand for a fixed part of theirs that is looked for (literals.c): all of a text; of a hex string or regular expression the longest run of
 * bytes that is in every match; strings without such a part count as being there.
 *
 * Content is looked at in three steps: bytes at offsets (one table of all that rules ask for), which choose the literals of the rules that are still possible (a table for each
 * kind of content, kept); those literals; the trees of the rules that named what was found. */
#include "detect/yara_need.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "detect/literals.h"
#include "detect/yara_tokens.h"

enum { DIRECTORY_RESOURCES = 2, DIRECTORY_SIGNATURES = 4 };             /* Microsoft, PE Format, Optional Header Data Directories */
enum { IMPHASH_LENGTH = 32, SETS_MAX = 4, PARTS_MAX = 64, PART_MAX = 256, TOKENS_MAX = 4096, DEPTH_MAX = 32, CHECKS_MAX = 1024, KINDS_MAX = 16, STRINGS_MOST = 2000, LITERALS_MAX = 400000 };

enum need_kind { NEED_NOTHING, NEED_LEAST, NEED_STRING, NEED_BYTES, NEED_SIZE_BELOW, NEED_SIZE_ABOVE, NEED_IMPHASH, NEED_EXTERNAL, NEED_DIRECTORY, NEED_RULE };
/* least: of the children. value: a string's, check's or rule's number, where in `text` a hash or an external stands, a
 * directory of a program, or a size that the content is below or above. Of an external, least and children: lengths of its name and of a part of its value, which stand in `text` one behind the other. */
struct need_node { enum need_kind kind; uint32_t least, first, children; uint64_t value; };
struct need_check { uint64_t offset; uint8_t width, bytes[4]; };
struct need_rule { struct need_node need; uint32_t string, strings; bool hidden, names; };      /* string: its first one; names: other rules */
struct need_text { size_t at, length; uint32_t string; bool any_case; };       /* a literal in `text`: one of the forms that the string may have */

struct needs {                                                  /* (strings: sets of parts that strings need, and names that conditions need) */
	struct need_rule *rule; size_t rules, rule_room;
	struct need_node *node; size_t nodes, node_room;
	struct need_check *check; size_t checks, check_room;
	struct need_text *literal; size_t literals, literal_room;
	struct buffer text;
	bool imphash;
	uint32_t *rule_of, *text_of; size_t strings, rule_of_room, text_of_room;        /* by string: its rule, its first literal (strings + 1 of these) */
};

/* ---- strings */

/* What every match holds of each set: one of its parts. run: that which is being read. */
struct part_set { size_t parts, worth, part_length[PARTS_MAX]; uint8_t part[PARTS_MAX][PART_MAX]; };
struct fixed { uint8_t run[PART_MAX]; size_t length, sets; struct part_set set[SETS_MAX]; };

/* Bytes that tell something: zeros, blanks and repeated bytes are everywhere. */
static size_t worth_of(const uint8_t *p, size_t length)
{
	size_t worth = 0;
	for (size_t i = 0; i < length; i++)
		worth += p[i] && p[i] != 0xff && p[i] != ' ' && (!i || p[i] != p[i - 1]);
	return worth;
}

/* Where a set of this worth goes: behind the others, or in place of the least one; NULL: all are worth more. */
static struct part_set *set_place(struct fixed *f, size_t worth)
{
	struct part_set *least = &f->set[0];
	if (f->sets < SETS_MAX)
		least = &f->set[f->sets++];
	else
		for (size_t i = 1; i < SETS_MAX; i++)
			if (f->set[i].worth < least->worth)
				least = &f->set[i];
	if (f->sets == SETS_MAX && least->parts && least->worth >= worth)
		return NULL;
	least->worth = worth;
	least->parts = 0;
	return least;
}

static void part_add(struct part_set *s, const uint8_t *before, size_t before_length, const void *bytes, size_t length)
{
	memcpy(s->part[s->parts], before, before_length);
	memcpy(s->part[s->parts] + before_length, bytes, length);
	s->part_length[s->parts++] = before_length + length;
}

static void run_end(struct fixed *f)
{
	struct part_set *s = f->length >= LITERAL_LEAST ? set_place(f, worth_of(f->run, f->length)) : NULL;
	if (s)
		part_add(s, f->run, f->length, "", 0);
	f->length = 0;
}

static void fixed_begin(struct fixed *f)
{
	f->length = f->sets = 0;
	for (size_t i = 0; i < SETS_MAX; i++)
		f->set[i].parts = 0;
}

static void run_byte(struct fixed *f, uint8_t byte)
{
	if (f->length == sizeof f->run)
		run_end(f);
	f->run[f->length++] = byte;
}

/* Behind the '{' of a hex string: the runs of bytes outside of alternatives. */
static void hex_fixed(struct lexer *l, struct fixed *f)
{
	unsigned depth = 0;
	for (tokens_skip(l); l->at < l->end && *l->at != '}'; tokens_skip(l)) {
		int high = token_hex_digit(l->at[0]), low = l->end - l->at > 1 ? token_hex_digit(l->at[1]) : -1;
		if (*l->at == '[') {                            /* a jump: its figures are no bytes */
			while (l->at < l->end && *l->at != ']')
				l->at++;
		} else if (high >= 0 && low >= 0 && !depth) {
			run_byte(f, (uint8_t)(high << 4 | low));
			l->at += 2;
			continue;
		} else if ((high >= 0 || *l->at == '?' || *l->at == '~') && l->end - l->at > 1) {
			l->at++;                                /* of a byte that is not fixed, or in alternatives: two characters */
		}
		depth += *l->at == '(';
		depth -= *l->at == ')' && depth;
		run_end(f);
		l->at += l->at < l->end;
	}
	run_end(f);
}

/* What an escape in a regular expression stands for, or -1: not one byte. */
static int escaped(const char *p, size_t left, size_t *used)
{
	*used = 2;
	if (left < 2)
		return -1;
	if (p[1] == 'x' && left >= 4 && token_hex_digit(p[2]) >= 0 && token_hex_digit(p[3]) >= 0) {
		*used = 4;
		return token_hex_digit(p[2]) << 4 | token_hex_digit(p[3]);
	}
	static const char letter[] = "ntrfa", value[] = "\n\t\r\f\a";
	const char *known = memchr(letter, p[1], sizeof letter - 1);
	if (known)
		return value[known - letter];
	return (p[1] >= 'a' && p[1] <= 'z') || (p[1] >= 'A' && p[1] <= 'Z') || (p[1] >= '0' && p[1] <= '9') ? -1 : (uint8_t)p[1];
}

/* A group or class that begins at p: where it ends. */
static size_t bracket_end(const char *p, size_t left)
{
	unsigned depth = 0;
	bool class = false;
	for (size_t at = 0; at < left; at++) {
		if (p[at] == '\\')
			at++;
		else if (class)
			class = p[at] != ']';
		else if (p[at] == '[') {
			class = true;
			at += at + 1 < left && p[at + 1] == '^';
			at += at + 1 < left && p[at + 1] == ']';        /* first in a class it is a member */
		} else if (p[at] == '(')
			depth++;
		else if (p[at] == ')' && depth)
			depth--;
		if (!depth && !class)
			return at + 1;
	}
	return left;
}

/* The characters that each match of an alternative begins with, and where the alternative ends. */
static size_t alternative_begin(const char *p, size_t left, size_t *end)
{
	static const char special[] = "\\()[]{}^$.*?+";
	size_t fixed = 0, at = 0;
	while (fixed < left && p[fixed] != '|' && !strchr(special, p[fixed]))
		fixed++;
	for (at = fixed; at < left && p[at] != '|';)
		at += p[at] == '\\' ? 2 : p[at] == '(' || p[at] == '[' ? bracket_end(p + at, left - at) : 1;
	*end = at < left ? at : left;
	return fixed && fixed < left && strchr("*?{", p[fixed]) ? fixed - 1 : fixed;
}

/* A group of alternatives: what is between its parentheses, and the run before it. */
static void alternatives_fixed(const char *p, size_t length, const uint8_t *before, size_t before_length, struct fixed *f)
{
	size_t parts = 0, worth = PART_MAX, end, n;
	for (size_t at = 0; at <= length; at += end + 1) {
		n = alternative_begin(p + at, length - at, &end);
		if (before_length + n < LITERAL_LEAST || before_length + n > PART_MAX || ++parts > PARTS_MAX)
			return;
		worth = before_length + n < worth ? before_length + n : worth;
	}
	struct part_set *s = set_place(f, worth);
	for (size_t at = 0; s && at <= length; at += end + 1) {
		n = alternative_begin(p + at, length - at, &end);
		part_add(s, before, before_length, p + at, n);
	}
}

/* The runs of characters that each match holds, none of them repeated, optional, or in a group, and alternatives of which each match holds one. */
static void regex_fixed(const char *p, size_t length, struct fixed *f)
{
	for (size_t at = 0, used = 1; at < length; at += used) {
		int c = (uint8_t)p[at];
		used = 1;
		if (c == '|') {                                 /* alternatives: no part is in all */
			fixed_begin(f);
			return;
		}
		if (c == '(' || c == '[') {
			uint8_t before[PART_MAX];
			size_t before_length = f->length;
			memcpy(before, f->run, before_length);
			used = bracket_end(p + at, length - at);
			run_end(f);
			if (c == '(' && used > 2 && (at + used >= length || !strchr("*?{", p[at + used])))
				alternatives_fixed(p + at + 1, used - 2, before, before_length, f);
			continue;
		}
		if (c == '\\')
			c = escaped(p + at, length - at, &used);
		else if (strchr("^$.)]}*?+{", c)) {
			f->length -= f->length && strchr("*?{", c);
			if (c == '{')
				while (at + used < length && p[at + used - 1] != '}')
					used++;
			run_end(f);
			continue;
		}
		if (c < 0)
			run_end(f);
		else
			run_byte(f, (uint8_t)c);
	}
	run_end(f);
}

/* ---- a rule's source */

struct definition { struct token name, value; bool hex, alphabet; uint8_t first_key, last_key; };     /* of a string; value of hex: where its text begins; alphabet: of its own, for base64; keys of xor */
struct reader {
	struct needs *n;
	const char *text; const struct carrier_file *parts; const struct carrier_rule *part;
	size_t first_rule;                                      /* number of the file's first rule */
	struct token token[TOKENS_MAX]; size_t tokens;          /* of the condition */
	struct definition definition[STRINGS_MOST]; size_t definitions;
	const char *string[STRINGS_MOST]; size_t strings;       /* identifiers of the rule in hand */
	const YR_STRING *compiled[STRINGS_MOST];                /* the same strings */
	size_t first[STRINGS_MOST + 1];                         /* numbers of what they need; those of a string end where those of the next begin */
	struct fixed fixed;
};

static bool is_base64(const YR_STRING *string)
{
	return STRING_IS_BASE64(string) || STRING_IS_BASE64_WIDE(string);
}

/* Behind xor( : one key, or the first and last. */
static void keys_read(struct lexer l, struct definition *d)
{
	struct token first = token_next(&l), mark = token_next(&l), last = token_next(&l);
	uint64_t from, to;
	if (!token_number(&first, &from) || (token_is(&mark, "-") ? !token_number(&last, &to) : !token_is(&mark, ")")))
		return;
	if (token_is(&mark, ")"))
		to = from;
	if (from <= to && to <= 255) {
		d->first_key = (uint8_t)from;
		d->last_key = (uint8_t)to;
	}
}

/* Strings and the condition. False: too many of them. */
static bool rule_walk(struct reader *r)
{
	struct lexer l = { r->text + r->part->from, r->text + r->part->to, false };
	struct token before = { 0 }, t = token_next(&l);
	r->tokens = r->definitions = 0;
	for (; t.kind != TOKEN_END && !token_is(&t, "condition"); before = t, t = token_next(&l)) {
		if (token_is(&t, "(") && (token_is(&before, "base64") || token_is(&before, "base64wide")) && r->definitions)
			r->definition[r->definitions - 1].alphabet = true;
		if (token_is(&t, "(") && token_is(&before, "xor") && r->definitions)
			keys_read(l, &r->definition[r->definitions - 1]);
		if (!token_is(&t, "="))
			continue;
		tokens_skip(&l);
		bool hex = l.at < l.end && *l.at == '{';
		t = token_next(&l);
		if (before.kind == TOKEN_WORD && before.text[0] == '$') {
			if (r->definitions == STRINGS_MOST)
				return false;
			r->definition[r->definitions++] = (struct definition){ before, t, hex, false, 0, 255 };
		}
		if (hex) {
			hex_fixed(&l, &r->fixed);
			l.at += l.at < l.end;
		}
	}
	t = token_next(&l);                                     /* the colon */
	for (t = token_next(&l); t.kind != TOKEN_END && !token_is(&t, "}"); t = token_next(&l)) {
		if (r->tokens == TOKENS_MAX)
			return false;
		r->token[r->tokens++] = t;
	}
	return !l.bad;
}

/* The bytes of a text, `\x41` and the like read; false: too long. */
static bool text_read(const struct token *t, struct fixed *f)
{
	f->length = 0;
	for (size_t at = 0, used; at < t->length; at += used) {
		int c = (uint8_t)t->text[at];
		used = 1;
		if (c == '\\')
			c = escaped(t->text + at, t->length - at, &used);
		if (c < 0 || f->length == PART_MAX / 4)
			return false;
		run_byte(f, (uint8_t)c);
	}
	return true;
}

/* What base64 of the text in `run` always holds, for each of its three places among the others: without the characters that other bytes have a share in. */
static void base64_fixed(struct fixed *f, bool wide)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t text[PART_MAX / 2], coded[PART_MAX];
	struct part_set *s = &f->set[0];
	f->sets = 1;
	size_t length = f->length << wide;
	for (size_t i = 0; i < length; i++)
		text[i] = !wide ? f->run[i] : i % 2 ? 0 : f->run[i / 2];
	for (size_t before = 0; before < 3; before++) {
		size_t bits = (before + length) * 8, from = (before * 8 + 5) / 6, n = 0;
		for (size_t c = from; (c + 1) * 6 <= bits; c++) {
			unsigned value = 0;
			for (size_t bit = c * 6; bit < c * 6 + 6; bit++)
				value = value << 1 | (unsigned)(text[bit / 8 - before] >> (7 - bit % 8) & 1);
			coded[n++] = (uint8_t)alphabet[value];
		}
		part_add(s, coded, n, "", 0);
	}
}

/* What every match of the string holds, as far as its source tells; no sets: nothing known. */
static void source_fixed(struct reader *r, const YR_STRING *string)
{
	struct fixed *f = &r->fixed;
	const struct definition *d = &r->definition[r->strings - 1];
	fixed_begin(f);
	if (d->hex)
		hex_fixed(&(struct lexer){ d->value.text + 1, r->text + r->part->to, false }, f);
	else if (d->value.kind == TOKEN_REGEX)
		regex_fixed(d->value.text, d->value.length, f);
	else if (!d->alphabet && is_base64(string) && text_read(&d->value, f)) {
		if (!STRING_IS_WIDE(string) || STRING_IS_ASCII(string))
			base64_fixed(f, false);
		if (STRING_IS_WIDE(string))
			base64_fixed(f, true);
	}
}

/* All forms of the string are added. */
static void string_end(struct needs *n)
{
	n->rule_of = memory_room(n->rule_of, n->strings, &n->rule_of_room, sizeof *n->rule_of);
	n->rule_of[n->strings++] = (uint32_t)(n->rules - 1);
	n->text_of = memory_room(n->text_of, n->strings, &n->text_of_room, sizeof *n->text_of);
	n->text_of[n->strings] = (uint32_t)n->literals;
}

static void form_add(struct needs *n, const uint8_t *bytes, size_t length, bool wide, bool any_case, uint8_t key)
{
	n->literal = memory_room(n->literal, n->literals, &n->literal_room, sizeof *n->literal);
	n->literal[n->literals++] = (struct need_text){ n->text.length, length << wide, (uint32_t)n->strings, any_case };
	for (size_t i = 0; i < length; i++) {
		buffer_byte(&n->text, bytes[i] ^ key);
		if (wide)
			buffer_byte(&n->text, key);
	}
}

static void part_forms(struct needs *n, const YR_STRING *string, const struct definition *d, const uint8_t *part, size_t length)
{
	bool wide = STRING_IS_WIDE(string), narrow = !wide || STRING_IS_ASCII(string) || STRING_IS_XOR(string), any_case = STRING_IS_NO_CASE(string);
	unsigned first = STRING_IS_XOR(string) ? d->first_key : 0, last = STRING_IS_XOR(string) ? d->last_key : 0;
	if (is_base64(string)) {                                /* (its text was made wide before) */
		wide = STRING_IS_BASE64_WIDE(string);
		narrow = STRING_IS_BASE64(string);
	}
	for (unsigned key = first; key <= last; key++) {
		if (narrow)
			form_add(n, part, length, false, any_case, (uint8_t)key);
		if (wide)
			form_add(n, part, length, true, any_case, (uint8_t)key);
	}
}

/* The forms of a string in a content, of each set of its parts. None: it counts as being there. */
static void string_forms(struct reader *r, const YR_STRING *string)
{
	struct needs *n = r->n;
	struct fixed *f = &r->fixed;
	const struct definition *d = &r->definition[r->strings - 1];
	size_t length = string->length > 0 ? (size_t)string->length : 0;
	if (n->literals > LITERALS_MAX)
		return;
	if (STRING_IS_LITERAL(string) && !STRING_IS_CHAIN_PART(string) && !is_base64(string)) {
		if (length < LITERAL_LEAST)
			return;
		part_forms(n, string, d, string->string, length);
		string_end(n);
		return;
	}
	source_fixed(r, string);
	for (size_t i = 0; i < f->sets; i++) {
		const struct part_set *s = &f->set[i];
		bool fine = s->parts > 0;
		for (size_t k = 0; k < s->parts; k++)
			fine &= s->part_length[k] >= LITERAL_LEAST;
		for (size_t k = 0; fine && k < s->parts; k++)
			part_forms(n, string, d, s->part[k], s->part_length[k]);
		if (fine)
			string_end(n);
	}
}

/* ---- conditions */

static const struct need_node nothing = { .kind = NEED_NOTHING };

/* At least `least` of these, which are put behind each other. */
static struct need_node least_of(struct needs *n, uint64_t least, const struct need_node *part, size_t count)
{
	struct need_node all = { .kind = NEED_LEAST, .first = (uint32_t)n->nodes };
	for (size_t i = 0; i < count; i++)
		if (part[i].kind == NEED_NOTHING && least)
			least--;
	for (size_t i = 0; least && i < count; i++) {
		if (part[i].kind == NEED_NOTHING)
			continue;
		n->node = memory_room(n->node, n->nodes, &n->node_room, sizeof *n->node);
		n->node[n->nodes++] = part[i];
		all.children++;
	}
	if (!least)
		return nothing;
	if (all.children == 1 && least == 1)
		return n->node[--n->nodes];
	all.least = least > UINT32_MAX ? UINT32_MAX : (uint32_t)least;
	return all;
}

static struct need_node string_need(const struct reader *r, size_t string)
{
	struct need_node part[SETS_MAX];
	size_t parts = 0;
	for (size_t number = r->first[string]; number < r->first[string + 1]; number++)
		part[parts++] = (struct need_node){ .kind = NEED_STRING, .value = number };
	return least_of(r->n, parts, part, parts);
}

/* `$a`, `#a` and the like: the string's place in the rule, or -1. */
static ptrdiff_t string_place(const struct reader *r, const struct token *t, const char *marks)
{
	for (size_t i = 0; i < r->strings && t->kind == TOKEN_WORD && t->length > 1 && strchr(marks, t->text[0]); i++)
		if (strlen(r->string[i]) == t->length && memcmp(r->string[i] + 1, t->text + 1, t->length - 1) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static struct need_node bytes_need(struct needs *n, uint64_t offset, const uint8_t *bytes, size_t width)
{
	struct need_check c = { offset, (uint8_t)(width > 4 ? 4 : width), { 0 } };
	memcpy(c.bytes, bytes, c.width);
	for (size_t i = 0; i < n->checks; i++)
		if (n->check[i].offset == c.offset && n->check[i].width == c.width && memcmp(n->check[i].bytes, c.bytes, c.width) == 0)
			return (struct need_node){ .kind = NEED_BYTES, .value = i };
	if (n->checks == CHECKS_MAX)
		return nothing;
	n->check = memory_room(n->check, n->checks, &n->check_room, sizeof *n->check);
	n->check[n->checks++] = c;
	return (struct need_node){ .kind = NEED_BYTES, .value = n->checks - 1 };
}

/* uint16(offset) == value, seven marks. */
static struct need_node integer_need(struct needs *n, const struct token *call, const struct token *constant)
{
	static const struct { const char *function; unsigned width; bool big; } read[] = {
		{ "uint8", 1, false }, { "uint16", 2, false }, { "uint32", 4, false }, { "uint8be", 1, true }, { "uint16be", 2, true }, { "uint32be", 4, true },
	};
	uint64_t offset, value;
	if (!token_is(&call[1], "(") || !token_number(&call[2], &offset) || !token_is(&call[3], ")") || !token_number(constant, &value))
		return nothing;
	for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
		uint8_t bytes[4];
		if (!token_is(&call[0], read[i].function) || value >> (8 * read[i].width))
			continue;
		for (unsigned k = 0; k < read[i].width; k++)
			bytes[read[i].big ? read[i].width - 1 - k : k] = (uint8_t)(value >> (8 * k));
		return bytes_need(n, offset, bytes, read[i].width);
	}
	return nothing;
}

/* A size: 4, 0x10, 4KB, 4MB. */
static bool size_of(const struct token *t, uint64_t *size)
{
	struct token figure = *t;
	uint64_t unit = 1;
	if (t->length > 2 && t->text[t->length - 1] == 'B' && (t->text[t->length - 2] == 'K' || t->text[t->length - 2] == 'M') && !(t->text[0] == '0' && t->text[1] == 'x')) {
		unit = t->text[t->length - 2] == 'K' ? 1 << 10 : 1 << 20;
		figure.length -= 2;
	}
	if (!token_number(&figure, size) || *size > UINT64_MAX / unit)
		return false;
	*size *= unit;
	return true;
}

/* filesize < size and its kin. */
static struct need_node size_need(const struct token *t, size_t count)
{
	bool equal = count == 4 && token_is(&t[2], "=");
	uint64_t size;
	if ((count != 3 && !equal) || !size_of(&t[count - 1], &size) || size > INT64_MAX)
		return nothing;
	if (token_is(&t[1], "<"))
		return (struct need_node){ .kind = NEED_SIZE_BELOW, .value = size + equal };
	if (token_is(&t[1], ">") && (size || !equal))
		return (struct need_node){ .kind = NEED_SIZE_ABOVE, .value = size - equal };
	return nothing;
}

/* `them` or ($a, $b*), from t[0] on; *used tokens of it. */
static struct need_node set_need(struct reader *r, const struct token *t, size_t count, uint64_t least, bool all, size_t *used)
{
	struct need_node *part = memory_array(r->strings + 1, sizeof *part), need = nothing;
	bool *in = memory_array(r->strings + 1, sizeof *in), good = true;
	size_t parts = 0, close = count && token_is(&t[0], "(") ? tokens_close_at(t, count) : 0;
	*used = close + 1;
	if (token_is(&t[0], "them"))
		memset(in, true, r->strings);
	else
		good = close > 0 && close < count;
	for (size_t i = 1; good && i < close; i++) {
		bool many = i + 1 < close && token_is(&t[i + 1], "*"), some = false;
		for (size_t k = 0; k < r->strings && t[i].kind == TOKEN_WORD && t[i].text[0] == '$'; k++) {
			size_t length = strlen(r->string[k]);
			if (length >= t[i].length && (many || length == t[i].length) && memcmp(r->string[k], t[i].text, t[i].length) == 0)
				some = in[k] = true;
		}
		i += many;
		good = some && (i + 1 == close || token_is(&t[i + 1], ","));
		i++;
	}
	for (size_t k = 0; k < r->strings; k++)
		if (in[k])
			part[parts++] = string_need(r, k);
	if (good && parts)
		need = least_of(r->n, all ? parts : least, part, parts);
	free(part);
	free(in);
	return need;
}

/* any of them, 2 of ($a*), all of them in (0..100) */
static struct need_node of_need(struct reader *r, const struct token *t, size_t count)
{
	uint64_t least = 1;
	size_t used;
	bool all = token_is(&t[0], "all");
	if (count < 3 || !token_is(&t[1], "of") || (!all && !token_is(&t[0], "any") && (!token_number(&t[0], &least) || !least)))
		return nothing;
	struct need_node need = set_need(r, t + 2, count - 2, least, all, &used);
	return used == count - 2 || (used < count - 2 && (token_is(&t[2 + used], "in") || token_is(&t[2 + used], "at"))) ? need : nothing;
}

static struct need_node condition_need(struct reader *r, const struct token *t, size_t count, unsigned depth);

/* for any i in (1..#a) : (…) goes through nothing where $a is not; for 2 of ($a*) : ($ at …) holds only of strings that are there. */
static struct need_node for_need(struct reader *r, const struct token *t, size_t count)
{
	size_t used;
	if (count >= 9 && token_is(&t[1], "any") && token_is(&t[3], "in") && token_is(&t[4], "(") && token_is(&t[6], ")") && token_is(&t[7], ":") && t[5].length > 3 && memcmp(t[5].text, "1..#", 4) == 0) {
		struct token name = { TOKEN_WORD, t[5].text + 3, t[5].length - 3 };
		ptrdiff_t place = string_place(r, &name, "#");
		return place < 0 ? nothing : string_need(r, (size_t)place);
	}
	size_t colon = tokens_top_level(t, count, 0, ":");
	if (count > 4 && token_is(&t[1], "any") && token_is(&t[3], "in") && colon + 2 < count && token_is(&t[colon + 1], "(") && tokens_close_at(t + colon + 1, count - colon - 1) == count - colon - 2)
		return condition_need(r, t + colon + 2, count - colon - 3, DEPTH_MAX / 2);       /* once at least it must hold */
	uint64_t least = 1;
	bool all = token_is(&t[1], "all");
	if (count < 8 || !token_is(&t[2], "of") || (!all && !token_is(&t[1], "any") && (!token_number(&t[1], &least) || !least)))
		return nothing;
	struct need_node need = set_need(r, t + 3, count - 3, least, all, &used);
	const struct token *body = t + 3 + used;
	size_t left = count - 3 > used ? count - 3 - used : 0;
	bool there = left >= 4 && token_is(&body[0], ":") && token_is(&body[1], "(") && token_is(&body[2], "$") && tokens_close_at(body + 1, left - 1) == left - 2 &&
		tokens_top_level(body + 2, left - 3, 0, "or") == left - 3;
	return there ? need : nothing;
}

/* #a > 2 */
static struct need_node count_need(struct reader *r, const struct token *t, size_t count)
{
	bool equal = count == 4 && token_is(&t[2], "="), above = token_is(&t[1], ">"), same = token_is(&t[1], "=");
	uint64_t least;
	ptrdiff_t place = string_place(r, &t[0], "#");
	if (place < 0 || (count != 3 && !equal) || !token_number(&t[count - 1], &least))
		return nothing;
	return (above && (!equal || least)) || (same && equal && least) ? string_need(r, (size_t)place) : nothing;
}

/* Counts, their sums and numbers, from t[from] to t[to]: none is below 0. Strings that are counted go to `part`. */
static bool counts_only(const struct reader *r, const struct token *t, size_t from, size_t to, struct need_node *part, size_t *parts)
{
	for (size_t i = from; i < to; i++) {
		uint64_t figure;
		ptrdiff_t place = string_place(r, &t[i], "#");
		if (place >= 0 && part)
			part[(*parts)++] = string_need(r, (size_t)place);
		else if (place < 0 && !token_is(&t[i], "(") && !token_is(&t[i], ")") && !token_is(&t[i], "+") && (part || !token_number(&t[i], &figure)))
			return false;
	}
	return true;
}

/* #a + #b > #c + 1: one of $a and $b is there. */
static struct need_node sum_need(struct reader *r, const struct token *t, size_t count)
{
	struct need_node part[16], need = nothing;
	size_t parts = 0, above = 0;
	while (above < count && !token_is(&t[above], ">"))
		above++;
	if (above && above <= sizeof part / sizeof *part && above + 1 < count && counts_only(r, t, 0, above, part, &parts) && counts_only(r, t, above + 1, count, NULL, NULL) && parts)
		need = least_of(r->n, 1, part, parts);
	return need;
}

/* Whatever is made of `@a` is undefined, hence false, where $a is not. */
static struct need_node place_need(struct reader *r, const struct token *t, size_t count)
{
	struct need_node part[16];
	size_t parts = 0;
	for (size_t i = 0; i < count; i++) {
		ptrdiff_t place = string_place(r, &t[i], "@");
		if (token_is(&t[i], "of") || token_is(&t[i], "defined") || token_is(&t[i], "not") || token_is(&t[i], "for"))
			return nothing;
		if (place >= 0 && parts < sizeof part / sizeof *part)
			part[parts++] = string_need(r, (size_t)place);
	}
	return parts ? least_of(r->n, parts, part, parts) : nothing;
}

/* $a at 0: the first bytes of a text that has one form. */
static struct need_node at_need(struct reader *r, size_t string, const struct token *t, size_t count)
{
	const YR_STRING *y = r->compiled[string];
	struct need_node both[2] = { string_need(r, string), nothing };
	uint64_t offset;
	if (count == 3 && token_is(&t[1], "at") && token_number(&t[2], &offset) && STRING_IS_LITERAL(y) && !STRING_IS_CHAIN_PART(y) && !is_base64(y) && !STRING_IS_WIDE(y) && !STRING_IS_XOR(y) && !STRING_IS_NO_CASE(y) && y->length > 0)
		both[1] = bytes_need(r->n, offset, y->string, (size_t)y->length);
	return least_of(r->n, 2, both, 2);
}

/* pe.exports("name"), pe.imports("library", ...), pe.section_index("name") > 0: these stand in the content, in any case of letters. (What is imported may be named by number.) */
static struct need_node name_need(struct reader *r, const struct token *t, size_t count)
{
	struct needs *n = r->n;
	bool section = count > 4 && token_is(&t[0], "pe.section_index") && (token_is(&t[4], ">") || token_is(&t[4], "<") || token_is(&t[4], "="));
	if (count < 4 || !token_is(&t[1], "(") || t[2].kind != TOKEN_STRING)
		return nothing;
	if (!section && ((!token_is(&t[0], "pe.exports") && !token_is(&t[0], "pe.imports")) || tokens_close_at(t + 1, count - 1) != count - 2))
		return nothing;
	if (t[2].length < LITERAL_LEAST || memchr(t[2].text, '\\', t[2].length))
		return nothing;
	form_add(n, (const uint8_t *)t[2].text, t[2].length, false, true, 0);
	string_end(n);
	return (struct need_node){ .kind = NEED_STRING, .value = n->strings - 1 };
}

/* What lies in a directory of a program can't be without it: pe.signatures[i].serial == "x". */
static struct need_node directory_need(struct reader *r, const struct token *t, size_t count)
{
	static const struct { const char *word; uint64_t directory; } in[] = { { "pe.version_info", DIRECTORY_RESOURCES }, { "pe.signatures", DIRECTORY_SIGNATURES } };
	for (size_t i = 0; count > 4 && i < sizeof in / sizeof *in; i++)
		if (token_is(&t[0], in[i].word) && token_is(&t[1], "[")) {
			struct need_node both[2] = { bytes_need(r->n, 0, (const uint8_t *)"MZ", 2), { .kind = NEED_DIRECTORY, .value = in[i].directory } };
			return least_of(r->n, 2, both, 2);
		}
	return nothing;
}

/* filename == "x", contains, iequals, matches /x/: the value holds x, or what the expression always holds. */
static struct need_node external_need(struct reader *r, const struct token *t, size_t count)
{
	static const char *const name[] = { "filename", "filepath", "extension", "filetype", "spoor_name", "spoor_path", "spoor_ext", "spoor_type", "spoor_origin" };
	static const char *const same[] = { "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches" };
	struct needs *n = r->n;
	struct fixed *f = &r->fixed;
	struct need_node part[PARTS_MAX];
	bool known = false, compared = count == 4 && token_is(&t[1], "=") && token_is(&t[2], "=");
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		known |= token_is(&t[0], name[i]);
	for (size_t i = 0; count == 3 && i < sizeof same / sizeof *same; i++)
		compared |= token_is(&t[1], same[i]);
	fixed_begin(f);
	if (known && compared && t[count - 1].kind == TOKEN_REGEX)
		regex_fixed(t[count - 1].text, t[count - 1].length, f);
	else if (known && compared && t[count - 1].kind == TOKEN_STRING && text_read(&t[count - 1], f))
		run_end(f);
	const struct part_set *set = f->sets ? &f->set[0] : NULL;
	for (size_t i = 0; set && i < set->parts; i++) {
		part[i] = (struct need_node){ .kind = NEED_EXTERNAL, .value = n->text.length, .least = (uint32_t)t[0].length, .children = (uint32_t)set->part_length[i] };
		buffer_append(&n->text, t[0].text, t[0].length);
		buffer_append(&n->text, set->part[i], set->part_length[i]);
	}
	return set ? least_of(n, 1, part, set->parts) : nothing;
}

/* pe.imphash() == "32 digits". libyara would build the whole structure of a program for it, and look each value up by name. */
static struct need_node imphash_need(struct reader *r, const struct token *t, size_t count)
{
	struct needs *n = r->n;
	if (count != 6 || !token_is(&t[0], "pe.imphash") || !token_is(&t[3], "=") || !token_is(&t[4], "=") || t[5].kind != TOKEN_STRING || t[5].length != IMPHASH_LENGTH)
		return nothing;
	struct need_node both[2] = { bytes_need(n, 0, (const uint8_t *)"MZ", 2), { .kind = NEED_IMPHASH, .value = n->text.length } };
	buffer_append(&n->text, t[5].text, t[5].length);
	n->imphash = true;
	return least_of(n, 2, both, 2);
}

/* A part that only a header decides, as carrier_read found it; or an earlier rule of the file. */
static struct need_node word_need(struct reader *r, const struct token *t, size_t count)
{
	for (size_t i = 0; i < r->part->cuts; i++) {
		const struct carrier_cut *cut = &r->parts->cut[r->part->cut + i];
		if (t[0].text == r->text + cut->from)
			return bytes_need(r->n, 0, cut->start.bytes, cut->start.length);
	}
	for (size_t i = 0; count == 1 && i < r->parts->rules && r->first_rule + i + 1 < r->n->rules; i++)
		if (token_same(&t[0], r->parts->rule[i].name, r->parts->rule[i].name_length)) {
			r->n->rule[r->n->rules - 1].names = true;
			return (struct need_node){ .kind = NEED_RULE, .value = r->first_rule + i };
		}
	return nothing;
}

static struct need_node part_need(struct reader *r, const struct token *t, size_t count)
{
	struct need_node need = nothing;
	if (count == 7 && token_is(&t[4], "=") && token_is(&t[5], "="))
		need = integer_need(r->n, t, &t[6]);
	else if (count == 7 && token_is(&t[1], "=") && token_is(&t[2], "="))
		need = integer_need(r->n, t + 3, &t[0]);
	if (need.kind != NEED_NOTHING)
		return need;
	ptrdiff_t place = string_place(r, &t[0], "$");
	if (place >= 0)
		return count == 1 || token_is(&t[1], "at") || token_is(&t[1], "in") ? at_need(r, (size_t)place, t, count) : nothing;
	if (token_is(&t[0], "filesize"))
		return size_need(t, count);
	if (token_is(&t[0], "for"))
		return for_need(r, t, count);
	if (t[0].kind == TOKEN_WORD && t[0].text[0] == '#')
		need = count > 1 ? count_need(r, t, count) : nothing;
	struct need_node (*const way[])(struct reader *r, const struct token *t, size_t count) = { of_need, sum_need, place_need, name_need, imphash_need, directory_need, external_need, word_need };
	for (size_t i = 0; need.kind == NEED_NOTHING && i < sizeof way / sizeof *way; i++)
		need = way[i](r, t, count);
	return need;
}

/* Taken apart at `or` and `and`; depth is bounded. */
static struct need_node condition_need(struct reader *r, const struct token *t, size_t count, unsigned depth)
{
	if (!count || depth > DEPTH_MAX)
		return nothing;
	if (token_is(&t[0], "(") && tokens_close_at(t, count) == count - 1)
		return condition_need(r, t + 1, count - 2, depth + 1);
	for (int i = 0; i < 2; i++) {
		const char *word = i ? "and" : "or";
		size_t split = tokens_top_level(t, count, 0, word), parts = 0, room = 0;
		struct need_node *part = NULL;
		if (split == count)
			continue;
		for (size_t from = 0; from <= count; from = split + 1) {
			split = tokens_top_level(t, count, from, word);
			part = memory_room(part, parts, &room, sizeof *part);
			part[parts++] = condition_need(r, t + from, split - from, depth + 1);
			if (split == count)
				break;
		}
		struct need_node need = least_of(r->n, i ? parts : 1, part, parts);
		free(part);
		return need;
	}
	return part_need(r, t, count);
}

/* ---- rules */

struct needs *needs_new(void)
{
	struct needs *n = memory_new(sizeof *n);
	n->text_of = memory_room(NULL, 0, &n->text_of_room, sizeof *n->text_of);
	n->text_of[0] = 0;
	return n;
}

void needs_free(struct needs *n)
{
	if (!n)
		return;
	free(n->rule);
	free(n->node);
	free(n->check);
	free(n->literal);
	free(n->rule_of);
	free(n->text_of);
	buffer_free(&n->text);
	free(n);
}

static void string_add(struct reader *r, const YR_STRING *string)
{
	r->compiled[r->strings] = string;
	r->first[r->strings] = r->n->strings;
	r->string[r->strings++] = string->identifier;
	string_forms(r, string);
	r->first[r->strings] = r->n->strings;
}

/* The rule's tree, with what carrier_read proved of how content begins. */
static struct need_node rule_need(struct reader *r, const YR_RULE *rule)
{
	struct need_node both[2], start[CARRIER_STARTS_MAX];
	const YR_STRING *string;
	size_t strings = 0;
	r->strings = 0;
	if (!rule_walk(r))
		return nothing;
	yr_rule_strings_foreach(rule, string)
		if (!string->chained_to && (strings == r->definitions || !token_same(&r->definition[strings++].name, string->identifier, strlen(string->identifier))))
			return nothing;                         /* it was misread */
	yr_rule_strings_foreach(rule, string)
		if (!string->chained_to)
			string_add(r, string);
	for (size_t i = 0; i < r->part->starts; i++) {
		const struct carrier_start *s = &r->parts->start[r->part->start + i];
		start[i] = bytes_need(r->n, 0, s->bytes, s->length);
	}
	both[0] = r->part->starts ? least_of(r->n, 1, start, r->part->starts) : nothing;
	both[1] = condition_need(r, r->token, r->tokens, 0);
	return least_of(r->n, 2, both, 2);
}

void needs_file(struct needs *n, const YR_RULE *rule, size_t rules, const char *text, const struct carrier_file *parts)
{
	struct reader *r = memory_new(sizeof *r);
	*r = (struct reader){ .n = n, .text = text, .parts = parts, .first_rule = n->rules };
	for (size_t i = 0; i < rules; i++) {
		n->rule = memory_room(n->rule, n->rules, &n->rule_room, sizeof *n->rule);
		n->rule[n->rules++] = (struct need_rule){ .string = (uint32_t)n->strings, .hidden = RULE_IS_PRIVATE(&rule[i]) };
		r->part = parts ? &parts->rule[i] : NULL;
		struct need_node need = parts ? rule_need(r, &rule[i]) : nothing;
		n->rule[n->rules - 1].need = need;
		n->rule[n->rules - 1].strings = (uint32_t)n->strings - n->rule[n->rules - 1].string;
	}
	free(r);
}

/* ---- content */

enum { NAMED_DEPTH_MAX = 8 };

/* What is known of a content; what is NULL or false is taken as true of all. */
struct imphash { const struct needs_owner *owner; const char *value; bool asked; };
struct facts { const uint8_t *bytes; const uint64_t *found, *checked; bool sized; uint64_t size; bool without_strings; struct imphash *imphash; };

static bool has_bit(const uint64_t *set, uint64_t bit)
{
	return set[bit / 64] >> (bit % 64) & 1;
}

/* Is the program's directory there? True also where that can't be told. */
static bool has_directory(const uint8_t *p, uint64_t size, uint64_t directory)
{
	uint32_t header, where;
	uint16_t magic;
	if (size < 0x40)
		return true;
	memcpy(&header, p + 0x3c, 4);
	header = le32toh(header);
	if (header > size || size - header < 24 + 112 + 8 * 16)
		return true;
	memcpy(&magic, p + header + 24, 2);
	magic = le16toh(magic);
	if (magic != 0x10b && magic != 0x20b)
		return true;
	const uint8_t *entry = p + header + 24 + (magic == 0x10b ? 96 : 112) + 8 * directory;
	memcpy(&where, entry, 4);
	return where != 0;
}

static bool has_external(const struct needs *n, const struct needs_owner *owner, const struct need_node *node)
{
	const char *name = (const char *)n->text.data + node->value, *value = owner->external(owner->owner, name, node->least);
	size_t part = node->children, length = value ? strlen(value) : 0;
	for (size_t at = 0; value && at + part <= length; at++)
		if (strncasecmp(value + at, name + node->least, part) == 0)
			return true;
	return !value;
}

static bool has_imphash(const struct needs *n, struct imphash *i, uint64_t wanted)
{
	if (!i->asked)
		i->value = i->owner->imphash(i->owner->owner);
	i->asked = true;
	return !i->value || (strlen(i->value) == IMPHASH_LENGTH && memcmp(i->value, n->text.data + wanted, IMPHASH_LENGTH) == 0);
}

static bool holds(const struct needs *n, const struct need_node *node, const struct facts *f, unsigned depth)
{
	switch (node->kind) {
	case NEED_NOTHING: return true;
	case NEED_STRING: return f->found ? has_bit(f->found, node->value) : !f->without_strings;
	case NEED_BYTES: return !f->checked || has_bit(f->checked, node->value);
	case NEED_SIZE_BELOW: return !f->sized || f->size < node->value;
	case NEED_SIZE_ABOVE: return !f->sized || f->size > node->value;
	case NEED_EXTERNAL: return !f->imphash || has_external(n, f->imphash->owner, node);
	case NEED_DIRECTORY: return !f->bytes || has_directory(f->bytes, f->size, node->value);
	case NEED_IMPHASH: return !f->imphash || has_imphash(n, f->imphash, node->value);
	case NEED_RULE: return depth == NAMED_DEPTH_MAX || holds(n, &n->rule[node->value].need, f, depth + 1);
	case NEED_LEAST: break;
	}
	uint32_t least = node->least;
	for (uint32_t i = 0; least && i < node->children && least <= node->children - i; i++)
		least -= holds(n, &n->node[node->first + i], f, depth);
	return !least;
}

bool needs_imphash(const struct needs *n)
{
	return n->imphash;
}

enum need_of needs_what(const struct needs *n, size_t rule)
{
	static const uint64_t none[CHECKS_MAX / 64 + 1];
	if (!holds(n, &n->rule[rule].need, &(struct facts){ .without_strings = true }, 0))
		return OF_STRINGS;
	return holds(n, &n->rule[rule].need, &(struct facts){ .without_strings = true, .checked = none }, 0) ? OF_NOTHING : OF_BYTES;
}

struct rule_list { uint32_t *rule; size_t count, room; };
/* Content of which the same checks hold. Each rule that may match on it has keys, strings of which it needs one, as long ones as it has; these are looked for first, and the rest is taken for
 * found (`assumed`). each: rules that may match without any string; unkeyed: without any key, or
 * where other facts decide. */
struct kind { uint64_t *checked, *assumed; struct literals *keys, *rest; struct rule_list each, unkeyed; };
struct needs_look {
	const struct needs *n;
	struct kind kind[KINDS_MAX + 1]; size_t kinds;          /* the last one is for whatever is of no other */
	uint64_t *found, *checked, *none;
	uint32_t *seen, round;                                  /* by rule: the last round in which it was to be evaluated */
	uint32_t *todo; size_t todos;                           /* rules to evaluate in this round */
};

static size_t words(size_t bits)
{
	return (bits + 63) / 64 + 1;
}

struct needs_look *needs_look_new(const struct needs *n)
{
	struct needs_look *k = memory_new(sizeof *k);
	k->n = n;
	k->found = memory_array(words(n->strings), sizeof *k->found);
	k->checked = memory_array(words(n->checks), sizeof *k->checked);
	k->seen = memory_array(n->rules + 1, sizeof *k->seen);
	k->todo = memory_array(n->rules + 1, sizeof *k->todo);
	k->none = memory_array(words(n->strings), sizeof *k->none);
	return k;
}

void needs_look_free(struct needs_look *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->kinds; i++) {
		free(k->kind[i].checked);
		free(k->kind[i].each.rule);
		free(k->kind[i].unkeyed.rule);
		free(k->kind[i].assumed);
		literals_free(k->kind[i].keys);
		literals_free(k->kind[i].rest);
	}
	free(k->found);
	free(k->checked);
	free(k->none);
	free(k->todo);
	free(k->seen);
	free(k);
}

static void list_add(struct rule_list *list, size_t rule)
{
	list->rule = memory_room(list->rule, list->count, &list->room, sizeof *list->rule);
	list->rule[list->count++] = (uint32_t)rule;
}

enum { NO_KEY = 0, FACT = 1, NEVER = INT32_MAX };

static int keys_of(const struct needs *n, const struct need_node *node, const uint64_t *checked, unsigned depth, uint64_t *keys);

/* The children without which the node can't hold that have the longest keys, in the order of their keys. Returns how many of them. */
static uint32_t best_children(const struct needs *n, const struct need_node *node, const uint64_t *checked, unsigned depth, uint32_t *child, int *length)
{
	uint32_t count = node->least > node->children ? 0 : node->children - node->least + 1;
	for (uint32_t i = 0; i < node->children; i++) {
		int this = keys_of(n, &n->node[node->first + i], checked, depth, NULL);
		uint32_t at = i;
		for (; at && length[at - 1] < this; at--) {
			length[at] = length[at - 1];
			child[at] = child[at - 1];
		}
		length[at] = this;
		child[at] = node->first + i;
	}
	return count;
}

/* How long the keys of a node are at least: strings of which it needs one. NO_KEY: it may hold without any; FACT: whether it may
 * is known before strings are looked for; NEVER: it can't hold. keys: where bits of the keys are to be set, or NULL. */
static int keys_of(const struct needs *n, const struct need_node *node, const uint64_t *checked, unsigned depth, uint64_t *keys)
{
	int least = NEVER;
	switch (node->kind) {
	case NEED_BYTES: return checked && !has_bit(checked, node->value) ? NEVER : NO_KEY;
	case NEED_RULE: return depth == NAMED_DEPTH_MAX ? NO_KEY : keys_of(n, &n->rule[node->value].need, checked, depth + 1, keys);
	case NEED_STRING:
		for (uint32_t l = n->text_of[node->value]; l < n->text_of[node->value + 1]; l++)
			if (n->literal[l].length < (size_t)least)
				least = (int)n->literal[l].length;
		if (keys)
			keys[node->value / 64] |= UINT64_C(1) << (node->value % 64);
		return least;
	case NEED_NOTHING: case NEED_SIZE_BELOW: case NEED_SIZE_ABOVE: return NO_KEY;
	case NEED_LEAST: break;
	default: return FACT;
	}
	uint32_t *child = memory_array(node->children + 1, sizeof *child);
	int *length = memory_array(node->children + 1, sizeof *length);
	uint32_t count = best_children(n, node, checked, depth, child, length);
	if (count)
		least = length[count - 1];
	for (uint32_t i = 0; keys && i < count; i++)
		(void)keys_of(n, &n->node[child[i]], checked, depth, keys);
	free(child);
	free(length);
	return least;
}

static void strings_add(const struct needs *n, const struct need_rule *rule, const uint64_t *set, bool in, struct literals *to)
{
	for (uint32_t l = n->text_of[rule->string]; l < n->text_of[rule->string + rule->strings]; l++)
		if (has_bit(set, n->literal[l].string) == in)
			literals_add(to, n->text.data + n->literal[l].at, n->literal[l].length, n->literal[l].any_case, n->literal[l].string);
}

static void kind_fill(const struct needs *n, struct kind *kind)
{
	struct facts may = { .checked = kind->checked }, bare = { .checked = kind->checked, .without_strings = true };
	uint64_t *keys = memory_array(words(n->strings), sizeof *keys);
	kind->keys = literals_new();
	kind->rest = literals_new();
	for (size_t i = 0; i < n->rules; i++) {
		const struct need_rule *rule = &n->rule[i];
		if (rule->hidden || !holds(n, &rule->need, &may, 0))
			continue;
		if (rule->names || holds(n, &rule->need, &bare, 0))
			list_add(&kind->each, i);
		int length = keys_of(n, &rule->need, kind->checked, 0, NULL);
		if (length != NO_KEY)
			(void)keys_of(n, &rule->need, kind->checked, 0, keys);
		if (rule->names || length <= FACT)
			list_add(&kind->unkeyed, i);
	}
	for (size_t i = 0; i < n->rules; i++) {
		if (!holds(n, &n->rule[i].need, &may, 0))
			continue;
		strings_add(n, &n->rule[i], keys, true, kind->keys);
		strings_add(n, &n->rule[i], keys, false, kind->rest);
	}
	literals_finish(kind->keys);
	literals_finish(kind->rest);
	for (size_t w = 0; w < words(n->strings); w++)
		keys[w] = ~keys[w];
	kind->assumed = keys;
}

/* By its checks. When there are too many kinds, one without any serves the rest. */
static struct kind *kind_of(struct needs_look *k)
{
	size_t length = words(k->n->checks) * sizeof *k->checked;
	for (size_t i = 0; i < k->kinds; i++)
		if (!k->kind[i].checked || memcmp(k->kind[i].checked, k->checked, length) == 0)
			return &k->kind[i];
	struct kind *kind = &k->kind[k->kinds++];
	*kind = (struct kind){ .checked = k->kinds <= KINDS_MAX ? memory_copy(k->checked, length) : NULL };
	kind_fill(k->n, kind);
	return kind;
}

static void checks_make(struct needs_look *k, const uint8_t *bytes, size_t length)
{
	const struct needs *n = k->n;
	memset(k->checked, 0, words(n->checks) * sizeof *k->checked);
	for (size_t i = 0; i < n->checks; i++) {
		const struct need_check *c = &n->check[i];
		if (c->offset < length && length - c->offset >= c->width && memcmp(bytes + c->offset, c->bytes, c->width) == 0)
			k->checked[i / 64] |= UINT64_C(1) << (i % 64);
	}
}

static void todo_add(struct needs_look *k, size_t rule)
{
	if (!k->n->rule[rule].hidden && k->seen[rule] != k->round)
		k->todo[k->todos++] = (uint32_t)rule;
	k->seen[rule] = k->round;
}

/* Rules to evaluate: these, and those of the strings that were found and not assumed. */
static void todo_make(struct needs_look *k, const struct rule_list *each, const uint64_t *assumed)
{
	const struct needs *n = k->n;
	k->todos = 0;
	if (!++k->round) {
		memset(k->seen, 0, n->rules * sizeof *k->seen);
		k->round = 1;
	}
	for (size_t i = 0; i < each->count; i++)
		todo_add(k, each->rule[i]);
	for (size_t w = 0; w < words(n->strings); w++)
		for (uint64_t left = k->found[w] & ~assumed[w]; left; left &= left - 1)
			todo_add(k, n->rule_of[w * 64 + (size_t)__builtin_ctzll(left)]);
}

/* Most often the keys say that no rule can match but those that match without any string; only else is the rest of the strings looked for. */
void needs_look(struct needs_look *k, const uint8_t *bytes, size_t length, const struct needs_owner *owner)
{
	const struct needs *n = k->n;
	struct imphash imphash = { .owner = owner };
	struct facts facts = { .bytes = bytes, .found = k->found, .checked = k->checked, .sized = true, .size = length, .imphash = &imphash }, bare = facts;
	bare.found = k->none;
	bool open_ = false;
	checks_make(k, bytes, length);
	const struct kind *kind = kind_of(k);
	memcpy(k->found, kind->assumed, words(n->strings) * sizeof *k->found);
	literals_scan(kind->keys, bytes, length, k->found);
	todo_make(k, &kind->unkeyed, kind->assumed);
	for (size_t i = 0; i < k->todos && !open_; i++) {
		const struct need_node *need = &n->rule[k->todo[i]].need;
		open_ = holds(n, need, &facts, 0) && !holds(n, need, &bare, 0);
	}
	for (size_t w = 0; w < words(n->strings); w++)
		k->found[w] &= ~kind->assumed[w];
	if (open_)
		literals_scan(kind->rest, bytes, length, k->found);
	todo_make(k, &kind->each, k->none);
	for (size_t i = 0; i < k->todos; i++)
		if (holds(n, &n->rule[k->todo[i]].need, &facts, 0))
			owner->may(owner->owner, k->todo[i]);
}
