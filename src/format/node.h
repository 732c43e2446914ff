/* SPDX-License-Identifier: Apache-2.0 */
/* node.h: what is known of one thing in the evidence without reading its content. */
#ifndef SPOOR_FORMAT_NODE_H
#define SPOOR_FORMAT_NODE_H

#include "base/timestamp.h"
#include "record/record.h"
#include "source/source.h"

enum node_kind { NODE_FILE, NODE_DIRECTORY, NODE_SYMLINK, NODE_STREAM, NODE_DEVICE, NODE_FIFO, NODE_SOCKET, NODE_VIRTUAL, NODE_MEDIA, NODE_VOLUME,
	NODE_UNALLOCATED, NODE_FILESYSTEM, NODE_MEMBER, NODE_FOLDER, NODE_MESSAGE, NODE_ATTACHMENT, NODE_PART, NODE_KINDS };
const char *node_kind_name(enum node_kind kind);        /* "file", "directory", ... as records show it */

/* How its bytes are reached. */
enum content_kind {
	CONTENT_NONE,           /* it has none (directories, sockets) */
	CONTENT_EXTENTS,        /* ranges of the container's own source: nothing but that source is needed */
	CONTENT_INLINE,         /* the bytes are in the node (resident data, decoded parts): at most NODE_INLINE_MAX travel with a description */
	CONTENT_COMPUTED,       /* random access through the container (format->content): compressed NTFS, media of an image */
	CONTENT_SEQUENTIAL,     /* only while the container stands at this node (format->read) */
};
enum { NODE_INLINE_MAX = 64 * 1024, NODE_FLAGS_MAX = 16, NODE_PATH_MAX = 32 * 1024 };

enum node_time { NODE_MTIME, NODE_ATIME, NODE_CTIME, NODE_CRTIME, NODE_DTIME, NODE_FN_MTIME, NODE_FN_ATIME, NODE_FN_CTIME, NODE_FN_CRTIME, NODE_TIMES };

/* A name of evidence: raw bytes as the locator escapes them (UTF-8, WTF-8, or whatever a byte-named file system holds). */
struct node_text { const uint8_t *bytes; size_t length; };

/* Pointers are borrowed from the container's arena and live until its next `next` or `find` (or from the frame it was read from). */
struct node {
	enum node_kind kind;
	struct node_text name;          /* last component */
	struct node_text path;          /* '/'-separated *escaped* components as in the locator (see locator.h), with the leading '/'; empty for things without a path */
	const char *step;               /* the locator step that finds it again, without the leading "::": "ntfs:/a/b", "ntfs:#12-1:stream", "gpt:2", "zip:/x", "attach:1"; unique in its container */
	const char *address;            /* record field `address`; NULL: none */
	const char *parent;             /* record field `parent`; NULL: none */
	const char *format;             /* format name when the container knows what the child is (partition type names go to `properties`); NULL */
	const char *attribute;          /* "128-2"; NULL */
	const char *fn_attribute; uint32_t fn_size;              /* NTFS: the $FILE_NAME that the NODE_FN_ times are of, "48-3", and its length; NULL */
	const char *stored_md5, *stored_sha1;    /* what the container states of its content, hexadecimal; NULL */
	const char *target;             /* link target, valid UTF-8; NULL */
	struct node_text target_raw;    /* original bytes when target lost something */
	char name_type;                 /* TSK letter: - p c d b r l s h w v V; 0: none */
	char mode[11];                  /* "rwxr-xr-x" with the type letter first as TSK prints it, e.g. "r/rrwxrwxrwx" is name_type '/' mode: here "rrwxrwxrwx"; empty: none */
	bool has_owner; uint32_t uid, gid;
	bool has_links; uint32_t links;
	bool has_size; uint64_t size;   /* of the content */
	bool has_allocated, allocated, reallocated, orphan, tainted;
	const char *flags[NODE_FLAGS_MAX]; unsigned flag_count;  /* "compressed", "encrypted", "sparse", "resident", "hidden", "system", "locked", ... */
	struct timestamp time[NODE_TIMES];                       /* state TIME_UNSET where not known */
	bool has_range; uint64_t range_offset, range_length;     /* where it lies in its container's source (partition, message) */
	enum content_kind content;
	const struct extent *extent; size_t extents;             /* CONTENT_EXTENTS */
	const uint8_t *inline_bytes; size_t inline_length;       /* CONTENT_INLINE */
	uint64_t order;                 /* media order: first byte of the content in the container's source; the listing is sorted by it */
};

/* How much of a run of `length` bytes that begins at byte `at` of a file lies before byte `end` of it. */
static inline uint64_t content_of_run(uint64_t at, uint64_t length, uint64_t end) { return at >= end ? 0 : length < end - at ? length : end - at; }

void node_flag(struct node *n, const char *flag);       /* static strings; a 17th is dropped */
/* The description as a `node` record frame: what is shown plus the INTERNAL fields from which node_read makes it again. The locator field holds n->step. */
void node_write(struct buffer *out, const struct node *n);
/* Adds what is shown of it to a `node` record; not its locator. */
void node_show(struct record_builder *r, const struct node *n);
/* Reads it back; texts are borrowed from the frame, arrays come from the arena. False when the frame is no description. */
bool node_read(struct node *n, const struct record_view *v, struct arena *a);
/* What the ledger says of a node whose bytes no pass was to read: its description is all there is to it (read), why there is nothing to read (skipped), or
 * that nothing on this media is known (failed). */
struct node_brief { enum node_kind kind; bool has_format, empty; };     /* NODE_KINDS: of a kind that is not known; empty: its size is known, and 0 */
struct node_brief node_brief(const struct record_view *node);
void node_state(const struct node_brief *node, const char **state, const char **why);
/* A node found again by its address knows no way to it: name, path and what was said of the entry come from the record that led there. */
void node_recall(struct node *n, const struct record_view *v);

#endif
