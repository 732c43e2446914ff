/* SPDX-License-Identifier: Apache-2.0 */
/* media.c: jobs over plain bytes: the whole media through its digests; one locator's content. */
#include "config.h"

#include "triage/work.h"

#include <stdlib.h>
#include <string.h>

enum { MEDIA_RANGES = 1000 };              /* error records of unreadable ranges of one media */

/* Unreadable ranges of a raw image, each an error record; neighbours are one. Without a source: the last one goes out. */
struct media_damage { uint64_t first, end, told; };

static void media_damage(struct pass *p, struct source *media, uint64_t at, size_t length, struct media_damage *d)
{
	for (uint64_t to = at + length; !media || at < to;) {
		uint64_t first = 0, end = 0;
		size_t n = PAGE - (size_t)(at % PAGE);
		n = n < to - at ? n : (size_t)(to - at);
		if (media)
			damage_find(media, at, n, &first, &end);
		if (d->end > d->first && (first >= end ? at > d->end || !media : first != d->end)) {
			if (d->told++ < MEDIA_RANGES)
				report_error(&p->report, "damage", "media.unreadable", NULL, d->first, d->end - d->first, "the evidence can't be read here; it reads as zeros");
			else if (d->told == MEDIA_RANGES + 1)
				report_error(&p->report, "limit", "media.unreadable", NULL, d->first, d->end - d->first, "more than %d unreadable ranges: those from here on are not named one by one", MEDIA_RANGES);
			d->first = d->end = 0;
		}
		if (end > first && d->end > d->first)
			d->end = end;
		else if (end > first) {
			d->first = first;
			d->end = end;
		}
		if (!media)
			break;
		at += n;
	}
}

static const struct { enum hash_kind kind; enum record_field is, stated; } DIGEST[] = {
	{ HASH_MD5, F_MD5, F_STORED_MD5 }, { HASH_SHA1, F_SHA1, F_STORED_SHA1 }, { HASH_SHA256, F_SHA256, RECORD_FIELDS }, { HASH_SHA512, F_SHA512, RECORD_FIELDS },
};
enum { DIGESTS = sizeof DIGEST / sizeof *DIGEST };

static bool states(const struct record_view *v, unsigned digest) { return v && DIGEST[digest].stated != RECORD_FIELDS && record_has(v, DIGEST[digest].stated); }

/* Which digests: those that the container states and those asked for; SHA-256 in a triage, and where there is no other. */
static unsigned media_digests(const struct pass *p, const struct record_view *stated)
{
	unsigned set = p->s->o.hash_set | (p->s->o.operations ? HASH_SHA256 : 0);
	for (unsigned i = 0; i < DIGESTS; i++)
		set |= states(stated, i) ? DIGEST[i].kind : 0;
	return set ? set : HASH_SHA256;
}

/* The digests into the record; says how they agree with what is stated. */
static const char *digests_told(struct record_builder *r, const struct hasher *h, const struct record_view *stated)
{
	const char *verified = "none stored";
	for (unsigned i = 0; i < DIGESTS; i++) {
		const uint8_t *digest = hasher_digest(h, DIGEST[i].kind);
		if (digest)
			record_hex(r, DIGEST[i].is, digest, hash_length(DIGEST[i].kind));
		if (!states(stated, i))
			continue;
		const struct record_value *then = &stated->field[DIGEST[i].stated];
		record_hex(r, DIGEST[i].stated, then->bytes, then->length);
		bool same = then->length == hash_length(DIGEST[i].kind) && !memcmp(digest, then->bytes, then->length);
		if (!same || strcmp(verified, "mismatch"))
			verified = same ? "match" : "mismatch";
	}
	return verified;
}

/* The whole media through its digests. */
void media_job(struct pass *p)
{
	unsigned parts = p->job->descriptors - p->job->companions;
	const char **name = memory_array(parts + 1u, sizeof *name);
	part_names(p->job, name, parts + 1u);           /* a worker that has the evidence open gets no parts, but their names */
	struct place *place = &p->s->place;
	/* in triage the job that opened it has told of its structure; verify has none */
	bool good = evidence(p, name, p->s->o.operations ? &p->s->muted.reporter : &p->report);
	const char *left = p->job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(p->w, 1, "hash media");
	struct buffer stated = { 0 };
	struct record_builder r = record_begin(&stated, RECORD_EVIDENCE);
	if (place->image && place->image_format->describe)
		place->image_format->describe(place->image, &r);
	record_end(&r);
	struct record_view v;
	const struct record_view *described = record_view_open(&v, stated.data, stated.length) ? NULL : &v;
	bool tainted = false;
	r = record_begin(&p->out, RECORD_EVIDENCE);
	record_evidence_text(&r, F_NAME, name[0], strlen(name[0]), TEXT_UTF8);
	const char *verified = "unreadable";
	struct hasher *h = NULL;
	struct media_damage damage = { 0 };
	bool raw = place->image_format && !strcmp(place->image_format->name, "raw");    /* other formats tell of their damage themselves */
	if (good && !left) {
		p->s->place.image->report = &p->report;
		h = hasher_new(media_digests(p, described));
		struct aside *aside = p->s->aside;
		aside_begin(aside, h);
		struct buffer keep = p->out;            /* errors come in between */
		p->out = (struct buffer){ 0 };
		for (uint64_t at = 0; at < place->media->size;) {
			bool bad = false;
			size_t n = source_read_at(place->media, at, aside_room(aside), ASIDE_TURN, &bad);
			if (!n)
				break;
			aside_give(aside, n);
			tainted |= bad;
			if (bad && raw)
				media_damage(p, place->media, at, n, &damage);
			at += n;
			worker_read(p->w, n);
		}
		media_damage(p, NULL, 0, 0, &damage);
		aside_end(aside);
		hasher_finish(h);
		buffer_free(&p->out);
		p->out = keep;
		record_number(&r, F_SIZE, place->media->size);
		verified = digests_told(&r, h, described);
	}
	record_string(&r, F_VERIFIED, verified);
	record_string(&r, F_STATE, good && !left ? "read" : "failed");
	record_string(&r, F_WHY, left);
	if (tainted)
		record_flag(&r, F_TAINTED, true);
	record_end(&r);
	emit(p);
	if (!strcmp(verified, "mismatch"))
		report_error(&p->report, "damage", "media.hash", NULL, 0, 0, "the media's hash is not the one that the container states");
	if (!left)
		worker_leave(p->w);
	hasher_free(h);
	buffer_free(&stated);
	free(name);
}

/* One locator's bytes, as they are. The job's prefix is the evidence; the payload holds the tail. */
void cat_job(struct pass *p)
{
	uint32_t stream = worker_data_begin(p->w, PURPOSE_STDOUT);
	bool tainted = false, complete = false;
	buffer_append(&p->tail, p->job->payload, p->job->length);
	locate(p, NULL);
	const char *left = worker_enter(p->w, 1, "cat");
	struct source *source = NULL;
	if (!left && evidence(p, NULL, &p->report))
		source = place_source(&p->s->place, (const char *)p->job->payload, p->job->length, &p->report);
	if (source) {
		uint8_t *turn = memory_new(TURN);
		for (uint64_t at = 0; at < source->size;) {
			size_t n = source_read_at(source, at, turn, TURN, &tainted);
			if (!n)
				break;
			worker_data(p->w, stream, turn, n);
			at += n;
			worker_beat(p->w);
		}
		free(turn);
		complete = true;
	}
	worker_data_end(p->w, stream, complete);
	if (tainted)
		report_error(&p->report, "damage", "tainted", NULL, 0, 0, "some of its bytes lie in a damaged part of the evidence; they read as zeros");
	if (!left)
		worker_leave(p->w);
}

/* Part of one locator's bytes, for who may ask for the next part soon: the way there stays open. */
void read_job(struct pass *p)
{
	struct pass_read r = { 0 };
	const char *tail = (const char *)p->job->payload + sizeof r;
	size_t length = p->job->length >= sizeof r ? p->job->length - sizeof r : 0;
	uint32_t stream = worker_data_begin(p->w, PURPOSE_STDOUT);
	bool tainted = false;
	if (p->job->length >= sizeof r)
		memcpy(&r, p->job->payload, sizeof r);
	buffer_append(&p->tail, tail, length);
	locate(p, NULL);
	bool left = p->job->flags & JOB_GIVE_UP || worker_enter(p->w, 1, "read");
	struct source *source = !left && evidence(p, NULL, &p->s->muted.reporter) ? gone_before(p, tail, length) : NULL;
#ifdef SPOOR_FAULTS
	size_t last = length;
	while (last && tail[last - 1] != '/')
		last--;
	if (source)
		planted_fault(p, tail + last, length - last, NULL);
#endif
	if (source) {
		struct hasher *h = r.hash ? hasher_new(HASH_SHA256) : NULL;
		uint64_t end = r.hash || r.length > source->size || r.offset > source->size - r.length ? source->size : r.offset + r.length;
		uint8_t *turn = memory_new(TURN);
		if (h)
			hasher_start(h);
		for (uint64_t at = r.offset; at < end;) {
			size_t n = source_read_at(source, at, turn, end - at < TURN ? (size_t)(end - at) : TURN, &tainted);
			if (!n)
				break;
			if (h)
				hasher_update(h, turn, n);
			else
				worker_data(p->w, stream, turn, n);
			at += n;
			worker_beat(p->w);
		}
		free(turn);
		if (h) {
			hasher_finish(h);
			struct record_builder b = record_begin(&p->out, RECORD_NODE);
			record_text(&b, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
			record_hex(&b, F_SHA256, hasher_digest(h, HASH_SHA256), 32);
			record_end(&b);
			emit(p);
			hasher_free(h);
		}
	}
	worker_data_end(p->w, stream, source != NULL);
	if (tainted)
		report_error(&p->report, "damage", "tainted", NULL, 0, 0, "some of its bytes lie in a damaged part of the evidence; they read as zeros");
	if (!left)
		worker_leave(p->w);
}
