/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: see session.h. */
#include "config.h"

#include "cli/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hash.h"
#include "engine/sorter.h"
#include "record/locator.h"
#include "source/evidence_name.h"

enum { FACT_BYTES = 64 << 10, FOLDER_DEPTH = 256, OUT_BATCH = 64 << 10, LINE_TURN = 1 << 20 };
#define WORKER_MEMORY (UINT64_C(2) << 30)

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* ---- output */

bool session_flush(struct session *s)
{
	size_t at = 0;
	while (!s->broken && at < s->out.length) {
		ssize_t n = write(STDOUT_FILENO, s->out.data + at, s->out.length - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->broken = true;
			say(s->module, "standard output can't be written: %s", strerror(errno));
		} else {
			at += (size_t)n;
		}
	}
	buffer_clear(&s->out);
	return !s->broken;
}

static uint64_t text_hash(const uint8_t *p, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static bool told(const struct session *s, uint64_t h)
{
	for (size_t i = h & (s->told_slots - 1); s->told_slots && s->told[i]; i = (i + 1) & (s->told_slots - 1))
		if (s->told[i] == h)
			return true;
	return false;
}

static void tell(struct session *s, uint64_t h)
{
	if ((s->told_count + 1) * 2 > s->told_slots) {
		size_t slots = s->told_slots ? s->told_slots * 2 : 256, old = s->told_slots;
		uint64_t *was = s->told;
		s->told = memory_array(slots, sizeof *s->told);
		s->told_slots = slots;
		s->told_count = 0;
		for (size_t i = 0; i < old; i++)
			if (was[i])
				tell(s, was[i]);
		free(was);
	}
	size_t i = h & (s->told_slots - 1);
	while (s->told[i] && s->told[i] != h)
		i = (i + 1) & (s->told_slots - 1);
	s->told_count += !s->told[i];
	s->told[i] = h;
}

static void count(struct session *s, const struct record_view *v)
{
	s->count[v->type]++;
	if (v->type == RECORD_NODE && record_has(v, F_STATE)) {
		s->seen++;
		s->read += record_text_equals(v, F_STATE, "read");
		s->skipped += record_text_equals(v, F_STATE, "skipped");
		s->failed += record_text_equals(v, F_STATE, "failed");
	}
	if (v->type == RECORD_HIT && record_get_number(v, F_SCORE) > s->best_score)
		s->best_score = record_get_number(v, F_SCORE);
	if (v->type == RECORD_EVIDENCE && record_text_equals(v, F_STATE, "failed"))
		s->unreadable++;
}

static bool out_record(struct session *s, const struct record_view *v)
{
	count(s, v);
	if (s->sink)
		return s->sink(s->sink_owner, v);
	record_to_json(&s->out, v);
	return s->out.length < OUT_BATCH || session_flush(s);
}

bool session_emit(struct session *s, const struct buffer *frame)
{
	struct record_view v;
	return record_view_open(&v, frame->data, frame->length) || out_record(s, &v);
}

/* ---- evidence */

static void facts(struct evidence_item *e)
{
	struct stat st;
	uint8_t *bytes = memory_new(FACT_BYTES);
	for (unsigned i = 0; i < e->files; i++)
		if (!fstat(e->descriptor[i], &st))
			e->size += (uint64_t)(S_ISBLK(st.st_mode) ? lseek(e->descriptor[i], 0, SEEK_END) : st.st_size);
	ssize_t n = pread(e->descriptor[0], bytes, FACT_BYTES, 0);
	hash_sha256(bytes, n > 0 ? (size_t)n : 0, e->head);
	off_t end = lseek(e->descriptor[e->files - 1], 0, SEEK_END), from = end > FACT_BYTES ? end - FACT_BYTES : 0;
	n = pread(e->descriptor[e->files - 1], bytes, FACT_BYTES, from);
	hash_sha256(bytes, n > 0 ? (size_t)n : 0, e->tail);
	free(bytes);
	e->facts = true;
}

static bool open_file(struct evidence_item *e, int folder, const char *path, const char *shown)
{
	int fd;
	if (folder < 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else {
		struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
		fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
	}
	struct stat st;
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		close(fd);
		errno = ESPIPE;
		fd = -1;
	}
	if (fd < 0)
		return false;
	e->file = memory_resize(e->file, e->files + 1, sizeof *e->file);
	e->descriptor = memory_resize(e->descriptor, e->files + 1, sizeof *e->descriptor);
	e->file[e->files] = memory_string(shown);
	e->descriptor[e->files++] = fd;
	return true;
}

static bool open_parts(struct evidence_item *e, int folder, const char *path)
{
	if (!open_file(e, folder, path, path))
		return false;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct buffer next = { 0 };
	unsigned missing = 0;
	for (uint64_t i = 1; i < JOB_DESCRIPTORS_MAX && missing < 4; i++) {
		buffer_clear(&next);
		buffer_append(&next, path, (size_t)(name - path));
		if (!evidence_name_is_first(name, strlen(name)) || !evidence_name_part(&next, name, strlen(name), i))
			break;
		/* a missing part in the middle must show as missing: look a little further */
		missing = open_file(e, folder, buffer_string(&next), buffer_string(&next)) ? 0 : missing + 1;
	}
	buffer_free(&next);
	return true;
}

static void evidence_error(struct session *s, const char *base, const char *kind, const char *text)
{
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
	record_string(&r, F_LOCATOR, base);
	record_evidence_text(&r, F_NAME, base, strlen(base), TEXT_UTF8);
	record_string(&r, F_STATE, "failed");
	record_string(&r, F_WHY, text);
	record_end(&r);
	session_emit(s, &frame);
	buffer_clear(&frame);
	r = record_begin(&frame, RECORD_ERROR);
	record_string(&r, F_KIND, kind);
	record_string(&r, F_SEVERITY_CLASS, "missing");
	record_string(&r, F_LOCATOR, base);
	record_string(&r, F_MESSAGE_TEXT, text);
	record_end(&r);
	session_emit(s, &frame);
	buffer_free(&frame);
	say(s->module, "%s: %s", base, text);
}

uint32_t session_evidence(struct session *s, const char *locator, size_t length, const char **tail)
{
	struct locator l;
	struct buffer name = { 0 }, base = { 0 };
	bool good = !locator_parse(&l, locator, length);
	if (good)
		good = locator_unescape(&name, l.evidence.text, l.evidence.length);
	struct stat st;
	const char *path = buffer_string(&name);
	/* an operand may also be a plain path that holds what locators escape */
	if (!good || (l.steps == 0 && stat(path, &st))) {
		char *plain = memory_copy(locator, length);
		if (!stat(plain, &st) || !good) {
			buffer_clear(&name);
			buffer_text(&name, plain);
			l.steps = 0;
		}
		free(plain);
	}
	path = buffer_string(&name);
	buffer_clear(&base);
	locator_escape_evidence(&base, path, strlen(path));
	*tail = l.steps ? l.step[0].format.text - 2 : locator + length;
	bool below = l.steps && l.step[0].format.length == 3 && !memcmp(l.step[0].format.text, "dir", 3);
	if (below) {
		const char *end = l.steps > 1 ? l.step[1].format.text - 2 : locator + length;
		buffer_append(&base, *tail, (size_t)(end - *tail));
		*tail = end;
	}
	uint32_t found = UINT32_MAX;
	for (uint32_t i = 0; i < s->items && found == UINT32_MAX; i++)
		if (!strcmp(s->item[i].base, buffer_string(&base)))
			found = i;
	if (found == UINT32_MAX) {
		struct evidence_item e = { .name = memory_string(path), .base = memory_string(buffer_string(&base)), .folder_descriptor = -1 };
		errno = 0;
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			for (uint32_t i = 0; below && i < s->items && !e.borrowed; i++)
				if (s->item[i].folder && !strcmp(s->item[i].name, path)) {
					e.borrowed = true;
					e.folder_descriptor = s->item[i].folder_descriptor;
				}
			if (!e.borrowed)
				e.folder_descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			e.folder = !below;
			good = e.folder_descriptor >= 0;
			if (good && below) {
				struct buffer inside = { 0 };
				good = locator_unescape(&inside, l.step[0].name.text + 1, l.step[0].name.length - 1) && open_parts(&e, e.folder_descriptor, buffer_string(&inside));
				buffer_free(&inside);
			}
		} else {
			good = open_parts(&e, -1, path);
		}
		if (!good) {
			e.missing = true;
			evidence_error(s, e.base, "evidence.open", errno == ESPIPE ? "it is no file: evidence must be seekable, write it to a file first" : errno == ENOENT ? "there is no such file" : strerror(errno ? errno : EINVAL));
		} else {
			if (!e.folder)
				facts(&e);
			e.lazy = below;
			for (unsigned i = 0; below && i < e.files; i++) {
				close(e.descriptor[i]);
				e.descriptor[i] = -1;
			}
		}
		s->item = memory_resize(s->item, s->items + 1, sizeof *s->item);
		s->item[s->items] = e;
		found = s->items++;
	}
	if (s->item[found].missing)
		found = UINT32_MAX;
	buffer_free(&name);
	buffer_free(&base);
	return found;
}

static unsigned evidence_files(void *owner, uint32_t evidence, int *descriptor, unsigned most)
{
	struct session *s = owner;
	if (!evidence || evidence > s->items)
		return 0;
	struct evidence_item *e = &s->item[evidence - 1];
	for (unsigned i = 0; s->opened && s->opened != e && i < s->opened->files; i++) {
		close(s->opened->descriptor[i]);
		s->opened->descriptor[i] = -1;
	}
	if (e->lazy) {
		for (unsigned i = 0; i < e->files; i++)
			if (e->descriptor[i] < 0) {
				struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
				e->descriptor[i] = (int)syscall(SYS_openat2, e->folder_descriptor, e->file[i], &how, sizeof how);
				if (e->descriptor[i] < 0)
					e->descriptor[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
			}
		s->opened = e;
	}
	unsigned n = e->files < most ? e->files : most;
	memcpy(descriptor, e->descriptor, n * sizeof *descriptor);
	return n;
}

/* A folder's file: the payload is its node record; path below the folder, in the step "dir:/...". */
static int item_file(void *owner, const uint8_t *payload, size_t length)
{
	struct session *s = owner;
	struct record_view v;
	size_t n;
	const char *step = record_view_open(&v, payload, length) ? NULL : record_get_text(&v, F_LOCATOR, &n);
	uint64_t item = step ? record_get_number(&v, F_UID) : 0;
	if (!step || n < 6 || memcmp(step, "dir:/", 5) || item >= s->items)
		return -1;
	struct buffer inside = { 0 };
	int fd = -1;
	if (locator_unescape(&inside, step + 5, n - 5)) {
		struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
		fd = (int)syscall(SYS_openat2, s->item[item].folder_descriptor, buffer_string(&inside), &how, sizeof how);
	}
	buffer_free(&inside);
	return fd;
}

/* ---- a plain folder: names and metadata only */

struct folder_walk { struct session *s; uint32_t item; struct buffer path, escaped, frame; uint64_t order; };

static void mode_text(mode_t m, char text[11])
{
	static const char letters[] = "rwxrwxrwx";
	text[0] = S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : S_ISFIFO(m) ? 'p' : S_ISSOCK(m) ? 'h' : S_ISCHR(m) ? 'c' : S_ISBLK(m) ? 'b' : 'r';
	for (int i = 0; i < 9; i++)
		text[i + 1] = m >> (8 - i) & 1 ? letters[i] : '-';
	text[10] = 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void folder_list(struct folder_walk *f, int directory, unsigned depth)
{
	struct session *s = f->s;
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		struct stat st;
		if (!strcmp(name, ".") || !strcmp(name, "..") || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW)) {
			free(entry[i]);
			continue;
		}
		size_t path = f->path.length, escaped = f->escaped.length;
		buffer_byte(&f->path, '/');
		buffer_text(&f->path, name);
		buffer_byte(&f->escaped, '/');
		locator_escape(&f->escaped, name, strlen(name));
		struct node d = { .kind = S_ISREG(st.st_mode) ? NODE_FILE : S_ISDIR(st.st_mode) ? NODE_DIRECTORY : S_ISLNK(st.st_mode) ? NODE_SYMLINK : S_ISFIFO(st.st_mode) ? NODE_FIFO : S_ISSOCK(st.st_mode) ? NODE_SOCKET : NODE_DEVICE,
			.name = { (const uint8_t *)name, strlen(name) }, .path = { f->escaped.data, f->escaped.length }, .has_size = true, .size = (uint64_t)st.st_size, .has_allocated = true, .allocated = true };
		struct buffer step = { 0 };
		buffer_text(&step, "dir:");
		buffer_append(&step, f->escaped.data, f->escaped.length);
		d.step = buffer_string(&step);
		mode_text(st.st_mode, d.mode);
		d.time[NODE_MTIME] = time_from_unix(st.st_mtim.tv_sec, (uint32_t)st.st_mtim.tv_nsec, TIME_NS);
		buffer_clear(&f->frame);
		int fd = -1;
		if (d.kind == NODE_FILE) {
			/* the item's number travels in the owner field: folders on the workstation have no owner of interest */
			d.has_owner = true;
			d.uid = f->item;
			d.content = CONTENT_COMPUTED;
			node_write(&f->frame, &d);
			if (faccessat(directory, name, R_OK, AT_EACCESS) == 0) {
				engine_own_item(s->engine, &(struct item_head){ .order = f->order++, .cost = d.size < UINT32_MAX / 2 ? (uint32_t)d.size + 4096 : UINT32_MAX / 2, .kind = PASS_JOB_FILES }, NULL, f->frame.data, f->frame.length);
				buffer_clear(&f->frame);
			} else {
				struct buffer out = { 0 };
				struct record_builder r = record_begin(&out, RECORD_ERROR);
				struct buffer locator = { 0 };
				buffer_text(&locator, s->item[f->item].base);
				buffer_text(&locator, "::");
				buffer_text(&locator, d.step);
				record_string(&r, F_KIND, "evidence.open");
				record_string(&r, F_SEVERITY_CLASS, "missing");
				record_string(&r, F_LOCATOR, buffer_string(&locator));
				record_string(&r, F_MESSAGE_TEXT, "no permission to read it");
				record_end(&r);
				engine_own_record(s->engine, &out);
				buffer_free(&out);
				buffer_free(&locator);
			}
		} else {
			node_write(&f->frame, &d);
		}
		struct record_view v;
		if (f->frame.length && !record_view_open(&v, f->frame.data, f->frame.length)) {
			struct buffer out = { 0 }, prefix = { 0 };
			buffer_text(&prefix, s->item[f->item].base);
			buffer_text(&prefix, "::");
			record_hide(&v, F_EXTENTS);
			record_hide(&v, F_CONTENT);
			record_hide(&v, F_UID);
			record_hide(&v, F_GID);
			record_prefix_locator(&out, &v, (const char *)prefix.data, prefix.length);
			engine_own_record(s->engine, &out);
			buffer_free(&out);
			buffer_free(&prefix);
		}
		buffer_free(&step);
		if (d.kind == NODE_DIRECTORY && depth < FOLDER_DEPTH && (fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
			folder_list(f, fd, depth + 1);
			close(fd);
		}
		f->path.length = path;
		f->escaped.length = escaped;
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* ---- jobs */

static void names_payload(const struct evidence_item *e, struct buffer *out)
{
	for (unsigned i = 0; i < e->files; i++) {
		const char *slash = strrchr(e->file[i], '/'), *name = slash ? slash + 1 : e->file[i];
		buffer_append(out, name, strlen(name) + 1);
	}
}

static void add_item(struct session *s, uint32_t n, bool media)
{
	struct evidence_item *e = &s->item[n];
	struct buffer names = { 0 };
	if (e->folder) {
		engine_own_begin(s->engine, e->base);
		struct buffer frame = { 0 };
		struct record_builder r = record_begin(&frame, RECORD_EVIDENCE);
		record_string(&r, F_LOCATOR, e->base);
		record_evidence_text(&r, F_NAME, e->name, strlen(e->name), TEXT_UTF8);
		record_string(&r, F_FORMAT, "dir");
		record_string(&r, F_LAYER, "directory");
		record_string(&r, F_STATE, "read");
		record_end(&r);
		engine_own_record(s->engine, &frame);
		buffer_free(&frame);
		struct folder_walk f = { .s = s, .item = n };
		if (s->pass.operations & PASS_LIST)
			folder_list(&f, e->folder_descriptor, 0);
		engine_own_end(s->engine);
		buffer_free(&f.path);
		buffer_free(&f.escaped);
		buffer_free(&f.frame);
		return;
	}
	names_payload(e, &names);
	if (s->pass.operations || !media)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_OPEN, .files = FILES_EVIDENCE, .evidence = n + 1, .prefix = e->base, .payload = names.data, .length = names.length });
	if (media)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_MEDIA, .files = FILES_EVIDENCE, .evidence = n + 1, .prefix = e->base, .payload = names.data, .length = names.length });
	buffer_free(&names);
}

/* Nodes to be found again by their locators: gathered per item, handed over in jobs. */
struct gather { struct buffer payload; uint32_t item, count; };
enum { GATHER_ITEMS = 256 };

static void gather_flush(struct session *s, struct gather *g)
{
	if (g->count)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_NODES, .files = FILES_EVIDENCE, .evidence = g->item + 1, .prefix = s->item[g->item].base, .payload = g->payload.data, .length = g->payload.length, .items = g->count });
	buffer_clear(&g->payload);
	g->count = 0;
}

static void gather_add(struct session *s, struct gather *g, uint32_t item, const struct buffer *frame)
{
	if (g->count && (g->item != item || g->count >= GATHER_ITEMS))
		gather_flush(s, g);
	g->item = item;
	buffer_u32le(&g->payload, (uint32_t)frame->length);
	buffer_append(&g->payload, frame->data, frame->length);
	g->count++;
}

static void bare_node(struct buffer *frame, const char *tail, size_t length)
{
	struct record_builder r = record_begin(frame, RECORD_NODE);
	record_text(&r, F_LOCATOR, tail, length);
	record_end(&r);
}

void session_operands(struct session *s, bool media)
{
	struct gather g = { 0 };
	for (unsigned i = 0; i < s->set->operands; i++) {
		const char *tail, *text = s->set->operand[i];
		uint32_t item = session_evidence(s, text, strlen(text), &tail);
		if (item == UINT32_MAX)
			continue;
		if (!*tail) {
			add_item(s, item, media);
		} else {
			struct buffer frame = { 0 };
			bare_node(&frame, tail, strlen(tail));
			gather_add(s, &g, item, &frame);
			gather_flush(s, &g);
			buffer_free(&frame);
		}
	}
	buffer_free(&g.payload);
}

/* May a record lead to this file? The evidence record's facts must match, and it must lie below --evidence-root when that is given. */
static bool allowed(struct session *s, const struct record_view *v, uint32_t item)
{
	const struct evidence_item *e = &s->item[item];
	if (s->set->evidence_root) {
		char *root = realpath(s->set->evidence_root, NULL), *path = realpath(e->name, NULL);
		size_t n = root ? strlen(root) : 0;
		bool inside = root && path && !strncmp(root, path, n) && (path[n] == '/' || !path[n] || n == 1);
		free(root);
		free(path);
		if (!inside)
			return false;
	}
	return e->folder || (record_get_number(v, F_FILE_SIZE) == e->size && v->field[F_HEAD_SHA256].length == 32 && !memcmp(v->field[F_HEAD_SHA256].bytes, e->head, 32) &&
	       v->field[F_TAIL_SHA256].length == 32 && !memcmp(v->field[F_TAIL_SHA256].bytes, e->tail, 32));
}

bool session_records(struct session *s, bool work)
{
	struct buffer in = { 0 }, frame = { 0 };
	struct gather g = { 0 };
	bool again = work && s->pass.operations & PASS_LIST, good = true, more = true;
	uint64_t line = 0;
	bool *trusted = NULL;
	uint32_t trust = 0;
	engine_own_begin(s->engine, "");
	while (good && more) {
		ssize_t n = read(STDIN_FILENO, buffer_reserve(&in, LINE_TURN), LINE_TURN);
		if (n < 0 && errno == EINTR)
			continue;
		more = n > 0;
		if (more)
			in.length += (size_t)n;
		size_t at = 0;
		while (good && at < in.length) {
			const uint8_t *end = memchr(in.data + at, '\n', in.length - at);
			if (!end) {
				if (!more)
					s->upstream_cut = true;         /* a line without its end: cut short */
				else if (in.length - at > 2 * RECORD_LENGTH_MAX)
					good = false;
				break;
			}
			size_t length = (size_t)(end - in.data) - at;
			line++;
			buffer_clear(&frame);
			const char *wrong = length ? record_from_json(&frame, (const char *)in.data + at, length) : NULL;
			struct record_view v;
			if (length && !wrong)
				wrong = record_view_open(&v, frame.data, frame.length);
			if (wrong) {
				say(s->module, "standard input, line %llu is no record: %s", (unsigned long long)line, wrong);
				good = false;
			} else if (length) {
				const char *tail;
				size_t locator_length;
				const char *locator = record_get_text(&v, F_LOCATOR, &locator_length);
				bool pass = v.type != RECORD_START && v.type != RECORD_END;
				s->upstream_seen |= v.type == RECORD_START;
				if (v.type == RECORD_START)
					s->upstream_cut = true;
				if (v.type == RECORD_END)
					s->upstream_cut = !record_text_equals(&v, F_STATUS, "complete");
				if (v.type == RECORD_ERROR)
					tell(s, text_hash(in.data + at, length));
				if (work && locator && v.type == RECORD_EVIDENCE && !record_text_equals(&v, F_STATE, "failed")) {
					uint32_t item = session_evidence(s, locator, locator_length, &tail);
					if (item != UINT32_MAX) {
						if (item >= trust) {
							trusted = memory_resize(trusted, item + 1u, sizeof *trusted);
							memset(trusted + trust, 0, item + 1u - trust);
							trust = item + 1;
						}
						bool was = trusted[item];
						trusted[item] = allowed(s, &v, item);
						if (!trusted[item])
							evidence_error(s, s->item[item].base, "evidence.changed", "it is not what the record speaks of (size or hash differ), or lies outside --evidence-root");
						else if (again && !was)
							add_item(s, item, false);
					}
				}
				/* a walk says all this anew, from the evidence */
				if (again && (v.type == RECORD_EVIDENCE || v.type == RECORD_NODE || v.type == RECORD_ERROR || v.type == RECORD_NOTE))
					pass = false;
				if (work && !again && locator && v.type == RECORD_NODE) {
					/* trust is the evidence record's; a file below a folder is an item of its own under the folder's trust */
					const char *steps = memmem(locator, locator_length, "::", 2);
					size_t own = steps ? (size_t)(steps - locator) : locator_length;
					uint32_t item = session_evidence(s, locator, own, &tail);
					bool trust_it = item != UINT32_MAX && item < trust && trusted[item];
					if (trust_it && s->item[item].folder) {
						const char *inner = steps ? memmem(steps + 2, locator_length - own - 2, "::", 2) : NULL;
						trust_it = inner || record_text_equals(&v, F_KIND, "file");
						if (trust_it)
							item = session_evidence(s, locator, locator_length, &tail);
					} else if (steps) {
						tail = steps;
					} else {
						tail = locator + locator_length;
					}
					if (trust_it && item != UINT32_MAX) {
						struct buffer cut = { 0 }, changes = { 0 };
						struct record_view c;
						struct record_builder r = record_begin(&changes, RECORD_NODE);
						record_text(&r, F_LOCATOR, tail, locator_length - (size_t)(tail - locator));
						record_end(&r);
						if (!record_view_open(&c, changes.data, changes.length))
							record_merge(&cut, &v, &c);
						gather_add(s, &g, item, &cut);
						buffer_free(&cut);
						buffer_free(&changes);
						pass = false;
					}
				}
				if (pass && !engine_own_record(s->engine, &frame))
					good = false;
			}
			at += length + 1;
		}
		memmove(in.data, in.data + (at < in.length ? at : in.length), in.length - (at < in.length ? at : in.length));
		in.length -= at < in.length ? at : in.length;
	}
	engine_own_end(s->engine);
	gather_flush(s, &g);
	buffer_free(&g.payload);
	buffer_free(&in);
	buffer_free(&frame);
	free(trusted);
	if (good && !line && !s->upstream_seen) {
		say(s->module, "no evidence was named and no records came on standard input");
		return false;
	}
	return good;
}

/* ---- engine */

static bool on_record(void *owner, const struct record_view *v)
{
	struct session *s = owner;
	if (v->type == RECORD_ERROR && s->told_count) {
		struct buffer line = { 0 };
		record_to_json(&line, v);
		/* those that came in are passed on once; a stage that meets the same damage again is silent */
		uint64_t h = text_hash(line.data, line.length - 1);
		bool known = told(s, h), again = known && told(s, ~h);
		if (known && !again)
			tell(s, ~h);
		buffer_free(&line);
		if (again)
			return true;
	}
	if (v->type == RECORD_EVIDENCE && !record_has(v, F_FILES)) {
		size_t n;
		const char *locator = record_get_text(v, F_LOCATOR, &n);
		for (uint32_t i = 0; locator && i < s->items; i++) {
			const struct evidence_item *e = &s->item[i];
			if (strlen(e->base) != n || memcmp(e->base, locator, n) || !e->facts)
				continue;
			struct buffer changes = { 0 }, merged = { 0 };
			struct record_view c, m;
			struct record_builder r = record_begin(&changes, RECORD_EVIDENCE);
			record_list(&r, F_FILES);
			for (unsigned k = 0; k < e->files; k++)
				value_evidence_text(&r, NULL, e->file[k], strlen(e->file[k]), TEXT_UTF8);
			record_close(&r);
			record_number(&r, F_FILE_SIZE, e->size);
			record_hex(&r, F_HEAD_SHA256, e->head, 32);
			record_hex(&r, F_TAIL_SHA256, e->tail, 32);
			record_end(&r);
			bool good = true;
			if (!record_view_open(&c, changes.data, changes.length)) {
				record_merge(&merged, v, &c);
				good = record_view_open(&m, merged.data, merged.length) || out_record(s, &m);
			}
			buffer_free(&changes);
			buffer_free(&merged);
			return good;
		}
	}
	return out_record(s, v);
}

static void *data_begin(void *owner, uint32_t purpose)
{
	struct session *s = owner;
	(void)purpose;
	return s->store_begin ? s->store_begin(s->sink_owner) : NULL;
}

static bool data_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	struct session *s = owner;
	return s->store_write(s->sink_owner, handle, bytes, length);
}

static bool data_end(void *owner, void *handle, bool complete, bool keep)
{
	struct session *s = owner;
	return s->store_end(s->sink_owner, handle, complete, keep);
}

static bool stop(void *owner)
{
	(void)owner;
	return interrupted != 0;
}

const char *session_worker(void)
{
	static char path[4096];
	if (path[0])
		return path;
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
	if (n > 0) {
		path[n] = 0;
		char *slash = strrchr(path, '/');
		memcpy(slash + 1, "spoor-worker", 13);
		if (access(path, X_OK) == 0)
			return path;
	}
	snprintf(path, sizeof path, "%s/spoor-worker", LIBEXECDIR);
	return path;
}

static int scratch_directory(void)
{
	const char *places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp", "." };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int fd = places[i] ? open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		int trial = fd >= 0 ? temporary_file(fd) : -1;
		if (trial >= 0) {
			close(trial);
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

/* ---- rules */

static void rule_file(struct session *s, int directory, const char *name, const char *shown)
{
	struct stat st;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (64 << 20)) {
		say(s->module, "rule file %s can't be read: %s", shown, strerror(errno));
	} else {
		buffer_u32le(&s->config, (uint32_t)strlen(shown));
		buffer_u32le(&s->config, (uint32_t)st.st_size);
		buffer_text(&s->config, shown);
		if (read(fd, buffer_reserve(&s->config, (size_t)st.st_size), (size_t)st.st_size) == st.st_size) {
			s->config.length += (size_t)st.st_size;
			s->pass.rule_files++;
		}
	}
	if (fd >= 0)
		close(fd);
}

static void rule_folder(struct session *s, int directory, const char *shown, unsigned depth)
{
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		char path[4096];
		struct stat st;
		size_t length = strlen(name);
		snprintf(path, sizeof path, "%s%s%s", shown, *shown ? "/" : "", name);
		if (name[0] != '.' && !fstatat(directory, name, &st, 0)) {
			int fd;
			if (S_ISDIR(st.st_mode) && depth < 16 && (fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
				rule_folder(s, fd, path, depth + 1);
				close(fd);
			} else if (S_ISREG(st.st_mode) && ((length > 4 && !strcmp(name + length - 4, ".yar")) || (length > 5 && !strcmp(name + length - 5, ".yara")))) {
				rule_file(s, directory, name, path);
			}
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

static bool rules_load(struct session *s)
{
	static char beside[4200];
	if (!s->set->rule_sets) {
		/* the build tree's (beside or above the program), else the installed ones */
		char exe[4000];
		ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
		exe[n > 0 ? n : 0] = 0;
		char *slash = strrchr(exe, '/');
		if (slash)
			*slash = 0;
		static const char *const below[] = { "%s/yara-rules", "%s/../yara-rules" };
		for (size_t i = 0; i < 2 && !s->set->rule_sets; i++) {
			snprintf(beside, sizeof beside, i ? below[1] : below[0], exe);
			if (access(beside, R_OK) == 0)
				s->set->rules[s->set->rule_sets++] = beside;
		}
		if (!s->set->rule_sets)
			s->set->rules[s->set->rule_sets++] = PKGDATADIR "/yara-rules";
	}
	for (unsigned i = 0; i < s->set->rule_sets; i++) {
		const char *path = s->set->rules[i], *slash = strrchr(path, '/');
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			rule_folder(s, fd, "", 0);
			close(fd);
		} else if (access(path, R_OK) == 0) {
			rule_file(s, AT_FDCWD, path, slash ? slash + 1 : path);
		} else {
			say(s->module, "rules %s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}

/* ---- begin, run, end */

static void start_record(struct session *s)
{
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_START);
	record_number(&r, F_SCHEMA, RECORD_SCHEMA_VERSION);
	record_string(&r, F_MODULE, s->module->name);
	record_string(&r, F_VERSION, PACKAGE_VERSION);
	record_list(&r, F_OPTIONS);
	const struct settings *o = s->set;
	const struct { const char *name, *value; } told_options[] = { { "format", o->format }, { "profile", o->profile }, { "hash", o->hash }, { "artifact", o->artifact }, { "shallow", o->shallow ? "true" : NULL } };
	for (size_t i = 0; i < sizeof told_options / sizeof *told_options; i++)
		if (told_options[i].value) {
			struct buffer text = { 0 };
			buffer_format(&text, "%s=%s", told_options[i].name, told_options[i].value);
			value_evidence_text(&r, NULL, text.data, text.length, TEXT_UTF8);
			buffer_free(&text);
		}
	record_close(&r);
	record_end(&r);
	struct record_view v;
	if (!s->sink && !record_view_open(&v, frame.data, frame.length))
		record_to_json(&s->out, &v);
	buffer_free(&frame);
}

static bool catalogue_has(const char *id)
{
	for (size_t i = 0; catalogue[i].id; i++)
		if (!strcmp(catalogue[i].id, id))
			return true;
	return false;
}

bool session_begin(struct session *s, const struct module *m, struct settings *set, uint32_t operations, int *exit_code)
{
	s->module = m;
	s->set = set;
	s->pass.operations = operations;
	s->directory = -1;
	*exit_code = EXIT_USAGE;
	struct rlimit files;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (set->hash && !hash_set_parse(set->hash, &s->pass.hash_set)) {
		say(m, "--hash knows md5, sha1, sha256, sha512, not '%s'", set->hash);
		return false;
	}
	if (set->hash)
		s->pass.operations |= PASS_HASH;
	if (set->profile) {
		s->pass.use_profile = true;
		if (!profile_parse(set->profile, &s->pass.profile)) {
			say(m, "no profile, category or artefact is called '%s' (windows, linux, macos, all, ...)", set->profile);
			return false;
		}
	}
	if (set->artifact) {
		if (!catalogue_has(set->artifact) || strlen(set->artifact) >= sizeof s->pass.artifact) {
			say(m, "the catalogue has no artefact '%s'", set->artifact);
			return false;
		}
		strcpy(s->pass.artifact, set->artifact);
	}
	if (set->fault) {
		const char *colon = strchr(set->fault, ':');
		snprintf(s->pass.fault, sizeof s->pass.fault, "%.*s", colon ? (int)(colon - set->fault) : 0, set->fault);
		snprintf(s->pass.fault_name, sizeof s->pass.fault_name, "%s", colon ? colon + 1 : "");
	}
	buffer_append(&s->config, &s->pass, sizeof s->pass);
	if (s->pass.operations & PASS_SCAN && !rules_load(s))
		return false;
	memcpy(s->config.data, &s->pass, sizeof s->pass);
	struct sigaction act = { .sa_handler = on_signal };
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	start_record(s);
	*exit_code = EXIT_DONE;
	return true;
}

struct engine_options session_options(struct session *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (s->directory < 0)
		s->directory = scratch_directory();
	const char *abi = getenv("SPOOR_LANDLOCK_ABI");
	return (struct engine_options){
		.worker_path = session_worker(), .workers = s->set->workers ? (unsigned)s->set->workers : cores > 1 ? (unsigned)cores : 1,
		.hang_seconds = s->set->hang_seconds ? (unsigned)s->set->hang_seconds : 120, .landlock_most = abi ? atoi(abi) : -1,
		.config = s->config.data, .config_length = s->config.length, .directory = s->directory,
#ifdef SPOOR_SANITIZED
		.sandbox_off = true,
#else
		.worker_memory = WORKER_MEMORY, .sandbox_off = s->set->fault_sandbox_off,
#endif
	};
}

bool session_engine(struct session *s, const struct engine_options *o)
{
	s->engine = engine_new(o, &(struct engine_client){ .owner = s, .record = on_record, .evidence = evidence_files, .item_file = item_file, .data_begin = data_begin, .data = data_write, .data_end = data_end, .stop = stop });
	if (s->pass.operations & PASS_SCAN)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_PREAMBLE, .prefix = "" });
	return true;
}

void sandbox_text(struct buffer *out, uint32_t bits)
{
	unsigned abi = bits >> SANDBOX_LANDLOCK_SHIFT & 255;
	if (bits & SANDBOX_OFF) {
		buffer_text(out, "off (test build)");
		return;
	}
	buffer_text(out, bits & SANDBOX_SECCOMP ? "seccomp" : "no seccomp");
	if (abi)
		buffer_format(out, ", landlock ABI %u", abi);
	else
		buffer_text(out, ", no landlock (seccomp alone forbids open, socket and exec)");
	if (bits & SANDBOX_NO_NEW_PRIVS)
		buffer_text(out, ", no_new_privs");
	if (bits & SANDBOX_UID)
		buffer_text(out, ", unprivileged user");
}

int session_run(struct session *s)
{
	enum engine_end end = engine_run(s->engine);
	const struct engine_counts *c = engine_counts(s->engine);
	int code = end == ENGINE_OUTPUT || s->broken ? EXIT_OUTPUT : end == ENGINE_FAULT ? EXIT_FAULT : s->unreadable && !s->count[RECORD_NODE] ? EXIT_NO_EVIDENCE :
		s->count[RECORD_ERROR] || s->upstream_cut ? (s->set->errors_ok ? EXIT_DONE : EXIT_ERRORS) : EXIT_DONE;
	if (code <= EXIT_ERRORS && s->set->exit_findings && s->best_score >= s->set->exit_findings)
		code = EXIT_FOUND;
	if ((end == ENGINE_FAULT || end == ENGINE_OUTPUT) && !s->broken)
		say(s->module, "%s", engine_fault(s->engine) ? engine_fault(s->engine) : strerror(errno));
	if (s->upstream_cut && !s->set->quiet)
		say(s->module, "the stream that was read was cut short");
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_END);
	record_string(&r, F_MODULE, s->module->name);
	record_string(&r, F_STATUS, end == ENGINE_STOPPED || s->upstream_cut ? "interrupted" : end == ENGINE_DONE ? "complete" : "failed");
	record_number(&r, F_EXIT, (uint64_t)code);
	record_map(&r, F_COUNTS);
	for (int t = 0; t < RECORD_FOREIGN; t++)
		if (s->count[t])
			value_number(&r, record_type_name((enum record_type)t), s->count[t]);
	value_number(&r, "seen", s->seen);
	value_number(&r, "read", s->read);
	value_number(&r, "skipped", s->skipped);
	value_number(&r, "failed", s->failed);
	record_close(&r);
	record_end(&r);
	struct record_view v;
	if (!s->sink && code != EXIT_OUTPUT && !record_view_open(&v, frame.data, frame.length))
		record_to_json(&s->out, &v);
	buffer_free(&frame);
	if (!session_flush(s))
		code = EXIT_OUTPUT;
	if (!s->set->quiet && code < EXIT_OUTPUT)
		fprintf(stderr, "spoor %s: %llu nodes, %llu events, %llu hits, %llu errors%s%s\n", s->module->name, (unsigned long long)s->count[RECORD_NODE], (unsigned long long)s->count[RECORD_EVENT],
		        (unsigned long long)s->count[RECORD_HIT], (unsigned long long)s->count[RECORD_ERROR], c->clock_decided ? "; a clock limit ended a job" : "", end == ENGINE_STOPPED ? "; interrupted" : "");
	if (end == ENGINE_STOPPED && interrupted)
		code = 128 + interrupted;
	return code;
}

void session_free(struct session *s)
{
	if (s->engine)
		engine_free(s->engine);
	for (uint32_t i = 0; i < s->items; i++) {
		struct evidence_item *e = &s->item[i];
		for (unsigned k = 0; k < e->files; k++) {
			if (e->descriptor[k] >= 0)
				close(e->descriptor[k]);
			free(e->file[k]);
		}
		if (e->folder_descriptor >= 0 && !e->borrowed)
			close(e->folder_descriptor);
		free(e->file);
		free(e->descriptor);
		free(e->name);
		free(e->base);
	}
	free(s->item);
	free(s->told);
	buffer_free(&s->config);
	buffer_free(&s->out);
	if (s->directory >= 0)
		close(s->directory);
}
