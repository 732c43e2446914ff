/* SPDX-License-Identifier: Apache-2.0 */
/* installed.h: where spoor's own files are: beside the program (build tree), below the prefix whose bin/ holds it, else where configure put them. */
#ifndef SPOOR_CLI_INSTALLED_H
#define SPOOR_CLI_INSTALLED_H

#include <stddef.h>

void installed_path(char *path, size_t size, const char *name, const char *below_prefix, const char *configured);

#endif
