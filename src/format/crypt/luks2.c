/* SPDX-License-Identifier: Apache-2.0 */
/* luks2.c: the header of LUKS version 2: a binary part of 4096 bytes with a checksum over all, then JSON; twice, the newer whole one counts.
 *
 * Source: "LUKS2 On-Disk Format Specification" 1.1.1. Read are key slots of type luks2 and one data segment of type crypt. A volume in the middle of re-encryption has
 * several, and one with authenticated sectors stores tags between them: both are said to be unsupported. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/crypt/luks.h"
#include "format/volume/text_tree.h"

enum { BINARY = 4096, HEADER_MOST = 4 << 20, CHECKSUM_AT = 448, CHECKSUM = 64, SECTOR = 512, STRIPES_MOST = 65536 };

/* Offsets at which the second header may lie: the sizes that the first may have (section 2.2). */
static const uint32_t second_at[] = { 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000, 0x200000, 0x400000 };

struct copy { uint8_t *bytes; size_t length; uint64_t sequence; };

static bool text_fits(char *to, const char *text)
{
	if (!text || strlen(text) >= LUKS_TEXT || !*text)
		return false;
	strcpy(to, text);
	return true;
}

/* One copy of the header with a right checksum, or bytes NULL. */
static struct copy copy_read(struct source *s, uint64_t at, const char *magic)
{
	struct copy none = { 0 };
	uint8_t binary[BINARY];
	if (source_read_at(s, at, binary, BINARY, NULL) < BINARY || memcmp(binary, magic, 6))
		return none;
	/* 6 version u16; 8 size of the header with its JSON u64; 16 sequence u64; 24 label 48; 72 name of the checksum 32; 104 salt 64; 168 UUID 40; 208 subsystem 48; 256 offset of this header u64; 448 checksum 64 */
	struct cursor c = cursor_of(binary, BINARY, at);
	c.at = 6;
	uint16_t version = cursor_u16be(&c);
	uint64_t size = cursor_u64be(&c), sequence = cursor_u64be(&c);
	if (version != 2 || size <= BINARY || size > HEADER_MOST || !memchr(binary + 72, 0, 32) || at > s->size || size > s->size - at)
		return none;
	struct copy copy = { .bytes = memory_new((size_t)size), .length = (size_t)size, .sequence = sequence };
	uint8_t stated[CHECKSUM], made[EVP_MAX_MD_SIZE];
	size_t made_length = sizeof made;
	source_read_at(s, at, copy.bytes, copy.length, NULL);
	memcpy(stated, copy.bytes + CHECKSUM_AT, CHECKSUM);
	memset(copy.bytes + CHECKSUM_AT, 0, CHECKSUM);
	if (EVP_Q_digest(NULL, (const char *)binary + 72, NULL, copy.bytes, copy.length, made, &made_length) == 1 && made_length <= CHECKSUM && !memcmp(made, stated, made_length))
		return copy;
	free(copy.bytes);
	return none;
}

/* Base64 (RFC 4648) into at most `most` bytes. */
static bool base64(const char *text, uint8_t *to, size_t most, size_t *length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned held = 0;
	*length = 0;
	for (; text && *text && *text != '='; text++) {
		const char *d = strchr(digits, *text);
		if (!d)
			return false;
		bits = bits << 6 | (uint32_t)(d - digits);
		held += 6;
		if (held >= 8) {
			held -= 8;
			if (*length == most)
				return false;
			to[(*length)++] = (uint8_t)(bits >> held);
		}
	}
	return text && *length;
}

static bool number_32(const struct tree *t, const char *name, uint32_t *to)
{
	uint64_t v;
	if (!tree_number(t, name, &v) || v > UINT32_MAX)
		return false;
	*to = (uint32_t)v;
	return true;
}

static bool key_size(const struct tree *t, size_t *to)
{
	uint64_t v;
	if (!tree_number(t, "key_size", &v) || !v || v > CIPHER_KEY_MOST)
		return false;
	*to = (size_t)v;
	return true;
}

static bool listed(const struct tree *list, const char *text)
{
	for (const struct tree *t = list && list->kind == TREE_ARRAY ? list->child : NULL; t; t = t->next)
		if (t->kind == TREE_TEXT && !strcmp(t->text, text))
			return true;
	return false;
}

/* NULL: read. */
static const char *slot_read(const struct tree *t, const struct opening *o, struct luks_slot *s)
{
	const struct tree *kdf = tree_get(t, "kdf"), *af = tree_get(t, "af"), *area = tree_get(t, "area");
	const char *type = tree_string(kdf, "type"), *kind = tree_string(t, "type");
	if (!kind || strcmp(kind, "luks2"))
		return "of another type";
	if (!type || !key_size(t, &s->key) || !key_size(area, &s->area_key) || !base64(tree_string(kdf, "salt"), s->salt, sizeof s->salt, &s->salt_length) || !tree_number(area, "offset", &s->offset) ||
	    !tree_number(area, "size", &s->size) || !text_fits(s->cipher, tree_string(area, "encryption")) || !number_32(af, "stripes", &s->stripes) || !text_fits(s->af_hash, tree_string(af, "hash")))
		return "damaged";
	if (!strcmp(type, "pbkdf2")) {
		if (!text_fits(s->hash, tree_string(kdf, "hash")) || !number_32(kdf, "iterations", &s->iterations) || !s->iterations)
			return "damaged";
	} else if (!strcmp(type, "argon2id") || !strcmp(type, "argon2i")) {
		s->argon2 = true;
		s->argon2i = !type[7];
		if (!number_32(kdf, "time", &s->iterations) || !number_32(kdf, "memory", &s->memory_kib) || !number_32(kdf, "cpus", &s->lanes) || !s->lanes || s->lanes > 64 || !s->iterations)
			return "damaged";
	} else {
		return "of an unknown key derivation";
	}
	uint64_t wanted = (uint64_t)s->stripes * s->key;
	if (!s->stripes || s->stripes > STRIPES_MOST || wanted > s->size || s->offset > o->source->size || wanted > o->source->size - s->offset)
		return "damaged";
	return NULL;
}

static bool digest_read(const struct tree *t, struct luks_digest *d)
{
	const char *type = tree_string(t, "type");
	return type && !strcmp(type, "pbkdf2") && text_fits(d->hash, tree_string(t, "hash")) && number_32(t, "iterations", &d->iterations) && d->iterations &&
		base64(tree_string(t, "salt"), d->salt, sizeof d->salt, &d->salt_length) && base64(tree_string(t, "digest"), d->bytes, sizeof d->bytes, &d->length);
}

/* The one data segment. NULL: read; else what is wrong, *class with it. */
static const char *segment_read(const struct tree *root, struct luks_header *h, const char **name, const char **class)
{
	const struct tree *segments = tree_get(root, "segments"), *found = NULL;
	uint64_t sector = SECTOR, size = 0;
	*class = "unsupported";
	for (const struct tree *t = segments ? segments->child : NULL; t; t = t->next) {
		if (tree_get(t, "flags"))
			continue;               /* what re-encryption keeps of the old and new layout */
		if (found)
			return "the volume was being encrypted anew: it has several data segments";
		found = t;
	}
	const char *type = tree_string(found, "type");
	if (type && strcmp(type, "crypt"))
		return "its data segment is not encrypted sector by sector";
	if (tree_get(found, "integrity"))
		return "its sectors are authenticated (dm-integrity)";
	*class = "damage";
	if (!found || !type || !tree_number(found, "offset", &h->offset) || !text_fits(h->cipher, tree_string(found, "encryption")))
		return "its data segment is damaged";
	tree_number(found, "iv_tweak", &h->tweak);
	tree_number(found, "sector_size", &sector);
	h->size = tree_number(found, "size", &size) ? size : UINT64_MAX;
	if (sector != 512 && sector != 1024 && sector != 2048 && sector != 4096)
		return "its data segment is damaged";
	h->sector_size = (size_t)sector;
	*name = found->name;
	return NULL;
}

static bool json_read(const struct opening *o, const struct tree *root, struct luks_header *h)
{
	const char *segment = NULL, *class, *wrong = segment_read(root, h, &segment, &class);
	const struct tree *digests = tree_get(root, "digests"), *slots = tree_get(root, "keyslots");
	const struct tree *of[LUKS_DIGESTS];
	if (wrong) {
		report_error(o->report, class, "luks.segment", NULL, 0, 0, "LUKS2 volume: %s", wrong);
		return false;
	}
	for (const struct tree *t = digests ? digests->child : NULL; t && h->digests < LUKS_DIGESTS; t = t->next) {
		if (!listed(tree_get(t, "segments"), segment))
			continue;
		of[h->digests] = t;
		if (digest_read(t, &h->digest[h->digests]))
			h->digests++;
		else
			report_error(o->report, "damage", "luks.digest", NULL, 0, 0, "a digest of the LUKS2 header is damaged or of another type");
	}
	for (const struct tree *t = slots ? slots->child : NULL; t && h->slots < LUKS_SLOTS; t = t->next) {
		struct luks_slot s = { .number = h->slots };
		uint64_t number = 0;
		unsigned d = 0;
		for (const char *p = t->name; *p >= '0' && *p <= '9' && number < 1000; p++)
			number = number * 10 + (uint64_t)(*p - '0');
		s.number = (unsigned)number;
		while (d < h->digests && !listed(tree_get(of[d], "keyslots"), t->name))
			d++;
		if (d == h->digests)
			continue;               /* of a key that is not this segment's */
		wrong = slot_read(t, o, &s);
		if (wrong) {
			report_error(o->report, strcmp(wrong, "damaged") ? "unsupported" : "damage", "luks.slot", NULL, 0, 0, "key slot %.8s is %s", t->name, wrong);
			continue;
		}
		if (h->key && h->key != s.key)
			continue;
		h->key = s.key;
		s.digest = d;
		h->slot[h->slots++] = s;
	}
	if (!h->digests) {
		report_error(o->report, "damage", "luks.digest", NULL, 0, 0, "the LUKS2 header has no digest of the volume's key: a right key can't be told from a wrong one");
		return false;
	}
	/* all slots erased: the volume's own key may still be given */
	if (!h->key)
		h->key = strncmp(h->cipher, "aes-xts", 7) ? 32 : 64;
	return true;
}

bool luks2_read(const struct opening *o, struct luks_header *h)
{
	struct arena a = { 0 };
	struct copy first = copy_read(o->source, 0, "LUKS\xba\xbe"), second = { 0 };
	for (size_t i = 0; i < sizeof second_at / sizeof *second_at && !second.bytes; i++)
		if (!first.bytes || first.length == second_at[i])
			second = copy_read(o->source, second_at[i], "SKUL\xba\xbe");
	if (!first.bytes || !second.bytes)
		report_error(o->report, "damage", "luks.header", NULL, 0, BINARY, "%s", first.bytes ? "the second LUKS2 header is damaged; the first one is used" : second.bytes ? "the first LUKS2 header is damaged; the second one is used" : "both LUKS2 headers are damaged");
	const struct copy *c = first.bytes && (!second.bytes || first.sequence >= second.sequence) ? &first : &second;
	bool good = false;
	if (c->bytes) {
		h->version = 2;
		for (size_t i = 0; i < 36 && c->bytes[168 + i] > ' ' && c->bytes[168 + i] <= '~'; i++)
			h->uuid[i] = (char)c->bytes[168 + i];
		const char *json = (const char *)c->bytes + BINARY;
		const struct tree *root = tree_json(json, strnlen(json, c->length - BINARY), &a);
		if (root)
			good = json_read(o, root, h);
		else
			report_error(o->report, "damage", "luks.header", NULL, 0, c->length, "the LUKS2 header's checksum holds, its text is damaged all the same");
		hash_sha256(c->bytes, c->length, h->id);
	}
	free(first.bytes);
	free(second.bytes);
	arena_free(&a);
	return good;
}
