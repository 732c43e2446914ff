/* SPDX-License-Identifier: Apache-2.0 */
/* bitlocker.c: a BitLocker volume (Vista, since Windows 7, To Go): opened with the keys that the responder gave, or with its own clear key where protection is suspended, it
 * holds one volume, "bitlocker:1".
 *
 * Source: libbde, "BitLocker Drive Encryption (BDE) format". Since Windows 7 the first sectors lie encrypted elsewhere; metadata reads as zeros, as Windows shows it. Vista left
 * the first 16 sectors plain and changed two fields of the boot sector, which are put back. libbde refuses XTS with 256 bits and suspended volumes. */
#include <stdlib.h>
#include <string.h>

#include "format/crypt/bitlocker.h"
#include "format/fs/boot_sector.h"

enum { CACHE_BLOCK = 64 * 1024, CACHE_BLOCKS = 64, VISTA_PLAIN = 16 * 512, SECTOR = 512 };

struct bitlocker {
	struct container container;             /* first member */
	struct fve fve;
	struct fve_cipher *cipher;
	char id[TEXT_GUID];
	bool given;
};

/* The volume in clear. */
struct plain_source { struct source source; struct bitlocker *b; uint8_t sector[CIPHER_SECTOR_MOST]; };

static unsigned bitlocker_probe(const struct probe *p)
{
	unsigned bits;
	return boot_sector_kind(p->head, p->head_length, &bits) == BOOT_BITLOCKER ? bits : 0;
}

static bool inside(uint64_t at, uint64_t start, uint64_t length)
{
	return at >= start && at - start < length;
}

static bool is_metadata(const struct fve *f, uint64_t at)
{
	for (int i = 0; i < FVE_BLOCKS; i++)
		if (f->block[i] && inside(at, f->block[i], f->block_size))
			return true;
	return f->header_size && inside(at, f->header_offset, f->header_size);
}

/* One sector in clear. */
static void sector_read(struct bitlocker *b, uint64_t at, uint8_t *to, bool *taint)
{
	const struct fve *f = &b->fve;
	uint64_t from = at;
	if (at < f->header_size) {
		if (__builtin_add_overflow(f->header_offset, at, &from))
			from = UINT64_MAX;
	} else if (is_metadata(f, at)) {
		memset(to, 0, f->sector_size);
		return;
	}
	size_t got = source_read_at(b->container.source, from, to, f->sector_size, taint);
	if (got < f->sector_size) {
		memset(to + got, 0, f->sector_size - got);
		*taint = true;
	}
	if (f->version == 1 && at < VISTA_PLAIN) {
		if (!at) {
			memcpy(to + 3, "NTFS    ", 8);
			for (int i = 0; i < 8; i++)
				to[56 + i] = (uint8_t)(f->mirror >> 8 * i);
		}
		return;
	}
	if (from < f->encrypted)
		fve_cipher_decrypt(b->cipher, from, to, f->sector_size);
}

static void plain_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	struct plain_source *p = (struct plain_source *)s;
	size_t size = p->b->fve.sector_size;
	uint8_t *out = to;
	while (length) {
		size_t within = (size_t)(offset % size), piece = size - within < length ? size - within : length;
		sector_read(p->b, offset - within, p->sector, taint);
		memcpy(out, p->sector + within, piece);
		out += piece;
		offset += piece;
		length -= piece;
	}
}

static void plain_close(struct source *s)
{
	secret_wipe(((struct plain_source *)s)->sector, CIPHER_SECTOR_MOST);
	free(s);
}

/* A key that nothing proves: does a file system's boot sector come out? */
static bool key_right(void *owner, const uint8_t *key)
{
	struct bitlocker *b = owner;
	uint8_t sector[CIPHER_SECTOR_MOST];
	bool taint = false;
	uint64_t at = b->fve.version == 1 ? 0 : b->fve.header_size ? 0 : SECTOR;
	b->cipher = fve_cipher_new(b->fve.method, key, b->fve.sector_size);
	if (!b->cipher)
		return false;
	sector_read(b, at, sector, &taint);
	bool right = b->fve.version == 2 && sector[510] == 0x55 && sector[511] == 0xaa;
	fve_cipher_free(b->cipher);
	b->cipher = NULL;
	return right;
}

static void bitlocker_close(struct container *c)
{
	struct bitlocker *b = (struct bitlocker *)c;
	fve_cipher_free(b->cipher);
	free(b->fve.metadata);
	free(b);
}

static bool unlock(struct bitlocker *b, struct key_ring *ring)
{
	struct reporter *r = b->container.report;
	const struct fve *f = &b->fve;
	struct key_answer *a = memory_new(sizeof *a);
	struct fve_opened o = { 0 };
	unsigned usable = 0;
	bool limit = false, before = false;
	if (ring)
		ring->ask(ring, f->id, a);
	if (a->found == sizeof o) {
		memcpy(&o, a->bytes, sizeof o);
		before = o.length == fve_key_length(f->method);
	}
	bool right = before || fve_unlock(f, r, a->bytes + a->found, a->given, &o, key_right, b, &usable, &limit);
	if (right && !before && ring)
		ring->found(ring, f->id, (const uint8_t *)&o, sizeof o);
	secret_wipe(a, sizeof *a);
	free(a);
	if (right)
		b->cipher = fve_cipher_new(f->method, o.key, f->sector_size);
	if (b->cipher && !o.given)
		report_note(r, "bitlocker.opened", NULL, 0, 0, "BitLocker volume %s, method 0x%04x: opened with its own clear key (protection is suspended)", b->id, f->method);
	else if (b->cipher && o.protector == 0xff)
		report_note(r, "bitlocker.opened", NULL, 0, 0, "BitLocker volume %s, method 0x%04x: opened with key %u of those given, its own", b->id, f->method, o.given);
	else if (b->cipher)
		report_note(r, "bitlocker.opened", NULL, 0, 0, "BitLocker volume %s, method 0x%04x: opened with key %u of those given, protector %u", b->id, f->method, o.given, o.protector + 1u);
	else {
		struct buffer needs = { 0 };
		fve_needs(&needs, f);
		if (limit)
			report_error(r, "limit", "bitlocker.work", NULL, 0, 0, "more keys and protectors than are tried for one volume: not every one was");
		report_error(r, "locked", "bitlocker.locked", NULL, 0, 0, "BitLocker volume %s: %s; it opens with: %s", b->id, right ? "its key does not fit its method" : usable ? "none of the keys that were given opens it" : "it needs a key (--keys)",
		             needs.length ? buffer_string(&needs) : "nothing that its metadata names");
		buffer_free(&needs);
	}
	secret_wipe(&o, sizeof o);
	return b->cipher;
}

static struct container *bitlocker_open(const struct opening *o)
{
	struct bitlocker *b = memory_new(sizeof *b);
	b->container.source = o->source;
	b->container.report = o->report;
	if (!fve_read(o, &b->fve)) {
		bitlocker_close(&b->container);
		return NULL;
	}
	text_guid(b->fve.volume_id, b->id);
	if (!unlock(b, o->keys)) {
		bitlocker_close(&b->container);
		return NULL;
	}
	return &b->container;
}

static void node_fill(struct bitlocker *b, struct node *n)
{
	uint64_t size = b->container.source->size;
	*n = (struct node){ .kind = NODE_VOLUME, .step = "bitlocker:1", .address = b->id, .has_size = true, .size = size, .has_allocated = true, .allocated = true,
		.has_range = true, .range_length = size, .content = CONTENT_COMPUTED };
	node_flag(n, "encrypted");
}

static int bitlocker_next(struct container *c, struct node *n)
{
	struct bitlocker *b = (struct bitlocker *)c;
	if (b->given)
		return 0;
	b->given = true;
	node_fill(b, n);
	return 1;
}

static bool bitlocker_find(struct container *c, const struct locator_step *step, struct node *n)
{
	if (step->name.length != 1 || *step->name.text != '1' || step->stream.length)
		return false;
	node_fill((struct bitlocker *)c, n);
	return true;
}

/* The cache is part of it: what it reads from closes with it. */
struct cached_plain { struct source source, *cache, *plain; };

static void cached_read_at(struct source *s, uint64_t offset, void *to, size_t length, bool *taint)
{
	source_read_at(((struct cached_plain *)s)->cache, offset, to, length, taint);
}

static void cached_close(struct source *s)
{
	struct cached_plain *c = (struct cached_plain *)s;
	source_close(c->cache);
	source_close(c->plain);
	free(c);
}

static struct source *bitlocker_content(struct container *c, const struct node *n)
{
	static const struct source_operations plain_operations = { plain_read_at, plain_close }, cached_operations = { cached_read_at, cached_close };
	struct plain_source *p = memory_new(sizeof *p);
	struct cached_plain *k = memory_new(sizeof *k);
	p->source = (struct source){ .operations = &plain_operations, .size = n->size, .sector_size = ((struct bitlocker *)c)->fve.sector_size };
	p->b = (struct bitlocker *)c;
	k->plain = &p->source;
	k->cache = source_cached(k->plain, CACHE_BLOCK, CACHE_BLOCKS);
	k->source = (struct source){ .operations = &cached_operations, .size = n->size, .sector_size = p->source.sector_size };
	return &k->source;
}

const struct format format_bitlocker = {
	.name = "bitlocker", .layer = LAYER_CRYPT, .about = "BitLocker encrypted volumes, with the keys of --keys; not what only a TPM or a network opens", .probe = bitlocker_probe, .open = bitlocker_open, .next = bitlocker_next,
	.find = bitlocker_find, .content = bitlocker_content, .close = bitlocker_close,
};
