/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_rows.c: the file systems that libtsk reads: how each is recognised, and opened as exactly that. libtsk never guesses.
 *
 * Signatures: FAT and exFAT by their boot sector (boot_sector.c), ext by the superblock at 1,024, HFS+ by the volume header at 1,024 (also inside an HFS
 * wrapper), ISO 9660 by CD001 at 32,769, UFS by the superblocks at 8,192 and 65,536, APFS by NXSB at 32. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "format/fs/boot_sector.h"
#include "format/fs/iso_tree.h"
#include "format/fs/tsk.h"

#include <tsk/fs/tsk_iso9660.h>

enum { FAT_BACKUP_AT = 6 * 512, SECTOR = 512, ISO_AT = 16 * 2048, HEADER_AT = 1024, UFS1_AT = 8192, UFS2_AT = 65536, UFS_MAGIC = 1372, EXT_COPY_BITS = 30 };
#define UFS1_MAGIC 0x00011954U
#define UFS2_MAGIC 0x19540119U

static enum boot_sector fat_boot(const uint8_t *head, size_t length, unsigned *bits)
{
	enum boot_sector kind = boot_sector_kind(head, length, bits);
	if (kind == BOOT_NONE && length >= FAT_BACKUP_AT + SECTOR) {    /* FAT32 keeps a copy in sector 6 */
		kind = boot_sector_kind(head + FAT_BACKUP_AT, SECTOR, bits);
		if (kind != BOOT_FAT32)
			kind = BOOT_NONE;
	}
	return kind;
}

static unsigned fat_probe(const struct probe *p)
{
	unsigned bits;
	enum boot_sector kind = fat_boot(p->head, p->head_length, &bits);
	return kind == BOOT_FAT12 || kind == BOOT_FAT16 || kind == BOOT_FAT32 ? bits : 0;
}

static unsigned exfat_probe(const struct probe *p)
{
	unsigned bits;
	return boot_sector_kind(p->head, p->head_length, &bits) == BOOT_EXFAT ? bits : 0;
}

static unsigned ext_probe(const struct probe *p)
{
	/* 16 bits of magic; the rest are fields with few legal values */
	if (p->head_length >= 2 * HEADER_AT && ext_superblock_fits(p->head + HEADER_AT, p->head_length - HEADER_AT))
		return 48;
	/* A copy alone may be that of a file system that was here before: it counts where nothing else does. Not looked for in each file of a file system. */
	uint64_t copy;
	struct source *repaired = p->above <= LAYER_CRYPT ? ext_backup_source(p->source, &copy) : NULL;
	source_close(repaired);
	return repaired ? EXT_COPY_BITS : 0;
}

static unsigned iso_probe(const struct probe *p)
{
	return p->head_length >= ISO_AT + 7 && memcmp(p->head + ISO_AT + 1, "CD001", 5) == 0 ? 40 : 0;
}

static unsigned hfs_probe(const struct probe *p)
{
	if (p->head_length < HEADER_AT + SECTOR)
		return 0;
	const uint8_t *h = p->head + HEADER_AT;
	if (memcmp(h, "H+\0\4", 4) == 0 || memcmp(h, "HX\0\5", 4) == 0)
		return 48;
	return memcmp(h, "BD", 2) == 0 && memcmp(h + 124, "H+", 2) == 0 ? 40 : 0;
}

static bool ufs_magic(const struct probe *p, size_t at, uint32_t magic)
{
	struct cursor c = cursor_of(p->head, p->head_length, 0);
	c.at = at + UFS_MAGIC;
	uint32_t little = cursor_u32le(&c);
	c.at = at + UFS_MAGIC;
	return little == magic || cursor_u32be(&c) == magic;
}

static unsigned ufs_probe(const struct probe *p)
{
	return ufs_magic(p, UFS1_AT, UFS1_MAGIC) || ufs_magic(p, UFS2_AT, UFS2_MAGIC) ? 40 : 0;
}

static unsigned apfs_probe(const struct probe *p)
{
	struct cursor c = cursor_of(p->head, p->head_length, 0);
	c.at = 32;
	bool magic = cursor_match(&c, "NXSB");
	uint32_t block = cursor_u32le(&c);
	return magic && block >= 4096 && block <= 65536 && !(block & (block - 1)) ? 48 : 0;
}

/* ---- opening ---- */

static struct tsk_container *tsk_start(const struct opening *o)
{
	struct tsk_container *t = memory_new(sizeof *t);
	t->container.source = o->source;
	t->container.report = o->report;
	t->slack = o->slack;
	tsk_error_reset();
	t->image = tsk_image_open(o->source);
	return t;
}

/* Frees what was opened so far; the arena is format_close's business otherwise. */
static struct container *tsk_give_up(struct tsk_container *t, const char *class, const char *kind)
{
	report_error(t->container.report, class, kind, NULL, 0, 0, "libtsk can't open it: %s", tsk_error_line(&t->container.arena));
	struct arena arena = t->container.arena;
	tsk_close(&t->container);
	arena_free(&arena);
	return NULL;
}

static struct container *tsk_open(const struct opening *o, TSK_FS_TYPE_ENUM type)
{
	struct tsk_container *t = tsk_start(o);
	if (t->image)
		t->fs = tsk_fs_open_img(t->image, 0, type);
	return t->fs ? &t->container : tsk_give_up(t, "damage", "tsk.open");
}

static struct container *fat_open(const struct opening *o)
{
	uint8_t head[FAT_BACKUP_AT + SECTOR];
	size_t length = source_read_at(o->source, 0, head, sizeof head, NULL);
	enum boot_sector kind = fat_boot(head, length, NULL);
	TSK_FS_TYPE_ENUM type = kind == BOOT_FAT12 ? TSK_FS_TYPE_FAT12 : kind == BOOT_FAT16 ? TSK_FS_TYPE_FAT16 : kind == BOOT_EXFAT ? TSK_FS_TYPE_EXFAT :
		TSK_FS_TYPE_FAT32;
	bool backup = boot_sector_kind(head, length, NULL) == BOOT_NONE;
	if (backup)
		report_error(o->report, "damage", "fat.boot", NULL, 0, SECTOR, "no boot sector; its copy in sector 6 is used");
	struct container *c = tsk_open(o, type);
	if (!c)
		return NULL;
	struct tsk_container *t = (struct tsk_container *)c;
	t->ignore_case = true;
	struct cursor b = cursor_of(backup ? head + FAT_BACKUP_AT : head, SECTOR, 0);
	if (kind == BOOT_EXFAT) {
		b.at = 88;      /* 88 cluster heap in sectors u32, 108 log2 of the sector u8 */
		uint64_t heap = cursor_u32le(&b);
		b.at = 108;
		t->fat_entries_at = heap << (cursor_u8(&b) & 15);
	} else {
		b.at = 11;      /* 11 bytes a sector u16, 14 reserved sectors u16, 16 FATs u8, 22 or 36 sectors a FAT */
		uint64_t sector = cursor_u16le(&b);
		b.at = 14;
		uint64_t reserved = cursor_u16le(&b), tables = cursor_u8(&b);
		b.at = 22;
		uint64_t table = cursor_u16le(&b);
		b.at = 36;
		if (!table)
			table = cursor_u32le(&b);
		t->fat_entries_at = (reserved + tables * table) * sector;
	}
	return c;
}

static struct container *ext_row_open(const struct opening *o)
{
	struct ext ext;
	struct opening how = *o;
	struct source *repaired = NULL;
	uint64_t copy;
	if (!ext_open(&ext, o->source) && (repaired = ext_backup_source(o->source, &copy)) && ext_open(&ext, repaired)) {
		report_error(o->report, "damage", "ext.superblock", NULL, HEADER_AT, HEADER_AT, "the superblock is damaged or gone; its copy at byte %llu is used", (unsigned long long)copy);
		how.source = repaired;
	} else if (!ext_open(&ext, o->source)) {
		source_close(repaired);
		report_error(o->report, "damage", "ext.superblock", NULL, HEADER_AT, HEADER_AT, "the superblock's geometry makes no sense");
		return NULL;
	}
	if (ext.blocks * (uint64_t)ext.block_size > o->source->size)
		report_error(o->report, "missing", "fs.beyond-end", NULL, o->source->size, 0, "the file system claims %llu blocks of %u bytes, the volume has %llu bytes",
		             (unsigned long long)ext.blocks, ext.block_size, (unsigned long long)o->source->size);
	struct container *c = tsk_open(&how, TSK_FS_TYPE_EXT_DETECT);
	if (!c) {
		source_close(repaired);
		return NULL;
	}
	ext.slack = o->slack;
	((struct tsk_container *)c)->ext = ext;
	((struct tsk_container *)c)->repaired = repaired;
	return c;
}

/* Recording dates by inode: libtsk keeps them, but without the offset from Greenwich. */
static void iso_dates_keep(struct tsk_container *t)
{
	const ISO_INFO *iso = (const ISO_INFO *)t->fs;
	uint64_t most = 0;
	for (const iso9660_inode_node *i = iso->in_list; i; i = i->next)
		if (i->inum > most)
			most = i->inum;
	t->iso_dates = (size_t)most + 1;
	t->iso_date = memory_array(t->iso_dates, 7);
	for (const iso9660_inode_node *i = iso->in_list; i; i = i->next) {
		const record_data *d = &i->inode.dr.rec_time;
		const uint8_t date[7] = { d->year, d->month, d->day, d->hour, d->min, d->sec, (uint8_t)d->gmt_off };
		memcpy(t->iso_date + 7 * i->inum, date, sizeof date);
	}
}

static struct container *iso_open(const struct opening *o)
{
	struct tsk_container *t = tsk_start(o);
	if (t->image)
		t->fs = tsk_fs_open_img(t->image, 0, TSK_FS_TYPE_ISO9660);
	/* ISO 9660:1999 (level 4) of genisoimage: libtsk takes its descriptor for an empty Joliet one, the root gets the number of the orphan directory, and
	 * the first listing waits for its own lock for ever. One entry that leads outside, and libtsk opens nothing of the rest. */
	if (t->fs && t->fs->last_inum > t->fs->root_inum) {
		iso_dates_keep(t);
		return &t->container;
	}
	t->tree = iso_tree_open(&t->container);
	if (!t->tree)
		return tsk_give_up(t, "damage", "iso.tree");
	if (t->fs)
		report_note(o->report, "iso.level4", NULL, ISO_AT, 2048, "ISO 9660:1999, which libtsk can't list: the tree is read without it");
	else
		report_error(o->report, "damage", "tsk.open", NULL, 0, 0, "libtsk can't open it: %s; the tree is read without it, with its ISO 9660 names", tsk_error_line(&t->container.arena));
	return &t->container;
}

static int iso_next(struct container *c, struct node *n)
{
	struct tsk_container *t = (struct tsk_container *)c;
	if (!t->tree)
		return tsk_next(c, n);
	arena_reset(&c->arena);
	return iso_tree_next(t->tree, c, n);
}

static bool iso_find(struct container *c, const struct locator_step *step, struct node *n)
{
	struct tsk_container *t = (struct tsk_container *)c;
	if (!t->tree)
		return tsk_find(c, step, n);
	arena_reset(&c->arena);
	return iso_tree_find(t->tree, c, step, n);
}

static void iso_close(struct container *c)
{
	iso_tree_close(((struct tsk_container *)c)->tree);
	tsk_close(c);
}

static struct container *hfs_open(const struct opening *o)
{
	struct container *c = tsk_open(o, TSK_FS_TYPE_HFS_DETECT);
	if (c)
		((struct tsk_container *)c)->ignore_case = true;
	return c;
}

static struct container *ufs_open(const struct opening *o)
{
	return tsk_open(o, TSK_FS_TYPE_FFS_DETECT);
}

bool tsk_apfs_volume(struct tsk_container *t, unsigned index)
{
	for (const TSK_POOL_VOLUME_INFO *v = t->pool ? t->pool->vol_list : NULL; v; v = v->next) {
		unsigned i = 0;
		for (const TSK_POOL_VOLUME_INFO *w = t->pool->vol_list; w != v; w = w->next)
			i++;
		if (i < index || i >= t->volumes)
			continue;
		if (!t->volume_fs[i] && !t->volume_failed[i]) {
			if (v->flags & TSK_POOL_VOLUME_FLAG_ENCRYPTED)
				report_error(t->container.report, "locked", "apfs.encrypted", NULL, v->block * t->pool->block_size, 0,
				             "APFS volume %u is encrypted; it needs a password or recovery key", i + 1);
			else if ((t->volume_image[i] = t->pool->get_img_info(t->pool, v->block)))
				t->volume_fs[i] = tsk_fs_open_img(t->volume_image[i], 0, TSK_FS_TYPE_APFS);
			t->volume_failed[i] = !t->volume_fs[i];
			if (t->volume_failed[i] && !(v->flags & TSK_POOL_VOLUME_FLAG_ENCRYPTED))
				report_error(t->container.report, "damage", "tsk.open", NULL, v->block * t->pool->block_size, 0, "APFS volume %u: %s", i + 1,
				             tsk_error_line(&t->container.arena));
		}
		if (!t->volume_fs[i])
			continue;
		t->fs = t->volume_fs[i];
		t->volume = v;
		if (t->volumes > 1)
			t->volume_number = i + 1;
		return true;
	}
	return false;
}

static struct container *apfs_open(const struct opening *o)
{
	struct tsk_container *t = tsk_start(o);
	if (t->image)
		t->pool = tsk_pool_open_img_sing(t->image, 0, TSK_POOL_TYPE_APFS);
	if (!t->pool)
		return tsk_give_up(t, "damage", "tsk.open");
	for (const TSK_POOL_VOLUME_INFO *v = t->pool->vol_list; v; v = v->next)
		t->volumes++;
	t->volume_fs = memory_array(t->volumes, sizeof *t->volume_fs);
	t->volume_image = memory_array(t->volumes, sizeof *t->volume_image);
	t->volume_failed = memory_array(t->volumes, sizeof *t->volume_failed);
	if (!tsk_apfs_volume(t, 0)) {
		if (!t->volumes)
			report_error(o->report, "damage", "apfs.volumes", NULL, 0, 0, "the APFS container holds no volume");
		struct arena arena = t->container.arena;
		tsk_close(&t->container);
		arena_free(&arena);
		return NULL;
	}
	return &t->container;
}

#define ROW(symbol, text, words, probing, opening) \
	const struct format symbol = { \
		.name = text, .layer = LAYER_FS, .about = words, .probe = probing, .open = opening, \
		.next = tsk_next, .find = tsk_find, .content = tsk_content, .close = tsk_close, .free_space = tsk_free_space, \
	}

ROW(format_fat, "fat", "FAT12, FAT16 and FAT32 file systems, deleted entries too; times as the writer's clock showed them", fat_probe, fat_open);
ROW(format_exfat, "exfat", "exFAT file systems, deleted entries too", exfat_probe, fat_open);
ROW(format_ext, "ext", "ext2, ext3 and ext4 file systems, deleted entries too; not their journal, nor files encrypted by fscrypt, nor extended attributes", ext_probe, ext_row_open);
const struct format format_iso = {
	.name = "iso", .layer = LAYER_FS, .about = "ISO 9660 file systems with Joliet and Rock Ridge names as far as libtsk finds them; not symbolic links, UDF alone, nor interleaved files", .probe = iso_probe, .open = iso_open,
	.next = iso_next, .find = iso_find, .content = tsk_content, .close = iso_close,
};
ROW(format_hfs, "hfs", "HFS+ and HFSX file systems; not the journal, nor HFS alone", hfs_probe, hfs_open);
ROW(format_ufs, "ufs", "UFS1 and UFS2 file systems; not journals, nor snapshots", ufs_probe, ufs_open);
ROW(format_apfs, "apfs", "APFS containers and their volumes; not encrypted ones, nor snapshots", apfs_probe, apfs_open);
