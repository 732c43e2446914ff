/* SPDX-License-Identifier: Apache-2.0 */
/* yara.c: see yara.h; libyara's documentation, "The C API".
 *
 * Two sets of rules: "module" holds the files that import a parser of executables and provably match nothing else (yara_carrier.c); it is scanned only on
 * content that begins as one. Every other file is in "plain", whatever it imports: a hit is never lost to save time. Hits come in the order of files and of rules
 * in them, so the two sets' hits are merged by file.
 *
 * Scanning needs no file and no thread; libyara sets handlers for SIGBUS and SIGSEGV around it (rt_sigaction, rt_sigprocmask). */
#include "detect/yara.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "base/text.h"
#include "detect/yara_carrier.h"
#include "record/record.h"

enum {
	TIMEOUT_S = 60, DEFAULT_SCORE = 50,
	SHOWN_MATCHES = 5, SHOWN_BYTES = 64, SHOWN_STRINGS = 64,        /* in MATCHES: a string, a match, a hit */
	WHY_STRINGS = 8, WHY_OFFSETS = 3,
};
enum { SET_PLAIN, SET_MODULE, SETS };
enum { EXTERNALS = 13 };

struct rule_set {
	YR_RULES *rules;
	size_t *file_of_rule;                                   /* by the rule's place in the set */
	unsigned carriers;                                      /* of SET_MODULE: content that it can match on */
};
struct yara_rules {
	struct rule_set set[SETS];
	size_t rules, files;
	char **file;                                            /* name of each file that compiled */
	bool external_used[EXTERNALS];
};

/* A hit of the scan in hand: where its frame lies in `frames`. */
struct found { size_t file, at, length; };
struct yara_scanner {
	struct yara_rules *rules;
	YR_SCANNER *scanner[SETS];
	struct buffer frames, why;
	struct found *found; size_t founds, capacity;
	const uint8_t *bytes; size_t length; uint64_t base;
	const struct rule_set *set;                             /* that is being scanned */
	bool too_many;
};

enum external_kind { EXTERNAL_TEXT, EXTERNAL_NUMBER, EXTERNAL_FLAG };
static const struct { const char *name; enum external_kind kind; } external[EXTERNALS] = {
	{ "filename", EXTERNAL_TEXT }, { "filepath", EXTERNAL_TEXT }, { "extension", EXTERNAL_TEXT }, { "filetype", EXTERNAL_TEXT }, { "owner", EXTERNAL_TEXT },
	{ "md5", EXTERNAL_TEXT }, { "spoor_path", EXTERNAL_TEXT }, { "spoor_name", EXTERNAL_TEXT }, { "spoor_ext", EXTERNAL_TEXT }, { "spoor_type", EXTERNAL_TEXT },
	{ "spoor_origin", EXTERNAL_TEXT }, { "spoor_size", EXTERNAL_NUMBER }, { "spoor_deleted", EXTERNAL_FLAG },
};

/* ---- compiling */

struct said { char text[512]; };

static void on_message(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *user)
{
	struct said *s = user;
	(void)file, (void)rule;
	if (level == YARA_ERROR_LEVEL_ERROR && !s->text[0])
		snprintf(s->text, sizeof s->text, "line %d: %s", line, message);
}

static YR_COMPILER *compiler_new(struct said *s)
{
	YR_COMPILER *c;
	if (yr_compiler_create(&c) != ERROR_SUCCESS)
		return NULL;
	yr_compiler_set_callback(c, on_message, s);
	yr_compiler_set_include_callback(c, NULL, NULL, NULL);
	for (size_t i = 0; i < EXTERNALS; i++) {
		if (external[i].kind == EXTERNAL_TEXT)
			yr_compiler_define_string_variable(c, external[i].name, "");
		else if (external[i].kind == EXTERNAL_NUMBER)
			yr_compiler_define_integer_variable(c, external[i].name, 0);
		else
			yr_compiler_define_boolean_variable(c, external[i].name, 0);
	}
	return c;
}

/* A file that goes into a set; alone: it was compiled alone before. */
struct good { const struct yara_source *source; char *text, *space; int set; unsigned carriers; bool alone, dropped; };

/* Alone: what libyara says of the file, and how many rules it holds. */
static bool compiles(const char *text, struct said *said, size_t *rules)
{
	YR_COMPILER *c = compiler_new(said);
	YR_RULES *compiled = NULL;
	bool good = c && yr_compiler_add_string(c, text, NULL) == 0 && yr_compiler_get_rules(c, &compiled) == ERROR_SUCCESS;
	*rules = 0;
	if (good) {
		YR_RULE *rule;
		yr_rules_foreach(compiled, rule)
			++*rules;
		yr_rules_destroy(compiled);
	}
	if (c)
		yr_compiler_destroy(c);
	return good;
}

/* The namespace: the file's stem; for a later file of the same stem its whole name, which is unique. */
static char *space_of(const struct good *good, size_t goods, const char *name)
{
	const char *slash = strrchr(name, '/'), *stem = slash ? slash + 1 : name, *dot = strrchr(stem, '.');
	char *space = memory_copy(stem, dot && dot > stem ? (size_t)(dot - stem) : strlen(stem));
	for (size_t i = 0; i < goods; i++)
		if (strcmp(good[i].space, space) == 0) {
			free(space);
			return memory_string(name);
		}
	return space;
}

/* Drops what does not compile alone. A compiler costs libyara several MiB to fill with zeros, so this waits until something failed. */
static void try_alone(struct good *good, size_t goods, int set, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	for (size_t i = 0; i < goods; i++) {
		struct said said = { { 0 } };
		if (good[i].set != set || good[i].dropped || good[i].alone)
			continue;
		good[i].alone = true;
		if (!compiles(good[i].text, &said, &(size_t){ 0 })) {
			good[i].dropped = true;
			failed(owner, good[i].source->name, said.text[0] ? said.text : "libyara refused it");
		}
	}
}

/* All files of one set together. The compiler is of no use after an error: then each file is tried alone, and the good ones are begun anew. A file that
 * fails only together with others is dropped, and the rest begun anew once more. */
static YR_RULES *set_compile(struct good *good, size_t goods, int set, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	for (;;) {
		struct said said = { { 0 } };
		YR_COMPILER *c = compiler_new(&said);
		YR_RULES *rules = NULL;
		size_t added = 0, bad = goods;
		for (size_t i = 0; c && i < goods && bad == goods; i++) {
			if (good[i].set != set || good[i].dropped)
				continue;
			if (yr_compiler_add_string(c, good[i].text, good[i].space) != 0)
				bad = i;
			added++;
		}
		int code = c && added && bad == goods ? yr_compiler_get_rules(c, &rules) : ERROR_SUCCESS;
		if (c)
			yr_compiler_destroy(c);
		if (bad < goods && !good[bad].alone) {
			try_alone(good, goods, set, failed, owner);
			continue;
		}
		if (bad < goods) {
			good[bad].dropped = true;
			failed(owner, good[bad].source->name, said.text[0] ? said.text : "does not compile together with the files before it");
			continue;
		}
		for (size_t i = 0; (!c || code != ERROR_SUCCESS) && i < goods; i++)
			if (good[i].set == set && !good[i].dropped) {
				good[i].dropped = true;
				failed(owner, good[i].source->name, "the set of rules that it belongs to could not be finished");
			}
		return code == ERROR_SUCCESS ? rules : NULL;
	}
}

static void set_index(struct yara_rules *r, struct rule_set *s, const struct good *good, const size_t *file, size_t goods, int set)
{
	YR_RULE *rule;
	size_t count = 0, at = 0;
	yr_rules_foreach(s->rules, rule)
		count++;
	s->file_of_rule = memory_array(count, sizeof *s->file_of_rule);
	yr_rules_foreach(s->rules, rule) {
		while (at < goods && (good[at].set != set || good[at].dropped || strcmp(good[at].space, rule->ns->name) != 0))
			at++;                                   /* rules stand in the order of their files */
		s->file_of_rule[rule - s->rules->rules_table] = at < goods ? file[at] : r->files;
		r->rules += !RULE_IS_PRIVATE(rule);
	}
}

struct yara_rules *yara_compile(const struct yara_source *source, size_t sources, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	struct yara_rules *r = memory_new(sizeof *r);
	yr_initialize();
	/* What matched is read from the content itself. The copies that libyara would make of it also put its own records on odd addresses. */
	uint32_t none = 0;
	yr_set_configuration(YR_CONFIG_MAX_MATCH_DATA, &none);
	struct good *good = memory_array(sources, sizeof *good);
	size_t goods = 0;
	for (size_t i = 0; i < sources; i++) {
		if (memchr(source[i].text, 0, source[i].length)) {
			failed(owner, source[i].name, "holds a zero byte");
			continue;
		}
		char *text = memory_copy(source[i].text, source[i].length);
		struct good g = { .source = &source[i], .text = text, .set = SET_PLAIN };
		if (carrier_imports(text, source[i].length)) {
			struct said said = { { 0 } };
			size_t rules;
			if (!compiles(text, &said, &rules)) {
				failed(owner, source[i].name, said.text[0] ? said.text : "libyara refused it");
				free(text);
				continue;
			}
			g.alone = true;
			if ((g.carriers = carrier_proven(text, source[i].length, rules)))
				g.set = SET_MODULE;
		}
		g.space = space_of(good, goods, source[i].name);
		good[goods++] = g;
	}
	for (int set = 0; set < SETS; set++)
		r->set[set].rules = set_compile(good, goods, set, failed, owner);

	size_t *file = memory_array(goods, sizeof *file);
	r->file = memory_array(goods, sizeof *r->file);
	for (size_t i = 0; i < goods; i++) {
		if (good[i].dropped)
			continue;
		file[i] = r->files;
		r->file[r->files++] = memory_string(good[i].source->name);
		r->set[SET_MODULE].carriers |= good[i].carriers;
		for (size_t k = 0; k < EXTERNALS; k++)
			r->external_used[k] |= strstr(good[i].text, external[k].name) != NULL;
	}
	for (int set = 0; set < SETS; set++)
		if (r->set[set].rules)
			set_index(r, &r->set[set], good, file, goods, set);
	for (size_t i = 0; i < goods; i++) {
		free(good[i].text);
		free(good[i].space);
	}
	free(good);
	free(file);
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
	for (int i = 0; i < SETS; i++) {
		if (r->set[i].rules)
			yr_rules_destroy(r->set[i].rules);
		free(r->set[i].file_of_rule);
	}
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i]);
	free(r->file);
	free(r);
	yr_finalize();
}

/* ---- hits */

static bool printable(const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (p[i] < 32 || p[i] > 126)
			return false;
	return true;
}

static const char *severity_of(uint64_t score)
{
	return score >= 90 ? "critical" : score >= 75 ? "high" : score >= 60 ? "medium" : score >= 40 ? "low" : "info";
}

static bool is_severity(const char *text)
{
	static const char *const word[] = { "info", "low", "medium", "high", "critical" };
	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (strcmp(text, word[i]) == 0)
			return true;
	return false;
}

static uint64_t score_of(const YR_META *m)
{
	long long v = m->type == META_TYPE_STRING ? strtoll(m->string, NULL, 10) : (long long)m->integer;
	return v < 0 ? 0 : v > 100 ? 100 : (uint64_t)v;
}

static void put_meta(struct yara_scanner *s, struct record_builder *r, const YR_RULE *rule)
{
	static const struct { const char *key; enum record_field field; } text[] = {
		{ "description", F_DESCRIPTION }, { "family", F_FAMILY }, { "actors", F_ACTORS }, { "attack", F_ATTACK }, { "reference", F_REFERENCE }, { "author", F_AUTHOR },
		{ "licence", F_LICENCE }, { "license", F_LICENCE },
	};
	bool have[RECORD_FIELDS] = { false };
	const char *severity = NULL;
	uint64_t score = DEFAULT_SCORE;
	const YR_META *m;
	yr_rule_metas_foreach(rule, m) {
		if (strcmp(m->identifier, "score") == 0)
			score = score_of(m);
		if (m->type != META_TYPE_STRING)
			continue;
		if (strcmp(m->identifier, "severity") == 0 && is_severity(m->string))
			severity = m->string;
		for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
			if (have[text[i].field] || strcmp(m->identifier, text[i].key) != 0)
				continue;
			have[text[i].field] = true;
			record_evidence_text(r, text[i].field, m->string, strlen(m->string), TEXT_UTF8);
			if (text[i].field == F_DESCRIPTION)
				text_to_utf8(&s->why, m->string, strlen(m->string), TEXT_UTF8);
		}
	}
	record_number(r, F_SCORE, score);
	record_string(r, F_SEVERITY, severity ? severity : severity_of(score));
}

static void put_match(struct yara_scanner *s, struct record_builder *r, const YR_STRING *string, const YR_MATCH *match)
{
	uint64_t at = (uint64_t)(match->base + match->offset);
	size_t left = at < s->length ? s->length - (size_t)at : 0, shown = match->match_length > 0 ? (size_t)match->match_length : 0;
	if (shown > SHOWN_BYTES)
		shown = SHOWN_BYTES;
	if (shown > left)
		shown = left;
	value_map(r, NULL);
	value_evidence_text(r, "id", string->identifier, strlen(string->identifier), TEXT_UTF8);
	value_big(r, "offset", s->base + at);
	value_number(r, "length", match->match_length > 0 ? (uint64_t)match->match_length : 0);
	if (printable(s->bytes + at, shown))
		value_text(r, "text", (const char *)s->bytes + at, shown);
	else
		value_hex(r, "hex", s->bytes + at, shown);
	record_close(r);
}

static void put_matches(struct yara_scanner *s, YR_SCAN_CONTEXT *context, struct record_builder *r, const YR_RULE *rule)
{
	const YR_STRING *string;
	const YR_MATCH *match;
	unsigned strings = 0;
	record_list(r, F_MATCHES);
	yr_rule_strings_foreach(rule, string) {
		uint64_t count = 0;
		bool told = strings < WHY_STRINGS;
		yr_string_matches_foreach(context, string, match) {
			if (!count && told)
				buffer_format(&s->why, "%s%s at ", strings ? ", " : s->why.length ? ": " : "", string->identifier);
			if (count < WHY_OFFSETS && told)
				buffer_format(&s->why, "%s0x%llx", count ? " " : "", (unsigned long long)(s->base + (uint64_t)(match->base + match->offset)));
			if (count < SHOWN_MATCHES && strings < SHOWN_STRINGS)
				put_match(s, r, string, match);
			count++;
		}
		if (count > 1 && told)
			buffer_format(&s->why, " (%llu times)", (unsigned long long)count);
		if (count && !told && strings == WHY_STRINGS)
			buffer_text(&s->why, ", more");
		strings += count > 0;
	}
	record_close(r);
	if (!strings)
		buffer_text(&s->why, s->why.length ? ": its condition holds, no text of it is shown" : "its condition holds, no text of it is shown");
}

static void hit(struct yara_scanner *s, YR_SCAN_CONTEXT *context, const YR_RULE *rule)
{
	size_t start = s->frames.length, file = s->set->file_of_rule[rule - s->set->rules->rules_table];
	struct record_builder r = record_begin(&s->frames, RECORD_HIT);
	buffer_clear(&s->why);
	record_evidence_text(&r, F_RULE, rule->identifier, strlen(rule->identifier), TEXT_UTF8);
	record_string(&r, F_METHOD, "yara");
	put_meta(s, &r, rule);
	if (file < s->rules->files)
		record_evidence_text(&r, F_RULE_FILE, s->rules->file[file], strlen(s->rules->file[file]), TEXT_UTF8);
	put_matches(s, context, &r, rule);
	/* libyara takes any byte in rule texts but its names; the description was made UTF-8 */
	record_evidence_text(&r, F_WHY, s->why.data, s->why.length, TEXT_UTF8);
	record_end(&r);
	if (s->founds == s->capacity) {
		s->capacity = s->capacity ? 2 * s->capacity : 16;
		s->found = memory_resize(s->found, s->capacity, sizeof *s->found);
	}
	s->found[s->founds++] = (struct found){ file, start, s->frames.length - start };
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	struct yara_scanner *s = user;
	if (message == CALLBACK_MSG_RULE_MATCHING && !RULE_IS_PRIVATE((YR_RULE *)data))
		hit(s, context, data);
	else if (message == CALLBACK_MSG_TOO_MANY_MATCHES)
		s->too_many = true;                             /* that string is given up, the rest goes on */
	return CALLBACK_CONTINUE;
}

/* ---- scanning */

struct yara_scanner *yara_scanner_new(struct yara_rules *r)
{
	struct yara_scanner *s = memory_new(sizeof *s);
	s->rules = r;
	for (int i = 0; i < SETS; i++)
		if (r->set[i].rules && yr_scanner_create(r->set[i].rules, &s->scanner[i]) == ERROR_SUCCESS) {
			yr_scanner_set_timeout(s->scanner[i], TIMEOUT_S);
			yr_scanner_set_flags(s->scanner[i], SCAN_FLAGS_REPORT_RULES_MATCHING);
			yr_scanner_set_callback(s->scanner[i], on_event, s);
		}
	return s;
}

void yara_scanner_free(struct yara_scanner *s)
{
	if (!s)
		return;
	for (int i = 0; i < SETS; i++)
		if (s->scanner[i])
			yr_scanner_destroy(s->scanner[i]);
	buffer_free(&s->frames);
	buffer_free(&s->why);
	free(s->found);
	free(s);
}

/* Only what some rule names: each definition costs an allocation. */
static void define_externals(const struct yara_scanner *s, YR_SCANNER *scanner, const struct yara_subject *subject)
{
	const char *const text[EXTERNALS] = { subject->filename, subject->filepath, subject->extension, subject->filetype, subject->owner, "",
		subject->filepath, subject->filename, subject->extension, subject->filetype, subject->origin };
	for (size_t i = 0; i < EXTERNALS; i++) {
		if (!s->rules->external_used[i])
			continue;
		if (external[i].kind == EXTERNAL_TEXT)
			yr_scanner_define_string_variable(scanner, external[i].name, text[i] ? text[i] : "");
		else if (external[i].kind == EXTERNAL_NUMBER)
			yr_scanner_define_integer_variable(scanner, external[i].name, subject->size > INT64_MAX ? INT64_MAX : (int64_t)subject->size);
		else
			yr_scanner_define_boolean_variable(scanner, external[i].name, subject->deleted);
	}
}

bool yara_scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, struct buffer *out, const char **why)
{
	const char *reason = NULL;
	s->bytes = bytes;
	s->length = length;
	s->base = base;
	s->founds = 0;
	s->too_many = false;
	buffer_clear(&s->frames);
	for (int i = 0; i < SETS; i++) {
		s->set = &s->rules->set[i];
		if (!s->set->rules || (i == SET_MODULE && !(carrier_of(bytes, length) & s->set->carriers)))
			continue;
		if (!s->scanner[i]) {
			reason = "no scanner";
			continue;
		}
		define_externals(s, s->scanner[i], subject);
		int code = yr_scanner_scan_mem(s->scanner[i], bytes, length);
		if (code != ERROR_SUCCESS)
			reason = code == ERROR_SCAN_TIMEOUT ? "time limit" : code == ERROR_TOO_MANY_MATCHES ? "too many matches" : "libyara stopped";
	}
	if (s->too_many && !reason)
		reason = "too many matches";
	/* each set's hits are in order of its files; a stable insertion makes one order of both */
	for (size_t i = 1; i < s->founds; i++) {
		struct found f = s->found[i];
		size_t at = i;
		for (; at > 0 && s->found[at - 1].file > f.file; at--)
			s->found[at] = s->found[at - 1];
		s->found[at] = f;
	}
	for (size_t i = 0; i < s->founds; i++)
		buffer_append(out, s->frames.data + s->found[i].at, s->found[i].length);
	if (why)
		*why = reason;
	return !reason;
}
