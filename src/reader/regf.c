/* SPDX-License-Identifier: Apache-2.0 */
/* regf.c: the registry hive file ("regf"): base block, bins, cells, keys, values.
 *
 * Public descriptions: msuhanov/regf "Windows registry file format specification"; libyal/libregf documentation. Layout of what is read here:
 *   base block  0 "regf"  4 primary, 8 secondary sequence  12 last written  20 major, 24 minor  28 file type  36 root cell  40 size of the bins  48 name, 64 bytes
 *               508 XOR of the 127 words before
 *   bin         0 "hbin"  4 own offset  8 size          cell: i32 size, negative when it is in use, then its data
 *   nk  2 flags  4 written  12 access bits  13 layer  16 parent  20 subkeys  28 their list  36 values  40 their list  44 sk  48 class  72 name length  74 class length  76 name
 *   lf, lh  2 count, entries (nk, 4 bytes)    li  2 count, entries (nk)    ri  2 count, entries (list)
 *   vk  2 name length  4 size, bit 31: the data is in the next field  8 data  12 type  16 flags, 1: Latin-1 name  20 name
 *   db  2 segments  4 list of segments, each of 16344 bytes of data
 * What others get wrong: a list that leads back to its own parents (a bit for each cell that was gone through), counts larger than their cell (clipped), an index of
 * indexes that is one itself, a size field that is too small (the chain of bins decides), bytes behind the last bin, data segments that are all the same cell. */
#include "reader/regf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "reader/regf_log.h"


enum { PAGE = 4096, BIN_HEADER = 32, NK_NAME = 76, VK_NAME = 20, SEGMENT = 16344, TOLD_MAX = 1000, CELL_MIN = 8 };
#define HIVE_MAX (UINT64_C(2) << 30)

static inline uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

static void __attribute__((format(printf, 6, 7))) tell(struct regf *h, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *format, ...)
{
	char text[200];
	if (h->told > TOLD_MAX || !h->damage)
		return;
	if (h->told++ == TOLD_MAX) {
		snprintf(text, sizeof text, "more than %d damaged places: the others are not told one by one", TOLD_MAX);
		h->damage(h->owner, "limit", "regf.damage", 0, 0, text);
		return;
	}
	va_list a;
	va_start(a, format);
	vsnprintf(text, sizeof text, format, a);
	va_end(a);
	h->damage(h->owner, class, kind, offset, length, text);
}

const char *regf_state_name(enum regf_state s)
{
	static const char *const name[REGF_STATES] = { "clean", "dirty_replayed", "dirty_no_log", "log_mismatch" };
	return s < REGF_STATES ? name[s] : "unknown";
}

/* ---- bins and cells */

bool regf_bin_at(const struct regf *h, size_t at, uint32_t *size)
{
	if (at > h->size || h->size - at < BIN_HEADER || memcmp(h->image + at, "hbin", 4) != 0)
		return false;
	*size = u32(h->image + at + 8);
	return u32(h->image + at + 4) == at - REGF_BASE_BLOCK && *size >= PAGE && *size % PAGE == 0;
}

/* Follows the chain of bins. Where it breaks inside the stated size, the next page that can be one continues it. */
static void bins_walk(struct regf *h, uint64_t stated)
{
	size_t pages = h->size <= REGF_BASE_BLOCK ? 0 : (h->size - REGF_BASE_BLOCK + PAGE - 1) / PAGE;
	h->bin_end = memory_array(pages + 1, sizeof *h->bin_end);
	size_t at = REGF_BASE_BLOCK, hole = 0;
	h->end = at;
	while (at < h->size) {
		uint32_t size = PAGE;
		bool good = regf_bin_at(h, at, &size);
		if (!good) {
			if (at - REGF_BASE_BLOCK >= stated)
				break;
			if (!hole)
				hole = at;
			/* what was in that bin can still be read, cell by cell: it ends where the next one begins */
			size = PAGE;
		} else {
			if (hole)
				tell(h, "damage", "regf.bin", hole, at - hole, "no bin begins here");
			hole = 0;
		}
		size_t next = size < h->size - at ? at + size : h->size;
		if (good && size > h->size - at) {
			h->truncated = true;
			tell(h, "damage", "regf.truncated", at, h->size - at, "the file ends inside a bin of %u bytes", size);
		}
		for (size_t page = (at - REGF_BASE_BLOCK) / PAGE; page < pages && REGF_BASE_BLOCK + page * PAGE < next; page++)
			h->bin_end[page] = (uint32_t)(next - REGF_BASE_BLOCK);
		at = next;
		if (good)
			h->end = at;
	}
	if (hole) {
		uint64_t hole_end = stated + REGF_BASE_BLOCK < h->size ? stated + REGF_BASE_BLOCK : h->size;
		tell(h, "damage", "regf.bin", hole, hole_end - hole, "no bin begins here");
		h->end = (size_t)hole_end;
	}
	/* a lost header: the pages up to the next bin are one bin */
	for (size_t page = pages; page-- > 1;) {
		uint32_t size;
		if (h->bin_end[page - 1] == page * PAGE && h->bin_end[page] && !regf_bin_at(h, REGF_BASE_BLOCK + page * PAGE, &size))
			h->bin_end[page - 1] = h->bin_end[page];
	}
	if (stated > h->size - (h->size < REGF_BASE_BLOCK ? h->size : REGF_BASE_BLOCK) && !h->truncated) {
		h->truncated = true;
		tell(h, "damage", "regf.truncated", h->size, stated + REGF_BASE_BLOCK - h->size, "the hive states %llu bytes of bins, the file ends before", (unsigned long long)stated);
	}
}

const uint8_t *regf_cell(const struct regf *h, uint32_t cell, size_t *length, bool *allocated)
{
	*length = 0;
	if (cell >= h->end - REGF_BASE_BLOCK || cell % 8 || h->end - REGF_BASE_BLOCK - cell < CELL_MIN)
		return NULL;
	uint32_t limit = h->bin_end[cell / PAGE];
	if (limit > h->end - REGF_BASE_BLOCK)           /* a size that is no multiple of a page ends amid a lost bin */
		limit = (uint32_t)(h->end - REGF_BASE_BLOCK);
	if (limit < CELL_MIN || cell > limit - CELL_MIN)
		return NULL;
	const uint8_t *p = h->image + REGF_BASE_BLOCK + cell;
	uint32_t size = u32(p);
	bool used = size & 0x80000000;
	size_t bytes = used ? (size_t)0x100000000 - size : size;
	if (bytes < CELL_MIN)
		return NULL;
	if (bytes > limit - cell)
		bytes = limit - cell;
	if (allocated)
		*allocated = used;
	*length = bytes - 4;
	return p + 4;
}

/* First time here? Keys and lists are gone through once. */
static inline bool enter(struct regf *h, uint32_t cell)
{
	uint64_t *word = &h->seen[cell / 8 / 64], bit = UINT64_C(1) << cell / 8 % 64;
	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

/* ---- keys */

void regf_key_read(struct regf_key *k, uint32_t cell, const uint8_t *p, size_t length)
{
	k->cell = cell;
	k->cell_length = length + 4;
	k->flags = u16(p + 2);
	k->written = u64(p + 4);
	k->access = p[12];
	k->layer = p[13];
	k->parent = u32(p + 16);
	k->subkeys = u32(p + 20);
	k->subkey_list = u32(p + 28);
	k->values = k->flags & REGF_PREDEFINED ? 0 : u32(p + 36);
	k->value_list = u32(p + 40);
	k->security = u32(p + 44);
	k->class_cell = u32(p + 48);
	k->class_length = u16(p + 74);
	k->name = p + NK_NAME;
	k->name_length = u16(p + 72);
	k->name_latin1 = k->flags & REGF_COMPRESSED;
	k->depth = 0;
	if (k->name_length > length - NK_NAME)
		k->name_length = length - NK_NAME;
}

/* Keys and values: a cell of at least `least` bytes that begins with `signature`, its name's length stated at `name_at`. */
struct named_cell { const char *signature, *what, *kind; size_t least, name_at; };
static const struct named_cell KEY_CELL = { "nk", "key", "regf.key", NK_NAME, 72 }, VALUE_CELL = { "vk", "value", "regf.value", VK_NAME, 2 };

/* NULL: a list leads there, but it is none; told with `say`, as is a name that is longer than its cell. */
static const uint8_t *named_cell_at(struct regf *h, uint32_t cell, const struct named_cell *n, size_t *length, bool say)
{
	const uint8_t *p = regf_cell(h, cell, length, NULL);
	if (!p || *length < n->least || memcmp(p, n->signature, 2) != 0) {
		if (say)
			tell(h, "damage", n->kind, regf_offset(cell), p ? *length + 4 : 0, "a list leads to a cell that holds no %s", n->what);
		return NULL;
	}
	if (say && u16(p + n->name_at) > *length - n->least)
		tell(h, "damage", "regf.name", regf_offset(cell), *length + 4, "a %s's name of %u bytes ends behind its cell", n->what, u16(p + n->name_at));
	return p;
}

bool regf_key_at(struct regf *h, uint32_t cell, struct regf_key *k, bool say)
{
	size_t length;
	const uint8_t *p = named_cell_at(h, cell, &KEY_CELL, &length, say);
	if (p)
		regf_key_read(k, cell, p, length);
	return p;
}

/* Takes a leaf or an index in hand. deep: it was reached through an index. */
static bool list_take(struct regf *h, struct regf_list *l, uint32_t cell, bool deep)
{
	size_t length;
	const uint8_t *p = regf_cell(h, cell, &length, NULL);
	if (!p || length < 4) {
		tell(h, "damage", "regf.list", regf_offset(cell), 0, "a list of subkeys that is not there");
		return false;
	}
	uint32_t count = u16(p + 2);
	bool index = p[0] == 'r' && p[1] == 'i';
	uint8_t size = p[0] == 'l' && (p[1] == 'f' || p[1] == 'h') ? 8 : index || (p[0] == 'l' && p[1] == 'i') ? 4 : 0;
	if (!size || (index && deep)) {
		tell(h, "damage", "regf.list", regf_offset(cell), length + 4, size ? "an index of subkey lists inside another" : "no list of subkeys");
		return false;
	}
	if (!enter(h, cell)) {
		tell(h, "damage", "regf.shared", regf_offset(cell), length + 4, "a list of subkeys that another key has as well");
		return false;
	}
	if (count > (length - 4) / size) {
		tell(h, "damage", "regf.count", regf_offset(cell), length + 4, "a list states %u entries, its cell holds %zu", count, (length - 4) / size);
		count = (uint32_t)((length - 4) / size);
	}
	if (index) {
		l->index = p + 4;
		l->indexes = count;
		l->index_at = 0;
		l->entries = l->entry_at = 0;
	} else {
		l->leaf = p + 4;
		l->entries = count;
		l->entry_at = 0;
		l->entry_size = size;
		l->cell = cell;
	}
	return true;
}

static void list_open(struct regf *h, struct regf_list *l, const struct regf_key *k)
{
	*l = (struct regf_list){ 0 };
	if (k->subkeys && k->subkey_list != REGF_NONE)
		(void)list_take(h, l, k->subkey_list, false);
}

static bool list_next(struct regf *h, struct regf_list *l, uint32_t *cell)
{
	for (;;) {
		if (l->entry_at < l->entries) {
			if (!h->entries_left) {
				if (!h->entries_told)
					tell(h, "limit", "regf.entries", 0, 0, "more entries of lists than a hive of this size can hold: the rest is left out");
				h->entries_told = true;
				return false;
			}
			h->entries_left--;
			*cell = u32(l->leaf + (size_t)l->entry_at++ * l->entry_size);
			return true;
		}
		if (l->index_at >= l->indexes)
			return false;
		if (!list_take(h, l, u32(l->index + (size_t)l->index_at++ * 4), true))
			l->entries = l->entry_at = 0;
	}
}

void regf_walk_start(struct regf_walk *w, struct regf *h, uint32_t cell)
{
	*w = (struct regf_walk){ .h = h };
	w->level = memory_array(REGF_DEPTH, sizeof *w->level);
	w->begun = regf_key_at(h, cell, &w->last, true) && enter(h, cell);
	w->depth = 0;
}

bool regf_walk_next(struct regf_walk *w, struct regf_key *k)
{
	struct regf *h = w->h;
	if (w->begun) {
		w->begun = false;
		list_open(h, &w->level[0], &w->last);
		w->depth = 1;
		*k = w->last;
		return true;
	}
	while (w->depth) {
		uint32_t cell;
		if (!list_next(h, &w->level[w->depth - 1], &cell)) {
			w->depth--;
			continue;
		}
		if (!regf_key_at(h, cell, k, true))
			continue;
		if (!enter(h, cell)) {
			tell(h, "damage", "regf.shared", regf_offset(cell), k->cell_length, "a key that stands in more than one list of subkeys");
			continue;
		}
		k->depth = w->depth;
		if (k->subkeys && k->subkey_list != REGF_NONE) {
			if (w->depth >= REGF_DEPTH)
				tell(h, "limit", "regf.depth", regf_offset(cell), k->cell_length, "keys inside keys, more than %d deep: not opened", REGF_DEPTH);
			else
				list_open(h, &w->level[w->depth++], k);
		}
		return true;
	}
	return false;
}

void regf_walk_end(struct regf_walk *w)
{
	free(w->level);
	w->level = NULL;
}

bool regf_child(struct regf *h, const struct regf_key *k, const char *name, struct regf_key *child)
{
	/* outside of a walk: lists are looked at without being marked */
	size_t length;
	const uint8_t *p = k->subkeys && k->subkey_list != REGF_NONE ? regf_cell(h, k->subkey_list, &length, NULL) : NULL;
	uint32_t indexes = p && length >= 4 && !memcmp(p, "ri", 2) ? u16(p + 2) : 1;
	if (!p || length < 4)
		return false;
	if (indexes > 1 && indexes > (length - 4) / 4)
		indexes = (uint32_t)(length - 4) / 4;
	bool index = !memcmp(p, "ri", 2);
	uint64_t work = 1 << 16;
	for (uint32_t i = 0; i < indexes && work; i++) {
		size_t leaf_length = length;
		const uint8_t *leaf = p;
		if (index) {
			if ((size_t)i * 4 + 8 > length)
				break;
			leaf = regf_cell(h, u32(p + 4 + (size_t)i * 4), &leaf_length, NULL);
		}
		if (!leaf || leaf_length < 4 || leaf[0] != 'l')
			continue;
		size_t size = leaf[1] == 'i' ? 4 : 8, count = u16(leaf + 2);
		for (size_t e = 0; e < count && 4 + (e + 1) * size <= leaf_length && work; e++, work--)
			if (regf_key_at(h, u32(leaf + 4 + e * size), child, false) && regf_name_equals(child->name, child->name_length, child->name_latin1, name)) {
				child->depth = k->depth + 1;
				return true;
			}
	}
	return false;
}

/* ---- values */

uint32_t regf_values(struct regf *h, const struct regf_key *k)
{
	if (!k->values || k->value_list == REGF_NONE)
		return 0;
	size_t length;
	const uint8_t *p = regf_cell(h, k->value_list, &length, NULL);
	if (!p) {
		tell(h, "damage", "regf.values", regf_offset(k->cell), k->cell_length, "a key's list of %u values is not there", k->values);
		return 0;
	}
	if (k->values > length / 4) {
		tell(h, "damage", "regf.count", regf_offset(k->value_list), length + 4, "a key states %u values, their list holds %zu", k->values, length / 4);
		return (uint32_t)(length / 4);
	}
	return k->values;
}

void regf_value_read(struct regf_value *v, uint32_t cell, const uint8_t *p, size_t length)
{
	uint32_t size = u32(p + 4);
	v->cell = cell;
	v->cell_length = length + 4;
	v->in_cell = size & 0x80000000;
	v->size = size & 0x7FFFFFFF;
	v->data_cell = u32(p + 8);
	v->type = u32(p + 12);
	v->flags = u16(p + 16);
	v->name_latin1 = v->flags & 1;
	v->name_length = u16(p + 2);
	v->name = p + VK_NAME;
	if (v->name_length > length - VK_NAME)
		v->name_length = length - VK_NAME;
}

bool regf_value_of_cell(struct regf *h, uint32_t cell, struct regf_value *v, bool say)
{
	size_t length;
	const uint8_t *p = named_cell_at(h, cell, &VALUE_CELL, &length, say);
	if (p)
		regf_value_read(v, cell, p, length);
	return p;
}

bool regf_value_at(struct regf *h, const struct regf_key *k, uint32_t index, struct regf_value *v)
{
	size_t length;
	const uint8_t *p = regf_cell(h, k->value_list, &length, NULL);
	if (!p || index >= length / 4)
		return false;
	if (!h->entries_left) {
		if (!h->entries_told)
			tell(h, "limit", "regf.entries", 0, 0, "more entries of lists than a hive of this size can hold: the rest is left out");
		h->entries_told = true;
		return false;
	}
	h->entries_left--;
	return regf_value_of_cell(h, u32(p + (size_t)index * 4), v, true);
}

/* Segments of large data, put together. */
static bool data_segments(struct regf *h, const struct regf_value *v, const uint8_t *db, size_t db_length, struct buffer *scratch)
{
	uint32_t segments = u16(db + 2);
	size_t list_length, left = v->size;
	const uint8_t *list = db_length >= 8 ? regf_cell(h, u32(db + 4), &list_length, NULL) : NULL;
	if (!list)
		return false;
	if (segments > list_length / 4)
		segments = (uint32_t)(list_length / 4);
	for (uint32_t i = 0; i < segments && left; i++) {
		size_t length;
		const uint8_t *p = regf_cell(h, u32(list + (size_t)i * 4), &length, NULL);
		if (!p)
			return false;
		/* writers other than Windows put more into the last one */
		size_t take = length < SEGMENT || i + 1 == segments ? length : SEGMENT;
		if (take > left)
			take = left;
		buffer_append(scratch, p, take);
		left -= take;
	}
	return !left;
}

bool regf_data(struct regf *h, const struct regf_value *v, struct buffer *scratch, const uint8_t **data, size_t *length, uint64_t *offset)
{
	buffer_clear(scratch);
	*data = (const uint8_t *)"";
	*length = 0;
	*offset = regf_offset(v->cell);
	if (v->in_cell) {
		*data = h->image + regf_offset(v->cell) + 12;
		*offset += 12;
		*length = v->size < 4 ? v->size : 4;
		if (v->size > 4)
			tell(h, "damage", "regf.data", *offset, 4, "%u bytes of data stated in a field of 4", v->size);
		return v->size <= 4;
	}
	if (!v->size)
		return true;
	size_t there;
	const uint8_t *p = regf_cell(h, v->data_cell, &there, NULL);
	if (!p) {
		tell(h, "damage", "regf.data", regf_offset(v->cell), v->cell_length, "a value's %u bytes of data are not there", v->size);
		return false;
	}
	*offset = regf_offset(v->data_cell) + 4;
	bool good = true, segmented = v->size > SEGMENT && h->minor > 3 && there >= 8 && p[0] == 'd' && p[1] == 'b';
	size_t want = segmented ? v->size : v->size < there ? v->size : there;
	if (want > REGF_DATA_MAX || want > h->data_left) {
		if (!h->data_told)
			tell(h, "limit", "regf.data", regf_offset(v->cell), v->cell_length, "%u bytes of data: more than a value, or all values of a hive of this size, may hold", v->size);
		h->data_told = true;
		return false;
	}
	h->data_left -= want;
	if (segmented) {
		good = data_segments(h, v, p, there, scratch);
		*data = scratch->data ? scratch->data : (const uint8_t *)"";
		*length = scratch->length;
	} else {
		*data = p;
		*length = want;
		good = want == v->size;
	}
	if (!good)
		tell(h, "damage", "regf.data", regf_offset(v->cell), v->cell_length, "a value states %u bytes of data, %zu are there", v->size, *length);
	return good;
}

bool regf_value_named(struct regf *h, const struct regf_key *k, const char *name, struct regf_value *v)
{
	uint32_t n = regf_values(h, k);
	for (uint32_t i = 0; i < n; i++)
		if (regf_value_at(h, k, i, v) && regf_name_equals(v->name, v->name_length, v->name_latin1, name))
			return true;
	return false;
}

/* ---- names */

bool regf_name(struct buffer *out, const uint8_t *name, size_t length, bool latin1)
{
	if (!latin1)
		return text_to_utf8(out, name, length, TEXT_UTF16LE);
	uint8_t *to = buffer_reserve(out, 2 * length + 1);
	size_t at = 0;
	for (size_t i = 0; i < length; i++) {
		if (name[i] < 0x80) {
			to[at++] = name[i];
		} else {
			to[at++] = (uint8_t)(0xC0 | name[i] >> 6);
			to[at++] = (uint8_t)(0x80 | (name[i] & 0x3F));
		}
	}
	out->length += at;
	return false;
}

bool regf_name_equals(const uint8_t *name, size_t length, bool latin1, const char *ascii)
{
	size_t step = latin1 ? 1 : 2, n = length / step;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = name[i * step], a = (uint8_t)ascii[i];
		if (!a || (step == 2 && name[i * 2 + 1]))
			return false;
		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		if (a >= 'A' && a <= 'Z')
			a = (uint8_t)(a + 32);
		if (c != a)
			return false;
	}
	return !ascii[n];
}

/* ---- the file */

/* Without a base block that says so, the root is the key that calls itself one, else the first whose parent is no key. */
static uint32_t root_search(struct regf *h)
{
	uint32_t orphan = REGF_NONE;
	for (size_t at = 0; at + CELL_MIN <= h->end - REGF_BASE_BLOCK;) {
		uint32_t cell = (uint32_t)at;
		if (at % PAGE == 0 && !memcmp(h->image + REGF_BASE_BLOCK + at, "hbin", 4)) {
			at += BIN_HEADER;
			continue;
		}
		struct regf_key k, parent;
		size_t length;
		bool used;
		const uint8_t *p = regf_cell(h, cell, &length, &used);
		if (!p) {
			at += 8;
			continue;
		}
		if (used && regf_key_at(h, cell, &k, false)) {
			if (k.flags & REGF_ROOT)
				return cell;
			if (orphan == REGF_NONE && !regf_key_at(h, k.parent, &parent, false))
				orphan = cell;
		}
		at += 8;                                /* sizes are not trusted here: one wrong one would hide the root */
	}
	return orphan;
}

static void base_block_read(struct regf *h, uint64_t *stated)
{
	const uint8_t *b = h->image;
	*stated = 0;
	h->no_base_block = h->size < 512 || memcmp(b, "regf", 4) != 0;
	h->major = 1;
	h->minor = 5;
	h->root = 0x20;
	if (h->no_base_block) {
		h->dirty = h->bad_checksum = true;
		*stated = h->size > REGF_BASE_BLOCK ? h->size - REGF_BASE_BLOCK : 0;
		return;
	}
	h->primary = u32(b + 4);
	h->secondary = u32(b + 8);
	h->written = u64(b + 12);
	h->major = u32(b + 20);
	h->minor = u32(b + 24);
	h->file_type = u32(b + 28);
	h->root = u32(b + 36);
	*stated = u32(b + 40);
	h->file_name = b + 48;
	h->bad_checksum = regf_checksum(b) != u32(b + 508);
	h->dirty = h->bad_checksum || h->primary != h->secondary;
}

bool regf_open(struct regf *h, const uint8_t *file, size_t size, const struct regf_log *log, size_t logs, void *owner, regf_damage damage)
{
	*h = (struct regf){ .image = file, .size = size, .owner = owner, .damage = damage };
	if (size <= REGF_BASE_BLOCK || size > HIVE_MAX) {
		tell(h, size > HIVE_MAX ? "limit" : "damage", "regf.size", 0, size, "%zu bytes can be no hive", size);
		return false;
	}
	uint64_t stated;
	base_block_read(h, &stated);
	if (h->no_base_block)
		tell(h, "damage", "regf.base_block", 0, 512, "the base block has no signature");
	else if (h->bad_checksum)
		tell(h, "damage", "regf.base_block", 0, 512, "the checksum of the base block is wrong");
	if (h->dirty) {
		regf_replay(h, log, logs, !h->bad_checksum);
		if (h->entries_applied) {
			uint32_t primary = h->primary, secondary = h->secondary;
			base_block_read(h, &stated);
			h->dirty = true;
			h->primary = primary;                   /* as they were found */
			h->secondary = secondary;
		}
	}
	bins_walk(h, stated);
	size_t bytes = h->end - REGF_BASE_BLOCK;
	h->seen = memory_array(bytes / 512 + 1, sizeof *h->seen);
	h->entries_left = bytes / 4 + 64;
	h->data_left = (uint64_t)bytes * 2 + REGF_DATA_MAX;
	struct regf_key k;
	if (!regf_key_at(h, h->root, &k, false)) {
		uint32_t root = root_search(h);
		if (root == REGF_NONE) {
			tell(h, "damage", "regf.root", 0, 0, "no root key is found");
			regf_close(h);
			return false;
		}
		tell(h, "damage", "regf.root", regf_offset(h->root), 4, "the root key is not where the base block says: another cell is taken for it");
		h->root = root;
	}
	return true;
}

void regf_close(struct regf *h)
{
	free(h->bin_end);
	free(h->seen);
	free(h->copy);
	h->bin_end = NULL;
	h->seen = NULL;
	h->copy = NULL;
}
