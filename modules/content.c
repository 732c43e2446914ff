/* SPDX-License-Identifier: Apache-2.0 */
/* content.c: cat (a locator's bytes to standard output) and extract (content into a store, named by SHA-256). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void *store_begin(void *owner)
{
	return content_begin(owner);
}

static bool store_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	(void)owner;
	return content_write(handle, bytes, length);
}

static void store_close(void *owner, void *handle)
{
	(void)owner;
	content_close(handle);
}

static bool store_end(void *owner, void *handle, bool complete, bool keep)
{
	(void)owner, (void)complete;    /* what could be read of damaged content is kept as well: its hash is that of what was read */
	return content_end(handle, keep);
}

int module_extract(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct content_store t = { .directory = -1 };
	int code;
	if (!set->output) {
		say(m, "where to? give -o DIR");
		return EXIT_USAGE;
	}
	if (!session_output_allowed(m, set))
		return EXIT_USAGE;
	bool made = mkdir(set->output, 0777) == 0;
	if ((!made && errno != EEXIST) || (t.directory = open(set->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		say(m, "%s: %s", set->output, strerror(errno));
		return errno == ENOTDIR || errno == ENOENT ? EXIT_USAGE : EXIT_OUTPUT;
	}
	s.sink_owner = &t;
	s.store_begin = store_begin;
	s.store_write = store_write;
	s.store_close = store_close;
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
	if (code > 128)
		say(m, "interrupted: %s holds what was read so far", set->output);
	close(t.directory);
	if (made && code == EXIT_USAGE)
		rmdir(set->output);     /* nothing was begun: only goes when it is empty */
	return code;
}
