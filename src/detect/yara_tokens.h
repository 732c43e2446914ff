/* SPDX-License-Identifier: Apache-2.0 */
/* yara_tokens.h: rule sources as tokens (libyara 4.2, lexer.l), for the files that prove something of conditions. A misreading shows where the rules are compared with those that
 * libyara compiled. */
#ifndef SPOOR_DETECT_YARA_TOKENS_H
#define SPOOR_DETECT_YARA_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_REGEX, TOKEN_MARK };
struct token { enum token_kind kind; const char *text; size_t length; };        /* of strings and regexes: what is between the marks; `$a`, `0..#b`, `pe.x` and `4MB` are one word */
struct lexer { const char *at, *end; bool bad; };

void tokens_skip(struct lexer *l);                              /* white space and comments */
struct token token_next(struct lexer *l);
int token_hex_digit(char c);                                    /* 0 to 15, or -1 */
bool token_is(const struct token *t, const char *text);         /* not of strings and regexes */
bool token_begins(const struct token *t, const char *text);     /* a word, and longer */
bool token_same(const struct token *t, const char *text, size_t length);        /* that word */
bool token_number(const struct token *t, uint64_t *value);      /* decimal or hexadecimal */
size_t tokens_top_level(const struct token *t, size_t count, size_t at, const char *word);      /* the first `word` outside of parentheses from `at` on, or count */
size_t tokens_close_at(const struct token *t, size_t count);    /* where the parenthesis of t[0] is closed, or count */

#endif
