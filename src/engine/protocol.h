/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h: what broker, nursery and workers say to each other. Same host, same build: private, not a file format.
 *
 * broker -> nursery   SEQPACKET: struct nursery_message; FORK carries three descriptors (control socket, frame pipe, black box)
 * nursery -> broker   SEQPACKET: struct nursery_message; FORKED carries a pidfd
 * broker -> worker    SEQPACKET: struct job_header, then its descriptors and bytes in pieces of PIECE
 * worker -> broker    pipe of frames: u32 body length, u16 kind, u16 0, body
 * broker -> worker    SEQPACKET, only as the answer to FRAME_KEYS: u32 length of what was found for the volume, those bytes, then the keys that were given
 * broker -> worker    SEQPACKET, only as the answer to FRAME_SCRATCH: u32 stream, with a read-only descriptor of its bytes; without one when they were too many
 * worker -> broker    black box: one shared page; what the worker is at, and a heartbeat. Survives the worker. Hostile: copied out, then checked. */
#ifndef SPOOR_ENGINE_PROTOCOL_H
#define SPOOR_ENGINE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

enum { NURSERY_SOCKET = 3, NURSERY_CONFIG = 4, NURSERY_BOX = 5 };      /* descriptors that spoor-worker is started with */

enum nursery_word { NURSERY_READY = 1, NURSERY_FORK, NURSERY_FORKED, NURSERY_EXIT };
struct nursery_message {
	uint32_t word;
	uint32_t slot;          /* the broker's number of the worker */
	int32_t status;         /* EXIT: as waitpid gives it; READY: sandbox state bits */
	int32_t pid;
};

enum { FRAME_HEADER = 8, FRAME_BODY_MAX = (1 << 20) + 65536, PIECE = 60 * 1024, PIECE_DESCRIPTORS = 200, JOB_DESCRIPTORS_MAX = 4096 };

enum frame_kind {
	FRAME_RECORD = 1,       /* a record frame (record.h) */
	FRAME_ITEM,             /* struct item_head, step text, payload: something to be done in a job of its own or in a batch */
	FRAME_DATA_BEGIN,       /* u32 stream, u32 purpose */
	FRAME_DATA,             /* u32 stream, bytes */
	FRAME_DATA_END,         /* u32 stream, u32 complete */
	FRAME_DONE,             /* u64 records, u64 items, u32 flags */
	FRAME_SCRATCH,          /* u32 stream: a scratch stream is whole; the worker waits for its descriptor */
	FRAME_KEYS,             /* 32 bytes that name a locked volume: the worker waits for the answer */
	FRAME_KEY_FOUND,        /* 32 bytes that name the volume, then what opens it: the broker keeps it in memory and gives it to who asks for that volume */
};

enum { KEY_VOLUME = 32, KEY_FOUND_MOST = 160, KEYS_MOST = 48 * 1024, KEYS_ASKED_MOST = 1024 };  /* asked: by one job */

enum { ITEM_SOLO = 1,                           /* a job of its own; its prefix is the parent's plus "::" plus step */
       ITEM_FILE = 2 };                         /* its payload names the file that it needs (below a client's own listing) */
struct item_head {
	uint64_t order;         /* items are worked off in ascending order, then as they came */
	uint32_t cost;          /* batches are cut by the sum of it */
	uint16_t kind;          /* job kind */
	uint16_t flags;
	uint32_t step_length;
	uint32_t reserved;
};

enum { DONE_RETIRE = 1 };                       /* the worker asks to be replaced: a library may have damaged its heap */

enum { STEP_DEPTH = 8, STEP_LOCATOR = 3000, SKIP_MAX = 64, SKIP_WHY = 48 };
struct step_path {
	uint32_t depth;
	uint32_t reserved;
	uint64_t at[STEP_DEPTH];
};
struct skip {
	struct step_path path;
	char why[SKIP_WHY];     /* "crash", "hang", "memory", ... */
};

struct black_box {
	uint64_t beat;
	uint64_t bytes;         /* content read for the job in hand, for progress only */
	uint64_t job;           /* 0: idle */
	uint64_t patience;      /* CPU seconds that it may spend between two beats; 0: only the clock on the wall counts */
	struct step_path path;
	char what[64];          /* what it was doing there: "open", "parse win.evtx" */
	char locator[STEP_LOCATOR];
};

enum { JOB_GIVE_UP = 1 };                       /* describe only, read nothing: too many steps died */
struct job_header {
	uint64_t job;           /* never 0 */
	uint64_t payload_length;
	uint32_t kind, flags;
	uint32_t evidence;      /* number of the evidence item; 0: none */
	uint32_t descriptors;   /* follow with the pieces */
	uint32_t prefix_length;
	uint32_t skips;
	uint32_t items;         /* how many items the payload holds (batches) */
	uint32_t companions;    /* the last of the descriptors are no parts of the evidence, but lie beside it */
};

/* What of the sandbox holds; the nursery tells the broker. */
enum { SANDBOX_SECCOMP = 1, SANDBOX_NO_NEW_PRIVS = 2, SANDBOX_LIMITS = 4, SANDBOX_UID = 8, SANDBOX_LANDLOCK_SHIFT = 8, SANDBOX_OFF = 1 << 16 };

#endif
