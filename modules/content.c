/* SPDX-License-Identifier: Apache-2.0 */
/* content.c: cat (a locator's bytes to standard output) and extract (content into a store, named by SHA-256). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "modules/modules.h"

/* ---- cat */

static bool cat_record(void *owner, const struct record_view *v)
{
	struct session *s = owner;
	size_t n;
	if (v->type == RECORD_ERROR) {
		const char *text = record_get_text(v, F_MESSAGE_TEXT, &n);
		say(s->module, "%.*s", (int)n, text);
	}
	return true;
}

static void *cat_begin(void *owner)
{
	return owner;
}

static bool cat_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	(void)handle;
	struct session *s = owner;
	buffer_append(&s->out, bytes, length);
	return session_flush(s);
}

static bool cat_end(void *owner, void *handle, bool complete, bool keep)
{
	(void)owner, (void)handle, (void)complete, (void)keep;
	return true;
}

int module_cat(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	int code;
	if (!set->operands) {
		say(m, "which locator? (spoor walk prints them)");
		return EXIT_USAGE;
	}
	s.sink = cat_record;
	s.sink_owner = &s;
	s.store_begin = cat_begin;
	s.store_write = cat_write;
	s.store_end = cat_end;
	if (session_begin(&s, m, set, PASS_LIST, &code)) {
		set->workers = 1;
		set->quiet = true;
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		for (unsigned i = 0; i < set->operands; i++) {
			const char *tail;
			uint32_t item = session_evidence(&s, set->operand[i], strlen(set->operand[i]), &tail);
			if (item != UINT32_MAX)
				engine_add(s.engine, &(struct engine_job){ .kind = PASS_JOB_CAT, .files = FILES_EVIDENCE, .evidence = item + 1, .prefix = s.item[item].base, .payload = tail, .length = strlen(tail) });
		}
		code = session_run(&s);
	}
	session_free(&s);
	return code;
}

/* ---- extract */

struct store { struct session *s; int directory; };
struct stored { int fd; struct hasher *h; };


static void *store_begin(void *owner)
{
	struct store *t = owner;
	if (t->directory < 0)
		return NULL;
	struct stored *d = memory_new(sizeof *d);
	d->fd = openat(t->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0440);
	if (d->fd < 0) {
		free(d);
		return NULL;
	}
	d->h = hasher_new(HASH_SHA256);
	return d;
}

static bool store_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	(void)owner;
	struct stored *d = handle;
	hasher_update(d->h, bytes, length);
	return write(d->fd, bytes, length) == (ssize_t)length;
}

static bool store_end(void *owner, void *handle, bool complete, bool keep)
{
	struct store *t = owner;
	struct stored *d = handle;
	bool good = true;
	(void)complete;         /* what could be read of damaged content is kept as well: its hash is that of what was read */
	if (keep) {
		struct buffer name = { 0 };
		char from[64];
		hasher_finish(d->h);
		buffer_hex(&name, hasher_digest(d->h, HASH_SHA256), 32);
		snprintf(from, sizeof from, "/proc/self/fd/%d", d->fd);
		good = linkat(AT_FDCWD, from, t->directory, buffer_string(&name), AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST;
		buffer_free(&name);
	}
	hasher_free(d->h);
	close(d->fd);
	free(d);
	return good;
}

int module_extract(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct store t = { .s = &s, .directory = -1 };
	int code;
	if (!set->output) {
		say(m, "where to? give -o DIR");
		return EXIT_USAGE;
	}
	if ((mkdir(set->output, 0777) && errno != EEXIST) || (t.directory = open(set->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		say(m, "%s: %s", set->output, strerror(errno));
		return EXIT_OUTPUT;
	}
	s.sink_owner = &t;
	s.store_begin = store_begin;
	s.store_write = store_write;
	s.store_end = store_end;
	if (session_begin(&s, m, set, PASS_CONTENT | PASS_STORE | (set->operands ? PASS_LIST | PASS_DESCEND : 0), &code)) {
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		bool good = true;
		if (set->operands)
			session_operands(&s, false);
		else
			good = session_records(&s, true);
		code = good ? session_run(&s) : EXIT_USAGE;
	}
	session_free(&s);
	close(t.directory);
	return code;
}
