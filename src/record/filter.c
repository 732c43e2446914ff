/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: see filter.h. A condition becomes a flat program over one truth value: a test sets it, NOT turns it, and the jumps of `and` and `or`
 * leave it as it is when the other side can't change it. */
#ifndef _GNU_SOURCE
#endif
#include "record/filter.h"

#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 64 };
enum step { STEP_HAS, STEP_EQUAL, STEP_CONTAINS, STEP_LESS, STEP_GREATER, STEP_NOT, STEP_JUMP_FALSE, STEP_JUMP_TRUE };

struct instruction {
	enum step step;
	enum record_field field;
	size_t target;                  /* jumps: the next instruction */
	char *key, *text;               /* key in the map, NULL: the field itself; the value, folded for STEP_CONTAINS */
	size_t length;                  /* of text */
	struct timestamp time;
	bool is_integer, is_time;
};

struct filter { struct instruction *code; size_t count; };

/* ---- comparing */

static bool is_integer(const char *text, size_t length)
{
	size_t sign = length && text[0] == '-';
	for (size_t i = sign; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > sign && (text[sign] != '0' || length == 1);     /* no leading zeros, no "-0" */
}

/* Bytes as memcmp; canonical decimals by sign, then by number of digits, then by digits. */
static int order(const char *a, size_t a_length, const char *b, size_t b_length, bool integers)
{
	size_t shorter = a_length < b_length ? a_length : b_length;
	int by_length = (a_length > b_length) - (a_length < b_length), by_bytes = shorter ? memcmp(a, b, shorter) : 0;
	if (!integers)
		return by_bytes ? by_bytes : by_length;
	if ((a[0] == '-') != (b[0] == '-'))
		return a[0] == '-' ? -1 : 1;
	by_length = by_length ? by_length : by_bytes;
	return a[0] == '-' ? -by_length : by_length;
}

static void fold(struct buffer *out, const char *text, size_t length)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + length;
	while (at < end)
		text_utf8_append(out, text_fold(text_utf8_next(&at, end)));
}

static bool compare_text(const struct instruction *in, const char *text, size_t length)
{
	struct timestamp t;
	if (in->step == STEP_CONTAINS) {
		struct buffer folded = { 0 };
		fold(&folded, text, length);
		bool found = memmem(buffer_string(&folded), folded.length, in->text, in->length);
		buffer_free(&folded);
		return found;
	}
	int way = in->is_time && time_parse(text, length, &t) ? time_compare(&t, &in->time)
	                                                      : order(text, length, in->text, in->length, in->is_integer && is_integer(text, length));
	return in->step == STEP_EQUAL ? way == 0 : in->step == STEP_LESS ? way < 0 : way > 0;
}

/* A value as JSON shows it, without quotes. */
static void show(struct buffer *out, const struct record_value *v)
{
	struct timestamp t;
	uint64_t n = record_value_number(v);
	switch (v->kind) {
	case VALUE_FLAG: buffer_text(out, n ? "true" : "false"); break;
	case VALUE_HEX: buffer_hex(out, v->bytes, v->length); break;
	case VALUE_LITERAL: buffer_append(out, v->bytes, v->length); break;
	case VALUE_SIGNED: buffer_format(out, "%lld", (long long)n); break;
	case VALUE_TIME: record_value_time(v, &t), time_format(out, &t); break;
	default: buffer_decimal(out, n);
	}
}

/* Lists hold when any entry does; the checked depth of frames bounds the recursion. */
static bool compare(const struct instruction *in, const struct record_value *v)
{
	struct record_value entry;
	struct buffer shown = { 0 };
	size_t at = 0, length;
	const char *text = record_value_text(v, &length);
	bool holds = v->kind && in->step == STEP_HAS;
	if (text)
		return holds || compare_text(in, text, length);
	if (v->kind == VALUE_LIST) {
		while (!holds && record_next(v, &at, NULL, NULL, &entry))
			holds = compare(in, &entry);
	} else if (v->kind && v->kind != VALUE_MAP && !holds) {
		show(&shown, v);
		holds = compare_text(in, (const char *)shown.data, shown.length);
		buffer_free(&shown);
	}
	return holds;
}

static bool test(const struct instruction *in, const struct record_value *v)
{
	struct record_value entry;
	const char *key;
	size_t at = 0, length;
	if (!in->key)
		return compare(in, v);
	while (record_next(v, &at, &key, &length, &entry))
		if (key ? length == strlen(in->key) && memcmp(key, in->key, length) == 0 && compare(in, &entry) : test(in, &entry))
			return true;
	return false;
}

bool filter_matches(const struct filter *f, const struct record_view *v)
{
	bool holds = true;
	for (size_t i = 0; i < f->count; i++) {
		const struct instruction *in = &f->code[i];
		if (in->step == STEP_NOT)
			holds = !holds;
		else if (in->step < STEP_NOT)
			holds = test(in, &v->field[in->field]);
		else if (holds == (in->step == STEP_JUMP_TRUE))
			i = in->target - 1;
	}
	return holds;
}

/* ---- compiling */

struct compiler { const char *at, *wrong; struct filter *f; unsigned nesting; };

static bool fail(struct compiler *c, const char *wrong)
{
	c->wrong = wrong;
	return false;
}

static void emit(struct compiler *c, const struct instruction *in)
{
	c->f->code = memory_resize(c->f->code, c->f->count + 1, sizeof *in);
	c->f->code[c->f->count++] = *in;
}

/* What stands up to the next character that has a meaning, white space before it skipped. */
static size_t word_length(struct compiler *c)
{
	c->at += strspn(c->at, " \t\n");
	return strcspn(c->at, " \t\n()=!~<>\"");
}

static bool take(struct compiler *c, const char *text, bool word)
{
	size_t length = strlen(text), ahead = word_length(c);
	if ((word && ahead != length) || strncmp(c->at, text, length) != 0)
		return false;
	c->at += length;
	return true;
}

static bool parse_field(struct compiler *c, struct instruction *in)
{
	size_t length = word_length(c), name = strcspn(c->at, "."), dot = name < length;
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		const char *key = record_field_key(f);
		enum value_kind kind = record_field_kind(f);
		if (kind == VALUE_INTERNAL || strlen(key) != (dot ? name : length) || memcmp(key, c->at, strlen(key)) != 0)
			continue;
		if (dot && kind != VALUE_MAP && kind != VALUE_LIST)
			break;
		in->field = f;
		in->key = dot ? memory_copy(c->at + name + 1, length - name - 1) : NULL;
		c->at += length;
		return true;
	}
	return fail(c, length ? "no such field, or none with keys behind a dot" : "a field is missing");
}

static bool parse_value(struct compiler *c, struct buffer *text)
{
	if (!take(c, "\"", false)) {
		size_t length = strcspn(c->at, " \t\n()\"");    /* = < > ~ ! may stand in a bare value */
		buffer_append(text, c->at, length);
		c->at += length;
		return length || fail(c, "a value is missing");
	}
	for (; *c->at != '"'; c->at++) {
		if (*c->at == '\\' && (c->at[1] == '"' || c->at[1] == '\\'))
			c->at++;
		if (!*c->at)
			return fail(c, "a quote is not closed");
		buffer_byte(text, (uint8_t)*c->at);
	}
	c->at++;
	return true;
}

/* A time as records show it, or a date, also with minutes or seconds. */
static bool moment(const char *text, size_t length, struct timestamp *t)
{
	char full[32] = "";
	if (length == 10 || length == 16 || length == 19) {
		memcpy(full, text, length);
		text = strcat(full, length == 10 ? "T00:00:00Z" : length == 16 ? ":00Z" : "Z");
	}
	return time_parse(text, *full ? strlen(full) : length, t);
}

static bool parse_test(struct compiler *c)
{
	static const struct { char sign[3]; enum step step; } SIGNS[] = {
		{ "!=", STEP_EQUAL }, { "=", STEP_EQUAL }, { "~", STEP_CONTAINS }, { "<", STEP_LESS }, { ">", STEP_GREATER } };
	struct instruction in = { .step = STEP_HAS };
	struct buffer text = { 0 }, folded = { 0 };
	size_t sign = 0, signs = sizeof SIGNS / sizeof *SIGNS;
	if (!parse_field(c, &in))
		return false;
	while (sign < signs && !take(c, SIGNS[sign].sign, false))
		sign++;
	bool right = sign == signs || parse_value(c, &text);
	if (sign < signs) {
		in.step = SIGNS[sign].step;
		fold(&folded, buffer_string(&text), text.length);
		in.length = in.step == STEP_CONTAINS ? folded.length : text.length;
		in.text = memory_copy(in.step == STEP_CONTAINS ? folded.data : text.data, in.length);
		in.is_integer = is_integer(in.text, in.length);
		in.is_time = moment(in.text, in.length, &in.time);
	}
	buffer_free(&text);
	buffer_free(&folded);
	emit(c, &in);
	if (sign == 0)
		emit(c, &(struct instruction){ .step = STEP_NOT });
	return right;
}

static bool parse_or(struct compiler *c);

static bool parse_not(struct compiler *c)
{
	if (++c->nesting > NESTING_MAX)
		return fail(c, "nested too deep");
	bool right;
	if (take(c, "not", true)) {
		right = parse_not(c);
		emit(c, &(struct instruction){ .step = STEP_NOT });
	} else if (take(c, "(", false))
		right = parse_or(c) && (take(c, ")", false) || fail(c, "a parenthesis is not closed"));
	else
		right = parse_test(c);
	c->nesting--;
	return right;
}

/* One level of operators: when the left side has settled the matter, jump behind the right one. */
static bool parse_level(struct compiler *c, const char *word, enum step jump, bool (*tighter)(struct compiler *))
{
	bool right = tighter(c);
	while (right && take(c, word, true)) {
		size_t at = c->f->count;
		emit(c, &(struct instruction){ .step = jump });
		right = tighter(c);
		c->f->code[at].target = c->f->count;
	}
	return right;
}

static bool parse_and(struct compiler *c) { return parse_level(c, "and", STEP_JUMP_FALSE, parse_not); }
static bool parse_or(struct compiler *c) { return parse_level(c, "or", STEP_JUMP_TRUE, parse_and); }

void filter_free(struct filter *f)
{
	for (size_t i = 0; f && i < f->count; free(f->code[i++].text))
		free(f->code[i].key);
	free(f ? f->code : NULL);
	free(f);
}

const char *filter_compile(struct filter **f, const char *text, size_t *at)
{
	struct compiler c = { .at = text, .f = memory_new(sizeof **f) };
	if (!text_is_utf8(text, strlen(text)))
		fail(&c, "not UTF-8");
	else if (parse_or(&c) && (word_length(&c), *c.at))
		fail(&c, "neither and nor or after a condition");
	*at = (size_t)(c.at - text);
	*f = c.wrong ? NULL : c.f;
	if (c.wrong)
		filter_free(c.f);
	return c.wrong;
}
