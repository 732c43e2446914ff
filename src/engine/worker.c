/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c: nursery and worker. See worker.h and protocol.h; the order of lock-down is DESIGN's. */
#include "engine/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "engine/sandbox.h"

enum { OUT_BATCH = 256 * 1024 };

struct worker {
	int control, pipe;
	volatile struct black_box *box;
	struct buffer out;
	uint64_t records, items;
	uint32_t streams;
	uint32_t done_flags;
	struct step_path path;
	const struct skip *skip;
	uint32_t skips;
};

static _Noreturn void gone(void)
{
	_exit(0);                       /* the broker is gone, or it speaks another protocol: nobody is left to tell */
}

static void flush_out(struct worker *w)
{
	size_t at = 0;
	while (at < w->out.length) {
		ssize_t n = write(w->pipe, w->out.data + at, w->out.length - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			gone();
		at += (size_t)n;
	}
	buffer_clear(&w->out);
}

static void frame(struct worker *w, enum frame_kind kind, size_t length)
{
	buffer_u32le(&w->out, (uint32_t)length);
	buffer_u16le(&w->out, (uint16_t)kind);
	buffer_u16le(&w->out, 0);
}

static void framed(struct worker *w)
{
	if (w->out.length >= OUT_BATCH)
		flush_out(w);
}

void worker_records(struct worker *w, const struct buffer *frames)
{
	for (size_t at = 0; at + 4 <= frames->length;) {
		const uint8_t *p = frames->data + at;
		size_t length = 4 + ((size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24);
		frame(w, FRAME_RECORD, length);
		buffer_append(&w->out, p, length);
		w->records++;
		at += length;
		framed(w);
	}
}

void worker_item(struct worker *w, const struct item_head *head, const char *step, const void *payload, size_t length)
{
	struct item_head h = *head;
	h.step_length = step ? (uint32_t)strlen(step) : 0;
	frame(w, FRAME_ITEM, sizeof h + h.step_length + length);
	buffer_append(&w->out, &h, sizeof h);
	buffer_append(&w->out, step, h.step_length);
	buffer_append(&w->out, payload, length);
	w->items++;
	framed(w);
}

uint32_t worker_data_begin(struct worker *w, uint32_t purpose)
{
	uint32_t stream = w->streams++;
	frame(w, FRAME_DATA_BEGIN, 8);
	buffer_u32le(&w->out, stream);
	buffer_u32le(&w->out, purpose);
	return stream;
}

void worker_data(struct worker *w, uint32_t stream, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	while (length) {
		size_t take = length < OUT_BATCH ? length : OUT_BATCH;
		frame(w, FRAME_DATA, 4 + take);
		buffer_u32le(&w->out, stream);
		buffer_append(&w->out, p, take);
		p += take;
		length -= take;
		framed(w);
	}
}

void worker_data_end(struct worker *w, uint32_t stream, bool complete)
{
	frame(w, FRAME_DATA_END, 8);
	buffer_u32le(&w->out, stream);
	buffer_u32le(&w->out, complete);
	framed(w);
}

const char *worker_enter(struct worker *w, uint64_t at, const char *what)
{
	if (w->path.depth < STEP_DEPTH)
		w->path.at[w->path.depth] = at;
	w->path.depth++;
	for (uint32_t i = 0; i < w->skips; i++) {
		const struct step_path *p = &w->skip[i].path;
		if (p->depth == w->path.depth && p->depth <= STEP_DEPTH && !memcmp(p->at, w->path.at, p->depth * sizeof *p->at)) {
			w->path.depth--;
			return w->skip[i].why;
		}
	}
	volatile struct black_box *b = w->box;
	if (w->path.depth <= STEP_DEPTH)
		b->path.at[w->path.depth - 1] = at;
	b->path.depth = w->path.depth;
	for (size_t i = 0; i < sizeof b->what - 1; i++) {
		b->what[i] = what[i];
		if (!what[i])
			break;
	}
	b->beat++;
	return NULL;
}

void worker_leave(struct worker *w)
{
	w->path.depth--;
	w->box->path.depth = w->path.depth;
	w->box->beat++;
}

void worker_at(struct worker *w, const char *locator_tail, size_t length)
{
	if (length > STEP_LOCATOR - 1)
		length = 0;                     /* too long to name: the job's own locator stands */
	if (length)
		memcpy((char *)w->box->locator, locator_tail, length);
	w->box->locator[length] = 0;
}

void worker_read(struct worker *w, size_t length)
{
	w->box->bytes += length;
	w->box->beat++;
}

void worker_beat(struct worker *w)
{
	w->box->beat++;
}

void worker_patience(struct worker *w, unsigned cpu_seconds)
{
	w->box->patience = cpu_seconds;
	w->box->beat++;
}

void worker_retire(struct worker *w)
{
	w->done_flags |= DONE_RETIRE;
}

unsigned worker_depth(const struct worker *w)
{
	return w->path.depth;
}

/* One datagram with the descriptors that came along; -1 at the end. */
static ssize_t receive(int fd, void *to, size_t size, int *descriptor, unsigned most, unsigned *descriptors)
{
	union {
		char bytes[CMSG_SPACE(PIECE_DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { to, size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
	ssize_t n;
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*descriptors = 0;
	if (n <= 0)
		return n;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		unsigned count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (unsigned i = 0; i < count; i++) {
			int got;
			memcpy(&got, CMSG_DATA(c) + i * sizeof got, sizeof got);
			if (*descriptors < most)
				descriptor[(*descriptors)++] = got;
			else
				close(got);
		}
	}
	return n;
}

int worker_scratch(struct worker *w, uint32_t stream)
{
	uint32_t answer;
	int descriptor;
	unsigned got;
	frame(w, FRAME_SCRATCH, 4);
	buffer_u32le(&w->out, stream);
	flush_out(w);
	if (receive(w->control, &answer, sizeof answer, &descriptor, 1, &got) != sizeof answer || answer != stream)
		gone();
	return got ? descriptor : -1;
}

void worker_keys(struct worker *w, const uint8_t volume[KEY_VOLUME], uint8_t *to, size_t *found, size_t *given)
{
	uint8_t answer[4 + KEY_FOUND_MOST + KEYS_MOST];
	uint32_t length;
	unsigned got;
	frame(w, FRAME_KEYS, KEY_VOLUME);
	buffer_append(&w->out, volume, KEY_VOLUME);
	flush_out(w);
	ssize_t n = receive(w->control, answer, sizeof answer, NULL, 0, &got);
	if (n < 4)
		gone();
	memcpy(&length, answer, 4);
	if (length > KEY_FOUND_MOST || length > (size_t)n - 4)
		gone();
	*found = length;
	*given = (size_t)n - 4 - length;
	if (*given > KEYS_MOST)
		gone();
	memcpy(to, answer + 4, (size_t)n - 4);
	explicit_bzero(answer, sizeof answer);
}

void worker_key_found(struct worker *w, const uint8_t volume[KEY_VOLUME], const uint8_t *key, size_t length)
{
	frame(w, FRAME_KEY_FOUND, KEY_VOLUME + length);
	buffer_append(&w->out, volume, KEY_VOLUME);
	buffer_append(&w->out, key, length);
	size_t held = w->out.length;
	flush_out(w);
	explicit_bzero(w->out.data, held);
}

static _Noreturn void work(struct worker *w, const struct worker_function *f, void *state)
{
	uint8_t *piece = memory_new(PIECE);
	int *descriptor = memory_array(JOB_DESCRIPTORS_MAX, sizeof *descriptor);
	struct buffer body = { 0 };
	for (;;) {
		struct job_header h;
		unsigned got;
		ssize_t n = receive(w->control, &h, sizeof h, descriptor, JOB_DESCRIPTORS_MAX, &got);
		if (n != sizeof h)
			gone();
		unsigned descriptors = got;
		uint64_t want = (uint64_t)h.skips * sizeof(struct skip) + h.prefix_length + h.payload_length;
		buffer_clear(&body);
		while (body.length < want || descriptors < h.descriptors) {
			n = receive(w->control, piece, PIECE, descriptor + descriptors, JOB_DESCRIPTORS_MAX - descriptors, &got);
			if (n <= 0)
				gone();
			descriptors += got;
			/* a piece that only carries descriptors holds one byte */
			if (body.length < want)
				buffer_append(&body, piece, (size_t)n);
		}
		w->skips = h.skips;
		struct skip *skips = memory_copy(body.data ? body.data : (uint8_t *)"", h.skips * sizeof *skips);      /* aligned */
		w->skip = skips;
		char *prefix = memory_copy(body.data ? body.data + h.skips * sizeof *skips : (uint8_t *)"", h.prefix_length);
		w->records = w->items = 0;
		w->streams = 0;
		w->done_flags = 0;
		w->path.depth = 0;
		w->box->path.depth = 0;
		w->box->what[0] = 0;
		w->box->locator[0] = 0;
		w->box->job = h.job;
		w->box->bytes = w->box->patience = 0;
		w->box->beat++;
		struct worker_job job = {
			.number = h.job, .kind = h.kind, .flags = h.flags, .evidence = h.evidence, .items = h.items, .prefix = prefix,
			.payload = body.data ? body.data + h.skips * sizeof *skips + h.prefix_length : NULL, .length = (size_t)h.payload_length,
			.descriptor = descriptor, .descriptors = descriptors, .companions = h.companions <= descriptors ? h.companions : 0,
		};
		f->run(w, state, &job);
		frame(w, FRAME_DONE, 20);
		buffer_u64le(&w->out, w->records);
		buffer_u64le(&w->out, w->items);
		buffer_u32le(&w->out, w->done_flags);
		w->box->job = 0;
		flush_out(w);
		free(skips);
		free(prefix);
#ifdef __SANITIZE_ADDRESS__
		if (__lsan_do_recoverable_leak_check())         /* here, because workers end by a signal: no exit handler looks */
			abort();
#endif
	}
}

static volatile struct black_box *nursery_box;          /* the nursery's own page; workers get theirs with FORK */

static void progress(uint64_t at)
{
	nursery_box->path.at[0] = at;
	nursery_box->path.depth = 1;
	nursery_box->beat++;
}

static void say(const struct nursery_message *m, int descriptor)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)m, sizeof *m };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (descriptor >= 0) {
		h.msg_control = control.bytes;
		h.msg_controllen = sizeof control.bytes;
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(c), &descriptor, sizeof descriptor);
	}
	ssize_t n;
	do
		n = sendmsg(NURSERY_SOCKET, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		gone();
}

static void child_died(int signal)
{
	(void)signal;                   /* only there so that ppoll ends */
}

static void fork_worker(const struct worker_function *f, void *state, const struct sandbox_options *o, const struct nursery_message *m, int descriptor[3])
{
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		signal(SIGXFSZ, SIG_IGN);       /* a library that writes to a file gets EFBIG */
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(NURSERY_SOCKET);
		close(NURSERY_CONFIG);
		struct worker w = { .control = descriptor[0], .pipe = descriptor[1] };
		void *page = mmap(NULL, sizeof(struct black_box), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor[2], 0);
		if (page == MAP_FAILED)
			_exit(1);
		w.box = page;
		if (f->settle)
			f->settle(state);
		if (!sandbox_worker(o, parent))
			_exit(1);
		work(&w, f, state);
	}
	for (int i = 0; i < 3; i++)
		close(descriptor[i]);
	struct nursery_message answer = { .word = pid < 0 ? NURSERY_EXIT : NURSERY_FORKED, .slot = m->slot, .pid = pid };
	int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	say(&answer, pidfd);
	if (pidfd >= 0)
		close(pidfd);
}

int worker_main(const struct worker_function *f)
{
	struct stat st;
	struct sandbox_options o;
	if (fstat(NURSERY_CONFIG, &st) || !S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof o) {
		fputs("spoor-worker: started by spoor only\n", stderr);
		return 2;
	}
	uint8_t *config = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, NURSERY_CONFIG, 0);
	void *page = mmap(NULL, sizeof(struct black_box), PROT_READ | PROT_WRITE, MAP_SHARED, NURSERY_BOX, 0);
	if (config == MAP_FAILED || page == MAP_FAILED)
		return 5;
	nursery_box = page;
	memcpy(&o, config, sizeof o);
	close(NURSERY_BOX);
	f->preload();
	int held = sandbox_nursery(&o);
	if (held < 0)
		return 5;
	struct sigaction act = { .sa_handler = child_died };
	sigaction(SIGCHLD, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);        /* the terminal's ^C is the broker's to handle */
	signal(SIGTERM, SIG_DFL);
	sigset_t blocked, open;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	void *state = f->warm_up(config + sizeof o, (size_t)st.st_size - sizeof o, progress);
	say(&(struct nursery_message){ .word = NURSERY_READY, .status = held }, -1);

	for (;;) {
		struct pollfd p = { .fd = NURSERY_SOCKET, .events = POLLIN };
		int ready = ppoll(&p, 1, NULL, &open);
		for (;;) {
			int status;
			pid_t pid = waitpid(-1, &status, WNOHANG);
			if (pid <= 0)
				break;
			say(&(struct nursery_message){ .word = NURSERY_EXIT, .pid = pid, .status = status }, -1);
		}
		if (ready <= 0)
			continue;
		struct nursery_message m;
		int descriptor[3];
		unsigned got;
		ssize_t n = receive(NURSERY_SOCKET, &m, sizeof m, descriptor, 3, &got);
		if (n <= 0)
			gone();
		if (n == sizeof m && m.word == NURSERY_FORK && got == 3)
			fork_worker(f, state, &o, &m, descriptor);
	}
}
