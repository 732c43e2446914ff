/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.c: what is said of the clusters of a deleted file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/fs/reuse.h"

enum { UNIT = 512, VOLUME = 1 << 20 };

struct volume { uint64_t used_from, used_behind, asked; };

static int used(void *owner, uint64_t unit)
{
	struct volume *v = owner;
	v->asked++;
	return unit >= VOLUME ? -1 : unit >= v->used_from && unit < v->used_behind;
}

static void clusters_in_use_are_told(void **state)
{
	(void)state;
	static const struct { struct extent extent[2]; uint64_t from, behind; const char *flag; } rows[] = {
		{ { { 10 * UNIT, 4 * UNIT, EXTENT_DATA }, { 0 } }, 0, 10, "clusters-free" },
		{ { { 10 * UNIT, 4 * UNIT, EXTENT_DATA }, { 0 } }, 14, 99, "clusters-free" },
		{ { { 10 * UNIT, 4 * UNIT, EXTENT_DATA }, { 0 } }, 13, 14, "clusters-partly-reused" },
		{ { { 10 * UNIT, 4 * UNIT, EXTENT_DATA }, { 0 } }, 10, 14, "clusters-reused" },
		/* the last cluster counts though a byte of it is the file's */
		{ { { 10 * UNIT, 3 * UNIT + 1, EXTENT_DATA }, { 0 } }, 13, 14, "clusters-partly-reused" },
		{ { { 10 * UNIT, UNIT, EXTENT_DATA }, { 50 * UNIT, UNIT, EXTENT_DATA } }, 50, 51, "clusters-partly-reused" },
		/* holes have none */
		{ { { 0, 4 * UNIT, EXTENT_ZERO }, { 50 * UNIT, UNIT, EXTENT_DATA } }, 0, 50, "clusters-free" },
		{ { { 0, 4 * UNIT, EXTENT_ZERO }, { 0 } }, 0, 50, NULL },
		/* beyond what the volume's table knows */
		{ { { (uint64_t)(VOLUME - 1) * UNIT, 2 * UNIT, EXTENT_DATA }, { 0 } }, 0, 0, NULL },
		/* too many to ask all: none in use is no proof */
		{ { { 0, (uint64_t)VOLUME * UNIT, EXTENT_DATA }, { 0 } }, 0, 0, NULL },
		{ { { 0, (uint64_t)VOLUME * UNIT, EXTENT_DATA }, { 0 } }, 500, 5000, "clusters-partly-reused" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct volume v = { rows[i].from, rows[i].behind, 0 };
		struct node n = { .content = CONTENT_EXTENTS, .extent = rows[i].extent, .extents = 2 };
		reuse_tell(&n, UNIT, used, &v);
		assert_true(v.asked <= REUSE_UNITS_MOST);
		assert_int_equal(n.flag_count, rows[i].flag != NULL);
		if (rows[i].flag)
			assert_string_equal(n.flags[0], rows[i].flag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(clusters_in_use_are_told) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
