/* SPDX-License-Identifier: Apache-2.0 */
/* installed.c: where spoor's own files are. Found from where the program itself lies, so that a build tree, a staged installation and a moved one each use their own. */
#include "cli/installed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void installed_path(char *path, size_t size, const char *name, const char *below_prefix, const char *configured)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = 0;
	char *slash = strrchr(exe, '/');
	if (slash) {
		*slash = 0;
		snprintf(path, size, "%s/%s", exe, name);
		if (access(path, R_OK) == 0)
			return;
		char *bin = strrchr(exe, '/');
		if (bin && strcmp(bin, "/bin") == 0) {
			*bin = 0;
			snprintf(path, size, "%s/%s", exe, below_prefix);
			if (access(path, R_OK) == 0)
				return;
		}
	}
	snprintf(path, size, "%s", configured);
}
