/* SPDX-License-Identifier: Apache-2.0 */
/* sorter.c: see sorter.h. Entries of a run are sorted by an LSD radix over the bytes of the key that differ (stable; performance figure: make bench), runs merge through a binary heap. */
#include "engine/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { RUN_HEAD = 28, READ_AHEAD = 256 * 1024, RUNS_MAX = 512, AHEAD = 12, LINES_AHEAD = 7, HUGE_PAGE = 2 << 20 };

struct entry { struct sort_key key; uint32_t offset, length; };  /* offset in sorter.bytes, 16 GiB never: memory is bounded below 4 GiB */

struct run { uint64_t at, end; struct buffer ahead; size_t used; struct sort_key key; const uint8_t *bytes; uint32_t length; uint32_t number; };

struct sorter {
	int directory, file;
	size_t memory;
	struct buffer bytes;
	struct entry *entry, *spare;    /* spare: as long as entry, kept from run to run */
	size_t entries, capacity, spare_capacity, next;
	uint64_t count, file_size;
	struct run *run;
	unsigned runs;
	unsigned *heap, heap_size;
	bool merging, started;
};

struct sorter *sorter_new(int directory, size_t memory_bytes)
{
	struct sorter *s = memory_new(sizeof *s);
	s->directory = directory;
	s->file = -1;
	s->memory = memory_bytes < (UINT32_MAX >> 1) ? memory_bytes : UINT32_MAX >> 1;
	return s;
}

uint64_t sorter_count(const struct sorter *s)
{
	return s->count;
}

/* Digits of 11 bits from the least significant part; a digit that all entries share costs one counting pass only. */
static void sort_entries(struct sorter *s)
{
	size_t n = s->entries;
	if (n < 2)
		return;
	uint64_t differ[3] = { 0 };
	bool last_rises = true;         /* the last part is often the number of arrival: then the sort, being stable, need not look at it */
	for (size_t i = 1; i < n; i++) {
		for (int p = 0; p < 3; p++)
			differ[p] |= s->entry[i].key.part[p] ^ s->entry[0].key.part[p];
		last_rises = last_rises && s->entry[i - 1].key.part[2] <= s->entry[i].key.part[2];
	}
	if (last_rises)
		differ[2] = 0;
	if (s->spare_capacity < n) {
		free(s->spare);
		s->spare = memory_array(s->capacity, sizeof *s->spare);
		s->spare_capacity = s->capacity;
	}
	struct entry *from = s->entry, *to = s->spare;
	for (int p = 2; p >= 0; p--) {
		for (unsigned shift = 0; shift < 64; shift += 11) {
			if (!(differ[p] >> shift & 2047))
				continue;
			size_t at[2049] = { 0 };
			for (size_t i = 0; i < n; i++)
				at[(from[i].key.part[p] >> shift & 2047) + 1]++;
			for (size_t i = 1; i < 2049; i++)
				at[i] += at[i - 1];
			for (size_t i = 0; i < n; i++)
				to[at[from[i].key.part[p] >> shift & 2047]++] = from[i];
			struct entry *swap = from;
			from = to;
			to = swap;
		}
	}
	if (from != s->entry) {
		size_t capacity = s->capacity;
		s->spare = s->entry;
		s->entry = from;
		s->capacity = s->spare_capacity;
		s->spare_capacity = capacity;
	}
}

static void put_head(uint8_t head[RUN_HEAD], const struct entry *e)
{
	memcpy(head, &e->key, 24);
	memcpy(head + 24, &e->length, 4);
}

static bool write_run(struct sorter *s)
{
	if (s->file < 0 && (s->file = temporary_file(s->directory)) < 0)
		return false;
	if (s->runs >= RUNS_MAX) {
		errno = EFBIG;
		return false;
	}
	sort_entries(s);
	struct buffer out = { 0 };
	uint64_t start = s->file_size;
	for (size_t i = 0; i < s->entries; i++) {
		uint8_t head[RUN_HEAD];
		if (i + AHEAD < s->entries) {   /* the bytes lie in the order of arrival: fetched in time, they cost no waiting */
			const uint8_t *soon = s->bytes.data + s->entry[i + AHEAD].offset;
			for (unsigned line = 0; line < LINES_AHEAD; line++)
				__builtin_prefetch(soon + 64 * line);
		}
		put_head(head, &s->entry[i]);
		buffer_append(&out, head, sizeof head);
		buffer_append(&out, s->bytes.data + s->entry[i].offset, s->entry[i].length);
		if (out.length >= (1u << 20) || i + 1 == s->entries) {
			if (!write_whole(s->file, out.data, out.length)) {
				buffer_free(&out);
				return false;
			}
			s->file_size += out.length;
			buffer_clear(&out);
		}
	}
	buffer_free(&out);
	s->run = memory_resize(s->run, s->runs + 1, sizeof *s->run);
	s->run[s->runs] = (struct run){ .at = start, .end = s->file_size, .number = s->runs };
	s->runs++;
	s->entries = 0;
	buffer_clear(&s->bytes);
	return true;
}

/* All the room at once, never moved, in huge pages where the system has them: it is filled from end to end and read all over (tests/bench/events.c). */
static void room_take(struct sorter *s)
{
	uint8_t *room = buffer_reserve(&s->bytes, s->memory), *first = (uint8_t *)(((uintptr_t)room + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
	if (first < room + s->memory)
		madvise(first, s->memory - (size_t)(first - room), MADV_HUGEPAGE);      /* a wish: it may be refused */
}

bool sorter_add(struct sorter *s, const struct sort_key *key, const void *bytes, size_t length)
{
	/* sorting doubles the entries for a moment */
	if (s->entries && s->bytes.length + length + (s->entries + 1) * 2 * sizeof(struct entry) > s->memory && !write_run(s))
		return false;
	if (!s->bytes.data)
		room_take(s);
	if (s->entries == s->capacity) {
		s->capacity = s->capacity ? s->capacity * 2 : 1024;
		s->entry = memory_resize(s->entry, s->capacity, sizeof *s->entry);
	}
	s->entry[s->entries++] = (struct entry){ *key, (uint32_t)s->bytes.length, (uint32_t)length };
	buffer_append(&s->bytes, bytes, length);
	s->count++;
	return true;
}

/* Loads the run's next entry. 1 there, 0 the run's end, -1 trouble. */
static int run_next(struct sorter *s, struct run *r)
{
	for (;;) {
		size_t have = r->ahead.length - r->used;
		uint32_t length = 0;
		if (have >= RUN_HEAD)
			memcpy(&length, r->ahead.data + r->used + 24, 4);
		if (have >= RUN_HEAD && have - RUN_HEAD >= length) {
			memcpy(&r->key, r->ahead.data + r->used, 24);
			r->bytes = r->ahead.data + r->used + RUN_HEAD;
			r->length = length;
			r->used += RUN_HEAD + length;
			return 1;
		}
		if (r->at >= r->end)
			return have ? -1 : 0;
		if (have)
			memmove(r->ahead.data, r->ahead.data + r->used, have);
		r->ahead.length = have;
		r->used = 0;
		size_t want = RUN_HEAD + length > READ_AHEAD ? RUN_HEAD + length : READ_AHEAD;
		if (want > r->end - r->at)
			want = (size_t)(r->end - r->at);
		ssize_t n = pread(s->file, buffer_reserve(&r->ahead, want), want, (off_t)r->at);
		if (n <= 0)
			return -1;
		r->ahead.length += (size_t)n;
		r->at += (uint64_t)n;
	}
}

static bool run_before(const struct sorter *s, unsigned a, unsigned b)
{
	const struct run *x = &s->run[a], *y = &s->run[b];
	for (int p = 0; p < 3; p++)
		if (x->key.part[p] != y->key.part[p])
			return x->key.part[p] < y->key.part[p];
	return x->number < y->number;           /* stable: earlier runs hold earlier entries */
}

static void sift(struct sorter *s, unsigned i)
{
	for (;;) {
		unsigned least = i, left = 2 * i + 1, right = left + 1;
		if (left < s->heap_size && run_before(s, s->heap[left], s->heap[least]))
			least = left;
		if (right < s->heap_size && run_before(s, s->heap[right], s->heap[least]))
			least = right;
		if (least == i)
			return;
		unsigned swap = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = swap;
		i = least;
	}
}

bool sorter_finish(struct sorter *s)
{
	if (!s->runs) {
		sort_entries(s);
		return true;
	}
	if (s->entries && !write_run(s))
		return false;
	free(s->entry);
	free(s->spare);
	s->entry = s->spare = NULL;
	s->capacity = s->spare_capacity = 0;
	buffer_free(&s->bytes);
	s->merging = true;
	s->heap = memory_array(s->runs, sizeof *s->heap);
	for (unsigned i = 0; i < s->runs; i++) {
		int got = run_next(s, &s->run[i]);
		if (got < 0)
			return false;
		if (got)
			s->heap[s->heap_size++] = i;
	}
	for (unsigned i = s->heap_size; i-- > 0;)
		sift(s, i);
	return true;
}

int sorter_next(struct sorter *s, struct sort_key *key, const uint8_t **bytes, size_t *length)
{
	if (!s->merging) {
		if (s->next >= s->entries)
			return 0;
		const struct entry *e = &s->entry[s->next++];
		*key = e->key;
		*bytes = s->bytes.data ? s->bytes.data + e->offset : (const uint8_t *)"";
		*length = e->length;
		return 1;
	}
	if (s->started && s->heap_size) {
		/* the entry given last lives in its run's buffer: only now may that run move on */
		int got = run_next(s, &s->run[s->heap[0]]);
		if (got < 0)
			return -1;
		if (!got)
			s->heap[0] = s->heap[--s->heap_size];
		sift(s, 0);
	}
	s->started = true;
	if (!s->heap_size)
		return 0;
	const struct run *r = &s->run[s->heap[0]];
	*key = r->key;
	*bytes = r->bytes;
	*length = r->length;
	return 1;
}

void sorter_free(struct sorter *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->runs; i++)
		buffer_free(&s->run[i].ahead);
	free(s->run);
	free(s->heap);
	free(s->entry);
	free(s->spare);
	buffer_free(&s->bytes);
	if (s->file >= 0)
		close(s->file);
	free(s);
}
