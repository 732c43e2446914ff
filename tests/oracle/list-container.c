/* SPDX-License-Identifier: Apache-2.0 */
/* list-container: opens one file as an archive or a mail container and prints what is in it, for comparing with other tools.
 *
 * usage: list-container [-f ROW] [-c STEP | -d DIR] FILE
 * One line a node, tabs between: "node", step, kind, size of the content that came, its SHA-256 (- without content), name in hex, path (escaped), flags,
 * modification time; then one line a report: "error" or "note", class, kind, step, offset, length, message. -c writes the content of one node, -d the contents of
 * all of them to DIR/1, DIR/2, ... in the order of the lines.
 * Exit: 0; 3 no row takes the file; 2 usage. */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/format.h"

struct text { struct buffer lines; struct reporter reporter; };

static void report_line(struct reporter *r, const char *what, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct text *t = (struct text *)((char *)r - offsetof(struct text, reporter));
	struct buffer flat = { 0 };
	text_for_terminal(&flat, message, strlen(message), 400);
	buffer_format(&t->lines, "%s\t%s\t%s\t%s\t%llu\t%llu\t%s\n", what, class, kind, step ? step : "-", (unsigned long long)offset, (unsigned long long)length, buffer_string(&flat));
	buffer_free(&flat);
}

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_line(r, "error", class, kind, step, offset, length, message);
}

static void on_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	report_line(r, "note", "-", kind, step, offset, length, message);
}

/* Reads the whole content; false: it has none. */
static bool content_read(struct container *c, const struct node *n, struct hasher *h, FILE *to, uint64_t *size)
{
	enum { PIECE = 1 << 18 };
	static uint8_t piece[PIECE];
	*size = 0;
	if (n->content == CONTENT_NONE)
		return false;
	struct source *s = n->content == CONTENT_SEQUENTIAL ? NULL : format_content(c, n);
	if (n->content != CONTENT_SEQUENTIAL && !s)
		return false;
	for (;;) {
		ssize_t got = s ? (ssize_t)source_read_at(s, *size, piece, PIECE, NULL) : c->format->read(c, piece, PIECE);
		if (got <= 0)
			break;
		hasher_update(h, piece, (size_t)got);
		if (to)
			fwrite(piece, 1, (size_t)got, to);
		*size += (uint64_t)got;
	}
	source_close(s);
	return true;
}

static void node_print(struct container *c, const struct node *n, struct hasher *h, FILE *to, bool quiet)
{
	uint64_t size;
	struct buffer line = { 0 };
	hasher_start(h);
	bool content = content_read(c, n, h, to, &size);
	hasher_finish(h);
	buffer_format(&line, "node\t%s\t%s\t%llu\t", n->step, node_kind_name(n->kind), (unsigned long long)size);
	if (content)
		buffer_hex(&line, hasher_digest(h, HASH_SHA256), 32);
	else
		buffer_byte(&line, '-');
	buffer_byte(&line, '\t');
	buffer_hex(&line, n->name.bytes, n->name.length);
	buffer_format(&line, "\t%.*s\t", (int)n->path.length, n->path.length ? (const char *)n->path.bytes : "");
	for (unsigned i = 0; i < n->flag_count; i++)
		buffer_format(&line, "%s%s", i ? "," : "", n->flags[i]);
	buffer_byte(&line, '\t');
	if (n->time[NODE_MTIME].state == TIME_VALID) {
		time_format(&line, &n->time[NODE_MTIME]);
		if (n->time[NODE_MTIME].zone == TIME_LOCAL)
			buffer_text(&line, " local");
	}
	if (!quiet)
		puts(buffer_string(&line));
	buffer_free(&line);
}

int main(int argc, char **argv)
{
	const char *row = NULL, *step = NULL, *directory = NULL;
	int option;
	while ((option = getopt(argc, argv, "f:c:d:")) != -1) {
		if (option == 'f')
			row = optarg;
		else if (option == 'c')
			step = optarg;
		else if (option == 'd')
			directory = optarg;
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	setenv("TZ", "UTC", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	text_warm_up();
	hash_warm_up();
	int fd = open(argv[optind], O_RDONLY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(argv[optind]);
		return 2;
	}
	struct source *s = source_of_descriptor(fd, (uint64_t)st.st_size);
	const char *slash = strrchr(argv[optind], '/'), *name = slash ? slash + 1 : argv[optind];
	uint8_t *head = memory_new(PROBE_HEAD);
	struct probe probe = { .source = s, .head = head, .head_length = source_read_at(s, 0, head, PROBE_HEAD, NULL), .name = name, .name_length = strlen(name) };
	const struct format *second = NULL;
	const struct format *f = row ? format_by_name(row, strlen(row)) : format_probe(&probe, 1U << LAYER_ARCHIVE | 1U << LAYER_MAIL, &second);
	if (!f) {
		printf("format\t-\n");
		return 3;
	}
	if (!step)
		printf("format\t%s%s%s\n", f->name, second ? "\t" : "", second ? second->name : "");
	struct text text = { .reporter = { .error = on_error, .note = on_note } };
	struct opening o = { .source = s, .report = &text.reporter, .name = name, .name_length = strlen(name), .list_deleted = true };
	struct container *c = format_open(f, &o);
	struct hasher *h = hasher_new(HASH_SHA256);
	struct node n;
	for (unsigned number = 1; c && c->format->next(c, &n) > 0; number++) {
		if (step && strcmp(step, n.step) != 0)
			continue;
		FILE *to = step ? stdout : NULL;
		if (directory) {
			char path[4096];
			snprintf(path, sizeof path, "%s/%u", directory, number);
			to = fopen(path, "w");
			if (!to) {
				perror(path);
				return 2;
			}
		}
		node_print(c, &n, h, to, step);
		if (directory)
			fclose(to);
	}
	if (c)
		format_close(c);
	if (!step && text.lines.length)
		fputs(buffer_string(&text.lines), stdout);
	buffer_free(&text.lines);
	hasher_free(h);
	source_close(s);
	free(head);
	close(fd);
	return 0;
}
