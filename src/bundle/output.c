/* SPDX-License-Identifier: Apache-2.0 */
/* output.c: files that appear under their name only when they are whole, plain or as zstd frames of at most 4 MiB of input (level 1, with
 * checksums: damage stays in its frame, readers can go parallel), and the small text helpers of the bundle.
 *
 * Hot (all records pass here twice, compression is the largest part of it: tests/bench/events.c): a frame is gathered and compressed by one call, which
 * copies nothing; that call may be a thread's. */
#include "bundle/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "base/file.h"
#include "base/hash.h"

enum { PLAIN_BUFFER = 256 * 1024, FRAME_BYTES = 4 << 20 };

struct output {
	int directory, fd;
	char name[96], partial[112];
	struct hasher *hash;
	uint64_t size;
	struct buffer pending;
	ZSTD_CCtx *zstd;
	/* `frame` is gathered by the owner; with a thread, `busy` is that one's while full is set. */
	bool threaded, full, ending;
	int trouble;                    /* errno of the thread */
	struct buffer frame, busy;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

bool sync_rename(int directory, int fd, const char *from, const char *to)
{
	return (fd < 0 || fsync(fd) == 0) && renameat(directory, from, directory, to) == 0 && (fsync(directory) == 0 || errno == EINVAL);
}

bool file_sha256(int fd, uint8_t sha256[32], uint64_t *size)
{
	struct hasher *h = hasher_new(HASH_SHA256);
	uint8_t *bytes = memory_new(1 << 18);
	ssize_t n;
	*size = 0;
	while ((n = pread(fd, bytes, 1 << 18, (off_t)*size)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		hasher_update(h, bytes, (size_t)n);
		*size += (uint64_t)n;
	}
	int was = errno;
	hasher_finish(h);
	memcpy(sha256, hasher_digest(h, HASH_SHA256), 32);
	hasher_free(h);
	free(bytes);
	errno = was;
	return n == 0;
}

struct output *output_new(int directory, const char *name, bool zstd)
{
	struct output *o = memory_new(sizeof *o);
	snprintf(o->name, sizeof o->name, "%s", name);
	snprintf(o->partial, sizeof o->partial, "%s.partial", name);
	o->directory = directory;
	if (unlinkat(directory, o->partial, 0) != 0 && errno != ENOENT) {
		free(o);
		return NULL;
	}
	o->fd = openat(directory, o->partial, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (o->fd < 0) {
		free(o);
		return NULL;
	}
	o->hash = hasher_new(HASH_SHA256);
	if (zstd) {
		o->zstd = ZSTD_createCCtx();
		if (!o->zstd) {
			output_drop(o);
			errno = ENOMEM;
			return NULL;
		}
		ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_compressionLevel, 1);
		ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_checksumFlag, 1);
	}
	return o;
}

static bool flush(struct output *o)
{
	bool good = write_whole(o->fd, o->pending.data, o->pending.length);
	hasher_update(o->hash, o->pending.data, o->pending.length);
	o->size += o->pending.length;
	buffer_clear(&o->pending);
	return good;
}

static bool compress(struct output *o, const struct buffer *frame)
{
	size_t room = ZSTD_compressBound(frame->length);
	size_t got = ZSTD_compress2(o->zstd, buffer_reserve(&o->pending, room), room, frame->data, frame->length);
	if (ZSTD_isError(got)) {
		errno = EIO;
		return false;
	}
	o->pending.length += got;
	return flush(o);
}

static void *thread_run(void *owner)
{
	struct output *o = owner;
	pthread_mutex_lock(&o->lock);
	for (;;) {
		while (!o->full && !o->ending)
			pthread_cond_wait(&o->changed, &o->lock);
		if (!o->full)
			break;
		pthread_mutex_unlock(&o->lock);
		int trouble = o->trouble ? o->trouble : compress(o, &o->busy) ? 0 : errno ? errno : EIO;
		pthread_mutex_lock(&o->lock);
		o->trouble = trouble;
		o->full = false;
		pthread_cond_broadcast(&o->changed);
	}
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

void output_thread(struct output *o)
{
	sigset_t all, was;
	sigfillset(&all);
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, NULL);
	pthread_sigmask(SIG_BLOCK, &all, &was);         /* signals are the owner's */
	o->threaded = pthread_create(&o->thread, NULL, thread_run, o) == 0;     /* if not, the same frames are written in this one */
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (!o->threaded) {
		pthread_cond_destroy(&o->changed);
		pthread_mutex_destroy(&o->lock);
	}
}

/* Compresses the frame, or hands it over, waiting for the one before; `end` also ends the thread. */
static bool frame_give(struct output *o, bool end)
{
	if (!o->threaded) {
		bool good = !o->frame.length || compress(o, &o->frame);
		buffer_clear(&o->frame);
		return good;
	}
	pthread_mutex_lock(&o->lock);
	while (o->full)
		pthread_cond_wait(&o->changed, &o->lock);
	struct buffer empty = o->busy;
	o->busy = o->frame;
	o->frame = empty;
	buffer_clear(&o->frame);
	o->full = o->busy.length > 0;
	o->ending = end;
	pthread_cond_broadcast(&o->changed);
	int trouble = o->trouble;
	pthread_mutex_unlock(&o->lock);
	if (end) {
		pthread_join(o->thread, NULL);
		trouble = o->trouble;
		o->threaded = false;
		pthread_cond_destroy(&o->changed);
		pthread_mutex_destroy(&o->lock);
	}
	if (trouble)
		errno = trouble;
	return !trouble;
}

bool output_write(struct output *o, const void *bytes, size_t length)
{
	if (!length)
		return true;
	if (!o->zstd) {
		buffer_append(&o->pending, bytes, length);
		return o->pending.length < PLAIN_BUFFER || flush(o);
	}
	bool good = o->frame.length + length <= FRAME_BYTES || !o->frame.length || frame_give(o, false);
	buffer_append(&o->frame, bytes, length);
	return good;
}

bool output_flush(struct output *o)
{
	return o->zstd || flush(o);
}

bool output_finish(struct output *o, uint8_t sha256[32], uint64_t *size)
{
	bool good = !o->zstd || frame_give(o, true);
	if (good && o->zstd && !o->size)        /* an empty file would be no zstd file: an empty frame is */
		good = compress(o, &o->frame);
	good = good && flush(o) && sync_rename(o->directory, o->fd, o->partial, o->name);
	if (good) {
		hasher_finish(o->hash);
		memcpy(sha256, hasher_digest(o->hash, HASH_SHA256), 32);
		*size = o->size;
	}
	output_drop(o);
	return good;
}

void output_drop(struct output *o)
{
	if (!o)
		return;
	int was = errno;
	if (o->threaded) {
		buffer_clear(&o->frame);
		frame_give(o, true);
	}
	unlinkat(o->directory, o->partial, 0);          /* after a rename there is none */
	close(o->fd);
	hasher_free(o->hash);
	ZSTD_freeCCtx(o->zstd);
	buffer_free(&o->pending);
	buffer_free(&o->frame);
	buffer_free(&o->busy);
	free(o);
	errno = was;
}

/* ---- text */

/* Hot: eight bytes a turn. */
bool text_tame(const uint8_t *text, size_t length)
{
	size_t i = 0;
	for (; length - i >= 8; i += 8) {
		uint64_t w;
		memcpy(&w, text + i, 8);
		uint64_t low = w - UINT64_C(0x2020202020202020), delete = (w ^ UINT64_C(0x7f7f7f7f7f7f7f7f)) - UINT64_C(0x0101010101010101);
		if ((w | low | delete) & UINT64_C(0x8080808080808080))  /* a borrow can only come from a byte that is not tame itself */
			return false;
	}
	for (; i < length; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			return false;
	return true;
}

void text_shown(struct buffer *out, const void *text, size_t length)
{
	if (text_tame(text, length))
		buffer_append(out, text, length);
	else
		text_for_terminal(out, text, length, 0);
}

/* Length of a scheme and "://" that begins here, 0 for none; `shown` is what stands for the scheme. */
static size_t scheme_at(const char *p, size_t left, const char **shown)
{
	static const struct { const char *text, *shown; } schemes[] = { { "https://", "hxxps://" }, { "http://", "hxxp://" }, { "ftps://", "fxps://" }, { "ftp://", "fxp://" } };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i].text);
		if (left >= n && text_equal_nocase(p, n, schemes[i].text, n)) {
			*shown = schemes[i].shown;
			return n;
		}
	}
	return 0;
}

void html_text(struct buffer *out, const void *text, size_t length)
{
	struct buffer shown = { 0 };
	text_shown(&shown, text, length);
	const char *p = (const char *)shown.data;
	bool host = false;
	for (size_t i = 0; i < shown.length; i++) {
		const char *as = NULL;
		size_t n = p[i] == 'h' || p[i] == 'H' || p[i] == 'f' || p[i] == 'F' ? scheme_at(p + i, shown.length - i, &as) : 0;
		if (n) {
			buffer_text(out, as);
			i += n - 1;
			host = true;
			continue;
		}
		switch (p[i]) {
		case '&': buffer_text(out, "&amp;"); break;
		case '<': buffer_text(out, "&lt;"); break;
		case '>': buffer_text(out, "&gt;"); break;
		case '"': buffer_text(out, "&quot;"); break;
		case '\'': buffer_text(out, "&#39;"); break;
		case '.': buffer_text(out, host ? "[.]" : "."); break;
		default: buffer_byte(out, (uint8_t)p[i]);
		}
		if (strchr("/?# <>\"'),;", p[i]))
			host = false;
	}
	buffer_free(&shown);
}

void json_string(struct buffer *out, const char *text, size_t length)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + length;
	buffer_byte(out, '"');
	while (at < end) {
		uint32_t c = text_utf8_next(&at, end);
		if (c == '"' || c == '\\')
			buffer_format(out, "\\%c", (int)c);
		else if (text_is_dangerous(c) && c < 0x10000)
			buffer_format(out, "\\u%04x", c);
		else if (text_is_dangerous(c))
			buffer_format(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
		else
			text_utf8_append(out, c);
	}
	buffer_byte(out, '"');
}

const uint8_t *json_member(const struct buffer *line, const char *key, size_t *length)
{
	const uint8_t *p = line->data, *end = p + line->length, *found = NULL;
	size_t n = strlen(key);
	int depth = 0;
	bool name = false;              /* the next string is a key of the outermost object */
	*length = 0;
	for (; p < end; p++) {
		if (*p == '"') {
			const uint8_t *from = ++p;
			while (p < end && *p != '"')
				p += *p == '\\' ? 2 : 1;
			if (p >= end)
				return NULL;
			if (name && depth == 1 && (size_t)(p - from) == n && memcmp(from, key, n) == 0)
				found = p + 2;
			name = false;
		} else if (*p == '{' || *p == '[') {
			depth++;
			name = depth == 1;
		} else if (*p == '}' || *p == ']') {
			if (--depth == 0)
				break;
		} else if (*p == ',' && depth == 1) {
			if (found)
				break;
			name = true;
		}
	}
	if (!found || p > end || found > p)
		return NULL;
	*length = (size_t)(p - found);
	return found;
}

uint64_t text_hash(const void *text, size_t length)
{
	const uint8_t *p = text;
	uint64_t h = length * UINT64_C(0x9e3779b97f4a7c15), v;
	for (; length >= 8; p += 8, length -= 8) {
		memcpy(&v, p, 8);
		h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	for (; length; p++, length--)
		h = (h ^ *p) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}
