/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c: see serve.h. One process and one thread: the engine's loop also reads the kernel's requests. A request is answered at once when what it needs is known;
 * else it waits, and is tried again when a job ends. Nothing of the evidence is parsed here: workers list, look and read, and a job that dies costs the requests
 * that wait for it (EIO) and no more.
 *
 * An entry's number for the kernel is its container's number and its own in it; inode numbers are hashes of locators, the same in each mount. */
#include "config.h"

#include "view/serve.h"

#ifdef HAVE_FUSE
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/parts.h"
#include "view/cache.h"
#include "view/names.h"
#include "view/tree.h"

enum { LOOK_ROWS = 128, TURN_REQUESTS = 64, SERVE_WORKERS = 8 };
#define SETTLED_SECONDS 86400.0         /* evidence does not change: the kernel need not ask again */
#define XATTR_LOCATOR "user.spoor.locator"
#define XATTR_SHA256 "user.spoor.sha256"

struct view;

/* A job in hand. What it says is told when it is done. */
struct view_job {
	struct view_job *next;
	struct view *view;
	enum { JOB_OPEN, JOB_LOOK, JOB_INSIDE, JOB_READ, JOB_HASH } what;
	uint32_t container, row;        /* whose entry it is about: locators behind its prefix go on from there */
	uint32_t inside;                /* INSIDE, LOOK: the container over whose entries it is */
	size_t prefix;                  /* length of its prefix */
	struct buffer frames;
	uint32_t *rows, count;          /* LOOK: the entries */
	uint64_t node, first, at;       /* READ: of which node, which byte first, how many came */
	uint32_t blocks;
	bool lost;                      /* it said what can't be placed */
};

struct reader { uint64_t next; uint32_t ahead; };       /* byte after the last one read; blocks to read ahead */

enum request_kind { REQUEST_LOOKUP, REQUEST_ATTRIBUTES, REQUEST_LINK, REQUEST_LIST, REQUEST_LIST_PLUS, REQUEST_READ, REQUEST_XATTR, REQUEST_XATTRS };
struct request {
	struct request *next;
	struct view *view;
	fuse_req_t req;
	enum request_kind kind;
	uint64_t node, offset;
	size_t size;
	char *name;
	struct reader *reader;
	bool waited;                    /* a job that failed since it came is its failure */
};

struct view {
	struct session *s;
	const char *directory;
	struct tree tree;
	struct cache cache;
	struct fuse_session *fuse;
	struct fuse_buf buffer;
	struct request *waiting;
	struct view_job *jobs;
	unsigned opening, open;         /* evidence that is not open yet; that could be opened */
	int code;
};

static uint64_t node_of(uint32_t container, uint32_t row)
{
	return ((uint64_t)container << 32 | row) + FUSE_ROOT_ID;
}

static struct row *row_at(struct view *v, uint64_t node)
{
	uint64_t n = node - FUSE_ROOT_ID;
	return &v->tree.container[n >> 32]->rows[(uint32_t)n];
}

/* ---- jobs */

static void job_ask(struct view_job *j, uint16_t kind, const char *prefix, const void *payload, size_t length, uint32_t items)
{
	struct view *v = j->view;
	uint32_t item = v->tree.container[j->container]->evidence;
	if (!j->container)
		item = v->tree.container[0]->rows[j->row].uid;
	j->prefix = strlen(prefix);
	engine_ask(v->s->engine, &(struct engine_job){ .kind = kind, .files = FILES_EVIDENCE, .evidence = item + 1, .prefix = prefix, .payload = payload, .length = length, .items = items }, j);
}

static void job_free(struct view_job *j)
{
	struct view_job **at = &j->view->jobs;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	buffer_free(&j->frames);
	free(j->rows);
	free(j);
}

static struct view_job *job_new(struct view *v, int what, uint32_t container, uint32_t row)
{
	struct view_job *j = memory_new(sizeof *j);
	j->view = v;
	j->what = what;
	j->container = container;
	j->row = row;
	j->next = v->jobs;
	v->jobs = j;
	return j;
}

/* Lists container n. */
static void ask_inside(struct view *v, uint32_t n)
{
	tree_trim(&v->tree);
	struct container_view *c = v->tree.container[n];
	struct view_job *j = job_new(v, JOB_INSIDE, c->above, c->row);
	j->inside = n;
	struct buffer payload = { 0 };
	buffer_u32le(&payload, c->nesting);
	buffer_append(&payload, c->payload, c->payload_length);
	c->state = CONTAINER_LISTING;
	job_ask(j, PASS_JOB_INSIDE, c->prefix, payload.data, payload.length, 0);
	buffer_free(&payload);
}

/* Looks at entries of container n that wait for it: what they hold, how large they are. */
static void ask_look(struct view *v, uint32_t n, const uint32_t *rows, uint32_t count)
{
	struct container_view *c = v->tree.container[n];
	bool solo = c->rows[rows[0]].kind == PASS_JOB_LIST;
	struct view_job *j = job_new(v, JOB_LOOK, solo ? n : c->above, solo ? rows[0] : c->row);
	struct buffer payload = { 0 }, prefix = { 0 };
	j->inside = n;
	j->rows = memory_copy(rows, count * sizeof *rows);
	j->count = count;
	c->jobs++;
	for (uint32_t i = 0; i < count; i++) {
		c->rows[rows[i]].work = ROW_IN_HAND;
		tree_payload(&v->tree, &c->rows[rows[i]], &payload);
	}
	if (solo)
		tree_locator(&v->tree, n, rows[0], &prefix);
	else
		buffer_text(&prefix, c->prefix);
	size_t own = solo && payload.length >= 4 ? 4 : 0;
	job_ask(j, c->rows[rows[0]].kind, buffer_string(&prefix), payload.data + own, payload.length - own, solo ? 0 : count);
	buffer_free(&payload);
	buffer_free(&prefix);
}

/* Reads bytes of a node, or its hash. */
static void ask_read(struct view *v, uint64_t node, uint64_t first, uint32_t length, bool hash)
{
	uint32_t n = (uint32_t)((node - FUSE_ROOT_ID) >> 32), row = (uint32_t)(node - FUSE_ROOT_ID);
	struct view_job *j = job_new(v, hash ? JOB_HASH : JOB_READ, n, row);
	struct pass_read r = { .offset = first, .length = length, .hash = hash };
	struct buffer payload = { 0 }, locator = { 0 };
	const char *base = v->s->item[n ? v->tree.container[n]->evidence : v->tree.container[0]->rows[row].uid].base;
	tree_locator(&v->tree, n, row, &locator);
	j->node = node;
	j->first = first;
	j->blocks = (length + BLOCK - 1) / BLOCK;
	buffer_append(&payload, &r, sizeof r);
	buffer_text(&payload, buffer_string(&locator) + strlen(base));
	v->tree.container[n]->jobs++;
	job_ask(j, PASS_JOB_READ, base, payload.data, payload.length, 0);
	buffer_free(&payload);
	buffer_free(&locator);
}

/* ---- what has to be known first. 0: it is; EAGAIN: a job is at it; else why not. */

static int container_listed(struct view *v, uint32_t n, const struct request *q);

static int folder_looked(struct view *v, uint32_t n, uint32_t folder)
{
	struct container_view *c = v->tree.container[n];
	uint32_t rows[LOOK_ROWS], count = 0;
	bool in_hand = false;
	if (c->rows[folder].looked)
		return 0;
	for (uint32_t r = c->rows[folder].first; r; r = c->rows[r].next) {
		in_hand |= c->rows[r].work != ROW_DONE;
		if (c->rows[r].work != ROW_WAITING)
			continue;
		bool solo = c->rows[r].kind == PASS_JOB_LIST;
		if (count && (solo || count == LOOK_ROWS)) {
			ask_look(v, n, rows, count);
			count = 0;
		}
		rows[count++] = r;
		if (solo) {
			ask_look(v, n, rows, count);
			count = 0;
		}
	}
	if (count)
		ask_look(v, n, rows, count);
	c->rows[folder].looked = !in_hand;
	return in_hand ? EAGAIN : 0;
}

static int container_listed(struct view *v, uint32_t n, const struct request *q)
{
	struct container_view *c = v->tree.container[n];
	if (c->state == CONTAINER_FAILED && !q->waited)
		c->state = CONTAINER_LISTABLE;
	switch (c->state) {
	case CONTAINER_LISTED:
		return 0;
	case CONTAINER_FAILED:
		return EIO;
	case CONTAINER_LISTABLE:
		ask_inside(v, n);
		return EAGAIN;
	case CONTAINER_LISTING:
		return EAGAIN;
	default:
		break;
	}
	/* it was given up, and came with the job that looked at what it was opened from */
	int why = container_listed(v, c->above, q);
	struct container_view *above = v->tree.container[c->above];
	if (why)
		return why;
	if (c->row >= above->count)
		return ESTALE;
	above->rows[above->rows[c->row].parent].looked = false;
	why = folder_looked(v, c->above, above->rows[c->row].parent);
	return why ? why : c->state == CONTAINER_LISTED || c->state == CONTAINER_LISTABLE ? EAGAIN : ESTALE;
}

static int node_known(struct view *v, const struct request *q, uint32_t *n, uint32_t *row)
{
	uint64_t at = q->node - FUSE_ROOT_ID;
	*n = (uint32_t)(at >> 32);
	*row = (uint32_t)at;
	if (*n >= v->tree.containers)
		return ESTALE;
	int why = *row ? container_listed(v, *n, q) : 0;
	return why ? why : *row >= v->tree.container[*n]->count ? ESTALE : 0;
}

/* ---- answers */

static void stat_put(const struct view *v, uint32_t n, uint32_t row, struct stat *st)
{
	const struct container_view *c = v->tree.container[n];
	const struct row *r = &c->rows[row];
	bool own = n && row && r->step;
	*st = (struct stat){ .st_ino = n || row ? r->inode : FUSE_ROOT_ID, .st_mode = (mode_t)r->mode, .st_nlink = r->links ? r->links : 1, .st_uid = own ? r->uid : getuid(), .st_gid = own ? r->gid : getgid(),
		.st_size = r->size > INT64_MAX ? INT64_MAX : (off_t)r->size, .st_blksize = BLOCK, .st_mtim = r->time[0], .st_atim = r->time[1], .st_ctim = r->time[2] };
	st->st_blocks = st->st_size / 512 + (st->st_size % 512 != 0);
}

static void entry_put(const struct view *v, uint32_t n, uint32_t row, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){ .ino = node_of(n, row), .attr_timeout = SETTLED_SECONDS, .entry_timeout = SETTLED_SECONDS };
	stat_put(v, n, row, &e->attr);
}

static void inside_name(const struct view *v, uint32_t n, uint32_t row, uint32_t inside, struct buffer *name)
{
	const struct container_view *c = v->tree.container[n];
	const char *format = v->tree.container[inside]->format;
	buffer_clear(name);
	buffer_text(name, catalogue_text(c, c->rows[row].name));
	if (name->length + 2 + strlen(format) > VIEW_NAME_MOST)
		view_name_other(name, VIEW_NAME_MOST - 2 - strlen(format), format);
	buffer_format(name, "::%s", format);
}

/* What is called so in a folder that was looked at. */
static bool child_of(const struct view *v, uint32_t n, uint32_t folder, const char *name, uint32_t *child_n, uint32_t *child)
{
	const struct container_view *c = v->tree.container[n];
	struct buffer other = { 0 };
	*child_n = n;
	*child = tree_child(&v->tree, n, folder, name);
	const char *mark = name;
	for (const char *next; !*child && (next = strstr(mark, "::")); )
		mark = next + 2;
	if (!*child && mark != name) {
		buffer_append(&other, name, (size_t)(mark - 2 - name));
		uint32_t row = tree_child(&v->tree, n, folder, buffer_string(&other));
		uint32_t inside = row ? tree_inside(&v->tree, n, row, mark, strlen(mark)) : 0;
		/* a name that was cut to have room for the format */
		for (uint32_t r = row || !strstr(name, "::~") ? 0 : c->rows[folder].first; r && !inside; r = c->rows[r].next)
			for (uint32_t i = c->rows[r].inside; i && !inside; i = v->tree.container[i]->next) {
				inside_name(v, n, r, i, &other);
				if (!strcmp(buffer_string(&other), name))
					inside = i;
			}
		*child_n = inside;
	}
	buffer_free(&other);
	return *child || (*child_n != n && *child_n);
}

static int lookup(struct view *v, struct request *q)
{
	uint32_t n, row, child_n, child;
	struct fuse_entry_param e = { .entry_timeout = SETTLED_SECONDS };
	int why = node_known(v, q, &n, &row);
	if (!why)
		why = container_listed(v, n, q);
	if (!why && !S_ISDIR(v->tree.container[n]->rows[row].mode))
		why = ENOTDIR;
	if (!why)
		why = folder_looked(v, n, row);
	if (why)
		return why;
	if (child_of(v, n, row, q->name, &child_n, &child))
		entry_put(v, child_n, child, &e);
	fuse_reply_entry(q->req, &e);           /* without a node: it is not there, and need not be asked for again */
	return 0;
}

static int attributes(struct view *v, struct request *q)
{
	uint32_t n, row;
	struct stat st;
	int why = node_known(v, q, &n, &row);
	if (why)
		return why;
	stat_put(v, n, row, &st);
	fuse_reply_attr(q->req, &st, SETTLED_SECONDS);
	return 0;
}

static int link_target(struct view *v, struct request *q)
{
	uint32_t n, row;
	int why = node_known(v, q, &n, &row);
	if (why)
		return why;
	const struct container_view *c = v->tree.container[n];
	unsigned depth = 0;
	for (uint32_t r = c->rows[row].parent; r; r = c->rows[r].parent)
		depth++;
	struct buffer target = { 0 };
	view_target(&target, catalogue_text(c, c->rows[row].target), strlen(catalogue_text(c, c->rows[row].target)), depth);
	fuse_reply_readlink(q->req, buffer_string(&target));
	buffer_free(&target);
	return 0;
}

/* One entry into what a listing answers; false: no room. at: where the listing goes on behind it. */
static bool list_put(struct view *v, struct request *q, struct buffer *out, const char *name, uint32_t n, uint32_t row, off_t at)
{
	struct fuse_entry_param e;
	entry_put(v, n, row, &e);
	uint8_t *to = buffer_reserve(out, q->size);
	size_t left = q->size - out->length, need = q->kind == REQUEST_LIST_PLUS ? fuse_add_direntry_plus(q->req, (char *)to, left, name, &e, at) : fuse_add_direntry(q->req, (char *)to, left, name, &e.attr, at);
	if (need > left)
		return false;
	out->length += need;
	return true;
}

/* Places in a listing: 0 and 1 are "." and ".."; then row << 16 and how many of the containers behind it were given. */
static int list(struct view *v, struct request *q)
{
	uint32_t n, row;
	int why = node_known(v, q, &n, &row);
	if (!why)
		why = container_listed(v, n, q);
	if (!why)
		why = folder_looked(v, n, row);
	if (why)
		return why;
	const struct container_view *c = v->tree.container[n];
	struct buffer out = { 0 }, name = { 0 };
	uint64_t at = q->offset;
	bool room = true;
	uint32_t up_n = row ? n : c->above, up = row ? c->rows[row].parent : 0;
	for (; room && at < 2; at++)
		room = list_put(v, q, &out, at ? ".." : ".", at ? up_n : n, at ? up : row, (off_t)at + 1);
	uint32_t r = at > 2 ? (uint32_t)(at >> 16) : 0, given = (uint32_t)(at & 0xffff);
	if (r >= c->count)
		room = false;
	if (room && !r) {
		r = c->rows[row].first;
		given = 0;
	} else if (room) {
		given++;
	}
	while (room && r) {
		uint32_t inside = c->rows[r].inside, skip = given;
		if (!given)
			room = list_put(v, q, &out, catalogue_text(c, c->rows[r].name), n, r, (off_t)((uint64_t)r << 16));
		for (; inside && skip > 1; skip--)
			inside = v->tree.container[inside]->next;
		for (uint32_t k = given ? given : 1; room && inside && k < 0xffff; k++, inside = v->tree.container[inside]->next) {
			inside_name(v, n, r, inside, &name);
			room = list_put(v, q, &out, buffer_string(&name), inside, 0, (off_t)((uint64_t)r << 16 | k));
		}
		r = c->rows[r].next;
		given = 0;
	}
	fuse_reply_buf(q->req, (const char *)out.data, out.length);
	buffer_free(&out);
	buffer_free(&name);
	return 0;
}

/* ---- content */

static void blocks_ask(struct view *v, uint64_t node, uint64_t size, uint64_t first, uint64_t end)
{
	for (uint64_t b = first; b < end;) {
		uint32_t count = 0, bytes = 0;
		while (b < end && cache_find(&v->cache, node, b))
			b++;
		for (; b + count < end && count < ASK_BLOCKS && !cache_find(&v->cache, node, b + count); count++) {
			uint64_t left = size - (b + count) * BLOCK;
			uint32_t length = left < BLOCK ? (uint32_t)left : BLOCK;
			cache_add(&v->cache, node, b + count, length);
			bytes += length;
		}
		if (count)
			ask_read(v, node, b * BLOCK, bytes, false);
		b += count;
	}
}

static int content(struct view *v, struct request *q)
{
	uint32_t n, row;
	int why = node_known(v, q, &n, &row);
	if (why)
		return why;
	uint64_t size = v->tree.container[n]->rows[row].size;
	size_t length = q->offset >= size ? 0 : size - q->offset < q->size ? (size_t)(size - q->offset) : q->size;
	if (!length) {
		fuse_reply_buf(q->req, NULL, 0);
		return 0;
	}
	uint64_t first = q->offset / BLOCK, end = (q->offset + length + BLOCK - 1) / BLOCK, blocks = (size + BLOCK - 1) / BLOCK;
	if (!q->waited) {
		/* who goes on where it was gets more and more read ahead; the kernel's own reading ahead may come in another order */
		bool on = q->offset <= q->reader->next + 2 * BLOCK && q->reader->next <= q->offset + 2 * BLOCK;
		q->reader->ahead = on ? (q->reader->ahead < AHEAD_MOST ? q->reader->ahead * 2 + 1 : AHEAD_MOST) : 0;
		q->reader->next = q->offset + length;
		uint64_t to = end + q->reader->ahead < blocks ? end + q->reader->ahead : blocks;
		/* not block by block: the next job when half of what was read ahead is used */
		if (to < blocks && cache_find(&v->cache, q->node, end + q->reader->ahead / 2))
			to = end;
		for (uint64_t b = first; b < end; b++) {
			struct block *there = cache_find(&v->cache, q->node, b);
			if (there && there->state == BLOCK_FAILED)
				cache_drop(&v->cache, there);
		}
		blocks_ask(v, q->node, size, first, to);
	} else {
		blocks_ask(v, q->node, size, first, end);       /* those that were given up meanwhile */
	}
	struct iovec part[(1 << 20) / BLOCK + 2];
	int parts = 0;
	size_t got = 0;
	for (uint64_t b = first; b < end; b++) {
		const struct block *there = cache_find(&v->cache, q->node, b);
		if (!there || there->state == BLOCK_ASKED)
			return EAGAIN;
		if (there->state == BLOCK_FAILED)
			return EIO;
		size_t from = b == first ? (size_t)(q->offset % BLOCK) : 0, take = there->length > from ? there->length - from : 0;
		take = take < length - got ? take : length - got;
		if (parts < (int)(sizeof part / sizeof *part))
			part[parts++] = (struct iovec){ there->bytes + from, take };
		got += take;
	}
	fuse_reply_iov(q->req, part, parts);
	/* What a reader who goes on has had to its end the kernel holds: the next block takes its place while it is still in the processor's cache (bench: view-cat). */
	for (uint64_t b = first; q->reader->ahead && b < end; b++) {
		struct block *there = cache_find(&v->cache, q->node, b);
		if (there && b * BLOCK + there->length <= q->offset + length)
			cache_drop(&v->cache, there);
	}
	return 0;
}

/* ---- attributes beside: where it is, and its hash once that was asked for */

static void xattr_reply(struct request *q, const void *bytes, size_t length)
{
	if (!q->size)
		fuse_reply_xattr(q->req, length);
	else if (q->size < length)
		fuse_reply_err(q->req, ERANGE);
	else
		fuse_reply_buf(q->req, bytes, length);
}

static int xattr(struct view *v, struct request *q)
{
	uint32_t n, row;
	struct buffer text = { 0 };
	int why = node_known(v, q, &n, &row);
	if (why)
		return why;
	struct row *r = row_at(v, q->node);
	if (!strcmp(q->name, XATTR_LOCATOR)) {
		tree_locator(&v->tree, n, row, &text);
	} else if (!strcmp(q->name, XATTR_SHA256) && row && r->step && S_ISREG(r->mode)) {
		if (!r->hashed && q->waited)
			return EIO;
		if (!r->hashed) {
			ask_read(v, q->node, 0, 0, true);
			return EAGAIN;
		}
		buffer_hex(&text, r->sha256, sizeof r->sha256);
	}
	if (!text.length)
		why = ENODATA;
	else
		xattr_reply(q, text.data, text.length);
	buffer_free(&text);
	return why;
}

static int xattrs(struct view *v, struct request *q)
{
	uint32_t n, row;
	struct buffer names = { 0 };
	int why = node_known(v, q, &n, &row);
	if (why)
		return why;
	const struct row *r = row_at(v, q->node);
	if (n ? !row || r->step : row)
		buffer_append(&names, XATTR_LOCATOR, sizeof XATTR_LOCATOR);
	if (r->hashed)
		buffer_append(&names, XATTR_SHA256, sizeof XATTR_SHA256);
	xattr_reply(q, names.data, names.length);
	buffer_free(&names);
	return 0;
}

/* ---- requests */

static bool request_try(struct request *q)
{
	static int (*const ways[])(struct view *, struct request *) = {
		[REQUEST_LOOKUP] = lookup, [REQUEST_ATTRIBUTES] = attributes, [REQUEST_LINK] = link_target, [REQUEST_LIST] = list, [REQUEST_LIST_PLUS] = list,
		[REQUEST_READ] = content, [REQUEST_XATTR] = xattr, [REQUEST_XATTRS] = xattrs,
	};
	int why = ways[q->kind](q->view, q);
	if (why == EAGAIN) {
		q->waited = true;
		return false;
	}
	if (why)
		fuse_reply_err(q->req, why);
	free(q->name);
	free(q);
	return true;
}

/* The one who asked does not want to wait any longer. */
static void request_interrupted(fuse_req_t req, void *data)
{
	struct request *q = data, **at = &q->view->waiting;
	while (*at && *at != q)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = q->next;
	fuse_reply_err(req, EINTR);
	free(q->name);
	free(q);
}

static void request_came(fuse_req_t req, enum request_kind kind, uint64_t node, const char *name, size_t size, off_t offset, struct fuse_file_info *f)
{
	struct request *q = memory_new(sizeof *q);
	*q = (struct request){ .view = fuse_req_userdata(req), .req = req, .kind = kind, .node = node, .size = size, .offset = (uint64_t)offset, .name = name ? memory_string(name) : NULL, .reader = f ? (struct reader *)(uintptr_t)f->fh : NULL };
	if (request_try(q))
		return;
	q->next = q->view->waiting;
	q->view->waiting = q;
	fuse_req_interrupt_func(req, request_interrupted, q);
}

static void requests_again(struct view *v)
{
	for (struct request **at = &v->waiting; *at;) {
		struct request *q = *at, *next = q->next;
		*at = next;
		if (!request_try(q)) {
			*at = q;
			at = &q->next;
		}
	}
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) { request_came(req, REQUEST_LOOKUP, parent, name, 0, 0, NULL); }
static void on_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *f) { (void)f; request_came(req, REQUEST_ATTRIBUTES, node, NULL, 0, 0, NULL); }
static void on_readlink(fuse_req_t req, fuse_ino_t node) { request_came(req, REQUEST_LINK, node, NULL, 0, 0, NULL); }
static void on_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *f) { (void)f; request_came(req, REQUEST_LIST, node, NULL, size, at, NULL); }
static void on_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *f) { (void)f; request_came(req, REQUEST_LIST_PLUS, node, NULL, size, at, NULL); }
static void on_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t at, struct fuse_file_info *f) { request_came(req, REQUEST_READ, node, NULL, size, at, f); }
static void on_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size) { request_came(req, REQUEST_XATTR, node, name, size, 0, NULL); }
static void on_listxattr(fuse_req_t req, fuse_ino_t node, size_t size) { request_came(req, REQUEST_XATTRS, node, NULL, size, 0, NULL); }

static void on_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *f)
{
	(void)node;
	if ((f->flags & O_ACCMODE) != O_RDONLY) {
		fuse_reply_err(req, EROFS);
		return;
	}
	f->fh = (uintptr_t)memory_new(sizeof(struct reader));
	f->keep_cache = 1;
	fuse_reply_open(req, f);
}

static void on_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *f)
{
	(void)node;
	f->keep_cache = f->cache_readdir = 1;
	fuse_reply_open(req, f);
}

static void on_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *f)
{
	(void)node;             /* a read that waits has no more use for it */
	free((void *)(uintptr_t)f->fh);
	fuse_reply_err(req, 0);
}

static void on_init(void *owner, struct fuse_conn_info *c)
{
	(void)owner;
	c->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	c->want |= c->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS);
	c->max_readahead = 1 << 20;
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init, .lookup = on_lookup, .getattr = on_getattr, .readlink = on_readlink, .open = on_open, .read = on_read, .release = on_release,
	.opendir = on_opendir, .readdir = on_readdir, .readdirplus = on_readdirplus, .getxattr = on_getxattr, .listxattr = on_listxattr,
};

static bool kernel_asks(void *owner)
{
	struct view *v = ((struct session *)owner)->sink_owner;
	for (unsigned i = 0; i < TURN_REQUESTS && !fuse_session_exited(v->fuse); i++) {
		int n = fuse_session_receive_buf(v->fuse, &v->buffer);
		if (n == -EINTR || n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
		fuse_session_process_buf(v->fuse, &v->buffer);
	}
	return !fuse_session_exited(v->fuse);
}

/* ---- mounting */

/* A wish, which only root may have: the kernel reads 1 MiB ahead for whoever goes on reading, not 128 KiB. The mount is found by its name: to ask it would be to wait for oneself. */
static void read_further_ahead(const char *place)
{
	FILE *mounts = place ? fopen("/proc/self/mountinfo", "re") : NULL;
	char *line = NULL, path[80] = "";
	size_t room = 0;
	while (mounts && getline(&line, &room, mounts) > 0) {
		unsigned major, minor;
		int at = 0;
		size_t n = strlen(place);
		if (sscanf(line, "%*u %*u %u:%u %*s %n", &major, &minor, &at) == 2 && at && !strncmp(line + at, place, n) && line[at + (int)n] == ' ')
			snprintf(path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", major, minor);
	}
	free(line);
	if (mounts)
		fclose(mounts);
	int fd = *path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	ssize_t n = write(fd, "1024", 4);
	(void)n;
	close(fd);
}

static bool mount_view(struct view *v)
{
	char *place = realpath(v->directory, NULL);
	/* fusermount3, which an ordinary user needs anyway, stays and takes the mount away when this process is killed */
	bool helped = geteuid() || !access("/usr/bin/fusermount3", X_OK);
	char options[] = "ro,nosuid,nodev,noexec,fsname=spoor,subtype=spoor,auto_unmount";
	if (!helped)
		*strrchr(options, ',') = 0;
	char *argv[] = { "spoor", "-o", options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	v->fuse = fuse_session_new(&args, &operations, sizeof operations, v);
	fuse_opt_free_args(&args);
	if (v->fuse && fuse_session_mount(v->fuse, v->directory)) {
		fuse_session_destroy(v->fuse);
		v->fuse = NULL;
	}
	if (!v->fuse) {
		say(v->s->module, "%s can't be mounted on (is /dev/fuse there, and may you use it?); spoor walk, cat and extract need no mount", v->directory);
		v->code = EXIT_OUTPUT;
		free(place);
		return false;
	}
	read_further_ahead(place);
	free(place);
	int fd = fuse_session_fd(v->fuse);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	engine_attend(v->s->engine, fd, kernel_asks);
	if (!v->s->set->quiet)
		say(v->s->module, "mounted on %s; it is unmounted with ^C or fusermount3 -u %s", v->directory, v->directory);
	return true;
}

static void opened(struct view *v)
{
	if (--v->opening)
		return;
	if (!v->open || !mount_view(v))
		engine_attend(v->s->engine, -1, NULL);
}

/* ---- what workers answer */

/* Records for standard output; errors once, however often what they speak of is looked at. */
static void frames_tell(struct view *v, struct buffer *frames)
{
	for (size_t at = 0, n; (n = record_frame_length(frames->data + at, frames->length - at)); at += n) {
		struct record_view r;
		if (record_view_again(&r, frames->data + at, n))
			continue;
		session_record(v->s, &r);
		if (r.type != RECORD_ERROR)
			continue;
		struct buffer line = { 0 };
		record_to_json(&line, &r);
		error_heard(v->s, line.data, line.length - 1);
		error_again(v->s, line.data, line.length - 1);
		buffer_free(&line);
	}
	session_flush(v->s);
}

static void lost_tell(struct view *v, const struct view_job *j)
{
	struct buffer frame = { 0 }, locator = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_ERROR);
	tree_locator(&v->tree, j->container, j->row, &locator);
	record_string(&r, F_KIND, "view.entry");
	record_string(&r, F_SEVERITY_CLASS, "limit");
	record_text(&r, F_LOCATOR, (const char *)locator.data, locator.length);
	record_string(&r, F_MESSAGE_TEXT, "some of what it holds can't be shown in the mounted view: too much for one folder tree, or said by no job that was asked for it; spoor walk gives it");
	record_end(&r);
	frames_tell(v, &frame);
	buffer_free(&frame);
	buffer_free(&locator);
}

static void record_came(struct view_job *j, const uint8_t *bytes, size_t length)
{
	struct record_view v;
	size_t n;
	if (record_view_again(&v, bytes, length))
		return;
	const char *locator = record_get_text(&v, F_LOCATOR, &n);
	if (v.type == RECORD_NODE && locator && n >= j->prefix && j->what != JOB_READ) {
		struct row *r = &j->view->tree.container[j->container]->rows[j->row];
		if (j->what != JOB_HASH) {
			j->lost |= !tree_node(&j->view->tree, j->container, j->row, locator + j->prefix, n - j->prefix, &v);
		} else if (v.field[F_SHA256].length == sizeof r->sha256) {
			memcpy(r->sha256, v.field[F_SHA256].bytes, sizeof r->sha256);
			r->hashed = true;
		}
	}
	j->view->open += v.type == RECORD_EVIDENCE && !record_text_equals(&v, F_STATE, "failed");
	if (v.type == RECORD_EVIDENCE || v.type == RECORD_ERROR || (v.type == RECORD_NOTE && j->what != JOB_READ) || (v.type == RECORD_NODE && j->what == JOB_OPEN && n == j->prefix))
		buffer_append(&j->frames, bytes, length);
}

static void item_came(struct view_job *j, const uint8_t *bytes, size_t length)
{
	struct item_head h;
	memcpy(&h, bytes, sizeof h);    /* the engine has checked that it is whole */
	const char *step = (const char *)bytes + sizeof h;
	j->lost |= !tree_item(&j->view->tree, j->container, j->row, &h, step, bytes + sizeof h + h.step_length, length - sizeof h - h.step_length, h.kind == PASS_JOB_INSIDE);
}

static void data_came(struct view_job *j, const uint8_t *bytes, size_t length)
{
	while (j->what == JOB_READ && length) {
		uint64_t at = j->first + j->at;
		struct block *b = cache_find(&j->view->cache, j->node, at / BLOCK);
		uint32_t from = (uint32_t)(at % BLOCK);
		size_t take = BLOCK - from < length ? BLOCK - from : length;
		if (at / BLOCK >= j->first / BLOCK + j->blocks)
			return;
		if (b && from < b->length)
			memcpy(b->bytes + from, bytes, take < b->length - from ? take : b->length - from);
		if (b && from + take >= b->length)
			b->state = BLOCK_READY;
		j->at += take;
		bytes += take;
		length -= take;
	}
}

static void job_ended(struct view_job *j, bool good)
{
	struct view *v = j->view;
	struct container_view *c = j->what == JOB_LOOK || j->what == JOB_INSIDE ? v->tree.container[j->inside] : v->tree.container[j->container];
	switch (j->what) {
	case JOB_INSIDE:
		c->state = good ? CONTAINER_LISTED : CONTAINER_FAILED;
		break;
	case JOB_LOOK:
		for (uint32_t i = 0; i < j->count; i++)
			c->rows[j->rows[i]].work = ROW_DONE;    /* what was said of them when they were listed stands */
		break;
	case JOB_READ:
		for (uint64_t b = j->first / BLOCK; b < j->first / BLOCK + j->blocks; b++) {
			struct block *there = cache_find(&v->cache, j->node, b);
			/* short without a failure: it is shorter than was said when it was listed */
			if (there && there->state == BLOCK_ASKED) {
				uint64_t begin = b * BLOCK, got = j->first + j->at > begin ? j->first + j->at - begin : 0;
				there->length = got < there->length ? (uint32_t)got : there->length;
				there->state = good ? BLOCK_READY : BLOCK_FAILED;
			}
		}
		break;
	default:
		break;
	}
	if (j->what != JOB_OPEN && j->what != JOB_INSIDE)
		c->jobs--;
	if (j->lost)
		lost_tell(v, j);
	tree_settle(&v->tree);
	frames_tell(v, &j->frames);
	if (j->what == JOB_OPEN)
		opened(v);
	job_free(j);
	requests_again(v);
}

static void answer(void *owner, void *asker, enum answer kind, const uint8_t *bytes, size_t length)
{
	struct view_job *j = asker;
	(void)owner;
	switch (kind) {
	case ANSWER_RECORD:
		record_came(j, bytes, length);
		break;
	case ANSWER_ITEM:
		item_came(j, bytes, length);
		break;
	case ANSWER_DATA:
		data_came(j, bytes, length);
		if (j->what == JOB_READ)
			requests_again(j->view);
		break;
	case ANSWER_VOID:
		buffer_clear(&j->frames);
		j->at = 0;
		if (j->what == JOB_INSIDE) {
			tree_forget(&j->view->tree, j->inside);
			j->view->tree.container[j->inside]->state = CONTAINER_LISTING;
		}
		break;
	case ANSWER_DONE:
	case ANSWER_FAILED:
		job_ended(j, kind == ANSWER_DONE);
	}
}

/* ---- the whole */

static void evidence_ask(struct view *v, uint32_t item)
{
	struct evidence_item *e = &v->s->item[item];
	struct buffer names = { 0 };
	for (unsigned i = 0; i < e->files; i++) {
		const char *slash = strrchr(e->file[i], '/'), *name = slash ? slash + 1 : e->file[i];
		buffer_append(&names, name, strlen(name) + 1);
	}
	e->added = true;
	struct view_job *j = job_new(v, JOB_OPEN, 0, tree_evidence(&v->tree, item, e->base));
	job_ask(j, PASS_JOB_OPEN, e->base, names.data, names.length, 0);
	v->opening++;
	buffer_free(&names);
}

int view_serve(struct session *s, const char *directory)
{
	struct view v = { .s = s, .directory = directory };
	struct stat st;
	if (stat(directory, &st) || !S_ISDIR(st.st_mode)) {
		say(s->module, "%s: %s", directory, strerror(errno ? errno : ENOTDIR));
		return EXIT_USAGE;
	}
	/* a terminal that is closed ends it as ^C does */
	struct sigaction ends;
	if (!sigaction(SIGINT, NULL, &ends))
		sigaction(SIGHUP, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);       /* a reader of records that goes away must not leave a dead mount */
	struct engine_options o = session_options(s);
	if (!s->set->workers && o.workers < SERVE_WORKERS && o.workers < s->set->operands)
		o.workers = s->set->operands < SERVE_WORKERS ? s->set->operands : SERVE_WORKERS;         /* each keeps one item open */
	s->sink_owner = &v;
	s->answer = answer;
	session_engine(s, &o);
	tree_begin(&v.tree, s->directory);
	for (unsigned i = 0; i < s->set->operands; i++) {
		const char *tail;
		uint32_t item = session_evidence(s, s->set->operand[i], strlen(s->set->operand[i]), &tail);
		if (item != UINT32_MAX && *tail)
			say(s->module, "%s: the whole evidence is mounted, not one locator of it", s->set->operand[i]);
		if (item == UINT32_MAX || s->item[item].added)
			continue;
		if (s->item[item].folder)
			evidence_error(s, s->item[item].base, "view.folder", "a folder is not shown in a mounted view: name the images in it");
		else
			evidence_ask(&v, item);
	}
	if (v.opening)
		engine_attend(s->engine, -1, kernel_asks);
	int code = session_run(s);
	while (v.waiting) {
		struct request *q = v.waiting;
		v.waiting = q->next;
		fuse_reply_err(q->req, EIO);
		free(q->name);
		free(q);
	}
	if (v.fuse) {
		fuse_session_unmount(v.fuse);
		fuse_session_destroy(v.fuse);
	}
	while (v.jobs)
		job_free(v.jobs);
	free(v.buffer.mem);
	cache_free(&v.cache);
	tree_end(&v.tree);
	return v.code ? v.code : code;
}

#else

int view_serve(struct session *s, const char *directory)
{
	say(s->module, "%s: this spoor was built without libfuse3 and can't mount; spoor walk, cat and extract need no mount", directory);
	return EXIT_USAGE;
}

#endif
