/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_yaml.c: documents become trees; what is hostile or ambiguous is refused with its line. */
#include "detect/sigma_yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void yaml_becomes_a_tree(void **state)
{
	struct arena a = { 0 };
	const char *wrong, *text = "title: x\nlist:\n  - a\n  - 'b'\nmap: {k: v, n: ~}\nempty: ''\n---\ntitle: second\n";
	struct sigma_node *d = sigma_yaml_read(&a, text, strlen(text), &wrong);
	(void)state;
	assert_non_null(d);
	assert_string_equal(sigma_node_text(sigma_node_get(d, "TITLE")), "x");
	const struct sigma_node *list = sigma_node_get(d, "list"), *map = sigma_node_get(d, "map"), *empty = sigma_node_get(d, "empty");
	assert_true(list->kind == SIGMA_LIST && list->children == 2 && !list->child->quoted && list->child->next->quoted && list->child->line == 3);
	assert_true(map->kind == SIGMA_MAP && sigma_node_is_null(sigma_node_get(map, "n")) && !sigma_node_text(sigma_node_get(map, "n")));
	assert_true(!sigma_node_is_null(empty) && empty->length == 0);
	assert_string_equal(sigma_node_text(sigma_node_get(d->next, "title")), "second");
	assert_null(d->next->next);
	assert_null(sigma_node_get(NULL, "x"));
	arena_free(&a);
}

static void yaml_refuses_what_is_hostile(void **state)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "a: &x [1]\nb: *x\n", "line 1: anchors" }, { "a: 1\nb: *x\n", "line 2" }, { "a: 1\nb: 2\na: 3\n", "line 3: a key that is there already" }, { "? [a]\n: b\n", "key is no text" },
		{ "a: [1\n", "line" }, { "a: \"x\\0y\"\n", "zero byte" }, { "a: \xff\n", "line" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct arena a = { 0 };
		const char *wrong = NULL;
		if (sigma_yaml_read(&a, bad[i].text, strlen(bad[i].text), &wrong) || !wrong || !strstr(wrong, bad[i].why))
			fail_msg("%s: %s", bad[i].text, wrong ? wrong : "was read");
		arena_free(&a);
	}
}

static void yaml_is_bounded(void **state)
{
	static const char *const piece[] = { "[", "- ", "- a\n" };
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct buffer text = { 0 };
		struct arena a = { 0 };
		const char *wrong = NULL;
		for (int i = 0; i < 100000; i++)
			buffer_text(&text, piece[kind]);
		assert_null(sigma_yaml_read(&a, buffer_string(&text), text.length, &wrong));
		assert_non_null(strstr(wrong, kind == 2 ? "too many nodes" : "too deep"));
		buffer_free(&text);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(yaml_becomes_a_tree), cmocka_unit_test(yaml_refuses_what_is_hostile), cmocka_unit_test(yaml_is_bounded) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
