/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c: a plain folder as evidence: names and metadata from the workstation's own file system; each file's content is a worker's. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "cli/parts.h"
#include "record/locator.h"
#include "source/evidence_name.h"

enum { BESIDE_MOST = 4096, FOLDER_DEPTH = 256, PARTS_GAP = 4 };

struct folder_walk { struct session *s; uint32_t item; struct buffer path, escaped, frame, *sets; uint64_t order; };

static void mode_text(mode_t m, char text[11])
{
	static const char letters[] = "rwxrwxrwx";
	text[0] = S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : S_ISFIFO(m) ? 'p' : S_ISSOCK(m) ? 'h' : S_ISCHR(m) ? 'c' : S_ISBLK(m) ? 'b' : 'r';
	for (int i = 0; i < 9; i++)
		text[i + 1] = m >> (8 - i) & 1 ? letters[i] : '-';
	text[10] = 0;
}

int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void folder_error(struct folder_walk *f, const char *step, const char *kind, const char *message)
{
	struct buffer out = { 0 }, locator = { 0 };
	struct record_builder r = record_begin(&out, RECORD_ERROR);
	buffer_format(&locator, "%s::%s", f->s->item[f->item].base, step);
	record_string(&r, F_KIND, kind);
	record_string(&r, F_SEVERITY_CLASS, "missing");
	record_string(&r, F_LOCATOR, buffer_string(&locator));
	record_string(&r, F_MESSAGE_TEXT, message);
	record_end(&r);
	engine_own_record(f->s->engine, &out);
	buffer_free(&out);
	buffer_free(&locator);
}

/* ---- sets of image files: which entries of a directory are one item of evidence together */

enum part { PART_NONE, PART_FIRST, PART_LATER, PART_ORPHAN };

static int entry_of(struct dirent *const *entry, int n, const char *name)
{
	int low = 0, high = n - 1;
	while (low <= high) {
		int middle = low + (high - low) / 2, way = strcmp(entry[middle]->d_name, name);
		if (!way)
			return middle;
		if (way < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

static bool regular(int directory, const char *name, uint64_t *size)
{
	struct stat st;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

/* By names and sizes only. E01 and its kin, and those of virtual machines, are images even alone; numbers and letters only when a second part that fits is there. */
static void parts_mark(int directory, struct dirent *const *entry, int n, uint8_t *part)
{
	struct buffer name = { 0 };
	for (int i = 0; i < n; i++) {
		const char *first = entry[i]->d_name;
		uint64_t number, first_size, size;
		enum evidence_naming scheme = evidence_name_scheme(first, strlen(first), &number);
		if (scheme == NAMING_SINGLE || part[i] || !evidence_name_is_first(first, strlen(first)) || !regular(directory, first, &first_size))
			continue;
		bool image = scheme == NAMING_EWF || scheme == NAMING_EWF2 || scheme == NAMING_VMDK || scheme == NAMING_IMAGE;
		part[i] = image ? PART_FIRST : PART_NONE;
		unsigned missing = 0;
		for (uint64_t k = 1; k < JOB_DESCRIPTORS_MAX && missing < PARTS_GAP; k++) {
			buffer_clear(&name);
			if (!evidence_name_part(&name, first, strlen(first), k))
				break;
			int at = entry_of(entry, n, buffer_string(&name));
			bool there = at >= 0 && regular(directory, entry[at]->d_name, &size) && (image || evidence_parts_fit(first_size, size));
			if (there) {
				part[i] = PART_FIRST;
				part[at] = PART_LATER;
			}
			missing = there ? 0 : missing + 1;
		}
	}
	for (int i = 0; i < n; i++) {
		size_t length = strlen(entry[i]->d_name);
		enum evidence_naming scheme = evidence_name_scheme(entry[i]->d_name, length, NULL);
		/* EAA and on look like any extension: only numbers say that a part stands alone */
		if (!part[i] && (scheme == NAMING_EWF || scheme == NAMING_EWF2) && !evidence_name_is_first(entry[i]->d_name, length) && entry[i]->d_name[length - 1] <= '9')
			part[i] = PART_ORPHAN;
	}
	buffer_free(&name);
}

/* The node with its state: what the ledger says of a thing without content, or why it failed. */
bool node_stated(struct buffer *out, const struct record_view *v, const char *failed)
{
	const char *state = "failed", *why = failed;
	struct buffer changes = { 0 };
	struct record_view c;
	size_t n;
	const char *locator = record_get_text(v, F_LOCATOR, &n);
	struct node_brief brief = node_brief(v);
	if (!failed)
		node_state(&brief, &state, &why);
	struct record_builder r = record_begin(&changes, RECORD_NODE);
	record_text(&r, F_LOCATOR, locator ? locator : "", locator ? n : 0);
	record_string(&r, F_STATE, state);
	record_string(&r, F_WHY, why);
	record_end(&r);
	bool good = !record_view_open(&c, changes.data, changes.length);
	if (good)
		record_merge(out, v, &c);
	buffer_free(&changes);
	return good;
}

static bool is_beside(const char *name)
{
	size_t length = strlen(name);
	for (unsigned c = 0; c < COMPANIONS; c++) {
		size_t suffix = strlen(companion_suffix[c]);
		if (length > suffix && text_equal_nocase(name + length - suffix, suffix, companion_suffix[c], suffix))
			return true;
	}
	return false;
}

/* Behind the node record of a file those of what lies beside it: logs of a hive, of a database. */
static void companions_write(struct folder_walk *f, int directory, struct dirent *const *entry, const int *beside, int besides, const struct node *d)
{
	for (int i = 0; i < besides; i++) {
		const char *name = entry[beside[i]]->d_name;
		struct stat st;
		for (unsigned c = 0; c < COMPANIONS; c++) {
			size_t length = strlen(name), suffix = strlen(companion_suffix[c]);
			if (length != d->name.length + suffix || !text_equal_nocase(name, d->name.length, (const char *)d->name.bytes, d->name.length) ||
			    !text_equal_nocase(name + d->name.length, suffix, companion_suffix[c], suffix) || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
				continue;
			struct buffer step = { 0 };
			buffer_text(&step, "dir:");
			size_t slash = d->path.length;
			while (slash && d->path.bytes[slash - 1] != '/')
				slash--;
			buffer_append(&step, d->path.bytes, slash);
			locator_escape(&step, name, length);
			struct node b = { .kind = NODE_FILE, .name = { (const uint8_t *)name, length }, .path = { step.data + 4, step.length - 4 }, .step = buffer_string(&step),
				.has_size = true, .size = (uint64_t)st.st_size, .has_owner = true, .uid = f->item, .content = CONTENT_COMPUTED };
			b.path.bytes = step.data + 4;
			node_write(&f->frame, &b);
			buffer_free(&step);
		}
	}
}

static bool folder_list(struct folder_walk *f, int directory, unsigned depth)
{
	struct session *s = f->s;
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	uint8_t *part = memory_array(n > 0 ? (size_t)n : 1, sizeof *part);
	parts_mark(directory, entry, n, part);
	int *beside = memory_array(BESIDE_MOST, sizeof *beside), besides = 0;
	for (int i = 0; i < n && besides < BESIDE_MOST; i++)
		if (is_beside(entry[i]->d_name))
			beside[besides++] = i;
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		struct stat st;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		size_t path = f->path.length, escaped = f->escaped.length;
		buffer_byte(&f->path, '/');
		buffer_text(&f->path, name);
		buffer_byte(&f->escaped, '/');
		locator_escape(&f->escaped, name, strlen(name));
		if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW)) {
			int why = errno;
			struct buffer lost = { 0 };
			buffer_text(&lost, "dir:");
			buffer_append(&lost, f->escaped.data, f->escaped.length);
			folder_error(f, buffer_string(&lost), "evidence.open", strerror(why));
			buffer_free(&lost);
			f->path.length = path;
			f->escaped.length = escaped;
			continue;
		}
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
		bool denied = false;
		if (part[i] == PART_FIRST)
			buffer_append(f->sets, d.step, strlen(d.step) + 1);
		if (part[i] == PART_ORPHAN)
			folder_error(f, d.step, "evidence.part", "it is called like a part of an image, and the part that begins the image is not here");
		if (part[i] == PART_FIRST || part[i] == PART_LATER) {
			/* not a file of the folder, but evidence of its own */
		} else if (d.kind == NODE_FILE) {
			/* the item's number travels in the owner field: folders on the workstation have no owner of interest */
			d.has_owner = true;
			d.uid = f->item;
			d.content = CONTENT_COMPUTED;
			node_write(&f->frame, &d);
			size_t own = f->frame.length;
			companions_write(f, directory, entry, beside, besides, &d);
			if (faccessat(directory, name, R_OK, AT_EACCESS) == 0) {
				engine_own_item(s->engine, &(struct item_head){ .order = f->order++, .cost = d.size < UINT32_MAX / 2 ? (uint32_t)d.size + 4096 : UINT32_MAX / 2, .kind = PASS_JOB_FILES }, NULL, f->frame.data, f->frame.length);
				buffer_clear(&f->frame);
			} else {
				folder_error(f, d.step, "evidence.open", "no permission to read it");
				denied = true;
				f->frame.length = own;
			}
		} else {
			node_write(&f->frame, &d);
		}
		struct record_view v;
		if (f->frame.length && !record_view_open(&v, f->frame.data, f->frame.length)) {
			struct buffer out = { 0 }, prefix = { 0 }, whole = { 0 };
			buffer_text(&prefix, s->item[f->item].base);
			buffer_text(&prefix, "::");
			if (s->pass.operations & (PASS_CONTENT | PASS_STORE) && node_stated(&whole, &v, denied ? "no permission" : NULL))
				record_view_open(&v, whole.data, whole.length);
			record_hide(&v, F_EXTENTS);
			record_hide(&v, F_CONTENT);
			record_hide(&v, F_UID);
			record_hide(&v, F_GID);
			record_prefix_locator(&out, &v, (const char *)prefix.data, prefix.length);
			engine_own_record(s->engine, &out);
			buffer_free(&out);
			buffer_free(&prefix);
			buffer_free(&whole);
		}
		if (d.kind == NODE_DIRECTORY && depth >= FOLDER_DEPTH) {
			folder_error(f, d.step, "folder.depth", "folders in folders, more than can be gone down: what lies below is not read");
		} else if (d.kind == NODE_DIRECTORY) {
			if ((fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
				folder_error(f, d.step, "evidence.open", errno == EACCES ? "no permission to read this folder: what lies in it is not listed" : strerror(errno));
			if (fd >= 0 && !folder_list(f, fd, depth + 1))
				folder_error(f, d.step, "evidence.open", strerror(errno));
			if (fd >= 0)
				close(fd);
		}
		buffer_free(&step);
		f->path.length = path;
		f->escaped.length = escaped;
	}
	for (int i = 0; i < n; i++)
		free(entry[i]);
	free(part);
	free(beside);
	if (n >= 0)
		free(entry);
	return n >= 0;
}

void folder_walk(struct session *s, uint32_t item, struct buffer *sets)
{
	struct folder_walk f = { .s = s, .item = item, .sets = sets };
	if (!folder_list(&f, s->item[item].folder_descriptor, 0))
		folder_error(&f, "dir:/", "evidence.open", strerror(errno));
	buffer_free(&f.path);
	buffer_free(&f.escaped);
	buffer_free(&f.frame);
}

static void folder_hash(struct hasher *h, int directory, unsigned depth)
{
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		struct stat st;
		int fd;
		if (strcmp(name, ".") && strcmp(name, "..") && !fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW)) {
			uint64_t facts[4] = { depth, st.st_mode & S_IFMT, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, S_ISREG(st.st_mode) ? (uint64_t)st.st_mtim.tv_sec : 0 };
			hasher_update(h, name, strlen(name) + 1);
			hasher_update(h, facts, sizeof facts);
			if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH && (fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
				folder_hash(h, fd, depth + 1);
				close(fd);
			}
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

void session_folder_facts(struct session *s, uint32_t item)
{
	struct hasher *h = hasher_new(HASH_SHA256);
	folder_hash(h, s->item[item].folder_descriptor, 0);
	hasher_finish(h);
	memcpy(s->item[item].head, hasher_digest(h, HASH_SHA256), 32);
	hasher_free(h);
}
