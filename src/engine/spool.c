/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: see spool.h. Segment head: u64 offset of the previous segment, u64 length. */
#include "engine/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

bool spool_write_raw(struct spool *s, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	while (length) {
		ssize_t n = pwrite(s->file, p, length, (off_t)s->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->failed = true;
			return false;
		}
		p += n;
		length -= (size_t)n;
		s->size += (uint64_t)n;
	}
	return true;
}

bool spool_read_raw(const struct spool *s, uint64_t offset, void *to, size_t length)
{
	return read_whole_at(s->file, offset, to, length);
}

uint64_t spool_append(struct spool *s, uint64_t previous, const void *bytes, size_t length)
{
	uint64_t head[2] = { previous, length }, at = s->size;
	if (!spool_write_raw(s, head, sizeof head) || !spool_write_raw(s, bytes, length))
		return SPOOL_NONE;
	return at;
}

bool spool_read(struct spool *s, uint64_t last, bool (*each)(void *owner, const uint8_t *bytes, size_t length), void *owner)
{
	uint64_t *segment = NULL;
	size_t segments = 0;
	bool good = true;
	struct buffer bytes = s->segment;       /* each may read the spool itself */
	s->segment = (struct buffer){ 0 };
	for (uint64_t at = last; good && at != SPOOL_NONE;) {
		uint64_t head[2];
		segment = memory_resize(segment, segments + 1, sizeof *segment);
		segment[segments++] = at;
		good = spool_read_raw(s, at, head, sizeof head) && (head[0] == SPOOL_NONE || head[0] < at);
		at = head[0];
	}
	while (good && segments) {
		uint64_t head[2], at = segment[--segments];
		good = spool_read_raw(s, at, head, sizeof head) && head[1] <= s->size - at;
		if (!good)
			break;
		buffer_clear(&bytes);
		good = spool_read_raw(s, at + sizeof head, buffer_reserve(&bytes, (size_t)head[1] + 1), (size_t)head[1]) && each(owner, bytes.data, (size_t)head[1]);
	}
	buffer_free(&s->segment);
	s->segment = bytes;
	free(segment);
	return good;
}
