/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike.c: ICU's spoof checker (UTS #39) says which letters pass for others and which scripts do not go together; on top of that come what ASCII alone allows ("rn" for "m",
 * "1" for "l"), slips of a letter, and names inside names. A name of four letters or less has too many neighbours for slips to mean anything. */
#include "detect/lookalike.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/udata.h>
#include <unicode/uidna.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include "base/near.h"
#include "base/text.h"

enum { NAME_MOST = 255, SLIP_FROM = 5, TWO_SLIPS_FROM = 10, PART_FROM = 5 };

static USpoofChecker *checker;
static UIDNA *idna;

void lookalike_warm_up(void)
{
	UErrorCode error = U_ZERO_ERROR;
	if (checker)
		return;
	udata_setFileAccess(UDATA_NO_FILES, &error);
	error = U_ZERO_ERROR;
	checker = uspoof_open(&error);
	if (U_SUCCESS(error)) {
		uspoof_setRestrictionLevel(checker, USPOOF_HIGHLY_RESTRICTIVE);
		uspoof_setChecks(checker, USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE, &error);
	}
	error = U_ZERO_ERROR;
	idna = uidna_openUTS46(UIDNA_DEFAULT, &error);
	/* what is loaded on first use is loaded here */
	char out[64];
	error = U_ZERO_ERROR;
	uspoof_getSkeletonUTF8(checker, 0, "p\xd0\xb0ypal", -1, out, sizeof out, &error);
	error = U_ZERO_ERROR;
	uspoof_checkUTF8(checker, "p\xd0\xb0ypal", -1, NULL, &error);
	(void)script_mixed("a", 1);
}

/* "xn--" labels as what they show; lower case. */
static size_t shown(const char *text, size_t length, char *out, size_t most)
{
	UErrorCode error = U_ZERO_ERROR;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	if (length > NAME_MOST)
		length = NAME_MOST;
	int32_t n = idna ? uidna_nameToUnicodeUTF8(idna, text, (int32_t)length, out, (int32_t)most, &info, &error) : -1;
	if (n <= 0 || U_FAILURE(error) || (size_t)n > most) {
		memcpy(out, text, length < most ? length : most);
		return length < most ? length : most;
	}
	return (size_t)n;
}

/* The text that all texts which look alike share. */
static size_t skeleton(const char *text, size_t length, char *out, size_t most)
{
	char name[4 * NAME_MOST], plain[4 * NAME_MOST];
	size_t n = shown(text, length, name, sizeof name);
	UErrorCode error = U_ZERO_ERROR;
	int32_t got = checker ? uspoof_getSkeletonUTF8(checker, 0, name, (int32_t)n, plain, sizeof plain, &error) : -1;
	if (got <= 0 || U_FAILURE(error) || (size_t)got > sizeof plain)
		memcpy(plain, name, n);
	else
		n = (size_t)got;
	return near_fold(plain, n, out, most);
}

static size_t first_label(const char *t, size_t length)
{
	const char *dot = memchr(t, '.', length);
	return dot ? (size_t)(dot - t) : length;
}

const char *lookalike(const char *domain, size_t domain_length, const char *host, size_t host_length, const char *own, size_t own_length)
{
	char a[4 * NAME_MOST], b[4 * NAME_MOST], whole[4 * NAME_MOST], x[4 * NAME_MOST], y[4 * NAME_MOST];
	if (!domain_length || !own_length)
		return NULL;
	size_t n = shown(domain, domain_length, a, sizeof a), m = shown(own, own_length, b, sizeof b), w = shown(host, host_length, whole, sizeof whole);
	if (n == m && !memcmp(a, b, n))
		return NULL;
	size_t name = first_label(a, n), own_name = first_label(b, m);
	/* the domain itself inside another one: "own.example.evil.test" */
	for (size_t i = 0; i + m < w; i++)
		if ((!i || whole[i - 1] == '.' || whole[i - 1] == '-') && !memcmp(whole + i, b, m) && (whole[i + m] == '.' || whole[i + m] == '-'))
			return "name as a part of another domain";
	if (name == own_name && !memcmp(a, b, name))
		return own_name >= SLIP_FROM ? "other suffix" : NULL;
	size_t p = skeleton(a, name, x, sizeof x), q = skeleton(b, own_name, y, sizeof y);
	if (p == q && !memcmp(x, y, p))
		return "confusable letters";
	if (own_name < SLIP_FROM)
		return NULL;
	unsigned slips = near_distance(a, name, b, own_name, 2);
	if (slips == 1)
		return "one letter apart";
	if (slips == 2 && own_name >= TWO_SLIPS_FROM)
		return "two letters apart";
	for (size_t i = 0; own_name >= PART_FROM && i + own_name <= name; i++)
		if (!memcmp(a + i, b, own_name) && ((i && a[i - 1] == '-') || a[i + own_name] == '-'))
			return "name with a word added";
	return NULL;
}

/* Of one word or label. */
static bool word_mixed(const char *t, size_t length)
{
	UErrorCode error = U_ZERO_ERROR;
	bool ascii = true;
	for (size_t i = 0; i < length; i++)
		ascii &= !((unsigned char)t[i] & 0x80);
	return !ascii && checker && length < 1024 && uspoof_checkUTF8(checker, t, (int32_t)length, NULL, &error) != 0 && U_SUCCESS(error);
}

/* Letters that Unicode has for mathematics and for full-width type: they read like others and are found by no one who looks for the word. */
static bool stands_for_others(const char *t, size_t length)
{
	const uint8_t *at = (const uint8_t *)t, *end = at + length;
	unsigned many = 0;
	while (at < end) {
		uint32_t c = text_utf8_next(&at, end);
		many += (c >= 0x1d400 && c <= 0x1d7ff) || (c >= 0xff21 && c <= 0xff5a) || (c >= 0x249c && c <= 0x24e9);
	}
	return many >= 3;
}

bool script_mixed(const char *text, size_t length)
{
	size_t start = 0;
	if (stands_for_others(text, length))
		return true;
	for (size_t i = 0; i <= length; i++)
		if (i == length || (unsigned char)text[i] <= ' ' || strchr(".-@,;:/()<>\"'|_!?&+*#[]", text[i])) {
			if (i > start && word_mixed(text + start, i - start))
				return true;
			start = i + 1;
		}
	return false;
}
