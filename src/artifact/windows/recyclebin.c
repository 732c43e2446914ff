/* SPDX-License-Identifier: Apache-2.0 */
/* recyclebin.c: $I files of the recycle bin (Windows Vista and later): original path, size, time of deletion.
 * 0x00 u64 version 1 or 2; 0x08 u64 size of the deleted file; 0x10 FILETIME of deletion;
 * version 1: 0x18 UTF-16LE path, 520 bytes; version 2: 0x18 u32 units with the NUL, 0x1c path.
 * Public description: libyal dtformats, "Windows Recycle.Bin file formats". Metadata of version 1 may have a stray 8 in byte 7: only the low word counts. */
#include "artifact/artifact.h"
#include "format/format.h"

enum { V1_PATH = 520, UNITS_MOST = 32768 };

static bool recycle_probe(const uint8_t *head, size_t length, bool named)
{
	return named && length >= 0x18 && (head[0] == 1 || head[0] == 2) && !head[1] && !head[2] && !head[3];
}

static void recycle_parse(struct parse *p)
{
	struct cursor c = cursor_of(p->bytes, p->length, 0);
	uint64_t version = cursor_u64le(&c), size = cursor_u64le(&c);
	struct timestamp t = time_from_filetime(cursor_u64le(&c));
	size_t bytes = V1_PATH;
	if ((version & 0xffffffff) == 2) {
		uint32_t units = cursor_u32le(&c);
		bytes = (size_t)(units < UNITS_MOST ? units : UNITS_MOST) * 2;
	}
	if (bytes > cursor_left(&c)) {
		report_error(p->report, "damage", "recycle.path", p->node->step, c.at, cursor_left(&c), "the original path is cut short");
		bytes = cursor_left(&c) & ~(size_t)1;
	}
	const uint8_t *name = cursor_bytes(&c, bytes);
	struct record_builder r;
	if (!name || c.bad || !parse_event(p, &r, &t, "recycle:deleted", "Deletion Time", 0, c.at))
		return;
	size_t length = 2 * text_utf16_length(name, bytes);
	struct buffer message = { 0 };
	buffer_text(&message, "moved to the recycle bin: ");
	text_to_utf8(&message, name, length, TEXT_UTF16LE);
	record_text(&r, F_PATH, (const char *)p->node->path.bytes, p->node->path.length);
	record_map(&r, F_DATA);
	value_evidence_text(&r, "original_path", name, length, TEXT_UTF16LE);
	value_big(&r, "original_size", size);
	record_close(&r);
	parse_event_end(p, &r, (const char *)message.data, message.length);
	buffer_free(&message);
}

const struct artifact_parser artifact_recyclebin = {
	.id = "win.recyclebin_i", .about = "recycle bin: original path, size and time of deletion", .events = "recycle:deleted", .attack = "T1070.004", .probe = recycle_probe, .parse = recycle_parse,
};
