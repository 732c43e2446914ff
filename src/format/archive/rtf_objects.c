/* SPDX-License-Identifier: Apache-2.0 */
/* rtf_objects.c: the objects that an RTF document holds as hexadecimal digits (Rich Text Format Specification 1.9.1, "Objects"; the object itself: [MS-OLEDS] 2.2).
 *
 * Exploits are brought in so, and the digits are hidden from simple readers: blanks, groups and control words stand among them, and all of that is passed over, as Word does.
 * Each object gives a node of its native data (a compound file is opened as any), and one more of the file that the object packager put there.
 *
 * Steps: "rtf:1" (the first object), "rtf:#1-1" (the file that is packaged in it). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/archive/package.h"
#include "format/format.h"
#include "format/mail/transfer.h"

extern const struct format format_rtf;

enum { RTF_MAX = 64 << 20, OBJECTS_MAX = 10000, VERSION = 0x0501, EMBEDDED = 2, CLASS_MAX = 256 };
#define WORD "\\objdata"

struct rtf {
	struct container container;
	uint8_t *copy;                  /* NULL: the document lies in memory */
	const uint8_t *bytes; size_t length;
	size_t *object; size_t objects, room;   /* places behind WORD */
	size_t at;
	bool packaged;
};

/* The digits of an object, decoded, up to the end of its group, or to the next object. */
static void digits_read(const struct rtf *r, size_t which, struct buffer *out)
{
	int half = -1;
	unsigned depth = 0, passed = 0;         /* passed: depth of a group with a destination of its own, whose digits do not count */
	size_t at = r->object[which], end = which + 1 < r->objects ? r->object[which + 1] - (sizeof WORD - 1) : r->length;
	while (at < end) {
		uint8_t c = r->bytes[at++];
		int digit = transfer_hex((char)c);
		if (c == '{') {
			depth++;
			if (!passed && r->length - at > 1 && memcmp(r->bytes + at, "\\*", 2) == 0)
				passed = depth;
		} else if (c == '}') {
			passed = passed == depth ? 0 : passed;
			if (!depth--)
				return;
		} else if (c == '\\' && at < r->length) {
			bool bin = r->length - at > 3 && memcmp(r->bytes + at, "bin", 3) == 0 && r->bytes[at + 3] >= '0' && r->bytes[at + 3] <= '9';
			size_t number = 0, from = at;
			while (at < r->length && (r->bytes[at] | 0x20) >= 'a' && (r->bytes[at] | 0x20) <= 'z')
				at++;
			if (at == from) {                               /* a control symbol; of \'hh the digits too */
				at += r->bytes[at] == '\'' && r->length - at > 2 ? 3 : 1;
				continue;
			}
			at += at < r->length && r->bytes[at] == '-';
			for (; at < r->length && r->bytes[at] >= '0' && r->bytes[at] <= '9'; at++)
				number = number < RTF_MAX ? number * 10 + (size_t)(r->bytes[at] - '0') : number;
			at += at < r->length && r->bytes[at] == ' ';
			if (bin) {
				number = number < r->length - at ? number : r->length - at;
				if (!passed)
					buffer_append(out, r->bytes + at, number);
				at += number;
			}
		} else if (digit >= 0 && !passed) {
			if (half >= 0)
				buffer_byte(out, (uint8_t)(half << 4 | digit));
			half = half >= 0 ? -1 : digit;
		}
	}
}

/* The native data of an object; the whole when it has no head that makes sense. *class: its class, "" for none. */
static void object_read(const struct rtf *r, size_t which, struct buffer *out, char class[CLASS_MAX], size_t *from)
{
	digits_read(r, which, out);
	struct cursor c = cursor_of(out->data, out->length, 0);
	class[0] = 0;
	*from = 0;
	uint32_t version = cursor_u32le(&c), kind = cursor_u32le(&c), length = cursor_u32le(&c);
	const uint8_t *name = length && length < CLASS_MAX ? cursor_bytes(&c, length) : NULL;
	if ((version & 0xffff) != VERSION || kind != EMBEDDED || !name)
		return;
	memcpy(class, name, length);
	class[length] = 0;
	cursor_skip(&c, cursor_u32le(&c));      /* topic */
	cursor_skip(&c, cursor_u32le(&c));      /* item */
	size_t size = cursor_u32le(&c);
	if (c.bad)
		return;
	*from = c.at;
	if (size < out->length - c.at)
		out->length = c.at + size;
}

static bool describe(struct rtf *r, size_t which, bool package, struct node *n)
{
	struct arena *a = &r->container.arena;
	struct buffer bytes = { 0 };
	char class[CLASS_MAX];
	size_t from;
	struct package p = { 0 };
	object_read(r, which, &bytes, class, &from);
	bool good = !package || (bytes.length > from && package_read(bytes.data + from, bytes.length - from, &p));
	if (good) {
		struct buffer name = { 0 };
		text_to_utf8(&name, package ? (const void *)p.name : class, package ? p.name_length : strlen(class), TEXT_CP1252);
		*n = (struct node){ .kind = NODE_MEMBER, .content = CONTENT_COMPUTED, .has_size = true, .size = package ? p.length : bytes.length - from, .order = r->object[which] };
		n->name = (struct node_text){ arena_copy(a, name.data ? name.data : (const uint8_t *)"", name.length), name.length };
		n->address = arena_format(a, package ? "%zu-1" : "%zu", which + 1);
		n->step = arena_format(a, package ? "rtf:#%zu-1" : "rtf:%zu", which + 1);
		n->parent = package ? arena_format(a, "%zu", which + 1) : NULL;
		if (package)
			node_flag(n, "packaged");
		buffer_free(&name);
	}
	buffer_free(&bytes);
	return good;
}

static int rtf_next(struct container *container, struct node *n)
{
	struct rtf *r = (struct rtf *)container;
	arena_reset(&container->arena);
	if (r->packaged) {
		r->packaged = false;
		if (describe(r, r->at - 1, true, n))
			return 1;
	}
	while (r->at < r->objects) {
		size_t which = r->at++;
		if (container->report && container->report->step && !container->report->step(container->report, which + 1))
			continue;
		r->packaged = true;
		describe(r, which, false, n);
		return 1;
	}
	return 0;
}

/* "1", "#1-1"; false: no such object. */
static bool step_read(const struct rtf *r, const char *text, size_t length, size_t *which, bool *package)
{
	*package = length > 3 && *text == '#' && text[length - 2] == '-' && text[length - 1] == '1';
	size_t at = *package, end = length - (*package ? 2 : 0), number = 0;
	for (; at < end && number <= OBJECTS_MAX; at++) {
		if (text[at] < '0' || text[at] > '9')
			return false;
		number = number * 10 + (size_t)(text[at] - '0');
	}
	*which = number - 1;
	return number >= 1 && number <= r->objects;
}

static bool rtf_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct rtf *r = (struct rtf *)container;
	size_t which;
	bool package;
	arena_reset(&container->arena);
	return !step->stream.length && step_read(r, step->name.text, step->name.length, &which, &package) && describe(r, which, package, n);
}

static struct source *rtf_content(struct container *container, const struct node *n)
{
	struct rtf *r = (struct rtf *)container;
	struct buffer bytes = { 0 };
	char class[CLASS_MAX];
	size_t which, from;
	bool package;
	struct package p;
	if (!n->step || strlen(n->step) < 5 || !step_read(r, n->step + 4, strlen(n->step + 4), &which, &package))
		return NULL;
	object_read(r, which, &bytes, class, &from);
	const uint8_t *data = bytes.data ? bytes.data + from : (const uint8_t *)"";
	size_t length = bytes.length - from;
	struct source *s = NULL;
	if (!package)
		s = source_of_memory(memory_copy(data, length), length, true);
	else if (package_read(data, length, &p))
		s = source_of_memory(memory_copy(p.data, p.length), p.length, true);
	buffer_free(&bytes);
	return s;
}

static void rtf_close(struct container *container)
{
	struct rtf *r = (struct rtf *)container;
	free(r->copy);
	free(r->object);
	free(r);
}

static struct container *rtf_open(const struct opening *o)
{
	struct rtf *r = memory_new(sizeof *r);
	r->container = (struct container){ .format = &format_rtf, .source = o->source, .report = o->report };
	r->length = o->source->size < RTF_MAX ? (size_t)o->source->size : RTF_MAX;
	if (o->source->size > RTF_MAX)
		report_error(o->report, "limit", "rtf.size", NULL, RTF_MAX, o->source->size - RTF_MAX, "the document is larger than %d bytes: objects behind are not looked for", RTF_MAX);
	r->bytes = o->source->memory;
	if (!r->bytes) {
		r->bytes = r->copy = memory_new(r->length + 1);
		source_read_at(o->source, 0, r->copy, r->length, NULL);
	}
	for (size_t at = 0; at < r->length;) {
		const uint8_t *hit = memmem(r->bytes + at, r->length - at, WORD, sizeof WORD - 1);
		if (!hit)
			break;
		at = (size_t)(hit - r->bytes) + sizeof WORD - 1;
		if (r->objects == OBJECTS_MAX) {
			report_error(o->report, "limit", "rtf.objects", NULL, at, 0, "more than %d objects: the rest is not given", OBJECTS_MAX);
			break;
		}
		r->object = memory_room(r->object, r->objects, &r->room, sizeof *r->object);
		r->object[r->objects++] = at;
	}
	return &r->container;
}

/* Word asks for no more than "{\rt"; a document without objects is no archive, but only its head is looked at here. */
static unsigned rtf_probe(const struct probe *p)
{
	return p->head_length >= 5 && memcmp(p->head, "{\\rt", 4) == 0 ? 31 : 0;
}

const struct format format_rtf = { .name = "rtf", .layer = LAYER_ARCHIVE, .about = "objects in an RTF document", .probe = rtf_probe, .open = rtf_open, .next = rtf_next,
	.find = rtf_find, .content = rtf_content, .close = rtf_close };
