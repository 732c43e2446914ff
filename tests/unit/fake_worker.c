/* SPDX-License-Identifier: Apache-2.0 */
/* fake_worker.c: a worker whose jobs do what their payload says; the engine's tests run it in place of spoor-worker.
 *
 * Payload words, separated by spaces: rec:TEXT a note; items:N declare N items "rec:iK"; scratch writes and reads scratch; bad:WORD misbehave inside step 7:
 * crash hang spin memory exit frame(broken frame) forge(end record) open socket exec; patience:N so many CPU seconds from now on; tired crashes only in a worker that did a job before;
 * many:N gives N notes; fickle:N gives N notes that hold the process's number. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/sandbox.h"
#include "engine/worker.h"
#include "record/record.h"

static void note(struct worker *w, const char *text, size_t length)
{
	struct buffer b = { 0 };
	struct record_builder r = record_begin(&b, RECORD_NOTE);
	record_string(&r, F_LOCATOR, "::fake:1");
	record_text(&r, F_MESSAGE_TEXT, text, length);
	record_end(&r);
	worker_records(w, &b);
	buffer_free(&b);
}

static void misbehave(struct worker *w, const char *how, size_t length)
{
	static const uint8_t forged[] = { 2, 0, 0, 0, RECORD_END, 0 }, broken[] = { 6, 0, 0, 0, RECORD_NOTE, 0, 9, 9, 9, 9 };
	char word[32];
	snprintf(word, sizeof word, "%.*s", (int)length, how);
	if (!strcmp(word, "crash")) {
		signal(SIGSEGV, SIG_DFL);               /* a sanitizer would make it an exit with a report */
		raise(SIGSEGV);
	} else if (!strcmp(word, "hang"))
		for (;;)
			nanosleep(&(struct timespec){ 1, 0 }, NULL);
	else if (!strcmp(word, "spin"))
		for (volatile unsigned i = 0;; i++)
			;
	else if (!strcmp(word, "memory"))
		for (;;)
			memset(memory_new(1 << 20), 1, 1 << 20);
	else if (!strcmp(word, "exit"))
		_exit(3);
	else if (!strcmp(word, "forge"))
		worker_records(w, &(struct buffer){ (uint8_t *)forged, sizeof forged, 0 });
	else if (!strcmp(word, "frame"))
		worker_records(w, &(struct buffer){ (uint8_t *)broken, sizeof broken, 0 });
	else if (sandbox_deed(word))
		note(w, "the deed succeeded", 18);
	else
		note(w, "the deed was refused", 20);
}

static void run(struct worker *w, void *state, const struct worker_job *job)
{
	(void)state;
	static unsigned jobs_before;
	unsigned before = jobs_before++;
	const char *p = (const char *)job->payload, *end = p + job->length;
	if (job->kind == 2) {           /* a batch: each payload with its length */
		for (uint32_t i = 0; i < job->items; i++) {
			uint32_t n;
			memcpy(&n, p, 4);
			const char *left = job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(w, i, "item");
			if (left) {
				char text[64];
				snprintf(text, sizeof text, "left out: %s", left);
				note(w, text, strlen(text));
			} else {
				if (n > 4 && !memcmp(p + 4, "bad:", 4))
					misbehave(w, p + 8, n - 4);
				note(w, p + 4, n);
				worker_leave(w);
			}
			p += 4 + n;
		}
		return;
	}
	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)(end - p)), *stop = space ? space : end;
		size_t n = (size_t)(stop - p);
		unsigned count;
		if (n > 4 && !memcmp(p, "rec:", 4)) {
			note(w, p + 4, n - 4);
		} else if (sscanf(p, "many:%u", &count) == 1 || sscanf(p, "fickle:%u", &count) == 1) {
			for (unsigned i = 0; i < count; i++) {
				char text[64];
				snprintf(text, sizeof text, "one of many %u %d", i, *p == 'f' ? (int)getpid() : 0);
				note(w, text, strlen(text));
			}
		} else if (sscanf(p, "items:%u", &count) == 1) {
			for (unsigned i = 0; i < count; i++) {
				char payload[64];
				const char *colon = memchr(p + 6, ':', n - 6);
				if (colon && i == count / 2)
					snprintf(payload, sizeof payload, "bad:%.*s", (int)(stop - colon - 1), colon + 1);
				else
					snprintf(payload, sizeof payload, "item %u", i);
				worker_item(w, &(struct item_head){ .order = 1000 - i, .cost = 1, .kind = 2 }, NULL, payload, strlen(payload));
			}
		} else if (n > 5 && !memcmp(p, "solo:", 5)) {
			worker_item(w, &(struct item_head){ .order = 1, .cost = 1, .kind = 1, .flags = ITEM_SOLO }, "deeper:1", p + 5, n - 5);
		} else if (n > 4 && !memcmp(p, "bad:", 4)) {
			const char *left = job->flags & JOB_GIVE_UP ? "gave up" : worker_enter(w, 7, "misbehave");
			if (left) {
				note(w, left, strlen(left));
			} else {
				worker_at(w, "::fake:bad", 10);
				misbehave(w, p + 4, n - 4);
				worker_leave(w);
			}
		} else if (sscanf(p, "patience:%u", &count) == 1) {
			worker_patience(w, count);
		} else if (n == 5 && !memcmp(p, "tired", 5)) {
			worker_at(w, "::fake:tired", 12);
			if (before)
				misbehave(w, "crash", 5);
		} else if (n == 4 && !memcmp(p, "keys", 4)) {
			static uint8_t keys[KEYS_MOST + KEY_FOUND_MOST];
			const uint8_t volume[KEY_VOLUME] = { 1 };
			size_t found, given;
			char text[64];
			worker_keys(w, volume, keys, &found, &given);
			snprintf(text, sizeof text, "found %zu given %zu, %s", found, given, given == 13 && !memcmp(keys + found, "hidden secret", 13) ? "whole" : "none");
			note(w, text, strlen(text));
			if (given)
				worker_key_found(w, volume, (const uint8_t *)"derived secret", 14);
		} else if (n == 7 && !memcmp(p, "scratch", 7)) {
			enum { BYTES = 700000 };
			uint8_t *out = memory_new(BYTES), *in = memory_new(BYTES);
			for (size_t i = 0; i < BYTES; i++)
				out[i] = (uint8_t)(i * 7 >> 3);
			uint32_t stream = worker_data_begin(w, PURPOSE_SCRATCH);
			worker_data(w, stream, out, BYTES);
			int fd = worker_scratch(w, stream);
			const char *said = fd < 0 ? "no room" : pread(fd, in, BYTES, 0) == BYTES && !memcmp(in, out, BYTES) ? "came back" : "differs";
			note(w, said, strlen(said));
			if (fd >= 0 && write(fd, "x", 1) >= 0)
				note(w, "written to", 10);
			if (fd >= 0)
				close(fd);
			free(in);
			free(out);
		} else if (n > 4 && !memcmp(p, "dat:", 4)) {
			uint32_t stream = worker_data_begin(w, 1);
			worker_data(w, stream, p + 4, n - 4);
			worker_data_end(w, stream, true);
		}
		p = space ? space + 1 : end;
	}
}

static void preload(void)
{
}

static void *warm_up(const uint8_t *config, size_t length, void (*progress)(uint64_t at))
{
	(void)config, (void)length;
	progress(1);
	return NULL;
}

int main(void)
{
	return worker_main(&(struct worker_function){ .preload = preload, .warm_up = warm_up, .run = run });
}
