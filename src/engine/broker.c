/* SPDX-License-Identifier: Apache-2.0 */
/* broker.c: the engine's loop: hands out jobs, waits for workers and nursery, watches heartbeats. Its parts: job_tree.c, slots.c, frames.c, blame.c.
 *
 * It parses no evidence. What comes from a worker is checked and pending until the job's DONE; a job that dies leaves nothing behind. */
#include "engine/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/keys.h"
#include "engine/sandbox.h"

enum { BATCH_COST = 64 << 20, BATCH_ITEMS = 256, POLL_MS = 200, STOP_SECONDS = 2 };
#define SCRATCH_MOST (UINT64_C(16) << 30)

double broker_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool broker_fault(struct engine *e, const char *why)
{
	if (!e->fault)
		e->fault = why;
	return false;
}

bool broker_output_trouble(struct engine *e, const char *why)
{
	e->output_failed = true;
	return broker_fault(e, why);
}

bool broker_client_trouble(struct engine *e)
{
	e->client_failed = true;
	return broker_output_trouble(e, strerror(errno));
}

struct engine *engine_new(const struct engine_options *o, const struct engine_client *c)
{
	struct engine *e = memory_new(sizeof *e);
	e->o = *o;
	e->c = *c;
	if (!e->o.batch_cost)
		e->o.batch_cost = BATCH_COST;
	if (!e->o.batch_items)
		e->o.batch_items = BATCH_ITEMS;
	if (!e->o.scratch_most)
		e->o.scratch_most = SCRATCH_MOST;
	if (o->keys_length)
		e->volume_key = secret_new(VOLUME_KEYS * sizeof *e->volume_key);
	e->nursery = e->nursery_pidfd = -1;
	e->spool.file = -1;
	e->slot = memory_array(o->workers, sizeof *e->slot);
	for (unsigned i = 0; i < o->workers; i++)
		e->slot[i].control = e->slot[i].pipe = e->slot[i].pidfd = -1;
	job_new(e);                             /* the root of roots */
	e->job[0].state = JOB_DONE;
	e->job[0].key = 1;
	e->counts.jobs = 0;
	prefix_add(e, "", 0, "", 0);
	struct sandbox_options s = { .memory_bytes = o->worker_memory, .landlock_most = o->landlock_most, .off = o->sandbox_off };
	buffer_append(&e->config, &s, sizeof s);
	buffer_append(&e->config, o->config, o->config_length);
	if (o->journal) {
		const char *refused;
		e->journal = journal_open(o->directory, o->identity, o->resume, &refused);
		if (!e->journal) {
			if (!refused)
				broker_output_trouble(e, strerror(errno));
			else
				e->refused = !broker_fault(e, refused);
			return e;
		}
		e->spool.file = openat(o->directory, "spool", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	} else {
		e->spool.file = temporary_file(o->directory);
	}
	struct stat st;
	if (e->spool.file < 0 || fstat(e->spool.file, &st))
		broker_output_trouble(e, strerror(errno));
	else
		e->spool.size = (uint64_t)st.st_size;
	return e;
}

const struct engine_counts *engine_counts(const struct engine *e)
{
	return &e->counts;
}

const char *engine_fault(const struct engine *e)
{
	return e->fault;
}

bool engine_client_failed(const struct engine *e)
{
	return e->client_failed;
}

/* ---- jobs */

/* Takes the next job that no journal has; jobs that it has are done at once. False: none left, or trouble. */
static bool job_next(struct engine *e, uint32_t *job)
{
	while (e->ready_length) {
		uint32_t *first = &e->ready[e->ready_length - 2], *count = &e->ready[e->ready_length - 1];
		uint32_t n = *first;
		++*first;
		if (!--*count)
			e->ready_length -= 2;
		const struct journal_entry *j = e->journal ? journal_find(e->journal, e->job[n].key) : NULL;
		if (!j && !e->job[n].own) {
			*job = n;
			return true;
		}
		if (j) {
			e->job[n].output = j->output;
			e->job[n].items = j->items;
			e->counts.jobs_resumed++;
		}
		if (!children_make(e, n))
			return false;
		e->job[n].state = JOB_DONE;
		e->counts.jobs_done++;
		e->counts.cost_done += e->job[n].cost;
		if (!emit_ready(e))
			return false;
	}
	return false;
}

static void slot_give(struct engine *e, struct worker_slot *s, uint32_t job)
{
	s->job = job;
	e->counts.jobs_run++;
	s->attempts = 0;
	s->skips = 0;
	s->give_up = s->blamed = s->outside = false;
	s->given = (struct given){ 0 };
	buffer_clear(&s->errors);
	e->job[job].state = JOB_RUNNING;
	pending_clear(e, s);
}

/* ---- nursery */

static bool nursery_died(struct engine *e)
{
	if (!e->nursery_ready && e->nursery_box && e->counts.nursery_starts >= NURSERY_STARTS_MAX)
		return broker_fault(e, "the nursery of workers could not be started");
	bool warm = e->nursery_ready;
	nursery_gone(e);
	if (!warm && e->counts.nursery_starts >= 3)
		return broker_fault(e, "spoor-worker could not be started, or its sandbox could not be set up (spoor selftest says more)");
	for (unsigned i = 0; i < e->o.workers; i++) {
		struct worker_slot *s = &e->slot[i];
		uint32_t job = s->job;
		if (s->state == SLOT_EMPTY)
			continue;
		slot_close(s);
		if (job && e->job[job].ask)
			ask_answer(e, s, ANSWER_VOID, NULL, 0);
		if (job)
			pending_clear(e, s);            /* nobody is to blame: the job simply starts again */
	}
	return nursery_start(e);
}

static bool nursery_read(struct engine *e)
{
	struct nursery_message m;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { &m, sizeof m };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
	ssize_t n = recvmsg(e->nursery, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n != sizeof m)
		return nursery_died(e);
	int pidfd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&pidfd, CMSG_DATA(c), sizeof pidfd);
	if (m.word == NURSERY_READY) {
		e->nursery_ready = true;
		e->counts.sandbox = (uint32_t)m.status;
	} else if (m.word == NURSERY_FORKED && m.slot < e->o.workers && e->slot[m.slot].state == SLOT_STARTING) {
		struct worker_slot *s = &e->slot[m.slot];
		s->pid = m.pid;
		s->pidfd = pidfd;
		s->state = SLOT_IDLE;
		pidfd = -1;
	} else if (m.word == NURSERY_EXIT) {
		for (unsigned i = 0; i < e->o.workers; i++) {
			struct worker_slot *s = &e->slot[i];
			if (s->pid == m.pid && s->state != SLOT_EMPTY) {
				s->status = m.status;
				if (!slot_dead(e, s))
					return false;
				break;
			}
		}
	}
	if (pidfd >= 0)
		close(pidfd);
	return true;
}

/* ---- the loop */

static bool schedule(struct engine *e, bool stopping)
{
	for (unsigned i = 0; i < e->o.workers && e->nursery_ready; i++) {
		struct worker_slot *s = &e->slot[i];
		if (s->state == SLOT_IDLE && s->retire && !s->job) {
			kill(s->pid, SIGKILL);
			s->state = SLOT_DYING;
			s->retire = false;
			continue;
		}
		if (s->state != SLOT_IDLE && s->state != SLOT_EMPTY)
			continue;
		bool fresh_job = false;
		if (!s->job) {
			uint32_t job = stopping ? 0 : ask_next(e, s);
			if (stopping || (!job && !job_next(e, &job))) {
				if (e->fault)
					return false;
				continue;
			}
			slot_give(e, s, job);
			fresh_job = true;
		}
		if (s->state == SLOT_EMPTY) {
			if (!slot_start(e, s))
				return false;
			continue;
		}
		const struct job *j = &e->job[s->job];
		uint32_t evidence = j->files == FILES_ITEM ? (uint32_t)EVIDENCE_FILES | j->file_job : j->files == FILES_EVIDENCE ? j->evidence : s->evidence;
		/* a worker that has held other evidence is replaced: caches of results are never shared between items */
		bool files_of_folder = j->files == FILES_ITEM && j->file_job == s->job && (s->evidence & (uint32_t)EVIDENCE_FILES);
		if (s->evidence && s->evidence != evidence && !files_of_folder && fresh_job && !s->fresh) {
			kill(s->pid, SIGKILL);
			s->state = SLOT_DYING;
			continue;
		}
		if (!job_send(e, s))
			return false;
	}
	return true;
}

/* CPU seconds of a process so far; negative: it can't be told. */
static double cpu_of(int pid)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return -1;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Its heart stands still: did it turn in circles for longer than it asked to be let? */
static bool spins(struct worker_slot *s)
{
	uint64_t patience = *(volatile uint64_t *)&s->box->patience;
	double cpu = patience ? cpu_of(s->pid) : -1;
	if (cpu < 0)
		return false;
	if (s->beat_cpu < 0)
		s->beat_cpu = cpu;
	return cpu - s->beat_cpu > (double)patience;
}

static void watch(struct engine *e)
{
	double t = broker_now();
	for (unsigned i = 0; i < e->o.workers; i++) {
		struct worker_slot *s = &e->slot[i];
		if (s->state != SLOT_BUSY)
			continue;
		uint64_t beat = *(volatile uint64_t *)&s->box->beat;
		if (beat != s->beat) {
			s->beat = beat;
			s->beat_at = t;
			s->beat_cpu = -1;
		} else if (!s->killed_hang && ((e->o.hang_seconds && t - s->beat_at > e->o.hang_seconds) || spins(s))) {
			s->killed_hang = true;
			kill(s->pid, SIGKILL);
		}
	}
}

static bool idle(const struct engine *e)
{
	for (unsigned i = 0; i < e->o.workers; i++)
		if (e->slot[i].job)
			return false;
	return true;
}

enum engine_end engine_run(struct engine *e)
{
	bool stopping = false;
	if (e->fault)
		return e->refused ? ENGINE_REFUSED : e->output_failed ? ENGINE_OUTPUT : ENGINE_FAULT;
	e->committed_at = broker_now();
	ready_push(e, e->job[0].first_child, e->job[0].children);
	e->cursor = 0;
	unsigned polled = e->o.workers + 2;
	struct pollfd *p = memory_array(polled, sizeof *p);
	bool good = emit_ready(e) && ((!e->job[0].children && !e->ready_to_read) || nursery_start(e));
	double ticked = 0, stopped_at = 0;
	while (good && (!e->finished || e->ready_to_read)) {
		if (!stopping && e->c.stop && e->c.stop(e->c.owner)) {
			stopping = true;
			stopped_at = broker_now();
		}
		good = schedule(e, stopping);
		if (!good || (e->finished && !e->ready_to_read) || (stopping && (idle(e) || broker_now() - stopped_at > STOP_SECONDS)))
			break;           /* a job in hand leaves nothing behind: it runs again */
		p[0] = (struct pollfd){ .fd = e->nursery, .events = POLLIN };
		for (unsigned i = 0; i < e->o.workers; i++) {
			const struct worker_slot *s = &e->slot[i];
			p[i + 1] = (struct pollfd){ .fd = s->state == SLOT_BUSY || s->state == SLOT_IDLE ? s->pipe : -1, .events = POLLIN };
		}
		p[e->o.workers + 1] = (struct pollfd){ .fd = e->ready_to_read ? e->attended : -1, .events = POLLIN };
		int ready = poll(p, polled, POLL_MS);
		if (ready > 0) {
			for (unsigned i = 0; good && i < e->o.workers; i++) {
				struct worker_slot *s = &e->slot[i];
				if (!p[i + 1].revents || s->pipe < 0 || s->pipe != p[i + 1].fd)
					continue;
				bool end;
				good = pipe_read(e, s, &end);
				if (good && end)
					s->state = SLOT_DYING;          /* its exit status is on the way */
			}
			if (good && p[0].revents)
				good = nursery_read(e);
			if (good && e->ready_to_read && p[polled - 1].revents && !e->ready_to_read(e->c.owner))
				e->ready_to_read = NULL;
		}
		watch(e);
		if (e->c.tick && broker_now() - ticked > 0.2) {
			e->counts.cost_in_hand = 0;
			for (unsigned i = 0; i < e->o.workers; i++) {
				const struct worker_slot *s = &e->slot[i];
				uint64_t most = s->job ? e->job[s->job].cost : 0, bytes = s->state == SLOT_BUSY ? *(volatile uint64_t *)&s->box->bytes : 0;
				e->counts.cost_in_hand += bytes < most ? bytes : most;
			}
			e->c.tick(e->c.owner);
			ticked = broker_now();
		}
	}
	free(p);
	if (e->journal && !e->output_failed && !journal_settle(e))
		good = false;
	nursery_gone(e);
	return e->output_failed ? ENGINE_OUTPUT : e->fault || !good ? ENGINE_FAULT : stopping && (!e->finished || e->ready_to_read) ? ENGINE_STOPPED : ENGINE_DONE;
}

void engine_free(struct engine *e)
{
	nursery_gone(e);
	asks_free(e);
	secret_free(e->volume_key, VOLUME_KEYS * sizeof *e->volume_key);
	for (unsigned i = 0; i < e->o.workers; i++) {
		struct worker_slot *s = &e->slot[i];
		pending_clear(e, s);
		slot_close(s);
		free(s->stream);
		buffer_free(&s->in);
		buffer_free(&s->records);
		buffer_free(&s->item_bytes);
		buffer_free(&s->errors);
	}
	if (e->nursery_box)
		munmap(e->nursery_box, sizeof *e->nursery_box);
	if (e->spool.file >= 0)
		close(e->spool.file);
	buffer_free(&e->spool.segment);
	journal_close(e->journal);
	free(e->slot);
	free(e->job);
	free(e->ready);
	buffer_free(&e->prefixes);
	buffer_free(&e->config);
	buffer_free(&e->own_records);
	buffer_free(&e->own_items);
	free(e);
}
