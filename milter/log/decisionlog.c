/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "milter/log/decisionlog.h"
#include "milter/base/counters.h"
#include "milter/base/deadline.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/faults.h"
#include "milter/log/keying.h"
#include "milter/log/linequeue.h"
#include "milter/log/log.h"
#include "milter/log/logfile.h"
#include "milter/log/logmark.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"

enum {
	/* Lines that arrive within this time are written together. */
	GATHER_MS = 2,
	/* How often a failed write is tried again, and how often the path is
	 * checked for a file that was moved away. */
	RETRY_MS = 1000,
	/* How much longer a stop waits for a disk that does not answer. */
	STUCK_MS = 200,
	/* Records handed to logfile_append() at once. */
	BATCH = 256
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

/* Used by the writer alone. Each failure is reported once. */
static struct linequeue emptying;
static struct logfile *file;
static bool failing;            /* the last write failed */
static bool reopening;          /* the wanted file is still to be opened */
static bool open_failed;        /* the last open failed */
static bool rename_failed;      /* the last rename failed */
static struct keying keying;

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

static void
decisionlog_report_failure(const struct err *e)
{
	if (!failing)
		log_warning("%s: decisions are kept in memory, and lost "
		    "when there is no more room; mail goes on", e->text);
	failing = true;
	warning_set(WARNING_DECISIONS, "%s: decisions are kept in memory, and "
	    "lost when there is no more room", e->text);
}

/* The file that it should write to now cannot be opened. */
static void
decisionlog_report_old_file(const struct err *e)
{
	if (!open_failed)
		log_warning("%s: decisions still go to the old file", e->text);
	if (!failing)
		warning_set(WARNING_DECISIONS, "%s: decisions still go to the "
		    "old file", e->text);
}

static void
decisionlog_report_recovery(void)
{
	if (failing)
		log_notice("%s is written again", logfile_path(file));
	failing = false;
	if (!open_failed)
		warning_clear(WARNING_DECISIONS);
}

/* Writes records, and takes those that reached the file off the queue. */
static bool
decisionlog_write_batch(const struct slice *records, const size_t *ends,
    size_t count)
{
	struct err e;
	size_t done;
	bool ok;

	if (count == 0)
		return true;
	ok = logfile_append(file, records, count, &done, &e) == 0;
	assert(done <= count && ok == (done == count));
	if (done > 0)
		emptying.emptied = ends[done - 1];
	if (ok)
		decisionlog_report_recovery();
	else
		decisionlog_report_failure(&e);
	return ok;
}

/* Writes the queue that is being emptied, until the disk fails. */
static bool
decisionlog_empty_queue(void)
{
	struct slice records[BATCH], text;
	size_t ends[BATCH], at = emptying.emptied, count = 0;

	/* The records wait for a file that is still to be opened. */
	if (file == NULL && decisionlog_is_open())
		return emptying.emptied == emptying.n;
	while (file != NULL && linequeue_next(&emptying, &at, &text)) {
		records[count] = text;
		ends[count++] = at;
		if (count < BATCH)
			continue;
		if (!decisionlog_write_batch(records, ends, count))
			return false;
		count = 0;
	}
	if (file != NULL && !decisionlog_write_batch(records, ends, count))
		return false;
	emptying.emptied = emptying.n;
	return true;
}

/* Writes the line that counts the records that are missing. */
static bool
decisionlog_write_loss(void)
{
	static char text[LIMIT_DECISION];
	struct slice record = { text, 0 };
	struct err e;
	size_t done;

	if (file == NULL && !decisionlog_is_open())
		losses_clear(&emptying.losses);
	if (emptying.losses.count == 0)
		return true;
	if (file == NULL)
		return false;
	record.n = losses_json(&emptying.losses, loop_wall_ms(), text,
	    sizeof(text));
	if (logfile_append(file, &record, 1, &done, &e) < 0) {
		decisionlog_report_failure(&e);
		return false;
	}
	losses_clear(&emptying.losses);
	return true;
}

/* Writes the line that says that the key has changed: the first one under
 * it. */
static bool
decisionlog_write_step(void)
{
	const char *word = keying_word(keying.step);
	struct timespec now;
	struct tm utc;
	struct err e;
	char text[128], date[32];
	struct slice record = { text, 0 };
	size_t done;

	if (file == NULL || word == NULL)
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	record.n = (size_t)snprintf(text, sizeof(text),
	    "{\"time\":\"%s.%03ldZ\",\"keying\":\"%s\"", date,
	    now.tv_nsec / 1000000, word);
	if (logfile_append(file, &record, 1, &done, &e) < 0) {
		decisionlog_report_failure(&e);
		return false;
	}
	keying.step = KEYING_SAME;
	return true;
}

/* Uses the key of the file at path from now on; NULL: none. The log is
 * open. */
static void
decisionlog_use_key(const char *path)
{
	if (path != NULL) {
		keying_use(&keying, path, file);
		return;
	}
	/* The last line under a key says that it is. */
	keying_end(&keying);
	decisionlog_write_step();
	logfile_set_key(file, NULL);
	keying_close(&keying);
}

/* Takes what was queued meanwhile. Under lock; the queue that was being
 * emptied is empty. */
static void
decisionlog_swap_queues(void)
{
	struct linequeue empty = emptying;

	assert(emptying.emptied == emptying.n &&
	    emptying.losses.count == 0);
	linequeue_reset(&empty);
	emptying = filling;
	filling = empty;
}

static void
decisionlog_open_file(const char *path)
{
	struct logfile *opened;
	struct err e;
	size_t cut;

	opened = logfile_open(path, file, &cut, &e);
	if (opened == NULL) {
		if (file == NULL)
			decisionlog_report_failure(&e);
		else
			decisionlog_report_old_file(&e);
		open_failed = true;
		return;
	}
	open_failed = reopening = false;
	if (!failing)
		warning_clear(WARNING_DECISIONS);
	if (cut > 0)
		log_warning("%s: %zu bytes of an unfinished line were cut "
		    "off its end", path, cut);
	if (file != NULL && keying_is_open(&keying)) {
		if (logfile_has_begun(opened))
			keying_advance(&keying, file);
		logfile_set_key(opened, &keying.key);
	}
	logfile_close(&file);
	file = opened;
	decisionlog_write_step();
}

/* Renames a file that has reached its size; decisionlog_follow_path() begins
 * the next. */
static void
decisionlog_rotate(uint64_t max_size)
{
	struct err e;

	/* What somebody else has moved away is rotated already. */
	if (file == NULL || max_size == 0 ||
	    logfile_size(file) < max_size || logfile_was_moved(file))
		return;
	if (logfile_move_away(file, &e) == 0) {
		rename_failed = false;
		return;
	}
	if (!rename_failed)
		log_warning("%s: it keeps growing", e.text);
	rename_failed = true;
}

/* After a reload, or when the next key could not be written before. */
static void
decisionlog_follow_key(const char *path, bool reopened)
{
	if (reopened || (path != NULL && !keying_is_open(&keying) &&
	    !keying.is_lost))
		decisionlog_use_key(path);
	keying_try_again(&keying, file);
	decisionlog_write_step();
}

/* Opens a new file when the old one was renamed or the path has changed. */
static void
decisionlog_follow_path(void)
{
	uint64_t max_size;
	char *path, *key;
	bool asked;

	pthread_mutex_lock(&lock);
	/* Until it is open: a file that cannot be opened is tried again. */
	asked = reopening = reopening || reopen;
	reopen = false;
	max_size = wanted_size;
	path = decisionlog_copy_path(slice_of(wanted_path));
	key = decisionlog_copy_path(slice_of(wanted_key));
	pthread_mutex_unlock(&lock);

	decisionlog_rotate(max_size);
	if (path == NULL) {
		keying_close(&keying);
		logfile_close(&file);
		reopening = failing = open_failed = false;
		warning_clear(WARNING_DECISIONS);
	} else if (file == NULL || reopening || logfile_was_moved(file))
		decisionlog_open_file(path);
	if (file != NULL)
		decisionlog_follow_key(key, asked && !reopening);
	free(path);
	free(key);
}

static bool
decisionlog_all_is_written(void)
{
	return emptying.emptied == emptying.n &&
	    emptying.losses.count == 0;
}

/* One round; false: the disk failed. */
static bool
decisionlog_write_out(void)
{
	if (!decisionlog_write_step() || !decisionlog_empty_queue() ||
	    !decisionlog_write_loss())
		return false;
	pthread_mutex_lock(&lock);
	decisionlog_swap_queues();
	pthread_mutex_unlock(&lock);
	return decisionlog_empty_queue() && decisionlog_write_loss();
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

	while (!(decisionlog_write_out() && decisionlog_all_is_written()) &&
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
		found = decisionlog_wait_for_work(!failing);
		if (found.stop)
			break;
		decisionlog_gather();
		if (!failing && decisionlog_write_out())
			logmark_serve(file);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (found.reopen || now.tv_sec != checked.tv_sec)
			decisionlog_follow_path();
		checked = now;
		if (failing)
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
	count = linequeue_unwritten(&emptying) + linequeue_unwritten(&filling);
	if (count > 0)
		log_warning("%llu decisions could not be written and are "
		    "lost", (unsigned long long)count);
	atomic_store(&is_open, false);
	logfile_close(&file);
	linequeue_clear(&emptying);
	linequeue_clear(&filling);
	keying_close(&keying);
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
	size_t cut = 0;
	int r;

	assert(file == NULL && wanted_path == NULL);
	counters_register(&records_lost, 1);
	wanted_path = decisionlog_copy_path(path);
	wanted_size = max_size;
	if (wanted_path != NULL) {
		file = logfile_open(wanted_path, NULL, &cut, e);
		if (file == NULL)
			goto fail;
		if (cut > 0)
			log_warning("%s: %zu bytes of an unfinished line "
			    "were cut off its end", wanted_path, cut);
	}
	if (file != NULL && wanted_key != NULL)
		decisionlog_use_key(wanted_key);
	closed = stopping = reopen = false;
	failing = open_failed = rename_failed = false;
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
	keying_close(&keying);
	logfile_close(&file);
	free(wanted_path);
	free(wanted_key);
	wanted_path = wanted_key = NULL;
	return -1;
}
