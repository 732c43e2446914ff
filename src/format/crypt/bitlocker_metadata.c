/* SPDX-License-Identifier: Apache-2.0 */
/* bitlocker_metadata.c: the volume header and the three copies of the FVE metadata. Source: libbde, "BitLocker Drive Encryption (BDE) format", sections 2 to 5.
 *
 * The first copy whose checksum holds is used; where none holds, the first that can be read, and a record says so. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/crypt/bitlocker.h"

enum {
	BLOCK_HEADER = 64, METADATA_HEADER = 48, BLOCK_1 = 16 * 1024, BLOCK_2 = 64 * 1024, ENTRY_HEADER = 8, SECTOR = 512,
	ENTRY_VMK = 2, ENTRY_FVEK = 3, ENTRY_VOLUME_HEADER = 15,
	VALUE_KEY = 1, VALUE_STRETCH = 3, VALUE_SEALED = 5, VALUE_VMK = 8, VALUE_RANGE = 15,
	SEALED_HEAD = 28, STATE_ENCRYPTED = 4,
};

bool fve_entry_next(struct cursor *c, struct fve_entry *e)
{
	if (cursor_left(c) < ENTRY_HEADER)
		return false;
	uint16_t size = cursor_u16le(c);
	e->type = cursor_u16le(c);
	e->value = cursor_u16le(c);
	cursor_skip(c, 2);
	if (size < ENTRY_HEADER || size - ENTRY_HEADER > (int)cursor_left(c))
		return false;
	e->data = cursor_sub(c, size - ENTRY_HEADER);
	return true;
}

static bool sealed_take(struct cursor *c, struct fve_sealed *s)
{
	s->length = cursor_left(c);
	s->bytes = cursor_bytes(c, s->length);
	return s->bytes && s->length > SEALED_HEAD;
}

static void protector_read(struct fve *f, struct fve_entry *e)
{
	struct fve_protector p = { 0 };
	struct fve_entry inner;
	/* 0 id 16; 16 time u64; 24 u16; 26 protection u16; entries */
	const uint8_t *id = cursor_bytes(&e->data, 16);
	cursor_skip(&e->data, 10);
	p.protection = cursor_u16le(&e->data);
	if (e->data.bad || f->protectors == FVE_PROTECTORS)
		return;
	memcpy(p.id, id, sizeof p.id);
	while (fve_entry_next(&e->data, &inner)) {
		if (inner.value == VALUE_KEY) {
			cursor_skip(&inner.data, 4);            /* method u32 */
			p.clear = cursor_bytes(&inner.data, FVE_VMK);
		} else if (inner.value == VALUE_STRETCH) {
			cursor_skip(&inner.data, 4);
			const uint8_t *salt = cursor_bytes(&inner.data, sizeof p.salt);
			if (salt)
				memcpy(p.salt, salt, sizeof p.salt);
			p.has_salt = salt;
		} else if (inner.value == VALUE_SEALED && !p.vmk.bytes) {
			sealed_take(&inner.data, &p.vmk);
		}
	}
	f->protector[f->protectors++] = p;
}

/* Metadata that begins at block + 64. False: damaged. */
static bool entries_read(struct fve *f)
{
	struct cursor c = cursor_of(f->metadata, f->metadata_length, 0);
	c.at = BLOCK_HEADER;
	/* 0 size u32; 4 version u32; 8 size of this header u32; 12 size again u32; 16 volume id; 32 nonce u32; 36 method u32; 40 time */
	uint32_t size = cursor_u32le(&c);
	cursor_skip(&c, 4);
	uint32_t header = cursor_u32le(&c);
	c.at = BLOCK_HEADER + 16;
	const uint8_t *id = cursor_bytes(&c, 16);
	cursor_skip(&c, 4);
	f->method = cursor_u16le(&c);
	if (!id || header != METADATA_HEADER || size < header)
		return false;
	memcpy(f->volume_id, id, sizeof f->volume_id);
	c.at = BLOCK_HEADER + METADATA_HEADER;
	struct cursor entries = cursor_sub(&c, size - METADATA_HEADER < cursor_left(&c) ? size - METADATA_HEADER : cursor_left(&c));
	struct fve_entry e;
	while (fve_entry_next(&entries, &e)) {
		if (e.type == ENTRY_VMK && e.value == VALUE_VMK)
			protector_read(f, &e);
		else if (e.type == ENTRY_FVEK && e.value == VALUE_SEALED && !f->fvek.bytes)
			sealed_take(&e.data, &f->fvek);
		else if (e.type == ENTRY_VOLUME_HEADER && e.value == VALUE_RANGE) {
			uint64_t offset = cursor_u64le(&e.data), length = cursor_u64le(&e.data);
			if (!e.data.bad && f->version == 2) {
				f->header_offset = offset;
				f->header_size = length;
			}
		}
	}
	return f->fvek.bytes != NULL;
}

/* One copy. *whole: its checksum holds. False: nothing that can be read. */
static bool block_read(struct source *s, uint64_t at, struct fve *f, bool *whole)
{
	uint8_t *bytes = memory_new(BLOCK_2);
	size_t got = at < s->size ? source_read_at(s, at, bytes, BLOCK_2, NULL) : 0;
	/* 0 signature; 8 size u16 (version 2: in 16 bytes); 10 version u16; 12 state u16; 14 next state u16; 16 encrypted bytes u64; 28 sectors of the volume header u32; 32 offsets of the copies u64 three times; 56 volume header offset, version 1: MFT mirror's cluster u64 */
	struct cursor c = cursor_of(bytes, got, at);
	*whole = false;
	if (got < BLOCK_HEADER + METADATA_HEADER || !cursor_match(&c, "-FVE-FS-")) {
		free(bytes);
		return false;
	}
	size_t size = cursor_u16le(&c);
	f->version = cursor_u16le(&c);
	f->state = cursor_u16le(&c);
	if (f->version == 2)
		size *= 16;
	c.at = 16;
	f->encrypted = cursor_u64le(&c);
	c.at = 28;
	uint32_t sectors = cursor_u32le(&c);
	for (int i = 0; i < FVE_BLOCKS; i++)
		f->block[i] = cursor_u64le(&c);
	uint64_t last = cursor_u64le(&c);
	f->block_size = f->version == 2 ? BLOCK_2 : BLOCK_1;
	f->header_offset = f->version == 2 ? last : 0;
	f->header_size = f->version == 2 ? (uint64_t)sectors * f->sector_size : 0;
	f->mirror = f->version == 1 ? last : 0;
	/* behind it, since version 2: u16 size, u16 version, u32 CRC-32 of the block */
	c.at = size + 4;
	if (f->version == 2 && size >= BLOCK_HEADER && size + 8 <= got)
		*whole = hash_crc32(0, bytes, size) == cursor_u32le(&c);
	else
		*whole = f->version == 1;
	free(f->metadata);
	f->metadata = bytes;
	f->metadata_length = size >= BLOCK_HEADER && size <= got ? size : got;
	f->protectors = 0;
	f->fvek = (struct fve_sealed){ 0 };
	return (f->version == 1 || f->version == 2) && entries_read(f);
}

bool fve_read(const struct opening *o, struct fve *f)
{
	uint8_t head[SECTOR] = { 0 };
	uint64_t at[FVE_BLOCKS] = { 0 };
	source_read_at(o->source, 0, head, sizeof head, NULL);
	struct cursor c = cursor_of(head, sizeof head, 0);
	c.at = 11;
	f->sector_size = cursor_u16le(&c);
	uint32_t cluster = cursor_u8(&c);
	if ((f->sector_size != 512 && f->sector_size != 1024 && f->sector_size != 2048 && f->sector_size != 4096) || !cluster) {
		report_error(o->report, "damage", "bitlocker.header", NULL, 0, SECTOR, "the volume header's sector size is damaged; 512 is taken");
		f->sector_size = SECTOR;
	}
	bool to_go = !memcmp(head + 3, "MSWIN4.1", 8), vista = !to_go && head[1] == 0x52;
	if (vista) {
		c.at = 56;              /* cluster of the metadata, where NTFS has its mirror's */
		if (__builtin_mul_overflow(cursor_u64le(&c), (uint64_t)cluster * f->sector_size, &at[0]))
			at[0] = UINT64_MAX;
	} else {
		c.at = to_go ? 440 : 176;
		for (int i = 0; i < FVE_BLOCKS; i++)
			at[i] = cursor_u64le(&c);
	}
	bool whole = false, good = false;
	for (unsigned i = 0; i < FVE_BLOCKS && !(good && whole); i++) {
		if (!at[i])
			continue;
		good = block_read(o->source, at[i], f, &whole);
		if (!good || !whole)
			report_error(o->report, "damage", "bitlocker.metadata", NULL, at[i], f->block_size ? f->block_size : BLOCK_2, "copy %u of the BitLocker metadata %s", i + 1, good ? "has a wrong checksum" : "can't be read");
		if (vista && !good)
			break;
		if (vista && good && !at[1])
			memcpy(at, f->block, sizeof at);
	}
	if (!whole)
		for (unsigned i = 0; i < FVE_BLOCKS && !good; i++)
			good = at[i] && block_read(o->source, at[i], f, &whole);
	if (!good) {
		report_error(o->report, "damage", "bitlocker.metadata", NULL, 0, 0, "no copy of the BitLocker metadata can be read: without it no key opens the volume");
		return false;
	}
	hash_sha256(f->metadata, f->metadata_length, f->id);
	if (!fve_key_length(f->method)) {
		report_error(o->report, "unsupported", "bitlocker.method", NULL, 0, 0, "BitLocker volume: encryption method 0x%04x is not known here", f->method);
		return false;
	}
	if (f->encrypted < o->source->size && f->state != STATE_ENCRYPTED)
		report_note(o->report, "bitlocker.partly", NULL, f->encrypted, o->source->size - f->encrypted, "BitLocker was encrypting or decrypting this volume: from byte %llu on it is plain", (unsigned long long)f->encrypted);
	return true;
}
