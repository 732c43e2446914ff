/* SPDX-License-Identifier: Apache-2.0 */
/* list-fs.c: a development tool: lists one image file through one format row, as body lines (or as node records with -j), errors and notes on standard
 * error. usage: list-fs [-j] [-q] [-r] [-x] [-o SECTORS] [-f STEP] FORMAT IMAGE    -r reads all content and prints its SHA-256; -q prints
 * nothing; -x prints step, kind, address and where the data lies (offset+length,... of the image; tabs between); -f finds one step */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "bundle/bodyfile.h"
#include "format/format.h"

static void say(const char *what, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	fprintf(stderr, "%s %s %s @%" PRIu64 "+%" PRIu64 ": %s\n", what, kind, step ? step : "-", offset, length, message);
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r;
	fprintf(stderr, "%s ", class);
	say("error", kind, step, offset, length, message);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r;
	say("note", kind, step, offset, length, message);
}

static bool on_step(struct reporter *r, uint64_t at)
{
	(void)r;
	(void)at;
	return true;
}

static void content_hash(struct container *c, const struct node *n)
{
	struct source *s = format_content(c, n);
	if (!s)
		return;
	static uint8_t bytes[1 << 20];
	struct hasher *h = hasher_new(HASH_SHA256);
	bool taint = false;
	uint64_t most = s->size < (UINT64_C(1) << 30) ? s->size : UINT64_C(1) << 30;
	for (uint64_t at = 0; at < most;) {
		size_t got = source_read_at(s, at, bytes, sizeof bytes, &taint);
		hasher_update(h, bytes, got);
		at += got;
	}
	hasher_finish(h);
	struct buffer b = { 0 };
	buffer_hex(&b, hasher_digest(h, HASH_SHA256), 32);
	printf("%s %" PRIu64 " %s%s\n", buffer_string(&b), s->size, n->step, taint ? " tainted" : "");
	buffer_free(&b);
	hasher_free(h);
	source_close(s);
}

static void places(const struct node *n)
{
	printf("%s\t%d\t%s\t%d\t", n->step, n->kind, n->address ? n->address : "-", n->content);
	for (size_t i = 0, shown = 0; i < n->extents; i++)
		if (n->extent[i].kind == EXTENT_DATA)
			printf("%s%" PRIu64 "+%" PRIu64, shown++ ? "," : "", n->extent[i].offset, n->extent[i].length);
	printf("\n");
}

static void show(struct container *c, const struct node *n, bool json, bool content)
{
	struct buffer frame = { 0 }, line = { 0 };
	struct record_view v;
	node_write(&frame, n);
	const char *wrong = record_view_open(&v, frame.data, frame.length);
	if (wrong)
		fprintf(stderr, "bad frame: %s: %s\n", wrong, n->step);
	else if (content)
		content_hash(c, n);
	else if (json)
		record_to_json(&line, &v);
	else
		bodyfile_lines(&line, &v);
	fwrite(line.data, 1, line.length, stdout);
	buffer_free(&frame);
	buffer_free(&line);
}

int main(int argc, char **argv)
{
	bool json = false, content = false, quiet = false, where = false;
	uint64_t offset = 0;
	const char *wanted = NULL;
	int option;
	while ((option = getopt(argc, argv, "jrqxo:f:")) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 'r')
			content = true;
		else if (option == 'q')
			quiet = true;
		else if (option == 'x')
			where = true;
		else if (option == 'o')
			offset = strtoull(optarg, NULL, 10) * 512;
		else if (option == 'f')
			wanted = optarg;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	setenv("TZ", "UTC", 1);
	text_warm_up();
	int fd = open(argv[optind + 1], O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return 3;
	struct source *file = source_of_descriptor(fd, (uint64_t)st.st_size);
	struct source *media = source_window(file, offset, (uint64_t)st.st_size - offset);
	struct reporter report = { on_error, on_note, on_step };
	static uint8_t head[PROBE_HEAD];
	size_t length = source_read_at(media, 0, head, sizeof head, NULL);
	struct probe probe = { .source = media, .head = head, .head_length = length, .name = "", .above = LAYER_IMAGE };
	const struct format *second = NULL;
	const struct format *f = strcmp(argv[optind], "auto") == 0 ? format_probe(&probe, ~0U, &second) : format_by_name(argv[optind], strlen(argv[optind]));
	if (!f) {
		fprintf(stderr, "no format\n");
		return 3;
	}
	fprintf(stderr, "format %s bits %u second %s\n", f->name, f->probe ? f->probe(&probe) : 0, second ? second->name : "-");
	struct opening o = { .source = media, .report = &report, .name = "", .list_deleted = true };
	struct container *c = format_open(f, &o);
	if (!c)
		return 1;
	struct node n;
	if (wanted) {
		struct buffer text = { 0 };
		struct locator l;
		buffer_format(&text, "x::%s", wanted);
		const char *wrong = locator_parse(&l, buffer_string(&text), text.length);
		if (wrong || !f->find(c, &l.step[0], &n))
			fprintf(stderr, "not found: %s %s\n", wanted, wrong ? wrong : "");
		else
			show(c, &n, json, content);
		buffer_free(&text);
	} else {
		while (f->next(c, &n) == 1)
			if (where)
				places(&n);
			else if (!quiet)
				show(c, &n, json, content);
	}
	format_close(c);
	source_close(media);
	source_close(file);
	close(fd);
	return 0;
}
