/* SPDX-License-Identifier: Apache-2.0 */
/* aside.c: see aside.h. A ring of turns: the reader fills the one behind those that are given, the thread takes the oldest. */
#include "triage/aside.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/memory.h"

enum { TURNS = 4, STACK = 128 * 1024 };

struct aside {
	bool thread, runs;
	struct hasher *hasher;
	uint8_t *turn[TURNS];
	size_t length[TURNS];
	unsigned next, given;           /* the turn to be filled next; turns before it that are not hashed yet */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static void *hash_turns(void *owner)
{
	struct aside *a = owner;
	pthread_mutex_lock(&a->lock);
	a->runs = true;
	pthread_cond_signal(&a->changed);
	for (;;) {
		while (!a->given)
			pthread_cond_wait(&a->changed, &a->lock);
		unsigned oldest = (a->next + TURNS - a->given) % TURNS;
		pthread_mutex_unlock(&a->lock);
		hasher_update(a->hasher, a->turn[oldest], a->length[oldest]);
		pthread_mutex_lock(&a->lock);
		a->given--;
		pthread_cond_signal(&a->changed);
	}
	return NULL;
}

/* Waits until no more than `most` turns are given. */
static void wait_for(struct aside *a, unsigned most)
{
	pthread_mutex_lock(&a->lock);
	while (a->given > most)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

struct aside *aside_new(bool thread)
{
	struct aside *a = memory_new(sizeof *a);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	pthread_attr_t attributes;
	pthread_t made;
	if (thread && !pthread_attr_init(&attributes)) {
		a->thread = !pthread_attr_setstacksize(&attributes, STACK) && !pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) && !pthread_create(&made, &attributes, hash_turns, a);
		pthread_attr_destroy(&attributes);
	}
	/* what a thread calls when it begins, the filter forbids */
	pthread_mutex_lock(&a->lock);
	while (a->thread && !a->runs)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return a;
}

void aside_begin(struct aside *a, struct hasher *h)
{
	a->hasher = h;
}

uint8_t *aside_room(struct aside *a)
{
	wait_for(a, TURNS - 1);
	if (!a->turn[a->next])
		a->turn[a->next] = memory_new(ASIDE_TURN);
	return a->turn[a->next];
}

void aside_give(struct aside *a, size_t length)
{
	if (!a->thread) {
		hasher_update(a->hasher, a->turn[a->next], length);
		return;
	}
	pthread_mutex_lock(&a->lock);
	a->length[a->next] = length;
	a->next = (a->next + 1) % TURNS;
	a->given++;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void aside_end(struct aside *a)
{
	wait_for(a, 0);
	a->hasher = NULL;
}
