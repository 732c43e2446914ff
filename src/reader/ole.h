/* SPDX-License-Identifier: Apache-2.0 */
/* ole.h: reads OLE2 compound files ([MS-CFB]), the container of Outlook messages, old Office documents, installer packages and more. */
#ifndef SPOOR_READER_OLE_H
#define SPOOR_READER_OLE_H

#include "base/timestamp.h"
#include "source/source.h"

enum { OLE_HEADER = 512, OLE_NONE = -1 };
enum ole_type { OLE_FREE = 0, OLE_STORAGE = 1, OLE_STREAM = 2, OLE_ROOT = 5 };

struct ole_entry {
	const char *name; size_t name_length;   /* UTF-8; a name of the evidence: may hold any character */
	uint8_t type;                           /* enum ole_type */
	uint8_t clsid[16];                      /* as stored; of storages */
	struct timestamp created, modified;     /* UTC; of storages */
	uint32_t start;                         /* first sector, or mini sector */
	uint64_t size;                          /* as declared, bytes; of streams */
	int32_t parent;                         /* storage that holds it; OLE_NONE: the root itself, or a free entry */
	bool orphan;                            /* no way through the tree leads to it: given below the root */
};

/* What is wrong with the file; offset and length: bytes in the source (length 0: no range). */
typedef void ole_damage(void *owner, uint64_t offset, uint64_t length, const char *what);

struct ole;
/* The source and the owner of `damage` (which may be NULL) are borrowed until ole_close. NULL: neither a header nor a directory is there. What is damaged is told and the
 * rest is given: a directory that its chain does not lead to is looked for in all sectors, sectors of a broken chain are taken as lying one behind the other. */
struct ole *ole_open(struct source *source, ole_damage *damage, void *owner);
void ole_close(struct ole *o);                  /* NULL is fine */
bool ole_tainted(const struct ole *o);          /* damaged ranges of the source were read, or damage was told */
size_t ole_entries(const struct ole *o);        /* 0 .. entries - 1; entry 0 is the root where the directory is sound */
const struct ole_entry *ole_entry(const struct ole *o, int32_t entry);  /* NULL: no such */
int32_t ole_root(const struct ole *o);
/* Entries below a storage by name (ASCII case aside, shorter ones first as in [MS-CFB] 2.6.4): *count of them. Borrowed. */
const int32_t *ole_children(const struct ole *o, int32_t storage, size_t *count);
int32_t ole_entry_of_step(const char *text, size_t length);     /* what a step such as "#57" names; OLE_NONE: it names none. Not checked against a file */
int32_t ole_child(const struct ole *o, int32_t storage, const char *name);      /* OLE_NONE: not there */
/* The bytes of a stream; the caller closes it before the file. Its size is what can be read: less than declared where the file ends before, and *cut says so (may be NULL).
 * Sectors of a broken chain that were guessed are told as damage. NULL: no stream. */
struct source *ole_stream(struct ole *o, int32_t entry, bool *cut);
/* Up to `most` bytes of a stream, appended. False: it has more, is cut, or is no stream. */
bool ole_read(struct ole *o, int32_t entry, uint64_t most, struct buffer *out);

#endif
