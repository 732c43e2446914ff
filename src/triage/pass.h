/* SPDX-License-Identifier: Apache-2.0 */
/* pass.h: the pass that a worker makes over evidence: open, list, read once, hash, type, parse, scan. The only place that knows the order of work. */
#ifndef SPOOR_TRIAGE_PASS_H
#define SPOOR_TRIAGE_PASS_H

#include "artifact/artifact.h"
#include "engine/worker.h"

enum pass_operation {
	PASS_LIST = 1,          /* give the nodes of file systems, archives, mail; without it only what was recognised (mount) */
	PASS_DESCEND = 2,       /* open containers that are found among the nodes */
	PASS_HASH = 4,          /* hash content with hash_set */
	PASS_CONTENT = 8,       /* read content: SHA-256, type, state */
	PASS_PARSE = 16,        /* artefact parsers, events of file times */
	PASS_SCAN = 32,         /* rules */
	PASS_STORE = 64,        /* content out, PURPOSE_STORE */
	PASS_VIEW = 256,        /* what a node holds becomes an item (PASS_JOB_INSIDE) instead of being listed with it, and sizes are those that reading gives */
	PASS_STORE_FOUND = 128, /* content out of what a parser claimed or a rule of score >= 40 hit */
	PASS_SIGMA = 512,       /* Sigma rules over what parsers make; without PASS_PARSE that is not told */
};
/* Shadow copies: they are named only; what differs from the volume is given; all of it. */
enum pass_snapshots { SNAPSHOTS_TOLD, SNAPSHOTS_CHANGED, SNAPSHOTS_ALL };
/* What no file holds: only named where a table of partitions tells of it; read, with the free space of file systems; with the slack of files too. */
enum pass_unallocated { UNALLOCATED_TOLD, UNALLOCATED_FREE, UNALLOCATED_ALL };
enum { PURPOSE_STORE = 1, PURPOSE_STDOUT = 2 };

enum pass_job {
	PASS_JOB_PREAMBLE = 1,  /* tells what went wrong at warm-up: rules that do not compile */
	PASS_JOB_OPEN,          /* an evidence item; payload: struct pass_evidence + names */
	PASS_JOB_LIST,          /* a container inside; payload: node description */
	PASS_JOB_BATCH,         /* node descriptions of one container, in media order */
	PASS_JOB_NODES,         /* records of an earlier stage, each to be found again by its locator */
	PASS_JOB_MEDIA,         /* hash the whole media, compare with what the container states */
	PASS_JOB_CAT,           /* one locator's bytes to PURPOSE_STDOUT or PURPOSE_STORE */
	PASS_JOB_FILES,         /* files of a plain folder, one descriptor each; payloads: node records */
	PASS_JOB_DEED,          /* selftest: payload names a forbidden deed */
	PASS_JOB_VERSIONS,      /* version: a note a library */
	PASS_JOB_INSIDE,        /* what a node holds as one format; payload: u32 how many containers it lies in, its description (`format` says which). Incomplete content: it could not be listed */
	PASS_JOB_READ,          /* part of one locator's content; payload: struct pass_read and the locator's tail. Incomplete content: it could not be read */
};

/* bytes [offset, offset + length) as far as there are any, or a node record with the SHA-256 of all of it */
struct pass_read { uint64_t offset; uint32_t length, hash; };

/* What warm_up gets: this struct, then per rule file, YARA's first: u32 name length, u32 text length, name, text. Same build on both sides. */
struct pass_options {
	uint32_t operations, hash_set;
	uint32_t snapshots;             /* enum pass_snapshots */
	uint32_t unallocated;           /* enum pass_unallocated */
	bool use_profile, keys_given;   /* keys: not which, only that a run with them is another run */
	struct profile profile;
	char own_domains[512];  /* scan --own-domain: with "," between them */
	char artifact[64];      /* parse --artifact: this parser, whatever the path */
	char fault[64], fault_name[64]; /* planted faults (test builds): what, in content of which file name */
	uint32_t rule_files, sigma_files, ioc_files;
};

/* Payload of PASS_JOB_OPEN and PASS_JOB_MEDIA: part names, NUL-terminated, one after the other. */

extern const struct worker_function pass_function;

#endif
