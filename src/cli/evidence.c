/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.c: evidence by name: files opened read-only, sets of parts found by their names, facts for the records, descriptors for the engine. Parses nothing. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "cli/parts.h"
#include "record/locator.h"
#include "source/evidence_name.h"

enum { FACT_BYTES = 64 << 10, HELD_MOST = 4096 };

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

/* How many descriptors of evidence may be held open: the rest of the broker needs some too. */
static unsigned held_most(void)
{
	struct rlimit files;
	return getrlimit(RLIMIT_NOFILE, &files) ? 64 : files.rlim_cur / 4 < HELD_MOST ? (unsigned)(files.rlim_cur / 4) : HELD_MOST;
}

bool path_below(const char *path, const char *folder)
{
	char *above = realpath(folder, NULL), *part = memory_string(path), *found = NULL;
	/* what is not there yet lies where its nearest folder lies */
	while (!(found = realpath(*part ? part : "/", NULL)) && errno == ENOENT) {
		char *slash = strrchr(part, '/');
		if (!slash && !strcmp(part, "."))
			break;
		if (!slash) {
			free(part);
			part = memory_string(".");
		} else {
			*slash = 0;
		}
	}
	size_t n = above ? strlen(above) : 0;
	bool below = above && found && !strncmp(above, found, n) && (found[n] == '/' || !found[n] || n == 1);
	free(above);
	free(part);
	free(found);
	return below;
}

bool session_output_outside(const struct module *m, const struct settings *set, const char *folder)
{
	char out[4096];
	struct stat st;
	ssize_t n = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) ? readlink("/proc/self/fd/1", out, sizeof out - 1) : 0;
	out[n > 0 ? n : 0] = 0;
	const char *inside = set->output && path_below(set->output, folder) ? set->output : *out && path_below(out, folder) ? out : NULL;
	if (inside)
		say(m, "%s lies inside the evidence %s: give a place for output outside of it", inside, folder);
	return !inside;
}

bool session_output_allowed(const struct module *m, const struct settings *set)
{
	for (unsigned i = 0; i < set->operands; i++) {
		struct locator l;
		struct buffer name = { 0 };
		struct stat st;
		const char *folder = set->operand[i];
		if ((stat(folder, &st) || !S_ISDIR(st.st_mode)) && !locator_parse(&l, folder, strlen(folder)) && locator_unescape(&name, l.evidence.text, l.evidence.length))
			folder = buffer_string(&name);
		bool good = stat(folder, &st) || !S_ISDIR(st.st_mode) || session_output_outside(m, set, folder);
		buffer_free(&name);
		if (!good)
			return false;
	}
	return true;
}

/* folder -1: an operand of the person at the keyboard, links and all; else below the folder and through no link. */
static int open_below(int folder, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	return folder < 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

static bool open_file(struct evidence_item *e, int folder, const char *path, const char *shown)
{
	int fd = open_below(folder, path);
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
	if (!e->files) {
		e->device = st.st_dev;
		e->inode = st.st_ino;
	}
	e->descriptor[e->files++] = fd;
	return true;
}

static bool size_of(int folder, const char *path, uint64_t *size)
{
	struct stat st;
	if (fstatat(folder < 0 ? AT_FDCWD : folder, path, &st, folder < 0 ? 0 : AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

bool evidence_parts_fit(uint64_t first, uint64_t other)
{
	enum { SECTOR = 512 };
	return first && first % SECTOR == 0 && other <= first;
}

/* The first part of the set that `path` is a later part of, when it is there and they look like parts of one image. */
static bool first_part(struct buffer *out, int folder, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	bool numbered = evidence_name_scheme(name, strlen(name), NULL) == NAMING_NUMBERS || evidence_name_scheme(name, strlen(name), NULL) == NAMING_LETTERS;
	uint64_t first, own;
	for (unsigned way = 0; way < 2; way++) {
		buffer_clear(out);
		buffer_append(out, path, (size_t)(name - path));
		if (evidence_name_first(out, name, strlen(name), way) && size_of(folder, buffer_string(out), &first) && size_of(folder, path, &own) && (!numbered || evidence_parts_fit(first, own)))
			return true;
	}
	return false;
}

/* In the place of a part that is not there: the order of the parts says which they are. */
static void hold_place(struct evidence_item *e)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	e->file = memory_resize(e->file, e->files + 1, sizeof *e->file);
	e->descriptor = memory_resize(e->descriptor, e->files + 1, sizeof *e->descriptor);
	e->file[e->files] = memory_string("");
	e->descriptor[e->files++] = fd;
}

/* The map of ddrescue beside an image of one file becomes its second part. */
static void open_rescue_map(struct evidence_item *e, int folder, const char *path, const char *name)
{
	struct buffer other = { 0 };
	for (unsigned way = 0; e->files == 1; way++) {
		uint8_t head[EVIDENCE_RESCUE_HEAD];
		buffer_clear(&other);
		buffer_append(&other, path, (size_t)(name - path));
		if (!evidence_name_rescue(&other, name, strlen(name), way))
			break;
		int fd = strcmp(buffer_string(&other), path) ? open_below(folder, buffer_string(&other)) : -1;
		ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
		if (n > 0 && evidence_name_rescue_head(head, (size_t)n))
			open_file(e, folder, buffer_string(&other), buffer_string(&other));
		if (fd >= 0)
			close(fd);
	}
	buffer_free(&other);
}

static bool open_parts(struct evidence_item *e, int folder, const char *path)
{
	if (!open_file(e, folder, path, path))
		return false;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct buffer next = { 0 };
	bool numbered = evidence_name_scheme(name, strlen(name), NULL) == NAMING_NUMBERS || evidence_name_scheme(name, strlen(name), NULL) == NAMING_LETTERS;
	bool vmdk = evidence_name_scheme(name, strlen(name), NULL) == NAMING_VMDK;
	unsigned missing = 0;
	for (uint64_t i = 1; i < JOB_DESCRIPTORS_MAX && missing < 4; i++) {
		buffer_clear(&next);
		buffer_append(&next, path, (size_t)(name - path));
		if (!evidence_name_is_first(name, strlen(name)) || !evidence_name_part(&next, name, strlen(name), i))
			break;
		uint64_t whole, size;
		if (numbered && size_of(folder, path, &whole) && size_of(folder, buffer_string(&next), &size) && (whole % 512 || (folder >= 0 && !evidence_parts_fit(whole, size)))) {
			missing++;              /* of the same name by chance: a log that was rotated */
			continue;
		}
		for (; (vmdk || numbered) && missing && size_of(folder, buffer_string(&next), &size); missing--)
			hold_place(e);
		/* a missing part in the middle must show as missing: look a little further */
		missing = open_file(e, folder, buffer_string(&next), buffer_string(&next)) ? 0 : missing + 1;
		if (missing && errno == EMFILE) {
			/* not a part that is missing: a process that may not hold so many */
			buffer_free(&next);
			return false;
		}
	}
	buffer_free(&next);
	if (numbered || evidence_name_scheme(name, strlen(name), NULL) == NAMING_SINGLE)
		open_rescue_map(e, folder, path, name);
	errno = 0;
	return true;
}

void evidence_error(struct session *s, const char *base, const char *kind, const char *text)
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

/* Opens what an item names. `step`: of a file below a folder; NULL: none. False: told. */
static bool item_open(struct session *s, struct evidence_item *e, const struct locator_step *step)
{
	struct stat st;
	bool good;
	errno = 0;
	if (stat(e->name, &st) || !S_ISDIR(st.st_mode)) {
		good = open_parts(e, -1, e->name);
	} else {
		for (uint32_t i = 0; step && i < s->items && !e->borrowed; i++)
			if (s->item[i].folder && !strcmp(s->item[i].name, e->name)) {
				e->borrowed = true;
				e->folder_descriptor = s->item[i].folder_descriptor;
			}
		if (!e->borrowed)
			e->folder_descriptor = open(e->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		e->folder = !step;
		e->device = st.st_dev;
		e->inode = st.st_ino;
		good = e->folder_descriptor >= 0;
		if (good && step) {
			struct buffer inside = { 0 };
			good = locator_unescape(&inside, step->name.text + 1, step->name.length - 1) && open_parts(e, e->folder_descriptor, buffer_string(&inside));
			buffer_free(&inside);
		}
	}
	if (!good) {
		evidence_error(s, e->base, "evidence.open", errno == ESPIPE ? "it is no file: evidence must be seekable, write it to a file first" : errno == ENOENT ? "there is no such file" : strerror(errno ? errno : EINVAL));
		return false;
	}
	if (!e->folder)
		facts(e);
	e->lazy = step || s->held + e->files > held_most();
	s->held += e->lazy ? 0 : e->files;
	for (unsigned i = 0; e->lazy && i < e->files; i++) {
		close(e->descriptor[i]);
		e->descriptor[i] = -1;
	}
	return true;
}

/* The path that a locator or an operand means. *l: its steps; none when it is a plain path that holds what locators escape. */
static void path_of(struct buffer *path, struct locator *l, const char *text, size_t length)
{
	struct stat st;
	bool good = !locator_parse(l, text, length) && locator_unescape(path, l->evidence.text, l->evidence.length);
	if (good && (l->steps || !stat(buffer_string(path), &st)))
		return;
	char *plain = memory_copy(text, length);
	if (!good || !stat(plain, &st)) {
		buffer_clear(path);
		buffer_text(path, plain);
		l->steps = 0;
	}
	free(plain);
}

uint32_t session_evidence(struct session *s, const char *locator, size_t length, const char **tail)
{
	struct locator l;
	struct buffer name = { 0 }, base = { 0 }, first = { 0 };
	path_of(&name, &l, locator, length);
	bool later = first_part(&first, -1, buffer_string(&name));
	const char *path = buffer_string(later ? &first : &name);
	locator_escape_evidence(&base, path, strlen(path));
	*tail = l.steps ? l.step[0].format.text - 2 : locator + length;
	const struct locator_step *below = l.steps && l.step[0].format.length == 3 && !memcmp(l.step[0].format.text, "dir", 3) ? &l.step[0] : NULL;
	if (below) {
		const char *end = l.steps > 1 ? l.step[1].format.text - 2 : locator + length;
		buffer_append(&base, *tail, (size_t)(end - *tail));
		*tail = end;
	}
	uint32_t found = 0;
	while (found < s->items && strcmp(s->item[found].base, buffer_string(&base)))
		found++;
	if (found == s->items) {
		if (later && !s->set->quiet)
			say(s->module, "the whole set is taken that begins with %s", path);
		struct evidence_item e = { .name = memory_string(path), .base = memory_string(buffer_string(&base)), .folder_descriptor = -1 };
		e.missing = !item_open(s, &e, below);
		s->item = memory_resize(s->item, s->items + 1, sizeof *s->item);
		s->item[s->items++] = e;
	}
	buffer_free(&name);
	buffer_free(&base);
	buffer_free(&first);
	return s->item[found].missing ? UINT32_MAX : found;
}

/* What lies beside a file that is evidence by itself: among the other evidence, or in the folder that was given. */
static int companion_open(struct session *s, const struct evidence_item *e, const char *suffix)
{
	struct buffer name = { 0 };
	int fd = -1;
	buffer_text(&name, e->file[0]);
	buffer_text(&name, suffix);
	const char *wanted = buffer_string(&name);
	/* NTUSER.DAT has ntuser.dat.LOG1 beside it: as it is spelled, then the name in lower case, then all of it */
	for (unsigned turn = 0; turn < 3 && fd < 0 && e->folder_descriptor >= 0; turn++) {
		size_t end = turn == 1 ? name.length - strlen(suffix) : name.length;
		for (size_t i = end; turn && i && name.data[i - 1] != '/'; i--)
			name.data[i - 1] = name.data[i - 1] >= 'A' && name.data[i - 1] <= 'Z' ? (uint8_t)(name.data[i - 1] + 32) : name.data[i - 1];
		fd = open_below(e->folder_descriptor, wanted);
	}
	for (uint32_t i = 0; fd < 0 && i < s->items; i++) {
		const struct evidence_item *o = &s->item[i];
		if (o != e && o->files == 1 && o->descriptor[0] >= 0 && text_equal_nocase(o->file[0], strlen(o->file[0]), wanted, name.length))
			fd = fcntl(o->descriptor[0], F_DUPFD_CLOEXEC, 0);
	}
	buffer_free(&name);
	return fd;
}

static void companions_close(struct evidence_item *e)
{
	for (unsigned i = 0; i < COMPANIONS && e->companions_open; i++)
		close(e->companion[i]);
	e->companions_open = false;
}

/* All of them, absent ones empty, or none at all. */
static unsigned companions_give(struct session *s, struct evidence_item *e, int *descriptor)
{
	bool any = e->companions_open;
	if (!any) {
		for (unsigned i = 0; i < COMPANIONS; i++)
			any |= (e->companion[i] = companion_open(s, e, companion_suffix[i])) >= 0;
		for (unsigned i = 0; i < COMPANIONS && any; i++)
			if (e->companion[i] < 0)
				e->companion[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		e->companions_open = any;
	}
	memcpy(descriptor, e->companion, any ? sizeof e->companion : 0);
	return any ? COMPANIONS : 0;
}

unsigned evidence_files(void *owner, uint32_t evidence, int *descriptor, unsigned most, unsigned *companions)
{
	struct session *s = owner;
	if (!evidence || evidence > s->items)
		return 0;
	struct evidence_item *e = &s->item[evidence - 1];
	for (unsigned i = 0; s->opened && s->opened != e && i < s->opened->files; i++) {
		close(s->opened->descriptor[i]);
		s->opened->descriptor[i] = -1;
	}
	if (s->opened && s->opened != e)
		companions_close(s->opened);
	if (e->lazy) {
		for (unsigned i = 0; i < e->files; i++)
			if (e->descriptor[i] < 0) {
				e->descriptor[i] = open_below(e->folder_descriptor, e->file[i]);
				if (e->descriptor[i] < 0)
					e->descriptor[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
			}
		s->opened = e;
	}
	unsigned n = e->files < most ? e->files : most;
	for (unsigned i = 0; i < n; i++)
		descriptor[i] = e->descriptor[i];
	*companions = e->files == 1 && most - n >= COMPANIONS ? companions_give(s, e, descriptor + n) : 0;
	return n + *companions;
}

/* A folder's file and what lies beside it: the payload is their node records; paths below the folder, in the step "dir:/...". */
unsigned evidence_item_files(void *owner, const uint8_t *payload, size_t length, int *descriptor, unsigned most)
{
	struct session *s = owner;
	unsigned files = 0;
	for (size_t at = 0, frame; files < most && (frame = record_frame_length(payload + at, length - at)); at += frame) {
		struct record_view v;
		size_t n;
		const char *step = record_view_open(&v, payload + at, frame) ? NULL : record_get_text(&v, F_LOCATOR, &n);
		uint64_t item = step ? record_get_number(&v, F_UID) : 0;
		struct buffer inside = { 0 };
		descriptor[files] = -1;
		if (step && n >= 6 && !memcmp(step, "dir:/", 5) && item < s->items && locator_unescape(&inside, step + 5, n - 5))
			descriptor[files] = open_below(s->item[item].folder_descriptor, buffer_string(&inside));
		buffer_free(&inside);
		files++;
	}
	if (!files && most)
		descriptor[files++] = -1;
	return files;
}
