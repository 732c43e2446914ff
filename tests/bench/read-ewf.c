/* SPDX-License-Identifier: Apache-2.0 */
/* read-ewf IMAGE: the media of an EWF image to standard output, in a loop around libewf's own read and nothing else. */
#include <libewf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[1 << 18];
	libewf_handle_t *handle = NULL;
	char **names = NULL;
	int count = 0;
	if (argc != 2 || libewf_glob(argv[1], strlen(argv[1]), LIBEWF_FORMAT_UNKNOWN, &names, &count, NULL) != 1 ||
		libewf_handle_initialize(&handle, NULL) != 1 || libewf_handle_open(handle, names, count, LIBEWF_OPEN_READ, NULL) != 1) {
		fprintf(stderr, "read-ewf: can't open it\n");
		return 2;
	}
	for (;;) {
		ssize_t n = libewf_handle_read_buffer(handle, buffer, sizeof buffer, NULL);
		if (n <= 0)
			return n < 0;
		for (ssize_t at = 0, put; at < n; at += put)
			if ((put = write(STDOUT_FILENO, buffer + at, (size_t)(n - at))) < 0)
				return 1;
	}
}
