/* SPDX-License-Identifier: Apache-2.0 */
/* dbx.c: mail stores of Outlook Express 5 and 6: a folder's messages (Inbox.dbx) and the list of folders (Folders.dbx).
 *
 * No specification was published; the layout is that of the open documentation of undbx and oedbx. A file is made of things that begin with their own offset: pages of
 * a tree, descriptions ("infos") of messages or folders, and the blocks of 512 bytes that a message lies in, chained.
 *
 *   0xc4 number of infos   0xe4 root page
 *   page, 0x27c bytes: 0 its offset  8 child page  17 entries (u8)  24 entries of 12: info, child page, infos below
 *   info: 0 its offset  4 length of what follows  10 fields (u8)  12 fields of 4: number (bit 7: the value is the other 24 bits, else they are where it lies behind the fields)
 *   block: 0 its offset  4 0x200  8 bytes used  12 next block, 0: the last   16 data
 *   deleted block: 0 its offset  4 0x1fc  8 0x210  12 next  16 the one before, over the first 4 bytes of the data   20 data
 *
 * The tree of a file that was not closed well is damaged, and peers then give nothing. So all blocks are looked for first, and chains that no info leads to are messages
 * too ("recovered"; "deleted" where the blocks say so): every block is in exactly one message. Of a deleted message four bytes in each block are lost: zeros stand for
 * them, but at its head; how much of its last block it used is not known.
 *
 * Steps: "dbx:13264" (a message: the offset of its first block), "dbx:#14508" (a folder, or a message without any block: the offset of its info). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/fs/number_set.h"

extern const struct format format_dbx;

enum {
	COUNT = 0xc4, ROOT = 0xe4, PAGE = 0x27c, PAGE_ENTRIES = 51, ENTRY = 12, INFO = 12, BLOCK_HEAD = 16, BLOCK_DATA = 0x200, DELETED_HEAD = 20, DELETED_DATA = 0x1fc, DELETED_MARK = 0x210,
	TURN = 1 << 20, DEPTH_MAX = 32, TEXT_MAX = 4096, INFO_MAX = 64 * 1024, FINDINGS_MAX = 1000,
};
/* Fields of infos. Of messages, of folders. */
enum { FIELD_FLAGS = 1, FIELD_FIRST_BLOCK = 4, FIELD_SUBJECT = 8, FIELD_RECEIVED = 0x12, FIELD_SENT = 2, FIELD_PARENT = 1, FIELD_NAME = 2, FIELD_FILE = 3 };
enum { FLAG_READ = 0x80 };
static const uint8_t class_messages[16] = { 0xcf, 0xad, 0x12, 0xfe, 0xc5, 0xfd, 0x74, 0x6f, 0x66, 0xe3, 0xd1, 0x11, 0x9a, 0x4e, 0x00, 0xc0 };
static const uint8_t class_folders[16] = { 0xcf, 0xad, 0x12, 0xfe, 0xc6, 0xfd, 0x74, 0x6f, 0x66, 0xe3, 0xd1, 0x11, 0x9a, 0x4e, 0x00, 0xc0 };

struct block { uint32_t offset, next, item; uint16_t used; bool deleted, followed; };   /* item: number of the message it belongs to, from 1; followed: another one leads here */
struct item { uint32_t number, info, first; };  /* number: offset of its first block, else of its info; first: index of a block, from 1; info: 0 for what no info leads to */

struct dbx {
	struct container container;
	bool folders;
	uint32_t size;                          /* of what is read: offsets have 32 bits */
	struct block *block; size_t blocks, block_room;         /* by offset */
	struct item *item; size_t items, item_room;             /* as listed */
	size_t at;
	unsigned findings;
	uint32_t declared; bool counted;        /* by the head; counts were told */
};

static void told(struct dbx *d, const char *kind, uint32_t offset, uint32_t length, const char *message)
{
	if (d->findings++ < FINDINGS_MAX)
		report_error(d->container.report, "damage", kind, NULL, offset, length, "%s", message);
	else if (d->findings == FINDINGS_MAX + 1)
		report_error(d->container.report, "limit", "dbx.findings", NULL, 0, 0, "more than %d findings: the rest is not told", FINDINGS_MAX);
}

static bool bytes_at(struct dbx *d, uint32_t offset, void *to, size_t length)
{
	return offset && source_read_at(d->container.source, offset, to, length, NULL) == length;
}

static uint32_t number(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

/* ---- blocks */

/* p: BLOCK_HEAD bytes. */
static bool is_block(const struct dbx *d, uint32_t offset, const uint8_t *p, struct block *b)
{
	uint32_t room = number(p + 4), used = number(p + 8), next = number(p + 12);
	if (!offset || number(p) != offset || next % 4 || next >= d->size)
		return false;
	*b = (struct block){ .offset = offset, .next = next, .deleted = room == DELETED_DATA && used == DELETED_MARK };
	b->used = (uint16_t)(b->deleted ? DELETED_DATA : used & 0xffff);
	return b->deleted || (room == BLOCK_DATA && used <= BLOCK_DATA);
}

static void blocks_find(struct dbx *d)
{
	uint8_t *turn = memory_new(TURN);
	size_t length;
	for (uint64_t at = 0; at < d->size; at += TURN - BLOCK_HEAD) {
		length = source_read_at(d->container.source, at, turn, TURN, NULL);
		for (size_t i = 0; i + BLOCK_HEAD <= length && (i < TURN - BLOCK_HEAD || at + length == d->size); i += 4) {
			struct block b;
			if (!is_block(d, (uint32_t)(at + i), turn + i, &b))
				continue;
			d->block = memory_room(d->block, d->blocks, &d->block_room, sizeof *d->block);
			d->block[d->blocks++] = b;
			i += BLOCK_HEAD - 4;
		}
	}
	free(turn);
}

static int block_compare(const void *offset, const void *entry)
{
	uint32_t o = *(const uint32_t *)offset, e = ((const struct block *)entry)->offset;
	return o < e ? -1 : o > e;
}

static struct block *block_at(const struct dbx *d, uint32_t offset)
{
	return d->blocks ? bsearch(&offset, d->block, d->blocks, sizeof *d->block, block_compare) : NULL;
}

/* The blocks of a message, from the first on, become its own. */
static void chain_claim(struct dbx *d, uint32_t offset, uint32_t item)
{
	struct block *b = block_at(d, offset);
	if (!b)
		told(d, "dbx.block", offset, BLOCK_HEAD + BLOCK_DATA, "a message begins in a block that is none");
	while (b) {
		b->item = item;
		struct block *next = b->next ? block_at(d, b->next) : NULL;
		if (b->next && (!next || next->item)) {
			told(d, "dbx.block", b->offset, BLOCK_HEAD + BLOCK_DATA, next ? "a block leads to one that belongs to a message already: the message is cut" : "a block leads to one that is none: the message is cut");
			b->next = 0;
			return;
		}
		b = next;
	}
}

static void item_add(struct dbx *d, uint32_t info, uint32_t first)
{
	d->item = memory_room(d->item, d->items, &d->item_room, sizeof *d->item);
	struct block *b = first ? block_at(d, first) : NULL;
	if (b && b->item) {
		told(d, "dbx.block", first, BLOCK_HEAD + BLOCK_DATA, "two messages begin in the same block");
		b = NULL;
	}
	d->item[d->items] = (struct item){ .number = b ? first : info, .info = info, .first = b ? (uint32_t)(b - d->block) + 1 : 0 };
	d->items++;
	if (first && (b || !block_at(d, first)))
		chain_claim(d, first, (uint32_t)d->items);
}

/* Chains that nothing leads to; then what is left, which are circles. */
static void chains_recover(struct dbx *d)
{
	for (size_t i = 0; i < d->blocks; i++) {
		struct block *next = d->block[i].item || !d->block[i].next ? NULL : block_at(d, d->block[i].next);
		if (next && next != &d->block[i] && next->deleted == d->block[i].deleted)
			next->followed = true;
	}
	for (unsigned circles = 0; circles < 2; circles++)
		for (size_t i = 0; i < d->blocks; i++)
			if (!d->block[i].item && (circles || !d->block[i].followed))
				item_add(d, 0, d->block[i].offset);
}

/* ---- infos */

struct info { uint8_t *bytes; size_t length, fields; };

static bool info_read(struct dbx *d, uint32_t offset, struct info *info)
{
	uint8_t head[INFO];
	if (!bytes_at(d, offset, head, INFO) || number(head) != offset)
		return false;
	uint32_t length = number(head + 4);
	info->fields = head[10];
	if (length > INFO_MAX || length < info->fields * 4 || length > d->size - offset - INFO)
		return false;
	info->length = length;
	info->bytes = arena_new(&d->container.arena, length + 1);
	return source_read_at(d->container.source, offset + INFO, info->bytes, length, NULL) == length;
}

/* Where the value of a field lies, and how many bytes up to the next one; a direct value is 3 bytes. NULL: it has none. */
static const uint8_t *info_field(const struct info *info, unsigned field, size_t *length)
{
	const uint8_t *data = info->bytes + info->fields * 4;
	size_t room = info->length - info->fields * 4;
	for (size_t i = 0; i < info->fields; i++) {
		const uint8_t *p = info->bytes + i * 4;
		size_t at = number(p) >> 8;
		if ((p[0] & 0x7f) != field)
			continue;
		*length = 3;
		if (p[0] & 0x80)
			return p + 1;
		if (at >= room)
			return NULL;
		*length = room - at;
		return data + at;
	}
	return NULL;
}

static uint32_t info_number(const struct info *info, unsigned field)
{
	size_t length;
	const uint8_t *p = info_field(info, field, &length);
	if (!p)
		return 0;
	struct cursor c = cursor_of(p, length < 4 ? length : 4, 0);
	return (uint32_t)cursor_le(&c, c.size);
}

static struct timestamp info_time(const struct info *info, unsigned field)
{
	size_t length;
	const uint8_t *p = info_field(info, field, &length);
	struct cursor c = cursor_of(p, p ? length : 0, 0);
	uint64_t ticks = cursor_u64le(&c);
	return c.bad || !ticks ? (struct timestamp){ 0 } : time_from_filetime(ticks);
}

/* As UTF-8; the file does not say its code page. */
static struct node_text info_text(struct dbx *d, const struct info *info, unsigned field)
{
	size_t length;
	const uint8_t *p = info_field(info, field, &length);
	struct buffer text = { 0 };
	if (!p)
		return (struct node_text){ 0 };
	length = strnlen((const char *)p, length < TEXT_MAX ? length : TEXT_MAX);
	text_to_utf8(&text, p, length, text_is_utf8(p, length) ? TEXT_UTF8 : TEXT_CP1252);
	struct node_text t = { arena_copy(&d->container.arena, text.data ? text.data : (const uint8_t *)"", text.length), text.length };
	buffer_free(&text);
	return t;
}

static void info_take(struct dbx *d, uint32_t offset)
{
	struct info info;
	if (!info_read(d, offset, &info)) {
		told(d, "dbx.info", offset, INFO, "the description of a message or folder can't be read");
		return;
	}
	item_add(d, offset, d->folders ? 0 : info_number(&info, FIELD_FIRST_BLOCK));
	arena_reset(&d->container.arena);
}

/* In the order of the tree: the page's own child, then each entry and what is below it. `seen` bounds it by the pages and infos that the file has room for. */
static void page_walk(struct dbx *d, uint32_t offset, unsigned depth, struct number_set *seen)
{
	uint8_t page[PAGE];
	if (depth > DEPTH_MAX || !number_set_add(seen, offset) || !bytes_at(d, offset, page, PAGE) || number(page) != offset || page[17] > PAGE_ENTRIES) {
		told(d, "dbx.page", offset, PAGE, "a page of the tree is damaged, or leads back");
		return;
	}
	if (number(page + 8))
		page_walk(d, number(page + 8), depth + 1, seen);
	for (unsigned i = 0; i < page[17]; i++) {
		const uint8_t *p = page + 24 + i * ENTRY;
		if (number(p) && number_set_add(seen, number(p)))
			info_take(d, number(p));
		if (number(p + 4))
			page_walk(d, number(p + 4), depth + 1, seen);
	}
}

/* ---- nodes */

/* Ranges of the data of a message's blocks. */
static void content_describe(struct dbx *d, const struct item *item, struct node *n)
{
	struct extent *extent = NULL;
	size_t extents = 0, room = 0;
	uint32_t owner = (uint32_t)(item - d->item) + 1, size = d->size;
	const struct block *first = &d->block[item->first - 1];
	for (const struct block *b = first; b && b->item == owner; b = b->next ? block_at(d, b->next) : NULL) {
		uint32_t head = b->deleted ? DELETED_HEAD : BLOCK_HEAD, length = b->used;
		if (length > size - b->offset - BLOCK_HEAD || head + length > size - b->offset)
			length = size - b->offset > head ? size - b->offset - head : 0;
		extent = arena_room(&d->container.arena, extent, extents, &room, sizeof *extent);
		if (b->deleted && b != first) {
			extent[extents++] = (struct extent){ .length = DELETED_HEAD - BLOCK_HEAD, .kind = EXTENT_ZERO };
			n->size += DELETED_HEAD - BLOCK_HEAD;
			extent = arena_room(&d->container.arena, extent, extents, &room, sizeof *extent);
		}
		extent[extents++] = (struct extent){ .offset = b->offset + head, .length = length, .kind = EXTENT_DATA };
		n->size += length;
	}
	n->content = CONTENT_EXTENTS;
	n->extent = extent;
	n->extents = extents;
	n->has_size = true;
	n->order = first->offset;
	if (first->deleted)
		node_flag(n, "deleted");
	n->allocated = !first->deleted;
}

static void folder_describe(struct dbx *d, const struct info *info, struct node *n)
{
	n->kind = NODE_FOLDER;
	n->name = info_text(d, info, FIELD_NAME);
	struct node_text file = info_text(d, info, FIELD_FILE);
	n->target = file.length ? (const char *)file.bytes : NULL;
	n->parent = arena_format(&d->container.arena, "%u", info_number(info, FIELD_PARENT));
}

static void describe(struct dbx *d, const struct item *item, struct node *n)
{
	struct arena *a = &d->container.arena;
	struct info info = { 0 };
	*n = (struct node){ .kind = NODE_MESSAGE, .format = d->folders ? NULL : "eml", .content = CONTENT_NONE, .has_allocated = true, .allocated = true, .order = item->number };
	n->address = arena_format(a, "%u", item->number);
	n->step = arena_format(a, item->first ? "dbx:%u" : "dbx:#%u", item->number);
	if (item->info && info_read(d, item->info, &info)) {
		n->has_range = true;
		n->range_offset = item->info;
		n->range_length = INFO + info.length;
		if (d->folders) {
			folder_describe(d, &info, n);
			return;
		}
		n->name = info_text(d, &info, FIELD_SUBJECT);
		n->time[NODE_CRTIME] = info_time(&info, FIELD_RECEIVED);
		if (info_number(&info, FIELD_FLAGS) & FLAG_READ)
			node_flag(n, "read");
	}
	if (!item->info)
		node_flag(n, "recovered");
	if (item->first)
		content_describe(d, item, n);
	else
		node_flag(n, "partial");        /* its body was not fetched, or is gone */
}

/* Messages, or folders, as the store's head counts them, and as they came. */
static void counts_tell(struct dbx *d)
{
	uint32_t given = 0, recovered = 0, empty = 0;
	for (size_t i = 0; i < d->items; i++) {
		recovered += !d->item[i].info;
		empty += d->item[i].info && !d->item[i].first;
		given += d->item[i].info && (d->folders || d->item[i].first);
	}
	report_note(d->container.report, "dbx.counts", NULL, 0, 0, "%s: %u declared, %u given, %u without content, %u recovered", d->folders ? "folders" : "messages", d->declared,
	            given, d->folders ? 0 : empty, recovered);
	d->counted = true;
}

static int dbx_next(struct container *container, struct node *n)
{
	struct dbx *d = (struct dbx *)container;
	arena_reset(&container->arena);
	while (d->at < d->items) {
		const struct item *item = &d->item[d->at++];
		if (container->report && container->report->step && !container->report->step(container->report, item->number))
			continue;
		describe(d, item, n);
		return 1;
	}
	if (!d->counted)
		counts_tell(d);
	return 0;
}

static bool dbx_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct dbx *d = (struct dbx *)container;
	uint64_t wanted = 0;
	arena_reset(&container->arena);
	bool by_info = step->name.length > 1 && step->name.text[0] == '#';
	if (!step->name.length || step->stream.length)
		return false;
	for (size_t i = by_info; i < step->name.length; i++) {
		if (step->name.text[i] < '0' || step->name.text[i] > '9' || wanted > UINT32_MAX)
			return false;
		wanted = wanted * 10 + (uint64_t)(step->name.text[i] - '0');
	}
	for (size_t i = 0; i < d->items; i++)
		if (d->item[i].number == wanted && !d->item[i].first == by_info) {
			describe(d, &d->item[i], n);
			return true;
		}
	return false;
}

static void dbx_close(struct container *container)
{
	struct dbx *d = (struct dbx *)container;
	free(d->block);
	free(d->item);
	free(d);
}

static struct container *dbx_open(const struct opening *o)
{
	struct dbx *d = memory_new(sizeof *d);
	struct number_set seen = { 0 };
	uint8_t head[ROOT + 4] = { 0 };
	d->container = (struct container){ .format = &format_dbx, .source = o->source, .report = o->report };
	d->size = o->source->size < UINT32_MAX ? (uint32_t)o->source->size : UINT32_MAX;
	if (o->source->size > UINT32_MAX)
		report_error(o->report, "limit", "dbx.size", NULL, UINT32_MAX, o->source->size - UINT32_MAX, "the store has offsets of 32 bits: what lies behind is not read");
	source_read_at(o->source, 0, head, sizeof head, NULL);
	d->declared = number(head + COUNT);
	d->folders = memcmp(head, class_folders, sizeof class_folders) == 0;
	blocks_find(d);
	if (number(head + ROOT))
		page_walk(d, number(head + ROOT), 0, &seen);
	chains_recover(d);
	number_set_free(&seen);
	arena_reset(&d->container.arena);
	return &d->container;
}

static unsigned dbx_probe(const struct probe *p)
{
	if (p->head_length < sizeof class_messages)
		return 0;
	if (memcmp(p->head, class_messages, sizeof class_messages) == 0 || memcmp(p->head, class_folders, sizeof class_folders) == 0)
		return 128;
	/* the head is damaged: most of the class is there, or a name that says so */
	if (memcmp(p->head + 8, class_messages + 8, 8) == 0 || memcmp(p->head, class_messages, 8) == 0)
		return 64;
	bool named = p->name_length > 4 && text_equal_nocase(p->name + p->name_length - 4, 4, ".dbx", 4), zeros = true;
	for (size_t i = 0; i < 16; i++)
		zeros = zeros && !p->head[i];
	return named && zeros ? 16 : 0;
}

const struct format format_dbx = { .name = "dbx", .layer = LAYER_MAIL, .about = "mail store of Outlook Express (DBX), with deleted messages", .probe = dbx_probe, .open = dbx_open,
	.next = dbx_next, .find = dbx_find, .close = dbx_close };
