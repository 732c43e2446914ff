/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: see session.h. */
#include "config.h"

#include "cli/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "artifact/windows/registry_rows.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/keys.h"
#include "cli/installed.h"

enum { OUT_BATCH = 64 << 10 };
#define WORKER_MEMORY (UINT64_C(2) << 30)

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

bool session_interrupted(void)
{
	return interrupted != 0;
}

/* ---- output */

bool session_flush(struct session *s)
{
	size_t at = 0;
	while (!s->broken && at < s->out.length) {
		ssize_t n = write(STDOUT_FILENO, s->out.data + at, s->out.length - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->broken = true;
			say(s->module, "standard output can't be written: %s", strerror(errno));
		} else {
			at += (size_t)n;
		}
	}
	buffer_clear(&s->out);
	return !s->broken;
}

/* Does --where keep it from being written? What later stages need to trust a stream, and what was not read, always passes. */
static bool left_out(const struct session *s, const struct record_view *v)
{
	return s->where && v->type != RECORD_EVIDENCE && v->type != RECORD_ERROR && v->type != RECORD_FOREIGN && !filter_matches(s->where, v);
}

static void count(struct session *s, const struct record_view *v)
{
	if (v->type == RECORD_NODE && record_has(v, F_STATE)) {
		s->seen++;
		s->read += record_text_equals(v, F_STATE, "read");
		s->skipped += record_text_equals(v, F_STATE, "skipped");
		s->failed += record_text_equals(v, F_STATE, "failed");
	}
	if (v->type == RECORD_EVIDENCE && record_text_equals(v, F_STATE, "failed"))
		s->unreadable++;
}

static bool out_record(struct session *s, const struct record_view *v)
{
	count(s, v);
	if (left_out(s, v))
		return true;
	s->count[v->type]++;
	if (v->type == RECORD_HIT && record_get_number(v, F_SCORE) > s->best_score)
		s->best_score = record_get_number(v, F_SCORE);
	if (s->tap)
		s->tap(s->sink_owner, v);
	if (s->sink)
		return s->sink(s->sink_owner, v);
	record_to_json(&s->out, v);
	return s->out.length < OUT_BATCH || session_flush(s);
}

bool session_emit(struct session *s, const struct buffer *frame)
{
	struct record_view v;
	return record_view_open(&v, frame->data, frame->length) || out_record(s, &v);
}

/* ---- engine */

/* The item that an evidence record speaks of; NULL: none whose facts are known. */
static const struct evidence_item *item_of(const struct session *s, const struct record_view *v)
{
	size_t n;
	const char *locator = record_get_text(v, F_LOCATOR, &n);
	for (uint32_t i = 0; locator && i < s->items; i++)
		if (s->item[i].facts && strlen(s->item[i].base) == n && !memcmp(s->item[i].base, locator, n))
			return &s->item[i];
	return NULL;
}

/* The worker said what it is; which files, how large, and what they begin and end with only the broker knows. */
static bool evidence_told(struct session *s, const struct evidence_item *e, const struct record_view *v)
{
	struct buffer changes = { 0 }, merged = { 0 };
	struct record_view c, m;
	struct record_builder r = record_begin(&changes, RECORD_EVIDENCE);
	record_list(&r, F_FILES);
	for (unsigned k = 0; k < e->files; k++)
		if (*e->file[k])        /* else the place of a part that is not there */
			value_evidence_text(&r, NULL, e->file[k], strlen(e->file[k]), TEXT_UTF8);
	record_close(&r);
	record_number(&r, F_FILE_SIZE, e->size);
	record_hex(&r, F_HEAD_SHA256, e->head, 32);
	record_hex(&r, F_TAIL_SHA256, e->tail, 32);
	record_end(&r);
	bool good = true;
	if (!record_view_open(&c, changes.data, changes.length)) {
		record_merge(&merged, v, &c);
		good = record_view_open(&m, merged.data, merged.length) || out_record(s, &m);
	}
	buffer_free(&changes);
	buffer_free(&merged);
	return good;
}

static bool on_record(void *owner, const struct record_view *v)
{
	struct session *s = owner;
	if (v->type == RECORD_ERROR && s->told_count) {
		struct buffer line = { 0 };
		record_to_json(&line, v);
		bool again = error_again(s, line.data, line.length - 1);
		buffer_free(&line);
		if (again)
			return true;
	}
	const struct evidence_item *e = v->type == RECORD_EVIDENCE && !record_has(v, F_FILES) ? item_of(s, v) : NULL;
	if (e)
		return evidence_told(s, e, v);
	struct buffer merged = { 0 };
	struct record_view m;
	bool known = v->type == RECORD_NODE && foreign_give(s, v, &merged) && !record_view_open(&m, merged.data, merged.length), good = out_record(s, known ? &m : v);
	buffer_free(&merged);
	return good;
}

bool session_record(struct session *s, const struct record_view *v)
{
	return on_record(s, v);
}

static void *data_begin(void *owner, uint32_t purpose)
{
	struct session *s = owner;
	(void)purpose;
	return s->store_begin ? s->store_begin(s->sink_owner) : NULL;
}

static bool data_write(void *owner, void *handle, const uint8_t *bytes, size_t length)
{
	struct session *s = owner;
	return s->store_write(s->sink_owner, handle, bytes, length);
}

static void data_close(void *owner, void *handle)
{
	struct session *s = owner;
	if (s->store_close)
		s->store_close(s->sink_owner, handle);
}

static bool data_end(void *owner, void *handle, bool complete, bool keep)
{
	struct session *s = owner;
	return s->store_end(s->sink_owner, handle, complete, keep);
}

static bool settle(void *owner)
{
	struct session *s = owner;
	return !s->store_settle || s->store_settle(s->sink_owner);
}

static bool stop(void *owner)
{
	(void)owner;
	return interrupted != 0;
}

bool session_stopped(int *code)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (interrupted)
		*code = 128 + interrupted;
	return interrupted != 0;
}

const char *session_worker(void)
{
	static char path[4200];
	if (!path[0])
		installed_path(path, sizeof path, "spoor-worker", "libexec/spoor-worker", LIBEXECDIR "/spoor-worker");
	return path;
}

static int scratch_directory(const char **name)
{
	const char *places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp", "." };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int fd = places[i] ? open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		int trial = fd >= 0 ? temporary_file(fd) : -1;
		if (trial >= 0) {
			close(trial);
			*name = places[i];
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

/* ---- begin, run, end */

static void start_record(struct session *s)
{
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_START);
	record_number(&r, F_SCHEMA, RECORD_SCHEMA_VERSION);
	record_string(&r, F_MODULE, s->module->name);
	record_string(&r, F_VERSION, PACKAGE_VERSION);
	record_list(&r, F_OPTIONS);
	const struct settings *o = s->set;
	const struct { const char *name, *value; } told_options[] = { { "format", o->format }, { "profile", o->profile }, { "hash", o->hash }, { "artifact", o->artifact }, { "where", o->where }, { "shallow", o->shallow ? "true" : NULL }, { "keys", s->keys ? "given" : NULL }, { "snapshots", !o->snapshots ? NULL : *o->snapshots ? "all" : "changed" },
		{ "unallocated", !o->unallocated ? NULL : *o->unallocated ? "all" : "free" } };
	for (size_t i = 0; i < sizeof told_options / sizeof *told_options; i++)
		if (told_options[i].value) {
			struct buffer text = { 0 };
			buffer_format(&text, "%s=%s", told_options[i].name, told_options[i].value);
			value_evidence_text(&r, NULL, text.data, text.length, TEXT_UTF8);
			buffer_free(&text);
		}
	record_close(&r);
	record_end(&r);
	struct record_view v;
	if (!s->sink && !record_view_open(&v, frame.data, frame.length))
		record_to_json(&s->out, &v);
	buffer_free(&frame);
}

static bool catalogue_has(const char *id)
{
	for (size_t i = 0; catalogue[i].id; i++)
		if (!strcmp(catalogue[i].id, id))
			return true;
	for (size_t i = 0; registry_rows[i].id; i++)
		if (!strcmp(registry_rows[i].id, id))
			return true;
	return !strcmp(id, "reg.key");          /* what every key gives is no row */
}

/* --keys, --keys-fd: text in, a list out, both in memory that no core file and no child has. False: told, without a word of what stood there. */
static bool keys_read(struct session *s)
{
	const struct settings *set = s->set;
	if (!set->keys && !set->keys_fd)
		return true;
	if (set->keys && set->keys_fd) {
		say(s->module, "--keys and --keys-fd: give one of them");
		return false;
	}
	prctl(PR_SET_DUMPABLE, 0);
	int fd = set->keys ? open(set->keys, O_RDONLY | O_CLOEXEC) : (int)set->keys_fd;
	const char *from = set->keys ? set->keys : "--keys-fd";
	char *text = secret_new(KEYS_MOST);
	size_t length = 0;
	ssize_t n = 1;
	while (fd >= 0 && n && length < KEYS_MOST) {
		n = read(fd, text + length, KEYS_MOST - length);
		if (n < 0 && errno != EINTR)
			break;
		length += n > 0 ? (size_t)n : 0;
	}
	int why = errno;
	if (fd >= 0)
		close(fd);
	unsigned line = 0;
	bool good = fd >= 0 && n >= 0;
	if (!good)
		say(s->module, "%s: %s", from, strerror(why));
	s->keys = secret_new(KEYS_MOST);
	const char *wrong = !good ? NULL : n ? "more than 48 KiB" : keys_parse(text, length, s->keys, KEYS_MOST, &s->keys_length, &line);
	if (good && !wrong && !s->keys_length)
		wrong = "it holds no key";
	if (wrong)
		say(s->module, "%s, line %u: %s", from, line, wrong);
	secret_free(text, KEYS_MOST);
	return good && !wrong;
}

/* An option of two degrees: alone, or "=all". */
static bool some_or_all(const struct module *m, const char *option, const char *value)
{
	bool good = !value || !*value || !strcmp(value, "all");
	if (!good)
		say(m, "--%s or --%s=all, not '%s'", option, option, value);
	return good;
}

bool session_begin(struct session *s, const struct module *m, struct settings *set, uint32_t operations, int *exit_code)
{
	s->module = m;
	s->set = set;
	s->pass.operations = operations;
	s->directory = -1;
	*exit_code = EXIT_USAGE;
	struct rlimit files;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (m->bit != M_VERIFY && !session_output_allowed(m, set))
		return false;
	unsigned hashes = 0;
	if (set->hash && !hash_set_parse(set->hash, &hashes)) {
		say(m, "--hash knows md5, sha1, sha256, sha512, not '%s'", set->hash);
		return false;
	}
	s->pass.hash_set |= hashes;
	if (hashes && operations)               /* verify reads media, no content */
		s->pass.operations |= PASS_HASH;
	if (set->profile) {
		s->pass.use_profile = true;
		if (!profile_parse(set->profile, &s->pass.profile)) {
			say(m, "no profile, category or artefact is called '%s' (windows, linux, macos, all, ...)", set->profile);
			return false;
		}
	}
	if (set->artifact) {
		if (!catalogue_has(set->artifact) || strlen(set->artifact) >= sizeof s->pass.artifact) {
			say(m, "the catalogue has no artefact '%s'", set->artifact);
			return false;
		}
		strcpy(s->pass.artifact, set->artifact);
	}
	if (set->own_domain) {
		if (strlen(set->own_domain) >= sizeof s->pass.own_domains || strspn(set->own_domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-") != strlen(set->own_domain)) {
			say(m, "--own-domain takes names as in mail.example,example.org, less than %zu characters, not '%s'", sizeof s->pass.own_domains, set->own_domain);
			return false;
		}
		strcpy(s->pass.own_domains, set->own_domain);
	}
	if (set->snapshots)
		s->pass.snapshots = *set->snapshots ? SNAPSHOTS_ALL : SNAPSHOTS_CHANGED;
	if (set->unallocated)
		s->pass.unallocated = *set->unallocated ? UNALLOCATED_ALL : UNALLOCATED_FREE;
	if (!some_or_all(m, "snapshots", set->snapshots) || !some_or_all(m, "unallocated", set->unallocated))
		return false;
	if (set->where) {
		size_t at;
		const char *wrong = filter_compile(&s->where, set->where, &at);
		if (wrong) {
			say(m, "--where: %s, at '%s'", wrong, set->where[at] ? set->where + at : "the end");
			return false;
		}
	}
	if (!keys_read(s))
		return false;
	s->pass.keys_given = s->keys != NULL;
	if (set->fault) {
		const char *colon = strchr(set->fault, ':');
		snprintf(s->pass.fault, sizeof s->pass.fault, "%.*s", colon ? (int)(colon - set->fault) : 0, set->fault);
		snprintf(s->pass.fault_name, sizeof s->pass.fault_name, "%s", colon ? colon + 1 : "");
	}
	buffer_append(&s->config, &s->pass, sizeof s->pass);
	if (s->pass.operations & (PASS_SCAN | PASS_SIGMA) && !rules_load(s))
		return false;
	memcpy(s->config.data, &s->pass, sizeof s->pass);
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };      /* a second ^C ends at once */
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	progress_begin(s);
	start_record(s);
	*exit_code = EXIT_DONE;
	return true;
}

/* Descriptors are few: a worker costs the broker some, and so does each file of a folder's batch while it is handed over. */
enum { OWN_DESCRIPTORS = 22, WORKER_DESCRIPTORS = 6, BATCH_MOST = 256 };

struct engine_options session_options(struct session *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct rlimit files = { .rlim_cur = 1024 };
	getrlimit(RLIMIT_NOFILE, &files);
	unsigned there = files.rlim_cur < 65536 ? (unsigned)files.rlim_cur : 65536, spare = there > OWN_DESCRIPTORS ? there - OWN_DESCRIPTORS : 0;
	unsigned workers = s->set->workers ? (unsigned)s->set->workers : cores > 1 ? (unsigned)cores : 1, fit = spare / (2 * WORKER_DESCRIPTORS);
	workers = workers < fit ? workers : fit ? fit : 1;
	unsigned batch = spare > workers * WORKER_DESCRIPTORS + 4 ? (spare - workers * WORKER_DESCRIPTORS) / 2 : 2;
	if (s->directory < 0)
		s->directory = scratch_directory(&s->directory_name);
	int landlock_most = -1;
#ifdef SPOOR_FAULTS
	const char *abi = getenv("SPOOR_LANDLOCK_ABI");         /* as a kernel that knows no more than this */
	landlock_most = abi ? atoi(abi) : -1;
#endif
	return (struct engine_options){
		.worker_path = session_worker(), .workers = workers, .batch_items = batch < BATCH_MOST ? batch : BATCH_MOST,
		.hang_seconds = s->set->hang_seconds ? (unsigned)s->set->hang_seconds : 120, .landlock_most = landlock_most,
		.config = s->config.data, .config_length = s->config.length, .directory = s->directory, .keys = s->keys, .keys_length = s->keys_length,
#ifdef SPOOR_SANITIZED
		.sandbox_off = true,
#else
		.worker_memory = WORKER_MEMORY, .sandbox_off = s->set->fault_sandbox_off,
#endif
	};
}

bool session_engine(struct session *s, const struct engine_options *o)
{
	s->engine = engine_new(o, &(struct engine_client){ .owner = s, .record = on_record, .evidence = evidence_files, .item_files = evidence_item_files, .data_begin = data_begin, .data = data_write, .data_close = data_close, .data_end = data_end, .settle = settle, .tick = progress_tick, .stop = stop, .answer = s->answer });
	if (s->pass.operations & PASS_SCAN)
		engine_add(s->engine, &(struct engine_job){ .kind = PASS_JOB_PREAMBLE, .prefix = "" });
	return true;
}

void session_rules_text(const struct session *s, struct buffer *out)
{
	uint8_t digest[32];
	hash_sha256(s->config.data + sizeof s->pass, s->config.length - sizeof s->pass, digest);
	buffer_format(out, "%u rule files, sha256 over all of them ", s->pass.rule_files + s->pass.sigma_files + s->pass.ioc_files);
	buffer_hex(out, digest, 32);
}

void sandbox_text(struct buffer *out, uint32_t bits)
{
	unsigned abi = bits >> SANDBOX_LANDLOCK_SHIFT & 255;
	if (bits & SANDBOX_OFF) {
		buffer_text(out, "off (test build)");
		return;
	}
	buffer_text(out, bits & SANDBOX_SECCOMP ? "seccomp" : "no seccomp");
	if (abi)
		buffer_format(out, ", landlock ABI %u", abi);
	else
		buffer_text(out, ", no landlock (seccomp alone forbids open, socket and exec)");
	if (bits & SANDBOX_NO_NEW_PRIVS)
		buffer_text(out, ", no_new_privs");
	if (bits & SANDBOX_UID)
		buffer_text(out, ", unprivileged user");
}

static void summary(const struct session *s, struct buffer *line)
{
	static const struct { enum record_type type; const char *thing; } told[] = { { RECORD_NODE, "node" }, { RECORD_EVENT, "event" }, { RECORD_HIT, "hit" }, { RECORD_ERROR, "error" } };
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		buffer_text(line, i ? ", " : "");
		text_count(line, s->count[told[i].type], told[i].thing);
	}
}

void session_work_trouble(const struct session *s, const char *why)
{
	const char *output = s->set->output;
	if (s->directory < 0)
		say(s->module, "no folder can hold working files, neither /var/tmp nor /tmp: TMPDIR=DIR names one");
	else
		say(s->module, "working files in %s can't be written: %s%s", s->directory_name, why, output && !strcmp(output, s->directory_name) ? "" : "; TMPDIR=DIR names another folder");
}

static void trouble_tell(const struct session *s, enum engine_end end)
{
	const char *why = engine_fault(s->engine) ? engine_fault(s->engine) : strerror(errno);
	const char *named = s->sink_trouble ? s->sink_trouble(s->sink_owner) : NULL;
	if (end != ENGINE_OUTPUT)
		say(s->module, "%s", why);
	else if (!engine_client_failed(s->engine) || !s->set->output)
		session_work_trouble(s, why);
	else if (named)
		say(s->module, "%s: %s", s->set->output, named);
	else
		say(s->module, "%s can't be written: %s", s->set->output, why);
}

int session_finish(struct session *s)
{
	enum engine_end end = engine_run(s->engine);
	progress_clear();
	int code = end == ENGINE_OUTPUT || s->broken ? EXIT_OUTPUT : end == ENGINE_FAULT ? EXIT_FAULT : end == ENGINE_REFUSED ? EXIT_USAGE : s->unreadable && !s->count[RECORD_NODE] ? EXIT_NO_EVIDENCE :
		s->count[RECORD_ERROR] || s->upstream_cut ? (s->set->errors_ok ? EXIT_DONE : EXIT_ERRORS) : EXIT_DONE;
	if (code <= EXIT_ERRORS && s->set->exit_findings && s->best_score >= s->set->exit_findings)
		code = EXIT_FOUND;
	if ((end == ENGINE_FAULT || end == ENGINE_OUTPUT || end == ENGINE_REFUSED) && !s->broken)
		trouble_tell(s, end);
	if (s->upstream_cut && !s->set->quiet)
		say(s->module, "the stream that was read was cut short");
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_END);
	record_string(&r, F_MODULE, s->module->name);
	record_string(&r, F_STATUS, end == ENGINE_STOPPED || s->upstream_cut ? "interrupted" : end == ENGINE_DONE ? "complete" : "failed");
	record_number(&r, F_EXIT, (uint64_t)code);
	record_map(&r, F_COUNTS);
	for (int t = 0; t < RECORD_FOREIGN; t++)
		if (s->count[t])
			value_number(&r, record_type_name((enum record_type)t), s->count[t]);
	value_number(&r, "seen", s->seen);
	value_number(&r, "read", s->read);
	value_number(&r, "skipped", s->skipped);
	value_number(&r, "failed", s->failed);
	record_close(&r);
	record_end(&r);
	struct record_view v;
	if (!s->sink && code != EXIT_OUTPUT && !record_view_open(&v, frame.data, frame.length))
		record_to_json(&s->out, &v);
	buffer_free(&frame);
	if (!session_flush(s))
		code = EXIT_OUTPUT;
	return end == ENGINE_STOPPED && interrupted ? 128 + interrupted : code;
}

void session_summary(const struct session *s, int code)
{
	const struct engine_counts *c = engine_counts(s->engine);
	if (s->set->quiet || code == EXIT_USAGE || code == EXIT_OUTPUT || code == EXIT_FAULT)
		return;
	struct buffer line = { 0 };
	(s->summary ? s->summary : summary)(s, &line);
	buffer_text(&line, c->clock_decided ? "; a clock limit ended a job" : "");
	if (c->reruns) {
		buffer_text(&line, "; ");
		text_count(&line, c->reruns, "worker");
		buffer_text(&line, " died, what they did was done again");
	}
	buffer_text(&line, code > 128 ? "; interrupted" : "");
	if (c->jobs_resumed)
		buffer_format(&line, "; %llu jobs done before, %llu now", (unsigned long long)c->jobs_resumed, (unsigned long long)c->jobs_run);
	say(s->module, "%s", buffer_string(&line));
	buffer_free(&line);
}

int session_run(struct session *s)
{
	int code = session_finish(s);
	session_summary(s, code);
	return code;
}

void session_free(struct session *s)
{
	if (s->engine)
		engine_free(s->engine);
	for (uint32_t i = 0; i < s->items; i++) {
		struct evidence_item *e = &s->item[i];
		for (unsigned k = 0; k < e->files; k++) {
			if (e->descriptor[k] >= 0)
				close(e->descriptor[k]);
			free(e->file[k]);
		}
		for (unsigned k = 0; k < COMPANIONS && e->companions_open; k++)
			close(e->companion[k]);
		if (e->folder_descriptor >= 0 && !e->borrowed)
			close(e->folder_descriptor);
		free(e->file);
		free(e->descriptor);
		free(e->name);
		free(e->base);
	}
	free(s->item);
	progress_clear();
	free(s->told);
	filter_free(s->where);
	foreign_free(s->foreign);
	secret_free(s->keys, KEYS_MOST);
	buffer_free(&s->config);
	buffer_free(&s->out);
	if (s->directory >= 0)
		close(s->directory);
}
