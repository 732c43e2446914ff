/* SPDX-License-Identifier: Apache-2.0 */
/* near.c: see near.h. */
#include "base/near.h"

#include <string.h>

unsigned near_distance(const char *a, size_t n, const char *b, size_t m, unsigned cap)
{
	unsigned row[3][NEAR_MOST + 1];
	if (n > NEAR_MOST || m > NEAR_MOST || (n > m ? n - m : m - n) > cap)
		return cap + 1;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);
			best = before[j] + 1 < best ? before[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best)
				best = earlier[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m] <= cap ? row[n % 3][m] : cap + 1;
}

size_t near_fold(const char *text, size_t length, char *out, size_t most)
{
	static const struct { char from[3], to; } pairs[] = { { "rn", 'm' }, { "vv", 'w' }, { "cl", 'd' }, { "0", 'o' }, { "1", 'l' }, { "i", 'l' }, { "5", 's' }, { "3", 'e' } };
	size_t kept = 0;
	for (size_t i = 0; i < length && kept < most;) {
		size_t p = 0, m = 0;
		for (; p < sizeof pairs / sizeof *pairs; p++) {
			m = strlen(pairs[p].from);
			if (length - i >= m && !memcmp(text + i, pairs[p].from, m))
				break;
		}
		if (p < sizeof pairs / sizeof *pairs) {
			out[kept++] = pairs[p].to;
			i += m;
		} else {
			out[kept++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
			i++;
		}
	}
	return kept;
}
