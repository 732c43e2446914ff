/* SPDX-License-Identifier: Apache-2.0 */
/* tnef.c: winmail.dat, what Outlook and Exchange send to those that they think are their own kind ([MS-OXTNEF]): a run of attributes, properties among them.
 *
 * The message is one node whose content is RFC 5322 made of what is there (mapi_message.c): so the message row opens it, "attach:N" are its parts, messages in the
 * message among them. Attachments too large for that are nodes of their own. Programs of the field stop at a wrong checksum or an unknown attribute; here what follows
 * is looked for and given.
 *
 * Steps: "tnef:1" (the message), "tnef:#4711" (a large attachment: where its bytes begin). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/mail/mapi.h"

extern const struct format format_tnef;

enum {
	SIZE_MAX_READ = 256 << 20, LIST_MAX = 65535, PROPERTIES_MAX = 1 << 20, FINDINGS_MAX = 1000,     /* FINDINGS_MAX: that are told of one file */ HEAD = 6, ATTRIBUTE = 9, CHECKSUM = 2,
	LEVEL_MESSAGE = 1, LEVEL_ATTACHMENT = 2,
};
#define SIGNATURE UINT32_C(0x223e9f78)

/* Attributes, [MS-OXTNEF] 2.1.3.2, by the lower half of their id (the upper one is a type, 0 to 8, which some writers leave out); and the property that each stands for. */
enum kind { SKIPPED, TEXT, DATE, PROPERTIES, RECIPIENTS, CODE_PAGE, SENDER, BEGIN, DATA };
enum { TYPES = 8 };
static const struct attribute { uint16_t id; uint8_t kind; uint16_t property; } attributes[] = {
	{ 0x0000, SKIPPED, 0 } /* owner */, { 0x0001, SKIPPED, 0 } /* sent for */, { 0x0002, SKIPPED, 0 } /* delegate */, { 0x0006, SKIPPED, 0 } /* begin */,
	{ 0x0007, SKIPPED, 0 } /* end */, { 0x0008, SKIPPED, 0 }, { 0x0009, SKIPPED, 0 }, { 0x0600, SKIPPED, 0 } /* original class */, { 0x8000, SENDER, 0 },
	{ 0x8004, TEXT, 0x0037 }, { 0x8005, DATE, 0x0039 }, { 0x8006, DATE, 0x0e06 }, { 0x8007, SKIPPED, 0 } /* status */, { 0x8008, TEXT, 0x001a },
	{ 0x8009, SKIPPED, 0 } /* message id, of X.400 */, { 0x800a, SKIPPED, 0 }, { 0x800b, SKIPPED, 0 }, { 0x800c, TEXT, 0x1000 }, { 0x800d, SKIPPED, 0 } /* priority */,
	{ 0x800f, DATA, 0 }, { 0x8010, TEXT, 0x3704 }, { 0x8011, SKIPPED, 0 } /* picture of it */, { 0x8012, DATE, 0x3007 }, { 0x8013, DATE, 0x3008 }, { 0x8020, DATE, 0x3008 },
	{ 0x9001, SKIPPED, 0 }, { 0x9002, BEGIN, 0 }, { 0x9003, PROPERTIES, 0 }, { 0x9004, RECIPIENTS, 0 }, { 0x9005, PROPERTIES, 0 }, { 0x9006, SKIPPED, 0 } /* version */,
	{ 0x9007, CODE_PAGE, 0 },
};
static const uint8_t iid_message[16] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

struct large { uint64_t offset, length; const char *name; };

struct tnef {
	struct container container;
	uint8_t *copy;                          /* when the source does not lie in memory */
	const uint8_t *bytes; size_t size;
	struct arena arena;
	struct buffer eml;
	struct mapi_properties top;
	struct large *large; size_t larges, large_room;
	size_t left;                            /* bytes of attachments that still fit */
	bool tainted, given;
	size_t at;
	unsigned depth, findings;
	size_t properties;
};

struct attachment { struct mapi_properties own, titles; const uint8_t *data; size_t length; };

/* One message: of the file, or in an attachment. `titles`: what attributes say; properties win. */
struct read {
	struct mapi_properties own, titles, *recipient;
	size_t recipients, recipient_room;
	struct attachment *attachment; size_t attachments, attachment_room;
	uint32_t code_page;
};

/* False: enough was told. */
static bool tell(struct tnef *t)
{
	if (t->findings++ == FINDINGS_MAX)
		report_error(t->container.report, "limit", "tnef.findings", NULL, 0, 0, "more than %d findings: the rest is not told", FINDINGS_MAX);
	return t->findings <= FINDINGS_MAX;
}

static void damaged(struct tnef *t, const uint8_t *at, size_t length, const char *what)
{
	t->tainted = true;
	if (tell(t))
		report_error(t->container.report, "damage", "tnef.attribute", NULL, (uint64_t)(at - t->bytes), length, "%s", what);
}

static void limit(struct tnef *t, const uint8_t *at, const char *what)
{
	report_error(t->container.report, "limit", "tnef.list", NULL, (uint64_t)(at - t->bytes), 0, "%s", what);
}

/* ---- properties, [MS-OXTNEF] 2.1.3.4 */

static size_t padded(size_t length) { return (length + 3) & ~(size_t)3; }

/* The last value of an attribute may lack its padding. */
static const uint8_t *padded_bytes(struct cursor *c, size_t length)
{
	const uint8_t *bytes = cursor_bytes(c, length);
	size_t rest = padded(length) - length;
	if (bytes)
		cursor_skip(c, rest < cursor_left(c) ? rest : cursor_left(c));
	return bytes;
}

static uint32_t name_read(struct cursor *c, uint32_t id)
{
	const uint8_t *set = cursor_bytes(c, 16);
	uint32_t kind = cursor_u32le(c), number = cursor_u32le(c);
	if (kind == 1)
		padded_bytes(c, number);        /* its length, then a text */
	else if (set && number < 0x10000 && memcmp(set, mapi_set_common, 16) == 0)
		return MAPI_COMMON | number;
	return id;
}

static void properties_read(struct tnef *t, struct cursor *c, struct mapi_properties *p)
{
	uint32_t count = cursor_u32le(c);
	size_t begin = c->at;
	for (uint32_t i = 0; i < count && !c->bad && cursor_left(c); i++) {
		unsigned type = cursor_u16le(c), base = type & 0xfff;
		uint32_t id = cursor_u16le(c), values = 1;
		bool variable = base == MAPI_TEXT8 || base == MAPI_TEXT16 || base == MAPI_BINARY || base == MAPI_OBJECT;
		if (id >= 0x8000)
			id = name_read(c, id);
		if (variable || type & 0x1000)
			values = cursor_u32le(c);
		if (!variable && !mapi_fixed_size(base)) {
			if (base > 1)           /* of no type, or null: no value */
				c->bad = true;
			continue;
		}
		for (uint32_t k = 0; k < values && !c->bad; k++) {
			size_t length = variable ? cursor_u32le(c) : mapi_fixed_size(base);
			const uint8_t *bytes = c->bad ? NULL : padded_bytes(c, length);
			if (!bytes || k || type & 0x1000)
				continue;               /* of several values no one asks for any */
			if (t->properties++ == PROPERTIES_MAX)
				limit(t, bytes, "more than a million properties: the rest is not read");
			if (t->properties <= PROPERTIES_MAX)
				mapi_add(p, id, base, bytes, length);
		}
	}
	if (c->bad)
		damaged(t, c->data + begin, c->size - begin, "a list of properties is cut, or holds one of a type that is none");
}

/* ---- attributes */

static const struct attribute *attribute_of(uint32_t id)
{
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes && id >> 16 <= TYPES; i++)
		if (attributes[i].id == (id & 0xffff))
			return &attributes[i];
	return NULL;
}

/* The next place from `at` where an attribute may begin; the end where there is none. */
static size_t attribute_find(const uint8_t *bytes, size_t size, size_t at)
{
	for (; at + ATTRIBUTE <= size; at++) {
		if (bytes[at] != LEVEL_MESSAGE && bytes[at] != LEVEL_ATTACHMENT)
			continue;
		struct cursor c = cursor_of(bytes, size, 0);
		c.at = at + 1;
		uint32_t id = cursor_u32le(&c), length = cursor_u32le(&c);
		if (attribute_of(id) && length <= size - c.at)
			return at;
	}
	return size;
}

static void date_add(struct tnef *t, struct mapi_properties *p, unsigned property, struct cursor c)
{
	unsigned f[6];
	for (size_t i = 0; i < 6; i++)
		f[i] = cursor_u16le(&c);
	struct timestamp when = time_from_civil(f[0], f[1], f[2], f[3], f[4], f[5], 0, TIME_S);
	if (c.bad || when.state != TIME_VALID)
		return;
	uint64_t ticks = (uint64_t)(when.seconds + INT64_C(11644473600)) * 10000000;
	uint8_t *value = arena_new(&t->arena, 8);
	for (size_t i = 0; i < 8; i++)
		value[i] = (uint8_t)(ticks >> 8 * i);
	mapi_add(p, property, MAPI_TIME, value, 8);
}

/* [MS-OXTNEF] 2.1.3.3.1: type, sizes, name, "SMTP:address". */
static void sender_add(struct mapi_properties *p, struct cursor c)
{
	cursor_skip(&c, 4);
	size_t name_length = cursor_u16le(&c), length = cursor_u16le(&c);
	const uint8_t *name = cursor_bytes(&c, name_length), *address = cursor_bytes(&c, length);
	if (!name || !address)
		return;
	const uint8_t *colon = memchr(address, ':', length);
	size_t skip = colon ? (size_t)(colon - address) + 1 : 0;
	mapi_add(p, 0x0c1a, MAPI_TEXT8, name, name_length);
	mapi_add(p, 0x0c1f, MAPI_TEXT8, address + skip, length - skip);
}

static struct attachment *attachment_begin(struct tnef *t, struct read *r, const uint8_t *at)
{
	if (r->attachments == LIST_MAX) {
		limit(t, at, "more than 65535 attachments: the rest is not read");
		return NULL;
	}
	r->attachment = arena_room(&t->arena, r->attachment, r->attachments, &r->attachment_room, sizeof *r->attachment);
	struct attachment *a = &r->attachment[r->attachments++];
	*a = (struct attachment){ .own = { .arena = &t->arena }, .titles = { .arena = &t->arena } };
	return a;
}

static void recipients_read(struct tnef *t, struct cursor *c, struct read *r)
{
	uint32_t rows = cursor_u32le(c);
	for (uint32_t i = 0; i < rows && !c->bad && cursor_left(c); i++) {
		if (r->recipients == LIST_MAX) {
			limit(t, c->data + c->at, "more than 65535 recipients: the rest is not read");
			return;
		}
		r->recipient = arena_room(&t->arena, r->recipient, r->recipients, &r->recipient_room, sizeof *r->recipient);
		struct mapi_properties *p = &r->recipient[r->recipients++];
		*p = (struct mapi_properties){ .arena = &t->arena };
		properties_read(t, c, p);
	}
}

static bool attribute_take(struct tnef *t, struct read *r, unsigned level, const struct attribute *a, const uint8_t *bytes, size_t length)
{
	struct cursor c = cursor_of(bytes, length, 0);
	struct attachment *at = r->attachments ? &r->attachment[r->attachments - 1] : NULL;
	if (level == LEVEL_ATTACHMENT && (a->kind == BEGIN || !at || (a->kind == DATA && at->data)))
		at = attachment_begin(t, r, bytes);
	if (level == LEVEL_ATTACHMENT && !at)
		return false;
	struct mapi_properties *own = level == LEVEL_ATTACHMENT ? &at->own : &r->own, *titles = level == LEVEL_ATTACHMENT ? &at->titles : &r->titles;
	switch ((enum kind)a->kind) {
	case TEXT: mapi_add(titles, a->property, MAPI_TEXT8, bytes, length); break;
	case DATE: date_add(t, titles, a->property, c); break;
	case PROPERTIES: properties_read(t, &c, own); break;
	case RECIPIENTS: recipients_read(t, &c, r); break;
	case CODE_PAGE: r->code_page = cursor_u32le(&c); break;
	case SENDER: sender_add(titles, c); break;
	case DATA:
		if (level == LEVEL_ATTACHMENT) {
			at->data = bytes;
			at->length = length;
		}
		break;
	case BEGIN: case SKIPPED: break;
	}
	return true;
}

static void attributes_read(struct tnef *t, struct read *r, const uint8_t *bytes, size_t size)
{
	size_t at = HEAD;
	while (at < size) {
		struct cursor c = cursor_of(bytes, size, 0);
		c.at = at;
		unsigned level = cursor_u8(&c);
		uint32_t id = cursor_u32le(&c);
		size_t length = cursor_u32le(&c), from = c.at, next;
		const struct attribute *a = attribute_of(id);
		bool good = !c.bad && (level == LEVEL_MESSAGE || level == LEVEL_ATTACHMENT);
		if (good && length <= size - from) {
			next = from + length + CHECKSUM;
			uint16_t sum = 0;
			for (size_t i = 0; i < length; i++)
				sum = (uint16_t)(sum + bytes[from + i]);
			c.at = from + length;
			uint16_t stored = cursor_u16le(&c);
			if (c.bad)
				damaged(t, bytes + at, size - at, "the last attribute lacks its checksum");
			else if (stored != sum)
				damaged(t, bytes + from, length, "the checksum of an attribute is wrong");
			if (!a && tell(t))
				report_note(t->container.report, "tnef.attribute", NULL, (uint64_t)(bytes + at - t->bytes), ATTRIBUTE, "an attribute %08x that is not known", id);
		} else {
			next = attribute_find(bytes, size, at + 1);
			damaged(t, bytes + at, next - at, good ? "an attribute is longer than what holds it" : "no attribute is here");
			length = from + CHECKSUM <= next ? next - from - (next < size ? CHECKSUM : 0) : 0;
			a = good && from <= next ? a : NULL;
		}
		if (a && !attribute_take(t, r, level, a, bytes + from, length))
			return;
		at = next;
	}
}

/* ---- the message */

static void message_write(struct tnef *t, const uint8_t *bytes, size_t size, struct mapi_properties *p, struct buffer *out);

static void titles_add(struct mapi_properties *p, const struct mapi_properties *titles, uint32_t code_page)
{
	for (size_t i = 0; i < titles->count; i++)
		mapi_add(p, titles->property[i].id, titles->property[i].type, titles->property[i].bytes, titles->property[i].length);
	p->code_page = code_page;
}

static void bytes_write(struct tnef *t, const struct mapi_properties *p, const uint8_t *bytes, size_t length, const char *type, struct buffer *out)
{
	bool big = length > t->left;
	mapi_attachment_head(out, p, big ? "message/external-body; access-type=x-tnef-range" : type);
	if (!big) {
		buffer_text(out, "Content-Transfer-Encoding: base64\n\n");
		mapi_base64(out, bytes, length);
		t->left -= length;
		return;
	}
	size_t name_length;
	const char *name = mapi_attachment_name(p, &name_length);
	uint64_t offset = (uint64_t)(bytes - t->bytes);
	buffer_format(out, "X-MAPI-Left-Out: %zu bytes at %llu\n\n", length, (unsigned long long)offset);
	t->large = arena_room(&t->arena, t->large, t->larges, &t->large_room, sizeof *t->large);
	t->large[t->larges++] = (struct large){ offset, length, name ? arena_copy(&t->arena, name, name_length) : NULL };
}

static void attachment_write(struct tnef *t, struct attachment *a, const char *boundary, struct buffer *out)
{
	const struct mapi_property *data = mapi_find(&a->own, MAPI_ATTACHED_DATA);
	bool object = data && data->type == MAPI_OBJECT && data->length >= 16;
	mapi_part_begin(out, boundary);
	if (object && memcmp(data->bytes, iid_message, 16) == 0) {
		struct mapi_properties inner;
		struct buffer eml = { 0 };
		mapi_attachment_message(out, &a->own);
		if (t->depth == MAPI_EMBEDDED_MAX) {
			limit(t, data->bytes, "messages in messages more than 8 deep");
		} else {
			t->depth++;
			message_write(t, data->bytes + 16, data->length - 16, &inner, &eml);
			t->depth--;
			mapi_base64(out, eml.data, eml.length);
		}
		buffer_free(&eml);
	} else if (object) {
		bytes_write(t, &a->own, data->bytes + 16, data->length - 16, "application/x-ole-storage", out);
	} else if (data && data->type == MAPI_BINARY && !a->length) {
		bytes_write(t, &a->own, data->bytes, data->length, "application/octet-stream", out);
		return;
	} else if (!a->data) {
		mapi_attachment_elsewhere(out, &a->own, mapi_number(&a->own, MAPI_ATTACH_METHOD, 0));
		return;
	}
	if (!a->length && object)
		return;
	if (object)
		mapi_part_begin(out, boundary);
	bytes_write(t, &a->own, a->data, a->length, "application/octet-stream", out);
}

static void message_write(struct tnef *t, const uint8_t *bytes, size_t size, struct mapi_properties *p, struct buffer *out)
{
	char boundary[64];
	struct read r = { .own = { .arena = &t->arena }, .titles = { .arena = &t->arena }, .code_page = 1252 };
	struct cursor c = cursor_of(bytes, size, 0);
	if (cursor_u32le(&c) != SIGNATURE)
		damaged(t, bytes, size < HEAD ? size : HEAD, "no TNEF is here");
	else
		attributes_read(t, &r, bytes, size);
	titles_add(&r.own, &r.titles, r.code_page);
	for (size_t i = 0; i < r.recipients; i++)
		r.recipient[i].code_page = r.code_page;
	*p = r.own;
	struct mapi_message m = { .properties = p, .recipient = r.recipient, .recipients = r.recipients };
	snprintf(boundary, sizeof boundary, "=_tnef_%u_%llx", t->depth, (unsigned long long)(bytes - t->bytes));
	bool any = mapi_message_begin(out, &m, boundary) > 0;
	if (m.rtf_damaged)
		damaged(t, bytes, 0, "the RTF text of the message is damaged");
	for (size_t i = 0; i < r.attachments; i++) {
		titles_add(&r.attachment[i].own, &r.attachment[i].titles, r.code_page);
		attachment_write(t, &r.attachment[i], boundary, out);
		any = true;
	}
	mapi_message_end(out, boundary, any);
}

/* ---- the row */

static void message_describe(struct tnef *t, struct node *n)
{
	mapi_message_describe(n, &t->top, "tnef:1", t->eml.length);
	n->tainted = t->tainted;
}

static void attachment_describe(struct tnef *t, const struct large *l, struct node *n)
{
	struct arena *a = &t->container.arena;
	*n = (struct node){ .kind = NODE_ATTACHMENT, .content = CONTENT_COMPUTED, .has_size = true, .size = l->length, .has_allocated = true, .allocated = true, .parent = "1",
		.has_range = true, .range_offset = l->offset, .range_length = l->length, .order = l->offset, .tainted = t->tainted };
	n->address = arena_format(a, "%llu", (unsigned long long)l->offset);
	n->step = arena_format(a, "tnef:#%s", n->address);
	const char *name = l->name ? l->name : n->address;
	n->name = (struct node_text){ (const uint8_t *)name, strlen(name) };
}

static bool wanted(struct tnef *t, uint64_t at)
{
	struct reporter *r = t->container.report;
	return !r || !r->step || r->step(r, at);
}

static int tnef_next(struct container *container, struct node *n)
{
	struct tnef *t = (struct tnef *)container;
	arena_reset(&container->arena);
	if (!t->given) {
		t->given = true;
		if (wanted(t, 1)) {
			message_describe(t, n);
			return 1;
		}
	}
	while (t->at < t->larges) {
		const struct large *l = &t->large[t->at++];
		if (wanted(t, l->offset)) {
			attachment_describe(t, l, n);
			return 1;
		}
	}
	return 0;
}

static const struct large *large_find(const struct tnef *t, const char *address, size_t length)
{
	char text[24];
	for (size_t i = 0; i < t->larges; i++)
		if ((size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)t->large[i].offset) == length && memcmp(text, address, length) == 0)
			return &t->large[i];
	return NULL;
}

static bool tnef_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct tnef *t = (struct tnef *)container;
	arena_reset(&container->arena);
	if (step->stream.length || !step->name.length)
		return false;
	if (step->name.length == 1 && *step->name.text == '1') {
		message_describe(t, n);
		return true;
	}
	const struct large *l = *step->name.text == '#' ? large_find(t, step->name.text + 1, step->name.length - 1) : NULL;
	if (l)
		attachment_describe(t, l, n);
	return l != NULL;
}

static struct source *tnef_content(struct container *container, const struct node *n)
{
	struct tnef *t = (struct tnef *)container;
	if (n->kind == NODE_MESSAGE)
		return source_of_memory(t->eml.data, t->eml.length, false);
	const struct large *l = n->address ? large_find(t, n->address, strlen(n->address)) : NULL;
	return l ? source_window(container->source, l->offset, l->length) : NULL;
}

static void tnef_close(struct container *container)
{
	struct tnef *t = (struct tnef *)container;
	buffer_free(&t->eml);
	arena_free(&t->arena);
	free(t->copy);
	free(t);
}

static struct container *tnef_open(const struct opening *o)
{
	struct tnef *t = memory_new(sizeof *t);
	t->container = (struct container){ .format = &format_tnef, .source = o->source, .report = o->report };
	t->left = MAPI_ATTACHED_MAX;
	t->size = o->source->size < SIZE_MAX_READ ? (size_t)o->source->size : SIZE_MAX_READ;
	t->bytes = o->source->memory;
	if (!t->bytes) {
		t->copy = memory_new(t->size);
		source_read_at(o->source, 0, t->copy, t->size, &t->tainted);
		t->bytes = t->copy;
	}
	if (t->size < o->source->size)
		report_error(o->report, "limit", "tnef.size", NULL, t->size, o->source->size - t->size, "a winmail.dat of more than %d bytes: the rest is not read", SIZE_MAX_READ);
	message_write(t, t->bytes, t->size, &t->top, &t->eml);
	return &t->container;
}

static unsigned tnef_probe(const struct probe *q)
{
	struct cursor c = cursor_of(q->head, q->head_length, 0);
	if (cursor_u32le(&c) != SIGNATURE)
		return 0;
	cursor_u16le(&c);                       /* key */
	unsigned level = cursor_u8(&c);
	return !c.bad && (level == LEVEL_MESSAGE || level == LEVEL_ATTACHMENT) ? 40 : 32;
}

const struct format format_tnef = { .name = "tnef", .layer = LAYER_MAIL, .about = "winmail.dat of Outlook and Exchange (TNEF)", .probe = tnef_probe, .open = tnef_open,
	.next = tnef_next, .find = tnef_find, .content = tnef_content, .close = tnef_close };
