/* SPDX-License-Identifier: Apache-2.0 */
/* pst.h: the layers of a PST or OST that its files share: NDB (pst_ndb.c, pst_scan.c), LTP (pst_ltp.c), the rendering of a message (pst_message.c).
 *
 * Names are those of [MS-PST]. Every function takes what damage does to it: it gives what is there, and the reporter is told. */
#ifndef SPOOR_FORMAT_MAIL_PST_H
#define SPOOR_FORMAT_MAIL_PST_H

#include "format/format.h"
#include "format/mail/mapi.h"

enum pst_kind { PST_ANSI, PST_UNICODE, PST_4K };
enum pst_crypt { PST_PLAIN, PST_PERMUTE, PST_CYCLIC, PST_CRYPTS };
/* How a block or page was found: its trailer fits by checksum and signature, by one of them, or only a B-tree names it. */
enum pst_grade { PST_A, PST_B, PST_C };

enum {
	PST_LEVELS_MAX = 8,                     /* of any tree */
	PST_HEAP_MAX = 16 << 20,                /* bytes of one heap that are read */
	PST_BLOCK_MAX = 65536,
	PST_SUBNODES_MAX = 100000,              /* of one node */
	PST_EMBEDDED_MAX = MAPI_EMBEDDED_MAX,
	PST_BODY_MAX = MAPI_BODY_MAX,
	PST_ATTACHED_MAX = MAPI_ATTACHED_MAX,   /* larger attachments are nodes of their own */
	PST_LIST_MAX = 65535,                   /* rows of a table that are read */
};

/* Low five bits of a node's number. */
enum { NID_FOLDER = 2, NID_SEARCH = 3, NID_MESSAGE = 4, NID_ATTACHMENT = 5, NID_ASSOCIATED = 8 };
enum { NID_STORE = 0x21, NID_NAMES = 0x61, NID_ROOT = 0x122, NID_ATTACHMENTS = 0x671, NID_RECIPIENTS = 0x692 };
static inline unsigned pst_nid_type(uint32_t nid) { return nid & 0x1f; }

struct pst_node { uint32_t nid, parent; uint64_t data, sub; bool stale; };     /* stale: only an old page of the B-tree names it */
struct pst_block { uint64_t bid, offset; uint16_t size, inflated; uint8_t grade; bool listed, used; };  /* size: as stored; listed: by the live B-tree */

struct pst_folder { uint32_t nid, parent; size_t name, name_length; bool named, by_path; uint32_t declared, given, failed, recovered, associated; };

struct pst {
	struct container container;
	enum pst_kind kind;
	enum pst_crypt crypt;
	uint8_t inverse[256];                   /* of the permutation */
	size_t page_size, block_trailer, block_align, block_data_max;
	struct pst_node *node; size_t nodes, nodes_room;        /* by nid */
	struct pst_block *block; size_t blocks, blocks_room;    /* by bid, the best of each first */
	struct pst_node *old; size_t olds;                      /* what stale pages name and the live tree does not, by data */
	bool tree_bad, scanned;
	struct pst_folder *folder; size_t folders;              /* by nid */
	struct pst_folder outside;              /* counts of messages that are in none of them */
	struct buffer names;                    /* of folders, raw bytes */
	uint32_t code_page;                     /* of the store */
	struct mapi_names named; struct arena lasting;          /* named: in `lasting`, which lives as long as the store is open */
	struct buffer stored, bytes;            /* scratch of block reading */
	struct libdeflate_decompressor *inflater;
	/* listing */
	int phase;
	size_t at, attachment;
	struct buffer pending;                  /* numbers of large attachments that wait to be given: u32 message index, u32 nid */
	bool tainted;                           /* set by reads of damaged bytes; the caller clears */
	bool quiet;                             /* damage was told before */
};

/* ---- NDB */
void pst_error(struct pst *p, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Header and both B-trees; where they are damaged, the trailers of the whole file. False: nothing of a PST is there. */
bool pst_ndb_open(struct pst *p);
void pst_ndb_close(struct pst *p);
uint32_t pst_crc(const void *bytes, size_t length);
uint16_t pst_signature(uint64_t offset, uint64_t bid);
void pst_scan(struct pst *p);                                   /* once; fills blocks and olds */
bool pst_guess_kind(struct pst *p);                             /* by allocation map pages, else by trailers */
void pst_layout(struct pst *p, enum pst_kind kind);
int pst_nid_compare(const void *nid, const void *entry);       /* for bsearch in an array by nid: entry is a node or a folder */
const struct pst_node *pst_node_find(const struct pst *p, uint32_t nid);
const struct pst_block *pst_block_find(const struct pst *p, uint64_t bid);
void pst_block_add(struct pst *p, struct pst_block b);
void pst_node_add(struct pst *p, struct pst_node n);
void pst_sort(struct pst *p);
/* Entries of one B-tree leaf or branch page at p->bytes: used by the walk and by the scan. */
struct pst_page { unsigned type, level, entries, entry_size; uint64_t bid; bool crc_good, sane; };
void pst_page_read(const struct pst *p, const uint8_t *page, struct pst_page *g);
void pst_leaf_entries(struct pst *p, const uint8_t *page, const struct pst_page *g, bool stale);
/* The bytes of one block, decoded as `crypt` says (internal blocks are never encoded). Appends. False: nothing could be read. */
bool pst_block_read(struct pst *p, const struct pst_block *b, enum pst_crypt crypt, struct buffer *out);
void pst_decode(const struct pst *p, enum pst_crypt crypt, uint64_t bid, uint8_t *bytes, size_t length);

/* The blocks of a node's data, in order. In an arena. */
struct pst_stream { struct pst_block *block; size_t blocks; uint64_t size; bool incomplete; };
void pst_stream_open(struct pst *p, uint64_t bid, struct pst_stream *s, struct arena *a);
/* Up to `most` bytes, appended. */
void pst_stream_read(struct pst *p, const struct pst_stream *s, enum pst_crypt crypt, size_t most, struct buffer *out);
/* A source over the blocks; copies the list. */
struct source *pst_stream_source(struct pst *p, const struct pst_stream *s, enum pst_crypt crypt);
size_t pst_subnodes(struct pst *p, uint64_t bid, struct pst_node **list, struct arena *a);     /* by nid as they stand */
const struct pst_node *pst_subnode_find(const struct pst_node *list, size_t count, uint32_t nid);
void pst_mark(struct pst *p, uint64_t data, uint64_t sub);     /* blocks of a node: in use */

/* ---- LTP */
struct pst_heap { const uint8_t *bytes; size_t *start, *map; size_t blocks; enum pst_crypt crypt; uint8_t client; uint32_t root; bool narrow; };      /* start: blocks + 1 offsets; map: of each block's list of allocations */
bool pst_heap_open(struct pst *p, uint64_t data, struct pst_heap *h, struct arena *a);
bool pst_heap_of(struct pst *p, const struct pst_block *b, struct pst_heap *h, struct arena *a);       /* one block alone */
const uint8_t *pst_heap_item(const struct pst *p, const struct pst_heap *h, uint32_t hid, size_t *length);

struct pst_property { uint16_t id, type; uint32_t value; };
struct pst_properties {
	struct pst_heap heap;
	struct pst_property *property; size_t properties, room;
	struct pst_node *sub; size_t subs;
	struct arena *arena;
	bool incomplete;
};
/* False: no property context. */
bool pst_properties_open(struct pst *p, uint64_t data, uint64_t sub, struct pst_properties *c, struct arena *a);
bool pst_properties_of(struct pst *p, struct pst_properties *c, struct arena *a);       /* heap and subnodes are set */
const struct pst_property *pst_property_find(const struct pst_properties *c, unsigned id);
uint32_t pst_property_number(const struct pst_properties *c, unsigned id, uint32_t otherwise);
struct timestamp pst_property_time(struct pst *p, const struct pst_properties *c, unsigned id);
/* Bytes as stored (up to `most`), in the arena; NULL: not there. *cut: there was more. */
const uint8_t *pst_property_bytes(struct pst *p, const struct pst_properties *c, unsigned id, size_t most, size_t *length, bool *cut);
/* Text as UTF-8; text NULL: not there. */
const char *pst_property_text(struct pst *p, const struct pst_properties *c, unsigned id, size_t *length);
const char *pst_text(struct pst *p, unsigned type, const uint8_t *bytes, size_t length, uint32_t code_page, struct arena *a, size_t *out_length);
/* A large value: the blocks it lies in. False: it lies in the heap, or is not there. */
bool pst_property_stream(struct pst *p, const struct pst_properties *c, unsigned id, struct pst_stream *s);

struct pst_column { uint16_t id, type; uint16_t at; uint8_t length, bit; };
struct pst_table {
	struct pst_heap heap;
	struct pst_column *column; size_t columns;
	size_t row_size, bitmap;                /* bitmap: where in a row */
	uint32_t *row; size_t rows, rows_room;  /* numbers of the rows that the index names, in its order */
	struct pst_stream matrix; const uint8_t *cells; size_t cells_length;
	size_t *block_start;
	struct pst_node *sub; size_t subs;
	struct arena *arena;
};
bool pst_table_open(struct pst *p, uint64_t data, uint64_t sub, struct pst_table *t, struct arena *a);
/* A cell: fixed ones as they stand in the row, others from heap or subnode. NULL: empty. */
const uint8_t *pst_table_cell(struct pst *p, const struct pst_table *t, size_t which, unsigned id, unsigned *type, size_t *length);

/* ---- what comes of it */
/* The message as RFC 5322, appended to `out`. large (may be NULL): numbers of attachments that were left out because of their size. */
void pst_message_render(struct pst *p, const struct pst_node *n, struct pst_properties *c, struct buffer *out, struct buffer *large);

#endif
