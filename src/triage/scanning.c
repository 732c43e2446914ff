/* SPDX-License-Identifier: Apache-2.0 */
/* scanning.c: rules over the node in hand, and over what lies encoded in it. */
#include "triage/work.h"

#include <stdlib.h>

#include "detect/layers.h"
#include "format/mail/message.h"
#include "record/locator.h"

enum { FOUND_SCORE = 40, STEP_LAYER = 1, STEP_JUDGE = 2, STEP_TENANT = 3 };
#define STEP_SCAN (UINT64_C(1) << 33)

/* Where in the evidence the content lies. */
struct content_place { struct source *content; const struct source *media; };

/* What rules are told of the node, in the words that public rule sets use: LOKI's. */
struct about { struct buffer path, shown_path, extension, type, md5; struct content_place place; struct yara_subject subject; };

static bool windows_paths(const struct work *k)
{
	static const char *const windows[] = { "ntfs", "fat", "exfat" };
	for (size_t i = 0; k->c && k->c->format && i < sizeof windows / sizeof *windows; i++)
		if (strcmp(k->c->format->name, windows[i]) == 0)
			return true;
	return false;
}

static void lower(struct buffer *out, const char *text)
{
	for (; *text; text++)
		buffer_byte(out, (uint8_t)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text));
}

/* "EXE", "MACH-O", "ZIP": LOKI's names of types; upper case else. */
static void type_name(struct buffer *out, const char *filetype)
{
	static const struct { const char *ours, *theirs; } name[] = { { "pe", "EXE" }, { "macho", "MACH-O" }, { "minidump", "MDMP" }, { "gz", "GZIP" } };
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (strcmp(filetype, name[i].ours) == 0)
			filetype = name[i].theirs;
	for (; *filetype; filetype++)
		buffer_byte(out, (uint8_t)(*filetype >= 'a' && *filetype <= 'z' ? *filetype - 32 : *filetype));
}

static const char *origin_of(const struct work *k)
{
	switch (k->n->kind) {
	case NODE_ATTACHMENT: case NODE_PART: case NODE_MESSAGE: return "mail";
	case NODE_MEMBER: return "archive";
	case NODE_UNALLOCATED: return "carve";
	default: return "fs";
	}
}

static bool media_offset(void *owner, uint64_t *offset)
{
	const struct content_place *w = owner;
	return w->content && w->content != w->media && source_offset_on(w->content, w->media, offset);
}

static void about_make(struct about *a, const struct pass *p, const struct work *k)
{
	const struct node *n = k->n;
	const char *type = k->filetype ? k->filetype : "";
	*a = (struct about){ .place = { k->source, p->s->place.media } };
	if (!locator_unescape(&a->path, (const char *)n->path.bytes, n->path.length))
		buffer_append(&a->path, n->path.bytes, n->path.length);
	if (windows_paths(k)) {
		buffer_text(&a->shown_path, "C:");
		for (size_t i = 0; i < a->path.length; i++)
			buffer_byte(&a->shown_path, a->path.data[i] == '/' ? '\\' : a->path.data[i]);
	} else {
		buffer_append(&a->shown_path, a->path.data, a->path.length);
	}
	char *name = memory_copy(n->name.bytes ? n->name.bytes : (const uint8_t *)"", n->name.length);
	const char *dot = strrchr(name, '.');
	lower(&a->extension, dot ? dot : "");
	type_name(&a->type, type);
	if (k->digests & HASH_MD5)
		buffer_hex(&a->md5, k->md5, sizeof k->md5);
	a->subject = (struct yara_subject){ .filename = name, .filepath = buffer_string(&a->shown_path), .extension = buffer_string(&a->extension), .filetype = buffer_string(&a->type), .owner = "", .md5 = buffer_string(&a->md5),
		.path = buffer_string(&a->path), .type = type, .origin = origin_of(k), .size = n->has_size ? n->size : k->size, .deleted = n->has_allocated && !n->allocated,
		.where = media_offset, .where_owner = &a->place };
}

static void about_free(struct about *a)
{
	free((char *)(uintptr_t)a->subject.filename);
	buffer_free(&a->path);
	buffer_free(&a->shown_path);
	buffer_free(&a->extension);
	buffer_free(&a->type);
	buffer_free(&a->md5);
}

/* One hit goes out, with what it is of. layer: in which it lies, or NULL. */
static void hit_put(struct pass *p, struct work *k, const struct record_view *hit, const struct layer *layer)
{
	struct buffer more = { 0 }, why = { 0 };
	struct record_view changes;
	struct record_builder r = record_begin(&more, RECORD_HIT);
	if (!record_has(hit, F_LOCATOR))        /* rules over events name theirs */
		record_text(&r, F_LOCATOR, (const char *)p->locator.data, p->locator.length);
	if (layer) {
		size_t n;
		const char *text = record_get_text(hit, F_WHY, &n);
		buffer_format(&why, "in %s: ", layer->way);
		buffer_append(&why, text, n);
		record_number(&r, F_OFFSET, layer->offset);
		record_number(&r, F_LENGTH, layer->length);
		record_text(&r, F_WHY, (const char *)why.data, why.length);
	}
	if (!record_has(hit, F_NAME))
		record_evidence_text(&r, F_NAME, k->n->name.bytes, k->n->name.length, TEXT_UTF8);
	record_text(&r, F_PATH, (const char *)k->n->path.bytes, k->n->path.length);
	if (k->hashed)
		record_hex(&r, F_SHA256, k->sha256, sizeof k->sha256);
	if (k->tainted)
		record_flag(&r, F_TAINTED, true);
	record_end(&r);
	if (!record_view_open(&changes, more.data, more.length))
		record_merge(&k->after, hit, &changes);
	buffer_free(&more);
	buffer_free(&why);
	if (record_get_number(hit, F_SCORE) >= FOUND_SCORE)
		k->found = true;
}

void hits_keep(struct pass *p, struct work *k, const struct buffer *hits, const struct layer *layer)
{
	struct record_view v;
	for (size_t at = 0, n; (n = record_frame_length(hits->data + at, hits->length - at)); at += n)
		if (!record_view_open(&v, hits->data + at, n))
			hit_put(p, k, &v, layer);
}

static void rules_run(struct pass *p, struct work *k, const uint8_t *bytes, size_t length, uint64_t base, const struct yara_subject *subject, const struct layer *layer)
{
	struct pass_state *s = p->s;
	struct buffer hits = { 0 };
	const char *why = NULL;
	if (!s->scanner)
		s->scanner = yara_scanner_new(s->rules);
	if (!yara_scan(s->scanner, bytes, length, base, subject, &hits, &why))
		report_error(&p->report, "limit", "yara", k->n->step, base, length, "rules did not run to their end%s%s: %s", layer ? " in " : "", layer ? layer->way : "", why ? why : "unknown");
	hits_keep(p, k, &hits, layer);
	buffer_free(&hits);
}

static bool scans(const struct pass *p)
{
	return p->s->o.operations & PASS_SCAN && p->s->rules && yara_rule_count(p->s->rules);
}

unsigned scan_digests(const struct pass_state *s)
{
	unsigned set = 0;
	if (s->o.operations & PASS_SCAN) {
		set |= (s->rules && yara_wants_md5(s->rules)) || s->iocs.has[IOC_MD5] ? HASH_MD5 : 0;
		set |= s->iocs.has[IOC_SHA1] ? HASH_SHA1 : 0;
	}
	return set;
}

void scan_piece(struct pass *p, struct work *k, const uint8_t *bytes, size_t length, uint64_t base)
{
	struct about about;
	if (!scans(p) || worker_enter(p->w, STEP_SCAN, "scan"))
		return;
	about_make(&about, p, k);
	rules_run(p, k, bytes, length, base, &about.subject, NULL);
	about_free(&about);
	worker_leave(p->w);
}

/* ---- layers */

struct layered { struct pass *p; struct work *k; const struct about *about; };

static void layer_scan(void *owner, const struct layer *l)
{
	struct layered *y = owner;
	struct yara_subject subject = y->about->subject;
	struct buffer type = { 0 };
	type_name(&type, l->filetype);
	subject.filetype = buffer_string(&type);
	subject.type = l->filetype;
	subject.layer = l->way;
	subject.where = NULL;
	subject.size = l->size;
	worker_beat(y->p->w);
	rules_run(y->p, y->k, l->bytes, l->size, 0, &subject, l);
	buffer_free(&type);
}

static void layers_scan(struct pass *p, struct work *k, const struct about *about)
{
	struct layered y = { p, k, about };
	if (!k->filetype || !layers_may_be(k->filetype) || worker_enter(p->w, STEP_SCAN + STEP_LAYER, "layers"))
		return;
	const char *limit = layers_look(k->whole, k->length, k->filetype, layer_scan, &y);
	if (limit)
		report_error(&p->report, "limit", "layers", k->n->step, 0, 0, "%s lie encoded in it: the rest is not looked at", limit);
	worker_leave(p->w);
}

void scan_whole(struct pass *p, struct work *k)
{
	struct about about;
	if (!scans(p))
		return;
	if (!k->whole) {
		if (k->filetype && layers_may_be(k->filetype))
			report_error(&p->report, "limit", "layers", k->n->step, 0, k->size, "too large to look for what lies encoded in it");
		return;
	}
	about_make(&about, p, k);
	if (!worker_enter(p->w, STEP_SCAN, "scan")) {
		rules_run(p, k, k->whole, k->length, 0, &about.subject, NULL);
		worker_leave(p->w);
	}
	layers_scan(p, k, &about);
	about_free(&about);
}

/* Windows packs the pages of memory that it saves, in ways that differ by version: rules see them as they lie in the file. */
void tell_packed_memory(struct pass *p, struct work *k)
{
	static const char name[] = "hiberfil.sys";
	static const char *const begins[] = { "HIBR", "hibr", "WAKE", "wake", "RSTR", "rstr" };
	const uint8_t *head = k->whole ? k->whole : k->head;
	if (!scans(p) || !text_equal_nocase((const char *)k->n->name.bytes, k->n->name.length, name, sizeof name - 1) || (k->whole ? k->length : k->head_length) < 4)
		return;
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (!memcmp(head, begins[i], 4))
			report_note(&p->report, "hiberfil.packed", k->n->step, 0, 0, "the pages of memory in it are packed: rules were run over them as they lie in the file, and find what is in no packed page");
}

/* ---- mail, remote tools */

void judge_message(struct pass *p, struct work *k)
{
	if (!(p->s->o.operations & PASS_SCAN) || !k->length || !message_is(k->whole, k->length) || worker_enter(p->w, STEP_SCAN + STEP_JUDGE, "judge"))
		return;
	struct buffer hits = { 0 };
	mail_judge(k->whole, k->length, &(struct mail_options){ p->s->o.own_domains }, &p->report, &p->arena, &hits);
	hits_keep(p, k, &hits, NULL);
	arena_reset(&p->arena);
	buffer_free(&hits);
	worker_leave(p->w);
}

void find_tenant(struct pass *p, struct work *k)
{
	if (!(p->s->o.operations & PASS_SCAN) || worker_enter(p->w, STEP_SCAN + STEP_TENANT, "tenant"))
		return;
	struct buffer hits = { 0 };
	tenant_find(k->n, k->filetype, k->whole, k->length, &p->arena, &hits);
	hits_keep(p, k, &hits, NULL);
	arena_reset(&p->arena);
	buffer_free(&hits);
	worker_leave(p->w);
}
