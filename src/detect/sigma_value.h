/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_value.h: one value of a rule, as its modifiers make it, and whether a text of an event meets it (Sigma specification 2.1, "Modifiers").
 *
 * Texts compare without regard to case (simple folding, all scripts) unless `cased`; regular expressions as written. A value that is a plain literal at the
 * beginning, at the end, anywhere or as a whole can be looked for with all others at once (sigma_words.h); the rest is asked one by one. */
#ifndef SPOOR_DETECT_SIGMA_VALUE_H
#define SPOOR_DETECT_SIGMA_VALUE_H

#include "detect/sigma_condition.h"
#include "detect/sigma_yaml.h"

enum sigma_value_kind {
	SIGMA_LITERAL,          /* text, at `anchor` */
	SIGMA_GLOB,             /* text with ANY_RUN and ANY_ONE in it, anchored at both ends */
	SIGMA_REGEX, SIGMA_CIDR, SIGMA_NUMBER, SIGMA_FIELD,
	SIGMA_NULL,             /* absent, or without a value */
	SIGMA_PRESENT, SIGMA_ABSENT,
	SIGMA_SOMETHING,        /* any value at all */
};
enum { SIGMA_AT_START = 1, SIGMA_AT_END = 2 };
/* Bytes that no UTF-8 holds stand for the wildcards. */
enum { SIGMA_ANY_RUN = 0xff, SIGMA_ANY_ONE = 0xfe };

struct sigma_value {
	enum sigma_value_kind kind;
	bool cased;
	unsigned anchor;
	const uint8_t *text; uint32_t length;   /* folded unless cased; of REGEX and FIELD as written, NUL-terminated */
	void *regex;                            /* pcre2_code */
	uint8_t address[16], prefix;            /* of CIDR; IPv4 as ::ffff:0:0/96 */
	enum sigma_comparison comparison; double number;
	struct sigma_value *next;
};

/* What stands behind a field's name: "CommandLine|contains|all". */
struct sigma_test {
	const char *field;                      /* "" or NULL: any field (keywords) */
	bool all, not;                          /* not: the modifier neq */
	struct sigma_value *value; unsigned values;     /* alternatives; with `all` each must hold (windash: each group of one value's spellings, see `group`) */
	unsigned *group;                        /* by value: number of the value of the rule that it came from */
	struct sigma_test *next;                /* of the same rule */
};
enum { SIGMA_VALUES_MOST = 1 << 14, SIGMA_REGEX_MOST = 16 << 10 };

/* Reads the key of a selection and what stands there. False with *wrong (in arena). field NULL: keywords. */
bool sigma_test_read(struct arena *arena, const char *field, const struct sigma_node *values, struct sigma_test *test, const char **wrong);
/* Regular expressions are not of the arena. */
void sigma_test_free(struct sigma_test *t);

/* A text of an event, as it is and folded. */
struct sigma_text { const uint8_t *raw, *folded; size_t length, folded_length; };
enum sigma_answer { SIGMA_NO, SIGMA_YES, SIGMA_GAVE_UP /* a regular expression that reached its limit */ };
/* LITERAL, GLOB, REGEX, CIDR, NUMBER; whole false: anywhere in the text (keywords). */
enum sigma_answer sigma_value_meets(const struct sigma_value *v, const struct sigma_text *t);
/* The longest run of fixed bytes in a literal, glob or regular expression, borrowed or in arena; NULL: none. */
const uint8_t *sigma_value_fixed(struct arena *arena, const struct sigma_value *v, size_t *length);
/* Appends the folded text. */
void sigma_fold(struct buffer *out, const void *utf8, size_t length);

#endif
