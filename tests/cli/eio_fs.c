/* SPDX-License-Identifier: Apache-2.0 */
/* eio_fs.c: a file system with one file, evidence.img, whose bytes are those of another file until the medium fails.
 * usage: eio_fs FILE MOUNTPOINT MODE...     range OFFSET LENGTH: these bytes give EIO; after N: from the N-th read on every read does */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "/evidence.img";
static int file;
static off_t bad_from = -1, bad_to = -1;
static long after = -1;
static atomic_long reads;

static int get_attributes(const char *path, struct stat *st, struct fuse_file_info *f)
{
	(void)f;
	memset(st, 0, sizeof *st);
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (strcmp(path, name))
		return -ENOENT;
	struct stat real;
	fstat(file, &real);
	st->st_mode = S_IFREG | 0444;
	st->st_nlink = 1;
	st->st_size = real.st_size;
	st->st_mtim = real.st_mtim;
	return 0;
}

static int list(const char *path, void *to, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *f, enum fuse_readdir_flags flags)
{
	(void)path, (void)offset, (void)f, (void)flags;
	fill(to, name + 1, NULL, 0, 0);
	return 0;
}

static int open_file(const char *path, struct fuse_file_info *f)
{
	f->direct_io = 1;               /* each read of spoor's is one here: no read-ahead, nothing cached */
	return strcmp(path, name) ? -ENOENT : 0;
}

static int read_file(const char *path, char *to, size_t length, off_t offset, struct fuse_file_info *f)
{
	(void)path, (void)f;
	long n = atomic_fetch_add(&reads, 1);
	if (after >= 0 && n >= after)
		return -EIO;
	if (offset < bad_to && offset + (off_t)length > bad_from) {
		if (offset >= bad_from)
			return -EIO;
		length = (size_t)(bad_from - offset);
	}
	ssize_t got = pread(file, to, length, offset);
	return got < 0 ? -errno : (int)got;
}

static const struct fuse_operations operations = { .getattr = get_attributes, .readdir = list, .open = open_file, .read = read_file };

int main(int argc, char **argv)
{
	if (argc < 5 || (file = open(argv[1], O_RDONLY)) < 0)
		return 2;
	if (!strcmp(argv[3], "after"))
		after = atol(argv[4]);
	else if (argc == 6) {
		bad_from = atoll(argv[4]);
		bad_to = bad_from + atoll(argv[5]);
	}
	char *fuse[] = { argv[0], "-f", "-o", "ro,allow_other", argv[2], NULL };
	return fuse_main(5, fuse, &operations, NULL);
}
