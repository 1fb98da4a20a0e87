/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/map/stsquestion.h"

void
stsquestion_init(struct stsquestions *questions)
{
	TAILQ_INIT(&questions->list);
	questions->count = 0;
}

void
stsquestion_add(struct stsquestions *questions, struct stsquestion *question)
{
	struct stsquestion *before =
	    TAILQ_LAST(&questions->list, stsquestion_list);

	while (before != NULL && before->deadline > question->deadline)
		before = TAILQ_PREV(before, stsquestion_list, pending);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&questions->list, question, pending);
	else
		TAILQ_INSERT_AFTER(&questions->list, before, question,
		    pending);
	questions->count++;
}

void
stsquestion_remove(struct stsquestions *questions,
    struct stsquestion *question)
{
	assert(questions->count > 0 && !question->sent);
	TAILQ_REMOVE(&questions->list, question, pending);
	questions->count--;
}

struct stsquestion *
stsquestion_first(const struct stsquestions *questions)
{
	return TAILQ_FIRST(&questions->list);
}

struct stsquestion *
stsquestion_next_unsent(const struct stsquestions *questions)
{
	struct stsquestion *question;

	TAILQ_FOREACH (question, &questions->list, pending)
		if (!question->sent)
			return question;
	return NULL;
}

void
stsquestion_begin_anew(struct stsquestions *questions)
{
	struct stsquestion *question;

	TAILQ_FOREACH (question, &questions->list, pending) {
		assert(!question->sent);
		question->tries = 0;
	}
}

void
stsquestion_wait(struct stsquestion *question,
    struct stsquestion_waiter *waiter)
{
	assert(waiter->question == NULL && waiter->done != NULL);
	waiter->question = question;
	waiter->next = question->waiters;
	question->waiters = waiter;
}

void
stsquestion_leave(struct stsquestion_waiter *waiter)
{
	struct stsquestion_waiter **at;

	if (waiter->question == NULL)
		return;
	at = &waiter->question->waiters;
	while (*at != waiter) {
		assert(*at != NULL);
		at = &(*at)->next;
	}
	*at = waiter->next;
	waiter->question = NULL;
}

void
stsquestion_call_waiters(struct stsquestion *question)
{
	const struct stscache_entry *entry = question->entry;
	struct stsquestion_waiter *w;

	while ((w = question->waiters) != NULL) {
		assert(w->question == question);
		question->waiters = w->next;
		w->question = NULL;
		w->done(w, entry->publication,
		    (struct slice){ entry->text, entry->text_n });
	}
}
