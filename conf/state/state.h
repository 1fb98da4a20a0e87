/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state - what the programs themselves write: exceptions, stages
 *
 * A folder with state.conf, history.jsonl and a lock. This module is the only
 * writer: it locks, writes beside, fsyncs, renames, fsyncs the folder, so what
 * is read is always a whole state. The first line carries a generation and a
 * SHA-256 over the rest, which is libconfig.
 *
 * Time never runs back here: the file carries the latest time anybody saw, and
 * now is the later of that and the clock, so an exception that has ended stays
 * ended when the clock is set back.
 */
#ifndef CONF_STATE_STATE_H
#define CONF_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/policy.h"
#include "policy/table/overlay.h"

/* A stage set with the tool, over what the row says. Void once the row's own
 * stage or level is no longer what it was then. */
struct stage_entry {
	struct slice partner;
	enum hop hop;
	enum stage stage;
	enum stage row_stage;           /* the row's, when this was set */
	enum level row_level;
	int64_t since;
	struct slice reason;
};

enum state_health {
	STATE_DAMAGED,                  /* exceptions void, stages rebuilt */
	STATE_FRESH,                    /* nothing was ever written, or there
	                                 * is no such folder */
	STATE_GOOD
};

struct state {
	struct arena *arena;            /* owns everything below */
	enum state_health health;
	struct err damage;              /* DAMAGED: what is wrong */
	unsigned long generation;
	int64_t seen;                   /* latest time seen, seconds */
	struct exception *exceptions;
	size_t exception_count;
	struct stage_entry *stages;
	size_t stage_count;
	/* The overlay state_apply() made of it, for one table. */
	struct overlay overlay;
};

/*
 * Reads folder. A damaged state is a state too: its health and damage say so,
 * it has no exception, and each stage is the last the history recorded, or the
 * highest where the history cannot be read whole. Returns new; goes with
 * state_destroy(). NULL when the system does not let us read it at all, or
 * others than its owner may write to the folder.
 */
struct state *state_read(const char *folder, struct err *e);
void state_destroy(struct state **state);

/* The later of the clock and the latest time seen. */
int64_t state_now(const struct state *state, int64_t clock);

/* The entry for a rule, NULL when there is none or the row has changed. */
const struct stage_entry *state_stage(const struct state *state,
    const struct rule *rule);

/* Makes state->overlay for the table; borrows both. */
void state_apply(struct state *state, const struct table *table);

/* Who asks for a change, for the history. */
struct actor {
	uid_t uid;
	struct slice reason;
	int64_t clock;                  /* the wall clock, seconds */
};

/*
 * Makes one change: locks folder, reads it, lets edit work on the state (its
 * lists may be replaced by ones from its arena), writes it as the next
 * generation and appends what edit wrote into *event, one JSON object without
 * braces, to the history. edit returns -1 to refuse, with e filled. Nothing
 * is changed on -1. A damaged state is not written over: put it right first.
 */
typedef int state_edit_fn(struct state *state, void *data, char *event,
    size_t event_size, struct err *e);

int state_change(const char *folder, const struct actor *actor,
    state_edit_fn *edit, void *data, struct err *e);

/* Remembers clock as seen, if that is news by a minute or more, or if an
 * exception has ended since. */
int state_remember(const char *folder, int64_t clock, struct err *e);

/*
 * Puts a damaged state right: keeps what state_read() made of it. The damaged
 * file is kept beside, as state.conf.damaged. With clock, the latest time seen
 * becomes the clock's again, where that is behind; what had ended by it is
 * dropped. -1 also when there is nothing to put right.
 */
int state_repair(const char *folder, const struct actor *actor, bool clock,
    struct err *e);
#endif
