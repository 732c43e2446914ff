/* SPDX-License-Identifier: Apache-2.0 */
/* luks.c: a LUKS volume, version 1 or 2: opened with the keys that the responder gave, it holds one volume, "luks:1".
 *
 * Sources: "LUKS1 On-Disk Format Specification" 1.2.3; "LUKS2 On-Disk Format Specification" 1.1.1. Each key is tried on each active slot, in order: derive (PBKDF2 or
 * Argon2), decrypt the slot's key material, merge its stripes, compare the digest. What opened it goes back to the key ring, so that later jobs check
 * a digest instead of deriving again. Work is bounded by counted iterations and memory passes, and what a bound left untried is a record.
 *
 * libluksde refuses LUKS2 and overflows its stack on LUKS1 as cryptsetup makes it by default. Argon2 comes from libargon2: OpenSSL 3.0 has none. Its lanes are worked off by one
 * thread: a worker may not make others. */
#include "format/crypt/luks.h"

#include <argon2.h>
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"

enum { CACHE_BLOCK = 64 * 1024, CACHE_BLOCKS = 64, AREA_MOST = 64 << 20 };
static const uint64_t ITERATIONS_ONCE = 100000000, ITERATIONS_ALL = 1000000000;      /* of PBKDF2: one derivation, one volume */
static const uint64_t KIB_ONCE = UINT64_C(64) << 20, KIB_ALL = UINT64_C(512) << 20;  /* of Argon2: memory times passes */
static const uint64_t STEP_SLOT = UINT64_C(1) << 37;

struct luks {
	struct container container;             /* first member */
	struct luks_header header;
	struct sector_cipher *cipher;
	struct source *plain;
	uint64_t iterations, kib;               /* spent */
	bool spent;                             /* a bound left something untried */
	bool given;                             /* the node */
};

static unsigned luks_probe(const struct probe *p)
{
	static const size_t second[] = { 0x4000, 0x8000, 0x10000 };
	if (p->head_length >= 8 && !memcmp(p->head, "LUKS\xba\xbe\0", 7) && (p->head[7] == 1 || p->head[7] == 2))
		return 64;
	/* the first header of LUKS2 wiped: the second is still there */
	for (size_t i = 0; i < sizeof second / sizeof *second; i++)
		if (p->head_length >= second[i] + 8 && !memcmp(p->head + second[i], "SKUL\xba\xbe\0\2", 8))
			return 64;
	return 0;
}

/* ---- keys */

static bool key_right(struct luks *l, const struct luks_digest *d, const uint8_t *key)
{
	uint8_t made[LUKS_DIGEST];
	size_t size = digest_length(d->hash);
	uint64_t cost = size ? (uint64_t)d->iterations * ((d->length + size - 1) / size) : 0;
	if (cost > ITERATIONS_ONCE || l->iterations + cost > ITERATIONS_ALL) {
		l->spent = true;
		return false;
	}
	l->iterations += cost;
	bool right = pbkdf2(d->hash, key, l->header.key, d->salt, d->salt_length, d->iterations, made, d->length) && !memcmp(made, d->bytes, d->length);
	secret_wipe(made, sizeof made);
	return right;
}

static bool derive(struct luks *l, const struct luks_slot *s, const uint8_t *password, size_t length, uint8_t *to)
{
	struct reporter *r = l->container.report;
	if (!s->argon2) {
		size_t size = digest_length(s->hash);
		uint64_t cost = size ? (uint64_t)s->iterations * ((s->area_key + size - 1) / size) : 0;
		if (cost > ITERATIONS_ONCE || l->iterations + cost > ITERATIONS_ALL) {
			l->spent = true;
			return false;
		}
		l->iterations += cost;
		if (pbkdf2(s->hash, password, length, s->salt, s->salt_length, s->iterations, to, s->area_key))
			return true;
		report_error(r, "unsupported", "luks.hash", NULL, 0, 0, "key slot %u: the hash %.31s is not known here", s->number, s->hash);
		return false;
	}
	uint64_t cost = (uint64_t)s->memory_kib * s->iterations;
	if (cost > KIB_ONCE || l->kib + cost > KIB_ALL) {
		l->spent = true;
		return false;
	}
	l->kib += cost;
	argon2_context c = {
		.out = to, .outlen = (uint32_t)s->area_key, .pwd = (uint8_t *)(uintptr_t)password, .pwdlen = (uint32_t)length, .salt = (uint8_t *)(uintptr_t)s->salt, .saltlen = (uint32_t)s->salt_length,
		.t_cost = s->iterations, .m_cost = s->memory_kib, .lanes = s->lanes, .threads = 1, .version = ARGON2_VERSION_13, .flags = ARGON2_DEFAULT_FLAGS,
	};
	int code = argon2_ctx(&c, s->argon2i ? Argon2_i : Argon2_id);
	if (code == ARGON2_OK)
		return true;
	if (code == ARGON2_MEMORY_ALLOCATION_ERROR)
		report_error(r, "limit", "luks.memory", NULL, 0, 0, "key slot %u: deriving its key takes %u MiB of memory, more than a worker may have", s->number, s->memory_kib / 1024);
	else
		report_error(r, "damage", "luks.slot", NULL, 0, 0, "key slot %u: %s", s->number, argon2_error_message(code));
	return false;
}

static bool slot_try(struct luks *l, const struct luks_slot *s, const uint8_t *password, size_t length, uint8_t *key)
{
	uint8_t own[CIPHER_KEY_MOST];
	const char *why;
	bool right = false;
	if (l->container.report && l->container.report->step && !l->container.report->step(l->container.report, STEP_SLOT + s->number))
		return false;
	if (!derive(l, s, password, length, own))
		return false;
	struct sector_cipher *cipher = sector_cipher_new(s->cipher, own, s->area_key, &why);
	secret_wipe(own, sizeof own);
	if (!cipher) {
		report_error(l->container.report, "unsupported", "luks.cipher", NULL, 0, 0, "key slot %u is encrypted with %s: %s", s->number, s->cipher, why);
		return false;
	}
	enum { SECTOR = 512 };
	size_t whole = (size_t)(s->stripes * s->key + SECTOR - 1) / SECTOR * SECTOR;
	uint8_t *material = memory_new(whole);
	source_read_at(l->container.source, s->offset, material, whole, NULL);
	sector_cipher_decrypt(cipher, 0, material, whole, SECTOR);
	if (af_merge(material, s->key, s->stripes, s->af_hash, key))
		right = key_right(l, &l->header.digest[s->digest], key);
	secret_wipe(material, whole);
	free(material);
	sector_cipher_free(cipher);
	return right;
}

/* What opened it: which key of those given, which slot (0xff: none, the volume's own key), the volume's key. */
struct opened { uint8_t given, slot, key[CIPHER_KEY_MOST]; };

static bool found_before(struct luks *l, const struct key_answer *a, struct opened *to)
{
	if (a->found != 2 + l->header.key)
		return false;
	memcpy(to, a->bytes, a->found);
	for (unsigned i = 0; i < l->header.digests; i++)
		if (key_right(l, &l->header.digest[i], to->key))
			return true;
	return false;
}

static bool keys_try(struct luks *l, const struct key_answer *a, struct opened *to, unsigned *usable)
{
	struct key k;
	size_t at = 0;
	for (unsigned number = 1; keys_next(a->bytes + a->found, a->given, &at, &k); number++) {
		if (k.kind != KEY_PASSWORD && k.kind != KEY_FILE && k.kind != KEY_RAW)
			continue;
		++*usable;
		to->given = (uint8_t)number;
		to->slot = 0xff;
		if (k.kind == KEY_RAW && k.length == l->header.key) {
			memcpy(to->key, k.bytes, k.length);
			for (unsigned i = 0; i < l->header.digests; i++)
				if (key_right(l, &l->header.digest[i], to->key))
					return true;
		}
		for (unsigned i = 0; i < l->header.slots; i++) {
			to->slot = (uint8_t)l->header.slot[i].number;
			if (slot_try(l, &l->header.slot[i], k.bytes, k.length, to->key))
				return true;
		}
	}
	return false;
}

static void decrypt(void *owner, uint64_t at, uint8_t *bytes, size_t length)
{
	struct luks *l = owner;
	sector_cipher_decrypt(l->cipher, l->header.tweak + at / 512, bytes, length, l->header.sector_size);
}

static bool unlock(struct luks *l, struct key_ring *ring)
{
	struct reporter *r = l->container.report;
	const struct luks_header *h = &l->header;
	struct key_answer *a = memory_new(sizeof *a);
	struct opened o = { 0 };
	unsigned usable = 0;
	if (ring)
		ring->ask(ring, h->id, a);
	bool before = found_before(l, a, &o), right = before || keys_try(l, a, &o, &usable);
	if (right && !before)
		ring->found(ring, h->id, (const uint8_t *)&o, 2 + h->key);
	secret_wipe(a, sizeof *a);
	free(a);
	if (right) {
		const char *why = NULL;
		l->cipher = sector_cipher_new(h->cipher, o.key, h->key, &why);
		if (!l->cipher)
			report_error(r, "unsupported", "luks.cipher", NULL, 0, 0, "the volume is encrypted with %s: %s", h->cipher, why);
		else if (o.slot == 0xff)
			report_note(r, "luks.opened", NULL, 0, 0, "LUKS%u volume %s, %s, %zu-bit key: opened with key %u of those given, its own", h->version, h->uuid, h->cipher, h->key * 8, o.given);
		else
			report_note(r, "luks.opened", NULL, 0, 0, "LUKS%u volume %s, %s, %zu-bit key: opened with key %u of those given, slot %u", h->version, h->uuid, h->cipher, h->key * 8, o.given, o.slot);
	} else {
		if (l->spent)
			report_error(r, "limit", "luks.work", NULL, 0, 0, "deriving the keys of this volume takes more work than is done for one volume: not every key was tried on every slot");
		report_error(r, "locked", "luks.locked", NULL, 0, 0, "LUKS%u volume %s (%s, %u key slots): %s", h->version, h->uuid, h->cipher, h->slots,
		             usable ? "none of the keys that were given opens it" : "it needs a passphrase or key file: --keys with a line password:TEXT, file:PATH or hex:DIGITS");
	}
	secret_wipe(&o, sizeof o);
	return l->cipher;
}

/* ---- the row */

static void luks_close(struct container *c)
{
	struct luks *l = (struct luks *)c;
	source_close(l->plain);
	sector_cipher_free(l->cipher);
	free(l);
}

static struct container *luks_open(const struct opening *o)
{
	struct luks *l = memory_new(sizeof *l);
	uint8_t head[8] = { 0 };
	l->container.source = o->source;
	l->container.report = o->report;
	source_read_at(o->source, 0, head, sizeof head, NULL);
	bool first = !memcmp(head, "LUKS\xba\xbe\0\1", 8);
	if (!(first ? luks1_read : luks2_read)(o, &l->header) || !unlock(l, o->keys)) {
		luks_close(&l->container);
		return NULL;
	}
	l->plain = source_decrypted(o->source, l->header.offset, l->header.size, l->header.sector_size, decrypt, l);
	return &l->container;
}

static void node_fill(struct luks *l, struct node *n)
{
	*n = (struct node){ .kind = NODE_VOLUME, .step = "luks:1", .address = l->header.uuid[0] ? l->header.uuid : NULL, .has_size = true, .size = l->plain->size, .has_allocated = true, .allocated = true,
		.has_range = true, .range_offset = l->header.offset, .range_length = l->plain->size, .content = CONTENT_COMPUTED, .order = l->header.offset };
	node_flag(n, "encrypted");
}

static int luks_next(struct container *c, struct node *n)
{
	struct luks *l = (struct luks *)c;
	if (l->given)
		return 0;
	l->given = true;
	node_fill(l, n);
	return 1;
}

static bool luks_find(struct container *c, const struct locator_step *step, struct node *n)
{
	if (step->name.length != 1 || *step->name.text != '1' || step->stream.length)
		return false;
	node_fill((struct luks *)c, n);
	return true;
}

static struct source *luks_content(struct container *c, const struct node *n)
{
	(void)n;
	return source_cached(((struct luks *)c)->plain, CACHE_BLOCK, CACHE_BLOCKS);
}

const struct format format_luks = {
	.name = "luks", .layer = LAYER_CRYPT, .about = "LUKS1 and LUKS2 encrypted volumes, with the keys of --keys; AES only", .probe = luks_probe, .open = luks_open, .next = luks_next, .find = luks_find,
	.content = luks_content, .close = luks_close,
};
