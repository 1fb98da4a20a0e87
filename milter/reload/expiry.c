/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/reload/expiry.h"
#include "conf/base/amount.h"
#include "conf/snapshot.h"
#include "conf/state/statetext.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/reloader.h"

enum { MINUTE = 60, DAY = 86400, MINUTE_MS = 60000, HOUR_MS = 3600000 };

/* Only the event loop's thread reads and writes these. */
static int64_t last_check;              /* seconds; 0: none yet */
static int64_t saved_ms;                /* on the monotonic clock */

/* The shortest notice whose time has come between last and now; -1: none. */
static int
expiry_notice_due(int64_t until, int64_t last, int64_t now)
{
	static const int days[] = { 0, 1, 7, 14 };

	for (size_t i = 0; i < COUNT_OF(days); i++) {
		int64_t at = until - (int64_t)days[i] * DAY;

		if (at <= now)
			return last < at || (last == 0 && days[i] > 0)
			    ? days[i] : -1;
	}
	return -1;
}

/* The daemon looks every few seconds: what is a whole number of days must not
 * be a day less by then. */
static const char *
expiry_show_left(int64_t left, char out[AMOUNT_TEXT])
{
	return amount_show_duration(left >= DAY ? left + MINUTE : left, out);
}

bool
expiry_text(const struct exception *exception, int64_t last, int64_t now,
    char out[EXPIRY_LINE], bool *ended)
{
	char id[40], partner[80], owner[80], until[STATETEXT_TIME];
	char left[AMOUNT_TEXT];
	int days = expiry_notice_due(exception->until, last, now);

	/* What ended before the start was logged by the daemon before. */
	if (days < 0 || (days == 0 && last == 0) || exception->from > now)
		return false;
	slice_show(exception->id, id, sizeof(id));
	slice_show(exception->partner, partner, sizeof(partner));
	slice_show(exception->owner, owner, sizeof(owner));
	statetext_show_time(exception->until, until);
	if (days == 0) {
		*ended = true;
		snprintf(out, EXPIRY_LINE, "exception %s (partner %s, hop %s, "
		    "owner %s) has ended: the rule applies again", id,
		    partner, hop_name(exception->hop), owner);
	} else
		snprintf(out, EXPIRY_LINE, "exception %s (partner %s, hop %s, "
		    "owner %s) ends at %s, in %s", id, partner,
		    hop_name(exception->hop), owner, until,
		    expiry_show_left(exception->until - now, left));
	return true;
}

/* Logs what is due; whether an exception has ended since the last check. */
static bool
expiry_log(const struct state *state, int64_t last, int64_t now)
{
	bool ended = false;

	for (size_t i = 0; i < state->exception_count; i++) {
		char text[EXPIRY_LINE];

		if (expiry_text(&state->exceptions[i], last, now, text,
		    &ended))
			log_warning("%s", text);
	}
	return ended;
}

/* Whether the clock is behind, and something ends by the time that was seen. */
static bool
expiry_is_behind(const struct state *state, int64_t now, int64_t clock)
{
	bool ends = state->exception_count > 0;

	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		ends = ends || state->pauses[hop].until > now;
	return ends && now > clock + MINUTE;
}

/* A clock that was ahead for a moment ends exceptions too early, and one that
 * is behind ends none too late: somebody has to look. */
static void
expiry_review_clock(bool behind, int64_t now)
{
	static bool was_behind;
	bool before = was_behind;
	char seen[STATETEXT_TIME];

	was_behind = behind;
	if (!behind) {
		warning_clear(WARNING_CLOCK);
		return;
	}
	statetext_show_time(now, seen);
	if (!before)
		log_warning("the clock is behind %s, which was seen before: "
		    "exceptions and pauses end by that time", seen);
	warning_set(WARNING_CLOCK, "the clock is behind %s, which was seen "
	    "before: exceptions and pauses end by that time. If the clock is "
	    "right now: enforcetls state repair --clock --reason WHY", seen);
}

/* How long the time that was seen is only in memory. A start knows no other
 * while the clock is behind: then an exception would outlive many starts. Less
 * than from one check to the next, which may come a little early. */
static int64_t
expiry_save_after_ms(bool behind)
{
	return behind ? MINUTE_MS / 2 : HOUR_MS;
}

bool
expiry_pause_text(const struct pause *pause, enum hop hop, int64_t last,
    int64_t now, char out[EXPIRY_LINE])
{
	char id[40];

	if (last == 0 || pause->until <= last || pause->until > now)
		return false;
	slice_show(pause->id, id, sizeof(id));
	snprintf(out, EXPIRY_LINE, "pause %s of %s has ended: its rules act "
	    "again", id, hop_name(hop));
	return true;
}

/* The same as expiry_log() for pauses. */
static bool
expiry_log_pauses(const struct state *state, int64_t last, int64_t now)
{
	char text[EXPIRY_LINE];
	bool ended = false;

	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (expiry_pause_text(&state->pauses[hop], (enum hop)hop,
			last, now, text)) {
			ended = true;
			log_warning("%s", text);
		}
	return ended;
}

void
expiry_check(void *unused ATTR_UNUSED)
{
	struct snapshot *s = snapshot_take();
	const struct state *state = snapshot_state(s);
	int64_t ms = loop_monotonic_ms();
	int64_t clock = loop_wall_ms() / 1000, now = state_now(state, clock);

	if (state != NULL && state->health == STATE_GOOD) {
		bool ended = expiry_log(state, last_check, now),
		     pause = expiry_log_pauses(state, last_check, now),
		     behind = expiry_is_behind(state, now, clock);

		expiry_review_clock(behind, now);
		/* `state repair --clock` needs what was seen on disk. */
		if (ended || pause ||
		    ms - saved_ms >= expiry_save_after_ms(behind)) {
			saved_ms = ms;
			reloader_save_time();
		}
	}
	/* It goes back only where `enforcetls state repair --clock` set it. */
	last_check = now;
	snapshot_drop(&s);
}
