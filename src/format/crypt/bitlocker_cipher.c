/* SPDX-License-Identifier: Apache-2.0 */
/* bitlocker_cipher.c: the sector ciphers of BitLocker. Source: N. Ferguson, "AES-CBC + Elephant diffuser: A Disk Encryption Algorithm for Windows Vista" (2006); libbde.
 *
 * CBC: the first vector is the encrypted byte offset of the sector. With the diffuser: CBC, then diffuser B, diffuser A, then the sector key, which comes from a second AES
 * key, is taken off. XTS: the tweak is the sector's number. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "format/crypt/bitlocker.h"

enum { BLOCK = 16, A_CYCLES = 5, B_CYCLES = 3, TWEAK_KEY_AT = 32, SECTOR_KEY = 32 };

static const struct method { uint16_t method; const char *data, *block; size_t key; bool diffuser; } methods[] = {
	{ 0x8000, "AES-128-CBC", "AES-128-ECB", 64, true }, { 0x8001, "AES-256-CBC", "AES-256-ECB", 64, true },
	{ 0x8002, "AES-128-CBC", "AES-128-ECB", 16, false }, { 0x8003, "AES-256-CBC", "AES-256-ECB", 32, false },
	{ 0x8004, "AES-128-XTS", NULL, 32, false }, { 0x8005, "AES-256-XTS", NULL, 64, false },
};

struct fve_cipher {
	const struct method *method;
	uint32_t sector_size;
	EVP_CIPHER_CTX *data, *vector, *sector_key;
};

static const struct method *method_of(uint16_t method)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].method == method)
			return &methods[i];
	return NULL;
}

size_t fve_key_length(uint16_t method)
{
	const struct method *m = method_of(method);
	return m ? m->key : 0;
}

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

struct fve_cipher *fve_cipher_new(uint16_t method, const uint8_t *key, uint32_t sector_size)
{
	const struct method *m = method_of(method);
	if (!m)
		return NULL;
	struct fve_cipher *c = memory_new(sizeof *c);
	c->method = m;
	c->sector_size = sector_size;
	c->data = context(m->data, key, false);
	c->vector = m->block ? context(m->block, key, true) : NULL;
	c->sector_key = m->diffuser ? context(m->block, key + TWEAK_KEY_AT, true) : NULL;
	if (!c->data || (m->block && !c->vector) || (m->diffuser && !c->sector_key)) {
		fve_cipher_free(c);
		return NULL;
	}
	return c;
}

void fve_cipher_free(struct fve_cipher *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->data);
	EVP_CIPHER_CTX_free(c->vector);
	EVP_CIPHER_CTX_free(c->sector_key);
	free(c);
}

static uint32_t word_at(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void word_put(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t rotate(uint32_t v, unsigned by)
{
	return by ? v << by | v >> (32 - by) : v;
}

void elephant_decrypt(uint8_t *bytes, size_t length)
{
	static const uint8_t a[4] = { 9, 0, 13, 0 }, b[4] = { 0, 10, 0, 25 };
	uint32_t d[CIPHER_SECTOR_MOST / 4];
	size_t n = length / 4;
	if (n > sizeof d / sizeof *d || n < 8)
		return;
	for (size_t i = 0; i < n; i++)
		d[i] = word_at(bytes + 4 * i);
	for (int cycle = 0; cycle < B_CYCLES; cycle++)
		for (size_t i = 0; i < n; i++)
			d[i] += d[(i + 2) % n] ^ rotate(d[(i + 5) % n], b[i % 4]);
	for (int cycle = 0; cycle < A_CYCLES; cycle++)
		for (size_t i = 0; i < n; i++)
			d[i] += d[(i + n - 2) % n] ^ rotate(d[(i + n - 5) % n], a[i % 4]);
	for (size_t i = 0; i < n; i++)
		word_put(bytes + 4 * i, d[i]);
}

static void number_put(uint8_t block[BLOCK], uint64_t v)
{
	memset(block, 0, BLOCK);
	for (int i = 0; i < 8; i++)
		block[i] = (uint8_t)(v >> 8 * i);
}

void fve_cipher_decrypt(struct fve_cipher *c, uint64_t offset, uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at + c->sector_size <= length; at += c->sector_size, offset += c->sector_size) {
		uint8_t vector[BLOCK], *sector = bytes + at;
		int done;
		number_put(vector, c->vector ? offset : offset / c->sector_size);
		if (c->vector)
			EVP_CipherUpdate(c->vector, vector, &done, vector, sizeof vector);
		EVP_CipherInit_ex2(c->data, NULL, NULL, vector, -1, NULL);
		EVP_CipherUpdate(c->data, sector, &done, sector, (int)c->sector_size);
		if (!c->sector_key)
			continue;
		uint8_t key[SECTOR_KEY];
		number_put(key, offset);
		number_put(key + BLOCK, offset);
		key[SECTOR_KEY - 1] = 0x80;
		EVP_CipherUpdate(c->sector_key, key, &done, key, sizeof key);
		elephant_decrypt(sector, c->sector_size);
		for (size_t i = 0; i < c->sector_size; i++)
			sector[i] ^= key[i % SECTOR_KEY];
	}
}
