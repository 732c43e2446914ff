/* SPDX-License-Identifier: Apache-2.0 */
/* image-media: opens files as one disk image and prints what its media is, for comparing with other tools.
 *
 * usage: image-media [-o MEDIA] FILE [PART ...]
 * -o writes the media.
 * Lines: "format" NAME SIZE SHA-256; "bad" OFFSET LENGTH for each tainted range (by 512 bytes); "error" or "note", class, kind, message. Exit: 0; 2 usage. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/format.h"

enum { PARTS = 64, TURN = 96 << 10, SECTOR = 512 };

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)offset, (void)length;
	printf("error\t%s\t%s\t%s\n", class, kind, message);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)step, (void)offset, (void)length;
	printf("note\t-\t%s\t%s\n", kind, message);
}

int main(int argc, char **argv)
{
	struct source *part[PARTS];
	const char *name[PARTS];
	struct reporter report = { .error = on_error, .note = on_note };
	struct evidence_parts parts = { .source = part, .name = name };
	FILE *to = NULL;
	if (argc > 3 && !strcmp(argv[1], "-o")) {
		if (!(to = fopen(argv[2], "wb")))
			return 2;
		argv += 2;
		argc -= 2;
	}
	if (argc < 2 || argc > PARTS)
		return 2;
	parts.count = (size_t)argc - 1;
	text_warm_up();
	hash_warm_up();
	for (int i = 1; i < argc; i++) {
		struct stat st;
		int fd = open(argv[i], O_RDONLY);
		const char *slash = strrchr(argv[i], '/');
		if (fd < 0 || fstat(fd, &st))
			return 2;
		part[i - 1] = source_of_descriptor(fd, (uint64_t)st.st_size);
		name[i - 1] = slash ? slash + 1 : argv[i];
	}
	static uint8_t head[PROBE_HEAD], bytes[TURN];
	struct probe p = { .source = part[0], .head = head, .head_length = source_read_at(part[0], 0, head, sizeof head, NULL), .name = name[0], .name_length = strlen(name[0]) };
	const struct format *f = format_probe(&p, 1u << LAYER_IMAGE, NULL);
	struct container *c = f ? format_open(f, &(struct opening){ .source = part[0], .parts = &parts, .report = &report, .name = name[0], .name_length = p.name_length }) : NULL;
	struct node n;
	struct source *s = c && f->next(c, &n) == 1 ? format_content(c, &n) : NULL;
	if (!s) {
		printf("format\t%s\t-\t-\n", f ? f->name : "-");
		if (c)
			format_close(c);
		for (size_t i = 0; i < parts.count; i++)
			source_close(part[i]);
		return 0;
	}
	struct hasher *h = hasher_new(HASH_SHA256);
	struct range_map bad = { 0 };
	for (uint64_t at = 0; at < s->size; at += TURN) {
		bool taint = false;
		size_t got = source_read_at(s, at, bytes, TURN, &taint);
		hasher_update(h, bytes, got);
		if (to)
			fwrite(bytes, 1, got, to);
		for (size_t i = 0; taint && i < got; i += SECTOR) {
			bool here = false;
			source_read_at(s, at + i, bytes, SECTOR, &here);
			if (here)
				range_map_add(&bad, at + i, got - i < SECTOR ? got - i : SECTOR);
		}
	}
	hasher_finish(h);
	struct buffer hex = { 0 };
	buffer_hex(&hex, hasher_digest(h, HASH_SHA256), 32);
	printf("format\t%s\t%llu\t%s\n", f->name, (unsigned long long)s->size, buffer_string(&hex));
	for (size_t i = 0; i < bad.count; i++)
		printf("bad\t%llu\t%llu\n", (unsigned long long)bad.range[i].offset, (unsigned long long)bad.range[i].length);
	if (to)
		fclose(to);
	buffer_free(&hex);
	hasher_free(h);
	range_map_free(&bad);
	source_close(s);
	format_close(c);
	for (size_t i = 0; i < parts.count; i++)
		source_close(part[i]);
	return 0;
}
