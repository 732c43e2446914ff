/* SPDX-License-Identifier: Apache-2.0 */
/* package.c: what the object packager writes (stream "\1Ole10Native" and objects of class "Package"). No specification was published; readers of documents agree on:
 * u16 2, label, path (both end in NUL), u16 0, u16 3, u32 and so many bytes of a path, u32 and so many bytes of the file. */
#include "format/archive/package.h"

#include "base/cursor.h"

static bool text(struct cursor *c, const uint8_t **bytes, size_t *length)
{
	const uint8_t *from = c->data + c->at, *end = cursor_left(c) ? memchr(from, 0, cursor_left(c)) : NULL;
	if (!end)
		return false;
	*bytes = from;
	*length = (size_t)(end - from);
	c->at += *length + 1;
	return true;
}

bool package_read(const uint8_t *bytes, size_t length, struct package *p)
{
	struct cursor c = cursor_of(bytes, length, 0);
	const uint8_t *path;
	size_t path_length;
	if (cursor_u16le(&c) != 2 || !text(&c, &p->name, &p->name_length) || !text(&c, &path, &path_length))
		return false;
	cursor_u16le(&c);
	if (cursor_u16le(&c) != 3)
		return false;
	cursor_skip(&c, cursor_u32le(&c));
	size_t size = cursor_u32le(&c);
	if (c.bad)
		return false;
	p->length = size < cursor_left(&c) ? size : cursor_left(&c);
	p->data = p->length ? c.data + c.at : bytes;
	return true;
}
