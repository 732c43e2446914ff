/* SPDX-License-Identifier: Apache-2.0 */
/* setting.c: see setting.h. */
#include "base/setting.h"

#include <string.h>

#include "base/text.h"

static bool word(char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9'); }

static bool blank(char c) { return c == ' ' || c == '\t'; }

/* Where the value begins behind a name that ends at `at`; 0: no value follows. */
static size_t value_begin(const char *t, size_t length, size_t at, bool argument)
{
	bool gap = false, sign = false;
	at += at < length && (t[at] == '"' || t[at] == '\'');
	while (at < length && (blank(t[at]) || (!sign && strchr("=:>", t[at]) && t[at]))) {
		gap |= blank(t[at]);
		sign |= !blank(t[at]);
		at++;
	}
	if (!sign && !(argument && gap))
		return 0;
	/* a list in brackets, or in lines of its own with "-" in front */
	while (sign && at < length && strchr("[\r\n \t", t[at]) && t[at])
		at++;
	if (at + 1 < length && sign && t[at] == '-' && blank(t[at + 1]))
		at += 2;
	return at;
}

bool setting_next(const char *t, size_t length, size_t *at, const char *name, size_t n, const char **value, size_t *value_length)
{
	bool argument = n && *name == '-', query = n == 1;
	for (size_t i = *at; n && i + n < length; i++) {
		if ((t[i] | 0x20) != (*name | 0x20) || !text_equal_nocase(t + i, n, name, n))
			continue;
		char before = i ? t[i - 1] : argument ? ' ' : '\n';
		if (query ? before != '?' && before != '&' : argument ? !blank(before) : word(before) || before == '_' || before == '-')
			continue;
		size_t from = value_begin(t, length, i + n, argument);
		if (!from || from >= length)
			continue;
		char quote = t[from] == '"' || t[from] == '\'' ? t[from++] : 0;
		size_t end = from;
		while (end < length && t[end] && t[end] != '"' && t[end] != '\r' && t[end] != '\n' && t[end] != '<' && (quote ? t[end] != quote : t[end] != ' ' && t[end] != '&' && t[end] != ';' && t[end] != ',' && t[end] != ']'))
			end++;
		if (end == from)
			continue;
		*value = t + from;
		*value_length = end - from;
		*at = end;
		return true;
	}
	*at = length;
	return false;
}
