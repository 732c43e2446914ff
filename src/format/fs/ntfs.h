/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs.h: what the files of the NTFS reader share: ntfs_record.c (volume, records, attributes, runs), ntfs_index.c (directory indexes),
 * ntfs_content.c (streams as bytes, LZNT1), ntfs_node.c (one name or stream as a node); and, over ntfs_listing.h, ntfs_names.c, ntfs_find.c, ntfs.c.
 *
 * References are as NTFS writes them: record number in the low 48 bits, sequence in the high 16. Clusters are counted from the start of the volume (LCN)
 * or of the stream (VCN). Names are UTF-16LE as they stand on the disk. */
#ifndef SPOOR_FORMAT_FS_NTFS_H
#define SPOOR_FORMAT_FS_NTFS_H

#include "base/cursor.h"
#include "format/format.h"

enum { NTFS_ROOT = 5, NTFS_FIRST_USER = 24, NTFS_RECORD_MAX = 65536, NTFS_EXTENSIONS_MAX = 4096, NTFS_LIST_MAX = 1 << 20 };
enum {
	NTFS_STANDARD_INFORMATION = 0x10, NTFS_ATTRIBUTE_LIST = 0x20, NTFS_FILE_NAME = 0x30, NTFS_DATA = 0x80, NTFS_INDEX_ROOT = 0x90,
	NTFS_INDEX_ALLOCATION = 0xa0, NTFS_REPARSE_POINT = 0xc0, NTFS_LOGGED_UTILITY_STREAM = 0x100,
};
enum { NTFS_IN_USE = 1, NTFS_DIRECTORY = 2 };                           /* record flags */
enum { NTFS_COMPRESSED = 0x00ff, NTFS_ENCRYPTED = 0x4000, NTFS_SPARSE = 0x8000 };       /* attribute flags */
enum { NTFS_NAMESPACE_POSIX = 0, NTFS_NAMESPACE_WIN32 = 1, NTFS_NAMESPACE_DOS = 2, NTFS_NAMESPACE_BOTH = 3 };

static inline uint64_t ntfs_reference_record(uint64_t reference) { return reference & 0xffffffffffffU; }
static inline uint16_t ntfs_reference_sequence(uint64_t reference) { return (uint16_t)(reference >> 48); }

/* The volume's $Bitmap, opened when it is first asked. */
struct ntfs_bitmap { bool tried; struct source *bytes; struct arena arena; uint64_t block; size_t length; uint8_t cached[4096]; };

struct ntfs_volume {
	struct source *source;          /* NULL: there is only the $MFT */
	struct reporter *report;
	uint32_t sector_size, cluster_size, record_size, index_size;
	uint64_t clusters;
	struct extent *mft_extent; size_t mft_extents;  /* owned */
	struct source *mft;             /* the $MFT's content */
	struct ntfs_bitmap *bitmap;     /* owned */
	uint64_t records;
	bool slack;                     /* nodes have as content what lies behind the end of theirs */
	struct ntfs_extension { uint64_t base, number; } *extension; size_t extensions;         /* of a saved $MFT, by base: attribute lists may lie outside it; owned */
};

struct ntfs_attribute {
	uint32_t type;
	uint16_t id;                    /* as in the record that holds it */
	uint16_t unique_id;             /* as fls numbers it: those of extension records get numbers of their own */
	uint16_t flags;
	bool resident;
	const uint8_t *name; size_t name_units;
	const uint8_t *value; size_t value_length;              /* resident */
	uint64_t first_vcn, last_vcn, allocated, size, initialised;      /* the rest: not resident; sizes hold where first_vcn is 0 */
	uint8_t compression_unit;       /* log2 of clusters; 0: none */
	const uint8_t *runs; size_t runs_length;
};

/* A base record with the attributes of its extension records. Pointers go into the bytes of the records and into the arena. */
struct ntfs_entry {
	uint64_t number;
	uint64_t base;                  /* reference of the base record; 0: it is one */
	uint16_t sequence, links, flags;
	bool torn;                      /* some sector's update sequence does not fit */
	bool incomplete;                /* an extension record is missing or is another file's by now */
	struct ntfs_attribute *attribute; size_t attributes, capacity;
};

/* A $FILE_NAME value. */
struct ntfs_file_name {
	uint64_t parent;
	uint64_t created, modified, changed, accessed, allocated, size;
	uint32_t flags;
	uint8_t name_space;
	const uint8_t *name; size_t name_units;
};

/* The boot sector in bytes of at least 512; false: it makes no sense. */
bool ntfs_boot_parse(struct ntfs_volume *v, const uint8_t *boot, uint64_t *mft_at, uint64_t *mirror_at);
/* Finds the $MFT. False: it can't be found, and the reporter has been told. ntfs_volume_close frees what it made. */
bool ntfs_volume_open(struct ntfs_volume *v, struct source *source, struct reporter *report);
/* The same for a $MFT that was saved as a file: what does not lie in its records is elsewhere. */
bool ntfs_volume_of_mft(struct ntfs_volume *v, struct source *mft, struct reporter *report);
/* Bytes a record where `head` begins a $MFT; 0: it does not. */
uint32_t ntfs_mft_record_size(const uint8_t *head, size_t length);
void ntfs_volume_close(struct ntfs_volume *v);

enum ntfs_record_state { NTFS_RECORD_NONE, NTFS_RECORD_GOOD, NTFS_RECORD_TORN };        /* none: never used, or no record at all */
/* Checks a record and undoes its update sequence, in place. */
enum ntfs_record_state ntfs_record_fix(uint8_t *record, size_t size);
/* Header and attributes of one fixed record; attributes are appended. */
void ntfs_record_parse(const uint8_t *record, size_t size, struct ntfs_entry *e, struct arena *a);
/* Reads record `number` to arena bytes, fixed. NULL: there is none. */
uint8_t *ntfs_record_read(const struct ntfs_volume *v, uint64_t number, struct arena *a, enum ntfs_record_state *state);
/* The whole entry from its fixed base record: extension records are followed. */
void ntfs_entry_parse(const struct ntfs_volume *v, const uint8_t *record, uint64_t number, struct ntfs_entry *e, struct arena *a);
bool ntfs_entry_read(const struct ntfs_volume *v, uint64_t number, struct ntfs_entry *e, struct arena *a);
/* The sequence that names of the entry carry: a deleted record's was counted up when it was deleted. */
uint16_t ntfs_entry_sequence(const struct ntfs_entry *e);

/* First attribute of that type and name (ASCII; NULL: unnamed) that starts a stream. */
const struct ntfs_attribute *ntfs_attribute_find(const struct ntfs_entry *e, uint32_t type, const char *name);
bool ntfs_attribute_named(const struct ntfs_attribute *a, const char *ascii);
bool ntfs_attributes_join(const struct ntfs_attribute *a, const struct ntfs_attribute *b);       /* same type and name */
bool ntfs_file_name_parse(const uint8_t *value, size_t length, struct ntfs_file_name *f);

struct ntfs_run { uint64_t vcn, lcn, count; bool hole; };
/* One run list piece. False: it is damaged from `*runs` on. runs: arena. */
bool ntfs_runs_parse(const struct ntfs_volume *v, const struct ntfs_attribute *a, struct arena *arena, struct ntfs_run **run, size_t *runs);
/* All runs of a stream in order, from all pieces of the entry. Damage and gaps are told with `step`. */
void ntfs_stream_runs(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                      struct ntfs_run **run, size_t *runs, bool *damaged);
/* The stream as ranges of the volume: holes and what is not initialised as zeros, what no run covers as unreadable. */
void ntfs_stream_extents(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                         struct extent **extent, size_t *extents);
/* What is allocated to the stream behind its end or was never written, as ranges of the volume; *size: their bytes. */
void ntfs_stream_slack(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step, struct arena *arena,
                       struct extent **extent, size_t *extents, uint64_t *size);
/* The stream's bytes: resident, decompressed, or from the volume. NULL: none. */
struct source *ntfs_stream_open(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_attribute *first, const char *step);
/* Decompresses one LZNT1 unit; returns how many bytes came out (the rest of `to` is zero); *damaged when a token made no sense. */
size_t ntfs_lznt1(const uint8_t *from, size_t length, uint8_t *to, size_t room, bool *damaged);

#define NTFS_REPARSE_WOF 0x80000017U
/* Files packed by the Windows Overlay Filter. Whether the reparse data says so in a way that can be read; the content of `size` bytes (NULL: told why). */
bool ntfs_wof_algorithm(const uint8_t *reparse, size_t length, uint32_t *algorithm);
struct source *ntfs_wof_open(const struct ntfs_volume *v, const struct ntfs_entry *e, uint32_t algorithm, uint64_t size, const char *step);
/* The reparse point's data in arena bytes; length 0: none. */
const uint8_t *ntfs_reparse_data(const struct ntfs_volume *v, const struct ntfs_entry *e, const char *step, struct arena *a, size_t *length);

/* ---- directory indexes ---- */
struct ntfs_index_entry {
	uint64_t reference;
	struct ntfs_file_name file_name;
	bool allocated;                 /* false: found in the slack behind the entries in use, or the directory is deleted */
	bool late;                      /* found in slack and dated after 2019: fls does not believe it */
};
/* Calls `found` for every name of the entry's $I30 index, in use or left behind, by libtsk's rules for what is believed. False: it has no such index. */
bool ntfs_index_walk(const struct ntfs_volume *v, const struct ntfs_entry *directory, struct arena *a,
                     void (*found)(void *argument, const struct ntfs_index_entry *entry), void *argument);

/* ---- nodes ---- */
struct ntfs_name {
	uint64_t reference;             /* entry and the sequence that the name carries */
	uint64_t parent;
	const uint8_t *name; size_t name_units;
	bool allocated;
	char type;                      /* name_type: 'r', 'd' from an index, '-' from a record only, 'V' */
	bool orphan, late;
	const struct ntfs_file_name *file_name;         /* times; NULL: none */
	const struct ntfs_attribute *file_name_attribute;       /* NULL: it comes from an index */
	const char *path;               /* escaped path of the name */
	const char *step;               /* "ntfs:/path" or "ntfs:#5-6", without a stream */
};
/* Whether fls would show this attribute as a stream of its own (data, or the index of a name other than $I30), or as the file itself. */
enum ntfs_shown { NTFS_HIDDEN, NTFS_MAIN, NTFS_STREAM };
enum ntfs_shown ntfs_attribute_shown(const struct ntfs_entry *e, const struct ntfs_attribute *a);
/* The node of a name: of one of its attributes (NULL: it has none that is shown). e NULL: no record belongs to the name any more. */
void ntfs_node_fill(const struct ntfs_volume *v, const struct ntfs_entry *e, const struct ntfs_name *name, const struct ntfs_attribute *a, struct arena *arena,
                    struct node *n);

#endif
