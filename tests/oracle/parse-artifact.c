/* SPDX-License-Identifier: Apache-2.0 */
/* parse-artifact.c: a development tool: one file through one artefact parser, JSON lines on standard output, errors and notes on standard error.
 * usage: parse-artifact [-m MTIME-SECONDS] [-p PATH] [-s] ID FILE     -s: through a source, as large content is read; -p: the path the file is said to have */
#include <unistd.h>

#include "tests/unit/parse_harness.h"

int main(int argc, char **argv)
{
	struct node n = { .kind = NODE_FILE };
	bool in_memory = true;
	int option;
	while ((option = getopt(argc, argv, "m:p:s")) != -1) {
		if (option == 'm')
			n.time[NODE_MTIME] = time_from_unix(strtoll(optarg, NULL, 10), 0, TIME_S);
		else if (option == 'p')
			n.path = node_text_of(optarg);
		else if (option == 's')
			in_memory = false;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	const char *slash = strrchr(argv[optind + 1], '/');
	n.name = node_text_of(slash ? slash + 1 : argv[optind + 1]);
	FILE *f = fopen(argv[optind + 1], "rb");
	if (!f)
		return 3;
	struct buffer content = { 0 };
	size_t got;
	while ((got = fread(buffer_reserve(&content, 65536), 1, 65536, f)) > 0)
		content.length += got;
	fclose(f);
	struct parsed d;
	bool good = parsed_run(&d, argv[optind], &n, content.data, content.length, in_memory);
	fwrite(d.json.data, 1, d.json.length, stdout);
	if (d.told.length)
		fwrite(d.told.data, 1, d.told.length, stderr);
	parsed_free(&d);
	buffer_free(&content);
	return good ? 0 : 1;
}
