/* SPDX-License-Identifier: Apache-2.0 */
/* find.c: see find.h. */
#include "base/find.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif
#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
enum { TURN = 32 };

/* The first place of `length` where a wanted string can begin and does, 32 places a turn; *at: how far it looked. */
__attribute__((target("avx2"))) static const uint8_t *find_simd(const uint8_t *p, size_t length, const uint8_t *wanted, size_t n, size_t *at)
{
	const __m256i first = _mm256_set1_epi8((char)wanted[0]), last = _mm256_set1_epi8((char)wanted[n - 1]);
	size_t i = 0;
	for (; length - i >= TURN - 1 + n; i += TURN) {
		__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p + i)), b = _mm256_loadu_si256((const __m256i *)(const void *)(p + i + n - 1));
		uint32_t both = (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, last)));
		for (; both; both &= both - 1) {
			const uint8_t *hit = p + i + __builtin_ctz(both);
			if (memcmp(hit, wanted, n) == 0)
				return hit;
		}
	}
	*at = i;
	return NULL;
}
#endif

const void *find_bytes(const void *bytes, size_t length, const void *wanted, size_t wanted_length)
{
	const uint8_t *p = bytes;
	size_t at = 0;
	if (wanted_length > length)
		return NULL;
#ifdef __x86_64__
	if (wanted_length && __builtin_cpu_supports("avx2")) {
		const uint8_t *hit = find_simd(p, length, wanted, wanted_length, &at);
		if (hit)
			return hit;
	}
#endif
	return memmem(p + at, length - at, wanted, wanted_length);
}
