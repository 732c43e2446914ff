/* SPDX-License-Identifier: Apache-2.0 */
/* ntfs_listing.h: what the parts of the NTFS row share: ntfs_names.c (tables of all names, paths, steps), ntfs_find.c (one thing by its step), ntfs.c (the listing, the row). */
#ifndef SPOOR_FORMAT_FS_NTFS_LISTING_H
#define SPOOR_FORMAT_FS_NTFS_LISTING_H

#include "format/fs/ntfs.h"
#include "format/fs/number_set.h"

enum { NTFS_BLOCK = 1 << 20, NTFS_DEPTH_MAX = 4096, NTFS_NO_NAME = -1 };
enum { NTFS_RECORD_BASE = 1, NTFS_RECORD_IN_USE = 2, NTFS_RECORD_DIRECTORY = 4, NTFS_RECORD_FILLED = 8 };
enum { NTFS_NAME_DOS = 1, NTFS_NAME_INDEXED = 2, NTFS_NAME_LEFTOVER = 4, NTFS_NAME_TWIN = 8 };
enum phase { PHASE_START, PHASE_RECORDS, PHASE_EXTRAS, PHASE_ORPHANS, PHASE_END };

#define NTFS_ORPHAN_PATH "/%24OrphanFiles"

/* Flat tables of pass one. */
struct ntfs_record_info { int32_t first_name; uint16_t sequence; uint8_t flags; };
struct ntfs_listed_name {
	uint32_t child, parent, hash, text;     /* text: offset in directory_names, escaped; 0: not kept */
	int32_t next;                           /* further name of the child */
	uint16_t parent_sequence;
	uint8_t flags;
};

/* A name that only an index has. */
struct ntfs_extra {
	uint64_t reference;
	uint32_t directory, ordinal;
	size_t name;                            /* in extra_names: name_units, then the UTF-16 */
	uint64_t created, modified, changed, accessed;
	uint8_t units;
	bool allocated, is_directory, late;
};

enum { NTFS_PATHS = 1024 };
struct ntfs_parent_path {
	bool known, by_path, orphan;
	uint32_t record;
	struct buffer path;
};

struct ntfs {
	struct container container;             /* first member */
	struct ntfs_volume volume;
	enum phase phase;
	struct ntfs_record_info *record;
	struct ntfs_listed_name *name; size_t names, names_capacity;
	bool names_full;                        /* told */
	struct buffer directory_names;
	struct ntfs_extra *extra; size_t extras, extras_capacity;
	struct buffer extra_names;
	struct number_set extras_in_use, extras_known;
	struct ntfs_parent_path parent[NTFS_PATHS];     /* of directories that names at hand lie in, by the low bits of their record */
	/* pass two */
	uint8_t *block; uint64_t block_first, block_count, at;
	struct arena entry_arena;
	struct ntfs_entry entry;
	bool has_entry;
	struct ntfs_name *pending; size_t pendings, pending_at, attribute_at;
	bool first_of_name;
	size_t extra_at;
};

/* ---- tables */

uint32_t ntfs_name_hash(const uint8_t *utf16, size_t units);
/* The index of a name of record `child` in that directory, or NTFS_NO_NAME. */
int32_t ntfs_name_find(const struct ntfs *f, uint64_t child, uint64_t parent, uint32_t hash);
/* Whether a name hangs on its parent. */
bool ntfs_name_attached(const struct ntfs *f, const struct ntfs_listed_name *n);
/* The reference that names in a directory carry. */
uint64_t ntfs_directory_reference(const struct ntfs *f, uint32_t record);
/* A record's bytes in the block of records that was read last; valid until the next call. */
uint8_t *ntfs_record_in_block(struct ntfs *f, uint64_t number);
/* Pass one, where it was not made yet: what the tables in struct ntfs hold. */
void ntfs_tables_read(struct ntfs *f);
/* The path of a directory; cached for the names in it that follow: valid until the next call. */
const struct ntfs_parent_path *ntfs_parent_path(struct ntfs *f, uint32_t record);

/* ---- names and steps; all are in the arena */

struct ntfs_own_name { struct ntfs_file_name file_name; const struct ntfs_attribute *attribute; };
/* The $FILE_NAMEs that count, in the order of the record: DOS ones only where there is no other. Returns how many. */
size_t ntfs_own_names(const struct ntfs_entry *e, struct ntfs_own_name **names, struct arena *a);
/* "OrphanFile-NUMBER", in UTF-16LE, for a record without a name. */
const uint8_t *ntfs_orphan_name(struct arena *a, uint64_t number, size_t *units);
/* A name behind the escaped path of its directory. */
char *ntfs_path_join(struct arena *a, const char *parent, size_t parent_length, const uint8_t *utf16, size_t units);
char *ntfs_path_step(const struct ntfs *f, struct arena *a, const char *path);
/* ordinal: of the $FILE_NAME; 0 is the first and not shown. */
char *ntfs_address_step(const struct ntfs *f, struct arena *a, uint64_t reference, size_t ordinal);
uint64_t ntfs_entry_reference(const struct ntfs_entry *e);
/* The record that a name which only an index has meant; false: that is not the same any more. */
bool ntfs_extra_entry(struct ntfs *f, const struct ntfs_extra *x, struct ntfs_entry *e, struct arena *a);
/* Such a name below the path of its directory. */
struct ntfs_name ntfs_extra_name(const struct ntfs *f, const struct ntfs_extra *x, const char *path, size_t path_length, bool orphan, struct arena *a);
/* For the second line of body files. */
void ntfs_file_name_attribute_fill(struct ntfs *f, const struct ntfs_name *name, struct node *n);
void ntfs_orphan_directory_fill(struct ntfs *f, struct node *n);

/* ---- the row's own `find` */
bool ntfs_find(struct container *c, const struct locator_step *step, struct node *n);

#endif
