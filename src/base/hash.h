/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h: several digests of one stream in one pass (OpenSSL EVP, each algorithm fetched once a process), and fast checksums. */
#ifndef SPOOR_BASE_HASH_H
#define SPOOR_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_kind { HASH_MD5 = 1, HASH_SHA1 = 2, HASH_SHA256 = 4, HASH_SHA512 = 8 };       /* a set is the sum */
enum { HASH_LENGTH_MAX = 64 };

struct hasher;
void hash_warm_up(void);                                        /* fetches the algorithms; call before the sandbox closes */
struct hasher *hasher_new(unsigned set);                        /* hasher_free releases; reusable */
void hasher_start(struct hasher *h);                            /* begins a new message; a new hasher is already started */
void hasher_update(struct hasher *h, const void *bytes, size_t length); /* works in turns of 32 KiB over all digests, so bytes stay in cache */
void hasher_finish(struct hasher *h);                           /* then hasher_digest is valid until the next start */
const uint8_t *hasher_digest(const struct hasher *h, enum hash_kind kind);      /* NULL if not in the set */
void hasher_free(struct hasher *h);
size_t hash_length(enum hash_kind kind);                        /* 16, 20, 32, 64 bytes */
const char *hash_name(enum hash_kind kind);                     /* "md5" "sha1" "sha256" "sha512" */
bool hash_set_parse(const char *text, unsigned *set);           /* "sha256,md5"; false on an unknown name */
void hash_sha256(const void *bytes, size_t length, uint8_t digest[32]);
uint32_t hash_crc32(uint32_t seed, const void *bytes, size_t length);   /* IEEE 802.3, seed 0 */
/* Castagnoli's (RFC 3720, B.4), the four bytes at `hole` taken as zero: where the sum itself lies. hole SIZE_MAX: none. */
uint32_t hash_crc32c(const void *bytes, size_t length, size_t hole);
uint32_t hash_adler32(uint32_t seed, const void *bytes, size_t length); /* RFC 1950, seed 1 */

#endif
