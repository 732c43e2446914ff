/* SPDX-License-Identifier: Apache-2.0 */
/* member.c: places of archive members: names, paths, steps. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/archive/member.h"

static uint64_t name_hash(const uint8_t *p, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);              /* FNV-1a */
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return h ? h : 1;                                       /* 0 marks a free slot */
}

static bool slot_add(struct member_names *names, uint64_t h)
{
	size_t at = (size_t)h & (names->slots - 1);
	while (names->slot[at] && names->slot[at] != h)
		at = (at + 1) & (names->slots - 1);
	if (names->slot[at])
		return true;
	names->slot[at] = h;
	names->used++;
	return false;
}

/* Two names of the same hash are taken for one: then the second goes by its ordinal, which is right as well. */
bool member_name_add(struct member_names *names, const void *name, size_t length)
{
	if (names->used * 2 >= names->slots) {
		struct member_names larger = { .slots = names->slots ? names->slots * 2 : 64 };
		larger.slot = memory_array(larger.slots, sizeof *larger.slot);
		for (size_t i = 0; i < names->slots; i++)
			if (names->slot[i])
				slot_add(&larger, names->slot[i]);
		free(names->slot);
		*names = larger;
	}
	return slot_add(names, name_hash(name, length));
}

uint64_t archive_output_most(uint64_t size)
{
	uint64_t most = size > UINT64_MAX / ARCHIVE_OUTPUT_RATIO ? UINT64_MAX : size * ARCHIVE_OUTPUT_RATIO;
	return most > ARCHIVE_OUTPUT_LEAST ? most : ARCHIVE_OUTPUT_LEAST;
}

bool member_name_known(const struct member_names *names, const void *name, size_t length)
{
	uint64_t h = name_hash(name, length);
	for (size_t at = names->slots ? (size_t)h & (names->slots - 1) : 0; names->slots && names->slot[at]; at = (at + 1) & (names->slots - 1))
		if (names->slot[at] == h)
			return true;
	return false;
}

size_t member_name_length(bool directory, const void *name, size_t length)
{
	return directory && length > 1 && ((const uint8_t *)name)[length - 1] == '/' ? length - 1 : length;
}

void member_names_free(struct member_names *names)
{
	free(names->slot);
	*names = (struct member_names){ 0 };
}

void member_place(struct container *c, const char *row, struct node *n, const void *name, size_t length, bool by_path, uint64_t ordinal)
{
	const uint8_t *raw = name;
	n->address = arena_format(&c->arena, "%llu", (unsigned long long)ordinal);
	length = member_name_length(n->kind == NODE_DIRECTORY, raw, length);
	if (length > ARCHIVE_NAME_MAX) {
		char *step = arena_format(&c->arena, "%s:#%s", row, n->address);
		report_error(c->report, "limit", arena_format(&c->arena, "%s.name", row), step, 0, 0, "name of %zu bytes, the first %d are kept", length, ARCHIVE_NAME_MAX);
		length = ARCHIVE_NAME_MAX;
		by_path = false;
	}
	if (length) {
		struct buffer path = { 0 };
		size_t from = 0;
		for (size_t at = 0; at <= length; at++) {
			if (at < length && raw[at] != '/')
				continue;
			buffer_byte(&path, '/');
			locator_escape(&path, raw + from, at - from);
			from = at + 1;
		}
		n->path = (struct node_text){ arena_copy(&c->arena, path.data, path.length), path.length };
		buffer_free(&path);
		size_t end = length;
		while (end && raw[end - 1] == '/')
			end--;
		size_t start = end;
		while (start && raw[start - 1] != '/')
			start--;
		if (end > start)
			n->name = (struct node_text){ arena_copy(&c->arena, raw + start, end - start), end - start };
	}
	if (by_path && n->path.length)
		n->step = arena_format(&c->arena, "%s:%.*s", row, (int)n->path.length, (const char *)n->path.bytes);
	else
		n->step = arena_format(&c->arena, "%s:#%s", row, n->address);
}

uint64_t member_step_ordinal(const struct locator_step *step)
{
	if (!step->name.length || step->name.text[0] != '#')
		return 0;
	uint64_t v = 0;
	for (size_t i = 1; i < step->name.length; i++) {
		if (step->name.text[i] < '0' || step->name.text[i] > '9' || v > UINT64_MAX / 16)
			return 0;
		v = v * 10 + (uint64_t)(step->name.text[i] - '0');
	}
	return v;
}

bool member_is(const struct node *n, const struct locator_step *step)
{
	uint64_t ordinal = member_step_ordinal(step);
	if (ordinal)
		return n->address && strtoull(n->address, NULL, 10) == ordinal;
	return n->path.length == step->name.length && memcmp(n->path.bytes, step->name.text, step->name.length) == 0;
}

void member_mode(char mode[11], unsigned bits)
{
	static const char rwx[] = "rwxrwxrwx";
	mode[0] = S_ISDIR(bits) ? 'd' : S_ISLNK(bits) ? 'l' : S_ISCHR(bits) ? 'c' : S_ISBLK(bits) ? 'b' : S_ISFIFO(bits) ? 'p' : S_ISSOCK(bits) ? 'h' : 'r';
	for (unsigned i = 0; i < 9; i++)
		mode[1 + i] = bits & (0400U >> i) ? rwx[i] : '-';
	if (bits & S_ISUID)
		mode[3] = bits & S_IXUSR ? 's' : 'S';
	if (bits & S_ISGID)
		mode[6] = bits & S_IXGRP ? 's' : 'S';
	if (bits & S_ISVTX)
		mode[9] = bits & S_IXOTH ? 't' : 'T';
	mode[10] = 0;
}
