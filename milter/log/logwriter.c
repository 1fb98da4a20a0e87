/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

#include "milter/log/logwriter.h"
#include "milter/base/deadline.h"
#include "policy/base/arena.h"

struct queued_line {
	struct queued_line *next;
	int tag;
	size_t n;
	char text[];                    /* ends with a NUL */
};

struct logwriter {
	size_t bound;
	void (*write)(int tag, const char *text, uint64_t dropped);

	/* The rest under lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;         /* there is something to write */
	pthread_cond_t written;         /* all is written */
	struct queued_line *first;      /* owns */
	struct queued_line **end;
	size_t octets;                  /* in the queue, and being written */
	uint64_t dropped;
};

/* Waits for the next line and takes it. */
static struct queued_line *
logwriter_take(struct logwriter *writer, uint64_t *dropped)
{
	struct queued_line *line;

	pthread_mutex_lock(&writer->lock);
	while (writer->first == NULL)
		pthread_cond_wait(&writer->changed, &writer->lock);
	line = writer->first;
	writer->first = line->next;
	if (writer->first == NULL)
		writer->end = &writer->first;
	*dropped = writer->dropped;
	writer->dropped = 0;
	pthread_mutex_unlock(&writer->lock);
	return line;
}

static void
logwriter_note_written(struct logwriter *writer, size_t octets)
{
	pthread_mutex_lock(&writer->lock);
	assert(octets <= writer->octets);
	writer->octets -= octets;
	if (writer->octets == 0)
		pthread_cond_broadcast(&writer->written);
	pthread_mutex_unlock(&writer->lock);
}

static void *
logwriter_main(void *data)
{
	struct logwriter *writer = data;

	for (;;) {
		uint64_t dropped;
		struct queued_line *line = logwriter_take(writer, &dropped);

		writer->write(line->tag, line->text, dropped);
		logwriter_note_written(writer, sizeof(*line) + line->n);
		free(line);
	}
	return NULL;
}

static struct logwriter *
logwriter_create(void)
{
	struct logwriter *writer = xcalloc(1, sizeof(*writer));

	writer->end = &writer->first;
	pthread_mutex_init(&writer->lock, NULL);
	deadline_cond_init(&writer->changed);
	deadline_cond_init(&writer->written);
	return writer;
}

struct logwriter *
logwriter_start(size_t bound,
    void (*write)(int tag, const char *text, uint64_t dropped), struct err *e)
{
	struct logwriter *writer = logwriter_create();
	pthread_t thread;
	int r;

	assert(write != NULL);
	writer->bound = bound;
	writer->write = write;
	r = pthread_create(&thread, NULL, logwriter_main, writer);
	if (r == 0) {
		pthread_detach(thread);
		return writer;
	}
	err_set(e, "cannot start a thread that logs: %s", strerror(r));
	free(writer);
	return NULL;
}

bool
logwriter_add(struct logwriter *writer, int tag, struct slice text)
{
	struct queued_line *line = xmalloc(sizeof(*line) + text.n + 1);
	bool taken;

	*line = (struct queued_line){ .tag = tag, .n = text.n };
	memcpy(line->text, text.p, text.n);
	line->text[text.n] = '\0';
	pthread_mutex_lock(&writer->lock);
	taken = writer->octets + sizeof(*line) + text.n <= writer->bound;
	if (taken) {
		writer->octets += sizeof(*line) + text.n;
		*writer->end = line;
		writer->end = &line->next;
		pthread_cond_signal(&writer->changed);
	} else
		writer->dropped++;
	pthread_mutex_unlock(&writer->lock);
	if (!taken)
		free(line);
	return taken;
}

bool
logwriter_flush(struct logwriter *writer, unsigned ms)
{
	struct timespec until = deadline_after(ms);
	bool all;
	int r = 0;

	pthread_mutex_lock(&writer->lock);
	while (writer->octets > 0 && r == 0)
		r = pthread_cond_timedwait(&writer->written, &writer->lock,
		    &until);
	all = writer->octets == 0;
	pthread_mutex_unlock(&writer->lock);
	return all;
}
