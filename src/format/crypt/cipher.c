/* SPDX-License-Identifier: Apache-2.0 */
/* cipher.c: see cipher.h. Tweaks: kernel documentation, admin-guide/device-mapper/dm-crypt; IEEE 1619 (XTS). */
#include "format/crypt/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, UNIT = 512, PIECE = 64 * 1024 };

void secret_wipe(void *bytes, size_t length)
{
	OPENSSL_cleanse(bytes, length);
}

/* ---- sector ciphers */

enum tweak { TWEAK_NONE, TWEAK_PLAIN, TWEAK_PLAIN64, TWEAK_PLAIN64BE, TWEAK_ESSIV };

struct sector_cipher {
	EVP_CIPHER_CTX *data, *tweak;   /* tweak: ESSIV's */
	enum tweak kind;
};

static EVP_CIPHER_CTX *context(const char *name, const uint8_t *key, bool encrypt)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *c = cipher ? EVP_CIPHER_CTX_new() : NULL;
	if (c && (EVP_CipherInit_ex2(c, cipher, key, NULL, encrypt, NULL) != 1 || EVP_CIPHER_CTX_set_padding(c, 0) != 1)) {
		EVP_CIPHER_CTX_free(c);
		c = NULL;
	}
	EVP_CIPHER_free(cipher);
	return c;
}

struct sector_cipher *sector_cipher_new(const char *name, const uint8_t *key, size_t key_length, const char **why)
{
	static const struct { const char *name; const char *mode; enum tweak tweak; } known[] = {
		{ "aes-xts-plain64", "XTS", TWEAK_PLAIN64 }, { "aes-xts-plain", "XTS", TWEAK_PLAIN }, { "aes-xts-plain64be", "XTS", TWEAK_PLAIN64BE },
		{ "aes-cbc-plain64", "CBC", TWEAK_PLAIN64 }, { "aes-cbc-plain", "CBC", TWEAK_PLAIN }, { "aes-cbc-essiv:sha256", "CBC", TWEAK_ESSIV },
		{ "aes-ecb", "ECB", TWEAK_NONE },
	};
	size_t i = 0;
	*why = "no such cipher here";
	while (i < sizeof known / sizeof *known && strcmp(known[i].name, name))
		i++;
	if (i == sizeof known / sizeof *known)
		return NULL;
	size_t bits = key_length * 8 / (known[i].mode[0] == 'X' ? 2 : 1);
	*why = "the key's length does not fit the cipher";
	if ((bits != 128 && bits != 192 && bits != 256) || (known[i].mode[0] == 'X' && bits == 192))
		return NULL;
	/* OpenSSL refuses XTS with two equal halves (FIPS): such a key is no key that dm-crypt makes either */
	char algorithm[24];
	strcpy(algorithm, bits == 128 ? "AES-128-" : bits == 192 ? "AES-192-" : "AES-256-");
	strcat(algorithm, known[i].mode);
	struct sector_cipher *c = memory_new(sizeof *c);
	c->kind = known[i].tweak;
	c->data = context(algorithm, key, false);
	bool good = c->data;
	if (good && c->kind == TWEAK_ESSIV) {
		uint8_t digest[32];
		size_t length = sizeof digest;
		good = EVP_Q_digest(NULL, "SHA256", NULL, key, key_length, digest, &length) == 1;
		c->tweak = good ? context("AES-256-ECB", digest, true) : NULL;
		good = c->tweak;
		secret_wipe(digest, sizeof digest);
	}
	*why = "the key does not fit the cipher";
	if (!good) {
		sector_cipher_free(c);
		return NULL;
	}
	return c;
}

void sector_cipher_decrypt(struct sector_cipher *c, uint64_t number, uint8_t *bytes, size_t length, size_t sector_size)
{
	for (size_t at = 0; at + sector_size <= length; at += sector_size, number += sector_size / UNIT) {
		uint8_t iv[BLOCK] = { 0 };
		int done;
		if (c->kind == TWEAK_PLAIN64BE)
			for (int i = 0; i < 8; i++)
				iv[15 - i] = (uint8_t)(number >> 8 * i);
		else
			for (int i = 0; i < (c->kind == TWEAK_PLAIN ? 4 : c->kind == TWEAK_NONE ? 0 : 8); i++)
				iv[i] = (uint8_t)(number >> 8 * i);
		if (c->tweak)
			EVP_CipherUpdate(c->tweak, iv, &done, iv, sizeof iv);
		EVP_CipherInit_ex2(c->data, NULL, NULL, c->kind == TWEAK_NONE ? NULL : iv, -1, NULL);
		EVP_CipherUpdate(c->data, bytes + at, &done, bytes + at, (int)sector_size);
	}
}

void sector_cipher_free(struct sector_cipher *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->data);
	EVP_CIPHER_CTX_free(c->tweak);
	free(c);
}

/* ---- keys */

size_t digest_length(const char *hash)
{
	EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);
	int size = md ? EVP_MD_get_size(md) : 0;
	EVP_MD_free(md);
	return size > 0 ? (size_t)size : 0;
}

bool pbkdf2(const char *hash, const uint8_t *password, size_t password_length, const uint8_t *salt, size_t salt_length, uint32_t iterations, uint8_t *to, size_t length)
{
	EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);
	bool good = md && iterations && iterations <= INT32_MAX && password_length <= INT32_MAX &&
		PKCS5_PBKDF2_HMAC((const char *)password, (int)password_length, salt, (int)salt_length, (int)iterations, md, (int)length, to) == 1;
	EVP_MD_free(md);
	return good;
}

/* Each digest-sized part of the block becomes the digest of its number and itself. */
static bool diffuse(EVP_MD_CTX *c, const EVP_MD *md, uint8_t *block, size_t length)
{
	size_t size = (size_t)EVP_MD_get_size(md);
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint32_t number = 0;
	bool good = true;
	for (size_t at = 0; good && at < length; at += size, number++) {
		size_t n = length - at < size ? length - at : size;
		const uint8_t be[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };
		good = EVP_DigestInit_ex2(c, md, NULL) == 1 && EVP_DigestUpdate(c, be, sizeof be) == 1 && EVP_DigestUpdate(c, block + at, n) == 1 && EVP_DigestFinal_ex(c, digest, NULL) == 1;
		memcpy(block + at, digest, n);
	}
	secret_wipe(digest, sizeof digest);
	return good;
}

/* All blocks but the last, folded; then xor with `last` gives the key, or with the key gives the last. */
static bool af_fold(const uint8_t *blocks, size_t length, uint32_t stripes, const char *hash, uint8_t *to)
{
	EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = md && c && stripes;
	memset(to, 0, length);
	for (uint32_t i = 0; good && i + 1 < stripes; i++) {
		for (size_t k = 0; k < length; k++)
			to[k] ^= blocks[(size_t)i * length + k];
		good = diffuse(c, md, to, length);
	}
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
	return good;
}

bool af_merge(const uint8_t *blocks, size_t length, uint32_t stripes, const char *hash, uint8_t *to)
{
	if (!af_fold(blocks, length, stripes, hash, to))
		return false;
	for (size_t k = 0; k < length; k++)
		to[k] ^= blocks[(size_t)(stripes - 1) * length + k];
	return true;
}

bool af_split(const uint8_t *key, size_t length, uint32_t stripes, const char *hash, uint8_t *blocks)
{
	uint8_t *last = blocks + (size_t)(stripes - 1) * length;
	if (!af_fold(blocks, length, stripes, hash, last))
		return false;
	for (size_t k = 0; k < length; k++)
		last[k] ^= key[k];
	return true;
}

/* ---- the source */

struct decrypted_source {
	struct source source, *below;
	uint64_t offset;
	size_t sector_size;
	decrypt_function *decrypt;
	void *owner;
	uint8_t piece[PIECE];
};

static void decrypted_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct decrypted_source *d = (struct decrypted_source *)s;
	uint8_t *out = to;
	while (length) {
		size_t within = (size_t)(offset % d->sector_size);
		uint64_t at = offset - within;
		size_t whole = within + length < PIECE ? (within + length + d->sector_size - 1) / d->sector_size * d->sector_size : PIECE;
		size_t piece = whole - within < length ? whole - within : length;
		size_t got = source_read_at(d->below, d->offset + at, d->piece, whole, taint);
		if (got < whole)
			memset(d->piece + got, 0, whole - got);
		if (got < within + piece)
			*taint = true;
		d->decrypt(d->owner, at, d->piece, whole);
		memcpy(out, d->piece + within, piece);
		out += piece;
		offset += piece;
		length -= piece;
	}
}

static void decrypted_close(struct source *s)
{
	free(s);
}

struct source *source_decrypted(struct source *below, uint64_t offset, uint64_t size, size_t sector_size, decrypt_function *decrypt, void *owner)
{
	static const struct source_operations operations = { decrypted_read_at, decrypted_close };
	struct decrypted_source *d = memory_new(sizeof *d);
	uint64_t there = offset < below->size ? below->size - offset : 0;
	d->source = (struct source){ .operations = &operations, .size = size < there ? size : there, .sector_size = (uint32_t)sector_size };
	d->below = below;
	d->offset = offset;
	d->sector_size = sector_size;
	d->decrypt = decrypt;
	d->owner = owner;
	return &d->source;
}
