/* SPDX-License-Identifier: Apache-2.0 */
/* luks.h: what the two header versions have in common, for the files of LUKS. */
#ifndef SPOOR_FORMAT_CRYPT_LUKS_H
#define SPOOR_FORMAT_CRYPT_LUKS_H

#include "format/crypt/cipher.h"
#include "format/format.h"

enum { LUKS_SLOTS = 32, LUKS_DIGESTS = 32, LUKS_TEXT = 72, LUKS_SALT = 64, LUKS_DIGEST = 64 };

struct luks_digest { char hash[LUKS_TEXT]; uint32_t iterations; uint8_t salt[LUKS_SALT], bytes[LUKS_DIGEST]; size_t salt_length, length; };
struct luks_slot {
	unsigned number;
	bool argon2, argon2i;           /* else PBKDF2 */
	char hash[LUKS_TEXT];           /* PBKDF2's */
	char af_hash[LUKS_TEXT], cipher[LUKS_TEXT];
	uint32_t iterations;            /* Argon2: passes */
	uint32_t memory_kib, lanes;
	uint8_t salt[LUKS_SALT]; size_t salt_length;
	size_t area_key, key;           /* bytes: of the slot's own cipher, of the volume's key */
	uint64_t offset, size;          /* key material, bytes */
	uint32_t stripes;
	unsigned digest;                /* which digest tells that the key is right */
};
struct luks_header {
	unsigned version;
	char uuid[48], cipher[LUKS_TEXT];
	size_t key;                     /* bytes of the volume's key */
	uint64_t offset, size;          /* of the data; size UINT64_MAX: to the end */
	size_t sector_size;
	uint64_t tweak;                 /* number of the first sector, in units of 512 bytes */
	struct luks_slot slot[LUKS_SLOTS]; unsigned slots;
	struct luks_digest digest[LUKS_DIGESTS]; unsigned digests;
	uint8_t id[32];                 /* of this header: SHA-256 over it */
};

/* False: damaged or not supported, which was reported. */
bool luks1_read(const struct opening *o, struct luks_header *h);
bool luks2_read(const struct opening *o, struct luks_header *h);

#endif
