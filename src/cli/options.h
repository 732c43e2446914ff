/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: one table of modules and one of options; parsing, help, completions and the man pages' synopses come from them. */
#ifndef SPOOR_CLI_OPTIONS_H
#define SPOOR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum exit_code { EXIT_DONE = 0, EXIT_ERRORS = 1, EXIT_USAGE = 2, EXIT_NO_EVIDENCE = 3, EXIT_OUTPUT = 4, EXIT_FAULT = 5, EXIT_FOUND = 10 };

enum module_bit {
	M_MOUNT = 1, M_WALK = 2, M_CAT = 4, M_EXTRACT = 8, M_PARSE = 16, M_SCAN = 32, M_TIMELINE = 64, M_BUNDLE = 128, M_TRIAGE = 256, M_VERIFY = 512, M_SELFTEST = 1024, M_VERSION = 2048,
	M_READERS = M_MOUNT | M_WALK | M_CAT | M_EXTRACT | M_PARSE | M_SCAN | M_TIMELINE | M_BUNDLE | M_TRIAGE | M_VERIFY, M_ALL = 4095,
};

/* What --rules, --sigma and --ioc name: files and folders. */
struct rule_sets { const char *path[16]; unsigned count; };

struct settings {
	const char *output, *format, *profile, *hash, *artifact, *evidence_root, *where, *sign, *signers, *files_from, *keys, *snapshots, *unallocated, *own_domain;
	struct rule_sets rules, sigma, ioc;
	uint64_t workers, hang_seconds, exit_findings, keys_fd;
	bool explain, shallow, quiet, errors_ok, resume, null, help, version, fault_sandbox_off;
	const char *fault;
	char *const *operand; unsigned operands;
	char **listed; unsigned listed_count;   /* operands of --files-from; operand is all of them then */
};

struct module {
	const char *name;
	unsigned bit;
	const char *operands;           /* "[EVIDENCE|LOCATOR]..." */
	const char *about;              /* one line */
	const char *prose;              /* paragraphs of the man page's DESCRIPTION, separated by a blank line */
	const char *example[3];
	int (*run)(const struct module *m, struct settings *s, int argc, char **argv);
};
extern const struct module modules[];   /* ends with name NULL */
const struct module *module_by_name(const char *name);

/* False: a usage error was told on standard error (exit EXIT_USAGE). */
bool options_parse(const struct module *m, struct settings *s, int argc, char **argv);
void options_help(const struct module *m, FILE *to);
void options_synopsis(const struct module *m, FILE *to);
/* The module's man page, mdoc(7). */
void options_man(const struct module *m, FILE *to);
/* --files-from: its names go behind the operands. False: told. */
bool options_files_from(const struct module *m, struct settings *s);
void options_free(struct settings *s);
/* For `spoor __complete SHELL`: a completion script for bash, zsh or fish. */
bool options_complete(const char *shell, FILE *to);
/* The module names nearest to a mistyped one, on standard error. */
void options_suggest(const char *word);
/* Takes the line of progress off the terminal, if there is one. */
void progress_clear(void);
/* "spoor walk: text" on standard error; evidence text in it is made safe for terminals. */
void say(const struct module *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
