/* SPDX-License-Identifier: Apache-2.0 */
/* ewf-compare: our EWF reader against libewf, or against the raw media.
 *
 * usage: ewf-compare [--raw FILE | --sha256 HEX] [--time libewf|spoor] [--read BYTES] SEGMENT...
 *
 * Reads the media in turns of --read bytes (1 MiB) with both readers. Prints what our reader reports ("error CLASS KIND OFFSET LENGTH MESSAGE"), the
 * ranges that it calls unreadable ("bad FIRST-LAST", sectors), its size and SHA-256. --raw: compares with the media itself instead of libewf. Every byte outside the bad
 * ranges must be equal, every byte inside them zero. --sha256: our hash must be this one. --time: reads with one reader only and
 * prints CPU seconds and MB/s. With one SEGMENT its siblings are found by name. Exit 0 equal, 1 different, 2 usage. */
#include <errno.h>
#include <fcntl.h>
#include <libewf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/format.h"
#include "source/evidence_name.h"

struct log {
	struct reporter reporter;
	struct range_map bad;
	bool quiet;
};

static void log_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	struct log *log = (struct log *)r;
	(void)step;
	if (!log->quiet)
		printf("error %s %s %llu %llu %s\n", class, kind, (unsigned long long)offset, (unsigned long long)length, message);
	if (strcmp(kind, "ewf.acquisition") != 0)
		range_map_add(&log->bad, offset, length);
}

static void log_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step;
	if (!((struct log *)r)->quiet)
		printf("note %s %llu %llu %s\n", kind, (unsigned long long)offset, (unsigned long long)length, message);
}

static bool log_step(struct reporter *r, uint64_t at)
{
	(void)r;
	(void)at;
	return true;
}

static double cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* The given names, or the first one's siblings. */
static size_t names_find(char **given, size_t count, char ***names)
{
	*names = memory_array(count > 1 ? count : 70000, sizeof **names);
	if (count > 1) {
		memcpy(*names, given, count * sizeof **names);
		return count;
	}
	size_t n = 0;
	const char *base = last_component(given[0]);
	for (; n < 65535; n++) {
		struct buffer name = { 0 };
		buffer_append(&name, given[0], (size_t)(base - given[0]));
		bool has = n == 0 || evidence_name_part(&name, base, strlen(base), n);
		char *path = n ? memory_string(buffer_string(&name)) : given[0];
		buffer_free(&name);
		if (!has || access(path, R_OK) != 0)
			break;
		(*names)[n] = path;
	}
	return n;
}

static int usage(void)
{
	fputs("usage: ewf-compare [--raw FILE | --sha256 HEX] [--time libewf|spoor] [--read BYTES] SEGMENT...\n", stderr);
	return 2;
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

int main(int argc, char **argv)
{
	const char *raw = NULL, *sha256 = NULL, *timed = NULL;
	size_t turn = 1 << 20;
	int i = 1;
	for (; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		if (!strcmp(argv[i], "--raw"))
			raw = argv[i + 1];
		else if (!strcmp(argv[i], "--sha256"))
			sha256 = argv[i + 1];
		else if (!strcmp(argv[i], "--time"))
			timed = argv[i + 1];
		else if (!strcmp(argv[i], "--read"))
			turn = (size_t)strtoull(argv[i + 1], NULL, 10);
		else
			return usage();
	}
	if (i >= argc || !turn)
		return usage();
	char **names;
	size_t count = names_find(argv + i, (size_t)(argc - i), &names);
	uint8_t *ours = memory_new(turn), *theirs = memory_new(turn);

	libewf_handle_t *handle = NULL;
	bool use_libewf = !raw && (!timed || !strcmp(timed, "libewf"));
	if (use_libewf && (libewf_handle_initialize(&handle, NULL) != 1 || libewf_handle_open(handle, names, (int)count, LIBEWF_OPEN_READ, NULL) != 1)) {
		printf("libewf does not open it\n");
		use_libewf = false;
	}
	if (timed && !strcmp(timed, "libewf")) {
		size64_t size = 0;
		if (!use_libewf)
			return 1;
		libewf_handle_get_media_size(handle, &size, NULL);
		double start = cpu();
		for (uint64_t at = 0; at < size; at += turn)
			if (libewf_handle_read_random(handle, theirs, turn, (off64_t)at, NULL) <= 0)
				break;
		double used = cpu() - start;
		printf("libewf %.3f CPU s, %.0f MB/s\n", used, (double)size / 1e6 / used);
		return 0;
	}

	struct log log = { .reporter = { log_error, log_note, log_step }, .quiet = timed != NULL };
	struct source **source = memory_array(count, sizeof *source);
	const char **base = memory_array(count, sizeof *base);
	for (size_t k = 0; k < count; k++) {
		int fd = open(names[k], O_RDONLY | O_CLOEXEC);
		struct stat st;
		if (fd < 0 || fstat(fd, &st)) {
			fprintf(stderr, "ewf-compare: %s: %s\n", names[k], strerror(errno));
			return 2;
		}
		source[k] = source_of_descriptor(fd, (uint64_t)st.st_size);
		base[k] = last_component(names[k]);
	}
	struct evidence_parts parts = { .source = source, .name = base, .count = count };
	struct opening opening = { .source = source[0], .parts = &parts, .report = &log.reporter, .name = base[0], .name_length = strlen(base[0]), .list_deleted = true };
	double start = cpu();
	struct container *c = format_open(format_by_name("ewf", 3), &opening);
	if (!c) {
		printf("not opened\n");
		return 1;
	}
	struct node node;
	c->format->next(c, &node);
	struct source *media = format_content(c, &node);
	if (timed) {
		double opened = cpu() - start;
		for (uint64_t at = 0; at < media->size; at += turn)
			source_read_at(media, at, ours, turn, NULL);
		double used = cpu() - start;
		printf("spoor %.3f CPU s (%.4f for opening), %.0f MB/s\n", used, opened, (double)media->size / 1e6 / used);
		return 0;
	}

	int status = 0, fd = raw ? open(raw, O_RDONLY | O_CLOEXEC) : -1;
	struct hasher *h = hasher_new(HASH_SHA256);
	struct range_map tainted = { 0 };
	uint64_t different = 0, first_different = 0;
	for (uint64_t at = 0; at < media->size; at += turn) {
		bool taint = false;
		size_t got = source_read_at(media, at, ours, turn, &taint);
		hasher_update(h, ours, got);
		if (taint)
			range_map_add(&tainted, at, got);
		ssize_t other = raw ? pread(fd, theirs, got, (off_t)at) : use_libewf ? libewf_handle_read_random(handle, theirs, got, (off64_t)at, NULL) : 0;
		if ((raw || use_libewf) && other != (ssize_t)got) {
			printf("the other reader gives %zd bytes of %zu at %llu\n", other, got, (unsigned long long)at);
			status = 1;
		}
		for (size_t k = 0; (raw || use_libewf) && k < got; k += 512) {
			size_t piece = got - k < 512 ? got - k : 512;
			bool bad = range_map_touches(&log.bad, at + k, piece);
			if (!memcmp(ours + k, theirs + k, piece))
				continue;
			/* pending reports come only with the next good chunk: look again at the end */
			if (bad || (taint && all_zero(ours + k, piece)))
				continue;
			if (!different++)
				first_different = at + k;
		}
	}
	source_close(media);
	for (size_t k = 0; k < log.bad.count; k++)
		printf("bad %llu-%llu\n", (unsigned long long)(log.bad.range[k].offset / 512), (unsigned long long)((log.bad.range[k].offset + log.bad.range[k].length - 1) / 512));
	for (size_t k = 0; k < tainted.count; k++)
		if (!range_map_touches(&log.bad, tainted.range[k].offset, tainted.range[k].length)) {
			printf("tainted at %llu, but not told\n", (unsigned long long)tainted.range[k].offset);
			status = 1;
		}
	hasher_finish(h);
	struct buffer hex = { 0 };
	buffer_hex(&hex, hasher_digest(h, HASH_SHA256), 32);
	printf("size %llu\nsha256 %s\n", (unsigned long long)node.size, buffer_string(&hex));
	if (different) {
		printf("different: %llu sectors, the first at byte %llu\n", (unsigned long long)different, (unsigned long long)first_different);
		status = 1;
	}
	if (sha256 && strcmp(sha256, buffer_string(&hex)) != 0) {
		printf("sha256 is not %s\n", sha256);
		status = 1;
	}
	format_close(c);
	for (size_t k = 0; k < count; k++)
		source_close(source[k]);
	if (handle)
		libewf_handle_free(&handle, NULL);
	hasher_free(h);
	buffer_free(&hex);
	range_map_free(&log.bad);
	range_map_free(&tainted);
	free(source);
	free(base);
	free(names);
	free(ours);
	free(theirs);
	if (fd >= 0)
		close(fd);
	return status;
}
