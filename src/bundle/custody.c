/* SPDX-License-Identifier: Apache-2.0 */
/* custody.c: custody.log, the chain of custody: JSON Lines, each with the SHA-256 of the line before it (without its line feed; 64 zeros before the first), so
 * that a changed, added or lost line shows. `seq` is the number of the line. The file is locked while a line is added and synced after, so modules that run at the same
 * time chain rightly. A last line that a crash tore is closed and told by an entry `torn`, never deleted. The last entry of a finished bundle, `seal`, names the tag manifest's
 * hash, how many entries there were and their head. */
#include "bundle/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"

static const char NAME[] = "custody.log";
static const char ZEROS[] = "0000000000000000000000000000000000000000000000000000000000000000";
enum { HEX = 64, LOG_MOST = 256 << 20 };

struct chain { uint64_t lines; char head[HEX + 1]; size_t torn; };      /* torn: bytes of a last line without a line feed */

static void line_hash(const void *line, size_t length, char hex[HEX + 1])
{
	uint8_t digest[32];
	hash_sha256(line, length, digest);
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static bool log_read(int fd, struct buffer *text)
{
	ssize_t n;
	while ((n = pread(fd, buffer_reserve(text, 1 << 16), 1 << 16, (off_t)text->length)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text->length += (size_t)n;
		if (text->length > LOG_MOST) {
			errno = EFBIG;
			return false;
		}
	}
	return true;
}

static struct chain chain_of(const struct buffer *text)
{
	struct chain c = { 0 };
	memcpy(c.head, ZEROS, sizeof ZEROS);
	size_t last = 0;
	for (size_t at = 0; at < text->length; c.lines++) {
		const uint8_t *feed = memchr(text->data + at, '\n', text->length - at);
		size_t end = feed ? (size_t)(feed - text->data) : text->length;
		if (!feed)
			c.torn = end - at;
		last = at;
		at = end + 1;
		if (at >= text->length)
			line_hash(text->data + last, end - last, c.head);
	}
	return c;
}

static void entry(struct buffer *out, struct chain *c, const char *action, const char *details)
{
	struct utsname host = { 0 };
	struct timespec now;
	struct passwd user, *found = NULL;
	char names[2048];
	size_t at = out->length;
	uname(&host);
	clock_gettime(CLOCK_REALTIME, &now);
	struct timestamp t = time_from_unix(now.tv_sec, (uint32_t)now.tv_nsec, TIME_NS);
	getpwuid_r(getuid(), &user, names, sizeof names, &found);
	buffer_format(out, "{\"seq\":%llu,\"time\":\"", (unsigned long long)c->lines + 1);
	time_format(out, &t);
	buffer_format(out, "\",\"actor\":{\"uid\":%lu", (unsigned long)getuid());
	if (found) {
		buffer_text(out, ",\"name\":");
		json_string(out, found->pw_name, strlen(found->pw_name));
	}
	buffer_text(out, "},\"host\":");
	json_string(out, host.nodename, strlen(host.nodename));
	buffer_text(out, ",\"kernel\":");
	json_string(out, host.release, strlen(host.release));
	buffer_text(out, ",\"action\":");
	json_string(out, action, strlen(action));
	buffer_text(out, ",\"details\":");
	if (strcmp(action, "seal") == 0)
		buffer_format(out, "{\"entries\":%llu,\"head\":\"%s\",\"seal\":%s}", (unsigned long long)c->lines, c->head, details);
	else
		buffer_text(out, details && *details ? details : "{}");
	buffer_format(out, ",\"prev\":\"%s\"}", c->head);
	line_hash(out->data + at, out->length - at, c->head);
	buffer_byte(out, '\n');
	c->lines++;
	c->torn = 0;
}

bool custody_append(const char *path, const char *action, const char *details)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = directory < 0 ? -1 : openat(directory, NAME, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	struct buffer text = { 0 }, out = { 0 };
	struct stat st;
	bool good = fd >= 0 && flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && log_read(fd, &text);
	if (good && !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		good = false;
	}
	if (good) {
		struct chain c = chain_of(&text);
		if (c.torn) {
			char told[96];
			snprintf(told, sizeof told, "{\"line\":%llu,\"bytes\":%zu}", (unsigned long long)c.lines, c.torn);
			buffer_byte(&out, '\n');
			entry(&out, &c, "torn", told);
		}
		entry(&out, &c, action, details);
		good = write_whole(fd, out.data, out.length) && fsync(fd) == 0 && (fsync(directory) == 0 || errno == EINVAL);
	}
	int was = errno;
	if (fd >= 0)
		close(fd);              /* and with it the lock */
	if (directory >= 0)
		close(directory);
	buffer_free(&text);
	buffer_free(&out);
	errno = was;
	return good;
}

static bool log_open(const char *path, struct buffer *text)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = directory < 0 ? -1 : openat(directory, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && log_read(fd, text);
	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
	return good;
}

bool custody_head(const char *path, char hex[HEX + 1])
{
	struct buffer text = { 0 };
	bool good = log_open(path, &text);
	struct chain c = chain_of(&text);
	memcpy(hex, c.head, sizeof c.head);
	buffer_free(&text);
	return good;
}

static bool text_is(const uint8_t *text, size_t length, const char *what) { return text && strlen(what) == length && memcmp(text, what, length) == 0; }

/* The end of the object that begins at `at`. */
static size_t object_end(const uint8_t *text, size_t length, size_t at)
{
	unsigned depth = 0;
	for (; at < length; at++) {
		if (text[at] == '"') {
			for (at++; at < length && text[at] != '"'; at++)
				at += text[at] == '\\';
		} else if (text[at] == '{' || text[at] == '[') {
			depth++;
		} else if ((text[at] == '}' || text[at] == ']') && --depth == 0) {
			return at + 1;
		}
	}
	return length;
}

int custody_evidence(const char *path, const char *name, size_t length, const char sha256[HEX + 1], char then[HEX + 1])
{
	struct buffer text = { 0 }, wanted = { 0 };
	int found = -1;
	size_t n;
	json_string(&wanted, name, length);
	if (!log_open(path, &text))
		text.length = 0;
	for (size_t at = 0; at < text.length && found != 1;) {
		const uint8_t *feed = memchr(text.data + at, '\n', text.length - at);
		size_t end = feed ? (size_t)(feed - text.data) : text.length;
		const struct buffer line = { text.data + at, end - at, end - at };
		const uint8_t *details = json_member(&line, "details", &n);
		const struct buffer inner = { (uint8_t *)(uintptr_t)details, n, n };
		const uint8_t *list = details && *details == '{' ? json_member(&inner, "evidence", &n) : NULL;
		size_t size = list && *list == '[' ? n : 0;
		for (size_t from = 1, to; from < size && found != 1; from = to + 1) {
			to = object_end(list, size, from);
			const struct buffer item = { (uint8_t *)(uintptr_t)list + from, to - from, to - from };
			if (!item.length || item.data[0] != '{')
				break;
			const uint8_t *its = json_member(&item, "name", &n);
			if (!its || n != wanted.length || memcmp(its, wanted.data, n) != 0 || !(its = json_member(&item, "sha256", &n)) || n != HEX + 2)
				continue;
			memcpy(then, its + 1, HEX);
			then[HEX] = 0;
			found = strcmp(then, sha256) == 0;
		}
		at = end + 1;
	}
	buffer_free(&text);
	buffer_free(&wanted);
	return found;
}

int64_t custody_verify(int directory, const uint8_t tag_manifest[32], void (*tell)(void *, const char *, const char *), void *owner)
{
	int fd = openat(directory, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buffer text = { 0 };
	struct stat st;
	int64_t wrong = 0;
	char say[256], head[HEX + 1], tag[HEX + 1];
	bool sealed = false, seal_right = false, torn_before = false;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !log_read(fd, &text)) {
		snprintf(say, sizeof say, "custody.log can't be read: %s", strerror(errno));
		tell(owner, "custody", say);
		if (fd >= 0)
			close(fd);
		buffer_free(&text);
		return 1;
	}
	close(fd);
	for (unsigned i = 0; i < 32; i++)
		snprintf(tag + 2 * i, 3, "%02x", tag_manifest[i]);
	memcpy(head, ZEROS, sizeof ZEROS);
	uint64_t number = 0;
	for (size_t at = 0; at < text.length;) {
		const uint8_t *feed = memchr(text.data + at, '\n', text.length - at);
		size_t end = feed ? (size_t)(feed - text.data) : text.length, n;
		struct buffer line = { text.data + at, end - at, end - at };
		char first[40];
		number++;
		snprintf(first, sizeof first, "{\"seq\":%llu,", (unsigned long long)number);
		const uint8_t *prev = json_member(&line, "prev", &n);
		bool prev_right = prev && n == HEX + 2 && memcmp(prev + 1, head, HEX) == 0;
		bool whole = feed && prev && n == HEX + 2 && line.length > strlen(first) && line.data[line.length - 1] == '}';
		const uint8_t *action = json_member(&line, "action", &n);
		bool torn = text_is(action, n, "\"torn\"");
		if (torn_before && !torn) {
			snprintf(say, sizeof say, "line %llu is torn and no entry tells of it", (unsigned long long)number - 1);
			tell(owner, "custody", say);
			wrong++;
		}
		torn_before = !whole;
		if (whole && memcmp(line.data, first, strlen(first)) != 0) {
			snprintf(say, sizeof say, "line %llu has another number: lines are missing or were added", (unsigned long long)number);
			tell(owner, "custody", say);
			wrong++;
		}
		if (whole && !prev_right) {
			snprintf(say, sizeof say, "the chain is broken before line %llu: the line before it was changed, added or removed", (unsigned long long)number);
			tell(owner, "custody", say);
			wrong++;
		}
		if (whole && text_is(action, n, "\"seal\"")) {
			size_t length;
			const uint8_t *details = json_member(&line, "details", &length);
			struct buffer inner = { (uint8_t *)(uintptr_t)details, length, length };
			const uint8_t *seal = details ? json_member(&inner, "seal", &length) : NULL;
			struct buffer core = { (uint8_t *)(uintptr_t)seal, length, length };
			const uint8_t *hash = seal ? json_member(&core, "tagmanifest_sha256", &length) : NULL;
			sealed = true;
			seal_right = hash && length == HEX + 2 && memcmp(hash + 1, tag, HEX) == 0;
		}
		line_hash(line.data, line.length, head);
		at = end + 1;
	}
	if (torn_before) {
		tell(owner, "custody", "the last line is torn");
		wrong++;
	}
	if (!sealed) {
		tell(owner, "custody", "custody.log has no seal");
		wrong++;
	} else if (!seal_right) {
		tell(owner, "custody", "the seal in custody.log names another tag manifest");
		wrong++;
	}
	buffer_free(&text);
	return wrong;
}
