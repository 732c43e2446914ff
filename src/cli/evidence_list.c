/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_list.c: --files-from: a list of evidence names or locators, one a line, or each ended by a NUL byte, as `find -print0` writes them. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/options.h"

enum { LIST_MOST = 64 << 20, TURN = 1 << 16 };

static bool read_all(int fd, struct buffer *b)
{
	ssize_t n;
	while ((n = read(fd, buffer_reserve(b, TURN), TURN)) > 0 || (n < 0 && errno == EINTR)) {
		b->length += n > 0 ? (size_t)n : 0;
		if (b->length > LIST_MOST) {
			errno = EFBIG;
			return false;
		}
	}
	return n == 0;
}

static void names_take(struct settings *s, const struct buffer *b)
{
	char end = s->null ? 0 : '\n';
	char **all = memory_array(s->operands + b->length + 1, sizeof *all);
	unsigned count = s->operands;
	s->listed = memory_array(b->length + 1, sizeof *s->listed);
	memcpy(all, s->operand, s->operands * sizeof *all);
	for (size_t at = 0, length; at < b->length; at += length + 1) {
		const char *name = (const char *)b->data + at;
		const char *stop = memchr(name, end, b->length - at);
		length = stop ? (size_t)(stop - name) : b->length - at;
		if (length)
			all[count++] = s->listed[s->listed_count++] = memory_copy(name, length);
	}
	s->operand = all;
	s->operands = count;
}

bool options_files_from(const struct module *m, struct settings *s)
{
	struct buffer b = { 0 };
	if (!s->files_from) {
		if (s->null)
			say(m, "--null speaks of a list: give --files-from FILE");
		return !s->null;
	}
	bool standard = !strcmp(s->files_from, "-");
	int fd = standard ? STDIN_FILENO : open(s->files_from, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && read_all(fd, &b);
	if (!good)
		say(m, "the list %s can't be read: %s", s->files_from, strerror(errno));
	if (fd >= 0 && !standard)
		close(fd);
	if (good && !s->null && b.length && memchr(b.data, 0, b.length)) {
		say(m, "the list %s holds NUL bytes: give --null if its names end with them", s->files_from);
		good = false;
	}
	unsigned before = s->operands;
	if (good)
		names_take(s, &b);
	if (good && s->operands == before) {
		say(m, "the list %s names nothing", s->files_from);
		good = false;
	}
	buffer_free(&b);
	return good;
}

void options_free(struct settings *s)
{
	for (unsigned i = 0; i < s->listed_count; i++)
		free(s->listed[i]);
	if (s->listed)
		free((void *)(uintptr_t)s->operand);
	free(s->listed);
	*s = (struct settings){ 0 };
}
