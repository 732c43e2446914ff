/* SPDX-License-Identifier: Apache-2.0 */
/* registry_mru.c: what a user opened, typed, searched, browsed: most-recently-used lists, shell bags, Office lists, typed addresses.
 *
 * MRUListEx is an array of u32, MRUList a string of letters; they name values, the newest first, and end with 0xFFFFFFFF or NUL. The key's time is that of the
 * newest entry alone: the others have none, so a list is one event that holds all its entries in order.
 * Shell bags: numbered values of BagMRU hold one shell item each, the subkey of that number goes on below it; an item's own times (those of the folder when it was
 * seen) are events as well. Office: "[F00000000][T01D5...][O00000000]*path", T is a FILETIME in hex. Trust records: FILETIME at 0, minutes since 1970 at 16, u32 at 20:
 * 1 editing, 0x7FFFFFFF macros enabled. */
#include "artifact/windows/registry_decoders.h"

#include <stdlib.h>
#include <string.h>

#include "reader/shellitem.h"

enum { ENTRIES_MAX = 4096, ITEMS_MAX = 64 };

static bool is_text(const struct registry_value *v)
{
	return v->type == REGF_SZ || v->type == REGF_EXPAND_SZ;
}

/* A path of shell items behind what `out` holds. */
static void items_path(struct buffer *out, const uint8_t *bytes, size_t length, uint64_t offset)
{
	struct cursor c = cursor_of(bytes, length, offset);
	struct shell_item item = { 0 };
	for (unsigned i = 0; i < ITEMS_MAX && shell_item_next(&c, &item); i++) {
		if (!item.name.length)
			buffer_format(&item.name, "(%s item 0x%02x)", item.kind, item.class);
		if (i && out->length && out->data[out->length - 1] != '\\')
			buffer_byte(out, '\\');
		buffer_append(out, item.name.data, item.name.length);
	}
	if (c.at + 2 < c.size && shell_item_next(&c, &item))
		buffer_text(out, "\\…");                /* more than ITEMS_MAX */
	shell_item_free(&item);
}

enum content { CONTENT_TEXT, CONTENT_ITEMS, CONTENT_PROGRAM_ITEMS };

static void entry_text(struct buffer *out, const struct registry_value *v, enum content content)
{
	size_t start = out->length, text = is_text(v) || content != CONTENT_ITEMS ? text_utf16_length(v->data, v->length) * 2 : 0;
	if (text)
		(void)text_to_utf8(out, v->data, text, TEXT_UTF16LE);
	if (out->length >= start + 2 && !memcmp(out->data + out->length - 2, "\\1", 2) && is_text(v))
		out->length -= 2;                       /* RunMRU marks its entries so */
	if (is_text(v) || content == CONTENT_TEXT)
		return;
	size_t items = content == CONTENT_ITEMS ? 0 : text + 2;
	if (items + 2 < v->length) {
		if (content == CONTENT_PROGRAM_ITEMS)
			buffer_text(out, " in ");
		items_path(out, v->data + items, v->length - items, v->offset + items);
	}
}

/* The entries in the order of the list, then those that the list does not name. */
static size_t list_order(const struct registry *g, const struct registry_value **entry, size_t most)
{
	const struct registry_value *ex = registry_find(g, "MRUListEx"), *letters = registry_find(g, "MRUList");
	size_t n = 0;
	bool *taken = memory_array(g->values + 1, sizeof *taken);
	size_t listed = ex ? ex->length / 4 : letters ? letters->length / 2 : 0;
	struct cursor c = ex ? registry_cursor(ex) : letters ? registry_cursor(letters) : cursor_of(NULL, 0, 0);
	for (size_t i = 0; i < listed && i < most; i++) {
		char name[16];
		uint32_t number = ex ? cursor_u32le(&c) : cursor_u16le(&c);
		size_t length = 1;
		if (ex ? number == UINT32_MAX : !number || number > 0x7E)
			break;
		if (ex) {
			struct buffer b = { 0 };
			buffer_decimal(&b, number);
			length = b.length < sizeof name ? b.length : sizeof name;
			memcpy(name, b.data, length);
			buffer_free(&b);
		} else {
			name[0] = (char)number;
		}
		for (size_t k = 0; k < g->values; k++)
			if (!taken[k] && text_equal_nocase(g->value[k].name, g->value[k].name_length, name, length)) {
				taken[k] = true;
				entry[n++] = &g->value[k];
				break;
			}
	}
	for (size_t k = 0; k < g->values && n < most; k++) {
		const struct registry_value *v = &g->value[k];
		bool plain = v->name_length && (v->name_length == 1 || (v->name[0] >= '0' && v->name[0] <= '9'));
		if (!taken[k] && plain)
			entry[n++] = v;
	}
	free(taken);
	if (n == most)
		report_error(g->parse->report, "limit", "reg.entries", NULL, regf_offset(g->key.cell), g->key.cell_length, "a list of %zu entries or more: those behind are left out", most);
	return n;
}

static void list_event(struct registry *g, const struct registry_value *const *entry, size_t entries, enum content content)
{
	struct record_builder r;
	struct buffer text = { 0 }, newest = { 0 };
	if (!entries || !registry_key_event(g, &r))
		return;
	value_list(&r, "entries");
	for (size_t i = 0; i < entries; i++) {
		buffer_clear(&text);
		entry_text(&text, entry[i], content);
		value_text(&r, NULL, text.data ? (const char *)text.data : "", text.length);
		if (!i)
			buffer_append(&newest, text.data ? text.data : (const uint8_t *)"", text.length);
	}
	record_close(&r);
	if (entries > 1)
		buffer_format(&newest, " (newest of %zu)", entries);
	registry_event_say(g, &r, (const char *)newest.data, newest.length);
	buffer_free(&text);
	buffer_free(&newest);
}

static void decode_list(struct registry *g, enum content content)
{
	const struct registry_value **entry = arena_array(&g->arena, ENTRIES_MAX, sizeof *entry);
	list_event(g, entry, list_order(g, entry, ENTRIES_MAX), content);
}

void registry_decode_mru(struct registry *g)
{
	decode_list(g, CONTENT_TEXT);
}

void registry_decode_mruitems(struct registry *g)
{
	decode_list(g, CONTENT_ITEMS);
}

void registry_decode_mruprogram(struct registry *g)
{
	decode_list(g, CONTENT_PROGRAM_ITEMS);
}

static unsigned trailing_number(const struct registry_value *v)
{
	unsigned number = 0, factor = 1;
	size_t i = v->name_length;
	while (i && v->name[i - 1] >= '0' && v->name[i - 1] <= '9' && factor < 100000000) {
		number += (unsigned)(v->name[--i] - '0') * factor;
		factor *= 10;
	}
	return number;
}

static int by_number(const void *a, const void *b)
{
	const struct registry_value *x = *(const struct registry_value *const *)a, *y = *(const struct registry_value *const *)b;
	unsigned n = trailing_number(x), m = trailing_number(y);
	return n < m ? -1 : n > m ? 1 : x < y ? -1 : x > y;
}

/* url1, url2, ...: the lowest number is the newest. */
void registry_decode_numbered(struct registry *g)
{
	const struct registry_value **entry = arena_array(&g->arena, g->values + 1, sizeof *entry);
	size_t n = 0;
	for (size_t i = 0; i < g->values && n < ENTRIES_MAX; i++)
		if (is_text(&g->value[i]) && g->value[i].length > 2)
			entry[n++] = &g->value[i];
	qsort(entry, n, sizeof *entry, by_number);
	list_event(g, entry, n, CONTENT_TEXT);
}

/* ---- shell bags */

static void item_times(struct registry *g, const struct registry_value *v, const struct shell_item *item, const char *path, size_t path_length)
{
	const struct { const struct timestamp *time; const char *desc; } times[] = {
		{ &item->created, "Creation Time" }, { &item->modified, "Content Modification Time" }, { &item->accessed, "Last Access Time" }, { &item->connected, "Connection Time" },
	};
	struct registry_row row = *g->row;
	const struct registry_row *kept = g->row;
	row.kind = "shell_item";
	row.message = "folder seen";
	g->row = &row;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct record_builder r;
		struct timestamp t = *times[i].time;
		if (t.state == TIME_INVALID)
			t.state = TIME_UNSET;           /* no item worth a note: FAT times of foreign items are often nonsense */
		if (!registry_event(g, &r, &t, times[i].desc, strlen(times[i].desc), v->offset, v->length))
			continue;
		value_text(&r, "folder", path, path_length);
		value_string(&r, "item", item->kind);
		if (item->has_mft) {
			value_number(&r, "mft_entry", item->mft_entry);
			value_number(&r, "mft_sequence", item->mft_sequence);
		}
		registry_event_say(g, &r, path, path_length);
	}
	g->row = kept;
}

static void item_name(struct buffer *out, const struct registry_value *v, struct shell_item *item)
{
	struct cursor c = registry_cursor(v);
	if (!shell_item_next(&c, item))
		return;
	if (!item->name.length)
		buffer_format(&item->name, "(%s item 0x%02x)", item->kind, item->class);
	buffer_append(out, item->name.data, item->name.length);
}

/* The folder that the key in hand stands for: what its parent's value of the key's name adds to the parent's folder, which was seen just before. */
static void bag_folder(struct registry *g, struct shell_item *item)
{
	unsigned depth = g->key.depth;
	struct regf_key parent;
	struct regf_value v;
	if (text_equal_nocase(g->key_name, g->key_name_length, "BagMRU", 6)) {
		g->bag.length = 0;
	} else {
		g->bag.length = g->bag_length[depth - 1];
		char *name = arena_copy(&g->arena, g->key_name, g->key_name_length);
		const uint8_t *data;
		struct registry_value of = { 0 };
		if (g->bag.length)
			buffer_byte(&g->bag, '\\');
		if (regf_key_at(&g->hive, g->key.parent, &parent, false) && regf_value_named(&g->hive, &parent, name, &v) && regf_data(&g->hive, &v, &g->scratch, &data, &of.length, &of.offset)) {
			of.data = data;
			item_name(&g->bag, &of, item);
		} else {
			buffer_append(&g->bag, "?", 1);
		}
	}
	g->bag_length[depth] = g->bag.length;
}

void registry_decode_shellbag(struct registry *g)
{
	struct shell_item item = { 0 };
	const struct registry_value **entry = arena_array(&g->arena, ENTRIES_MAX, sizeof *entry);
	if (g->deleted || !g->key.depth)
		return;
	bag_folder(g, &item);
	size_t entries = list_order(g, entry, ENTRIES_MAX);
	struct buffer path = { 0 }, newest = { 0 };
	struct record_builder r;
	bool open = entries && registry_key_event(g, &r);
	if (open)
		value_list(&r, "entries");
	for (unsigned pass = 0; pass < 2; pass++) {     /* the list first, then the items' own times: an event is written in one go */
		for (size_t i = 0; i < entries; i++) {
			buffer_clear(&path);
			buffer_append(&path, g->bag.data ? g->bag.data : (const uint8_t *)"", g->bag.length);
			if (path.length)
				buffer_byte(&path, '\\');
			item_name(&path, entry[i], &item);
			if (pass) {
				item_times(g, entry[i], &item, (const char *)path.data, path.length);
			} else if (open) {
				value_text(&r, NULL, (const char *)path.data, path.length);
				if (!i)
					buffer_append(&newest, path.data, path.length);
			}
		}
		if (!pass && open) {
			record_close(&r);
			if (entries > 1)
				buffer_format(&newest, " (newest of %zu)", entries);
			registry_event_say(g, &r, (const char *)newest.data, newest.length);
		}
	}
	shell_item_free(&item);
	buffer_free(&path);
	buffer_free(&newest);
}

/* ---- Office, addresses */

void registry_decode_officemru(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		size_t length;
		struct record_builder r;
		struct timestamp t = { .state = TIME_UNSET };
		if (!is_text(v))
			continue;
		const char *text = registry_utf16(g, v->data, v->length, &length), *stamp = strstr(text, "[T"), *star = strchr(text, '*');
		if (stamp && strspn(stamp + 2, "0123456789ABCDEFabcdef") == 16)
			t = time_from_filetime(strtoull(stamp + 2, NULL, 16));
		bool timed = t.state == TIME_VALID;
		if (!timed)
			t = registry_key_time(g);
		if (!registry_event(g, &r, &t, timed ? g->row->time : "Content Modification Time", timed ? strlen(g->row->time) : 25, v->offset, v->length))
			continue;
		const char *path = star ? star + 1 : text;
		value_string(&r, "document", path);
		value_text(&r, "item", v->name, v->name_length);
		registry_event_say(g, &r, path, strlen(path));
	}
}

void registry_decode_trustrecord(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct cursor c = registry_cursor(v);
		uint64_t created = cursor_u64le(&c), bias = cursor_u64le(&c);
		uint32_t minutes = cursor_u32le(&c), state = cursor_u32le(&c);
		if (c.bad)
			continue;
		const char *trust = state == 0x7FFFFFFF ? "macros enabled" : state == 1 ? "editing enabled" : "trusted";
		struct buffer text = { 0 };
		buffer_append(&text, v->name, v->name_length);
		buffer_format(&text, " (%s)", trust);
		for (unsigned k = 0; k < 2; k++) {
			struct timestamp t = k ? time_from_filetime(created) : time_from_unix((int64_t)minutes * 60, 0, TIME_MINUTE);
			struct record_builder r;
			if (!k && !minutes)
				t.state = TIME_UNSET;
			if (!registry_event(g, &r, &t, k ? "Creation Time" : g->row->time, k ? 13 : strlen(g->row->time), v->offset, v->length))
				continue;
			value_text(&r, "document", v->name, v->name_length);
			value_string(&r, "trust", trust);
			value_number(&r, "state", state);
			value_signed(&r, "bias_seconds", (int64_t)bias / 10000000);
			registry_event_say(g, &r, (const char *)text.data, text.length);
		}
		buffer_free(&text);
	}
}

/* TypedURLsTime: the address stands under the same name in TypedURLs beside it. */
void registry_decode_typedurls(struct registry *g)
{
	struct regf_key parent, urls;
	if (!regf_key_at(&g->hive, g->key.parent, &parent, false) || !regf_child(&g->hive, &parent, "TypedURLs", &urls))
		return;
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct cursor c = registry_cursor(v);
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		struct regf_value url;
		const uint8_t *data;
		size_t length, text_length;
		uint64_t offset;
		struct record_builder r;
		if (!regf_value_named(&g->hive, &urls, v->name, &url) || !regf_data(&g->hive, &url, &g->scratch, &data, &length, &offset))
			continue;
		const char *text = registry_utf16(g, data, length, &text_length);
		if (!registry_event(g, &r, &t, g->row->time, strlen(g->row->time), v->offset, v->length))
			continue;
		value_text(&r, "url", text, text_length);
		registry_event_say(g, &r, text, text_length);
	}
}
