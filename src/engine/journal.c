/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c: see journal.h. File: 16 bytes magic, 32 bytes identity, then entries. */
#include "engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

static const char magic[16] = "spoor journal 1\n";
enum { HEAD = 48 };

struct journal {
	int file;
	struct buffer waiting;
	struct journal_entry *entry;    /* read at the start, by key in an open table */
	size_t slots, entries;
};

static uint64_t check(const struct journal_entry *e)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const uint8_t *p = (const uint8_t *)e;
	for (size_t i = 0; i < offsetof(struct journal_entry, check); i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static struct journal_entry *slot_of(const struct journal *j, uint64_t key)
{
	if (!j->slots)
		return NULL;
	for (size_t i = key & (j->slots - 1);; i = (i + 1) & (j->slots - 1))
		if (!j->entry[i].check || j->entry[i].key == key)
			return &j->entry[i];
}

const struct journal_entry *journal_find(const struct journal *j, uint64_t key)
{
	const struct journal_entry *e = slot_of(j, key);
	return e && e->check ? e : NULL;
}

static void remember(struct journal *j, const struct journal_entry *e)
{
	if ((j->entries + 1) * 2 > j->slots) {
		struct journal grown = { .slots = j->slots ? j->slots * 2 : 1024 };
		grown.entry = memory_array(grown.slots, sizeof *grown.entry);
		for (size_t i = 0; i < j->slots; i++)
			if (j->entry[i].check)
				*slot_of(&grown, j->entry[i].key) = j->entry[i];
		free(j->entry);
		j->entry = grown.entry;
		j->slots = grown.slots;
	}
	struct journal_entry *s = slot_of(j, e->key);
	j->entries += !s->check;
	*s = *e;
}

struct journal *journal_open(int directory, const uint8_t identity[32], bool resume, const char **refused)
{
	*refused = NULL;
	int fd = openat(directory, "journal", O_RDWR | O_CLOEXEC | (resume ? 0 : O_CREAT | O_EXCL), 0600);
	if (fd < 0) {
		*refused = resume && errno == ENOENT ? "there is no run here to go on with" : !resume && errno == EEXIST ? "an unfinished run lies here; --resume goes on with it" : NULL;
		return NULL;
	}
	struct journal *j = memory_new(sizeof *j);
	j->file = fd;
	/* the children of a run that was just killed may hold the lock for a moment */
	int locked = -1;
	for (int i = 0; i < 30 && (locked = flock(fd, LOCK_EX | LOCK_NB)); i++)
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	if (locked)
		*refused = "another run is working in it";
	if (!*refused && !resume) {
		uint8_t head[HEAD];
		memcpy(head, magic, 16);
		memcpy(head + 16, identity, 32);
		if (!write_whole(fd, head, HEAD) || fsync(fd)) {
			journal_close(j);
			return NULL;
		}
	}
	if (!*refused && resume) {
		uint8_t head[HEAD];
		struct journal_entry e;
		off_t at = HEAD;
		ssize_t n = pread(fd, head, HEAD, 0);
		if (n < HEAD && ftruncate(fd, 0) == 0) {
			/* cut off before it began: begin again */
			memcpy(head, magic, 16);
			memcpy(head + 16, identity, 32);
			if (pwrite(fd, head, HEAD, 0) != HEAD)
				*refused = "the journal can't be written";
		} else if (memcmp(head, magic, 16) || memcmp(head + 16, identity, 32)) {
			*refused = "the unfinished run there was of other evidence, other options or another build of spoor: --resume needs the same; else give another directory";
		}
		while (!*refused && pread(fd, &e, sizeof e, at) == sizeof e && e.check && e.check == check(&e)) {
			remember(j, &e);
			at += (off_t)sizeof e;
		}
		if (!*refused && (ftruncate(fd, at) || lseek(fd, at, SEEK_SET) < 0))
			*refused = "the journal can't be written";
	}
	if (*refused) {
		journal_close(j);
		return NULL;
	}
	return j;
}

void journal_add(struct journal *j, const struct journal_entry *e)
{
	struct journal_entry done = *e;
	done.check = check(e);
	buffer_append(&j->waiting, &done, sizeof done);
}

size_t journal_waiting(const struct journal *j)
{
	return j->waiting.length / sizeof(struct journal_entry);
}

bool journal_commit(struct journal *j, int spool)
{
	if (!j->waiting.length)
		return true;
	if (fdatasync(spool))
		return false;
	if (!write_whole(j->file, j->waiting.data, j->waiting.length))
		return false;
	buffer_clear(&j->waiting);
	return fdatasync(j->file) == 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	close(j->file);
	buffer_free(&j->waiting);
	free(j->entry);
	free(j);
}
