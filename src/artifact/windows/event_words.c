/* SPDX-License-Identifier: Apache-2.0 */
/* event_words.c: looks things up in the event tables. */
#include "artifact/windows/event_tables.h"

#include <string.h>

const struct event_row *event_row_find(const char *provider, size_t length, uint64_t id)
{
	unsigned low = 0, high = length ? event_rows : 0;
	while (low < high) {
		const struct event_row *r = &event_row[(low + high) / 2];
		size_t have = strlen(r->provider);
		int order = memcmp(provider, r->provider, length < have ? length : have);
		if (order == 0)
			order = (length > have) - (length < have);
		if (order == 0)
			order = (id > r->id) - (id < r->id);
		if (order == 0)
			return r;
		if (order < 0)
			high = (low + high) / 2;
		else
			low = (low + high) / 2 + 1;
	}
	return NULL;
}

/* Decimal or 0x; UINT64_MAX when it is neither. */
static uint64_t number_of(const char *text, size_t length)
{
	uint64_t v = 0;
	size_t i = 0;
	unsigned base = 10;
	if (length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		i = 2;
	}
	if (i == length || length > 18)
		return UINT64_MAX;
	for (; i < length; i++) {
		char c = text[i], lower = (char)(c | 0x20);
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a' + 10) : 16;
		if (digit >= base)
			return UINT64_MAX;
		v = v * base + digit;
	}
	return v;
}

const char *event_value_words(const struct event_field *f, const char *shown, size_t length)
{
	uint64_t number = number_of(shown, length);
	for (unsigned i = 0; i < f->values; i++) {
		const struct event_value *v = &event_value[f->value + i];
		if (v->text ? strlen(v->text) == length && memcmp(v->text, shown, length) == 0 : number != UINT64_MAX && v->number == number)
			return v->words;
	}
	return NULL;
}
