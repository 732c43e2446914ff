/* SPDX-License-Identifier: Apache-2.0 */
/* olm.c: archives of Outlook for Mac (OLM): a zip of XML files, one a message, and of their attachments.
 *
 * No specification was published; names of elements are those that the program writes (OPFMessageCopySubject ...). Every message file below com.microsoft.__Messages is a
 * message whose content is RFC 5322 made of it, by the same code that makes it of Outlook's properties (mapi_message.c), with its attachments. The zip row opens the same
 * file and gives all members as they are: contacts, calendars and notes are found there, attachments twice.
 *
 * Steps: "olm:/Local/com.microsoft.__Messages/Inbox/message_00001.xml", the member's path in the zip, or its ordinal "olm:#12" as there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/format.h"
#include "format/mail/mapi.h"
#include "reader/xml.h"

extern const struct format format_olm, format_zip;

enum { XML_MAX = 64 << 20, PEOPLE_MAX = 10000, ATTACHMENTS_MAX = 10000, UTF8_PAGE = 65001 };
#define FOLDER "com.microsoft.__Messages"
#define FILE_BEGIN "message_"
#define FILE_END ".xml"

struct olm {
	struct container container;
	struct container *list, *look;  /* the zip twice: where the listing stands, and for what messages refer to. What is damaged in it the zip row tells */
	struct buffer eml;              /* of the message `step` */
	char *step;
};

/* One message, read from its file. */
struct message {
	struct arena *arena;
	struct mapi_properties properties, *recipient, *attachment;
	size_t recipients, recipient_room, attachments, attachment_room;
	struct mapi_properties url;     /* of each attachment, by its number */
	bool more, limit;               /* further messages in the same file; people or attachments beyond the limit */
};

static bool is_message(const struct node *n)
{
	size_t begin = sizeof FILE_BEGIN - 1, end = sizeof FILE_END - 1;
	return n->kind == NODE_MEMBER && n->name.length > begin + end && memcmp(n->name.bytes, FILE_BEGIN, begin) == 0 &&
		memcmp(n->name.bytes + n->name.length - end, FILE_END, end) == 0 && n->path.length && memmem(n->path.bytes, n->path.length, FOLDER "/", sizeof FOLDER);
}

/* Content of a zip's member, at most `most` bytes; false: there is more, or it ends in damage. */
static bool member_read(struct container *zip, const struct node *n, size_t most, struct buffer *out)
{
	size_t from = out->length;
	if (n->content == CONTENT_NONE)
		return !n->size;
	struct source *s = n->content == CONTENT_SEQUENTIAL ? NULL : format_content(zip, n);
	if (s) {
		size_t length = s->size < most ? (size_t)s->size : most;
		out->length += source_read_at(s, 0, buffer_reserve(out, length + 1), length, NULL);
		bool whole = s->size <= most && s->size == n->size;
		source_close(s);
		return whole;
	}
	ssize_t got = n->content == CONTENT_SEQUENTIAL ? 0 : -1;
	while (n->content == CONTENT_SEQUENTIAL && out->length - from < most) {
		size_t room = most - (out->length - from) < 1 << 16 ? most - (out->length - from) : 1 << 16;
		got = zip->format->read(zip, buffer_reserve(out, room), room);
		if (got <= 0)
			break;
		out->length += (size_t)got;
	}
	return got == 0;
}

/* ---- XML to properties */

static const struct { const char *element; uint32_t id; } texts[] = { { "OPFMessageCopySubject", 0x0037 }, { "OPFMessageCopyThreadTopic", 0x0070 }, { "OPFMessageCopySource", 0x007d },
	{ "OPFMessageCopyBody", 0x1000 }, { "OPFMessageCopyHTMLBody", 0x1013 }, { "OPFMessageCopyMessageID", 0x1035 }, { "OPFMessageCopyReferences", 0x1039 },
	{ "OPFMessageCopyInReplyTo", 0x1042 } };
static const struct { const char *element; uint32_t id; } times[] = { { "OPFMessageCopySentTime", 0x0039 }, { "OPFMessageCopyReceivedTime", 0x0e06 }, { "OPFMessageCopyModDate", 0x3008 } };
static const struct { const char *element; uint32_t kind; } people[] = { { "OPFMessageCopyToAddresses", 1 }, { "OPFMessageCopyCCAddresses", 2 }, { "OPFMessageCopyBCCAddresses", 3 } };

static void text_add(struct mapi_properties *p, uint32_t id, struct xml_part raw)
{
	struct buffer b = { 0 };
	xml_text(&b, raw);
	if (b.length)
		mapi_add(p, id, MAPI_TEXT8, arena_copy(p->arena, b.data, b.length), b.length);
	buffer_free(&b);
}

static void number_add(struct mapi_properties *p, uint32_t id, unsigned type, uint64_t value)
{
	size_t size = mapi_fixed_size(type);
	uint8_t *bytes = arena_new(p->arena, size);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	mapi_add(p, id, type, bytes, size);
}

/* The text up to the end of the element in hand, elements in it left out; a message id gets the brackets that it has elsewhere. */
static void element_text(struct xml *x, struct mapi_properties *p, uint32_t id)
{
	struct buffer b = { 0 };
	for (unsigned depth = 1; !x->empty && depth && xml_next(x) != XML_END;) {
		depth += x->kind == XML_OPEN && !x->empty;
		depth -= x->kind == XML_CLOSE;
		x->empty = false;
		if (x->kind == XML_TEXT && x->literal)
			buffer_append(&b, x->text.text, x->text.length);
		else if (x->kind == XML_TEXT)
			xml_text(&b, x->text);
		if (b.length > MAPI_BODY_MAX)
			break;
	}
	bool bare = id == 0x1035 && b.length && b.data[0] != '<';
	if (b.length) {
		const char *text = bare ? arena_format(p->arena, "<%.*s>", (int)(b.length < 4096 ? b.length : 4096), (const char *)b.data) : arena_copy(p->arena, b.data, b.length);
		mapi_add(p, id, MAPI_TEXT8, text, bare ? strlen(text) : b.length);
	}
	buffer_free(&b);
}

/* "2011-06-21T23:48:10", which is UTC, as a FILETIME. */
static void element_time(struct xml *x, struct mapi_properties *p, uint32_t id)
{
	struct mapi_properties text = { .arena = p->arena };
	struct timestamp t;
	size_t length;
	element_text(x, &text, 1);
	const struct mapi_property *q = mapi_find(&text, 1);
	if (!q || q->length > 64)
		return;
	char *zoned = arena_format(p->arena, "%.*sZ", (int)q->length, (const char *)q->bytes);
	length = strlen(zoned);
	if ((time_parse(zoned, length, &t) || time_parse(zoned, length - 1, &t)) && t.seconds > -INT64_C(11644473600) && t.seconds < INT64_C(1) << 40)
		number_add(p, id, MAPI_TIME, (uint64_t)(t.seconds + INT64_C(11644473600)) * 10000000 + t.nanoseconds / 100);
}

static void person_add(struct message *m, const struct xml *x, uint32_t kind)
{
	if (m->recipients == PEOPLE_MAX) {
		m->limit = true;
		return;
	}
	m->recipient = arena_room(m->arena, m->recipient, m->recipients, &m->recipient_room, sizeof *m->recipient);
	struct mapi_properties *p = &m->recipient[m->recipients++];
	*p = (struct mapi_properties){ .code_page = UTF8_PAGE, .arena = m->arena };
	number_add(p, 0x0c15, MAPI_LONG, kind);
	text_add(p, 0x3001, xml_attribute(x, "OPFContactEmailAddressName"));
	text_add(p, 0x39fe, xml_attribute(x, "OPFContactEmailAddressAddress"));
}

static void attachment_add(struct message *m, const struct xml *x)
{
	static const struct { const char *attribute; uint32_t id; } rows[] = { { "OPFAttachmentName", 0x3707 }, { "OPFAttachmentContentType", 0x370e }, { "OPFAttachmentContentID", 0x3712 } };
	if (m->attachments == ATTACHMENTS_MAX) {
		m->limit = true;
		return;
	}
	m->attachment = arena_room(m->arena, m->attachment, m->attachments, &m->attachment_room, sizeof *m->attachment);
	struct mapi_properties *p = &m->attachment[m->attachments];
	*p = (struct mapi_properties){ .code_page = UTF8_PAGE, .arena = m->arena };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		text_add(p, rows[i].id, xml_attribute(x, rows[i].attribute));
	text_add(&m->url, (uint32_t)m->attachments++, xml_attribute(x, "OPFAttachmentURL"));
}

static void element_take(struct message *m, struct xml *x, uint32_t *kind)
{
	struct mapi_properties *p = &m->properties;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (xml_is(x->name, texts[i].element)) {
			element_text(x, p, texts[i].id);
			return;
		}
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (xml_is(x->name, times[i].element)) {
			element_time(x, p, times[i].id);
			return;
		}
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		if (xml_is(x->name, people[i].element))
			*kind = people[i].kind;
	bool from = xml_is(x->name, "OPFMessageCopyFromAddresses"), sender = xml_is(x->name, "OPFMessageCopySenderAddress");
	if (from || sender)
		*kind = from ? 0x0042 : 0x0c1a;
	if (xml_is(x->name, "messageAttachment"))
		attachment_add(m, x);
	if (xml_is(x->name, "OPFMessageGetIsRead")) {
		struct mapi_properties text = { .arena = m->arena };
		element_text(x, &text, 1);
		const struct mapi_property *q = mapi_find(&text, 1);
		number_add(p, 0x0e07, MAPI_LONG, q && q->length && *q->bytes == '1');
	}
	if (!xml_is(x->name, "emailAddress"))
		return;
	if (*kind >= 1 && *kind <= 3)
		person_add(m, x, *kind);
	if (*kind > 3 && !mapi_find(p, *kind)) {
		text_add(p, *kind, xml_attribute(x, "OPFContactEmailAddressName"));
		text_add(p, *kind == 0x0042 ? 0x5d02 : 0x5d01, xml_attribute(x, "OPFContactEmailAddressAddress"));
	}
}

/* The body is the HTML text again, or HTML of its own. */
static void bodies_settle(struct mapi_properties *p)
{
	const struct mapi_property *html = mapi_find(p, 0x1013);
	for (size_t i = 0; i < p->count; i++) {
		struct mapi_property *text = &p->property[i];
		if (text->id != 0x1000)
			continue;
		if (html && html->length == text->length && memcmp(html->bytes, text->bytes, text->length) == 0)
			text->id = 0;
		else if (!html && text->length > 5 && text_equal_nocase((const char *)text->bytes, 5, "<html", 5))
			text->id = 0x1013;
	}
}

static void message_parse(struct message *m, const void *bytes, size_t length)
{
	struct xml x = xml_of(bytes, length);
	uint32_t kind = 0;
	unsigned emails = 0;
	m->properties = m->url = (struct mapi_properties){ .code_page = UTF8_PAGE, .arena = m->arena };
	while (xml_next(&x) != XML_END) {
		emails += x.kind == XML_OPEN && xml_is(x.name, "email");
		if (x.kind == XML_OPEN && emails <= 1)
			element_take(m, &x, &kind);
		else if (x.kind == XML_CLOSE && !xml_is(x.name, "emailAddress"))
			kind = 0;
	}
	m->more = emails > 1;
	bodies_settle(&m->properties);
}

/* ---- the message */

static void attachment_write(struct olm *o, struct message *m, size_t which, const char *step, size_t *left)
{
	const struct mapi_properties *p = &m->attachment[which];
	const struct mapi_property *url = mapi_find(&m->url, (uint32_t)which);
	struct buffer text = { 0 }, bytes = { 0 };
	struct locator l;
	struct node n;
	size_t length;
	const char *type = mapi_text(p, 0x370e, &length);
	bool message = length == 14 && text_equal_nocase(type, 14, "message/rfc822", 14);
	buffer_text(&text, "x::zip:/");
	for (size_t at = 0; url && at < url->length;) {         /* '/' stands between components */
		const uint8_t *slash = memchr(url->bytes + at, '/', url->length - at);
		size_t end = slash ? (size_t)(slash - url->bytes) : url->length;
		locator_escape(&text, url->bytes + at, end - at);
		if (slash)
			buffer_byte(&text, '/');
		at = end + 1;
	}
	bool there = url && url->length && !locator_parse(&l, buffer_string(&text), text.length) && l.steps == 1 && format_zip.find(o->look, &l.step[0], &n);
	if (!there) {
		report_error(o->container.report, "damage", "olm.attachment", step, 0, 0, "the content of attachment %zu is nowhere", which + 1);
		mapi_attachment_elsewhere(&o->eml, p, 0);
	} else if (n.size > *left) {
		report_error(o->container.report, "limit", "olm.attachment", step, 0, 0, "attachment %zu of %llu bytes is left out: the zip's own listing gives it", which + 1, (unsigned long long)n.size);
		mapi_attachment_head(&o->eml, p, "message/external-body; access-type=x-olm-member");
		buffer_format(&o->eml, "X-MAPI-Left-Out: %s of %llu bytes\n\n", n.step, (unsigned long long)n.size);
	} else {
		if (!member_read(o->look, &n, *left, &bytes))
			report_error(o->container.report, "damage", "olm.attachment", step, 0, 0, "attachment %zu is cut after %zu bytes", which + 1, bytes.length);
		if (message) {
			mapi_attachment_message(&o->eml, p);
		} else {
			mapi_attachment_head(&o->eml, p, "application/octet-stream");
			buffer_text(&o->eml, "Content-Transfer-Encoding: base64\n\n");
		}
		mapi_base64(&o->eml, bytes.data, bytes.length);
		*left -= bytes.length;
	}
	buffer_free(&text);
	buffer_free(&bytes);
}

static char *step_of(struct arena *a, const struct node *member) { return arena_format(a, "olm:%s", member->step + sizeof "zip:" - 1); }

/* Makes o->eml of the member `n` of `zip`, and describes the message. */
static void message_make(struct olm *o, struct container *zip, const struct node *member, struct node *n)
{
	struct arena *a = &o->container.arena;
	struct message m = { .arena = a };
	struct buffer xml = { 0 }, utf8 = { 0 };
	size_t left = MAPI_ATTACHED_MAX;
	char *step = step_of(a, member);
	struct node_text name = { arena_copy(a, member->name.bytes, member->name.length), member->name.length }, path = { arena_copy(a, member->path.bytes, member->path.length), member->path.length };
	uint64_t order = member->order;
	bool deleted = memmem(path.bytes, path.length, "/Deleted%20Items/", 17) != NULL;
	if (!member_read(zip, member, XML_MAX, &xml))
		report_error(o->container.report, "damage", "olm.message", step, 0, 0, "the file of the message is cut or damaged: %zu bytes of it can be read", xml.length);
	if (xml.length >= 2 && (!memcmp(xml.data, "\xff\xfe", 2) || !memcmp(xml.data, "\xfe\xff", 2))) {
		text_to_utf8(&utf8, xml.data + 2, xml.length - 2, *xml.data == 0xff ? TEXT_UTF16LE : TEXT_UTF16BE);
		buffer_free(&xml);
		xml = utf8;
	}
	message_parse(&m, xml.data ? (const char *)xml.data : "", xml.length);
	if (m.more)
		report_error(o->container.report, "unsupported", "olm.message", step, 0, 0, "the file holds more than one message: the first is given");
	if (m.limit)
		report_error(o->container.report, "limit", "olm.message", step, 0, 0, "more recipients or attachments than %d: the rest is left out", PEOPLE_MAX);
	struct mapi_message message = { .properties = &m.properties, .recipient = m.recipient, .recipients = m.recipients };
	buffer_clear(&o->eml);
	bool any = mapi_message_begin(&o->eml, &message, "=_olm") > 0;
	for (size_t i = 0; i < m.attachments; i++) {
		mapi_part_begin(&o->eml, "=_olm");
		attachment_write(o, &m, i, step, &left);
		any = true;
	}
	mapi_message_end(&o->eml, "=_olm", any);
	free(o->step);
	o->step = memory_string(step);
	mapi_message_describe(n, &m.properties, step, o->eml.length);
	n->name = name;
	n->path = path;
	n->order = order;
	n->address = NULL;
	if (deleted)
		node_flag(n, "deleted_items");
	buffer_free(&xml);
}

static int olm_next(struct container *container, struct node *n)
{
	struct olm *o = (struct olm *)container;
	struct node member;
	arena_reset(&container->arena);
	for (uint64_t at = 1; format_zip.next(o->list, &member) > 0; at++) {
		if (!is_message(&member) || (container->report && container->report->step && !container->report->step(container->report, at)))
			continue;
		message_make(o, o->list, &member, n);
		return 1;
	}
	return 0;
}

static bool olm_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct olm *o = (struct olm *)container;
	struct node member;
	arena_reset(&container->arena);
	if (step->stream.length || !format_zip.find(o->list, step, &member) || !is_message(&member))
		return false;
	message_make(o, o->list, &member, n);
	return true;
}

static struct source *olm_content(struct container *container, const struct node *n)
{
	struct olm *o = (struct olm *)container;
	struct buffer text = { 0 };
	struct locator l;
	struct node again;
	char *step = n->step ? memory_string(n->step) : NULL;
	if (step && (!o->step || strcmp(step, o->step) != 0)) { /* another one was made since */
		struct reporter *report = container->report;
		container->report = NULL;
		buffer_format(&text, "x::%s", step);
		if (locator_parse(&l, buffer_string(&text), text.length) || l.steps != 1 || !olm_find(container, &l.step[0], &again))
			buffer_clear(&o->eml);
		container->report = report;
		buffer_free(&text);
	}
	free(step);
	return source_of_memory(memory_copy(o->eml.data ? (const char *)o->eml.data : "", o->eml.length), o->eml.length, true);
}

static void olm_close(struct container *container)
{
	struct olm *o = (struct olm *)container;
	format_close(o->list);
	format_close(o->look);
	buffer_free(&o->eml);
	free(o->step);
	free(o);
}

static struct container *olm_open(const struct opening *opening)
{
	struct olm *o = memory_new(sizeof *o);
	struct opening quiet = *opening;
	quiet.report = NULL;
	o->container = (struct container){ .format = &format_olm, .source = opening->source, .report = opening->report };
	o->list = format_open(&format_zip, &quiet);
	o->look = format_open(&format_zip, &quiet);
	if (!o->list || !o->look) {
		report_error(opening->report, "damage", "olm.open", NULL, 0, 0, "no zip is here");
		olm_close(&o->container);
		return NULL;
	}
	return &o->container;
}

/* A zip of that name, or one that begins with what only these hold. It bids what the zip row bids, so that both are opened. */
static unsigned olm_probe(const struct probe *p)
{
	bool named = p->name_length > 4 && text_equal_nocase(p->name + p->name_length - 4, 4, ".olm", 4);
	if (p->head_length < 4 || memcmp(p->head, "PK", 2) != 0)
		return 0;
	unsigned bits = format_zip.probe(p);
	return bits && (named || memmem(p->head, p->head_length, FOLDER, sizeof FOLDER - 1)) ? bits : 0;
}

const struct format format_olm = { .name = "olm", .layer = LAYER_MAIL, .about = "archive of Outlook for Mac (OLM)", .probe = olm_probe, .open = olm_open, .next = olm_next,
	.find = olm_find, .content = olm_content, .close = olm_close };
