/* SPDX-License-Identifier: Apache-2.0 */
/* state.c: what an unfinished run left on the disk: its journal and its spool, in whatever state they are. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/journal.h"
#include "engine/spool.h"

static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

static int folder(void)
{
	static int fd = -1;
	if (fd < 0) {
		struct buffer path = { 0 };
		const char *temporary = getenv("TMPDIR");
		buffer_format(&path, "%s/fuzz-journal-XXXXXX", temporary ? temporary : "/tmp");
		char *name = memory_string(buffer_string(&path));
		buffer_free(&path);
		demand(mkdtemp(name) && (fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
		free(name);
	}
	return fd;
}

static void journal_put(const uint8_t *data, size_t size)
{
	int fd = openat(folder(), "journal", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size && !close(fd));
}

/* The input as a journal; and as entries behind a good one: what can be read stays, and a new entry can be read behind it. */
void fuzz_journal(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	static const uint8_t identity[32] = "spoor";
	(void)t;
	const char *refused;
	journal_put(data, size);
	journal_close(journal_open(folder(), identity, true, &refused));
	unlinkat(folder(), "journal", 0);
	struct journal *j = journal_open(folder(), identity, false, &refused);
	struct journal_entry e = { .key = 1, .records = 7 };
	int spool = file_of(data, size);
	demand(j != NULL);
	journal_add(j, &e);
	demand(journal_commit(j, spool));
	journal_close(j);
	int fd = openat(folder(), "journal", O_WRONLY | O_APPEND | O_CLOEXEC);
	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size && !close(fd));
	for (uint64_t key = 1; key < 3; key++) {
		demand((j = journal_open(folder(), identity, true, &refused)) != NULL);
		demand(journal_find(j, key) != NULL);
		e.key = key + 1;
		journal_add(j, &e);
		demand(journal_commit(j, spool));
		journal_close(j);
	}
	unlinkat(folder(), "journal", 0);
	close(spool);
}

static bool count(void *owner, const uint8_t *bytes, size_t length)
{
	demand(bytes || !length);
	*(uint64_t *)owner += length;
	return true;
}

/* The input: u16 place of the last segment, the spool. Read or refused; and a chain behind it comes back whole. */
void fuzz_spool(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	uint64_t last = fuzz_number(&data, &size, 2), length = 0;
	int fd = file_of(data, size);
	struct spool s = { .file = fd, .size = size };
	(void)spool_read(&s, last, count, &length);
	uint64_t first = spool_append(&s, SPOOL_NONE, data, size), second = spool_append(&s, first, data, size);
	demand(first != SPOOL_NONE && second != SPOOL_NONE);
	length = 0;
	demand(spool_read(&s, second, count, &length) && length == 2 * size);
	buffer_free(&s.segment);
	close(fd);
}
