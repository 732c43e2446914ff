/* SPDX-License-Identifier: Apache-2.0 */
/* make-events N JSONL TSV: N events as spoor's records and, for tools that know only columns, as a table with the same content; the same
 * bytes each time. Times are random within four years, paths come eight times each, as the times of a file do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state = 88172645463325252u;
static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

int main(int argc, char **argv)
{
	static const char *const desc[] = { "Content Modification Time", "Last Access Time", "Metadata Modification Time", "Creation Time" };
	static const char *const verb[] = { "modified", "accessed", "changed", "created" };
	static const char *const kind[] = { "fs:stat", "fs:file_name" };
	FILE *json = argc == 4 ? fopen(argv[2], "w") : NULL, *table = argc == 4 ? fopen(argv[3], "w") : NULL;
	if (!json || !table) {
		fprintf(stderr, "usage: make-events N JSONL TSV\n");
		return 2;
	}
	char path[160] = "", when[40];
	for (uint64_t n = strtoull(argv[1], NULL, 10), i = 0; i < n; i++) {
		if (i % 8 == 0) {
			uint64_t a = next();
			snprintf(path, sizeof path, "/Users/user%u/AppData/Local/package_%x/cache/file-%" PRIx64 ".dat", (unsigned)(a % 40), (unsigned)(a >> 8 & 0xfff), i / 8);
		}
		time_t t = (time_t)(1577836800 + next() % 126230400);
		unsigned ns = (unsigned)(next() % 10000000) * 100;
		struct tm tm;
		gmtime_r(&t, &tm);
		snprintf(when, sizeof when, "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ns);
		const char *d = desc[i % 4], *v = verb[i % 4], *k = kind[i / 4 % 2], *of = i / 4 % 2 ? " ($FILE_NAME)" : "";
		fprintf(json, "{\"time\":\"%s\",\"type\":\"event\",\"precision\":\"100ns\",\"timestamp_desc\":\"%s\",\"kind\":\"%s\",\"locator\":\"disk.img::ntfs:%s\",\"message\":\"%s%s %s\",\"path\":\"%s\",\"artifact\":\"fs.times\"}\n",
			when, d, k, path, v, of, path, path);
		fprintf(table, "%s\t100ns\t%s\t%s\tdisk.img::ntfs:%s\t%s%s %s\t%s\tfs.times\n", when, d, k, path, v, of, path, path);
	}
	return fclose(json) | fclose(table) ? 1 : 0;
}
