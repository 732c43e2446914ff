/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int temporary_file(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return fd;
	for (unsigned i = 0; i < 1000; i++) {
		char name[48];
		snprintf(name, sizeof name, ".spoor-%ld-%u", (long)getpid(), i);
		fd = openat(directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlinkat(directory, name, 0);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

bool write_whole(int fd, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	while (length) {
		ssize_t n = write(fd, p, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EIO;
			return false;
		}
		p += n;
		length -= (size_t)n;
	}
	return true;
}

bool read_whole_at(int fd, uint64_t offset, void *to, size_t length)
{
	uint8_t *p = to;
	while (length) {
		ssize_t n = pread(fd, p, length, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EIO;
			return false;
		}
		p += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return true;
}
