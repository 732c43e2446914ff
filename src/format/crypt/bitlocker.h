/* SPDX-License-Identifier: Apache-2.0 */
/* bitlocker.h: what the files of BitLocker share. Source: libbde, "BitLocker Drive Encryption (BDE) format". */
#ifndef SPOOR_FORMAT_CRYPT_BITLOCKER_H
#define SPOOR_FORMAT_CRYPT_BITLOCKER_H

#include "base/cursor.h"
#include "base/keys.h"
#include "format/crypt/cipher.h"
#include "format/format.h"

enum { FVE_PROTECTORS = 32, FVE_BLOCKS = 3, FVE_VMK = 32, FVE_KEY_MOST = 64 };

/* How a protector keeps the volume master key. */
enum fve_protection { FVE_CLEAR = 0x0000, FVE_TPM = 0x0100, FVE_STARTUP = 0x0200, FVE_TPM_PIN = 0x0500, FVE_RECOVERY = 0x0800, FVE_PASSWORD = 0x2000 };
/* AES-CCM: 12 bytes of nonce, 16 of tag, data. Borrowed from the metadata. */
struct fve_sealed { const uint8_t *bytes; size_t length; };
struct fve_protector {
	uint8_t id[16];
	uint16_t protection;
	uint8_t salt[16]; bool has_salt;
	const uint8_t *clear;           /* 32 bytes; NULL: none */
	struct fve_sealed vmk;          /* sealed with what the responder has */
};
struct fve {
	uint8_t *metadata; size_t metadata_length;      /* owned: the block that is used */
	unsigned version;               /* 1: Vista, 2: since Windows 7 */
	uint32_t sector_size;
	uint16_t method, state;
	uint8_t volume_id[16];
	uint64_t encrypted;             /* bytes from the start that are encrypted */
	uint64_t block[FVE_BLOCKS]; size_t block_size;  /* where metadata lies; reads as zeros */
	uint64_t header_offset, header_size;            /* version 2: where the first sectors went */
	uint64_t mirror;                /* version 1: cluster of the MFT's mirror, which the boot sector lost */
	struct fve_protector protector[FVE_PROTECTORS]; unsigned protectors;
	struct fve_sealed fvek;
	uint8_t id[32];                 /* SHA-256 of the metadata */
};

/* False: damaged or not supported, which was reported. */
bool fve_read(const struct opening *o, struct fve *f);

/* An entry of metadata or of a BEK file: u16 size, type, value type, version; data. False at the end. */
struct fve_entry { uint16_t type, value; struct cursor data; };
bool fve_entry_next(struct cursor *c, struct fve_entry *e);

/* What opened the volume: which key of those given (0: none was needed), which protector (0xff: the volume's own key was given), the volume's own key. */
struct fve_opened { uint8_t given, protector, length, key[FVE_KEY_MOST]; };
/* Bytes of the volume's own key for a method; 0: no such method. */
size_t fve_key_length(uint16_t method);
/* From the keys given, in order; false: none fits. `right`: does an unproven key open it? *limit: more derivations than are done for one volume. */
bool fve_unlock(const struct fve *f, struct reporter *r, const uint8_t *keys, size_t length, struct fve_opened *to, bool (*right)(void *owner, const uint8_t *key), void *owner, unsigned *usable, bool *limit);
/* "recovery password {GUID}, ..." for people. */
void fve_needs(struct buffer *out, const struct fve *f);

/* AES-CBC with and without Elephant diffuser, AES-XTS. NULL: no such method. */
struct fve_cipher;
struct fve_cipher *fve_cipher_new(uint16_t method, const uint8_t *key, uint32_t sector_size);
void fve_cipher_decrypt(struct fve_cipher *c, uint64_t offset, uint8_t *bytes, size_t length);        /* whole sectors; offset in bytes of the encrypted volume */
void fve_cipher_free(struct fve_cipher *c);
/* One sector through the diffuser, both ways; for tests. */
void elephant_decrypt(uint8_t *bytes, size_t length);

#endif
