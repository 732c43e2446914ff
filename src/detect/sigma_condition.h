/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_condition.h: the line behind `condition:` as a tree (Sigma specification 2.1, "Condition").
 *
 *   selection and not 1 of filter_*        not binds tighter than and, and tighter than or
 *   2 of them                              a number or all; them: every selection whose name does not begin with _
 *   selection | count(User) by Host > 5    the aggregation of Sigma 1, at the end of the line */
#ifndef SPOOR_DETECT_SIGMA_CONDITION_H
#define SPOOR_DETECT_SIGMA_CONDITION_H

#include "base/memory.h"

enum sigma_term_kind { SIGMA_TERM_NAME, SIGMA_TERM_OF, SIGMA_TERM_NOT, SIGMA_TERM_AND, SIGMA_TERM_OR };
struct sigma_term {
	enum sigma_term_kind kind;
	struct sigma_term *left, *right;        /* of NOT: left */
	const char *name;                       /* of NAME; of OF the pattern, "*" for them; NUL-terminated */
	bool them;
	unsigned need;                          /* of OF: how many; 0: all */
};
enum sigma_comparison { SIGMA_GT, SIGMA_GTE, SIGMA_LT, SIGMA_LTE, SIGMA_EQ, SIGMA_NEQ };
enum { SIGMA_GROUP_FIELDS = 4, SIGMA_CONDITION_DEPTH = 64 };
struct sigma_aggregate {
	bool is;
	const char *field;                      /* count(field): distinct values of it; NULL: events */
	const char *by[SIGMA_GROUP_FIELDS]; unsigned bys;
	enum sigma_comparison comparison;
	uint64_t number;
};

/* NULL with *wrong (in arena): it can't be read. */
struct sigma_term *sigma_condition_read(struct arena *arena, const char *text, struct sigma_aggregate *aggregate, const char **wrong);
/* Does a name fit a pattern of names, in which * stands for any run? */
bool sigma_name_fits(const char *pattern, const char *name);
bool sigma_comparison_holds(enum sigma_comparison c, double a, double b);

#endif
