/* SPDX-License-Identifier: Apache-2.0 */
/* ewf.h: what the files of the EWF version 1 reader share. The way through them: ewf_sections.c walks the section chain of each segment file,
 * ewf_set.c chooses the segments and reads the size of the media, ewf_tables.c makes groups of chunks of the tables, ewf_places.c gives each its
 * place on the media, ewf_chunks.c decodes chunks, ewf_header.c reads what the image says of its case, ewf.c is the row. */
#ifndef SPOOR_FORMAT_IMAGE_EWF_H
#define SPOOR_FORMAT_IMAGE_EWF_H

#include <libdeflate.h>

#include "base/cursor.h"
#include "format/format.h"
#include "source/block_cache.h"

enum {
	EWF_FILE_HEADER = 13,
	EWF_DESCRIPTOR = 76,
	EWF_TABLE_HEADER = 24,
	EWF_CHUNK_MAX = 64 << 20,       /* bytes; EnCase goes to 32,768 sectors of 512 */
	EWF_SECTIONS_MAX = 1 << 18,     /* a segment file; real ones have three for 16,375 chunks */
	EWF_INCIDENTS_MAX = 32,         /* a segment file; more are counted */
	EWF_HEADER_MAX = 1 << 20,       /* inflated header, header2, xheader, xhash */
};

enum ewf_section_type {
	EWF_OTHER, EWF_HEADER, EWF_HEADER2, EWF_XHEADER, EWF_VOLUME, EWF_DISK, EWF_DATA, EWF_SECTORS, EWF_TABLE, EWF_TABLE2, EWF_NEXT, EWF_DONE, EWF_HASH,
	EWF_DIGEST, EWF_XHASH, EWF_ERROR2, EWF_SESSION, EWF_LTREE, EWF_LTYPES, EWF_MAP, EWF_INCOMPLETE, EWF_SECTION_TYPES
};

struct ewf_section {
	uint64_t start, end;            /* [start, end) in the segment file, with the descriptor */
	uint8_t type;
	bool cut;                       /* the file ends before it does */
};

/* Something wrong with the chain of a segment file, told once the media ranges are known. */
struct ewf_incident {
	uint64_t at, resumed;           /* bytes in the segment file; resumed: where the chain went on (file size: nowhere) */
	uint32_t section;               /* number of sections found before it */
	const char *what;               /* static text */
	bool note;                      /* nothing is broken, but a responder should know */
};

struct ewf_segment {
	struct source *source;          /* borrowed */
	char *name;                     /* owned; fit for messages */
	uint64_t name_number;           /* segment number that the name tells; 0 none */
	uint32_t number;                /* from the file header; 0: unreadable */
	bool header_bad;
	bool chosen;                    /* is part of the set */
	bool ended_next, ended_done;
	struct ewf_section *section;
	size_t sections, section_capacity;
	struct ewf_incident incident[EWF_INCIDENTS_MAX];
	size_t incidents;               /* may exceed EWF_INCIDENTS_MAX */
	bool has_set, has_geometry;
	uint8_t set[16];                /* set identifier (GUID) */
};

/* What a volume, disk or data section says. */
struct ewf_geometry {
	uint64_t sectors, chunks;
	uint32_t sectors_per_chunk, sector_size;
	uint8_t media_type, media_flags, compression;
	bool valid;
};

enum ewf_group_kind { EWF_GROUP_TABLE, EWF_GROUP_FOUND, EWF_GROUP_SEARCH, EWF_GROUP_GAP };

/* Chunks that follow each other on the media and whose places in one segment file come from one table (TABLE) or from a search (FOUND), or the place in
 * the order where chunks of unknown number are missing (GAP). SEARCH becomes FOUND, and a GAP behind it if need be. */
struct ewf_group {
	enum ewf_group_kind kind;
	uint32_t segment;               /* index; EWF_NO_SEGMENT: a segment file that is not there */
	uint64_t count;                 /* chunks; of a GAP once it is known */
	uint64_t first;                 /* chunk number of the first; UNPLACED: nobody knows */
	uint64_t base;                  /* added to each offset */
	uint64_t present;               /* entries that the section has room for */
	uint64_t table, spare;          /* segment offsets of the entries of the table and of its copy; 0: none */
	uint64_t spare_base;
	uint64_t data_start, data_end;  /* chunks lie in here */
	uint64_t overflow;              /* from this entry on offsets have 32 bits (EnCase 6.7.1) */
	uint64_t *found;                /* FOUND: offset << 1 | compressed for each, 0: not found; count + 1 of them, the last is the end */
	const char *damage;             /* what was wrong with its tables, or why there is a gap; NULL nothing */
	uint64_t damage_at;             /* where in the segment file */
	uint32_t sum;                   /* Adler-32 of the table's array */
	bool count_known;               /* SEARCH: count comes from a table header */
	bool incomplete;                /* FOUND: chunks of unknown number are missing at its end */
};
#define EWF_UNPLACED UINT64_MAX
#define EWF_NO_SEGMENT UINT32_MAX

struct ewf_range_report { uint64_t first, behind; const char *why; };

struct ewf_property { const char *key; char *text; struct timestamp time; };

struct ewf {
	struct container container;
	bool given;                     /* the one node was given */
	bool logical;                   /* files one behind the other (L01): the volume section does not tell their size */

	struct ewf_segment *segment;    /* as given */
	size_t segments;
	uint32_t *order;                /* chosen segments by number: index into segment */
	size_t ordered;
	bool has_set;
	uint8_t set[16];

	struct ewf_geometry geometry;
	uint64_t size, chunks;          /* media bytes and chunks */
	uint32_t chunk_size;
	bool in_section;                /* chunks lie inside the table sections (EnCase 1, SMART) */
	bool unordered;                 /* a table's chunks do not lie in their order */

	struct ewf_group *group;
	size_t groups, group_capacity;
	size_t last_group;              /* where the chunk before was found */

	struct libdeflate_decompressor *inflater;
	struct block_cache *cache;      /* chunks */
	struct block_cache *entries;    /* pieces of tables */
	uint8_t *scratch;               /* one chunk, for those that must be cut */

	/* The window of a segment file that is being read through. */
	uint32_t window_segment;
	uint64_t window_start;
	size_t window_length, window_capacity;
	uint8_t *window;

	struct range_map told;          /* chunk numbers whose damage has been reported */
	struct ewf_range_report pending;        /* adjacent bad chunks not told yet */
	struct range_map acquisition;   /* media bytes that the acquiring tool could not read */

	bool has_md5, has_sha1;
	uint8_t md5[16], sha1[20];
	struct ewf_property *property;
	size_t properties;
};

/* ewf.c. Opens segment files (named "" where names tell nothing); NULL: nothing can be read, told why. The sections stay until ewf_sections_free. */
struct ewf *ewf_of_parts(const struct evidence_parts *parts, struct reporter *report, bool logical);
void ewf_sections_free(struct ewf *e);

/* ewf_sections.c */
uint32_t ewf_adler(const void *bytes, size_t length);
enum ewf_section_type ewf_section_type_of(const uint8_t type[16]);
/* Whether a valid section descriptor lies at `offset`. */
bool ewf_descriptor_at(struct source *s, uint64_t offset);
/* Reads the file header and walks the chain; fills g->section, incidents, ends. */
void ewf_segment_walk(struct ewf_segment *g, struct reporter *report);

/* ewf_set.c */
/* The section's body as memory (owned by the caller), at most `most` bytes. */
uint8_t *ewf_section_body(const struct ewf_segment *g, const struct ewf_section *s, size_t most, size_t *length);
void ewf_set_choose(struct ewf *e);     /* fills e->order */
void ewf_incidents_report(const struct ewf *e);
void ewf_geometry_read(struct ewf *e);  /* leaves chunk_size 0 when no section tells */

/* ewf_tables.c */
void ewf_groups_make(struct ewf *e);
struct ewf_group *ewf_group_add(struct ewf *e, enum ewf_group_kind kind, uint32_t segment);

/* ewf_places.c */
/* From walked segments to groups with places: chooses segments, reads the geometry, makes groups, searches, places, reports. False: nothing can be read. */
bool ewf_assemble(struct ewf *e);

/* ewf_chunks.c */
struct ewf_place { uint64_t offset, end; bool compressed; };
/* Decodes what lies at a place into `out` (room bytes). NULL, or what is wrong. *got: bytes of media; *used: bytes of the segment file. A plain chunk
 * is all of [offset, end), its checksum last; a compressed one ends where its stream ends, at `end` at the latest. */
const char *ewf_decode(struct ewf *e, uint32_t segment, const struct ewf_place *p, uint8_t *out, size_t room, size_t *got, uint64_t *used);
/* At most so many bytes of a segment file belong to one chunk. */
static inline uint64_t ewf_chunk_bound(uint64_t chunk_size) { return chunk_size + chunk_size / 8 + 4096; }
/* Entry i of a group's table (or of its copy); false: not there. */
bool ewf_entry(struct ewf *e, size_t group, bool spare, uint64_t i, uint32_t *value);
bool ewf_place_of(struct ewf *e, size_t group, bool spare, uint64_t i, struct ewf_place *p);
void ewf_flush(struct ewf *e);          /* tells what is pending */
/* A range of chunks that no reading can bring back; read as damaged, told here and now. */
void ewf_lost(struct ewf *e, uint64_t first, uint64_t behind, const char *class, const char *kind, const char *format, ...) __attribute__((format(printf, 6, 7)));
struct source *ewf_media(struct ewf *e);
void ewf_entries_start(struct ewf *e);    /* empties the cache of table entries: whenever groups change their numbers */

/* ewf_header.c */
void ewf_headers_read(struct ewf *e);
void ewf_headers_describe(struct ewf *e, struct record_builder *r);
void ewf_headers_free(struct ewf *e);

#endif
