/* SPDX-License-Identifier: Apache-2.0 */
/* pst.c: mail stores of Outlook, PST and OST ([MS-PST]; ANSI, Unicode, and the 4096-byte pages of Outlook 2013, which that text leaves out).
 *
 * Folders, every message of the node B-tree (tables of folders may lack some), and behind them messages that no live node has any more: property contexts in
 * blocks that nothing refers to, flagged "recovered". The content of a message is RFC 5322 made of its properties (pst_message.c): so the message row opens it,
 * "attach:N" are its parts. Attachments too large for that are nodes of their own.
 *
 * Steps: "pst:/Inbox/2097252" (folders by name, a message by its node number), "pst:#2097252" where no single live path leads there, "pst:#2097252-32805" (a large
 * attachment), "pst:#b1234-56789" (a recovered message: number and file offset of its block). A path may begin below "Top of Outlook data file" as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/mail/header.h"
#include "format/mail/pst.h"

extern const struct format format_pst;

enum { PATH_DEPTH_MAX = 64, LARGE_ASKED = 24 << 20, INTERNAL = 2, PHASE_FOLDERS = 0, PHASE_MESSAGES, PHASE_RECOVERED, PHASE_COUNTS, PHASE_END };

/* ---- folders */

static struct pst_folder *folder_find(const struct pst *p, uint32_t nid)
{
	return p->folders ? bsearch(&nid, p->folder, p->folders, sizeof *p->folder, pst_nid_compare) : NULL;
}

static int by_place(const void *a, const void *b, void *owner)
{
	const struct pst *p = owner;
	const struct pst_folder *x = &p->folder[*(const uint32_t *)a], *y = &p->folder[*(const uint32_t *)b];
	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	size_t n = x->name_length < y->name_length ? x->name_length : y->name_length;
	int order = n ? memcmp(p->names.data + x->name, p->names.data + y->name, n) : 0;
	return order ? order : x->name_length < y->name_length ? -1 : x->name_length > y->name_length;
}

/* The way up from a folder, nearest first; 0: it does not end at the root, or a name in it is no name. */
static unsigned folder_way(const struct pst *p, const struct pst_folder *f, const struct pst_folder *way[PATH_DEPTH_MAX])
{
	unsigned depth = 0;
	for (; f && f->nid != NID_ROOT; f = folder_find(p, f->parent)) {
		if (depth == PATH_DEPTH_MAX || !f->by_path)
			return 0;
		way[depth++] = f;
	}
	return f ? depth : 0;
}

static void folders_load(struct pst *p)
{
	struct arena a = { 0 };
	size_t count = 0;
	for (size_t i = 0; i < p->nodes; i++)
		count += pst_nid_type(p->node[i].nid) == NID_FOLDER;
	p->folder = memory_array(count + 1, sizeof *p->folder);
	bool quiet = p->quiet;
	p->quiet = true;                        /* the listing tells */
	for (size_t i = 0; i < p->nodes; i++) {
		struct pst_node n = p->node[i];
		if (pst_nid_type(n.nid) != NID_FOLDER || p->folders == count)
			continue;
		struct pst_folder *f = &p->folder[p->folders++];
		struct pst_properties c;
		*f = (struct pst_folder){ .nid = n.nid, .parent = n.parent, .name = p->names.length };
		if (pst_properties_open(p, n.data, 0, &c, &a)) {
			size_t length;
			const char *name = pst_property_text(p, &c, 0x3001, &length);
			if (name && length && length < 4096) {
				buffer_append(&p->names, name, length);
				f->name_length = length;
				f->by_path = true;
			}
			f->named = true;
			f->declared = pst_property_number(&c, 0x3602, 0);
		}
		arena_reset(&a);
	}
	/* two of one name: neither is found by it */
	uint32_t *order = memory_array(count + 1, sizeof *order);
	for (size_t i = 0; i < p->folders; i++)
		order[i] = (uint32_t)i;
	if (p->folders)
		qsort_r(order, p->folders, sizeof *order, by_place, p);
	for (size_t i = 1; i < p->folders; i++)
		if (!by_place(&order[i - 1], &order[i], p))
			p->folder[order[i - 1]].by_path = p->folder[order[i]].by_path = false;
	free(order);
	/* a name of digits could be a message's number */
	for (size_t i = 0; i < p->folders; i++) {
		struct pst_folder *f = &p->folder[i];
		bool digits = f->by_path;
		for (size_t k = 0; k < f->name_length && digits; k++)
			digits = p->names.data[f->name + k] >= '0' && p->names.data[f->name + k] <= '9';
		if (digits)
			f->by_path = false;
	}
	p->quiet = quiet;
	arena_free(&a);
}

/* The path of a folder, escaped; empty at the root. False: no single way leads there. */
static bool folder_path(const struct pst *p, const struct pst_folder *f, struct buffer *out)
{
	const struct pst_folder *way[PATH_DEPTH_MAX];
	if (f && f->nid == NID_ROOT)
		return true;
	unsigned depth = f ? folder_way(p, f, way) : 0;
	for (unsigned i = depth; i-- > 0;) {
		buffer_byte(out, '/');
		locator_escape(out, p->names.data + way[i]->name, way[i]->name_length);
	}
	return depth > 0;
}

/* ---- what a step names */

struct target { enum { FOLDER, MESSAGE, RECOVERED, ATTACHMENT } kind; struct pst_node node; const struct pst_folder *folder; struct pst_block block; uint32_t attachment; };

static bool number_read(const char **at, const char *end, uint64_t *v)
{
	const char *begin = *at;
	for (*v = 0; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if (__builtin_mul_overflow(*v, 10, v) || __builtin_add_overflow(*v, (unsigned)(**at - '0'), v))
			return false;
	return *at > begin;
}

static bool message_type(uint32_t nid) { return pst_nid_type(nid) == NID_MESSAGE || pst_nid_type(nid) == NID_ASSOCIATED; }

static bool by_node(struct pst *p, uint64_t nid, struct target *t)
{
	const struct pst_node *n = nid <= UINT32_MAX ? pst_node_find(p, (uint32_t)nid) : NULL;
	if (!n)
		return false;
	t->node = *n;
	t->folder = folder_find(p, n->nid);
	t->kind = t->folder ? FOLDER : MESSAGE;
	return t->folder || message_type(n->nid);
}

/* A message in a dead block: what an old page still says of it, or the block alone. */
static void recovered_node(const struct pst *p, const struct pst_block *b, struct pst_node *n)
{
	size_t low = 0, high = p->olds;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((p->old[middle].data & ~UINT64_C(1)) < b->bid)
			low = middle + 1;
		else
			high = middle;
	}
	*n = (struct pst_node){ .data = b->bid, .stale = true };
	for (; low < p->olds && (p->old[low].data & ~UINT64_C(1)) == b->bid; low++)
		if (message_type(p->old[low].nid)) {
			*n = p->old[low];
			n->stale = true;
		}
}

static bool by_block(struct pst *p, uint64_t bid, uint64_t offset, struct target *t)
{
	pst_scan(p);
	for (const struct pst_block *b = pst_block_find(p, bid); b && b < p->block + p->blocks && b->bid == bid; b++)
		if (b->offset == offset) {
			t->kind = RECOVERED;
			t->block = *b;
			recovered_node(p, b, &t->node);
			return true;
		}
	return false;
}

static bool by_path_from(struct pst *p, uint32_t from, const char *at, const char *end, struct target *t)
{
	const struct pst_folder *here = folder_find(p, from);
	struct buffer name = { 0 };
	bool found = false;
	while (here && at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at)), *stop = slash ? slash : end;
		const struct pst_folder *child = NULL;
		buffer_clear(&name);
		if (!locator_unescape(&name, at, (size_t)(stop - at)))
			break;
		for (size_t i = 0; i < p->folders && !child; i++)
			if (p->folder[i].parent == here->nid && p->folder[i].nid != here->nid && p->folder[i].by_path && p->folder[i].name_length == name.length &&
			    name.length && memcmp(p->names.data + p->folder[i].name, name.data, name.length) == 0)
				child = &p->folder[i];
		if (!child && !slash) {
			uint64_t nid;
			const char *digits = at;
			found = number_read(&digits, end, &nid) && digits == end && by_node(p, nid, t) && t->kind == MESSAGE && t->node.parent == here->nid;
			break;
		}
		here = child;
		found = child && !slash;
		if (found) {
			t->kind = FOLDER;
			t->folder = child;
			t->node = *pst_node_find(p, child->nid);
		}
		at = slash ? slash + 1 : end;
	}
	buffer_free(&name);
	return found;
}

static bool resolve(struct pst *p, const struct locator_step *step, struct target *t)
{
	const char *at = step->name.text, *end = at + step->name.length;
	uint64_t first, second;
	*t = (struct target){ 0 };
	if (step->stream.length || step->name.length < 2)
		return false;
	if (*at == '/') {
		if (by_path_from(p, NID_ROOT, at + 1, end, t))
			return true;
		for (size_t i = 0; i < p->folders; i++)         /* below one of the folders at the top */
			if (p->folder[i].parent == NID_ROOT && p->folder[i].nid != NID_ROOT && by_path_from(p, p->folder[i].nid, at + 1, end, t))
				return true;
		return false;
	}
	if (*at++ != '#')
		return false;
	bool block = *at == 'b';
	at += block;
	if (!number_read(&at, end, &first))
		return false;
	if (at == end)
		return !block && by_node(p, first, t);
	if (*at++ != '-' || !number_read(&at, end, &second) || at != end)
		return false;
	if (block)
		return by_block(p, first, second, t);
	if (!by_node(p, first, t) || t->kind != MESSAGE || second > UINT32_MAX)
		return false;
	t->kind = ATTACHMENT;
	t->attachment = (uint32_t)second;
	return true;
}

/* ---- nodes */

static void folder_describe(struct pst *p, const struct pst_folder *f, const struct pst_node *data, struct node *n)
{
	struct arena *a = &p->container.arena;
	struct buffer path = { 0 };
	*n = (struct node){ .kind = NODE_FOLDER, .content = CONTENT_NONE, .has_allocated = true, .allocated = !data->stale };
	bool way = folder_path(p, f, &path) && path.length;
	n->address = arena_format(a, "%u", f->nid);
	n->parent = arena_format(a, "%u", f->parent);
	n->name = (struct node_text){ arena_copy(a, p->names.length ? p->names.data + f->name : (const uint8_t *)"", f->name_length), f->name_length };
	if (way) {
		n->path = (struct node_text){ arena_copy(a, path.data, path.length), path.length };
		n->step = arena_format(a, "pst:%s", (const char *)n->path.bytes);
	} else
		n->step = arena_format(a, "pst:#%u", f->nid);
	n->orphan = !way && f->nid != NID_ROOT;
	struct pst_properties c;
	p->tainted = false;
	if (pst_properties_open(p, data->data, data->sub, &c, a)) {
		n->time[NODE_CRTIME] = pst_property_time(p, &c, 0x3007);
		n->time[NODE_MTIME] = pst_property_time(p, &c, 0x3008);
	} else {
		report_error(p->container.report, "damage", "pst.folder", n->step, 0, 0, "the properties of folder %u can't be read", f->nid);
		node_flag(n, "damaged");
	}
	n->tainted = p->tainted;
	buffer_free(&path);
}

/* Properties of a message; from its node or the dead block. */
static bool message_open(struct pst *p, const struct target *t, struct pst_properties *c, struct arena *a)
{
	if (t->kind != RECOVERED)
		return pst_properties_open(p, t->node.data, t->node.sub, c, a);
	*c = (struct pst_properties){ 0 };
	if (!pst_heap_of(p, &t->block, &c->heap, a))
		return false;
	c->subs = pst_subnodes(p, t->node.sub, &c->sub, a);
	return pst_properties_of(p, c, a);
}

static bool looks_like_message(const struct pst_properties *c)
{
	/* of attachments, folders and recipients no message has these */
	if (pst_property_find(c, 0x3705) || pst_property_find(c, 0x3602) || pst_property_find(c, 0x35df))
		return false;
	return pst_property_find(c, 0x001a) && (pst_property_find(c, 0x0037) || pst_property_find(c, 0x0e07) || pst_property_find(c, 0x1000) || pst_property_find(c, 0x0e06));
}

/* False: its properties can't be read (the node is described all the same). */
static bool message_describe(struct pst *p, const struct target *t, struct node *n)
{
	struct arena *a = &p->container.arena;
	struct buffer path = { 0 };
	const struct pst_folder *f = t->node.parent ? folder_find(p, t->node.parent) : NULL;
	*n = (struct node){ .kind = NODE_MESSAGE, .format = "eml", .content = CONTENT_COMPUTED, .has_allocated = true, .allocated = t->kind != RECOVERED };
	bool way = folder_path(p, f, &path) && f;
	if (t->kind == RECOVERED) {
		n->address = arena_format(a, "b%llu-%llu", (unsigned long long)t->block.bid, (unsigned long long)t->block.offset);
		n->name = (struct node_text){ (const uint8_t *)n->address, strlen(n->address) };
		n->step = arena_format(a, "pst:#%s", n->address);
		n->order = t->block.offset;
		node_flag(n, "recovered");
		const struct pst_node *live = t->node.nid ? pst_node_find(p, t->node.nid) : NULL;
		if (live && live->data != t->node.data)
			node_flag(n, "older_version");
		else if (!t->node.nid)
			node_flag(n, "block_only");
		n->has_range = true;
		n->range_offset = t->block.offset;
		n->range_length = t->block.size;
	} else {
		n->address = arena_format(a, "%u", t->node.nid);
		n->name = (struct node_text){ (const uint8_t *)n->address, strlen(n->address) };
		if (way && !t->node.stale) {
			buffer_format(&path, "/%u", t->node.nid);
			n->path = (struct node_text){ arena_copy(a, path.data, path.length), path.length };
			n->step = arena_format(a, "pst:%s", (const char *)n->path.bytes);
		} else
			n->step = arena_format(a, "pst:#%u", t->node.nid);
		n->orphan = !f;
		const struct pst_block *b = pst_block_find(p, t->node.data);
		n->order = b ? b->offset : 0;
		if (t->node.stale) {
			n->has_allocated = false;       /* the live tree is damaged: whether it was deleted is not known */
			node_flag(n, "recovered");
		}
	}
	if (t->node.parent)
		n->parent = arena_format(a, "%u", t->node.parent);
	if (pst_nid_type(t->node.nid) == NID_ASSOCIATED)
		node_flag(n, "associated");
	buffer_free(&path);
	struct pst_properties c;
	bool quiet = p->quiet;
	p->tainted = false;
	p->quiet |= t->kind == RECOVERED;       /* what was given up may be overwritten in part: no damage of the store */
	bool good = message_open(p, t, &c, a);
	p->quiet = quiet;
	if (t->kind == RECOVERED && p->tainted)
		node_flag(n, "partly_overwritten");
	if (!good) {
		report_error(p->container.report, "damage", "pst.message", n->step, n->order, 0, "the properties of message %s can't be read", n->address);
		node_flag(n, "damaged");
		n->content = CONTENT_NONE;
	} else {
		uint32_t flags = pst_property_number(&c, 0x0e07, 0);
		if (flags & 1)
			node_flag(n, "read");
		if (flags & 8)
			node_flag(n, "draft");
		if (c.incomplete && t->kind != RECOVERED) {
			report_error(p->container.report, "damage", "pst.message", n->step, n->order, 0, "some properties of message %s can't be read", n->address);
			node_flag(n, "damaged");
		}
		n->time[NODE_CRTIME] = pst_property_time(p, &c, 0x3007);
		n->time[NODE_MTIME] = pst_property_time(p, &c, 0x3008);
	}
	n->tainted = p->tainted && t->kind != RECOVERED;
	return good;
}

static void attachment_describe(struct pst *p, const struct target *t, struct node *n)
{
	struct arena *a = &p->container.arena;
	struct pst_properties message, c;
	struct pst_stream s = { 0 };
	*n = (struct node){ .kind = NODE_ATTACHMENT, .content = CONTENT_COMPUTED, .has_size = true, .has_allocated = true, .allocated = true };
	n->address = arena_format(a, "%u-%u", t->node.nid, t->attachment);
	n->step = arena_format(a, "pst:#%s", n->address);
	n->parent = arena_format(a, "%u", t->node.nid);
	p->tainted = false;
	const struct pst_node *sub = pst_properties_open(p, t->node.data, t->node.sub, &message, a) ? pst_subnode_find(message.sub, message.subs, t->attachment) : NULL;
	if (sub && pst_properties_open(p, sub->data, sub->sub, &c, a)) {
		size_t length;
		const char *name = pst_property_text(p, &c, 0x3707, &length);
		if (!length)
			name = pst_property_text(p, &c, 0x3704, &length);
		if (name && length < 4096)
			n->name = (struct node_text){ (const uint8_t *)name, length };
		pst_property_stream(p, &c, 0x3701, &s);
		n->size = s.size;
		n->order = s.blocks ? s.block[0].offset : 0;
		n->time[NODE_CRTIME] = pst_property_time(p, &c, 0x3007);
		n->time[NODE_MTIME] = pst_property_time(p, &c, 0x3008);
	}
	n->tainted = p->tainted || s.incomplete;
}

/* Numbers of the attachments that a rendering would leave out: the same sums as there. */
static void large_attachments(struct pst *p, const struct pst_node *n, struct buffer *out)
{
	struct arena a = { 0 };
	struct pst_properties m;
	size_t left = PST_ATTACHED_MAX;
	if (pst_properties_open(p, n->data, n->sub, &m, &a) && pst_property_number(&m, 0x0e08, UINT32_MAX) >= LARGE_ASKED)
		for (size_t i = 0; i < m.subs; i++) {
			struct pst_properties c;
			struct pst_stream s;
			if (pst_nid_type(m.sub[i].nid) != NID_ATTACHMENT || !pst_properties_open(p, m.sub[i].data, m.sub[i].sub, &c, &a) || !pst_property_stream(p, &c, 0x3701, &s))
				continue;
			if (s.size > left)
				buffer_u32le(out, m.sub[i].nid);
			else
				left -= (size_t)s.size;
		}
	arena_free(&a);
}

/* ---- listing */

static bool wanted(struct pst *p, uint64_t at)
{
	struct reporter *r = p->container.report;
	return !r || !r->step || r->step(r, at);
}

static void marks_make(struct pst *p)
{
	pst_scan(p);
	/* what no message has: where the number of a message's node is damaged its block belongs to a node of another type */
	for (size_t i = 0; i < p->nodes; i++)
		pst_mark(p, message_type(p->node[i].nid) ? p->node[i].data : 0, p->node[i].sub);
}

/* Is the dead block a message? Silent: most are not. */
static bool dead_message(struct pst *p, struct target *t)
{
	struct arena a = { 0 };
	struct pst_properties c;
	bool quiet = p->quiet, good;
	p->quiet = true;
	good = pst_heap_of(p, &t->block, &c.heap, &a) && c.heap.client == 0xbc;
	if (good) {
		c.sub = NULL;
		c.subs = 0;
		good = pst_properties_of(p, &c, &a) && looks_like_message(&c);
	}
	p->quiet = quiet;
	arena_free(&a);
	return good;
}

static void counts_tell(struct pst *p, const char *step, const struct pst_folder *f)
{
	report_note(p->container.report, "pst.counts", step, 0, 0, "messages: %u declared, %u given, %u failed, %u associated, %u recovered", f->declared, f->given, f->failed, f->associated, f->recovered);
}

/* Of each folder that has any, and of the store: what lies in no folder is in its sum alone. */
static void all_counts_tell(struct pst *p)
{
	struct pst_folder sum = p->outside;
	for (size_t i = 0; i < p->folders; i++) {
		const struct pst_folder *f = &p->folder[i];
		struct buffer path = { 0 };
		sum.declared += f->declared;
		sum.given += f->given;
		sum.failed += f->failed;
		sum.associated += f->associated;
		sum.recovered += f->recovered;
		if (!f->declared && !f->given && !f->failed && !f->recovered)
			continue;
		if (!folder_path(p, f, &path) || !path.length) {
			buffer_clear(&path);
			buffer_format(&path, "#%u", f->nid);
		}
		counts_tell(p, arena_format(&p->container.arena, "pst:%s", buffer_string(&path)), f);
		buffer_free(&path);
	}
	counts_tell(p, NULL, &sum);
}

static int pst_next(struct container *container, struct node *n)
{
	struct pst *p = (struct pst *)container;
	arena_reset(&container->arena);
	if (p->attachment < p->pending.length) {
		struct cursor c = cursor_of(p->pending.data, p->pending.length, 0);
		c.at = p->attachment;
		p->attachment += 4;
		struct target t = { .kind = ATTACHMENT, .node = p->node[p->at - 1], .attachment = cursor_u32le(&c) };
		attachment_describe(p, &t, n);
		return 1;
	}
	buffer_clear(&p->pending);
	p->attachment = 0;
	for (; p->phase == PHASE_FOLDERS; p->phase++, p->at = 0)
		while (p->at < p->folders) {
			const struct pst_folder *f = &p->folder[p->at++];
			if (wanted(p, f->nid)) {
				struct pst_node data = *pst_node_find(p, f->nid);
				folder_describe(p, f, &data, n);
				return 1;
			}
		}
	for (; p->phase == PHASE_MESSAGES; p->phase++, p->at = 0)
		while (p->at < p->nodes) {
			struct target t = { .kind = MESSAGE, .node = p->node[p->at++] };
			if (!message_type(t.node.nid))
				continue;
			struct pst_folder *f = folder_find(p, t.node.parent);
			f = f ? f : &p->outside;
			if (!wanted(p, t.node.nid)) {
				f->failed++;
				continue;
			}
			bool good = message_describe(p, &t, n);
			if (!good)
				f->failed++;
			else if (pst_nid_type(t.node.nid) == NID_ASSOCIATED)
				f->associated++;
			else if (t.node.stale)
				f->recovered++;
			else
				f->given++;
			if (good)
				large_attachments(p, &t.node, &p->pending);
			return 1;
		}
	if (p->phase == PHASE_RECOVERED && !p->at)
		marks_make(p);
	for (; p->phase == PHASE_RECOVERED; p->phase++, p->at = 0)
		while (p->at < p->blocks) {
			struct target t = { .kind = RECOVERED, .block = p->block[p->at++] };
			if (t.block.used || t.block.grade == PST_C || t.block.bid & INTERNAL || !dead_message(p, &t) || !wanted(p, UINT64_C(1) << 41 | t.block.offset))
				continue;
			recovered_node(p, &t.block, &t.node);
			struct pst_folder *f = folder_find(p, t.node.parent);
			f = f ? f : &p->outside;
			f->recovered++;
			message_describe(p, &t, n);
			return 1;
		}
	for (; p->phase == PHASE_COUNTS; p->phase++)
		all_counts_tell(p);
	return 0;
}

static void describe(struct pst *p, const struct target *t, struct node *n)
{
	if (t->kind == FOLDER)
		folder_describe(p, t->folder, &t->node, n);
	else if (t->kind == ATTACHMENT)
		attachment_describe(p, t, n);
	else
		message_describe(p, t, n);
}

static bool pst_find(struct container *container, const struct locator_step *step, struct node *n)
{
	struct pst *p = (struct pst *)container;
	struct target t;
	arena_reset(&container->arena);
	if (!resolve(p, step, &t))
		return false;
	describe(p, &t, n);
	return true;
}

static struct source *pst_content(struct container *container, const struct node *n)
{
	struct pst *p = (struct pst *)container;
	struct arena a = { 0 };
	struct locator l;
	struct target t;
	struct pst_properties c, inner;
	struct buffer text = { 0 }, out = { 0 }, large = { 0 }, given = { 0 };
	struct source *source = NULL;
	buffer_format(&text, "x::%s", n->step ? n->step : "");
	bool good = !locator_parse(&l, buffer_string(&text), text.length) && l.steps == 1 && resolve(p, &l.step[0], &t) && t.kind != FOLDER;
	bool quiet = p->quiet;
	p->quiet = true;                        /* what describing it told */
	good = good && message_open(p, &t, &c, &a);
	p->quiet = quiet;
	if (good && t.kind == ATTACHMENT) {
		const struct pst_node *sub = pst_subnode_find(c.sub, c.subs, t.attachment);
		struct pst_stream s;
		if (sub && pst_properties_open(p, sub->data, sub->sub, &inner, &a) && pst_property_stream(p, &inner, 0x3701, &s))
			source = pst_stream_source(p, &s, inner.heap.crypt);
	} else if (good) {
		bool told = pst_property_number(&c, 0x0e08, UINT32_MAX) >= LARGE_ASKED && t.kind == MESSAGE;
		p->quiet |= t.kind == RECOVERED;
		pst_message_render(p, &t.node, &c, &out, told ? &large : NULL);
		/* what was left out there and is no node of its own */
		if (large.length)
			large_attachments(p, &t.node, &given);
		for (size_t i = 0; i < large.length; i += 4)
			if (!given.length || !memmem(given.data, given.length, large.data + i, 4))
				report_error(container->report, "limit", "pst.attachment", n->step, 0, 0, "an attachment of message %u is left out: attachments of one message beyond %d bytes", t.node.nid, PST_ATTACHED_MAX);
		p->quiet = quiet;
		source = source_of_memory(out.data ? out.data : memory_new(1), out.length, true);
	}
	buffer_free(&text);
	buffer_free(&large);
	buffer_free(&given);
	arena_free(&a);
	return source;
}

static void pst_close(struct container *container)
{
	struct pst *p = (struct pst *)container;
	pst_ndb_close(p);
	arena_free(&p->lasting);
	free(p);
}

static void names_load(struct pst *p)
{
	struct arena a = { 0 };
	struct pst_properties c;
	const struct pst_node *map = pst_node_find(p, NID_NAMES);
	if (map && pst_properties_open(p, map->data, map->sub, &c, &a)) {
		size_t sets_length = 0, length = 0;
		const uint8_t *sets = pst_property_bytes(p, &c, 2, PST_BODY_MAX, &sets_length, NULL), *entries = pst_property_bytes(p, &c, 3, PST_BODY_MAX, &length, NULL);
		mapi_names_load(&p->named, sets, sets_length, entries, length, &p->lasting);
	}
	arena_free(&a);
}

static struct container *pst_open(const struct opening *o)
{
	struct pst *p = memory_new(sizeof *p);
	struct arena a = { 0 };
	p->container = (struct container){ .format = &format_pst, .source = o->source, .report = o->report };
	p->code_page = 1252;
	if (!pst_ndb_open(p)) {
		report_error(o->report, "damage", "pst.open", NULL, 0, 0, "neither a header nor a block of a PST is here");
		pst_close(&p->container);
		return NULL;
	}
	struct pst_properties c;
	const struct pst_node *store = pst_node_find(p, NID_STORE);
	if (store && pst_properties_open(p, store->data, store->sub, &c, &a)) {
		p->code_page = pst_property_number(&c, 0x3ffd, 1252);
		uint32_t password = pst_property_number(&c, 0x67ff, 0);
		if (password)
			report_note(o->report, "pst.password", NULL, 0, 0, "the store asks for a password (checksum %08x) that protects nothing: all of it is read", password);
	}
	arena_free(&a);
	names_load(p);
	folders_load(p);
	return &p->container;
}

static unsigned pst_probe(const struct probe *q)
{
	static const char clients[][3] = { "SM", "SO", "AB" };
	if (q->head_length >= 12 && memcmp(q->head, "!BDN", 4) == 0)
		for (size_t i = 0; i < sizeof clients / sizeof *clients; i++)
			if (memcmp(q->head + 8, clients[i], 2) == 0)
				return 48;
	if (q->head_length >= 512 && memcmp(q->head, "!BDN", 4) == 0)
		return 32;
	/* no header: the first allocation map names its own offset */
	static const struct { uint64_t page; unsigned trailer, bid; } maps[] = { { 0x4400, 496, 504 }, { 0x4400, 500, 504 }, { 0x22000, 4072, 4080 } };
	for (size_t i = 0; i < sizeof maps / sizeof *maps && q->head_length >= 512; i++) {
		uint8_t t[12] = { 0 };
		if (q->source->size < maps[i].page + 4096 || source_read_at(q->source, maps[i].page + maps[i].trailer, t, 12, NULL) < 12)
			continue;
		const uint8_t *bid = t + (maps[i].bid - maps[i].trailer);
		if (t[0] == 0x84 && t[1] == 0x84 && !t[2] && !t[3] && ((uint32_t)bid[0] | (uint32_t)bid[1] << 8 | (uint32_t)bid[2] << 16 | (uint32_t)bid[3] << 24) == maps[i].page)
			return 40;
	}
	return 0;
}

const struct format format_pst = { .name = "pst", .layer = LAYER_MAIL, .flags = FORMAT_DESCRIBED, .about = "mail store of Outlook (PST, OST), with deleted messages", .probe = pst_probe, .open = pst_open,
	.next = pst_next, .find = pst_find, .content = pst_content, .close = pst_close };
