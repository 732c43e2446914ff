/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c: YARA rule files as text for the nursery, which compiles them under its sandbox. */
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

static void rule_file(struct session *s, int directory, const char *name, const char *shown)
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
			s->pass.rule_files++;
		}
	}
	if (fd >= 0)
		close(fd);
}

static void rule_folder(struct session *s, int directory, const char *shown, unsigned depth)
{
	struct dirent **entry;
	int n = scandirat(directory, ".", &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		char path[4096];
		struct stat st;
		size_t length = strlen(name);
		snprintf(path, sizeof path, "%s%s%s", shown, *shown ? "/" : "", name);
		if (name[0] != '.' && !fstatat(directory, name, &st, 0)) {
			int fd;
			if (S_ISDIR(st.st_mode) && depth < 16 && (fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
				rule_folder(s, fd, path, depth + 1);
				close(fd);
			} else if (S_ISREG(st.st_mode) && ((length > 4 && !strcmp(name + length - 4, ".yar")) || (length > 5 && !strcmp(name + length - 5, ".yara")))) {
				rule_file(s, directory, name, path);
			}
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

bool rules_load(struct session *s)
{
	static char beside[4200];
	if (!s->set->rule_sets) {
		installed_path(beside, sizeof beside, "yara-rules", "share/spoor/yara-rules", PKGDATADIR "/yara-rules");
		s->set->rules[s->set->rule_sets++] = beside;
	}
	for (unsigned i = 0; i < s->set->rule_sets; i++) {
		const char *path = s->set->rules[i], *slash = strrchr(path, '/');
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			rule_folder(s, fd, "", 0);
			close(fd);
		} else if (access(path, R_OK) == 0) {
			rule_file(s, AT_FDCWD, path, slash ? slash + 1 : path);
		} else {
			say(s->module, "rules %s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}
