/* SPDX-License-Identifier: Apache-2.0 */
/* usn_record.c: records of the change journal of NTFS and ReFS. Source: Microsoft, USN_RECORD_V2, _V3, _V4. */
#include "artifact/windows/usn_record.h"

#include <stdio.h>

#include "format/fs/ntfs.h"

enum { V2_NAME = 60, V3_NAME = 76, V4_RANGES = 64, NAME_BYTES_MOST = 510 };

static const struct { uint32_t bit; const char *name, *says; } reasons[] = {
	{ 0x00000100, "FILE_CREATE", "created" }, { 0x00000200, "FILE_DELETE", "deleted" }, { 0x00001000, "RENAME_OLD_NAME", "renamed from this" }, { 0x00002000, "RENAME_NEW_NAME", "renamed to this" },
	{ 0x00000001, "DATA_OVERWRITE", "overwritten" }, { 0x00000002, "DATA_EXTEND", "extended" }, { 0x00000004, "DATA_TRUNCATION", "truncated" },
	{ 0x00000010, "NAMED_DATA_OVERWRITE", "stream overwritten" }, { 0x00000020, "NAMED_DATA_EXTEND", "stream extended" }, { 0x00000040, "NAMED_DATA_TRUNCATION", "stream truncated" },
	{ 0x00000400, "EA_CHANGE", "extended attributes changed" }, { 0x00000800, "SECURITY_CHANGE", "security changed" }, { 0x00004000, "INDEXABLE_CHANGE", "indexing changed" },
	{ 0x00008000, "BASIC_INFO_CHANGE", "times or attributes changed" }, { 0x00010000, "HARD_LINK_CHANGE", "hard link changed" }, { 0x00020000, "COMPRESSION_CHANGE", "compression changed" },
	{ 0x00040000, "ENCRYPTION_CHANGE", "encryption changed" }, { 0x00080000, "OBJECT_ID_CHANGE", "object id changed" }, { 0x00100000, "REPARSE_POINT_CHANGE", "reparse point changed" },
	{ 0x00200000, "STREAM_CHANGE", "stream added or removed" }, { 0x00400000, "TRANSACTED_CHANGE", "transacted" }, { 0x00800000, "INTEGRITY_CHANGE", "integrity changed" },
	{ 0x01000000, "DESIRED_STORAGE_CLASS_CHANGE", "storage class changed" }, { 0x80000000, "CLOSE", "closed" },
};

bool usn_record_read(const uint8_t *bytes, size_t left, uint64_t offset, struct usn_record *u)
{
	struct cursor c = cursor_of(bytes, left, 0);
	*u = (struct usn_record){ .offset = offset };
	u->length = cursor_u32le(&c);
	u->version = cursor_u16le(&c);
	uint16_t minor = cursor_u16le(&c);
	if (c.bad || minor != 0 || u->version < 2 || u->version > 4 || u->length % 8 || u->length > left || u->length > USN_RECORD_MOST)
		return false;
	u->reference = cursor_u64le(&c);                                /* 8 */
	if (u->version > 2)
		u->reference_high = cursor_u64le(&c);
	u->parent = cursor_u64le(&c);                                   /* V2 16, V3 and V4 24 */
	if (u->version > 2)
		cursor_skip(&c, 8);
	u->usn = cursor_u64le(&c);
	if (u->usn >> 63)
		return false;
	if (u->version == 4) {
		u->reason = cursor_u32le(&c);                           /* 48 */
		u->source_info = cursor_u32le(&c);
		cursor_skip(&c, 4);
		uint16_t ranges = cursor_u16le(&c), size = cursor_u16le(&c);
		return !c.bad && u->length >= V4_RANGES && size == 16 && (size_t)ranges * size <= u->length - V4_RANGES;
	}
	u->time = time_from_filetime(cursor_u64le(&c));
	u->reason = cursor_u32le(&c);
	u->source_info = cursor_u32le(&c);
	cursor_skip(&c, 4);                                             /* security id */
	u->attributes = cursor_u32le(&c);
	uint16_t bytes_of_name = cursor_u16le(&c), name_at = cursor_u16le(&c);
	if (c.bad || bytes_of_name % 2 || bytes_of_name > NAME_BYTES_MOST || name_at != (u->version == 2 ? V2_NAME : V3_NAME) || u->length < name_at || bytes_of_name > u->length - name_at)
		return false;
	u->name = bytes + name_at;
	u->name_units = bytes_of_name / 2;
	return true;
}

void usn_reasons_value(struct record_builder *r, uint32_t reason, struct buffer *message)
{
	const char *between = ": ";
	value_list(r, "reasons");
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		if (!(reason & reasons[i].bit))
			continue;
		value_string(r, NULL, reasons[i].name);
		buffer_format(message, "%s%s", between, reasons[i].says);
		between = ", ";
	}
	record_close(r);
}

void usn_reference_value(struct record_builder *r, const char *key, uint64_t reference, uint64_t high)
{
	char text[64];
	if (high)
		(void)snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)high, (unsigned long long)reference);
	else
		(void)snprintf(text, sizeof text, "%llu-%u", (unsigned long long)ntfs_reference_record(reference), (unsigned)ntfs_reference_sequence(reference));
	value_string(r, key, text);
}
