/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include <libmilter/mfapi.h>

#include "milter/callbacks.h"
#include "milter/serving.h"

/* Set up before the threads that read them. */
static struct socket *place;            /* borrows */
static pthread_t main_thread;

/* Any thread's. */
static atomic_bool ended;
static atomic_bool told_to_stop;

int
serving_open(struct socket *socket, struct err *e)
{
	char where[512];
	mode_t mask;
	int r;

	place = socket;
	if (callbacks_register(e) < 0)
		return -1;
	socket_milter(socket, where, sizeof(where));
	mask = umask(0177);
	r = smfi_setconn(where);
	if (r == MI_SUCCESS)
		r = smfi_opensocket(false);
	umask(mask);
	if (r != MI_SUCCESS)
		return err_set(e, "libmilter cannot listen on %s", where);
	return socket_publish(socket, e);
}

static void *
run(void *unused)
{
	(void)unused;
	smfi_main();
	atomic_store(&ended, true);
	if (!atomic_load(&told_to_stop))
		pthread_kill(main_thread, SIGTERM);
	return NULL;
}

static int
start_detached(void *(*fn)(void *), struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, fn, NULL);
	pthread_attr_destroy(&attr);
	if (r != 0)
		return err_set(e, "cannot start a thread: %s", strerror(r));
	return 0;
}

int
serving_start(struct err *e)
{
	main_thread = pthread_self();
	return start_detached(run, e);
}

bool
serving_has_failed(void)
{
	return atomic_load(&ended) && !atomic_load(&told_to_stop);
}

static void *
stop(void *unused)
{
	(void)unused;
	smfi_stop();
	return NULL;
}

void
serving_stop(void)
{
	struct timespec pause = { 0, 10 * 1000000L };
	struct err e;

	atomic_store(&told_to_stop, true);
	if (atomic_load(&ended) || start_detached(stop, &e) < 0)
		return;
	for (int i = 0; i < 30 && !atomic_load(&ended); i++) {
		nanosleep(&pause, NULL);
		socket_wake(place);
	}
}
