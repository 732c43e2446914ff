/* SPDX-License-Identifier: Apache-2.0 */
/* yara_tokens.c: see yara_tokens.h. */
#include "detect/yara_tokens.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' || c == '#' || c == '@';
}

int token_hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* White space and comments. */
void tokens_skip(struct lexer *l)
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

struct token token_next(struct lexer *l)
{
	tokens_skip(l);
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

bool token_is(const struct token *t, const char *text)
{
	return t->kind != TOKEN_STRING && t->kind != TOKEN_REGEX && t->kind != TOKEN_END && t->length == strlen(text) && memcmp(t->text, text, t->length) == 0;
}

bool token_begins(const struct token *t, const char *text)
{
	return t->kind == TOKEN_WORD && t->length > strlen(text) && memcmp(t->text, text, strlen(text)) == 0;
}

bool token_number(const struct token *t, uint64_t *value)
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

bool token_same(const struct token *t, const char *text, size_t length)
{
	return t->kind == TOKEN_WORD && t->length == length && memcmp(t->text, text, length) == 0;
}

/* The first `word` outside of parentheses from `at` on, or count. */
size_t tokens_top_level(const struct token *t, size_t count, size_t at, const char *word)
{
	unsigned depth = 0;
	for (; at < count; at++) {
		if (token_is(&t[at], "(") || token_is(&t[at], "["))
			depth++;
		else if (token_is(&t[at], ")") || token_is(&t[at], "]"))
			depth -= depth > 0;
		else if (!depth && token_is(&t[at], word))
			break;
	}
	return at;
}

/* Where the parenthesis of t[0] is closed, or count. */
size_t tokens_close_at(const struct token *t, size_t count)
{
	unsigned open = 0;
	size_t at = 0;
	for (; at < count; at++) {
		open += token_is(&t[at], "(");
		if (token_is(&t[at], ")") && --open == 0)
			break;
	}
	return at;
}
