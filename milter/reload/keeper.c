/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "milter/reload/keeper.h"
#include "conf/kept_place.h"
#include "conf/snapshot.h"
#include "conf/state/kept.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/reloader.h"

/* When it is tried again after a failure. */
enum { AGAIN_MS = 10000 };

static const char risk[] = "a start could not see whether the policy on disk "
    "asks less than this one";

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int archive = -1;                /* owns */
static unsigned long number;            /* of archive: counted up by each */
static bool pending;                    /* it is not in the folder yet */
static bool place_pending;              /* nor the note of which folder that
                                         * is: conf/kept_place.h */
static char *note;                      /* owns; where this daemon can be
                                         * asked; NULL: not known yet */
static bool note_pending;               /* it is not in the folder yet */
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
	place_pending = new >= 0;
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

void
keeper_set_note(char *new)
{
	char *old;

	pthread_mutex_lock(&lock);
	old = note;
	note = new;
	note_pending = new != NULL;
	pthread_mutex_unlock(&lock);
	free(old);
}

bool
keeper_is_due(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = archive >= 0 && (pending || place_pending || note_pending ||
	    !holds) &&
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
}

static void
keeper_release(void)
{
	if (holder < 0)
		return;
	/* This daemon cannot be found there any more. */
	if (ftruncate(holder, 0) < 0)
		log_warning("policy.kept.lock in %s: %s", held,
		    strerror(errno));
	close(holder);
	holder = -1;
}

/* Two daemons over one folder would each keep their own policy there, and the
 * start of either would see no loss against the other's. */
static int
keeper_hold(const struct state_place *place, struct err *e)
{
	bool is_new = holder < 0 || strcmp(held, place->folder) != 0;

	if (is_new) {
		keeper_release();
		holder = kept_lock(place, e);
		snprintf(held, sizeof(held), "%s", place->folder);
	}
	pthread_mutex_lock(&lock);
	holds = holder >= 0;
	note_pending = note_pending || (is_new && note != NULL);
	pthread_mutex_unlock(&lock);
	return holder < 0 ? -1 : 0;
}

/* A copy of the note, for free(3), if it is to be written; else NULL. */
static char *
keeper_take_note(void)
{
	char *copy = NULL;

	pthread_mutex_lock(&lock);
	if (note_pending) {
		size_t size = strlen(note) + 1;

		copy = xmalloc(size);
		memcpy(copy, note, size);
	}
	note_pending = false;
	pthread_mutex_unlock(&lock);
	return copy;
}

/* Writes the note, if it is not there yet. Under the lock of the folder. */
static int
keeper_write_note(struct err *e)
{
	char *text = keeper_take_note();
	int result;

	if (text == NULL)
		return 0;
	result = kept_lock_note(holder, slice_of(text), e);
	free(text);
	if (result < 0) {
		pthread_mutex_lock(&lock);
		note_pending = note != NULL;
		pthread_mutex_unlock(&lock);
	}
	return result;
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

/* Notes in which folder the policy in force, of that digest, is now. */
static int
keeper_note_place(const struct state_place *place, const char *digest,
    struct err *e)
{
	struct kept_place now;

	snprintf(now.folder, sizeof(now.folder), "%s", place->folder);
	snprintf(now.digest, sizeof(now.digest), "%s", digest);
	if (kept_place_write(reloader_path(), &now, e) < 0)
		return -1;
	pthread_mutex_lock(&lock);
	place_pending = false;
	pthread_mutex_unlock(&lock);
	return 0;
}

static int
keeper_write_to(const struct policy *policy, int fd, unsigned long of,
    struct err *e)
{
	struct state_place where = place_of(&policy->settings);
	const struct state_place *place = &where;
	int kept;

	if (keeper_hold(place, e) < 0)
		return -1;
	if (keeper_is_pending()) {
		kept = kept_write(place, fd, e);
		if (kept < 0)
			return -1;
		keeper_note_kept(kept, of);
	}
	if (keeper_note_place(place, policy->digest, e) < 0)
		return -1;
	return keeper_write_note(e);
}

void
keeper_write(void)
{
	struct snapshot *now;
	const struct policy *policy;
	unsigned long of;
	struct err e;
	int fd;

	if (!keeper_is_due())
		return;
	fd = keeper_copy(&of);
	now = snapshot_take();
	if (now != NULL && fd >= 0) {
		policy = snapshot_policy(now);
		if (keeper_write_to(policy, fd, of, &e) < 0)
			keeper_report(&e, policy->settings.state.p);
		else {
			last_failure[0] = '\0';
			warning_clear(WARNING_KEPT);
		}
	}
	snapshot_drop(&now);
	if (fd >= 0)
		close(fd);
}

void
keeper_clear(void)
{
	keeper_swap(-1, false);
	keeper_set_note(NULL);
	keeper_release();
}
