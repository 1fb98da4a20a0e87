/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stsquestion - the questions about published policies that have no answer yet
 *
 * In the order of their deadlines, each with those who wait for its answer.
 * Allocates nothing: questions and waiters are their users' and must outlive
 * their place in a list. Lives on the event loop's thread.
 */
#ifndef MILTER_MAP_STSQUESTION_H
#define MILTER_MAP_STSQUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

#include "milter/map/stscache.h"

/* A member of the struct that waits for an answer. Its owner sets done and
 * leaves the rest zero. */
struct stsquestion_waiter {
	void (*done)(struct stsquestion_waiter *waiter,
	    enum publication publication, struct slice text);
	struct stsquestion_waiter *next;
	struct stsquestion *question;   /* NULL: not waiting */
};

/* A question about the key of entry. It is the holder of entry, which therefore
 * stays in the cache. */
struct stsquestion {
	TAILQ_ENTRY(stsquestion) pending;
	struct stscache_entry *entry;
	struct stsquestion_waiter *waiters;
	int64_t deadline;               /* ms, monotonic */
	unsigned tries;                 /* how often it was sent */
	bool sent;                      /* over a link, which waits for it */
	bool answered;                  /* its waiters are being called */
};

struct stsquestions {
	TAILQ_HEAD(stsquestion_list, stsquestion) list; /* by deadline */
	size_t count;
};

void stsquestion_init(struct stsquestions *questions);
void stsquestion_add(struct stsquestions *questions,
    struct stsquestion *question);
/* Removes one that no link waits for. */
void stsquestion_remove(struct stsquestions *questions,
    struct stsquestion *question);

/* The one with the first deadline; NULL: none. */
struct stsquestion *stsquestion_first(const struct stsquestions *questions);
/* The first of those that have not been sent; NULL: none. */
struct stsquestion *stsquestion_next_unsent(
    const struct stsquestions *questions);

/* None has been tried: another server is asked. */
void stsquestion_begin_anew(struct stsquestions *questions);

/* Adds waiter, which waits for nothing yet, to question. */
void stsquestion_wait(struct stsquestion *question,
    struct stsquestion_waiter *waiter);
/* Takes waiter off its question, if it waits for one. */
void stsquestion_leave(struct stsquestion_waiter *waiter);
/* Calls all waiters with what the entry knows now. One of them may make others
 * leave, ask again, or change the server. */
void stsquestion_call_waiters(struct stsquestion *question);
#endif
