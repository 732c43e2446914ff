/* SPDX-License-Identifier: Apache-2.0 */
/* mapi.c: a list of MAPI properties ([MS-OXPROPS], [MS-OXCDATA]) and their values. */
#include "base/cursor.h"
#include "format/mail/mapi.h"

const uint8_t mapi_set_common[16] = { 0x08, 0x20, 0x06, 0x00, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

void mapi_add(struct mapi_properties *p, uint32_t id, unsigned type, const void *bytes, size_t length)
{
	p->property = arena_room(p->arena, p->property, p->count, &p->room, sizeof *p->property);
	p->property[p->count++] = (struct mapi_property){ .id = id, .type = (uint16_t)type, .bytes = bytes, .length = length };
}

const struct mapi_property *mapi_find(const struct mapi_properties *p, uint32_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->property[i].id == id)
			return &p->property[i];
	return NULL;
}

void mapi_names_load(struct mapi_names *n, const uint8_t *sets, size_t sets_length, const uint8_t *entries, size_t length, struct arena *a)
{
	*n = (struct mapi_names){ 0 };
	if (!sets || !entries)
		return;
	n->count = MAPI_NAMED;
	n->common = arena_array(a, n->count, sizeof *n->common);
	struct cursor c = cursor_of(entries, length, 0);
	while (cursor_left(&c) >= 8) {
		uint32_t number = cursor_u32le(&c);
		unsigned kind = cursor_u16le(&c), index = cursor_u16le(&c);
		size_t which = kind >> 1;       /* bit 0: named by a text; 1 and 2 are sets without a GUID here */
		if (!(kind & 1) && number && number < 0x10000 && index < n->count && which >= 3 && (which - 2) * 16 <= sets_length &&
		    memcmp(sets + (which - 3) * 16, mapi_set_common, 16) == 0)
			n->common[index] = (uint16_t)number;
	}
}

uint32_t mapi_names_id(const struct mapi_names *n, uint32_t id)
{
	return id < MAPI_NAMED || id - MAPI_NAMED >= n->count || !n->common[id - MAPI_NAMED] ? id : MAPI_COMMON | (uint32_t)n->common[id - MAPI_NAMED];
}

size_t mapi_fixed_size(unsigned type)
{
	switch (type) {
	case MAPI_SHORT: case MAPI_BOOLEAN: return 2;
	case MAPI_LONG: case MAPI_FLOAT: case MAPI_ERROR: return 4;
	case MAPI_DOUBLE: case MAPI_CURRENCY: case MAPI_OLE_TIME: case MAPI_INTEGER64: case MAPI_TIME: return 8;
	case MAPI_GUID: return 16;
	default: return 0;
	}
}

uint32_t mapi_number(const struct mapi_properties *p, uint32_t id, uint32_t otherwise)
{
	const struct mapi_property *q = mapi_find(p, id);
	if (!q || (q->type != MAPI_SHORT && q->type != MAPI_LONG && q->type != MAPI_ERROR && q->type != MAPI_BOOLEAN))
		return otherwise;
	struct cursor c = cursor_of(q->bytes, q->length, 0);
	return (uint32_t)cursor_le(&c, q->length < 4 ? q->length : 4);
}

struct timestamp mapi_time(const struct mapi_properties *p, uint32_t id)
{
	const struct mapi_property *q = mapi_find(p, id);
	struct cursor c = cursor_of(q ? q->bytes : NULL, q && q->type == MAPI_TIME ? q->length : 0, 0);
	uint64_t ticks = cursor_u64le(&c);
	return c.bad ? (struct timestamp){ 0 } : time_from_filetime(ticks);
}

uint32_t mapi_code_page(const struct mapi_properties *p) { return mapi_number(p, 0x3ffd, p->code_page); }

const char *mapi_text_of(unsigned type, const uint8_t *bytes, size_t length, uint32_t code_page, struct arena *a, size_t *text_length)
{
	struct buffer out = { 0 };
	enum text_encoding encoding = TEXT_UTF16LE;
	*text_length = 0;
	if (type == MAPI_TEXT8) {
		if (!text_encoding_of_code_page(code_page, &encoding) || encoding == TEXT_UTF16LE || encoding == TEXT_UTF16BE)
			encoding = text_is_utf8(bytes, length) ? TEXT_UTF8 : TEXT_CP1252;
	} else if (type != MAPI_TEXT16)
		return NULL;
	text_to_utf8(&out, bytes, encoding == TEXT_UTF16LE ? length & ~(size_t)1 : length, encoding);
	while (out.length && !out.data[out.length - 1])
		out.length--;
	const char *text = arena_copy(a, out.data ? out.data : (const uint8_t *)"", out.length);
	*text_length = out.length;
	buffer_free(&out);
	return text;
}

const char *mapi_text(const struct mapi_properties *p, uint32_t id, size_t *length)
{
	const struct mapi_property *q = mapi_find(p, id);
	*length = 0;
	return q ? mapi_text_of(q->type, q->bytes, q->length, mapi_code_page(p), p->arena, length) : NULL;
}

uint32_t mapi_code_page_of_locale(uint32_t locale)
{
	static const struct { uint16_t language, page; } rows[] = { { 0x01, 1256 }, { 0x02, 1251 }, { 0x05, 1250 }, { 0x08, 1253 }, { 0x0d, 1255 }, { 0x0e, 1250 }, { 0x11, 932 },
		{ 0x12, 949 }, { 0x15, 1250 }, { 0x18, 1250 }, { 0x19, 1251 }, { 0x1a, 1250 }, { 0x1b, 1250 }, { 0x1c, 1250 }, { 0x1e, 874 }, { 0x1f, 1254 }, { 0x20, 1256 },
		{ 0x22, 1251 }, { 0x23, 1251 }, { 0x24, 1250 }, { 0x25, 1257 }, { 0x26, 1257 }, { 0x27, 1257 }, { 0x29, 1256 }, { 0x2a, 1258 }, { 0x2c, 1254 }, { 0x2f, 1251 },
		{ 0x3f, 1251 }, { 0x40, 1251 }, { 0x43, 1254 }, { 0x44, 1251 } };
	if (locale == 0x0c1a)                   /* Serbian, Cyrillic */
		return 1251;
	if ((locale & 0x3ff) == 0x04)           /* Chinese: of the mainland and Singapore, or of Taiwan, Hong Kong and Macao */
		return locale == 0x0804 || locale == 0x1004 ? 936 : 950;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].language == (locale & 0x3ff))
			return rows[i].page;
	return 1252;
}
