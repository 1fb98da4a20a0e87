/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "milter/reload/keeper.h"
#include "conf/snapshot.h"
#include "conf/state/kept.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"

/* When it is tried again after a failure. */
enum { AGAIN_MS = 10000 };

static const char risk[] = "a start could not see whether the policy on disk "
    "asks less than this one";

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int archive = -1;                /* owns */
static unsigned long number;            /* of archive: counted up by each */
static bool pending;                    /* it is not in the folder yet */
static int64_t next_try_ms;             /* on the monotonic clock */

static bool holds;                      /* the lock of the state folder */

/* Used by the reloader's thread alone: what was reported; the lock of the
 * state folder, and which folder that is. */
static char last_failure[512];
static int holder = -1;                 /* owns */
static char held[STATE_PATH];

static void
keeper_swap(int new, bool is_pending)
{
	int old;

	pthread_mutex_lock(&lock);
	old = archive;
	archive = new;
	number++;
	pending = is_pending;
	next_try_ms = 0;
	pthread_mutex_unlock(&lock);
	if (old >= 0)
		close(old);
}

void
keeper_take(int new, bool is_kept, const struct err *why)
{
	keeper_swap(new, new >= 0 && !is_kept);
	if (new >= 0)
		return;
	log_warning("the policy in force cannot be kept: %s: %s", why->text,
	    risk);
	warning_set(WARNING_KEPT, "the policy in force cannot be kept: %s: %s",
	    why->text, risk);
}

bool
keeper_is_due(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = archive >= 0 && (pending || !holds) &&
	    loop_monotonic_ms() >= next_try_ms;
	pthread_mutex_unlock(&lock);
	return is;
}

/* Returns a copy of the descriptor, and its number; -1: there is none. */
static int
keeper_copy(unsigned long *out)
{
	int fd = -1;

	pthread_mutex_lock(&lock);
	if (archive >= 0)
		fd = fcntl(archive, F_DUPFD_CLOEXEC, 0);
	*out = number;
	pthread_mutex_unlock(&lock);
	return fd;
}

int
keeper_open(struct err *e)
{
	unsigned long unused;
	int fd = keeper_copy(&unused);

	if (fd < 0)
		err_set(e, "there is no copy of the policy in force");
	return fd;
}

static void
keeper_report(const struct err *e, const char *folder)
{
	if (strcmp(last_failure, e->text) != 0)
		log_warning("the policy in force cannot be kept in %s: %s: "
		    "%s; it is tried again", folder, e->text, risk);
	snprintf(last_failure, sizeof(last_failure), "%s", e->text);
	warning_set(WARNING_KEPT, "the policy in force cannot be kept in %s: "
	    "%s: %s", folder, e->text, risk);
	pthread_mutex_lock(&lock);
	next_try_ms = loop_monotonic_ms() + AGAIN_MS;
	pthread_mutex_unlock(&lock);
}

/* Notes that it is in the folder, open as kept, which it takes. */
static void
keeper_note_kept(int kept, unsigned long of)
{
	bool is_newest;

	pthread_mutex_lock(&lock);
	is_newest = of == number;
	pthread_mutex_unlock(&lock);
	if (is_newest)
		keeper_swap(kept, false);
	else
		close(kept);
	last_failure[0] = '\0';
	warning_clear(WARNING_KEPT);
}

static void
keeper_release(void)
{
	if (holder >= 0)
		close(holder);
	holder = -1;
}

/* Two daemons over one folder would each keep their own policy there, and the
 * start of either would see no loss against the other's. */
static int
keeper_hold(const struct state_place *place, struct err *e)
{
	if (holder < 0 || strcmp(held, place->folder) != 0) {
		keeper_release();
		holder = kept_lock(place, e);
		snprintf(held, sizeof(held), "%s", place->folder);
	}
	pthread_mutex_lock(&lock);
	holds = holder >= 0;
	pthread_mutex_unlock(&lock);
	return holder < 0 ? -1 : 0;
}

/* Whether the policy in force is not in the folder yet. */
static bool
keeper_is_pending(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = pending;
	pthread_mutex_unlock(&lock);
	return is;
}

static void
keeper_write_to(const struct state_place *place, int fd, unsigned long of)
{
	struct err e;
	int kept;

	if (keeper_hold(place, &e) < 0) {
		keeper_report(&e, place->folder);
		return;
	}
	if (!keeper_is_pending()) {
		last_failure[0] = '\0';
		warning_clear(WARNING_KEPT);
		return;
	}
	kept = kept_write(place, fd, &e);
	if (kept >= 0)
		keeper_note_kept(kept, of);
	else
		keeper_report(&e, place->folder);
}

void
keeper_write(void)
{
	struct snapshot *now;
	struct state_place place;
	unsigned long of;
	int fd;

	if (!keeper_is_due())
		return;
	fd = keeper_copy(&of);
	now = snapshot_take();
	if (now != NULL && fd >= 0) {
		place = place_of(&snapshot_policy(now)->settings);
		keeper_write_to(&place, fd, of);
	}
	snapshot_drop(&now);
	if (fd >= 0)
		close(fd);
}

void
keeper_clear(void)
{
	keeper_swap(-1, false);
	keeper_release();
}
