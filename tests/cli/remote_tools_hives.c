/* SPDX-License-Identifier: Apache-2.0 */
/* remote_tools_hives.c: the hives of a computer on which a remote tool was installed.
 * usage: remote_tools_hives SYSTEM SOFTWARE */
#include <stdio.h>

#include "tests/unit/hive_builder.h"

static int put(const char *name, struct buffer *b)
{
	FILE *f = fopen(name, "wb");
	bool good = f && fwrite(b->data, 1, b->length, f) == b->length;
	if (!f || fclose(f) || !good) {
		perror(name);
		return 1;
	}
	buffer_free(b);
	return 0;
}

int main(int argc, char **argv)
{
	const uint64_t installed = UINT64_C(133541076020000000);        /* 2024-03-05T10:20:02Z */
	if (argc != 3)
		return 2;
	struct hive_builder h = { 0 };
	uint32_t service[] = { hive_text(&h, "ImagePath", "\"C:\\Program Files\\ATERA Networks\\AteraAgent\\AteraAgent.exe\""), hive_text(&h, "ObjectName", "LocalSystem") };
	uint32_t key = hive_key(&h, "AteraAgent", installed, service, 2, NULL, 0), top = hive_path(&h, "ControlSet001\\Services", installed, key);
	struct buffer system = hive_finish(&h, &top, 1);
	h = (struct hive_builder){ 0 };
	uint32_t settings[] = { hive_text(&h, "IntegratorLogin", "helpdesk@gmail.com"), hive_text(&h, "AccountId", "0013z00002abcdeAAA") };
	key = hive_key(&h, "AlphaAgent", installed, settings, 2, NULL, 0);
	uint32_t tops[2] = { hive_path(&h, "ATERA Networks", installed, key) };
	uint32_t package[] = { hive_text(&h, "DisplayName", "AteraAgent"), hive_text(&h, "Publisher", "Atera networks") };
	key = hive_key(&h, "{E732A0D7-A2F2-4657-AC41-B19742648E45}", installed, package, 2, NULL, 0);
	tops[1] = hive_path(&h, "Microsoft\\Windows\\CurrentVersion\\Uninstall", installed, key);
	struct buffer software = hive_finish(&h, tops, 2);
	return put(argv[1], &system) | put(argv[2], &software);
}
