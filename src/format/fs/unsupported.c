/* SPDX-License-Identifier: Apache-2.0 */
/* unsupported.c: what is recognised and not read, so that a responder is told what lies there and what it takes. One table line each; opening one
 * reports and gives nothing, and the bytes stay what they are: content that is hashed and searched.
 *
 * Signatures: the magics of linux/magic.h and the formats' own documents. */
#include <string.h>

#include "base/cursor.h"
#include "format/format.h"
#include "format/fs/boot_sector.h"

enum { SUPERBLOCK = 1024, ISO_SECTOR = 2048, ISO_FIRST = 16, SECTOR = 512 };

static bool bytes_at(const struct probe *p, size_t at, const char *bytes, size_t length)
{
	return p->head_length >= at && p->head_length - at >= length && memcmp(p->head + at, bytes, length) == 0;
}
#define AT(offset, text) bytes_at(p, offset, text, sizeof text - 1)

static unsigned swap_bits(const struct probe *p)
{
	static const size_t page[] = { 4096, 8192, 16384, 65536 };
	for (size_t i = 0; i < sizeof page / sizeof page[0]; i++)
		if (AT(page[i] - 10, "SWAPSPACE2") || AT(page[i] - 10, "SWAP-SPACE"))
			return 80;
	return 0;
}

static unsigned btrfs_bits(const struct probe *p) { return AT(65536 + 64, "_BHRfS_M") ? 64 : 0; }
static unsigned squashfs_bits(const struct probe *p) { return AT(0, "hsqs") || AT(0, "sqsh") ? 32 : 0; }
static unsigned f2fs_bits(const struct probe *p) { return AT(SUPERBLOCK, "\x10\x20\xf5\xf2") ? 32 : 0; }
static unsigned erofs_bits(const struct probe *p) { return AT(SUPERBLOCK, "\xe2\xe1\xf5\xe0") ? 32 : 0; }
static unsigned jfs_bits(const struct probe *p) { return AT(32768, "JFS1") ? 32 : 0; }
static unsigned reiserfs_bits(const struct probe *p) { return AT(65536 + 52, "ReIsEr") ? 48 : 0; }
static unsigned cramfs_bits(const struct probe *p) { return AT(0, "\x45\x3d\xcd\x28") && AT(16, "Compressed ROMFS") ? 96 : 0; }

static unsigned raid_bits(const struct probe *p)
{
	return AT(0, "\xfc\x4e\x2b\xa9\1\0\0\0") || AT(4096, "\xfc\x4e\x2b\xa9\1\0\0\0") ? 64 : 0;
}

static unsigned refs_bits(const struct probe *p)
{
	unsigned bits;
	return boot_sector_kind(p->head, p->head_length, &bits) == BOOT_REFS ? bits : 0;
}

/* An HFS+ volume may lie inside an HFS one; then the row hfs reads it. */
static unsigned hfs_classic_bits(const struct probe *p)
{
	struct cursor c = cursor_of(p->head, p->head_length, 0);
	c.at = SUPERBLOCK + 20;         /* 20 size of an allocation block u32, a multiple of 512 */
	uint32_t block = cursor_u32be(&c);
	return AT(SUPERBLOCK, "BD") && !AT(SUPERBLOCK + 124, "H+") && block && block % SECTOR == 0 && !c.bad ? 24 : 0;
}

/* UDF without an ISO 9660 tree beside it: a recognition sequence that begins with BEA01. */
static unsigned udf_bits(const struct probe *p)
{
	if (!AT(ISO_FIRST * ISO_SECTOR + 1, "BEA01"))
		return 0;
	for (size_t i = 1; i < 4; i++)
		if (AT((ISO_FIRST + i) * ISO_SECTOR + 1, "NSR02") || AT((ISO_FIRST + i) * ISO_SECTOR + 1, "NSR03"))
			return 80;
	return 0;
}

/* makefs puts the superblock of UFS2 at 8,192, where libtsk expects only one of UFS1. */
static unsigned ufs2_at_8k_bits(const struct probe *p)
{
	return AT(8192 + 1372, "\x19\x54\x01\x19") || AT(8192 + 1372, "\x19\x01\x54\x19") ? 32 : 0;
}

struct unsupported { const char *class, *kind, *message; };

static struct container *refuse(const struct opening *o, const struct unsupported *u)
{
	if (!u->class)
		report_note(o->report, u->kind, NULL, 0, 0, "%s", u->message);
	else
		report_error(o->report, u->class, u->kind, NULL, 0, 0, "%s", u->message);
	return NULL;
}

static int nothing_next(struct container *c, struct node *n)
{
	(void)c;
	(void)n;
	return 0;
}

static bool nothing_find(struct container *c, const struct locator_step *step, struct node *n)
{
	(void)c;
	(void)step;
	(void)n;
	return false;
}

static void nothing_close(struct container *c)
{
	(void)c;
}

/* symbol, name, layer, about, probe, class of the error (NULL: a note), message */
#define UNSUPPORTED(id, text, where, words, bits, class_name, said) \
	static struct container *id##_open(const struct opening *o) \
	{ \
		static const struct unsupported u = { class_name, "fs." text, said }; \
		return refuse(o, &u); \
	} \
	const struct format format_##id = { \
		.name = text, .layer = where, .about = words, .probe = bits, .open = id##_open, .next = nothing_next, .find = nothing_find, .close = nothing_close, \
	};

UNSUPPORTED(swap, "swap", LAYER_FS, "Linux swap (recognised)", swap_bits, NULL, "Linux swap: it holds no files; its pages are content like any other")
UNSUPPORTED(btrfs, "btrfs", LAYER_FS, "Btrfs (recognised)", btrfs_bits, "unsupported", "Btrfs is not read yet; its content is searched as a whole")
UNSUPPORTED(squashfs, "squashfs", LAYER_FS, "squashfs (recognised)", squashfs_bits, "unsupported", "squashfs is not read yet; it is compressed, so a search of its bytes finds little")
UNSUPPORTED(f2fs, "f2fs", LAYER_FS, "F2FS (recognised)", f2fs_bits, "unsupported", "F2FS is not read yet; its content is searched as a whole")
UNSUPPORTED(erofs, "erofs", LAYER_FS, "EROFS (recognised)", erofs_bits, "unsupported", "EROFS is not read yet")
UNSUPPORTED(jfs, "jfs", LAYER_FS, "JFS (recognised)", jfs_bits, "unsupported", "JFS is not read yet; its content is searched as a whole")
UNSUPPORTED(reiserfs, "reiserfs", LAYER_FS, "ReiserFS (recognised)", reiserfs_bits, "unsupported", "ReiserFS is not read yet; its content is searched as a whole")
UNSUPPORTED(cramfs, "cramfs", LAYER_FS, "cramfs (recognised)", cramfs_bits, "unsupported", "cramfs is not read yet; it is compressed, so a search of its bytes finds little")
UNSUPPORTED(udf, "udf", LAYER_FS, "UDF without ISO 9660 (recognised)", udf_bits, "unsupported", "UDF is not read yet; its content is searched as a whole")
UNSUPPORTED(refs, "refs", LAYER_FS, "ReFS (recognised)", refs_bits, "unsupported", "ReFS is not read yet; its content is searched as a whole")
UNSUPPORTED(hfsclassic, "hfs-classic", LAYER_FS, "HFS, the one before HFS+ (recognised)", hfs_classic_bits, "unsupported", "HFS (not HFS+) is not read yet; its content is searched as a whole")
UNSUPPORTED(ufs2at8k, "ufs2-8k", LAYER_FS, "UFS2 with its superblock at 8 KiB (recognised)", ufs2_at_8k_bits, "unsupported", "UFS2 with its superblock at 8 KiB (makefs) is not read yet; its content is searched as a whole")
UNSUPPORTED(raid, "mdraid", LAYER_VOLUME, "Linux software RAID member (recognised)", raid_bits, "unsupported", "member of a Linux software RAID: it is read when it is a mirror's, else all members are needed; assembling is not done yet")
