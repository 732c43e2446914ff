/* SPDX-License-Identifier: Apache-2.0 */
/* list-hive.c: a development tool: every key and value of a hive as the reader gives them, tab-separated, for comparison with other readers.
 * usage: list-hive [-c] [-d] [-i] [-x] HIVE [LOG ...] -c: the counts alone; -d: what was deleted instead; -i: the image after replay, raw; -x: the data in hex for its CRC-32, and the field that holds it when that is the cell's own
 *   key   <TAB> path <TAB> last written, FILETIME
 *   value <TAB> path <TAB> name <TAB> type <TAB> bytes stated <TAB> CRC-32 of the data
 * With -d:
 *   key   <TAB> place in the bins <TAB> name in hex <TAB> last written, FILETIME
 *   value <TAB> place in the bins <TAB> place of its key, or "-"
 * Control characters and backslashes inside names are written \xNN. Damage goes to standard error. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "reader/regf_deleted.h"

static void on_damage(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	(void)owner;
	fprintf(stderr, "%s %s@%llu+%llu: %s\n", class, kind, (unsigned long long)offset, (unsigned long long)length, message);
}

/* Mapped, so that a measurement is one of the reader. */
static struct buffer slurp(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) {
		perror(path);
		exit(3);
	}
	void *bytes = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	close(fd);
	return bytes == MAP_FAILED ? (struct buffer){ 0 } : (struct buffer){ .data = bytes, .length = (size_t)st.st_size };
}

static void put_name(struct buffer *out, const uint8_t *name, size_t length, bool latin1)
{
	struct buffer text = { 0 };
	(void)regf_name(&text, name, length, latin1);
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] == '\\')
			buffer_format(out, "\\x%02x", text.data[i]);
		else
			buffer_byte(out, text.data[i]);
	buffer_free(&text);
}

static void list(struct regf *h, bool counts, bool hex)
{
	struct regf_walk w;
	struct regf_key k;
	struct buffer path = { 0 }, out = { 0 }, scratch = { 0 };
	static size_t at[REGF_DEPTH + 2];
	unsigned long long keys = 0, values = 0;
	regf_walk_start(&w, h, h->root);
	while (regf_walk_next(&w, &k)) {
		keys++;
		path.length = k.depth ? at[k.depth - 1] : 0;
		if (k.depth) {
			buffer_byte(&path, '\\');
			put_name(&path, k.name, k.name_length, k.name_latin1);
		}
		at[k.depth] = path.length;
		if (!counts)
			buffer_format(&out, "key\t%s\t%llu\n", path.length ? buffer_string(&path) : "", (unsigned long long)k.written);
		uint32_t n = regf_values(h, &k);
		for (uint32_t i = 0; i < n; i++) {
			struct regf_value v;
			const uint8_t *data;
			size_t length;
			uint64_t offset;
			if (!regf_value_at(h, &k, i, &v))
				continue;
			values++;
			(void)regf_data(h, &v, &scratch, &data, &length, &offset);
			if (counts)
				continue;
			buffer_format(&out, "value\t%s\t", path.length ? buffer_string(&path) : "");
			put_name(&out, v.name, v.name_length, v.name_latin1);
			buffer_format(&out, "\t%u\t%u\t", v.type, v.size);
			if (hex)
				buffer_hex(&out, data, length);
			else
				buffer_format(&out, "%08x", hash_crc32(0, data, length));
			if (hex && v.in_cell)
				buffer_format(&out, "\t%08x", v.data_cell);
			buffer_byte(&out, '\n');
		}
		if (out.length > 1 << 20) {
			fwrite(out.data, 1, out.length, stdout);
			buffer_clear(&out);
		}
	}
	fwrite(out.data ? out.data : (uint8_t *)"", 1, out.length, stdout);
	if (counts)
		printf("%llu %llu %s %u %u %u\n", keys, values, regf_state_name(h->state), h->entries_applied, h->first_sequence, h->last_sequence);
	regf_walk_end(&w);
	buffer_free(&path);
	buffer_free(&out);
	buffer_free(&scratch);
}

static void list_deleted(struct regf *h)
{
	struct regf_deleted d;
	struct regf_walk w;
	struct regf_key k;
	struct regf_value v;
	struct buffer name = { 0 };
	bool overwritten;
	regf_walk_start(&w, h, h->root);
	while (regf_walk_next(&w, &k))
		;
	regf_walk_end(&w);
	regf_deleted_start(&d, h);
	while (regf_deleted_key(&d, &k)) {
		buffer_clear(&name);
		buffer_hex(&name, k.name, k.name_length);
		printf("key\t%u\t%s\t%llu\n", k.cell, buffer_string(&name), (unsigned long long)k.written);
		for (uint32_t i = 0; i < k.values; i++)
			if (regf_deleted_value_at(&d, &k, i, &v, &overwritten))
				printf("value\t%u\t%u\n", v.cell, k.cell);
	}
	while (regf_deleted_value(&d, &v, &overwritten))
		printf("value\t%u\t-\n", v.cell);
	regf_deleted_end(&d);
	buffer_free(&name);
}

int main(int argc, char **argv)
{
	bool counts = false, deleted = false, image = false, hex = false;
	int option;
	while ((option = getopt(argc, argv, "cdix")) != -1)
		if (option == 'c')
			counts = true;
		else if (option == 'x')
			hex = true;
		else if (option == 'd')
			deleted = true;
		else if (option == 'i')
			image = true;
		else
			return 2;
	if (optind >= argc)
		return 2;
	struct buffer hive = slurp(argv[optind]);
	struct regf_log log[8];
	size_t logs = 0;
	for (int i = optind + 1; i < argc && logs < 8; i++) {
		struct buffer b = slurp(argv[i]);
		log[logs++] = (struct regf_log){ b.data, b.length };
	}
	struct regf h;
	bool opened = regf_open(&h, hive.data, hive.length, log, logs, NULL, on_damage);
	if (opened && image)
		fwrite(h.image, 1, h.size, stdout);
	else if (opened && deleted)
		list_deleted(&h);
	else if (opened)
		list(&h, counts, hex);
	if (opened)
		regf_close(&h);
	return !opened;
}
