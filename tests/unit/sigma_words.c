/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_words.c: what one walk finds is what looking for each literal alone finds. */
#include "detect/sigma_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT = 400, WORDS = 5000 };

struct seen { uint32_t word[20000]; size_t end[20000], n; };

static void hit(void *owner, uint32_t word, size_t word_length, size_t end)
{
	struct seen *s = owner;
	assert_true(word_length && word_length <= end && s->n < 20000);
	s->word[s->n] = word;
	s->end[s->n++] = end;
}

static void words_one_walk_finds_what_single_searches_find(void **state)
{
	static struct seen s;
	static char word[WORDS][16];
	uint32_t seed = 1;
	(void)state;
	/* few letters, so that words overlap and hold one another; more states than have rows */
	for (unsigned letters = 2; letters < 30; letters += 9) {
		struct sigma_words *w = sigma_words_new();
		size_t words = letters == 2 ? 200 : WORDS;
		for (size_t i = 0; i < words; i++) {
			size_t n = 1 + i % (letters == 2 ? 5 : 12);
			for (size_t k = 0; k < n; k++) {
				seed = seed * 1664525 + 1013904223;
				word[i][k] = (char)('a' + (seed >> 16) % letters);
			}
			word[i][n] = 0;
			uint32_t number = sigma_words_add(w, word[i], n);
			assert_int_equal(sigma_words_add(w, word[i], n), number);
			assert_int_equal(sigma_words_length(w, number), n);
		}
		sigma_words_build(w);
		for (int turn = 0; turn < 20; turn++) {
			char text[TEXT + 1] = { 0 };
			size_t want = 0;
			for (size_t i = 0; i < TEXT; i++) {
				seed = seed * 1664525 + 1013904223;
				text[i] = (char)('a' + (seed >> 16) % (letters + (turn & 1)));
			}
			s.n = 0;
			sigma_words_find(w, (const uint8_t *)text, TEXT, hit, &s);
			for (size_t i = 0; i < words; i++) {
				bool twice = false;
				for (size_t k = 0; k < i && !twice; k++)
					twice = !strcmp(word[k], word[i]);
				for (const char *p = text; !twice && (p = strstr(p, word[i])); p++)
					want++;
			}
			assert_int_equal(s.n, want);
			for (size_t i = 0; i < s.n; i++)
				assert_true(!i || s.end[i] >= s.end[i - 1]);
		}
		sigma_words_free(w);
	}
}

static void words_none_is_fine(void **state)
{
	static struct seen s;
	(void)state;
	struct sigma_words *w = sigma_words_new();
	sigma_words_build(w);
	sigma_words_find(w, (const uint8_t *)"abc", 3, hit, &s);
	assert_int_equal(s.n, 0);
	sigma_words_free(w);
	sigma_words_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words_one_walk_finds_what_single_searches_find), cmocka_unit_test(words_none_is_fine) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
