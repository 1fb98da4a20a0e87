/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <unistd.h>

#include "milter/reload/mapwriter.h"
#include "conf/export/mapdraft.h"
#include "conf/export/mapfile.h"
#include "conf/export/maptimer.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "policy/base/text.h"

enum { AGAIN_MS = 10000 };

/* Held while the file is looked at and written, and for all below. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t next_try_ms;             /* on the monotonic clock, after a
                                         * failure; 0: none */
/* What was reported. */
static char last_failure[512];
static bool left_out;                   /* exceptions, for want of the timer */
/* The lock of the file that this daemon keeps, and its path. */
static int holder = -1;                 /* owns */
static char held[SETTINGS_PATH + 1];

/* The file as it should be now. */
struct mapwriter_wanted {
	const char *path;               /* NULL: none is set */
	const struct policy *policy;    /* these borrow from the snapshot */
	const struct state *state;
	int64_t now;
	bool exceptions;                /* may stand in it */
};

static struct mapwriter_wanted
mapwriter_want(const struct snapshot *snapshot)
{
	struct mapwriter_wanted w = { .policy = snapshot_policy(snapshot),
		.state = snapshot_state(snapshot) };
	int64_t clock = loop_wall_ms() / 1000;

	if (w.policy == NULL || w.policy->settings.map_static.p == NULL)
		return w;
	w.path = w.policy->settings.map_static.p;
	w.now = state_now(w.state, clock);
	w.exceptions = maptimer_is_running(w.path, clock);
	return w;
}

static bool
mapwriter_is_current(const struct mapwriter_wanted *w)
{
	struct mapfile_head head;

	return mapfile_read_head(w->path, &head, NULL) == MAPFILE_GOOD &&
	    mapfile_is_current(&head, w->policy, w->state, w->now,
		w->exceptions);
}

/* instead: what Postfix goes by. */
static void
mapwriter_report_failure(const struct err *e, const char *instead)
{
	char place[300] = "";

	if (e->file[0] != '\0')
		snprintf(place, sizeof(place), "%s:%u: ", e->file, e->line);
	if (strcmp(last_failure, e->text) != 0)
		log_error("map.static was not written: %s%s; %s; it is tried "
		    "again", place, e->text, instead);
	snprintf(last_failure, sizeof(last_failure), "%s", e->text);
	warning_set(WARNING_MAP_STATIC, "map.static was not written: %s%s; %s",
	    place, e->text, instead);
	next_try_ms = loop_monotonic_ms() + AGAIN_MS;
}

static void
mapwriter_note_good(void)
{
	last_failure[0] = '\0';
	next_try_ms = 0;
	warning_clear(WARNING_MAP_STATIC);
}

static void
mapwriter_release(void)
{
	if (holder >= 0)
		close(holder);
	holder = -1;
}

/* Whether this daemon keeps the file at path; another one would put its own
 * answers in place in turn with ours. */
static bool
mapwriter_holds(const char *path)
{
	struct err e = { .line = 0 };

	if (holder >= 0 && strcmp(held, path) == 0 &&
	    mapdraft_still_holds(holder))
		return true;
	mapwriter_release();
	holder = mapdraft_hold(path, &e);
	snprintf(held, sizeof(held), "%s", path);
	if (holder < 0)
		mapwriter_report_failure(&e, "Postfix may go by another "
		    "policy");
	return holder >= 0;
}

/* An exception or a pause that is left out makes mail wait that it should let
 * pass. */
static void
mapwriter_review_timer(const struct mapwriter_wanted *w)
{
	static const char why[] = "map.static has no exceptions "
	    "and no pause: the timer that would end them without the daemon, "
	    "enforcetls-map.timer, has not run for three minutes; enable it";
	bool out = w->path != NULL && !w->exceptions &&
	    mapfile_has_exceptions(w->state, w->now);

	if (out && !left_out)
		log_warning("%s", why);
	if (out)
		warning_set(WARNING_MAP_TIMER, "%s", why);
	else
		warning_clear(WARNING_MAP_TIMER);
	left_out = out;
}

static void
mapwriter_write(const struct mapwriter_wanted *w)
{
	struct mapfile_head head;
	struct err e = { .line = 0 };

	if (mapfile_write(w->path, w->policy, w->state, w->now, w->exceptions,
		&head, &e) < 0) {
		mapwriter_report_failure(&e, mapfile_fall_back(w->path)
		    ? "its exceptions and pauses have ended in the file of "
		    "Postfix" : "Postfix keeps the file written before");
		return;
	}
	mapwriter_note_good();
	log_notice("map.static is written: %llu key%s%s",
	    (unsigned long long)head.keys, text_plural((long long)head.keys),
	    head.excepting ? ", with exceptions" : "");
}

/* Under lock. */
static void
mapwriter_keep(void)
{
	struct snapshot *snapshot = snapshot_take();
	struct mapwriter_wanted w = mapwriter_want(snapshot);

	if (w.path == NULL) {
		mapwriter_release();
		mapwriter_note_good();
	} else if (mapwriter_holds(w.path)) {
		if (!mapwriter_is_current(&w))
			mapwriter_write(&w);
		else if (next_try_ms != 0)
			mapwriter_note_good();
	}
	mapwriter_review_timer(&w);
	snapshot_drop(&snapshot);
}

void
mapwriter_update(void)
{
	pthread_mutex_lock(&lock);
	mapwriter_keep();
	pthread_mutex_unlock(&lock);
}

void
mapwriter_check(void)
{
	pthread_mutex_lock(&lock);
	if (next_try_ms == 0 || loop_monotonic_ms() >= next_try_ms)
		mapwriter_keep();
	pthread_mutex_unlock(&lock);
}
