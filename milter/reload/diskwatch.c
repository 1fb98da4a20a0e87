/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <time.h>

#include "milter/reload/diskwatch.h"
#include "milter/base/deadline.h"
#include "milter/reload/mapwriter.h"
#include "milter/reload/reloader.h"

/* A change of the state takes effect within a second. */
enum { INTERVAL_MS = 500 };

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;          /* stopping or ended */
static bool stopping;
static bool ended = true;

static pthread_t thread;

/* Waits, under lock, for *flag, up to ms. */
static void
diskwatch_wait(const bool *flag, unsigned ms)
{
	struct timespec until = deadline_after(ms);
	int r = 0;

	while (!*flag && r == 0)
		r = pthread_cond_timedwait(&changed, &lock, &until);
}

static void *
diskwatch_main(void *unused ATTR_UNUSED)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		diskwatch_wait(&stopping, INTERVAL_MS);
		if (stopping)
			break;
		pthread_mutex_unlock(&lock);
		reloader_check_state(NULL);
		reloader_check_disk(NULL);
		mapwriter_check();
		pthread_mutex_lock(&lock);
	}
	ended = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int
diskwatch_start(struct err *e)
{
	int r;

	deadline_cond_init(&changed);
	ended = false;
	r = pthread_create(&thread, NULL, diskwatch_main, NULL);
	if (r == 0)
		return 0;
	ended = true;
	return err_set(e, "cannot start a thread: %s", strerror(r));
}

bool
diskwatch_stop(unsigned ms)
{
	bool started, done;

	pthread_mutex_lock(&lock);
	started = !ended;
	if (started) {
		stopping = true;
		pthread_cond_broadcast(&changed);
		diskwatch_wait(&ended, ms);
	}
	done = ended;
	pthread_mutex_unlock(&lock);
	if (started && done)
		pthread_join(thread, NULL);
	return done;
}
