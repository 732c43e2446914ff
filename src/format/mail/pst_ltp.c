/* SPDX-License-Identifier: Apache-2.0 */
/* pst_ltp.c: lists, tables and properties of a PST ([MS-PST] 2.3): heap on node, BTH, property context, table context.
 *
 * Everything inside a heap is a small number that names an allocation; what does not lead anywhere is left out and the rest is given. */
#include <string.h>

#include "base/cursor.h"
#include "format/mail/header.h"
#include "format/mail/pst.h"

enum { CLIENT_BTH = 0xb5, CLIENT_PC = 0xbc, CLIENT_TC = 0x7c, HEAP_SIGN = 0xec, INTERNAL = 2, PROPERTIES_MAX = 8192, COLUMNS_MAX = 4096 };

static bool heap_head(const uint8_t *bytes, size_t length) { return length >= 12 && bytes[2] == HEAP_SIGN; }

/* Sets the encoding and the head of a heap whose blocks lie at h->bytes as they are stored; a block that is none is taken as the store's. */
static bool heap_begin(struct pst *p, struct pst_heap *h, uint8_t *bytes, const struct pst_block *block)
{
	size_t first = h->start[1];
	h->crypt = p->crypt;
	for (unsigned k = 0; k < PST_CRYPTS; k++) {
		enum pst_crypt crypt = (enum pst_crypt)((p->crypt + k) % PST_CRYPTS);
		uint8_t head[12];
		if (first < sizeof head)
			return false;
		memcpy(head, bytes, sizeof head);
		pst_decode(p, crypt, block[0].bid, head, sizeof head);
		if (heap_head(head, sizeof head)) {
			h->crypt = crypt;
			break;
		}
	}
	for (size_t i = 0; i < h->blocks; i++)
		pst_decode(p, h->crypt, block[i].bid, bytes + h->start[i], h->start[i + 1] - h->start[i]);
	h->bytes = bytes;
	struct cursor c = cursor_of(bytes, first, 0);
	cursor_u16le(&c);                       /* ibHnpm */
	bool sign = cursor_u8(&c) == HEAP_SIGN;
	h->client = cursor_u8(&c);
	h->root = cursor_u32le(&c);
	if (!sign)
		p->tainted = true;
	return sign || h->client == CLIENT_PC || h->client == CLIENT_TC;
}

/* A page map at this place: its allocations begin at `first`, follow one another and end before it. */
static bool is_map(const uint8_t *bytes, size_t size, size_t at, size_t first)
{
	struct cursor c = cursor_of(bytes, size, 0);
	c.at = at;
	size_t count = cursor_u16le(&c), last = first;
	cursor_u16le(&c);                       /* cFree */
	if (!count || count * 2 + 2 > cursor_left(&c) || cursor_u16le(&c) != first)
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t to = cursor_u16le(&c);
		if (to < last || to > at)
			return false;
		last = to;
	}
	return true;
}

/* Where the page map of each block is: where the block says, or, when what lies there can't be one, the last place of the block that looks like one. Needs the blocks decoded. */
static void maps_find(struct pst_heap *h, struct arena *a)
{
	h->map = arena_array(a, h->blocks + 1, sizeof *h->map);
	for (size_t i = 0; i < h->blocks; i++) {
		const uint8_t *bytes = h->bytes + h->start[i];
		size_t size = h->start[i + 1] - h->start[i], first = i == 0 ? 12 : i % 128 == 8 ? 66 : 2;
		struct cursor c = cursor_of(bytes, size, 0);
		h->map[i] = cursor_u16le(&c);
		if (h->map[i] + 6 <= size && h->map[i] > first)
			continue;
		for (size_t at = size & ~(size_t)1; at > first; at -= 2)
			if (is_map(bytes, size, at, first)) {
				h->map[i] = at;
				break;
			}
	}
}

static bool heap_read(struct pst *p, const struct pst_block *block, size_t blocks, struct pst_heap *h, struct arena *a)
{
	struct buffer bytes = { 0 };
	*h = (struct pst_heap){ 0 };
	h->start = arena_array(a, blocks + 1, sizeof *h->start);
	for (size_t i = 0; i < blocks && bytes.length < PST_HEAP_MAX; i++) {
		pst_block_read(p, &block[i], PST_PLAIN, &bytes);
		h->start[++h->blocks] = bytes.length;
	}
	if (h->blocks < blocks)
		pst_error(p, "limit", "pst.heap", block[0].offset, 0, "a heap of more than %d bytes: the rest is not read", PST_HEAP_MAX);
	bool good = h->blocks && heap_begin(p, h, arena_copy(a, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length), block);
	if (good)
		maps_find(h, a);
	buffer_free(&bytes);
	return good;
}

bool pst_heap_open(struct pst *p, uint64_t data, struct pst_heap *h, struct arena *a)
{
	struct pst_stream s;
	pst_stream_open(p, data, &s, a);
	return s.blocks && heap_read(p, s.block, s.blocks, h, a);
}

bool pst_heap_of(struct pst *p, const struct pst_block *b, struct pst_heap *h, struct arena *a) { return heap_read(p, b, 1, h, a); }

const uint8_t *pst_heap_item(const struct pst *p, const struct pst_heap *h, uint32_t hid, size_t *length)
{
	unsigned bits = p->kind == PST_4K ? 14 : 11;
	size_t block = hid >> (5 + bits), index = hid >> 5 & ((1u << bits) - 1);
	*length = 0;
	if (hid & 0x1f || !index || block >= h->blocks)
		return NULL;
	const uint8_t *bytes = h->bytes + h->start[block];
	size_t size = h->start[block + 1] - h->start[block];
	struct cursor c = cursor_of(bytes, size, 0);
	c.at = h->map[block];
	size_t count = cursor_u16le(&c);
	cursor_u16le(&c);                       /* cFree */
	if (index > count)
		return NULL;
	c.at += 2 * (index - 1);
	size_t from = cursor_u16le(&c), to = cursor_u16le(&c);
	if (c.bad || from > to || to > size)
		return NULL;
	*length = to - from;
	return bytes + from;
}

/* ---- BTH */

typedef bool bth_leaf(void *owner, const uint8_t *record, size_t length);

struct bth { struct pst *p; const struct pst_heap *heap; size_t key, entry; size_t items; bth_leaf *leaf; void *owner; bool damaged; };

static bool bth_level(struct bth *b, uint32_t hid, unsigned level)
{
	size_t length;
	const uint8_t *bytes = pst_heap_item(b->p, b->heap, hid, &length);
	size_t record = level ? b->key + 4 : b->key + b->entry;
	if (!bytes || b->items++ > b->heap->start[b->heap->blocks] / 8 + 64) {
		b->damaged |= hid != 0;
		return true;
	}
	for (size_t at = 0; at + record <= length; at += record) {
		if (!level) {
			if (!b->leaf(b->owner, bytes + at, record))
				return false;
			continue;
		}
		struct cursor c = cursor_of(bytes + at + b->key, 4, 0);
		if (!bth_level(b, cursor_u32le(&c), level - 1))
			return false;
	}
	return true;
}

/* False: there is no such tree. */
static bool bth_walk(struct pst *p, const struct pst_heap *h, uint32_t hid, size_t key, size_t entry, bth_leaf *leaf, void *owner, bool *damaged)
{
	size_t length;
	const uint8_t *bytes = pst_heap_item(p, h, hid, &length);
	struct cursor c = cursor_of(bytes, bytes ? length : 0, 0);
	unsigned sign = cursor_u8(&c);
	struct bth b = { .p = p, .heap = h, .key = cursor_u8(&c), .entry = cursor_u8(&c), .leaf = leaf, .owner = owner };
	unsigned levels = cursor_u8(&c);
	uint32_t root = cursor_u32le(&c);
	/* one wrong byte of these is no reason to lose the tree: who asks knows key and entry */
	unsigned odd = (sign != CLIENT_BTH ? 1u : 0u) + (b.key != key ? 1u : 0u) + (b.entry != entry ? 1u : 0u);
	if (c.bad || odd > 1 || levels > PST_LEVELS_MAX)
		return false;
	b.key = key;
	b.entry = entry;
	bth_level(&b, root, levels);
	*damaged |= b.damaged || odd;
	return true;
}

/* ---- property context */

static bool property_leaf(void *owner, const uint8_t *record, size_t length)
{
	struct pst_properties *c = owner;
	struct cursor r = cursor_of(record, length, 0);
	struct pst_property q = { .id = cursor_u16le(&r), .type = cursor_u16le(&r) };
	q.value = cursor_u32le(&r);
	c->property = arena_room(c->arena, c->property, c->properties, &c->room, sizeof *c->property);
	c->property[c->properties++] = q;
	return c->properties < PROPERTIES_MAX;
}

static bool type_known(unsigned type)
{
	static const uint16_t types[] = { MAPI_SHORT, MAPI_LONG, MAPI_FLOAT, MAPI_DOUBLE, MAPI_CURRENCY, MAPI_OLE_TIME, MAPI_ERROR, MAPI_BOOLEAN, MAPI_OBJECT, MAPI_INTEGER64, MAPI_TEXT8, MAPI_TEXT16,
		MAPI_TIME, MAPI_GUID, MAPI_BINARY };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if ((type & ~0x1000u) == types[i])
			return true;
	return false;
}

/* Number of the property whose record this may be; 0: none. */
static unsigned record_id(const uint8_t *bytes)
{
	struct cursor r = cursor_of(bytes, 4, 0);
	unsigned id = cursor_u16le(&r), type = cursor_u16le(&r);
	return type_known(type) ? id : 0;
}

/* Where map or tree of a property context are damaged its records still stand in a row, by rising numbers: the longest such row of the first block, and what
 * goes on before and behind it with some records damaged. */
static void properties_scan(struct pst_properties *c)
{
	enum { RECORD = 8, LEAST = 4, HEAD = 12, DAMAGED_MAX = 4 };
	const uint8_t *bytes = c->heap.bytes;
	size_t length = c->heap.start[1], best = 0, best_count = LEAST - 1;
	for (size_t phase = 0; phase < RECORD; phase++) {
		size_t begin = 0, count = 0;
		unsigned before = 0;
		for (size_t at = HEAD + phase; at + RECORD <= length; at += RECORD) {
			unsigned id = record_id(bytes + at);
			if (!id || !count || id <= before) {
				begin = at;
				count = 0;
			}
			count += id != 0;
			before = id;
			if (count > best_count) {
				best = begin;
				best_count = count;
			}
		}
	}
	if (!best)
		return;
	unsigned id = record_id(bytes + best), damaged = 0;
	for (size_t at = best; at >= HEAD + RECORD && damaged <= DAMAGED_MAX;) {
		unsigned before = record_id(bytes + (at -= RECORD));
		bool fits = before && before < id;
		damaged = fits ? 0 : damaged + 1;
		if (fits) {
			id = before;
			best = at;
		}
	}
	id = damaged = 0;
	for (size_t at = best; at + RECORD <= length && damaged <= DAMAGED_MAX; at += RECORD) {
		unsigned next = record_id(bytes + at);
		damaged = next > id ? 0 : damaged + 1;
		id = next > id ? next : id;
		if (!damaged && !property_leaf(c, bytes + at, RECORD))
			return;
	}
}

bool pst_properties_of(struct pst *p, struct pst_properties *c, struct arena *a)
{
	c->arena = a;
	c->property = NULL;
	c->properties = c->room = 0;
	bool damaged = false, good = bth_walk(p, &c->heap, c->heap.root, 2, 6, property_leaf, c, &damaged);
	/* the root's number alone may be damaged: the header of the tree is the first allocation as a rule */
	if (!good || !c->properties)
		good = bth_walk(p, &c->heap, 0x20, 2, 6, property_leaf, c, &damaged) || good;
	if (!c->properties) {
		properties_scan(c);
		damaged = true;
	}
	c->incomplete = damaged;
	return c->properties > 0;
}

bool pst_properties_open(struct pst *p, uint64_t data, uint64_t sub, struct pst_properties *c, struct arena *a)
{
	*c = (struct pst_properties){ 0 };
	if (!pst_heap_open(p, data, &c->heap, a))
		return false;
	c->subs = pst_subnodes(p, sub, &c->sub, a);
	return pst_properties_of(p, c, a);
}

const struct pst_property *pst_property_find(const struct pst_properties *c, unsigned id)
{
	for (size_t i = 0; i < c->properties; i++)
		if (c->property[i].id == id)
			return &c->property[i];
	return NULL;
}

uint32_t pst_property_number(const struct pst_properties *c, unsigned id, uint32_t otherwise)
{
	const struct pst_property *q = pst_property_find(c, id);
	return q && (q->type == 3 || q->type == 2 || q->type == 11 || q->type == 10) ? q->value : otherwise;
}

static const uint8_t *value_bytes(struct pst *p, const struct pst_heap *h, const struct pst_node *sub, size_t subs, uint32_t hnid, size_t most, size_t *length, bool *cut, struct arena *a)
{
	*length = 0;
	if (!hnid)
		return NULL;
	if (!(hnid & 0x1f)) {
		const uint8_t *bytes = pst_heap_item(p, h, hnid, length);
		if (bytes && *length > most) {
			*length = most;
			if (cut)
				*cut = true;
		}
		return bytes;
	}
	const struct pst_node *n = pst_subnode_find(sub, subs, hnid);
	if (!n)
		return NULL;
	struct pst_stream s;
	struct buffer bytes = { 0 };
	pst_stream_open(p, n->data, &s, a);
	pst_stream_read(p, &s, h->crypt, most, &bytes);
	if (cut && s.size > most)
		*cut = true;
	*length = bytes.length;
	const uint8_t *copy = arena_copy(a, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length);
	buffer_free(&bytes);
	return copy;
}

const uint8_t *pst_property_bytes(struct pst *p, const struct pst_properties *c, unsigned id, size_t most, size_t *length, bool *cut)
{
	const struct pst_property *q = pst_property_find(c, id);
	*length = 0;
	if (!q || q->type == 2 || q->type == 3 || q->type == 4 || q->type == 10 || q->type == 11)
		return NULL;
	return value_bytes(p, &c->heap, c->sub, c->subs, q->value, most, length, cut, c->arena);
}

bool pst_property_stream(struct pst *p, const struct pst_properties *c, unsigned id, struct pst_stream *s)
{
	const struct pst_property *q = pst_property_find(c, id);
	const struct pst_node *n = q && q->value & 0x1f ? pst_subnode_find(c->sub, c->subs, q->value) : NULL;
	if (!n)
		return false;
	pst_stream_open(p, n->data, s, c->arena);
	return true;
}

struct timestamp pst_property_time(struct pst *p, const struct pst_properties *c, unsigned id)
{
	const struct pst_property *q = pst_property_find(c, id);
	size_t length = 0;
	const uint8_t *bytes = q && q->type == 0x40 ? pst_property_bytes(p, c, id, 8, &length, NULL) : NULL;
	struct cursor r = cursor_of(bytes, bytes ? length : 0, 0);
	uint64_t ticks = cursor_u64le(&r);
	return r.bad ? (struct timestamp){ 0 } : time_from_filetime(ticks);
}

const char *pst_text(struct pst *p, unsigned type, const uint8_t *bytes, size_t length, uint32_t code_page, struct arena *a, size_t *out_length)
{
	return mapi_text_of(type, bytes, length, code_page ? code_page : p->code_page, a, out_length);
}

const char *pst_property_text(struct pst *p, const struct pst_properties *c, unsigned id, size_t *length)
{
	const struct pst_property *q = pst_property_find(c, id);
	size_t size;
	*length = 0;
	const uint8_t *bytes = q && (q->type == 0x1e || q->type == 0x1f) ? pst_property_bytes(p, c, id, PST_BODY_MAX, &size, NULL) : NULL;
	return bytes ? pst_text(p, q->type, bytes, size, pst_property_number(c, 0x3ffd, 0), c->arena, length) : NULL;
}

/* ---- table context */

struct rows { struct pst_table *t; size_t number; };

static bool row_leaf(void *owner, const uint8_t *record, size_t length)
{
	struct rows *rows = owner;
	struct pst_table *t = rows->t;
	struct cursor c = cursor_of(record, length, 0);
	cursor_u32le(&c);                       /* dwRowID */
	uint32_t number = (uint32_t)cursor_le(&c, rows->number);
	t->row = arena_room(t->arena, t->row, t->rows, &t->rows_room, sizeof *t->row);
	t->row[t->rows++] = number;
	return t->rows < PST_LIST_MAX;
}

bool pst_table_open(struct pst *p, uint64_t data, uint64_t sub, struct pst_table *t, struct arena *a)
{
	*t = (struct pst_table){ .arena = a };
	if (!pst_heap_open(p, data, &t->heap, a))
		return false;
	t->subs = pst_subnodes(p, sub, &t->sub, a);
	size_t length;
	const uint8_t *bytes = pst_heap_item(p, &t->heap, t->heap.root, &length);
	struct cursor c = cursor_of(bytes, bytes ? length : 0, 0);
	cursor_u8(&c);                          /* 0x7C */
	size_t columns = cursor_u8(&c);
	cursor_skip(&c, 4);                     /* ends of the columns of 8 and 4, and of 2 bytes */
	t->bitmap = cursor_u16le(&c);           /* end of those of 1 byte */
	t->row_size = cursor_u16le(&c);
	uint32_t index = cursor_u32le(&c), rows = cursor_u32le(&c);
	cursor_u32le(&c);                       /* hidIndex, unused */
	if (c.bad)
		return false;
	t->column = arena_array(a, columns, sizeof *t->column);
	for (size_t i = 0; i < columns && cursor_left(&c) >= 8; i++) {
		struct pst_column *k = &t->column[t->columns++];
		k->type = cursor_u16le(&c);
		k->id = cursor_u16le(&c);
		k->at = cursor_u16le(&c);
		k->length = cursor_u8(&c);
		k->bit = cursor_u8(&c);
	}
	/* a row ends behind its bitmap; a wrong size is mended from that */
	size_t least = t->bitmap + (columns + 7) / 8;
	if (t->row_size != least) {
		pst_error(p, "damage", "pst.table", 0, 0, "a table says that its rows have %zu bytes; its columns have %zu", t->row_size, least);
		p->tainted = true;
		t->row_size = least;
	}
	bool damaged = false;
	struct rows list = { t, p->kind == PST_ANSI ? 2 : 4 };
	bth_walk(p, &t->heap, index, 4, list.number, row_leaf, &list, &damaged);
	if (rows && !(rows & 0x1f)) {
		t->cells = pst_heap_item(p, &t->heap, rows, &t->cells_length);
	} else if (rows) {
		const struct pst_node *n = pst_subnode_find(t->sub, t->subs, rows);
		if (n)
			pst_stream_open(p, n->data, &t->matrix, a);
		struct buffer all = { 0 };
		t->block_start = arena_array(a, t->matrix.blocks + 1, sizeof *t->block_start);
		for (size_t i = 0; i < t->matrix.blocks; i++) {
			if (all.length < PST_HEAP_MAX)
				pst_block_read(p, &t->matrix.block[i], t->heap.crypt, &all);
			t->block_start[i + 1] = all.length;
		}
		t->cells_length = all.length;
		t->cells = arena_copy(a, all.data ? all.data : (const uint8_t *)"", all.length);
		buffer_free(&all);
	}
	return true;
}

static const uint8_t *row_at(const struct pst_table *t, size_t number)
{
	uint64_t at;
	if (!t->row_size || !t->cells)
		return NULL;
	if (t->block_start && t->matrix.blocks) {
		size_t each = t->block_start[1] / t->row_size;  /* rows never straddle blocks */
		if (!each || number / each >= t->matrix.blocks)
			return NULL;
		at = t->block_start[number / each] + (uint64_t)(number % each) * t->row_size;
		if (at + t->row_size > t->block_start[number / each + 1])
			return NULL;
	} else
		at = (uint64_t)number * t->row_size;
	return at + t->row_size <= t->cells_length ? t->cells + at : NULL;
}

const uint8_t *pst_table_cell(struct pst *p, const struct pst_table *t, size_t which, unsigned id, unsigned *type, size_t *length)
{
	*length = 0;
	const uint8_t *row = which < t->rows ? row_at(t, t->row[which]) : NULL;
	for (size_t i = 0; row && i < t->columns; i++) {
		const struct pst_column *k = &t->column[i];
		if (k->id != id)
			continue;
		size_t bit = t->bitmap + k->bit / 8;
		if (bit >= t->row_size || (size_t)k->at + k->length > t->row_size || !(row[bit] & (0x80 >> k->bit % 8)))
			return NULL;
		*type = k->type;
		bool fixed = k->type == 2 || k->type == 3 || k->type == 4 || k->type == 5 || k->type == 6 || k->type == 7 || k->type == 10 || k->type == 11 || k->type == 0x14 || k->type == 0x40;
		if (fixed) {
			*length = k->length;
			return row + k->at;
		}
		if (k->length < 4)
			return NULL;
		struct cursor c = cursor_of(row + k->at, 4, 0);
		return value_bytes(p, &t->heap, t->sub, t->subs, cursor_u32le(&c), PST_BODY_MAX, length, NULL, t->arena);
	}
	return NULL;
}
