/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: see options.h. No abbreviations of long options: a script must not break when an option is added. */
#include "config.h"

#include "cli/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define AT(field) offsetof(struct settings, field)

const struct option_row option_rows[] = {
	{ 'o', "output", "DIR", OPTION_TEXT, AT(output), M_EXTRACT | M_BUNDLE | M_TRIAGE, 0, 0, "write into this directory (made; it must not hold anything)" },
	{ 0, "at", "DIR", OPTION_TEXT, AT(output), M_MOUNT, 0, 0, "mount a read-only view of all that can be opened on this directory, and serve it until it is unmounted" },
	{ 0, "files-from", "FILE", OPTION_TEXT, AT(files_from), M_READERS, 0, 0, "read names of evidence or locators from FILE, one a line (-: standard input)" },
	{ '0', "null", NULL, OPTION_FLAG, AT(null), M_READERS, 0, 0, "in the list of --files-from each name ends with a NUL byte, not a line break" },
	{ 0, "format", "NAME", OPTION_TEXT, AT(format), M_MOUNT | M_WALK | M_TIMELINE, 0, 0, "mount: jsonl, tree (on a terminal the default); walk: jsonl, bodyfile; timeline: jsonl, csv, l2tcsv, timesketch-csv, timesketch-jsonl, tsv, bodyfile" },
	{ 0, "profile", "NAMES", OPTION_TEXT, AT(profile), M_EXTRACT | M_PARSE | M_SCAN | M_TRIAGE, 0, 0, "only what the artefact catalogue names for: windows, linux, macos, a category, a row's id" },
	{ 'r', "rules", "PATH", OPTION_RULES, AT(rules), M_SCAN | M_TRIAGE | M_VERSION, 0, 0, "YARA rules: a file or folder; may be repeated; default: spoor's own" },
	{ 0, "sigma", "PATH", OPTION_RULES, AT(sigma), M_SCAN | M_TRIAGE | M_VERSION, 0, 0, "Sigma rules over events: a file, a folder, or own for spoor's; may be repeated; default of triage: own" },
	{ 0, "own-domain", "NAMES", OPTION_TEXT, AT(own_domain), M_SCAN | M_TRIAGE, 0, 0, "mail domains of the victim, several with commas: what looks like them is told; default: those of the recipients" },
	{ 0, "ioc", "FILE", OPTION_RULES, AT(ioc), M_SCAN | M_TRIAGE, 0, 0, "indicators: hashes, names, domains, addresses, URLs as CSV, STIX 2.1, MISP JSON or OpenIOC; may be repeated" },
	{ 0, "hash", "SET", OPTION_TEXT, AT(hash), M_WALK | M_VERIFY, 0, 0, "hash content, or with verify the media beyond what it states: sha256, sha1, md5, sha512, several with commas" },
	{ 0, "artifact", "ID", OPTION_TEXT, AT(artifact), M_PARSE, 0, 0, "read as this artefact, whatever the name is" },
	{ 0, "where", "CONDITION", OPTION_TEXT, AT(where), M_MOUNT | M_WALK | M_EXTRACT | M_PARSE | M_SCAN | M_TIMELINE, 0, 0, "write only records for which it holds, as in 'type = hit and score > 74'; evidence and error records always pass" },
	{ 0, "explain", NULL, OPTION_FLAG, AT(explain), M_SCAN, 0, 0, "tell each hit in words on standard error: why, who says so, what is known, what to check next" },
	{ 0, "shallow", NULL, OPTION_FLAG, AT(shallow), M_WALK, 0, 0, "don't open archives and mail among the files" },
	{ 0, "snapshots", NULL, OPTION_CHOICE, AT(snapshots), M_MOUNT | M_WALK | M_EXTRACT | M_PARSE | M_SCAN | M_TRIAGE, 0, 0, "read shadow copies too: what differs from the volume, or with =all everything" },
	{ 0, "unallocated", NULL, OPTION_CHOICE, AT(unallocated), M_MOUNT | M_WALK | M_EXTRACT | M_PARSE | M_SCAN | M_TRIAGE, 0, 0, "read what no file holds too: gaps between partitions, free space of file systems, or with =all also the slack of files" },
	{ 0, "evidence-root", "DIR", OPTION_TEXT, AT(evidence_root), M_READERS, 0, 0, "records read may only lead to evidence below this folder" },
	{ 0, "keys", "FILE", OPTION_TEXT, AT(keys), M_READERS, 0, 0, "keys of locked volumes and encrypted zips, one a line: password:TEXT, recovery:DIGITS, bek:PATH, file:PATH, hex:DIGITS" },
	{ 0, "keys-fd", "N", OPTION_NUMBER, AT(keys_fd), M_READERS, 3, 1048575, "the same, read from this open descriptor to its end" },
	{ 0, "workers", "N", OPTION_NUMBER, AT(workers), M_READERS, 1, 64, "processes that read evidence (default: one a core)" },
	{ 0, "resume", NULL, OPTION_FLAG, AT(resume), M_BUNDLE | M_TRIAGE, 0, 0, "go on with an unfinished run in the output directory" },
	{ 0, "exit-findings", "SCORE", OPTION_NUMBER, AT(exit_findings), M_SCAN | M_TRIAGE, 1, 100, "exit 10 when something of at least this score was found" },
	{ 0, "sign", "KEY", OPTION_TEXT, AT(sign), M_BUNDLE | M_TRIAGE, 0, 0, "sign the bundle's custody.log with this SSH key file, or with gpg:NAME" },
	{ 0, "signers", "FILE", OPTION_TEXT, AT(signers), M_VERIFY, 0, 0, "the bundle must be signed by a key of this file: allowed_signers of OpenSSH, or a GPG keyring" },
	{ 0, "errors-ok", NULL, OPTION_FLAG, AT(errors_ok), M_READERS, 0, 0, "exit 0 although error records were written" },
	{ 0, "hang-seconds", "N", OPTION_NUMBER, AT(hang_seconds), M_READERS, 1, 86400, "end a worker that makes no progress for so long (default 120)" },
#ifdef SPOOR_FAULTS
	{ 0, "fault", "WHAT:NAME", OPTION_TEXT, AT(fault), M_READERS, 0, 0, "test build: misbehave in the content of files of this name" },
	{ 0, "sandbox-off", NULL, OPTION_FLAG, AT(fault_sandbox_off), M_READERS | M_SELFTEST, 0, 0, "test build: no kernel sandbox" },
#endif
	{ 'q', "quiet", NULL, OPTION_FLAG, AT(quiet), M_ALL, 0, 0, "no progress, no summary" },
	{ 'h', "help", NULL, OPTION_FLAG, AT(help), M_ALL, 0, 0, "this text" },
	{ 'V', "version", NULL, OPTION_FLAG, AT(version), M_ALL, 0, 0, "version" },
	{ 0 },
};

const struct module *module_by_name(const char *name)
{
	for (const struct module *m = modules; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

void say(const struct module *m, const char *format, ...)
{
	char text[2048];
	struct buffer out = { 0 };
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	text_for_terminal(&out, text, strlen(text), 1000);
	progress_clear();
	fprintf(stderr, "spoor%s%s: %s\n", m ? " " : "", m ? m->name : "", buffer_string(&out));
	buffer_free(&out);
}

static const struct option_row *row_of(const struct module *m, const char *name, size_t length, char letter)
{
	for (size_t i = 0; option_rows[i].name; i++)
		if (option_rows[i].modules & m->bit && (letter ? option_rows[i].letter == letter : strlen(option_rows[i].name) == length && !memcmp(option_rows[i].name, name, length)))
			return &option_rows[i];
	return NULL;
}

/* Edit distance, capped: words here are short. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32], n = (unsigned)strlen(b);
	if (n > 30 || strlen(a) > 30)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static bool usage(const struct module *m, const char *what, const char *word)
{
	say(m, "%s '%s'", what, word);
	fprintf(stderr, "Try 'spoor %s --help'.\n", m->name);
	return false;
}

/* An option that this module does not have: another's, or a slip of the finger? */
static bool unknown_option(const struct module *m, const char *word)
{
	char name[40];
	size_t length = strcspn(word + 2, "=");
	bool other = false, near = false;
	say(m, "unknown option '%s'", word);
	if (word[1] == '-' && length < sizeof name) {
		memcpy(name, word + 2, length);
		name[length] = 0;
		for (size_t i = 0; option_rows[i].name && !other; i++)
			if (!strcmp(option_rows[i].name, name)) {
				fprintf(stderr, "It is an option of");
				for (const struct module *o = modules; o->name; o++)
					if (option_rows[i].modules & o->bit)
						fprintf(stderr, "%s 'spoor %s'", other ? "," : "", o->name), other = true;
				fprintf(stderr, ".\n");
			}
		unsigned least = 3;
		for (size_t i = 0; option_rows[i].name && !other; i++)
			if (option_rows[i].modules & m->bit) {
				unsigned d = length >= 3 && !strncmp(name, option_rows[i].name, length) ? 0 : distance(name, option_rows[i].name);
				least = d < least ? d : least;
			}
		for (size_t i = 0; option_rows[i].name && !other && least < 3; i++)
			if (option_rows[i].modules & m->bit && (least ? distance(name, option_rows[i].name) == least : !strncmp(name, option_rows[i].name, length))) {
				fprintf(stderr, "%s '--%s'", near ? "," : "Did you mean", option_rows[i].name);
				near = true;
			}
		if (near)
			fprintf(stderr, "?\n");
	}
	fprintf(stderr, "Try 'spoor %s --help'.\n", m->name);
	return false;
}

static bool take(const struct module *m, struct settings *s, const struct option_row *o, const char *value)
{
	void *at = (char *)s + o->at;
	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case OPTION_TEXT:
		*(const char **)at = value;
		return true;
	case OPTION_CHOICE:
		*(const char **)at = value ? value : "";
		return true;
	case OPTION_RULES:
		if (((struct rule_sets *)at)->count >= sizeof ((struct rule_sets *)at)->path / sizeof (const char *))
			return usage(m, "too many sets of rules, at", value);
		((struct rule_sets *)at)->path[((struct rule_sets *)at)->count++] = value;
		return true;
	case OPTION_NUMBER:
		break;
	}
	char *end;
	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (errno || !isdigit((unsigned char)*value) || *end || n < o->least || n > o->most) {
		say(m, "--%s takes a whole number from %llu to %llu, not '%s'", o->name, (unsigned long long)o->least, (unsigned long long)o->most, value);
		fprintf(stderr, "Try 'spoor %s --help'.\n", m->name);
		return false;
	}
	*(uint64_t *)at = n;
	return true;
}

bool options_parse(const struct module *m, struct settings *s, int argc, char **argv)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *word = argv[i];
		if (!strcmp(word, "--")) {
			i++;
			break;
		}
		if (word[1] == '-') {
			const char *equals = strchr(word, '=');
			const struct option_row *o = row_of(m, word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2), 0);
			if (!o)
				return unknown_option(m, word);
			if (equals && !o->argument && o->kind != OPTION_CHOICE)
				return usage(m, "this option takes no value:", word);
			if (o->argument && !equals && i + 1 >= argc)
				return usage(m, "this option wants a value:", word);
			if (!take(m, s, o, equals ? equals + 1 : o->argument ? argv[++i] : NULL))
				return false;
			continue;
		}
		for (const char *p = word + 1; *p; p++) {
			const struct option_row *o = row_of(m, NULL, 0, *p);
			if (!o)
				return unknown_option(m, word);
			if (!o->argument) {
				take(m, s, o, NULL);
				continue;
			}
			if (!p[1] && i + 1 >= argc)
				return usage(m, "this option wants a value:", word);
			if (!take(m, s, o, p[1] ? p + 1 : argv[++i]))
				return false;
			break;
		}
	}
	s->operand = argv + i;
	s->operands = (unsigned)(argc - i);
	/* options come before operands (files may be called anything): a later one is told rather than taken for evidence, unless such a file is there */
	bool ended = i > 1 && !strcmp(argv[i - 1], "--");
	for (unsigned k = 0; k < s->operands && !ended; k++)
		if (s->operand[k][0] == '-' && s->operand[k][1] && access(s->operand[k], F_OK))
			return usage(m, "options come before evidence:", s->operand[k]);
	return true;
}

void options_synopsis(const struct module *m, FILE *to)
{
	fprintf(to, "spoor %s [OPTION]... %s\n", m->name, m->operands);
}

void options_help(const struct module *m, FILE *to)
{
	fprintf(to, "usage: ");
	options_synopsis(m, to);
	fprintf(to, "%s\n\n", m->about);
	for (size_t i = 0; i < 3 && m->example[i]; i++)
		fprintf(to, "%s  %s\n", i ? "" : "examples:\n", m->example[i]);
	fprintf(to, "%soptions:\n", m->example[0] ? "\n" : "");
	for (size_t i = 0; option_rows[i].name; i++) {
		if (!(option_rows[i].modules & m->bit))
			continue;
		char left[48];
		snprintf(left, sizeof left, "%c%c%s--%s%s%s", option_rows[i].letter ? '-' : ' ', option_rows[i].letter ? option_rows[i].letter : ' ', option_rows[i].letter ? ", " : "  ", option_rows[i].name, option_rows[i].argument ? " " : "", option_rows[i].argument ? option_rows[i].argument : "");
		fprintf(to, "  %-28s %s\n", left, option_rows[i].help);
	}
}

/* A line of mdoc text: a leading dot or quote would be a request, a backslash an escape. */
static void man_text(FILE *to, const char *text)
{
	bool start = true;
	for (const char *p = text; *p; p++) {
		if (start && (*p == '.' || *p == '\''))
			fputs("\\&", to);
		if (p[0] == '\n' && p[1] == '\n') {
			fputs("\n.Pp", to);
			start = false;
			continue;
		}
		if (p[0] == '.' && p[1] == ' ') {       /* a sentence begins a line */
			fputs(".\n", to);
			p++;
			start = true;
			continue;
		}
		if (*p == '\\')
			fputs("\\e", to);
		else if (*p == '-')
			fputs("\\-", to);
		else
			fputc(*p, to);
		start = *p == '\n';
	}
	fputc('\n', to);
}

void options_man(const struct module *m, FILE *to)
{
	static const struct { int code; const char *about; } codes[] = {
		{ EXIT_DONE, "done, everything was read" }, { EXIT_ERRORS, "done, but error records were written" }, { EXIT_USAGE, "wrong usage" }, { EXIT_NO_EVIDENCE, "no evidence could be opened" },
		{ EXIT_OUTPUT, "output could not be written" }, { EXIT_FAULT, "a fault of spoor itself, or its sandbox could not be set up" }, { EXIT_FOUND, "only with --exit-findings: something of that score was found" },
	};
	fprintf(to, ".\\\" SPDX-License-Identifier: Apache-2.0\n.Dd November 24, 2026\n.Dt SPOOR-");
	for (const char *p = m->name; *p; p++)
		fputc(toupper((unsigned char)*p), to);
	fprintf(to, " 1\n.Os\n.Sh NAME\n.Nm spoor-%s\n.Nd ", m->name);
	man_text(to, m->about);
	fprintf(to, ".Sh SYNOPSIS\n.Nm spoor %s\n.Op Ar OPTION ...\n", m->name);
	if (*m->operands)
		fprintf(to, ".Ar %s\n", m->operands);
	fprintf(to, ".Sh DESCRIPTION\n");
	man_text(to, m->prose ? m->prose : m->about);
	fprintf(to, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; option_rows[i].name; i++) {
		if (!(option_rows[i].modules & m->bit))
			continue;
		fprintf(to, ".It ");
		if (option_rows[i].letter)
			fprintf(to, "Fl %c , ", option_rows[i].letter);
		fprintf(to, "Fl \\-%s", option_rows[i].name);
		if (option_rows[i].argument)
			fprintf(to, " Ar %s", option_rows[i].argument);
		fputc('\n', to);
		man_text(to, option_rows[i].help);
	}
	fprintf(to, ".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		fprintf(to, ".It %d\n", codes[i].code);
		man_text(to, codes[i].about);
	}
	fprintf(to, ".It 128+n\nended by signal n\n.El\n");
	if (m->example[0])
		fprintf(to, ".Sh EXAMPLES\n.Bd -literal -offset indent\n");
	for (size_t i = 0; i < 3 && m->example[i]; i++)
		man_text(to, m->example[i]);
	if (m->example[0])
		fprintf(to, ".Ed\n");
	fprintf(to, ".Sh SEE ALSO\n.Xr spoor 1 ,\n.Xr spoor-records 5 ,\n.Xr spoor-locators 7\n");
}

void options_suggest(const char *word)
{
	say(NULL, "there is no module '%s'", word);
	for (const struct module *m = modules; m->name; m++)
		if (distance(word, m->name) <= 2)
			fprintf(stderr, "Did you mean 'spoor %s'?\n", m->name);
	fputs("Try 'spoor help'.\n", stderr);
}
