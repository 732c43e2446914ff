/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c: completion scripts for bash, zsh and fish, written from the tables of modules and options, so that they can't fall behind. */
#include "config.h"

#include <string.h>

#include "cli/option_table.h"

/* Text inside single quotes; zsh's specifications give a meaning to brackets and colons. */
static void quoted(FILE *to, const char *text, const char *quote, bool zsh)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs(quote, to);
		else if (zsh && (*text == '[' || *text == ']' || *text == ':'))
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

static bool is(const char *argument, const char *word)
{
	return argument && !strcmp(argument, word);
}

/* What an option's value may be, where there are few. */
static const char *values_of(const struct option_row *o)
{
	static const struct { const char *option, *values; } few[] = {
		{ "format", "jsonl csv l2tcsv timesketch-csv timesketch-jsonl tsv bodyfile" }, { "profile", "windows linux macos all" }, { "hash", "sha256 sha1 md5 sha512" },
	};
	for (size_t i = 0; i < sizeof few / sizeof *few; i++)
		if (!strcmp(few[i].option, o->name))
			return few[i].values;
	return NULL;
}

static bool names_file(const struct option_row *o)
{
	return is(o->argument, "FILE") || is(o->argument, "PATH");
}

/* ---- bash */

static void bash_names(FILE *to, const struct option_row *o, const char *module)
{
	fprintf(to, "\t%s:--%s", module, o->name);
	if (o->letter)
		fprintf(to, "|%s:-%c", module, o->letter);
}

static void bash(FILE *to)
{
	fprintf(to, "# bash completion for spoor\n_spoor()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} module=${COMP_WORDS[1]} words=\n\tCOMPREPLY=()\n"
		"\tif [ \"$COMP_CWORD\" = 1 ] || { [ \"$COMP_CWORD\" = 2 ] && [ \"$module\" = help ]; }; then\n\t\tmapfile -t COMPREPLY < <(compgen -W \"help");
	for (const struct module *m = modules; m->name; m++)
		fprintf(to, " %s", m->name);
	fprintf(to, "\" -- \"$cur\")\n\t\treturn\n\tfi\n\tcase $module:$previous in\n");
	for (const struct option_row *o = option_rows; o->name; o++)
		if (o->argument) {
			bash_names(to, o, "*");
			fprintf(to, ") mapfile -t COMPREPLY < <(compgen ");
			if (is(o->argument, "DIR"))
				fprintf(to, "-d");
			else if (names_file(o))
				fprintf(to, "-f");
			else
				fprintf(to, "-W \"%s\"", values_of(o) ? values_of(o) : "");
			fprintf(to, " -- \"$cur\"); return ;;\n");
		}
	fprintf(to, "\tesac\n\tcase $module in\n");
	for (const struct module *m = modules; m->name; m++) {
		fprintf(to, "\t%s) words=\"", m->name);
		bool first = true;
		for (const struct option_row *o = option_rows; o->name; o++)
			if (o->modules & m->bit) {
				fprintf(to, "%s--%s", first ? "" : " ", o->name);
				first = false;
			}
		fprintf(to, "\" ;;\n");
	}
	fprintf(to, "\tesac\n\tcase $cur in\n\t-*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n\t*) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n\tesac\n}\n"
		"complete -o filenames -F _spoor spoor\n");
}

/* ---- zsh */

static void zsh(FILE *to)
{
	fprintf(to, "#compdef spoor\n_spoor()\n{\n\tlocal -a modules\n\tmodules=(\n");
	for (const struct module *m = modules; m->name; m++) {
		fprintf(to, "\t\t'%s:", m->name);
		quoted(to, m->about, "'\\''", false);
		fprintf(to, "'\n");
	}
	fprintf(to, "\t\t'help:what there is, or a module'\"'\"'s options'\n\t)\n\tif (( CURRENT == 2 )) || { (( CURRENT == 3 )) && [[ $words[2] == help ]] }; then\n\t\t_describe module modules\n\t\treturn\n\tfi\n"
		"\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n");
	for (const struct module *m = modules; m->name; m++) {
		fprintf(to, "\t%s) _arguments -S", m->name);
		for (const struct option_row *o = option_rows; o->name; o++) {
			if (!(o->modules & m->bit))
				continue;
			if (o->letter && o->kind != OPTION_RULES)
				fprintf(to, " '(-%c --%s)'{-%c,--%s}", o->letter, o->name, o->letter, o->name);
			else if (o->letter)
				fprintf(to, " '*'{-%c,--%s}", o->letter, o->name);
			else
				fprintf(to, " --%s", o->name);
			fprintf(to, "'[");
			quoted(to, o->help, "'\\''", true);
			fprintf(to, "]");
			if (o->argument) {
				fprintf(to, ":");
				quoted(to, o->argument, "'\\''", true);
				if (is(o->argument, "DIR"))
					fprintf(to, ":_files -/");
				else if (names_file(o))
					fprintf(to, ":_files");
				else if (values_of(o))
					fprintf(to, ":(%s)", values_of(o));
				else
					fprintf(to, ": ");
			}
			fprintf(to, "'");
		}
		fprintf(to, *m->operands ? " '*:evidence:_files' ;;\n" : " ;;\n");
	}
	fprintf(to, "\tesac\n}\nif [[ $funcstack[1] == _spoor ]]; then _spoor \"$@\"; else compdef _spoor spoor; fi\n");
}

/* ---- fish */

static void fish(FILE *to)
{
	fprintf(to, "# fish completion for spoor\ncomplete -c spoor -n __fish_use_subcommand -f\ncomplete -c spoor -n __fish_use_subcommand -a help -d 'what there is, or a module\\'s options'\n");
	for (const struct module *m = modules; m->name; m++) {
		fprintf(to, "complete -c spoor -n __fish_use_subcommand -a %s -d '", m->name);
		quoted(to, m->about, "\\'", false);
		fprintf(to, "'\n");
	}
	for (const struct option_row *o = option_rows; o->name; o++) {
		fprintf(to, "complete -c spoor -n '__fish_seen_subcommand_from");
		for (const struct module *m = modules; m->name; m++)
			if (o->modules & m->bit)
				fprintf(to, " %s", m->name);
		fprintf(to, "' -l %s", o->name);
		if (o->letter)
			fprintf(to, " -s %c", o->letter);
		if (o->argument)
			fprintf(to, is(o->argument, "DIR") ? " -x -a '(__fish_complete_directories)'" : names_file(o) ? " -r -F" : " -x");
		if (values_of(o))
			fprintf(to, " -a '%s'", values_of(o));
		fprintf(to, " -d '");
		quoted(to, o->help, "\\'", false);
		fprintf(to, "'\n");
	}
}

bool options_complete(const char *shell, FILE *to)
{
	static const struct { const char *shell; void (*write)(FILE *to); } scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (!strcmp(shell, scripts[i].shell)) {
			scripts[i].write(to);
			return true;
		}
	return false;
}
