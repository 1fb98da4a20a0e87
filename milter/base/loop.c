/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <event2/thread.h>

#include "milter/base/loop.h"
#include "policy/base/arena.h"

struct ticker {
	struct event *event;    /* owns */
	void (*fn)(void *data);
	void *data;             /* borrows until loop_close() */
	struct ticker *next;
};

/* Set up and taken down by main's thread while the loop does not run. */
static struct event_base *base;
static struct ticker *tickers;
static pthread_t thread;

/* Any thread's. */
static atomic_bool ended;

int
loop_open(struct err *e)
{
	assert(base == NULL);
	/* Like our own, an allocation that fails ends the process. */
	event_set_mem_functions(xmalloc, xrealloc, free);
	if (evthread_use_pthreads() < 0)
		return err_set(e, "libevent cannot use threads");
	base = event_base_new();
	if (base == NULL)
		return err_set(e, "cannot make an event loop");
	return 0;
}

struct event_base *
loop_base(void)
{
	return base;
}

static void
loop_tick(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED, void *data)
{
	struct ticker *ticker = data;

	ticker->fn(ticker->data);
}

int
loop_every(unsigned interval_ms, void (*fn)(void *data), void *data,
    struct err *e)
{
	struct timeval interval = { interval_ms / 1000,
		(suseconds_t)(interval_ms % 1000) * 1000 };
	struct ticker *ticker = xcalloc(1, sizeof(*ticker));

	assert(base != NULL && fn != NULL);
	ticker->fn = fn;
	ticker->data = data;
	ticker->event = event_new(base, -1, EV_PERSIST, loop_tick, ticker);
	if (ticker->event == NULL || event_add(ticker->event, &interval) < 0) {
		if (ticker->event != NULL)
			event_free(ticker->event);
		free(ticker);
		return err_set(e, "cannot add a timer");
	}
	ticker->next = tickers;
	tickers = ticker;
	return 0;
}

static void *
loop_run(void *unused ATTR_UNUSED)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	atomic_store(&ended, true);
	return NULL;
}

int
loop_start(struct err *e)
{
	int r;

	atomic_store(&ended, false);
	r = pthread_create(&thread, NULL, loop_run, NULL);
	if (r != 0)
		return err_set(e, "cannot start the event loop: %s",
		    strerror(r));
	return 0;
}

bool
loop_stop(unsigned ms)
{
	struct timespec pause = { 0, 1000000 };

	/* Not loopbreak: a loop that has yet to begin forgets that one, and
	 * then nothing ever ends it. */
	event_base_loopexit(base, NULL);
	for (unsigned waited = 0; waited < ms && !atomic_load(&ended); waited++)
		nanosleep(&pause, NULL);
	if (!atomic_load(&ended))
		return false;
	pthread_join(thread, NULL);
	return true;
}

void
loop_close(void)
{
	while (tickers != NULL) {
		struct ticker *next = tickers->next;

		event_free(tickers->event);
		free(tickers);
		tickers = next;
	}
	if (base != NULL)
		event_base_free(base);
	base = NULL;
	libevent_global_shutdown();
}

static int64_t
loop_milliseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
loop_monotonic_ms(void)
{
	return loop_milliseconds(CLOCK_MONOTONIC);
}

int64_t
loop_wall_ms(void)
{
	return loop_milliseconds(CLOCK_REALTIME);
}
