/* SPDX-License-Identifier: Apache-2.0 */
/* ole_builder.h: writes a small compound file ([MS-CFB], version 3) for tests: streams, the stream of small streams, the directory, then the tables, as Outlook does. */
#ifndef SPOOR_TESTS_OLE_BUILDER_H
#define SPOOR_TESTS_OLE_BUILDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { BUILT_MOST = 128, BUILT_SECTOR = 512 };

struct ole_built {
	struct { const char *name; int type, parent, child, next; const void *bytes; size_t length; uint32_t start; } entry[BUILT_MOST];
	int entries;
	uint8_t clsid[16];
	uint32_t directory, first_fat, fat_sectors;     /* set by ole_build_finish: sectors */
};

static inline int ole_build_add(struct ole_built *b, int parent, const char *name, int type, const void *bytes, size_t length)
{
	if (!b->entries) {
		b->entries = 1;
		b->entry[0].name = "Root Entry";
		b->entry[0].type = 5;
		b->entry[0].parent = b->entry[0].child = b->entry[0].next = -1;
	}
	int i = b->entries++;
	b->entry[i].name = name;
	b->entry[i].type = type;
	b->entry[i].parent = parent;
	b->entry[i].child = -1;
	b->entry[i].next = b->entry[parent].child;
	b->entry[i].bytes = bytes;
	b->entry[i].length = length;
	b->entry[parent].child = i;
	return i;
}

static inline int ole_build_storage(struct ole_built *b, int parent, const char *name) { return ole_build_add(b, parent, name, 1, NULL, 0); }
static inline int ole_build_stream(struct ole_built *b, int parent, const char *name, const void *bytes, size_t length) { return ole_build_add(b, parent, name, 2, bytes, length); }

static inline void ole_build_fill(struct buffer *out, size_t to, uint8_t with)
{
	while (out->length % to)
		buffer_byte(out, with);
}

/* Appends to the file and its chain to the table; the first sector. */
static inline uint32_t ole_build_chain(struct buffer *file, struct buffer *fat, const void *bytes, size_t length, uint8_t with)
{
	uint32_t first = (uint32_t)(file->length / BUILT_SECTOR - 1), count = (uint32_t)((length + BUILT_SECTOR - 1) / BUILT_SECTOR);
	buffer_append(file, bytes, length);
	ole_build_fill(file, BUILT_SECTOR, with);
	for (uint32_t i = 1; i <= count; i++)
		buffer_u32le(fat, i == count ? 0xfffffffe : first + i);
	return count ? first : 0xfffffffe;
}

static inline void ole_build_finish(struct ole_built *b, struct buffer *file)
{
	struct buffer fat = { 0 }, mini = { 0 }, minifat = { 0 }, directory = { 0 };
	uint8_t *header = memory_new(BUILT_SECTOR);
	buffer_clear(file);
	buffer_append(file, header, BUILT_SECTOR);
	for (int i = 1; i < b->entries; i++) {
		size_t length = b->entry[i].length;
		if (length >= 4096) {
			b->entry[i].start = ole_build_chain(file, &fat, b->entry[i].bytes, length, 0);
		} else if (length) {
			uint32_t first = (uint32_t)(mini.length / 64), count = (uint32_t)((length + 63) / 64);
			b->entry[i].start = first;
			buffer_append(&mini, b->entry[i].bytes, length);
			ole_build_fill(&mini, 64, 0);
			for (uint32_t k = 1; k <= count; k++)
				buffer_u32le(&minifat, k == count ? 0xfffffffe : first + k);
		}
	}
	uint32_t mini_start = ole_build_chain(file, &fat, mini.data, mini.length, 0);
	for (int i = 0; i < b->entries; i++) {
		uint8_t e[128] = { 0 };
		size_t length = 0;
		for (const uint8_t *at = (const uint8_t *)b->entry[i].name, *end = at + strlen(b->entry[i].name); at < end; length++) {
			uint32_t c = text_utf8_next(&at, end);
			e[2 * length] = (uint8_t)c;
			e[2 * length + 1] = (uint8_t)(c >> 8);
		}
		e[64] = (uint8_t)(2 * length + 2);
		e[66] = (uint8_t)b->entry[i].type;
		e[67] = 1;
		memset(e + 68, 0xff, 12);
		buffer_append(&directory, e, 68);
		buffer_u32le(&directory, 0xffffffff);
		buffer_u32le(&directory, (uint32_t)b->entry[i].next);
		buffer_u32le(&directory, (uint32_t)b->entry[i].child);
		buffer_append(&directory, i ? e + 80 : b->clsid, 16);
		buffer_append(&directory, e + 96, 20);
		buffer_u32le(&directory, i ? b->entry[i].start : mini_start);
		buffer_u64le(&directory, i ? b->entry[i].length : mini.length);
	}
	ole_build_fill(&directory, BUILT_SECTOR, 0);
	b->directory = ole_build_chain(file, &fat, directory.data, directory.length, 0);
	uint32_t minifat_start = ole_build_chain(file, &fat, minifat.data, minifat.length, 0xff);
	uint32_t used = (uint32_t)(fat.length / 4), sectors = 0;
	while (used + sectors > sectors * (BUILT_SECTOR / 4))
		sectors++;
	b->first_fat = used;
	b->fat_sectors = sectors;
	for (uint32_t i = 0; i < sectors; i++)
		buffer_u32le(&fat, 0xfffffffd);
	buffer_append(file, fat.data, fat.length);
	ole_build_fill(file, BUILT_SECTOR, 0xff);
	uint8_t *h = file->data;
	memcpy(h, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	static const uint8_t fields[] = { 0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0 };
	memcpy(h + 24, fields, sizeof fields);
	struct buffer tail = { 0 };
	buffer_u32le(&tail, sectors);
	buffer_u32le(&tail, b->directory);
	buffer_u32le(&tail, 0);
	buffer_u32le(&tail, 4096);
	buffer_u32le(&tail, minifat_start);
	buffer_u32le(&tail, (uint32_t)(minifat.length + BUILT_SECTOR - 1) / BUILT_SECTOR);
	buffer_u32le(&tail, 0xfffffffe);
	buffer_u32le(&tail, 0);
	/* 109 sectors of the table fit in the header: 7 MiB; a larger file has only those */
	for (uint32_t i = 0; i < 109; i++)
		buffer_u32le(&tail, i < sectors ? b->first_fat + i : 0xffffffff);
	memcpy(h + 44, tail.data, tail.length);
	buffer_free(&tail);
	buffer_free(&fat);
	buffer_free(&mini);
	buffer_free(&minifat);
	buffer_free(&directory);
	free(header);
}

#endif
