/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: see names.h. */
#include "view/names.h"

#include <string.h>

#include "record/locator.h"

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void view_name(struct buffer *out, const char *text, size_t length)
{
	size_t start = out->length;
	for (size_t i = 0; i < length; i++) {
		int high = text[i] == '%' && length - i > 2 ? digit(text[i + 1]) : -1, low = high < 0 ? -1 : digit(text[i + 2]), byte = low < 0 ? -1 : high << 4 | low;
		if (byte >= 0x20 && byte < 0x7f && !strchr("/%:", byte)) {
			buffer_byte(out, (uint8_t)byte);
			i += 2;
		} else {
			buffer_byte(out, text[i] == '/' ? '_' : (uint8_t)text[i]);      /* no locator's component has one */
		}
	}
	size_t n = out->length - start;
	const char *made = n ? (const char *)out->data + start : "";
	if (!n || (n <= 2 && !memcmp(made, "..", n))) {
		out->length = start;
		buffer_text(out, n == 1 ? "%2E" : n ? "%2E%2E" : "::~");
	}
}

uint64_t view_hash(const void *bytes, size_t length, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	return h > 1 ? h : h + 2;
}

void view_name_other(struct buffer *name, size_t most, const char *salt)
{
	enum { MARK = 3 + 16 };
	uint64_t h = view_hash(name->data, name->length, view_hash(salt, strlen(salt), 0));
	size_t keep = name->length;
	if (keep > most - MARK) {
		keep = most - MARK;
		while (keep && (name->data[keep] & 0xc0) == 0x80)      /* not inside a character */
			keep--;
		for (size_t back = 1; back <= 2 && back <= keep; back++)  /* nor inside an escape */
			if (name->data[keep - back] == '%')
				keep -= back;
	}
	name->length = keep;
	buffer_format(name, "::~%016llx", (unsigned long long)h);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void view_name_of_step(struct buffer *out, const char *step, const char *path)
{
	const char *name = step;
	if (*step == '/')
		name = last_component(step);
	else if (*step == '#' && *path)
		name = last_component(path);
	view_name(out, name, name == step || *step == '/' ? strlen(name) : strcspn(name, ":"));
	if (*step == '#' && *path) {
		buffer_text(out, "::");
		view_name(out, step, strlen(step));
	}
	if (out->length > VIEW_NAME_MOST)
		view_name_other(out, VIEW_NAME_MOST, step);
}

void view_target(struct buffer *out, const char *target, size_t length, unsigned depth)
{
	struct buffer down = { 0 }, escaped = { 0 }, name = { 0 };
	unsigned up = length && target[0] == '/' ? depth : 0, levels = 0;
	for (size_t at = 0; at < length;) {
		const char *slash = memchr(target + at, '/', length - at);
		size_t n = slash ? (size_t)(slash - target) - at : length - at;
		const char *part = target + at;
		at += n + 1;
		if (!n || (n == 1 && *part == '.'))
			continue;
		if (n == 2 && !memcmp(part, "..", 2)) {
			/* by the names alone: a ".." behind a link would lead out otherwise */
			if (levels) {
				while (down.length && down.data[down.length - 1] != '/')
					down.length--;
				down.length -= down.length != 0;
				levels--;
			} else if (up < depth) {
				up++;
			}
			continue;
		}
		buffer_clear(&escaped);
		buffer_clear(&name);
		locator_escape(&escaped, part, n);
		view_name(&name, buffer_string(&escaped), escaped.length);
		if (name.length > VIEW_NAME_MOST)
			view_name_other(&name, VIEW_NAME_MOST, "");
		if (levels++)
			buffer_byte(&down, '/');
		buffer_append(&down, name.data, name.length);
	}
	for (unsigned i = 0; i < up; i++)
		buffer_text(out, i ? "/.." : "..");
	if (up && levels)
		buffer_byte(out, '/');
	buffer_append(out, down.data, down.length);
	if (!up && !levels)
		buffer_byte(out, '.');
	buffer_free(&down);
	buffer_free(&escaped);
	buffer_free(&name);
}
