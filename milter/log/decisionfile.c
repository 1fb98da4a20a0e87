/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "milter/log/decisionfile.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/keying.h"
#include "milter/log/log.h"
#include "milter/log/logfile.h"
#include "milter/log/logmark.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

/* Records handed to logfile_append() at once. */
enum { BATCH = 256 };

/* Used by one thread at a time. Each failure is reported once. */
static struct linequeue emptying;
static struct logfile *file;
static bool failing;            /* the last write failed */
static bool reopening;          /* the wanted file is still to be opened */
static bool open_failed;        /* the last open failed */
static bool rename_failed;      /* the last rename failed */
static struct keying keying;

bool
decisionfile_is_failing(void)
{
	return failing;
}

static void
decisionfile_report_failure(const struct err *e)
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
decisionfile_report_old_file(const struct err *e)
{
	if (!open_failed)
		log_warning("%s: decisions still go to the old file", e->text);
	if (!failing)
		warning_set(WARNING_DECISIONS, "%s: decisions still go to the "
		    "old file", e->text);
}

static void
decisionfile_report_recovery(void)
{
	if (failing)
		log_notice("%s is written again", logfile_path(file));
	failing = false;
	if (!open_failed)
		warning_clear(WARNING_DECISIONS);
}

/* Writes records, and takes those that reached the file off the queue. */
static bool
decisionfile_write_batch(const struct slice *records, const size_t *ends,
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
		decisionfile_report_recovery();
	else
		decisionfile_report_failure(&e);
	return ok;
}

/* Writes the queue that is being emptied, until the disk fails. */
static bool
decisionfile_empty_queue(bool wanted)
{
	struct slice records[BATCH], text;
	size_t ends[BATCH], at = emptying.emptied, count = 0;

	/* The records wait for a file that is still to be opened. */
	if (file == NULL && wanted)
		return emptying.emptied == emptying.n;
	while (file != NULL && linequeue_next(&emptying, &at, &text)) {
		records[count] = text;
		ends[count++] = at;
		if (count < BATCH)
			continue;
		if (!decisionfile_write_batch(records, ends, count))
			return false;
		count = 0;
	}
	if (file != NULL && !decisionfile_write_batch(records, ends, count))
		return false;
	emptying.emptied = emptying.n;
	return true;
}

/* Writes the line that counts the records that are missing. */
static bool
decisionfile_write_loss(bool wanted)
{
	static char text[LIMIT_DECISION];
	struct slice record = { text, 0 };
	struct err e;
	size_t done;

	if (file == NULL && !wanted)
		losses_clear(&emptying.losses);
	if (emptying.losses.count == 0)
		return true;
	if (file == NULL)
		return false;
	record.n = losses_json(&emptying.losses, loop_wall_ms(), text,
	    sizeof(text));
	if (logfile_append(file, &record, 1, &done, &e) < 0) {
		decisionfile_report_failure(&e);
		return false;
	}
	losses_clear(&emptying.losses);
	return true;
}

/* Writes the line that says that the key has changed: the first one under
 * it. */
static bool
decisionfile_write_step(void)
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
		decisionfile_report_failure(&e);
		return false;
	}
	keying.step = KEYING_SAME;
	return true;
}

/* Uses the key of the file at path from now on; NULL: none. The log is
 * open. */
static void
decisionfile_use_key(const char *path)
{
	if (path != NULL) {
		keying_use(&keying, path, file);
		return;
	}
	/* The last line under a key says that it is. */
	keying_end(&keying);
	decisionfile_write_step();
	logfile_set_key(file, NULL);
	keying_close(&keying);
}

static void
decisionfile_open_next(const char *path)
{
	struct logfile *opened;
	struct err e;
	size_t cut;

	opened = logfile_open(path, file, &cut, &e);
	if (opened == NULL) {
		if (file == NULL)
			decisionfile_report_failure(&e);
		else
			decisionfile_report_old_file(&e);
		open_failed = true;
		return;
	}
	open_failed = reopening = false;
	if (!failing)
		warning_clear(WARNING_DECISIONS);
	if (cut > 0)
		log_warning("%s: %zu byte%s of an unfinished line cut "
		    "off its end", path, cut, text_plural((long long)cut));
	if (file != NULL && keying_is_open(&keying)) {
		if (logfile_has_begun(opened))
			keying_advance(&keying, file);
		logfile_set_key(opened, &keying.key);
	}
	logfile_close(&file);
	file = opened;
	decisionfile_write_step();
}

/* Renames a file that has reached its size; decisionfile_follow() begins the
 * next. */
static void
decisionfile_rotate(uint64_t max_size)
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
decisionfile_follow_key(const char *path, bool reopened)
{
	if (reopened || (path != NULL && !keying_is_open(&keying) &&
	    !keying.is_lost))
		decisionfile_use_key(path);
	keying_try_again(&keying, file);
	decisionfile_write_step();
}

void
decisionfile_follow(const char *path, const char *key, uint64_t max_size,
    bool reopen)
{
	/* Until it is open: a file that cannot be opened is tried again. */
	bool asked = reopening = reopening || reopen;

	decisionfile_rotate(max_size);
	if (path == NULL) {
		keying_close(&keying);
		logfile_close(&file);
		reopening = failing = open_failed = false;
		warning_clear(WARNING_DECISIONS);
	} else if (file == NULL || reopening || logfile_was_moved(file))
		decisionfile_open_next(path);
	if (file != NULL)
		decisionfile_follow_key(key, asked && !reopening);
}

bool
decisionfile_write(bool wanted)
{
	return decisionfile_write_step() && decisionfile_empty_queue(wanted) &&
	    decisionfile_write_loss(wanted);
}

void
decisionfile_take(struct linequeue *queue)
{
	struct linequeue empty = emptying;

	assert(emptying.emptied == emptying.n &&
	    emptying.losses.count == 0);
	linequeue_reset(&empty);
	emptying = *queue;
	*queue = empty;
}

void
decisionfile_serve_mark(void)
{
	logmark_serve(file);
}

bool
decisionfile_all_is_written(void)
{
	return emptying.emptied == emptying.n &&
	    emptying.losses.count == 0;
}

uint64_t
decisionfile_unwritten(void)
{
	return linequeue_unwritten(&emptying);
}

int
decisionfile_open(const char *path, const char *key, struct err *e)
{
	size_t cut = 0;

	assert(file == NULL);
	failing = reopening = open_failed = rename_failed = false;
	if (path == NULL)
		return 0;
	file = logfile_open(path, NULL, &cut, e);
	if (file == NULL)
		return -1;
	if (cut > 0)
		log_warning("%s: %zu byte%s of an unfinished line cut "
		    "off its end", path, cut, text_plural((long long)cut));
	if (key != NULL)
		decisionfile_use_key(key);
	return 0;
}

void
decisionfile_close(void)
{
	logfile_close(&file);
	linequeue_clear(&emptying);
	keying_close(&keying);
}
