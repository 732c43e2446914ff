/* SPDX-License-Identifier: Apache-2.0 */
/* qcow2.c: disk images of QEMU, versions 2 and 3.
 *
 * Source: QEMU documentation, docs/interop/qcow2.txt. Our own reader because libqcow refuses zstd clusters and subclusters (extended L2), stops at the first
 * damage, can't read what an overlay holds itself without its backing file, and gives ciphertext as the disk when the image is encrypted.
 *
 * The disk is cut into clusters of 512 bytes to 2 MiB; table L1 leads to tables L2, whose entries lead to clusters. Numbers are big-endian. Internal snapshots are
 * tables of their own: they are told and not read. What only the backing file holds is unreadable, not zeros. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "format/image/disk.h"

enum {
	HEADER_V2 = 72, HEADER_V3 = 104, HEADER = 112,
	CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21,
	SUBCLUSTERS = 32,
	PACKED_SECTOR = 512,
	NAME_MAX_BYTES = 1023,
};
enum { INCOMPATIBLE_DIRTY = 1, INCOMPATIBLE_CORRUPT = 2, INCOMPATIBLE_EXTERNAL = 4, INCOMPATIBLE_COMPRESSION = 8, INCOMPATIBLE_EXTENDED = 16, INCOMPATIBLE_KNOWN = 31 };
enum { COMPRESSION_ZLIB, COMPRESSION_ZSTD };

#define ENTRY_OFFSET UINT64_C(0x00fffffffffffe00)
#define ENTRY_PACKED (UINT64_C(1) << 62)
#define ENTRY_ZERO UINT64_C(1)

struct qcow2 {
	struct disk disk;
	uint32_t version;
	unsigned cluster_bits, entry_bytes, table_bits;         /* table_bits: entries of a table L2, as a power of two */
	uint64_t table, entries;                                /* L1 */
	bool backed, extended;
	uint8_t compression;
	uint8_t *packed;                                        /* room for the packed bytes of a cluster; owned */
	ZSTD_DCtx *zstd;
};

static unsigned qcow2_probe(const struct probe *p)
{
	return p->head_length >= HEADER_V2 && !memcmp(p->head, "QFI\xfb", 4) ? 32 : 0;
}

static void cluster_piece(struct qcow2 *q, uint64_t cluster, uint64_t in, uint64_t entry, uint64_t bitmap, struct disk_piece *p)
{
	uint64_t size = UINT64_C(1) << q->cluster_bits, offset = entry & ENTRY_OFFSET;
	p->length = size - in;
	p->source = q->disk.file;
	if (entry & ENTRY_PACKED) {
		unsigned bits = 62 - (q->cluster_bits - 8);
		p->kind = PIECE_PACKED;
		p->number = cluster;
		p->in = in;
		p->offset = entry & ((UINT64_C(1) << bits) - 1);
		p->packed = (((entry & (ENTRY_PACKED - 1)) >> bits) + 1) * PACKED_SECTOR - p->offset % PACKED_SECTOR;
		return;
	}
	bool zero = !q->extended && q->version >= 3 && entry & ENTRY_ZERO, there = offset;
	if (q->extended) {
		uint64_t sub = size / SUBCLUSTERS;
		unsigned i = (unsigned)(in / sub);
		there = bitmap >> i & 1;
		zero = bitmap >> (i + SUBCLUSTERS) & 1;
		p->length = sub - in % sub;
		if (there && zero) {
			p->kind = PIECE_DAMAGED;
			p->why = "a part of a cluster is said to be both data and zeros";
			return;
		}
	}
	p->kind = zero ? PIECE_ZERO : there ? PIECE_DATA : q->backed ? PIECE_PARENT : PIECE_ZERO;
	p->offset = offset + in;
	if (p->kind == PIECE_DATA && (offset & (size - 1) || !offset)) {
		p->kind = PIECE_DAMAGED;
		p->why = "the place of a cluster is no multiple of its size";
	}
}

static void qcow2_piece(struct disk *d, uint64_t at, struct disk_piece *p)
{
	struct qcow2 *q = (struct qcow2 *)d;
	uint64_t cluster = at >> q->cluster_bits, in = at & ((UINT64_C(1) << q->cluster_bits) - 1);
	uint64_t first = cluster >> q->table_bits, second = cluster & ((UINT64_C(1) << q->table_bits) - 1), entry, bitmap = 0;
	uint64_t behind = (((UINT64_C(1) << q->table_bits) - second) << q->cluster_bits) - in;    /* to the end of what this table L2 is of */
	bool good = first < q->entries && disk_number_be(d, q->table + first * 8, 8, &entry);
	if (!good) {
		*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = behind, .why = "the first table of clusters is cut off or damaged" };
		return;
	}
	entry &= ENTRY_OFFSET;
	if (!entry) {
		*p = (struct disk_piece){ .kind = q->backed ? PIECE_PARENT : PIECE_ZERO, .length = behind };
		return;
	}
	if (entry & ((UINT64_C(1) << q->cluster_bits) - 1) || entry >= d->file->size) {
		*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = behind, .why = "a table of clusters lies outside of the file" };
		return;
	}
	uint64_t place = entry + second * q->entry_bytes;
	if (!disk_number_be(d, place, 8, &entry) || (q->extended && !disk_number_be(d, place + 8, 8, &bitmap))) {
		*p = (struct disk_piece){ .kind = PIECE_DAMAGED, .length = (UINT64_C(1) << q->cluster_bits) - in, .why = "a table of clusters is cut off or damaged" };
		return;
	}
	cluster_piece(q, cluster, in, entry, bitmap, p);
}

static const char *qcow2_unpack(struct disk *d, const struct disk_piece *p, uint8_t *out)
{
	struct qcow2 *q = (struct qcow2 *)d;
	size_t size = (size_t)d->block_size;
	bool taint = false;
	/* a field of the entry says how many sectors: never more than about two clusters */
	size_t most = p->packed < 2 * size + PACKED_SECTOR ? (size_t)p->packed : 2 * size + PACKED_SECTOR;
	if (!q->packed)
		q->packed = memory_new(2 * size + PACKED_SECTOR);
	size_t got = source_read_at(p->source, p->offset, q->packed, most, &taint);
	if (!got || taint)
		return "a packed cluster lies outside of the file or in a damaged part of it";
	if (q->compression == COMPRESSION_ZLIB)
		return disk_inflate(q->packed, got, false, out, size, size);
	if (!q->zstd)
		q->zstd = ZSTD_createDCtx();
	if (!q->zstd)
		exit(MEMORY_EXHAUSTED_STATUS);
	ZSTD_DCtx_reset(q->zstd, ZSTD_reset_session_only);
	ZSTD_inBuffer from = { q->packed, got, 0 };
	ZSTD_outBuffer to = { out, size, 0 };
	/* behind the frame lie bytes of the next cluster: it must be asked for by pieces, and stops when the block is full */
	while (to.pos < size && from.pos < from.size) {
		size_t before = to.pos + from.pos, left = ZSTD_decompressStream(q->zstd, &to, &from);
		if (ZSTD_isError(left))
			return "its packed bytes are damaged";
		if (to.pos + from.pos == before || !left)
			break;
	}
	return to.pos == size ? NULL : "its packed bytes make less than a block";
}

static void qcow2_release(struct disk *d)
{
	struct qcow2 *q = (struct qcow2 *)d;
	free(q->packed);
	ZSTD_freeDCtx(q->zstd);
}

static void backing_tell(const struct qcow2 *q, uint64_t offset, uint32_t length)
{
	uint8_t bytes[NAME_MAX_BYTES];
	size_t n = source_read_at(q->disk.file, offset, bytes, length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES, NULL);
	char *name = disk_name(bytes, n, TEXT_UTF8);
	report_error(q->disk.container.report, "missing", "qcow2.backing", NULL, 0, 0, "this image holds only what was changed after %s, its backing file, which is not read: all else on the disk is unreadable", name);
	free(name);
}

/* What the header says of things that can't be read; NULL: all is well. */
static const char *refused(const struct qcow2 *q, uint32_t crypt, uint64_t incompatible, const char **class)
{
	*class = "unsupported";
	if (q->version != 2 && q->version != 3)
		return "a QCOW image of a version that is not 2 or 3: not read";
	if (q->cluster_bits < CLUSTER_BITS_MIN || q->cluster_bits > CLUSTER_BITS_MAX)
		return "its header gives an impossible size of clusters";
	if (crypt) {
		*class = "locked";
		return crypt == 2 ? "its content is encrypted (LUKS)" : "its content is encrypted (AES)";
	}
	if (incompatible & INCOMPATIBLE_EXTERNAL) {
		*class = "missing";
		return "its content lies in another file (external data file), which is not read";
	}
	if (incompatible & ~(uint64_t)INCOMPATIBLE_KNOWN)
		return "it uses features that are not known: not read";
	if (q->compression > COMPRESSION_ZSTD)
		return "its clusters are packed in a way that is not known";
	if (q->extended && q->cluster_bits < 14)
		return "its header gives an impossible size of clusters";
	return NULL;
}

static struct container *qcow2_open(const struct opening *o)
{
	uint8_t header[HEADER] = { 0 };
	struct qcow2 *q = disk_new(o, sizeof *q);
	struct disk *d = &q->disk;
	struct cursor c = cursor_of(header, source_read_at(o->source, 0, header, sizeof header, NULL), 0);
	c.at = 4;
	q->version = cursor_u32be(&c);
	uint64_t backing = cursor_u64be(&c);
	uint32_t backing_length = cursor_u32be(&c);
	q->cluster_bits = cursor_u32be(&c);
	d->size = cursor_u64be(&c);
	uint32_t crypt = cursor_u32be(&c);
	q->entries = cursor_u32be(&c);
	q->table = cursor_u64be(&c);
	c.at = 60;                      /* 60 number of snapshots, u32 */
	uint32_t snapshots = cursor_u32be(&c);
	uint64_t incompatible = 0;
	if (q->version == 3) {
		c.at = HEADER_V2;
		incompatible = cursor_u64be(&c);
		c.at = 100;             /* 100 length of the header, u32 */
		uint32_t length = cursor_u32be(&c);
		if (length > HEADER_V3 && incompatible & INCOMPATIBLE_COMPRESSION)
			q->compression = cursor_u8(&c);
	}
	q->extended = incompatible & INCOMPATIBLE_EXTENDED;
	q->entry_bytes = q->extended ? 16 : 8;
	q->table_bits = q->cluster_bits - (q->extended ? 4 : 3);
	const char *class, *why = c.bad && q->version == 3 ? "its header is cut off" : refused(q, crypt, incompatible, &class);
	if (why) {
		report_error(o->report, c.bad ? "damage" : class, "qcow2.open", NULL, 0, 0, "%s", why);
		disk_close(&d->container);
		return NULL;
	}
	d->block_size = UINT64_C(1) << q->cluster_bits;
	d->piece = qcow2_piece;
	d->unpack = qcow2_unpack;
	d->release = qcow2_release;
	d->damage_kind = "qcow2.cluster";
	/* a table longer than the file is cut off; a disk larger than its table leads to is so, too */
	uint64_t room = q->table < o->source->size ? (o->source->size - q->table) / 8 : 0;
	uint64_t entries = q->entries < room ? q->entries : room;
	unsigned bits = q->table_bits + q->cluster_bits;
	uint64_t covered = entries > (uint64_t)INT64_MAX >> bits ? INT64_MAX : entries << bits;
	if (d->size > covered) {
		report_error(o->report, "damage", "qcow2.size", NULL, covered, d->size - covered, "the header says %llu bytes, and the first table of clusters leads to %llu only: the rest is left out",
			     (unsigned long long)d->size, (unsigned long long)covered);
		d->size = covered;
		d->lost = true;
	}
	q->entries = entries;
	if (backing && backing_length) {
		q->backed = d->lost = true;
		backing_tell(q, backing, backing_length);
	}
	if (snapshots)
		report_note(o->report, "qcow2.snapshots", NULL, 0, 0, "%u snapshot(s) inside this image are not read: what is shown is the disk as it was last", snapshots);
	if (incompatible & (INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT))
		report_note(o->report, "qcow2.dirty", NULL, 0, 0, "the image is marked as %s", incompatible & INCOMPATIBLE_CORRUPT ? "corrupt" : "in use (not closed properly)");
	return &d->container;
}

const struct format format_qcow2 = {
	.name = "qcow2",
	.about = "disk images of QEMU (qcow2), packed ones too; backing files and internal snapshots are told, not read",
	.probe = qcow2_probe,
	.open = qcow2_open,
	DISK_ROW,
};
