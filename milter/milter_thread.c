/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include <libmilter/mfapi.h>

#include "milter/milter_thread.h"
#include "milter/session/callbacks.h"

/* Set before the thread that reads it. */
static pthread_t main_thread;

/* Any thread's. */
static atomic_bool failed;

int
milter_thread_open(struct socket *socket, struct err *e)
{
	char where[512], name[512];
	mode_t mask;
	int r, number;

	if (callbacks_register(e) < 0)
		return -1;
	if (socket_milter(socket, where, sizeof(where), e) < 0)
		return -1;
	mask = umask(0177);
	errno = 0;
	r = smfi_setconn(where);
	if (r == MI_SUCCESS)
		r = smfi_opensocket(false);
	number = errno;
	umask(mask);
	if (r != MI_SUCCESS) {
		socket_show(socket, name, sizeof(name));
		return err_kind(e, number, "libmilter cannot listen on %s",
		    name);
	}
	return socket_publish(socket, e);
}

static void *
milter_run(void *unused ATTR_UNUSED)
{
	/* Success means that libmilter's own signal thread took the SIGTERM
	 * that was meant for us, as can happen in our first millisecond. */
	if (smfi_main() != MI_SUCCESS)
		atomic_store(&failed, true);
	pthread_kill(main_thread, SIGTERM);
	return NULL;
}

int
milter_thread_start(struct err *e)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	main_thread = pthread_self();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, milter_run, NULL);
	pthread_attr_destroy(&attr);
	if (r != 0)
		return err_set(e, "cannot start a thread: %s", strerror(r));
	return 0;
}

bool
milter_thread_has_failed(void)
{
	return atomic_load(&failed);
}
