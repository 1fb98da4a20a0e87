/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "milter/log/decisionlog.h"
#include "milter/base/counters.h"
#include "milter/base/deadline.h"
#include "milter/log/decisionfile.h"
#include "milter/log/faults.h"
#include "milter/log/linequeue.h"
#include "milter/log/log.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"

enum {
	/* Lines that arrive within this time are written together. */
	GATHER_MS = 2,
	/* How often a failed write is tried again, and how often the path is
	 * checked for a file that was moved away. */
	RETRY_MS = 1000,
	/* How much longer a stop waits for a disk that does not answer. */
	STUCK_MS = 200
};

/* Under lock: shared by all threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_cond_t has_ended;
static struct linequeue filling;
static bool stopping;
static unsigned stop_grace_ms;  /* how long a failing disk may delay that */
static bool closed;             /* nothing is written any more */
static bool reopen;
static char *wanted_path;       /* owns; NULL: no log */
static uint64_t wanted_size;    /* of a file, at most; 0: any */
static char *wanted_key;        /* owns; the key's path; NULL: none */

static struct counter records_lost = {
	.name = "log_records_lost",
	.family = "log_records_lost_total",
	.labels = "",
	.help = "Records that the decision log could not keep.",
};
static atomic_bool is_open;
static pthread_t writer;

void
decisionlog_add(struct slice record, const struct line_origin *origin)
{
	unsigned lost;
	bool first;

	if (record.n > LIMIT_DECISION || !decisionlog_is_open())
		return;
	pthread_mutex_lock(&lock);
	if (closed) {
		pthread_mutex_unlock(&lock);
		return;
	}
	first = filling.n == 0;
	lost = linequeue_add(&filling, record, origin);
	if (first)
		pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	for (; lost > 0; lost--) {
		counter_add(&records_lost);
		fault_count(FAULT_RECORDS_LOST);
	}
}

bool
decisionlog_is_open(void)
{
	return atomic_load_explicit(&is_open, memory_order_relaxed);
}

uint64_t
decisionlog_lost(void)
{
	return counter_value(&records_lost);
}

static char *
decisionlog_copy_path(struct slice path)
{
	char *copy;

	if (path.p == NULL)
		return NULL;
	copy = xmalloc(path.n + 1);
	memcpy(copy, path.p, path.n);
	copy[path.n] = '\0';
	return copy;
}

/* Opens a new file when the old one was renamed or the path has changed. */
static void
decisionlog_follow_path(void)
{
	uint64_t max_size;
	char *path, *key;
	bool asked;

	pthread_mutex_lock(&lock);
	asked = reopen;
	reopen = false;
	max_size = wanted_size;
	path = decisionlog_copy_path(slice_of(wanted_path));
	key = decisionlog_copy_path(slice_of(wanted_key));
	pthread_mutex_unlock(&lock);

	decisionfile_follow(path, key, max_size, asked);
	free(path);
	free(key);
}

/* One round; false: the disk failed. */
static bool
decisionlog_write_out(void)
{
	if (!decisionfile_write(decisionlog_is_open()))
		return false;
	pthread_mutex_lock(&lock);
	decisionfile_take(&filling);
	pthread_mutex_unlock(&lock);
	return decisionfile_write(decisionlog_is_open());
}

struct work_found {
	bool stop;
	bool reopen;
};

/* Waits for a stop, for a reopen or, when idle, for lines; at most
 * RETRY_MS. */
static struct work_found
decisionlog_wait_for_work(bool idle)
{
	struct timespec until = deadline_after(RETRY_MS);
	struct work_found found;
	int r = 0;

	pthread_mutex_lock(&lock);
	while (!stopping && !reopen && r == 0 && (!idle || filling.n == 0))
		r = pthread_cond_timedwait(&changed, &lock, &until);
	found = (struct work_found){ .stop = stopping, .reopen = reopen };
	pthread_mutex_unlock(&lock);
	return found;
}

static void
decisionlog_gather(void)
{
	struct timespec pause = { 0, GATHER_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Writes until everything is written or the time is up. */
static void
decisionlog_write_rest(unsigned grace_ms)
{
	struct timespec pause = { 0, 20 * 1000000L };
	unsigned waited = 0;

	while (!(decisionlog_write_out() && decisionfile_all_is_written()) &&
	    waited < grace_ms) {
		nanosleep(&pause, NULL);
		waited += 20;
	}
}

static void *
decisionlog_writer_main(void *unused ATTR_UNUSED)
{
	struct timespec checked = { 0, 0 }, now;
	struct work_found found;

	for (;;) {
		found = decisionlog_wait_for_work(
		    !decisionfile_is_failing());
		if (found.stop)
			break;
		decisionlog_gather();
		if (!decisionfile_is_failing() && decisionlog_write_out())
			decisionfile_serve_mark();
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (found.reopen || now.tv_sec != checked.tv_sec)
			decisionlog_follow_path();
		checked = now;
		if (decisionfile_is_failing())
			decisionlog_write_out();
	}
	decisionlog_write_rest(stop_grace_ms);
	pthread_mutex_lock(&lock);
	closed = true;
	pthread_cond_signal(&has_ended);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Asks the writer to end, and waits as long as that may take on a disk that
 * fails. false: the disk does not even fail, as a network folder without its
 * server. */
static bool
decisionlog_end_writer(unsigned grace_ms)
{
	struct timespec until = deadline_after(grace_ms + STUCK_MS);
	uint64_t waiting;
	bool done;
	int r = 0;

	pthread_mutex_lock(&lock);
	stopping = true;
	stop_grace_ms = grace_ms;
	pthread_cond_signal(&changed);
	while (!closed && r == 0)
		r = pthread_cond_timedwait(&has_ended, &lock, &until);
	done = closed;
	waiting = linequeue_unwritten(&filling);
	pthread_mutex_unlock(&lock);
	if (!done)
		log_warning("the disk of the decision log does not answer: "
		    "what was not written is lost, %llu decisions or more",
		    (unsigned long long)waiting);
	return done;
}

bool
decisionlog_stop(unsigned grace_ms)
{
	uint64_t count;

	if (!decisionlog_end_writer(grace_ms))
		return false;
	pthread_join(writer, NULL);
	count = decisionfile_unwritten() + linequeue_unwritten(&filling);
	if (count > 0)
		log_warning("decisions that could not be written and are "
		    "lost: %llu", (unsigned long long)count);
	atomic_store(&is_open, false);
	decisionfile_close();
	linequeue_clear(&filling);
	free(wanted_path);
	free(wanted_key);
	wanted_path = wanted_key = NULL;
	pthread_cond_destroy(&changed);
	pthread_cond_destroy(&has_ended);
	return true;
}

void
decisionlog_set_key(struct slice path)
{
	char *old, *copy = decisionlog_copy_path(path);

	pthread_mutex_lock(&lock);
	old = wanted_key;
	wanted_key = copy;
	pthread_mutex_unlock(&lock);
	free(old);
}

void
decisionlog_reopen(struct slice path, uint64_t max_size)
{
	char *old, *copy = decisionlog_copy_path(path);

	pthread_mutex_lock(&lock);
	if (closed) {
		/* A reload that ends after the stop. */
		pthread_mutex_unlock(&lock);
		free(copy);
		return;
	}
	old = wanted_path;
	wanted_path = copy;
	wanted_size = max_size;
	reopen = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	atomic_store(&is_open, copy != NULL);
	free(old);
}

int
decisionlog_start(struct slice path, uint64_t max_size, struct err *e)
{
	int r;

	assert(wanted_path == NULL);
	counters_register(&records_lost, 1);
	wanted_path = decisionlog_copy_path(path);
	wanted_size = max_size;
	if (decisionfile_open(wanted_path, wanted_key, e) < 0)
		goto fail;
	closed = stopping = reopen = false;
	deadline_cond_init(&changed);
	deadline_cond_init(&has_ended);
	r = pthread_create(&writer, NULL, decisionlog_writer_main, NULL);
	if (r != 0) {
		err_set(e, "cannot start the log's writer: %s", strerror(r));
		goto fail;
	}
	atomic_store(&is_open, wanted_path != NULL);
	return 0;
fail:
	decisionfile_close();
	free(wanted_path);
	free(wanted_key);
	wanted_path = wanted_key = NULL;
	return -1;
}
