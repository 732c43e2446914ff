/* SPDX-License-Identifier: Apache-2.0 */
/* yara.c: see yara.h; libyara's documentation, "The C API".
 *
 * Three sets of rules, by how content begins (yara_carrier.c): each holds the rules that can match on such content, as proven from their sources, and imports only the
 * modules that these name. What can't be proven is in all of them: a hit is never lost to save time. All files are compiled together first: that tells what is broken
 * in them, and which rules the sets must account for.
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
enum { EXTERNALS = 13, EXTERNAL_MD5 = 5 };

struct rule_set {
	YR_RULES *rules;                                        /* NULL: none can match */
	size_t *file_of_rule;                                   /* by the rule's place in the set */
};
struct yara_rules {
	struct rule_set set[CARRIER_CLASSES];
	bool one;                                               /* all rules are in the first set, for all content */
	struct carrier_start *other; size_t others, other_room; /* what content of CARRIER_OTHER begins with */
	bool other_first[256];
	size_t rules, files;
	char **file;                                            /* name of each file that compiled */
	bool external_used[EXTERNALS];
};

struct yara_scanner {
	struct yara_rules *rules;
	YR_SCANNER *scanner[CARRIER_CLASSES];
	struct buffer *out, why;
	const uint8_t *bytes; size_t length; uint64_t base;
	const char *layer;
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

/* A file that goes into the sets. alone: it was compiled alone before. */
struct good { const struct yara_source *source; char *text, *space; bool alone, dropped; struct carrier_file parts; };

static bool compiles(const char *text, struct said *said)
{
	YR_COMPILER *c = compiler_new(said);
	bool good = c && yr_compiler_add_string(c, text, NULL) == 0;
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
static void try_alone(struct good *good, size_t goods, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	for (size_t i = 0; i < goods; i++) {
		struct said said = { { 0 } };
		if (good[i].dropped || good[i].alone)
			continue;
		good[i].alone = true;
		if (!compiles(good[i].text, &said)) {
			good[i].dropped = true;
			failed(owner, good[i].source->name, said.text[0] ? said.text : "libyara refused it");
		}
	}
}

/* All files together. The compiler is of no use after an error: then each file is tried alone, and the good ones are begun anew. A file that
 * fails only together with others is dropped, and the rest begun anew once more. */
static YR_RULES *all_compile(struct good *good, size_t goods, void (*failed)(void *owner, const char *name, const char *message), void *owner)
{
	for (;;) {
		struct said said = { { 0 } };
		YR_COMPILER *c = compiler_new(&said);
		YR_RULES *rules = NULL;
		size_t added = 0, bad = goods;
		for (size_t i = 0; c && i < goods && bad == goods; i++) {
			if (good[i].dropped)
				continue;
			if (yr_compiler_add_string(c, good[i].text, good[i].space) != 0)
				bad = i;
			added++;
		}
		int code = c && added && bad == goods ? yr_compiler_get_rules(c, &rules) : ERROR_SUCCESS;
		if (c)
			yr_compiler_destroy(c);
		if (bad < goods && !good[bad].alone) {
			try_alone(good, goods, failed, owner);
			continue;
		}
		if (bad < goods) {
			good[bad].dropped = true;
			failed(owner, good[bad].source->name, said.text[0] ? said.text : "does not compile together with the files before it");
			continue;
		}
		for (size_t i = 0; (!c || code != ERROR_SUCCESS) && i < goods; i++)
			if (!good[i].dropped) {
				good[i].dropped = true;
				failed(owner, good[i].source->name, "the set of rules that it belongs to could not be finished");
			}
		return code == ERROR_SUCCESS ? rules : NULL;
	}
}

/* Rules stand in the order of their files. */
static void set_index(struct yara_rules *r, struct rule_set *s, const struct good *good, size_t goods)
{
	YR_RULE *rule;
	size_t count = 0, at = 0, file = 0;
	yr_rules_foreach(s->rules, rule)
		count++;
	s->file_of_rule = memory_array(count, sizeof *s->file_of_rule);
	yr_rules_foreach(s->rules, rule) {
		while (at < goods && (good[at].dropped || strcmp(good[at].space, rule->ns->name) != 0))
			file += !good[at++].dropped;
		s->file_of_rule[rule - s->rules->rules_table] = at < goods ? file : r->files;
	}
}

/* Takes each file apart, and believes it where the rules are those that libyara made of it. False: no rule can be left out for any content. */
static bool files_part(const YR_RULES *all, struct good *good, size_t goods)
{
	const YR_RULE *rule = all->rules_table;
	bool some = false;
	for (size_t i = 0; i < goods; i++) {
		struct carrier_file *f = &good[i].parts;
		size_t rules = 0;
		if (good[i].dropped)
			continue;
		bool same = carrier_read(f, good[i].text, strlen(good[i].text));
		for (; rule < all->rules_table + all->num_rules && strcmp(rule->ns->name, good[i].space) == 0; rule++, rules++) {
			const struct carrier_rule *part = same && rules < f->rules ? &f->rule[rules] : NULL;
			same = part && strlen(rule->identifier) == part->name_length && memcmp(rule->identifier, part->name, part->name_length) == 0 && (RULE_IS_PRIVATE(rule) != 0) == part->hidden;
		}
		if (!same || rules != f->rules)
			carrier_free(f);
		some |= f->starts > 0;
	}
	return some;
}

/* A rule's source; what only other content could make true is false in it. */
static void rule_source(const struct good *g, const struct carrier_rule *rule, enum carrier_class class, struct buffer *text, unsigned *modules)
{
	size_t at = rule->from;
	*modules |= rule->modules;
	for (size_t i = 0; i < rule->cuts; i++) {
		const struct carrier_cut *cut = &g->parts.cut[rule->cut + i];
		if (carrier_start_class(&cut->start) == class) {
			*modules |= cut->modules;
			continue;
		}
		buffer_append(text, g->text + at, cut->from - at);
		if (cut->string)
			buffer_format(text, "(false and %.*s)", (int)cut->string_length, cut->string);
		else
			buffer_text(text, "false");
		at = cut->to;
	}
	buffer_append(text, g->text + at, rule->to - at);
	buffer_byte(text, '\n');
}

/* The file's source with the rules of one class of content, what these need of it, and the modules that they name. */
static size_t part_source(const struct good *g, enum carrier_class class, struct buffer *text)
{
	const struct carrier_file *f = &g->parts;
	bool *wanted = memory_array(f->rules, sizeof *wanted);
	struct buffer rules = { 0 };
	unsigned modules = 0;
	size_t count = 0;
	for (size_t i = f->rules; i-- > 0;) {                   /* a rule names earlier ones only */
		wanted[i] |= carrier_classes(f, &f->rule[i]) >> class & 1;
		for (size_t k = 0; wanted[i] && k < f->rule[i].needs; k++)
			wanted[f->need[f->rule[i].need + k]] = true;
		count += wanted[i];
	}
	for (size_t i = 0; i < f->rules; i++)
		if (wanted[i])
			rule_source(g, &f->rule[i], class, &rules, &modules);
	for (size_t i = 0; i < f->imports; i++)
		if (modules >> i & 1)
			buffer_format(text, "import \"%.*s\"\n", (int)f->import[i].length, f->import[i].name);
	buffer_append(text, rules.data, rules.length);
	buffer_free(&rules);
	free(wanted);
	return count;
}

/* False: the set did not come out as it must. */
static bool set_compile(struct rule_set *set, const struct good *good, size_t goods, enum carrier_class class)
{
	struct said said = { { 0 } };
	struct buffer text = { 0 };
	YR_COMPILER *c = compiler_new(&said);
	size_t wanted = 0;
	bool fine = c != NULL;
	for (size_t i = 0; fine && i < goods; i++) {
		if (good[i].dropped)
			continue;
		buffer_clear(&text);
		size_t rules = part_source(&good[i], class, &text);
		wanted += rules;
		if (!good[i].parts.rules || rules)
			fine = yr_compiler_add_string(c, good[i].parts.rules ? buffer_string(&text) : good[i].text, good[i].space) == 0;
	}
	fine = fine && yr_compiler_get_rules(c, &set->rules) == ERROR_SUCCESS && set->rules->num_rules >= wanted;
	if (c)
		yr_compiler_destroy(c);
	buffer_free(&text);
	return fine;
}

static void sets_free(struct yara_rules *r)
{
	for (int i = 0; i < CARRIER_CLASSES; i++) {
		if (r->set[i].rules)
			yr_rules_destroy(r->set[i].rules);
		free(r->set[i].file_of_rule);
		r->set[i] = (struct rule_set){ 0 };
	}
}

/* What content must begin with to be of CARRIER_OTHER, each once. */
static void others_collect(struct yara_rules *r, const struct carrier_file *f)
{
	for (size_t i = 0; i < f->starts; i++) {
		const struct carrier_start *s = &f->start[i];
		bool known = carrier_start_class(s) != CARRIER_OTHER;
		for (size_t k = 0; !known && k < r->others; k++)
			known = r->other[k].length == s->length && memcmp(r->other[k].bytes, s->bytes, s->length) == 0;
		if (known)
			continue;
		r->other = memory_room(r->other, r->others, &r->other_room, sizeof *r->other);
		r->other[r->others++] = *s;
		r->other_first[s->bytes[0]] = true;
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
		good[goods] = (struct good){ .source = &source[i], .text = memory_copy(source[i].text, source[i].length), .space = space_of(good, goods, source[i].name) };
		goods++;
	}
	YR_RULES *all = all_compile(good, goods, failed, owner);
	r->file = memory_array(goods, sizeof *r->file);
	for (size_t i = 0; i < goods; i++) {
		if (good[i].dropped)
			continue;
		r->file[r->files++] = memory_string(good[i].source->name);
		for (size_t k = 0; k < EXTERNALS; k++)
			r->external_used[k] |= strstr(good[i].text, external[k].name) != NULL;
	}
	bool parted = all && files_part(all, good, goods);
	for (int i = 0; parted && i < CARRIER_CLASSES; i++)
		parted = set_compile(&r->set[i], good, goods, (enum carrier_class)i);
	if (parted) {
		for (size_t i = 0; i < goods; i++)
			others_collect(r, &good[i].parts);
	} else {
		sets_free(r);
		r->set[CARRIER_NONE].rules = all;
	}
	const YR_RULE *rule;
	if (all)
		yr_rules_foreach(all, rule)
			r->rules += !RULE_IS_PRIVATE(rule);
	for (int i = 0; i < CARRIER_CLASSES; i++)
		if (r->set[i].rules)
			set_index(r, &r->set[i], good, goods);
	if (all && parted)
		yr_rules_destroy(all);
	r->one = !parted;
	for (size_t i = 0; i < goods; i++) {
		carrier_free(&good[i].parts);
		free(good[i].text);
		free(good[i].space);
	}
	free(good);
	return r;
}

bool yara_parted(const struct yara_rules *r)
{
	return !r->one;
}

bool yara_wants_md5(const struct yara_rules *r)
{
	return r->external_used[EXTERNAL_MD5];
}

size_t yara_rule_count(const struct yara_rules *r)
{
	return r->rules;
}

void yara_rules_free(struct yara_rules *r)
{
	if (!r)
		return;
	sets_free(r);
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i]);
	free(r->file);
	free(r->other);
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
	value_string(r, "layer", s->layer);
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
	size_t file = s->set->file_of_rule[rule - s->set->rules->rules_table];
	struct record_builder r = record_begin(s->out, RECORD_HIT);
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
	for (int i = 0; i < CARRIER_CLASSES; i++)
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
	for (int i = 0; i < CARRIER_CLASSES; i++)
		if (s->scanner[i])
			yr_scanner_destroy(s->scanner[i]);
	buffer_free(&s->why);
	free(s);
}

/* Only what some rule names: each definition costs an allocation. */
static void define_externals(const struct yara_scanner *s, YR_SCANNER *scanner, const struct yara_subject *subject)
{
	const char *const text[EXTERNALS] = { subject->filename, subject->filepath, subject->extension, subject->filetype, subject->owner, subject->md5,
		subject->path, subject->filename, subject->extension, subject->type, subject->origin };
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

static enum carrier_class class_of(const struct yara_rules *r, const uint8_t *bytes, size_t length)
{
	if (length >= 2 && bytes[0] == 'M' && bytes[1] == 'Z' && !r->one)
		return CARRIER_PROGRAM;
	if (length && r->other_first[bytes[0]])
		for (size_t i = 0; i < r->others; i++)
			if (length >= r->other[i].length && memcmp(bytes, r->other[i].bytes, r->other[i].length) == 0)
				return CARRIER_OTHER;
	return CARRIER_NONE;
}

bool yara_scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, struct buffer *out, const char **why)
{
	const char *reason = NULL;
	enum carrier_class class = class_of(s->rules, bytes, length);
	s->bytes = bytes;
	s->length = length;
	s->base = base;
	s->layer = subject->layer;
	s->out = out;
	s->too_many = false;
	s->set = &s->rules->set[class];
	if (s->set->rules && !s->scanner[class]) {
		reason = "no scanner";
	} else if (s->set->rules) {
		define_externals(s, s->scanner[class], subject);
		int code = yr_scanner_scan_mem(s->scanner[class], bytes, length);
		if (code != ERROR_SUCCESS)
			reason = code == ERROR_SCAN_TIMEOUT ? "time limit" : code == ERROR_TOO_MANY_MATCHES ? "too many matches" : "libyara stopped";
	}
	if (s->too_many && !reason)
		reason = "too many matches";
	if (why)
		*why = reason;
	return !reason;
}
