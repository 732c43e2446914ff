/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c: files of YARA and Sigma rules and lists of indicators as text for the nursery, which compiles them under its sandbox. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/installed.h"
#include "cli/parts.h"

/* A language of rules: how its files end, where spoor's own are, and how many files were taken. */
struct language { const char *suffix[2]; const char *build, *installed, *package; uint32_t *files; };

static bool has_suffix(const struct language *l, const char *name)
{
	size_t length = strlen(name);
	for (unsigned i = 0; i < 2; i++) {
		size_t n = strlen(l->suffix[i]);
		if (length > n && !strcmp(name + length - n, l->suffix[i]))
			return true;
	}
	return false;
}

static void rule_file(struct session *s, const struct language *l, int directory, const char *name, const char *shown)
{
	struct stat st;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > (64 << 20)) {
		say(s->module, "rule file %s can't be read: %s", shown, strerror(errno));
	} else {
		buffer_u32le(&s->config, (uint32_t)strlen(shown));
		buffer_u32le(&s->config, (uint32_t)st.st_size);
		buffer_text(&s->config, shown);
		if (read(fd, buffer_reserve(&s->config, (size_t)st.st_size), (size_t)st.st_size) == st.st_size) {
			s->config.length += (size_t)st.st_size;
			++*l->files;
		}
	}
	if (fd >= 0)
		close(fd);
}

static void rule_folder(struct session *s, const struct language *l, int directory, const char *shown, unsigned depth)
{
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		char path[4096];
		struct stat st;
		snprintf(path, sizeof path, "%s%s%s", shown, *shown ? "/" : "", name);
		if (name[0] != '.' && !fstatat(directory, name, &st, 0)) {
			int fd;
			if (S_ISDIR(st.st_mode) && depth < 16 && (fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
				rule_folder(s, l, fd, path, depth + 1);
				close(fd);
			} else if (S_ISREG(st.st_mode) && has_suffix(l, name)) {
				rule_file(s, l, directory, name, path);
			}
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* own: of the languages, each needs a place of its own for the name of spoor's own folder. */
static bool sets_load(struct session *s, const struct language *l, struct rule_sets *sets, char own[4200])
{
	for (unsigned i = 0; i < sets->count; i++) {
		if (l->build && !strcmp(sets->path[i], "own")) {
			installed_path(own, 4200, l->build, l->installed, l->package);
			sets->path[i] = own;
		}
		const char *path = sets->path[i], *slash = strrchr(path, '/');
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			rule_folder(s, l, fd, "", 0);
			close(fd);
		} else if (access(path, R_OK) == 0) {
			rule_file(s, l, AT_FDCWD, path, slash ? slash + 1 : path);
		} else {
			say(s->module, "rules %s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}

bool rules_load(struct session *s)
{
	static char own_yara[4200], own_sigma[4200];
	struct settings *set = s->set;
	const struct language yara = { { ".yar", ".yara" }, "yara-rules", "share/spoor/yara-rules", PKGDATADIR "/yara-rules", &s->pass.rule_files };
	const struct language sigma = { { ".yml", ".yaml" }, "sigma-rules", "share/spoor/sigma-rules", PKGDATADIR "/sigma-rules", &s->pass.sigma_files };
	const struct language ioc = { .suffix = { ".csv", ".json" }, .files = &s->pass.ioc_files };
	if (!set->rules.count)
		set->rules.path[set->rules.count++] = "own";
	if (!set->sigma.count && s->pass.operations & PASS_SIGMA)
		set->sigma.path[set->sigma.count++] = "own";
	return sets_load(s, &yara, &set->rules, own_yara) && sets_load(s, &sigma, &set->sigma, own_sigma) && sets_load(s, &ioc, &set->ioc, NULL);
}
