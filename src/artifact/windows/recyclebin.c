/* SPDX-License-Identifier: Apache-2.0 */
/* recyclebin.c: $I files of the recycle bin (Windows Vista and later): when was which file deleted by whose account.
 *
 * $Recycle.Bin/<SID>/$Ixxxxxx.ext stands beside $Rxxxxxx.ext, which holds the content. Layout (public descriptions agree; version 2 came with Windows 10):
 *   0 version, u64, 1 or 2    8 size of the file, u64    16 deleted, FILETIME
 *   24 version 1: the old path, 520 bytes UTF-16 padded with zeros; version 2: u32 characters with the final NUL, then so many UTF-16 units
 * A deleted folder has one $I file with the size of all that was in it. A path that is cut off by the end of the file is still shown. */
#include "artifact/artifact.h"

#include <string.h>

#include "base/text.h"
#include "format/format.h"

enum { HEADER = 24, V1_PATH = 520, V2_PATH = 28, PATH_UNITS_MAX = 32768 };
#define YEAR_1995 INT64_C(788918400)
#define YEAR_2100 INT64_C(4102444800)

/* Without the name (orphans, carved files) the size, the time and the first letters of the path must fit as well. */
static bool recyclebin_probe(const uint8_t *head, size_t length, bool named)
{
	struct cursor c = cursor_of(head, length, 0);
	uint64_t version = cursor_u64le(&c);                            /* 0 */
	if (length <= HEADER || (version != 1 && version != 2))
		return false;
	if (named)
		return true;
	(void)cursor_u64le(&c);                                         /* 8 */
	struct timestamp deleted = time_from_filetime(cursor_u64le(&c)); /* 16 */
	uint64_t units = version == 2 ? cursor_u32le(&c) : V1_PATH / 2; /* 24 */
	if (units != cursor_left(&c) / 2 || deleted.state != TIME_VALID || deleted.seconds < YEAR_1995 || deleted.seconds > YEAR_2100)
		return false;
	uint8_t letter = (uint8_t)(cursor_u16le(&c) | 0x20);
	uint16_t colon = cursor_u16le(&c), slash = cursor_u16le(&c);
	return !c.bad && ((letter >= 'a' && letter <= 'z' && colon == ':' && slash == '\\') || (letter == ('\\' | 0x20) && colon == '\\'));
}

/* The component of the node's path that is a SID, or nothing. */
static const uint8_t *owner_sid(const struct node *n, size_t *length)
{
	const uint8_t *at = n->path.bytes, *end = at + n->path.length;
	while (n->path.length && at < end) {
		if (*at == '/')
			at++;
		const uint8_t *slash = memchr(at, '/', (size_t)(end - at));
		if (!slash)
			break;
		if (slash - at > 4 && (memcmp(at, "S-1-", 4) == 0 || memcmp(at, "s-1-", 4) == 0)) {
			*length = (size_t)(slash - at);
			return at;
		}
		at = slash;
	}
	*length = 0;
	return NULL;
}

static void recyclebin_parse(struct parse *p)
{
	struct cursor c = cursor_of(p->bytes, p->length, 0);
	uint64_t version = cursor_u64le(&c), size = cursor_u64le(&c);   /* 0, 8 */
	struct timestamp deleted = time_from_filetime(cursor_u64le(&c)); /* 16 */
	if (c.bad || (version != 1 && version != 2)) {
		report_error(p->report, "unsupported", "recycle.version", NULL, 0, p->length < 8 ? p->length : 8, "no $I file of version 1 or 2");
		return;
	}
	size_t want = V1_PATH;
	if (version == 2) {
		uint32_t units = cursor_u32le(&c);                      /* 24 */
		if (units > PATH_UNITS_MAX)
			report_error(p->report, "damage", "recycle.path", NULL, HEADER, 4, "the path claims %u characters", (unsigned)units);
		want = units > PATH_UNITS_MAX ? (size_t)PATH_UNITS_MAX * 2 : (size_t)units * 2;
	}
	struct cursor path = cursor_sub(&c, want);
	if (c.bad)
		report_error(p->report, "damage", "recycle.path", NULL, path.origin, path.size, "the file ends before its path does");
	size_t units = text_utf16_length(path.data, path.size);

	struct buffer name = { 0 }, message = { 0 };
	(void)text_to_utf8(&name, path.data, units * 2, TEXT_UTF16LE);
	struct record_builder r;
	uint64_t used = version == 1 ? HEADER + path.size : V2_PATH + path.size;
	if (parse_event(p, &r, &deleted, "file_deleted", "Deletion Time", 0, used)) {
		size_t sid_length;
		const uint8_t *sid = owner_sid(p->node, &sid_length);
		record_map(&r, F_DATA);
		value_evidence_text(&r, "original_path", path.data, units * 2, TEXT_UTF16LE);
		value_big(&r, "file_size", size);
		value_number(&r, "version", version);
		if (sid)
			value_evidence_text(&r, "sid", sid, sid_length, TEXT_UTF8);
		if (p->node->name.length > 2 && p->node->name.bytes[0] == '$') {
			struct buffer content = { 0 };
			buffer_text(&content, "$R");
			buffer_append(&content, p->node->name.bytes + 2, p->node->name.length - 2);
			value_evidence_text(&r, "content_name", content.data, content.length, TEXT_UTF8);
			buffer_free(&content);
		}
		record_close(&r);
		buffer_text(&message, "deleted to the recycle bin: ");
		buffer_append(&message, name.data, name.length);
		buffer_format(&message, " (%llu bytes)", (unsigned long long)size);
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&name);
	buffer_free(&message);
}

const struct artifact_parser artifact_recyclebin_i = {
	.id = "win.recyclebin_i",
	.about = "Recycle bin ($I files): old path, size and time of each deleted file",
	.events = "file_deleted",
	.attack = "T1070.004",
	.probe = recyclebin_probe,
	.parse = recyclebin_parse,
};
