/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <unistd.h>

#include "milter/reload/startup.h"
#include "conf/file/read.h"
#include "conf/loss.h"
#include "conf/state/kept.h"
#include "conf/state/state.h"
#include "milter/base/privileges.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/lossguard.h"

/* The kept policy, and the state for both. */
struct startup {
	struct state_place place;
	struct policy_read kept;        /* owns */
	bool same;                      /* it is that on disk */
	bool put_back;                  /* it was not the last one in force */
	struct state *states[2];        /* owns; of the kept one, of the disk */
};

static const char unseen[] = "a loss at this start could not be seen";

static void
startup_report_unseen(const char *why)
{
	log_warning("%s: %s", why, unseen);
	warning_set(WARNING_KEPT_UNSEEN, "%s: %s", why, unseen);
}

/* Restores the policy of an archive that differs from what is on disk. */
static void
startup_restore(struct startup *s, struct archive *archive)
{
	struct err e;

	s->kept.policy = policy_restore(archive, &e);
	if (s->kept.policy == NULL)
		startup_report_unseen(e.text);
}

/* Whether the two archives have the same first line. */
static bool
startup_is_same(const struct archive *kept, int disk)
{
	char head[ARCHIVE_HEAD];

	return disk >= 0 && pread(disk, head, sizeof(head), 0) ==
	    (ssize_t)sizeof(head) && slice_eq(archive_head(kept),
	    (struct slice){ head, sizeof(head) });
}

/* Reads what is in the state folder. */
static void
startup_read(struct startup *s, const struct policy_read *disk)
{
	struct archive *archive = NULL;
	struct err e;
	enum statefile found = kept_read(&s->place, &archive, &s->kept.archive,
	    &e);

	if (e.text[0] != '\0')
		startup_report_unseen(e.text);
	if (found == STATEFILE_GOOD) {
		s->put_back = e.text[0] != '\0';
		s->same = startup_is_same(archive, disk->archive);
		if (!s->same)
			startup_restore(s, archive);
	} else
		s->kept.archive = -1;
	archive_close(&archive);
	for (int i = 0; s->kept.policy != NULL && i < 2; i++)
		s->states[i] = state_read(&s->place, &e);
}

/* The same as the user who owns the folder. */
static void
startup_read_as_user(struct startup *s, const struct policy_read *disk)
{
	struct unix_user user;
	struct unix_user_before before;
	struct err e;

	/* What is wrong with the user is said when the sockets are bound. */
	if (privileges_find(disk->policy->settings.user, &user, &e) < 0)
		return;
	if (unix_user_enter(&user, &before, &e) < 0)
		startup_report_unseen(e.text);
	else
		startup_read(s, disk);
	unix_user_leave(&before);
}

static void
startup_apply(struct state *state, struct policy *policy)
{
	if (state == NULL)
		return;
	state_apply(state, policy);
	policy->overlay = &state->overlay;
}

/* more: how much the policy on disk asks that the one which runs does not. */
static void
startup_report_loss(struct difference *difference, size_t more)
{
	size_t count = difference_losses(difference);
	char digest[DIGEST_TEXT + 1], not_yet[120] = "";

	loss_digest(difference, digest);
	if (more > 0)
		snprintf(not_yet, sizeof(not_yet), "; what it asks more (keys "
		    "and settings: %zu) is not in force either", more);
	log_error("the policy on disk asks less than the one that was in force "
	    "before this start, which runs: %zu loss%s, digest %s%s; take it "
	    "with `enforcetls reload --allow-loss %s --reason WHY`, or correct "
	    "the files and reload", count, count == 1 ? "" : "es", digest,
	    not_yet, digest);
	lossguard_log(difference);
	warning_set(WARNING_KEPT_RUNS, "the policy on disk asks less than the "
	    "one that was in force before the start, which runs: %zu loss%s%s; "
	    "take it with `enforcetls reload --allow-loss %s --reason WHY`, or "
	    "correct the files and reload", count, count == 1 ? "" : "es",
	    not_yet, digest);
}

/* The kept one is old: to run it would take away what has come since. */
static void
startup_report_put_back(struct difference *difference, size_t more)
{
	log_warning("the policy on disk runs: it asks less than policy.kept, "
	    "which was put back, and more elsewhere (keys and settings: %zu)",
	    more);
	lossguard_log(difference);
}

/* What old asks and new does not. */
static size_t
startup_count_losses(const struct policy *old, const struct policy *new,
    int64_t now)
{
	struct difference *d = difference_make(old, new, now);
	size_t losses = difference_losses(d);

	difference_destroy(&d);
	return losses;
}

/* Whether the kept policy runs, because that on disk is a loss, which is
 * reported then. */
static bool
startup_prefers_kept(struct startup *s, struct policy *disk, int64_t clock)
{
	int64_t now = state_now(s->states[0], clock);
	struct difference *difference;
	size_t more;
	bool runs;

	startup_apply(s->states[0], s->kept.policy);
	startup_apply(s->states[1], disk);
	difference = difference_make(s->kept.policy, disk, now);
	runs = difference_losses(difference) > 0;
	if (runs) {
		more = startup_count_losses(disk, s->kept.policy, now);
		runs = !s->put_back || more == 0;
		if (runs)
			startup_report_loss(difference, more);
		else
			startup_report_put_back(difference, more);
	}
	difference_destroy(&difference);
	s->kept.policy->overlay = disk->overlay = NULL;
	return runs;
}

bool
startup_choose(struct policy_read *read, int64_t clock)
{
	struct startup s = { .place = place_of(&read->policy->settings),
		.kept = { .archive = -1 } };
	bool is_kept;

	startup_read_as_user(&s, read);
	is_kept = s.same;
	if (s.kept.policy != NULL &&
	    startup_prefers_kept(&s, read->policy, clock)) {
		struct policy_read disk = *read;

		*read = s.kept;
		s.kept = disk;
		is_kept = true;
		diskcheck_refuse();
	}
	state_destroy(&s.states[0]);
	state_destroy(&s.states[1]);
	policyread_clear(&s.kept);
	return is_kept;
}

void
startup_is_over(void)
{
	warning_clear(WARNING_KEPT_UNSEEN);
	warning_clear(WARNING_KEPT_RUNS);
}
