/* SPDX-License-Identifier: Apache-2.0 */
/* hive.c: a SOFTWARE hive that was copied while Windows had more to write, and its log.
 * usage: hive HIVE LOG     one autostart entry: "old.exe" in the hive, "new.exe" in the log that belongs to it */
#include <stdio.h>

#include "tests/unit/hive_builder.h"

static int put(const char *name, const struct buffer *b)
{
	FILE *f = fopen(name, "wb");
	bool good = f && fwrite(b->data, 1, b->length, f) == b->length;
	if (!f || fclose(f) || !good) {
		perror(name);
		return 1;
	}
	return 0;
}

static struct buffer hive_of(const char *program)
{
	struct hive_builder h = { 0 };
	uint64_t written = UINT64_C(131117098656180000);        /* 2016-06-29 */
	uint32_t value = hive_text(&h, "Updater", program), run = hive_key(&h, "Run", written, &value, 1, NULL, 0);
	uint32_t top = hive_path(&h, "Microsoft\\Windows\\CurrentVersion", written, run);
	return hive_finish(&h, &top, 1);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	struct buffer before = hive_of("C:\\old.exe"), after = hive_of("C:\\new.exe"), log = hive_log(&after, (const uint32_t[]){ 0 }, 1);
	hive_put32(&before, 4, 8);              /* first sequence number ahead of the second: a write was under way */
	hive_checksum(&before);
	int status = put(argv[1], &before) | put(argv[2], &log);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&log);
	return status;
}
