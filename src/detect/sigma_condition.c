/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_condition.c: see sigma_condition.h. Plain recursive descent; depth is counted, because a rule may come from anybody. */
#include "detect/sigma_condition.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reader {
	struct arena *arena;
	const char *at;
	char word[256];                         /* the token in hand; "" at the end */
	unsigned depth;
	const char *wrong;
};

static void refuse(struct reader *r, const char *why)
{
	if (!r->wrong)
		r->wrong = arena_format(r->arena, "condition: %s%s%s", why, r->word[0] ? " at " : "", r->word);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || strchr("_-.*?@", c) || (unsigned char)c >= 0x80;
}

static void next(struct reader *r)
{
	size_t n = 0;
	while (isspace((unsigned char)*r->at))
		r->at++;
	if (*r->at && in_word(*r->at)) {
		while (*r->at && in_word(*r->at) && n < sizeof r->word - 1)
			r->word[n++] = *r->at++;
		if (*r->at && in_word(*r->at))
			refuse(r, "a name that is too long");
	} else if (*r->at) {
		char first = r->word[n++] = *r->at++;
		if (strchr("<>=!", first) && *r->at == '=')
			r->word[n++] = *r->at++;
	}
	r->word[n] = 0;
}

static bool is(const struct reader *r, const char *word)
{
	return !strcasecmp(r->word, word);
}

static struct sigma_term *term(struct reader *r, enum sigma_term_kind kind, struct sigma_term *left, struct sigma_term *right)
{
	struct sigma_term *t = arena_new(r->arena, sizeof *t);
	*t = (struct sigma_term){ .kind = kind, .left = left, .right = right };
	return t;
}

static struct sigma_term *any(struct reader *r);

/* "1 of", "all of": the word in hand is its number; is `of` the next one? */
static bool quantity(struct reader *r, unsigned *need)
{
	const char *end = r->word;
	while (isdigit((unsigned char)*end))
		end++;
	bool all = is(r, "all"), one = is(r, "any"), number = end > r->word && !*end && end - r->word < 6;
	if (!all && !one && !number)
		return false;
	struct reader ahead = *r;
	next(&ahead);
	if (!is(&ahead, "of"))
		return false;
	*need = all ? 0 : one ? 1 : (unsigned)strtoul(r->word, NULL, 10);
	*r = ahead;
	if (number && !*need)
		refuse(r, "0 of");
	next(r);
	return true;
}

static struct sigma_term *primary(struct reader *r)
{
	unsigned need;
	struct sigma_term *t = NULL;
	if (++r->depth > SIGMA_CONDITION_DEPTH)
		refuse(r, "nested too deep");
	if (r->wrong)
		return term(r, SIGMA_TERM_NAME, NULL, NULL);
	if (is(r, "not")) {
		next(r);
		t = term(r, SIGMA_TERM_NOT, primary(r), NULL);
	} else if (is(r, "(")) {
		next(r);
		t = any(r);
		if (!is(r, ")"))
			refuse(r, "a closing parenthesis is missing");
		next(r);
	} else if (quantity(r, &need)) {
		t = term(r, SIGMA_TERM_OF, NULL, NULL);
		t->need = need;
		t->them = is(r, "them");
		t->name = t->them ? "*" : arena_copy(r->arena, r->word, strlen(r->word));
		if (!r->word[0] || !in_word(r->word[0]))
			refuse(r, "of what?");
		next(r);
	} else {
		t = term(r, SIGMA_TERM_NAME, NULL, NULL);
		t->name = arena_copy(r->arena, r->word, strlen(r->word));
		if (!r->word[0] || !in_word(r->word[0]) || is(r, "and") || is(r, "or") || is(r, "of") || is(r, "them"))
			refuse(r, "a name is missing");
		next(r);
	}
	r->depth--;
	return t;
}

static struct sigma_term *every(struct reader *r)
{
	struct sigma_term *t = primary(r);
	while (!r->wrong && is(r, "and")) {
		next(r);
		t = term(r, SIGMA_TERM_AND, t, primary(r));
	}
	return t;
}

static struct sigma_term *any(struct reader *r)
{
	struct sigma_term *t = every(r);
	while (!r->wrong && is(r, "or")) {
		next(r);
		t = term(r, SIGMA_TERM_OR, t, every(r));
	}
	return t;
}

static bool comparison(const char *word, enum sigma_comparison *c)
{
	static const struct { const char *sign; enum sigma_comparison c; } sign[] = {
		{ ">", SIGMA_GT }, { ">=", SIGMA_GTE }, { "<", SIGMA_LT }, { "<=", SIGMA_LTE }, { "=", SIGMA_EQ }, { "==", SIGMA_EQ }, { "!=", SIGMA_NEQ },
	};
	for (size_t i = 0; i < sizeof sign / sizeof *sign; i++)
		if (!strcmp(word, sign[i].sign)) {
			*c = sign[i].c;
			return true;
		}
	return false;
}

static const char *field_name(struct reader *r)
{
	if (!r->word[0] || !in_word(r->word[0]))
		refuse(r, "a field's name is missing");
	const char *name = arena_copy(r->arena, r->word, strlen(r->word));
	next(r);
	return name;
}

/* Behind the pipe: count([FIELD]) [by FIELD, ...] OP NUMBER. */
static void aggregate(struct reader *r, struct sigma_aggregate *a)
{
	next(r);
	if (!is(r, "count")) {
		refuse(r, "an aggregation that is not supported");
		return;
	}
	next(r);
	if (!is(r, "("))
		refuse(r, "count without parentheses");
	next(r);
	if (!is(r, ")"))
		a->field = field_name(r);
	if (!is(r, ")"))
		refuse(r, "a closing parenthesis is missing");
	next(r);
	if (is(r, "by"))
		do {
			next(r);
			if (a->bys == SIGMA_GROUP_FIELDS)
				refuse(r, "too many fields to group by");
			else
				a->by[a->bys++] = field_name(r);
		} while (!r->wrong && is(r, ","));
	if (!r->wrong && !comparison(r->word, &a->comparison))
		refuse(r, "a comparison is missing");
	next(r);
	char *end;
	a->number = strtoull(r->word, &end, 10);
	if (!isdigit((unsigned char)r->word[0]) || *end)
		refuse(r, "a number is missing");
	next(r);
	a->is = true;
}

struct sigma_term *sigma_condition_read(struct arena *arena, const char *text, struct sigma_aggregate *a, const char **wrong)
{
	struct reader r = { .arena = arena, .at = text };
	*a = (struct sigma_aggregate){ 0 };
	next(&r);
	struct sigma_term *t = any(&r);
	if (!r.wrong && is(&r, "|"))
		aggregate(&r, a);
	if (!r.wrong && r.word[0])
		refuse(&r, "something is left over");
	*wrong = r.wrong;
	return r.wrong ? NULL : t;
}

bool sigma_name_fits(const char *pattern, const char *name)
{
	const char *star = NULL, *back = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			back = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool sigma_comparison_holds(enum sigma_comparison c, double a, double b)
{
	switch (c) {
	case SIGMA_GT: return a > b;
	case SIGMA_GTE: return a >= b;
	case SIGMA_LT: return a < b;
	case SIGMA_LTE: return a <= b;
	case SIGMA_EQ: return a == b;
	case SIGMA_NEQ: return a != b;
	}
	return false;
}
