/* SPDX-License-Identifier: Apache-2.0 */
/* mbox.c: a mailbox as one file of messages (mboxo, mboxrd, mboxcl, Thunderbird, Takeout, pine, MMDF), split into its messages.
 *
 * A message starts at a line "From " with an envelope. What counts as one is decided by that line and its neighbours alone (so that a message is found again
 * by its offset without walking the mailbox), and so that nothing gets lost: of "From here we go on" in a body nothing is split, and an empty line in
 * front is not asked for when the rest is there, because many writers leave it out. Content-Length is not believed: hostile mail carries false
 * ones, which would swallow its followers; where it is right and a message starts inside it, that message is flagged "inside_content_length" (quoted mail
 * that nobody escaped looks just like a real one).
 *
 * Every byte belongs to exactly one node: its range. The content of a message is what follows the From_ line, without the empty line before the next. */
#include <stdlib.h>
#include <string.h>

#include "base/find.h"
#include "format/format.h"
#include "format/mail/header.h"

enum {
	WINDOW = 1 << 20,               /* bytes searched at a time */
	LINE_MAX_SEEN = 1024,           /* a From_ line is shorter */
	HEADER_SEEN = 64 * 1024,        /* how far status fields are looked for */
	HEADER_USUAL = 8 * 1024,        /* most headers end before */
};

enum dialect { MBOX_LF, MBOX_CR, MBOX_MMDF };
static const char mmdf_mark[] = "\1\1\1\1\n";
enum { MMDF_MARK = 5 };

struct mbox {
	struct container container;
	enum dialect dialect;
	uint64_t at;                    /* start of the next message or preamble */
	uint64_t counted_to;            /* end of a Content-Length that was right; candidates before it are flagged */
	uint8_t *window;
	uint64_t window_offset;
	size_t window_length;
	bool window_tainted;
	struct extent extent;           /* of the current node */
	uint64_t quoted;                /* lines "From " of the current message that start none */
};

/* ---- what is a start */

static size_t line_of(const uint8_t *p, size_t size, char line_end, size_t *next)
{
	const uint8_t *end = memchr(p, line_end, size);
	size_t length = end ? (size_t)(end - p) : size;
	*next = end ? length + 1 : size;
	while (length && (p[length - 1] == '\r' || p[length - 1] == '\n'))
		length--;
	return length;
}

/* "From ENVELOPE DATE": some place of the line behind the first word parses as a date. */
static bool envelope_has_date(const uint8_t *line, size_t length)
{
	struct mail_date d;
	static const char days[] = "SunMonTueWedThuFriSat";
	for (size_t i = 5; i + 3 < length; i++) {
		if (line[i - 1] != ' ' && line[i - 1] != '\t')
			continue;
		for (size_t k = 0; k + 2 < sizeof days; k += 3)
			if (memcmp(line + i, days + k, 3) == 0 && mail_date_read(&d, (const char *)line + i, length - i))
				return true;
		if (line[i] >= '0' && line[i] <= '9' && mail_date_read(&d, (const char *)line + i, length - i))
			return true;
	}
	return false;
}

/* p begins with "From ". `after_empty`: the line before is empty, or there is none. */
static bool is_start(const uint8_t *p, size_t size, char line_end, bool after_empty, bool first)
{
	size_t next, behind;
	size_t length = line_of(p, size < LINE_MAX_SEEN ? size : LINE_MAX_SEEN, line_end, &next);
	if (length >= LINE_MAX_SEEN - 1)
		return false;
	const uint8_t *q = p + next, *r;
	size_t following = line_of(q, size - next, line_end, &behind), third, unused;
	r = q + behind;
	third = line_of(r, size - next - behind, line_end, &unused);
	bool field = mail_field_name(q, following) > 0 || (following > 6 && memcmp(q, ">From ", 6) == 0);
	bool date = envelope_has_date(p, length);
	if (date && field)
		return true;
	if (first && (date || field))
		return true;
	if (date)
		return after_empty && following == 0 && (next >= size || behind > 0);   /* a message without a header */
	/* no date: "From ", "From -", "From 1844347792267117879@xxx", so one word at most, and a header behind it that is one of a mail */
	size_t end = length;
	while (end > 5 && (p[end - 1] == ' ' || p[end - 1] == '\t'))
		end--;
	for (size_t i = 5; i < end; i++)
		if (p[i] == ' ' || p[i] == '\t')
			return false;
	bool known = mail_field_known(q, following), both = mail_field_name(r, third) > 0 && (known || mail_field_known(r, third));
	return field && (both || (after_empty && (known || end <= 6)));
}

/* ---- reading */

/* The window covers [offset, offset + want) as far as the source has it. */
static const uint8_t *window_at(struct mbox *m, uint64_t offset, size_t want, size_t *length)
{
	struct source *s = m->container.source;
	if (s->memory) {
		*length = offset < s->size ? (size_t)(s->size - offset) : 0;
		return s->memory + (offset < s->size ? offset : s->size);
	}
	if (offset < m->window_offset || offset + want > m->window_offset + m->window_length) {
		if (!m->window)
			m->window = memory_new(WINDOW + HEADER_SEEN);
		m->window_offset = offset;
		m->window_tainted = false;
		m->window_length = source_read_at(s, offset, m->window, WINDOW + HEADER_SEEN, &m->window_tainted);
	}
	size_t skip = (size_t)(offset - m->window_offset);
	*length = m->window_length > skip ? m->window_length - skip : 0;
	return m->window + (m->window_length > skip ? skip : m->window_length);
}

static char line_end_of(const struct mbox *m)
{
	return m->dialect == MBOX_CR ? '\r' : '\n';
}

static bool empty_before(struct mbox *m, uint64_t offset)
{
	uint8_t before[4];
	if (offset == 0)
		return true;
	size_t n = offset < 4 ? (size_t)offset : 4;
	uint8_t *p = before + (4 - n);
	source_read_at(m->container.source, offset - n, p, n, NULL);
	if (m->dialect == MBOX_CR)
		return before[3] == '\r' && (n < 2 || before[2] == '\r');
	if (before[3] != '\n')
		return false;
	return n < 2 || before[2] == '\n' || (before[2] == '\r' && (n < 3 || before[1] == '\n'));
}

static bool line_start(struct mbox *m, uint64_t offset)
{
	uint8_t before;
	if (offset == 0)
		return true;
	source_read_at(m->container.source, offset - 1, &before, 1, NULL);
	return before == (uint8_t)line_end_of(m);
}

static bool start_at(struct mbox *m, uint64_t offset)
{
	uint8_t small[2 * LINE_MAX_SEEN];
	size_t n = source_read_at(m->container.source, offset, small, sizeof small, NULL);
	if (m->dialect == MBOX_MMDF)
		return n >= MMDF_MARK && memcmp(small, mmdf_mark, MMDF_MARK) == 0 && line_start(m, offset);
	return n >= 5 && memcmp(small, "From ", 5) == 0 && line_start(m, offset) && is_start(small, n, line_end_of(m), empty_before(m, offset), offset == 0);
}

/* The first start at or behind `from` (which is inside a line, or the start of one); the size of the source if there is none. */
static uint64_t next_start(struct mbox *m, uint64_t from, uint64_t *quoted)
{
	struct source *s = m->container.source;
	const char needle[] = { line_end_of(m), 'F', 'r', 'o', 'm', ' ', 0 };
	uint64_t at = from ? from - 1 : 0;
	if (from == 0 && start_at(m, 0))
		return 0;
	while (at < s->size) {
		size_t length;
		const uint8_t *p = window_at(m, at, 6, &length);
		if (length < 6)
			return s->size;
		if (s->memory && length > WINDOW)
			length = WINDOW;                                /* the same turns either way */
		const uint8_t *hit = find_bytes(p, length, needle, 6);
		if (!hit) {
			at += length - 5;
			continue;
		}
		at += (uint64_t)(hit - p) + 1;
		if (start_at(m, at))
			return at;
		if (quoted)
			++*quoted;
	}
	return s->size;
}

/* MMDF: a message stands between a pair of lines of four ^A. `from` is behind the opening line. Returns the offset of the closing line. */
static uint64_t next_mark(struct mbox *m, uint64_t from)
{
	struct source *s = m->container.source;
	uint64_t at = from;
	while (at < s->size) {
		size_t length;
		const uint8_t *p = window_at(m, at, MMDF_MARK, &length);
		if (length < MMDF_MARK)
			return s->size;
		if (s->memory && length > WINDOW)
			length = WINDOW;
		const uint8_t *hit = find_bytes(p, length, mmdf_mark, MMDF_MARK);
		if (!hit) {
			at += length - (MMDF_MARK - 1);
			continue;
		}
		at += (uint64_t)(hit - p);
		if (line_start(m, at))
			return at;
		at++;
	}
	return s->size;
}

/* ---- a message */

/* The header that begins at `offset`, or what there is of it in HEADER_SEEN bytes; what follows it may be behind. */
static const uint8_t *header_at(struct mbox *m, uint64_t offset, size_t *size)
{
	uint8_t *head = arena_new(&m->container.arena, HEADER_USUAL);
	*size = source_read_at(m->container.source, offset, head, HEADER_USUAL, NULL);
	char line_end = line_end_of(m);
	for (size_t at = 0, next; at < *size; at += next)
		if (!line_of(head + at, *size - at, line_end, &next))
			return head;
	if (*size < HEADER_USUAL)
		return head;
	head = arena_new(&m->container.arena, HEADER_SEEN);
	*size = source_read_at(m->container.source, offset, head, HEADER_SEEN, NULL);
	return head;
}

/* Status fields of the header. */
static void status_read(struct mbox *m, uint64_t offset, struct node *n, uint64_t *content_length, bool *has_length)
{
	size_t size;
	const uint8_t *head = header_at(m, offset, &size);
	char line_end = line_end_of(m);
	for (size_t at = 0; at < size;) {
		size_t next;
		size_t length = line_of(head + at, size - at, line_end, &next);
		if (!length)
			return;
		size_t name = mail_field_name(head + at, length);
		const char *value = (const char *)head + at + name;
		size_t left = length - name;
		while (name && left && (*value == ' ' || *value == '\t')) {
			value++;
			left--;
		}
		if (name == 17 && text_equal_nocase((const char *)head + at, 17, "X-Mozilla-Status:", 17)) {
			unsigned status = 0;
			for (size_t i = 0; i < left && i < 8; i++) {
				char c = value[i];
				status = status * 16 + (unsigned)(c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0);
			}
			if (status & 8) {               /* expunged, and not yet compacted away */
				n->allocated = false;
				node_flag(n, "deleted");
			}
			if (status & 1)
				node_flag(n, "read");
			if (status & 0x400)
				node_flag(n, "partial");
		} else if (name == 15 && text_equal_nocase((const char *)head + at, 15, "Content-Length:", 15) && !*has_length) {
			*has_length = left > 0;
			*content_length = 0;
			for (size_t i = 0; i < left && i < 19; i++) {
				if (value[i] < '0' || value[i] > '9') {
					*has_length = i > 0 && (value[i] == ' ' || value[i] == '\t');
					break;
				}
				*content_length = *content_length * 10 + (uint64_t)(value[i] - '0');
			}
		}
		at += next;
	}
}

/* The end of the header that begins at `offset`, where it lies within HEADER_SEEN; else 0. */
static uint64_t body_offset(struct mbox *m, uint64_t offset, uint64_t end)
{
	size_t size;
	const uint8_t *head = header_at(m, offset, &size);
	for (size_t at = 0; at < size && offset + at < end;) {
		size_t next;
		size_t length = line_of(head + at, size - at, line_end_of(m), &next);
		at += next;
		if (!length)
			return offset + at;
	}
	return 0;
}

/* A Content-Length is right when the mailbox ends where it ends, or a message starts there (a line end or two may lie between). */
static uint64_t counted_end(struct mbox *m, uint64_t body, uint64_t length)
{
	uint64_t size = m->container.source->size, end;
	if (!body || __builtin_add_overflow(body, length, &end) || end > size)
		return 0;
	for (unsigned slack = 0; slack <= 4; slack++) {
		if (end + slack == size || (end + slack < size && start_at(m, end + slack)))
			return end + slack;
	}
	return 0;
}

static void message_describe(struct mbox *m, uint64_t offset, uint64_t end, struct node *n)
{
	struct arena *a = &m->container.arena;
	*n = (struct node){ .kind = NODE_MESSAGE, .format = "eml", .has_allocated = true, .allocated = true, .has_size = true, .has_range = true, .range_offset = offset,
		.range_length = end - offset, .order = offset, .content = CONTENT_EXTENTS };
	n->step = arena_format(a, "mbox:%llu", (unsigned long long)offset);
	n->address = arena_format(a, "%llu", (unsigned long long)offset);
	uint64_t from = offset, to = end;
	if (m->dialect == MBOX_MMDF) {
		from += MMDF_MARK;
		if (to - from >= MMDF_MARK) {
			uint8_t last[MMDF_MARK];
			source_read_at(m->container.source, to - MMDF_MARK, last, MMDF_MARK, NULL);
			if (memcmp(last, mmdf_mark, MMDF_MARK) == 0)
				to -= MMDF_MARK;
		}
	}
	uint8_t *line = arena_new(a, LINE_MAX_SEEN);
	size_t size = source_read_at(m->container.source, from, line, LINE_MAX_SEEN, NULL), next;
	if (size > to - from)
		size = (size_t)(to - from);
	if (size >= 5 && memcmp(line, "From ", 5) == 0) {
		line_of(line, size, line_end_of(m), &next);
		from += next;
	}
	if (m->dialect != MBOX_MMDF && to - from >= 2) {         /* the empty line before the next message, or at the end */
		uint8_t tail[4];
		size_t k = to - from < 4 ? (size_t)(to - from) : 4;
		source_read_at(m->container.source, to - k, tail, k, NULL);
		if (m->dialect == MBOX_CR) {
			if (tail[k - 1] == '\r' && tail[k - 2] == '\r')
				to--;
		} else if (tail[k - 1] == '\n' && tail[k - 2] == '\n') {
			to--;
		} else if (k >= 3 && tail[k - 1] == '\n' && tail[k - 2] == '\r' && tail[k - 3] == '\n') {
			to -= 2;
		}
	}
	m->extent = (struct extent){ .offset = from, .length = to - from, .kind = EXTENT_DATA };
	n->extent = &m->extent;
	n->extents = 1;
	n->size = to - from;
	uint64_t content_length = 0;
	bool has_length = false;
	status_read(m, from, n, &content_length, &has_length);
	if (offset < m->counted_to)
		node_flag(n, "inside_content_length");
	if (has_length) {
		uint64_t counted = counted_end(m, body_offset(m, from, to), content_length);
		if (counted > m->counted_to)
			m->counted_to = counted;
	}
	bool tainted = false;
	uint8_t probe;
	source_read_at(m->container.source, offset, &probe, 1, &tainted);
	n->tainted = tainted;
}

static void part_describe(struct mbox *m, uint64_t offset, uint64_t end, const char *name, struct node *n)
{
	struct arena *a = &m->container.arena;
	*n = (struct node){ .kind = NODE_PART, .has_size = true, .size = end - offset, .has_range = true, .range_offset = offset, .range_length = end - offset,
		.order = offset, .content = CONTENT_EXTENTS, .name = { (const uint8_t *)name, strlen(name) } };
	n->step = arena_format(a, "mbox:%llu", (unsigned long long)offset);
	n->address = arena_format(a, "%llu", (unsigned long long)offset);
	node_flag(n, name);
	m->extent = (struct extent){ .offset = offset, .length = end - offset, .kind = EXTENT_DATA };
	n->extent = &m->extent;
	n->extents = 1;
}

/* The node that begins at `offset`, and where it ends. */
static uint64_t node_at(struct mbox *m, uint64_t offset, struct node *n)
{
	uint64_t quoted = 0, end;
	bool start = start_at(m, offset);
	if (m->dialect == MBOX_MMDF) {
		end = next_mark(m, start ? offset + MMDF_MARK : offset);
		if (start) {                                    /* the closing line belongs to the message that it closes */
			if (end < m->container.source->size)
				end += MMDF_MARK;
			message_describe(m, offset, end, n);
		} else {
			part_describe(m, offset, end, "between", n);
		}
		return end;
	}
	end = next_start(m, offset + 1, &quoted);
	if (!start) {
		part_describe(m, offset, end, "preamble", n);
		return end;
	}
	message_describe(m, offset, end, n);
	if (quoted)
		report_note(m->container.report, "mbox.from_lines", n->step, offset, end - offset, "%llu lines begin with \"From \" but start no message", (unsigned long long)quoted);
	return end;
}

static int mbox_next(struct container *container, struct node *n)
{
	struct mbox *m = (struct mbox *)container;
	arena_reset(&container->arena);
	while (m->at < container->source->size) {
		uint64_t offset = m->at;
		bool wanted = !container->report || !container->report->step || container->report->step(container->report, offset);
		m->at = node_at(m, offset, n);
		if (wanted)
			return 1;
	}
	return 0;
}

static bool mbox_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct mbox *m = (struct mbox *)container;
	uint64_t offset = 0;
	arena_reset(&container->arena);
	if (!step->name.length)
		return false;
	for (size_t i = 0; i < step->name.length; i++) {
		unsigned digit = (unsigned)step->name.text[i] - '0';
		if (digit > 9 || __builtin_mul_overflow(offset, 10, &offset) || __builtin_add_overflow(offset, digit, &offset))
			return false;
	}
	if (offset >= container->source->size || (offset && m->dialect != MBOX_MMDF && !start_at(m, offset)))
		return false;
	struct reporter *report = container->report;
	container->report = NULL;                               /* what walking tells is not told again */
	m->counted_to = 0;
	m->at = node_at(m, offset, n);
	container->report = report;
	return true;
}

static unsigned mbox_probe(const struct probe *p)
{
	const uint8_t *h = p->head;
	size_t n = p->head_length;
	if (!n)
		return 0;
	if (n > 9 && memcmp(h, mmdf_mark, MMDF_MARK) == 0 && (mail_field_name(h + MMDF_MARK, n - MMDF_MARK) || memcmp(h + MMDF_MARK, "From ", 5) == 0))
		return 40;
	char line_end = memchr(h, '\n', n) ? '\n' : '\r';
	if (n >= 6 && memcmp(h, "From ", 5) == 0)
		return is_start(h, n, line_end, true, true) ? 5 * 8 + 24 : 0;
	/* something in front of the first message: only under a name that says so */
	if (p->name_length < 5 || !text_equal_nocase(p->name + p->name_length - 5, 5, ".mbox", 5))
		return 0;
	const char needle[] = { line_end, 'F', 'r', 'o', 'm', ' ', 0 };
	for (size_t at = 0; at < n;) {
		const uint8_t *hit = memmem(h + at, n - at, needle, 6);
		if (!hit)
			break;
		at = (size_t)(hit - h) + 1;
		if (is_start(h + at, n - at, line_end, false, false))
			return 24;
	}
	return 0;
}

static void mbox_close(struct container *container)
{
	struct mbox *m = (struct mbox *)container;
	free(m->window);
	free(m);
}

extern const struct format format_mbox;

static struct container *mbox_open(const struct opening *o)
{
	struct mbox *m = memory_new(sizeof *m);
	m->container = (struct container){ .format = &format_mbox, .source = o->source, .report = o->report };
	uint8_t *head = memory_new(HEADER_SEEN);
	size_t length = source_read_at(o->source, 0, head, HEADER_SEEN, NULL);
	if (length >= MMDF_MARK && memcmp(head, mmdf_mark, MMDF_MARK) == 0)
		m->dialect = MBOX_MMDF;
	else if (length && !memchr(head, '\n', length) && memchr(head, '\r', length))
		m->dialect = MBOX_CR;
	free(head);
	return &m->container;
}

const struct format format_mbox = { .name = "mbox", .layer = LAYER_MAIL, .about = "mailbox of messages in one file", .probe = mbox_probe, .open = mbox_open, .next = mbox_next,
	.find = mbox_find, .close = mbox_close };
