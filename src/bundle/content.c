/* SPDX-License-Identifier: Apache-2.0 */
/* content.c: see content.h. Until it is complete it is called ".new-PROCESS-NUMBER". */
#include "config.h"

#include "bundle/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"

struct content {
	int directory, descriptor;
	int trouble;                    /* errno of the first failure */
	char name[48];
	struct hasher *hasher;          /* NULL once the digest is there */
	uint8_t sha256[32];
};

struct content *content_begin(struct content_store *s)
{
	struct content *c = memory_new(sizeof *c);
	c->directory = s->directory;
	snprintf(c->name, sizeof c->name, ".new-%ld-%llu", (long)getpid(), (unsigned long long)s->begun++);
	unlinkat(c->directory, c->name, 0);     /* of a process that was killed and had the same number */
	c->descriptor = openat(c->directory, c->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->descriptor < 0)
		c->trouble = errno;
	c->hasher = hasher_new(HASH_SHA256);
	return c;
}

bool content_write(struct content *c, const void *bytes, size_t length)
{
	if (!c->trouble)
		hasher_update(c->hasher, bytes, length);
	if (!c->trouble && !write_whole(c->descriptor, bytes, length))
		c->trouble = errno;
	errno = c->trouble;
	return !c->trouble;
}

void content_close(struct content *c)
{
	if (!c->hasher)
		return;
	hasher_finish(c->hasher);
	for (size_t i = 0; i < sizeof c->sha256; i++)
		c->sha256[i] = hasher_digest(c->hasher, HASH_SHA256)[i];
	hasher_free(c->hasher);
	c->hasher = NULL;
	if (c->descriptor >= 0 && (fchmod(c->descriptor, 0440) || close(c->descriptor)) && !c->trouble)
		c->trouble = errno;
	c->descriptor = -1;
}

bool content_end(struct content *c, bool keep)
{
	content_close(c);
	if (keep && !c->trouble) {
		struct buffer name = { 0 };
		buffer_hex(&name, c->sha256, sizeof c->sha256);
		if (renameat(c->directory, c->name, c->directory, buffer_string(&name)))
			c->trouble = errno;
		buffer_free(&name);
	}
	if (!keep || c->trouble)
		unlinkat(c->directory, c->name, 0);
	int trouble = keep ? c->trouble : 0;
	free(c);
	errno = trouble;
	return !trouble;
}
