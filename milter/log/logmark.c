/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <time.h>

#include "milter/log/logmark.h"

enum { WAIT_MS = 30000, STEP_MS = 20 };

enum logmark_state { LOGMARK_NONE, LOGMARK_WAITS, LOGMARK_DONE };

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum logmark_state state;
static struct slice wanted;             /* borrows while it waits */
static int result;
static struct err why;

static int
logmark_append(struct logfile *file, struct slice record, struct err *e)
{
	size_t done;

	if (file == NULL)
		return err_set(e, "the decision log is not open");
	if (logfile_append(file, &record, 1, &done, e) < 0)
		return -1;
	return logfile_sync(file, e);
}

/* Only this thread waits, so the disk may take its time under the lock. */
void
logmark_serve(struct logfile *file)
{
	pthread_mutex_lock(&lock);
	if (state == LOGMARK_WAITS) {
		result = logmark_append(file, wanted, &why);
		state = LOGMARK_DONE;
	}
	pthread_mutex_unlock(&lock);
}

/* Whether the record that waits was served; forgets it when the time is up. */
static bool
logmark_is_served(bool time_is_up, int *out, struct err *e)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = state == LOGMARK_DONE;
	if (done) {
		*out = result;
		*e = why;
	}
	if (done || time_is_up)
		state = LOGMARK_NONE;
	pthread_mutex_unlock(&lock);
	return done;
}

int
logmark_write(struct slice record, struct err *e)
{
	struct timespec pause = { 0, STEP_MS * 1000000L };
	int r;

	pthread_mutex_lock(&lock);
	assert(state == LOGMARK_NONE);
	wanted = record;
	state = LOGMARK_WAITS;
	pthread_mutex_unlock(&lock);
	for (unsigned waited = 0; waited <= WAIT_MS; waited += STEP_MS) {
		if (logmark_is_served(waited + STEP_MS > WAIT_MS, &r, e))
			return r;
		nanosleep(&pause, NULL);
	}
	return err_set(e, "the decision log's writer does not answer");
}
