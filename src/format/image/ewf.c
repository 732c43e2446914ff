/* SPDX-License-Identifier: Apache-2.0 */
/* ewf.c: EnCase and SMART disk images (E01, s01; EWF version 1), the row and its relatives.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)". Our own reader because libewf shows right data at wrong places when a section
 * descriptor is damaged, does not look into table2, refuses an image for a damaged hash, and inflates at less than half the speed that zlib streams allow. Where
 * data is lost it is zeros, marked, and told with its sectors; it is never shifted. An image whose signature is destroyed is still known by its
 * first section, so that a broken E01 is never taken as a raw disk.
 *
 * Relatives that we know but do not read: EWF version 2 (Ex01, Lx01), images encrypted by FTK ("AD encryption") and its logical ones (AD1). */
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"
#include "source/evidence_name.h"

static const uint8_t signature[8] = { 0x45, 0x56, 0x46, 0x09, 0x0d, 0x0a, 0xff, 0x00 };         /* "EVF\t\r\n\xff\0" */

static unsigned magic_bits(const struct probe *p, const char *magic, size_t length)
{
	return p->head_length >= length && !memcmp(p->head, magic, length) ? (unsigned)(8 * length) : 0;
}

static unsigned lvf_probe(const struct probe *p)
{
	return magic_bits(p, "LVF\t\r\n\xff\0", 8);
}

static unsigned ewf_probe(const struct probe *p)
{
	if (lvf_probe(p))
		return 0;
	if (p->head_length >= EWF_FILE_HEADER && !memcmp(p->head, signature, sizeof signature))
		return 8 * sizeof signature + (p->head[8] == 1 && !p->head[11] && !p->head[12] ? 24 : 0);
	if (p->head_length < EWF_FILE_HEADER + EWF_DESCRIPTOR || ewf_section_type_of(p->head + EWF_FILE_HEADER) == EWF_OTHER)
		return 0;
	return ewf_descriptor_at(p->source, EWF_FILE_HEADER) ? 64 : 0;
}

static char *name_for_messages(const char *name, size_t length)
{
	struct buffer b = { 0 };
	text_for_terminal(&b, name, length, 128);
	char *text = memory_string(b.length ? buffer_string(&b) : "the image");
	buffer_free(&b);
	return text;
}

static void ewf_close(struct container *c)
{
	struct ewf *e = (struct ewf *)c;
	ewf_flush(e);
	for (size_t i = 0; i < e->segments; i++) {
		free(e->segment[i].section);
		free(e->segment[i].name);
	}
	for (size_t i = 0; i < e->groups; i++)
		free(e->group[i].found);
	ewf_headers_free(e);
	free(e->segment);
	free(e->order);
	free(e->group);
	free(e->window);
	free(e->scratch);
	range_map_free(&e->told);
	range_map_free(&e->acquisition);
	block_cache_free(e->cache);
	block_cache_free(e->entries);
	libdeflate_free_decompressor(e->inflater);
	free(e);
}

struct ewf *ewf_of_parts(const struct evidence_parts *parts, struct reporter *report, bool logical)
{
	struct ewf *e = memory_new(sizeof *e);
	e->container.source = parts->source[0];
	e->container.report = report;
	e->logical = logical;
	e->window_segment = UINT32_MAX;
	e->inflater = libdeflate_alloc_decompressor();
	if (!e->inflater)
		exit(MEMORY_EXHAUSTED_STATUS);
	e->segments = parts->count;
	e->segment = memory_array(e->segments, sizeof *e->segment);
	for (size_t i = 0; i < e->segments; i++) {
		struct ewf_segment *g = &e->segment[i];
		const char *name = parts->name[i];
		size_t length = strlen(name);
		g->source = parts->source[i];
		g->name = name_for_messages(name, length);
		uint64_t number;
		if (evidence_name_scheme(name, length, &number) == NAMING_EWF)
			g->name_number = number + 1;
		ewf_segment_walk(g, report);
	}
	if (!ewf_assemble(e)) {
		ewf_close(&e->container);
		return NULL;
	}
	ewf_headers_read(e);
	return e;
}

void ewf_sections_free(struct ewf *e)
{
	for (size_t i = 0; i < e->segments; i++) {
		free(e->segment[i].section);
		e->segment[i].section = NULL;
		e->segment[i].sections = 0;
	}
}

static struct container *ewf_open(const struct opening *o)
{
	char *name = memory_copy(o->name ? o->name : "", o->name ? o->name_length : 0);
	struct evidence_parts one = { .source = &o->source, .name = (const char *const[]){ name }, .count = 1 };
	struct ewf *e = ewf_of_parts(o->parts && o->parts->count ? o->parts : &one, o->report, false);
	free(name);
	if (!e)
		return NULL;
	ewf_sections_free(e);
	return &e->container;
}

static int ewf_next(struct container *c, struct node *n)
{
	struct ewf *e = (struct ewf *)c;
	*n = (struct node){ 0 };
	if (e->given)
		return 0;
	e->given = true;
	format_media(c, n, e->size);
	n->tainted = e->told.count > 0 || e->acquisition.count > 0;
	return 1;
}

static bool ewf_find(struct container *c, const struct locator_step *step, struct node *n)
{
	((struct ewf *)c)->given = false;
	return format_media_named(step) && ewf_next(c, n) == 1;
}

static struct source *ewf_content(struct container *c, const struct node *n)
{
	(void)n;
	return ewf_media((struct ewf *)c);
}

static void ewf_describe(struct container *c, struct record_builder *r)
{
	ewf_headers_describe((struct ewf *)c, r);
}

const struct format format_ewf = {
	.name = "ewf",
	.layer = LAYER_IMAGE,
	.flags = FORMAT_TRANSPARENT,
	.about = "EnCase and SMART disk images (E01, s01), all segments, damaged ones too",
	.probe = ewf_probe,
	.open = ewf_open,
	.next = ewf_next,
	.find = ewf_find,
	.content = ewf_content,
	.close = ewf_close,
	.describe = ewf_describe,
};

/* ---- logical evidence: the segment files one behind the other, for the row l01 ---- */

struct segment_files { struct container container; struct source *media; bool given; };

static struct container *lvf_open(const struct opening *o)
{
	struct segment_files *f = memory_new(sizeof *f);
	f->container.source = o->source;
	f->container.report = o->report;
	size_t count = o->parts && o->parts->count ? o->parts->count : 1;
	struct source **part = memory_array(count, sizeof *part);
	for (size_t i = 0; i < count; i++) {
		struct source *s = o->parts && o->parts->count ? o->parts->source[i] : o->source;
		part[i] = source_window(s, 0, s->size);
	}
	f->media = source_of_parts(part, count);
	free(part);
	return &f->container;
}

static int lvf_next(struct container *c, struct node *n)
{
	struct segment_files *f = (struct segment_files *)c;
	*n = (struct node){ 0 };
	if (f->given)
		return 0;
	f->given = true;
	format_media(c, n, f->media->size);
	return 1;
}

static bool lvf_find(struct container *c, const struct locator_step *step, struct node *n)
{
	((struct segment_files *)c)->given = false;
	return format_media_named(step) && lvf_next(c, n) == 1;
}

static struct source *lvf_content(struct container *c, const struct node *n)
{
	(void)n;
	struct source *media = ((struct segment_files *)c)->media;
	return source_window(media, 0, media->size);
}

static void lvf_close(struct container *c)
{
	source_close(((struct segment_files *)c)->media);
	free(c);
}

const struct format format_lvf = {
	.name = "lvf", .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .about = "segment files of EnCase logical evidence, put one behind the other for l01",
	.probe = lvf_probe, .open = lvf_open, .next = lvf_next, .find = lvf_find, .content = lvf_content, .close = lvf_close,
};

/* ---- known, not read ---- */

static unsigned ewf2_probe(const struct probe *p)
{
	unsigned bits = magic_bits(p, "EVF2\r\n\x81\0", 8);
	return bits ? bits : magic_bits(p, "LEF2\r\n\x81\0", 8);
}

static unsigned adcrypt_probe(const struct probe *p)
{
	return magic_bits(p, "ADCRYPT\0", 8);
}

static unsigned ad1_probe(const struct probe *p)
{
	return magic_bits(p, "ADSEGMENTEDFILE", 16);
}

static struct container *unread(const struct opening *o, const char *kind, const char *what)
{
	report_error(o->report, "unsupported", kind, NULL, 0, 0, "%s: not read", what);
	return NULL;
}

static struct container *ewf2_open(const struct opening *o)
{
	return unread(o, "ewf2.open", "EWF version 2 (Ex01, Lx01)");
}

static struct container *adcrypt_open(const struct opening *o)
{
	return unread(o, "adcrypt.open", "image encrypted by FTK (AD encryption)");
}

static struct container *ad1_open(const struct opening *o)
{
	return unread(o, "ad1.open", "logical image of FTK (AD1)");
}

static int nothing_next(struct container *c, struct node *n)
{
	(void)c;
	(void)n;
	return 0;
}

static void nothing_close(struct container *c)
{
	free(c);
}

const struct format format_ewf2 = {
	.name = "ewf2", .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .about = "EnCase 7 images (Ex01, Lx01): recognised, not read",
	.probe = ewf2_probe, .open = ewf2_open, .next = nothing_next, .close = nothing_close,
};

const struct format format_adcrypt = {
	.name = "adcrypt", .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .about = "images encrypted by FTK: recognised, not read",
	.probe = adcrypt_probe, .open = adcrypt_open, .next = nothing_next, .close = nothing_close,
};

const struct format format_ad1 = {
	.name = "ad1", .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .about = "logical images of FTK (AD1): recognised, not read",
	.probe = ad1_probe, .open = ad1_open, .next = nothing_next, .close = nothing_close,
};
