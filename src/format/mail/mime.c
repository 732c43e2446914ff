/* SPDX-License-Identifier: Apache-2.0 */
/* mime.c: the parts of a message (RFC 2045, 2046), so that nothing stays unseen.
 *
 * One pass over the lines with a stack of open boundaries: an outer boundary closes the inner ones, a missing closing boundary loses nothing, and no nesting
 * makes anything recurse. Where mail programs read a message differently, the usual reading comes first and numbers the parts; what another reading finds is
 * added behind, flagged: several Content-Type or transfer encoding fields, a boundary that is missing or does not occur (the first line that begins with "--" is taken),
 * parts behind the closing boundary or before the first one, encoded multiparts, uuencode and yEnc in texts. A library parser (GMime 3.2) takes the last of
 * several Content-Type fields, drops what lies behind the closing boundary, and gives nothing for an encoded message/rfc822: hence our own.
 *
 * A message in a message is one part here: whoever wants its parts opens its content. */
#include "format/mail/mime.h"

#include <string.h>

#include "base/find.h"
#include "format/mail/transfer.h"

enum {
	BOUNDARY_MAX = 64 * 1024,       /* RFC 2046 says 70 */
	FRINGE_MIN = 128,               /* a preamble or epilogue of fewer bytes of text is no part ("This is a multi-part message in MIME format.") */
	FIELDS_READ_MAX = 4,            /* readings by several fields of one name */
};

struct level {
	struct mail_text boundary;
	bool closed, seen, digest, guessed;
	size_t fringe;                  /* where the preamble or epilogue began */
	bool in_fringe;
};

/* Some bytes that are still to be read, as an entity's body with a type of its own, or as an entity with its header. */
struct reading {
	const uint8_t *bytes;
	size_t length;
	bool in_message; size_t offset;         /* of bytes in the message */
	unsigned flags, depth;
	struct mail_text boundary;              /* non-empty: a multipart body */
	bool body_only;
};

struct walk {
	struct mime *mime;
	struct arena *arena;
	struct reporter *report;
	struct mime_part *part; size_t parts, capacity;
	struct reading reading[MAIL_READINGS_MAX]; unsigned readings;
	bool parts_told, depth_told, readings_told;
	uint64_t extra_bytes, extra_most;       /* bytes given to second readings, and how many may be */
};

static struct mime_part *part_add(struct walk *w)
{
	if (w->parts == MAIL_PARTS_MAX) {
		if (!w->parts_told)
			report_error(w->report, "limit", "mail.parts", NULL, 0, 0, "more than %d parts; the others are not shown", MAIL_PARTS_MAX);
		w->parts_told = true;
		w->mime->flags |= MIME_LIMIT;
		return NULL;
	}
	w->part = arena_room(w->arena, w->part, w->parts, &w->capacity, sizeof *w->part);
	return &w->part[w->parts++];
}

static void reading_add(struct walk *w, const struct reading *r)
{
	if (!r->length)
		return;
	w->extra_bytes += r->length;
	if (w->readings == MAIL_READINGS_MAX || w->extra_bytes > w->extra_most) {
		if (!w->readings_told)
			report_error(w->report, "limit", "mail.readings", NULL, r->in_message ? r->offset : 0, r->in_message ? r->length : 0, "more second readings than the limit");
		w->readings_told = true;
		return;
	}
	w->reading[w->readings++] = *r;
}

static bool text_same(struct mail_text a, struct mail_text b)
{
	return a.length == b.length && (!a.length || memcmp(a.text, b.text, a.length) == 0);
}

static bool text_begins(struct mail_text t, const char *word)
{
	size_t n = strlen(word);
	return t.length >= n && text_equal_nocase(t.text, n, word, n);
}

static enum mime_encoding encoding_of(struct mail_text token, bool *odd)
{
	static const struct { const char *name; enum mime_encoding encoding; } known[] = { { "", MIME_IDENTITY }, { "7bit", MIME_IDENTITY }, { "8bit", MIME_IDENTITY },
		{ "binary", MIME_IDENTITY }, { "7-bit", MIME_IDENTITY }, { "8-bit", MIME_IDENTITY }, { "base64", MIME_BASE64 }, { "quoted-printable", MIME_QUOTED_PRINTABLE },
		{ "x-uuencode", MIME_UU }, { "x-uue", MIME_UU }, { "uuencode", MIME_UU }, { "x-yencode", MIME_YENC } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (mail_text_is(token, known[i].name))
			return known[i].encoding;
	*odd = true;
	return text_begins(token, "base64") ? MIME_BASE64 : text_begins(token, "quoted-printable") ? MIME_QUOTED_PRINTABLE : MIME_IDENTITY;
}

/* The different values of a field, as tokens, at most FIELDS_READ_MAX. */
static unsigned tokens_of(struct walk *w, const struct mail_header *h, const char *name, struct mail_text *token, struct mail_text *value)
{
	unsigned count = 0;
	for (size_t which = 0; count < FIELDS_READ_MAX; which++) {
		const struct mail_field *f = mail_header_find(h, name, which);
		if (!f)
			break;
		struct mail_text t = mail_value_token(f->value, w->arena);
		bool known = false;
		for (unsigned i = 0; i < count; i++)
			known |= text_same(token[i], t) && text_same(value[i], f->value);
		if (known)
			continue;
		token[count] = t;
		value[count++] = f->value;
	}
	return count;
}

static void name_add(struct mime_part *p, struct mail_text name)
{
	if (!name.length)
		return;
	for (unsigned i = 0; i < p->names; i++)
		if (text_same(p->name[i], name))
			return;
	if (p->names)
		p->flags |= MIME_NAMES_DIFFER;
	if (p->names < MIME_NAMES)
		p->name[p->names++] = name;
}

static void names_find(struct walk *w, struct mime_part *p, const struct mail_header *h)
{
	static const struct { const char *field, *parameter; bool starred; } place[] = { { "Content-Disposition", "filename", true }, { "Content-Disposition", "filename", false },
		{ "Content-Type", "name", true }, { "Content-Type", "name", false } };
	for (unsigned i = 0; i < sizeof place / sizeof *place; i++)
		for (size_t which = 0; which < FIELDS_READ_MAX; which++) {
			const struct mail_field *f = mail_header_find(h, place[i].field, which);
			if (!f)
				break;
			for (size_t again = 0; again < FIELDS_READ_MAX; again++) {
				struct mail_text name = mail_parameter(f->value, place[i].parameter, place[i].starred, again, w->arena);
				if (!name.text)
					break;
				name_add(p, name);
			}
		}
}

/* The first line of the body that begins with "--" and could be a boundary. */
static struct mail_text boundary_guess(const uint8_t *p, size_t length)
{
	size_t at = 0;
	while (at < length) {
		if (length - at > 4 && p[at] == '-' && p[at + 1] == '-' && p[at + 2] > ' ') {
			size_t end = at + 2;
			while (end < length && p[end] != '\n' && end - at < BOUNDARY_MAX)
				end++;
			while (end > at + 2 && (p[end - 1] == '\r' || p[end - 1] == ' ' || p[end - 1] == '\t'))
				end--;
			/* a signature's "-- " or a ruler is none; what follows a boundary is a header */
			const uint8_t *lf = memchr(p + end, '\n', length - end);
			size_t next = lf ? (size_t)(lf - p) + 1 : length;
			bool ruler = true;
			for (size_t i = at; i < end; i++)
				ruler &= p[i] == '-';
			if (!ruler && (mail_field_name(p + next, length - next) || (next < length && (p[next] == '\n' || p[next] == '\r'))))
				return (struct mail_text){ (const char *)p + at + 2, end - at - 2 };
		}
		const uint8_t *lf = memchr(p + at, '\n', length - at);
		if (!lf)
			break;
		at = (size_t)(lf - p) + 1;
	}
	return (struct mail_text){ 0 };
}

/* ---- the walk over one reading */

struct state {
	struct walk *walk;
	const struct reading *reading;
	struct level level[MAIL_DEPTH_MAX];
	unsigned levels;
	struct mime_part *leaf;         /* open leaf, or NULL: its body began at leaf->raw */
	size_t leaf_index;
	bool leaf_open;
	struct mail_header leaf_header;
	bool leaf_second;               /* the leaf has several readings: seen to when its end is known */
};

static void second_readings(struct state *s, struct mime_part *p, const struct mail_header *h)
{
	struct walk *w = s->walk;
	struct mail_text token[FIELDS_READ_MAX], value[FIELDS_READ_MAX];
	struct reading r = { .bytes = p->raw, .length = p->raw_length, .in_message = p->in_message, .offset = p->offset, .depth = p->depth + 1, .body_only = true };
	unsigned types = tokens_of(w, h, "Content-Type", token, value);
	for (unsigned i = 1; i < types; i++) {
		struct mail_text boundary = text_begins(token[i], "multipart/") ? mail_parameter(value[i], "boundary", false, 0, w->arena) : (struct mail_text){ 0 };
		if (!boundary.length)
			continue;
		r.boundary = boundary;
		r.flags = MIME_EXTRA | MIME_SECOND_READING;
		reading_add(w, &r);
	}
	struct mail_text encoding[FIELDS_READ_MAX];
	unsigned encodings = tokens_of(w, h, "Content-Transfer-Encoding", encoding, value);
	struct mime_part copy = *p;             /* part_add may move the array */
	for (unsigned i = 1; i < encodings; i++) {
		bool odd = false;
		enum mime_encoding other = encoding_of(encoding[i], &odd);
		if (other == copy.encoding)
			continue;
		struct mime_part *extra = part_add(w);
		if (!extra)
			return;
		*extra = copy;
		extra->encoding = other;
		extra->flags |= MIME_EXTRA | MIME_SECOND_READING;
	}
}

/* An encoded multipart (forbidden, and some decode it): its decoded bytes are read again. */
static void encoded_multipart(struct walk *w, const struct mime_part *p, struct mail_text boundary)
{
	struct buffer out = { 0 };
	mime_decode(p, &out);
	if (out.length) {
		struct reading r = { .bytes = arena_copy(w->arena, out.data, out.length), .length = out.length, .flags = MIME_EXTRA | MIME_SECOND_READING, .depth = p->depth + 1,
			.boundary = boundary, .body_only = true };
		if (!r.boundary.length)
			r.boundary = boundary_guess(r.bytes, r.length);
		if (r.boundary.length)
			reading_add(w, &r);
	}
	buffer_free(&out);
}

static void leaf_close(struct state *s, size_t end, bool by_boundary)
{
	if (!s->leaf_open)
		return;
	s->leaf_open = false;
	struct mime_part *p = &s->walk->part[s->leaf_index];
	size_t start = (size_t)(p->raw - s->reading->bytes);
	p->raw_length = end > start ? end - start : 0;
	if (!by_boundary && s->levels)
		p->flags |= MIME_NOT_CLOSED;
	if (p->message && p->encoding == MIME_BASE64 && p->raw_length && mail_field_name(p->raw, p->raw_length))
		p->encoding = MIME_IDENTITY;    /* declared, but not done */
	if (text_begins(p->type, "multipart/") && p->encoding != MIME_IDENTITY)
		encoded_multipart(s->walk, p, mail_parameter(s->leaf_header.fields && mail_header_find(&s->leaf_header, "Content-Type", 0) ?
		                  mail_header_find(&s->leaf_header, "Content-Type", 0)->value : (struct mail_text){ 0 }, "boundary", false, 0, s->walk->arena));
	if (s->leaf_second)
		second_readings(s, p, &s->leaf_header);
}

/* Text before the first boundary or behind the closing one: a part when it is more than the usual line. */
static void fringe_close(struct state *s, struct level *l, size_t end)
{
	if (!l->in_fringe)
		return;
	l->in_fringe = false;
	const uint8_t *p = s->reading->bytes;
	size_t start = l->fringe;
	while (start < end && (p[start] == '\r' || p[start] == '\n' || p[start] == ' ' || p[start] == '\t'))
		start++;
	while (end > start && (p[end - 1] == '\r' || p[end - 1] == '\n' || p[end - 1] == ' ' || p[end - 1] == '\t'))
		end--;
	if (start >= end)
		return;
	unsigned which = l->closed ? MIME_EPILOGUE : MIME_PREAMBLE;
	struct reading r = { .bytes = p + start, .length = end - start, .in_message = s->reading->in_message, .offset = s->reading->offset + start, .depth = s->levels };
	if (!l->seen && !l->guessed) {
		/* the boundary does not occur at all */
		struct mail_text guess = boundary_guess(r.bytes, r.length);
		if (guess.length) {
			r.boundary = guess;
			r.body_only = true;
			r.flags = MIME_EXTRA | MIME_GUESSED_BOUNDARY;
			reading_add(s->walk, &r);
			return;
		}
	}
	bool entity = mail_field_name(r.bytes, r.length) && memmem(r.bytes, r.length < 4096 ? r.length : 4096, "ontent-", 7);
	if (l->seen && r.length < FRINGE_MIN && !entity)
		return;
	r.flags = MIME_EXTRA | which;
	r.body_only = !entity;
	if (l->seen || entity) {
		reading_add(s->walk, &r);
		return;
	}
	/* a multipart without any boundary is one text: the usual readers show it or nothing */
	struct mime_part *part = part_add(s->walk);
	if (part)
		*part = (struct mime_part){ .flags = MIME_NOT_CLOSED | (s->reading->flags & MIME_EXTRA), .raw = r.bytes, .raw_length = r.length, .in_message = r.in_message, .offset = r.offset,
			.header_offset = r.offset, .type = { "text/plain", 10 }, .depth = s->levels };
}

/* An entity begins at `at`. Returns where its body begins. */
static size_t entity_open(struct state *s, size_t at, bool digest, unsigned flags)
{
	struct walk *w = s->walk;
	const uint8_t *bytes = s->reading->bytes;
	struct mail_header h;
	/* a boundary inside what looks like the header ends the part: do not read over it */
	size_t size = s->reading->length - at;
	if (s->levels) {
		size_t look = at;
		while (look < at + size) {
			const uint8_t *lf = memchr(bytes + look, '\n', at + size - look);
			size_t end = lf ? (size_t)(lf - bytes) + 1 : at + size;
			size_t n = end - look;
			if (n <= 2 && (bytes[look] == '\n' || (bytes[look] == '\r' && n == 2)))
				break;
			if (n > 2 && bytes[look] == '-' && bytes[look + 1] == '-') {
				bool hit = false;
				for (unsigned i = 0; i < s->levels; i++)
					hit |= s->level[i].boundary.length <= n - 2 && memcmp(bytes + look + 2, s->level[i].boundary.text, s->level[i].boundary.length) == 0;
				if (hit) {
					size = look - at;
					break;
				}
			}
			look = end;
		}
	}
	mail_header_read(&h, bytes + at, size, w->arena);
	if (at == 0 && s->reading->in_message && s->reading->offset == 0 && !s->reading->body_only && w->mime->header.length == 0)
		w->mime->header = h;
	size_t body = at + h.body;
	struct mail_text token[FIELDS_READ_MAX], value[FIELDS_READ_MAX], encoding[FIELDS_READ_MAX], ignored[FIELDS_READ_MAX];
	unsigned types = tokens_of(w, &h, "Content-Type", token, value);
	unsigned encodings = tokens_of(w, &h, "Content-Transfer-Encoding", encoding, ignored);
	struct mime_part p = { .flags = flags | s->reading->flags, .depth = s->levels + s->reading->depth, .raw = bytes + body, .in_message = s->reading->in_message,
		.offset = s->reading->offset + body, .header_offset = s->reading->offset + at };
	if (types > 1 || encodings > 1)
		p.flags |= MIME_FIELDS_DIFFER;
	p.type = types && token[0].length ? token[0] : digest ? (struct mail_text){ "message/rfc822", 14 } : (struct mail_text){ "text/plain", 10 };
	bool odd = false;
	p.encoding = encodings ? encoding_of(encoding[0], &odd) : MIME_IDENTITY;
	if (odd)
		p.flags |= MIME_ODD_ENCODING;
	bool multipart = text_begins(p.type, "multipart/");
	if (multipart && p.encoding == MIME_IDENTITY) {
		struct mail_text boundary = mail_parameter(value[0], "boundary", false, 0, w->arena);
		if (!boundary.length)
			boundary = mail_parameter(value[0], "boundary", true, 0, w->arena);
		bool guessed = !boundary.length;
		if (guessed)
			boundary = boundary_guess(bytes + body, s->reading->length - body);
		if (boundary.length > BOUNDARY_MAX)
			boundary.length = 0;
		if (boundary.length && s->levels < MAIL_DEPTH_MAX && s->reading->depth + s->levels < MAIL_DEPTH_MAX) {
			s->level[s->levels++] = (struct level){ .boundary = boundary, .guessed = guessed, .digest = mail_text_is(p.type, "multipart/digest"), .fringe = body, .in_fringe = true };
			if (guessed)
				w->mime->flags |= MIME_GUESSED_BOUNDARY;
			w->mime->flags |= p.flags & (MIME_FIELDS_DIFFER | MIME_ODD_ENCODING);
			for (unsigned i = 1; i < types; i++) {          /* another boundary: where its last part ends is not known here */
				struct mail_text other = text_begins(token[i], "multipart/") ? mail_parameter(value[i], "boundary", false, 0, w->arena) : (struct mail_text){ 0 };
				if (!other.length || text_same(other, boundary))
					continue;
				struct reading again = { .bytes = bytes + body, .length = s->reading->length - body, .in_message = s->reading->in_message,
					.offset = s->reading->offset + body, .flags = MIME_EXTRA | MIME_SECOND_READING, .depth = s->reading->depth + s->levels, .boundary = other, .body_only = true };
				reading_add(w, &again);
			}
			return body;
		}
		if (boundary.length) {
			if (!w->depth_told)
				report_error(w->report, "limit", "mail.depth", NULL, p.header_offset, 0, "multiparts nest deeper than %d", MAIL_DEPTH_MAX);
			w->depth_told = true;
			p.flags |= MIME_LIMIT;
		}
	}
	p.charset = types ? mail_parameter(value[0], "charset", false, 0, w->arena) : (struct mail_text){ 0 };
	struct mail_text disposition[FIELDS_READ_MAX];
	unsigned dispositions = tokens_of(w, &h, "Content-Disposition", disposition, ignored);
	if (dispositions)
		p.disposition = disposition[0];
	if (dispositions > 1)
		p.flags |= MIME_FIELDS_DIFFER;
	names_find(w, &p, &h);
	p.message = mail_text_is(p.type, "message/rfc822") || mail_text_is(p.type, "message/global") || mail_text_is(p.type, "message/news");
	if (mail_text_is(p.type, "message/partial") || mail_text_is(p.type, "message/external-body")) {
		p.flags |= MIME_PARTIAL;
		p.message = true;               /* what is there of it */
	}
	struct mime_part *slot = part_add(w);
	if (slot) {
		*slot = p;
		s->leaf_index = w->parts - 1;
		s->leaf_open = true;
		s->leaf_header = h;
		s->leaf_second = types > 1 || encodings > 1;
	}
	return body;
}

/* Does a line that begins with "--" stand for one of the open levels? Open ones first, from the inside; then closed ones. */
static int boundary_match(const struct state *s, const uint8_t *line, size_t length, bool *closing)
{
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r' || line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	for (int closed = 0; closed < 2; closed++)
		for (unsigned i = s->levels; i-- > 0;) {
			const struct level *l = &s->level[i];
			if (l->closed != (closed == 1) || length < 2 + l->boundary.length || memcmp(line + 2, l->boundary.text, l->boundary.length) != 0)
				continue;
			size_t rest = length - 2 - l->boundary.length;
			if (rest == 0 || (rest == 2 && line[length - 1] == '-' && line[length - 2] == '-')) {
				*closing = rest == 2;
				return (int)i;
			}
		}
	return -1;
}

static void reading_walk(struct walk *w, const struct reading *r)
{
	struct state s = { .walk = w, .reading = r };
	const uint8_t *bytes = r->bytes;
	size_t at = 0;
	if (r->body_only && r->boundary.length) {
		s.level[s.levels++] = (struct level){ .boundary = r->boundary, .in_fringe = false, .seen = true, .guessed = true };
	} else if (r->body_only) {
		struct mime_part *p = part_add(w);
		if (p)
			*p = (struct mime_part){ .flags = r->flags, .raw = bytes, .raw_length = r->length, .in_message = r->in_message, .offset = r->offset, .header_offset = r->offset,
				.type = { "text/plain", 10 }, .depth = r->depth };
		return;
	} else {
		at = entity_open(&s, 0, false, 0);
	}
	while (s.levels && at < r->length) {
		/* at is the start of a line */
		const uint8_t *lf;
		if (!(r->length - at >= 2 && bytes[at] == '-' && bytes[at + 1] == '-')) {
			const uint8_t *hit = find_bytes(bytes + at, r->length - at, "\n--", 3);
			if (!hit)
				break;
			at = (size_t)(hit - bytes) + 1;
		}
		lf = memchr(bytes + at, '\n', r->length - at);
		size_t end = lf ? (size_t)(lf - bytes) + 1 : r->length;
		bool closing = false;
		int level = boundary_match(&s, bytes + at, end - at, &closing);
		if (level < 0) {
			at = end;
			continue;
		}
		size_t text_end = at;                           /* the line end before a boundary belongs to the boundary */
		if (text_end && bytes[text_end - 1] == '\n')
			text_end--;
		if (text_end && bytes[text_end - 1] == '\r' && text_end < at)
			text_end--;
		leaf_close(&s, text_end, true);
		while (s.levels > (unsigned)level + 1) {
			struct level *inner = &s.level[s.levels - 1];
			if (!inner->closed)
				w->mime->flags |= MIME_NOT_CLOSED;
			fringe_close(&s, inner, text_end);
			s.levels--;
		}
		struct level *l = &s.level[level];
		l->seen = true;
		fringe_close(&s, l, text_end);
		at = end;
		if (closing) {
			l->closed = true;
			l->in_fringe = true;
			l->fringe = at;
			continue;
		}
		at = entity_open(&s, at, l->digest, l->closed ? MIME_EPILOGUE | MIME_EXTRA : 0);
	}
	leaf_close(&s, r->length, false);
	while (s.levels) {
		struct level *l = &s.level[s.levels - 1];
		if (!l->closed)
			w->mime->flags |= MIME_NOT_CLOSED;
		fringe_close(&s, l, r->length);
		s.levels--;
	}
}

/* ---- uuencode and yEnc in texts */

static void embedded_add(struct walk *w, const struct mime_part *text, const uint8_t *bytes, size_t from, size_t length, enum mime_encoding encoding, struct mail_text name)
{
	bool own = text->encoding == MIME_IDENTITY;
	bool in_message = own && text->in_message;
	size_t offset = text->offset + from;
	unsigned depth = text->depth;
	struct mime_part *p = part_add(w);
	if (!p)
		return;
	*p = (struct mime_part){ .flags = MIME_EXTRA | MIME_EMBEDDED, .depth = depth, .raw = own ? bytes + from : arena_copy(w->arena, bytes + from, length), .raw_length = length,
		.in_message = in_message, .offset = in_message ? offset : 0, .header_offset = in_message ? offset : 0, .encoding = encoding,
		.type = { "application/octet-stream", 24 }, .disposition = { "attachment", 10 } };
	name.text = arena_copy(w->arena, name.text, name.length);
	struct buffer shown = { 0 };
	mail_charset_decode(&shown, name.text, name.length, (struct mail_text){ 0 });
	name_add(p, (struct mail_text){ arena_copy(w->arena, shown.data ? shown.data : (const uint8_t *)"", shown.length), shown.length });
	buffer_free(&shown);
}

static struct mail_text rest_of_line(const uint8_t *bytes, size_t from, size_t end)
{
	while (end > from && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r' || bytes[end - 1] == ' '))
		end--;
	return (struct mail_text){ (const char *)bytes + from, end - from };
}

static void embedded_find(struct walk *w, size_t index)
{
	struct buffer decoded = { 0 }, waste = { 0 };
	struct mime_part text = w->part[index];
	const uint8_t *p = text.raw;
	size_t length = text.raw_length;
	if (text.encoding != MIME_IDENTITY) {
		mime_decode(&text, &decoded);
		p = decoded.data;
		length = decoded.length;
	}
	for (size_t at = 0; at < length;) {
		const uint8_t *lf = memchr(p + at, '\n', length - at);
		size_t end = lf ? (size_t)(lf - p) + 1 : length;
		size_t n = end - at;
		if (n > 10 && memcmp(p + at, "begin ", 6) == 0 && p[at + 6] >= '0' && p[at + 6] <= '7') {
			size_t name = at + 6;
			while (name < end && p[name] >= '0' && p[name] <= '7')
				name++;
			if (name < end && p[name] == ' ' && name - at - 6 >= 3 && name - at - 6 <= 4) {
				buffer_clear(&waste);
				size_t took = transfer_uu(&waste, (const char *)p + end, length - end);
				if (took) {
					embedded_add(w, &text, p, end, took, MIME_UU, rest_of_line(p, name + 1, end));
					at = end + took;
					continue;
				}
			}
		} else if (n > 17 && memcmp(p + at, "begin-base64 ", 13) == 0) {
			const uint8_t *close = memmem(p + end, length - end, "\n====", 5);
			size_t stop = close ? (size_t)(close - p) + 1 : length;
			const uint8_t *blank_at = memchr(p + at + 13, ' ', n - 13);
			size_t name = blank_at ? (size_t)(blank_at - p) + 1 : end;
			embedded_add(w, &text, p, end, stop - end, MIME_BASE64, rest_of_line(p, name, end));
			at = stop;
			continue;
		} else if (n > 8 && memcmp(p + at, "=ybegin ", 8) == 0) {
			const uint8_t *name = memmem(p + at, n, " name=", 6);
			buffer_clear(&waste);
			size_t took = transfer_yenc(&waste, (const char *)p + end, length - end);
			embedded_add(w, &text, p, end, took, MIME_YENC, name ? rest_of_line(p, (size_t)(name - p) + 6, end) : (struct mail_text){ "", 0 });
			at = end + took;
			continue;
		}
		at = end;
	}
	buffer_free(&decoded);
	buffer_free(&waste);
}

/* Cheap look before a text is gone through line by line. */
static bool embedded_possible(const struct mime_part *p)
{
	if (p->encoding == MIME_BASE64)
		return true;
	return find_bytes(p->raw, p->raw_length, "begin", 5) != NULL;           /* "=ybegin" too */
}

/* The extra ones go behind the others, each in the order of their finding. */
static void parts_number(struct mime *m, struct walk *w)
{
	m->part = arena_array(w->arena, w->parts, sizeof *m->part);
	for (unsigned extra = 0; extra < 2; extra++)
		for (size_t i = 0; i < w->parts; i++)
			if (((w->part[i].flags & MIME_EXTRA) != 0) == extra) {
				m->part[m->parts] = w->part[i];
				m->parts++;
				m->part[m->parts - 1].number = m->parts;
			}
}

void mime_read(struct mime *m, const uint8_t *bytes, size_t length, struct arena *a, struct reporter *report)
{
	*m = (struct mime){ 0 };
	struct walk *w = arena_new(a, sizeof *w);
	*w = (struct walk){ .mime = m, .arena = a, .report = report, .extra_most = (uint64_t)length * 4 + 65536 };
	struct reading whole = { .bytes = bytes, .length = length, .in_message = true };
	reading_walk(w, &whole);
	/* a multipart without parts: what is there instead, however short */
	const struct mail_header *h = &m->header;
	if (!w->parts && !w->readings && h->body < length) {
		struct reading body = { .bytes = bytes + h->body, .length = length - h->body, .in_message = true, .offset = h->body, .flags = MIME_NOT_CLOSED, .body_only = true };
		reading_walk(w, &body);
	}
	for (unsigned i = 0; i < w->readings; i++) {
		struct reading r = w->reading[i];
		reading_walk(w, &r);
	}
	for (size_t i = 0, texts = w->parts; i < texts; i++)
		if (text_begins(w->part[i].type, "text/") && !mail_text_is(w->part[i].disposition, "attachment") && embedded_possible(&w->part[i]))
			embedded_find(w, i);
	parts_number(m, w);
	for (unsigned i = 0; i < m->parts; i++)
		m->flags |= m->part[i].flags;
}

void mime_decode(const struct mime_part *p, struct buffer *out)
{
	const char *text = (const char *)p->raw;
	switch (p->encoding) {
	case MIME_BASE64:
		transfer_base64(out, text, p->raw_length);
		break;
	case MIME_QUOTED_PRINTABLE:
		transfer_quoted_printable(out, text, p->raw_length);
		break;
	case MIME_UU: {
		/* with its "begin" line when the whole part is encoded so */
		size_t at = 0;
		const char *begin = p->raw_length > 6 ? memmem(text, p->raw_length, "begin ", 6) : NULL;
		if (begin && (begin == text || begin[-1] == '\n')) {
			const char *lf = memchr(begin, '\n', p->raw_length - (size_t)(begin - text));
			at = lf ? (size_t)(lf - text) + 1 : p->raw_length;
		}
		transfer_uu(out, text + at, p->raw_length - at);
		break;
	}
	case MIME_YENC: {
		const char *lf = p->raw_length > 8 && memcmp(text, "=ybegin ", 8) == 0 ? memchr(text, '\n', p->raw_length) : NULL;
		size_t at = lf ? (size_t)(lf - text) + 1 : 0;
		transfer_yenc(out, text + at, p->raw_length - at);
		break;
	}
	case MIME_IDENTITY:
		buffer_append(out, text, p->raw_length);
		break;
	}
}

const char *mime_flag_word(unsigned flags, unsigned *at)
{
	static const struct { unsigned flag; const char *word; } words[] = { { MIME_SECOND_READING, "second_reading" }, { MIME_GUESSED_BOUNDARY, "guessed_boundary" },
		{ MIME_EPILOGUE, "epilogue" }, { MIME_PREAMBLE, "preamble" }, { MIME_EMBEDDED, "embedded" }, { MIME_ODD_ENCODING, "odd_encoding" }, { MIME_NAMES_DIFFER, "names_differ" },
		{ MIME_FIELDS_DIFFER, "fields_differ" }, { MIME_NOT_CLOSED, "not_closed" }, { MIME_LIMIT, "limit" }, { MIME_PARTIAL, "content_elsewhere" } };
	while (*at < sizeof words / sizeof *words) {
		unsigned i = (*at)++;
		if (flags & words[i].flag)
			return words[i].word;
	}
	return NULL;
}
