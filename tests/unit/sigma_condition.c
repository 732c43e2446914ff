/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_condition.c: the line becomes the tree that its words say, or says what is wrong. */
#include "detect/sigma_condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void show(struct buffer *out, const struct sigma_term *t)
{
	static const char *const word[] = { [SIGMA_TERM_AND] = "&", [SIGMA_TERM_OR] = "|", [SIGMA_TERM_NOT] = "!" };
	if (t->kind == SIGMA_TERM_NAME) {
		buffer_text(out, t->name);
	} else if (t->kind == SIGMA_TERM_OF) {
		buffer_format(out, "%u*%s%s", t->need, t->name, t->them ? "(them)" : "");
	} else {
		buffer_format(out, "%s(", word[t->kind]);
		show(out, t->left);
		if (t->right) {
			buffer_byte(out, ' ');
			show(out, t->right);
		}
		buffer_byte(out, ')');
	}
}

static void condition_becomes_a_tree(void **state)
{
	static const struct { const char *text, *tree; } one[] = {
		{ "selection", "selection" }, { "a and b or c", "|(&(a b) c)" }, { "a or b and c", "|(a &(b c))" }, { "not a and b", "&(!(a) b)" }, { "not (a or b)", "!(|(a b))" },
		{ "1 of them", "1**(them)" }, { "all of selection_*", "0*selection_*" }, { "ALL OF them AND NOT 2 of f*", "&(0**(them) !(2*f*))" }, { "any of a*", "1*a*" },
		{ "all and b", "&(all b)" }, { "((a))", "a" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
		struct arena arena = { 0 };
		struct sigma_aggregate a;
		struct buffer out = { 0 };
		const char *wrong;
		struct sigma_term *t = sigma_condition_read(&arena, one[i].text, &a, &wrong);
		if (!t)
			fail_msg("%s: %s", one[i].text, wrong);
		show(&out, t);
		assert_string_equal(buffer_string(&out), one[i].tree);
		assert_false(a.is);
		buffer_free(&out);
		arena_free(&arena);
	}
}

static void condition_says_what_is_wrong(void **state)
{
	static const char *const bad[] = { "", "a and", "and a", "(a", "a)", "a b", "1 of", "0 of them", "not", "a | count()", "a | sum(x) > 1", "a | count(x by y > 1", "a | count() by > 1", "a | count() > x", "of them", "a & b" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct arena arena = { 0 };
		struct sigma_aggregate a;
		const char *wrong = NULL;
		if (sigma_condition_read(&arena, bad[i], &a, &wrong) || !wrong)
			fail_msg("'%s' was read", bad[i]);
		arena_free(&arena);
	}
}

static void condition_depth_is_bounded(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		struct buffer text = { 0 };
		struct arena arena = { 0 };
		struct sigma_aggregate a;
		const char *wrong = NULL;
		for (int i = 0; i < 100000; i++)
			buffer_text(&text, kind ? "not " : "(");
		buffer_text(&text, "a");
		assert_null(sigma_condition_read(&arena, buffer_string(&text), &a, &wrong));
		assert_non_null(strstr(wrong, "too deep"));
		buffer_free(&text);
		arena_free(&arena);
	}
}

static void condition_aggregation_is_read(void **state)
{
	struct arena arena = { 0 };
	struct sigma_aggregate a;
	const char *wrong;
	(void)state;
	assert_non_null(sigma_condition_read(&arena, "a | count(User) by Host, Ip >= 10", &a, &wrong));
	assert_true(a.is && a.comparison == SIGMA_GTE && a.number == 10 && a.bys == 2);
	assert_string_equal(a.field, "User");
	assert_string_equal(a.by[1], "Ip");
	arena_free(&arena);
}

static void names_fit_patterns(void **state)
{
	(void)state;
	assert_true(sigma_name_fits("sel*", "selection") && sigma_name_fits("*", "") && sigma_name_fits("a*c*", "abcd") && sigma_name_fits("*_x", "a_x_x"));
	assert_false(sigma_name_fits("sel*", "other") || sigma_name_fits("a*c", "acb") || sigma_name_fits("a", "ab"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(condition_becomes_a_tree), cmocka_unit_test(condition_says_what_is_wrong), cmocka_unit_test(condition_depth_is_bounded), cmocka_unit_test(condition_aggregation_is_read),
		cmocka_unit_test(names_fit_patterns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
