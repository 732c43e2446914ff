/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h: what the fuzz targets share. All are one program; the name that it is called by (fuzz_luks) says which row of targets.def it is, so that
 * `fuzz_luks FILE` tries a finding again. */
#ifndef SPOOR_TESTS_FUZZ_H
#define SPOOR_TESTS_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "format/format.h"

/* What must hold of a container besides what always must (container.c). */
enum {
	FUZZ_FOUND = 1,         /* another opening of it finds each node again by its step, and it is the same one */
	FUZZ_FILLED = 2,        /* extents add up to the size, content is as long as the node says */
	FUZZ_RANGES = 4,        /* the range of a node lies in the source */
	FUZZ_EXTENTS = 8,       /* data extents lie in the source */
	FUZZ_PARTITIONS = 16,   /* every node has a range and a size, which is no longer than the range */
	FUZZ_TILES = 32,        /* ranges follow each other from the first byte to the last, none is empty */
	FUZZ_NUMBERED = 64,     /* addresses count from 1, every node has content */
	FUZZ_KEYS = 128,        /* keys are given when it asks */
	FUZZ_LOG = 256,         /* artefact: "HIVE", u32 length, hive, log is a hive with its log (a journal with its $MFT) */
	FUZZ_SMALL = 512,       /* artefact: read in memory alone, as what is larger than PARSE_MEMORY is none */
};

struct fuzz_target {
	const char *name;
	void (*run)(const struct fuzz_target *t, const uint8_t *data, size_t size);
	const char *subject;    /* name of the format; id of the artefact, several with '|' between them */
	const char *file;       /* name or path of what is read */
	const char *second;     /* the input's first two bytes (u16) say where it is cut in two parts, the second of this name; 0: one part */
	unsigned checks;
	void (*repair)(const struct fuzz_target *t, uint8_t *data, size_t size);        /* makes checksums right again, three times out of four */
};

#define TARGET(name, runner, ...) void runner(const struct fuzz_target *t, const uint8_t *data, size_t size);
#include "tests/fuzz/targets.def"
#undef TARGET
void fuzz_ewf_seal(const struct fuzz_target *t, uint8_t *data, size_t size);

/* Ends the program as a finding, and says what did not hold. */
#define demand(holds) ((holds) ? (void)0 : fuzz_refuse(__FILE__, __LINE__, #holds))
_Noreturn void fuzz_refuse(const char *file, int line, const char *what);

/* Demands that what is told is text. Its step always says go on. */
extern struct reporter fuzz_reporter;
/* All of a container: its nodes, their descriptions, their content. */
void fuzz_walk(const struct fuzz_target *t, const struct opening *o);
/* Content of a node from end to end, as far as it is bounded: 2 MiB in one go, then small pieces all over it. NULL is fine. Closes it. */
void fuzz_read(struct source *s);
/* A node's description is a good record. */
void fuzz_describe(const struct node *n);
/* `found` is the node n, found again. */
void fuzz_same(const struct node *n, const struct node *found);
/* A node's step as a locator step; the text lives in the buffer. */
void fuzz_step(const struct node *n, struct buffer *text, struct locator_step *step);
/* The head of the input: `length` bytes as a number, little end first; fewer where it ends. *data and *size go behind it. */
uint64_t fuzz_number(const uint8_t **data, size_t *size, size_t length);

#endif
