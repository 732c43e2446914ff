/* SPDX-License-Identifier: Apache-2.0 */
/* l01.c: EnCase logical evidence (L01): files that an examiner picked, with the names, times and hashes they had where they were taken from.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)", sections ltree and ltypes. The chunks are those of an E01 (image/ewf.h) and hold the files' bytes one
 * behind the other; the section `ltree` is a text in UTF-16: categories, of which `entry` is the tree, two lines a node: numbers of which the second says how many children
 * follow, then values under the keys of the category's head. The tree has an MD5 and a checksum of its own: tools that change such evidence forget them, so both are
 * asked. Sets of several segments come from the row lvf of ewf.c, one behind the other. Of files stored sparse only those of zeros are read. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "format/archive/member.h"
#include "format/image/ewf.h"

enum {
	SEGMENTS_MOST = 4096, TREE_HEADER = 48, TREE_MOST = 64 << 20, DEPTH_MOST = 1024, COLUMNS_MOST = 128, EXTENTS_MOST = 4096,
	FLAG_SPARSE = 0x4000000, FLAG_DELETED = 0x80, FLAG_HIDDEN = 2, FLAG_SYSTEM = 4,
	MD5_TEXT = 32, SHA1_TEXT = 40,
};

struct field { const char *text; size_t length; };

/* Columns of the category `entry` that are read; the file says in which order they come. */
enum column { NAME, SIZE, EXTENTS, DUPLICATE, CREATED, ACCESSED, WRITTEN, MODIFIED, DELETED, MD5, SHA1, FOLDER, FLAGS, COLUMNS };
static const char *const column_key[COLUMNS] = { "n", "ls", "be", "du", "cr", "ac", "wr", "mo", "dl", "ha", "sha", "p", "opr" };

struct entry { uint32_t parent; struct field value[COLUMNS]; bool twin; uint64_t hash; };       /* parent: index + 1, 0 none */

struct l01 {
	struct container container;             /* first member */
	struct container *image;                /* the chunks, as an EWF image */
	struct source *media;
	struct source **segment; struct evidence_parts parts; const char **name;
	struct buffer text;                     /* the tree, in UTF-8 (WTF-8) */
	struct entry *entry; size_t entries, capacity;
	size_t at;
};

static unsigned l01_probe(const struct probe *p)
{
	return p->head_length >= EWF_FILE_HEADER && !memcmp(p->head, "LVF\t\r\n\xff\0\1", 9) ? 72 : 0;
}

/* ---- the tree's text */

struct lines { const char *at, *end; };

static bool line_next(struct lines *l, struct field *line)
{
	if (l->at >= l->end)
		return false;
	const char *newline = memchr(l->at, '\n', (size_t)(l->end - l->at));
	*line = (struct field){ l->at, (size_t)((newline ? newline : l->end) - l->at) };
	l->at = newline ? newline + 1 : l->end;
	if (line->length && line->text[line->length - 1] == '\r')
		line->length--;
	return true;
}

static bool value_next(struct field *line, struct field *value)
{
	if (!line->text)
		return false;
	const char *tab = memchr(line->text, '\t', line->length);
	*value = (struct field){ line->text, tab ? (size_t)(tab - line->text) : line->length };
	*line = tab ? (struct field){ tab + 1, line->length - value->length - 1 } : (struct field){ NULL, 0 };
	return true;
}

static bool field_is(const struct field *f, const char *text)
{
	return f->length == strlen(text) && !memcmp(f->text, text, f->length);
}

/* A whole number, blanks behind it allowed; false: none, or too large. */
static bool number(const struct field *f, unsigned base, uint64_t *value)
{
	size_t at = 0, digits = 0;
	for (*value = 0; at < f->length; at++, digits++) {
		char c = f->text[at];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10 : 16;
		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, digit, value))
			return false;
	}
	while (at < f->length && f->text[at] == ' ')
		at++;
	return digits && at == f->length;
}

static uint64_t name_hash(uint64_t h, const struct field *name)
{
	h = (h ^ '/') * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < name->length; i++)
		h = (h ^ (uint8_t)name->text[i]) * UINT64_C(0x100000001b3);
	return h;
}

static int by_hash(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : x < y ? -1 : x > y;
}

/* Entries of the same path go by their numbers, all but the first; two paths of one hash are taken for one, which is right as well. */
static void twins_mark(struct l01 *l)
{
	struct entry **sorted = memory_array(l->entries + 1, sizeof *sorted);
	for (size_t i = 0; i < l->entries; i++)
		sorted[i] = &l->entry[i];
	qsort(sorted, l->entries, sizeof *sorted, by_hash);
	for (size_t i = 1; i < l->entries; i++)
		sorted[i]->twin = sorted[i]->hash == sorted[i - 1]->hash;
	free(sorted);
}

static void tree_damaged(struct l01 *l, const char *what)
{
	report_error(l->container.report, "damage", "l01.tree", NULL, 0, 0, "%s: of the tree of files %zu entries are read, what follows is left out", what, l->entries);
}

/* The nodes of `entry`, parents first. */
static void entries_read(struct l01 *l, struct lines *lines, const enum column *column, size_t columns)
{
	struct { uint32_t entry; uint64_t left; } stack[DEPTH_MOST];
	size_t depth = 0;
	struct field counts, values, f;
	do {
		uint64_t children = 0;
		if (l->entries >= ARCHIVE_MEMBERS_MAX) {
			report_error(l->container.report, "limit", "l01.members", NULL, 0, 0, "more than %d entries: the others are left out", ARCHIVE_MEMBERS_MAX);
			return;
		}
		if (!line_next(lines, &counts) || !value_next(&counts, &f) || !value_next(&counts, &f) || !number(&f, 10, &children) || !line_next(lines, &values)) {
			tree_damaged(l, "an entry is cut off or damaged");
			return;
		}
		l->entry = memory_room(l->entry, l->entries, &l->capacity, sizeof *l->entry);
		struct entry *e = &l->entry[l->entries++];
		*e = (struct entry){ .parent = depth ? stack[depth - 1].entry : 0 };
		for (size_t i = 0; value_next(&values, &f); i++)
			if (i < columns && column[i] < COLUMNS)
				e->value[column[i]] = f;
		e->hash = name_hash(e->parent ? l->entry[e->parent - 1].hash : UINT64_C(0xcbf29ce484222325), &e->value[NAME]);
		if (depth)
			stack[depth - 1].left--;
		if (children && depth == DEPTH_MOST) {
			report_error(l->container.report, "limit", "l01.depth", NULL, 0, 0, "folders more than %d deep: what follows is left out", DEPTH_MOST);
			return;
		}
		if (children) {
			stack[depth].entry = (uint32_t)l->entries;
			stack[depth++].left = children;
		}
		while (depth && !stack[depth - 1].left)
			depth--;
	} while (depth);
}

static void tree_read(struct l01 *l)
{
	struct lines lines = { (const char *)l->text.data, (const char *)l->text.data + l->text.length };
	struct field line, key;
	enum column column[COLUMNS_MOST];
	size_t columns = 0;
	while (line_next(&lines, &line) && !field_is(&line, "entry"))
		;
	/* numbers of the category, then its keys */
	if (!line_next(&lines, &line) || !line_next(&lines, &line)) {
		tree_damaged(l, "it has no entries");
		return;
	}
	for (; columns < COLUMNS_MOST && value_next(&line, &key); columns++) {
		column[columns] = COLUMNS;
		for (enum column i = 0; i < COLUMNS; i++)
			if (field_is(&key, column_key[i]))
				column[columns] = i;
	}
	entries_read(l, &lines, column, columns);
	twins_mark(l);
}

/* What the tree says of itself: MD5 and length of the text, sum of the head. */
static void tree_check(struct l01 *l, const uint8_t *body, size_t length, uint64_t at)
{
	struct cursor c = cursor_of(body, length, 0);
	c.at = 16;      /* 0 MD5 of the text; 16 its length u64; 24 Adler-32 of the head, this field taken as zero */
	uint64_t stated = cursor_u64le(&c);
	struct hasher *h = hasher_new(HASH_MD5);
	hasher_update(h, body + TREE_HEADER, stated < length - TREE_HEADER ? (size_t)stated : length - TREE_HEADER);
	hasher_finish(h);
	if (stated > length - TREE_HEADER)
		report_error(l->container.report, "damage", "l01.tree", NULL, at, length, "the tree of files is cut off: %llu bytes are stated, %zu are there", (unsigned long long)stated, length - TREE_HEADER);
	else if (memcmp(hasher_digest(h, HASH_MD5), body, 16) != 0)
		report_error(l->container.report, "damage", "l01.tree", NULL, at, length, "the tree of files is not what its MD5 says: names, times or sizes in it were changed");
	hasher_free(h);
}

/* The section ltree of whichever segment has it. */
static void tree_load(struct l01 *l, const struct ewf *e)
{
	for (size_t i = e->segments; i-- > 0;)
		for (size_t k = e->segment[i].sections; k-- > 0;) {
			const struct ewf_section *s = &e->segment[i].section[k];
			if (s->type != EWF_LTREE)
				continue;
			size_t length;
			uint8_t *body = ewf_section_body(&e->segment[i], s, TREE_MOST, &length);
			if (s->end - s->start > TREE_MOST)
				report_error(l->container.report, "limit", "l01.tree", NULL, 0, 0, "the tree of files is larger than %d bytes: the rest of it is left out", TREE_MOST);
			if (length > TREE_HEADER) {
				tree_check(l, body, length, s->start);
				locator_wtf8(&l->text, body + TREE_HEADER, length - TREE_HEADER);
			}
			free(body);
			if (l->text.length)
				return;
		}
}

/* ---- open */

static void l01_close(struct container *c)
{
	struct l01 *l = (struct l01 *)c;
	source_close(l->media);
	if (l->image)
		format_close(l->image);
	for (size_t i = 0; i < l->parts.count; i++)
		source_close(l->segment[i]);
	free(l->segment);
	free(l->name);
	buffer_free(&l->text);
	free(l->entry);
	free(l);
}

/* Segment files that lie one behind the other: each ends with a section that says whether another follows. */
static void segments_find(struct l01 *l, struct source *all)
{
	size_t capacity = 0;
	for (uint64_t at = 0, end; at < all->size && l->parts.count < SEGMENTS_MOST; at = end) {
		struct ewf_segment g = { .source = source_window(all, at, all->size - at) };
		ewf_segment_walk(&g, l->container.report);
		uint64_t behind = g.ended_next && g.sections ? g.section[g.sections - 1].end : 0;
		uint8_t head[3];
		bool more = behind && source_read_at(g.source, behind, head, sizeof head, NULL) == sizeof head && !memcmp(head, "LVF", sizeof head);
		end = more ? at + behind : all->size;
		source_close(g.source);
		free(g.section);
		l->segment = memory_room(l->segment, l->parts.count, &capacity, sizeof *l->segment);
		l->segment[l->parts.count++] = source_window(all, at, end - at);
	}
	l->name = memory_array(l->parts.count + 1, sizeof *l->name);
	for (size_t i = 0; i < l->parts.count; i++)
		l->name[i] = "";
	l->parts.source = l->segment;
	l->parts.name = l->name;
}

static struct container *l01_open(const struct opening *o)
{
	struct l01 *l = memory_new(sizeof *l);
	l->container.source = o->source;
	l->container.report = o->report;
	segments_find(l, o->source);
	struct ewf *e = l->parts.count ? ewf_of_parts(&l->parts, o->report, true) : NULL;
	if (e) {
		l->image = &e->container;
		l->image->format = format_by_name("ewf", 3);
		tree_load(l, e);
		l->media = ewf_media(e);
		ewf_sections_free(e);
	}
	if (!l->text.length) {
		report_error(o->report, "damage", "l01.tree", NULL, 0, 0, "the tree of files is not there or can't be read: nothing says which bytes are which file's");
		l01_close(&l->container);
		return NULL;
	}
	tree_read(l);
	return &l->container;
}

/* ---- nodes */

static void path_of(struct l01 *l, size_t index, struct buffer *path)
{
	size_t way[DEPTH_MOST + 1], depth = 0;
	for (uint32_t i = (uint32_t)index + 1; i && depth <= DEPTH_MOST; i = l->entry[i - 1].parent)
		way[depth++] = i - 1;
	while (depth-- && path->length < NODE_PATH_MAX) {
		buffer_byte(path, '/');
		locator_escape(path, l->entry[way[depth]].value[NAME].text, l->entry[way[depth]].value[NAME].length);
	}
}

static const char *hash_of(struct arena *a, const struct field *f, size_t digits)
{
	bool set = false;
	for (size_t i = 0; i < f->length; i++)
		set |= f->text[i] != '0';
	if (f->length != digits || !set)
		return NULL;
	char *text = arena_copy(a, f->text, f->length);
	for (size_t i = 0; i < digits; i++)
		if (text[i] >= 'A' && text[i] <= 'F')
			text[i] = (char)(text[i] | 0x20);
	return text;
}

static void extents_fill(struct l01 *l, const struct entry *e, uint64_t flags, struct node *n)
{
	struct arena *a = &l->container.arena;
	struct field rest = e->value[EXTENTS], part;
	uint64_t count = 0, duplicate;
	n->content = CONTENT_COMPUTED;
	/* blanks stand between them */
	struct extent *extent = arena_array(a, EXTENTS_MOST, sizeof *extent);
	uint64_t word[2] = { 0 };
	for (size_t words = 0; rest.length && n->extents < EXTENTS_MOST; words++) {
		const char *blank = memchr(rest.text, ' ', rest.length);
		part = (struct field){ rest.text, blank ? (size_t)(blank - rest.text) : rest.length };
		rest = blank ? (struct field){ blank + 1, rest.length - part.length - 1 } : (struct field){ 0 };
		if (!number(&part, 16, words ? &word[(words - 1) % 2] : &count))
			break;
		if (words && words % 2 == 0)
			extent[n->extents++] = (struct extent){ .offset = word[0], .length = word[1], .kind = EXTENT_DATA };
	}
	if (!n->extents && number(&e->value[DUPLICATE], 10, &duplicate) && duplicate <= INT64_MAX)
		extent[n->extents++] = (struct extent){ .offset = duplicate, .length = n->size, .kind = EXTENT_DATA };
	if (flags & FLAG_SPARSE && n->extents == 1 && extent[0].length < n->size) {
		uint8_t fill = 1;
		node_flag(n, "sparse");
		if (source_read_at(l->media, extent[0].offset, &fill, 1, NULL) == 1 && !fill)
			extent[0] = (struct extent){ .length = n->size, .kind = EXTENT_ZERO };
		else
			report_error(l->container.report, "unsupported", "l01.sparse", n->step, 0, 0, "a sparse file that is filled with other bytes than zeros: its content is not read");
	}
	for (size_t i = 0; i < n->extents; i++)
		if (extent[i].kind == EXTENT_DATA && (extent[i].offset > l->media->size || extent[i].length > l->media->size - extent[i].offset)) {
			report_error(l->container.report, "missing", "l01.extent", n->step, 0, 0, "its bytes lie beyond the end of the data");
			break;
		}
	n->extent = extent;
	n->order = n->extents ? extent[0].offset : 0;
}

static void node_fill(struct l01 *l, size_t index, struct node *n)
{
	struct arena *a = &l->container.arena;
	const struct entry *e = &l->entry[index];
	uint64_t folder = 0, flags = 0, size, seconds;
	struct buffer path = { 0 };
	*n = (struct node){ .has_allocated = true, .allocated = true };
	bool is_folder = number(&e->value[FOLDER], 10, &folder) && folder;
	number(&e->value[FLAGS], 10, &flags);
	n->kind = is_folder ? NODE_DIRECTORY : NODE_FILE;
	n->address = arena_format(a, "%zu", index + 1);
	if (e->parent)
		n->parent = arena_format(a, "%u", e->parent);
	path_of(l, index, &path);
	n->path = (struct node_text){ arena_copy(a, path.data, path.length), path.length };
	n->name = (struct node_text){ (const uint8_t *)e->value[NAME].text, e->value[NAME].length };
	n->step = e->twin || path.length >= NODE_PATH_MAX ? arena_format(a, "l01:#%s", n->address) : arena_format(a, "l01:%s", (const char *)n->path.bytes);
	buffer_free(&path);
	if (flags & FLAG_DELETED)
		n->allocated = false;
	if (flags & FLAG_HIDDEN)
		node_flag(n, "hidden");
	if (flags & FLAG_SYSTEM)
		node_flag(n, "system");
	static const struct { enum column column; enum node_time time; } times[] = { { CREATED, NODE_CRTIME }, { ACCESSED, NODE_ATIME }, { WRITTEN, NODE_MTIME }, { MODIFIED, NODE_CTIME }, { DELETED, NODE_DTIME } };
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (number(&e->value[times[i].column], 10, &seconds) && seconds && seconds <= INT64_MAX)
			n->time[times[i].time] = time_from_unix((int64_t)seconds, 0, TIME_S);
	n->stored_md5 = hash_of(a, &e->value[MD5], MD5_TEXT);
	n->stored_sha1 = hash_of(a, &e->value[SHA1], SHA1_TEXT);
	if (is_folder)
		return;
	n->has_size = number(&e->value[SIZE], 10, &size) && size <= INT64_MAX;
	n->size = n->has_size ? size : 0;
	if (n->size)
		extents_fill(l, e, flags, n);
}

static int l01_next(struct container *c, struct node *n)
{
	struct l01 *l = (struct l01 *)c;
	arena_reset(&c->arena);
	while (l->at < l->entries) {
		size_t at = l->at++;
		if (c->report && c->report->step && !c->report->step(c->report, at))
			continue;
		node_fill(l, at, n);
		return 1;
	}
	return 0;
}

static bool l01_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct l01 *l = (struct l01 *)c;
	arena_reset(&c->arena);
	uint64_t ordinal = member_step_ordinal(step);
	if (ordinal && ordinal <= l->entries) {
		node_fill(l, (size_t)ordinal - 1, n);
		return true;
	}
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct buffer name = { 0 };
	for (size_t at = 0; !ordinal && at < step->name.length;) {
		size_t end = at + 1;
		while (end < step->name.length && step->name.text[end] != '/')
			end++;
		buffer_clear(&name);
		if (step->name.text[at] != '/' || !locator_unescape(&name, step->name.text + at + 1, end - at - 1))
			break;
		h = name_hash(h, &(struct field){ (const char *)name.data, name.length });
		at = end;
	}
	buffer_free(&name);
	for (size_t i = 0; i < l->entries && !ordinal; i++)
		if (l->entry[i].hash == h && !l->entry[i].twin) {
			node_fill(l, i, n);
			return member_is(n, step);
		}
	return false;
}

static struct source *l01_content(struct container *c, const struct node *n)
{
	return source_of_extents(((struct l01 *)c)->media, n->extent, n->extents, n->size);
}

const struct format format_l01 = {
	.name = "l01", .layer = LAYER_ARCHIVE, .about = "EnCase logical evidence (L01): files with names, times and stated hashes; sparse files only where they are zeros", .probe = l01_probe, .open = l01_open, .next = l01_next,
	.find = l01_find, .content = l01_content, .close = l01_close,
};
