/* SPDX-License-Identifier: Apache-2.0 */
/* evtx_template.c: binary XML (MS-EVEN6 2.2.12, libevtx's public description) to a program of pieces and holes.
 *
 * First a tree of elements in the arena, because the shape of an entry (text, map, list) depends on all that an element contains; then the steps.
 * Traps: an element carries a dependency id inside template definitions only; a name stands behind its offset where the offset is the current position, else
 * anywhere in the chunk; bit 0x40 of a token says nothing that is needed. */
#include "reader/evtx_template.h"

#include <string.h>

#include "base/cursor.h"

enum { DEPTH_MOST = 96, NAME_UNITS_MOST = 512, POOL_MOST = 1 << 20, STEPS_MOST = 1 << 16, MAP_LEVELS = 3, ENTRY = 6 };

enum piece_kind { PIECE_TEXT, PIECE_SLOT, PIECE_ELEMENT };
struct text { const uint8_t *utf8; size_t length; };
struct piece {
	struct piece *next;
	uint8_t kind, type;
	bool optional;
	uint16_t slot;
	struct text text;
	struct element *element;
};
struct attribute { struct attribute *next; struct text name; struct piece *piece; };
struct element {
	struct text name;
	uint16_t dependency;
	struct attribute *attribute;
	struct piece *piece;
};

struct key { uint32_t at, hash; uint16_t length; struct key *next; };
struct map_keys { struct key *first; uint32_t count; bool raw; };

struct compiler {
	struct arena *arena;
	const uint8_t *chunk; size_t size;      /* whole chunk, for names */
	struct cursor c;
	bool depends;
	const char *wrong;
	struct buffer pool, steps, leaves, outside, scratch;
	struct evtx_program *program;
	unsigned levels;
	struct text path;                       /* of flattened elements: "A/B/" */
};

static bool fail(struct compiler *k, const char *why)
{
	if (!k->wrong)
		k->wrong = why;
	return false;
}

static bool is_text(const struct text *t, const char *word)
{
	return t->length == strlen(word) && memcmp(t->utf8, word, t->length) == 0;
}

static struct text utf8_of(struct compiler *k, const uint8_t *units, size_t count)
{
	buffer_clear(&k->scratch);
	(void)text_to_utf8(&k->scratch, units, count * 2, TEXT_UTF16LE);
	return (struct text){ arena_copy(k->arena, k->scratch.data ? (const void *)k->scratch.data : "", k->scratch.length), k->scratch.length };
}

/* ---- the tree */

static bool read_name(struct compiler *k, struct text *name)
{
	uint32_t offset = cursor_u32le(&k->c);
	struct cursor n = cursor_of(k->chunk, k->size, 0);
	n.at = (size_t)offset + 6;                                      /* behind the link and the hash */
	uint16_t count = cursor_u16le(&n);
	const uint8_t *units = cursor_bytes(&n, (size_t)count * 2);
	if (k->c.bad || !units)
		return fail(k, "a name lies outside the chunk");
	if (offset == k->c.at) {
		cursor_skip(&k->c, 10 + (size_t)count * 2);
		k->program->inside = true;
	} else {
		struct evtx_outside o = { .offset = offset, .units = count };
		o.name_at = (uint32_t)(units - k->chunk);
		buffer_append(&k->outside, &o, sizeof o);
	}
	*name = utf8_of(k, units, count < NAME_UNITS_MOST ? count : NAME_UNITS_MOST);
	return !k->c.bad || fail(k, "a name is cut off");
}

static struct piece *piece_new(struct compiler *k, struct piece ***tail, enum piece_kind kind)
{
	struct piece *p = arena_new(k->arena, sizeof *p);
	p->kind = (uint8_t)kind;
	**tail = p;
	*tail = &p->next;
	return p;
}

static struct text entity(const struct text *name)
{
	static const struct { const char *name, *text; } known[] = { { "quot", "\"" }, { "amp", "&" }, { "gt", ">" }, { "lt", "<" }, { "apos", "'" } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (is_text(name, known[i].name))
			return (struct text){ (const uint8_t *)known[i].text, 1 };
	return *name;
}

/* Values and references: what attributes and elements have in common. False with k->wrong unset: the token is something else, and not consumed. */
static bool read_piece(struct compiler *k, struct piece ***tail)
{
	struct cursor *c = &k->c;
	uint8_t token = c->at < c->size ? c->data[c->at] & 0xbf : 0;
	struct piece *p;
	switch (token) {
	case 0x05:
	case 0x07: {
		cursor_skip(c, 1);
		if (token == 0x05 && cursor_u8(c) != EVTX_STRING)
			return fail(k, "a text that is no string");
		uint16_t count = cursor_u16le(c);
		const uint8_t *units = cursor_bytes(c, (size_t)count * 2);
		if (!units)
			return fail(k, "a text is cut off");
		p = piece_new(k, tail, PIECE_TEXT);
		p->text = utf8_of(k, units, count);
		return true;
	}
	case 0x08: {
		cursor_skip(c, 1);
		uint16_t unit = cursor_u16le(c);
		uint8_t pair[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };
		p = piece_new(k, tail, PIECE_TEXT);
		p->text = utf8_of(k, pair, 1);
		return !c->bad || fail(k, "a character reference is cut off");
	}
	case 0x09: {
		struct text name;
		cursor_skip(c, 1);
		if (!read_name(k, &name))
			return false;
		p = piece_new(k, tail, PIECE_TEXT);
		p->text = entity(&name);
		return true;
	}
	case 0x0d:
	case 0x0e:
		cursor_skip(c, 1);
		p = piece_new(k, tail, PIECE_SLOT);
		p->optional = token == 0x0e;
		p->slot = cursor_u16le(c);
		p->type = cursor_u8(c);
		return !c->bad || fail(k, "a substitution is cut off");
	default:
		return false;
	}
}

static bool read_attributes(struct compiler *k, struct element *e)
{
	struct attribute **tail = &e->attribute;
	while (k->c.at < k->c.size && (k->c.data[k->c.at] & 0xbf) == 0x06) {
		struct attribute *a = arena_new(k->arena, sizeof *a);
		cursor_skip(&k->c, 1);
		if (!read_name(k, &a->name))
			return false;
		struct piece **pieces = &a->piece;
		while (read_piece(k, &pieces))
			;
		if (k->wrong)
			return false;
		*tail = a;
		tail = &a->next;
	}
	return true;
}

static struct element *read_element(struct compiler *k, unsigned depth)
{
	struct cursor *c = &k->c;
	uint8_t token = cursor_u8(c);
	if ((token & 0xbf) != 0x01 || depth > DEPTH_MOST) {
		fail(k, depth > DEPTH_MOST ? "elements nested too deep" : "no element where one must be");
		return NULL;
	}
	struct element *e = arena_new(k->arena, sizeof *e);
	e->dependency = k->depends ? cursor_u16le(c) : NO_SLOT;
	uint32_t length = cursor_u32le(c);
	size_t after = c->at;
	if (length > c->size - c->at) {
		fail(k, "an element is longer than its room");
		return NULL;
	}
	if (!read_name(k, &e->name))
		return NULL;
	if (token & 0x40)
		(void)cursor_u32le(c);
	if (!read_attributes(k, e))
		return NULL;
	uint8_t close = cursor_u8(c);
	if (close == 0x03)
		return e;
	if (close != 0x02) {
		fail(k, "an element's start has no end");
		return NULL;
	}
	struct piece **tail = &e->piece;
	for (;;) {
		uint8_t next = c->at < c->size ? c->data[c->at] : 0xff;
		if (next == 0x04) {
			cursor_skip(c, 1);
			break;
		}
		if ((next & 0xbf) == 0x01) {
			struct element *child = read_element(k, depth + 1);
			if (!child)
				return NULL;
			piece_new(k, &tail, PIECE_ELEMENT)->element = child;
		} else if (next == 0x0a || next == 0x0b) {      /* processing instruction: a target's name, then data */
			struct text name;
			cursor_skip(c, 1);
			if (next == 0x0a && !read_name(k, &name))
				return NULL;
			if (next == 0x0b)
				cursor_skip(c, (size_t)cursor_u16le(c) * 2);
		} else if (!read_piece(k, &tail)) {
			fail(k, c->at < c->size ? "unknown token" : "an element has no end");
			return NULL;
		}
		if (c->bad) {
			fail(k, "an element is cut off");
			return NULL;
		}
	}
	/* the length is a second opinion on where the element ends; a wrong one is no reason to lose it */
	(void)after;
	return e;
}

/* ---- the steps */

static uint32_t hash_of(const uint8_t *bytes, size_t length)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < length; i++)
		h = (h ^ bytes[i]) * 16777619u;
	return h;
}

static bool ends_raw(const uint8_t *key, size_t length)
{
	return length >= 4 && memcmp(key + length - 4, "_raw", 4) == 0;
}

static bool key_taken(const struct compiler *k, const struct map_keys *m, const uint8_t *key, size_t length)
{
	uint32_t hash = hash_of(key, length);
	bool raw = ends_raw(key, length);
	for (const struct key *e = m->first; e; e = e->next) {
		const uint8_t *other = k->pool.data + e->at;
		if (e->hash == hash && e->length == length && memcmp(other, key, length) == 0)
			return true;
		/* a value with raw bytes brings a "_raw" key along */
		if (raw && e->length == length - 4 && memcmp(other, key, e->length) == 0)
			return true;
		if (m->raw && e->length == length + 4u && memcmp(other, key, length) == 0 && ends_raw(other, e->length))
			return true;
	}
	return false;
}

static struct evtx_step *step_new(struct compiler *k, enum evtx_step_kind kind, uint32_t *index)
{
	struct evtx_step *s = (struct evtx_step *)(void *)buffer_reserve(&k->steps, sizeof *s);
	memset(s, 0, sizeof *s);
	if (index)
		*index = (uint32_t)(k->steps.length / sizeof *s);
	k->steps.length += sizeof *s;
	s->kind = (uint8_t)kind;
	s->slot = s->gate = NO_SLOT;
	s->at = (uint32_t)k->pool.length;
	if (k->steps.length / sizeof *s > STEPS_MOST || k->pool.length > POOL_MOST)
		fail(k, "a template that makes too much of its bytes");
	return s;
}

static struct evtx_step *step_at(struct compiler *k, uint32_t index)
{
	return (struct evtx_step *)(void *)k->steps.data + index;
}

/* The header of an entry; keys NULL: of a list. The key gets a number when the map has it already. */
static uint16_t put_header(struct compiler *k, struct map_keys *keys, const char *prefix, const struct text *name, enum value_kind kind)
{
	size_t start = k->pool.length;
	if (keys) {
		buffer_u16le(&k->pool, 0);
		size_t at = k->pool.length;
		buffer_append(&k->pool, k->path.utf8, k->path.length);
		buffer_text(&k->pool, prefix);
		buffer_append(&k->pool, name->utf8, name->length < 4 * NAME_UNITS_MOST ? name->length : 0);
		size_t plain = k->pool.length - at;
		for (uint32_t n = keys->count + 1; key_taken(k, keys, k->pool.data + at, k->pool.length - at) && n < keys->count + 64; n++) {
			k->pool.length = at + plain;
			buffer_format(&k->pool, "_%u", n);
		}
		size_t length = k->pool.length - at;
		k->pool.data[start] = (uint8_t)length;
		k->pool.data[start + 1] = (uint8_t)(length >> 8);
		struct key *e = arena_new(k->arena, sizeof *e);
		*e = (struct key){ .at = (uint32_t)at, .hash = hash_of(k->pool.data + at, length), .length = (uint16_t)length, .next = keys->first };
		keys->first = e;
		keys->count++;
		keys->raw |= ends_raw(k->pool.data + at, length);
	}
	const uint8_t entry[ENTRY] = { (uint8_t)kind };
	buffer_append(&k->pool, entry, sizeof entry);
	return (uint16_t)(k->pool.length - start);
}

static void leaf_note(struct compiler *k, uint32_t step, uint16_t nth)
{
	struct evtx_step *s = step_at(k, step);
	struct evtx_leaf_name l = { .step = step, .nth = nth };
	if (s->header >= 2 + ENTRY) {
		l.name_at = s->at + 2;
		l.name_length = (uint16_t)(s->header - 2 - ENTRY);
	}
	buffer_append(&k->leaves, &l, sizeof l);
}

static size_t pieces_of(const struct piece *p, enum piece_kind kind)
{
	size_t n = 0;
	for (; p; p = p->next)
		n += p->kind == kind;
	return n;
}

/* An entry whose value is made of texts and holes alone. keys NULL: an item of a list. */
static void put_leaf(struct compiler *k, struct map_keys *keys, const char *prefix, const struct text *name, const struct piece *pieces, uint16_t gate, bool attribute,
                     uint16_t nth)
{
	size_t slots = 0, texts = 0;
	const struct piece *slot = NULL;
	for (const struct piece *p = pieces; p; p = p->next) {
		if (p->kind == PIECE_SLOT) {
			slots++;
			slot = p;
		} else if (p->kind == PIECE_TEXT && p->text.length)
			texts++;
	}
	uint8_t list = keys ? 0 : STEP_LIST;
	uint32_t index;
	struct evtx_step *s;
	if (attribute && !slots && !texts)
		return;
	if (slots == 1 && !texts) {
		s = step_new(k, STEP_VALUE, &index);
		s->flags = (uint8_t)(list | (slot->optional || attribute ? STEP_OPTIONAL : 0) | (attribute ? STEP_EMPTY_TOO : 0));
		s->slot = slot->slot;
		s->gate = gate;
		uint16_t header = put_header(k, keys, prefix, name, VALUE_TEXT);
		step_at(k, index)->header = header;
		leaf_note(k, index, nth);
		return;
	}
	s = step_new(k, slots ? STEP_TEXT : STEP_CONSTANT, &index);
	s->flags = (uint8_t)(list | (attribute ? STEP_DROP_EMPTY : 0));
	s->gate = gate;
	uint16_t header = put_header(k, keys, prefix, name, VALUE_TEXT);
	step_at(k, index)->header = header;
	leaf_note(k, index, nth);
	if (!slots) {
		size_t at = k->pool.length;
		for (const struct piece *p = pieces; p; p = p->next)
			if (p->kind == PIECE_TEXT)
				buffer_append(&k->pool, p->text.utf8, p->text.length);
		uint32_t length = (uint32_t)(k->pool.length - at);
		for (int i = 0; i < 4; i++)
			k->pool.data[at - 4 + (size_t)i] = (uint8_t)(length >> (8 * i));
		s = step_at(k, index);
		s->length = (uint32_t)(k->pool.length - s->at);
		return;
	}
	for (const struct piece *p = pieces; p; p = p->next) {
		if (p->kind == PIECE_ELEMENT)
			continue;
		s = step_new(k, p->kind == PIECE_SLOT ? STEP_TEXT_SLOT : STEP_TEXT_PIECE, NULL);
		if (p->kind == PIECE_SLOT)
			s->slot = p->slot;
		else {
			s->length = (uint32_t)p->text.length;
			buffer_append(&k->pool, p->text.utf8, p->text.length);
		}
	}
	step_at(k, index)->jump = (uint32_t)(k->steps.length / sizeof *s);
}

static bool is_data(const struct element *e)
{
	return is_text(&e->name, "Data") || is_text(&e->name, "ComplexData");
}

/* The literal Name of a <Data>; takes the attribute away when it has one. */
static bool take_name(struct compiler *k, struct element *e, struct text *name)
{
	if (!is_data(e))
		return false;
	for (struct attribute **at = &e->attribute; *at; at = &(*at)->next) {
		struct attribute *a = *at;
		if (!is_text(&a->name, "Name") || pieces_of(a->piece, PIECE_SLOT) || !a->piece)
			continue;
		buffer_clear(&k->scratch);
		for (const struct piece *p = a->piece; p; p = p->next)
			buffer_append(&k->scratch, p->text.utf8, p->text.length);
		if (!k->scratch.length)
			return false;
		*name = (struct text){ arena_copy(k->arena, k->scratch.data, k->scratch.length), k->scratch.length };
		*at = a->next;
		return true;
	}
	return false;
}

static bool unnamed_data(const struct element *e)
{
	return is_text(&e->name, "Data") && !e->attribute && !pieces_of(e->piece, PIECE_ELEMENT);
}

static void put_element(struct compiler *k, struct map_keys *keys, struct element *e, unsigned level);

static void put_content(struct compiler *k, struct map_keys *keys, struct element *e, unsigned level)
{
	static const struct text nothing = { (const uint8_t *)"", 0 };
	for (struct attribute *a = e->attribute; a && !k->wrong; a = a->next)
		put_leaf(k, keys, "@", &a->name, a->piece, NO_SLOT, true, 0);
	size_t elements = pieces_of(e->piece, PIECE_ELEMENT), slots = pieces_of(e->piece, PIECE_SLOT);
	bool text = false, listed = false, fragment = false;
	for (struct piece *p = e->piece; p && !k->wrong; p = p->next) {
		if (p->kind == PIECE_SLOT && p->type == EVTX_BINXML && elements + slots > 1) {
			step_new(k, STEP_FRAGMENT, NULL)->slot = p->slot;
			fragment = true;
		} else if (p->kind == PIECE_SLOT || (p->kind == PIECE_TEXT && p->text.length))
			text = true;
		if (p->kind != PIECE_ELEMENT)
			continue;
		if (!unnamed_data(p->element)) {
			put_element(k, keys, p->element, level);
			continue;
		}
		if (listed)
			continue;
		listed = true;
		uint32_t open;
		struct evtx_step *s = step_new(k, STEP_OPEN, &open);
		s->flags = STEP_DROP_EMPTY;
		uint16_t header = put_header(k, keys, "", &p->element->name, VALUE_LIST), nth = 0;
		step_at(k, open)->header = header;
		for (struct piece *q = p; q && !k->wrong; q = q->next)
			if (q->kind == PIECE_ELEMENT && unnamed_data(q->element))
				put_leaf(k, NULL, "", &nothing, q->element->piece, q->element->dependency, false, ++nth);
		step_new(k, STEP_CLOSE, NULL);
		step_at(k, open)->jump = (uint32_t)(k->steps.length / sizeof *s);
	}
	if (fragment)
		k->program->several = true;
	if (text) {
		struct piece *loose = NULL, **tail = &loose;
		for (struct piece *p = e->piece; p; p = p->next)
			if (p->kind == PIECE_TEXT || (p->kind == PIECE_SLOT && !(p->type == EVTX_BINXML && elements + slots > 1))) {
				struct piece *copy = arena_new(k->arena, sizeof *copy);
				*copy = *p;
				copy->next = NULL;
				*tail = copy;
				tail = &copy->next;
			}
		static const struct text word = { (const uint8_t *)"#text", 5 };
		put_leaf(k, keys, "", &word, loose, NO_SLOT, false, 0);
	}
}

static void put_element(struct compiler *k, struct map_keys *keys, struct element *e, unsigned level)
{
	struct text name = e->name;
	(void)take_name(k, e, &name);
	size_t elements = pieces_of(e->piece, PIECE_ELEMENT);
	if (!e->attribute && !elements) {
		put_leaf(k, keys, "", &name, e->piece, e->dependency, false, 0);
		return;
	}
	if (level > k->levels)
		k->levels = level;
	uint16_t gate = e->dependency;
	if (gate == NO_SLOT && !elements && e->piece && !e->piece->next && e->piece->kind == PIECE_SLOT && e->piece->optional)
		gate = e->piece->slot;
	uint32_t open;
	struct evtx_step *s = step_new(k, STEP_OPEN, &open);
	s->gate = gate;
	if (level > MAP_LEVELS) {       /* no map of its own: its entries go on in the one above */
		struct text above = k->path;
		buffer_clear(&k->scratch);
		buffer_append(&k->scratch, above.utf8, above.length);
		buffer_append(&k->scratch, name.utf8, name.length);
		buffer_byte(&k->scratch, '/');
		if (k->scratch.length > NAME_UNITS_MOST * 8) {
			fail(k, "names nested too long");
			return;
		}
		k->path = (struct text){ arena_copy(k->arena, k->scratch.data, k->scratch.length), k->scratch.length };
		put_content(k, keys, e, level + 1);
		k->path = above;
		step_at(k, open)->jump = (uint32_t)(k->steps.length / sizeof *s);
		return;
	}
	uint16_t header = put_header(k, keys, "", &name, VALUE_MAP);
	step_at(k, open)->header = header;
	struct map_keys inside = { 0 };
	struct text above = k->path;
	k->path = (struct text){ (const uint8_t *)"", 0 };
	put_content(k, &inside, e, level + 1);
	k->path = above;
	step_new(k, STEP_CLOSE, NULL);
	step_at(k, open)->jump = (uint32_t)(k->steps.length / sizeof *s);
}

/* ---- System */

static const struct { const char *element, *attribute; enum evtx_field field; } SYSTEM[] = {
	{ "Provider", "Name", EVTX_PROVIDER }, { "Provider", "Guid", EVTX_PROVIDER_GUID }, { "Provider", "EventSourceName", EVTX_EVENT_SOURCE },
	{ "EventID", NULL, EVTX_EVENT_ID }, { "EventID", "Qualifiers", EVTX_QUALIFIERS }, { "Version", NULL, EVTX_VERSION }, { "Level", NULL, EVTX_LEVEL },
	{ "Task", NULL, EVTX_TASK }, { "Opcode", NULL, EVTX_OPCODE }, { "Keywords", NULL, EVTX_KEYWORDS }, { "TimeCreated", "SystemTime", EVTX_TIME_CREATED },
	{ "EventRecordID", NULL, EVTX_RECORD_ID }, { "Correlation", "ActivityID", EVTX_ACTIVITY_ID }, { "Correlation", "RelatedActivityID", EVTX_RELATED_ACTIVITY_ID },
	{ "Execution", "ProcessID", EVTX_PROCESS_ID }, { "Execution", "ThreadID", EVTX_THREAD_ID }, { "Channel", NULL, EVTX_CHANNEL },
	{ "Computer", NULL, EVTX_COMPUTER }, { "Security", "UserID", EVTX_USER_ID },
};

static bool take_system(struct compiler *k, const struct text *element, const struct text *attribute, const struct piece *pieces)
{
	for (size_t i = 0; i < sizeof SYSTEM / sizeof *SYSTEM; i++) {
		if (!is_text(element, SYSTEM[i].element) || !attribute != !SYSTEM[i].attribute || (attribute && !is_text(attribute, SYSTEM[i].attribute)))
			continue;
		struct evtx_system_source *s = &k->program->system[SYSTEM[i].field];
		size_t slots = pieces_of(pieces, PIECE_SLOT);
		if (s->slot != NO_SLOT || s->literal || (slots && (slots > 1 || pieces->next || pieces->kind != PIECE_SLOT)))
			return false;
		if (slots) {
			s->slot = pieces->slot;
			return true;
		}
		buffer_clear(&k->scratch);
		for (const struct piece *p = pieces; p; p = p->next)
			buffer_append(&k->scratch, p->text.utf8, p->text.length);
		s->literal = true;
		s->value = (struct evtx_value){ arena_copy(k->arena, k->scratch.data ? (const void *)k->scratch.data : "", k->scratch.length), (uint32_t)k->scratch.length, EVTX_UTF8 };
		return true;
	}
	return false;
}

/* Takes the fields it knows out of <System>; what is left is data. */
static void system_take(struct compiler *k, struct element *system)
{
	for (struct piece **at = &system->piece; *at;) {
		struct piece *p = *at;
		if (p->kind != PIECE_ELEMENT) {
			at = &p->next;
			continue;
		}
		struct element *e = p->element;
		for (struct attribute **a = &e->attribute; *a;) {
			if (take_system(k, &e->name, &(*a)->name, (*a)->piece))
				*a = (*a)->next;
			else
				a = &(*a)->next;
		}
		if (!pieces_of(e->piece, PIECE_ELEMENT) && e->piece && take_system(k, &e->name, NULL, e->piece))
			e->piece = NULL;
		if (!e->attribute && !e->piece)
			*at = p->next;
		else
			at = &p->next;
	}
}

static void put_event(struct compiler *k, struct element *event)
{
	struct map_keys keys = { 0 };
	size_t entries = 0, fragments = 0;
	k->program->is_event = true;
	for (struct piece *p = event->piece; p && !k->wrong; p = p->next) {
		if (p->kind == PIECE_ELEMENT && is_text(&p->element->name, "System")) {
			system_take(k, p->element);
			if (!p->element->piece && !p->element->attribute)
				continue;
			uint32_t open = (uint32_t)(k->steps.length / sizeof(struct evtx_step));
			put_element(k, &keys, p->element, 1);
			if (!k->wrong && step_at(k, open)->kind == STEP_OPEN)
				for (uint32_t i = open; i < k->steps.length / sizeof(struct evtx_step); i++)
					if (step_at(k, i)->kind == STEP_OPEN)
						step_at(k, i)->flags |= STEP_DROP_EMPTY;        /* as a rule its attributes are NULL */
			entries++;
		} else if (p->kind == PIECE_ELEMENT) {
			if (p->element->name.length && (p->element->name.utf8[0] < 'A' || p->element->name.utf8[0] > 'Z'))
				k->program->lower_case_root = true;
			put_element(k, &keys, p->element, 1);
			entries++;
		} else if (p->kind == PIECE_SLOT) {
			step_new(k, STEP_FRAGMENT, NULL)->slot = p->slot;
			k->program->payload = p->slot;
			fragments++;
		}
	}
	if (fragments != 1)
		k->program->payload = NO_SLOT;
	k->program->several = fragments > 1 || (fragments && entries);
}

/* By what it contains, so that an event whose own name is damaged is one all the same. */
static bool is_event(const struct element *root)
{
	for (const struct piece *p = root->piece; p; p = p->next) {
		if (p->kind != PIECE_ELEMENT || !is_text(&p->element->name, "System"))
			continue;
		for (const struct piece *q = p->element->piece; q; q = q->next)
			if (q->kind == PIECE_ELEMENT && (is_text(&q->element->name, "EventID") || is_text(&q->element->name, "Provider")))
				return true;
	}
	return is_text(&root->name, "Event");
}

static void *keep(struct compiler *k, struct buffer *b)
{
	void *kept = arena_copy(k->arena, b->data ? (const void *)b->data : "", b->length);
	buffer_free(b);
	return kept;
}

struct evtx_program *evtx_compile(struct arena *arena, const uint8_t *chunk, size_t size, size_t at, size_t end, bool depends, const char **wrong)
{
	struct compiler k = { .arena = arena, .chunk = chunk, .size = size, .depends = depends, .path = { (const uint8_t *)"", 0 } };
	struct evtx_program *p = k.program = arena_new(arena, sizeof *p);
	k.c = cursor_of(chunk, end < size ? end : size, 0);
	k.c.at = at;
	p->payload = NO_SLOT;
	for (size_t i = 0; i < EVTX_SYSTEM_FIELDS; i++)
		p->system[i].slot = NO_SLOT;
	struct element *root = read_element(&k, 1);
	if (root && !k.wrong) {
		p->consumed = (uint32_t)(k.c.at - at);
		if (is_event(root))
			put_event(&k, root);
		else {
			struct map_keys keys = { 0 };
			p->lower_case_root = !root->name.length || root->name.utf8[0] < 'A' || root->name.utf8[0] > 'Z';
			put_element(&k, &keys, root, 1);
		}
	}
	p->steps = (uint32_t)(k.steps.length / sizeof *p->step);
	p->leaves = (uint32_t)(k.leaves.length / sizeof *p->leaf);
	p->outsides = (uint32_t)(k.outside.length / sizeof *p->outside);
	p->pool_length = (uint32_t)k.pool.length;
	buffer_reserve(&k.pool, 64);            /* short headers are copied as blocks */
	k.pool.length += 64;
	memset(k.pool.data + p->pool_length, 0, 64);
	p->pool = keep(&k, &k.pool);
	p->step = keep(&k, &k.steps);
	p->leaf = keep(&k, &k.leaves);
	/* the names that stood elsewhere, kept to be compared */
	buffer_clear(&k.scratch);
	for (uint32_t i = 0; i < p->outsides; i++) {
		struct evtx_outside *o = (struct evtx_outside *)(void *)k.outside.data + i;
		size_t from = o->name_at;
		o->name_at = (uint32_t)k.scratch.length;
		buffer_append(&k.scratch, chunk + from, (size_t)o->units * 2);
		if (k.scratch.length > POOL_MOST) {
			fail(&k, "a template that makes too much of its bytes");
			break;
		}
	}
	p->outside = keep(&k, &k.outside);
	p->names = keep(&k, &k.scratch);
	p->levels = (uint8_t)(k.levels < MAP_LEVELS ? k.levels : MAP_LEVELS);
	*wrong = k.wrong;
	return k.wrong ? NULL : p;
}

bool evtx_same_names(const struct evtx_program *p, const uint8_t *chunk, size_t size)
{
	for (uint32_t i = 0; i < p->outsides; i++) {
		const struct evtx_outside *o = &p->outside[i];
		size_t length = (size_t)o->units * 2;
		if (o->offset > size || size - o->offset < 8 + length)
			return false;
		const uint8_t *name = chunk + o->offset;
		if ((name[6] | name[7] << 8) != o->units || memcmp(name + 8, p->names + o->name_at, length) != 0)
			return false;
	}
	return true;
}
