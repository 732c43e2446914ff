/* SPDX-License-Identifier: Apache-2.0 */
/* broker.c: hands out jobs, takes frames, blames and retries, spools, and gives records out in the order of the job tree.
 *
 * It parses no evidence. What comes from a worker is checked (record_view_open, lengths, counts, that streams and items belong to the job) and is pending until the
 * job's DONE; a job that dies leaves nothing behind. Order: a job's key is its place among its parent's children; output walks the tree in preorder. */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal.h"
#include "engine/sandbox.h"
#include "engine/sorter.h"
#include "engine/spool.h"

enum {
	PENDING_SPILL = 4 << 20, READ_TURN = 256 * 1024, BATCH_COST = 64 << 20, BATCH_ITEMS = 256, STREAMS_MAX = 4096, SCRATCH_STREAMS = 64,
	NURSERY_STARTS_MAX = 20, SEND_SECONDS = 20, SORT_MEMORY = 32 << 20, POLL_MS = 200,
};
#define SCRATCH_MOST (UINT64_C(16) << 30)

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE };

struct job {
	uint64_t key;
	uint64_t payload, output, items;        /* in the spool: raw offset of the payload; last segments of the two chains */
	uint32_t payload_length, item_count;
	uint32_t parent, first_child, children; /* children lie side by side */
	uint32_t prefix;                        /* in the pool of prefixes */
	uint32_t evidence;
	uint32_t file_job;                      /* FILES_ITEM inherited: the job whose payload names the file; 0 none */
	uint16_t kind;
	uint8_t state, files, own, batch;       /* own: the client lists it itself; batch: payloads carry their lengths */
};

struct stream { uint32_t number, purpose; void *handle; int scratch; bool open, complete; };

struct worker_slot {
	enum { SLOT_EMPTY, SLOT_STARTING, SLOT_IDLE, SLOT_BUSY, SLOT_DYING } state;
	int control, pipe, pidfd, pid;
	struct black_box *box;
	struct buffer in;
	size_t used;
	uint32_t job;
	uint64_t beat;
	double beat_at;
	uint32_t evidence;              /* whose descriptors it holds */
	bool killed_hang, retire, fresh, sent;  /* sent: the job in hand was handed over */
	int status;
	const char *protocol;           /* what was wrong with its frames */
	/* pending output of the job in hand */
	struct buffer records, item_bytes;
	uint64_t output, items, record_count, item_count;
	struct stream *stream;
	unsigned streams, streams_capacity;
	/* retrying */
	struct skip skip[SKIP_MAX];
	uint32_t skips;
	unsigned attempts;
	bool give_up, blamed;           /* the next attempt is a rerun: alone in a fresh worker */
	struct buffer errors;           /* error records to put behind the job's own */
};

struct engine {
	struct engine_options o;
	struct engine_client c;
	struct engine_counts counts;
	struct spool spool;
	struct journal *journal;
	const char *fault;
	struct job *job;
	uint32_t jobs, jobs_capacity;
	uint32_t *ready;                /* stack of ranges: first, count */
	size_t ready_length, ready_capacity;
	struct buffer prefixes;
	struct worker_slot *slot;
	int nursery, nursery_pid, nursery_pidfd;
	struct black_box *nursery_box;
	bool nursery_ready;
	uint32_t cursor;                /* the job whose output is next; 0: nothing left */
	bool finished, output_failed;
	uint64_t scratch_bytes;
	double committed_at;
	struct buffer config;
	uint32_t own;                   /* root that the client is listing itself */
	struct buffer own_records, own_items;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool fault(struct engine *e, const char *why)
{
	if (!e->fault)
		e->fault = why;
	return false;
}

static bool output_trouble(struct engine *e, const char *why)
{
	e->output_failed = true;
	return fault(e, why);
}

static uint64_t key_of(uint64_t parent, uint64_t ordinal)
{
	/* splitmix of the way from the root: 64 bits, the chance of two equal ones among 10^7 jobs is 10^-6 */
	uint64_t z = parent + UINT64_C(0x9e3779b97f4a7c15) * (ordinal + 1);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t job_new(struct engine *e)
{
	if (e->jobs == e->jobs_capacity) {
		e->jobs_capacity = e->jobs_capacity ? e->jobs_capacity * 2 : 256;
		e->job = memory_resize(e->job, e->jobs_capacity, sizeof *e->job);
	}
	e->job[e->jobs] = (struct job){ .output = SPOOL_NONE, .items = SPOOL_NONE };
	e->counts.jobs++;
	return e->jobs++;
}

static uint32_t prefix_add(struct engine *e, const char *a, size_t a_length, const char *step, size_t step_length)
{
	uint32_t at = (uint32_t)e->prefixes.length;
	buffer_append(&e->prefixes, a, a_length);
	if (step_length) {
		buffer_text(&e->prefixes, "::");
		buffer_append(&e->prefixes, step, step_length);
	}
	buffer_byte(&e->prefixes, 0);
	return at;
}

static const char *prefix_of(const struct engine *e, const struct job *j)
{
	return (const char *)e->prefixes.data + j->prefix;
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
				output_trouble(e, strerror(errno));
			else
				fault(e, refused);
			return e;
		}
		e->spool.file = openat(o->directory, "spool", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	} else {
		e->spool.file = temporary_file(o->directory);
	}
	struct stat st;
	if (e->spool.file < 0 || fstat(e->spool.file, &st))
		output_trouble(e, strerror(errno));
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

/* Roots become the children of job 0; they are given before engine_run, so they lie side by side. */
static uint32_t root_new(struct engine *e, const char *prefix)
{
	uint32_t j = job_new(e);
	e->job[j].parent = 0;
	e->job[j].key = key_of(1, e->job[0].children);
	e->job[j].prefix = prefix_add(e, prefix, strlen(prefix), "", 0);
	if (!e->job[0].children++)
		e->job[0].first_child = j;
	return j;
}

void engine_add(struct engine *e, const struct engine_job *g)
{
	uint32_t n = root_new(e, g->prefix);
	struct job *j = &e->job[n];
	j->kind = g->kind;
	j->files = (uint8_t)g->files;
	j->evidence = g->evidence;
	j->payload = e->spool.size;
	j->payload_length = (uint32_t)g->length;
	j->item_count = g->items;
	j->batch = g->items > 0;
	if (g->files == FILES_ITEM)
		j->file_job = n;
	if (e->spool.file >= 0 && !spool_write_raw(&e->spool, g->payload, g->length))
		output_trouble(e, strerror(errno));
}

static void ready_push(struct engine *e, uint32_t first, uint32_t count)
{
	if (!count)
		return;
	if (e->ready_length + 2 > e->ready_capacity) {
		e->ready_capacity = e->ready_capacity ? e->ready_capacity * 2 : 64;
		e->ready = memory_resize(e->ready, e->ready_capacity, sizeof *e->ready);
	}
	e->ready[e->ready_length++] = first;
	e->ready[e->ready_length++] = count;
}

/* ---- items: what a job declared, sorted and cut into the jobs below it */

struct items_in { struct sorter *sorter; uint64_t count; };

/* Items in the chain: u32 length, then item_head, step, payload. Segments end between items. */
static bool items_each(void *owner, const uint8_t *bytes, size_t length)
{
	struct items_in *in = owner;
	for (size_t at = 0; at + 4 <= length;) {
		uint32_t n;
		struct item_head h;
		memcpy(&n, bytes + at, 4);
		memcpy(&h, bytes + at + 4, sizeof h);
		struct sort_key key = { { h.order, in->count++, 0 } };
		if (!sorter_add(in->sorter, &key, bytes + at + 4, n))
			return false;
		at += 4 + n;
	}
	return true;
}

static bool children_make(struct engine *e, uint32_t parent, const int *scratch, unsigned scratches)
{
	if (e->job[parent].items == SPOOL_NONE)
		return true;
	struct items_in in = { .sorter = sorter_new(e->o.directory, SORT_MEMORY) };
	bool good = spool_read(&e->spool, e->job[parent].items, items_each, &in) && sorter_finish(in.sorter);
	uint32_t first = e->jobs, open = 0;
	uint64_t open_cost = 0;
	struct sort_key key;
	const uint8_t *bytes;
	size_t length;
	int got = 0;
	while (good && (got = sorter_next(in.sorter, &key, &bytes, &length)) > 0) {
		struct item_head h;
		memcpy(&h, bytes, sizeof h);
		const char *step = (const char *)bytes + sizeof h;
		const uint8_t *payload = bytes + sizeof h + h.step_length;
		uint32_t payload_length = (uint32_t)(length - sizeof h - h.step_length);
		bool solo = h.flags & ITEM_SOLO;
		if (solo || !open || e->job[open].kind != h.kind || open_cost + h.cost > e->o.batch_cost || e->job[open].item_count >= e->o.batch_items) {
			uint32_t n = job_new(e);
			const struct job *p = &e->job[parent];
			struct job *j = &e->job[n];
			j->parent = parent;
			j->kind = h.kind;
			j->files = p->files;
			j->evidence = p->evidence;
			j->file_job = p->file_job;
			j->payload = e->spool.size;
			j->key = key_of(p->key, n - first);
			j->batch = !solo;
			if (p->own || (p->files == FILES_ITEM && h.flags & ITEM_FILE))
				j->file_job = n;                /* its payload names its files itself */
			if (solo && h.step_length) {
				struct buffer prefix = { 0 };
				buffer_text(&prefix, prefix_of(e, p));
				uint32_t at = prefix_add(e, (const char *)prefix.data, prefix.length, step, h.step_length);
				e->job[n].prefix = at;
				buffer_free(&prefix);
			} else {
				j->prefix = p->prefix;
			}
			if (solo && h.scratch && h.scratch - 1 < scratches) {
				j->files = FILES_EVIDENCE;
				j->evidence = (uint32_t)EVIDENCE_SCRATCH | (uint32_t)scratch[h.scratch - 1];
			}
			open = solo ? 0 : n;
			open_cost = 0;
			if (solo)
				e->job[n].item_count = 1;
		}
		struct job *j = &e->job[solo ? e->jobs - 1 : open];
		if (!solo)
			j->item_count++;
		open_cost += h.cost;
		/* in a batch each payload carries its length in front */
		good = (solo || spool_write_raw(&e->spool, &payload_length, 4)) && spool_write_raw(&e->spool, payload, payload_length);
		j->payload_length += payload_length + (solo ? 0 : 4);
	}
	if (got < 0)
		good = false;
	sorter_free(in.sorter);
	if (!good)
		return output_trouble(e, strerror(errno));
	e->job[parent].first_child = first;
	e->job[parent].children = e->jobs - first;
	ready_push(e, first, e->job[parent].children);
	return true;
}

/* ---- output in preorder */

static bool emit_each(void *owner, const uint8_t *bytes, size_t length)
{
	struct engine *e = owner;
	for (size_t at = 0; at + 4 <= length;) {
		uint32_t n;
		memcpy(&n, bytes + at, 4);
		struct record_view v;
		if (record_view_open(&v, bytes + at, 4 + (size_t)n)) {
			fault(e, "the spool was damaged");
			return false;
		}
		e->counts.records++;
		if (!e->c.record(e->c.owner, &v)) {
			output_trouble(e, strerror(errno));
			return false;
		}
		at += 4 + (size_t)n;
	}
	return true;
}

static bool emit_ready(struct engine *e)
{
	while (!e->finished && e->job[e->cursor].state == JOB_DONE) {
		struct job *j = &e->job[e->cursor];
		if (j->output != SPOOL_NONE && !spool_read(&e->spool, j->output, emit_each, e))
			return e->fault ? false : output_trouble(e, strerror(errno));
		uint32_t n = e->cursor;
		if (j->children) {
			e->cursor = j->first_child;
			continue;
		}
		/* the next sibling, of it or of what holds it */
		while (n && n + 1 == e->job[e->job[n].parent].first_child + e->job[e->job[n].parent].children)
			n = e->job[n].parent;
		if (!n)
			e->finished = true;
		else
			e->cursor = n + 1;
	}
	return true;
}

/* ---- a client's own listing */

void engine_own_begin(struct engine *e, const char *prefix)
{
	e->own = root_new(e, prefix);
	e->job[e->own].own = 1;
	e->job[e->own].files = FILES_ITEM;
}

static bool own_spill(struct engine *e, struct buffer *b, uint64_t *last, bool all)
{
	if (!b->length || (!all && b->length < PENDING_SPILL))
		return true;
	*last = spool_append(&e->spool, *last, b->data, b->length);
	buffer_clear(b);
	return *last != SPOOL_NONE || output_trouble(e, strerror(errno));
}

bool engine_own_record(struct engine *e, const struct buffer *frame)
{
	buffer_append(&e->own_records, frame->data, frame->length);
	return own_spill(e, &e->own_records, &e->job[e->own].output, false);
}

static void item_put(struct buffer *out, const struct item_head *head, const char *step, size_t step_length, const void *payload, size_t length)
{
	struct item_head h = *head;
	h.step_length = (uint32_t)step_length;
	buffer_u32le(out, (uint32_t)(sizeof h + step_length + length));
	buffer_append(out, &h, sizeof h);
	buffer_append(out, step, step_length);
	buffer_append(out, payload, length);
}

bool engine_own_item(struct engine *e, const struct item_head *head, const char *step, const void *payload, size_t length)
{
	item_put(&e->own_items, head, step, step ? strlen(step) : 0, payload, length);
	return own_spill(e, &e->own_items, &e->job[e->own].items, false);
}

bool engine_own_end(struct engine *e)
{
	return own_spill(e, &e->own_records, &e->job[e->own].output, true) && own_spill(e, &e->own_items, &e->job[e->own].items, true);
}

/* ---- nursery */

static void nursery_gone(struct engine *e)
{
	if (e->nursery >= 0)
		close(e->nursery);
	if (e->nursery_pidfd >= 0)
		close(e->nursery_pidfd);
	if (e->nursery_pid > 0) {
		kill(e->nursery_pid, SIGKILL);
		waitpid(e->nursery_pid, NULL, 0);
	}
	e->nursery = e->nursery_pidfd = -1;
	e->nursery_pid = 0;
	e->nursery_ready = false;
}

static int shared_page(struct black_box **box)
{
	int fd = memfd_create("spoor-box", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, sizeof **box))
		return -1;
	void *p = mmap(NULL, sizeof **box, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		close(fd);
		return -1;
	}
	*box = p;
	return fd;
}

static bool nursery_start(struct engine *e)
{
	if (++e->counts.nursery_starts > NURSERY_STARTS_MAX)
		return fault(e, "the nursery of workers keeps dying");
	int pair[2], config = memfd_create("spoor-config", MFD_CLOEXEC);
	if (config < 0 || ftruncate(config, (off_t)e->config.length) || pwrite(config, e->config.data, e->config.length, 0) != (ssize_t)e->config.length)
		return fault(e, "no memory for the workers' configuration");
	if (e->nursery_box)
		munmap(e->nursery_box, sizeof *e->nursery_box);
	int box = shared_page(&e->nursery_box);
	if (box < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fault(e, "no descriptors left for the workers");
	pid_t pid = fork();
	if (pid == 0) {
		/* away from the three numbers first, then onto them */
		int s = fcntl(pair[1], F_DUPFD, 10), c = fcntl(config, F_DUPFD, 10), b = fcntl(box, F_DUPFD, 10);
		int null = open("/dev/null", O_RDWR);
		if (s < 0 || c < 0 || b < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
			_exit(127);
		if (!getenv("SPOOR_WORKER_STDERR"))
			dup2(null, 2);
		if (dup2(s, NURSERY_SOCKET) < 0 || dup2(c, NURSERY_CONFIG) < 0 || dup2(b, NURSERY_BOX) < 0)
			_exit(127);
		close_range(6, ~0u, 0);
		signal(SIGPIPE, SIG_DFL);
		char *const argv[] = { "spoor-worker", NULL };
		char *const envp[] = { "TZ=UTC", "LC_ALL=C.UTF-8", "PATH=/nonexistent", NULL };
		execve(e->o.worker_path, argv, envp);
		_exit(127);
	}
	close(pair[1]);
	close(config);
	close(box);
	if (pid < 0) {
		close(pair[0]);
		return fault(e, "can't fork");
	}
	e->nursery = pair[0];
	e->nursery_pid = pid;
	e->nursery_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fcntl(e->nursery_pidfd, F_SETFD, FD_CLOEXEC);
	return true;
}

static bool send_descriptors(int socket, const void *bytes, size_t length, const int *descriptor, unsigned count)
{
	union {
		char bytes[CMSG_SPACE(PIECE_DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)bytes, length };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (count) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), descriptor, count * sizeof(int));
	}
	ssize_t n;
	do
		n = sendmsg(socket, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)length;
}

static void slot_close(struct worker_slot *s)
{
	for (unsigned i = 0; i < 3; i++) {
		int *fd = i == 0 ? &s->control : i == 1 ? &s->pipe : &s->pidfd;
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
	if (s->box)
		munmap(s->box, sizeof *s->box);
	s->box = NULL;
	buffer_clear(&s->in);
	s->used = 0;
	s->state = SLOT_EMPTY;
	s->killed_hang = s->retire = s->sent = false;
	s->protocol = NULL;
	s->evidence = 0;
	s->fresh = true;
}

static bool slot_start(struct engine *e, struct worker_slot *s)
{
	int control[2], pipes[2], descriptor[3];
	struct nursery_message m = { .word = NURSERY_FORK, .slot = (uint32_t)(s - e->slot) };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control))
		return fault(e, "no descriptors left for a worker");
	if (pipe2(pipes, O_CLOEXEC) || (descriptor[2] = shared_page(&s->box)) < 0)
		return fault(e, "no descriptors left for a worker");
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20);
	struct timeval patience = { .tv_sec = SEND_SECONDS };
	setsockopt(control[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	descriptor[0] = control[1];
	descriptor[1] = pipes[1];
	bool sent = send_descriptors(e->nursery, &m, sizeof m, descriptor, 3);
	close(control[1]);
	close(pipes[1]);
	close(descriptor[2]);
	s->control = control[0];
	s->pipe = pipes[0];
	s->pid = 0;
	s->state = SLOT_STARTING;
	s->fresh = true;
	s->evidence = 0;
	e->counts.worker_starts++;
	/* a nursery that died meanwhile shows itself in its own poll */
	(void)sent;
	return true;
}

/* ---- jobs to workers */

static void pending_clear(struct engine *e, struct worker_slot *s)
{
	for (unsigned i = 0; i < s->streams; i++) {
		struct stream *t = &s->stream[i];
		if (t->handle)
			e->c.data_end(e->c.owner, t->handle, false, false);
		if (t->scratch >= 0)
			close(t->scratch);
	}
	s->streams = 0;
	buffer_clear(&s->records);
	buffer_clear(&s->item_bytes);
	s->output = s->items = SPOOL_NONE;
	s->record_count = s->item_count = 0;
}

static bool job_send(struct engine *e, struct worker_slot *s)
{
	struct job *j = &e->job[s->job];
	const char *prefix = prefix_of(e, j);
	struct job_header h = {
		.job = s->job, .payload_length = j->payload_length, .kind = j->kind, .flags = s->give_up ? JOB_GIVE_UP : 0,
		.prefix_length = (uint32_t)strlen(prefix), .skips = s->skips, .items = j->item_count,
	};
	struct buffer body = { 0 };
	buffer_append(&body, s->skip, s->skips * sizeof *s->skip);
	buffer_append(&body, prefix, h.prefix_length);
	if (!spool_read_raw(&e->spool, j->payload, buffer_reserve(&body, j->payload_length + 1u), j->payload_length)) {
		buffer_free(&body);
		return output_trouble(e, strerror(errno));
	}
	const uint8_t *payload = body.data + body.length;
	body.length += j->payload_length;

	int *descriptor = memory_array(JOB_DESCRIPTORS_MAX, sizeof *descriptor);
	unsigned descriptors = 0;
	bool close_after = false;
	h.evidence = j->evidence;
	if (j->files == FILES_ITEM) {
		close_after = true;
		h.evidence = (uint32_t)EVIDENCE_FILES | j->file_job;
		if (j->file_job != s->job) {
			/* below a file that an ancestor's payload names */
			const struct job *f = &e->job[j->file_job];
			uint8_t *name = memory_new(f->payload_length + 1u);
			if (s->evidence != h.evidence && spool_read_raw(&e->spool, f->payload, name, f->payload_length)) {
				descriptor[0] = e->c.item_file(e->c.owner, name, f->payload_length);
				descriptors = 1;
			}
			free(name);
		} else {
			size_t item = 0;
			for (uint32_t i = 0, n = j->payload_length; i < j->item_count && descriptors < JOB_DESCRIPTORS_MAX; i++) {
				if (j->batch) {
					memcpy(&n, payload + item, 4);
					item += 4;
				}
				descriptor[descriptors++] = e->c.item_file(e->c.owner, payload + item, n);
				item += n;
			}
		}
		for (unsigned i = 0; i < descriptors; i++)
			if (descriptor[i] < 0)
				descriptor[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} else if (j->files == FILES_EVIDENCE && s->evidence != j->evidence) {
		if (j->evidence & (uint32_t)EVIDENCE_SCRATCH)
			descriptor[descriptors++] = (int)(j->evidence & ~(uint32_t)EVIDENCE_SCRATCH);
		else
			descriptors = e->c.evidence(e->c.owner, j->evidence, descriptor, JOB_DESCRIPTORS_MAX);
	}
	h.descriptors = descriptors;
	bool sent = send_descriptors(s->control, &h, sizeof h, NULL, 0);
	size_t at = 0;
	unsigned given = 0;
	while (sent && (at < body.length || given < descriptors)) {
		size_t take = body.length - at < PIECE ? body.length - at : PIECE;
		unsigned pass = descriptors - given < PIECE_DESCRIPTORS ? descriptors - given : PIECE_DESCRIPTORS;
		sent = send_descriptors(s->control, take ? (const char *)body.data + at : "", take ? take : 1, descriptor + given, pass);
		at += take;
		given += pass;
	}
	if (close_after)
		for (unsigned i = 0; i < descriptors; i++)
			if (descriptor[i] >= 0)
				close(descriptor[i]);
	free(descriptor);
	buffer_free(&body);
	/* a refused send means a dying worker: its pipe will tell */
	s->evidence = h.evidence;
	s->beat_at = now();
	s->beat = s->box->beat;
	s->state = SLOT_BUSY;
	s->fresh = false;
	s->sent = true;
	return true;
}

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
		if (!children_make(e, n, NULL, 0))
			return false;
		e->job[n].state = JOB_DONE;
		e->counts.jobs_done++;
		if (!emit_ready(e))
			return false;
	}
	return false;
}

static void slot_give(struct engine *e, struct worker_slot *s, uint32_t job)
{
	s->job = job;
	s->attempts = 0;
	s->skips = 0;
	s->give_up = s->blamed = false;
	buffer_clear(&s->errors);
	e->job[job].state = JOB_RUNNING;
	pending_clear(e, s);
}

/* ---- frames from workers */

static bool spill(struct engine *e, struct worker_slot *s, bool all)
{
	return own_spill(e, &s->records, &s->output, all) && own_spill(e, &s->item_bytes, &s->items, all);
}

static struct stream *stream_of(struct worker_slot *s, uint32_t number)
{
	for (unsigned i = s->streams; i-- > 0;)
		if (s->stream[i].number == number && s->stream[i].open)
			return &s->stream[i];
	return NULL;
}

static bool job_commit(struct engine *e, struct worker_slot *s)
{
	struct job *j = &e->job[s->job];
	int scratch[SCRATCH_STREAMS];
	unsigned scratches = 0;
	memset(scratch, -1, sizeof scratch);
	buffer_append(&s->records, s->errors.data, s->errors.length);
	if (!spill(e, s, true))
		return false;
	for (unsigned i = 0; i < s->streams; i++) {
		struct stream *t = &s->stream[i];
		if (t->handle && !e->c.data_end(e->c.owner, t->handle, t->complete, true))
			return output_trouble(e, strerror(errno));
		t->handle = NULL;
		if (t->scratch >= 0 && t->number < SCRATCH_STREAMS) {
			scratch[t->number] = t->scratch;
			scratches = t->number + 1 > scratches ? t->number + 1 : scratches;
			t->scratch = -1;
		}
	}
	j->output = s->output;
	j->items = s->items;
	if (e->journal && !scratches) {
		journal_add(e->journal, &(struct journal_entry){ .key = j->key, .output = j->output, .items = j->items, .records = s->record_count, .item_count = s->item_count });
		if (journal_waiting(e->journal) >= 256 || now() - e->committed_at > 1.0) {
			if (!journal_commit(e->journal, e->spool.file))
				return output_trouble(e, strerror(errno));
			e->committed_at = now();
		}
	}
	s->streams = 0;
	s->output = s->items = SPOOL_NONE;
	pending_clear(e, s);
	if (!children_make(e, s->job, scratch, scratches))
		return false;
	e->job[s->job].state = JOB_DONE;
	e->counts.jobs_done++;
	s->job = 0;
	s->sent = false;
	return emit_ready(e);
}

static bool frame_done(struct engine *e, struct worker_slot *s, const uint8_t *body, size_t length)
{
	uint64_t records, items;
	uint32_t flags;
	if (length != 20) {
		s->protocol = "a DONE of a wrong length";
		return true;
	}
	memcpy(&records, body, 8);
	memcpy(&items, body + 8, 8);
	memcpy(&flags, body + 16, 4);
	bool open = false;
	for (unsigned i = 0; i < s->streams; i++)
		open |= s->stream[i].open;
	if (records != s->record_count || items != s->item_count || open || !s->job) {
		s->protocol = "counts that do not add up";
		return true;
	}
	s->retire |= flags & DONE_RETIRE || s->attempts;
	if (s->state == SLOT_BUSY)
		s->state = SLOT_IDLE;
	return job_commit(e, s);
}

/* One frame; sets s->protocol on anything that a worker must not send. False: trouble of the broker's own. */
static bool frame_take(struct engine *e, struct worker_slot *s, uint16_t kind, const uint8_t *body, size_t length)
{
	const struct job *j = &e->job[s->job];
	if (!s->job || !s->sent) {
		s->protocol = "a frame without a job";
		return true;
	}
	switch (kind) {
	case FRAME_RECORD: {
		struct record_view v;
		const char *wrong = record_view_open(&v, body, length);
		size_t tail_length;
		const char *tail = wrong ? NULL : record_get_text(&v, F_LOCATOR, &tail_length);
		if (!wrong && (v.type == RECORD_START || v.type == RECORD_END || v.type == RECORD_FOREIGN || record_has(&v, F_EXTRA)))
			wrong = "a record that only the broker may write";
		if (!wrong && tail && tail_length && (tail_length < 3 || memcmp(tail, "::", 2) != 0))
			wrong = "a locator that is no tail";
		if (wrong) {
			s->protocol = wrong;
			return true;
		}
		const char *prefix = prefix_of(e, j);
		if (*prefix || tail)
			record_prefix_locator(&s->records, &v, prefix, strlen(prefix));
		else
			buffer_append(&s->records, body, length);
		s->record_count++;
		return spill(e, s, false);
	}
	case FRAME_ITEM: {
		struct item_head h;
		if (length < sizeof h) {
			s->protocol = "an item that is too short";
			return true;
		}
		memcpy(&h, body, sizeof h);
		if (h.step_length > length - sizeof h || !text_is_utf8(body + sizeof h, h.step_length) || memchr(body + sizeof h, 0, h.step_length)) {
			s->protocol = "an item with a broken step";
			return true;
		}
		item_put(&s->item_bytes, &h, (const char *)body + sizeof h, h.step_length, body + sizeof h + h.step_length, length - sizeof h - h.step_length);
		s->item_count++;
		return spill(e, s, false);
	}
	case FRAME_DATA_BEGIN: {
		uint32_t number, purpose;
		if (length != 8 || s->streams >= STREAMS_MAX) {
			s->protocol = "too many streams";
			return true;
		}
		if (s->streams == s->streams_capacity) {
			s->streams_capacity = s->streams_capacity ? 2 * s->streams_capacity : 16;
			s->stream = memory_resize(s->stream, s->streams_capacity, sizeof *s->stream);
		}
		memcpy(&number, body, 4);
		memcpy(&purpose, body + 4, 4);
		struct stream *t = &s->stream[s->streams++];
		*t = (struct stream){ .number = number, .purpose = purpose, .open = true, .scratch = -1 };
		if (purpose != PURPOSE_SCRATCH)
			t->handle = e->c.data_begin ? e->c.data_begin(e->c.owner, purpose) : NULL;
		else if ((t->scratch = temporary_file(e->o.directory)) < 0)
			return output_trouble(e, strerror(errno));
		return true;
	}
	case FRAME_DATA: {
		uint32_t number;
		if (length < 4) {
			s->protocol = "data without a stream";
			return true;
		}
		memcpy(&number, body, 4);
		struct stream *t = stream_of(s, number);
		if (!t) {
			s->protocol = "data for no stream";
			return true;
		}
		if (t->handle && !e->c.data(e->c.owner, t->handle, body + 4, length - 4))
			return output_trouble(e, strerror(errno));
		if (t->scratch >= 0) {
			e->scratch_bytes += length - 4;
			if (e->scratch_bytes > e->o.scratch_most) {
				s->protocol = "more scratch than the quota";
				return true;
			}
			if (write(t->scratch, body + 4, length - 4) != (ssize_t)(length - 4))
				return output_trouble(e, strerror(errno));
		}
		return true;
	}
	case FRAME_DATA_END: {
		uint32_t number, complete;
		struct stream *t = NULL;
		if (length == 8) {
			memcpy(&number, body, 4);
			memcpy(&complete, body + 4, 4);
			t = stream_of(s, number);
		}
		if (!t) {
			s->protocol = "the end of no stream";
			return true;
		}
		t->open = false;
		t->complete = complete;
		return true;
	}
	case FRAME_DONE:
		return frame_done(e, s, body, length);
	default:
		s->protocol = "a frame of an unknown kind";
		return true;
	}
}

/* Reads what is there. *end: the worker closed its side. */
static bool pipe_read(struct engine *e, struct worker_slot *s, bool *end)
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

/* ---- blame */

static const char *death_name(const struct worker_slot *s, int *signal_number)
{
	*signal_number = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;
	if (s->protocol)
		return "protocol";
	if (s->killed_hang)
		return "hang";
	if (*signal_number == SIGSYS)
		return "sandbox";
	if (*signal_number == SIGKILL)
		return "killed";
	if (*signal_number)
		return "crash";
	return WIFEXITED(s->status) && WEXITSTATUS(s->status) == MEMORY_EXHAUSTED_STATUS ? "memory" : "exit";
}

static void error_record(struct engine *e, struct worker_slot *s, const char *kind, int signal_number, const struct black_box *box, const char *consequence)
{
	struct buffer frame = { 0 }, text = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_ERROR);
	record_string(&r, F_KIND, kind);
	record_string(&r, F_SEVERITY_CLASS, "fault");
	size_t tail = strnlen(box->locator, sizeof box->locator);
	if (tail > 2 && tail < sizeof box->locator && !memcmp(box->locator, "::", 2) && text_is_utf8(box->locator, tail))
		record_text(&r, F_LOCATOR, box->locator, tail);
	char what[sizeof box->what];
	memcpy(what, box->what, sizeof what);
	what[sizeof what - 1] = 0;
	if (*what && text_is_utf8(what, strlen(what)))
		record_string(&r, F_STEP, what);
	if (signal_number)
		record_number(&r, F_SIGNAL, (uint64_t)signal_number);
	buffer_text(&text, !strcmp(kind, "crash") ? "the worker crashed" : !strcmp(kind, "hang") ? "the worker made no progress and was ended" :
	            !strcmp(kind, "memory") ? "the worker ran out of memory" : !strcmp(kind, "sandbox") ? "the worker tried what the sandbox forbids" :
	            !strcmp(kind, "protocol") ? "the worker sent what it must not" : !strcmp(kind, "killed") ? "the worker was killed" : "the worker ended without an answer");
	buffer_text(&text, ", twice; ");
	buffer_text(&text, consequence);
	record_text(&r, F_MESSAGE_TEXT, (const char *)text.data, text.length);
	record_end(&r);
	struct record_view v;
	const char *prefix = prefix_of(e, &e->job[s->job]);
	if (!record_view_open(&v, frame.data, frame.length))
		record_prefix_locator(&s->errors, &v, prefix, strlen(prefix));
	buffer_free(&frame);
	buffer_free(&text);
}

/* The worker is dead and all it sent was read. Decides what becomes of its job. */
static bool blame(struct engine *e, struct worker_slot *s)
{
	struct black_box box;
	memcpy(&box, s->box, sizeof box);
	int signal_number;
	const char *kind = death_name(s, &signal_number);
	const char *protocol = s->protocol;
	bool outside = !strcmp(kind, "killed") && !s->attempts;
	slot_close(s);
	pending_clear(e, s);
	e->counts.reruns++;
	s->attempts++;
	if (getenv("SPOOR_WORKER_STDERR"))
		fprintf(stderr, "worker died: %s signal %d (%s) job %u depth %u at %s\n", kind, signal_number, protocol ? protocol : "-", s->job, box.path.depth, box.locator);
	if (!s->blamed || outside) {
		s->blamed = true;
		return true;            /* once more, alone in a fresh worker */
	}
	if (!strcmp(kind, "hang"))
		e->counts.clock_decided = true;
	if (s->give_up) {
		/* not even a description: the job ends here */
		memset(box.locator, 0, sizeof box.locator);
		error_record(e, s, kind, signal_number, &box, "nothing of this part could be described");
		e->counts.jobs_failed++;
		s->output = s->items = SPOOL_NONE;
		return job_commit(e, s);
	}
	bool told = box.path.depth >= 1 && box.path.depth <= STEP_DEPTH && box.job == s->job;
	if (told && s->skips < SKIP_MAX) {
		struct skip *k = &s->skip[s->skips++];
		*k = (struct skip){ .path = box.path };
		k->path.reserved = 0;
		snprintf(k->why, sizeof k->why, "%s", kind);
		e->counts.steps_left_out++;
		error_record(e, s, kind, signal_number, &box, "this step was left out, all else went on");
		return true;
	}
	s->give_up = true;
	error_record(e, s, kind, signal_number, &box, "this part was described but not read");
	return true;
}

static bool slot_dead(struct engine *e, struct worker_slot *s)
{
	bool end = false;
	while (!end && s->pipe >= 0) {
		struct pollfd p = { .fd = s->pipe, .events = POLLIN };
		if (poll(&p, 1, 0) <= 0)
			break;
		if (!pipe_read(e, s, &end))
			return false;
	}
	if (s->job && s->sent)
		return blame(e, s);
	slot_close(s);                          /* a job that was not handed over yet waits for the next worker */
	return true;
}

static bool nursery_died(struct engine *e)
{
	if (!e->nursery_ready && e->nursery_box && e->counts.nursery_starts >= NURSERY_STARTS_MAX)
		return fault(e, "the nursery of workers could not be started");
	bool warm = e->nursery_ready;
	nursery_gone(e);
	if (!warm && e->counts.nursery_starts >= 3)
		return fault(e, "spoor-worker could not be started, or its sandbox could not be set up (spoor selftest says more)");
	for (unsigned i = 0; i < e->o.workers; i++) {
		struct worker_slot *s = &e->slot[i];
		uint32_t job = s->job;
		if (s->state == SLOT_EMPTY)
			continue;
		slot_close(s);
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
			uint32_t job;
			if (stopping || !job_next(e, &job)) {
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

static void watch(struct engine *e)
{
	double t = now();
	for (unsigned i = 0; i < e->o.workers; i++) {
		struct worker_slot *s = &e->slot[i];
		if (s->state != SLOT_BUSY)
			continue;
		uint64_t beat = *(volatile uint64_t *)&s->box->beat;
		if (beat != s->beat) {
			s->beat = beat;
			s->beat_at = t;
		} else if (e->o.hang_seconds && t - s->beat_at > e->o.hang_seconds && !s->killed_hang) {
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
		return e->output_failed ? ENGINE_OUTPUT : ENGINE_FAULT;
	e->committed_at = now();
	ready_push(e, e->job[0].first_child, e->job[0].children);
	e->cursor = 0;
	struct pollfd *p = memory_array(e->o.workers + 1, sizeof *p);
	bool good = emit_ready(e) && (!e->job[0].children || nursery_start(e));
	double ticked = 0;
	while (good && !e->finished) {
		stopping = stopping || (e->c.stop && e->c.stop(e->c.owner));
		good = schedule(e, stopping);
		if (!good || e->finished || (stopping && idle(e)))
			break;
		p[0] = (struct pollfd){ .fd = e->nursery, .events = POLLIN };
		for (unsigned i = 0; i < e->o.workers; i++) {
			const struct worker_slot *s = &e->slot[i];
			p[i + 1] = (struct pollfd){ .fd = s->state == SLOT_BUSY || s->state == SLOT_IDLE ? s->pipe : -1, .events = POLLIN };
		}
		int ready = poll(p, e->o.workers + 1, POLL_MS);
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
		}
		watch(e);
		if (e->c.tick && now() - ticked > 0.2) {
			e->c.tick(e->c.owner);
			ticked = now();
		}
	}
	free(p);
	if (e->journal && !e->output_failed && !journal_commit(e->journal, e->spool.file))
		good = output_trouble(e, strerror(errno));
	nursery_gone(e);
	return e->output_failed ? ENGINE_OUTPUT : e->fault || !good ? ENGINE_FAULT : stopping && !e->finished ? ENGINE_STOPPED : ENGINE_DONE;
}

void engine_free(struct engine *e)
{
	nursery_gone(e);
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
