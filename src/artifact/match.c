/* SPDX-License-Identifier: Apache-2.0 */
/* match.c: which rows of the catalogue does a path belong to, and what does a profile name ask for.
 *
 * Called once for every node of every volume, so nothing is tried glob by glob: make-catalogue has put all path rules into one automaton over path
 * components (catalogue_index.h), and a path walks it once, component by component. Most paths leave all rows but the '**' ones after two steps.
 * Rows that ignore case see the names after case folding, the others byte for byte; both see the names unescaped. */
#include "artifact/artifact.h"
#include "artifact/catalogue_index.h"

#include <string.h>

#include "base/text.h"

enum { COMPONENT_MAX = 4096 };  /* longer names (only archives have them) are compared by their first bytes */

struct run {
	uint16_t state[CATALOGUE_STATES_MAX];
	size_t count;
};

struct matcher {
	struct run run[2], *now, *then;
	uint64_t seen[CATALOGUE_STATES_MAX / 64];       /* states in `then` */
	unsigned os;
	uint16_t *row;
	size_t rows, most;
};

struct component {
	uint8_t bytes[COMPONENT_MAX];
	size_t length;
	bool stream, high;                              /* high: holds bytes over 0x7F */
};

static inline bool enter_once(struct matcher *m, uint16_t state)
{
	uint64_t bit = (uint64_t)1 << (state & 63);
	if (m->seen[state >> 6] & bit)
		return false;
	m->seen[state >> 6] |= bit;
	m->then->state[m->then->count++] = state;
	return true;
}

static void enter(struct matcher *m, uint16_t state)
{
	size_t at = m->then->count;
	if (!enter_once(m, state))
		return;
	for (; at < m->then->count; at++) {
		const struct catalogue_state *s = &catalogue_state[m->then->state[at]];
		for (unsigned i = 0; i < s->frees; i++)
			(void)enter_once(m, catalogue_free[s->free_at + i]);
	}
}

static void run_clear(struct matcher *m, struct run *r)
{
	for (size_t i = 0; i < r->count; i++)
		m->seen[r->state[i] >> 6] = 0;
	r->count = 0;
}

static uint32_t component_hash(const struct component *c)
{
	uint32_t hash = 0;
	for (size_t i = 0; i < c->length; i++)
		hash = hash * 31 + c->bytes[i];
	return hash;
}

/* '*' and '?' against one component; '?' is one byte of the folded name. Linear in practice: only the last '*' is ever tried again. */
static bool wild_match(const char *pattern, const uint8_t *name, size_t length)
{
	const char *star = NULL;
	size_t at = 0, star_at = 0;
	while (at < length) {
		if (*pattern == '*') {
			star = ++pattern;
			star_at = at;
			if (!*pattern)
				return true;
		} else if (*pattern == '?' || (*pattern && (uint8_t)*pattern == name[at])) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* One component further: m->now to m->then. ends: nothing comes behind it. */
static void step(struct matcher *m, const struct component *c, bool ends)
{
	uint32_t hash = component_hash(c);
	uint8_t first = c->length ? c->bytes[0] : 0, last = c->length ? c->bytes[c->length - 1] : 0;
	for (size_t i = 0; i < m->now->count; i++) {
		uint16_t state = m->now->state[i];
		const struct catalogue_state *s = &catalogue_state[state];
		if (s->stays && !c->stream)
			enter(m, state);
		for (uint32_t slot = (hash + state * 2654435761u) & catalogue_edge_mask; catalogue_edge[slot].label; slot = (slot + 1) & catalogue_edge_mask) {
			const struct catalogue_edge *e = &catalogue_edge[slot];
			if (e->state == state && e->hash == hash && strlen(e->label) == c->length && memcmp(e->label, c->bytes, c->length) == 0) {
				enter(m, e->target);
				break;
			}
		}
		unsigned wilds = ends ? s->wilds + s->wilds_last : s->wilds;
		for (unsigned w = 0; w < wilds; w++) {
			const struct catalogue_wild *wild = &catalogue_wild[s->wild_at + w];
			if ((wild->first && wild->first != first) || (wild->last && wild->last != last) || (c->stream && wild->first != '/'))
				continue;
			if (wild_match(wild->pattern, c->bytes, c->length))
				enter(m, wild->target);
		}
	}
}

static void take_rows(struct matcher *m)
{
	for (size_t i = 0; i < m->then->count; i++) {
		const struct catalogue_state *s = &catalogue_state[m->then->state[i]];
		for (unsigned k = 0; k < s->rows; k++) {
			uint16_t row = catalogue_end[s->row_at + k];
			if (!(catalogue_row_os[row] & m->os))
				continue;
			size_t at = m->rows;
			while (at > 0 && m->row[at - 1] >= row)
				at--;
			if (at < m->rows && m->row[at] == row)
				continue;
			if (m->rows == m->most) {
				if (at == m->rows)
					continue;
				m->rows--;                              /* the lowest rows are kept, so that the answer does not depend on the walk */
			}
			memmove(m->row + at + 1, m->row + at, (m->rows - at) * sizeof *m->row);
			m->row[at] = row;
			m->rows++;
		}
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void fold_high(struct component *c)
{
	uint8_t folded[COMPONENT_MAX] __attribute__((uninitialized));
	size_t length = 0;
	const uint8_t *at = c->bytes, *end = c->bytes + c->length;
	while (at < end && length + 4 <= sizeof folded) {
		size_t size = *at < 0x80 ? 1 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : 4;
		if (size == 1 || size > (size_t)(end - at) || !text_is_utf8(at, size)) {
			folded[length++] = *at++;
			continue;
		}
		uint32_t code_point = text_fold(text_utf8_next(&at, end));
		if (code_point < 0x80) {
			folded[length++] = (uint8_t)code_point;
		} else if (code_point < 0x800) {
			folded[length++] = (uint8_t)(0xC0 | code_point >> 6);
			folded[length++] = (uint8_t)(0x80 | (code_point & 63));
		} else if (code_point < 0x10000) {
			folded[length++] = (uint8_t)(0xE0 | code_point >> 12);
			folded[length++] = (uint8_t)(0x80 | (code_point >> 6 & 63));
			folded[length++] = (uint8_t)(0x80 | (code_point & 63));
		} else {
			folded[length++] = (uint8_t)(0xF0 | code_point >> 18);
			folded[length++] = (uint8_t)(0x80 | (code_point >> 12 & 63));
			folded[length++] = (uint8_t)(0x80 | (code_point >> 6 & 63));
			folded[length++] = (uint8_t)(0x80 | (code_point & 63));
		}
	}
	memcpy(c->bytes, folded, length);
	c->length = length;
}

/* Undoes %XX and, if asked, the case. A stream's name has '/' in front, as its edges have; a name that really begins with '/' (HFS+, which shows it as ':') can't
 * pass for one. A broken escape stays as it stands. */
static void component_take(struct component *c, const char *text, size_t length, bool stream, bool fold)
{
	c->length = 0;
	c->stream = stream;
	c->high = false;
	if (stream)
		c->bytes[c->length++] = '/';
	for (size_t i = 0; i < length && c->length < COMPONENT_MAX; i++) {
		uint8_t byte = (uint8_t)text[i];
		if (byte == '%' && length - i > 2) {
			int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
			if (high >= 0 && low >= 0) {
				byte = (uint8_t)(high << 4 | low);
				i += 2;
			}
		}
		if (fold && byte >= 'A' && byte <= 'Z')
			byte = (uint8_t)(byte + 32);
		c->high |= byte >= 0x80;
		c->bytes[c->length++] = byte;
	}
	if (!stream && c->length && c->bytes[0] == '/')
		c->bytes[0] = ':';
	if (fold && c->high)
		fold_high(c);
}

const char *const companion_suffix[COMPANIONS] = { "-wal", "-shm", "-journal", ".LOG1", ".LOG2", ".LOG" };

/* The journals that a database or hive leaves beside itself belong to its row even where the row's glob has no '*'. */
static size_t companion_length(const struct component *c)
{
	static const struct { const char *suffix; size_t length; } companion[] = {
		{ "-wal", 4 }, { "-shm", 4 }, { "-journal", 8 }, { ".log1", 5 }, { ".log2", 5 },
	};
	for (size_t i = 0; i < sizeof companion / sizeof *companion; i++)
		if (c->length > companion[i].length && memcmp(c->bytes + c->length - companion[i].length, companion[i].suffix, companion[i].length) == 0)
			return companion[i].length;
	return 0;
}

static void match_from(struct matcher *m, uint16_t start, const char *path, size_t length, const char *stream, size_t stream_length, bool fold)
{
	struct component c __attribute__((uninitialized));
	m->now = &m->run[0];
	m->then = &m->run[1];
	m->now->count = m->then->count = 0;
	memset(m->seen, 0, sizeof m->seen);
	enter(m, start);
	size_t at = 0;
	while (at < length && path[at] == '/')
		at++;
	for (;;) {
		bool is_stream = at >= length;
		if (is_stream && !stream_length)
			break;
		struct run *done = m->now;
		m->now = m->then;
		m->then = done;
		for (size_t i = 0; i < m->now->count; i++)
			m->seen[m->now->state[i] >> 6] = 0;
		m->then->count = 0;
		if (is_stream) {
			component_take(&c, stream, stream_length, true, fold);
			step(m, &c, true);
			break;
		}
		const char *slash = memchr(path + at, '/', length - at);
		size_t end = slash ? (size_t)(slash - path) : length;
		component_take(&c, path + at, end - at, false, fold);
		at = end;
		while (at < length && path[at] == '/')
			at++;
		bool ends = at >= length && !stream_length;
		step(m, &c, ends);
		if (ends) {
			size_t cut = companion_length(&c);
			if (cut) {
				c.length -= cut;
				step(m, &c, true);
			}
			break;
		}
	}
	take_rows(m);
	run_clear(m, m->then);
}

size_t catalogue_match(const char *path, size_t length, const char *stream, size_t stream_length, unsigned os, uint16_t *row, size_t most)
{
	/* not to be zeroed by the hardened build: that would cost more than the match */
	struct matcher m __attribute__((uninitialized));
	m.os = os;
	m.row = row;
	m.rows = 0;
	m.most = most;
	if (!stream)
		stream_length = 0;
	if (most == 0)
		return 0;
	match_from(&m, 0, path, length, stream, stream_length, true);
	if (os & OS_LINUX)                                      /* only their rows compare byte for byte */
		match_from(&m, 1, path, length, stream, stream_length, false);
	return m.rows;
}

static bool word_is(const char *word, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(word, name, length) == 0;
}

static void profile_add(struct profile *p, size_t row)
{
	p->rows[row / 64] |= (uint64_t)1 << (row % 64);
	p->os |= catalogue_row_os[row];
}

bool profile_parse(const char *text, struct profile *p)
{
	static const struct { const char *name; unsigned os; } system[] = {
		{ "windows", OS_WINDOWS | OS_APP | OS_ANY }, { "linux", OS_LINUX | OS_APP | OS_ANY }, { "macos", OS_MACOS | OS_APP | OS_ANY }, { "all", OS_ALL },
	};
	*p = (struct profile){ 0 };
	for (;;) {
		size_t length = strcspn(text, ",");
		bool known = false;
		for (size_t i = 0; i < sizeof system / sizeof *system; i++) {
			if (!word_is(text, length, system[i].name))
				continue;
			known = true;
			p->os |= system[i].os;
			p->all |= system[i].os == OS_ALL;
			for (size_t row = 0; catalogue[row].id; row++)
				if ((catalogue_row_os[row] & system[i].os) && catalogue[row].paths[0])
					profile_add(p, row);
		}
		for (size_t row = 0; !known && catalogue[row].id; row++)
			if (word_is(text, length, catalogue[row].id)) {
				known = true;
				profile_add(p, row);
			}
		for (size_t row = 0, found = known; !found && catalogue[row].id; row++)
			if (word_is(text, length, catalogue[row].category)) {
				known = true;
				profile_add(p, row);
			}
		if (!known)
			return false;
		text += length;
		if (!*text)
			return true;
		text++;
	}
}
