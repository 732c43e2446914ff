/* SPDX-License-Identifier: Apache-2.0 */
/* regf.h: Windows registry hives as keys and values; what they mean is not known here.
 *
 * A hive lies in memory as a whole. Cells are named by their offset from the first bin (file offset 4096), as the format does; REGF_NONE is no cell. Nothing is
 * read past the bin that holds it, every key and every list is gone through once, and all work together is bounded by the size of the hive. What is wrong is
 * told through `damage` with its byte range in the file, and the walk goes on with the next thing. */
#ifndef SPOOR_READER_REGF_H
#define SPOOR_READER_REGF_H

#include "base/cursor.h"
#include "base/memory.h"

enum { REGF_BASE_BLOCK = 4096, REGF_DEPTH = 512, REGF_DATA_MAX = 16 << 20 };
#define REGF_NONE UINT32_MAX

enum regf_type { REGF_NOTHING, REGF_SZ, REGF_EXPAND_SZ, REGF_BINARY, REGF_DWORD, REGF_DWORD_BE, REGF_LINK, REGF_MULTI_SZ, REGF_RESOURCE_LIST, REGF_FULL_RESOURCE,
	REGF_RESOURCE_REQUIREMENTS, REGF_QWORD, REGF_TYPES };
enum regf_flag { REGF_VOLATILE = 0x1, REGF_EXIT = 0x2, REGF_ROOT = 0x4, REGF_NO_DELETE = 0x8, REGF_SYMLINK = 0x10, REGF_COMPRESSED = 0x20, REGF_PREDEFINED = 0x40 };

/* class: "damage" or "limit"; kind: "regf.cell", ...; offset, length: bytes of the file (length 0: no range). message is borrowed for the call. */
typedef void (*regf_damage)(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message);

struct regf_log { const uint8_t *bytes; size_t length; };               /* of .LOG1, .LOG2, .LOG: in this order; absent ones left out */

enum regf_state { REGF_CLEAN, REGF_REPLAYED, REGF_DIRTY_NO_LOG, REGF_LOG_MISMATCH, REGF_STATES };
const char *regf_state_name(enum regf_state s);                         /* "clean" "dirty_replayed" "dirty_no_log" "log_mismatch" */

struct regf {
	const uint8_t *image; size_t size;      /* the file, or its private copy with the logs played back */
	uint8_t *copy;                          /* that copy, owned; NULL: image is the caller's */
	size_t end;                             /* where the chain of bins ends; what follows is remnant */
	uint32_t major, minor, file_type, primary, secondary, root;
	uint64_t written;                       /* of the base block, FILETIME */
	const uint8_t *file_name;               /* 64 bytes of UTF-16, zero-padded: the end of the path it had */
	bool no_base_block, bad_checksum, dirty, truncated;
	enum regf_state state;
	unsigned entries_applied; uint32_t first_sequence, last_sequence;       /* of the logs */
	uint32_t *bin_end;                      /* for each page of the bins: where its bin ends (0: no bin) */
	uint64_t *seen;                         /* a bit for each 8 bytes of the bins: keys and lists gone through */
	uint64_t entries_left, data_left;       /* work that may still be done */
	bool entries_told, data_told;
	unsigned told;                          /* damages told */
	void *owner; regf_damage damage;
};

/* `file` is borrowed until regf_close. False: nothing of a hive is in it (told). logs may be none; they are played back into a copy when the hive is dirty. */
bool regf_open(struct regf *h, const uint8_t *file, size_t size, const struct regf_log *log, size_t logs, void *owner, regf_damage damage);
void regf_close(struct regf *h);

/* The data of a cell, clipped to its bin: NULL when there is none. allocated may be NULL. */
const uint8_t *regf_cell(const struct regf *h, uint32_t cell, size_t *length, bool *allocated);
static inline uint64_t regf_offset(uint32_t cell) { return (uint64_t)cell + REGF_BASE_BLOCK; }  /* in the file */

struct regf_key {
	uint32_t cell; size_t cell_length;      /* with its size field */
	uint64_t written;                       /* FILETIME */
	uint16_t flags;
	uint8_t access, layer;
	uint32_t parent, subkeys, subkey_list, values, value_list, security, class_cell;
	uint16_t class_length;
	const uint8_t *name; size_t name_length; bool name_latin1;      /* clipped to the cell */
	unsigned depth;                         /* root: 0 */
};
/* A key of a cell that holds one; false (told when `tell`): it does not. */
bool regf_key_at(struct regf *h, uint32_t cell, struct regf_key *k, bool tell);

/* Depth first, parents before their children, in the order of the lists. */
struct regf_list { const uint8_t *index, *leaf; uint32_t indexes, index_at, entries, entry_at; uint8_t entry_size; uint32_t cell; };
struct regf_walk { struct regf *h; unsigned depth; bool begun; struct regf_list *level; struct regf_key last; };
void regf_walk_start(struct regf_walk *w, struct regf *h, uint32_t cell);       /* h->root, or a key to begin below */
bool regf_walk_next(struct regf_walk *w, struct regf_key *k);
void regf_walk_end(struct regf_walk *w);
/* The child of that name (ASCII, without regard to case). Asks every child, trusts no order. */
bool regf_child(struct regf *h, const struct regf_key *k, const char *name, struct regf_key *child);

struct regf_value {
	uint32_t cell; size_t cell_length;
	uint32_t type, size;                    /* size as stated, without the inline bit */
	uint32_t data_cell;
	uint16_t flags;
	bool in_cell;                           /* the data lies in the value's own cell */
	const uint8_t *name; size_t name_length; bool name_latin1;      /* length 0: the default value */
};
uint32_t regf_values(struct regf *h, const struct regf_key *k);         /* how many its list can hold: what k states, clipped (told) */
/* Value number `index`, from 0, below what regf_values gave; false: damaged (told). */
bool regf_value_at(struct regf *h, const struct regf_key *k, uint32_t index, struct regf_value *v);
bool regf_value_of_cell(struct regf *h, uint32_t cell, struct regf_value *v, bool tell);
/* Its data: inside the image, or put together in `scratch` (cleared first). offset: of its first byte in the file. False: damaged (told); what is there is given. */
bool regf_data(struct regf *h, const struct regf_value *v, struct buffer *scratch, const uint8_t **data, size_t *length, uint64_t *offset);
bool regf_value_named(struct regf *h, const struct regf_key *k, const char *name, struct regf_value *v);

/* A name as UTF-8; true when something was lost. */
bool regf_name(struct buffer *out, const uint8_t *name, size_t length, bool latin1);
bool regf_name_equals(const uint8_t *name, size_t length, bool latin1, const char *ascii);      /* without regard to case */

#endif
