/* SPDX-License-Identifier: Apache-2.0 */
/* ole.c: compound files ([MS-CFB]) as archives of their streams: old Office documents, installer packages (MSI), lists of recent files, thumbnails.
 *
 * Messages of Outlook are a row of their own. Streams of an MSI have names that are packed ("File compression in stream names", as msitools and others read them): they are
 * shown unpacked, and the cabinets among them are opened as any. A file that the object packager put into a document is a node beside its stream.
 *
 * Steps: "ole:#57" (a stream by its number in the directory), "ole:#57-1" (the file that is packaged in it). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/archive/member.h"
#include "format/archive/package.h"
#include "reader/ole.h"

extern const struct format format_ole;

enum { FINDINGS_MAX = 1000, DEPTH_MAX = 32, PACKAGE_MAX = 64 << 20, PACKED_FIRST = 0x3800, PACKED_SINGLE = 0x4800, PACKED_TABLE = 0x4840 };

struct ole_archive {
	struct container container;
	struct ole *ole;
	size_t at;
	bool packaged;                  /* the stream before `at` has a packaged file that is to be given */
	bool installer;
	unsigned findings;
};

static void on_damage(void *owner, uint64_t offset, uint64_t length, const char *what)
{
	struct ole_archive *o = owner;
	if (o->findings++ < FINDINGS_MAX)
		report_error(o->container.report, "damage", "ole.damage", NULL, offset, length, "%s", what);
	else if (o->findings == FINDINGS_MAX + 1)
		report_error(o->container.report, "limit", "ole.findings", NULL, 0, 0, "more than %d findings: the rest is not told", FINDINGS_MAX);
}

/* Two of 64 letters in one character of a packed name. */
static void name_unpack(struct buffer *out, const char *name, size_t length)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
	const uint8_t *at = (const uint8_t *)name, *end = at + length;
	while (at < end) {
		uint32_t c = text_utf8_next(&at, end);
		if (c == PACKED_TABLE) {
			buffer_byte(out, '!');
		} else if (c >= PACKED_SINGLE && c < PACKED_TABLE) {
			buffer_byte(out, (uint8_t)letters[c - PACKED_SINGLE]);
		} else if (c >= PACKED_FIRST && c < PACKED_SINGLE) {
			buffer_byte(out, (uint8_t)letters[(c - PACKED_FIRST) & 63]);
			buffer_byte(out, (uint8_t)letters[(c - PACKED_FIRST) >> 6]);
		} else {
			text_utf8_append(out, c);
		}
	}
}

/* The way to an entry, '/' between names; what in a name is one stays as U+FFFD. */
static void way(struct ole_archive *o, int32_t entry, struct buffer *out)
{
	int32_t up[DEPTH_MAX];
	unsigned depth = 0;
	for (int32_t i = entry; i != OLE_NONE && i != ole_root(o->ole) && depth < DEPTH_MAX; i = ole_entry(o->ole, i)->parent)
		up[depth++] = i;
	while (depth-- > 0) {
		const struct ole_entry *e = ole_entry(o->ole, up[depth]);
		struct buffer name = { 0 };
		if (o->installer)
			name_unpack(&name, e->name, e->name_length);
		else
			buffer_append(&name, e->name, e->name_length);
		for (size_t i = 0; i < name.length; i++)
			if (name.data[i] == '/')
				buffer_text(out, "\xef\xbf\xbd");
			else
				buffer_byte(out, name.data[i]);
		buffer_text(out, depth ? "/" : "");
		buffer_free(&name);
	}
}

static bool is_native(const struct ole_entry *e)
{
	static const char native[] = "\1Ole10Native";
	return e->type == OLE_STREAM && e->name_length == sizeof native - 1 && text_equal_nocase(e->name, e->name_length, native, sizeof native - 1);
}

/* Its stream's bytes go into *bytes, which the caller frees. */
static bool packaged(struct ole_archive *o, int32_t entry, struct buffer *bytes, struct package *p)
{
	const struct ole_entry *e = ole_entry(o->ole, entry);
	if (!e || !is_native(e))
		return false;
	ole_read(o->ole, entry, PACKAGE_MAX, bytes);
	return bytes->length > 4 && package_read(bytes->data + 4, bytes->length - 4, p);
}

static bool package_describe(struct ole_archive *o, int32_t entry, struct node *n)
{
	struct arena *a = &o->container.arena;
	struct buffer bytes = { 0 }, name = { 0 };
	struct package p;
	bool good = packaged(o, entry, &bytes, &p);
	if (good) {
		*n = (struct node){ .kind = NODE_MEMBER, .content = CONTENT_COMPUTED, .has_size = true, .size = p.length, .parent = arena_format(a, "%d", entry), .tainted = ole_tainted(o->ole) };
		text_to_utf8(&name, p.name, p.name_length, TEXT_CP1252);
		n->name = (struct node_text){ arena_copy(a, name.data ? name.data : (const uint8_t *)"", name.length), name.length };
		n->address = arena_format(a, "%d-1", entry);
		n->step = arena_format(a, "ole:#%s", n->address);
		node_flag(n, "packaged");
	}
	buffer_free(&bytes);
	buffer_free(&name);
	return good;
}

static bool stream_describe(struct ole_archive *o, int32_t entry, struct node *n)
{
	const struct ole_entry *e = ole_entry(o->ole, entry);
	bool cut = false;
	struct source *s = e && e->type == OLE_STREAM ? ole_stream(o->ole, entry, &cut) : NULL;
	if (!s)
		return false;
	struct buffer path = { 0 };
	*n = (struct node){ .kind = NODE_MEMBER, .content = CONTENT_COMPUTED, .has_size = true, .size = s->size };
	way(o, entry, &path);
	member_place(&o->container, "ole", n, path.data ? path.data : (const uint8_t *)"", path.length, false, (uint64_t)entry);
	n->tainted = ole_tainted(o->ole);
	if (e->orphan)
		node_flag(n, "unlisted");
	if (cut)
		report_error(o->container.report, "damage", "ole.stream", n->step, 0, 0, "the stream has %llu bytes, of which %llu are there", (unsigned long long)e->size, (unsigned long long)s->size);
	source_close(s);
	buffer_free(&path);
	return true;
}

static bool wanted(struct ole_archive *o, uint64_t at)
{
	struct reporter *r = o->container.report;
	return !r || !r->step || r->step(r, at);
}

static int ole_next(struct container *container, struct node *n)
{
	struct ole_archive *o = (struct ole_archive *)container;
	arena_reset(&container->arena);
	if (o->packaged) {
		o->packaged = false;
		if (package_describe(o, (int32_t)o->at - 1, n))
			return 1;
	}
	while (o->at < ole_entries(o->ole)) {
		int32_t entry = (int32_t)o->at++;
		if (ole_entry(o->ole, entry)->type != OLE_STREAM || !wanted(o, (uint64_t)entry) || !stream_describe(o, entry, n))
			continue;
		o->packaged = is_native(ole_entry(o->ole, entry));
		return 1;
	}
	return 0;
}

/* "#57", "#57-1". */
static int32_t step_entry(const char *text, size_t length, bool *package)
{
	*package = length > 3 && text[length - 2] == '-' && text[length - 1] == '1';
	return ole_entry_of_step(text, length - (*package ? 2 : 0));
}

static bool ole_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct ole_archive *o = (struct ole_archive *)container;
	bool package;
	int32_t entry = step_entry(step->name.text, step->name.length, &package);
	arena_reset(&container->arena);
	return !step->stream.length && (package ? package_describe(o, entry, n) : stream_describe(o, entry, n));
}

static struct source *ole_content(struct container *container, const struct node *n)
{
	struct ole_archive *o = (struct ole_archive *)container;
	struct buffer bytes = { 0 };
	struct package p;
	bool package;
	int32_t entry = n->step && strlen(n->step) > 4 ? step_entry(n->step + 4, strlen(n->step + 4), &package) : OLE_NONE;
	if (entry == OLE_NONE || !package)
		return ole_stream(o->ole, entry, NULL);
	struct source *s = packaged(o, entry, &bytes, &p) ? source_of_memory(memory_copy(p.data, p.length), p.length, true) : NULL;
	buffer_free(&bytes);
	return s;
}

static void ole_archive_close(struct container *container)
{
	struct ole_archive *o = (struct ole_archive *)container;
	ole_close(o->ole);
	free(o);
}

static struct container *ole_archive_open(const struct opening *opening)
{
	/* classes of installer packages, patches and transforms: {000C1084-...}, 86, 82 */
	static const uint8_t installer[16] = { 0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
	struct ole_archive *o = memory_new(sizeof *o);
	o->container = (struct container){ .format = &format_ole, .source = opening->source, .report = opening->report };
	o->ole = ole_open(opening->source, on_damage, o);
	if (!o->ole) {
		report_error(opening->report, "damage", "ole.open", NULL, 0, 0, "no directory of a compound file is here");
		free(o);
		return NULL;
	}
	const struct ole_entry *root = ole_entry(o->ole, ole_root(o->ole));
	o->installer = root && (root->clsid[0] == 0x82 || root->clsid[0] == 0x84 || root->clsid[0] == 0x86) && memcmp(root->clsid + 1, installer + 1, 15) == 0;
	return &o->container;
}

/* Below what the row of messages bids for one of its own. */
static unsigned ole_probe(const struct probe *p)
{
	static const uint8_t magic[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };
	return p->head_length >= OLE_HEADER && memcmp(p->head, magic, sizeof magic) == 0 ? 31 : 0;
}

const struct format format_ole = { .name = "ole", .layer = LAYER_ARCHIVE, .about = "compound file: old Office document, installer package (MSI)", .probe = ole_probe,
	.open = ole_archive_open, .next = ole_next, .find = ole_find, .content = ole_content, .close = ole_archive_close };
