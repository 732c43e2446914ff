/* SPDX-License-Identifier: Apache-2.0 */
/* member.h: what all archive rows share: limits, how a member gets its place (name, path, step), and the seam between the zip row and libarchive. */
#ifndef SPOOR_FORMAT_ARCHIVE_MEMBER_H
#define SPOOR_FORMAT_ARCHIVE_MEMBER_H

#include "format/format.h"

/* Reaching one of these is an error of class "limit", kind "ROW.members", "ROW.output", "ROW.ratio", "ROW.filters", "ROW.name". */
enum {
	ARCHIVE_MEMBERS_MAX = 1000000,
	/* bytes out for one byte in, asked once ARCHIVE_RATIO_FROM bytes came out: an image of a new disk is nearly all zeros, and deflate makes 1,032 of one at most */
	ARCHIVE_RATIO_MAX = 1100,
	ARCHIVE_RATIO_FROM = 256 << 20,
	ARCHIVE_OUTPUT_RATIO = 200,                     /* how much one opened archive gives: so many times its size, or ARCHIVE_OUTPUT_LEAST if that is more */
	ARCHIVE_FILTERS_MAX = 4,                        /* compressions around one archive */
	ARCHIVE_NAME_MAX = 4096,                        /* bytes */
};
#define ARCHIVE_OUTPUT_LEAST (UINT64_C(4) << 30)
uint64_t archive_output_most(uint64_t size);            /* bytes of content that an archive of this size gives */

/* The names met so far, as hashes: tells a second member of the same name. All zero is a valid empty set. */
struct member_names { uint64_t *slot; size_t slots, used; };
bool member_name_add(struct member_names *names, const void *name, size_t length);     /* true: it was there already */
bool member_name_known(const struct member_names *names, const void *name, size_t length);
/* The length without the '/' that ends a directory's name: so much of it tells members apart. */
size_t member_name_length(bool directory, const void *name, size_t length);
void member_names_free(struct member_names *names);

/* Gives the node its name, path, step and address. `name` is the whole name as the archive holds it (raw bytes, '/' between components; nothing is
 * resolved, so "../x" and "/x" stay what they are; one '/' at the end of a directory's name is not part of it). The step goes by path if `by_path`
 * and the name isn't empty, else by ordinal (from 1, in container order). Everything lives in c->arena. */
void member_place(struct container *c, const char *row, struct node *n, const void *name, size_t length, bool by_path, uint64_t ordinal);
/* Does this node answer the locator step? */
bool member_is(const struct node *n, const struct locator_step *step);
/* The ordinal of a step "#N"; 0: it goes by path. */
uint64_t member_step_ordinal(const struct locator_step *step);
/* "rrwxr-xr-x" from st_mode bits. */
void member_mode(char mode[11], unsigned bits);

/* For the zip row: one member of a zip, read by libarchive from its local header on (compression methods that zip.c does not know itself). */
struct zip_stream;
struct zip_stream *zip_stream_open(struct source *below, uint64_t local_header);
ssize_t zip_stream_read(struct zip_stream *z, void *to, size_t length);                 /* 0 the end, -1 damage: zip_stream_error */
const char *zip_stream_error(struct zip_stream *z);
void zip_stream_close(struct zip_stream *z);

#endif
