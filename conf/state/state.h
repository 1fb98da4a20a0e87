/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state - exceptions, stages and pauses set with the command
 *
 * The state folder holds state.conf, history.jsonl and a lock file, and what
 * kept.h keeps there. Only this module writes the state: it takes the lock,
 * writes and fsyncs a new file, renames it and fsyncs the folder, so a reader
 * never sees half a state.
 *
 * Time never goes back here. The file has the latest time that a program saw,
 * and "now" is the later of that and the clock, so an exception that has ended
 * stays ended when the clock is set back, though nobody has written that time
 * yet. It never stands still either: see state_now().
 */
#ifndef CONF_STATE_STATE_H
#define CONF_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/state/place.h"
#include "policy/base/err.h"
#include "policy/policy.h"
#include "policy/table/overlay.h"

/* A stage set with the command. conf/state/stages tells what it does once the
 * row has changed. */
struct stage_entry {
	struct slice partner;
	enum hop hop;
	enum stage stage;
	enum stage row_stage;           /* the row's, when this was set */
	enum level row_level;           /* the same */
	const struct demand *demand;    /* the same; NULL: an older release,
	                                 * which kept the level only, set it */
	int64_t since;                  /* seconds since 1970 */
	struct slice reason;
};

enum pending_kind {
	PENDING_UNSET,
	PENDING_GRANT,                  /* an exception */
	PENDING_RENEWAL,                /* a later end for one */
	PENDING_PAUSE
};

/* What one person asked for and another one has to approve; see pending.h. It
 * is never among the exceptions and pauses, so nothing can make it act. */
struct pending {
	enum pending_kind kind;
	struct slice id;                /* what is approved */
	struct exception exception;     /* GRANT, RENEWAL: as it would be */
	enum hop hop;                   /* PAUSE */
	bool all_hops;                  /* PAUSE: hop does not count */
	int64_t lasts;                  /* PAUSE, in seconds */
	int64_t asked;                  /* seconds since 1970 */
	unsigned long asked_by;         /* uid */
	struct slice claimed_by;        /* SUDO_USER, as claimed; or absent */
	struct slice reason;
	int64_t approved;               /* seconds since 1970; 0: it is not */
	unsigned long approved_by;      /* uid */
	int64_t withdrawn;              /* seconds since 1970; 0: it is not */
};

enum state_health {
	STATE_DAMAGED,                  /* no exceptions; stages rebuilt */
	STATE_FRESH,                    /* nothing was written yet, or the
	                                 * folder does not exist */
	STATE_GOOD
};

struct state {
	struct arena *arena;            /* owns everything below */
	enum state_health health;
	struct err damage;              /* DAMAGED: what is wrong */
	unsigned long generation;       /* counts the changes */
	unsigned long in_file;          /* that of state.conf: less after a
	                                 * change that was interrupted; 0: there
	                                 * is no file */
	unsigned long replaced;         /* in_file when it was written */
	int64_t seen;                   /* latest time seen, since 1970 */
	int64_t made_ms;                /* when this was made, on a clock that
	                                 * is never set */
	struct state_clock *clock;      /* in arena */
	struct exception *exceptions;
	size_t exception_count;
	struct stage_entry *stages;
	size_t stage_count;
	unsigned long last_loss;        /* the generation in which a loss was
	                                 * taken last, or a repair may hide
	                                 * that one was; 0: never */
	struct slice kept;              /* of a marker: the digest of the policy
	                                 * that is kept; absent: none */
	struct pause pauses[HOP_COUNT]; /* the last of each hop, also one that
	                                 * has ended */
	struct pending *pending;        /* the waiting, and for a while those
	                                 * that wait no more */
	size_t pending_count;
	struct overlay overlay;         /* made by state_apply() */
};

/*
 * Reads the state of place. Returns new; goes with state_destroy(). A damaged
 * state is returned too, with its health and damage set: it has no exceptions,
 * and each stage is the one that the marker keeps; without a marker, the last
 * that the history records, or the highest when the history cannot be read
 * completely. A state that is older than its marker, or is missing, is damaged,
 * and so is one in a folder that is writable for users other than its owner, if
 * there is a marker. NULL with e filled when a file cannot be read at all, or
 * for such a folder without a marker.
 */
struct state *state_read(const struct state_place *place, struct err *e);
void state_destroy(struct state **state);

/* The state as the marker of place has it, damaged for the reason in why.
 * Returns new; NULL when the marker cannot be read. */
struct state *state_of_marker(const struct state_place *place,
    const struct err *why);

/* Writes the marker of place unless it is that of state, which was read. -1
 * with e filled when it cannot be written. Without a marker, and for a state
 * that is not GOOD, does nothing. */
int state_keep_marker(const struct state_place *place,
    const struct state *state, struct err *e);

/* The later of clock and the latest time seen, in seconds since 1970; state may
 * be NULL. What any caller showed as clock counts as seen. The time seen goes
 * on from then: an exception lasts no longer for a clock that is set back. Any
 * thread. */
int64_t state_now(const struct state *state, int64_t clock);
/* Has state see what old saw, but for a time that state_repair() set back. */
void state_inherit_time(struct state *state, const struct state *old);

/* Makes state->overlay for policy. The overlay borrows from state. */
void state_apply(struct state *state, const struct policy *policy);

/* How many rules act on less with new than with old; see conf/loss.h. now is in
 * seconds since 1970. */
typedef size_t state_losses_fn(const struct policy *old,
    const struct policy *new, int64_t now);

/* Who requests a change, for the history. */
struct actor {
	uid_t uid;
	uid_t person;                   /* the same, if the daemon saw that it
	                                 * is a person's (SO_PEERCRED); 0: none
	                                 * is known */
	struct slice reason;            /* borrows */
	struct slice claimed_by;        /* borrows; SUDO_USER, which anybody
	                                 * can set; or absent */
	state_losses_fn *losses;        /* NULL: what needs it is refused */
	int64_t clock;                  /* wall clock, seconds since 1970 */
};

/*
 * An edit of the state, made while the folder is locked. It may replace the
 * lists of state by others from its arena, and writes what it did to event,
 * one JSON object without its braces. Left empty, nothing is written. It
 * returns -1 with e filled to refuse.
 */
typedef int state_edit_fn(struct state *state, void *data, char *event,
    size_t event_size, struct err *e);

/*
 * Makes one change: locks the folder, reads the state, calls edit with data,
 * adds the event to the history, writes the state as the next generation and
 * then its marker. -1 with e filled when edit refuses, when the state is
 * damaged (it must be repaired first) or when it cannot be read or written.
 * After a failed write the history may already have the event; if only the
 * folder could not be synced, the change is in force. A marker that cannot be
 * written is no failure: see state_keep_marker().
 */
int state_change(const struct state_place *place, const struct actor *actor,
    state_edit_fn *edit, void *data, struct err *e);

/*
 * Writes clock, in seconds since 1970, as the latest time seen, if the state is
 * GOOD, has an exception, and either clock is a minute later than that or an
 * exception has ended in between. Otherwise writes nothing and returns 0. -1
 * with e filled when the state cannot be locked, read or written.
 */
int state_remember(const struct state_place *place, int64_t clock,
    struct err *e);

/*
 * Repairs a damaged state: writes what state_read() made of it, and keeps the
 * damaged file as state.conf.damaged. With reset_clock, the latest time seen is
 * set back to actor->clock, and exceptions that had ended are dropped. -1 with
 * e filled on failure, and when there is nothing to repair.
 */
int state_repair(const struct state_place *place, const struct actor *actor,
    bool reset_clock, struct err *e);
#endif
