/* SPDX-License-Identifier: Apache-2.0 */
/* read-regf HIVE: every key (name, time), value (name, type) and value's bytes of a hive, in a plain loop around libregf's calls. Prints how many keys, values and bytes there were. */
#include <libregf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 1 << 16, DATA = 1 << 24, DEPTH = 512 };
static uint8_t name[NAME], data[DATA];
static unsigned long long keys, values, bytes;

static void read_values(libregf_key_t *key)
{
	int count = 0;
	(void)libregf_key_get_number_of_values(key, &count, NULL);
	for (int i = 0; i < count; i++) {
		libregf_value_t *value = NULL;
		size_t size = 0;
		uint32_t type;
		if (libregf_key_get_value(key, i, &value, NULL) != 1)
			continue;
		values++;
		(void)libregf_value_get_utf8_name(value, name, sizeof name, NULL);
		(void)libregf_value_get_value_type(value, &type, NULL);
		if (libregf_value_get_value_data_size(value, &size, NULL) == 1 && size && size <= sizeof data && libregf_value_get_value_data(value, data, size, NULL) == 1)
			bytes += size;
		(void)libregf_value_free(&value, NULL);
	}
}

static void read_key(libregf_key_t *key, unsigned depth)
{
	uint64_t written;
	int count = 0;
	keys++;
	(void)libregf_key_get_utf8_name(key, name, sizeof name, NULL);
	(void)libregf_key_get_last_written_time(key, &written, NULL);
	read_values(key);
	(void)libregf_key_get_number_of_sub_keys(key, &count, NULL);
	for (int i = 0; i < count && depth < DEPTH; i++) {
		libregf_key_t *below = NULL;
		if (libregf_key_get_sub_key(key, i, &below, NULL) != 1)
			continue;
		read_key(below, depth + 1);
		(void)libregf_key_free(&below, NULL);
	}
}

int main(int argc, char **argv)
{
	libregf_file_t *file = NULL;
	libregf_key_t *root = NULL;
	if (argc != 2 || libregf_file_initialize(&file, NULL) != 1 || libregf_file_open(file, argv[1], LIBREGF_OPEN_READ, NULL) != 1 || libregf_file_get_root_key(file, &root, NULL) != 1) {
		fprintf(stderr, "read-regf: can't open it\n");
		return 2;
	}
	read_key(root, 0);
	printf("%llu %llu %llu\n", keys, values, bytes);
	(void)libregf_key_free(&root, NULL);
	return libregf_file_free(&file, NULL) != 1;
}
