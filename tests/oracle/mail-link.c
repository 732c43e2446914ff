/* SPDX-License-Identifier: Apache-2.0 */
/* mail-link.c: a link a line on standard input; where it leads on standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/mail/link.h"

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	struct arena a = { 0 };
	for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
		const char *by;
		struct mail_text t = link_target((struct mail_text){ line, strcspn(line, "\n") }, &by, &a);
		printf("%s\t%.*s\n", by ? by : "-", (int)t.length, t.text);
		arena_reset(&a);
	}
	free(line);
	arena_free(&a);
	return 0;
}
