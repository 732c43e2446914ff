/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_rule.h: one Sigma rule, read: what it says of itself, which events it speaks of, and its detection as a tree of tests (Sigma specification 2.1). */
#ifndef SPOOR_DETECT_SIGMA_RULE_H
#define SPOOR_DETECT_SIGMA_RULE_H

#include "detect/sigma_value.h"

struct sigma_source { const char *category, *service, *channel, *ids, *condition, *map; };
extern const struct sigma_source sigma_sources[];
extern const size_t sigma_source_count;
/* How the value of a field is made from the event's own. */
enum sigma_how { SIGMA_AS_IS, SIGMA_DECIMAL, SIGMA_REGISTRY, SIGMA_SYSTEM };
struct sigma_field { const char *map, *name, *stored; enum sigma_how how; };
extern const struct sigma_field sigma_fields[];
extern const size_t sigma_field_count;
struct sigma_word { const char *map, *name, *stored, *shown; };
extern const struct sigma_word sigma_value_words[];
extern const size_t sigma_value_word_count;

enum sigma_expression_kind { SIGMA_TEST, SIGMA_ALL_OF, SIGMA_ANY_OF, SIGMA_NONE_OF /* of its one child */, SIGMA_SOME_OF /* `need` of them */ };
struct sigma_expression {
	enum sigma_expression_kind kind;
	unsigned need, children;
	struct sigma_test *test;
	struct sigma_expression *child, *next;
};

enum sigma_count_kind { SIGMA_COUNT_NONE, SIGMA_EVENT_COUNT, SIGMA_VALUE_COUNT, SIGMA_TEMPORAL, SIGMA_TEMPORAL_ORDERED };
enum { SIGMA_RANGES = 4, SIGMA_CORRELATED = 32, SIGMA_SOURCES_MOST = 8, SIGMA_TESTS_MOST = 1 << 12 };
struct sigma_count {
	enum sigma_count_kind kind;
	const char *field;                      /* VALUE_COUNT: whose distinct values */
	const char *by[SIGMA_GROUP_FIELDS]; unsigned bys;
	uint64_t seconds;                       /* 0: the whole log */
	struct { enum sigma_comparison comparison; double number; } range[SIGMA_RANGES]; unsigned ranges;
	const char *rule[SIGMA_CORRELATED]; unsigned rules;     /* names or ids; none: the rule itself counts */
	bool generate;                          /* the rules that it counts give hits of their own as well */
};

struct sigma_rule {
	const char *title, *id, *name, *description, *reference, *author, *licence, *family, *actors, *level, *file;
	const char *attack;                     /* "T1059.001,S0002" */
	uint64_t score;
	const struct sigma_source *source[SIGMA_SOURCES_MOST]; unsigned sources;
	const char *service;                    /* of product spoor: pattern of the events' kind or artefact; else NULL */
	struct sigma_expression *detection;     /* NULL: a correlation */
	struct sigma_count count;
	struct sigma_test *test; unsigned tests;        /* all of its tests, to be released */
};

/* NULL with *wrong (in arena); *elsewhere: it speaks of events that spoor has none of. file is borrowed. What it allocates is in arena, but for what sigma_rule_free releases. */
struct sigma_rule *sigma_rule_read(struct arena *arena, const struct sigma_node *document, const char *file, const char **wrong, bool *elsewhere);
void sigma_rule_free(struct sigma_rule *r);

#endif
