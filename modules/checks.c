/* SPDX-License-Identifier: Apache-2.0 */
/* checks.c: verify (evidence against the hashes it states, a bundle against its manifests), selftest (what the kernel refuses), version. */
#include "config.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <openssl/crypto.h>

#include "base/hash.h"
#include "modules/modules.h"

static void tell(void *owner, const char *kind, const char *message)
{
	struct session *s = owner;
	struct buffer frame = { 0 };
	struct record_builder r = record_begin(&frame, RECORD_ERROR);
	record_string(&r, F_KIND, kind);
	record_string(&r, F_SEVERITY_CLASS, "damage");
	record_evidence_text(&r, F_MESSAGE_TEXT, message, strlen(message), TEXT_UTF8);
	record_end(&r);
	session_emit(s, &frame);
	buffer_free(&frame);
	say(s->module, "%s", message);
}

/* What the media of an evidence item came to, in the words of its record. */
static const struct { const char *verified, *says; } outcomes[] = {
	{ "match", "match" }, { "mismatch", "mismatch" }, { "none stored", "without a stored hash" }, { "unreadable", "unreadable" },
};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

struct verifying { struct session *s; const char *bundle[64]; unsigned bundles; uint64_t checked, items, outcome[OUTCOMES]; };

static void summary(const struct session *s, struct buffer *line)
{
	const struct verifying *w = s->sink_owner;
	if (w->checked || !w->items)
		text_count(line, w->checked, "bundle");
	buffer_text(line, w->checked && w->items ? " and " : "");
	if (w->items)
		text_count(line, w->items, "evidence item");
	buffer_text(line, " checked");
	for (unsigned i = 0, any = 0; i < OUTCOMES; i++)
		if (w->outcome[i])
			buffer_format(line, "%s %llu %s", any++ ? "," : ":", (unsigned long long)w->outcome[i], outcomes[i].says);
	buffer_text(line, "; ");
	text_count(line, s->count[RECORD_ERROR], "error");
}

/* Evidence that was hashed, against what each bundle of the command line says of it. */
static void evidence_record(void *owner, const struct record_view *v)
{
	struct verifying *w = owner;
	size_t length;
	const char *name = v->type == RECORD_EVIDENCE ? record_get_text(v, F_NAME, &length) : NULL;
	const struct record_value *sha256 = &v->field[F_SHA256];
	for (unsigned i = 0; i < OUTCOMES && v->type == RECORD_EVIDENCE; i++)
		w->outcome[i] += record_text_equals(v, F_VERIFIED, outcomes[i].verified);
	w->items += v->type == RECORD_EVIDENCE && record_has(v, F_VERIFIED);
	if (!name || !sha256->kind || sha256->length != 32)
		return;
	for (unsigned i = 0; i < w->bundles; i++) {
		struct buffer is = { 0 }, text = { 0 };
		char then[65];
		buffer_hex(&is, sha256->bytes, 32);
		int as = custody_evidence(w->bundle[i], name, length, buffer_string(&is), then);
		buffer_append(&text, name, length);
		if (as == 0)
			buffer_format(&text, ": is not what %s was made from: its SHA-256 is %s, then it was %s", w->bundle[i], buffer_string(&is), then);
		else if (as < 0)
			buffer_format(&text, ": %s names no evidence of this name with a hash", w->bundle[i]);
		else if (!w->s->set->quiet)
			say(w->s->module, "%s is what %s was made from", buffer_string(&text), w->bundle[i]);
		if (as < 1)
			tell(w->s, "evidence.changed", buffer_string(&text));
		buffer_free(&is);
		buffer_free(&text);
	}
}

/* A bundle against itself: manifests, custody log, signature. */
static void verify_bundle(struct verifying *w, struct settings *set, const char *path)
{
	struct session *s = w->s;
	struct buffer said = { 0 };
	int64_t differences = bundle_verify(path, tell, s);
	if (differences < 0) {
		tell(s, "bundle.none", "this is no bundle");
		return;
	}
	w->checked++;
	differences += bundle_verify_signature(path, set->signers, tell, s, &said);
	if (!differences && !set->quiet)
		say(s->module, "%s agrees with its manifests and its custody log%s%s", path, said.length ? "; " : "", buffer_string(&said));
	buffer_free(&said);
}

static bool is_bundle(const char *path)
{
	char bag[4096];
	struct stat st;
	return snprintf(bag, sizeof bag, "%s/bagit.txt", path) < (int)sizeof bag && stat(bag, &st) == 0;
}

int module_verify(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct verifying w = { .s = &s };
	int code;
	if (!set->operands) {
		say(m, "which evidence or bundle?");
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < set->operands; i++)
		s.pass.hash_set |= is_bundle(set->operand[i]) ? HASH_SHA256 : 0;        /* by which its log names evidence */
	if (session_begin(&s, m, set, 0, &code)) {
		struct engine_options o = session_options(&s);
		s.tap = evidence_record;
		s.sink_owner = &w;
		s.summary = summary;
		session_engine(&s, &o);
		for (unsigned i = 0; i < set->operands; i++) {
			if (is_bundle(set->operand[i])) {
				verify_bundle(&w, set, set->operand[i]);
				if (w.bundles < sizeof w.bundle / sizeof *w.bundle)
					w.bundle[w.bundles++] = set->operand[i];
				continue;
			}
			const char *tail;
			uint32_t item = session_evidence(&s, set->operand[i], strlen(set->operand[i]), &tail);
			struct buffer names = { 0 };
			for (unsigned k = 0; item != UINT32_MAX && k < s.item[item].files; k++) {
				const char *slash = strrchr(s.item[item].file[k], '/'), *name = slash ? slash + 1 : s.item[item].file[k];
				buffer_append(&names, name, strlen(name) + 1);
			}
			if (item != UINT32_MAX)
				engine_add(s.engine, &(struct engine_job){ .kind = PASS_JOB_MEDIA, .files = FILES_EVIDENCE, .evidence = item + 1, .prefix = s.item[item].base, .payload = names.data, .length = names.length, .cost = s.item[item].size });
			buffer_free(&names);
		}
		code = session_run(&s);
	}
	session_free(&s);
	return code;
}

/* ---- selftest */

struct deeds { char said[16][160]; unsigned count, allowed; };

static bool deed_record(void *owner, const struct record_view *v)
{
	struct deeds *d = owner;
	size_t n, k;
	const char *text = record_get_text(v, F_MESSAGE_TEXT, &n), *kind = record_get_text(v, F_KIND, &k), *step = record_get_text(v, F_STEP, &(size_t){ 0 });
	if (d->count >= 16 || !text)
		return true;
	if (v->type == RECORD_ERROR) {
		size_t length = 0;
		step = record_get_text(v, F_STEP, &length);
		snprintf(d->said[d->count++], sizeof d->said[0], "%-10.*s refused, and the process ended (%.*s)", (int)length, step ? step : "", (int)k, kind);
	} else {
		d->allowed += n == 7 && !memcmp(text, "allowed", 7);
		snprintf(d->said[d->count++], sizeof d->said[0], "%-10.*s %.*s", (int)k, kind, (int)n, text);
	}
	return true;
}

int module_selftest(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct deeds d = { .count = 0 };
	int code;
	s.sink = deed_record;
	s.sink_owner = &d;
	if (session_begin(&s, m, set, 0, &code)) {
		static const char *const deeds[] = { "open", "create", "stat", "socket", "exec", "fork", "ptrace", "mmap-exec", "kill", "prctl" };
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
			engine_add(s.engine, &(struct engine_job){ .kind = PASS_JOB_DEED, .prefix = "selftest", .payload = deeds[i], .length = strlen(deeds[i]) });
		enum engine_end end = engine_run(s.engine);
		struct buffer text = { 0 };
		sandbox_text(&text, engine_counts(s.engine)->sandbox);
		printf("worker  %s\nsandbox %s\n", session_worker(), buffer_string(&text));
		for (unsigned i = 0; i < d.count; i++)
			printf("%s\n", d.said[i]);
		code = end != ENGINE_DONE ? EXIT_FAULT : d.allowed || d.count != sizeof deeds / sizeof *deeds ? EXIT_ERRORS : EXIT_DONE;
		printf("%s\n", end != ENGINE_DONE ? engine_fault(s.engine) : code == EXIT_DONE ? "every forbidden deed was refused" : "NOT every forbidden deed was refused");
		buffer_free(&text);
		if (fflush(stdout) || ferror(stdout)) {
			say(m, "standard output can't be written: %s", strerror(errno));
			code = EXIT_OUTPUT;
		}
	}
	session_free(&s);
	return code;
}

/* ---- version */

struct libraries { struct buffer text, rules; unsigned failed; };

static bool library_record(void *owner, const struct record_view *v)
{
	struct libraries *l = owner;
	size_t n, k;
	const char *text = record_get_text(v, F_MESSAGE_TEXT, &n), *kind = record_get_text(v, F_KIND, &k);
	bool library = v->type == RECORD_NOTE && !record_text_equals(v, F_KIND, "rules");
	if (text && kind && library)
		buffer_format(&l->text, "  %-10.*s %.*s\n", (int)k, kind, (int)n, text);
	else if (text) {
		l->failed += v->type == RECORD_ERROR;
		buffer_text(&l->rules, "  ");
		text_for_terminal(&l->rules, text, n, 400);
		buffer_byte(&l->rules, '\n');
	}
	return true;
}

int module_version(const struct module *m, struct settings *set, int argc, char **argv)
{
	(void)argc, (void)argv;
	struct session s = { 0 };
	struct libraries l = { .text = { 0 } };
	int code;
	printf("spoor %s\n", PACKAGE_VERSION);
#ifdef SPOOR_FAULTS
	printf("test build with planted faults\n");
#endif
#ifdef SPOOR_SANITIZED
	printf("sanitizer or coverage build: the kernel sandbox is off\n");
#endif
	printf("broker\n  %-10s %s\n  %-10s %s\n  %-10s %s\n", "sqlite", sqlite3_libversion(), "zstd", ZSTD_versionString(), "openssl", OpenSSL_version(OPENSSL_VERSION));
	s.sink = library_record;
	s.sink_owner = &l;
	if (session_begin(&s, m, set, PASS_SCAN | PASS_SIGMA, &code)) {
		struct engine_options o = session_options(&s);
		session_engine(&s, &o);
		engine_add(s.engine, &(struct engine_job){ .kind = PASS_JOB_VERSIONS, .prefix = "version" });
		enum engine_end end = engine_run(s.engine);
		struct buffer text = { 0 };
		printf("worker    %s\n%s", session_worker(), buffer_string(&l.text));
		sandbox_text(&text, engine_counts(s.engine)->sandbox);
		if (end == ENGINE_DONE)
			printf("sandbox   %s\n", buffer_string(&text));
		else
			printf("%s\n", engine_fault(s.engine) ? engine_fault(s.engine) : "no worker could be asked");
		buffer_clear(&text);
		session_rules_text(&s, &text);
		printf("rules     %s\n", buffer_string(&text));
		const struct rule_sets *sets[] = { &set->rules, &set->sigma };
		for (unsigned i = 0; i < 2; i++)
			for (unsigned k = 0; k < sets[i]->count; k++) {
				buffer_clear(&text);
				text_for_terminal(&text, sets[i]->path[k], strlen(sets[i]->path[k]), 0);
				printf("  %s\n", buffer_string(&text));
			}
		printf("%s", buffer_string(&l.rules));
		code = end != ENGINE_DONE ? EXIT_FAULT : l.failed ? EXIT_ERRORS : EXIT_DONE;
		buffer_free(&text);
	}
	if (fflush(stdout) || ferror(stdout)) {
		say(m, "standard output can't be written: %s", strerror(errno));
		code = EXIT_OUTPUT;
	}
	buffer_free(&l.text);
	buffer_free(&l.rules);
	session_free(&s);
	return code;
}
