/* SPDX-License-Identifier: Apache-2.0 */
/* hive_builder.h: makes small hives for tests: values, then the key that holds them, then the keys above, then the file. */
#ifndef SPOOR_TESTS_HIVE_BUILDER_H
#define SPOOR_TESTS_HIVE_BUILDER_H

#include <string.h>

#include "base/memory.h"
#include "reader/regf_log.h"

struct hive_builder { struct buffer bins; };

static inline void hive_put32(struct buffer *b, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->data[at + (size_t)i] = (uint8_t)(v >> 8 * i);
}

/* A cell in use, zeroed; returns where it is. */
static inline uint32_t hive_cell(struct hive_builder *h, size_t length)
{
	size_t size = (length + 4 + 7) & ~(size_t)7;
	if (!h->bins.length)
		memset(buffer_reserve(&h->bins, 32), 0, 32), h->bins.length = 32;
	uint32_t cell = (uint32_t)h->bins.length;
	memset(buffer_reserve(&h->bins, size), 0, size);
	h->bins.length += size;
	hive_put32(&h->bins, cell, (uint32_t)-(int32_t)size);
	return cell;
}

static inline uint8_t *hive_at(struct hive_builder *h, uint32_t cell)
{
	return h->bins.data + cell + 4;
}

static inline uint32_t hive_bytes(struct hive_builder *h, const void *bytes, size_t length)
{
	uint32_t cell = hive_cell(h, length);
	memcpy(hive_at(h, cell), bytes, length);
	return cell;
}

/* Names are ASCII. */
static inline uint32_t hive_value(struct hive_builder *h, const char *name, uint32_t type, const void *data, size_t length)
{
	uint32_t data_cell = length > 4 ? hive_bytes(h, data, length) : 0, cell = hive_cell(h, 20 + strlen(name));
	uint8_t *p = hive_at(h, cell);
	memcpy(p, "vk", 2);
	p[2] = (uint8_t)strlen(name);
	hive_put32(&h->bins, cell + 8, (uint32_t)length | (length > 4 ? 0 : 0x80000000));
	if (length > 4)
		hive_put32(&h->bins, cell + 12, data_cell);
	else
		memcpy(p + 8, data, length);
	hive_put32(&h->bins, cell + 16, type);
	p[16] = 1;
	memcpy(p + 20, name, strlen(name));
	return cell;
}

static inline uint32_t hive_text(struct hive_builder *h, const char *name, const char *ascii)
{
	struct buffer wide = { 0 };
	for (const char *p = ascii; ; p++) {
		buffer_u16le(&wide, (uint8_t)*p);
		if (!*p)
			break;
	}
	uint32_t cell = hive_value(h, name, REGF_SZ, wide.data, wide.length);
	buffer_free(&wide);
	return cell;
}

static inline uint32_t hive_list(struct hive_builder *h, const uint32_t *cell, size_t cells)
{
	uint32_t list = hive_cell(h, cells * 4);
	for (size_t i = 0; i < cells; i++)
		hive_put32(&h->bins, list + 4 + 4 * i, cell[i]);
	return list;
}

static inline uint32_t hive_key(struct hive_builder *h, const char *name, uint64_t written, const uint32_t *value, size_t values, const uint32_t *child, size_t children)
{
	uint32_t value_list = values ? hive_list(h, value, values) : REGF_NONE, list = REGF_NONE;
	if (children) {
		list = hive_cell(h, 4 + 8 * children);
		memcpy(hive_at(h, list), "lh", 2);
		hive_at(h, list)[2] = (uint8_t)children;
		hive_at(h, list)[3] = (uint8_t)(children >> 8);
		for (size_t i = 0; i < children; i++)
			hive_put32(&h->bins, list + 8 + 8 * i, child[i]);
	}
	uint32_t cell = hive_cell(h, 76 + strlen(name));
	uint8_t *p = hive_at(h, cell);
	memcpy(p, "nk", 2);
	p[2] = REGF_COMPRESSED;
	hive_put32(&h->bins, cell + 8, (uint32_t)written);
	hive_put32(&h->bins, cell + 12, (uint32_t)(written >> 32));
	hive_put32(&h->bins, cell + 4 + 20, (uint32_t)children);
	hive_put32(&h->bins, cell + 4 + 28, list);
	hive_put32(&h->bins, cell + 4 + 32, REGF_NONE);
	hive_put32(&h->bins, cell + 4 + 36, (uint32_t)values);
	hive_put32(&h->bins, cell + 4 + 40, value_list);
	hive_put32(&h->bins, cell + 4 + 44, REGF_NONE);
	hive_put32(&h->bins, cell + 4 + 48, REGF_NONE);
	p[72] = (uint8_t)strlen(name);
	memcpy(p + 76, name, strlen(name));
	for (size_t i = 0; i < children; i++)
		hive_put32(&h->bins, child[i] + 4 + 16, cell);
	return cell;
}

/* Keys above `cell`, from "a\\b\\c" (b of a, c of b, cell of c). The topmost is given back. */
static inline uint32_t hive_path(struct hive_builder *h, const char *path, uint64_t written, uint32_t cell)
{
	size_t end = strlen(path);
	while (end) {
		size_t start = end;
		while (start && path[start - 1] != '\\')
			start--;
		char name[200];
		memcpy(name, path + start, end - start);
		name[end - start] = 0;
		cell = hive_key(h, name, written, NULL, 0, &cell, 1);
		end = start ? start - 1 : 0;
	}
	return cell;
}

static inline void hive_checksum(struct buffer *file)
{
	hive_put32(file, 508, regf_checksum(file->data));
}

/* The file, with these keys below its root. The builder is empty then. */
static inline struct buffer hive_finish(struct hive_builder *h, const uint32_t *child, size_t children)
{
	uint32_t root = hive_key(h, "ROOT", UINT64_C(132000000000000000), NULL, 0, child, children);
	hive_at(h, root)[2] |= REGF_ROOT;
	size_t used = h->bins.length, size = (used + 8 + 4095) / 4096 * 4096;
	memset(buffer_reserve(&h->bins, size - used), 0, size - used);
	h->bins.length = size;
	hive_put32(&h->bins, used, (uint32_t)(size - used));
	memcpy(h->bins.data, "hbin", 4);
	hive_put32(&h->bins, 8, (uint32_t)size);
	struct buffer file = { 0 };
	memset(buffer_reserve(&file, 4096), 0, 4096);
	file.length = 4096;
	memcpy(file.data, "regf", 4);
	hive_put32(&file, 4, 7);
	hive_put32(&file, 8, 7);
	hive_put32(&file, 20, 1);
	hive_put32(&file, 24, 5);
	hive_put32(&file, 32, 1);
	hive_put32(&file, 36, root);
	hive_put32(&file, 40, (uint32_t)size);
	hive_put32(&file, 44, 1);
	hive_checksum(&file);
	buffer_append(&file, h->bins.data, h->bins.length);
	buffer_free(&h->bins);
	return file;
}

/* A log of the newer form with one entry: `pages` of the file `after` at these offsets (4096 bytes each) over a hive of sequence 7. */
static inline struct buffer hive_log(const struct buffer *after, const uint32_t *page, uint32_t pages)
{
	struct buffer log = { 0 };
	uint32_t bins = (uint32_t)(after->length - 4096);
	size_t size = (40 + pages * 8 + pages * (size_t)4096 + 511) / 512 * 512;
	memset(buffer_reserve(&log, 512 + size), 0, 512 + size);
	log.length = 512 + size;
	memcpy(log.data, after->data, 512);
	hive_put32(&log, 4, 7);
	hive_put32(&log, 8, 7);
	hive_put32(&log, 28, 6);
	hive_checksum(&log);
	uint8_t *e = log.data + 512;
	memcpy(e, "HvLE", 4);
	hive_put32(&log, 512 + 4, (uint32_t)size);
	hive_put32(&log, 512 + 12, 7);
	hive_put32(&log, 512 + 16, bins);
	hive_put32(&log, 512 + 20, pages);
	for (uint32_t i = 0; i < pages; i++) {
		hive_put32(&log, 512 + 40 + 8 * i, page[i]);
		hive_put32(&log, 512 + 44 + 8 * i, 4096);
		memcpy(e + 40 + 8 * pages + (size_t)4096 * i, after->data + 4096 + page[i], 4096);
	}
	uint64_t one = regf_marvin32(e + 40, size - 40, UINT64_C(0x82EF4D887A4E55C5));
	hive_put32(&log, 512 + 24, (uint32_t)one);
	hive_put32(&log, 512 + 28, (uint32_t)(one >> 32));
	uint64_t two = regf_marvin32(e, 32, UINT64_C(0x82EF4D887A4E55C5));
	hive_put32(&log, 512 + 32, (uint32_t)two);
	hive_put32(&log, 512 + 36, (uint32_t)(two >> 32));
	return log;
}

#endif
