/* SPDX-License-Identifier: Apache-2.0 */
/* zip_crypt.c: PKWARE's traditional encryption (APPNOTE.TXT 6.1) and AES as WinZip has it ("AES Encryption Information: Encryption Specification AE-1 and AE-2"):
 * salt, two bytes that tell a wrong password, the content in CTR mode with a counter that begins at 1 and is little-endian, ten bytes of HMAC-SHA1 over what is encrypted. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "format/archive/zip_crypt.h"
#include "format/crypt/cipher.h"

enum { TRADITIONAL_HEAD = 12, VERIFIER = 2, CODE = 10, ITERATIONS = 1000, KEY_MOST = 32, BLOCK = 16, TURN = 4096 };

static size_t key_length(const struct zip_lock *l) { return 8 + 8 * (size_t)l->aes; }
static size_t salt_length(const struct zip_lock *l) { return 4 + 4 * (size_t)l->aes; }
size_t zip_lock_head(const struct zip_lock *l) { return l->aes ? salt_length(l) + VERIFIER : TRADITIONAL_HEAD; }
size_t zip_lock_tail(const struct zip_lock *l) { return l->aes ? CODE : 0; }

/* ---- traditional */

struct keys { uint32_t key[3]; };

/* One step of the CRC register, which is kept without the inversions at both ends. */
static uint32_t crc_step(uint32_t crc, uint8_t byte) { return (uint32_t)get_crc_table()[(crc ^ byte) & 0xff] ^ crc >> 8; }

static void keys_update(struct keys *k, uint8_t plain)
{
	k->key[0] = crc_step(k->key[0], plain);
	k->key[1] = (k->key[1] + (k->key[0] & 0xff)) * UINT32_C(134775813) + 1;
	k->key[2] = crc_step(k->key[2], (uint8_t)(k->key[1] >> 24));
}

static void keys_begin(struct keys *k, const uint8_t *password, size_t length)
{
	*k = (struct keys){ { 0x12345678, 0x23456789, 0x34567890 } };
	for (size_t i = 0; i < length; i++)
		keys_update(k, password[i]);
}

static void keys_decrypt(struct keys *k, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint32_t t = (k->key[2] & 0xffff) | 2;
		bytes[i] ^= (uint8_t)(t * (t ^ 1) >> 8);
		keys_update(k, bytes[i]);
	}
}

/* ---- AES */

/* Key, key of the HMAC, verifier. */
struct derived { uint8_t bytes[2 * KEY_MOST + VERIFIER]; };

static void derive(const struct zip_lock *l, const uint8_t *salt, const uint8_t *password, size_t length, struct derived *d)
{
	memset(d, 0, sizeof *d);
	pbkdf2("sha1", password, length, salt, salt_length(l), ITERATIONS, d->bytes, 2 * key_length(l) + VERIFIER);
}

static void counter_decrypt(const struct zip_lock *l, const uint8_t *key, uint8_t *bytes, size_t length)
{
	const EVP_CIPHER *cipher = l->aes == 1 ? EVP_aes_128_ecb() : l->aes == 2 ? EVP_aes_192_ecb() : EVP_aes_256_ecb();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t stream[TURN];
	uint64_t counter = 1;
	if (!c || EVP_EncryptInit_ex(c, cipher, NULL, key, NULL) != 1)
		exit(MEMORY_EXHAUSTED_STATUS);
	EVP_CIPHER_CTX_set_padding(c, 0);
	for (size_t at = 0; at < length; at += TURN) {
		int got = 0;
		memset(stream, 0, sizeof stream);
		for (size_t b = 0; b < TURN; b += BLOCK, counter++)
			for (unsigned i = 0; i < 8; i++)
				stream[b + i] = (uint8_t)(counter >> 8 * i);
		if (EVP_EncryptUpdate(c, stream, &got, stream, TURN) != 1)
			exit(MEMORY_EXHAUSTED_STATUS);
		for (size_t i = 0; i < TURN && at + i < length; i++)
			bytes[at + i] ^= stream[i];
	}
	EVP_CIPHER_CTX_free(c);
	secret_wipe(stream, sizeof stream);
}

/* ---- both */

bool zip_lock_fits(const struct zip_lock *l, const uint8_t *head, const uint8_t *password, size_t password_length)
{
	if (l->aes) {
		struct derived d;
		derive(l, head, password, password_length, &d);
		bool fits = memcmp(d.bytes + 2 * key_length(l), head + salt_length(l), VERIFIER) == 0;
		secret_wipe(&d, sizeof d);
		return fits;
	}
	struct keys k;
	uint8_t plain[TRADITIONAL_HEAD];
	keys_begin(&k, password, password_length);
	memcpy(plain, head, sizeof plain);
	keys_decrypt(&k, plain, sizeof plain);
	secret_wipe(&k, sizeof k);
	return plain[TRADITIONAL_HEAD - 1] == l->check;
}

bool zip_lock_open(const struct zip_lock *l, const uint8_t *password, size_t password_length, uint8_t *bytes, size_t length)
{
	if (!l->aes) {
		struct keys k;
		keys_begin(&k, password, password_length);
		keys_decrypt(&k, bytes, length);
		secret_wipe(&k, sizeof k);
		return true;
	}
	struct derived d;
	uint8_t code[EVP_MAX_MD_SIZE];
	unsigned code_length = 0;
	size_t head = zip_lock_head(l), content = length - head - CODE;
	derive(l, bytes, password, password_length, &d);
	bool good = HMAC(EVP_sha1(), d.bytes + key_length(l), (int)key_length(l), bytes + head, content, code, &code_length) && memcmp(code, bytes + head + content, CODE) == 0;
	counter_decrypt(l, d.bytes, bytes + head, content);
	secret_wipe(&d, sizeof d);
	return good;
}

/* ---- the passwords */

static bool is_password(const struct key *k) { return k->kind == KEY_PASSWORD || k->kind == KEY_FILE || k->kind == KEY_RAW; }

static bool list_get(struct zip_passwords *p, struct source *archive)
{
	uint8_t head[TURN], id[32];
	if (p->answer || !p->ring)
		return p->answer;
	size_t length = source_read_at(archive, 0, head, sizeof head, NULL);
	struct hasher *h = hasher_new(HASH_SHA256);
	hasher_start(h);
	hasher_update(h, "zip", 3);
	hasher_update(h, head, length);
	hasher_finish(h);
	memcpy(id, hasher_digest(h, HASH_SHA256), sizeof id);
	hasher_free(h);
	p->answer = memory_new(sizeof *p->answer);
	p->ring->ask(p->ring, id, p->answer);
	return true;
}

bool zip_password_get(struct zip_passwords *p, struct source *archive, unsigned number, struct key *k)
{
	size_t at = 0;
	if (!number || !list_get(p, archive))
		return false;
	for (unsigned n = 1; keys_next(p->answer->bytes + p->answer->found, p->answer->given, &at, k); n++)
		if (n == number)
			return is_password(k);
	return false;
}

unsigned zip_password_next(struct zip_passwords *p, struct source *archive, const struct zip_lock *l, const uint8_t *head, unsigned after)
{
	struct key k;
	size_t at = 0;
	if (!list_get(p, archive))
		return 0;
	/* what opened another member first */
	if (!after && p->right && zip_password_get(p, archive, p->right, &k) && p->work++ < ZIP_WORK_MAX && zip_lock_fits(l, head, k.bytes, k.length))
		return p->right;
	if (after == p->right)
		after = 0;
	for (unsigned n = 1; keys_next(p->answer->bytes + p->answer->found, p->answer->given, &at, &k); n++) {
		if (n <= after || n == p->right || !is_password(&k))
			continue;
		if (p->work++ >= ZIP_WORK_MAX)
			return 0;
		if (zip_lock_fits(l, head, k.bytes, k.length))
			return n;
	}
	return 0;
}

void zip_passwords_close(struct zip_passwords *p)
{
	if (p->answer)
		secret_wipe(p->answer, sizeof *p->answer);
	free(p->answer);
}
