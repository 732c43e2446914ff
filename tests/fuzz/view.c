/* SPDX-License-Identifier: Apache-2.0 */
/* view.c: the tree of a mounted view, made of what a worker that was taken over may say. Lines: a letter (what is said), then a locator's tail, then behind a tab the path, behind another the format.
 * Whatever is said, folders hold no cycle, names are names that every file system takes, and each is found again in its folder. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "view/names.h"
#include "view/tree.h"

static void check(const struct tree *t)
{
	for (uint32_t n = 0; n < t->containers; n++) {
		const struct container_view *c = t->container[n];
		size_t listed = 0;
		for (uint32_t f = 0; f < c->count; f++)
			for (uint32_t r = c->rows[f].first; r; r = c->rows[r].next) {
				demand(r < c->count && c->rows[r].parent == f && (f == 0 || S_ISDIR(c->rows[f].mode)));
				listed++;
			}
		demand(listed == c->settled - 1);
		for (uint32_t r = 1; r < c->settled; r++) {
			const char *name = catalogue_text(c, c->rows[r].name);
			size_t length = strlen(name), depth = 0;
			demand(length && length <= VIEW_NAME_MOST && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, ".."));
			demand(tree_child(t, n, c->rows[r].parent, name) == r);
			demand(c->rows[r].inode > 1);
			for (uint32_t up = r; up; up = c->rows[up].parent)
				demand(depth++ <= c->count);
			for (uint32_t i = c->rows[r].inside; i; i = t->container[i]->next)
				demand(i < t->containers && t->container[i]->above == n && t->container[i]->row == r);
		}
	}
}

static void say(struct tree *t, uint32_t row, const char *line, size_t length)
{
	static const char *const kinds[] = { "file", "directory", "symlink", "stream", "virtual", "member" };
	const char *tail = line + 1, *end = line + length, *tab = memchr(tail, '\t', (size_t)(end - tail)), *path = tab ? tab + 1 : end;
	const char *second = memchr(path, '\t', (size_t)(end - path)), *format = second ? second + 1 : end;
	size_t tail_length = (size_t)((tab ? tab : end) - tail), path_length = (size_t)((second ? second : end) - path);
	struct buffer frame = { 0 };
	struct record_view v;
	struct record_builder r = record_begin(&frame, RECORD_NODE);
	record_string(&r, F_KIND, kinds[(unsigned char)*line % 6]);
	if (text_is_utf8((const uint8_t *)tail, tail_length))
		record_text(&r, F_LOCATOR, tail, tail_length);
	if (path_length && text_is_utf8((const uint8_t *)path, path_length)) {
		record_text(&r, F_PATH, path, path_length);
		record_text(&r, F_TARGET, path, path_length);
	}
	if (format < end && text_is_utf8((const uint8_t *)format, (size_t)(end - format)))
		record_text(&r, F_FORMAT, format, (size_t)(end - format));
	record_end(&r);
	bool valid = !record_view_open(&v, frame.data, frame.length) && record_has(&v, F_LOCATOR);
	struct item_head h = { .kind = (uint16_t)(*line & 15), .step_length = *line & 16 ? (uint32_t)tail_length : 0 };
	if (valid && *line >= 'a')
		tree_node(t, 0, row, tail, tail_length, &v);
	else if (valid)
		tree_item(t, 0, row, &h, tail, frame.data, frame.length, *line & 32);
	buffer_free(&frame);
}

void fuzz_view(const struct fuzz_target *target, const uint8_t *data, size_t size)
{
	(void)target;
	struct tree t;
	int directory = open("/tmp", O_RDONLY | O_DIRECTORY);
	const char *at = (const char *)data, *end = at + size;
	tree_begin(&t, directory);
	uint32_t row = tree_evidence(&t, 0, "case/disk.E01");
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = stop ? (size_t)(stop - at) : (size_t)(end - at);
		if (n && *at == '!') {
			tree_settle(&t);
			check(&t);
		} else if (n > 1 && *at == '-' && (unsigned char)at[1] % t.containers) {
			tree_forget(&t, (unsigned char)at[1] % t.containers);
		} else if (n) {
			say(&t, row, at, n);
		}
		at += n + (stop != NULL);
	}
	tree_settle(&t);
	check(&t);
	struct buffer link = { 0 };
	view_target(&link, (const char *)data, size < 4096 ? size : 4096, size ? data[0] % 8u : 0);
	size_t up = 0, down = 0;
	for (const char *part = buffer_string(&link); *part; part += strcspn(part, "/") + (part[strcspn(part, "/")] == '/')) {
		bool dots = !strncmp(part, "..", 2) && (part[2] == '/' || !part[2]);
		up += dots;
		down += !dots;
		demand(!dots || !down);
	}
	demand(up <= (size ? data[0] % 8u : 0));
	buffer_free(&link);
	tree_end(&t);
	close(directory);
}
