/* SPDX-License-Identifier: Apache-2.0 */
/* slots.c: starts the nursery and, through it, workers; hands a job with its descriptors to a worker. */
#include "config.h"

#include "engine/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEND_SECONDS = 20 };

void nursery_gone(struct engine *e)
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

/* A worker's environment. That of a build with sanitizers also says where their reports go. */
static void worker_environment(char *variable[6])
{
	static char always[3][24] = { "TZ=UTC", "LC_ALL=C.UTF-8", "PATH=/nonexistent" };
	unsigned n = 0;
	while (n < 3) {
		variable[n] = always[n];
		n++;
	}
#ifdef __SANITIZE_ADDRESS__
	static const char *const name[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS" };
	static char text[2][1024];
	for (unsigned i = 0; i < 2; i++) {
		const char *given = getenv(name[i]);
		if (given && snprintf(text[i], sizeof text[i], "%s=%s", name[i], given) < (int)sizeof text[i])
			variable[n++] = text[i];
	}
#endif
	variable[n] = NULL;
}

bool nursery_start(struct engine *e)
{
	if (++e->counts.nursery_starts > NURSERY_STARTS_MAX)
		return broker_fault(e, "the nursery of workers keeps dying");
	int pair[2], config = memfd_create("spoor-config", MFD_CLOEXEC);
	if (config < 0 || ftruncate(config, (off_t)e->config.length) || pwrite(config, e->config.data, e->config.length, 0) != (ssize_t)e->config.length)
		return broker_fault(e, "no memory for the workers' configuration");
	if (e->nursery_box)
		munmap(e->nursery_box, sizeof *e->nursery_box);
	int box = shared_page(&e->nursery_box);
	if (box < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return broker_fault(e, "no descriptors left for the workers");
	pid_t pid = fork();
	if (pid == 0) {
		/* away from the three numbers first, then onto them */
		int s = fcntl(pair[1], F_DUPFD, 10), c = fcntl(config, F_DUPFD, 10), b = fcntl(box, F_DUPFD, 10);
		int null = open("/dev/null", O_RDWR);
		if (s < 0 || c < 0 || b < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
			_exit(127);
#ifdef SPOOR_FAULTS
		if (!getenv("SPOOR_WORKER_STDERR"))     /* what a library says while it dies */
#endif
			dup2(null, 2);
		if (dup2(s, NURSERY_SOCKET) < 0 || dup2(c, NURSERY_CONFIG) < 0 || dup2(b, NURSERY_BOX) < 0)
			_exit(127);
		close_range(6, ~0u, 0);
		signal(SIGPIPE, SIG_DFL);
		char *const argv[] = { "spoor-worker", NULL };
		char *envp[6];
		worker_environment(envp);
		execve(e->o.worker_path, argv, envp);
		_exit(127);
	}
	close(pair[1]);
	close(config);
	close(box);
	if (pid < 0) {
		close(pair[0]);
		return broker_fault(e, "can't fork");
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

void slot_close(struct worker_slot *s)
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

bool slot_start(struct engine *e, struct worker_slot *s)
{
	int control[2], pipes[2], descriptor[3];
	struct nursery_message m = { .word = NURSERY_FORK, .slot = (uint32_t)(s - e->slot) };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control))
		return broker_fault(e, "no descriptors left for a worker");
	if (pipe2(pipes, O_CLOEXEC) || (descriptor[2] = shared_page(&s->box)) < 0)
		return broker_fault(e, "no descriptors left for a worker");
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

void pending_clear(struct engine *e, struct worker_slot *s)
{
	for (unsigned i = 0; i < s->streams; i++) {
		struct stream *t = &s->stream[i];
		if (t->handle)
			e->c.data_end(e->c.owner, t->handle, false, false);
		if (t->scratch >= 0)
			close(t->scratch);
		e->scratch_bytes -= t->scratch_bytes;
	}
	s->streams = 0;
	buffer_clear(&s->records);
	buffer_clear(&s->item_bytes);
	s->output = s->items = SPOOL_NONE;
	s->record_count = s->item_count = s->sum = 0;
	s->differs = false;
}

bool job_send(struct engine *e, struct worker_slot *s)
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
	if (j->ask) {
		memcpy(buffer_reserve(&body, j->payload_length + 1u), j->ask->payload, j->payload_length);
	} else if (!spool_read_raw(&e->spool, j->payload, buffer_reserve(&body, j->payload_length + 1u), j->payload_length)) {
		buffer_free(&body);
		return broker_output_trouble(e, strerror(errno));
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
				descriptors = e->c.item_files(e->c.owner, name, f->payload_length, descriptor, 1);
			}
			free(name);
		} else {
			size_t item = 0;
			for (uint32_t i = 0, n = j->payload_length; i < j->item_count && descriptors < JOB_DESCRIPTORS_MAX; i++) {
				if (j->batch) {
					memcpy(&n, payload + item, 4);
					item += 4;
				}
				descriptors += e->c.item_files(e->c.owner, payload + item, n, descriptor + descriptors, JOB_DESCRIPTORS_MAX - descriptors);
				item += n;
			}
		}
		for (unsigned i = 0; i < descriptors; i++)
			if (descriptor[i] < 0)
				descriptor[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} else if (j->files == FILES_EVIDENCE && s->evidence != j->evidence) {
		descriptors = e->c.evidence(e->c.owner, j->evidence, descriptor, JOB_DESCRIPTORS_MAX, &h.companions);
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
	s->beat_at = broker_now();
	s->beat = s->box->beat;
	s->beat_cpu = -1;
	s->state = SLOT_BUSY;
	s->fresh = false;
	s->sent = true;
	s->keys_asked = 0;
	return true;
}

bool scratch_answer(struct engine *e, struct worker_slot *s, struct stream *t)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", t->scratch);
	int fd = t->over ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && !t->over)
		return broker_output_trouble(e, strerror(errno));
	/* a worker waits for its answer: a refused send means that it is dying, and its pipe will tell */
	(void)send_descriptors(s->control, &t->number, sizeof t->number, &fd, t->over ? 0 : 1);
	if (fd >= 0)
		close(fd);
	close(t->scratch);
	t->scratch = -1;
	t->open = false;
	return true;
}

void keys_answer(struct engine *e, struct worker_slot *s, const uint8_t *volume)
{
	uint32_t length = 0;
	const uint8_t *found = NULL;
	for (unsigned i = 0; i < e->volume_keys; i++)
		if (!memcmp(e->volume_key[i].volume, volume, KEY_VOLUME)) {
			found = e->volume_key[i].bytes;
			length = e->volume_key[i].length;
		}
	struct iovec iov[3] = { { &length, sizeof length }, { (void *)found, length }, { (void *)e->o.keys, e->o.keys_length } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 3 };
	/* a worker waits for its answer, so there is room; one that does not is no worker of ours */
	if (++s->keys_asked > KEYS_ASKED_MOST || sendmsg(s->control, &h, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		s->protocol = "keys asked for that are not taken";
}

void key_keep(struct engine *e, const uint8_t *volume, const uint8_t *bytes, size_t length)
{
	unsigned i = 0;
	if (!e->volume_key)
		return;
	while (i < e->volume_keys && memcmp(e->volume_key[i].volume, volume, KEY_VOLUME))
		i++;
	if (i == VOLUME_KEYS)
		return;                 /* that volume's key is derived each time */
	if (i == e->volume_keys)
		e->volume_keys++;
	struct volume_key *k = &e->volume_key[i];
	memcpy(k->volume, volume, KEY_VOLUME);
	memcpy(k->bytes, bytes, length);
	k->length = (uint8_t)length;
}
