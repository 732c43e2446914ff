/* SPDX-License-Identifier: Apache-2.0 */
/* gpt.c: the GUID partition table, from its primary header, or from the backup at the end of the media when that one is damaged.
 *
 * Source: UEFI specification 2.10 section 5.3. Partitions are numbered by their place in the table, from 1, as Linux does. Both headers carry a CRC-32
 * of themselves and of the entries. The first header whose two sums hold is taken; a sum that fails is reported, and where none holds the entries of the
 * primary are read all the same, since a wrong sum is more often a careless tool than a wrong table. Media with 4096-byte sectors imaged as 512-byte ones
 * (and the other way round) are tried with both sizes: libtsk answers "DOS, 0xEE" to an image whose primary header is wiped. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/volume/partitions.h"

enum { HEADER_SIZE = 92, ENTRY_MIN = 128, ENTRY_MAX = 4096, ENTRIES_MAX = 16384 };

static const uint32_t sector_sizes[] = { 512, 4096 };

static const struct { const char *guid, *name; } type_name[] = {
	{ "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system" },
	{ "21686148-6449-6e6f-744e-656564454649", "BIOS boot" },
	{ "024dee41-33e7-11d3-9d69-0008c781f39f", "MBR scheme" },
	{ "e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved" },
	{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft basic data" },
	{ "de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery" },
	{ "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "Windows LDM metadata" },
	{ "af9b60a0-1431-4f62-bc68-3311714a69ad", "Windows LDM data" },
	{ "e75caf8f-f680-4cee-afa3-b001e56efc2d", "Windows Storage Spaces" },
	{ "0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux file system" },
	{ "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap" },
	{ "e6d6d379-f507-44c2-a23c-238f2a3df928", "Linux LVM" },
	{ "a19d880f-05fc-4d3b-a006-743f0f84911e", "Linux RAID" },
	{ "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)" },
	{ "933ac7e1-2eb4-4f13-b844-0e14e2aef915", "Linux home" },
	{ "ca7d7ccb-63ed-4c53-861c-1742536059cc", "LUKS" },
	{ "bc13c2ff-59e6-4262-a352-b275fd6f7172", "Linux extended boot" },
	{ "48465300-0000-11aa-aa11-00306543ecac", "Apple HFS+" },
	{ "7c3457ef-0000-11aa-aa11-00306543ecac", "Apple APFS" },
	{ "53746f72-6167-11aa-aa11-00306543ecac", "Apple CoreStorage" },
	{ "426f6f74-0000-11aa-aa11-00306543ecac", "Apple boot" },
	{ "55465300-0000-11aa-aa11-00306543ecac", "Apple UFS" },
	{ "516e7cb4-6ecf-11d6-8ff8-00022d09712b", "FreeBSD data" },
	{ "516e7cb5-6ecf-11d6-8ff8-00022d09712b", "FreeBSD swap" },
	{ "516e7cb6-6ecf-11d6-8ff8-00022d09712b", "FreeBSD UFS" },
	{ "516e7cba-6ecf-11d6-8ff8-00022d09712b", "FreeBSD ZFS" },
	{ "83bd6b9d-7f41-11dc-be0b-001560b84f0f", "FreeBSD boot" },
	{ "fe3a2a5d-4f32-41a7-b725-accc3285a309", "ChromeOS kernel" },
	{ "3cb8e202-3b7e-47dd-8a3c-7ff2a13cfcec", "ChromeOS root" },
	{ "aa31e02a-400f-11db-9590-000c2911d1b8", "VMware VMFS" },
};

struct header {
	uint64_t at, backup, first, last, entries_at;   /* sectors */
	uint32_t count, entry_size, entries_crc;
	bool header_sum, entries_sum;
};

/* Reads the header in a sector. False when there is none; its own sum is told, not asked for. */
static bool header_parse(const uint8_t *sector, uint32_t sector_size, struct header *h)
{
	struct cursor c = cursor_of(sector, sector_size, 0);
	*h = (struct header){ 0 };
	if (!cursor_match(&c, "EFI PART"))
		return false;
	cursor_u32le(&c);                       /* 8 revision */
	uint32_t length = cursor_u32le(&c);     /* 12 header size */
	uint32_t sum = cursor_u32le(&c);        /* 16 its CRC-32, itself zero */
	cursor_u32le(&c);
	h->at = cursor_u64le(&c);               /* 24 */
	h->backup = cursor_u64le(&c);
	h->first = cursor_u64le(&c);
	h->last = cursor_u64le(&c);
	cursor_skip(&c, 16);                    /* 56 disk GUID */
	h->entries_at = cursor_u64le(&c);       /* 72 */
	h->count = cursor_u32le(&c);
	h->entry_size = cursor_u32le(&c);
	h->entries_crc = cursor_u32le(&c);
	if (length >= HEADER_SIZE && length <= sector_size) {
		static const uint8_t zero[4];
		uint32_t crc = hash_crc32(0, sector, 16);
		crc = hash_crc32(crc, zero, 4);
		h->header_sum = hash_crc32(crc, sector + 20, length - 20) == sum;
	}
	return h->entry_size >= ENTRY_MIN && h->entry_size <= ENTRY_MAX && h->entry_size % 8 == 0 && h->count;
}

static bool header_at(struct source *s, uint64_t sector, uint32_t sector_size, struct header *h)
{
	uint8_t bytes[ENTRY_MAX];
	uint64_t at;
	if (__builtin_mul_overflow(sector, (uint64_t)sector_size, &at) || source_read_at(s, at, bytes, sector_size, NULL) < sector_size)
		return false;
	return header_parse(bytes, sector_size, h);
}

static uint64_t last_sector(const struct source *s, uint32_t sector_size)
{
	return s->size / sector_size ? s->size / sector_size - 1 : 0;
}

static unsigned gpt_probe(const struct probe *p)
{
	struct header h;
	for (size_t i = 0; i < 2; i++) {
		uint32_t size = sector_sizes[i];
		if (p->head_length >= 2 * (size_t)size && header_parse(p->head + size, size, &h))
			return 64 + 24 + (h.header_sum ? 32U : 0);
	}
	/* the copy says where it stands: at the end of the area behind the last partition it is not this area's */
	for (size_t i = 0; i < 2; i++) {
		uint64_t last = last_sector(p->source, sector_sizes[i]);
		if (last > 1 && header_at(p->source, last, sector_sizes[i], &h) && h.header_sum && h.at == last)
			return 64 + 24;
	}
	return 0;
}

/* The entries' bytes, as many as the media has; NULL when none. */
static uint8_t *entries_read(struct source *s, uint32_t sector_size, struct header *h, size_t *length)
{
	uint64_t at, want = (uint64_t)(h->count < ENTRIES_MAX ? h->count : ENTRIES_MAX) * h->entry_size;
	*length = 0;
	if (__builtin_mul_overflow(h->entries_at, (uint64_t)sector_size, &at) || at >= s->size)
		return NULL;
	if (want > s->size - at)
		want = s->size - at;
	uint8_t *bytes = memory_new((size_t)want);
	*length = source_read_at(s, at, bytes, (size_t)want, NULL);
	h->entries_sum = (uint64_t)h->count * h->entry_size == *length && hash_crc32(0, bytes, *length) == h->entries_crc;
	return bytes;
}

static const char *partition_name(struct partitions *p, const uint8_t *utf16, size_t size)
{
	struct buffer b = { 0 };
	text_to_utf8(&b, utf16, 2 * text_utf16_length(utf16, size), TEXT_UTF16LE);
	const char *name = b.length ? arena_copy(&p->kept, b.data, b.length) : NULL;
	buffer_free(&b);
	return name;
}

static void entry_add(struct partitions *p, const uint8_t *entry, size_t length, unsigned number, const struct header *h)
{
	static const uint8_t none[16];
	struct cursor c = cursor_of(entry, length, 0);
	const uint8_t *type = cursor_bytes(&c, 16), *id = cursor_bytes(&c, 16);
	uint64_t first = cursor_u64le(&c), last = cursor_u64le(&c), attributes = cursor_u64le(&c);
	const uint8_t *name = cursor_bytes(&c, 72);
	if (c.bad || !type || memcmp(type, none, 16) == 0)
		return;
	char *step = arena_format(&p->kept, "gpt:%u", number);
	if (last < first || last == UINT64_MAX) {
		report_error(p->container.report, "damage", "gpt.entry", step, 0, 0, "partition %u ends (sector %llu) before it starts (%llu)", number,
		             (unsigned long long)last, (unsigned long long)first);
		return;
	}
	if (first < h->first || last > h->last)
		report_note(p->container.report, "gpt.range", step, 0, 0, "partition %u lies outside the sectors that the header leaves for partitions", number);
	char guid[TEXT_GUID];
	text_guid(type, guid);
	struct partition part = { .start = first, .sectors = last - first + 1, .number = number };
	const char *kind = NULL;
	for (size_t i = 0; i < sizeof type_name / sizeof type_name[0] && !kind; i++)
		if (strcmp(type_name[i].guid, guid) == 0)
			kind = type_name[i].name;
	part.name = partition_name(p, name, 72);
	if (!part.name)
		part.name = kind;
	unsigned flags = 0;
	part.flag[flags++] = arena_format(&p->kept, "type:%s", guid);
	if (kind)
		part.flag[flags++] = kind;
	text_guid(id, guid);
	part.flag[flags++] = arena_format(&p->kept, "id:%s", guid);
	if (attributes & 1)
		part.flag[flags++] = "required";
	if (attributes >> 62 & 1)
		part.flag[flags++] = "hidden";
	if (attributes >> 60 & 1)
		part.flag[flags++] = "read-only";
	partition_add(p, &part);
}

static void sums_report(const struct opening *o, const struct header *h, const char *which, uint32_t sector_size)
{
	if (!h->header_sum)
		report_error(o->report, "damage", "gpt.header", NULL, h->at * sector_size, HEADER_SIZE, "the %s GPT header's checksum does not hold", which);
	if (!h->entries_sum)
		report_error(o->report, "damage", "gpt.entries", NULL, h->entries_at * sector_size, (uint64_t)h->count * h->entry_size,
		             "the %s GPT's entries do not match their checksum", which);
}

/* The table at one place: header and entries. NULL: none there. */
static uint8_t *table_read(struct source *s, uint64_t sector, uint32_t sector_size, struct header *h, size_t *length)
{
	return header_at(s, sector, sector_size, h) ? entries_read(s, sector_size, h, length) : NULL;
}

static struct container *gpt_open(const struct opening *o)
{
	struct source *s = o->source;
	for (size_t i = 0; i < 2; i++) {
		uint32_t size = sector_sizes[i];
		struct header h, spare;
		size_t length = 0, spare_length = 0;
		uint8_t *bytes = table_read(s, 1, size, &h, &length), *spare_bytes = NULL;
		bool primary = bytes != NULL;
		if (!bytes || !h.header_sum || !h.entries_sum) {
			spare_bytes = table_read(s, last_sector(s, size), size, &spare, &spare_length);
			/* An image that was grown or cut: the primary says where its copy was. */
			if (!spare_bytes && bytes && h.header_sum)
				spare_bytes = table_read(s, h.backup, size, &spare, &spare_length);
		}
		if (!bytes && !spare_bytes)
			continue;
		if (!primary)
			report_error(o->report, "damage", "gpt.header", NULL, size, HEADER_SIZE, "no GPT header in sector 1; the backup in sector %llu is used",
			             (unsigned long long)last_sector(s, size));
		else
			sums_report(o, &h, "primary", size);
		if (spare_bytes) {
			sums_report(o, &spare, "backup", size);
			if (!primary || (spare.header_sum && spare.entries_sum)) {
				free(bytes);
				bytes = spare_bytes;
				length = spare_length;
				h = spare;
				if (primary)
					report_note(o->report, "gpt.backup", NULL, spare.at * size, HEADER_SIZE, "the backup GPT is used");
			} else {
				free(spare_bytes);
			}
		}
		if (h.count > ENTRIES_MAX)
			report_error(o->report, "limit", "gpt.entries", NULL, 0, 0, "the header claims %u entries; %d are read", h.count, ENTRIES_MAX);
		if (size != s->sector_size)
			report_note(o->report, "gpt.sector-size", NULL, 0, 0, "the table counts in sectors of %u bytes", size);
		struct partitions *p = partitions_new(o, size);
		for (size_t at = 0; at + h.entry_size <= length; at += h.entry_size)
			entry_add(p, bytes + at, h.entry_size, (unsigned)(at / h.entry_size) + 1, &h);
		free(bytes);
		partitions_finish(p, "gpt");
		return &p->container;
	}
	report_error(o->report, "damage", "gpt.header", NULL, 512, HEADER_SIZE, "neither the primary nor the backup GPT header is there");
	return NULL;
}

const struct format format_gpt = {
	.name = "gpt",
	.layer = LAYER_VOLUME,
	.about = "GUID partition table",
	.probe = gpt_probe,
	.open = gpt_open,
	.next = partitions_next,
	.find = partitions_find,
	.close = partitions_close,
};
