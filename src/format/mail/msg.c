/* SPDX-License-Identifier: Apache-2.0 */
/* msg.c: single messages of Outlook, MSG and the templates OFT ([MS-OXMSG]): a compound file of properties.
 *
 * The message is one node whose content is RFC 5322 made of its properties (mapi_message.c): so the message row opens it, "attach:N" are its parts, messages in the
 * message among them. Attachments too large for that are nodes of their own. Recipients and attachments are those that are there, not those that a header counts.
 * An attachment that is an OLE object (a storage, no stream) gives each of its streams.
 *
 * Steps: "msg:1" (the message), "msg:#57" (a large attachment: the number of its stream in the directory). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/mail/mapi.h"
#include "reader/ole.h"

extern const struct format format_msg;

enum {
	HEAD_TOP = 32, HEAD_EMBEDDED = 24, HEAD_OTHER = 8, ENTRY = 16,  /* of property streams */
	VALUES_MAX = 128 << 20,                 /* bytes of all values of one file, attachments aside */
	FINDINGS_MAX = 1000,                    /* that are told of one file */
	OLE_DEPTH_MAX = 32, PROBED_SECTORS = 8,
};
#define PROPERTIES "__properties_version1.0"
#define VALUE "__substg1.0_"
#define RECIPIENT "__recip_version1.0_#"
#define ATTACHMENT "__attach_version1.0_#"

struct msg {
	struct container container;
	struct ole *ole;
	struct buffer eml, large;               /* large: numbers of streams, u32 */
	struct arena arena;                     /* values */
	struct mapi_properties top;
	struct mapi_names names;
	uint64_t values;
	size_t left;                            /* bytes of attachments that still fit */
	bool all_values, given;                 /* the limit of values was told; the message's node was given */
	unsigned findings;
	size_t at;
	unsigned depth;
};

/* False: enough was told. */
static bool tell(struct msg *m)
{
	if (m->findings++ == FINDINGS_MAX)
		report_error(m->container.report, "limit", "msg.findings", NULL, 0, 0, "more than %d findings: the rest is not told", FINDINGS_MAX);
	return m->findings <= FINDINGS_MAX;
}

static void told(struct msg *m, const char *class, const char *kind, const char *message, int32_t entry)
{
	if (!tell(m))
		return;
	const struct ole_entry *e = ole_entry(m->ole, entry);
	struct buffer name = { 0 };
	if (e)
		text_for_terminal(&name, e->name, e->name_length, 64);
	report_error(m->container.report, class, kind, NULL, 0, 0, "%s: %s (entry %d)", message, buffer_string(&name), entry);
	buffer_free(&name);
}

static void on_damage(void *owner, uint64_t offset, uint64_t length, const char *what)
{
	struct msg *m = owner;
	if (tell(m))
		report_error(m->container.report, "damage", "msg.ole", NULL, offset, length, "%s", what);
}

/* ---- properties */

static bool begins(const struct ole_entry *e, const char *with)
{
	size_t length = strlen(with);
	return e->name_length >= length && text_equal_nocase(e->name, length, with, length);
}

/* "__substg1.0_0037001F": id and type. */
static bool value_name(const struct ole_entry *e, unsigned *id, unsigned *type)
{
	size_t from = sizeof VALUE - 1;
	uint32_t v = 0;
	if (e->type != OLE_STREAM || e->name_length != from + 8 || !begins(e, VALUE))
		return false;
	for (size_t i = from; i < from + 8; i++) {
		char c = e->name[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a' + 10) : 16;
		if (digit > 15)
			return false;
		v = v << 4 | digit;
	}
	*id = v >> 16;
	*type = v & 0xffff;
	return true;
}

static const uint8_t *value_read(struct msg *m, int32_t entry, size_t *length)
{
	struct buffer bytes = { 0 };
	const struct ole_entry *e = ole_entry(m->ole, entry);
	if (m->values > VALUES_MAX) {
		if (!m->all_values)
			told(m, "limit", "msg.values", "the values of the message take more bytes than are read: the rest is left out from", entry);
		m->all_values = true;
		return NULL;
	}
	if (!ole_read(m->ole, entry, MAPI_BODY_MAX, &bytes))
		told(m, e->size > MAPI_BODY_MAX ? "limit" : "damage", e->size > MAPI_BODY_MAX ? "msg.body" : "msg.value", e->size > MAPI_BODY_MAX ? "a value of the message is long: its rest is left out" : "a value of the message is cut", entry);
	m->values += bytes.length;
	*length = bytes.length;
	const uint8_t *copy = arena_copy(&m->arena, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length);
	buffer_free(&bytes);
	return copy;
}

static void properties_load(struct msg *m, int32_t storage, size_t head, struct mapi_properties *p)
{
	size_t count, length = 0;
	*p = (struct mapi_properties){ .code_page = m->top.code_page, .arena = &m->arena };
	int32_t fixed = ole_child(m->ole, storage, PROPERTIES);
	const uint8_t *bytes = fixed == OLE_NONE ? NULL : value_read(m, fixed, &length);
	for (size_t at = head; bytes && at + ENTRY <= length; at += ENTRY) {
		struct cursor c = cursor_of(bytes + at, ENTRY, 0);
		unsigned type = cursor_u16le(&c), id = cursor_u16le(&c);
		cursor_u32le(&c);               /* flags */
		size_t size = mapi_fixed_size(type);
		if (size && size <= cursor_left(&c))
			mapi_add(p, mapi_names_id(&m->names, id), type, bytes + at + c.at, size);
	}
	const int32_t *child = ole_children(m->ole, storage, &count);
	for (size_t i = 0; i < count; i++) {
		unsigned id, type;
		if (!value_name(ole_entry(m->ole, child[i]), &id, &type) || id == MAPI_ATTACHED_DATA || (id >= MAPI_NAMED && mapi_names_id(&m->names, id) == id))
			continue;               /* no one asks for those that have only a name */
		const uint8_t *value = value_read(m, child[i], &length);
		if (value)
			mapi_add(p, mapi_names_id(&m->names, id), type, value, length);
	}
}

/* [MS-OXMSG] 2.2.3: GUIDs, and 8 bytes a name: number, kind and GUID, index. */
static void names_load(struct msg *m)
{
	int32_t names = ole_child(m->ole, ole_root(m->ole), "__nameid_version1.0");
	int32_t sets = names == OLE_NONE ? OLE_NONE : ole_child(m->ole, names, VALUE "00020102"), list = names == OLE_NONE ? OLE_NONE : ole_child(m->ole, names, VALUE "00030102");
	size_t set_length = 0, length = 0;
	const uint8_t *set = sets == OLE_NONE ? NULL : value_read(m, sets, &set_length), *bytes = list == OLE_NONE ? NULL : value_read(m, list, &length);
	mapi_names_load(&m->names, set, set_length, bytes, length, &m->arena);
}

/* ---- the message */

static void message_write(struct msg *m, int32_t storage, size_t head, struct mapi_properties *p, struct buffer *out);

static void stream_write(struct msg *m, int32_t entry, const struct mapi_properties *p, struct buffer *out)
{
	bool cut = false;
	struct source *s = ole_stream(m->ole, entry, &cut);
	bool big = s->size > m->left;
	mapi_attachment_head(out, p, big ? "message/external-body; access-type=x-msg-stream" : "application/octet-stream");
	if (cut)
		told(m, "damage", "msg.attachment", "an attachment is cut", entry);
	if (big) {
		buffer_format(out, "X-MAPI-Left-Out: stream %d of %llu bytes\n\n", entry, (unsigned long long)s->size);
		buffer_u32le(&m->large, (uint32_t)entry);
	} else {
		struct buffer bytes = { 0 };
		ole_read(m->ole, entry, m->left, &bytes);
		buffer_text(out, "Content-Transfer-Encoding: base64\n\n");
		mapi_base64(out, bytes.data, bytes.length);
		m->left -= bytes.length;
		buffer_free(&bytes);
	}
	source_close(s);
}

/* Every stream below the storage of an OLE object, a part each, named by its way. */
static void object_write(struct msg *m, int32_t storage, const char *way, size_t way_length, unsigned depth, const char *boundary, struct buffer *out)
{
	size_t count;
	const int32_t *child = ole_children(m->ole, storage, &count);
	for (size_t i = 0; i < count; i++) {
		const struct ole_entry *e = ole_entry(m->ole, child[i]);
		const char *name = arena_format(&m->arena, "%.*s/%.*s", (int)way_length, way, (int)e->name_length, e->name);
		struct mapi_properties p = { .code_page = 65001, .arena = &m->arena };
		mapi_add(&p, 0x3707, MAPI_TEXT8, name, strlen(name));
		if (e->type == OLE_STORAGE && depth == OLE_DEPTH_MAX) {
			told(m, "limit", "msg.attachment", "storages of an OLE object more than 32 deep", child[i]);
		} else if (e->type == OLE_STORAGE) {
			object_write(m, child[i], name, strlen(name), depth + 1, boundary, out);
		} else {
			mapi_part_begin(out, boundary);
			stream_write(m, child[i], &p, out);
		}
	}
}

static void attachment_write(struct msg *m, int32_t storage, const char *boundary, struct buffer *out)
{
	struct mapi_properties p, inner;
	size_t length;
	properties_load(m, storage, HEAD_OTHER, &p);
	int32_t data = ole_child(m->ole, storage, VALUE "37010102");
	if (data == OLE_NONE)
		data = ole_child(m->ole, storage, VALUE "3701000D");
	const struct ole_entry *e = ole_entry(m->ole, data);
	uint32_t method = mapi_number(&p, MAPI_ATTACH_METHOD, e ? MAPI_BY_VALUE : 0);
	mapi_part_begin(out, boundary);
	if (e && e->type == OLE_STREAM) {
		stream_write(m, data, &p, out);
	} else if (e && (method == MAPI_EMBEDDED || ole_child(m->ole, data, PROPERTIES) != OLE_NONE)) {
		struct buffer eml = { 0 };
		mapi_attachment_message(out, &p);
		if (m->depth == MAPI_EMBEDDED_MAX) {
			told(m, "limit", "msg.embedded", "messages in messages more than 8 deep", data);
			return;
		}
		m->depth++;
		message_write(m, data, HEAD_EMBEDDED, &inner, &eml);
		m->depth--;
		mapi_base64(out, eml.data, eml.length);
		buffer_free(&eml);
	} else if (e) {
		const char *name = mapi_attachment_name(&p, &length);
		mapi_attachment_elsewhere(out, &p, method);     /* in the parts that follow */
		object_write(m, data, name ? name : "object", name ? length : 6, 0, boundary, out);
	} else {
		if (method == MAPI_BY_VALUE || method == MAPI_EMBEDDED || method == MAPI_OLE)
			told(m, "damage", "msg.attachment", "the content of an attachment is nowhere", storage);
		mapi_attachment_elsewhere(out, &p, method);
	}
}

static void message_write(struct msg *m, int32_t storage, size_t head, struct mapi_properties *p, struct buffer *out)
{
	char boundary[64];
	struct mapi_message message = { .properties = p };
	size_t count, recipients = 0;
	properties_load(m, storage, head, p);
	if (!mapi_find(p, 0x3ffd) && mapi_find(p, 0x3ff1))
		p->code_page = mapi_code_page_of_locale(mapi_number(p, 0x3ff1, 0));
	uint32_t outer = m->top.code_page;
	m->top.code_page = mapi_code_page(p);   /* of recipients and attachments too */
	const int32_t *child = ole_children(m->ole, storage, &count);
	struct mapi_properties *list = NULL;
	size_t room = 0;
	for (size_t i = 0; i < count; i++)
		if (ole_entry(m->ole, child[i])->type == OLE_STORAGE && begins(ole_entry(m->ole, child[i]), RECIPIENT)) {
			list = arena_room(&m->arena, list, recipients, &room, sizeof *list);
			properties_load(m, child[i], HEAD_OTHER, &list[recipients++]);
		}
	message.recipient = list;
	message.recipients = recipients;
	snprintf(boundary, sizeof boundary, "=_msg_%u_%d", m->depth, storage);
	bool any = mapi_message_begin(out, &message, boundary) > 0;
	if (message.rtf_damaged)
		report_error(m->container.report, "damage", "msg.rtf", NULL, 0, 0, "the RTF text of the message is damaged: %zu bytes of it can be read", message.rtf_length);
	for (size_t i = 0; i < count; i++)
		if (ole_entry(m->ole, child[i])->type == OLE_STORAGE && begins(ole_entry(m->ole, child[i]), ATTACHMENT)) {
			attachment_write(m, child[i], boundary, out);
			any = true;
		}
	mapi_message_end(out, boundary, any);
	m->top.code_page = outer;
}

/* ---- the row */

static void message_describe(struct msg *m, struct node *n)
{
	mapi_message_describe(n, &m->top, "msg:1", m->eml.length);
	n->tainted = ole_tainted(m->ole);
}

static bool attachment_describe(struct msg *m, int32_t entry, struct node *n)
{
	struct source *s = ole_stream(m->ole, entry, NULL);
	struct arena *a = &m->container.arena;
	if (!s)
		return false;
	struct mapi_properties p;
	size_t length;
	properties_load(m, ole_entry(m->ole, entry)->parent, HEAD_OTHER, &p);
	*n = (struct node){ .kind = NODE_ATTACHMENT, .content = CONTENT_COMPUTED, .has_size = true, .size = s->size, .has_allocated = true, .allocated = true, .parent = "1",
		.tainted = ole_tainted(m->ole) };
	n->address = arena_format(a, "%d", entry);
	n->step = arena_format(a, "msg:#%d", entry);
	const char *name = mapi_attachment_name(&p, &length);
	n->name = (struct node_text){ (const uint8_t *)(name ? name : n->address), name ? length : strlen(n->address) };
	source_close(s);
	return true;
}

static bool wanted(struct msg *m, uint64_t at)
{
	struct reporter *r = m->container.report;
	return !r || !r->step || r->step(r, at);
}

static int msg_next(struct container *container, struct node *n)
{
	struct msg *m = (struct msg *)container;
	arena_reset(&container->arena);
	if (!m->given) {
		m->given = true;
		if (wanted(m, 1)) {
			message_describe(m, n);
			return 1;
		}
	}
	while (m->at < m->large.length) {
		struct cursor c = cursor_of(m->large.data, m->large.length, 0);
		c.at = m->at;
		m->at += 4;
		int32_t entry = (int32_t)cursor_u32le(&c);
		if (wanted(m, (uint64_t)entry + 2) && attachment_describe(m, entry, n))
			return 1;
	}
	return 0;
}

static bool msg_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct msg *m = (struct msg *)container;
	arena_reset(&container->arena);
	if (step->stream.length)
		return false;
	if (step->name.length == 1 && *step->name.text == '1') {
		message_describe(m, n);
		return true;
	}
	return attachment_describe(m, ole_entry_of_step(step->name.text, step->name.length), n);
}

static struct source *msg_content(struct container *container, const struct node *n)
{
	struct msg *m = (struct msg *)container;
	if (n->kind == NODE_MESSAGE)
		return source_of_memory(m->eml.data, m->eml.length, false);
	return n->step && strlen(n->step) > 4 ? ole_stream(m->ole, ole_entry_of_step(n->step + 4, strlen(n->step + 4)), NULL) : NULL;
}

static void msg_close(struct container *container)
{
	struct msg *m = (struct msg *)container;
	ole_close(m->ole);
	buffer_free(&m->eml);
	buffer_free(&m->large);
	arena_free(&m->arena);
	free(m);
}

static struct container *msg_open(const struct opening *o)
{
	struct msg *m = memory_new(sizeof *m);
	m->container = (struct container){ .format = &format_msg, .source = o->source, .report = o->report };
	m->left = MAPI_ATTACHED_MAX;
	m->ole = ole_open(o->source, on_damage, m);
	if (!m->ole) {
		report_error(o->report, "damage", "msg.open", NULL, 0, 0, "no directory of a compound file is here");
		msg_close(&m->container);
		return NULL;
	}
	struct mapi_properties top;
	m->top.code_page = 1252;
	names_load(m);
	message_write(m, ole_root(m->ole), HEAD_TOP, &top, &m->eml);
	m->top = top;
	return &m->container;
}

/* The compound file of a message: by its class, or by what its directory's first sectors name. */
static unsigned msg_probe(const struct probe *q)
{
	static const uint8_t magic[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };
	static const uint8_t classes[2][16] = { { 0x0b, 0x0d, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 }, { 0x46, 0xf0, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 } };
	static const char *const names[] = { PROPERTIES, VALUE, RECIPIENT, ATTACHMENT, "__nameid_version1.0" };
	if (q->head_length < OLE_HEADER || memcmp(q->head, magic, sizeof magic) != 0)
		return 0;
	struct cursor c = cursor_of(q->head, OLE_HEADER, 0);
	c.at = 30;
	unsigned shift = cursor_u16le(&c) == 12 ? 12 : 9;
	c.at = 48;
	uint64_t at = ((uint64_t)cursor_u32le(&c) + 1) << shift;
	for (unsigned i = 0; i < PROBED_SECTORS * 4; i++, at += 128) {
		uint8_t entry[128];
		if (source_read_at(q->source, at, entry, sizeof entry, NULL) < sizeof entry)
			break;
		if (i == 0 && (memcmp(entry + 80, classes[0], 16) == 0 || memcmp(entry + 80, classes[1], 16) == 0))
			return 128;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
			size_t length = strlen(names[k]), same = 0;
			while (same < length && length * 2 <= 64 && entry[same * 2] == (uint8_t)names[k][same] && !entry[same * 2 + 1])
				same++;
			if (same == length)
				return 96;
		}
	}
	/* its directory may lie elsewhere, or be gone */
	static const char *const ends[] = { ".msg", ".oft" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (q->name_length > 4 && text_equal_nocase(q->name + q->name_length - 4, 4, ends[i], 4))
			return 64;
	return 0;
}

const struct format format_msg = { .name = "msg", .layer = LAYER_MAIL, .about = "single message of Outlook (MSG, OFT)", .probe = msg_probe, .open = msg_open, .next = msg_next,
	.find = msg_find, .content = msg_content, .close = msg_close };
