/* SPDX-License-Identifier: Apache-2.0 */
/* bag.c: the bundle as a bag (BagIt 1.0, RFC 8493): bagit.txt, bag-info.txt, the manifest of data/ and the manifest of these files, in C order, in
 * lines that `sha256sum -c` takes from the bag's root. custody.log is a tag file that no manifest lists: it grows after sealing. And the way back: bundle_verify. */
#include "bundle/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

enum { HEX = 64, TEXT_MOST = 512 << 20, DEPTH_MOST = 16 };

void bag_add(struct bag *b, const char *name, const uint8_t sha256[32], uint64_t size)
{
	if (b->files == b->capacity)
		b->file = memory_resize(b->file, b->capacity = b->capacity ? 2 * b->capacity : 64, sizeof *b->file);
	struct payload *p = &b->file[b->files++];
	*p = (struct payload){ .name = memory_string(name), .size = size };
	memcpy(p->sha256, sha256, 32);
}

void bag_free(struct bag *b)
{
	for (size_t i = 0; i < b->files; i++)
		free(b->file[i].name);
	free(b->file);
	*b = (struct bag){ 0 };
}

static int payload_order(const void *a, const void *b)
{
	return strcmp(((const struct payload *)a)->name, ((const struct payload *)b)->name);
}

static void manifest_line(struct buffer *out, const uint8_t sha256[32], const char *folder, const char *name)
{
	buffer_hex(out, sha256, 32);
	buffer_format(out, "  %s%s\n", folder, name);
}

static bool tag_file(int directory, const char *name, const struct buffer *text, uint8_t sha256[32])
{
	uint64_t size;
	struct output *o = output_new(directory, name, false);
	if (!o)
		return false;
	if (!output_write(o, text->data, text->length)) {
		output_drop(o);
		return false;
	}
	return output_finish(o, sha256, &size);
}

bool bag_write(struct bag *b, int directory, const char *date, const char *agent, uint8_t tag_manifest[32])
{
	struct buffer text = { 0 }, tags = { 0 };
	uint8_t digest[32];
	uint64_t octets = 0;
	if (b->files)
		qsort(b->file, b->files, sizeof *b->file, payload_order);
	for (size_t i = 0; i < b->files; i++)
		octets += b->file[i].size;
	buffer_format(&text, "Bag-Software-Agent: %s\nBagging-Date: %s\nPayload-Oxum: %llu.%zu\n", agent, date, (unsigned long long)octets, b->files);
	bool good = tag_file(directory, "bag-info.txt", &text, digest);
	manifest_line(&tags, digest, "", "bag-info.txt");
	buffer_clear(&text);
	buffer_text(&text, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
	good = good && tag_file(directory, "bagit.txt", &text, digest);
	manifest_line(&tags, digest, "", "bagit.txt");
	buffer_clear(&text);
	for (size_t i = 0; i < b->files; i++)
		manifest_line(&text, b->file[i].sha256, "data/", b->file[i].name);
	good = good && tag_file(directory, "manifest-sha256.txt", &text, digest);
	manifest_line(&tags, digest, "", "manifest-sha256.txt");
	good = good && tag_file(directory, "tagmanifest-sha256.txt", &tags, tag_manifest);
	buffer_free(&text);
	buffer_free(&tags);
	return good;
}

/* ---- verifying. The bag may come from anywhere: no link is followed, no name leads out of it, only regular files are read. */

struct check { int directory; void (*tell)(void *, const char *, const char *); void *owner; int64_t wrong; char **listed; size_t count, capacity; uint64_t octets, files; };

static void tell(struct check *c, const char *kind, const char *name, const char *what)
{
	struct buffer text = { 0 };
	text_for_terminal(&text, name, strlen(name), 400);
	buffer_format(&text, ": %s", what);
	c->wrong++;
	c->tell(c->owner, kind, buffer_string(&text));
	buffer_free(&text);
}

static int open_below(int directory, const char *name, int flags)
{
	char part[256];
	int at = dup(directory);
	while (at >= 0) {
		size_t n = strcspn(name, "/");
		if (!n || n >= sizeof part || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.')) {
			close(at);
			errno = EINVAL;
			return -1;
		}
		memcpy(part, name, n);
		part[n] = 0;
		int next = openat(at, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (name[n] ? O_DIRECTORY : flags));
		int was = errno;
		close(at);
		errno = was;
		at = next;
		if (!name[n])
			break;
		name += n + 1;
	}
	return at;
}

static bool file_read(int directory, const char *name, struct buffer *text)
{
	struct stat st;
	int fd = open_below(directory, name, 0);
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= TEXT_MOST;
	while (good) {
		ssize_t n = pread(fd, buffer_reserve(text, 1 << 16), 1 << 16, (off_t)text->length);
		if (n <= 0) {
			good = n == 0;
			break;
		}
		text->length += (size_t)n;
		good = text->length <= TEXT_MOST;
	}
	if (fd >= 0)
		close(fd);
	buffer_string(text);
	return good;
}

static void file_check(struct check *c, const char *kind, const char *name, const char *hex)
{
	uint8_t digest[32];
	uint64_t size;
	struct stat st;
	struct buffer is = { 0 };
	int fd = open_below(c->directory, name, 0);
	if (fd < 0) {
		tell(c, kind, name, errno == ENOENT ? "is missing" : strerror(errno));
	} else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		tell(c, kind, name, "is no file");
	} else if (!file_sha256(fd, digest, &size)) {
		tell(c, kind, name, strerror(errno));
	} else {
		buffer_hex(&is, digest, 32);
		if (memcmp(is.data, hex, HEX) != 0)
			tell(c, kind, name, "was changed: its SHA-256 differs from the manifest");
		c->octets += size;
		c->files++;
	}
	if (fd >= 0)
		close(fd);
	buffer_free(&is);
}

/* Lines of a manifest: 64 hex digits, two spaces (or one and an asterisk), the name. */
static void manifest_check(struct check *c, const char *manifest, struct buffer *text, bool payload)
{
	char *line = (char *)text->data, *end = line + text->length;
	while (line < end) {
		char *feed = memchr(line, '\n', (size_t)(end - line));
		size_t length = feed ? (size_t)(feed - line) : (size_t)(end - line);
		line[length] = 0;
		char *next = line + length + 1, *name = line + HEX + 2;
		if (length && length <= HEX + 2) {
			tell(c, "manifest", manifest, "has a line that is none");
		} else if (length && (strspn(line, "0123456789abcdef") != HEX || line[HEX] != ' ' || strlen(line) != length)) {
			tell(c, "manifest", manifest, "has a line that is none");
		} else if (length && payload != (strncmp(name, "data/", 5) == 0)) {
			tell(c, "manifest", name, payload ? "does not lie below data/" : "is no tag file");
		} else if (length) {
			file_check(c, payload ? "payload" : "tag", name, line);
			if (payload) {
				if (c->count == c->capacity)
					c->listed = memory_resize(c->listed, c->capacity = c->capacity ? 2 * c->capacity : 64, sizeof *c->listed);
				c->listed[c->count++] = memory_string(name);
			}
		}
		line = next;
	}
}

static int name_order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void unlisted(struct check *c, int at, const char *path, unsigned depth)
{
	DIR *d = at < 0 || depth > DEPTH_MOST ? NULL : fdopendir(at);
	struct dirent *e;
	if (!d) {
		tell(c, "payload", path, "can't be listed");
		if (at >= 0)
			close(at);
		return;
	}
	while ((e = readdir(d))) {
		struct buffer name = { 0 };
		struct stat st;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		buffer_format(&name, "%s/%s", path, e->d_name);
		const char *text = buffer_string(&name);
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
			unlisted(c, openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), text, depth + 1);
		else if (!c->count || !bsearch(&text, c->listed, c->count, sizeof *c->listed, name_order))
			tell(c, "payload", text, "was added: no manifest lists it");
		buffer_free(&name);
	}
	closedir(d);
}

/* Beside the tag files of a bundle lie custody.log and what is about it: signatures, time stamps (custody.log.*). */
static void root_unlisted(struct check *c, const struct buffer *tags)
{
	static const char *const known[] = { "data", "custody.log", "tagmanifest-sha256.txt" };
	DIR *d = fdopendir(openat(c->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	while (d && (e = readdir(d))) {
		bool is = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strncmp(e->d_name, "custody.log.", 12);
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			is = is || strcmp(e->d_name, known[i]) == 0;
		/* manifest_check made each line end with NUL */
		for (const char *at = (const char *)tags->data, *end = at + tags->length; !is && at < end; at += strlen(at) + 1)
			is = strlen(at) > HEX + 2 && strcmp(at + HEX + 2, e->d_name) == 0;
		if (!is)
			tell(c, "tag", e->d_name, "was added: no manifest lists it");
	}
	if (d)
		closedir(d);
}

int64_t bundle_verify(const char *path, void (*say)(void *owner, const char *kind, const char *message), void *owner)
{
	struct check c = { .directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .tell = say, .owner = owner };
	struct buffer bag = { 0 }, manifest = { 0 }, tags = { 0 }, info = { 0 };
	uint8_t digest[32];
	bool is = c.directory >= 0 && file_read(c.directory, "bagit.txt", &bag) && strncmp((const char *)bag.data, "BagIt-Version: ", 15) == 0 &&
		file_read(c.directory, "manifest-sha256.txt", &manifest);
	if (is) {
		if (file_read(c.directory, "tagmanifest-sha256.txt", &tags)) {
			hash_sha256(tags.data, tags.length, digest);
			static const char *const needed[] = { "  bag-info.txt\n", "  bagit.txt\n", "  manifest-sha256.txt\n" };
			for (size_t i = 0; i < 3; i++)
				if (!memmem(tags.data, tags.length, needed[i], strlen(needed[i])))
					tell(&c, "manifest", "tagmanifest-sha256.txt", "does not list every tag file");
			manifest_check(&c, "tagmanifest-sha256.txt", &tags, false);
		} else {
			memset(digest, 0, sizeof digest);
			tell(&c, "tag", "tagmanifest-sha256.txt", "is missing");
		}
		c.octets = c.files = 0;
		manifest_check(&c, "manifest-sha256.txt", &manifest, true);
		if (c.count)
			qsort(c.listed, c.count, sizeof *c.listed, name_order);
		for (size_t i = 1; i < c.count; i++)
			if (strcmp(c.listed[i - 1], c.listed[i]) == 0)
				tell(&c, "manifest", c.listed[i], "is listed twice");
		unlisted(&c, open_below(c.directory, "data", O_DIRECTORY), "data", 0);
		root_unlisted(&c, &tags);
		char oxum[64];
		snprintf(oxum, sizeof oxum, "Payload-Oxum: %llu.%llu\n", (unsigned long long)c.octets, (unsigned long long)c.files);
		if (!file_read(c.directory, "bag-info.txt", &info) || !strstr((const char *)info.data, oxum))
			tell(&c, "tag", "bag-info.txt", "states another number of bytes or files than there are");
		c.wrong += custody_verify(c.directory, digest, say, owner);
	}
	if (c.directory >= 0)
		close(c.directory);
	for (size_t i = 0; i < c.count; i++)
		free(c.listed[i]);
	free(c.listed);
	buffer_free(&bag);
	buffer_free(&manifest);
	buffer_free(&tags);
	buffer_free(&info);
	return is ? c.wrong : -1;
}
