/* SPDX-License-Identifier: Apache-2.0 */
/* case_directory.c: who may work in a case directory. One run at a time: .work/lock is locked as long as a run lives (the kernel lets go of it when the run dies, however).
 * A directory that holds anything is refused unless it holds an unfinished run and the caller wants to go on with it. */
#include "bundle/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 30, LOCK_WAIT_NS = 100000000 };

/* What lies there. False with errno when it can't be listed. */
static bool look(int directory, bool *unfinished, bool *sealed, bool *other)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	*unfinished = *sealed = *other = false;
	if (!d)
		return false;
	for (struct dirent *e; (e = readdir(d));) {
		if (!strcmp(e->d_name, ".work"))
			*unfinished = true;
		else if (!strcmp(e->d_name, "tagmanifest-sha256.txt"))
			*sealed = *other = true;
		else if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, "custody.log"))
			*other = true;
	}
	closedir(d);
	return true;
}

enum case_state case_open(const char *path, bool resume, struct case_directory *c, const char **why)
{
	bool unfinished, sealed, other;
	struct stat st;
	*c = (struct case_directory){ .directory = -1, .work = -1, .lock = -1 };
	*why = NULL;
	if ((mkdir(path, 0777) != 0 && errno != EEXIST) || (c->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || !look(c->directory, &unfinished, &sealed, &other))
		return CASE_TROUBLE;
	if (!unfinished && other) {
		*why = sealed ? "a finished bundle lies there: give another directory" : "it holds something already: give another directory";
		return CASE_REFUSED;
	}
	if (mkdirat(c->directory, ".work", 0700) != 0 && errno != EEXIST)
		return CASE_TROUBLE;
	c->work = openat(c->directory, ".work", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	c->lock = c->work < 0 ? -1 : openat(c->work, "lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return CASE_TROUBLE;
	/* the nursery of a run that was just killed may hold the lock for a moment */
	int locked = -1;
	for (int i = 0; i < (resume ? LOCK_TRIES : 1) && (locked = flock(c->lock, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK; i++)
		nanosleep(&(struct timespec){ 0, LOCK_WAIT_NS }, NULL);
	if (locked != 0 && errno != EWOULDBLOCK)
		return CASE_TROUBLE;
	if (locked != 0 || fstat(c->lock, &st) != 0 || !st.st_nlink) {
		*why = "another run is working in it";
		return CASE_REFUSED;
	}
	if (unfinished && !resume) {
		*why = "an unfinished run lies there: --resume goes on with it, or give another directory";
		return CASE_REFUSED;
	}
	c->unfinished = unfinished;
	return CASE_READY;
}

void case_leave(struct case_directory *c, bool done)
{
	static const char *const names[] = { "journal", "spool", "lock" };      /* a spool without a journal is begun anew */
	if (done) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			unlinkat(c->work, names[i], 0);
		unlinkat(c->directory, ".work", AT_REMOVEDIR);
	}
	const int descriptor[] = { c->work, c->directory, c->lock };
	for (size_t i = 0; i < sizeof descriptor / sizeof *descriptor; i++)
		if (descriptor[i] >= 0)
			close(descriptor[i]);
}
