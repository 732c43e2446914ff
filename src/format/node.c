/* SPDX-License-Identifier: Apache-2.0 */
/* node.c: a node as a `node` record frame, and back. What is shown lies in the fields of the schema; what only the next job needs lies in two
 * INTERNAL fields:
 *
 *   CONTENT  u8 layout (1); u8 content kind; u64 order; u16 set of times that are invalid, then the u64 raw value of each; inline bytes to the end
 *   EXTENTS  runs in file order, each: varint (length << 2 | kind), and for data varint zigzag(offset - end of the run before)
 *
 * Runs that need more than EXTENTS_MAX bytes stay out (a record has a length limit); the reader then finds extents == 0 with a size above 0, and
 * format_content asks the container for the node again. Of a valid time everything but its on-disk pattern travels. */
#include "format/node.h"

#include <string.h>

#include "base/cursor.h"

enum { LAYOUT = 1, EXTENTS_MAX = 512 * 1024 };

static const enum record_field time_field[NODE_TIMES] = { F_MTIME, F_ATIME, F_CTIME, F_CRTIME, F_DTIME, F_FN_MTIME, F_FN_ATIME, F_FN_CTIME, F_FN_CRTIME };

static const char *const kind_name[NODE_KINDS] = { "file", "directory", "symlink", "stream", "device", "fifo", "socket", "virtual", "media", "volume",
	"unallocated", "filesystem", "member", "folder", "message", "attachment", "part" };

const char *node_kind_name(enum node_kind kind)
{
	return (unsigned)kind < NODE_KINDS ? kind_name[kind] : "unknown";
}

void node_flag(struct node *n, const char *flag)
{
	if (n->flag_count < NODE_FLAGS_MAX)
		n->flags[n->flag_count++] = flag;
}

static void varint_put(struct buffer *b, uint64_t v)
{
	while (v >= 0x80) {
		buffer_byte(b, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buffer_byte(b, (uint8_t)v);
}

static uint64_t varint_get(struct cursor *c)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(c);
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	c->bad = true;
	return 0;
}

/* A length of 2^62 and more (unallocated space of a claimed exabyte) does not fit beside the kind: it is split. */
static void extents_put(struct buffer *b, const struct extent *extent, size_t extents)
{
	static const uint64_t most = UINT64_MAX >> 2;
	uint64_t end = 0;
	for (size_t i = 0; i < extents && b->length <= EXTENTS_MAX; i++) {
		struct extent e = extent[i];
		while (e.length) {
			uint64_t length = e.length < most ? e.length : most;
			varint_put(b, length << 2 | (uint64_t)e.kind);
			if (e.kind == EXTENT_DATA) {
				uint64_t delta = e.offset - end;        /* modulo 2^64, so that it comes back whatever it is */
				varint_put(b, delta << 1 ^ (0 - (delta >> 63)));
				end = e.offset + length;
			}
			e.offset += length;
			e.length -= length;
		}
	}
}

static bool extents_get(struct node *n, const struct record_value *v, struct arena *a)
{
	struct cursor c = cursor_of(v->bytes, v->length, 0);
	size_t most = v->length;        /* at least one byte each */
	size_t count = 0;
	while (cursor_left(&c) && count < most) {
		if ((varint_get(&c) & 3) == EXTENT_DATA)
			varint_get(&c);
		count++;
	}
	if (c.bad)
		return false;
	struct extent *extent = arena_array(a, count, sizeof *extent);
	uint64_t end = 0;
	c.at = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t head = varint_get(&c);
		if ((head & 3) > EXTENT_UNREADABLE)
			return false;
		extent[i].kind = (enum extent_kind)(head & 3);
		extent[i].length = head >> 2;
		if (extent[i].kind == EXTENT_DATA) {
			uint64_t folded = varint_get(&c);
			extent[i].offset = end + (folded >> 1 ^ (0 - (folded & 1)));
			end = extent[i].offset + extent[i].length;
		}
	}
	n->extent = extent;
	n->extents = count;
	return true;
}

static void text_put(struct record_builder *r, enum record_field f, const struct node_text *t)
{
	if (t->length)
		record_evidence_text(r, f, t->bytes, t->length, TEXT_UTF8);
}

void node_show(struct record_builder *r, const struct node *n)
{
	record_string(r, F_KIND, node_kind_name(n->kind));
	if (n->has_range) {
		record_number(r, F_OFFSET, n->range_offset);
		record_number(r, F_LENGTH, n->range_length);
	}
	text_put(r, F_NAME, &n->name);
	text_put(r, F_PATH, &n->path);
	record_string(r, F_ADDRESS, n->address);
	record_string(r, F_PARENT, n->parent);
	record_string(r, F_FORMAT, n->format);
	if (n->has_size)
		record_number(r, F_SIZE, n->size);
	if (n->has_allocated)
		record_flag(r, F_ALLOCATED, n->allocated);
	if (n->reallocated)
		record_flag(r, F_REALLOCATED, true);
	if (n->orphan)
		record_flag(r, F_ORPHAN, true);
	if (n->tainted)
		record_flag(r, F_TAINTED, true);
	record_string(r, F_ATTRIBUTE, n->attribute);
	if (n->name_type)
		record_text(r, F_NAME_TYPE, &n->name_type, 1);
	if (n->mode[0])
		record_text(r, F_MODE, n->mode, strnlen(n->mode, sizeof n->mode));
	if (n->has_owner) {
		record_number(r, F_UID, n->uid);
		record_number(r, F_GID, n->gid);
	}
	if (n->has_links)
		record_number(r, F_LINKS, n->links);
	if (n->target)
		record_lossy(r, F_TARGET, n->target, strlen(n->target), n->target_raw.bytes, n->target_raw.length);
	if (n->flag_count) {
		record_list(r, F_FLAGS);
		for (unsigned i = 0; i < n->flag_count && i < NODE_FLAGS_MAX; i++)
			value_string(r, NULL, n->flags[i]);
		record_close(r);
	}
	if (n->fn_attribute || n->stored_md5 || n->stored_sha1) {
		record_map(r, F_PROPERTIES);
		if (n->fn_attribute) {
			value_string(r, "fn_attribute", n->fn_attribute);
			value_number(r, "fn_size", n->fn_size);
		}
		if (n->stored_md5)
			value_string(r, "stored_md5", n->stored_md5);
		if (n->stored_sha1)
			value_string(r, "stored_sha1", n->stored_sha1);
		record_close(r);
	}
	bool local = false;
	for (unsigned i = 0; i < NODE_TIMES; i++) {
		record_time(r, time_field[i], &n->time[i]);
		local |= n->time[i].state == TIME_VALID && n->time[i].zone == TIME_LOCAL;
	}
	if (local)
		record_string(r, F_ZONE, "local");
}

void node_write(struct buffer *out, const struct node *n)
{
	struct record_builder r = record_begin(out, RECORD_NODE);
	record_string(&r, F_LOCATOR, n->step);
	node_show(&r, n);
	struct buffer hidden = { 0 };
	buffer_byte(&hidden, LAYOUT);
	buffer_byte(&hidden, (uint8_t)n->content);
	buffer_u64le(&hidden, n->order);
	uint16_t invalid = 0;
	for (unsigned i = 0; i < NODE_TIMES; i++)
		if (n->time[i].state == TIME_INVALID)
			invalid |= (uint16_t)(1U << i);
	buffer_u16le(&hidden, invalid);
	for (unsigned i = 0; i < NODE_TIMES; i++)
		if (invalid & 1U << i)
			buffer_u64le(&hidden, n->time[i].raw);
	if (n->content == CONTENT_INLINE && n->inline_length)
		buffer_append(&hidden, n->inline_bytes, n->inline_length < NODE_INLINE_MAX ? n->inline_length : NODE_INLINE_MAX);
	record_internal(&r, F_CONTENT, hidden.data, hidden.length);
	buffer_clear(&hidden);
	if (n->content == CONTENT_EXTENTS)
		extents_put(&hidden, n->extent, n->extents);
	if (hidden.length && hidden.length <= EXTENTS_MAX)
		record_internal(&r, F_EXTENTS, hidden.data, hidden.length);
	buffer_free(&hidden);
	record_end(&r);
}

static const char *string_get(const struct record_view *v, enum record_field f, struct arena *a)
{
	size_t length;
	const char *text = record_get_text(v, f, &length);
	return text ? arena_copy(a, text, length) : NULL;
}

/* The original bytes: behind the shown text where that lost something, else the text itself. */
static struct node_text bytes_get(const struct record_view *v, enum record_field f)
{
	const struct record_value *value = &v->field[f];
	if (value->kind == VALUE_LOSSY) {
		struct cursor c = cursor_of(value->bytes, value->length, 0);
		cursor_skip(&c, cursor_u32le(&c));
		if (!c.bad)
			return (struct node_text){ .bytes = c.data + c.at, .length = cursor_left(&c) };
	}
	size_t length;
	const char *text = record_get_text(v, f, &length);
	return (struct node_text){ .bytes = (const uint8_t *)text, .length = text ? length : 0 };
}

static bool flags_get(struct node *n, const struct record_value *list, struct arena *a)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, length;
	while (record_next(list, &at, &key, &key_length, &value)) {
		const char *text = record_value_text(&value, &length);
		if (!text || n->flag_count == NODE_FLAGS_MAX)
			return false;
		node_flag(n, arena_copy(a, text, length));
	}
	return true;
}

static void properties_get(struct node *n, const struct record_value *map, struct arena *a)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, length;
	while (record_next(map, &at, &key, &key_length, &value)) {
		const char *text = record_value_text(&value, &length);
		if (text && key_length == 12 && memcmp(key, "fn_attribute", 12) == 0)
			n->fn_attribute = arena_copy(a, text, length);
		if (text && key_length == 10 && memcmp(key, "stored_md5", 10) == 0)
			n->stored_md5 = arena_copy(a, text, length);
		if (text && key_length == 11 && memcmp(key, "stored_sha1", 11) == 0)
			n->stored_sha1 = arena_copy(a, text, length);
		struct cursor c = cursor_of(value.bytes, value.length, 0);
		if (value.kind == VALUE_NUMBER && key_length == 7 && memcmp(key, "fn_size", 7) == 0)
			n->fn_size = (uint32_t)cursor_u64le(&c);
	}
}

static enum node_kind kind_get(const struct record_view *v)
{
	enum node_kind kind = 0;
	while (kind < NODE_KINDS && !record_text_equals(v, F_KIND, kind_name[kind]))
		kind++;
	return kind;
}

struct node_brief node_brief(const struct record_view *v)
{
	return (struct node_brief){ .kind = kind_get(v), .has_format = record_has(v, F_FORMAT), .empty = record_has(v, F_SIZE) && !record_get_number(v, F_SIZE) };
}

bool node_read(struct node *n, const struct record_view *v, struct arena *a)
{
	*n = (struct node){ 0 };
	if (v->type != RECORD_NODE || !record_has(v, F_CONTENT))
		return false;
	n->kind = kind_get(v);
	if (n->kind == NODE_KINDS)
		return false;
	n->step = string_get(v, F_LOCATOR, a);
	n->name = bytes_get(v, F_NAME);
	n->path = bytes_get(v, F_PATH);
	n->address = string_get(v, F_ADDRESS, a);
	n->parent = string_get(v, F_PARENT, a);
	n->format = string_get(v, F_FORMAT, a);
	n->attribute = string_get(v, F_ATTRIBUTE, a);
	n->target = string_get(v, F_TARGET, a);
	if (v->field[F_TARGET].kind == VALUE_LOSSY)
		n->target_raw = bytes_get(v, F_TARGET);
	size_t length;
	const char *text = record_get_text(v, F_NAME_TYPE, &length);
	n->name_type = text && length ? text[0] : 0;
	text = record_get_text(v, F_MODE, &length);
	if (text && length < sizeof n->mode)
		memcpy(n->mode, text, length);
	n->has_owner = record_has(v, F_UID);
	n->uid = (uint32_t)record_get_number(v, F_UID);
	n->gid = (uint32_t)record_get_number(v, F_GID);
	n->has_links = record_has(v, F_LINKS);
	n->links = (uint32_t)record_get_number(v, F_LINKS);
	n->has_size = record_has(v, F_SIZE);
	n->size = record_get_number(v, F_SIZE);
	n->has_allocated = record_has(v, F_ALLOCATED);
	n->allocated = record_get_number(v, F_ALLOCATED) != 0;
	n->reallocated = record_get_number(v, F_REALLOCATED) != 0;
	n->orphan = record_get_number(v, F_ORPHAN) != 0;
	n->tainted = record_get_number(v, F_TAINTED) != 0;
	n->has_range = record_has(v, F_OFFSET);
	n->range_offset = record_get_number(v, F_OFFSET);
	n->range_length = record_get_number(v, F_LENGTH);
	if (record_has(v, F_FLAGS) && !flags_get(n, &v->field[F_FLAGS], a))
		return false;
	if (record_has(v, F_PROPERTIES))
		properties_get(n, &v->field[F_PROPERTIES], a);
	for (unsigned i = 0; i < NODE_TIMES; i++)
		record_get_time(v, time_field[i], &n->time[i]);

	struct cursor c = cursor_of(v->field[F_CONTENT].bytes, v->field[F_CONTENT].length, 0);
	if (cursor_u8(&c) != LAYOUT)
		return false;
	n->content = (enum content_kind)cursor_u8(&c);
	n->order = cursor_u64le(&c);
	uint16_t invalid = cursor_u16le(&c);
	for (unsigned i = 0; i < NODE_TIMES; i++)
		if (invalid & 1U << i)
			n->time[i] = (struct timestamp){ .state = TIME_INVALID, .raw = cursor_u64le(&c) };
	if (c.bad || n->content > CONTENT_SEQUENTIAL || invalid >> NODE_TIMES)
		return false;
	if (n->content == CONTENT_INLINE) {
		n->inline_length = cursor_left(&c);
		n->inline_bytes = cursor_bytes(&c, n->inline_length);
		if (n->inline_length > NODE_INLINE_MAX)
			return false;
	} else if (cursor_left(&c)) {
		return false;
	}
	return !record_has(v, F_EXTENTS) || (n->content == CONTENT_EXTENTS && extents_get(n, &v->field[F_EXTENTS], a));
}

void node_recall(struct node *n, const struct record_view *v)
{
	if (record_has(v, F_NAME))
		n->name = bytes_get(v, F_NAME);
	if (record_has(v, F_PATH))
		n->path = bytes_get(v, F_PATH);
	if (record_has(v, F_ALLOCATED)) {
		n->has_allocated = true;
		n->allocated = record_get_number(v, F_ALLOCATED) != 0;
	}
	n->reallocated = record_get_number(v, F_REALLOCATED) != 0;
	n->orphan = record_get_number(v, F_ORPHAN) != 0;
}

void node_state(const struct node_brief *node, const char **state, const char **why)
{
	static const enum { CONTENT, LISTED, OPENED, NOTHING } is[NODE_KINDS] = {
		[NODE_DIRECTORY] = LISTED, [NODE_FOLDER] = LISTED, [NODE_SYMLINK] = LISTED, [NODE_FILESYSTEM] = OPENED, [NODE_MEDIA] = OPENED, [NODE_VOLUME] = OPENED,
		[NODE_UNALLOCATED] = NOTHING, [NODE_DEVICE] = NOTHING, [NODE_FIFO] = NOTHING, [NODE_SOCKET] = NOTHING, [NODE_VIRTUAL] = NOTHING,
	};
	*state = "skipped";
	if (node->kind < NODE_KINDS && is[node->kind] != CONTENT) {
		bool opened = is[node->kind] == LISTED || (is[node->kind] == OPENED && node->has_format);
		/* a disk is evidence as a whole: an error record says that nothing on it is known; a partition may be of a kind that holds no files */
		if (opened || node->kind == NODE_MEDIA)
			*state = opened ? "read" : "failed";
		*why = opened ? NULL : is[node->kind] == OPENED ? "unknown format" : "type";
		return;
	}
	/* a file, stream, member or message without content: empty, or an entry whose content is gone */
	if (node->empty)
		*state = "read";
	*why = node->empty ? NULL : "no content";
}
