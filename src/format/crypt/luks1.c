/* SPDX-License-Identifier: Apache-2.0 */
/* luks1.c: the header of LUKS version 1. Source: "LUKS1 On-Disk Format Specification" 1.2.3, section 3; all numbers are big-endian. The hash of the header is also the one of
 * each slot's derivation, splitting, and of the digest that tells a right key. */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/crypt/luks.h"

enum { HEADER = 592, SLOTS = 8, NAME = 32, DIGEST = 20, SALT = 32, SECTOR = 512, STRIPES_MOST = 65536 };
static const uint32_t SLOT_ACTIVE = 0x00ac71f3;

/* A NUL-padded field of at most NAME bytes of printing ASCII. */
static bool text_take(struct cursor *c, char *to, size_t length)
{
	const uint8_t *p = cursor_bytes(c, length);
	size_t n = p ? strnlen((const char *)p, length) : 0;
	if (n == length || !n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~')
			return false;
	memcpy(to, p, n);
	to[n] = 0;
	return true;
}

bool luks1_read(const struct opening *o, struct luks_header *h)
{
	uint8_t bytes[HEADER];
	char name[NAME + 1], mode[NAME + 1], hash[NAME + 1];
	size_t got = source_read_at(o->source, 0, bytes, sizeof bytes, NULL);
	struct cursor c = cursor_of(bytes, got, 0);
	c.at = 8;               /* 8 cipher, 40 mode, 72 hash: 32 bytes each; 104 data in sectors u32; 108 bytes of key u32; 112 digest 20; 132 its salt 32; 164 its iterations u32; 168 UUID 40 */
	bool good = text_take(&c, name, NAME) && text_take(&c, mode, NAME) && text_take(&c, hash, NAME);
	h->version = 1;
	h->offset = (uint64_t)cursor_u32be(&c) * SECTOR;
	h->size = UINT64_MAX;
	h->sector_size = SECTOR;
	h->key = cursor_u32be(&c);
	struct luks_digest *d = &h->digest[0];
	h->digests = 1;
	const uint8_t *digest = cursor_bytes(&c, DIGEST), *salt = cursor_bytes(&c, SALT);
	d->iterations = cursor_u32be(&c);
	const uint8_t *uuid = cursor_bytes(&c, 40);
	if (!good || !uuid || !h->key || h->key > CIPHER_KEY_MOST) {
		report_error(o->report, "damage", "luks.header", NULL, 0, HEADER, "the LUKS1 header is damaged");
		return false;
	}
	memcpy(d->bytes, digest, DIGEST);
	d->length = DIGEST;
	memcpy(d->salt, salt, SALT);
	d->salt_length = SALT;
	strcpy(d->hash, hash);
	strcpy(h->cipher, name);
	strcat(h->cipher, "-");
	strcat(h->cipher, mode);
	for (size_t i = 0; i < 36 && uuid[i] > ' ' && uuid[i] <= '~'; i++)
		h->uuid[i] = (char)uuid[i];
	for (unsigned i = 0; i < SLOTS; i++) {
		/* state, iterations u32; salt 32; key material in sectors, stripes u32 */
		struct luks_slot s = { .number = i, .key = h->key, .area_key = h->key };
		bool active = cursor_u32be(&c) == SLOT_ACTIVE;
		s.iterations = cursor_u32be(&c);
		const uint8_t *p = cursor_bytes(&c, SALT);
		s.offset = (uint64_t)cursor_u32be(&c) * SECTOR;
		s.stripes = cursor_u32be(&c);
		if (!active || c.bad)
			continue;
		s.size = (uint64_t)s.stripes * s.key;
		if (!s.stripes || s.stripes > STRIPES_MOST || !s.iterations || s.offset > o->source->size || s.size > o->source->size - s.offset) {
			report_error(o->report, "damage", "luks.slot", NULL, HEADER - (SLOTS - i) * 48, 48, "key slot %u is damaged", i);
			continue;
		}
		memcpy(s.salt, p, SALT);
		s.salt_length = SALT;
		strcpy(s.hash, hash);
		strcpy(s.af_hash, hash);
		strcpy(s.cipher, h->cipher);
		h->slot[h->slots++] = s;
	}
	hash_sha256(bytes, got, h->id);
	return true;
}
