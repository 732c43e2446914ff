/* SPDX-License-Identifier: Apache-2.0 */
/* eml.c: a mail message (RFC 5322) as a container of its parts: attachments, texts, messages in the message.
 *
 * The parts are found by mime.c. Every one is given, also what only some mail programs see (flags tell), so that nothing stays unscanned. A message
 * inside is a node of its own whose content this row opens again. A text without a file name is a NODE_PART; everything else is a NODE_ATTACHMENT. */
#include <stdlib.h>
#include <string.h>

#include "format/mail/message.h"
#include "format/mail/mime.h"

extern const struct format format_eml;

struct eml {
	struct container container;
	struct arena parts;             /* what lives as long as the container */
	uint8_t *copy;                  /* the message, when its source does not lie in memory (or had to be changed) */
	struct mime mime;
	unsigned at;                    /* parts given so far */
	struct buffer decoded;          /* content of part number `decoded_part`, until somebody asks for it */
	unsigned decoded_part;
	bool tainted;
};

/* Names of fields that only mail has; one such, or two of the others. */
static unsigned name_weight(struct mail_text name)
{
	static const char *const strong[] = { "received", "message-id", "return-path", "delivered-to", "mime-version", "x-mozilla-status", "dkim-signature", "x-mailer",
		"x-originating-ip", "authentication-results", "arc-seal", "x-received", "envelope-to", "x-envelope-from", "in-reply-to" };
	static const char *const weak[] = { "from", "to", "subject", "date", "cc", "bcc", "reply-to", "sender", "content-type", "content-transfer-encoding", "references", "x-priority" };
	for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
		if (mail_text_is(name, strong[i]))
			return 2;
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (mail_text_is(name, weak[i]))
			return 1;
	return 0;
}

/* The weight of the header at the head; 0 as soon as the first line is no field. Allocates nothing. */
static unsigned header_weight(const uint8_t *p, size_t size)
{
	unsigned weight = 0, lines = 0;
	char line_feed = memchr(p, '\n', size) ? '\n' : '\r';
	for (size_t at = 0; at < size && lines < 200; lines++) {
		const uint8_t *lf = memchr(p + at, line_feed, size - at);
		size_t end = lf ? (size_t)(lf - p) : size;
		size_t length = end - at;
		if (length && p[end - 1] == '\r')
			length--;
		if (!length)
			break;
		size_t name = mail_field_name(p + at, length);
		if (name) {
			struct mail_text t = { (const char *)p + at, name - 1 };
			while (t.length && (t.text[t.length - 1] == ' ' || t.text[t.length - 1] == '\t'))
				t.length--;
			weight += name_weight(t);
		} else if (p[at] != ' ' && p[at] != '\t' && !(lines == 0 && length > 6 && (memcmp(p, "From ", 5) == 0 || memcmp(p, ">From ", 6) == 0))) {
			break;
		}
		at = end + 1;
	}
	return weight;
}

static unsigned eml_probe(const struct probe *p)
{
	const uint8_t *head = p->head;
	size_t length = p->head_length;
	if (length > 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		head += 3;
		length -= 3;
	}
	while (length && (*head == '\n' || *head == '\r')) {
		head++;
		length--;
	}
	if (!length || memchr(head, 0, length < 64 ? length : 64))
		return 0;
	unsigned weight = header_weight(head, length < 16384 ? length : 16384);
	bool named = p->name_length > 4 && text_equal_nocase(p->name + p->name_length - 4, 4, ".eml", 4);
	if (weight < (named || p->above == LAYER_MAIL ? 1 : 2))
		return 0;
	unsigned bits = 16 + 2 * (weight < 6 ? weight : 6);
	return memcmp(head, "From ", length < 5 ? length : 5) == 0 ? bits / 2 : bits;   /* a mailbox of one message, if the mbox row takes it */
}

static void eml_close(struct container *container)
{
	struct eml *e = (struct eml *)container;
	arena_free(&e->parts);
	buffer_free(&e->decoded);
	free(e->copy);
	free(e);
}

static struct container *eml_open(const struct opening *o)
{
	struct eml *e = memory_new(sizeof *e);
	e->container = (struct container){ .format = &format_eml, .source = o->source, .report = o->report };
	size_t length = o->source->size < MAIL_SIZE_MAX ? (size_t)o->source->size : MAIL_SIZE_MAX;
	if (o->source->size > MAIL_SIZE_MAX)
		report_error(o->report, "limit", "mail.size", NULL, MAIL_SIZE_MAX, o->source->size - MAIL_SIZE_MAX, "the message is larger than %d bytes; what lies behind is not opened", MAIL_SIZE_MAX);
	const uint8_t *bytes = o->source->memory;
	if (!bytes) {
		e->copy = memory_new(length + 1);
		source_read_at(o->source, 0, e->copy, length, &e->tainted);
		bytes = e->copy;
	}
	/* lines that end in CR alone (old Mac): taken as LF, in place, so that offsets stay */
	if (length && !memchr(bytes, '\n', length) && memchr(bytes, '\r', length)) {
		if (!e->copy)
			e->copy = memory_copy(bytes, length);
		for (size_t i = 0; i < length; i++)
			if (e->copy[i] == '\r')
				e->copy[i] = '\n';
		bytes = e->copy;
	}
	size_t skip = length > 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (skip < length && (bytes[skip] == '\n' || bytes[skip] == '\r'))
		skip++;
	mime_read(&e->mime, bytes + skip, length - skip, &e->parts, o->report);
	for (unsigned i = 0; i < e->mime.parts; i++) {
		e->mime.part[i].offset += skip;
		e->mime.part[i].header_offset += skip;
	}
	return &e->container;
}

static void part_describe(struct eml *e, const struct mime_part *p, struct node *n)
{
	*n = (struct node){ 0 };
	struct arena *a = &e->container.arena;
	bool text = p->type.length >= 5 && memcmp(p->type.text, "text/", 5) == 0;
	n->kind = p->message ? NODE_MESSAGE : p->names || !text || mail_text_is(p->disposition, "attachment") ? NODE_ATTACHMENT : NODE_PART;
	n->step = arena_format(a, "attach:%u", p->number);
	n->address = arena_format(a, "%u", p->number);
	if (p->message)
		n->format = "eml";
	if (p->names)
		n->name = (struct node_text){ (const uint8_t *)p->name[0].text, p->name[0].length };
	if (p->flags & MIME_NAMES_DIFFER) {
		struct buffer names = { 0 };
		for (unsigned i = 0; i < p->names; i++) {
			buffer_text(&names, i ? ", " : "");
			text_for_terminal(&names, p->name[i].text, p->name[i].length, 256);
		}
		report_note(e->container.report, "mail.names", n->step, p->in_message ? p->header_offset : 0, 0, "the part has several names: %s", buffer_string(&names));
		buffer_free(&names);
	}
	const char *word;
	for (unsigned at = 0; (word = mime_flag_word(p->flags, &at)) != NULL;)
		node_flag(n, word);
	if (p->in_message) {
		n->has_range = true;
		n->range_offset = p->offset;
		n->range_length = p->raw_length;
	}
	n->order = p->in_message ? p->offset : 0;
	n->tainted = e->tainted;
	n->has_size = true;
	if (p->encoding == MIME_IDENTITY) {
		n->size = p->raw_length;
		if (p->raw_length <= NODE_INLINE_MAX) {
			n->content = CONTENT_INLINE;
			n->inline_bytes = p->raw;
			n->inline_length = p->raw_length;
		} else {
			n->content = CONTENT_COMPUTED;
		}
		return;
	}
	struct buffer out = { 0 };
	mime_decode(p, &out);
	n->size = out.length;
	if (out.length <= NODE_INLINE_MAX) {
		n->content = CONTENT_INLINE;
		n->inline_bytes = arena_copy(a, out.data ? out.data : (const uint8_t *)"", out.length);
		n->inline_length = out.length;
	} else {
		n->content = CONTENT_COMPUTED;
		buffer_free(&e->decoded);
		e->decoded = out;
		e->decoded_part = p->number;
		return;
	}
	buffer_free(&out);
}

static int eml_next(struct container *container, struct node *n)
{
	struct eml *e = (struct eml *)container;
	arena_reset(&container->arena);
	while (e->at < e->mime.parts) {
		const struct mime_part *p = &e->mime.part[e->at++];
		if (container->report && container->report->step && !container->report->step(container->report, p->number))
			continue;
		part_describe(e, p, n);
		return 1;
	}
	return 0;
}

static bool eml_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct eml *e = (struct eml *)container;
	uint64_t number = 0;
	arena_reset(&container->arena);
	for (size_t i = 0; i < step->name.length; i++) {
		if (step->name.text[i] < '0' || step->name.text[i] > '9' || number > MAIL_PARTS_MAX)
			return false;
		number = number * 10 + (uint64_t)(step->name.text[i] - '0');
	}
	if (number < 1 || number > e->mime.parts)
		return false;
	part_describe(e, &e->mime.part[number - 1], n);
	return true;
}

static struct source *eml_content(struct container *container, const struct node *n)
{
	struct eml *e = (struct eml *)container;
	uint64_t number = n->address ? strtoull(n->address, NULL, 10) : 0;
	if (number < 1 || number > e->mime.parts)
		return NULL;
	const struct mime_part *p = &e->mime.part[number - 1];
	if (p->encoding == MIME_IDENTITY)
		return source_of_memory(p->raw, p->raw_length, false);
	struct buffer out = { 0 };
	if (e->decoded.data && e->decoded_part == p->number) {
		out = e->decoded;
		e->decoded = (struct buffer){ 0 };
	} else {
		mime_decode(p, &out);
	}
	return source_of_memory(out.data ? out.data : memory_new(1), out.length, true);
}

const struct format format_eml = { .name = "eml", .layer = LAYER_MAIL, .about = "mail message (RFC 5322, MIME)", .probe = eml_probe, .open = eml_open, .next = eml_next,
	.find = eml_find, .content = eml_content, .close = eml_close };
