/* SPDX-License-Identifier: Apache-2.0 */
/* frames.c: takes what workers send. Everything is checked (record_view_open, lengths, counts, that streams and items belong to the job) and is pending until
 * the job's DONE; then it is committed: to the spool, the journal, the tree. */
#include "engine/broker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { READ_TURN = 256 * 1024 };

enum { GIVE = 256 * 1024, PENDING_SPILL = 4 << 20, PENDING_TURN = 16 << 20 };     /* bytes of a job in memory; of the one whose turn it is, which may need no spool at all */

static bool spill_much(struct engine *e, struct worker_slot *s)
{
	return chain_spill(e, &s->records, &s->output, s->job == e->cursor ? PENDING_TURN : PENDING_SPILL) && chain_spill(e, &s->item_bytes, &s->items, PENDING_SPILL);
}

/* Of what was sent, not against forgery: a worker can only deceive about its own records. Four lanes, because a multiplication waits for the one before. */
static uint64_t sum_add(uint64_t sum, const uint8_t *bytes, size_t length)
{
	static const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t lane[4] = { sum, length, odd, ~sum }, word[4];
	for (;; bytes += sizeof word, length -= sizeof word) {
		if (length < sizeof word) {
			memset(word, 0, sizeof word);
			memcpy(word, bytes, length);
		} else
			memcpy(word, bytes, sizeof word);
		for (int i = 0; i < 4; i++) {
			lane[i] = (lane[i] ^ word[i]) * odd;
			lane[i] ^= lane[i] >> 29;
		}
		if (length <= sizeof word)
			break;
	}
	return ((lane[0] * odd + lane[1]) * odd + lane[2]) * odd + lane[3];
}

/* Whose turn it is gives its records as they come, so that a long listing needs neither memory nor a file. Should its worker die, the next attempt gives the
 * same again up to there, since workers do the same in the same order: that is checked, and dropped. Nothing of a run that is journaled goes out like this, and
 * nothing that speaks of content which is kept only at DONE. */
static bool records_give(struct engine *e, struct worker_slot *s, const uint8_t *frame, size_t length)
{
	if (e->journal)
		return true;
	s->sum = sum_add(s->sum, frame, length);
	if (s->record_count == s->given.records) {
		s->differs = s->sum != s->given.sum;
		if (!s->differs) {
			buffer_clear(&s->records);
			s->output = SPOOL_NONE;
		}
	}
	if (s->records.length < GIVE || s->job != e->cursor || s->streams || s->differs || s->record_count <= s->given.records || s->output != SPOOL_NONE)
		return true;
	s->given = (struct given){ s->record_count, s->sum };
	bool good = emit_records(e, &s->records);
	buffer_clear(&s->records);
	return good;
}

static struct stream *stream_of(struct worker_slot *s, uint32_t number)
{
	for (unsigned i = s->streams; i-- > 0;)
		if (s->stream[i].number == number && s->stream[i].open)
			return &s->stream[i];
	return NULL;
}

bool journal_settle(struct engine *e)
{
	if (journal_waiting(e->journal) && e->c.settle && !e->c.settle(e->c.owner))
		return broker_client_trouble(e);
	return journal_commit(e->journal, e->spool.file) || broker_output_trouble(e, strerror(errno));
}

bool job_commit(struct engine *e, struct worker_slot *s)
{
	struct job *j = &e->job[s->job];
	if (j->ask)
		return ask_done(e, s);
	if (s->differs || s->record_count < s->given.records)
		given_differs(e, s);
	buffer_append(&s->records, s->errors.data, s->errors.length);
	/* whose turn it is, its records go out from memory; to the spool only for a run that goes on after this one */
	bool turn = s->job == e->cursor;
	uint64_t before = s->output;
	if (((!turn || e->journal) && !chain_write(e, &s->records, &s->output)) || !chain_spill(e, &s->item_bytes, &s->items, 0))
		return false;
	for (unsigned i = 0; i < s->streams; i++) {
		struct stream *t = &s->stream[i];
		void *handle = t->handle;
		t->handle = NULL;               /* data_end frees it, also when it fails */
		if (handle && !e->c.data_end(e->c.owner, handle, t->complete, true))
			return broker_client_trouble(e);
	}
	j->output = s->output;
	j->items = s->items;
	if (e->journal) {
		journal_add(e->journal, &(struct journal_entry){ .key = j->key, .output = j->output, .items = j->items, .records = s->record_count, .item_count = s->item_count });
		if (journal_waiting(e->journal) >= 256 || broker_now() - e->committed_at > 1.0) {
			if (!journal_settle(e))
				return false;
			e->committed_at = broker_now();
		}
	}
	if (turn && !(j->emitted = emit_pending(e, before, &s->records)))
		return false;
	pending_clear(e, s);
	if (!children_make(e, s->job))
		return false;
	e->job[s->job].state = JOB_DONE;
	e->counts.jobs_done++;
	e->counts.cost_done += e->job[s->job].cost;
	s->job = 0;
	s->sent = false;
	return emit_ready(e);
}

/* ---- one function a kind of frame: false is trouble of the broker's own, what a worker must not send is refused */

static bool refuse(struct worker_slot *s, const char *why)
{
	s->protocol = why;
	return true;
}

static bool frame_record(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	const struct job *j = &e->job[s->job];
	struct record_view v;
	const char *wrong = record_view_open(&v, body, length);
	if (wrong)
		return refuse(s, wrong);
	size_t tail_length;
	const char *tail = record_get_text(&v, F_LOCATOR, &tail_length), *prefix = prefix_of(e, j);
	if (v.type == RECORD_START || v.type == RECORD_END || v.type == RECORD_FOREIGN || record_has(&v, F_EXTRA))
		return refuse(s, "a record that only the broker may write");
	if (tail && tail_length && (tail_length < 3 || memcmp(tail, "::", 2) != 0))
		return refuse(s, "a locator that is no tail");
	if (*prefix || tail)
		record_prefix_locator(&s->records, &v, prefix, strlen(prefix));
	else
		buffer_append(&s->records, body, length);
	s->record_count++;
	return j->ask ? ask_records(e, s) : records_give(e, s, body, length) && spill_much(e, s);
}

static bool frame_item(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	struct item_head h;
	if (length < sizeof h)
		return refuse(s, "an item that is too short");
	memcpy(&h, body, sizeof h);
	if (h.step_length > length - sizeof h || !text_is_utf8(body + sizeof h, h.step_length) || memchr(body + sizeof h, 0, h.step_length))
		return refuse(s, "an item with a broken step");
	s->item_count++;
	if (e->job[s->job].ask)
		return ask_answer(e, s, ANSWER_ITEM, body, length);
	item_put(&s->item_bytes, &h, (const char *)body + sizeof h, h.step_length, body + sizeof h + h.step_length, length - sizeof h - h.step_length);
	return spill_much(e, s);
}

static bool frame_data_begin(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	uint32_t number, purpose;
	if (length != 8 || s->streams >= STREAMS_MAX)
		return refuse(s, "too many streams");
	if (s->streams == s->streams_capacity) {
		s->streams_capacity = s->streams_capacity ? 2 * s->streams_capacity : 16;
		s->stream = memory_resize(s->stream, s->streams_capacity, sizeof *s->stream);
	}
	memcpy(&number, body, 4);
	memcpy(&purpose, body + 4, 4);
	struct stream *t = &s->stream[s->streams++];
	*t = (struct stream){ .number = number, .purpose = purpose, .open = true, .scratch = -1 };
	if (purpose != PURPOSE_SCRATCH)
		t->handle = e->c.data_begin && !e->job[s->job].ask ? e->c.data_begin(e->c.owner, purpose) : NULL;
	else if ((t->scratch = temporary_file(e->o.directory)) < 0)
		return broker_output_trouble(e, strerror(errno));
	return true;
}

/* The open stream whose number a frame of at least `least` and at most `most` bytes begins with; NULL: none. */
static struct stream *stream_named(struct worker_slot *s, const uint8_t *body, size_t length, size_t least, size_t most)
{
	uint32_t number;
	if (length < least || length > most)
		return NULL;
	memcpy(&number, body, sizeof number);
	return stream_of(s, number);
}

static bool frame_data(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	struct stream *t = stream_named(s, body, length, 4, FRAME_BODY_MAX);
	if (!t)
		return refuse(s, "data for no stream");
	const uint8_t *bytes = body + 4;
	length -= 4;
	if (t->handle && !e->c.data(e->c.owner, t->handle, bytes, length))
		return broker_client_trouble(e);
	if (t->scratch < 0)
		return !e->job[s->job].ask || ask_answer(e, s, ANSWER_DATA, bytes, length);
	t->over |= length > e->o.scratch_most - e->scratch_bytes;
	if (t->over)
		return true;
	e->scratch_bytes += length;
	t->scratch_bytes += length;
	return write_whole(t->scratch, bytes, length) || broker_output_trouble(e, strerror(errno));
}

static bool frame_data_end(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	struct stream *t = stream_named(s, body, length, 8, 8);
	uint32_t complete;
	if (!t)
		return refuse(s, "the end of no stream");
	memcpy(&complete, body + 4, 4);
	t->open = false;
	t->complete = complete;
	if (t->handle && e->c.data_close)
		e->c.data_close(e->c.owner, t->handle);
	return true;
}

static bool frame_scratch(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	struct stream *t = stream_named(s, body, length, 4, 4);
	return t && t->scratch >= 0 ? scratch_answer(e, s, t) : refuse(s, "no such scratch");
}

static bool frame_done(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	uint64_t records, items;
	uint32_t flags;
	if (length != 20)
		return refuse(s, "a DONE of a wrong length");
	memcpy(&records, body, 8);
	memcpy(&items, body + 8, 8);
	memcpy(&flags, body + 16, 4);
	bool open = false;
	for (unsigned i = 0; i < s->streams; i++)
		open |= s->stream[i].open;
	if (records != s->record_count || items != s->item_count || open)
		return refuse(s, "counts that do not add up");
	s->retire |= flags & DONE_RETIRE || s->attempts;
	if (s->state == SLOT_BUSY)
		s->state = SLOT_IDLE;
	death_survived(e, s);
	return job_commit(e, s);
}

static bool frame_keys(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	if (length != KEY_VOLUME)
		return refuse(s, "keys asked for no volume");
	keys_answer(e, s, body);
	return true;
}

static bool frame_key_found(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	if (length < KEY_VOLUME || length > KEY_VOLUME + KEY_FOUND_MOST)
		refuse(s, "a key of a wrong length");
	else
		key_keep(e, body, body + KEY_VOLUME, length - KEY_VOLUME);
	explicit_bzero((void *)body, length);           /* the pipe's buffer lives on */
	return true;
}

static bool frame_take(struct engine *e, struct worker_slot *s, uint16_t kind, const uint8_t *body, size_t length)
{
	static bool (*const take[])(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length) = {
		[FRAME_RECORD] = frame_record, [FRAME_ITEM] = frame_item, [FRAME_DATA_BEGIN] = frame_data_begin, [FRAME_DATA] = frame_data, [FRAME_DATA_END] = frame_data_end,
		[FRAME_DONE] = frame_done, [FRAME_SCRATCH] = frame_scratch, [FRAME_KEYS] = frame_keys, [FRAME_KEY_FOUND] = frame_key_found,
	};
	if (!s->job || !s->sent)
		return refuse(s, "a frame without a job");
	if (kind >= sizeof take / sizeof *take || !take[kind])
		return refuse(s, "a frame of an unknown kind");
	return take[kind](e, s, body, length);
}

/* Reads what is there. *end: the worker closed its side. */
bool pipe_read(struct engine *e, struct worker_slot *s, bool *end)
{
	*end = false;
	ssize_t n = read(s->pipe, buffer_reserve(&s->in, READ_TURN), READ_TURN);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		*end = true;
		return true;
	}
	if (n < 0)
		return true;
	s->in.length += (size_t)n;
	while (!s->protocol && s->in.length - s->used >= FRAME_HEADER) {
		uint32_t length;
		uint16_t kind;
		memcpy(&length, s->in.data + s->used, 4);
		memcpy(&kind, s->in.data + s->used + 4, 2);
		if (length > FRAME_BODY_MAX) {
			s->protocol = "a frame that is too long";
			break;
		}
		if (s->in.length - s->used - FRAME_HEADER < length)
			break;
		if (!frame_take(e, s, kind, s->in.data + s->used + FRAME_HEADER, length))
			return false;
		s->used += FRAME_HEADER + length;
	}
	if (s->protocol) {
		kill(s->pid, SIGKILL);
		s->in.length = s->used = 0;
	} else if (s->used) {
		memmove(s->in.data, s->in.data + s->used, s->in.length - s->used);
		s->in.length -= s->used;
		s->used = 0;
	}
	return true;
}
