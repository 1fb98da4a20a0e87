/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_exception - grants, renews and ends exceptions, if the policy allows
 *
 * What is checked and what puts it in force are apart, for a grant that another
 * person has to approve first: see change_pending.h.
 */
#ifndef CONF_STATE_CHANGE_EXCEPTION_H
#define CONF_STATE_CHANGE_EXCEPTION_H

#include "conf/state/change.h"

/* The arguments of change_make(), for the edit under the lock. */
struct change_call {
	const struct policy *policy;
	const struct change *change;
	const struct actor *actor;
	struct change_made *made;
};

/* What is checked of an exception whenever it is given an end: the policy may
 * allow less than when it was granted. -1 with e filled. */
int change_exception_check(const struct change_call *call,
    const struct state *state, const struct rule *rule,
    const struct exception *exception, struct err *e);

/*
 * The exception that CHANGE_GRANT asks for, with its id, checked in every way;
 * it is not in the list yet. Writes made->id, and made->already where it is
 * there. -1 with e filled when it is refused.
 */
int change_exception_new(struct state *state, const struct change_call *call,
    struct exception *out, struct err *e);

/* The exception in force that CHANGE_RENEW is about; *out is a copy with its
 * new end, checked, unless it ends then already, which made->already says.
 * Writes made->id. NULL with e filled when it is refused. */
struct exception *change_exception_renewed(struct state *state,
    const struct change_call *call, struct exception *out, struct err *e);

/* Ends the exception of CHANGE_END now; where it has ended, sets made->already.
 * NULL with e filled when none has that id. */
struct exception *change_exception_end(struct state *state,
    const struct change_call *call, struct err *e);

/* The exception with this id, ended or not; NULL: none. */
struct exception *change_exception_find(struct state *state,
    struct slice id);

/* Appends a copy of exception to the list, in the state's arena. */
struct exception *change_exception_append(struct state *state,
    const struct exception *exception);

/* Returns new, for json_decref(): the event of the history called word, with
 * the terms of exception. */
json_t *change_exception_event(const char *word,
    const struct exception *exception);
#endif
