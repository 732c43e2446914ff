/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c: scan --explain: each hit in words for people, on standard error: what hit, why, who says so, what is known, what to look at next. */
#include "config.h"

#include <stdio.h>

#include "bundle/next_step.h"
#include "modules/modules.h"

enum { SHOWN_TEXT = 400 };

static void line_put(struct buffer *out, const char *label, const char *text, size_t length)
{
	if (!length)
		return;
	buffer_format(out, "  %-10s ", label);
	text_for_terminal(out, text, length, SHOWN_TEXT);
	buffer_byte(out, '\n');
}

/* One matched string: its name, where it stands, what it is; hex also as the text in it. */
static void match_put(struct buffer *out, const struct record_value *match)
{
	struct record_value v;
	struct buffer line = { 0 };
	const char *key;
	size_t at = 0, key_length, n;
	while (record_next(match, &at, &key, &key_length, &v)) {
		const char *text = record_value_text(&v, &n);
		buffer_format(&line, "%s%.*s ", line.length ? ", " : "", (int)key_length, key);
		if (text)
			buffer_append(&line, text, n);
		else if (v.kind == VALUE_NUMBER || v.kind == VALUE_BIG)
			buffer_decimal(&line, record_value_number(&v));
		else if (v.kind == VALUE_HEX) {
			buffer_hex(&line, v.bytes, v.length);
			buffer_text(&line, " = \"");
			text_readable(&line, v.bytes, v.length);
			buffer_byte(&line, '"');
		}
	}
	line_put(out, "matched", (const char *)line.data, line.length);
	buffer_free(&line);
}

static void next_put(struct buffer *out, const struct record_view *hit)
{
	size_t n;
	const char *method = record_get_text(hit, F_METHOD, &n), *look = method ? next_step(method, n) : NULL;
	if (look)
		line_put(out, "check next", look, strlen(look));
}

void explain_hit(void *owner, const struct record_view *v)
{
	static const struct { enum record_field field; const char *label; } fields[] = {
		{ F_LOCATOR, "in" }, { F_SHA256, "sha256" }, { F_WHY, "why" }, { F_DESCRIPTION, "rule says" }, { F_FAMILY, "family" }, { F_ACTORS, "used by" }, { F_ATTACK, "ATT&CK" }, { F_REFERENCE, "reference" },
		{ F_AUTHOR, "author" }, { F_LICENCE, "licence" }, { F_RULE_FILE, "rule file" },
	};
	struct buffer out = { 0 }, hex = { 0 };
	struct record_value match;
	size_t n, at = 0;
	(void)owner;
	if (v->type != RECORD_HIT)
		return;
	const char *rule = record_get_text(v, F_RULE, &n);
	text_for_terminal(&out, rule ? rule : "", rule ? n : 0, SHOWN_TEXT);
	buffer_format(&out, ": score %llu", (unsigned long long)record_get_number(v, F_SCORE));
	const char *severity = record_get_text(v, F_SEVERITY, &n);
	buffer_format(&out, severity ? ", %.*s\n" : "\n", (int)n, severity);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const char *text = record_get_text(v, fields[i].field, &n);
		if (fields[i].field == F_SHA256 && record_has(v, F_SHA256)) {
			buffer_hex(&hex, v->field[F_SHA256].bytes, v->field[F_SHA256].length);
			text = buffer_string(&hex);
			n = hex.length;
		}
		if (text)
			line_put(&out, fields[i].label, text, n);
		if (fields[i].field == F_WHY)
			while (record_has(v, F_MATCHES) && record_next(&v->field[F_MATCHES], &at, &(const char *){ NULL }, &(size_t){ 0 }, &match))
				if (match.kind == VALUE_MAP)
					match_put(&out, &match);
	}
	next_put(&out, v);
	progress_clear();
	fwrite(out.data, 1, out.length, stderr);
	buffer_free(&out);
	buffer_free(&hex);
}
