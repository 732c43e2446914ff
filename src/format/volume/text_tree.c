/* SPDX-License-Identifier: Apache-2.0 */
/* text_tree.c: two small parsers with one result.
 *
 * LVM2 (lvm2, lib/config): `name = value`, `name { ... }`, values are "text" with \" and \\, whole numbers, [ value, ... ]; a comment runs from '#' to the end of
 * the line. JSON (RFC 8259) as LUKS2 uses it: fractions and exponents do not occur and are damage. Depth and number of nodes are bounded; a repeated name
 * stays, the first one is found. */
#include "format/volume/text_tree.h"

#include <string.h>

struct reader { const char *text; size_t length, at, nodes; struct arena *arena; bool json, bad; };

static int peek(struct reader *r)
{
	while (r->at < r->length) {
		char c = r->text[r->at];
		if (!r->json && c == '#') {
			while (r->at < r->length && r->text[r->at] != '\n')
				r->at++;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			r->at++;
		} else {
			return c ? (unsigned char)c : -1;
		}
	}
	return -1;
}

static bool take(struct reader *r, char wanted)
{
	if (peek(r) != wanted)
		return false;
	r->at++;
	return true;
}

static struct tree *node_new(struct reader *r, const char *name)
{
	if (++r->nodes > TREE_NODES_MOST)
		r->bad = true;
	struct tree *t = arena_new(r->arena, sizeof *t);
	t->name = name;
	return t;
}

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' || c == '.' || c == '/';
}

static const char *word(struct reader *r)
{
	if (peek(r) < 0)
		return NULL;
	size_t start = r->at;
	while (r->at < r->length && word_byte(r->text[r->at]))
		r->at++;
	return r->at > start ? arena_copy(r->arena, r->text + start, r->at - start) : NULL;
}

static void digits(struct tree *t, const char *text, size_t length)
{
	uint64_t v = 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(v, UINT64_C(10), &v) || __builtin_add_overflow(v, (uint64_t)(text[i] - '0'), &v))
			return;
	t->is_number = length > 0;
	t->number = v;
}

static char *quoted(struct reader *r, size_t *length)
{
	*length = 0;
	if (!take(r, '"'))
		return NULL;
	size_t start = r->at;
	while (r->at < r->length && r->text[r->at] != '"')
		r->at += r->text[r->at] == '\\' ? 2 : 1;
	if (r->at >= r->length) {
		r->at = r->length;
		return NULL;
	}
	char *to = arena_new(r->arena, r->at - start + 1);
	for (size_t i = start; i < r->at; i++) {
		char c = r->text[i];
		if (c == '\\') {
			c = r->text[++i];
			if (r->json && c == 'u')        /* base64, names and numbers need none: kept as it stands */
				to[(*length)++] = '\\';
		}
		if (!c)
			return NULL;
		to[(*length)++] = c;
	}
	r->at++;
	return to;
}

static struct tree *value(struct reader *r, const char *name, unsigned depth);

static void members(struct reader *r, struct tree *in, char end, unsigned depth)
{
	struct tree **last = &in->child;
	bool array = in->kind == TREE_ARRAY;
	while (!r->bad && !(end ? take(r, end) : peek(r) < 0)) {
		size_t length;
		const char *name = array ? "" : r->json ? quoted(r, &length) : word(r);
		struct tree *t = NULL;
		if (!name) {
			r->bad = true;
		} else if (!r->json && !array && peek(r) == '{') {
			t = value(r, name, depth);
		} else if (array || take(r, r->json ? ':' : '=')) {
			t = value(r, name, depth);
		}
		if (!t) {
			r->bad = true;
			break;
		}
		*last = t;
		last = &t->next;
		/* JSON wants commas and nothing behind the last; LVM's arrays have them, too */
		if (take(r, ','))
			continue;
		if ((r->json || array) && !(end && peek(r) == end))
			r->bad = true;
	}
}

static struct tree *value(struct reader *r, const char *name, unsigned depth)
{
	struct tree *t = node_new(r, name);
	if (depth >= TREE_DEPTH || r->bad) {
		r->bad = true;
		return NULL;
	}
	int c = peek(r);
	if (c == '{' || c == '[') {
		r->at++;
		t->kind = c == '{' ? TREE_SECTION : TREE_ARRAY;
		members(r, t, c == '{' ? '}' : ']', depth + 1);
	} else if (c == '"') {
		t->kind = TREE_TEXT;
		t->text = quoted(r, &t->length);
		if (!t->text)
			return NULL;
		digits(t, t->text, t->length);
	} else {
		const char *w = word(r);
		if (!w)
			return NULL;
		digits(t, w, strlen(w));
		t->kind = t->is_number ? TREE_NUMBER : TREE_OTHER;
	}
	return t;
}

struct tree *tree_lvm(const char *text, size_t length, struct arena *a)
{
	struct reader r = { .text = text, .length = length, .arena = a };
	struct tree *t = node_new(&r, "");
	members(&r, t, 0, 0);
	return r.bad ? NULL : t;
}

struct tree *tree_json(const char *text, size_t length, struct arena *a)
{
	struct reader r = { .text = text, .length = length, .arena = a, .json = true };
	struct tree *t = peek(&r) == '{' ? value(&r, "", 0) : NULL;
	return r.bad ? NULL : t;
}

const struct tree *tree_get(const struct tree *t, const char *name)
{
	for (const struct tree *c = t && t->kind == TREE_SECTION ? t->child : NULL; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

const char *tree_string(const struct tree *t, const char *name)
{
	const struct tree *c = tree_get(t, name);
	return c && c->kind == TREE_TEXT ? c->text : NULL;
}

bool tree_number(const struct tree *t, const char *name, uint64_t *value)
{
	const struct tree *c = tree_get(t, name);
	if (!c || !c->is_number)
		return false;
	*value = c->number;
	return true;
}
