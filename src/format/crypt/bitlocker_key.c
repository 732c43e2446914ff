/* SPDX-License-Identifier: Apache-2.0 */
/* bitlocker_key.c: from what a responder has to the volume's own key. Source: libbde, sections "Recovery password", "User password", "Stretch key", "External key".
 *
 * Each protector holds the volume master key (VMK) sealed by AES-CCM with a key of 32 bytes: stretched from a password by 2^20 rounds of SHA-256, taken from a BEK file, or lying
 * beside it (a suspended volume). The VMK in turn opens the volume's own key. The seal's tag tells a right key from a wrong one. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/crypt/bitlocker.h"

enum { NONCE = 12, TAG = 16, ROUNDS = 1 << 20, DERIVATIONS_MOST = 64, KEY_HEAD = 12, BEK_HEADER = 48, VALUE_KEY = 1, VALUE_EXTERNAL = 9, PASSWORD_MOST = 1024 };
static const uint64_t STEP_PROTECTOR = UINT64_C(1) << 37;

/* The key inside a sealed entry: behind an entry's head and a method. False: the tag does not hold. */
static bool unseal(const struct fve_sealed *s, const uint8_t key[FVE_VMK], uint8_t *to, size_t most, size_t *length)
{
	enum { SEALED_MOST = 256 };
	uint8_t plain[SEALED_MOST];
	size_t sealed = s->length - NONCE - TAG;
	int done = 0;
	if (!s->bytes || s->length < NONCE + TAG + KEY_HEAD || sealed > sizeof plain || sealed - KEY_HEAD > most)
		return false;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-CCM", NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG];
	memcpy(tag, s->bytes + NONCE, TAG);
	bool good = cipher && c && EVP_DecryptInit_ex2(c, cipher, NULL, NULL, NULL) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) == 1 &&
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 && EVP_DecryptInit_ex2(c, NULL, key, s->bytes, NULL) == 1 &&
		EVP_DecryptUpdate(c, plain, &done, s->bytes + NONCE + TAG, (int)sealed) == 1;
	EVP_CIPHER_CTX_free(c);
	EVP_CIPHER_free(cipher);
	if (good) {
		*length = sealed - KEY_HEAD;
		memcpy(to, plain + KEY_HEAD, *length);
	}
	secret_wipe(plain, sizeof plain);
	return good;
}

static void stretch(const uint8_t first[32], const uint8_t salt[16], uint8_t to[32])
{
	struct { uint8_t last[32], first[32], salt[16], count[8]; } round = { 0 };      /* bytes only: no padding */
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	memcpy(round.first, first, 32);
	memcpy(round.salt, salt, 16);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 4; k++)
			round.count[k] = (uint8_t)(i >> 8 * k);
		EVP_DigestInit_ex2(c, md, NULL);
		EVP_DigestUpdate(c, &round, sizeof round);
		EVP_DigestFinal_ex(c, round.last, NULL);
	}
	memcpy(to, round.last, 32);
	secret_wipe(&round, sizeof round);
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
}

static void sha256(const uint8_t *bytes, size_t length, uint8_t to[32])
{
	size_t size = 32;
	EVP_Q_digest(NULL, "SHA256", NULL, bytes, length, to, &size);
}

/* What is stretched: SHA-256 twice over the UTF-16 of a password, once over the 16 bytes of a recovery password. */
static bool first_hash(const struct key *k, uint8_t to[32])
{
	uint8_t wide[2 * PASSWORD_MOST], plain[16];
	size_t n = 0;
	if (k->kind == KEY_RECOVERY) {
		bool good = recovery_bytes(k->bytes, k->length, plain);
		sha256(plain, sizeof plain, to);
		secret_wipe(plain, sizeof plain);
		return good;
	}
	for (size_t i = 0; i < k->length;) {
		uint32_t v = k->bytes[i];
		size_t more = v < 0x80 ? 0 : v >= 0xf0 ? 3 : v >= 0xe0 ? 2 : 1;
		if (more >= k->length - i || n + 4 > sizeof wide || !text_is_utf8(k->bytes + i, more + 1))
			return false;
		v &= more ? 0x3fu >> more : 0x7fu;
		for (size_t m = 1; m <= more; m++)
			v = v << 6 | (k->bytes[i + m] & 0x3f);
		i += more + 1;
		for (int half = v > 0xffff ? 2 : 1; half > 0; half--) {
			uint32_t unit = v <= 0xffff ? v : half == 2 ? 0xd800 + ((v - 0x10000) >> 10) : 0xdc00 + ((v - 0x10000) & 0x3ff);
			wide[n++] = (uint8_t)unit;
			wide[n++] = (uint8_t)(unit >> 8);
		}
	}
	sha256(wide, n, to);
	sha256(to, 32, to);
	secret_wipe(wide, sizeof wide);
	return true;
}

/* The key in a BEK file and the id of the protector that it is for. */
static bool bek_read(const struct key *k, uint8_t id[16], uint8_t to[FVE_VMK])
{
	struct cursor c = cursor_of(k->bytes, k->length, 0);
	struct fve_entry e, inner;
	c.at = BEK_HEADER;
	while (fve_entry_next(&c, &e)) {
		if (e.value != VALUE_EXTERNAL)
			continue;
		const uint8_t *p = cursor_bytes(&e.data, 16);
		cursor_skip(&e.data, 8);        /* time */
		while (p && fve_entry_next(&e.data, &inner))
			if (inner.value == VALUE_KEY) {
				cursor_skip(&inner.data, 4);
				const uint8_t *key = cursor_bytes(&inner.data, FVE_VMK);
				if (!key)
					return false;
				memcpy(id, p, 16);
				memcpy(to, key, FVE_VMK);
				return true;
			}
	}
	return false;
}

static bool vmk_opens(const struct fve *f, const struct fve_protector *p, const uint8_t key[32], struct fve_opened *to)
{
	uint8_t vmk[FVE_KEY_MOST];
	size_t length = 0, wanted = fve_key_length(f->method), got = 0;
	bool good = unseal(&p->vmk, key, vmk, sizeof vmk, &length) && length == FVE_VMK && unseal(&f->fvek, vmk, to->key, sizeof to->key, &got) && got >= wanted;
	to->length = good ? (uint8_t)wanted : 0;
	secret_wipe(vmk, sizeof vmk);
	return good;
}

bool fve_unlock(const struct fve *f, struct reporter *r, const uint8_t *keys, size_t length, struct fve_opened *to, bool (*right)(void *owner, const uint8_t *key), void *owner, unsigned *usable, bool *limit)
{
	struct key k;
	size_t at = 0;
	unsigned derivations = 0;
	for (unsigned i = 0; i < f->protectors; i++) {
		*to = (struct fve_opened){ .protector = (uint8_t)i };
		if (f->protector[i].clear && vmk_opens(f, &f->protector[i], f->protector[i].clear, to))
			return true;
	}
	for (unsigned number = 1; keys_next(keys, length, &at, &k); number++) {
		uint8_t first[32], key[32], id[16];
		bool bek = k.kind == KEY_BEK && bek_read(&k, id, key), text = k.kind == KEY_PASSWORD || k.kind == KEY_RECOVERY, good = false;
		if (k.kind == KEY_RAW && k.length == fve_key_length(f->method)) {
			++*usable;
			*to = (struct fve_opened){ .given = (uint8_t)number, .protector = 0xff, .length = (uint8_t)k.length };
			memcpy(to->key, k.bytes, k.length);
			if (right(owner, to->key))
				return true;
		}
		if (!bek && !(text && first_hash(&k, first)))
			continue;
		++*usable;
		for (unsigned i = 0; i < f->protectors && !good; i++) {
			const struct fve_protector *p = &f->protector[i];
			*to = (struct fve_opened){ .given = (uint8_t)number, .protector = (uint8_t)i };
			if (bek && memcmp(p->id, id, sizeof id))
				continue;
			if (text) {
				if (!p->has_salt || p->protection != (k.kind == KEY_RECOVERY ? FVE_RECOVERY : FVE_PASSWORD))
					continue;
				if (derivations == DERIVATIONS_MOST) {
					*limit = true;
					continue;
				}
				derivations++;
				if (r && r->step && !r->step(r, STEP_PROTECTOR + i))
					continue;
				stretch(first, p->salt, key);
			}
			good = vmk_opens(f, p, key, to);
		}
		secret_wipe(first, sizeof first);
		secret_wipe(key, sizeof key);
		if (good)
			return true;
	}
	return false;
}

void fve_needs(struct buffer *out, const struct fve *f)
{
	static const struct { uint16_t protection; const char *name; } names[] = {
		{ FVE_TPM, "TPM" }, { FVE_STARTUP, "start-up or recovery key file" }, { FVE_TPM_PIN, "TPM with PIN" }, { FVE_RECOVERY, "recovery password" }, { FVE_PASSWORD, "password" }, { 0x0300, "TPM with start-up key" },
	};
	for (unsigned i = 0; i < f->protectors; i++) {
		const struct fve_protector *p = &f->protector[i];
		const char *name = "key of another kind";
		const uint8_t *g = p->id;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (names[k].protection == p->protection)
				name = names[k].name;
		buffer_format(out, "%s%s %02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", i ? ", " : "", name, g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
	}
}
