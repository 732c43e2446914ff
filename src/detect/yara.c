/* SPDX-License-Identifier: Apache-2.0 */
/* yara.c: see yara.h. libyara's documentation: "The C API". The costs that shape this: importing `pe` costs 0.2 ms a file whatever the file is, so files of rules that
 * import a module of executables are a set of their own; compiled apart so that it can be left out where no rule of it can match. */
#include "detect/yara.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "base/text.h"
#include "record/record.h"

enum { TIMEOUT_S = 60, SHOWN_MATCHES = 5, SHOWN_BYTES = 64, DEFAULT_SCORE = 50, SETS = 2 };
enum { SET_PLAIN, SET_MODULE };

struct loaded { YR_RULES *rules; };
struct yara_rules { struct loaded set[SETS]; size_t rules; char **file; size_t files; };
struct yara_scanner { struct yara_rules *rules; YR_SCANNER *scanner[SETS]; struct buffer *out; const uint8_t *bytes; size_t length; uint64_t base; };

static const struct { const char *name; int kind; } externals[] = {
	{ "filename", 's' }, { "filepath", 's' }, { "extension", 's' }, { "filetype", 's' }, { "owner", 's' }, { "md5", 's' }, { "spoor_path", 's' }, { "spoor_name", 's' },
	{ "spoor_ext", 's' }, { "spoor_type", 's' }, { "spoor_origin", 's' }, { "spoor_size", 'i' }, { "spoor_deleted", 'b' },
};

struct said { char text[512]; };

static void on_message(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *user)
{
	struct said *s = user;
	(void)file, (void)rule;
	if (level == YARA_ERROR_LEVEL_ERROR && !s->text[0])
		snprintf(s->text, sizeof s->text, "line %d: %s", line, message);
}

static YR_COMPILER *compiler(struct said *s)
{
	YR_COMPILER *c;
	if (yr_compiler_create(&c) != ERROR_SUCCESS)
		return NULL;
	yr_compiler_set_callback(c, on_message, s);
	yr_compiler_set_include_callback(c, NULL, NULL, NULL);
	for (size_t i = 0; i < sizeof externals / sizeof *externals; i++) {
		if (externals[i].kind == 's')
			yr_compiler_define_string_variable(c, externals[i].name, "");
		else if (externals[i].kind == 'i')
			yr_compiler_define_integer_variable(c, externals[i].name, 0);
		else
			yr_compiler_define_boolean_variable(c, externals[i].name, 0);
	}
	return c;
}

static bool imports(const struct yara_source *s)
{
	static const char *const modules[] = { "import \"pe\"", "import \"dotnet\"", "import \"elf\"", "import \"macho\"", "import \"dex\"" };
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		if (memmem(s->text, s->length, modules[i], strlen(modules[i])))
			return true;
	return false;
}

struct yara_rules *yara_compile(const struct yara_source *source, size_t sources, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	struct yara_rules *r = memory_new(sizeof *r);
	yr_initialize();
	struct said said = { { 0 } };
	YR_COMPILER *set[SETS] = { compiler(&said), compiler(&said) };
	bool used[SETS] = { false, false };
	r->file = memory_array(sources, sizeof *r->file);
	for (size_t i = 0; i < sources; i++) {
		/* alone first: after an error a compiler is unusable */
		struct said alone = { { 0 } };
		YR_COMPILER *trial = compiler(&alone);
		int errors = trial ? yr_compiler_add_string(trial, source[i].text, NULL) : 1;
		if (trial)
			yr_compiler_destroy(trial);
		int which = imports(&source[i]) ? SET_MODULE : SET_PLAIN;
		/* the namespace is the file's number: names may repeat over files, and a hit tells its file by it */
		char space[24];
		snprintf(space, sizeof space, "%zu", r->files);
		if (!errors && set[which])
			errors = yr_compiler_add_string(set[which], source[i].text, space);
		if (errors) {
			failed(owner, source[i].name, alone.text[0] ? alone.text : said.text[0] ? said.text : "libyara refused it");
			continue;
		}
		used[which] = true;
		r->file[r->files++] = memory_string(source[i].name);
	}
	for (int i = 0; i < SETS; i++) {
		if (set[i] && used[i] && yr_compiler_get_rules(set[i], &r->set[i].rules) == ERROR_SUCCESS) {
			YR_RULE *rule;
			yr_rules_foreach(r->set[i].rules, rule)
				r->rules += !RULE_IS_PRIVATE(rule);
		}
		if (set[i])
			yr_compiler_destroy(set[i]);
	}
	return r;
}

size_t yara_rule_count(const struct yara_rules *r)
{
	return r->rules;
}

void yara_rules_free(struct yara_rules *r)
{
	if (!r)
		return;
	for (int i = 0; i < SETS; i++)
		if (r->set[i].rules)
			yr_rules_destroy(r->set[i].rules);
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i]);
	free(r->file);
	free(r);
	yr_finalize();
}

struct yara_scanner *yara_scanner_new(struct yara_rules *r)
{
	struct yara_scanner *s = memory_new(sizeof *s);
	s->rules = r;
	for (int i = 0; i < SETS; i++)
		if (r->set[i].rules && yr_scanner_create(r->set[i].rules, &s->scanner[i]) == ERROR_SUCCESS)
			yr_scanner_set_timeout(s->scanner[i], TIMEOUT_S);
	return s;
}

void yara_scanner_free(struct yara_scanner *s)
{
	for (int i = 0; s && i < SETS; i++)
		if (s->scanner[i])
			yr_scanner_destroy(s->scanner[i]);
	free(s);
}

static bool printable(const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (p[i] < 32 || p[i] > 126)
			return false;
	return true;
}

static void meta_text(struct record_builder *r, enum record_field f, const YR_META *m)
{
	record_evidence_text(r, f, m->string, strlen(m->string), TEXT_UTF8);
}

static void hit(struct yara_scanner *s, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
	static const struct { const char *key; enum record_field field; } texts[] = {
		{ "description", F_DESCRIPTION }, { "family", F_FAMILY }, { "actors", F_ACTORS }, { "attack", F_ATTACK }, { "reference", F_REFERENCE }, { "author", F_AUTHOR }, { "licence", F_LICENCE }, { "license", F_LICENCE }, { "severity", F_SEVERITY },
	};
	struct record_builder r = record_begin(s->out, RECORD_HIT);
	struct buffer why = { 0 };
	uint64_t score = DEFAULT_SCORE;
	bool have[RECORD_FIELDS] = { false };
	YR_META *m;
	YR_STRING *string;
	YR_MATCH *match;
	record_evidence_text(&r, F_RULE, rule->identifier, strlen(rule->identifier), TEXT_UTF8);
	record_string(&r, F_METHOD, "yara");
	yr_rule_metas_foreach(rule, m) {
		if (m->type == META_TYPE_INTEGER && !strcmp(m->identifier, "score"))
			score = m->integer < 0 ? 0 : m->integer > 100 ? 100 : (uint64_t)m->integer;
		for (size_t i = 0; m->type == META_TYPE_STRING && i < sizeof texts / sizeof *texts; i++)
			if (!strcmp(m->identifier, texts[i].key) && !have[texts[i].field]) {
				have[texts[i].field] = true;
				meta_text(&r, texts[i].field, m);
				if (texts[i].field == F_DESCRIPTION)
					text_to_utf8(&why, m->string, strlen(m->string), TEXT_UTF8);
			}
	}
	record_number(&r, F_SCORE, score);
	if (!have[F_SEVERITY])
		record_string(&r, F_SEVERITY, score >= 90 ? "critical" : score >= 75 ? "high" : score >= 60 ? "medium" : score >= 40 ? "low" : "info");
	size_t file = (size_t)strtoul(rule->ns->name, NULL, 10);
	if (file < s->rules->files)
		record_evidence_text(&r, F_RULE_FILE, s->rules->file[file], strlen(s->rules->file[file]), TEXT_UTF8);
	record_list(&r, F_MATCHES);
	bool first = true;
	yr_rule_strings_foreach(rule, string) {
		uint64_t count = 0, at = 0;
		yr_string_matches_foreach(context, string, match) {
			uint64_t offset = s->base + (uint64_t)(match->base + match->offset);
			if (!count)
				at = offset;
			if (count++ >= SHOWN_MATCHES)
				continue;
			size_t shown = (size_t)match->data_length < SHOWN_BYTES ? (size_t)match->data_length : SHOWN_BYTES;
			value_map(&r, NULL);
			value_evidence_text(&r, "id", string->identifier, strlen(string->identifier), TEXT_UTF8);
			value_big(&r, "offset", offset);
			value_number(&r, "length", (uint64_t)match->match_length);
			if (printable(match->data, shown))
				value_text(&r, "text", (const char *)match->data, shown);
			else
				value_hex(&r, "hex", match->data, shown);
			record_close(&r);
		}
		if (count) {
			buffer_format(&why, "%s%s at %llu", first ? (why.length ? ": " : "") : ", ", string->identifier, (unsigned long long)at);
			if (count > 1)
				buffer_format(&why, " (%llu times)", (unsigned long long)count);
			first = false;
		}
	}
	record_close(&r);
	if (!why.length)
		buffer_text(&why, "its condition holds");
	record_evidence_text(&r, F_WHY, why.data, why.length, TEXT_UTF8);
	record_end(&r);
	buffer_free(&why);
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	if (message == CALLBACK_MSG_RULE_MATCHING && !RULE_IS_PRIVATE((YR_RULE *)data))
		hit(user, context, data);
	return CALLBACK_CONTINUE;
}

bool yara_scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, struct buffer *out, const char **why)
{
	bool good = true;
	s->out = out;
	s->bytes = bytes;
	s->length = length;
	s->base = base;
	for (int i = 0; i < SETS; i++) {
		YR_SCANNER *scanner = s->scanner[i];
		if (!scanner)
			continue;
		const char *text[] = { subject->filename, subject->filepath, subject->extension, subject->filetype, subject->owner, "", subject->filepath, subject->filename, subject->extension, subject->filetype, subject->origin };
		for (size_t k = 0; k < sizeof text / sizeof *text; k++)
			yr_scanner_define_string_variable(scanner, externals[k].name, text[k] ? text[k] : "");
		yr_scanner_define_integer_variable(scanner, "spoor_size", (int64_t)subject->size);
		yr_scanner_define_boolean_variable(scanner, "spoor_deleted", subject->deleted);
		yr_scanner_set_callback(scanner, on_event, s);
		yr_scanner_set_flags(scanner, SCAN_FLAGS_REPORT_RULES_MATCHING);
		int code = yr_scanner_scan_mem(scanner, bytes, length);
		if (code != ERROR_SUCCESS) {
			good = false;
			*why = code == ERROR_SCAN_TIMEOUT ? "time limit" : code == ERROR_TOO_MANY_MATCHES ? "too many matches" : "libyara stopped";
		}
	}
	return good;
}
