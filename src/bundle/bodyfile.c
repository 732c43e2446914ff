/* SPDX-License-Identifier: Apache-2.0 */
/* bodyfile.c: MD5|name|inode|mode_as_string|UID|GID|size|atime|mtime|ctime|crtime, one line a name.
 *
 * Source: tsk/fs/fs_name.c (tsk_fs_name_print_mac_md5) and what mactime makes of the lines. fls prints control characters as "^" and "|" as it is, which
 * makes mactime drop the line: here "|" is \x7c, and control bytes are \xNN. Times are whole seconds, negative before 1970, 0 where none is known; fls
 * prints them as unsigned 32-bit numbers. The inode is without NTFS's sequence number, as fls has it. */
#include "bundle/bodyfile.h"

#include <string.h>

#include "record/locator.h"

static void name_put(struct buffer *out, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] == 0x7f || bytes[i] == '|')
			buffer_format(out, "\\x%02x", bytes[i]);
		else
			buffer_byte(out, bytes[i]);
}

/* The path's escaped components as the bytes that the file system holds. */
static void path_put(struct buffer *out, const char *path, size_t length)
{
	struct buffer raw = { 0 };
	if (!locator_unescape(&raw, path, length)) {
		buffer_clear(&raw);
		buffer_append(&raw, path, length);
	}
	name_put(out, raw.data, raw.length);
	buffer_free(&raw);
}

static void text_put(struct buffer *out, const struct record_view *v, enum record_field f, const char *otherwise)
{
	size_t length;
	const char *text = record_get_text(v, f, &length);
	if (text)
		buffer_append(out, text, length);
	else
		buffer_text(out, otherwise);
}

static void time_put(struct buffer *out, const struct record_view *v, enum record_field f)
{
	struct timestamp t;
	buffer_format(out, "|%lld", record_get_time(v, f, &t) ? (long long)t.seconds : 0LL);
}

struct file_name { const char *attribute; size_t length; uint64_t size; };

static struct file_name file_name_of(const struct record_view *v)
{
	struct file_name name = { 0 };
	struct record_value value;
	const char *key;
	size_t at = 0, key_length;
	while (record_has(v, F_PROPERTIES) && record_next(&v->field[F_PROPERTIES], &at, &key, &key_length, &value)) {
		if (key_length == 12 && memcmp(key, "fn_attribute", 12) == 0)
			name.attribute = record_value_text(&value, &name.length);
		if (key_length == 7 && memcmp(key, "fn_size", 7) == 0 && value.kind == VALUE_NUMBER && value.length == 8)
			for (unsigned i = 8; i-- > 0;)
				name.size = name.size << 8 | value.bytes[i];
	}
	return name;
}

/* `file_name`: the line of the $FILE_NAME times; NULL: the node's own. */
static void line_put(struct buffer *out, const struct record_view *v, const struct file_name *file_name)
{
	size_t length, address_length;
	const char *path = record_get_text(v, F_PATH, &length);
	if (file_name && record_text_equals(v, F_KIND, "stream")) {
		/* the name is the file's, not the stream's: an unescaped ':' parts them */
		while (length && path[length - 1] != ':')
			length--;
		length -= length ? 1 : 0;
	}
	if (!file_name && record_has(v, F_MD5))
		buffer_hex(out, v->field[F_MD5].bytes, v->field[F_MD5].length);
	else
		buffer_byte(out, '0');
	buffer_byte(out, '|');
	path_put(out, path, length);
	if (file_name)
		buffer_text(out, " ($FILE_NAME)");
	const char *target = record_get_text(v, F_TARGET, &length);
	if (target && record_text_equals(v, F_KIND, "symlink")) {       /* of an NTFS reparse point fls prints none */
		buffer_text(out, " -> ");
		name_put(out, (const uint8_t *)target, length);
	}
	if (record_has(v, F_ALLOCATED) && !record_get_number(v, F_ALLOCATED))
		buffer_text(out, record_get_number(v, F_REALLOCATED) ? " (deleted-realloc)" : " (deleted)");
	buffer_byte(out, '|');
	const char *address = record_get_text(v, F_ADDRESS, &address_length);
	if (address) {
		const char *sequence = memchr(address, '-', address_length);
		buffer_append(out, address, sequence ? (size_t)(sequence - address) : address_length);
	} else {
		buffer_byte(out, '0');
	}
	if (file_name || record_has(v, F_ATTRIBUTE)) {
		buffer_byte(out, '-');
		if (file_name)
			buffer_append(out, file_name->attribute, file_name->length);
		else
			text_put(out, v, F_ATTRIBUTE, "");
	}
	buffer_byte(out, '|');
	text_put(out, v, F_NAME_TYPE, "-");
	buffer_byte(out, '/');
	text_put(out, v, F_MODE, "----------");
	buffer_format(out, "|%llu|%llu|%llu", (unsigned long long)record_get_number(v, F_UID), (unsigned long long)record_get_number(v, F_GID),
	              (unsigned long long)(file_name ? file_name->size : record_get_number(v, F_SIZE)));
	time_put(out, v, file_name ? F_FN_ATIME : F_ATIME);
	time_put(out, v, file_name ? F_FN_MTIME : F_MTIME);
	time_put(out, v, file_name ? F_FN_CTIME : F_CTIME);
	time_put(out, v, file_name ? F_FN_CRTIME : F_CRTIME);
	buffer_byte(out, '\n');
}

/* A name that only the slack of an NTFS index holds, dated after 2019: fls does not print those, and they have no time that a body line could tell. */
static bool is_index_slack(const struct record_view *v)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, length;
	while (record_has(v, F_FLAGS) && record_next(&v->field[F_FLAGS], &at, &key, &key_length, &value)) {
		const char *text = record_value_text(&value, &length);
		if (text && length == 11 && memcmp(text, "index-slack", 11) == 0)
			return true;
	}
	return false;
}

void bodyfile_lines(struct buffer *out, const struct record_view *node)
{
	if (!record_has(node, F_PATH) || is_index_slack(node))
		return;
	line_put(out, node, NULL);
	struct file_name name = file_name_of(node);
	if (name.attribute)
		line_put(out, node, &name);
}
