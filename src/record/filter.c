/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: see filter.h. A condition becomes a flat program over one truth value: a test sets it, NOT turns it, and the jumps of `and` and `or`
 * leave it as it is when the other side can't change it. */
#include "record/filter.h"

#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 64, TESTS_MAX = 4096 };

enum step { STEP_HAS, STEP_EQUAL, STEP_CONTAINS, STEP_LESS, STEP_GREATER, STEP_NOT, STEP_JUMP_FALSE, STEP_JUMP_TRUE };

struct instruction {
	enum step step;
	enum record_field field;
	size_t target;                  /* jumps: the next instruction */
	char *key;                      /* in the map; NULL: the field itself */
	char *text;                     /* the value; folded for STEP_CONTAINS */
	size_t length;
	bool is_integer, is_time;
	struct timestamp time;
};

struct filter { struct instruction *code; size_t count; };

/* ---- comparing */

static bool is_integer(const char *text, size_t length)
{
	size_t sign = length && text[0] == '-';
	for (size_t i = sign; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > sign && (text[sign] != '0' || length == 1);
}

static int order_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t shorter = a_length < b_length ? a_length : b_length;
	int order = shorter ? memcmp(a, b, shorter) : 0;
	return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* Canonical decimals of any length: more digits are more. */
static int order_integers(const char *a, size_t a_length, const char *b, size_t b_length)
{
	bool a_negative = a[0] == '-', b_negative = b[0] == '-';
	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	int order = a_length != b_length ? (a_length < b_length ? -1 : 1) : memcmp(a, b, a_length);
	return a_negative ? -order : order;
}

static void fold(struct buffer *out, const char *text, size_t length)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + length;
	while (at < end)
		text_utf8_append(out, text_fold(text_utf8_next(&at, end)));
}

static bool contains(const struct instruction *in, const char *text, size_t length)
{
	struct buffer folded = { 0 };
	fold(&folded, text, length);
	bool found = in->length == 0 || (folded.length && memmem(folded.data, folded.length, in->text, in->length));
	buffer_free(&folded);
	return found;
}

static bool compare_text(const struct instruction *in, const char *text, size_t length)
{
	struct timestamp t;
	int order;
	if (in->step == STEP_CONTAINS)
		return contains(in, text, length);
	if (in->is_integer && is_integer(text, length))
		order = order_integers(text, length, in->text, in->length);
	else if (in->is_time && time_parse(text, length, &t))
		order = time_compare(&t, &in->time);
	else
		order = order_bytes(text, length, in->text, in->length);
	return in->step == STEP_EQUAL ? order == 0 : in->step == STEP_LESS ? order < 0 : order > 0;
}

/* A value that is no text as JSON shows it, without quotes. */
static void show(struct buffer *out, const struct record_value *v)
{
	struct timestamp t;
	int64_t n = (int64_t)record_value_number(v);
	if (v->kind == VALUE_SIGNED && n < 0)
		buffer_byte(out, '-');
	if (v->kind == VALUE_SIGNED)
		buffer_decimal(out, (uint64_t)(n < 0 ? -n : n));
	else if (v->kind == VALUE_NUMBER || v->kind == VALUE_BIG)
		buffer_decimal(out, (uint64_t)n);
	else if (v->kind == VALUE_FLAG)
		buffer_text(out, n ? "true" : "false");
	else if (record_value_time(v, &t))
		time_format(out, &t);
	else if (v->kind == VALUE_HEX)
		buffer_hex(out, v->bytes, v->length);
	else if (v->kind == VALUE_LITERAL)
		buffer_append(out, v->bytes, v->length);
}

static bool test(const struct instruction *in, const struct record_value *v, bool in_key)
{
	struct record_value entry;
	struct buffer shown = { 0 };
	const char *key;
	size_t at = 0, key_length, length;
	const char *text = record_value_text(v, &length);
	if (v->kind == 0)
		return false;
	if (!in_key && v->kind == VALUE_MAP) {
		while (record_next(v, &at, &key, &key_length, &entry))
			if (key_length == strlen(in->key) && memcmp(key, in->key, key_length) == 0)
				return test(in, &entry, true);
		return false;
	}
	if (v->kind == VALUE_LIST && (!in_key || in->step != STEP_HAS)) {       /* the frame's checked depth bounds this */
		while (record_next(v, &at, NULL, NULL, &entry))
			if (test(in, &entry, in_key))
				return true;
		return false;
	}
	if (!in_key)
		return false;
	if (in->step == STEP_HAS)
		return true;
	if (text)
		return compare_text(in, text, length);
	if (v->kind == VALUE_MAP || v->kind == VALUE_INTERNAL)
		return false;
	show(&shown, v);
	bool holds = compare_text(in, (const char *)shown.data, shown.length);
	buffer_free(&shown);
	return holds;
}

bool filter_matches(const struct filter *f, const struct record_view *v)
{
	bool holds = true;
	for (size_t i = 0; i < f->count; i++) {
		const struct instruction *in = &f->code[i];
		if (in->step == STEP_NOT)
			holds = !holds;
		else if (in->step == STEP_JUMP_FALSE || in->step == STEP_JUMP_TRUE) {
			if (holds == (in->step == STEP_JUMP_TRUE))
				i = in->target - 1;
		} else
			holds = test(in, &v->field[in->field], !in->key);
	}
	return holds;
}

/* ---- compiling */

struct compiler {
	const char *start, *at;
	struct filter *f;
	const char *wrong;
	unsigned nesting;
};

static bool fail(struct compiler *c, const char *wrong)
{
	c->wrong = wrong;
	return false;
}

static struct instruction *emit(struct compiler *c, enum step step)
{
	struct filter *f = c->f;
	f->code = memory_resize(f->code, f->count + 1, sizeof *f->code);
	f->code[f->count] = (struct instruction){ .step = step };
	return &f->code[f->count++];
}

static void skip_space(struct compiler *c)
{
	c->at += strspn(c->at, " \t\n");
}

/* Characters that end a word: what else has a meaning. */
static size_t word_length(const struct compiler *c)
{
	return strcspn(c->at, " \t\n()=!~<>\"");
}

static bool take_word(struct compiler *c, const char *word)
{
	skip_space(c);
	size_t length = strlen(word);
	if (word_length(c) != length || memcmp(c->at, word, length) != 0)
		return false;
	c->at += length;
	return true;
}

static bool parse_field(struct compiler *c, struct instruction *in)
{
	size_t length = word_length(c), name = length;
	const char *dot = memchr(c->at, '.', length);
	if (dot)
		name = (size_t)(dot - c->at);
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		const char *key = record_field_key(f);
		enum value_kind kind = record_field_kind(f);
		if (kind == VALUE_INTERNAL || strlen(key) != name || memcmp(key, c->at, name) != 0)
			continue;
		if (dot && (kind != VALUE_MAP && kind != VALUE_LIST))
			return fail(c, "only fields that hold maps have keys behind a dot");
		in->field = f;
		in->key = dot ? memory_copy(dot + 1, length - name - 1) : NULL;
		c->at += length;
		return true;
	}
	return fail(c, length ? "no such field" : "a field is missing");
}

static bool parse_value(struct compiler *c, struct buffer *text)
{
	skip_space(c);
	if (*c->at != '"') {
		size_t length = strcspn(c->at, " \t\n()\"");    /* = < > ~ ! may stand in a bare value */
		buffer_append(text, c->at, length);
		c->at += length;
		return length || fail(c, "a value is missing");
	}
	for (c->at++; *c->at != '"'; c->at++) {
		if (*c->at == '\\' && (c->at[1] == '"' || c->at[1] == '\\'))
			c->at++;
		if (!*c->at)
			return fail(c, "a quote is not closed");
		buffer_byte(text, (uint8_t)*c->at);
	}
	c->at++;
	return true;
}

static bool value_time(const char *text, size_t length, struct timestamp *t)
{
	char moment[32] = "";
	if (time_parse(text, length, t))
		return true;
	if (length != 10 && length != 16 && length != 19)       /* a date; with minutes; with seconds */
		return false;
	memcpy(moment, text, length);
	strcat(moment, length == 10 ? "T00:00:00Z" : length == 16 ? ":00Z" : "Z");
	return time_parse(moment, strlen(moment), t);
}

static bool parse_test(struct compiler *c)
{
	static const struct { char sign[3]; enum step step; } SIGNS[] = {
		{ "!=", STEP_EQUAL }, { "=", STEP_EQUAL }, { "~", STEP_CONTAINS }, { "<", STEP_LESS }, { ">", STEP_GREATER } };
	struct instruction in = { .step = STEP_HAS };
	struct buffer text = { 0 };
	size_t sign = 0, signs = sizeof SIGNS / sizeof *SIGNS;
	if (c->f->count >= TESTS_MAX)
		return fail(c, "too many conditions");
	if (!parse_field(c, &in))
		return false;
	skip_space(c);
	while (sign < signs && strncmp(c->at, SIGNS[sign].sign, strlen(SIGNS[sign].sign)) != 0)
		sign++;
	bool right = true;
	if (sign < signs) {
		in.step = SIGNS[sign].step;
		c->at += strlen(SIGNS[sign].sign);
		right = parse_value(c, &text);
		if (right && !text_is_utf8(text.data, text.length))
			right = fail(c, "the value is not UTF-8");
		struct buffer folded = { 0 };
		if (right && in.step == STEP_CONTAINS)
			fold(&folded, buffer_string(&text), text.length);
		else
			buffer_append(&folded, text.data, text.length);
		in.length = folded.length;
		in.text = memory_copy(folded.data, folded.length);
		in.is_integer = is_integer(in.text, in.length);
		in.is_time = value_time(in.text, in.length, &in.time);
		buffer_free(&folded);
	}
	buffer_free(&text);
	*emit(c, in.step) = in;
	if (sign == 0)
		emit(c, STEP_NOT);
	return right;
}

static bool parse_or(struct compiler *c);

static bool parse_not(struct compiler *c)
{
	if (++c->nesting > NESTING_MAX)
		return fail(c, "nested too deep");
	bool right, turned = take_word(c, "not");
	if (turned)
		right = parse_not(c);
	else if (*c->at == '(') {
		c->at++;
		right = parse_or(c);
		skip_space(c);
		if (right && *c->at++ != ')') {
			c->at--;
			right = fail(c, "a parenthesis is not closed");
		}
	} else
		right = parse_test(c);
	if (turned)
		emit(c, STEP_NOT);
	c->nesting--;
	return right;
}

/* One level of operators: when the left side has settled the matter, jump behind the right one. */
static bool parse_level(struct compiler *c, const char *word, enum step jump, bool (*tighter)(struct compiler *))
{
	if (!tighter(c))
		return false;
	while (take_word(c, word)) {
		emit(c, jump);
		size_t at = c->f->count - 1;
		if (!tighter(c))
			return false;
		c->f->code[at].target = c->f->count;
	}
	return true;
}

static bool parse_and(struct compiler *c) { return parse_level(c, "and", STEP_JUMP_FALSE, parse_not); }
static bool parse_or(struct compiler *c) { return parse_level(c, "or", STEP_JUMP_TRUE, parse_and); }

const char *filter_compile(struct filter **f, const char *text, size_t *at)
{
	struct compiler c = { .start = text, .at = text, .f = memory_new(sizeof **f) };
	if (parse_or(&c)) {
		skip_space(&c);
		if (*c.at)
			fail(&c, "neither and nor or after a condition");
	}
	*at = (size_t)(c.at - c.start);
	if (c.wrong)
		filter_free(c.f);
	*f = c.wrong ? NULL : c.f;
	return c.wrong;
}

void filter_free(struct filter *f)
{
	for (size_t i = 0; f && i < f->count; i++) {
		free(f->code[i].key);
		free(f->code[i].text);
	}
	if (f)
		free(f->code);
	free(f);
}
