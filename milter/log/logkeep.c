/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "milter/log/logkeep.h"
#include "conf/state/statetext.h"
#include "milter/base/counters.h"
#include "milter/base/deadline.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/keepfile.h"
#include "milter/log/log.h"
#include "milter/log/logmark.h"
#include "milter/log/oldfile.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

enum {
	PASS_S = 600,                   /* how often files are looked at */
	VANISHED = 20                   /* how many may be renamed in a pass */
};

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;          /* a setting, stopping or ended */
static char wanted_path[PATH_MAX];      /* "": no log */
static int64_t wanted_keep;
static bool wanted, stopping, ended = true;
static struct logkeep_report report;

/* Of the thread alone. */
static char path[PATH_MAX];
static int64_t keep;
static struct keepfile file;
static struct oldfile known;            /* the file that was read last */
static int64_t passed_s;                /* monotonic; 0: no pass yet */
static bool failing, waiting;

static pthread_t keeper;

static struct counter files_removed = {
	.name = "log_files_removed",
	.family = "log_files_removed_total",
	.labels = "",
	.help = "Files of the decision log removed for their age.",
};

void
logkeep_set(struct slice log, int64_t seconds)
{
	pthread_mutex_lock(&lock);
	snprintf(wanted_path, sizeof(wanted_path), "%.*s", SLICE_ARGS(log));
	wanted_keep = seconds;
	wanted = true;
	if (!ended)
		pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

struct logkeep_report
logkeep_report(void)
{
	struct logkeep_report out;

	pthread_mutex_lock(&lock);
	out = report;
	pthread_mutex_unlock(&lock);
	return out;
}

static bool
logkeep_is_stopping(void)
{
	bool out;

	pthread_mutex_lock(&lock);
	out = stopping;
	pthread_mutex_unlock(&lock);
	return out;
}

static void
logkeep_fail(const struct err *e)
{
	static const char what[] = "no older file of the decision log is "
	    "removed until that is corrected";

	if (!failing)
		log_warning("log.keep: %s: %s", e->text, what);
	failing = true;
	warning_set(WARNING_LOG_KEEP, "log.keep: %s: %s", e->text, what);
}

/* Whether the record of a removal was written before a crash. */
static bool
logkeep_is_recorded(const struct record_removed *r)
{
	return strcmp(file.last.name, r->name) == 0 &&
	    strcmp(file.last.end, r->end) == 0;
}

/* Writes the record that the file goes. */
static int
logkeep_record(struct record_removed *r, struct err *e)
{
	static char text[LIMIT_DECISION];
	struct slice record = { text, 0 };

	if (logkeep_is_recorded(r))
		return 0;
	record_removed_sum(r, &file.last);
	record.n = record_removed_json(loop_wall_ms(), r, text, sizeof(text));
	if (logmark_write(record, e) < 0)
		return -1;
	file.last = *r;
	return keepfile_write(path, &file, e);
}

static void
logkeep_log(const struct record_removed *r)
{
	char first[STATETEXT_TIME], last[STATETEXT_TIME];

	statetext_show_time(r->file.first, first);
	statetext_show_time(r->file.last, last);
	log_notice("log.keep: removed %s: %llu record%s from %s to %s", r->name,
	    (unsigned long long)r->file.lines,
	    text_plural((long long)r->file.lines), first, last);
}

/* Reads the file, unless it is the one that was read last. */
static int
logkeep_scan(int folder, struct oldfile *old, struct err *e)
{
	if (strcmp(old->record.name, known.record.name) == 0 &&
	    old->st.st_ino == known.st.st_ino &&
	    old->st.st_dev == known.st.st_dev &&
	    old->st.st_size == known.st.st_size &&
	    old->st.st_mtim.tv_sec == known.st.st_mtim.tv_sec &&
	    old->st.st_mtim.tv_nsec == known.st.st_mtim.tv_nsec) {
		*old = known;
		return 0;
	}
	if (oldfile_scan(folder, old, e) < 0)
		return -1;
	known = *old;
	return 0;
}

static int
logkeep_remove(int folder, struct oldfile *old, struct err *e)
{
	struct record_removed *r = &old->record;

	/* A file without lines is no part of the chain. */
	if (r->file.lines > 0 && logkeep_record(r, e) < 0)
		return -1;
	if (oldfile_remove(folder, old, e) < 0)
		return -1;
	counter_add(&files_removed);
	logkeep_log(r);
	return 0;
}

/* Removes the file if its newest record is before limit. 1, 0 when it stays, or
 * -1. *oldest as of logkeep_remove_old(). */
static int
logkeep_take_file(int folder, struct oldfile *old, int64_t limit,
    int64_t *oldest, struct err *e)
{
	if (logkeep_scan(folder, old, e) < 0)
		return -1;
	*oldest = old->record.file.first;
	if (old->newest >= limit || logkeep_is_stopping())
		return 0;
	if (logkeep_remove(folder, old, e) < 0)
		return -1;
	*oldest = 0;
	return 1;
}

/* Removes the files whose newest record is before limit, 0 for none; *oldest is
 * the time of the oldest record then, 0: not known. */
static int
logkeep_remove_old(int folder, const char *base, int64_t limit,
    int64_t *oldest, struct err *e)
{
	struct oldfile old;
	int found = 0, taken = 1, vanished = 0;

	*oldest = 0;
	while (taken != 0 &&
	    (found = oldfile_find(folder, base, &old, e)) > 0) {
		taken = logkeep_take_file(folder, &old, limit, oldest, e);
		/* A rotation meanwhile, or a compressing, is no fault. */
		if (taken < 0 && (oldfile_is_there(folder, &old) ||
		    ++vanished == VANISHED))
			return -1;
	}
	return found;
}

/* Opens the folder of the log; *base is the log's name in it. */
static int
logkeep_open_folder(const char **base, struct err *e)
{
	char folder[PATH_MAX];
	size_t at = slice_rfind(slice_of(path), '/');
	int fd;

	assert(path[at] == '/');
	snprintf(folder, sizeof(folder), "%.*s/", (int)at, path);
	*base = path + at + 1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_errno(e, "cannot open %s", folder) : fd;
}

/* Moves the clock on. 0, or -1 with e filled: it cannot be saved. */
static int
logkeep_step(struct err *e)
{
	int64_t now_s = loop_monotonic_ms() / 1000;
	int64_t wall = loop_wall_ms() / 1000;
	bool was_waiting = waiting;

	keepclock_step(&file.clock, keep, wall,
	    passed_s == 0 ? 0 : now_s - passed_s);
	passed_s = now_s;
	waiting = keepclock_is_waiting(&file.clock, keep, wall);
	if (waiting && !was_waiting)
		log_notice("log.keep: files are removed when the daemon has "
		    "run for a day with this time to keep and this clock");
	return keepfile_write(path, &file, e);
}

static void
logkeep_note(int64_t oldest)
{
	pthread_mutex_lock(&lock);
	report = (struct logkeep_report){ .keep = keep, .oldest = oldest,
		.waits = keep == 0 || !waiting ? 0
		: KEEPCLOCK_WAIT - file.clock.waited };
	pthread_mutex_unlock(&lock);
}

static void
logkeep_pass(void)
{
	int64_t oldest = 0;
	const char *base;
	struct err e;
	int folder, r;

	if (path[0] == '\0' || keep == 0) {
		warning_clear(WARNING_LOG_KEEP);
		failing = waiting = false;
		logkeep_note(0);
		return;
	}
	folder = logkeep_open_folder(&base, &e);
	r = folder < 0 ? -1 : logkeep_step(&e);
	if (r >= 0)
		r = logkeep_remove_old(folder, base,
		    keepclock_limit(&file.clock), &oldest, &e);
	if (folder >= 0)
		close(folder);
	if (r < 0)
		logkeep_fail(&e);
	else {
		warning_clear(WARNING_LOG_KEEP);
		failing = false;
	}
	logkeep_note(oldest);
}

/* Takes the settings. Under lock. */
static void
logkeep_take(void)
{
	if (!wanted)
		return;
	wanted = false;
	keep = wanted_keep;
	if (strcmp(path, wanted_path) != 0) {
		memcpy(path, wanted_path, sizeof(path));
		known = (struct oldfile){ .newest = 0 };
		passed_s = 0;
		keepfile_read(path, &file);
	}
}

/* Waits for the next pass; false: for the end. */
static bool
logkeep_wait(void)
{
	struct timespec until = deadline_after(PASS_S * 1000);
	bool goes_on;
	int r = 0;

	pthread_mutex_lock(&lock);
	while (!stopping && !wanted && r == 0)
		r = pthread_cond_timedwait(&changed, &lock, &until);
	goes_on = !stopping;
	if (goes_on)
		logkeep_take();
	pthread_mutex_unlock(&lock);
	return goes_on;
}

static void *
logkeep_main(void *unused ATTR_UNUSED)
{
	while (logkeep_wait())
		logkeep_pass();
	pthread_mutex_lock(&lock);
	ended = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int
logkeep_start(struct err *e)
{
	int r;

	counters_register(&files_removed, 1);
	deadline_cond_init(&changed);
	stopping = ended = false;
	r = pthread_create(&keeper, NULL, logkeep_main, NULL);
	if (r == 0)
		return 0;
	ended = true;
	return err_set(e, "cannot start a thread: %s", strerror(r));
}

bool
logkeep_stop(unsigned grace_s)
{
	struct timespec until = deadline_after(grace_s * 1000);
	bool started, done;
	int r = 0;

	pthread_mutex_lock(&lock);
	started = !ended;
	stopping = true;
	if (started)
		pthread_cond_broadcast(&changed);
	while (!ended && r == 0)
		r = pthread_cond_timedwait(&changed, &lock, &until);
	done = ended;
	pthread_mutex_unlock(&lock);
	if (started && done)
		pthread_join(keeper, NULL);
	return done;
}
