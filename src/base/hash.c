/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c: several digests of one stream in one pass; see hash.h.
 *
 * The algorithms are fetched once a process, from a library context of our own: it reads no configuration file, so that a machine
 * in FIPS mode still gives MD5 (here a name for known files, not a protection) and nothing is opened behind the sandbox.
 * EVP_sha256() and friends would look the algorithm up again at each message. */
#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "base/memory.h"

/* 32 KiB a turn: the second digest finds the bytes in the first-level cache; whole-megabyte turns cost nothing less for one digest
 * and lose for three. */
enum { ALGORITHMS = 4, TURN_BYTES = 32 * 1024 };

static const struct {
	enum hash_kind kind;
	const char *name, *fetch;
	size_t length;
} algorithm[ALGORITHMS] = {
	{ HASH_MD5, "md5", "MD5", 16 },
	{ HASH_SHA1, "sha1", "SHA1", 20 },
	{ HASH_SHA256, "sha256", "SHA256", 32 },
	{ HASH_SHA512, "sha512", "SHA512", 64 },
};
enum { SHA256_ROW = 2 };

struct hasher {
	unsigned set;
	bool finished;
	EVP_MD_CTX *context[ALGORITHMS];        /* NULL where the kind is not in the set */
	uint8_t digest[ALGORITHMS][HASH_LENGTH_MAX];
};

static EVP_MD *fetched[ALGORITHMS];
static once_flag fetched_once = ONCE_FLAG_INIT;

/* OpenSSL refuses here only when memory is gone or its installation is broken: trouble, not damage. */
static void must(bool good)
{
	if (good)
		return;
	fputs("spoor: OpenSSL: a digest could not be computed\n", stderr);
	_Exit(MEMORY_EXHAUSTED_STATUS);
}

static void fetch_all(void)
{
	must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL));   /* else the first digest opens openssl.cnf */
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	must(library && OSSL_PROVIDER_load(library, "default"));
	for (size_t i = 0; i < ALGORITHMS; i++) {
		fetched[i] = EVP_MD_fetch(library, algorithm[i].fetch, NULL);
		must(fetched[i]);
	}
}

void hash_warm_up(void)
{
	call_once(&fetched_once, fetch_all);
}

static size_t row_of(enum hash_kind kind)
{
	size_t i = 0;
	while (i < ALGORITHMS && algorithm[i].kind != kind)
		i++;
	return i;
}

struct hasher *hasher_new(unsigned set)
{
	hash_warm_up();
	struct hasher *h = memory_new(sizeof *h);
	h->set = set;
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (set & algorithm[i].kind) {
			h->context[i] = EVP_MD_CTX_new();
			must(h->context[i]);
		}
	hasher_start(h);
	return h;
}

void hasher_start(struct hasher *h)
{
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (h->context[i])
			must(EVP_DigestInit_ex(h->context[i], fetched[i], NULL));
	h->finished = false;
}

void hasher_update(struct hasher *h, const void *bytes, size_t length)
{
	must(!h->finished);
	const uint8_t *at = bytes;
	for (size_t turn; length; at += turn, length -= turn) {
		turn = length < TURN_BYTES ? length : TURN_BYTES;
		for (size_t i = 0; i < ALGORITHMS; i++)
			if (h->context[i])
				must(EVP_DigestUpdate(h->context[i], at, turn));
	}
}

void hasher_finish(struct hasher *h)
{
	if (h->finished)
		return;
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (h->context[i])
			must(EVP_DigestFinal_ex(h->context[i], h->digest[i], NULL));
	h->finished = true;
}

const uint8_t *hasher_digest(const struct hasher *h, enum hash_kind kind)
{
	size_t i = row_of(kind);
	return h->finished && i < ALGORITHMS && h->context[i] ? h->digest[i] : NULL;
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < ALGORITHMS; i++)
		EVP_MD_CTX_free(h->context[i]);
	free(h);
}

size_t hash_length(enum hash_kind kind)
{
	size_t i = row_of(kind);
	return i < ALGORITHMS ? algorithm[i].length : 0;
}

const char *hash_name(enum hash_kind kind)
{
	size_t i = row_of(kind);
	return i < ALGORITHMS ? algorithm[i].name : "?";
}

bool hash_set_parse(const char *text, unsigned *set)
{
	unsigned found = 0;
	for (const char *at = text;; at++) {
		size_t length = strcspn(at, ","), i = 0;
		while (i < ALGORITHMS && (strlen(algorithm[i].name) != length || memcmp(at, algorithm[i].name, length) != 0))
			i++;
		if (i == ALGORITHMS)
			return false;
		found |= algorithm[i].kind;
		at += length;
		if (!*at)
			break;
	}
	*set = found;
	return true;
}

void hash_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	hash_warm_up();
	must(EVP_Digest(bytes, length, digest, NULL, fetched[SHA256_ROW], NULL));
}
