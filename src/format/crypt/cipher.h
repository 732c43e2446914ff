/* SPDX-License-Identifier: Apache-2.0 */
/* cipher.h: what encrypted volumes share: sector ciphers, key derivation, anti-forensic splitting; OpenSSL does the arithmetic. */
#ifndef SPOOR_FORMAT_CRYPT_CIPHER_H
#define SPOOR_FORMAT_CRYPT_CIPHER_H

#include "source/source.h"

enum { CIPHER_KEY_MOST = 128, CIPHER_SECTOR_MOST = 4096 };

/* Wipes; never left out by the compiler. */
void secret_wipe(void *bytes, size_t length);

/* A cipher that works sector by sector, named as dm-crypt does: "aes-xts-plain64", "aes-cbc-essiv:sha256", "aes-cbc-plain", "aes-ecb". NULL: not one of those, or the
 * key's length does not fit it (*why). */
struct sector_cipher;
struct sector_cipher *sector_cipher_new(const char *name, const uint8_t *key, size_t key_length, const char **why);
/* `length` bytes in place, whole sectors; the first one's number for the tweak is `number`, in units of 512 bytes, whatever the sector size is. */
void sector_cipher_decrypt(struct sector_cipher *c, uint64_t number, uint8_t *bytes, size_t length, size_t sector_size);
void sector_cipher_free(struct sector_cipher *c);

/* False: the digest's name is not known. iterations > 0. */
bool pbkdf2(const char *hash, const uint8_t *password, size_t password_length, const uint8_t *salt, size_t salt_length, uint32_t iterations, uint8_t *to, size_t length);
size_t digest_length(const char *hash);                 /* 0: not known */

/* LUKS anti-forensic merge (LUKS1 On-Disk Format Specification 1.2.3, section 2.4): `stripes` blocks of `length` bytes to one. */
bool af_merge(const uint8_t *blocks, size_t length, uint32_t stripes, const char *hash, uint8_t *to);
/* The reverse for tests: `blocks` holds stripes - 1 blocks of random bytes already; the last one is made. */
bool af_split(const uint8_t *key, size_t length, uint32_t stripes, const char *hash, uint8_t *blocks);

/* Decrypts as it reads: what `decrypt` is given are whole sectors, read from `below` from `offset` on. Borrows `below` and `owner`. */
typedef void decrypt_function(void *owner, uint64_t at, uint8_t *bytes, size_t length);       /* at: bytes from the start of this source; at and length are multiples of the sector size */
struct source *source_decrypted(struct source *below, uint64_t offset, uint64_t size, size_t sector_size, decrypt_function *decrypt, void *owner);

#endif
