/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_yaml.c: see sigma_yaml.h. */
#include "detect/sigma_yaml.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>

struct reading {
	struct arena *arena;
	struct sigma_node *open[SIGMA_YAML_DEPTH], *last[SIGMA_YAML_DEPTH];     /* lists and maps in hand, and their last children */
	unsigned depth;
	const char *key; size_t key_length;                                     /* read, its value is next */
	struct sigma_node *first, *document;                                    /* the first document, the last one */
	unsigned nodes, documents;
	const char *wrong;
};

static void refuse(struct reading *r, const yaml_event_t *e, const char *why)
{
	if (!r->wrong)
		r->wrong = arena_format(r->arena, "line %zu: %s", e->start_mark.line + 1, why);
}

static bool key_is_there(const struct sigma_node *map, const char *key, size_t length)
{
	for (const struct sigma_node *c = map->child; c; c = c->next)
		if (c->key_length == length && !memcmp(c->key, key, length))
			return true;
	return false;
}

/* A node into what is open. NULL: refused. */
static struct sigma_node *put(struct reading *r, const yaml_event_t *e, enum sigma_node_kind kind)
{
	struct sigma_node *in = r->depth ? r->open[r->depth - 1] : NULL;
	if (++r->nodes > SIGMA_YAML_NODES) {
		refuse(r, e, "too many nodes");
		return NULL;
	}
	if (in && in->kind == SIGMA_MAP && !r->key) {
		refuse(r, e, "a key is no text");
		return NULL;
	}
	struct sigma_node *n = arena_new(r->arena, sizeof *n);
	n->kind = kind;
	n->line = (uint32_t)e->start_mark.line + 1;
	n->key = r->key;
	n->key_length = r->key_length;
	r->key = NULL;
	if (!in) {
		if (r->document)
			r->document->next = n;
		else
			r->first = n;
		r->document = n;
		return n;
	}
	if (r->last[r->depth - 1])
		r->last[r->depth - 1]->next = n;
	else
		in->child = n;
	r->last[r->depth - 1] = n;
	in->children++;
	return n;
}

static void scalar(struct reading *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t length = e->data.scalar.length;
	struct sigma_node *in = r->depth ? r->open[r->depth - 1] : NULL;
	if (memchr(text, 0, length)) {
		refuse(r, e, "a zero byte in a text");
		return;
	}
	if (in && in->kind == SIGMA_MAP && !r->key) {
		if (key_is_there(in, text, length)) {
			refuse(r, e, "a key that is there already");
			return;
		}
		r->key = arena_copy(r->arena, text, length);
		r->key_length = length;
		return;
	}
	struct sigma_node *n = put(r, e, SIGMA_SCALAR);
	if (n) {
		n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		n->text = arena_copy(r->arena, text, length);
		n->length = length;
	}
}

static void open_node(struct reading *r, const yaml_event_t *e, enum sigma_node_kind kind)
{
	if (r->depth == SIGMA_YAML_DEPTH) {
		refuse(r, e, "nested too deep");
		return;
	}
	struct sigma_node *n = put(r, e, kind);
	if (n) {
		r->open[r->depth] = n;
		r->last[r->depth++] = NULL;
	}
}

static void event_came(struct reading *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++r->documents > SIGMA_YAML_DOCUMENTS)
			refuse(r, e, "too many documents");
		break;
	case YAML_ALIAS_EVENT:
		refuse(r, e, "aliases are not supported");
		break;
	case YAML_SCALAR_EVENT:
		if (e->data.scalar.anchor)
			refuse(r, e, "anchors are not supported");
		scalar(r, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		if (e->data.sequence_start.anchor)
			refuse(r, e, "anchors are not supported");
		open_node(r, e, SIGMA_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		if (e->data.mapping_start.anchor)
			refuse(r, e, "anchors are not supported");
		open_node(r, e, SIGMA_MAP);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		break;
	default:
		break;
	}
}

struct sigma_node *sigma_yaml_read(struct arena *arena, const char *text, size_t length, const char **wrong)
{
	struct reading r = { .arena = arena };
	yaml_parser_t p;
	*wrong = NULL;
	if (length > SIGMA_YAML_MOST) {
		*wrong = "the file is too large for a rule";
		return NULL;
	}
	if (!yaml_parser_initialize(&p)) {
		*wrong = "no memory";
		return NULL;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text, length);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	for (bool more = true; more && !r.wrong;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&p, &e)) {
			r.wrong = arena_format(arena, "line %zu: %s", p.problem_mark.line + 1, p.problem ? p.problem : "no YAML");
			break;
		}
		event_came(&r, &e);
		more = e.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	*wrong = r.wrong;
	return r.wrong ? NULL : r.first;
}

const struct sigma_node *sigma_node_get(const struct sigma_node *n, const char *key)
{
	if (!n || n->kind != SIGMA_MAP)
		return NULL;
	for (const struct sigma_node *c = n->child; c; c = c->next)
		if (!strcasecmp(c->key, key))
			return c;
	return NULL;
}

bool sigma_node_is_null(const struct sigma_node *n)
{
	return n && n->kind == SIGMA_SCALAR && !n->quoted && (!n->length || !strcmp(n->text, "~") || !strcasecmp(n->text, "null"));
}

const char *sigma_node_text(const struct sigma_node *n)
{
	return n && n->kind == SIGMA_SCALAR && !sigma_node_is_null(n) ? n->text : NULL;
}
