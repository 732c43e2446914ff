/* SPDX-License-Identifier: Apache-2.0 */
/* yara.c: see yara.h; libyara's documentation, "The C API".
 *
 * Of each content it is found out first which rules may match on it at all (yara_need.c); libyara runs only for these, hardly ever. So that it need not run for all rules where one may
 * match, a large collection is compiled in groups: rules that import modules apart from others (the structures of `pe` cost 0.2 ms a scan, whatever the content is), rules that may match without any
 * string apart from others, the rest in their order. What can't be proven always runs: a hit is never lost to save time. All files are compiled together first: that tells
 * what is broken in them, and which rules the groups must account for.
 *
 * Scanning needs no file and no thread; libyara sets handlers for SIGBUS and SIGSEGV around it (rt_sigaction, rt_sigprocmask). */
#include "detect/yara.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "base/text.h"
#include "detect/yara_carrier.h"
#include "detect/yara_need.h"
#include "record/record.h"

enum {
	TIMEOUT_S = 60, DEFAULT_SCORE = 50,
	SHOWN_MATCHES = 5, SHOWN_BYTES = 64, SHOWN_AROUND = 32, SHOWN_STRINGS = 64,        /* in MATCHES: a string, a match, a hit */
	WHY_STRINGS = 8, WHY_OFFSETS = 3,
};
enum { EXTERNALS = 13, EXTERNAL_MD5 = 5 };

enum { GROUP_RULES = 1000, ONE_GROUP_MOST = 600 };
#define NOT_OURS SIZE_MAX

struct rule_set {
	YR_RULES *rules;
	size_t *number;                                         /* by the rule's place in the set: its number, NOT_OURS where it is there because another needs it */
};
struct yara_rules {
	struct rule_set *set; size_t sets;
	struct needs *needs;
	uint16_t *set_of;                                       /* by the rule's number */
	size_t *file_of;                                        /* the same: its file */
	YR_RULES *imphash;                                      /* a rule that tells the imphash; NULL: no rule asks for it */
	size_t all, rules, files;                               /* numbers of rules, with private ones and without */
	char **file;                                            /* name of each file that compiled */
	bool parted, external_used[EXTERNALS];
};

struct hit_place { size_t rule, at, length; };                  /* in `hits` */
struct yara_scanner {
	struct yara_rules *rules;
	YR_SCANNER **scanner, *imphash;                         /* by set; made when they are needed */
	char imphash_text[64];
	struct needs_look *look;
	bool *may;                                              /* by set: it must run on the content in hand */
	struct buffer hits, why;
	struct hit_place *place; size_t places, place_room;
	const uint8_t *bytes; size_t length; uint64_t base;
	const struct yara_subject *subject;
	const struct rule_set *set;                             /* that is being scanned */
	bool too_many;
	size_t runs;
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
struct good { const struct yara_source *source; char *text, *space; bool alone, dropped; size_t first, rules; struct carrier_file parts; };       /* first: number of its first rule */

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

/* Takes each file apart, and believes it where the rules are those that libyara made of it; finds out what each rule needs. */
static void files_part(struct yara_rules *r, const YR_RULES *all, struct good *good, size_t goods)
{
	const YR_RULE *rule = all->rules_table, *end = rule + all->num_rules;
	size_t file = 0;
	for (size_t i = 0; i < goods; i++) {
		struct carrier_file *f = &good[i].parts;
		const YR_RULE *first = rule;
		size_t rules = 0;
		if (good[i].dropped)
			continue;
		bool same = carrier_read(f, good[i].text, strlen(good[i].text));
		for (; rule < end && strcmp(rule->ns->name, good[i].space) == 0; rule++, rules++) {
			const struct carrier_rule *part = same && rules < f->rules ? &f->rule[rules] : NULL;
			same = part && strlen(rule->identifier) == part->name_length && memcmp(rule->identifier, part->name, part->name_length) == 0 && (RULE_IS_PRIVATE(rule) != 0) == part->hidden;
			r->file_of[r->all++] = file;
		}
		if (!same || rules != f->rules)
			carrier_free(f);
		good[i].first = (size_t)(first - all->rules_table);
		good[i].rules = rules;
		r->parted |= f->rules > 0;
		needs_file(r->needs, first, rules, good[i].text, f->rules ? f : NULL);
		file++;
	}
}

/* The rule and those of its file that it needs, and theirs; a rule names earlier ones only. Returns the modules that they name. */
static unsigned rules_want(const struct carrier_file *f, bool *wanted)
{
	unsigned modules = 0;
	for (size_t i = f->rules; i-- > 0;) {
		for (size_t k = 0; wanted[i] && k < f->rule[i].needs; k++)
			wanted[f->need[f->rule[i].need + k]] = true;
		modules |= wanted[i] ? f->rule[i].modules : 0;
	}
	return modules;
}

/* Does the rule name a module that builds something of each content, whatever it is? A file that was not taken apart is taken to. */
static bool is_heavy(const struct good *g, size_t rule, bool *wanted)
{
	static const char *const light[] = { "math", "hash", "time", "console" };
	const struct carrier_file *f = &g->parts;
	if (!f->rules)
		return strstr(g->text, "import") != NULL;
	memset(wanted, 0, f->rules * sizeof *wanted);
	wanted[rule] = true;
	unsigned modules = rules_want(f, wanted);
	for (size_t i = 0; i < f->imports; i++)
		for (size_t k = 0; k < sizeof light / sizeof *light; k++)
			if (f->import[i].length == strlen(light[k]) && memcmp(f->import[i].name, light[k], f->import[i].length) == 0)
				modules &= ~(1u << i);
	return modules != 0;
}

/* The file's source with the rules of one set, what these need of it, and the modules that they name. */
static size_t part_source(const struct yara_rules *r, const struct good *g, size_t set, bool *wanted, struct buffer *text)
{
	const struct carrier_file *f = &g->parts;
	size_t count = 0;
	for (size_t i = 0; i < f->rules; i++)
		wanted[i] = r->set_of[g->first + i] == set;
	unsigned modules = rules_want(f, wanted);
	for (size_t i = 0; i < f->imports; i++)
		if (modules >> i & 1)
			buffer_format(text, "import \"%.*s\"\n", (int)f->import[i].length, f->import[i].name);
	for (size_t i = 0; i < f->rules; i++) {
		if (!wanted[i])
			continue;
		buffer_append(text, g->text + f->rule[i].from, f->rule[i].to - f->rule[i].from);
		buffer_byte(text, '\n');
		count++;
	}
	return count;
}

/* Rules stand in the set in the order of their files. `wanted` of all rules. */
static void set_number(const struct yara_rules *r, size_t set, const bool *wanted)
{
	struct rule_set *s = &r->set[set];
	size_t at = 0, rules = s->rules->num_rules;
	s->number = memory_array(rules + 1, sizeof *s->number);
	for (size_t i = 0; i < r->all && at < rules; i++)
		if (wanted[i])
			s->number[at++] = r->set_of[i] == set ? i : NOT_OURS;
}

/* False: the set did not come out as it must. */
static bool set_compile(struct yara_rules *r, const struct good *good, size_t goods, size_t set)
{
	struct said said = { { 0 } };
	struct buffer text = { 0 };
	YR_COMPILER *c = compiler_new(&said);
	bool *wanted = memory_array(r->all, sizeof *wanted);
	size_t count = 0;
	bool fine = c != NULL;
	for (size_t i = 0; fine && i < goods; i++) {
		const struct good *g = &good[i];
		size_t rules = g->rules;
		if (g->dropped || !rules)
			continue;
		buffer_clear(&text);
		if (g->parts.rules)
			rules = part_source(r, g, set, wanted + g->first, &text);
		else if (r->set_of[g->first] == set)
			memset(wanted + g->first, true, rules);
		else
			rules = 0;
		count += rules;
		if (rules)
			fine = yr_compiler_add_string(c, g->parts.rules ? buffer_string(&text) : g->text, g->space) == 0;
	}
	fine = fine && yr_compiler_get_rules(c, &r->set[set].rules) == ERROR_SUCCESS && r->set[set].rules->num_rules == count;
	if (fine)
		set_number(r, set, wanted);
	if (c)
		yr_compiler_destroy(c);
	buffer_free(&text);
	free(wanted);
	return fine;
}

/* Which set each rule goes into. */
static void sets_choose(struct yara_rules *r, const struct good *good, size_t goods)
{
	struct { size_t set, count; } open_[2][OF_KINDS] = { { { 0 } } };       /* by: names heavy modules, what it needs */
	bool *wanted = memory_array(r->all + 1, sizeof *wanted), any_heavy = false;
	for (size_t i = 0; i < goods; i++) {
		const struct good *g = &good[i];
		for (size_t k = 0; !g->dropped && k < g->rules; k++) {
			bool heavy = is_heavy(g, k, wanted), whole = !g->parts.rules;
			enum need_of of = whole ? OF_NOTHING : needs_what(r->needs, g->first + k);
			size_t *set = &open_[heavy][of].set, *count = &open_[heavy][of].count;
			if (!*count || (*count >= GROUP_RULES && of == OF_STRINGS)) {
				*set = r->sets++;
				*count = 0;
			}
			r->set_of[g->first + k] = (uint16_t)*set;
			++*count;
			any_heavy |= heavy;
		}
	}
	if (r->all <= ONE_GROUP_MOST && !any_heavy)
		r->sets = 1;
	free(wanted);
}

/* The console module hands the value to the callback. NULL where libyara lacks it: then rules with an imphash run on all programs. */
static YR_RULES *imphash_compile(void)
{
	struct said said = { { 0 } };
	YR_RULES *rules = NULL;
	YR_COMPILER *c = compiler_new(&said);
	if (c && (yr_compiler_add_string(c, "import \"pe\" import \"console\" rule imphash { condition: console.log(pe.imphash()) }", NULL) || yr_compiler_get_rules(c, &rules) != ERROR_SUCCESS))
		rules = NULL;
	if (c)
		yr_compiler_destroy(c);
	return rules;
}

static void sets_free(struct yara_rules *r)
{
	for (size_t i = 0; r->set && i < r->sets; i++) {
		if (r->set[i].rules)
			yr_rules_destroy(r->set[i].rules);
		free(r->set[i].number);
	}
	free(r->set);
	r->set = NULL;
}

/* The sets, of which one may do, or none come out as it must: then it is all rules. */
static void sets_compile(struct yara_rules *r, YR_RULES *all, const struct good *good, size_t goods)
{
	sets_choose(r, good, goods);
	r->set = memory_array(r->sets, sizeof *r->set);
	bool fine = r->sets > 1;
	for (size_t i = 0; fine && i < r->sets; i++)
		fine = set_compile(r, good, goods, i);
	if (fine) {
		yr_rules_destroy(all);
		return;
	}
	sets_free(r);
	r->sets = 1;
	r->set = memory_new(sizeof *r->set);
	r->set->rules = all;
	memset(r->set_of, 0, r->all * sizeof *r->set_of);
	bool *wanted = memory_array(r->all, sizeof *wanted);
	memset(wanted, true, r->all);
	set_number(r, 0, wanted);
	free(wanted);
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
	r->needs = needs_new();
	if (all) {
		const YR_RULE *rule;
		yr_rules_foreach(all, rule)
			r->rules += !RULE_IS_PRIVATE(rule);
		r->file_of = memory_array(all->num_rules + 1, sizeof *r->file_of);
		r->set_of = memory_array(all->num_rules + 1, sizeof *r->set_of);
		files_part(r, all, good, goods);
		sets_compile(r, all, good, goods);
		r->imphash = needs_imphash(r->needs) ? imphash_compile() : NULL;
	}
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
	return r->parted;
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
	if (r->imphash)
		yr_rules_destroy(r->imphash);
	needs_free(r->needs);
	for (size_t i = 0; i < r->files; i++)
		free(r->file[i]);
	free(r->file);
	free(r->set_of);
	free(r->file_of);
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

/* What stands before or behind a match, as the letters in it. */
static void put_around(struct record_builder *r, const char *key, const uint8_t *bytes, size_t length)
{
	struct buffer text = { 0 };
	text_readable(&text, bytes, length);
	if (text.length)
		value_text(r, key, (const char *)text.data, text.length);
	buffer_free(&text);
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
	value_string(r, "layer", s->subject->layer);
	value_big(r, "offset", s->base + at);
	uint64_t media = s->base + at;
	if (s->subject->where && s->subject->where(s->subject->where_owner, &media))
		value_big(r, "media_offset", media);
	value_number(r, "length", match->match_length > 0 ? (uint64_t)match->match_length : 0);
	if (printable(s->bytes + at, shown))
		value_text(r, "text", (const char *)s->bytes + at, shown);
	else
		value_hex(r, "hex", s->bytes + at, shown);
	size_t matched = match->match_length > 0 ? (size_t)match->match_length : 0, end = matched < left ? (size_t)at + matched : s->length, start = at < s->length ? (size_t)at : s->length;
	put_around(r, "before", s->bytes + (start > SHOWN_AROUND ? start - SHOWN_AROUND : 0), start > SHOWN_AROUND ? SHOWN_AROUND : start);
	put_around(r, "after", s->bytes + end, s->length - end < SHOWN_AROUND ? s->length - end : SHOWN_AROUND);
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
	size_t number = s->set->number[rule - s->set->rules->rules_table], at = s->hits.length;
	if (number == NOT_OURS)
		return;
	const char *file = s->rules->file[s->rules->file_of[number]];
	struct record_builder r = record_begin(&s->hits, RECORD_HIT);
	buffer_clear(&s->why);
	record_evidence_text(&r, F_RULE, rule->identifier, strlen(rule->identifier), TEXT_UTF8);
	record_string(&r, F_METHOD, "yara");
	put_meta(s, &r, rule);
	record_evidence_text(&r, F_RULE_FILE, file, strlen(file), TEXT_UTF8);
	put_matches(s, context, &r, rule);
	/* libyara takes any byte in rule texts but its names; the description was made UTF-8 */
	record_evidence_text(&r, F_WHY, s->why.data, s->why.length, TEXT_UTF8);
	record_end(&r);
	s->place = memory_room(s->place, s->places, &s->place_room, sizeof *s->place);
	s->place[s->places++] = (struct hit_place){ number, at, s->hits.length - at };
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
	s->scanner = memory_array(r->sets, sizeof *s->scanner);
	s->may = memory_array(r->sets, sizeof *s->may);
	s->look = needs_look_new(r->needs);
	return s;
}

void yara_scanner_free(struct yara_scanner *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->rules->sets; i++)
		if (s->scanner[i])
			yr_scanner_destroy(s->scanner[i]);
	if (s->imphash)
		yr_scanner_destroy(s->imphash);
	needs_look_free(s->look);
	free(s->scanner);
	free(s->may);
	free(s->place);
	buffer_free(&s->hits);
	buffer_free(&s->why);
	free(s);
}

/* The scanner, made when it isn't there yet. NULL: libyara refused it. */
static YR_SCANNER *scanner_of(struct yara_scanner *s, YR_SCANNER **scanner, YR_RULES *rules, YR_CALLBACK_FUNC callback)
{
	if (!*scanner && yr_scanner_create(rules, scanner) == ERROR_SUCCESS) {
		yr_scanner_set_timeout(*scanner, TIMEOUT_S);
		yr_scanner_set_flags(*scanner, SCAN_FLAGS_REPORT_RULES_MATCHING);
		yr_scanner_set_callback(*scanner, callback, s);
	}
	return *scanner;
}

static int on_imphash(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	struct yara_scanner *s = user;
	(void)context;
	if (message == CALLBACK_MSG_CONSOLE_LOG)
		snprintf(s->imphash_text, sizeof s->imphash_text, "%s", (const char *)data);
	return CALLBACK_CONTINUE;
}

static const char *imphash_of(void *owner)
{
	struct yara_scanner *s = owner;
	YR_SCANNER *scanner = s->rules->imphash ? scanner_of(s, &s->imphash, s->rules->imphash, on_imphash) : NULL;
	s->imphash_text[0] = 0;
	return scanner && yr_scanner_scan_mem(scanner, s->bytes, s->length) == ERROR_SUCCESS ? s->imphash_text : NULL;
}

size_t yara_scanner_runs(const struct yara_scanner *s)
{
	return s->runs;
}

static const char *external_text(const struct yara_subject *y, size_t i)
{
	const char *const text[EXTERNALS] = { y->filename, y->filepath, y->extension, y->filetype, y->owner, y->md5, y->path, y->filename, y->extension, y->type, y->origin };
	return text[i] ? text[i] : "";
}

static const char *external_of(void *owner, const char *name, size_t length)
{
	const struct yara_scanner *s = owner;
	for (size_t i = 0; i < EXTERNALS; i++)
		if (external[i].kind == EXTERNAL_TEXT && strlen(external[i].name) == length && memcmp(external[i].name, name, length) == 0)
			return external_text(s->subject, i);
	return NULL;
}

/* Only what some rule names: each definition costs an allocation. */
static void define_externals(const struct yara_scanner *s, YR_SCANNER *scanner)
{
	const struct yara_subject *y = s->subject;
	for (size_t i = 0; i < EXTERNALS; i++) {
		if (!s->rules->external_used[i])
			continue;
		if (external[i].kind == EXTERNAL_TEXT)
			yr_scanner_define_string_variable(scanner, external[i].name, external_text(y, i));
		else if (external[i].kind == EXTERNAL_NUMBER)
			yr_scanner_define_integer_variable(scanner, external[i].name, y->size > INT64_MAX ? INT64_MAX : (int64_t)y->size);
		else
			yr_scanner_define_boolean_variable(scanner, external[i].name, y->deleted);
	}
}

static const char *set_scan(struct yara_scanner *s, size_t set)
{
	s->set = &s->rules->set[set];
	YR_SCANNER *scanner = scanner_of(s, &s->scanner[set], s->set->rules, on_event);
	if (!scanner)
		return "no scanner";
	s->runs++;
	define_externals(s, scanner);
	int code = yr_scanner_scan_mem(scanner, s->bytes, s->length);
	return code == ERROR_SUCCESS ? NULL : code == ERROR_SCAN_TIMEOUT ? "time limit" : code == ERROR_TOO_MANY_MATCHES ? "too many matches" : "libyara stopped";
}

static void on_may(void *owner, size_t rule)
{
	struct yara_scanner *s = owner;
	s->may[s->rules->set_of[rule]] = true;
}

static int by_rule(const void *a, const void *b)
{
	const struct hit_place *x = a, *y = b;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

bool yara_scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, struct buffer *out, const char **why)
{
	const char *reason = NULL;
	s->bytes = bytes;
	s->length = length;
	s->base = base;
	s->subject = subject;
	s->too_many = false;
	s->places = s->runs = 0;
	buffer_clear(&s->hits);
	memset(s->may, 0, s->rules->sets * sizeof *s->may);
	needs_look(s->look, bytes, length, &(struct needs_owner){ on_may, imphash_of, external_of, s });
	for (size_t i = 0; i < s->rules->sets; i++) {
		const char *stopped = s->may[i] ? set_scan(s, i) : NULL;
		reason = reason ? reason : stopped;
	}
	if (s->places > 1)
		qsort(s->place, s->places, sizeof *s->place, by_rule);
	for (size_t i = 0; i < s->places; i++)
		buffer_append(out, s->hits.data + s->place[i].at, s->place[i].length);
	if (s->too_many && !reason)
		reason = "too many matches";
	if (why)
		*why = reason;
	return !reason;
}
