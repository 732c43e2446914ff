/* SPDX-License-Identifier: Apache-2.0 */
/* spoor-worker.c: nursery and workers: the processes that parse evidence, and the only ones that link what parses it. With `__formats` it prints their table, for the man page. */
#include <stdio.h>
#include <string.h>

#include "format/describe.h"
#include "triage/pass.h"

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "__formats")) {
		struct buffer page = { 0 };
		formats_describe_mdoc(&page);
		bool written = fwrite(page.data, 1, page.length, stdout) == page.length && !fflush(stdout);
		buffer_free(&page);
		return written ? 0 : 4;
	}
	return worker_main(&pass_function);
}
